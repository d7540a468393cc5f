#!/usr/bin/env bats
# ipcs -i ID: the details of one object, as util-linux's has them, byte for byte; and whose they
# are: names that are long, not ASCII, or missing, and times in other zones.
# Takes 90 seconds.

load test_helper
load truth
load classic

# compare_details root|user: ipcs -i for all objects there are.
compare_details() {
	local who=$1 id

	for id in $(ids shm); do
		compare_as "$who" ipcs -m -i "$id"
	done
	for id in $(ids msg); do
		compare_as "$who" ipcs -q -i "$id"
	done
	for id in $(ids sem); do
		compare_as "$who" ipcs -s -i "$id"
	done
}

# name LENGTH: a name of LENGTH letters.
name() {
	printf '%*s' "$1" '' | tr ' ' n
}

@test "ipcs -i: every one of many objects" {
	require_peer ipcs
	start_mixed_objects 80
	compare_details root
	assert_same 240
}

@test "ipcs -i: every one of many objects, unprivileged" {
	require_peer ipcs
	require_root
	start_mixed_objects 80
	compare_details user
	assert_same 240
}

@test "ipcs -i: objects that only the owner may read, unprivileged" {
	require_peer ipcs
	require_root
	"$HELPERS/make_ipc" {shm,msg,sem},{0x10,0xfffffff0},600,3 {shm,msg,sem},0,{600,0},1
	compare_details user
	assert_same 12
}

@test "ipcs -i: a user's own objects, and read-only ones" {
	require_peer ipcs
	require_root
	as_user "$HELPERS/make_ipc" {shm,msg,sem},0,600,3 {shm,sem},0,{400,200,0} msg,0,{400,200,0}
	"$HELPERS/make_ipc" {shm,msg,sem},0,{644,622,604,640},3
	compare_details user
	assert_same 24
}

@test "ipcs -i: semaphores that are waited for" {
	local set

	require_peer ipcs
	start_objects 0
	set=$(ids sem)
	run "$theirs/ipcs" -s -i "$set"
	assert_line --regexp '^0 +0 +2 +0 '
	assert_line --regexp '^1 +32767 +0 +1 '
	compare ipcs -s -i "$set"
	compare ipcs -s -i "$set" -t
	compare ipcs -u
	assert_same 3
}

@test "ipcs -i: all formats and sizes beside it" {
	require_peer ipcs
	start_objects 2
	for kind in shm:-m msg:-q sem:-s; do
		for id in $(ids "${kind%:*}"); do
			for format in -t -p -c -l -u -b --human '-t -b' '-l -p' '-u --human'; do
				read -ra words <<<"$format"
				compare ipcs "${kind#*:}" -i "$id" "${words[@]}"
				compare ipcs "${words[@]}" -i "$id" "${kind#*:}"
			done
		done
	done
	assert_same 140
}

@test "ipcs -i: numbers in all notations, and invalid ones" {
	require_peer ipcs
	"$HELPERS/make_ipc" {shm,msg,sem},0x10,644,3 {shm,msg,sem},0x8,600,1
	for resource in -m -q -s; do
		for id in 0 1 2 99 00 01 010 +1 ' 1' '1 ' $'\t1' 1x x '' ' ' - + 0x 1.0 1e0 2147483647 \
			2147483648 4294967295 4294967296 4294967297 9223372036854775807 \
			99999999999999999999 -2147483649 -9223372036854775809 -99999999999999999999; do
			compare ipcs "$resource" -i "$id"
			compare ipcs "$resource" --id="$id"
		done
		compare ipcs "${resource}i0"
		compare ipcs "${resource}i" 1
		compare ipcs "${resource}i1x"
		compare ipcs -i0 "$resource"
		compare ipcs --i 0 "$resource"
		compare ipcs -i 0 -i 1 "$resource"
		compare ipcs -i 99 -i 0 "$resource"
		compare ipcs -i x -i 0 "$resource"
	done
	assert_same 180
}

@test "ipcs -i: with no resource, or more than one" {
	require_peer ipcs
	"$HELPERS/make_ipc" {shm,msg,sem},0x10,644,3
	for resources in '' -mq -mqs -ms -qs -a -am -ma '-m -m' '-mmm' '-q -a' '-s -m'; do
		for rest in '' -t -l -u -b --human; do
			read -ra words <<<"$resources $rest"
			compare ipcs -i 0 "${words[@]}"
			compare ipcs "${words[@]}" -i 99
		done
	done
	assert_same 140
}

