#!/usr/bin/env bats
# Capabilities that a command keeps, rights that it refuses, and leases of a root that lacks CAP_LEASE.

load test_helper
load truth
load removal

setup() {
	common_setup
	require_private_namespace
	require_root
	require_plain_build
}

# names MASK...: the names of the capabilities in hexadecimal masks, in the order of their numbers.
names() {
	local words=(chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap
		linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner
		sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice
		sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap
		mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf
		checkpoint_restore)
	local number found=()

	for number in "${!words[@]}"; do
		((0x$1 >> number & 1)) && found+=("${words[number]}")
	done
	echo "${found[*]}"
}

# stop_printing COMMAND...: runs a command until it waits for the reader of its standard output, which
# is a pipe that is full; sets stopped to its pid.
stop_printing() {
	[ -p full ] || mkfifo full
	exec 8<>full
	# Nonblocking writes stop when no more byte fits.
	dd if=/dev/zero of=full bs=4096 oflag=nonblock status=none 2>/dev/null || true
	dd if=/dev/zero of=full bs=1 oflag=nonblock status=none 2>/dev/null || true
	"$@" >&8 2>stopped.err 3>&- &
	stopped=$!
	# The number of write(2) differs between machines; its first argument is standard output.
	wait_until 20 eval 'grep -qE "^[0-9]+ 0x1 " /proc/$stopped/syscall'
}

# assert_keeps NAMES: permitted and effective capabilities of the stopped process.
assert_keeps() {
	local field

	for field in CapPrm CapEff; do
		assert_equal "$(names "$(awk -v field="$field:" '$1 == field { print $2 }' \
			"/proc/$stopped/status")")" "$1"
	done
	kill -KILL "$stopped"
	wait "$stopped" 2>/dev/null || true
}

assert_gains_nothing() {
	assert_equal "$(awk '$1 == "NoNewPrivs:" { print $2 }' "/proc/$stopped/status")" 1
}

@test "privileges: users keeps the capabilities to inspect processes" {
	posix shmtool-a
	stop_printing "$SHMTOOL" users /shmtool-a
	assert_gains_nothing
	assert_keeps 'dac_read_search fowner ipc_owner sys_ptrace'
}

@test "privileges: users --unnamed also follows mappings, and enters mount namespaces without a process" {
	stop_printing "$SHMTOOL" users --unnamed
	assert_keeps 'dac_read_search fowner ipc_owner sys_chroot sys_ptrace sys_admin checkpoint_restore'
}

@test "privileges: stat and limits keep the capabilities to inspect processes" {
	stop_printing "$SHMTOOL" stat
	assert_gains_nothing
	assert_keeps 'dac_read_search fowner ipc_owner sys_ptrace'
	stop_printing "$SHMTOOL" limits
	assert_gains_nothing
	assert_keeps 'dac_read_search fowner ipc_owner sys_ptrace'
}

@test "privileges: rm also keeps those for leases and for removing objects of other users" {
	posix shmtool-a
	stop_printing "$SHMTOOL" rm --dry-run --mine
	assert_gains_nothing
	assert_keeps 'dac_override dac_read_search fowner ipc_owner sys_ptrace sys_admin lease'
}

@test "privileges: with --ns the namespaces can be entered, and names made as their owner" {
	unshare --ipc --mount sleep 300 3>&- &
	container=$!
	wait_until 10 eval '[ "$(readlink /proc/$container/ns/ipc)" != "$(readlink /proc/self/ns/ipc)" ]'
	stop_printing "$SHMTOOL" users --ns "$container" --unnamed
	assert_keeps 'dac_read_search fowner ipc_owner sys_chroot sys_ptrace sys_admin checkpoint_restore'
	stop_printing "$SHMTOOL" rm --ns "$container" --dry-run --mine
	assert_keeps 'dac_override dac_read_search fowner setgid setuid ipc_owner sys_ptrace sys_admin lease'
}

@test "privileges: a user namespace that is entered gives none back" {
	as_user unshare --user --map-root-user true || skip 'needs user namespaces'
	setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user --map-root-user --ipc --mount \
		sleep 300 3>&- &
	container=$!
	wait_until 10 eval 'grep -q 65534 /proc/$container/uid_map'
	wait_until 10 eval '[ "$(cat /proc/$container/comm)" = sleep ]'
	stop_printing setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$SHMTOOL" rm --ns "$container" --dry-run --mine
	[ "$(readlink "/proc/$stopped/ns/user")" != "$(readlink /proc/self/ns/user)" ]
	# Without any right to give up at the start, none is kept.
	assert_keeps 'dac_override dac_read_search fowner setgid setuid ipc_owner sys_ptrace sys_admin'
}

