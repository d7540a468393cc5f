#!/usr/bin/env bats
# Bad input: an error message on stderr, status 2, and no effect. (REFs: ref.bats.)

load test_helper
load truth

setup() {
	common_setup
}

teardown() {
	common_teardown
}

# assert_bad_size WORD: no option that takes a size takes WORD.
assert_bad_size() {
	run_tool create --size "$1"
	assert_usage_error create '--size'
	run_tool create --posix "$PREFIX_NAME" --size "$1"
	assert_usage_error create '--size'
	run_tool stat --min-size "$1"
	assert_usage_error stat '--min-size'
	run_tool stat --max-size "$1"
	assert_usage_error stat '--max-size'
	"$HELPERS/make_object" "/$PREFIX_NAME" 4096
	run_tool set --size "$1" "/$PREFIX_NAME"
	assert_usage_error set '--size'
	rm "/dev/shm/$PREFIX_NAME"
}

# assert_bad_mode WORD: neither create nor set takes WORD as a mode.
assert_bad_mode() {
	run_tool create --size 4K --mode "$1"
	assert_usage_error create '--mode'
	"$HELPERS/make_object" "/$PREFIX_NAME" 4096
	run_tool set --mode "$1" "/$PREFIX_NAME"
	assert_usage_error set '--mode'
	rm "/dev/shm/$PREFIX_NAME"
}

assert_bad_duration() {
	run_tool stat --older-than "$1"
	assert_usage_error stat '--older-than'
	run_tool stat --idle-for "$1"
	assert_usage_error stat '--idle-for'
}

assert_bad_posix_name() {
	run_tool create --size 4K --posix "$1"
	shift
	assert_usage_error create 'name' "$@"
	refute_stderr_like 'create: : '
}

@test "an unknown command gets the nearest name" {
	run_tool creat --size 4K
	assert_failure 2
	assert_output ''
	assert_stderr_like 'creat' 'did you mean .?create'
	run_tool stta
	assert_failure 2
	assert_stderr_like 'did you mean .?stat'
	run_tool limit
	assert_failure 2
	assert_stderr_like 'did you mean .?limits'
}

@test "an unknown command that is near to none gets no suggestion, but a hint" {
	run_tool frobnicate
	assert_failure 2
	assert_output ''
	assert_stderr_like '^shmtool: .*frobnicate' '--help'
	refute_stderr_like 'did you mean'
}

@test "an unknown long option gets the nearest name" {
	run_tool stat --ownr root
	assert_usage_error stat '--ownr' 'did you mean .?--owner'
	run_tool create --siez 4K
	assert_usage_error create '--siez' 'did you mean .?--size'
	run_tool rm --dryrun 1
	assert_usage_error rm '--dryrun' 'did you mean .?--dry-run'
	run_tool set --mdoe 600 1
	assert_usage_error set '--mdoe' 'did you mean .?--mode'
	run_tool limits --jsno
	assert_usage_error limits '--jsno' 'did you mean .?--json'
}

@test "an unknown short option" {
	run_tool stat -Z
	assert_usage_error stat '-Z'
	run_tool create -Z
	assert_usage_error create '-Z'
}

@test "an option of another command" {
	run_tool stat --size 4K
	assert_usage_error stat '--size'
	run_tool rm --mode 600 1
	assert_usage_error rm '--mode'
}

@test "an ambiguous abbreviation lists the candidates" {
	run_tool stat --o shmid
	assert_usage_error stat '--o' '--owner' '--output' '--older-than'
}

@test "a missing argument" {
	run_tool create --size
	assert_usage_error create '--size'
	run_tool stat --owner
	assert_usage_error stat '--owner'
	run_tool stat -o
	assert_usage_error stat '-o'
	run_tool set 1 --mode
	assert_usage_error set '--mode'
}

@test "an argument to an option that takes none" {
	run_tool stat --json=yes
	assert_usage_error stat '--json'
	run_tool stat --mine=1
	assert_usage_error stat '--mine'
}

@test "size 0 is refused for create and set" {
	run_tool create --size 0
	assert_usage_error create '--size' '0'
	run_tool create --posix "$PREFIX_NAME" --size 0
	assert_usage_error create '--size' '0'
	"$HELPERS/make_object" "/$PREFIX_NAME" 4096
	run_tool set --size 0 "/$PREFIX_NAME"
	assert_usage_error set '--size' '0'
}

@test "invalid sizes" {
	assert_bad_size -4K
	assert_bad_size 1X
}

@test "a wrong size is named in the message" {
	run_tool create --size 1X
	assert_regex "${stderr_lines[0]}" '^shmtool: create: --size 1X: '
}

