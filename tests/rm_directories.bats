#!/usr/bin/env bats
# rm with filters in directories of /dev/shm, of any other tmpfs and of a hugetlbfs: files under the same
# proof as in /dev/shm itself, then empty directories; never across a mount, never up, never through
# links, whatever another user does meanwhile.

load test_helper
load truth
load removal

setup() {
	common_setup
	require_private_namespace
}

teardown() {
	end_background
	if [[ $EUID -eq 0 ]]; then
		umount --lazy "$BATS_TEST_TMPDIR/tmpfs" "$BATS_TEST_TMPDIR/huge" 2>/dev/null || true
		umount --lazy /dev/shm/shmtool-m/mounted 2>/dev/null || true
	fi
	umount_shm
	common_teardown
}

# new_tmpfs: a tmpfs of the test's own, at tmpfs.
new_tmpfs() {
	require_root
	mkdir tmpfs
	mount -t tmpfs -o size=16m,mode=1777 rm-directories tmpfs
}

# make FILE...: files with a few bytes, in directories that are made, too.
make() {
	local file

	for file; do
		mkdir -p "${file%/*}"
		echo text >"$file"
	done
}

# hold FILE...: a process that keeps files open; sets holder.
hold_open() {
	: >held
	"$HELPERS/hold_files" "$@" >held 3>&- &
	holder=$!
	wait_until 10 grep -q holding held
}

# removed ARGUMENT...: runs rm --json; sorted "REF ACTION" lines.
removed() {
	run_tool rm --json "$@"
	assert_success
	json '.[] | "\(.ref) \(.action)"' | sort
}

@test "rm --recursive: unused files in directories, then the directories that are left empty" {
	make /dev/shm/shmtool-j/7/x /dev/shm/shmtool-j/7/a/y /dev/shm/shmtool-j/8/z /dev/shm/shmtool-o
	hold_open /dev/shm/shmtool-j/8/z
	assert_equal "$(removed --unused --recursive)" "/dev/shm/shmtool-j/7/a/y removed
/dev/shm/shmtool-j/7/x removed
/dev/shm/shmtool-j/8/z kept
/shmtool-o removed
dir:/dev/shm/shmtool-j/7 removed
dir:/dev/shm/shmtool-j/7/a removed"
	run_tool rm --unused --recursive --json
	assert_result /dev/shm/shmtool-j/8/z "kept: held open by $holder (hold_files)"
	assert_equal "$(find /dev/shm -mindepth 1 | sort)" /dev/shm/shmtool-j$'\n'/dev/shm/shmtool-j/8$'\n'/dev/shm/shmtool-j/8/z
}

@test "rm: without --recursive, nothing in directories is touched" {
	make /dev/shm/shmtool-j/x /dev/shm/shmtool-o
	run_tool rm --unused --json
	assert_success
	assert_equal "$(json '.[].ref')" /shmtool-o
	assert [ -e /dev/shm/shmtool-j/x ]
}

@test "rm --recursive --dry-run: the same rows, and nothing changes" {
	make /dev/shm/shmtool-j/7/x /dev/shm/shmtool-j/7/a/y /dev/shm/shmtool-j/8/z
	ln -s x /dev/shm/shmtool-j/8/link
	hold_open /dev/shm/shmtool-j/7/x
	before=$(find /dev/shm | sort)
	removed --unused --recursive --dry-run >dry
	assert_equal "$(find /dev/shm | sort)" "$before"
	removed --unused --recursive >real
	assert_equal "$(sed 's/would remove/removed/' dry)" "$(<real)"
	grep -q ' removed$' real
}

