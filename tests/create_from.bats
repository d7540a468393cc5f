#!/usr/bin/env bats
# create --from: the content of a file or of a pipe.

load test_helper
load truth

setup() {
	common_setup
	require_private_namespace
	content=$BATS_TEST_TMPDIR/content
	# Every byte value, and an end in the middle of a page.
	head -c 100001 /dev/urandom >"$content"
}

teardown() {
	restore_limits
	umount_shm
	remove_segments
	common_teardown
}

# assert_segment_content ID FILE: a segment holds exactly the bytes of a file.
assert_segment_content() {
	"$HELPERS/dump_segment" "$1" | cmp - "$2"
}

@test "create --from FILE: a segment of the size and content of the file" {
	run_tool create --from "$content"
	assert_success
	assert_stderr_empty
	assert_equal "$(proc_shm "$output" size)" 100001
	assert_segment_content "$output" "$content"
	assert_equal "$(proc_shm "$output" nattch)" 0
}

@test "create --from FILE --posix: an object of the size and content of the file" {
	run_tool create --posix shmtool-test --from "$content"
	assert_success
	assert_output '/shmtool-test'
	assert_equal "$(object_stat shmtool-test '%s %a')" '100001 600'
	cmp /dev/shm/shmtool-test "$content"
}

@test "create --from -: a segment of the size and content of a pipe" {
	run_apart bash -c 'cat "$1" | "$SHMTOOL" create --from -' bash "$content"
	assert_success
	assert_equal "$(proc_shm "$output" size)" 100001
	assert_segment_content "$output" "$content"
}

@test "create --from - --posix: an object of the size and content of a pipe" {
	run_apart bash -c 'cat "$1" | "$SHMTOOL" create --posix shmtool-test --from -' bash "$content"
	assert_success
	cmp /dev/shm/shmtool-test "$content"
}

@test "create --from -: a file as standard input" {
	run_tool create --from - <"$content"
	assert_success
	assert_segment_content "$output" "$content"
}

@test "create --from -: a file as standard input is read from where it stands" {
	run_apart bash -c '{ dd bs=1 count=100 status=none of=/dev/null
		"$SHMTOOL" create --from -; } <"$1"' bash "$content"
	assert_success
	assert_equal "$(proc_shm "$output" size)" 99901
	tail -c 99901 "$content" >"$BATS_TEST_TMPDIR/rest"
	assert_segment_content "$output" "$BATS_TEST_TMPDIR/rest"
}

@test "create --from -: a pipe that trickles" {
	run_apart bash -c '{ printf ab; sleep 0.1; printf cd; sleep 0.1; printf e; } |
		"$SHMTOOL" create --from -'
	assert_success
	assert_equal "$("$HELPERS/dump_segment" "$output")" abcde
	assert_equal "$(proc_shm "$output" size)" 5
}

@test "create --from -: several megabytes through a pipe" {
	head -c 5000000 /dev/urandom >"$content"
	run_apart bash -c 'cat "$1" | "$SHMTOOL" create --from -' bash "$content"
	assert_success
	assert_segment_content "$output" "$content"
}

@test "create --from: a process substitution" {
	run_apart bash -c '"$SHMTOOL" create --from <(cat "$1")' bash "$content"
	assert_success
	assert_segment_content "$output" "$content"
}

@test "create --from: a file in /proc, which has no size, is read to its end" {
	cat /proc/version >"$BATS_TEST_TMPDIR/version"
	run_tool create --from /proc/version
	assert_success
	assert_segment_content "$output" "$BATS_TEST_TMPDIR/version"
}

@test "create --from --key --mode --owner: all hold" {
	require_root
	run_tool create --from "$content" --key 0x2a --mode 640 --owner nobody:daemon
	assert_success
	assert_equal "$(proc_key "$output") $(proc_shm "$output" perms)" '0x0000002a 640'
	assert_equal "$(proc_shm "$output" uid)" "$(id -u nobody)"
	assert_segment_content "$output" "$content"
}

@test "create --from --mode: a mode that the owner may not write through" {
	run_tool create --from "$content" --mode 400
	assert_success
	assert_equal "$(proc_shm "$output" perms)" 400
	assert_segment_content "$output" "$content"
}

