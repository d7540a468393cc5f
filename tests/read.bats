#!/usr/bin/env bats
# read: bytes out of segments, objects, memfds and files: raw, as a hex dump, as a string; again when
# they change. (Failures: write_errors.bats. Records: records.bats.)
# Takes 25 seconds.

load test_helper
load truth

teardown() {
	exec 7>&-
	end_swap
	umount_shm
	remove_segments
	common_teardown
	end_memory_group
}

# read_to FILE ARGUMENT...: runs read with its output in FILE.
read_to() {
	run_apart bash -c '"$SHMTOOL" read "${@:2}" >"$1"' bash "$@"
}

# fill_from ID FILE: the bytes of a file into a segment of at least its size, by perl.
fill_from() {
	perl -e 'local $/; open(F, "<", $ARGV[1]) or die; $b = <F>;
		shmwrite($ARGV[0], $b, 0, length $b) or die "shmwrite: $!\n"' "$@"
}

# segment_of FILE [MODE]: a segment of the size and content of a file.
segment_of() {
	local id
	id=$(new_segment "$(stat -c %s "$1")" "${2:-600}")
	fill_from "$id" "$1"
	printf '%s\n' "$id"
}

# sparse_segment WHO [MODE]: a segment of 1 MiB with data in its first, 100th and last page; the
# file sparse has its content.
sparse_segment() {
	local id
	id=$(as "$1" "$HELPERS/make_keyed" 0 1048576 "${2:-600}")
	truncate -s 1M sparse
	for offset in 5 409600 1048570; do
		printf data | dd of=sparse bs=1 seek="$offset" conv=notrunc status=none
		perl -e 'shmwrite($ARGV[0], "data", $ARGV[1], 4) or die "shmwrite: $!\n"' "$id" "$offset" 2>/dev/null ||
			printf data | "$HELPERS/mapping" write "id:$id" "$offset"
	done
	printf '%s\n' "$id"
}

# memory ID: the bytes of memory and of swap that a segment takes.
memory() {
	echo $(($(proc_shm "$1" rss) + $(proc_shm "$1" swap)))
}

# on_terminal COMMAND: the output on a terminal, without carriage returns; sets output and status.
on_terminal() {
	require_command script
	status=0
	script -qec "$1" typescript </dev/null >/dev/null || status=$?
	output=$(sed -e '1{/^Script started/d}' -e '${/^Script done/d}' typescript | tr -d '\r')
	mapfile -t lines <<<"$output"
}

# start_swap: a swap file in the test's directory, until end_swap or the end of the test; the test
# is skipped where there can be none.
start_swap() {
	require_root
	swap_file=$PWD/swap
	"$HELPERS/hold_swap" "$swap_file" 64 >swap.out 2>swap.err 3>&- &
	swap_holder=$!
	wait_until 120 eval '[ -s swap.out ] || ! kill -0 "$swap_holder"'
	[ -s swap.out ] || skip "needs a swap file: $(cat swap.err)"
	begin_memory_group
}

end_swap() {
	if [ "${swap_holder:-}" ]; then
		kill -KILL "$swap_holder" 2>/dev/null || true
		wait_until 60 eval '[ ! -e "$swap_file" ]'
		swap_holder=
	fi
}

# swap_out OBJECT BYTES: moves its first bytes out, and most of them out of memory altogether: what is
# on its way to the swap file is still found in memory, and would not be missed. The test is skipped
# where nothing goes.
swap_out() {
	"$HELPERS/mapping" evict "$1" 0 "$2"
	[ "$(awk -v file="$swap_file" '$1 == file { print $4 }' /proc/swaps)" -gt 0 ] || skip 'needs a kernel that moves these pages to swap'
	wait_until 20 swapped_out "$1" $(($2 / 4096)) || skip 'needs a kernel that reclaims these pages at once'
}

# swapped_out OBJECT PAGES: whether most of its first pages are out of memory; if not, asks for that
# where the kernel can be asked (Linux 6.17).
swapped_out() {
	local resident
	resident=$("$HELPERS/page_states" "$1" | head -n "$2" | grep -c resident)
	[ "$resident" -gt $(($2 / 2)) ] || return 0
	leave_swap_cache
	return 1
}

#
# Raw
#

@test "read: the bytes of a segment into a pipe and into a file" {
	head -c 100003 /dev/urandom >file
	id=$(segment_of file)
	run_apart bash -c 'set -o pipefail; "$SHMTOOL" read "$1" | cmp - file' bash "$id"
	assert_success
	assert_output ''
	assert_stderr_empty
	read_to out "$id"
	assert_success
	assert_stderr_empty
	cmp out file
	assert_equal "$(proc_shm "$id" nattch)" 0
}

@test "read --format raw: the same" {
	head -c 5000 /dev/urandom >file
	id=$(segment_of file)
	read_to out --format raw "$id"
	assert_success
	cmp out file
}

@test "read: a POSIX object, a file, a memfd, an unlinked object" {
	head -c 100003 /dev/urandom >file
	cp file /dev/shm/shmtool-test
	cp file /dev/shm/shmtool-gone
	exec 8</dev/shm/shmtool-gone 9<file
	rm /dev/shm/shmtool-gone
	mkdir directory
	ln file directory/file
	for ref in /shmtool-test posix:shmtool-test /dev/shm/shmtool-test ./file file:file directory/file \
		"$PWD/file" "pid:$$:fd:8" "pid:$$:fd:9" pid:self:fd:8; do
		read_to out "$ref"
		assert_success
		assert_stderr_empty
		cmp out file || fail "$ref"
	done
}

