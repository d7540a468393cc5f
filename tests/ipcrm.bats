#!/usr/bin/env bats
# ipcrm: System V objects by id and key, in both forms, beside util-linux's: what is printed, the
# status, and what is left of the same objects. All of them, and POSIX objects: ipcrm_all.bats.
# Takes 60 seconds.

load test_helper
load truth
load classic

# Ids 0, 1 and 2 of one kind.
some_segments() {
	"$HELPERS/make_ipc" shm,{0x10,0x80000001,0},600
}

some_queues() {
	"$HELPERS/make_ipc" msg,{0x10,0x80000001,0},600,2
}

some_sets() {
	"$HELPERS/make_ipc" sem,{0x10,0x80000001,0},600,2
}

# Ids 0, 1 and 2 of each kind.
some_objects() {
	"$HELPERS/make_ipc" shm,{0x10,0x80000001,0},600 msg,{0x20,0x80000002,0},600,2 \
		sem,{0x30,0x80000003,0},600,2
}

# As some_objects, with 1 the unprivileged user's.
objects_of_two() {
	"$HELPERS/make_ipc" {shm,msg,sem},0x10,600
	as_user "$HELPERS/make_ipc" {shm,msg,sem},0x11,600
	"$HELPERS/make_ipc" {shm,msg,sem},0x12,666
}

# Segment 0 is attached, 1 attached and marked to be destroyed, which leaves it without a key.
attached_segments() {
	rm -f holding.*
	"$HELPERS/make_ipc" shm,{0x10,0x11,0x12},600
	"$HELPERS/hold_segment" 0 >holding.0 &
	"$HELPERS/hold_segment" 1 >holding.1 &
	until [ -s holding.0 ] && [ -s holding.1 ]; do
		kill -0 %1 %2 || return
	done
	"$HELPERS/segment_control" 1 rmid
}

# compare_each MAKE LINE...: ipcrm with the words of each line.
compare_each() {
	compare_effects root "$1" ipcrm "${@:2}"
}

@test "ipcrm: by id" {
	local -A some=([m]=some_segments [q]=some_queues [s]=some_sets)

	require_peer ipcrm
	for option in m q s; do
		make=${some[$option]}
		compare_each "$make" "-$option 0" "-$option 0 -$option 2" "-$option 2 -$option 1 -$option 0" \
			"-$option 0 -$option 0" "-$option 99" "-$option 0 -$option 99 -$option 1" "-${option}0" \
			"-$option 00" "-$option 01" "-$option +1" "-$option -1" "-$option 1x" "-$option x" \
			"-$option 2147483647" "-$option 2147483648" "-$option 4294967296" "-$option 4294967297" \
			"-$option 99999999999999999999" "-$option -2147483649" "-$option 1.0" "-$option" \
			"-$option 0 -$option" "-$option x -$option 0" "-$option 0 -$option x -$option 1"
		compare_effect "$make" ipcrm "-$option" ''
		compare_effect "$make" ipcrm "-$option" ' 1'
		compare_effect "$make" ipcrm "-$option" '1 '
		compare_effect "$make" ipcrm "-$option" ' '
		compare_effect "$make" ipcrm "-$option" $'1\n'
		compare_effect "$make" ipcrm "-$option" ü
	done
	assert_same 90
}

@test "ipcrm: by key, in decimal, hexadecimal and octal, of both signs" {
	local -A some=([m]=some_segments [q]=some_queues [s]=some_sets)

	require_peer ipcrm
	for option in M Q S; do
		make=${some[${option,}]}
		compare_each "$make" "-$option 0x10" "-$option 16" "-$option 020" "-$option 0X10" "-$option +16" \
			"-${option}0x10" "-$option 0x00000010" "-$option 0x80000001" "-$option 2147483649" \
			"-$option -2147483647" "-$option -0x7fffffff" "-$option 020000000001" \
			"-$option 0x10 -$option 0x80000001" "-$option 0x10 -$option 0x10" \
			"-$option 0x99 -$option 0x10" "-$option 0" "-$option 0x0" "-$option 00" "-$option -0" \
			"-$option 0 -$option 0x10" "-$option 0x99" "-$option 4711" "-$option 08" "-$option 0x" \
			"-$option x" "-$option 0x10x" "-$option 0x1g" "-$option 1e1" "-$option -1" \
			"-$option 0xffffffff" "-$option 4294967295" "-$option 99999999999999999999" \
			"-$option 0x99999999999999999" "-$option x -$option 0x10" "-$option 0x10 -$option x" \
			"-$option" "-$option 0x10 -$option"
		compare_effect "$make" ipcrm "-$option" ' 0x10'
		compare_effect "$make" ipcrm "-$option" '0x10 '
	done
	assert_same 115
}

