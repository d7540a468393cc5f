#!/usr/bin/env bats
# stat of the memory behind a descriptor or a mapping of a process: pid:PID:fd:N and pid:PID:map:ADDRESS. The truth
# is /proc/PID/fd, /proc/PID/maps and /proc/PID/map_files.

load test_helper
load truth
load users

# values REF COLUMNS [ARGUMENT...]: of one object, a line of JSON without the brackets.
values() {
	run_tool stat --json -o "$2" "$1" "${@:3}"
	assert_success
	output=$(sed '/^[][]$/d' <<<"$output")
}

# link_of REF: where /proc shows it.
link_of() {
	local pid=${1#pid:}
	pid=${pid%%:*}
	case $1 in
	*:fd:*) echo "/proc/$pid/fd/${1##*:}" ;;
	*:map:*) echo "/proc/$pid/map_files/$(grep "^${1##*:0x}-" "/proc/$pid/maps" | cut -d ' ' -f 1)" ;;
	esac
}

# mapping_ref PID PATTERN: the REF of a process's first shared mapping whose line in maps matches.
mapping_ref() {
	awk -v pid="$1" -v pattern="$2" '$0 ~ pattern && $2 ~ /s$/ {
		sub(/-.*/, "", $1); print "pid:" pid ":map:0x" $1; exit }' "/proc/$1/maps"
}

@test "stat: a memfd, by the descriptor of a process" {
	start_peer memfd 8192
	ask_peer 'store 0 x'
	link=$(link_of "$peer_ref")
	name=$(readlink "$link")
	name=${name#/memfd:}
	values "$peer_ref" kind,ref,name,owner,perms,bytes,used,inode,users,use
	assert_output "{\"kind\":\"memfd\",\"ref\":\"$peer_ref\",\"name\":\"${name% (deleted)}\",\"owner\":\"$me\",\"perms\":\"$(stat -Lc %a "$link")\",\"bytes\":8192,\"used\":4096,\"inode\":$(stat -Lc %i "$link"),\"users\":1,\"use\":\"used\"}"
	run_tool stat --time-format unix "$peer_ref"
	assert_success
	assert_line --index 0 "------ Memfd $peer_ref --------"
	assert_line --regexp "^mtime +$(stat -Lc %Y "$link")\$"
	refute_line --regexp '^(key|id|nattch|cpid|ns|messages) '
	assert_unchanged
}

@test "stat: rss and swap of a memfd" {
	[[ $(awk '/^SwapTotal/ { print $2 }' /proc/meminfo) == 0 ]] || skip 'needs a machine without swap'
	start_peer memfd 8192
	ask_peer 'store 0 x'
	values "$peer_ref" rss,swap
	assert_output '{"rss":4096,"swap":0}'
}

@test "stat: anonymous shared memory, by an address of its mapping" {
	require_root
	keep 65536 anonymous
	ref=$(mapping_ref "$keeper" /dev/zero)
	values "$ref" kind,ref,name,bytes,used,inode,users
	assert_output "{\"kind\":\"anon\",\"ref\":\"$ref\",\"name\":null,\"bytes\":65536,\"used\":4096,\"inode\":$(stat -Lc %i "$(link_of "$ref")"),\"users\":1}"
}

@test "stat: an object that was removed and closed, by an address of its mapping" {
	require_root
	new_object shmtool-a 12288 640
	keep /dev/shm/shmtool-a shared
	rm /dev/shm/shmtool-a
	ref=$(mapping_ref "$keeper" shmtool-a)
	values "$ref" kind,name,perms,bytes,commands
	assert_output '{"kind":"pshm","name":"/shmtool-a","perms":"640","bytes":12288,"commands":"hold_mapping"}'
	run_tool stat "$ref"
	assert_line --index 0 "------ Removed POSIX Shared Memory Object $ref --------"
}

@test "stat: a descriptor of an object that still has its name, and a mapping of a segment, are these" {
	new_object shmtool-a
	keep /dev/shm/shmtool-a open
	fd=$(find "/proc/$keeper/fd" -lname /dev/shm/shmtool-a -printf %f)
	values "pid:$keeper:fd:$fd" kind,ref
	assert_output '{"kind":"pshm","ref":"/shmtool-a"}'
	require_root
	id=$(new_segment 4096)
	keep "id:$id" shared
	values "$(mapping_ref "$keeper" SYSV)" kind,ref,nattch
	assert_output "{\"kind\":\"shm\",\"ref\":\"id:$id\",\"nattch\":1}"
}

@test "stat: a segment of another IPC namespace, by an address of its mapping, is not ours with the same id" {
	require_root
	require_private_namespace
	# The other namespace is new, and its first segment has the same id.
	echo 0 >/proc/sys/kernel/shm_next_id
	id=$(new_segment 4096)
	assert_equal "$id" 0
	keep "id:$id" namespace
	ref=$(mapping_ref "$keeper" SYSV)
	values "$ref" kind,ref,name,inode
	assert_output "{\"kind\":\"shm\",\"ref\":\"$ref\",\"name\":null,\"inode\":$id}"
}

@test "stat: a file on a disk takes no memory that is known, and a name in /dev/shm of elsewhere is not ours" {
	printf x >file
	keep "$PWD/file" open
	fd=$(find "/proc/$keeper/fd" -lname "$PWD/file" -printf %f)
	values "pid:$keeper:fd:$fd" kind,name,bytes
	assert_output "{\"kind\":\"file\",\"name\":\"$PWD/file\",\"bytes\":1}"
	[[ $(stat -f -c %T .) == tmpfs ]] || {
		values "pid:$keeper:fd:$fd" used
		assert_output '{"used":null}'
	}
	require_root
	new_object shmtool-a
	keep /dev/shm/shmtool-a open
	fd=$(find "/proc/$keeper/fd" -lname /dev/shm/shmtool-a -printf %f)
	mount_shm size=1m
	new_object shmtool-a 8192
	values "pid:$keeper:fd:$fd" kind,ref,bytes
	assert_output "{\"kind\":\"file\",\"ref\":\"pid:$keeper:fd:$fd\",\"bytes\":4096}"
}

@test "stat: a REF that names nothing, and another user's process, hide no other object" {
	start_peer memfd 8192
	pid=${peer_ref#pid:}
	run_tool stat -o ref --raw --no-headings "pid:${pid%%:*}:fd:77" "pid:${pid%%:*}:map:0x1000" "$peer_ref"
	assert_failure 1
	assert_output "$peer_ref"
	assert_stderr_like 'pid:[0-9]+:fd:77: the process has no such descriptor' ':map:0x1000: '
	require_root
	run_tool_as_user stat "$peer_ref"
	assert_failure 1
	assert_stderr_like 'only its user and root may'
}

@test "stat: the user's own memfd without any permission" {
	require_root
	as_user "$HELPERS/hold_memfd" 4096 </dev/null >said 3>&- &
	wait_until 10 test -s said
	run_tool_as_user stat -o kind,uid,bytes,users --raw --no-headings "$(cat said)"
	assert_success
	assert_output 'memfd 65534 4096 1'
}

@test "users: a descriptor is called by the kind that --unnamed calls it by" {
	new_object shmtool-a
	keep /dev/shm/shmtool-a open
	rm /dev/shm/shmtool-a
	ref=pid:$keeper:fd:$(find "/proc/$keeper/fd" -lname '/dev/shm/shmtool-a (deleted)' -printf %f)
	rows kind,ref,name "$ref"
	assert_output "pshm $ref /shmtool-a"
	rows kind,ref,name --unnamed --used-by "$keeper"
	assert_output "pshm $ref /shmtool-a"
}
