#!/usr/bin/env bats
# create: System V segments.

load test_helper
load truth

# assert_size ARGUMENT BYTES: --size ARGUMENT makes a segment of BYTES bytes.
assert_size() {
	run_tool create --size "$1"
	assert_success
	assert_equal "$1 $(proc_shm "$output" size)" "$1 $2"
}

@test "create: prints the id of the new segment, alone on one line" {
	run_tool create --size 4096
	assert_success
	assert_equal "$output" "$(segment_ids)"
	assert_equal "${#lines[@]}" 1
	assert_stderr_empty
}

@test "create: the id fits into a command substitution" {
	id=$("$SHMTOOL" create --size 1M)
	assert_segment_exists "$id"
	run ipcs -m -i "$id"
	assert_output --partial 'bytes=1048576'
}

@test "create: without --key the segment is private, belongs to the caller and has mode 600" {
	run_tool create --size 100
	assert_success
	assert_equal "$(proc_shm "$output" key)" 0
	assert_equal "$(proc_shm "$output" perms)" 600
	assert_equal "$(proc_shm "$output" size)" 100
	assert_equal "$(proc_shm "$output" uid)" "$(id -u)"
	assert_equal "$(proc_shm "$output" cgid)" "$(id -g)"
}

@test "create: leaves the new segment without an attachment" {
	run_tool create --size 4096
	assert_success
	assert_equal "$(proc_shm "$output" nattch)" 0
}

@test "create: two runs make two segments" {
	first=$("$SHMTOOL" create --size 4096)
	second=$("$SHMTOOL" create --size 4096)
	assert_equal "$(segment_ids)" "$first"$'\n'"$second"
}

@test "create --size: a bare number is bytes" {
	assert_size 4097 4097
}

@test "create --size: K is 1024, KB is 1000, and a fraction is allowed" {
	assert_size 4K 4096
	assert_size 4KB 4000
	assert_size 1.5M 1572864
}

@test "create --size: gigabytes and terabytes" {
	require_64_bit
	run_tool create --size 2G --noreserve
	assert_success
	assert_equal "$(proc_shm "$output" size)" 2147483648
	run_tool create --size 1T --noreserve
	assert_success
	assert_equal "$(proc_shm "$output" size)" 1099511627776
}

@test "create --size: given twice, the last wins" {
	run_tool create --size 4K --size 8K
	assert_success
	assert_equal "$(proc_shm "$output" size)" 8192
}

@test "create --mode: octal" {
	run_tool create --size 4K --mode 640
	assert_success
	assert_equal "$(proc_shm "$output" perms)" 640
}

@test "create --mode: symbolic" {
	run_tool create --size 4K --mode u=rw,g=r,o=
	assert_success
	assert_equal "$(proc_shm "$output" perms)" 640
}

@test "create --mode: no access for anybody is a mode too" {
	run_tool create --size 4K --mode 0
	assert_success
	assert_equal "$(proc_mode "$output")" 0
}

@test "create --mode: the umask takes nothing away" {
	run_apart bash -c 'umask 077; "$SHMTOOL" create --size 4K --mode 666'
	assert_success
	assert_equal "$(proc_shm "$output" perms)" 666
}

@test "create --key: hexadecimal" {
	run_tool create --size 4K --key 0x2a
	assert_success
	assert_equal "$(proc_shm "$output" key)" 42
}

@test "create --key: decimal" {
	run_tool create --size 4K --key 1234
	assert_success
	assert_equal "$(proc_key "$output")" 0x000004d2
}

@test "create --key: keys that are negative as a signed number" {
	run_tool create --size 4K --key 0xdeadbeef
	assert_success
	assert_equal "$(proc_key "$output")" 0xdeadbeef
}

@test "create --ftok: the key of ftok(3) for a path, with project 1 by default" {
	run_tool create --size 4K --ftok "$BATS_TEST_TMPDIR"
	assert_success
	assert_equal "$(proc_key "$output")" "$("$HELPERS/ftok_key" "$BATS_TEST_TMPDIR" 1)"
}

