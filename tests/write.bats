#!/usr/bin/env bats
# write: bytes into segments, objects, memfds and files. (Failures: write_errors.bats.)

load test_helper
load truth

# content ID: the bytes of a segment, NULs as dots.
content() {
	"$HELPERS/dump_segment" "$1" | tr '\0' .
}

# perl_shmread ID OFFSET LENGTH: the result of perl's own function.
perl_shmread() {
	perl -e 'shmread($ARGV[0], $bytes, $ARGV[1], $ARGV[2]) or die "shmread: $!\n"; print $bytes' "$@"
}

#
# Where the bytes come from
#

@test "write: standard input, a pipe" {
	id=$(new_segment 20)
	run_apart bash -c 'printf hello | "$SHMTOOL" write "$1"' bash "$id"
	assert_success
	assert_output ''
	assert_stderr_empty
	assert_equal "$(content "$id")" hello...............
	assert_equal "$(proc_shm "$id" nattch)" 0
}

@test "write: standard input, a file, from where it stands" {
	id=$(new_segment 20)
	echo 'first line
second line' >file
	run_apart bash -c '{ read -r _; "$SHMTOOL" write "$1"; } <file' bash "$id"
	assert_success
	assert_equal "$(content "$id")" $'second line\n........'
}

@test "write --input FILE, -i FILE" {
	id=$(new_segment 100003)
	head -c 100003 /dev/urandom >file
	run_tool write "$id" --input file
	assert_success
	assert_output ''
	assert_stderr_empty
	"$HELPERS/dump_segment" "$id" | cmp - file
	head -c 100003 /dev/urandom >file
	run_tool write -i file "$id"
	assert_success
	"$HELPERS/dump_segment" "$id" | cmp - file
}

@test "write --input -: standard input" {
	id=$(new_segment 5)
	run_apart bash -c 'printf hello | "$SHMTOOL" write "$1" --input -' bash "$id"
	assert_success
	assert_equal "$(content "$id")" hello
}

@test "write --string, -S: exactly its bytes, without a NUL" {
	id=$(new_segment 10)
	run_tool write "$id" --string xxxxxxxxxx
	assert_success
	run_tool write "$id" -S 'a b
c'
	assert_success
	assert_equal "$(content "$id")" $'a b\ncxxxxx'
}

@test "write --string --nul: followed by one NUL" {
	id=$(new_segment 10)
	run_tool write "$id" --string xxxxxxxxxx
	run_tool write "$id" --string abc --nul
	assert_success
	assert_equal "$(content "$id")" 'abc.xxxxxx'
}

@test "write --string: bytes that are no characters" {
	id=$(new_segment 4)
	run_tool write "$id" --string $'\377\200\n\001'
	assert_success
	assert_equal "$("$HELPERS/dump_segment" "$id" | od -An -tx1)" ' ff 80 0a 01'
}

@test "write --fill: a byte as a decimal or hex number, or as a character in quotes" {
	id=$(new_segment 4)
	for byte in 65 0x41 "'A'"; do
		run_tool write "$id" --string ....
		run_tool write "$id" --fill "$byte" --length 3
		assert_success
		assert_equal "$(content "$id")" AAA.
	done
	run_tool write "$id" --fill 255 --length 1
	assert_equal "$("$HELPERS/dump_segment" "$id" | od -An -tx1)" ' ff 41 41 2e'
	run_tool write "$id" --fill 0 --length 2
	assert_equal "$("$HELPERS/dump_segment" "$id" | od -An -tx1)" ' 00 00 41 2e'
}

@test "write --fill: without --length to the end of the object" {
	id=$(new_segment 5001)
	run_tool write "$id" --fill 0x78 --offset 5
	assert_success
	assert_equal "$(content "$id" | tr -s x | head -c 100)" .....x
	assert_equal "$(content "$id" | tr -cd x | wc -c)" 4996
}

