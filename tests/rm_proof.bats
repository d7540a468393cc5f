#!/usr/bin/env bats
# rm with filters: what happens between the listing and the removal, leases that prove nothing, many
# objects, and runs that are broken off.

load test_helper
load truth
load removal

# The call that takes a lease; on 32 bit, it is fcntl64.
fcntl='/^fcntl(64)?$'

#
# Right between listing and removal
#

@test "rm proof: an object replaced under the same name since the listing stays" {
	require_strace
	posix shmtool-a
	posix shmtool-b
	run_stopping rt_sigpending:1 rm --mine --json
	mv /dev/shm/shmtool-a "$PWD/old"
	posix shmtool-a 1
	run_on
	assert_success
	assert_regex "$(result /shmtool-a)" "^kept: the name now refers to a different object$"
	assert_result /shmtool-b removed
	assert_equal "$(object_names)" shmtool-a
	assert_equal "$(object_stat shmtool-a %s)" 1
}

@test "rm proof --dry-run: a name that has become a link to the listed object" {
	require_strace
	posix shmtool-a
	run_stopping rt_sigpending:1 rm --dry-run --mine --json
	mkdir /dev/shm/other
	mv /dev/shm/shmtool-a /dev/shm/other
	ln -s other/shmtool-a /dev/shm/shmtool-a
	run_on
	assert_success
	assert_result /shmtool-a "kept: the name now refers to a different object"
}

# last_look [NUMBER]: the call right after which a test has the tool stop: the fcntl that takes the lease
# on the first object, or another one, after which it is moved aside. The first lease that is granted is
# that of the self-test.
last_look() {
	strace -o looks -e "trace=$fcntl" "$SHMTOOL" rm --mine >looked.out 2>&1
	awk -v number="${1:-1}" '/F_SETLEASE.* = 0$/ && ++count == number + 1 { print NR; exit }' looks
}

@test "rm proof: an object replaced at the very last moment is put back" {
	require_strace
	posix shmtool-a
	look=$(last_look)
	posix shmtool-a
	posix shmtool-b
	run_stopping "$fcntl:$look" rm --mine --json
	rm /dev/shm/shmtool-a
	posix shmtool-a 1
	run_on
	assert_success
	assert_regex "$(result /shmtool-a)" "^kept: the name now refers to a different object$"
	assert_result /shmtool-b removed
	assert_equal "$(object_names)" shmtool-a
	assert_equal "$(object_stat shmtool-a %s)" 1
}

@test "rm proof: a name that gets a third owner meanwhile: nothing is lost, and its place is reported" {
	require_strace
	posix shmtool-a
	look=$(last_look)
	posix shmtool-a
	posix shmtool-b
	# Stopped twice: before the file is moved, and before it is put back.
	strace -qq -o trace -e "trace=$fcntl,renameat2" \
		-e "inject=$fcntl:signal=STOP:when=$look" -e inject=renameat2:signal=STOP:when=1 \
		"$SHMTOOL" rm --mine --json </dev/null >stopped.out 2>stopped.err 3>&- &
	stopped=$!
	wait_until 20 grep -q 'stopped by SIGSTOP' trace
	rm /dev/shm/shmtool-a
	posix shmtool-a 2
	pkill -CONT -P "$stopped"
	wait_until 20 eval '[ "$(grep -c "stopped by SIGSTOP" trace)" -eq 2 ]'
	posix shmtool-a 3
	run_on
	assert_failure 1
	assert_regex "$(result /shmtool-a)" \
		'^failed: the name now refers to a different object; the original object is now /dev/shm/.shmtool-rm-[0-9a-f]{8}-[0-9a-f]+-shmtool-a$'
	# Removed after the move to another name.
	assert_result /shmtool-b removed
	aside=$(object_names | grep -F .shmtool-rm)
	assert_equal "$(object_stat shmtool-a %s) $(object_stat "$aside" %s)" '3 2'
	assert_regex "$(result /shmtool-a)" "/dev/shm/$aside\$"
}

