#!/usr/bin/env bats
# set: mode, owner, group, size, lock. Only the given properties change.

load test_helper
load truth

# fields_but ID FIELD...: the fields of a segment that set must not have touched.
fields_but() {
	local id=$1 field
	shift

	for field in key perms size cpid lpid nattch uid gid cuid cgid atime dtime; do
		case " $* " in
		*" $field "*) ;;
		*) echo "$field=$(proc_shm "$id" "$field")" ;;
		esac
	done
}

# assert_set_mode OLD CHANGE NEW: on a segment, an object and a semaphore.
assert_set_mode() {
	local id
	id=$(new_segment 4096 "$1")
	"$HELPERS/make_object" "/shmtool-$1$2" 4096 "$1"
	"$HELPERS/sem_make" "/shmtool-$1$2" 1 "$1"
	run_tool set --mode "$2" "$id" "/shmtool-$1$2" "psem:/shmtool-$1$2"
	assert_success
	assert_output ''
	assert_stderr_empty
	assert_equal "$1 $2 $(proc_mode "$id")" "$1 $2 $3"
	assert_equal "$1 $2 $(object_stat "shmtool-$1$2" %a)" "$1 $2 $3"
	assert_equal "$1 $2 $(object_stat "sem.shmtool-$1$2" %a)" "$1 $2 $3"
}

@test "set --mode: octal" {
	assert_set_mode 600 640 640
	assert_set_mode 666 0400 400
	assert_set_mode 600 0 0
}

@test "set --mode: symbolic, relative to the mode there is" {
	assert_set_mode 600 g+w 620
	assert_set_mode 666 o-rw 660
	assert_set_mode 640 g=u 660
	assert_set_mode 600 a+r 644
	assert_set_mode 660 u=r,g=,o+r 404
}

@test "set --mode: the umask does not affect the given mode" {
	id=$(new_segment 4096)
	run_apart bash -c 'umask 077; "$SHMTOOL" set --mode go+r "$1"' bash "$id"
	assert_success
	assert_equal "$(proc_shm "$id" perms)" 644
}

@test "set --mode: changes nothing else of a segment" {
	require_root
	id=$(as_user "$HELPERS/make_keyed" 0x2a 10000 600)
	"$HELPERS/segment_control" "$id" owner 0 1
	"$HELPERS/fill_segment" "$id" 4096
	hold "$id"
	before=$(fields_but "$id" perms)
	run_tool set --mode 664 "$id"
	assert_success
	assert_equal "$(proc_shm "$id" perms)" 664
	assert_equal "$(fields_but "$id" perms)" "$before"
}

@test "set --mode: changes nothing else of an object" {
	require_root
	"$HELPERS/make_object" /shmtool-test 10000 600
	chown nobody:daemon /dev/shm/shmtool-test
	before=$(object_stat shmtool-test '%s %b %u %g %i %X %Y')
	run_tool set --mode 664 /shmtool-test
	assert_success
	assert_equal "$(object_stat shmtool-test '%a %s %b %u %g %i %X %Y')" "664 $before"
}

@test "set --mode: keeps the lock and the mark for destruction" {
	id=$(new_segment 4096)
	hold "$id"
	"$HELPERS/segment_control" "$id" lock
	"$HELPERS/segment_control" "$id" rmid
	run_tool set --mode 640 "$id"
	assert_success
	assert_equal "$(proc_shm "$id" perms)" 3640
}

@test "set --owner: a user by name" {
	require_root
	id=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-test 4096
	before=$(fields_but "$id" uid)
	run_tool set --owner nobody "$id" /shmtool-test
	assert_success
	assert_output ''
	assert_stderr_empty
	assert_equal "$(proc_shm "$id" uid)" "$(id -u nobody)"
	assert_equal "$(fields_but "$id" uid)" "$before"
	assert_equal "$(object_stat shmtool-test '%U:%G')" nobody:root
}

@test "set --owner: a user and a group" {
	require_root
	id=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-test 4096
	"$HELPERS/sem_make" /shmtool-test 1
	run_tool set --owner nobody:daemon "$id" /shmtool-test psem:/shmtool-test
	assert_success
	assert_equal "$(proc_shm "$id" uid):$(proc_shm "$id" gid)" 65534:1
	assert_equal "$(object_stat shmtool-test '%U:%G')" nobody:daemon
	assert_equal "$(object_stat sem.shmtool-test '%U:%G')" nobody:daemon
}

