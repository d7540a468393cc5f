#!/usr/bin/env bats
# POSIX message queues: stat, rm and limits against the kernel's values, with and without a
# mounted /dev/mqueue. tests/run mounts it for the tests only.

load test_helper
load truth

setup() {
	common_setup
	require_private_namespace
	require_mqueue
}

# make_queue NAME [MODE [MESSAGES BYTES]]: makes a queue, mode 600 by default, NAME without slash.
make_queue() {
	"$HELPERS/mq_control" make "/$1" "${2:-600}" "${@:3}"
}

# send NAME [BYTES [COUNT]]: sends messages.
send() {
	"$HELPERS/mq_control" send "/$1" "${2:-5}" "${3:-1}"
}

# queue_stat NAME FORMAT: runs stat(1) on a queue.
queue_stat() {
	stat -c "$2" -- "/dev/mqueue/$1"
}

# queue_names: the names of all queues, one a line.
queue_names() {
	find /dev/mqueue -mindepth 1 -printf '%P\n' | LC_ALL=C sort
}

# set_old NAME: gives a queue times of long ago, so that any later access shows.
set_old() {
	touch -d '2001-01-01 UTC' "/dev/mqueue/$1"
}

# listed ARGUMENT...: the names that stat --kind pmsg lists, in one line.
listed() {
	"$SHMTOOL" stat --quiet --kind pmsg --raw --no-headings -o name "$@" | paste -s -d ' '
}

# limit NAME COLUMN: a value of the last output in JSON.
limit() {
	json --arg name "$1" --arg column "$2" '.[] | select(.limit == $name) | .[$column]'
}

# without_mqueue COMMAND...: runs a command in a mount namespace where something else than the file
# system of the queues is at /dev/mqueue.
without_mqueue() {
	local enter=(unshare --mount)
	[ "$EUID" -eq 0 ] || enter+=(--user --map-root-user)
	"${enter[@]}" bash -c 'mount -t tmpfs tests /dev/mqueue && exec "$@"' - "$@"
}

#
# stat
#

@test "stat --kind pmsg: a section with its columns, and no other kind" {
	make_queue jobs 640 7 100
	send jobs 5 2
	"$HELPERS/make_object" /jobs 4096
	"$HELPERS/queue_control" make 0x2b 600
	run_tool stat --kind pmsg
	assert_success
	assert_stderr_empty
	assert_line --index 0 '------ POSIX Message Queues --------'
	assert_line --index 1 --regexp '^name +owner +perms +messages +maxmsg +msgsize +mtime$'
	assert_line --index 2 --regexp "^/jobs +$me +640 +2 +7 +100 +20[0-9T:+-]+$"
	assert_equal "${#lines[@]}" 3
}

@test "stat: POSIX queues are listed only if they are asked for" {
	make_queue jobs
	run_tool stat
	assert_success
	assert_stderr_like 'no shared memory objects'
	refute_output --partial jobs
}

@test "stat: kind, ref, name and inode of a POSIX queue" {
	make_queue jobs
	assert_column pmsg:/jobs kind pmsg
	assert_column pmsg:/jobs ref pmsg:/jobs
	assert_column pmsg:/jobs name /jobs
	assert_column pmsg:/jobs inode "$(queue_stat jobs %i)"
}

@test "stat: owner, perms and mode of a POSIX queue" {
	require_root
	make_queue jobs 640
	chown daemon:bin /dev/mqueue/jobs
	assert_column pmsg:/jobs owner "$(queue_stat jobs %U)"
	assert_column pmsg:/jobs uid "$(queue_stat jobs %u)"
	assert_column pmsg:/jobs group "$(queue_stat jobs %G)"
	assert_column pmsg:/jobs gid "$(queue_stat jobs %g)"
	assert_column pmsg:/jobs perms "$(queue_stat jobs %a)"
	assert_column pmsg:/jobs owner daemon
	assert_column pmsg:/jobs group bin
	assert_column pmsg:/jobs mode rw-r-----
}

