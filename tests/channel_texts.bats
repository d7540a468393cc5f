#!/usr/bin/env bats
# send and recv with programs of other people on the other side: a flag in a struct, a FIFO,
# semaphores.

load test_helper
load truth

LAYOUT='int written_by_you; char some_text[2048];'
KEY=0x7e75
OBJECT=/channel_texts

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return
}

book() {
	timeout 30 "$HELPERS/text_turns" "$@"
}

make_flag() {
	id=$(book flag-make "$KEY")
	FLAG=("id:$id" --protocol turn --layout "$LAYOUT")
}

# side NAME COMMAND...: runs a command in the background; its output goes to NAME.out.
side() {
	local name=$1
	shift
	timeout 30 "$@" >"$name.out" 2>"$name.err" 3>&- &
	echo "$!" >"$name.pid"
}

# process NAME: the program itself, not timeout(1).
process() {
	pgrep -P "$(<"$1.pid")"
}

# maps_object NAME: whether the program has mapped $OBJECT.
maps_object() {
	grep -q "$OBJECT" "/proc/$(process "$1")/maps"
}

# ended NAME STATUS: waits for it.
ended() {
	local result=0
	wait "$(<"$1.pid")" || result=$?
	assert_equal "$result" "$2"
}

@test "send --protocol turn: an unchanged reader prints every line, in UTF-8" {
	make_flag
	side reader "$HELPERS/text_turns" flag-read "$KEY"
	printf 'hello\nwörld ✓ 日本\nend of it\nnot sent\n' >in
	run_tool send --timeout 20s "${FLAG[@]}" --until end <in
	assert_success
	assert_stderr_empty
	ended reader 0
	assert_equal "$(<reader.out)" $'You wrote: hello\nYou wrote: wörld ✓ 日本\nYou wrote: end of it'
}

@test "recv --protocol turn: lines of an unchanged writer, until the one that ends it" {
	make_flag
	side recv "$SHMTOOL" recv "${FLAG[@]}" --until end
	printf 'one\nzwei ü\nend\nno\n' | book flag-write "$KEY"
	ended recv 0
	assert_equal "$(<recv.out)" $'one\nzwei ü\nend'
	assert_equal "$(<recv.err)" ''
}

@test "send --protocol turn: 1,000 messages of 2,047 bytes, none torn for a reader that spins" {
	require_command perl
	make_flag
	side check "$HELPERS/text_turns" flag-check "$KEY" 1000
	# shellcheck disable=SC2016 # perl's variables
	perl -e 'for $i (0 .. 999) { print chr(97 + $i % 26) x 2047, "\n" }' >in
	run_tool send --timeout 20s "${FLAG[@]}" <in
	assert_success
	ended check 0
	assert_equal "$(<check.out)" 'torn 0'
}

@test "send and recv --protocol turn: 2,000 lines, each once and in order" {
	make_flag
	side recv "$SHMTOOL" recv "${FLAG[@]}" --count 2000
	seq 2000 >in
	run_tool send --timeout 20s "${FLAG[@]}" <in
	assert_success
	ended recv 0
	cmp in recv.out
}

@test "recv --protocol turn: ends with a sender that detaches; --until and --count say what is missing" {
	make_flag
	side recv "$SHMTOOL" recv "${FLAG[@]}"
	printf 'one\n' | book flag-write "$KEY"
	ended recv 0
	assert_equal "$(<recv.out)" one
	side recv "$SHMTOOL" recv "${FLAG[@]}" --until end
	printf 'one\ntwo\n' | book flag-write "$KEY"
	ended recv 1
	assert_equal "$(<recv.err)" \
		"shmtool: recv: id:$id: the sender has left before a message that begins with 'end', after 2 messages"
	side recv "$SHMTOOL" recv "${FLAG[@]}" --count 3
	printf 'one\ntwo\n' | book flag-write "$KEY"
	ended recv 1
	assert_equal "$(<recv.err)" \
		"shmtool: recv: id:$id: only 2 of 3 messages arrived before the end"
}

@test "recv --follow --protocol turn: one sender after another" {
	make_flag
	side recv "$SHMTOOL" recv "${FLAG[@]}" --follow --until end
	printf 'one\n' | book flag-write "$KEY"
	wait_until 10 grep -q one recv.out
	printf 'two\nend\n' | book flag-write "$KEY"
	ended recv 0
	assert_equal "$(<recv.out)" $'one\ntwo\nend'
}

