#!/usr/bin/env bats
# completions/_shmtool and completions/shmtool.fish: the effect of TAB in an interactive zsh and fish.
#
# Many strings here are command lines that another shell gets:
# shellcheck disable=SC1003,SC2016,SC2088

load test_helper
load truth
load keyboard

setup() {
	common_setup
	require_private_namespace
	PATH=$(dirname "$SHMTOOL"):$PATH
	export PATH
}

teardown() {
	leave_shell
	remove_segments
	common_teardown
}

# object NAME...: makes POSIX objects.
object() {
	local name

	for name in "$@"; do
		head -c 4096 /dev/zero >"/dev/shm/$name"
	done
}

# enter_zsh [COMMAND], enter_fish [COMMAND]: starts an interactive shell, in which COMMAND is
# executed first; shmtool, when entered, notes its arguments in the file entered.
enter_zsh() {
	require_command zsh
	cat >.zshrc <<-END
		fpath=('$SRCDIR/completions' \$fpath)
		autoload -Uz compinit
		compinit -u -C -d '$BATS_FILE_TMPDIR/compdump' # reads all functions in the first test only
		precmd() { PS1="ready\$((++prompts))\$ "; }
		PS2= RPS1=
		unsetopt beep prompt_sp zle_bracketed_paste 2>/dev/null
		unset zle_bracketed_paste
		stty cols 100 rows 50
		${1-}
		shmtool() { printf '%s\n' "\$@" >entered; }
	END
	ZDOTDIR=$PWD TERM=dumb start_shell 'zsh -d -i'
}

enter_fish() {
	require_command fish
	# An existing directory keeps fish from filling it in the background.
	mkdir -p config/fish {data,cache}/fish/generated_completions
	cat >config/fish/config.fish <<-END
		source '$SRCDIR/completions/shmtool.fish'
		function count_prompts --on-event fish_prompt; set -g prompts (math \$prompts + 1); end
		set -g prompts 0
		function fish_prompt; printf 'ready%s\$ ' \$prompts; end
		function fish_greeting; end
		stty cols 100 rows 50
		${1-}
		function shmtool; printf '%s\n' \$argv >entered; end
	END
	XDG_CONFIG_HOME=$PWD/config XDG_DATA_HOME=$PWD/data XDG_CACHE_HOME=$PWD/cache TERM=xterm start_shell 'fish -i'
}

# assert_notes KEYS ARGUMENT...: after KEYS and Enter, shmtool gets these arguments.
assert_notes() {
	rm -f entered
	type_line "$1"
	shift
	printf '%s\n' "$@" >expected
	cmp -s entered expected ||
		fail "entered: $(cat entered); $(tail -n 5 screen | cat -v)"
}

forms() { # the shell
	object 'two words' 'a:b' 'a:c'
	"$HELPERS/make_keyed" 0x46010004 4096 600
	mkdir -p files/directory
	touch 'files/two words' files/directory/inner
	"enter_$1"
	assert_notes $'shmtool lim\t' limits
	assert_notes $'shmtool stat --ke\t0x\t' stat --key=0x46010004
	assert_notes $'shmtool stat --out=shmi\t' stat --out=shmid
	assert_notes $'shmtool stat --family=podm\t' stat --family=podman
	assert_notes $'shmtool rm /t\t' rm '/two words'
	assert_notes $'shmtool rm "/t\t' rm '/two words'
	assert_notes $'shmtool rm /two\\ w\t' rm '/two words'
	assert_notes $'shmtool rm \'/two w\t' rm '/two words'
	assert_notes $'shmtool create --from files/tw\t' create --from 'files/two words'
	assert_notes $'shmtool create --from=files/tw\t' create '--from=files/two words'
	assert_notes $'shmtool stat --dir=files/d\t.' stat --dir=files/directory/.
	assert_notes $'shmtool guard -- rmdir files/d\t.' guard -- rmdir files/directory/.
	assert_notes $'$SHMTOOL __complete >/dev/null; shmtool rm /a:\tb' rm /a:b
}

@test "completion in zsh: words, lists, quotes, files and programs" {
	forms zsh
}

@test "completion in fish: words, lists, quotes, files and programs" {
	forms fish
}

lists() { # the shell
	object shmtool-one shmtool-two
	me=$(id -un)
	"enter_$1"
	press_keys $'shmtool rm /shmtool-\t'
	wait_until 10 grep -q "two .*4K, $me" screen || fail "$(cat -v screen)"
	grep -q "one .*4K, $me" screen
}

@test "completion in zsh: TAB lists live objects with size and owner" {
	lists zsh
}

list_ids() { # the shell
	local id other
	id=$(make_segment 4096)
	other=$(make_segment 8192)
	"enter_$1"
	press_keys $'shmtool rm id:\t'
	wait_until 20 grep -q "$id.*4K, $me" screen || fail "$(cat -v screen)"
	wait_until 20 grep -q "$other.*8K, $me" screen || fail "$(cat -v screen)"
}

@test "completion in zsh: TAB lists ids of segments with size and owner" {
	list_ids zsh
}

@test "completion in fish: TAB lists ids of segments with size and owner" {
	list_ids fish
}

@test "completion in fish: TAB lists live objects with size and owner" {
	lists fish
}

# link_tools: ipcs and ipcrm in the directory bin are links to shmtool, and ipcmk is another program.
link_tools() {
	mkdir bin
	ln -s "$SHMTOOL" bin/ipcs
	ln -s "$SHMTOOL" bin/ipcrm
	printf '#!/bin/sh\n' >bin/ipcmk
	chmod 755 bin/ipcmk
}

links() { # the shell
	local id
	id=$(make_segment 4096)
	assert_notes $'ipcs --sema\t' --semaphores
	assert_notes $'bin/ipcs --sema\t; ipcs --sema\t' --semaphores
	assert_notes $'ipcrm --shmem-id \t' --shmem-id "$id"
}

@test "completion in zsh: ipcs, ipcrm and ipcmk, only if they are links to shmtool" {
	link_tools
	enter_zsh "PATH=$PWD/bin:\$PATH
		for tool in ipcs ipcrm ipcmk; do functions[\$tool]='shmtool \"\$@\"'; done"
	links
	touch -- --shmem-file
	assert_notes $'ipcmk --shme\t' --shmem-file
	ln -sf "$SHMTOOL" bin/ipcmk
	assert_notes $'ipcmk --shme\t4K' --shmem=4K
}

@test "completion in fish: ipcs, ipcrm and ipcmk, with the links of make install-compat" {
	link_tools
	mkdir -p data/fish/vendor_completions.d
	for name in ipcs ipcrm ipcmk; do
		ln -s "$SRCDIR/completions/shmtool.fish" "data/fish/vendor_completions.d/$name.fish"
	done
	enter_fish "set --prepend PATH $PWD/bin
		for tool in ipcs ipcrm ipcmk; function \$tool; shmtool \$argv; end; end"
	links
	assert_notes $'ipcmk --shme\t4K' --shmem=4K
}

hostile() { # the shell
	local name

	object '$(touch injected)' '`touch injected`' '; touch injected' "q'r\"s" $'new\nline' '*'
	"enter_$1"
	for name in '$' '`' ';' q new '*'; do
		press_keys "shmtool rm '/$name"$'\t\t\t\x15'
		press_keys "shmtool rm /\\$name"$'\t\t\t\x15'
	done
	assert_notes 'shmtool finished' finished
	refute [ -e injected ]
}

@test "completion in zsh: hostile names are not evaluated" {
	hostile zsh
}

@test "completion in fish: hostile names are not evaluated" {
	hostile fish
}
