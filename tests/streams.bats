#!/usr/bin/env bats
# Data to stdout, everything else to stderr; and a stdout that is full, closed, or not read.

load test_helper
load truth

# assert_full COMMAND ARGUMENT...: with a full disk under stdout it fails with status 1 and says so.
assert_full() {
	run_apart bash -c '"$SHMTOOL" "$@" >/dev/full' bash "$@"
	assert_failure 1
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "$stderr" '^shmtool: '
	assert_stderr_like 'output|stdout' 'space|full'
}

# assert_closed ARGUMENT...: the same with a stdout that is closed.
assert_closed() {
	run_apart bash -c '"$SHMTOOL" "$@" >&-' bash "$@"
	assert_failure 1
	assert_regex "$stderr" '^shmtool: '
	assert_stderr_like 'output|stdout'
}

# assert_quiet_pipe ARGUMENT...: a pipe without a reader ends it quietly.
assert_quiet_pipe() {
	run_apart "$HELPERS/closed_pipe" default "$SHMTOOL" "$@"
	assert_equal "$stderr" ''
	[ "$status" -eq 141 ] || [ "$status" -le 1 ]
	run_apart "$HELPERS/closed_pipe" ignore "$SHMTOOL" "$@"
	assert_equal "$stderr" ''
	[ "$status" -eq 141 ] || [ "$status" -le 1 ]
}

@test "stat >/dev/full: fails with status 1" {
	new_segment 4096
	assert_full stat
	assert_full
	assert_full ls
}

@test "stat >/dev/full: in every format" {
	id=$(new_segment 4096)
	assert_full stat --json
	assert_full stat --raw
	assert_full stat --export
	assert_full stat "$id"
	assert_full stat --json "$id"
}

@test "stat >/dev/full: with output that is more than a buffer" {
	"$HELPERS/make_segments" 2000 4096
	assert_full stat
	assert_full stat --json
	assert_full stat --raw
}

@test "help, version and lists >/dev/full" {
	assert_full --help
	assert_full --version
	assert_full stat --help
	assert_full stat -o help
	assert_full limits
	assert_full limits --json
}

@test "stat with a closed stdout fails with status 1" {
	new_segment 4096
	assert_closed stat
	assert_closed stat --json
	assert_closed limits
	assert_closed --help
}

@test "a closed stdout does not send the output into something else that is opened" {
	"$HELPERS/make_object" /shmtool-test 4096
	run_apart bash -c '"$SHMTOOL" set --size 8K /shmtool-test >&- 2>&-'
	assert_equal "$(tr -d '\0' </dev/shm/shmtool-test)" ''
	run_apart bash -c '"$SHMTOOL" stat --kind all -o ref,rss,value,command <&- >&- 2>&-'
	assert_failure 1
	assert_equal "$(tr -d '\0' </dev/shm/shmtool-test)" ''
}

@test "a pipe without a reader ends stat quietly" {
	new_segment 4096
	assert_quiet_pipe stat
	assert_quiet_pipe stat --json
	assert_quiet_pipe limits
	assert_quiet_pipe --help
}

@test "a pipe that is closed early ends a long list quietly" {
	"$HELPERS/make_segments" 3000 4096 >/dev/null
	for format in --raw --json --export --sort=bytes; do
		run_apart bash -c '"$SHMTOOL" stat "$1" | head -n 1 >/dev/null; exit "${PIPESTATUS[0]}"' bash "$format"
		[ "$status" -eq 141 ] || [ "$status" -le 1 ]
		assert_equal "$stderr" ''
	done
}

@test "create >/dev/full: the new segment is removed again" {
	assert_full create --size 4K
	assert_no_segments
	assert_full create --size 4K --key 0x2a
	assert_no_segments
	assert_full create --size 4K --posix shmtool-test
	assert_no_objects
	echo content >"$BATS_TEST_TMPDIR/content"
	assert_full create --from "$BATS_TEST_TMPDIR/content"
	assert_no_segments
	assert_full create --from "$BATS_TEST_TMPDIR/content" --posix shmtool-test
	assert_no_objects
}

