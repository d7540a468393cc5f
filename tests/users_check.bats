#!/usr/bin/env bats
# users --check, and the columns of users that say more about a process: cmdline and pss.

load test_helper
load truth
load users

# check STATUS ARGUMENT...: users --check ends with the status; it prints nothing, and an error only
# if that is 3 or more is said of it.
check() {
	local expected=$1
	shift
	run_tool users --check "$@"
	assert_equal "$status" "$expected"
	assert_output ''
	[ "$expected" -eq 3 ] || assert_stderr_empty
	assert_unchanged
}

#
# --check
#

@test "users --check: 1 while nobody uses it, 0 while somebody does, as fuser says" {
	require_command fuser
	new_object shmtool-a
	id=$(new_segment 4096)
	check 1 /shmtool-a
	run fuser -s /dev/shm/shmtool-a
	assert_failure 1
	check 1 "$id"
	keep /dev/shm/shmtool-a open
	check 0 /shmtool-a
	fuser -s /dev/shm/shmtool-a
	release "$keeper"
	check 1 /shmtool-a
	keep /dev/shm/shmtool-a readonly
	check 0 /shmtool-a
	release "$keeper"
	hold "$id"
	check 0 "$id"
	release
	check 1 "$id"
}

@test "users --check: 0 if one of several objects is used" {
	require_inspection
	new_object shmtool-a
	new_object shmtool-b
	id=$(new_segment 4096)
	check 1 /shmtool-a "$id" /shmtool-b
	keep /dev/shm/shmtool-b private
	check 0 /shmtool-a "$id" /shmtool-b
}

@test "users --check: with filters, and with memory without a name" {
	require_inspection
	new_object shmtool-a
	new_object shmtool-b
	keep /dev/shm/shmtool-b open
	check 1 --name shmtool-a
	check 0 --name 'shmtool-*'
	check 1 --name shmtool-none
	check 1 --unnamed --name shmtool-b
	rm /dev/shm/shmtool-b
	check 0 --unnamed --name shmtool-b
	ref=$("$SHMTOOL" users -q --unnamed --name shmtool-b --raw --no-headings -o ref)
	check 0 "$ref"
}

# unused_status REF: 1; or 3 where even the user of the tests can't inspect all processes.
unused_status() {
	"$SHMTOOL" users "$1" 2>&1 >/dev/null | grep -q 'could not be inspected' && echo 3 || echo 1
}

@test "users --check: files by path" {
	printf x >file
	check "$(unused_status ./file)" ./file
	exec 8<file
	# bats itself may hold it, too.
	check 0 ./file
	exec 8<&-
}

@test "users --check, stat -o use: a process without /dev/shm may use a file of another tmpfs" {
	require_root
	mkdir place
	mount -t tmpfs none place
	printf x >place/f
	expected=$(unused_status "$PWD/place/f")
	check "$expected" "$PWD/place/f"
	run_tool stat --raw --no-headings -o use "$PWD/place/f"
	umount place
	case $expected in
	3) assert_output unknown ;;
	*) assert_output unused ;;
	esac
}

@test "users --check: semaphore sets: waiting, and the last operation while its process runs" {
	require_inspection
	id=$("$HELPERS/set_control" make 0 600 2)
	check 1 "sem:$id"
	"$HELPERS/set_control" value "$id" 0 1
	check 1 "sem:$id"
	background "$HELPERS/set_control" operate "$id" 1 -1
	wait_until 10 eval "[[ \$('$HELPERS/set_control' look $id 1) == '0 1 0 '* ]]"
	check 0 "sem:$id"
	as_user "$SHMTOOL" users --check "sem:$id" || [ "$?" -eq 3 ]
	end_background
	check 1 "sem:$id"
	background "$HELPERS/set_control" hold-value "$id" 1 1
	wait_until 10 grep -qx 'done' background.out
	check 0 "sem:$id"
}

@test "users --check: System V and POSIX queues" {
	id=$("$HELPERS/queue_control" make 0 600)
	check "$(unused_status "msg:$id")" "msg:$id"
	background "$HELPERS/queue_control" wait "$id"
	wait_until 10 eval '"$SHMTOOL" users --check "msg:$id"'
	check 0 "msg:$id"
	end_background
	require_mqueue
	"$HELPERS/mq_control" make /shmtool-q 600
	check "$(unused_status pmsg:/shmtool-q)" pmsg:/shmtool-q
	exec 8</dev/mqueue/shmtool-q
	check 0 pmsg:/shmtool-q
	exec 8<&-
}

@test "users --check: an object that does not exist is no unused one" {
	new_object shmtool-a
	check 3 /shmtool-gone
	assert_equal "$stderr" 'shmtool: users: /shmtool-gone: no such object'
	check 3 /shmtool-a /shmtool-gone
	keep /dev/shm/shmtool-a open
	run_tool users --check /shmtool-gone /shmtool-a
	assert_success
	assert_equal "$stderr" 'shmtool: users: /shmtool-gone: no such object'
}

@test "users --check: what can't be found out is neither used nor unused" {
	require_root
	new_object shmtool-a 4096 666
	id=$(new_segment 4096 666)
	keep /dev/shm/shmtool-a open
	run_tool_as_user users --check -q /shmtool-a
	assert_failure 3
	assert_output ''
	assert_stderr_like '^shmtool: users: /shmtool-a: it is unknown whether a process uses it: [0-9]+ process'
	# The kernel counts all attaches.
	run_tool_as_user users --check "$id"
	assert_failure 1
	assert_stderr_empty
	hold "$id"
	run_tool_as_user users --check "$id"
	assert_success
	assert_stderr_empty
	# A sanitizer needs /proc.
	if [ ! "${SHMTOOL_SANITIZED:-}" ]; then
		run_apart unshare --mount bash -c 'umount -l /proc && exec "$@"' bash "$SHMTOOL" users --check /shmtool-a
		assert_failure 3
		assert_stderr_like '/proc is not mounted'
	fi
	run_apart unshare --mount bash -c 'mount -t proc -o hidepid=2 proc /proc &&
		exec setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"' bash "$SHMTOOL" users --check /shmtool-a
	assert_failure 3
	assert_stderr_like 'hidepid'
}

