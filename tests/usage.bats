#!/usr/bin/env bats
# usage: each line of the sum, by a test that makes exactly this memory and sees exactly this line
# grow. Shmem and the lines without a place are those of the whole machine, which does other things
# meanwhile: there the memory is large, and a fiftieth of it is tolerated.
# Takes 30 seconds.

load test_helper
load truth
load pages

page=$(getconf PAGESIZE)
large=$((32 << 20))

setup() {
	common_setup
	require_root
	require_private_namespace
	mkdir place
}

teardown() {
	local mount

	end_background
	while read -r mount; do
		umount --lazy "$mount" || true
	done < <(awk -v below="$BATS_TEST_TMPDIR/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | sort -r)
	remove_segments
	common_teardown
}

# lines COLUMNS FILTER: the lines that jq selects, with these members, one a line.
lines() {
	"$SHMTOOL" usage -q --all --json >usage.json || fail 'usage fails'
	jq -r "map(select($2))[] | [$1] | map(if . == null then \"-\" else tostring end) | join(\" \")" usage.json
}

# memory_of FILTER: the bytes of the lines, in all.
memory_of() {
	"$SHMTOOL" usage -q --all --json >usage.json || fail 'usage fails'
	jq -r "map(select(.page == null) | select($1) | .bytes // 0) | add // 0" usage.json
}

# mount_tmpfs DIRECTORY [OPTIONS]: sets device to its number, as mountinfo has it.
mount_tmpfs() {
	mkdir -p "$1"
	mount -t tmpfs -o "${2:-size=100m}" usage "$1"
	device=$(mountpoint -d "$1")
}

# fill FILE BYTES
fill() {
	head -c "$2" /dev/zero >"$1"
}

# hold KIND PAGES [FILE]: hold_memory in the background; sets holder to its process.
hold() {
	local said

	said=$(mktemp "$BATS_TEST_TMPDIR/said.XXXXXX")
	"$HELPERS/hold_memory" "$@" >"$said" 3>&- &
	holder=$!
	wait_until 10 test -s "$said" || fail "hold_memory $* does not hold"
}

# apart COMMAND: runs a bash script in a mount namespace of its own, then waits; sets apart to its
# process.
apart() {
	rm -f ready
	mkfifo ready
	unshare --mount "${apart_options[@]}" bash -c "$1"'
		echo $$ >ready
		exec sleep 300' 3>&- &
	read -r apart <ready
	wait_until 10 grep -qx sleep "/proc/$apart/comm"
}
apart_options=()

# assert_near NUMBER EXPECTED: within a fiftieth.
assert_near() {
	(($1 >= $2 - $2 / 50 && $1 <= $2 + $2 / 50)) || fail "$1 is not near $2"
}

#
# Lines with a place: exactly
#

@test "usage: System V segments, with the memory that was touched and no more" {
	require_command jq
	id=$(make_segment $((8 * page)))
	assert_equal "$(lines .count,.bytes,.swapped '.kind == "shm" and .pid == null and .page == null')" '1 0 0'
	"$HELPERS/fill_segment" "$id" $((3 * page))
	assert_equal "$(lines .count,.bytes,.swapped '.kind == "shm" and .pid == null and .page == null')" "1 $((3 * page)) 0"
}

@test "usage: segments of another IPC namespace, which are in Shmem, too" {
	require_command jq
	apart_options=(--ipc)
	# shellcheck disable=SC2016 # for the inner shell
	apart 'id=$(ipcmk -M 1000000); "$HELPERS/fill_segment" "${id##* }" '$((5 * page))
	assert_equal "$(lines .count,.bytes,.pid,.command ".kind == \"shm\" and .namespace == $(stat -Lc %i "/proc/$apart/ns/ipc")")" \
		"1 $((5 * page)) $apart sleep"
	# The program is again in its own namespace for the next line.
	assert_equal "$(lines .count,.bytes '.kind == "shm" and .pid == null and .page == null')" '0 0'
}