@test "ipcs -i: a reused id" {
	local id
	local -A option=([shm]=-m [msg]=-q [sem]=-s)

	require_peer ipcs
	id=$("$HELPERS/make_keyed" 0 4096 600)
	"$HELPERS/segment_control" "$id" rmid
	"$HELPERS/make_keyed" 0 4096 600
	compare ipcs -m -i "$id"
	compare ipcs -m -i $((id + 32768))
	compare ipcs -m -i $((id + 65536))
	# The kernel looks an id up by its lower bits: msgctl(2), MSG_STAT.
	"$HELPERS/make_ipc" {shm,msg,sem},0,600
	for kind in shm msg sem; do
		for id in $(ids "$kind"); do
			compare ipcs "${option[$kind]}" -i $((id + 32768))
		done
	done
	assert_same 7
}

@test "ipcs: users and groups with long names, with names that are not ASCII, and without" {
	require_peer ipcs
	use_accounts <<-END
		root:0
		$(name 9):1009
		$(name 10):1010
		$(name 11):1011
		$(name 32):1032
		$(name 33):1033
		$(name 200):1200
		größenwahn:2001
		müllmännerverein:2002
		abcdefghiü:2003
		用户名用户名:2004
		a b:2005
		nobody:65534
		last:4294967294
	END
	start_objects 80 0:0 1009:1010 1010:1009 1011:1011 1032:1032 1033:1033 1200:1200 2001:2001 \
		2002:2002 2003:2003 2004:2004 2005:2005 3000:3000 65534:65534 4294967294:4294967294 \
		4294967293:4294967293 2147483647:2147483648
	for who in root user; do
		for resource in -m -q -s -a; do
			for format in '' -c -t -p -u; do
				compare_as "$who" ipcs "$resource" $format
				compare_as "$who" ipcs "$resource" $format --human
			done
		done
		compare_details "$who"
	done
	assert_same 500
}

@test "ipcs: users and groups without any name" {
	require_peer ipcs
	use_accounts </dev/null
	start_objects 20 0:0 1:1 65534:65534
	for resource in -m -q -s -a; do
		for format in '' -c -t -p; do
			compare ipcs "$resource" $format
			compare_as user ipcs "$resource" $format
		done
	done
	assert_same 32
}

@test "ipcs: times in other zones, and in no zone at all" {
	local zone

	require_peer ipcs
	start_objects 6
	for zone in UTC Asia/Kathmandu America/St_Johns Pacific/Kiritimati CET-1CEST UTC+25 '' : nonsense \
		'<+1245>-12:45' /dev/null; do
		for resource in -m -q -s -a; do
			TZ=$zone compare ipcs "$resource" -t
		done
		for kind in shm:-m msg:-q sem:-s; do
			TZ=$zone compare ipcs "${kind#*:}" -i "$(ids "${kind%:*}" | tail -n 1)"
		done
	done
	(unset TZ && compare ipcs -t && assert_same 1)
	assert_same 77
}

@test "ipcs: times in the words of other locales" {
	local locale

	require_peer ipcs
	start_objects 3
	for locale in $(locale -a | grep -xE 'C|C\.utf8|POSIX|(de_DE|ja_JP|ar_EG)\.utf8'); do
		# Translations of util-linux's messages are not tested.
		LANGUAGE=C LC_ALL=$locale compare ipcs -t
		LANGUAGE=C LC_ALL=$locale compare ipcs -l --human
		LANGUAGE=C LC_ALL=$locale compare ipcs -m -i "$(ids shm | head -n 1)"
	done
	assert_same 6
}

@test "ipcs: lists of more than is printed at once" {
	require_peer ipcs
	local many

	mapfile -t many < <(yes "$(printf '%s\n' {shm,msg,sem},0,600)" | head -n 6000)
	"$HELPERS/make_ipc" "${many[@]}" >/dev/null
	for words in '' -t -p -c '-m --human'; do
		read -ra words <<<"$words"
		compare ipcs "${words[@]}"
	done
	assert [ "$("$ours/ipcs" -m -p | wc -c)" -gt 65536 ]
	assert_same 5
}
