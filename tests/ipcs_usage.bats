#!/usr/bin/env bats
# ipcs: usage errors, in util-linux's words; the names it is called by; and a
# standard output that is full, closed, or not read.

load test_helper
load truth
load classic

# compare_called NAME ARGUMENT...: with NAME as argv[0], which shows in some messages. Only where
# util-linux's tool is a program, not a script: that could not know.
compare_called() {
	local name=$1
	shift

	run_in "$theirs" theirs root bash -c 'exec -a "$@"' bash "$name" "$theirs/ipcs" "$@"
	run_in "$ours" ours root bash -c 'exec -a "$@"' bash "$name" "$ours/ipcs" "$@"
	ran "$name"
	judge "root: $name $*" out err status
	((++compared))
}

@test "ipcs: unknown and ambiguous options, unexpected and missing arguments" {
	require_peer ipcs
	for words in -z -1 '-m -z' -mz -zm -zy --foo --foo=bar --s --se --sh --sem=1 --h --hu=1 --b=1 --c --co \
		--cr=x --t=1 --l= --li=2 --id --i -i -mi '-m -i' --pid=1 --a=b --all= --shmems=1 --v=1 --help=1 \
		--version=2 -- '-- -z' '-m -- -i' '--foo --bar' '-z -y' -? '-m -?' --m --sum --summ --summary=1 \
		--time-format --hum --huma=n --bytess --IDs -M -Q -S -A -T -H -x -9; do
		read -ra words <<<"$words"
		compare ipcs "${words[@]}"
	done
	compare ipcs ''
	compare ipcs -m ''
	compare ipcs -
	compare ipcs - -m
	compare ipcs --=
	compare ipcs --=x
	compare ipcs $'-\t'
	compare ipcs $'-\303\274'
	compare ipcs $'--\303\274'
	compare ipcs $'-\377'
	compare ipcs $'--x\033[31m'
	assert_same 65
}

@test "ipcs: operands are passed over" {
	require_peer ipcs
	start_objects 3
	for words in foo 'foo -m' '-m foo' '-m foo -t' 'foo bar' '-m -- foo' '0 -m' '-m 0' '-l foo' \
		'-m -- -t' '-- -m' 'foo -z' '-i 0 foo -m' '- -m'; do
		read -ra words <<<"$words"
		compare ipcs "${words[@]}"
		POSIXLY_CORRECT=1 compare ipcs "${words[@]}"
		POSIXLY_CORRECT='' compare ipcs "${words[@]}"
	done
	assert_same 42
}

@test "ipcs: environment variables of other tools change nothing" {
	require_peer ipcs
	start_objects 3
	COLUMNS=20 compare ipcs
	LINES=2 compare ipcs
	BLOCK_SIZE=1024 compare ipcs -m
	LC_NUMERIC=de_DE.UTF-8 compare ipcs -l --human
	TERM=xterm NO_COLOR=1 compare ipcs -u
	assert_same 5
}

@test "ipcs: unprivileged, the same is wrong with a command line" {
	require_peer ipcs
	require_root
	for words in -z --s '-i 0' '-m -i x' '-m -i' '-m -i 99' '-q -i 99' '-s -i 99' foo; do
		read -ra words <<<"$words"
		compare_as user ipcs "${words[@]}"
	done
	assert_same 9
}

@test "ipcs >/dev/full, >&-, 2>/dev/full, 2>&-" {
	require_peer ipcs
	# Of a long listing that can't be written, util-linux's prints no cause: classic_differences.bats.
	start_objects 3
	for words in '' -m -l -u '-m -i 0' '-m -i 99' -z '-i 5' '-m -i x' --s foo; do
		read -ra words <<<"$words"
		stdout_is=full compare ipcs "${words[@]}"
		stdout_is=closed compare ipcs "${words[@]}"
		stderr_is=full compare ipcs "${words[@]}"
		stderr_is=closed compare ipcs "${words[@]}"
		stdout_is=full stderr_is=full compare ipcs "${words[@]}"
		stdout_is=closed stderr_is=closed compare ipcs "${words[@]}"
	done
	assert_same 66
}

@test "ipcs: a pipe without a reader" {
	require_peer ipcs
	start_objects 3
	for words in '' -m -l -u '-m -i 99' -z; do
		read -ra words <<<"$words"
		for signal in default ignore; do
			run_in "$theirs" theirs root "$HELPERS/closed_pipe" "$signal" ipcs "${words[@]}"
			run_in "$ours" ours root "$HELPERS/closed_pipe" "$signal" ipcs "${words[@]}"
			judge "SIGPIPE $signal: ipcs ${words[*]}" out err status
			((++compared))
		done
	done
	assert_same 12
}

@test "ipcs: stdout and stderr to one file are in the same order" {
	require_peer ipcs
	start_objects 3
	for words in '-m -i 99' -z '-q -i 0' ''; do
		read -ra words <<<"$words"
		for who in theirs ours; do
			run_in "${!who}" "$who" root bash -c 'ipcs "$@" 2>&1' bash "${words[@]}"
		done
		judge "ipcs ${words[*]} 2>&1" out status
		((++compared))
	done
	assert_same 4
}

@test "ipcs: it is chosen by the last part of the name that the program is called by" {
	run --separate-stderr "$ours/ipcs" -m
	assert_success
	assert_output --partial '------ Shared Memory Segments --------'

	for name in ipcs ./ipcs /somewhere/else/ipcs ../ipcs; do
		run --separate-stderr bash -c 'exec -a "$@"' bash "$name" "$SHMTOOL" -q
		assert_success
		assert_output --partial '------ Message Queues --------'
	done
	for name in shmtool lsipcs ipcs.old ipcss IPCS -ipcs; do
		run bash -c 'exec -a "$@"' bash "$name" "$SHMTOOL" --version
		assert_success
		assert_output --regexp '^shmtool [0-9]'
	done
}

@test "ipcs: of the name it is called by, getopt shows all, and the other messages the last part" {
	run --separate-stderr bash -c 'exec -a /somewhere/ipcs "$0" -z' "$SHMTOOL"
	assert_failure 1
	assert_output ''
	assert_equal "$stderr" "/somewhere/ipcs: invalid option -- 'z'
Try 'ipcs --help' for more information."

	run --separate-stderr bash -c 'exec -a /somewhere/ipcs "$0" -i 0' "$SHMTOOL"
	assert_failure 1
	assert_equal "$stderr" 'ipcs: when using an ID, a single resource must be specified'

	run --separate-stderr bash -c 'exec -a /somewhere/ipcs "$0" -m -i 99' "$SHMTOOL"
	assert_success
	assert_equal "$stderr" 'ipcs: id 99 not found'
}

@test "ipcs: util-linux's shows as much of the name it is called by" {
	require_peer ipcs
	[[ $(LC_ALL=C grep -c $'^\177ELF' "$theirs/ipcs") -gt 0 ]] ||
		skip "needs util-linux's ipcs itself, not a script that runs it"
	for name in ipcs /somewhere/ipcs ./ipcs; do
		for words in -z --s '-m -i' -i '-i 0' '-m -i 99' '-m -i x' --id= ''; do
			read -ra words <<<"$words"
			compare_called "$name" "${words[@]}"
		done
	done
	assert_same 27
}
