#!/usr/bin/env bats
# The machine, control group and unit that memory belongs to, and totals by them.

load test_helper
load truth
load users

teardown() {
	common_teardown
	for group in "${GROUPS_MADE[@]}"; do
		wait_until 10 rmdir "$group"
	done
}

setup() {
	common_setup
	GROUPS_MADE=()
}

# new_group NAME: makes a control group below the test's own, in version 2 or in the hierarchy of
# systemd; sets group to its directory and group_path to its path, as /proc/PID/cgroup has it.
new_group() {
	local mount own

	require_root
	mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	own=$(sed -n 's/^0:://p' /proc/self/cgroup)
	if [[ ! $mount ]]; then
		mount=$(awk '$3 == "cgroup" && $4 ~ /name=systemd/ { print $2; exit }' /proc/mounts)
		own=$(sed -n 's/^[0-9]*:name=systemd://p' /proc/self/cgroup)
	fi
	group_path=${own%/}/shmtool-by-$$-$1
	group=$mount$group_path
	{ [[ $mount ]] && mkdir "$group" 2>/dev/null; } || skip 'needs a control group of its own'
	GROUPS_MADE+=("$group")
}

# hold_in GROUP ARGUMENT...: hold, and move the holder to a group.
hold_in() {
	local into=$1

	shift
	hold "$@"
	# shellcheck disable=SC2154 # set by hold
	echo "$holder" >"$into/cgroup.procs" || skip 'needs to move processes to a control group'
}

node() {
	uname -n
}

@test "host: every command with columns prints the node name on request, in every format" {
	id=$(make_segment 4096)
	for command in stat users limits families usage 'usage --by kind' 'stat --elements' "stat $id" "users --each"; do
		# shellcheck disable=SC2086 # some have operands
		run_tool $command -o help
		assert_line --regexp '^host '
	done
	run_tool stat --json -o host,ref
	assert_output "[
{\"host\":\"$(node)\",\"ref\":\"id:$id\"}
]"
	run_tool stat --raw --no-headings -o HOST
	assert_output "$(node)"
	run_tool stat --export -o host
	assert_output "HOST=\"$(node)\""
	run_tool stat --no-headings -o host
	assert_output "$(node)"
	run_tool limits --raw --no-headings -o host,limit --sort host
	assert_line --index 0 --regexp "^$(node) "
}

@test "host: + adds it to the default columns, also to those of details" {
	id=$(make_segment 4096)
	run_tool stat --json -o +host
	assert_output --partial "\"host\":\"$(node)\"}"
	assert_output --partial '"kind":"shm"'
	run_tool stat --json -o +host "$id"
	assert_output --partial "\"host\":\"$(node)\"}"
	assert_output --partial '"why"'
	run_tool stat -o +host "$id"
	assert_line --regexp "^ *host +$(node)\$"
	run_tool stat --json "$id"
	refute_output --partial '"host"'
	run_tool stat -o +nonsense "$id"
	assert_failure 2
}

@test "users -o cgroup,unit: the group of each process, as the kernel reports it" {
	id=$(new_segment 4096)
	new_group x.service
	hold_in "$group" "$id"
	rows pid,cgroup,unit "$id"
	assert_output "$holder $group_path ${group_path##*/}"
	assert_equal "$(grep -c ":$group_path\$" "/proc/$holder/cgroup")" 1
	rows cgroup --each "$id"
	assert_output "$group_path"
	run_tool users --json -o unit "$id"
	assert_output --partial "{\"unit\":\"${group_path##*/}\"}"
}

@test "users -o cgroup: also of a process that waits for a semaphore" {
	new_group y.scope
	id=$("$HELPERS/set_control" make 0 600 1)
	background "$HELPERS/set_control" operate "$id" 0 -1
	echo "$BACKGROUND_PID" >"$group/cgroup.procs"
	wait_until 10 eval "[[ \$('$HELPERS/set_control' look $id 0) == '0 1 0 '* ]]"
	rows how,unit "sem:$id"
	assert_line "waits ${group_path##*/}"
}

