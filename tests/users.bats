#!/usr/bin/env bats
# users: processes that attach, map or hold open an object. The truth is the processes that the test started,
# and the kernel's /proc/PID/maps, /proc/PID/fd and nattch.

load test_helper
load truth
load users

# address_of PID PATTERN: the first address of the first line of /proc/PID/maps with a pattern.
address_of() {
	awk -v pattern="$2" '$0 ~ pattern { sub(/-.*/, "", $1); print "0x" $1; exit }' "/proc/$1/maps"
}

@test "users: a segment that a process has attached" {
	id=$(new_segment 8192)
	hold "$id"
	rows kind,ref,pid,user,command,how,access,bytes,count,sharing "$id"
	assert_output "shm id:$id $holder $me hold_segment attached rw 8192 1 shared"
	assert_unchanged
}

@test "users: the address is that of /proc/PID/maps" {
	require_root
	id=$(new_segment 8192)
	hold "$id"
	rows address "$id"
	assert_output "$(address_of "$holder" SYSV)"
}

@test "users: attached for reading only" {
	id=$(new_segment 4096)
	hold "$id" ro
	rows pid,access "$id"
	assert_output "$holder r"
}

@test "users: a process that attaches twice has one row, and two with --each" {
	id=$(new_segment 4096)
	hold "$id" rw 2
	assert_equal "$(proc_shm "$id" nattch)" 2
	rows pid,bytes,count "$id"
	assert_output "$holder 8192 2"
	rows pid,bytes,count --each "$id"
	assert_output "$holder 4096 1"$'\n'"$holder 4096 1"
}

@test "users: an attach whose parts differ in protection is one attach" {
	id=$(new_segment 12288)
	keep "id:$id" split
	assert_equal "$(proc_shm "$id" nattch)" 3 # the kernel counts the parts
	run_tool users --raw --no-headings -o pid,access,bytes,count --each "$id"
	assert_success
	assert_output "$keeper rw 12288 1"
	refute_stderr_like "by processes that can't be seen"
}

@test "users: two adjacent attaches are two" {
	id=$(new_segment 4096)
	hold "$id" rw 3
	rows bytes --each "$id"
	assert_equal "${#lines[@]}" 3
}

@test "users: a mapped object without a descriptor" {
	new_object shmtool-a 8192
	keep /dev/shm/shmtool-a shared
	rows kind,ref,pid,user,command,how,access,fd,bytes,count,sharing /shmtool-a
	assert_output "pshm /shmtool-a $keeper $me hold_mapping mapped rw - 8192 1 shared"
}

@test "users: a mapped object with a descriptor has two rows" {
	new_object shmtool-a
	start_peer object /shmtool-a
	rows how,access,fd,bytes /shmtool-a
	assert_output 'mapped rw - 4096'$'\n''open rw 3 -'
}

@test "users: a mapping for reading only" {
	new_object shmtool-a
	keep /dev/shm/shmtool-a readonly
	rows pid,how,access,sharing /shmtool-a
	assert_output "$keeper mapped r shared"
}

@test "users: a private mapping is a use, which does not write the object" {
	new_object shmtool-a
	keep /dev/shm/shmtool-a private
	rows pid,how,access,sharing /shmtool-a
	assert_output "$keeper mapped r private"
}

@test "users: descriptors alone, of several the lowest" {
	new_object shmtool-a
	keep /dev/shm/shmtool-a open 3
	rows pid,how,access,count,address,bytes /shmtool-a
	assert_output "$keeper open rw 3 - -"
	held=$(find "/proc/$keeper/fd" -lname /dev/shm/shmtool-a -printf '%f\n' | sort -n)
	rows fd --each /shmtool-a
	assert_output "$held"
	rows fd /shmtool-a
	assert_output "${held%%$'\n'*}"
}

@test "users: a descriptor of O_PATH is one that can do nothing" {
	new_object shmtool-a
	keep /dev/shm/shmtool-a path
	rows pid,how,access /shmtool-a
	assert_output "$keeper open none"
}

@test "users: a process whose first thread has ended" {
	new_object shmtool-a
	id=$(new_segment 4096)
	keep /dev/shm/shmtool-a thread
	one=$keeper
	keep "id:$id" thread
	assert_equal "$(awk '{ print $3 }' "/proc/$one/stat")" Z
	rows ref,pid,how
	assert_output "id:$id $keeper attached"$'\n'"/shmtool-a $one mapped"
}