@test "stat: messages, maxmsg, msgsize and bytes of a POSIX queue, as mq_getattr has them" {
	make_queue jobs 600 8 1000
	send jobs 10 3
	read -r messages most longest < <("$HELPERS/mq_control" attributes /jobs)
	assert_column pmsg:/jobs messages "$messages"
	assert_column pmsg:/jobs maxmsg "$most"
	assert_column pmsg:/jobs msgsize "$longest"
	assert_column pmsg:/jobs bytes "$((most * longest))"
	assert_equal "$messages $most $longest" '3 8 1000'
}

@test "stat: used of a POSIX queue, as its file has it" {
	make_queue jobs
	assert_column pmsg:/jobs used 0
	send jobs 100 3
	send jobs 29
	assert_column pmsg:/jobs used "$(grep -o '^QSIZE:[0-9]*' /dev/mqueue/jobs | cut -d : -f 2)"
	assert_column pmsg:/jobs used 329
	run_tool stat --kind pmsg --raw --no-headings -o usedbytes,msgs
	assert_output '329 4'
}

@test "stat: atime, mtime and ctime of a POSIX queue" {
	make_queue jobs
	set_old jobs
	assert_equal "$(unix_column pmsg:/jobs atime)" "$(queue_stat jobs %X)"
	assert_equal "$(unix_column pmsg:/jobs mtime)" "$(queue_stat jobs %Y)"
	assert_equal "$(unix_column pmsg:/jobs ctime)" "$(queue_stat jobs %Z)"
	[ "$(queue_stat jobs %X)" -eq "$(date -d '2001-01-01 UTC' +%s)" ]
	# A message is a change.
	send jobs
	assert_equal "$(unix_column pmsg:/jobs mtime)" "$(queue_stat jobs %Y)"
	[ "$(queue_stat jobs %Y)" -gt "$(date -d '2001-01-01 UTC' +%s)" ]
}

@test "stat: columns that make no sense for a POSIX queue are null" {
	make_queue jobs
	for name in key id shmid msqid semid creator cuid cgname cgid pages rss swap nattch status \
		value nsems cpid lpid lspid lrpid command dtime stime rtime otime; do
		assert_column pmsg:/jobs "$name" null
	done
}

@test "stat pmsg:/name: everything, and nothing that makes no sense" {
	make_queue jobs 640 7 100
	run_tool stat pmsg:/jobs
	assert_success
	assert_stderr_empty
	assert_unchanged
	assert_line --index 0 '------ POSIX Message Queue pmsg:/jobs --------'
	for name in kind ref name owner uid group gid perms mode bytes used messages maxmsg msgsize \
		atime mtime ctime age idle inode; do
		assert_line --regexp "^$name +[^ -]"
	done
	for name in key id msqid lspid nattch nsems creator stime value; do
		refute_line --regexp "^$name "
	done
}

@test "stat pmsg: with and without the slash, with escapes, with names of any bytes" {
	make_queue jobs
	make_queue $'two\nlines'
	make_queue sem.x
	for ref in pmsg:/jobs pmsg:jobs 'pmsg:/j\157bs'; do
		run_tool stat --raw --no-headings -o ref "$ref"
		assert_success
		assert_output pmsg:/jobs
	done
	run_tool stat --kind pmsg --raw --no-headings -o ref,name
	assert_output 'pmsg:/jobs /jobs
pmsg:/sem.x /sem.x
pmsg:/two\012lines /two\012lines'
	run_tool stat --json -o name 'pmsg:/two\012lines'
	assert_equal "$(json '.[0].name')" $'/two\nlines'
	# A POSIX object and a queue may have the same name.
	run_tool stat /jobs
	assert_fails stat 'no such object'
}

@test "stat pmsg: missing queues" {
	"$HELPERS/make_object" /jobs 4096
	run_tool stat pmsg:/jobs
	assert_fails stat '^shmtool: stat: pmsg:/jobs: no such message queue$'
}

@test "stat pmsg: words that name no queue" {
	run_tool stat 'pmsg:/a\b'
	refute_stderr_like /dev/shm
	for word in pmsg:/a/b "pmsg:/$(printf 'x%.0s' {1..256})"; do
		run_tool stat "$word"
		assert_usage_error stat "pmsg:"
	done
}

