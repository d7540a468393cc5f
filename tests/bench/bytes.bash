# The part of tests/bench/run for bytes, pages and records: `read`, `write` and `probe-pages`. It
# needs 1 GiB of disk and up to 3 GiB of memory, and releases everything.
#
# shellcheck shell=bash disable=SC2016 # backticks are Markdown's

gibibyte=$((1 << 30))
record_count=1000000
record='char name[20]; short age; float score; char sex;'
warm_key=0x46020001    # full of the file's bytes
fresh_key=0x46020002   # made anew before each run
records_key=0x46020003 # full of records
back_key=0x46020004    # where records are written
directory=
anybody=()

make_bytes() {
	"$programs/make_bytes" "$@" || die 1 "make_bytes $*: failed"
}

# make_segment KEY SIZE: prints its id; all users may use it.
make_segment() {
	"$SHMTOOL" create --key "$1" --size "$2" --mode 666 || die 1 "cannot make a segment of $2 bytes"
}

remove_segments() {
	local key
	for key; do
		"$ipcrm" -M "$key" || die 1 "cannot remove segment $key"
	done
}

# same FILE COMMAND ARG...: checks correctness: the command must print the content of the file.
same() {
	local file=$1
	shift
	"$@" | cmp -s - "$file" || die 1 "$*: unexpected bytes"
}

# Whether there is room for the following parts; prints a message if not.
have_memory() {
	local available
	available=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo)
	((available >= 4 << 20)) && return
	say "less than 4 GiB of memory are available: bytes, pages and records are not measured"
	return 1
}

# Sets $directory, removed at the end, and $anybody, which runs a command without privileges.
bytes_begin() {
	[[ ! $directory ]] || return 0
	ipcrm=$(type -P ipcrm) cat=$(type -P cat) cp=$(type -P cp) setpriv=$(type -P setpriv)
	vmtouch=$(type -P vmtouch)
	trap 'rm -rf -- "$directory"' EXIT
	trap 'exit 1' HUP INT TERM
	directory=$(mktemp -d "${TMPDIR:-/tmp}/shmtool-bench.XXXXXX") ||
		die 1 'cannot make a temporary directory'
	chmod 755 "$directory"
	file=$directory/bytes
	if [[ $setpriv ]]; then
		anybody=("$setpriv" --reuid 65534 --regid 65534 --clear-groups)
		"${anybody[@]}" "$SHMTOOL" --version >/dev/null 2>&1 || {
			say "$SHMTOOL cannot be run by user 65534: unprivileged runs are not measured"
			anybody=()
		}
	fi
}

# The file of 1 GiB, in the page cache and no longer dirty.
make_file() {
	[[ ! -e $file ]] || return 0
	make_bytes noise "$gibibyte" >"$file"
	sync "$file" || die 1 "cannot sync $file"
	"$cat" "$file" >/dev/null
}

#
# Bytes
#

# Fewer rounds than elsewhere: a round takes seconds.

read_to_pipe() {
	local id=$1
	local title='`read` 1 GiB into a pipe' as='`cat` of /dev/shm' user=()
	[[ ! ${anybody[*]} ]] || user=(-- user "${anybody[@]}" "$SHMTOOL" read "$id"
		-- floor "${anybody[@]}" "$programs/floor_vmsplice" "$id")
	measure_to pipe '' 9 read "$SHMTOOL" read "$id" -- cat "$cat" /dev/shm/copy "${user[@]}"
	faster "$title" read cat "$as" 2000
	[[ ${anybody[*]} ]] || return 0
	faster 'the same, unprivileged' user cat "$as" 2000
	slower 'the same, unprivileged' user floor floor_vmsplice
	faster '(floor_vmsplice in place of shmtool)' floor cat "$as"
}

# The floor is the faster of two: from the segment, which needs root, and from a file.
read_to_null() {
	local id=$1
	local title='`read` 1 GiB >/dev/null' floor=segment as='floor_splice ID' user=()
	[[ ! ${anybody[*]} ]] || user=(-- user "${anybody[@]}" "$SHMTOOL" read "$id")
	measure_to null '' 41 read "$SHMTOOL" read "$id" \
		-- segment "$programs/floor_splice" "$id" \
		-- file "$programs/floor_splice" /dev/shm/copy "${user[@]}"
	((median[file] >= median[segment])) || floor=file as='floor_splice FILE'
	slower "$title" read "$floor" "$as" 1200
	[[ ! ${anybody[*]} ]] || slower 'the same, unprivileged' user "$floor" "$as" 1200
}