@test "users: named semaphores, with --kind or by their name" {
	"$HELPERS/sem_make" /shmtool-s 1
	keep /dev/shm/sem.shmtool-s shared
	rows ref
	assert_output ''
	rows kind,ref,pid,how --kind psem
	assert_output "psem psem:/shmtool-s $keeper mapped"
	rows pid psem:/shmtool-s
	assert_output "$keeper"
}

@test "users: a memfd by the descriptor of a process, mapped by it too" {
	start_peer memfd 8192
	rows kind,ref,how,bytes "$peer_ref"
	assert_output "memfd $peer_ref mapped 8192"$'\n'"memfd $peer_ref open -"
}

@test "users: an object without a name, by a descriptor of it" {
	new_object shmtool-a
	start_peer object /shmtool-a
	peer=$!
	keep /dev/shm/shmtool-a shared
	rm /dev/shm/shmtool-a
	rows pid,how "pid:$peer:fd:3"
	assert_output "$(printf '%s\n' "$peer mapped" "$peer open" "$keeper mapped" | sort -k 1n,1 -k 2)"
}

@test "users: a file by its path" {
	head -c 5000 /dev/zero >file
	keep "$PWD/file" shared
	rows kind,ref,pid,how,bytes ./file
	assert_output "file ./file $keeper mapped 8192"
}

@test "users: several processes and objects, in order" {
	id=$(new_segment 4096)
	new_object shmtool-a
	hold "$id"
	one=$holder
	hold "$id" ro
	keep /dev/shm/shmtool-a shared
	rows ref,pid
	assert_output "$(printf 'id:%s %s\n' "$id" "$one" "$id" "$holder" | sort -k 2n)
/shmtool-a $keeper"
	rows pid --name 'shmtool-*'
	assert_output "$keeper"
	rows ref,pid /shmtool-a "$id" --sort -pid
	assert_equal "$(awk '{ print $2 }' <<<"$output")" "$(awk '{ print $2 }' <<<"$output" | sort -nr)"
}

@test "users: an id in another IPC namespace is another segment" {
	require_root
	# Two new ones, where the first segment has the same id.
	# shellcheck disable=SC2016 # for the inner shell
	run_apart unshare --ipc bash -c '
		id=$("$HELPERS/make_keyed" 0 4096 600)
		"$HELPERS/hold_mapping" "id:$id" namespace >said 3>&- &
		until [ -s said ]; do sleep 0.02; done
		grep -q " $id  */SYSV00000000" "/proc/$!/maps" && echo mapped
		"$SHMTOOL" users --raw --no-headings "$id"
		nsenter --ipc --target "$!" "$SHMTOOL" users -q --raw --no-headings -o ref,command "$id"
		kill "$!"'
	assert_success
	assert_output $'mapped\nid:0 hold_mapping'
	assert_stderr_like "id:0: no process uses it"
}

@test "users --ns: the users of objects that another process sees" {
	require_root
	# shellcheck disable=SC2016 # for the inner shell
	unshare --ipc --mount bash -c '
		mount -t tmpfs tmpfs /dev/shm
		id=$("$HELPERS/make_keyed" 0 4096 600)
		"$HELPERS/make_object" /shmtool-inside 4096 600
		"$HELPERS/hold_mapping" "id:$id" shared &
		"$HELPERS/hold_mapping" /dev/shm/shmtool-inside shared &
		wait' >said 3>&- &
	inside=$!
	wait_until 10 eval '[ "$(wc -l <said)" = 2 ]'
	rows ref,pid
	assert_output ''
	rows ref,command --ns "$inside"
	assert_output $'id:0 hold_mapping\n/shmtool-inside hold_mapping'
	run_tool stat -q --raw --no-headings -o ref,use,users --ns "$inside"
	assert_output $'id:0 used 1\n/shmtool-inside used 1'
	pkill -KILL -P "$inside"
}

