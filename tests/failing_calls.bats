#!/usr/bin/env bats
# System calls that fail where they hardly ever do, for want of memory or descriptors, say: nothing
# is taken for unused then, nothing is skipped silently, and nothing is left behind.

load test_helper
load truth
load guard

setup() {
	common_setup
	require_private_namespace
	require_strace
}

# failing INJECTION [-P PATH]... -- COMMAND ARGUMENT...: runs the tool with a call that fails, of
# those for the PATHs; INJECTION is as strace has it, CALL:error=ERROR.
failing() {
	local inject=$1 paths=()
	shift
	while [ "$1" != -- ]; do
		paths+=("$1")
		shift
	done
	shift

	run_apart strace -f -qq -o trace "${paths[@]}" -e "trace=${inject%%:*}" -e "inject=$inject" \
		"$SHMTOOL" "$@"
	grep -q INJECTED trace || fail "$inject: no such call"
}

# use_object: an object, and a process that has it open; sets user to its number.
use_object() {
	"$HELPERS/make_object" /shmtool-used 4096
	"$HELPERS/hold_mapping" /dev/shm/shmtool-used open >held 3>&- &
	user=$!
	BACKGROUND_PIDS+=("$user")
	wait_until 10 test -s held
}

# begin_container: a process with an IPC namespace and a /dev/shm of its own; sets container.
begin_container() {
	require_root
	mkfifo ready
	unshare --ipc --mount bash -c '
		mount -t tmpfs -o size=1m none /dev/shm && echo inner >/dev/shm/inner
		echo $$ >ready
		exec sleep 300' 3>&- &
	BACKGROUND_PIDS+=("$!")
	read -r container <ready
}

@test "stat -o use: processes that can't be listed are an error" {
	use_object
	for error in EIO ENOMEM; do
		failing "getdents64:error=$error" -P /proc -- stat -o ref,use --raw --no-headings
		assert_failure 1
		assert_output '/shmtool-used -'
		assert_stderr_like '^shmtool: stat: /proc can.t be read: '
	done
}

@test "users: processes that can't be listed are an error, and no object is called unused" {
	use_object
	for refs in '' /shmtool-used; do
		# shellcheck disable=SC2086 # none, or one
		failing getdents64:error=EIO -P /proc -- users $refs
		assert_failure 1
		assert_equal "$stderr" 'shmtool: users: /proc can'"'"'t be read: Input/output error'
	done
}

@test "stat REF: processes that can't be listed are an error" {
	use_object
	failing getdents64:error=EIO -P /proc -- stat -o use --raw --no-headings /shmtool-used
	assert_failure 1
	assert_regex "$output" '-$'
	assert_stderr_like '^shmtool: stat: /proc can.t be read: '
}

@test "stat -o use: a process that can't be inspected without descriptors is not a proof" {
	use_object
	failing openat:error=EMFILE -P "$user/maps" -P "/proc/$user/stat" -- stat -o use --raw --no-headings
	assert_failure 1
	assert_equal "$output" -
	assert_stderr_like '^shmtool: stat: not all processes could be inspected: Too many open files$'
}

@test "stat -o use: a descriptor that can't be inspected without memory is not a proof" {
	use_object
	failing statx:error=ENOMEM -P "/proc/$user/fd" -- stat -o use --raw --no-headings
	assert_failure 1
	assert_equal "$output" -
	assert_stderr_like '^shmtool: stat: not all processes could be inspected: Cannot allocate memory$'
}

@test "stat -o use: a process with unknown owner does not prove that there is no user" {
	use_object
	failing newfstatat:error=ENOMEM -P "$user" -- stat -o use --raw --no-headings
	assert_failure 1
	assert_equal "$output" -
	assert_stderr_like '^shmtool: stat: not all processes could be inspected: Cannot allocate memory$'
}

@test "stat --used-by: segments, also where no memfd can be had" {
	hold "$(new_segment 4096)"
	for error in EMFILE EPERM; do
		failing "memfd_create:error=$error" -- stat --used-by "$holder" --raw --no-headings -o bytes,nattch
		assert_success
		assert_output '4096 1'
	done
}

