# Loaded first by every test file, with `load test_helper`.
#
# tests/run sets SHMTOOL, HELPERS, SRCDIR, BATS_LIB_PATH and, if the file has an IPC namespace and a
# /dev/shm of its own, SHMTOOL_PRIVATE_NS=1. Started by hand (`bats tests/create.bats`), a file
# finds the program and the helpers in make's directories, but runs in the machine's own namespaces:
# prefer `tests/run tests/create.bats`.
#
# shellcheck shell=bash

bats_require_minimum_version 1.5.0

SRCDIR=${SRCDIR:-$(cd "$BATS_TEST_DIRNAME/.." && pwd)}
SHMTOOL=${SHMTOOL:-$SRCDIR/shmtool}
HELPERS=${HELPERS:-$SRCDIR/build/helpers}
# load_libraries: bats-support and bats-assert. Each test is a process that loads this file: with
# thousands of tests, every program started here counts. So the libraries are searched once a file,
# and loaded without their load.bash, which starts a process for each of their files.
load_libraries() {
	local directory directories file
	[[ ${LIBRARIES_FOUND:-} ]] || BATS_LIB_PATH=$("$SRCDIR/scripts/bats-lib-path")
	export BATS_LIB_PATH LIBRARIES_FOUND=yes
	IFS=: read -ra directories <<<"$BATS_LIB_PATH"
	for directory in "${directories[@]}"; do
		for file in "$directory"/bats-{support,assert}/src/*.bash; do
			# shellcheck disable=SC1090 # not known before
			[[ ! -r $file ]] || source "$file"
		done
	done
}
load_libraries

#
# Before and after each test
#

# Files with their own setup or teardown call these two from it.
setup() {
	common_setup
}

teardown() {
	common_teardown
}

# Sets PREFIX_NAME, the prefix for the names of the test's POSIX objects (without a slash:
# /$PREFIX_NAME-a), and changes to the test's own directory, $BATS_TEST_TMPDIR, which as_user can
# also write.
common_setup() {
	PREFIX_NAME=${BATS_TEST_FILENAME##*/}
	PREFIX_NAME=${PREFIX_NAME%.bats}-$BATS_TEST_NUMBER
	export PREFIX_NAME
	[[ $EUID -ne 0 ]] || chmod 1777 "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return
	# bats notes the place of every command. That takes half of the time of the tests, so it is
	# done for the commands of the test itself, and not for those of the functions that it calls.
	set +T
	declare -ft "$BATS_TEST_NAME"
}

# Ends background jobs and removes the shared memory: all of it in a private namespace, else only
# the test's own (make_segment, PREFIX_NAME).
common_teardown() {
	end_background
	if [[ ${SHMTOOL_PRIVATE_NS:-} ]]; then
		remove_sysv shm:-m msg:-q sem:-s
		! has_files /dev/shm || find /dev/shm -mindepth 1 -delete
		! has_files /dev/mqueue || find /dev/mqueue -mindepth 1 -delete 2>/dev/null || true
	else
		remove_own
	fi
}

