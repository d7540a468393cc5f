#!/usr/bin/env bats
# watch --table: the table of stat on a terminal, followed on a screen (tests/helpers/on_screen.c).
# Mostly waits.
# Takes 100 seconds.

load test_helper
load truth
load removal

setup() {
	common_setup
	require_private_namespace
	case $("$SHMTOOL" --version) in
	*ncurses*) ;;
	*) skip 'needs a program built with ncurses' ;;
	esac
	export TERM=xterm LC_ALL=C.UTF-8
	unset NO_COLOR CLICOLOR_FORCE
}

# on_screen WIDTHxHEIGHT COMMAND...: a program on a screen, with a script on stdin; all steps must
# succeed. Sets output to the screens that the script dumps.
on_screen() {
	run timeout 150 "$HELPERS/on_screen" "$@"
	assert_success
}

# watch_table WIDTHxHEIGHT ARGUMENT...: the table, with a script on stdin.
watch_table() {
	on_screen "$1" "$SHMTOOL" watch --table "${@:2}"
}

# as_other_screen WIDTHxHEIGHT ARGUMENT...: the same as an unprivileged user.
as_other_screen() {
	run as_user env TERM=xterm LC_ALL=C.UTF-8 timeout 150 "$HELPERS/on_screen" "$1" \
		"$SHMTOOL" watch --table "${@:2}"
	assert_success
}

#
# Where there is none
#

@test "watch --table: not on a terminal, a sentence names the alternatives" {
	run_tool watch --table </dev/null
	assert_failure 1
	assert_output ''
	assert_stderr_like '--table needs a terminal, and standard output is not one: use stat, or watch without --table'
	run timeout 20 script -qec "'$SHMTOOL' watch --table </dev/null" /dev/null </dev/null
	assert_failure 1
	assert_output --partial 'standard input is not one'
}

@test "watch --table: a terminal without a cursor, or of an unknown type" {
	run env TERM=dumb "$HELPERS/on_screen" 80x10 "$SHMTOOL" watch --table <<-'END'
		see needs a terminal with a cursor, and TERM is dumb
		ended 1
		restored
	END
	assert_success
	# newterm(3X) leaks memory if it fails.
	run env TERM=nonesuch ASAN_OPTIONS=detect_leaks=0 "$HELPERS/on_screen" 80x10 "$SHMTOOL" watch --table <<-'END'
		see its type nonesuch is unknown
		ended 1
		restored
	END
	assert_success
}

@test "watch --table: options that make no sense with it, and unknown columns, are usage errors" {
	for arguments in --json --until=removed --calls --output=nonesuch --sort=nonesuch; do
		watch_table 80x10 "$arguments" <<-'END'
			ended 2
			see shmtool: watch:
		END
	done
}

@test "watch --table: a missing library is named with its package" {
	require_root
	local library
	library=$(ldconfig -p | awk '/libncursesw\.so\.6/ { print $NF; exit }')
	[[ $library ]] || skip 'needs ncurses where ldconfig finds it'
	: >empty
	on_screen 100x10 unshare -m sh -c 'mount --bind empty "$1" && exec "$2" watch --table' \
		sh "$(readlink -f "$library")" "$SHMTOOL" <<-'END'
		ended 1
		see needs libncursesw.so.6, which can.t be loaded: install ncurses
		see ncurses-libs; Alpine
		restored
	END
}

@test "only watch --table loads ncurses" {
	for command in stat limits users; do
		LD_DEBUG=files run_tool "$command"
		refute_stderr_like ncurses
	done
	LD_DEBUG=files LD_DEBUG_OUTPUT=$PWD/loaded watch_table 80x10 <<-'END'
		see no objects
		type q
		ended 0
	END
	grep -q 'libncursesw.so.6' loaded.*
}

#
# The table
#

