#!/bin/sh
# A server and a client that share only a path.
#
# The server creates a segment with the key that ftok(3) derives from the path, writes a line into
# it, and removes it after some time. The client reads the line as soon as it exists, and later gets
# an error that names the cause.
#
#     ./04-ftok-server.sh [SECONDS]
set -eu

SHMTOOL=${SHMTOOL:-shmtool}
lifetime=${1:-2}

here=$(mktemp -d)
path=$here/service
: >"$path"
server=
clean_up() {
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	"$SHMTOOL" rm "ftok:$path" 2>/dev/null || true
	rm -rf "$here"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP PIPE

# wait_for COMMAND...: waits until the command succeeds, at most ten seconds longer than the server
# runs.
wait_for() {
	tries=$(((lifetime + 10) * 10))
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || {
			echo "still not true: $*" >&2
			exit 1
		}
		sleep 0.1
	done
}

serve() {
	"$SHMTOOL" create --ftok "$path" --size 4K >/dev/null
	"$SHMTOOL" write "ftok:$path" --string 'hello from the server' --nul
	sleep "$lifetime"
	"$SHMTOOL" rm "ftok:$path"
}

# Whether the line has been written.
line_is_there() {
	[ -n "$("$SHMTOOL" read "ftok:$path" --format string)" ]
}

# Waits for the end of a segment. If it is gone already, its id is an error.
wait_for_removal() {
	"$SHMTOOL" watch --quiet "$1" --until removed --for "$((lifetime + 10))" >/dev/null 2>&1 ||
		! "$SHMTOOL" stat "$1" >/dev/null 2>&1
}

serve &
server=$!

echo '# The client, while the server is there:'
wait_for line_is_there
"$SHMTOOL" read "ftok:$path" --format string
segment=$("$SHMTOOL" stat "ftok:$path" --raw --no-headings --output shmid)

echo '# The client, after the server has removed the segment:'
wait_for_removal "$segment"
wait "$server"
server=
if "$SHMTOOL" read "ftok:$path" --format string 2>"$here/error"; then
	echo 'it can still be read' >&2
	exit 1
fi
cat "$here/error"