@test "invalid modes" {
	assert_bad_mode 999
	assert_bad_mode u+q
}

@test "key 0 is IPC_PRIVATE and identifies no object" {
	run_tool create --size 4K --key 0
	assert_usage_error create '--key' 'IPC_PRIVATE'
	run_tool create --size 4K --key 0x0
	assert_usage_error create '--key' 'IPC_PRIVATE'
	run_tool stat --key 0
	assert_usage_error stat '--key'
}

@test "invalid keys" {
	for key in abc 4294967296; do
		run_tool create --size 4K --key "$key"
		assert_usage_error create '--key'
		run_tool stat --key "$key"
		assert_usage_error stat '--key'
	done
}

@test "an ftok without a path" {
	run_tool create --size 4K --ftok ''
	assert_usage_error create 'ftok'
	refute_stderr_like 'create: : '
}

@test "two of --key, --ftok and --posix" {
	run_tool create --size 4K --key 0x2a --ftok /tmp
	assert_usage_error create '--key' '--ftok'
	run_tool create --size 4K --key 0x2a --posix "$PREFIX_NAME"
	assert_usage_error create '--key' '--posix'
	run_tool create --size 4K --ftok /tmp --posix "$PREFIX_NAME"
	assert_usage_error create '--ftok' '--posix'
	run_tool create --size 4K --key 0x2a --ftok /tmp --posix "$PREFIX_NAME"
	assert_usage_error create
}

@test "create without a size" {
	run_tool create
	assert_usage_error create '--size'
	run_tool create --posix "$PREFIX_NAME"
	assert_usage_error create '--size'
	run_tool create --key 0x2a --mode 600
	assert_usage_error create '--size'
}

@test "create with an operand" {
	run_tool create --size 4K "$PREFIX_NAME"
	assert_usage_error create "$PREFIX_NAME"
}

@test "create --posix: options that only a segment has" {
	run_tool create --size 4K --posix "$PREFIX_NAME" --lock
	assert_usage_error create '--lock' 'posix|System V'
	run_tool create --size 4M --posix "$PREFIX_NAME" --hugetlb
	assert_usage_error create '--hugetlb' 'posix|System V'
}

@test "create --posix: a name with a second slash" {
	assert_bad_posix_name /a/b '/a/b'
}

@test "create --posix: a name of 256 bytes" {
	assert_bad_posix_name "$(printf 'n%.0s' {1..256})" '255|long'
	assert_bad_posix_name "/$(printf 'n%.0s' {1..256})" '255|long'
	# Bytes, not characters.
	assert_bad_posix_name "$(printf 'ä%.0s' {1..128})" '255|long'
}

@test "create --posix: the names . and .." {
	assert_bad_posix_name /..
}

@test "create --posix: an empty name" {
	assert_bad_posix_name ''
}

@test "create --posix: a name that only a semaphore has" {
	assert_bad_posix_name sem.test 'sem\.' 'semaphore'
	assert_bad_posix_name /sem.test 'semaphore'
}

@test "an unknown user" {
	run_tool create --size 4K --owner no-such-user
	assert_usage_error create '--owner' 'no-such-user'
	run_tool stat --owner no-such-user
	assert_usage_error stat '--owner' 'no-such-user'
	run_tool stat --creator no-such-user
	assert_usage_error stat '--creator' 'no-such-user'
	"$HELPERS/make_object" "/$PREFIX_NAME" 4096
	run_tool set --owner no-such-user "/$PREFIX_NAME"
	assert_usage_error set '--owner' 'no-such-user'
}

@test "an unknown group" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 4096
	run_tool set --group no-such-group "/$PREFIX_NAME"
	assert_usage_error set '--group' 'no-such-group'
	run_tool set --owner "$me:no-such-group" "/$PREFIX_NAME"
	assert_usage_error set '--owner' 'no-such-group'
	run_tool create --size 4K --owner "$me:no-such-group"
	assert_usage_error create '--owner' 'no-such-group'
}

@test "an invalid user or group number" {
	for user in '' -1 99999999999 4294967295 1x; do
		run_tool create --size 4K --owner "$user"
		assert_usage_error create '--owner'
	done
}

@test "an unknown column" {
	run_tool stat -o bogus
	assert_usage_error stat 'bogus'
	run_tool stat -o shmid,bogus
	assert_usage_error stat 'bogus'
	run_tool stat -o +bogus
	assert_usage_error stat 'bogus'
	run_tool limits -o shmid
	assert_usage_error limits 'shmid'
}