@test "usage: POSIX objects and named semaphores in /dev/shm" {
	require_command jq
	before=$(memory_of '.kind == "dir" and .where == "/dev/shm" and .pid == null')
	fill /dev/shm/shmtool-a $((3 * page))
	ln /dev/shm/shmtool-a /dev/shm/shmtool-b
	fill /dev/shm/sem.shmtool-a 32
	assert_equal "$(lines .kind,.where,.count,.bytes '.kind == "pshm" or .kind == "psem"')" \
		"pshm /dev/shm 1 $((3 * page))
psem /dev/shm 1 $page"
	assert_equal "$(memory_of '.kind == "dir" and .where == "/dev/shm" and .pid == null')" "$before"
}

@test "usage: directories and other files in /dev/shm" {
	require_command jq
	before=$(lines .count,.bytes '.kind == "dir" and .where == "/dev/shm" and .pid == null')
	mkdir -p /dev/shm/shmtool-a/b
	fill /dev/shm/shmtool-a/b/c $((7 * page))
	mkfifo /dev/shm/shmtool-fifo
	# A link is in a page of its own if its target is long.
	ln -s "$(printf '%0200d' 0)" /dev/shm/shmtool-link
	read -r count bytes <<<"$before"
	assert_equal "$(lines .count,.bytes '.kind == "dir" and .where == "/dev/shm" and .pid == null')" \
		"$((count + 5)) $((bytes + 8 * page))"
	assert_equal "$(memory_of '.kind == "pshm"')" 0
}

@test "usage: any other tmpfs, once, wherever it is mounted" {
	require_command jq
	mount_tmpfs place
	mkdir place/a other
	fill place/a/f $((6 * page))
	mount --bind place/a other
	assert_equal "$(lines .kind,.where,.count,.bytes,.pid ".where == \"$PWD/place\" or .where == \"$PWD/other\"")" \
		"tmpfs $PWD/place 2 $((6 * page)) -"
}

@test "usage: a tmpfs that is hidden under another mount" {
	require_command jq
	mount_tmpfs place
	fill place/f $((6 * page))
	mount_tmpfs place
	fill place/f $((2 * page))
	assert_equal "$(lines .what,.bytes ".where == \"$PWD/place\"")" \
		"tmpfs $PWD/place (hidden) $((6 * page))
tmpfs $PWD/place $((2 * page))"
}

@test "usage: a tmpfs without a limit, whose blocks the kernel does not count" {
	require_command jq
	mount_tmpfs place size=0
	mkdir -p place/a/b
	fill place/a/b/f $((6 * page))
	ln place/a/b/f place/g
	assert_equal "$(lines .count,.bytes,.reason ".where == \"$PWD/place\"")" "3 $((6 * page)) -"
}

@test "usage: a tmpfs that only another mount namespace has, with its process" {
	require_command jq
	apart "mount -t tmpfs -o size=10m usage place && head -c $((9 * page)) /dev/zero >place/f"
	assert_equal "$(lines .kind,.count,.bytes,.pid,.command,.namespace ".where == \"$PWD/place\"")" \
		"tmpfs 1 $((9 * page)) $apart sleep $(stat -Lc %i "/proc/$apart/ns/mnt")"
}

@test "usage: removed files count once, in a line of their own" {
	require_command jq
	mount_tmpfs place
	fill place/f $((6 * page))
	fill place/g $((4 * page))
	exec 8<place/g 9<place/g
	rm place/g
	assert_equal "$(lines .kind,.count,.bytes,.pid,.ref ".where == \"$PWD/place\"")" \
		"tmpfs 1 $((6 * page)) - -
removed 1 $((4 * page)) $$ pid:$$:fd:8"
	exec 8<&- 9<&-
	assert_equal "$(lines .kind,.count,.bytes ".where == \"$PWD/place\"")" "tmpfs 1 $((6 * page))"
}

