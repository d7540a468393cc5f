#!/usr/bin/env bats
# Objects that no process uses at this moment, but that a program will use again: what rm and stat make
# of the rules of families. The rules here are the tests' own; real programs are in family_programs.bats.

load test_helper
load truth
load removal

setup() {
	common_setup
	require_private_namespace
	own_rules <<-'END'
		[keeper]
		description = locks of a program
		match  = pshm /keep-*
		fate   = keep
		reason = the program uses it between commands

		[maker]
		description = tensors
		match = pshm /tensor-{pid}-{digits}
		fate  = with-maker

		[leftover]
		description = leftovers of a program
		match = pshm /left-*
		fate  = garbage

		[numbered]
		description = numbered leftovers
		match = pshm /number-{pid}
		fate  = garbage

		[server]
		description  = memory of a server
		match        = pshm /server-*
		with-program = server-of-test

		[pair]
		description = ports
		match = pshm /port{instance:digits}
		match = pshm /port{instance:digits}_el
		match = psem /port{instance:digits}_mutex
		fate  = together

		[segment]
		description = segments with a key
		match = shm key=0x4b454550
		fate  = keep
	END
}


# clean ARGUMENT...: removes abandoned objects, regardless of age.
clean() {
	run_tool rm --abandoned --older-than 0s --json "$@"
}

# a_server [COMMAND...]: a process with the name of the family's program.
a_server() {
	ln -sf "$(command -v sleep)" server-of-test
	"$@" ./server-of-test 1000 3>&- &
	server=$!
	wait_until 10 grep -q server-of-test "/proc/$server/comm"
}

#
# One object
#

@test "abandoned: objects that a family keeps stay, with the reason" {
	posix keep-a
	clean
	assert_success
	assert_result /keep-a "kept: the program uses it between commands (family keeper)"
	run_tool rm --unused --json
	assert_result /keep-a "kept: the program uses it between commands (family keeper)"
	assert_object_exists keep-a
}

@test "abandoned: a REF removes an object that a family keeps" {
	posix keep-a
	run_tool rm /keep-a
	assert_success
	assert_no_objects
}

@test "abandoned: --ignore-families removes it, and says so" {
	posix keep-a
	run_tool rm --unused --ignore-families --json
	assert_success
	assert_result /keep-a removed
	assert_stderr_like "^shmtool: rm: --ignore-families: removes unused objects even if a program will use them again$"
	assert_no_objects
}

@test "abandoned: --ignore-families needs filters, and cannot be combined with --abandoned" {
	run_tool rm --ignore-families /keep-a
	assert_usage_error rm "--ignore-families needs filters"
	run_tool rm --ignore-families --abandoned
	assert_usage_error rm "--ignore-families can't be combined with --abandoned"
}

@test "abandoned: leftovers of a program that can make no use of them go" {
	posix left-a
	clean
	assert_success
	assert_result /left-a removed
	assert_no_objects
}

@test "abandoned: an object without a family stays, but rm --unused takes it" {
	posix plain
	clean
	assert_result /plain "kept: it has no known family, so its maker is unknown"
	run_tool rm --unused --json
	assert_result /plain removed
}

@test "abandoned: it must be 10 minutes old unless --older-than says otherwise" {
	posix left-a
	run_tool rm --abandoned --json
	assert_regex "$(result /left-a)" '^kept: [0-9]+ seconds? old, less than 10 minutes$'
	run_tool stat --abandoned --json
	assert_equal "$output" '[]'
	assert_object_exists left-a
}

@test "abandoned: objects in use stay" {
	posix left-a
	keep_open left-a
	clean
	assert_regex "$(result /left-a)" "^kept: held open by $holder "
	assert_object_exists left-a
}

#
# Makers
#

@test "abandoned: it stays while its maker lives, and goes when that is gone" {
	require_inspection
	sleep 1000 3>&- &
	maker=$!
	posix "tensor-$maker-1"
	clean
	assert_result "/tensor-$maker-1" "kept: its maker $maker (sleep) is running (family maker)"
	run_tool rm --unused --json
	assert_result "/tensor-$maker-1" "kept: its maker $maker (sleep) is running (family maker)"
	kill "$maker"
	wait "$maker" || true
	clean
	assert_result "/tensor-$maker-1" removed
	assert_no_objects
}

