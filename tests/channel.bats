#!/usr/bin/env bats
# send and recv: a stream or messages through a ring in shared memory.

load test_helper

CHANNEL=/channel-bats

setup() {
	common_setup
	CHANNEL=/$PREFIX_NAME
}

# side NAME COMMAND ARG...: runs a program in the background; its output goes to NAME.out, its errors
# to NAME.err, its exit status to NAME.status.
side() {
	local name=$1
	shift
	[[ $1 != shmtool ]] || set -- "$SHMTOOL" "${@:2}"
	{
		status=0
		timeout 30 "$@" >"$name.out" 2>"$name.err" || status=$?
		echo "$status" >"$name.status"
	} 3>&- 8>&- 9>&- &
}

# ended NAME STATUS: waits for the end of a side and checks its status.
ended() {
	wait_until 20 test -s "$1.status"
	[[ $(<"$1.status") == "$2" ]] || {
		cat "$1.err" >&2
		fail "$1 ended with status $(<"$1.status"), not $2"
	}
}

# header OFFSET: a 32-bit word of the header of the channel.
header() {
	od -An -tu4 -j "$1" -N 4 "/dev/shm$CHANNEL" | tr -d ' '
}

# has_owner OFFSET: whether a side has claimed the channel: 136 for the sender, 264 for the receiver.
has_owner() {
	(($(header "$1") & 0x3fffffff && !($(header "$1") & 0x40000000)))
}

# are_a_pair: whether the sender serves the session of the receiver.
are_a_pair() {
	has_owner 136 && has_owner 264 && (($(header 144) > 0 && $(header 144) == $(header 268)))
}

@test "send and recv: bytes arrive unchanged, the receiver first" {
	seq 300000 >in
	side recv shmtool recv --create --size 64K "$CHANNEL"
	wait_until 20 test -e "/dev/shm$CHANNEL"
	wait_until 20 has_owner 264
	shmtool send "$CHANNEL" <in
	ended recv 0
	cmp in recv.out
}

@test "send and recv: bytes arrive unchanged, the sender first" {
	seq 300000 >in
	side send bash -c '"$SHMTOOL" send --create --size 8K "$0" <in' "$CHANNEL"
	wait_until 20 test -e "/dev/shm$CHANNEL"
	wait_until 20 has_owner 136
	shmtool recv "$CHANNEL" >out
	ended send 0
	cmp in out
}

@test "send and recv: through pipes, rings of many sizes, and a segment" {
	require_native SHM_STAT_ANY
	local id size
	seq 20000 >in
	for size in 576 640 4K 12345 1M; do
		truncate -s "$size" "/dev/shm$CHANNEL"
		side recv bash -c '"$SHMTOOL" recv "$0" | cat' "$CHANNEL"
		seq 20000 | shmtool send "$CHANNEL"
		wait_until 20 test -s recv.status
		cmp in recv.out
		rm "/dev/shm$CHANNEL" recv.status
	done
	id=$(make_segment 10000)
	side recv shmtool recv "$id"
	shmtool send "$id" <in
	ended recv 0
	cmp in recv.out
}

@test "send and recv: an empty input, and one after the other" {
	for text in '' one '' two; do
		side recv shmtool recv --create "$CHANNEL"
		printf %s "$text" | shmtool send --create "$CHANNEL"
		ended recv 0
		assert_equal "$(<recv.out)" "$text"
		rm recv.status
	done
}

@test "send --messages: lines, NUL and other delimiters" {
	printf 'a\n\nlonger line\nno newline' >in
	side recv shmtool recv --create "$CHANNEL"
	shmtool send --create --messages "$CHANNEL" <in
	ended recv 0
	printf 'a\n\nlonger line\nno newline\n' | cmp - recv.out
	rm recv.status
	side recv shmtool recv --null "$CHANNEL"
	printf 'a;b\nc;' | shmtool send --delimiter ';' "$CHANNEL"
	ended recv 0
	printf 'a\0b\nc\0' | cmp - recv.out
	rm recv.status
	side recv shmtool recv --delimiter '\t' "$CHANNEL"
	printf 'a\0\0b' | shmtool send -0 "$CHANNEL"
	ended recv 0
	printf 'a\t\tb\t' | cmp - recv.out
}

