#!/usr/bin/env bats
# guard --backtrace: where in the program an object was made.

load test_helper
load truth
load guard

setup() {
	common_setup
	require_private_namespace
	require_namespaces
	"$SHMTOOL" --version | grep -q libdw || skip 'needs a program built with libdw'
}

source=tests/helpers/make_at.c

# line_of COMMENT: the line of the source with it.
line_of() {
	grep -n "/\* $1 \*/" "$SRCDIR/$source" | cut -d : -f 1
}

# built FLAGS...: builds the helper, as ./made.
built() {
	require_command cc
	(cd "$SRCDIR" && cc "$@" -pthread -o "$BATS_TEST_TMPDIR/made" "$source")
	chmod 755 made
}

# calls KIND: the backtrace of an object of that kind, one call a line.
calls() {
	jq -r --arg kind "$1" '.leaks[] | select(.kind == $kind) | .made_by.backtrace[]' <report
}

# The same without the C library.
own_calls() {
	calls "$1" | grep -v -e 'libc\.so' -e libpthread -e librt
}

@test "guard --backtrace: function, file and line of the calls of each kind, as root and as user" {
	require_mqueue
	built -g -O1
	for who in $(both_users); do
		run_guard --backtrace --report report -- ./made shm sem msg pshm psem pmsg
		assert_failure 3
		for kind in shm sem msg pshm psem pmsg; do
			assert_equal "$(own_calls "$kind" | head -n 2)" \
				"$(printf "make_$kind ($source:%s)\nmake_all ($source:%s)" \
					"$(line_of "made here: $kind")" "$(line_of 'one of them')")"
			assert_equal "$(calls "$kind" | tail -n 1 | cut -d ' ' -f 1)" main
		done
		assert_equal "$(calls shm | head -n 1)" 'shmget (libc.so.6)'
		assert_stderr_like "^    made in: shmget \(libc.so.6\)$" \
			"^             make_shm \($source:$(line_of 'made here: shm')\)$"
		rm -f report
	done
}

@test "guard --backtrace --shared: the same" {
	built -g -O1
	for who in $(both_users); do
		run_guard --backtrace --shared --report report -- ./made shm psem
		assert_equal "$(own_calls shm | head -n 1)" "make_shm ($source:$(line_of 'made here: shm'))"
		assert_equal "$(own_calls psem | head -n 1)" "make_psem ($source:$(line_of 'made here: psem'))"
		rm -f report
	done
}

@test "guard --backtrace: without it, there is none" {
	run_guard --report report -- "$HELPERS/make_at" shm
	assert_equal "$(from_report '.leaks[0].made_by.backtrace')" null
	assert_equal "$(from_report '.leaks[0].made_by.backtrace_error')" null
	refute_stderr_like 'made in'
}

@test "guard --backtrace: --junit has it" {
	built -g -O1
	run_guard --backtrace --junit junit -- ./made shm
	! command -v xmllint >/dev/null || xmllint --noout junit
	grep -qx "             make_shm ($source:$(line_of 'made here: shm'))" junit
}

@test "guard --backtrace: inlined functions are calls of their own" {
	built -g -O2
	run_guard --backtrace --report report -- ./made inlined
	assert_equal "$(own_calls shm | head -n 2)" \
		"$(printf "make_within ($source:%s)\nmake_inlined ($source:%s)" \
			"$(line_of 'made here: inlined')" "$(line_of 'inlined here')")"
}

@test "guard --backtrace: in another thread" {
	built -g -O1
	run_guard --backtrace --report report -- ./made threads:1 shm
	assert_equal "$(own_calls shm | cut -d ' ' -f 1 | paste -sd ' ')" 'make_shm make_all run_thread'
}

@test "guard --backtrace: several threads at once" {
	built -g -O1
	run_guard --backtrace --report report -- ./made threads:8 times:20 shm
	assert_failure 3
	assert_equal "$(calls shm | grep -c '^make_shm ')" 160
	assert_equal "$(from_report '.leaks | length')" 160
}

@test "guard --backtrace: without frame pointers, and statically linked" {
	for flags in '-O2 -fomit-frame-pointer' '-O2 -static' '-O0' '-O2 -no-pie' '-O2 -fno-omit-frame-pointer' '-O2 -gdwarf-4' '-O2 -gz'; do
		# shellcheck disable=SC2086 # several flags
		built -g $flags
		run_guard --backtrace --report report -- ./made shm
		assert_equal "$(calls shm | grep -F "$source" | head -n 2)" \
			"$(printf "make_shm ($source:%s)\nmake_all ($source:%s)" \
				"$(line_of 'made here: shm')" "$(line_of 'one of them')")"
	done
}

@test "guard --backtrace: without debugging information, the names of functions" {
	built -g0 -O2
	run_guard --backtrace --report report -- ./made shm
	assert_equal "$(own_calls shm | head -n 2)" $'make_shm (made)\nmake_all (made)'
}

