# shellcheck shell=bash
# The truth for the tests: the kernel's own data (/proc/sysvipc, the files in
# /dev/shm and /dev/mqueue, /proc/sys), never the tool's output. Loaded after test_helper by every test file.

# Required by most files; those with other requirements state them after the load.
setup() {
	common_setup
	require_private_namespace
}

teardown() {
	umount_shm
	restore_limits
	remove_segments
	common_teardown
}

# The user running the tests: root, or an unprivileged user in a user namespace.
if [[ ${asked_for:-} != "$EUID" ]]; then # once a file
	me=$(id -un)
	my_group=$(id -gn)
	export me my_group asked_for=$EUID
fi

# kernel_state: everything that a read-only or failing command must leave unchanged.
kernel_state() {
	# Without rss and swap, which the kernel may change.
	awk 'NR > 1 { NF = 14; print }' /proc/sysvipc/shm
	cat /proc/sysvipc/msg /proc/sysvipc/sem
	find /dev/mqueue -mindepth 1 -printf '%P %m %U:%G %i %T@ %A@ %C@\n' 2>/dev/null | LC_ALL=C sort
	find /dev/shm -mindepth 1 -maxdepth 1 -printf '%P %y %s %b %m %U:%G %i %T@ %A@ %C@\n' | LC_ALL=C sort
}

# run_tool ARGUMENT...: runs the tool; sets status, output (stdout), stderr and state_before.
run_tool() {
	state_before=$(kernel_state)
	run --separate-stderr "$SHMTOOL" "$@"
}

# run_tool_as_user ARGUMENT...: the same as an unprivileged user.
run_tool_as_user() {
	state_before=$(kernel_state)
	run --separate-stderr as_user "$SHMTOOL" "$@"
}

# run_apart COMMAND...: runs any command line; for pipes and redirections use bash -c.
run_apart() {
	state_before=$(kernel_state)
	run --separate-stderr "$@"
}

assert_unchanged() {
	assert_equal "$(kernel_state)" "$state_before"
}

# assert_stderr_like REGEX...: standard error matches each, in any case of letters.
assert_stderr_like() {
	local regex

	for regex; do
		# shellcheck disable=SC2154 # stderr is set by run --separate-stderr
		if ! grep -qiE -e "$regex" <<<"$stderr"; then
			batslib_print_kv_single_or_multi 8 regex "$regex" stderr "$stderr" |
				batslib_decorate 'standard error does not match' | fail
			return 1
		fi
	done
}

# refute_stderr_like REGEX...: standard error matches none, in any case of letters.
refute_stderr_like() {
	local regex

	for regex; do
		if grep -qiE -e "$regex" <<<"$stderr"; then
			batslib_print_kv_single_or_multi 8 regex "$regex" stderr "$stderr" |
				batslib_decorate 'standard error matches' | fail
			return 1
		fi
	done
}

assert_stderr_empty() {
	assert_equal "$stderr" ''
}

# require_strace: for tests that make a system call fail.
require_strace() {
	require_command strace
	require_plain_build
}

# assert_fails COMMAND REGEX...: status 1, nothing on stdout, and one sentence on stderr that starts
# with "shmtool: COMMAND: " and matches each REGEX.
assert_fails() {
	local command=$1
	shift

	assert_failure 1
	assert_output ''
	# shellcheck disable=SC2154 # stderr_lines is set by run --separate-stderr
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "$stderr" "^shmtool: $command: "
	assert_stderr_like "$@"
}

# assert_usage_error COMMAND REGEX...: status 2, nothing on stdout, no effect, a sentence on stderr
# that matches each REGEX, and the hint to use --help.
assert_usage_error() {
	local command=$1
	shift

	assert_failure 2
	assert_output ''
	assert_regex "${stderr_lines[0]}" "^shmtool: $command: "
	assert_stderr_like "$@"
	assert_unchanged
	assert_equal "${stderr_lines[-1]}" "shmtool: $command: try 'shmtool $command --help'"
}

# segment_ids: the ids of all System V segments, in order, one per line.
segment_ids() {
	awk 'NR > 1 { print $2 }' /proc/sysvipc/shm | sort -n
}

# object_names: the names of all files in /dev/shm, one per line.
object_names() {
	find /dev/shm -mindepth 1 -printf '%P\n' | LC_ALL=C sort
}

assert_no_segments() {
	assert_equal "$(segment_ids)" ''
}