@test "create --ftok: the project as a number" {
	run_tool create --size 4K --ftok "$BATS_TEST_TMPDIR:77"
	assert_success
	assert_equal "$(proc_key "$output")" "$("$HELPERS/ftok_key" "$BATS_TEST_TMPDIR" 77)"
}

@test "create --ftok: the project as a character in quotes" {
	run_tool create --size 4K --ftok "$BATS_TEST_TMPDIR:'R'"
	assert_success
	assert_equal "$(proc_key "$output")" "$("$HELPERS/ftok_key" "$BATS_TEST_TMPDIR" 82)"
}

@test "create --ftok: a key that is negative as a signed number is not a failure" {
	run_tool create --size 4K --ftok "$BATS_TEST_TMPDIR:200"
	assert_success
	assert_stderr_empty
	assert_equal "$(proc_key "$output")" "$("$HELPERS/ftok_key" "$BATS_TEST_TMPDIR" 200)"
	[ "$(proc_shm "$output" key)" -lt 0 ]
}

@test "create --ftok: warns of a project whose low 8 bits are 0" {
	run_tool create --size 4K --ftok "$BATS_TEST_TMPDIR:256"
	assert_success
	assert_stderr_like '256'
	assert_equal "${#stderr_lines[@]}" 1
	assert_equal "$(proc_key "$output")" "$("$HELPERS/ftok_key" "$BATS_TEST_TMPDIR" 256)"
}

@test "create --ftok: does not warn of the project when it fails for another reason, or makes nothing" {
	run_tool create --size 4K --ftok "$BATS_TEST_TMPDIR:256"
	assert_success
	run_tool create --size 8K --ftok "$BATS_TEST_TMPDIR:256"
	assert_fails create 'already exists'
	run_tool create --size 4K --ftok "$BATS_TEST_TMPDIR:256"
	assert_success
	refute_stderr_like 'POSIX'
}

@test "write --create: warns of ftok's project 0 when it makes the segment, and then no more" {
	run_tool write --create --string x "ftok:$BATS_TEST_TMPDIR:0"
	assert_success
	assert_stderr_like 'POSIX'
	run_tool write --create --string y "ftok:$BATS_TEST_TMPDIR:0"
	assert_success
	assert_stderr_empty
}

@test "create --ftok: a path that is not there fails with its name" {
	run_tool create --size 4K --ftok "$BATS_TEST_TMPDIR/nothing"
	assert_failure 1
	assert_stderr_like "$BATS_TEST_TMPDIR/nothing"
	assert_output ''
	assert_unchanged
}

@test "create --key: an existing segment is returned, and stderr says that it was there" {
	id=$("$HELPERS/make_keyed" 0x2a 4096 640)
	run_tool create --size 4096 --key 0x2a
	assert_success
	assert_output "$id"
	assert_stderr_like '^shmtool: create: .*already exists' '4096' '640' "$me"
	assert_unchanged
}

@test "create --key: an existing larger segment serves as well" {
	id=$("$HELPERS/make_keyed" 0x2a 8192 600)
	run_tool create --size 4096 --key 0x2a
	assert_success
	assert_output "$id"
	assert_stderr_like '8192'
	assert_unchanged
}

@test "create --key --quiet: prints no note about an existing segment" {
	id=$("$HELPERS/make_keyed" 0x2a 4096 640)
	run_tool create --quiet --size 4096 --key 0x2a
	assert_success
	assert_output "$id"
	assert_stderr_empty
}

@test "create --key: an existing segment that is too small is a sentence, not EINVAL" {
	"$HELPERS/make_keyed" 0x2a 4096 600
	run_tool create --size 8192 --key 0x2a
	assert_fails create '0x0000002a' '4096' '8192'
	refute_stderr_like 'invalid argument'
	assert_unchanged
}