@test "stat --used-by: a mapping whose name can't be read without memory is not skipped" {
	hold "$(new_segment 4096)"
	strace -f -qq -o calls -e trace=ioctl "$SHMTOOL" stat --used-by "$holder" | cat >/dev/null
	# The first that fails makes it go over to the text.
	count=$(grep -c ioctl calls)
	for ((n = 1; n <= count; n++)); do
		failing "ioctl:error=ENOMEM:when=$n" -- stat --used-by "$holder" --raw --no-headings -o bytes
		[ "$status" -ne 0 ] || assert_output 4096
	done
}

@test "stat, rm --ns: a /dev/shm that can't be inspected is not an empty one" {
	begin_container
	for error in EACCES EMFILE; do
		failing "openat2:error=$error" -- stat --ns "$container"
		assert_failure 1
		assert_output ''
		assert_stderr_like "^shmtool: stat: --ns $container: its /dev/shm can.t be opened: "
		failing "openat2:error=$error" -- rm --ns "$container" --unused
		assert_failure 1
		assert_output ''
	done
}

@test "stat --all-namespaces: a /dev/shm that can't be inspected is not an empty one" {
	begin_container
	failing openat2:error=EMFILE -- stat --all-namespaces -q
	assert_failure 1
	assert_stderr_like ' its /dev/shm can.t be opened: '
}

@test "stat --ns: a concurrent mount does no harm" {
	begin_container
	failing openat2:error=EAGAIN:when=1..9 -- stat --ns "$container" --raw --no-headings -o ref
	assert_success
	assert_output /inner
}

@test "rm --unused: a file that was moved aside and can't be removed is reported" {
	"$HELPERS/make_object" /shmtool-old 4096
	failing unlinkat:error=EACCES -- rm --unused
	assert_failure 1
	left=$(object_names)
	assert_regex "$left" '^\.shmtool-rm-'
	assert_output --partial "failed: it is now /dev/shm/$left and can't be removed: Permission denied"
	# And the next run removes it.
	run_tool rm --unused -q
	assert_success
	assert_no_objects
}

@test "guard: a failed wait is not the end of the program" {
	failing poll:error=ENOMEM -- guard -- "$HELPERS/leak" shm:4096
	assert_failure 3
	assert_stderr_like '1 object left behind'
}

@test "guard --kill: processes that can't be listed for a moment are ended all the same" {
	# Where the kernel lists no children, all of /proc is searched.
	# shellcheck disable=SC2054 # strace takes a list
	searching=(strace -f -qq -o trace -P /proc -P /proc/thread-self/children
		-e inject=access,faccessat,faccessat2:error=ENOENT)
	run_apart "${searching[@]}" -e inject=openat:error=EMFILE:when=1+ "$SHMTOOL" guard --kill -- true
	grep -q 'openat(.*INJECTED' trace
	assert_failure 1
	assert_stderr_like ': too many open files$'
	run_apart "${searching[@]}" -e inject=getdents64:error=ENOMEM:when=2 \
		"$SHMTOOL" guard --kill -- sh -c 'sleep 300 3>&- >/dev/null 2>&1 & echo $! >straggler'
	grep -q 'getdents64(.*INJECTED' trace
	assert_success
	assert_stderr_like '1 process was still running'
	[ ! -e "/proc/$(cat straggler)" ]
}

@test "create: without a descriptor after its output, the object has been printed, and stays" {
	strace -qq -o calls -e trace=openat "$SHMTOOL" create --posix shmtool-first --size 4096 >/dev/null
	failing "openat:error=EMFILE:when=$(grep -c openat calls)" -- create --posix shmtool-new --size 4096
	assert_success
	assert_output /shmtool-new
	assert_object_exists shmtool-new
	assert_stderr_empty
}

@test "rm --interactive: an answer that can't be read is an error, and nothing is removed" {
	"$HELPERS/make_object" /shmtool-asked 4096
	run_apart bash -c '"$SHMTOOL" rm --interactive /shmtool-asked <.'
	assert_failure 1
	assert_stderr_like 'standard input can.t be read: '
	run_apart bash -c '"$SHMTOOL" rm --interactive --unused --raw --no-headings -o ref,result <.'
	assert_failure 1
	assert_output --partial 'failed:\040standard\040input\040can'
	assert_object_exists shmtool-asked
}