@test "usage: removed objects of /dev/shm are not in the line of its directories" {
	require_command jq
	before=$(lines .count,.bytes '.kind == "dir" and .where == "/dev/shm" and .pid == null')
	fill /dev/shm/shmtool-a $((4 * page))
	exec 8</dev/shm/shmtool-a
	rm /dev/shm/shmtool-a
	assert_equal "$(lines .count,.bytes ".kind == \"removed\" and .pid == $$")" "1 $((4 * page))"
	assert_equal "$(lines .count,.bytes '.kind == "dir" and .where == "/dev/shm" and .pid == null')" "$before"
	exec 8<&-
}

@test "usage: a tmpfs that is mounted nowhere, with all its files, and the process that keeps it" {
	require_command jq
	mount_tmpfs place
	fill place/f $((6 * page))
	fill place/g $((5 * page))
	mkdir place/a
	exec 8<place/f
	umount --lazy place
	assert_equal "$(lines .count,.bytes,.pid,.ref,.what ".kind == \"detached\" and .pid == $$")" \
		"3 $((11 * page)) $$ pid:$$:fd:8 tmpfs kept by process $$ (bash), descriptor 8"
	exec 8<&-
	assert_equal "$(lines .bytes ".kind == \"detached\" and .pid == $$")" ''
}

@test "usage: a tmpfs without a limit that is mounted nowhere: only open files are counted" {
	require_command jq
	mount_tmpfs place size=0
	mkdir place/a
	fill place/a/f $((6 * page))
	fill place/a/g $((5 * page))
	exec 8<place/a/f
	umount --lazy place
	# It has a limit of inodes.
	assert_equal "$(lines .count,.bytes,.reason ".kind == \"detached\" and .pid == $$")" \
		"3 $((6 * page)) without the files that no process has open: without a limit, the kernel does not count them"
	exec 8<&-
}

# Pids start again at a low number after the highest one.
@test "usage: what keeps a tmpfs or a removed file is the oldest process, not the one with the lowest pid" {
	require_command jq
	[[ -w /proc/sys/kernel/ns_last_pid ]] || skip 'needs a kernel with checkpoint/restore'
	mount_tmpfs place size=0
	fill place/f $((6 * page))
	mkdir other
	mount_tmpfs other
	fill other/g $((5 * page))
	# shellcheck disable=SC2016
	unshare --pid --fork --kill-child --mount --mount-proc bash -c '
		echo 20000 >/proc/sys/kernel/ns_last_pid
		(
			exec 8<place/f 9<other/g
			umount --lazy place
			rm other/g
			echo "$BASHPID" >keeper
			echo 5 >/proc/sys/kernel/ns_last_pid
			"$SHMTOOL" usage -q --all --json | cat >usage.json
			"$SHMTOOL" users -q --unnamed --no-headings -o ref | cat >refs
			true
		)' 3>&-
	umount --lazy place
	assert_equal "$(cat keeper)" 20001
	assert_equal "$(jq -r '.[] | select(.kind == "detached" or .kind == "removed") | "\(.kind) \(.ref)"' usage.json)" \
		"removed pid:20001:fd:9"$'\n'"detached pid:20001:fd:8"
	assert_equal "$(grep -c '^pid:20001:fd:9$' refs)" "$(grep -c 'fd:9$' refs)"
	assert_not_equal "$(grep -c 'fd:9$' refs)" 0
}

@test "usage: a tmpfs kept by a working directory" {
	require_command jq
	mount_tmpfs place
	fill place/f $((6 * page))
	(cd place && exec sleep 300) 3>&- &
	keeper=$!
	# Only then has it changed its directory.
	wait_until 10 grep -qx sleep "/proc/$keeper/comm"
	umount --lazy place
	assert_equal "$(lines .count,.bytes,.what ".kind == \"detached\" and .pid == $keeper")" \
		"1 $((6 * page)) tmpfs kept by process $keeper (sleep), its working directory"
}