@test "set --owner: numbers, known or not" {
	require_root
	id=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool set --owner 54321:12345 "$id" /shmtool-test
	assert_success
	assert_equal "$(proc_shm "$id" uid):$(proc_shm "$id" gid)" 54321:12345
	assert_equal "$(object_stat shmtool-test '%u:%g')" 54321:12345
}

@test "set --group: a group by name and by number, the owner stays" {
	require_root
	id=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-test 4096
	before=$(fields_but "$id" gid)
	run_tool set --group daemon "$id" /shmtool-test
	assert_success
	assert_equal "$(proc_shm "$id" gid)" 1
	assert_equal "$(fields_but "$id" gid)" "$before"
	assert_equal "$(object_stat shmtool-test '%U:%G')" root:daemon
	run_tool set --group 4242 "$id" /shmtool-test
	assert_success
	assert_equal "$(proc_shm "$id" gid)" 4242
	assert_equal "$(object_stat shmtool-test %g)" 4242
}

@test "set --mode --owner --group: all at once" {
	require_root
	id=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool set --mode 640 --owner nobody --group daemon "$id" /shmtool-test
	assert_success
	assert_equal "$(proc_shm "$id" perms) $(proc_shm "$id" uid) $(proc_shm "$id" gid)" '640 65534 1'
	assert_equal "$(object_stat shmtool-test '%a %U %G')" '640 nobody daemon'
}

@test "set --size: an object grows, its content stays" {
	printf 'content' >/dev/shm/shmtool-test
	run_tool set --size 8K /shmtool-test
	assert_success
	assert_output ''
	assert_stderr_empty
	assert_equal "$(object_stat shmtool-test %s)" 8192
	assert_equal "$(tr -d '\0' </dev/shm/shmtool-test)" content
}

@test "set --size: an object that grows has its space reserved" {
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool set --size 1M /shmtool-test
	assert_success
	[ $(($(object_stat shmtool-test '%b * %B'))) -ge 1044480 ]
}

@test "set --size: an object shrinks" {
	printf 'content' >/dev/shm/shmtool-test
	run_tool set --size 4 /shmtool-test
	assert_success
	assert_equal "$(cat /dev/shm/shmtool-test)" cont
}

@test "set --size: only the size changes" {
	require_root
	"$HELPERS/make_object" /shmtool-test 4096 640
	chown nobody:daemon /dev/shm/shmtool-test
	before=$(object_stat shmtool-test '%a %u %g %i')
	run_tool set --size 8K /shmtool-test
	assert_success
	assert_equal "$(object_stat shmtool-test '%s %a %u %g %i')" "8192 $before"
}

@test "set --size: growing past the space there is fails, and nothing is changed" {
	mount_shm size=1M
	printf 'content' >/dev/shm/shmtool-test
	run_tool set --size 2M /shmtool-test
	assert_fails set '/shmtool-test' 'space|full|free'
	assert_equal "$(object_stat shmtool-test %s)" 7
	assert_equal "$(object_stat shmtool-test %b)" 8
	assert_equal "$(cat /dev/shm/shmtool-test)" content
}

@test "set --size --mode: nothing is changed when there is no space" {
	mount_shm size=1M
	printf 'content' >/dev/shm/shmtool-test
	chmod 600 /dev/shm/shmtool-test
	run_tool set --mode 640 --size 2M /shmtool-test
	assert_fails set '/shmtool-test' 'space|full|free'
	assert_equal "$(object_stat shmtool-test '%s %a')" '7 600'
}

@test "set --size: a segment cannot change its size, and nothing at all is changed" {
	id=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool set --size 8K /shmtool-test "$id"
	assert_usage_error set 'size' "id:$id"
	assert_equal "$(object_stat shmtool-test %s)" 4096
}

@test "set --size --mode: on a segment, the mode is not changed either" {
	id=$(new_segment 4096)
	run_tool set --mode 666 --size 8K "$id"
	assert_usage_error set 'size' "id:$id"
	assert_equal "$(proc_shm "$id" perms)" 600
}

@test "set --size: a semaphore cannot change its size" {
	"$HELPERS/sem_make" /shmtool-test 1
	run_tool set --size 8K psem:/shmtool-test
	assert_usage_error set 'size' 'psem:/shmtool-test'
}