@test "users: PROCMAP_QUERY and the text of /proc/PID/maps give the same answer" {
	local arguments
	id=$(new_segment 12288)
	other=$(new_segment 4096)
	new_object shmtool-a 12288
	new_object shmtool-b 4096
	hold "$id" rw 5
	hold "$other" ro
	keep "id:$id" split
	for way in shared readonly private split open path thread; do
		keep /dev/shm/shmtool-a "$way" 3
	done
	keep /dev/shm/shmtool-b private 20
	for arguments in '' --each "--each $id" '/shmtool-a /shmtool-b'; do
		# shellcheck disable=SC2086 # several words
		"$SHMTOOL" users -q --json $arguments >query
		[ "$(jq length query)" -gt 2 ]
		# shellcheck disable=SC2086
		"$HELPERS/without_syscall" "$ioctl" "$ENOTTY" "$SHMTOOL" users -q --json $arguments >text
		cmp query text
		# shellcheck disable=SC2086 # from /proc/PID/smaps
		"$SHMTOOL" users -q --json $arguments -o +resident | jq 'map(del(.resident))' >smaps
		assert_equal "$(jq -S . query)" "$(jq -S . smaps)"
	done
}

# Of the architecture that the tests run on.
ioctl=$(printf '#include <sys/syscall.h>\nSYS_ioctl\n' | cc -E -P -x c - 2>/dev/null | tail -n 1)
ENOTTY=25

@test "users: with PROCMAP_QUERY refused by a filter, the text helps" {
	id=$(new_segment 4096)
	hold "$id"
	run_apart "$HELPERS/without_syscall" "$ioctl" 1 "$SHMTOOL" users -q --raw --no-headings -o pid "$id"
	assert_success
	assert_output "$holder"
}

@test "users: resident is the memory that the process has touched" {
	new_object shmtool-a 16384
	start_peer object /shmtool-a
	rows resident /shmtool-a
	assert_equal "${lines[0]}" 0
	ask_peer 'store 4096 x'
	ask_peer 'store 12288 x'
	rows resident /shmtool-a
	assert_equal "${lines[0]}" 8192
}

@test "users: processes that can't be inspected are counted and named" {
	require_root
	id=$(new_segment 4096)
	hold "$id" rw 2
	run_tool_as_user users "$id"
	assert_success
	assert_equal "$(wc -l <<<"$output")" 2
	assert_stderr_like "users: id:$id: attached 2 times, 2 of them by processes that can't be seen" \
		'users: [0-9]+ processes? could not be inspected \([0-9]+ .*\)'
	run_tool_as_user users -q "$id"
	assert_stderr_empty
}

@test "users: the attaches of unseen processes are reported once, not per segment" {
	require_root
	for _ in 1 2 3 4; do
		id=$(new_segment 4096)
		hold "$id"
	done
	run_tool_as_user users
	assert_success
	assert_equal "$(grep -c "by processes that can't be seen" <<<"$stderr")" 1
	assert_stderr_like "^shmtool: users: 4 segments are attached 4 times, 4 of them by processes that can't be seen \\(id:[0-9]+, id:[0-9]+, id:[0-9]+, \\.\\.\\.\\)\$"
}

@test "users -o sharing: of a row that puts shared and private mappings together, both" {
	"$HELPERS/make_object" /shmtool-a 4096
	background "$HELPERS/hold_files" -b /dev/shm/shmtool-a
	wait_until 10 grep -q '^holding' background.out
	assert_equal "$(awk '/shmtool-a/ { print substr($2, 4) }' "/proc/$BACKGROUND_PID/maps" | sort | xargs)" 'p s'
	rows sharing,count /shmtool-a
	assert_output 'both 2'
	rows sharing,count --each /shmtool-a
	assert_equal "$(sort <<<"$output" | xargs)" 'private 1 shared 1'
}

@test "--used-by: for a process in another IPC namespace, a note names it and --ns" {
	require_root
	id=$(new_segment 4096)
	background unshare --ipc bash -c '
		id=$("$HELPERS/make_keyed" 0 4096 600)
		exec "$HELPERS/hold_segment" "$id"'
	wait_until 10 test -s background.out
	namespace=$(stat -Lc %i "/proc/$BACKGROUND_PID/ns/ipc")
	for command in users stat 'rm --dry-run'; do
		# shellcheck disable=SC2086 # with its option
		run_tool $command --used-by "$BACKGROUND_PID"
		assert_success
		assert_stderr_like "^shmtool: ${command%% *}: --used-by $BACKGROUND_PID: the process is in another IPC namespace, $namespace: use --ns $BACKGROUND_PID to list the segments"
	done
	run_tool users --ns "$BACKGROUND_PID" --used-by "$BACKGROUND_PID" --raw --no-headings -o pid
	assert_output "$BACKGROUND_PID"
	refute_stderr_like namespace
	run_tool users --used-by $$
	refute_stderr_like namespace
}

