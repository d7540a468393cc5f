#!/usr/bin/env bats
# users, and the verdicts of stat, where /proc shows little, nothing, or the processes of another pid
# namespace. Their output must be true there as well.

load test_helper
load truth

# without_proc COMMAND...: runs a command where nothing is mounted on /proc.
without_proc() {
	require_plain_build # the sanitizer of leaks needs /proc itself
	# shellcheck disable=SC2016 # for the inner shell
	run_apart unshare --mount bash -c 'umount -l /proc && exec "$@"' bash "$@"
}

# beside_hidepid COMMAND...: runs a command as an unprivileged user to whom /proc shows his own
# processes only.
beside_hidepid() {
	# shellcheck disable=SC2016
	run_apart unshare --mount bash -c 'mount -t proc -o hidepid=2 proc /proc &&
		exec setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"' bash "$@"
}

new_object() {
	"$HELPERS/make_object" "/$1" 4096 "${2:-600}"
}

@test "users without /proc: a failure, and not 'no users'" {
	require_root
	id=$(new_segment 4096)
	hold "$id"
	new_object shmtool-a
	without_proc "$SHMTOOL" users --json
	assert_failure 1
	assert_equal "$stderr" 'shmtool: users: /proc is not mounted, so no process can be seen'
	assert_equal "$(jq -c . <<<"$output")" '[]'
}

@test "stat -o use without /proc: nattch decides, the others are unknown for that reason" {
	require_root
	id=$(new_segment 4096)
	hold "$id"
	new_object shmtool-a
	without_proc "$SHMTOOL" stat --json -o use,why
	assert_success
	assert_equal "$(json -c 'map(.use)')" '["used","unknown"]'
	assert_equal "$(json '.[0].why')" "attached 1 time by processes that can't be seen"
	assert_equal "$(json '.[1].why')" 'not seen in use, but no process can be seen: /proc is not mounted'
	assert_equal "$stderr" 'shmtool: stat: no process can be seen: /proc is not mounted'
}

@test "stat --unused, --used-by without /proc: no object is taken for unused, and no process for gone" {
	require_root
	new_object shmtool-a
	without_proc "$SHMTOOL" stat --unused --raw --no-headings
	assert_output ''
	assert_stderr_like '1 object is omitted: it is unknown whether it is used' '/proc is not mounted'
	without_proc "$SHMTOOL" stat --used-by 1 --raw --no-headings
	assert_failure 1
	assert_equal "$stderr" 'shmtool: stat: --used-by: /proc is not mounted'
}

@test "rm --unused without /proc: unproven objects are kept" {
	require_root
	new_object shmtool-a
	# A program that is not installed finds the shipped families through /proc/self/exe.
	SHMTOOL_FAMILIES=$BATS_TEST_DIRNAME/../share/families
	export SHMTOOL_FAMILIES
	without_proc "$SHMTOOL" rm -q --unused --json
	assert_success
	assert_object_exists shmtool-a
	assert_equal "$(json '.[0].action')" kept
	assert_regex "$(json '.[0].why')" '/proc is not mounted'
}

@test "users beside hidepid: others are hidden, not gone" {
	require_root
	id=$(new_segment 4096)
	hold "$id"
	new_object shmtool-a 644
	beside_hidepid "$SHMTOOL" users
	assert_success
	assert_stderr_like "id:$id: attached 1 time, 1 of them by processes that can't be seen" \
		'processes of other users are hidden in /proc \(hidepid\)'
	beside_hidepid "$SHMTOOL" stat --json -o use,why
	assert_equal "$(json -c 'map(.use)')" '["used","unknown"]'
	assert_equal "$(json '.[1].why')" \
		'not seen in use, but processes of other users are hidden in /proc (hidepid)'
}

@test "stat --used-by beside hidepid: a hidden process is not called none" {
	require_root
	id=$(new_segment 4096)
	hold "$id"
	beside_hidepid "$SHMTOOL" stat --raw --no-headings --used-by "$holder"
	assert_failure 1
	assert_output ''
	assert_equal "$stderr" "shmtool: stat: --used-by: /proc does not show process $holder (hidepid)"
}

