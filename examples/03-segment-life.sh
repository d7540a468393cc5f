#!/bin/sh
# The life of a System V segment: created, attached, detached, removed; with its number of
# attachments and its status after each step.
#
#     ./03-segment-life.sh
set -eu

SHMTOOL=${SHMTOOL:-shmtool}

here=$(mktemp -d)
id=
holder=
clean_up() {
	[ -z "$holder" ] || kill "$holder" 2>/dev/null || true
	[ -z "$id" ] || "$SHMTOOL" rm "$id" 2>/dev/null || true
	rm -rf "$here"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP PIPE

# wait_for COMMAND...: waits until the command succeeds, at most ten seconds.
wait_for() {
	tries=100
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || {
			echo "after ten seconds still not true: $*" >&2
			exit 1
		}
		sleep 0.1
	done
}

# show STEP: prints nattch and status.
show() {
	printf '%-10s' "$1:"
	"$SHMTOOL" stat --raw --no-headings -o nattch,status "$id" |
		while read -r nattch status; do
			echo "nattch $nattch, status $status"
		done
}

# attach: starts a process that holds the segment.
attach() {
	: >"$here/holder"
	"$SHMTOOL" attach "$id" >"$here/holder" 2>&1 &
	holder=$!
	wait_for grep '^attached' "$here/holder"
}

# detach: ends that process.
detach() {
	kill "$holder"
	wait "$holder"
	holder=
}

id=$("$SHMTOOL" create --size 1M)
show made

attach
show attached

detach
show detached
cat "$here/holder"

echo '# Removed while a process holds it: gone only after the last detach.'
attach
"$SHMTOOL" rm "$id" 2>&1
show removed
detach
cat "$here/holder"

if "$SHMTOOL" stat "$id" 2>"$here/error"; then
	echo 'it is still there' >&2
	exit 1
fi
cat "$here/error"
id=
