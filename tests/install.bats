#!/usr/bin/env bats
# make install and make uninstall, into a directory of the test's own.
#
# Nothing is built: make takes the program under test as up to date (-o), and installs it.

load test_helper
load truth

COMPLETION=share/bash-completion/completions/shmtool
OTHER_COMPLETIONS=(share/fish/vendor_completions.d/shmtool.fish share/zsh/site-functions/_shmtool)

setup() {
	common_setup
	require_command make
	require_command install
	stage=$PWD/stage
}

# make_target TARGET VARIABLE=VALUE...: runs make in the checkout, as a person at a shell would.
make_target() {
	# Variables of an outer make do not apply here.
	run_apart env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u DESTDIR -u PREFIX -u BINDIR -u MANDIR \
		-u BASHCOMPLETIONDIR -u ZSHCOMPLETIONDIR -u FISHCOMPLETIONDIR -u DOCDIR -u FAMILIESDIR -u STATIC -u PKG_CONFIG -u STRIP timeout 60 make -C "$SRCDIR" -o "$SHMTOOL" BINARY="$SHMTOOL" "$@"
}

# installed: the files below the stage, one a line.
installed() {
	(cd "$stage" && find . ! -type d | sed 's|^\./||' | LC_ALL=C sort)
}

# expected PREFIX: the files that an installation has, one a line.
expected() {
	local page

	{
		printf '%s\n' "$1/bin/shmtool" "$1/$COMPLETION" "${OTHER_COMPLETIONS[@]/#/$1/}"
		for page in "$SRCDIR"/man/*.[15]; do
			printf '%s\n' "$1/share/man/man${page##*.}/${page##*/}"
		done
		(cd "$SRCDIR/share/families" && printf "$1/share/shmtool/families/%s\n" *.conf)
		printf "$1/share/doc/shmtool/%s\n" LICENSE CHANGELOG.md
		(cd "$SRCDIR" && printf "$1/share/doc/shmtool/%s\n" examples/*.* examples/recipes/* examples/monitoring/* examples/benchmark/*)
	} | LC_ALL=C sort
}

@test "make install: the program, the families, the manual and the completion, where distributions look for them" {
	make_target install DESTDIR="$stage" PREFIX=/usr
	assert_success
	assert_equal "$(installed)" "$(expected usr)"
}

@test "make install: installs the built program, which runs" {
	make_target install DESTDIR="$stage" PREFIX=/usr
	assert_success
	cmp "$SHMTOOL" "$stage/usr/bin/shmtool"
	for page in "$SRCDIR"/man/*.[15]; do
		cmp "$page" "$stage/usr/share/man/man${page##*.}/${page##*/}"
	done
	diff -r "$SRCDIR/share/families" "$stage/usr/share/shmtool/families"
	cmp "$SRCDIR/completions/shmtool.bash" "$stage/usr/$COMPLETION"
	for completion in "${OTHER_COMPLETIONS[@]}"; do
		cmp "$SRCDIR/completions/${completion##*/}" "$stage/usr/$completion"
	done
	diff -r "$SRCDIR/examples" "$stage/usr/share/doc/shmtool/examples"
	for example in "$stage"/usr/share/doc/shmtool/examples/*.sh; do
		[ -x "$example" ]
	done
	# It finds the families beside it.
	run "$stage/usr/bin/shmtool" families --raw --no-headings -o file podman
	assert_success
	assert_output --partial "$stage/usr/share/shmtool/families/containers.conf:"
	run "$stage/usr/bin/shmtool" --version
	assert_success
	assert_output --partial shmtool
}

@test "make install-strip: as install does, but the program has no symbols" {
	make_target install-strip DESTDIR="$stage" PREFIX=/usr
	assert_success
	assert_equal "$(installed)" "$(expected usr)"
	assert_equal "$(stat -c %a "$stage/usr/bin/shmtool")" 755
	[ "$(stat -c %s "$stage/usr/bin/shmtool")" -lt "$(stat -L -c %s "$SHMTOOL")" ]
	run -0 "$stage/usr/bin/shmtool" --version
	# The program that strips can be chosen, for another machine.
	printf '#!/bin/sh\necho "$0 was here" >&2\n' >strip-it
	chmod 755 strip-it
	make_target install-strip DESTDIR="$stage" PREFIX=/usr STRIP="$PWD/strip-it"
	assert_success
	assert_stderr_like "$PWD/strip-it was here"
	cmp "$SHMTOOL" "$stage/usr/bin/shmtool"
}

@test "make: PKG_CONFIG is the program that knows the libraries" {
	printf '#!/bin/sh\necho "$@" >>"%s/asked"\nexec pkg-config "$@"\n' "$PWD" >cross-pkg-config
	chmod 755 cross-pkg-config
	make_target help PKG_CONFIG="$PWD/cross-pkg-config"
	assert_success
	assert_equal "$(grep -v -e ncursesw -e libdw asked | sort -u)" $'--cflags libbsd json-c inih\n--libs libbsd json-c inih\n--static --libs libbsd json-c inih'
	assert_equal "$(grep -m 1 ncursesw asked)" '--exists ncursesw'
	rm asked
	PKG_CONFIG="$PWD/cross-pkg-config --silence-errors" run_apart "$SRCDIR/scripts/deps" build
	assert_success
	assert_equal "$(sort -u asked)" $'--silence-errors --exists inih\n--silence-errors --exists json-c\n--silence-errors --exists libbsd'
}

@test "make: pkg-config is not asked about optional libraries that are missing" {
	printf '#!/bin/sh\ncase $* in *ncursesw* | *libdw*) exit 1 ;; esac\nexec pkg-config "$@"\n' >poor-pkg-config
	chmod 755 poor-pkg-config
	make_target help PKG_CONFIG="$PWD/poor-pkg-config"
	assert_success
	assert_stderr_empty
}

@test "make: SHARED=1 links shared libraries, otherwise their archives are linked if all are installed" {
	make_target -pn all SHARED=1
	assert_success
	assert_equal "$(grep '^REQUIRED_LIBS' <<<"$output" | tr -s ' ' | sed 's/ $//')" 'REQUIRED_LIBS := -lbsd -ljson-c -linih'
	make_target -pn all SHARED=0
	assert_success
	grep -qE '^REQUIRED_LIBS := (/[^ ]*/libbsd\.a( /[^ ]*\.a)* /[^ ]*/libinih\.a|-lbsd -ljson-c -linih) *$' <<<"$output"
}

