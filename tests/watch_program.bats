#!/usr/bin/env bats
# watch -- PROGRAM: the events caused by the program and its descendants. It runs as without watch.

load test_helper
load truth

@test "watch -- PROGRAM ends with the status of the program, and passes its output on" {
	run_stderr_split shmtool watch -q --no-headings -- sh -c 'echo out; echo err >&2; exit 7'
	assert_failure 7
	assert_output out
	assert_equal "$stderr" err
	run_stderr_split shmtool watch -q --no-headings -- sh -c 'kill -KILL $$'
	assert_failure 137
	run_stderr_split as_user shmtool watch -q --no-headings -- sh -c 'exit 7'
	assert_failure 7
}

@test "watch -- PROGRAM: a program that can't be run" {
	run_stderr_split -127 shmtool watch -q -- /nonexistent/program
	assert_failure 127
	assert_equal "$stderr" 'shmtool: watch: /nonexistent/program: no such program'
	run_stderr_split shmtool watch -q -- /dev
	assert_failure 126
}

@test "watch -- PROGRAM shows all that it and its descendants do, also those that end at once" {
	require_source fanotify pshm
	run_stderr_split shmtool watch -q --raw --no-headings -o event,ref --event created,removed -- sh -c "
		for i in 1 2 3; do
			(touch /dev/shm/$PREFIX_NAME-\$i && rm /dev/shm/$PREFIX_NAME-\$i) &
		done
		wait"
	assert_success
	assert_equal "$(sort <<<"$output")" "created /$PREFIX_NAME-1
created /$PREFIX_NAME-2
created /$PREFIX_NAME-3
removed /$PREFIX_NAME-1
removed /$PREFIX_NAME-2
removed /$PREFIX_NAME-3"
}

@test "watch -- PROGRAM does not show the events of other processes" {
	require_source fanotify pshm
	background "$HELPERS/churn" "$PREFIX_NAME-noise"
	wait_until 10 grep -q begun background.out
	run_stderr_split shmtool watch -q --raw --no-headings -o event,ref --event created -- \
		sh -c "sleep 0.1; touch /dev/shm/$PREFIX_NAME; sleep 0.1"
	assert_success
	assert_output "created /$PREFIX_NAME"
}

@test "watch -- PROGRAM does not show the events that other processes cause on its objects" {
	require_source fanotify pshm
	mkfifo go
	background "$SHMTOOL" watch -q --raw --no-headings -o event,ref --event created,removed -- \
		sh -c "touch /dev/shm/$PREFIX_NAME; echo made >made; read -r line <go"
	wait_until 20 test -s made
	rm "/dev/shm/$PREFIX_NAME"
	echo >go
	wait "$BACKGROUND_PID"
	assert_equal "$(cat background.out)" "created /$PREFIX_NAME"
}

@test "watch -- PROGRAM shows all of that also in a pid namespace, without the process connector" {
	require_source fanotify pshm
	run_stderr_split unshare --pid --fork --mount-proc "$SHMTOOL" watch -q --raw --no-headings -o event,ref \
		--event created,removed -- sh -c "
			for i in 1 2 3; do
				(touch /dev/shm/$PREFIX_NAME-\$i && rm /dev/shm/$PREFIX_NAME-\$i) &
			done
			wait"
	assert_success
	assert_equal "$(sort <<<"$output")" "$(printf "created /$PREFIX_NAME-%s\n" 1 2 3)
$(printf "removed /$PREFIX_NAME-%s\n" 1 2 3)"
}

@test "watch -- PROGRAM in a user namespace names the processes that make objects" {
	unshare --user --map-root-user --ipc --pid --fork --mount-proc true 2>/dev/null ||
		skip 'needs user namespaces'
	run_stderr_split unshare --user --map-root-user --ipc --pid --fork --mount-proc "$SHMTOOL" watch --raw --no-headings \
		-o event,ref,command --event created -- sh -c "touch /dev/shm/$PREFIX_NAME; \"$HELPERS/make_keyed\" 0 4096 600"
	assert_success
	assert_line "created /$PREFIX_NAME touch"
	assert_line --regexp '^created id:[0-9]+ make_keyed$'
	assert_regex "$stderr" 'watching by seccomp \(shm\), inotify \(pshm\)'
}

@test "watch -- PROGRAM as an unprivileged user names the processes that make objects" {
	run_stderr_split as_user shmtool watch --raw --no-headings -o event,ref,command --event created -- \
		sh -c "touch /dev/shm/$PREFIX_NAME; exec \"$HELPERS/make_keyed\" 0x7b00010 4096 600 >made"
	id=$(cat made)
	assert_success
	assert_line "created id:$id make_keyed"
	assert_line "created /$PREFIX_NAME touch"
}

