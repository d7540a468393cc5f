#!/usr/bin/env bats
# probe-pages: the result of accessing a page, and its state.
# Takes 25 seconds.

load test_helper
load truth
load pages

setup() {
	setup_pages
}

teardown() {
	teardown_pages
}

# probe ARGUMENT...: probe-pages --json, which must succeed.
probe() {
	run_tool probe-pages --json "$@"
	assert_success
	assert_stderr_empty
}

# rows COLUMN...: these columns of the last --json output, a line a row, separated by |.
rows() {
	local columns
	printf -v columns '.%s,' "$@"
	json ".[] | [${columns%,}] | map(. // \"-\" | tostring) | join(\"|\")"
}

# states: the last --json output as tests/helpers/page_states has it: what is no word of that
# program's is left out.
states() {
	json '.[] | .state // "" | split(",") | map(select(IN("resident", "dirty", "hole"))) | sort | join(",") |
		if . == "" then "-" else . end'
}

#
# Scenario 2: the edges
#

@test "scenario 2: a file of two pages less 99 bytes, three pages mapped" {
	make_file edges.dat $((2 * page - 99))
	probe ./edges.dat --pages 3 --each
	assert_equal "$(rows page pages offset result)" "1|1|0|ok
2|1|$page|ok
3|1|$((2 * page))|SIGBUS"
	assert_equal "$(json '.[2].state')" 'beyond end'
	refute_regex "$(json '.[1].state')" 'beyond end'
}

@test "scenario 2: the same with an offset of one page" {
	make_file edges.dat $((2 * page - 99))
	probe ./edges.dat --offset "$page" --pages 3 --each
	assert_equal "$(rows page offset result)" "1|$page|ok
2|$((2 * page))|SIGBUS
3|$((3 * page))|SIGBUS"
}

@test "scenario 2: by run of equal pages" {
	make_file edges.dat $((2 * page - 99))
	probe ./edges.dat --pages 3
	assert_equal "$(rows page pages offset result)" "1|2|0|ok
3|1|$((2 * page))|SIGBUS"
	probe ./edges.dat --offset "$page" --pages 3
	assert_equal "$(rows page pages offset result)" "1|1|$page|ok
2|2|$((2 * page))|SIGBUS"
}

@test "scenario 2: with --write the results are the same, and no byte changes" {
	make_file edges.dat $((2 * page - 99))
	cp edges.dat before
	probe ./edges.dat --pages 3 --each --write
	assert_equal "$(rows result)" $'ok\nok\nSIGBUS'
	cmp edges.dat before
	assert_equal "$(stat -c %s edges.dat)" $((2 * page - 99))
}

@test "scenario 2: as an ordinary user, with a file that he may only read" {
	make_file edges.dat $((2 * page - 99))
	chmod 444 edges.dat
	run_tool_as_user probe-pages ./edges.dat --pages 3 --each --json
	assert_success
	assert_equal "$(rows result)" $'ok\nok\nSIGBUS'
}

@test "probe-pages: a file of one byte, and of one byte more than a page" {
	make_file one.dat 1
	probe ./one.dat --pages 2
	assert_equal "$(rows page pages result)" $'1|1|ok\n2|1|SIGBUS'
	make_file more.dat $((page + 1))
	probe ./more.dat --pages 3
	assert_equal "$(rows page pages result)" $'1|2|ok\n3|1|SIGBUS'
}

#
# All kinds of object
#

@test "probe-pages: a segment whose pages are all there" {
	id=$(new_segment $((8 * page)))
	"$HELPERS/fill_segment" "$id" $((8 * page))
	probe "$id"
	assert_equal "$(rows page pages offset result)" '1|8|0|ok'
	assert_regex "$(json '.[0].state')" resident
}

@test "probe-pages: a segment by key and by ftok" {
	id=$("$HELPERS/make_keyed" 0x46010004 $((2 * page)) 600)
	"$HELPERS/fill_segment" "$id" $((2 * page))
	probe 0x46010004
	assert_equal "$(rows pages result)" '2|ok'
	: >path
	id=$("$HELPERS/make_keyed" "$("$HELPERS/ftok_key" path 1)" "$page" 600)
	"$HELPERS/fill_segment" "$id" "$page"
	probe ftok:path
	assert_equal "$(rows pages result)" '1|ok'
}

@test "probe-pages: a POSIX object" {
	make_file /dev/shm/shmtool-test $((5 * page - 1))
	probe /shmtool-test
	assert_equal "$(rows pages result)" '5|ok'
	probe /shmtool-test --pages 7
	assert_equal "$(rows page pages result state | cut -d '|' -f 1-3)" $'1|5|ok\n6|2|SIGBUS'
}