@test "send --protocol turn: a receiver that is killed is noticed" {
	make_flag
	side reader "$HELPERS/text_turns" flag-read "$KEY"
	mkfifo input
	side send bash -c 'exec "$0" "$@" <input' "$SHMTOOL" send "${FLAG[@]}"
	exec 7>input
	echo first >&7
	wait_until 10 grep -q first reader.out
	kill -KILL "$(process reader)"
	# Also while the input is quiet.
	ended send 1
	exec 7>&-
	assert_equal "$(<send.err)" "shmtool: send: id:$id: the receiver has left after 1 message"
}

@test "send and recv --protocol turn: waiting costs no core, and --timeout ends it" {
	make_flag
	side recv "$SHMTOOL" recv "${FLAG[@]}" --timeout 2s
	ended recv 124
	assert_equal "$(<recv.err)" "shmtool: recv: id:$id: no message has arrived within 2 seconds"
	# Everything that this shell has waited for, in seconds.
	run bash -c 'TIMEFORMAT="%U %S"; time timeout 5 "$0" "$@" 2>/dev/null' \
		"$SHMTOOL" recv "${FLAG[@]}" --timeout 2s
	awk -v used="${lines[-1]/,/.}" 'BEGIN { split(used, t, " "); exit !(t[1] + t[2] < 0.2) }' ||
		fail "2 seconds of waiting have used ${lines[-1]} seconds of a processor"
}

@test "send and recv --no-wait --protocol turn: fail if it is not their turn" {
	make_flag
	run_tool recv "${FLAG[@]}" --no-wait
	assert_fails recv "id:$id: there is no message"
	echo one >in
	side send bash -c 'exec "$0" "$@" <in' "$SHMTOOL" send "${FLAG[@]}" --no-wait
	wait_until 10 test -e "/proc/$(process send)"
	run_tool recv "${FLAG[@]}" --no-wait --count 1
	assert_success
	assert_output one
	ended send 0
}

@test "send --protocol turn: what does not fit is reported, the rest is sent" {
	make_flag
	side reader "$HELPERS/text_turns" flag-read "$KEY"
	{
		printf 'first\n'
		head -c 2048 /dev/zero | tr '\0' x
		printf '\nmiddle\n'
		printf 'nul\0in it\n'
		head -c 9000 /dev/zero | tr '\0' y
		printf '\nend'
	} >in
	run_tool send --timeout 20s "${FLAG[@]}" <in
	assert_failure 1
	ended reader 0
	assert_equal "$(<reader.out)" $'You wrote: first\nYou wrote: middle\nYou wrote: end'
	assert_equal "$(grep -c 'a message is too long (at most 2047 bytes), so it was not sent' <<<"$stderr")" 2
	assert_equal "$(grep -c 'a message holds a NUL, where a text would end, so it was not sent' <<<"$stderr")" 1
}

@test "send and recv: other layouts, flags of every size, in either byte order, and an offset" {
	local layout
	for layout in 'char text[64]; unsigned char turn;' 'char text[64]; short turn;' \
		'long turn; char other[8]; char text[64];' 'be32 turn; char text[64];' \
		'char note[2]; bool turn; int count; char text[80];'; do
		local options=(--protocol turn --layout "$layout" --flag turn --text text --offset 16)
		side recv "$SHMTOOL" recv --create "$OBJECT" "${options[@]}" --until end
		printf 'a\nb c\nend\n' >in
		run_tool send --timeout 20s --create "$OBJECT" "${options[@]}" <in
		assert_success
		ended recv 0
		assert_equal "$(<recv.out)" $'a\nb c\nend'
		rm "/dev/shm$OBJECT"
	done
}

@test "send and recv: --delimiter and --null are not part of a text" {
	local options=(--create "$OBJECT" --protocol turn --layout 'int turn; char text[64];')
	side recv "$SHMTOOL" recv "${options[@]}" --null --count 2
	printf 'a;b' >in
	run_tool send "${options[@]}" --delimiter ';' <in
	assert_success
	ended recv 0
	printf 'a\0b\0' | cmp - recv.out
}