@test "abandoned: a maker that ended and was not waited for is gone" {
	require_inspection
	# It ends when its parent is a program that does not wait for it.
	# shellcheck disable=SC2016
	bash -c '(until grep -q sleep "/proc/$$/comm"; do :; done) & echo $! >maker; exec sleep 1000' 3>&- &
	wait_until 10 grep -q . maker
	maker=$(cat maker)
	posix "tensor-$maker-1"
	wait_until 10 grep -q '^State:[[:space:]]*Z' "/proc/$maker/status"
	clean
	assert_result "/tensor-$maker-1" removed
}

@test "abandoned: a maker in another pid namespace counts by its number there" {
	require_root
	unshare --pid --fork --kill-child sleep 1000 3>&- &
	wait_until 10 pgrep -P $!
	maker=$(pgrep -P $!)
	posix tensor-1-7
	# Number 1 of a namespace is older than the object; so is that of the machine, which always lives.
	clean
	assert_regex "$(result /tensor-1-7)" '^kept: its maker 1 '
	inner=$(awk '/^NSpid:/ { print $NF }' "/proc/$maker/status")
	assert_equal "$inner" 1
}

@test "abandoned: a number that only a process in another pid namespace has" {
	require_root
	number=$(next_unused_number)
	# shellcheck disable=SC2016
	unshare --pid --fork --kill-child --mount-proc bash -c '
		echo $(($1 - 1)) >/proc/sys/kernel/ns_last_pid
		sleep 1000 &
		echo $! >maker
		wait' - "$number" 3>&- &
	wait_until 10 grep -q . maker
	assert_equal "$(cat maker)" "$number"
	posix "tensor-$number-1"
	clean
	assert_regex "$(result "/tensor-$number-1")" "^kept: its maker $number \(sleep\) is running: process [0-9]+ has this pid in another pid namespace \(family maker\)$"
}