@test "privileges: without CAP_SYS_PTRACE all others stay, since the kernel compares them" {
	"$HELPERS/make_object" /shmtool-a 4096 600
	keep_open shmtool-a
	stop_printing setpriv --bounding-set -sys_ptrace --inh-caps -sys_ptrace \
		"$SHMTOOL" users /shmtool-a
	run names "$(awk '$1 == "CapEff:" { print $2 }' "/proc/$stopped/status")"
	assert_output --partial chown
	refute_output --partial sys_ptrace
	# A process with no more than that is seen.
	end_background
	: >held
	setpriv --bounding-set -sys_ptrace --inh-caps -sys_ptrace "$HELPERS/hold_files" \
		/dev/shm/shmtool-a >held 3>&- &
	holder=$!
	wait_until 10 grep -q holding held
	run setpriv --bounding-set -sys_ptrace --inh-caps -sys_ptrace \
		"$SHMTOOL" users /shmtool-a --no-headings -o pid
	assert_line "$holder"
}

@test "privileges: a command that runs a program lets it gain rights, others do not" {
	run "$SHMTOOL" guard -- grep NoNewPrivs /proc/self/status
	assert_output --regexp 'NoNewPrivs:.0'
	run "$SHMTOOL" map-file "$SHMTOOL" -- grep NoNewPrivs /proc/self/status
	assert_output --regexp 'NoNewPrivs:.0'
	stop_printing "$SHMTOOL" ipcs
	assert_gains_nothing
	kill -KILL "$stopped"
	wait "$stopped" 2>/dev/null || true
}

#
# Lent rights
#

# lent CHANGE...: a copy of the program in a place where users reach it, changed.
lent() {
	[[ ,$(findmnt --noheadings --output OPTIONS --target .), != *,nosuid,* ]] ||
		skip 'needs a temporary directory that is not mounted nosuid: set TMPDIR'
	chmod 711 . "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR" || true
	cp "$SHMTOOL" lent
	chmod 755 lent
	"$@" lent
}

assert_refuses() {
	run --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups ./lent "$@"
	assert_failure 1
	assert_output ''
	assert_regex "$stderr" '^shmtool: refusing to run set-user-ID, set-group-ID or with file capabilities'
}

@test "privileges: set-user-ID ends the program with a sentence" {
	lent chmod u+s
	assert_refuses
	assert_refuses --version
	assert_refuses rm --unused
	ln -s lent ipcs
	run -1 setpriv --reuid 65534 --regid 65534 --clear-groups ./ipcs
}

@test "privileges: so does set-group-ID" {
	lent chmod g+s
	assert_refuses stat
}

@test "privileges: so do file capabilities" {
	add_capability() {
		"$HELPERS/file_capability" "$1" 28
	}
	lent add_capability
	assert_refuses stat
}

@test "privileges: capabilities of the user are not capabilities of the file" {
	run setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps +lease --ambient-caps +lease \
		"$SHMTOOL" stat
	assert_success
	# Root runs a set-user-ID file as itself.
	lent chmod u+s
	run ./lent stat
	assert_success
}

#
# Leases as the owner
#

@test "rm: root without CAP_LEASE takes leases as the owner, with CAP_SETUID" {
	posix shmtool-free
	posix shmtool-used
	user_owns shmtool-free shmtool-used
	keep_open shmtool-used
	run_apart setpriv --bounding-set -lease --inh-caps -lease "$SHMTOOL" rm --unused --json
	assert_success
	assert_result /shmtool-free removed
	assert_equal "$(object_names)" shmtool-used
}

@test "rm: so does root of a user namespace in which the owner has a number" {
	# 0 and 65534 are the same inside and outside.
	begin_mapped() {
		unshare --user --ipc sleep 300 3>&- &
		mapped=$!
		wait_until 10 eval '[ "$(readlink /proc/$mapped/ns/user)" != "$(readlink /proc/self/ns/user)" ]'
		echo '0 0 65536' >"/proc/$mapped/uid_map"
		echo '0 0 65536' >"/proc/$mapped/gid_map"
	}
	unshare --user true || skip 'needs user namespaces'
	begin_mapped
	posix shmtool-free
	posix shmtool-used
	user_owns shmtool-free shmtool-used
	keep_open shmtool-used
	run_apart nsenter --user --target "$mapped" --setuid 0 --setgid 0 \
		"$SHMTOOL" rm --kind pshm --json
	assert_result /shmtool-free removed
	assert_regex "$(result /shmtool-used)" '^kept: (in use|lease refused)'
	assert_equal "$(object_names)" shmtool-used
}

@test "rm: root without either gets the name of the missing capability" {
	posix shmtool-free
	user_owns shmtool-free
	run_apart setpriv --bounding-set -lease,-setuid --inh-caps -lease,-setuid \
		"$SHMTOOL" rm --kind pshm --json
	assert_success
	assert_regex "$(result /shmtool-free)" '^kept: owned by .*CAP_LEASE or CAP_SETUID'
}
