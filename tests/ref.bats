#!/usr/bin/env bats
# REF: the forms that name an object, and invalid ones.

load test_helper
load truth

# assert_names REF EXPECTED: a REF names the object whose REF in output is EXPECTED.
assert_names() {
	run_tool stat --raw --no-headings -o ref -- "$1"
	assert_success
	assert_equal "$1 -> $output" "$1 -> $2"
}

# assert_no_ref WORD REGEX...: WORD is refused as a usage error by each command that takes a REF.
assert_no_ref() {
	local word=$1
	shift

	run_tool stat -- "$word"
	assert_usage_error stat "$@"
	run_tool rm -- "$word"
	assert_usage_error rm "$@"
	run_tool set --mode 600 -- "$word"
	assert_usage_error set "$@"
}

@test "REF: a number is a System V segment by id" {
	new_segment 4096
	id=$(new_segment 4096)
	assert_names "$id" "id:$id"
}

@test "REF: the very first segment of a namespace, id 0" {
	require_root
	run_apart unshare -i bash -c '"$HELPERS/make_segments" 1 4096; "$SHMTOOL" stat --raw --no-headings -o ref,bytes 0
		"$SHMTOOL" rm 0; "$HELPERS/make_segments" 1 4096 >/dev/null; awk "END { print NR }" /proc/sysvipc/shm'
	assert_success
	assert_output $'0\nid:0 4096\n2'
}

@test "REF: id:NUMBER" {
	id=$(new_segment 4096)
	assert_names "id:$id" "id:$id"
}

@test "REF: a bare 0x word is a key" {
	id=$("$HELPERS/make_keyed" 0x46010004 4096 600)
	assert_names 0x46010004 "id:$id"
}

@test "REF: a key as every table prints it, with leading zeros" {
	id=$("$HELPERS/make_keyed" 0x2a 4096 600)
	assert_names 0x0000002a "id:$id"
}

@test "REF: key:0x… and key:NUMBER" {
	id=$("$HELPERS/make_keyed" 0x4d2 4096 600)
	assert_names key:0x4d2 "id:$id"
	assert_names key:1234 "id:$id"
}

@test "REF: keys that are negative as a signed number" {
	id=$("$HELPERS/make_keyed" 0xdeadbeef 4096 600)
	assert_names 0xdeadbeef "id:$id"
}

@test "REF: an id and a key of the same digits are not mixed up" {
	id=$(new_segment 4096)
	keyed=$("$HELPERS/make_keyed" "$id" 8192 600) || skip 'needs an id other than 0'
	assert_names "$id" "id:$id"
	assert_names "key:$id" "id:$keyed"
}

@test "REF: a key is found though the caller may not read the segment" {
	require_root
	id=$("$HELPERS/make_keyed" 0x2a 4096 600)
	run_tool_as_user stat --raw --no-headings -o ref 0x2a
	assert_success
	assert_output "id:$id"
}

@test "REF: ftok:PATH, ftok:PATH:NUMBER and ftok:PATH:'CHARACTER'" {
	path=$BATS_TEST_TMPDIR
	one=$("$HELPERS/make_keyed" "$("$HELPERS/ftok_key" "$path" 1)" 4096 600)
	two=$("$HELPERS/make_keyed" "$("$HELPERS/ftok_key" "$path" 7)" 4096 600)
	three=$("$HELPERS/make_keyed" "$("$HELPERS/ftok_key" "$path" 65)" 4096 600)
	assert_names "ftok:$path" "id:$one"
	assert_names "ftok:$path:7" "id:$two"
	assert_names "ftok:$path:'A'" "id:$three"
	assert_names "ftok:$path:65" "id:$three"
}

@test "REF: an ftok key that is negative as a signed number" {
	id=$("$HELPERS/make_keyed" "$("$HELPERS/ftok_key" "$BATS_TEST_TMPDIR" 255)" 4096 600)
	run_tool stat --raw --no-headings -o ref "ftok:$BATS_TEST_TMPDIR:255"
	assert_success
	assert_stderr_empty
	assert_output "id:$id"
}

@test "REF: ftok with a project whose low 8 bits are 0 gets no warning where it is only used" {
	id=$("$HELPERS/make_keyed" "$("$HELPERS/ftok_key" "$BATS_TEST_TMPDIR" 512)" 4096 600)
	run_tool stat --raw --no-headings -o ref "ftok:$BATS_TEST_TMPDIR:512"
	assert_success
	assert_output "id:$id"
	assert_stderr_empty
	ipcrm -m "$id"
	run_tool read "ftok:$BATS_TEST_TMPDIR:768"
	assert_fails read 'no such segment'
}

