#!/usr/bin/env bats
# stat -o: each column against the kernel's values.

load test_helper
load truth

@test "stat -o kind,ref,key,shmid: the names of a segment" {
	id=$("$HELPERS/make_keyed" 0xdeadbeef 4096 600)
	assert_column "$id" kind shm
	assert_column "$id" ref "id:$id"
	assert_column "$id" key 0xdeadbeef
	assert_column "$id" shmid "$id"
	assert_column "$id" name null
}

@test "stat -o kind,ref,name: the names of a POSIX object" {
	"$HELPERS/make_object" /shmtool-test 4096
	assert_column /shmtool-test kind pshm
	assert_column /shmtool-test ref /shmtool-test
	assert_column /shmtool-test name /shmtool-test
	assert_column /shmtool-test key null
	assert_column /shmtool-test shmid null
}

@test "stat -o owner,uid,group,gid: the owner of a segment" {
	require_root
	id=$(new_segment 4096)
	"$HELPERS/segment_control" "$id" owner 65534 1
	assert_column "$id" owner nobody
	assert_column "$id" uid "$(proc_shm "$id" uid)"
	assert_column "$id" group daemon
	assert_column "$id" gid "$(proc_shm "$id" gid)"
}

@test "stat -o creator,cuid,cgname,cgid: the creator of a segment" {
	require_root
	id=$(as_user "$HELPERS/make_segments" 1 4096 600)
	"$HELPERS/segment_control" "$id" owner 0 0
	assert_column "$id" creator nobody
	assert_column "$id" cuid "$(proc_shm "$id" cuid)"
	assert_column "$id" cgname nogroup
	assert_column "$id" cgid "$(proc_shm "$id" cgid)"
	assert_column "$id" owner root
}

@test "stat -o owner: a number for a user without a name" {
	require_root
	id=$(new_segment 4096)
	"$HELPERS/segment_control" "$id" owner 54321 54322
	assert_column "$id" owner 54321
	assert_column "$id" group 54322
}

@test "stat -o owner,uid,group,gid: the owner of a POSIX object" {
	require_root
	"$HELPERS/make_object" /shmtool-test 4096
	chown nobody:daemon /dev/shm/shmtool-test
	assert_column /shmtool-test owner nobody
	assert_column /shmtool-test uid "$(object_stat shmtool-test %u)"
	assert_column /shmtool-test group daemon
	assert_column /shmtool-test gid "$(object_stat shmtool-test %g)"
	assert_column /shmtool-test cuid null
	assert_column /shmtool-test creator null
}

@test "stat -o perms: the permission bits, in octal" {
	for mode in 600 644 777 400 0; do
		id=$(new_segment 4096 "$mode")
		assert_equal "$((8#$(column "$id" perms)))" "$((8#$mode))"
	done
}

@test "stat -o perms: without the flags of a locked segment" {
	id=$(new_segment 4096 640)
	"$HELPERS/segment_control" "$id" lock
	assert_column "$id" perms 640
}

@test "stat -o mode: the permissions as ls shows them" {
	id=$(new_segment 4096 640)
	assert_regex "$(column "$id" mode)" 'rw-r-----'
	"$HELPERS/make_object" /shmtool-test 4096 604
	assert_regex "$(column /shmtool-test mode)" 'rw----r--'
}

@test "stat -o bytes,pages: the size" {
	id=$(new_segment 10000)
	assert_column "$id" bytes 10000
	assert_column "$id" pages 3
	"$HELPERS/make_object" /shmtool-test 4097
	assert_column /shmtool-test bytes 4097
	assert_column /shmtool-test pages 2
}

@test "stat -o rss,swap: the memory of a segment that is there" {
	id=$(new_segment 1048576)
	assert_column "$id" rss 0
	"$HELPERS/fill_segment" "$id" 20480
	assert_column "$id" rss "$(proc_shm "$id" rss)"
	assert_column "$id" rss 20480
	assert_column "$id" swap "$(proc_shm "$id" swap)"
}