@test "create with a closed stdout: the new segment is removed again" {
	assert_closed create --size 4K
	assert_no_segments
	assert_closed create --size 4K --posix shmtool-test
	assert_no_objects
}

@test "create: output lost only when standard output is closed: removed again" {
	require_command strace
	require_plain_build
	declare -A ref=(['--key 0x2a']='key:0x0000002a: ' ['--posix shmtool-test']='/shmtool-test: ')
	for what in '' '--key 0x2a' '--posix shmtool-test' '--from content'; do
		echo content >content
		size=$([ "$what" = '--from content' ] || echo --size 4K)
		# The descriptor that the output has alone.
		run_apart bash -c 'strace -qq -o trace -e trace=close -e inject=close:error=EIO -P "$PWD/out" \
			"$SHMTOOL" create '"$what $size"' >out'
		assert_failure 1
		assert_equal "$stderr" "shmtool: create: ${ref[${what:--}]-}standard output can't be written, so it was removed again: Input/output error"
		assert_no_segments
		assert_no_objects
	done
}

@test "create into a pipe without a reader: the new segment is removed again" {
	run_apart "$HELPERS/closed_pipe" ignore "$SHMTOOL" create --size 4K
	assert_failure
	assert_no_segments
	run_apart "$HELPERS/closed_pipe" default "$SHMTOOL" create --size 4K
	assert_failure
	assert_no_segments
	run_apart "$HELPERS/closed_pipe" default "$SHMTOOL" create --size 4K --posix shmtool-test
	assert_failure
	assert_no_objects
}

@test "create >/dev/full: an existing segment stays" {
	id=$("$HELPERS/make_keyed" 0x2a 4096 600)
	run_apart bash -c '"$SHMTOOL" create --size 4K --key 0x2a >/dev/full'
	assert_failure 1
	assert_segment_exists "$id"
	"$HELPERS/make_object" /shmtool-test 4096
	run_apart bash -c '"$SHMTOOL" create --size 4K --posix shmtool-test >/dev/full'
	assert_failure 1
	assert_object_exists shmtool-test
}

@test "rm --verbose >/dev/full: fails, and does its work" {
	id=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-test 4096
	assert_full rm --verbose "$id" /shmtool-test
	assert_no_segments
	assert_no_objects
}

@test "commands that print nothing do not mind a closed stdout" {
	id=$(new_segment 4096)
	run_apart bash -c '"$SHMTOOL" set --mode 640 "$1" >&-' bash "$id"
	assert_success
	assert_equal "$(proc_shm "$id" perms)" 640
	run_apart bash -c '"$SHMTOOL" rm "$1" >&-' bash "$id"
	assert_success
	assert_no_segments
}

@test "a full stderr does not stop the work" {
	id=$(new_segment 4096)
	hold "$id"
	run_apart bash -c '"$SHMTOOL" rm 99999 "$1" 2>/dev/full' bash "$id"
	assert_failure 1
	assert_equal "$(proc_shm "$id" perms)" 1600
}

@test "stderr and stdout come in order when they go to one file" {
	one=$(new_segment 4096)
	two=$(new_segment 4096)
	run "$SHMTOOL" rm --verbose "$one" 99999 "$two"
	assert_failure 1
	assert_output "removed id:$one (4096 bytes)
shmtool: rm: id:99999: no such segment
removed id:$two (4096 bytes)"
}

@test "stat does not use its standard input" {
	new_segment 4096
	run_apart bash -c 'printf "one\ntwo\n" | { "$SHMTOOL" stat >/dev/null || exit; cat; }'
	assert_success
	assert_output $'one\ntwo'
}

@test "create of an existing object >/dev/full: reports it, and removes nothing" {
	id=$("$HELPERS/make_keyed" 0x2a 4096 600)
	run_apart bash -c '"$SHMTOOL" create --size 4096 --key 0x2a >/dev/full'
	assert_failure 1
	assert_stderr_like 'standard output' 'space'
	refute_stderr_like 'removed'
	assert_segment_exists "$id"
}