@test "rm --unused: without memory for random numbers, nothing ends the program silently" {
	"$HELPERS/make_object" /shmtool-old 4096
	run_apart strace -f -qq -o calls -e trace=mmap "$SHMTOOL" rm --unused --dry-run
	# strace counts those of each thread. The first ones are those of the program loader.
	count=$(awk '/mmap/ && ++calls[$1] > most { most++ } END { print most }' calls)
	for ((n = count - 3; n <= count; n++)); do
		failing "mmap:error=ENOMEM:when=$n" -- rm --unused --dry-run
		[ "$status" -eq 0 ] || [ -n "$output$stderr" ]
	done
}

@test "stat: a concurrent rename or mount does no harm" {
	"$HELPERS/sem_make" /shmtool-sem 3
	failing openat2:error=EAGAIN:when=1..9 -- stat --kind psem --raw --no-headings -o value
	assert_success
	assert_output 3
}

@test "stat: a value that can't be read is an error" {
	"$HELPERS/sem_make" /shmtool-sem 3
	failing pread64:error=EIO -P /dev/shm/sem.shmtool-sem -- stat --kind psem --raw --no-headings -o value
	assert_failure 1
	assert_equal "$output" -
	assert_stderr_like '^shmtool: stat: .*: Input/output error$'
}

@test "stat: a file system that can't be inspected is not called missing" {
	require_mqueue
	failing statfs:error=ENOMEM -P /dev/mqueue -- stat --kind all
	refute_stderr_like 'not mounted'
	use_object
	failing statfs:error=ENOMEM -P /proc -- stat -o use --raw --no-headings
	refute_stderr_like 'not mounted'
	assert_output used
}

@test "probe-pages: an object whose file system is unknown is not touched" {
	truncate -s 64K /dev/shm/shmtool-sparse
	failing fstatfs:error=ENOMEM -P /dev/shm/shmtool-sparse -- probe-pages /shmtool-sparse
	assert_fails probe-pages /shmtool-sparse 'inspected'
	assert_equal "$(object_stat shmtool-sparse %b)" 0
}

@test "users --unnamed: a memfd that can't be inspected is not omitted silently" {
	"$HELPERS/hold_memfd" 65536 </dev/null >held 3>&- &
	BACKGROUND_PIDS+=("$!")
	wait_until 10 test -s held
	for error in ENOSYS EPERM; do
		run_apart "$HELPERS/without_syscall" statx "$error" "$SHMTOOL" users --unnamed
		assert_failure 1
	done
	failing readlinkat:error=ENOMEM -- users --unnamed
	assert_failure 1
}

@test "users, stat: descriptors that a seccomp filter hides are unknown, not unused" {
	use_object
	for error in ENOSYS EPERM; do
		run_apart "$HELPERS/without_syscall" statx "$error" "$SHMTOOL" stat -o use --raw --no-headings /shmtool-used
		refute_output --partial unused
		run_apart "$HELPERS/without_syscall" statx "$error" "$SHMTOOL" rm --unused
		assert_object_exists shmtool-used
	done
}

# run_failing CALL HOW COMMAND...: a command of shmtool, while strace(1) injects HOW into CALL.
run_failing() {
	run_apart timeout --kill-after=1 60 strace -qq -o trace -e "trace=$1" -e "inject=$1:$2" \
		"$SHMTOOL" "${@:3}"
}

@test "guard: calls that can't be waited for do not block the program" {
	# The first ones add the channel and the timer, the last the listener.
	for ((n = 1; n <= 5; n++)); do
		run_failing epoll_ctl "error=ENOMEM:when=$n" guard -- "$HELPERS/leak" shm:4096
		assert_failure 3
		assert_stderr_like '1 object left behind'
	done
}

@test "guard: a seccomp filter that refuses statx(2) does not make leaks unknown" {
	for error in ENOSYS EPERM; do
		run_apart "$HELPERS/without_syscall" statx "$error" "$SHMTOOL" guard -- true
		assert_success
		run_apart "$HELPERS/without_syscall" statx "$error" "$SHMTOOL" guard -- \
			"$HELPERS/leak" pshm:/shmtool-leak
		assert_failure 3
		assert_stderr_like 'pshm /shmtool-leak'
	done
}