@test "probe-pages: a memfd of another process" {
	make_file content "$page"
	"$HELPERS/hold_memfd" $((3 * page)) <content >held 3>&- &
	wait_until 20 test -s held
	probe "$(cat held)" --each
	assert_equal "$(rows result state | sed 's/,huge//')" $'ok|resident\n-|hole\n-|hole'
}

@test "probe-pages: a sealed memfd can be read, and is not written" {
	make_file content "$page"
	"$HELPERS/hold_memfd" "$page" write <content >held 3>&- &
	wait_until 20 test -s held
	probe "$(cat held)"
	assert_equal "$(rows result)" ok
	run_tool probe-pages "$(cat held)" --write
	assert_fails probe-pages "$(cat held)" 'seal'
}

@test "probe-pages: a file, by path and as file:PATH" {
	make_file people.dat $((3 * page))
	for ref in ./people.dat file:people.dat "$PWD/people.dat"; do
		probe "$ref"
		assert_equal "$(rows pages result)" '3|ok'
	done
}

@test "probe-pages: a segment's last page may be incomplete" {
	id=$(new_segment $((page + 1)))
	"$HELPERS/fill_segment" "$id" $((page + 1))
	probe "$id"
	assert_equal "$(rows pages result)" '2|ok'
}

@test "probe-pages: beyond the end of a segment nothing is accessible" {
	id=$(new_segment $((2 * page)))
	"$HELPERS/fill_segment" "$id" $((2 * page))
	probe "$id" --pages 4
	assert_regex "$(rows page pages result state)" \
		$'^1\|2\|ok\|[a-z,]*resident[a-z,]*\n3\|2\|SIG(SEGV|BUS)\|beyond end$'
}

#
# Holes
#

@test "probe-pages: a segment does not grow by being probed, and its holes are counted" {
	id=$(new_segment $((16 * page)))
	"$HELPERS/fill_segment" "$id" "$page"
	assert_equal "$(proc_shm "$id" rss)" "$page"
	probe "$id"
	assert_equal "$(rows page pages result)" $'1|1|ok\n2|15|-'
	assert_equal "$(json -c '[.[1].result, .[1].state]')" '[null,"hole"]'
	assert_equal "$(proc_shm "$id" rss)" "$page"
	run_tool probe-pages "$id"
	assert_regex "${lines[-1]}" '15 (holes )?not accessed; .*15 hole'
	assert_equal "$(proc_shm "$id" rss)" "$page"
}

@test "probe-pages: a segment of another user does not grow either" {
	require_root
	id=$(new_segment $((16 * page)) 644)
	"$HELPERS/fill_segment" "$id" "$page"
	run_tool_as_user probe-pages "$id" --json
	[ "$status" -le 1 ]
	assert_equal "$(proc_shm "$id" rss)" "$page"
}

@test "probe-pages: a sparse POSIX object does not grow by being probed" {
	truncate -s $((64 * page)) /dev/shm/shmtool-test
	printf x | dd of=/dev/shm/shmtool-test bs=1 seek=$((10 * page)) conv=notrunc status=none
	before=$(object_stat shmtool-test '%b %s')
	probe /shmtool-test
	assert_equal "$(rows page pages result | sed 's/$/./')" $'1|10|-.\n11|1|ok.\n12|53|-.'
	probe /shmtool-test --each
	probe /shmtool-test --state
	run_tool probe-pages /shmtool-test --map
	assert_success
	assert_equal "$(object_stat shmtool-test '%b %s')" "$before"
}

@test "probe-pages: a sparse memfd does not grow by being probed" {
	"$HELPERS/hold_memfd" $((64 * page)) </dev/null >held 3>&- &
	wait_until 20 test -s held
	IFS=: read -r _ pid _ fd <held
	before=$(stat -L -c %b "/proc/$pid/fd/$fd")
	probe "$(cat held)"
	assert_equal "$(rows page pages result state)" '1|64|-|hole'
	assert_equal "$(stat -L -c %b "/proc/$pid/fd/$fd")" "$before"
}

@test "probe-pages: an object larger than the memory, all hole, is one row" {
	require_64_bit
	truncate -s 64G /dev/shm/shmtool-huge
	run_apart timeout 120 "$SHMTOOL" probe-pages --json /shmtool-huge
	assert_success
	assert_equal "$(rows page pages result state)" "1|$((68719476736 / page))|-|hole"
	assert_equal "$(object_stat shmtool-huge %b)" 0
}

@test "probe-pages: a hole in a file on disk is read" {
	require_disk
	truncate -s $((4 * page)) people.dat
	blocks=$(stat -c %b people.dat)
	probe ./people.dat
	assert_regex "$(rows pages result state)" '^4\|ok\|.*hole'
	assert_equal "$(stat -c %b people.dat)" "$blocks"
}

