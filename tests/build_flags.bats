#!/usr/bin/env bats
# The flags with which make compiles: those that harden the program, where the compiler has them.

load test_helper
load truth

setup() {
	common_setup
	require_command make
}

# compile_line CC=...: the command that compiles one file.
compile_line() {
	run env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u CFLAGS make -C "$SRCDIR" --dry-run V=1 \
		BUILD="$PWD/build" BINARY="$PWD/none" "$@"
	assert_success
	output=$(grep -m1 -e ' -o [^ ]*/src/main.o ' <<<"$output")
}

# compiler COMMANDS: a compiler that does this first, with its arguments in $*.
compiler() {
	printf '#!/bin/sh\n%s\nexec cc "$@"\n' "$1" >compiler
	chmod +x compiler
}

@test "make: hardening flags are used if the compiler has them" {
	compiler :
	compile_line CC="$PWD/compiler"
	assert_output --partial ' -fstack-protector-strong '
	for flag in -fstack-clash-protection -fcf-protection; do
		cc -Werror "$flag" -x c -c -o /dev/null /dev/null 2>/dev/null || continue
		assert_output --partial " $flag "
	done
}

@test "make: and left out where the compiler lacks it" {
	compiler 'case $* in *-fcf-protection*) echo no such option >&2; exit 1 ;; esac'
	compile_line CC="$PWD/compiler"
	refute_output --partial -fcf-protection
	compiler 'case $* in *-fstack-clash-protection*) exit 1 ;; esac'
	compile_line CC="$PWD/compiler"
	refute_output --partial -fstack-clash-protection
	compiler 'case $* in *_FORTIFY_SOURCE=3*) exit 1 ;; esac'
	compile_line CC="$PWD/compiler"
	assert_output --partial -D_FORTIFY_SOURCE=2
	compiler 'case $* in *_FORTIFY_SOURCE=3*) exit 0 ;; esac'
	compile_line CC="$PWD/compiler"
	assert_output --partial -D_FORTIFY_SOURCE=3
}

@test "make: without the optional libraries, the program is built, and says what it lacks" {
	run env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -C "$SRCDIR" -j2 LTO= CFLAGS=-O0 WERROR=-Werror \
		OPTIONAL_LIBRARIES= BUILD="$PWD/build" BINARY="$PWD/without"
	assert_success
	run ./without --version
	refute_output --partial with
	run ./without watch --table
	assert_failure 1
	assert_output 'shmtool: watch: --table is not available: this program was built without ncurses'
}
