#!/usr/bin/env bats
# Channels in stat, users and rm: who sends and receives, and what is kept.

load test_helper
load truth

setup() {
	common_setup
	require_private_namespace
	CHANNEL=/$PREFIX_NAME-channel
	mkfifo input
	exec 9<>input
}

teardown() {
	exec 9>&-
	common_teardown
}

# start_pair REF: sets $sender and $receiver; they have met.
start_pair() {
	rm -f received # of the last pair
	"$SHMTOOL" send "$1" <input 3>&- 9>&- &
	sender=$!
	"$SHMTOOL" recv "$1" >received 3>&- 9>&- &
	receiver=$!
	echo hello >&9
	wait_until 20 test -s received
}

# detail NAME REF: a line of the details.
detail() {
	"$SHMTOOL" stat "$2" | awk -v name="$1" '$1 == name { sub(/^[^ ]+ +/, ""); print }'
}

@test "stat: a channel in a POSIX object has a sender, a receiver and bytes that wait" {
	truncate -s 64K "/dev/shm$CHANNEL"
	start_pair "$CHANNEL"
	assert_equal "$(detail sender "$CHANNEL")" "$sender (shmtool)"
	assert_equal "$(detail receiver "$CHANNEL")" "$receiver (shmtool)"
	assert_equal "$(detail waiting "$CHANNEL")" 0
	assert_equal "$(detail family "$CHANNEL")" channel
	kill -STOP "$receiver"
	echo more >&9
	wait_until 20 eval '[[ $(detail waiting "$CHANNEL") == 5 ]]'
	kill -KILL "$sender" "$receiver"
	wait_until 20 eval '[[ ! $(detail sender "$CHANNEL") ]]'
	wait_until 20 eval '[[ ! $(detail receiver "$CHANNEL") ]]'
	assert_equal "$(detail waiting "$CHANNEL")" 5
}

@test "stat: a channel in a segment, which is read without an attach" {
	local id before
	id=$(make_segment 64K 0600)
	start_pair "$id"
	before=$(cat /proc/sysvipc/shm)
	assert_equal "$(detail sender "$id")" "$sender (shmtool)"
	assert_equal "$(detail receiver "$id")" "$receiver (shmtool)"
	assert_equal "$(detail waiting "$id")" 0
	assert_equal "$(cat /proc/sysvipc/shm)" "$before"
	kill -KILL "$sender" "$receiver"
	wait_until 20 eval '[[ ! $(detail sender "$id") ]]'
}

@test "stat: other objects have none of these, and no page is allocated" {
	local id
	truncate -s 64K "/dev/shm$CHANNEL"
	id=$(make_segment 64K 0600)
	"$HELPERS/hold_segment" "$id" 3>&- &
	wait_until 20 eval '[[ $(proc_shm "$id" nattch) == 1 ]]'
	for ref in "$CHANNEL" "$id"; do
		run shmtool stat "$ref"
		assert_success
		refute_line --regexp '^(sender|receiver|waiting) '
	done
	assert_equal "$(proc_shm "$id" rss)" 0
	assert_equal "$(stat -c %b "/dev/shm$CHANNEL")" 0
}

@test "users: shows the sender and the receiver" {
	truncate -s 64K "/dev/shm$CHANNEL"
	start_pair "$CHANNEL"
	assert_equal "$("$SHMTOOL" users "$CHANNEL" --raw -o pid --no-headings | sort -u)" \
		"$(printf '%s\n' "$sender" "$receiver" | sort)"
}

@test "users -o role: who sends and who receives" {
	local id
	truncate -s 64K "/dev/shm$CHANNEL"
	start_pair "$CHANNEL"
	assert_equal "$("$SHMTOOL" users "$CHANNEL" --raw -o role,pid --no-headings | sort -u)" \
		"receiver $receiver"$'\n'"sender $sender"
	kill -KILL "$sender" "$receiver"
	id=$(make_segment 64K 0600)
	start_pair "$id"
	assert_equal "$("$SHMTOOL" users "$id" --raw -o role,pid --no-headings | sort -u)" \
		"receiver $receiver"$'\n'"sender $sender"
}

@test "rm --abandoned: keeps a channel while a side lives, and removes it afterwards" {
	truncate -s 64K "/dev/shm$CHANNEL"
	start_pair "$CHANNEL"
	kill -KILL "$receiver"
	wait "$sender" || true
	start_pair "$CHANNEL"
	run shmtool rm --abandoned --older-than 0
	[ -e "/dev/shm$CHANNEL" ]
	kill -KILL "$sender" "$receiver"
	wait "$sender" "$receiver" || true
	run shmtool rm --abandoned --older-than 0
	assert_success
	[ ! -e "/dev/shm$CHANNEL" ]
}