@test "stat, rm /dev/mqueue/name: names the queue, as /dev/shm/name does the object" {
	make_queue jobs
	run_tool stat --raw --no-headings -o ref /dev/mqueue/jobs
	assert_output pmsg:/jobs
	run_tool rm /dev/mqueue/jobs
	assert_success
	assert [ ! -e /dev/mqueue/jobs ]
	run_tool rm /dev/mqueue/jobs
	assert_failure 1
	assert_equal "$stderr" 'shmtool: rm: pmsg:/jobs: no such message queue'
	run_tool write /dev/mqueue/jobs
	assert_usage_error write "/dev/mqueue/jobs: .*message queue.*stat, users, set and rm"
}

@test "users pmsg:/name, /dev/mqueue/name: the processes that hold the queue open" {
	make_queue jobs
	make_queue other
	run_tool users -q --raw --no-headings -o pid pmsg:/jobs
	assert_success
	assert_output ''
	background "$HELPERS/hold_files" /dev/mqueue/jobs
	wait_until 10 grep -q '^holding' background.out
	assert_equal "$(readlink "/proc/$BACKGROUND_PID/fd/3")" /dev/mqueue/jobs
	for ref in pmsg:/jobs pmsg:jobs /dev/mqueue/jobs; do
		run_tool users -q --raw --no-headings -o kind,ref,pid,how,fd "$ref"
		assert_success
		assert_output "pmsg pmsg:/jobs $BACKGROUND_PID open 3"
	done
	run_tool users -q --raw --no-headings -o pid pmsg:/other
	assert_output ''
	run_tool users pmsg:/none
	assert_failure 1
	assert_stderr_like 'users: pmsg:/none: no such message queue'
	run_tool users msg:5
	assert_failure 1
	assert_stderr_like 'users: msg:5: no such message queue'
}

@test "users pmsg:/name if the queues are not mounted: a failure, not 'no users'" {
	require_root
	make_queue jobs
	run_apart unshare --mount bash -c 'umount /dev/mqueue && "$SHMTOOL" users pmsg:/jobs'
	assert_failure 1
	assert_stderr_like '/dev/mqueue can.t be inspected'
}

@test "pmsg: other commands report that it is a message queue, and the commands that accept it" {
	make_queue jobs
	for command in write attach probe-pages; do
		run_tool "$command" pmsg:/jobs
		assert_usage_error "$command" "pmsg:/jobs: .*message queue.*stat, users, set and rm"
	done
}

@test "stat --kind pmsg: JSON, raw lines and assignments" {
	make_queue jobs 640 7 100
	send jobs 5 2
	run_tool stat --kind pmsg --json
	assert_success
	assert_equal "$(json -c '.[0]')" \
		'{"kind":"pmsg","ref":"pmsg:/jobs","key":null,"shmid":null,"name":"/jobs","owner":"'"$me"'","perms":"640","bytes":700,"nattch":null,"status":null,"id":null,"messages":2,"nsems":null}'
	run_tool stat --kind pmsg --raw -o ref,maxmsg,msgsize
	assert_output 'ref maxmsg msgsize
pmsg:/jobs 7 100'
	run_tool stat --kind pmsg --export -o name,messages,key
	assert_output 'NAME="/jobs" MESSAGES="2" KEY="-"'
	run_tool stat --kind pmsg --no-headings -H -o name,size
	assert_output '/jobs 700'
}

@test "stat --kind pmsg --sort: by name, messages, size, used" {
	make_queue b 600 2 100
	make_queue a 600 5 100
	make_queue c 600 1 100
	send b 10 2
	send c 50
	assert_equal "$(listed)" '/a /b /c'
	assert_equal "$(listed --sort -name)" '/c /b /a'
	assert_equal "$(listed --sort -messages)" '/b /c /a'
	assert_equal "$(listed --sort bytes)" '/c /b /a'
	assert_equal "$(listed --sort -used)" '/c /b /a'
}

@test "stat --kind pmsg: filters by name, owner and size" {
	require_root
	make_queue jobs 600 2 100
	make_queue jokes 600 5 100
	as_user "$HELPERS/mq_control" make /other 600
	assert_equal "$(listed --name 'jo*')" '/jobs /jokes'
	assert_equal "$(listed --name '/j?bs')" '/jobs'
	assert_equal "$(listed --owner nobody)" /other
	assert_equal "$(listed --mine)" '/jobs /jokes'
	assert_equal "$(listed --min-size 201)" '/jokes /other'
	assert_equal "$(listed --max-size 500)" '/jobs /jokes'
	assert_equal "$(listed --key 1)" ''
	assert_equal "$(listed --creator root)" ''
}