@test "probe-pages --write: touches the holes, too, and gives them memory" {
	id=$(new_segment $((16 * page)))
	head -c "$page" /dev/urandom >content
	"$HELPERS/mapping" write "id:$id" 0 <content
	assert_equal "$(proc_shm "$id" rss)" "$page"
	probe "$id" --write
	assert_equal "$(json 'map(.pages) | add')" 16
	assert_equal "$(json 'map(.result) | unique[]')" ok
	assert_equal "$(proc_shm "$id" rss)" $((16 * page))
	head -c $((15 * page)) /dev/zero >>content
	"$HELPERS/dump_segment" "$id" | cmp - content
	truncate -s $((16 * page)) /dev/shm/shmtool-test
	probe /shmtool-test --write
	assert_equal $(($(object_stat shmtool-test '%b * %B'))) $((16 * page))
	assert_equal "$(tr -d '\0' </dev/shm/shmtool-test | wc -c)" 0
}

@test "probe-pages --write: a full /dev/shm is SIGBUS for the pages that find no room" {
	mount_shm size=64k
	truncate -s 1M /dev/shm/shmtool-sparse
	probe /shmtool-sparse
	assert_equal "$(rows result state)" '-|hole'
	run_tool probe-pages /shmtool-sparse --write --json
	assert_success
	assert_equal "$(json 'map(.pages) | add')" $((1048576 / page))
	assert_equal "$(json 'map(.result) | unique | join(" ")')" 'SIGBUS ok'
	assert_equal "$(json 'map(select(.result == "ok").pages) | add')" $((65536 / page))
}

#
# Writing
#

@test "probe-pages --write: changes no content" {
	make_file people.dat $((33 * page + 5))
	cp people.dat before
	probe ./people.dat --write
	assert_equal "$(json 'map(.pages) | add')" 34
	cmp people.dat before
	id=$(new_segment $((4 * page)))
	head -c $((4 * page)) /dev/urandom >content
	"$HELPERS/mapping" write "id:$id" 0 <content
	probe "$id" --write
	"$HELPERS/mapping" read "id:$id" 0 $((4 * page)) | cmp - content
}

@test "probe-pages --write: makes the pages dirty, reading does not" {
	require_disk
	make_file people.dat $((4 * page))
	probe ./people.dat
	assert_equal "$("$HELPERS/page_states" people.dat | sort -u)" resident
	# The kernel may write them back just then: then once more.
	for _ in {1..10}; do
		probe ./people.dat --write
		after=$("$HELPERS/page_states" people.dat | sort -u)
		[ "$after" != dirty,resident ] || break
	done
	assert_equal "$after" dirty,resident
}

# probe_while_storing REF OBJECT: OBJECT is REF as the helper knows it.
probe_while_storing() {
	"$HELPERS/store_loop" "$2" 8 >stored 3>&- &
	local storer=$!
	wait_until 20 grep -q storing stored
	for ((i = 0; i < 1000; i++)); do
		"$SHMTOOL" probe-pages --write --raw "$1" >/dev/null
	done
	kill "$storer"
	wait "$storer" || true
	assert_equal "$(tail -n 1 stored)" 'lost 0'
}

@test "probe-pages --write: no store of another process is lost: a segment" {
	id=$(new_segment $((8 * page)))
	probe_while_storing "$id" "id:$id"
}

@test "probe-pages --write: no store of another process is lost: a POSIX object" {
	"$HELPERS/make_object" /shmtool-test $((8 * page))
	probe_while_storing /shmtool-test /dev/shm/shmtool-test
}

@test "probe-pages --write: no permission to write is a failure, and nothing is touched" {
	require_root
	make_file people.dat $((2 * page))
	chmod 444 people.dat
	id=$(new_segment "$page" 644)
	"$HELPERS/make_object" /shmtool-test "$page" 644
	for ref in ./people.dat "$id" /shmtool-test; do
		run_tool_as_user probe-pages --write "$ref"
		assert_fails probe-pages "${ref#./}" 'permi|may not|writ'
	done
	assert_equal "$(proc_shm "$id" rss)" 0
}

#
# States
#

# probe_after COMMAND...: does something with people.dat, and probes its pages; sets truth and after to
# their values before and after that. The kernel may write them back just then: then once more.
probe_after() {
	for _ in {1..10}; do
		"$@"
		truth=$("$HELPERS/page_states" people.dat)
		probe ./people.dat --state --each
		after=$("$HELPERS/page_states" people.dat)
		[ "$after" != "$truth" ] || break
	done
}