@test "rm --recursive: what stat lists is what rm removes or keeps" {
	make /dev/shm/shmtool-j/7/x /dev/shm/shmtool-j/7/long-name /dev/shm/shmtool-o
	for filter in '--name x' '--name sh*' '--mine --min-size 5' '--older-than 0s' '--older-than 1d' '--kind pshm'; do
		set -f
		# shellcheck disable=SC2086 # several words
		run_tool stat --recursive --json -o ref $filter
		listed=$(json '.[].ref' | sort)
		# Those that are too young have a row, too.
		# shellcheck disable=SC2086
		run_tool rm --recursive --dry-run --json $filter
		set +f
		assert_success
		assert_equal "$(comm -23 <(echo "$listed") <(json '.[].ref' | sort))" ''
		assert_equal "$(comm -13 <(echo "$listed") <(json '.[] | select(.action == "would remove") | .ref' | sort))" ''
	done
}

@test "rm --recursive: an empty directory stays unless it is older than the filter's age" {
	mkdir -p /dev/shm/shmtool-j/empty
	run_tool rm --recursive --mine --json
	assert_result dir:/dev/shm/shmtool-j/empty 'kept: it was empty before (with --older-than, it is removed)'
	run_tool rm --recursive --mine --older-than 1d --json
	assert_result dir:/dev/shm/shmtool-j/empty 'kept: empty, but not for long enough'
	assert [ -d /dev/shm/shmtool-j/empty ]
	run_tool rm --recursive --mine --older-than 0s --json
	assert_result dir:/dev/shm/shmtool-j/empty removed
	assert_result dir:/dev/shm/shmtool-j removed
	assert [ ! -e /dev/shm/shmtool-j ]
}

@test "rm --kind dir: only empty directories, with the same rule" {
	make /dev/shm/shmtool-j/full/x
	mkdir /dev/shm/shmtool-j/empty
	run_tool rm --kind dir --recursive --json
	assert_success
	assert_result dir:/dev/shm/shmtool-j/full 'kept: not empty'
	assert_regex "$(result dir:/dev/shm/shmtool-j/empty)" '^kept: it was empty before'
	run_tool rm --kind dir --recursive --older-than 0s --json
	assert_result dir:/dev/shm/shmtool-j/empty removed
	assert_result dir:/dev/shm/shmtool-j 'kept: not empty'
	assert [ -e /dev/shm/shmtool-j/full/x ]
}

@test "rm --recursive: a directory that a process uses stays" {
	make /dev/shm/shmtool-j/cwd/x /dev/shm/shmtool-j/open/x
	(cd /dev/shm/shmtool-j/cwd && exec sleep 300) 3>&- &
	cwd=$!
	sleep 300 3>&- 7</dev/shm/shmtool-j/open &
	wait_until 10 grep -q sleep "/proc/$!/comm"
	wait_until 10 grep -q sleep "/proc/$cwd/comm"
	run_tool rm --unused --recursive --json
	assert_success
	assert_result dir:/dev/shm/shmtool-j/cwd "kept: used by $cwd (sleep)"
	assert_result dir:/dev/shm/shmtool-j/open "kept: used by $! (sleep)"
	assert_result /dev/shm/shmtool-j/cwd/x removed
}

@test "rm --recursive: symbolic links, sockets and FIFOs stay, and keep their directory" {
	mkdir -p /dev/shm/shmtool-j/7
	echo outside >outside
	ln -s "$PWD/outside" /dev/shm/shmtool-j/7/link
	ln -s "$PWD" /dev/shm/shmtool-j/directory
	mkfifo /dev/shm/shmtool-j/7/fifo
	run_tool rm --older-than 0s --recursive --json
	assert_success
	assert_result dir:/dev/shm/shmtool-j/7 'kept: not empty'
	assert_equal "$(<outside)" outside
	assert [ -L /dev/shm/shmtool-j/7/link ]
	assert [ -p /dev/shm/shmtool-j/7/fifo ]
}

@test "rm --dir: only what is in the directory, which stays itself" {
	new_tmpfs
	make tmpfs/in/x tmpfs/in/sub/y tmpfs/other/z /dev/shm/shmtool-o
	assert_equal "$(removed --unused --dir "$PWD/tmpfs/in")" "$PWD/tmpfs/in/x removed"
	assert_equal "$(removed --unused --dir "$PWD/tmpfs/in" --recursive)" \
		"$PWD/tmpfs/in/sub/y removed"$'\n'"dir:$PWD/tmpfs/in/sub removed"
	assert_equal "$(find tmpfs /dev/shm -mindepth 1 | sort)" "/dev/shm/shmtool-o
tmpfs/in
tmpfs/other
tmpfs/other/z"
}

