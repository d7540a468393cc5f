#!/usr/bin/env bats
# create --posix: objects of shm_open(3).

load test_helper
load truth

@test "create --posix: prints the name with its slash, alone on one line" {
	run_tool create --posix shmtool-test --size 4K
	assert_success
	assert_output '/shmtool-test'
	assert_stderr_empty
	assert_equal "$(object_names)" shmtool-test
}

@test "create --posix: the slash may be given" {
	run_tool create --posix /shmtool-test --size 4K
	assert_success
	assert_output '/shmtool-test'
	assert_object_exists shmtool-test
}

@test "create --posix: size, mode 600 and owner" {
	run_tool create --posix shmtool-test --size 5000
	assert_success
	assert_equal "$(object_stat shmtool-test '%s %a %u %g')" "5000 600 $(id -u) $(id -g)"
}

@test "create --posix: the blocks are reserved" {
	run_tool create --posix shmtool-test --size 1M
	assert_success
	assert_equal $(($(object_stat shmtool-test '%b * %B'))) 1048576
}

@test "create --posix --noreserve: no block is reserved" {
	run_tool create --posix shmtool-test --size 1M --noreserve
	assert_success
	assert_equal "$(object_stat shmtool-test '%s %b')" '1048576 0'
}

@test "create --posix --noreserve: sizes that no memory holds" {
	run_tool create --posix shmtool-test --size 7E --noreserve
	assert_success
	assert_equal "$(object_stat shmtool-test %s)" 8070450532247928832
}

@test "create --posix --populate: all pages are there" {
	run_tool create --posix shmtool-test --size 1M --populate
	assert_success
	assert_equal $(($(object_stat shmtool-test '%b * %B'))) 1048576
}

@test "create --posix --mode: octal and symbolic" {
	run_tool create --posix shmtool-test1 --size 4K --mode 640
	assert_success
	run_tool create --posix shmtool-test2 --size 4K --mode u=rw,g=r,o=
	assert_success
	assert_equal "$(object_stat shmtool-test1 %a) $(object_stat shmtool-test2 %a)" '640 640'
}

@test "create --posix --mode: the umask takes nothing away" {
	run_apart bash -c 'umask 077; "$SHMTOOL" create --posix shmtool-test --size 4K --mode 666'
	assert_success
	assert_equal "$(object_stat shmtool-test %a)" 666
}

@test "create --posix --owner: user and group" {
	require_root
	run_tool create --posix shmtool-test --size 4K --owner nobody:daemon
	assert_success
	assert_equal "$(object_stat shmtool-test '%U:%G')" nobody:daemon
}

@test "create --posix --owner: a refusal leaves nothing behind" {
	require_root
	run_tool_as_user create --posix shmtool-test --size 4K --owner root
	assert_fails create '/shmtool-test|owner' 'permi|owner|root'
	assert_no_objects
}

@test "create --posix: a name of 255 bytes" {
	name=$(printf 'n%.0s' {1..255})
	run_tool create --posix "$name" --size 4K
	assert_success
	assert_output "/$name"
	assert_object_exists "$name"
}

@test "create --posix: a name in UTF-8" {
	run_tool create --posix 'größe-📦' --size 4K
	assert_success
	assert_output '/größe-📦'
	assert_object_exists 'größe-📦'
}

@test "create --posix: an existing object is kept, and stderr says that it was there" {
	printf 'content' >/dev/shm/shmtool-test
	chmod 640 /dev/shm/shmtool-test
	run_tool create --posix shmtool-test --size 4
	assert_success
	assert_output '/shmtool-test'
	assert_stderr_like '^shmtool: create: .*/shmtool-test.*already exists' '(^|[^0-9])7 bytes' '640' "$me"
	assert_equal "$(object_stat shmtool-test '%s %a')" '7 640'
	assert_equal "$(cat /dev/shm/shmtool-test)" content
}

@test "create --posix --quiet: prints no note about an existing object" {
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool create --quiet --posix shmtool-test --size 4K
	assert_success
	assert_output /shmtool-test
	assert_stderr_empty
}