@test "guard: ends if nothing can be read any more" {
	run_failing read 'error=EIO:when=2+' guard -- true
	assert_failure 126
	assert_stderr_like 'true: its exit status can.t be read: Input/output error'
	run_failing read 'error=EIO:when=2+' guard --kill -- sleep 300
	assert_failure 126
	assert_stderr_like 'sleep: its exit status can.t be read: Input/output error'
}

@test "guard: a listener that does not work does not block the program" {
	# The first one changes how a response wakes the caller.
	for when in 1+ 2+ 3+; do
		run_failing ioctl "error=ENOMEM:when=$when" guard -- "$HELPERS/leak" shm:4096
		assert_failure 3
		assert_stderr_like '1 object left behind'
	done
}

@test "guard: waitid(2) that is interrupted does not lose the program's exit status" {
	for ((n = 1; n <= 5; n++)); do
		run_failing waitid "error=EINTR:when=$n..$((n + 9))" guard -- sh -c 'exit 7'
		assert_failure 7
	done
}

@test "limits: what can't be read is an error, not omitted" {
	for path in /proc/sys/kernel/shm_rmid_forced /sys/kernel/mm/hugepages; do
		failing openat:error=EACCES -P "$path" -- limits --kind all
		assert_failure 1
		assert_stderr_like "^shmtool: limits: .* can't be read: Permission denied"
	done
	failing prlimit64:error=EPERM:when=2+ -- limits --kind all
	assert_failure 1
	assert_stderr_like "the limit of locked memory can't be read"
}

@test "recv: works without the boot id" {
	for path in /proc/sys/kernel/random/boot_id /proc/self/ns/pid; do
		rm -f trace
		echo hello | "$SHMTOOL" send --create --size 16K --timeout 20s /shmtool-channel 3>&- &
		failing openat,newfstatat:error=EACCES -P "$path" -- \
			recv --create --size 16K --timeout 10s /shmtool-channel
		assert_success
		assert_output hello
		wait "$!"
	done
}

@test "usage: the mounts of this process are not omitted silently" {
	truncate -s 64K /dev/shm/shmtool-object
	failing fcntl:error=ENOMEM -- usage
	assert_failure 1
	assert_stderr_like "^shmtool: usage: .*Cannot allocate memory"
	refute_output --partial 'not a tmpfs'
}

@test "stat --used-by: a seccomp filter that refuses faccessat2(2) hides no process" {
	use_object
	for error in ENOSYS EPERM; do
		run_apart "$HELPERS/without_syscall" faccessat2 "$error" "$SHMTOOL" \
			stat --used-by "$user" --raw --no-headings -o ref
		assert_success
		assert_output /shmtool-used
	done
}

@test "rm --recursive: a directory that can't be inspected is an error" {
	mkdir /dev/shm/shmtool-tree
	truncate -s 4K /dev/shm/shmtool-tree/file
	for ((n = 1; n <= 12; n++)); do
		rm -f trace
		run_failing fstatfs "error=EIO:when=$n" rm --unused --recursive --dry-run --kind pshm,dir --raw --no-headings -o ref
		grep -q INJECTED trace || break
		[ "$status" -ne 0 ] || assert_line /dev/shm/shmtool-tree/file
	done
	[ "$n" -gt 1 ]
}

@test "ipcmk: makes keys also without getrandom(2)" {
	run_apart "$HELPERS/without_syscall" getrandom ENOSYS "$SHMTOOL" ipcmk -M 4096 -Q -S 1
	assert_success
	assert_equal "${#lines[@]}" 3
}

@test "users: a command name that can't be read is unknown, not empty" {
	use_object
	failing openat:error=EACCES -P "/proc/$user/comm" -- users --raw --no-headings -o pid,command /shmtool-used
	assert_success
	assert_output "$user -"
	failing openat:error=EACCES -P "/proc/$user/comm" -- users --json -o command /shmtool-used
	assert_success
	assert_output --partial null
}

