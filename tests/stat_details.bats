#!/usr/bin/env bats
# stat REF...: every property of an object, one block an object.

load test_helper
load truth

# assert_detail PROPERTY VALUE: a "property  value" line of the last output.
assert_detail() {
	assert_equal "$1=$(detail "$1")" "$1=$2"
}

iso() {
	date -d "@$1" +%Y-%m-%dT%H:%M:%S%z
}

@test "stat ID: a title with the REF, and lines of property and value" {
	id=$(new_segment 4096)
	run_tool stat "$id"
	assert_success
	assert_stderr_empty
	assert_line --index 0 "------ Shared Memory Segment id:$id --------"
	for ((line = 1; line < ${#lines[@]}; line++)); do
		assert_regex "${lines[line]}" '^[a-z]+ +[^ ]'
	done
}

@test "stat ID: every property of a segment" {
	require_root
	id=$(as_user "$HELPERS/make_keyed" 0x2a 10000 640)
	"$HELPERS/segment_control" "$id" owner 0 1
	"$HELPERS/fill_segment" "$id" 4096
	hold "$id"
	run_tool stat "$id"
	assert_success
	assert_detail key 0x0000002a
	assert_detail shmid "$id"
	assert_detail owner root
	assert_detail uid 0
	assert_detail group daemon
	assert_detail gid 1
	assert_detail creator nobody
	assert_detail cuid 65534
	assert_detail cgname nogroup
	assert_detail cgid 65534
	assert_detail perms 640
	assert_detail bytes 10000
	assert_detail pages 3
	assert_detail rss "$(proc_shm "$id" rss)"
	assert_detail swap "$(proc_shm "$id" swap)"
	assert_detail nattch 1
	assert_detail cpid "$(proc_shm "$id" cpid)"
	assert_detail lpid "$holder"
	assert_detail atime "$(iso "$(proc_shm "$id" atime)")"
	assert_detail dtime "$(iso "$(proc_shm "$id" dtime)")"
	assert_detail ctime "$(iso "$(proc_shm "$id" ctime)")"
}

@test "stat ID: the same as ipcs -i" {
	id=$("$HELPERS/make_keyed" 0x2a 10000 640)
	hold "$id"
	run_tool stat "$id"
	assert_success
	ipcs -m -i "$id" >"$BATS_TEST_TMPDIR/ipcs"
	grep -qE "^uid=$(detail uid)[[:space:]]gid=$(detail gid)[[:space:]]" "$BATS_TEST_TMPDIR/ipcs"
	grep -qE "access_perms=0$(detail perms)$" "$BATS_TEST_TMPDIR/ipcs"
	grep -qE "^bytes=$(detail bytes)[[:space:]]lpid=$(detail lpid)[[:space:]]" "$BATS_TEST_TMPDIR/ipcs"
	grep -qE "[[:space:]]cpid=$(detail cpid)[[:space:]]nattch=$(detail nattch)$" "$BATS_TEST_TMPDIR/ipcs"
}

@test "stat ID: times that never happened are -" {
	id=$(new_segment 4096)
	run_tool stat "$id"
	assert_success
	assert_detail atime -
	assert_detail dtime -
}

@test "stat /NAME: every property of a POSIX object" {
	require_root
	"$HELPERS/make_object" /shmtool-test 10000 640
	chown nobody:daemon /dev/shm/shmtool-test
	printf 'some' | dd of=/dev/shm/shmtool-test conv=notrunc status=none
	run_tool stat /shmtool-test
	assert_success
	assert_line --index 0 --regexp '^------ .*/shmtool-test --------$'
	assert_detail name /shmtool-test
	assert_detail owner nobody
	assert_detail uid 65534
	assert_detail group daemon
	assert_detail gid 1
	assert_detail perms 640
	assert_detail bytes 10000
	assert_detail pages 3
	assert_detail used 4096
	assert_detail inode "$(object_stat shmtool-test %i)"
	assert_detail mtime "$(iso "$(object_stat shmtool-test %Y)")"
	assert_detail ctime "$(iso "$(object_stat shmtool-test %Z)")"
}

@test "stat psem:/NAME: every property of a named semaphore" {
	"$HELPERS/sem_make" /shmtool-test 5 640
	run_tool stat psem:/shmtool-test
	assert_success
	assert_line --index 0 --regexp '^------ .*psem:/shmtool-test --------$'
	assert_detail name /shmtool-test
	assert_detail owner "$me"
	assert_detail perms 640
	assert_detail value 5
}

@test "stat REF REF: a block each, in the order asked for" {
	one=$(new_segment 4096)
	two=$(new_segment 8192)
	"$HELPERS/make_object" /shmtool-test 100
	run_tool stat "$two" /shmtool-test "$one"
	assert_success
	assert_equal "$(detail bytes)" $'8192\n100\n4096'
	assert_equal "$(grep -c -e '^------ ' <<<"$output")" 3
}

@test "stat REF -o: only the properties asked for" {
	id=$(new_segment 4096)
	run_tool stat -o bytes,nattch "$id"
	assert_success
	assert_line --index 0 "------ Shared Memory Segment id:$id --------"
	assert_line --index 1 --regexp '^bytes +4096$'
	assert_line --index 2 --regexp '^nattch +0$'
	assert_equal "${#lines[@]}" 3
}

@test "stat REF --human: sizes with a suffix" {
	id=$(new_segment 1572864)
	run_tool stat --human "$id"
	assert_success
	assert_detail bytes 1.5M
}

@test "stat REF --time-format unix: seconds since 1970" {
	id=$(new_segment 4096)
	run_tool stat --time-format unix "$id"
	assert_success
	assert_detail ctime "$(proc_shm "$id" ctime)"
}

@test "stat REF --json: an array with every column" {
	id=$(new_segment 4096)
	run_tool stat --json "$id"
	assert_success
	assert_equal "$(json length)" 1
	for column in kind ref key shmid name owner uid group gid creator cuid cgname cgid perms mode \
		bytes pages used rss swap nattch status cpid lpid command atime dtime mtime ctime age \
		idle inode value; do
		assert_equal "$column $(json --arg column "$column" '.[0] | has($column)')" "$column true"
	done
	assert_equal "$(json '.[0].bytes')" 4096
}

@test "stat REF --raw: every column on one line" {
	id=$(new_segment 4096)
	run_tool stat --raw --no-headings "$id"
	assert_success
	assert_equal "${#lines[@]}" 1
	assert_equal "$(wc -w <<<"$output")" 65
	run_tool stat --raw "$id"
	assert_equal "$(wc -w <<<"${lines[0]}")" 65
}

@test "stat REF --export: every column" {
	id=$(new_segment 4096)
	run_tool stat --export "$id"
	assert_success
	assert_equal "$(grep -o '="' <<<"$output" | wc -l)" 65
}

@test "stat -o +COLUMN REF: details have all columns anyway, and none that makes no sense" {
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool stat /shmtool-test
	columns=$(awk '{ print $1 }' <<<"$output")
	run_tool stat -o +nattch,bytes /shmtool-test
	assert_success
	assert_equal "$(awk '{ print $1 }' <<<"$output")" "$columns"
}

@test "stat REF: the details agree with the list" {
	id=$("$HELPERS/make_keyed" 0x2a 10000 640)
	listed=$("$SHMTOOL" stat --json -o +uid,gid,cuid,rss,cpid,lpid,ctime | jq -c '.[0]')
	run_tool stat --json -o kind,ref,key,shmid,name,owner,perms,bytes,nattch,status,uid,gid,cuid,rss,cpid,lpid,ctime "$id"
	assert_success
	assert_equal "$(json '.[0].ref')" "id:$id"
	assert_equal "$(json -c '.[0]')" "$listed"
}

@test "stat REF: an object that is not there fails with its REF" {
	run_tool stat 12
	assert_fails stat
	assert_equal "$stderr" 'shmtool: stat: id:12: no such segment'
}

@test "stat REF: the others are still shown" {
	one=$(new_segment 4096)
	two=$(new_segment 8192)
	run_tool stat "$one" 99999 "$two"
	assert_failure 1
	assert_equal "$stderr" 'shmtool: stat: id:99999: no such segment'
	assert_equal "$(detail bytes)" $'4096\n8192'
}

@test "stat REF --json: missing objects are omitted from a valid array" {
	id=$(new_segment 4096)
	run_tool stat --json "$id" 99999 /shmtool-nothing
	assert_failure 1
	assert_equal "$(json '.[].ref')" "id:$id"
	assert_equal "${#stderr_lines[@]}" 2
}

@test "stat REF: a segment that goes between the listing and the look" {
	require_strace
	id=$(new_segment 4096)
	run_apart strace -f -o /dev/null -e inject=shmctl:error=EIDRM "$SHMTOOL" stat "$id"
	assert_failure 1
	assert_output ''
	assert_regex "$stderr" "^shmtool: stat: id:$id: "
	refute_stderr_like 'identifier removed'
}

@test "stat: a segment that goes while it lists does not end the list" {
	require_strace
	"$HELPERS/make_segments" 5 4096 >"$BATS_TEST_TMPDIR/ids"
	"$HELPERS/make_object" /shmtool-test 4096
	# The first call asks for their number, the others look at one index each, from 0; the
	# low 15 bits of an id are its index.
	index=$(($(sed -n 3p "$BATS_TEST_TMPDIR/ids") & 32767))
	run_apart strace -f -o /dev/null -e "inject=shmctl:error=EIDRM:when=$((index + 2))" \
		"$SHMTOOL" stat --raw --no-headings -o ref
	[ "$status" -le 1 ]
	assert_equal "${#lines[@]}" 5
	assert_line /shmtool-test
}

@test "stat: a segment marked for destruction is found by its id, not by its key" {
	id=$("$HELPERS/make_keyed" 0x2a 4096 600)
	hold "$id"
	"$HELPERS/segment_control" "$id" rmid
	run_tool stat "$id"
	assert_success
	assert_detail status dest
	assert_detail key 0x00000000
	run_tool stat 0x2a
	assert_fails stat '^shmtool: stat: key:0x0000002a: no such segment$'
}

@test "stat REF: files in /dev/shm that are not objects" {
	mkdir /dev/shm/shmtool-directory
	mkfifo /dev/shm/shmtool-fifo
	ln -s /etc/passwd /dev/shm/shmtool-link
	for name in directory fifo link; do
		run_apart timeout 20 "$SHMTOOL" stat "/shmtool-$name"
		assert_fails stat "^shmtool: stat: /shmtool-$name: "
	done
}

@test "stat REF REF: an empty line between two blocks" {
	id=$(new_segment 4096)
	other=$(new_segment 4096)
	run --keep-empty-lines "$SHMTOOL" stat -o bytes "$id" "$other"
	assert_output "------ Shared Memory Segment id:$id --------
bytes  4096

------ Shared Memory Segment id:$other --------
bytes  4096
"
}

@test "stat REF --raw: the heading comes though nothing is found" {
	run_tool stat --raw -o ref,bytes 99999
	assert_failure 1
	assert_output 'ref bytes'
}

@test "stat REF: a semaphore that is not there is called one" {
	run_tool stat psem:/shmtool-none /shmtool-none
	assert_failure 1
	assert_equal "$stderr" 'shmtool: stat: psem:/shmtool-none: no such semaphore
shmtool: stat: /shmtool-none: no such object'
}