@test "the sources use no type that 32-bit compilers lack" {
	run grep -rnw __int128 "$SRCDIR/src" "$SRCDIR/tests/helpers"
	assert_failure 1
}

@test "make install: the completion that is installed is one for shmtool" {
	make_target install DESTDIR="$stage" PREFIX=/usr
	assert_success
	run bash --norc -c '. "$1" && complete -p shmtool' bash "$stage/usr/$COMPLETION"
	assert_success
}

@test "make install: PREFIX is /usr/local by default" {
	make_target install DESTDIR="$stage"
	assert_success
	assert_equal "$(installed)" "$(expected usr/local)"
}

@test "make install: a PREFIX alone, without a DESTDIR" {
	make_target install PREFIX="$stage/opt"
	assert_success
	assert_equal "$(installed)" "$(expected opt)"
}

# Options of make that name each directory of an installation.
PLACES=(BINDIR=/b MANDIR=/m BASHCOMPLETIONDIR=/c ZSHCOMPLETIONDIR=/z FISHCOMPLETIONDIR=/i DOCDIR=/d
	FAMILIESDIR=/f)

@test "make install: BINDIR, MANDIR, DOCDIR, FAMILIESDIR and those of completions" {
	make_target install DESTDIR="$stage" "${PLACES[@]}"
	assert_success
	[ -r "$stage/f/containers.conf" ]
	[ -r "$stage/d/LICENSE" ]
	[ -x "$stage/b/shmtool" ]
	[ -r "$stage/m/man1/shmtool.1" ]
	[ -r "$stage/c/shmtool" ]
	[ -r "$stage/z/_shmtool" ]
	[ -r "$stage/i/shmtool.fish" ]
	refute [ -e "$stage/usr" ]
}

