#!/usr/bin/env bats
# users of queues and semaphore sets: the processes that wait, and those of the last operations.

load test_helper
load truth

setup() {
	common_setup
	require_private_namespace
}

# make_set KEY [COUNT]; make_queue KEY: set id.
make_set() {
	id=$("$HELPERS/set_control" make "$1" 600 "${2:-1}")
}

make_queue() {
	id=$("$HELPERS/queue_control" make "$1" 600)
}

# rows COLUMNS ARGUMENT...: the rows of users, without headings and notes.
rows() {
	"$SHMTOOL" users -q --raw --no-headings -o "$@"
}

# start WORD COMMAND...: runs a command in the background until it says WORD; sets BACKGROUND_PID.
start() {
	local word=$1
	shift
	background "$@"
	wait_until 10 grep -qx "$word" background.out
}

@test "users sem:id: a process that waits, and how many of its threads" {
	require_root
	make_set 0 2
	start waiting "$HELPERS/set_control" operate "$id" 1 -1
	wait_until 10 eval "[[ \$('$HELPERS/set_control' look $id 1) == '0 1 0 '* ]]"
	run rows ref,pid,user,command,how,alive,count "sem:$id"
	assert_output "sem:$id $BACKGROUND_PID root set_control waits yes 1"
}

@test "users sem:id: the processes of the last operations, once each, running or not" {
	make_set 0 4
	"$HELPERS/set_control" value "$id" 0 1
	gone=$("$HELPERS/set_control" look "$id" 0)
	start 'done' "$HELPERS/set_control" hold-value "$id" 1 1
	kept=$BACKGROUND_PID
	run rows pid,user,command,how,alive,count "sem:$id"
	assert_success
	assert_line "${gone##* } - - operated no 1"
	assert_line "$kept $me set_control operated yes 1"
	assert_equal "${#lines[@]}" 2
	# What the kernel says, semaphore by semaphore.
	assert_equal "$(rows pid --sort pid "sem:$id")" \
		"$("$SHMTOOL" stat --elements --raw --no-headings -o pid "sem:$id" | grep -vx -- - | sort -n)"
}

@test "users msg:id: the process that waits, and those of the last message" {
	require_root
	make_queue 0
	start waiting "$HELPERS/queue_control" wait "$id"
	receiver=$BACKGROUND_PID
	wait_until 10 eval "rows how 'msg:$id' | grep -qx waits"
	run rows pid,command,how,alive "msg:$id"
	assert_output "$receiver queue_control waits yes"
	"$HELPERS/queue_control" send "$id" 5
	wait_until 10 grep -q message background.out
	wait "$receiver"
	run rows pid,how,alive "msg:$id"
	assert_line "$(proc_msg "$id" lspid) sent no"
	assert_line "$receiver received no"
	assert_equal "${#lines[@]}" 2
}

@test "users pmsg:/name: the processes that have it open" {
	require_mqueue
	"$HELPERS/mq_control" make /queue 600
	start waiting "$HELPERS/mq_control" wait /queue
	run rows ref,pid,command,how,access pmsg:/queue
	assert_success
	assert_line --regexp "^pmsg:/queue $BACKGROUND_PID mq_control open r"
}

@test "users --kind: sets and queues by their key, with all their users" {
	make_set 0x2a
	start 'done' "$HELPERS/set_control" hold-value "$id" 0 1
	make_queue 0x2a
	run rows ref,how --kind sem,msg --key 0x2a
	assert_output "sem:$("$SHMTOOL" --kind sem -q --raw --no-headings -o semid) operated"
	run_tool users --kind sem --json
	assert_success
	assert_equal "$(json -c '.[0] | [.kind, .how, .alive, .access, .bytes]')" '["sem","operated","yes",null,null]'
	run_tool users --kind sem
	assert_line --index 0 '------ Queue and Semaphore Users --------'
	assert_line --index 1 --regexp '^ref +pid +user +command +how +alive +count$'
}

