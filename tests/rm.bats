#!/usr/bin/env bats
# rm REF...

load test_helper
load truth

@test "rm: a segment by id" {
	id=$(new_segment 4096)
	other=$(new_segment 4096)
	run_tool rm "$id"
	assert_success
	assert_output ''
	assert_stderr_empty
	assert_equal "$(segment_ids)" "$other"
}

@test "rm: a segment by key" {
	"$HELPERS/make_keyed" 0x2a 4096 600
	other=$("$HELPERS/make_keyed" 0x2b 4096 600)
	run_tool rm 0x2a
	assert_success
	assert_equal "$(segment_ids)" "$other"
}

@test "rm: a segment by ftok" {
	"$HELPERS/make_keyed" "$("$HELPERS/ftok_key" "$BATS_TEST_TMPDIR" 200)" 4096 600
	run_tool rm "ftok:$BATS_TEST_TMPDIR:200"
	assert_success
	assert_no_segments
}

@test "rm: a POSIX object, in each way to name it" {
	for ref in /shmtool-test posix:shmtool-test /dev/shm/shmtool-test; do
		"$HELPERS/make_object" /shmtool-test 4096
		run_tool rm "$ref"
		assert_success
		assert_output ''
		assert_stderr_empty
		assert_no_objects
	done
}

@test "rm: a named semaphore, and not the object of the same name" {
	"$HELPERS/sem_make" /shmtool-test 1
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool rm psem:/shmtool-test
	assert_success
	assert_equal "$(object_names)" shmtool-test
}

@test "rm: several objects of several kinds" {
	one=$(new_segment 4096)
	"$HELPERS/make_keyed" 0x2a 4096 600
	"$HELPERS/make_object" /shmtool-test 4096
	"$HELPERS/sem_make" /shmtool-test 1
	run_tool rm "$one" 0x2a /shmtool-test psem:/shmtool-test
	assert_success
	assert_no_segments
	assert_no_objects
}

@test "rm: the words of a shell glob" {
	"$HELPERS/make_object" /shmtool-a 1
	"$HELPERS/make_object" /shmtool-b 1
	"$HELPERS/make_object" /other 1
	run_tool rm /dev/shm/shmtool-*
	assert_success
	assert_equal "$(object_names)" other
}

@test "rm: several thousand operands" {
	"$HELPERS/make_segments" 2000 1 >"$BATS_TEST_TMPDIR/ids"
	run_apart xargs -a "$BATS_TEST_TMPDIR/ids" "$SHMTOOL" rm
	assert_success
	assert_no_segments
}

@test "rm: a segment that is still attached is marked for destruction and says by how many" {
	id=$(new_segment 4096)
	hold "$id" rw 2
	hold "$id" ro 1
	run_tool rm "$id"
	assert_success
	assert_output ''
	assert_regex "$stderr" "^shmtool: rm: id:$id: marked for destruction, 3 still attached$"
	assert_equal "$(proc_shm "$id" perms)" 1600
	run ipcs -m
	assert_line --regexp "^0x00000000 $id .* dest"
}

@test "rm: a segment marked for destruction is removed at its last attachment" {
	id=$(new_segment 4096)
	hold "$id"
	run_tool rm "$id"
	assert_success
	release
	assert_no_segments
}

@test "rm: a keyed segment that is still attached" {
	id=$("$HELPERS/make_keyed" 0x2a 4096 600)
	hold "$id"
	run_tool rm 0x2a
	assert_success
	assert_stderr_like 'marked for destruction, 1 still attached'
	assert_equal "$(proc_shm "$id" perms)" 1600
}

@test "rm --quiet: does not say that a segment is still attached" {
	id=$(new_segment 4096)
	hold "$id"
	run_tool rm --quiet "$id"
	assert_success
	assert_stderr_empty
	assert_equal "$(proc_shm "$id" perms)" 1600
}

@test "rm: an object that a process has mapped goes, its memory stays with the process" {
	"$HELPERS/make_object" /shmtool-test 4096
	exec 8</dev/shm/shmtool-test
	run_tool rm /shmtool-test
	assert_success
	assert_no_objects
	assert_equal "$(stat -L -c '%s %h' /proc/self/fd/8 8<&8)" '4096 0'
	exec 8<&-
}

