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

@test "make: STATIC=1 links without shared libraries, STATIC=0 and STATIC=no with them" {
	local value
	for value in 1 0 no; do
		run env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -C "$SRCDIR" --dry-run V=1 STATIC="$value" \
			BUILD="$PWD/build" BINARY="$PWD/none"
		assert_success
		output=$(grep -e " -o $PWD/none " <<<"$output")
		if ((value == 1)); then
			assert_output --partial ' -static-pie '
			assert_output --partial /families.o
		else
			assert_output --partial ' -pie '
		fi
	done
}

@test "make: the families in a static program are those of the files, byte for byte" {
	require_command cc
	printf '[a]\n# "quoted" \\n \303\244 %%s\n' >first.conf
	printf 'no newline at the end' >second.conf
	"$SRCDIR/scripts/embed-families" "$SRCDIR"/share/families/*.conf first.conf second.conf >families.c
	cat >print.c <<-'END'
		#include "usage/family_built_in.h"
		#include <stdio.h>
		int main(void)
		{
			for (const struct family_file *file = family_built_in; file->name; file++)
				printf("%s\n%s", file->name, file->text);
		}
	END
	cc -std=gnu17 -Wall -Wextra -Werror -I"$SRCDIR/src" -o print print.c families.c
	for file in "$SRCDIR"/share/families/*.conf first.conf second.conf; do
		printf 'built-in/%s\n' "${file##*/}"
		cat "$file"
	done >expected
	echo >>expected # the missing one
	run ./print
	assert_success
	cmp expected <(printf '%s\n' "$output")
}
