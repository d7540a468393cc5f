# Events of POSIX objects, semaphores and queues: by fanotify as root, by inotify as any user; and by
# comparing lists where both are refused. What happened is known from strace.
#
# shellcheck shell=bash disable=SC2154 # set by bats
# Takes 25 seconds.

load test_helper
load truth
load events

setup() {
	common_setup
	require_private_namespace
}

# run_steps STEP...: runs them under strace.
run_steps() {
	strace -f -A -o trace -e trace=open,openat,ftruncate,fchmod,link,linkat,unlink,unlinkat,rename,renameat,renameat2,mq_open,mq_unlink,exit_group \
		"$HELPERS/file_steps" "$@"
}

# run_every_step: every kind of event. A size is compared when its report is read.
run_every_step() {
	run_steps create:/x:4096 open:/x map:/x mode:/x
	wait_until 10 grep -q 'resized /x' background.out
	run_steps resize:/x:8192
	wait_until 10 has_lines 2 'resized /x'
	run_steps link:/x:/y rename:/y:/z remove:/z remove:/x sem:/s semopen:/s semremove:/s
	end_watch
}

# steps_by_trace: what happened, from the trace: PID EVENT REF.
steps_by_trace() {
	awk -F '"' '
		function ref(path) {
			sub("^/dev/shm/", "", path)
			return path ~ /^sem\./ ? "psem:/" substr(path, 5) : "/" path
		}
		function say(event, what) { print pid, event, what }
		{ split($1, words, " "); pid = words[1]; call = words[2] }
		/ = -1 / { next }
		call ~ /^mq_open/ {
			file[pid] = "pmsg:/" $2
			if (/O_CREAT/)
				say("created", file[pid])
			say("opened", file[pid])
		}
		call ~ /^mq_unlink/ { say("removed", "pmsg:/" $2) }
		call ~ /^ftruncate/ { say("resized", file[pid]) }
		call ~ /^fchmod/ { say("changed", file[pid]) }
		call ~ /^exit_group/ && pid in file { say("closed", file[pid]) }
		$2 !~ /^\/dev\/shm\// { next }
		call ~ /^open/ && $2 ~ /\/sem\.......$/ { temporary[pid] = $2; next }
		call ~ /^open/ {
			file[pid] = ref($2)
			if (/O_CREAT/)
				say("created", file[pid])
			say("opened", file[pid])
		}
		call ~ /^link/ {
			say("created", ref($4))
			if ($2 != temporary[pid])
				next
			file[pid] = ref($4)
			say("opened", file[pid])
		}
		call ~ /^rename/ { say("renamed", ref($4)) }
		call ~ /^unlink/ && $2 != temporary[pid] { say("removed", ref($2)) }' trace
}

@test "fanotify: each kind of event, by the process that strace saw, in its order" {
	require_root
	require_strace
	require_fanotify
	start_watch "$SHMTOOL" watch --kind pshm,psem --raw --no-headings -o pid,event,ref
	assert_watched_by fanotify
	run_every_step
	assert_equal "$(seen_events)" "$(steps_by_trace)"
	assert_equal "$(seen_events | cut -d ' ' -f 2 | sort -u | wc -l)" 7
}

@test "inotify: each kind of event that strace saw, in its order, for an unprivileged user" {
	require_strace
	start_watch as_user "$SHMTOOL" watch --kind pshm,psem --raw --no-headings -o pid,event,ref
	assert_watched_by inotify
	run_every_step
	assert_equal "$(seen_events | cut -d ' ' -f 2-)" "$(steps_by_trace | cut -d ' ' -f 2-)"
	run grep -v '^- ' <(seen_events)
	assert_output ''
}

@test "inotify replaces fanotify where that is refused, and says why" {
	require_root
	require_strace
	start_watch "$HELPERS/without_syscall" "$(call_number fanotify_init)" 1 \
		"$SHMTOOL" watch --kind pshm,psem --raw --no-headings -o pid,event,ref
	assert_watched_by inotify
	run_every_step
	assert_equal "$(seen_events | cut -d ' ' -f 2-)" "$(steps_by_trace | cut -d ' ' -f 2-)"
	grep -q CAP_SYS_ADMIN background.err
}

@test "fanotify, inotify: POSIX queues" {
	require_mqueue
	require_strace
	start_watch "$SHMTOOL" watch --kind pmsg --raw --no-headings -o pid,event,ref
	run_steps queue:/q queueopen:/q queueremove:/q
	wait_until 10 grep -q 'removed pmsg:/q' background.out
	assert_equal "$(seen_events | cut -d ' ' -f 2-)" "$(steps_by_trace | cut -d ' ' -f 2-)"
}