@test "--used-by: for a process with another /dev/shm, a note names --ns" {
	require_root
	background unshare --mount bash -c '
		umount -l /dev/shm; mount -t tmpfs tmpfs /dev/shm
		"$HELPERS/make_object" /shmtool-a 4096
		exec "$HELPERS/hold_files" /dev/shm/shmtool-a'
	wait_until 10 grep -q '^holding' background.out
	run_tool users --used-by "$BACKGROUND_PID"
	assert_success
	assert_stderr_like "^shmtool: users: --used-by $BACKGROUND_PID: the process has another /dev/shm: use --ns $BACKGROUND_PID to list the objects"
	run_tool users --ns "$BACKGROUND_PID" --used-by "$BACKGROUND_PID" --raw --no-headings -o ref
	assert_output /shmtool-a
	refute_stderr_like 'another /dev/shm'
}

@test "--used-by: of a process that has mounted another /dev/shm on top of ours, the same note" {
	require_root
	background unshare --mount bash -c '
		mount -t tmpfs tmpfs /dev/shm
		"$HELPERS/make_object" /shmtool-a 4096
		exec "$HELPERS/hold_files" /dev/shm/shmtool-a'
	wait_until 10 grep -q '^holding' background.out
	for command in users stat 'rm --dry-run'; do
		# shellcheck disable=SC2086 # words
		run_tool $command --used-by "$BACKGROUND_PID"
		assert_success
		assert_stderr_like "^shmtool: ${command%% *}: --used-by $BACKGROUND_PID: the process has another /dev/shm: use --ns $BACKGROUND_PID to list the objects"
	done
}

@test "users: of POSIX objects, too" {
	require_root
	new_object shmtool-a 4096 666
	keep /dev/shm/shmtool-a shared
	run_tool_as_user users /shmtool-a
	assert_success
	assert_stderr_like '/shmtool-a: no process that can be seen uses it' 'could not be inspected'
}

@test "users: an unprivileged user sees his own processes" {
	as_user "$HELPERS/make_object" /shmtool-a 4096
	as_user "$HELPERS/hold_mapping" /dev/shm/shmtool-a shared >said 3>&- &
	wait_until 10 test -s said
	run --separate-stderr as_user "$SHMTOOL" users -q --raw --no-headings -o pid,how /shmtool-a
	assert_success
	assert_output "$(awk '{ print $2 }' said) mapped"
}

@test "users: threads of the kernel and zombies are no blindness" {
	require_root
	# More zombies of root's than other processes of the machine come and go; and kthreadd.
	perl -e '$| = 1; for (1 .. 60) { fork || exit } print "ready\n"; sleep 300' >ready 3>&- &
	parent=$!
	wait_until 10 eval '[ "$(cat /proc/[0-9]*/stat 2>/dev/null |
		awk -v parent="$parent" '"'"'$3 == "Z" && $4 == parent'"'"' | wc -l)" = 60 ]'
	id=$(new_segment 4096)
	run_tool_as_user users "$id"
	count=$(grep -oE '[0-9]+ process(es)? could' <<<"$stderr" | cut -d' ' -f1)
	living=$(ps -eo uid=,stat=,ppid=,pid= | awk '$1 != 65534 && $2 !~ /^Z/ && $3 != 2 && $4 != 2' | wc -l)
	kill "$parent"
	[ "$count" -le "$((living + 20))" ]
}

@test "users: a process that ends meanwhile is neither a user nor blindness" {
	require_strace
	id=$(new_segment 4096)
	hold "$id"
	run_stopping getdents64:1 users "$id"
	release
	run_on
	assert_equal "$status" 0
	refute_stderr_like "by processes that can't be seen" hold_segment
	assert_equal "$(wc -l <<<"$output")" 2
}

@test "users: processes that come and go all the time" {
	new_object shmtool-a
	keep /dev/shm/shmtool-a shared
	while :; do
		/bin/true
	done 3>&- &
	for _ in {1..20}; do
		run_tool users -q --raw --no-headings -o pid /shmtool-a
		assert_success
		assert_output "$keeper"
	done
}

