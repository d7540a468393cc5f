#!/usr/bin/env bats
# Output on a terminal: short sizes and times, use and totals, the width, colors, the pager; and that
# none of this happens in a pipe.
# Mostly waits.
# Takes 25 seconds.

load test_helper

bats_require_minimum_version 1.5.0

setup() {
	require_private_namespace
	common_setup
}

# on_terminal WIDTHxHEIGHT COMMAND...: sets $output and $status of a command on a terminal of that
# size.
on_terminal() {
	run env TERM=xterm timeout 60 "$HELPERS/on_terminal" "$@" </dev/null
}

# on_plain_terminal WIDTH COMMAND...: the same without colors, on a terminal of 200 lines.
on_plain_terminal() {
	on_terminal "${1}x200" env NO_COLOR=1 "${@:2}"
}

# Objects of each kind of name: short, long, wide, combining, invalid.
make_world() {
	SEGMENT=$(make_segment 1200000000 0600)
	ipcmk --queue >/dev/null
	ipcmk --semaphore 3 >/dev/null
	LONG=results-of-the-job-that-ran-last-night
	COMBINED=$(printf 'cafe\xcc\x81')
	truncate -s 300M "/dev/shm/$LONG"
	truncate -s 70K /dev/shm/日本語
	truncate -s 2500 "/dev/shm/$COMBINED"
	printf x >/dev/shm/$'odd\xff'
	touch -d '2001-02-03 04:05' "/dev/shm/$LONG"
}

# widest: the width of the widest line of standard input in terminal columns.
widest() {
	wc -L
}

escape=$'\033'

#
# For a person
#

@test "terminal: stat prints sizes and times in short form" {
	make_world
	touch -d '00:00' /dev/shm/日本語
	on_plain_terminal 100 "$SHMTOOL" stat
	assert_success
	assert_output --regexp "0x[0-9a-f]{8} $SEGMENT +[a-z0-9]+ +600 +1\.1G +0 -"
	assert_line --regexp "^/$LONG .* 300M +0 2001-02-03"
	assert_line --regexp '^/日本語 .* 70K +0 00:00 '
}

@test "terminal: --bytes and --time-format print what a pipe gets" {
	make_world
	on_plain_terminal 200 "$SHMTOOL" stat --bytes --time-format iso
	assert_success
	assert_line --regexp ' 1200000000 +0 -'
	assert_line --regexp "^/$LONG .* 314572800 +0 2001-02-03T04:05:00\+0000 "
	run_stderr_split shmtool stat --bytes --human
	assert_equal "$status" 2
	[[ $stderr == *"--human and --bytes can't be combined"* ]]
}

@test "terminal: objects without a number of attaches have their use" {
	make_world
	require_inspection
	background "$HELPERS/hold_files" /dev/shm/日本語
	wait_until 20 test -s background.out
	on_plain_terminal 100 "$SHMTOOL" stat --kind all
	assert_success
	assert_line --regexp '^/日本語 .* used$'
	assert_line --regexp "^/$LONG .* (unused|abandoned)$"
	assert_line --regexp '^key +semid owner +perms nsems use$'
	refute_line --regexp 'nattch.* use'
}

@test "terminal: a list ends with the totals" {
	make_world
	require_inspection
	rm /dev/shm/odd* "/dev/shm/$COMBINED" /dev/shm/日本語
	on_plain_terminal 100 "$SHMTOOL" stat --kind all
	assert_success
	assert_equal "${lines[-1]}" '1 segment, 1 object, 1 message queue, 1 semaphore set, 1.4G, 1.4G unused'
	background "$HELPERS/hold_files" "/dev/shm/$LONG"
	wait_until 20 test -s background.out
	on_plain_terminal 100 "$SHMTOOL" stat --bytes
	assert_equal "${lines[-1]}" '1 segment, 1 object, 1514572800 bytes, 1200000000 bytes unused'
	on_plain_terminal 100 "$SHMTOOL" stat --no-headings
	refute_line --partial 'segment,'
	# Without the column, the use of objects is not known.
	on_plain_terminal 100 "$SHMTOOL" stat -o ref,bytes
	assert_equal "${lines[-1]}" '1 segment, 1 object, 1.4G'
}