@test "read: every form of REF of a segment" {
	id=$("$HELPERS/make_keyed" "$("$HELPERS/ftok_key" "$PWD" 7)" 4 600)
	printf 4444 >file
	fill_from "$id" file
	for ref in "$id" "id:$id" "$(proc_key "$id")" "key:$(proc_key "$id")" "ftok:$PWD:7"; do
		run_tool read "$ref"
		assert_success
		assert_output 4444
	done
}

@test "read: sizes around a page and a pipe" {
	for size in 1 4095 4096 4097 65535 65536 65537 1048575 1048577; do
		head -c "$size" /dev/urandom >file
		id=$(segment_of file)
		cp file /dev/shm/shmtool-test
		for ref in "$id" /shmtool-test ./file; do
			run_apart bash -c 'set -o pipefail; "$SHMTOOL" read "$1" | cmp - file' bash "$ref"
			assert_success
			read_to out "$ref"
			assert_success
			cmp out file
		done
	done
}

@test "read: many megabytes through a pipe, as root and as user" {
	head -c 30000001 /dev/urandom >file
	chmod 644 file
	for who in root user; do
		id=$(as "$who" "$HELPERS/make_keyed" 0 30000001 600)
		as "$who" perl -e 'local $/; open(F, "<", "file"); $b = <F>; shmwrite($ARGV[0], $b, 0, length $b) or die' "$id"
		as "$who" bash -c 'set -o pipefail; "$SHMTOOL" read "$1" | cmp - file' bash "$id"
		as "$who" bash -c 'set -o pipefail; "$SHMTOOL" read ./file | cmp - file'
	done
}

@test "read: a reader that takes a little at a time gets everything" {
	head -c 300001 /dev/urandom >file
	id=$(segment_of file)
	run_apart bash -c 'set -o pipefail; "$SHMTOOL" read "$1" | dd bs=777 iflag=fullblock status=none | cmp - file' bash "$id"
	assert_success
}

@test "read: a pipe that does not wait gets everything" {
	head -c 1000001 /dev/urandom >file
	id=$(segment_of file)
	cp file /dev/shm/shmtool-test
	for ref in "$id" /shmtool-test; do
		run_apart bash -c 'set -o pipefail
			perl -e "use Fcntl; fcntl(STDOUT, F_SETFL, O_NONBLOCK | O_WRONLY); exec @ARGV" "$SHMTOOL" read "$1" |
			dd bs=777 iflag=fullblock status=none | cmp - file' bash "$ref"
		assert_success
		assert_stderr_empty
	done
}

@test "read >>FILE: appends; several into one file, one after another" {
	head -c 100003 /dev/urandom >file
	id=$(segment_of file)
	cp file /dev/shm/shmtool-test
	printf before >out
	run_apart bash -c '"$SHMTOOL" read "$1" >>out && "$SHMTOOL" read /shmtool-test >>out' bash "$id"
	assert_success
	cmp out <(printf before; cat file file)
	run_apart bash -c '{ printf before; "$SHMTOOL" read "$1"; "$SHMTOOL" read /shmtool-test; printf after; } >out' bash "$id"
	assert_success
	cmp out <(printf before; cat file file; printf after)
}

@test "read: into a socket, and into /dev/null" {
	head -c 300001 /dev/urandom >file
	id=$(segment_of file)
	cp file /dev/shm/shmtool-test
	for ref in "$id" /shmtool-test; do
		perl -e 'use Socket; socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, PF_UNSPEC) or die;
			if (fork) { close $b; local $/; print <$a>; wait; exit($? >> 8) }
			close $a; open(STDOUT, ">&", $b); close $b; exec @ARGV' "$SHMTOOL" read "$ref" | cmp - file
		run_apart bash -c '"$SHMTOOL" read "$1" >/dev/null' bash "$ref"
		assert_success
		assert_stderr_empty
	done
}

@test "read: bytes left in the pipe at exit no longer change" {
	printf 'old%.0s' {1..100000} >old # 300,000 bytes
	printf 'new%.0s' {1..100000} >new
	id=$(segment_of old)
	mkfifo pipe
	for ref in "$id" /shmtool-test; do
		fill_from "$id" old
		cp old /dev/shm/shmtool-test
		background bash -c 'exec "$SHMTOOL" read "$1" >pipe' bash "$ref"
		exec 8<pipe
		# All but a pipe's worth; then it can exit before the rest is read.
		head -c $((300000 - 65536)) <&8 >out
		wait "$BACKGROUND_PID"
		fill_from "$id" new
		cp new /dev/shm/shmtool-test
		cat <&8 >>out
		exec 8<&-
		cmp out old
	done
}

@test "read: a segment of exactly a pipe's size, changed before it is taken out" {
	head -c 65536 /dev/zero | tr '\0' o >old
	head -c 65536 /dev/zero | tr '\0' n >new
	id=$(segment_of old)
	mkfifo pipe
	for ref in "$id" /shmtool-test; do
		fill_from "$id" old
		cp old /dev/shm/shmtool-test
		exec 8<>pipe
		run_apart bash -c '"$SHMTOOL" read "$1" >pipe' bash "$ref"
		assert_success
		fill_from "$id" new
		cp new /dev/shm/shmtool-test
		head -c 65536 <&8 >out
		exec 8<&-
		cmp out old
	done
}

