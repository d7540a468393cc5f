#!/usr/bin/env bats
# users --unnamed: removed files of every tmpfs and hugetlbfs, and tmpfs that no process has mounted any
# more, by the descriptor, mapping or directory that keeps it; --kind. The truth is what the test
# mounts, and what stat(1) says of the descriptors.

load test_helper
load truth
load users

setup() {
	common_setup
	require_private_namespace
	require_root
	mkdir tmpfs
	mount -t tmpfs -o size=16m,mode=1777 unnamed-all tmpfs
}

teardown() {
	end_background
	umount --lazy "$BATS_TEST_TMPDIR/tmpfs" 2>/dev/null || true
	common_teardown
}

# unnamed COLUMNS PID ARGUMENT...: rows of the memory that a process uses.
unnamed() {
	local columns=$1 pid=$2
	shift 2
	run_tool users --unnamed -q --raw --no-headings -o "$columns" --used-by "$pid" "$@"
	assert_success
	assert_stderr_empty
}

# keep_from COMMAND...: a process that is started by a shell command and sleeps; sets keeper. The
# command may change its directory and its descriptors.
keep_from() {
	bash -c "$1"'; echo ready >"$0"; exec sleep 300' "$BATS_TEST_TMPDIR/ready" 3>&- &
	keeper=$!
	wait_until 10 test -s ready
	wait_until 10 grep -q sleep "/proc/$keeper/comm"
	rm ready
}

make_file() {
	head -c "$2" /dev/zero >"tmpfs/$1"
}

@test "users --unnamed: a removed file of another tmpfs, by its former path" {
	make_file one 100k
	keep_from 'exec 7<tmpfs/one; rm tmpfs/one'
	unnamed kind,ref,name,used,how,fd "$keeper"
	assert_output "removed pid:$keeper:fd:7 $PWD/tmpfs/one 102400 open 7"
	# A file that still has its name is listed by ls.
	make_file two 100k
	keep_from 'exec 7<tmpfs/two'
	unnamed kind,ref "$keeper"
	assert_output ''
}

@test "users --unnamed: a removed file of another tmpfs that is only mapped" {
	make_file one 100k
	keep "$PWD/tmpfs/one" shared
	rm tmpfs/one
	unnamed kind,ref,name,used,how,bytes "$keeper"
	address=$(awk '/tmpfs\/one/ { sub(/-.*/, "", $1); print "0x" $1 }' "/proc/$keeper/maps")
	assert_output "removed pid:$keeper:map:$address $PWD/tmpfs/one 102400 mapped 102400"
	run_tool read --length 3 --format hex "pid:$keeper:map:$address"
	assert_success
}

@test "users --unnamed: a file in a directory of /dev/shm has its path as name" {
	mkdir -p /dev/shm/shmtool-d/e
	echo x >/dev/shm/shmtool-d/e/f
	echo x >/dev/shm/shmtool-g
	keep_from 'exec 7</dev/shm/shmtool-d/e/f; exec 8</dev/shm/shmtool-g; rm /dev/shm/shmtool-d/e/f /dev/shm/shmtool-g'
	unnamed kind,name,fd "$keeper"
	assert_equal "$(sort <<<"$output")" "pshm /dev/shm/shmtool-d/e/f 7"$'\n'"pshm /shmtool-g 8"
	# The same of its REF.
	run_tool stat --raw -o name "pid:$keeper:fd:7" "pid:$keeper:fd:8" --no-headings
	assert_output $'/dev/shm/shmtool-d/e/f\n/shmtool-g'
}

@test "users --unnamed: a tmpfs of another mount namespace is mounted, a file removed there is not lost" {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount bash -c 'mkdir apart; mount -t tmpfs unnamed-apart apart; head -c 4096 /dev/zero >apart/a
		cp apart/a apart/b; exec 7<apart/a 8<apart/b; rm apart/a; echo ready >"$1"; exec sleep 300' bash "$PWD/ready" 3>&- &
	keeper=$!
	wait_until 10 test -s ready
	unnamed kind,name,fd "$keeper"
	assert_output "removed $PWD/apart/a 7"
}

