# An interactive shell on a pseudoterminal, and keys pressed in it.
# shellcheck shell=bash

# start_shell COMMAND: starts an interactive shell whose prompt is "ready$ ". Its screen is the file
# screen; press_keys types.
start_shell() {
	require_command script
	mkfifo keys
	HOME=$PWD SHELL=/bin/sh timeout 120 script -qfec "$1" /dev/null <keys >screen 2>&1 3>&- &
	shell_pid=$!
	exec {keys}>keys
	wait_until 10 prompts 1 || fail "no prompt: $(cat -v screen)"
}

# prompts COUNT: whether COUNT prompts have been printed.
prompts() {
	(($(grep -o 'ready\$ ' screen | wc -l) >= $1))
}

press_keys() {
	printf '%s' "$1" >&"$keys"
}

# type_line KEYS: types a line, with Enter, and waits for the next prompt.
type_line() {
	local count

	count=$(grep -o 'ready\$ ' screen | wc -l)
	press_keys "$1"$'\n'
	wait_until 10 prompts $((count + 1)) || fail "no prompt after $1: $(cat -v screen)"
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