@test "terminal: users ends with the processes and objects" {
	make_world
	background "$HELPERS/hold_files" /dev/shm/日本語 "/dev/shm/$LONG"
	wait_until 20 test -s background.out
	"$HELPERS/hold_segment" "$SEGMENT" >held &
	wait_until 20 test -s held
	on_plain_terminal 100 "$SHMTOOL" users
	assert_success
	assert_line '2 processes, 3 objects'
	run shmtool users
	refute_output --partial processes,
}

@test "terminal: the unprivileged list has no note about processes unless it asks for users" {
	require_root
	make_world
	as_user touch /dev/shm/mine
	run env TERM=xterm setpriv --reuid 65534 --regid 65534 --clear-groups -- \
		"$HELPERS/on_terminal" 100x100 "$SHMTOOL" stat --kind pshm </dev/null
	assert_success
	refute_output --partial 'shmtool:'
}

@test "terminal: details have sizes in both forms, and long text is folded" {
	make_world
	on_plain_terminal 60 "$SHMTOOL" stat "/$LONG" "$SEGMENT"
	assert_success
	assert_line --regexp '^bytes +314572800 \(300M\)$'
	assert_line --regexp '^bytes +1200000000 \(1\.1G\)$'
	assert_line --regexp '^mtime +2001-02-03T04:05:00\+0000$'
	(($(grep -v '^------' <<<"$output" | widest) <= 60))
}

#
# The width
#

@test "terminal: tables fit 60, 100 and 200 columns, and no name is shortened" {
	make_world
	for width in 60 100 200; do
		on_plain_terminal "$width" "$SHMTOOL" stat --kind all -o +why,creator,group,commands
		assert_success
		(($(grep -v '^shmtool:' <<<"$output" | widest) <= width)) || fail "$width: $output"
		assert_line --regexp "^/$LONG "
		assert_line --regexp "^0x[0-9a-f]{8} $SEGMENT "
	done
}

@test "terminal: text is shortened first, then columns are omitted and named" {
	make_world
	on_plain_terminal 100 "$SHMTOOL" stat --kind pshm -o name,owner,perms,why
	assert_line --regexp "^/$LONG .*…$"
	refute_output --partial 'not shown'
	on_plain_terminal 60 "$SHMTOOL" stat --kind pshm
	assert_line "not shown: perms, mtime, used (--no-truncate)"
	(($(widest <<<"$output") <= 60))
	on_plain_terminal 60 "$SHMTOOL" stat --kind pshm --no-truncate
	refute_output --partial 'not shown'
	assert_line --regexp '^name +owner +perms +bytes +used +mtime +use$'
}

@test "terminal: a very long name has a line of its own, and takes no room from the others" {
	make_world
	require_inspection
	long=$(printf 'x%.0s' {1..150})
	: >"/dev/shm/$long"
	on_plain_terminal 100 "$SHMTOOL" stat --kind pshm --bytes
	assert_success
	assert_line "/$long"
	assert_line --regexp '^name {36}owner +perms +bytes +used mtime +use$'
	assert_line --regexp '^ {40}[a-z0-9]+ +644 +0 +0 [0-9:]+ +unused$'
	(($(grep -v "^/$long$" <<<"$output" | widest) <= 100))
	run shmtool stat --kind pshm
	assert_line --regexp "^/$long [a-z0-9]+ +644 "
}

@test "terminal: columns after wide, combining and invalid characters are aligned" {
	make_world
	on_plain_terminal 100 "$SHMTOOL" stat --kind pshm -o name,perms
	assert_success
	for line in "${lines[@]:2:4}"; do
		assert_equal "$(widest <<<"${line%???}")" "$((${#LONG} + 2))"
	done
	assert_line --regexp '^/odd\\377 +644$'
	assert_line --regexp '^/日本語 +644$'
}

@test "terminal: without a UTF-8 locale, shortened text ends in a tilde" {
	make_world
	on_plain_terminal 80 env LC_ALL=C "$SHMTOOL" stat --kind pshm -o name,why
	assert_line --regexp "^/$LONG .*~$"
	[[ $output != *[$'\200'-$'\377']* ]]
}

@test "terminal: COLUMNS is the width of a terminal that has none" {
	make_world
	on_terminal 0x0 env NO_COLOR=1 PAGER= COLUMNS=60 "$SHMTOOL" stat --kind pshm
	assert_line --partial 'not shown'
	(($(widest <<<"$output") <= 60))
}

