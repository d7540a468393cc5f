#!/usr/bin/env bats
# shmtool set --add: semaphores raised, lowered and waited for, with programs on the other side that
# call semop(2), sem_wait(3) and sem_post(3).

load test_helper
load truth

make_set() {
	id=$("$HELPERS/set_control" make 0 "${1:-600}" 3)
}

# set_value NUMBER: the value of a semaphore of the set, as the kernel has it.
set_value() {
	"$HELPERS/set_control" look "$id" "$1" | cut -d ' ' -f 1
}

# waiters NUMBER: how many processes wait for it to be raised, and to be 0.
waiters() {
	"$HELPERS/set_control" look "$id" "$1" | cut -d ' ' -f 2,3
}

make_named() {
	"$HELPERS/sem_make" /turns "$1" "${2:-600}"
}

named_value() {
	"$HELPERS/sem_turn" value /turns
}

@test "set --add raises and lowers a semaphore of a set" {
	make_set
	run_tool set --add 3 "sem:$id"
	assert_success
	assert_output ''
	assert_stderr_empty
	assert_equal "$(set_value 0)" 3
	run_tool set --add -2 "sem:$id"
	assert_success
	assert_equal "$(set_value 0)" 1
	run_tool set --add +5 --element 2 --verbose "sem:$id"
	assert_success
	assert_stderr_like "sem:$id: changed"
	assert_equal "$(set_value 0) $(set_value 1) $(set_value 2)" '1 0 5'
}

@test "set --add: a set by key" {
	"$HELPERS/set_control" make 0x7e5e3 600 1
	run_tool set --add 2 sem:0x7e5e3
	assert_success
	id=$(ipcs -s | awk '$1 == "0x0007e5e3" { print $2 }')
	assert_equal "$(set_value 0)" 2
}

@test "set --add without --wait fails at once where it would wait, and changes nothing" {
	make_set
	run_tool set --add 1 "sem:$id"
	run_tool set --add -2 "sem:$id"
	assert_fails set "sem:$id: the value is too small"
	run_tool set --add 0 "sem:$id"
	assert_fails set "sem:$id: the value is not 0"
	assert_equal "$(set_value 0)" 1
	make_named 1
	run_tool set --add -2 psem:/turns
	assert_fails set 'psem:/turns: the value is too small'
	assert_equal "$(named_value)" 1
}

@test "set --add --wait takes its turn after a program has called semop(2)" {
	make_set
	background shmtool set --add -2 --wait "sem:$id"
	wait_until 10 eval "[[ \$(waiters 0) == '1 0' ]]"
	run "$HELPERS/set_control" operate "$id" 0 2
	wait "$BACKGROUND_PID"
	assert_equal "$(set_value 0)" 0
}

@test "set --add 0 --wait waits until the value is 0" {
	make_set
	run_tool set --add 1 "sem:$id"
	background shmtool set --add 0 --wait "sem:$id"
	wait_until 10 eval "[[ \$(waiters 0) == '0 1' ]]"
	run "$HELPERS/set_control" operate "$id" 0 -1
	wait "$BACKGROUND_PID"
}

@test "set --add releases a program that waits in semop(2)" {
	make_set
	background "$HELPERS/set_control" operate "$id" 1 -1
	wait_until 10 eval "[[ \$(waiters 1) == '1 0' ]]"
	run_tool set --add 1 --element 1 "sem:$id"
	assert_success
	wait "$BACKGROUND_PID"
	assert_equal "$(cat background.out)" $'waiting\ndone'
}

@test "set --add --wait takes its turn after a program has called sem_post(3)" {
	make_named 0
	background shmtool set --add -1 --wait psem:/turns
	wait_until 10 is_asleep "$BACKGROUND_PID"
	"$HELPERS/sem_turn" post /turns
	wait "$BACKGROUND_PID"
	assert_equal "$(named_value)" 0
}

@test "set --add releases a program that waits in sem_wait(3)" {
	make_named 0
	background "$HELPERS/sem_turn" wait /turns
	wait_until 10 grep -q waiting background.out
	wait_until 10 is_asleep "$BACKGROUND_PID"
	run_tool set --add 1 psem:/turns
	assert_success
	wait "$BACKGROUND_PID"
	assert_equal "$(cat background.out)" $'waiting\ndone'
	run_tool set --add 4 psem:/turns
	assert_equal "$(named_value)" 4
	run_tool set --add -3 psem:turns
	assert_equal "$(named_value)" 1
}