@test "ipcrm: ids and keys of all kinds together" {
	require_peer ipcrm
	compare_each some_segments '-m 0 -M 0x10' '-M 0x10 -m 0'
	compare_each some_objects '-m 0 -q 0 -s 0' '-M 0x10 -Q 0x20 -S 0x30' \
		'-s 99 -q 99 -m 99' '-s 2 -Q 0x99 -m 2' '-q 2 -z -m 0' '-m 0 -q' '-S x -m 0' '-m 0 -S 0 -q 1' \
		'-m0 -q1 -s2' '-vm0 -vq1' '-Q 0x20 -q 1 -M 0x10 -m 1'
	assert_same 13
}

@test "ipcrm: long names and their abbreviations" {
	require_peer ipcrm
	compare_each some_objects '--shmem-id 0' '--shmem-id=0' '--shmem-i 0' '--shmem-key 0x10' '--shmem-k=16' \
		'--queue-id 0' '--queue-i=0' '--queue-key 0x20' '--queue-k 040' '--semaphore-id 0' '--sem 0' \
		'--semaphore-i 0' '--semaphore-key=0x30' '--semaphore-k 0x80000003' '--shm 0' '--shmem 0' '--sh 0' \
		'--s 0' '--q 0' '--queue 0' '--semaphore 0' '--se 0' '--shmem-id' '--shmem-id=' \
		'--shmem-key x' '--semaphore-id 99' '--verbose --shmem-id 0' '--verb --queue-id 0' '--v 5' \
		'--foo' '--foo=1' '--verbose=1' '--shmem_id 0' '--al=foo' '-z' '-0' '-mz' '-ü'
	# A stale errno shows in other locales: classic_differences.bats.
	LC_ALL=C compare_effect some_objects ipcrm --queue-key=
	LC_ALL=C compare_effect some_objects ipcrm -M ''
	assert_same 40
}

@test "ipcrm: -v before, between and after operands" {
	require_peer ipcrm
	compare_each some_objects '-v' '--verbose' '-v -m 0' '-m 0 -v' '-m 0 -v -m 1' '-v -M 0x10' '-M 0x10 -v' \
		'-v -q 0 -Q 0x80000002' '-v -s 0 -S 0x80000003' '-vv -m 0' '-v -m 99' '-v -M 0x99' '-v -m x' \
		'-v -ashm' '-ashm -v' '-v -amsg -asem'
	assert_same 16
}

@test "ipcrm: the old form, with the kind as a word" {
	local -A some=([shm]=some_segments [msg]=some_queues [sem]=some_sets)

	require_peer ipcrm
	for kind in shm msg sem; do
		make=${some[$kind]}
		compare_each "$make" "$kind 0" "$kind 0 1 2" "$kind 2 0" "$kind 0 0" "$kind 99" "$kind 0 99 1" \
			"$kind" "$kind x" "$kind x 0" "$kind 0 x 1" "$kind -1" "$kind -1 0" "$kind 1x 0" "$kind 00" \
			"$kind 01" "$kind +1" "$kind -m 0" "$kind 0 -v" "$kind -v 0" "$kind -- 0" "$kind 0 --" \
			"$kind 99999999999999999999 0" "-- $kind 0" "-v $kind 0" "-${kind:0:1} 99 $kind 1" "$kind 0 -m 1" \
			"$kind 1.0" "$kind 98 97 96" "$kind -z"
		compare_effect "$make" ipcrm "$kind" ' 1'
		compare_effect "$make" ipcrm "$kind" '1 '
	done
	compare_each some_objects 'shared 0' 'sh 0' 'SHM 0' 'shmem 0' 'queue 0' 'shm msg 0' 'shm 0 msg 1' \
		'msg 0 shm 1' '-m 0 shm 1' 'foo' '0' '0x10' 'foo bar' 'foo -m 0' '-m 0 foo' '-m 0 -- foo' '-' '- 0' 'all' 'foo -z' \
		'pshm foo' 'psem foo' 'pmsg foo'
	for variable in '' 1; do
		POSIXLY_CORRECT=$variable compare_effect some_objects ipcrm foo -m 0
		POSIXLY_CORRECT=$variable compare_effect some_objects ipcrm -m 0 foo
		POSIXLY_CORRECT=$variable compare_effect some_objects ipcrm shm 0
		POSIXLY_CORRECT=$variable compare_effect some_objects ipcrm shm -m 0
	done
	compare_effect some_objects ipcrm ''
	compare_effect some_objects ipcrm '' 0
	assert_same 120
}

