#!/usr/bin/env bats
# with_sysctl, the tests' own helper: whatever happens, the old value comes back. Tested with a
# limit of this IPC namespace, which does no harm if it does not.

load test_helper
load truth

path=/proc/sys/kernel/shmmni

setup() {
	common_setup
	require_private_namespace
	require_root
	before=$(cat "$path")
}

teardown() {
	remove_segments
	common_teardown
}

value_is() {
	[ "$(cat "$path")" -eq "$1" ]
}

gone() {
	! kill -0 "$1"
}

# start_with_sysctl: a command that goes on until it is killed, with the limit at 17.
start_with_sysctl() {
	"$HELPERS/with_sysctl" "$path" 17 -- sleep 300 </dev/null >/dev/null 2>&1 3>&- &
	BACKGROUND_PIDS+=("$!")
	runner=$!
	wait_until 10 value_is 17
	wait_until 10 pgrep -P "$runner" -x sleep
	sleeper=$(pgrep -P "$runner" -x sleep)
}

@test "with_sysctl: the value holds while the command runs, and not after it" {
	run "$HELPERS/with_sysctl" "$path" 17 -- cat "$path"
	assert_success
	assert_output 17
	value_is "$before"
}

@test "with_sysctl: returns the command's status" {
	run "$HELPERS/with_sysctl" "$path" 17 -- bash -c 'exit 3'
	assert_failure 3
	value_is "$before"
}

@test "with_sysctl: returns 77 for a value that the kernel does not take" {
	run "$HELPERS/with_sysctl" "$path" -5 -- echo ran
	assert_failure 77
	refute_output --partial ran
	value_is "$before"
}

@test "with_sysctl: ended by SIGTERM, the value comes back" {
	start_with_sysctl
	kill -TERM "$runner"
	wait_until 10 value_is "$before"
	wait_until 10 gone "$sleeper"
}

@test "with_sysctl: killed by SIGKILL, the value comes back" {
	start_with_sysctl
	kill -KILL "$runner"
	wait_until 10 value_is "$before"
	wait_until 10 gone "$sleeper"
}

@test "with_sysctl: the command killed by SIGKILL, the value comes back" {
	start_with_sysctl
	kill -KILL "$sleeper"
	wait_until 10 value_is "$before"
}

@test "with_sysctl: the whole process group killed, the value comes back" {
	setsid "$HELPERS/with_sysctl" "$path" 17 -- sleep 300 </dev/null >/dev/null 2>&1 3>&- &
	BACKGROUND_PIDS+=("$!")
	wait_until 10 value_is 17
	kill -KILL -- "-$!"
	wait_until 10 value_is "$before"
}
