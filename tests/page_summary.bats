#!/usr/bin/env bats
# probe-pages --state --summary: the numbers of pages, of one object and of many.

load test_helper
load truth
load pages

setup() {
	setup_pages
}

teardown() {
	teardown_pages
}

# summary ARGUMENT...: probe-pages --state --summary --json, which must succeed.
summary() {
	run_tool probe-pages --state --summary --json "$@"
	assert_success
	assert_stderr_empty
}

# values COLUMN...: these columns of the last --json output, a line a row, separated by blanks.
values() {
	local columns
	printf -v columns '.%s,' "$@"
	json ".[] | [${columns%,}] | map(. // \"-\" | tostring) | join(\" \")"
}

# counted OBJECT: the number of pages, of resident, dirty and hole ones, as the kernel reports them
# page by page, and of those that are neither resident nor a hole.
counted() {
	"$HELPERS/page_states" "$1" | awk '
		{ pages++ }
		/resident/ { resident++ }
		/dirty/ { dirty++ }
		/hole/ { hole++ }
		/^-$/ { other++ }
		END { print pages + 0, resident + 0, dirty + 0, hole + 0, other + 0 }'
}

# assert_counted REF OBJECT OTHER [COMMAND]: the summary, or that of COMMAND, agrees with the kernel's
# state of each page; OTHER is the column of those that are neither in memory nor a hole. The kernel
# may write or move pages just then: then once more.
assert_counted() {
	local before after
	for _ in {1..10}; do
		before=$(counted "$2")
		"${4:-summary}" "$1" -o +disk
		after=$(counted "$2")
		[ "$before" != "$after" ] || break
	done
	assert_equal "$(values pages resident dirty hole "$3")" "$before"
}

# swap_agrees PID: whether the summary of /shmtool-test, of 300 pages with memory for 261, has as many in swap as the
# kernel counts in a mapping of it.
swap_agrees() {
	kibibytes=$(awk '/^[0-9a-f]+-/ { of = /shmtool-test/ } of && $1 == "Swap:" { print $2 }' "/proc/$1/smaps")
	summary /shmtool-test
	[ "$kibibytes" -gt 0 ] &&
		[ "$(values resident swapped hole)" = "$((261 - kibibytes * 1024 / page)) $((kibibytes * 1024 / page)) 39" ]
}

# without_cachestat ARGUMENT...: the same as summary on a kernel that lacks cachestat.
without_cachestat() {
	# 451 is cachestat, 38 ENOSYS.
	run_apart "$HELPERS/without_syscall" 451 38 "$SHMTOOL" probe-pages --state --summary --json "$@"
	assert_success
	assert_stderr_empty
}

#
# The numbers
#

@test "probe-pages --summary: a file in memory, one with every second page there, one on the disk" {
	require_disk
	make_file people.dat $((64 * page - 5))
	cat people.dat >/dev/null
	assert_counted ./people.dat people.dat disk
	assert_equal "$(values pages resident disk)" '64 64 0'
	drop_cache people.dat
	assert_counted ./people.dat people.dat disk
	assert_equal "$(values pages resident disk)" '64 0 64'
	"$HELPERS/every_second" people.dat
	assert_counted ./people.dat people.dat disk
	assert_equal "$(values pages resident)" '64 32'
}

@test "probe-pages --summary: a page that leaves memory is evicted, and one that is new is not" {
	require_disk
	make_file people.dat $((64 * page))
	# The machine may need the memory of some pages at once.
	is_in_memory() {
		cat people.dat >/dev/null
		summary ./people.dat
		[ "$(values resident evicted recent)" = '64 0 0' ]
	}
	wait_until 10 is_in_memory
	begin_memory_group
	[ "$memory_group" ] || skip 'needs a control group of the memory controller, version 1'
	drop_cache people.dat
	cat people.dat >/dev/null
	leave_swap_cache
	# Reclaim, unlike POSIX_FADV_DONTNEED, leaves traces of the pages.
	wait_until 20 eval '! "$HELPERS/page_states" people.dat | grep -q resident' ||
		skip 'needs a kernel that reclaims these pages at once'
	summary ./people.dat
	assert_equal "$(values resident evicted)" '0 64'
}