@test "an unknown column gets the nearest name or where to find them" {
	run_tool stat -o natch
	assert_usage_error stat 'natch' 'did you mean .?nattch|-o help'
}

@test "an empty list of columns" {
	run_tool stat -o ''
	assert_usage_error stat '-o|--output'
	run_tool stat -o shmid,,bytes
	assert_usage_error stat '-o|--output'
}

@test "an unknown sort key" {
	run_tool stat --sort bogus
	assert_usage_error stat 'sort' 'bogus'
	run_tool stat --sort -bogus
	assert_usage_error stat 'sort' 'bogus'
	run_tool stat --sort ''
	assert_usage_error stat 'sort'
}

@test "an unknown time format gets those that there are" {
	run_tool stat --time-format bogus
	assert_usage_error stat '--time-format' 'bogus' 'iso' 'unix' 'relative'
}

@test "an unknown kind gets those that there are" {
	run_tool stat --kind bogus
	assert_usage_error stat '--kind' 'bogus' 'pshm' 'psem'
	for command in 'users --unnamed' 'usage --by kind' rm; do
		# shellcheck disable=SC2086 # words
		run_tool $command --kind bogus
		assert_usage_error "${command%% *}" 'bogus' 'dir or all' 'memfd' 'anon' 'removed' 'detached'
	done
	for command in users usage; do
		run_tool "$command" --help
		assert_output --regexp 'kinds: .*memfd, anon,.* removed, detached'
	done
	# Directories have no limits.
	run_tool limits --kind bogus
	assert_usage_error limits 'pmsg or all\)'
	run_tool stat --kind shm,bogus
	assert_usage_error stat '--kind' 'bogus'
	run_tool stat --kind ''
	assert_usage_error stat '--kind'
}

@test "invalid durations" {
	assert_bad_duration ''
	assert_bad_duration 10x
}

@test "one wrong option, and the right ones have no effect" {
	id=$("$HELPERS/make_keyed" 0 4096 600)
	run_tool set --mode 640 --owner no-such-user "$id"
	assert_usage_error set 'no-such-user'
	assert_equal "$(proc_shm "$id" perms)" 600
	run_tool rm "$id" --bogus
	assert_usage_error rm '--bogus'
	"$HELPERS/segment_control" "$id" rmid
}

@test "control characters in an argument do not reach the terminal" {
	for arguments in "create --size 1"$'\e[31m' "stat --kind x"$'\e[31m' "stat --x"$'\e[31m' "x"$'\e[31m' \
		"stat --owner x"$'\e[31m' "stat -o x"$'\e[31m' "stat --sort x"$'\e[31m'; do
		# shellcheck disable=SC2086 # a command line in words
		run_tool $arguments
		assert_failure 2
		assert_output ''
		refute_stderr_like $'\e'
	done
}

@test "an argument in invalid UTF-8 or with a newline keeps the message on its line" {
	run_tool stat --kind $'x\ny\xff'
	assert_usage_error stat '--kind'
	assert_equal "${#stderr_lines[@]}" 2
	assert_stderr_like 'x\\012y\\377'
}

@test "very long arguments" {
	word=$(printf 'x%.0s' {1..70000})
	for arguments in "stat $word" "stat --$word" "$word" "create --size $word" "stat -o $word" \
		"create --size 1 --posix $word" "stat --owner $word" "stat --kind $word"; do
		# shellcheck disable=SC2086
		run_tool $arguments
		assert_failure 2
		assert_output ''
	done
}

@test "create --exclusive of a private segment, which is always new" {
	run_tool create --size 4K --exclusive
	assert_usage_error create '--exclusive' '--key' '--posix'
}

@test "create --posix: sparse and populated cannot be combined" {
	run_tool create --size 4K --posix "$PREFIX_NAME" --noreserve --populate
	assert_usage_error create '--noreserve' '--populate'
}

@test "set: the group by --owner and by --group" {
	run_tool set --owner 0:0 --group 0 1
	assert_usage_error set '--owner' '--group'
}

@test "an argument to an option that takes none is refused as such" {
	run_tool stat --json=x
	assert_usage_error stat '--json: takes no argument$'
	# Also where the name is abbreviated.
	run_tool rm --dry=x 1
	assert_usage_error rm '--dry-run: takes no argument$'
}

@test "two of --json, --raw and --export" {
	run_tool stat --json --raw
	assert_usage_error stat "--json, --raw and --export can't be combined"
	run_tool stat --raw --export
	assert_usage_error stat "--json, --raw and --export can't be combined"
	run_tool limits --json --export
	assert_usage_error limits "--json, --raw and --export can't be combined"
}