@test "fanotify: POSIX queues while their file system is mounted nowhere" {
	require_root
	require_mqueue
	require_fanotify
	start_watch unshare --mount sh -c 'umount /dev/mqueue && exec "$@"' - \
		"$SHMTOOL" watch --kind pmsg --raw --no-headings -o event,ref,command
	assert_watched_by fanotify
	run grep mqueue "/proc/$BACKGROUND_PID/mounts"
	assert_output ''
	"$HELPERS/file_steps" queue:/q queueremove:/q
	wait_until 10 grep -q '^removed' background.out
	assert_equal "$(<background.out)" 'created pmsg:/q file_steps
opened pmsg:/q file_steps
closed pmsg:/q file_steps
removed pmsg:/q file_steps'
}

@test "lists are compared where fanotify and inotify are refused" {
	start_watch "$HELPERS/without_syscall" "$(call_number fanotify_init)" 1 \
		"$HELPERS/without_syscall" "$(call_number inotify_init1)" 38 \
		"$SHMTOOL" watch --kind pshm,psem --raw --no-headings -o event,ref,before,after
	assert_watched_by sampling
	"$HELPERS/file_steps" create:/x:4096
	wait_until 10 grep -q '^created /x ' background.out
	"$HELPERS/file_steps" resize:/x:8192
	wait_until 10 grep -q '^resized /x 4096 8192$' background.out
	"$HELPERS/file_steps" mode:/x sem:/s
	wait_until 10 grep -q '^changed /x ' background.out
	wait_until 10 grep -q '^created psem:/s ' background.out
	"$HELPERS/file_steps" remove:/x create:/x:4096
	wait_until 10 has_lines 2 '^created /x '
	"$HELPERS/file_steps" remove:/x semremove:/s
	wait_until 10 grep -q '^removed psem:/s ' background.out
	assert_equal "$(grep -c '^removed /x ' background.out)" 2
}

@test "fanotify: sizes, links and owners are the kernel's" {
	require_root
	require_fanotify
	start_watch "$SHMTOOL" watch --kind pshm --raw --no-headings -o event,ref,before,after,bytes,mode,owner
	# They are read when the events are.
	as_user "$HELPERS/file_steps" create:/x:4096
	wait_until 10 grep -q 'resized /x' background.out
	as_user "$HELPERS/file_steps" resize:/x:8192 link:/x:/y
	wait_until 10 grep -q 'created /y' background.out
	as_user "$HELPERS/file_steps" mode:/x
	wait_until 10 grep -q 'changed /x' background.out
	as_user "$HELPERS/file_steps" remove:/x remove:/y
	end_watch
	user=$(id -un 65534)
	assert_equal "$(seen_events | grep -v -e ^opened -e ^closed)" "created /x 0 1 0 rw------- $user
resized /x 0 4096 4096 rw------- $user
resized /x 4096 8192 8192 rw------- $user
created /y 1 2 8192 rw------- $user
changed /x - - 8192 rw-r----- $user
removed /x 2 1 8192 rw-r----- $user
removed /y 1 0 8192 rw-r----- $user"
}

@test "fanotify, inotify: a file that is replaced by rename(2) is removed" {
	for prefix in '' as_user; do
		start_watch $prefix "$SHMTOOL" watch --kind pshm --raw --no-headings -o event,ref,oldname
		"$HELPERS/file_steps" create:/x:4096 create:/y:4096 rename:/x:/y
		end_watch
		assert_equal "$(seen_events | grep -v -e ^opened -e ^closed -e ^resized)" "created /x -
created /y -
removed /y -
renamed /y /x"
		"$HELPERS/file_steps" remove:/y
	done
}

@test "fanotify, inotify: renaming into and out of a directory creates and removes objects" {
	mkdir -m 777 /dev/shm/dir
	for prefix in '' as_user; do
		start_watch $prefix "$SHMTOOL" watch --kind pshm --raw --no-headings -o event,ref
		"$HELPERS/file_steps" create:/x:4096 rename:/x:/dir/x rename:/dir/x:/y
		end_watch
		assert_equal "$(seen_events | grep -v -e ^opened -e ^closed -e ^resized)" "created /x
removed /x
created /y"
		"$HELPERS/file_steps" remove:/y
	done
}

@test "fanotify, inotify: the close of an object comes with its last mapping, also after its removal" {
	for prefix in '' as_user; do
		"$HELPERS/file_steps" create:/x:4096
		start_watch $prefix "$SHMTOOL" watch --kind pshm --raw --no-headings -o event,ref
		"$HELPERS/hold_mapping" /dev/shm/x shared 3>&- &
		wait_until 10 grep -q '^closed /x$\|^opened /x$' background.out
		"$HELPERS/file_steps" remove:/x
		wait_until 10 grep -q '^removed /x$' background.out
		run grep '^closed' background.out
		assert_output ''
		kill %%
		wait_until 10 grep -q '^closed /x$' background.out
		end_watch
	done
}