@test "stat -o use beside hidepid: a hidden creator is not gone" {
	require_root
	require_command perl
	perl -e '$| = 1; print shmget(0, 4096, 0600 | 01000) + 0, "\n"; sleep 60' >said 3>&- &
	maker=$!
	wait_until 10 test -s said
	beside_hidepid "$SHMTOOL" stat -q --json -o use,why
	assert_equal "$(json -c '.[0] | [.use, .why]')" \
		"[\"unused\",\"not attached; process $maker is running and may be its creator\"]"
}

@test "stat -o use: /proc of another pid namespace is not asked about a creator" {
	require_root
	require_command perl
	# The creator's pid belongs to another process there. This one is 1, and is running.
	# shellcheck disable=SC2016 # for the inner shell
	run_apart unshare --pid --fork perl -e '
		my $id = shmget(0, 4096, 0600 | 01000) + 0;
		system("$ENV{SHMTOOL} stat -q --json -o cpid,command,use,why id:$id")'
	assert_equal "$(json -c '.[0] | [.cpid, .command, .use, .why]')" \
		'[1,null,"unused","not attached; process 1 is running and may be its creator"]'
}

@test "users: /proc of another pid namespace, and segments of the IPC namespace that we are in" {
	require_root
	require_command nsenter
	[[ $(uname -r) =~ ^([0-9]+)\.([0-9]+) ]]
	((BASH_REMATCH[1] * 100 + BASH_REMATCH[2] >= 611)) || skip 'needs Linux 6.11'
	# The first segment has the same id in each namespace; theirs is attached, ours is not.
	# shellcheck disable=SC2016 # for the inner shells
	run_apart unshare --ipc bash -c '
		mkfifo said
		id=$("$HELPERS/make_keyed" 0 4096 600)
		unshare --ipc --pid --mount --fork --mount-proc bash -c "
			id=\$(\"\$HELPERS/make_keyed\" 0 4096 600)
			exec \"\$HELPERS/hold_segment\" \$id" >said 3>&- &
		read -r _ <said
		inside=$(pgrep -P "$!")
		nsenter --mount --target "$inside" "$SHMTOOL" users -q --raw --no-headings -o ref,pid "id:$id"
		echo and
		nsenter --mount --ipc --target "$inside" "$SHMTOOL" users -q --raw --no-headings -o ref,pid
		kill -KILL "$inside"; wait'
	assert_output $'and\nid:0 1'
}

@test "stat -o why: a process in a chroot may have opened an object before" {
	require_root
	require_command perl
	# A /dev/shm that only the two of them have, and no other process that is in a chroot.
	# shellcheck disable=SC2016 # for the inner shell
	run_apart unshare --mount --pid --fork --mount-proc bash -c '
		mount -t tmpfs -o mode=1777 tmpfs /dev/shm
		"$HELPERS/make_object" /shmtool-a 4096 644
		mkdir jail
		mkfifo said
		perl -e "open F, \"<\", \"/dev/shm/shmtool-a\"; chroot \"jail\" or die; print \"in\n\"; close STDOUT; sleep 60" >said 3>&- &
		read -r _ <said
		wc -l <"/proc/$!/mountinfo"
		setpriv --reuid 65534 --regid 65534 --clear-groups "$SHMTOOL" stat -q --json -o why /shmtool-a >why
		jq -r ".[0].why" why
		kill "$!"; wait "$!"'
	assert_equal "${lines[0]}" 0
	assert_regex "${lines[1]}" 'but 2 processes could not be inspected \([0-9]+ bash, [0-9]+ perl\)(;|$)'
}

@test "stat -o commands: a process that has no name" {
	new_object shmtool-a
	mkfifo never
	"$HELPERS/hold_mapping" /dev/shm/shmtool-a shared >first 3>&- &
	first=$!
	wait_until 10 test -s first
	bash -c 'exec 9</dev/shm/shmtool-a; printf "\0" >/proc/$$/comm; echo in; read -r _ <never' >said 3>&- &
	wait_until 10 test -s said
	assert_equal "$(cat "/proc/$!/comm")" ''
	run_tool stat --json -o users,commands,why /shmtool-a
	assert_success
	assert_equal "$(json -c '.[0] | [.users, .commands]')" '[2,"hold_mapping"]'
	kill "$first"
	wait "$first" || true
	run_tool stat --json -o users,commands,why /shmtool-a
	assert_equal "$(json -c '.[0] | [.users, .commands]')" '[1,null]'
	assert_regex "$(json '.[0].why')" "^held open by $! \(-\)"
	run_tool users -q --json -o command /shmtool-a
	assert_equal "$(json -c '[.[].command] | unique')" '[null]'
}

@test "users --used-by: after a failure, no note that there are no users" {
	run_tool users --raw --no-headings --used-by 1234567
	assert_failure 1
	assert_equal "$stderr" 'shmtool: users: --used-by: no such process: 1234567'
}

@test "users --unused: omitted objects are reported" {
	require_root
	new_object shmtool-a 644
	run_tool_as_user users --unused
	assert_success
	assert_stderr_like '1 object is omitted: it is unknown whether it is used' 'could not be inspected'
}

@test "stat --orphaned: objects, which are never orphaned, are not reported as omitted" {
	require_root
	new_object shmtool-a 644
	run_tool_as_user stat --raw --no-headings --orphaned
	assert_success
	refute_stderr_like 'omitted'
}

@test "stat --all-namespaces -o use: unseen processes are reported once" {
	require_root
	new_object shmtool-a 644
	run_tool_as_user stat --all-namespaces --raw --no-headings -o ref,use --unused
	# Others may have namespaces of this user, and objects in them.
	assert_stderr_like '[0-9]+ objects? (is|are) omitted: it is unknown whether (it is|they are) used'
	assert_equal "$(grep -c 'could not be inspected' <<<"$stderr")" 1
}

@test "stat -o use: a reused pid of the creator, and a clock that was set meanwhile" {
	require_root
	unshare --time --fork true 2>/dev/null || skip 'needs time namespaces'
	# The number is used again in a pid namespace of its own. In the time namespace the machine was
	# booted after the segment was made, as it seems to have been when its clock was set since: then
	# no time of a process says anything about that of the segment.
	# shellcheck disable=SC2016 # for the inner shell
	run_apart unshare -p -f --mount-proc bash -c '
		id=$(bash -c "exec \"$HELPERS/make_segments\" 1 4096")
		read -r pid ctime < <(awk -v id="$id" "\$2 == id { print \$5, \$14 }" /proc/sysvipc/shm)
		while [ "$(date +%s)" -lt $((ctime + 5)) ]; do read -r -t 0.2 <> <(:) || true; done
		echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid || exit 77
		sleep 300 3>&- &
		[ $! -eq "$pid" ] || exit 77
		"$SHMTOOL" stat -q --json -o use,why "id:$id" | jq -c "map(.use, .why)"
		read -r uptime _ </proc/uptime
		unshare --time --boottime $((1 - ${uptime%.*})) --fork \
			"$SHMTOOL" stat -q --json -o use,command,why "id:$id" | jq -c "map(.use, .command, .why)"
		kill $!; wait $!; true'
	[ "$status" -ne 77 ] || skip 'needs to choose a process number'
	assert_success
	assert_regex "${lines[0]}" \
		'^\["orphaned","not attached; creator [0-9]+ has exited and its pid was reused"\]$'
	assert_regex "${lines[1]}" \
		'^\["unused",null,"not attached; process [0-9]+ is running and may be its creator"\]$'
}

@test "users, stat -o use: a /dev/shm that is not a tmpfs, whose files have other devices than the directory" {
	require_root
	mkdir lower
	: >lower/shmtool-lower
	truncate -s 4096 lower/shmtool-lower
	# As in a container without a mount there. Mappings have the device of the overlayfs, descriptors
	# that of the file system which the file is on.
	# shellcheck disable=SC2016 # for the inner shell
	run_apart unshare --mount bash -c '
		mkdir /dev/shm/up /dev/shm/work
		mount -t overlay -o "xino=off,lowerdir=$PWD/lower,upperdir=/dev/shm/up,workdir=/dev/shm/work" \
			overlay /dev/shm || exit 77
		"$HELPERS/make_object" /shmtool-upper 4096 600
		for file in lower upper; do
			"$HELPERS/hold_mapping" /dev/shm/shmtool-$file private >$file.mapped 3>&- &
			"$HELPERS/hold_files" /dev/shm/shmtool-$file >$file.open 3>&- &
			until [ -s $file.mapped ] && [ -s $file.open ]; do sleep 0.02; done
		done
		"$SHMTOOL" users -q --raw --no-headings -o ref,how
		"$SHMTOOL" stat -q --raw --no-headings -o ref,use,users
		"$SHMTOOL" users -q --raw --no-headings -o how file:/dev/shm/shmtool-lower
		kill $(jobs -p); wait; true'
	rm -r /dev/shm/up /dev/shm/work
	[ "$status" -ne 77 ] || skip 'needs overlayfs'
	assert_success
	assert_output "$(printf '%s\n' '/shmtool-lower mapped' '/shmtool-lower open' '/shmtool-upper mapped' \
		'/shmtool-upper open' '/shmtool-lower used 2' '/shmtool-upper used 2' mapped open)"
}

# beside_fuse [OPTION]...: an unprivileged process that holds a file of its own FUSE file system,
# and after it the object shmtool-a; sets holder.
beside_fuse() {
	require_root
	[[ -c /dev/fuse ]] || skip 'needs /dev/fuse'
	new_object shmtool-a 644
	mkdir fuse
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" 2>/dev/null || true
	background "$HELPERS/fuse_mute" "$@" "$BATS_TEST_TMPDIR/fuse" /dev/shm/shmtool-a
	wait_until 10 grep -q '^holding' background.out
	holder=$BACKGROUND_PID
	assert_equal "$(readlink "/proc/$holder/fd/4")" "$BATS_TEST_TMPDIR/fuse/f"
	assert_equal "$(readlink "/proc/$holder/fd/5")" /dev/shm/shmtool-a
}

# The result of a scan of the processes, with the verdict, in 10 seconds.
assert_found_beside_fuse() {
	run_apart timeout 10 "$SHMTOOL" users --raw --no-headings -o ref,pid,how,fd
	assert_success
	assert_output "/shmtool-a $holder open 5"
	refute_stderr_like fuse_mute
	run_apart timeout 10 "$SHMTOOL" stat --raw --no-headings -o ref,use /shmtool-a
	assert_output '/shmtool-a used'
	run_apart timeout 10 "$SHMTOOL" users --raw --no-headings -o ref --used-by "$holder"
	assert_success
	assert_output '/shmtool-a'
	new_object shmtool-b 600
	run_apart timeout 10 "$SHMTOOL" stat --raw --no-headings -o ref --unused
	assert_output '/shmtool-b'
	run_apart timeout 10 "$SHMTOOL" users --unnamed -q
	assert_success
}

@test "users: a descriptor of a FUSE file system that refuses root hides no other descriptor" {
	beside_fuse
	run_apart stat -L "/proc/$holder/fd/4"
	assert_failure
	assert_found_beside_fuse
}

@test "users: a descriptor of a mute FUSE file system does not block" {
	beside_fuse -a
	assert_found_beside_fuse
}

@test "users: an inode of FUSE with the number of an object is not the object" {
	beside_fuse -i "$(new_object shmtool-c 600 >/dev/null; stat -c %i /dev/shm/shmtool-c)"
	run_apart timeout 10 "$SHMTOOL" users --raw --no-headings -o pid /shmtool-c
	assert_output ''
	run_apart timeout 10 "$SHMTOOL" stat --raw --no-headings -o use /shmtool-c
	assert_output 'unused'
}
