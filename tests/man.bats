#!/usr/bin/env bats
# The manual: a page for each command, with all its options and columns and no others, and
# examples that work.
#
# The examples of a page are one session, in an IPC namespace and with a /dev/shm and, where there
# can be one, a /dev/mqueue of its own, which begin empty: each display is run, in the order of the
# page, and its output compared with what the page shows. Nothing else is run, and a variable that
# no example sets is an error. A comment before a display says what of the output is not compared:
#
#	.\" The output varies	all of it
#	.\" The numbers vary	numbers, a dash in the place of one, and whether there are
#				processes that may not be looked into
#	.\" The keys vary	keys

load test_helper
load truth

MAN=$SRCDIR/man

# commands: the names of all commands, one a line.
commands() {
	"$SHMTOOL" --help | awk '/^Commands:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }'
}

# is_classic COMMAND: whether it is one of those that speak as util-linux's do. They have no options
# but their own.
is_classic() {
	case $1 in
	ipcs | ipcrm | ipcmk) ;;
	*) return 1 ;;
	esac
}

# options COMMAND: "LETTER LONG" of each of its options, "- LONG" for those without a letter.
options() {
	"$SHMTOOL" "$1" --help |
		sed -nE 's/^ +-(.), --([a-z-]+).*/\1 \2/p; s/^ +--([a-z-]+).*/- \1/p'
}

# columns COMMAND: the names of its columns, one a line, except host, which shmtool(1) describes.
columns() {
	"$SHMTOOL" "$1" -o help | awk '$1 != "host" { print $1 }'
}

# column_items COMMAND: the columns that its page describes.
column_items() {
	awk '/^\.S[hs]/ { on = /olumns/ } on && /^\.It Cm/ { print $3 }' "$MAN/shmtool-$1.1"
}

# in_page PAGE LINE: fails if a page does not have a line; reports the missing one.
in_page() {
	grep -qxF -e "$2" "$MAN/$1" || fail "$1 has no line $2"
}