@test "rm --verbose: a line an object" {
	id=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-test 5000
	run_tool rm --verbose "$id" /shmtool-test
	assert_success
	assert_output "removed id:$id (4096 bytes)"$'\n''removed /shmtool-test (5000 bytes)'
	assert_no_segments
	assert_no_objects
}

@test "rm -v: a segment that has been named by key" {
	id=$("$HELPERS/make_keyed" 0x2a 4096 600)
	run_tool rm -v 0x2a
	assert_success
	assert_output --regexp "^removed (id:$id|key:0x0000002a) \(4096 bytes\)$"
}

@test "rm -v: a named semaphore" {
	"$HELPERS/sem_make" /shmtool-test 1
	run_tool rm -v psem:/shmtool-test
	assert_success
	assert_output --regexp '^removed psem:/shmtool-test'
}

@test "rm --dry-run: lists what it would remove, and removes nothing" {
	id=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-test 5000
	run_tool rm --dry-run "$id" /shmtool-test
	assert_success
	assert_output "would remove id:$id (4096 bytes)"$'\n''would remove /shmtool-test (5000 bytes)'
	assert_unchanged
}

@test "rm --dry-run: an object that is not there is a failure" {
	id=$(new_segment 4096)
	run_tool rm --dry-run 99999 "$id"
	assert_failure 1
	assert_output "would remove id:$id (4096 bytes)"
	assert_equal "$stderr" 'shmtool: rm: id:99999: no such segment'
	assert_unchanged
}

@test "rm: an id that is not there" {
	new_segment 4096
	run_tool rm 99999
	assert_fails rm
	assert_equal "$stderr" 'shmtool: rm: id:99999: no such segment'
	assert_unchanged
}

@test "rm: a key that is not there" {
	"$HELPERS/make_keyed" 0x2b 4096 600
	run_tool rm 0x2a
	assert_fails rm '^shmtool: rm: key:0x0000002a: no such segment$'
	assert_unchanged
}

@test "rm: an object that is not there" {
	"$HELPERS/sem_make" /shmtool-test 1
	run_tool rm /shmtool-test
	assert_fails rm '^shmtool: rm: /shmtool-test: no such'
	assert_unchanged
}

@test "rm: a semaphore that is not there" {
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool rm psem:/shmtool-test
	assert_fails rm '^shmtool: rm: psem:/shmtool-test: no such'
	assert_unchanged
}

@test "rm: continues after a failure, with status 1" {
	one=$(new_segment 4096)
	two=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool rm "$one" 99999 /shmtool-nothing "$two" /shmtool-test
	assert_failure 1
	assert_output ''
	assert_equal "${#stderr_lines[@]}" 2
	assert_stderr_like 'id:99999: no such segment' '/shmtool-nothing: no such'
	assert_no_segments
	assert_no_objects
}

@test "rm: the same object twice fails for the second" {
	id=$(new_segment 4096)
	run_tool rm "$id" "$id"
	assert_fails rm "id:$id: no such segment"
	assert_no_segments
}

@test "rm: a locked segment" {
	id=$(new_segment 4096)
	"$HELPERS/segment_control" "$id" lock
	run_tool rm "$id"
	assert_success
	assert_no_segments
}

@test "rm: segments of mode 0" {
	id=$(new_segment 4096 0)
	"$HELPERS/make_object" /shmtool-test 4096 0
	run_tool rm "$id" /shmtool-test
	assert_success
	assert_no_segments
	assert_no_objects
}

@test "rm: a segment that goes between the look and the removal" {
	require_strace
	id=$(new_segment 4096)
	run_apart strace -f -o /dev/null -e inject=shmctl:error=EIDRM "$SHMTOOL" rm "$id"
	assert_failure 1
	assert_output ''
	assert_regex "$stderr" "^shmtool: rm: id:$id: "
	refute_stderr_like 'identifier removed'
}

@test "rm: without an operand is a usage error" {
	new_segment 4096
	run_tool rm
	assert_usage_error rm
	run_tool rm --verbose
	assert_usage_error rm
}

@test "rm: removes no directory" {
	mkdir /dev/shm/shmtool-test
	run_tool rm /shmtool-test
	assert_fails rm '/shmtool-test'
	assert_unchanged
}