@test "users --kind all: memory, queues and sets together" {
	require_mqueue
	make_set 0
	start 'done' "$HELPERS/set_control" hold-value "$id" 0 1
	"$HELPERS/make_object" /shmtool-object 4096
	exec 7</dev/shm/shmtool-object
	run rows ref,how --kind all
	assert_line "sem:$id operated"
	assert_line '/shmtool-object open'
	exec 7<&-
}

@test "users: a younger process with the number of the last one is not shown as that one" {
	require_root
	[[ -w /proc/sys/kernel/ns_last_pid ]] || skip 'needs /proc/sys/kernel/ns_last_pid'
	make_set 0
	run unshare --pid --fork --mount-proc bash -c '
		"$HELPERS/set_control" value "$0" 0 1
		pid=$("$HELPERS/set_control" look "$0" 0)
		pid=${pid##* }
		# Both times are in whole seconds, and one of them is granted.
		sleep 3
		for attempt in {1..50}; do
			echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
			sleep 60 &
			[[ $! -ne $pid ]] || break
		done
		[[ $! -eq $pid ]] || exit 77
		"$SHMTOOL" users -q --raw --no-headings -o command,how,alive "sem:$0"' "$id"
	[[ $status -ne 77 ]] || skip 'needs a pid that the kernel gives again'
	assert_output '- operated no'
}

@test "users: what can't be seen of a set or queue is said" {
	require_root
	make_set 0
	"$HELPERS/set_control" value "$id" 0 1
	run_tool_as_user users "sem:$id"
	assert_success
	assert_stderr_like "sem:$id: its semaphores can't be read: no read permission for the set"
	set=$("$HELPERS/set_control" make 0 644 1)
	background "$HELPERS/set_control" operate "$set" 0 -1
	wait_until 10 eval "[[ \$('$HELPERS/set_control' look $set 0) == '0 1 0 '* ]]"
	run_tool_as_user users "sem:$set"
	assert_stderr_like "sem:$set: 1 process waits for it, 1 of them can't be seen"
	make_queue 0
	run_tool_as_user users "msg:$id"
	assert_stderr_like "msg:$id: no process that can be seen uses it"
}

@test "users: in another pid namespace, the process of the last operation may be outside" {
	require_root
	make_set 0
	"$HELPERS/set_control" value "$id" 0 1
	run --separate-stderr unshare --pid --fork --mount-proc "$SHMTOOL" users "sem:$id"
	assert_success
	assert_stderr_like "sem:$id: a process outside this pid namespace may have used it"
}

@test "users --ns: the users of a set and a queue in the IPC namespace of a process" {
	require_root
	background unshare --ipc bash -c 'set=$("$HELPERS/set_control" make 0x2a 600 1)
		queue=$("$HELPERS/queue_control" make 0x2a 600)
		"$HELPERS/queue_control" wait "$queue" >waits &
		"$HELPERS/set_control" hold-value "$set" 0 1 >holds &
		echo $!
		wait'
	wait_until 10 grep -q "done" holds
	wait_until 10 grep -q waiting waits
	wait_until 10 eval "'$SHMTOOL' users -q --ns $BACKGROUND_PID msg:key:0x2a --raw --no-headings -o how | grep -qx waits"
	run rows pid,how,alive --ns "$BACKGROUND_PID" sem:key:0x2a
	assert_output "$(cat background.out) operated yes"
	run rows command,how --ns "$BACKGROUND_PID" --kind msg
	assert_output 'queue_control waits'
	# There is none here.
	run_tool users --kind sem,msg --raw --no-headings
	assert_output ''
}

@test "users: of queues and sets, looking changes nothing" {
	make_set 0x2a
	make_queue 0x2b
	"$HELPERS/queue_control" send "$id" 5
	before=$(cat /proc/sysvipc/{sem,msg})
	run_tool users --kind sem,msg
	assert_success
	assert_equal "$(cat /proc/sysvipc/{sem,msg})" "$before"
}
