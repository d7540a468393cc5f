# The events of System V objects that tracepoints report. SHMTOOL_ROUNDS: rounds of the long tests
# (10000; a tenth of that for kills).
load test_helper
load truth
load events

setup() {
	common_setup
	require_root
	require_private_namespace
	"$SHMTOOL" watch --kind shm,sem,msg --for 0s 2>&1 | grep -q tracepoints ||
		skip 'needs tracepoints'
	ROUNDS=${SHMTOOL_ROUNDS:-10000}
}

# start_tracing OPTION...: starts watching System V objects.
start_tracing() {
	start_watch shmtool watch --kind shm,sem,msg "$@"
}

# Ends it; its output is in background.out. The signal follows all events.
stop_watch() {
	kill -INT "$BACKGROUND_PID"
	wait "$BACKGROUND_PID" || true
}

# count EVENT: the number of lines that begin with the event.
count() {
	grep -c "^$1 " background.out || true
}

# Whether every object whose creation is reported has been removed.
is_balanced() {
	awk '$1 == "created" { n[$2]++ } $1 == "removed" { n[$2]-- }
		END { for (ref in n) if (n[ref] > 0) exit 1 }' background.out
}

# Joins the lines of calls that strace -f printed in two parts, because of another process.
join_calls() {
	awk '
		sub(/ *<unfinished \.\.\.>$/, "") { begun[$1] = $0; next }
		/^[0-9]+ +<\.\.\. [a-z0-9_]+ resumed>/ {
			sub(/^[0-9]+ +<\.\.\. [a-z0-9_]+ resumed>/, begun[$1])
		}
		{ print }' "$1"
}

# Translates strace -f to "EVENT REF PID NATTCH"; calls that change nothing are left out.
events_of_strace() {
	awk '
		function say(event, ref, pid, attaches) { print event, ref, pid, attaches }
		function add(pid, id, amount) {
			attaches[id] += amount
			say(amount > 0 ? "attached" : "detached", "id:" id, pid, attaches[id])
			if (attaches[id] == 0 && marked[id])
				say("removed", "id:" id, pid, 0)
		}
		# Leave the memory: exit, kill or execve.
		function leave(pid, key, part) {
			for (key in at) {
				split(key, part, " ")
				if (part[1] == pid) {
					add(pid, at[key], -1)
					delete at[key]
				}
			}
		}
		{
			pid = $1
			sub(/^[0-9]+ +/, "")
			result = $NF
			for (i = 1; i < NF; i++)
				if ($i == "=")
					result = $(i + 1)
			split($0, word, /[(, )]+/)
			kind = word[1] ~ /^shm/ ? "id:" : word[1] ~ /^sem/ ? "sem:" : "msg:"
		}
		!first { first = pid }
		!(pid in seen) {
			seen[pid] = 1
			n = 0
			for (key in at) {
				split(key, part, " ")
				if (part[1] == first)
					inherited[n++] = key
			}
			for (i = 0; i < n && pid != first; i++) {
				split(inherited[i], part, " ")
				at[pid " " part[2]] = at[inherited[i]]
				add(pid, at[inherited[i]], 1)
			}
		}
		/^\+\+\+ / { leave(pid) }
		/^execve/ && result == 0 { leave(pid) }
		/^(shm|sem|msg)get/ && result >= 0 && !((kind result) in made) {
			made[kind result] = 1
			say("created", kind result, pid, kind == "id:" ? 0 : "-")
		}
		/^shmat/ && result != -1 { at[pid " " result] = word[2]; add(pid, word[2], 1) }
		/^shmdt/ && result == 0 {
			id = at[pid " " word[2]]
			delete at[pid " " word[2]]
			add(pid, id, -1)
		}
		/IPC_RMID/ && result == 0 {
			if (kind == "id:" && attaches[word[2]] > 0)
				marked[word[2]] = 1
			say(kind == "id:" && marked[word[2]] ? "marked" : "removed", kind word[2],
			    pid, kind == "id:" ? attaches[word[2]] + 0 : "-")
		}
		/SHM_LOCK/ { say("locked", kind word[2], pid, attaches[word[2]]) }
		/SHM_UNLOCK/ { say("unlocked", kind word[2], pid, attaches[word[2]]) }
		/IPC_SET/ {
			say("changed", kind word[2], pid, kind == "id:" ? attaches[word[2]] : "-")
		}
	' "$1"
}

# "PID CALL RESULT" of all calls that strace saw.
calls_of_strace() {
	sed -nE 's/^([0-9]+) +((shm|sem|msg)[a-z]+)\(.* = (-1 )?([0-9A-Zx][0-9A-Za-z]*)( .*)?$/\1 \2 \5/p' "$1" |
		sort
}

