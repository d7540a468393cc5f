#!/bin/sh
# Records of a C struct, written from JSON, read as a table.
#
#     ./06-record-table.sh
set -eu

SHMTOOL=${SHMTOOL:-shmtool}
record='char name[20]; short age; float score; char sex;'

id=
trap '[ -z "$id" ] || "$SHMTOOL" rm "$id"' EXIT
trap 'exit 1' INT TERM HUP PIPE

echo '# Where the members lie, as the C compiler has them:'
"$SHMTOOL" read --record "$record" --layout

id=$("$SHMTOOL" create --size 96)
"$SHMTOOL" write "$id" --record "$record" <<END
[
  {"name": "Ada Lovelace", "age": 36, "score": 9.5, "sex": "f"},
  {"name": "Charles Babbage", "age": 79, "score": 8.25, "sex": "m"},
  {"name": "Grace Hopper", "age": 85, "score": 9.75, "sex": "f"}
]
END

echo '# The three records:'
"$SHMTOOL" read "$id" --record "$record"

echo '# Sorted, and only some members:'
"$SHMTOOL" read "$id" --record "$record" -o name,score --sort -score

echo '# A value that does not fit is named, and nothing is written:'
if "$SHMTOOL" write "$id" --record "$record" <<END
{"name": "Augusta Ada King, Countess of Lovelace", "age": 36, "score": 9.5, "sex": "f"}
END
then
	exit 1
fi 2>&1