@test "probe-pages --state: pages of a file, as mincore, SEEK_HOLE and cachestat have them" {
	require_disk
	truncate -s $((8 * page)) people.dat
	dd if=/dev/urandom of=people.dat bs="$page" count=2 conv=notrunc status=none
	dd if=/dev/urandom of=people.dat bs="$page" seek=5 count=3 conv=notrunc status=none
	drop_cache people.dat
	dd if=people.dat of=/dev/null bs="$page" count=1 iflag=nocache status=none
	probe_after dd if=/dev/urandom of=people.dat bs="$page" seek=6 count=1 conv=notrunc status=none
	assert_equal "$after" "$truth"
	assert_equal "$(states)" "$truth"
	assert_equal "$(json 'map(.result) | unique | tostring')" '[null]'
}

@test "probe-pages --state: touches nothing: a file stays on the disk" {
	require_disk
	make_file people.dat $((16 * page))
	drop_cache people.dat
	probe ./people.dat --state
	assert_equal "$(rows pages result state)" '16|-|disk'
	assert_equal "$("$HELPERS/page_states" people.dat | sort -u)" -
	probe ./people.dat
	assert_equal "$(rows pages result | awk -F '|' '{ pages += $1; print $2 } END { print pages }' | sort -u)" $'16\nok'
	assert_equal "$("$HELPERS/page_states" people.dat | sort -u)" resident
}

@test "probe-pages --state: pages of a POSIX object" {
	truncate -s $((12 * page)) /dev/shm/shmtool-test
	for at in 0 1 7 11; do
		printf x | dd of=/dev/shm/shmtool-test bs=1 seek=$((at * page)) conv=notrunc status=none
	done
	truth=$("$HELPERS/page_states" /dev/shm/shmtool-test)
	probe /shmtool-test --state --each
	assert_equal "$(states)" "$truth"
	assert_equal "$("$HELPERS/page_states" /dev/shm/shmtool-test)" "$truth"
}

@test "probe-pages --state: pages of a segment" {
	id=$(new_segment $((12 * page)))
	for at in 2 3 9; do
		printf x | "$HELPERS/mapping" write "id:$id" $((at * page))
	done
	"$HELPERS/page_states" "id:$id" | sed 's/^-$/hole/' >truth
	probe "$id" --state --each
	assert_equal "$(states)" "$(cat truth)"
	assert_equal "$(grep -c resident truth)" 3
	assert_equal "$(proc_shm "$id" rss)" $((3 * page))
}

@test "probe-pages --state: pages of a segment, as its unprivileged owner" {
	id=$(as_user "$HELPERS/make_keyed" 0 $((8 * page)) 600)
	as_user "$HELPERS/fill_segment" "$id" $((2 * page))
	run_tool_as_user probe-pages --state --json "$id"
	assert_success
	assert_equal "$(rows pages state)" $'2|resident\n6|hole'
	assert_equal "$(proc_shm "$id" rss)" $((2 * page))
}

@test "probe-pages --state: written pages are dirty, synced pages are not" {
	require_disk
	make_file people.dat $((4 * page))
	probe_after dd if=/dev/urandom of=people.dat bs=1 count=1 seek=$((2 * page)) conv=notrunc status=none
	grep -q dirty <<<"$truth" || skip 'needs cachestat(2)'
	assert_equal "$(states)" "$truth"
	probe_after "$HELPERS/mapping" write people.dat 5 <<<x
	assert_equal "$(states)" "$truth"
	sync people.dat
	probe ./people.dat --state
	assert_equal "$(rows pages state)" '4|resident'
}

# assert_swapped: of 512 pages, the first 256 were swapped out, and evicted of them are in swap alone.
assert_swapped() {
	local swapped
	swapped=$(json 'map(select(.state // "" | contains("swapped")).pages) | add // 0')
	assert_equal "$(json 'map(select(.state == "hole").pages) | add')" 256
	assert_equal "$(json 'map(select(.state // "" | test("swapped|resident")).pages) | add')" 256
	[ "$swapped" -ge "$evicted" ] || fail "$evicted pages are in swap alone, $swapped are told: $output"
}

@test "probe-pages --state: swapped pages are reported, and stay swapped" {
	swap_on
	id=$(new_segment $((512 * page)))
	head -c $((256 * page)) /dev/urandom >content
	"$HELPERS/mapping" write "id:$id" 0 <content
	evict "id:$id"
	swap=$(proc_shm "$id" swap)
	probe "$id" --state
	assert_swapped
	assert_equal "$(proc_shm "$id" swap)" "$swap"
}

