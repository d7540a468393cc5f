#!/usr/bin/env bats
# System V message queues: stat, rm and limits against the kernel's values.

load test_helper
load truth

# make_queue KEY [MODE]: makes a queue (mode 600 by default); sets id.
make_queue() {
	id=$("$HELPERS/queue_control" make "$1" "${2:-600}")
}

# send [BYTES [COUNT]]: sends messages to the queue.
send() {
	"$HELPERS/queue_control" send "$id" "${1:-5}" "${2:-1}"
}

# queue_ids: the ids of all queues, in order, one a line.
queue_ids() {
	awk 'NR > 1 { print $2 }' /proc/sysvipc/msg | sort -n
}

# listed ARGUMENT...: the REFs that stat --kind msg lists, in one line.
listed() {
	"$SHMTOOL" stat --quiet --kind msg --raw --no-headings -o ref "$@" | paste -s -d ' '
}

# limit NAME COLUMN: a value of the last output in JSON.
limit() {
	json --arg name "$1" --arg column "$2" '.[] | select(.limit == $name) | .[$column]'
}

#
# stat
#

@test "stat --kind msg: a section with ipcs' columns, and no other kind" {
	make_queue 0x2a 640
	send 5 2
	new_segment 4096
	"$HELPERS/set_control" make 0x2b 600 1
	run_tool stat --kind msg
	assert_success
	assert_stderr_empty
	assert_line --index 0 '------ Message Queues --------'
	assert_line --index 1 --regexp '^key +msqid +owner +perms +used +messages +lspid +lrpid$'
	assert_line --index 2 --regexp "^0x0000002a +$id +$me +640 +10 +2 +[0-9]+ +-$"
	assert_equal "${#lines[@]}" 3
}

@test "stat: queues are listed only if they are asked for" {
	make_queue 0
	run_tool stat
	assert_success
	assert_stderr_like 'no shared memory objects'
	refute_output --partial msg
}

@test "stat --kind msg: no queues, a note, an empty table and success" {
	run_tool stat --kind msg
	assert_success
	assert_equal "$stderr" 'shmtool: stat: no objects'
	assert_line --index 0 '------ Message Queues --------'
	assert_line --index 1 --regexp '^key msqid owner '
	run_tool stat --kind msg --json
	assert_success
	assert_output '[]'
}

@test "stat: kind, ref, key, id, msqid of a queue" {
	make_queue 0xdeadbeef
	assert_column "msg:$id" kind msg
	assert_column "msg:$id" ref "msg:$id"
	assert_column "msg:$id" key 0xdeadbeef
	assert_column "msg:$id" id "$id"
	assert_column "msg:$id" msqid "$id"
	assert_column "msg:$id" shmid null
	assert_column "msg:$id" semid null
	assert_column "msg:$id" name null
	make_queue 0
	assert_column "msg:$id" key 0x00000000
}

@test "stat: owner and creator of a queue, by name and by number" {
	require_root
	id=$(as_user "$HELPERS/queue_control" make 0 600)
	"$HELPERS/queue_control" owner "$id" 1 2
	assert_column "msg:$id" owner daemon
	assert_column "msg:$id" uid "$(proc_msg "$id" uid)"
	assert_column "msg:$id" group bin
	assert_column "msg:$id" gid "$(proc_msg "$id" gid)"
	assert_column "msg:$id" creator nobody
	assert_column "msg:$id" cuid "$(proc_msg "$id" cuid)"
	assert_column "msg:$id" cgname nogroup
	assert_column "msg:$id" cgid "$(proc_msg "$id" cgid)"
}

@test "stat: perms and mode of a queue" {
	for mode in 600 644 777 0; do
		make_queue 0 "$mode"
		assert_equal "$((8#$(column "msg:$id" perms)))" "$((8#$(proc_msg "$id" perms)))"
		assert_equal "$((8#$(column "msg:$id" perms)))" "$((8#$mode))"
	done
	make_queue 0 640
	assert_column "msg:$id" mode rw-r-----
}

