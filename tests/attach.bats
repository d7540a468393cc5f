#!/usr/bin/env bats
# attach: holds a segment, which the kernel counts; its output and its end.

load test_helper
load truth

# attach_in_background ARGUMENT...: starts the tool, and waits until it says that it is attached.
attach_in_background() {
	background "$SHMTOOL" attach "$@"
	wait_until 20 grep -q '^attached ' background.out ||
		fail "attach $*: $(cat background.out background.err)"
}

# end_attach SIGNAL: ends it; sets status, output, stderr.
end_attach() {
	kill "-$1" "$BACKGROUND_PID"
	await
}

# address: where it says, without 0x, that the object is attached; as /proc/PID/maps has it.
address() {
	sed -n 's/^attached .* at 0x0*\([0-9a-f]*\) .*/\1/p' background.out
}

# maps_line: the line of /proc/PID/maps that begins at this address.
maps_line() {
	grep "^0*$(address)-" "/proc/$BACKGROUND_PID/maps"
}

nattch_is() {
	[ "$(proc_shm "$1" nattch)" = "$2" ]
}

# status_kib FIELD: a number of kB in /proc/PID/status.
status_kib() {
	awk -v field="$1:" '$1 == field { print $2 }' "/proc/$BACKGROUND_PID/status"
}

@test "attach: one line with id, address, bytes, pages and rw" {
	id=$(new_segment 1048576)
	attach_in_background "$id"
	assert_regex "$(cat background.out)" "^attached $id at 0x[0-9a-f]+ \(1048576 bytes, 256 pages, rw\)$"
	assert_equal "$(cat background.err)" ''
}

@test "attach: a segment that ends within a page has that page, too" {
	id=$(new_segment 5000)
	attach_in_background "$id"
	assert_regex "$(cat background.out)" "^attached $id at 0x[0-9a-f]+ \(5000 bytes, 2 pages, rw\)$"
}

@test "attach: the address is where the kernel has the segment, readable and writable" {
	id=$(new_segment 8192)
	attach_in_background "$id"
	assert_regex "$(maps_line)" " rw-s .* $id +/SYSV00000000"
}

@test "attach: nattch is 1 while it holds and 0 when it has ended, as root and as user" {
	for who in root user; do
		id=$(as "$who" "$HELPERS/make_keyed" 0 4096 600)
		prefix=()
		[ "$who$EUID" != user0 ] || prefix=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
		background "${prefix[@]}" "$SHMTOOL" attach "$id"
		wait_until 20 grep -q '^attached ' background.out
		assert_equal "$(proc_shm "$id" nattch)" 1
		end_attach TERM
		assert_success
		assert_equal "$(proc_shm "$id" nattch)" 0
	done
}

@test "attach: SIGINT, SIGTERM and SIGHUP end it with a word and status 0" {
	id=$(new_segment 4096)
	for signal in INT TERM HUP; do
		attach_in_background "$id"
		assert_equal "$(proc_shm "$id" nattch)" 1
		end_attach "$signal"
		assert_success
		assert_equal "${#lines[@]}" 2
		assert_equal "${lines[1]}" "detached $id"
		assert_stderr_empty
		assert_equal "$(proc_shm "$id" nattch)" 0
	done
}

@test "attach: 'detached' is printed only after the detach" {
	require_strace
	id=$(new_segment 4096)
	strace -qq -o trace -e trace=write,shmdt,shmat "$SHMTOOL" attach --for 1s "$id" >out
	assert_equal "$(grep -oE '^shm(at|dt)|"(at|de)tached' trace | tr '\n' ' ')" \
		'shmat "attached shmdt "detached '
}

@test "attach: the line is there at once, also in a pipe" {
	id=$(new_segment 4096)
	mkfifo pipe
	"$SHMTOOL" attach "$id" >pipe 2>err 3>&- &
	attacher=$!
	exec 7<pipe
	IFS= read -r -t 20 line <&7
	assert_regex "$line" "^attached $id at 0x"
	kill -TERM "$attacher"
	IFS= read -r -t 20 line <&7
	assert_equal "$line" "detached $id"
	exec 7<&-
	wait "$attacher"
}

