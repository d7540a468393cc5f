# Completion of shmtool in bash, 4.4 or later.
#
# The program does the work: `shmtool __complete_bash` receives the words as typed and prints
# replies quoted for readline (src/cli/completion_bash.h). If the bash-completion package is loaded,
# it splits the words, and completes the command line of a program after "--". No typed text is
# evaluated, and no process but the program is started.
#
# shellcheck shell=bash

# Sets words, and cur to the last one, as `_init_completion -n :=` of the package does: "=" and ":"
# do not break words, and redirections are not words. Fails if it completes the file of a
# redirection.
_shmtool_split() {
	local rest=${COMP_LINE:0:COMP_POINT} part between begins=yes redirected='' skipped='' i

	for ((i = 0; i <= COMP_CWORD; i++)); do
		part=${COMP_WORDS[i]-}
		if ((i < COMP_CWORD)); then
			between=${rest%%"$part"*} rest=${rest:${#between}+${#part}}
		else
			between=${rest%%[![:space:]]*} part=${rest:${#between}}
		fi
		if [[ $part == [\<\>]* || $part == '&>'* ]]; then
			# The number in 2>FILE is not a word.
			[[ $begins || $between || ${words[-1]} == *[!0-9]* ]] || unset 'words[-1]'
			begins=yes redirected=yes
		elif [[ $begins || $between ]]; then
			skipped=$redirected begins='' redirected=''
			[[ $skipped ]] || words+=("$part")
		elif [[ ! $skipped ]]; then
			words[-1]+=$part
		fi
	done
	if [[ $redirected$skipped ]]; then
		compopt -o default
		return 1
	fi
	((cword = ${#words[@]} - 1, cword > 0)) && cur=${words[cword]}
}

# Sets COMPREPLY and, if another program's command line is completed, separators: the number of "--"
# before it.
_shmtool_answer() {
	local - IFS=$' \t\n' cur='' words=() cword program classic='' answer
	# shellcheck disable=SC2034 # set by the package
	local prev split was_split comp_args

	set +eu
	COMPREPLY=()
	# The first name is that of bash-completion 2.12 and later.
	if declare -F _comp_initialize >/dev/null; then
		_comp_initialize -n := -- "$@" || return
	elif declare -F _init_completion >/dev/null; then
		_init_completion -n := || return
	else
		_shmtool_split || return
	fi

	# The called program, or else the one in PATH. Another package's ipcs would not understand
	# the request.
	program=${words[0]/#~\//${HOME-}/}
	case ${program##*/} in
	ipcs | ipcrm | ipcmk) classic=${program##*/} program=shmtool ;;
	esac
	type -P -- "$program" >/dev/null || program=shmtool
	answer=$(
		exec "$program" __complete_bash "${COMP_TYPE-9}" "${COLUMNS-}" "$COMP_WORDBREAKS" \
			${classic:+"$classic"} "${words[@]:1:cword-1}" "$cur" </dev/null 2>/dev/null
	)

	set -f
	IFS=$'\n'
	# shellcheck disable=SC2206 # one reply a line
	COMPREPLY=($answer)
	answer=${COMPREPLY[0]-}
	COMPREPLY=("${COMPREPLY[@]:1}")
	case $answer in
	:files) compopt -o default ;;
	:dirs) compopt -o dirnames ;;
	:program\ *) separators=${answer#* } ;;
	:words*)
		compopt -o nosort # the program sorts them
		[[ $answer != *\ nospace* ]] || compopt -o nospace
		[[ $answer != *\ empty ]] || COMPREPLY+=('')
		;;
	*) COMPREPLY=() ;;
	esac
}

_shmtool() {
	local separators='' offset

	_shmtool_answer "$@" 2>/dev/null || :
	[[ $separators ]] || return 0
	for ((offset = 0; offset < COMP_CWORD && separators > 0; offset++)); do
		[[ ${COMP_WORDS[offset]} != -- ]] || ((separators--))
	done
	if declare -F _comp_command_offset >/dev/null; then
		_comp_command_offset "$offset"
	elif declare -F _command_offset >/dev/null; then
		_command_offset "$offset"
	else
		compopt -o default
	fi
	return 0
}

complete -F _shmtool shmtool

# `make install-compat` links this file for ipcs, ipcrm and ipcmk.
case ${BASH_SOURCE[0]##*/} in
ipcs | ipcrm | ipcmk) complete -F _shmtool "${BASH_SOURCE[0]##*/}" ;;
esac
