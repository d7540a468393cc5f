#!/usr/bin/env bats
# map-file: its report about a mapping, its work on it, and the message of each failure.

load test_helper
load truth

setup() {
	common_setup
	page=$(getconf PAGESIZE)
}

teardown() {
	umount_shm
	common_teardown
}

# make_file NAME SIZE: a file of random bytes.
make_file() {
	head -c "$2" /dev/urandom >"$1"
}

# assert_report COLUMN VALUE...: checks the last --json output.
assert_report() {
	while (($#)); do
		assert_equal "$1=$(json ".[0].$1")" "$1=$2"
		shift 2
	done
}

# assert_nothing_beyond: the mapping does not contain the end of the file, or no byte after it.
assert_nothing_beyond() {
	assert_equal "$(json '.[0].beyond_end // 0')" 0
}

# map_in_background ARGUMENT...: starts map-file --json and waits for its report; sets mapper, and
# output to the report.
map_in_background() {
	background shmtool map-file --json "$@"
	mapper=$BACKGROUND_PID
	# jq 1.6 is content with an empty file.
	wait_until 20 eval "jq -e '.[0].address' background.out | grep -q ." ||
		fail "no report; stderr: $(cat background.err)"
	output=$(cat background.out)
}

# maps_line FILE: the line of the mapper's /proc/PID/maps that has FILE.
maps_line() {
	grep -F -e "$(realpath "$1")" "/proc/$mapper/maps"
}

# smaps_kilobytes FIELD FILE: a field of the mapper's smaps for FILE.
smaps_kilobytes() {
	awk -v field="$1:" -v file="$(realpath "$2")" '
		/^[0-9a-f]+-[0-9a-f]+ / { in_file = index($0, file) > 0 }
		in_file && $1 == field { print $2 }' "/proc/$mapper/smaps"
}

# run_injecting CALL ERRNO ARGUMENT...: runs map-file on the file people.dat with a system call that
# fails. mmap fails for the file alone, not for the program's own libraries.
run_injecting() {
	local call=$1 error=$2 filter=()
	shift 2

	# On 32 bit, the call is mmap2.
	[ "$call" != mmap ] || { call='/^mmap2?$' && filter=(-P "$PWD/people.dat"); }
	[ "$call" != mlock ] || call=mlock,mlock2
	run_apart strace -qq -o trace "${filter[@]}" -e "trace=$call" -e "inject=$call:error=$error" \
		"$SHMTOOL" map-file ./people.dat "$@"
	grep -q INJECTED trace || fail "map-file $* called no $call"
}

# assert_sentence REGEX...: status 1 and one sentence that names the file and does not end in the C
# library's own few words for the errno.
assert_sentence() {
	assert_failure 1
	assert_equal "${#stderr_lines[@]}" 1
	assert_regex "$stderr" '^shmtool: map-file: (\./)?[^ ]+: .+'
	assert_stderr_like "$@"
	refute_stderr_like ': (cannot allocate memory|invalid argument|no such device|operation not permitted|device or resource busy|value too large for defined data type|bad file descriptor|resource temporarily unavailable|too many open files in system|file exists|input/output error|bad address)$'
}

#
# The report
#

@test "map-file: a file that ends within its last page" {
	make_file people.dat $((2 * page + 1808))
	run_tool map-file --json people.dat
	assert_success
	assert_stderr_empty
	assert_report length $((2 * page + 1808)) protection r-- sharing shared offset 0 pages 3 \
		bytes $((2 * page + 1808)) end_page 3 end_offset 1808 beyond_end $((page - 1808)) sigbus null
}

@test "map-file: the columns, in order" {
	make_file people.dat 5000
	run_tool map-file --json people.dat
	assert_success
	assert_equal "$(json 'length, (.[0] | keys_unsorted | join(" "))')" \
		$'1\nfile address length protection sharing offset pages page_size bytes end_page end_offset beyond_end sigbus'
}

@test "map-file: the file is named as it was given, the address is where it lies" {
	make_file people.dat 5000
	run_tool map-file --json people.dat
	assert_success
	assert_regex "$(json '.[0].file')" 'people\.dat$'
	assert_regex "$(json '.[0].address')" '^0x[0-9a-f]+$'
}

@test "map-file: as a block of properties and values" {
	make_file people.dat 5000
	run_tool map-file people.dat
	assert_success
	assert_stderr_empty
	assert_equal "$(detail bytes)" 5000
	assert_equal "$(detail protection)" r--
	assert_equal "$(detail sharing)" shared
	assert_equal "$(detail pages)" $((5000 / page + 1))
	refute_output --regexp '[[:blank:]]$'
}

@test "map-file --length: beyond the file, a touch raises SIGBUS from the next page on" {
	make_file people.dat $((2 * page - 99))
	run_tool map-file --json --length $((5 * page)) people.dat
	assert_success
	assert_report length $((5 * page)) pages 5 end_page 2 end_offset $((page - 99)) beyond_end 99 \
		sigbus $((2 * page))
}

@test "map-file --length: a mapping that ends before the file does has no end in it" {
	make_file people.dat $((3 * page))
	run_tool map-file --json --length "$page" people.dat
	assert_success
	assert_report length "$page" pages 1 bytes $((3 * page)) end_page null end_offset null sigbus null
	assert_nothing_beyond
}

@test "map-file --length: with K, M and G" {
	make_file people.dat 100
	run_tool map-file --json --length 1M people.dat
	assert_success
	assert_report length 1048576 pages $((1048576 / page)) sigbus "$page"
}

@test "map-file: of a file of whole pages no byte lies beyond the end" {
	make_file people.dat $((2 * page))
	run_tool map-file --json --length $((3 * page)) people.dat
	assert_success
	assert_report beyond_end 0 sigbus $((2 * page))
	run_tool map-file --json people.dat
	assert_success
	assert_report beyond_end 0 sigbus null
}

@test "map-file --offset: pages and places count from the mapping's beginning" {
	make_file people.dat $((2 * page + 10))
	run_tool map-file --json --offset "$page" --length $((3 * page)) people.dat
	assert_success
	assert_report offset "$page" length $((3 * page)) pages 3 bytes $((2 * page + 10)) \
		end_page 2 end_offset 10 beyond_end $((page - 10)) sigbus $((2 * page))
	run_tool map-file --json --offset "$page" people.dat
	assert_success
	assert_report length $((page + 10)) pages 2 sigbus null
}

@test "map-file --offset: a mapping all beyond the end raises SIGBUS at once" {
	make_file people.dat 10
	run_tool map-file --json --offset $((4 * page)) --length "$page" people.dat
	assert_success
	assert_report end_page null sigbus 0
	assert_nothing_beyond
}

@test "map-file --offset: not a multiple of the page size, with the nearest multiples" {
	make_file people.dat $((4 * page))
	run_tool map-file --offset $((page + 5)) people.dat
	assert_usage_error map-file '--offset' "$((page + 5))" "(^|[^0-9])$page([^0-9]|$)" "$((2 * page))"
	run_tool map-file --offset 1 people.dat
	assert_usage_error map-file '--offset' '(^|[^0-9])0([^0-9]|$)' "(^|[^0-9])$page([^0-9]|$)"
}

@test "map-file: the numbers are those of a mapping that really ends there" {
	# Touched with the tests' own mapping: the last byte that map-file calls reachable is, the one at
	# sigbus is not.
	make_file people.dat $((page + 100))
	run_tool map-file --json --length $((3 * page)) people.dat
	assert_success
	last=$(($(json '.[0].bytes') + $(json '.[0].beyond_end') - 1))
	run "$HELPERS/mapping" read people.dat "$last" 1
	assert_equal "$status" 0
	run bash -c 'exec "$HELPERS/mapping" read people.dat "$1" 1 | cat' bash "$(json '.[0].sigbus')"
	run "$HELPERS/mapping" read people.dat $((last + 1)) 1
	[ "$status" -ne 0 ]
}

@test "map-file: claims of the bytes beyond the end nothing that is not true everywhere" {
	make_file people.dat 100
	run_tool map-file people.dat
	assert_success
	# On ext4 they stay in the page cache until the write-back.
	refute_output --regexp 'wiped (at once|when (it|the mapping) ends)'
}

#
# The mapping, as the kernel has it
#

@test "map-file --hold: the address, the protection and the offset are those in /proc/PID/maps" {
	make_file people.dat $((3 * page))
	map_in_background --offset "$page" --hold 60s people.dat
	assert_equal "$(maps_line people.dat | awk '{ sub("-.*", "", $1); print "0x" $1, $2, $3 }')" \
		"$(json '.[0].address') r--s $(printf '%08x' "$page")"
	assert_equal "$(maps_line people.dat | awk '{ print $1 }' |
		perl -ne 'print hex($2) - hex($1) if /(.*)-(.*)/')" $((2 * page))
}

@test "map-file --hold: ends at its time with status 0" {
	make_file people.dat 100
	run_tool map-file --hold 1s people.dat
	assert_success
	assert_stderr_empty
}

@test "map-file --hold: a signal ends it with status 0" {
	make_file people.dat 100
	for signal in INT TERM HUP; do
		: >background.out
		map_in_background --hold 60s people.dat
		kill "-$signal" "$mapper"
		status=0
		wait "$mapper" || status=$?
		assert_equal "$signal $status" "$signal 0"
	done
}

@test "map-file --hold: an invalid duration is a usage error" {
	make_file people.dat 100
	run_tool map-file --hold soon people.dat
	assert_usage_error map-file '--hold' soon
}

@test "map-file: without --hold it does not wait" {
	make_file people.dat 100
	run_apart timeout 60 "$SHMTOOL" map-file people.dat
	assert_success
}

@test "map-file --private: a copy of its own" {
	make_file people.dat $((2 * page))
	cp people.dat before
	map_in_background --private --write changed --at 5 --hold 60s people.dat
	assert_report sharing private protection rw-
	assert_regex "$(maps_line people.dat)" ' rw-p '
	cmp people.dat before
}

@test "map-file --private --write: needs no permission to write the file" {
	require_root
	make_file people.dat 100
	chmod 644 people.dat
	run_tool_as_user map-file --json --private --write x people.dat
	assert_success
	assert_report sharing private protection rw-
}

@test "map-file --prot: every combination, as /proc/PID/maps shows it" {
	require_native PROT_EXEC
	make_file people.dat "$page"
	chmod 755 people.dat
	for prot in r:r-- w:-w- x:--x r,w:rw- r,x:r-x w,x:-wx r,w,x:rwx none:---; do
		: >background.out
		map_in_background --prot "${prot%:*}" --hold 60s people.dat
		assert_equal "$prot $(json '.[0].protection')" "$prot ${prot#*:}"
		assert_regex "$(maps_line people.dat)" " ${prot#*:}s "
		kill "$mapper"
		wait "$mapper" || true
	done
}

@test "map-file --prot: an invalid letter, none with others, an empty value" {
	make_file people.dat 100
	for prot in q r,q none,r ''; do
		run_tool map-file --prot "$prot" people.dat
		assert_usage_error map-file '--prot'
	done
}

@test "map-file --prot r --write: cannot be written" {
	make_file people.dat 100
	cp people.dat before
	run_tool map-file --prot r --write x people.dat
	assert_usage_error map-file '--prot' '--write'
	cmp people.dat before
}

@test "map-file: reads a file that may not be written" {
	require_root
	make_file people.dat 100
	chmod 444 people.dat
	run_tool_as_user map-file --json people.dat
	assert_success
	assert_report protection r-- bytes 100
}

@test "map-file --populate: all pages are there; without it, none is" {
	require_native MAP_POPULATE
	make_file people.dat $((64 * page))
	map_in_background --hold 60s people.dat
	assert_equal "$(smaps_kilobytes Rss people.dat)" 0
	kill "$mapper"
	wait "$mapper" || true
	: >background.out
	map_in_background --populate --hold 60s people.dat
	assert_equal "$(smaps_kilobytes Rss people.dat)" $((64 * page / 1024))
}

@test "map-file --populate: a mapping beyond the end of the file does not crash" {
	make_file people.dat $((2 * page))
	run_tool map-file --json --populate --length $((10 * page)) ./people.dat
	[ "$status" -eq 0 ] || assert_fails map-file 'people\.dat: ' "$((2 * page))"
}

@test "map-file --lock: the pages are locked" {
	require_plain_build # AddressSanitizer makes nothing of mlock
	require_root
	make_file people.dat $((16 * page))
	map_in_background --lock --hold 60s people.dat
	assert_equal "$(smaps_kilobytes Locked people.dat)" $((16 * page / 1024))
}

@test "map-file --lock: within RLIMIT_MEMLOCK an ordinary user may" {
	require_plain_build
	make_file people.dat $((2 * page))
	run_apart as_user bash -c 'ulimit -l 64; "$SHMTOOL" map-file --json --lock people.dat'
	assert_success
}

@test "map-file: looking does not change the file's times, nor its content" {
	make_file people.dat 5000
	cp people.dat before
	touch -d '2020-01-01 00:00:00' people.dat
	run_tool map-file people.dat
	assert_success
	assert_equal "$(stat -c '%Y %s' people.dat)" '1577836800 5000'
	cmp people.dat before
}

#
# Files
#

@test "map-file: file:PATH, a path with and without a slash, a link" {
	mkdir 'a directory'
	make_file 'a directory/people.dat' 100
	ln -s 'a directory/people.dat' link
	make_file people.dat 100
	for file in people.dat ./people.dat file:people.dat "$PWD/people.dat" 'file:a directory/people.dat' link; do
		run_tool map-file --json "$file"
		assert_success
		assert_report bytes 100
	done
}

@test "map-file: a POSIX object by its file" {
	require_private_namespace
	"$HELPERS/make_object" /shmtool-test $((3 * page))
	run_tool map-file --json /dev/shm/shmtool-test
	assert_success
	assert_report bytes $((3 * page)) pages 3
	assert_equal "$(object_stat shmtool-test '%s %b')" "$((3 * page)) 0"
}

@test "map-file: the file of a descriptor of a process" {
	"$HELPERS/hold_memfd" 5000 </dev/null >held 3>&- &
	wait_until 20 test -s held
	run_tool map-file --json "$(cat held)"
	assert_success
	assert_report bytes 5000
	assert_equal "$(json '.[0].file')" "$(cat held)"
}

@test "map-file: a deleted file through a descriptor" {
	make_file people.dat 5000
	exec 7<people.dat
	rm people.dat
	run_tool map-file --json pid:$$:fd:7
	assert_success
	assert_report bytes 5000
	exec 7<&-
}

@test "map-file: a file with control characters in its name shows none of them" {
	make_file $'evil\033[31m\n.dat' 100
	run_tool map-file $'./evil\033[31m\n.dat'
	assert_success
	refute_output --partial $'\033'
	run_tool map-file $'./nothing\033[31m'
	assert_fails map-file 'nothing'
	[[ $stderr != *$'\033'* ]]
}

@test "map-file --create --size: makes the file" {
	umask 027
	run_tool map-file --json --create --size 5000 new.dat
	assert_success
	assert_report bytes 5000
	assert_equal "$(stat -c '%s %a' new.dat)" '5000 640'
}

@test "map-file --create --size: an unprivileged user owns the file" {
	run_tool_as_user map-file --create --size 4K --write hello new.dat
	assert_success
	assert_equal "$(head -c 5 new.dat)" hello
	[ "$EUID" -ne 0 ] || assert_equal "$(stat -c %u new.dat)" 65534
}

@test "map-file --create --size: an existing file is kept as it is" {
	make_file people.dat 100
	cp people.dat before
	run_tool map-file --json --create --size 5000 people.dat
	assert_success
	assert_report bytes 100
	cmp people.dat before
}

@test "map-file --create: needs --size, and --size needs --create" {
	run_tool map-file --create new.dat
	assert_usage_error map-file '--create' '--size'
	[ ! -e new.dat ]
	make_file people.dat 100
	run_tool map-file --size 200 people.dat
	assert_usage_error map-file '--create' '--size'
	assert_equal "$(stat -c %s people.dat)" 100
}

@test "map-file --create: a usage error makes no file" {
	run_tool map-file --create --size 4K --offset 5 new.dat
	assert_usage_error map-file '--offset'
	run_tool map-file --create --size 4K --prot q new.dat
	assert_usage_error map-file '--prot'
	[ ! -e new.dat ]
}

#
# Writing and syncing
#

@test "map-file --write: the bytes, at the beginning by default" {
	head -c 100 /dev/zero >people.dat
	run_tool map-file --json --write hello people.dat
	assert_success
	assert_report protection rw-
	printf hello >expected
	head -c 95 /dev/zero >>expected
	cmp people.dat expected
}

@test "map-file --write --at: only these bytes change" {
	make_file people.dat $((3 * page))
	cp people.dat expected
	printf 'a text' | dd of=expected bs=1 seek=$((page + 7)) conv=notrunc status=none
	run_tool map-file --write 'a text' --at $((page + 7)) people.dat
	assert_success
	cmp people.dat expected
}

@test "map-file --write --at --offset: --at counts within the mapping" {
	make_file people.dat $((3 * page))
	cp people.dat expected
	printf text | dd of=expected bs=1 seek=$((2 * page + 3)) conv=notrunc status=none
	run_tool map-file --offset $((2 * page)) --write text --at 3 people.dat
	assert_success
	cmp people.dat expected
}

@test "map-file --write -: from standard input, NULs and all" {
	head -c $((5 * page)) /dev/zero >people.dat
	make_file input $((3 * page + 17))
	cp people.dat expected
	dd if=input of=expected bs=1M oflag=seek_bytes seek=5 conv=notrunc status=none
	run_apart bash -c '"$SHMTOOL" map-file --write - --at 5 people.dat <input'
	assert_success
	cmp people.dat expected
	head -c $((5 * page)) /dev/zero >people.dat
	run_apart bash -c 'cat input | "$SHMTOOL" map-file --write - --at 5 people.dat'
	assert_success
	cmp people.dat expected
}

@test "map-file --write: into the rest of the last page, which is not in the file" {
	make_file people.dat 100
	cp people.dat before
	run_tool map-file --length "$page" --write beyond --at 100 people.dat
	assert_success
	assert_equal "$(stat -c %s people.dat)" 100
	cmp people.dat before
}

@test "map-file --write: a string that does not fit is refused before its first byte" {
	make_file people.dat "$page"
	cp people.dat before
	run_tool map-file --write 'too long' --at $((page - 3)) people.dat
	assert_failure 1
	assert_stderr_like '^shmtool: map-file: .*people\.dat: ' '(^|[^0-9])8 bytes' "$((page - 3))"
	cmp people.dat before
	run_tool map-file --write x --at "$page" people.dat
	assert_failure
	cmp people.dat before
}

@test "map-file --write -: excess input from a pipe is reported" {
	make_file people.dat "$page"
	run_apart bash -c 'head -c 100000 /dev/zero | "$SHMTOOL" map-file --write - people.dat'
	assert_failure 1
	assert_stderr_like '^shmtool: map-file: .*people\.dat: ' "$page"
	assert_equal "$(stat -c %s people.dat)" "$page"
}

@test "map-file --write: where it would raise SIGBUS says at which offset, and does not crash" {
	make_file people.dat $((2 * page - 99))
	run_tool map-file --length $((3 * page)) --write abcdefghij --at $((2 * page - 5)) people.dat
	assert_failure 1
	assert_stderr_like '^shmtool: map-file: .*people\.dat: ' "$((2 * page))|$((2 * page - 5))"
	run_tool map-file --length $((3 * page)) --write x --at $((2 * page)) people.dat
	assert_failure 1
	assert_stderr_like "$((2 * page))"
	assert_equal "$(stat -c %s people.dat)" $((2 * page - 99))
}

@test "map-file --write: a file that is truncated meanwhile is an error message" {
	require_strace
	make_file people.dat $((4 * page))
	strace -qq -o trace -P "$PWD/people.dat" -e 'trace=/^mmap2?$' -e 'inject=/^mmap2?$:signal=STOP:when=1' \
		"$SHMTOOL" map-file --write text --at $((3 * page)) ./people.dat >out 2>err 3>&- &
	tracer=$!
	wait_until 20 grep -q 'stopped by SIGSTOP' trace
	truncate -s 10 people.dat
	pkill -CONT -P "$tracer"
	status=0
	wait "$tracer" || status=$?
	stderr=$(cat err)
	assert_equal "$status" 1
	assert_stderr_like '^shmtool: map-file: \./people\.dat: ' "$((3 * page))"
}

@test "map-file --write: no space for the holes of a sparse file ends in a sentence" {
	mount_shm size=64k
	truncate -s 1M /dev/shm/shmtool-sparse
	run_apart bash -c 'head -c 1M /dev/zero | tr "\0" x | "$SHMTOOL" map-file --write - /dev/shm/shmtool-sparse'
	assert_failure 1
	assert_stderr_like '^shmtool: map-file: /dev/shm/shmtool-sparse: ' 'space|full|room'
	assert_stderr_like '[0-9]{4,}'
}

@test "map-file --at: needs --write" {
	make_file people.dat 100
	run_tool map-file --at 5 people.dat
	assert_usage_error map-file '--at' '--write'
}

@test "map-file --sync: written bytes are on disk" {
	require_strace
	make_file people.dat "$page"
	run_apart strace -qq -o trace -e trace=msync,munmap "$SHMTOOL" map-file --write text --sync people.dat
	assert_success
	assert_equal "$(grep -c MS_SYNC trace)" 1
	if "$HELPERS/page_states" people.dat | grep -q dirty; then
		fail 'a page is dirty still'
	fi
}

@test "map-file --sync=async: asks for the write-back and does not wait" {
	require_strace
	make_file people.dat "$page"
	run_apart strace -qq -o trace -e trace=msync "$SHMTOOL" map-file --write text --sync=async people.dat
	assert_success
	grep -q MS_ASYNC trace
	if grep -q MS_SYNC trace; then
		fail 'it waited'
	fi
}

@test "map-file: without --sync nothing is asked for" {
	require_strace
	make_file people.dat "$page"
	run_apart strace -qq -o trace -e trace=msync,fsync,fdatasync "$SHMTOOL" map-file --write text people.dat
	assert_success
	assert_equal "$(cat trace)" ''
}

@test "map-file --sync=: another word is a usage error" {
	make_file people.dat 100
	run_tool map-file --write x --sync=later people.dat
	assert_usage_error map-file '--sync' later
}

@test "map-file --sync --hold: a signal ends it with the write-back done" {
	make_file people.dat "$page"
	map_in_background --write text --sync --hold 60s people.dat
	kill -INT "$mapper"
	status=0
	wait "$mapper" || status=$?
	assert_equal "$status" 0
	assert_equal "$(head -c 4 people.dat)" text
	if "$HELPERS/page_states" people.dat | grep -q dirty; then
		fail 'a page is dirty still'
	fi
}

@test "map-file --hold: other processes see the stores while it holds" {
	head -c "$page" /dev/zero >people.dat
	map_in_background --write text --at 9 --hold 60s people.dat
	wait_until 20 eval '[ "$("$HELPERS/mapping" read people.dat 9 4)" = text ]'
}

#
# -- CMD
#

@test "map-file -- CMD: the report first, then CMD, while the mapping is there" {
	make_file people.dat $((2 * page))
	run_tool map-file people.dat -- sh -c 'echo "CMD runs"; grep -c "people\.dat" "/proc/$PPID/maps"'
	assert_success
	assert_equal "$(detail bytes)" $((2 * page))
	assert_equal "${lines[-2]}" 'CMD runs'
	assert_equal "${lines[-1]}" 1
}

@test "map-file -- CMD: its status is CMD's" {
	make_file people.dat 100
	run_tool map-file people.dat -- sh -c 'exit 7'
	assert_failure 7
	assert_stderr_empty
	run_tool map-file people.dat -- sh -c 'kill -KILL $$'
	assert_failure 137
}

@test "map-file -- CMD: 127 if it is not found, 126 if it cannot be run" {
	make_file people.dat 100
	run_apart bash -c '"$SHMTOOL" map-file people.dat -- ./no-such-command; echo "status $?"'
	assert_line 'status 127'
	assert_stderr_like '^shmtool: map-file: .*no-such-command'
	run_tool map-file people.dat -- ./people.dat
	assert_failure 126
	assert_stderr_like '^shmtool: map-file: .*people\.dat'
}

@test "map-file -- CMD: CMD's input is the caller's" {
	make_file people.dat 100
	run_apart bash -c 'echo hello | "$SHMTOOL" map-file --no-headings --raw -o bytes people.dat -- cat'
	assert_success
	assert_output $'100\nhello'
}

@test "map-file -- CMD: not together with --hold" {
	make_file people.dat 100
	run_tool map-file --hold 1s people.dat -- true
	assert_usage_error map-file '--hold'
}

@test "map-file -- CMD: no program after -- is a usage error" {
	make_file people.dat 100
	run_tool map-file people.dat --
	if [ "$status" -ne 0 ]; then
		assert_usage_error map-file
	fi
}

@test "map-file --sync -- CMD: the write-back comes after CMD" {
	make_file people.dat "$page"
	run_tool map-file --write text --sync people.dat -- "$HELPERS/mapping" read people.dat 0 4
	assert_success
	assert_regex "$output" 'text$'
	if "$HELPERS/page_states" people.dat | grep -q dirty; then
		fail 'a page is dirty still'
	fi
}

#
# Formats
#

@test "map-file --raw -o, --export, --no-headings" {
	make_file people.dat 5000
	run_tool map-file --raw --no-headings -o bytes,pages,sharing people.dat
	assert_success
	assert_output "5000 $((5000 / page + 1)) shared"
	run_tool map-file --raw -o bytes,sharing people.dat
	assert_output $'bytes sharing\n5000 shared'
	run_tool map-file --export people.dat
	assert_success
	eval "$output"
	assert_equal "$BYTES $PROTECTION $SHARING" '5000 r-- shared'
}

@test "map-file --json: numbers are numbers" {
	make_file people.dat 5000
	run_tool map-file --json --length $((4 * page)) people.dat
	assert_success
	assert_equal "$(json -c '.[0] | [.length, .offset, .pages, .bytes, .end_page, .end_offset, .beyond_end, .sigbus] | map(type) | unique')" \
		'["number"]'
}

@test "map-file -o help: lists the columns" {
	run_tool map-file -o help
	assert_success
	for column in file address length protection sharing offset pages bytes end_page end_offset beyond_end sigbus; do
		assert_output --regexp "(^|[[:space:]])$column([[:space:]]|$)"
	done
}

@test "map-file -o: an unknown column" {
	make_file people.dat 100
	run_tool map-file -o colour people.dat
	assert_usage_error map-file colour
}

@test "map-file: a full standard output is an error" {
	make_file people.dat 100
	run_apart bash -c '"$SHMTOOL" map-file people.dat >/dev/full'
	assert_failure 1
	assert_stderr_like 'standard output: .*space'
}

#
# Failures and their messages
#

@test "map-file: no file, two files" {
	run_tool map-file
	assert_usage_error map-file 'file'
	make_file people.dat 100
	run_tool map-file people.dat other.dat
	assert_usage_error map-file
}

@test "map-file: a file that is not there" {
	run_tool map-file nothing.dat
	assert_fails map-file 'nothing\.dat: no such file'
	run_tool map-file ./no/such/directory/people.dat
	assert_fails map-file 'no/such/directory/people\.dat: '
	run_tool map-file --create --size 4K ./no/such/directory/people.dat
	assert_fails map-file 'no/such/directory/people\.dat: '
}

@test "map-file: a path through a file, a loop of links, a name too long" {
	make_file people.dat 100
	ln -s loop loop
	run_tool map-file ./people.dat/more
	assert_fails map-file 'people\.dat/more: ' 'director'
	run_tool map-file ./loop
	assert_fails map-file 'loop: ' 'link'
	run_tool map-file "./$(printf 'n%.0s' {1..300})"
	assert_fails map-file 'long'
}

@test "map-file: shared memory of another kind is refused" {
	require_private_namespace
	id=$(new_segment 4096)
	run_tool map-file "id:$id"
	assert_failure
	assert_output ''
	assert_stderr_like '^shmtool: map-file: .*file'
	run_tool map-file sem:1
	assert_failure
	assert_output ''
}

@test "map-file: an empty file has nothing to map" {
	: >empty.dat
	run_tool map-file empty.dat
	assert_sentence 'empty\.dat: .*empty'
	assert_output ''
}

@test "map-file --length: an empty file can be mapped, and all of it raises SIGBUS" {
	: >empty.dat
	run_tool map-file --json --length "$page" empty.dat
	assert_success
	assert_report bytes 0 pages 1 sigbus 0
	assert_nothing_beyond
}

@test "map-file --length 0: a usage error" {
	make_file people.dat 100
	run_tool map-file --length 0 people.dat
	assert_usage_error map-file '--length'
}

@test "map-file --offset: beyond the end, and no length" {
	make_file people.dat 100
	run_tool map-file --offset $((4 * page)) people.dat
	assert_failure
	assert_output ''
	assert_stderr_like '^shmtool: map-file: .*people\.dat: ' '--length|end|100 bytes'
}

@test "map-file: a directory" {
	mkdir directory
	run_tool map-file ./directory
	assert_sentence 'directory: .*directory'
	assert_output ''
	run_tool map-file --write x ./directory
	assert_sentence 'directory: .*directory'
}

@test "map-file: a device without mmap" {
	for device in /dev/null /dev/full /dev/random; do
		run_tool map-file --length "$page" "$device"
		assert_sentence "$device: .*device" 'mapped|map'
		assert_output ''
	done
}

@test "map-file: a device that can be mapped" {
	run_tool map-file --json --length $((2 * page)) /dev/zero
	assert_success
	assert_report length $((2 * page)) pages 2
}

@test "map-file: a fifo and a socket, without waiting for the other end" {
	mkfifo fifo
	run_apart timeout 60 "$SHMTOOL" map-file --length "$page" ./fifo
	assert_sentence 'fifo: .*(fifo|pipe)'
	perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "socket", Listen => 1) or die'
	run_tool map-file --length "$page" ./socket
	assert_sentence 'socket: .*socket'
}