@test "users --check: memory that runs out is no answer" {
	local refs kibibytes ended=0
	require_plain_build
	new_object shmtool-a
	mapfile -t refs < <(yes /shmtool-a | head -n 20000)
	# The loader must get its memory, the list of REFs must not.
	for ((kibibytes = 4000; kibibytes < 20000; kibibytes += 1000)); do
		ended=0
		bash -c "ulimit -v $kibibytes; "'exec "$SHMTOOL" users --check "$@"' bash "${refs[@]}" 2>errors || ended=$?
		! grep -q 'users: out of memory' errors || break
	done
	assert_equal "$ended $(cat errors)" '3 shmtool: users: out of memory'
}

@test "users --check: options that do not go with it" {
	new_object shmtool-a
	for option in --each --json '-o pid' '--sort pid' --no-headings --human --bytes; do
		# shellcheck disable=SC2086 # words
		run_tool users --check $option /shmtool-a
		assert_usage_error users '--check prints nothing'
	done
	run_tool users --check id:x
	assert_usage_error users 'id:x'
}

#
# Columns
#

@test "users -o cmdline: the command with its arguments, as ps has it" {
	new_object shmtool-a
	# shellcheck disable=SC2016 # for the inner shell
	bash -c 'exec -a "shmtool test" sleep "$@"' bash 60 0 </dev/shm/shmtool-a 3>&- &
	wait_until 10 eval "grep -q sleep /proc/$!/comm"
	assert_equal "$(ps -o args= -p "$!")" 'shmtool test 60 0'
	rows cmdline /shmtool-a
	assert_output 'shmtool\040test\04060\0400'
	run_tool users -q --json -o pid,cmdline /shmtool-a
	assert_equal "$(jq -c '.[]' <<<"$output")" "{\"pid\":$!,\"cmdline\":\"shmtool test 60 0\"}"
	run_tool users -q --export -o args /shmtool-a
	assert_output 'CMDLINE="shmtool test 60 0"'
	run_tool users -q --no-headings -o pid,cmdline /shmtool-a
	assert_output "$! shmtool test 60 0"
}

@test "users -o cmdline: arguments reach no terminal as they are" {
	new_object shmtool-a
	perl -e '$0 = "evil \e[2J\"\$(date)\`\n name"; open(F, "<", $ARGV[0]); print STDERR "up\n"; sleep 60' \
		/dev/shm/shmtool-a 2>up 3>&- &
	wait_until 10 test -s up
	run_tool users -q --no-headings -o cmdline /shmtool-a
	assert_line 'evil \033[2J"$(date)`\012 name'
	run_tool users -q --json -o cmdline /shmtool-a
	assert_equal "$(jq -r '.[0].cmdline' <<<"$output")" $'evil \e[2J"$(date)`\n name'
	run_tool users -q --export -o cmdline /shmtool-a
	# Nothing is expanded by a shell.
	for line in "${lines[@]}"; do
		eval "$line"
		[[ $CMDLINE != evil* ]] || seen=$CMDLINE
	done
	assert_regex "$seen" '"\$\(date\)`'
}

@test "users -o cmdline: a process without arguments, and one that has exited" {
	new_object shmtool-a
	perl -e '$0 = ""; open(F, "<", $ARGV[0]); print STDERR "up\n"; sleep 60' /dev/shm/shmtool-a 2>up 3>&- &
	wait_until 10 test -s up
	run_tool users -q --json -o command,cmdline /shmtool-a
	assert_equal "$(tr -d '\0 ' <"/proc/$!/cmdline")" "$(jq -r '.[0].cmdline // ""' <<<"$output" | tr -d ' ')"
}

@test "users -o pss: the memory divided by its users, as smaps has it" {
	local page
	page=$(getconf PAGESIZE)
	head -c $((8 * page)) /dev/zero >/dev/shm/shmtool-a
	id=$(new_segment $((4 * page)))
	"$HELPERS/fill_segment" "$id" $((4 * page))
	"$HELPERS/store_loop" /dev/shm/shmtool-a 8 >first 3>&- &
	first=$!
	"$HELPERS/store_loop" /dev/shm/shmtool-a 8 >second 3>&- &
	second=$!
	wait_until 20 eval 'grep -q storing first && grep -q storing second'
	rows pid,resident,pss /shmtool-a
	for pid in "$first" "$second"; do
		line=$(awk -v id="$pid" '/shmtool-a/ { of = 1; next } /^[0-9a-f]+-/ { of = 0 }
			of && $1 == "Rss:" { rss = $2 * 1024 }
			of && $1 == "Pss:" { pss = $2 * 1024 }
			END { print id, rss, pss }' "/proc/$pid/smaps")
		[ "${line##* }" -gt 0 ]
		assert_line "$line"
	done
	# Not read unless it is named, and not of a descriptor.
	keep /dev/shm/shmtool-a open
	rows how,pss /shmtool-a
	assert_line 'open -'
	run_tool users -q --json /shmtool-a
	refute_output --partial pss
}
