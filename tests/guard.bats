#!/usr/bin/env bats
# guard: whatever the program does, its status is right and nothing is left on the machine.
# Takes 60 seconds.

load test_helper
load truth
load guard

setup() {
	common_setup
	require_private_namespace
	require_namespaces
}

# Daemons that guard leaves running end with their test: each has put its pid into a file *.pid.
teardown() {
	kill_noted
	restore_limits
	remove_segments
	common_teardown
}

# assert_leaks REF...: the table has just these, and standard error says how many.
assert_leaks() {
	assert_equal "$(awk '/^------/ { on = $0 == "------ Left Behind --------"; next }
		/^shmtool/ { on = 0 } on && $1 != "kind" { print $2 }' <<<"$stderr" | LC_ALL=C sort | paste -sd ' ')" \
		"$(printf '%s\n' "$@" | LC_ALL=C sort | paste -sd ' ')"
	assert_stderr_like "^shmtool: guard: .*: $# objects? left behind, "
}

is_gone() {
	[ ! -e "/proc/$1" ]
}

#
# The status, and the program's environment
#

@test "guard: the status is the program's, as root and as user" {
	for who in $(both_users); do
		for expected in 0 1 2 3 77 255; do
			run_guard -- sh -c "exit $expected"
			assert_equal "$status" "$expected"
			assert_output ''
			assert_stderr_empty
			assert_unchanged
		done
	done
}

@test "guard: the status of a program that a signal ends is 128+N" {
	for who in $(both_users); do
		for signal in KILL TERM SEGV PIPE; do
			run_guard -- sh -c "kill -$signal \$\$"
			assert_failure $((128 + $(kill -l "$signal")))
			assert_stderr_empty
		done
	done
}

@test "guard: 127 if there is no such program, 126 if it can't be run" {
	run -127 --separate-stderr "$SHMTOOL" guard -- ./nowhere
	assert_equal "$stderr" 'shmtool: guard: ./nowhere: no such program'
	echo '#!/bin/sh' >script
	run_guard -- ./script
	assert_failure 126
	assert_stderr_like '^shmtool: guard: ./script: can.t be run: .*permission'
}

@test "guard: a directory of PATH that can't be searched hides no program, and is none" {
	require_root
	mkdir -m 700 closed
	run --separate-stderr as user env PATH="$PWD/closed:$PATH" "$SHMTOOL" guard -- true
	assert_success
	run -127 --separate-stderr as user env PATH="$PWD/closed:$PATH" "$SHMTOOL" guard -- no-such-program
	assert_equal "$stderr" 'shmtool: guard: no-such-program: no such program'
}

@test "guard reports queues also where their file system is not mounted" {
	require_root
	require_mqueue
	run_apart unshare --mount bash -c 'umount /dev/mqueue && exec "$SHMTOOL" guard -- "$HELPERS/leak" pmsg:/"$PREFIX_NAME"'
	assert_failure 3
	assert_stderr_like "^pmsg +pmsg:/$PREFIX_NAME +root " '1 object left behind'
	[ ! -e "/dev/mqueue/$PREFIX_NAME" ]
}

@test "guard --shared: POSIX queues that can't be listed are reported as not looked at" {
	require_root
	require_mqueue
	run_apart unshare --mount bash -c 'umount /dev/mqueue && exec "$SHMTOOL" guard --shared -- true'
	assert_success
	assert_stderr_like 'guard: POSIX message queues are omitted: /dev/mqueue is not mounted'
	run_tool guard --shared -- true
	assert_success
	assert_stderr_empty
}

@test "guard: standard input and output are the program's" {
	run --separate-stderr bash -c 'printf "a\nb\n" | "$SHMTOOL" guard -- sed s/a/c/'
	assert_success
	assert_output $'c\nb'
	assert_stderr_empty
}

@test "guard: arguments, directory, environment, descriptors and umask are as without" {
	show='printf "[%s]" "$@"; pwd; echo "$X"; umask; cat <&9'
	X=y bash -c "$show" - 'a b' '' 9<<<nine >plain
	X=y "$SHMTOOL" guard -- bash -c "$show" - 'a b' '' 9<<<nine >guarded
	assert_equal "$(cat guarded)" "$(cat plain)"
}

@test "guard: signal mask and dispositions are as without" {
	show=(grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status)
	env --ignore-signal=HUP,CHLD,XFSZ --block-signal=USR1 "${show[@]}" >plain
	env --ignore-signal=HUP,CHLD --block-signal=USR1 "$SHMTOOL" guard -- \
		env --ignore-signal=XFSZ "${show[@]}" >guarded
	assert_equal "$(cat guarded)" "$(cat plain)"
}

@test "guard: user and group are kept, as root and as user" {
	for who in $(both_users); do
		run_guard -- id -u
		assert_output "$(as "$who" id -u)"
		run_guard -- id -g
		assert_output "$(as "$who" id -g)"
	done
}

@test "guard: the machine's shared memory is invisible" {
	id=$(new_segment 4096)
	"$HELPERS/make_object" /"$PREFIX_NAME" 4096
	for who in $(both_users); do
		run_guard -- sh -c 'awk "NR > 1" /proc/sysvipc/shm; ls -A /dev/shm'
		assert_success
		assert_output ''
		assert_stderr_empty
		assert_unchanged
	done
}

@test "guard: /dev/shm is writable for everybody, as large as the machine's or as --size says" {
	as_bytes='df -B1 --output=size /dev/shm | tail -n 1 | tr -d " "'
	for who in $(both_users); do
		run_guard -- stat -c '%a %F' /dev/shm
		assert_output '1777 directory'
		run_guard -- sh -c "$as_bytes"
		assert_output "$(sh -c "$as_bytes")"
		run_guard --size 4M -- sh -c "$as_bytes"
		assert_output 4194304
	done
}

@test "guard: root's limits are taken over" {
	set_limit shmmni 7
	run_guard -- cat /proc/sys/kernel/shmmni
	assert_output 7
}

#
# Leftovers are leaks
#

@test "guard: every kind of object is found, listed, and gone; the status is 3" {
	for who in $(both_users); do
		run_guard -- "$HELPERS/leak" shm:4096 pshm:/mine psem:/mine msg sem pmsg:/mine
		assert_failure 3
		assert_output ''
		assert_leaks id:0 /mine psem:/mine msg:0 sem:0 pmsg:/mine
		assert_unchanged
	done
}

@test "guard: the table has the size, and the creator's command while it is known" {
	run_guard -- "$HELPERS/leak" shm:12345
	assert_stderr_like '^shm  id:0 .* 12345 +0 +[0-9]+ leak +-$'
}

@test "guard: objects that the program removed itself are not leaks" {
	run_guard -- sh -c 'id=$(ipcmk -M 4096); ipcrm -m "${id##* }"; : >/dev/shm/x; rm /dev/shm/x'
	assert_success
	assert_stderr_empty
}

