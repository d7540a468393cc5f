#!/usr/bin/env bats
# rm with filters while programs use the objects: a process that has opened an object and found it
# still linked keeps it, whoever has attached a segment and found it not marked keeps it unless rm
# says that it was overtaken (see helpers/race.c). A few seconds each; `make race` takes a minute
# for each, and so does RACE_SECONDS=60. With RACE_LOG=FILE, results are appended to that file.
# Takes 30 seconds.

load test_helper
load truth

setup() {
	common_setup
	require_private_namespace
	rows=$BATS_TEST_TMPDIR/rows
}

# clean_up WHO: runs rm in a loop, as root or user, as long as the workers work.
clean_up() {
	local status
	while kill -0 "$workers" 2>/dev/null; do
		status=0
		as "$1" shmtool rm --quiet --kind shm,pshm,psem --older-than 0s "${chosen[@]}" \
			--raw --no-headings -o action,why || status=$?
		# That something can't be removed, 1, is in the rows.
		[ "$status" -le 1 ] || echo "rm ended with status $status" >>died
	done >>"$rows.$2"
}

# Further arguments of rm.
chosen=()

# choose_abandoned PATTERN FATE: rm removes what is abandoned, by a family of the workers' objects.
choose_abandoned() {
	mkdir rules
	printf '[race]\ndescription = race\nmatch = pshm /%s-%s\nmatch = psem /%s-%s\nfate = %s\n' \
		"$PREFIX_NAME" "$1" "$PREFIX_NAME" "$1" "$2" >rules/race.conf
	export SHMTOOL_FAMILIES=$PWD/rules
	chosen=(--abandoned)
}

# race WHO SLOTS COMMAND...: the workers, started by COMMAND, against two cleaners run as WHO.
race() {
	local who=$1 slots=$2 first second
	shift 2

	"$@" "$HELPERS/race" "$PREFIX_NAME" "${RACE_SECONDS:-3}" 8 "$slots" >said 2>lost 3>&- &
	workers=$!
	wait_until 10 grep -q begun said
	clean_up "$who" 1 3>&- &
	first=$!
	clean_up "$who" 2 3>&- &
	second=$!
	status=0
	wait "$workers" || status=$?
	wait "$first" "$second"
	cat "$rows".* | sort | uniq -c | sort -rn >"$rows"
	{
		printf '%s\n' "$BATS_TEST_DESCRIPTION"
		cat lost said "$rows"
	} | tee -a "${RACE_LOG:-/dev/null}"
	assert_equal "$(cat lost)" ''
	refute [ -e died ]
	assert_equal "$status" 0
	assert_regex "$(tail -n 1 said)" '^held [1-9].* attached [1-9].* lost 0$'
	grep -q '^ *[0-9]* removed -$' "$rows"
	grep -Eq '^ *[0-9]+ kept (in.040use|held|mapped|attached.040by|lease)' "$rows"
	# Each segment that was marked under its users is in a row, unless its users detached it before rm,
	# preempted after the removal, could look: then it was removed.
	overtaken=$(sed -n 's/.* overtaken \([0-9]*\) .*/\1/p' said)
	told=$(awk '/attached.040during.040its.040removal/ { sum += $1 } END { print sum + 0 }' "$rows")
	[ "$overtaken" -le $((told + 5)) ]
}

# No cleaner is running, so no removal is in progress.
assert_nothing_aside() {
	run object_names
	refute_output --partial .shmtool-rm
}

@test "race: objects and segments that are used stay" {
	race root 6 env
	assert_nothing_aside
}

@test "race: abandoned objects are removed, one by one" {
	choose_abandoned '*' garbage
	race root 6 env
	assert_nothing_aside
}

@test "race: abandoned objects are removed together with their companions" {
	choose_abandoned '{instance}' together
	race root 6 env
	assert_nothing_aside
	grep -q 'of.040the.040same.040instance' "$rows"
}

@test "race: files in directories that are used stay" {
	PREFIX_NAME=shmtool-d/$PREFIX_NAME
	mkdir -p shmtool-d /dev/shm/shmtool-d /dev/shm/sem.shmtool-d
	chosen=(--recursive)
	race root 6 env
	assert_equal "$(find /dev/shm -name '.shmtool-rm*')" ''
}

@test "race: the same as an ordinary user" {
	require_root
	race user 6 setpriv --reuid 65534 --regid 65534 --clear-groups
	assert_nothing_aside
}

@test "race: root cleans up, ordinary users use" {
	require_root
	race root 6 setpriv --reuid 65534 --regid 65534 --clear-groups
	assert_nothing_aside
}

@test "race: users in another pid namespace" {
	require_root
	race root 6 unshare --pid --fork --kill-child
	assert_nothing_aside
}

@test "race: users in another pid namespace and another mount namespace, with the same tmpfs" {
	require_root
	race root 6 unshare --pid --mount --fork --kill-child --mount-proc
	assert_nothing_aside
}

@test "race: users in a user namespace of their own, with other namespaces" {
	require_root
	unshare --user --map-root-user true || skip 'needs user namespaces'
	race root 6 unshare --user --map-root-user --pid --mount --fork --kill-child --mount-proc
	assert_nothing_aside
}

@test "race: many objects, removed by two threads" {
	for ((i = 0; i < 1100; i++)); do
		: >"/dev/shm/$PREFIX_NAME-other-$i"
	done
	# In use, so that they stay and there are always that many.
	"$HELPERS/hold_files" /dev/shm/"$PREFIX_NAME"-other-* >held 3>&- &
	wait_until 20 grep -q holding held
	race root 100 env
	assert_nothing_aside
	assert_equal "$(object_names | grep -c -- -other-)" 1100
}
