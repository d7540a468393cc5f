#!/usr/bin/env bats
# The files for packages agree with the Makefile and scripts/deps.

load test_helper

# version: that of the Makefile.
version() {
	sed -n 's/^VERSION = //p' "$SRCDIR/Makefile"
}

@test "the packages have the version of the Makefile" {
	packaging=$SRCDIR/packaging
	assert_equal "$(sed -n 's/^Version: *//p' "$packaging/rpm/shmtool.spec")" "$(version)"
	assert_equal "$(sed -n 's/^pkgver=//p' "$packaging/apk/APKBUILD")" "$(version)"
	assert_equal "$(sed -n '1s/shmtool (\(.*\)-[^-]*) .*/\1/p' "$packaging/deb/changelog")" "$(version)"
	assert_equal "$(sed -n '/^%changelog/,$s/^\* .* - \(.*\)-[^-]*$/\1/p' "$packaging/rpm/shmtool.spec" | head -n 1)" "$(version)"
}

@test "the packages are built with the libraries that scripts/deps names" {
	sed -n 's/^\t*\(build\|optional\)  library:\([^ ]*\) *\([^ ]*\) *[^ ]* *\([^ ]*\).*/\2 \3 \4/p' "$SRCDIR/scripts/deps" >libraries
	assert_equal "$(wc -l <libraries)" 5
	while read -r library deb apk; do
		grep -qx " $deb," "$SRCDIR/packaging/deb/control" || fail "control: no $deb"
		grep -qx "BuildRequires:  pkgconfig($library)" "$SRCDIR/packaging/rpm/shmtool.spec" || fail "spec: no $library"
		grep -q "^makedepends=.*[\" ]${apk}[\" ]" "$SRCDIR/packaging/apk/APKBUILD" || fail "APKBUILD: no $apk"
	done <libraries
}
