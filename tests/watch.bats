#!/usr/bin/env bats
# watch: events as they happen, from whatever source is available. The objects of these
# tests stay until the event is printed, so they are seen by samples, too.

load test_helper
load truth

# watch_in_background ARGUMENT...: starts it, and waits until it listens.
watcher=()
watch_in_background() {
	background "${watcher[@]}" "$SHMTOOL" watch "$@"
	wait_until 20 grep -q 'watching by' background.err ||
		fail "watch $*: $(cat background.out background.err)"
	# Once it sleeps, its header is written, and it waits for events.
	wait_until 20 sh -c 'grep -q "^State:.S" /proc/$1/status || ! kill -0 $1' sh "$BACKGROUND_PID"
}

# await_watch: waits until it ends, with a limit, like await.
await_watch() {
	wait_until 20 sh -c '! kill -0 $1' sh "$BACKGROUND_PID" ||
		fail "it goes on: $(cat background.out background.err)"
	await
}

# sees PATTERN: waits for a line.
sees() {
	wait_until 20 grep -q -- "$1" background.out ||
		fail "no '$1' in: $(cat background.out background.err)"
}

@test "watch prints the creation and removal of a segment, with its id and size" {
	watch_in_background --kind shm --raw -o event,ref,bytes --event created,removed --until removed
	id=$(new_segment 12288)
	sees "^created id:$id 12288$"
	ipcrm -m "$id"
	await_watch
	assert_success
	assert_equal "${lines[0]}" 'event ref bytes'
	assert_equal "${lines[2]}" "removed id:$id 12288"
}

@test "watch prints attaches and detaches with the number of attaches" {
	id=$(new_segment 4096)
	watch_in_background "$id" --json -o event,nattch --until detached
	"$HELPERS/hold_segment" "$id" >/dev/null 3>&- &
	sees '^{"event":"attached","nattch":1}$'
	kill -KILL "$!"
	await_watch
	assert_success
	assert_line '{"event":"detached","nattch":0}'
}

@test "watch --family prints only the events of the objects of that family" {
	mkdir rules
	printf '[%s]\nmatch = pshm %s\nfate = keep\n' inner "/$PREFIX_NAME-in-*" outer "/$PREFIX_NAME-out-*" \
		>rules/test.conf
	chmod 755 . rules
	export SHMTOOL_FAMILIES=$PWD/rules
	watch_in_background --family inner --raw -o event,ref,family --event created,removed --until removed
	: >"/dev/shm/$PREFIX_NAME-out-1"
	: >"/dev/shm/$PREFIX_NAME-none"
	: >"/dev/shm/$PREFIX_NAME-in-1"
	sees "^created /$PREFIX_NAME-in-1 inner$"
	rm "/dev/shm/$PREFIX_NAME-out-1" "/dev/shm/$PREFIX_NAME-none" "/dev/shm/$PREFIX_NAME-in-1"
	await_watch
	assert_success
	assert_equal "$output" "$(printf '%s\n' 'event ref family' "created /$PREFIX_NAME-in-1 inner" \
		"removed /$PREFIX_NAME-in-1 inner")"
	watch_in_background --family '!inner' --raw --no-headings -o event,ref --event created --until created
	: >"/dev/shm/$PREFIX_NAME-in-2"
	: >"/dev/shm/$PREFIX_NAME-none"
	await_watch
	rm "/dev/shm/$PREFIX_NAME-in-2" "/dev/shm/$PREFIX_NAME-none"
	assert_success
	assert_output "created /$PREFIX_NAME-none"
}

@test "watch prints the events of objects in /dev/shm" {
	watch_in_background --kind pshm --raw -o event,ref --event created,resized,renamed,removed --until removed
	: >"/dev/shm/$PREFIX_NAME-a"
	sees "^created /$PREFIX_NAME-a$"
	mv "/dev/shm/$PREFIX_NAME-a" "/dev/shm/$PREFIX_NAME-b"
	sees "^renamed /$PREFIX_NAME-b$"
	rm "/dev/shm/$PREFIX_NAME-b"
	await_watch
	assert_success
	assert_line "removed /$PREFIX_NAME-b"
}

@test "watch: a file that rm renames before its removal is found by the name that it had" {
	for _ in 1 2; do
		as_user sh -c "echo text >/dev/shm/$PREFIX_NAME-a"
		watch_in_background --raw --no-headings -o event,oldname --event removed --name "$PREFIX_NAME-a" --kind pshm --until removed
		as_user shmtool rm --quiet --unused --kind pshm --older-than 0s
		await_watch
		assert_success
		assert_output "removed /$PREFIX_NAME-a"
		((EUID != 0)) || watcher=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	done
}

@test "watch names the process, the command and the user that removed a segment" {
	require_source tracepoints shm
	id=$(new_segment 4096 0666)
	watch_in_background "$id" --json -o event,pid,command,user,uid,call --event removed --until removed
	ipcrm -m "$id" &
	wait "$!"
	await_watch
	assert_success
	assert_output --partial "\"pid\":$!,\"command\":\"ipcrm\",\"user\":\"root\",\"uid\":0,"
	assert_output --partial "shmctl id=$id command=IPC_RMID"
}