@test "map-file: a file on a file system without mmap" {
	[ -r /sys/kernel/mm/transparent_hugepage/enabled ] || skip 'needs a kernel with transparent huge pages'
	run_tool map-file /sys/kernel/mm/transparent_hugepage/enabled
	assert_sentence '/sys/kernel/mm/transparent_hugepage/enabled: .*(file system|mapped)'
	assert_output ''
	run_tool map-file --length 100 /proc/self/status
	assert_sentence '/proc/self/status: .*(file system|mapped)'
	run_tool map-file --length 100 /proc/version
	assert_sentence '/proc/version: .+'
}

@test "map-file: no permission to read" {
	require_root
	make_file people.dat 100
	chmod 200 people.dat
	run_tool_as_user map-file people.dat
	assert_sentence 'people\.dat: .*(permi|may not)'
	assert_output ''
}

@test "map-file --write: no permission to write, for a shared writable mapping" {
	require_root
	make_file people.dat 100
	cp people.dat before
	chmod 444 people.dat
	run_tool_as_user map-file --write x people.dat
	assert_sentence 'people\.dat: .*(permi|may not|writ)'
	assert_stderr_like '--private'
	run_tool_as_user map-file --prot r,w people.dat
	assert_sentence 'people\.dat: .*(permi|may not|writ)'
	cmp people.dat before
}

