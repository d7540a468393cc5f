#!/usr/bin/env bats
# guard and guard --shared: the makers of objects, which the kernel reports by seccomp_unotify(2).
#
# With MAKERS=10000, that number of objects of each kind is made, instead of 20.
# Mostly waits.
# Takes 25 seconds.

load test_helper
load truth
load guard

setup() {
	common_setup
	require_private_namespace
	require_listener
}

teardown() {
	kill_noted
	common_teardown
}

# kinds: those that many_makers can make here.
kinds() {
	echo shm key sem msg pshm plain psem
	[[ $(stat -f -c %t /dev/mqueue 2>/dev/null) != 19800202 ]] || echo pmsg
}

remove_all() {
	ipcrm --all
	find /dev/shm -mindepth 1 -delete
	find /dev/mqueue -mindepth 1 -delete 2>/dev/null || true
}

# assert_all_known COUNT: that number of objects was left, and all are known to be the program's.
assert_all_known() {
	assert_stderr_like ": $1 objects? left behind, .*\\($1 known to be the program's\\)$"
}

# with_origins: the objects in the report that have an origin.
with_origins() {
	grep -c '"made_by":{' report
}

# What guard --shared prints, but that it can't find queues here.
without_queue_note() {
	grep -v 'POSIX message queues are omitted' <<<"$stderr"
}

@test "guard --shared: no maker is missed, however it is made and however short it lives" {
	local how count=${MAKERS:-20} list
	read -ra list <<<"$(kinds | paste -sd ' ')"
	# The limits of the machine may be lower.
	((count <= 1000)) || list=(sem msg pshm plain psem)
	for who in $(both_users); do
		for how in self vfork thread spawn signals; do
			run_guard --shared -q -- "$HELPERS/many_makers" "$how" "$count" "${list[@]}"
			assert_failure 3
			assert_all_known "$((count * ${#list[@]}))"
			assert_no_segments
			assert_no_objects
			remove_all
		done
	done
}

@test "guard --shared: calls of 32-bit programs are reported" {
	"$HELPERS/many_makers" old 1 shm clean 2>/dev/null || skip 'needs the system calls of i386'
	for who in $(both_users); do
		run_guard --shared -q -- "$HELPERS/many_makers" old 3 shm sem msg
		assert_failure 3
		assert_all_known 9
		remove_all
	done
}

# twins_of WORD FILE: the sorted numbers of the objects that a process made.
twins_of() {
	sed -n "s/^$1 //p" "$2" | sort -n
}

# present WORD: the numbers of those that exist.
present() {
	case $1 in
	file) find /dev/shm -name 'twins-*' -printf '%f\n' | sed 's/^twins-//' ;;
	set) awk 'NR > 1 { print $2 }' /proc/sysvipc/sem ;;
	queue) awk 'NR > 1 { print $2 }' /proc/sysvipc/msg ;;
	esac | sort -n
}

@test "guard --shared: what another process of the user makes at the same time is never removed" {
	local start count mine word
	for who in $(both_users); do
		rm -f theirs mine
		truncate --size 0 theirs mine
		chmod 666 theirs mine
		start=$(($(date +%s) + 2))
		if [ "$who" = root ]; then
			"$HELPERS/twins" 1000 "$start" >theirs 3>&- &
		else
			as_user "$HELPERS/twins" 1000 "$start" >theirs 3>&- &
		fi
		run_guard --shared -q -- sh -c '"$@" >mine' sh "$HELPERS/twins" 1000 "$start"
		assert_failure 3
		wait "$!"
		[ -s theirs ] || skip 'needs two processors'
		count=$(wc -l <mine)
		assert_stderr_like "\\($count known to be the program's\\)$"
		# Sets and queues of the program may be kept, for processes that can't be inspected.
		assert_equal "$(present file)" "$(twins_of file theirs)"
		((EUID != 0)) || assert_equal "$(present set)" "$(twins_of set theirs)"
		for word in set queue; do
			assert_equal "$(comm -12 <(present "$word" | sort) <(twins_of "$word" theirs | sort))" \
				"$(twins_of "$word" theirs | sort)"
		done
		remove_all
	done
}

@test "guard: in a private namespace, each object of a short-lived process has an origin" {
	local list
	read -ra list <<<"$(kinds | paste -sd ' ')"
	for who in $(both_users); do
		rm -f report
		: >report
		chmod 666 report
		run_guard -q --report report -- "$HELPERS/many_makers" vfork 5 "${list[@]}"
		assert_failure 3
		assert_equal "$(with_origins)" "$((5 * ${#list[@]}))"
	done
}

