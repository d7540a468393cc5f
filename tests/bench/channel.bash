# The part of tests/bench/run for `send` and `recv`. It needs 4 GiB of disk, and memory for twice
# that, and releases everything.
#
# shellcheck shell=bash disable=SC2016 # backticks are Markdown's

channel_bytes=$((4 << 30))
channel_messages=1000000
channel_trips=50000

# pair NAME INPUT OUTPUT OPTION...: sets $pair, a command for the timer: send INPUT, receive to OUTPUT.
set_pair() {
	local name=$1 input=$2 output=$3
	shift 3
	pair=("$bash" -c '"$0" recv "$1" >"$3" & "$0" send "${@:4}" "$1" <"$2" && wait $!'
		"$SHMTOOL" "$name" "$input" "$output" "$@")
}

transfer_file() {
	local big=$directory/channel pair
	say 'sending 4 GiB'
	make_bytes noise "$channel_bytes" >"$big"
	sync "$big"
	"$cat" "$big" >/dev/null
	mount -t tmpfs -o mode=1777,nosuid,nodev,size=5g bench /dev/shm || die 1 'cannot mount a larger /dev/shm'
	truncate -s 1M /dev/shm/channel
	set_pair /channel "$big" /dev/null
	measure_to null '' 7 channel "${pair[@]}" \
		-- cats "$bash" -c '"$0" "$1" | "$0" >/dev/null' "$cat" "$big"
	faster '4 GiB through `send` and `recv` >/dev/null' channel cats '`cat FILE | cat`' 1500
	set_pair /channel "$big" /dev/shm/copy
	measure_to null 'rm -f /dev/shm/copy' 5 channel "${pair[@]}" \
		-- cp "$cp" "$big" /dev/shm/copy
	faster 'the same, to a file in /dev/shm' channel cp '`cp`' 1000
	"${pair[@]}"
	cmp -s "$big" /dev/shm/copy || die 1 'send and recv: unexpected bytes'
	umount /dev/shm
	rm "$big"
}

send_messages() {
	local lines=$directory/lines pair
	say 'sending 1,000,000 messages'
	yes 'a message of 64 bytes, which is as long as this line and newline' |
		cut -c 1-63 | head -n "$channel_messages" >"$lines"
	set_pair /channel "$lines" /dev/null --messages
	measure_to null '' 9 channel "${pair[@]}" -- fifo "$programs/round_trips" lines "$lines" "$channel_messages"
	faster '1,000,000 messages of 64 bytes' channel fifo 'a FIFO, one write(2) and read(2) a line' 2000
}

# Both ways: the ring itself, and through programs.
make_round_trips() {
	local count=$channel_trips trips=$programs/round_trips
	say 'round trips'
	measure_to null '' 9 channel "$trips" channels "$count" -- fifo "$trips" fifos "$count"
	faster "$(grouped "$count") round trips of a message over two rings" channel fifo 'two FIFOs' 1000
	mkfifo "$directory/to" "$directory/back"
	measure_to null '' 9 channel "$trips" through "$count" "exec $SHMTOOL send --messages /to" \
		"exec $SHMTOOL recv /to" "exec $SHMTOOL send --messages /back" "exec $SHMTOOL recv /back" \
		-- fifo "$trips" through "$count" "exec $cat >to" "exec $cat <to" \
		"exec $cat >back" "exec $cat <back"
	faster 'the same through `send` and `recv`' channel fifo '`cat >FIFO`, `cat <FIFO`' 1000
}

measure_channel() {
	have_memory || return 0
	bytes_begin
	(($(df --output=avail -B 1M "$directory" | tail -n 1) > 5000)) ||
		{ say "less than 5 GiB are free in $directory: send and recv are not measured" && return 0; }
	transfer_file
	truncate -s 1M /dev/shm/{channel,to,back}
	pushd "$directory" >/dev/null || exit 1
	send_messages
	make_round_trips
	popd >/dev/null || exit 1
	rm /dev/shm/{channel,to,back}
}
