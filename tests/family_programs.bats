#!/usr/bin/env bats
# rm --abandoned and real programs. Each program is started, left idle between two uses, killed in
# part and killed as a whole, and rm cleans up in each of these states. Survivors and later runs must
# keep working, and once all processes are dead nothing may be left.
#
# .ci/run installs the programs (scripts/deps ci); tests of missing programs are skipped.
# Mostly waits.
# Takes 40 seconds.

load test_helper
load family_world

#
# Containers
#

@test "rm --abandoned keeps podman's locks between commands" {
	require_command podman
	# It refuses a path as long as that of the test's own directory.
	elsewhere=$(mktemp -d /tmp/shmtool.XXXXXX)
	pod=(podman --root "$PWD/root" --runroot "$elsewhere" --tmpdir "$PWD/tmp" --storage-driver vfs
		--events-backend none --cgroup-manager cgroupfs)
	mkdir empty
	tar -cf empty.tar -C empty .
	"${pod[@]}" import -q empty.tar image
	start_as 0 service "${pod[@]}" system service --time 0 "unix://$PWD/socket"
	service=$!
	wait_until 20 test -S socket
	"${pod[@]}" create --name first image:latest /nothing
	cleaned_keeps
	podman --url "unix://$PWD/socket" create --name second localhost/image /nothing
	# The service is killed; the containers remain.
	destroy_all "$service"
	cleaned_keeps
	"${pod[@]}" create --name third image:latest /nothing
	cleaned_keeps
	"${pod[@]}" rm first
	cleaned_keeps
	"${pod[@]}" rm second third
	"${pod[@]}" system renumber
	cleaned_keeps
	assert_left libpod_lock
	clean --family podman
	assert_left
	"${pod[@]}" create --name fourth image:latest /nothing
	"${pod[@]}" rm fourth
}

#
# Middleware
#

# instances: reduces a list of files to the ports and segments that they belong to, for example
# sem.fastrtps_port7411_mutex and fastrtps_port7411_el to fastrtps_port7411.
instances() {
	sed -E 's/^sem\.//; s/_(el|sl|mutex)$//' | sort -u
}

@test "rm --abandoned keeps the ports and segments that a surviving Fast-DDS participant maps" {
	require_command fastdds
	local participant=("$HELPERS/dds_participant" $((BASHPID % 200)))
	start first "${participant[@]}"
	first=$!
	says first ready || skip "needs libfastrtps.so.2.9: $(cat first)"
	start second "${participant[@]}"
	second=$!
	says second ready
	# Once they have discovered each other, both map the same segment.
	wait_until 20 eval 'grep -h -o "/dev/shm/fastrtps_[0-9a-f]*$" /proc/{"$first","$second"}/maps |
		sort | uniq -d | grep .'
	cleaned_keeps
	destroy_all "$first"
	wanted=$(used | instances)
	clean
	assert_equal "$(objects | instances)" "$wanted"
	# Each with its lock file and, for a port, its mutex; the survivor itself may remove the lock file of
	# a port whose readers are dead.
	[[ $wanted == *port* ]]
	for name in $wanted; do
		run grep -E "/${name}(_el|_mutex)? +.*removed" cleaned
		assert_output ''
		[[ -e /dev/shm/${name}_el || $name == *port* ]]
		[[ $name != *port* || -e /dev/shm/sem.${name}_mutex ]]
	done
	grep -qE '/fastrtps_[^ ]+_el +.*removed' cleaned
	cleaned_keeps
	# A new participant discovers the survivor and maps its segment: the one whose lock file the
	# survivor has open.
	own=$(find "/proc/$second/fd" -lname '/dev/shm/fastrtps_*_el' -printf '%l\n' |
		sed -n 's|.*/\(fastrtps_[0-9a-f]\{16\}\)_el$|\1|p')
	start third "${participant[@]}"
	third=$!
	says third ready
	wait_until 20 grep "/dev/shm/$own" "/proc/$third/maps"
	cleaned_keeps
	run fastdds shm clean
	assert_success
	assert_output --regexp '[1-9][0-9]* ports in use'
	destroy_all "$second" "$third"
	clean
	assert_left
	run fastdds shm clean
	assert_success
}