@test "stat -o cgroup,unit: the group of the only user, or the first and the number of others" {
	id=$(new_segment 4096)
	new_group a.service
	first=$group_path
	hold_in "$group" "$id"
	hold_in "$group" "$id"
	assert_column "$id" cgroup "$first"
	assert_column "$id" unit "${first##*/}"
	new_group b.service
	hold_in "$group" "$id"
	# The process with the lowest pid is mostly, but not always, the oldest.
	lowest=$(rows pid "$id" && sort -n <<<"$output" | head -1)
	first=$(sed -n 's/^[^:]*:[^:]*:\(.*shmtool-by-.*\)/\1/p' "/proc/$lowest/cgroup" | head -1)
	assert_column "$id" cgroup "$first +1"
	assert_column "$id" unit "${first##*/} +1"
}

@test "stat -o cgroup: of an unused segment, the group of its creator while it runs" {
	require_command perl
	new_group creator.service
	# shellcheck disable=SC2016 # perl's variables
	background perl -e 'print shmget(0, 4096, 01600), "\n"; $| = 1; print ""; sleep 60'
	wait_until 10 test -s "$BATS_TEST_TMPDIR/background.out"
	id=$(<"$BATS_TEST_TMPDIR/background.out")
	echo "$BACKGROUND_PID" >"$group/cgroup.procs"
	assert_column "$id" cgroup "$group_path"
	assert_column "$id" unit "${group_path##*/}"
	end_background
	assert_column "$id" cgroup null
	assert_column "$id" unit null
}

@test "stat -o cgroup: unknown without a user, and for users that can't be seen" {
	id=$(new_segment 4096 666)
	new_object "$PREFIX_NAME"
	assert_column "$id" cgroup null
	assert_column "/$PREFIX_NAME" unit null
	require_root
	hold "$id"
	# shellcheck disable=SC2030 # only here
	run as_user "$SHMTOOL" stat -q --raw --no-headings -o cgroup,unit,use "$id"
	assert_output '- - used'
}

#
# usage --by. Other tests run at the same time, in other IPC namespaces: the size identifies ours.
#

OURS=(--min-size 7341056 --max-size 7341056)

# totals WORDS COLUMNS ARGUMENT...: prints the lines of usage --by, of objects with our size only.
totals() {
	local words=$1 columns=$2
	shift 2
	run_tool usage -q --by "$words" --raw --no-headings -o "$columns" "${OURS[@]}" "$@"
	assert_success
	assert_stderr_empty
}

# our_segment BYTES: creates a segment of our size and writes the first bytes.
our_segment() {
	local id
	id=$(new_segment 7341056) || return
	"$HELPERS/fill_segment" "$id" "$1" || return
	echo "$id"
}

# our_object NAME BYTES: the same for a POSIX object.
our_object() {
	"$HELPERS/make_object" "/$PREFIX_NAME-$1" 7341056 600
	dd if=/dev/zero of="/dev/shm/$PREFIX_NAME-$1" bs="$2" count=1 conv=notrunc status=none
}

@test "usage --by kind: objects, segments, memfds and removed files, the largest first, and their sum" {
	require_inspection
	id=$(our_segment 12288)
	our_object a 8192
	our_object b 8192
	our_object gone 4096
	keep "/dev/shm/$PREFIX_NAME-gone" open
	rm "/dev/shm/$PREFIX_NAME-gone"
	background "$HELPERS/hold_memfd" 7341056
	wait_until 10 test -s "$BATS_TEST_TMPDIR/background.out"
	totals kind line,kind,count,bytes,inuse,unused
	assert_output "group pshm 2 16384 0 16384
group shm 1 12288 0 12288
group removed 1 4096 4096 0
group memfd 1 0 0 0
sum - 5 32768 4096 28672"
	assert_equal "$(proc_shm "$id" rss)" 12288
	totals kind kind,count --kind memfd,shm
	assert_output 'shm 1
memfd 1
- 2'
	totals kind kind,count --kind removed
	assert_output 'removed 1
- 1'
	totals kind kind,count --kind pshm
	assert_output 'pshm 2
- 2'
	totals kind kind,count --kind '!pshm,!shm'
	assert_output 'removed 1
memfd 1
- 2'
	totals kind kind,count --kind '!pshm,!removed,!memfd'
	assert_output 'shm 1
- 1'
	assert_unchanged
}

