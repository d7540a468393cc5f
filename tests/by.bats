#!/usr/bin/env bats
# The machine, control group and unit that memory belongs to, and totals by them.

load test_helper
load truth
load users

teardown() {
	common_teardown
	for group in "${GROUPS_MADE[@]}"; do
		wait_until 10 rmdir "$group"
	done
}

setup() {
	common_setup
	GROUPS_MADE=()
}

# new_group NAME: makes a control group below the test's own, in version 2 or in the hierarchy of
# systemd; sets group to its directory and group_path to its path, as /proc/PID/cgroup has it.
new_group() {
	local mount own

	require_root
	mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
	own=$(sed -n 's/^0:://p' /proc/self/cgroup)
	if [[ ! $mount ]]; then
		mount=$(awk '$3 == "cgroup" && $4 ~ /name=systemd/ { print $2; exit }' /proc/mounts)
		own=$(sed -n 's/^[0-9]*:name=systemd://p' /proc/self/cgroup)
	fi
	group_path=${own%/}/shmtool-by-$$-$1
	group=$mount$group_path
	{ [[ $mount ]] && mkdir "$group" 2>/dev/null; } || skip "no control group can be made here"
	GROUPS_MADE+=("$group")
}

# hold_in GROUP ARGUMENT...: hold, and move the holder to a group.
hold_in() {
	local into=$1

	shift
	hold "$@"
	# shellcheck disable=SC2154 # set by hold
	echo "$holder" >"$into/cgroup.procs" || skip "no process can be moved to a control group here"
}

node() {
	uname -n
}

@test "host: every command with columns prints the node name on request, in every format" {
	id=$(make_segment 4096)
	for command in stat users limits families 'stat --elements' "stat $id" "users --each"; do
		# shellcheck disable=SC2086 # some have operands
		run_tool $command -o help
		assert_line --regexp '^host '
	done
	run_tool stat --json -o host,ref
	assert_output "[
{\"host\":\"$(node)\",\"ref\":\"id:$id\"}
]"
	run_tool stat --raw --no-headings -o HOST
	assert_output "$(node)"
	run_tool stat --export -o host
	assert_output "HOST=\"$(node)\""
	run_tool stat --no-headings -o host
	assert_output "$(node)"
	run_tool limits --raw --no-headings -o host,limit --sort host
	assert_line --index 0 --regexp "^$(node) "
}

@test "host: + adds it to the default columns, also to those of details" {
	id=$(make_segment 4096)
	run_tool stat --json -o +host
	assert_output --partial "\"host\":\"$(node)\"}"
	assert_output --partial '"kind":"shm"'
	run_tool stat --json -o +host "$id"
	assert_output --partial "\"host\":\"$(node)\"}"
	assert_output --partial '"why"'
	run_tool stat -o +host "$id"
	assert_line --regexp "^ *host +$(node)\$"
	run_tool stat --json "$id"
	refute_output --partial '"host"'
	run_tool stat -o +nonsense "$id"
	assert_failure 2
}

@test "users -o cgroup,unit: the group of each process, as the kernel reports it" {
	id=$(new_segment 4096)
	new_group x.service
	hold_in "$group" "$id"
	rows pid,cgroup,unit "$id"
	assert_output "$holder $group_path ${group_path##*/}"
	assert_equal "$(grep -c ":$group_path\$" "/proc/$holder/cgroup")" 1
	rows cgroup --each "$id"
	assert_output "$group_path"
	run_tool users --json -o unit "$id"
	assert_output --partial "{\"unit\":\"${group_path##*/}\"}"
}

@test "users -o cgroup: also of a process that waits for a semaphore" {
	new_group y.scope
	id=$("$HELPERS/set_control" make 0 600 1)
	background "$HELPERS/set_control" operate "$id" 0 -1
	echo "$BACKGROUND_PID" >"$group/cgroup.procs"
	wait_until 10 eval "[[ \$('$HELPERS/set_control' look $id 0) == '0 1 0 '* ]]"
	rows how,unit "sem:$id"
	assert_line "waits ${group_path##*/}"
}

@test "stat -o cgroup,unit: the group of the only user, or the first and the number of others" {
	id=$(new_segment 4096)
	new_group a.service
	first=$group_path
	hold_in "$group" "$id"
	hold_in "$group" "$id"
	assert_column "$id" cgroup "$first"
	assert_column "$id" unit "${first##*/}"
	new_group b.service
	hold_in "$group" "$id"
	assert_column "$id" cgroup "$first +1"
	assert_column "$id" unit "${first##*/} +1"
}

@test "stat -o cgroup: of an unused segment, the group of its creator while it runs" {
	require_command perl
	new_group creator.service
	# shellcheck disable=SC2016 # perl's variables
	background perl -e 'print shmget(0, 4096, 01600), "\n"; $| = 1; print ""; sleep 60'
	wait_until 10 test -s "$BATS_TEST_TMPDIR/background.out"
	id=$(<"$BATS_TEST_TMPDIR/background.out")
	echo "$BACKGROUND_PID" >"$group/cgroup.procs"
	assert_column "$id" cgroup "$group_path"
	assert_column "$id" unit "${group_path##*/}"
	end_background
	assert_column "$id" cgroup null
	assert_column "$id" unit null
}

@test "stat -o cgroup: unknown without a user, and for users that can't be seen" {
	id=$(new_segment 4096 666)
	new_object "$PREFIX_NAME"
	assert_column "$id" cgroup null
	assert_column "/$PREFIX_NAME" unit null
	require_root
	hold "$id"
	# shellcheck disable=SC2030 # only here
	run as_user "$SHMTOOL" stat -q --raw --no-headings -o cgroup,unit,use "$id"
	assert_output '- - used'
}