@test "usage: a /dev/shm that is not a tmpfs is no shared memory" {
	require_command jq
	require_disk
	mkdir disk
	run_apart unshare --mount bash -c '
		mount --bind disk /dev/shm
		head -c 100000 /dev/zero >/dev/shm/shmtool-a
		exec 8>/dev/shm/shmtool-b
		head -c 100000 /dev/zero >&8
		rm /dev/shm/shmtool-b
		echo $$ >holder
		"$SHMTOOL" usage -q --all --json'
	assert_success
	jq -e 'map(select(.kind == "pshm")) | length == 1 and .[0].bytes == null and
		(.[0].reason | contains("not a tmpfs"))' <<<"$output"
	jq -e --argjson holder "$(cat holder)" 'all(.[]; .kind != "psem" and (.kind != "removed" or .pid != $holder))' \
		<<<"$output"
}

#
# Lines of the whole machine, and the sum
#

@test "usage: memfds" {
	require_command jq
	before=$(memory_of '.kind == "memfd"')
	hold memfd $((large / page))
	assert_near $(($(memory_of '.kind == "memfd"') - before)) "$large"
}

@test "usage: shared anonymous memory" {
	require_command jq
	before=$(memory_of '.kind == "anon"')
	hold anonymous $((large / page))
	assert_near $(($(memory_of '.kind == "anon"') - before)) "$large"
}

# sum_and_shmem: the sum of the lines, and Shmem as the kernel has it right now.
sum_and_shmem() {
	cat /proc/sys/vm/stat_refresh
	lines .resident '.page == null and (.kind == "sum" or .kind == "total")' | xargs
}

