#!/usr/bin/env bats
# Message queues and semaphore sets that no process will use again: stat -o use,why and rm --abandoned.
# Takes 40 seconds.

load test_helper
load truth
load removal

# A look at all processes: root may inspect each, unless one has rights that root here lacks. Such a first
# process is hidden behind one of ours.
setup_file() {
	[[ ${SHMTOOL_PRIVATE_NS:-} && $EUID -eq 0 ]] || return 0
	readlink /proc/1/exe >/dev/null || mount --bind "/proc/$$" /proc/1 || true
}

setup() {
	common_setup
	require_private_namespace
	# The rules of the catalogue may match what a test makes.
	own_rules <<<$'[other]\ndescription = of no test\nmatch = pshm /none\nfate = keep'
}

require_every_process() {
	local process
	[[ $EUID -eq 0 && $(cat /proc/2/comm 2>/dev/null) == kthreadd ]] ||
		skip 'needs root outside of any container, to see all processes'
	for process in /proc/[0-9]*; do
		cat "$process/syscall" >/dev/null 2>&1 || [[ ! -d $process ]] ||
			skip "needs the right to inspect all processes, such as ${process#/proc/}"
	done
}

# make_set KEY [COUNT]: a set; sets id. Its maker leaves no trace.
make_set() {
	id=$("$HELPERS/set_control" make "$1" 600 "${2:-1}")
}

# make_queue KEY: a message queue; sets id.
make_queue() {
	id=$("$HELPERS/queue_control" make "$1" 600)
}

# use_set: an operation by a process that exits.
use_set() {
	"$HELPERS/set_control" value "$id" 0 1
}

# clean ARGUMENT...: removes abandoned objects, however short they were idle.
clean() {
	run_tool rm --kind msg,sem,pmsg --abandoned --idle-for 0s --json "$@"
	assert_success
}

# verdict REF: use and why.
verdict() {
	"$SHMTOOL" stat --quiet --raw --no-headings -o use,why "$@" | sed 's/\\040/ /g'
}

set_ids() {
	awk 'NR > 1 { print $2 }' /proc/sysvipc/sem | sort -n
}

queue_ids() {
	awk 'NR > 1 { print $2 }' /proc/sysvipc/msg | sort -n
}

#
# Semaphore sets
#

@test "rm --abandoned: a set whose last process has exited" {
	require_every_process
	make_set 0 3
	use_set
	process=$("$HELPERS/set_control" look "$id" 0)
	assert_regex "$(verdict --kind sem)" \
		"^unknown process ${process##* }, which used it last, has exited, .* idle for [0-9]+ seconds? only$"
	clean
	assert_result "sem:$id" removed
	assert_equal "$(set_ids)" ''
}

@test "rm --abandoned: a set is kept while the process of its last operation runs" {
	make_set 0 2
	background "$HELPERS/set_control" hold-value "$id" 1 5
	wait_until 10 grep -qx 'done' background.out
	use_set
	assert_equal "$(verdict --kind sem)" \
		"used process $BACKGROUND_PID (set_control), which used it last, is running"
	clean
	assert_result "sem:$id" "kept: process $BACKGROUND_PID (set_control), which used it last, is running"
	assert_equal "$(set_ids)" "$id"
	# It ends, but nobody waits for it.
	kill -KILL "$BACKGROUND_PID"
	wait_until 10 grep -q '^State:.*Z' "/proc/$BACKGROUND_PID/status" || true
	clean
	[[ $(result "sem:$id") == removed ]] || require_every_process
	assert_equal "$(set_ids)" ''
}

@test "rm --abandoned: a set is kept while a process waits for a greater value, or for 0" {
	require_root
	for amount in -2 0; do
		make_set 0
		use_set
		background "$HELPERS/set_control" operate "$id" 0 "$amount"
		wait_until 10 eval "[[ \$('$HELPERS/set_control' look $id 0) == '1 1 0 '* || \$('$HELPERS/set_control' look $id 0) == '1 0 1 '* ]]"
		assert_equal "$(verdict "sem:$id")" \
			"used process $BACKGROUND_PID (set_control) waits for it"
		clean
		assert_result "sem:$id" "kept: process $BACKGROUND_PID (set_control) waits for it"
		kill -KILL "$BACKGROUND_PID"
		wait "$BACKGROUND_PID" || true
		ipcrm -s "$id"
	done
}

