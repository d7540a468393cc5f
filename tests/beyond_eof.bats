#!/usr/bin/env bats
# Two processes over one file of records: what lies between the end of a file and the end of its last
# page is shared by all mappings, never written to the file, and lost after the write-back.
#
# That is the page cache of a file system on a disk; tmpfs never writes back.

load test_helper
load truth

setup() {
	common_setup
	case $(stat -f -c %T .) in
	ext2/ext3 | xfs | btrfs) ;;
	*) skip "needs a directory on ext4, xfs or btrfs; $PWD is on $(stat -f -c %T .): set TMPDIR" ;;
	esac
	page=$(getconf PAGESIZE)
	record='char name[4]; int age;'
	perl -e 'print pack "(Z4 i)*", map { chr(97 + $_), 20 + $_ } 0 .. 9' >ten
	head -c 40 ten >five
	printf '%s\n' 'a 20' 'b 21' 'c 22' 'd 23' 'e 24' 'f 25' 'g 26' 'h 27' 'i 28' 'j 29' >rows
}

# map_ten ARGUMENT...: maps ten records of people.dat, writes a to j, and holds; sets mapper.
map_ten() {
	background bash -c 'exec "$SHMTOOL" map-file people.dat --length 80 --write - "$@" <ten' bash "$@"
	mapper=$BACKGROUND_PID
	wait_until 20 grep -q beyond_end background.out || fail "$(cat background.err)"
	# The report may come before the writing is done.
	wait_until 20 bash -c '"$HELPERS/mapping" read people.dat 0 80 | cmp - ten'
}

# end_mapper: ends it, and fails if it does not end well.
end_mapper() {
	kill -INT "$mapper"
	status=0
	wait "$mapper" || status=$?
	assert_equal "$status: $(cat background.err)" '0: '
}

# read_records ARGUMENT...: the records of people.dat as shmtool has them, a line each.
read_records() {
	run_tool read ./people.dat --record "$record" --raw --no-headings "$@"
}

@test "scenario 1: ten records over a file of five, seen by another, gone after the write-back" {
	run_tool map-file --json --create --size 40 people.dat
	assert_success
	assert_equal "$(json -c '.[0] | [.bytes, .beyond_end, .sigbus]')" "[40,$((page - 40)),null]"

	map_ten --sync --hold 60s
	run_tool read ./people.dat --beyond-eof --record "$record" --count 10 --raw --no-headings
	assert_success
	assert_output "$(cat rows)"

	end_mapper
	assert_equal "$(stat -c %s people.dat)" 40
	cmp people.dat five
	run_tool read ./people.dat --beyond-eof --length 80
	assert_success
	"$SHMTOOL" read ./people.dat --beyond-eof --length 80 >after
	head -c 40 /dev/zero | cat five - >expected
	cmp after expected
	"$HELPERS/mapping" read people.dat 0 80 | cmp - expected
}

@test "scenario 1: the same as an ordinary user" {
	run_apart as_user bash -c '
		"$SHMTOOL" map-file --create --size 40 mine.dat >/dev/null || exit
		"$SHMTOOL" map-file mine.dat --length 80 --write - --sync -- \
			"$SHMTOOL" read ./mine.dat --beyond-eof --record "$1" --count 10 --raw --no-headings \
			<ten >out || exit
		tail -n 10 out
		"$SHMTOOL" read ./mine.dat --beyond-eof --offset 40 --length 40 | tr -d "\0" | wc -c
		stat -c %s mine.dat' bash "$record"
	assert_success
	assert_output "$(cat rows; echo 0; echo 40)"
}

@test "scenario 1: records written by write --record from CSV" {
	printf '%s\n' name,age >csv
	tr ' ' , <rows >>csv
	run_apart bash -c '"$SHMTOOL" write --create --size 80 /shmtool-scratch --record "$1" --csv <csv' bash "$record"
	assert_success
	"$SHMTOOL" read /shmtool-scratch >records
	cmp records ten
	truncate -s 40 people.dat
	run_apart bash -c '"$SHMTOOL" read /shmtool-scratch |
		"$SHMTOOL" map-file people.dat --length 80 --write - -- "$HELPERS/mapping" read people.dat 0 80 >out'
	assert_success
	tail -c 80 out | cmp - ten
	cmp people.dat five
}