@test "rm proof: a name of several that is replaced at the very last moment is put back" {
	require_strace
	mkdir /dev/shm/other
	posix shmtool-a
	ln /dev/shm/shmtool-a /dev/shm/other/shmtool-a
	look=$(last_look)
	ln /dev/shm/other/shmtool-a /dev/shm/shmtool-a
	run_stopping "$fcntl:$look" rm --mine --json
	rm /dev/shm/shmtool-a
	posix shmtool-a 1
	run_on
	assert_success
	assert_result /shmtool-a "kept: the name now refers to a different object"
	assert_equal "$(object_stat shmtool-a %s)" 1
	assert_equal "$(object_names)" $'other\nother/shmtool-a\nshmtool-a'
}

@test "rm proof: a name that is a directory's at the very last moment" {
	require_strace
	# The second is to take the place of the first.
	for number in 1 2; do
		name=$([ "$number" -eq 1 ] && echo shmtool-a || echo shmtool-b)
		posix shmtool-a
		posix shmtool-b
		look=$(last_look "$number")
		posix shmtool-a
		posix shmtool-b
		rm -f trace
		run_stopping "$fcntl:$look" rm --mine --json
		rm "/dev/shm/$name"
		mkdir "/dev/shm/$name"
		run_on
		assert_success
		assert_result "/$name" "kept: the name now refers to a different object"
		assert_equal "$(json 'map(.action) | sort | join(" ")')" 'kept removed'
		assert_equal "$(object_names)" "$name"
		rmdir "/dev/shm/$name"
	done
}

@test "rm proof: the owner of the file moved aside puts a directory there" {
	require_strace
	printf a >/dev/shm/shmtool-a
	printf b >/dev/shm/shmtool-b
	run_stopping renameat2:1 rm --mine --json
	aside=$(object_names | grep -F .shmtool-rm)
	mv "/dev/shm/$aside" /dev/shm/kept-aside
	mkdir "/dev/shm/$aside"
	run_on
	assert_success
	assert_result /shmtool-a "kept: the name now refers to a different object"
	assert_result /shmtool-b removed
	# The directory had the name last, so it is put back.
	assert_equal "$(object_names)" $'kept-aside\nshmtool-a'
	assert_stderr_like 'removed 1 object, 4096 bytes freed; kept 1'
}

@test "rm proof: the owner of the file moved aside gives its name to a directory right before the end" {
	require_strace
	posix shmtool-a
	# Behind the last look.
	strace -o looks -e "trace=$fcntl" "$SHMTOOL" rm --mine >looked.out 2>&1
	look=$(awk '/F_GETLEASE/ { print NR; exit }' looks)
	printf a >/dev/shm/shmtool-a
	printf b >/dev/shm/shmtool-b
	run_stopping "$fcntl:$look" rm --mine --json
	aside=$(object_names | grep -F .shmtool-rm)
	mv "/dev/shm/$aside" /dev/shm/kept-aside
	mkdir "/dev/shm/$aside"
	run_on
	assert_success
	assert_result /shmtool-a removed
	assert_result /shmtool-b removed
	assert_equal "$(object_names)" "$aside"$'\nkept-aside'
	# The memory of the first is still there.
	assert_stderr_like 'removed 2 objects, 4096 bytes freed; kept 0'
}

@test "rm proof: an object that no longer matches the filters at the moment of removal" {
	require_strace
	require_root
	for name in a b c d; do
		posix "shmtool-$name"
	done
	id=$(new_segment 4096)
	other=$(new_segment 4096)
	run_stopping rt_sigpending:1 rm --owner root --max-size 8192 --json
	chown 65534 /dev/shm/shmtool-a
	truncate -s 10000 /dev/shm/shmtool-b
	ln /dev/shm/shmtool-c /dev/shm/shmtool-c2
	"$SHMTOOL" set "id:$id" --owner 65534
	run_on
	assert_success
	assert_result /shmtool-a 'kept: changed since it was listed'
	assert_result /shmtool-b 'kept: changed since it was listed'
	assert_result "id:$id" 'kept: changed since it was listed'
	assert_result /shmtool-c removed
	assert_result /shmtool-d removed
	assert_result "id:$other" removed
	assert_equal "$(object_names)" $'shmtool-a\nshmtool-b\nshmtool-c2'
	assert_equal "$(segment_ids)" "$id"
}