@test "set --lock, set --unlock: a segment" {
	id=$(new_segment 4096 640)
	before=$(fields_but "$id" perms)
	run_tool set --lock "$id"
	assert_success
	assert_output ''
	assert_stderr_empty
	assert_equal "$(proc_shm "$id" perms)" 2640
	assert_equal "$(fields_but "$id" perms)" "$before"
	run_tool set --unlock "$id"
	assert_success
	assert_equal "$(proc_shm "$id" perms)" 640
	assert_equal "$(fields_but "$id" perms)" "$before"
}

@test "set --lock: a locked segment stays locked" {
	id=$(new_segment 4096)
	"$HELPERS/segment_control" "$id" lock
	run_tool set --lock --mode 640 "$id"
	assert_success
	assert_equal "$(proc_shm "$id" perms)" 2640
}

@test "set --lock --mode: both" {
	id=$(new_segment 4096)
	run_tool set --lock --mode 640 "$id"
	assert_success
	assert_equal "$(proc_shm "$id" perms)" 2640
}

@test "set --lock: an object cannot be locked, and nothing at all is changed" {
	id=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool set --lock "$id" /shmtool-test
	assert_usage_error set 'lock' '/shmtool-test'
	assert_equal "$(proc_shm "$id" perms)" 600
}

@test "set --unlock: an object cannot be unlocked" {
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool set --unlock /shmtool-test
	assert_usage_error set 'lock' '/shmtool-test'
}

@test "set --lock --unlock: cannot be combined" {
	id=$(new_segment 4096)
	run_tool set --lock --unlock "$id"
	assert_usage_error set '--lock' '--unlock'
}

@test "set --lock: exceeding RLIMIT_MEMLOCK is reported" {
	require_root
	require_plain_build
	id=$(as_user "$HELPERS/make_segments" 1 1048576)
	run_apart as_user bash -c 'ulimit -l 0; "$SHMTOOL" set --lock "$1"' bash "$id"
	assert_fails set "id:$id" 'memlock|ulimit'
	assert_unchanged
	run_apart as_user bash -c 'ulimit -l 64; "$SHMTOOL" set --lock "$1"' bash "$id"
	assert_fails set "id:$id" 'memlock|ulimit'
	assert_unchanged
}

@test "set: a segment by key, an object by its path" {
	id=$("$HELPERS/make_keyed" 0x2a 4096 600)
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool set --mode 640 0x2a /dev/shm/shmtool-test
	assert_success
	assert_equal "$(proc_shm "$id" perms)" 640
	assert_equal "$(object_stat shmtool-test %a)" 640
}

@test "set: missing objects fail, the others are changed" {
	one=$(new_segment 4096)
	two=$(new_segment 4096)
	run_tool set --mode 640 "$one" 99999 /shmtool-nothing "$two"
	assert_failure 1
	assert_output ''
	assert_equal "${stderr_lines[0]}" 'shmtool: set: id:99999: no such segment'
	assert_regex "${stderr_lines[1]}" '^shmtool: set: /shmtool-nothing: no such'
	assert_equal "$(proc_shm "$one" perms) $(proc_shm "$two" perms)" '640 640'
}

@test "set: a segment of another user is refused" {
	require_root
	id=$(new_segment 4096 666)
	run_tool_as_user set --mode 600 "$id"
	assert_fails set "^shmtool: set: id:$id: " 'permi|owner'
	assert_unchanged
	run_tool_as_user set --owner nobody "$id"
	assert_fails set "id:$id"
	assert_unchanged
	run_tool_as_user set --lock "$id"
	assert_fails set "id:$id"
	assert_unchanged
}

@test "set: a segment of another user that may not even be read is refused" {
	require_root
	id=$(new_segment 4096)
	run_tool_as_user set --mode 666 "$id"
	assert_fails set "^shmtool: set: id:$id: " 'permi|owner'
	assert_unchanged
}

@test "set: an object of somebody else is refused" {
	require_root
	"$HELPERS/make_object" /shmtool-test 4096 666
	run_tool_as_user set --mode 600 /shmtool-test
	assert_fails set '^shmtool: set: /shmtool-test: ' 'permi|owner'
	assert_unchanged
	run_tool_as_user set --owner nobody /shmtool-test
	assert_fails set '/shmtool-test'
	assert_unchanged
}

