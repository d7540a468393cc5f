#!/usr/bin/env bats
# send and recv: the algorithm of the ring, in a model; damaged headers; the fallback
# without robust futexes.

load test_helper

# run_model VARIANT: explores all interleavings of a variant of the ring.
run_model() {
	run "$HELPERS/channel_model" "$1"
	echo "$output" | head -n 40
}

@test "the model of the ring: all interleavings are right, also if a side dies" {
	run_model correct
	assert_success
	assert_output --regexp '^correct: [0-9]{4,} states, all right$'
}

@test "the model finds what is wrong in each wrong variant" {
	for variant in no-fence early-move no-compare late-waits waker-clears; do
		run_model "$variant"
		assert_failure 1
	done
	run_model early-move
	assert_line --index 0 'a byte was taken that was not sent'
	run_model waker-clears
	assert_line --index 0 'sleeps for ever'
}

@test "send, recv: a damaged header never makes them hang or crash" {
	run_stderr_split "$HELPERS/channel_fuzz" "$SHMTOOL" "/$PREFIX_NAME"
	echo "$output"
	echo "$stderr"
	assert_success
}

@test "recv: without robust futexes, the death of the sender is noticed by its pid" {
	local number
	case $(uname -m) in
	x86_64) number=273 ;;
	aarch64) number=99 ;;
	*) skip "needs the number of set_robust_list(2) on $(uname -m)" ;;
	esac
	mkfifo input
	exec 9<>input
	"$HELPERS/without_syscall" "$number" 38 "$SHMTOOL" send --create "/$PREFIX_NAME" \
		<input 3>&- 9>&- &
	local sender=$!
	timeout 20 "$SHMTOOL" recv --create "/$PREFIX_NAME" >recv.out 2>recv.err 3>&- 9>&- &
	local receiver=$!
	echo hello >&9
	wait_until 20 test -s recv.out
	kill -KILL "$sender"
	wait "$receiver" && fail 'status 0'
	assert_equal "$(<recv.err)" \
		"shmtool: recv: /$PREFIX_NAME: the sender (process $sender) has died before the end of its input, after 6 bytes"
	exec 9>&-
}