@test "send --fifo: an unchanged receiver reads each text after its byte" {
	"$SHMTOOL" create --posix "$OBJECT" --size 4K >/dev/null
	mkfifo announce
	local how
	for how in fifo-read fifo-once; do
		side reader "$HELPERS/text_turns" "$how" "$OBJECT" announce
		printf 'one\nzwei ü\nend\nno\n' >in
		run_tool send --timeout 20s "$OBJECT" --fifo announce --until end <in
		assert_success
		ended reader 0
		assert_equal "$(<reader.out)" $'got: one\ngot: zwei ü\ngot: end'
	done
}

@test "recv --fifo: texts of an unchanged sender, its end, and what it overwrote" {
	"$SHMTOOL" create --posix "$OBJECT" --size 4K >/dev/null
	mkfifo announce input
	side recv "$SHMTOOL" recv "$OBJECT" --fifo announce
	side writer bash -c 'exec "$0" "$@" <input' "$HELPERS/text_turns" fifo-write "$OBJECT" announce
	exec 7>input
	echo one >&7
	wait_until 10 grep -q one recv.out
	printf '\ntwo\n' >&7
	wait_until 10 grep -q two recv.out
	exec 7>&-
	ended recv 0
	assert_equal "$(<recv.out)" $'one\ntwo'
	# Three at once: only the last one is there.
	side recv bash -c 'exec "$0" "$@" <input' "$SHMTOOL" recv "$OBJECT" --fifo announce --timeout 20s
	exec 7<>announce
	printf 'last\n\0' >"/dev/shm$OBJECT"
	printf 123 >&7
	: >input
	wait_until 10 grep -q last recv.out
	exec 7>&-
	ended recv 1
	assert_equal "$(<recv.err)" \
		"shmtool: recv: $OBJECT: 2 messages were overwritten before they could be read"
}

@test "recv --fifo: a text that can't be written stays for the next receiver" {
	"$SHMTOOL" create --posix "$OBJECT" --size 4K >/dev/null
	mkfifo announce
	# Another process keeps the FIFO open, as a sender does.
	exec 7<>announce
	printf 'precious\n\0' >"/dev/shm$OBJECT"
	printf 1 >&7
	# shellcheck disable=SC2016 # for the inner shell
	run_apart bash -c '"$SHMTOOL" recv "$1" --fifo announce --count 1 --timeout 20s >/dev/full' bash "$OBJECT"
	assert_failure 1
	run_tool recv "$OBJECT" --fifo announce --count 1 --timeout 20s
	assert_success
	assert_output precious
	# It was taken.
	run_tool recv "$OBJECT" --fifo announce --no-wait
	assert_failure 1
	assert_stderr_like 'there is no message'
	exec 7>&-
}

@test "send and recv --fifo: an early end of the other side" {
	"$SHMTOOL" create --posix "$OBJECT" --size 4K >/dev/null
	mkfifo announce
	side recv "$SHMTOOL" recv "$OBJECT" --fifo announce
	: >announce
	ended recv 1
	assert_equal "$(<recv.err)" "shmtool: recv: $OBJECT: the sender has left before its first message"
	side reader "$HELPERS/text_turns" fifo-read "$OBJECT" announce
	mkfifo input
	side send bash -c 'exec "$0" "$@" <input' "$SHMTOOL" send "$OBJECT" --fifo announce
	exec 7>input
	echo first >&7
	wait_until 10 grep -q first reader.out
	kill -KILL "$(process reader)"
	echo second >&7
	ended send 1
	exec 7>&-
	assert_equal "$(<send.err)" "shmtool: send: $OBJECT: the receiver has left after 1 message"
}

@test "send and recv --fifo: only a FIFO is opened; --create makes it" {
	"$SHMTOOL" create --posix "$OBJECT" --size 4K >/dev/null
	: >file
	run_tool recv "$OBJECT" --fifo file
	assert_fails recv 'file is not a FIFO'
	run_tool recv "$OBJECT" --fifo /dev/null
	assert_fails recv '/dev/null is not a FIFO'
	run_tool recv "$OBJECT" --fifo missing
	assert_fails recv 'missing can.t be opened'
	side recv "$SHMTOOL" recv --create "$OBJECT" --fifo made
	echo one >in
	run_tool send --timeout 20s --create "$OBJECT" --fifo made <in
	assert_success
	ended recv 0
	assert_equal "$(<recv.out)" one
	[[ -p made ]]
}

