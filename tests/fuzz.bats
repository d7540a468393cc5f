#!/usr/bin/env bats
# The inputs that fuzzing has found, run again without a fuzzer, and the REFs of hostile names.

load test_helper

@test "every parser passes all inputs that fuzzing has found" {
	local unit=${UNIT:-$(dirname "$SHMTOOL")/unit} target

	[[ -x $unit ]] || skip "needs the program of the unit tests beside $SHMTOOL"
	run --separate-stderr "$unit" --replay "$SRCDIR/tests/fuzz/corpus"
	assert_success
	# Each target has inputs.
	for target in "$SRCDIR"/tests/fuzz/*.c; do
		target=$(basename "$target" .c)
		[[ $target == @(fuzz|replay) ]] || assert_line --regexp "^$target [1-9]"
	done
}