#
# Offset and length
#

@test "read --offset, --length: any, also across pages" {
	head -c 20000 /dev/urandom >file
	id=$(segment_of file)
	cp file /dev/shm/shmtool-test
	for ref in "$id" /shmtool-test ./file; do
		for range in '0 1' '1 4095' '4095 2' '4096 4096' '5000 10001' '19999 1' '0 20000' '8191 8194'; do
			read -r offset length <<<"$range"
			read_to out "$ref" --offset "$offset" --length "$length"
			assert_success
			assert_stderr_empty
			cmp out <(tail -c +$((offset + 1)) file | head -c "$length") || fail "$ref $range"
		done
	done
}

@test "read --offset: without --length to the end" {
	head -c 20000 /dev/urandom >file
	id=$(segment_of file)
	read_to out "$id" --offset 12345
	assert_success
	cmp out <(tail -c +12346 file)
}

@test "read --offset, --length: K, M and G" {
	"$HELPERS/make_object" /shmtool-test 6442450944
	printf kilo | dd of=/dev/shm/shmtool-test bs=1 seek=4096 conv=notrunc status=none
	printf giga | dd of=/dev/shm/shmtool-test bs=4096 seek=1310720 conv=notrunc status=none
	read_to out /shmtool-test --offset 4K --length 1K
	assert_success
	assert_equal "$(stat -c %s out) $(tr -d '\0' <out)" '1024 kilo'
	read_to out /shmtool-test --offset 5G --length 4
	assert_success
	assert_equal "$(cat out)" giga
}

@test "read --length 0, and --offset at the very end: nothing" {
	id=$(new_segment 100)
	for options in '--length 0' '--offset 100' '--offset 50 --length 0'; do
		for format in raw hex; do
			# shellcheck disable=SC2086 # several words
			run_tool read "$id" $options --format "$format"
			assert_success
			assert_output ''
			assert_stderr_empty
		done
	done
}

@test "read: an object of no bytes" {
	: >/dev/shm/shmtool-test
	: >file
	for ref in /shmtool-test ./file; do
		run_tool read "$ref"
		assert_success
		assert_output ''
		assert_stderr_empty
	done
}

@test "read --length: beyond the end prints the existing bytes and reports how many are missing" {
	printf '%-50s' hello >file
	id=$(segment_of file)
	cp file /dev/shm/shmtool-test
	for ref in "$id" /shmtool-test ./file; do
		read_to out "$ref" --offset 30 --length 50
		assert_failure 1
		assert_equal "$(stat -c %s out)" 20
		assert_equal "${#stderr_lines[@]}" 1
		assert_stderr_like '^shmtool: read: .*only 20 of 50 bytes'
	done
}

@test "read --offset: beyond the end is a failure" {
	id=$(new_segment 100)
	run_tool read "$id" --offset 101
	assert_fails read "id:$id" 101 100
	: >file
	run_tool read ./file --offset 1
	assert_fails read file
	run_tool read "$id" --offset 7E --length 7E
	assert_fails read "id:$id"
}

@test "read: invalid offsets, lengths and formats" {
	id=$(new_segment 100)
	for word in -1 1X; do
		run_tool read "$id" --offset "$word"
		assert_usage_error read '--offset'
		run_tool read "$id" --length "$word"
		assert_usage_error read '--length'
	done
	run_tool read "$id" --format text
	assert_usage_error read '--format' text raw hex string record
}

@test "read: options of tables are for records; for bytes there is --format raw" {
	id=$(new_segment 100)
	for option in --json --raw --export --output=x --sort=x --no-headings; do
		run_tool read "$id" "$option"
		assert_usage_error read "output options|${option%%=*}" 'format raw'
	done
}

#
# Hex dump
#

@test "read --format hex: offset, sixteen bytes, text; equal lines folded; the end" {
	printf 'hello\000\001\177\377 ~|' >file
	truncate -s 70 file
	id=$(segment_of file)
	run_tool read "$id" --format hex
	assert_success
	assert_output '00000000  68 65 6c 6c 6f 00 01 7f  ff 20 7e 7c 00 00 00 00  |hello.... ~|....|
00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
*
00000040  00 00 00 00 00 00                                 |......|
00000046'
}

@test "read --format hex: as hexdump -C has it, whatever the bytes and the length" {
	require_command hexdump
	{
		printf 'same line of 16.%.0s' {1..5}
		head -c 1000 /dev/urandom
		head -c 4096 /dev/zero
		printf 'same line of 16.%.0s' {1..3}
		seq 100
	} >all
	for length in 1 8 9 15 16 17 31 32 33 79 80 81 96 5000 5459; do
		head -c "$length" all >file
		id=$(segment_of file)
		cp file /dev/shm/shmtool-test
		for ref in "$id" /shmtool-test; do
			read_to out "$ref" --format hex
			assert_success
			diff out <(hexdump -C file) || fail "$length bytes of $ref"
		done
		ipcrm -m "$id"
	done
}

@test "read --format hex --offset --length: the offsets are the object's" {
	require_command hexdump
	head -c 20000 /dev/urandom >file
	id=$(segment_of file)
	for range in '1 100' '16 16' '4090 20' '5000 15000'; do
		read -r offset length <<<"$range"
		read_to out "$id" --format hex --offset "$offset" --length "$length"
		assert_success
		diff out <(hexdump -C -s "$offset" -n "$length" file)
	done
}

