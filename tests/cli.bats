#!/usr/bin/env bats
# Common to all commands: help, version, abbreviations, --, quiet and verbose.

load test_helper
load truth

commands='create stat rm set limits'

setup() {
	common_setup
}

teardown() {
	common_teardown
}

@test "shmtool --help: to stdout, status 0, names every command" {
	run_tool --help
	assert_success
	assert_stderr_empty
	for command in $commands; do
		assert_output --regexp "(^|[^a-z])$command([^a-z]|\$)"
	done
}

@test "shmtool -h: is --help" {
	help=$("$SHMTOOL" --help)
	run_tool -h
	assert_success
	assert_output "$help"
}

@test "shmtool --version: to stdout, status 0" {
	run_tool --version
	assert_success
	assert_stderr_empty
	assert_output --regexp '^shmtool [0-9]+\.[0-9]'
	assert_equal "${#lines[@]}" 1
}

@test "shmtool COMMAND --version: the same" {
	version=$("$SHMTOOL" --version)
	for command in $commands; do
		run_tool "$command" --version
		assert_success
		assert_output "$version"
	done
}

@test "shmtool COMMAND --help and -h: to stdout, status 0, no effect" {
	for command in $commands ls; do
		run_tool "$command" --help
		assert_success
		assert_stderr_empty
		assert_output --partial 'shmtool'
		assert_output --partial -- '--help'
		help=$output
		run_tool "$command" -h
		assert_success
		assert_output "$help"
	done
	assert_unchanged
}

@test "shmtool COMMAND --help: is short" {
	for command in $commands; do
		run_tool "$command" --help
		assert_success
		[ "${#lines[@]}" -le 60 ] || fail "$command --help has ${#lines[@]} lines"
		assert_equal "$(awk 'length > 100' <<<"$output")" ''
	done
}

# assert_help COMMAND OPTION...: the help of a command has each of its options.
assert_help() {
	local command=$1 option
	shift

	run_tool "$command" --help
	assert_success
	for option; do
		grep -qE -e "(^|[^a-z-])$option([^a-z-]|\$)" <<<"$output" ||
			fail "$command --help does not have $option"
	done
}

@test "shmtool create --help: has every option" {
	assert_help create --size --key --ftok --posix --mode --exclusive --hugetlb --noreserve \
		--populate --lock --owner --from --help --quiet --verbose
}

@test "shmtool stat --help: has every option and filter" {
	assert_help stat --json --raw --export --output --sort --no-headings --human --time-format \
		--kind --owner --mine --creator --key --name --min-size --max-size --older-than --idle-for \
		--help --quiet --verbose -o -q -v -h
}

@test "shmtool rm --help: has every option" {
	assert_help rm --dry-run --verbose --quiet --help
}

@test "shmtool set --help: has every option" {
	assert_help set --mode --owner --group --size --lock --unlock --help
}

@test "shmtool limits --help: has every option" {
	assert_help limits --json --raw --export --output --human --help
}

@test "--help: wins over operands that are there, without touching them" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 4096
	run_tool rm --help "/$PREFIX_NAME"
	assert_success
	assert_output --partial -- --dry-run
	assert_object_exists "$PREFIX_NAME"
}

@test "long options may be abbreviated" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 4096
	run_tool stat --jso --out bytes --na "*$PREFIX_NAME"
	assert_success
	assert_equal "$(json -c .)" '[{"bytes":4096}]'
	run_tool set --mod 640 "/$PREFIX_NAME"
	assert_success
	assert_equal "$(object_stat "$PREFIX_NAME" %a)" 640
	run_tool rm --dry "/$PREFIX_NAME"
	assert_success
	assert_output "would remove /$PREFIX_NAME (4096 bytes)"
}

@test "long options take their argument after = or as the next word" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 4096
	run_tool stat --raw --no-headings --output=bytes --name="*$PREFIX_NAME"
	assert_success
	assert_output 4096
	run_tool stat --raw --no-headings --output bytes --name "*$PREFIX_NAME"
	assert_success
	assert_output 4096
}

@test "short options take their argument attached or as the next word" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 4096
	run_tool stat --raw --no-headings -obytes "/$PREFIX_NAME"
	assert_success
	assert_output 4096
	run_tool stat --raw --no-headings -o bytes "/$PREFIX_NAME"
	assert_success
	assert_output 4096
}

@test "short options may be joined" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 4096
	run_tool rm -qv "/$PREFIX_NAME"
	assert_success
	refute_object_exists "$PREFIX_NAME"
}

@test "options may follow operands" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 4096
	run_tool rm "/$PREFIX_NAME" --dry-run
	assert_success
	assert_output "would remove /$PREFIX_NAME (4096 bytes)"
	assert_object_exists "$PREFIX_NAME"
}

@test "-- ends the options" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 4096
	run_tool rm --dry-run -- "/$PREFIX_NAME"
	assert_success
	run_tool rm -- --dry-run "/$PREFIX_NAME"
	assert_usage_error rm '--dry-run'
	assert_object_exists "$PREFIX_NAME"
	run_tool rm -- "/$PREFIX_NAME"
	assert_success
	refute_object_exists "$PREFIX_NAME"
}

@test "of other options than filters the last wins" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 4096 600
	run_tool set --mode 666 --mode 640 "/$PREFIX_NAME"
	assert_success
	assert_equal "$(object_stat "$PREFIX_NAME" %a)" 640
	run_tool stat --raw --no-headings -o name -o bytes "/$PREFIX_NAME"
	assert_success
	assert_output 4096
}

@test "--quiet: never silences an error" {
	run_tool stat --quiet "/$PREFIX_NAME"
	assert_fails stat "/$PREFIX_NAME"
	run_tool stat --quiet --bogus
	assert_usage_error stat '--bogus'
}

@test "--quiet and --verbose are options of every command" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 4096
	run_tool stat -q "/$PREFIX_NAME"
	assert_success
	run_tool stat -v "/$PREFIX_NAME"
	assert_success
	run_tool limits -q
	assert_success
	run_tool limits -v
	assert_success
	run_tool set -q --mode 640 "/$PREFIX_NAME"
	assert_success
	run_tool set -v --mode 600 "/$PREFIX_NAME"
	assert_success
	assert_equal "$(object_stat "$PREFIX_NAME" %a)" 600
	run_tool create -q --posix "$PREFIX_NAME" --size 1
	assert_success
}

@test "the first word that begins with a dash belongs to stat" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 4096
	run_tool --raw --no-headings -o bytes --name "*$PREFIX_NAME"
	assert_success
	assert_output 4096
	run_tool --bogus
	assert_usage_error stat '--bogus'
}

@test "the program is called shmtool in messages, whatever its path" {
	cp "$SHMTOOL" "$BATS_TEST_TMPDIR/other-name"
	run --separate-stderr "$BATS_TEST_TMPDIR/other-name" stat /no-such-object
	assert_failure 1
	assert_stderr_like '^shmtool: stat: /no-such-object: '
}

@test "POSIXLY_CORRECT does no harm" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 4096
	export POSIXLY_CORRECT=1
	run_tool rm --dry-run "/$PREFIX_NAME"
	assert_success
	assert_output "would remove /$PREFIX_NAME (4096 bytes)"
	assert_object_exists "$PREFIX_NAME"
}

@test "--help: is printed despite errors after it" {
	for wrong in --unknown --size=0 '--mode 999' -Z; do
		# shellcheck disable=SC2086 # an option and its argument
		run_tool create --help $wrong
		assert_success
		assert_line --index 0 --partial 'Usage: shmtool create'
		assert_stderr_empty
	done
	run_tool create --version --unknown
	assert_success
}
