#!/usr/bin/env bats
# guard --kill: when the program has ended or guard is gone, no process of the program is left.
#
# With GUARD_KILLS=1000 guard is killed so often for each kind of user and of namespace, instead of 20 times.
# Mostly waits.
# Takes 100 seconds.

load test_helper
load truth
load guard

setup() {
	common_setup
	require_private_namespace
	require_namespaces
	chmod 1777 .
}

teardown() {
	kill_noted
	common_teardown
}

# An orphan can wait for the first process as a zombie.
has_ended() {
	[ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"
}

# assert_ended FILE...: the processes whose pids are in these files end, and soon.
assert_ended() {
	local file
	for file; do
		wait_until 20 has_ended "$(cat "$file")" || fail "$file: $(cat "$file") still runs"
		rm "$file"
	done
}

# start_guard SCRIPT: a program that bash runs, guarded, in the background, as $who; waits for the file ready,
# which it has to make.
start_guard() {
	local as=()
	[ "$who" = root ] || [ "$EUID" -ne 0 ] || as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	rm -f ready
	background setsid "${as[@]}" "$SHMTOOL" guard --kill -- bash -c "$1"
	wait_until 20 test -e ready
}

# In the time after the program's end that the processes have to end by themselves.
wait_for_grace() {
	wait_until 20 grep -q 'still running (--kill' background.err
}

kill_guard() {
	kill -KILL "$BACKGROUND_PID"
	wait "$BACKGROUND_PID" || true
}

# random_kills COMMAND...: kills guards that run under a command, which gets the helper as its last arguments.
random_kills() {
	local count=${GUARD_KILLS:-20}
	run "$@" "$HELPERS/guard_kills" "$count" "$((count < 100 ? 10 : 30))" "$SHMTOOL" --kill "${options[@]}"
	[ -z "${GUARD_KILLS_LOG:-}" ] || echo "${who} ${options[*]}: $output" >>"$GUARD_KILLS_LOG"
	assert_success
	assert_output --regexp '^killed [1-9].*, survivors 0$'
}

@test "guard --kill: killed in the grace time after the program's end, it leaves nothing that ignores SIGTERM" {
	for who in $(both_users); do
		start_guard '"$HELPERS/leak" stubborn:a.pid daemon:b.pid; : >ready'
		wait_for_grace
		kill_guard
		assert_ended a.pid b.pid
	done
}

@test "guard --kill: killed after the program has killed its parent, it leaves nothing" {
	for who in $(both_users); do
		start_guard 'kill -KILL $PPID; "$HELPERS/leak" stubborn:a.pid daemon:b.pid
			echo $$ >c; mv c c.pid; : >ready; exec sleep 100'
		kill_guard
		assert_ended a.pid b.pid c.pid
	done
}

@test "guard --kill: killed after the program has stopped its parent, it leaves nothing" {
	for who in $(both_users); do
		start_guard 'kill -STOP $PPID; "$HELPERS/leak" stubborn:a.pid
			echo $$ >c; mv c c.pid; : >ready; exec sleep 100'
		kill_guard
		assert_ended a.pid c.pid
	done
}

@test "guard --kill: a program that kills its process group, guard with it, leaves nothing" {
	for who in $(both_users); do
		start_guard '"$HELPERS/leak" stubborn:a.pid daemon:b.pid; : >ready; kill -KILL 0'
		wait "$BACKGROUND_PID" || true
		assert_ended a.pid b.pid
	done
}

@test "guard --kill: a process that kills its parent in the grace time does not survive, even if guard is killed" {
	for who in $(both_users); do
		for next in kill_guard true; do
			start_guard '"$HELPERS/leak" stubborn:a.pid; : >ready'
			wait_for_grace
			kill -KILL "$(awk '/^PPid/ { print $2 }' "/proc/$(cat a.pid)/status")"
			"$next"
			assert_ended a.pid
			wait "$BACKGROUND_PID" || true
		done
	done
}

@test "guard --kill: the status is the program's, also if it kills, stops or outlives its parents" {
	for who in $(both_users); do
		for first in 'kill -KILL $PPID' 'kill -STOP $PPID' 'kill -TERM $PPID' \
			'kill -KILL $(awk "/^PPid/ { print \$2 }" /proc/$PPID/status) $PPID'; do
			run_apart as "$who" "$SHMTOOL" guard --kill -- bash -c "$first"'; "$HELPERS/leak" shm:1; exit 7'
			assert_failure 7
			assert_stderr_like ': 1 object left behind'
			refute_stderr_like 'running'
			assert_unchanged
		done
		run_apart as "$who" "$SHMTOOL" guard --kill -- bash -c 'kill -SEGV $$'
		assert_failure 139
	done
}

@test "guard --kill: a program that lives on as its own child again and again is ended" {
	cat >again.sh <<-'END'
		trap '' TERM
		again() {
			sleep 0.01
			echo $BASHPID >again.new; mv again.new again.pid
			again &
		}
		again &
		until [ -e again.pid ]; do sleep 0.02; done
		exit 4
	END
	for who in $(both_users); do
		run -4 as "$who" timeout 60 "$SHMTOOL" guard --kill -- bash again.sh
		pid=$(cat again.pid)
		has_ended "$pid"
		# It does not go on under another number.
		assert_equal "$(cat again.pid)" "$pid"
		rm -f again.pid again.new
	done
}

@test "guard --kill: where the kernel does not list children, all of /proc is searched" {
	require_strace
	for who in $(both_users); do
		run as "$who" strace -f -qq -o /dev/null -P /proc/thread-self/children \
			-e inject=access,faccessat,faccessat2:error=ENOENT \
			"$SHMTOOL" guard --kill -- "$HELPERS/leak" stubborn:a.pid daemon:b.pid
		assert_success
		assert_output --partial '2 processes were still running'
		has_ended "$(cat a.pid)"
		has_ended "$(cat b.pid)"
		rm a.pid b.pid
	done
}

@test "guard --kill: killed at any moment, it leaves nothing, in a private namespace" {
	options=()
	for who in $(both_users); do
		random_kills as "$who"
	done
}

@test "guard --kill: killed at any moment, it leaves nothing, in the machine's namespace" {
	options=(--shared)
	for who in $(both_users); do
		random_kills as "$who"
	done
}

@test "guard --kill: a process that is forked while the others are asked to exit is asked as well" {
	local straggler

	# shellcheck disable=SC2016 # expanded by the inner shell
	straggler='trap "sleep 300 & exit" TERM; touch ready; while :; do sleep 0.05; done'
	SECONDS=0
	run_apart "$SHMTOOL" guard --kill -- bash -c 'setsid bash -c "$1" & until [ -e ready ]; do sleep 0.01; done' bash "$straggler"
	assert_success
	# After 5 seconds, it would get SIGKILL.
	((SECONDS < 4)) || fail "it took $SECONDS seconds"
}
