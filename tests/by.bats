#!/usr/bin/env bats
# The machine, control group and unit that memory belongs to, and totals by them.

load test_helper
load truth

node() {
	uname -n
}

@test "host: every command with columns prints the node name on request, in every format" {
	id=$(make_segment 4096)
	for command in stat users limits families 'stat --elements' "stat $id" "users --each"; do
		# shellcheck disable=SC2086 # some have operands
		run_tool $command -o help
		assert_line --regexp '^host '
	done
	run_tool stat --json -o host,ref
	assert_output "[
{\"host\":\"$(node)\",\"ref\":\"id:$id\"}
]"
	run_tool stat --raw --no-headings -o HOST
	assert_output "$(node)"
	run_tool stat --export -o host
	assert_output "HOST=\"$(node)\""
	run_tool stat --no-headings -o host
	assert_output "$(node)"
	run_tool limits --raw --no-headings -o host,limit --sort host
	assert_line --index 0 --regexp "^$(node) "
}

@test "host: + adds it to the default columns, also to those of details" {
	id=$(make_segment 4096)
	run_tool stat --json -o +host
	assert_output --partial "\"host\":\"$(node)\"}"
	assert_output --partial '"kind":"shm"'
	run_tool stat --json -o +host "$id"
	assert_output --partial "\"host\":\"$(node)\"}"
	assert_output --partial '"why"'
	run_tool stat -o +host "$id"
	assert_line --regexp "^ *host +$(node)\$"
	run_tool stat --json "$id"
	refute_output --partial '"host"'
	run_tool stat -o +nonsense "$id"
	assert_failure 2
}