@test "map-file --create: no permission to make the file" {
	require_root
	mkdir locked
	run_tool_as_user map-file --create --size 4K locked/new.dat
	assert_sentence 'locked/new\.dat: .*(permi|may not)'
	[ ! -e locked/new.dat ]
}

@test "map-file --write: a file system that is mounted read-only" {
	mount_shm size=1m
	make_file /dev/shm/shmtool-test 4096
	mount -o remount,ro /dev/shm
	run_tool map-file --write x /dev/shm/shmtool-test
	assert_sentence '/dev/shm/shmtool-test: .*read-only'
	run_tool map-file --create --size 4K /dev/shm/shmtool-new
	assert_sentence '/dev/shm/shmtool-new: .*read-only'
	mount -o remount,rw /dev/shm
}

@test "map-file --prot x: a file system that is mounted noexec" {
	require_native PROT_EXEC
	mount_shm size=1m,noexec
	make_file /dev/shm/shmtool-test 4096
	run_tool map-file --prot r,x /dev/shm/shmtool-test
	assert_sentence '/dev/shm/shmtool-test: .*noexec'
	run_tool map-file --json --prot r /dev/shm/shmtool-test
	assert_success
}

@test "map-file --write: a memfd that is sealed against writing" {
	for seal in write future-write; do
		"$HELPERS/hold_memfd" 5000 "$seal" </dev/null >"held-$seal" 3>&- &
		wait_until 20 test -s "held-$seal"
		ref=$(cat "held-$seal")
		run_tool map-file --write x "$ref"
		assert_sentence "$ref: .*seal"
		run_tool map-file --json "$ref"
		assert_success
		assert_report protection r--
	done
}

