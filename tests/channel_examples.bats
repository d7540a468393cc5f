#!/usr/bin/env bats
# The programs of examples/ that speak a channel, shmtool-channel(5): with send and recv, with each
# other, and when one is killed.

load test_helper

setup() {
	common_setup
	CHANNEL=/$PREFIX_NAME
	truncate -s 10000 "/dev/shm$CHANNEL"
	seq 20000 >in
}

build_c() {
	require_command "${CC:-cc}"
	"${CC:-cc}" -Wall -Wextra -Werror -O2 -o channel "$SRCDIR/examples/channel.c" -lrt
}

require_python() {
	require_command python3
	python3 -c 'import ctypes, sys; sys.exit(sys.version_info < (3, 8))' ||
		skip 'needs Python 3.8 with ctypes'
	case $(uname -m) in
	x86_64 | aarch64) ;;
	*) skip "needs x86_64 or aarch64, not $(uname -m), for its system calls" ;;
	esac
}

send_lines() {
	timeout 20 python3 "$SRCDIR/examples/channel.py" "$CHANNEL"
}

# owner OFFSET: whether the owner at an offset of the header has identified itself and lives.
owner() {
	(($(word "$1") >> 30 == 2))
}

# word OFFSET: a word of the header.
word() {
	od -An -tu4 -j "$1" -N 4 "/dev/shm$CHANNEL" | tr -d ' '
}

# have_met: whether the sender serves the receiver.
have_met() {
	(($(word 144) > 0 && $(word 144) == $(word 268)))
}

@test "examples: channel.c receives what shmtool send sends, whichever is first" {
	build_c
	# An object of zeros is no channel yet.
	run ./channel "$CHANNEL"
	assert_failure 1
	run timeout 1 "$SHMTOOL" recv --no-wait "$CHANNEL"
	timeout 20 ./channel "$CHANNEL" >out 3>&- &
	wait_until 20 owner 264
	shmtool send "$CHANNEL" <in
	wait $!
	cmp in out
	timeout 20 "$SHMTOOL" send "$CHANNEL" <in 3>&- &
	wait_until 20 owner 136
	timeout 20 ./channel "$CHANNEL" >out
	wait $!
	cmp in out
}

@test "examples: channel.c notices that the sender is killed, and send that channel.c is" {
	build_c
	run timeout 1 "$SHMTOOL" recv --no-wait "$CHANNEL"
	mkfifo input
	exec 9<>input
	"$SHMTOOL" send "$CHANNEL" <input 3>&- 9>&- &
	local sender=$!
	timeout 20 ./channel "$CHANNEL" >out 2>err 3>&- 9>&- &
	local receiver=$!
	echo hello >&9
	wait_until 20 test -s out
	kill -KILL "$sender"
	wait "$receiver" && fail 'status 0'
	assert_equal "$(<out)" hello
	grep 'the sender is gone' err
	rm out
	timeout 20 "$SHMTOOL" send "$CHANNEL" <input 2>err 3>&- 9>&- &
	sender=$!
	./channel "$CHANNEL" >out 3>&- 9>&- &
	receiver=$!
	echo hello >&9
	wait_until 20 test -s out
	kill -KILL "$receiver"
	wait "$sender" && fail 'status 0'
	assert_equal "$(<err)" \
		"shmtool: send: $CHANNEL: the receiver (process $receiver) has died before it had taken everything"
	exec 9>&-
}

@test "examples: channel.py sends messages to shmtool recv, whichever is first" {
	require_python
	run timeout 1 "$SHMTOOL" recv --no-wait "$CHANNEL"
	timeout 20 "$SHMTOOL" recv --messages "$CHANNEL" >out 3>&- &
	wait_until 20 owner 264
	send_lines <in
	wait $!
	cmp in out
	send_lines <in 3>&- &
	wait_until 20 owner 136
	timeout 20 "$SHMTOOL" recv --messages "$CHANNEL" >out
	wait $!
	cmp in out
}

@test "examples: recv notices that channel.py is killed" {
	require_python
	run timeout 1 "$SHMTOOL" recv --no-wait "$CHANNEL"
	mkfifo input
	exec 9<>input
	timeout 20 "$SHMTOOL" recv "$CHANNEL" >out 2>err 3>&- 9>&- &
	local receiver=$!
	python3 "$SRCDIR/examples/channel.py" "$CHANNEL" <input 3>&- 9>&- &
	local sender=$!
	wait_until 20 have_met
	kill -KILL "$sender"
	wait "$receiver" && fail 'status 0'
	grep -E "the sender \\(process $sender\\) has died" err
	exec 9>&-
}