@test "fanotify, inotify: a semaphore that exists already causes no event when it is not created" {
	for prefix in '' as_user; do
		"$HELPERS/file_steps" sem:/s
		start_watch $prefix "$SHMTOOL" watch --kind pshm,psem --raw --no-headings -o event,ref
		run "$HELPERS/file_steps" sem:/s
		assert_failure
		end_watch
		assert_equal "$(seen_events)" ''
		"$HELPERS/file_steps" semremove:/s
	done
}

@test "fanotify, inotify: a file that only looks like an unfinished semaphore is an object" {
	for prefix in '' as_user; do
		start_watch $prefix "$SHMTOOL" watch --kind pshm,psem --raw --no-headings -o event,ref
		: >/dev/shm/sem.abcdef
		wait_until 10 grep -q '^closed psem:/abcdef$' background.out
		rm /dev/shm/sem.abcdef
		end_watch
		assert_equal "$(seen_events)" 'created psem:/abcdef
opened psem:/abcdef
closed psem:/abcdef
removed psem:/abcdef'
	done
}

@test "fanotify, inotify: the maker of a semaphore has to wait before it gives it its name" {
	for prefix in '' as_user; do
		start_watch $prefix "$SHMTOOL" watch --kind pshm,psem --raw --no-headings -o event,ref
		perl -e 'open my $file, ">", "/dev/shm/sem.abcdef" or die; syswrite $file, "x" x 32;
			select undef, undef, undef, 0.2; link "/dev/shm/sem.abcdef", "/dev/shm/sem.made" or die;
			select undef, undef, undef, 0.2; unlink "/dev/shm/sem.abcdef"; close $file;
			unlink "/dev/shm/sem.made"'
		end_watch
		assert_equal "$(seen_events)" 'created psem:/made
opened psem:/made
closed psem:/made
removed psem:/made'
	done
}

@test "fanotify, inotify: what is not a regular file causes no event" {
	for prefix in '' as_user; do
		start_watch $prefix "$SHMTOOL" watch --kind pshm,psem --raw --no-headings -o event,ref
		mkdir /dev/shm/dir
		mkfifo /dev/shm/fifo
		ln -s x /dev/shm/link
		: >/dev/shm/dir/x
		# What a file is, is read when the event is.
		: >/dev/shm/first
		wait_until 10 grep -q '^closed /first$' background.out
		mv /dev/shm/link /dev/shm/dir
		rm -r /dev/shm/dir /dev/shm/fifo
		end_watch
		assert_equal "$(seen_events)" 'created /first
opened /first
closed /first'
		rm /dev/shm/first
	done
}

# count_events: how many of each: COUNT EVENT KIND.
count_events() {
	seen_events | cut -d ' ' -f 1-2 | LC_ALL=C sort | uniq -c | sed 's/^ *//'
}

@test "fanotify: 10000 objects and 10000 semaphores of processes that exit at once: none is missed" {
	require_root
	require_fanotify
	start_watch "$SHMTOOL" watch --kind pshm,psem --raw --no-headings -o event,kind,ref
	"$HELPERS/file_steps" burst:10000:/b semburst:10000:/s
	end_watch 60
	assert_equal "$(count_events)" '10000 closed psem
10000 closed pshm
10000 created psem
10000 created pshm
10000 opened psem
10000 opened pshm
10000 removed psem
10000 removed pshm
10000 resized pshm'
	assert_no_objects
}

@test "fanotify: the command and user of processes that exit at once are known" {
	require_root
	require_fanotify
	[[ $(readlink /proc/self/ns/pid) == 'pid:[4026531836]' ]] || skip 'needs the first pid namespace'
	start_watch "$SHMTOOL" watch --kind pshm --raw --no-headings -o command,uid,ref
	as_user "$HELPERS/file_steps" burst:1000:/b
	end_watch 60
	assert_equal "$(count_events)" '5000 file_steps 65534'
}

@test "fanotify: processes that run are known also where the kernel does not report their start" {
	require_root
	require_fanotify
	start_watch "$HELPERS/without_syscall" "$(call_number socket)" 1 \
		"$SHMTOOL" watch --kind pshm --raw --no-headings -o event,ref,pid,command,uid,cmdline
	mkfifo fifo
	# shellcheck disable=SC2016 # for that shell
	as_user bash -c 'echo $$ >maker; : >/dev/shm/x; read -r _ <fifo' 3>&- &
	wait_until 10 grep -q '^opened /x' background.out
	run grep '^created /x' background.out
	echo >fifo
	assert_output --regexp "^created /x $(<maker) bash 65534 bash.*dev/shm/x"
}