@test "rm --dir: a file that is mapped, by any kind of mapping, is kept" {
	new_tmpfs
	make tmpfs/a tmpfs/b tmpfs/c
	for way in -m:a -p:b; do
		"$HELPERS/hold_files" "${way%:*}" "$PWD/tmpfs/${way#*:}" 3>&- >"held.${way#*:}" &
		wait_until 10 test -s "held.${way#*:}"
	done
	run_tool rm --older-than 0s --dir "$PWD/tmpfs" --json
	assert_success
	assert_regex "$(result "$PWD/tmpfs/a")" '^kept: mapped by '
	assert_regex "$(result "$PWD/tmpfs/b")" '^kept: mapped by '
	assert_result "$PWD/tmpfs/c" removed
}

@test "rm --recursive: never into what is mounted in a directory" {
	require_root
	make /dev/shm/shmtool-m/x
	mkdir /dev/shm/shmtool-m/mounted
	mount -t tmpfs rm-directories /dev/shm/shmtool-m/mounted
	make /dev/shm/shmtool-m/mounted/y
	run_tool rm --older-than 0s --recursive --json
	assert_success
	assert_result /dev/shm/shmtool-m/x removed
	assert_result dir:/dev/shm/shmtool-m/mounted 'kept: something is mounted on it'
	assert [ -e /dev/shm/shmtool-m/mounted/y ]
	umount /dev/shm/shmtool-m/mounted
	# In another mount namespace only: there it must not be detached.
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount bash -c 'mount -t tmpfs rm-directories /dev/shm/shmtool-m/mounted
		echo text >/dev/shm/shmtool-m/mounted/y; echo ready >"$1"; exec sleep 300' bash "$PWD/ready" 3>&- &
	wait_until 10 test -s ready
	nsenter --mount="/proc/$!/ns/mnt" "$SHMTOOL" rm --older-than 0s --recursive --quiet >/dev/null
	nsenter --mount="/proc/$!/ns/mnt" test -e /dev/shm/shmtool-m/mounted/y
}

@test "rm --recursive: the file systems of /run and /, and /tmp as a whole, are spared" {
	require_root
	# The program may be in one of them, so its copy is run from the working directory.
	cp "$SHMTOOL" tool
	cp -r "$SRCDIR/share/families" rules
	# shellcheck disable=SC2016 # for the inner shell
	run_apart unshare --mount bash -c '
		mount -t tmpfs rm-directories /run && mount -t tmpfs rm-directories /tmp || exit
		mkdir /run/d /tmp/d
		touch /run/d/x /tmp/x /tmp/d/x
		SHMTOOL_FAMILIES=rules ./tool rm --older-than 0s --recursive --dir /run/d --dir /tmp --raw --no-headings -o ref,action,why
		SHMTOOL_FAMILIES=rules ./tool rm --older-than 0s --recursive --dir /tmp/d --raw --no-headings -o ref,action
		ls /run/d /tmp/x'
	assert_success
	assert_line --partial '/run/d/x kept the\040tmpfs\040at\040/run\040also\040holds'
	assert_line --partial '/tmp/x kept the\040tmpfs\040at\040/tmp\040also\040holds'
	assert_line '/tmp/d/x removed'
	assert_line x
	assert_line /tmp/x
}