@test "rm proof: an object that was old when listed, and is used before its removal" {
	require_strace
	for name in a b c; do
		posix "shmtool-$name"
	done
	id=$(new_segment 4096)
	# Objects unchanged in this second and the one before are old enough.
	made=$(stat -c %Z /dev/shm/shmtool-c)
	wait_until 10 eval '[ "$(printf "%(%s)T" -1)" -gt "$((made + 2))" ]'
	ln /dev/shm/shmtool-b /dev/shm/shmtool-b2
	wait_until 10 eval '[ "$(printf "%(%s)T" -1)" -gt "$((made + 5))" ]'
	run_stopping rt_sigpending:1 rm --mine --older-than 2s --idle-for 2s --json
	echo again >/dev/shm/shmtool-a
	hold "$id"
	release
	run_on
	assert_success
	assert_result /shmtool-a 'kept: changed since it was listed'
	assert_result "id:$id" 'kept: changed since it was listed'
	# The removal of one name is not a use of the other.
	assert_result /shmtool-b removed
	assert_result /shmtool-b2 removed
	assert_result /shmtool-c removed
	assert_equal "$(object_names)" shmtool-a
	assert_equal "$(segment_ids)" "$id"
}

@test "rm proof: an object that another process removes meanwhile" {
	require_strace
	posix shmtool-a
	id=$(new_segment 4096)
	run_stopping rt_sigpending:1 rm --mine --json
	rm /dev/shm/shmtool-a
	ipcrm -m "$id"
	run_on
	assert_success
	assert_result /shmtool-a 'kept: no longer exists'
	assert_result "id:$id" 'kept: no longer exists'
}

@test "rm proof: a process that opens it between listing and removal keeps it" {
	require_strace
	posix shmtool-a
	id=$(new_segment 4096)
	run_stopping rt_sigpending:1 rm --mine --json
	exec 8</dev/shm/shmtool-a
	hold "$id"
	run_on
	assert_success
	assert_regex "$(result /shmtool-a)" '^kept: (in use|attached|mapped|held open)'
	assert_regex "$(result "id:$id")" '^kept: (in use|attached|mapped|held open)'
	assert_equal "$(stat -L -c %h /proc/self/fd/8 8<&8)" 1
	exec 8<&-
}

# assert_waiting_keeps CALL: the tool stops right after a call, a process opens the object, which has to
# wait, and has it with its name.
assert_waiting_keeps() {
	posix shmtool-a
	run_stopping "$1" rm --mine --json
	(exec 8</dev/shm/shmtool-a && stat -L -c %h /proc/self/fd/8 8<&8) >links 3>&- &
	opener=$!
	wait_until 10 grep -q 'LEASE.*BREAKING' /proc/locks
	run_on
	assert_success
	wait "$opener"
	# It exits during the scan, so the details vary.
	assert_regex "$(result /shmtool-a)" '^kept: '
	assert_equal "$(cat links)" 1
	assert_object_exists shmtool-a
}

@test "rm proof: a process that opens it at the moment of its removal keeps it" {
	require_strace
	posix shmtool-a
	# Right after the lease, and before the name is moved.
	assert_waiting_keeps "$fcntl:$(last_look)"
}

@test "rm proof: a segment attached at the very last moment is marked, and reported" {
	require_strace
	id=$(new_segment 4096)
	# shmctl: the listing, and then the look right before the removal.
	strace -o looks -e trace=shmctl "$SHMTOOL" rm --mine --dry-run >looked.out 2>&1
	look=$(grep -n 'SHM_STAT\|IPC_STAT' looks | tail -n 1)
	run_stopping "shmctl:${look%%:*}" rm --mine --json
	hold "$id"
	run_on
	assert_failure 1
	assert_result "id:$id" \
		'failed: attached during its removal: marked for destruction, 1 still attached'
	assert_equal "$(proc_shm "$id" perms)" 1600
}

#
# Where a lease proves nothing
#

# granted_from: which fcntl call is the first that asks for a lease, which is the self-test's.
granted_from() {
	strace -o looks -e "trace=$fcntl" "$SHMTOOL" rm --mine --dry-run >looked.out 2>&1
	awk '/F_SETLEASE/ { print NR; exit }' looks
}