@test "probe-pages --summary: holes of a file on the disk, also those that have been read" {
	require_disk
	truncate -s $((64 * page)) people.dat
	dd if=/dev/urandom of=people.dat bs="$page" seek=10 count=3 conv=notrunc status=none
	dd if=/dev/urandom of=people.dat bs="$page" seek=40 count=5 conv=notrunc status=none
	drop_cache people.dat
	assert_counted ./people.dat people.dat disk
	assert_equal "$(values hole disk)" '56 8'
	dd if=people.dat of=/dev/null bs="$page" skip=38 count=4 iflag=nocache status=none
	summary ./people.dat -o resident,hole,disk
	resident=$(counted people.dat | cut -d ' ' -f 2)
	assert_equal "$(values resident hole)" "$resident 56"
	assert_equal "$(values disk)" "$(counted people.dat | cut -d ' ' -f 5)"
}

@test "probe-pages --summary: a file that loses its pages meanwhile" {
	require_disk
	require_strace
	make_file people.dat $((64 * page))
	"$HELPERS/every_second" people.dat
	run_stopping lseek:1 probe-pages --state --summary --json ./people.dat -o pages,resident,hole,disk
	fallocate -p -o "$page" -l $((63 * page)) people.dat
	run_on
	assert_success
	assert_equal "$(values pages resident hole disk)" '64 32 63 0'
}

@test "probe-pages --summary: dirty pages, and pages written back" {
	require_disk
	make_file people.dat $((16 * page))
	dd if=/dev/urandom of=people.dat bs="$page" seek=4 count=2 conv=notrunc status=none
	assert_counted ./people.dat people.dat disk
	sync people.dat
	summary ./people.dat
	assert_equal "$(values dirty writeback)" '0 0'
}

@test "probe-pages --summary: a POSIX object, a semaphore, a memfd, a segment by id, key and ftok" {
	truncate -s $((100 * page)) /dev/shm/shmtool-test
	printf data | "$HELPERS/mapping" write /dev/shm/shmtool-test $((10 * page))
	assert_counted /shmtool-test /dev/shm/shmtool-test swapped
	assert_equal "$(values pages resident hole dirty writeback evicted recent huge)" '100 1 99 0 0 0 0 0'
	"$HELPERS/sem_make" /shmtool-sem 1 600
	summary psem:/shmtool-sem
	assert_equal "$(values ref pages resident)" 'psem:/shmtool-sem 1 1'
	head -c "$page" /dev/urandom >content
	"$HELPERS/hold_memfd" $((3 * page)) <content >held 3>&- &
	wait_until 20 test -s held
	summary "$(cat held)"
	assert_equal "$(values ref pages resident hole)" "$(cat held) 3 1 2"
	: >path
	id=$("$HELPERS/make_keyed" "$("$HELPERS/ftok_key" path 1)" $((8 * page)) 600)
	"$HELPERS/fill_segment" "$id" $((2 * page))
	for ref in "$id" "id:$id" "$(proc_key "$id")" ftok:path; do
		summary "$ref"
		assert_equal "$(values pages resident hole swapped dirty)" '8 2 6 0 0'
	done
}

@test "probe-pages --summary: pages that are reserved and never written have their memory" {
	truncate -s $((100 * page)) /dev/shm/shmtool-test
	fallocate -o $((90 * page)) -l $((5 * page)) /dev/shm/shmtool-test
	summary /shmtool-test
	assert_equal "$(values resident hole swapped)" '5 95 0'
}

@test "probe-pages --summary: an empty file has no pages" {
	: >empty
	summary ./empty
	assert_equal "$(values pages resident hole dirty huge)" '0 0 0 0 0'
}

@test "probe-pages --summary: a part of an object" {
	truncate -s $((100 * page)) /dev/shm/shmtool-test
	printf data | "$HELPERS/mapping" write /dev/shm/shmtool-test $((10 * page))
	summary /shmtool-test --offset $((8 * page)) --length $((2 * page + 1))
	assert_equal "$(values pages resident hole)" '3 1 2'
	summary /shmtool-test --offset $((96 * page)) --length 1M
	assert_equal "$(values pages resident hole)" '4 0 4'
	summary /shmtool-test --offset $((100 * page))
	assert_equal "$(values pages resident hole)" '0 0 0'
	id=$(new_segment $((8 * page)))
	"$HELPERS/fill_segment" "$id" $((2 * page))
	summary "$id" --offset "$page" --length $((3 * page))
	assert_equal "$(values pages resident hole)" '3 1 2'
	run_tool_as_user probe-pages --state --summary "$id" --length "$page"
	[[ $EUID -ne 0 ]] || assert_fails probe-pages 'permission'
	chmod 666 /dev/shm/shmtool-test
	id=$(new_segment $((8 * page)) 666)
	"$HELPERS/fill_segment" "$id" $((2 * page))
	# Without a descriptor of the segment.
	run_tool_as_user probe-pages --state --summary "$id" --offset "$page" --length $((3 * page)) --json
	assert_success
	assert_equal "$(values pages resident hole swapped)" '3 1 2 0'
}

