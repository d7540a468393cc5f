#!/usr/bin/env bats
# make install and make uninstall, into a directory of the test's own.
#
# Nothing is built: make is told that the program under test is up to date (-o), and installs it.

load test_helper
load truth

COMPLETION=share/bash-completion/completions/shmtool

setup() {
	common_setup
	require_command make
	require_command install
	stage=$PWD/stage
}

# make_target TARGET VARIABLE=VALUE...: runs make in the checkout, as a person at a shell would.
make_target() {
	# What a make around the tests was given is not for this one.
	run_apart env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u DESTDIR -u PREFIX -u BINDIR -u MANDIR \
		-u BASHCOMPLETIONDIR timeout 60 make -C "$SRCDIR" -o "$SHMTOOL" BINARY="$SHMTOOL" "$@"
}

# installed: the files below the stage, one a line.
installed() {
	(cd "$stage" && find . ! -type d | sed 's|^\./||' | LC_ALL=C sort)
}

# expected PREFIX: the files that an installation has, one a line.
expected() {
	local page

	{
		printf '%s\n' "$1/bin/shmtool" "$1/$COMPLETION"
		for page in "$SRCDIR"/man/*.1; do
			printf '%s\n' "$1/share/man/man1/${page##*/}"
		done
	} | LC_ALL=C sort
}

@test "make install: the program, the manual and the completion, where distributions look for them" {
	make_target install DESTDIR="$stage" PREFIX=/usr
	assert_success
	assert_equal "$(installed)" "$(expected usr)"
}

@test "make install: what is installed is what was built, and runs" {
	make_target install DESTDIR="$stage" PREFIX=/usr
	assert_success
	cmp "$SHMTOOL" "$stage/usr/bin/shmtool"
	for page in "$SRCDIR"/man/*.1; do
		cmp "$page" "$stage/usr/share/man/man1/${page##*/}"
	done
	cmp "$SRCDIR/completions/shmtool.bash" "$stage/usr/$COMPLETION"
	run "$stage/usr/bin/shmtool" --version
	assert_success
	assert_output --partial shmtool
}

@test "make install: the completion that is installed is one for shmtool" {
	make_target install DESTDIR="$stage" PREFIX=/usr
	assert_success
	run bash --norc -c '. "$1" && complete -p shmtool' bash "$stage/usr/$COMPLETION"
	assert_success
}

@test "make install: PREFIX is /usr/local unless told" {
	make_target install DESTDIR="$stage"
	assert_success
	assert_equal "$(installed)" "$(expected usr/local)"
}

@test "make install: a PREFIX alone, without a DESTDIR" {
	make_target install PREFIX="$stage/opt"
	assert_success
	assert_equal "$(installed)" "$(expected opt)"
}

@test "make install: BINDIR, MANDIR and BASHCOMPLETIONDIR" {
	make_target install DESTDIR="$stage" BINDIR=/b MANDIR=/m BASHCOMPLETIONDIR=/c
	assert_success
	[ -x "$stage/b/shmtool" ]
	[ -r "$stage/m/man1/shmtool.1" ]
	[ -r "$stage/c/shmtool" ]
	refute [ -e "$stage/usr" ]
}

@test "make install: everybody may run and read it, whatever the umask" {
	(
		umask 077
		make_target install DESTDIR="$stage" PREFIX=/usr
		assert_success
	)
	assert_equal "$(stat -c %a "$stage/usr/bin/shmtool")" 755
	assert_equal "$(stat -c %a "$stage/usr/share/man/man1"/*.1 "$stage/usr/$COMPLETION" | sort -u)" 644
}

@test "make install: replaces what an earlier version installed" {
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
}

@test "make uninstall: from the places that were named" {
	make_target install DESTDIR="$stage" BINDIR=/b MANDIR=/m BASHCOMPLETIONDIR=/c
	make_target uninstall DESTDIR="$stage" BINDIR=/b MANDIR=/m BASHCOMPLETIONDIR=/c
	assert_success
	assert_equal "$(installed)" ''
}

@test "make uninstall: with nothing there it is content" {
	mkdir "$stage"
	make_target uninstall DESTDIR="$stage" PREFIX=/usr
	assert_success
}
