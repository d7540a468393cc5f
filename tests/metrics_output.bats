#!/usr/bin/env bats
# metrics --output: the file is replaced as a whole or not at all, and nothing else is touched.
# Takes 25 seconds.

load test_helper
load truth

setup() {
	common_setup
	mkdir -m 755 place
	file=$PWD/place/shmtool.prom
}

# assert_whole FILE: it has all of the text.
assert_whole() {
	awk -f "$SRCDIR/tests/openmetrics.awk" "$1" || fail "$1 is not valid"
	grep -q '^shmtool_build_info' "$1" || fail "$1 is not whole"
}

# assert_only NAME...: the directory has these entries, and no others.
assert_only() {
	assert_equal "$(ls -A place)" "$(printf '%s\n' "$@")"
}

@test "metrics --output: the file has the text and mode 644, and standard output has nothing" {
	umask 077
	run_tool metrics -q --output "$file"
	assert_success
	assert_output ''
	assert_stderr_empty
	assert_whole "$file"
	assert_equal "$(stat -c %a "$file")" 644
	assert_only shmtool.prom
}

@test "metrics --output: an old file is replaced by a new one, of another inode" {
	echo precious >"$file"
	ln "$file" place/link
	run_tool metrics -q --output "$file"
	assert_success
	assert_whole "$file"
	assert_equal "$(cat place/link)" precious
	assert_only link shmtool.prom
	# A path without a slash.
	cd place
	run_tool metrics -q --output link
	assert_success
	assert_whole link
}

@test "metrics --output: a reader sees whole files only" {
	"$SHMTOOL" metrics -q --output "$file"
	# shellcheck disable=SC2016 # for the inner shell
	background bash -c 'while [ ! -e stop ]; do
		text=$(<place/shmtool.prom) || { echo missing; exit; }
		[[ $text == *"# EOF" && $text == "# HELP"* ]] || { echo broken; exit; }
		((++reads % 10)) || echo "$reads"
	done; echo end'
	for ((i = 0; i < 40; i++)); do
		"$SHMTOOL" metrics -q --output "$file"
	done
	wait_until 20 grep -q '^[1-9]0' background.out
	: >stop
	wait_until 20 grep -qE 'end|missing|broken' background.out
	run grep -E 'missing|broken' background.out
	assert_output ''
}

@test "metrics --output: killed before the rename, the old file stays, and the next run succeeds" {
	require_strace
	echo old >"$file"
	run_apart strace -qq -o /dev/null -e trace=rename,renameat,renameat2 -e inject=rename,renameat,renameat2:error=EIO:signal=KILL \
		"$SHMTOOL" metrics -q --output "$file"
	[ "$status" -eq 137 ]
	assert_equal "$(cat "$file")" old
	# The manual says what its name is like; the node exporter reads no such file.
	# shellcheck disable=SC2012 # the names are known
	assert_regex "$(ls -A place | tr '\n' ' ')" '^\.shmtool\.prom\.[0-9a-f]{8}\.tmp shmtool\.prom $'
	run_tool metrics -q --output "$file"
	assert_success
	assert_whole "$file"
}

@test "metrics --output: killed while it measures, nothing has changed" {
	require_strace
	require_root
	echo old >"$file"
	new_segment 5000 >/dev/null
	strace -f -qq -o trace -e trace=read -P /proc/sysvipc/shm -e inject=read:signal=STOP:when=1 \
		"$SHMTOOL" metrics -q --output "$file" >/dev/null 2>&1 3>&- &
	tracer=$!
	wait_until 20 grep -q 'stopped by SIGSTOP' trace
	kill -KILL "$(pgrep -P "$tracer" -f 'metrics -q')"
	wait "$tracer" || true
	assert_equal "$(cat "$file")" old
	assert_only shmtool.prom
}

@test "metrics --output: a signal that ends it waits until the file is replaced" {
	require_strace
	echo old >"$file"
	run_apart strace -qq -o /dev/null -e trace=fchmod -e inject=fchmod:signal=TERM \
		"$SHMTOOL" metrics -q --output "$file"
	[ "$status" -eq 143 ]
	assert_whole "$file"
	assert_only shmtool.prom
}

@test "metrics --output: if the file can't be written, the old one stays, and no other is left" {
	require_root
	require_strace
	mount -t tmpfs -o size=8k metrics place
	echo old >"$file"
	run_tool metrics -q --output "$file"
	cp "$file" now
	ls -A place >entries
	umount place
	assert_fails metrics "$file: can't be replaced: No space left on device"
	assert_equal "$(cat now)" old
	assert_equal "$(cat entries)" shmtool.prom
	echo old >"$file"
	for call in fchmod renameat; do
		run_apart strace -qq -o /dev/null -e "trace=$call" -e "inject=$call:error=EIO" \
			"$SHMTOOL" metrics -q --output "$file"
		assert_fails metrics "$file: can't be replaced: Input/output error"
		assert_equal "$(cat "$file")" old
		assert_only shmtool.prom
	done
}