@test "stat --kind pmsg: filters by time; a message makes a queue young" {
	make_queue old
	make_queue used
	wait_until 10 older_than "$(queue_stat used %Z)" 1
	make_queue young
	send used
	assert_equal "$(listed --older-than 2s)" /old
	assert_equal "$(listed --idle-for 2s)" /old
	assert_equal "$(listed --older-than 1h)" ''
}

@test "stat --kind pmsg: looking changes nothing, and no option but used reads a queue's file" {
	make_queue jobs 644
	send jobs 5 2
	set_old jobs
	for user in root user; do
		for options in '--kind pmsg' '--kind all' '--kind pmsg --json' '--kind pmsg --sort msgs' \
			'--kind pmsg -o +bytes,idle' '--kind pmsg --min-size 1 --verbose' pmsg:/jobs \
			'--json pmsg:/jobs' '--sort name pmsg:/jobs' '-o +age pmsg:/jobs' \
			'--raw -o +messages pmsg:/jobs'; do
			# shellcheck disable=SC2086 # one word an option
			run_apart as "$user" "$SHMTOOL" stat $options
			assert_success
			assert_unchanged
		done
	done
	run_tool limits --kind pmsg
	assert_unchanged
	run_tool rm --dry-run --verbose pmsg:/jobs
	assert_unchanged
	assert_equal "$(queue_stat jobs %X)" "$(date -d '2001-01-01 UTC' +%s)"
	# Values not requested from the kernel are unknown.
	run_tool stat pmsg:/jobs
	assert_equal "$(detail used)" -
}

@test "stat pmsg:/name: used, if it is asked for by name, printed or sorted by" {
	make_queue jobs
	send jobs 5 2
	for options in '-o used' '-o +USEDBYTES' '--sort used' '--sort -used -o +age'; do
		# shellcheck disable=SC2086 # one word an option
		run_tool stat $options pmsg:/jobs
		assert_success
		assert_equal "$options: $(detail used)" "$options: 10"
	done
}

@test "stat -o used: of an empty queue it is known without reading its file" {
	make_queue jobs
	set_old jobs
	run_tool stat -o used pmsg:/jobs
	assert_success
	assert_equal "$(detail used)" 0
	assert_unchanged
}

@test "stat: a queue that he may not read is listed, without its messages" {
	require_root
	make_queue hidden 600 7 100
	make_queue open 644 7 100
	send hidden
	run_tool_as_user stat --kind pmsg --raw --no-headings -o name,perms,messages,maxmsg,msgsize,bytes,used
	assert_success
	assert_stderr_empty
	assert_output '/hidden 600 - - - - -
/open 644 0 7 100 700 0'
	run_tool_as_user stat --json pmsg:/hidden
	assert_success
	assert_stderr_empty
	assert_equal "$(json -c '.[0] | [.owner, .perms, .messages, .bytes]')" '["root","600",null,null]'
}

@test "stat --kind pmsg: a queue whose size he may not know is neither large nor small" {
	require_root
	make_queue hidden 600 1 100
	make_queue open 644 1 100
	for size in '--max-size 1M' '--min-size 0'; do
		# shellcheck disable=SC2086 # with its argument
		run_tool_as_user stat --kind pmsg --raw --no-headings -o name $size
		assert_success
		assert_output /open
	done
}

@test "stat --kind pmsg: ordinary files in a foreign /dev/mqueue are not listed" {
	make_queue jobs
	run_apart without_mqueue bash -c 'mkdir /dev/mqueue/d; : >/dev/mqueue/file; "$SHMTOOL" stat --kind pmsg'
	assert_failure 1
	refute_output --partial file
	assert_stderr_like 'is not mounted'
}

@test "stat --kind pmsg: many queues, in one go" {
	for ((i = 0; i < 200; i++)); do
		make_queue "q$i" 600 1 1
	done
	run_tool stat --kind pmsg --raw --no-headings -o name,maxmsg
	assert_success
	assert_equal "$(sed 's/^.//; s/ .*//' <<<"$output")" "$(queue_names)"
	assert_equal "${#lines[@]}" 200
}