# default_columns COLUMN...: checks that shmtool-stat(1) has just these columns as a list.
default_columns() {
	local line=".Cm $1"

	shift
	[ $# -eq 0 ] || line+=$(printf ' , %s' "$@")
	grep -qxF -e "$line" -e "$line ." "$MAN/shmtool-stat.1" || fail "no line $line"
}

#
# The examples
#

# split_examples PAGE: writes the displays of EXAMPLES to files: what is to be run to N.run, what
# the page shows to N.shown; an empty file N.varies if the output is not to be compared, N.numbers
# or N.keys if these are not.
split_examples() {
	awk '
		# What roff needs in order to print a character as it is.
		function plain(line) {
			gsub(/\\\(aq/, "\047", line)
			gsub(/\\\(ga/, "`", line)
			gsub(/\\\(ha/, "^", line)
			gsub(/\\\(ti/, "~", line)
			gsub(/\\-/, "-", line)
			# Before a control character, and after trailing blanks.
			sub(/^\\&/, "", line)
			sub(/\\&$/, "", line)
			gsub(/\\e/, "\\", line)
			return line
		}
		/^\.Sh/ { examples = $2 == "EXAMPLES" }
		!examples { next }
		/^\.\\" The output varies/ { varies = 1; next }
		/^\.\\" The numbers vary/ { numbers = 1; next }
		/^\.\\" The keys vary/ { keys = 1; next }
		/^\.Bd -literal/ {
			name = sprintf("%02d", ++displays)
			printf "" >(name ".run")
			printf "" >(name ".shown")
			if (varies)
				printf "" >(name ".varies")
			if (numbers)
				printf "" >(name ".numbers")
			if (keys)
				printf "" >(name ".keys")
			varies = numbers = keys = ""
			display = 1
			next
		}
		/^\.Ed/ { display = 0; next }
		display && /^[$#>] / {
			print substr(plain($0), 3) >(name ".run")
			if (/ &$/)
				print "begun $!" >(name ".run")
			next
		}
		display { print plain($0) >(name ".shown") }' "$MAN/$1"
}

# split_readme HEADING: the same of the first display of README.md below a heading.
split_readme() {
	awk -v heading="$1" '
		$0 == heading { below = 1 }
		/^```/ && below && ++fences == 2 { exit }
		!fences || /^```/ { next }
		/^[$#>] / {
			print substr($0, 3) >"01.run"
			if (/ &$/)
				print "begun $!" >"01.run"
			next
		}
		{ print >"01.shown" }' "$SRCDIR/README.md"
}

# run_examples: runs N.run after N.run in one shell; the output goes to N.said, the status of the
# last command to N.status. Where a program is started in the background, the next line is only run
# when it has begun, as if a person had typed it.
run_examples() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	timeout 60 env -u HELPERS -u SHMTOOL -u SRCDIR unshare --ipc --mount bash -uc '
		begun() {
			local tries

			for ((tries = 0; tries < 1000; tries++)); do
				[ "$(cat "/proc/$1/comm")" = bash ] || return 0
				sleep 0.01
			done
			return 1
		}
		trap "kill \$(jobs -p) 2>/dev/null" EXIT
		mount -t tmpfs -o mode=1777 tmpfs /dev/shm || exit
		[ ! -d /dev/mqueue ] || mount -t mqueue tests /dev/mqueue || exit
		mkdir work
		cd work || exit
		for example in ../*.run; do
			. "$example" >"${example%run}said" 2>&1
			echo $? >"${example%run}status"
		done' 3>&-
}

# steady FILE DISPLAY: an output without what differs from run to run, which are the times, and
# numbers or keys if the page says so; then blanks do not count either.
steady() {
	local keys='' numbers=''

	[ ! -e "$2.keys" ] || keys='s/\b0x[0-9a-f]{8}\b/KEY/g'
	[ ! -e "$2.numbers" ] ||
		numbers='s/ that can be inspected / /; s/\b0x[0-9a-f]+\b/N/g; s/[0-9]+/N/g
			s/ +/ /g; :a; s/ -( |$)/ N\1/; ta'
	sed -E -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[+-][0-9]{4}/TIME/g' \
		-e 's/[A-Z][a-z]{2} [A-Z][a-z]{2} [ 1-3][0-9] [0-9:]{8} [0-9]{4}/TIME/g' -e "$keys" -e "$numbers" "$1"
}

# comparable FILE DISPLAY: the same, as one line if there are messages, which a page breaks into
# lines.
comparable() {
	steady "$@" |
		if grep -q '^shmtool: ' "$2.shown"; then
			tr -s '[:space:]' ' '
		else
			cat
		fi
}

# new_lines DISPLAY: the lines of the output, except messages, that are not lines of the page.
new_lines() {
	steady "$1.said" "$1" | grep -v '^shmtool: ' | grep -vxF -f <(steady "$1.shown" "$1")
}

# check_examples PAGE: runs the examples of a page and compares.
check_examples() {
	split_examples "$1"
	run_and_compare "$1"
}

# run_and_compare NAME: runs and compares the parts split from a file.
run_and_compare() {
	local run display command

	require_root
	require_private_namespace
	unshare --ipc --mount true 2>/dev/null || skip 'needs an IPC namespace for each page'
	[ -e 01.run ] || fail "$1 has no examples"
	mkdir bin
	for command in shmtool ipcs ipcrm ipcmk; do
		ln -s "$SHMTOOL" "bin/$command"
	done
	PATH=$PWD/bin:$PATH run_examples || fail "the examples of $1 broke off"
	for run in *.run; do
		display=${run%.run}
		if [ -e "$display.varies" ]; then
			assert_equal "$(cat "$display.status")" 0
			# Not even root can inspect all processes of some machines.
			sed -i '/ could not be inspected (/d' "$display.said"
			run ! grep '^shmtool: ' "$display.said"
		else
			assert_equal "$(comparable "$display.said" "$display")" \
				"$(comparable "$display.shown" "$display")"
			run new_lines "$display"
			assert_output ''
		fi
	done
}

@test "man: every command has a page, and every page a command" {
	assert_equal "$(cd "$MAN" && printf '%s\n' shmtool-*.1)" \
		"$(commands | LC_ALL=C sort | sed 's/.*/shmtool-&.1/')"
	for command in $(commands); do
		in_page shmtool.1 ".It Cm $command"
		in_page shmtool.1 ".Xr shmtool-$command 1 ,"
		in_page "shmtool-$command.1" ".Dt SHMTOOL-${command^^} 1"
	done
}

@test "man: every page has the sections that people look for" {
	in_page shmtool-families.5 '.Sh EXAMPLES'
	for page in "$MAN"/*.1; do
		for section in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
			in_page "${page##*/}" ".Sh $section"
		done
	done
}

@test "man: every option of a command is described in its page or in shmtool(1)" {
	for command in $(commands); do
		pages=("$MAN/shmtool-$command.1")
		is_classic "$command" || pages+=("$MAN/shmtool.1")
		while read -r letter option; do
			item="^\.It Fl "
			[ "$letter" = - ] || item+="$letter( .*)? , Fl "
			grep -qE -e "$item-$option( |$)" "${pages[@]}" ||
				fail "$command: no item for -$letter, --$option"
		done < <(options "$command")
	done
}

@test "man: the pages of ipcs, ipcrm and ipcmk have no option that is not theirs" {
	for command in ipcs ipcrm ipcmk; do
		assert_equal "$(grep -oE '^\.It Fl .*Fl -[a-z-]+|^\.It Fl -[a-z-]+' "$MAN/shmtool-$command.1" |
			sed 's/.*Fl -//' | sort)" "$(options "$command" | awk '{ print $2 }' | sort)"
	done
}

@test "man: ipcs, ipcrm and ipcmk state the release they follow and the differences" {
	for command in ipcs ipcrm ipcmk; do
		in_page "shmtool-$command.1" '.Sh DIFFERENCES FROM UTIL-LINUX'
		in_page "shmtool-$command.1" ".Xr $command 1 ,"
		# In the synopsis, under both names.
		in_page "shmtool-$command.1" ".Nm $command"
		in_page "shmtool-$command.1" ".Cm $command"
		release=$("$SHMTOOL" "$command" --version | grep -oE 'util-linux [0-9.]+')
		in_page "shmtool-$command.1" "follows $release."
		in_page shmtool.1 "Under their names it follows $release."
	done
}

@test "man: no page has an option that no command has" {
	for command in $(commands); do
		options "$command"
	done | awk '{ print $2 }' | sort -u >known
	[ "$(wc -l <known)" -gt 20 ]
	grep -hoE 'Fl -[a-z][a-z-]+' "$MAN"/*.1 | cut -c 5- | sort -u >described
	run comm -13 known described
	assert_output ''
}

@test "man: stat, limits, users, usage, watch and rm describe all columns and no others" {
	for command in stat limits users usage watch rm; do
		assert_equal "$(column_items "$command" | sort)" "$(columns "$command" | sort)"
	done
}

@test "man: shmtool-stat(1) has the default columns of each kind and of the machine formats" {
	for kind in shm pshm psem msg sem pmsg; do
		run_tool stat -q --kind "$kind" --name no-such-name
		# shellcheck disable=SC2086 # one word a column
		default_columns ${lines[1]}
	done
	run_tool stat -q --raw --name no-such-name
	# shellcheck disable=SC2086 # one word a column
	default_columns ${lines[0]}
	run_tool stat -q --raw --kind sem --name no-such-name
	in_page shmtool-stat.1 ".Cm ${lines[0]##* * * * * * * * * * }"
}

@test "man: shmtool-stat(1) describes all columns of --elements and no others" {
	assert_equal "$(awk '/^\.S[hs]/ { on = /The semaphores of a set/ } on && /^\.It Cm/ { print $3 }' \
		"$MAN/shmtool-stat.1" | sort)" \
		"$("$SHMTOOL" stat --elements -o help | awk '$1 != "host" { print $1 }' | sort)"
	ipcmk -S 1
	run_tool stat -q --elements
	# The last two are joined by a word.
	# shellcheck disable=SC2086 # one word a column
	set -- ${lines[1]}
	default_columns "${@:1:$(($# - 1))}"
	in_page shmtool-stat.1 ".Cm ${!#} ;"
}

@test "man: shmtool-limits(1) describes all limits" {
	for name in $("$SHMTOOL" limits -q --kind all --raw --no-headings -o limit); do
		case $name in
		hugepages_*) in_page shmtool-limits.1 '.It Li hugepages_ Ns Ar N Ns Li kB' ;;
		*) in_page shmtool-limits.1 ".It Li $name" ;;
		esac
	done
}

@test "man: mandoc finds nothing to complain about" {
	require_command mandoc
	# Whether the pages of other packages are installed here is not our pages' fault.
	run bash -c 'mandoc -Tlint "$@" 2>/dev/null | grep -v "referenced manual not found"' - "$MAN"/*.[15]
	assert_output ''
}

@test "man: examples need nothing that the page does not show" {
	run ! grep '^\.\\" *[$#]' "$MAN"/*.1
}

@test "man: shmtool-families(1) describes all columns and no others" {
	for section in Columns 'Columns of'; do
		awk -v section="$section" '/^\.S[hs]/ { on = $0 == ".Ss " section || (section ~ /of/ && index($0, ".Ss " section) == 1) }
			on && /^\.It Cm/ { print $3 }' "$MAN/shmtool-families.1" | sort >"described-${#section}"
	done
	assert_equal "$(cat described-7)" "$(columns families | sort)"
	assert_equal "$(cat described-10)" \
		"$("$SHMTOOL" families --match -o help | awk '$1 != "host" { print $1 }' | sort)"
}

@test "man: shmtool-families(5) describes every key, fate, condition and placeholder" {
	for word in match fate with-program description reason cleaner source magic maker; do
		grep -q "^\.It Ic $word = " "$MAN/shmtool-families.5" || fail "no key $word"
	done
	for word in garbage keep with-maker with-program together '{pid}' '{hex}' '{word}' '{blanks}' '{instance}'; do
		in_page shmtool-families.5 ".It Cm $word"
	done
	for word in key owner bytes mode nsems; do
		grep -q "^\.It Cm $word=" "$MAN/shmtool-families.5" || fail "no condition $word"
	done
}

@test "man: the example rules of shmtool-families(5) are correct" {
	awk '/^\.Bd/ { on = 1; next } /^\.Ed/ { on = 0 } on && !/^#/ { gsub(/\\-/, "-"); print }' \
		"$MAN/shmtool-families.5" >all.conf
	[ "$(grep -c '^\[' all.conf)" -eq 3 ]
	run_tool families --check --quiet all.conf
	assert_success
	assert_stderr_empty
}

@test "man: the examples of shmtool-families(1) work" {
	check_examples shmtool-families.1
}

@test "man: the examples of shmtool(1) work" {
	check_examples shmtool.1
}

@test "man: the examples of shmtool-create(1) work" {
	check_examples shmtool-create.1
}

@test "man: the examples of shmtool-stat(1) work" {
	check_examples shmtool-stat.1
}

@test "man: the examples of shmtool-rm(1) work" {
	check_examples shmtool-rm.1
}

@test "man: the examples of shmtool-set(1) work" {
	check_examples shmtool-set.1
}

@test "man: the examples of shmtool-users(1) work" {
	check_examples shmtool-users.1
}

@test "man: the examples of shmtool-watch(1) work" {
	check_examples shmtool-watch.1
}

@test "man: the examples of shmtool-guard(1) work" {
	check_examples shmtool-guard.1
}

@test "man: the examples of shmtool-limits(1) work" {
	check_examples shmtool-limits.1
}

@test "man: the examples of shmtool-usage(1) work" {
	check_examples shmtool-usage.1
}

@test "man: map-file and probe-pages describe all columns and no others" {
	for command in map-file probe-pages; do
		assert_equal "$(column_items "$command" | grep -vxE 'resident|dirty|hole|swapped|disk|huge|beyond' | sort)" \
			"$("$SHMTOOL" "$command" -o help | awk '$1 != "host" { print $1 }' | sort)"
	done
}

@test "man: the examples of shmtool-attach(1) work" {
	check_examples shmtool-attach.1
}

@test "man: the examples of shmtool-write(1) work" {
	check_examples shmtool-write.1
}

@test "man: the examples of shmtool-send(1) work" {
	check_examples shmtool-send.1
}

@test "man: the examples of shmtool-recv(1) work" {
	check_examples shmtool-recv.1
}

@test "man: the examples of shmtool-channel(5) work" {
	check_examples shmtool-channel.5
}

@test "man: the examples of shmtool-read(1) work" {
	check_examples shmtool-read.1
}

@test "man: the examples of shmtool-map-file(1) work" {
	check_examples shmtool-map-file.1
}

@test "man: the examples of shmtool-probe-pages(1) work" {
	check_examples shmtool-probe-pages.1
}

@test "man: the examples of shmtool-ipcs(1) work" {
	check_examples shmtool-ipcs.1
}

@test "man: the examples of shmtool-ipcrm(1) work" {
	check_examples shmtool-ipcrm.1
}

@test "man: the examples of shmtool-ipcmk(1) work" {
	check_examples shmtool-ipcmk.1
}

@test "README: its first screen can be typed in" {
	split_readme '# shmtool'
	: >01.numbers
	run_and_compare README.md
	# The sizes are those that are shown.
	assert_equal "$(awk '/removed$|kept:/ { print $1, $3 }' 01.said)" \
		"$(awk '/removed$|kept:/ { print $1, $3 }' 01.shown)"
	assert_equal "$(grep freed 01.said)" "$(grep freed 01.shown)"
	# The text about them.
	grep -q '^/job-71 .* removed$' 01.said
	grep -q '^/job-72 .* kept: ' 01.said
}

@test "README: the metrics can be typed in" {
	split_readme '## Monitoring'
	echo 'mount -o remount,size=50% /dev/shm' >>01.run
	run_and_compare README.md
}

@test "README: the examples of limits in scripts can be typed in" {
	split_readme '## Limits in scripts and CI'
	echo 'mount -o remount,size=50% /dev/shm' >>01.run
	run_and_compare README.md
}

@test "README: the files in directories are listed" {
	split_readme '## Files in directories'
	cat >00.run <<-'END'
		umask 022
		mkdir -p /dev/shm/jobs/6811 /dev/shm/jobs/6812
		head -c 8K /dev/zero >/dev/shm/jobs/6811/meta
		head -c 48M /dev/zero >/dev/shm/jobs/6811/ring
		head -c 64K /dev/zero >/dev/shm/jobs/6812/ring
		sleep 1m </dev/shm/jobs/6812/ring &
		begun $!
	END
	: >00.shown
	# Not even root can inspect all processes of some machines, and pids differ.
	sed -i 's/^shmtool [a-z]*/& -q/; s/ref,pid,/ref,/' 01.run
	sed -Ei 's/ (pid|[0-9]+) (command|sleep)/ \2/' 01.shown
	run_and_compare README.md
}

@test "README: the records of a C struct can be typed in" {
	require_command jq
	split_readme '## Bytes and records'
	run_and_compare README.md
}

@test "README: a file, a chat and messages through channels can be typed in" {
	split_readme '## From one process to another'
	run_and_compare README.md
}

@test "README: the examples of ipcs, ipcrm and ipcmk can be typed in" {
	split_readme '## Drop-in ipcs, ipcrm and ipcmk'
	run_and_compare README.md
}