@test "rm proof: where leases don't count readers, no file is removed, and a sentence says why" {
	require_glibc
	require_strace
	posix shmtool-a
	posix shmtool-used
	id=$(new_segment 4096)
	keep_open shmtool-used
	first=$(granted_from)
	# The self-test is granted a lease on what is open elsewhere, or on what is mapped.
	for nth in "$first" "$((first + 1))"; do
		run_apart strace -o trace -e "trace=$fcntl" \
			-e "inject=$fcntl:retval=0:when=$nth" "$SHMTOOL" rm --dry-run --mine --json
		assert_success
		assert_regex "$(result /shmtool-used)" '^kept: held open by '
		assert_regex "$(result /shmtool-a)" '^kept: the kernel grants leases in /dev/shm on files that are being read, so nothing can be proven'
		assert_result "id:$id" 'would remove'
		assert_unchanged
	done
	run_apart strace -o trace -e "trace=$fcntl" \
		-e "inject=$fcntl:retval=0:when=$first" "$SHMTOOL" rm --mine --json
	assert_success
	assert_regex "$(result /shmtool-a)" '^kept: the kernel grants leases'
	assert_result "id:$id" removed
	assert_equal "$(object_names)" $'shmtool-a\nshmtool-used'
}

@test "rm proof: where there are no leases, nothing is proven by them" {
	require_glibc
	require_strace
	posix shmtool-a
	first=$(granted_from)
	run --separate-stderr strace -o trace -e "trace=$fcntl" \
		-e "inject=$fcntl:error=EINVAL:when=$first+" "$SHMTOOL" rm --mine --json
	assert_success
	assert_result /shmtool-a \
		"kept: no lease can be taken on it, so nothing can be proven: Invalid argument"
	assert_object_exists shmtool-a
}

@test "rm proof: without O_TMPFILE, another scratch file will do" {
	require_strace
	posix shmtool-a
	strace -o looks -e trace=openat "$SHMTOOL" rm --mine >looked.out 2>&1
	posix shmtool-a
	nth=$(awk '/O_TMPFILE/ { print NR; exit }' looks)
	run --separate-stderr strace -o trace -e trace=openat,memfd_create \
		-e "inject=openat:error=EOPNOTSUPP:when=$nth" "$SHMTOOL" rm --mine --json
	assert_result /shmtool-a removed
	grep -q memfd_create trace
}

#
# A shortage that passes
#

# few_descriptors COUNT ARGUMENT...: runs the tool with COUNT descriptors, 3 of which are the standard ones.
few_descriptors() {
	local count=$1
	shift
	run_apart bash -c 'for fd in 3 4 5 6 7 8 9; do eval "exec $fd>&-"; done
		ulimit -n "$1"; shift; exec "$SHMTOOL" "$@"' bash "$count" "$@"
}

@test "rm proof: without a descriptor left, it fails, and reports nothing about the kernel" {
	posix shmtool-a
	few=$(few_files)
	# Each step of the command may be the first that finds no descriptor.
	unread=0 unproven=0
	for ((limit = 4; limit < 16; limit++)); do
		few_descriptors "$limit" rm --kind pshm --unused --json
		((status != 0)) || break
		assert_failure 1
		assert_unchanged
		if [[ $stderr == *"can't be read: $few"* ]]; then
			unread=$((unread + 1))
			continue
		fi
		assert_regex "$(result /shmtool-a)" "^failed: .*, so nothing can be proven: $few\$"
		refute_regex "$(result /shmtool-a)" 'kernel'
		assert_stderr_like 'kept 0, 1 failed$'
		unproven=$((unproven + 1))
	done
	assert_success
	assert_result /shmtool-a removed
	((unread > 0 && unproven > 1)) || fail "$unread times unread, $unproven times unproven"
}

