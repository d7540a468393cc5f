#!/usr/bin/env bats
# send and recv between pid namespaces and IPC namespaces, users, and kinds of object.

load test_helper

setup() {
	common_setup
	CHANNEL=/$PREFIX_NAME
	truncate -s 64K "/dev/shm$CHANNEL"
	mkfifo input
	exec 9<>input
}

teardown() {
	exec 9>&-
	common_teardown
}

# as_init COMMAND...: runs a command as pid 1 of a new pid namespace, in the background; sets
# $outside, its pid in this one.
as_init() {
	unshare --pid --fork --kill-child --mount-proc -- "$@" 3>&- 9>&- &
	local unshare=$!
	wait_until 20 pgrep -P "$unshare"
	outside=$(pgrep -P "$unshare")
}

require_pid_namespaces() {
	require_root
	unshare --pid --fork --mount-proc true 2>/dev/null || skip 'needs pid namespaces'
}

# word OFFSET: a word of the header.
word() {
	od -An -tu4 -j "$1" -N 4 "/dev/shm$CHANNEL" | tr -d ' '
}

have_met() {
	(($(word 144) > 0 && $(word 144) == $(word 268)))
}

@test "send, recv: both are pid 1 of a pid namespace; the death of either is noticed" {
	require_pid_namespaces
	local sender receiver namespace
	as_init bash -c 'exec "$SHMTOOL" send "$0" <input 2>send.err' "$CHANNEL"
	sender=$outside
	as_init bash -c 'exec "$SHMTOOL" recv "$0" >out 2>recv.err' "$CHANNEL"
	receiver=$outside
	echo hello >&9
	wait_until 20 grep -qx hello out
	assert_equal "$(($(word 136) & 0x3fffffff)) $(($(word 264) & 0x3fffffff))" '1 1'
	namespace=$(stat -L -c %i "/proc/$sender/ns/pid")
	kill -KILL "$sender"
	wait_until 20 test -s recv.err
	assert_equal "$(<recv.err)" \
		"shmtool: recv: $CHANNEL: the sender (process 1 of pid namespace $namespace) has died before the end of its input, after 6 bytes"
	wait_until 20 test ! -e "/proc/$receiver"
	# And the other way round; nothing was cleaned up.
	as_init bash -c 'exec "$SHMTOOL" send "$0" <input 2>send.err' "$CHANNEL"
	as_init bash -c 'exec "$SHMTOOL" recv "$0" >out 2>recv.err' "$CHANNEL"
	receiver=$outside
	echo again >&9
	wait_until 20 grep -qx again out
	namespace=$(stat -L -c %i "/proc/$receiver/ns/pid")
	kill -KILL "$receiver"
	wait_until 20 test -s send.err
	assert_equal "$(<send.err)" \
		"shmtool: send: $CHANNEL: the receiver (process 1 of pid namespace $namespace) has died before it had taken everything"
}

@test "send, recv: a second sender in another pid namespace is refused" {
	require_pid_namespaces
	as_init bash -c 'exec "$SHMTOOL" send "$0" <input' "$CHANNEL"
	wait_until 20 eval '(($(word 136) >> 30 == 2))'
	run_stderr_split shmtool send "$CHANNEL" </dev/null
	assert_failure 1
	[[ $stderr == "shmtool: send: $CHANNEL: has a sender already: process 1 of pid namespace "* ]]
	run_stderr_split unshare --pid --fork --mount-proc "$SHMTOOL" send "$CHANNEL" </dev/null
	assert_failure 1
	[[ $stderr == "shmtool: send: $CHANNEL: has a sender already: process 1 of pid namespace "* ]]
}

@test "recv --ns: a segment in another IPC namespace" {
	require_root
	unshare --ipc -- bash -c 'echo $$ >pid; ipcmk -M 65536 >/dev/null
		exec "$SHMTOOL" send 0 <input' 3>&- 9>&- &
	wait_until 20 test -s pid
	wait_until 20 eval '[[ $(cat "/proc/$(<pid)/comm") == shmtool ]]'
	"$SHMTOOL" recv --ns "$(<pid)" 0 >out 3>&- 9>&- &
	local receiver=$!
	echo hello >&9
	wait_until 20 grep -qx hello out
	kill -TERM "$(<pid)"
	wait "$receiver" || assert_equal $? 1
}

@test "send, recv: a memfd, named by a descriptor of a process" {
	"$SHMTOOL" create --anonymous --size 64K -- sleep 60 3>&- 9>&- &
	local holder=$! fd
	wait_until 20 eval '[[ $(cat /proc/$holder/comm) == sleep ]]'
	fd=$(find "/proc/$holder/fd" -lname '/memfd:*' -printf '%f\n' | head -n 1)
	timeout 20 "$SHMTOOL" recv "pid:$holder:fd:$fd" >out 3>&- 9>&- &
	local receiver=$!
	seq 20000 | timeout 20 "$SHMTOOL" send "pid:$holder:fd:$fd"
	wait "$receiver"
	seq 20000 | cmp - out
}

@test "send, recv: a file on a disk, and a path" {
	timeout 20 "$SHMTOOL" recv --create --size 100K ./ring >out 3>&- 9>&- &
	local receiver=$!
	seq 20000 | timeout 20 "$SHMTOOL" send --create --size 100K ./ring
	wait "$receiver"
	seq 20000 | cmp - out
}

@test "send, recv: two unprivileged users of one group" {
	require_root
	local id
	id=$(make_segment 64K 0660)
	ipcs -m -i "$id" >/dev/null
	shmtool set --group 65533 "$id"
	timeout 20 setpriv --reuid 65531 --regid 65533 --clear-groups "$SHMTOOL" recv "$id" >out 3>&- 9>&- &
	local receiver=$!
	seq 2000 | timeout 20 setpriv --reuid 65532 --regid 65533 --clear-groups "$SHMTOOL" send "$id"
	wait "$receiver"
	seq 2000 | cmp - out
	# They see that the other one lives, although they must not signal it.
	timeout 20 setpriv --reuid 65531 --regid 65533 --clear-groups "$SHMTOOL" recv "$id" >out 2>err 3>&- 9>&- &
	receiver=$!
	setpriv --reuid 65532 --regid 65533 --clear-groups "$SHMTOOL" send "$id" <input 3>&- 9>&- &
	local sender=$!
	echo hello >&9
	wait_until 20 grep -qx hello out
	run setpriv --reuid 65530 --regid 65533 --clear-groups "$SHMTOOL" send "$id"
	assert_failure 1
	assert_output --partial "has a sender already: process $sender"
	kill -KILL "$sender"
	wait "$receiver" && fail 'status 0'
	grep -q "the sender (process $sender) has died" err
}