@test "rm --abandoned: a stopped process still waits for a set, though the kernel no longer counts it" {
	require_root
	make_set 0
	use_set
	background "$HELPERS/set_control" operate "$id" 0 -2
	wait_until 10 eval "[[ \$('$HELPERS/set_control' look $id 0) == '1 1 0 '* ]]"
	kill -STOP "$BACKGROUND_PID"
	wait_until 10 eval "[[ \$('$HELPERS/set_control' look $id 0) == '1 0 0 '* ]]"
	clean
	assert_result "sem:$id" "kept: process $BACKGROUND_PID (set_control) waits for it"
}

@test "rm --abandoned: a younger process with the number of the last one is another one" {
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
		"$SHMTOOL" stat --quiet --kind sem --raw --no-headings -o use,why --abandoned --idle-for 1s
		echo "pid $pid"' "$id"
	[[ $status -ne 77 ]] || skip 'needs a pid that the kernel gives again'
	assert_line --regexp '^abandoned process.*which.*has.*exited'
}

@test "rm --abandoned: a process of another pid namespace is seen from outside, not from within" {
	require_every_process
	make_set 0
	background unshare --pid --fork "$HELPERS/set_control" hold-value "$id" 0 5
	wait_until 10 grep -qx 'done' background.out
	process=$(pgrep -P "$BACKGROUND_PID")
	clean
	assert_result "sem:$id" "kept: process $process (set_control), which used it last, is running"
	run_tool_in_pids() { unshare --pid --fork --mount-proc "$SHMTOOL" "$@"; }
	run run_tool_in_pids rm --kind sem --abandoned --idle-for 0s --json
	assert_result "sem:$id" 'kept: it may have been used by a process outside this pid namespace'
	kill -KILL "$process"
	wait_until 10 eval "! kill -0 $process"
	clean
	assert_result "sem:$id" removed
}

@test "rm --abandoned: a set that may not be read is kept" {
	require_root
	make_set 0
	use_set
	run_tool_as_user rm --kind sem --abandoned --idle-for 0s --json
	assert_success
	assert_regex "$(result "sem:$id")" "^kept: its semaphores can't be read: Permission denied$"
	assert_equal "$(set_ids)" "$id"
}

@test "rm --abandoned: an unprivileged user removes his own sets" {
	require_every_process
	id=$(as_user "$HELPERS/set_control" make 0 600 1)
	as_user "$HELPERS/set_control" value "$id" 0 1
	run_tool_as_user rm --kind sem --abandoned --idle-for 0s --json
	assert_success
	assert_result "sem:$id" removed
}

@test "rm --abandoned: a set that he may read but not remove is a failure, also of a dry run" {
	require_every_process
	id=$("$HELPERS/set_control" make 0 644 1)
	use_set
	for option in --dry-run --quiet; do
		run_tool_as_user rm --kind sem --abandoned --idle-for 0s --json "$option"
		[[ $option == --dry-run ]] || assert_failure 1
		assert_result "sem:$id" 'failed: owned by root; only the owner, the creator and root may remove it'
	done
	assert_equal "$(set_ids)" "$id"
}

#
# Companions
#

@test "rm --abandoned: a set is kept while a segment with its key and owner is attached" {
	require_every_process
	make_set 0x2a
	use_set
	segment=$("$HELPERS/make_keyed" 0x2a 4096 600)
	hold "$segment"
	clean
	assert_result "sem:$id" "kept: id:$segment with the same key is in use: it is attached"
	release
	clean
	assert_result "sem:$id" removed
}

@test "rm --abandoned: a key that ftok makes of the same file is as good" {
	require_every_process
	make_set 0x0141f2c3
	use_set
	segment=$("$HELPERS/make_keyed" 0x4d41f2c3 4096 600)
	hold "$segment"
	clean
	assert_result "sem:$id" "kept: id:$segment with a key of the same file (ftok) is in use: it is attached"
	# Not one of another owner, whose key is chance.
	"$HELPERS/segment_control" "$segment" owner 65534 65534
	clean
	assert_result "sem:$id" removed
}

@test "rm --abandoned: a queue is kept while a set with its key is in use" {
	require_every_process
	make_queue 0x2a
	queue=$id
	make_set 0x2a
	background "$HELPERS/set_control" hold-value "$id" 0 5
	wait_until 10 grep -qx 'done' background.out
	clean
	assert_result "msg:$queue" \
		"kept: sem:$id with the same key is in use: process $BACKGROUND_PID (set_control), which used it last, is running"
	kill -KILL "$BACKGROUND_PID"
	wait "$BACKGROUND_PID" || true
	clean
	assert_result "msg:$queue" removed
	assert_result "sem:$id" removed
}