@test "rm proof: ENFILE, ENOMEM and ENOSPC of any call of the proof are failures as well" {
	require_glibc
	require_strace
	# How many calls precede the proof depends on the huge pages that the machine has: tests that
	# change them hold this lock.
	exec 9</proc/sys/vm/nr_hugepages
	flock --shared --timeout 120 9
	posix shmtool-a
	strace -o looks -e trace=openat "$SHMTOOL" rm --mine >looked.out 2>&1
	scratch=$(awk '/O_TMPFILE/ { print NR; exit }' looks)
	posix shmtool-a
	first=$(granted_from)
	for failure in ENFILE ENOMEM ENOSPC; do
		for call in "openat:error=$failure:when=$((scratch + 1))" \
			"openat:error=$failure:when=$((scratch + 2))" \
			"openat2:error=$failure:when=1+" \
			"$fcntl:error=$failure:when=$((first + 2))" \
			"$fcntl:error=$failure:when=$((first + 3))"; do
			run_apart strace -o trace -e "trace=openat,openat2,$fcntl" -e "inject=$call" \
				"$SHMTOOL" rm --mine --json
			assert_failure 1
			assert_regex "$(result /shmtool-a)" '^failed: .*, so nothing can be proven: ' ||
				fail "$call: $output $stderr"
			assert_unchanged
		done
		run_apart strace -o trace -e trace=openat,memfd_create \
			-e "inject=openat:error=$failure:when=$scratch" \
			-e "inject=memfd_create:error=$failure" "$SHMTOOL" rm --mine --json
		assert_failure 1
		assert_regex "$(result /shmtool-a)" "^failed: leases in /dev/shm can't be tested, so"
	done
}

#
# Many, and broken off
#

@test "rm proof: thousands of objects, which two threads remove" {
	for ((i = 0; i < 3000; i++)); do
		: >"/dev/shm/shmtool-$i"
	done
	keep_open shmtool-7 shmtool-1500 shmtool-2999
	"$HELPERS/make_segments" 1500 1 >ids
	hold "$(sed -n 700p ids)"
	run_tool rm --mine --raw --no-headings -o ref,action --sort ref
	assert_success
	assert_equal "${#lines[@]}" 4500
	assert_equal "$(grep -c ' removed$' <<<"$output")" 4496
	assert_equal "$(object_names)" $'shmtool-1500\nshmtool-2999\nshmtool-7'
	assert_equal "$(segment_ids)" "$(sed -n 700p ids)"
	assert_stderr_like '^shmtool: rm: removed 4496 objects, .*; kept 4$'
}

@test "rm proof: thousands of other people's objects" {
	require_root
	for ((i = 0; i < 2000; i++)); do
		: >"/dev/shm/shmtool-$i"
	done
	run_tool_as_user rm --kind pshm --raw --no-headings -o action,why
	assert_success
	assert_equal "$(sort <<<"$output" | uniq -c | awk '{ print $1, $2 }')" '2000 kept'
	assert_unchanged
}

@test "rm proof: SIGINT and SIGTERM in the middle: the few that were begun are finished, the rest stays" {
	require_strace
	# Background jobs of bash ignore SIGINT.
	printf '#!/bin/sh\nexec env --default-signal=INT %s "$@"\n' "$SHMTOOL" >tool
	chmod +x tool
	SHMTOOL=$PWD/tool
	for signal in INT TERM; do
		for ((i = 100; i < 300; i++)); do
			: >"/dev/shm/shmtool-$i"
		done
		rm -f trace
		run_stopping renameat2:1 rm --mine --json
		assert_equal "$(object_names | grep -c shmtool-rm)" 1
		pkill "-$signal" -P "$stopped"
		run_on
		assert_equal "$status" $((128 + $(kill -l "$signal")))
		assert_result /shmtool-100 removed
		assert_result /shmtool-299 'kept: interrupted'
		run object_names
		refute_output --partial shmtool-rm
		assert_equal "${#lines[@]}" "$(grep -c '"interrupted"' stopped.out)"
		rm /dev/shm/shmtool-*
	done
}

@test "rm proof: standard output that is closed early" {
	for ((i = 0; i < 200; i++)); do
		: >"/dev/shm/shmtool-$i"
	done
	run_apart bash -c '"$SHMTOOL" rm --mine | true'
	assert_no_objects
}

#
# No more leases than are needed
#

@test "rm -n, rm -i: no lease is taken on an object that a process is seen to use" {
	require_strace
	posix shmtool-free
	posix shmtool-used
	keep_open shmtool-used
	for option in -n -i; do
		run_apart strace -f -qq -y -o trace -e "trace=$fcntl" \
			"$SHMTOOL" rm --mine --json "$option" </dev/null
		assert_success
		assert_regex "$(result /shmtool-used)" '^kept: held open by '
		grep -q 'shmtool-free>, F_SETLEASE, F_WRLCK' trace
		run -1 grep -q 'shmtool-used>, F_SETLEASE' trace
	done
}