@test "stat -o used: the memory that a POSIX object takes" {
	"$HELPERS/make_object" /shmtool-test 1048576
	assert_column /shmtool-test used 0
	head -c 20480 /dev/zero | dd of=/dev/shm/shmtool-test conv=notrunc status=none
	assert_column /shmtool-test used $(($(object_stat shmtool-test '%b * %B')))
	assert_column /shmtool-test used 20480
}

@test "stat -o nattch: how many attachments there are" {
	id=$(new_segment 4096)
	assert_column "$id" nattch 0
	hold "$id" rw 2
	assert_column "$id" nattch 2
	release
	assert_column "$id" nattch 0
	"$HELPERS/make_object" /shmtool-test 4096
	assert_column /shmtool-test nattch null
}

@test "stat -o cpid,lpid: the creator of a segment and the last user" {
	id=$(new_segment 4096)
	hold "$id"
	assert_column "$id" cpid "$(proc_shm "$id" cpid)"
	assert_column "$id" lpid "$holder"
	release
	assert_column "$id" lpid "$(proc_shm "$id" lpid)"
}

@test "stat -o command: the creator's command while it lives" {
	"$HELPERS/make_keyed" 0 4096 600 stay >"$BATS_TEST_TMPDIR/id" 3>&- &
	creator=$!
	wait_until 10 test -s "$BATS_TEST_TMPDIR/id"
	id=$(cat "$BATS_TEST_TMPDIR/id")
	assert_equal "$(proc_shm "$id" cpid)" "$creator"
	assert_regex "$(column "$id" command)" 'make_keyed'
	release "$creator"
	assert_column "$id" command null
}

@test "stat -o command: a process that got the creator's number later is not the creator" {
	require_root
	# The segment is made by a process whose number is then used again, in a pid namespace of its own.
	run_apart unshare -p -f --mount-proc bash -c '
		id=$(bash -c "exec \"$HELPERS/make_segments\" 1 4096")
		pid=$(awk -v id="$id" "\$2 == id { print \$5 }" /proc/sysvipc/shm)
		ctime=$(awk -v id="$id" "\$2 == id { print \$14 }" /proc/sysvipc/shm)
		while [ "$(date +%s)" -lt $((ctime + 3)) ]; do read -r -t 0.2 <> <(:) || true; done
		echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid || exit 77
		sleep 300 3>&- &
		[ $! -eq "$pid" ] || exit 77
		"$SHMTOOL" stat --json -o cpid,command "$id"
		kill $!'
	[ "$status" -ne 77 ] || skip 'needs to choose a process number'
	assert_success
	assert_equal "$(json '.[0].command')" null
}

@test "stat -o atime,dtime,ctime: the times of a segment" {
	id=$(new_segment 4096)
	"$HELPERS/fill_segment" "$id" 1
	for column in atime dtime ctime; do
		run_tool stat --time-format unix --json -o "$column" "$id"
		assert_success
		assert_equal "$column $(json ".[0].$column")" "$column $(proc_shm "$id" "$column")"
	done
}

@test "stat -o atime,mtime,ctime: the times of a POSIX object" {
	"$HELPERS/make_object" /shmtool-test 4096
	touch -a -d '2001-02-03' /dev/shm/shmtool-test
	touch -m -d '2002-03-04' /dev/shm/shmtool-test
	run_tool stat --time-format unix --json -o atime,mtime,ctime /shmtool-test
	assert_success
	assert_equal "$(json '.[0].atime, .[0].mtime, .[0].ctime' | paste -sd' ')" \
		"$(object_stat shmtool-test '%X %Y %Z')"
}

@test "stat -o age: seconds since a segment was made or changed" {
	id=$(new_segment 4096)
	wait_until 10 older_than "$(proc_shm "$id" ctime)" 1
	before=$(seconds_since "$(proc_shm "$id" ctime)")
	age=$(column "$id" age)
	after=$(seconds_since "$(proc_shm "$id" ctime)")
	[ "$age" -ge "$before" ]
	[ "$age" -le "$after" ]
}

