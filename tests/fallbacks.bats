#!/usr/bin/env bats
# Newer kernel calls, and what stands in for them: both give the same on one kernel. strace makes
# a call fail as an older kernel or another file system would.

load test_helper
load truth

setup() {
	common_setup
	require_private_namespace
	require_strace
}

# without SYSCALL ERROR ARGUMENT...: runs the tool with a system call that always fails.
without() {
	local call=$1 error=$2
	shift 2

	run_apart strace -f -qq -o trace -e "inject=$call:error=$error" "$SHMTOOL" "$@"
	grep -q INJECTED trace || fail "$call was not called"
}

# without_tmpfile create --posix NAME ARGUMENT...: runs the tool on a file system that has no
# O_TMPFILE.
without_tmpfile() {
	local count

	# Which of its calls it is shows in a run before.
	strace -f -qq -o calls -e trace=openat "$SHMTOOL" "$@" >/dev/null 2>&1 || true
	rm -f "/dev/shm/$3"
	count=$(grep -n O_TMPFILE calls | head -n 1 | cut -d: -f1)
	run_apart strace -f -qq -o trace -e "inject=openat:error=EOPNOTSUPP:when=$count" "$SHMTOOL" "$@"
	grep -q 'O_TMPFILE.*INJECTED' trace || fail 'O_TMPFILE was not used'
}

@test "create --posix without O_TMPFILE: the object is the same" {
	without_tmpfile create --posix shmtool-named --size 5000 --mode 640
	assert_success
	assert_output /shmtool-named
	assert_equal "$(object_stat shmtool-named '%s %a')" '5000 640'
	assert_equal "$(object_stat shmtool-named %b)" 16
}

@test "create --posix --from without O_TMPFILE: the content is the same" {
	head -c 12345 /dev/urandom >content
	without_tmpfile create --posix shmtool-named --from content
	assert_success
	cmp content /dev/shm/shmtool-named
}

@test "create --posix without O_TMPFILE: what can't be finished is unlinked" {
	without_tmpfile create --posix shmtool-named --size 100G
	assert_fails create /dev/shm 107374182400
	assert_unchanged
}

@test "create --posix --from - without O_TMPFILE: a signal leaves nothing behind" {
	local count pid

	strace -f -qq -o calls -e trace=openat "$SHMTOOL" create --posix shmtool-count --from - <<<x >/dev/null
	rm /dev/shm/shmtool-count
	count=$(grep -n O_TMPFILE calls | head -n 1 | cut -d: -f1)
	mkfifo fifo
	strace -qq -o trace -e "inject=openat:error=EOPNOTSUPP:when=$count" \
		"$SHMTOOL" create --posix shmtool-half --from - <fifo >output 2>errors 3>&- &
	exec 7>fifo
	echo half >&7
	wait_until 20 test -s /dev/shm/shmtool-half
	pid=$(pgrep -f -x "$SHMTOOL create --posix shmtool-half --from -")
	kill -TERM "$pid"
	wait_until 20 eval "! kill -0 $pid 2>/dev/null"
	exec 7>&-
	refute_object_exists shmtool-half
	assert_equal "$(cat output)" ''
}

@test "create --posix without fallocate: the blocks are reserved all the same" {
	without fallocate EOPNOTSUPP create --posix shmtool-blocks --size 64K
	assert_success
	assert_equal "$(object_stat shmtool-blocks '%s %b')" '65536 128'
}

@test "set --size without fallocate: what does not fit changes nothing" {
	"$HELPERS/make_object" /shmtool-grow 4096 600
	without fallocate EOPNOTSUPP set --size 64K /shmtool-grow
	assert_success
	assert_equal "$(object_stat shmtool-grow %s)" 65536
	blocks=$(object_stat shmtool-grow %b)
	[ "$blocks" -ge 120 ] # all but the first page, which was there before
	without fallocate EOPNOTSUPP set --size 100G /shmtool-grow
	assert_fails set /shmtool-grow /dev/shm
	assert_equal "$(object_stat shmtool-grow '%s %b')" "65536 $blocks"
}

@test "create --populate without MADV_POPULATE_WRITE: all pages are in memory" {
	without madvise EINVAL create --size 1M --populate
	assert_success
	assert_equal "$(proc_shm "$output" rss)" 1048576
}

@test "create --populate with MADV_POPULATE_WRITE: all pages are in memory" {
	run_tool create --size 1M --populate
	assert_success
	assert_equal "$(proc_shm "$output" rss)" 1048576
}

@test "stat -o rss of an object: with and without cachestat" {
	[ "$(awk '/^SwapTotal:/ { print $2 }' /proc/meminfo)" -eq 0 ] ||
		skip 'with swap, nothing stands in for cachestat'
	head -c 20000 /dev/zero >/dev/shm/shmtool-pages
	truncate -s 1M /dev/shm/shmtool-pages
	run_tool stat --kind pshm --raw --no-headings -o rss,swap
	assert_output '20480 0'
	# 451 is cachestat, 38 ENOSYS, 1 EPERM.
	run_apart "$HELPERS/without_syscall" 451 38 "$SHMTOOL" stat --kind pshm --raw --no-headings -o rss,swap
	assert_success
	assert_output '20480 0'
	run_apart "$HELPERS/without_syscall" 451 1 "$SHMTOOL" stat --kind pshm --raw --no-headings -o rss,swap
	assert_success
	assert_output '- -'
}