@test "send --semaphore: an unchanged receiver, with two named semaphores and with one" {
	"$SHMTOOL" create --posix "$OBJECT" --size 4K >/dev/null
	"$HELPERS/sem_make" /channel_texts_s 1
	"$HELPERS/sem_make" /channel_texts_r 0
	printf 'one\nzwei ü\nend\nno\n' >in
	side reader "$HELPERS/text_turns" sem-read "$OBJECT" /channel_texts_s /channel_texts_r
	run_tool send --timeout 20s "$OBJECT" --semaphore psem:/channel_texts_s,psem:/channel_texts_r --until end <in
	assert_success
	ended reader 0
	assert_equal "$(<reader.out)" $'got: one\ngot: zwei ü\ngot: end'
	assert_equal "$("$HELPERS/sem_turn" value /channel_texts_s)" 1
	printf 'end\n' >in
	side reader "$HELPERS/text_turns" sem-read "$OBJECT" - /channel_texts_r
	run_tool send --timeout 20s "$OBJECT" --semaphore psem:/channel_texts_r <in
	assert_success
	ended reader 0
	assert_equal "$(<reader.out)" 'got: end'
}

@test "recv --semaphore: texts of an unchanged sender" {
	"$SHMTOOL" create --posix "$OBJECT" --size 4K >/dev/null
	"$HELPERS/sem_make" /channel_texts_s 1
	"$HELPERS/sem_make" /channel_texts_r 0
	side recv "$SHMTOOL" recv "$OBJECT" --semaphore psem:/channel_texts_s,psem:/channel_texts_r --until end
	printf 'one\ntwo\nend\n' | book sem-write "$OBJECT" /channel_texts_s /channel_texts_r
	ended recv 0
	assert_equal "$(<recv.out)" $'one\ntwo\nend'
}

@test "send and recv --semaphore: a System V set, as in text books: 0 is the sender's, 1 the receiver's" {
	local set
	set=$("$HELPERS/set_control" make 0 600 2)
	"$HELPERS/set_control" value "$set" 0 1
	side recv "$SHMTOOL" recv --create "$OBJECT" --semaphore "sem:$set" --count 500
	seq 500 >in
	run_tool send --timeout 20s --create "$OBJECT" --semaphore "sem:$set:0,sem:$set:1" <in
	assert_success
	ended recv 0
	cmp in recv.out
	side recv "$SHMTOOL" recv "$OBJECT" --semaphore "sem:$set" --timeout 20s
	wait_until 10 bash -c "[[ \$('$HELPERS/set_control' look $set 1) == '0 1 '* ]]"
	ipcrm -s "$set"
	ended recv 1
	assert_equal "$(<recv.err)" "shmtool: recv: $OBJECT: the sender has left before its first message"
}

@test "send and recv: SIGTERM and SIGINT end a wait, and leave nothing behind" {
	make_flag
	local signal
	for signal in TERM INT; do
		background shmtool recv "${FLAG[@]}"
		wait_until 10 is_asleep "$BACKGROUND_PID"
		kill -"$signal" "$BACKGROUND_PID"
		local status=0
		wait "$BACKGROUND_PID" || status=$?
		assert_equal "$status" $((128 + $(kill -l "$signal")))
	done
	[[ $(ipcs -m -i "$id") == *nattch=0* ]]
}

@test "recv: a signal or a full disk neither repeats nor loses a text, nor the turn" {
	local options=("$OBJECT" --protocol turn --layout 'int turn; char text[64];')
	side send bash -c 'seq 1000000 | exec "$0" "$@"' "$SHMTOOL" send --create "${options[@]}"
	wait_until 10 test -s "/dev/shm$OBJECT"
	timeout 0.3 "$SHMTOOL" recv "${options[@]}" >first || true
	"$SHMTOOL" recv "${options[@]}" --count 100 >second
	seq "$(cat first second | wc -l)" | cmp - <(cat first second)
	kill "$(process send)" 2>/dev/null || true
	rm "/dev/shm$OBJECT"
	"$SHMTOOL" create --posix "$OBJECT" --size 4K >/dev/null
	"$HELPERS/sem_make" /channel_texts_s 1
	"$HELPERS/sem_make" /channel_texts_r 0
	options=("$OBJECT" --semaphore "psem:/channel_texts_s,psem:/channel_texts_r")
	side send bash -c 'seq 3 | exec "$0" "$@"' "$SHMTOOL" send "${options[@]}"
	run_stderr_split bash -c '"$0" "$@" >/dev/full' "$SHMTOOL" recv "${options[@]}" --timeout 20s
	assert_failure 1
	run_tool recv "${options[@]}" --timeout 20s --count 3
	assert_output $'1\n2\n3'
	ended send 0
}