@test "users: no users" {
	id=$(new_segment 4096)
	new_object shmtool-a
	run_tool users
	assert_success
	assert_line --index 1 --regexp '^ref +pid +user'
	assert_stderr_like 'no users of shared memory'
	run_tool users "$id"
	assert_success
	assert_stderr_like "users: id:$id: no process uses it"
	run_tool users --json -q
	assert_output '[]'
	assert_unchanged
}

@test "users --owner, --name, --kind: lists, and values that are excluded" {
	require_root
	for name in one two three; do
		new_object "shmtool-$name"
	done
	chown nobody /dev/shm/shmtool-three
	id=$(new_segment 4096)
	hold "$id"
	background "$HELPERS/hold_files" /dev/shm/shmtool-{one,two,three}
	wait_until 10 grep -q '^holding' background.out
	run_tool users --name '*-one,*-two,!*-two' --raw --no-headings -o ref
	assert_success
	assert_output /shmtool-one
	run_tool users --name '!*-one' --owner '!nobody' --raw --no-headings -o ref
	assert_output "id:$id"$'\n'/shmtool-two
	run_tool users --kind '!shm' --owner nobody,54321 --raw --no-headings -o ref
	assert_output /shmtool-three
	run_tool users --name 'shmtool-{one,two}'
	assert_usage_error users '--name' 'list the patterns'
}

@test "users --owner, --name: lists of an unprivileged user" {
	require_root
	as_user "$HELPERS/make_object" /shmtool-a 4096
	as_user "$HELPERS/make_object" /shmtool-b 4096
	background setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$HELPERS/hold_files" /dev/shm/shmtool-{a,b}
	wait_until 10 grep -q '^holding' background.out
	run_tool_as_user users --owner root,nobody --name 'shmtool-*,!*-b' --raw --no-headings -o ref
	assert_success
	assert_output /shmtool-a
}

@test "users: missing objects fail, the others are shown" {
	new_object shmtool-a
	keep /dev/shm/shmtool-a shared
	run_tool users -q --raw --no-headings -o pid 77 /shmtool-a /shmtool-none ./no-file pid:1234567:fd:3
	assert_failure 1
	assert_output "$keeper"
	assert_stderr_like 'users: id:77: no such segment' '/shmtool-none: no such object' \
		'./no-file: no such file' 'pid:1234567:fd:3: no such process'
}

@test "users: usage errors" {
	run_tool users --mine 5
	assert_usage_error users "can't be combined"
	run_tool users -o nothing
	assert_usage_error users nothing
	run_tool users --used-by none
	assert_usage_error users 'invalid PID: must be a decimal number'
}

@test "users: looking changes nothing" {
	id=$(new_segment 4096)
	new_object shmtool-a
	keep /dev/shm/shmtool-a shared
	hold "$id"
	run_tool users -o +resident
	assert_unchanged
	run_tool stat -o +users,commands,use,why
	assert_unchanged
}

#
# The column use of stat
#

@test "stat -o users,commands,use,why: a segment and an object in use" {
	id=$(new_segment 4096)
	new_object shmtool-a
	hold "$id" rw 2
	one=$holder
	keep "id:$id" shared
	start_peer object /shmtool-a
	peer=$!
	run_tool stat -q --json -o ref,users,commands,use,why
	assert_success
	assert_equal "$(json '.[0].users')" 2
	assert_equal "$(json '.[0].commands' | tr , '\n' | sort | tr '\n' ' ')" 'hold_mapping hold_segment '
	assert_equal "$(json '.[0].use')" used
	assert_regex "$(json '.[0].why')" "^attached by ($one \(hold_segment\)|$keeper \(hold_mapping\)) and 1 more$"
	assert_equal "$(json -c '.[1] | [.ref, .users, .commands, .use]')" '["/shmtool-a",1,"peer","used"]'
	assert_regex "$(json '.[1].why')" "^mapped by $peer \(peer\)"
}

@test "stat -o use: an O_PATH descriptor keeps no memory, so it does not count as a user" {
	new_object shmtool-a
	keep /dev/shm/shmtool-a path
	require_inspection
	assert_equal "$(column /shmtool-a use)" unused
	assert_equal "$(column /shmtool-a users)" 0
	rows pid,how,access /shmtool-a
	assert_output "$keeper open none"
}

