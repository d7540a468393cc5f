#!/usr/bin/env bats
# --ns PID: in the IPC namespace and the /dev/shm of another process. --all-namespaces: in all.

load test_helper
load truth

# begin_container [PREFIX...]: a process with an IPC namespace and a /dev/shm of its own, in which
# there are a segment of 5000 bytes and the object /inner; sets container to its number. PREFIX is
# the command that runs it.
begin_container() {
	mkfifo -m 666 ready
	"$@" unshare --ipc --mount bash -c '
		mount -t tmpfs -o size=1m none /dev/shm
		printf inner >/dev/shm/inner
		"$HELPERS/make_segments" 1 5000 >/dev/null
		echo $$ >ready
		exec sleep 300' 3>&- &
	holder=$!
	read -r container <ready
}

teardown() {
	[[ ! ${holder:-} ]] || kill "$container" 2>/dev/null || true
	[[ ! ${second:-} ]] || kill "$second" 2>/dev/null || true
	[[ ! ${user:-} ]] || kill "$user" 2>/dev/null || true
	common_teardown
}

@test "stat --ns: lists the objects that the process sees, and none of ours" {
	require_root
	begin_container
	new_segment 4096
	"$HELPERS/make_object" /shmtool-outer 4096
	run_tool stat --ns "$container" --raw --no-headings -o kind,bytes,name
	assert_success
	assert_output $'shm 5000 -\npshm 5 /inner'
	# We are still where we were.
	run_tool stat --raw --no-headings -o kind,bytes,name
	assert_output $'shm 4096 -\npshm 4096 /shmtool-outer'
}

@test "read and write --ns: the bytes of that process's objects" {
	require_root
	begin_container
	run_tool read --ns "$container" /inner
	assert_output inner
	run_tool write --ns "$container" /inner --string OUTER
	assert_success
	assert_equal "$(cat "/proc/$container/root/dev/shm/inner")" OUTER
	[[ ! -e /dev/shm/inner ]]
}

@test "rm --ns: by name, by id and by filter, there alone" {
	require_root
	begin_container
	new_segment 4096
	run_tool rm --ns "$container" -v 0
	assert_success
	assert_output 'removed id:0 (5000 bytes)'
	run_tool rm --ns "$container" --unused --json
	assert_success
	assert_equal "$(json -c 'map([.ref, .action])')" '[["/inner","removed"]]'
	[[ ! -e /proc/$container/root/dev/shm/inner ]]
	assert_equal "$(segment_ids | wc -l)" 1
}

@test "limits --ns: of that namespace" {
	require_root
	begin_container
	nsenter --ipc --target "$container" sh -c 'echo 77 >/proc/sys/kernel/shmmni'
	run_tool limits --ns "$container" --raw --no-headings -o limit,value,used
	assert_success
	assert_line 'shmmni 77 1'
	assert_line --partial 'devshm_size 1048576 '
}

@test "users --ns: users of the objects there" {
	require_root
	begin_container
	nsenter --mount --target "$container" sleep 300 <"/proc/$container/root/dev/shm/inner" 3>&- &
	user=$!
	run_tool users --ns "$container" /inner --raw --no-headings -o pid,how
	kill "$user"
	assert_success
	assert_output "$user open"
}

@test "--ns: links below that root lead nowhere outside it" {
	require_root
	mkfifo ready
	mkdir outside
	echo outside >outside/victim
	# /dev of its own, in which shm is a link to a directory that is only outside.
	OUTSIDE=$PWD/outside unshare --ipc --mount bash -c '
		mkdir root && mount -t tmpfs none root && mkdir root/dev && ln -s "$OUTSIDE" root/dev/shm
		echo $$ >ready
		exec perl -e "chroot \"root\" or die; sleep 300"' 3>&- &
	holder=$!
	read -r container <ready
	for _ in {1..200}; do
		[[ $(readlink "/proc/$container/root") == */root ]] && break
		sleep 0.05
	done
	run_tool stat --ns "$container" --kind pshm
	refute_output --partial victim
	run_tool rm --ns "$container" --unused --kind pshm
	[[ -e outside/victim ]]
	# Nor without openat2(2).
	run_apart "$HELPERS/without_syscall" 437 38 "$SHMTOOL" rm --ns "$container" --unused --kind pshm
	assert_fails rm "--ns $container: its /dev/shm can't be opened"
	[[ -e outside/victim ]]
}