@test "watch -- PROGRAM: ends if the events can't be watched" {
	for inject in signalfd4:error=EMFILE epoll_create1:error=EMFILE:when=6+ sendmsg:error=ENOMEM sendmsg:error=ENOMEM:when=2; do
		run_apart as_user timeout --kill-after=1 60 strace -f -qq -o /dev/null -e "trace=${inject%%:*}" \
			-e "inject=$inject" "$SHMTOOL" watch -- "$HELPERS/leak" shm:4096
		[ "$status" -ne 0 ]
		[ "$status" -ne 124 ]
		assert_stderr_like '^shmtool: watch: .*(Too many open files|Cannot allocate memory)'
	done
}

@test "watch -- PROGRAM: a listener that does not work does not block the program" {
	for when in 1+ 6+ 16+; do
		run_apart as_user timeout --kill-after=1 60 strace -qq -o /dev/null -e trace=ioctl \
			-e "inject=ioctl:error=ENOMEM:when=$when" "$SHMTOOL" watch -- sh -c 'exit 7'
		assert_failure 7
	done
}

@test "usage --dir: a directory that can't be inspected is not omitted silently" {
	mkdir /dev/shm/shmtool-tree
	truncate -s 4K /dev/shm/shmtool-tree/file
	failing openat2:error=EMFILE:when=1+ -- usage --dir /dev/shm
	assert_failure 1
	assert_stderr_like "can't be read: they are missing"
}

@test "usage: pools of huge pages that can't be read are an error" {
	failing openat:error=EMFILE -P /sys/kernel/mm/hugepages -- usage
	assert_failure 1
	assert_stderr_like "^shmtool: usage: .*pools of huge pages can't be read"
}

@test "probe-pages --state: pages that mincore(2) can't report are not called hidden from their owner" {
	id=$(as_user "$SHMTOOL" create --size 8192)
	run_apart as_user strace -qq -o /dev/null -e trace=mincore -e inject=mincore:error=EAGAIN \
		"$SHMTOOL" probe-pages "$id" --state
	as_user "$SHMTOOL" rm "$id"
	assert_success
	assert_stderr_like 'does not report the pages in memory now'
}

# each_failure CALL ERROR FILE COMMAND...: runs a command that creates FILE with content "hello" while
# each call but those of the program loader fails, once and from then on, as root and as another user.
each_failure() {
	local call=$1 error=$2 file=$3 first last user when
	shift 3

	for user in '' as_user; do
		rm -f "$file" trace
		# shellcheck disable=SC2086 # none, or one word
		run_apart $user strace -qq -o trace -e "trace=$call,munmap" "$SHMTOOL" "$@"
		assert_success
		# The loader's last call unmaps ld.so.cache.
		first=$(sed '/^munmap/q' trace | grep -c "^$call(") || true
		last=$(grep -c "^$call(" trace) || true
		for ((n = first + 1; n <= last; n++)); do
			for when in "$n" "$n+"; do
				rm -f "$file" trace
				# shellcheck disable=SC2086
				run_apart $user timeout 60 strace -qq -o trace -e "trace=$call" \
					-e "inject=$call:error=$error:when=$when" "$SHMTOOL" "$@"
				all_or_nothing "$file" ||
					fail "$call:error=$error:when=$when ${user:-root}: status $status, $stderr"
			done
		done
	done
}

# all_or_nothing FILE: status 1, a sentence and no file, or a file with its content.
all_or_nothing() {
	if [ "$status" -eq 0 ]; then
		[ "$(head -c 5 "$1" | tr -d '\0')" = hello ]
	else
		[ "$status" -eq 1 ] && [ ! -e "$1" ] && [[ $stderr == 'shmtool: '* ]]
	fi
}

@test "write --create: a failure before the first byte leaves no object and no file" {
	printf hello >input
	for failure in openat2:EMFILE openat:EACCES fstatfs:ENOMEM; do
		each_failure "${failure%:*}" "${failure#*:}" /dev/shm/shmtool-new \
			write --create /shmtool-new --size 8192 --input input
		each_failure "${failure%:*}" "${failure#*:}" new \
			write --create ./new --size 8192 --input input --sync
	done
}

