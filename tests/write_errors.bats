#!/usr/bin/env bats
# write and read: failures cause an error message, never a crash or an unnecessary change.

load test_helper
load truth

setup() {
	common_setup
	require_private_namespace
	mkdir mounted
}

teardown() {
	exec 8>&- 9<&-
	! mountpoint -q mounted || umount mounted
	umount_shm
	remove_segments
	common_teardown
}

# content ID: the bytes of a segment, NULs as dots.
content() {
	"$HELPERS/dump_segment" "$1" | tr '\0' .
}

# segment_of TEXT: a segment of these bytes.
segment_of() {
	local id
	id=$(new_segment "${#1}")
	printf %s "$1" | "$HELPERS/mapping" write "id:$id" 0
	printf '%s\n' "$id"
}

# write_from_fifo ARGUMENT...: starts write in the background with a pipe as its standard input,
# whose other end is descriptor 8.
write_from_fifo() {
	[ -p fifo ] || mkfifo fifo
	background bash -c 'exec "$SHMTOOL" write "$@" <fifo' bash "$@"
	exec 8>fifo
}

# read_into_fifo ARGUMENT...: starts read in the background with a pipe as its standard output, whose
# other end is descriptor 9.
read_into_fifo() {
	[ -p fifo ] || mkfifo fifo
	background bash -c 'exec "$SHMTOOL" read "$@" >fifo' bash "$@"
	exec 9<fifo
}