@test "create --from --mode: an unprivileged owner fills a segment without write permission for later" {
	require_root
	run_apart as_user bash -c 'echo secret | "$SHMTOOL" create --from - --mode 400'
	assert_success
	assert_equal "$(proc_shm "$output" perms)" 400
	assert_equal "$("$HELPERS/dump_segment" "$output")" secret
}

@test "create --from --posix --mode: an unprivileged owner fills an object without write permission for later" {
	require_root
	run_apart as_user bash -c 'echo secret | "$SHMTOOL" create --posix shmtool-test --from - --mode 400'
	assert_success
	assert_equal "$(object_stat shmtool-test %a)" 400
	assert_equal "$(cat /dev/shm/shmtool-test)" secret
}

@test "create --from --size: cannot be combined" {
	run_tool create --from "$content" --size 4K
	assert_usage_error create '--from' '--size'
}

@test "create --from: an empty file is an error, and nothing is left behind" {
	: >"$content"
	run_tool create --from "$content"
	assert_fails create "$content|--from" 'empty|nothing|0 bytes|no (bytes|content|data)'
	assert_unchanged
}

@test "create --from -: an empty pipe is an error, and nothing is left behind" {
	run_apart bash -c 'true | "$SHMTOOL" create --posix shmtool-test --from -'
	assert_fails create 'empty|nothing|0 bytes|no (bytes|content|data)'
	assert_unchanged
}

@test "create --from: a file that is not there" {
	run_tool create --from "$BATS_TEST_TMPDIR/nothing"
	assert_fails create "$BATS_TEST_TMPDIR/nothing" 'no such file'
	assert_unchanged
}

@test "create --from: a file that is not there leaves no POSIX object behind" {
	run_tool create --posix shmtool-test --from "$BATS_TEST_TMPDIR/nothing"
	assert_fails create "$BATS_TEST_TMPDIR/nothing"
	assert_no_objects
}

@test "create --from: a directory" {
	run_tool create --from "$BATS_TEST_TMPDIR"
	assert_fails create "$BATS_TEST_TMPDIR" 'directory'
	assert_unchanged
}

@test "create --from: a file that the caller may not read" {
	require_root
	chmod 600 "$content"
	run_tool_as_user create --from "$content"
	assert_fails create "$content" 'permi'
	assert_unchanged
}

@test "create --from: a read error leaves nothing behind" {
	run_tool create --posix shmtool-test --from /proc/self/mem
	assert_fails create '/proc/self/mem'
	assert_no_objects
	run_tool create --from /proc/self/mem
	assert_fails create '/proc/self/mem'
	assert_no_segments
}

@test "create --from -: a closed standard input" {
	run_apart bash -c '"$SHMTOOL" create --from - <&-'
	assert_failure 1
	assert_output ''
	assert_stderr_like '^shmtool: create: '
	assert_unchanged
}

@test "create --from - --posix: a pipe with more than /dev/shm holds leaves nothing behind" {
	mount_shm size=1M
	run_apart bash -c 'head -c 5000000 /dev/zero | "$SHMTOOL" create --posix shmtool-test --from -'
	assert_fails create '/dev/shm|/shmtool-test' 'space|full|free'
	assert_no_objects
}

@test "create --from --posix: a file larger than /dev/shm leaves nothing behind" {
	mount_shm size=1M
	head -c 5000000 /dev/zero >"$content"
	run_tool create --posix shmtool-test --from "$content"
	assert_fails create '/dev/shm|/shmtool-test' 'space|full|free'
	assert_no_objects
}

@test "create --from -: a pipe with more than shmmax leaves nothing behind" {
	require_root
	set_limit shmmax 65536
	run_apart bash -c 'head -c 5000000 /dev/zero | "$SHMTOOL" create --from -'
	assert_fails create 'shmmax' '65536|64K'
	assert_unchanged
}