@test "probe-pages: a swapped page is not a hole: it is touched, and its content is kept" {
	swap_on
	id=$(new_segment $((512 * page)))
	head -c $((256 * page)) /dev/urandom >content
	"$HELPERS/mapping" write "id:$id" 0 <content
	evict "id:$id"
	probe "$id"
	assert_equal "$(json 'map(select(.result == "ok").pages) | add')" 256
	assert_equal "$(json 'map(select(.result == null).pages) | add')" 256
	assert_equal "$(($(proc_shm "$id" rss) + $(proc_shm "$id" swap)))" $((256 * page))
	"$HELPERS/mapping" read "id:$id" 0 $((256 * page)) | cmp - content
}

@test "probe-pages: swapped pages of a POSIX object" {
	swap_on
	head -c $((256 * page)) /dev/urandom >/dev/shm/shmtool-test
	cp /dev/shm/shmtool-test content
	truncate -s $((512 * page)) /dev/shm/shmtool-test
	evict /dev/shm/shmtool-test
	probe /shmtool-test --state
	assert_swapped
	probe /shmtool-test
	assert_equal "$(json 'map(select(.result == "ok").pages) | add')" 256
	cmp -n $((256 * page)) content /dev/shm/shmtool-test
}

@test "probe-pages: pages of a segment in huge pages" {
	require_root
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip 'needs huge pages of 2 MiB'
	exec 9</proc/sys/vm/nr_hugepages
	flock 9
	[ "$(cat /proc/sys/vm/nr_hugepages)" -eq 0 ] || skip 'needs vm.nr_hugepages to be 0'
	run_apart "$HELPERS/with_sysctl" /proc/sys/vm/nr_hugepages 4 -- bash -c '
		id=$("$SHMTOOL" create --size 4M --hugetlb --populate) || exit
		"$SHMTOOL" probe-pages "$id" --json >touched && "$SHMTOOL" probe-pages "$id" --state --json >state
		status=$?
		"$SHMTOOL" probe-pages "$id" | tail -n 1
		"$HELPERS/segment_control" "$id" rmid
		exit "$status"'
	[ "$status" -ne 77 ] || skip 'needs free memory for huge pages'
	assert_success
	assert_equal "$(jq -r 'map(.result) | unique[]' touched)" ok
	assert_equal "$(jq -r 'map(.state | split(",") | contains(["huge"])) | unique[]' touched)" true
	assert_equal "$(jq -r 'map(.state | split(",") | contains(["huge"])) | unique[]' state)" true
}

@test "probe-pages: a hole of a segment in huge pages takes no huge page" {
	require_root
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip 'needs huge pages of 2 MiB'
	exec 9</proc/sys/vm/nr_hugepages
	flock 9
	[ "$(cat /proc/sys/vm/nr_hugepages)" -eq 0 ] || skip 'needs vm.nr_hugepages to be 0'
	run_apart "$HELPERS/with_sysctl" /proc/sys/vm/nr_hugepages 4 -- bash -c '
		id=$("$SHMTOOL" create --size 4M --hugetlb) || exit
		"$SHMTOOL" probe-pages "$id" --raw --no-headings -o state | grep -c hole
		cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages
		"$HELPERS/segment_control" "$id" rmid'
	[ "$status" -ne 77 ] || skip 'needs free memory for huge pages'
	assert_success
	assert_output $'1\n4'
}

@test "probe-pages --state: together with --write or --check is a usage error" {
	id=$(new_segment "$page")
	run_tool probe-pages "$id" --state --write
	assert_usage_error probe-pages '--state' '--write'
	run_tool probe-pages "$id" --state --check
	assert_usage_error probe-pages '--state' '--check'
}

#
# Which pages
#

@test "probe-pages --offset --length: these pages" {
	make_file people.dat $((10 * page))
	probe ./people.dat --offset $((2 * page)) --length $((3 * page))
	assert_equal "$(rows page pages offset result)" "1|3|$((2 * page))|ok"
	probe ./people.dat --offset $((2 * page))
	assert_equal "$(rows page pages offset result)" "1|8|$((2 * page))|ok"
	probe ./people.dat --length $((page + 1))
	assert_equal "$(rows page pages offset result)" '1|2|0|ok'
	probe ./people.dat --length 16K
	assert_equal "$(json 'map(.pages) | add')" $(((16384 + page - 1) / page))
}

@test "probe-pages --length, --pages: cannot be combined" {
	make_file people.dat "$page"
	run_tool probe-pages ./people.dat --length 4096 --pages 1
	assert_usage_error probe-pages '--length' '--pages'
}