@test "rm --recursive: the rule of a directory's family keeps its files and the directory" {
	own_rules <<-'END'
		[kept]
		description = kept
		match  = dir /shmtool-keep
		fate   = keep
		reason = it is needed
	END
	make /dev/shm/shmtool-keep/x /dev/shm/shmtool-j/x
	mkdir /dev/shm/shmtool-keep/empty
	run_tool rm --older-than 0s --recursive --json
	assert_success
	assert_result /dev/shm/shmtool-keep/x 'kept: it is needed (family kept)'
	assert_regex "$(result dir:/dev/shm/shmtool-keep)" '^kept: '
	assert_result /dev/shm/shmtool-j/x removed
	assert [ -e /dev/shm/shmtool-keep/x ]
	assert [ -d /dev/shm/shmtool-keep/empty ]
}

@test "rm --abandoned --recursive: an empty directory of no family stays, unless this run has emptied it" {
	own_rules <<-'END'
		[gone]
		description = gone
		match = dir /shmtool-gone-{digits}
		fate  = garbage
	END
	make /dev/shm/shmtool-gone-1/7/x /dev/shm/shmtool-j/x
	mkdir -p /dev/shm/shmtool-gone-2/empty /dev/shm/shmtool-empty
	assert_equal "$(removed --abandoned --older-than 0s --recursive)" "/dev/shm/shmtool-gone-1/7/x removed
/dev/shm/shmtool-j/x kept
dir:/dev/shm/shmtool-gone-1 removed
dir:/dev/shm/shmtool-gone-1/7 removed
dir:/dev/shm/shmtool-gone-2 removed
dir:/dev/shm/shmtool-gone-2/empty removed"
	run_tool rm --abandoned --older-than 0s --kind dir --recursive --json
	assert_result dir:/dev/shm/shmtool-empty 'kept: it was empty before, and has no known family'
	assert [ -d /dev/shm/shmtool-empty ]
}

@test "rm: a file in a directory by its path" {
	make /dev/shm/shmtool-j/7/x /dev/shm/shmtool-j/7/y
	run_tool rm --verbose /dev/shm/shmtool-j/7/x
	assert_success
	assert_output 'removed /dev/shm/shmtool-j/7/x (5 bytes)'
	run_tool rm dir:/dev/shm/shmtool-j/7
	assert_failure 1
	assert_equal "$(find /dev/shm -mindepth 1 -type f)" /dev/shm/shmtool-j/7/y
	run_tool rm /dev/shm/shmtool-j/7/y dir:/dev/shm/shmtool-j/7
	assert_success
	assert [ ! -e /dev/shm/shmtool-j/7 ]
}

@test "rm: if a directory is not writable, the error names that directory" {
	require_root
	make /dev/shm/shmtool-j/x
	mkdir /dev/shm/shmtool-j/empty
	user_owns shmtool-j/x shmtool-j/empty
	run as_user "$SHMTOOL" rm /dev/shm/shmtool-j/x dir:/dev/shm/shmtool-j/empty
	assert_failure 1
	assert_output 'shmtool: rm: /dev/shm/shmtool-j/x: can'"'"'t be removed: no permission to write to /dev/shm/shmtool-j
shmtool: rm: dir:/dev/shm/shmtool-j/empty: can'"'"'t be removed: no permission to write to /dev/shm/shmtool-j'
}

@test "rm: a path as operand of filters is removed only if it is unused" {
	make /dev/shm/shmtool-j/7/x /dev/shm/shmtool-j/7/y /dev/shm/shmtool-j/7/z
	hold_open /dev/shm/shmtool-j/7/y
	run_tool rm --unused --json /dev/shm/shmtool-j/7/x /dev/shm/shmtool-j/7/y
	assert_success
	assert_result /dev/shm/shmtool-j/7/x removed
	assert_result /dev/shm/shmtool-j/7/y "kept: held open by $holder (hold_files)"
	assert_equal "$(find /dev/shm -type f | sort)" /dev/shm/shmtool-j/7/y$'\n'/dev/shm/shmtool-j/7/z
}

@test "rm --dir: operands are paths below it" {
	new_tmpfs
	make tmpfs/d/x tmpfs/d/y
	run_tool rm --verbose --dir "$PWD/tmpfs/d" x
	assert_success
	assert_output "removed $PWD/tmpfs/d/x (5 bytes)"
	assert_equal "$(find tmpfs -type f)" tmpfs/d/y
}