@test "map-file --write: a program that runs (ETXTBSY)" {
	cp "$(command -v sleep)" ./program
	./program 300 3>&- &
	wait_until 20 grep -q program "/proc/$!/maps"
	run_tool map-file --write x ./program
	assert_sentence 'program: .*(runs|running|executed)'
	run_tool map-file --json ./program
	assert_success
}

@test "map-file --write: a swap file that is in use (ETXTBSY)" {
	require_root
	"$HELPERS/hold_swap" swapfile 1 >swap.out 2>swap.err 3>&- &
	holder=$!
	wait_until 300 eval "grep -q holding swap.out || ! kill -0 $holder"
	grep -q holding swap.out || skip "needs a swap file: $(cat swap.err)"
	run_tool map-file --prot r,w ./swapfile
	assert_sentence 'swapfile: .*swap'
}

@test "map-file --lock: RLIMIT_MEMLOCK" {
	require_root
	require_plain_build
	make_file people.dat $((64 * page))
	run_apart as_user bash -c 'ulimit -l 0; "$SHMTOOL" map-file --lock ./people.dat'
	assert_sentence 'people\.dat: .*RLIMIT_MEMLOCK|people\.dat: .*ulimit -l'
	run_apart as_user bash -c 'ulimit -l 64; "$SHMTOOL" map-file --lock ./people.dat'
	assert_sentence 'people\.dat: ' 'RLIMIT_MEMLOCK|ulimit -l' '65536|64' "$((64 * page))"
	run_apart as_user bash -c 'ulimit -l 64; "$SHMTOOL" map-file ./people.dat'
	assert_success
}