#
# Where /dev/mqueue is not mounted
#

@test "stat --kind pmsg without /dev/mqueue: a failure that states how to mount it" {
	make_queue jobs
	new=$("$HELPERS/queue_control" make 0 600)
	run_apart without_mqueue "$SHMTOOL" stat --kind pmsg
	assert_failure 1
	assert_equal "$stderr" "shmtool: stat: POSIX message queues can't be listed: /dev/mqueue is not mounted (as root: mkdir -p /dev/mqueue && mount -t mqueue mqueue /dev/mqueue)"
	# The other kinds are listed nevertheless.
	run_apart without_mqueue "$SHMTOOL" stat --kind pmsg,msg --raw --no-headings -o ref
	assert_failure 1
	assert_output "msg:$new"
	assert_stderr_like 'is not mounted'
}

@test "stat --kind pmsg without /dev/mqueue: the command in the message is the cure" {
	require_root
	make_queue jobs
	run_apart without_mqueue bash -c '
		"$SHMTOOL" stat --kind pmsg >/dev/null 2>said
		umount /dev/mqueue
		umount /dev/mqueue
		cure=$(sed "s/.*as root: //; s/)$//" said)
		eval "$cure" && "$SHMTOOL" stat --kind pmsg --raw --no-headings -o ref'
	assert_success
	assert_output pmsg:/jobs
}

@test "stat --kind all: every kind, with /dev/mqueue" {
	make_queue jobs
	new_segment 4096
	"$HELPERS/make_object" /shmtool-test 4096
	"$HELPERS/sem_make" /shmtool-test 1
	"$HELPERS/queue_control" make 0 600
	"$HELPERS/set_control" make 0 600 1
	run_tool stat --kind all
	assert_success
	assert_stderr_empty
	assert_equal "$(grep -- '^------ ' <<<"$output")" '------ Shared Memory Segments --------
------ POSIX Shared Memory Objects --------
------ POSIX Named Semaphores --------
------ Message Queues --------
------ Semaphore Sets --------
------ POSIX Message Queues --------'
	run_tool stat --kind all --raw --no-headings -o kind
	assert_output $'shm\npshm\npsem\nmsg\nsem\npmsg'
	run_tool stat --kind all --json
	assert_equal "$(json -c 'map(keys | length) | unique')" '[13]'
}

@test "stat --kind all without /dev/mqueue: a note, the other kinds, and success" {
	make_queue jobs
	id=$(new_segment 4096)
	run_apart without_mqueue "$SHMTOOL" stat --kind all --raw --no-headings -o ref
	assert_success
	assert_output "id:$id"
	assert_equal "$stderr" 'shmtool: stat: POSIX message queues are omitted: /dev/mqueue is not mounted'
	run_apart without_mqueue "$SHMTOOL" stat --quiet --kind all
	assert_success
	assert_stderr_empty
}

@test "stat pmsg:/name without /dev/mqueue: found with read permission" {
	require_root
	make_queue jobs 600 7 100
	make_queue open 644 7 100
	send jobs
	run_apart without_mqueue "$SHMTOOL" stat --raw --no-headings \
		-o ref,owner,perms,messages,maxmsg,msgsize,bytes,inode pmsg:/jobs
	assert_success
	assert_output "pmsg:/jobs root 600 1 7 100 700 $(queue_stat jobs %i)"
	assert_unchanged
	run_apart without_mqueue "$SHMTOOL" stat pmsg:/none
	assert_fails stat 'pmsg:/none: no such message queue'
	run_apart without_mqueue setpriv --reuid 65534 --regid 65534 --clear-groups -- "$SHMTOOL" \
		stat --raw --no-headings -o ref,messages pmsg:/jobs pmsg:/open
	assert_failure 1
	assert_output 'pmsg:/open 0'
	assert_stderr_like "pmsg:/jobs: can't be inspected: Permission denied"
}

