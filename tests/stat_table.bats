#!/usr/bin/env bats
# stat without a REF: the tables.

load test_helper
load truth

# rows_of_ipcs: the rows of ipcs -m, one blank between the columns, and - where it shows no status.
rows_of_ipcs() {
	ipcs -m | awk 'NR > 3 && NF > 0 {
		status = NF == 6 ? "-" : NF == 7 ? $7 : $7 "," $8
		print $1, $2, $3, $4, $5, $6, status
	}' | sort
}

# rows_of_output: the rows of the last output in the same form.
rows_of_output() {
	awk '/^0x/ { $1 = $1; print }' <<<"$output" | sort
}

title_sysv='------ Shared Memory Segments --------'
title_posix='------ POSIX Shared Memory Objects --------'
title_psem='------ POSIX Named Semaphores --------'

@test "stat: a System V section with the columns of ipcs" {
	id=$(new_segment 4096)
	run_tool stat
	assert_success
	assert_stderr_empty
	assert_line --index 0 "$title_sysv"
	assert_line --index 1 --regexp '^key +shmid +owner +perms +bytes +nattch +status$'
	assert_line --index 2 --regexp "^0x00000000 +$id +$me +600 +4096 +0 +-$"
	assert_equal "${#lines[@]}" 3
}

@test "stat: the rows are those of ipcs -m" {
	"$HELPERS/make_keyed" 0x2a 4096 640
	"$HELPERS/make_keyed" 0xdeadbeef 1 777
	"$HELPERS/make_keyed" 0 123456789 0
	"$HELPERS/make_segments" 20 5000 666
	hold "$(new_segment 4096)"
	hold "$(new_segment 4096)" ro 3
	"$HELPERS/segment_control" "$(new_segment 4096)" lock
	id=$(new_segment 4096)
	hold "$id"
	"$HELPERS/segment_control" "$id" rmid
	id=$(new_segment 4096)
	hold "$id"
	"$HELPERS/segment_control" "$id" lock
	"$HELPERS/segment_control" "$id" rmid
	run_tool stat --kind shm
	assert_success
	assert_equal "$(rows_of_output)" "$(rows_of_ipcs)"
}

@test "stat: the rows are those of ipcs -m for segments of several owners" {
	require_root
	new_segment 4096
	as_user "$HELPERS/make_segments" 2 8192 660
	"$HELPERS/segment_control" "$(new_segment 100)" owner 1 1
	"$HELPERS/segment_control" "$(new_segment 100)" owner 54321 54321
	run_tool stat --kind shm
	assert_success
	assert_equal "$(rows_of_output)" "$(rows_of_ipcs)"
}

@test "stat: shows every segment, also with removed ones in between" {
	"$HELPERS/make_segments" 300 4096 >"$BATS_TEST_TMPDIR/ids"
	awk 'NR % 3 == 0' "$BATS_TEST_TMPDIR/ids" | while read -r id; do
		"$HELPERS/segment_control" "$id" rmid
	done
	run_tool stat --kind shm
	assert_success
	assert_equal "$(rows_of_output | wc -l)" 200
	assert_equal "$(rows_of_output)" "$(rows_of_ipcs)"
}

@test "stat: shows ids that have been used before" {
	for _ in 1 2 3 4; do
		"$HELPERS/segment_control" "$(new_segment 4096)" rmid
	done
	id=$(new_segment 4096)
	run_tool stat --kind shm
	assert_success
	assert_equal "$(rows_of_output)" "0x00000000 $id $me 600 4096 0 -"
}

@test "stat: a segment marked for destruction has the status dest" {
	id=$(new_segment 4096)
	hold "$id"
	"$HELPERS/segment_control" "$id" rmid
	run_tool stat
	assert_success
	assert_line --regexp "^0x00000000 +$id +$me +600 +4096 +1 +dest$"
}

@test "stat: a locked segment has the status locked" {
	id=$(new_segment 4096)
	"$HELPERS/segment_control" "$id" lock
	run_tool stat
	assert_success
	assert_line --regexp "^0x00000000 +$id +$me +600 +4096 +0 +locked$"
}