write_to_warm() {
	local id=$1
	local title='`write` 1 GiB into a warm segment' user=()
	[[ ! ${anybody[*]} ]] ||
		user=(-- user "${anybody[@]}" "$SHMTOOL" write "$id" --input "$file")
	measure_to null '' 9 write "$SHMTOOL" write "$id" --input "$file" \
		-- floor "$programs/floor_read_into" "$id" "$file" "${user[@]}"
	slower "$title" write floor floor_read_into 1200
	[[ ! ${anybody[*]} ]] || slower 'the same, unprivileged' user floor floor_read_into 1200
}

# Before each run, including cp: the segment is recreated without pages, and the copy is removed.
write_to_fresh() {
	local title='`write` 1 GiB into a fresh segment' as='`cp` to /dev/shm' prepare user=()
	[[ ! ${anybody[*]} ]] ||
		user=(-- user "${anybody[@]}" "$SHMTOOL" write "$fresh_key" --input "$file"
			-- floor "${anybody[@]}" "$programs/floor_read_into" "$fresh_key" "$file")
	printf -v prepare '%q ' "$SHMTOOL" create --key "$fresh_key" --size 1G --mode 666
	prepare="rm -f /dev/shm/copy; $ipcrm -M $fresh_key 2>/dev/null; exec $prepare"
	measure_to null "$prepare" 9 write "$SHMTOOL" write "$fresh_key" --input "$file" \
		-- cp "$cp" "$file" /dev/shm/copy "${user[@]}"
	slower "$title" write cp "$as" 1000
	[[ ${anybody[*]} ]] || return 0
	slower 'the same, unprivileged' user cp "$as" 1000
	slower 'the same, unprivileged' user floor floor_read_into
	slower '(floor_read_into in place of shmtool)' floor cp "$as"
}

measure_bytes() {
	local id
	have_memory || return 0
	bytes_begin
	say 'making 1 GiB'
	make_file
	id=$(make_segment "$warm_key" 1G) || exit 1
	"$SHMTOOL" write "$id" --input "$file" || die 1 'cannot fill the segment'
	mount -t tmpfs -o mode=1777,nosuid,nodev,size=1100m bench /dev/shm ||
		die 1 'cannot mount a larger /dev/shm'
	"$cp" "$file" /dev/shm/copy || die 1 'cannot fill /dev/shm'
	same "$file" "$SHMTOOL" read "$id"
	say 'reading 1 GiB'
	read_to_pipe "$id"
	read_to_null "$id"
	rm /dev/shm/copy
	say 'writing 1 GiB'
	write_to_warm "$id"
	same "$file" "$SHMTOOL" read "$id"
	remove_segments "$warm_key"
	write_to_fresh
	"$SHMTOOL" write "$fresh_key" --input "$file"
	same "$file" "$SHMTOOL" read "$fresh_key"
	remove_segments "$fresh_key"
	umount /dev/shm || die 1 'cannot unmount the larger /dev/shm'
}

#
# Pages
#

# The page cache holds a file that has been read in large folios, and a file just written in smaller
# ones, which take longer to map.
measure_pages() {
	have_memory || return 0
	bytes_begin
	if [[ ! $vmtouch ]]; then
		say 'vmtouch is missing: probe-pages is not measured'
		return
	fi
	say 'probing 1 GiB'
	make_file
	# Also unprivileged: mincore(2) reports the page cache only to the owner.
	[[ ! ${anybody[*]} ]] || chown 65534:65534 "$file"
	probe_file 'a 1 GiB file, just written' 1000 2000
	dd if="$file" iflag=nocache count=0 status=none && "$cat" "$file" >/dev/null
	probe_file 'a 1 GiB file' 1000 3000
	summarize_file 'a 1 GiB file' 262144 5000
	build/helpers/every_second "$file" || die 1 "every_second $file: failed"
	summarize_file 'every second page in memory' 131072
}

