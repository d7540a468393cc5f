#!/usr/bin/env bats
# /dev/mqueue/NAME as a REF, for each command that takes queues.

load test_helper
load truth

setup() {
	common_setup
	require_private_namespace
	require_mqueue
	"$HELPERS/mq_control" make /shmtool-q 600
	"$HELPERS/mq_control" send /shmtool-q 5 2
}

# attributes: messages, maximum and maximum length, by mq_getattr.
attributes() {
	"$HELPERS/mq_control" attributes /shmtool-q
}

@test "read /dev/mqueue/NAME: the line that cat prints, and no message is received" {
	before=$(attributes)
	for ref in /dev/mqueue/shmtool-q pmsg:/shmtool-q; do
		run_tool read "$ref"
		assert_success
		assert_output "$(cat /dev/mqueue/shmtool-q)"
		assert_regex "$output" '^QSIZE:10 '
		assert_equal "$stderr" 'shmtool: read: pmsg:/shmtool-q: is a queue: this is its status, since no message can be read without removing it'
	done
	run_tool read -q --format raw /dev/mqueue/shmtool-q
	assert_stderr_empty
	assert_output "$(cat /dev/mqueue/shmtool-q)"
	assert_equal "$(attributes)" "$before"
}

@test "read /dev/mqueue/NAME: bytes and records do not apply" {
	for option in '--offset 1' '--length 1' --follow --beyond-eof '--format hex' '--record int=a'; do
		# shellcheck disable=SC2086 # words
		run_tool read /dev/mqueue/shmtool-q ${option/=/ }
		[ "$status" -eq 2 ] || fail "$option: status $status"
		assert_output ''
	done
	run_tool read /dev/mqueue/shmtool-q --offset 1
	assert_usage_error read 'pmsg:/shmtool-q is a message queue'
}

@test "read /dev/mqueue/NAME: none there, no permission, and not mounted" {
	run_tool read /dev/mqueue/shmtool-gone
	assert_fails read 'pmsg:/shmtool-gone: no such'
	if [[ $EUID -eq 0 ]]; then
		run_tool_as_user read /dev/mqueue/shmtool-q
		assert_fails read 'pmsg:/shmtool-q: no permission'
		# The kernel finds a queue by its name then.
		run_apart unshare --mount bash -c 'umount /dev/mqueue && exec "$SHMTOOL" read pmsg:/shmtool-q'
		assert_success
		assert_regex "$output" '^QSIZE:10 '
	fi
}

@test "read msg:ID and sem:ID: not supported, and nothing is received" {
	id=$("$HELPERS/queue_control" make 0 600)
	"$HELPERS/queue_control" send "$id" 5
	run_tool read "msg:$id"
	assert_usage_error read 'message queue'
	assert_equal "$(proc_msg "$id" qnum)" 1
}

@test "stat, users, set and rm by /dev/mqueue/NAME: as by pmsg:/NAME" {
	for command in 'stat --json -o ref,name,messages,perms' 'users --json -o ref,pid,how'; do
		# shellcheck disable=SC2086 # words
		run_tool $command /dev/mqueue/shmtool-q
		assert_success
		path=$output
		# shellcheck disable=SC2086 # words
		run_tool $command pmsg:/shmtool-q
		assert_equal "$output" "$path"
	done
	run_tool stat --raw --no-headings -o ref,messages /dev/mqueue/shmtool-q
	assert_output 'pmsg:/shmtool-q 2'
	exec 8</dev/mqueue/shmtool-q
	run_tool users -q --raw --no-headings -o pid,how /dev/mqueue/shmtool-q
	assert_line "$BASHPID open"
	exec 8<&-
	run_tool set --mode 640 /dev/mqueue/shmtool-q
	assert_success
	assert_equal "$(stat -c %a /dev/mqueue/shmtool-q)" 640
	run_tool rm -q /dev/mqueue/shmtool-q
	assert_success
	[ ! -e /dev/mqueue/shmtool-q ]
}

@test "a name in /dev/mqueue is taken literally, as the shell completes it" {
	"$HELPERS/mq_control" make '/shmtool \012' 600
	run_tool read -q '/dev/mqueue/shmtool \012'
	assert_success
	assert_regex "$output" '^QSIZE:0 '
	run_tool rm -q '/dev/mqueue/shmtool \012'
	assert_success
}
