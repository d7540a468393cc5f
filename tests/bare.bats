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

@test "tests/run: a test that is skipped without a namespace states why there is none" {
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

#
# .ci/run, with stand-ins for the runs of the tests
#

# ci_run FIRST SECOND [STATUS]: runs .ci/run where `make check` and scripts/check-bare print these
# lines; the status of each is that of its line, or STATUS. scripts/check-util-linux prints the line
# in `peers`, if that is set.
ci_run() {
	mkdir -p project/.ci project/scripts bin
	cp "$SRCDIR/.ci/run" project/.ci
	printf '#!/bin/sh\nexit 1\n' >project/scripts/deps
	printf '#!/bin/sh\necho "%s"\ncase "%s" in *" 0 failed"*) ;; *) exit 1 ;; esac\n' "$1" "$1" >bin/make
	printf '#!/bin/sh\necho "%s"\nexit %s\n' "$2" "${3:-0}" >project/scripts/check-bare
	printf '#!/bin/sh\necho "%s"\nexit %s\n' "${peers-no packages}" "${peers_status:-77}" \
		>project/scripts/check-util-linux
	chmod 755 project/scripts/* bin/make
	run_apart env CI=true PATH="$PWD/bin:$PATH" bash project/.ci/run
}

@test ".ci/run: the last line is the sum of both runs" {
	require_root
	ci_run '10 passed, 0 failed, 1 skipped' '9 passed, 0 failed, 2 skipped'
	assert_success
	assert_equal "${lines[-1]}" 'total: 19 passed, 0 failed, 3 skipped'
}

@test ".ci/run: it fails if either run fails" {
	require_root
	ci_run '9 passed, 1 failed' '10 passed, 0 failed'
	assert_failure 1
	assert_equal "${lines[-1]}" 'total: 19 passed, 1 failed'
	ci_run '10 passed, 0 failed' '8 passed, 2 failed' 1
	assert_failure 1
	assert_equal "${lines[-1]}" 'total: 18 passed, 2 failed'
	ci_run '10 passed, 0 failed' 'the compiler has failed' 2
	assert_failure 1
	assert_equal "${lines[-1]}" 'total: 10 passed, 1 failed'
	ci_run 'the compiler has failed' '10 passed, 0 failed'
	assert_failure 1
	assert_equal "${lines[-1]}" 'total: 10 passed, 1 failed'
}

@test ".ci/run: without a bare machine the first run alone counts, which is reported" {
	require_root
	ci_run '10 passed, 0 failed' 'scripts/check-bare: skipped: no network' 77
	assert_success
	assert_line 'The tests on a bare machine are skipped, for the reason above.'
	assert_equal "${lines[-1]}" 'total: 10 passed, 0 failed'
}

@test ".ci/run: the comparison with newer releases of util-linux counts, or is skipped with a message" {
	require_root
	ci_run '10 passed, 0 failed' '8 passed, 0 failed'
	assert_line 'The comparison with newer releases of util-linux is skipped, for the reason above.'
	assert_equal "${lines[-1]}" 'total: 18 passed, 0 failed'
	peers='7 passed, 0 failed, 1 skipped' peers_status=0
	ci_run '10 passed, 0 failed' '8 passed, 0 failed'
	assert_success
	assert_equal "${lines[-1]}" 'total: 25 passed, 0 failed, 1 skipped'
	peers='6 passed, 1 failed' peers_status=1
	ci_run '10 passed, 0 failed' '8 passed, 0 failed'
	assert_failure 1
	assert_equal "${lines[-1]}" 'total: 24 passed, 1 failed'
}

@test "scripts/check-util-linux: without a mirror, it is skipped with the reason" {
	mkdir bin
	printf '#!/bin/sh\nexit 100\n' >bin/apt-get
	chmod 755 bin/*
	run_apart env PATH="$PWD/bin:$PATH" TMPDIR="$PWD" "$SRCDIR/scripts/check-util-linux"
	assert_failure 77
	assert_stderr_like 'skipped: (apt has no mirror|this is not a release of Debian)'
}

@test "scripts/check-bare: without a mirror, and without root, it is skipped with the reason" {
	require_root
	mkdir bin
	printf '#!/bin/sh\nexit 0\n' >bin/debootstrap
	printf '#!/bin/sh\nexit 100\n' >bin/apt-get
	chmod 755 bin/*
	run_apart env PATH="$PWD/bin:$PATH" TMPDIR="$PWD" "$SRCDIR/scripts/check-bare"
	assert_failure 77
	assert_stderr_like 'scripts/check-bare: skipped: (apt has no mirror of|this is not a release of Debian)'
	assert_equal "$(find . -name 'shmtool-bare*')" ''
	cp -r "$SRCDIR/scripts" .
	run_apart as_user scripts/check-bare
	assert_failure 77
	assert_stderr_like 'skipped: only root can make it'
}
