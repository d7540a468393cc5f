#!/usr/bin/env bats
# Bytes, signals and names at their edges: inherited, stuck, shrinking meanwhile.

load test_helper
load truth

setup() {
	common_setup
	require_private_namespace
	mkdir mounted
}

teardown() {
	exec 7>&- 8>&- 9<&-
	! mountpoint -q mounted || umount mounted
	[ ! "${in_root:-}" ] || rm -f -- "$in_root"
	umount_shm
	remove_segments
	common_teardown
}

# make_object NAME BYTE SIZE: a POSIX object full of this byte.
make_object() {
	head -c "$3" /dev/zero | tr '\0' "$2" >"/dev/shm/$1"
}

# into_fifo COMMAND...: starts it in the background with a pipe as its standard output, whose other
# end is descriptor 9, which has no reader yet.
into_fifo() {
	rm -f fifo
	mkfifo fifo
	background bash -c 'exec "$@" >fifo' bash "$@"
	exec 9<fifo
}

# nonblocking 0|1 COMMAND...: becomes the command, after this descriptor has got O_NONBLOCK.
# shellcheck disable=SC2016 # perl's
nonblocking=(perl -MFcntl -e '
	my $fd = shift;
	open(my $file, $fd ? ">&=" : "<&=", $fd) or die;
	fcntl($file, F_SETFL, fcntl($file, F_GETFL, 0) | O_NONBLOCK) or die;
	exec @ARGV')

# blocking_faults COMMAND...: becomes the command, with SIGBUS and SIGSEGV blocked.
# shellcheck disable=SC2016 # perl's
blocking_faults=(perl -MPOSIX -e '
	sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGBUS, SIGSEGV)) or die;
	exec @ARGV')

# in_pipe: how many bytes are in the pipe of descriptor 9.
in_pipe() {
	perl -e 'open(my $pipe, "<&=", 9) or die;
		my $left = pack("i", 0);
		ioctl($pipe, 0x541b, $left) or die; # FIONREAD
		print unpack("i", $left), "\n"'
}

# sleeps PID: whether shmtool, and not the shell that becomes it, sleeps.
sleeps() {
	[ "$(sed 's/^[0-9]* (\(.*\)) \(.\) .*/\1 \2/' "/proc/$1/stat")" = 'shmtool S' ]
}

# is_stuck: whether the background job sleeps on a pipe that is not empty.
is_stuck() {
	sleeps "$BACKGROUND_PID" && [ "$(in_pipe)" -ge 4096 ]
}

ended() {
	[[ $(cat "/proc/$1/stat" 2>/dev/null || echo '1 (x) Z') == *') '[ZX]* ]]
}

# await: waits for the background job to end, with a limit; sets status, output and
# stderr.
await() {
	wait_until 20 ended "$BACKGROUND_PID" || return 1
	status=0
	wait "$BACKGROUND_PID" || status=$?
	output=$(tr '\0' . <background.out)
	stderr=$(cat background.err)
	mapfile -t stderr_lines <background.err
}

# assert_one_sentence REGEX...: status 1 and one sentence, whatever is on stdout.
assert_one_sentence() {
	assert_failure 1
	assert_equal "${#stderr_lines[@]}" 1
	assert_stderr_like '^shmtool: ' "$@"
}