@test "attach: every form of REF; the number of the segment is printed" {
	id=$("$HELPERS/make_keyed" 0x46010004 4096 600)
	for ref in "$id" "id:$id" 0x46010004 key:1174470660; do
		attach_in_background "$ref"
		assert_regex "$(cat background.out)" "^attached $id at 0x"
		end_attach TERM
		assert_success
		assert_equal "${lines[1]}" "detached $id"
	done
}

@test "attach: ftok:PATH" {
	id=$("$HELPERS/make_keyed" "$("$HELPERS/ftok_key" "$PWD" 1)" 4096 600)
	attach_in_background "ftok:$PWD"
	assert_equal "$(proc_shm "$id" nattch)" 1
}

@test "attach: two hold the same segment" {
	id=$(new_segment 4096)
	hold "$id"
	attach_in_background "$id"
	assert_equal "$(proc_shm "$id" nattch)" 2
	end_attach TERM
	assert_success
	assert_equal "$(proc_shm "$id" nattch)" 1
}

@test "attach: touches no page" {
	id=$("$HELPERS/make_keyed" 0 1073741824 600 noreserve)
	attach_in_background "$id"
	assert_equal "$(proc_shm "$id" rss) $(proc_shm "$id" swap)" '0 0'
	end_attach TERM
	assert_equal "$(proc_shm "$id" rss) $(proc_shm "$id" swap)" '0 0'
}

#
# --read-only
#

@test "attach --read-only: ro, and the kernel forbids writing" {
	id=$(new_segment 4096)
	attach_in_background --read-only "$id"
	assert_regex "$(cat background.out)" "^attached $id at 0x[0-9a-f]+ \(4096 bytes, 1 pages?, ro\)$"
	assert_regex "$(maps_line)" " r--s .* $id +/SYSV"
	end_attach TERM
	assert_success
	assert_equal "${lines[1]}" "detached $id"
}

@test "attach --read-only: a segment that one may only read" {
	require_root
	id=$(new_segment 4096 644)
	run_tool_as_user attach --for 1s --read-only "$id"
	assert_success
	assert_line --index 0 --regexp "^attached $id at 0x[0-9a-f]+ \(4096 bytes, 1 pages?, ro\)$"
	assert_line --index 1 "detached $id"
	assert_equal "$(proc_shm "$id" nattch)" 0
}

@test "attach: without --read-only, the way to a segment that one may only read is named" {
	require_root
	id=$(new_segment 4096 644)
	run_tool_as_user attach --for 1s "$id"
	assert_fails attach "id:$id" 'may not|permi' '--read-only'
	assert_unchanged
}

@test "attach: a segment that one may not even read" {
	require_root
	id=$(new_segment 4096 600)
	run_tool_as_user attach --for 1s "$id"
	assert_fails attach "id:$id" 'may not|permi'
	refute_stderr_like '--read-only'
	run_tool_as_user attach --for 1s --read-only "$id"
	assert_fails attach "id:$id" 'may not|permi'
	assert_unchanged
}

#
# --at, --round
#

@test "attach --at: at this address, in hex and in decimal" {
	id=$(new_segment 8192)
	for at in 0x200000000000 35184372088832; do
		attach_in_background --at "$at" "$id"
		assert_regex "$(cat background.out)" "^attached $id at 0x200000000000 "
		assert_regex "$(maps_line)" " rw-s .* $id +/SYSV"
		end_attach TERM
		assert_success
	done
}

@test "attach --at: an address between two multiples of SHMLBA is explained, with both and --round" {
	id=$(new_segment 4096)
	run_tool attach --for 1s --at 0x200000000123 "$id"
	assert_usage_error attach 0x200000000123 SHMLBA 4096 '0x200000000000' '0x200000001000' '--round'
}

@test "attach --at --round: at the multiple of SHMLBA below" {
	id=$(new_segment 4096)
	attach_in_background --at 0x200000001fff --round "$id"
	assert_regex "$(cat background.out)" "^attached $id at 0x200000001000 "
	assert_regex "$(maps_line)" " rw-s .* $id +/SYSV"
}

@test "attach --at --round: an address that is a multiple already" {
	id=$(new_segment 4096)
	attach_in_background --at 0x200000001000 --round "$id"
	assert_regex "$(cat background.out)" "^attached $id at 0x200000001000 "
}

