#!/usr/bin/env bats
# write --create and map-file --create: what is left of a new object after a failure. (Failing system
# calls: failing_calls.bats.)

load test_helper
load truth

# from_fifo COMMAND ARGUMENT...: starts the tool in the background with a pipe as its standard input,
# which descriptor 8 writes to.
from_fifo() {
	[ -p fifo ] || mkfifo fifo
	background bash -c 'exec "$SHMTOOL" "$@" <fifo' bash "$@"
	exec 8>fifo
}

# key_exists: whether there is a segment with the key of the tests.
key_exists() {
	grep -q "^ *$((0x46010004)) " /proc/sysvipc/shm
}

# target_exists REF: whether there is what one of the REFs of the tests names.
target_exists() {
	case $1 in
	0x*) key_exists ;;
	./*) [ -e "$1" ] ;;
	*) [ -e "/dev/shm$1" ] ;;
	esac
}

@test "write --create: without a byte of the input, the new object is removed again" {
	for ref in /shmtool-new ./new 0x46010004; do
		run_apart bash -c '"$SHMTOOL" write --create --size 8192 --length 5 "$1" </dev/null' bash "$ref"
		assert_fails write '0 of 5 bytes available, so nothing was written; it was removed again$'
		run ! target_exists "$ref"
		assert_unchanged
	done
}

@test "write --create: with a byte of the input, the new object stays" {
	for ref in /shmtool-new ./new 0x46010004; do
		run_apart bash -c 'printf x | "$SHMTOOL" write --create --size 8192 --length 5 "$1"' bash "$ref"
		assert_fails write 'only 1 of 5 bytes available'
		refute_stderr_like 'removed'
		assert_equal "$("$SHMTOOL" read "$ref" | tr -d '\0')" x
	done
}

@test "write --create --beyond-eof: with a byte after the end, the new object stays" {
	run_apart bash -c 'printf x |
		"$SHMTOOL" write --create --size 10 --offset 10 --length 5 --beyond-eof /shmtool-new'
	assert_fails write 'only 1 of 5 bytes available'
	assert_equal "$("$SHMTOOL" read --beyond-eof --offset 10 --length 1 /shmtool-new)" x
}

@test "write --create: a signal before the first byte removes the new object again" {
	for ref in /shmtool-new ./new 0x46010004; do
		for signal in INT:130 TERM:143; do
			from_fifo write --create --size 8192 "$ref"
			wait_until 20 target_exists "$ref"
			kill -"${signal%:*}" "$BACKGROUND_PID"
			await
			exec 8>&-
			assert_failure "${signal#*:}"
			run ! target_exists "$ref"
		done
	done
}

@test "write --create: a new object that another process has stored into is not removed" {
	for ref in /shmtool-new ./new 0x46010004; do
		from_fifo write --create --size 200000 "$ref"
		wait_until 20 target_exists "$ref"
		"$SHMTOOL" write --offset 150000 --string hello "$ref"
		kill -INT "$BACKGROUND_PID"
		await
		exec 8>&-
		assert_failure 130
		assert_stderr_like '; it remains, since another process has stored into it$'
		assert_equal "$("$SHMTOOL" read --offset 150000 --length 5 "$ref")" hello
	done
}

@test "map-file --create --write -: a new file that another process has stored into is not removed" {
	from_fifo map-file --create --size 8192 new --write -
	wait_until 20 grep -q /new "/proc/$BACKGROUND_PID/maps"
	"$HELPERS/mapping" write new 5000 < <(printf hello)
	kill -INT "$BACKGROUND_PID"
	await
	exec 8>&-
	assert_failure 130
	assert_stderr_like '; it remains, since another process has stored into it$'
	assert_equal "$(tr -d '\0' <new)" hello
}

@test "write --create: the new object is open under its name" {
	from_fifo write --create --size 8192 /shmtool-new
	wait_until 20 eval 'ls -l "/proc/$BACKGROUND_PID/fd" | grep -q "/dev/shm/shmtool-new$"'
	printf x >&8
	exec 8>&-
	await
	assert_success
	assert_equal "$(head -c 1 /dev/shm/shmtool-new)" x
}

@test "map-file --create --write -: a signal before the first byte removes the new file again" {
	from_fifo map-file --create --size 8192 new --write -
	wait_until 20 test -e new
	kill -INT "$BACKGROUND_PID"
	await
	exec 8>&-
	assert_failure 130
	[ ! -e new ]
}

@test "write --create: a different object that has been given the name since is not removed" {
	for ref in /shmtool-new ./new; do
		path=${ref/#\/shmtool/\/dev\/shm\/shmtool}
		from_fifo write --create --size 8192 --length 5 "$ref"
		wait_until 20 target_exists "$ref"
		mv "$path" "$path-moved"
		echo other >"$path"
		exec 8>&-
		await
		assert_failure 1
		assert_stderr_like '0 of 5 bytes available, so nothing was written$'
		assert_equal "$(cat "$path")" other
		[ -e "$path-moved" ]
		rm "$path" "$path-moved"
	done
}

@test "write --create: an existing object is never removed" {
	truncate -s 8192 file /dev/shm/shmtool-test
	for ref in /shmtool-test ./file; do
		run_apart bash -c '"$SHMTOOL" write --create --length 5 "$1" </dev/null' bash "$ref"
		assert_fails write ' 0 of 5 bytes available'
		target_exists "$ref"
		refute_stderr_like 'removed'
	done
}

@test "write --create --mode: its own mode does not keep an unprivileged user from writing" {
	for ref in /shmtool-new ./new; do
		run_tool_as_user write --create --mode 400 --string hello "$ref"
		assert_success
		assert_equal "$("$SHMTOOL" read "$ref")" hello
	done
	assert_equal "$(stat -c %a new)" 400
	# To attach a segment for writing, write permission is needed.
	run_tool_as_user write --create --mode 400 --string hello 0x46010004
	[ "$status" -eq 0 ] || run ! key_exists
}