@test "write --fill: a segment of an unprivileged user" {
	id=$(as_user ipcmk --shmem 3000000)
	id=${id##* }
	run_tool_as_user write "id:$id" --fill 0x78 --offset 5
	assert_success
	run_tool_as_user write "id:$id" --fill 0x79 --offset 1500000 --length 3
	assert_success
	as_user "$SHMTOOL" read "id:$id" >contents
	cmp contents <(
		printf '\0\0\0\0\0'
		head -c 1499995 /dev/zero | tr '\0' x
		printf yyy
		head -c 1499997 /dev/zero | tr '\0' x
	)
	ipcrm -m "$id"
}

@test "write --fill: more than the memory that is left is refused before anything is written" {
	require_root
	truncate -s 1T "/dev/shm/$PREFIX_NAME"
	run_tool write "/$PREFIX_NAME" --fill 1
	assert_fails write 'memory'
	assert_equal "$(stat -c %b "/dev/shm/$PREFIX_NAME")" 0
	id=$(shmtool create --noreserve --size 1T) || skip 'needs segments of 1T'
	run_tool write "$id" --fill 1
	ipcrm -m "${id#id:}"
	assert_fails write 'memory'
}

@test "write --fill: invalid bytes" {
	id=$(new_segment 4)
	for byte in '' 256 -1 0x100 A "'AB'" "''" 1x; do
		run_tool write "$id" --fill "$byte"
		assert_usage_error write '--fill'
	done
	assert_equal "$(content "$id")" ....
}

@test "write: one source only" {
	id=$(new_segment 4)
	echo x >file
	for options in '--string a --input file' '--string a --fill 1' '--fill 1 --input file'; do
		# shellcheck disable=SC2086 # several words
		run_tool write "$id" $options
		assert_usage_error write
	done
	run_tool write "$id" --nul --fill 1
	assert_usage_error write '--nul' '--fill'
	run_tool write "$id" --nul --record 'int a;'
	assert_usage_error write '--nul' '--record'
	assert_equal "$(content "$id")" ....
}

@test "write: nothing to write is not a failure" {
	id=$(new_segment 4)
	run_tool write "$id" </dev/null
	assert_success
	run_tool write "$id" --string ''
	assert_success
	run_apart bash -c ': | "$SHMTOOL" write "$1"' bash "$id"
	assert_success
	: >file
	run_tool write "$id" --input file
	assert_success
	assert_equal "$(content "$id")" ....
}

@test "write: a pipe that trickles" {
	id=$(new_segment 8)
	mkfifo pipe
	background bash -c '"$SHMTOOL" write "$1" <pipe' bash "$id"
	exec 8>pipe
	for text in ab cd e; do
		printf %s "$text" >&8
		wait_until 20 "$HELPERS/pipe_empty" 8
	done
	exec 8>&-
	wait "$BACKGROUND_PID"
	assert_equal "$(content "$id")" abcde...
}

@test "write: a pipe that fits exactly is not a failure" {
	id=$(new_segment 100000)
	head -c 100000 /dev/urandom >file
	run_apart bash -c 'cat file | "$SHMTOOL" write "$1"' bash "$id"
	assert_success
	assert_stderr_empty
	"$HELPERS/dump_segment" "$id" | cmp - file
	run_apart bash -c 'tail -c 99990 file | "$SHMTOOL" write "$1" --offset 10' bash "$id"
	assert_success
	assert_stderr_empty
}

@test "write: a device that has no end, up to --length" {
	id=$(new_segment 5000)
	run_tool write "$id" --fill 1
	run_tool write "$id" --input /dev/zero --length 4999
	assert_success
	assert_equal "$("$HELPERS/dump_segment" "$id" | tr -d '\0' | od -An -tx1)" ' 01'
}

@test "write: many megabytes, from a file and from a pipe, as root and as user" {
	head -c 20000001 /dev/urandom >file
	for who in root user; do
		id=$(as "$who" "$HELPERS/make_keyed" 0 20000001 600)
		run_apart as "$who" "$SHMTOOL" write "$id" --input file
		assert_success
		"$HELPERS/dump_segment" "$id" | cmp - file
		ipcrm -m "$id"
		id=$(as "$who" "$HELPERS/make_keyed" 0 20000001 600)
		run_apart as "$who" bash -c 'cat file | "$SHMTOOL" write "$1"' bash "$id"
		assert_success
		"$HELPERS/dump_segment" "$id" | cmp - file
	done
}

#
# Where they go
#

@test "write --offset: any offset; the bytes around it stay" {
	id=$(new_segment 10000)
	"$HELPERS/fill_segment" "$id" 10000
	for offset in 0 1 4095 4096 4097 9997; do
		run_tool write "$id" --offset "$offset" --string abc
		assert_success
		assert_equal "$("$HELPERS/dump_segment" "$id" | grep -abo abc)" "$offset:abc"
		assert_equal "$("$HELPERS/dump_segment" "$id" | tr -cd x | wc -c)" 9997
		run_tool write "$id" --offset "$offset" --string xxx
	done
}

@test "write --offset, --length: K, M and G" {
	"$HELPERS/make_object" /shmtool-test 6442450944
	run_tool write /shmtool-test --offset 4K --length 1K --fill 0x61
	assert_success
	run_tool write /shmtool-test --offset 1M --string mega
	assert_success
	run_tool write /shmtool-test --offset 5G --string giga
	assert_success
	assert_equal "$(dd if=/dev/shm/shmtool-test bs=1 skip=4096 count=2048 status=none | tr -d '\0' | wc -c)" 1024
	assert_equal "$(dd if=/dev/shm/shmtool-test bs=1 skip=1048576 count=4 status=none)" mega
	assert_equal "$(dd if=/dev/shm/shmtool-test bs=4096 skip=1310720 count=1 status=none | tr -d '\0')" giga
	# Nothing but these three pages.
	assert_equal "$(object_stat shmtool-test '%s %b')" '6442450944 24'
}

@test "write --length: no more of the input than that" {
	id=$(new_segment 10)
	printf abcdefghijklmnop >file
	run_tool write "$id" --input file --length 4
	assert_success
	assert_equal "$(content "$id")" abcd......
	run_tool write "$id" --string 123456789012345 --length 2
	assert_success
	assert_equal "$(content "$id")" 12cd......
	run_apart bash -c 'cat file | "$SHMTOOL" write "$1" --length 3 --offset 7' bash "$id"
	assert_success
	assert_stderr_empty
	assert_equal "$(content "$id")" 12cd...abc
}

@test "write --length: leaves the rest of standard input to others" {
	id=$(new_segment 10)
	seq 1000 >file
	run_apart bash -c '{ "$SHMTOOL" write "$1" --length 4; head -n 1; } <file' bash "$id"
	assert_success
	assert_output 3
	run_apart bash -c 'cat file | { "$SHMTOOL" write "$1" --length 4; head -n 1; }' bash "$id"
	assert_success
	assert_output 3
}

@test "write: invalid offsets and lengths" {
	id=$(new_segment 10)
	for word in -1 1X; do
		run_tool write "$id" --string a --offset "$word"
		assert_usage_error write '--offset'
		run_tool write "$id" --string a --length "$word"
		assert_usage_error write '--length'
	done
}

@test "write: the last byte of a segment that ends within a page" {
	id=$(new_segment 5)
	run_tool write "$id" --offset 4 --string z
	assert_success
	assert_equal "$(content "$id")" ....z
}

@test "write: every form of REF" {
	number=1000
	id=$("$HELPERS/make_keyed" "$("$HELPERS/ftok_key" "$PWD" 7)" 4 600)
	key=$(proc_key "$id")
	for ref in "$id" "id:$id" "$key" "key:$key" "ftok:$PWD:7"; do
		run_tool write "$ref" --string $((++number))
		assert_success
		assert_equal "$(content "$id")" "$number"
	done
	printf ........ >/dev/shm/shmtool-test
	for ref in /shmtool-test posix:shmtool-test /dev/shm/shmtool-test; do
		run_tool write "$ref" --string $((++number))
		assert_success
		assert_equal "$(cat /dev/shm/shmtool-test)" "$number...."
	done
	mkdir directory
	printf ........ >directory/file
	for ref in ./directory/file directory/file file:directory/file "$PWD/directory/file"; do
		run_tool write "$ref" --string $((++number))
		assert_success
		assert_equal "$(cat directory/file)" "$number...."
	done
}

@test "write: the file of descriptor N of a process: memfd, unlinked object, file" {
	start_peer memfd 8
	run_tool write "$peer_ref" --string memfd
	assert_success
	ask_peer 'show 0 5'
	assert_equal "$answer" memfd
	printf ........ >file
	printf ........ >/dev/shm/shmtool-test
	exec 8<>file 9<>/dev/shm/shmtool-test
	rm /dev/shm/shmtool-test
	run_tool write "pid:$$:fd:8" --string file
	assert_success
	assert_equal "$(cat file)" file....
	run_tool write "pid:$$:fd:9" --string unlinked
	assert_success
	assert_equal "$(cat "/proc/$$/fd/9")" unlinked
	run_tool write "pid:self:fd:9" --string SELF
	assert_success
	assert_equal "$(cat "/proc/$$/fd/9")" SELFnked
}

@test "write: an object that is marked for destruction, while another process holds it" {
	id=$(new_segment 4)
	hold "$id"
	"$HELPERS/segment_control" "$id" rmid
	run_tool write "$id" --string last
	assert_success
	assert_equal "$(content "$id")" last
}

@test "write: the user's own segment, object and file, unprivileged" {
	id=$(as_user "$HELPERS/make_keyed" 0 8 600)
	as_user "$HELPERS/make_object" /shmtool-test 8 600
	as_user bash -c 'umask 077; printf ........ >file'
	for ref in "$id" /shmtool-test ./file; do
		run_apart as_user bash -c 'printf content | "$SHMTOOL" write "$1"' bash "$ref"
		assert_success
		assert_stderr_empty
	done
	assert_equal "$(content "$id")" content.
	assert_equal "$(tr '\0' . </dev/shm/shmtool-test)" content.
	assert_equal "$(cat file)" content.
}

@test "write: writable objects of other users, unprivileged" {
	id=$(new_segment 8 666)
	"$HELPERS/make_object" /shmtool-test 8 666
	for ref in "$id" /shmtool-test; do
		run_apart as_user bash -c 'printf content | "$SHMTOOL" write "$1"' bash "$ref"
		assert_success
	done
	assert_equal "$(content "$id")" content.
	assert_equal "$(tr '\0' . </dev/shm/shmtool-test)" content.
}

@test "write: never makes an object or a file grow" {
	printf ........ >file
	printf ........ >/dev/shm/shmtool-test
	for ref in ./file /shmtool-test; do
		run_apart bash -c 'yes | "$SHMTOOL" write "$1"' bash "$ref"
		assert_failure 1
		run_tool write "$ref" --offset 8 --string x
		assert_failure 1
	done
	assert_equal "$(stat -c %s file /dev/shm/shmtool-test)" $'8\n8'
}

@test "write: only the pages that are written get memory" {
	id=$(new_segment 1048576)
	run_tool write "$id" --offset 500K --string x
	assert_success
	assert_equal "$(proc_shm "$id" rss)" 4096
	"$HELPERS/make_object" /shmtool-test 1048576
	run_tool write /shmtool-test --offset 500K --string x
	assert_success
	assert_equal $(($(object_stat shmtool-test '%b * %B'))) 4096
}

@test "write: a whole page takes no other page's place" {
	id=$(new_segment 1048576)
	head -c 8192 /dev/urandom >file
	run_tool write "$id" --offset 8K --input file
	assert_success
	assert_equal "$(proc_shm "$id" rss)" 8192
}

#
# Messages
#

@test "write --verbose: how many bytes, and where" {
	id=$(new_segment 100)
	run_tool write -v "$id" --string 'twelve bytes'
	assert_success
	assert_output ''
	assert_stderr_like '(^|: )wrote 12 bytes at offset 0$'
	run_apart bash -c 'seq 20 | "$SHMTOOL" write --verbose "$1" --offset 10' bash "$id"
	assert_success
	assert_stderr_like '(^|: )wrote 51 bytes at offset 10$'
}

@test "write: shows how far it is on a terminal, when it takes longer than a second" {
	require_command script
	# As many bytes as fit; the pipe goes on with the next few when a progress is not yet shown.
	id=$(new_segment 16777216)
	: >typescript
	run_apart timeout 120 script -qefc '
		{ for i in {1..2000}; do
			head -c 4096 /dev/zero
			grep -qE "[0-9.]+ ?[KMG]?i?B?/s" typescript && break
			sleep 0.02
		done; } | "$SHMTOOL" write "'"$id"'" --length 16M; true' typescript
	grep -qE '[0-9.]+ ?[KMG]?i?B?/s' typescript || fail "no rate: $(cat -v typescript)"
	# --length is the total, so the share and the time left are known.
	grep -qE ' of 16M \([0-9]+ %\), .*/s, [0-9a-z]+ left' typescript || fail "no total: $(cat -v typescript)"
}

@test "write: shows no progress without a terminal" {
	id=$(new_segment 1048576)
	run_apart bash -c '{ for i in {1..70}; do head -c 4096 /dev/zero; sleep 0.02; done; } | "$SHMTOOL" write "$1"' \
		bash "$id"
	assert_success
	assert_output ''
	assert_stderr_empty
}

#
# --create
#

@test "write --create --size: makes a segment by key, and by ftok" {
	run_tool write key:0x2a --create --size 4K --string hello
	assert_success
	assert_output ''
	id=$(segment_ids)
	assert_equal "$(proc_key "$id") $(proc_shm "$id" size) $(proc_shm "$id" perms)" '0x0000002a 4096 600'
	assert_equal "$(content "$id" | tr -d .)" hello
	run_tool write "ftok:$PWD:3" --create --size 10 --mode 640 --string hello
	assert_success
	id=$(segment_ids | tail -n 1)
	assert_equal "$(printf '%d' "$(proc_key "$id")")" "$(printf '%d' "$("$HELPERS/ftok_key" "$PWD" 3)")"
	assert_equal "$(proc_shm "$id" size) $(proc_shm "$id" perms)" '10 640'
}

@test "write --create --size: makes a POSIX object" {
	run_apart bash -c 'printf hello | "$SHMTOOL" write /shmtool-test --create --size 1M --mode 640'
	assert_success
	assert_output ''
	assert_equal "$(object_stat shmtool-test '%s %a')" '1048576 640'
	assert_equal "$(tr -d '\0' </dev/shm/shmtool-test)" hello
}

@test "write --create: the mode is 600 by default, and the umask does not affect a given one" {
	run_apart bash -c 'umask 0; "$SHMTOOL" write /shmtool-a --create --size 1 --string x
		umask 077; "$SHMTOOL" write /shmtool-b --create --size 1 --string x --mode 666'
	assert_success
	assert_equal "$(object_stat shmtool-a %a) $(object_stat shmtool-b %a)" '600 666'
}

@test "write --create --size: makes a file" {
	run_tool write ./file --create --size 10 --string hello
	assert_success
	assert_equal "$(tr '\0' . <file)" hello.....
}

@test "write --create: without --size, as large as the content" {
	run_tool write /shmtool-test --create --offset 3 --string hello
	assert_success
	assert_equal "$(tr '\0' . </dev/shm/shmtool-test)" ...hello
	seq 1000 >file
	run_tool write 0x2a --create --input file
	assert_success
	assert_equal "$(content "$(segment_ids)")" "$(cat file)"
	run_tool write 0x2b --create --fill 0x78 --length 5
	assert_success
	assert_equal "$(content "$(segment_ids | tail -n 1)")" xxxxx
}

@test "write --create: without --size, and from a pipe, nothing is made" {
	run_apart bash -c 'printf hello | "$SHMTOOL" write /shmtool-test --create'
	assert_failure
	assert_stderr_like '^shmtool: write: .*--size'
	assert_no_objects
}

@test "write --create: an existing object is used unchanged" {
	id=$("$HELPERS/make_keyed" 0x2a 10 640)
	run_tool write 0x2a --create --size 10 --mode 600 --string hello
	assert_success
	assert_equal "$(segment_ids)" "$id"
	assert_equal "$(content "$id") $(proc_shm "$id" perms)" 'hello..... 640'
	printf 0123456789 >/dev/shm/shmtool-test
	printf 0123456789 >file
	for ref in /shmtool-test ./file; do
		run_tool write "$ref" --create --size 5 --string hello
		assert_success
	done
	assert_equal "$(cat file /dev/shm/shmtool-test)" hello56789hello56789
}

@test "write --create: an id, or memory held by a process, cannot be created" {
	run_tool write id:99999 --create --size 4K --string hello
	assert_failure
	assert_stderr_like '^shmtool: write: .*id:99999'
	assert_no_segments
	run_tool write "pid:$$:fd:77" --create --size 4K --string hello
	assert_failure
	assert_stderr_like '^shmtool: write: .*pid:'
}

@test "write --create: an object that does not fit is not created" {
	run_tool write /shmtool-test --create --size 4 --string hello
	assert_failure
	assert_stderr_like '^shmtool: write: .*/shmtool-test'
	assert_no_objects
	run_tool write 0x2a --create --size 4 --string hello
	assert_failure
	assert_no_segments
}

@test "write: without --create a missing object is not created, and the option is named" {
	run_tool write /shmtool-test --string hello
	assert_fails write '/shmtool-test: no such object' '--create'
	run_tool write 0x2a --string hello
	assert_fails write 0x0*2a '--create'
	run_tool write ./file --string hello
	assert_fails write 'file.*no such file' '--create'
	assert_no_objects
	assert_no_segments
	assert [ ! -e file ]
}

@test "write: --size and --mode only with --create" {
	id=$(new_segment 10)
	run_tool write "$id" --size 10 --string x
	assert_usage_error write '--size' '--create'
	run_tool write "$id" --mode 600 --string x
	assert_usage_error write '--mode' '--create'
}

@test "write --create: unprivileged" {
	run_tool_as_user write /shmtool-test --create --size 4K --string hello
	assert_success
	assert_equal "$(object_stat shmtool-test '%s %a')" '4096 600'
	run_tool_as_user write 0x2a --create --size 4K --string hello
	assert_success
	id=$(segment_ids)
	assert_equal "$(proc_shm "$id" uid) $(object_stat shmtool-test %u)" "$(as_user id -u) $(as_user id -u)"
}

#
# --sync
#

@test "write --sync: a file is on the disk before it ends" {
	require_strace
	printf ........ >file
	strace -f -qq -y -o trace -e trace=fsync,fdatasync,msync,sync_file_range "$SHMTOOL" write --sync ./file --string hello
	grep -qE '^([0-9]+ +)?(f(data)?sync\([0-9]+<[^>]*/file>|msync\(.*MS_SYNC)' trace || fail "$(cat trace)"
	assert_equal "$(cat file)" hello...
}

@test "write --sync: a file system that fails to write is a sentence" {
	require_strace
	printf ........ >file
	run_apart strace -f -qq -o /dev/null -e inject=fsync,fdatasync,msync:error=EIO \
		"$SHMTOOL" write --sync ./file --string hello
	assert_fails write file
}

@test "write --sync: memory has no disk to be on" {
	id=$(new_segment 10)
	printf .......... >/dev/shm/shmtool-test
	run_tool write --sync "$id" --string x
	assert_usage_error write '--sync'
	run_tool write --sync /shmtool-test --string x
	assert_usage_error write '--sync'
	assert_equal "$(content "$id")$(cat /dev/shm/shmtool-test)" ....................
}

#
# Visible to other processes
#

@test "write: perl's shmread finds the bytes" {
	id=$(new_segment 100)
	run_tool write "$id" --offset 7 --string 'for perl'
	assert_success
	assert_equal "$(perl_shmread "$id" 7 8)" 'for perl'
	run_tool_as_user write "$id" --offset 7 --string 'x'
	[ "$EUID" -ne 0 ] || assert_failure 1
}

@test "write: perl's shmwrite and shmtool write, turn by turn" {
	id=$(new_segment 20)
	perl -e 'shmwrite($ARGV[0], "perl....", 0, 8) or die "$!\n"' "$id"
	run_tool write "$id" --offset 4 --string tool
	assert_success
	assert_equal "$(perl_shmread "$id" 0 8)" perltool
}

@test "write: a program with shmat, with shm_open and mmap, or with a memfd sees the bytes at once" {
	id=$(new_segment 8192)
	"$HELPERS/make_object" /shmtool-test 8192
	for peer in "segment $id" 'object /shmtool-test' 'memfd 8192'; do
		# shellcheck disable=SC2086 # two words
		start_peer $peer
		ask_peer 'store 4090 ............'
		run_tool write "$peer_ref" --offset 4092 --string 'across'
		assert_success
		ask_peer 'show 4090 12'
		assert_equal "$answer" '..across....'
		exec 7>&-
		rm peer.in
	done
}

@test "write: as a file that is mapped by others and is written to at the same time" {
	printf ........ >file
	run_tool write ./file --string hello
	assert_success
	assert_equal "$("$HELPERS/mapping" read file 0 8)" hello...
	assert_equal "$(cat file)" hello...
}
