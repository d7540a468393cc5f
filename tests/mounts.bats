#!/usr/bin/env bats
# Mounts: over a name in /dev/shm, at /dev/shm itself, in this mount namespace or in a
# container's. Nothing is opened, shown or removed through one, and nothing blocks.
# Mostly waits.
# Takes 25 seconds.

load test_helper
load truth
load removal

setup() {
	common_setup
	require_root
	chmod 777 .
}

teardown() {
	local pid
	for pid in ${served:-} ${holders[@]+"${holders[@]}"}; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	[[ ! ${covered:-} ]] || umount "$covered" || true
	[[ ! ${replaced:-} ]] || umount /dev/shm || true
	common_teardown
}

# begin_place SCRIPT [PREFIX...]: a process with an IPC namespace and mounts of its own, in which the
# script has run; sets container to its number. PREFIX is the command that runs it.
begin_place() {
	local script=$1
	shift
	rm -f ready
	mkfifo -m 666 ready
	SCRIPT=$script "$@" unshare --ipc --mount bash -c '
		eval "$SCRIPT" || exit
		echo $$ >ready
		exec sleep 300' 3>&- &
	holders+=($!)
	read -r container <ready
	holders+=("$container")
}

as_container_root=(setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user --map-root-user)

# A /dev/shm in which x is covered by another file, while descriptor 9 is the object itself.
cover_x='
	mount -t tmpfs tmpfs /dev/shm
	echo important >/dev/shm/x
	echo other >/dev/shm/other
	echo covering-file >victim
	exec 9</dev/shm/x
	mount --bind victim /dev/shm/x'

# assert_x_is_there: the object is not removed, and the mount is still there.
assert_x_is_there() {
	local link
	link=$(readlink "/proc/$container/fd/9")
	[[ $link != *deleted* ]] || fail "$link"
	grep -q ' /dev/shm/x ' "/proc/$container/mountinfo"
	assert_equal "$(cat "/proc/$container/root/dev/shm/x")" covering-file
}

#
# Over a name
#

@test "rm --ns: an object on whose name something is mounted is kept, by filter and by REF, dry or not" {
	for who in env "${as_container_root[*]}"; do
		# shellcheck disable=SC2086 # words
		begin_place "$cover_x" $who
		for dry in -n ''; do
			# shellcheck disable=SC2086 # words
			run_tool rm $dry --ns "$container" --unused --raw --no-headings -o ref,owner,bytes,age,action,why
			assert_success
			assert_line '/x - - - kept something\040is\040mounted\040on\040it'
			assert_x_is_there
			# shellcheck disable=SC2086 # words
			run_tool rm $dry --ns "$container" /x
			assert_fails rm '/x: .*something is mounted on it'
			assert_x_is_there
		done
		# The others are removed.
		[[ ! -e /proc/$container/root/dev/shm/other ]]
	done
}

@test "rm --ns: the same without openat2(2) and statx(2)" {
	begin_place "$cover_x"
	for call in 437 332; do
		for dry in -n ''; do
			# shellcheck disable=SC2086 # words
			run_apart "$HELPERS/without_syscall" "$call" 38 "$SHMTOOL" rm $dry --ns "$container" --name x --unused --raw --no-headings -o ref,action
			assert_success
			assert_output '/x kept'
			assert_x_is_there
		done
		run_apart "$HELPERS/without_syscall" "$call" 38 "$SHMTOOL" read --ns "$container" /x
		assert_fails read '/x: can.t be opened: something is mounted on it'
	done
}

@test "stat --ns, --all-namespaces: the file that covers an object is not shown for it" {
	begin_place "$cover_x"
	run_tool stat --ns "$container" --kind pshm --raw --no-headings -o ref,bytes
	assert_failure 1
	assert_stderr_like '/x can.t be inspected: something is mounted on it'
	assert_output '/other 6'
	run_tool stat --ns "$container" /x
	assert_fails stat '/x: .*something is mounted on it'
	assert_output ''
	run_tool stat --all-namespaces --kind pshm --raw --no-headings -o ref,bytes
	assert_failure 1
	assert_stderr_like "of process $container: /x can.t be inspected: something is mounted on it"
	assert_line '/other 6'
	refute_output --partial '/x '
}

@test "rm, set, read, write, users, stat: nor in this namespace" {
	"$HELPERS/make_object" /shmtool-x 4096 666
	"$HELPERS/make_object" /shmtool-y 4096 666
	echo victim >victim
	covered=/dev/shm/shmtool-x
	mount --bind victim "$covered"
	for command in 'rm' 'rm -n' 'set --mode 600' 'set --size 1' 'read' 'write --string x' 'stat' 'stat -o rss' 'probe-pages'; do
		# shellcheck disable=SC2086 # words
		run_tool $command /shmtool-x
		assert_fails "${command%% *}" '/shmtool-x: .*mounted'
	done
	assert_equal "$(stat -c %s,%a victim)" 7,644
	run_tool stat --raw --no-headings -o ref
	assert_failure 1
	assert_stderr_like '/shmtool-x can.t be inspected: something is mounted on it'
	assert_output /shmtool-y
	assert_equal "$(cat victim)" victim
}