@test "users --unnamed: an open file of a tmpfs that is mounted nowhere keeps all of its memory" {
	make_file one 100k
	make_file two 1m
	make_file three 8k
	keep_from 'exec 7<tmpfs/one 8<tmpfs/three; rm tmpfs/three'
	unnamed kind,ref "$keeper" --kind detached
	assert_output ''
	umount --lazy tmpfs
	unnamed kind,ref,name,used,how,fd "$keeper"
	assert_output "detached - / 1048576 open 7
detached pid:$keeper:fd:7 /one 102400 open 7
detached pid:$keeper:fd:8 /three 8192 open 8"
	run_tool read --length 1 --format hex "pid:$keeper:fd:7"
	assert_success
	run_tool users --unnamed --used-by "$keeper"
	assert_stderr_like '3 objects without a name, 1159168 bytes'
}

@test "users --unnamed: a mapping keeps a tmpfs that is mounted nowhere" {
	make_file one 100k
	make_file two 1m
	keep "$PWD/tmpfs/one" shared
	umount --lazy tmpfs
	unnamed kind,name,used,how "$keeper"
	assert_output "detached / 1048576 mapped
detached /one 102400 mapped"
}

@test "users --unnamed: a working directory, a root directory and an open directory keep a tmpfs" {
	make_file one 100k
	mkdir tmpfs/sub
	keep_from 'cd tmpfs/sub'
	cwd=$keeper
	keep_from 'exec 7<tmpfs/sub'
	directory=$keeper
	cp "$HELPERS/hold_mapping" tmpfs/ 2>/dev/null
	umount --lazy tmpfs
	unnamed kind,ref,name,how,fd "$cwd"
	assert_equal "$(sort <<<"$output")" "$(printf '%s\n' "detached - / cwd -" "detached - / open 7")"
	unnamed pid,how "$directory"
	assert_line "$cwd cwd"
	assert_line "$directory open"
}

@test "users --unnamed: the root directory of a process keeps a tmpfs" {
	make_file one 100k
	perl -e 'chroot "tmpfs" or die; sleep 300' 3>&- &
	keeper=$!
	wait_until 10 eval '[[ $(readlink "/proc/$keeper/root") == */tmpfs ]]'
	umount --lazy tmpfs
	unnamed kind,name,used,how "$keeper"
	assert_output 'detached / 102400 root'
}

@test "users --unnamed: a mount namespace that has ended leaves a detached tmpfs" {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount bash -c 'mkdir apart; mount -t tmpfs unnamed-apart apart; head -c 4096 /dev/zero >apart/a
		nsenter --mount="$1" sleep 300 7<apart/a & echo $! >"$2"' bash "/proc/$$/ns/mnt" "$PWD/pid" 3>&-
	keeper=$(<pid)
	wait_until 10 grep -q sleep "/proc/$keeper/comm"
	unnamed kind,ref,name "$keeper"
	assert_output "detached pid:$keeper:fd:7 /apart/a" || assert_output "detached pid:$keeper:fd:7 /a"
	kill "$keeper"
}

@test "users --unnamed: a mount namespace that only a descriptor keeps, and what is mounted there" {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount bash -c 'mkdir apart; mount -t tmpfs unnamed-apart apart; head -c 300k /dev/zero >apart/a
		echo ready >"$1"; exec sleep 300' bash "$PWD/ready" 3>&- &
	inner=$!
	wait_until 10 test -s ready
	exec 7<"/proc/$inner/ns/mnt"
	sleep 300 3>&- &
	keeper=$!
	exec 7<&-
	wait_until 10 grep -q sleep "/proc/$keeper/comm"
	unnamed kind "$keeper"
	assert_output ''
	kill -KILL "$inner"
	wait "$inner" 2>/dev/null || true
	unnamed kind,ref,name,used,how,fd "$keeper"
	assert_output 'detached - / 307200 namespace 7'
	# Without the right to enter it, it is not seen.
	run_apart setpriv --bounding-set -sys_chroot --inh-caps -sys_chroot "$SHMTOOL" users --unnamed -q \
		--raw --no-headings -o kind --used-by "$keeper"
	assert_success
	assert_output ''
}

@test "users --unnamed: an unprivileged user sees the user's own detached tmpfs, and no mounted one" {
	make_file one 100k
	chmod 755 . .. 2>/dev/null || true
	setpriv --reuid 65534 --regid 65534 --clear-groups sleep 300 <tmpfs/one 3>&- &
	keeper=$!
	wait_until 10 grep -q sleep "/proc/$keeper/comm"
	run_tool_as_user users --unnamed -q --raw --no-headings -o kind,ref --used-by "$keeper"
	assert_output ''
	umount --lazy tmpfs
	run_tool_as_user users --unnamed -q --raw --no-headings -o kind,ref,name --used-by "$keeper"
	assert_output "detached pid:$keeper:fd:0 /one"
}