@test "map-file --create: a failure before the first byte leaves no file" {
	for failure in mmap:ENOMEM fstatfs:EIO newfstatat:ENOMEM; do
		each_failure "${failure%:*}" "${failure#*:}" new \
			map-file new --create --size 8192 --write hello
	done
	rm new
	run_apart bash -c '"$SHMTOOL" map-file new --create --size 8192 >/dev/full'
	assert_failure 1
	[ ! -e new ]
}

@test "write --create: a position of the input that can't be read is not a usage error" {
	printf hello >input
	for error in EINVAL ENXIO; do
		run_failing lseek "error=$error" write --create /shmtool-new --input input
		assert_fails write /shmtool-new "the position in input can't be read: Invalid argument|No such device"
		assert_unchanged
	done
}

@test "write --create: a segment that can't be attached is removed again" {
	for user in '' as_user; do
		# shellcheck disable=SC2086 # none, or one word
		run_apart $user strace -qq -o /dev/null -e trace=shmat -e inject=shmat:error=ENOMEM \
			"$SHMTOOL" write --create --size 8192 0x46010004 --string hello
		assert_failure 1
		assert_unchanged
	done
}

@test "write --create: a new object that can't be removed again is reported" {
	run_apart strace -qq -o /dev/null -e trace=unlinkat,fallocate -e inject=unlinkat:error=EACCES \
		-e inject=fallocate:error=ENOSPC "$SHMTOOL" write --create --size 8192 ./new --string hello
	assert_failure 1
	assert_stderr_like "it was created, and can't be removed again: Permission denied"
	run_apart strace -qq -o /dev/null -e trace=shmat,shmctl -e inject=shmat:error=ENOMEM \
		-e inject=shmctl:error=EPERM:when=2+ "$SHMTOOL" write --create --size 8192 0x46010004 --string hello
	assert_failure 1
	assert_stderr_like "it was created, and can't be removed again: Operation not permitted"
}

@test "write --create: a failure after the content was stored keeps the new file" {
	printf hello >input
	echo '[{"a": "h", "b": "e"}]' >rows
	for content in '--string hello' '--fill 104 --length 5' '--input input' "--record 'char a; char b;' --input rows" \
		"--record 'char a; char b;' --last b --input rows"; do
		rm -f new
		eval "run_failing fsync error=EIO write --create ./new --size 8192 --sync $content"
		assert_failure 1
		assert_stderr_like 'was written, but not to disk: Input/output error$'
		assert_equal "$(head -c 1 new)" h
	done
}

@test "create --posix: a new object that can't be removed again is reported" {
	run_apart bash -c 'strace -qq -o /dev/null -e trace=unlinkat -e inject=unlinkat:error=EACCES \
		"$SHMTOOL" create --posix shmtool-new --size 4096 >/dev/full'
	assert_failure 1
	assert_stderr_like "/shmtool-new can't be removed again: Permission denied"
	assert_object_exists shmtool-new
}

# assert_created: the output has the event of the segment that tests/helpers/leak leaves.
assert_created() {
	assert_success
	assert_regex "$output" 'created +id:[0-9]'
}

@test "watch -- PROGRAM: the program's events are printed without /proc" {
	require_root
	local user prefix
	for user in root nobody; do
		prefix=
		[ "$user" = root ] || prefix='setpriv --reuid 65534 --regid 65534 --clear-groups'
		# shellcheck disable=SC2016 # for the inner shell
		run_apart unshare --mount bash -c 'mount -t tmpfs tmpfs /proc && exec '"$prefix"' "$SHMTOOL" watch -- "$HELPERS/leak" shm:4096'
		assert_created
	done
	assert_stderr_like 'watch: /proc is missing, and calls in other namespaces'
}

@test "watch -- PROGRAM: the program's events are printed if /proc can't be listed" {
	failing getdents64:error=ENOMEM -- watch -- "$HELPERS/leak" shm:4096
	assert_created
}