@test "rm --abandoned: a set is kept while it is unknown whether a queue with its key is in use" {
	require_every_process
	id=$(as_user "$HELPERS/set_control" make 0x2a 600 1)
	as_user "$HELPERS/set_control" value "$id" 0 1
	queue=$(as_user "$HELPERS/queue_control" make 0x2a 600)
	run_tool_as_user rm --kind sem --abandoned --idle-for 0s --json
	assert_success
	assert_regex "$(result "sem:$id")" \
		"^kept: msg:$queue with the same key may be in use: a process may wait for it: "
	assert_equal "$(set_ids)" "$id"
}

@test "rm --abandoned: sets of one file go in one run" {
	require_command perl
	require_inspection
	perl -e 'for $p (1 .. 3) { defined semget($p << 24 | 0x123456, 2, 0600 | 01000) or die }'
	run_tool rm --abandoned --kind sem --idle-for 0s --older-than 0s --json
	assert_success
	assert_equal "$(json '[.[] | select(.action == "removed")] | length')" 3
}

@test "rm --abandoned: sets of one file with too many semaphores to inspect are kept" {
	require_command perl
	require_inspection
	perl -e 'for $p (1 .. 3) { defined semget($p << 24 | 0x123456, 2100, 0600 | 01000) or die }'
	run_tool rm --abandoned --kind sem --idle-for 0s --older-than 0s --json
	assert_success
	assert_equal "$(json -r '.[].why' | sort -u)" \
		'too many semaphores with keys of the same file (ftok) to inspect them all'
	run_tool rm --all --kind sem
}

@test "rm --abandoned: sets without a key are no companions" {
	require_every_process
	make_set 0
	use_set
	segment=$(new_segment 4096)
	hold "$segment"
	clean
	assert_result "sem:$id" removed
}

#
# Families
#

@test "rm --abandoned, stat -o use: a family keeps a set that is idle" {
	require_every_process
	printf '[web]\ndescription = mutex of a server\nmatch = sem mode=0600\nwith-program = server-of-sets\n' >rules/web.conf
	chmod 644 rules/web.conf
	make_set 0
	use_set
	background perl -e '$0 = "server-of-sets"; open my $comm, ">", "/proc/self/comm"; print $comm "server-of-sets"; close $comm; print "ready\n"; $| = 1; sleep 60'
	wait_until 10 grep -qx server-of-sets "/proc/$BACKGROUND_PID/comm"
	clean
	assert_regex "$(result "sem:$id")" '^kept: server-of-sets .* is running \(family web\)$'
	run_tool stat --kind sem --abandoned --idle-for 0s --raw --no-headings -o ref
	assert_output ''
	kill -KILL "$BACKGROUND_PID"
	wait "$BACKGROUND_PID" || true
	run_tool stat --kind sem --abandoned --idle-for 0s --raw --no-headings -o ref
	assert_output "sem:$id"
	clean
	assert_result "sem:$id" removed
}

#
# System V message queues
#

@test "rm --abandoned: a queue whose sender and receiver have exited" {
	require_every_process
	make_queue 0
	"$HELPERS/queue_control" send "$id" 10
	clean
	assert_result "msg:$id" 'kept: it holds 1 message'
	"$HELPERS/queue_control" receive "$id"
	clean
	assert_result "msg:$id" removed
	assert_equal "$(queue_ids)" ''
}

@test "rm --abandoned --with-messages: a queue with its messages" {
	require_every_process
	make_queue 0
	"$HELPERS/queue_control" send "$id" 10 3
	assert_equal "$(verdict "msg:$id")" 'unknown it holds 3 messages'
	clean --with-messages
	assert_result "msg:$id" removed
}

@test "rm --abandoned: a queue is kept while a process waits for a message, or for room" {
	require_root
	make_queue 0
	background "$HELPERS/queue_control" wait "$id"
	wait_until 10 grep -q waiting background.out
	wait_until 10 eval "verdict msg:$id | grep -q '^used .*waits for it'"
	clean --with-messages
	assert_result "msg:$id" "kept: process $BACKGROUND_PID (queue_control) waits for it"
	kill -KILL "$BACKGROUND_PID"
	wait "$BACKGROUND_PID" || true
	"$HELPERS/queue_control" qbytes "$id" 100
	background perl -e 'msgsnd($ARGV[0], pack("l! a60", 1, "x"), 0) or die for 1 .. 2' "$id"
	wait_until 10 eval "verdict msg:$id | grep -q '^used .*waits for it'"
	clean --with-messages
	assert_result "msg:$id" "kept: process $BACKGROUND_PID (perl) waits for it"
	assert_equal "$(queue_ids)" "$id"
}