@test "metrics --output: no symbolic link, device, FIFO or directory is replaced" {
	echo precious >precious
	ln -s ../precious place/link
	ln -s missing place/dangling
	mkfifo place/fifo
	mkdir place/directory
	ls -lA --time-style=full-iso place >before
	for name in link dangling; do
		run_tool metrics -q --output "place/$name"
		assert_fails metrics "place/$name: is a symbolic link"
	done
	for name in fifo directory; do
		run_tool metrics -q --output "place/$name"
		assert_fails metrics "place/$name: is not a regular file"
	done
	run_tool metrics -q --output /dev/null
	assert_fails metrics '/dev/null: is not a regular file'
	[ -c /dev/null ]
	# It is a symbolic link to a descriptor.
	run_tool metrics -q --output /dev/stdout
	assert_fails metrics '/dev/stdout: is a symbolic link'
	[ -L /dev/stdout ]
	assert_equal "$(ls -lA --time-style=full-iso place)" "$(cat before)"
	assert_equal "$(cat precious)" precious
}

@test "metrics --output: a path that is no file's, or has no directory, is refused before anything is measured" {
	for path in '' place/ place/. place/.. /; do
		run_tool metrics --output "$path"
		assert_usage_error metrics 'is not the name of a file'
	done
	run_tool metrics --output missing/file
	assert_fails metrics "missing/file: its directory can't be opened: No such file or directory"
	: >place/file
	run_tool metrics --output place/file/file
	assert_fails metrics "its directory can't be opened: Not a directory"
	run_tool metrics --output "place/$(printf '%0256d' 0)"
	assert_fails metrics 'File name too long'
	run_tool metrics -q --output "place/$(printf '%0255d' 0)"
	assert_success
	assert_only "$(printf '%0255d' 0)" file
}

@test "metrics --output: links of root and of the caller lead to the directory, those of others do not" {
	require_root
	mkdir target elsewhere
	chown 65534 elsewhere
	ln -s "$PWD/target" ours
	ln -s ../target elsewhere/relative
	ln -s "$PWD/ours" chain
	for path in ours/f1 chain/f2 elsewhere/relative/f3 ./target/../ours//f4; do
		run_tool metrics -q --output "$path"
		assert_success
		assert_whole "target/${path##*/}"
	done
	# A user swaps the directory for a link to another one.
	ln -s "$PWD/target" elsewhere/theirs
	chown -h 65534 elsewhere/theirs
	run_tool metrics -q --output elsewhere/theirs/f5
	assert_fails metrics 'elsewhere/theirs/f5: its path has a symbolic link of another user'
	assert_equal "$(ls -A target)" "$(printf '%s\n' f1 f2 f3 f4)"
	ln -s loop loop
	run_tool metrics -q --output loop/f
	assert_fails metrics 'its path has a symbolic link of another user, or too many'
	# To the user, the link is a user's own.
	chmod 777 target
	run_tool_as_user metrics -q --output elsewhere/theirs/f5
	assert_success
	run_tool_as_user metrics -q --output ours/f6
	assert_success
	assert_whole target/f6
}

@test "metrics --output: as root in a directory of another user, what lies there is not followed" {
	require_root
	chmod 1777 place
	echo precious >precious
	# Hard links need a file of their owner.
	chown 65534 precious
	ln precious "$file"
	chown 65534 place
	run_tool metrics -q --output "$file"
	assert_success
	assert_whole "$file"
	assert_equal "$(stat -c '%u %a %h' "$file")" '0 644 1'
	assert_equal "$(cat precious)" precious
}

@test "metrics --output: a user who may not write there gets the reason" {
	require_root
	echo old >"$file"
	run_tool_as_user metrics -q --output "$file"
	assert_fails metrics "$file: can't be replaced: Permission denied"
	assert_equal "$(cat "$file")" old
	assert_only shmtool.prom
}

@test "metrics --output: if a collector fails, the rest is written, and the status is 1" {
	require_root
	: >empty
	FILE=$file run_apart unshare --mount sh -c 'mount --bind empty /proc/meminfo && exec "$SHMTOOL" metrics -q --output "$FILE"'
	assert_failure 1
	assert_whole "$file"
	grep -qx 'shmtool_collector_success{collector="memory"} 0' "$file"
	grep -qx 'shmtool_collector_success{collector="objects"} 1' "$file"
}

@test "metrics: standard output that can't be written is an error" {
	run_apart bash -c '"$SHMTOOL" metrics -q >/dev/full'
	assert_failure 1
	assert_equal "$stderr" "shmtool: standard output: can't be written: No space left on device"
}