@test "--ns: the user's process in a user namespace of the user" {
	require_root
	chmod 777 .
	begin_container setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user --map-root-user
	run_tool_as_user stat --ns "$container" --raw --no-headings -o kind,bytes
	assert_success
	assert_output $'shm 5000\npshm 5'
}

@test "--ns: a process in our own namespaces requires no privilege" {
	require_root
	id=$(new_segment 5000)
	setpriv --reuid 65534 --regid 65534 --clear-groups sleep 300 3>&- &
	user=$!
	wait_until 10 grep -q sleep "/proc/$user/comm"
	run_tool_as_user stat --ns "$user" --raw --no-headings -o ref
	assert_success
	assert_output "id:$id"
}

@test "--ns: of a process that is not there, or of others, is refused with a sentence" {
	require_root
	run_tool stat --ns 4194304
	assert_failure 1
	[[ $stderr == *'--ns 4194304: no such process'* ]] || fail "$stderr"
	begin_container
	run_tool_as_user stat --ns "$container"
	assert_failure 1
	[[ $stderr == *"can't be entered"* ]] || fail "$stderr"
	assert_output ''
	run_tool stat --ns abc
	assert_usage_error stat 'invalid PID: must be a decimal number'
}

@test "--ns: without openat2(2)" {
	require_root
	begin_container
	run_apart "$HELPERS/without_syscall" 437 38 "$SHMTOOL" stat --ns "$container" --raw --no-headings -o name --kind pshm
	assert_success
	assert_output /inner
}

# run_tool_as_stranger ARGUMENT...: as a user whom no other test on this machine is.
run_tool_as_stranger() {
	run --separate-stderr setpriv --reuid 64123 --regid 64123 --clear-groups "$SHMTOOL" "$@"
}

# begin_own_container: the same as an unprivileged user, root in a user namespace
# of his own.
begin_own_container() {
	chmod 777 .
	begin_container setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user --map-root-user
}

@test "--ns: from a user namespace of the user, uids are those of our namespace" {
	require_root
	begin_own_container
	run_tool_as_user stat --ns "$container" --raw --no-headings -o kind,uid,gid,cuid,cgid
	assert_success
	assert_output $'shm 65534 65534 65534 65534\npshm 65534 65534 - -'
	run_tool_as_user stat --ns "$container" --owner 65534 --raw --no-headings -o bytes
	assert_output $'5000\n5'
	run_tool_as_user stat --ns "$container" --owner 0 --raw --no-headings -o bytes
	assert_output ''
	nsenter --mount --target "$container" sleep 300 <"/proc/$container/root/dev/shm/inner" 3>&- &
	user=$!
	run_tool_as_user stat --ns "$container" -o owner,uid /inner
	assert_output --regexp 'uid +65534'
}

@test "rm --ns: removes the same objects in the user's user namespace that stat lists" {
	require_root
	begin_own_container
	run_tool_as_user stat --ns "$container" --mine --raw --no-headings -o ref
	assert_output $'id:0\n/inner'
	run_tool_as_user rm --ns "$container" --mine --raw --no-headings -o ref,action
	assert_success
	assert_output $'id:0 removed\n/inner removed'
	[[ ! -e /proc/$container/root/dev/shm/inner ]]
}

@test "rm --ns: another user's segment in the user's user namespace" {
	require_root
	chmod 777 .
	mkfifo -m 666 ready
	setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user --ipc bash -c '
		echo $$ >ready
		exec sleep 300' 3>&- &
	read -r container <ready
	# User 5 there is user 1005 here, the last of several, and user nobody is himself.
	printf '2 1002 4\n65534 65534 1\n' >map
	cat map >"/proc/$container/uid_map"
	cat map >"/proc/$container/gid_map"
	nsenter --user --ipc --target "$container" --setuid 5 --setgid 5 "$HELPERS/make_segments" 1 5000
	run_tool_as_user rm --ns "$container" --kind shm --dry-run --raw --no-headings -o ref,action
	assert_output 'id:0 would\040remove'
	run_tool_as_user rm --ns "$container" --kind shm --raw --no-headings -o ref,owner,action
	assert_success
	assert_output 'id:0 1005 removed'
}

