#!/usr/bin/env bats
# The files of the packages that `make rpm` and `make apk` have made in build/. Run by
# `make packages-test`, which sets SRCDIR to this checkout.

bats_require_minimum_version 1.5.0

BATS_LIB_PATH=$("$SRCDIR/scripts/bats-lib-path")
bats_load_library bats-support
bats_load_library bats-assert

# installed_by TARGET...: the files that these targets install, one a line.
installed_by() {
	env -u MAKEFLAGS -u MAKELEVEL make -C "$SRCDIR" -o /bin/true BINARY=/bin/true PREFIX=/usr \
		DESTDIR="$BATS_TEST_TMPDIR/stage" "$@" >/dev/null
	(cd "$BATS_TEST_TMPDIR/stage" && find . -type f | sed 's,^\.,,' | sort)
}

@test "the RPM package has the files of make install and make install-systemd" {
	cd "$BATS_TEST_TMPDIR"
	rpm=$(echo "$SRCDIR"/build/rpm/RPMS/*/shmtool-[0-9]*.rpm)
	installed_by install install-systemd | sed '\,/doc/shmtool/LICENSE$,d' >expected
	# The licence has a directory of its own.
	rpm --query --package --list "$rpm" | sed 's,\(/man[15]/.*\)\.gz$,\1,; /licenses/d' | sort >packed
	# Directories are listed as well.
	run comm -23 expected packed
	assert_output ''
	run comm -13 <(sed -E ':a; p; s,/[^/]+$,,; ta' expected | sort -u) packed
	assert_output ''
	rpm --query --package --list "$rpm" | grep -q '/licenses/shmtool[^/]*/LICENSE$'
}

@test "the units of the RPM package are not enabled, and run the program of the package" {
	cd "$BATS_TEST_TMPDIR"
	rpm2cpio "$SRCDIR"/build/rpm/RPMS/*/shmtool-[0-9]*.rpm | cpio --quiet -idm
	run find etc
	assert_failure
	run grep -h '^ExecStart=' usr/lib/systemd/system/shmtool-*.service
	assert_equal "$(grep -c '^ExecStart=/usr/bin/shmtool ' <<<"$output")" 3
	run usr/bin/shmtool --version
	assert_success
}

@test "the files of APKBUILD's package() are those of make install" {
	installed_by install >"$BATS_TEST_TMPDIR/expected"
	run diff "$BATS_TEST_TMPDIR/expected" \
		<(cd "$SRCDIR/build/apk/pkg" && find . -type f | sed 's,^\.,,' | sort)
	assert_output ''
	run "$SRCDIR/build/apk/pkg/usr/bin/shmtool" --version
	assert_success
}