@test "stat: bytes, used and messages of a queue" {
	make_queue 0
	assert_column "msg:$id" bytes "$(cat /proc/sys/kernel/msgmnb)"
	assert_column "msg:$id" used 0
	assert_column "msg:$id" messages 0
	send 100 3
	send 7
	assert_column "msg:$id" used "$(proc_msg "$id" cbytes)"
	assert_column "msg:$id" used 307
	assert_column "msg:$id" messages "$(proc_msg "$id" qnum)"
	assert_column "msg:$id" messages 4
	"$HELPERS/queue_control" qbytes "$id" 1000
	assert_column "msg:$id" bytes 1000
	assert_equal "$(ipcs -q -i "$id" | grep -o 'qbytes=[0-9]*')" qbytes=1000
}

@test "stat: lspid, lrpid, stime, rtime and ctime of a queue" {
	make_queue 0
	for name in lspid lrpid stime rtime; do
		assert_column "msg:$id" "$name" null
	done
	send
	assert_column "msg:$id" lspid "$(proc_msg "$id" lspid)"
	assert_column "msg:$id" lrpid null
	"$HELPERS/queue_control" receive "$id"
	assert_column "msg:$id" lrpid "$(proc_msg "$id" lrpid)"
	for name in stime rtime ctime; do
		assert_equal "$name $(unix_column "msg:$id" "$name")" "$name $(proc_msg "$id" "$name")"
	done
	[ "$(proc_msg "$id" rtime)" -gt 0 ]
}

@test "stat: columns that make no sense for a queue are null" {
	make_queue 0
	for name in pages rss swap nattch status value nsems maxmsg msgsize cpid lpid command atime \
		dtime mtime otime inode; do
		assert_column "msg:$id" "$name" null
	done
}

@test "stat: age and idle of a queue; a message ends the idleness" {
	make_queue 0
	# time(2) may be a tick behind the clock of the shell.
	wait_until 10 older_than "$(proc_msg "$id" ctime)" 2
	[ "$(column "msg:$id" age)" -ge 2 ]
	[ "$(column "msg:$id" idle)" -ge 2 ]
	send
	[ "$(column "msg:$id" age)" -ge 2 ]
	[ "$(column "msg:$id" idle)" -le "$(seconds_since "$(proc_msg "$id" stime)")" ]
}

# Each column of lsipc -q, and its name here.
@test "stat --kind msg: shows all columns of lsipc, under the names of lsipc" {
	require_command lsipc
	make_queue 0x2a 640
	send 5 2
	"$HELPERS/queue_control" receive "$id"
	names=$(lsipc --help | awk '
		/^(Generic|Generic System V|Message-queue|System V Message-queue) columns/ { on = 1; next }
		/^$/ { on = 0 }
		on { print $1 }')
	[ "$(wc -l <<<"$names")" -ge 19 ]
	for name in $names; do
		theirs=$(lsipc -q -b --raw --noheadings --time-format=iso -o "$name")
		ours=$("$SHMTOOL" stat --kind msg --raw --no-headings -o "$name")
		case $name in
		SEND | RECV | CTIME)
			theirs=$(date -d "$theirs" +%s)
			ours=$(date -d "$ours" +%s)
			;;
		# Our column cgroup is of control groups, as that of ps.
		CGROUP)
			ours=$("$SHMTOOL" stat --kind msg --raw --no-headings -o cgname)
			;;
		# Letters if there is no -P.
		PERMS)
			ours=$("$SHMTOOL" stat --kind msg --raw --no-headings -o mode)
			theirs=${theirs#-}
			;;
		esac
		assert_equal "$name $ours" "$name $theirs"
	done
}