# begins_with ID TEXT: whether a segment does.
begins_with() {
	[ "$("$HELPERS/dump_segment" "$1" | head -c "${#2}" | tr '\0' .)" = "$2" ]
}

# assert_one_sentence REGEX...: status 1 and one sentence, whatever is on stdout.
assert_one_sentence() {
	assert_failure 1
	assert_equal "${#stderr_lines[@]}" 1
	assert_stderr_like '^shmtool: ' "$@"
}

#
# Content that does not fit
#

@test "write: a string, a file or a fill that does not fit is refused before the first byte" {
	id=$(segment_of 0123456789)
	cp /dev/null /dev/shm/shmtool-test
	printf 0123456789 >/dev/shm/shmtool-test
	printf 0123456789 >file
	printf 'twelve bytes' >input
	for ref in "$id" /shmtool-test ./file; do
		run_tool write "$ref" --string 'twelve bytes'
		assert_fails write '(^|[^0-9])12 bytes' '(^|[^0-9])10( bytes|[^0-9]|$)'
		run_tool write "$ref" --input input
		assert_fails write '(^|[^0-9])12 bytes' '(^|[^0-9])10( bytes|[^0-9]|$)'
		run_apart bash -c '"$SHMTOOL" write "$1" <input' bash "$ref"
		assert_fails write '(^|[^0-9])12 bytes'
		run_tool write "$ref" --fill 0x41 --length 12
		assert_fails write '(^|[^0-9])12 bytes'
		run_tool write "$ref" --string 0123456789 --nul
		assert_fails write '(^|[^0-9])11 bytes'
	done
	assert_equal "$(content "$id") $(cat file /dev/shm/shmtool-test)" '0123456789 01234567890123456789'
}

@test "write --record: records that do not fit are refused before the first byte, also from a pipe" {
	id=$(segment_of 0123456789)
	printf '[{"a":1},{"a":2},{"a":3}]' >json
	printf 'a\n1\n2\n3\n' >csv
	for input in json csv; do
		run_tool write "$id" --record 'int a;' --input "$input"
		assert_fails write "id:$id" '(^|[^0-9])(12 bytes|3 records|2 records)'
		run_apart bash -c 'cat "$2" | "$SHMTOOL" write "$1" --record "int a;"' bash "$id" "$input"
		assert_fails write "id:$id"
	done
	assert_equal "$(content "$id")" 0123456789
	head -n 3 csv >fits
	run_tool write "$id" --record 'int a;' --input fits
	assert_success
	assert_equal "$("$HELPERS/dump_segment" "$id" | od -An -w8 -td4 | tr -s ' ' | head -n 1)" ' 1 2'
}

@test "write: content that does not fit after the offset; the message has bytes, offset and size" {
	id=$(segment_of 0123456789)
	run_tool write "$id" --offset 7 --string abcd
	assert_fails write "id:$id" '(^|[^0-9])4 bytes' 'offset 7' '(^|[^0-9])10([^0-9]|$)'
	assert_equal "$(content "$id")" 0123456789
}

@test "write: an offset beyond the end" {
	id=$(segment_of 0123456789)
	for offset in 11 1G 7E; do
		run_tool write "$id" --offset "$offset" --string x
		assert_fails write "id:$id"
		run_apart bash -c 'printf x | "$SHMTOOL" write "$1" --offset "$2"' bash "$id" "$offset"
		assert_fails write "id:$id"
		run_tool write "$id" --offset "$offset" --fill 0
		assert_fails write "id:$id"
	done
	assert_equal "$(content "$id")" 0123456789
}

@test "write: an offset and a length whose sum no number holds" {
	id=$(segment_of 0123456789)
	run_tool write "$id" --offset 7E --length 7E --fill 0
	assert_fails write "id:$id"
	run_tool write "$id" --offset 9223372036854775807 --length 9223372036854775807 --fill 0
	assert_failure
	assert_stderr_like '^shmtool: write: '
	assert_equal "$(content "$id")" 0123456789
}

@test "write: a pipe with more than fits is stopped at the end; how many bytes went in, and that more input is left" {
	id=$(segment_of 0123456789)
	printf 0123456789 >/dev/shm/shmtool-test
	printf 0123456789 >file
	for ref in "$id" /shmtool-test ./file; do
		run_apart bash -c 'printf abcdefghijkl | "$SHMTOOL" write "$1"' bash "$ref"
		assert_one_sentence '^shmtool: write: ' '(^|[^0-9])10 bytes' 'more input is left'
	done
	assert_equal "$(content "$id") $(cat file /dev/shm/shmtool-test)" 'abcdefghij abcdefghijabcdefghij'
	run_apart bash -c 'printf 123456789012 | "$SHMTOOL" write "$1" --offset 8' bash "$id"
	assert_one_sentence '(^|[^0-9])2 bytes' 'more input is left'
	assert_equal "$(content "$id")" abcdefgh12
}

@test "write: an endless pipe, and an endless device" {
	for who in root user; do
		id=$(as "$who" "$HELPERS/make_keyed" 0 1000001 600)
		run_apart as "$who" bash -c 'yes | "$SHMTOOL" write "$1"' bash "$id"
		assert_one_sentence '(^|[^0-9])1000001 bytes' 'more input is left'
		"$HELPERS/dump_segment" "$id" | cmp - <(yes | head -c 1000001)
		run_apart as "$who" "$SHMTOOL" write "$id" --input /dev/zero
		assert_one_sentence '(^|[^0-9])1000001 bytes' 'more input is left'
		assert_equal "$("$HELPERS/dump_segment" "$id" | tr -d '\0')" ''
	done
}

@test "write --length: less came than was asked for" {
	id=$(segment_of 0123456789)
	printf abc >input
	run_apart bash -c 'printf abc | "$SHMTOOL" write "$1" --length 5' bash "$id"
	assert_one_sentence '(^|[^0-9])3 of 5 bytes'
	assert_equal "$(content "$id")" abc3456789
	run_tool write "$id" --input input --length 5 --offset 5
	assert_one_sentence '(^|[^0-9])3 of 5 bytes'
	assert_equal "$(content "$id")" abc34abc89
}

@test "write: an object of no bytes takes none" {
	: >/dev/shm/shmtool-test
	run_tool write /shmtool-test --string x
	assert_fails write /shmtool-test '(^|[^0-9])1 byte' '(^|[^0-9])0( bytes|[^0-9]|$)|empty|no bytes'
	run_apart bash -c 'printf x | "$SHMTOOL" write /shmtool-test'
	assert_one_sentence /shmtool-test
	assert_equal "$(object_stat shmtool-test %s)" 0
}

#
# No room
#

@test "write: a full /dev/shm under a sparse object is a sentence with the offset, whatever the source" {
	mount_shm size=64k
	head -c 200000 /dev/zero | tr '\0' x >input
	for who in root user; do
		for how in '--input input' '--fill 0x78 --length 200000' 'pipe'; do
			rm -f /dev/shm/shmtool-test
			as "$who" "$HELPERS/make_object" /shmtool-test 1048576
			if [ "$how" = pipe ]; then
				run_apart as "$who" bash -c 'cat input | "$SHMTOOL" write /shmtool-test --offset 4096'
			else
				# shellcheck disable=SC2086 # several words
				run_apart as "$who" "$SHMTOOL" write /shmtool-test --offset 4096 $how
			fi
			assert_fails write /shmtool-test 'offset [0-9]+' 'room|space|full'
			assert_equal "$(object_stat shmtool-test %s)" 1048576
		done
	done
}

@test "write: a full /dev/shm: the offset is how far it got" {
	mount_shm size=64k
	"$HELPERS/make_object" /shmtool-test 1048576
	head -c 200000 /dev/zero | tr '\0' x >input
	run_apart bash -c 'cat input | "$SHMTOOL" write /shmtool-test'
	assert_fails write /shmtool-test 'offset 65536'
	assert_equal "$(tr -d '\0' </dev/shm/shmtool-test | wc -c)" 65536
}

@test "write: a full /dev/shm does not affect an object with its memory" {
	mount_shm size=64k
	head -c 65536 /dev/zero >/dev/shm/shmtool-test
	head -c 65536 /dev/urandom >input
	run_tool write /shmtool-test --input input
	assert_success
	cmp input /dev/shm/shmtool-test
}

@test "write --create: a /dev/shm that is too small is an error message, and leaves nothing behind" {
	mount_shm size=64k
	run_tool write /shmtool-test --create --size 1M --string hello
	assert_fails write /shmtool-test 'room|space|full'
	assert_no_objects
}

@test "write: a full file system under a sparse file is a sentence with the offset" {
	require_root
	mount -t tmpfs -o size=64k tmpfs mounted
	truncate -s 1M mounted/file
	head -c 200000 /dev/zero | tr '\0' x >input
	run_tool write ./mounted/file --input input
	assert_fails write mounted/file 'offset [0-9]+' 'room|space|full'
	run_apart bash -c 'cat input | "$SHMTOOL" write ./mounted/file --offset 500000'
	assert_fails write mounted/file 'offset [0-9]+' 'room|space|full'
	assert_equal "$(stat -c %s mounted/file)" 1048576
}

@test "write: a limit on the size of files does not kill it" {
	"$HELPERS/make_object" /shmtool-test 1048576
	truncate -s 1M file
	for ref in /shmtool-test ./file; do
		run_apart bash -c 'ulimit -f 1; "$SHMTOOL" write "$1" --offset 500000 --string hello' bash "$ref"
		[ "$status" -le 1 ] || fail "status $status"
		[ "$status" -eq 0 ] || assert_stderr_like '^shmtool: write: '
	done
}

#
# Truncated meanwhile
#

@test "write: an object or a file that another process truncates meanwhile: a sentence with the offset, and it stays truncated" {
	for who in root user; do
		rm -f /dev/shm/shmtool-test file
		as "$who" "$HELPERS/make_object" /shmtool-test 1048576
		as "$who" truncate -s 1M "$PWD/file"
		prefix=()
		[ "$who$EUID" != user0 ] || prefix=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
		for path in /dev/shm/shmtool-test "$PWD/file"; do
			[ -p fifo ] || mkfifo fifo
			background "${prefix[@]}" bash -c 'exec "$SHMTOOL" write "$1" <fifo' bash "$path"
			exec 8>fifo
			head -c 8192 /dev/zero | tr '\0' x >&8
			wait_until 20 "$HELPERS/pipe_empty" 8
			truncate -s 100 "$path"
			head -c 32768 /dev/zero | tr '\0' y >&8 || true # it may have ended already
			exec 8>&-
			await
			assert_one_sentence '^shmtool: write: ' 'offset [0-9]+' 'trunca|shrunk|smaller|shorter|ends'
			assert_equal "$(stat -c %s "$path")" 100
		done
	done
}

@test "write: an object that is truncated to nothing before the first byte" {
	"$HELPERS/make_object" /shmtool-test 1048576
	write_from_fifo /shmtool-test
	wait_until 20 grep -q shmtool-test "/proc/$BACKGROUND_PID/maps" || wait_until 20 \
		eval 'readlink /proc/$BACKGROUND_PID/fd/* | grep -q shmtool-test'
	# It has looked at the size, and waits for input.
	wait_until 20 is_asleep "$BACKGROUND_PID"
	truncate -s 0 /dev/shm/shmtool-test
	printf hello >&8
	exec 8>&-
	await
	assert_one_sentence '^shmtool: write: ' 'offset 0'
	assert_equal "$(object_stat shmtool-test %s)" 0
}

@test "read: an object or a file that another process truncates meanwhile: a sentence with the offset" {
	for path in /dev/shm/shmtool-test "$PWD/file"; do
		for format in raw hex; do
			head -c 8388608 /dev/urandom >"$path"
			read_into_fifo --format "$format" "$path"
			head -c 1 <&9 >out
			truncate -s 5000 "$path"
			cat <&9 >>out
			exec 9<&-
			await
			assert_one_sentence '^shmtool: read: ' 'offset [0-9]+|[0-9]+ of [0-9]+ bytes' 'trunca|shrunk|smaller|shorter|ends|only'
		done
	done
}

@test "read --beyond-eof: an object that another process truncates meanwhile" {
	head -c 8388608 /dev/urandom >/dev/shm/shmtool-test
	read_into_fifo --beyond-eof /shmtool-test
	head -c 1 <&9 >out
	truncate -s 0 /dev/shm/shmtool-test
	cat <&9 >>out
	exec 9<&-
	await
	assert_one_sentence '^shmtool: read: '
}

@test "read: a file that grows meanwhile is read as far as it was, or further" {
	head -c 1000000 /dev/urandom >file
	cp file before
	read_into_fifo ./file
	head -c 1 <&9 >out
	printf more >>file
	cat <&9 >>out
	exec 9<&-
	await
	assert_success
	head -c 1000000 out | cmp - before
}

#
# Interrupted
#

@test "write: SIGINT and SIGTERM leave a sentence of how far it got, and end it" {
	for signal in INT:130 TERM:143; do
		id=$(new_segment 100000)
		write_from_fifo "$id"
		head -c 1000 /dev/zero | tr '\0' x >&8
		wait_until 20 begins_with "$id" "$(printf 'x%.0s' {1..1000})"
		kill "-${signal%:*}" "$BACKGROUND_PID"
		await
		exec 8>&-
		assert_equal "$status" "${signal#*:}"
		assert_stderr_like '^shmtool: write: .*interrupted: 1000 bytes were written, up to offset 1000$'
		assert_equal "${#stderr_lines[@]}" 1
		assert_equal "$(proc_shm "$id" nattch)" 0
	done
}

@test "write: interrupted, with an offset, into an object and into a file" {
	"$HELPERS/make_object" /shmtool-test 100000
	truncate -s 100000 file
	for path in /dev/shm/shmtool-test "$PWD/file"; do
		write_from_fifo "$path" --offset 500
		head -c 5000 /dev/zero | tr '\0' x >&8
		wait_until 20 eval '[ "$(tr -d "\0" <"$path" | wc -c)" -eq 5000 ]'
		kill -INT "$BACKGROUND_PID"
		await
		exec 8>&-
		assert_failure 130
		assert_stderr_like 'interrupted: 5000 bytes were written, up to offset 5500$'
	done
}

@test "write: interrupted before the first byte" {
	id=$(new_segment 100)
	write_from_fifo "$id"
	wait_until 20 eval '[ "$(cat "/proc/$BACKGROUND_PID/comm")" = shmtool ]'
	# Interrupted while it waits for input, not while it starts.
	wait_until 20 eval 'grep -qE "pipe|poll|wait" "/proc/$BACKGROUND_PID/wchan" || [ "$(proc_shm "$id" nattch)" -eq 1 ]'
	kill -INT "$BACKGROUND_PID"
	await
	exec 8>&-
	assert_failure 130
	assert_stderr_like 'interrupted: (0|no) bytes were written'
}

@test "write: a SIGINT that the caller ignores changes nothing" {
	id=$(new_segment 100)
	mkfifo fifo
	background bash -c 'trap "" INT; exec "$SHMTOOL" write "$1" <fifo' bash "$id"
	exec 8>fifo
	printf first >&8
	wait_until 20 begins_with "$id" first
	kill -INT "$BACKGROUND_PID"
	printf second >&8
	exec 8>&-
	await
	assert_success
	begins_with "$id" firstsecond
}

@test "read: SIGINT leaves a sentence of how far it got" {
	head -c 8388608 /dev/zero | tr '\0' x >/dev/shm/shmtool-test
	id=$(new_segment 8388608)
	"$HELPERS/fill_segment" "$id" 8388608
	for ref in "$id" /shmtool-test; do
		for signal in INT:130 TERM:143; do
			read_into_fifo "$ref"
			head -c 1000 <&9 >out
			kill "-${signal%:*}" "$BACKGROUND_PID"
			await
			exec 9<&-
			assert_equal "$status" "${signal#*:}"
			assert_stderr_like '^shmtool: read: .*interrupted: [0-9]+( of 8388608)? bytes'
			assert_equal "${#stderr_lines[@]}" 1
		done
	done
	assert_equal "$(proc_shm "$id" nattch)" 0
}

@test "read: how far it got when it was interrupted is how much came out" {
	id=$(new_segment 8388608)
	"$HELPERS/fill_segment" "$id" 8388608
	read_into_fifo "$id"
	head -c 1000 <&9 >out
	kill -INT "$BACKGROUND_PID"
	await
	cat <&9 >>out
	exec 9<&-
	assert_stderr_like "interrupted: $(stat -c %s out)( of 8388608)? bytes"
}

#
# Rights
#

@test "write: a segment that belongs to others" {
	require_root
	for mode in 600 644; do
		id=$(new_segment 10 "$mode")
		run_tool_as_user write "$id" --string x
		assert_fails write "id:$id" 'may not|permi|owned by root'
		assert_equal "$(content "$id")" ..........
		assert_equal "$(proc_shm "$id" nattch)" 0
	done
}

@test "write: an object and a file that belong to others" {
	require_root
	for mode in 600 644; do
		install -m "$mode" /dev/null file
		install -m "$mode" /dev/null /dev/shm/shmtool-test
		printf .......... | tee file >/dev/shm/shmtool-test
		for ref in ./file /shmtool-test; do
			run_tool_as_user write "$ref" --string x
			assert_fails write "${ref#./}" 'may not|permi|owned by root'
		done
		assert_equal "$(cat file /dev/shm/shmtool-test)" ....................
	done
}

@test "write: memory held by another user's process" {
	require_root
	background "$HELPERS/hold_memfd" 4096
	wait_until 20 test -s background.out
	ref=$(cat background.out)
	for command in 'write --string x' read; do
		# shellcheck disable=SC2086 # several words
		run_tool_as_user $command "$ref"
		assert_fails "${command%% *}" "$ref" 'may not|permi'
	done
}

@test "write: a memfd that is sealed against it" {
	background "$HELPERS/hold_memfd" 4096 write
	wait_until 20 test -s background.out
	ref=$(cat background.out)
	run_tool write "$ref" --string x
	assert_fails write "$ref" 'seal'
	run_apart bash -c '"$SHMTOOL" read "$1" | wc -c' bash "$ref"
	assert_success
	assert_output 4096
}

@test "write: a descriptor open for reading only does not circumvent the mode" {
	require_root
	install -m 644 /dev/null file
	printf .......... >file
	run_apart as_user bash -c 'exec 8<file; "$SHMTOOL" write "pid:$$:fd:8" --string x'
	assert_fails write 'pid:[0-9]+:fd:8' 'may not|permi|owned by root'
	assert_equal "$(cat file)" ..........
}

@test "read: objects without read permission" {
	require_root
	id=$(new_segment 10 600)
	install -m 600 /dev/null file
	install -m 600 /dev/null /dev/shm/shmtool-test
	for ref in "$id" ./file /shmtool-test; do
		run_tool_as_user read "$ref"
		assert_fails read 'may not|permi|owned by root'
	done
}

@test "write: a program that is running" {
	cp "$(command -v sleep)" program
	background ./program 300
	wait_until 20 eval '[ "$(readlink "/proc/$BACKGROUND_PID/exe")" = "$PWD/program" ]'
	cp program before
	run_tool write ./program --string x
	assert_fails write program 'run'
	refute_stderr_like 'text file busy$'
	cmp program before
}

@test "write: a file system that is mounted read-only" {
	require_root
	mount -t tmpfs -o size=64k tmpfs mounted
	printf content >mounted/file
	mount -o remount,ro mounted
	run_tool write ./mounted/file --string x
	assert_fails write mounted/file 'read-only'
	run_tool read ./mounted/file
	assert_success
	assert_output content
}

#
# Input
#

@test "write --input: a missing file, a directory, an unreadable file" {
	id=$(segment_of 0123456789)
	run_tool write "$id" --input no-such-file
	assert_fails write no-such-file 'no such file'
	run_tool write "$id" --input .
	assert_fails write 'director'
	run_apart bash -c '"$SHMTOOL" write "$1" <.' bash "$id"
	assert_fails write 'director'
	if [ "$EUID" -eq 0 ]; then
		mine=$(as_user "$HELPERS/make_keyed" 0 10 600)
		install -m 600 /dev/null secret
		run_tool_as_user write "$mine" --input secret
		assert_fails write secret 'may not|permi'
	fi
	assert_equal "$(content "$id")" 0123456789
}

@test "write: a closed standard input" {
	id=$(segment_of 0123456789)
	run_apart bash -c '"$SHMTOOL" write "$1" <&-' bash "$id"
	assert_one_sentence 'standard input|closed'
	assert_equal "$(content "$id")" 0123456789
}

@test "write: input that fails in the middle is a sentence" {
	id=$(segment_of 0123456789)
	run_tool write "$id" --input /proc/self/mem --length 5
	assert_one_sentence '/proc/self/mem'
	assert_equal "$(content "$id")" 0123456789
}

@test "write --verbose >/dev/full, and a full stderr, do not stop the work" {
	id=$(segment_of 0123456789)
	run_apart bash -c '"$SHMTOOL" write -v "$1" --string x >/dev/full 2>/dev/full' bash "$id"
	assert_equal "$(content "$id")" x123456789
}

#
# Missing objects
#

@test "read, write: missing objects" {
	for command in 'write --string x' read; do
		for ref in id:99999 0x2a /shmtool-none ./none "ftok:$PWD/none" pid:4194304:fd:3; do
			# shellcheck disable=SC2086 # several words
			run_tool $command "$ref"
			assert_fails "${command%% *}" 'no such (segment|object|file|process)|no segment'
			assert_unchanged
		done
	done
	assert [ ! -e none ]
}

@test "read, write: directories, fifos, devices and links that lead nowhere" {
	mkfifo fifo /dev/shm/shmtool-fifo
	mkdir directory
	ln -s none link
	for command in 'write --string x' read; do
		for ref in file:directory ./fifo /dev/shm/shmtool-fifo file:/dev/zero ./link; do
			# shellcheck disable=SC2086 # several words
			run_tool $command "$ref"
			assert_fails "${command%% *}"
		done
	done
}

#
# Output
#

@test "read >/dev/full: status 1, and says so, in every format" {
	id=$(new_segment 100000)
	"$HELPERS/fill_segment" "$id" 100000
	head -c 100000 /dev/urandom >/dev/shm/shmtool-test
	for ref in "$id" /shmtool-test; do
		for format in raw hex string; do
			run_apart bash -c '"$SHMTOOL" read --format "$2" "$1" >/dev/full' bash "$ref" "$format"
			assert_one_sentence 'output' 'space|full'
		done
	done
}

@test "read: a full file system under its output" {
	require_root
	mount -t tmpfs -o size=64k tmpfs mounted
	head -c 100000 /dev/urandom >/dev/shm/shmtool-test
	id=$(new_segment 100000)
	"$HELPERS/fill_segment" "$id" 100000
	for ref in "$id" /shmtool-test; do
		run_apart bash -c '"$SHMTOOL" read "$1" >mounted/out' bash "$ref"
		assert_one_sentence 'output' 'space|full'
		rm mounted/out
	done
}

@test "read >&-: a closed stdout is a failure" {
	id=$(new_segment 100)
	for format in raw hex string; do
		run_apart bash -c '"$SHMTOOL" read --format "$2" "$1" >&-' bash "$id" "$format"
		assert_failure 1
		assert_stderr_like '^shmtool: .*(output|stdout)'
	done
}

@test "read into a pipe without a reader ends quietly" {
	id=$(new_segment 1000000)
	"$HELPERS/fill_segment" "$id" 1000000
	head -c 1000000 /dev/urandom >/dev/shm/shmtool-test
	for ref in "$id" /shmtool-test; do
		for format in raw hex string; do
			for disposition in default ignore; do
				run_apart "$HELPERS/closed_pipe" "$disposition" "$SHMTOOL" read --format "$format" "$ref"
				[ "$status" -eq 141 ] || [ "$status" -le 1 ]
				assert_stderr_empty
			done
		done
	done
	run_apart bash -c '"$SHMTOOL" read "$1" | head -c 10; exit "${PIPESTATUS[0]}"' bash "$id"
	[ "$status" -eq 141 ] || [ "$status" -le 1 ]
	assert_output xxxxxxxxxx
	assert_stderr_empty
}

@test "read: a segment that is read is not held after a signal" {
	id=$(new_segment 8388608)
	"$HELPERS/fill_segment" "$id" 8388608
	read_into_fifo "$id"
	head -c 1 <&9 >out
	kill -KILL "$BACKGROUND_PID"
	wait "$BACKGROUND_PID" || true
	exec 9<&-
	assert_equal "$(proc_shm "$id" nattch)" 0
}