@test "pmsg: shmtool never mounts anything" {
	require_strace
	make_queue jobs
	for arguments in 'stat --kind all' 'stat --kind pmsg' 'stat pmsg:/jobs' 'limits --kind all' \
		'rm pmsg:/jobs' '__complete rm pmsg:'; do
		for enter in '' without_mqueue; do
			# shellcheck disable=SC2086 # a word an argument
			$enter strace -qq -f -o trace \
				-e trace=mount,umount2,fsopen,fsconfig,fsmount,move_mount,open_tree,statfs \
				"$SHMTOOL" $arguments >said 2>&1 || true
			run grep -vE 'statfs|resumed|SIG' trace
			assert_output ''
		done
	done
	# The trace does show calls.
	grep -q 'statfs("/dev/mqueue"' trace
}

#
# rm
#

@test "rm pmsg: the queue, and not the object of the same name" {
	make_queue jobs
	make_queue other
	"$HELPERS/make_object" /jobs 4096
	run_tool rm pmsg:/jobs
	assert_success
	assert_output ''
	assert_stderr_empty
	assert_equal "$(queue_names)" other
	assert_object_exists jobs
}

@test "rm pmsg: --dry-run reports what would be removed, -v what was removed, with the number of messages" {
	make_queue jobs
	send jobs
	run_tool rm --dry-run pmsg:jobs
	assert_success
	assert_output 'would remove pmsg:/jobs (1 message)'
	assert_unchanged
	send jobs
	run_tool rm -v pmsg:jobs
	assert_output 'removed pmsg:/jobs (2 messages)'
	assert_equal "$(queue_names)" ''
}

@test "rm pmsg: with names of any bytes, as stat prints them" {
	make_queue $'two\nlines'
	make_queue $'esc\e[1m'
	run_tool stat --kind pmsg --raw --no-headings -o ref
	mapfile -t refs <<<"$output"
	run_tool rm -v "${refs[@]}"
	assert_success
	assert_line 'removed pmsg:/two\012lines (0 messages)'
	assert_equal "$(queue_names)" ''
}

@test "rm pmsg: processes that have it open keep it" {
	make_queue jobs
	in_background "$HELPERS/mq_control" wait /jobs
	queue=/proc/$BACKGROUND_PID/fd/$(basename "$(find "/proc/$BACKGROUND_PID/fd" -lname '/jobs')")
	run_tool rm pmsg:/jobs
	assert_success
	assert_equal "$(queue_names)" ''
	run_tool stat pmsg:/jobs
	assert_fails stat 'no such message queue'
	is_asleep "$BACKGROUND_PID"
	assert_equal "$(stat -L -c %h "$queue")" 0
	make_queue jobs
	send jobs
	refute grep bytes background.out
}

@test "rm pmsg: a missing one is reported, the rest is removed" {
	make_queue jobs
	run_tool rm pmsg:/none pmsg:/jobs
	assert_failure 1
	assert_equal "$stderr" 'shmtool: rm: pmsg:/none: no such message queue'
	assert_equal "$(queue_names)" ''
}

@test "rm pmsg: one of another user is refused with the owner's name" {
	require_root
	make_queue jobs 666
	run_tool_as_user rm pmsg:/jobs
	assert_fails rm "^shmtool: rm: pmsg:/jobs: can't be removed: owned by root; only the owner and root may remove it$"
	assert_equal "$(queue_names)" jobs
	as_user "$HELPERS/mq_control" make /mine 0
	run_tool_as_user rm pmsg:/mine
	assert_success
	assert_equal "$(queue_names)" jobs
}

@test "rm pmsg: without /dev/mqueue" {
	make_queue jobs
	send jobs
	run_apart without_mqueue "$SHMTOOL" rm --dry-run pmsg:/jobs
	assert_success
	assert_output 'would remove pmsg:/jobs (1 message)'
	assert_unchanged
	run_apart without_mqueue "$SHMTOOL" rm -v pmsg:/jobs
	assert_success
	assert_output 'removed pmsg:/jobs (1 message)'
	assert_equal "$(queue_names)" ''
	run_apart without_mqueue "$SHMTOOL" rm pmsg:/jobs
	assert_fails rm 'pmsg:/jobs: no such message queue'
}