@test "stat -o idle: seconds since a segment was last attached, detached or changed" {
	id=$(new_segment 4096)
	wait_until 10 older_than "$(proc_shm "$id" ctime)" 1
	"$HELPERS/fill_segment" "$id" 1
	before=$(seconds_since "$(proc_shm "$id" dtime)")
	idle=$(column "$id" idle)
	age=$(column "$id" age)
	after=$(seconds_since "$(proc_shm "$id" dtime)")
	[ "$idle" -ge "$before" ]
	[ "$idle" -le "$after" ]
	[ "$age" -gt "$idle" ]
}

@test "stat -o inode: the inode of a POSIX object" {
	"$HELPERS/make_object" /shmtool-test 4096
	assert_column /shmtool-test inode "$(object_stat shmtool-test %i)"
}

@test "stat -o inode: the inode that maps show for a segment is its id" {
	id=$(new_segment 4096)
	hold "$id"
	inode=$(awk '/SYSV00000000/ { print $5; exit }' "/proc/$holder/maps")
	assert_equal "$inode" "$id"
	assert_column "$id" inode "$inode"
}

@test "stat -o value: the value of a named semaphore" {
	for value in 0 1 42; do
		"$HELPERS/sem_make" "/shmtool-$value" "$value"
		assert_column "psem:/shmtool-$value" value "$value"
	done
	id=$(new_segment 4096)
	assert_column "$id" value null
}

@test "stat -o value: unknown where the semaphore may not be read" {
	require_root
	"$HELPERS/sem_make" /shmtool-test 3 600
	run_tool_as_user stat --kind psem --json -o value,perms
	assert_success
	assert_equal "$(json -c '.[0]')" '{"value":null,"perms":"600"}'
}

@test "stat -o cpid,command: a creator outside the reader's pid namespace has no number in it" {
	require_root
	"$HELPERS/make_keyed" 0 4096 600 stay >"$BATS_TEST_TMPDIR/id" 3>&- &
	BACKGROUND_PIDS+=("$!")
	wait_until 10 test -s "$BATS_TEST_TMPDIR/id"
	run_apart unshare -p -f --mount-proc "$SHMTOOL" stat --json -o cpid,command "$(cat "$BATS_TEST_TMPDIR/id")"
	assert_success
	assert_equal "$(json '.[0].command')" null
	assert_regex "$(json '.[0].cpid')" '^(0|null)$'
}

@test "stat -o value: unknown where the file is not a semaphore" {
	head -c 8 /dev/zero >/dev/shm/sem.shmtool-short
	head -c 4096 /dev/zero >/dev/shm/sem.shmtool-long
	run_tool stat --kind psem --raw --no-headings -o value
	assert_success
	assert_output $'-\n-'
}

@test "stat -o perms,mode: set-user-ID, set-group-ID and sticky bit of a file show" {
	posix_file() {
		: >/dev/shm/shmtool-mode
		chmod "$1" /dev/shm/shmtool-mode
	}
	for mode in 755 4755 2750 1777 7000; do
		posix_file "$mode"
		run_tool stat /shmtool-mode -o perms,mode --raw --no-headings
		assert_output "$mode $(stat -c %A /dev/shm/shmtool-mode | cut -c 2-)"
		run_tool stat --kind pshm -o perms --raw --no-headings
		assert_output "$(stat -c %a /dev/shm/shmtool-mode)"
	done
}

@test "stat -o: without a descriptor left, a value that can't be read is a failure and not just unknown" {
	require_mqueue
	new_segment 4096 >/dev/null
	"$HELPERS/sem_make" /shmtool-s 3
	"$HELPERS/mq_control" make /shmtool-q 600
	for what in 'shm used' 'pshm rss' 'psem value' 'pmsg messages'; do
		kind=${what% *}
		[[ $kind != pshm ]] || "$HELPERS/make_object" /shmtool-a 4096
		for count in {4..9}; do
			run_apart bash -c 'for fd in {3..20}; do eval "exec $fd>&-"; done
				ulimit -n "$1"; exec "$SHMTOOL" stat --raw --no-headings --kind "$2" -o "$3"' \
				bash "$count" "$kind" "${what#* }"
			[[ $status -eq 1 || $output =~ ^[0-9]+$ ]] || fail "$count, $what: $status, $output"
			[[ $status -eq 0 || $stderr == *'Too many open files'* ]] || fail "$count, $what: $stderr"
		done
		assert_success
	done
}
