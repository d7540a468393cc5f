# Completion of shmtool in bash, 4.4 or later.
#
# What can stand where is the program's own knowledge: `shmtool __complete WORD...` prints the
# candidates for the last word, each with a description behind a tab. Here the words are taken
# from the command line as the shell would hand them over, and the answer is put back as the shell
# needs it: quoted, without what stands before the last word break, and with the descriptions where
# candidates are only listed. Nothing of the bash-completion package is needed, nothing that
# somebody typed is evaluated, and no process is started but the program. Only the arguments of
# another program, behind "--", are completed by that package where it is loaded.
#
# There may be thousands of candidates, and one loop over them takes bash longer than the program
# needs to find them. So whatever can be done to all elements of an array at once is done so.
#
# The functions share the variables of _shmtool_answer, which is the last but one.
#
# shellcheck shell=bash

# Splits TEXT into lines, or wherever one of SEPARATORS stands; they go into the array TARGET.
_shmtool_split() { # TARGET TEXT [SEPARATORS]
	local - IFS=${3-$'\n'}
	local -n _shmtool_target=$1

	set -f
	# shellcheck disable=SC2034,SC2206 # mapfile would read a pipe byte by byte
	_shmtool_target=($2)
}

#
# The command line
#

# Sets from the command line up to the cursor:
#
#   words        the words before the one that is completed
#   typed        what is typed of that one, without quotes
#   region       the part of it, as typed, that readline will replace: what stands behind an open
#                quote or else behind the last word break
#   quote        the quote that is open there: ', ", $' or none
#   kept         what stands before the region and will stay, without quotes
#   expanded     yes if the shell would expand something in the region: a variable, *, {a,b}, !
#   tilde        yes if the word begins with a tilde that the shell would expand
#   redirection  yes if it is the file of a redirection
#
# Fails if the shell would expand something in what is kept, so that what the word will be is not
# known, or if it is the command itself.
_shmtool_parse() {
	local rest=${COMP_LINE:0:COMP_POINT} taken text
	# The word breaks that can be within a word.
	local breaks=${COMP_WORDBREAKS//[$' \t\n\\\'"$`|&;()<>']/}
	# The word so far: as typed, without quotes, and what is not yet decoded of $'...'.
	local raw value ansi
	# How much of it stands before the region: if a quote is open, and if none is.
	local quote_raw quote_value break_raw break_value
	# Where in raw the shell would expand something, first and last; -1: nowhere.
	local expands_first expands_last

	quote='' redirection='' expanded='' tilde=''
	_shmtool_begin_word
	# All plain words before the one at the cursor, or the first with a quote, at once.
	text=${rest%%[$'\n\\\'"$`|&;()<>']*}
	text=${text%"${text##*[$' \t']}"}
	_shmtool_split words "$text" $' \t'
	rest=${rest:${#text}}
	while [[ $rest ]]; do
		case $quote in
		'') _shmtool_parse_unquoted ;;
		\') _shmtool_parse_single_quoted ;;
		\") _shmtool_parse_double_quoted ;;
		*) _shmtool_parse_ansi_quoted ;;
		esac
	done

	if [[ $quote ]]; then
		break_raw=$quote_raw break_value=$quote_value
	fi
	typed=$value${ansi@E}
	region=${raw:break_raw} kept=${value:0:break_value}
	((expands_last < break_raw)) || expanded=yes
	[[ $raw != \~* ]] || tilde=yes
	# Assignments before the command are none of its words.
	while [[ ${words[0]-} == [A-Za-z_]*=* && ${words[0]%%=*} != *[!A-Za-z0-9_]* ]]; do
		words=("${words[@]:1}")
	done
	((${#words[@]} > 0 && (expands_first < 0 || expands_first >= break_raw)))
}

_shmtool_begin_word() {
	raw='' value='' ansi='' break_raw=0 break_value=0 expands_first=-1 expands_last=-1
}

_shmtool_end_word() {
	if [[ $raw ]]; then
		[[ $redirection ]] || words+=("$value")
		redirection=''
	fi
	_shmtool_begin_word
}

# Moves COUNT characters from the rest of the line to the word as typed.
_shmtool_take() {
	taken=${rest:0:$1} rest=${rest:$1}
	raw+=$taken
}

# Moves COUNT characters that mean themselves, but for those of CLASS, which expand to something.
_shmtool_take_text() {
	local before=${#raw} head

	_shmtool_take "$1"
	value+=$taken
	# shellcheck disable=SC2295 # the class is a pattern
	head=${taken%%$2*}
	[[ $head == "$taken" ]] && return
	((expands_first >= 0)) || expands_first=$((before + ${#head}))
	# shellcheck disable=SC2295
	head=${taken%$2*}
	expands_last=$((before + ${#head}))
}

# Takes a backslash at the end: it would quote the first character that is put behind it.
_shmtool_take_last_backslash() {
	_shmtool_take 1
	expands_last=$((${#raw} - 1))
	((expands_first >= 0)) || expands_first=$expands_last
}

_shmtool_parse_unquoted() {
	local text=${rest%%[$' \t\n\\\'"$`|&;()<>']*}

	if [[ $text ]]; then
		_shmtool_take_text ${#text} '[][*?{!]'
		_shmtool_find_break
		return
	fi
	case $rest in
	\'* | \"*) _shmtool_open_quote "${rest:0:1}" ;;
	\$\'*) _shmtool_open_quote "\$'" ;;
	\$\"*)
		_shmtool_take 1
		_shmtool_open_quote \"
		;;
	[\$\`]*) _shmtool_take_text 1 "[\$\`]" ;;
	\\) _shmtool_take_last_backslash ;;
	\\*)
		_shmtool_take 2
		# Before the end of a line it joins that with the next one.
		[[ $taken == *$'\n' ]] || value+=${taken:1}
		;;
	[\<\>]*)
		# The number in 2>FILE is no word.
		[[ $raw != *[!0-9]* ]] && _shmtool_begin_word
		_shmtool_end_word
		redirection=yes
		while [[ $rest == [\<\>\&\|]* ]]; do
			rest=${rest:1}
		done
		;;
	*)
		_shmtool_end_word
		rest=${rest:1}
		;;
	esac
}

# Looks for the last word break in the text that was taken.
_shmtool_find_break() {
	local tail=$taken character found='' i

	for ((i = 0; i < ${#breaks}; i++)); do
		character=${breaks:i:1}
		[[ $tail == *"$character"* ]] || continue
		tail=${tail##*"$character"}
		# Readline leaves this one to the word behind it.
		[[ $character != @ ]] || tail=@$tail
		found=yes
	done
	[[ ! $found ]] || break_raw=$((${#raw} - ${#tail})) break_value=$((${#value} - ${#tail}))
}

_shmtool_open_quote() {
	_shmtool_take ${#1}
	quote=$1 quote_raw=${#raw} quote_value=${#value}
}

_shmtool_parse_single_quoted() {
	local text=${rest%%\'*}

	_shmtool_take ${#text}
	value+=$taken
	_shmtool_take 1
	[[ ! $taken ]] || quote=''
}

_shmtool_parse_double_quoted() {
	local text=${rest%%[\\\"\$\`]*}

	if [[ $text ]]; then
		_shmtool_take_text ${#text} '!' # of the history
		return
	fi
	case $rest in
	\"*)
		_shmtool_take 1
		quote=''
		;;
	[\$\`]*) _shmtool_take_text 1 "[\$\`]" ;;
	\\) _shmtool_take_last_backslash ;;
	\\[\\\"\$\`]*)
		_shmtool_take 2
		value+=${taken:1}
		;;
	*)
		_shmtool_take 2
		[[ $taken == *$'\n' ]] || value+=$taken
		;;
	esac
}

_shmtool_parse_ansi_quoted() {
	local text=${rest%%[\\\']*}

	_shmtool_take ${#text}
	ansi+=$taken
	case $rest in
	\'*)
		_shmtool_take 1
		value+=${ansi@E} ansi='' quote=''
		;;
	\\) _shmtool_take_last_backslash ;;
	*)
		_shmtool_take 2
		ansi+=$taken
		;;
	esac
}

#
# The program
#

# Sets program to the one that is being completed, or else to the shmtool in PATH. Sets classic to
# ipcs, ipcrm or ipcmk where that is what is called: another program may have the name, and would
# not know what is asked of it, so shmtool is.
_shmtool_find_program() {
	program=${words[0]-} classic=''
	case ${program##*/} in
	ipcs | ipcrm | ipcmk)
		classic=${program##*/}
		program=shmtool
		;;
	esac
	[[ $program != \~/* ]] || program=${HOME-}/${program#\~/}
	if [[ $program == */* ]]; then
		[[ -f $program && -x $program ]] && return
	elif [[ $program ]]; then
		type -P -- "$program" >/dev/null && return
	fi
	program=shmtool
	type -P shmtool >/dev/null
}

#
# Candidates that are words
#

# Quotes each WORD, or end of a word, as it must be where QUOTE is open; they go into TARGET. Fails
# if nothing had to be quoted.
_shmtool_quote() { # TARGET QUOTE WORD...
	local -n _shmtool_quoted=$1
	local IFS=$'\n' open=$2 text parts character
	# In variables, because bash's versions differ in what they make of backslashes in ${x//y/z}.
	local backslash=\\ apostrophe="'\\''" bang='"\!"'
	shift 2

	case $open in
	'')
		_shmtool_quoted=("$@")
		printf -v text '%q\n' "$@"
		[[ $text != "$*"$'\n' ]] || return
		_shmtool_split parts "$text"
		_shmtool_quoted=("${parts[@]#"''"}") # which %q makes of nothing
		;;
	\') _shmtool_quoted=("${@//"'"/"$apostrophe"}") ;;
	*)
		_shmtool_quoted=("${@//"$backslash"/"$backslash$backslash"}")
		if [[ $open == \" ]]; then
			for character in \" \$ \`; do
				_shmtool_quoted=("${_shmtool_quoted[@]//"$character"/"$backslash$character"}")
			done
			# Within "..." the backslash before it would stay.
			_shmtool_quoted=("${_shmtool_quoted[@]//!/"$bang"}")
		else
			_shmtool_quoted=("${_shmtool_quoted[@]//"'"/"$backslash'"}")
		fi
		;;
	esac
}

# Whether all candidates begin with what is typed.
_shmtool_all_literal() {
	local IFS=''

	[[ ! $typed || ! "${candidates[*]##"$typed"*}" ]]
}

# Leaves of lines and candidates those that begin with what is typed. If none does, those whose
# plain form does: the name of an object may be typed as it is, and is completed with its bytes
# made visible, which the program understands, too. Sets literal: yes for the former.
_shmtool_select() {
	local i plain selected=() selected_lines=()

	literal=yes
	_shmtool_all_literal && return
	for i in "${!candidates[@]}"; do
		[[ ${candidates[i]} == "$typed"* ]] || continue
		selected+=("${candidates[i]}") selected_lines+=("${lines[i]}")
	done
	if ((${#selected[@]} == 0)); then
		literal=''
		plain=("${candidates[@]@E}")
		for i in "${!candidates[@]}"; do
			[[ ${plain[i]} == "$typed"* && ${candidates[i]} == "$kept"* ]] || continue
			selected+=("${candidates[i]}") selected_lines+=("${lines[i]}")
		done
	fi
	candidates=("${selected[@]}") lines=("${selected_lines[@]}")
}

# Makes COMPREPLY of the candidates: what readline puts in the place of the region. What is typed
# stays as it is, if the shell takes it for what it is, and the rest is quoted; else all is.
# Sets as_is: yes if they are just the candidates without what is kept.
_shmtool_reply_quoted() {
	local base=$region prefix=$typed mark=${quote#\$}
	local rests

	as_is=''
	[[ $literal && ! $expanded ]] || base='' prefix=$kept
	rests=("${candidates[@]#"$prefix"}")
	if ! _shmtool_quote COMPREPLY "$quote" "${rests[@]}" && [[ $kept$base == "$prefix" ]]; then
		as_is=yes
	fi
	[[ ! $base ]] || COMPREPLY=("${COMPREPLY[@]/#/"$base"}")
	((${#COMPREPLY[@]} == 1)) || _shmtool_part_replies "$base"
	[[ $quote ]] || return 0
	# Readline closes the quote behind the only candidate, unless that ends with such a character.
	if ((${#COMPREPLY[@]} == 1 || COMP_TYPE == 37)); then
		COMPREPLY=("${COMPREPLY[@]/%"$mark"/"$mark$mark"}")
	fi
	# At the beginning it takes such a character for the one that opened the quote; and for an
	# empty candidate it does nothing at all.
	if [[ ! $base ]]; then
		COMPREPLY=("${COMPREPLY[@]/#"$mark"/"$mark$mark"}")
		[[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} ]] || COMPREPLY=("$mark$mark")
	fi
}

# Readline inserts what all replies have in common, which must not end within a quoted character.
# If they differ in the second half of such a one, the first reply gets empty quotes before it.
_shmtool_part_replies() { # BASE
	local common=${rests[0]} between="''" i length quoted

	for ((i = 1; i < ${#rests[@]} && ${#common} > 0; i++)); do
		while [[ ${rests[i]} != "$common"* ]]; do
			common=${common%?}
		done
	done
	_shmtool_quote quoted "$quote" "$common"
	# shellcheck disable=SC2154 # _shmtool_quote has set it
	length=$((${#1} + ${#quoted[0]}))
	for ((i = 1; i < ${#rests[@]}; i++)); do
		[[ ${COMPREPLY[i]:length:1} == "${COMPREPLY[0]:length:1}" ]] || return
	done
	case $quote in
	\") between='""' ;;
	\$*) between="'\$'" ;;
	esac
	COMPREPLY[0]=${COMPREPLY[0]:0:length}$between${COMPREPLY[0]:length}
}

# Makes COMPREPLY of the lines: the words and, in a column beside them, the descriptions, cut to
# the width of the terminal. LONGEST: characters of the longest word.
_shmtool_reply_described() { # LONGEST [whole, if no word may be cut]
	local IFS=$'\n' limit=80 width=$1 room room_min=12 line word description text fields blanks
	local second_tab=$'\t[^\n]*\t'

	[[ ! ${COLUMNS-} || $COLUMNS == *[!0-9]* ]] || limit=$((10#$COLUMNS))
	((limit--)) # behind the last column the cursor would go to the next line
	room=$((limit - width - 4))

	# All at once, if every line has a description and a byte is a column.
	if ((room >= room_min)); then
		text="${lines[*]}"
		_shmtool_split fields "$text" $'\t\n'
		if ((${#fields[@]} == 2 * ${#lines[@]})) &&
			[[ ! $text =~ $second_tab && $text != *[![:ascii:]]* ]]; then
			printf -v text "%-${width}s  (%.${room}s)\n" "${fields[@]}"
			_shmtool_split COMPREPLY "$text"
			return
		fi
	fi

	# Words that are too long for that don't move the column.
	((room >= room_min)) || width=$((limit - 4 > room_min ? limit - 4 - room_min : 0))
	printf -v blanks "%${width}s" ''
	COMPREPLY=()
	for line in "${lines[@]}"; do
		word=${line%%$'\t'*}
		description=${line:${#word}+1}
		room=$((limit - 4 - (${#word} > width ? ${#word} : width)))
		[[ ${2-} ]] || word=${word:0:limit}
		[[ ! $description ]] || ((room <= 0)) ||
			word+="${blanks:${#word}}  (${description:0:room})"
		COMPREPLY+=("$word")
	done
}

# Makes COMPREPLY of the candidates, without PREFIX, and their descriptions.
_shmtool_reply_listed() { # PREFIX [whole]
	local word longest=0

	[[ ! $1 ]] || lines=("${lines[@]#"$1"}")
	for word in "${candidates[@]}"; do
		((${#word} <= longest)) || longest=${#word}
	done
	_shmtool_reply_described $((longest - ${#1})) "${2-}"
}

# Only lists what is possible: nothing of that gets into the command line.
_shmtool_list_only() {
	local prefix=$kept

	# Of a list, its last word.
	[[ ! $is_list || $typed != *,* ]] || prefix=${typed%"${typed##*,}"}
	_shmtool_reply_listed "$prefix"
}

# Adds the descriptions to a COMPREPLY of which readline lists all and inserts what is common.
_shmtool_list_too() {
	local reply longest=0 i

	# A name with a blank could otherwise have that in common with what stands before a description.
	[[ $quote ]] && return
	if [[ $as_is ]]; then
		_shmtool_reply_listed "$kept" whole
		return
	fi
	for i in "${!COMPREPLY[@]}"; do
		reply=${COMPREPLY[i]}
		((${#reply} <= longest)) || longest=${#reply}
		lines[i]=$reply${lines[i]#"${candidates[i]}"}
	done
	_shmtool_reply_described "$longest" whole
}

# Sets is_list if what is completed is a word of a list: another may follow behind a comma.
_shmtool_find_list() {
	local option=${words[${#words[@]} - 1]} word

	is_list=''
	for word in "${words[@]}"; do
		[[ $word != -- ]] || return 0
	done
	[[ $typed != --*=* ]] || option=${typed%%=*}
	case $option in
	--ou* | --kin* | --pro*)
		for word in --output --kind --prot; do
			[[ $word != "$option"* ]] || is_list=yes
		done
		;;
	-o | -[!-]*o) is_list=yes ;;
	esac
}

# Answers with the words in answer.
_shmtool_reply_words() {
	local lines candidates literal is_list as_is

	_shmtool_split lines "$answer"
	candidates=("${lines[@]%%$'\t'*}")
	_shmtool_select
	((${#candidates[@]})) || return
	_shmtool_find_list
	compopt -o nosort 2>/dev/null # the program has sorted them
	if ((COMP_TYPE == 63 && ${#candidates[@]} > 1)); then
		_shmtool_list_only
		return
	fi
	_shmtool_reply_quoted
	if ((${#candidates[@]} == 1)); then
		[[ ! $is_list && ${candidates[0]} != *= ]] || compopt -o nospace 2>/dev/null
	elif ((COMP_TYPE == 33 || COMP_TYPE == 64)); then
		_shmtool_list_too
	fi
}

#
# Candidates that are files
#

# Answers with the files whose names follow PREFIX in the word, for KIND dirs only with directories,
# for programs also with what can be run. Readline does the rest: quotes, a slash after directories,
# the last components when it lists them.
_shmtool_reply_files() {
	local kind=$1 prefix=$2 - path home='' matches=() match

	[[ $typed == "$prefix"* ]] || return
	path=${typed#"$prefix"}
	if [[ $path == \~/* && ! $quote && $region == \~/* ]]; then
		home=${HOME-}
		path=$home${path#\~}
	elif [[ $tilde || $expanded ]] || shopt -q failglob; then
		# Readline knows how to expand that.
		compopt -o default 2>/dev/null
		return
	fi
	set +f
	for match in "$path"*; do
		case $kind in
		files) [[ -e $match || -L $match ]] ;;
		programs) [[ -d $match || -x $match ]] ;;
		*) [[ -d $match ]] ;;
		esac && matches+=("$match")
	done
	((${#matches[@]})) || return
	compopt -o filenames 2>/dev/null
	if [[ $home && ! $prefix ]]; then
		matches=("${matches[@]#"$home"}")
		matches=("${matches[@]/#/"~"}")
	elif [[ $kept != "$prefix" ]]; then
		# Readline gets only a part of the path, or the prefix with it, and can't find it.
		for match in "${!matches[@]}"; do
			[[ ! -d ${matches[match]} ]] || matches[match]+=/
		done
		if ((${#matches[@]} == 1)) && [[ ${matches[0]} == */ ]]; then
			compopt -o nospace 2>/dev/null
		fi
		matches=("${matches[@]/#/"$prefix"}")
		matches=("${matches[@]#"$kept"}")
	fi
	COMPREPLY=("${matches[@]}")
}

#
# Another program, behind "--"
#

# Adds to candidates the names in PATH that begin with what is typed. Aliases, functions and
# builtins are none: no shell runs the program.
_shmtool_find_in_path() {
	local - directories directory match failglob=''
	local -A found=()

	if shopt -q failglob; then
		failglob=yes
		shopt -u failglob
	fi
	_shmtool_split directories "${PATH-}:" :
	set +f
	for directory in "${directories[@]}"; do
		for match in "${directory:-.}/$typed"*; do
			[[ -f $match && -x $match ]] || continue
			match=${match##*/}
			[[ ! ${found["/$match"]-} && $match != *[[:cntrl:]]* ]] || continue
			found["/$match"]=yes
			candidates+=("$match")
		done
	done
	# The program may be in one of these.
	for match in "./$typed"*/; do
		[[ ! -d $match || $match == *[[:cntrl:]]* ]] || candidates+=("${match#./}")
	done
	[[ ! $failglob ]] || shopt -s failglob
}

# Answers with the names of programs.
_shmtool_reply_programs() {
	local candidates=() literal=yes as_is

	if [[ $typed == */* || $tilde || $expanded ]]; then
		_shmtool_reply_files programs ''
		return
	fi
	_shmtool_find_in_path
	((${#candidates[@]})) || return
	_shmtool_reply_quoted
	[[ ${#candidates[@]} != 1 || ${candidates[0]} != */ ]] || compopt -o nospace 2>/dev/null
}

# Answers with the files for an argument of a program about which nothing is known.
_shmtool_reply_argument() {
	_shmtool_reply_files files ''
	# As in --option=FILE.
	((${#COMPREPLY[@]})) || [[ $typed != *=* ]] || _shmtool_reply_files files "${typed%%=*}="
}

# Sets _shmtool_offset to the index in COMP_WORDS at which a word of words begins. There, a word is
# in parts if it has word breaks, and redirections are words, too.
_shmtool_find_offset() { # INDEX
	local COMP_POINT=0 words typed region quote kept expanded tilde redirection between part

	for ((_shmtool_offset = 0; _shmtool_offset < COMP_CWORD; _shmtool_offset++)); do
		part=${COMP_WORDS[_shmtool_offset]}
		between=${COMP_LINE:COMP_POINT}
		between=${between%%"$part"*}
		((COMP_POINT += ${#between}))
		_shmtool_parse
		((${#words[@]} < $1)) || [[ $redirection || $part == [\<\>]* ]] || return
		((COMP_POINT += ${#part}))
	done
}

# Answers for the command line of a program that begins with a word of words. Sets
# _shmtool_delegate to the function that shall do it, if there is one.
_shmtool_reply_program() { # INDEX
	local function

	if (($1 >= ${#words[@]})); then
		_shmtool_reply_programs
		return
	fi
	# The second is what it is called before bash-completion 2.12.
	for function in _comp_command_offset _command_offset; do
		declare -F "$function" >/dev/null || continue
		_shmtool_delegate=$function
		_shmtool_find_offset "$1"
		return
	done
	_shmtool_reply_argument
}

_shmtool_answer() {
	local - IFS=$' \t\n'
	local words typed region quote kept expanded tilde redirection
	local program classic answer kind prefix

	set +eu
	COMPREPLY=()
	_shmtool_parse && _shmtool_find_program || return 0
	if [[ $redirection ]]; then
		answer=:files
	else
		answer=$(exec "$program" __complete ${classic:+"$classic"} "${words[@]:1}" "$typed" </dev/null 2>/dev/null)
	fi
	case $answer in
	:files* | :dirs*)
		kind=${answer%% *}
		prefix=${answer#"$kind"}
		_shmtool_reply_files "${kind#:}" "${prefix# }"
		;;
	:program\ *) _shmtool_reply_program "${answer#* }" ;;
	?*) _shmtool_reply_words ;;
	esac
}

_shmtool() {
	local _shmtool_delegate='' _shmtool_offset

	_shmtool_answer || :
	# Out of the way of the variables and settings above: this calls other commands' functions.
	[[ ! $_shmtool_delegate ]] || "$_shmtool_delegate" "$_shmtool_offset" || :
	return 0
}

complete -F _shmtool shmtool

# As make install-compat links it, this file is also that of ipcs, ipcrm and ipcmk.
case ${BASH_SOURCE[0]##*/} in
ipcs | ipcrm | ipcmk) complete -F _shmtool "${BASH_SOURCE[0]##*/}" ;;
esac