@test "users --ns, rm --ns: users of a segment there" {
	require_root
	begin_container
	nsenter --ipc --target "$container" "$HELPERS/hold_segment" 0 >held 3>&- &
	user=$!
	wait_until 10 test -s held
	run_tool users --ns "$container" --raw --no-headings -o ref,pid,how
	assert_output "id:0 $user attached"
	run_tool rm --ns "$container" --kind shm --raw --no-headings -o ref,action,why
	assert_output "id:0 kept attached\\040by\\040$user\\040(hold_segment)"
}

@test "rm --ns: objects used outside of all visible namespaces are kept" {
	require_root
	mkfifo ready go
	mkdir shm
	mount -t tmpfs -o size=1m none shm
	unshare --pid --fork --mount --mount-proc --kill-child bash -c '
		unshare --ipc --mount bash -c "
			mount --bind shm /dev/shm
			exec sleep 300" &
		until grep -qsx sleep /proc/$!/comm; do :; done
		echo free >shm/free
		echo used >shm/used
		echo >ready
		read -r _ <go
		"$SHMTOOL" rm --ns $! --kind pshm --raw --no-headings -o ref,action,why' >removal 3>&- &
	read -r _ <ready
	"$HELPERS/hold_files" -m shm/used >held 3>&- &
	user=$!
	wait_until 10 test -s held
	echo >go
	wait_until 10 test -s removal
	kept=$(grep used removal)
	ls shm >left
	kill "$user"
	umount --lazy shm
	assert_equal "$(cat left)" used
	assert_regex "$kept" '^/used kept lease.040refused'
}

@test "write and read --ns: a segment of that namespace, made there if need be" {
	require_root
	begin_container
	run_tool write --ns "$container" 0 --string segment
	assert_success
	run_tool read --ns "$container" --length 7 0
	assert_output segment
	run_tool write --ns "$container" 0x46010004 --create --size 4K --string made
	assert_success
	run_tool read --ns "$container" --length 4 key:0x46010004
	assert_output made
	assert_no_segments
	assert_equal "$(nsenter --ipc --target "$container" ipcs -m | grep -c 0x46010004)" 1
}

@test "--ns: files, the path of ftok: and descriptors are the caller's" {
	require_root
	begin_container
	mkdir here
	echo content >here/file
	run_tool read --ns "$container" ./here/file
	assert_output content
	exec 8<here/file
	run_tool read --ns "$container" pid:self:fd:8
	exec 8<&-
	assert_output content
	run_tool write --ns "$container" ftok:here/file --create --size 4K --string x
	assert_success
	key=$("$HELPERS/ftok_key" here/file 1)
	run_tool stat --ns "$container" --raw --no-headings -o bytes "key:$key"
	assert_output 4096
}

@test "--ns: a process that has ended has no namespaces" {
	require_root
	perl -e '$| = 1; my $pid = fork // die; exit unless $pid; print "$pid\n"; sleep 300' >zombie 3>&- &
	user=$!
	wait_until 10 eval 'grep -q "^State:.Z" "/proc/$(cat zombie)/status"'
	run_tool stat --ns "$(cat zombie)"
	assert_fails stat 'the process has exited'
}

# begin_chroot COMMAND: a container whose root directory is root/, as the command has made it; sets
# container.
begin_chroot() {
	mkfifo ready
	MAKE=$1 unshare --ipc --mount bash -c '
		mkdir root && mount -t tmpfs none root && mkdir root/dev
		eval "$MAKE"
		"$HELPERS/make_segments" 1 5000 >/dev/null
		exec perl -e "\$| = 1; chroot \"root\" or die; print \"\$\$\n\"; sleep 300"' >ready 3>&- &
	holder=$!
	read -r container <ready
}

@test "--ns: a root directory without /dev/shm has no objects" {
	require_root
	begin_chroot ''
	run_tool stat --ns "$container" --raw --no-headings -o kind,bytes
	assert_success
	assert_output 'shm 5000'
	run_tool write --ns "$container" /new --create --string x
	assert_fails write '/new: .*can.t be created in /dev/shm'
}