@test "create --posix: an existing object that is too small is an error and does not grow" {
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool create --posix shmtool-test --size 8K
	assert_fails create '/shmtool-test' '4096|4K' '8192|8K'
	assert_unchanged
}

@test "create --posix --exclusive: an existing object is an error" {
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool create --posix shmtool-test --size 4K --exclusive
	assert_fails create '/shmtool-test' 'exist|there'
	assert_unchanged
}

@test "create --posix --exclusive: makes an object that is not there yet" {
	run_tool create --posix shmtool-test --size 4K --exclusive
	assert_success
	assert_stderr_empty
	assert_object_exists shmtool-test
}

@test "create --posix: an existing object of another user, under fs.protected_regular" {
	require_root
	as_user "$HELPERS/make_object" /shmtool-test 4096
	run_apart "$HELPERS/with_sysctl" /proc/sys/fs/protected_regular 2 -- \
		"$SHMTOOL" create --posix shmtool-test --size 4K
	[ "$status" -ne 77 ] || skip 'needs to set fs.protected_regular'
	assert_success
	assert_output '/shmtool-test'
	assert_stderr_like 'already exists' 'nobody'
	assert_unchanged
}

@test "create --posix: an existing object that the caller may not open" {
	require_root
	"$HELPERS/make_object" /shmtool-test 4096 600
	run_tool_as_user create --posix shmtool-test --size 8K
	assert_fails create '/shmtool-test'
	assert_unchanged
}

@test "create --posix: a full /dev/shm is an error at once, and nothing is left behind" {
	mount_shm size=1M
	run_tool create --posix shmtool-test --size 2M
	assert_fails create '/shmtool-test' '/dev/shm' 'space|full|free'
	assert_no_objects
}

@test "create --posix: the message of a full /dev/shm has the way out" {
	mount_shm size=1M
	run_tool create --posix shmtool-test --size 2M
	assert_failure 1
	assert_stderr_like 'mount.*remount.*size=|--noreserve'
}

@test "create --posix --noreserve: fits into a full /dev/shm" {
	mount_shm size=1M
	run_tool create --posix shmtool-test --size 2M --noreserve
	assert_success
	assert_equal "$(object_stat shmtool-test '%s %b')" '2097152 0'
}

@test "create --posix: a /dev/shm without a free inode is an error that says so" {
	mount_shm size=1M,nr_inodes=2
	"$HELPERS/make_object" /shmtool-test1 4096
	run_tool create --posix shmtool-test2 --size 4K
	assert_fails create '/shmtool-test2' 'inode|files'
	assert_unchanged
}

@test "create --posix: fallocate that fails half-way leaves nothing behind" {
	require_strace
	run_apart strace -f -o /dev/null -e inject=fallocate:error=ENOSPC \
		"$SHMTOOL" create --posix shmtool-test --size 4K
	assert_fails create '/shmtool-test' 'space|full|free'
	assert_no_objects
}

@test "create --posix: does not follow a symbolic link out of /dev/shm" {
	printf 'precious' >"$BATS_TEST_TMPDIR/precious"
	ln -s "$BATS_TEST_TMPDIR/precious" /dev/shm/shmtool-test
	run_tool create --posix shmtool-test --size 4K
	assert_failure 1
	assert_output ''
	assert_stderr_like '/shmtool-test'
	assert_equal "$(cat "$BATS_TEST_TMPDIR/precious")" precious
}

@test "create --posix: does not create the target of a dangling symbolic link" {
	ln -s "$BATS_TEST_TMPDIR/nothing" /dev/shm/shmtool-test
	run_tool create --posix shmtool-test --size 4K
	assert_failure 1
	assert_output ''
	assert_stderr_like '/shmtool-test'
	[ ! -e "$BATS_TEST_TMPDIR/nothing" ]
}

@test "create --posix: a FIFO of that name is an error and does not hang" {
	mkfifo /dev/shm/shmtool-test
	run_apart timeout 20 "$SHMTOOL" create --posix shmtool-test --size 4K
	assert_fails create '/shmtool-test'
	assert_unchanged
}