@test "REF: ftok of a path that is not there" {
	run_tool stat "ftok:$BATS_TEST_TMPDIR/nothing"
	assert_fails stat "ftok:$BATS_TEST_TMPDIR/nothing" 'no such file'
}

@test "REF: ftok of a key that no segment has" {
	run_tool stat "ftok:$BATS_TEST_TMPDIR:3"
	assert_fails stat 'no such segment'
}

@test "REF: /name, posix:name, posix:/name and /dev/shm/name" {
	"$HELPERS/make_object" /shmtool-test 4096
	assert_names /shmtool-test /shmtool-test
	assert_names posix:shmtool-test /shmtool-test
	assert_names posix:/shmtool-test /shmtool-test
	assert_names /dev/shm/shmtool-test /shmtool-test
}

@test "REF: posix:12 is an object, not an id" {
	new_segment 4096
	"$HELPERS/make_object" /12 100
	assert_names posix:12 /12
	assert_names /12 /12
}

@test "REF: psem:/name and psem:name" {
	"$HELPERS/sem_make" /shmtool-test 1
	assert_names psem:/shmtool-test psem:/shmtool-test
	assert_names psem:shmtool-test psem:/shmtool-test
}

@test "REF: an object and a semaphore of the same name are two" {
	"$HELPERS/make_object" /shmtool-test 4096
	"$HELPERS/sem_make" /shmtool-test 1
	assert_names /shmtool-test /shmtool-test
	assert_names psem:/shmtool-test psem:/shmtool-test
}

@test "REF: names with escapes as a table shows them" {
	"$HELPERS/make_object" $'/shmtool test\nline' 4096
	run_tool stat --raw --no-headings -o bytes '/shmtool\040test\012line'
	assert_success
	assert_output 4096
	run_tool stat --raw --no-headings -o bytes 'posix:shmtool\040test\012line'
	assert_success
	assert_output 4096
}

@test "REF: /dev/shm/name is taken as it is" {
	"$HELPERS/make_object" '/shmtool\040test' 4096
	run_tool stat '/dev/shm/shmtool\040test'
	assert_success
	run_tool stat '/shmtool\040test'
	assert_failure 1
}

@test "REF: a printed ref can be pasted back" {
	new_segment 4096
	"$HELPERS/make_keyed" 0xdeadbeef 4096 600
	"$HELPERS/make_object" /shmtool-test 4096
	"$HELPERS/make_object" '/shmtool \ test' 4096
	"$HELPERS/sem_make" /shmtool-test 1
	run_tool stat --kind all --raw --no-headings -o ref
	assert_success
	assert_equal "${#lines[@]}" 5
	while IFS= read -r ref; do
		assert_names "$ref" "$ref"
	done <<<"$output"
}

@test "REF: an id that is not there" {
	run_tool stat 4711
	assert_fails stat '^shmtool: stat: id:4711: no such segment$'
}

@test "REF: INT_MAX is an id, if none that is there" {
	run_tool stat 2147483647
	assert_fails stat '^shmtool: stat: id:2147483647: no such segment$'
}

@test "REF: a key that is not there" {
	run_tool stat 0x2a
	assert_fails stat '^shmtool: stat: key:0x0000002a: no such segment$'
}

@test "REF: an object that is not there" {
	run_tool stat /shmtool-nothing
	assert_fails stat '^shmtool: stat: /shmtool-nothing: no such'
}

@test "REF: a semaphore that is not there" {
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool stat psem:/shmtool-test
	assert_fails stat '^shmtool: stat: psem:/shmtool-test: no such'
}

@test "REF: a word of no form is a usage error that lists the forms" {
	assert_no_ref abc 'abc' 'id:' 'key:' 'ftok:' '/name' 'psem:'
}

@test "REF: the empty word" {
	assert_no_ref ''
}

@test "REF: an invalid key" {
	assert_no_ref 0x2a2a2a2a2a '0x2a2a2a2a2a'
}

@test "REF: an invalid id" {
	assert_no_ref id:abc 'abc'
}

@test "REF: key 0 names nothing, and the message says that it is IPC_PRIVATE" {
	new_segment 4096
	assert_no_ref 0x0 'IPC_PRIVATE'
}

@test "REF: a name with a second slash is a path" {
	run_tool stat "/dev/shm/$PREFIX_NAME-none/b"
	assert_failure 1
	assert_equal "$stderr" "shmtool: stat: /dev/shm/$PREFIX_NAME-none/b: no such file or directory"
}