@test "guard: the program's own failure is the status, also with a leak" {
	run_guard -- sh -c "'$HELPERS/leak' shm:1; exit 9"
	assert_failure 9
	assert_leaks id:0
	run_guard -- sh -c "'$HELPERS/leak' shm:1; kill -9 \$\$"
	assert_failure 137
	assert_leaks id:0
}

@test "guard: --leak-status chooses the status of a leak, 0 only reports it" {
	for leak_status in 0 2 42; do
		run_guard --leak-status "$leak_status" -- "$HELPERS/leak" shm:1
		assert_equal "$status" "$leak_status"
		assert_leaks id:0
		refute_stderr_like 'try .shmtool'
	done
}

@test "guard: -q leaves the sentence and no table" {
	run_guard -q -- "$HELPERS/leak" shm:1 msg
	assert_failure 3
	assert_equal "${#stderr_lines[@]}" 1
	assert_stderr_like ': 2 objects left behind'
}

@test "guard: a directory or a link in /dev/shm is a leak, too" {
	run_guard -- sh -c 'mkdir /dev/shm/dir; ln -s x /dev/shm/link'
	assert_failure 3
	assert_stderr_like '2 .*special files left in /dev/shm'
	assert_leaks /dev/shm/dir /dev/shm/link
	assert_unchanged
}

# each_report: the number of leaks and their bytes, of the table, the sentence, the JSON and the JUnit file.
each_report() {
	awk '/^------/ { on = /Left Behind/; next } /^shmtool/ { on = 0 } on && $1 != "kind" { n++ } END { print n + 0 }' <<<"$stderr"
	sed -nE 's/.*: ([0-9]+) objects? left behind, ([0-9]+) bytes of memory.*/\1 \2/p' <<<"$stderr"
	jq -r '"\(.leaks | length) \(.leaked_bytes)"' r.json
	sed -nE 's/.*message="([0-9]+) left behind, ([0-9]+) bytes of memory.*/\1 \2/p' r.xml
}

@test "guard: directories count with the files in them, and all reports say the same, private and shared" {
	for who in $(both_users); do
		chmod 1777 .
		for shared in '' --shared; do
			# shellcheck disable=SC2086 # no option, or one
			run_guard $shared --report "$PWD/r.json" --junit "$PWD/r.xml" -- sh -c '
				mkdir -p /dev/shm/dir/below && cd /dev/shm/dir && head -c 100000 /dev/zero >below/f &&
					ln below/f again && ln again /dev/shm/x && ln -s /etc link && mkfifo /dev/shm/fifo'
			assert_leaks /x /dev/shm/dir /dev/shm/fifo
			assert_stderr_like '^dir +/dev/shm/dir .* 100000 ' '^fifo +/dev/shm/fifo .* 0 '
			if [ "$status" -eq 3 ]; then
				assert_equal "$(each_report)" $'3\n3 100000\n3 100000\n3 100000'
				assert_equal "$(grep -c '^dir /dev/shm/dir 100000 bytes' r.xml)" 1
			else
				# Nothing is known to be the program's: JUnit has no failure.
				[ "$shared" ]
				assert_equal "$(each_report)" $'3\n3 100000\n3 100000'
			fi
			find /dev/shm -mindepth 1 -delete
			rm r.json r.xml
		done
	done
}

@test "guard --shared: directories, and new files in old ones, are listed and kept" {
	mkdir -m 1777 /dev/shm/old /dev/shm/old/below
	echo before >/dev/shm/old/below/before
	ln -s nowhere /dev/shm/oldlink
	for who in $(both_users); do
		run_guard --shared -- sh -c 'mkdir /dev/shm/dir; echo new >/dev/shm/dir/f; echo other >/dev/shm/old/below/new'
		assert_leaks /dev/shm/dir /dev/shm/old/below/new
		assert_stderr_like '^dir .* kept: ' '^file .* 6 .* kept: not known to be|^file .* 6 .* kept: the kernel'
		[ -e /dev/shm/dir/f ] && [ -e /dev/shm/old/below/new ]
		rm -r /dev/shm/dir /dev/shm/old/below/new
		run_guard --shared -- true
		assert_success
		assert_stderr_empty
	done
}

@test "guard --shared: a directory of the program is a leak, another user's is not, as root" {
	require_root
	require_told_objects
	run_guard --shared -- mkdir /dev/shm/dir
	assert_failure 3
	assert_stderr_like ' kept: it is not an object$' '1 known to be the program'
	rmdir /dev/shm/dir
	(
		wait_until 20 test -e ready
		mkdir /dev/shm/dir
		: >made
	) 3>&- &
	run_guard --shared -- sh -c ': >ready; until [ -e made ]; do sleep 0.02; done'
	assert_success
	assert_stderr_like 'kept: not known to be' '0 known to be the program'
	[ -d /dev/shm/dir ]
}

@test "guard: mounts and links in a directory are not followed" {
	require_root
	run_guard -- sh -c 'mkdir -p /dev/shm/dir/mnt && ln -s /etc /dev/shm/dir/etc &&
		mount -t tmpfs tmpfs /dev/shm/dir/mnt && head -c 9999 /dev/zero >/dev/shm/dir/mnt/f'
	assert_failure 3
	assert_leaks /dev/shm/dir
	assert_stderr_like '1 object left behind, 0 bytes'
}

@test "guard: a file with two names counts once" {
	run_guard --report r.json -- sh -c 'head -c 4096 /dev/zero >/dev/shm/a; ln /dev/shm/a /dev/shm/b'
	assert_failure 3
	assert_stderr_like '2 objects left behind, 4096 bytes of memory'
	run jq .leaked_bytes r.json
	assert_output 4096
}

@test "guard, guard --shared: a file with a second name in a directory counts once" {
	for shared in '' --shared; do
		# shellcheck disable=SC2086 # one word or none
		run_guard $shared --report r.json -- sh -c 'head -c 4096 /dev/zero >/dev/shm/a
			mkdir /dev/shm/d; ln /dev/shm/a /dev/shm/d/b; head -c 100 /dev/zero >/dev/shm/d/c'
		[[ $status -eq 3 || $EUID -ne 0 ]]
		assert_stderr_like '2 objects left behind, 4196 bytes of memory'
		run jq .leaked_bytes r.json
		assert_output 4196
		find /dev/shm -mindepth 1 -delete
	done
}

@test "guard: names that would act on a terminal are made visible" {
	run_guard -- sh -c "'$HELPERS/leak' \"pshm:/\$(printf 'a\\033[2J')\""
	assert_failure 3
	run ! grep -q $'\033' <<<"$stderr"
	assert_stderr_like '/a\\033\[2J'
}

#
# Whatever the program does
#

@test "guard: a program that kills its parent does not get rid of it" {
	for who in $(both_users); do
		run_guard -- bash -c 'kill -KILL $PPID
			until [ "$(ps -o ppid= -p $$)" -ne $PPID ]; do :; done
			"$HELPERS/leak" shm:4096; exit 7'
		assert_failure 7
		assert_leaks id:0
		assert_unchanged
	done
}