@test "attach --round: only with --at" {
	id=$(new_segment 4096)
	run_tool attach --for 1s --round "$id"
	assert_usage_error attach '--round' '--at'
}

@test "attach --at: invalid addresses" {
	id=$(new_segment 4096)
	for at in here -4096; do
		run_tool attach --for 1s --at "$at" "$id"
		assert_usage_error attach '--at'
	done
}

@test "attach --at: an address beyond the address space" {
	id=$(new_segment 4096)
	run_tool attach --for 1s --at 0xfffffffffffff000 "$id"
	assert_fails attach "id:$id" 0xfffffffffffff000
	refute_stderr_like 'invalid argument$' 'cannot allocate memory$'
	assert_equal "$(proc_shm "$id" nattch)" 0
}

@test "attach --at: an address where something is already" {
	setarch -R true 2>/dev/null || skip 'needs setarch -R'
	id=$(new_segment 4096)
	# Here the kernel puts programs when it does not put them anywhere else.
	program=$(setarch -R "$(command -v awk)" '/r-xp|r--p/ { sub(/-.*/, ""); print; exit }' /proc/self/maps)
	run_apart setarch -R "$SHMTOOL" attach --for 1s --at "0x$program" "$id"
	assert_fails attach "id:$id" "0x$program"
	refute_stderr_like 'invalid argument$'
	assert_equal "$(proc_shm "$id" nattch)" 0
}

@test "attach --at: an address too low for an unprivileged user" {
	id=$(as_user "$HELPERS/make_keyed" 0 4096 600)
	run_below_minimum attach --for 1s --at 0x1000 "$id"
	assert_fails attach "id:$id" 0x1000 mmap_min_addr
	refute_stderr_like 'owned by'
}

#
# --populate, --lock
#

@test "attach --populate: all pages are in memory while it holds" {
	id=$(new_segment 1000000)
	assert_equal "$(proc_shm "$id" rss)" 0
	attach_in_background --populate "$id"
	assert_equal "$(proc_shm "$id" rss)" 1003520
}

@test "attach --populate: as an unprivileged user" {
	id=$(as_user "$HELPERS/make_keyed" 0 65536 600)
	run_tool_as_user attach --for 1s --populate "$id"
	assert_success
	assert_equal "$(proc_shm "$id" rss)" 65536
}

@test "attach --populate: keeps the content" {
	id=$(new_segment 100000)
	"$HELPERS/fill_segment" "$id" 70000
	"$HELPERS/dump_segment" "$id" >before
	run_tool attach --for 1s --populate "$id"
	assert_success
	"$HELPERS/dump_segment" "$id" | cmp - before
}

@test "attach --populate: a POSIX object gets all its blocks" {
	"$HELPERS/make_object" /shmtool-test 1000000
	assert_equal "$(object_stat shmtool-test %b)" 0
	attach_in_background --populate /shmtool-test
	assert_equal "$(object_stat shmtool-test '%b %B')" '1960 512'
}

@test "attach --populate: a /dev/shm that is too small is a sentence, not a crash" {
	mount_shm size=64k
	"$HELPERS/make_object" /shmtool-test 1000000 666
	for who in root user; do
		run_apart as "$who" "$SHMTOOL" attach --for 1s --populate /shmtool-test
		assert_fails attach /shmtool-test 'room|space|full|memory'
	done
}

@test "attach --lock: the memory is locked as long as it holds" {
	require_plain_build # AddressSanitizer makes nothing of mlock
	id=$(new_segment 40960)
	attach_in_background --lock "$id"
	assert [ "$(status_kib VmLck)" -ge 40 ]
	assert_equal "$(proc_shm "$id" rss)" 40960
	end_attach TERM
	assert_success
	# The segment itself is not marked as locked: that would outlive the command.
	assert_equal "$(proc_shm "$id" perms)" 600
}

@test "attach --lock: a POSIX object and a file" {
	require_plain_build # AddressSanitizer makes nothing of mlock
	"$HELPERS/make_object" /shmtool-test 40960
	head -c 40960 /dev/urandom >file
	for ref in /shmtool-test ./file; do
		attach_in_background --lock "$ref"
		assert [ "$(status_kib VmLck)" -ge 40 ]
		end_attach TERM
	done
}