@test "rm --recursive --interactive: asks about files and directories" {
	make /dev/shm/shmtool-j/a/x /dev/shm/shmtool-j/b/x
	run_apart bash -c 'printf "n\ny\ny\n" | "$SHMTOOL" rm --unused --recursive --interactive --json'
	assert_success
	assert_result /dev/shm/shmtool-j/a/x 'kept: declined'
	assert_result /dev/shm/shmtool-j/b/x removed
	assert_result dir:/dev/shm/shmtool-j/b removed
	assert_equal "$(find /dev/shm -type f)" /dev/shm/shmtool-j/a/x
}

@test "rm --recursive: another user's files are kept, own ones are removed" {
	require_root
	make /dev/shm/shmtool-j/root/x /dev/shm/shmtool-j/own/x
	chmod 1777 /dev/shm/shmtool-j /dev/shm/shmtool-j/root
	chown -R 65534:65534 /dev/shm/shmtool-j/own
	run_tool_as_user rm --older-than 0s --recursive --json
	assert_regex "$(result /dev/shm/shmtool-j/root/x)" '^kept: owned by root'
	assert_result /dev/shm/shmtool-j/own/x removed
	assert_result dir:/dev/shm/shmtool-j/own removed
	assert [ -e /dev/shm/shmtool-j/root/x ]
}

@test "rm --recursive: thousands of files in hundreds of directories" {
	for i in {1..60}; do
		mkdir -p "/dev/shm/shmtool-j/$i"
		eval "touch /dev/shm/shmtool-j/$i/{1..50}"
	done
	hold_open /dev/shm/shmtool-j/7/7
	run_tool rm --unused --recursive --raw --no-headings -o action
	assert_success
	assert_equal "$(sort <<<"$output" | uniq -c | tr -s ' ')" ' 1 kept'$'\n'' 3058 removed'
	assert_equal "$(find /dev/shm -type f)" /dev/shm/shmtool-j/7/7
}

@test "rm --ns: files and directories in the /dev/shm of a container" {
	require_root
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --ipc bash -c 'mount -t tmpfs rm-directories /dev/shm; mkdir -p /dev/shm/shmtool-j/7
		echo text >/dev/shm/shmtool-j/7/x; echo ready >"$1"; exec sleep 300' bash "$PWD/ready" 3>&- &
	container=$!
	wait_until 10 test -s ready
	make /dev/shm/shmtool-j/7/x
	assert_equal "$(removed --ns "$container" --unused --recursive)" "/dev/shm/shmtool-j/7/x removed
dir:/dev/shm/shmtool-j removed
dir:/dev/shm/shmtool-j/7 removed"
	assert_equal "$(nsenter --mount="/proc/$container/ns/mnt" find /dev/shm -mindepth 1)" ''
	assert [ -e /dev/shm/shmtool-j/7/x ]
}

@test "rm --dir, --recursive: usage errors" {
	run_tool rm --recursive /shmtool-a
	assert_usage_error rm 'REFs'
	run_tool rm --unused --dir /proc
	assert_failure 1
	assert_stderr_like 'rm: /proc: '
	run_tool rm --unused --dir
	assert_usage_error rm
}

#
# Races
#

@test "rm --recursive: a directory that is replaced after the listing loses nothing" {
	require_strace
	make /dev/shm/shmtool-j/7/x /dev/shm/shmtool-k/x
	strace -o calls -e trace=fcntl "$SHMTOOL" rm --dry-run --unused --dir /dev/shm/shmtool-j --recursive >/dev/null 2>&1
	# The lease on the file, after those of the test of leases.
	count=$(grep -c . <(sed '/F_SETLEASE, F_UNLCK/,$d' calls))
	run_stopping "fcntl:$((count - 1))" rm --unused --dir /dev/shm/shmtool-j --recursive --json
	mv /dev/shm/shmtool-j/7 /dev/shm/shmtool-j/moved
	ln -s /dev/shm/shmtool-k /dev/shm/shmtool-j/7
	run_on
	assert [ -e /dev/shm/shmtool-k/x ]
	assert [ -L /dev/shm/shmtool-j/7 ]
}