@test "set --timeout ends with status 124, and what was taken is given back" {
	make_set
	make_named 1
	run_tool set --add -1 --wait --timeout 1s "sem:$id"
	assert_equal "$status" 124
	assert_stderr_like "shmtool: set: sem:$id: the value was too small for 1 second"
	run_tool set --add -2 --wait --timeout 1s psem:/turns
	assert_equal "$status" 124
	assert_stderr_like 'shmtool: set: psem:/turns: the value was too small for 1 second'
	assert_equal "$(named_value)" 1
	assert_equal "$(waiters 0)" '0 0'
}

@test "set --wait ends if the set is removed" {
	make_set
	background shmtool set --add -1 --wait "sem:$id"
	wait_until 10 eval "[[ \$(waiters 0) == '1 0' ]]"
	ipcrm -s "$id"
	local status=0
	wait "$BACKGROUND_PID" || status=$?
	assert_equal "$status" 1
	assert_equal "$(cat background.err)" "shmtool: set: sem:$id: the set was removed meanwhile"
}

@test "set --wait ends by SIGTERM and leaves nothing behind" {
	make_set
	background shmtool set --add -1 --wait "sem:$id"
	wait_until 10 eval "[[ \$(waiters 0) == '1 0' ]]"
	kill -TERM "$BACKGROUND_PID"
	local status=0
	wait "$BACKGROUND_PID" || status=$?
	assert_equal "$status" 143
	assert_equal "$(waiters 0)" '0 0'
}

@test "set --add: what is too large is refused" {
	make_set
	run_tool set --add 32767 "sem:$id"
	assert_success
	run_tool set --add 1 "sem:$id"
	assert_fails set "sem:$id: the value would be too large"
	run_tool set --add 1 --element 3 "sem:$id"
	assert_fails set "sem:$id: there is no semaphore 3: the set has 3, numbered from 0"
	assert_equal "$(set_value 0)" 32767
}

@test "set --add: usage errors" {
	make_set
	make_named 1
	local object=/turns_memory
	"$SHMTOOL" create --posix "$object" --size 4K
	run_tool set --add 1 "$object"
	assert_usage_error set 'only semaphores have a value'
	run_tool set --add 1 --mode 666 "sem:$id"
	assert_usage_error set "\-\-add can't be combined with other changes"
	run_tool set --add 0 psem:/turns
	assert_usage_error set 'only semaphores of a set'
	run_tool set --add 1 --element 0 psem:/turns
	assert_usage_error set 'a named semaphore is no set'
	run_tool set --wait "sem:$id"
	assert_usage_error set '\-\-wait requires --add'
	run_tool set --add 1 --timeout 1s "sem:$id"
	assert_usage_error set '\-\-timeout requires --wait'
	for word in x 1x 32768 -32768 '' --1; do
		run_tool set --add "$word" "sem:$id"
		assert_usage_error set 'must be a number from -32767 to 32767'
	done
	run_tool set --add 1 "sem:$id" "$object"
	assert_usage_error set 'only semaphores have a value'
	assert_equal "$(set_value 0) $(named_value)" '0 1'
}

@test "set --add: a file that is no semaphore is left alone" {
	printf 1234567 >/dev/shm/sem.turns_short
	run_tool set --add 1 psem:/turns_short
	assert_fails set 'does not have the'
	assert_equal "$(cat /dev/shm/sem.turns_short)" 1234567
	ln -s /etc/passwd /dev/shm/sem.turns_link
	run_tool set --add 1 psem:/turns_link
	assert_equal "$status" 1
}

@test "set --add of the semaphore of another user" {
	require_root
	make_set 644
	make_named 1 644
	run_tool_as_user set --add 1 "sem:$id" psem:/turns
	assert_equal "$status" 1
	assert_stderr_like "shmtool: set: sem:$id: no permission to change the value"
	assert_stderr_like 'shmtool: set: psem:/turns: no permission to change the value: owned by'
	assert_equal "$(set_value 0) $(named_value)" '0 1'
	id=$("$HELPERS/set_control" make 0 666 1)
	run_tool_as_user set --add 1 "sem:$id"
	assert_success
	assert_equal "$(set_value 0)" 1
}