@test "fanotify: processes outside the pid namespace are not taken for others" {
	require_root
	require_fanotify
	start_watch unshare --pid --fork --kill-child --mount-proc \
		"$SHMTOOL" watch --kind pshm --raw --no-headings -o event,ref,pid,command
	"$HELPERS/file_steps" create:/x:1
	wait_until 10 grep -q '^closed /x' background.out
	run cut -d ' ' -f 3- background.out
	assert_output "$(printf '%s\n' '- -' '- -' '- -' '- -')"
}

@test "fanotify, inotify: an object that is made while the program starts is created once" {
	local i steps=()
	# Listing these takes a while, in which objects are made.
	for i in {1..20000}; do
		: >"/dev/shm/old$i"
	done
	for i in {1..3000}; do
		steps+=("create:/x$i:1")
	done
	for prefix in '' as_user; do
		"$HELPERS/file_steps" "${steps[@]}" 3>&- &
		maker=$!
		wait_until 10 test -e /dev/shm/x1
		start_watch $prefix "$SHMTOOL" watch --kind pshm --raw --no-headings -o event,before,after,ref
		wait "$maker"
		end_watch
		seen_events | grep '^created' >created
		run grep -v '^created 0 1 ' created
		assert_output ''
		assert_equal "$(wc -l <created)" "$(sort -u created | wc -l)"
		rm /dev/shm/x*
	done
}

@test "fanotify: opens and closes that the kernel combines are counted" {
	require_root
	require_fanotify
	start_watch "$SHMTOOL" watch --kind pshm --raw --no-headings -o event,kind,ref,pid
	kill -STOP "$BACKGROUND_PID"
	"$HELPERS/file_steps" create:/x:4096 reopen:/x:1000 open:/x reopen:/x:500
	kill -CONT "$BACKGROUND_PID"
	end_watch
	assert_equal "$(count_events)" '1502 closed pshm
1 created pshm
1502 opened pshm
1 resized pshm'
	# Of combined ones, it is not known which process it was.
	assert_equal "$(seen_events | awk '$1 == "opened" && $4 != "-" { print $4 }' | sort -u | wc -l)" 4
}

@test "fanotify: nothing is missed while the program is stopped" {
	require_root
	require_fanotify
	start_watch "$SHMTOOL" watch --kind pshm --raw --no-headings -o event,kind,ref
	kill -STOP "$BACKGROUND_PID"
	"$HELPERS/file_steps" burst:17000:/b
	kill -CONT "$BACKGROUND_PID"
	end_watch 60
	assert_equal "$(count_events)" '17000 closed pshm
17000 created pshm
17000 opened pshm
17000 removed pshm
17000 resized pshm'
}

@test "inotify: lost events are reported, and then what exists" {
	most=$(</proc/sys/fs/inotify/max_queued_events)
	((most <= 65536)) || skip "needs fs.inotify.max_queued_events of at most 65536, not $most"
	"$HELPERS/file_steps" create:/old:4096 create:/grown:4096
	start_watch as_user "$SHMTOOL" watch --kind pshm --raw --no-headings -o event,ref,before,after
	kill -STOP "$BACKGROUND_PID"
	# Five events each.
	"$HELPERS/file_steps" "burst:$((most / 5 + 1)):/b" remove:/old create:/new:4096 resize:/grown:8192
	kill -CONT "$BACKGROUND_PID"
	wait_until 60 grep -q '^lost' background.out
	wait_until 10 grep -q '^created /new ' background.out
	wait_until 10 grep -q '^removed /old ' background.out
	wait_until 10 grep -q '^resized /grown 4096 8192$' background.out
	end_watch
	assert_equal "$(grep -c '^lost' background.out)" 1
}

@test "inotify: no event is reported twice after events were lost" {
	most=$(</proc/sys/fs/inotify/max_queued_events)
	((most <= 65536)) || skip "needs fs.inotify.max_queued_events of at most 65536, not $most"
	start_watch as_user "$SHMTOOL" watch --kind pshm --raw --no-headings -o event,ref
	kill -STOP "$BACKGROUND_PID"
	"$HELPERS/file_steps" "burst:$((most / 5 + 1)):/b"
	# It goes on while the program reads.
	"$HELPERS/file_steps" burst:5000:/c 3>&- &
	kill -CONT "$BACKGROUND_PID"
	wait %%
	end_watch 60
	grep -q '^lost' background.out
	run bash -c "grep -E '^(created|removed) ' background.out | sort | uniq -d"
	assert_output ''
}