@test "map-file --length: more than the address space has" {
	require_plain_build
	make_file people.dat 100
	run_apart bash -c 'ulimit -v 500000; "$SHMTOOL" map-file --length 4G ./people.dat'
	assert_sentence 'people\.dat: .*address space|people\.dat: .*RLIMIT_AS' '4G|4294967296'
	run_tool map-file --length 4E ./people.dat
	assert_sentence 'people\.dat: .*address space'
	assert_output ''
}

@test "map-file --offset --length: more than a file can have (EOVERFLOW)" {
	make_file people.dat 100
	run_tool map-file --offset 7E --length 2E ./people.dat
	assert_failure
	assert_output ''
	assert_stderr_like '^shmtool: map-file: .*(people\.dat|--offset|--length)'
	run_tool map-file --offset 9223372036854771712 --length 1M ./people.dat
	assert_failure
	assert_output ''
	assert_stderr_like '^shmtool: map-file: .*(people\.dat|--offset|--length)'
}

@test "map-file: invalid numbers" {
	make_file people.dat 100
	for option in --offset --length --at --size; do
		for value in x -1; do
			run_tool map-file --create --write x --size 100 "$option" "$value" people.dat
			assert_usage_error map-file "$option"
		done
	done
}

@test "map-file: every errno of mmap(2) has its sentence" {
	require_strace
	make_file people.dat "$page"
	for error in EACCES EAGAIN EBADF EEXIST EINVAL ENFILE ENODEV ENOMEM EOVERFLOW EPERM ETXTBSY; do
		echo "# $error"
		run_injecting mmap "$error"
		echo "# $stderr"
		assert_sentence 'people\.dat: .{20}'
		assert_output ''
		printf '%s\n' "$stderr" >>sentences
	done
	assert_equal "$(sort -u sentences | wc -l)" 11
}