@test "--ns: a /dev/shm that is a directory like any other, or a link within that root" {
	require_root
	begin_chroot 'mkdir -p root/run/shm && echo plain >root/run/shm/plain && ln -s /run/shm root/dev/shm'
	run_tool stat --ns "$container" --raw --no-headings -o ref,bytes --kind pshm
	assert_success
	assert_output '/plain 6'
	# Files in a directory like any other need not be shared memory.
	run_tool rm --ns "$container" --unused --kind pshm --raw --no-headings -o ref,action
	assert_failure 1
	assert_stderr_like 'its /dev/shm is a directory in a tmpfs, not a tmpfs of its own: filters remove nothing there'
	run_tool rm --ns "$container" -v /plain
	assert_success
	assert_output 'removed /plain (6 bytes)'
}

@test "--ns, --all-namespaces: a /dev/shm that can't be opened is not taken for an empty one" {
	require_root
	begin_chroot 'ln -s shm root/dev/shm'
	run_tool stat --ns "$container"
	assert_fails stat "--ns $container: its /dev/shm can.t be opened: "
	run_tool stat --all-namespaces --json
	assert_failure 1
	assert_stderr_like "of process $container: its /dev/shm can.t be opened: "
	assert_equal "$(json -c --argjson pid "$container" 'map(select(.nspid == $pid) | .bytes)')" '[5000]'
}

@test "limits and write --ns: the command that raises a limit is for that namespace" {
	require_root
	begin_container
	nsenter --ipc --target "$container" sh -c 'echo 1 >/proc/sys/kernel/shmmni'
	run_tool limits --ns "$container"
	assert_stderr_like "nsenter --ipc --target $container sysctl kernel.shmmni=2"
	run_tool write --ns "$container" 0x46010004 --create --size 4K --string x
	assert_fails write "as root: nsenter --ipc --target $container sysctl kernel.shmmni=2"
	run_tool write --ns "$container" /large --create --size 2M --string x
	assert_fails write "as root: nsenter --mount --target $container mount -o remount,size="
	set_limit shmmni 0
	run_tool write 0x46010004 --create --size 4K --string x
	restore_limits
	assert_fails write 'as root: sysctl kernel.shmmni='
}

@test "stat --ns: how to mount /dev/mqueue there" {
	require_root
	begin_chroot ''
	run_tool stat --ns "$container" --kind pmsg
	assert_failure 1
	assert_stderr_like "nsenter --mount --target $container mount -t mqueue "
}

@test "stat --all-namespaces: every namespace once, with its number and a process" {
	require_root
	begin_container
	# A second process in it makes no second namespace of it.
	nsenter --ipc --target "$container" sleep 300 3>&- &
	second=$!
	new_segment 4096
	ours=$(stat -L -c %i /proc/self/ns/ipc)
	theirs=$(stat -L -c %i "/proc/$container/ns/ipc")
	wait_until 10 test "/proc/$second/ns/ipc" -ef "/proc/$container/ns/ipc"
	run_tool stat --all-namespaces --json
	kill "$second"
	# Other processes of the machine may come, go and hide meanwhile.
	assert_equal "$(json -c --argjson ns "$ours" 'map(select(.ns == $ns and .kind == "shm") | .bytes)')" '[4096]'
	assert_equal "$(json -c --argjson ns "$theirs" 'map(select(.ns == $ns) | [.kind, .bytes, .nspid, .nscommand])')" \
		'[["shm",5000,'"$container"',"sleep"],["pshm",5,'"$container"',"sleep"]]'
}

# counts_namespaces: whether --verbose counts the IPC namespaces of all processes.
counts_namespaces() {
	local count
	count=$(stat -L -c %i /proc/[0-9]*/ns/ipc 2>/dev/null | sort -u | wc -l)
	"$SHMTOOL" stat --all-namespaces --verbose --kind shm 2>&1 >/dev/null |
		grep -qx "shmtool: stat: $count IPC namespaces"
}

@test "stat --all-namespaces --verbose: counts each namespace once" {
	require_root
	begin_container
	# Other processes of the machine may make namespaces meanwhile.
	wait_until 30 counts_namespaces
}