@test "rm --abandoned keeps the segments that a surviving rank of Open MPI maps" {
	require_command mpirun.openmpi
	elsewhere=$(mktemp -d /tmp/shmtool.XXXXXX)
	chown "$owner" "$elsewhere"
	export TMPDIR=$elsewhere
	conversation
	start job mpirun.openmpi --oversubscribe -n 2 "$HELPERS/mpi_rank"
	job=$!
	says job ready 2
	cleaned_keeps
	tell a
	says job a 2
	cleaned_keeps
	# Kill one rank; stop mpirun, which would otherwise kill the other.
	kill -STOP "$job"
	destroy_all "$(processes -n -x mpi_rank)"
	wanted=$(used)
	clean
	assert_used_kept
	destroy -f mpi
	clean
	assert_left
	start job mpirun.openmpi --oversubscribe -n 2 "$HELPERS/mpi_rank"
	says job ready 2
	cleaned_keeps
	tell b
	says job b 2
}

#
# Servers
#

@test "rm --abandoned keeps PostgreSQL's segments while one of its processes lives" {
	local directory
	for directory in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/bin; do
		[ ! -x "$directory/initdb" ] || break
	done
	[ -x "$directory/initdb" ] || skip 'needs PostgreSQL'
	as_owner "$directory/initdb" -D data -A trust -U tests --no-sync --no-instructions >initdb 2>&1 ||
		fail "$(cat initdb)"
	postgres() {
		start server "$directory/postgres" -D data -k "$PWD" -c listen_addresses= -c fsync=off
	}
	# A parallel query creates and removes shared memory of its own.
	query() {
		as_owner "$directory/psql" -h "$PWD" -U tests -d postgres -Atqc 'set force_parallel_mode = on;
			set parallel_setup_cost = 0; set min_parallel_table_scan_size = 0; select 6 * 7'
	}
	postgres
	says server ready
	cleaned_keeps
	assert_equal "$(query)" 42
	cleaned_keeps
	assert_equal "$(query)" 42
	# Kill all but the backend of one session; stop that backend, which would otherwise end.
	conversation
	start session "$directory/psql" -h "$PWD" -U tests -d postgres -At
	tell 'select 6 * 9;'
	says session 54
	session=$(processes -f '^postgres: tests')
	kill -STOP "$session"
	# shellcheck disable=SC2046 # numbers
	destroy_all $(processes -x 'postgres|psql' | grep -v -x "$session")
	cleaned_keeps
	rm -f data/postmaster.pid
	postgres
	says server 'still in use'
	destroy_all "$session"
	wait_until 10 all_are_gone "$!"
	clean
	assert_left
	postgres
	says server ready
	cleaned_keeps
	assert_equal "$(query)" 42
	destroy -x postgres
	clean
	assert_left
}

@test "rm --abandoned keeps Apache's mutex while one of its children serves pages" {
	require_command apache2
	modules=/usr/lib/apache2/modules
	[ -e "$modules/mod_mpm_prefork.so" ] || skip "needs $modules/mod_mpm_prefork.so"
	! pgrep -x apache2 || skip 'needs a machine that does not run Apache'
	port=$((20000 + BASHPID % 10000))
	# With two listening sockets, the children serialize accept(2) with a mutex.
	cat >conf <<-END
		ServerName localhost
		ServerRoot $PWD
		PidFile $PWD/pid
		ErrorLog $PWD/error
		DocumentRoot $PWD/pages
		Listen 127.0.0.1:$port
		Listen 127.0.0.1:$((port + 10000))
		LoadModule mpm_prefork_module $modules/mod_mpm_prefork.so
		LoadModule authz_core_module $modules/mod_authz_core.so
		Mutex sysvsem
		User www-data
		Group www-data
		StartServers 2
	END
	mkdir pages
	echo hello >pages/index.html
	# pages: asks for a page at both addresses.
	pages() {
		local number
		for number in "$port" $((port + 10000)); do
			# shellcheck disable=SC2016 # expanded by the shell inside
			timeout 10 bash -c 'exec 5<>/dev/tcp/127.0.0.1/'"$number"'
				printf "GET /index.html HTTP/1.0\r\n\r\n" >&5; tail -n 1 <&5' || return
		done
	}
	serve() {
		rm -f pid
		setsid apache2 -f "$PWD/conf" -DFOREGROUND >said 2>&1 3>&- &
		parent=$!
		wait_until 10 pages
	}
	serve
	cleaned_keeps
	assert_equal "$(pages)" hello$'\n'hello
	cleaned_keeps
	# Kill one child; the parent starts another.
	destroy_all "$(pgrep -n -P "$parent")"
	cleaned_keeps
	assert_equal "$(pages)" hello$'\n'hello
	# Kill the parent; the children keep serving.
	mapfile -t children < <(pgrep -P "$parent")
	destroy_all "$parent"
	cleaned_keeps
	assert_equal "$(pages)" hello$'\n'hello
	destroy_all "${children[@]}"
	clean
	assert_left
	serve
	cleaned_keeps
	mapfile -t children < <(pgrep -P "$parent")
	kill "$parent"
	wait_until 10 all_are_gone "$parent" "${children[@]}"
	clean
	assert_left
}