@test "probe-pages --summary: pages in swap" {
	swap_on
	# Of a segment, a POSIX object, and a part of one.
	id=$(new_segment $((256 * page)))
	"$HELPERS/fill_segment" "$id" $((256 * page))
	evict "id:$id"
	((evicted > 0)) || skip 'needs a kernel that moves these pages to swap'
	summary "$id"
	assert_equal "$(values resident swapped hole)" \
		"$(($(proc_shm "$id" rss) / page)) $(($(proc_shm "$id" swap) / page)) 0"
	truncate -s $((300 * page)) /dev/shm/shmtool-test
	head -c $((256 * page)) /dev/urandom | "$HELPERS/mapping" write /dev/shm/shmtool-test 0
	evict /dev/shm/shmtool-test
	((evicted > 0)) || skip 'needs a kernel that moves these pages to swap'
	fallocate -o $((280 * page)) -l $((5 * page)) /dev/shm/shmtool-test
	"$HELPERS/hold_mapping" /dev/shm/shmtool-test readonly >held 3>&- &
	wait_until 20 test -s held
	# The kernel may move pages just then: then once more.
	wait_until 10 swap_agrees "$!" || {
		((kibibytes > 0)) || skip 'needs a kernel that keeps these pages in swap'
		fail "$kibibytes KiB are in swap: $output"
	}
	fallocate -p -o $((280 * page)) -l $((5 * page)) /dev/shm/shmtool-test
	assert_counted /shmtool-test /dev/shm/shmtool-test swapped without_cachestat
	assert_equal "$(values hole evicted)" '44 -'
}

@test "probe-pages --summary: huge pages of a file and a segment" {
	require_root
	local nr=/proc/sys/vm/nr_hugepages
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip 'needs huge pages of 2 MiB'
	exec 9<"$nr"
	flock 9
	[ "$(cat "$nr")" -eq 0 ] || skip 'needs vm.nr_hugepages to be 0'
	mkdir huge
	run_apart "$HELPERS/with_sysctl" "$nr" 4 -- unshare --mount bash -c '
		mount -t hugetlbfs -o pagesize=2M none huge || exit 77
		truncate -s 6M huge/file && fallocate -l 2M huge/file || exit
		"$SHMTOOL" probe-pages --state --summary --json ./huge/file
		"$SHMTOOL" probe-pages --state --summary --json ./huge/file --length 2M
		"$SHMTOOL" probe-pages --state --summary --json --recursive --total ./huge
		"$SHMTOOL" probe-pages --state --summary --json --numa ./huge/file
		id=$("$SHMTOOL" create --size 4M --hugetlb) || exit
		printf x | "$HELPERS/mapping" write "id:$id" 0
		"$SHMTOOL" probe-pages --state --summary --json "$id"
		"$SHMTOOL" probe-pages --state --summary --json "$id" --length 2M
		"$HELPERS/segment_control" "$id" rmid'
	[ "$status" -ne 77 ] || skip 'needs free memory for huge pages'
	assert_success
	output=$(sed -E 's/"id:[0-9]+"/"id:0"/' <<<"$output")
	assert_equal "$(jq -c '.[] | [.ref, .pages, .resident, .hole, .huge, .dirty]' <<<"$output")" \
		'["./huge/file",1536,512,1024,1536,0]
["./huge/file",512,null,null,512,0]
["./huge/file",1536,512,1024,1536,0]
["total",1536,512,1024,1536,0]
["./huge/file",1536,512,1024,1536,0]
["id:0",1024,512,512,null,0]
["id:0",512,null,null,512,0]'
	refute_stderr_like owner
}

