#!/usr/bin/env bats
# The main features, as an unprivileged user. (Refusals are in rm.bats and set.bats.)

load test_helper
load truth

setup() {
	common_setup
	require_private_namespace
	require_root
	user=$(id -un 65534)
}

teardown() {
	remove_segments
	common_teardown
}

@test "unprivileged: create makes a segment of his own" {
	run_tool_as_user create --size 4K --key 0x2a --mode 640
	assert_success
	assert_stderr_empty
	assert_equal "$(proc_shm "$output" uid) $(proc_shm "$output" cuid)" '65534 65534'
	assert_equal "$(proc_shm "$output" perms) $(proc_key "$output")" '640 0x0000002a'
}

@test "unprivileged: create --posix makes an object of his own" {
	run_tool_as_user create --posix shmtool-test --size 4K
	assert_success
	assert_output /shmtool-test
	assert_equal "$(object_stat shmtool-test '%u %s %a')" '65534 4096 600'
}

@test "unprivileged: create --from a pipe" {
	run_apart as_user bash -c 'printf secret | "$SHMTOOL" create --from -'
	assert_success
	assert_equal "$("$HELPERS/dump_segment" "$output")" secret
}

@test "unprivileged: create --populate and --lock within his limits" {
	run_tool_as_user create --size 64K --populate --lock
	assert_success
	assert_equal "$(proc_shm "$output" rss)" 65536
	assert_equal "$(proc_shm "$output" perms)" 2600
}

@test "unprivileged: create --owner gives a segment away" {
	run_tool_as_user create --size 4K --owner root
	assert_success
	assert_equal "$(proc_shm "$output" uid) $(proc_shm "$output" cuid)" '0 65534'
}

@test "unprivileged: stat shows the segments of everybody, as ipcs does" {
	new_segment 4096
	new_segment 8192 0
	"$HELPERS/make_keyed" 0x2a 100 666
	as_user "$HELPERS/make_segments" 2 5000 600
	run_tool_as_user stat --kind shm
	assert_success
	assert_stderr_empty
	assert_equal "$(awk '/^0x/ { print $1, $2, $3, $4, $5, $6 }' <<<"$output" | sort)" \
		"$(as_user ipcs -m | awk '/^0x/ { print $1, $2, $3, $4, $5, $6 }' | sort)"
}

@test "unprivileged: stat ID shows a segment that he may not read" {
	id=$("$HELPERS/make_keyed" 0x2a 10000 600)
	run_tool_as_user stat "$id"
	assert_success
	assert_equal "$(detail bytes) $(detail perms) $(detail owner) $(detail cpid)" \
		"10000 600 root $(proc_shm "$id" cpid)"
}

@test "unprivileged: stat shows the objects of everybody" {
	"$HELPERS/make_object" /shmtool-root 4096 600
	as_user "$HELPERS/make_object" /shmtool-user 8192 600
	run_tool_as_user stat --raw --no-headings -o name,owner,perms,bytes --sort name
	assert_success
	assert_output "/shmtool-root root 600 4096"$'\n'"/shmtool-user $user 600 8192"
	run_tool_as_user stat /shmtool-root
	assert_success
	assert_equal "$(detail bytes)" 4096
}

@test "unprivileged: stat shows the semaphores of everybody, and the value of his own" {
	"$HELPERS/sem_make" /shmtool-root 3 600
	as_user "$HELPERS/sem_make" /shmtool-user 4 600
	run_tool_as_user stat --kind psem --raw --no-headings -o name,owner,value --sort name
	assert_success
	assert_output "/shmtool-root root -"$'\n'"/shmtool-user $user 4"
}

@test "unprivileged: every column of other users' objects" {
	new_segment 4096
	"$HELPERS/make_object" /shmtool-test 4096 600
	"$HELPERS/sem_make" /shmtool-test 3 600
	columns=$("$SHMTOOL" stat --json "$(segment_ids)" | jq -r '.[0] | keys_unsorted | join(",")')
	run_tool_as_user stat -q --kind shm,pshm,psem --json -o "$columns" # processes of others: notes
	assert_success
	assert_stderr_empty
	assert_equal "$(json length)" 3
}

@test "unprivileged: rm removes the user's own objects" {
	id=$(as_user "$HELPERS/make_segments" 1 4096 600)
	as_user "$HELPERS/make_object" /shmtool-test 4096
	as_user "$HELPERS/sem_make" /shmtool-test 1
	run_tool_as_user rm "$id" /shmtool-test psem:/shmtool-test
	assert_success
	assert_stderr_empty
	assert_no_segments
	assert_no_objects
}

@test "unprivileged: rm by key removes a segment that the user created and root owns" {
	id=$(as_user "$HELPERS/make_keyed" 0x2a 4096 600)
	"$HELPERS/segment_control" "$id" owner 0 0
	run_tool_as_user rm "$id"
	assert_success
	assert_no_segments
}

@test "unprivileged: set changes the user's own objects" {
	id=$(as_user "$HELPERS/make_segments" 1 4096 600)
	as_user "$HELPERS/make_object" /shmtool-test 4096 600
	run_tool_as_user set --mode g+r "$id" /shmtool-test
	assert_success
	assert_equal "$(proc_shm "$id" perms) $(object_stat shmtool-test %a)" '640 640'
	run_tool_as_user set --size 8K /shmtool-test
	assert_success
	assert_equal "$(object_stat shmtool-test %s)" 8192
	run_tool_as_user set --lock "$id"
	assert_success
	assert_equal "$(proc_shm "$id" perms)" 2640
}

@test "unprivileged: set --size of an object that he may write but does not own" {
	"$HELPERS/make_object" /shmtool-test 4096 666
	run_tool_as_user set --size 8K /shmtool-test
	assert_success
	assert_equal "$(object_stat shmtool-test '%s %u')" '8192 0'
}

@test "unprivileged: a key of a segment that he may not read" {
	"$HELPERS/make_keyed" 0x2a 4096 600
	run_tool_as_user create --size 4096 --key 0x2a
	assert_fails create '0x0000002a' 'permi|access|owner|root'
	assert_unchanged
}

@test "unprivileged: limits" {
	run_tool_as_user limits
	assert_success
	assert_line --regexp '^shmmni '
}

@test "unprivileged: other users' objects fail by name, one line each" {
	id=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-test 4096 600
	"$HELPERS/sem_make" /shmtool-test 1 600
	run_tool_as_user rm "$id" /shmtool-test psem:/shmtool-test
	assert_failure 1
	assert_output ''
	assert_equal "${#stderr_lines[@]}" 3
	assert_regex "${stderr_lines[0]}" "^shmtool: rm: id:$id: "
	assert_regex "${stderr_lines[1]}" '^shmtool: rm: /shmtool-test: '
	assert_regex "${stderr_lines[2]}" '^shmtool: rm: psem:/shmtool-test: '
	assert_unchanged
}

@test "unprivileged: without a /proc the lists still come" {
	require_plain_build
	id=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-test 4096 600
	run_apart unshare -m bash -c 'mount -t tmpfs tmpfs /proc || exit 77
		setpriv --reuid=65534 --regid=65534 --clear-groups "$SHMTOOL" stat --raw --no-headings -o ref'
	[ "$status" -ne 77 ] || skip 'needs to mount over /proc'
	assert_success
	assert_output "id:$id"$'\n'/shmtool-test
}
