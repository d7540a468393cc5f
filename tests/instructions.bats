#!/usr/bin/env bats
# The instructions of frequent commands, compared with those on record: tests/bench/instructions.

load test_helper

@test "no frequent command executes 5 % more instructions than on record" {
	require_plain_build
	run "$SRCDIR/tests/bench/instructions" check
	((status != 3)) || skip "${lines[-1]#*: }"
	assert_success
}