@test "watch --table: the rows are those of stat" {
	make_segment 1200000000 0600 >/dev/null
	ipcmk --queue >/dev/null
	ipcmk --semaphore 3 >/dev/null
	truncate -s 300M /dev/shm/results
	truncate -s 70K /dev/shm/日本語
	truncate -s 5000 "/dev/shm/$(printf 'cafe\xcc\x81')"
	kinds=shm,pshm,psem,msg,sem
	expected=$(NO_COLOR=1 timeout 60 "$HELPERS/on_terminal" 90x100 "$SHMTOOL" stat --kind $kinds </dev/null)
	watch_table 90x40 --quiet --kind $kinds <<-'END'
		see cafe
		dump
		type q
		ended 0
		restored
	END
	# The totals are at the top.
	[ -n "$expected" ]
	assert_line --index 0 --regexp "^$(tail -n 1 <<<"$expected") *$"
	assert_equal "$(tail -n +2 <<<"$output" | sed 's/ *$//' | sed '/^q quit/,$d' | sed '/^$/d')" \
		"$(sed '/^$/d; $d' <<<"$expected" | sed 's/ *$//')"
}

@test "watch --table: a new row is green, a changed value bold, a removed row dim and then gone" {
	watch_table 80x12 --interval 0.2 <<-END
		see no objects
		run ipcmk -M 123456 -p 0640 >made; ipcmk -M 4096 >other
		look green,reverse 640
		# After a moment, it is a row like any other.
		look reverse 640
		look plain 644
		run "$HELPERS/hold_segment" \$(grep -o '[0-9]*\$' other) >held 2>&1 & echo \$! >holder
		look bold,green 1 -
		look green 1 -
		run kill \$(cat holder); ipcrm -m \$(grep -o '[0-9]*\$' other)
		look dim 644
		unsee 644
		see 1 segment, 121K, 121K unused
		type q
		ended 0
		restored
	END
}

@test "watch --table: events refresh it, not only the time" {
	watch_table 80x12 --kind pshm --interval 3600 <<-'END'
		see no objects
		run touch /dev/shm/made
		see ^/made
		run rm /dev/shm/made
		look dim,reverse ^/made
		unsee ^/made
		type q
		ended 0
	END
}

