#!/usr/bin/env bats
# stat: JSON, raw, export, headings, sizes, times and sorting.

load test_helper
load truth

@test "stat --json: one array of flat objects" {
	new_segment 4096
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool stat --json
	assert_success
	assert_stderr_empty
	assert_equal "$(json 'type, length, (map(type) | unique[])')" $'array\n2\nobject'
	assert_equal "$(json '[.[] | .[] | type] | unique - ["null", "number", "string", "boolean"] | length')" 0
}

@test "stat --json: the default keys, in lower case and in order" {
	new_segment 4096
	run_tool stat --json
	assert_success
	assert_equal "$(json '.[0] | keys_unsorted | join(" ")')" \
		'kind ref key shmid name owner perms bytes nattch status'
}

@test "stat --json: the default keys are the same for every kind" {
	"$HELPERS/make_object" /shmtool-test1 4096
	"$HELPERS/sem_make" /shmtool-test2 1
	new_segment 4096
	run_tool stat --json --kind shm,pshm,psem
	assert_success
	assert_equal "$(json 'map(keys_unsorted | join(" ")) | unique[]')" \
		'kind ref key shmid name owner perms bytes nattch status'
	# Queues and sets have more columns; those of the others stay in place.
	run_tool stat --quiet --json --kind all
	assert_success
	assert_equal "$(json 'map(keys_unsorted | join(" ")) | unique[]')" \
		'kind ref key shmid name owner perms bytes nattch status id messages nsems'
}

@test "stat --json: the values of a segment" {
	id=$("$HELPERS/make_keyed" 0x2a 5000 640)
	hold "$id"
	run_tool stat --json
	assert_success
	assert_equal "$(json -c '.[0]')" "$(jq -cn --arg me "$me" --argjson id "$id" '{kind: "shm", ref: "id:\($id)",
		key: "0x0000002a", shmid: $id, name: null, owner: $me, perms: "640", bytes: 5000,
		nattch: 1, status: null}')"
}

@test "stat --json: the values of a POSIX object" {
	"$HELPERS/make_object" /shmtool-test 5000 640
	run_tool stat --json
	assert_success
	assert_equal "$(json -c '.[0]')" "$(jq -cn --arg me "$me" '{kind: "pshm", ref: "/shmtool-test", key: null,
		shmid: null, name: "/shmtool-test", owner: $me, perms: "640", bytes: 5000,
		nattch: null, status: null}')"
}

@test "stat --json: the values of a named semaphore" {
	"$HELPERS/sem_make" /shmtool-test 7 640
	run_tool stat --json --kind psem -o kind,ref,name,owner,perms,value
	assert_success
	assert_equal "$(json -c '.[0]')" "$(jq -cn --arg me "$me" '{kind: "psem", ref: "psem:/shmtool-test",
		name: "/shmtool-test", owner: $me, perms: "640", value: 7}')"
}

@test "stat --json: the status of a segment" {
	id=$(new_segment 4096)
	hold "$id"
	"$HELPERS/segment_control" "$id" lock
	"$HELPERS/segment_control" "$id" rmid
	run_tool stat --json
	assert_success
	assert_equal "$(json '.[0].status')" 'dest,locked'
}

@test "stat --json: no object at all is an empty array" {
	run_tool stat --json
	assert_success
	assert_equal "$(json -c .)" '[]'
}

@test "stat --json: 64-bit sizes are exact" {
	"$HELPERS/make_object" /shmtool-test 8070450532247928833
	run_tool stat --json -o bytes
	assert_success
	# Not by jq, which reads numbers as doubles.
	assert_output --regexp '"bytes": ?8070450532247928833[^0-9]'
}

@test "stat --json -o: the keys asked for, in that order" {
	new_segment 4096
	run_tool stat --json -o bytes,shmid,uid
	assert_success
	assert_equal "$(json '.[0] | keys_unsorted | join(" ")')" 'bytes shmid uid'
}

@test "stat --json: numbers stay numbers with --human" {
	new_segment 1048576
	run_tool stat --json --human -o bytes,age
	assert_success
	assert_equal "$(json '.[0].bytes')" 1048576
	assert_equal "$(json '.[0].bytes, .[0].age | type')" $'number\nnumber'
}

@test "stat --json: several hundred rows are one valid array" {
	"$HELPERS/make_segments" 300 4096 >"$BATS_TEST_TMPDIR/ids"
	run_tool stat --json
	assert_success
	assert_equal "$(json '.[].shmid' | sort -n)" "$(segment_ids)"
}