@test "rm --abandoned keeps the images that X clients share by MIT-SHM" {
	require_command Xvfb
	local display client
	: >number
	start_as 0 server bash -c 'exec Xvfb -displayfd 5 -screen 0 320x200x24 -nolisten tcp -noreset 5>number'
	server=$!
	wait_until 20 test -s number
	display=$(cat number)
	conversation
	start client "$HELPERS/mit_shm" "/tmp/.X11-unix/X$display"
	tell make
	says client '^[0-9]'
	# Created, but not attached yet.
	before=$(objects)
	clean
	assert_kept
	tell attach
	says client 'done'
	tell image
	says client 'done' 2
	cleaned_keeps
	tell image
	says client 'done' 3
	# A second client is killed, and X detaches its segment. The first one keeps working.
	first_input=$input
	conversation
	start second "$HELPERS/mit_shm" "/tmp/.X11-unix/X$display"
	second=$!
	printf '%s\n' make attach image >&"$input"
	says second 'done' 2
	cleaned_keeps
	destroy_all "$second"
	id=$(head -n 1 second)
	wait_until 10 eval '[ "$(proc_shm "$id" nattch)" = 0 ]'
	clean
	assert_left 'shm 0x00000000'
	input=$first_input
	tell image
	says client 'done' 4
	# Kill the server; the client still has its segment attached.
	destroy_all "$server"
	cleaned_keeps
	destroy -x mit_shm
	clean
	assert_left
	rm -f "/tmp/.X11-unix/X$display"
}

@test "rm --abandoned keeps JACK's registry and removes the rest of a dead server" {
	require_command jackd
	require_command jack_simple_client
	export JACK_NO_AUDIO_RESERVATION=1
	start server jackd --no-realtime -d dummy
	wait_until 20 as_owner jack_lsp
	cleaned_keeps
	start client jack_simple_client
	wait_until 20 eval 'as_owner jack_lsp | grep -q simple'
	cleaned_keeps
	destroy -x jack_simple_cli
	wait_until 20 eval '! as_owner jack_lsp | grep -q simple'
	cleaned_keeps
	start client jack_simple_client
	wait_until 20 eval 'as_owner jack_lsp | grep -q simple'
	# Kill the server; stop the client, which would otherwise end.
	kill -STOP "$(processes -x jack_simple_cli)"
	destroy -x jackd
	wanted=$(used)
	clean
	assert_used_kept
	destroy -x jack_simple_cli
	clean
	# rm removes no directories; the next server replaces this one.
	assert_left jack-shm-registry "jack_db-$owner/" 'sem 0x00282929'
	start server jackd --no-realtime -d dummy
	wait_until 20 as_owner jack_lsp
	cleaned_keeps
	server=$(processes -x jackd)
	kill -TERM "$server"
	wait_until 20 all_are_gone "$server"
	clean
	assert_left jack-shm-registry 'sem 0x00282929'
}

@test "rm --abandoned keeps the page by which LTTng wakes traced programs" {
	start first "$HELPERS/load_library" liblttng-ust.so.1
	says first ready || skip "needs liblttng-ust.so.1: $(cat first)"
	wait_until 10 eval 'objects | grep lttng-ust-wait'
	cleaned_keeps
	start second "$HELPERS/load_library" liblttng-ust.so.1
	says second ready
	destroy_all "$(processes -o -x load_library)"
	cleaned_keeps
	destroy -x load_library
	cleaned_keeps
}