@test "read --beyond-eof: bytes of another process in the rest of the last page" {
	cp five people.dat
	printf 'kept here' | "$HELPERS/mapping" write people.dat 50
	run_tool read ./people.dat --beyond-eof --offset 50 --length 9
	assert_success
	assert_output 'kept here'
}

@test "read --beyond-eof: to the end of the last page, and no further" {
	head -c $((page + 100)) /dev/urandom >people.dat
	"$SHMTOOL" read ./people.dat --beyond-eof >all
	assert_equal "$(stat -c %s all)" $((2 * page))
	head -c $((page + 100)) all | cmp - people.dat
	assert_equal "$(tail -c $((page - 100)) all | tr -d '\0' | wc -c)" 0
}

@test "read --beyond-eof: a file of whole pages has nothing there" {
	head -c $((2 * page)) /dev/urandom >people.dat
	"$SHMTOOL" read ./people.dat --beyond-eof | cmp - people.dat
}

@test "read --beyond-eof: an empty file has not a byte, and no SIGBUS" {
	: >people.dat
	run_tool read ./people.dat --beyond-eof
	[ "$status" -le 1 ]
	assert_output ''
}

@test "read: without --beyond-eof the file ends where it ends" {
	cp five people.dat
	map_ten --hold 60s
	"$SHMTOOL" read ./people.dat | cmp - five
	read_records --count 10
	assert_failure
	run_tool read ./people.dat --record "$record" --raw --no-headings
	assert_success
	assert_output "$(head -n 5 rows)"
}

@test "read --beyond-eof: does not change the file" {
	cp five people.dat
	touch -d '2020-01-01 00:00:00' people.dat
	sync people.dat
	run_tool read ./people.dat --beyond-eof --length 80 --format hex
	assert_success
	assert_equal "$(stat -c '%s %Y' people.dat)" '40 1577836800'
	assert_equal "$("$HELPERS/page_states" people.dat)" resident
	cmp people.dat five
}

@test "read --beyond-eof: works on POSIX objects and segments, too" {
	"$HELPERS/make_object" /shmtool-test 100
	"$SHMTOOL" read /shmtool-test --beyond-eof >all
	assert_equal "$(stat -c %s all)" "$page"
	assert_equal "$(object_stat shmtool-test %s)" 100
	id=$(new_segment 100)
	printf beyond | "$HELPERS/mapping" write "id:$id" 200
	run_tool read "$id" --beyond-eof --offset 200 --length 6
	assert_success
	assert_output beyond
}

@test "map-file --sync: the bytes beyond the end are wiped by the write-back" {
	cp five people.dat
	map_ten --sync --hold 60s
	end_mapper
	assert_equal "$("$HELPERS/mapping" read people.dat 40 $((page - 40)) | tr -d '\0' | wc -c)" 0
}

@test "map-file: fsync by another process wipes the bytes beyond the end as well" {
	cp five people.dat
	map_ten --hold 60s
	sync people.dat
	assert_equal "$("$HELPERS/mapping" read people.dat 40 40 | tr -d '\0' | wc -c)" 0
	"$HELPERS/mapping" read people.dat 0 40 | cmp - five
	end_mapper
}

@test "map-file --private: no other process sees stores beyond the end" {
	cp five people.dat
	background bash -c 'exec "$SHMTOOL" map-file people.dat --private --length 80 --write - --hold 60s <ten'
	wait_until 20 grep -q beyond_end background.out
	run_tool read ./people.dat --beyond-eof --offset 40 --length 40 --format string
	assert_success
	assert_output ''
	"$HELPERS/mapping" read people.dat 0 40 | cmp - five
}

@test "map-file: the manual and the output about bytes beyond the end are true on ext4" {
	run_apart cat "$SRCDIR/man/shmtool-map-file.1"
	assert_output --regexp '[Ww]ritten back|[Ww]rite-back'
	assert_output --partial 'page cache'
}