@test "guard --backtrace: stripped, offsets that addr2line understands" {
	require_command addr2line
	built -g -O2
	cp made whole
	strip made
	run_guard --backtrace --report report -- ./made shm
	offset=$(own_calls shm | head -n 1)
	[[ $offset == made+0x* ]]
	assert_equal "$(addr2line -f -e whole "${offset#made+}" | head -n 1)" make_shm
	assert_equal "$(addr2line -e whole "${offset#made+}" | sed 's/.*://; s/ .*//')" "$(line_of 'made here: shm')"
}

@test "guard --backtrace: a call without a function of the C library" {
	built -g -O2
	run_guard --backtrace --report report -- ./made raw
	assert_equal "$(own_calls shm | head -n 1 | cut -d ' ' -f 1)" make_raw
}

@test "guard --backtrace: Python" {
	require_command python3
	run_guard --backtrace --report report -- python3 -c 'from multiprocessing import shared_memory, resource_tracker
resource_tracker.register = lambda *a: None
shared_memory.SharedMemory(create=True, size=4096, name="mine")'
	assert_failure 3
	calls pshm | grep -q shm_open
	[ "$(calls pshm | wc -l)" -gt 5 ]
	[ "$(calls pshm | wc -l)" -le 64 ]
}

@test "guard --backtrace: each object is made once, by the calls that the program made" {
	built -g -O1
	for who in $(both_users); do
		run_guard --backtrace --report report -- ./made times:30 shm sem msg
		assert_equal "$(from_report '.leaks | length')" 90
		assert_equal "$(from_report '[.leaks[] | select(.made_by.backtrace | length > 1)] | length')" 90
		rm -f report
	done
}

@test "guard --backtrace: signals reach the program, and its calls do not fail by them" {
	built -g -O1
	run_guard --backtrace --report report -- ./made under-timer times:50 shm
	assert_failure 3
	[ "${output%% *}" -gt 10 ]
	assert_equal "$(from_report '.leaks | length')" 50
	assert_equal "$(from_report '[.leaks[] | select(.made_by.backtrace | length > 1)] | length')" 50
}

# The listener's calls are then interrupted, and notified a second time.
@test "guard --backtrace: on kernels before 5.19, each object is made once, too" {
	case $(uname -m) in
	x86_64) number=317 ;;
	aarch64) number=277 ;;
	*) skip 'needs the number of seccomp(2)' ;;
	esac
	built -g -O1
	for who in $(both_users); do
		run_apart as "$who" "$HELPERS/without_syscall" "$number:1:0x20" 22 \
			"$SHMTOOL" guard --backtrace --report report -- ./made times:30 shm sem msg
		assert_failure 3
		assert_equal "$(from_report '.leaks | length')" 90
		assert_equal "$(from_report '[.leaks[] | select(.made_by.backtrace | length > 1)] | length')" 90
		assert_equal "$(own_calls sem | head -n 1)" "make_sem ($source:$(line_of 'made here: sem'))"
		rm -f report
	done
}

@test "guard --backtrace: a program that is traced already has an origin, and the reason" {
	require_command strace
	built -g -O1
	run_guard --backtrace --report report -- strace -f -o trace ./made shm
	assert_failure 3
	assert_equal "$(from_report '.leaks[0].made_by.backtrace')" null
	tracer=$(from_report '.leaks[0].made_by.parents[0].pid')
	assert_equal "$(from_report '.leaks[0].made_by.backtrace_error')" "it is already traced by process $tracer"
	assert_equal "$(from_report '.leaks[0].made_by.cmdline')" './made shm'
	assert_stderr_like "^    made in: unknown: it is already traced by process $tracer$"
	assert_equal "$(grep -c '^[0-9]* *shmget' trace)" 1
}

@test "guard --backtrace: names of files are visible" {
	require_command cc
	name=$'hostile\e[31m\n.c'
	printf '#include <sys/shm.h>\nint main(void) {\nreturn shmget(0, 1, IPC_CREAT|0600) < 0;\n}\n' >"$name"
	cc -g -O1 -o made "$name"
	run_guard --backtrace --report report --junit junit -- ./made
	assert_equal "$(LC_ALL=C grep -c '[[:cntrl:]]' <<<"$stderr")" 0
	assert_equal "$(LC_ALL=C grep -c '[[:cntrl:]]' junit)" 0
	assert_equal "$(calls shm | sed -n '/^main/p')" 'main (hostile?[31m?.c:3)'
}

@test "guard --backtrace: programs for 32 bits" {
	built -m32 -g -O1 2>/dev/null || skip 'needs a compiler for 32 bits'
	run_guard --backtrace --report report -- ./made shm threads:1
	assert_equal "$(own_calls shm | grep -v vdso | cut -d ' ' -f 1 | paste -sd ' ')" 'make_shm make_all main'
}