@test "rm pmsg: without /dev/mqueue, a queue that may be removed but not read, and one that may not" {
	require_root
	make_queue jobs
	as_user "$HELPERS/mq_control" make /mine 0
	user=(setpriv --reuid 65534 --regid 65534 --clear-groups -- "$SHMTOOL")
	run_apart without_mqueue "${user[@]}" rm --dry-run pmsg:/mine
	assert_fails rm "pmsg:/mine: can't be inspected: Permission denied"
	run_apart without_mqueue "${user[@]}" rm -v pmsg:/mine
	assert_success
	assert_stderr_empty
	assert_output 'removed pmsg:/mine'
	run_apart without_mqueue "${user[@]}" rm pmsg:/jobs
	assert_fails rm "^shmtool: rm: pmsg:/jobs: can't be removed: only the owner and root may remove it$"
	assert_equal "$(queue_names)" jobs
}

@test "rm: every kind at once" {
	make_queue jobs
	id=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-test 4096
	"$HELPERS/sem_make" /shmtool-test 1
	queue=$("$HELPERS/queue_control" make 0 600)
	set=$("$HELPERS/set_control" make 0 600 1)
	run_tool rm -v "$id" /shmtool-test psem:/shmtool-test "msg:$queue" "sem:$set" pmsg:/jobs
	assert_success
	assert_equal "${#lines[@]}" 6
	assert_equal "$(awk 'FNR > 1' /proc/sysvipc/{shm,msg,sem})" ''
	assert_no_objects
	assert_equal "$(queue_names)" ''
}

#
# limits
#

@test "limits --kind pmsg: the limits of /proc/sys, and how many queues there are" {
	make_queue a
	make_queue b
	set_limit fs/mqueue/queues_max 10
	run_tool limits --kind pmsg --json
	assert_success
	assert_stderr_empty
	for name in queues_max msg_max msgsize_max msg_default msgsize_default; do
		assert_equal "$name $(limit "$name" value)" "$name $(cat "/proc/sys/fs/mqueue/$name")"
	done
	assert_equal "$(limit queues_max used) $(limit queues_max percent) $(limit queues_max unit)" '2 20 queues'
	assert_equal "$(limit msg_max used) $(limit msg_max unit)" '0 messages'
	assert_equal "$(limit msgsize_max unit) $(limit msgsize_default unit)" 'bytes bytes'
	assert_equal "$(json -c '[.[].limit]')" \
		'["queues_max","msg_max","msgsize_max","msg_default","msgsize_default","msgqueue"]'
}

@test "limits --kind pmsg: msgqueue is the caller's RLIMIT_MSGQUEUE" {
	run_apart bash -c 'ulimit -S -q 12345; "$SHMTOOL" limits --kind pmsg --json'
	assert_success
	assert_equal "$(limit msgqueue value) $(limit msgqueue unit)" '12345 bytes'
}

@test "limits --kind pmsg: msgqueue without a limit is unlimited" {
	require_command prlimit
	run_apart prlimit --msgqueue=unlimited "$SHMTOOL" limits --kind pmsg
	[ "$status" -eq 0 ] || skip 'needs CAP_SYS_RESOURCE'
	assert_line --regexp '^msgqueue +unlimited '
}

@test "limits --kind pmsg: a warning near queues_max, with a cure that works" {
	require_command sysctl
	set_limit fs/mqueue/queues_max 2
	make_queue a
	make_queue b
	# Root may go on.
	run as_user "$HELPERS/mq_control" make /c 600
	assert_failure
	run_tool limits --kind pmsg
	assert_success
	assert_equal "$stderr" 'shmtool: limits: queues_max: 2 of 2 queues are in use, 100 % (to raise it, as root: sysctl fs.mqueue.queues_max=4)'
	cure=${stderr#*as root: }
	bash -c "${cure%)}"
	as_user "$HELPERS/mq_control" make /c 600
	run_tool limits --kind pmsg
	assert_stderr_empty
}

@test "limits --kind pmsg without /dev/mqueue: the limits, but not how many queues there are" {
	make_queue jobs
	run_apart without_mqueue "$SHMTOOL" limits --kind pmsg --json
	assert_success
	assert_stderr_empty
	assert_equal "$(limit queues_max value) $(limit queues_max used)" \
		"$(cat /proc/sys/fs/mqueue/queues_max) null"
}
