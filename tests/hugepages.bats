#!/usr/bin/env bats
# create --hugetlb, and the huge pages of limits. vm.nr_hugepages is not a thing of a
# namespace: tests that need its value hold a lock on its file, and with_sysctl puts it back.

load test_helper
load truth

nr_hugepages=/proc/sys/vm/nr_hugepages

setup() {
	common_setup
	require_private_namespace
	require_root
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip 'needs huge pages of 2 MiB'
	exec 9<"$nr_hugepages"
	flock 9
}

teardown() {
	remove_segments
	common_teardown
}

# with_hugepages COUNT COMMAND...: runs a command with COUNT huge pages on this machine, apart.
with_hugepages() {
	local count=$1
	shift

	[ "$(cat "$nr_hugepages")" -eq 0 ] || skip 'needs vm.nr_hugepages to be 0'
	run_apart "$HELPERS/with_sysctl" "$nr_hugepages" "$count" -- "$@"
	[ "$status" -ne 77 ] || skip 'needs free memory for huge pages'
}

free_hugepages() {
	cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages
}

@test "create --hugetlb: without free huge pages says how many there are and how to get more" {
	[ "$(free_hugepages)" -eq 0 ] || skip 'needs a machine without free huge pages'
	run_tool create --size 4M --hugetlb
	assert_fails create 'huge ?pages?' '(^|[^0-9])0([^0-9]|$)' 'nr_hugepages'
	refute_stderr_like 'cannot allocate memory'
	assert_unchanged
}

@test "create --hugetlb: with too few free huge pages says how many there are" {
	with_hugepages 2 "$SHMTOOL" create --size 8M --hugetlb
	assert_fails create 'huge ?pages?' '(^|[^0-9])2([^0-9]|$)' '(^|[^0-9])4([^0-9]|$)' 'nr_hugepages'
	assert_unchanged
}

@test "create --hugetlb: a segment in huge pages" {
	with_hugepages 4 bash -c '
		id=$("$SHMTOOL" create --size 4M --hugetlb) || exit
		awk -v id="$id" "\$2 == id { print \$4 }" /proc/sysvipc/shm
		cat /sys/kernel/mm/hugepages/hugepages-2048kB/resv_hugepages
		"$HELPERS/segment_control" "$id" rmid'
	assert_success
	assert_output $'4194304\n2'
}

@test "create --hugetlb=2M: the size of the pages" {
	with_hugepages 4 bash -c '
		id=$("$SHMTOOL" create --size 2M --hugetlb=2M) || exit
		cat /sys/kernel/mm/hugepages/hugepages-2048kB/resv_hugepages
		"$HELPERS/segment_control" "$id" rmid'
	assert_success
	assert_output 1
}

@test "create --hugetlb: a size that is not a multiple of the huge page" {
	with_hugepages 4 bash -c '
		id=$("$SHMTOOL" create --size 3M --hugetlb) || exit
		awk -v id="$id" "\$2 == id { print \$4 }" /proc/sysvipc/shm
		cat /sys/kernel/mm/hugepages/hugepages-2048kB/resv_hugepages
		"$HELPERS/segment_control" "$id" rmid'
	assert_success
	assert_output $'3145728\n2'
}

@test "create --hugetlb --populate: huge pages are there at once" {
	with_hugepages 4 bash -c '
		id=$("$SHMTOOL" create --size 4M --hugetlb --populate) || exit
		cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages
		"$HELPERS/segment_control" "$id" rmid'
	assert_success
	assert_output 2
}

@test "create --hugetlb=1G: without such pages says so, and how to get them" {
	directory=/sys/kernel/mm/hugepages/hugepages-1048576kB
	[ -d "$directory" ] || skip 'needs huge pages of 1 GiB'
	[ "$(cat "$directory/free_hugepages")" -eq 0 ] || skip 'needs a machine without free huge pages'
	run_tool create --size 1G --hugetlb=1G
	assert_fails create 'huge ?pages?' '1048576kB|1G|1 GiB'
	assert_unchanged
}