@test "send --messages: messages of every length, up to the whole ring" {
	for size in 576 1000; do
		truncate -s "$size" "/dev/shm$CHANNEL"
		awk -v most=$((size - 512 - (size - 512) % 64 - 4)) 'BEGIN {
			for (i = 0; i <= most; i++) {
				text = text (i % 10)
				print substr(text, 1, i)
			}
		}' >in
		side recv shmtool recv "$CHANNEL"
		shmtool send --messages "$CHANNEL" <in
		ended recv 0
		cmp in recv.out
		rm "/dev/shm$CHANNEL" recv.status
	done
}

@test "send --messages: one that is too long is reported, the others arrive" {
	{
		echo first
		head -c 300000 /dev/zero | tr '\0' x
		echo
		echo second
		head -c 70000 /dev/zero | tr '\0' y
	} >in
	side recv shmtool recv --create --size 64K "$CHANNEL"
	run_stderr_split shmtool send --create --size 64K --messages "$CHANNEL" <in
	assert_failure 1
	assert_equal "${stderr_lines[0]}" \
		"shmtool: send: $CHANNEL: a message is too long, so it was not sent: at most 65020 bytes fit into the channel"
	assert_equal "${#stderr_lines[@]}" 2
	ended recv 0
	assert_equal "$(<recv.out)" $'first\nsecond'
}

@test "send --messages: messages that are longer than a buffer of either side" {
	{
		echo before
		head -c 65535 /dev/zero | tr '\0' a
		echo
		head -c 65536 /dev/zero | tr '\0' b
		echo
		seq 100000 | tr '\n' ' '
		printf '\nafter\n'
	} >in
	side recv shmtool recv --create --size 1M "$CHANNEL"
	shmtool send --create --size 1M --messages "$CHANNEL" <in
	ended recv 0
	cmp in recv.out
}

@test "recv: messages that can't be written wait for the next receiver" {
	{
		echo first
		seq 1000
		head -c 200000 /dev/zero | tr '\0' x
		echo
		seq 1001 2000
	} >in
	side send bash -c '"$SHMTOOL" send --create --size 1M --messages "$0" <in' "$CHANNEL"
	# The limit is for the size of the channel, too.
	wait_until 10 test -s "/dev/shm$CHANNEL"
	# 1 KiB of short messages, then the others and the beginning of the long one.
	: >whole
	for limit in 1 100; do
		rm -f recv.status
		side recv bash -c 'ulimit -f "$1"; exec "$SHMTOOL" recv "$0" >part' "$CHANNEL" "$limit"
		ended recv 1
		assert_equal "$(<recv.err)" "shmtool: recv: $CHANNEL: the output can't be written: File too large"
		assert_equal "$(stat -c %s part)" $((limit * 1024))
		# A message that was written in part is repeated from its beginning.
		head -n -1 part >>whole
	done
	shmtool recv "$CHANNEL" >rest
	cat whole rest | cmp - in
	ended send 0
}

@test "send: waits for an input that does not block" {
	require_command perl
	mkfifo input
	side recv shmtool recv --create --size 64K "$CHANNEL"
	side send perl -e 'use Fcntl; open(STDIN, "<", "input") or die;
		fcntl(STDIN, F_SETFL, O_NONBLOCK) or die; exec(@ARGV)' "$SHMTOOL" send --create --size 64K "$CHANNEL"
	exec 7>input
	echo one >&7
	wait_until 10 grep -qx one recv.out
	echo two >&7
	exec 7>&-
	ended send 0
	ended recv 0
	assert_equal "$(<recv.out)" $'one\ntwo'
}

@test "recv --count: the others wait for the next receiver, and then the sender ends" {
	side send bash -c 'seq 6 | "$SHMTOOL" send --messages --create "$0"' "$CHANNEL"
	for n in 1 2 3; do
		run shmtool recv --create --count 1 "$CHANNEL"
		assert_success
		assert_output "$n"
	done
	run_stderr_split shmtool recv --count 9 "$CHANNEL"
	assert_failure 1
	assert_output $'4\n5\n6'
	assert_equal "$stderr" "shmtool: recv: $CHANNEL: only 3 of 9 messages arrived before the end"
	ended send 0
}

@test "recv --messages: refuses a sender of bytes, which fails too" {
	side send bash -c 'seq 6 | "$SHMTOOL" send --create "$0"' "$CHANNEL"
	run_stderr_split shmtool recv --create --messages "$CHANNEL"
	assert_failure 1
	assert_equal "$stderr" "shmtool: recv: $CHANNEL: the sender sends bytes, not messages (send --messages)"
	ended send 1
	assert_equal "$(<send.err)" "shmtool: send: $CHANNEL: the receiver has left before the end of the input"
}