@test "tracepoints report every kind of event and call that strace sees, in order" {
	require_command strace
	start_tracing --calls --raw --no-headings -o event,ref,pid,nattch,call
	strace -f -o parts "$HELPERS/sysv_events"
	stop_watch
	join_calls parts >trace
	events_of_strace trace >expected
	awk '{ print $1, $2, $3, $4 }' background.out >all
	# Other processes of the test look at objects.
	awk 'NR == FNR { seen[$1] = 1; next } ($3 in seen) && $1 != "called"' trace all >events
	run diff expected events
	assert_success
	for event in created attached detached changed locked unlocked marked removed; do
		grep -q "^$event " events
	done
	sed 's/\\040/ /g' background.out | awk 'NR == FNR { seen[$1] = 1; next }
		($3 in seen) && $5 != "-" { print $3, $5, $NF }' trace - | sort >calls
	calls_of_strace trace | sed 's/semop/semtimedop/' >expected
	sed -i 's/semop/semtimedop/' calls
	run diff expected calls
	assert_success
}

@test "tracepoints report all events of four processes, in order for each segment, and lose none" {
	start_tracing --raw --no-headings -o event,ref,nattch
	"$HELPERS/segment_rounds" rounds 4 $((ROUNDS / 4)) >/dev/null
	stop_watch
	assert_equal "$(count lost)" 0
	for event in created attached detached removed; do
		assert_equal "$event $(count "$event")" "$event $((ROUNDS / 4 * 4))"
	done
	run awk '
		BEGIN { after["attached"] = "created"; after["detached"] = "attached"
			after["removed"] = "detached" }
		$1 != "created" && last[$2] != after[$1] { print NR ": " $0 " after " last[$2] }
		$3 != ($1 == "attached") { print NR ": " $0 }
		{ last[$2] = $1 }' background.out
	assert_output ''
}

@test "tracepoints count the attaches of a segment that four processes share" {
	start_tracing --raw --no-headings -o event,before,after
	"$HELPERS/segment_rounds" shared 4 $((ROUNDS / 4)) >/dev/null
	stop_watch
	assert_equal "$(count attached) $(count detached)" "$((ROUNDS / 4 * 4)) $((ROUNDS / 4 * 4))"
	run awk '
		($1 == "attached" || $1 == "detached") && ($2 != last || $3 < 0 || $3 > 4) { print NR ": " $0 }
		{ last = $3 }' background.out
	assert_output ''
}

@test "tracepoints report the detach of each process that is killed" {
	start_tracing --raw --no-headings -o event,before,after
	"$HELPERS/segment_rounds" kills $((ROUNDS / 10))
	stop_watch
	assert_equal "$(count attached) $(count 'detached 1')" "$((ROUNDS / 10)) $((ROUNDS / 10))"
	assert_equal "$(count removed)" 1
}