@test "guard: a program that stops its parent does not stop guard" {
	for who in $(both_users); do
		run_guard -- bash -c 'kill -STOP $PPID; exit 7'
		assert_failure 7
		assert_unchanged
	done
}

@test "guard: TERM, INT and HUP to its parent are nothing to it" {
	run_guard -- bash -c 'for s in TERM INT HUP USR1; do kill -$s $PPID; done; exit 6'
	assert_failure 6
	assert_stderr_empty
}

@test "guard: a program that kills its process group, guard with it, leaves nothing" {
	for who in $(both_users); do
		state_before=$(kernel_state)
		run as "$who" setsid -w "$SHMTOOL" guard -- \
			bash -c '"$HELPERS/leak" shm:4096 pshm:/x; kill -KILL 0'
		assert_failure
		assert_unchanged
	done
}

@test "guard: children that are killed, sessions and process groups of their own" {
	for who in $(both_users); do
		run_guard -- bash -c '
			set -m
			"$HELPERS/leak" shm:1 &
			wait
			setsid -w "$HELPERS/leak" pshm:/in-session
			bash -c "\"$HELPERS/leak\" msg; kill -KILL \$\$"
			exit 0'
		assert_failure 3
		assert_leaks id:0 /in-session msg:0
		assert_unchanged
	done
}

@test "guard: a program that changes its session and process group" {
	for who in $(both_users); do
		run_guard -- setsid "$HELPERS/leak" shm:1
		assert_failure 3
		assert_leaks id:0
	done
}

@test "guard: a program that fills /dev/shm" {
	for who in $(both_users); do
		run_guard --size 2M -- sh -c 'head -c 8M /dev/zero >/dev/shm/full'
		assert_failure 1
		assert_leaks /full
		assert_stderr_like 'no space left' ' 2097152 bytes of memory'
		assert_unchanged
	done
}

@test "guard: a program that exhausts the segments" {
	set_limit shmmni 16
	run_guard -- "$HELPERS/leak" segments
	assert_failure 3
	assert_output ENOSPC
	assert_stderr_like ': 16 objects left behind'
	assert_unchanged
}

@test "guard: a program that exhausts the segments, in a user namespace" {
	who=user
	run_guard -- "$HELPERS/leak" segments
	assert_failure 3
	assert_output ENOSPC
	assert_stderr_like ': [0-9]{4,} objects left behind'
	assert_unchanged
}

@test "guard: guard in guard" {
	for who in $(both_users); do
		run_guard -- "$SHMTOOL" guard -- "$HELPERS/leak" shm:1
		assert_failure 3
		assert_leaks id:0
		refute_stderr_like 'id:1'
	done
}

#
# Processes that are left
#

@test "guard: a program that unmounts /dev/shm does not make the machine's objects its own" {
	require_root
	echo >/dev/shm/"$PREFIX_NAME"
	run_guard --report report.json -- umount -l /dev/shm
	assert_failure 1
	assert_equal "$stderr" "shmtool: guard: leaks in /dev/shm are unknown: the program has \
mounted or unmounted something there"
	assert_equal "$(jq -c '[.leaked, .leaks]' report.json)" '[false,[]]'
	assert_unchanged
}

@test "guard: in a pid namespace with the /proc of another one, other processes are not its own" {
	require_root
	sleep 100 3>&- &
	stranger=$!
	run_apart unshare --pid --fork --kill-child "$SHMTOOL" guard --kill -- sh -c 'sleep 100 & exit 0'
	assert_failure 1
	assert_stderr_like "^shmtool: guard: running processes are unknown: /proc is .*another pid namespace"
	refute_stderr_like '------' 'ended'
	kill -0 "$stranger"
	run_apart unshare --pid --fork --kill-child "$SHMTOOL" guard -- sh -c 'sleep 100 & exit 0'
	assert_success
	refute_stderr_like '------'
}

@test "guard: daemons are reported and continue" {
	for who in $(both_users); do
		mkdir -m 1777 "$who"
		run_guard -- "$HELPERS/leak" daemon:"$PWD/$who/a.pid"
		assert_success
		pid=$(cat "$who/a.pid")
		assert_stderr_like "^ *$pid +[0-9]+ leak$" ': 1 process is still running' '--kill terminates it'
		[ -e "/proc/$pid" ]
	done
}

@test "guard --kill ends daemons, also those that do not want to, and looks for leaks after that" {
	for who in $(both_users); do
		mkdir -m 1777 "$who"
		run_guard --kill -- "$HELPERS/leak" daemon:"$PWD/$who/a.pid" stubborn:"$PWD/$who/b.pid" shm:4096
		assert_failure 3
		assert_leaks id:0
		assert_stderr_like ': 2 processes were still running'
		is_gone "$(cat "$who/a.pid")"
		is_gone "$(cat "$who/b.pid")"
		assert_unchanged
	done
}

@test "guard --kill gives processes the time to clean up" {
	run_guard --kill -- bash -c '
		bash -c ": >/dev/shm/mine; trap \"rm /dev/shm/mine; exit\" TERM; : >ready; while :; do sleep 0.02; done" &
		until [ -e ready ]; do :; done'
	assert_success
	assert_stderr_like '1 process was still running|processes were still running'
	refute_stderr_like 'left behind'
}

@test "guard: if killed, its program continues in the private namespace, which ends with it" {
	background "$SHMTOOL" guard -- bash -c '"$HELPERS/leak" shm:4096 pshm:/x; echo $$ >p; mv p program.pid; exec sleep 100'
	wait_until 20 test -e program.pid
	pid=$(cat program.pid)
	kill -KILL "$BACKGROUND_PID"
	wait "$BACKGROUND_PID" || true
	[ "$(readlink "/proc/$pid/ns/ipc")" != "$(readlink /proc/self/ns/ipc)" ]
	assert_no_segments
	assert_no_objects
	kill -KILL "$pid"
	wait_until 20 is_gone "$pid"
	assert_no_segments
	assert_no_objects
}

@test "guard --kill: killed itself, all that it has run is ended" {
	background "$SHMTOOL" guard --kill -- bash -c '
		"$HELPERS/leak" daemon:'"$PWD"'/daemon.pid
		echo $$ >p; mv p program.pid; exec sleep 100'
	wait_until 20 test -e program.pid
	kill -KILL "$BACKGROUND_PID"
	wait "$BACKGROUND_PID" || true
	wait_until 20 is_gone "$(cat program.pid)"
	wait_until 20 is_gone "$(cat daemon.pid)"
}

#
# Signals and the terminal
#

@test "guard: signals that are sent to it are passed on, once" {
	# musl uses RTMIN itself.
	for signal in TERM HUP USR1 USR2 WINCH ALRM RTMIN+1; do
		rm -f ready got
		background "$SHMTOOL" guard -- bash -c "trap 'echo $signal >>got; exit 9' $signal
			: >ready; while :; do sleep 0.02; done"
		wait_until 20 test -e ready
		kill "-$signal" "$BACKGROUND_PID"
		status=0
		wait "$BACKGROUND_PID" || status=$?
		assert_equal "$status $(cat got)" "9 $signal"
	done
}

