# shellcheck shell=bash
# Programs of a user of their own, and the objects that they leave behind. Loaded after test_helper.

# Root can inspect every process, unless one has capabilities that root lacks here. Such a first process
# is hidden behind one of the tests.
setup_file() {
	[[ ${SHMTOOL_PRIVATE_NS:-} && $EUID -eq 0 ]] || return 0
	readlink /proc/1/exe >/dev/null || mount --bind "/proc/$$" /proc/1
}

# The programs of a test run as $owner, a user that nothing else on the machine has, so that no other
# process can pass for one of them. rm runs as root, in the first PID namespace: in another, it takes
# into account that a maker may live outside.
setup() {
	common_setup
	require_root
	require_private_namespace
	[[ $(readlink /proc/self/ns/pid) == 'pid:[4026531836]' ]] || skip 'needs the first PID namespace'
	owner=$((1999000000 + BASHPID))
	{
		cat /etc/passwd
		echo "family:x:$owner:$owner::$PWD:/bin/sh"
	} >passwd
	mount --bind passwd /etc/passwd
	export HOME=$PWD
	as=
}

teardown() {
	if [ "${owner:-}" ]; then
		pkill -KILL -u "$owner" || true
		umount /etc/passwd
		[ ! "$as" ] || umount /proc
	fi
	[ ! "${elsewhere:-}" ] || rm -rf -- "$elsewhere"
	common_teardown
}

# as_owner COMMAND...: runs a command as $owner.
as_owner() {
	setpriv --reuid "$owner" --regid "$owner" --clear-groups -- "$@"
}

# start NAME COMMAND...: starts a command as $owner in the background. Its output goes to the file NAME;
# its input is descriptor $input, if set.
start() {
	start_as "$owner" "$@"
}

# start_as USER NAME COMMAND...: the same, as another user.
start_as() {
	local user=$1 name=$2
	shift 2
	: >"$name"
	setpriv --reuid "$user" --regid "$user" --clear-groups -- \
		"$@" <&"${input:-0}" >"$name" 2>&1 3>&- &
}

# says NAME PATTERN [COUNT]: waits until at least COUNT lines (1) of that output match.
says() {
	wait_until 20 has_lines "$1" "$2" "${3:-1}" || {
		cat "$1"
		return 1
	}
}

has_lines() {
	(($(grep -c -e "$2" "$1") >= $3))
}

# processes PGREP_ARGUMENTS...: lists the process IDs of matching processes of $owner, without zombies.
processes() {
	local pid found=1
	for pid in $(pgrep -u "$owner" "$@"); do
		grep -qs '^State:.[^ZX]' "/proc/$pid/status" && echo "$pid" && found=0
	done
	return $found
}

# destroy PGREP_ARGUMENTS...: kills the matching processes of $owner with SIGKILL, all at once, and
# waits until they are gone.
destroy() {
	local pids
	pids=$(processes "$@") || fail "no process: $*"
	# shellcheck disable=SC2086 # numbers
	destroy_all $pids
}

# destroy_all PID...: the same for these processes.
destroy_all() {
	kill -KILL "$@"
	wait_until 10 all_are_gone "$@"
}

all_are_gone() {
	local pid
	for pid; do
		! grep -qs '^State:.[^ZX]' "/proc/$pid/status" || return
	done
}

# clean [FILTER...]: removes abandoned objects of any age. The command goes through "$as", if set.
# shellcheck disable=SC2120 # the tests pass arguments
clean() {
	$as "$SHMTOOL" rm --kind all --abandoned --older-than 0s --idle-for 0s "$@" >cleaned 2>&1 || {
		cat cleaned
		fail 'rm failed'
	}
}

# objects: lists all objects as the kernel shows them, sorted: "NAME", "DIRECTORY/", "shm 0xKEY",
# "sem 0xKEY", "msg 0xKEY".
objects() {
	local kind
	{
		find /dev/shm -mindepth 1 -maxdepth 1 \( -type f -printf '%f\n' -o -type d -printf '%f/\n' \)
		for kind in shm sem msg; do
			awk -v kind="$kind" 'NR > 1 { printf "%s 0x%08x\n", kind, $1 }' "/proc/sysvipc/$kind"
		done
	} | sort
}

# used: lists the files in /dev/shm that processes of $owner map or have open.
used() {
	local pid
	for pid in $(processes); do
		cat "/proc/$pid/maps"
		ls -l "/proc/$pid/fd"
	done 2>/dev/null | sed -n 's|.* /dev/shm/||p' | sort -u
}

# assert_kept: no object was added or removed since `before=$(objects)`.
assert_kept() {
	run objects
	assert_output "$before" || {
		cat cleaned
		return 1
	}
}

# assert_left [OBJECT...]: exactly these objects are left.
assert_left() {
	run objects
	assert_output "$(printf '%s\n' "$@" | sort)" || {
		cat cleaned
		return 1
	}
}

# assert_used_kept: after `wanted=$(used)`, all these files are still there, and there are some.
assert_used_kept() {
	[ "$wanted" ] || fail 'no file is used'
	# Processes that are still starting may use others by now.
	run comm -23 <(printf '%s\n' "$wanted") <(used)
	assert_output '' || {
		cat cleaned
		return 1
	}
}

# cleaned_keeps: there are objects, and cleaning up removes none of them, neither as abandoned nor as
# unused.
cleaned_keeps() {
	before=$(objects)
	[ "$before" ] || fail 'there are no objects'
	# shellcheck disable=SC2119
	clean
	assert_kept
	"$SHMTOOL" rm --kind shm,pshm,psem --unused --older-than 0s >cleaned 2>&1
	assert_kept
}

# conversation: opens a pipe to the command that is started next, as descriptor $input.
conversation() {
	rm -f to
	mkfifo to
	exec {input}<>to
}

# tell LINE: writes a line to that pipe.
tell() {
	printf '%s\n' "$1" >&"$input"
}