@test "stat msg:N: everything, and nothing that makes no sense" {
	make_queue 0x2a 640
	run_tool stat "msg:$id"
	assert_success
	assert_stderr_empty
	assert_unchanged
	assert_line --index 0 "------ Message Queue msg:$id --------"
	for name in kind ref key id msqid owner uid group gid creator cuid cgname cgid perms mode \
		bytes used messages lspid lrpid stime rtime ctime age idle; do
		assert_line --regexp "^$name +[^ ]"
	done
	for name in shmid semid name nattch status value nsems maxmsg atime inode; do
		refute_line --regexp "^$name "
	done
	assert_equal "$(detail messages) $(detail perms)" '0 640'
}

@test "stat msg: by id and by each form of a key" {
	make_queue 0x0000ffff
	"$HELPERS/make_keyed" 0x0000ffff 4096 600
	for ref in "msg:$id" "msg:id:$id" msg:0xffff msg:0x0000FFFF msg:key:0xffff msg:key:65535; do
		run_tool stat --raw --no-headings -o ref "$ref"
		assert_success
		assert_output "msg:$id"
	done
	make_queue "$("$HELPERS/ftok_key" "$BATS_TEST_TMPDIR" 7)"
	run_tool stat --raw --no-headings -o ref "msg:ftok:$BATS_TEST_TMPDIR:7"
	assert_output "msg:$id"
}

@test "stat msg: a missing object is reported by the requested kind" {
	run_tool stat msg:4711
	assert_fails stat '^shmtool: stat: msg:4711: no such message queue$'
	run_tool stat msg:0x2a
	assert_fails stat '^shmtool: stat: msg:key:0x0000002a: no such message queue$'
	# A segment with this id is not a queue.
	run_tool stat "msg:$(new_segment 4096)"
	assert_fails stat 'no such message queue'
}

@test "stat msg: an id that the kernel gave to a later queue is not the earlier one" {
	make_queue 0
	first=$id
	ipcrm -q "$first"
	make_queue 0
	[ "$id" != "$first" ]
	run_tool stat "msg:$first"
	assert_fails stat 'no such message queue'
	# The kernel looks an id up by its lower bits: msgctl(2), MSG_STAT.
	run_tool stat "msg:$((id + 32768))"
	assert_fails stat 'no such message queue'
}

@test "stat msg: words that name no queue" {
	for word in msg:/name msg:99999999999; do
		run_tool stat "$word"
		assert_usage_error stat "$word"
	done
	run_tool stat msg:key:0
	assert_usage_error stat 'key 0 is IPC_PRIVATE and identifies no object'
	run_tool stat msg:x
	assert_stderr_like 'msg:5 for its id.*msg:0x46010004 for its key'
}

@test "msg: other commands report that it is a queue, and the commands that accept it" {
	make_queue 0x2a
	for command in read write attach probe-pages; do
		run_tool "$command" "msg:$id"
		assert_usage_error "$command" "msg:$id: .*message queue.*stat, users, set and rm"
	done
}

@test "stat --kind msg: JSON with numbers as numbers, the machine columns for every kind" {
	make_queue 0x2a 640
	send 5 2
	run_tool stat --kind msg --json
	assert_success
	assert_equal "$(json -c '.[0]')" \
		'{"kind":"msg","ref":"msg:'"$id"'","key":"0x0000002a","shmid":null,"name":null,"owner":"'"$me"'","perms":"640","bytes":'"$(cat /proc/sys/kernel/msgmnb)"',"nattch":null,"status":null,"id":'"$id"',"messages":2,"nsems":null}'
}