@test "stat --all-namespaces: missing permission to enter other namespaces is reported" {
	require_root
	begin_container
	run_tool_as_user stat --all-namespaces --kind shm
	[[ $stderr == *"can't be inspected (root is required)"* || $stderr == *"can't be entered"* ]] || fail "$stderr"
	refute_output --partial "$container"
}

@test "stat --all-namespaces: cannot be combined with options for one namespace" {
	for other in '--ns 1' 1 --elements; do
		# shellcheck disable=SC2086 # words
		run_tool stat --all-namespaces $other
		assert_usage_error stat
	done
}

@test "stat --all-namespaces: another /dev/shm in an IPC namespace that is known, and no segment twice" {
	require_root
	new_segment 4096
	mkfifo -m 666 ready
	unshare --mount bash -c '
		mount -t tmpfs -o size=1m none /dev/shm
		printf apart >/dev/shm/apart
		echo $$ >ready
		exec sleep 300' 3>&- &
	read -r container <ready
	ours=$(stat -L -c %i /proc/self/ns/ipc)
	run_tool stat --all-namespaces --json
	assert_equal "$(json -c --argjson ns "$ours" 'map(select(.ns == $ns and .kind == "shm") | .bytes)')" '[4096]'
	assert_equal "$(json -c 'map(select(.name == "/apart") | [.ns, .nspid])')" "[[$ours,$container]]"
}

@test "stat --all-namespaces: where the process that was found ends, another one leads there" {
	require_root
	require_strace
	begin_container
	nsenter --ipc --mount --target "$container" sleep 300 3>&- &
	second=$!
	theirs=$(stat -L -c %i "/proc/$container/ns/ipc")
	wait_until 10 test "/proc/$second/ns/mnt" -ef "/proc/$container/ns/mnt"
	# /proc is read to its end, but for machines with a thousand processes.
	run_stopping getdents64:2 stat --all-namespaces --json
	kill -KILL "$container"
	wait "$holder" || true
	run_on
	assert_equal "$(json -c --argjson ns "$theirs" 'map(select(.ns == $ns) | [.bytes, .nspid])')" \
		"[[5000,$second],[5,$second]]"
}

@test "stat --all-namespaces: a namespace that ends meanwhile is not a failure" {
	require_root
	for _ in 1 2 3; do
		(until [[ -e over ]]; do unshare --ipc --mount true; done) 3>&- &
		churn+=($!)
	done
	end=$((SECONDS + 4))
	while ((SECONDS < end)); do
		run_tool stat --all-namespaces --kind shm --raw
		[[ $stderr != *'has exited'* ]] || break
	done
	: >over
	wait "${churn[@]}"
	refute_regex "$stderr" 'has exited'
}

@test "stat --all-namespaces: objects omitted by a filter on users are reported" {
	require_root
	"$HELPERS/make_object" /shmtool-open 4096 666
	run_tool_as_stranger stat --all-namespaces --unused
	assert_stderr_like '1 object is omitted: it is unknown whether it is used' \
		'processes could not be inspected'
}

@test "stat --all-namespaces: queues that can't be found are reported, as a failure only if requested" {
	require_root
	# In a pid namespace, for those of other people, that come and go, may be a failure themselves.
	for kinds in all pmsg; do
		# shellcheck disable=SC2016 # for the inner shells
		run_apart unshare --pid --fork --mount-proc bash -c '
			mkfifo "ready.$1"
			unshare --ipc --mount bash -c "while umount /dev/mqueue; do :; done 2>/dev/null; echo >ready.$1; exec sleep 300" 3>&- &
			read -r _ <"ready.$1"
			"$SHMTOOL" stat --all-namespaces --kind "$1" --json -o ns
			status=$?
			kill $!; wait $!
			exit $status' bash "$kinds"
		assert_equal "$kinds $status" "$kinds $([ "$kinds" = pmsg ] && echo 1 || echo 0)"
		assert_stderr_like 'queues of [12] IPC namespaces? are omitted: /dev/mqueue is not mounted there'
	done
}