#
# Nothing is touched
#

@test "probe-pages --summary: attaches no segment, faults in nothing, changes no access time" {
	id=$(new_segment $((64 * page)))
	"$HELPERS/fill_segment" "$id" "$page"
	truncate -s $((64 * page)) /dev/shm/shmtool-test
	# As relatime would change it: the last access was before the last change.
	touch -a -d '2001-01-01' /dev/shm/shmtool-test
	summary "$id" /shmtool-test
	assert_unchanged
	assert_equal "$(proc_shm "$id" rss)" "$page"
	assert_equal "$(object_stat shmtool-test %b)" 0
	without_cachestat "$id" /shmtool-test
	assert_unchanged
	require_strace
	strace -qq -o trace -e trace=mmap,shmat,read,pread64,madvise "$SHMTOOL" probe-pages --state --summary \
		"$id" /shmtool-test >/dev/null
	refute_regex "$(sed -n '/shmtool-test/,$p' trace)" 'MAP_SHARED|shmat|madvise'
}

@test "probe-pages --summary: a segment that the caller may not read" {
	require_root
	id=$(new_segment $((64 * page)))
	"$HELPERS/fill_segment" "$id" "$page"
	run_tool_as_user probe-pages --state --summary --json "$id"
	assert_success
	assert_equal "$(values pages resident hole)" '64 1 63'
}

@test "probe-pages --summary: a file that the caller may only read: holes, and a note about the rest" {
	require_root
	truncate -s $((64 * page)) /dev/shm/shmtool-test
	printf data | "$HELPERS/mapping" write /dev/shm/shmtool-test 0
	chmod 644 /dev/shm/shmtool-test
	run_tool_as_user probe-pages --state --summary --json /shmtool-test
	assert_success
	assert_equal "$(values pages resident swapped hole)" '64 - - 63'
	assert_stderr_like '^shmtool: probe-pages: /shmtool-test: .*only to the owner'
	cp --sparse=always /dev/shm/shmtool-test /dev/shm/shmtool-own
	chown 65534 /dev/shm/shmtool-own
	run_tool_as_user probe-pages --state --summary --json /shmtool-test /shmtool-own
	assert_equal "$(values ref resident)" $'/shmtool-test -\n/shmtool-own 1'
	assert_equal "${#stderr_lines[@]}" 1
	assert_stderr_like 'unknown for 1 of 2 objects'
}

#
# Without cachestat
#

@test "probe-pages --summary without cachestat: the same numbers" {
	require_disk
	truncate -s $((40000 * page)) people.dat
	dd if=/dev/urandom of=people.dat bs="$page" seek=16380 count=10 conv=notrunc status=none
	dd if=/dev/urandom of=people.dat bs="$page" seek=39999 count=1 conv=notrunc status=none
	sync people.dat
	head -c $((3 * page + 1)) people.dat >/dev/null
	truncate -s $((40000 * page)) /dev/shm/shmtool-test
	printf data | "$HELPERS/mapping" write /dev/shm/shmtool-test $((16384 * page))
	summary ./people.dat /shmtool-test -o ref,pages,resident,swapped,hole,disk
	with=$output
	assert_equal "$(values hole resident | tail -n 1)" '39999 1'
	without_cachestat ./people.dat /shmtool-test -o ref,pages,resident,swapped,hole,disk
	assert_equal "$output" "$with"
	without_cachestat ./people.dat /shmtool-test
	assert_equal "$(values dirty writeback evicted recent)" $'- - - -\n0 0 0 0'
}

#
# Several objects
#

@test "probe-pages --summary: an error of one object does not hide the others" {
	id=$(new_segment "$page")
	truncate -s "$page" /dev/shm/shmtool-test
	mkfifo fifo
	run_tool probe-pages --state --summary --json /shmtool-gone "$id" ./fifo id:$((id + 1)) /shmtool-test .
	assert_failure 1
	assert_equal "$(values ref)" "id:$id"$'\n/shmtool-test'
	assert_equal "${#stderr_lines[@]}" 4
	assert_stderr_like '/shmtool-gone: no such object' 'fifo: is not a regular file' "id:$((id + 1)): no such segment" \
		'file:\.: is a directory.*--recursive'
}