@test "map-file: the errnos of mmap(2) for a writable mapping" {
	require_strace
	make_file people.dat "$page"
	for error in EACCES EPERM ETXTBSY EAGAIN ENOMEM; do
		run_injecting mmap "$error" --write x
		echo "# $stderr"
		assert_sentence 'people\.dat: .{20}'
		assert_output ''
	done
}

@test "map-file --sync: every errno of msync(2) has its sentence" {
	require_strace
	make_file people.dat "$page"
	for error in EBUSY EINVAL ENOMEM EIO ENOSPC; do
		echo "# $error"
		run_injecting msync "$error" --write x --sync
		echo "# $stderr"
		assert_sentence 'people\.dat: .{20}'
		printf '%s\n' "$stderr" >>sentences
	done
	assert_equal "$(sort -u sentences | wc -l)" 5
}

@test "map-file --sync=async: a failure is reported, too" {
	require_strace
	make_file people.dat "$page"
	run_injecting msync EBUSY --write x --sync=async
	assert_sentence 'people\.dat: .{20}'
}

@test "map-file --lock: every errno of mlock(2) has its sentence" {
	require_strace
	make_file people.dat "$page"
	for error in EAGAIN EINVAL ENOMEM EPERM; do
		echo "# $error"
		run_injecting mlock "$error" --lock
		echo "# $stderr"
		assert_sentence 'people\.dat: .{20}'
		printf '%s\n' "$stderr" >>sentences
	done
	# EAGAIN and, to root, ENOMEM mean the same.
	[ "$(sort -u sentences | wc -l)" -ge 3 ]
}

