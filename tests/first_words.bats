#!/usr/bin/env bats
# The first words of users of other tools: they work, or suggest the right word.
#
# shellcheck disable=SC2016,SC2154 # expanded by the inner shell; stderr is set by run

load test_helper
load truth

@test "shmtool help and help COMMAND: are --help" {
	help=$("$SHMTOOL" --help)
	run_tool help
	assert_success
	assert_output "$help"
	for command in stat rm ipcs ls list; do
		help=$("$SHMTOOL" "$command" --help)
		run_tool help "$command"
		assert_success
		assert_stderr_empty
		assert_output "$help"
	done
	run_tool help frobnicate
	assert_failure 2
	assert_stderr_like 'frobnicate: unknown command'
}

@test "shmtool -V and COMMAND -V: the version" {
	version=$("$SHMTOOL" --version)
	for command in '' stat rm create write; do
		run_tool ${command:+"$command"} -V
		assert_success
		assert_output "$version"
	done
}

@test "list, remove and delete: work as stat and rm" {
	id=$(make_segment 4096)
	run_tool list --raw --no-headings -o ref "$id"
	assert_success
	assert_output "id:$id"
	run_tool remove "$id"
	assert_success
	run proc_shm "$id" size
	assert_failure
	id=$(make_segment 4096)
	run_tool delete "$id"
	assert_success
	run proc_shm "$id" size
	assert_failure
}

@test "the completion of help offers commands" {
	run_tool __complete help at
	assert_success
	assert_output --partial attach
	run_tool __complete hel
	assert_output --partial help
}

@test "suggestions are near: no word that only shares some letters" {
	for word in key wash lost mist sets2x; do
		run_tool "$word"
		assert_failure 2
		refute_stderr_like 'did you mean'
	done
	for pair in mr:rm sst:set craete:create atach:attach prob-pages:probe-pages ipcz:ipcs; do
		run_tool "${pair%:*}"
		assert_failure 2
		assert_stderr_like "did you mean ${pair#*:}"
	done
	run_tool stat --kez 1
	assert_usage_error stat 'did you mean --key'
	run_tool stat --xy
	assert_usage_error stat 'unknown option$'
}

@test "create and read: options of ipcmk, head and others name the right option" {
	for option in --name=/foo -n; do
		run_tool create --size 1M "$option"
		assert_usage_error create 'unknown option' '--posix /NAME'
	done
	run_tool create -M 4096
	assert_usage_error create 'unknown option' '--size BYTES'
	run_tool create -Q
	assert_usage_error create 'unknown option' 'shmtool ipcmk -Q'
	run_tool create -S 3
	assert_usage_error create 'unknown option' 'shmtool ipcmk -S NUMBER'
	for option in -n -c; do
		run_tool read "$option" 5 /foo
		assert_usage_error read 'unknown option' '--length BYTES'
	done
}

@test "create with an operand names the option that it belongs to" {
	run_tool create /foo --size 1M
	assert_usage_error create "'/foo'" '--posix /foo'
	run_tool create 1M
	assert_usage_error create '--size 1M'
	run_tool create 0x46010004 --size 1M
	assert_usage_error create '--key 0x46010004'
	run_tool create key:-5 --size 1M
	assert_usage_error create '--key -5'
	run_tool create ftok:/tmp:3 --size 1M
	assert_usage_error create '--ftok /tmp:3'
}

@test "a bare word is led to the object of that name" {
	run_tool rm foo
	assert_usage_error rm '\(for the POSIX object: /foo\)'
	"$HELPERS/sem_make" "/$PREFIX_NAME" 1
	run_tool stat "$PREFIX_NAME"
	assert_usage_error stat "psem:/$PREFIX_NAME"
	"$HELPERS/make_object" "/$PREFIX_NAME" 4096
	: >"$PREFIX_NAME"
	run_tool read "$PREFIX_NAME"
	assert_usage_error read "object: /$PREFIX_NAME"
	rm "/dev/shm/$PREFIX_NAME"
	run_tool read foo
	assert_usage_error read '/foo'
	: >foo
	run_tool read foo
	assert_usage_error read '\./foo'
}

@test "a pattern is led to --name where there are filters" {
	run_tool rm '*'
	assert_usage_error rm "--name '\*'"
	run_tool read '*'
	assert_usage_error read 'is not a REF'
	refute_stderr_like '--name'
}

@test "options of ipcs and ipcrm lead to the right word" {
	id=$(make_segment 4096)
	run_tool rm -m "$id"
	assert_usage_error rm 'to name a segment, use its id' 'ipcrm'
	run_tool rm -a
	assert_usage_error rm '--unused'
	run_tool stat -l
	assert_usage_error stat 'shmtool limits'
	run_tool stat -m
	assert_usage_error stat '--kind shm'
	run_tool read -m "$id"
	assert_usage_error read 'to name a segment, use its id'
	run_tool attach --addr=0x1000 "$id"
	assert_usage_error attach '--at ADDRESS'
	run_tool attach --addr 0x1000 "$id"
	assert_usage_error attach '--at ADDRESS'
	assert_equal "$(proc_shm "$id" size)" 4096
}