@test "stat: a segment that is both has the status dest,locked" {
	id=$(new_segment 4096)
	hold "$id"
	"$HELPERS/segment_control" "$id" lock
	"$HELPERS/segment_control" "$id" rmid
	run_tool stat
	assert_success
	assert_line --regexp " +1 +dest,locked$"
}

@test "stat: nattch counts every attachment" {
	id=$(new_segment 4096)
	hold "$id" rw 3
	hold "$id" ro 2
	run_tool stat
	assert_success
	assert_line --regexp "^0x00000000 +$id +$me +600 +4096 +5 +-$"
}

@test "stat: a POSIX section with name, owner, perms, bytes, used and mtime" {
	"$HELPERS/make_object" /shmtool-test 10000 640
	printf 'some' | dd of=/dev/shm/shmtool-test conv=notrunc status=none
	run_tool stat
	assert_success
	assert_line --index 0 "$title_posix"
	assert_line --index 1 --regexp '^name +owner +perms +bytes +used +mtime$'
	mtime=$(date -d "@$(object_stat shmtool-test %Y)" +%Y-%m-%dT%H:%M:%S%z)
	assert_line --index 2 --regexp "^/shmtool-test +$me +640 +10000 +4096 +${mtime/+/\\+}$"
	assert_equal "${#lines[@]}" 3
}

@test "stat: POSIX objects are all shown" {
	for number in {1..120}; do
		: >"/dev/shm/shmtool-$number"
	done
	run_tool stat --kind pshm --no-headings
	assert_success
	assert_equal "$(awk '{ print substr($1, 2) }' <<<"$output" | LC_ALL=C sort)" "$(object_names)"
}

@test "stat: both sections when there is something in both" {
	new_segment 4096
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool stat
	assert_success
	assert_line "$title_sysv"
	assert_line "$title_posix"
	refute_line "$title_psem"
}

@test "stat: a section without rows is left out when another has rows" {
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool stat
	assert_success
	refute_line "$title_sysv"
	assert_stderr_empty
}

@test "stat: sections are separated by an empty line" {
	new_segment 4096
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool stat
	assert_success
	assert_line "$title_posix"
	number=$(grep -n -F -e "$title_posix" <<<"$output" | cut -d: -f1)
	assert_equal "$(sed -n "$((number - 1))p" <<<"$output")" ''
}

@test "stat: named semaphores are not memory and not shown without --kind" {
	new_segment 4096
	"$HELPERS/sem_make" /shmtool-test 3
	run_tool stat
	assert_success
	assert_line "$title_sysv"
	refute_output --partial 'shmtool-test'
	refute_output --partial 'sem.'
}

@test "stat --kind psem: named semaphores with name, owner, perms, value and mtime" {
	"$HELPERS/sem_make" /shmtool-test 3 640
	run_tool stat --kind psem
	assert_success
	assert_line --index 0 "$title_psem"
	assert_line --index 1 --regexp '^name +owner +perms +value +mtime$'
	assert_line --index 2 --regexp "^/shmtool-test +$me +640 +3 +20"
}

@test "stat --kind all: three sections" {
	new_segment 4096
	"$HELPERS/make_object" /shmtool-test1 4096
	"$HELPERS/sem_make" /shmtool-test2 0
	run_tool stat --kind all
	assert_success
	assert_line "$title_sysv"
	assert_line "$title_posix"
	assert_line "$title_psem"
}

@test "stat: no object at all is a note and an empty System V table" {
	run_tool stat
	assert_success
	assert_line --index 0 "$title_sysv"
	assert_line --index 1 --regexp '^key +shmid +owner +perms +bytes +nattch +status$'
	assert_equal "${#lines[@]}" 2
	assert_equal "$stderr" 'shmtool: stat: no shared memory objects'
}

@test "stat --quiet: no note if there are no objects" {
	run_tool stat --quiet
	assert_success
	assert_line --index 0 "$title_sysv"
	assert_stderr_empty
}