#
# Tools and languages
#

@test "rm --abandoned keeps the clock and semaphore of faketime while a program uses them" {
	require_command faketime
	conversation
	# shellcheck disable=SC2016 # expanded by the shell inside
	start shell faketime -f +10d bash -c 'while read -r _; do date +%s; done'
	tomorrow() {
		tell ''
		says shell '^[0-9]' "$1"
		(($(tail -n 1 shell) > EPOCHSECONDS + 800000))
	}
	tomorrow 1
	cleaned_keeps
	tomorrow 2
	destroy -x faketime
	cleaned_keeps
	tomorrow 3
	destroy -x bash
	clean
	assert_left
	run as_owner faketime -f +10d date +%s
	assert_success
	assert_left
}

@test "rm --abandoned keeps the queues and semaphores of fakeroot while faked lives" {
	require_command fakeroot-sysv
	# Its keys are random: one in 256 looks like one of a database.
	mkdir rules
	cp "$SRCDIR/share/families/tools.conf" rules
	export SHMTOOL_FAMILIES=$PWD/rules
	touch file
	conversation
	# shellcheck disable=SC2016 # expanded by the shell inside
	start shell fakeroot-sysv bash -c 'echo "key $FAKEROOTKEY"
		while read -r owner; do chown "$owner" file; stat -c %u file; done'
	says shell key
	cleaned_keeps
	tell 1234
	says shell 1234
	# The processes of the last operations have ended.
	cleaned_keeps
	tell 4321
	says shell 4321
	# Kill the session; faked lives on.
	destroy -f FAKEROOTKEY
	cleaned_keeps
	destroy -f faked-sysv
	clean
	assert_left
	# Its own cleaner finds nothing, and a new session works.
	run as_owner faked-sysv --cleanup "$(sed -n 's/^key //p' shell)"
	run as_owner fakeroot-sysv stat -c %u file
	assert_output 0
	assert_left
}

@test "rm --abandoned keeps the data of IPC::Shareable for the next script" {
	perl -MIPC::Shareable -e 1 2>/dev/null || skip 'needs IPC::Shareable'
	cat >count.pl <<-'END'
		use IPC::Shareable;
		tie my %data, 'IPC::Shareable', {key => 'data', create => 1} or die;
		$| = 1;
		print ++$data{runs}, "\n";
		sleep 300 if $ARGV[0] eq 'stay';
		tied(%data)->remove if $ARGV[0] eq 'remove';
	END
	assert_equal "$(as_owner perl count.pl once)" 1
	cleaned_keeps
	assert_equal "$(as_owner perl count.pl once)" 2
	start first perl count.pl stay
	says first 3
	start second perl count.pl stay
	says second 4
	cleaned_keeps
	destroy_all "$(processes -o -x perl)"
	cleaned_keeps
	destroy -x perl
	cleaned_keeps
	assert_equal "$(as_owner perl count.pl remove)" 5
	assert_left
}

@test "rm --abandoned keeps the blocks and semaphores that later workers of Python open" {
	[ -x /usr/bin/python3 ] || skip 'needs /usr/bin/python3'
	cat >program.py <<-'END'
		import multiprocessing, sys
		from multiprocessing import shared_memory

		def work(name, lock, queue, event):
		    block = shared_memory.SharedMemory(name=name)
		    with lock:
		        queue.put("worker " + str(block.buf[0]))
		    block.close()
		    event.wait()

		if __name__ == "__main__":
		    spawn = multiprocessing.get_context("spawn")
		    block = shared_memory.SharedMemory(create=True, size=65536)
		    block.buf[0] = 42
		    block.close()
		    lock, queue, event = spawn.Lock(), spawn.Queue(), spawn.Event()
		    print("made", flush=True)
		    for line in sys.stdin:
		        spawn.Process(target=work, args=(block.name, lock, queue, event)).start()
		        print(queue.get(), flush=True)
	END
	conversation
	start program /usr/bin/python3 program.py
	says program made
	cleaned_keeps
	tell go
	says program 'worker 42'
	cleaned_keeps
	tell go
	says program 'worker 42' 2
	# Kill the main process and its tracker; the workers live on.
	pkill -KILL -u "$owner" -f resource_tracker
	destroy -f program.py
	wanted=$(used)
	clean
	assert_used_kept
	destroy -f spawn_main
	clean
	assert_left
}