@test "terminal: help and the list of columns fit, with the words of a pipe" {
	for words in --help 'stat --help' 'rm --help' 'stat -o help' 'users -o help'; do
		# shellcheck disable=SC2086 # several words
		piped=$(shmtool $words)
		for width in 30 60 100; do
			# shellcheck disable=SC2086
			on_terminal "${width}x500" "$SHMTOOL" $words
			assert_success
			assert_equal "$(tr -s '[:space:]' '\n' <<<"$output")" "$(tr -s '[:space:]' '\n' <<<"$piped")"
			(($(widest <<<"$output") <= width || width == 30)) || fail "$words: $output"
		done
	done
}

@test "terminal: a hex dump has 16, 8 or 4 bytes a line, and all of them" {
	head -c 1000 /dev/urandom >bytes
	for pair in 200:16 78:16 77:8 60:8 46:8 45:4; do
		on_terminal "${pair%:*}x500" "$SHMTOOL" read ./bytes
		assert_success
		(($(widest <<<"$output") <= ${pair%:*}))
		assert_equal "$(head -n 1 <<<"$output" | cut -d '|' -f 1 | wc -w)" $((${pair#*:} + 1))
		sed 's/|.*//; s/^[0-9a-f]* *//' <<<"$output" | tr -d ' \n' >hex
		cmp hex <(od -An -v -tx1 bytes | tr -d ' \n')
	done
}

#
# Colors
#

@test "terminal: headings are bold, and colors show the use" {
	make_world
	require_inspection
	background "$HELPERS/hold_files" /dev/shm/日本語
	wait_until 20 test -s background.out
	on_terminal 200x200 "$SHMTOOL" stat --kind all -o +use
	assert_success
	assert_line "${escape}[1m------ Shared Memory Segments --------${escape}[m"
	assert_line --regexp "^/日本語 .*$escape\[32mused$escape\[m$"
	assert_line --regexp " $escape\[33m0$escape\[m .*$escape\[31morphaned$escape\[m$"
	assert_line --regexp "^/odd.*$escape\[33munused$escape\[m$"
}

@test "terminal: colors end at NO_COLOR, a dumb terminal and --color=never" {
	make_world
	for setting in NO_COLOR=1 TERM=dumb TERM= CLICOLOR_FORCE=0,NO_COLOR=1 CLICOLOR_FORCE=1,NO_COLOR=1; do
		on_terminal 100x100 env "${setting%,*}" "${setting#*,}" "$SHMTOOL" stat
		assert_success
		refute_output --partial "$escape"
	done
	on_terminal 100x100 "$SHMTOOL" stat --color=never
	refute_output --partial "$escape"
	# The command line is closest to the user.
	on_terminal 100x100 env NO_COLOR=1 "$SHMTOOL" stat --color=always
	assert_output --partial "$escape"
}

@test "terminal: in a pipe, colors come only on request and only in tables" {
	make_world
	for command in 'stat --color=always' 'stat --color' 'families --color=always'; do
		# shellcheck disable=SC2086
		run shmtool $command
		assert_output --partial "${escape}[1m"
		# Nothing else changes.
		# shellcheck disable=SC2001
		sed "s/$escape\[[0-9]*m//g" <<<"$output" >uncolored
		cmp uncolored <(shmtool "${command%% *}")
		# shellcheck disable=SC2086
		run shmtool $command --json
		refute_output --partial "$escape"
	done
	run env CLICOLOR_FORCE=1 "$SHMTOOL" stat
	assert_output --partial "${escape}[1m"
	run_stderr_split shmtool stat --color=sometimes
	assert_equal "$status" 2
	[[ $stderr == *'must be auto, always or never'* ]]
}

#
# A pipe
#

@test "terminal: a pipe gets the same whatever the terminal is" {
	make_world
	for command in stat 'stat --kind all' "stat $SEGMENT" users 'limits --kind msg' families --help \
		'stat --help' 'stat -o help' 'rm --unused --dry-run -o ref,bytes,result' "read /$LONG --format hex --length 999" \
		'stat --human --time-format short'; do
		# shellcheck disable=SC2086
		shmtool $command >plain 2>/dev/null || true
		# shellcheck disable=SC2086
		env TERM=xterm COLUMNS=40 LINES=3 PAGER='echo PAGER; cat' "$SHMTOOL" $command 2>/dev/null |
			cat >piped || true
		cmp <(sed -E 's/^(age|idle) .*//' plain) <(sed -E 's/^(age|idle) .*//' piped)
		refute grep -q "$escape" piped
	done
}

@test "terminal: a table in a pipe has bytes, ISO times and no other columns" {
	make_world
	run shmtool stat --kind all
	assert_line --regexp "^0x[0-9a-f]{8} $SEGMENT +[a-z0-9]+ +600 +1200000000 +0 -$"
	assert_line --regexp "^/$LONG .* 314572800 +0 2001-02-03T04:05:00\+0000$"
	assert_line --regexp '^name +owner +perms +bytes +used +mtime$'
	assert_line --regexp '^key +semid owner +perms nsems$'
	assert_line --regexp '^0x.* 3$'
	refute_output --partial ' unused'
}

@test "terminal: JSON, raw and export are the same on a terminal" {
	make_world
	for format in --json --raw --export; do
		on_terminal 40x200 "$SHMTOOL" stat --kind all "$format"
		assert_success
		assert_equal "$output" "$(shmtool stat --kind all "$format")"
	done
}

@test "terminal: ipcs, ipcrm and ipcmk print what they print in a pipe" {
	make_world
	for command in ipcs 'ipcs -u' 'ipcs -l' 'ipcs -m -t' 'ipcs --help' 'ipcrm --help' 'ipcmk --help'; do
		# shellcheck disable=SC2086
		on_terminal 40x10 env CLICOLOR_FORCE=1 PAGER='echo PAGER; cat' "$SHMTOOL" $command
		assert_success
		# shellcheck disable=SC2086
		assert_equal "$output" "$(shmtool $command)"
	done
}

#
# The pager
#

# A pager that leaves a trace.
trace='touch paged; cat'

@test "terminal: output that is longer than the screen goes through the pager, all of it" {
	head -c 30000 /dev/urandom >bytes
	shmtool read --format hex ./bytes >expected
	on_terminal 100x24 env PAGER="$trace" "$SHMTOOL" read ./bytes
	assert_success
	cmp expected - <<<"$output"
	[[ -e paged ]]
	rm paged
	on_terminal 100x24 env PAGER="$trace" "$SHMTOOL" read ./bytes --length 64
	assert_success
	assert_equal "${#lines[@]}" 5
	[[ ! -e paged ]]
}

@test "terminal: SHMTOOL_PAGER comes first; empty, cat, --no-pager and a dumb terminal mean none" {
	head -c 3000 /dev/urandom >bytes
	shmtool read --format hex ./bytes >expected
	on_terminal 100x24 env PAGER=false SHMTOOL_PAGER="$trace" "$SHMTOOL" read ./bytes
	cmp expected - <<<"$output"
	rm paged
	for setting in SHMTOOL_PAGER= SHMTOOL_PAGER=cat TERM=dumb; do
		on_terminal 100x24 env PAGER="$trace" "$setting" "$SHMTOOL" read ./bytes
		assert_success
		cmp expected - <<<"$output"
		[[ ! -e paged ]]
	done
	on_terminal 100x24 env PAGER="$trace" "$SHMTOOL" read ./bytes --no-pager
	cmp expected - <<<"$output"
	[[ ! -e paged ]]
}

@test "terminal: tables of all commands that only print go through the pager, rm does not" {
	for i in {1..30}; do
		: >"/dev/shm/$PREFIX_NAME-$i"
	done
	background "$HELPERS/hold_files" /dev/shm/"$PREFIX_NAME"-*
	wait_until 20 test -s background.out
	for command in stat users families 'limits --kind all' 'stat --json' 'stat -o help'; do
		# shellcheck disable=SC2086
		on_terminal 100x10 env PAGER="$trace" "$SHMTOOL" $command
		assert_success
		[[ -e paged ]] || fail "$command"
		rm paged
	done
	on_terminal 100x10 env PAGER="$trace" "$SHMTOOL" rm --unused --dry-run
	[[ ! -e paged ]]
}

@test "terminal: with a pager, the exit status and the messages are those of the program" {
	head -c 3000 /dev/urandom >bytes
	on_terminal 100x24 env PAGER="cat >paged" "$SHMTOOL" read ./bytes --length 4000
	assert_failure 1
	assert_output ''
	grep -q 'only 3000 of 4000 bytes are there' paged
	# Messages that are not for the terminal do not go there.
	on_terminal 100x24 env PAGER="cat >paged" sh -c '"$0" read ./bytes --length 4000 2>err' "$SHMTOOL"
	assert_failure 1
	grep -q 'only 3000 of 4000 bytes are there' err
	assert_equal "$(wc -l <paged)" 189
	on_terminal 100x24 env PAGER='cat; false' "$SHMTOOL" read ./bytes
	assert_success
}

@test "terminal: leaving the pager early is no error, and ends the reading" {
	truncate -s 1G /dev/shm/"$PREFIX_NAME"
	printf x | dd of=/dev/shm/"$PREFIX_NAME" bs=1 seek=1073741000 conv=notrunc status=none
	head -c 1M /dev/urandom | dd of=/dev/shm/"$PREFIX_NAME" conv=notrunc status=none
	on_terminal 100x24 env PAGER='head -n 1' "$SHMTOOL" read "/$PREFIX_NAME"
	assert_success
	assert_equal "${#lines[@]}" 1
}

@test "terminal: a pager that can't be run loses nothing silently" {
	head -c 3000 /dev/urandom >bytes
	shmtool read --format hex ./bytes >expected
	on_terminal 100x24 env PAGER='no-such-pager -x' "$SHMTOOL" read ./bytes
	assert_success
	assert_line --partial "shmtool: pager no-such-pager -x can't be run: "
	cmp expected <(sed 1d <<<"$output")
	on_terminal 100x24 env PAGER='no-such-pager $HOME' "$SHMTOOL" read ./bytes
	assert_failure 1
	assert_output --partial "shmtool: pager: can't be run, so nothing was shown"
	# Without less(1), there is simply no pager.
	mkdir empty
	on_terminal 100x24 env PATH="$PWD/empty" "$SHMTOOL" read ./bytes
	assert_success
	cmp expected - <<<"$output"
}

@test "terminal: under sudo, doas and pkexec, the pager is less, and it runs no programs" {
	head -c 3000 /dev/urandom >bytes
	mkdir bin
	printf '#!/bin/sh\ncat >/dev/null\necho "less LESS=$LESS LESSSECURE=$LESSSECURE"\n' >bin/less
	chmod 755 bin/less
	on_terminal 100x24 env PATH="$PWD/bin:$PATH" "$SHMTOOL" read ./bytes
	assert_output 'less LESS=FRX LESSSECURE='
	for variable in SUDO_UID=1000 DOAS_USER=someone PKEXEC_UID=1000; do
		on_terminal 100x24 env PATH="$PWD/bin:$PATH" "$variable" PAGER="$trace" SHMTOOL_PAGER="$trace" \
			"$SHMTOOL" read ./bytes
		assert_success
		assert_output 'less LESS=FRX LESSSECURE=1'
		[[ ! -e paged ]]
		on_terminal 100x24 env PATH="$PWD/bin:$PATH" "$variable" PAGER= "$SHMTOOL" read ./bytes
		assert_line --regexp '^00000bb8'
	done
}

@test "terminal: an interrupt ends the program only after the pager has been left" {
	head -c 8M /dev/urandom >bytes
	cat >pager <<'END'
trap 'if [ -e interrupted ]; then touch twice; else touch interrupted; fi' INT
head -n 1
touch ready
while [ ! -e leave ]; do sleep 0.05; done
tail -n 1
echo left
END
	{
		wait_until 20 test -e ready
		# The first one ends the reading, the second one the waiting for the pager.
		printf '\003'
		wait_until 20 test -e interrupted
		printf '\003'
		wait_until 20 test -e twice
		touch leave
		wait_until 20 test -e over
	} 2>/dev/null | {
		run env TERM=xterm PAGER='sh ./pager' timeout 60 "$HELPERS/on_terminal" 100x24 "$SHMTOOL" read ./bytes
		touch over
		assert_equal "$status" 130
		[[ ${lines[-1]} == *left ]]
	}
}

@test "terminal: read --follow is never held back" {
	head -c 3000 /dev/urandom >"/dev/shm/$PREFIX_NAME"
	background env TERM=xterm PAGER="$trace" "$HELPERS/on_terminal" 100x24 "$SHMTOOL" read --follow "/$PREFIX_NAME"
	wait_until 10 grep -q '^00000bb8' background.out
	rm "/dev/shm/$PREFIX_NAME"
	wait_until 10 grep -q 'following ends' background.out
	[[ ! -e paged ]]
}