# assert_ends_stuck SIGNAL:NUMBER OPTION|... [COMMAND...]: that this signal ends read with these
# options, through the command, while its output is not read.
assert_ends_stuck() {
	local options
	IFS='|' read -r -a options <<<"$2"
	into_fifo "${@:3}" "$SHMTOOL" read /shmtool-test "${options[@]}"
	wait_until 20 eval 'is_stuck || ended "$BACKGROUND_PID"'
	! ended "$BACKGROUND_PID" || fail "ended before the signal: $2: $(cat background.err)"
	kill "-${1%:*}" "$BACKGROUND_PID"
	await || fail "does not end: $*"
	assert_equal "$status" $((128 + ${1#*:}))
	exec 9<&-
}

#
# Memory inherited from create --anonymous
#

@test "SHMTOOL_REF: names the inherited memory even if the PID has been reused" {
	require_root
	mkfifo go
	printf 'of others' >other
	run_apart unshare --pid --fork --mount-proc --kill-child timeout 60 bash -c '
		exec 3>&-
		"$SHMTOOL" create --anonymous --size 4K -- bash -c "
			printf inherited | \"\$SHMTOOL\" write \"\$SHMTOOL_REF\" || exit
			{
				read -r <go
				\"\$SHMTOOL\" read --length 9 \"\$SHMTOOL_REF\" >read.out 2>read.err
				echo \$? >read.status
			} &
			echo \"\$SHMTOOL_REF\" >ref"
		IFS=: read -r _ first _ fd <ref
		eval "exec $fd<other"
		echo $((first - 1)) >/proc/sys/kernel/ns_last_pid
		sleep 100 &
		other=$!
		eval "exec $fd<&-"
		echo "$first $other $(cat "/proc/$other/fd/$fd")" >numbers
		echo >go
		until [ -s read.status ]; do sleep 0.02; done'
	assert_success
	read -r first other content <numbers
	[ "$first" = "$other" ] || skip "needs the number $first again, not $other"
	assert_equal "$content" 'of others'
	assert_equal "$(cat read.status read.err)" 0
	assert_equal "$(cat read.out)" inherited
}

@test "SHMTOOL_REF: a relative that has become another user reads and writes it" {
	require_root
	for mode in '' '--mode 600'; do
		# shellcheck disable=SC2086 # two words
		run_tool create --anonymous $mode --size 4K -- bash -c '
			printf before | "$SHMTOOL" write "$SHMTOOL_REF" || exit
			user=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
			"${user[@]}" "$SHMTOOL" read --length 6 "$SHMTOOL_REF" || exit
			"${user[@]}" "$SHMTOOL" write --string later "$SHMTOOL_REF" || exit
			"$SHMTOOL" read --length 6 "$SHMTOOL_REF"
			exit'
		assert_success
		assert_output beforelatere
		assert_stderr_empty
	done
}

@test "map-file FILE -- CMD: SHMTOOL_REF is the file, not a POSIX object of that name" {
	in_root=$(mktemp /shmtool-edges.XXXXXX 2>/dev/null) || skip 'needs a file in /'
	printf 0123456789 >"$in_root"
	printf 0123456789 >"/dev/shm$in_root"
	run_tool map-file "$in_root" -- sh -c '"$SHMTOOL" write "$SHMTOOL_REF" --string changed'
	assert_success
	assert_equal "$(cat "$in_root" "/dev/shm$in_root")" changed7890123456789
	# Wherever it lies, and whatever its name looks like.
	mkdir -p id:1
	for file in "$PWD/file" ./file file id:1/file; do
		printf 0123456789 >"$file"
		run_tool map-file "$file" -- sh -c '"$SHMTOOL" write "$SHMTOOL_REF" --string changed'
		assert_success
		assert_equal "$(cat "$file")" changed789
	done
}

#
# Objects that change while they are read
#

@test "read: an object truncated while its reader waits is an error, without zeros for lost bytes" {
	# Not within a page: truncate(2) itself fills that with zeros, also where a pipe refers to it.
	for size in 0 131072; do
		make_object shmtool-test x 4194304
		into_fifo "$SHMTOOL" read /shmtool-test
		wait_until 20 is_stuck
		truncate -s "$size" /dev/shm/shmtool-test
		timeout 20 cat <&9 >out
		await
		assert_one_sentence '^shmtool: read: /shmtool-test: ' 'became shorter'
		assert_equal "$(tr -d x <out | wc -c)" 0
		exec 9<&-
	done
}

@test "read: an object truncated while its reader waits in a hole: bytes after the hole are not zeros" {
	for size in 0 4096; do
		truncate -s 4M /dev/shm/shmtool-test
		head -c 4194304 /dev/zero | tr '\0' x >>/dev/shm/shmtool-test
		into_fifo "$SHMTOOL" read /shmtool-test
		wait_until 20 is_stuck
		truncate -s "$size" /dev/shm/shmtool-test
		timeout 20 cat <&9 >out
		await
		assert_one_sentence '^shmtool: read: /shmtool-test: ' 'became shorter'
		assert [ "$(stat -c %s out)" -le 4194304 ]
		exec 9<&-
	done
}

@test "read: a reader that makes the pipe larger gets nothing that was stored after read had ended" {
	make_object shmtool-test x 524288
	into_fifo "$SHMTOOL" read /shmtool-test
	wait_until 20 is_stuck
	run_apart timeout 60 perl -MFcntl -e '
		my ($pid, $total) = @ARGV;
		open(my $pipe, "<&=", 9) or die;
		sub left { my $left = pack("i", 0); ioctl($pipe, 0x541b, $left) or die; unpack("i", $left) }
		sub state {
			open(my $status, "<", "/proc/$pid/status") or return ("Z", 0);
			my $text = join("", <$status>);
			($text =~ /^State:\s+(.)/m, $text =~ /^voluntary_ctxt_switches:\s+(\d+)/m);
		}
		sub pause { select(undef, undef, undef, 0.001) }
		fcntl($pipe, 1031, 1 << 20) or die "F_SETPIPE_SZ: $!"; # F_SETPIPE_SZ
		pause() while left() < $total;
		# Until it has ended: it waits, and a little is taken from it.
		my $bytes = "";
		my (undef, $before) = state();
		for (;;) {
			my ($state, $switches) = state();
			last if $state =~ /[ZX]/;
			if ($switches >= $before + 5 && left() > 0) {
				sysread($pipe, $bytes, 16384, length $bytes);
				(undef, $before) = state();
			}
			pause();
		}
		open(my $object, "+<", "/dev/shm/shmtool-test") or die;
		syswrite($object, "N" x $total) == $total or die;
		while (sysread($pipe, $bytes, 65536, length $bytes)) {}
		print length($bytes), " ", $bytes =~ tr/x//' "$BACKGROUND_PID" 524288
	assert_success
	assert_output '524288 524288'
	await
	assert_success
	assert_stderr_empty
}

@test "read: holes of a sparse segment get no memory also where there is no /proc" {
	# The sanitizers need /proc.
	require_plain_build
	require_root
	for who in root user; do
		id=$(as "$who" "$HELPERS/make_keyed" 0 1048576 600)
		printf data | "$HELPERS/mapping" write "id:$id" 409600
		before=$(proc_shm "$id" rss)
		assert_equal "$before" 4096
		become=()
		[ "$who" = root ] || become=(setpriv --reuid 65534 --regid 65534 --clear-groups --)
		for options in '' '--format hex'; do
			# shellcheck disable=SC2086 # two words
			unshare --mount bash -c 'mount -t tmpfs tmpfs /proc && exec "$@"' bash \
				"${become[@]}" "$SHMTOOL" read $options "$id" >out
			assert_equal "$(proc_shm "$id" rss)" "$before"
		done
		unshare --mount bash -c 'mount -t tmpfs tmpfs /proc && exec "$@"' bash \
			"${become[@]}" "$SHMTOOL" read "$id" >out
		cmp out <(head -c 409600 /dev/zero; printf data; head -c 638972 /dev/zero)
	done
}

@test "read --follow: ends quietly when its reader has gone" {
	printf content >/dev/shm/shmtool-test
	id=$(new_segment 100)
	printf content | "$HELPERS/mapping" write "id:$id" 0
	for ref in /shmtool-test "$id"; do
		into_fifo "$SHMTOOL" read --follow "$ref"
		assert_equal "$(timeout 20 head -c 5 <&9)" conte
		exec 9<&-
		await
		[ "$status" -eq 141 ] || [ "$status" -le 1 ]
		assert_stderr_empty
	done
	run_apart timeout 60 bash -c '"$SHMTOOL" read --follow "$1" | head -c 5' bash "$id"
	assert_success
	assert_output conte
	assert_stderr_empty
}

#
# Signals
#

@test "attach, map-file -- CMD: its status, also where SIGCHLD is ignored" {
	id=$(new_segment 4096)
	printf content >file
	for command in "attach $id" 'map-file ./file'; do
		# shellcheck disable=SC2086 # several words
		run_apart timeout 60 perl -e '$SIG{CHLD} = "IGNORE"; exec @ARGV' \
			"$SHMTOOL" $command -- sh -c 'exit 7'
		assert_failure 7
	done
}

@test "read: SIGINT and SIGTERM end it while its reader is stuck, whatever the format" {
	head -c 4194304 /dev/urandom >/dev/shm/shmtool-test
	for format in '--format|raw' '--format|hex' '--json|--record|int a;' '--raw|--record|int a;'; do
		for signal in INT:2 TERM:15; do
			assert_ends_stuck "$signal" "$format"
		done
	done
}

@test "read: SIGINT and SIGTERM end it while its reader is stuck, and the pipe is non-blocking" {
	head -c 4194304 /dev/urandom >/dev/shm/shmtool-test
	for signal in INT:2 TERM:15; do
		assert_ends_stuck "$signal" '--format|raw' "${nonblocking[@]}" 1
	done
}

@test "read: waits for its reader also where the pipe is non-blocking, whatever the format" {
	head -c 4194304 /dev/urandom >/dev/shm/shmtool-test
	for format in '--format|hex' '--json|--record|int a;' '--raw|--record|int a;'; do
		assert_ends_stuck INT:2 "$format" "${nonblocking[@]}" 1
	done
}

@test "attach: SIGINT and SIGTERM end it when its line can't be written, because the reader is stuck" {
	id=$(new_segment 4096)
	for signal in INT TERM; do
		# A pipe that is full.
		into_fifo perl -MFcntl -e '
			my $flags = fcntl(STDOUT, F_GETFL, 0);
			fcntl(STDOUT, F_SETFL, $flags | O_NONBLOCK) or die;
			for my $size (4096, 1) { 1 while defined syswrite(STDOUT, "x" x $size) }
			fcntl(STDOUT, F_SETFL, $flags) or die;
			exec @ARGV' "$SHMTOOL" attach "$id"
		wait_until 20 eval '[ "$(proc_shm "$id" nattch)" = 1 ] && is_stuck'
		kill "-$signal" "$BACKGROUND_PID"
		await || fail "$signal does not end it"
		assert_stderr_empty
		assert_equal "$(proc_shm "$id" nattch)" 0
		exec 9<&-
	done
}

@test "probe-pages: reports pages beyond the end even with SIGBUS and SIGSEGV blocked" {
	page=$(getconf PAGESIZE)
	head -c "$page" /dev/urandom >file
	run_apart "${blocking_faults[@]}" "$SHMTOOL" probe-pages --json --pages 3 ./file
	assert_success
	assert_stderr_empty
	blocked=$output
	run_tool probe-pages --json --pages 3 ./file
	assert_success
	assert_equal "$blocked" "$output"
	assert_output --partial SIGBUS
}

@test "map-file --write: a full file system is a sentence also where SIGBUS and SIGSEGV are blocked" {
	require_root
	mount -t tmpfs -o size=64k,mode=1777 tmpfs mounted
	truncate -s 1M mounted/file
	head -c 200000 /dev/zero | tr '\0' x >input
	run_apart bash -c '"$@" <input' bash "${blocking_faults[@]}" "$SHMTOOL" map-file --write - mounted/file
	assert_fails map-file 'room|space|full'
	run_apart "${blocking_faults[@]}" "$SHMTOOL" map-file --write x --at 900000 mounted/file
	assert_fails map-file 'room|space|full'
}

#
# Sorting
#

@test "read --sort: texts with a long common beginning" {
	# Their values, in the order of the records: c..., a..., b...
	perl -e 'for my $last ("c", "a", "d", "b") { print pack("a1000", "x" x 900 . $last) }' >/dev/shm/shmtool-test
	for sort in a:abcd -a:dcba; do
		run_tool read /shmtool-test --record 'char a[1000];' --raw --no-headings -o a --sort "${sort%:*}"
		assert_success
		assert_equal "$(printf '%s\n' "${lines[@]}" | tr -d 'x\n')" "${sort#*:}"
	done
}

@test "read --sort: inf, -inf and nan among numbers" {
	perl -e 'print pack("d*", 3, "inf", -1e300, "nan", "-inf", 20, 0.5)' >/dev/shm/shmtool-test
	run_tool read /shmtool-test --record 'double a;' --raw --no-headings -o a --sort a
	assert_success
	assert_equal "$(printf '%s ' "${lines[@]/#-nan/nan}")" '-inf -1e+300 0.5 3 20 inf nan '
	run_tool read /shmtool-test --record 'double a;' --json -o a --sort a
	assert_success
	assert_equal "$(json 'map(.a | tostring | sub("1.7976931348623157e\\+?308"; "inf")) | .[0], .[2:5][], .[5], .[6]' |
		sed 's/^-nan$/nan/' | tr '\n' ' ')" '-inf 0.5 3 20 inf nan '
}

#
# Names and files
#

@test "write --create --sync: without a disk, a usage error that leaves no file" {
	run_tool write --create --sync --string x file:/dev/shm/shmtool-file
	assert_usage_error write '--sync'
	run_apart bash -c 'echo x | "$SHMTOOL" write --create --size 10 --sync file:/dev/shm/shmtool-file'
	assert_usage_error write '--sync'
	run_apart bash -c 'cd /dev/shm && "$SHMTOOL" write --create --sync --size 10 --string x ./shmtool-file'
	assert_usage_error write '--sync'
	assert_no_objects
}

@test "write --create --size: an existing larger object keeps its size" {
	id=$("$HELPERS/make_keyed" 0x5eed 10 600)
	printf .......... | tee file >/dev/shm/shmtool-test
	for ref in 0x5eed /shmtool-test ./file; do
		run_tool write --create --size 4 --string 0123456789 "$ref"
		assert_success
		assert_stderr_empty
		run_tool write --create --size 4 --offset 8 --string XY "$ref"
		assert_success
		# And no larger than that, whatever is asked for.
		run_tool write --create --size 20 --string 0123456789a "$ref"
		assert_fails write '(^|[^0-9])11 bytes' '(^|[^0-9])10([^0-9]|$)'
	done
	assert_equal "$("$HELPERS/dump_segment" "$id") $(cat file /dev/shm/shmtool-test)" \
		'01234567XY 01234567XY01234567XY'
}

@test "map-file: a FIFO is not opened, and a process at its other end stays blocked" {
	mkfifo line
	# The writer.
	background perl -e '$| = 1; print "ready\n"; open(my $line, ">", "line") or die;
		syswrite($line, "message") or die'
	wait_until 20 eval 'grep -q ready background.out && grep -q "^State:.S" "/proc/$BACKGROUND_PID/status"'
	run_apart timeout 20 "$SHMTOOL" map-file ./line
	assert_fails map-file 'line: .*(FIFO|pipe)'
	assert_equal "$(timeout 20 cat line)" message
	await
	assert_success
	assert_equal "$stderr" ''
	# The reader.
	background perl -e '$| = 1; print "ready\n"; open(my $line, "<", "line") or die; print <$line>'
	wait_until 20 eval 'grep -q ready background.out && grep -q "^State:.S" "/proc/$BACKGROUND_PID/status"'
	run_apart timeout 20 "$SHMTOOL" map-file --write x ./line
	assert_fails map-file 'line: .*(FIFO|pipe)'
	timeout 20 bash -c 'printf message >line'
	await
	assert_success
	assert_output $'ready\nmessage'
}

@test "write: from a non-blocking pipe that has nothing yet" {
	id=$(new_segment 10)
	make_object shmtool-test . 10
	make_object shmtool-other . 10
	cp /dev/shm/shmtool-test file
	mkfifo fifo
	for ref in "$id" /shmtool-test ./file; do
		background bash -c 'exec "$@" <fifo' bash "${nonblocking[@]}" 0 "$SHMTOOL" write "$ref"
		exec 8>fifo
		for part in 01 234 56789; do
			wait_until 20 sleeps "$BACKGROUND_PID" || fail "$ref: $(cat background.err)"
			printf %s "$part" >&8
		done
		exec 8>&-
		await
		assert_success
		assert_stderr_empty
	done
	assert_equal "$("$HELPERS/dump_segment" "$id") $(cat file /dev/shm/shmtool-test)" \
		'0123456789 01234567890123456789'
}

@test "write: a full object is noticed when more comes from a non-blocking pipe" {
	id=$(new_segment 10)
	make_object shmtool-test . 10
	cp /dev/shm/shmtool-test file
	mkfifo fifo
	for ref in "$id" /shmtool-test ./file; do
		for first in 0123456789 0123456789ab; do
			background bash -c 'exec "$@" <fifo' bash "${nonblocking[@]}" 0 "$SHMTOOL" write "$ref"
			exec 8>fifo
			wait_until 20 sleeps "$BACKGROUND_PID" || fail "$ref: $(cat background.err)"
			printf %s "$first" >&8
			if [ "$first" = 0123456789 ]; then
				# All that fits has come, but not the end.
				wait_until 20 eval '[ "$("$SHMTOOL" read "$ref")" = 0123456789 ]'
				wait_until 20 sleeps "$BACKGROUND_PID" || fail "$ref: $(cat background.err)"
				printf ab >&8
			fi
			exec 8>&-
			await
			assert_one_sentence '^shmtool: write: ' '(^|[^0-9])10 bytes' 'more input is left'
		done
	done
}

@test "map-file --write - --sync: bytes stored before a failure are written back" {
	require_strace
	page=$(getconf PAGESIZE)
	head -c "$page" /dev/zero >file
	head -c $((2 * page)) /dev/zero | tr '\0' x >input
	for sync in --sync:MS_SYNC --sync=async:MS_ASYNC; do
		run_apart bash -c 'cat input | strace -qq -o trace -e trace=msync "$SHMTOOL" map-file --write - "$1" ./file' \
			bash "${sync%:*}"
		assert_one_sentence '^shmtool: map-file: (\./)?file: '
		grep -qE "^msync\(.*${sync#*:}\) += 0" trace || fail "$sync: no msync: $(cat trace)"
	done
	assert_equal "$(tr -d x <file | wc -c)" 0
}

#
# Options and numbers
#

@test "attach REF -- CMD under POSIXLY_CORRECT" {
	id=$(new_segment 4096)
	printf content >file
	for command in "attach $id" 'map-file ./file'; do
		# shellcheck disable=SC2086 # several words
		run_apart env POSIXLY_CORRECT=1 "$SHMTOOL" $command -- sh -c 'echo "$SHMTOOL_REF" "$@" >out; exit 5' sh -- -x
		assert_failure 5
		assert_regex "$(cat out)" '^[^ ]+ -- -x$'
	done
	run_apart env POSIXLY_CORRECT=1 "$SHMTOOL" create --anonymous --size 4K -- sh -c 'exit 6'
	assert_failure 6
}

@test "attach --at --round: an address that would be rounded down to none" {
	id=$(new_segment 4096)
	for at in 100 0 0xfff; do
		run_tool attach --at "$at" --round --for 1s "$id"
		assert_usage_error attach '--at'
	done
}

@test "attach FILE --at, below what unprivileged users may map: the sentence names no seal" {
	as_user "$HELPERS/make_object" /shmtool-test 4096
	run_below_minimum attach /shmtool-test --at 0x1000 --for 1s
	assert_fails attach /shmtool-test 'permit|permission|allow'
	refute_stderr_like 'seal'
}

@test "probe-pages --pages: more than there is memory for the answer is a sentence at once" {
	require_plain_build
	kilobytes=$(awk '$1 == "MemTotal:" || $1 == "SwapTotal:" { sum += $2 } END { print sum }' /proc/meminfo)
	printf content >file
	for pages in $((kilobytes * 512 + 1)) $((kilobytes * 1024)); do
		# Should it begin nevertheless, it does not get far: 2 bytes a page that it has touched.
		run_apart timeout --signal=KILL 5 "$SHMTOOL" probe-pages --pages "$pages" ./file
		assert_fails probe-pages 'memory'
	done
}

@test "read --layout: takes no memory for a record, however large" {
	require_plain_build
	run_apart bash -c 'ulimit -v 500000; exec "$SHMTOOL" read --record "char a[9000000000];" --layout --json'
	assert_success
	assert_stderr_empty
	assert_output --partial 9000000000
}

#
# Found by reading the manual
#

@test "write --count: only the first records; too few of them write nothing" {
	printf '\377%.0s' {1..12} >three.dat
	run_apart bash -c 'printf "n\n1\n2\n3\n" | "$SHMTOOL" write ./three.dat --record "int n;" --count 2'
	assert_success
	assert_equal "$(od -An -td4 three.dat | xargs)" '1 2 -1'
	run_apart bash -c 'printf "n\n7\n" | "$SHMTOOL" write ./three.dat --record "int n;" --count 2'
	assert_fails write 'only 1 of 2 records'
	assert_equal "$(od -An -td4 three.dat | xargs)" '1 2 -1'
}

@test "read --follow: a file that grows, and one that becomes shorter, is printed again" {
	printf abc >file
	background "$SHMTOOL" read ./file --follow --format string
	wait_until 20 grep -qx abc background.out
	printf def >>file
	wait_until 20 grep -qx abcdef background.out
	truncate -s 2 file
	wait_until 20 grep -qx ab background.out
	kill -INT "$BACKGROUND_PID"
	status=0
	wait "$BACKGROUND_PID" || status=$?
	assert_equal "$status" 130
	assert_equal "$(cat background.err)" ''
}

@test "map-file and attach FILE -- PROGRAM: SHMTOOL_REF holds after a change of directory" {
	printf content >file
	run_tool map-file file --raw --no-headings -o bytes -- sh -c 'cd / && exec "$SHMTOOL" read "$SHMTOOL_REF"'
	assert_success
	assert_output $'7\ncontent'
	run_tool attach -q ./file -- sh -c 'cd / && exec "$SHMTOOL" read "$SHMTOOL_REF"'
	assert_success
	assert_output content
}

@test "attach ID --: without a program it does not hold forever" {
	id=$(new_segment 4096)
	run_tool attach "$id" --
	assert_usage_error attach 'no program'
}

@test "map-file --write: beyond the end of the file only with --length" {
	head -c 9000 /dev/zero >file
	run_tool map-file file --write 12345 --at 8997
	assert_fails map-file "5 bytes don't fit at 8997" '--length'
	run_apart bash -c 'head -c 10000 /dev/zero | tr "\0" x | "$SHMTOOL" map-file file --write -'
	assert_fails map-file '9000 bytes were stored' 'more input is left' '--length'
	assert_equal "$(tr -dc x <file | wc -c)" 9000
	run_tool map-file file --length 12288 --write 12345 --at 8997 --raw --no-headings -o bytes
	assert_success
	assert_equal "$(tail -c 3 file)" 123
}

@test "map-file --write -: a signal while it waits for input ends it" {
	mkfifo input.fifo
	env --default-signal=INT "$SHMTOOL" map-file file --create --size 4096 --write - \
		<input.fifo >out 2>err 3>&- &
	local pid=$!
	exec 7>input.fifo
	printf hello >&7
	wait_until 20 grep -q hello file
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	exec 7>&-
	assert_equal "$status" 130
	assert_regex "$(cat err)" 'interrupted: 5 bytes were stored'
}

@test "read --record -o: an unknown column is reported before anything else" {
	printf '%s' 0123456789 >file
	run_tool read ./file --record 'int n;' -o nope
	assert_usage_error read "unknown column 'nope'"
	refute_stderr_like 'left over'
}