@test "send --protocol turn: the texts that a receiver has taken are counted rightly" {
	make_flag
	side recv "$SHMTOOL" recv "${FLAG[@]}" --count 2
	seq 100 >in
	run_tool send --timeout 20s "${FLAG[@]}" <in
	assert_fails send "id:$id: the receiver has left after 2 messages"
	ended recv 0
}

@test "send and recv: an object that shrinks meanwhile is an error, not the end of the program" {
	local options=("$OBJECT" --protocol turn --layout 'int turn; char text[64];')
	side recv "$SHMTOOL" recv --create "${options[@]}"
	# An object that is empty before it is mapped may still be created by another program.
	wait_until 10 maps_object recv
	: >"/dev/shm$OBJECT"
	ended recv 1
	assert_regex "$(<recv.err)" "^shmtool: recv: $OBJECT: (can't be accessed any more|is too small)"
}

@test "send: options that exclude or need each other" {
	run_tool send --create "$OBJECT" --wait --no-wait
	assert_usage_error send "--wait can't be combined with --no-wait"
	run_tool recv --create "$OBJECT" --null --delimiter ,
	assert_usage_error recv "--null can't be combined with --delimiter"
	run_tool send "$OBJECT" --size 1M
	assert_usage_error send '--size needs --create'
	run_tool send "$OBJECT" --mode 600
	assert_usage_error send '--mode needs --create'
	run_tool send "$OBJECT" --protocol ring --fifo x
	assert_usage_error send '--fifo is for --protocol fifo'
	run_tool send "$OBJECT" --protocol ring --semaphore /a,/b
	assert_usage_error send '--semaphore is for --protocol semaphore'
	run_tool send "$OBJECT" --fifo x --flag turn
	assert_usage_error send '--flag is for --protocol turn'
	run_tool send "$OBJECT" --protocol semaphore
	assert_usage_error send '--protocol semaphore needs --semaphore'
	run_tool send "$OBJECT" --fifo x --packed
	assert_usage_error send '--packed needs --layout'
	run_tool send "$OBJECT" --fifo x --text text
	assert_usage_error send '--text needs --layout'
	[ ! -e "/dev/shm$OBJECT" ]
	[ ! -e x ]
}

@test "send and recv: usage errors of the protocols" {
	make_flag
	run_tool send "id:$id" --protocol turn
	assert_usage_error send 'needs .*layout'
	run_tool send "id:$id" --protocol tunr --layout "$LAYOUT"
	assert_usage_error send 'must be ring, turn, fifo or semaphore'
	run_tool send "id:$id" --protocol turn --layout 'int a; int b;'
	assert_usage_error send 'no member that is an array of char'
	run_tool send "id:$id" --protocol turn --layout 'char text[8];'
	assert_usage_error send 'no member that is an integer'
	run_tool recv "id:$id" --protocol turn --layout "$LAYOUT" --flag writen_by_you
	assert_usage_error recv 'did you mean written_by_you'
	run_tool recv "id:$id" --protocol turn --layout "$LAYOUT" --flag some_text
	assert_usage_error recv 'must be an integer'
	run_tool recv "id:$id" --protocol turn --layout "$LAYOUT" --offset 2
	assert_usage_error recv 'not aligned'
	run_tool recv "id:$id" --until end
	assert_usage_error recv 'until is for .*turn'
	run_tool recv "id:$id" --protocol fifo
	assert_usage_error recv 'needs .*fifo'
	run_tool recv "id:$id" --semaphore "id:$id"
	assert_usage_error recv 'must be a semaphore'
	run_tool recv "id:$id" --fifo x --force
	assert_usage_error recv 'force is for .*ring'
	run_tool recv "id:$id" --protocol turn --layout 'int f; char t[9000];'
	assert_fails recv "id:$id: is too small: 9004 bytes are needed, and there are 2052"
}