@test "watch names the process, the command and the user that removed an object" {
	require_source fanotify pshm
	as_user touch "/dev/shm/$PREFIX_NAME"
	watch_in_background "/$PREFIX_NAME" --json -o event,pid,command,uid --event removed --until removed
	# A process that exits at once may have no command.
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		perl -e 'unlink "/dev/shm/$ENV{PREFIX_NAME}"; select undef, undef, undef, 0.5' &
	wait "$!"
	await_watch
	assert_success
	assert_output "{\"event\":\"removed\",\"pid\":$!,\"command\":\"perl\",\"uid\":65534}"
}

@test "watch --calls shows calls that failed, and why" {
	require_source tracepoints shm
	watch_in_background --kind shm --calls --json -o event,result,call
	run ipcrm -M 0x7b4d2
	sees '"event":"called","result":-2,"call":"shmget key=0x7b4d2 .*ENOENT"'
}

@test "watch --until counts, and ends with the last event that it waits for" {
	watch_in_background --kind pshm --raw --no-headings -o event,ref --event created --until created:3
	touch "/dev/shm/$PREFIX_NAME-"{1,2,3,4}
	await_watch
	assert_success
	assert_equal "${#lines[@]}" 3
}

@test "watch --for ends quietly, and with status 124 if --until was not reached" {
	run_stderr_split shmtool watch -q --for 0s
	assert_success
	assert_equal "$stderr" ''
	run_stderr_split shmtool watch -q --for 0s --until removed
	assert_failure 124
}

@test "watch ends at once when its reader does" {
	mkfifo pipe
	(
		"$SHMTOOL" watch --kind pshm 2>err 3>&- || echo $? >status
	) >pipe &
	# It prints its header, and nothing happens then.
	head -1 pipe >header
	wait_until 10 test -s status
	assert_equal "$(cat status)" 141
	assert_regex "$(cat header)" '^time '
	# Without privileges, another line gives the reason.
	assert_equal "$(grep -cv -e 'watching by' -e ': pshm: only root' err)" 0
}

@test "watch prints each event at once, also into a pipe" {
	watch_in_background --kind pshm --raw -o event,ref --until removed
	mkfifo pipe
	"$SHMTOOL" watch --kind pshm --json -o event 2>err 3>&- | grep -m1 created >found &
	wait_until 10 grep -q 'watching by' err
	touch "/dev/shm/$PREFIX_NAME"
	wait_until 10 grep -q created found
	rm "/dev/shm/$PREFIX_NAME"
	wait "$!"
	await_watch
}

@test "watch says how it learns of events, unless -q was given" {
	run_stderr_split shmtool watch --for 0s
	assert_success
	assert_regex "${stderr_lines[0]}" '^shmtool: watch: watching by [a-z]+ \((shm|pshm|shm, pshm)\)'
	run_stderr_split shmtool watch -q --for 0s
	assert_equal "$stderr" ''
}

@test "watch as an unprivileged user reports that it samples and cannot name processes" {
	run_stderr_split as_user shmtool watch --for 0s
	assert_success
	assert_regex "$stderr" 'shm: one sample every 100 ms, so anything shorter is missed: '
	run_stderr_split as_user shmtool watch --for 0s --interval 0.5
	assert_regex "$stderr" 'one sample every 500 ms'
	assert_regex "$stderr" 'pshm: '
}

@test "watch as an unprivileged user prints the creation and removal of segments and objects" {
	local unprivileged=()
	((EUID != 0)) || unprivileged=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	background env SHELL=/bin/sh "${unprivileged[@]}" "$SHMTOOL" watch --raw -o event,ref --event created,removed --until removed:2
	wait_until 20 grep -q 'watching by' background.err
	wait_until 20 grep -q '^event ref' background.out
	id=$(new_segment 4096 0600)
	touch "/dev/shm/$PREFIX_NAME"
	sees "^created id:$id$"
	sees "^created /$PREFIX_NAME$"
	ipcrm -m "$id"
	rm "/dev/shm/$PREFIX_NAME"
	await_watch
	assert_success
	assert_line "removed id:$id"
	assert_line "removed /$PREFIX_NAME"
}

@test "watch --interval has no effect where nothing is sampled, and says so" {
	require_source tracepoints shm
	run_stderr_split shmtool watch --kind shm --for 0s --interval 1
	assert_success
	assert_regex "$stderr" '--interval: has no effect: nothing is sampled'
}