@test "stat --raw: a heading line, and one line a row with single blanks" {
	id=$("$HELPERS/make_keyed" 0x2a 5000 640)
	run_tool stat --raw
	assert_success
	assert_stderr_empty
	assert_equal "${#lines[@]}" 2
	assert_equal "${lines[0],,}" 'kind ref key shmid name owner perms bytes nattch status'
	assert_equal "${lines[1]}" "shm id:$id 0x0000002a $id - $me 640 5000 0 -"
}

@test "stat --raw --no-headings: rows alone" {
	id=$(new_segment 4096)
	run_tool stat --raw --no-headings
	assert_success
	assert_output "shm id:$id 0x00000000 $id - $me 600 4096 0 -"
}

@test "stat --raw -o: the columns asked for" {
	id=$(new_segment 4096)
	run_tool stat --raw --no-headings -o bytes,shmid
	assert_success
	assert_output "4096 $id"
}

@test "stat --raw: every kind has as many words a line" {
	new_segment 4096
	"$HELPERS/make_object" '/shmtool test with blanks' 4096
	"$HELPERS/sem_make" /shmtool-test 1
	run_tool stat --raw --kind shm,pshm,psem
	assert_success
	assert_equal "${#lines[@]}" 4
	assert_equal "$(awk -F ' ' '{ print NF }' <<<"$output" | sort -u)" 10
	refute_output --partial '  '
}

@test "stat --raw: feeds a shell loop" {
	"$HELPERS/make_segments" 3 4096 >"$BATS_TEST_TMPDIR/ids"
	"$SHMTOOL" stat --raw --no-headings -o shmid | while read -r id; do
		"$HELPERS/segment_control" "$id" rmid
	done
	assert_no_segments
}

@test "stat --export: lines that a shell can evaluate" {
	id=$("$HELPERS/make_keyed" 0x2a 5000 640)
	run_tool stat --export
	assert_success
	assert_equal "${#lines[@]}" 1
	got=$(
		eval "${lines[0]^^}"
		# shellcheck disable=SC2153 # the line above sets them
		echo "$KIND $REF $KEY $SHMID $OWNER $PERMS $BYTES $NATTCH"
	)
	assert_equal "$got" "SHM ID:$id 0X0000002A $id ${me^^} 640 5000 0"
}

@test "stat --export: pairs of KEY=\"value\"" {
	id=$(new_segment 4096)
	run_tool stat --export -o shmid,bytes
	assert_success
	assert_output --regexp '^[A-Za-z_]+="[0-9]+" [A-Za-z_]+="4096"$'
}

@test "stat: a value is the same in every format" {
	require_root
	id=$("$HELPERS/make_keyed" 0x2a 5000 640)
	"$HELPERS/segment_control" "$id" owner 65534 1
	"$HELPERS/fill_segment" "$id" 4096
	hold "$id"
	columns=key,shmid,owner,uid,gid,cuid,perms,mode,bytes,pages,rss,nattch,cpid,lpid,atime,ctime,inode
	table=$("$SHMTOOL" stat --kind shm --no-headings -o "$columns" | awk '/^0x/ { $1 = $1; print }')
	raw=$("$SHMTOOL" stat --kind shm --raw --no-headings -o "$columns")
	json=$("$SHMTOOL" stat --kind shm --json -o "$columns" |
		jq -r '.[0] | map(if . == null then "-" else . end) | join(" ")')
	export=$("$SHMTOOL" stat --kind shm --export -o "$columns" |
		grep -o '="[^"]*"' | tr -d '="' | paste -sd' ')
	assert_equal "$(wc -w <<<"$table")" 17
	assert_equal "$raw" "$table"
	assert_equal "$json" "$table"
	assert_equal "$export" "$table"
}

@test "stat --human: sizes with a suffix" {
	new_segment 4096
	new_segment 1572864
	run_tool stat --human --raw --no-headings -o bytes
	assert_success
	assert_output $'4K\n1.5M'
}

@test "stat: sizes are bytes unless asked otherwise" {
	new_segment 1572864
	run_tool stat --raw --no-headings -o bytes
	assert_success
	assert_output 1572864
}

@test "stat --human: ages with a unit" {
	new_segment 4096
	run_tool stat --human --raw --no-headings -o age
	assert_success
	assert_output --regexp '^[0-9]+s$'
}

@test "stat: times are ISO 8601 with the offset of the zone" {
	id=$(new_segment 4096)
	ctime=$(proc_shm "$id" ctime)
	run_tool stat --raw --no-headings -o ctime
	assert_success
	assert_output "$(date -d "@$ctime" +%Y-%m-%dT%H:%M:%S+0000)"
}