@test "probe-pages --summary --total: sums up, each object once, and stays last in any order" {
	truncate -s $((10 * page)) /dev/shm/shmtool-a
	truncate -s $((20 * page)) /dev/shm/shmtool-b
	printf x | "$HELPERS/mapping" write /dev/shm/shmtool-b 0
	ln /dev/shm/shmtool-a /dev/shm/shmtool-c
	id=$(new_segment $((5 * page)))
	summary --total --sort -pages /shmtool-{a,b,c} /shmtool-b "$id" "$id"
	assert_equal "$(values ref pages)" "/shmtool-b 20
/shmtool-b 20
/shmtool-a 10
/shmtool-c 10
id:$id 5
id:$id 5
total 35"
	for format in --raw --export ''; do
		run_tool probe-pages --state --summary --total --sort pages $format -o ref,pages,resident,hole /shmtool-{a,b}
		assert_success
		case $format in
		--raw) assert_line --index 3 'total 30 1 29' ;;
		--export) assert_line --index 2 'REF="total" PAGES="30" RESIDENT="1" HOLE="29"' ;;
		*) assert_line --index 4 'total         30        1   29' ;;
		esac
	done
}

@test "probe-pages --summary: a table at a terminal ends with the sums, others do not" {
	require_command script
	truncate -s "$page" /dev/shm/shmtool-a /dev/shm/shmtool-b
	run_tool probe-pages --state --summary /shmtool-{a,b}
	refute_output --partial total
	run script -qec "$SHMTOOL probe-pages --state --summary /shmtool-a /shmtool-b" /dev/null
	assert_output --partial total
	run script -qec "$SHMTOOL probe-pages --state --summary /shmtool-a" /dev/null
	refute_output --partial total
	run script -qec "$SHMTOOL probe-pages --state --summary --raw /shmtool-a /shmtool-b" /dev/null
	refute_output --partial total
}

#
# Directories
#

@test "probe-pages --summary --recursive: the files in directories, by name" {
	mkdir -p db/b/deep db/a
	head -c $((2 * page)) /dev/zero >db/b/deep/two
	head -c "$page" /dev/zero >db/a/one
	: >db/none
	printf x >"db/with space"
	summary --recursive ./db
	assert_equal "$(json '.[] | [.ref, .pages] | join("|")')" './db/a/one|1
./db/b/deep/two|2
./db/none|0
path:./db/with space|1'
	cd db
	summary --recursive --total . ./a/one
	assert_equal "$(json 'map(.ref) | join(" ")')" './a/one ./b/deep/two ./none path:./with space ./a/one total'
	assert_equal "$(json '.[-1].pages')" 4
	# Each REF can be pasted back.
	for ref in ./b/deep/two 'path:./with\040space'; do
		run_tool probe-pages --state --summary "$ref" --raw --no-headings -o ref
		assert_success
		assert_output "$ref"
	done
}

@test "probe-pages --summary --recursive: no links, no devices, nothing that is mounted below" {
	require_root
	mkdir -p db/below db/mounted outside
	printf x >db/file
	printf x >outside/secret
	ln -s ../outside db/link
	ln -s ../outside/secret db/secret
	mkfifo db/fifo
	mknod db/device c 1 3
	run_apart unshare --mount bash -c 'mount -t tmpfs none db/mounted && : >db/mounted/file &&
		mount --bind outside db/below && mount --bind outside/secret db/file &&
		exec "$SHMTOOL" probe-pages --state --summary --recursive --json ./db'
	assert_success
	assert_output '[]'
	assert_stderr_like '\./db: 3 mount points below it were not entered'
	# 437 is openat2, 38 ENOSYS.
	run_apart unshare --mount bash -c 'mount -t tmpfs none db/mounted && : >db/mounted/file &&
		mount --bind outside db/below && mount --bind outside/secret db/file &&
		exec "$HELPERS/without_syscall" 437 38 "$SHMTOOL" probe-pages --state --summary --recursive --json ./db'
	assert_success
	assert_output '[]'
	assert_stderr_like '\./db: 3 mount points below it were not entered'
	summary --recursive ./db
	assert_equal "$(values ref)" ./db/file
}