@test "recv --follow: one sender after another, also after one that dies" {
	side recv shmtool recv --create --follow --count 3 "$CHANNEL"
	echo one | shmtool send --create --messages "$CHANNEL"
	mkfifo input
	"$SHMTOOL" send --messages "$CHANNEL" <input 3>&- &
	local pid=$!
	exec 9>input
	echo two >&9
	wait_until 20 grep -qx two recv.out
	kill -KILL "$pid"
	exec 9>&-
	wait_until 20 grep -q 'has died' recv.err
	echo three | shmtool send --messages "$CHANNEL"
	ended recv 1
	assert_equal "$(<recv.out)" $'one\ntwo\nthree'
	assert_equal "$(<recv.err)" \
		"shmtool: recv: $CHANNEL: the sender (process $pid) has died before the end of its input, after 3 bytes"
}

@test "send, recv: a second one is refused while the first lives" {
	mkfifo input
	"$SHMTOOL" send --create "$CHANNEL" <input 3>&- &
	local sender=$!
	exec 9>input
	side recv shmtool recv --create "$CHANNEL"
	wait_until 20 test -e "/dev/shm$CHANNEL"
	wait_until 20 has_owner 136
	wait_until 20 has_owner 264
	run_stderr_split shmtool send "$CHANNEL" </dev/null
	assert_failure 1
	assert_equal "$stderr" "shmtool: send: $CHANNEL: has a sender already: process $sender"
	run_stderr_split shmtool recv "$CHANNEL"
	assert_failure 1
	[[ $stderr == "shmtool: recv: $CHANNEL: has a receiver already: process "* ]]
	# The first pair has not noticed anything.
	echo still here >&9
	exec 9>&-
	ended recv 0
	assert_equal "$(<recv.out)" 'still here'
}