@test "usage --by: the sum is the same by every word" {
	require_inspection
	id=$(our_segment 12288)
	our_object a 8192
	hold "$id"
	hold "$id"
	for word in kind owner family command pid place namespace cgroup kind,owner,pid; do
		totals "$word" line,count,bytes,inuse,unused
		assert_line 'sum 2 20480 12288 8192'
	done
}

@test "usage --by owner: sizes and counts of each, as the kernel reports them" {
	require_root
	id=$(our_segment 4096)
	"$HELPERS/segment_control" "$id" owner 65534 65534
	our_object a 8192
	our_object b 8192
	totals owner owner,count,bytes
	assert_output 'root 2 16384
nobody 1 4096
- 3 20480'
	assert_equal "$(stat -c '%U %b' /dev/shm/"$PREFIX_NAME"-[ab] |
		awk '{ sum += $2 * 512 } END { print $1, NR, sum }')" 'root 2 16384'
	totals owner,kind owner,kind,bytes --owner nobody
	assert_output 'nobody shm 4096
- - 4096'
}

@test "usage --by command: an object of several commands is in each line, and once in the sum" {
	id=$(our_segment 12288)
	alone=$(our_segment 4096)
	unused=$(our_segment 8192)
	hold "$id"
	hold "$id"
	hold "$alone"
	keep "id:$id" shared
	totals command command,count,bytes,shared,others,line
	assert_output 'hold_segment 2 16384 12288 +1 group
hold_mapping 1 12288 12288 +1 group
- 1 8192 0 - group
- 3 24576 0 - sum'
	run_tool usage -q --by command "${OURS[@]}"
	assert_line --regexp '^hold_segment +2 +16384 .* \+1$'
	assert_line --regexp '^sum +3 +24576 '
	assert_equal "$(proc_shm "$unused" rss)" 8192
}

@test "usage --by pid: each process, and the others with the same objects" {
	id=$(our_segment 4096)
	pids=()
	for _ in 1 2 3; do
		hold "$id"
		pids+=("$holder")
	done
	mapfile -t pids < <(printf '%s\n' "${pids[@]}" | sort -n)
	totals pid pid,bytes,others --top 2
	assert_output "${pids[0]} 4096 +2
${pids[1]} 4096 +2
- 4096 -
- 4096 -"
	totals pid,command pid,command --used-by "${pids[1]}"
	assert_line "${pids[1]} hold_segment"
}

@test "usage --top: the rest is one line, in which each object counts once" {
	for bytes in 4096 8192 12288; do
		id=$(our_segment "$bytes")
		hold "$id"
	done
	hold "$id"
	keep "id:$id" shared
	totals command,pid line,command,count,bytes --top 1
	assert_output 'group hold_mapping 1 12288
others - 3 24576
sum - 3 24576'
	totals command line,count,bytes --top 2
	refute_line --partial others
	run_tool usage -q --by pid --top 1 "${OURS[@]}" --sort=-bytes
	assert_line --index -1 --regexp '^sum '
	assert_line --index -2 --regexp '^others '
}

@test "usage --by: --sort leaves the sum at the end" {
	our_object a 8192
	id=$(our_segment 4096)
	totals kind kind --sort bytes
	assert_output 'shm
pshm
-'
	totals kind kind --sort -count
	assert_line --index -1 -- -
}