@test "set: an object whose mode keeps its owner out can be opened up again" {
	require_root
	as_user "$HELPERS/make_object" /shmtool-test 4096 0
	run_tool_as_user set --mode 600 /shmtool-test
	assert_success
	assert_equal "$(object_stat shmtool-test %a)" 600
}

@test "set: a segment whose mode keeps its owner out can be opened up again" {
	require_root
	id=$(as_user "$HELPERS/make_segments" 1 4096 0)
	run_tool_as_user set --mode u+rw "$id"
	assert_success
	assert_equal "$(proc_shm "$id" perms)" 600
}

@test "set: without a change is a usage error" {
	id=$(new_segment 4096)
	run_tool set "$id"
	assert_usage_error set
}

@test "set: without a REF is a usage error" {
	run_tool set --mode 600
	assert_usage_error set
}

@test "set: does not follow a symbolic link out of /dev/shm" {
	printf 'precious' >"$BATS_TEST_TMPDIR/precious"
	chmod 600 "$BATS_TEST_TMPDIR/precious"
	before=$(stat -c '%s %a %u %g %i %Z' "$BATS_TEST_TMPDIR/precious")
	ln -s "$BATS_TEST_TMPDIR/precious" /dev/shm/shmtool-test
	run_tool set --mode 666 /shmtool-test
	assert_fails set '^shmtool: set: /shmtool-test: '
	run_tool set --size 1M /shmtool-test
	assert_failure 1
	run_tool set --owner "$(id -u)" /shmtool-test
	assert_equal "$(stat -c '%s %a %u %g %i %Z' "$BATS_TEST_TMPDIR/precious")" "$before"
}

@test "set: a FIFO in /dev/shm does not hang it" {
	mkfifo /dev/shm/shmtool-test
	run_apart timeout 20 "$SHMTOOL" set --size 4K /shmtool-test
	assert_failure 1
	assert_stderr_like '/shmtool-test'
}

@test "set: the same segment named twice" {
	id=$(new_segment 4096)
	run_tool set --mode g+r "$id" "id:$id"
	assert_success
	assert_equal "$(proc_shm "$id" perms)" 640
}

@test "set --size: the owner of an object that he may not write learns why" {
	require_root
	as_user "$HELPERS/make_object" /shmtool-readonly 4096 400
	run_tool_as_user set --size 8K /shmtool-readonly
	assert_fails set '^shmtool: set: /shmtool-readonly: ' 'with mode 400' 'u\+w'
	refute_stderr_like 'owned by'
	assert_unchanged
}

@test "set: changes made before a failure are reported" {
	require_root
	as_user "$HELPERS/make_object" /shmtool-part 4096 600
	run_tool_as_user set --size 8K --owner root /shmtool-part
	assert_fails set 'only root may give an object away; the size was changed$'
	assert_equal "$(object_stat shmtool-part '%s %a')" '8192 600'
	run_tool_as_user set --mode 640 --owner root /shmtool-part
	assert_fails set '; the mode was changed$'
	assert_equal "$(object_stat shmtool-part '%s %a')" '8192 640'
	run_tool_as_user set --size 4K --mode 600 --owner root /shmtool-part
	assert_fails set '; the size and the mode were changed$'
}

@test "set --verbose: a line an object, on standard error" {
	id=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool set --verbose --mode 640 "$id" /shmtool-test
	assert_success
	assert_output ''
	assert_equal "$stderr" "shmtool: set: id:$id: changed
shmtool: set: /shmtool-test: changed"
}

@test "set --lock --mode: a mode that fails says that the segment was locked" {
	require_strace
	id=$(new_segment 4096)
	strace -o calls -e trace=shmctl "$SHMTOOL" set --lock --mode 640 "$id"
	"$SHMTOOL" set --unlock --mode 600 "$id"
	run_apart strace -o trace -e "inject=shmctl:error=EPERM:when=$(grep -n IPC_SET calls | cut -d: -f1)" \
		"$SHMTOOL" set --lock --mode 640 "$id"
	assert_fails set "id:$id" 'the mode or the owner' 'the segment was locked$'
	assert_equal "$(column "$id" status)" locked
}

@test "set --size: a size that no file can have is a sentence" {
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool set --size 10E /shmtool-test
	assert_fails set "an object can't have 11529215046068469760 bytes: the maximum is 9223372036854775807$"
	assert_unchanged
}

