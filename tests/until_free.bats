#!/usr/bin/env bats
# rm --until-free: the largest abandoned objects first, until enough of /dev/shm is free. The rules are
# the tests' own.

load test_helper
load truth
load removal

setup() {
	common_setup
	require_private_namespace
	own_rules <<-'END'
		[leftover]
		description = leftovers of a program
		match = pshm /left-*
		match = psem /left-*
		fate  = garbage

		[keeper]
		description = locks of a program
		match  = pshm /keep-*
		fate   = keep
		reason = the program uses it between commands

		[pair]
		description = ports
		match = pshm /port{instance:digits}
		match = pshm /port{instance:digits}_el
		fate  = together
	END
	mount_shm size=1M
}

teardown() {
	end_background
	umount_shm
	remove_segments
	common_teardown
}

# fill NAME PAGES: an object of pages of 4096 bytes, all in memory.
fill() {
	head -c "$(($2 * 4096))" /dev/zero >"/dev/shm/$1"
}

# is_free: the kernel's percentage of free pages.
is_free() {
	stat -f -c '%f %b' /dev/shm | awk '{ print int($1 * 100 / $2) }'
}

# is_newer A B: changes A, and checks that it was changed later than B, in seconds.
is_newer() {
	touch "/dev/shm/$1"
	(($(object_stat "$1" %Z) > $(object_stat "$2" %Z)))
}

# until_free LEVEL ARGUMENT...: removes abandoned objects, regardless of age.
until_free() {
	local level=$1
	shift
	run_tool rm --until-free "$level" --older-than 0s "$@"
}

@test "rm --until-free N%: the largest first, and no more than needed" {
	fill left-small 16
	fill left-big 64
	fill left-middle 32
	fill other 64 # without a family: never abandoned
	until_free 50% --json
	assert_success
	assert_equal "$(json 'map(.ref) | join(" ")')" '/left-big /other /left-middle /left-small'
	assert_result /left-big removed
	assert_result /left-middle 'kept: enough is free'
	assert_result /left-small 'kept: enough is free'
	assert_equal "$(object_names)" $'left-middle\nleft-small\nother'
	assert_equal "$(is_free)" 56
	assert_stderr_like 'removed 1 object, 262144 bytes freed; kept 3$' \
		'^shmtool: rm: /dev/shm: 589824 of 1048576 bytes are free, 56\.2 %$'
}

@test "rm --until-free: the largest is the one with the most memory, not the most bytes" {
	fill left-real 64
	truncate -s 900K /dev/shm/left-sparse
	until_free 80%
	assert_success
	assert_equal "$(object_names)" left-sparse
}

@test "rm --until-free: of equally large objects, the oldest first" {
	fill left-b 100
	fill left-a 100
	wait_until 20 is_newer left-a left-b
	until_free 50%
	assert_success
	assert_equal "$(object_names)" left-a
}

@test "rm --until-free: removes nothing if enough is free" {
	fill left-big 64
	until_free 75% --json
	assert_success
	assert_result /left-big 'kept: enough is free'
	assert_object_exists left-big
	assert_stderr_like 'removed 0 objects' '786432 of 1048576 bytes are free, 75 %$'
	until_free 75.01%
	assert_success
	assert_no_objects
}

@test "rm --until-free SIZE: bytes, and with --human sizes" {
	fill left-a 128
	fill left-b 64
	until_free 320K -H
	assert_success
	assert_stderr_like '/dev/shm: 768K of 1M are free, 75 %$'
	assert_equal "$(object_names)" left-b
	until_free 1048576
	assert_success
	assert_no_objects
}

@test "rm --until-free: what is used, kept by its family or too young stays, and the status is 1" {
	fill left-used 64
	fill keep-locks 32
	fill other 16
	keep_open left-used
	until_free 80% --json
	assert_failure 1
	assert_equal "$(object_names)" $'keep-locks\nleft-used\nother'
	[[ $(result /left-used) == 'kept: held open by '* ]]
	assert_result /keep-locks 'kept: the program uses it between commands (family keeper)'
	[[ $(result /other) == kept:* ]]
	assert_stderr_like '^shmtool: rm: /dev/shm: only 589824 of 1048576 bytes are free, 56\.2 %, less than 80 %$'
	release "$holder"
	run_tool rm --until-free 50%
	assert_success
	run_tool rm --until-free 80% --json
	assert_failure 1
	[[ $(result /left-used) == 'kept: '*'less than 10 minutes' ]]
}