@test "rm --abandoned keeps the semaphores that later workers of joblib open" {
	/usr/bin/python3 -c 'import joblib' 2>/dev/null || skip 'needs joblib'
	cat >program.py <<-'END'
		import joblib, sys
		from joblib.externals.loky import get_reusable_executor

		def double(x):
		    return 2 * x

		with joblib.Parallel(n_jobs=2) as parallel:
		    print(sum(parallel(joblib.delayed(double)(i) for i in range(4))), flush=True)
		    for line in sys.stdin:
		        if line == "more\n":
		            print(sum(get_reusable_executor(max_workers=3).map(double, range(5))), flush=True)
		        else:
		            print(sum(parallel(joblib.delayed(double)(i) for i in range(4))), flush=True)
	END
	# Even though the /dev/shm of the tests is smaller than joblib wants it.
	export JOBLIB_TEMP_FOLDER=/dev/shm
	conversation
	start program /usr/bin/python3 program.py
	says program 12
	cleaned_keeps
	tell again
	says program 12 2
	cleaned_keeps
	tell more
	says program 20
	cleaned_keeps
	# Kill the main process and the trackers; the workers live on.
	pkill -KILL -u "$owner" -f resource_tracker
	destroy -f program.py
	wanted=$(used)
	clean
	assert_used_kept
	destroy -f python3
	clean
	# rm removes no directories.
	mapfile -t directories < <(objects | grep '^joblib_memmapping_folder_.*/$')
	assert_left "${directories[@]}"
}

#
# Programs that Debian has no package of: a shell creates objects of the same names
#

# made NAME...: starts a process, $maker, that creates these files and closes them. "@" in a name
# stands for its process ID.
made() {
	# shellcheck disable=SC2016 # expanded by the shell inside
	start maker bash -c 'for name; do "$HELPERS/make_object" "/${name//@/$$}" 4096 600 || exit; done
		echo made $$; exec sleep 300' bash "$@"
	says maker made
	maker=$(sed -n 's/^made //p' maker)
}

# held NAME...: starts a process, hold_files, that maps these files.
held() {
	start holder "$HELPERS/hold_files" -m "${@/#//dev/shm/}"
	says holder holding
}

@test "rm --abandoned keeps tensors of PyTorch and SGLang in transit while their maker lives" {
	# This time, an unprivileged user cleans up, who must see all processes.
	as=as_owner
	mount -t proc -o hidepid=0 tests /proc
	made torch_@_123_0 sgl_shm_rank0_@_0a1b2c3d multi_tokenizer_args_@
	cleaned_keeps
	held "torch_${maker}_123_0"
	destroy -x sleep
	clean
	assert_left "torch_${maker}_123_0"
	destroy -x hold_files
	clean
	assert_left
}

@test "rm --abandoned removes memory of Chromium, NCCL and UCX when no process maps it" {
	made .org.chromium.Chromium.aBcDeF nccl-a1B2c3 ucx_shm_posix_5ee1
	destroy -x sleep
	held .org.chromium.Chromium.aBcDeF nccl-a1B2c3 ucx_shm_posix_5ee1
	cleaned_keeps
	destroy -x hold_files
	made not-one-of-theirs
	destroy -x sleep
	clean
	assert_left not-one-of-theirs
}

@test "rm --abandoned keeps or removes the memory and semaphore of a Qt program together" {
	local key=0123456789abcdef0123456789abcdef01234567
	made "qipc_sharedmemory_Name$key" "sem.qipc_systemsem_Name$key"
	destroy -x sleep
	held "qipc_sharedmemory_Name$key"
	cleaned_keeps
	destroy -x hold_files
	clean
	assert_left
}

@test "rm --abandoned keeps the segment of an NTP reference clock while one side uses it" {
	id=$(as_owner "$HELPERS/make_keyed" 0x4e545032 96 600)
	start server "$HELPERS/hold_segment" "$id"
	says server holding
	start clock "$HELPERS/hold_segment" "$id"
	says clock holding
	cleaned_keeps
	destroy_all "$(processes -o -x hold_segment)"
	cleaned_keeps
	start server "$HELPERS/hold_segment" "$id"
	says server holding
	destroy -x hold_segment
	clean
	assert_left
}
