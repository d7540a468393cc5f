# An interactive shell on a pseudoterminal, and keys pressed in it.
# shellcheck shell=bash

# start_shell COMMAND: starts an interactive shell. Its prompt is "readyN$ ", with a number N that
# grows with each command line: a shell may print a prompt again, for example below a list, or when
# the size of the terminal changes. Its screen is the file screen; press_keys types.
start_shell() {
	require_command script
	mkfifo keys
	HOME=$PWD SHELL=/bin/sh timeout 120 script -qfec "$1" /dev/null <keys >screen 2>&1 3>&- &
	shell_pid=$!
	exec {keys}>keys
	# The first start of a shell that completes reads all of its functions.
	wait_until 60 first_prompt || fail "no prompt: $(cat -v screen)"
}

# first_prompt: sets prompt_number, if there is a prompt.
first_prompt() {
	local text
	IFS= read -r -d '' text <screen || true
	[[ $text =~ ready([0-9]+)\$' ' ]] && prompt_number=${BASH_REMATCH[1]}
}

# prompts NUMBER: whether the prompt with that number has been printed.
prompts() {
	local text
	IFS= read -r -d '' text <screen || true
	[[ $text == *"ready$1\$ "* ]]
}

press_keys() {
	printf '%s' "$1" >&"$keys"
}

# type_line KEYS: types a line, with Enter, and waits for the next prompt.
type_line() {
	press_keys "$1"$'\n'
	wait_until 20 prompts $((++prompt_number)) || fail "no prompt after $1: $(cat -v screen)"
}

leave_shell() {
	[[ ${shell_pid-} ]] || return 0
	press_keys $'\x03\nexit\n'
	exec {keys}>&-
	wait "$shell_pid" || true
	shell_pid=''
}

# assert_enters KEYS ARGUMENT...: after KEYS and Enter, shmtool gets these arguments.
assert_enters() {
	rm -f entered
	type_line "$1"
	shift
	assert_equal "$(cat entered)" "$(printf '%q ' "$@")"
}