@test "map-file --lock: missing pages that cannot be locked" {
	require_root
	make_file people.dat "$page"
	run_tool map-file --lock --length $((4 * page)) ./people.dat
	# Existing pages may be locked, or all refused; but no limit is the cause.
	[ "$status" -eq 0 ] || assert_sentence 'people\.dat: .*(end|beyond|SIGBUS)'
	refute_stderr_like MEMLOCK
}

@test "map-file: --help names every option" {
	run_tool map-file --help
	assert_success
	for option in offset length create size private prot populate lock write at sync hold json raw export output; do
		assert_output --regexp "--$option([^a-z]|$)"
	done
}

#
# Anywhere in the file, and records
#

@test "map-file --write --offset: any byte of the file, and its page is mapped" {
	make_file people.dat $((3 * page))
	cp people.dat expected
	printf 'a text' | dd of=expected bs=1 seek=$((page + 7)) conv=notrunc status=none
	run_tool map-file --write 'a text' --offset $((page + 7)) people.dat --raw --no-headings -o offset,length
	assert_success
	assert_output "$page $((2 * page))"
	cmp people.dat expected
	printf 'from stdin' | dd of=expected bs=1 seek=$((2 * page + 1)) conv=notrunc status=none
	run_apart bash -c 'printf "from stdin" | "$SHMTOOL" map-file --write - --offset "$0" people.dat' \
		$((2 * page + 1))
	assert_success
	cmp people.dat expected
	run_tool map-file --write 'too long' --offset $((3 * page - 3)) people.dat
	assert_fails map-file "8 bytes don't fit"
	run_tool map-file --offset 7 people.dat
	assert_usage_error map-file 'not a multiple of the page size'
}

