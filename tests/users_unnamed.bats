#!/usr/bin/env bats
# users --unnamed: memory that processes share and that shows in no directory. Processes of others
# have such memory, too, so most tests list the objects of one process. The truth is /proc/PID/fd,
# /proc/PID/map_files and the processes that the test started.

load test_helper
load truth
load users

# rows COLUMNS PID ARGUMENT...: other than those of users.bash, the rows of a process, without headings and notes.
rows() {
	local columns=$1 pid=$2
	shift 2
	run_tool users --unnamed -q --raw --no-headings -o "$columns" --used-by "$pid" "$@"
	assert_success
	assert_stderr_empty
}

# mapping_of PID PATTERN: the first address of the first shared mapping in /proc/PID/maps.
mapping_of() {
	awk -v pattern="$2" '$0 ~ pattern && $2 ~ /s$/ { sub(/-.*/, "", $1); print "0x" $1; exit }' "/proc/$1/maps"
}

@test "users --unnamed: a memfd, by its name, with a REF that other commands take" {
	start_peer memfd 8192
	ask_peer 'store 0 x'
	pid=${peer_ref#pid:} pid=${pid%%:*}
	link=$(readlink "/proc/$pid/fd/${peer_ref##*:}")
	[[ $link == /memfd:*' (deleted)' ]]
	name=${link#/memfd:}
	rows kind,ref,name,used,pid,how,bytes "$pid"
	assert_output "memfd $peer_ref ${name% (deleted)} $(($(stat -Lc '%b * %B' "/proc/$pid/fd/${peer_ref##*:}"))) $pid mapped 8192
memfd $peer_ref ${name% (deleted)} 4096 $pid open -"
	run_tool read --length 1 --format raw "$peer_ref"
	assert_output x
}

@test "users --unnamed: a removed object that is only mapped still takes memory in /dev/shm" {
	require_root
	mount_shm size=1m
	new_object shmtool-a 12288
	keep /dev/shm/shmtool-a shared
	printf x | dd of=/dev/shm/shmtool-a conv=notrunc bs=1 seek=5000 status=none
	rows ref "$keeper"
	assert_output ''
	rm /dev/shm/shmtool-a
	rows kind,ref,name,used,pid,command,how,access,bytes "$keeper"
	assert_output "pshm pid:$keeper:map:$(mapping_of "$keeper" shmtool-a) /shmtool-a 4096 $keeper hold_mapping mapped rw 12288"
	assert_equal "$(df --output=used -B1 /dev/shm | tail -n 1 | tr -d ' ')" 4096
	kill "$keeper"
	wait "$keeper" || true
}

@test "users --unnamed: an object whose name was removed, open" {
	new_object shmtool-a 4096
	keep /dev/shm/shmtool-a open
	rm /dev/shm/shmtool-a
	fd=$(find "/proc/$keeper/fd" -lname '/dev/shm/shmtool-a (deleted)' -printf %f)
	rows ref,name,how,fd "$keeper"
	assert_output "pid:$keeper:fd:$fd /shmtool-a open $fd"
}

@test "users --unnamed: an object that one process maps and another has open has the REF of the second" {
	require_root
	new_object shmtool-a 4096
	keep /dev/shm/shmtool-a shared
	mapper=$keeper
	keep /dev/shm/shmtool-a open
	rm /dev/shm/shmtool-a
	((mapper < keeper)) || skip 'needs pids that grow'
	fd=$(find "/proc/$keeper/fd" -lname '/dev/shm/shmtool-a (deleted)' -printf %f)
	rows ref,pid,how "$mapper"
	assert_line "pid:$keeper:fd:$fd $mapper mapped"
}

@test "users --unnamed: a file that never had a name" {
	# O_TMPFILE
	perl -e 'sysopen(my $file, "/dev/shm", 2 | 020200000, 0600) or die; $| = 1; print "holding $$ ", fileno($file), "\n"; sleep 300' \
		>held 3>&- &
	wait_until 10 test -s held
	read -r _ pid fd <held
	rows kind,ref,name,how "$pid"
	assert_output "pshm pid:$pid:fd:$fd /#$(stat -Lc %i "/proc/$pid/fd/$fd") open"
	kill "$pid"
}

@test "users --unnamed: anonymous shared memory, which has no name and no descriptor" {
	keep 65536 anonymous
	rows kind,ref,name,how,bytes "$keeper"
	ref=-
	# Only with the right to follow it.
	range=$(awk '/zero/ { print $1 }' "/proc/$keeper/maps")
	[[ ! -f /proc/$keeper/map_files/$range ]] ||
		ref=pid:$keeper:map:$(mapping_of "$keeper" /dev/zero)
	assert_output "anon $ref - mapped 65536"
	rows kind "$keeper" --name '*'
	assert_output ''
}

@test "users --unnamed: a segment whose id is the number of anonymous shared memory is something else" {
	require_root
	require_private_namespace
	keep 65536 anonymous
	anonymous=$keeper
	# Both are files of the same file system, where the number of a segment is its id.
	inode=$(awk '$NF == "(deleted)" && / \/dev\/zero / { print $5 }' "/proc/$anonymous/maps")
	((inode < 0x7fffffff)) || skip 'needs an inode number that an id can have'
	echo "$inode" >/proc/sys/kernel/shm_next_id
	id=$(new_segment 4096)
	[ "$id" = "$inode" ] || skip 'needs a segment whose id is that inode number'
	keep "id:$id" shared
	run_tool users --unnamed -q --raw --no-headings -o kind,pid --each
	assert_success
	assert_line "anon $anonymous"
	refute_line --regexp " $keeper\$"
	rows kind "$keeper"
	assert_output ''
	run_tool users -q --raw --no-headings -o ref,pid "id:$id"
	assert_output "id:$id $keeper"
}

@test "users --unnamed: how much memory anonymous shared memory takes" {
	require_root
	keep 65536 anonymous
	rows used "$keeper"
	assert_output 4096
}

@test "users --unnamed: lists no segment, even if marked, no object and no file" {
	id=$(new_segment 4096)
	keep "id:$id" shared
	ipcrm -m "$id"
	assert_equal "$(proc_shm "$id" nattch)" 1
	rows ref "$keeper"
	assert_output ''
	new_object shmtool-a
	keep /dev/shm/shmtool-a shared
	rows ref "$keeper"
	assert_output ''
	[[ $(stat -f -c %T .) == tmpfs ]] && skip 'needs a directory that is not on a tmpfs: set TMPDIR'
	printf x >file
	keep "$PWD/file" shared
	rm file
	rows ref "$keeper"
	assert_output ''
}

@test "users --unnamed: lists no removed files, even if the device does not show it" {
	require_root
	call=$(printf '#include <sys/syscall.h>\nSYS_memfd_create\n' | cc -E -P -x c - | tail -n 1)
	printf x >file
	keep "$PWD/file" shared
	rm file
	start_peer memfd 8192
	owner=${peer_ref#pid:} owner=${owner%%:*}
	# The device of memfds is unknown: EPERM.
	run_apart "$HELPERS/without_syscall" "$call" 1 "$SHMTOOL" users --unnamed -q --raw --no-headings \
		-o kind,ref --used-by "$keeper"
	assert_output ''
	run_apart "$HELPERS/without_syscall" "$call" 1 "$SHMTOOL" users --unnamed -q --raw --no-headings \
		-o kind,ref,how --used-by "$owner"
	assert_output "memfd $peer_ref mapped"$'\n'"memfd $peer_ref open"
	# A plain directory at /dev/shm: other files lie in its file system, too.
	# shellcheck disable=SC2016 # for the inner shell
	run_apart unshare --mount bash -c '
		mkdir directory
		mount --bind directory /dev/shm
		exec 8>/dev/shm/shmtool-a 9>file
		rm /dev/shm/shmtool-a file
		"$SHMTOOL" users --unnamed -q --raw --no-headings -o kind,ref,name,pid --used-by $$ | grep " $$\$"
		echo $$'
	pid=${lines[-1]}
	assert_output "pshm pid:$pid:fd:8 /shmtool-a $pid"$'\n'"$pid"
}

@test "users --unnamed: lists no descriptor of a segment" {
	require_root
	id=$(new_segment 4096)
	hold "$id"
	mapping=$(find "/proc/$holder/map_files" -lname '/SYSV*')
	exec 8<"$mapping"
	rows ref $$
	assert_output ''
	exec 8<&-
}

@test "users --unnamed: an object that is called '(deleted)' has a name, for root and for others" {
	as_user "$HELPERS/make_object" '/shmtool-a (deleted)' 4096
	as_user "$HELPERS/hold_mapping" '/dev/shm/shmtool-a (deleted)' shared >held 3>&- &
	wait_until 10 test -s held
	pid=$(awk '{ print $2 }' held)
	rows name "$pid"
	assert_output ''
	run_tool_as_user users --unnamed -q --raw --no-headings -o name --used-by "$pid"
	assert_output ''
	rm '/dev/shm/shmtool-a (deleted)'
	run_tool_as_user users --unnamed -q --raw --no-headings -o name --used-by "$pid"
	assert_output '/shmtool-a\040(deleted)'
	# Nor is the object that now has the name the removed one.
	as_user "$HELPERS/make_object" '/shmtool-a (deleted) (deleted)' 4096
	run_tool_as_user users --unnamed -q --raw --no-headings -o name --used-by "$pid"
	assert_output '/shmtool-a\040(deleted)'
	kill "$pid"
}

@test "users --unnamed: every user of an object, and the largest object first" {
	start_peer memfd 8192
	pid=${peer_ref#pid:} pid=${pid%%:*}
	fd=${peer_ref##*:}
	exec 8<"/proc/$pid/fd/$fd"
	sleep 60 3>&- &
	reader=$!
	exec 8<&-
	wait_until 10 test -e "/proc/$reader/fd/8"
	keep 4194304 anonymous
	rows pid "$pid" --each
	assert_output "$(sort -n <<<"$pid"$'\n'"$pid"$'\n'"$reader")"
	kill "$reader"
	run_tool users --unnamed -q --raw --no-headings -o used
	assert_success
	assert_equal "$(grep -v -- - <<<"$output")" "$(grep -v -- - <<<"$output" | sort -rn)"
}

@test "users --unnamed: PROCMAP_QUERY and the text maps give the same" {
	start_peer memfd 8192
	new_object shmtool-a 12288
	keep /dev/shm/shmtool-a shared
	rm /dev/shm/shmtool-a
	keep 65536 anonymous
	for pid in "$keeper" "${peer_ref//[!0-9]/ }"; do
		# shellcheck disable=SC2086 # the process is the first word
		set -- $pid
		"$SHMTOOL" users --unnamed -q --json --used-by "$1" >query
		assert_equal "$(jq length query | sed 's/^[1-9].*/some/')" some
		"$HELPERS/without_syscall" "$ioctl" 25 "$SHMTOOL" users --unnamed -q --json --used-by "$1" >text
		cmp query text
	done
}

# Of the architecture that the tests run on.
ioctl=$(printf '#include <sys/syscall.h>\nSYS_ioctl\n' | cc -E -P -x c - 2>/dev/null | tail -n 1)

@test "users --unnamed: filters choose by name, size, owner and age" {
	start_peer memfd 8192
	pid=${peer_ref#pid:} pid=${pid%%:*}
	name=$(readlink "/proc/$pid/fd/${peer_ref##*:}")
	name=${name#/memfd:} name=${name% (deleted)}
	set -f # the pattern is no file's
	for filter in "--name $name" "--name ${name%?}*" '--min-size 8K' '--max-size 8K' --mine '--older-than 0s'; do
		# shellcheck disable=SC2086 # several words
		rows how "$pid" $filter
		assert_output mapped$'\n'open
	done
	for filter in --name\ no-such '--min-size 8193' '--max-size 8191' '--owner 12345' '--older-than 1d'; do
		# shellcheck disable=SC2086
		rows how "$pid" $filter
		assert_output ''
	done
}

@test "users --unnamed: filters that can't be meant, and REFs, are usage errors" {
	for argument in '--kind shm' '--kind !sem' '--key 0x1234' "--creator $me" --unused --orphaned \
		--abandoned --with-messages '--family podman' /name; do
		# shellcheck disable=SC2086 # several words
		run_tool users --unnamed $argument
		assert_failure 2
		assert_output ''
		assert_stderr_like -- '--unnamed'
	done
}

@test "users --unnamed: a note says how many and how much, and which processes could not be inspected" {
	start_peer memfd 8192
	ask_peer 'store 0 x'
	pid=${peer_ref#pid:} pid=${pid%%:*}
	run_tool users --unnamed --used-by "$pid"
	assert_success
	assert_stderr_like 'users: 1 object without a name, 4096 bytes$'
	run_tool_as_user users --unnamed
	assert_success
	assert_stderr_like 'could not be inspected'
}

@test "users --unnamed: without the right to follow a mapping its memory is not known, and no filter chooses it by that" {
	as_user "$HELPERS/hold_mapping" 65536 anonymous >held 3>&- &
	wait_until 10 test -s held
	pid=$(awk '{ print $2 }' held)
	run_tool_as_user users --unnamed --json --used-by "$pid"
	assert_success
	assert_equal "$(jq -c '.[] | [.kind, .ref, .used, .bytes]' <<<"$output")" '["anon",null,null,65536]'
	assert_stderr_like '0 bytes and those of 1 whose size can'"'"'t be seen'
	run_tool_as_user users --unnamed -q --json --used-by "$pid" --max-size 1G
	assert_output '[]'
	kill "$pid"
}

@test "pid:PID:map:ADDRESS: anonymous shared memory is read, written and shown by any address in it" {
	require_root
	keep 12288 anonymous
	start=$(mapping_of "$keeper" /dev/zero)
	ref=pid:$keeper:map:$start
	rows kind,ref "$keeper"
	assert_output "anon $ref"
	run_tool write "$ref" --offset 5000 --string hello
	assert_success
	assert_equal "$(dd if="/proc/$keeper/mem" bs=1 skip=$((start + 5000)) count=5 status=none)" hello
	for ref in "$ref" "pid:$keeper:map:${start#0x}" "pid:$keeper:map:$(printf 0x%x $((start + 8191)))"; do
		run_tool read --offset 5000 --length 5 --format raw "$ref"
		assert_success
		assert_output hello
	done
	run_tool probe-pages -q --raw --no-headings -o pages "$ref"
	assert_success
	assert_equal "$(awk '{ sum += $1 } END { print sum }' <<<"$output")" 3
	run_tool users -q --raw --no-headings -o pid,how,address "$ref"
	assert_output "$keeper mapped $start"
	run_tool attach "$ref" -- true
	assert_success
}

@test "pid:PID:map:ADDRESS: a removed object that is only mapped, the whole of it" {
	require_root
	printf 'first' >/dev/shm/shmtool-a
	truncate -s 12288 /dev/shm/shmtool-a
	keep /dev/shm/shmtool-a shared
	rm /dev/shm/shmtool-a
	ref=pid:$keeper:map:$(mapping_of "$keeper" shmtool-a)
	run_tool read --format raw --length 5 "$ref"
	assert_output first
	run_tool read --format raw --offset 12283 "$ref"
	assert_success
	run_tool map-file "$ref" --hold 0 --raw --no-headings -o bytes
	assert_output 12288
}

@test "pid:PID:map:ADDRESS: private mappings, and missing permission to follow a mapping" {
	require_root
	new_object shmtool-a 4096
	keep /dev/shm/shmtool-a private
	private=$(awk '/shmtool-a/ { sub(/-.*/, "", $1); print "0x" $1; exit }' "/proc/$keeper/maps")
	for address in "$private" 0x10; do
		run_tool read "pid:$keeper:map:$address"
		assert_failure 1
		assert_stderr_like "^shmtool: read: pid:$keeper:map:$address: the process has no shared mapping"
	done
	run_tool read pid:9999999:map:0x10
	assert_failure 1
	assert_stderr_like 'no such process'
	for word in pid:1:map: pid:1:map:0x pid:1:map:zz pid:1:map:0 pid:1:map:10000000000000000 pid::map:1; do
		run_tool read "$word"
		assert_usage_error read "^shmtool: read: $word: is not a "
	done
	background setpriv --reuid 65534 --regid 65534 --clear-groups "$HELPERS/hold_mapping" 4096 anonymous
	wait_until 10 grep -q '^holding' background.out
	own=$(mapping_of "$BACKGROUND_PID" /dev/zero)
	run_tool_as_user read "pid:$BACKGROUND_PID:map:$own"
	assert_failure 1
	assert_stderr_like 'only root may follow a mapping|no permission to inspect the process'
	run_tool_as_user read "pid:$$:map:$own"
	assert_stderr_like 'no permission to inspect the process'
}

@test "rm pid:PID:map:ADDRESS, pid:PID:fd:N: refused, with the commands that take them" {
	for ref in pid:1:fd:3 pid:1:map:0x1000; do
		run_tool rm "$ref"
		assert_usage_error rm "^shmtool: rm: $ref: .*\\(shmtool stat, users, set, read and probe-pages accept it\\)\$"
	done
}