@test "read --format hex: offsets beyond eight digits" {
	require_command hexdump
	"$HELPERS/make_object" /shmtool-test 6442450944
	printf giga | dd of=/dev/shm/shmtool-test bs=4096 seek=1310720 conv=notrunc status=none
	read_to out /shmtool-test --format hex --offset 5G --length 100
	assert_success
	assert_equal "$(head -n 1 out)" '140000000  67 69 67 61 00 00 00 00  00 00 00 00 00 00 00 00  |giga............|'
	assert_equal "$(tail -n 1 out)" 140000064
	read_to out /shmtool-test --format hex --offset 4294967280 --length 48
	assert_success
	assert_equal "$(cut -d ' ' -f 1 out | tail -n 1)" 100000020
}

@test "read --format hex: a gigabyte of nothing is three lines" {
	id=$("$HELPERS/make_keyed" 0 1073741824 600 noreserve)
	run_tool read "$id" --format hex
	assert_success
	assert_equal "${#lines[@]}" 3
	assert_equal "${lines[1]}${lines[2]}" '*40000000'
	assert_equal "$(memory "$id")" 0
}

#
# On a terminal
#

@test "read: a terminal gets a hex dump, never the raw bytes" {
	printf 'ESC \033[31m' >file
	id=$(segment_of file)
	on_terminal "$SHMTOOL read $id"
	assert_success
	assert_output '00000000  45 53 43 20 1b 5b 33 31  6d                       |ESC .[31m|
00000009'
}

@test "read: a terminal gets a hex dump also if stderr is a file, and a pipe raw bytes if stderr is a terminal" {
	printf 'ESC \033[31m' >file
	id=$(segment_of file)
	on_terminal "$SHMTOOL read $id 2>err"
	assert_line --index 0 --regexp '^00000000  45 53 43 20 1b'
	on_terminal "$SHMTOOL read $id | cmp - file && echo same"
	assert_output same
}

@test "read --format raw: prints the bytes on a terminal on request" {
	printf 'ESC \033[31m' >file
	id=$(segment_of file)
	on_terminal "$SHMTOOL read --format raw $id"
	assert_success
	assert_output $'ESC \033[31m'
}

@test "read --format string: on a terminal control characters are made visible" {
	printf 'tab\there\nESC \033[31m bell \007 del \177\000rest' >file
	id=$(segment_of file)
	on_terminal "$SHMTOOL read --format string $id"
	assert_success
	assert_output $'tab\there\nESC \\033[31m bell \\007 del \\177'
}

@test "read --format string: on a terminal, letters beyond ASCII stay, control characters beyond it do not" {
	printf 'größe \302\233 31m \233\000' >file
	id=$(segment_of file)
	on_terminal "LC_ALL=C.UTF-8 $SHMTOOL read --format string $id"
	assert_success
	assert_output --partial 'größe '
	refute_output --partial $'\302\233'
	refute_output --partial $'\233 31m'
}

#
# String
#

@test "read --format string: up to the first NUL, and a newline" {
	printf 'hello\000world' >file
	id=$(segment_of file)
	read_to out "$id" --format string
	assert_success
	assert_stderr_empty
	cmp out <(echo hello)
}

@test "read --format string: to the end where there is no NUL" {
	printf 'hello world' >file
	id=$(segment_of file)
	read_to out "$id" --format string
	assert_success
	cmp out <(echo 'hello world')
	read_to out "$id" --format string --length 5
	assert_success
	cmp out <(echo hello)
}

@test "read --format string --offset: from there" {
	printf 'one\000two\000three' >file
	id=$(segment_of file)
	for range in 0:one 4:two 5:wo 8:three 3:; do
		read_to out "$id" --format string --offset "${range%%:*}"
		assert_success
		cmp out <(echo "${range#*:}")
	done
}

@test "read --format string: a string longer than a page; a NUL as first byte of a page" {
	head -c 4096 /dev/zero | tr '\0' x >file
	printf '\000rest' >>file
	id=$(segment_of file)
	cp file /dev/shm/shmtool-test
	for ref in "$id" /shmtool-test; do
		read_to out "$ref" --format string
		assert_success
		cmp out <(head -c 4096 file; echo)
	done
}

@test "read --format string: control characters go into a pipe as they are" {
	printf 'ESC \033[31m\tbell \007\377\000rest' >file
	id=$(segment_of file)
	run_apart bash -c '"$SHMTOOL" read --format string "$1" | od -An -c' bash "$id"
	assert_output "$(printf 'ESC \033[31m\tbell \007\377\n' | od -An -c)"
}

#
# --follow
#

@test "read --follow: prints, and again when the content changes" {
	id=$(new_segment 4096)
	printf 'first\0' | "$HELPERS/mapping" write "id:$id" 0
	background "$SHMTOOL" read --follow --format string "$id"
	wait_until 20 grep -qx first background.out
	printf 'second\0' | "$HELPERS/mapping" write "id:$id" 0
	wait_until 20 grep -qx second background.out
	printf 'third\0' | "$HELPERS/mapping" write "id:$id" 0
	wait_until 20 grep -qx third background.out
	kill -TERM "$BACKGROUND_PID"
	status=0
	wait "$BACKGROUND_PID" || status=$?
	assert_equal "$status" 143
	# Each once: unchanged bytes are not printed again.
	assert_equal "$(cat background.out)" $'first\nsecond\nthird'
	assert_equal "$(cat background.err)" ''
	assert_equal "$(proc_shm "$id" nattch)" 0
}