@test "create --hugetlb=SIZE: a size that this machine has not is refused with those it has" {
	run_tool create --size 4M --hugetlb=4M
	[ "$status" -eq 1 ] || [ "$status" -eq 2 ]
	assert_output ''
	assert_stderr_like '^shmtool: create: ' '4M|4096kB|4194304' '2M|2048 ?kB'
	refute_stderr_like 'invalid argument'
	assert_unchanged
}

@test "create --hugetlb: missing privilege is reported, with the remedy" {
	require_plain_build
	run_apart as_user bash -c 'ulimit -l 0; "$SHMTOOL" create --size 4M --hugetlb'
	assert_fails create 'huge' 'hugetlb_shm_group|memlock'
	refute_stderr_like 'operation not permitted'
	assert_unchanged
}

@test "create --hugetlb --posix: cannot be combined" {
	run_tool create --size 4M --hugetlb --posix shmtool-test
	assert_usage_error create '--hugetlb' 'posix|System V'
}

@test "create --hugetlb=SIZE: invalid page sizes" {
	run_tool create --size 4M --hugetlb=X
	assert_usage_error create '--hugetlb' 'X'
	run_tool create --size 4M --hugetlb=3M
	assert_usage_error create '--hugetlb' '3M'
}

@test "limits: the number of huge pages and how many are used" {
	with_hugepages 4 bash -c '"$HELPERS/make_segments" 1 4096 >/dev/null; "$SHMTOOL" limits --json'
	assert_success
	assert_equal "$(json -c '.[] | select(.limit == "hugepages_2048kB") | [.value, .used]')" '[4,0]'
}

@test "limits: reserved huge pages are not missing from a segment that is not filled" {
	with_hugepages 4 bash -c '
		id=$("$SHMTOOL" create --size 6M --hugetlb) || exit
		"$SHMTOOL" limits --json --name shm_sparse
		"$HELPERS/segment_control" "$id" rmid'
	assert_success
	assert_equal "$(json -c '.[] | select(.limit == "shm_sparse") | .used')" 0
}

@test "limits: a warning with the sysctl when more than 80 % of the huge pages are used" {
	with_hugepages 2 bash -c '
		id=$("$SHMTOOL" create --size 4M --hugetlb --populate) || exit
		"$SHMTOOL" limits --json
		"$HELPERS/segment_control" "$id" rmid'
	assert_success
	assert_equal "$(json -c '.[] | select(.limit == "hugepages_2048kB") | [.value, .used]')" '[2,2]'
	assert_stderr_like '^shmtool: limits: .*hugepages' 'nr_hugepages'
}

@test "stat: the pages of a segment in huge pages: the size in bytes" {
	with_hugepages 2 bash -c '
		id=$("$SHMTOOL" create --size 4M --hugetlb --populate) || exit
		"$SHMTOOL" stat --raw --no-headings -o bytes "$id"
		"$HELPERS/segment_control" "$id" rmid'
	assert_success
	assert_output 4194304
}

@test "create --hugetlb: the sysctl that is named is for as many pages as are needed" {
	with_hugepages 2 "$SHMTOOL" create --size 8M --hugetlb
	assert_fails create 'needs 4 huge pages of 2048 kB, 2 of 2 are free' 'sysctl vm\.nr_hugepages=4)'
}

@test "create --hugetlb: pages that are promised to another segment are not free" {
	with_hugepages 3 bash -c '
		id=$("$SHMTOOL" create --size 4M --hugetlb) || exit
		"$SHMTOOL" create --size 4M --hugetlb
		status=$?
		"$HELPERS/segment_control" "$id" rmid
		exit "$status"'
	assert_fails create 'needs 2 huge pages of 2048 kB, 1 of 3 are free' 'sysctl vm\.nr_hugepages=4)'
}