@test "guard: a signal to the whole process group reaches the program once" {
	run setsid -w "$SHMTOOL" guard -- bash -c '
		trap "echo TERM >>got" TERM
		kill -TERM 0
		guard=$(awk "/^PPid/ { print \$2 }" /proc/$PPID/status)
		until grep -q "^ShdPnd:.*0000$" "/proc/$guard/status"; do sleep 0.02; done
		# It passes on input at once, if it does.
		sleep 0.2
		exit 5'
	assert_failure 5
	assert_equal "$(cat got)" TERM
}

# at_terminal: an interactive bash at a terminal, whose screen is the file screen. type_keys types,
# see TEXT waits until the screen has had TEXT since the last see, and leave_terminal ends it.
at_terminal() {
	require_command script
	mkfifo keys
	cat >rc <<-'END'
		unset PROMPT_COMMAND HISTFILE
		PS1='outer> '
		bind 'set enable-bracketed-paste off'
	END
	HOME=$PWD timeout 100 script -qfec 'bash --noprofile --rcfile rc -i' /dev/null \
		<keys >screen 2>&1 3>&- &
	terminal=$!
	exec 8>keys
	seen=0
	see 'outer> '
}

type_keys() {
	printf '%b' "$1" >&8
}

leave_terminal() {
	type_keys 'exit\n'
	exec 8>&-
	wait "$terminal" || true
}

has_seen() {
	tail -c "+$((seen + 1))" screen | grep -qF -e "$1"
}