@test "rm --abandoned: a process that waits for a queue of another IPC namespace does not count" {
	require_every_process
	[[ -w /proc/sys/kernel/msg_next_id ]] || skip 'needs /proc/sys/kernel/msg_next_id'
	make_queue 0
	background unshare --ipc bash -c 'echo "$0" >/proc/sys/kernel/msg_next_id
		exec "$HELPERS/queue_control" wait "$("$HELPERS/queue_control" make 0 600)"' "$id"
	wait_until 10 grep -q waiting background.out
	wait_until 10 grep -q "^[0-9]* 0x$(printf %x "$id") " "/proc/$BACKGROUND_PID/syscall"
	clean
	assert_result "msg:$id" removed
}

@test "rm --abandoned: a queue is kept while its sender runs" {
	require_root
	make_queue 0
	background perl -e '$| = 1; msgsnd($ARGV[0], pack("l! a*", 1, "x"), 0) or die; print "sent\n"; sleep 60' "$id"
	wait_until 10 grep -q sent background.out
	"$HELPERS/queue_control" receive "$id"
	clean
	assert_result "msg:$id" "kept: process $BACKGROUND_PID (perl), which used it last, is running"
}

@test "rm --abandoned: a queue is kept if not every process can be inspected" {
	require_root
	id=$(as_user "$HELPERS/queue_control" make 0 600)
	run_tool_as_user rm --kind msg --abandoned --idle-for 0s --json
	assert_success
	assert_regex "$(result "msg:$id")" '^kept: a process may wait for it: [0-9]+ process(es)? could not be inspected'
	assert_equal "$(queue_ids)" "$id"
}

#
# POSIX message queues
#

@test "rm --abandoned: a POSIX queue that no process has open, without messages" {
	require_mqueue
	require_root
	"$HELPERS/mq_control" make /idle 600
	"$HELPERS/mq_control" make /full 600
	"$HELPERS/mq_control" send /full 10
	"$HELPERS/mq_control" make /open 600
	exec 7</dev/mqueue/open
	clean
	assert_result pmsg:/idle removed
	assert_result pmsg:/full 'kept: it holds 1 message'
	assert_regex "$(result pmsg:/open)" '^kept: held open by [0-9]+ '
	clean --with-messages
	assert_result pmsg:/full removed
	exec 7<&-
	clean
	assert_result pmsg:/open removed
	assert_equal "$(ls /dev/mqueue)" ''
}

@test "rm --abandoned: a POSIX queue is kept while it is open in any way" {
	require_mqueue
	"$HELPERS/mq_control" make /queue 600
	background "$HELPERS/mq_control" wait /queue
	wait_until 10 grep -q waiting background.out
	clean
	assert_regex "$(result pmsg:/queue)" '^kept: (held open by|in use)'
	kill -KILL "$BACKGROUND_PID"
	wait "$BACKGROUND_PID" || true
	exec 7>/dev/mqueue/queue
	clean
	assert_regex "$(result pmsg:/queue)" '^kept: (held open by|in use)'
	exec 7>&-
	[[ -e /dev/mqueue/queue ]]
}

@test "rm --abandoned: an unprivileged user removes his own POSIX queues, which a lease proves unused" {
	require_mqueue
	require_root
	as_user "$HELPERS/mq_control" make /mine 600
	as_user "$HELPERS/mq_control" make /open 600
	"$HELPERS/mq_control" make /theirs 644
	exec 7</dev/mqueue/open
	run_tool_as_user rm --kind pmsg --abandoned --idle-for 0s --json
	exec 7<&-
	assert_result pmsg:/mine removed
	assert_regex "$(result pmsg:/open)" '^kept: '
	assert_regex "$(result pmsg:/theirs)" '^kept: '
	assert_equal "$(ls /dev/mqueue)" $'open\ntheirs'
}