@test "attach --lock: a limit that is too low is named" {
	require_plain_build
	id=$(as_user "$HELPERS/make_keyed" 0 1048576 600)
	run_apart as_user bash -c 'ulimit -l 64; "$SHMTOOL" attach --for 1s --lock "$1"' bash "$id"
	assert_fails attach "id:$id" 'RLIMIT_MEMLOCK|ulimit -l' '(^|[^0-9])(65536|64)([^0-9]|$)'
	assert_equal "$(proc_shm "$id" nattch)" 0
}

#
# --for
#

@test "attach --for: holds so long, then says that it is detached; status 0" {
	id=$(new_segment 4096)
	began=${EPOCHREALTIME//[!0-9]/}
	attach_in_background --for 1s "$id"
	assert_equal "$(proc_shm "$id" nattch)" 1
	await
	assert_success
	assert [ $((${EPOCHREALTIME//[!0-9]/} - began)) -ge 1000000 ]
	assert_equal "${lines[1]}" "detached $id"
	assert_stderr_empty
	assert_equal "$(proc_shm "$id" nattch)" 0
}

@test "attach --for: a signal ends it before its time" {
	id=$(new_segment 4096)
	attach_in_background --for 7d "$id"
	end_attach INT
	assert_success
	assert_equal "${lines[1]}" "detached $id"
}

@test "attach --for: invalid durations" {
	id=$(new_segment 4096)
	for duration in '' soon; do
		run_tool attach --for "$duration" "$id"
		assert_usage_error attach '--for'
	done
}

@test "attach --for: not with a command, whose end is the end" {
	id=$(new_segment 4096)
	run_tool attach --for 1s "$id" -- touch ran
	assert_usage_error attach '--for'
	assert [ ! -e ran ]
}

#
# -- CMD
#

@test "attach -- CMD: holds while the command runs, and no longer" {
	id=$(new_segment 4096)
	run_apart "$SHMTOOL" attach "$id" -- awk -v id="$id" '$2 == id { print $7 }' /proc/sysvipc/shm
	assert_success
	assert_output 1
	assert_equal "$(proc_shm "$id" nattch)" 0
}

@test "attach -- CMD: its own words go to stderr, stdout is the command's" {
	id=$(new_segment 4096)
	run_tool attach "$id" -- printf '%s|' a 'b c' --for -x
	assert_success
	assert_output 'a|b c|--for|-x|'
	assert_equal "${#stderr_lines[@]}" 2
	assert_stderr_like "^(shmtool: attach: )?attached $id at 0x[0-9a-f]+ \(4096 bytes, 1 pages?, rw\)$" \
		"^(shmtool: attach: )?detached $id$"
}

@test "attach --quiet -- CMD: no words but the command's" {
	id=$(new_segment 4096)
	run_tool attach -q "$id" -- sh -c 'echo out; echo err >&2'
	assert_success
	assert_output out
	assert_equal "$stderr" err
}

@test "attach -- CMD: has the object's name in SHMTOOL_REF" {
	id=$("$HELPERS/make_keyed" 0x2a 4096 600)
	run_tool attach 0x2a -- sh -c 'echo "$SHMTOOL_REF"; "$SHMTOOL" stat --raw --no-headings -o ref "$SHMTOOL_REF"'
	assert_success
	assert_line --index 1 "id:$id"
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool attach /shmtool-test -- sh -c 'echo "$SHMTOOL_REF"'
	assert_success
	assert_output /shmtool-test
}

@test "attach -- CMD: its standard input is the command's" {
	id=$(new_segment 4096)
	run_apart bash -c 'printf "one\ntwo\n" | "$SHMTOOL" attach "$1" -- cat' bash "$id"
	assert_success
	assert_output $'one\ntwo'
}

@test "attach -- CMD: returns the command's status" {
	id=$(new_segment 4096)
	for wanted in 0 1 2 3 77 255; do
		run_tool attach "$id" -- sh -c "exit $wanted"
		assert_equal "$status" "$wanted"
	done
	assert_equal "$(proc_shm "$id" nattch)" 0
}

@test "attach -- CMD: 128+N for a command that dies of signal N" {
	id=$(new_segment 4096)
	for signal in TERM KILL INT; do
		run_tool attach "$id" -- sh -c "kill -$signal \$\$"
		assert_equal "$status" $((128 + $(kill -l "$signal")))
		assert_stderr_like "detached $id"
	done
	assert_equal "$(proc_shm "$id" nattch)" 0
}

@test "attach -- CMD: 127 for a command that is not there" {
	id=$(new_segment 4096)
	run -127 --separate-stderr env PATH=/usr/bin:/bin "$SHMTOOL" attach "$id" -- no-such-command-at-all
	assert_output ''
	assert_stderr_like '^shmtool: attach: .*no-such-command-at-all.*(not found|no such)'
	assert_equal "$(proc_shm "$id" nattch)" 0
	run -127 --separate-stderr env PATH=/usr/bin:/bin "$SHMTOOL" attach "$id" -- ./no-such-file
}

@test "attach -- CMD: 126 for a command that may not be run" {
	id=$(new_segment 4096)
	echo '#!/bin/sh' >script
	run_tool attach "$id" -- ./script
	assert_failure 126
	assert_output ''
	assert_stderr_like '^shmtool: attach: .*script.*permission'
	run_tool attach "$id" -- /
	assert_failure 126
	assert_equal "$(proc_shm "$id" nattch)" 0
}

@test "attach -- CMD: a failure before the command starts prevents it" {
	run_tool attach id:99999 -- touch ran
	assert_fails attach 'id:99999: no such segment'
	assert [ ! -e ran ]
}

@test "attach -- CMD: Ctrl-C ends the command, then the attachment" {
	id=$(new_segment 4096)
	background setsid "$SHMTOOL" attach "$id" -- sh -c 'echo started; exec sleep 300'
	wait_until 20 grep -q started background.out
	kill -INT -- "-$BACKGROUND_PID"
	await
	assert_failure 130
	assert_stderr_like "detached $id"
	assert_equal "$(proc_shm "$id" nattch)" 0
}

@test "attach -- CMD: a command that lives on after Ctrl-C is waited for" {
	id=$(new_segment 4096)
	mkfifo go
	background setsid "$SHMTOOL" attach "$id" -- bash -c '
		trap "echo caught" INT; exec 8<>go; echo started; read -r <&8; read -r <&8; exit 5'
	wait_until 20 grep -q started background.out
	exec 8<>go
	kill -INT -- "-$BACKGROUND_PID"
	echo >&8
	wait_until 20 grep -q caught background.out
	assert_equal "$(proc_shm "$id" nattch)" 1
	echo >&8
	await
	assert_failure 5
	assert_equal "$(proc_shm "$id" nattch)" 0
}

@test "attach -- CMD: a signal to shmtool alone leaves neither a command nor an attachment behind" {
	id=$(new_segment 4096)
	background "$SHMTOOL" attach "$id" -- sh -c 'echo $$; exec sleep 300'
	wait_until 20 test -s background.out
	command=$(cat background.out)
	kill -TERM "$BACKGROUND_PID"
	wait_until 20 nattch_is "$id" 0
	wait_until 20 eval '! kill -0 "$command"'
	await
	assert_failure 143
}

@test "attach -- CMD: the command begins with the signals as they were" {
	id=$(new_segment 4096)
	run_apart env --default-signal=INT,TERM,HUP "$SHMTOOL" attach "$id" -- grep -E 'SigBlk|SigIgn' /proc/self/status
	assert_success
	theirs=$output
	run_apart env --default-signal=INT,TERM,HUP grep -E 'SigBlk|SigIgn' /proc/self/status
	assert_equal "$theirs" "$output"
}

#
# Marked for destruction
#

@test "attach: a segment that is marked for destruction is attached, with a note" {
	id=$(new_segment 4096)
	hold "$id"
	"$HELPERS/segment_control" "$id" rmid
	attach_in_background "$id"
	assert_regex "$(cat background.out)" "^attached $id at 0x"
	assert_regex "$(cat background.err)" "^shmtool: attach: id:$id: .*marked for destruction"
	assert_equal "$(proc_shm "$id" nattch)" 2
	end_attach TERM
	assert_success
	assert_equal "${lines[1]}" "detached $id"
	refute_stderr_like gone
	assert_segment_exists "$id"
}

@test "attach: the last to detach from a marked segment says that it is gone" {
	id=$(new_segment 4096)
	hold "$id"
	"$HELPERS/segment_control" "$id" rmid
	attach_in_background "$id"
	release
	assert_equal "$(proc_shm "$id" nattch)" 1
	end_attach TERM
	assert_success
	assert_regex "$output$stderr" 'which removed it'
	refute_segment_exists "$id"
}

@test "attach: a segment that is removed while attached is gone afterwards, which is reported" {
	id=$(new_segment 4096)
	attach_in_background "$id"
	"$HELPERS/segment_control" "$id" rmid
	assert_segment_exists "$id"
	end_attach TERM
	assert_success
	assert_regex "${lines[1]}" "^detached $id"
	assert_regex "$output$stderr" 'which removed it'
	refute_segment_exists "$id"
}

@test "attach -- CMD: a segment that the command removes" {
	id=$(new_segment 4096)
	run_tool attach "$id" -- "$HELPERS/segment_control" "$id" rmid
	assert_success
	assert_stderr_like "detached $id" 'which removed it'
	refute_segment_exists "$id"
}

@test "attach --quiet: no note about a mark" {
	id=$(new_segment 4096)
	hold "$id"
	"$HELPERS/segment_control" "$id" rmid
	run_tool attach -q --for 1s "$id"
	assert_success
	assert_stderr_empty
}

#
# POSIX objects, memfds, files
#

@test "attach /NAME: a POSIX object is mapped, shared" {
	"$HELPERS/make_object" /shmtool-test 10000
	attach_in_background /shmtool-test
	assert_regex "$(cat background.out)" '^attached /shmtool-test at 0x[0-9a-f]+ \(10000 bytes, 3 pages, rw\)$'
	assert_regex "$(maps_line)" ' rw-s .*/dev/shm/shmtool-test$'
	assert_equal "$(object_stat shmtool-test '%s %b')" '10000 0'
	end_attach INT
	assert_success
	assert_equal "${lines[1]}" 'detached /shmtool-test'
	assert_object_exists shmtool-test
}

@test "attach --read-only --at /NAME" {
	"$HELPERS/make_object" /shmtool-test 4096 400
	attach_in_background --read-only --at 0x200000000000 /shmtool-test
	assert_regex "$(cat background.out)" '^attached /shmtool-test at 0x200000000000 \(4096 bytes, 1 pages?, ro\)$'
	assert_regex "$(maps_line)" ' r--s .*/dev/shm/shmtool-test$'
}

@test "attach --round: is for segments only" {
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool attach --for 1s --at 0x200000000123 --round /shmtool-test
	assert_usage_error attach '--round' 'segment'
}

@test "attach --at /NAME: an address that is not a multiple of the page size is explained" {
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool attach --for 1s --at 0x200000000123 /shmtool-test
	assert_usage_error attach 0x200000000123 4096 '0x200000000000' '0x200000001000'
	refute_stderr_like '--round'
}

@test "attach --at /NAME: an address where something is already" {
	setarch -R true 2>/dev/null || skip 'needs setarch -R'
	"$HELPERS/make_object" /shmtool-test 4096
	program=$(setarch -R "$(command -v awk)" '/r-xp|r--p/ { sub(/-.*/, ""); print; exit }' /proc/self/maps)
	run_apart setarch -R "$SHMTOOL" attach --for 1s --at "0x$program" /shmtool-test
	assert_fails attach /shmtool-test "0x$program"
}

@test "attach /NAME: an object of no bytes has nothing to map" {
	: >/dev/shm/shmtool-test
	run_tool attach --for 1s /shmtool-test
	assert_fails attach /shmtool-test 'empty|no bytes|0 bytes'
	refute_stderr_like 'invalid argument'
}

@test "attach /NAME: without the right to" {
	require_root
	"$HELPERS/make_object" /shmtool-test 4096 600
	run_tool_as_user attach --for 1s /shmtool-test
	assert_fails attach /shmtool-test 'may not|permi'
	chmod 644 /dev/shm/shmtool-test
	run_tool_as_user attach --for 1s /shmtool-test
	assert_fails attach /shmtool-test '--read-only'
	run_tool_as_user attach --for 1s --read-only /shmtool-test
	assert_success
}

@test "attach ./FILE, file:FILE and an absolute path: a file is mapped, shared" {
	printf 'content' >file
	for ref in ./file file:file "$PWD/file"; do
		attach_in_background "$ref"
		assert_regex "$(cat background.out)" '^attached .*file at 0x[0-9a-f]+ \(7 bytes, 1 pages?, rw\)$'
		assert_regex "$(maps_line)" " rw-s .*$PWD/file$"
		end_attach TERM
		assert_success
		assert_regex "${lines[1]}" '^detached .*file$'
	done
	assert_equal "$(cat file)" content
}

@test "attach pid:PID:fd:N: a memfd is mapped" {
	mkfifo in
	"$HELPERS/peer" memfd 8192 <in >out 3>&- &
	exec 7>in
	wait_until 20 test -s out
	ref=$(head -n 1 out)
	attach_in_background "$ref"
	assert_regex "$(cat background.out)" "^attached $ref at 0x[0-9a-f]+ \(8192 bytes, 2 pages, rw\)$"
	assert_regex "$(maps_line)" ' rw-s .*/memfd:peer'
	exec 7>&-
}

@test "attach: a directory, a device, a pipe" {
	mkfifo pipe
	run_tool attach --for 1s file:.
	assert_fails attach 'director'
	run_tool attach --for 1s ./pipe
	assert_fails attach 'pipe|fifo|no regular file'
	run_tool attach --for 1s file:/dev/tty
	assert_fails attach /dev/tty
}

#
# Errors
#

@test "attach: missing objects" {
	run_tool attach --for 1s 99999
	assert_fails attach '^shmtool: attach: id:99999: no such segment'
	run_tool attach --for 1s 0x2a
	assert_fails attach '0x0*2a'
	run_tool attach --for 1s /no-such-object
	assert_fails attach '/no-such-object: no such object'
	run_tool attach --for 1s ./no-such-file
	assert_fails attach 'no-such-file.*no such file'
	run_tool attach --for 1s pid:1:fd:9999
	assert_fails attach 'pid:1:fd:9999'
}

@test "attach: one REF, and not more" {
	one=$(new_segment 4096)
	two=$(new_segment 4096)
	run_tool attach
	assert_usage_error attach REF
	run_tool attach "$one" "$two"
	assert_usage_error attach "$two|REF"
	assert_equal "$(proc_shm "$one" nattch)" 0
}

@test "attach: queues and semaphores are no memory" {
	for ref in msg:1 sem:1 pmsg:/x; do
		run_tool attach --for 1s "$ref"
		assert_usage_error attach "$ref"
	done
}

@test "attach: no room in the address space is a sentence" {
	require_plain_build
	id=$("$HELPERS/make_keyed" 0 10737418240 600 noreserve)
	run_apart bash -c 'ulimit -v 1000000; "$SHMTOOL" attach --for 1s "$1"' bash "$id"
	assert_fails attach "id:$id" '10737418240' 'RLIMIT_AS|ulimit -v|address space'
}

@test "attach >/dev/full: status 1, and the segment is detached" {
	id=$(new_segment 4096)
	run_apart bash -c '"$SHMTOOL" attach --for 1s "$1" >/dev/full' bash "$id"
	assert_failure 1
	assert_stderr_like '^shmtool: .*output.*space'
	assert_equal "$(proc_shm "$id" nattch)" 0
}

@test "a segment is made, attached, detached, removed: nattch and status after each step" {
	id=$("$SHMTOOL" create --size 4K)
	assert_equal "$(proc_shm "$id" nattch) $(column "$id" nattch)" '0 0'
	attach_in_background "$id"
	assert_equal "$(proc_shm "$id" nattch) $(column "$id" nattch)" '1 1'
	"$SHMTOOL" rm "$id" 2>/dev/null
	assert_equal "$(proc_shm "$id" perms) $(column "$id" status)" '1600 dest'
	end_attach TERM
	assert_success
	refute_segment_exists "$id"
	run_tool stat "$id"
	assert_fails stat 'no such segment'
}