@test "create --key --exclusive: an existing segment is an error" {
	"$HELPERS/make_keyed" 0x2a 4096 600
	run_tool create --size 4096 --key 0x2a --exclusive
	assert_fails create '0x0000002a' 'exist|there'
	assert_unchanged
}

@test "create --key --exclusive: makes a segment that is not there yet" {
	run_tool create --size 4096 --key 0x2a --exclusive
	assert_success
	assert_stderr_empty
	assert_equal "$(proc_shm "$output" key)" 42
}

@test "create --ftok: an existing segment is returned" {
	id=$("$HELPERS/make_keyed" "$("$HELPERS/ftok_key" "$BATS_TEST_TMPDIR" 5)" 4096 600)
	run_tool create --size 4096 --ftok "$BATS_TEST_TMPDIR:5"
	assert_success
	assert_output "$id"
	assert_stderr_like 'already exists'
}

@test "create --key: a mode that another user's existing segment refuses is an error message" {
	require_root
	"$HELPERS/make_keyed" 0x2a 4096 600
	run_tool_as_user create --size 4096 --key 0x2a --mode 666
	assert_fails create '0x0000002a' 'permission|mode|access|owner'
	refute_stderr_like 'invalid argument'
	assert_unchanged
}

@test "create --key: does not change the mode of an existing segment" {
	id=$("$HELPERS/make_keyed" 0x2a 4096 600)
	run_tool create --size 4096 --key 0x2a --mode 666
	assert_success
	assert_output "$id"
	assert_equal "$(proc_shm "$id" perms)" 600
	assert_unchanged
}

@test "create: memory is not filled in unless asked" {
	run_tool create --size 1M
	assert_success
	assert_equal "$(proc_shm "$output" rss)" 0
}

@test "create --populate: all pages are there at once" {
	run_tool create --size 1M --populate
	assert_success
	assert_equal "$(proc_shm "$output" rss)" 1048576
	assert_equal "$(proc_shm "$output" nattch)" 0
}

@test "create --lock: the segment is locked in memory" {
	run_tool create --size 4K --lock
	assert_success
	id=$output
	assert_equal "$(proc_shm "$id" perms)" 2600
	run ipcs -m
	assert_line --regexp "^0x00000000 $id .* locked"
}

@test "create --noreserve: 5 GiB are created as 5 GiB, or refused on 32 bit" {
	run_tool create --size 5G --noreserve
	if [[ $status -eq 0 ]]; then
		assert_equal "$(proc_shm "${lines[0]}" size)" 5368709120
	else
		assert_fails create '5368709120 bytes exceed the address space of a 32-bit program'
		assert_unchanged
	fi
}

@test "create --noreserve: more than there is memory for" {
	require_64_bit
	[ "$(cat /proc/sys/vm/overcommit_memory)" -eq 0 ] || skip 'needs vm.overcommit_memory=0'
	run_tool create --size 1T --noreserve
	assert_success
	assert_segment_exists "$output"
}

@test "create: more than there is memory for fails, naming the memory" {
	require_64_bit
	[ "$(cat /proc/sys/vm/overcommit_memory)" -eq 0 ] || skip 'needs vm.overcommit_memory=0'
	run_tool create --size 1000T
	assert_fails create 'memory' 'noreserve|overcommit'
	assert_unchanged
}

@test "create --owner: a user by name" {
	require_root
	run_tool create --size 4K --owner nobody
	assert_success
	assert_equal "$(proc_shm "$output" uid)" "$(id -u nobody)"
	assert_equal "$(proc_shm "$output" gid)" 0
	assert_equal "$(proc_shm "$output" cuid)" 0
}

@test "create --owner: a user and a group" {
	require_root
	run_tool create --size 4K --owner nobody:daemon
	assert_success
	assert_equal "$(proc_shm "$output" uid)" "$(id -u nobody)"
	assert_equal "$(proc_shm "$output" gid)" "$(getent group daemon | cut -d: -f3)"
}