@test "make install: everybody may run and read it, whatever the umask" {
	(
		umask 077
		make_target install DESTDIR="$stage" PREFIX=/usr
		assert_success
	)
	assert_equal "$(stat -c %a "$stage/usr/bin/shmtool")" 755
	assert_equal "$(stat -c %a "$stage/usr/share/man/man1"/*.1 "$stage/usr/share/shmtool/families"/* \
		"$stage/usr/$COMPLETION" "${OTHER_COMPLETIONS[@]/#/$stage/usr/}" | sort -u)" 644
}

@test "make install: replaces files of an earlier version" {
	mkdir -p "$stage/usr/bin"
	echo old >"$stage/usr/bin/shmtool"
	make_target install DESTDIR="$stage" PREFIX=/usr
	assert_success
	cmp "$SHMTOOL" "$stage/usr/bin/shmtool"
}

@test "make install: a DESTDIR with a blank" {
	stage="$PWD/a stage"
	make_target install DESTDIR="$stage" PREFIX=/usr
	assert_success
	assert_equal "$(installed)" "$(expected usr)"
	make_target uninstall DESTDIR="$stage" PREFIX=/usr
	assert_success
	assert_equal "$(installed)" ''
}

@test "make install: a place that cannot be written fails" {
	: >"$stage"
	make_target install DESTDIR="$stage" PREFIX=/usr
	assert_failure
}

@test "make uninstall: takes back everything, and nothing else" {
	make_target install DESTDIR="$stage" PREFIX=/usr
	assert_success
	touch "$stage/usr/bin/shmtool-of-mine" "$stage/usr/share/man/man1/other.1" \
		"$stage/usr/share/bash-completion/completions/other"
	make_target uninstall DESTDIR="$stage" PREFIX=/usr
	assert_success
	assert_equal "$(installed)" "usr/bin/shmtool-of-mine
usr/share/bash-completion/completions/other
usr/share/man/man1/other.1"
	[ ! -e "$stage/usr/share/shmtool" ]
}

@test "make uninstall: from the places that were named" {
	make_target install DESTDIR="$stage" "${PLACES[@]}"
	make_target uninstall DESTDIR="$stage" "${PLACES[@]}"
	assert_success
	assert_equal "$(installed)" ''
}

@test "make uninstall: with nothing there it is content" {
	mkdir "$stage"
	make_target uninstall DESTDIR="$stage" PREFIX=/usr
	assert_success
}

# expected_links PREFIX: the links that install-compat makes, one a line, and where they lead.
expected_links() {
	local tool

	for tool in ipcs ipcrm ipcmk; do
		printf '%s -> %s\n' "$1/bin/$tool" shmtool \
			"$1/share/man/man1/$tool.1" "shmtool-$tool.1" \
			"$1/share/bash-completion/completions/$tool" shmtool \
			"$1/share/fish/vendor_completions.d/$tool.fish" shmtool.fish
	done | LC_ALL=C sort
}

# links: those below the stage, one a line, and where they lead.
links() {
	(cd "$stage" && find . -type l -printf '%P -> %l\n' | LC_ALL=C sort)
}

@test "make install: leaves ipcs, ipcrm, ipcmk and their pages to others" {
	make_target install DESTDIR="$stage"
	assert_success
	assert_equal "$(links)" ''
	for tool in ipcs ipcrm ipcmk; do
		[[ ! -e $stage/usr/local/bin/$tool && ! -e $stage/usr/local/share/man/man1/$tool.1 ]]
	done
}

@test "make install-compat: shmtool is also ipcs, ipcrm and ipcmk, with pages and completions" {
	make_target install-compat DESTDIR="$stage"
	assert_success
	assert_equal "$(links)" "$(expected_links usr/local)"
	# No link leads nowhere.
	assert_equal "$(find "$stage" -xtype l)" ''
	run "$stage/usr/local/bin/ipcs" -m
	assert_success
	assert_output --partial '------ Shared Memory Segments --------'
	for tool in ipcs ipcrm ipcmk; do
		run bash --norc -c '. "$1" && complete -p "$2"' bash \
			"$stage/usr/local/share/bash-completion/completions/$tool" "$tool"
		assert_success
	done
	# Twice is once.
	make_target install-compat DESTDIR="$stage"
	assert_success
	assert_equal "$(links)" "$(expected_links usr/local)"
}

@test "make install-compat: takes no program's or page's place" {
	mkdir -p "$stage/usr/bin"
	echo theirs >"$stage/usr/bin/ipcrm"
	make_target install-compat DESTDIR="$stage" PREFIX=/usr
	assert_failure
	[[ $stderr == *"$stage/usr/bin/ipcrm exists"* ]] || fail "$stderr"
	assert_equal "$(cat "$stage/usr/bin/ipcrm")" theirs
	# It refuses before anything is installed.
	assert_equal "$(installed)" usr/bin/ipcrm
	# A link to another file is not ours either.
	rm "$stage/usr/bin/ipcrm"
	ln -s busybox "$stage/usr/bin/ipcmk"
	make_target install-compat DESTDIR="$stage" PREFIX=/usr
	assert_failure
	assert_equal "$(installed)" usr/bin/ipcmk
	assert_equal "$(links)" 'usr/bin/ipcmk -> busybox'
}

@test "make uninstall-compat: takes the links back, and nothing else" {
	make_target install-compat DESTDIR="$stage"
	assert_success
	rm "$stage/usr/local/bin/ipcrm"
	echo theirs >"$stage/usr/local/bin/ipcrm"
	make_target uninstall-compat DESTDIR="$stage"
	assert_success
	assert_equal "$(links)" ''
	assert_equal "$(cat "$stage/usr/local/bin/ipcrm")" theirs
	[[ -x $stage/usr/local/bin/shmtool && -f $stage/usr/local/share/man/man1/shmtool-ipcs.1 ]]
}

@test "make uninstall: takes the links of install-compat back as well" {
	make_target install-compat DESTDIR="$stage"
	assert_success
	make_target uninstall DESTDIR="$stage"
	assert_success
	assert_equal "$(installed)" ''
}