@test "stat --unused, --used-by, -o users: POSIX queues that a process has open" {
	require_mqueue
	require_root
	"$HELPERS/mq_control" make /queue 600
	"$HELPERS/mq_control" make /open 600
	background "$HELPERS/hold_files" /dev/mqueue/open
	wait_until 10 grep -q '^holding' background.out
	run_tool stat --kind pmsg --used-by "$BACKGROUND_PID" --raw --no-headings -o ref,use,users,commands
	assert_success
	assert_output 'pmsg:/open used 1 hold_files'
	require_every_process
	run_tool stat --kind pmsg --unused --raw --no-headings -o ref,use,users
	assert_output 'pmsg:/queue unused 0'
	# It can't be proven then, so rm keeps it.
	run_tool rm --kind pmsg --unused --json
	assert_result pmsg:/queue "kept: a message queue can't be proven unused"
}

@test "rm --abandoned: a process that opens a POSIX queue during its removal waits for nothing" {
	require_mqueue
	require_strace
	"$HELPERS/mq_control" make /queue 600
	# mq_open(3) would wait for a lease with the directory locked, and the removal for the directory.
	strace -f -qq -o calls -e trace=unlinkat -e inject=unlinkat:delay_enter=1500000 \
		"$SHMTOOL" rm --kind pmsg --abandoned --idle-for 0s --json >rows 3>&- &
	for _ in {1..10}; do
		run timeout 5 "$HELPERS/mq_control" attributes /queue
		[[ $status -ne 124 ]]
		sleep 0.1
	done
	wait_until 10 eval "! kill -0 $!"
	output=$(<rows)
	assert_result pmsg:/queue removed
}

@test "rm --ns --abandoned: sets in the IPC namespace of a process" {
	require_every_process
	background unshare --ipc bash -c '"$HELPERS/set_control" make 0 600 1 >gone
		"$HELPERS/set_control" make 0 600 1 >used
		"$HELPERS/set_control" value "$(cat gone)" 0 1
		"$HELPERS/set_control" hold-value "$(cat used)" 0 1'
	wait_until 10 grep -q "done" background.out
	run_tool rm --ns "$BACKGROUND_PID" --kind sem --abandoned --idle-for 0s --json
	assert_success
	assert_result "sem:$(cat gone)" removed
	assert_regex "$(result "sem:$(cat used)")" '^kept: process [0-9]+ \(set_control\), which used it last, is running$'
}

#
# The conditions
#

@test "rm --abandoned, stat --abandoned: what was idle too short is kept" {
	require_every_process
	make_set 0
	use_set
	run_tool rm --kind sem --abandoned --idle-for 1h --json
	assert_regex "$(result "sem:$id")" '^kept: idle for [0-9]+ seconds?$'
	run_tool stat --kind sem --abandoned --idle-for 1h --raw --no-headings -o ref
	assert_output ''
	run_tool stat --kind sem --abandoned --idle-for 0s --raw --no-headings -o ref
	assert_output "sem:$id"
	assert_equal "$(set_ids)" "$id"
}

@test "rm --abandoned --dry-run: says what a real run does, and removes nothing" {
	require_every_process
	make_set 0
	use_set
	make_queue 0
	clean --dry-run
	assert_equal "$(json -r '.[].action' | sort -u)" 'would remove'
	assert_equal "$(queue_ids)" "$id"
	clean
	assert_equal "$(json -r '.[].action' | sort -u)" removed
}

@test "rm --abandoned: a set that is used after the listing is kept" {
	require_every_process
	make_set 0
	use_set
	wait_until 10 older_than "$(proc_sem "$id" ctime)" 2
	mkfifo answer
	"$SHMTOOL" rm --kind sem --abandoned --idle-for 0s --interactive --json <answer >rows 2>question 3>&- &
	exec 8>answer
	wait_until 10 grep -q 'remove sem:' question
	use_set
	echo y >&8
	exec 8>&-
	wait $!
	output=$(<rows)
	assert_result "sem:$id" 'kept: changed since it was listed'
	assert_equal "$(set_ids)" "$id"
}

@test "--abandoned, --with-messages: usage errors" {
	make_set 0
	for command in rm stat; do
		run_tool "$command" --kind sem --abandoned
		assert_usage_error "$command" '--abandoned requires --idle-for'
		run_tool "$command" --kind msg --with-messages
		assert_usage_error "$command" '--with-messages requires --abandoned'
		run_tool "$command" --kind sem --abandoned --idle-for 1h --unused
		assert_usage_error "$command" "--abandoned can't be combined with --unused or --orphaned"
	done
	assert_equal "$(set_ids)" "$id"
}

@test "rm --unused: queues and sets are kept, whatever may be shown of them" {
	make_set 0
	use_set
	run_tool rm --kind sem,msg --unused --json
	assert_success
	assert_regex "$(result "sem:$id")" "^kept: a semaphore set can't be proven unused$"
}