@test "set --group: a group that one is not in is refused with its name" {
	require_root
	as_user "$HELPERS/make_object" /shmtool-test 4096
	run_tool_as_user set --group root /shmtool-test
	assert_fails set '/shmtool-test: ' 'not in group root'
	assert_unchanged
}

@test "set --lock --mode: concurrent changes during the lock are kept" {
	require_root
	require_strace
	id=$(new_segment 4096)
	strace -o calls -e trace=shmctl "$SHMTOOL" set --lock --mode 640 "$id"
	"$SHMTOOL" set --unlock --mode 600 "$id"
	run_stopping "shmctl:$(grep -n SHM_LOCK calls | cut -d: -f1)" set --lock --mode 640 "$id"
	"$SHMTOOL" set --owner 12:34 "$id"
	run_on
	assert_success
	assert_equal "$(proc_shm "$id" uid) $(proc_shm "$id" gid) $(proc_mode "$id")" '12 34 640'
}

@test "set --size: an object that is replaced meanwhile is not touched" {
	require_strace
	"$HELPERS/make_object" /shmtool-test 4096
	"$HELPERS/make_object" /shmtool-new 4096
	strace -o calls -e trace=openat2 "$SHMTOOL" set --size 4096 /shmtool-test
	# It looks at the object, and then opens it.
	run_stopping "openat2:$(grep -n '"shmtool-test", .*O_PATH' calls | head -n 1 | cut -d: -f1)" set --size 8K /shmtool-test
	mv /dev/shm/shmtool-new /dev/shm/shmtool-test
	run_on
	assert_fails set '/shmtool-test: the name now refers to a different object'
	assert_equal "$(object_stat shmtool-test %s)" 4096
}

#
# Queues and semaphore sets
#

# make_queue [MODE], make_set [MODE]: set id.
make_queue() {
	id=$("$HELPERS/queue_control" make 0x2a "${1:-600}")
}

make_set() {
	id=$("$HELPERS/set_control" make 0x2a "${1:-600}" 3)
}

@test "set --mode: a queue and a set, by id and key, octal and symbolic" {
	require_private_namespace
	make_queue
	queue=$id
	make_set
	run_tool set --mode 640 "msg:$queue" sem:0x2a
	assert_success
	assert_output ''
	assert_equal "$(proc_msg "$queue" perms) $(proc_sem "$id" perms)" '640 640'
	run_tool set --mode g-r,o+w -v msg:key:0x2a "sem:$id"
	assert_success
	assert_equal "$stderr" "shmtool: set: msg:$queue: changed
shmtool: set: sem:$id: changed"
	assert_equal "$(proc_msg "$queue" perms) $(proc_sem "$id" perms)" '602 602'
	# Nothing else.
	assert_equal "$(proc_msg "$queue" key) $(proc_msg "$queue" uid) $(proc_sem "$id" nsems)" "42 $EUID 3"
}

@test "set --owner, --group: a queue and a set" {
	require_private_namespace
	require_root
	make_queue
	queue=$id
	make_set
	run_tool set --owner daemon:nogroup "msg:$queue" "sem:$id"
	assert_success
	assert_equal "$(proc_msg "$queue" uid) $(proc_msg "$queue" gid) $(proc_msg "$queue" cuid)" '1 65534 0'
	assert_equal "$(proc_sem "$id" uid) $(proc_sem "$id" gid) $(proc_sem "$id" cuid)" '1 65534 0'
	run_tool set --group daemon "msg:$queue" "sem:$id"
	assert_equal "$(proc_msg "$queue" uid) $(proc_msg "$queue" gid)" '1 1'
	assert_equal "$(proc_sem "$id" uid) $(proc_sem "$id" gid)" '1 1'
}

@test "set --size: the bytes that the messages of a queue may have" {
	require_private_namespace
	make_queue
	"$HELPERS/queue_control" send "$id" 100
	run_tool set --size 4K "msg:$id"
	assert_success
	assert_equal "$(ipcs -q -i "$id" | grep -o 'qbytes=[0-9]*')" qbytes=4096
	# Less than it holds: the messages stay.
	run_tool set --size 50 --mode 640 "msg:$id"
	assert_success
	assert_equal "$(ipcs -q -i "$id" | grep -o 'qbytes=[0-9]*') $(proc_msg "$id" qnum) $(proc_msg "$id" perms)" \
		'qbytes=50 1 640'
}