@test "read -f: an object, a file, a memfd" {
	printf 'first...' >/dev/shm/shmtool-test
	printf 'first...' >file
	start_peer memfd 8
	ask_peer 'store 0 first...'
	for ref in /shmtool-test ./file "$peer_ref"; do
		path=/proc/$BASHPID/cwd/file
		[ "$ref" != /shmtool-test ] || path=/dev/shm/shmtool-test
		background "$SHMTOOL" read -f --format string "$ref"
		wait_until 20 grep -qx 'first...' background.out
		if [ "$ref" = "$peer_ref" ]; then
			ask_peer 'store 0 second..'
		else
			printf 'second..' | "$HELPERS/mapping" write "$path" 0
		fi
		wait_until 20 grep -qx 'second..' background.out
		kill -INT "$BACKGROUND_PID"
		status=0
		wait "$BACKGROUND_PID" || status=$?
		assert_equal "$status" 130
		assert_equal "$(cat background.err)" ''
	done
}

@test "read --follow --format raw and hex, --offset and --length: only a change there counts" {
	id=$(new_segment 8192)
	background "$SHMTOOL" read --follow --format hex --offset 16 --length 16 "$id"
	wait_until 20 grep -q '^00000020' background.out
	printf 'elsewhere' | "$HELPERS/mapping" write "id:$id" 4096
	printf 'within' | "$HELPERS/mapping" write "id:$id" 20
	wait_until 20 grep -q within background.out
	assert_equal "$(cut -d ' ' -f 1 background.out | tr '\n' ' ')" '00000010 00000020 00000010 00000020 '
	kill "$BACKGROUND_PID"
	background "$SHMTOOL" read --follow --format raw --offset 20 --length 6 "$id"
	wait_until 20 grep -q within background.out
	printf 'WITHIN' | "$HELPERS/mapping" write "id:$id" 20
	wait_until 20 grep -q withinWITHIN background.out
}

@test "read --follow: ends with a note when the object is unlinked" {
	printf content >/dev/shm/shmtool-test
	background "$SHMTOOL" read --follow /shmtool-test
	wait_until 20 grep -q content background.out
	rm /dev/shm/shmtool-test
	wait "$BACKGROUND_PID"
	assert_equal "$(cat background.out)" content
	assert_regex "$(cat background.err)" '^shmtool: read: /shmtool-test: .*(removed|gone|unlinked)'
}

@test "read --follow: ends with a note when the segment is removed" {
	printf content >file
	id=$(segment_of file)
	background "$SHMTOOL" read --follow "$id"
	wait_until 20 grep -q content background.out
	"$HELPERS/segment_control" "$id" rmid
	wait "$BACKGROUND_PID"
	assert_regex "$(cat background.err)" "^shmtool: read: id:$id: .*(removed|gone|destruction)"
	refute_segment_exists "$id"
}

@test "read --follow: goes on with a marked segment while another process holds it" {
	printf content >file
	id=$(segment_of file)
	hold "$id"
	background "$SHMTOOL" read --follow "$id"
	wait_until 20 grep -q content background.out
	"$HELPERS/segment_control" "$id" rmid
	printf changed | "$HELPERS/mapping" write "id:$id" 0
	wait_until 20 grep -q changed background.out
	release
	wait "$BACKGROUND_PID"
	assert_regex "$(cat background.err)" "^shmtool: read: id:$id: "
}

@test "read --follow: a reader that goes away ends it" {
	printf 'content' >file
	id=$(segment_of file)
	mkfifo pipe
	background bash -c 'exec "$SHMTOOL" read --follow "$1" >pipe' bash "$id"
	exec 8<pipe
	head -c 7 <&8 >out
	exec 8<&-
	printf 'changed' | "$HELPERS/mapping" write "id:$id" 0
	status=0
	wait "$BACKGROUND_PID" || status=$?
	[ "$status" -eq 141 ] || [ "$status" -le 1 ]
	assert_equal "$(cat out background.err)" content
}

@test "read --follow: stores to a page without memory are printed, as root and as user" {
	for who in root user; do
		id=$(sparse_segment "$who")
		prefix=()
		[ "$who$EUID" != user0 ] || prefix=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
		background "${prefix[@]}" "$SHMTOOL" read --follow "$id"
		wait_until 20 cmp background.out sparse
		printf changed | as "$who" "$HELPERS/mapping" write "id:$id" 700000
		wait_until 20 eval '[ "$(stat -c %s background.out)" -ge 2097152 ]'
		kill "$BACKGROUND_PID"
		tail -c 1048576 background.out | cmp - <("$HELPERS/dump_segment" "$id")
	done
}

@test "read --follow: allocates no memory for holes" {
	for who in root user; do
		id=$(sparse_segment "$who")
		before=$(memory "$id")
		prefix=()
		[ "$who$EUID" != user0 ] || prefix=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
		background "${prefix[@]}" "$SHMTOOL" read --follow "$id"
		wait_until 20 eval '[ "$(stat -c %s background.out)" -ge 1048576 ]'
		printf changed | as "$who" "$HELPERS/mapping" write "id:$id" 0
		wait_until 20 eval '[ "$(stat -c %s background.out)" -ge 2097152 ]'
		kill "$BACKGROUND_PID"
		assert_equal "$(memory "$id")" "$before"
	done
}

