#!/usr/bin/env bats
# rm with filters: removed objects, kept objects, and the reasons.

load test_helper
load truth
load removal

#
# The table
#


@test "rm filters: the table shows the action and the reason" {
	used=$(new_segment 8192)
	hold "$used"
	posix shmtool-a 5000
	posix shmtool-b
	keep_open shmtool-b
	run_tool rm --mine -o ref,bytes,result
	assert_success
	assert_line --index 0 '------ Removal --------'
	assert_line --index 1 --regexp '^ref +bytes result$'
	assert_line --index 2 --regexp "^id:$used +8192 kept: (in use|attached|mapped|held open)"
	assert_line --index 3 --regexp '^/shmtool-a +5000 removed$'
	assert_line --index 4 --regexp '^/shmtool-b +4096 kept: (in use|attached|mapped|held open)'
	assert_equal "${#lines[@]}" 5
	assert_equal "$stderr" 'shmtool: rm: removed 1 object, 0 bytes freed; kept 2'
	assert_equal "$(segment_ids)" "$used"
	assert_equal "$(object_names)" shmtool-b
}

@test "rm filters: the freed bytes are those that the kernel had for them" {
	id=$(new_segment 40960)
	"$HELPERS/fill_segment" "$id" 8192 2>/dev/null || "$SHMTOOL" write "$id" --fill 1 --length 8192
	posix shmtool-a 100000
	head -c 5000 /dev/zero | dd of=/dev/shm/shmtool-a conv=notrunc status=none
	expected=$(($(proc_shm "$id" rss) + $(proc_shm "$id" swap) +
		$(object_stat shmtool-a %b) * 512))
	run_tool rm --mine
	assert_success
	[ "$expected" -ge 16384 ]
	assert_equal "$stderr" "shmtool: rm: removed 2 objects, $expected bytes freed; kept 0"
}

@test "rm filters: a file with several names gives its memory back with the last" {
	head -c 8192 /dev/zero >/dev/shm/shmtool-a
	ln /dev/shm/shmtool-a /dev/shm/shmtool-b
	head -c 4096 /dev/zero >/dev/shm/shmtool-c
	mkdir /dev/shm/directory
	ln /dev/shm/shmtool-c /dev/shm/directory/c
	run_tool rm --mine
	assert_success
	assert_equal "$stderr" 'shmtool: rm: removed 3 objects, 8192 bytes freed; kept 0'
	assert_equal "$(object_names)" $'directory\ndirectory/c'
}

@test "rm filters: a segment takes whole pages" {
	page=$(getconf PAGESIZE)
	id=$(new_segment 100)
	"$SHMTOOL" write "$id" --fill 1
	assert_equal "$(proc_shm "$id" rss)" "$page"
	run_tool rm --mine
	assert_equal "$stderr" "shmtool: rm: removed 1 object, $page bytes freed; kept 0"
}

@test "rm filters: the size of a sparse file is not counted as freed" {
	truncate -s 64M /dev/shm/shmtool-a
	printf x | dd of=/dev/shm/shmtool-a bs=1 seek=10M conv=notrunc status=none
	expected=$(($(object_stat shmtool-a %b) * 512))
	run_tool rm --min-size 64M
	assert_equal "$stderr" "shmtool: rm: removed 1 object, $expected bytes freed; kept 0"
}

@test "rm filters: no candidates are not a failure" {
	run_tool rm --mine
	assert_success
	assert_line --index 0 '------ Removal --------'
	assert_equal "${#lines[@]}" 2
	assert_equal "$stderr" 'shmtool: rm: removed 0 objects, 0 bytes freed; kept 0'
	run_tool rm --mine --json
	assert_output '[]'
}

@test "rm filters --quiet: no summary" {
	posix shmtool-a
	run_tool rm --quiet --mine
	assert_success
	assert_stderr_empty
	assert_no_objects
}

@test "rm filters --json: numbers as numbers, null where there is nothing to say" {
	posix shmtool-a 5000
	posix shmtool-b
	keep_open shmtool-b
	run_tool rm --mine --json
	assert_success
	assert_equal "$(json -c '.[0] | del(.age)')" \
		"{\"kind\":\"pshm\",\"ref\":\"/shmtool-a\",\"owner\":\"$me\",\"bytes\":5000,\"action\":\"removed\",\"why\":null}"
	assert_equal "$(json '.[0].age | type')" number
	assert_equal "$(json '.[1].action')" kept
	assert_regex "$(json '.[1].why')" '^(in use|attached|mapped|held open)'
}

