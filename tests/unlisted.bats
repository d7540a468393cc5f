#!/usr/bin/env bats
# Memory in /dev/shm that no listing shows, and files that would count twice.

load test_helper
load truth

setup() {
	common_setup
	require_private_namespace
	mount_shm size=1M,nr_inodes=100
}

# bytes_used: the value of df(1).
bytes_used() {
	df -B1 --output=used /dev/shm | tail -n 1 | tr -d ' '
}

# filled NAME BYTES: a file in /dev/shm.
filled() {
	head -c "$2" /dev/zero >"/dev/shm/$1"
}

@test "stat -v: a file with two names counts once" {
	filled a 491520
	ln /dev/shm/a /dev/shm/b
	mkdir /dev/shm/d
	filled d/x 491520
	run_tool stat -v
	assert_success
	assert_equal "$stderr" 'shmtool: stat: 2 objects, 491520 bytes'
	filled c 4096
	ln /dev/shm/a /dev/shm/sem.a
	run_tool stat -v --kind pshm,psem
	assert_equal "$stderr" 'shmtool: stat: 4 objects, 495616 bytes'
}

@test "limits: a file with two names counts once, so that the rest is reported" {
	filled a 491520
	ln /dev/shm/a /dev/shm/b
	mkdir /dev/shm/d
	filled d/x 491520
	assert_equal "$(bytes_used)" 983040
	run_tool limits
	assert_success
	assert_stderr_like '^shmtool: limits: devshm_size: 491520 of these bytes are in no object that is listed: 1 directory with 491520 bytes$'
	assert_unchanged
	# One that an object has, too, is the object's.
	rm /dev/shm/d/x
	ln /dev/shm/a /dev/shm/d/x
	filled d/y 4096
	ln /dev/shm/d/y /dev/shm/d/z
	run_tool limits
	assert_stderr_like 'devshm_size: 4096 of these bytes are in no object that is listed: 1 directory with 4096 bytes$'
}

@test "limits: semaphores and directories are reported however little is used" {
	mount -o remount,size=64M /dev/shm
	for number in {1..12}; do
		"$HELPERS/sem_make" "/shmtool-$number" 1
	done
	mkdir /dev/shm/{1,2,3}
	filled 1/x 25165824
	run_tool limits
	assert_success
	assert_stderr_like '12 named semaphores \(--kind psem\), 3 directories with 25165824 bytes$'
	refute_stderr_like 'held'
	run_tool limits --kind shm
	refute_stderr_like 'semaphores'
	run_tool limits --quiet
	assert_stderr_empty
}

@test "limits: no note about a single object" {
	filled a 4096
	run_tool limits
	assert_stderr_empty
}

@test "limits: when inodes are short, their use is reported" {
	mkdir -p /dev/shm/d/e
	for number in {1..80}; do
		: >"/dev/shm/d/e/$number"
	done
	: >/dev/shm/sem.a
	run_tool limits
	assert_success
	assert_stderr_like 'devshm_inodes: 84 of 100 inodes are in use' \
		'devshm_inodes: 83 of these inodes are in no object that is listed: 1 named semaphore \(--kind psem\), 1 directory with 81 files$'
}

@test "create --posix: when inodes are used up, the command that shows their use is named" {
	mkdir /dev/shm/d
	for number in {1..98}; do
		: >"/dev/shm/d/$number"
	done
	run_tool create --posix shmtool-new --size 4096
	assert_fails create 'all its 100 inodes are in use \(shmtool limits shows their use'
	run_tool limits
	assert_stderr_like '1 directory with 98 files$'
}

@test "limits: removed files that are held are reported beside a directory" {
	mkdir /dev/shm/d
	filled d/x 8192
	filled a 40960
	"$HELPERS/hold_files" -m /dev/shm/a >held 3>&- &
	wait_until 10 grep -q holding held
	rm /dev/shm/a
	run_tool limits
	assert_stderr_like 'devshm_size: 49152 of these bytes are in no object that is listed: 1 directory with 8192 bytes, 40960 bytes in removed files that are still held, see shmtool users --unnamed$'
}

@test "stat: without objects to list, other files are reported" {
	for number in {1..12}; do
		"$HELPERS/sem_make" "/shmtool-$number" 1
	done
	mkdir /dev/shm/{1,2,3}
	filled 1/x 8192
	mkfifo /dev/shm/fifo
	run_tool stat
	assert_success
	assert_equal "${stderr_lines[0]}" 'shmtool: stat: no shared memory objects'
	assert_equal "${stderr_lines[1]}" 'shmtool: stat: /dev/shm also contains 12 named semaphores (--kind psem), 3 directories with 8192 bytes, 1 symbolic link, socket or the like'
	assert_unchanged
	# Those that were asked for are no surprise, and filters ask for something else.
	rm /dev/shm/sem.*
	run_tool stat --kind psem
	assert_stderr_like '/dev/shm also contains 3 directories'
	run_tool stat --kind shm
	refute_stderr_like 'also contains'
	run_tool stat --min-size 1M
	refute_stderr_like 'also contains'
	filled a 1
	run_tool stat
	assert_stderr_empty
}

@test "stat: unreadable files are not counted, which is reported" {
	mkdir -m 700 /dev/shm/d
	filled d/x 8192
	run_tool_as_user stat
	assert_stderr_like '1 directory with at least 0 bytes$'
	run_tool stat
	assert_stderr_like '1 directory with 8192 bytes$'
}

# assert_besides REGEX: the note of stat about other files, with and without openat2(2), number 437.
assert_besides() {
	run_tool stat
	assert_stderr_like "$1"
	assert_unchanged
	run_apart "$HELPERS/without_syscall" 437 38 "$SHMTOOL" stat
	assert_stderr_like "$1"
	assert_unchanged
}

@test "stat: directories are searched without following links or entering mounts" {
	mkdir /dev/shm/d /dev/shm/d/mounted elsewhere
	filled d/x 4096
	head -c 20000 /dev/zero >elsewhere/big
	ln -s "$PWD/elsewhere" /dev/shm/d/link
	ln -s "$PWD/elsewhere" /dev/shm/link
	assert_besides '1 directory with 4096 bytes, 1 symbolic link'
	mount -t tmpfs tmpfs /dev/shm/d/mounted
	filled d/mounted/y 16384
	: >/dev/shm/d/covered
	mount --bind elsewhere/big /dev/shm/d/covered
	assert_besides '1 directory with 4096 bytes, 1 symbolic link'
	umount /dev/shm/d/covered
	# The same file system, mounted within itself.
	mkdir /dev/shm/d/again
	mount --bind /dev/shm /dev/shm/d/again
	assert_besides '1 directory with 4096 bytes, 1 symbolic link'
	umount /dev/shm/d/again /dev/shm/d/mounted
}

@test "stat: a directory within directories without end is counted in part" {
	mount -o remount,nr_inodes=1000 /dev/shm
	path=/dev/shm/d
	for ((depth = 0; depth < 100; depth++)); do
		path+=/d
	done
	mkdir -p "$path"
	run_tool stat
	assert_success
	assert_stderr_like '1 directory with at least 0 bytes$'
}