@test "REF: the names . and .." {
	assert_no_ref /dev/shm/..
}

@test "REF: an empty name" {
	assert_no_ref /
}

@test "REF: a name of 255 bytes may be, one of 256 may not" {
	name=$(printf 'n%.0s' {1..255})
	run_tool stat "/$name"
	assert_failure 1
	assert_no_ref "/${name}n" '255|long'
}

@test "REF: a semaphore's name has four bytes less" {
	name=$(printf 'n%.0s' {1..251})
	run_tool stat "psem:/$name"
	assert_failure 1
	assert_no_ref "psem:/${name}n" '251|long'
}

@test "REF: kinds that these commands do not take are refused with a sentence" {
	run_tool rm pid:1:fd:3
	assert_usage_error rm
	for command in stat rm 'set --mode 600'; do
		# shellcheck disable=SC2086 # a command and its options
		run_tool $command file:/proc/self/status
		assert_failure 1
		[[ $stderr == *': is not in a tmpfs or hugetlbfs, but on proc' ]] || fail "$stderr"
	done
	for ref in msg:1 sem:1 pmsg:/queue; do
		run_tool write "$ref"
		assert_usage_error write
	done
}

@test "REF: one wrong word and nothing is done to the others" {
	id=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool rm "$id" /shmtool-test id:abc
	assert_usage_error rm 'abc'
	assert_segment_exists "$id"
	assert_object_exists shmtool-test
}

@test "REF: control characters of a word do not reach the terminal" {
	run_tool stat $'/shmtool\e[31mred'
	assert_failure 1
	refute_stderr_like $'\e'
	run_tool stat $'abc\e[31mred'
	assert_failure 2
	refute_stderr_like $'\e'
}

@test "REF: an id whose place in the kernel's table another segment has taken names nothing" {
	old=$(new_segment 4096)
	"$HELPERS/segment_control" "$old" rmid
	# The lower 15 bits of an id are its place. Some kernels go through a few dozen before they
	# come back to one.
	for try in {1..100}; do
		new=$(new_segment 8192)
		[ $((new % 32768)) -ne $((old % 32768)) ] || break
		"$HELPERS/segment_control" "$new" rmid
	done
	[ $((new % 32768)) -eq $((old % 32768)) ] || skip 'needs an id in the same place again'
	assert_not_equal "$new" "$old"
	run_tool stat "$old"
	assert_fails stat "^shmtool: stat: id:$old: no such segment$"
	run_tool set --mode 666 "$old"
	assert_fails set "^shmtool: set: id:$old: no such segment$"
	run_tool rm "$old"
	assert_fails rm "^shmtool: rm: id:$old: no such segment$"
	assert_unchanged
}

@test "REF: the file sem. has no name after the dot, so it is an object" {
	: >/dev/shm/sem.
	run_tool stat --kind all --raw --no-headings -o kind,ref
	assert_output 'pshm /sem.'
	run_tool rm /dev/shm/sem.
	assert_success
	refute_object_exists sem.
}

@test "REF: a number with trailing text has no valid form, and the forms are listed" {
	for word in 12abc 1.5; do
		run_tool stat "$word"
		assert_usage_error stat "$word: is not a REF" 'id:123' '0x46010004' '/dev/shm/name'
	done
}

@test "REF: a form of another kind is distinguished from no form at all" {
	run_tool rm pid:1:fd:3
	assert_usage_error rm 'pid:1:fd:3: is not supported by this command, which accepts .*queues'
	for word in msg:1 sem:1 pmsg:/a; do
		run_tool write "$word"
		assert_usage_error write "$word: is not supported by this command: it is a .*rm accept it"
	done
}

@test "REF: a key of more than 32 bits is refused with the key that its low 32 bits are" {
	for word in key:0x100000005 key:4294967301 0x100000005 msg:0x100000005 sem:key:0x100000005; do
		run_tool stat "$word"
		assert_usage_error stat 'is not a key: it has more than 32 bits \(programs that truncate it to 32 bits, such as PHP, use 0x00000005\)'
	done
	run_tool create --size 1 --key 0x100000005
	assert_usage_error create 'such as PHP, use 0x00000005\)'
	# Key 0 would name nothing.
	run_tool stat key:0x100000000
	assert_usage_error stat 'is not a key: it has more than 32 bits$'
	run_tool stat key:0x1g
	assert_usage_error stat 'is not a key \(32 bits, such as '
}