@test "watch REF: an id that does not exist is an error, a name or key may be yet to come" {
	run_stderr_split shmtool watch -q 2147483647 --for 0s
	assert_failure 1
	assert_regex "$stderr" '^shmtool: watch: id:2147483647: '
	assert_output ''
	watch_in_background "/$PREFIX_NAME" key:0x7b00001 --raw -o event,ref --event created --until created:2
	assert_regex "$(cat background.err)" "/$PREFIX_NAME: does not exist yet"
	touch "/dev/shm/$PREFIX_NAME" "/dev/shm/$PREFIX_NAME-other"
	sees "^created /$PREFIX_NAME$"
	id=$("$HELPERS/make_keyed" 0x7b00001 4096 600)
	await_watch
	assert_success
	assert_line "created id:$id"
	refute_output --partial other
}

@test "watch --until removed: an object that is gone already is an error, not a wait for ever" {
	run_stderr_split shmtool watch -q --until removed "/$PREFIX_NAME"
	assert_failure 1
	assert_equal "$stderr" "shmtool: watch: /$PREFIX_NAME: does not exist, so its removal can't be awaited"
}

@test "watch --used-by follows the objects of a process" {
	first=$(new_segment 4096)
	second=$(new_segment 4096)
	"$HELPERS/hold_segment" "$first" >/dev/null 3>&- &
	holder=$!
	wait_until 10 nattch_is "$first" 1
	watch_in_background --used-by "$holder" --raw -o event,ref --until detached
	"$HELPERS/hold_segment" "$second" >/dev/null 3>&- &
	wait_until 10 nattch_is "$second" 1
	kill -KILL "$holder"
	await_watch
	assert_success
	assert_line "detached id:$first"
	refute_output --partial "id:$second"
}

nattch_is() {
	[ "$(proc_shm "$1" nattch)" = "$2" ]
}

@test "watch ends by SIGINT and SIGTERM with a summary, and with the status of the signal" {
	local signal
	for signal in INT TERM; do
		watch_in_background --kind pshm --summary --event created
		touch "/dev/shm/$PREFIX_NAME-$signal"
		kill "-$signal" "$BACKGROUND_PID"
		await_watch
		assert_equal "$status" $((128 + $(kill -l "$signal")))
		assert_output --regexp "/$PREFIX_NAME-$signal +1 +1 +0"
		assert_output --partial 'Commands'
	done
}

@test "watch --record, then --replay: the same output, in every format" {
	watch_in_background --kind all --calls --record record --json -o +key,owner,mode,source,host,call,cmdline,cgroup --until removed:2
	id=$(new_segment 8192)
	"$HELPERS/hold_segment" "$id" >/dev/null 3>&- &
	sees '"attached"'
	kill -KILL "$!"
	sees '"detached"'
	touch "/dev/shm/$PREFIX_NAME-"$'a\nb'
	sees "$PREFIX_NAME"
	rm "/dev/shm/$PREFIX_NAME-"$'a\nb'
	ipcrm -m "$id"
	await_watch
	assert_success
	assert_equal "$(stat -c %a record)" 600
	shmtool watch --replay record --kind all --calls --json -o +key,owner,mode,source,host,call,cmdline,cgroup >replayed
	diff background.out replayed
	assert_equal "$(shmtool watch --replay record --kind shm --raw --no-headings -o event,ref --event created,removed)" \
		"created id:$id"$'\n'"removed id:$id"
}

@test "watch --record: a process with long arguments is recorded with their beginning, and replayed" {
	require_source tracepoints shm
	long=$(head -c 100000 /dev/zero | tr '\0' '\001')
	id=$(new_segment 4096)
	watch_in_background --kind shm --record record --json --until removed
	# It lives until its arguments have been read.
	bash -c 'exec -a "ipcrm $1" perl -e "shmctl \$ARGV[0], 0, 0; sleep 60" "$2"' bash "$long" "$id" 3>&- &
	await_watch
	kill $!
	assert_success
	run_stderr_split shmtool watch --replay record --json -o event,cmdline --event removed
	assert_success
	assert_output --partial '"ipcrm \u0001\u0001'
	[ "$(wc -c <record)" -lt 100000 ]
}

@test "watch: no event of 400000 is lost, although they happen faster than they are written" {
	require_source tracepoints shm
	require_private_namespace
	"$SHMTOOL" watch --quiet --kind shm --json -- \
		sh -c '"$1/segment_rounds" rounds 4 25000 >/dev/null' sh "$HELPERS" >events 3>&-
	for event in created attached detached removed; do
		assert_equal "$event $(grep -c "\"event\": *\"$event\"" events)" "$event 100000"
	done
	assert_equal "$(wc -l <events)" 400000
}

@test "watch: every event of 2000 rounds of create, attach, detach and remove by two processes" {
	require_source tracepoints shm
	require_private_namespace
	watch_in_background --kind shm --raw --no-headings -o event,ref --until removed:2000
	"$HELPERS/segment_rounds" rounds 2 1000
	await_watch
	assert_success
	assert_equal "${#lines[@]}" 8000
	# In order for each segment.
	assert_equal "$(sort -s -k2,2 <<<"$output" | cut -d' ' -f1 | paste -d' ' - - - - | sort -u)" \
		'created attached detached removed'
}