@test "watch -- PROGRAM as an unprivileged user names the makers of objects that are removed at once" {
	local program='i=0
		while [ $i -lt 30 ]; do
			sh -c "echo \$\$; exec touch \$1" sh "$1"
			rm "$1"
			i=$((i + 1))
		done >&2'

	run_stderr_split as_user shmtool watch -q --raw --no-headings -o pid,ref \
		--event created -- sh -c "$program" sh "/dev/shm/$PREFIX_NAME"
	assert_success
	# shellcheck disable=SC2001 # one substitution for each line
	assert_equal "$output" "$(sed "s,\$, /$PREFIX_NAME," <<<"$stderr")"
	run as_user shmtool watch -q --raw --no-headings -o event \
		--event removed -- sh -c "$program" sh "/dev/shm/$PREFIX_NAME" 2>/dev/null
	assert_equal "$(grep -c '^removed$' <<<"$output")" 30
}

# events_of PROGRAM...: the number of events of each type that an unprivileged program causes.
events_of() {
	as_user shmtool watch -q --raw --no-headings --kind shm,sem,msg,pshm,psem,pmsg -o event -- "$@" >events || return
	grep -E '^[a-z]+$' events | sort | uniq -c | awk '{ printf "%s%s %d", (NR > 1 ? ", " : ""), $2, $1 }'
}

@test "watch -- PROGRAM as an unprivileged user misses no event of a segment, however short" {
	run events_of "$HELPERS/segment_rounds" rounds 2 300
	assert_output 'attached 600, created 600, detached 600, removed 600'
	run events_of "$HELPERS/segment_rounds" shared 3 100
	assert_output 'attached 300, created 1, detached 300, removed 1'
	# An attach that ends by kill before the next call of its process may be missed.
	run events_of "$HELPERS/segment_rounds" kills 50
	assert_output --regexp '^attached (4[0-9]|50), created 1, detached (4[0-9]|50), removed 1$'
}