@test "rm: a symbolic link is removed, not its target" {
	printf 'precious' >"$BATS_TEST_TMPDIR/precious"
	ln -s "$BATS_TEST_TMPDIR/precious" /dev/shm/shmtool-test
	run_tool rm /shmtool-test
	[ "$status" -le 1 ]
	if [ "$status" -eq 0 ]; then
		assert_no_objects
	else
		assert_fails rm '^shmtool: rm: /shmtool-test: '
	fi
	assert_equal "$(cat "$BATS_TEST_TMPDIR/precious")" precious
}

@test "rm: a segment of another user is refused, and stays" {
	require_root
	id=$(new_segment 4096 666)
	run_tool_as_user rm "$id"
	assert_fails rm "^shmtool: rm: id:$id: " 'permi|owner'
	assert_unchanged
}

@test "rm: an object of somebody else is refused, and stays" {
	require_root
	"$HELPERS/make_object" /shmtool-test 4096 666
	run_tool_as_user rm /shmtool-test
	assert_fails rm '^shmtool: rm: /shmtool-test: ' 'permi|owner'
	assert_unchanged
}

@test "rm: our objects are removed although others stay" {
	require_root
	theirs=$(new_segment 4096)
	mine=$(as_user "$HELPERS/make_segments" 1 4096)
	run_tool_as_user rm "$theirs" "$mine"
	assert_failure 1
	assert_equal "$(segment_ids)" "$theirs"
}

@test "rm --dry-run: does not change an attached segment" {
	id=$(new_segment 4096)
	hold "$id"
	run_tool rm --dry-run "$id"
	assert_success
	assert_output --regexp "^would (remove|mark for destruction) id:$id \(4096 bytes, 1 attached\)"
	assert_unchanged
}

@test "rm: the words of a shell glob, also for semaphores" {
	"$HELPERS/sem_make" /shmtool-test 1
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool rm -v /dev/shm/*
	assert_success
	assert_line --regexp '^removed psem:/shmtool-test'
	assert_line --regexp '^removed /shmtool-test'
	assert_no_objects
}

@test "rm: an object in a read-only /dev/shm" {
	mount_shm size=1M
	"$HELPERS/make_object" /shmtool-test 4096
	mount -o remount,ro /dev/shm
	run_tool rm /shmtool-test
	assert_fails rm '^shmtool: rm: /shmtool-test: ' 'read-only'
	assert_object_exists shmtool-test
}

@test "rm --dry-run, --interactive: how many have a segment attached that would only be marked for destruction" {
	id=$(new_segment 4096)
	free=$(new_segment 4096)
	hold "$id"
	run_tool rm --dry-run "$id" "$free"
	assert_success
	assert_output "would mark for destruction id:$id (4096 bytes, 1 attached)"$'\n'"would remove id:$free (4096 bytes)"
	run_apart bash -c 'echo n | "$SHMTOOL" rm -i "$1"' bash "$id"
	assert_stderr_like "^shmtool: rm: remove id:$id \(4096 bytes, 1 attached, owned by $me\)\? \[y/N\]"
}

@test "rm: another user's objects are refused with the owner's name" {
	require_root
	id=$(new_segment 4096 666)
	"$HELPERS/make_object" /shmtool-test 4096 666
	run_tool_as_user rm "$id"
	assert_fails rm 'owned by root; only the owner, the creator and root may remove it$'
	run_tool_as_user rm /shmtool-test
	assert_fails rm 'owned by root; only the owner and root may remove it$'
}

@test "rm: an object that goes between the look and the removal" {
	require_strace
	"$HELPERS/make_object" /shmtool-test 4096
	run_apart strace -o /dev/null -e inject=unlink,unlinkat:error=ENOENT "$SHMTOOL" rm /shmtool-test
	assert_fails rm '/shmtool-test: the object no longer exists$'
}

@test "rm --verbose: a segment that is still attached is not said to be removed" {
	id=$(new_segment 4096)
	hold "$id"
	run_tool rm --verbose "$id"
	assert_success
	assert_output ''
	assert_stderr_like "^shmtool: rm: id:$id: marked for destruction, 1 still attached$"
}
