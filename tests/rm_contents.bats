#!/usr/bin/env bats
# Reports of rm about the bytes, messages and waiting processes of removed objects.

load test_helper
load truth
load removal

@test "rm by filter: bytes are those of stat: of a POSIX queue, and unknown of a semaphore set" {
	require_mqueue
	: >/dev/mqueue/shmtool-q
	ipcmk -S 3 >/dev/null
	ipcmk -Q >/dev/null
	for kind in pmsg sem msg; do
		expected=$("$SHMTOOL" stat --kind "$kind" --json -o bytes | jq -r '.[0].bytes')
		run_tool rm --dry-run --kind "$kind" --json
		assert_success
		assert_equal "$(json '.[0].bytes')" "$expected"
	done
	run_tool rm --dry-run --kind pmsg --json
	[ "$(json '.[0].bytes')" -gt 0 ]
	run_tool rm --dry-run --kind sem --raw --no-headings -o bytes
	assert_equal "$output" -
}

@test "rm by filter -H: the summary has the size that people read" {
	head -c 8192 /dev/zero >/dev/shm/shmtool-a
	run_tool rm --mine -H
	assert_success
	assert_stderr_like '^shmtool: rm: removed 1 object, 8K freed; kept 0$'
}

@test "rm -n, -i, -v of a set: the processes that wait are named before and after" {
	id=$(ipcmk -S 3)
	id=${id##* }
	in_background "$HELPERS/set_control" operate "$id" 0 -1
	run_tool rm -n "sem:$id"
	assert_output "would remove sem:$id (3 semaphores, 1 waiting process)"
	run_apart bash -c 'echo n | "$SHMTOOL" rm -i "sem:$1"' bash "$id"
	assert_stderr_like "^shmtool: rm: remove sem:$id \(3 semaphores, 1 waiting process, owned by $me\)\? \[y/N\]"
	run_tool rm -v "sem:$id"
	assert_success
	assert_output "removed sem:$id (3 semaphores, 1 waiting process)"
	assert_equal "$stderr" "shmtool: rm: sem:$id: 1 process was waiting for it and received the error EIDRM"
}

@test "rm of a queue with messages says how many were removed with it; of an empty one nothing" {
	id=$("$HELPERS/queue_control" make 0 600)
	"$HELPERS/queue_control" send "$id" 5 2
	run_tool rm "msg:$id"
	assert_success
	assert_output ''
	assert_equal "$stderr" "shmtool: rm: msg:$id: 2 messages were removed with it"
	id=$("$HELPERS/queue_control" make 0 600)
	run_apart bash -c 'echo n | "$SHMTOOL" rm -i "msg:$1"' bash "$id"
	assert_stderr_like "^shmtool: rm: remove msg:$id \(0 messages, owned by $me\)\? \[y/N\]"
	run_tool rm "msg:$id"
	assert_success
	assert_stderr_empty
}

@test "rm -v and -n of an object that is held: its memory stays until the process releases it" {
	posix shmtool-a
	keep_open shmtool-a
	run_tool rm -n /shmtool-a
	assert_output "would remove /shmtool-a (4096 bytes)"
	assert_equal "$stderr" "shmtool: rm: /shmtool-a: held open by $holder (hold_files): its memory stays allocated until the process releases it"
	run_tool rm -v /shmtool-a
	assert_success
	assert_output "removed /shmtool-a (4096 bytes)"
	assert_equal "$stderr" "shmtool: rm: /shmtool-a: held open by $holder (hold_files): its memory stays allocated until the process releases it"
	posix shmtool-b
	run_tool rm -v /shmtool-b
	assert_success
	assert_stderr_empty
}