@test "stat -o use,why: orphaned, once the creator is gone" {
	id=$(new_segment 4096)
	cpid=$(proc_shm "$id" cpid)
	run_tool stat -q --raw --no-headings -o users,commands,use "$id"
	assert_output '0 - orphaned'
	run_tool stat -q --json -o why "$id"
	assert_equal "$(json '.[0].why')" "not attached; creator $cpid has exited"
	hold "$id"
	run_tool stat -q --raw --no-headings -o use "$id"
	assert_output used
}

@test "stat -o use,why: unused, while the creator lives" {
	require_command perl
	perl -e '$| = 1; print shmget(0, 4096, 0600 | 01000) + 0, "\n"; sleep 60' >said 3>&- &
	maker=$!
	wait_until 10 test -s said
	id=$(cat said)
	assert_equal "$(proc_shm "$id" cpid)" "$maker"
	assert_equal "$(column "id:$id" use)" unused
	assert_equal "$(column "id:$id" why)" "not attached; creator $maker (perl) is running"
	kill "$maker"
	wait "$maker" || true
	assert_equal "$(column "id:$id" use)" orphaned
}

@test "stat -o use: a creator that has ended and waits for its parent is gone" {
	require_command perl
	perl -e '$| = 1; if (!fork) { print shmget(0, 4096, 0600 | 01000) + 0, "\n"; exit } sleep 60' >said 3>&- &
	wait_until 10 test -s said
	id=$(cat said)
	wait_until 10 eval '[ "$(awk "{ print \$3 }" "/proc/$(proc_shm "$id" cpid)/stat")" = Z ]'
	assert_equal "$(column "id:$id" use)" orphaned
}

@test "stat -o use: an unused object is unused, never orphaned" {
	require_root
	new_object shmtool-a
	# /dev/shm of these tests is not mounted anywhere outside of them.
	assert_equal "$(column /shmtool-a use)" unused
	# Whether all can be looked into depends on the machine: some processes refuse even root.
	assert_regex "$(column /shmtool-a why)" '^no process( that can be inspected)? maps it or holds it open$'
}

@test "stat -o use: unknown if not all processes with /dev/shm can be inspected, with the reason" {
	require_root
	new_object shmtool-a 4096 644
	run_tool_as_user stat --json -o use,users,commands,why --kind pshm
	assert_success
	assert_equal "$(json -c '.[0] | [.use, .users, .commands]')" '["unknown",null,null]'
	assert_regex "$(json '.[0].why')" '^not seen in use, but [0-9]+ processes could not be inspected \('
	assert_stderr_like 'could not be inspected'
}

@test "stat -o use: never unknown for a segment, since nattch counts unseen processes" {
	require_root
	id=$(new_segment 4096)
	hold "$id" rw 3
	run_tool_as_user stat -q --json -o use,users,why
	assert_equal "$(json -c '.[0] | [.use, .users, .why]')" \
		'["used",null,"attached 3 times by processes that can'\''t be seen"]'
}

@test "stat -o use: inside a pid namespace, processes outside can't be seen" {
	require_root
	new_object shmtool-a
	id=$(new_segment 4096)
	run_apart unshare --pid --fork --mount-proc "$SHMTOOL" stat --json -o ref,use,why
	assert_equal "$(json -c 'map([.ref, .use])')" "[[\"id:$id\",\"unused\"],[\"/shmtool-a\",\"unknown\"]]"
	assert_regex "$(json '.[1].why')" 'outside this pid namespace'
	assert_regex "$(json '.[0].why')" 'its creator is outside'
}

@test "stat -o use: queues and semaphore sets have no users, but may be used" {
	ipcmk -Q >/dev/null
	ipcmk -S 1 >/dev/null
	run_tool stat -q --json --kind msg,sem -o use,users,commands
	assert_equal "$(json -c 'map([.use, .users, .commands]) | unique')" '[["unknown",null,null]]'
}