@test "probe-pages: invalid numbers" {
	make_file people.dat "$page"
	for option in --offset --length --pages; do
		for value in x -1; do
			run_tool probe-pages ./people.dat "$option" "$value"
			assert_usage_error probe-pages "$option"
		done
	done
	run_tool probe-pages ./people.dat --pages 0
	assert_usage_error probe-pages '--pages'
}

@test "probe-pages --offset: far beyond the end" {
	make_file people.dat "$page"
	probe ./people.dat --offset $((100 * page)) --pages 2
	assert_equal "$(rows page pages offset result state)" "1|2|$((100 * page))|SIGBUS|beyond end"
}

@test "probe-pages: an empty file" {
	: >empty.dat
	run_tool probe-pages ./empty.dat
	[ "$status" -le 1 ]
	probe ./empty.dat --pages 1
	assert_equal "$(rows result state)" 'SIGBUS|beyond end'
}

@test "probe-pages --state: an empty file has no pages, as fincore says" {
	: >empty.dat
	run_tool probe-pages --state ./empty.dat --json
	assert_success
	assert_output '[]'
	run_tool probe-pages --state ./empty.dat
	assert_success
	assert_line --regexp '^0 pages'
	run_tool probe-pages --state --map ./empty.dat
	assert_success
	: >/dev/shm/shmtool-empty
	run_tool probe-pages --state /shmtool-empty --no-headings
	assert_success
	assert_output ''
	# After the end of a file there are still no pages.
	run_tool probe-pages --state ./empty.dat --offset "$page"
	assert_fails probe-pages 'no page'
}

@test "probe-pages --each: one row a page" {
	id=$(new_segment $((300 * page)))
	"$HELPERS/fill_segment" "$id" $((100 * page))
	probe "$id" --each
	assert_equal "$(json 'length')" 300
	assert_equal "$(json 'map(.pages) | unique[]')" 1
	assert_equal "$(json '.[].page')" "$(seq 300)"
	assert_equal "$(json '.[].offset')" "$(seq 0 "$page" $((299 * page)))"
	assert_equal "$(json 'map(select(.result == "ok")) | length')" 100
}

@test "probe-pages: many short runs" {
	truncate -s $((2000 * page)) /dev/shm/shmtool-test
	for ((i = 0; i < 2000; i += 2)); do
		echo $((i * page))
	done >places
	perl -e 'open my $f, "+<", "/dev/shm/shmtool-test" or die; while (<>) { seek $f, $_, 0; print $f "x" }' places
	probe /shmtool-test
	assert_equal "$(json 'length')" 2000
	assert_equal "$(json 'map(select(.result == "ok")) | length')" 1000
	assert_equal "$(($(object_stat shmtool-test '%b * %B') / page))" 1000
}

#
# --check
#

@test "probe-pages --check: status 1 when a page is not accessible" {
	make_file edges.dat $((2 * page - 99))
	run_tool probe-pages ./edges.dat --check
	assert_success
	run_tool probe-pages ./edges.dat --pages 3 --check --json
	assert_failure 1
	assert_equal "$(rows result)" $'ok\nSIGBUS'
	run_tool probe-pages ./edges.dat --pages 3
	assert_success
}

@test "probe-pages --check: holes are no failure" {
	id=$(new_segment $((4 * page)))
	run_tool probe-pages "$id" --check
	assert_success
}

@test "probe-pages --check: works in a shell's if" {
	make_file edges.dat 10
	run_apart bash -c 'if "$SHMTOOL" probe-pages ./edges.dat --pages 2 --check >/dev/null; then echo good; else echo bad; fi'
	assert_output bad
}

#
# Table, summary, formats
#

@test "probe-pages: a table with a title, columns and a summary" {
	make_file edges.dat $((2 * page - 99))
	run_tool probe-pages ./edges.dat --pages 3
	assert_success
	assert_line --index 0 '------ Pages --------'
	assert_regex "${lines[1]}" '^ *page +pages +offset +bytes +result +state$'
	assert_regex "${lines[2]}" "^ *1 +2 +0 +$((2 * page)) +ok +[a-z,]+\$"
	assert_regex "${lines[3]}" "^ *3 +1 +$((2 * page)) +$page +SIGBUS +beyond end\$"
	assert_regex "${lines[-1]}" "^3 pages of $page bytes: 2 ok, 1 SIGBUS; "
	refute_output --regexp '[[:blank:]]($|
)'
}

@test "probe-pages: the summary counts holes, results and states" {
	id=$(new_segment $((256 * page)))
	"$HELPERS/fill_segment" "$id" $((200 * page))
	run_tool probe-pages "$id"
	assert_success
	assert_regex "${lines[-1]}" "^256 pages of $page bytes: 200 ok, 56 (holes )?not accessed; .*200 resident, 56 hole"
	run_tool probe-pages "$id" --state
	assert_success
	assert_regex "${lines[-1]}" "^256 pages of $page bytes.*200 resident"
	refute_regex "${lines[-1]}" '[0-9] ok'
}