@test "probe-pages --summary --recursive: a file system below that does not answer is not entered" {
	require_root
	[[ -c /dev/fuse ]] || skip 'needs /dev/fuse'
	mkdir -p db/served
	printf x >db/file
	"$HELPERS/serve_fuse" "$PWD/db/served" >served 3>&- &
	wait_until 10 test -s served
	run_apart timeout -s KILL 20 "$SHMTOOL" probe-pages --state --summary --recursive --json ./db
	kill -KILL "$(cat served)"
	umount --lazy db/served
	assert_success
	assert_equal "$(values ref)" ./db/file
	assert_stderr_like '1 mount point below it was not entered'
}

@test "probe-pages --summary --recursive: directories of shared memory, by any REF, and no links to them" {
	mkdir -p /dev/shm/jobs/7
	printf x >/dev/shm/jobs/7/a
	printf x >/dev/shm/top
	ln -s jobs /dev/shm/link
	for ref in /dev/shm/jobs /dev/shm/jobs/ file:/dev/shm/jobs dir:/dev/shm/jobs; do
		summary --recursive "$ref"
		assert_equal "$(values ref)" /dev/shm/jobs/7/a
	done
	summary --recursive /dev/shm/
	assert_equal "$(values ref)" $'/dev/shm/jobs/7/a\n/dev/shm/top'
	run_tool probe-pages --state --summary --recursive /dev/shm/link/
	assert_failure 1
	assert_output ''
}

@test "probe-pages --summary --dir: names and directories in a tmpfs" {
	require_root
	mkdir -p place
	mount -t tmpfs none place
	mkdir place/sub
	printf x >place/a
	head -c "$page" /dev/zero >place/sub/b
	truncate -s "$page" place/sub/hole
	run_tool probe-pages --state --summary --recursive --json --dir "$PWD/place" /a sub
	umount place
	assert_success
	assert_equal "$(values ref resident hole)" "$PWD/place/a 1 0
$PWD/place/sub/b 1 0
$PWD/place/sub/hole 0 1"
}

@test "probe-pages --summary --recursive: a directory that the caller may not read is reported" {
	require_root
	mkdir -p db/closed
	printf x >db/closed/file
	printf x >db/private
	printf x >db/file
	chmod 700 db/closed
	chmod 600 db/private
	run_tool_as_user probe-pages --state --summary --recursive --json ./db
	assert_failure 1
	assert_equal "$(values ref)" ./db/file
	assert_stderr_like '\./db/closed: .*[Pp]ermission denied' '\./db/private: .*[Pp]ermission denied'
	run_tool_as_user probe-pages --state --summary --recursive --json ./db/closed ./db/file
	assert_failure 1
	assert_equal "$(values ref)" ./db/file
}

@test "probe-pages --summary --recursive: a name of a directory below the root is explained" {
	run_tool probe-pages --state --summary --recursive /usr
	assert_fails probe-pages '/usr: no such object \(for the directory: /usr/\)'
}

#
# NUMA nodes
#

# numa LIST ARGUMENT...: probe-pages --state --summary --numa --json where the kernel reports these nodes
# with memory, "0-1". The nodes of pages are those of this machine.
numa() {
	require_root
	printf '%s\n' "$1" >nodes
	[ -e /sys/devices/system/node/has_memory ] || skip 'needs a kernel with NUMA (CONFIG_NUMA)'
	[ "$(cat /sys/devices/system/node/has_memory)" = 0 ] || skip 'needs a machine with one NUMA node'
	with_nodes "$SHMTOOL" probe-pages --state --summary --numa --json "${@:2}"
}

# with_nodes COMMAND...: runs it where the nodes are those of the last numa.
with_nodes() {
	# shellcheck disable=SC2016 # for the inner shell
	run_apart unshare --mount bash -c 'mount --bind nodes /sys/devices/system/node/has_memory &&
		exec "$@"' bash "$@"
}

# numa_injecting FAULT: numa on /shmtool-test, of whose 100 pages one is in memory, while strace injects
# the fault.
numa_injecting() {
	require_strace
	numa 0-1 /dev/null # the conditions
	truncate -s $((100 * page)) /dev/shm/shmtool-test
	printf x | "$HELPERS/mapping" write /dev/shm/shmtool-test $((5 * page))
	with_nodes strace -qq -o trace -e inject="$1" \
		"$SHMTOOL" probe-pages --state --summary --numa --json /shmtool-test
}