@test "users --unnamed --kind: each kind, several, all and all but one" {
	make_file one 8k
	make_file two 8k
	"$HELPERS/hold_memfd" 4096 </dev/null 3>&- >memfd &
	memfd=$!
	wait_until 10 test -s memfd
	new_object shmtool-a
	keep_from "exec 5<tmpfs/one 6</dev/shm/shmtool-a 7<$(cut -d: -f2 memfd | sed 's,.*,/proc/&/fd,')/$(cut -d: -f4 memfd); rm tmpfs/one /dev/shm/shmtool-a"
	for kind in pshm:6 removed:5 memfd:7; do
		unnamed fd "$keeper" --kind "${kind%:*}"
		assert_line "${kind#*:}"
		refute_output --regexp "[$(tr -d "${kind#*:}" <<<567)]"
	done
	unnamed kind "$keeper" --kind pshm,removed
	assert_equal "$(sort <<<"$output")" pshm$'\n'removed
	unnamed kind "$keeper" --kind '!memfd'
	assert_equal "$(sort <<<"$output")" pshm$'\n'removed
	unnamed kind "$keeper" --kind all
	assert_equal "$(sort -u <<<"$output")" memfd$'\n'pshm$'\n'removed
	keep 65536 anonymous
	unnamed kind "$keeper" --kind anon
	assert_output anon
	kill "$memfd"
}

@test "users --unnamed: a filter that cannot apply is a usage error with the reason" {
	while IFS='|' read -r filter reason; do
		# shellcheck disable=SC2086 # several words
		run_tool users --unnamed $filter
		assert_usage_error users "$reason"
	done <<-'END'
		--key 0x1234|--key can't be combined with --unnamed: only System V objects have a key
		--creator root|--creator can't be combined with --unnamed: the creator
		--family podman|--family can't be combined with --unnamed: a family
		--unused|--unused can't be combined with --unnamed: such memory exists only while
		--orphaned|--orphaned can't be combined with --unnamed: such
		--abandoned|--abandoned can't be combined with --unnamed: such
		--with-messages|--with-messages can't be combined with --unnamed: only queues
		--kind sem|--kind: with --unnamed, the kinds are memfd, anon, pshm, removed, detached and all
	END
	for kind in memfd anon removed detached '!memfd'; do
		run_tool stat --kind "$kind"
		assert_usage_error stat "kinds of 'shmtool users --unnamed'"
		run_tool rm --kind "$kind"
		assert_usage_error rm "kinds of 'shmtool users --unnamed'"
	done
}

@test "users --unnamed: a file system that does not answer delays it by a moment only" {
	[[ -c /dev/fuse ]] || skip 'needs /dev/fuse'
	mkdir fuse
	new_object shmtool-a 4096
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" 2>/dev/null || true
	background "$HELPERS/fuse_mute" -a "$BATS_TEST_TMPDIR/fuse" /dev/shm/shmtool-a
	wait_until 10 grep -q '^holding' background.out
	nsenter --mount="/proc/$BACKGROUND_PID/ns/mnt" umount --lazy "$PWD/fuse"
	make_file one 100k
	keep_from 'exec 7<tmpfs/one; rm tmpfs/one'
	run_apart timeout 8 "$SHMTOOL" users --unnamed -q --raw --no-headings -o kind,fd --used-by "$keeper"
	assert_success
	assert_output 'removed 7'
	run_apart timeout 8 "$SHMTOOL" users --unnamed -q --raw --no-headings -o kind,fd --used-by "$BACKGROUND_PID"
	assert_output ''
}

@test "users --unnamed: a removed file of a hugetlbfs is marked with the size of its pages" {
	exec 9</proc/sys/vm/nr_hugepages
	flock 9
	[ "$(cat /proc/sys/vm/nr_hugepages)" -eq 0 ] || skip 'needs vm.nr_hugepages to be 0'
	mkdir huge
	# shellcheck disable=SC2016 # for the inner shell
	run_apart "$HELPERS/with_sysctl" /proc/sys/vm/nr_hugepages 2 -- bash -c '
		mount -t hugetlbfs -o pagesize=2M unnamed-huge huge || exit 77
		trap "umount --lazy huge" EXIT
		fallocate -l 2M huge/a || exit 77
		bash -c "exec 7<huge/a; rm huge/a; echo ready >huge.ready; exec sleep 300" 3>&- &
		until [ -s huge.ready ]; do sleep 0.02; done
		"$SHMTOOL" users --unnamed -q --raw --no-headings -o kind,name,used,huge --used-by $!
		kill $!'
	[ "$status" -ne 77 ] || skip 'needs free memory for huge pages'
	assert_success
	assert_output "removed $PWD/huge/a 2097152 2097152"
}

@test "users --unnamed: private huge pages belong to the process and are not listed" {
	require_root
	exec 9</proc/sys/vm/nr_hugepages
	flock 9
	[ "$(cat /proc/sys/vm/nr_hugepages)" -eq 0 ] || skip 'needs vm.nr_hugepages to be 0'
	# shellcheck disable=SC2016 # for the inner shell
	run_apart "$HELPERS/with_sysctl" /proc/sys/vm/nr_hugepages 4 -- bash -c '
		for kind in huge-private huge-forked huge-anonymous; do
			"$HELPERS/hold_memory" $kind 1 >$kind.ready 3>&- &
			for ((i = 0; i < 500; i++)); do
				! grep -q holding $kind.ready || break
				kill -0 $! || exit 77
				sleep 0.02
			done
			for prefix in "" "setpriv --reuid 65534 --regid 65534 --clear-groups"; do
				echo $kind $($prefix "$SHMTOOL" users --unnamed -q --raw --no-headings -o kind --used-by $!)
			done
			kill $!
		done'
	[ "$status" -ne 77 ] || skip 'needs free memory for huge pages'
	assert_equal "$output" "huge-private
huge-private
huge-forked
huge-forked
huge-anonymous anon
huge-anonymous"
}

#
# set
#

# hold_removed BYTES: a process that keeps a removed file of the tmpfs open; sets keeper and ref.
hold_removed() {
	make_file held "$1"
	keep_from 'exec 7<tmpfs/held; rm tmpfs/held'
	ref=pid:$keeper:fd:7
}

# on_terminal ANSWER ARGUMENT...: runs the tool on a terminal of its own, with an answer.
on_terminal() {
	local answer=$1
	shift
	command -v script >/dev/null || skip 'needs script(1)'
	run script --quiet --return --command "$(printf '%q ' "$SHMTOOL" "$@")" typescript < <(
		printf '%s\n' "$answer"
		sleep 0.2
	)
}

@test "set --size 0 pid:PID:fd:N: the memory of a removed file is freed, with --force" {
	hold_removed 1m
	used=$(stat -f -c '%b %f' tmpfs)
	run_tool set --verbose --size 0 --force "$ref"
	assert_success
	assert_stderr_like "$ref: changed"
	assert_equal "$(stat -Lc '%s %b' "/proc/$keeper/fd/7")" '0 0'
	assert_equal $((${used#* } + 256)) "$(stat -f -c %f tmpfs)"
	# By the REF that users prints.
	unnamed kind,ref,used "$keeper"
	assert_output "removed $ref 0"
}

@test "set --size 0 pid:PID:fd:N: without a terminal it needs --force, and names the process" {
	hold_removed 1m
	run_tool set --size 0 "$ref"
	assert_failure 1
	assert_stderr_like "set: $ref: not made smaller: $keeper sleep may be killed by SIGBUS .*--force"
	assert_equal "$(stat -Lc %s "/proc/$keeper/fd/7")" 1048576
	run_tool set --size 4096 "$ref"
	assert_failure 1
	# What takes nothing away needs no question.
	run_tool set --size 2M --mode 640 "$ref"
	assert_success
	assert_equal "$(stat -Lc '%s %b %a' "/proc/$keeper/fd/7")" '2097152 4096 640'
}

@test "set --size 0 pid:PID:fd:N: on a terminal it asks" {
	hold_removed 1m
	on_terminal n set --size 0 "$ref"
	assert_failure 1
	assert_output --partial "shrink $ref (removed, 1048576 bytes) to 0 bytes?"
	assert_output --partial "$keeper sleep may be killed by SIGBUS [y/N]"
	assert_equal "$(stat -Lc %s "/proc/$keeper/fd/7")" 1048576
	on_terminal y set --size 0 "$ref"
	assert_success
	assert_equal "$(stat -Lc %s "/proc/$keeper/fd/7")" 0
}

@test "set --size 0 pid:PID:fd:N: the question escapes the command of the process" {
	make_file held 1m
	evil=$'\e[2Jsleep\nevil'
	cp "$(command -v sleep)" "$evil"
	EVIL=$PWD/$evil keep_from 'exec 7<tmpfs/held; rm tmpfs/held; exec() { builtin exec "$EVIL" 300; }'
	on_terminal n set --size 0 "pid:$keeper:fd:7"
	assert_failure 1
	assert_output --partial "and $keeper \\033[2Jsleep\\012evil may be killed by SIGBUS [y/N]"
	refute_output --partial $'\e[2J'
}

@test "set --size 0 pid:PID:map:ADDRESS: anonymous memory and a removed object that is only mapped" {
	keep 65536 anonymous
	unnamed ref "$keeper"
	ref=$output
	run_tool set --size 0 --force "$ref"
	assert_success
	unnamed used "$keeper"
	assert_output 0
	run_tool set --mode 600 "$ref"
	assert_usage_error set "$ref: --mode, --owner and --group have no effect on anonymous memory"
	new_object shmtool-a 8192
	printf x | dd of=/dev/shm/shmtool-a conv=notrunc bs=1 seek=5000 status=none
	keep /dev/shm/shmtool-a shared
	rm /dev/shm/shmtool-a
	unnamed ref,used "$keeper"
	assert_output "${output% *} 4096"
	run_tool set --size 0 --force "${output% *}"
	assert_success
	unnamed used "$keeper"
	assert_output 0
}

@test "set --size 0 pid:PID:fd:N: a file of a detached tmpfs" {
	make_file one 1m
	keep_from 'exec 7<tmpfs/one'
	umount --lazy tmpfs
	run_tool set --size 0 "pid:$keeper:fd:7"
	assert_failure 1
	assert_stderr_like SIGBUS
	run_tool set --size 0 --force "pid:$keeper:fd:7"
	assert_success
	assert_equal "$(stat -Lc %s "/proc/$keeper/fd/7")" 0
}

@test "set --size pid:PID:fd:N: a sealed memfd is refused with the seal" {
	for seal in shrink:0 grow:1M; do
		"$HELPERS/hold_memfd" 8192 "${seal%:*}" </dev/null 3>&- >"memfd.$seal" &
		wait_until 10 test -s "memfd.$seal"
		ref=$(<"memfd.$seal")
		run_tool set --size "${seal#*:}" --force "$ref"
		assert_failure 1
		upper=${seal%:*}
		assert_stderr_like "set: $ref: the size can't be changed: sealed with F_SEAL_${upper^^}"
	done
}

@test "set pid:PID:fd:N: a named object as by its name, a segment, a file on a disk and a pipe not at all" {
	new_object shmtool-a 8192
	keep_from 'exec 7</dev/shm/shmtool-a'
	run_tool set --size 4096 "pid:$keeper:fd:7"
	assert_success
	assert_equal "$(stat -c %s /dev/shm/shmtool-a)" 4096
	run_tool set --size 0 --force "pid:$keeper:fd:7"
	assert_usage_error set 'only memory without a name'
	id=$(new_segment 4096)
	keep "id:$id" shared
	ref=pid:$keeper:map:$(awk '/SYSV/ { sub(/-.*/, "", $1); print "0x" $1; exit }' "/proc/$keeper/maps")
	run_tool set --size 0 --force "$ref"
	assert_usage_error set "$ref: --size: the size of a System V segment is fixed"
	run_tool set --mode 640 "$ref"
	assert_success
	assert_equal "$(proc_shm "$id" perms)" 640
	mkfifo pipe
	keep_from 'exec 7<>pipe'
	run_tool set --mode 640 "pid:$keeper:fd:7"
	assert_failure 1
	assert_stderr_like 'a pipe, a socket or a device'
	[[ $(stat -f -c %T .) != tmpfs ]] || return 0
	echo text >file
	keep_from 'exec 7<file'
	run_tool set --size 0 --force "pid:$keeper:fd:7"
	assert_usage_error set 'is a file that is not in memory'
	assert_equal "$(<file)" text
}

@test "set pid:PID:fd:N: another user's process is refused, and one REF does not hide the others" {
	hold_removed 1m
	run_tool_as_user set --size 0 --force "$ref"
	assert_failure 1
	assert_stderr_like "$ref: no permission to inspect the process"
	run_tool set --size 0 --force "pid:$keeper:fd:77" "$ref"
	assert_failure 1
	assert_stderr_like "pid:$keeper:fd:77: the process has no such descriptor"
	assert_equal "$(stat -Lc %s "/proc/$keeper/fd/7")" 0
}
