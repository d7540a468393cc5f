#!/usr/bin/env bats
# users: which file a mapping or a descriptor is of, where its numbers alone are not enough, and what is not a
# POSIX object: memfds and files of other file systems.

load test_helper
load truth
load users

@test "users: a segment and a memfd whose inodes have the same number" {
	require_root
	start_peer memfd 8192
	owner=$(cut -d: -f2 <<<"$peer_ref")
	inode=$(stat -Lc %i "/proc/$owner/fd/${peer_ref##*:}")
	# The kernel takes the wish for an id once.
	echo "$inode" >/proc/sys/kernel/shm_next_id || skip 'needs kernel.shm_next_id'
	id=$(new_segment 4096)
	[ "$id" = "$inode" ] || skip 'needs a segment whose id is that inode number'
	hold "$id"
	rows ref,pid,how
	assert_output "id:$id $holder attached"
	rows ref,pid,how "$peer_ref"
	assert_output "$peer_ref $owner mapped"$'\n'"$peer_ref $owner open"
	# The text of maps, without PROCMAP_QUERY: ENOTTY.
	ioctl=$(printf '#include <sys/syscall.h>\nSYS_ioctl\n' | cc -E -P -x c - | tail -n 1)
	"$HELPERS/without_syscall" "$ioctl" 25 "$SHMTOOL" users -q --raw --no-headings -o ref,pid,how >text
	assert_equal "$(cat text)" "id:$id $holder attached"
}

@test "users: two files with the same inode number on two file systems" {
	require_root
	# The same steps on two new file systems lead to the same number.
	# shellcheck disable=SC2016 # for the inner shell
	run_apart unshare --mount bash -c '
		mkdir one two
		for place in one two; do
			mount -t tmpfs tmpfs $place
			truncate -s 4096 $place/file
			"$HELPERS/hold_mapping" $place/file readonly >$place/mapped 3>&- &
			"$HELPERS/hold_mapping" $place/file open >$place/open 3>&- &
			until [ -s $place/mapped ] && [ -s $place/open ]; do sleep 0.02; done
		done
		[ $(stat -c %i one/file) = $(stat -c %i two/file) ] || exit 77
		for place in one two; do
			for how in mapped open; do
				echo "$PWD/$place/file $how $(cut -d" " -f2 $place/$how)"
			done
		done
		echo and
		"$SHMTOOL" users -q --raw --no-headings -o ref,how,pid ./one/file ./two/file
		kill $(jobs -p); wait; true'
	[ "$status" -ne 77 ] || skip 'needs an inode number and an id that are equal'
	assert_success
	expected=${output%$'\n'and*}
	assert_equal "${output#*and$'\n'}" "${expected//"$PWD"/.}"
	assert_equal "${#lines[@]}" 9
}

@test "users: a file that looks like a segment is not one" {
	require_root
	# A file at the root of a mount that is gone has that path, and we choose the number. In maps it
	# differs from the segment by its device alone, which is that of other objects.
	# shellcheck disable=SC2016 # for the inner shell
	run_apart unshare --mount bash -c '
		mkdir bind
		mount --bind /dev/shm bind
		truncate -s 4096 bind/SYSV00000000 bind/shmtool-a
		inode=$(stat -c %i bind/SYSV00000000)
		"$HELPERS/hold_mapping" bind/SYSV00000000 shared >said 3>&- &
		until [ -s said ]; do sleep 0.02; done
		rm bind/SYSV00000000
		umount -l bind
		grep -q " $inode  */SYSV00000000 (deleted)" "/proc/$!/maps" || exit 77
		echo "$inode" >/proc/sys/kernel/shm_next_id
		id=$("$HELPERS/make_keyed" 0 4096 600)
		[ "$id" = "$inode" ] || exit 77
		"$SHMTOOL" users -q --raw --no-headings -o ref,command
		kill "$!"; wait "$!"; true'
	[ "$status" -ne 77 ] || skip 'needs a path and an id that are equal'
	assert_success
	assert_output ''
}

@test "users: a sealed memfd, mapped for reading by a process that has no descriptor of it" {
	require_command python3
	python3 - >said 3>&- <<-'END' &
		import fcntl, mmap, os, sys, time
		fd = os.memfd_create("x", os.MFD_ALLOW_SEALING)
		os.ftruncate(fd, 4096)
		fcntl.fcntl(fd, 1033, 15)  # F_ADD_SEALS: seal, shrink, grow, write
		m = mmap.mmap(fd, 4096, mmap.MAP_SHARED, mmap.PROT_READ)
		child = os.fork()
		if child == 0:
		    os.closerange(3, 100)
		    time.sleep(60)
		print(os.getpid(), fd, child, flush=True)
		time.sleep(60)
	END
	wait_until 20 test -s said
	read -r parent fd child <said
	rows pid,how,access,count "pid:$parent:fd:$fd"
	kill "$child"
	assert_line "$parent mapped r 1"
	assert_line "$child mapped r 1"
	assert_line --regexp "^$parent open rw [12]$"
	assert_equal "${#lines[@]}" 3
}

@test "users: a mapping made before a fork belongs to both processes" {
	truncate -s 4096 /dev/shm/shmtool-a
	require_command python3
	python3 - >said 3>&- <<-'END' &
		import mmap, os, time
		fd = os.open("/dev/shm/shmtool-a", os.O_RDWR)
		m = mmap.mmap(fd, 4096)
		child = os.fork()
		if child == 0:
		    time.sleep(60)
		print(os.getpid(), child, flush=True)
		time.sleep(60)
	END
	wait_until 20 test -s said
	read -r parent child <said
	rows pid,how /shmtool-a
	kill "$child"
	assert_output "$(printf '%s\n' "$parent mapped" "$parent open" "$child mapped" "$child open" | sort -n)"
}

@test "users: a file on a disk, mapped for reading of a descriptor for both" {
	truncate -s 8192 file
	keep ./file readonly
	one=$keeper
	exec 8<>file
	"$HELPERS/hold_mapping" ./file private >said 3>&- &
	two=$!
	wait_until 10 test -s said
	exec 8>&-
	rows kind,pid,how,access,sharing ./file
	assert_line "file $one mapped r shared"
	assert_line "file $two mapped r private"
	assert_line "file $two open rw -"
}

@test "users: an attached process and an attach that ended meanwhile are distinguished by nattch" {
	require_strace
	id=$(new_segment 4096)
	hold "$id"
	first=$holder
	hold "$id"
	# The count is read before the scan of processes, and one of two has exited by then.
	run_stopping getdents64:1 users --raw --no-headings -o pid "$id"
	release "$first"
	run_on
	assert_equal "$output" "$holder"
	assert_equal "$(grep -c "by processes that can't be seen" <<<"$stderr")" 0
}
