#!/usr/bin/env bats
# rm with filters beside real programs: each is started, seen in use, killed with SIGKILL, and its
# leftovers are removed only then.

load test_helper
load truth

teardown() {
	# Its children end when they find that it is gone.
	[ ! "${postmaster:-}" ] || kill -KILL "$postmaster" || true
	umount_shm
	remove_segments
	common_teardown
}

# actions: what rm decides about each object, "kept 2": counted.
actions() {
	"$SHMTOOL" rm --quiet --raw --no-headings -o action "$@" | sort | uniq -c | awk '{ print $2, $1 }'
}

# ended PID...: none of these processes is running; a zombie has released everything.
ended() {
	local pid
	for pid; do
		! grep -qs '^State:.[^ZX]' "/proc/$pid/status" || return
	done
}

@test "real programs: Python's multiprocessing.shared_memory" {
	local python
	for python in /usr/bin/python3 python3; do
		"$python" -c 'import multiprocessing.shared_memory' 2>/dev/null && break
	done || skip 'needs python3 with multiprocessing.shared_memory (3.8)'
	cat >user.py <<-'END'
		import multiprocessing, os, sys, time
		from multiprocessing import shared_memory

		def other(name):
		    block = shared_memory.SharedMemory(name=name)
		    block.buf[0] = 42
		    time.sleep(300)

		if __name__ == "__main__":
		    block = shared_memory.SharedMemory(create=True, size=65536)
		    process = multiprocessing.get_context("spawn").Process(target=other, args=(block.name,))
		    process.start()
		    while block.buf[0] != 42:
		        time.sleep(0.01)
		    print(block.name, os.getpid(), process.pid, flush=True)
		    time.sleep(300)
	END
	setsid "$python" user.py >said 2>/dev/null 3>&- &
	wait_until 30 test -s said
	read -r name first second <said
	assert_object_exists "$name"
	assert_equal "$(actions --kind pshm --name "$name")" 'kept 1'
	# The one that made it is gone, and the other has it still. The tracker of resources, which
	# would remove it, dies first.
	pkill -KILL -g "$(ps -o pgid= "$first" | tr -d ' ')" -f resource_tracker
	kill -KILL "$first"
	wait_until 10 ended "$first"
	assert_equal "$(actions --kind pshm --name "$name")" 'kept 1'
	assert_object_exists "$name"
	kill -KILL "$second"
	wait_until 10 eval '[ "$("$SHMTOOL" rm -n -q --raw --no-headings -o action --kind pshm)" = "would\\040remove" ]'
	assert_equal "$(actions --kind pshm --name "$name")" 'removed 1'
	assert_no_objects
}

@test "real programs: a C program with segments, objects and semaphores" {
	id=$(new_segment 65536)
	"$HELPERS/make_object" /shmtool-test 65536
	"$HELPERS/sem_make" /shmtool-test 1
	hold "$id"
	segment_holder=$holder
	"$HELPERS/hold_files" -m /dev/shm/shmtool-test /dev/shm/sem.shmtool-test >held 3>&- &
	object_holder=$!
	wait_until 10 grep -q holding held
	assert_equal "$(actions --kind shm,pshm,psem)" 'kept 3'
	kill -KILL "$object_holder"
	wait "$object_holder" || true
	assert_equal "$(actions --kind shm,pshm,psem)" 'kept 1'$'\n''removed 2'
	kill -KILL "$segment_holder"
	wait "$segment_holder" || true
	assert_equal "$(actions --kind shm,pshm,psem)" 'removed 1'
	assert_no_segments
	assert_no_objects
}

# Debian's package starts a server when it is installed, which is not wanted by a user who only runs the
# tests: `make check` does not install it, .ci/run does.
@test "real programs: PostgreSQL" {
	local directory
	for directory in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/bin; do
		[ ! -x "$directory/initdb" ] || break
	done
	[ -x "$directory/initdb" ] || skip 'needs PostgreSQL'
	as_user "$directory/initdb" -D data -A trust -U tests --no-sync --no-instructions >initdb 2>&1 ||
		fail "$(cat initdb)"
	# An old-fashioned server: its main memory is a segment, that of parallel queries POSIX objects.
	as_user setsid "$directory/postgres" -D data -k "$PWD" -c listen_addresses= -c fsync=off \
		-c shared_memory_type=sysv -c dynamic_shared_memory_type=posix \
		-c min_dynamic_shared_memory=1MB >server 2>&1 3>&- &
	wait_until 60 grep -q ready server
	query() {
		as_user "$directory/psql" -h "$PWD" -U tests -d postgres -Atc "$1"
	}
	assert_equal "$(query 'select 6 * 7')" 42
	postmaster=$(head -n 1 data/postmaster.pid)
	run segment_ids
	refute_output ''
	run object_names
	assert_output --partial PostgreSQL
	before=$(segment_ids && object_names)
	assert_equal "$(actions --kind shm,pshm | cut -d ' ' -f 1)" kept
	assert_equal "$(segment_ids && object_names)" "$before"
	assert_equal "$(query 'select 6 * 7')" 42
	# All at once, so that none of them cleans up.
	mapfile -t server < <(echo "$postmaster" && pgrep -P "$postmaster")
	[ "${#server[@]}" -gt 2 ]
	postmaster=
	kill -KILL "${server[@]}"
	wait_until 20 ended "${server[@]}"
	assert_equal "$(segment_ids && object_names)" "$before"
	assert_equal "$(actions --kind shm,pshm | cut -d ' ' -f 1)" removed
	assert_no_segments
	assert_no_objects
}