@test "rm --recursive: a directory that becomes a link while it is listed leads nowhere" {
	require_strace
	make /dev/shm/shmtool-j/7/a/y outside/a/y /dev/shm/shmtool-k/a/y
	strace -o calls -e trace=openat2 "$SHMTOOL" rm --dry-run --unused --dir /dev/shm/shmtool-j --recursive >/dev/null 2>&1
	count=$(awk '/"7",.*NOATIME/ { print NR; exit }' calls)
	[[ $count ]] || skip 'needs openat2(2)'
	for outside in "$PWD/outside" /dev/shm/shmtool-k ../shmtool-k; do
		rm -f trace
		# Its names have been opened, but not yet those below.
		run_stopping "openat2:$count" rm --unused --dir /dev/shm/shmtool-j --recursive --json
		mv /dev/shm/shmtool-j/7 /dev/shm/shmtool-moved
		ln -s "$outside" /dev/shm/shmtool-j/7
		run_on
		refute_output --partial 7/a/y
		rm /dev/shm/shmtool-j/7
		mv /dev/shm/shmtool-moved /dev/shm/shmtool-j/7
	done
	assert [ -e outside/a/y ]
	assert [ -e /dev/shm/shmtool-k/a/y ]
}

@test "rm --recursive: without openat2(2), the same is removed and kept" {
	require_root
	for number in 38 1; do
		make /dev/shm/shmtool-m/7/a/y /dev/shm/shmtool-k/z
		ln -s ../../shmtool-k /dev/shm/shmtool-m/7/link
		mkdir /dev/shm/shmtool-m/mounted
		mount -t tmpfs rm-directories /dev/shm/shmtool-m/mounted
		make /dev/shm/shmtool-m/mounted/y
		run_apart "$HELPERS/without_syscall" 437 "$number" "$SHMTOOL" rm --older-than 0s --json \
			--dir /dev/shm/shmtool-m --recursive
		assert_success
		assert_result /dev/shm/shmtool-m/7/a/y removed
		assert_result dir:/dev/shm/shmtool-m/7/a removed
		assert_result dir:/dev/shm/shmtool-m/7 'kept: not empty'
		assert_result dir:/dev/shm/shmtool-m/mounted 'kept: something is mounted on it'
		assert [ -e /dev/shm/shmtool-k/z ]
		assert [ -e /dev/shm/shmtool-m/mounted/y ]
		umount /dev/shm/shmtool-m/mounted
		rm -r /dev/shm/shmtool-m
	done
}

@test "rm --recursive: a file that a killed run moved aside in a directory is handled by the next one" {
	require_strace
	make /dev/shm/shmtool-j/7/x /dev/shm/shmtool-j/8/y
	for action in removed 'renamed back'; do
		rm -f trace
		run_stopping renameat2:1 rm --name '*x' --recursive
		pkill -KILL -P "$stopped"
		wait "$stopped" || true
		aside=$(find /dev/shm -name '.shmtool-rm-*-x')
		[[ -n $aside ]]
		exec 8</dev/null
		[[ $action == removed ]] || exec 8<"$aside"
		run_tool rm --name 'nothing*' --recursive
		exec 8<&-
		assert_success
		assert_stderr_like "rm: $aside: a killed run of rm had moved /dev/shm/shmtool-j/7/x here: $action"
		[[ $action != removed ]] || make /dev/shm/shmtool-j/7/x
	done
	assert_equal "$(find /dev/shm -type f | sort)" /dev/shm/shmtool-j/7/x$'\n'/dev/shm/shmtool-j/8/y
}

