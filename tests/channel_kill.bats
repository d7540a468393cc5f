#!/usr/bin/env bats
# send and recv: one of them is killed at a random moment.
#
# With CHANNEL_KILLS=1000 so often, instead of 60 times.

load test_helper

@test "send, recv: SIGKILL at random moments: no hang, no torn message, nothing confirmed is lost" {
	run_stderr_split "$HELPERS/channel_kills" "$SHMTOOL" "/$PREFIX_NAME" "${CHANNEL_KILLS:-60}"
	echo "$output"
	echo "$stderr"
	assert_success
	# What the survivors say is always one of these.
	run ! grep -vE ': the (sender|receiver) \(process [0-9]+\) has died before ' kills.err
}