@test "set --size: a queue is not raised above the limit by a user" {
	require_private_namespace
	require_root
	limit=$(cat /proc/sys/kernel/msgmnb)
	id=$(as_user "$HELPERS/queue_control" make 0x2a 600)
	run_tool_as_user set --size "$limit" "msg:$id"
	assert_success
	run_tool_as_user set --size $((limit + 1)) --mode 640 "msg:$id"
	assert_failure 1
	assert_stderr_like "msg:$id: the size can't be raised above kernel.msgmnb, $limit, without CAP_SYS_RESOURCE \\(as root: sysctl kernel.msgmnb=$((limit + 1))\\)"
	assert_equal "$(ipcs -q -i "$id" | grep -o 'qbytes=[0-9]*') $(proc_msg "$id" perms)" "qbytes=$limit 600"
}

@test "set: mode, owner and group of a POSIX queue" {
	require_mqueue
	require_root
	"$HELPERS/mq_control" make /queue 600
	run_tool set --mode u=r,g=r --owner daemon:nogroup pmsg:/queue
	assert_success
	assert_equal "$(stat -c '%a %u %g' /dev/mqueue/queue)" '440 1 65534'
	run_tool_as_user set --mode 666 pmsg:/queue
	assert_failure 1
	assert_stderr_like "pmsg:/queue: the mode can't be changed: owned by daemon; only the owner and root may change it"
	assert_equal "$(stat -c '%a' /dev/mqueue/queue)" 440
}

@test "set: a POSIX queue under whose name there is something else is not changed" {
	require_mqueue
	require_root
	"$HELPERS/mq_control" make /queue 600
	: >"$BATS_TEST_TMPDIR/other"
	mount --bind "$BATS_TEST_TMPDIR/other" /dev/mqueue/queue
	run_tool set --mode 666 pmsg:/queue
	umount /dev/mqueue/queue
	assert_failure 1
	assert_stderr_like 'pmsg:/queue: .*something is mounted on it'
	assert_equal "$(stat -c '%a' /dev/mqueue/queue)" 600
	refute [ "$(stat -c '%a' "$BATS_TEST_TMPDIR/other")" = 666 ]
}

@test "set: queues and sets of others are an error, the rest is changed" {
	require_private_namespace
	require_root
	make_queue 666
	queue=$id
	make_set 666
	own=$(as_user "$HELPERS/set_control" make 0 600 1)
	run_tool_as_user set --mode 640 "msg:$queue" "sem:$id" "sem:$own" msg:77777
	assert_failure 1
	assert_stderr_like "msg:$queue: the mode or the owner can't be changed: owned by root; only the owner, the creator and root may change it" \
		"sem:$id: the mode or the owner can't be changed: owned by root" 'msg:77777: no such message queue'
	assert_equal "$(proc_msg "$queue" perms) $(proc_sem "$id" perms) $(proc_sem "$own" perms)" '666 666 640'
}

@test "set: what queues and sets can't change is a usage error, and nothing is changed" {
	require_private_namespace
	require_mqueue
	make_queue
	queue=$id
	make_set
	"$HELPERS/mq_control" make /queue 600
	run_tool set --mode 640 --size 4K "msg:$queue" "sem:$id"
	assert_usage_error set 'the number of semaphores of a set is fixed at its creation'
	run_tool set --mode 640 --size 4K "msg:$queue" pmsg:/queue
	assert_usage_error set 'the size of a POSIX message queue is fixed at its creation'
	for ref in "msg:$queue" "sem:$id" pmsg:/queue; do
		run_tool set --mode 640 --lock "$ref"
		assert_usage_error set 'only System V segments can be locked'
	done
	assert_equal "$(proc_msg "$queue" perms) $(proc_sem "$id" perms)" '600 600'
}

@test "set --mode: a process that waits for a set goes on waiting" {
	require_private_namespace
	make_set
	background "$HELPERS/set_control" operate "$id" 0 -1
	wait_until 10 eval "[[ \$('$HELPERS/set_control' look $id 0) == '0 1 0 '* ]]"
	run_tool set --mode 640 "sem:$id"
	assert_success
	assert_regex "$("$HELPERS/set_control" look "$id" 0)" '^0 1 0 '
}