# kernel_thread: the pid of a kernel thread that no process has, in any namespace.
kernel_thread() {
	local status

	for status in /proc/[0-9]*/status; do
		# The parent of kernel threads is kthreadd.
		grep -qs '^PPid:[[:space:]]2$' "$status" || continue
		status=${status%/status}
		[ "$(grep -lsw "^NSpid:.*[[:space:]]${status##*/}" /proc/[0-9]*/status | wc -l)" -eq 1 ] || continue
		echo "${status##*/}"
		return
	done
}

@test "abandoned: a kernel thread with the number of the maker is none" {
	[ "$(cat /proc/2/comm 2>/dev/null)" = kthreadd ] || skip 'needs kernel threads in /proc'
	number=$(kernel_thread)
	[ "$number" ] || skip 'needs a kernel thread whose pid no container has as well'
	posix "tensor-$number-1"
	clean
	assert_result "/tensor-$number-1" removed
	assert_no_objects
}

# A number below those of the machine's processes that none of them has, in any namespace.
next_unused_number() {
	local number=20000

	while grep -qsw "$number" /proc/[0-9]*/status; do
		number=$((number + 1))
	done
	echo "$number"
}

@test "abandoned: a younger process with the number of the maker is another one" {
	require_root
	[ -w /proc/sys/kernel/ns_last_pid ] || skip 'needs a kernel with checkpoint/restore'
	number=$(next_unused_number)
	posix "tensor-$number-1"
	# Both times are known to the second, and one more is in doubt.
	wait_until 10 older_than "$(object_stat "tensor-$number-1" %W)" 3
	# shellcheck disable=SC2016
	unshare --pid --fork --kill-child --mount-proc bash -c '
		echo $(($1 - 1)) >/proc/sys/kernel/ns_last_pid
		sleep 1000 &
		echo $! >maker
		wait' - "$number" 3>&- &
	wait_until 10 grep -q . maker
	assert_equal "$(cat maker)" "$number"
	# A later change does not change the time of creation.
	touch "/dev/shm/tensor-$number-1"
	run_tool stat --abandoned --older-than 0s --json -o ref,use,why
	assert_equal "$(json '.[0].use')" abandoned
	assert_regex "$(json '.[0].why')" "; its maker $number has exited and its pid was reused$"
	clean
	assert_result "/tensor-$number-1" removed
}

@test "abandoned: in a pid namespace, a maker may be outside of it" {
	require_root
	number=$(next_unused_number)
	posix "tensor-$number-1"
	run_apart unshare --pid --fork --mount-proc "$SHMTOOL" rm --abandoned --older-than 0s --json
	assert_success
	assert_result "/tensor-$number-1" "kept: its maker $number may be running: not every process can be seen (family maker)"
}

@test "abandoned: with hidepid, a maker may be hidden" {
	require_root
	number=$(next_unused_number)
	posix "tensor-$number-1"
	user_owns "tensor-$number-1"
	# shellcheck disable=SC2016
	run_apart unshare --mount bash -c 'mount -t proc -o hidepid=2 proc /proc
		setpriv --reuid 65534 --regid 65534 --clear-groups "$1" rm --abandoned --older-than 0s --json' - "$SHMTOOL"
	assert_success
	assert_result "/tensor-$number-1" "kept: its maker $number may be running: not every process can be seen (family maker)"
}

@test "abandoned: garbage of a running creator is kept by --abandoned" {
	sleep 1000 3>&- &
	maker=$!
	posix "number-$maker"
	clean
	assert_result "/number-$maker" "kept: its maker $maker (sleep) is running"
	run_tool rm --unused --json
	assert_result "/number-$maker" removed
}

@test "abandoned: a segment goes when its creator is gone" {
	id=$(new_segment 4096)
	clean
	assert_result "id:$id" removed
	refute_segment_exists "$id"
}

@test "abandoned: a segment stays while its creator lives" {
	perl -e '$| = 1; print shmget(0, 4096, 0600), "\n"; sleep 1000' >made 3>&- &
	creator=$!
	wait_until 10 grep -q . made
	id=$(cat made)
	clean
	assert_result "id:$id" "kept: its maker $creator (perl) is running"
	kill "$creator"
	wait "$creator" || true
	clean
	assert_result "id:$id" removed
}

@test "abandoned: a segment that is detached after the listing stays while its creator lives" {
	require_strace
	perl -e '$| = 1; print shmget(0, 4096, 0600), "\n"; sleep 1000' >made 3>&- &
	creator=$!
	wait_until 10 grep -q . made
	id=$(cat made)
	hold "$id"
	run_stopping rt_sigpending:1 rm --abandoned --older-than 0s --json
	release
	wait_until 10 eval '[ "$(proc_shm "$id" nattch)" = 0 ]'
	run_on
	assert_success
	assert_result "id:$id" "kept: attached a moment ago"
	clean
	assert_result "id:$id" "kept: its maker $creator (perl) is running"
}

@test "rm --unused: a segment that is detached after the listing stays if its family keeps it" {
	require_strace
	id=$("$HELPERS/make_keyed" 0x4b454550 4096 600)
	hold "$id"
	run_stopping rt_sigpending:1 rm --unused --json
	release
	wait_until 10 eval '[ "$(proc_shm "$id" nattch)" = 0 ]'
	run_on
	assert_success
	assert_result "id:$id" "kept: attached a moment ago"
	assert_segment_exists "$id"
}

@test "abandoned: a segment of a living creator stays although the clock has been set forward" {
	require_root
	require_faketime
	# The time at which the first process of a pid namespace starts is compared.
	run_apart unshare --pid --fork --kill-child --mount-proc bash -c '
		perl -e "\$| = 1; print shmget(0, 4096, 0600), qq(\\n); sleep 1000" >made 3>&- &
		until [ -s made ]; do sleep 0.1; done
		FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f +1h "$SHMTOOL" rm --abandoned --kind shm --json'
	assert_success
	assert_regex "$(result "id:$(cat made)")" '^kept: its maker [0-9]+ may be running: '
}

@test "abandoned: a family keeps a segment by its key" {
	id=$("$HELPERS/make_keyed" 0x4b454550 4096 600)
	clean
	assert_result "id:$id" "kept: it is always kept (family segment)"
	assert_segment_exists "$id"
}

#
# Programs
#

@test "abandoned: it stays while a program of its owner runs" {
	require_inspection
	posix server-a
	a_server env
	clean
	assert_result /server-a "kept: server-of-test ($server) of $me is running (family server)"
	kill "$server"
	wait "$server" || true
	clean
	assert_result /server-a removed
}

@test "abandoned: a script keeps the objects of its interpreter, also without CAP_SYS_PTRACE" {
	require_root
	printf '[bash]\ndescription = memory of scripts\nmatch = pshm /bash-*\nwith-program = bash\n' >rules/bash.conf
	printf '#!/bin/bash\nread -r _ <>pipe\n' >script
	mkfifo -m 666 pipe
	chmod 755 "$PWD" script
	posix bash-a
	user_owns bash-a
	setpriv --reuid 65534 --regid 65534 --clear-groups ./script 3>&- &
	script=$!
	wait_until 10 grep -q script "/proc/$script/comm"
	clean
	assert_regex "$(result /bash-a)" '^kept: script \([0-9]+\) of [a-z0-9]+ is running'
	run_apart setpriv --bounding-set=-sys_ptrace "$SHMTOOL" rm --abandoned --older-than 0s --json
	kill "$script"
	assert_success
	assert_regex "$(result /bash-a)" '^kept: script \([0-9]+\) of [a-z0-9]+ is running'
}

@test "abandoned --interactive: a program that was started before the answer keeps it" {
	require_inspection
	posix server-a
	mkfifo input
	"$SHMTOOL" rm --interactive --abandoned --older-than 0s --json <input >told 2>asked 3>&- &
	tool=$!
	exec 9>input
	wait_until 10 grep -q 'remove /server-a' asked
	a_server env 9>&-
	echo y >&9
	exec 9>&-
	wait "$tool"
	output=$(cat told)
	assert_result /server-a "kept: server-of-test ($server) of $me is running (family server)"
	assert_equal "$(object_names)" server-a
}

@test "abandoned: the program of another user keeps nothing" {
	require_root
	posix server-a
	chmod 755 "$PWD"
	a_server setpriv --reuid 65534 --regid 65534 --clear-groups
	clean
	assert_result /server-a removed
}

#
# Companions
#

ports() {
	posix port1
	posix port1_el
	posix sem.port1_mutex 32
}

@test "abandoned: companions go together" {
	ports
	clean --kind pshm,psem
	assert_success
	assert_result /port1 removed
	assert_result /port1_el removed
	assert_result psem:/port1_mutex removed
	assert_no_objects
}

@test "abandoned: without --kind, named semaphores are chosen with the memory" {
	require_inspection
	ports
	run_tool stat --abandoned --older-than 0s --raw --no-headings -o ref
	assert_output $'/port1\n/port1_el\npsem:/port1_mutex'
	run_tool rm --unused --json
	assert_result /port1 "kept: psem:/port1_mutex of the same instance was not chosen (family pair)"
	clean
	assert_success
	assert_no_objects
}

@test "abandoned: companions stay while one of them is used" {
	ports
	posix port2
	keep_open port1
	for filter in --unused --abandoned; do
		run_tool rm "$filter" --older-than 0s --kind pshm,psem --json
		assert_success
		assert_regex "$(result /port1)" "^kept: held open by $holder "
		assert_result /port1_el "kept: /port1 of the same instance is in use (family pair)"
		assert_result psem:/port1_mutex "kept: /port1 of the same instance is in use (family pair)"
	done
	assert_equal "$(object_names)" "$(printf '%s\n' port1 port1_el sem.port1_mutex)"
}

@test "abandoned: --ignore-families takes companions apart" {
	ports
	keep_open port1
	run_tool rm --unused --ignore-families --kind pshm,psem --json
	assert_result /port1_el removed
	assert_equal "$(object_names)" port1
}

@test "abandoned: a companion that was not chosen keeps the others" {
	ports
	clean --kind pshm
	assert_result /port1 "kept: psem:/port1_mutex of the same instance was not chosen (family pair)"
	keep_open sem.port1_mutex
	clean --kind pshm
	assert_result /port1 "kept: psem:/port1_mutex of the same instance is in use (family pair)"
	assert_equal "$(object_names)" "$(printf '%s\n' port1 port1_el sem.port1_mutex)"
}

@test "abandoned: a companion on which something is mounted keeps the others, and nothing else" {
	require_root
	posix port1
	posix port1_el
	user_owns port1_el
	posix port2
	mount --bind /etc/hostname /dev/shm/port1
	run_tool stat --abandoned --older-than 0s --name '/port?_*,/port2' --raw --no-headings -o ref
	assert_output /port2
	clean --name '/port?,/port?_*'
	umount /dev/shm/port1
	assert_success
	assert_result /port1_el "kept: /port1 of the same instance is kept (family pair)"
	assert_result /port1 "kept: something is mounted on it"
	assert_result /port2 removed
}

@test "abandoned: a companion that is too young keeps the others" {
	ports
	run_tool rm --abandoned --kind pshm,psem --older-than 1h --json
	assert_regex "$(result /port1)" '^kept: [0-9]+ seconds? old$'
	assert_equal "$(object_names | wc -l)" 3
}

@test "abandoned: an object of another user is not a companion" {
	require_root
	ports
	user_owns port1_el
	keep_open port1_el
	clean --kind pshm,psem
	assert_result /port1 removed
	assert_result psem:/port1_mutex removed
	assert_equal "$(object_names)" port1_el
}

@test "abandoned: a companion that changes at the last moment keeps all" {
	require_strace
	ports
	# The lease on the first file is taken, the others are not yet.
	run_stopping fcntl:3 rm --abandoned --older-than 0s --kind pshm,psem --json
	keep_open port1_el
	run_on
	assert_success
	assert_equal "$(object_names)" "$(printf '%s\n' port1 port1_el sem.port1_mutex)"
}

@test "abandoned: files that were moved aside get their names back if one of them is another by then" {
	require_strace
	ports
	run_stopping renameat2:1 rm --abandoned --older-than 0s --kind pshm,psem --json
	rm -f /dev/shm/port1_el
	posix port1_el 1
	run_on
	assert_success
	assert_result /port1_el "kept: the name now refers to a different object"
	assert_result /port1 "kept: /port1_el of the same instance is kept (family pair)"
	assert_equal "$(object_names)" "$(printf '%s\n' port1 port1_el sem.port1_mutex)"
	assert_equal "$(object_stat port1_el %s)" 1
}

@test "abandoned: a companion that a killed run moved aside stays with the others" {
	require_strace
	posix port1
	posix port1_el
	run_stopping renameat2:1 rm --abandoned --older-than 0s --json
	pkill -KILL -P "$stopped"
	wait "$stopped" || true
	assert_regex "$(object_names)" '^\.shmtool-rm-'
	keep_open port1_el
	clean
	assert_success
	assert_equal "$(object_names)" $'port1\nport1_el'
	assert_result /port1 "kept: /port1_el of the same instance is in use (family pair)"
}

@test "abandoned --interactive: one companion that is declined keeps all" {
	ports
	run_apart bash -c 'printf "y\nn\n" | "$SHMTOOL" rm --interactive --abandoned --older-than 0s --kind pshm,psem --json'
	assert_result /port1 "kept: /port1_el of the same instance is kept (family pair)"
	assert_result /port1_el "kept: declined"
	assert_equal "$(object_names | wc -l)" 3
	run_apart bash -c 'printf "y\ny\ny\n" | "$SHMTOOL" rm --interactive --abandoned --older-than 0s --kind pshm,psem --json'
	assert_no_objects
}

@test "abandoned: hundreds of companions" {
	for ((i = 0; i < 300; i++)); do
		: >"/dev/shm/many$i"
	done
	printf '[many]\ndescription = many\nmatch = pshm /many{digits}\nfate = together\n' >rules/many.conf
	run_apart bash -c 'ulimit -S -n 20; "$SHMTOOL" rm --abandoned --older-than 0s --quiet'
	assert_success
	assert_no_objects
}

@test "abandoned: a hundred thousand companions take seconds" {
	printf '[many]\ndescription = many\nmatch = pshm /many{digits}\nfate = together\n' >rules/many.conf
	perl -e 'for (1 .. 100000) { open(F, ">/dev/shm/many$_") or die }'
	# Of the processor, however busy it is. There may be too few descriptors.
	run_apart bash -c 'ulimit -t 30 && exec "$SHMTOOL" rm --abandoned --older-than 0s --json'
	refute [ "$status" -ge 128 ]
	assert_equal "$(json length)" 100000
}

@test "abandoned: companions with too few descriptors stay, and the status says so" {
	for ((i = 0; i < 30; i++)); do
		: >"/dev/shm/many$i"
	done
	printf '[many]\ndescription = many\nmatch = pshm /many{digits}\nfate = together\n' >rules/many.conf
	run_apart bash -c 'ulimit -n 20; "$SHMTOOL" rm --abandoned --older-than 0s --json'
	assert_failure 1
	assert_equal "$(object_names | wc -l)" 30
	assert_equal "$(json '[.[] | select(.action == "removed")] | length')" 0
}

#
# stat
#

@test "abandoned: stat lists the objects that rm removes, with the reasons" {
	require_inspection
	ports
	posix left-a
	posix keep-a
	posix plain
	run_tool stat --abandoned --older-than 0s --kind pshm,psem --json -o ref,use,why
	assert_success
	assert_equal "$(json '.[].ref')" "$(printf '%s\n' /left-a /port1 /port1_el psem:/port1_mutex)"
	assert_equal "$(json '.[].use' | sort -u)" abandoned
	assert_regex "$(json '.[0].why')" '; leftover of leftovers of a program \(family leftover\)$'
	assert_unchanged
	run_tool rm --dry-run --abandoned --older-than 0s --kind pshm,psem --json
	assert_equal "$(json '.[] | select(.action == "would remove") | .ref')" "$(printf '%s\n' /left-a /port1 /port1_el psem:/port1_mutex)"
	assert_unchanged
}

@test "abandoned: the columns use and why show it for objects that are old enough" {
	require_inspection
	posix left-a
	run_tool stat --json -o ref,use /left-a
	assert_equal "$(json '.[0].use')" unused
	# A change of the file's times is one of the file: only a clock that is ahead makes it old.
	require_faketime
	run_apart faketime -f +11m "$SHMTOOL" stat --json -o ref,use,why /left-a
	assert_equal "$(json '.[0].use')" abandoned
}

@test "abandoned: companions outside of the list count for stat, too" {
	ports
	keep_open sem.port1_mutex
	run_tool stat --abandoned --older-than 0s --kind pshm --json
	assert_equal "$output" '[]'
}

@test "abandoned: --unused lists abandoned objects as well" {
	require_inspection
	posix left-a
	run_tool stat --unused --json -o ref
	assert_equal "$(json '.[].ref')" /left-a
}

#
# Rules that are wrong
#

@test "abandoned: with a rule that is wrong nothing is removed, and the sentence names file and line" {
	posix left-a
	posix plain
	printf '[bad]\ndescription = bad\nmatch = pshm /x\nfate = maybe\n' >rules/wrong.conf
	for filter in --unused --abandoned --mine; do
		run_tool rm "$filter" --older-than 0s --json
		assert_failure 1
		assert_stderr_like "rules/wrong.conf:4: unknown fate"
		assert_unchanged
	done
}

@test "abandoned: with rules that others can write nothing is removed" {
	posix left-a
	chmod 666 rules/test.conf
	run_tool rm --unused --json
	assert_failure 1
	assert_unchanged
}

@test "abandoned: without a catalogue nothing is removed by a filter" {
	posix left-a
	export SHMTOOL_FAMILIES=$PWD/none
	run_tool rm --unused --json
	assert_failure 1
	assert_unchanged
	run_tool rm --unused --ignore-families --json
	assert_success
	assert_no_objects
}

@test "abandoned: stat shows its table although a rule is wrong, and fails" {
	require_inspection
	posix left-a
	printf '[bad]\nmatch = pshm /x\nfate = maybe\n' >rules/wrong.conf
	run_tool stat --json -o ref /left-a
	assert_success
	require_faketime
	run_apart faketime -f +11m "$SHMTOOL" stat --json -o ref,use /left-a
	assert_failure 1
	assert_equal "$(json '.[0].ref')" /left-a
	assert_stderr_like "rules/wrong.conf:"
}