@test "watch --table: the sources of events are named, and the latest event with its process" {
	local sources
	sources=$(shmtool watch --kind shm,pshm,sem --for 0s 2>&1)
	[[ $sources == *tracepoints* && $sources == *fanotify* ]] || skip 'needs tracepoints and fanotify(7)'
	watch_table 100x12 --interval 3600 --kind shm,pshm,sem <<-'END'
		see ^watching by
		see tracepoints .*shm|sampling .*shm
		type ?
		type q
		unsee ^watching by
		# A process that exits at once may have no command.
		run : >/dev/shm/made; sleep 1
		see ^[0-9:]{8} /made created by sh \(pid [0-9]+, root\)
		run ipcmk -S 1 >/dev/null
		see ^[0-9:]{8} sem:[0-9]+ created
		run "$SHMTOOL" rm --unused --kind pshm >/dev/null 2>&1
		see ^[0-9:]{8} /made removed by (shmtool \()?pid
		type q
		ended 0
	END
	watch_table 100x12 --interval 3600 --kind pshm --name 'mine*' --quiet <<-'END'
		see no objects
		unsee ^watching by
		run touch /dev/shm/other; touch /dev/shm/mine-1
		see ^[0-9:]{8} /mine-1
		run rm /dev/shm/other
		type ?
		type q
		see ^[0-9:]{8} /mine-1
		type q
		ended 0
	END
	# A low screen has no line for it.
	watch_table 100x9 --kind pshm --quiet <<-'END'
		see ^/mine-1
		run touch /dev/shm/made
		see [0-9]{2} +unused|abandoned
		unsee ^[0-9:]{8} /made
		type q
		ended 0
	END
}

@test "watch --table: without rights, too" {
	as_other_screen 80x12 <<-'END'
		see no objects
		run touch /dev/shm/made; chmod 600 /dev/shm/made; ipcmk -M 123456 >/dev/null
		see ^/made
		see 121K
		run rm /dev/shm/made
		unsee ^/made
		type q
		ended 0
		restored
	END
}

@test "watch --table: columns, order, filters and REFs are those of stat" {
	small=$(make_segment 4096)
	large=$(make_segment 8192)
	truncate -s 1000 /dev/shm/one
	watch_table 80x12 --kind all -o ref,bytes --sort=-bytes --bytes --min-size 4096 <<-'END'
		see 8192
		dump
		type q
		ended 0
	END
	assert_equal "$(grep -oE 'id:[0-9]+ +[0-9]+' <<<"$output" | tr -s ' ')" \
		"id:$large 8192"$'\n'"id:$small 4096"
	refute_output --partial /one
	watch_table 80x12 "$small" /one <<-END
		see ^/one
		dump
		run rm /dev/shm/one
		unsee ^/one
		see 1 segment, 4K
		type q
		ended 0
	END
	refute_output --partial ' 8K '
	watch_table 80x12 --unused --no-headings <<-END
		see 8K
		unsee -----
		type q
		ended 0
	END
	run_tool watch --table -o help
	assert_success
	assert_line --regexp '^nattch '
}

@test "watch --table: a table wider than the screen fits, and a long name is shown whole" {
	name=$(printf 'long-%.0s' {1..20})
	touch "/dev/shm/$name" /dev/shm/short
	watch_table 60x20 --kind pshm <<-END
		see ^/short
		dump
		resize 30x20
		see ^/short
		dump
		resize 120x20
		see ^/$name
		type q
		ended 0
	END
	assert_equal "$(head -n 20 <<<"$output" | tr -d ' \n' | grep -o "$name")" "$name"
}

@test "watch --table: 400 rows scroll, and the names of the columns stay" {
	local i
	for i in {100..499}; do
		: >"/dev/shm/row-$i"
	done
	watch_table 80x12 --kind pshm --sort name --interval 60 <<-'END'
		see ^/row-100
		look reverse /row-100
		press down
		look reverse /row-101
		press end
		look reverse /row-499
		see ^name +owner
		unsee row-100
		press up
		look reverse /row-498
		press home
		look reverse /row-100
		press pagedown
		look reverse /row-108
		press pagedown
		look reverse /row-116
		unsee ^/row-101
		see ^name +owner
		press pageup
		press pageup
		look reverse /row-100
		see ^------
		press up
		look reverse /row-100
		type q
		ended 0
	END
}

#
# Keys
#

@test "watch --table: s sorts by the next column, S reverses" {
	truncate -s 3000 /dev/shm/a
	truncate -s 1000 /dev/shm/b
	truncate -s 2000 /dev/shm/c
	watch_table 80x12 --kind pshm -o name,bytes --bytes --interval 60 <<-'END'
		see ^/c
		type s
		see sorted by name
		look bold,underline ^name
		type S
		see sorted by name, descending
		dump
		type s
		see sorted by bytes$|sorted by bytes +
		unsee descending
		dump
		type s
		unsee sorted
		type q
		ended 0
	END
	assert_equal "$(grep -o '^/[abc]' <<<"$output" | tr -d '\n/')" cbabca
}

@test "watch --table: / shows only rows with a text or a name" {
	make_segment 4096 0601 >/dev/null
	touch /dev/shm/apple /dev/shm/pear /dev/shm/grape
	watch_table 80x16 --interval 60 <<-'END'
		see ^/pear
		type /ap
		unsee ^/pear
		see ^/apple
		see ^/grape
		see ^/ap
		type \n
		see only ap
		type \e
		see ^/pear
		# A pattern is for whole names.
		type /ap*\n
		see ^/apple
		unsee ^/grape
		unsee 601
		type /
		type ××
		see no objects
		type \e
		see ^/grape
		# Any value: the mode of the segment.
		type /601\n
		see 1 segment, 4K
		unsee ^/grape
		type q
		ended 0
	END
}

@test "watch --table: the text for / is edited by whole characters" {
	touch /dev/shm/日本 /dev/shm/other
	watch_table 80x12 --interval 60 <<-END
		see ^/other
		type /日x
		see no objects
		type $(printf '\x7f')
		see ^/日 
		unsee ^/other
		see 1 object
		type $(printf '\x7f')
		see ^/other
		type q
		see ^/q
		type \n
		type q
		ended 0
	END
}

@test "watch --table: enter shows the details that stat shows" {
	id=$(make_segment 123456 0640)
	ipcmk --semaphore 3 >/dev/null
	touch /dev/shm/other
	expected=$(NO_COLOR=1 timeout 60 "$HELPERS/on_terminal" 100x100 "$SHMTOOL" stat "$id" </dev/null)
	watch_table 100x50 --quiet --kind shm,pshm,sem --interval 60 <<-'END'
		see 640
		type \n
		see Shared Memory Segment id:
		dump
		type q
		press end
		type \n
		see Semaphores
		see ^key +
		type \e
		see ^/other
		press home
		press down
		type \n
		see POSIX Shared Memory
		run rm /dev/shm/other
		type qq
		ended 0
	END
	# Values that change with time differ by a second.
	local steady='^(idle|age|scratch) '
	assert_equal "$(tail -n +2 <<<"$output" | sed 's/ *$//; /^q back/d; /^$/d' | grep -vE "$steady")" \
		"$(sed 's/ *$//; /^$/d' <<<"$expected" | grep -vE "$steady")"
}

@test "watch --table: details scroll, and end with the object" {
	truncate -s 5000 /dev/shm/other
	watch_table 80x8 --interval 0.2 <<-'END'
		see ^/other
		type \n
		see POSIX Shared Memory Object
		press end
		unsee POSIX Shared Memory Object
		press home
		see POSIX Shared Memory Object
		run rm /dev/shm/other
		see ^q quit
		type q
		ended 0
	END
}

@test "watch --table: ? lists the keys" {
	watch_table 80x24 --interval 60 <<-'END'
		see no objects
		type ?
		see ^k +remove
		type q
		unsee ^k +remove
		type q
		ended 0
	END
}

@test "watch --table: space pauses" {
	watch_table 80x12 --interval 0.1 <<-'END'
		see no objects
		type  
		see paused
		# Ten times the interval.
		run touch /dev/shm/made; sleep 1
		type ?
		see ^k +remove
		type q
		see no objects; paused
		type  
		see ^/made
		unsee paused
		type q
		ended 0
	END
}

#
# Removal
#

@test "watch --table: k removes the selected object after y" {
	id=$(make_segment 4096 0601)
	truncate -s 3M /dev/shm/made
	head -c 8192 /dev/zero >/dev/shm/made
	watch_table 80x12 --interval 60 <<-END
		see 601
		type k
		see ^remove id:$id \(4096 bytes, owned by $(id -un)\)\? y/N
		type y
		see ^removed id:$id
		look dim,reverse 601
		unsee 601
		see ^/made
		look reverse ^/made
		type k
		see ^remove /made
		type y
		see ^removed /made, 8K freed
		unsee ^/made
		see no objects
		type k
		type q
		ended 0
	END
	assert_equal "$(object_names | wc -l)" 0
	run ! proc_shm "$id" size
}

@test "watch --table: k keeps the object after any other answer" {
	touch /dev/shm/made
	watch_table 80x12 --interval 0.1 <<-'END'
		see ^/made
		type k
		see ^remove /made
		type n
		see ^not removed
		type k
		see ^remove /made
		type \n
		see ^not removed
		type k
		see ^remove /made
		press up
		see ^not removed
		type q
		ended 0
	END
	[ -e /dev/shm/made ]
}

@test "watch --table: k keeps what is in use, and says by which process" {
	id=$(make_segment 4096 0601)
	touch /dev/shm/made
	background "$HELPERS/hold_segment" "$id"
	wait_until 10 test -s background.out
	segment_user=$BACKGROUND_PID
	"$HELPERS/hold_files" /dev/shm/made >holding &
	file_user=$!
	wait_until 10 test -s holding
	watch_table 100x12 --interval 60 <<-END
		see 601
		type k
		see ^kept: .*$segment_user
		press down
		look reverse ^/made
		type k
		see ^kept: .*held open by $file_user
		type q
		ended 0
	END
	assert_equal "$(proc_shm "$id" nattch)" 1
	[ -e /dev/shm/made ]
}

@test "watch --table: k keeps an object that comes into use before the answer" {
	touch /dev/shm/made
	watch_table 100x12 --interval 60 <<-END
		see ^/made
		type k
		see ^remove /made
		run sleep 100 </dev/shm/made >/dev/null 2>&1 & echo \$! >holder; until [ /dev/shm/made -ef /proc/\$!/fd/0 ]; do sleep 0.02; done
		type y
		see ^kept: .*held open by .*sleep
		run kill \$(cat holder)
		type q
		ended 0
	END
	[ -e /dev/shm/made ]
}

@test "watch --table: k removes the object that was listed, not another with its name" {
	touch /dev/shm/made
	watch_table 100x12 --interval 60 <<-'END'
		see ^/made
		run touch /dev/shm/new; mv /dev/shm/new /dev/shm/made
		type k
		see ^kept: the name now refers to a different object|^remove /made
		type n
		type q
		ended 0
	END
	[ -e /dev/shm/made ]
}

@test "watch --table: k keeps what a program will use again, and companions" {
	own_rules <<-'END'
		[keeper]
		description = locks of a program
		match  = pshm /keep-*
		fate   = keep
		reason = the program uses it between commands

		[pair]
		description = parts of one thing
		match  = pshm /pair-{instance:digits}-a
		match  = pshm /pair-{instance:digits}-b
		fate   = together
	END
	touch /dev/shm/keep-1
	watch_table 100x12 --interval 60 <<-'END'
		see ^/keep-1
		type k
		see ^kept: the program uses it between commands|^kept: .*keeper
		type q
		ended 0
	END
	rm /dev/shm/keep-1
	touch /dev/shm/pair-1-{a,b}
	watch_table 100x12 --interval 60 <<-'END'
		see ^/pair-1
		type k
		see ^kept: it belongs together with 1 other object: use rm --unused --family pair
		type q
		ended 0
	END
	assert_equal "$(object_names | wc -l)" 2
}

@test "watch --table: k keeps queues and sets that were in use a moment ago" {
	ipcmk --semaphore 1 >/dev/null
	watch_table 100x12 --kind sem --interval 60 <<-'END'
		see ^0x
		type k
		see ^kept:
		type q
		ended 0
	END
	assert_equal "$(wc -l </proc/sysvipc/sem)" 2
}

@test "watch --table: k without the right to remove says so" {
	require_root
	make_segment 4096 0604 >/dev/null
	as_other_screen 100x12 --interval 60 <<-'END'
		see 604
		type k
		see ^remove id:|^kept:
		type y
		see ^kept: .*(owned by root|not permitted|permission)
		type q
		ended 0
	END
	assert_equal "$(wc -l </proc/sysvipc/shm)" 2
}

#
# The terminal
#

@test "watch --table: the size of the terminal may change" {
	touch /dev/shm/made
	watch_table 80x12 --interval 60 <<-'END'
		see ^/made
		resize 40x6
		see ^/made
		see ^q quit
		resize 100x30
		see ^/made
		see space pause  \? help
		resize 5x2
		resize 1x1
		resize 120x3
		see ^1 object
		resize 80x12
		see ^/made
		type q
		ended 0
		restored
	END
}

@test "watch --table: control-Z stops it with the terminal restored, and it comes back" {
	touch /dev/shm/made
	on_screen 80x12 "$SHMTOOL" watch --table --interval 60 <<-END
		see ^/made
		type $(printf '\x1a')
		stopped
		restored
		run touch /dev/shm/more
		continue
		see ^/more
		see ^q quit
		resize 100x12
		type $(printf '\x1a')
		stopped
		restored
		resize 60x8
		continue
		see ^/made
		# SIGSTOP and SIGCONT
		signal 19
		stopped
		continue
		see ^/made
		type q
		ended 0
		restored
	END
}

@test "watch --table: signals end it with the terminal restored, as any program" {
	touch /dev/shm/made
	for number in 15 1 2 3; do
		watch_table 80x12 --interval 60 <<-END
			see ^/made
			signal $number
			ended $((128 + number))
			restored
		END
	done
	watch_table 80x12 --interval 60 <<-END
		see ^/made
		type /x$(printf '\x03')
		ended 130
		restored
	END
	watch_table 80x12 --interval 60 <<-'END'
		see ^/made
		hangup
		ended 129
	END
}

@test "watch --table: the terminal is restored when memory runs out" {
	require_plain_build
	require_command prlimit
	touch /dev/shm/made
	watch_table 80x12 --interval 60 <<-'END'
		see ^/made
		run size=$(awk '{ print $1 * 4096 }' /proc/$ON_SCREEN_PID/statm); prlimit --pid $ON_SCREEN_PID --as=$size
		run seq -f /dev/shm/row-%g 20000 | xargs touch
		see shmtool: watch: out of memory
		ended 1
		restored
	END
}

@test "watch --table: errors and notes appear at the bottom, not in the table" {
	require_root
	on_screen 100x12 unshare -m sh -c 'umount /dev/mqueue 2>/dev/null; exec "$0" watch --table --kind pmsg' "$SHMTOOL" <<-'END'
		see POSIX message queues can.t be listed
		see ^------ POSIX Message Queues
		# They stay for ten seconds, or until a key is pressed.
		type ?
		see ^k +remove
		type q
		type q
		ended 0
		restored
	END
	ipcmk --semaphore 1 --mode 0600 >/dev/null
	as_other_screen 100x50 --kind sem --interval 60 <<-'END'
		see 600
		type \n
		see ^------ Semaphore Set sem:
		see ^sem:[0-9]+: its semaphores can.t be read: no read permission
		type q
		see ^key +
		type q
		ended 0
	END
}

@test "watch --table: colors only where they are wanted" {
	for environment in NO_COLOR=1 COLOR=; do
		option=()
		[[ $environment == NO_COLOR=1 ]] || option=(--color=never)
		on_screen 80x12 env "$environment" "$SHMTOOL" watch --table --interval 0.2 "${option[@]}" <<-'END'
			see no objects
			run touch /dev/shm/made
			look bold,reverse ^/made
			look reverse ^/made
			run rm /dev/shm/made
			unsee ^/made
			type q
			ended 0
		END
	done
	# The meaning of words has its color, as in stat.
	touch /dev/shm/made
	keep_open made
	watch_table 80x12 --kind pshm <<-'END'
		look green,reverse used +$
		type q
		ended 0
	END
}

@test "watch --table: names of other users can't send anything to the terminal" {
	touch /dev/shm/$'a\e]0;owned\a\e[2J\n\t\r' /dev/shm/$'b\xff\xc3(\xe2\x80\xae' /dev/shm/$'c\xc2\x9b31m\x5c'
	# on_screen fails with any other sequence than those of ncurses.
	watch_table 150x12 --sort name --interval 60 <<-'END'
		see ^/a\\033\]0;owned\\007\\033\[2J\\012
		see ^/b\\377
		see ^/c\\
		type \n
		see ^------ .* /a\\033\]0;owned\\007
		type q
		type k
		see ^remove /a\\033\]0;owned\\007\\033\[2J\\012
		type n
		see ^not removed
		type /$(owned)`\033[\n
		see no objects
		type \e
		see ^/b
		type q
		ended 0
		restored
	END
}

@test "watch --table: in a locale without UTF-8, names are escaped" {
	touch /dev/shm/日本
	run env LC_ALL=C timeout 100 "$HELPERS/on_screen" 80x12 "$SHMTOOL" watch --table <<-'END'
		see ^/\\346\\227\\245
		type q
		ended 0
	END
	assert_success
}

@test "watch --table: on a terminal without colors or dim text" {
	run env TERM=vt100 timeout 100 "$HELPERS/on_screen" 80x12 "$SHMTOOL" watch --table --interval 0.2 <<-'END'
		see no objects
		run touch /dev/shm/made
		see ^/made
		run rm /dev/shm/made
		unsee ^/made
		type q
		ended 0
	END
	assert_success
}
