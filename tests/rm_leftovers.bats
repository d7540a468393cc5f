#!/usr/bin/env bats
# Leftovers of a killed run of rm: files moved aside.

load test_helper
load truth
load removal

# killed [ARGUMENT...]: a run that is killed right after it moves the first file aside.
killed() {
	run_stopping renameat2:1 rm "$@"
	pkill -KILL -P "$stopped"
	wait "$stopped" || true
	rm -f trace
	aside=$(object_names | grep -F .shmtool-rm-)
}

# planted NAME INODE [NUMBER]: a name as a run would choose it.
planted() {
	printf '.shmtool-rm-%s-%x-%s' "${3:-0123abcd}" "$2" "$1"
}

@test "rm leftovers: the next run finishes what SIGKILL interrupted, whatever its filter" {
	require_strace
	posix shmtool-a
	posix shmtool-b
	killed --mine
	assert_equal "$(object_names | wc -l)" 2
	run_tool rm --name 'nothing-*'
	assert_success
	assert_equal "$stderr" "shmtool: rm: /$aside: a killed run of rm had moved /shmtool-a here: removed, since no process uses it
shmtool: rm: removed 0 objects, 0 bytes freed; kept 0"
	assert_equal "$(object_names)" shmtool-b
	run_tool rm --kind shm --unused
	assert_equal "$stderr" "shmtool: rm: removed 0 objects, 0 bytes freed; kept 0"
}

@test "rm leftovers: a filter for segments only finishes them, too" {
	require_strace
	posix shmtool-a
	killed --mine
	run_tool rm --kind shm --orphaned
	assert_success
	assert_no_objects
}

@test "rm leftovers: a file that is in use gets its name back" {
	require_strace
	"$HELPERS/make_object" /sem.shmtool-a 32
	killed --mine --kind psem
	exec 8<"/dev/shm/$aside"
	run_tool rm --kind shm --unused
	exec 8<&-
	assert_success
	assert_stderr_like "^shmtool: rm: /$aside: a killed run of rm had moved psem:/shmtool-a here: renamed back\$"
	assert_equal "$(object_names)" sem.shmtool-a
}

@test "rm leftovers: a file that was not the one that was proven gets its name back" {
	require_strace
	posix shmtool-a
	strace -o looks -e trace=fcntl "$SHMTOOL" rm --mine >looked.out 2>&1
	look=$(awk '/F_SETLEASE.* = 0$/ && ++count == 2 { print NR; exit }' looks)
	posix shmtool-a
	strace -qq -o trace -e trace=fcntl,renameat2 -e "inject=fcntl:signal=STOP:when=$look" \
		-e inject=renameat2:signal=STOP:when=1 \
		"$SHMTOOL" rm --mine </dev/null >stopped.out 2>stopped.err 3>&- &
	stopped=$!
	wait_until 20 grep -q 'stopped by SIGSTOP' trace
	rm /dev/shm/shmtool-a
	posix shmtool-a 2
	pkill -CONT -P "$stopped"
	wait_until 20 eval '[ "$(grep -c "stopped by SIGSTOP" trace)" -eq 2 ]'
	pkill -KILL -P "$stopped"
	wait "$stopped" || true
	run_tool rm --kind shm --unused
	assert_success
	assert_stderr_like 'had moved /shmtool-a here: renamed back$'
	assert_equal "$(object_names)" shmtool-a
	assert_equal "$(object_stat shmtool-a %s)" 2
}

@test "rm leftovers: an original name that now refers to a different object is not overwritten" {
	require_strace
	posix shmtool-a
	killed --mine
	posix shmtool-a 7
	exec 8<"/dev/shm/$aside"
	run_tool rm --kind shm --unused
	exec 8<&-
	assert_success
	assert_stderr_like "^shmtool: rm: /$aside: a killed run of rm moved /shmtool-a here: its original name now refers to a different object"
	assert_equal "$(object_names)" "$aside"$'\nshmtool-a'
	assert_equal "$(object_stat shmtool-a %s)" 7
}

@test "rm leftovers: --dry-run only reports what would be done" {
	require_strace
	posix shmtool-a
	killed --mine
	run_tool rm --dry-run --kind shm --unused
	assert_success
	assert_stderr_like "^shmtool: rm: /$aside: .* moved /shmtool-a here: would be removed, since no process uses it\$"
	assert_unchanged
	exec 8<"/dev/shm/$aside"
	run_tool rm --dry-run --kind shm --unused
	exec 8<&-
	assert_stderr_like "^shmtool: rm: /$aside: .* moved /shmtool-a here: would be renamed back\$"
	assert_unchanged
}