# assert_killed_leaves_nothing SIGNAL ARGUMENT...: create --from - that is ended by a signal while it
# waits for the rest of its input.
assert_killed_leaves_nothing() {
	local signal=$1
	shift

	mkfifo "$BATS_TEST_TMPDIR/input"
	# In the background a shell without job control ignores SIGINT.
	env --default-signal=INT,QUIT,PIPE "$SHMTOOL" create "$@" --from - \
		<"$BATS_TEST_TMPDIR/input" >/dev/null 2>&1 3>&- &
	local tool=$!
	BACKGROUND_PIDS+=("$tool")
	exec 9>"$BATS_TEST_TMPDIR/input"
	head -c 60000 "$content" >&9
	# The pipe is drained once the tool has read all there is so far.
	wait_until 10 "$HELPERS/pipe_empty" 9
	kill -s "$signal" "$tool"
	wait "$tool" || true
	exec 9>&-
	assert_no_segments
	assert_no_objects
}

@test "create --from -: ended by SIGTERM half-way, nothing is left behind" {
	assert_killed_leaves_nothing TERM
}

@test "create --from - --posix: ended by SIGTERM half-way, nothing is left behind" {
	assert_killed_leaves_nothing TERM --posix shmtool-test
}

@test "create --from - --posix: ended by SIGINT half-way, nothing is left behind" {
	assert_killed_leaves_nothing INT --posix shmtool-test
}

@test "create --from --key: an existing segment is not overwritten" {
	id=$("$HELPERS/make_keyed" 0x2a 200000 600)
	"$HELPERS/fill_segment" "$id" 200000
	run_tool create --key 0x2a --from "$content"
	assert_fails create '0x0000002a' 'exist|there'
	assert_unchanged
	assert_equal "$("$HELPERS/dump_segment" "$id" | tr -d x | wc -c)" 0
}

@test "create --from --posix: an existing object is not overwritten" {
	printf 'precious' >/dev/shm/shmtool-test
	run_tool create --posix shmtool-test --from "$content"
	assert_fails create '/shmtool-test' 'exist|there'
	assert_equal "$(cat /dev/shm/shmtool-test)" precious
	assert_equal "$(object_stat shmtool-test %s)" 8
}

@test "create --from: a file whose name begins with a dash, after ./" {
	cd "$BATS_TEST_TMPDIR"
	printf 'dashed' >./-content
	run_tool create --from ./-content
	assert_success
	assert_equal "$("$HELPERS/dump_segment" "$output")" dashed
}

@test "create --from: a file that becomes shorter while it is read leaves nothing behind" {
	require_strace
	# Read in pieces, the second of which is missing.
	head -c 2500000 /dev/zero >"$content"
	for target in '' '--posix shmtool-test'; do
		# shellcheck disable=SC2086 # no word or two
		run_apart strace -f -qq -o trace -P "$content" -e inject=read:retval=0:when=2 \
			"$SHMTOOL" create $target --from "$content"
		grep -q INJECTED trace || fail 'the file was not read'
		assert_fails create "$content" 'shorter'
		assert_unchanged
	done
}

@test "create --from: an object that another process creates meanwhile is not overwritten" {
	require_strace
	run_stopping fallocate:1 create --posix shmtool-test --from "$content"
	printf 'precious' >/dev/shm/shmtool-test
	run_on
	assert_fails create '/shmtool-test' 'already exists'
	assert_equal "$(cat /dev/shm/shmtool-test)" precious
}

@test "create --from -: ended by SIGHUP or SIGQUIT half-way, nothing is left behind" {
	assert_killed_leaves_nothing HUP
	rm input
	assert_killed_leaves_nothing QUIT --posix shmtool-test
}

@test "create --from -: the status is that of the signal that ended it" {
	mkfifo input
	strace -qq -o trace -e trace=read "$SHMTOOL" create --from - <input >/dev/null 2>&1 3>&- &
	local tool=$!
	exec 9>input
	printf 'half' >&9
	wait_until 10 "$HELPERS/pipe_empty" 9
	wait_until 10 pkill -TERM -P "$tool"
	status=0
	wait "$tool" || status=$?
	exec 9>&-
	assert_equal "$status" 143
	assert_no_segments
}

@test "create --from - --posix: the mount command of a full /dev/shm is one that makes it larger" {
	mount_shm size=1M
	run_apart bash -c 'head -c 2000000 /dev/zero | "$SHMTOOL" create --posix shmtool-test --from -'
	assert_failure 1
	eval "$(grep -oE 'mount -o remount,size=[0-9]+ /dev/shm' <<<"$stderr")"
	[ "$(df --output=size -B1 /dev/shm | tail -n 1)" -ge 2000000 ]
}