# summarize_file WHAT RESIDENT [LIMIT]: probe-pages --summary against the tools that count a file's pages.
summarize_file() {
	local title='`probe-pages --state --summary`, '$1 fincore
	fincore=$(type -P fincore)
	expect 1 "$2/262144" "$vmtouch" "$file"
	expect 1 "^262144 $2 " "$SHMTOOL" probe-pages --state --summary --raw "$file"
	measure 41 summary "$SHMTOOL" probe-pages --state --summary "$file" \
		-- vmtouch "$vmtouch" "$file" ${fincore:+-- fincore "$fincore" "$file"}
	faster "$title" summary vmtouch '`vmtouch`' ${3:+"$3"}
	if [[ $fincore ]]; then
		slower 'the same' summary fincore '`fincore`' 1000
	else
		say 'fincore is missing: --summary is not compared with it'
	fi
}

# probe_file WHAT [STATE_LIMIT TOUCH_LIMIT]
probe_file() {
	local state='`probe-pages --state`, '$1 touch='`probe-pages`, '$1 user=()
	[[ ! ${anybody[*]} ]] ||
		user=(-- user_state "${anybody[@]}" "$SHMTOOL" probe-pages --state "$file"
			-- user_touch "${anybody[@]}" "$SHMTOOL" probe-pages "$file")
	expect 1 '262144/262144' "$vmtouch" "$file"
	expect 1 '262144 not accessed; 262144 resident' "$SHMTOOL" probe-pages --state "$file"
	expect 1 '262144 ok; 262144 resident' "$SHMTOOL" probe-pages "$file"
	measure 41 state "$SHMTOOL" probe-pages --state "$file" -- vmtouch "$vmtouch" "$file" \
		-- touch "$SHMTOOL" probe-pages "$file" -- vmtouch_touch "$vmtouch" -t "$file" \
		-- floor "$programs/floor_touch" "$file" \
		"${user[@]}"
	slower "$state" state vmtouch '`vmtouch`' ${2:+"$2"}
	[[ ! ${anybody[*]} ]] || slower 'the same, unprivileged' user_state vmtouch '`vmtouch`' ${2:+"$2"}
	slower "$touch" touch vmtouch '`vmtouch`' ${3:+"$3"}
	[[ ! ${anybody[*]} ]] || slower 'the same, unprivileged' user_touch vmtouch '`vmtouch`' ${3:+"$3"}
	slower "$touch" touch vmtouch_touch '`vmtouch -t`'
	slower 'the same' touch floor floor_touch
	slower '(floor_touch in place of shmtool)' floor vmtouch '`vmtouch`'
}

#
# Records
#

measure_records() {
	local id back arguments
	have_memory || return 0
	bytes_begin
	say '1,000,000 records'
	make_bytes records "$record_count" >"$directory/records"
	id=$(make_segment "$records_key" "$(stat -c %s "$directory/records")") || exit 1
	back=$(make_segment "$back_key" "$(stat -c %s "$directory/records")") || exit 1
	"$SHMTOOL" write "$id" --input "$directory/records" || die 1 'cannot fill the segment'
	"$SHMTOOL" read "$id" --record "$record" --json >"$directory/json" || die 1 'no JSON came'
	expect "$record_count" '"name":' "$cat" "$directory/json"
	arguments=("$back" --record "$record" --json --input "$directory/json")
	"$SHMTOOL" write "${arguments[@]}" || die 1 'cannot write the JSON'
	same "$directory/records" "$SHMTOOL" read "$back"

	measure 5 json "$SHMTOOL" read "$id" --record "$record" --json \
		-- raw "$SHMTOOL" read "$id" --record "$record" --raw \
		-- table "$SHMTOOL" read "$id" --record "$record" \
		-- write "$SHMTOOL" write "${arguments[@]}"
	rate '`read --record … --json`, 1,000,000 records' json "$record_count" 300000
	memory 'the same' json
	rate 'the same, `--raw`' raw "$record_count" 1000000
	rate 'the same, as a table' table "$record_count"
	rate '`write --record … --json` of the same' write "$record_count"
	memory 'the same' write
	remove_segments "$records_key" "$back_key"
	rm "$directory/records" "$directory/json"
}