@test "probe-pages --numa: with one node, all pages in memory are there, and a note says so" {
	truncate -s $((10 * page)) /dev/shm/shmtool-test
	printf x | "$HELPERS/mapping" write /dev/shm/shmtool-test 0
	id=$(new_segment $((4 * page)))
	"$HELPERS/fill_segment" "$id" "$page"
	numa 0 /shmtool-test "$id"
	assert_success
	assert_equal "$(values ref resident node0)" "/shmtool-test 1 1
id:$id 1 1"
	assert_equal "$stderr" 'shmtool: probe-pages: this machine has one NUMA node, node0'
	assert_unchanged
	numa 3 /shmtool-test
	assert_equal "$(values resident node3)" '1 1'
}

@test "probe-pages --numa: with several nodes, the pages of each, and none is brought into memory" {
	require_disk
	make_file people.dat $((40 * page))
	"$HELPERS/every_second" people.dat
	truncate -s $((20000 * page)) /dev/shm/shmtool-test
	printf x | "$HELPERS/mapping" write /dev/shm/shmtool-test $((5 * page))
	printf x | "$HELPERS/mapping" write /dev/shm/shmtool-test $((19999 * page))
	id=$(new_segment $((4 * page)))
	"$HELPERS/fill_segment" "$id" $((3 * page))
	: >empty
	for ((i = 0; i < 10; i++)); do
		before=$("$HELPERS/page_states" people.dat)
		numa 0-1,5 --total ./people.dat /shmtool-test "$id" ./empty
		after=$("$HELPERS/page_states" people.dat)
		[ "$before" != "$after" ] || break
	done
	assert_success
	assert_stderr_empty
	assert_equal "$after" "$before"
	# 20, unless the machine needed the memory of some.
	resident=$(grep -c resident <<<"$before")
	[ "$resident" -gt 10 ]
	assert_equal "$(values ref resident node0 node1 node5)" "./people.dat $resident $resident 0 0
/shmtool-test 2 2 0 0
id:$id 3 3 0 0
./empty 0 0 0 0
total $((resident + 5)) $((resident + 5)) 0 0"
	assert_equal "$(object_stat shmtool-test %b)" $((2 * page / 512))
	assert_equal "$(proc_shm "$id" rss)" $((3 * page))
	numa 0-1 /shmtool-test --offset $((19990 * page)) --length $((10 * page))
	assert_equal "$(values resident node0 node1)" '1 1 0'
}

@test "probe-pages --numa: without MADV_POPULATE_READ the same" {
	numa_injecting madvise:error=EINVAL
	assert_success
	grep -q INJECTED trace
	assert_equal "$(values resident node0 node1)" '1 1 0'
}

@test "probe-pages --numa: where the call is refused, the other numbers are shown" {
	numa_injecting move_pages:error=EPERM
	assert_failure 1
	assert_equal "$(values resident node0 node1)" '1 - -'
	assert_stderr_like "/shmtool-test: the nodes of its pages can't be found"
	# A file whose pages in memory are hidden.
	chmod 644 /dev/shm/shmtool-test
	with_nodes setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$SHMTOOL" probe-pages --state --summary --numa --json /shmtool-test
	assert_success
	assert_equal "$(values resident node0)" '- -'
}

#
# Usage errors
#

@test "probe-pages --summary: options that do not go together" {
	truncate -s "$page" /dev/shm/shmtool-a /dev/shm/shmtool-b
	run_tool probe-pages --summary /shmtool-a
	assert_usage_error probe-pages '--summary requires --state'
	for option in --each --map '--pages 3'; do
		# shellcheck disable=SC2086 # words
		run_tool probe-pages --state --summary $option /shmtool-a
		assert_usage_error probe-pages "--summary can't be combined with ${option% *}"
	done
	for option in --recursive --total --numa; do
		run_tool probe-pages --state $option /shmtool-a
		assert_usage_error probe-pages "$option requires --summary"
	done
	run_tool probe-pages --state /shmtool-a /shmtool-b
	assert_usage_error probe-pages 'several REFs require --state --summary'
	run_tool probe-pages --state --summary /shmtool-a msg:1
	assert_usage_error probe-pages 'message queue'
	run_tool probe-pages --state --summary --offset 5 /shmtool-a
	assert_failure 2
	assert_stderr_like 'multiple of the page size'
	run_tool probe-pages --state --summary
	assert_usage_error probe-pages 'missing operand'
}
