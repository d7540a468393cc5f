#!/usr/bin/env bats
# System V IPC whose system calls are refused, as in containers under seccomp or SELinux, while /proc
# is readable: the output of util-linux's tools, byte for byte, and of the native commands.

load test_helper
load truth
load classic

refusals=(EPERM EACCES ENOSYS)

# refused ctl|all ERROR COMMAND...: runs a command whose system calls of System V IPC fail.
refused() {
	run_stderr_split "$HELPERS/refuse_sysv" "$@"
}

# compare_refused ERROR TOOL ARGUMENT...: how the two differ when the system calls are refused.
compare_refused() {
	local label calls

	for calls in ctl all; do
		printf -v label '%q ' "$calls" "$@"
		run_in "$theirs" theirs root "$HELPERS/refuse_sysv" "$calls" "$@"
		run_in "$ours" ours root "$HELPERS/refuse_sysv" "$calls" "$@"
		ran "$label"
		judge "$label" out err status
		((++compared))
	done
}

# make_one_of_each: a segment, a queue and a set; sets segment, queue and set.
make_one_of_each() {
	segment=$(make_segment 5000 0640)
	queue=$(ipcmk -Q -p 604)
	queue=${queue##* }
	set=$(ipcmk -S 3 -p 640)
	set=${set##* }
}

# without_proc FILE COMMAND...: runs a command in a mount namespace in which a directory of /proc is
# empty, and the system calls are refused.
without_proc() {
	run_stderr_split unshare -m sh -c '
		for directory in $1; do mount -t tmpfs none "$directory" || exit 125; done
		shift
		exec "$HELPERS/refuse_sysv" all EPERM "$@"' sh "$@"
}

@test "ipcs with refused system calls: the same rows as util-linux's, from /proc" {
	require_peer ipcs
	start_mixed_objects 20
	for error in "${refusals[@]}"; do
		for view in '' -t -p -c -l -u '-m --human' '-q -b' '-l --human' '-u -b'; do
			read -ra words <<<"$view"
			compare_refused "$error" ipcs "${words[@]}"
		done
	done
	assert_same 60
}

@test "ipcs -i with refused system calls: the same details as util-linux's, from /proc" {
	require_peer ipcs
	make_one_of_each
	for error in "${refusals[@]}"; do
		for which in "-m -i $segment" "-q -i $queue" "-s -i $set" '-m -i 99' '-q -i 99' '-s -i 99' "-q -i $queue --human"; do
			read -ra words <<<"$which"
			compare_refused "$error" ipcs "${words[@]}"
		done
	done
	assert_same 42
}

@test "ipcrm with refused system calls: the same failures as util-linux's" {
	require_peer ipcrm
	make_one_of_each
	key=$(proc_shm "$segment" key)
	for error in "${refusals[@]}"; do
		for what in --all --all=shm --all=msg --all=sem "-m $segment" "-q $queue" "-s $set" "-M $key" "-v -m $segment"; do
			read -ra words <<<"$what"
			compare_refused "$error" ipcrm "${words[@]}"
		done
	done
	assert_same 54
	assert_equal "$(ids shm) $(ids msg) $(ids sem)" "$segment $queue $set"
}

@test "ipcmk with refused system calls: the same failures as util-linux's" {
	require_peer ipcmk
	for error in "${refusals[@]}"; do
		for what in '-M 1' -Q '-S 1'; do
			read -ra words <<<"$what"
			run_in "$theirs" theirs root "$HELPERS/refuse_sysv" all "$error" ipcmk "${words[@]}"
			run_in "$ours" ours root "$HELPERS/refuse_sysv" all "$error" ipcmk "${words[@]}"
			judge "$error $what" out err status
			((++compared))
		done
	done
	assert_same 9
}

@test "ipcs where neither system calls nor /proc are readable: a message and status 1" {
	require_root
	make_segment 1 >/dev/null
	for arguments in '' -m -t '-m -i 0' '-q -i 0' '-s -i 0'; do
		read -ra words <<<"$arguments"
		without_proc /proc/sysvipc "$SHMTOOL" ipcs "${words[@]}"
		assert_failure 1
		[[ $stderr == *'ipcs: cannot list System V '*': Operation not permitted'* ]] ||
			fail "ipcs $arguments: $stderr"
	done
	without_proc /proc/sys/kernel "$SHMTOOL" ipcs -l
	assert_failure 1
	assert_output --partial 'unable to fetch shared memory limits'
	without_proc /proc/sysvipc "$SHMTOOL" ipcs -u
	assert_failure 1
	assert_output --partial 'kernel not configured for shared memory'
}

@test "stat with refused system calls: the objects are those of /proc, with status 0" {
	make_one_of_each
	key=$(printf '0x%08x' $(($(proc_shm "$segment" key) & 0xffffffff)))
	"$HELPERS/fill_segment" "$segment" 5000
	for error in "${refusals[@]}"; do
		for calls in ctl all; do
			refused "$calls" "$error" "$SHMTOOL" stat --kind shm --raw --no-headings -o key,shmid,perms,bytes,nattch,cpid,rss
			assert_success
			assert_output "$key $segment 640 5000 0 $(proc_shm "$segment" cpid) $(proc_shm "$segment" rss)"
			assert_equal "$stderr" ''
			refused "$calls" "$error" "$SHMTOOL" stat --raw --no-headings -o shmid "key:$key"
			assert_success
			assert_output "$segment"
			refused "$calls" "$error" "$SHMTOOL" stat --raw --no-headings -o ref,perms,nsems --kind sem
			assert_success
			assert_output "sem:$set 640 3"
			# The file does not have the size of a queue.
			refused "$calls" "$error" "$SHMTOOL" stat --raw --no-headings -o ref,perms,bytes,messages --kind msg
			assert_success
			assert_output "msg:$queue 604 - 0"
			refused "$calls" "$error" "$SHMTOOL" stat "id:99"
			assert_failure 1
			assert_equal "$stderr" 'shmtool: stat: id:99: no such segment'
			refused "$calls" "$error" "$SHMTOOL" stat "key:0x7fedcba9"
			assert_failure 1
			assert_equal "$stderr" 'shmtool: stat: key:0x7fedcba9: no such segment'
		done
	done
}

@test "stat --json with refused system calls: the same as with them" {
	start_mixed_objects 20
	columns=key,id,owner,group,creator,cgname,perms,status,nattch,cpid,lpid,atime,dtime,ctime,messages,lspid,lrpid,stime,rtime,nsems,otime
	shmtool stat --kind shm,msg,sem --json -o "$columns" >answered
	"$HELPERS/refuse_sysv" all EPERM "$SHMTOOL" stat --kind shm,msg,sem --json -o "$columns" >refused
	[ "$(wc -l <answered)" -ge 60 ]
	diff answered refused
	shmtool stat --kind shm --json -o bytes,pages,used,rss,swap >answered
	"$HELPERS/refuse_sysv" all EPERM "$SHMTOOL" stat --kind shm --json -o bytes,pages,used,rss,swap >refused
	diff answered refused
}

@test "stat where neither system calls nor /proc are readable: a message and status 1" {
	require_root
	for kind in shm msg sem; do
		without_proc /proc/sysvipc "$SHMTOOL" stat --kind "$kind"
		assert_failure 1
		[[ $stderr == 'shmtool: stat: System V '*' can'"'"'t be listed: the system calls are denied (Operation not permitted), and /proc/sysvipc can'"'"'t be read' ]] ||
			fail "$stderr"
	done
}

@test "limits with refused system calls: the same as with them" {
	make_one_of_each
	shmtool limits --kind all --json >answered
	for error in "${refusals[@]}"; do
		for calls in ctl all; do
			"$HELPERS/refuse_sysv" "$calls" "$error" "$SHMTOOL" limits --kind all --json >refused
			diff answered refused
		done
	done
}

@test "limits where neither system calls nor /proc are readable: a message and status 1" {
	require_root
	for kind in shm msg sem; do
		without_proc /proc/sys/kernel "$SHMTOOL" limits --kind "$kind" --json
		assert_failure 1
		[[ $stderr == 'shmtool: limits: the limits of System V '*' can'"'"'t be read: Operation not permitted' ]] ||
			fail "$stderr"
	done
	# Known values are shown.
	without_proc /proc/sysvipc "$SHMTOOL" limits --kind sem --raw --no-headings -o limit,value,used
	assert_failure 1
	assert_line "semmni $(cut -f 4 /proc/sys/kernel/sem) -"
	[[ $stderr == 'shmtool: limits: the use of System V semaphores can'"'"'t be read: Operation not permitted' ]]
}

@test "create with refused system calls: says that System V IPC is missing or blocked" {
	for error in EPERM EACCES; do
		refused all "$error" "$SHMTOOL" create --size 4096
		assert_failure 1
		assert_output ''
		[[ $stderr == "shmtool: create: can't be created: System V IPC is blocked here"* ]] || fail "$stderr"
	done
	refused all ENOSYS "$SHMTOOL" create --size 4096
	assert_failure 1
	[[ $stderr == "shmtool: create: can't be created: System V IPC is missing from this kernel or blocked here"* ]]
	assert_equal "$(ids shm)" ''
}

@test "create where only shmctl is refused: a segment of the default mode is made" {
	refused ctl EPERM "$SHMTOOL" create --size 4096
	assert_success
	assert_equal "$(proc_shm "$output" size) $(proc_shm "$output" perms)" '4096 600'
	# Another mode can't be given to it, and it can't be removed again: both are said.
	refused ctl EPERM "$SHMTOOL" create --size 8192 --mode 640
	assert_failure 1
	[[ $stderr == *"can't be changed: Operation not permitted (segment id:"*" can't be removed again"* ]] || fail "$stderr"
}

@test "rm with refused system calls: fails without further messages" {
	make_one_of_each
	for error in EPERM EACCES ENOSYS; do
		refused ctl "$error" "$SHMTOOL" rm "$segment"
		assert_failure 1
		[[ $stderr == "shmtool: rm: id:$segment: can't be removed: "* ]]
		refused ctl "$error" "$SHMTOOL" rm --unused --kind shm --dry-run
		assert_failure 1
		assert_line --regexp "^id:$segment .*failed: can't be removed: [A-Z][a-z ]*\$"
		refused ctl "$error" "$SHMTOOL" set --mode 600 "$segment"
		assert_failure 1
		[[ $stderr == "shmtool: set: id:$segment: can't be changed: "* ]]
	done
	assert_equal "$(ids shm)" "$segment"
}