@test "stat: times follow TZ" {
	id=$(new_segment 4096)
	ctime=$(proc_shm "$id" ctime)
	export TZ=XYZ-5:30
	run_tool stat --raw --no-headings -o ctime
	assert_success
	assert_output "$(date -d "@$ctime" +%Y-%m-%dT%H:%M:%S+0530)"
}

@test "stat --time-format iso: is the default" {
	new_segment 4096
	default=$("$SHMTOOL" stat --raw --no-headings -o ctime)
	run_tool stat --time-format iso --raw --no-headings -o ctime
	assert_success
	assert_output --regexp '^20[0-9-]{8}T[0-9:]{8}\+0000$'
	assert_output "$default"
}

@test "stat --time-format unix: seconds since 1970" {
	id=$(new_segment 4096)
	run_tool stat --time-format unix --raw --no-headings -o ctime
	assert_success
	assert_output "$(proc_shm "$id" ctime)"
}

@test "stat --time-format unix --json: numbers" {
	id=$(new_segment 4096)
	run_tool stat --time-format unix --json -o ctime
	assert_success
	assert_equal "$(json '.[0].ctime | type')" number
	assert_equal "$(json '.[0].ctime')" "$(proc_shm "$id" ctime)"
}

@test "stat --time-format relative: how long ago" {
	touch -d '5 minutes ago' /dev/shm/shmtool-test
	run_tool stat --time-format relative --no-headings -o mtime
	assert_success
	assert_output --regexp '^5m([0-9]s)? ago$'
}

@test "stat: a time that never was is - in tables and null in JSON" {
	new_segment 4096
	run_tool stat --raw --no-headings -o atime,dtime
	assert_success
	assert_output '- -'
	run_tool stat --json -o atime,dtime
	assert_equal "$(json -c '.[0]')" '{"atime":null,"dtime":null}'
	run_tool stat --time-format unix --json -o atime
	assert_equal "$(json -c '.[0].atime')" null
	run_tool stat --time-format relative --raw --no-headings -o atime
	assert_equal "$output" -
}

@test "stat --sort: ascending by number" {
	new_segment 20000
	new_segment 3000
	new_segment 100000
	run_tool stat --sort bytes --raw --no-headings -o bytes
	assert_success
	assert_output $'3000\n20000\n100000'
}

@test "stat --sort -COLUMN: descending" {
	new_segment 20000
	new_segment 3000
	new_segment 100000
	run_tool stat --sort -bytes --raw --no-headings -o bytes
	assert_success
	assert_output $'100000\n20000\n3000'
}

@test "stat --sort: by text" {
	"$HELPERS/make_object" /shmtool-b 1
	"$HELPERS/make_object" /shmtool-c 1
	"$HELPERS/make_object" /shmtool-a 1
	run_tool stat --sort name --raw --no-headings -o name
	assert_success
	assert_output $'/shmtool-a\n/shmtool-b\n/shmtool-c'
}

@test "stat --sort: by a column that is not shown" {
	"$HELPERS/make_object" /shmtool-a 3000
	"$HELPERS/make_object" /shmtool-b 1000
	"$HELPERS/make_object" /shmtool-c 2000
	run_tool stat --sort bytes --raw --no-headings -o name
	assert_success
	assert_output $'/shmtool-b\n/shmtool-c\n/shmtool-a'
}

@test "stat --sort: by time, not by the time's text" {
	touch -d '2001-09-09 01:46:39' /dev/shm/shmtool-early
	touch -d '2001-09-09 01:46:41' /dev/shm/shmtool-late
	run_tool stat --sort mtime --time-format unix --raw --no-headings -o name,mtime
	assert_success
	assert_output $'/shmtool-early 999999999\n/shmtool-late 1000000001'
}

@test "stat --sort --human: by size, not by the size's text" {
	new_segment 1048576
	new_segment 20480
	new_segment 3072
	run_tool stat --sort bytes --human --raw --no-headings -o bytes
	assert_success
	assert_output $'3K\n20K\n1M'
}

@test "stat --sort: tables too" {
	new_segment 3000
	new_segment 20000
	run_tool stat --sort -bytes --no-headings
	assert_success
	assert_equal "$(awk '/^0x/ { print $5 }' <<<"$output")" $'20000\n3000'
}

@test "stat -o: columns of a table, in the order asked for" {
	id=$(new_segment 4096)
	run_tool stat -o bytes,shmid
	assert_success
	assert_line --regexp '^ *bytes +shmid$'
	assert_line --regexp "^ *4096 +$id$"
}

@test "stat --output: is the long form of -o" {
	id=$(new_segment 4096)
	run_tool stat --output shmid --raw --no-headings
	assert_success
	assert_output "$id"
}

@test "stat -o id: another name of shmid" {
	id=$(new_segment 4096)
	run_tool stat -o id --raw --no-headings
	assert_success
	assert_output "$id"
}