@test "probe-pages: the summary is not in JSON, raw and export" {
	make_file people.dat "$page"
	run_tool probe-pages ./people.dat --json
	jq -e 'length == 1' <<<"$output"
	run_tool probe-pages ./people.dat --raw --no-headings -o page,pages,offset,result
	assert_output '1 1 0 ok'
	run_tool probe-pages ./people.dat --export
	assert_success
	assert_equal "${#lines[@]}" 1
	run bash -c 'eval "$1"; echo "$PAGE $PAGES $OFFSET $RESULT"' bash "$output"
	assert_output '1 1 0 ok'
}

@test "probe-pages --json: the keys in order, numbers as numbers" {
	make_file people.dat "$page"
	probe ./people.dat
	assert_equal "$(json '.[0] | keys_unsorted | join(" ")')" 'page pages offset bytes result state'
	assert_equal "$(json -c '.[0] | [.page, .pages, .offset] | map(type) | unique')" '["number"]'
}

@test "probe-pages --raw: a state of two words is one word" {
	make_file people.dat 10
	run_tool probe-pages ./people.dat --pages 2 --raw --no-headings
	assert_success
	assert_equal "$(awk '{ print NF }' <<<"$output" | sort -u)" 6
}

@test "probe-pages -o help, --sort, --no-headings" {
	run_tool probe-pages -o help
	assert_success
	for column in page pages offset bytes result state; do
		assert_output --regexp "(^|[[:space:]])$column([[:space:]]|$)"
	done
	make_file people.dat $((3 * page))
	run_tool probe-pages ./people.dat --each --raw --no-headings -o page --sort -page
	assert_output $'3\n2\n1'
	run_tool probe-pages ./people.dat -o nothing
	assert_usage_error probe-pages nothing
}

@test "probe-pages: a full standard output is an error" {
	make_file people.dat "$page"
	run_apart bash -c '"$SHMTOOL" probe-pages ./people.dat >/dev/full'
	assert_failure 1
	assert_stderr_like 'standard output: .*space'
}

#
# --map
#

# widest: how many characters the longest line of the last output's picture has; after an empty line
# follow the legend and the summary.
widest() {
	awk 'NF == 0 { exit } { if (length > n) n = length } END { print n }' <<<"$output"
}

@test "probe-pages --map: within the width of the terminal, whatever that is" {
	truncate -s $((3000 * page)) /dev/shm/shmtool-test
	dd if=/dev/urandom of=/dev/shm/shmtool-test bs="$page" seek=1000 count=700 conv=notrunc status=none
	for columns in 20 40 79 80 132 250; do
		run_apart env COLUMNS="$columns" "$SHMTOOL" probe-pages --map /shmtool-test
		assert_success
		[ "$(widest)" -le "$columns" ] || fail "with COLUMNS=$columns a line has $(widest) characters: $output"
	done
}

@test "probe-pages --map: 80 columns without a terminal" {
	truncate -s $((3000 * page)) /dev/shm/shmtool-test
	run_apart env -u COLUMNS "$SHMTOOL" probe-pages --map /shmtool-test
	assert_success
	[ "$(widest)" -le 80 ]
	[ "$(widest)" -gt 40 ]
	run_apart env COLUMNS=nonsense "$SHMTOOL" probe-pages --map /shmtool-test
	assert_success
	[ "$(widest)" -le 80 ]
}

@test "probe-pages --map: readable in a README: no escape sequences, no trailing blanks, a legend" {
	truncate -s $((200 * page)) /dev/shm/shmtool-test
	dd if=/dev/urandom of=/dev/shm/shmtool-test bs="$page" count=50 conv=notrunc status=none
	run_tool probe-pages --map /shmtool-test
	assert_success
	if LC_ALL=C grep -q '[^[:print:]]' <<<"$output"; then
		fail "not only printable ASCII: $output"
	fi
	refute_output --regexp '[[:blank:]]($|
)'
	assert_output --partial resident
	assert_output --partial hole
}

@test "probe-pages --map: the whole object, in its order" {
	for first in 0 50 150; do
		rm -f /dev/shm/shmtool-test
		truncate -s $((200 * page)) /dev/shm/shmtool-test
		dd if=/dev/urandom of=/dev/shm/shmtool-test bs="$page" seek="$first" count=50 conv=notrunc status=none
		run_tool probe-pages --map /shmtool-test
		assert_success
		printf '%s\n' "$output" >"map-$first"
	done
	run ! cmp -s map-0 map-50
	run ! cmp -s map-50 map-150
}