@test "tracepoints report the new capacity of a queue" {
	local id
	id=$(ipcmk -Q)
	id=${id##* }
	start_tracing --raw --no-headings -o event,ref,before,after
	"$HELPERS/queue_control" qbytes "$id" 1000
	wait_until 10 grep -qx "resized msg:$id 16384 1000" background.out
	stop_watch
}

@test "an attach that ends by munmap is reported with its process within seconds" {
	start_tracing --raw --no-headings -o event,pid,before,after
	"$HELPERS/segment_rounds" unmap 3>&- &
	wait_until 10 grep -qx "detached $! 1 0" background.out
	stop_watch
}

@test "a segment that the kernel removes with its creator is reported" {
	start_tracing --raw --no-headings -o event,ref
	echo 1 >/proc/sys/kernel/shm_rmid_forced
	# ipcmk has ended, and the kernel has removed its segment.
	ipcmk --shmem 100
	echo 0 >/proc/sys/kernel/shm_rmid_forced
	wait_until 10 grep -q '^removed id:' background.out
	stop_watch
	assert_equal "$(count created) $(count removed)" '1 1'
}

@test "tracepoints report nothing of another IPC namespace, whose ids are the same" {
	start_tracing --raw --no-headings -o event,ref,pid
	unshare --ipc "$HELPERS/segment_rounds" rounds 2 100 >/dev/null
	unshare --ipc "$HELPERS/segment_rounds" kills 10
	# A process that has entered this namespace again counts.
	unshare --ipc nsenter --ipc=/proc/$$/ns/ipc "$HELPERS/segment_rounds" rounds 1 1 >/dev/null
	stop_watch
	assert_equal "$(grep -cE '^(created|attached|detached|removed) id:' background.out)" 4
}

@test "an attach that was made before watch began is reported when it ends" {
	local id holder
	id=$(make_segment 100)
	"$HELPERS/hold_segment" "$id" 3>&- >held &
	holder=$!
	wait_until 10 test -s held
	start_tracing --raw --no-headings -o event,ref,pid,before,after
	kill -KILL "$holder"
	wait_until 10 grep -qx "detached id:$id $holder 1 0" background.out
	stop_watch
}

@test "records that do not fit into the buffers are counted, and the events after them are right" {
	local id
	start_tracing --raw --no-headings -o event,ref
	kill -STOP "$BACKGROUND_PID"
	"$HELPERS/segment_rounds" rounds 2 20000 >/dev/null
	id=$(make_segment 100)
	"$HELPERS/hold_segment" "$id" 3>&- >held &
	wait_until 10 test -s held
	kill -CONT "$BACKGROUND_PID"
	wait_until 10 grep -q '^lost' background.out
	wait_until 10 grep -qx "created id:$id" background.out
	wait_until 10 grep -qx "attached id:$id" background.out
	kill -KILL $!
	wait_until 10 grep -qx "detached id:$id" background.out
	ipcrm -m "$id"
	wait_until 10 grep -qx "removed id:$id" background.out
	# Everything that it has seen created is removed, too.
	wait_until 10 is_balanced
	stop_watch
}

@test "two watches and strace see the same events" {
	require_command strace
	local first
	start_tracing --raw --no-headings -o event,ref
	first=$BACKGROUND_PID
	mv background.out first.out
	start_tracing --raw --no-headings -o event,ref
	strace -f -o trace "$HELPERS/segment_rounds" rounds 2 50 >/dev/null
	kill -INT "$first"
	wait "$first" || true
	stop_watch
	assert_equal "$(sort background.out | uniq -c)" "$(sort first.out | uniq -c)"
	assert_equal "$(count created)" 100
}

@test "tracepoints leave no mount and no process, even if the program is killed" {
	local before
	before=$(grep -c tracefs /proc/self/mountinfo || true)
	start_tracing
	assert_equal "$(grep -c tracefs /proc/self/mountinfo || true)" "$before"
	assert_equal "$(cat "/proc/$BACKGROUND_PID/task/$BACKGROUND_PID/children")" ''
	kill -KILL "$BACKGROUND_PID"
	wait "$BACKGROUND_PID" || true
	assert_equal "$(grep -c tracefs /proc/self/mountinfo || true)" "$before"
}

@test "where only debugfs is mounted, tracepoints do not mount tracefs below it" {
	run_apart unshare -m bash -c '
		! mountpoint -q /sys/kernel/tracing || umount /sys/kernel/tracing || exit 77
		mount -t debugfs none /sys/kernel/debug || exit 77
		grep -c tracefs /proc/self/mountinfo
		"$SHMTOOL" watch --kind shm --for 0s 2>&1
		grep -c tracefs /proc/self/mountinfo'
	[ "$status" -ne 77 ] || skip 'needs debugfs'
	assert_equal "${lines[0]}" 0
	assert_line --partial tracepoints
	assert_equal "${lines[-1]}" 0
}

@test "without privileges, the reason why tracepoints can't be used is given" {
	run as_user shmtool watch --kind shm --for 0s
	assert_output --partial 'perf_event_open is not permitted'
	refute_output --partial 'by tracepoints'
}

@test "in a user namespace, the reason why tracepoints can't be used is given" {
	unshare --user --map-root-user true || skip 'needs user namespaces'
	run unshare --user --map-root-user "$SHMTOOL" watch --kind shm --for 0s
	assert_output --partial 'CAP_PERFMON'
	refute_output --partial 'by tracepoints'
}

@test "calls of POSIX queues are reported, with the name as long as the queue is open" {
	require_mqueue
	"$HELPERS/mq_control" make "/$PREFIX_NAME" 600
	start_watch shmtool watch --kind pmsg --calls --json
	run "$HELPERS/mq_control" attributes "/$PREFIX_NAME-none"
	assert_failure
	"$HELPERS/mq_control" wait "/$PREFIX_NAME" 3>&- >waiting &
	wait_until 10 grep -q "mq_open name=/$PREFIX_NAME flags=O_RDWR → " background.out
	wait_until 10 grep -q 'mq_open flags=O_RDONLY → ENOENT' background.out
	"$HELPERS/mq_control" send "/$PREFIX_NAME" 10
	wait_until 10 grep -q "mq_timedreceive name=/$PREFIX_NAME fd=[0-9]* size=8192 → 10\|mq_timedreceive fd=[0-9]* size=8192 → 10" background.out
	stop_watch
}

@test "events name the user of a process that has ended before they are read" {
	start_tracing --raw --no-headings -o event,uid
	kill -STOP "$BACKGROUND_PID"
	as_user "$HELPERS/segment_rounds" rounds 1 1 >/dev/null
	kill -CONT "$BACKGROUND_PID"
	stop_watch
	assert_equal "$(cat background.out)" $'created 65534\nattached 65534\ndetached 65534\nremoved 65534'
}

@test "CAP_PERFMON, a readable tracefs and little locked memory suffice for tracepoints" {
	local caps=+perfmon,+dac_read_search,+sys_ptrace
	grep -q ' /sys/kernel/tracing ' /proc/self/mountinfo ||
		mount -t tracefs tracefs /sys/kernel/tracing || skip 'needs to mount tracefs'
	start_watch prlimit --memlock=65536 setpriv --reuid 65534 --regid 65534 --clear-groups \
		--inh-caps "$caps" --ambient-caps "$caps" \
		"$SHMTOOL" watch --kind shm --raw --no-headings -o event
	grep -q 'by tracepoints' background.err
	"$HELPERS/segment_rounds" rounds 2 10 >/dev/null
	stop_watch
	assert_equal "$(grep -c created background.out)" 20
}

@test "attaches end with the last thread of a process, with execve, and not with vfork" {
	local id threads executing own
	start_tracing --raw --no-headings -o event,pid,before,after
	"$HELPERS/segment_threads" >pids
	stop_watch
	read -r id threads executing _ <pids
	own=$(awk 'NR == 1 { print $2 }' background.out)
	run cat background.out
	assert_output "created $own 0 0
attached $own 0 1
attached $threads 1 2
attached $threads 2 3
detached $threads 3 2
detached $threads 2 1
attached $executing 1 2
attached $executing 2 3
detached $executing 3 2
detached $executing 2 1
marked $own 1 1
detached $own 1 0
removed $own 0 0"
}

@test "in a pid namespace, events name the processes by their numbers there" {
	cat >inside <<-'END'
		"$SHMTOOL" watch --kind shm --raw --no-headings -o event,pid >events 2>notes &
		for ((i = 0; i < 1000; i++)); do
			grep -q 'by tracepoints' notes && break
			sleep 0.02
		done
		"$HELPERS/segment_rounds" kills 1 3>&- &
		own=$!
		wait "$own"
		kill -TERM %1
		wait %1
		echo "$own" >own
	END
	unshare --pid --fork --mount-proc bash inside
	run awk -v own="$(cat own)" '{ print $1, $2 - own }' events
	assert_output $'created 0\nattached 1\ndetached 1\nremoved 0'
}

@test "when a processor comes online, events continue after a loss" {
	local online=/sys/devices/system/cpu/online
	start_tracing --raw --no-headings -o event
	# The kernel's list, with one more: this namespace only.
	printf '0-%d\n' "$(getconf _NPROCESSORS_ONLN)" >processors
	mount --bind processors "$online" || skip "needs to mount over $online"
	getconf _NPROCESSORS_ONLN >now
	wait_until 10 grep -qx lost background.out || [[ $(cat now) == "$(nproc)" ]]
	umount "$online"
	"$HELPERS/segment_rounds" rounds 2 100 >/dev/null
	stop_watch
	assert_equal "$(grep -cx created background.out)" 200
	assert_equal "$(grep -cx removed background.out)" 200
}

@test "of two processes that ask for a new key at once, the one that made the segment is named" {
	start_tracing --raw --no-headings --event created -o event,ref,pid
	"$HELPERS/segment_rounds" contest 2 500 | sort >expected
	stop_watch
	assert_equal "$(wc -l <expected)" 500
	run diff expected <(sort background.out)
	assert_success
}

@test "events are printed after the clock was set back" {
	# The address sanitizer must be the first library.
	require_plain_build
	cat >clock.c <<-'END'
		#include <dlfcn.h>
		#include <time.h>
		#include <unistd.h>

		int clock_gettime(clockid_t clock, struct timespec *time)
		{
			int (*next)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
			int result = next(clock, time);

			if (clock == CLOCK_REALTIME && access("set-back", F_OK) == 0)
				time->tv_sec -= 3600;
			return result;
		}
	END
	cc -shared -fPIC -D_GNU_SOURCE -o clock.so clock.c
	start_watch env LD_PRELOAD="$PWD/clock.so" "$SHMTOOL" watch --raw --no-headings \
		-o event,ref --event created
	"$HELPERS/file_steps" create:/before:1
	wait_until 15 grep -qx 'created /before' background.out
	: >set-back
	"$HELPERS/file_steps" create:/after:1
	segment=$(make_segment 4096)
	wait_until 15 grep -qx 'created /after' background.out
	wait_until 15 grep -qx "created id:$segment" background.out
	stop_watch
}