@test "recv: delivers what had arrived when the sender is killed, within 200 ms" {
	mkfifo input
	"$SHMTOOL" send --create "$CHANNEL" <input 3>&- &
	local sender=$! began
	exec 9>input
	side recv shmtool recv --create "$CHANNEL"
	echo hello >&9
	wait_until 20 test -s recv.out
	kill -KILL "$sender"
	began=${EPOCHREALTIME//[!0-9]/}
	wait_until 20 test -s recv.status
	echo "$(((${EPOCHREALTIME//[!0-9]/} - began) / 1000)) ms"
	# wait_until itself looks every 20 ms; a loaded machine needs some time to run anything.
	((${EPOCHREALTIME//[!0-9]/} - began < 400000))
	exec 9>&-
	ended recv 1
	assert_equal "$(<recv.out)" hello
	assert_equal "$(<recv.err)" \
		"shmtool: recv: $CHANNEL: the sender (process $sender) has died before the end of its input, after 6 bytes"
}

@test "send: notices that the receiver is killed, while it waits for input or for room" {
	local receiver
	for input in wait /dev/zero; do
		rm -f input send.status
		if [[ $input == wait ]]; then
			mkfifo input
			exec 9<>input
		else
			ln -s /dev/zero input
		fi
		# A receiver that takes nothing: nobody reads its pipe.
		mkfifo output
		exec 8<>output
		"$SHMTOOL" recv --create "$CHANNEL" >output 3>&- &
		receiver=$!
		side send bash -c 'exec "$SHMTOOL" send --create "$0" <input' "$CHANNEL"
		wait_until 20 test -e "/dev/shm$CHANNEL"
		wait_until 20 are_a_pair
		kill -KILL "$receiver"
		wait "$receiver" || true
		ended send 1
		assert_equal "$(<send.err)" \
			"shmtool: send: $CHANNEL: the receiver (process $receiver) has died before it had taken everything"
		exec 8>&-
		[[ $input != wait ]] || exec 9>&-
		rm output
	done
}

@test "send, recv: ^C and SIGTERM end both sides, and the next pair starts afresh" {
	local sender
	for signal in INT TERM; do
		mkfifo input
		exec 9<>input
		env --default-signal=INT "$SHMTOOL" send --create "$CHANNEL" <input 3>&- &
		sender=$!
		side recv shmtool recv --create "$CHANNEL"
		echo hello >&9
		wait_until 20 test -s recv.out
		kill -"$signal" "$sender"
		ended recv 1
		assert_equal "$(<recv.err)" \
			"shmtool: recv: $CHANNEL: the sender has left before the end of its input, after 6 bytes"
		exec 9>&-
		rm input recv.*
	done
	side recv shmtool recv "$CHANNEL"
	echo again | shmtool send "$CHANNEL"
	ended recv 0
	assert_equal "$(<recv.out)" again
}

@test "send, recv: --no-wait and --timeout" {
	run_stderr_split shmtool send --create --no-wait "$CHANNEL" </dev/null
	assert_failure 1
	assert_equal "$stderr" "shmtool: send: $CHANNEL: there is no receiver"
	run_stderr_split shmtool recv --create --no-wait "$CHANNEL"
	assert_failure 1
	assert_equal "$stderr" "shmtool: recv: $CHANNEL: there is no sender"
	run_stderr_split shmtool recv --timeout 1 "$CHANNEL"
	assert_failure 124
	assert_equal "$stderr" "shmtool: recv: $CHANNEL: no sender has appeared within 1 second"
	mkfifo input
	exec 9<>input
	side send bash -c 'exec "$SHMTOOL" send --create "$0" <input' "$CHANNEL"
	run_stderr_split shmtool recv --timeout 1 "$CHANNEL"
	assert_failure 124
	assert_equal "$stderr" "shmtool: recv: $CHANNEL: the sender has not sent anything within 1 second"
	ended send 1
	exec 9>&-
}

@test "send, recv: something else in the object is kept, unless --force" {
	printf 'data of another program' >"/dev/shm$CHANNEL"
	truncate -s 4096 "/dev/shm$CHANNEL"
	cp "/dev/shm$CHANNEL" before
	for command in send recv; do
		run_stderr_split shmtool "$command" "$CHANNEL" </dev/null
		assert_failure 1
		assert_equal "$stderr" \
			"shmtool: $command: $CHANNEL: holds something other than a channel (--force overwrites it)"
	done
	cmp before "/dev/shm$CHANNEL"
	# Behind the header, too.
	: >"/dev/shm$CHANNEL"
	truncate -s 4096 "/dev/shm$CHANNEL"
	printf x | dd of="/dev/shm$CHANNEL" bs=1 seek=4000 conv=notrunc status=none
	cp "/dev/shm$CHANNEL" before
	run shmtool send "$CHANNEL" </dev/null
	assert_failure 1
	cmp before "/dev/shm$CHANNEL"
	side recv shmtool recv --force "$CHANNEL"
	echo hello | shmtool send --force "$CHANNEL"
	ended recv 0
	assert_equal "$(<recv.out)" hello
}

@test "send, recv: objects that are too small, missing or read-only" {
	truncate -s 575 "/dev/shm$CHANNEL"
	run_stderr_split shmtool send "$CHANNEL" </dev/null
	assert_failure 1
	assert_equal "$stderr" "shmtool: send: $CHANNEL: is too small: 575 bytes for a channel of at least 576"
	run_stderr_split shmtool recv "$CHANNEL-none"
	assert_failure 1
	assert_equal "$stderr" "shmtool: recv: $CHANNEL-none: no such object (--create creates it)"
	truncate -s 4096 "/dev/shm$CHANNEL"
	chmod 444 "/dev/shm$CHANNEL"
	run_stderr_split as_user shmtool recv "$CHANNEL"
	assert_failure 1
	[[ $stderr == "shmtool: recv: $CHANNEL: no permission to open it for writing"* ]]
}

@test "send, recv: an unprivileged user and root, with a mode for both" {
	require_root
	side recv setpriv --reuid 65534 --regid 65534 --clear-groups -- \
		"$SHMTOOL" recv --create --mode 666 "$CHANNEL"
	wait_until 20 test -e "/dev/shm$CHANNEL"
	echo hello | shmtool send "$CHANNEL"
	ended recv 0
	assert_equal "$(<recv.out)" hello
}

@test "send, recv: two channels in one object, one for each direction" {
	side a shmtool recv --create --size 128K --length 64K "$CHANNEL"
	side b shmtool recv --create --size 128K --offset 64K "$CHANNEL"
	echo to a | shmtool send --create --size 128K --length 64K "$CHANNEL"
	echo to b | shmtool send --offset 64K "$CHANNEL"
	ended a 0
	ended b 0
	assert_equal "$(<a.out)$(<b.out)" 'to ato b'
	run_stderr_split shmtool send --offset 60 "$CHANNEL"
	assert_failure 2
}

@test "send, recv: the object is truncated meanwhile" {
	mkfifo input
	exec 9<>input
	side send bash -c 'exec "$SHMTOOL" send --create "$0" <input' "$CHANNEL"
	side recv shmtool recv --create "$CHANNEL"
	echo hello >&9
	wait_until 20 test -s recv.out
	truncate -s 0 "/dev/shm$CHANNEL"
	ended recv 1
	ended send 1
	assert_equal "$(<recv.err)" \
		"shmtool: recv: $CHANNEL: can't be accessed any more: it has shrunk, or there is no memory for it"
	assert_equal "$(<send.err)" \
		"shmtool: send: $CHANNEL: can't be accessed any more: it has shrunk, or there is no memory for it"
	exec 9>&-
}

@test "recv: the reader of its output is gone" {
	side send bash -c 'yes | "$SHMTOOL" send --create "$0"' "$CHANNEL"
	run_stderr_split bash -c '"$SHMTOOL" recv --create "$0" | head -n 1' "$CHANNEL"
	assert_output y
	assert_equal "$stderr" ''
	ended send 1
	assert_equal "$(<send.err)" "shmtool: send: $CHANNEL: the receiver has left before the end of the input"
}

@test "recv: ends when the reader of its output is gone, also while nothing arrives" {
	mkfifo input
	exec 9<>input
	side send bash -c 'exec "$SHMTOOL" send --create "$0" <input' "$CHANNEL"
	echo one >&9
	run_stderr_split bash -c 'timeout 20 "$SHMTOOL" recv --create "$0" | head -n 1; exit "${PIPESTATUS[0]}"' "$CHANNEL"
	assert_failure 1
	assert_output one
	assert_equal "$stderr" ''
	ended send 1
	exec 9>&-
}

@test "send, recv: the object is removed while one waits for the other" {
	side recv shmtool recv --create "$CHANNEL"
	wait_until 20 test -e "/dev/shm$CHANNEL"
	wait_until 20 has_owner 264
	rm "/dev/shm$CHANNEL"
	ended recv 1
	assert_equal "$(<recv.err)" "shmtool: recv: $CHANNEL: was removed, so no sender can find it"
}

@test "send, recv: --verbose reports the bytes" {
	side recv shmtool recv --verbose --create "$CHANNEL"
	run_stderr_split shmtool send -v --create "$CHANNEL" <<<hello
	assert_success
	assert_equal "$stderr" "shmtool: send: $CHANNEL: sent 6 bytes"
	ended recv 0
	assert_equal "$(<recv.err)" "shmtool: recv: $CHANNEL: received 6 bytes"
}

@test "send, recv: a copy of a channel in use has no owners" {
	mkfifo input
	exec 9<>input
	side send bash -c 'exec "$SHMTOOL" send --create "$0" <input' "$CHANNEL"
	wait_until 20 test -e "/dev/shm$CHANNEL"
	wait_until 20 has_owner 136
	cp "/dev/shm$CHANNEL" "/dev/shm$CHANNEL-copy"
	side recv shmtool recv "$CHANNEL-copy"
	echo hello | shmtool send "$CHANNEL-copy"
	ended recv 0
	assert_equal "$(<recv.out)" hello
	exec 9>&-
}

@test "recv: a signal repeats no message for the next receiver, and loses none" {
	side send bash -c 'seq 1000000000 | exec "$SHMTOOL" send --create --messages "$0"' "$CHANNEL"
	wait_until 20 test -e "/dev/shm$CHANNEL"
	wait_until 20 has_owner 136
	"$SHMTOOL" recv "$CHANNEL" >first 3>&- &
	local receiver=$!
	wait_until 10 test -s first
	kill "$receiver"
	wait "$receiver" || true
	timeout 20 "$SHMTOOL" recv --count 20000 "$CHANNEL" >second
	seq "$(cat first second | wc -l)" | cmp - <(cat first second)
}

@test "send, recv: a side whose owner word is overwritten ends, and a new pair works" {
	local offset status
	for offset in 136 264; do
		mkfifo "input$offset"
		side send bash -c '"$SHMTOOL" send --create "$0" <"$1"' "$CHANNEL" "input$offset"
		side recv shmtool recv --create "$CHANNEL"
		exec 7>"input$offset"
		wait_until 20 are_a_pair
		printf '\001\000\000\000' | "$SHMTOOL" write "$CHANNEL" --offset "$offset"
		wait_until 20 test -s send.status
		wait_until 20 test -s recv.status
		exec 7>&-
		[[ $(<send.status) != 0 && $(<recv.status) != 0 ]]
		rm send.status recv.status
		side recv shmtool recv "$CHANNEL"
		echo again | "$SHMTOOL" send "$CHANNEL"
		ended recv 0
		[[ $(<recv.out) == again ]]
		rm recv.status "/dev/shm$CHANNEL"
	done
}