@test "rm leftovers: --interactive puts it back, and asks as for every other object" {
	require_strace
	posix shmtool-a
	killed --mine
	run_apart bash -c 'echo n | "$SHMTOOL" rm --interactive --mine'
	assert_success
	assert_stderr_like 'had moved /shmtool-a here: renamed back$' 'rm: remove /shmtool-a '
	assert_equal "$(object_names)" shmtool-a
}

@test "rm leftovers: stat names them, whatever its filter, and leaves them alone" {
	require_strace
	posix shmtool-a
	killed --mine
	run_tool stat --name 'shmtool-*'
	assert_success
	assert_stderr_like "^shmtool: stat: /$aside: a killed run of rm moved /shmtool-a here "
	assert_unchanged
	run_tool stat --quiet
	assert_stderr_empty
}

@test "rm leftovers: a run in progress leaves none" {
	require_strace
	posix shmtool-a
	run_stopping renameat2:1 rm --mine --json
	"$SHMTOOL" stat >/dev/null 2>other.err
	"$SHMTOOL" rm --name 'nothing-*' 2>>other.err
	run_on
	assert_success
	assert_result /shmtool-a removed
	assert_no_objects
	assert_equal "$(cat other.err)" 'shmtool: rm: removed 0 objects, 0 bytes freed; kept 0'
}

@test "rm leftovers: a name that is too long to be kept, and the longest that is kept" {
	require_strace
	long=$(printf 'n%.0s' {1..255})
	posix "$long"
	killed --mine
	assert_regex "$aside" '^\.shmtool-rm-[0-9a-f]{8}-[0-9a-f]+$'
	run_tool rm --dry-run --kind shm --unused
	assert_stderr_like "a killed run of rm had moved an object here: would be removed"
	exec 8<"/dev/shm/$aside"
	run_tool rm --kind shm --unused
	exec 8<&-
	assert_stderr_like "a killed run of rm moved an object here: its original name was too long"
	assert_unchanged
	run_tool rm --kind shm --unused
	assert_no_objects
	# One byte less, and one more, than there is room for.
	posix shmtool-a
	killed --mine
	prefix=${aside%-shmtool-a}
	"$SHMTOOL" rm --kind shm --unused
	room=$((255 - ${#prefix} - 2))
	posix "${long:0:room}"
	killed --mine
	exec 8<"/dev/shm/$aside"
	run_tool rm --kind shm --unused
	exec 8<&-
	assert_equal "$(object_names)" "${long:0:room}"
}

@test "rm leftovers: names that strangers plant lead nowhere" {
	require_root
	# A file of root's under its own name, and one that a stranger pretends to be the other.
	posix shmtool-root
	posix shmtool-theirs
	user_owns shmtool-theirs
	inode=$(stat -c %i /dev/shm/shmtool-theirs)
	# With another inode, it is put back; the name is root's: nothing is overwritten.
	as_user mv /dev/shm/shmtool-theirs "/dev/shm/$(planted shmtool-root "$((inode + 1))")"
	as_user ln -s /etc/passwd "/dev/shm/$(planted link 1 00000001)"
	as_user mkdir "/dev/shm/$(planted directory 1 00000002)"
	as_user mkfifo "/dev/shm/$(planted fifo 1 00000003)"
	for name in .shmtool-rm- .shmtool-rm-0 .shmtool-rm-0123456789abcdef .shmtool-rm-01234567-0xfff5-a \
		'.shmtool-rm- 1234567-ffff5-a' .shmtool-rm-01234567--ffff5-a .shmtool-rm-01234567-ffffff5 \
		.shmtool-rm-01234567-ffffff5- .shmtool-rm-01234567-ffff5-. .shmtool-rm-01234567-ffff5-.. \
		.shmtool-rm-01234567-ffffff5a; do
		as_user "$HELPERS/make_object" "/$name" 1
	done
	run_tool rm --kind shm --unused
	assert_success
	assert_unchanged
	assert_stderr_like "its original name now refers to a different object"
}

@test "rm leftovers: an unprivileged user neither sees nor changes those of other users" {
	require_root
	require_strace
	posix shmtool-a
	killed --mine
	run_tool_as_user rm --kind shm --unused
	assert_success
	assert_unchanged
	assert_equal "$stderr" 'shmtool: rm: removed 0 objects, 0 bytes freed; kept 0'
	# Root also finishes the removals of a user.
	user_owns "$aside"
	run_tool rm --kind shm --unused
	assert_success
	assert_no_objects
}