@test "write with an unexpected operand suggests --string" {
	run_tool write key:1234 hello
	assert_usage_error write "--string 'hello'"
}

@test "a number that is a key and not an id suggests the key" {
	id=$("$HELPERS/make_keyed" 1174470660 4096 600)
	for command in stat rm read 'write --string x' attach 'set --mode 600'; do
		# shellcheck disable=SC2086 # a command and its options
		run_tool $command 1174470660
		assert_fails "${command%% *}" 'no such segment with this id' 'key:1174470660$'
	done
	run_tool users 1174470660
	assert_failure 1
	assert_stderr_like 'key:1174470660$'
	ipcrm -m "$id"
	run_tool stat 1174470660
	assert_fails stat 'no such segment$'
}

@test "a number that can only be a key leads to it" {
	id=$("$HELPERS/make_keyed" 0x94290002 4096 600)
	run_tool stat 2485714946
	assert_usage_error stat 'key:2485714946'
	run_tool stat id:0x94290002
	assert_usage_error stat 'not an id' 'key:0x94290002'
	run_tool stat -- -1809252350
	assert_usage_error stat 'key:-1809252350'
	run_tool stat -1809252350
	assert_usage_error stat 'key:-1809252350'
	for ref in key:-1809252350 key:2485714946 key:0x94290002 0x94290002; do
		run_tool stat --raw --no-headings -o ref "$ref"
		assert_success
		assert_output "id:$id"
	done
}

@test "a number that is a key and not an id of a queue suggests the key" {
	key=0
	# ipcmk makes any key, and half of them are negative.
	while ((key <= 0)); do
		id=$(ipcmk -Q | grep -o '[0-9]*$')
		key=$(proc_msg "$id" key)
	done
	run_tool stat "msg:$key"
	assert_fails stat "msg:key:$key"
}

@test "rm -i shows the meaning of an empty answer" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 1
	run_apart bash -c 'echo | "$SHMTOOL" rm -i "$0"' "/$PREFIX_NAME"
	assert_success
	assert_regex "$stderr" '\(1 byte, owned by [^)]*\)\? \[y/N\]'
	assert_object_exists "$PREFIX_NAME"
}

@test "1 byte is singular in all messages" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 1
	run_tool rm -n "/$PREFIX_NAME"
	assert_output "would remove /$PREFIX_NAME (1 byte)"
	run_tool write "/$PREFIX_NAME" --string ab
	assert_fails write '2 bytes don.t fit .* has 1 byte\)'
	run_tool write "/$PREFIX_NAME" --offset 1 --string a
	assert_fails write '1 byte doesn.t fit'
	run_tool read "/$PREFIX_NAME" --offset 2
	assert_fails read 'there are|is 1 byte'
	run_apart bash -c '"$SHMTOOL" read "$0" --length 2 --format hex >out' "/$PREFIX_NAME"
	assert_failure 1
	assert_stderr_like 'only 1 of 2 bytes'
	run_tool stat -v "/$PREFIX_NAME"
	assert_success
	run_tool create --posix "/$PREFIX_NAME" --size 2
	assert_fails create 'already exists with 1 byte,'
	run_tool write "/$PREFIX_NAME-c" --create --string a -v
	assert_success
	assert_stderr_like 'created with 1 byte$' 'wrote 1 byte at'
	run_apart bash -c 'printf ab | "$SHMTOOL" write "$0"' "/$PREFIX_NAME"
	assert_fails write '1 byte was written'
	refute_stderr_like '[^0-9]1 bytes'
}

@test "read, write and probe-pages say that a segment is marked for destruction" {
	id=$(make_segment 4096)
	background "$HELPERS/hold_segment" "$id"
	wait_until 20 grep -q holding "$BATS_TEST_TMPDIR/background.out"
	ipcrm -m "$id"
	for command in 'read --length 1' 'write --string x' probe-pages; do
		# shellcheck disable=SC2086 # a command and its options
		run_apart bash -c "\"\$SHMTOOL\" $command $id >out"
		assert_success
		assert_stderr_like "^shmtool: ${command%% *}: id:$id: is marked for destruction"
	done
}

@test "-k takes a key in every command that filters or makes" {
	id=$("$HELPERS/make_keyed" 0x46010004 4096 600)
	run_tool stat -k 0x46010004 --raw --no-headings -o ref
	assert_success
	assert_output "id:$id"
	run_tool create -k 0x46010004 --size 4K
	assert_success
	assert_output "$id"
	run_tool rm -n -k 0x46010004 --raw --no-headings
	assert_success
	assert_output --partial "$id"
}
