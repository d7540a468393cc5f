#!/usr/bin/env bats
# Newer kernel calls, and their fallbacks: both give the same on one kernel. strace makes
# a call fail as an older kernel or another file system would.

load test_helper
load truth

setup() {
	common_setup
	require_private_namespace
	require_strace
}

teardown() {
	umount_shm
	remove_segments
	common_teardown
}

# Options that run strace's program unprivileged: none if the tests already are.
unprivileged=()
[[ $EUID -ne 0 ]] || unprivileged=(setpriv --reuid 65534 --clear-groups)

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

@test "create --posix without O_TMPFILE: an incomplete object is unlinked" {
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

@test "set --size without fallocate: a size that does not fit changes nothing" {
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

@test "create, set --size with a refused fallocate: the blocks are reserved all the same" {
	run_apart "$HELPERS/without_syscall" fallocate ENOSYS "$SHMTOOL" create --posix shmtool-blocks --size 64K
	assert_success
	assert_equal "$(object_stat shmtool-blocks '%s %b')" '65536 128'
	run_apart "$HELPERS/without_syscall" fallocate ENOSYS "$SHMTOOL" set --size 70000 /shmtool-blocks
	assert_success
	assert_equal "$(object_stat shmtool-blocks '%s %b')" '70000 144'
	run_apart "$HELPERS/without_syscall" fallocate ENOSYS "$SHMTOOL" create --posix shmtool-full --size 100G
	assert_fails create /dev/shm 107374182400
	refute_object_exists shmtool-full
}

@test "rm --dry-run with calls that a seccomp filter refuses: the same answer" {
	# realpath(3) of the C library has no fallback, and is only needed to find the build tree's rules.
	export SHMTOOL_FAMILIES=$SRCDIR/share/families
	"$HELPERS/make_object" /shmtool-old 4096
	for call in faccessat2 statx; do
		for error in EPERM ENOSYS; do
			run_apart "$HELPERS/without_syscall" "$call" "$error" \
				"$SHMTOOL" rm --unused --dry-run --raw --no-headings -o ref,result
			assert_success
			assert_output '/shmtool-old would\040remove'
		done
	done
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
		skip 'needs a machine without swap'
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
	# Without swap, used memory is resident, whatever the kernel refuses.
	assert_output '20480 0'
}

@test "stat -o rss of another user's object: without swap, equals used" {
	require_root
	[ "$(awk '/^SwapTotal:/ { print $2 }' /proc/meminfo)" -eq 0 ] ||
		skip 'needs a machine without swap'
	for mode in 600 644; do
		head -c 20000 /dev/zero >/dev/shm/shmtool-pages
		chmod "$mode" /dev/shm/shmtool-pages
		run_tool_as_user stat --kind pshm --raw --no-headings -o rss,swap
		assert_success
		assert_output '20480 0'
	done
	# Another process's lease is not broken for it.
	"$HELPERS/hold_lease" /dev/shm/shmtool-pages >leased 3>&- &
	wait_until 10 test -s leased
	run_tool stat --kind pshm --raw --no-headings -o rss,swap
	assert_output '20480 0'
}

#
# Bytes and pages
#

# injecting CALL:ERROR COMMAND...: runs a command for which system calls fail, its standard output
# untouched; fails if none was called.
injecting() {
	local inject=$1
	shift
	strace -f -qq -o trace -e "trace=${inject%%:*}" -e "inject=$inject" "$@" || return
	grep -q INJECTED trace || fail "${inject%%:*} was not called"
}

# content_and_segment MODE: the file content, of 3 MiB and a bit, and a segment full of it; sets id.
content_and_segment() {
	head -c 3145801 /dev/urandom >content
	id=$(new_segment 3145801 "$1")
	perl -e 'local $/; open(F, "<", "content") or die; $b = <F>;
		shmwrite($ARGV[0], $b, 0, length $b) or die "shmwrite: $!\n"' "$id"
}

@test "read into a pipe without splice and vmsplice: the bytes are the same" {
	content_and_segment 644
	injecting splice:error=EINVAL "$SHMTOOL" read "$id" | cmp - content
	injecting vmsplice:error=ENOSYS "${unprivileged[@]}" "$SHMTOOL" read "$id" | cmp - content
	cp content /dev/shm/shmtool-test
	injecting splice:error=ENOSYS "$SHMTOOL" read /shmtool-test | cmp - content
}

@test "read into a file without sendfile: the bytes are the same" {
	require_root # who alone gets a descriptor of a segment
	content_and_segment 600
	injecting sendfile:error=EINVAL "$SHMTOOL" read "$id" >out
	cmp out content
}

@test "write without sendfile and splice: the bytes are the same" {
	head -c 3145801 /dev/urandom >content
	"$HELPERS/make_object" /shmtool-test 3145801
	injecting sendfile:error=EINVAL "$SHMTOOL" write /shmtool-test --input content
	cmp content /dev/shm/shmtool-test
	head -c 3145801 /dev/urandom >content
	head -c 3145801 content | injecting splice:error=EINVAL "$SHMTOOL" write /shmtool-test
	cmp content /dev/shm/shmtool-test
}

@test "write into a segment without MADV_POPULATE_WRITE, unprivileged: the bytes are the same" {
	head -c 3145801 /dev/urandom >content
	chmod 644 content
	id=$(new_segment 3145801 666)
	injecting madvise:error=EINVAL "${unprivileged[@]}" "$SHMTOOL" write "$id" --input content
	"$HELPERS/mapping" read "id:$id" 0 3145801 | cmp - content
}

@test "probe-pages without cachestat: the same states" {
	truncate -s 1M /dev/shm/shmtool-test
	printf data | "$HELPERS/mapping" write /dev/shm/shmtool-test 40960
	"$SHMTOOL" probe-pages /shmtool-test --state --json >with
	"$HELPERS/without_syscall" 451 38 "$SHMTOOL" probe-pages /shmtool-test --state --json >without
	assert_equal "$(cat without)" "$(cat with)"
	assert_equal "$(jq -c 'map([.pages, .state])' with)" '[[10,"hole"],[1,"resident"],[245,"hole"]]'
}

@test "probe-pages without MADV_POPULATE_READ: each page is touched all the same" {
	head -c 8093 /dev/zero >file
	injecting madvise:error=EINVAL "$SHMTOOL" probe-pages ./file --pages 3 --raw --no-headings -o pages,result >out
	assert_equal "$(cat out)" $'2 ok\n1 SIGBUS'
}

@test "probe-pages without PAGEMAP_SCAN: reports whether all pages are huge" {
	mount_shm size=64m,huge=always
	head -c 4M /dev/urandom >/dev/shm/shmtool-test
	"$SHMTOOL" probe-pages /shmtool-test --raw --no-headings -o pages,result,state >with
	injecting ioctl:error=ENOTTY "$SHMTOOL" probe-pages /shmtool-test --raw --no-headings -o pages,result,state >without
	umount_shm
	grep -q huge with || skip 'needs huge pages in a tmpfs'
	assert_equal "$(cat without)" "$(cat with)"
}

@test "attach --populate without MADV_POPULATE_WRITE: all pages are there" {
	id=$(new_segment 409600)
	injecting madvise:error=EINVAL "$SHMTOOL" attach "$id" --populate --for 0
	assert_equal "$(proc_shm "$id" rss)" 409600
}

@test "write --create and map-file --create without fallocate: the file has its size" {
	injecting fallocate:error=EOPNOTSUPP "$SHMTOOL" write --create --size 5000 ./file --string x
	assert_equal "$(stat -c %s file)" 5000
	injecting fallocate:error=ENOSYS "$SHMTOOL" map-file other --create --size 6000
	assert_equal "$(stat -c %s other)" 6000
}
