#!/bin/sh
# Messages through a segment, with a FIFO to wait on.
#
# The writer stores a message in the segment, then writes one byte to the FIFO. The reader blocks on
# the FIFO until the byte arrives, then reads the message. Every message has its own place, so that
# none is overwritten before it is read.
#
#     ./05-fifo-messages.sh [MESSAGE...]
set -eu

SHMTOOL=${SHMTOOL:-shmtool}
[ "$#" -gt 0 ] || set -- 'first message' 'second message' 'the third and last'
size=64 # bytes per message

here=$(mktemp -d)
id=
reader=
clean_up() {
	[ -z "$reader" ] || kill "$reader" 2>/dev/null || true
	[ -z "$id" ] || "$SHMTOOL" rm "$id"
	rm -rf "$here"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP PIPE

id=$("$SHMTOOL" create --size $(($# * size)))
mkfifo "$here/fifo"

# dd reads exactly one byte from the FIFO, and none after the writer has closed it.
read_messages() {
	number=0
	while [ -n "$(dd bs=1 count=1 2>/dev/null)" ]; do
		printf 'message %d: ' $((number + 1))
		"$SHMTOOL" read "$id" --offset $((number * size)) --length "$size" --format string
		number=$((number + 1))
	done
}

write_messages() {
	number=0
	for message; do
		"$SHMTOOL" write "$id" --offset $((number * size)) --string "$message" --nul
		printf '!'
		number=$((number + 1))
	done
}

read_messages <"$here/fifo" &
reader=$!
write_messages "$@" >"$here/fifo"
wait "$reader"
reader=