#
# Reading never grows a sparse object
#

@test "read: a sparse segment does not grow, as root and as user" {
	for who in root user; do
		id=$(sparse_segment "$who")
		before=$(memory "$id")
		assert_equal "$before" 12288
		as "$who" bash -c '"$SHMTOOL" read "$1"' bash "$id" >out
		cmp out sparse
		assert_equal "$(memory "$id")" "$before"
		as "$who" bash -c 'set -o pipefail; "$SHMTOOL" read "$1" | cmp - sparse' bash "$id"
		as "$who" bash -c '"$SHMTOOL" read "$1" >/dev/null' bash "$id"
		assert_equal "$(memory "$id")" "$before"
		for format in hex string; do
			as "$who" "$SHMTOOL" read --format "$format" "$id" >out
			as "$who" "$SHMTOOL" read --format "$format" --offset 300000 --length 200000 "$id" >out
		done
		as "$who" "$SHMTOOL" read --beyond-eof "$id" >out
		cmp out sparse
		as "$who" "$SHMTOOL" read --record 'int a; char text[100];' "$id" >out
		assert_equal "$(memory "$id")" "$before"
	done
}

@test "read: a sparse object does not grow, as root and as user" {
	for who in root user; do
		rm -f /dev/shm/shmtool-test
		as "$who" "$HELPERS/make_object" /shmtool-test 1048576
		truncate -s 1M sparse
		for offset in 5 409600 1048570; do
			printf data | dd of=sparse bs=1 seek="$offset" conv=notrunc status=none
			printf data | as "$who" dd of=/dev/shm/shmtool-test bs=1 seek="$offset" conv=notrunc status=none
		done
		before=$(object_stat shmtool-test %b)
		assert_equal "$before" 24
		as "$who" bash -c '"$SHMTOOL" read /shmtool-test' >out
		cmp out sparse
		as "$who" bash -c 'set -o pipefail; "$SHMTOOL" read /shmtool-test | cmp - sparse'
		as "$who" bash -c '"$SHMTOOL" read /shmtool-test >/dev/null'
		assert_equal "$(object_stat shmtool-test %b)" "$before"
		for format in hex string; do
			as "$who" "$SHMTOOL" read --format "$format" /shmtool-test >out
			as "$who" "$SHMTOOL" read --format "$format" --offset 300000 --length 200000 /shmtool-test >out
		done
		as "$who" "$SHMTOOL" read --beyond-eof /shmtool-test >out
		cmp out sparse
		as "$who" "$SHMTOOL" read --record 'int a; char text[100];' /shmtool-test >out
		assert_equal "$(object_stat shmtool-test %b)" "$before"
	done
}