@test "watch -- PROGRAM: the program's events are printed if the namespaces can't be inspected" {
	run_apart as_user strace -qq -o /dev/null -e trace=readlink -e inject=readlink:error=ENOMEM \
		"$SHMTOOL" watch -- "$HELPERS/leak" shm:4096
	assert_created
	failing newfstatat:error=ENOMEM -P /proc/self/ns/ipc -- watch -- "$HELPERS/leak" shm:4096
	assert_created
}

@test "watch -- PROGRAM: without descriptors the program is not run" {
	for count in {5..13}; do
		run_apart as_user bash -c 'for fd in {3..20}; do eval "exec $fd>&-"; done
			ulimit -n "$1"; exec "$2" watch -- "$3/leak" shm:4096' bash "$count" "$SHMTOOL" "$HELPERS"
		assert_failure 126
		assert_stderr_like 'Too many open files'
		assert_no_segments
	done
}

@test "watch -- PROGRAM: poll(2) without memory ends neither the watch nor blocks the program" {
	local when
	for when in 2 2+ 6+; do
		run_apart timeout --kill-after=1 60 strace -qq -o /dev/null -e trace=poll \
			-e "inject=poll:error=ENOMEM:when=$when" "$SHMTOOL" watch -- "$HELPERS/leak" shm:4096
		assert_created
		run_apart as_user timeout --kill-after=1 60 strace -qq -o /dev/null -e trace=poll \
			-e "inject=poll:error=ENOMEM:when=$when" "$SHMTOOL" watch -- "$HELPERS/leak" shm:4096
		assert_created
	done
}

@test "probe-pages --recursive: a file that can't be inspected is an error" {
	mkdir /dev/shm/shmtool-tree
	truncate -s 4K /dev/shm/shmtool-tree/file
	local when
	# After those of the dynamic linker.
	for when in {4..40}; do
		failing newfstatat:error=ENOMEM:when="$when" -- \
			probe-pages --state --summary --recursive /dev/shm/shmtool-tree
		[[ $stderr != *shmtool-tree/file:* ]] || break
	done
	assert_failure 1
	assert_stderr_like '^shmtool: probe-pages: /dev/shm/shmtool-tree/file: can.t be opened for reading: '
}

@test "recv --fifo: a text is printed once, and a FIFO that can't be read is an error" {
	"$SHMTOOL" create --posix shmtool-channel --size 4K >/dev/null
	mkfifo fifo
	exec 7<>fifo
	printf 'only\n\0' >/dev/shm/shmtool-channel
	printf 1 >&7
	local call
	for call in read:error=EIO ioctl:error=ENOMEM; do
		run_apart timeout 20 strace -qq -o /dev/null -P "$PWD/fifo" -e "trace=${call%%:*}" -e "inject=$call" \
			"$SHMTOOL" recv --fifo fifo --timeout 10s /shmtool-channel
		assert_failure 1
		[[ $output == only || $output == '' ]]
		assert_stderr_like "^shmtool: recv: /shmtool-channel: fifo can't be (read|inspected): "
	done
	exec 7>&-
}

@test "watch -- PROGRAM: POSIX objects of the program are printed without process_vm_readv(2)" {
	for error in ENOSYS EPERM; do
		run_apart as_user "$HELPERS/without_syscall" process_vm_readv "$error" \
			"$SHMTOOL" watch -- "$HELPERS/leak" "pshm:/shmtool-$error"
		as_user "$SHMTOOL" rm "/shmtool-$error"
		assert_success
		assert_regex "$output" "created +/shmtool-$error"
	done
}

# failing_table INJECTION: watch --table on a terminal, whose user types q, with a call that fails.
failing_table() {
	case $("$SHMTOOL" --version) in
	*ncurses*) ;;
	*) skip 'needs a program built with ncurses' ;;
	esac
	"$HELPERS/make_object" /shmtool-object 4096
	printf q >keys
	TERM=xterm run_apart timeout --kill-after=1 20 bash -c '"$@" <keys' bash "$HELPERS/on_terminal" 80x24 \
		strace -f -qq -o /dev/null -e "trace=${1%%:*}" -e "inject=$1" "$SHMTOOL" watch --table
}