@test "rm --ns: a device mounted on a name right after the listing is not opened" {
	require_strace
	begin_place '
		mount -t tmpfs tmpfs /dev/shm
		echo important >/dev/shm/x
		exec 9</dev/shm/x
		while [ ! -e covered ]; do
			[ ! -e go ] || { mount --bind /dev/full /dev/shm/x && : >covered; }
			sleep 0.05
		done &'
	# The second getdents64(2) ends the listing.
	strace -qq -yy -o trace -e trace=open,openat,openat2,getdents64 \
		-e inject=getdents64:signal=STOP:when=2 \
		"$SHMTOOL" rm --ns "$container" --unused --kind pshm --raw --no-headings -o ref,action \
		>stopped.out 2>stopped.err 3>&- &
	stopped=$!
	wait_until 20 grep -q 'stopped by SIGSTOP' trace
	: >go
	wait_until 10 test -e covered
	run_on
	assert_output '/x kept'
	run ! grep -E 'char 1:7' trace
	[[ $(readlink "/proc/$container/fd/9") != *deleted* ]]
}

#
# At /dev/shm
#

@test "rm: files of an ordinary directory that is bound to /dev/shm are not chosen by a filter" {
	mkdir plain
	[ "$(stat -f -c %T plain)" != tmpfs ] || skip 'needs a file system that is no tmpfs'
	echo plain >plain/file
	mount --bind plain /dev/shm
	replaced=yes
	new_segment 4096
	for dry in -n ''; do
		# shellcheck disable=SC2086 # words
		run_tool rm $dry --unused --raw --no-headings -o ref
		assert_failure 1
		assert_stderr_like '^shmtool: rm: /dev/shm is not a tmpfs but on .*: filters remove nothing there'
		refute_output --partial /file
		[ -e plain/file ]
	done
	# An object elsewhere was removed.
	assert_no_segments
	run_tool stat --kind pshm --raw --no-headings -o ref
	assert_success
	assert_output /file
	run_tool rm /file
	assert_success
	[ ! -e plain/file ]
}

@test "rm: in such a directory, leftovers of a killed run stay, too, also below" {
	mkdir -p plain/below
	[ "$(stat -f -c %T plain)" != tmpfs ] || skip 'needs a file system that is no tmpfs'
	for directory in plain plain/below; do
		echo plain >"$directory/file"
		mv "$directory/file" "$(printf '%s/.shmtool-rm-0123abcd-%x-file' "$directory" \
			"$(stat -c %i "$directory/file")")"
	done
	find plain | sort >before
	mount --bind plain /dev/shm
	replaced=yes
	run_tool rm --unused --recursive
	run_tool rm --unused --dir /dev/shm/below
	find plain | sort >after
	diff before after
}

@test "rm --ns: the same in the mounts of another process" {
	mkdir plain
	[ "$(stat -f -c %T plain)" != tmpfs ] || skip 'needs a file system that is no tmpfs'
	echo plain >plain/file
	begin_place 'mount --bind plain /dev/shm'
	run_tool rm --ns "$container" --unused --kind pshm --raw --no-headings
	assert_failure 1
	assert_stderr_like '^shmtool: rm: its /dev/shm is not a tmpfs but on .*: filters remove nothing there'
	[ -e plain/file ]
	run_tool rm --ns "$container" /file
	assert_success
	[ ! -e plain/file ]
}

@test "rm --ns: a directory of a tmpfs, or the tmpfs of /run, is not accepted as /dev/shm" {
	[ "$(stat -f -c %T /run)" = tmpfs ] || run=no
	mkdir memory
	begin_place '
		mount -t tmpfs tmpfs memory
		mkdir memory/part
		echo part >memory/part/file
		mount --bind memory/part /dev/shm'
	run_tool rm --ns "$container" --unused --kind pshm --raw --no-headings
	assert_failure 1
	assert_stderr_like '^shmtool: rm: its /dev/shm is a directory in a tmpfs, not a tmpfs of its own'
	[ -e "/proc/$container/root/dev/shm/file" ]
	[[ ! ${run:-} ]] || return 0
	begin_place 'mount --bind /run /dev/shm'
	run_tool rm -n --ns "$container" --unused --kind pshm
	assert_output ''
	[[ $stderr == *'its /dev/shm is the tmpfs that is also mounted at /run'* || $stderr == *'0 objects'* ]] || fail "$stderr"
}

