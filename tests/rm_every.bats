#!/usr/bin/env bats
# rm --every: the same removal again and again, until a signal arrives.

load test_helper
load truth

setup() {
	common_setup
	require_private_namespace
	mkdir -m 755 rules
	printf '[left]\ndescription = leftovers\nmatch = pshm /*\nfate = garbage\n' >rules/test.conf
	export SHMTOOL_FAMILIES=$PWD/rules
}

@test "rm --every removes what appears between its rounds, and ends with SIGTERM" {
	"$HELPERS/make_object" /first 4096
	background "$SHMTOOL" rm --unused --kind pshm --older-than 0s --every 1s --raw --no-headings -o ref,result
	wait_until 20 test ! -e /dev/shm/first || fail "$(cat background.err background.out)"
	"$HELPERS/make_object" /second 4096
	wait_until 20 test ! -e /dev/shm/second
	kill -TERM "$BACKGROUND_PID"
	wait "$BACKGROUND_PID"
	assert_equal "$(grep -v '^$' background.out)" $'/first removed\n/second removed'
}

@test "rm --every obeys SIGTERM as the first process of a pid namespace" {
	require_root
	background unshare --pid --fork --mount-proc --kill-child \
		"$SHMTOOL" rm --unused --kind pshm --older-than 0s --every 1h
	"$HELPERS/make_object" /first 4096
	wait_until 20 grep -q 'removed' background.err
	child=$(pgrep -P "$BACKGROUND_PID")
	kill -TERM "$child"
	wait "$BACKGROUND_PID"
}

@test "rm --every goes on after a failed round" {
	cp rules/test.conf saved
	echo '[broken' >>rules/test.conf
	"$HELPERS/make_object" /first 4096
	background "$SHMTOOL" rm --unused --kind pshm --older-than 0s --every 1s
	wait_until 20 grep -q 'test.conf' background.err
	cp saved rules/test.conf
	wait_until 20 test ! -e /dev/shm/first
	kill -INT "$BACKGROUND_PID"
	wait "$BACKGROUND_PID"
}

@test "rm --every needs filters and a pause, and does not ask" {
	run_tool rm --every 1m /x
	assert_usage_error rm '--every needs filters'
	run_tool rm --unused --every 1m --interactive
	assert_usage_error rm "--every can't be combined with --interactive"
	run_tool rm --unused --every 0s
	assert_usage_error rm '--every: at least one second is needed'
}

@test "rm --every waits for a pause whose milliseconds exceed 64 bits" {
	# 1000 times as much is 384 more than a multiple of 2^64.
	run timeout -s TERM 1.5 "$SHMTOOL" rm --dry-run --unused --kind pshm --every 18446744073709552s
	assert_equal "$(grep -c 'would remove' <<<"$output")" 1
}