@test "map-file --record --write: stores records from a text and from standard input" {
	head -c 100 /dev/zero >people.dat
	run_tool map-file people.dat --record 'char name[4]; int age;' --offset 8 \
		--write '[{"name":"ada","age":36},{"name":"bob","age":-1}]'
	assert_success
	assert_output --partial 'Mapping of people.dat'
	assert_equal "$("$SHMTOOL" read ./people.dat --offset 8 --record 'char name[4]; int age;' --count 2 \
		--raw --no-headings)" $'ada 36\nbob -1'
	run_apart bash -c 'printf "name,age\neve,7\n" | "$SHMTOOL" map-file people.dat --header 16 \
		--record "char name[4]; int age;" --write -'
	assert_success
	assert_equal "$("$SHMTOOL" read ./people.dat --offset 16 --record 'char name[4]; int age;' --count 1 \
		--raw --no-headings)" 'eve 7'
	cp people.dat expected
	run_tool map-file people.dat --record 'int n;' --write '{"m":1}'
	assert_fails map-file 'row 1'
	run_tool map-file people.dat --record 'int n[26];' --write "$(printf '{"n":[%s]}' "$(seq -s , 26)")"
	assert_fails map-file "104 bytes don't fit"
	cmp people.dat expected
}

@test "map-file --record: shows the records of the file, and with --length those after its end" {
	mkdir "/dev/shm/$PREFIX_NAME.d"
	cd "/dev/shm/$PREFIX_NAME.d"
	printf '\1\0\0\0\2\0\0\0' >data
	run_tool map-file data --record 'int n;' --raw --no-headings
	assert_success
	assert_output $'1\n2'
	run_tool map-file data --record 'int n;' --write '[{"n":3},{"n":4}]' --offset 8 --length 8
	assert_success
	run_tool map-file data --record 'int n;' --offset 4 --length 12 --json
	assert_success
	assert_output $'[\n{"n":2},\n{"n":3},\n{"n":4}\n]'
	assert_equal "$(stat -c %s data)" 8
	run_tool map-file data --record 'int n;' --length $((3 * page)) --raw --no-headings
	assert_success
	assert_equal "${#lines[@]}" $((page / 4))
	run_tool map-file data --record 'int n;' --prot w
	assert_usage_error map-file '--record needs --prot'
	run_tool map-file data --packed
	assert_usage_error map-file '--packed needs --record'
}