@test "rm --ns: a part of our own /dev/shm is known" {
	mkdir /dev/shm/shmtool-part
	echo part >/dev/shm/shmtool-part/file
	begin_place 'mount --bind /dev/shm/shmtool-part /dev/shm'
	run_tool rm --ns "$container" --unused --kind pshm --raw --no-headings -o ref,action
	assert_success
	assert_output '/file removed'
}

#
# File systems that do not answer
#

require_fuse() {
	[[ -w /dev/fuse ]] || skip 'needs /dev/fuse'
}

# begin_served SCRIPT: as begin_place, with the script run where $HELPERS/serve_fuse does not end it.
serve='
	serve() {
		"$HELPERS/serve_fuse" "$@" >served 3>&- &
		until [ -s served ]; do kill -0 $! || return 1; sleep 0.02; done
	}'

@test "--ns, --all-namespaces: a FUSE file system at /dev/shm that does not answer is not entered" {
	require_fuse
	begin_place "$serve"'; serve /dev/shm; "$HELPERS/make_segments" 1 5000 >/dev/null'
	served=$(cat served)
	for command in 'rm --unused' 'rm /x' stat users limits 'read /x'; do
		# shellcheck disable=SC2086 # words
		run_apart timeout -s KILL 20 "$SHMTOOL" $command --ns "$container"
		assert_fails "${command%% *}" "--ns $container: its /dev/shm is on fuse: it is not entered"
	done
	run_apart timeout -s KILL 20 "$SHMTOOL" stat --all-namespaces --json
	assert_failure 1
	assert_stderr_like "of process $container: its /dev/shm is on fuse"
	# The rest of it is shown.
	assert_equal "$(json -c --argjson pid "$container" 'map(select(.nspid == $pid) | .bytes)')" '[5000]'
}

@test "--ns: an overlay at /dev/shm above a FUSE file system is not entered" {
	require_fuse
	mkdir memory
	begin_place "$serve"'
		mount -t tmpfs tmpfs memory
		mkdir memory/lower memory/upper memory/work
		serve memory/lower mount -t overlay -o "lowerdir=$PWD/memory/lower,upperdir=$PWD/memory/upper,workdir=$PWD/memory/work" none /dev/shm'
	served=$(cat served)
	for command in 'rm --unused' stat; do
		# shellcheck disable=SC2086 # words
		run_apart timeout -s KILL 20 "$SHMTOOL" $command --ns "$container"
		assert_fails "${command%% *}" "--ns $container: its /dev/shm is on overlay: it is not entered"
	done
	run_apart timeout -s KILL 20 "$SHMTOOL" stat --all-namespaces
	assert_stderr_like "of process $container: its /dev/shm is on overlay"
}

@test "--ns, --all-namespaces: a link to a file system that does not answer is given up after a while" {
	require_fuse
	mkdir silent
	begin_place "$serve"'
		serve silent
		mount -t tmpfs tmpfs /dev
		ln -s "$PWD/silent/x" /dev/shm'
	served=$(cat served)
	# A pipe ends although a process still waits.
	run_apart timeout -s KILL 60 bash -c '"$SHMTOOL" stat --ns "$1" --kind pshm 2>&1 | cat' bash "$container"
	assert_output --regexp "--ns $container: its /dev/shm does not answer"
	run_apart timeout -s KILL 60 "$SHMTOOL" stat --all-namespaces --kind pshm
	assert_failure 1
	assert_stderr_like "of process $container: its /dev/shm does not answer"
}

@test "stat --all-namespaces: many that do not answer together take not much longer than one" {
	require_fuse
	mkdir silent
	begin_place "$serve"'
		serve silent
		mount -t tmpfs tmpfs /dev
		ln -s "$PWD/silent/x" /dev/shm
		ln -s "$PWD/silent/y" /dev/mqueue
		for i in {1..11}; do unshare --ipc --mount sleep 300 3>&- & echo $! >>others; done
		until [ "$(readlink $(sed "s,.*,/proc/&/ns/mnt," others) | sort -u | wc -l)" = 11 ]; do sleep 0.02; done'
	served=$(cat served)
	mapfile -t -O ${#holders[@]} holders <others
	run_apart timeout -s KILL 30 "$SHMTOOL" stat --all-namespaces --kind pshm
	assert_failure 1
	assert_equal "$(grep -c 'its /dev/shm does not answer' <<<"$stderr")" 12
}

@test "--ns: a shortage of descriptors is reported as that, not as deceit" {
	begin_place 'mount -t tmpfs tmpfs /dev/shm' "${as_container_root[@]}"
	for count in {4..14}; do
		run_apart bash -c 'for fd in {3..20}; do eval "exec $fd>&-"; done
			ulimit -n "$1"; exec "$SHMTOOL" stat --ns "$2" --kind pshm' bash "$count" "$container"
		[[ $status -eq 0 || $stderr == *'Too many open files'* ]] || fail "$count: $stderr"
		refute_stderr_like 'deceive|Input/output'
	done
	assert_success
}