@test "watch -- PROGRAM as an unprivileged user shows changes and locks of a segment" {
	# The kernel continues with the ids after these, although they are gone.
	for _ in 1 2 3; do
		id=$(new_segment 4096)
		ipcrm -m "${id#id:}"
	done
	run_stderr_split as_user shmtool watch -q --raw --no-headings -o event,mode -- sh -c '
		id=$(ipcmk --shmem 4096 --mode 600)
		id=${id##* }
		"$SHMTOOL" set --mode 640 "id:$id"
		"$SHMTOOL" set --lock "id:$id"
		"$SHMTOOL" set --unlock "id:$id"
		ipcrm -m "$id"'
	assert_success
	assert_output 'created rw-------
changed rw-r-----
locked rw-r-----
unlocked rw-r-----
removed rw-r-----'
}

@test "watch -- PROGRAM as an unprivileged user shows no attaches of a process that runs in its parent's memory" {
	run events_of "$HELPERS/segment_rounds" spawns 20
	assert_output 'attached 1, created 1, detached 1, removed 1'
}

@test "watch -- PROGRAM as an unprivileged user misses no object of any kind that is removed at once" {
	local how kind list=(shm key sem msg pshm plain psem)
	[[ $(stat -f -c %t /dev/mqueue 2>/dev/null) != 19800202 ]] || list+=(pmsg)
	for how in self vfork thread spawn; do
		for kind in "${list[@]}"; do
			run events_of "$HELPERS/many_makers" "$how" 20 "$kind" clean
			assert_output --regexp 'created 20(, opened 20)?, removed 20$'
		done
	done
}

@test "watch -- PROGRAM as an unprivileged user misses no object if reading its report takes long" {
	require_command strace
	# The clock goes on while the report is read.
	run_stderr_split as_user strace -qq -o /dev/null -e trace=read -e inject=read:delay_exit=2000 \
		"$SHMTOOL" watch -q --raw --no-headings --kind pshm --event created,removed -o event -- \
		"$HELPERS/many_makers" self 5 pshm clean
	assert_success
	assert_equal "$(sort <<<"$output" | uniq -c | awk '{ print $1, $2 }')" '5 created
5 removed'
}

@test "watch -- PROGRAM as an unprivileged user shows the calls that strace shows, with their results" {
	require_command strace
	as_user shmtool watch -q --raw --no-headings --kind shm,sem,msg -o call -- \
		strace -qq -f -o trace -e trace=shmget,shmat,shmdt,shmctl,semget,semctl,msgget,msgctl \
		sh -c "\"$HELPERS/segment_rounds\" rounds 1 20 >&2; \"$HELPERS/many_makers\" thread 20 key sem msg clean" >calls 2>/dev/null
	# The name of each call, its first argument and its result.
	sed -E 's/^[0-9]+ +//; s/^([a-z]+)\(([^,)]*)[^=]*= ([^ ]+).*/\1 \2 \3/; /^[a-z]/!d' trace >expected
	assert_equal "$(wc -l <expected)" 200
	assert_equal "$(sed -E 's/\\040/ /g; s/^([a-z]+) [a-z]+=([^ ]*).* ([^ ]+)$/\1 \2 \3/' calls)" "$(cat expected)"
}

@test "watch -- PROGRAM shows the events of a program that has started threads" {
	local command
	for command in shmtool 'as_user shmtool'; do
		# shellcheck disable=SC2086 # several words
		run_stderr_split $command watch -q --raw --no-headings --kind shm,pshm --event created,removed -o event -- \
			"$HELPERS/many_makers" thread 3 shm pshm clean
		assert_success
		assert_equal "$(sort <<<"$output" | uniq -c | xargs)" '6 created 6 removed'
	done
}

@test "watch -- PROGRAM misses nothing from its first call to its last" {
	require_source tracepoints shm
	run_stderr_split shmtool watch -q --raw --no-headings -o event -- "$HELPERS/segment_rounds" rounds 2 500
	assert_success
	assert_equal "$(grep -c created <<<"$output")" 1000
	assert_equal "$(grep -c detached <<<"$output")" 1000
	assert_equal "$(grep -c removed <<<"$output")" 1000
}

@test "watch -- PROGRAM passes SIGTERM and SIGHUP on, and waits for the program" {
	local signal
	for signal in TERM HUP; do
		background "$SHMTOOL" watch -q -- sh -c "trap 'exit 9' $signal; echo ready; while :; do sleep 0.05; done"
		wait_until 20 grep -q ready background.out
		kill "-$signal" "$BACKGROUND_PID"
		status=0
		wait "$BACKGROUND_PID" || status=$?
		assert_equal "$status" 9
	done
}

@test "watch -- PROGRAM: the program has the signals, descriptors and environment that watch was given" {
	env --ignore-signal=USR1 sh -c 'grep -E "^Sig(Blk|Ign|Cgt)" /proc/self/status; ls /proc/self/fd | wc -l; env | grep -v "^_="' >plain
	run_stderr_split env --ignore-signal=USR1 "$SHMTOOL" watch -q --no-headings -- \
		sh -c 'grep -E "^Sig(Blk|Ign|Cgt)" /proc/self/status; ls /proc/self/fd | wc -l; env | grep -v "^_="'
	assert_success
	assert_equal "$output" "$(cat plain)"
}

@test "watch -- PROGRAM goes on without a reader of its events" {
	require_source fanotify pshm
	mkfifo pipe
	(
		"$SHMTOOL" watch -q --kind pshm -- sh -c "
			touch /dev/shm/$PREFIX_NAME-1
			read -r line <go
			touch /dev/shm/$PREFIX_NAME-2
			echo finished >finished
			exit 5" || echo $? >status
	) >pipe 3>&- &
	mkfifo go
	head -1 pipe >/dev/null
	echo >go
	wait_until 10 test -s status
	assert_equal "$(cat status)" 5
	assert_equal "$(cat finished)" finished
}

@test "watch --summary -- PROGRAM prints counts after the output of the program" {
	require_source fanotify pshm
	run_stderr_split shmtool watch -q --kind pshm --summary --event created,removed -- sh -c "
		touch /dev/shm/$PREFIX_NAME; rm /dev/shm/$PREFIX_NAME; echo finished"
	assert_success
	assert_line --index 0 finished
	assert_line --regexp "^/$PREFIX_NAME +2 +1 "
}

@test "watch leaves no process behind when it is killed, and the program runs on" {
	background "$SHMTOOL" watch -q -- sh -c 'echo $$; exec sleep 300'
	wait_until 20 grep -q '^[0-9]' background.out
	program=$(grep '^[0-9]' background.out)
	kill -KILL "$BACKGROUND_PID"
	wait "$BACKGROUND_PID" || true
	kill -0 "$program"
	kill "$program"
}

@test "watch -- PROGRAM: an unprivileged program can still make objects after watch was killed" {
	local as=(env)

	mkfifo -m 666 go
	[ "$EUID" -ne 0 ] || as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	background "${as[@]}" "$SHMTOOL" watch -q -- sh -c "
		echo ready >ready; read -r line <go; \"$HELPERS/make_keyed\" 0 4096 600 >made.tmp && mv made.tmp made"
	wait_until 20 test -s ready
	kill -KILL "$BACKGROUND_PID"
	wait "$BACKGROUND_PID" || true
	echo >go
	wait_until 20 test -s made
	proc_shm "$(cat made)" size
}
