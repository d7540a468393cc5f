#!/usr/bin/env bats
# How tests/run gets namespaces for the tests, on a bare machine and in a chroot, and what it says
# where it gets none.

load test_helper
load truth

# one_test NAME COMMAND: makes the file one.bats, with one test.
one_test() {
	printf '%s\n' "load '$SRCDIR/tests/test_helper'" "@test '$1' {" "$2" '}' >one.bats
}

# in_chroot COMMAND...: runs a command in a chroot in a directory that is not a mount point.
in_chroot() {
	unshare --mount bash -c '
		mkdir -p root/{usr,etc,proc,dev,tmp,made}
		for link in bin lib lib64 sbin; do
			[[ ! -L /$link ]] || ln -s "usr/$link" "root/$link"
			[[ -L /$link || ! -d /$link ]] || { mkdir "root/$link" && mount --bind "/$link" "root/$link"; } || exit
		done
		for directory in usr etc proc dev; do
			mount --rbind "/$directory" "root/$directory" || exit
		done
		mount --bind "$HELPERS" root/made || exit
		exec chroot root "$@"' bash "$@"
}

@test "tests/run: a test that is skipped for want of a namespace says why there is none" {
	one_test 'in its own namespace' require_private_namespace
	run_apart env NAMESPACES=no "$SRCDIR/tests/run" one.bats
	assert_line --partial 'no private namespaces (NAMESPACES=no)'
	assert_line '  one.bats: in its own namespace: needs an IPC namespace of its own (NAMESPACES=no)'
	mkdir bin
	printf '#!/bin/sh\necho "unshare: not today" >&2\nexit 1\n' >bin/unshare
	chmod 755 bin/unshare
	run_apart env PATH="$PWD/bin:$PATH" "$SRCDIR/tests/run" one.bats
	assert_line '  one.bats: in its own namespace: needs an IPC namespace of its own (unshare: not today)'
}

@test "tests/run: in a chroot whose root is not a mount point, root gets namespaces" {
	require_root
	run_apart in_chroot unshare --mount true
	assert_failure
	run_apart in_chroot /made/leave_chroot sh -c '
		unshare --mount true && unshare --user true && mount -t tmpfs none /tmp && ls /made/leave_chroot'
	assert_success
	assert_output /made/leave_chroot
	# Nothing of that is seen outside.
	assert_equal "$(grep -c " $PWD/root" /proc/self/mountinfo)" 0
}

@test "tests/run: another /dev/mqueue that was mounted before is out of the way" {
	require_root
	require_mqueue
	one_test 'one mount' '[ "$(grep -c " /dev/mqueue " /proc/self/mountinfo)" -eq 1 ]'
	run_apart "$SRCDIR/tests/run" one.bats
	assert_success
	assert_equal "${lines[-1]}" '1 passed, 0 failed'
}