@test "rm filters --raw, --export, -o, --sort, --no-headings, --human" {
	posix shmtool-a 5000
	posix shmtool-b 1048576
	keep_open shmtool-a shmtool-b
	run_tool rm --mine --raw -o ref,bytes,action
	assert_success
	assert_output $'REF BYTES ACTION\n/shmtool-a 5000 kept\n/shmtool-b 1048576 kept' ||
		assert_output $'ref bytes action\n/shmtool-a 5000 kept\n/shmtool-b 1048576 kept'
	run_tool rm --mine --export -o ref,action
	assert_line --index 0 --regexp '^REF="/shmtool-a" ACTION="kept"$'
	run_tool rm --mine --raw --no-headings --sort -bytes -o ref
	assert_output $'/shmtool-b\n/shmtool-a'
	run_tool rm --mine --human -o ref,bytes --no-headings --name 'shmtool-b'
	assert_output '/shmtool-b 1M'
	run_tool rm --mine -o +kind --no-headings --name shmtool-a
	assert_output --regexp 'kept: (in use|attached|mapped|held open).* pshm$'
}

@test "rm filters: a name with escapes is made visible, and can be pasted back" {
	: >/dev/shm/$'two\nlines\e'
	run_tool rm --mine --dry-run
	refute_output --partial $'\e'
	assert_output --partial '/two\012lines\033'
	run_tool rm --mine --dry-run --json
	"$SHMTOOL" rm "$(json '.[0].ref')"
	assert_no_objects
}

#
# The filters
#

@test "rm --kind: memory by default" {
	id=$(new_segment 4096)
	posix shmtool-a
	"$HELPERS/sem_make" /shmtool-a 1
	queue=$(ipcmk -Q)
	run_tool rm --owner "$me"
	assert_success
	assert_no_segments
	assert_equal "$(object_names)" sem.shmtool-a
	run ipcs -q
	assert_output --regexp " ${queue##* } "
	ipcrm -q "${queue##* }"
}

@test "rm --kind: each kind of its own" {
	id=$(new_segment 4096)
	posix shmtool-a
	"$HELPERS/sem_make" /shmtool-a 1
	run_tool rm --kind psem
	assert_success
	assert_equal "$(object_names)" shmtool-a
	run_tool rm --kind pshm
	assert_success
	assert_no_objects
	assert_segment_exists "$id"
	run_tool rm --kind shm
	assert_success
	assert_no_segments
}

@test "rm --kind: a named semaphore that is open stays" {
	"$HELPERS/sem_make" /shmtool-a 1
	keep_open -m sem.shmtool-a
	run_tool rm --kind psem --json
	assert_success
	assert_regex "$(result psem:/shmtool-a)" '^kept: (in use|attached|mapped|held open)'
	assert_object_exists sem.shmtool-a
}