assert_no_objects() {
	assert_equal "$(object_names)" ''
}

assert_segment_exists() {
	segment_ids | grep -qx -e "$1" || fail "segment $1 is gone"
}

refute_segment_exists() {
	if segment_ids | grep -qx -e "$1"; then
		fail "segment $1 is still there"
	fi
}

assert_object_exists() {
	[ -e "/dev/shm/$1" ] || fail "/dev/shm/$1 is gone"
}

refute_object_exists() {
	[ ! -e "/dev/shm/$1" ] || fail "/dev/shm/$1 is still there"
}

# proc_key ID: the key of a segment as printed in tables (/proc shows a signed number).
proc_key() {
	printf '0x%08x\n' $(($(proc_shm "$1" key) & 0xffffffff))
}

# proc_mode ID: the permission bits of a segment, without the flags above them.
proc_mode() {
	printf '%o\n' $((8#$(proc_shm "$1" perms) & 0777))
}

# object_stat NAME FORMAT: runs stat(1) on /dev/shm/NAME.
object_stat() {
	stat -c "$2" -- "/dev/shm/$1"
}

# json FILTER: runs jq on the last output.
json() {
	jq -r "$@" <<<"$output"
}

# column REF COLUMN: one value from the tool, as text, through JSON.
column() {
	"$SHMTOOL" stat --json -o "$2" "$1" | jq -r --arg column "$2" '.[0][$column]'
}

# assert_column REF COLUMN VALUE: the column in JSON, as text; "null" for an unknown value.
assert_column() {
	assert_equal "$2=$(column "$1" "$2")" "$2=$3"
}

# unix_column REF COLUMN: a time, in seconds since 1970.
unix_column() {
	"$SHMTOOL" stat --time-format unix --raw --no-headings -o "$2" "$1"
}

# detail PROPERTY: the value of a "property  value" line in the last output.
detail() {
	# shellcheck disable=SC2154 # output is set by run
	awk -v property="$1" '$1 == property { sub(/^[ ]*[^ ]+[ ]+/, ""); print }' <<<"$output"
}

# new_segment SIZE [MODE]: creates a private segment (key 0; mode 600 by default); prints its id.
new_segment() {
	"$HELPERS/make_keyed" 0 "$1" "${2:-600}"
}

# remove_segments: removes all segments of this IPC namespace, including those of mode 0, which
# ipcrm --all does not see without root.
remove_segments() {
	[[ ! ${SHMTOOL_PRIVATE_NS:-} ]] || remove_sysv shm:-m
}

# hold ID [ro|rw] [COUNT]: starts a process that attaches a segment until the test ends or releases
# it.
hold() {
	local said
	said=$(mktemp "$BATS_TEST_TMPDIR/hold.XXXXXX")

	"$HELPERS/hold_segment" "$@" >"$said" 3>&- &
	holder=$!
	BACKGROUND_PIDS+=("$holder")
	wait_until 10 test -s "$said" || fail "hold_segment $* did not attach"
}

# release [PID]: ends the last (or that) holder and waits for its end.
release() {
	kill "${1:-$holder}"
	wait "${1:-$holder}" || true
}

# set_limit NAME VALUE: sets /proc/sys/kernel/NAME of this IPC namespace, or /proc/sys/NAME if NAME
# contains a slash; restore_limits in the test file's teardown restores it.
set_limit() {
	local name=$1

	require_root
	[[ $name == */* ]] || name=kernel/$name
	limits_changed+=("$name=$(cat "/proc/sys/$name")")
	echo "$2" >"/proc/sys/$name"
}

limits_changed=()

restore_limits() {
	local change

	for change in "${limits_changed[@]}"; do
		echo "${change#*=}" >"/proc/sys/${change%%=*}"
	done
	limits_changed=()
}

# mount_shm OPTIONS: mounts a fresh /dev/shm of another size, only for this test; umount_shm in the
# test file's teardown removes it.
mount_shm() {
	require_root
	mount -t tmpfs -o "mode=1777,$1" tmpfs /dev/shm
	shm_mounted=yes
}

umount_shm() {
	if [ "${shm_mounted:-}" = yes ]; then
		umount /dev/shm
		shm_mounted=no
	fi
}

# is_asleep PID: whether a process waits in the kernel.
is_asleep() {
	grep -q '^State:[[:space:]]*S' "/proc/$1/status"
}

# in_background COMMAND...: background (see test_helper), then waits until the command has reported
# that it waits, and does so.
in_background() {
	background "$@"
	wait_until 10 grep -q waiting background.out
	# shellcheck disable=SC2153 # background sets it
	wait_until 10 is_asleep "$BACKGROUND_PID"
}

# seconds_since TIME: the age of a time (seconds since 1970) by the clock of time(2), which may lag
# behind that of date(1).
seconds_since() {
	echo $(($(printf '%(%s)T' -1) - $1))
}

older_than() {
	[ "$(seconds_since "$1")" -gt "$2" ]
}

# run_stopping CALL:COUNT ARGUMENT...: starts the tool in the background and stops it right after
# its COUNTth system call of that name, so that the test can act at that moment; run_on resumes it.
# Its standard input is the file input, if that exists.
run_stopping() {
	local call=${1%:*} count=${1#*:}
	shift

	state_before=$(kernel_state)
	[ -e input ] || : >input
	strace -qq -o trace -e "trace=$call" -e "inject=$call:signal=STOP:when=$count" \
		"$SHMTOOL" "$@" <input >stopped.out 2>stopped.err 3>&- &
	stopped=$!
	wait_until 20 grep -q 'stopped by SIGSTOP' trace
}

# run_on: resumes the stopped tool and waits for its end; sets status, output and stderr, as
# run_tool does.
run_on() {
	pkill -CONT -P "$stopped" # the program run by strace
	status=0
	wait "$stopped" || status=$?
	output=$(cat stopped.out)
	stderr=$(cat stopped.err)
	mapfile -t stderr_lines <stopped.err
}

# Swapped-out pages stay in the swap cache for a while, and count as memory. To empty that cache,
# the test allocates its memory in a cgroup of its own (version 1), which can be emptied.

# begin_memory_group: to be called before the memory is allocated.
begin_memory_group() {
	memory_group_before=/sys/fs/cgroup/memory$(awk -F: '$2 == "memory" { print $3 }' /proc/self/cgroup)
	memory_group=$memory_group_before/shmtool-test-$BASHPID
	if mkdir "$memory_group" 2>/dev/null; then
		echo "$BASHPID" >"$memory_group/cgroup.procs"
	else
		memory_group=
	fi
}

# leave_swap_cache: one attempt to drop the swap cache. Without such a cgroup, Linux 6.17 and later
# can be asked to reclaim memory.
leave_swap_cache() {
	if [ "${memory_group:-}" ]; then
		echo 0 >"$memory_group/memory.force_empty"
	else
		echo '256K swappiness=max' >/sys/devices/system/node/node0/reclaim
	fi 2>/dev/null || true
}

# end_memory_group: for the test file's teardown.
end_memory_group() {
	if [ "${memory_group:-}" ]; then
		echo "$BASHPID" >"$memory_group_before/cgroup.procs"
		wait_until 10 rmdir "$memory_group" || true
		memory_group=
	fi
}

# as root|user COMMAND...: runs a command as the user of the tests, or as an unprivileged user.
as() {
	if [ "$1" = user ]; then
		as_user "${@:2}"
	else
		"${@:2}"
	fi
}

# start_peer KIND WHAT: starts a program that shares the memory without shmtool; sets peer_ref.
start_peer() {
	rm -f peer.out
	mkfifo peer.in
	"$HELPERS/peer" "$@" <peer.in >peer.out 3>&- &
	exec 7>peer.in
	wait_until 20 test -s peer.out
	peer_ref=$(head -n 1 peer.out)
}

# ask_peer LINE: sends a line to it, and sets answer to its reply.
ask_peer() {
	local answers
	answers=$(wc -l <peer.out)
	printf '%s\n' "$1" >&7
	wait_until 20 eval '[ "$(wc -l <peer.out)" -gt '"$answers"' ]'
	answer=$(tail -n 1 peer.out)
}

# run_below_minimum ARGUMENT...: runs the tool as a user who may not map the address 0x1000.
run_below_minimum() {
	local minimum=() file=/proc/sys/vm/mmap_min_addr

	[ "$(cat "$file")" -gt 4096 ] || minimum=("$HELPERS/with_sysctl" "$file" 65536 --)
	[ "$EUID" -ne 0 ] || minimum+=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
	run_apart "${minimum[@]}" "$SHMTOOL" "$@"
	[ "$status" -ne 77 ] || skip 'needs to set vm.mmap_min_addr'
}
