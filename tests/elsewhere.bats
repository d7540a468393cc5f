#!/usr/bin/env bats
# --ns PID: in the IPC namespace and the /dev/shm of another process. --all-namespaces: in all.

load test_helper
load truth

# begin_container [PREFIX...]: a process with an IPC namespace and a /dev/shm of its own, in which
# there are a segment of 5000 bytes and the object /inner; sets container to its number. PREFIX is
# what runs it.
begin_container() {
	mkfifo -m 666 ready
	"$@" unshare --ipc --mount bash -c '
		mount -t tmpfs -o size=1m none /dev/shm
		printf inner >/dev/shm/inner
		"$HELPERS/make_segments" 1 5000 >/dev/null
		echo $$ >ready
		exec sleep 300' 3>&- &
	holder=$!
	read -r container <ready
}

teardown() {
	[[ ! ${holder:-} ]] || kill "$container" 2>/dev/null || true
	[[ ! ${second:-} ]] || kill "$second" 2>/dev/null || true
	[[ ! ${user:-} ]] || kill "$user" 2>/dev/null || true
	common_teardown
}

@test "stat --ns: what that process sees, and nothing of ours" {
	require_root
	begin_container
	new_segment 4096
	"$HELPERS/make_object" /shmtool-outer 4096
	run_tool stat --ns "$container" --raw --no-headings -o kind,bytes,name
	assert_success
	assert_output $'shm 5000 -\npshm 5 /inner'
	# We are still where we were.
	run_tool stat --raw --no-headings -o kind,bytes,name
	assert_output $'shm 4096 -\npshm 4096 /shmtool-outer'
}

@test "read and write --ns: the bytes of that process's objects" {
	require_root
	begin_container
	run_tool read --ns "$container" /inner
	assert_output inner
	run_tool write --ns "$container" /inner --string OUTER
	assert_success
	assert_equal "$(cat "/proc/$container/root/dev/shm/inner")" OUTER
	[[ ! -e /dev/shm/inner ]]
}

@test "rm --ns: by name, by id and by filter, there alone" {
	require_root
	begin_container
	new_segment 4096
	run_tool rm --ns "$container" -v 0
	assert_success
	assert_output 'removed id:0 (5000 bytes)'
	run_tool rm --ns "$container" --unused --json
	assert_success
	assert_equal "$(json -c 'map([.ref, .action])')" '[["/inner","removed"]]'
	[[ ! -e /proc/$container/root/dev/shm/inner ]]
	assert_equal "$(segment_ids | wc -l)" 1
}

@test "limits --ns: of that namespace" {
	require_root
	begin_container
	nsenter --ipc --target "$container" sh -c 'echo 77 >/proc/sys/kernel/shmmni'
	run_tool limits --ns "$container" --raw --no-headings -o limit,value,used
	assert_success
	assert_line 'shmmni 77 1'
	assert_line --partial 'devshm_size 1048576 '
}

@test "users --ns: who uses what is there" {
	require_root
	begin_container
	nsenter --mount --target "$container" sleep 300 <"/proc/$container/root/dev/shm/inner" 3>&- &
	user=$!
	run_tool users --ns "$container" /inner --raw --no-headings -o pid,how
	kill "$user"
	assert_success
	assert_output "$user open"
}

@test "--ns: links below that root lead nowhere outside it" {
	require_root
	mkfifo ready
	mkdir outside
	echo outside >outside/victim
	# /dev of its own, in which shm is a link to a directory that is only outside.
	OUTSIDE=$PWD/outside unshare --ipc --mount bash -c '
		mkdir root && mount -t tmpfs none root && mkdir root/dev && ln -s "$OUTSIDE" root/dev/shm
		echo $$ >ready
		exec python3 -c "
import os, time
os.chroot(\"root\")
time.sleep(300)"' 3>&- &
	holder=$!
	read -r container <ready
	for _ in {1..200}; do
		[[ $(readlink "/proc/$container/root") == */root ]] && break
		sleep 0.05
	done
	run_tool stat --ns "$container" --kind pshm
	refute_output --partial victim
	run_tool rm --ns "$container" --unused --kind pshm
	[[ -e outside/victim ]]
}

@test "--ns: a process of one's own, in a user namespace of one's own" {
	require_root
	chmod 777 .
	begin_container setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user --map-root-user
	run_tool_as_user stat --ns "$container" --raw --no-headings -o kind,bytes
	assert_success
	assert_output $'shm 5000\npshm 5'
}

@test "--ns: of a process that is not there, or of others, is refused with a sentence" {
	require_root
	run_tool stat --ns 4194304
	assert_failure 1
	[[ $stderr == *'--ns 4194304: no such process'* ]] || fail "$stderr"
	begin_container
	run_tool_as_user stat --ns "$container"
	assert_failure 1
	[[ $stderr == *"can't be entered"* ]] || fail "$stderr"
	assert_output ''
	run_tool stat --ns abc
	assert_usage_error stat 'is not the number of a process'
}

@test "--ns: without openat2(2)" {
	require_root
	begin_container
	run_apart "$HELPERS/without_syscall" 437 38 "$SHMTOOL" stat --ns "$container" --raw --no-headings -o name --kind pshm
	assert_success
	assert_output /inner
}

@test "stat --all-namespaces: every namespace once, with its number and who holds it" {
	require_root
	begin_container
	# A second process in it makes no second namespace of it.
	nsenter --ipc --target "$container" sleep 300 3>&- &
	second=$!
	new_segment 4096
	ours=$(stat -L -c %i /proc/self/ns/ipc)
	theirs=$(stat -L -c %i "/proc/$container/ns/ipc")
	wait_until 10 test "$(stat -L -c %i "/proc/$second/ns/ipc")" = "$theirs"
	run_tool stat --all-namespaces --json
	kill "$second"
	# Other processes of the machine may come, go and hide meanwhile.
	assert_equal "$(json -c --argjson ns "$ours" 'map(select(.ns == $ns and .kind == "shm") | .bytes)')" '[4096]'
	assert_equal "$(json -c --argjson ns "$theirs" 'map(select(.ns == $ns) | [.kind, .bytes, .nspid, .nscommand])')" \
		'[["shm",5000,'"$container"',"sleep"],["pshm",5,'"$container"',"sleep"]]'
}

@test "stat --all-namespaces: who may not enter the others is told" {
	require_root
	begin_container
	run_tool_as_user stat --all-namespaces --kind shm
	[[ $stderr == *"can't be looked at (that takes root)"* || $stderr == *"can't be entered"* ]] || fail "$stderr"
	refute_output --partial "$container"
}

@test "stat --all-namespaces: excludes what is of one" {
	for other in '--ns 1' 1 --elements; do
		# shellcheck disable=SC2086 # words
		run_tool stat --all-namespaces $other
		assert_usage_error stat
	done
}