see() {
	local offset
	wait_until 20 has_seen "$1" || fail "no '$1' on the screen: $(cat -v screen)"
	offset=$(tail -c "+$((seen + 1))" screen | grep -obaF -m 1 -e "$1" | head -n 1)
	seen=$((seen + ${offset%%:*} + ${#1}))
}

@test "guard at a terminal: ^C ends the program, and the shell has its status" {
	at_terminal
	type_keys '"$SHMTOOL" guard -- sh -c "echo rea\\dy; sleep 100"\n'
	see "ready"
	type_keys '\003'
	see 'outer> '
	type_keys 'echo status=$?\n'
	see 'status=130'
	leave_terminal
}

@test "guard at a terminal: ^Z stops both, fg goes on, the program reads the terminal" {
	at_terminal
	type_keys '"$SHMTOOL" guard -- bash -c "echo rea\\dy; read x; echo got=\\$x; exit 6"\n'
	see 'ready'
	type_keys '\032'
	see 'Stopped'
	see 'outer> '
	type_keys 'fg\n'
	see 'guard'
	type_keys 'hello\n'
	see 'got=hello'
	see 'outer> '
	type_keys 'echo status=$?\n'
	see 'status=6'
	leave_terminal
}

@test "guard at a terminal: an interactive shell has job control, can be suspended, even killed" {
	at_terminal
	type_keys 'PS1="inner\\076 " "$SHMTOOL" guard -- bash --noprofile --norc -i\n'
	see 'inner'
	type_keys 'sh -c "echo run\\ning; exec sleep 99"\n'
	see 'running'
	type_keys '\032'
	see 'Stopped'
	type_keys 'kill %%1; suspend\n'
	see 'Stopped'
	see 'outer> '
	type_keys 'fg\n'
	see 'guard'
	type_keys 'echo in=$((40+2))\n'
	see 'in=42'
	type_keys 'kill -KILL $$\n'
	see 'outer> '
	type_keys 'echo status=$?\n'
	see 'status=137'
	leave_terminal
}

@test "guard at a terminal: ^Z stops it only when the program has stopped" {
	require_command perl
	cat >slow.pl <<-'END'
		use POSIX;
		$| = 1;
		$SIG{TSTP} = sub {
			select undef, undef, undef, 0.4;
			print "cleaned\n";
			$SIG{TSTP} = "DEFAULT";
			kill TSTP => $$;
			sigprocmask(SIG_UNBLOCK, POSIX::SigSet->new(SIGTSTP));
		};
		print "rea" . "dy\n";
		1 while !defined($_ = <STDIN>);
		print "got=$_";
	END
	at_terminal
	type_keys '"$SHMTOOL" guard -- perl slow.pl\n'
	see 'ready'
	type_keys '\032'
	see 'cleaned'
	see 'Stopped'
	see 'outer> '
	type_keys 'fg\n'
	see 'guard'
	type_keys 'hello\n'
	see 'got=hello'
	leave_terminal
}

@test "guard at a terminal: ^Z is nothing to it if it is nothing to the program" {
	at_terminal
	type_keys '"$SHMTOOL" guard -- bash -c "trap \047\047 TSTP; echo rea\\dy; read x; echo got=\\$x; exit 3"\n'
	see 'ready'
	type_keys '\032'
	type_keys 'hello\n'
	see 'got=hello'
	see 'outer> '
	type_keys 'echo status=$?\n'
	see 'status=3'
	leave_terminal
}

@test "guard at a terminal: started in the background, it can be put into the foreground and stopped" {
	# Before the shell has given it the terminal, ^Z would go to the shell.
	cat >front.sh <<-'END'
		echo ready
		until read -r _ _ _ _ group _ _ foreground _ </proc/$$/stat && [ "$group" = "$foreground" ]; do
			sleep 0.02
		done
		echo in front
		read -r x
		echo "got=$x"
		exit 3
	END
	at_terminal
	type_keys '"$SHMTOOL" guard -- bash front.sh &\n'
	see 'ready'
	type_keys 'fg\n'
	see 'in front'
	type_keys '\032'
	see 'Stopped'
	see 'outer> '
	type_keys 'fg\n'
	see 'guard'
	type_keys 'hello\n'
	see 'got=hello'
	see 'outer> '
	type_keys 'echo status=$?\n'
	see 'status=3'
	leave_terminal
}

#
# For a CI system
#

@test "guard --report: JSON with the program, its status, leaks and processes" {
	for who in $(both_users); do
		mkdir -m 1777 "$who"
		run_guard --kill --report "$PWD/$who/r.json" -- \
			"$HELPERS/leak" shm:4096 pshm:/x sem daemon:"$PWD/$who/d.pid"
		assert_failure 3
		run jq -c '[.program[1], .namespace, .error, .program_status, .status, .leaked,
			.leaked_bytes, .processes_ended]' "$who/r.json"
		assert_output '["shm:4096","private",null,0,3,true,8192,true]'
		run jq -c '[.leaks[] | [.kind, .ref, .bytes]]' "$who/r.json"
		assert_output '[["shm","id:0",4096],["pshm","/x",4096],["sem","sem:0",null]]'
		run jq -c '[.processes[] | [.pid, .command]]' "$who/r.json"
		assert_output "[[$(cat "$who/d.pid"),\"leak\"]]"
	done
}

@test "guard --report: without a leak" {
	run_guard --report r.json -- sh -c 'exit 4'
	assert_failure 4
	assert_equal "$(jq -c '[.program_status, .status, .leaked, .leaks, .processes]' r.json)" \
		'[4,4,false,[],[]]'
}

# junit XPATH: a string from the file r.xml.
junit() {
	xmllint --xpath "string($1)" r.xml
}

@test "guard --junit: one case, which fails on a leak" {
	require_command xmllint
	run_guard --junit r.xml -- "$HELPERS/leak" shm:4096 pshm:/x
	assert_failure 3
	assert_equal "$(junit 'count(//testcase)') $(junit '//testsuite/@tests') $(junit '//testsuite/@failures')" '1 1 1'
	assert_equal "$(junit '//failure/@message')" '2 left behind, 8192 bytes of memory'
	assert_equal "$(junit '//failure' | sed '/^$/d; /^ /d')" $'shm id:0 4096 bytes\npshm /x 4096 bytes'
	run_guard --junit r.xml -- true
	assert_success
	assert_equal "$(junit 'count(//testcase)') $(junit 'count(//failure)') $(junit '//testsuite/@failures')" '1 0 0'
}

@test "guard --junit: names and arguments that XML could not hold" {
	require_command xmllint
	name=$(printf 'a<&">\033\377\357\277\276')
	run_guard --junit r.xml -- "$HELPERS/leak" "pshm:/$name"
	assert_failure 3
	xmllint --noout r.xml
	assert_equal "$(junit '//failure' | sed '/^$/d; /^    made /d')" 'pshm /a<&">\033\377\357\277\276 4096 bytes'
}

@test "guard --report and --junit: in the machine's /dev/shm, not the private one" {
	run_guard --report /dev/shm/r.json --junit /dev/shm/r.xml -- true
	assert_success
	jq . /dev/shm/r.json
	assert_object_exists r.xml
}

@test "guard --report: a file that can't be written is known before the program runs" {
	run_guard --report nowhere/r.json -- touch ran
	assert_failure 126
	assert_stderr_like '^shmtool: guard: nowhere/r.json: can.t be written: no such'
	[ ! -e ran ]
	run_guard --report /dev/full -- true
	assert_failure 1
	assert_stderr_like '/dev/full: can.t be written: no space'
}

#
# Refused
#

@test "guard: if namespaces are refused, nothing runs, and the message says what to do" {
	require_strace
	for error in EPERM ENOSPC EINVAL; do
		rm -f r.json r.xml
		run_apart strace -f -qq -o trace -e "inject=unshare:error=$error" \
			"$SHMTOOL" guard --report r.json --junit r.xml -- touch ran
		assert_failure 126
		assert_equal "${#stderr_lines[@]}" 1
		assert_stderr_like '^shmtool: guard: private namespaces are refused: ' '--shared, which needs no namespace\)$'
		[ ! -e ran ]
		assert_equal "$(jq -c '[.status, .program_status]' r.json)" '[126,null]'
		assert_equal "$(grep -c '<error ' r.xml)" 1
	done
}

@test "guard: where the mount is refused, nothing runs" {
	require_strace
	run_apart strace -f -qq -o trace -e "inject=mount:error=EACCES:when=2" \
		"$SHMTOOL" guard -- touch ran
	assert_failure 126
	assert_stderr_like '^shmtool: guard: a private /dev/shm can.t be mounted: permission denied'
	[ ! -e ran ]
}

@test "guard: if /dev/shm is not a directory, nothing runs, and the message says what to do" {
	for who in $(both_users); do
		for make in : 'touch /dev/shm' 'ln -s nowhere /dev/shm'; do
			run_apart unshare --user --map-root-user --mount bash -c '
				mount -t tmpfs tmpfs /dev && eval "$1" && exec "$SHMTOOL" guard -- touch ran' - "$make"
			assert_failure 126
			assert_equal "$stderr" "shmtool: guard: there is no directory /dev/shm to mount a \
private one on (as root: mkdir -m 1777 /dev/shm; or use --shared, which needs no namespace)"
			[ ! -e ran ]
		done
	done
}

@test "guard: without /proc, an unprivileged user is advised to have it mounted" {
	require_root
	require_plain_build # the sanitizer of leaks needs /proc itself
	run_apart unshare --mount bash -c '
		umount -l /proc
		exec setpriv --reuid 65534 --regid 65534 --clear-groups "$SHMTOOL" guard -- touch ran'
	assert_failure 126
	assert_stderr_like '\(as root: mount -t proc proc /proc; or use --shared, which needs no namespace\)$'
	[ ! -e ran ]
}

@test "guard: where user namespaces are switched off, the sentence names the switch" {
	require_root
	# In its own user namespace, the limit is its own.
	run_apart unshare --user --map-root-user bash -c '
		echo 0 >/proc/sys/user/max_user_namespaces || exit 99
		exec setpriv --bounding-set=-all --inh-caps=-all "$SHMTOOL" guard -- touch ran'
	[ "$status" -ne 99 ] || skip 'needs to set the limit of user namespaces'
	assert_failure 126
	assert_stderr_like '\(as root: sysctl user.max_user_namespaces=10000; or use --shared, which needs no namespace\)$'
	[ ! -e ran ]
}

#
# --shared
#

@test "guard --shared: objects created by the program itself are removed" {
	for who in $(both_users); do
		id=$(new_segment 4096)
		run_guard --shared -- "$HELPERS/leak" shm:4096
		assert_failure 3
		assert_stderr_like ' 4096 +0 .* removed$' ': 1 object left behind, .*1 known to be the program'
		assert_equal "$(segment_ids)" "$id"
		assert_unchanged
		ipcrm -m "$id"
	done
}

@test "guard --shared: what its family always keeps is listed, and is no leak" {
	mkdir rules
	printf '[keeper]\ndescription = locks\nmatch = shm bytes=4096\nfate = keep\nreason = it comes back\n' >rules/k.conf
	export SHMTOOL_FAMILIES=$PWD/rules
	run_guard --shared -- "$HELPERS/leak" shm:4096
	assert_success
	assert_stderr_like ' kept: it comes back \(family keeper\)$'
	assert_equal "$(segment_ids | wc -l)" 1
	run_guard --shared -- "$HELPERS/leak" shm:8192
	assert_failure 3
	assert_equal "$(segment_ids | wc -l)" 1
}

@test "guard --shared: objects of one instance are removed together or not at all, as root" {
	require_root
	mkdir rules
	printf '[pair]\ndescription = ports\nmatch = pshm /port{instance:digits}\nmatch = pshm /port{instance:digits}_el\nfate = together\n' >rules/p.conf
	export SHMTOOL_FAMILIES=$PWD/rules
	run_guard --shared -- sh -c '"$HELPERS/leak" pshm:/port1; "$HELPERS/leak" pshm:/port1_el'
	assert_failure 3
	assert_equal "$(ls /dev/shm)" ''
	# Another process uses one of the two.
	run_guard --shared -- sh -c '"$HELPERS/leak" pshm:/port1; "$HELPERS/leak" pshm:/port1_el
		perl -e "open F, q(/dev/shm/port1); open G, q(>open); sleep 1000" >/dev/null 2>&1 3>&- &
		echo $! >user
		until [ -e open ]; do sleep 0.02; done'
	user=$(cat user)
	kill "$user" || true
	assert_failure 3
	assert_stderr_like '/port1_el.* kept: an object of the same instance is kept$'
	assert_equal "$(ls /dev/shm)" $'port1\nport1_el'
	# One was there before.
	rm /dev/shm/port1_el
	run_guard --shared -- "$HELPERS/leak" pshm:/port1_el
	assert_failure 3
	assert_stderr_like '/port1_el.* kept: an object of the same instance is not known'
	rm /dev/shm/port1*
}

@test "guard --shared: with rules that are wrong, nothing is removed" {
	mkdir rules
	printf '[keeper]\n' >rules/k.conf
	export SHMTOOL_FAMILIES=$PWD/rules
	run_guard --shared -- "$HELPERS/leak" shm:4096
	assert_failure
	assert_stderr_like 'rules/k.conf:'
	assert_equal "$(segment_ids | wc -l)" 1
}

@test "guard --shared: objects created by an orphan of the program are removed" {
	for who in $(both_users); do
		run_guard --shared -- bash -c '
			(p=$BASHPID; bash -c "while [ -e /proc/$p ]; do sleep 0.02; done; exec \"$HELPERS/leak\" shm:1" &)
			until [ "$(wc -l </proc/sysvipc/shm)" -gt 1 ]; do sleep 0.02; done'
		assert_failure 3
		assert_stderr_like 'removed$'
		assert_no_segments
	done
}

@test "guard --shared: objects created by a child that runs for a while are removed" {
	for who in $(both_users); do
		run_guard --shared -- bash -c 'perl -e "shmget(0, 4096, 0600); select undef, undef, undef, 1"; exit 0'
		assert_failure 3
		assert_stderr_like 'removed$'
		assert_no_segments
	done
}

@test "guard --shared: objects that other processes create meanwhile are reported and kept" {
	for who in $(both_users); do
		rm -f ready
		(
			wait_until 20 test -e ready
			new_segment 4096 >other
			: >made
		) 3>&- &
		mkdir -m 1777 "$who"
		run_guard --shared -- bash -c ': >'"$PWD"'/ready 2>/dev/null; until [ -e '"$PWD"'/made ]; do sleep 0.02; done'
		assert_success
		assert_stderr_like 'kept: not known to be the program'
		assert_segment_exists "$(cat other)"
		ipcrm -m "$(cat other)"
		rm -f made ready other
	done
}

# write_stranger: the script of a process beside the program: it has become our child, makes something,
# and says so. PARENT is us, JOB a file for its pid.
write_stranger() {
	cat >stranger <<'EOF'
until grep -q "^PPid:.$PARENT\$" /proc/$$/status; do sleep 0.02; done
echo $$ >"$JOB"
until [ -e ready ]; do sleep 0.02; done
: >/dev/shm/"$PREFIX_NAME"
"$HELPERS/leak" shm:77
: >made
exec sleep 300
EOF
}

@test "guard: jobs of the shell that executed it are not the program's" {
	write_stranger
	for who in $(both_users); do
		rm -f ready made
		chmod 1777 .
		# shellcheck disable=SC2016 # for the inner shell
		run_apart as "$who" sh -c 'PARENT=$$ JOB=job.pid sh stranger >/dev/null 2>&1 3>&- &
			exec "$SHMTOOL" guard --shared --kill -- sh -c ": >ready; until [ -e made ]; do sleep 0.02; done"'
		assert_success
		assert_stderr_like '2 objects left behind' '0 known to be the program'
		refute_stderr_like 'removed' 'running'
		assert_object_exists "$PREFIX_NAME"
		[ -e "/proc/$(cat job.pid)" ]
		kill -KILL "$(cat job.pid)"
		rm -f job.pid
		remove_segments
		find /dev/shm -mindepth 1 -delete
	done
}

@test "guard --shared: orphans that it adopts as process 1 are not the program's" {
	require_root
	write_stranger
	# shellcheck disable=SC2016 # for the inner shell
	run_apart bash -c 'unshare --pid --fork --mount-proc "$SHMTOOL" guard --shared -- \
			sh -c ": >begun; until [ -e made ]; do sleep 0.02; done; sleep 0.2" 3>&- &
		until [ -e begun ]; do sleep 0.02; done
		# Its number is another one in there.
		nsenter --target "$(pgrep -P $!)" --pid --mount --ipc --wd="$PWD" \
			sh -c '\''PARENT=1 JOB=/dev/null sh stranger >/dev/null 2>&1 3>&- &'\''
		: >ready
		wait $!'
	assert_success
	assert_stderr_like '2 objects left behind' '0 known to be the program'
	refute_stderr_like 'removed'
	assert_object_exists "$PREFIX_NAME"
}

@test "guard --shared: attached segments are kept; with --kill they are removed" {
	run_guard --shared -- "$HELPERS/leak" held:4096 daemon:"$PWD/a.pid"
	assert_failure 3
	assert_stderr_like ' 4096 +1 .* leak +kept: attached by [0-9]+ \(leak\)$'
	[ "$(segment_ids | wc -l)" -eq 1 ]
	run_guard --shared --kill -- "$HELPERS/leak" held:8192 daemon:"$PWD/b.pid"
	assert_failure 3
	assert_stderr_like ' 8192 +0 .* removed$'
	[ "$(segment_ids | wc -l)" -eq 1 ]
}

@test "guard --shared: objects of every kind are removed, also if their maker lives for a moment" {
	local queues=()
	[[ $(stat -f -c %t /dev/mqueue 2>/dev/null) != 19800202 ]] || queues=(pmsg:/"$PREFIX_NAME")
	for who in $(both_users); do
		run_guard --shared -- sh -c '
			for what; do "$HELPERS/leak" "$what"; done; "$HELPERS/leak" msg; exit 0' sh \
			sem shm:77 pshm:/"$PREFIX_NAME" psem:/"$PREFIX_NAME" "${queues[@]}"
		assert_failure 3
		assert_stderr_like "($((5 + ${#queues[@]})) known to be the program's)"
		assert_equal "$(grep -c ' removed$' <<<"$stderr")" \
			"$((3 + ${#queues[@]} + ($(list_queues | wc -l) == 0) + ($(list_sets | wc -l) == 0)))"
		# A queue is kept if a process that can't be inspected may wait for it, a set if one outside of
		# the pid namespace may have used it.
		[[ -z $(list_queues) ]] || assert_stderr_like 'kept: a process may wait for it'
		[[ -z $(list_sets) ]] || assert_stderr_like 'kept: it may have been used by a process outside this pid namespace'
		assert_no_segments
		assert_no_objects
		ipcrm --all=msg --all=sem
	done
}

list_queues() {
	awk 'NR > 1 { print $2 }' /proc/sysvipc/msg
}

list_sets() {
	awk 'NR > 1 { print $2 }' /proc/sysvipc/sem
}

# require_told_objects: skips unless the kernel reports the creators of files.
require_told_objects() {
	"$SHMTOOL" guard --shared -- "$HELPERS/leak" pshm:/"$PREFIX_NAME" 2>told || true
	rm -f /dev/shm/"$PREFIX_NAME"
	! grep -qE 'CAP_SYS_ADMIN|does not report' told || skip 'needs a kernel that reports the creators of files'
}

# require_told_processes: skips unless the kernel reports every new process to $who.
require_told_processes() {
	local version
	version=$(uname -r)
	# The first pid namespace has this number: PROC_PID_INIT_INO of the kernel.
	if [[ $(readlink /proc/self/ns/pid) != 'pid:[4026531836]' ]] ||
		! { [[ $who == root && $EUID -eq 0 ]] || printf '6.6\n%s\n' "$version" | sort -VC; } ||
		! grep -q '^CONFIG_PROC_EVENTS=y' <(zcat -f /proc/config.gz "/boot/config-$version" 2>/dev/null); then
		skip 'needs the process connector'
	fi
}

@test "guard --shared: POSIX objects and semaphores of the program and its children are removed, as root" {
	require_root
	require_told_objects
	run_guard --shared -- "$HELPERS/leak" pshm:/"$PREFIX_NAME" psem:/"$PREFIX_NAME"
	assert_failure 3
	assert_leaks /"$PREFIX_NAME" psem:/"$PREFIX_NAME"
	assert_equal "$(grep -c ' removed$' <<<"$stderr")" 2
	assert_stderr_like '2 known to be the program'
	assert_no_objects
	run_guard --shared -- sh -c 'for i in 1 2 3 4 5 6 7 8; do (sleep 0.1 3>&-; exec "$HELPERS/leak" pshm:/$i psem:/$i) & done; wait; sleep 0.1'
	assert_failure 3
	assert_no_objects
}

@test "guard --shared: objects created by short-lived children are removed" {
	for who in $(both_users); do
		require_told_processes
		run_guard --shared -- sh -c '
			for i in 1 2 3 4 5 6 7 8 9 10; do "$HELPERS/leak" shm:4096 pshm:/$i; done; exit 0'
		assert_failure 3
		assert_no_segments
		# The kernel reports files only to root.
		[[ $who == user || $EUID -ne 0 ]] || assert_no_objects
		find /dev/shm -mindepth 1 -delete
	done
}

@test "guard --shared: objects created after a while by a short-lived child are removed, as root" {
	require_root
	who=root
	require_told_objects
	require_told_processes
	run_guard --shared -- sh -c 'sleep 1.5; "$HELPERS/leak" shm:4096 pshm:/"$PREFIX_NAME" psem:/x; exit 0'
	assert_failure 3
	assert_no_segments
	assert_no_objects
	# Where calls are not reported: its maker is gone for sure when guard hears of the object.
	set_without_listener
	run_apart "${WITHOUT_LISTENER[@]}" "$SHMTOOL" guard --shared -- bash -c '
		sleep 1.5
		guard=$(awk "/^PPid/ { print \$2 }" /proc/$PPID/status)
		kill -STOP "$guard"
		"$HELPERS/leak" pshm:/"$PREFIX_NAME"
		kill -CONT "$guard"
		exit 0'
	assert_failure 3
	assert_no_objects
}

@test "guard --shared: objects created while it is stopped are kept, since pids may be reused" {
	require_root
	run_guard --shared -- bash -c '
		guard=$(awk "/^PPid/ { print \$2 }" /proc/$PPID/status)
		kill -STOP "$guard"
		"$HELPERS/leak" shm:4096 pshm:/"$PREFIX_NAME"
		sleep 1.5
		kill -CONT "$guard"
		exit 0'
	assert_success
	assert_equal "$(grep -c ' kept: not known to be' <<<"$stderr")" 2
	assert_object_exists "$PREFIX_NAME"
}

# stranger_meanwhile NAME: makes an object, a semaphore and two segments when the file ready is there;
# the maker of one of them lives until the file over is there.
stranger_meanwhile() {
	(
		wait_until 20 test -e ready
		"$HELPERS/leak" pshm:/"$1" psem:/"$1" shm:77
		perl -e 'shmget 0, 78, 0600; open F, q(>made); close F; select undef, undef, undef, 0.02 until -e q(over)'
	) 3>&- &
}

@test "guard --shared: objects of unrelated processes are kept, also under a name from the program" {
	require_command perl
	for who in $(both_users); do
		rm -f ready made over
		stranger_meanwhile "$PREFIX_NAME"
		chmod 1777 .
		run_guard --shared -- bash -c ': >ready; until [ -e made ]; do sleep 0.02; done
			ln /dev/shm/$PREFIX_NAME /dev/shm/$PREFIX_NAME.link 2>/dev/null
			mv /dev/shm/sem.$PREFIX_NAME /dev/shm/sem.$PREFIX_NAME.moved 2>/dev/null
			cat /dev/shm/$PREFIX_NAME >/dev/null 2>&1; exit 0'
		: >over
		assert_success
		assert_stderr_like '0 known to be the program'
		refute_stderr_like 'removed'
		assert_object_exists "$PREFIX_NAME"
		[ -e /dev/shm/sem."$PREFIX_NAME" ] || [ -e /dev/shm/sem."$PREFIX_NAME".moved ]
		assert_equal "$(awk 'NR > 1 { print $4 }' /proc/sysvipc/shm | sort)" $'77\n78'
		remove_segments
		find /dev/shm -mindepth 1 -delete
	done
}

@test "guard --shared: an object of a stranger under a name that the program's had is kept" {
	require_root
	require_told_objects
	stranger_meanwhile "$PREFIX_NAME"
	run_guard --shared -- bash -c '"$HELPERS/leak" pshm:/$PREFIX_NAME; rm /dev/shm/$PREFIX_NAME
		: >ready; until [ -e made ]; do sleep 0.02; done'
	: >over
	assert_success
	assert_object_exists "$PREFIX_NAME"
}

@test "guard --shared: objects of unrelated processes with a former or later pid of the program" {
	require_root
	require_told_objects
	set_without_listener
	local number
	# The weaker way, and the other one.
	for number in "${WITHOUT_LISTENER[1]}" ''; do
		reuse_pids "$number"
		[ "$status" -ne 77 ] || skip 'needs to choose a process number'
		assert_failure 3
		assert_stderr_like '/own .* removed' '1 known to be the program'
		assert_equal "$(object_names)" $'again\nbefore\nliving'
		assert_equal "$(awk 'NR > 1 { print $4 }' /proc/sysvipc/shm)" 77
		rm -f go "done" wait
		find /dev/shm -mindepth 1 -delete
		ipcrm --all=shm
	done
}

# reuse_pids NUMBER: runs guard without the system call of this number. The program makes /own; strangers make
# /living, /again with the pid of its maker, and /before and a segment with a pid that the program then has.
reuse_pids() {
	# Numbers are used again in a pid namespace of its own.
	# shellcheck disable=SC2016 # for the inner shells
	run_apart unshare --pid --fork --mount-proc bash -c '
		mkfifo go done wait
		(
			while read -r number what; do
				[ "$number" = - ] || echo $((number - 1)) >/proc/sys/kernel/ns_last_pid || exit
				"$HELPERS/leak" $what &
				wait
				echo $! >&7
			done
		) <>go 7<>done 3>&- &
		export NUMBER=$2
		${NUMBER:+"$HELPERS/without_syscall" "$NUMBER" 38} "$SHMTOOL" guard --shared -- bash -c "$1"
		status=$?
		kill $!
		exit $status' bash '
		exec 6>go 7<done
		guard=$(awk "/^PPid/ { print \$2 }" /proc/$PPID/status)
		bash -c ": >/dev/shm/own; read -r _ <wait" &
		maker=$!
		# Guard has looked at it.
		until [ ! "$NUMBER" ] || grep -qs "^Pid:[[:space:]]*$maker$" /proc/"$guard"/fdinfo/*; do :; done
		until [ -e /dev/shm/own ]; do :; done
		echo - pshm:/living >&6; read -r _ <&7
		echo >wait; wait
		echo "$maker" pshm:/again >&6; read -r again <&7
		[ "$again" = "$maker" ] || exit 77
		kill -STOP "$guard"
		echo - pshm:/before shm:77 >&6; read -r number <&7
		sleep 1.5
		echo $((number - 1)) >/proc/sys/kernel/ns_last_pid
		sleep 100 >/dev/null 2>&1 &
		kill -CONT "$guard"
		[ $! = "$number" ] || exit 77' "$1"
}

@test "guard --shared: a segment marked for destruction is not left behind" {
	require_root
	run_guard --shared -- bash -c '
		"$HELPERS/leak" held:5555 daemon:daemon.pid
		ipcrm -m "$(awk "\$4 == 5555 { print \$2 }" /proc/sysvipc/shm)"'
	assert_success
	assert_equal "$(awk '$4 == 5555 { print $7 }' /proc/sysvipc/shm)" 1
	kill "$(cat daemon.pid)"
	refute_stderr_like 5555
}

@test "guard --shared: an object of the program that is in use is kept" {
	require_root
	require_told_objects
	run_guard --shared -- bash -c '"$HELPERS/leak" pshm:/$PREFIX_NAME
		(exec sleep 100 </dev/shm/$PREFIX_NAME >/dev/null 2>&1 3>&-) & echo $! >user.pid
		until [[ $(cat /proc/$!/comm) == sleep ]]; do :; done'
	assert_failure 3
	assert_stderr_like " sleep +kept: held open by $(cat user.pid) \(sleep\)\$" '1 known to be the program'
	assert_object_exists "$PREFIX_NAME"
}

# set_without_listener: sets WITHOUT_LISTENER, the words before a command for which seccomp(2) fails.
set_without_listener() {
	case $(uname -m) in
	x86_64) WITHOUT_LISTENER=("$HELPERS/without_syscall" 317 38) ;;
	aarch64) WITHOUT_LISTENER=("$HELPERS/without_syscall" 277 38) ;;
	*) skip "needs the number of seccomp(2) on $(uname -m)" ;;
	esac
}

@test "guard --shared: without reports from the kernel, objects are kept, and only seen segments are proven" {
	require_strace
	require_root
	set_without_listener
	run_apart strace -f -qq -o trace -e inject=fanotify_init:error=EPERM -e inject=socket:error=EPERM \
		"${WITHOUT_LISTENER[@]}" "$SHMTOOL" guard --shared -- "$HELPERS/leak" pshm:/"$PREFIX_NAME" shm:4096 msg
	assert_failure 3
	assert_stderr_like ' kept: the kernel reports creators only with CAP_SYS_ADMIN$' ' 4096 +0 .* removed$' '1 known to be' \
		'kept: the kernel does not report its creator' 'origins are unknown: the kernel lacks seccomp_unotify'
	assert_object_exists "$PREFIX_NAME"
	assert_no_segments
}

@test "guard --shared: where calls are not reported, root's objects are proven by fanotify and process events" {
	require_root
	set_without_listener
	who=root
	require_told_processes
	run_apart "${WITHOUT_LISTENER[@]}" "$SHMTOOL" guard --shared -- sh -c '
		for i in 1 2 3 4 5; do "$HELPERS/leak" shm:4096 pshm:/"$PREFIX_NAME-$i" psem:/"$PREFIX_NAME-$i"; done; exit 0'
	assert_failure 3
	assert_stderr_like '15 known to be'
	assert_no_segments
	assert_no_objects
}

@test "guard --shared: after more than the kernel keeps for it, nothing more is proven" {
	require_root
	require_told_objects
	set_without_listener
	# A stopped guard reads nothing; the kernel keeps 16384 events, and there is more in the end.
	run_apart "${WITHOUT_LISTENER[@]}" "$SHMTOOL" guard --shared -- bash -c '
		guard=$(awk "/^PPid/ { print \$2 }" /proc/$PPID/status)
		kill -STOP "$guard"
		perl -e "for (1 .. 20000) { open F, q(>), qq(/dev/shm/m\$_) } unlink glob q(/dev/shm/m*)"
		: >/dev/shm/$PREFIX_NAME
		kill -CONT "$guard"
		for _ in {1..100}; do
			ls -l /proc/"$guard"/fd | grep -q fanotify || break
			sleep 0.05
		done
		: >/dev/shm/$PREFIX_NAME.later'
	assert_success
	assert_equal "$(grep -c 'kept: not known to be the program' <<<"$stderr")" 2
	assert_equal "$(object_names)" "$PREFIX_NAME"$'\n'"$PREFIX_NAME".later
}

#
# The command line
#

@test "guard: usage errors" {
	run_tool guard
	assert_usage_error guard 'no program given'
	run_tool guard --
	assert_usage_error guard 'no program given after --'
	run_tool guard true
	assert_usage_error guard 'unexpected operand'
	run_tool guard --shared --size 1M -- true
	assert_usage_error guard '--size'
	for bad in x -1 256 1x ''; do
		run_tool guard --leak-status="$bad" -- true
		assert_usage_error guard 'is not an exit status'
	done
}

@test "guard: completion of the program's command line" {
	run_tool __complete guard -- ''
	assert_output ':program 3'
	run_tool __complete guard --report ''
	assert_output ':files '
}

@test "guard: reports the users of leaked objects" {
	run_apart timeout 60 "$SHMTOOL" guard --report report.json -- bash -c '
		echo x >/dev/shm/held; (exec sleep 300 </dev/shm/held) >/dev/null 2>&1 &
		echo $! >straggler
		until [[ $(cat /proc/$!/comm) == sleep ]]; do :; done'
	kill "$(cat straggler)"
	assert_failure 3
	[[ $stderr == *$'\npshm /held '*' sleep'* ]] || fail "$stderr"
	assert_equal "$(jq -r '.. | objects | select(.ref? == "/held") | .commands' report.json)" sleep
}
