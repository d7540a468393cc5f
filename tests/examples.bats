#!/usr/bin/env bats
# The scripts of examples/: each runs, shows what it promises, and leaves nothing behind.
# Mostly waits.
# Takes 50 seconds.

load test_helper
load truth

setup() {
	common_setup
	require_private_namespace
	examples=$SRCDIR/examples
	mkdir tmp bin
	chmod 1777 tmp
	TMPDIR=$PWD/tmp
	export TMPDIR
}

# require_disk: for the example whose point is the write-back.
require_disk() {
	case $(stat -f -c %T .) in
	ext2/ext3 | xfs | btrfs) ;;
	*) skip "needs a directory on ext4, xfs or btrfs; $PWD is on $(stat -f -c %T .): set TMPDIR" ;;
	esac
}

# run_example NAME ARGUMENT...: runs a script; it must succeed and clean up.
run_example() {
	local script=$1
	shift

	run_apart timeout 120 sh "$examples/$script" "$@"
	echo "$output"
	echo "$stderr"
	assert_success
	assert_stderr_empty
	assert_nothing_left
}

assert_nothing_left() {
	assert_no_segments
	assert_no_objects
	assert_equal "$(find tmp -mindepth 1)" ''
}

# failing_at COUNT: makes bin/shmtool, which is the tool, but fails at its COUNTth start.
failing_at() {
	echo 0 >count
	cat >bin/shmtool <<-END
		#!/bin/bash
		exec 9>>"$PWD/count.lock"
		flock 9
		read -r count <"$PWD/count"
		echo \$((count + 1)) >"$PWD/count"
		exec 9>&-
		[ "\$count" -ne $1 ] || { echo 'no more' >&2; exit 1; }
		exec "$SHMTOOL" "\$@"
	END
	chmod 755 bin/shmtool
}

@test "scenario 1: 01-records-beyond-eof.sh" {
	require_disk
	run_example 01-records-beyond-eof.sh
	# Ten records while the first process holds, five and five empty ones after it.
	assert_equal "$(grep -cE '^[a-j] +2[0-9]$' <<<"$output")" 15
	assert_equal "$(grep -cE '^j +29$' <<<"$output")" 1
	assert_equal "$(grep -cE '^e +24$' <<<"$output")" 2
	assert_equal "$(grep -cE '^ +0$' <<<"$output")" 5
	assert_equal "${lines[-1]}" 'people.dat: 40 bytes'
}

@test "scenario 1: 01-records-beyond-eof.sh in another directory" {
	require_disk
	mkdir elsewhere
	run_example 01-records-beyond-eof.sh elsewhere
	assert_equal "${lines[-1]}" 'people.dat: 40 bytes'
	assert_equal "$(find elsewhere -mindepth 1)" ''
}

@test "scenario 2: 02-page-edges.sh" {
	run_example 02-page-edges.sh
	assert_equal "$(awk '$5 == "ok" || $5 == "SIGBUS" { print $1, $5 }' <<<"$output")" \
		$'1 ok\n2 ok\n3 SIGBUS\n1 ok\n2 SIGBUS\n3 SIGBUS'
	assert_line '2 pages: all accessible'
	assert_line '3 pages: not all accessible'
}

@test "scenario 3: 03-segment-life.sh" {
	run_example 03-segment-life.sh
	assert_line --regexp '^made: +nattch 0, status -$'
	assert_line --regexp '^attached: +nattch 1, status -$'
	assert_line --regexp '^detached: +nattch 0, status -$'
	assert_line --regexp '^removed: +nattch 1, status dest$'
	assert_regex "${lines[-1]}" '^shmtool: stat: id:[0-9]+: no such segment'
}

@test "scenario 4: 04-ftok-server.sh" {
	run_example 04-ftok-server.sh 1
	assert_line 'hello from the server'
	assert_regex "${lines[-1]}" '^shmtool: read: .*: no such segment'
}

@test "scenario 5: 05-fifo-messages.sh" {
	run_example 05-fifo-messages.sh
	assert_output 'message 1: first message
message 2: second message
message 3: the third and last'
}

@test "scenario 5: 05-fifo-messages.sh with many messages" {
	run_example 05-fifo-messages.sh {1..40}
	assert_output "$(for n in {1..40}; do echo "message $n: $n"; done)"
}

@test "scenario 6: 06-record-table.sh" {
	run_example 06-record-table.sh
	assert_line '------ Records --------'
	assert_equal "$(awk '$1 == "Ada" { $1 = $1; print }' <<<"$output")" $'Ada Lovelace 36 9.5 f\nAda Lovelace 9.5'
	assert_equal "$(awk '$1 == "score" || $2 == "score"' <<<"$output" | tail -n 1 | awk '{ $1 = $1; print }')" 'name score'
	assert_regex "${lines[-1]}" '^shmtool: write: .*row 1.*name.*20'
}

@test "every example runs as an ordinary user" {
	# That user cannot read a checkout in /root.
	cp "$examples"/*.sh .
	for script in *.sh; do
		run_apart as_user timeout 120 sh "$script"
		echo "$script: $stderr"
		assert_success
		assert_nothing_left
	done
}

@test "every example runs with dash and with bash" {
	for shell in dash bash; do
		command -v "$shell" >/dev/null || continue
		for script in "$examples"/*.sh; do
			run_apart timeout 120 "$shell" "$script"
			echo "$shell $script: $stderr"
			assert_success
		done
	done
	assert_nothing_left
}

@test "every example finds shmtool in the PATH" {
	ln -s "$SHMTOOL" bin/shmtool
	for script in "$examples"/*.sh; do
		run_apart env -u SHMTOOL PATH="$PWD/bin:$PATH" timeout 120 sh "$script"
		echo "$script: $stderr"
		assert_success
	done
}

@test "every example leaves nothing behind when a command in it fails" {
	for script in "$examples"/*.sh; do
		for at in 0 1 2; do
			failing_at "$at"
			run_apart env SHMTOOL="$PWD/bin/shmtool" timeout 120 sh "$script"
			# Polling may fail once, and the server and its client run at the same time.
			echo "$script, failing at start $at: status $status"
			[ "$at" -gt 0 ] || [[ $script == *04-* ]] || assert_failure
			[ "$status" -ne 124 ]
			wait_until 20 eval '! pgrep -s 0 -f "$PWD/bin/shmtool"'
			assert_nothing_left
		done
	done
}

@test "an example that is interrupted leaves nothing behind" {
	setsid sh "$examples/04-ftok-server.sh" 60 >out 2>err 3>&- &
	script=$!
	wait_until 20 grep -q 'hello from the server' out
	kill -TERM "$script"
	status=0
	wait "$script" || status=$?
	[ "$status" -ne 0 ]
	assert_nothing_left
}

@test "examples/README.md names every example, and no other" {
	cd "$examples"
	assert_equal "$(grep -oE '^\| \[[^]]+' README.md | sed 's/^| \[//')" "$(printf '%s\n' *.sh *.c *.py)"
	for script in *.sh; do
		[ -x "$script" ] || fail "$script cannot be run"
	done
}
