#!/bin/sh
# Where an access raises SIGBUS.
#
# A file is 99 bytes shorter than two pages, and three pages of it are mapped: the second page is
# accessible to its last byte, although the file ends before; the third is not accessible at all.
#
#     ./02-page-edges.sh
set -eu

SHMTOOL=${SHMTOOL:-shmtool}
page=$(getconf PAGESIZE)

here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
trap 'exit 1' INT TERM HUP PIPE
cd "$here"

head -c $((2 * page - 99)) /dev/urandom >edges.dat

echo "# $((2 * page - 99)) bytes, three pages from the beginning:"
"$SHMTOOL" probe-pages ./edges.dat --pages 3 --each

echo '# The same with an offset of one page:'
"$SHMTOOL" probe-pages ./edges.dat --offset "$page" --pages 3 --each

echo '# A script asks with --check: status 1 if a page is not accessible.'
for pages in 2 3; do
	if "$SHMTOOL" probe-pages ./edges.dat --pages "$pages" --check >/dev/null 2>&1; then
		echo "$pages pages: all accessible"
	else
		echo "$pages pages: not all accessible"
	fi
done