@test "shmtool without a command is stat" {
	new_segment 4096
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool
	assert_success
	assert_line "$title_sysv"
	assert_line --regexp '^/shmtool-test '
}

@test "shmtool with an option as its first word is stat" {
	new_segment 4096
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool --kind pshm --no-headings
	assert_success
	assert_equal "${#lines[@]}" 1
	assert_output --regexp '^/shmtool-test '
}

@test "ls is stat" {
	new_segment 4096
	"$HELPERS/make_object" /shmtool-test 4096
	listed=$("$SHMTOOL" ls)
	run_tool stat
	assert_success
	assert_line --partial /shmtool-test
	assert_output "$listed"
}

@test "stat: no line ends in a blank" {
	id=$(new_segment 4096)
	"$HELPERS/segment_control" "$(new_segment 4096)" lock
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool stat
	assert_success
	assert_line --partial /shmtool-test
	refute_output --regexp $'[ \t](\n|$)'
	run_tool stat "$id"
	assert_success
	refute_output --regexp $'[ \t](\n|$)'
}

@test "stat: columns are as wide as their content" {
	require_64_bit
	"$HELPERS/make_keyed" 0 109951162777 600 noreserve
	"$HELPERS/make_keyed" 0x2a 1 600
	run_tool stat --kind shm
	assert_success
	assert_line --regexp '^0x00000000 .* 109951162777 '
	assert_equal "$(rows_of_output)" "$(rows_of_ipcs)"
}

@test "stat: columns are aligned for names in UTF-8" {
	"$HELPERS/make_object" /shmtool-plain 4096
	"$HELPERS/make_object" /shmtool-äöü 4096
	run_tool stat --kind pshm -o name,owner --no-headings
	assert_success
	assert_equal "${#lines[@]}" 2
	# All of these letters take one cell; count characters, not bytes.
	starts=$(while IFS= read -r line; do
		before=${line%"$me"*}
		echo "${#before}"
	done <<<"$output" | sort -u | wc -l)
	assert_equal "$starts" 1
}