@test "rm --until-free: a size that can't be reached is reported in the unit that was given" {
	fill other 128
	until_free 900K
	assert_failure 1
	assert_stderr_like 'only 524288 of 1048576 bytes are free, 50 %, less than 921600 bytes$'
	until_free 900K -H --quiet
	assert_failure 1
	assert_equal "$stderr" 'shmtool: rm: /dev/shm: only 512K of 1M are free, 50 %, less than 900K'
}

@test "rm --until-free --unused: also objects of no family, but what is used stays" {
	fill other 64
	fill held 96
	fill keep-locks 16
	keep_open held
	run_tool rm --until-free 60% --unused --json
	assert_failure 1
	assert_equal "$(object_names)" $'held\nkeep-locks'
	run_tool rm --until-free 60% --unused --ignore-families
	assert_success
	assert_equal "$(object_names)" held
}

@test "rm --until-free --dry-run: what would be removed, and what would be free" {
	fill left-a 64
	fill left-b 32
	fill left-c 16
	until_free 80% --dry-run --json
	assert_success
	assert_result /left-a 'would remove'
	assert_result /left-b 'kept: enough is free'
	assert_result /left-c 'kept: enough is free'
	assert_stderr_like '/dev/shm: 851968 of 1048576 bytes would be free, 81\.2 %$'
	assert_unchanged
	fill other 64
	until_free 90% -n
	assert_failure 1
	assert_stderr_like 'only 786432 of 1048576 bytes would be free, 75 %, less than 90 %'
	# A real run agrees.
	until_free 90%
	assert_failure 1
	assert_stderr_like 'only 786432 of 1048576 bytes are free'
}

@test "rm --until-free: companions go together, in a dry run, too" {
	fill port1 8
	fill port1_el 64
	fill left-a 32
	run_tool rm --until-free 85% --older-than 0s --family pair,leftover --dry-run --json
	assert_success
	assert_equal "$(json 'map(select(.action == "would remove").ref) | join(" ")')" '/port1_el /port1'
	assert_stderr_like '917504 of 1048576 bytes would be free, 87\.5 %'
	run_tool rm --until-free 85% --older-than 0s --family pair,leftover --json
	assert_success
	assert_equal "$(object_names)" left-a
}

@test "rm --until-free: filters apply" {
	fill left-a 64
	fill left-b 32
	fill left-c 16
	until_free 100% --name '/left-[bc]' --min-size 100K
	assert_failure 1
	assert_equal "$(object_names)" $'left-a\nleft-c'
}

@test "rm --until-free -i: asks about the largest first, until enough is free" {
	fill left-a 64
	fill left-b 32
	fill left-c 16
	run_apart bash -c 'printf "n\ny\n" | "$SHMTOOL" rm --until-free 65% --older-than 0s -i --json'
	assert_success
	assert_equal "$(object_names)" $'left-a\nleft-c'
	assert_result /left-a 'kept: declined'
	assert_result /left-c 'kept: enough is free'
	refute_stderr_like 'remove /left-c'
}

@test "rm --until-free: semaphores count, segments do not" {
	fill left-a 4
	fill sem.left-b 16
	id=$(new_segment 4096)
	until_free 98% --json
	assert_success
	assert_equal "$(json 'map(.kind) | unique | join(" ")')" 'psem pshm'
	assert_equal "$(object_names)" left-a
	assert_segment_exists "$id"
}

@test "rm --until-free: many objects at once" {
	for ((i = 0; i < 200; i++)); do
		fill "left-$i" 1
	done
	until_free 50%
	assert_success
	assert_equal "$(is_free)" 50
}

@test "rm --until-free: more than there is, and a /dev/shm without a limit" {
	fill left-a 64
	until_free 2M --json
	assert_failure 1
	assert_output '[]'
	assert_stderr_like '^shmtool: rm: --until-free: /dev/shm has only 1048576 bytes$'
	assert_unchanged
	mount -o remount,size=0 /dev/shm
	until_free 20%
	assert_failure 1
	assert_stderr_like '/dev/shm has no size limit'
	assert_object_exists left-a
}