@test "guard --kill: a process whose status can't be read for a moment is not missed" {
	require_root
	[[ -w /proc/sys/kernel/ns_last_pid ]] || skip 'needs a kernel with checkpoint/restore'
	for when in 1 2 3 4; do
		# shellcheck disable=SC2016
		run_apart unshare --pid --fork --kill-child --mount-proc \
			strace -f -qq -o /dev/null -P /proc/777/stat -e trace=read -e "inject=read:error=EIO:when=$when" \
			"$SHMTOOL" guard --kill -- bash -c 'echo 776 >/proc/sys/kernel/ns_last_pid; sleep 300 &'
		assert_success
		[[ $stderr == *777*sleep*'1 process was still running'* ]] || fail "$when: $stderr"
	done
}

@test "stat: a directory in /dev/shm that can't be read to its end is not counted as if it were whole" {
	mkdir /dev/shm/shmtool-dir
	head -c 65536 /dev/zero >/dev/shm/shmtool-dir/file
	# The directory, three times, and the one in it.
	for when in {1..8}; do
		run_apart strace -f -qq -o trace -e trace=getdents64 -e signal=none \
			-e "inject=getdents64:error=ENOMEM:when=$when" "$SHMTOOL" stat --kind pshm
		grep -q INJECTED trace
		[[ $stderr == *'not all files in /dev/shm can be inspected: Cannot allocate memory'* ||
			$stderr == *'1 directory with at least '* ]] || fail "$when: $stderr"
	done
	rm -r /dev/shm/shmtool-dir
}

@test "guard --kill: a process whose parent's children can't be read for a moment is not missed" {
	require_root
	for when in 1 2 3 4; do
		# shellcheck disable=SC2016
		run_apart strace -f -qq -o /dev/null -e trace=getdents64 -e "inject=getdents64:error=ENOMEM:when=$when" \
			"$SHMTOOL" guard --kill -- bash -c 'exec 3>&-; sleep 300 & echo $! >straggler'
		[[ $stderr == *"$(<straggler)"*sleep*'1 process was still running'* ]] || fail "$when: $stderr"
		run kill -0 "$(<straggler)"
		assert_failure
	done
}

@test "guard: inherited processes are no stragglers if they can't be read for a moment" {
	require_root
	[[ -w /proc/sys/kernel/ns_last_pid ]] || skip 'needs a kernel with checkpoint/restore'
	# shellcheck disable=SC2016
	run_apart unshare --pid --fork --kill-child --mount-proc bash -c '
		strace -qq -o /dev/null -P /proc/777/stat -e trace=read -e inject=read:error=EIO:when=1 \
			bash -c "echo 776 >/proc/sys/kernel/ns_last_pid; sleep 300 & exec \"\$0\" guard --kill -- true" "$0"
		kill -0 777' "$SHMTOOL"
	assert_success
	refute_regex "$stderr" 'still running'
}

@test "guard --shared: a result that the kernel does not take at once neither hangs the program nor loses it" {
	local found=
	require_root
	require_private_namespace
	require_listener
	for when in {1..12}; do
		run_apart timeout --kill-after=1 30 strace -qq -o trace -e trace=ioctl -e signal=none \
			-e "inject=ioctl:error=EINTR:when=$when" \
			"$SHMTOOL" guard --shared -- "$HELPERS/leak" sem
		[[ $stderr == *'1 object left behind'* ]] || fail "$when: $status $stderr"
		if grep -q 'NOTIF_SEND.*INJECTED' trace; then
			[[ $stderr == *'(1 known to be the program'* ]] || fail "$when: $stderr"
			found=yes
		fi
	done
	assert_equal "$found" yes
	ipcrm --all=sem
}

@test "watch --table goes on if poll(2) has no memory, and ends with an error if it never has" {
	for when in 1 2; do
		failing_table "poll:error=ENOMEM:when=$when"
		assert_success
		rm /dev/shm/shmtool-object
	done
	failing_table poll:error=ENOMEM
	assert_failure 1
	[[ ${output##*$'\e'} == *"shmtool: watch: can't wait for keys: Cannot allocate memory"* ]]
}

@test "watch --table: an error is not replaced by the names of the sources" {
	failing_table getdents64:error=ENOMEM
	assert_success
	[[ $output == *'not all files in /dev/shm can be inspected: Cannot allocate memory'* ]]
}