@test "stat: columns are aligned for names with wide characters" {
	"$HELPERS/make_object" /abcdef 4096
	"$HELPERS/make_object" /日本 4096
	run_tool stat --kind pshm -o name,owner --no-headings
	assert_success
	# Each of the two takes two cells: in characters its line is two shorter.
	plain=$(grep abcdef <<<"$output")
	wide=$(grep 日本 <<<"$output")
	plain=${plain%"$me"*}
	wide=${wide%"$me"*}
	assert_equal "${#wide}" $((${#plain} - 2))
}

@test "stat --no-headings: rows alone" {
	id=$(new_segment 4096)
	run_tool stat --no-headings
	assert_success
	refute_output --partial 'shmid'
	assert_line --regexp "^0x00000000 +$id "
}

@test "stat: looking changes nothing" {
	require_root
	id=$("$HELPERS/make_keyed" 0x2a 1048576 640)
	"$HELPERS/fill_segment" "$id" 4096
	truncate -s 1M /dev/shm/shmtool-test
	"$HELPERS/sem_make" /shmtool-test 3
	touch -a -d '2001-01-01' /dev/shm/shmtool-test /dev/shm/sem.shmtool-test
	rss=$(proc_shm "$id" rss)
	run_tool stat --kind all
	assert_success
	assert_unchanged
	run_tool stat --kind all --json -o kind,ref,used,rss,swap,inode,command,value
	assert_success
	assert_unchanged
	run_tool stat "$id" 0x2a /shmtool-test psem:/shmtool-test
	assert_success
	assert_output --partial /shmtool-test
	assert_unchanged
	assert_equal "$(proc_shm "$id" rss)" "$rss"
	assert_equal "$(object_stat shmtool-test '%b %X')" "0 $(date -d 2001-01-01 +%s)"
	assert_equal "$(object_stat sem.shmtool-test %X)" "$(date -d 2001-01-01 +%s)"
}

@test "stat: other things in /dev/shm neither hang nor break the list" {
	mkdir /dev/shm/shmtool-directory
	mkfifo /dev/shm/shmtool-fifo
	ln -s /etc/passwd /dev/shm/shmtool-link
	ln -s shmtool-nothing /dev/shm/shmtool-dangling
	"$HELPERS/make_object" /shmtool-test 4096
	run_apart timeout 20 "$SHMTOOL" stat
	assert_success
	assert_stderr_empty
	assert_line --regexp "^/shmtool-test +$me +600 +4096 "
	# The target of a link is not listed.
	refute_line --regexp "^/shmtool-link .* $(stat -L -c %s /etc/passwd) "
}

@test "stat: without a /dev/shm the segments are listed all the same" {
	require_root
	id=$(new_segment 4096)
	run_apart unshare -m bash -c 'mount -t tmpfs tmpfs /dev && "$SHMTOOL" stat --no-headings'
	assert_line --regexp "^0x00000000 +$id "
}

@test "stat: objects that come and go meanwhile break no list" {
	"$HELPERS/make_segments" 30 4096 >"$BATS_TEST_TMPDIR/ids"
	for number in {1..30}; do
		"$HELPERS/make_object" "/shmtool-stays-$number" 4096
	done
	background "$HELPERS/churn" shmtool-goes
	wait_until 10 test -s "$BATS_TEST_TMPDIR/background.out"
	for _ in {1..30}; do
		run_tool stat --json -o ref,bytes,rss,mtime
		[ "$status" -le 1 ]
		assert_equal "$(json 'map(select(.ref | test("stays"))) | length')" 30
		json '.[].ref' | grep '^id:' | cut -c 4- >"$BATS_TEST_TMPDIR/shown"
		assert_equal "$(grep -vxF -f "$BATS_TEST_TMPDIR/shown" "$BATS_TEST_TMPDIR/ids")" ''
		assert_equal "$(grep -vE '^shmtool: stat: (id:[0-9]+|/shmtool-goes-[0-9]+): ' <<<"$stderr")" ''
	done
	kill "$BACKGROUND_PID"
	wait "$BACKGROUND_PID"
}

@test "stat -v: says how many objects there are, and how much" {
	new_segment 4096 >/dev/null
	"$HELPERS/make_object" /shmtool-total 1000 600
	run_tool stat -v
	assert_success
	assert_stderr_like '^shmtool: stat: 2 objects, 5096 bytes$'
	run_tool stat -v -q
	assert_stderr_empty
}

@test "stat: root changes no access time, not even of the directory" {
	require_root
	"$HELPERS/make_object" /shmtool-seen 4096 600
	touch -a -d '2001-01-01' /dev/shm /dev/shm/shmtool-seen
	before=$(stat -c '%n %X' /dev/shm /dev/shm/shmtool-seen)
	# Not run_tool, which looks into the directory itself.
	"$SHMTOOL" stat --kind all
	"$SHMTOOL" stat /shmtool-seen
	"$SHMTOOL" __complete rm ''
	assert_equal "$(stat -c '%n %X' /dev/shm /dev/shm/shmtool-seen)" "$before"
}

@test "stat --kind psem: no semaphore at all is an empty table of semaphores" {
	run_tool stat --kind psem
	assert_success
	assert_line --index 0 "$title_psem"
	assert_line --index 1 --regexp '^name +owner +perms +value +mtime$'
	assert_equal "${#lines[@]}" 2
}

@test "stat -v: more bytes than 64 bits count" {
	for number in 1 2 3; do
		"$HELPERS/make_object" "/shmtool-$number" 9223372036854771712
	done
	run_tool stat -v
	assert_success
	assert_stderr_like '3 objects, 18446744073709551615 bytes'
}

@test "stat: objects and semaphores come in the order of their names" {
	# Made in arbitrary order.
	for name in m c x a t k b z sem.q sem.d sem.y sem.a; do
		: >"/dev/shm/$name"
	done
	run_tool stat --kind pshm,psem --raw --no-headings -o ref
	assert_output "$(printf '%s\n' /a /b /c /k /m /t /x /z psem:/a psem:/d psem:/q psem:/y)"
}