@test "rm --until-free: words that are neither a percentage nor a size" {
	for level in '' 0 20 100 0% 101% -1 x 20%% 20.555% 1.5 1.5X; do
		run_tool rm --until-free "$level"
		assert_usage_error rm '--until-free'
	done
	run_tool rm --until-free
	assert_usage_error rm 'missing argument: SIZE\|N%'
	run_tool rm --until-free 20% --until-free 30%
	assert_usage_error rm 'only once'
}

@test "rm --until-free: combinations that make no sense" {
	fill left-a 64
	for arguments in /left-a --orphaned '--key 1' '--creator root' '--with-messages' '--used-by 1' \
		'--kind shm' '--kind all' '--kind pshm,msg' --force --ignore-families; do
		# shellcheck disable=SC2086 # several words
		run_tool rm --until-free 100% $arguments
		assert_usage_error rm
	done
	assert_object_exists left-a
	for arguments in '--kind pshm' '--kind psem,pshm' --abandoned --mine --unused; do
		# shellcheck disable=SC2086
		run_tool rm --until-free 50% $arguments
		assert_success
	done
}

@test "rm --until-free --ns: the /dev/shm of that process" {
	require_root
	fill left-here 64
	unshare --mount bash -c 'mount -t tmpfs -o size=1M tmpfs /dev/shm
		head -c 512K /dev/zero >/dev/shm/left-there
		head -c 128K /dev/zero >/dev/shm/left-small
		echo ready >ready; exec sleep 1000' 3>&- &
	wait_until 10 test -s ready
	until_free 80% --ns $!
	assert_success
	assert_stderr_like '/dev/shm: 917504 of 1048576 bytes are free, 87\.5 %'
	assert_object_exists left-here
	run ls "/proc/$!/root/dev/shm"
	assert_output left-small
}

@test "rm --until-free: an unprivileged user frees own objects" {
	require_root
	fill left-own 64
	fill left-root 96
	user_owns left-own
	run_tool_as_user rm --until-free 60% --older-than 0s
	assert_success
	assert_equal "$(object_names)" left-root
	run_tool_as_user rm --until-free 90% --older-than 0s
	assert_failure 1
	assert_equal "$(object_names)" left-root
}

@test "rm --until-free --dir: the file system of that directory, and files below it" {
	require_root
	fill left-here 128
	run_apart unshare --mount bash -c 'mkdir t u && mount -t tmpfs -o size=1M none t && mkdir t/job
		mount -t tmpfs -o size=1M none u
		head -c 512K /dev/zero >t/job/big; head -c 128K /dev/zero >t/job/small; head -c 64K /dev/zero >t/top
		"$SHMTOOL" rm --until-free 70% --unused --older-than 0s --dir "$PWD/t" --recursive --json >result
		echo "$?" >status; find t -type f >left
		"$SHMTOOL" rm --until-free 90% --unused --dir "$PWD/t" --dir "$PWD/u"; echo "$?" >>status
		mount -o remount,size=0 t; "$SHMTOOL" rm --until-free 90% --unused --dir "$PWD/t"; echo "$?" >>status'
	assert_equal "$(cat status)" $'0\n1\n1'
	assert_equal "$(jq -r 'map(select(.action == "removed").ref) | join(" ")' result)" "$PWD/t/job/big"
	assert_equal "$(sort left)" $'t/job/small\nt/top'
	assert_stderr_like "^shmtool: rm: $PWD/t: 851968 of 1048576 bytes are free, 81\.2 %" \
		"$PWD/t and $PWD/u are in different file systems" "$PWD/t has no size limit"
	assert_object_exists left-here
}

@test "rm --until-free --recursive: files in directories of /dev/shm, too" {
	mkdir /dev/shm/jobs
	fill jobs/left-a 128
	fill left-b 32
	run_tool rm --until-free 80% --unused --recursive
	assert_success
	assert_equal "$(object_names)" $'jobs\nleft-b'
}