@test "stat --all-namespaces: with two user namespaces of the user, how to see the second is reported" {
	require_root
	chmod 777 .
	stranger=(setpriv --reuid 64123 --regid 64123 --clear-groups unshare --user --map-root-user)
	begin_container "${stranger[@]}"
	first=$container
	rm ready
	begin_container "${stranger[@]}"
	second=$first
	run_tool_as_stranger stat --all-namespaces --json
	assert_failure 1
	assert_stderr_like "can.t be entered from within another user namespace \(enter them separately: --ns ($first|$container)\)"
	assert_equal "$(json -c --argjson a "$first" --argjson b "$container" \
		'map(select(.nspid == $a or .nspid == $b) | .bytes)')" '[5000,5]'
}

@test "stat --all-namespaces: processes or namespaces hidden in /proc are reported; ours is listed" {
	require_root
	new_segment 4096
	# shellcheck disable=SC2016 # expanded by the inner shell
	run_apart unshare --mount bash -c '
		mount -t proc -o hidepid=2 proc /proc
		setpriv --reuid 64123 --regid 64123 --clear-groups "$SHMTOOL" stat --all-namespaces --raw --no-headings -o bytes'
	assert_success
	assert_output 4096
	assert_stderr_like 'IPC namespaces may be missing: .*hidepid'
	run_apart unshare --pid --fork --mount-proc "$SHMTOOL" stat --all-namespaces --raw --no-headings -o bytes
	assert_success
	assert_output 4096
	assert_stderr_like 'IPC namespaces may be missing: processes outside this pid namespace'
	run_apart unshare --mount bash -c 'mount -t tmpfs none /proc; "$SHMTOOL" stat --all-namespaces --raw --no-headings -o bytes'
	assert_output 4096
	assert_stderr_like 'IPC namespaces may be missing: '
}

@test "--ns: a process that /proc hides" {
	require_root
	begin_container
	# shellcheck disable=SC2016 # expanded by the inner shell
	run_apart unshare --mount bash -c '
		mount -t proc -o hidepid=2 proc /proc
		setpriv --reuid 65534 --regid 65534 --clear-groups "$SHMTOOL" stat --ns '"$container"
	assert_fails stat 'the process is hidden in /proc, see hidepid'
}

# In a user namespace of their own, any user may mount anything, and wait for root to inspect it.

@test "--ns: a directory of others that a user has mounted at his /dev/shm is left alone" {
	require_root
	chmod 777 .
	mkdir victim
	echo victim >victim/file
	chmod 1777 victim
	mkfifo -m 666 ready
	setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user --map-root-user --ipc --mount bash -c '
		mount --bind victim /dev/shm
		"$HELPERS/make_segments" 1 5000 >/dev/null
		echo $$ >ready
		exec sleep 300' 3>&- &
	read -r container <ready
	for command in 'rm --unused' 'rm /file' 'write /file --string x' 'stat'; do
		# shellcheck disable=SC2086 # words
		run_tool $command --ns "$container"
		assert_fails "${command%% *}" 'its /dev/shm is owned by root, who is not in its user namespace'
	done
	assert_equal "$(cat victim/file)" victim
	# Nor is the next number one of those that there are in it.
	chown 65535:65535 victim
	run_tool rm --unused --ns "$container"
	assert_fails rm 'its /dev/shm is owned by 65535, who is not in its user namespace'
	chown 0:0 victim
	run_tool stat --all-namespaces --json
	assert_failure 1
	assert_stderr_like "of process $container: its /dev/shm is owned by root"
	assert_equal "$(json -c --argjson pid "$container" 'map(select(.nspid == $pid) | .bytes)')" '[5000]'
	# One that is our own all can see.
	nsenter --user --ipc --target "$container" sleep 300 3>&- &
	user=$!
	"$HELPERS/make_object" /shmtool-outer 4096
	wait_until 10 test "/proc/$user/ns/ipc" -ef "/proc/$container/ns/ipc"
	run_tool stat --ns "$user" --raw --no-headings -o ref
	assert_output $'id:0\n/shmtool-outer'
}