@test "read: a sparse memfd does not grow" {
	start_peer memfd 1048576
	ask_peer 'store 409600 data'
	path=/proc/${peer_ref#pid:}
	path=${path/:fd:/\/fd\/}
	assert_equal "$(stat -L -c %b "$path")" 8
	for options in '' '--format hex' '--beyond-eof'; do
		# shellcheck disable=SC2086 # several words
		read_to out "$peer_ref" $options
		assert_success
	done
	assert_equal "$(stat -L -c %b "$path")" 8
}

@test "read: a sparse object that belongs to others and may be read does not grow" {
	require_root
	"$HELPERS/make_object" /shmtool-test 1048576 644
	printf data | dd of=/dev/shm/shmtool-test bs=1 seek=409600 conv=notrunc status=none
	run_apart as_user bash -c '"$SHMTOOL" read /shmtool-test | cmp - /dev/shm/shmtool-test'
	assert_success
	assert_stderr_empty
	assert_equal "$(object_stat shmtool-test %b)" 8
}

@test "read: a sparse segment that belongs to others and may be read: right bytes, and either no growth or a word" {
	require_root
	id=$(sparse_segment root 644)
	before=$(memory "$id")
	run_apart as_user bash -c '"$SHMTOOL" read "$1" | cmp - sparse' bash "$id"
	assert_success
	if [ "$(memory "$id")" -ne "$before" ]; then
		assert_stderr_like "^shmtool: read: id:$id: .*(memory|holes?|pages|grow|sparse)"
	fi
}

@test "read: a full segment that belongs to others gets no such word" {
	require_root
	head -c 65536 /dev/urandom >file
	id=$(segment_of file 644)
	run_apart as_user bash -c '"$SHMTOOL" read "$1" | cmp - file' bash "$id"
	assert_success
	assert_stderr_empty
}

@test "read: a segment larger than the memory, to the end" {
	id=$("$HELPERS/make_keyed" 0 1073741824 600 noreserve)
	printf end | "$HELPERS/mapping" write "id:$id" 1073741821
	run_apart bash -c '"$SHMTOOL" read "$1" | tail -c 3' bash "$id"
	assert_success
	assert_output end
	assert_equal "$(memory "$id")" 4096
}

#
# Reading never loses a swapped-out page
#

@test "read: no page of a segment that is swapped out is lost, as root and as user" {
	start_swap
	head -c 262144 /dev/urandom >file
	for who in root user; do
		for options in '' '--format hex' '--beyond-eof'; do
			id=$(as "$who" "$HELPERS/make_keyed" 0 524288 600)
			as "$who" perl -e 'local $/; open(F, "<", "file"); $b = <F>; shmwrite($ARGV[0], $b, 0, length $b) or die' "$id"
			swap_out "id:$id" 262144
			assert_equal "$(proc_shm "$id" rss) $(proc_shm "$id" swap)" '0 262144'
			# shellcheck disable=SC2086 # several words
			as "$who" "$SHMTOOL" read $options "$id" >out
			if [ "$options" = '--format hex' ]; then
				diff -q out <({ cat file; head -c 262144 /dev/zero; } | hexdump -C)
			else
				cmp out <(cat file; head -c 262144 /dev/zero)
			fi
			assert_equal "$(memory "$id")" 262144
			ipcrm -m "$id"
		done
	done
}

@test "read: no page of a segment of others that is swapped out is lost" {
	start_swap
	head -c 262144 /dev/urandom >file
	id=$(new_segment 524288 644)
	fill_from "$id" file
	swap_out "id:$id" 262144
	run_apart as_user bash -c '"$SHMTOOL" read "$1" >out.user' bash "$id"
	cmp out.user <(cat file; head -c 262144 /dev/zero)
}

@test "read: no page of an object or a memfd that is swapped out is lost, as root and as user" {
	start_swap
	head -c 262144 /dev/urandom >file
	for who in root user; do
		rm -f /dev/shm/shmtool-test
		as "$who" "$HELPERS/make_object" /shmtool-test 524288
		as "$who" dd if=file of=/dev/shm/shmtool-test conv=notrunc status=none
		for options in '' '--beyond-eof'; do
			swap_out /dev/shm/shmtool-test 262144
			# shellcheck disable=SC2086 # several words
			as "$who" "$SHMTOOL" read $options /shmtool-test >out
			cmp out <(cat file; head -c 262144 /dev/zero)
			assert_equal "$(object_stat shmtool-test %b)" 512
		done
		swap_out /dev/shm/shmtool-test 262144
		exec 8</dev/shm/shmtool-test
		rm /dev/shm/shmtool-test
		as "$who" "$SHMTOOL" read "pid:self:fd:8" >out
		cmp out <(cat file; head -c 262144 /dev/zero)
		exec 8<&-
	done
}

@test "read --follow: no page that is swapped out is lost" {
	start_swap
	head -c 262144 /dev/urandom >file
	for who in root user; do
		id=$(as "$who" "$HELPERS/make_keyed" 0 262144 600)
		as "$who" perl -e 'local $/; open(F, "<", "file"); $b = <F>; shmwrite($ARGV[0], $b, 0, length $b) or die' "$id"
		swap_out "id:$id" 262144
		prefix=()
		[ "$who$EUID" != user0 ] || prefix=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
		background "${prefix[@]}" "$SHMTOOL" read --follow "$id"
		wait_until 20 cmp background.out file
		printf changed | as "$who" "$HELPERS/mapping" write "id:$id" 262137
		wait_until 20 eval '[ "$(tail -c 7 background.out)" = changed ]'
		kill "$BACKGROUND_PID"
		cmp background.out <(cat file; head -c 262137 file; printf changed)
	done
}

#
# Rights
#

@test "read: read-only objects of other users" {
	require_root
	printf content >file
	id=$(segment_of file 644)
	install -m 444 file /dev/shm/shmtool-test
	for ref in "$id" /shmtool-test ./file; do
		run_tool_as_user read "$ref"
		assert_success
		assert_output content
	done
}

@test "read: the user's own segments, objects and files, unprivileged" {
	as_user "$HELPERS/make_object" /shmtool-test 7
	printf content | as_user dd of=/dev/shm/shmtool-test conv=notrunc status=none
	run_tool_as_user read /shmtool-test
	assert_success
	assert_output content
	id=$(as_user "$HELPERS/make_keyed" 0 7 600)
	printf content | as_user "$HELPERS/mapping" write "id:$id" 0
	run_tool_as_user read "$id"
	assert_success
	assert_output content
	chmod 400 /dev/shm/shmtool-test
	"$HELPERS/segment_control" "$id" mode 400
	for ref in "$id" /shmtool-test; do
		run_tool_as_user read "$ref"
		assert_success
		assert_output content
	done
}

@test "read: a segment that is marked for destruction, while another process holds it" {
	printf content >file
	id=$(segment_of file)
	hold "$id"
	"$HELPERS/segment_control" "$id" rmid
	run_tool read "$id"
	assert_success
	assert_output content
}

@test "read: changes no size, no mode, no owner, no time of change" {
	printf content >/dev/shm/shmtool-test
	touch -d 2001-02-03 /dev/shm/shmtool-test
	before=$(object_stat shmtool-test '%s %b %a %U %Y %Z')
	run_tool read /shmtool-test
	assert_success
	assert_equal "$(object_stat shmtool-test '%s %b %a %U %Y %Z')" "$before"
}

#
# Others
#

@test "read: bytes written by perl's shmwrite" {
	id=$(new_segment 100)
	perl -e 'shmwrite($ARGV[0], "from perl", 7, 9) or die "$!\n"' "$id"
	run_tool read "$id" --offset 7 --length 9
	assert_success
	assert_output 'from perl'
	run_tool read "$id" --offset 7 --format string
	assert_output 'from perl'
}

@test "read: stores of a program through shmat, through shm_open and mmap, or in a memfd" {
	id=$(new_segment 8192)
	"$HELPERS/make_object" /shmtool-test 8192
	for peer in "segment $id" 'object /shmtool-test' 'memfd 8192'; do
		# shellcheck disable=SC2086 # two words
		start_peer $peer
		for text in first later; do
			ask_peer "store 4094 $text"
			run_tool read "$peer_ref" --offset 4094 --length 5
			assert_success
			assert_output "$text"
		done
		exec 7>&-
		rm peer.in
	done
}

#
# --beyond-eof
#

@test "read --beyond-eof: to the end of the last page, with another process's bytes there" {
	printf '%-100s' content >/dev/shm/shmtool-test
	printf '%-100s' content >file
	id=$(segment_of file)
	for ref in /shmtool-test ./file "$id"; do
		case $ref in
		/*) object=/dev/shm/shmtool-test ;;
		./*) object=$PWD/file ;;
		*) object=id:$ref ;;
		esac
		printf beyond | "$HELPERS/mapping" write "$object" 200
		read_to out "$ref" --beyond-eof
		assert_success
		assert_equal "$(stat -c %s out)" 4096
		cmp out <(printf '%-100s' content; head -c 100 /dev/zero; printf beyond; head -c 3890 /dev/zero)
		read_to out "$ref" --beyond-eof --offset 200 --length 6
		assert_success
		assert_equal "$(cat out)" beyond
		# Without it the object ends where it ends.
		read_to out "$ref"
		assert_success
		assert_equal "$(stat -c %s out)" 100
	done
}

@test "read --beyond-eof: nothing beyond the last page" {
	printf '%-4096s' content >file
	read_to out ./file --beyond-eof
	assert_success
	cmp out file
	read_to out ./file --beyond-eof --offset 4000 --length 200
	assert_failure 1
	assert_equal "$(stat -c %s out)" 96
	assert_stderr_like 'only 96 of 200 bytes'
}

#
# Progress
#

@test "read: shows how far it is on a terminal, when it takes longer than a second" {
	require_command script
	head -c 16777216 /dev/urandom >file
	id=$(segment_of file)
	: >typescript
	run_apart timeout 120 script -qefc '"$SHMTOOL" read '"$id"' | {
		for i in {1..2000}; do
			head -c 8192 >/dev/null
			grep -qE "[0-9.]+ ?[KMG]?i?B?/s" typescript && break
			sleep 0.02
		done; cat >/dev/null; }; true' typescript
	grep -qE '[0-9.]+ ?[KMG]?i?B?/s' typescript || fail "no rate: $(cat -v typescript)"
	# How much of it is done, and how long it still takes.
	grep -qE '16(\.0)?[ ]?M' typescript || fail "not how much: $(cat -v typescript)"
	grep -qE '[0-9]+ ?(s|m).* left|[0-9]:[0-9][0-9]' typescript || fail "no time left: $(cat -v typescript)"
}

@test "read: shows no progress without a terminal" {
	head -c 1048576 /dev/urandom >file
	id=$(segment_of file)
	run_apart bash -c 'set -o pipefail; "$SHMTOOL" read "$1" | {
		for i in {1..70}; do head -c 8192; sleep 0.02; done; cat; } | cmp - file' bash "$id"
	assert_success
	assert_output ''
	assert_stderr_empty
}

#
# Scenarios
#

@test "a server makes a segment from ftok:PATH, writes a line and removes it; a client reads before and fails after" {
	: >server.key
	"$SHMTOOL" write "ftok:$PWD/server.key" --create --size 4K --string 'a line' --nul
	run_tool read --format string "ftok:$PWD/server.key"
	assert_success
	assert_output 'a line'
	"$SHMTOOL" rm "ftok:$PWD/server.key"
	run_tool read --format string "ftok:$PWD/server.key"
	assert_fails read 'ftok:.*server.key|0x[0-9a-f]{8}' 'no such segment|no segment'
	assert_no_segments
}

@test "a reader waits on a FIFO for one byte a message; a writer writes the segment, then the byte" {
	id=$(new_segment 4096)
	mkfifo ready taken
	background bash -c '
		exec 8<ready 9>taken
		while read -r -N 1 <&8; do
			"$SHMTOOL" read --format string "$1" || exit
			printf . >&9
		done' bash "$id"
	exec 8>ready 9<taken
	for message in one 'the second' 3; do
		"$SHMTOOL" write "$id" --string "$message" --nul
		printf . >&8
		read -r -N 1 -t 20 <&9
	done
	exec 8>&- 9<&-
	wait "$BACKGROUND_PID"
	assert_equal "$(cat background.out)" $'one\nthe second\n3'
}

#
# REF
#

@test "read: a word that is a file in this directory gets the way to it" {
	printf content >people.dat
	run_tool read people.dat
	assert_usage_error read '^shmtool: read: people\.dat: ' '\./people\.dat'
}

@test "read: descriptors and processes that are not there, or are no memory" {
	mkfifo pipe
	exec 8<>pipe
	run_tool read "pid:$$:fd:8"
	assert_fails read "pid:$$:fd:8" 'pipe|no regular file'
	run_tool read "pid:$$:fd:77"
	assert_fails read "pid:$$:fd:77"
	run_tool read pid:4194304:fd:1
	assert_fails read 'pid:4194304:fd:1' 'no such process'
	exec 8>&-
	for word in pid:1:fd:x file:; do
		run_tool read "$word"
		assert_usage_error read
	done
}

@test "read: one REF" {
	one=$(new_segment 4096)
	run_tool read
	assert_usage_error read REF
	run_tool read "$one" "$one"
	assert_usage_error read
}