@test "create --posix: a directory of that name is an error" {
	mkdir /dev/shm/shmtool-test
	run_tool create --posix shmtool-test --size 4K
	assert_fails create '/shmtool-test'
	assert_unchanged
}

@test "create --posix: of several at the same time one makes it, and none sees it half made" {
	for _ in {1..5}; do
		BACKGROUND_PIDS=()
		for number in {1..8}; do
			"$SHMTOOL" create --posix shmtool-test --size 64K >"out.$number" 2>"err.$number" &
			BACKGROUND_PIDS+=("$!")
		done
		for pid in "${BACKGROUND_PIDS[@]}"; do
			wait "$pid"
		done
		assert_equal "$(cat out.* | sort | uniq -c | awk '{ print $1, $2 }')" '8 /shmtool-test'
		assert_equal "$(cat err.* | grep -c 'already exists: 65536 bytes')" 7
		assert_equal "$(object_names)" shmtool-test
		rm /dev/shm/shmtool-test
	done
}

@test "create --posix: a read-only /dev/shm" {
	mount_shm size=1M
	mount -o remount,ro /dev/shm
	run_tool create --posix shmtool-test --size 4K
	assert_fails create '/shmtool-test' 'read-only'
}

@test "create --posix: a /dev/shm without a limit is not a full one" {
	mount_shm size=0,nr_inodes=0
	run_tool create --posix shmtool-test --size 1M
	assert_success
	assert_equal "$(object_stat shmtool-test %s)" 1048576
}

@test "create --posix: an existing object that may not be used as the mode says is an error" {
	require_root
	"$HELPERS/make_object" /shmtool-test 4096 600
	run_tool_as_user create --posix shmtool-test --size 4K
	assert_fails create '/shmtool-test' 'already exists' 'mode 600' 'owner root' 'access'
	assert_unchanged
}

@test "create --posix: an object that another process creates meanwhile is used" {
	require_strace
	run_stopping fallocate:1 create --posix shmtool-test --size 4K
	"$HELPERS/make_object" /shmtool-test 8192
	run_on
	assert_success
	assert_output /shmtool-test
	assert_stderr_like 'already exists: 8192 bytes'
	assert_equal "$(object_stat shmtool-test %s)" 8192
}

@test "create --posix --exclusive: an object that another process creates meanwhile is an error" {
	require_strace
	run_stopping fallocate:1 create --posix shmtool-test --size 4K --exclusive
	"$HELPERS/make_object" /shmtool-test 8192
	run_on
	assert_fails create '/shmtool-test' 'already exists'
	assert_equal "$(object_stat shmtool-test %s)" 8192
}

@test "create --posix --mode: symbolic modes add to 600" {
	run_tool create --posix shmtool-test --size 4K --mode g+r
	assert_success
	assert_equal "$(object_stat shmtool-test %a)" 640
}

@test "create --posix: a size that no file can have is a sentence" {
	run_tool create --posix shmtool-test --size 10E
	assert_fails create "an object can't have 11529215046068469760 bytes: the maximum is 9223372036854775807$"
	assert_no_objects
}

@test "create --posix: the mount command of a full /dev/shm can be pasted, and then it fits" {
	mount_shm size=1M
	run_tool create --posix shmtool-test --size 2M
	assert_failure 1
	eval "$(grep -oE 'mount -o remount,size=[0-9]+ /dev/shm' <<<"$stderr")"
	run_tool create --posix shmtool-test --size 2M
	assert_success
}

@test "create --posix: the mount command of a /dev/shm without inodes can be pasted, and then it fits" {
	mount_shm size=1M,nr_inodes=4
	touch /dev/shm/shmtool-{1..3}
	run_tool create --posix shmtool-test --size 4K
	assert_failure 1
	eval "$(grep -oE 'mount -o remount,nr_inodes=[0-9]+ /dev/shm' <<<"$stderr")"
	run_tool create --posix shmtool-test --size 4K
	assert_success
}
