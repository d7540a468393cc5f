#!/usr/bin/env bats
# ipcs -l and -u, and the sizes of --human: with limits at their maximum, at 0, and beyond 2^32, as
# util-linux's has them, byte for byte. The limits are those of the test's own IPC namespace.
# Takes 100 seconds.

load test_helper
load truth
load classic

setup() {
	classic_setup
	require_root
	for name in shmmax shmall shmmni msgmax msgmnb msgmni sem; do
		limits_changed+=("kernel/$name=$(cat "/proc/sys/kernel/$name")")
	done
}

# limit NAME VALUE: sets a limit; whether the kernel took it.
limit() {
	{ printf '%s\n' "$2" >"/proc/sys/kernel/$1"; } 2>/dev/null &&
		[[ $(tr '\t' ' ' <"/proc/sys/kernel/$1") == "$2" ]]
}

# compare_limits: ipcs -l of each kind and with each size.
compare_limits() {
	local resource size

	for resource in '' -m -q -s -mqs; do
		for size in '' -b --human; do
			compare ipcs -l $resource $size
		done
	done
}

@test "ipcs -l: the limits that the machine begins with" {
	require_peer ipcs
	compare_limits
	for size in '' -b --human; do
		compare_as user ipcs -l $size
		compare_as user ipcs -u $size
	done
	assert_same 21
}

@test "ipcs -l: every limit at its maximum" {
	require_peer ipcs
	assert limit shmmax 18446744073709551615
	assert limit shmall 18446744073709551615
	assert limit shmmni 32768
	assert limit msgmax 2147483647
	assert limit msgmnb 2147483647
	assert limit msgmni 32768
	assert limit sem '2147483647 2147483647 2147483647 32768'
	compare_limits
	start_objects 5
	compare ipcs -u
	compare ipcs -u --human
	assert_same 17
}

@test "ipcs -l: every limit at 0" {
	require_peer ipcs
	for name in shmmax shmall shmmni msgmax msgmnb msgmni; do
		assert limit "$name" 0
	done
	assert limit sem '0 0 0 0'
	compare_limits
	compare ipcs
	compare ipcs -u
	compare ipcs -u --human
	assert_same 18
}

@test "ipcs -l: limits around 2^31, 2^32 and 2^63" {
	require_peer ipcs
	for value in 1 1023 1024 1025 2147483647 2147483648 4294967295 4294967296 4294967297 \
		9223372036854775807 9223372036854775808 9223372036854775809 18446744073709550592 \
		18446744073692774399; do
		assert limit shmmax "$value"
		assert limit shmall "$value"
		compare_limits
	done
	for value in 1 1023 1024 65535 65536 1048576 2147483646; do
		assert limit msgmax "$value"
		assert limit msgmnb "$value"
		assert limit sem "$value $value $value 1000"
		compare_limits
	done
	assert_same 300
}

@test "ipcs -l: pages that are more kilobytes, or bytes, than 64 bits hold" {
	require_peer ipcs
	for value in 4503599627370495 4503599627370496 4611686018427387903 4611686018427387904 \
		4611686018427387905 9007199254740992 2305843009213693952 288230376151711744; do
		assert limit shmall "$value"
		compare ipcs -l
		compare ipcs -l -b
		compare ipcs -l --human
	done
	assert_same 24
}

@test "ipcs --human: sizes at and around every power of two, with rounding" {
	local power value once=yes

	require_peer ipcs
	for ((power = 0; power < 64; power++)); do
		for value in $((1 << power)) $(((1 << power) - 1)) $(((1 << power) + 1)) \
			$(((1 << power) + (1 << power) / 2)) $(((1 << power) + (1 << power) / 10)) \
			$(((1 << power) - (1 << power) / 20)) $(((1 << power) + (1 << power) / 20)) \
			$(((2 << power) - (1 << power) / 20)); do
			printf -v value %u "$value"
			assert limit shmmax "$value"
			compare ipcs -m -l --human
		done
	done
	assert_same 500
}

@test "ipcs --human: sizes between 1000 bytes and 2M, in small steps" {
	local value once=yes

	require_peer ipcs
	for ((value = 1000; value < 2200000; value += 1 + value / 100)); do
		assert limit shmmax "$value"
		compare ipcs -m -l --human
	done
	assert_same 500
}

@test "ipcs --human: decimals at the edge of rounding, in every unit" {
	local unit parts value whole rest

	require_peer ipcs
	for unit in 10 20 30 40 50 60; do
		whole=$(((1 << unit) / 1000)) rest=$(((1 << unit) % 1000))
		for parts in 1049 1050 1051 1075 1099 1100 1101 1149 1150 1449 1450 1949 1950 1951 1999 2000 \
			9949 9950 9999 10049 10050; do
			printf -v value %u $((whole * parts + rest * parts / 1000))
			assert limit shmmax "$value"
			compare ipcs -m -l --human
		done
	done
	assert_same 120
}

@test "ipcs --human: sizes of segments and of queues" {
	local size

	require_peer ipcs
	for size in 1 9 10 99 100 512 999 1000 1023 1024 1025 1075 1076 1126 1127 1535 1536 10188 10240 \
		10291 101888 102348 102349 102400 1047552 1048063 1048064 1048575 1048576 1048577 1099512 \
		1153433 1153434 1572864 104857600 1073217536 1073741823 1073741824 1181116006 1610612736 \
		1099511627775 1099511627776 1649267441664 1125899906842623 1125899906842624 \
		1152921504606846975 1152921504606846976; do
		"$HELPERS/make_ipc" "shm,0,600,$size"
		((size > 100)) || "$HELPERS/make_ipc" "msg,0,600,$size"
	done
	for size in --human -b '-b --human' '--human -b'; do
		for format in '' -t -p -c -u; do
			read -ra words <<<"$format $size"
			compare ipcs "${words[@]}"
			compare ipcs -m "${words[@]}"
			compare ipcs -q "${words[@]}"
		done
		for id in $(ids shm); do
			read -ra words <<<"$size"
			compare ipcs -m "${words[@]}" -i "$id"
		done
	done
	assert_same 200
}

@test "ipcs -u: with shared memory that is used up to its limit" {
	require_peer ipcs
	assert limit shmall 10
	"$HELPERS/make_segments" 2 20480
	compare ipcs -u
	compare ipcs -u -m --human
	compare ipcs -m -l
	assert_same 3
}

@test "ipcs --human: the decimal point is the locale's" {
	require_peer ipcs
	require_command localedef
	mkdir locales
	# It uncompresses by a process that it doesn't wait for.
	gzip -dc /usr/share/i18n/charmaps/UTF-8.gz >UTF-8 2>/dev/null &&
		localedef --no-archive -i de_DE -f ./UTF-8 "$PWD/locales/de_DE.UTF-8" 2>/dev/null ||
		skip 'needs the sources of locales'
	assert limit msgmax 1536
	assert limit msgmnb 2621440
	export LOCPATH=$PWD/locales LC_ALL=de_DE.UTF-8
	compare ipcs -l --human -q
	assert_same 1
	run --separate-stderr "$SHMTOOL" ipcs -l --human -q
	assert_line 'max size of message = 1,5K'
	# Our own output has a point in every locale.
	run --separate-stderr "$SHMTOOL" limits --kind msg --human --raw --no-headings -o limit,value
	assert_line 'msgmax 1.5K'
	unset LOCPATH
	export LC_ALL=C.UTF-8
}