# adds_up SUM SHMEM: since these two were read, the sum has grown as Shmem has, within 1 % of it. The rest of
# the machine may do other things meanwhile.
adds_up() {
	local sum shmem added

	read -r sum shmem <<<"$(sum_and_shmem)"
	added=$((shmem - $2 - (sum - $1)))
	((sum > 9 * large && ${added#-} * 100 < shmem))
}

@test "usage: with all of these on a machine, the sum is within 1 % of Shmem" {
	require_command jq
	read -r sum shmem <<<"$(sum_and_shmem)"
	id=$(make_segment $large)
	"$HELPERS/fill_segment" "$id" $large
	fill /dev/shm/shmtool-a $large
	mkdir /dev/shm/shmtool-d
	fill /dev/shm/shmtool-d/a $large
	hold memfd $((large / page))
	hold anonymous $((large / page))
	mount_tmpfs place
	fill place/f $large
	fill place/g $large
	exec 8<place/g
	rm place/g
	apart_options=(--ipc)
	# shellcheck disable=SC2016 # for the inner shell
	apart 'mount -t tmpfs usage place && head -c '$large' /dev/zero >place/f &&
		id=$(ipcmk -M '$large') && "$HELPERS/fill_segment" "${id##* }" '$large
	mount_tmpfs detached
	fill detached/f $large
	exec 9<detached/f
	umount --lazy detached
	wait_until 30 adds_up "$sum" "$shmem" || fail "before: $sum of $shmem; now: $(sum_and_shmem)"
	exec 8<&- 9<&-
}

total_is_shmem() {
	local before total after

	before=$(awk '/^Shmem:/ { print $2 * 1024 }' /proc/meminfo)
	"$SHMTOOL" usage -q --json >usage.json
	after=$(awk '/^Shmem:/ { print $2 * 1024 }' /proc/meminfo)
	total=$(jq '.[] | select(.kind == "total" and .page == null) | .resident' usage.json)
	[ "$before" -eq "$after" ] && [ "$total" -eq "$after" ]
}

@test "usage: total is Shmem of /proc/meminfo, and the difference is the rest" {
	require_command jq
	wait_until 30 total_is_shmem
	jq -e 'map(select(.page == null)) |
		(map(select(.kind == "total"))[0].resident - map(select(.kind == "sum"))[0].resident ==
			map(select(.kind == "difference"))[0].resident) and
		(map(select(.kind != "sum" and .kind != "total" and .kind != "difference") | .bytes // 0) | add) ==
			map(select(.kind == "sum"))[0].bytes' usage.json
}

#
# Memory in swap
#

@test "usage: memory in swap is apart from what is resident" {
	require_command jq
	swap_on
	mount_tmpfs place
	fill place/f $((512 * page))
	evict place/f
	((evicted > 0)) || skip 'needs a kernel that moves these pages to swap'
	run lines .bytes,.resident,.swapped ".where == \"$PWD/place\""
	read -r bytes resident swapped <<<"$output"
	assert_equal "$bytes" $((512 * page))
	assert_equal $((resident + swapped)) "$bytes"
	((swapped >= evicted * page))
}

#
# Huge pages
#

# in_huge_pages KIND LINE COUNT [FILE]: with memory of this kind in 3 huge pages, its line has them; no
# other line but that of the hugetlbfs has any.
in_huge_pages() {
	require_command jq
	exec 9</proc/sys/vm/nr_hugepages
	flock 9
	[ "$(cat /proc/sys/vm/nr_hugepages)" -eq 0 ] || skip 'needs vm.nr_hugepages to be 0'
	# shellcheck disable=SC2016 # for the inner shell
	KIND=$1 FILE=${4:-} run_apart "$HELPERS/with_sysctl" /proc/sys/vm/nr_hugepages 8 -- unshare --mount bash -c '
		mount -t hugetlbfs -o pagesize=2M usage place || exit 77
		[[ $KIND != @(copied|read) ]] || fallocate -l 6M place/f || exit 77
		"$HELPERS/hold_memory" "$KIND" 3 ${FILE:+"place/$FILE"} >said 3>&- &
		for ((tries = 0; tries < 500; tries++)); do
			[ ! -s said ] || break
			sleep 0.02
		done
		[ -s said ] || exit 77
		[ "$KIND" != file ] || rm "place/$FILE"
		"$SHMTOOL" usage -q --json
		kill $!
		wait $!'
	[ "$status" -ne 77 ] || skip 'needs free memory for huge pages'
	printf '%s\n' "$output" >huge.json
	jq -r 'map(select(.page == 2097152)) | map([.kind, .count, .resident] | map(tostring) | join(" "))[]' huge.json >huge
	# Other tests may have empty memfds of huge pages.
	assert_equal "$(grep -vE '^(hugetlbfs|sum|total|difference|free|reserved) | 0$' huge)" "${2:+$2 $3 6291456}"
}

# assert_all_found PAGES: this number is in use, and all are in a line.
assert_all_found() {
	assert_equal "$(grep -E '^(sum|total|difference|free) ' huge)" \
		"sum null $(($1 << 21))
total null $(($1 << 21))
difference null 0
free $((8 - $1)) $(((8 - $1) << 21))"
}

@test "usage: a memfd in huge pages" {
	in_huge_pages huge-memfd memfd 1
	assert_all_found 3
}

@test "usage: shared anonymous huge pages" {
	in_huge_pages huge-anonymous anon 1
	assert_all_found 3
}

@test "usage: private huge pages" {
	in_huge_pages huge-private private 1
	assert_all_found 3
}

@test "usage: private huge pages that processes share since a fork count once" {
	in_huge_pages huge-forked private 2
	assert_all_found 3
}

@test "usage: a segment in huge pages" {
	in_huge_pages huge-segment shm 1
	assert_all_found 3
}

@test "usage: a removed file of a hugetlbfs" {
	in_huge_pages file removed 1 f
	assert_all_found 3
}

@test "usage: the files of a hugetlbfs, and the pages of a private mapping that were written" {
	in_huge_pages copied private 1 f
	assert_equal "$(grep '^hugetlbfs ' huge)" 'hugetlbfs 1 6291456'
	assert_all_found 6
}

@test "usage: the pages of a private mapping that were only read are those of the file" {
	in_huge_pages read '' '' f
	assert_equal "$(grep '^hugetlbfs ' huge)" 'hugetlbfs 1 6291456'
	assert_all_found 3
}

#
# Permissions and containers
#

@test "usage: unprivileged users see what they may, and a note names the rest" {
	require_command jq
	mount_tmpfs place
	fill place/f $((6 * page))
	run_tool_as_user usage --raw --no-headings -o kind,bytes,where
	assert_success
	assert_line "tmpfs $((6 * page)) $PWD/place"
	assert_stderr_like '^shmtool: usage: [0-9]+ processes could not be inspected'
	run_tool_as_user usage -q
	assert_stderr_empty
}

@test "usage: without ustat(2), a directory is opened, but never what is mounted over it" {
	require_64_bit
	require_command jq
	[ "$(uname -m)" = x86_64 ] || skip "needs the number of ustat(2) on $(uname -m)"
	mount_tmpfs place
	fill place/f $((6 * page))
	mount_tmpfs place
	fill place/f $((2 * page))
	for number in 1 38; do # EPERM, ENOSYS
		run_apart "$HELPERS/without_syscall" 136 "$number" \
			"$SHMTOOL" usage -q --all --raw --no-headings -o where,bytes,reason
		assert_success
		assert_line "$PWD/place $((2 * page)) -"
		assert_line "$PWD/place - something\\040is\\040mounted\\040over\\040it"
	done
}

@test "usage: a file system that does not answer, mounted over a tmpfs, is not entered" {
	[[ -c /dev/fuse ]] || skip 'needs /dev/fuse'
	mount_tmpfs place
	fill place/f $((6 * page))
	"$HELPERS/serve_fuse" "$PWD/place" >served 3>&- &
	wait_until 10 test -s served
	server=$(cat served)
	run_apart timeout 5 "$SHMTOOL" usage -q --raw --no-headings -o where,bytes
	kill -KILL "$server"
	wait "$server" 2>/dev/null || true
	assert_success
	assert_line "$PWD/place $((6 * page))"
	# Nor is it by the way that needs to open it.
	rm served
	mount_tmpfs unlimited size=0
	fill unlimited/f $((6 * page))
	"$HELPERS/serve_fuse" "$PWD/unlimited" >served 3>&- &
	wait_until 10 test -s served
	server=$(cat served)
	run_apart timeout 5 "$SHMTOOL" usage -q --raw --no-headings -o where,bytes
	kill -KILL "$server"
	wait "$server" 2>/dev/null || true
	assert_success
	assert_line "$PWD/unlimited -"
}

@test "usage: links and mounts in a tmpfs without a limit lead nowhere" {
	require_command jq
	mount_tmpfs place size=0
	mount_tmpfs other
	fill other/f $((9 * page))
	fill place/f $((6 * page))
	mkdir place/mounted
	mount --bind other place/mounted
	ln -s "$PWD/other" place/link
	: >place/covered
	mount --bind other/f place/covered
	assert_equal "$(lines .bytes ".where == \"$PWD/place\"")" $((6 * page))
	assert_equal "$(lines .bytes ".where == \"$PWD/other\"")" $((9 * page))
}

@test "usage: in a container, the total is the memory of its control group" {
	require_command jq
	group=/sys/fs/cgroup/memory/$PREFIX_NAME-$$
	mkdir "$group" 2>/dev/null && [ -e "$group/memory.stat" ] || skip 'needs a control group of the memory controller, version 1'
	# shellcheck disable=SC2016 # for the inner shell
	run_apart unshare --pid --fork --mount --kill-child bash -c '
		echo 0 >"$1/cgroup.procs" || exit
		mount -t proc proc /proc
		mount -t tmpfs usage place
		head -c '$large' /dev/zero >place/f
		"$SHMTOOL" usage -q --json' - "$group"
	rmdir "$group" || true
	assert_success
	jq -e --arg group "/$PREFIX_NAME-$$" 'map(select(.kind == "total"))[0].what |
		startswith("shmem of control group ") and endswith($group)' <<<"$output"
	assert_near "$(jq 'map(select(.kind == "total"))[0].resident' <<<"$output")" "$large"
	jq -e 'map(select(.kind == "tmpfs" and .bytes == '$large')) | length == 1' <<<"$output"
}

#
# One directory
#

@test "usage --dir: its directories, its files, removed files, and what the tmpfs uses" {
	require_command jq
	mount_tmpfs place
	mkdir -p place/a/b place/c
	fill place/a/b/f $((6 * page))
	fill place/c/f $((4 * page))
	fill place/g $((2 * page))
	ln place/g place/h
	fill place/i "$page"
	exec 8<place/i
	rm place/i
	run_tool usage -q --raw --no-headings -o kind,count,bytes,where --dir "$PWD/place"
	assert_success
	assert_output "file 1 $((2 * page)) $PWD/place
dir 3 $((6 * page)) $PWD/place/a
dir 2 $((4 * page)) $PWD/place/c
removed 1 $page $PWD/place
sum - $((13 * page)) -
total - - -
difference - - -"
	run_tool usage -q --json --dir "$PWD/place/a" --dir "$PWD/place/c"
	jq -e --argjson page "$page" 'map(select(.kind == "dir")) | map(.count, .bytes) == [2, 6 * $page]' <<<"$output"
	jq -e --argjson page "$page" 'map(select(.kind == "difference").resident) == [6 * $page, 8 * $page]' <<<"$output"
	exec 8<&-
}

@test "usage --dir: the access times of the directories stay the same" {
	mkdir -p /dev/shm/shmtool-a/b
	touch --date '1 hour ago' /dev/shm/shmtool-a /dev/shm/shmtool-a/b
	before=$(stat -c %x /dev/shm/shmtool-a /dev/shm/shmtool-a/b)
	run_tool usage -q --dir /dev/shm/shmtool-a
	assert_success
	assert_equal "$(stat -c %x /dev/shm/shmtool-a /dev/shm/shmtool-a/b)" "$before"
}

@test "usage --dir: a file with names in several directories counts once" {
	mount_tmpfs place
	mkdir -p place/a/b place/c
	fill place/a/b/f $((6 * page))
	ln place/a/b/f place/c/f
	ln place/a/b/f place/f
	run_tool usage -q --raw --no-headings -o kind,resident --dir "$PWD/place"
	assert_success
	assert_line "sum $((6 * page))"
	assert_line "total $((6 * page))"
	assert_line 'difference 0'
}

@test "usage --dir: directories that can't be read are an error, and the rest is printed" {
	mkdir -m 700 /dev/shm/shmtool-private
	mkdir -m 755 /dev/shm/shmtool-public
	mkdir -m 744 /dev/shm/shmtool-listed
	fill /dev/shm/shmtool-private/f "$page"
	fill /dev/shm/shmtool-public/f "$page"
	fill /dev/shm/shmtool-listed/f "$page"
	run_tool_as_user usage -q --raw --no-headings -o kind,where,bytes --dir /dev/shm --dir /dev/shm/shmtool-public
	assert_failure 1
	assert_stderr_like "^shmtool: usage: /dev/shm: some files or directories in it can't be read: they are missing\$"
	assert_line "dir /dev/shm/shmtool-public $page"
	assert_line "file /dev/shm/shmtool-public $page"
	run_tool_as_user usage -q --raw --no-headings -o kind --dir /dev/shm/shmtool-listed
	assert_failure 1
	run_tool_as_user usage -q --raw --no-headings -o kind --dir /dev/shm/shmtool-public
	assert_success
	run_tool usage -q --raw --no-headings -o kind --dir /dev/shm
	assert_success
}

@test "usage --dir: a /proc that can't be read is an error, and the files are printed" {
	mkdir /dev/shm/shmtool-a
	fill /dev/shm/shmtool-a/f "$page"
	run_apart unshare --mount bash -c '
		mount -t tmpfs -o mode=700 shmtool /proc &&
		exec setpriv --reuid 65534 --regid 65534 --clear-groups \
			"$SHMTOOL" usage -q --raw --no-headings -o kind,bytes --dir /dev/shm/shmtool-a'
	assert_failure 1
	assert_line "file $page"
	assert_stderr_like "^shmtool: usage: the mounts can't be read: Permission denied"
}

@test "usage --dir: the name of the directory is escaped in the title" {
	mkdir $'/dev/shm/shmtool-a\e[1m'
	run_tool usage -q --dir $'/dev/shm/shmtool-a\e[1m'
	assert_success
	assert_line --index 0 '------ Shared Memory in /dev/shm/shmtool-a\033[1m --------'
	refute_output --partial $'\e'
}

@test "usage --dir: links and mounts lead nowhere, and only a tmpfs or hugetlbfs is taken" {
	mount_tmpfs place
	mount_tmpfs other
	mkdir place/mounted
	fill other/f $((9 * page))
	ln -s "$PWD/other" place/link
	mount --bind other place/mounted
	run_tool usage -q --raw --no-headings -o kind,count,bytes --dir "$PWD/place"
	assert_success
	assert_line 'file 1 0'
	refute_line --regexp "^dir .* [1-9]"
	run_tool usage --dir "$PWD/place/link"
	assert_failure 1
	run_tool usage --dir /proc --dir "$PWD/place" -q --raw --no-headings -o kind
	assert_failure 1
	assert_stderr_like '^shmtool: usage: /proc: .*not in a tmpfs'
	assert_line sum
	run_tool usage --recursive
	assert_usage_error usage '--recursive requires --by'
}

#
# Output
#

@test "usage: an empty tmpfs has a line only with --all" {
	mount_tmpfs place
	run_tool usage -q --raw --no-headings -o where
	refute_line "$PWD/place"
	run_tool usage -q -a --raw --no-headings -o where
	assert_line "$PWD/place"
}

@test "usage: the sums stay at the end in any order" {
	fill /dev/shm/shmtool-a "$large"
	run_tool usage -q --raw --no-headings -o kind --sort resident
	assert_regex "$output" $'\nsum\ntotal\ndifference(\n|$)'
	run_tool usage -q --raw --no-headings -o bytes,kind --sort -bytes
	sed '/ sum$/,$d' <<<"$output" >sorted
	grep -qx "$large pshm" sorted
	sort --numeric-sort --reverse --stable --key 1,1 sorted | diff - sorted
}

@test "usage: the formats have the same columns as every other command" {
	require_command jq
	run_tool usage -q --json
	assert_success
	jq -e 'all(.[]; keys_unsorted == ["kind", "where", "count", "bytes", "resident", "swapped", "share",
		"page", "pid", "command", "namespace", "ref", "reason", "what"])' <<<"$output"
	run_tool usage -q --export -o kind,where,share
	assert_line --regexp '^KIND="pshm" WHERE="/dev/shm" SHARE="[0-9]+\.[0-9]"$'
	run_tool usage -q --raw
	assert_line --index 0 'kind where count bytes resident swapped share page pid command namespace ref reason what'
	run_tool usage -q
	assert_line --index 0 '------ Shared Memory --------'
	assert_line --index 1 --regexp '^kind +count +resident +swapped +share +what$'
	run_tool usage extra
	assert_usage_error usage extra
}

@test "usage: on a narrow terminal, other columns are omitted before the description is cut" {
	mount_tmpfs /mnt/shmtool-a
	fill /mnt/shmtool-a/f "$page"
	run script -qec "stty rows 99 cols 60; '$SHMTOOL' usage -q" /dev/null
	umount /mnt/shmtool-a
	rmdir /mnt/shmtool-a
	assert_output --partial 'named semaphores in /dev/shm'
	assert_output --regexp 'tmpfs +1 +4K tmpfs /mnt/shmtool-a'
	assert_output --partial 'not shown: bar, share'
	run script -qec "stty rows 99 cols 40; '$SHMTOOL' usage -q" /dev/null
	assert_output --regexp 'kind.* count.* resident.* what'
}

@test "usage: bars on a terminal only, of blocks or of number signs" {
	# A long description must not displace them.
	mount_tmpfs place
	fill place/f "$page"
	fill /dev/shm/shmtool-a "$large"
	run script -qec "stty cols 100; '$SHMTOOL' usage -q" /dev/null
	assert_output --regexp 'share.* bar +.*what'
	assert_output --regexp 'pshm +1 +32M .*█'
	LC_ALL=C run script -qec "stty cols 100; '$SHMTOOL' usage -q" /dev/null
	assert_output --regexp 'pshm +1 +32M .*#'
	refute_output --partial █
	run_tool usage -q
	refute_output --partial bar
	refute_output --partial █
}