@test "rm --recursive: while others swap directories for links, mounts and each other, nothing outside is touched" {
	new_tmpfs
	mkdir tmpfs/inside tmpfs/outside
	for i in {0..7}; do
		echo "outside $i" >"tmpfs/outside/file$i"
	done
	mkdir tmpfs/outside/b tmpfs/outside/b/c
	touch tmpfs/outside/b/file{0..7}
	mkdir tmpfs/outside/{0..39}
	eval 'touch tmpfs/outside/'{0..39}'/file'
	before=$(find tmpfs/outside -printf '%p %i\n' | sort)
	background "$HELPERS/swap_directories" "$PWD/tmpfs/inside" "$PWD/tmpfs/outside"
	wait_until 10 grep -q begun background.out
	end=$((SECONDS + 3))
	while ((SECONDS < end)); do
		status=0
		timeout 20 "$SHMTOOL" rm --older-than 0s --recursive --dir "$PWD/tmpfs/inside" --quiet \
			--raw --no-headings -o action >>rows 2>>errors || status=$?
		[ "$status" -le 1 ] || echo "status $status" >>died
	done
	kill -KILL "$BACKGROUND_PID"
	refute [ -e died ]
	umount --lazy tmpfs/inside/a/b tmpfs/inside/a 2>/dev/null || true
	assert_equal "$(find tmpfs/outside -printf '%p %i\n' | sort)" "$before"
	# It did remove files.
	grep -q '^removed$' rows
}

#
# hugetlbfs
#

# on_hugetlbfs SCRIPT: runs a script beside a hugetlbfs at huge, with 4 huge pages on this machine.
on_hugetlbfs() {
	require_root
	exec 9</proc/sys/vm/nr_hugepages
	flock 9
	[ "$(cat /proc/sys/vm/nr_hugepages)" -eq 0 ] || skip 'needs vm.nr_hugepages to be 0'
	mkdir huge
	run_apart "$HELPERS/with_sysctl" /proc/sys/vm/nr_hugepages 4 -- bash -c '
		mount -t hugetlbfs -o pagesize=2M rm-directories huge || exit 77
		trap "umount --lazy huge" EXIT
		mkdir huge/d
		for name in used mapped free; do
			fallocate -l 2M "huge/d/$name" || exit 77
		done
		exec 7<huge/d/used
		"$HELPERS/hold_mapping" "$PWD/huge/d/mapped" shared >mapped.held 7<&- 3>&- &
		until [ -s mapped.held ]; do sleep 0.02; done
		'"$1"'
		kill $!
		wait $!
		exit 0'
	[ "$status" -ne 77 ] || skip 'needs free memory for huge pages'
}

@test "rm --dir: on a hugetlbfs, where leases count readers, under the same proof" {
	# shellcheck disable=SC2016 # for the inner shell
	on_hugetlbfs '"$SHMTOOL" rm --older-than 0s --dir huge --recursive --raw --no-headings -o ref,action,why
		ls huge/d'
	assert_line "$PWD/huge/d/free removed -"
	assert_line --regexp "^$PWD/huge/d/used kept held"
	assert_line --regexp "^$PWD/huge/d/mapped kept mapped"
	refute_line free
	assert_line used
}

@test "rm --dir: on a hugetlbfs without leases, users are named, and nothing is removed" {
	require_strace
	# Each call that asks for a lease.
	# shellcheck disable=SC2016 # for the inner shell
	on_hugetlbfs 'strace -qq -o looks -e trace=fcntl "$SHMTOOL" rm --dry-run --older-than 0s --dir huge --recursive >/dev/null
		first=$(awk "/F_SETLEASE/ { print NR; exit }" looks)
		strace -qq -o trace -e trace=fcntl -e "inject=fcntl:error=EINVAL:when=$first+" "$SHMTOOL" rm \
			--older-than 0s --dir huge --recursive --raw --no-headings -o ref,action,why
		ls huge/d'
	assert_line --regexp "^$PWD/huge/d/free kept no.040lease.040can.040be.040taken"
	assert_line --regexp "^$PWD/huge/d/used kept held.040open.040by"
	assert_line --regexp "^$PWD/huge/d/mapped kept mapped.040by"
	assert_line free
}