@test "create --owner: numbers, known or not" {
	require_root
	run_tool create --size 4K --owner 54321:12345
	assert_success
	assert_equal "$(proc_shm "$output" uid)" 54321
	assert_equal "$(proc_shm "$output" gid)" 12345
}

@test "create --owner --mode: both hold" {
	require_root
	run_tool create --size 4K --owner nobody --mode 644
	assert_success
	assert_equal "$(proc_shm "$output" uid) $(proc_shm "$output" perms)" "$(id -u nobody) 644"
}

@test "create --verbose: stdout still has the id alone" {
	run_tool create --verbose --size 4K
	assert_success
	assert_output --regexp '^[0-9]+$'
	assert_equal "$output" "$(segment_ids)"
}

@test "create: the limit on the number of segments is named, with its value and its sysctl" {
	require_root
	new_segment 4096
	new_segment 4096
	set_limit shmmni 2
	run_tool create --size 4096
	assert_fails create 'shmmni' '(^|[^0-9])2([^0-9]|$)' 'sysctl.*kernel\.shmmni'
	refute_stderr_like 'no space left'
	assert_unchanged
}

@test "create: the limit on all pages is named, with its value and its sysctl" {
	require_root
	set_limit shmall 10
	run_tool create --size 1M
	assert_fails create 'shmall' '(^|[^0-9])10([^0-9]|$)' 'sysctl.*kernel\.shmall'
	refute_stderr_like 'no space left'
	assert_unchanged
}

@test "create: the limit on the size is named, with its value and its sysctl" {
	require_root
	set_limit shmmax 65536
	run_tool create --size 1M
	assert_fails create 'shmmax' '65536|64K' 'sysctl.*kernel\.shmmax'
	refute_stderr_like 'invalid argument'
	assert_unchanged
}

@test "create: a size that no file can have is not put down to shmmax" {
	[ "$(cat /proc/sys/kernel/shmmax)" = 18446744073692774399 ] || skip 'needs kernel.shmmax at its default'
	run_tool create --size 8E --noreserve
	assert_failure
	assert_output ''
	assert_stderr_like '^shmtool: create: ' '9223372036854775808|8E'
	refute_stderr_like 'sysctl' 'invalid argument'
	assert_unchanged
}

@test "create: a segment of exactly shmmax bytes fits" {
	require_root
	set_limit shmmax 65536
	run_tool create --size 64K
	assert_success
	assert_equal "$(proc_shm "$output" size)" 65536
}

@test "create --key: a limit that is hit does not hide that the key is there" {
	require_root
	id=$("$HELPERS/make_keyed" 0x2a 4096 600)
	set_limit shmmni 1
	run_tool create --size 4096 --key 0x2a
	assert_success
	assert_output "$id"
}

@test "create --lock: exceeding RLIMIT_MEMLOCK is reported, and nothing is left behind" {
	require_root
	run_apart as_user bash -c 'ulimit -l 0; "$SHMTOOL" create --size 1M --lock'
	assert_fails create 'lock' 'memlock|ulimit'
	assert_unchanged
}

@test "create --key: of several at the same time one makes it, and all print the same id" {
	for number in {1..8}; do
		"$SHMTOOL" create --size 64K --key 0x2a >"out.$number" 2>"err.$number" &
		BACKGROUND_PIDS+=("$!")
	done
	for pid in "${BACKGROUND_PIDS[@]}"; do
		wait "$pid"
	done
	assert_equal "$(cat out.* | sort -u)" "$(segment_ids)"
	assert_equal "$(cat err.* | grep -c 'already exists')" 7
}

@test "create --key --exclusive: of several at the same time one succeeds" {
	succeeded=0
	for number in {1..8}; do
		"$SHMTOOL" create --size 64K --key 0x2a --exclusive >"out.$number" 2>/dev/null &
		BACKGROUND_PIDS+=("$!")
	done
	for pid in "${BACKGROUND_PIDS[@]}"; do
		if wait "$pid"; then
			succeeded=$((succeeded + 1))
		fi
	done
	assert_equal "$succeeded" 1
	assert_equal "$(cat out.*)" "$(segment_ids)"
}

