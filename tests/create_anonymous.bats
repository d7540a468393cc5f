#!/usr/bin/env bats
# create --anonymous: memory that a command and its relatives share, and that ends with them.

load test_helper
load truth

# holders INODE: the descriptors of all processes that refer to the memfd of this number.
holders() {
	find -L /proc/[0-9]*/fd -mindepth 1 -maxdepth 1 -type f -inum "$1" 2>/dev/null |
		while IFS= read -r descriptor; do
			[[ $(readlink "$descriptor") != /memfd:* ]] || printf '%s\n' "$descriptor"
		done
}

gone() {
	[ -z "$(holders "$1")" ]
}

ended() {
	! kill -0 "$1"
}

@test "create --anonymous: a memfd of this size, named in SHMTOOL_REF" {
	run_tool create --anonymous --size 10000 -- sh -c '
		echo "$SHMTOOL_REF"
		fd=${SHMTOOL_REF##*:}
		readlink "/proc/$$/fd/$fd"
		stat -L -c %s "/proc/$$/fd/$fd"'
	assert_success
	assert_line --index 0 --regexp '^pid:[0-9]+:fd:[0-9]+$'
	assert_line --index 1 --regexp '^/memfd:'
	assert_line --index 2 10000
	assert_stderr_empty
}

@test "create --anonymous: the command takes the place of shmtool, and SHMTOOL_REF has its number" {
	background "$SHMTOOL" create --anonymous --size 4K -- sh -c 'echo "$$ $SHMTOOL_REF"'
	wait "$BACKGROUND_PID"
	assert_regex "$(cat background.out)" "^$BACKGROUND_PID pid:$BACKGROUND_PID:fd:[0-9]+$"
}

@test "create --anonymous: prints nothing of its own" {
	run_tool create --anonymous --size 4K -- true
	assert_success
	assert_output ''
	assert_stderr_empty
	assert_unchanged
}

@test "create --anonymous: is in neither list, segments or objects" {
	run_tool create --anonymous --size 4K -- sh -c 'tail -n +2 /proc/sysvipc/shm; ls -A /dev/shm'
	assert_success
	assert_output ''
}

@test "create --anonymous: the command's arguments and standard input are its own" {
	run_apart bash -c 'echo input | "$SHMTOOL" create --anonymous --size 4K -- sh -c "cat; printf %s, \"\$@\"" sh --size "a b" -h'
	assert_success
	assert_output $'input\n--size,a b,-h,'
}

@test "create --anonymous: the descriptor is the only one that is inherited" {
	run_apart bash -c 'exec 3>&- 4>&-; ls /proc/self/fd | wc -l
		exec "$SHMTOOL" create --anonymous --size 4K -- bash -c "ls /proc/self/fd | wc -l"'
	assert_success
	assert_equal $((lines[1] - lines[0])) 1
}

@test "create --anonymous: with a closed standard input, the memory does not become one" {
	run_apart bash -c '"$SHMTOOL" create --anonymous --size 4K -- sh -c "echo \$SHMTOOL_REF" <&-'
	assert_success
	assert_output --regexp ':fd:([3-9]|[0-9]{2,})$'
}

@test "create --anonymous: the command and its children read and write it, as root and as user" {
	for who in root user; do
		run_apart as "$who" "$SHMTOOL" create --anonymous --size 4K -- bash -c '
			printf hello | "$SHMTOOL" write "$SHMTOOL_REF" || exit
			(head -c 5 "/proc/self/fd/${SHMTOOL_REF##*:}") || exit
			(bash -c "\"\$SHMTOOL\" read --length 5 \"\$SHMTOOL_REF\"; exit") || exit
			printf world 1<>"/proc/self/fd/${SHMTOOL_REF##*:}"
			"$SHMTOOL" read --format string "$SHMTOOL_REF"'
		assert_success
		assert_output 'hellohelloworld'
	done
}

@test "create --anonymous: a mapping of a child shows what the parent stores" {
	run_tool create --anonymous --size 4K -- bash -c '
		fd=${SHMTOOL_REF##*:}
		printf "from the parent" | "$SHMTOOL" write "$SHMTOOL_REF" --offset 100
		"$HELPERS/mapping" read "/proc/self/fd/$fd" 100 15'
	assert_success
	assert_output 'from the parent'
}

@test "create --anonymous: a relative finds it when the first process is gone" {
	mkfifo go
	# bats waits for the end of all that holds its descriptor 3, which is closed here, so that the
	# memory may become 3: not to be closed again further in.
	"$SHMTOOL" create --anonymous --size 4K -- bash -c '
		printf inherited | "$SHMTOOL" write "$SHMTOOL_REF" || exit
		{ read -r <go; "$SHMTOOL" read --length 9 "$SHMTOOL_REF" >read.out 2>read.err; echo "$?" >read.status; } &
		echo "$SHMTOOL_REF" >ref' 3>&-
	IFS=: read -r _ first _ _ <ref
	wait_until 20 ended "$first"
	echo >go
	wait_until 20 test -s read.status
	assert_equal "$(cat read.status read.err)" 0
	assert_equal "$(cat read.out)" inherited
}

@test "create --anonymous: gone when the last of its relatives has ended" {
	mkfifo go
	"$SHMTOOL" create --anonymous --size 4K -- bash -c '
		{ read -r <go; } &
		stat -L -c %i "/proc/$$/fd/${SHMTOOL_REF##*:}" >inode
		echo "$!" >child' 3>&-
	inode=$(cat inode)
	wait_until 20 test -s child
	assert_regex "$(holders "$inode")" "/proc/$(cat child)/fd/"
	echo >go
	wait_until 20 gone "$inode"
}

@test "create --anonymous: SHMTOOL_REF names nothing once the memory is gone" {
	ref=$("$SHMTOOL" create --anonymous --size 4K -- sh -c 'echo "$SHMTOOL_REF"')
	run_tool read "$ref"
	assert_fails read "$ref" 'no such|gone|ended'
}

@test "create --anonymous: only descendants and root may read it" {
	require_root
	mkfifo go
	background setpriv --reuid 65533 --regid 65533 --clear-groups "$SHMTOOL" create --anonymous --size 4K -- \
		sh -c 'echo "$SHMTOOL_REF"; exec sleep 300'
	wait_until 20 test -s background.out
	ref=$(cat background.out)
	run_tool_as_user read "$ref"
	assert_fails read "$ref" 'permi|may not'
	run_apart bash -c '"$SHMTOOL" read "$1" | wc -c' bash "$ref"
	assert_output 4096
}

@test "create --anonymous: the command's status is the status" {
	for wanted in 0 1 2 3 77 255; do
		run_tool create --anonymous --size 4K -- sh -c "exit $wanted"
		assert_equal "$status" "$wanted"
	done
	run_tool create --anonymous --size 4K -- sh -c 'kill -TERM $$'
	assert_failure 143
}

@test "create --anonymous: 127 for a command that is not there, 126 for one that may not be run" {
	run -127 --separate-stderr env PATH=/usr/bin:/bin "$SHMTOOL" create --anonymous --size 4K -- no-such-command-at-all
	assert_output ''
	assert_stderr_like '^shmtool: create: .*no-such-command-at-all.*(not found|no such)'
	echo '#!/bin/sh' >script
	run_tool create --anonymous --size 4K -- ./script
	assert_failure 126
	assert_stderr_like '^shmtool: create: .*script.*permission'
	run_tool create --anonymous --size 4K -- /
	assert_failure 126
}

@test "create --anonymous --size: K, M, G, and more than there is memory with --noreserve" {
	run_tool create --anonymous --size 1.5M -- sh -c 'stat -L -c %s "/proc/$$/fd/${SHMTOOL_REF##*:}"'
	assert_success
	assert_output 1572864
	run_tool create --anonymous --noreserve --size 4P -- sh -c 'stat -L -c "%s %b" "/proc/$$/fd/${SHMTOOL_REF##*:}"'
	assert_success
	assert_output '4503599627370496 0'
}

@test "create --anonymous: more than there is memory is refused, before the kernel kills for it" {
	require_strace
	# fallocate(2) would take all memory there is, whoever needs it: here it does nothing.
	run_apart strace -qq -o /dev/null -e inject=fallocate:retval=0 \
		"$SHMTOOL" create --anonymous --size 100T -- touch ran
	assert_fails create '109951162777600' 'memory|--noreserve'
	assert [ ! -e ran ]
}

@test "create --anonymous --from: size and content of a file" {
	head -c 100001 /dev/urandom >content
	run_tool create --anonymous --from content -- sh -c 'cmp content "/proc/$$/fd/${SHMTOOL_REF##*:}" && "$SHMTOOL" read "$SHMTOOL_REF" | cmp - content'
	assert_success
	assert_output ''
}

@test "create --anonymous --from: a file that is not there starts no command" {
	run_tool create --anonymous --from no-such-file -- touch ran
	assert_fails create no-such-file 'no such file'
	assert [ ! -e ran ]
}

@test "create --anonymous --hugetlb: a size of page that this machine has not" {
	run_tool create --anonymous --size 4M --hugetlb=4M -- touch ran
	[ "$status" -eq 1 ] || [ "$status" -eq 2 ]
	assert_output ''
	assert_stderr_like '^shmtool: create: ' '4M|4096 ?kB|4194304'
	refute_stderr_like 'invalid argument$' 'no such device$'
	assert [ ! -e ran ]
}

@test "create --anonymous: a size is needed, and one above 0" {
	run_tool create --anonymous -- touch ran
	assert_usage_error create '--size'
	run_tool create --anonymous --size 0 -- touch ran
	assert_failure
	assert_stderr_like '^shmtool: create: .*(size|0)'
	run_tool create --anonymous --size large -- touch ran
	assert_usage_error create '--size'
	assert [ ! -e ran ]
}

@test "create --anonymous: without a command it would be gone at once" {
	run_tool create --anonymous --size 4K
	assert_usage_error create 'command|program'
	run_tool create --anonymous --size 4K --
	assert_usage_error create 'command|program'
}

@test "create: a command only with --anonymous" {
	run_tool create --size 4K -- touch ran
	assert_usage_error create '--anonymous|touch'
	run_tool create --posix shmtool-test --size 4K -- touch ran
	assert_usage_error create '--anonymous|touch'
	assert [ ! -e ran ]
}

@test "create --anonymous: has no key, name, owner or lock" {
	for option in --key=0x2a --ftok=/etc/passwd --posix=shmtool-test --exclusive --lock --owner=0; do
		run_tool create --anonymous --size 4K "$option" -- touch ran
		assert_usage_error create '--anonymous' "${option%%=*}"
	done
	assert [ ! -e ran ]
}

@test "create --anonymous: write does not make it grow" {
	run_tool create --anonymous --size 10 -- sh -c '
		"$SHMTOOL" write "$SHMTOOL_REF" --string "more than ten bytes"
		echo "$?"; stat -L -c %s "/proc/$$/fd/${SHMTOOL_REF##*:}"'
	assert_output $'1\n10'
}