@test "guard: a program that makes and removes objects all the time leaves nothing" {
	local list
	read -ra list <<<"$(kinds | paste -sd ' ')"
	for who in $(both_users); do
		run_guard --shared -- "$HELPERS/many_makers" signals 50 "${list[@]}" clean
		assert_success
		assert_equal "$(without_queue_note)" ''
	done
}

# keeper_of PID: the child of guard that is no parent.
keeper_of() {
	local child children
	read -ra children </proc/"$1"/task/"$1"/children || true
	for child in "${children[@]}"; do
		[ "$(cat /proc/"$child"/task/"$child"/children)" != '' ] || echo "$child"
	done
}

has_ended() {
	[ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"
}

@test "guard: if it is killed, calls that make objects neither hang nor fail, and its keeper ends with the program" {
	local list as options delay keeper
	read -ra list <<<"$(kinds | paste -sd ' ')"
	for who in $(both_users); do
		as=()
		[ "$who" = root ] || as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
		for options in --shared ''; do
			for delay in 0 0.01 0.03 0.07; do
				rm -f ready status enough
				# shellcheck disable=SC2086 # no option is no argument
				background setsid "${as[@]}" "$SHMTOOL" guard $options -- bash -c '
					"$HELPERS/many_makers" vfork 1 shm clean
					: >ready
					failed=0
					until [ -e enough ]; do
						"$HELPERS/many_makers" vfork 20 "$@" clean || failed=1
					done
					"$HELPERS/many_makers" vfork 20 "$@" clean || failed=1
					echo $failed >status.new
					mv status.new status' bash "${list[@]}"
				wait_until 20 test -e ready
				keeper=$(keeper_of "$BACKGROUND_PID")
				[ -n "$keeper" ]
				sleep "$delay"
				kill -KILL "$BACKGROUND_PID"
				wait "$BACKGROUND_PID" || true
				: >enough
				wait_until 60 test -e status
				# A file that guard made for a call of the user, and could not hand over any more.
				if grep -q ': File exists$' background.err; then
					assert_equal "$who" user
					sed -i '/^p[a-z]* [0-9]*: File exists$/d' background.err
					echo 0 >status
				fi
				assert_equal "$(cat background.err status)" 0
				wait_until 20 has_ended "$keeper"
			done
		done
	done
}

@test "guard --shared: if it is stopped and continued, calls that make objects return what they should" {
	local list as stops
	read -ra list <<<"$(kinds | paste -sd ' ')"
	for who in $(both_users); do
		as=()
		[ "$who" = root ] || as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
		background "${as[@]}" "$SHMTOOL" guard --shared -q -- "$HELPERS/many_makers" self 500 "${list[@]}" clean
		stops=0
		while kill -STOP "$BACKGROUND_PID" && kill -CONT "$BACKGROUND_PID"; do
			stops=$((stops + 1))
		done 2>/dev/null
		assert_equal "$(cat background.err)" ''
		wait "$BACKGROUND_PID"
		[ "$stops" -gt 50 ]
	done
}

@test "guard --shared: if it is stopped before or after receiving a call, neither it nor the program is blocked" {
	require_plain_build
	! is_static || skip 'needs a program with shared libraries'
	cat >stop.c <<-'END'
		#include <dlfcn.h>
		#include <fcntl.h>
		#include <linux/seccomp.h>
		#include <signal.h>
		#include <stdarg.h>
		#include <stdbool.h>
		#include <stdlib.h>
		#include <sys/ioctl.h>

		int ioctl(int fd, unsigned long request, ...)
		{
			int (*next)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
			bool stops = request == SECCOMP_IOCTL_NOTIF_RECV &&
				     open(getenv("STOPPED"), O_CREAT | O_EXCL, 0600) >= 0;
			va_list arguments;
			void *argument;
			int result;

			va_start(arguments, request);
			argument = va_arg(arguments, void *);
			va_end(arguments);
			if (stops && *getenv("MOMENT") == 'b')
				raise(SIGSTOP);
			result = next(fd, request, argument);
			if (stops && *getenv("MOMENT") == 'a')
				raise(SIGSTOP);
			return result;
		}
	END
	cc -shared -fPIC -D_GNU_SOURCE -o stop.so stop.c -ldl
	for moment in before after; do
		rm -f stopped made
		# shellcheck disable=SC2016
		background env LD_PRELOAD="$PWD/stop.so" MOMENT="$moment" STOPPED="$PWD/stopped" \
			"$SHMTOOL" guard --shared -- bash -c '
			unset LD_PRELOAD; "$HELPERS/leak" sem msg; : >made; exec sleep 100'
		wait_until 20 grep -q '^State:.T ' "/proc/$BACKGROUND_PID/status"
		if [ "$moment" = before ]; then
			# The helper looks every 0.2 seconds.
			sleep 0.5
		else
			wait_until 20 test -e made
		fi
		kill -CONT "$BACKGROUND_PID"
		wait_until 20 test -e made
		kill -TERM "$BACKGROUND_PID"
		wait_until 20 has_ended "$BACKGROUND_PID"
		[[ $(cat background.err) == *'2 objects left behind'* ]]
		remove_all
	done
}

@test "guard: a daemon of the program can make objects after guard has ended" {
	local keeper
	for who in $(both_users); do
		rm -f go made
		run_guard --shared -q -- bash -c '
			(until [ -e go ]; do sleep 0.02; done
			"$HELPERS/many_makers" vfork 3 shm sem pshm psem clean >made.new 2>&1 && mv made.new made) >/dev/null 2>&1 &
			echo $! >daemon.pid'
		assert_success
		# Standard output and error are closed by then, or run would wait.
		: >go
		wait_until 60 test -e made
		assert_equal "$(cat made)" ''
		wait_until 20 has_ended "$(cat daemon.pid)"
		rm -f daemon.pid
	done
}

@test "guard --shared: an object that a stranger makes after the program has failed to is kept" {
	require_command perl
	for who in $(both_users); do
		rm -f ready made
		(
			wait_until 20 test -e ready
			if [ "$who" = root ]; then
				"$HELPERS/leak" pshm:/"$PREFIX_NAME" psem:/"$PREFIX_NAME" msg sem
			else
				as_user "$HELPERS/leak" pshm:/"$PREFIX_NAME" psem:/"$PREFIX_NAME" msg sem
			fi
			: >made
		) 3>&- &
		run_guard --shared -- bash -c '
			# O_CREAT | O_RDWR, without a free descriptor.
			(ulimit -n 20 && exec perl -e '\''
				1 while open $files[$n++], "<", "/dev/null"; sysopen F, "/dev/shm/$ENV{PREFIX_NAME}", 66'\'')
			sleep 0.1
			: >ready
			until [ -e made ]; do sleep 0.02; done'
		assert_success
		assert_equal "$(grep -c 'kept: not known to be the program' <<<"$stderr")" 4
		assert_object_exists "$PREFIX_NAME"
		wait
		remove_all
	done
}

@test "guard --shared: objects that existed before are not the program's, also if it would have made them" {
	local id
	id=$(make_segment 4096)
	ipcmk --queue >/dev/null
	"$HELPERS/leak" pshm:/"$PREFIX_NAME" psem:/"$PREFIX_NAME"
	who=root
	run_guard --shared -- bash -c '
		exec 2>/dev/null
		: >>/dev/shm/"$PREFIX_NAME"
		"$HELPERS/leak" pshm:/"$PREFIX_NAME" psem:/"$PREFIX_NAME"
		ipcs >/dev/null'
	assert_success
	assert_equal "$(without_queue_note)" ''
	assert_object_exists "$PREFIX_NAME"
	assert_segment_exists "$id"
}

@test "guard --shared: a renamed file and a link keep their maker; a link to a stranger's file does not make it the program's" {
	for who in $(both_users); do
		: >/dev/shm/"$PREFIX_NAME"-other
		chmod 666 /dev/shm/"$PREFIX_NAME"-other
		run_guard --shared -- bash -c '
			: >/dev/shm/"$PREFIX_NAME"-a
			mv /dev/shm/"$PREFIX_NAME"-a /dev/shm/"$PREFIX_NAME"-b
			: >/dev/shm/"$PREFIX_NAME"-c
			ln /dev/shm/"$PREFIX_NAME"-c /dev/shm/"$PREFIX_NAME"-d
			rm /dev/shm/"$PREFIX_NAME"-c
			ln /dev/shm/"$PREFIX_NAME"-other /dev/shm/"$PREFIX_NAME"-e 2>/dev/null
			exit 0'
		assert_failure 3
		assert_equal "$(object_names)" "$(cd /dev/shm && ls)"
		[ ! -e /dev/shm/"$PREFIX_NAME"-b ]
		[ ! -e /dev/shm/"$PREFIX_NAME"-d ]
		assert_object_exists "$PREFIX_NAME"-other
		remove_all
	done
}

@test "guard --shared: a file keeps its maker while thousands of others come and go" {
	require_command perl
	for who in $(both_users); do
		run_guard --shared -- perl -e '
			open(my $first, ">", "/dev/shm/$ENV{PREFIX_NAME}-first") or die;
			for my $i (1 .. 9000) {
				my $name = "/dev/shm/$ENV{PREFIX_NAME}-$i";
				open(my $file, ">", $name) or die;
				unlink($name) or die;
			}
			open(my $last, ">", "/dev/shm/$ENV{PREFIX_NAME}-last") or die;'
		assert_failure 3
		assert_all_known 2
		assert_no_objects
	done
}

@test "guard --shared: files that are made by older calls, and with other permissions, have known makers" {
	require_command perl
	[[ $(uname -m) == x86_64 ]] || skip 'needs the numbers of open(2) and creat(2) on x86-64'
	for who in $(both_users); do
		run_guard --shared -- perl -e '
			umask(027);
			my $name = "/dev/shm/$ENV{PREFIX_NAME}";
			die if syscall(2, my $open = "$name-open", 0102, 0666) < 0;
			die if syscall(85, my $creat = "$name-creat", 0666) < 0;
			open(my $openat, ">", "$name-openat") or die;
			printf("%o ", (stat("$name-$_"))[2] & 07777) for ("open", "creat", "openat");'
		assert_failure 3
		assert_output '640 640 640 '
		assert_all_known 3
		assert_no_objects
	done
}

@test "guard --shared: directories, links and FIFOs of an unprivileged program are known to be its own" {
	who=user
	run_guard --shared -- bash -c 'cd /dev/shm && mkdir dir && ln -s x link && mkfifo fifo'
	assert_failure 3
	assert_all_known 3
	assert_equal "$(grep -c 'kept: it is not an object' <<<"$stderr")" 3
}

@test "guard --shared: an object that is made without a name, and then given one, has a known maker" {
	for who in $(both_users); do
		run_guard --shared -- bash -c '
			"$SHMTOOL" create --size 4096 --posix "$PREFIX_NAME"'
		assert_failure 3
		assert_all_known 1
		assert_no_objects
		# It was known before it got its name.
		touch /dev/shm/"$PREFIX_NAME"-other
		chmod 666 /dev/shm/"$PREFIX_NAME"-other
		run_guard --shared -- bash -c '
			exec 3<>/dev/shm/"$PREFIX_NAME"-other
			ln -L /proc/self/fd/3 /dev/shm/"$PREFIX_NAME"-link 2>/dev/null
			exit 0'
		assert_object_exists "$PREFIX_NAME"-other
		remove_all
	done
}

@test "guard in guard: the inner one works in the weaker way and says so, the outer one knows all" {
	who=root
	run_guard --shared -q -- "$SHMTOOL" guard --shared -- "$HELPERS/leak" pshm:/"$PREFIX_NAME" msg
	assert_stderr_like 'origins are unknown: another program listens to the calls already' \
		'kept: the kernel does not report its creator' '[12] known to be the program'
	[ ! -e /dev/shm/"$PREFIX_NAME" ]
}

@test "guard --shared: a program that strace follows is known as well" {
	require_strace
	for who in $(both_users); do
		run_guard --shared -q -- strace -f -o /dev/null "$HELPERS/many_makers" vfork 3 shm pshm psem
		assert_failure 3
		assert_all_known 9
	done
}

@test "guard --shared: set-user-ID programs have no effect for users, unless --no-listener is given" {
	who=user
	run_guard --shared -- grep NoNewPrivs /proc/self/status
	assert_output --regexp '1$'
	run_guard --shared --no-listener -- grep NoNewPrivs /proc/self/status
	assert_output --regexp '0$'
	run_guard -- grep NoNewPrivs /proc/self/status
	assert_output --regexp '0$'
	require_root
	who=root
	run_guard --shared -- grep NoNewPrivs /proc/self/status
	assert_output --regexp '0$'
}

@test "guard --no-listener: origins are unknown, and the report says so" {
	who=root
	run_guard --no-listener --report report -- "$HELPERS/leak" msg
	assert_failure 3
	assert_equal "$(grep origins_error report)" '"origins_error": "--no-listener was given",'
	run_guard --report report -- "$HELPERS/leak" msg
	assert_equal "$(grep origins_error report)" '"origins_error": null,'
	run_guard --no-listener --backtrace -- true
	assert_failure 2
}

@test "guard --shared: Python's tests of shared memory have the same result" {
	require_command python3
	python3 -c 'import test._test_multiprocessing' 2>/dev/null || skip "needs Python's own tests"
	cat >test_memory.py <<'PYTHON'
import unittest
import test._test_multiprocessing as tests

tests.install_tests_in_module_dict(globals(), 'fork')

if __name__ == '__main__':
    unittest.main(argv=['test', '-k', 'TestSharedMemory'])
PYTHON
	run python3 test_memory.py
	local plain=$status ran
	ran=$(grep -E '^(Ran|OK|FAILED)' <<<"$output" | sed 's/ in .*//')
	grep -q '^Ran [1-9]' <<<"$ran" || skip "needs Python's tests to run: $output"
	who=root
	run_guard --shared -q -- python3 test_memory.py
	assert_equal "$(grep -E '^(Ran|OK|FAILED)' <<<"$stderr" | sed 's/ in .*//')" "$ran"
	assert_equal "$status" "$plain"
}