@test "create: with shm_rmid_forced a segment would be gone at once, so none is made" {
	set_limit shm_rmid_forced 1
	run_tool create --size 4096
	assert_fails create 'shm_rmid_forced' 'sysctl kernel.shm_rmid_forced=0' '--posix'
	assert_no_segments
	run_tool create --posix shmtool-forced --size 4096
	assert_success
}

@test "create -v: reports new objects, not existing ones" {
	run_tool create --size 4096 --key 0x2a --mode 640 -v
	assert_success
	assert_stderr_like '^shmtool: create: key:0x0000002a: created, mode 640$'
	run_tool create --size 4096 --key 0x2a -v
	refute_stderr_like made
}

@test "create --mode: symbolic modes add to 600" {
	run_tool create --size 4K --mode g+r,o+r
	assert_success
	assert_equal "$(proc_mode "$output")" 644
}

@test "create --key: an object that another process creates meanwhile is used" {
	require_strace
	# The first call looks whether it is there.
	run_stopping shmget:1 create --key 0x2a --size 4K
	id=$("$HELPERS/make_keyed" 0x2a 8192 600)
	run_on
	assert_success
	assert_output "$id"
	assert_stderr_like 'already exists: 8192 bytes'
	assert_equal "$(segment_ids)" "$id"
}

@test "create --key --exclusive: an object that another process creates meanwhile is an error" {
	require_strace
	run_stopping shmget:1 create --key 0x2a --size 4K --exclusive
	id=$("$HELPERS/make_keyed" 0x2a 8192 600)
	run_on
	assert_fails create '0x0000002a' 'already exists'
	assert_equal "$(segment_ids)" "$id"
}

@test "create: after a signal, a segment is either printed or removed" {
	require_strace
	run_apart strace -qq -o trace -e inject=shmget:signal=TERM "$SHMTOOL" create --size 4K
	assert_equal "$status" 143
	assert_equal "$(segment_ids)" "$output"
}

@test "create --populate: a signal interrupts it, and nothing is left behind" {
	require_strace
	# The first of its steps, said to be done, so that no memory is taken.
	run_apart strace -qq -o trace -e inject=madvise:retval=0:signal=TERM "$SHMTOOL" create --size 1G --populate
	assert_equal "$status" 143
	assert_output ''
	assert_no_segments
}

# paste_sysctl: runs the command of the last message in this namespace.
paste_sysctl() {
	[[ $stderr =~ sysctl\ kernel\.(shm[a-z]+)=([0-9]+) ]] || fail "no sysctl in: $stderr"
	echo "${BASH_REMATCH[2]}" >"/proc/sys/kernel/${BASH_REMATCH[1]}"
}

@test "create: the sysctl of a limit that was hit can be pasted, and then it fits" {
	new_segment 4096
	for limit in 'shmmni 1' 'shmall 20' 'shmmax 65536'; do
		# shellcheck disable=SC2086 # a name and a number
		set_limit $limit
		run_tool create --size 100K
		assert_fails create "${limit% *}"
		paste_sysctl
		run_tool create --size 100K
		assert_success
		restore_limits
	done
}

@test "create: a signal that is ignored, as after nohup, is still ignored" {
	require_strace
	run_apart env --ignore-signal=INT,HUP strace -qq -o trace -e inject=shmget:signal=HUP \
		"$SHMTOOL" create --size 4K
	assert_success
	assert_equal "$(segment_ids)" "$output"
}

@test "create: more than there is memory for names the sysctl and the option that help" {
	require_64_bit
	[ "$(cat /proc/sys/vm/overcommit_memory)" -ne 1 ] || skip 'needs vm.overcommit_memory other than 1'
	run_tool create --size 1000T
	assert_fails create '1099511627776000 bytes' 'vm.overcommit_memory is [02]' '--noreserve' \
		'sysctl vm.overcommit_memory=1'
}