@test "rm --kind: queues and semaphore sets can't be proven unused" {
	queue=$(ipcmk -Q)
	set=$(ipcmk -S 1)
	queue=${queue##* } set=${set##* }
	run_tool rm --kind msg,sem --json
	assert_success
	assert_regex "$(result "msg:$queue")" "^kept: a .*queue can't be proven unused\$"
	assert_regex "$(result "sem:$set")" "^kept: a .*set can't be proven unused\$"
	ipcrm -q "$queue" -s "$set"
}

@test "rm --owner, --mine, --creator" {
	require_root
	own=$(new_segment 4096)
	given=$(new_segment 4096)
	"$HELPERS/segment_control" "$given" owner 65534 65534
	posix shmtool-own
	posix shmtool-given
	user_owns shmtool-given
	run_tool rm --owner 65534 --json
	assert_equal "$(json '.[].ref')" "id:$given"$'\n'/shmtool-given
	run_tool rm --owner 65534 --mine --json
	assert_output '[]'
	given=$(new_segment 4096)
	"$HELPERS/segment_control" "$given" owner 65534 65534
	run_tool rm --mine --json
	assert_equal "$(json '.[].ref')" "id:$own"$'\n'/shmtool-own
	run_tool rm --creator root --json
	assert_equal "$(json '.[].ref')" "id:$given"
	assert_no_segments
	assert_no_objects
}

@test "rm --key, --name, --min-size, --max-size" {
	"$HELPERS/make_keyed" 0x2a 4096 600
	other=$("$HELPERS/make_keyed" 0x2b 8192 600)
	posix shmtool-a 100
	posix shmtool-b 5000
	run_tool rm --key 0x2a
	assert_equal "$(segment_ids)" "$other"
	run_tool rm --name '*-a'
	assert_equal "$(object_names)" shmtool-b
	run_tool rm --max-size 5000
	assert_success
	assert_no_objects
	assert_segment_exists "$other"
	run_tool rm --min-size 8K
	assert_success
	assert_no_segments
}

@test "rm --owner, --key, --name, --kind: lists, and values that are excluded" {
	require_root
	"$HELPERS/make_keyed" 0x2a 4096 600
	"$HELPERS/make_keyed" 0x2b 4096 600
	private=$(new_segment 4096)
	posix shmtool-a
	posix shmtool-b
	posix shmtool-c
	user_owns shmtool-c
	run_tool rm --key 0x2a,0x2b
	assert_success
	assert_equal "$(segment_ids)" "$private"
	run_tool rm --kind '!shm' --name 'shmtool-*,!*-b' --owner root
	assert_success
	assert_equal "$(object_names)" $'shmtool-b\nshmtool-c'
	run_tool rm --owner '!nobody' --name '!*-b'
	assert_success
	assert_no_segments
	assert_equal "$(object_names)" $'shmtool-b\nshmtool-c'
	run_tool rm --owner 54321 --owner nobody
	assert_equal "$(object_names)" shmtool-b
}

@test "rm --owner, --name: lists of an unprivileged user" {
	require_root
	posix shmtool-root
	as_user "$HELPERS/make_object" /shmtool-a 4096
	as_user "$HELPERS/make_object" /shmtool-b 4096
	run_tool_as_user rm --owner nobody,54321 --name 'shmtool-*,!*-b'
	assert_success
	assert_equal "$(object_names)" $'shmtool-b\nshmtool-root'
}

@test "rm --name: a pattern that matches no name is a usage error, and nothing is removed" {
	posix shmtool-a
	posix shmtool-b
	run_tool rm --name 'shmtool-{a,b}'
	assert_usage_error rm '--name' 'list the patterns'
	run_tool rm --name '!/dev/shm/shmtool-a'
	assert_usage_error rm '--name' 'matches no name'
}

@test "rm --older-than: younger objects are kept candidates, with their age" {
	id=$(new_segment 4096)
	posix shmtool-a
	run_tool rm --older-than 10m --json
	assert_success
	assert_regex "$(result "id:$id")" '^kept: [0-9]+ seconds? old$'
	assert_regex "$(result /shmtool-a)" '^kept: [0-9]+ seconds? old$'
	assert_unchanged
	wait_until 10 older_than "$(object_stat shmtool-a %Z)" 1
	run_tool rm --older-than 1s --json
	assert_result /shmtool-a removed
	assert_result "id:$id" removed
	assert_no_objects
	# At least so old, not older.
	posix shmtool-a
	run_tool rm --older-than 0s --idle-for 0s --json
	assert_result /shmtool-a removed
}

@test "rm --idle-for: recently used objects are kept" {
	id=$(new_segment 4096)
	posix shmtool-a
	run_tool rm --idle-for 10m --json
	assert_success
	assert_regex "$(result "id:$id")" '^kept: idle for [0-9]+ seconds?$'
	assert_regex "$(result /shmtool-a)" '^kept: idle for [0-9]+ seconds?$'
	assert_unchanged
	run_tool rm --idle-for 0s
	assert_no_objects
	assert_no_segments
}

@test "rm filters: with REFs, only these objects, if the filters select them and they are unused" {
	posix shmtool-a
	posix shmtool-used
	posix shmtool-other
	posix shmtool-large 8192
	id=$(new_segment 4096)
	keep_open shmtool-used
	run_tool rm --unused --max-size 4K --json /shmtool-a /shmtool-used /shmtool-large "id:$id" /shmtool-none
	assert_failure 1
	assert_stderr_like 'rm: /shmtool-none: no such object'
	assert_result /shmtool-a removed
	assert_result "id:$id" removed
	assert_regex "$(result /shmtool-used)" '^kept: held open by '
	assert_result /shmtool-large 'kept: the filters do not select it'
	assert_equal "$(object_names)" $'shmtool-large\nshmtool-other\nshmtool-used'
	run_tool rm --older-than 1d --json /shmtool-other
	assert_regex "$(result /shmtool-other)" '^kept: .* old$'
	run_tool rm --kind psem --unused --json /shmtool-other
	assert_result /shmtool-other 'kept: the filters do not select it'
}

@test "rm filters: usage errors" {
	posix shmtool-a
	run_tool rm
	assert_usage_error rm 'REF' 'filter'
	run_tool rm --until-free 1M /shmtool-a
	assert_usage_error rm "REFs can't be combined with --until-free"
	run_tool rm --mine --force /shmtool-a
	assert_usage_error rm '--force needs REFs'
	run_tool rm --abandoned msg:1
	assert_usage_error rm '--abandoned requires --idle-for'
	run_tool rm --mine --force
	assert_usage_error rm '--force needs REFs'
	run_tool rm --json /shmtool-a
	assert_usage_error rm "output options can't be combined with REFs"
	run_tool rm --kind nonsense
	assert_usage_error rm "unknown kind 'nonsense'"
	run_tool rm --older-than soon
	assert_usage_error rm
	run_tool rm --mine -o nonsense
	assert_failure 2
	run_tool rm --mine --sort nonsense
	assert_failure 2
	assert_unchanged
}

#
# Users: no process loses an object it uses
#

@test "rm filters: a segment that is attached, also for reading only" {
	one=$(new_segment 4096)
	two=$(new_segment 4096)
	hold "$one" rw 3
	hold "$two" ro
	run_tool rm --kind shm --json
	assert_success
	assert_regex "$(result "id:$one")" '^kept: (in use|attached|mapped|held open)'
	assert_regex "$(result "id:$two")" '^kept: (in use|attached|mapped|held open)'
	assert_equal "$(proc_shm "$one" perms)" 600
	release
	run_tool rm --kind shm --json
	assert_result "id:$two" removed
}

@test "rm filters: a segment that waits for its last detach" {
	id=$(new_segment 4096)
	hold "$id"
	ipcrm -m "$id"
	run_tool rm --kind shm --json
	assert_success
	assert_regex "$(result "id:$id")" '^kept: (in use|attached|mapped|held open)'
	assert_unchanged
}

@test "rm filters: an object that is open, mapped shared and only for reading, mapped privately" {
	posix shmtool-open
	posix shmtool-mapped
	posix shmtool-private
	posix shmtool-unused
	keep_open shmtool-open
	keep_open -m shmtool-mapped
	keep_open -p shmtool-private
	exec 8<>/dev/shm/shmtool-open
	run_tool rm --kind pshm --json
	assert_success
	for name in open mapped private; do
		assert_regex "$(result "/shmtool-$name")" '^kept: (in use|attached|mapped|held open)'
	done
	assert_result /shmtool-unused removed
	assert_equal "$(object_names)" $'shmtool-mapped\nshmtool-open\nshmtool-private'
	exec 8>&-
	end_background
	run_tool rm --kind pshm
	assert_success
	assert_no_objects
}

@test "rm filters: open for writing only" {
	posix shmtool-a
	exec 8>>/dev/shm/shmtool-a
	run_tool rm --kind pshm --json
	assert_regex "$(result /shmtool-a)" '^kept: (in use|attached|mapped|held open)'
	exec 8>&-
}

@test "rm filters: a program that runs from /dev/shm" {
	mount | grep -q ' /dev/shm .*noexec' && skip 'needs /dev/shm to be mounted without noexec'
	cp "$HELPERS/hold_files" /dev/shm/shmtool-program
	/dev/shm/shmtool-program >held 3>&- &
	wait_until 10 grep -q holding held
	run_tool rm --kind pshm --json
	assert_regex "$(result /shmtool-program)" '^kept: (in use|attached|mapped|held open)'
	assert_object_exists shmtool-program
}

@test "rm filters: a file that is a swap or loop device's would be open, too: by the kernel alone" {
	require_root
	truncate -s 1M /dev/shm/shmtool-loop
	device=$(losetup --find --show /dev/shm/shmtool-loop) || skip 'needs loop devices'
	run_tool rm --kind pshm --json
	losetup -d "$device"
	assert_regex "$(result /shmtool-loop)" \
		'^kept: lease refused, (although no process is seen|a process outside this pid namespace)'
	assert_object_exists shmtool-loop
}

@test "rm filters: users in another pid namespace" {
	require_root
	in_namespaces=(unshare --pid --fork --kill-child)
	posix shmtool-a
	posix shmtool-b
	keep_open -m shmtool-a
	run_tool rm --kind pshm --json
	assert_regex "$(result /shmtool-a)" '^kept: '
	assert_result /shmtool-b removed
	assert_object_exists shmtool-a
}

@test "rm filters: in a pid namespace, users outside of it" {
	require_root
	posix shmtool-a
	posix shmtool-b
	id=$(new_segment 4096)
	keep_open -m shmtool-a
	hold "$id"
	run_apart unshare --pid --fork --mount-proc "$SHMTOOL" rm --mine --json
	assert_success
	assert_result /shmtool-a 'kept: lease refused, a process outside this pid namespace has it open'
	assert_regex "$(result "id:$id")" '^kept: '
	assert_result /shmtool-b removed
	assert_object_exists shmtool-a
	assert_segment_exists "$id"
}

@test "rm filters: a long reason is reported in full" {
	require_root
	posix shmtool-a
	user_owns shmtool-a
	cp "$(command -v bash)" name-of-fifteen
	mkdir sleep
	cp "$(command -v sleep)" sleep/name-of-fifteen
	# shellcheck disable=SC2016 # the inner shell expands it
	run_apart unshare --pid --fork --mount-proc ./name-of-fifteen -c '
		exec 8</dev/shm/shmtool-a
		for i in 1 2 3; do sleep/name-of-fifteen 300 & done
		setpriv --reuid 65534 --regid 65534 --clear-groups "$SHMTOOL" rm --mine --json 8<&-'
	assert_success
	assert_regex "$(result /shmtool-a)" \
		"^kept: lease refused; .*1 name-of-fifteen, .*; processes outside this pid namespace can't be seen\$"
}

@test "rm filters: users in another mount namespace, which see the same tmpfs elsewhere" {
	require_root
	posix shmtool-a
	posix shmtool-b
	mkdir elsewhere
	unshare --mount --pid --fork --kill-child bash -c '
		mount --bind /dev/shm elsewhere && umount -l /dev/shm
		exec "$HELPERS/hold_files" -m elsewhere/shmtool-a' >held 3>&- &
	wait_until 10 grep -q holding held
	run_tool rm --kind pshm --json
	assert_regex "$(result /shmtool-a)" '^kept: '
	assert_result /shmtool-b removed
	assert_object_exists shmtool-a
}

@test "rm filters: a descriptor on its way through a socket" {
	require_command python3
	posix shmtool-a
	python3 -c '
import os, socket, time
one, other = socket.socketpair()
descriptor = os.open("/dev/shm/shmtool-a", os.O_RDONLY)
socket.send_fds(one, [b"x"], [descriptor])
os.close(descriptor)
print("sent", flush=True)
time.sleep(300)' >sent 3>&- &
	sender=$!
	wait_until 10 grep -q sent sent
	run_tool rm --kind pshm --json
	kill "$sender"
	assert_regex "$(result /shmtool-a)" \
		'^kept: lease refused(, (although no process is seen|a process outside this pid )|; nobody is seen)'
	assert_object_exists shmtool-a
}

@test "rm filters: another user's lease" {
	posix shmtool-a
	mkfifo end
	"$HELPERS/hold_lease" /dev/shm/shmtool-a <end >leased 3>&- &
	exec 7>end
	wait_until 10 grep -q held leased
	run_tool rm --kind pshm --json
	assert_success
	assert_regex "$(result /shmtool-a)" '^kept: '
	assert_object_exists shmtool-a
	exec 7>&-
}

#
# Foreign objects
#

@test "rm filters: special files stay" {
	mkdir /dev/shm/shmtool-directory
	: >/dev/shm/shmtool-directory/file
	mkfifo /dev/shm/shmtool-fifo
	: >target
	ln -s "$PWD/target" /dev/shm/shmtool-link
	ln -s nowhere /dev/shm/shmtool-dangling
	posix shmtool-a
	run_tool rm --kind pshm,psem
	assert_success
	assert_equal "$(object_names)" \
		$'shmtool-dangling\nshmtool-directory\nshmtool-directory/file\nshmtool-fifo\nshmtool-link'
	[ -e target ]
}

@test "rm filters: all links to a file are removed; those elsewhere stay" {
	posix shmtool-a
	ln /dev/shm/shmtool-a /dev/shm/shmtool-b
	mkdir /dev/shm/directory
	ln /dev/shm/shmtool-a /dev/shm/directory/c
	run_tool rm --kind pshm --json
	assert_success
	assert_result /shmtool-a removed
	assert_result /shmtool-b removed
	assert_equal "$(object_names)" $'directory\ndirectory/c'
	ln /dev/shm/directory/c /dev/shm/shmtool-a
	keep_open directory/c
	run_tool rm --kind pshm --json
	assert_regex "$(result /shmtool-a)" '^kept: (in use|attached|mapped|held open)'
}

@test "rm filters: as a user, other people's objects stay" {
	require_root
	id=$(new_segment 4096 666)
	posix shmtool-read 4096 644
	posix shmtool-write 4096 666
	posix shmtool-hidden 4096 600
	posix shmtool-own
	user_owns shmtool-own
	run_tool_as_user rm --kind shm,pshm --json
	assert_failure 1
	assert_result "id:$id" \
		'failed: owned by root; only the owner, the creator and root may remove it'
	for name in read write; do
		assert_result "/shmtool-$name" \
			'kept: owned by root: only the owner and root can prove that it is unused'
	done
	assert_result /shmtool-hidden \
		'kept: owned by root: no permission to open it, so nothing can be proven'
	assert_result /shmtool-own removed
	assert_segment_exists "$id"
	assert_equal "$(object_names)" $'shmtool-hidden\nshmtool-read\nshmtool-write'
	assert_stderr_like ' kept 3, 1 failed$|; kept 3, 1 failed$'
}

@test "rm filters: the user's own object without read permission" {
	require_root
	posix shmtool-a 4096 200
	user_owns shmtool-a
	run_tool_as_user rm --mine --json
	assert_success
	assert_regex "$(result /shmtool-a)" '^kept: .*no permission to open it'
	assert_unchanged
	run_tool rm --kind pshm --json
	assert_result /shmtool-a removed
}

@test "rm filters: a directory that may not be written to" {
	require_root
	posix shmtool-a
	user_owns shmtool-a
	chmod 755 /dev/shm
	run_tool_as_user rm --mine --dry-run --json -o ref,action,why
	dry=$output
	run_tool_as_user rm --mine --json -o ref,action,why
	chmod 1777 /dev/shm
	assert_failure 1
	assert_result /shmtool-a 'failed: no permission to write to /dev/shm'
	assert_equal "$dry" "$output"
	assert_object_exists shmtool-a
}

@test "rm filters: an immutable file" {
	require_root
	require_command chattr
	posix shmtool-a
	chattr +i /dev/shm/shmtool-a 2>/dev/null || skip 'needs a tmpfs with attributes'
	run_tool rm --mine --dry-run --json -o ref,action,why
	dry=$output
	run_tool rm --mine --json -o ref,action,why
	chattr -i /dev/shm/shmtool-a
	assert_failure 1
	assert_regex "$(result /shmtool-a)" '^failed: can.t be removed .see lsattr'
	assert_equal "$dry" "$output"
	assert_object_exists shmtool-a
}

@test "rm filters: a /dev/shm without space for another file" {
	mount_shm nr_inodes=20,size=64k
	for ((i = 1; i < 30; i++)); do
		: >"/dev/shm/shmtool-$i" || break
	done 2>/dev/null
	[ "$i" -lt 30 ]
	head -c 64K /dev/zero >/dev/shm/shmtool-1 || true
	run ! touch /dev/shm/one-more
	run_tool rm --kind pshm --json
	assert_success
	assert_equal "$(json 'map(.action) | unique | join(" ")')" removed
	assert_no_objects
}

#
# --dry-run and -i
#

@test "rm filters --dry-run: decides as the real run, and changes nothing" {
	id=$(new_segment 4096)
	used=$(new_segment 4096)
	hold "$used"
	for name in a b c d; do
		posix "shmtool-$name"
	done
	keep_open shmtool-b
	keep_open -m shmtool-c
	ln /dev/shm/shmtool-d /dev/shm/shmtool-e
	run_tool rm --dry-run --mine -o ref,action,why --json
	assert_success
	assert_unchanged
	assert_equal "$stderr" 'shmtool: rm: would remove 4 objects; kept 3'
	dry=$output
	run_tool rm --mine -o ref,action,why --json
	assert_success
	assert_equal "${dry//would remove/removed}" "$output"
	assert_equal "$(object_names)" $'shmtool-b\nshmtool-c'
}

@test "rm filters --dry-run: the same for a user among others" {
	require_root
	new_segment 4096
	posix shmtool-a 1 644
	posix shmtool-b 1
	posix shmtool-c
	user_owns shmtool-c
	run_tool_as_user rm --dry-run --kind shm,pshm -o ref,action,why --json
	assert_failure 1
	assert_unchanged
	dry=$output
	run_tool_as_user rm --kind shm,pshm -o ref,action,why --json
	assert_failure 1
	assert_equal "${dry//would remove/removed}" "$output"
}

# same_as_dry_run COMMAND...: the report of --dry-run, run by COMMAND, equals the actions.
same_as_dry_run() {
	local dry

	run_apart "$@" "$SHMTOOL" rm --dry-run --kind shm,pshm,psem -o ref,action,why --json
	assert_unchanged
	dry=$output
	run_apart "$@" "$SHMTOOL" rm --kind shm,pshm,psem -o ref,action,why --json
	assert_equal "${dry//would remove/removed}" "$output"
}

@test "rm filters --dry-run: the same with fewer rights than root has, and with more than others" {
	require_root
	local powerful=(setpriv --reuid 65533 --regid 65533 --clear-groups)
	local without=(setpriv)

	for capability in sys_admin lease fowner dac_override; do
		id=$(as_user "$HELPERS/make_keyed" 0 4096 600)
		posix shmtool-user 1 644
		user_owns shmtool-user
		posix shmtool-root 1 644
		same_as_dry_run setpriv --bounding-set "-$capability" --inh-caps "-$capability"
		remove_segments
		rm -f /dev/shm/*

		id=$(as_user "$HELPERS/make_keyed" 0 4096 600)
		posix shmtool-user 1 644
		user_owns shmtool-user
		same_as_dry_run "${powerful[@]}" --inh-caps "+$capability" --ambient-caps "+$capability"
		remove_segments
		rm -f /dev/shm/*
	done
}

@test "rm filters: root gets the name of a missing capability" {
	require_root
	id=$(as_user "$HELPERS/make_keyed" 0 4096 600)
	posix shmtool-user
	user_owns shmtool-user
	run_apart setpriv --bounding-set -sys_admin,-lease,-setuid --inh-caps -sys_admin,-lease,-setuid \
		"$SHMTOOL" rm --kind shm,pshm --json
	assert_failure 1
	assert_regex "$(result "id:$id")" '^failed: owned by .*CAP_SYS_ADMIN'
	assert_regex "$(result /shmtool-user)" '^kept: owned by .*CAP_LEASE'
	assert_unchanged
}

@test "rm filters --dry-run: the same for root in a user namespace" {
	require_root
	unshare --user --map-root-user true || skip 'needs user namespaces'
	as_user "$HELPERS/make_keyed" 0 4096 600
	posix shmtool-user
	user_owns shmtool-user
	new_segment 4096
	posix shmtool-root
	same_as_dry_run unshare --user --map-root-user
	run object_names
	assert_output shmtool-user
}

@test "rm filters --dry-run: the same for a file on which something is mounted" {
	mount_shm size=64k
	posix shmtool-a
	posix shmtool-b
	echo 1 >mounted
	mount --bind mounted /dev/shm/shmtool-a
	# Mounts are removed first, however the test ends.
	# shellcheck disable=SC2317 # teardown calls it
	umount_shm() { umount /dev/shm/shmtool-a /dev/shm; }
	same_as_dry_run env
	assert_result /shmtool-a 'kept: something is mounted on it'
	assert_result /shmtool-b removed
}

@test "rm filters --dry-run: the same in a directory that nothing may be taken out of" {
	mount_shm size=64k
	posix shmtool-a
	for attribute in a i; do
		chattr "+$attribute" /dev/shm 2>/dev/null || skip 'needs attributes of files on tmpfs'
		same_as_dry_run env
		chattr "-$attribute" /dev/shm
		assert_regex "$(result /shmtool-a)" '^failed: .*lsattr'
	done
	assert_object_exists shmtool-a
}

@test "rm filters --dry-run: a table of its own title" {
	posix shmtool-a
	run_tool rm -n --mine
	assert_line --index 0 '------ What Would Be Removed --------'
	assert_line --index 2 --regexp '^/shmtool-a .* would remove$'
}

@test "rm filters -i: asks for each that could be removed, and only for these" {
	for name in a b c d; do
		posix "shmtool-$name"
	done
	keep_open shmtool-d
	run_apart bash -c 'printf "%s\n" n yes "" | "$SHMTOOL" rm -i --mine --json'
	assert_success
	assert_result /shmtool-a 'kept: declined'
	assert_result /shmtool-b removed
	assert_result /shmtool-c 'kept: declined'
	assert_regex "$(result /shmtool-d)" '^kept: (in use|attached|mapped|held open)'
	assert_equal "$(grep -o 'remove /shmtool-. ([0-9]* bytes, owned by [^)]*)? \[y/N\] ' <<<"$stderr" | wc -l)" 3
	assert_equal "$(object_names)" $'shmtool-a\nshmtool-c\nshmtool-d'
}

@test "rm filters -i: the end of the input is not consent" {
	posix shmtool-a
	id=$(new_segment 4096)
	run_apart "$SHMTOOL" rm -i --mine --json </dev/null
	assert_success
	assert_result /shmtool-a 'kept: declined'
	assert_result "id:$id" 'kept: declined'
	assert_unchanged
}

# ask_second: an rm -i that has removed the first of two objects and asks for the second.
ask_second() {
	posix shmtool-a
	posix shmtool-b
	mkfifo answers
	env --default-signal=INT "$SHMTOOL" rm -i --mine --json <answers >asked.out 2>asked.err 3>&- &
	asking=$!
	exec 7>answers
	echo y >&7
	wait_until 10 grep -q 'remove /shmtool-b' asked.err
}

@test "rm filters -i: an object is removed before the next question" {
	ask_second
	assert_equal "$(object_names)" shmtool-b
	# And a process that opens the object in question does not block.
	timeout 5 cat /dev/shm/shmtool-b >/dev/null
	echo y >&7
	wait "$asking"
	exec 7>&-
	assert_no_objects
}

@test "rm filters -i: an object that is used when the answer comes stays" {
	ask_second
	keep_open shmtool-b
	echo y >&7
	wait "$asking"
	exec 7>&-
	output=$(cat asked.out)
	assert_result /shmtool-a removed
	assert_regex "$(result /shmtool-b)" '^kept: (in use|attached|mapped|held open)'
	assert_equal "$(object_names)" shmtool-b
}

@test "rm filters -i: SIGINT in an answer ends it, and is not consent" {
	ask_second
	printf y >&7
	wait_until 10 "$HELPERS/pipe_empty" 7
	kill -INT "$asking"
	status=0
	wait_until 10 eval '! kill -0 "$asking" 2>/dev/null'
	wait "$asking" || status=$?
	exec 7>&-
	assert_equal "$status" 130
	output=$(cat asked.out)
	assert_result /shmtool-b 'kept: interrupted'
	assert_equal "$(object_names)" shmtool-b
}

@test "rm filters -i: answers that mean consent" {
	for answer in 'y\n' 'Y\n' 'yes\n' Yes y; do
		posix shmtool-a
		run_apart bash -c 'printf "$0" | "$SHMTOOL" rm -i --mine --json' "$answer"
		assert_result /shmtool-a removed
	done
	posix shmtool-a
	for answer in ' y\n' 'ja\n' '\ny\n' 1 '\0y\n'; do
		run_apart bash -c 'printf "$0" | "$SHMTOOL" rm -i --mine --json' "$answer"
		assert_result /shmtool-a 'kept: declined'
	done
	run_apart bash -c '"$SHMTOOL" rm -i --mine --json </dev/null'
	assert_result /shmtool-a 'kept: declined'
	for input in '<&-' '</'; do
		run_apart bash -c '"$SHMTOOL" rm -i --mine --json '"$input"
		assert_regex "$(result /shmtool-a)" "^failed: standard input can't be read"
	done
	assert_object_exists shmtool-a
}

@test "rm filters -i: SIGINT at a question ends it, and the removals so far are reported" {
	posix shmtool-c
	ask_second
	kill -INT "$asking"
	status=0
	wait "$asking" || status=$?
	exec 7>&-
	assert_equal "$status" 130
	output=$(cat asked.out)
	assert_result /shmtool-a removed
	assert_result /shmtool-b 'kept: interrupted'
	assert_result /shmtool-c 'kept: interrupted'
	run ! grep -F 'remove /shmtool-c' asked.err
	assert_equal "$(object_names)" $'shmtool-b\nshmtool-c'
}

# make_and_stay: a segment whose creator lives; sets creator, and living to its id.
make_and_stay() {
	mkfifo made
	perl -e '
		$| = 1;
		my $id = shmget(0, 8192, 01600) // die "shmget: $!\n";
		print $id + 0, "\n";
		close(STDOUT);
		sleep 300' >made 3>&- &
	creator=$!
	read -r living <made
}

@test "rm --orphaned: only segments whose creator is known to be gone" {
	gone=$(new_segment 4096)
	posix shmtool-file
	make_and_stay
	run_tool rm --orphaned --json
	kill "$creator"
	assert_success
	assert_result "id:$gone" removed
	assert_regex "$(result "id:$living")" "^kept: not attached; creator $creator .*is running"
	assert_regex "$(result /shmtool-file)" '^kept: only segments record'
	[[ -e /dev/shm/shmtool-file ]]
}

@test "rm --orphaned: a segment detached after the listing is checked for its creator" {
	require_strace
	make_and_stay
	hold "$living"
	run_stopping rt_sigpending:1 rm --orphaned --json
	kill "$holder"
	wait "$holder" || true
	wait_until 10 eval '[ "$(proc_shm "$living" nattch)" = 0 ]'
	run_on
	kill "$creator"
	assert_success
	assert_regex "$(result "id:$living")" '^kept: '
	assert_equal "$(segment_ids)" "$living"
}

@test "rm --used-by: objects that a process uses are kept, with its name" {
	posix shmtool-used
	posix shmtool-unused
	# shellcheck disable=SC2217 # it holds the file open
	sleep 300 </dev/shm/shmtool-used 3>&- &
	user=$!
	wait_until 10 grep -qx sleep "/proc/$user/comm"
	run_tool rm --used-by "$user" --json
	kill "$user"
	assert_success
	assert_equal "$(json length)" 1
	assert_regex "$(result /shmtool-used)" "^kept: held open by $user \\(sleep\\)"
	[[ -e /dev/shm/shmtool-unused ]]
}

@test "rm filters: more names of a file than one thread removes are all removed" {
	posix shmtool-0 8192
	for number in {1..1500}; do
		echo "/dev/shm/shmtool-$number"
	done | xargs -n 1 ln /dev/shm/shmtool-0
	run_tool rm --mine --quiet --json -o why
	assert_success
	assert_equal "$(json 'map(.why) | unique | .[]')" null
	assert_no_objects
}