# As Yama and other security modules do.
@test "guard --backtrace: where tracing is forbidden, objects have an origin, and the reason" {
	# That of leaks traces the program itself.
	require_plain_build
	case $(uname -m) in
	x86_64) number=101 ;;
	aarch64) number=117 ;;
	*) skip 'needs the number of ptrace(2)' ;;
	esac
	built -g -O1
	for who in $(both_users); do
		run_apart as "$who" "$HELPERS/without_syscall" "$number" 1 \
			"$SHMTOOL" guard --backtrace --report report -- ./made shm psem
		assert_failure 3
		assert_equal "$(from_report '.leaks[].made_by.cmdline' | uniq)" './made shm psem'
		assert_equal "$(from_report '.leaks[].made_by.backtrace' | uniq)" null
		from_report '.leaks[0].made_by.backtrace_error' | grep -q 'a security module forbids it (kernel.yama.ptrace_scope)$'
		rm -f report
	done
}

# The kernel does not let a user inspect a program whose file the user can't read.
@test "guard --backtrace: a leak of a program with other privileges is found" {
	require_root
	built -g -O1
	chmod 711 made
	who=user
	run_guard --backtrace --report report -- ./made shm
	assert_failure 3
	assert_equal "$(from_report '.leaks[] | "\(.ref) \(.made_by)"')" 'id:0 null'
}

@test "guard --backtrace: files are opened with the privileges of the program, not of guard" {
	require_root
	built -g -O1
	chmod 711 made
	run_guard --backtrace --report report -- \
		setpriv --reuid 65534 --regid 65534 --clear-groups ./made shm
	assert_failure 3
	run from_report '.leaks[0].made_by.backtrace[]'
	refute_output --partial make_shm
	chmod 755 made
	run_guard --backtrace --report report -- \
		setpriv --reuid 65534 --regid 65534 --clear-groups ./made shm
	run from_report '.leaks[0].made_by.backtrace[]'
	assert_output --partial make_shm
}

@test "guard --backtrace: a program whose file is gone" {
	built -g -O1
	run_guard --backtrace --report report -- sh -c 'exec 3<made; rm made; exec /proc/self/fd/3 shm'
	assert_failure 3
	assert_equal "$(from_report '.leaks | length')" 1
	[ "$(from_report '.leaks[0].made_by.backtrace | length')" -ge 1 ]
}

# imitate_libdw BODY: a library that has all functions of libdw, which do this.
imitate_libdw() {
	mkdir -p lib
	sed -n 's/^\tX(\([a-z_]*\)).*/void *\1(void) { '"$1"' }/p' "$SRCDIR/src/system/unwind.c" >libdw.c
	cc -w -shared -fPIC -o lib/libdw.so.1 libdw.c
	chmod -R a+rX .
}

@test "guard --backtrace: a library that crashes or does not return costs only the backtrace" {
	require_command cc
	built -g -O1
	for body in 'for (;;) ;' '__builtin_trap();'; do
		imitate_libdw "$body"
		LD_LIBRARY_PATH=$PWD/lib run_guard --backtrace --report report -- env -u LD_LIBRARY_PATH ./made shm msg
		assert_failure 3
		assert_equal "$(from_report '.leaks | length')" 2
		assert_equal "$(from_report '.leaks[].made_by.backtrace_error' | uniq)" \
			"its calls can't be listed: libdw failed, or took more than a second"
		[ "$(from_report .milliseconds)" -lt 8000 ]
	done
	[ ! -e core ]
}

@test "guard --backtrace: if libdw can't be loaded, nothing runs, and the message names the package" {
	# An empty library under its name.
	mkdir lib
	: >empty.c
	require_command cc
	cc -shared -o lib/libdw.so.1 empty.c
	LD_LIBRARY_PATH=$PWD/lib run_apart "$SHMTOOL" guard --backtrace -- touch ran
	assert_failure 126
	assert_stderr_like 'libdw'
	[ ! -e ran ]
	LD_LIBRARY_PATH=$PWD/lib run_apart "$SHMTOOL" guard -- touch ran
	assert_success
}

@test "guard --backtrace: a build without libdw refuses it, and names the package" {
	require_command cc
	printf '#include "system/unwind.h"\n#include <stdio.h>\nint main(void) { struct error error; return unwind_load(&error) < 0 && puts(error.text) < 0; }\n' >without.c
	cc -std=gnu17 -D_GNU_SOURCE -I"$SRCDIR/src" -o without without.c "$SRCDIR"/src/{error,system/unwind}.c
	run ./without
	assert_output --partial libdw-dev
}

@test "guard: only --backtrace loads libdw" {
	require_command strace
	require_plain_build
	strace -f -o trace -e trace=openat "$SHMTOOL" guard -- true
	run ! grep -q libdw trace
	strace -f -o trace -e trace=openat "$SHMTOOL" guard --backtrace -- true
	grep -q libdw trace
}