@test "--ns: mounts of a user's that another process has come to are not trusted, either" {
	require_root
	chmod 777 .
	mkdir victim
	echo victim >victim/file
	mkfifo -m 666 ready
	setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user --map-root-user --mount bash -c '
		mount --bind victim /dev/shm
		echo $$ >ready
		exec sleep 300' 3>&- &
	read -r container <ready
	nsenter --mount --target "$container" sleep 300 3>&- &
	user=$!
	wait_until 10 test "/proc/$user/ns/mnt" -ef "/proc/$container/ns/mnt"
	run_tool rm --ns "$user" --unused --kind pshm
	assert_fails rm 'its /dev/shm is owned by root'
	assert_equal "$(cat victim/file)" victim
}

@test "write and read --ns: a file that a user has mounted over an object is left alone" {
	require_root
	begin_own_container
	echo victim >victim
	nsenter --user --mount --target "$container" --setuid 0 --setgid 0 \
		mount --bind "$PWD/victim" /dev/shm/inner
	for command in 'write --string x' read; do
		# shellcheck disable=SC2086 # words
		run_tool $command --ns "$container" /inner
		assert_fails "${command%% *}" '/inner: can.t be opened: something is mounted on it'
	done
	run_tool rm --ns "$container" --unused --kind pshm
	assert_equal "$(cat victim)" victim
}

@test "rm and write --ns: root, in the /dev/shm of another user's user namespace" {
	require_root
	begin_own_container
	# One that only root may open, when the first has been removed.
	as_user truncate -s 1 "/proc/$container/root/dev/shm/shut"
	chmod 0 "/proc/$container/root/dev/shm/shut"
	run_tool rm --ns "$container" --unused --raw --no-headings -o ref,action
	assert_success
	assert_output $'id:0 removed\n/inner removed\n/shut removed'
	[[ ! -e /proc/$container/root/dev/shm/inner ]]
	run_tool write --ns "$container" /new --create --string new
	assert_success
	assert_equal "$(cat "/proc/$container/root/dev/shm/new")" new
	assert_equal "$(stat -c %u "/proc/$container/root/dev/shm/new")" 65534
}

@test "stat --all-namespaces: with the /proc of another pid namespace, whose IPC namespace is entered" {
	require_root
	own=$(new_segment 4096)
	# PIDFD_GET_IPC_NAMESPACE: without it, ours can't be identified.
	[ "$(printf '%s\n' 6.11 "$(uname -r)" | sort -V | head -n 1)" = 6.11 ] || skip 'needs Linux 6.11'
	# shellcheck disable=SC2016 # for the inner shell
	run_apart bash -c '
		unshare --pid --fork --kill-child --mount-proc --ipc sh -c ": >begun; exec sleep 60" >/dev/null 2>&1 3>&- &
		until [ -e begun ]; do sleep 0.02; done
		holder=$(pgrep -P $!)
		nsenter --target "$holder" --ipc "$SHMTOOL" create --size 8192 >/dev/null
		readlink /proc/$holder/ns/ipc
		nsenter --target "$holder" --mount "$SHMTOOL" stat --all-namespaces --kind shm --raw --no-headings \
			-o bytes,ns
		kill -KILL "$holder"'
	assert_success
	number=${lines[0]//[!0-9]/}
	assert_line "8192 $number"
	assert_line "4096 $(readlink /proc/self/ns/ipc | tr -dc 0-9)"
	refute_stderr_like 'too fast'
	ipcrm -m "$own"
}

@test "stat --all-namespaces: a /dev/shm that two IPC namespaces share is listed once" {
	require_root
	"$HELPERS/make_object" /shmtool-shared 4096
	unshare --ipc sleep 300 3>&- &
	user=$!
	wait_until 10 test ! /proc/self/ns/ipc -ef "/proc/$user/ns/ipc"
	run_tool stat --all-namespaces --raw --no-headings --name shmtool-shared -o ref,ns
	assert_output "/shmtool-shared $(stat -L -c %i /proc/self/ns/ipc)"
}

@test "stat --all-namespaces: the /dev/shm of another root directory" {
	require_root
	mkdir -p root/dev/shm
	echo apart >root/dev/shm/shmtool-apart
	perl -e '$| = 1; chroot "root" or die; print "$$\n"; sleep 300' >apart 3>&- &
	user=$!
	wait_until 10 test -s apart
	run_tool stat --all-namespaces --raw --no-headings --name shmtool-apart -o bytes,nspid
	assert_output "6 $user"
}
