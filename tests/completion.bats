#!/usr/bin/env bats
# completions/shmtool.bash: the effect of TAB on a command line. Most tests call the function as bash
# does, in a shell with and one without the bash-completion package; the last ones press the keys
# in an interactive bash on a pseudoterminal.
#
# Many strings here are command lines that another shell gets:
# shellcheck disable=SC1003,SC2088
# Takes 70 seconds.

load test_helper
load truth
load keyboard

setup() {
	common_setup
	require_private_namespace
	COMPLETION=$SRCDIR/completions/shmtool.bash
	PACKAGE=/usr/share/bash-completion/bash_completion
	PATH=$(dirname "$SHMTOOL"):$PATH
	export COMPLETION PATH
	unset COLUMNS
}

teardown() {
	leave_shell
	remove_segments
	common_teardown
}

#
# In a clean bash, these functions stand for readline. A | in a LINE is the cursor; without one it
# is at the end.
#

# split_line: sets COMP_WORDS, COMP_CWORD, open (a quote) and region, the text that a completion replaces.
split_line() {
	local text=${COMP_LINE:0:COMP_POINT} character word='' i start=0 open_start=0

	COMP_WORDS=() open=''
	for ((i = 0; i < ${#text}; i++)); do
		character=${text:i:1}
		if [[ $character == \\ && $open != \' ]]; then
			word+=$character${text:i+1:1}
			((i += 1))
		elif [[ $open || $character == [\'\"] ]]; then
			word+=$character
			if [[ ! $open ]]; then
				open=$character open_start=$((i + 1))
			elif [[ $open == "$character" ]]; then
				open=''
			fi
		elif [[ $character == ' ' || $COMP_WORDBREAKS == *"$character"* ]]; then
			[[ ! $word ]] || COMP_WORDS+=("$word")
			[[ $character == ' ' ]] || COMP_WORDS+=("$character")
			word='' start=$((i + 1))
		else
			word+=$character
		fi
	done
	COMP_WORDS+=("$word")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	[[ ! $open ]] || start=$open_start
	region=${text:start}
}

# complete_line TYPE LINE: calls the function; sets COMPREPLY and options.
complete_line() {
	COMP_TYPE=$1 COMP_KEY=9
	COMP_LINE=${2/|/} COMP_POINT=${2%%|*}
	COMP_POINT=${#COMP_POINT}
	COMP_WORDBREAKS=${WORDBREAKS-$' \t\n"\'@><=;|&(:'}
	options=''
	split_line
	COMPREPLY=(left behind)
	_shmtool shmtool "$region" "${COMP_WORDS[COMP_CWORD - 1]}"
}

compopt() {
	options+=" $2"
}

# read_names: sets COMPREPLY to the names of files, where the function leaves them to readline.
read_names() {
	local action

	((${#COMPREPLY[@]} == 0)) || return 0
	case $options in
	*' default'*) action=-f ;;
	*' dirnames'*) action=-d ;;
	*) return 0 ;;
	esac
	mapfile -t COMPREPLY < <(compgen "$action" -- "$region" | LC_ALL=C sort)
}

# replies TYPE LINE: prints the replies of the function, one per line.
replies() {
	complete_line "$@"
	read_names
	((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
}

# press_tab LINE: sets line to the result of readline.
press_tab() {
	local reply common

	complete_line 9 "$1"
	read_names
	line=${COMP_LINE:0:COMP_POINT}
	((${#COMPREPLY[@]})) || return
	common=${COMPREPLY[0]}
	for reply in "${COMPREPLY[@]}"; do
		while [[ $reply != "$common"* ]]; do
			common=${common%?}
		done
	done
	if [[ $common ]]; then
		line=${line%"$region"}
		# A quote is not opened twice.
		[[ ! $open || $region || $common != "$open"* ]] || line=${line%"$open"}
		line+=$common
	fi
	if ((${#COMPREPLY[@]} == 1)); then
		[[ ! $open || $line == *"$open" ]] || line+=$open
		[[ $options == *nospace* ]] || line+=' '
	fi
	line+=${COMP_LINE:COMP_POINT}
}

# becomes LINE: prints the result of readline between bars.
becomes() {
	press_tab "$1"
	printf '|%s|\n' "$line"
}

#
# Around that
#

# drive_with LIBRARY FUNCTION ARGUMENT...: calls one of them, in a shell with the package or, if
# LIBRARY is /dev/null, without it. Sets output as run does.
drive_with() {
	local functions
	functions=$(declare -f split_line complete_line read_names compopt replies press_tab becomes "$2")

	run timeout 60 bash --norc -c "$functions"'
		source "$0" >/dev/null
		source "$COMPLETION"
		[[ $(complete -p shmtool) == "complete -F _shmtool shmtool" ]] || exit
		"$@"' "$@"
	assert_success
}

# drive FUNCTION ARGUMENT...: in a shell without the package and, where there is one, in another
# with it: both say the same.
drive() {
	local library='' before=''

	for library in /dev/null "$PACKAGE"; do
		[ -r "$library" ] || continue
		drive_with "$library" "$@"
		[ "$library" = /dev/null ] || assert_equal "$output" "$before"
		before=$output
	done
}

# assert_becomes LINE RESULT: pressing TAB in LINE makes RESULT of it.
assert_becomes() {
	drive becomes "$1"
	assert_output "|$2|"
}

# assert_replies LINE [REPLY...]: pressing TAB offers just these.
assert_replies() {
	drive replies 9 "$1"
	shift
	assert_output "$(printf '%s\n' "$@")"
}

# assert_lists LINE ENTRY...: pressing TAB twice lists just these.
assert_lists() {
	drive replies 63 "$1"
	shift
	assert_output "$(printf '%s\n' "$@")"
}

# object NAME...: POSIX objects of 4 KiB.
object() {
	local name

	for name; do
		"$HELPERS/make_object" "/$name" 4096
	done
}

# fake_program ANSWER: a shmtool that says ANSWER to __complete_bash, and notes in the file asked
# which words it got, quoted for a shell.
fake_program() {
	mkdir -p fake
	printf '%s' "$1" >fake/answer
	cat >fake/shmtool <<-'END'
		#!/bin/bash
		printf '%q ' "${@:5}" >"${0%/*}/asked"
		cat "${0%/*}/answer"
	END
	chmod +x fake/shmtool
	PATH=$PWD/fake:$PATH
}

# assert_asks LINE WORD...: for LINE, the program is asked with these words, as they are typed.
assert_asks() {
	rm -f fake/asked
	drive replies 9 "$1"
	shift
	assert_equal "$(cat fake/asked)" "$(printf '%q ' "$@")"
}

#
# Words
#

@test "completion: commands" {
	assert_becomes 'shmtool lim' 'shmtool limits '
	drive replies 9 'shmtool '
	assert_line stat
	assert_line create
	refute_line __complete
}

@test "completion: options of a command" {
	assert_becomes 'shmtool rm --dr' 'shmtool rm --dry-run '
	assert_becomes 'shmtool --js' 'shmtool --json '
	assert_becomes 'shmtool rm --zzz' 'shmtool rm --zzz'
}

@test "completion: an option with an argument ends in = and no blank" {
	assert_becomes 'shmtool stat --ow' 'shmtool stat --owner='
}

@test "completion: arguments of options, as the next word" {
	assert_becomes 'shmtool stat --owner nobo' 'shmtool stat --owner nobody'
	assert_becomes 'shmtool stat --own nobo' 'shmtool stat --own nobody'
	assert_becomes 'shmtool stat --sort nat' 'shmtool stat --sort nattch '
}

@test "completion: arguments of options, after =" {
	"$HELPERS/make_keyed" 0x46010004 4096 600
	assert_replies 'shmtool stat --key=0x4' 0x46010004
	assert_becomes 'shmtool stat --key=0x4' 'shmtool stat --key=0x46010004'
	assert_becomes 'shmtool stat --key=' 'shmtool stat --key=0x46010004'
	assert_becomes 'shmtool stat --own=nobo' 'shmtool stat --own=nobody'
	assert_becomes 'shmtool stat --key="0x4' 'shmtool stat --key="0x46010004"'
	assert_becomes "shmtool stat '--key=0x4" "shmtool stat '--key=0x46010004'"
}

@test "completion: arguments of short options, also after others in one word" {
	"$HELPERS/make_keyed" 0x46010004 4096 600
	assert_becomes 'shmtool stat -k 0x' 'shmtool stat -k 0x46010004'
	assert_becomes 'shmtool stat -JHk 0x' 'shmtool stat -JHk 0x46010004'
}

@test "completion: where = and : are no word breaks" {
	"$HELPERS/make_keyed" 0x46010004 4096 600
	"$HELPERS/sem_make" /shmtool-test 1
	export WORDBREAKS=$' \t\n"\'><;|&('
	assert_replies 'shmtool stat --key=0x4' --key=0x46010004
	assert_replies 'shmtool rm psem:/s' psem:/shmtool-test
}

@test "completion: after a colon" {
	"$HELPERS/sem_make" /shmtool-test 1
	object 'a:b:c' 'a:b:d'
	assert_replies 'shmtool rm psem:' /shmtool-test
	assert_becomes 'shmtool rm psem:' 'shmtool rm psem:/shmtool-test '
	queue=$("$HELPERS/queue_control" make 0 600)
	assert_replies 'shmtool rm msg:' "$queue"
	assert_becomes 'shmtool rm m' "shmtool rm msg:$queue "
	assert_becomes 'shmtool stat --kind m' 'shmtool stat --kind msg'
	assert_becomes "shmtool rm 'psem:" "shmtool rm 'psem:/shmtool-test' "
	assert_becomes 'shmtool rm /a' 'shmtool rm /a:b:'
	assert_replies 'shmtool rm /a:b:' c d
	assert_becomes 'shmtool rm /a\:b:c' 'shmtool rm /a\:b:c '
}

@test "completion: owner and group" {
	assert_becomes 'shmtool set --owner nobody:nog' 'shmtool set --owner nobody:nogroup '
	assert_becomes 'shmtool set --owner=nobody:nog' 'shmtool set --owner=nobody:nogroup '
}

@test "completion: a word of a list gets no blank, another may follow" {
	assert_becomes 'shmtool stat -o nat' 'shmtool stat -o nattch'
	assert_becomes 'shmtool stat -rHo nat' 'shmtool stat -rHo nattch'
	assert_becomes 'shmtool stat -o shmid,nat' 'shmtool stat -o shmid,nattch'
	assert_becomes 'shmtool stat -o +nat' 'shmtool stat -o +nattch'
	assert_becomes 'shmtool stat --out=shmid,nat' 'shmtool stat --out=shmid,nattch'
	assert_becomes 'shmtool stat --kind ps' 'shmtool stat --kind ps'
	assert_becomes 'shmtool stat --kind psh' 'shmtool stat --kind pshm'
	assert_becomes 'shmtool stat --owner root,nobo' 'shmtool stat --owner root,nobody'
	assert_becomes "shmtool stat --owner 'root,!nobo" "shmtool stat --owner 'root,!nobody'"
	assert_becomes 'shmtool rm --kind \!psh' 'shmtool rm --kind \!pshm'
	assert_becomes 'shmtool map-file --prot r,w' 'shmtool map-file --prot r,w'
	assert_becomes 'shmtool map-file --prot=r,x' 'shmtool map-file --prot=r,x'
}

@test "completion: ids, names and keys" {
	id=$(new_segment 4096)
	object shmtool-one
	"$HELPERS/make_keyed" 0x46010004 4096 600
	assert_becomes 'shmtool rm /' 'shmtool rm /shmtool-one '
	assert_becomes 'shmtool rm 0x' 'shmtool rm 0x46010004 '
	drive replies 9 'shmtool rm '
	assert_line "$id"
	assert_line /shmtool-one
}

@test "completion: operands after operands and options, and after --" {
	object shmtool-one
	assert_becomes 'shmtool rm -v /a /shm' 'shmtool rm -v /a /shmtool-one '
	assert_becomes 'shmtool set --mode 600 /shm' 'shmtool set --mode 600 /shmtool-one '
	assert_becomes 'shmtool rm -- /shm' 'shmtool rm -- /shmtool-one '
	assert_replies 'shmtool rm -- -'
}

@test "completion: in the middle of a line, and of a word" {
	object shmtool-one
	assert_becomes 'shmtool rm /shm| --dry-run' 'shmtool rm /shmtool-one  --dry-run'
	assert_becomes 'shmtool st| --json' 'shmtool stat  --json'
	assert_becomes 'shmtool rm /shm|xyz' 'shmtool rm /shmtool-one xyz'
	assert_becomes 'shmtool rm --verb| -- /shm' 'shmtool rm --verbose  -- /shm'
}

@test "completion: the words as they are typed, without redirections" {
	fake_program ''
	assert_asks 'shmtool ' ''
	assert_asks 'shmtool rm --key=0x1' rm --key=0x1
	assert_asks 'shmtool rm --key=' rm --key=
	assert_asks 'shmtool rm psem:/a' rm psem:/a
	assert_asks 'shmtool rm psem: ' rm psem: ''
	assert_asks 'shmtool   rm    a : b' rm a : b
	assert_asks 'shmtool rm --key = 0' rm --key = 0
	assert_asks "shmtool rm 'a b' \"c d\" e\\ f '' g" rm "'a b'" '"c d"' 'e\ f' "''" g
	assert_asks "shmtool rm 'a:b'=c \"d=e" rm "'a:b'=c" '"d=e'
	assert_asks 'shmtool rm /größe/日本 x' rm /größe/日本 x
	assert_asks 'shmtool rm 2>/dev/null a >b <c d' rm a d
	assert_asks 'shmtool rm a >b:c=d e' rm a e
	assert_asks '  shmtool rm a' rm a
	assert_asks 'shmtool rm a|b c' rm a
}

@test "completion: the command line is not evaluated" {
	fake_program $':words\n/$(touch injected)x\n'
	drive replies 9 'shmtool rm $(touch${IFS}injected) `touch injected` a'
	drive replies 9 'shmtool rm "$(touch injected)'
	drive replies 9 'shmtool rm /$(touch'
	drive replies 9 'shmtool rm a[$(touch injected)]'
	drive replies 9 '$(touch injected) rm '
	drive replies 9 '`touch injected` rm '
	assert_becomes 'shmtool rm /' 'shmtool rm /$(touch injected)x '
	[ ! -e injected ]
}

#
# The program
#

@test "completion: the program that is called is asked" {
	fake_program $':words\nanswered\n'
	PATH=${PATH#"$PWD/fake:"}
	assert_becomes "$PWD/fake/shmtool x a" "$PWD/fake/shmtool x answered "
	assert_becomes 'fake/shmtool x a' 'fake/shmtool x answered '
	mkdir 'with blank'
	mv fake/* 'with blank'
	HOME=$PWD/'with blank' assert_becomes '~/shmtool x a' '~/shmtool x answered '
}

@test "completion: if it can't be called, the one in PATH is" {
	assert_becomes '/nowhere/shmtool lim' '/nowhere/shmtool limits '
	assert_becomes 'nosuchprogram lim' 'nosuchprogram limits '
	assert_becomes '$HOME/bin/shmtool lim' '$HOME/bin/shmtool limits '
}

@test "completion: without any program there is no answer, and no error" {
	PATH=/nowhere run -0 /bin/bash --norc -c "$(declare -f split_line complete_line read_names compopt replies)"'
		source "$COMPLETION"
		replies 9 "shmtool rm "
		replies 9 "/nowhere/shmtool rm "'
	assert_output ''
}

@test "completion: a program that fails, or says something on stderr, does no harm" {
	fake_program ''
	printf '#!/bin/sh\necho oops >&2\ncat\nkill -SEGV $$\n' >fake/shmtool
	drive replies 9 'shmtool rm '
	assert_output ''
}

@test "completion: no process but the program" {
	require_strace
	object one two
	run_apart strace -f -qq -o trace -e trace=clone,clone3,fork,vfork,execve \
		bash --norc -c "$(declare -f split_line complete_line read_names compopt)"'
		source "$COMPLETION"
		complete_line 9 "shmtool rm /"
		complete_line 63 "shmtool rm /"
		complete_line 9 "shmtool create --from=/"
		complete_line 9 "shmtool create --from "
		complete_line 9 "shmtool attach 1 -- b"
		complete_line 9 "shmtool attach 1 -- bash "'
	assert_success
	assert_equal "$(grep -cE '(clone|clone3|fork|vfork)\(' trace)" 6
	assert_equal "$(grep -c 'execve(.*__complete_bash.* = 0' trace)" 6
	assert_equal "$(grep -c 'execve(.* = 0' trace)" 7
}

#
# Listing
#

@test "completion: two TABs list size and owner, aligned" {
	"$HELPERS/make_object" /a 4096
	"$HELPERS/make_object" /abc 1048576
	assert_lists 'shmtool rm /' "/a    (4K, $me)" "/abc  (1M, $me)"
}

@test "completion: the list says how many have attached" {
	id=$(new_segment 1048576)
	other=$(new_segment 1)
	hold "$id" rw 2
	drive replies 63 'shmtool rm '
	assert_line --regexp "^$id +\\(1M, $me, 2 attached\\)\$"
	assert_line --regexp "^$other +\\(1, $me\\)\$"
}

@test "completion: a description never gets into the line" {
	object shmtool-one
	assert_lists 'shmtool rm /' /shmtool-one
	object shmtool-two
	for type in 9 37 42; do
		drive replies "$type" 'shmtool rm /'
		assert_output $'/shmtool-one\n/shmtool-two'
	done
}

@test "completion: where readline lists and inserts, only the common prefix is common" {
	object two 'two words' 'two$x'
	for type in 33 64; do
		drive replies "$type" 'shmtool rm /t'
		assert_line "/two         (4K, $me)"
		assert_line "/two\\ words  (4K, $me)"
		assert_line "/two\\\$x      (4K, $me)"
		drive replies "$type" "shmtool rm '/t"
		assert_output $'/two\n/two words\n/two$x' || assert_output $'/two\n/two$x\n/two words'
	done
}

@test "completion: the list is cut to the width of the terminal" {
	"$HELPERS/make_object" /shmtool-one 4096
	"$HELPERS/make_object" /shmtool-two 1048576
	COLUMNS=21 assert_lists 'shmtool rm /' '/shmtool-one  (4K, )' '/shmtool-two  (1M, )'
	for width in 1 5 10 16 17 18 25 30 40; do
		COLUMNS=$width drive replies 63 'shmtool rm /'
		for line in "${lines[@]}"; do
			((${#line} < width || width == 1)) || fail "$width: $line"
		done
		[[ $output == /* || $width == 1 ]]
	done
	COLUMNS='a[$(touch injected)]' assert_lists 'shmtool rm /' \
		"/shmtool-one  (4K, $me)" "/shmtool-two  (1M, $me)"
	[ ! -e injected ]
}

@test "completion: the list with long names, and with UTF-8" {
	"$HELPERS/make_object" /ä 4096
	"$HELPERS/make_object" /bcd 4096
	assert_lists 'shmtool rm /' "/bcd  (4K, $me)" "/ä    (4K, $me)"
	"$HELPERS/make_object" /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 4096
	COLUMNS=31 assert_lists 'shmtool rm /' /aaaaaaaaaaaaaaaaaaaaaaaaaaaaa \
		"/bcd            (4K, $me)" "/ä              (4K, $me)"
}

@test "completion: the list shows names unquoted and what follows the last word break or comma" {
	object 'two words' '$HOME'
	assert_lists 'shmtool rm /' "/\$HOME      (4K, $me)" "/two words  (4K, $me)"
	for line in 'shmtool stat --output=shmid,c' 'shmtool stat -o shmid,c'; do
		drive replies 63 "$line"
		assert_line --regexp '^ctime +\('
		refute_output --partial shmid,
	done
	drive replies 63 'shmtool stat --time-format='
	assert_line --regexp '^iso'
}

#
# Files
#

@test "completion: files" {
	mkdir -p files/directory
	touch files/one 'files/two words'
	drive replies 9 'shmtool create --from files/'
	assert_output $'files/directory\nfiles/one\nfiles/two words'
	drive replies 9 'shmtool create --from=files/o'
	assert_output files/one
	drive replies 9 'shmtool create --from="files/two '
	assert_output 'files/two words'
	drive replies 9 'shmtool rm ftok:files/d'
	assert_output files/directory
	WORDBREAKS=$' \t\n"\'><;|&(' drive replies 9 'shmtool rm ftok:files/d'
	assert_output ftok:files/directory/
	HOME=$PWD drive replies 9 'shmtool create --from ~/files/o'
	assert_output '~/files/one'
	drive replies 9 'shmtool create --from files/z'
	assert_output ''
	drive replies 9 'shmtool stat >files/o'
	assert_output files/one
	touch files/a:one files/a:two 'files/=x y'
	assert_becomes 'shmtool create --from=files/a:o' 'shmtool create --from=files/a:one '
	assert_becomes 'shmtool create --from files/a:' 'shmtool create --from files/a:'
	assert_replies 'shmtool create --from files/a:' one two
	assert_becomes 'shmtool rm ftok:files/=' 'shmtool rm ftok:files/=x\ y '
}

@test "completion: directories only" {
	fake_program $':dirs\n'
	mkdir -p directory
	touch different
	assert_replies 'shmtool x d' directory
}

@test "completion: files where a REF may be one" {
	mkdir -p files/directory
	touch files/one 'files/two words'
	object fine
	assert_replies 'shmtool read ./files/o' ./files/one
	assert_replies 'shmtool read files/' files/directory files/one 'files/two words'
	assert_replies 'shmtool read file:files/o' files/one
	assert_replies 'shmtool map-file files/o' files/one
	assert_replies 'shmtool write -i files/o' files/one
	assert_replies 'shmtool rm ./files/o'
	# Without a slash it would be no file: only directories.
	touch finish
	assert_replies 'shmtool read fi' files
	assert_replies 'shmtool read /fi' /fine
	assert_replies 'shmtool read /pro' /proc
}

#
# Programs and their arguments
#

# program NAME...: programs in the directory programs, which PATH gets. They are first in it.
program() {
	local name

	mkdir -p programs
	for name; do
		printf '#!/bin/sh\n' >"programs/$name"
		chmod +x "programs/$name"
	done
	[[ $PATH == "$PWD/programs:"* ]] || PATH=$PWD/programs:$PATH
}

@test "completion: programs after --" {
	program zz-one zz-two
	touch programs/zz-none
	mkdir programs/zz-none.d again
	PATH=$PATH:$PWD/programs
	assert_becomes 'shmtool attach 1 -- zz-o' 'shmtool attach 1 -- zz-one '
	assert_becomes 'shmtool map-file f -- zz-o' 'shmtool map-file f -- zz-one '
	assert_becomes 'shmtool create --anonymous -- zz-o' 'shmtool create --anonymous -- zz-one '
	assert_becomes 'shmtool attach 1 -- "zz-o' 'shmtool attach 1 -- "zz-one" '
	assert_becomes 'shmtool attach 1 -- zz-o| -x' 'shmtool attach 1 -- zz-one  -x'
	assert_replies 'shmtool attach 1 -- zz-' zz-one zz-two
	assert_lists 'shmtool attach 1 -- zz-' zz-one zz-two
	assert_replies 'shmtool attach 1 -- zz-z'
	drive replies 9 'shmtool attach 1 -- '
	assert_line zz-one
	assert_line again/
	# Elsewhere a word after -- is an operand.
	assert_replies 'shmtool rm -- zz-'
	assert_replies 'shmtool attach zz-'
}

@test "completion: a shell builtin is not a program" {
	program comp-one
	only_in_shell() {
		zz-function() { :; }
		alias zz-alias=true
		shopt -s expand_aliases
		replies 9 'shmtool attach 1 -- zz-'
		replies 9 'shmtool attach 1 -- comp'
	}
	drive only_in_shell
	refute_line zz-function
	refute_line zz-alias
	refute_line compgen
}

@test "completion: programs by their path" {
	program zz-one
	touch programs/zz-none
	mkdir programs/zz-directory
	assert_becomes 'shmtool attach 1 -- program' 'shmtool attach 1 -- programs/'
	assert_replies 'shmtool attach 1 -- programs/z' programs/zz-directory/ programs/zz-one
	assert_lists 'shmtool attach 1 -- programs/z' zz-directory/ zz-one
	assert_replies "shmtool attach 1 -- $PWD/programs/zz-o" "$PWD/programs/zz-one"
	HOME=$PWD assert_replies 'shmtool attach 1 -- ~/programs/zz-o' '~/programs/zz-one'
}

@test "completion: hostile names of programs" {
	program 'zz one' 'yy$(touch injected)' 'zx:a' 'zx:b' 'zw@' $'vv\nline' '*' "zu'"
	assert_becomes 'shmtool attach 1 -- zz' 'shmtool attach 1 -- zz\ one '
	assert_becomes "shmtool attach 1 -- 'zz " "shmtool attach 1 -- 'zz one' "
	assert_becomes 'shmtool attach 1 -- yy' 'shmtool attach 1 -- yy\$\(touch\ injected\) '
	assert_becomes 'shmtool attach 1 -- zx' 'shmtool attach 1 -- zx:'
	assert_replies 'shmtool attach 1 -- zx:' a b
	assert_becomes 'shmtool attach 1 -- zw' 'shmtool attach 1 -- zw@ '
	assert_becomes 'shmtool attach 1 -- zu' "shmtool attach 1 -- zu\\' "
	assert_replies 'shmtool attach 1 -- vv'
	drive replies 9 'shmtool attach 1 -- '
	assert_line '\*'
	[ ! -e injected ]
}

@test "completion: an empty directory in PATH is the current one" {
	program zz-one
	cd programs
	PATH=${PATH#*:}
	assert_replies 'shmtool attach 1 -- zz-'
	for path in ":$PATH" "$PATH:" "${PATH/:/::}"; do
		PATH=$path assert_replies 'shmtool attach 1 -- zz-' zz-one
	done
}

@test "completion: programs with other settings of the shell" {
	program zz-one ZZ-two
	touch zz-file
	settings() {
		local setting before
		for setting in : 'set -u' 'set -e' 'set -f' 'set -o posix' 'IFS=z-' \
			'shopt -s nullglob dotglob extglob' 'shopt -s failglob'; do
			(
				eval "$setting"
				before=$-$BASHOPTS
				replies 9 'shmtool attach 1 -- zz-o'
				replies 9 'shmtool attach 1 -- zz-none'
				[[ $-$BASHOPTS == "$before" ]] || echo "settings changed: $setting"
			)
		done | sort -u
	}
	drive settings
	assert_output zz-one
}

@test "completion: arguments of a program are files, without the package" {
	program zz-one
	mkdir -p files/directory
	touch files/one 'files/two words' files/--option=x
	drive_with /dev/null replies 9 'shmtool attach 1 -- zz-one files/o'
	assert_output files/one
	drive_with /dev/null replies 9 'shmtool attach 1 -- zz-one -x "files/two '
	assert_output 'files/two words'
	drive_with /dev/null replies 9 'shmtool attach 1 -- zz-one --json -- files/d'
	assert_output files/directory
	drive_with /dev/null becomes 'shmtool attach 1 -- zz-one --input=files/o'
	assert_output '|shmtool attach 1 -- zz-one --input=files/one |'
	drive_with /dev/null becomes 'shmtool attach 1 -- zz-one if=files/o'
	assert_output '|shmtool attach 1 -- zz-one if=files/one |'
	cd files
	drive_with /dev/null replies 9 'shmtool attach 1 -- zz-one --js'
	assert_output ''
	drive_with /dev/null becomes 'shmtool attach 1 -- zz-one --opt'
	assert_output '|shmtool attach 1 -- zz-one --option=x |'
}

# own_completion LINE: completes LINE in a shell where the program zz-one has a completion, which
# replies with its input.
own_completion() {
	_zz_one() {
		[[ ! ${program+set}${classic+set}${answer+set} ]] || echo 'variables are seen'
		COMPREPLY=("$COMP_LINE|$COMP_POINT|$COMP_CWORD" "${COMP_WORDS[@]}" "<$1|$2|${3-}>")
	}
	complete -F _zz_one zz-one
	replies 9 "$1"
}

@test "completion: arguments of a program by its own completion, with the package" {
	[ -r "$PACKAGE" ] || skip 'needs bash-completion'
	drive_with "$PACKAGE" own_completion 'shmtool attach 1 -- zz-one --a b'
	assert_output $' zz-one --a b|13|2\nzz-one\n--a\nb\n<zz-one|b|--a>'
	drive_with "$PACKAGE" own_completion 'shmtool attach 1 -- zz-one b| c'
	assert_output $' zz-one b c|9|1\nzz-one\nb\n<zz-one|b|zz-one>'
	# Whatever stands before it, and in how many words the shell takes that.
	for before in 'attach --at=0x1 --for=1s /a:b --' 'attach --at 0x1 1 --' 'attach --' \
		'map-file "two words" --write -- --' "map-file it\\'s zz-one --" 'create --an --' \
		'attach 1 >zz-one --' 'attach $x --' "map-file 'zz-one' --"; do
		for breaks in @=: ''; do
			WORDBREAKS=$' \t\n"\'><;|&('$breaks \
				drive_with "$PACKAGE" own_completion "shmtool $before zz-one -- "
			assert_equal "$output" $' zz-one -- |11|2\nzz-one\n--\n\n<zz-one||-->'
		done
	done
	drive_with "$PACKAGE" own_completion 'shmtool attach 1 -- shmtool map-file f -- zz-one '
	assert_line '<zz-one||zz-one>'
	drive_with "$PACKAGE" own_completion 'shmtool attach 1 -- shmtool lim'
	assert_output limits
	# Not the words of shmtool, and not the file of a redirection.
	drive_with "$PACKAGE" own_completion 'shmtool rm -- zz-one '
	assert_output ''
	touch output
	drive_with "$PACKAGE" own_completion 'shmtool attach 1 -- zz-one >out'
	assert_output output
}

@test "completion: the function of bash-completion by its later name" {
	later() {
		_comp_command_offset() { COMPREPLY=("from word $1: ${COMP_WORDS[$1]}"); }
		replies 9 'shmtool attach --at=1 2 -- zz-one a'
	}
	drive later
	assert_output 'from word 7: zz-one'
}

@test "completion: the function that splits words by its later name" {
	object one two
	later() {
		_comp_initialize() {
			[[ $* == "-n := -- shmtool /o rm" ]] || echo "called with $*"
			words=(shmtool rm /t) cword=2 cur=/t
		}
		replies 9 'shmtool rm /o'
	}
	drive later
	assert_output /two
}

#
# Quoting
#

@test "completion: typed text keeps its quotes" {
	object 'two words' 'a"b' "it's" 'x&y'
	assert_becomes 'shmtool rm /tw' 'shmtool rm /two\ words '
	assert_becomes 'shmtool rm /two\ ' 'shmtool rm /two\ words '
	assert_becomes "shmtool rm '/two " "shmtool rm '/two words' "
	assert_becomes 'shmtool rm "/two ' 'shmtool rm "/two words" '
	assert_becomes 'shmtool rm "/a' 'shmtool rm "/a\"b" '
	assert_becomes 'shmtool rm "/x&' 'shmtool rm "/x&y" '
	assert_becomes 'shmtool rm /x\&' 'shmtool rm /x\&y '
	assert_becomes "shmtool rm '/i" "shmtool rm '/it'\\''s' "
}

@test "completion: text that the shell would expand is quoted again" {
	object '$HOME' 'a*b' 'c!d' '{e'
	assert_becomes 'shmtool rm /$' 'shmtool rm /\$HOME '
	assert_becomes 'shmtool rm "/$' 'shmtool rm "/\$HOME" '
	assert_becomes 'shmtool rm /a*' 'shmtool rm /a\*b '
	assert_becomes 'shmtool rm /c!' 'shmtool rm /c\!d '
	assert_becomes 'shmtool rm "/c!' 'shmtool rm "/c"\!"d" '
	assert_becomes 'shmtool rm /{' 'shmtool rm /\{e '
	assert_becomes 'shmtool rm /c\' 'shmtool rm /c\!d '
}

@test "completion: nothing after a word break that follows text the shell would expand" {
	object '$HOME:x' 'a*:x'
	assert_replies 'shmtool rm /$HOME:'
	assert_replies 'shmtool rm /a*:'
	assert_replies 'shmtool rm /a\*:' x
}

@test "completion: names are completed with their bytes visible, however they were typed" {
	object $'new\nline' 'back\slash'
	assert_becomes 'shmtool rm /n' 'shmtool rm /new\\012line '
	assert_becomes 'shmtool rm /new\\0' 'shmtool rm /new\\012line '
	assert_becomes "shmtool rm '/new\\0" "shmtool rm '/new\\012line' "
	assert_becomes "shmtool rm '/back\\s" "shmtool rm '/back\\134slash' "
	drive replies 9 "shmtool rm \$'/new\\nl"
	assert_output '/new\\012line'
}

@test "completion: the common prefix never ends within a quoted character" {
	object 'x a' 'x$b' 'x`c'
	assert_becomes 'shmtool rm /' 'shmtool rm /x'
	assert_becomes 'shmtool rm "/' 'shmtool rm "/x'
	drive replies 9 'shmtool rm /x'
	# They are still the names that they were.
	assert_equal "$(eval "printf '%s\n' $(tr '\n' ' ' <<<"$output")" | LC_ALL=C sort)" \
		"$(printf '%s\n' '/x a' '/x$b' '/x`c' | LC_ALL=C sort)"
}

# Like the names in hostile_names.bats.
hostile=(
	$'new\nline' $'\nfirst' $'last\n' $'escape\e[31mred\e[0m' $'title\e]0;owned\a'
	$'invalid\xff\xfeutf8' $'cut\xc3' $'overlong\xc0\xaf' $'c1\xc2\x9b31m' $'bidi\xe2\x80\xaetxt'
	$'tab\there' $'return\rover' $'delete\x7f' '-rf' '--help' 'two words' ' leading' 'trailing '
	'"double"' "'single'" 'back\slash' 'octal\012like' 'cut\303' '$(touch injected)'
	'`touch injected`' '$HOME' 'a;b|c&d' '*' '?' '[a-z]' '{a,b}' 'percent%s%n'
	'comma,equals=colon:' '{"json":1}' '…größe日本📦' '12' '0x2a' 'id:1' '.hidden' '#hash' '~' '!'
	'!!' 'bang!' '"' "'" '\' ')' '<in>out'
)

# quoted_start QUOTE TEXT: sets typed to TEXT as typed after QUOTE.
quoted_start() {
	local character

	case $1 in
	'') printf -v typed %q "$2" ;;
	\') typed="'${2//"'"/"'\\''"}" ;;
	\")
		typed=$2
		for character in \\ \" \$ \`; do
			typed=${typed//"$character"/\\"$character"}
		done
		typed=\"$typed
		;;
	esac
}

# remove_all QUOTE: in a clean bash, makes all hostile objects, and removes each by as many of its
# characters, in QUOTE, as leave no other, by TAB, and by the line that comes of that.
remove_all() {
	local name visible count typed line objects before
	shopt -s dotglob nullglob

	for name in "${hostile[@]}"; do
		"$HELPERS/make_object" "/$name" 4096
	done
	while IFS= read -r visible; do
		visible=${visible%%$'\t'*}
		for ((count = 1; count <= ${#visible}; count++)); do
			quoted_start "$1" "${visible:0:count}"
			press_tab "shmtool rm $typed"
			((${#COMPREPLY[@]} > 1)) || break
		done
		# All of it was typed: there is another one that begins with it.
		((count <= ${#visible})) || line+=$1
		objects=(/dev/shm/*)
		before=${#objects[@]}
		eval "$line" || echo "not removed: $line"
		objects=(/dev/shm/*)
		((${#objects[@]} == before - 1)) || echo "not one object: $line"
		printf -v name '%b' "${visible//\\/\\0}"
		[[ ! -e /dev/shm$name ]] || echo "still there: $line"
		[[ ! -e injected ]] || echo "injected: $line"
	done < <(shmtool __complete rm /)
	((${#objects[@]} == 0)) || echo "left: ${objects[*]}"
}

# assert_all_removed QUOTE: in both kinds of shell.
assert_all_removed() {
	local functions library
	functions=$(declare -f split_line complete_line read_names compopt press_tab quoted_start remove_all)
	functions+=$'\n'$(declare -p hostile)

	for library in /dev/null "$PACKAGE"; do
		[ -r "$library" ] || continue
		run -0 timeout 120 bash --norc -c "$functions"'
			source "$0" >/dev/null
			source "$COMPLETION"
			remove_all "$1"' "$library" "$1"
		assert_output ''
		assert_no_objects
	done
}

@test "completion: hostile names, without quotes: the line names just that object" {
	assert_all_removed ''
}

@test "completion: hostile names in '...': the line names just that object" {
	assert_all_removed "'"
}

@test "completion: hostile names in \"...\": the line names just that object" {
	assert_all_removed '"'
}

@test "completion: hostile names in a locale without UTF-8" {
	export LC_ALL=C
	assert_all_removed ''
}

@test "completion: hostile semaphores" {
	for name in $'new\nline' 'two words' '$HOME' 'a:b' "it's" '*'; do
		"$HELPERS/sem_make" "/$name" 1
		drive becomes 'shmtool rm psem:'
		eval "${output//|/}"
		assert_no_objects
	done
}

@test "completion: list shows hostile names without control characters" {
	for name in "${hostile[@]}"; do
		"$HELPERS/make_object" "/$name" 4096
	done
	drive replies 63 'shmtool rm /'
	assert_equal "${#lines[@]}" "${#hostile[@]}"
	output=${output//$'\n'}
	if LC_ALL=C grep -q $'[\001-\037\177]' <<<"$output"; then
		fail 'a control character'
	fi
}

#
# Other shells' settings, and speed
#

@test "completion: with other settings of the shell" {
	object 'two words' 'Two' two
	mkdir directory
	settings() {
		local answers=() setting
		for setting in : 'set -u' 'set -e' 'set -f' 'set -o posix' 'IFS=owt' \
			'shopt -s nullglob dotglob extglob nocaseglob' 'shopt -s nocasematch' \
			'shopt -s failglob' 'unset COMP_KEY' 'set -C'; do
			answers+=("$(
				eval "$setting" && before=$- &&
					replies 9 'shmtool rm /tw' &&
					replies 63 'shmtool rm /tw' &&
					replies 9 'shmtool stat --key=0x' &&
					becomes 'shmtool rm "/two ' &&
					[[ $- == "$before" ]] || echo "settings changed"
			)")
			[[ ${answers[-1]} == "${answers[0]}" ]] ||
				printf '%s: %s\n' "$setting" "${answers[-1]}"
		done
		printf '%s\n' "${answers[0]}"
	}
	drive settings
	assert_output "/two
/two\\ words
/two        (4K, $me)
/two words  (4K, $me)
|shmtool rm \"/two words\" |"
}

@test "completion: no variable or setting is left behind" {
	left() {
		complete_line 9 'shmtool rm /'
		local before after
		before=$(declare -p; shopt -p; shopt -po)
		complete_line 9 'shmtool stat --out=shmid,by'
		complete_line 63 'shmtool rm '
		complete_line 9 'shmtool create --from='
		complete_line 9 'shmtool attach 1 -- b'
		complete_line 9 'shmtool attach 1 -- nosuchprogram a'
		complete_line 9 'shmtool rm /'
		after=$(declare -p; shopt -p; shopt -po)
		diff <(grep -vE '^declare -[^ ]+ (BASH|COMP|EPOCH|SRANDOM|RANDOM|SECONDS|PIPESTATUS|FUNCNAME|before|_=)' <<<"$before") \
			<(grep -vE '^declare -[^ ]+ (BASH|COMP|EPOCH|SRANDOM|RANDOM|SECONDS|PIPESTATUS|FUNCNAME|before|_=)' <<<"$after")
		:
	}
	object one
	drive left
	assert_output ''
}

# Of the processor's time, the shell's and the program's: how long it takes on a machine that has
# nothing else to do, which is not so while other tests run. On a slow machine ipcs(1) is slow, too.
@test "completion: under 50 ms with 4,000 segments" {
	require_plain_build
	"$HELPERS/make_segments" 4000 4096 >/dev/null
	slow_lines() {
		local TIMEFORMAT='%3U %3S' limit type line best

		# best_of COMMAND...: milliseconds.
		best_of() {
			local user system spent best=10000 i

			for ((i = 0; i < 11; i++)); do
				{ time "$@" >/dev/null; } 2>spent
				read -r user system <spent
				spent=$((10#${user/./} + 10#${system/./}))
				((spent >= best)) || best=$spent
			done
			echo "$best"
		}
		limit=$((2 * $(best_of ipcs -m)))
		((limit > 50)) || limit=50
		for type in 9 63; do
			for line in 'shmtool rm ' 'shmtool rm 1' 'shmtool rm /'; do
				best=$(best_of complete_line "$type" "$line")
				((best < limit)) || echo "$line: $best ms of $limit"
			done
		done
	}
	drive slow_lines
	assert_output ''
}

#
# Keys pressed in an interactive bash
#

# enter_shell [COMMAND]: starts an interactive bash, in which COMMAND is executed first. Its
# screen is the file screen; press_keys types.
enter_shell() {
	cat >rc <<-END
		unset PROMPT_COMMAND HISTFILE
		PS1='ready\\#\$ ' PS2=
		stty cols 100 rows 50
		bind 'set enable-bracketed-paste off'
		bind 'set bell-style none'
		${1-}
		source '$COMPLETION'
	END
	INPUTRC=/dev/null start_shell 'bash --noprofile --rcfile rc -i'
}

# note_arguments: the first commands of the interactive bash so that shmtool, when entered,
# notes its arguments in the file entered.
note_arguments='shmtool() { printf "%q " "$@" >entered; }'

@test "completion at the keyboard: TAB, Enter, and the object is gone" {
	object shmtool-one other
	enter_shell
	type_line $'shmtool rm /shm\t'
	assert_equal "$(object_names)" other
	type_line $'shmtool rm /nothing; shmtool rm /o\t'
	assert_no_objects
}

@test "completion at the keyboard: two TABs list, and change nothing" {
	object shmtool-one shmtool-two
	enter_shell "$note_arguments"
	press_keys $'shmtool rm /s\t\t\t'
	wait_until 10 grep -q "/shmtool-two  (4K, $me)" screen || fail "$(cat -v screen)"
	grep -q "/shmtool-one  (4K, $me)" screen
	assert_enters $'two\t' rm /shmtool-two
}

several_forms() { # COMMAND, which is executed first
	object 'two words' 'a:b' 'a:c' "q'r"
	"$HELPERS/sem_make" /shmtool-test 1
	"$HELPERS/make_keyed" 0x46010004 4096 600
	enter_shell "$1; $note_arguments"
	assert_enters $'shmtool li\t' limits
	assert_enters $'shmtool stat --ke\t0x\t' stat --key=0x46010004
	assert_enters $'shmtool stat --key="0x\t' stat --key=0x46010004
	assert_enters $'shmtool stat -o sh\t,nat\t,by\t' stat -o shmid,nattch,bytes
	assert_enters $'shmtool stat --out=sh\t,nat\t' stat --out=shmid,nattch
	assert_enters $'shmtool stat -JHk 0\t' stat -JHk 0x46010004
	assert_enters $'shmtool rm ps\t' rm psem:/shmtool-test
	assert_enters $'shmtool rm psem:/\t' rm psem:/shmtool-test
	assert_enters $'shmtool rm "psem:/\t' rm psem:/shmtool-test
	assert_enters $'shmtool rm /a\tc\t' rm /a:c
	assert_enters $'shmtool rm /t\t' rm '/two words'
	assert_enters $'shmtool rm "/t\t' rm '/two words'
	assert_enters $'shmtool rm \'/t\t' rm '/two words'
	assert_enters $'shmtool rm \'/two \'w\t' rm '/two words'
	assert_enters $'shmtool rm $\'/q\t' rm "/q'r"
	assert_enters $'shmtool rm \'/q\t' rm "/q'r"
	assert_enters $'shmtool rm /q\\\t' rm "/q'r"
	assert_enters $'shmtool rm /\'\'q\t' rm "/q'r"
	assert_enters $'shmtool rm /t --\x02\x02\x02\t' rm '/two words' --
	assert_enters $'X=1 shmtool rm /t\t' rm '/two words'
}

@test "completion at the keyboard: several forms" {
	several_forms :
}

@test "completion at the keyboard: several forms, with bash-completion" {
	[ -r "$PACKAGE" ] || skip 'needs bash-completion'
	several_forms "source $PACKAGE"
}

keyboard_files() { # COMMAND, which is executed first
	mkdir -p files/directory
	touch 'files/two words' files/directory/inner
	enter_shell "$1; $note_arguments"
	assert_enters $'shmtool create --from fi\ttw\t' create --from 'files/two words'
	assert_enters $'shmtool create --from=fi\ttw\t' create '--from=files/two words'
	assert_enters $'shmtool create --from="fi\ttw\t' create '--from=files/two words'
	assert_enters $'shmtool create --from fi\td\ti\t' create --from files/directory/inner
	assert_enters $'shmtool create --from ~/fi\ttw\t' create --from "$PWD/files/two words"
	assert_enters $'shmtool create --from=~/fi\ttw\t' create "--from=$PWD/files/two words"
	assert_enters $'shmtool create --from $HOME/fi\ttw\t' create --from "$PWD/files/two words"
	assert_enters $'shmtool rm ftok:fi\td\ti\t' rm ftok:files/directory/inner
	assert_enters $'shmtool read fi\td\ti\t' read files/directory/inner
	assert_enters $'shmtool stat 2>fi\ttw\tx' stat x
	type_line $'COMP_WORDBREAKS=${COMP_WORDBREAKS//[:=]}'
	assert_enters $'shmtool create --from=fi\ttw\t' create '--from=files/two words'
	assert_enters $'shmtool rm ftok:fi\td\ti\t' rm ftok:files/directory/inner
}

@test "completion at the keyboard: files" {
	keyboard_files :
}

@test "completion at the keyboard: files, with bash-completion" {
	[ -r "$PACKAGE" ] || skip 'needs bash-completion'
	keyboard_files "source $PACKAGE"
}

@test "completion at the keyboard: programs and their arguments" {
	mkdir -p bin/inner
	printf '#!/bin/sh\n' >'bin/zz one'
	chmod +x 'bin/zz one'
	touch 'two words'
	PATH=$PATH:$PWD/bin
	enter_shell "$note_arguments"
	assert_enters $'shmtool attach 1 -- zz\tx' attach 1 -- 'zz one' x
	assert_enters $'shmtool attach 1 -- "zz\tx' attach 1 -- 'zz one' x
	assert_enters $'shmtool attach 1 -- bin/z\tx' attach 1 -- 'bin/zz one' x
	assert_enters $'shmtool attach 1 -- ./b\ti\t' attach 1 -- ./bin/inner/
	assert_enters $'shmtool attach 1 -- zz\ttw\tx' attach 1 -- 'zz one' 'two words' x
	assert_enters $'shmtool attach 1 -- zz --in=tw\tx' attach 1 -- zz '--in=two words' x
	assert_enters $'shmtool attach 1 -- zz >tw\tx' attach 1 -- zz x
}

@test "completion at the keyboard: arguments of a program, with bash-completion" {
	[ -r "$PACKAGE" ] || skip 'needs bash-completion'
	touch 'two words' tv
	mkdir directory
	enter_shell "source $PACKAGE; $note_arguments; complete -W 'alpha --beta=x' zz"
	assert_enters $'shmtool attach --at=1 2 -- zz al\tx' attach --at=1 2 -- zz alpha x
	assert_enters $'shmtool attach 1 -- zz --b\ty' attach 1 -- zz --beta=x y
	assert_enters $'shmtool attach 1 -- cat tw\tx' attach 1 -- cat 'two words' x
	assert_enters $'shmtool attach 1 -- cat "tw\tx' attach 1 -- cat 'two words' x
	assert_enters $'shmtool attach 1 -- rmdir \tx' attach 1 -- rmdir directory/x
	assert_enters $'shmtool attach 1 -- kill -s HU\tx' attach 1 -- kill -s HUP x
	assert_enters $'nohup shmtool attach 1 -- shmtool lim\t; shmtool x' x
}

@test "completion at the keyboard: listing at once, and menus" {
	object two 'two words' 'two$x'
	enter_shell "$note_arguments; bind 'set show-all-if-ambiguous on'"
	press_keys $'shmtool rm /t\t'
	wait_until 10 grep -q "(4K, $me)" screen || fail "$(cat -v screen)"
	assert_enters '' rm /two
	assert_enters $'shmtool rm "/t\t w\t' rm '/two words'
	type_line 'bind "TAB: menu-complete"'
	type_line 'bind "set show-all-if-ambiguous off"'
	rm -f entered
	type_line $'shmtool rm /t\t\t\t\t'
	assert_regex "$(cat entered)" '^rm /two(\\ words|\\\$x)? $'
}

# keyboard_hostile_names COMMAND each|in-turn: COMMAND is executed first. Every name is typed without
# quotes and in both kinds of quotes, or in one of the three ways, in turn.
keyboard_hostile_names() {
	local number=0 quotes=('' \' \")

	enter_shell "$1"
	object zdecoy
	for name in "${hostile[@]}"; do
		start=${name:0:1}
		[[ $start != [[:cntrl:]] ]] || start=\\
		for quote in "${quotes[@]}"; do
			[[ $2 == each || $quote == "${quotes[number % 3]}" ]] || continue
			quoted_start "$quote" "/$start"
			object "$name"
			type_line "shmtool rm $typed"$'\t'
			[ "$(object_names)" = zdecoy ] ||
				fail "$(printf %q "$name") by $typed: $(tail -n 3 screen | cat -v)"
		done
		((++number))
	done
	[ ! -e injected ]
}

@test "completion at the keyboard: hostile names" {
	keyboard_hostile_names : each
}

@test "completion at the keyboard: hostile names, with bash-completion" {
	[ -r "$PACKAGE" ] || skip 'needs bash-completion'
	# The package does not change how a name is completed.
	keyboard_hostile_names "source $PACKAGE" in-turn
}

@test "completion at the keyboard: through a wrapper like sudo" {
	[ -r "$PACKAGE" ] || skip 'needs bash-completion'
	object 'two words'
	enter_shell "source $PACKAGE; wrapper() { \"\$@\"; }; complete -F _command wrapper"
	type_line $'wrapper shmtool rm /t\t'
	assert_no_objects
	object 'two words'
	type_line $'wrapper shmtool rm \'/two \t'
	assert_no_objects
	"$HELPERS/sem_make" /shmtool-test 1
	type_line $'wrapper shmtool rm psem:\t'
	assert_no_objects
}

@test "completion at the keyboard: with bash-completion, loaded when it is needed" {
	[ -r "$PACKAGE" ] || skip 'needs bash-completion'
	mkdir -p share/bash-completion/completions
	cp "$COMPLETION" share/bash-completion/completions/shmtool
	object shmtool-one
	COMPLETION=/dev/null
	XDG_DATA_DIRS=$PWD/share enter_shell "source $PACKAGE"
	type_line $'shmtool rm /shm\t'
	assert_no_objects
}