# remove_sysv KIND:OPTION...: removes the objects of these kinds, as in /proc/sysvipc, with that
# option of ipcrm; one by one: without root, ipcrm --all skips those of mode 0.
remove_sysv() {
	local kind line lines id options=()
	for kind; do
		mapfile -t -s 1 lines <"/proc/sysvipc/${kind%:*}"
		for line in "${lines[@]}"; do
			read -r _ id _ <<<"$line"
			options+=("${kind#*:}" "$id")
		done
	done
	[[ ${#options[@]} -eq 0 ]] || printf '%s\n' "${options[@]}" | xargs ipcrm
}

# has_files DIRECTORY: whether there is a file in it.
has_files() {
	compgen -G "$1/*" >/dev/null || compgen -G "$1/.[!.]*" >/dev/null || compgen -G "$1/..?*" >/dev/null
}

remove_own() {
	local id
	while read -r id; do
		ipcrm -m "$id" 2>/dev/null || true
	done < <(cat "$BATS_TEST_TMPDIR/.segments" 2>/dev/null)
	find /dev/shm -mindepth 1 -maxdepth 1 \
		\( -name "$PREFIX_NAME*" -o -name "sem.$PREFIX_NAME*" \) -delete
}

#
# Running programs
#

# The program under test.
shmtool() {
	"$SHMTOOL" "$@"
}

# bats' run with separate stderr: sets $status, $output, $lines, $stderr, $stderr_lines.
run_stderr_split() {
	run --separate-stderr "$@"
}

# as_user COMMAND...: runs a command as an unprivileged user (65534 if the tests run as root, else
# the current user).
as_user() {
	local command=("$@")
	[[ $1 != shmtool ]] || command[0]=$SHMTOOL
	if [[ $EUID -eq 0 ]]; then
		setpriv --reuid 65534 --regid 65534 --clear-groups -- "${command[@]}"
	else
		"${command[@]}"
	fi
}

# background COMMAND...: starts a program in the background; sets BACKGROUND_PID. It receives SIGINT
# and SIGQUIT as on a terminal (a background process would otherwise ignore them), and inherits none
# of bats' own descriptors. Processes still running at the end of the test are killed. stdout and
# stderr go to the files background.out and background.err.
background() {
	local command=("$@")
	[[ $1 != shmtool ]] || command[0]=$SHMTOOL
	# Do not mistake the output of the previous program for its own.
	: >"$BATS_TEST_TMPDIR/background.out"
	: >"$BATS_TEST_TMPDIR/background.err"
	env --default-signal=INT,QUIT "${command[@]}" \
		</dev/null >"$BATS_TEST_TMPDIR/background.out" 2>"$BATS_TEST_TMPDIR/background.err" 3>&- &
	BACKGROUND_PID=$!
}

# await: waits for the program of background to end; sets status, output, lines and stderr.
await() {
	status=0
	wait "$BACKGROUND_PID" || status=$?
	output=$(cat background.out)
	stderr=$(cat background.err)
	mapfile -t lines <background.out
	mapfile -t stderr_lines <background.err
}

# Kills every background process of the test, even those started with a plain &.
end_background() {
	local pid
	for pid in $(jobs -p); do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
}

# wait_until SECONDS COMMAND...: repeats the command until it succeeds; fails with a message if that
# takes longer than the given time.
wait_until() {
	local seconds=$1 deadline
	shift
	deadline=$((${EPOCHREALTIME//[!0-9]/} + seconds * 1000000))
	until "$@" >/dev/null 2>&1; do
		if ((${EPOCHREALTIME//[!0-9]/} > deadline)); then
			printf 'after %s seconds still not true: %s\n' "$seconds" "$*" >&2
			return 1
		fi
		sleep 0.02
	done
}

#
# Requirements of tests: without them, the test is skipped
#

require_root() {
	[[ $EUID -eq 0 ]] || skip 'needs root'
}

require_command() {
	command -v "$1" >/dev/null || skip "needs $1"
}

# For tests with sizes above 4 GiB, pointers, or the alignment of 64 bit: byte 4 of an ELF file is 1 if it is one of 32 bit.
require_64_bit() {
	[[ $(od -An -tu1 -j4 -N1 "$SHMTOOL") -ne 1 ]] || skip 'needs a 64-bit program'
}

# require_native FEATURE: for tests of a feature of the kernel that qemu-user, which may run the program
# (make check-arm64), does not have.
require_native() {
	! grep -qa '^exec qemu-' "$SHMTOOL" || skip "needs $1, which qemu-user does not have"
}

# By the text for EMFILE in a static program.
is_musl() {
	grep -qa 'ld-musl\|No file descriptors available' "$SHMTOOL"
}

# few_files: EMFILE in words.
few_files() {
	if is_musl; then echo 'No file descriptors available'; else echo 'Too many open files'; fi
}

# For tests that count system calls: musl makes others, such as fcntl(2) after each open(2).
require_glibc() {
	! is_musl || skip 'needs the system calls of glibc'
}

# For tests with a clock that is ahead: libfaketime is a library that the program loads.
require_faketime() {
	require_command faketime
	# Its releases since 0.9.10 shift the times of files as well.
	export NO_FAKE_STAT=1
	require_plain_build
	! is_static || skip 'needs a program with shared libraries'
}

# is_static: whether the program contains its libraries, and the families.
is_static() {
	[[ $("$SHMTOOL" --version) == *'(static)'* ]]
}

# For tests that list all objects, or remove by filter.
require_private_namespace() {
	[[ ${SHMTOOL_PRIVATE_NS:-} ]] || skip "needs an IPC namespace of its own${SHMTOOL_NO_NAMESPACES:+ ($SHMTOOL_NO_NAMESPACES)}"
}

# For proofs by an ordinary user, to whom processes of another user namespace, even his own, are hidden.
require_inspection() {
	local blindness
	((EUID != 0)) || return 0
	: >/dev/shm/shmtool-inspection
	blindness=$("$SHMTOOL" users /shmtool-inspection 2>&1 || true)
	rm /dev/shm/shmtool-inspection
	[[ $blindness != *'could not be inspected'* ]] || skip 'needs processes that can all be inspected'
}

# For tests of POSIX message queues: requires their file system, mounted by tests/run.
require_mqueue() {
	[[ $(stat -f -c %t /dev/mqueue 2>/dev/null) == 19800202 ]] ||
		skip "needs a /dev/mqueue of its own${SHMTOOL_NO_MQUEUE:+ ($SHMTOOL_NO_MQUEUE)}"
}

# require_source NAME KIND: for tests of the events that a source reports with their processes.
require_source() {
	require_root
	shmtool watch --kind "$2" --for 0s 2>&1 | grep -q "watching by .*$1" || skip "needs $1"
}

# For tests that fail with a sanitizer: those with strace, or with a limit on memory.
require_plain_build() {
	[[ ! ${SHMTOOL_SANITIZED:-} ]] || skip 'needs a program without sanitizers'
}

#
# System V segments, without the program under test
#

# make_segment SIZE [MODE]: creates a segment with ipcmk (whose default mode is 0644); prints its
# id.
make_segment() {
	local id
	id=$(ipcmk --shmem "$1" --mode "${2:-0644}") || return
	id=${id##* }
	printf '%s\n' "$id" | tee -a "$BATS_TEST_TMPDIR/.segments"
}

# proc_shm ID FIELD: a field of a segment in /proc/sysvipc/shm, named as in the first line there:
# key, shmid, perms, size, cpid, lpid, nattch, uid, ... Fails if there is no such segment.
proc_shm() {
	proc_sysvipc shm "$@"
}

# proc_msg ID FIELD: the same for a message queue: key, msqid, perms, cbytes, qnum, lspid, ...
proc_msg() {
	proc_sysvipc msg "$@"
}

# proc_sem ID FIELD: the same for a semaphore set: key, semid, perms, nsems, uid, ...
proc_sem() {
	proc_sysvipc sem "$@"
}

# In each of the three files the second field is the id.
proc_sysvipc() {
	awk -v id="$2" -v field="$3" '
		NR == 1 {
			for (i = 1; i <= NF; i++)
				column[$i] = i
			if (!(field in column)) {
				print FILENAME ": no field " field >"/dev/stderr"
				exit
			}
		}
		NR > 1 && $2 == id {
			print $column[field]
			found = 1
			exit
		}
		END { exit !found }' "/proc/sysvipc/$1"
}