@test "stat -o +COLUMN: adds to the default columns" {
	new_segment 4096
	run_tool stat -o +cpid
	assert_success
	assert_line --regexp '^key +shmid +owner +perms +bytes +nattch +status +cpid$'
}

@test "stat -o +COLUMN,COLUMN --json: adds to the default keys" {
	new_segment 4096
	run_tool stat --json -o +cpid,rss
	assert_success
	assert_equal "$(json '.[0] | keys_unsorted | join(" ")')" \
		'kind ref key shmid name owner perms bytes nattch status cpid rss'
}

@test "stat -o help: lists the columns on stdout" {
	run_tool stat -o help
	assert_success
	assert_stderr_empty
	for column in kind ref key shmid name owner uid group gid creator cuid cgname cgid perms mode \
		bytes pages used rss swap nattch status cpid lpid command atime dtime mtime ctime age \
		idle inode value; do
		assert_line --regexp "(^|[^a-z])$column([^a-z]|\$)"
	done
}

@test "stat -o help: every column it lists can be chosen" {
	new_segment 4096
	"$HELPERS/make_object" /shmtool-test 4096
	"$HELPERS/sem_make" /shmtool-test 1
	for column in kind ref key shmid name owner uid group gid creator cuid cgname cgid perms mode \
		bytes pages used rss swap nattch status cpid lpid command atime dtime mtime ctime age \
		idle inode value; do
		run_tool stat --kind all --json -o "$column"
		assert_success
		assert_equal "$column $(json 'length')" "$column 3"
		assert_equal "$(json ".[0] | keys[]")" "$column"
	done
}

@test "stat: times before 1970 and far ahead" {
	touch -d '1969-12-31 23:59:55' /dev/shm/shmtool-early
	touch -d '5138-11-16 09:46:39' /dev/shm/shmtool-late
	run_tool stat --raw --no-headings -o name,mtime --sort mtime
	assert_success
	assert_output "/shmtool-early 1969-12-31T23:59:55+0000
/shmtool-late 5138-11-16T09:46:39+0000"
	run_tool stat --json --time-format unix -o mtime --sort mtime
	assert_success
	assert_equal "$(json -c 'map(.mtime)')" '[-5,99999999999]'
}

@test "stat --time-format relative: seconds, hours and days" {
	touch -d '3 hours ago' /dev/shm/shmtool-hours
	touch -d '50 hours ago' /dev/shm/shmtool-days
	run_tool stat --time-format relative --no-headings -o mtime --sort mtime
	assert_success
	assert_regex "${lines[0]}" '^2d(2h)? ago$'
	assert_regex "${lines[1]}" '^3h(0m)? ago$'
}

@test "stat --sort: rows without a value come last, in either direction" {
	new_segment 4096
	"$HELPERS/make_object" /shmtool-b 1
	"$HELPERS/make_object" /shmtool-a 1
	run_tool stat --sort name --raw --no-headings -o name
	assert_output $'/shmtool-a\n/shmtool-b\n-'
	run_tool stat --sort -name --raw --no-headings -o name
	assert_output $'/shmtool-b\n/shmtool-a\n-'
}

@test "stat --sort owner: numbers without a name, too" {
	require_root
	# 317 apart: the cache of names has one place for all three.
	for owner in 400000 400317 400634; do
		"$SHMTOOL" set --owner "$owner" "$(new_segment 4096)"
	done
	run_tool stat --sort -owner --raw --no-headings -o owner
	assert_output $'400634\n400317\n400000'
	run_tool stat --sort owner --raw --no-headings -o owner
	assert_output $'400000\n400317\n400634'
}

@test "stat --sort: one column, not several" {
	run_tool stat --sort bytes,ref
	assert_usage_error stat '--sort: takes only one column'
}

@test "stat --export: UID and GID, which shells keep to themselves, get an underscore" {
	new_segment 4096
	run_tool stat --export -o uid,gid
	assert_success
	assert_output --regexp '^UID_="[0-9]+" GID_="[0-9]+"$'
}

@test "stat --no-headings -o: the rows of all kinds are one list" {
	new_segment 2000
	"$HELPERS/make_object" /shmtool-a 1000
	"$HELPERS/make_object" /shmtool-b 30000
	run_tool stat --no-headings -o bytes --sort bytes
	assert_output $' 1000\n 2000\n30000'
}

@test "stat --time-format relative: a time to come" {
	touch -d '+3 hours +30 seconds' /dev/shm/shmtool-test
	run_tool stat --time-format relative --no-headings -o mtime
	assert_output --regexp '^in (3h|2h59m)'
}