@test "stat, users: used and rss of a segment in huge pages are its touched pages" {
	with_hugepages 4 bash -c '
		columns=bytes,used,rss,swap
		id=$("$SHMTOOL" create --size 4M --hugetlb --populate) || exit
		"$SHMTOOL" stat --raw --no-headings -o "$columns" "$id"
		half=$("$SHMTOOL" create --size 4M --hugetlb) || exit
		"$HELPERS/fill_segment" "$half" 1
		"$SHMTOOL" stat --raw --no-headings -o "$columns" "$half"
		"$HELPERS/refuse_sysv" all EPERM "$SHMTOOL" stat --raw --no-headings -o "$columns" "$half"
		small=$("$SHMTOOL" create --size 64K --populate)
		"$SHMTOOL" stat --raw --no-headings -o "$columns" "$small"
		"$HELPERS/hold_segment" "$half" >said 3>&- &
		until [ -s said ]; do sleep 0.02; done
		"$SHMTOOL" users -q --raw --no-headings -o used,bytes "$half"
		kill "$!"; wait "$!"
		"$HELPERS/segment_control" "$id" rmid; "$HELPERS/segment_control" "$half" rmid'
	assert_success
	assert_output '4194304 4194304 4194304 0
4194304 2097152 2097152 0
4194304 2097152 2097152 0
65536 65536 65536 0
2097152 4194304'
}

@test "stat: used of a large segment with few huge pages is not as many times too much" {
	[ "$(awk '/^Shmem:/ { print $2 }' /proc/meminfo)" -lt 1000000 ] ||
		skip 'needs a machine with less than 1 GiB of shared memory'
	with_hugepages 2 bash -c '
		id=$("$SHMTOOL" create --size 3G --hugetlb --noreserve) || exit
		"$HELPERS/fill_segment" "$id" 1
		"$SHMTOOL" stat --raw --no-headings -o used,rss "$id"
		"$HELPERS/segment_control" "$id" rmid'
	assert_success
	assert_output '2097152 2097152'
}

@test "stat, rm: a segment in huge pages of 1 GiB" {
	directory=/sys/kernel/mm/hugepages/hugepages-1048576kB
	[ -d "$directory" ] || skip 'needs huge pages of 1 GiB'
	[ "$(cat "$directory/nr_hugepages")" -eq 0 ] || skip 'needs vm.nr_hugepages to be 0'
	[ "$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)" -gt 4000000 ] || skip 'needs 4 GB of memory'
	run_apart "$HELPERS/with_sysctl" "$directory/nr_hugepages" 1 -- bash -c '
		id=$("$SHMTOOL" create --size 1G --hugetlb=1G --populate) || exit
		"$SHMTOOL" stat --raw --no-headings -o used,rss "$id"
		"$SHMTOOL" rm --unused --kind shm >/dev/null'
	[ "$status" -ne 77 ] || skip 'needs free memory for huge pages'
	assert_success
	assert_output '1073741824 1073741824'
	assert_equal "${stderr##*shmtool: rm: }" 'removed 1 object, 1073741824 bytes freed; kept 0'
}

@test "rm: the huge pages of a segment are counted as freed" {
	with_hugepages 2 bash -c '
		id=$("$SHMTOOL" create --size 2M --hugetlb --populate) &&
		"$SHMTOOL" create --size 64M >/dev/null &&
		"$SHMTOOL" rm --kind shm --min-size 1M'
	assert_success
	assert_equal "${stderr##*shmtool: rm: }" 'removed 2 objects, 2097152 bytes freed; kept 0'
	# The last page is a whole one, too.
	with_hugepages 2 bash -c '
		"$SHMTOOL" create --size 3M --hugetlb --populate && "$SHMTOOL" rm --kind shm --min-size 1M'
	assert_success
	assert_equal "${stderr##*shmtool: rm: }" 'removed 1 object, 4194304 bytes freed; kept 0'
}

@test "users: users of a segment in huge pages" {
	# shellcheck disable=SC2016 # for the inner shell
	with_hugepages 2 bash -c '
		id=$("$SHMTOOL" create --size 2M --hugetlb) || exit
		"$HELPERS/hold_segment" "$id" >said 3>&- &
		until [ -s said ]; do sleep 0.02; done
		"$SHMTOOL" users -q --raw --no-headings -o pid,how,bytes "id:$id" | sed "s/^$! /holder /"
		kill "$!"; wait "$!"
		"$HELPERS/segment_control" "$id" rmid'
	assert_success
	assert_output 'holder attached 2097152'
}