@test "stat --kind msg: raw lines, assignments, and a list of columns" {
	make_queue 0x2a 640
	send 5 2
	run_tool stat --kind msg --raw -o ref,key,used,msgs
	assert_success
	assert_output "ref key used messages
msg:$id 0x0000002a 10 2"
	run_tool stat --kind msg --export -o ref,usedbytes,lrpid
	assert_output "REF=\"msg:$id\" USED=\"10\" LRPID=\"-\""
	run_tool stat --kind msg -H --no-headings -o ref,bytes
	assert_output "msg:$id 16K"
	run_tool stat --kind msg --no-headings -o +stime
	assert_line --regexp "^0x0000002a .*20[0-9]{2}-[0-9T:+-]+$"
	run_tool stat --export -o ref,bytes,messages "msg:$id"
	assert_output "REF=\"msg:$id\" BYTES=\"16384\" MESSAGES=\"2\""
}

@test "stat -v: how many objects there are, and how much memory, which a queue's limit is not" {
	make_queue 0
	run_tool stat -v --kind msg
	assert_success
	assert_equal "$stderr" 'shmtool: stat: 1 object'
	new_segment 4096
	run_tool stat -v --kind msg,shm
	assert_equal "$stderr" 'shmtool: stat: 2 objects, 4096 bytes'
	run_tool stat -v
	assert_equal "$stderr" 'shmtool: stat: 1 object, 4096 bytes'
}

@test "stat --kind msg --sort: by messages, used, key, and lsipc's names" {
	make_queue 3
	few=msg:$id
	send 1 1
	make_queue 1
	none=msg:$id
	make_queue 2
	many=msg:$id
	send 1 5
	assert_equal "$(listed)" "$few $none $many"
	assert_equal "$(listed --sort messages)" "$none $few $many"
	assert_equal "$(listed --sort -msgs)" "$many $few $none"
	assert_equal "$(listed --sort -usedbytes)" "$many $few $none"
	assert_equal "$(listed --sort key)" "$none $many $few"
	assert_equal "$(listed --sort -msqid)" "$many $none $few"
}

@test "stat --kind msg: filters by key, owner, creator, size" {
	require_root
	make_queue 0x2a
	one=msg:$id
	"$HELPERS/queue_control" qbytes "$id" 1000
	id=$(as_user "$HELPERS/queue_control" make 0x2b 600)
	other=msg:$id
	assert_equal "$(listed --key 0x2a)" "$one"
	assert_equal "$(listed -k 43)" "$other"
	assert_equal "$(listed --owner nobody)" "$other"
	assert_equal "$(listed --mine)" "$one"
	"$HELPERS/queue_control" owner "$id" 0 0
	assert_equal "$(listed --mine)" "$one $other"
	assert_equal "$(listed --creator nobody)" "$other"
	assert_equal "$(listed --creator 0)" "$one"
	assert_equal "$(listed --min-size 1001)" "$other"
	assert_equal "$(listed --max-size 1000)" "$one"
	assert_equal "$(listed --name '*')" ''
}