@test "probe-pages --map: a huge object is a small picture" {
	require_64_bit
	truncate -s 64G /dev/shm/shmtool-test
	run_apart timeout 120 "$SHMTOOL" probe-pages --map /shmtool-test
	assert_success
	[ "${#lines[@]}" -le 60 ] || fail "${#lines[@]} lines"
	assert_equal "$(object_stat shmtool-test %b)" 0
}

@test "probe-pages --map: pages beyond the end are drawn" {
	make_file edges.dat $((2 * page - 99))
	run_tool probe-pages ./edges.dat --map --pages 2
	printf '%s\n' "$output" >two
	run_tool probe-pages ./edges.dat --map --pages 3
	assert_success
	assert_output --regexp 'SIGBUS|beyond end'
	assert_not_equal "$output" "$(cat two)"
}

@test "probe-pages --map, --each: cannot be combined" {
	id=$(new_segment "$page")
	run_tool probe-pages "$id" --map --each
	assert_usage_error probe-pages '--map' '--each'
}

@test "probe-pages --map --check, --map --state: status and untouched pages as without" {
	make_file edges.dat $((2 * page - 99))
	run_tool probe-pages ./edges.dat --map --pages 3 --check
	assert_failure 1
	id=$(new_segment $((16 * page)))
	run_tool probe-pages "$id" --map --state
	assert_success
	assert_equal "$(proc_shm "$id" rss)" 0
}

#
# Failures
#

@test "probe-pages: missing objects, invalid REFs" {
	run_tool probe-pages
	assert_usage_error probe-pages 'REF'
	run_tool probe-pages 999999
	assert_fails probe-pages 'id:999999: no such segment'
	run_tool probe-pages /shmtool-nothing
	assert_fails probe-pages '/shmtool-nothing: no such object'
	run_tool probe-pages ./nothing.dat
	assert_fails probe-pages 'nothing\.dat: no such file'
	run_tool probe-pages pid:999999999:fd:3
	assert_failure
	assert_output ''
	run_tool probe-pages msg:1
	assert_failure
	assert_output ''
	assert_stderr_like '^shmtool: probe-pages: .*msg:1'
}

@test "probe-pages: a directory, a device without mmap, a file system without mmap" {
	mkdir directory
	run_tool probe-pages ./directory
	assert_fails probe-pages 'directory: .*directory'
	run_tool probe-pages /dev/null --pages 1
	assert_failure
	assert_output ''
	assert_stderr_like '^shmtool: probe-pages: .*/dev/null'
	run_tool probe-pages /sys/kernel/mm/transparent_hugepage/enabled
	assert_failure 1
	assert_output ''
	assert_stderr_like '^shmtool: probe-pages: /sys/kernel/.*: .+'
}

@test "probe-pages: no permission" {
	require_root
	id=$(new_segment "$page" 600)
	make_file people.dat "$page"
	chmod 600 people.dat
	"$HELPERS/make_object" /shmtool-test "$page" 600
	for ref in "$id" ./people.dat /shmtool-test; do
		run_tool_as_user probe-pages "$ref"
		assert_fails probe-pages "${ref#./}" 'permi|may not'
	done
}

@test "probe-pages: a segment that is marked for destruction, as long as it is there" {
	id=$(new_segment $((2 * page)))
	hold "$id"
	"$HELPERS/segment_control" "$id" rmid
	run_tool probe-pages --json "$id"
	assert_success
	assert_equal "$stderr" \
		"shmtool: probe-pages: id:$id: is marked for destruction: it is removed at its last detach"
	assert_equal "$(json 'map(.pages) | add')" 2
}

@test "probe-pages: the object is detached afterwards" {
	id=$(new_segment $((2 * page)))
	probe "$id"
	assert_equal "$(proc_shm "$id" nattch)" 0
}

@test "probe-pages: a file that is truncated meanwhile does not crash it" {
	require_strace
	make_file people.dat $((64 * page))
	strace -qq -o trace -P "$PWD/people.dat" -e 'trace=/^mmap2?$' -e 'inject=/^mmap2?$:signal=STOP:when=1' \
		"$SHMTOOL" probe-pages --json ./people.dat >out 2>err 3>&- &
	tracer=$!
	wait_until 20 grep -q 'stopped by SIGSTOP' trace
	truncate -s $((10 * page)) people.dat
	pkill -CONT -P "$tracer"
	status=0
	wait "$tracer" || status=$?
	[ "$status" -le 1 ]
	assert_equal "$(jq 'map(select(.result == "SIGBUS").pages) | add' out)" 54
}
