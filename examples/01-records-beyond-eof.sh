#!/bin/sh
# Two processes over one file of records.
#
# The file has room for 5 records of `char name[4]; int age;`. One process maps 10 and writes them
# all; another reads all 10 while the first holds. The bytes after the end of the file are only in
# memory, in the rest of the file's last page: once that page has been written back, they are lost,
# and the file is still 5 records long.
#
#     ./01-records-beyond-eof.sh [DIRECTORY]
#
# DIRECTORY (default: $TMPDIR, or /tmp) should be on a disk: tmpfs is never written back, so there
# the bytes stay.
set -eu

SHMTOOL=${SHMTOOL:-shmtool}
record='char name[4]; int age;'
scratch=/example-records-$$

cd "${1:-${TMPDIR:-/tmp}}"
here=$(mktemp -d "$PWD/records.XXXXXX")
writer=
clean_up() {
	[ -z "$writer" ] || kill "$writer" 2>/dev/null || true
	rm -rf "$here" "/dev/shm$scratch"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP PIPE
cd "$here"

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

# read_ten: reads all ten records, through a mapping, to the end of the last page.
read_ten() {
	"$SHMTOOL" read ./people.dat --beyond-eof --record "$record" --count 10 --no-headings
}

echo '# Ten records, made from CSV in a POSIX object: 80 bytes.'
"$SHMTOOL" write --create --size 80 "$scratch" --record "$record" --csv <<END
name,age
a,20
b,21
c,22
d,23
e,24
f,25
g,26
h,27
i,28
j,29
END

echo '# A file with room for five of them.'
"$SHMTOOL" map-file people.dat --create --size 40

echo '# One process maps ten, writes them, and holds.'
start_writer() {
	: >mapped.txt
	"$SHMTOOL" read "$scratch" |
		"$SHMTOOL" map-file people.dat --length 80 --write - --sync --hold 60s >mapped.txt &
	writer=$!
}

# If the kernel writes the page back while the records are being written, some or all of those after
# the end of the file are lost: write them again.
ten_are_there() {
	read_ten >ten.txt
	[ "$(grep -c '^[a-j]  *2[0-9]$' ten.txt)" -ne 10 ] || return 0
	[ ! -s mapped.txt ] || {
		kill "$writer"
		wait "$writer" || true
		start_writer
	}
	return 1
}
start_writer
wait_for ten_are_there
cat mapped.txt

echo '# Another one has read all ten.'
cat ten.txt

echo '# The first ends: what it wrote is written back.'
kill "$writer"
wait "$writer"
writer=

echo '# Records 6 to 10 are empty now, and the file has 5.'
read_ten
echo "people.dat: $(wc -c <people.dat) bytes"