@test "stat --kind msg: filters by time" {
	make_queue 0
	old=msg:$id
	wait_until 10 older_than "$(proc_msg "$id" ctime)" 1
	make_queue 0
	assert_equal "$(listed --older-than 2s)" "$old"
	assert_equal "$(listed --older-than 1h)" ''
	assert_equal "$(listed --idle-for 2s)" "$old"
	id=${old#msg:}
	send
	assert_equal "$(listed --idle-for 2s)" ''
	assert_equal "$(listed --older-than 2s)" "$old"
}

@test "stat --kind shm,msg: sections in their order; --key finds both" {
	make_queue 0x2a
	new_segment 4096
	"$HELPERS/make_keyed" 0x2a 4096 600
	run_tool stat --kind msg,shm
	assert_success
	assert_equal "$(grep -- ------ <<<"$output")" \
		$'------ Shared Memory Segments --------\n------ Message Queues --------'
	run_tool stat --kind msg,shm --key 0x2a --raw --no-headings -o kind
	assert_output $'shm\nmsg'
}

@test "stat --kind msg: looking changes nothing" {
	make_queue 0x2a 644
	send 5 2
	for user in root user; do
		for options in '' --json -o\ used,messages,stime --sort\ used --verbose; do
			# shellcheck disable=SC2086 # one word an option
			run_apart as "$user" "$SHMTOOL" stat --kind msg $options
			assert_success
			assert_unchanged
		done
	done
	run_tool stat "msg:$id"
	assert_unchanged
}

@test "stat: an unprivileged user sees queues that he may not read" {
	require_root
	make_queue 0x2a 0
	send 5 2
	run_tool_as_user stat --kind msg --json -o ref,perms,used,messages,bytes
	assert_success
	assert_stderr_empty
	assert_equal "$(json -c '.[]')" \
		'{"ref":"msg:'"$id"'","perms":"0","used":10,"messages":2,"bytes":16384}'
	for ref in "msg:$id" msg:0x2a; do
		run_tool_as_user stat "$ref"
		assert_success
		assert_stderr_empty
		assert_equal "$(detail messages)" 2
	done
}

@test "stat --kind msg: many queues, in one go" {
	for ((i = 0; i < 200; i++)); do
		"$HELPERS/queue_control" make 0 600
	done >made
	run_tool stat --kind msg --raw --no-headings -o msqid
	assert_success
	assert_equal "$(sort -n <<<"$output")" "$(sort -n made)"
	assert_equal "$(sort -n <<<"$output")" "$(queue_ids)"
}

#
# rm
#

@test "rm msg: by id and by key" {
	make_queue 0x2a
	one=$id
	make_queue 0x2b
	two=$id
	make_queue 0
	segment=$("$HELPERS/make_keyed" 0x2a 4096 600)
	run_tool rm "msg:$one" msg:0x2b
	assert_success
	assert_output ''
	assert_stderr_empty
	assert_equal "$(queue_ids)" "$id"
	assert_equal "$(segment_ids)" "$segment"
}

@test "rm msg: --dry-run reports what would be removed, -v what was removed, with the number of messages" {
	make_queue 0
	run_tool rm --dry-run "msg:$id"
	assert_success
	assert_output "would remove msg:$id (0 messages)"
	assert_unchanged
	send
	run_tool rm -n "msg:$id"
	assert_output "would remove msg:$id (1 message)"
	send 5 2
	run_tool rm -v "msg:$id"
	assert_success
	assert_output "removed msg:$id (3 messages)"
	assert_equal "$(queue_ids)" ''
}

@test "rm msg: a process that waits for a message gets EIDRM" {
	make_queue 0
	in_background "$HELPERS/queue_control" wait "$id"
	run_tool rm "msg:$id"
	assert_success
	assert_output ''
	assert_stderr_empty
	assert_equal "$(queue_ids)" ''
	wait_until 10 grep -q EIDRM background.out
}

@test "rm msg: a missing one is reported, the rest is removed" {
	make_queue 0
	run_tool rm msg:4711 msg:0x2a "msg:$id"
	assert_failure 1
	assert_output ''
	assert_equal "$stderr" 'shmtool: rm: msg:4711: no such message queue
shmtool: rm: msg:key:0x0000002a: no such message queue'
	assert_equal "$(queue_ids)" ''
}

@test "rm: a word that names nothing keeps everything" {
	make_queue 0
	run_tool rm "msg:$id" msg:x
	assert_usage_error rm 'msg:x'
}

@test "rm: a bare number is a segment, never a queue" {
	make_queue 0
	run_tool rm "$id"
	assert_fails rm 'no such segment'
	assert_equal "$(queue_ids)" "$id"
}

@test "rm msg: one of another user is refused with the owner's name" {
	require_root
	make_queue 0x2a 666
	run_tool_as_user rm "msg:$id"
	assert_fails rm "^shmtool: rm: msg:$id: can't be removed: owned by root; only the owner, the creator and root may remove it$"
	run_tool_as_user rm msg:0x2a
	assert_fails rm 'owned by root'
	assert_equal "$(queue_ids)" "$id"
}

@test "rm msg: the creator may, when it has another owner" {
	require_root
	id=$(as_user "$HELPERS/queue_control" make 0 600)
	"$HELPERS/queue_control" owner "$id" 1 1
	run_tool_as_user rm "msg:$id"
	assert_success
	assert_equal "$(queue_ids)" ''
}

#
# limits
#

@test "limits --kind msg: the limits of /proc/sys, and their use" {
	set_limit msgmax 4000
	set_limit msgmnb 20000
	set_limit msgmni 100
	make_queue 0
	make_queue 0
	run_tool limits --kind msg --json
	assert_success
	assert_equal "$(json -c '[.[].limit]')" '["msgmni","msgmax","msgmnb"]'
	for name in msgmni msgmax msgmnb; do
		assert_equal "$name $(limit "$name" value)" "$name $(cat "/proc/sys/kernel/$name")"
	done
	assert_equal "$(limit msgmni used) $(limit msgmni percent) $(limit msgmni unit)" '2 2 queues'
	assert_equal "$(limit msgmax used) $(limit msgmax unit)" 'null bytes'
	assert_equal "$(limit msgmnb used) $(limit msgmnb unit)" '0 bytes'
}

@test "limits --kind msg: as ipcs -l and ipcs -u have them" {
	make_queue 0
	run_tool limits --kind msg --json
	ipcs -q -l >theirs
	assert_equal "$(limit msgmni value)" "$(awk -F ' = ' '/max queues/ { print $2 }' theirs)"
	assert_equal "$(limit msgmax value)" "$(awk -F ' = ' '/max size of message/ { print $2 }' theirs)"
	assert_equal "$(limit msgmnb value)" "$(awk -F ' = ' '/default max size/ { print $2 }' theirs)"
	assert_equal "$(limit msgmni used)" "$(ipcs -q -u | awk -F ' = ' '/allocated queues/ { print $2 }')"
}

@test "limits --kind msg: a table without memory" {
	run_tool limits --kind msg
	assert_success
	assert_stderr_empty
	assert_line --index 0 '------ Messages Limits --------'
	assert_line --index 1 --regexp '^limit +value +used +percent +unit$'
	assert_equal "${#lines[@]}" 5
	run_tool limits
	refute_output --partial msgmni
	run_tool limits --kind all
	assert_output --partial msgmni
	assert_output --partial shmmax
	assert_output --partial semmni
	assert_output --partial queues_max
}

@test "limits --kind msg: a warning near msgmni, with a cure that works" {
	require_command sysctl
	set_limit msgmni 5
	for ((i = 0; i < 4; i++)); do
		make_queue 0
	done
	run_tool limits --kind msg
	assert_success
	assert_stderr_empty
	make_queue 0
	run_tool limits --kind msg
	assert_success
	assert_equal "$stderr" 'shmtool: limits: msgmni: 5 of 5 queues are in use, 100 % (to raise it, as root: sysctl kernel.msgmni=10)'
	run "$HELPERS/queue_control" make 0 600
	assert_failure
	cure=${stderr#*as root: }
	bash -c "${cure%)}"
	make_queue 0
	run_tool limits --kind msg
	assert_stderr_empty
	run_tool limits --kind msg --quiet
	assert_stderr_empty
}

@test "limits --kind: excluded kinds, and several options" {
	run_tool limits --kind '!shm,!pshm,!psem' --raw --no-headings -o limit
	assert_success
	excluded=$output
	run_tool limits --kind msg,sem --kind pmsg --raw --no-headings -o limit
	assert_success
	assert_line msgmni
	refute_line shmmni
	assert_equal "$excluded" "$output"
}

@test "limits: an unknown kind is a usage error that lists the kinds" {
	run_tool limits --kind msgs
	assert_usage_error limits "unknown kind 'msgs' .*shm, pshm, psem, msg, sem, pmsg or all"
}