@test "ipcrm: segments that are attached, or marked to be destroyed already" {
	require_peer ipcrm
	compare_each attached_segments '-m 0' '-M 0x10' '-m 0 -m 0' '-M 0x10 -M 0x10' '-M 0x10 -m 0' '-m 1' \
		'-M 0x11' 'shm 0 1 2' 'shm 1' '-v -m 0 -m 1' '-v -ashm' '-ashm -ashm'
	assert_same 12
}

@test "ipcrm: another user's objects" {
	require_peer ipcrm
	require_root
	compare_effects user objects_of_two ipcrm '-m 0' '-q 0' '-s 0' '-M 0x10' '-Q 0x10' '-S 0x10' '-m 1' \
		'-q 1' '-s 1' '-M 0x11' '-Q 0x11' '-S 0x11' '-m 2' '-q 2' '-s 2' '-M 0x12' '-Q 0x12' '-S 0x12' '-m 0 -m 1 -m 2' '-M 0x10 -M 0x11' \
		'shm 0' 'msg 0' 'sem 0' 'shm 0 1 2' 'msg 2 1 0' 'sem 1' '-v -m 0' '-v -m 1' '-v -M 0x12' '-m 99' \
		'-M 0x99' '-M 0' '-ashm' '-amsg' '-asem' '-v -ashm' '-v -amsg' '-v -asem' '-ashm -amsg -asem -v' \
		'-m x' 'shm 99' 'shm x 1'
	assert_same 40
}

@test "ipcrm: objects of a user, removed by root" {
	require_peer ipcrm
	require_root
	compare_each objects_of_two '-m 1' '-q 1' '-s 1' '-M 0x11 -Q 0x11 -S 0x11' 'sem 0 1 2' '-v -ashm'
	assert_same 6
}

@test "ipcrm >/dev/full, >&-, 2>/dev/full, 2>&-" {
	require_peer ipcrm
	for words in '-v -m 0' '-v -m 0 -m 99' '-m 0' '-m 99' '-v -ashm' '-z' 'shm 0' 'shm 99' 'shm'; do
		read -ra words <<<"$words"
		stdout_is=full compare_effect some_objects ipcrm "${words[@]}"
		stdout_is=closed compare_effect some_objects ipcrm "${words[@]}"
		stderr_is=full compare_effect some_objects ipcrm "${words[@]}"
		stderr_is=closed compare_effect some_objects ipcrm "${words[@]}"
	done
	assert_same 36
}

@test "ipcrm: hundreds of ids on one line" {
	require_peer ipcrm
	many_objects() {
		"$HELPERS/make_segments" 300 4096
	}
	mapfile -t ids < <(seq 299 -1 0)
	compare_effect many_objects ipcrm shm "${ids[@]}"
	compare_effect many_objects ipcrm "${ids[@]/#/-m}"
	compare_effect many_objects ipcrm -v "${ids[@]/#/-m}"
	compare_effect many_objects ipcrm -v -ashm
	assert_same 4
}

@test "ipcrm: it is chosen by the last part of the name that the program is called by" {
	run --separate-stderr bash -c 'exec -a /somewhere/ipcrm "$0" -z' "$SHMTOOL"
	assert_failure 1
	assert_output ''
	assert_equal "$stderr" "/somewhere/ipcrm: invalid option -- 'z'
Try 'ipcrm --help' for more information."

	run --separate-stderr bash -c 'exec -a /somewhere/ipcrm "$0" -m 99' "$SHMTOOL"
	assert_failure 1
	assert_output ''
	assert_equal "$stderr" 'ipcrm: invalid id (99)'
}