@test "usage --by cgroup: units of the users, also of memfds" {
	new_group web.service
	unit=${group_path##*/}
	id=$(our_segment 8192)
	hold_in "$group" "$id"
	background "$HELPERS/hold_memfd" 7341056
	wait_until 10 test -s "$BATS_TEST_TMPDIR/background.out"
	echo "$BACKGROUND_PID" >"$group/cgroup.procs"
	totals cgroup cgroup,count,bytes
	assert_output "$unit 2 8192
- 2 8192"
}

@test "usage --by cgroup: an unused segment is that of its running creator" {
	require_command perl
	new_group creator.service
	unit=${group_path##*/}
	# shellcheck disable=SC2016 # perl's variables
	background perl -e 'print shmget(0, 7341056, 01600), "\n"; $| = 1; print ""; sleep 60'
	wait_until 10 test -s "$BATS_TEST_TMPDIR/background.out"
	echo "$BACKGROUND_PID" >"$group/cgroup.procs"
	totals cgroup,command cgroup,command,count,unused
	assert_output "$unit perl 1 0
- - 1 0"
}

@test "usage --by place: /dev/shm, and a tmpfs here and in another mount namespace" {
	require_root
	require_private_namespace
	our_object a 4096
	totals place place,bytes
	assert_line '/dev/shm 4096'
	mkdir here there
	mount -t tmpfs -o size=9m shmtool-by here
	head -c 3000000 /dev/zero >here/x
	run_tool usage -q --by place,kind --raw --no-headings -o place,kind,bytes,unknown
	used=$(($(stat -f -c '(%b - %f) * %S' here)))
	assert_line "$PWD/here tmpfs $used $used"
	umount here
	background unshare --mount sh -c "mount -t tmpfs shmtool-by '$PWD/there' &&
		head -c 2000000 /dev/zero >'$PWD/there/x' && echo made && exec sleep 60"
	wait_until 10 grep -q sleep "/proc/$BACKGROUND_PID/comm"
	run_tool usage -q --by place,command --raw --no-headings -o place,command,bytes
	assert_line --regexp "^/proc/[0-9]+/root$PWD/there sleep 20[0-9]{5}\$"
}

@test "usage --by place: removed files of a tmpfs that only another mount namespace has" {
	require_root
	require_private_namespace
	mkdir there
	mount -t tmpfs -o size=9m shmtool-by there
	head -c 3000000 /dev/zero >there/x
	background unshare --mount bash -c "mount -t tmpfs shmtool-by '$PWD/there' &&
		head -c 2000000 /dev/zero >'$PWD/there/x' && exec 7<'$PWD/there/x' && rm '$PWD/there/x' &&
		echo made && exec sleep 60"
	wait_until 10 grep -q sleep "/proc/$BACKGROUND_PID/comm"
	run_tool usage -q --by place,kind --raw --no-headings -o place,kind,count
	assert_line "$PWD/there tmpfs 1"
	assert_line --regexp "^/proc/[0-9]+/root$PWD/there removed 1\$"
	refute_line --regexp "^$PWD/there removed"
	umount there
}

@test "usage --by place: on a narrow terminal, other columns are omitted before the place is cut" {
	require_root
	require_private_namespace
	mkdir -p /mnt/shmtool-by/a
	mount -t tmpfs -o size=9m shmtool-by /mnt/shmtool-by/a
	head -c 3000000 /dev/zero >/mnt/shmtool-by/a/x
	run script -qec "stty rows 99 cols 60; '$SHMTOOL' usage -q --by place; '$SHMTOOL' usage -q --by place,kind" /dev/null
	umount /mnt/shmtool-by/a
	rmdir /mnt/shmtool-by/a /mnt/shmtool-by
	assert_output --regexp '/mnt/shmtool-by/a +1 +2\.9M'
	assert_output --regexp '/mnt/shmtool-by/a +tmpfs +1 +2\.9M'
	assert_output --partial 'not shown: bar, share, oldest'
}

@test "usage --by kind: a detached tmpfs, with all of its files and directories" {
	require_root
	require_private_namespace
	mkdir here
	mount -t tmpfs -o size=9m shmtool-by here
	mkdir here/a
	head -c 8192 /dev/zero >here/a/x
	head -c 4096 /dev/zero >here/a/y
	exec 8<here/a/x
	umount --lazy here
	run_tool usage -q --by kind,pid --used-by $$ --kind detached --raw --no-headings -o kind,count,bytes
	exec 8<&-
	assert_line 'detached 3 12288'
}

@test "usage --by namespace: segments of another IPC namespace" {
	require_root
	our_object a 8192
	# shellcheck disable=SC2016 # of the shell in the namespace
	background unshare --ipc sh -c 'id=$("$1/make_keyed" 0 7341056 600) &&
		"$1/fill_segment" "$id" 4096 && readlink /proc/self/ns/ipc && exec sleep 60' - "$HELPERS"
	wait_until 10 test -s "$BATS_TEST_TMPDIR/background.out"
	there=$(tr -dc 0-9 <"$BATS_TEST_TMPDIR/background.out")
	here=$(readlink /proc/self/ns/ipc | tr -dc 0-9)
	totals namespace,kind namespace,kind,count,bytes
	assert_output "$here pshm 1 8192
$there shm 1 4096
- - 2 12288"
	run_tool usage -q --by namespace --json "${OURS[@]}" --top 1
	assert_equal "$(json '.[].namespace')" "$here
null
null"
}

@test "usage --by family: the program of each object" {
	"$HELPERS/make_object" /libpod_lock 7341056 600
	our_object a 4096
	totals family,owner family,count --mine
	assert_output '- 1
podman 1
- 2'
	totals family family,line --family podman
	assert_output 'podman group
- sum'
}

@test "usage --by owner: files in directories are objects, those of a directory on request" {
	require_root
	mkdir -p /dev/shm/jobs/7 /dev/shm/other
	for file in jobs/7/a jobs/7/b other/c; do
		head -c 8192 /dev/zero >"/dev/shm/$file"
		truncate --size 7341056 "/dev/shm/$file"
	done
	ln /dev/shm/jobs/7/a /dev/shm/other/again
	chown nobody /dev/shm/jobs/7/b
	keep /dev/shm/jobs/7/a open
	totals owner,kind owner,kind,count,inuse,unused
	assert_output 'root dir 2 8192 8192
nobody dir 1 0 8192
- - 3 8192 16384'
	run_tool usage -q --by owner,command --raw --no-headings -o owner,command,bytes --dir /dev/shm/jobs
	assert_success
	assert_output 'root hold_mapping 8192
nobody - 8192
- - 16384'
	# As a whole, their use is unknown.
	run_tool usage -q --by kind --raw --no-headings -o kind,bytes,unknown
	assert_line 'dir 24576 24576'
	run_tool usage -q --by kind --raw --no-headings -o kind,bytes,inuse --recursive
	assert_line 'dir 24576 8192'
}

@test "usage --by owner: files of another tmpfs, and what remains of it" {
	require_root
	require_private_namespace
	mkdir here
	mount -t tmpfs -o size=32m shmtool-by here
	head -c 3000000 /dev/zero >here/x
	chown nobody here/x
	keep "$PWD/here/x" open
	run_tool usage -q --by place,owner --raw --no-headings -o place,owner,bytes,inuse
	used=$(($(stat -f -c '(%b - %f) * %S' here)))
	assert_line "$PWD/here nobody $used $used"
	end_background
	head -c 2000000 /dev/zero >here/gone
	keep "$PWD/here/gone" open
	rm here/gone
	run_tool usage -q --by place,kind --raw --no-headings -o place,kind,bytes
	assert_line "$PWD/here tmpfs $used"
	assert_line --regexp "^$PWD/here removed 200[0-9]{4}\$"
	end_background
	wait_until 10 umount here
}

@test "usage --by: abandoned objects, and the age of the oldest" {
	our_segment 8192
	hold "$(our_segment 4096)"
	totals kind kind,unused,abandoned,inuse --abandoned --older-than 0s
	assert_output 'shm 8192 8192 0
- 8192 8192 0'
	totals kind kind,unused,abandoned,inuse
	assert_output 'shm 8192 0 4096
- 8192 0 4096'
	totals kind kind,oldest --older-than 1d
	assert_output '- -'
	wait_until 10 eval "[[ \$('$SHMTOOL' usage -q --by kind -r --no-headings -o oldest ${OURS[*]} | tail -1) -ge 1 ]]"
}

@test "usage --by: a file with several names counts once" {
	our_object a 8192
	ln "/dev/shm/$PREFIX_NAME-a" "/dev/shm/$PREFIX_NAME-b"
	totals kind kind,count,bytes
	assert_output 'pshm 1 8192
- 1 8192'
}

@test "usage --by: a file in several of the directories that --dir names counts once" {
	require_root
	require_private_namespace
	mkdir here
	mount -t tmpfs -o size=32m shmtool-by here
	mkdir here/inner here/loop
	head -c 8192 /dev/zero >here/inner/x
	head -c 4096 /dev/zero >here/y
	mount --bind here here/loop
	for directory in inner loop; do
		run_tool usage -q --by kind --raw --no-headings -o kind,count,bytes --recursive \
			--dir "$PWD/here" --dir "$PWD/here/$directory"
		assert_success
		assert_output 'tmpfs 2 12288
- 2 12288'
	done
	umount here/loop
	umount here
}

@test "usage --by: semaphores and queues on request" {
	"$HELPERS/sem_make" "/$PREFIX_NAME" 1
	"$HELPERS/set_control" make 0 600 1
	run_tool usage -q --by kind --raw --no-headings -o kind,count,bytes --kind psem --name "*$PREFIX_NAME"
	assert_output 'psem 1 4096
- 1 4096'
	run_tool usage -q --by kind,owner --raw --no-headings -o kind,count,bytes --kind sem --mine
	assert_line --regexp '^sem [1-9][0-9]* 0$'
}

@test "usage --by: unknown words and contradictions are usage errors" {
	run_tool usage --by ownr
	assert_usage_error usage "unknown word 'ownr', did you mean owner\?"
	run_tool usage --by kind,xyzzy
	assert_usage_error usage "unknown word 'xyzzy' \(must be kind, owner, family, command, pid, place, namespace or cgroup\)"
	run_tool usage --by ''
	assert_usage_error usage "unknown word '' \(must be"
	run_tool usage --top 3
	assert_usage_error usage '--top requires --by'
	run_tool usage --owner root
	assert_usage_error usage 'filters require --by'
	run_tool usage --recursive
	assert_usage_error usage '--recursive requires --by'
	run_tool usage --by kind --all
	assert_usage_error usage "--all can't be combined with --by"
	run_tool usage --by kind --kind shm,dir
	assert_usage_error usage '--kind: dir has no total, its files do: use --recursive'
	run_tool usage --by kind --top 0
	assert_failure 2
}

@test "usage --by: an unprivileged user sees own memory, and one note about the rest" {
	require_root
	id=$(our_segment 4096)
	"$HELPERS/segment_control" "$id" owner 65534 65534
	hold "$id"
	run_tool_as_user usage --by command --raw --no-headings -o command,count,inuse "${OURS[@]}"
	assert_success
	assert_output '- 1 4096
- 1 4096'
	# shellcheck disable=SC2154 # set by run
	assert_equal "$(grep -c 'could not be inspected' <<<"$stderr")" 1
}

@test "usage --by owner: directories that can't be read stay a whole, but for --dir that is an error" {
	require_root
	mkdir -m 700 /dev/shm/private
	head -c 8192 /dev/zero >/dev/shm/private/file
	run_tool_as_user usage --by owner,kind --raw --no-headings -o owner,kind,bytes,unknown
	assert_success
	assert_line --regexp '^- dir [1-9][0-9]* [1-9]'
	assert_stderr_like "some directories can't be read"
	run_tool_as_user usage --by owner --dir /dev/shm --raw --no-headings -o line,count
	assert_failure 1
	assert_output 'sum 0'
	assert_stderr_like '/dev/shm/private.*: Permission denied'
	run_tool usage -q --by owner --dir /dev/shm --raw --no-headings -o owner,bytes
	assert_line 'root 8192'
}

@test "usage --by: without /proc, one note says that no process can be seen" {
	require_root
	require_private_namespace
	id=$(our_segment 4096)
	run_apart unshare --mount sh -c "mount -t tmpfs shmtool-by /proc &&
		exec '$SHMTOOL' usage --by command,cgroup --raw --no-headings -o command,cgroup,count ${OURS[*]}"
	assert_output '- - 1
- - 1'
	assert_stderr_like '^shmtool: usage: no process can be seen: /proc is not mounted$'
}

@test "usage --by: -o help and completion list the words" {
	run_tool usage --by kind -o help
	assert_line --regexp '^cgroup  '
	assert_line --regexp '^abandoned  '
	run "$SHMTOOL" __complete usage --by owner,c
	assert_line --regexp '^owner,command'
	assert_line --regexp '^owner,cgroup'
}