@test "stat --unused, --orphaned: only objects known to be" {
	require_root
	id=$(new_segment 4096)
	attached=$(new_segment 4096)
	new_object shmtool-free
	new_object shmtool-mapped
	new_object shmtool-open
	hold "$attached"
	keep /dev/shm/shmtool-mapped private
	keep /dev/shm/shmtool-open open
	run_tool stat -q --raw --no-headings -o ref --unused
	assert_output "id:$id"$'\n'/shmtool-free
	run_tool stat -q --raw --no-headings -o ref --orphaned
	assert_output "id:$id"
	run_tool stat -q --raw --no-headings -o ref --unused --kind pshm --name '*open'
	assert_output ''
	assert_unchanged
}

@test "stat --unused: objects of unknown use are omitted, with a note" {
	require_root
	id=$(new_segment 4096)
	new_object shmtool-free 4096 644
	run_tool_as_user stat --raw --no-headings -o ref --unused
	assert_success
	assert_output "id:$id"
	assert_stderr_like '1 object is omitted: it is unknown whether it is used' 'could not be inspected'
}

@test "stat --used-by: the objects that a process uses" {
	id=$(new_segment 4096)
	other=$(new_segment 4096)
	new_object shmtool-a
	new_object shmtool-b
	hold "$id"
	keep /dev/shm/shmtool-a open
	run_tool stat -q --raw --no-headings -o ref --used-by "$holder"
	assert_output "id:$id"
	run_tool stat -q --raw --no-headings -o ref,use --used-by "$keeper"
	assert_output '/shmtool-a used'
	run_tool stat -q --raw --no-headings -o ref --used-by "$keeper" --unused
	assert_output ''
	rows ref,pid --used-by "$keeper"
	assert_output "/shmtool-a $keeper"
}

@test "stat --used-by: a process that is not there, or may not be looked into" {
	require_root
	new_object shmtool-a 4096 644
	keep /dev/shm/shmtool-a shared
	run_tool stat -q --raw --no-headings --used-by 1234567
	assert_failure 1
	assert_output ''
	assert_equal "$stderr" 'shmtool: stat: --used-by: no such process: 1234567'
	run_tool_as_user stat -q --raw --no-headings --used-by "$keeper"
	assert_failure 1
	assert_stderr_like "--used-by: process $keeper \(hold_mapping\) could not be inspected"
}

@test "stat REF: details have the verdict and its reason" {
	new_object shmtool-a
	keep /dev/shm/shmtool-a shared
	run_tool stat /shmtool-a
	assert_success
	assert_equal "$(detail use)" used
	assert_equal "$(detail users)" 1
	assert_equal "$(detail commands)" hold_mapping
	assert_regex "$(detail why)" "^mapped by $keeper \(hold_mapping\)"
}

@test "users --unnamed: without a descriptor left it fails, and does not say that there is nothing" {
	"$HELPERS/make_object" /shmtool-a 4096
	exec 8</dev/shm/shmtool-a
	sleep 300 3>&- &
	exec 8<&-
	rm /dev/shm/shmtool-a
	few=$(few_files)
	for count in {4..20}; do
		run_apart bash -c 'for fd in {3..20}; do eval "exec $fd>&-"; done
			ulimit -n "$1"; exec "$SHMTOOL" users --unnamed' bash "$count"
		[[ $status -eq 0 || $stderr == *"$few"* ]] || fail "$count: $stderr"
		[[ $status -eq 1 || $output == */shmtool-a* ]] || fail "$count: $output"
	done
	assert_success
}

@test "users, stat --unused: without a descriptor left they fail, and nothing seems unused" {
	"$HELPERS/make_object" /shmtool-a 4096
	exec 8</dev/shm/shmtool-a
	sleep 300 3>&- &
	exec 8<&-
	for command in 'users /shmtool-a' 'stat --kind pshm --unused'; do
		run_apart bash -c 'for fd in 3 4 5 6 7 8 9; do eval "exec $fd>&-"; done
			ulimit -n 4; "$SHMTOOL" '"$command"
		assert_failure 1
		refute_output --partial shmtool-a
		assert_stderr_like "$(few_files)\$"
	done
	# One more is enough, or is not, as the two threads that look take turns.
	run_apart bash -c 'for fd in 3 4 5 6 7 8 9; do eval "exec $fd>&-"; done
		ulimit -n 5; "$SHMTOOL" stat --kind pshm --unused'
	refute_output --partial shmtool-a
	((status == 0)) || assert_stderr_like "$(few_files)\$"
}
