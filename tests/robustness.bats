#!/usr/bin/env bats
# Actions of other processes at the wrong moment, and unusual environments: signals, leases,
# directories of other modes, users with strange names.

load test_helper
load truth

# with_passwd LINE...: adds users for the rest of the test.
with_passwd() {
	require_root
	cp /etc/passwd passwd
	printf '%b\n' "$@" >>passwd
	mount --bind passwd /etc/passwd
	mounted_passwd=yes
}

drop_passwd() {
	[ -z "${mounted_passwd-}" ] || umount /etc/passwd
}

@test "create: a signal in the middle leaves no segment, and no id" {
	require_strace
	# A mode that the umask takes bits of is set afterwards, by shmctl(2).
	for call in shmget shmctl; do
		run_apart strace -f -qq -o trace -e "inject=$call:signal=TERM:when=1" \
			"$SHMTOOL" create --size 4096 --mode 666
		grep -q SIGTERM trace
		assert_failure 143
		assert_output ''
		assert_no_segments
	done
	run_apart strace -f -qq -o trace -e inject=madvise:signal=INT:when=1 "$SHMTOOL" create --size 1M --populate
	assert_failure 130
	assert_output ''
	assert_no_segments
}

@test "create --posix: a signal in the middle leaves no object, and no name" {
	require_strace
	for call in fallocate linkat; do
		run_apart strace -f -qq -o trace -e "inject=$call:signal=TERM:when=1" \
			"$SHMTOOL" create --posix shmtool-cut --size 4096
		assert_failure 143
		assert_output ''
		assert_no_objects
	done
}

@test "create: a signal that the caller ignores changes nothing" {
	require_strace
	run_apart bash -c 'trap "" INT HUP
		exec strace -f -qq -o trace -e inject=madvise:signal=INT:when=1 -e inject=shmget:signal=HUP:when=1 \
			"$SHMTOOL" create --size 1M --populate'
	assert_success
	assert_segment_exists "$output"
}

@test "stat: breaks no lease of another process" {
	head -c 4096 /dev/zero >/dev/shm/shmtool-leased
	"$HELPERS/sem_make" /shmtool-leased 3
	for file in shmtool-leased sem.shmtool-leased; do
		mkfifo "in-$file"
		"$HELPERS/hold_lease" "/dev/shm/$file" <"in-$file" >"out-$file" 3>&- &
		BACKGROUND_PIDS+=("$!")
		exec 7>"in-$file"
		wait_until 20 grep -q held "out-$file"
		run_tool stat --kind all -o +rss,value
		assert_success
		run_tool stat /shmtool-leased psem:/shmtool-leased
		assert_success
		run_tool __complete rm ''
		assert_success
		exec 7>&-
		wait_until 20 grep -qE 'kept|broken' "out-$file"
		assert_equal "$(tail -n 1 "out-$file")" kept
	done
	run_tool stat --kind psem --raw --no-headings -o value
	assert_output 3
}

@test "stat REF twice: both have all values" {
	id=$(new_segment 4096)
	run_tool stat "$id" "id:$id" -o rss,swap,used --raw --no-headings
	assert_success
	assert_equal "$output" $'0 0 0\n0 0 0'
}

@test "a listing that is not allowed to look at the files says so" {
	require_root
	"$HELPERS/make_object" /shmtool-hidden 4096 644
	chmod 744 /dev/shm
	run_tool_as_user stat
	chmod 1777 /dev/shm
	assert_failure 1
	assert_stderr_like '/dev/shm' 'permission denied'
}

@test "a directory that can be searched and not listed: named objects work" {
	require_root
	chmod 1733 /dev/shm
	run_tool_as_user create --posix shmtool-unlisted --size 4096
	assert_success
	run_tool_as_user stat /shmtool-unlisted
	assert_success
	run_tool_as_user set --mode 640 /shmtool-unlisted
	assert_success
	assert_equal "$(object_stat shmtool-unlisted %a)" 640
	run_tool_as_user rm /shmtool-unlisted
	assert_success
	chmod 1777 /dev/shm
	refute_object_exists shmtool-unlisted
}

@test "set --size --mode: a mode that another process sets meanwhile is kept" {
	require_strace
	"$HELPERS/make_object" /shmtool-both 4096 600
	strace -f -qq -o trace -e inject=fallocate:delay_exit=2000000 \
		"$SHMTOOL" set --size 8K --mode g+w /shmtool-both 3>&- &
	local pid=$!
	wait_until 20 eval '[ "$(stat -c %s /dev/shm/shmtool-both)" = 8192 ]'
	chmod 604 /dev/shm/shmtool-both
	wait "$pid"
	assert_equal "$(object_stat shmtool-both %a)" 624
}

@test "users whose numbers differ by a round number keep their columns apart" {
	require_root
	for uid in 1 318 1025 2049; do
		"$HELPERS/make_object" "/shmtool-$uid" 4096 600
		chown "$uid" "/dev/shm/shmtool-$uid"
	done
	run_tool stat --no-headings -o owner,bytes --kind pshm
	assert_success
	# The second column begins at the same place in every line.
	assert_equal "$(awk '{ print index($0, " 4096") }' <<<"$output" | sort -u | wc -l)" 1
}

@test "names of users are shown in full" {
	with_passwd 'averyveryverylongname.of.a.domain.user:x:54321:54321::/:/bin/false'
	"$HELPERS/make_object" /shmtool-long 4096 600
	chown 54321 /dev/shm/shmtool-long
	run_tool stat --raw --no-headings -o owner
	drop_passwd
	assert_output averyveryverylongname.of.a.domain.user
}

@test "completion shows no escape sequence from a user's full name" {
	with_passwd 'evil:x:54322:54322:\033[31mred\tx\007:/:/bin/false'
	run_tool __complete stat --owner evi
	drop_passwd
	assert_output "$(printf 'evil\t\\033[31mred\\011x\\007\n:list')"
}

@test "set --lock on another user's segment is not blamed on a limit" {
	require_root
	id=$(new_segment 4096)
	run_tool_as_user set --lock "$id"
	assert_fails set "id:$id" 'owned by'
	refute_stderr_like MEMLOCK
}

@test "an unknown letter after other options is named" {
	run_tool stat --json -Zq
	assert_usage_error stat '^shmtool: stat: -Z: unknown option$'
}

@test "create --posix: a name that is a fifo, a directory, a link" {
	mkfifo /dev/shm/shmtool-fifo
	mkdir /dev/shm/shmtool-directory
	ln -s nowhere /dev/shm/shmtool-link
	for name in fifo directory link; do
		run_tool create --posix "shmtool-$name" --size 4096
		assert_fails create "/shmtool-$name" 'is not a regular file'
		assert_unchanged
	done
}

@test "create --posix, set --size: a limit on the size of files is named" {
	"$HELPERS/make_object" /shmtool-small 4096 600
	run_apart bash -c 'ulimit -f 100; "$SHMTOOL" create --posix shmtool-big --size 1M'
	assert_fails create '102400 bytes' RLIMIT_FSIZE
	run_apart bash -c 'ulimit -f 100; "$SHMTOOL" set --size 1M /shmtool-small'
	assert_fails set '102400 bytes' RLIMIT_FSIZE
	run_apart bash -c 'ulimit -f 100; head -c 1M /dev/zero | "$SHMTOOL" create --posix shmtool-big --from -'
	assert_fails create '102400 bytes' RLIMIT_FSIZE
	refute_object_exists shmtool-big
}

@test "create --anonymous, send --create: a limit on the size of files leaves nothing behind" {
	run_apart bash -c 'ulimit -f 100; "$SHMTOOL" create --anonymous --size 1M -- touch ran'
	assert_fails create '1048576 bytes exceed' RLIMIT_FSIZE
	[ ! -e ran ]
	run_apart bash -c 'ulimit -f 100; "$SHMTOOL" send --create --size 1M ./file --fifo fifo </dev/null'
	assert_fails send 'file: no file there can have 1048576 bytes' RLIMIT_FSIZE
	[ ! -e file ]
	run_apart bash -c 'ulimit -f 100; "$SHMTOOL" send --create --size 1M /shmtool-big </dev/null'
	assert_fails send RLIMIT_FSIZE
	refute_object_exists shmtool-big
	run_apart bash -c 'ulimit -f 100; "$SHMTOOL" send --create --size 1M /dev/shm/shmtool-big --fifo fifo </dev/null'
	assert_fails send RLIMIT_FSIZE
	refute_object_exists shmtool-big
}

@test "an object that fails does not hide that standard output does" {
	id=$(new_segment 4096)
	run_apart bash -c '"$SHMTOOL" stat id:999 "id:$1" >/dev/full' bash "$id"
	assert_failure 1
	assert_stderr_like 'id:999: no such segment' 'standard output: .*space'
}

@test "limits: no cure that the kernel would refuse" {
	set_limit shmmni 32768
	"$HELPERS/make_segments" 26300 1 >/dev/null
	run_tool limits
	assert_success
	assert_stderr_like 'shmmni: 26300 of 32768 segments are in use, 80 %$'
	refute_stderr_like 'sysctl kernel.shmmni'
}

@test "limits: 80.9 percent are above 80" {
	"$HELPERS/make_segments" 17 1 >/dev/null
	set_limit shmmni 21
	run_tool limits
	assert_stderr_like 'shmmni: 17 of 21 segments are in use, 80 % .*sysctl kernel.shmmni=42'
	set_limit shmmni 22
	run_tool limits
	refute_stderr_like shmmni
}

@test "a very long word does not hide the error" {
	run_tool stat "$(printf 'x%.0s' {1..5000})"
	assert_usage_error stat 'is not a REF'
}

@test "a name in an error can be pasted back" {
	run_tool rm '/dev/shm/a\012b'
	assert_fails rm '^shmtool: rm: /a\\134012b: no such object$'
	: >'/dev/shm/a\012b'
	run_tool rm '/a\134012b'
	assert_success
	assert_no_objects
}

@test "REF: a NUL character in a name names no other object" {
	"$HELPERS/make_object" /shmtool-abc 4096 600
	run_tool rm '/shmtool-abc\000def'
	assert_usage_error rm NUL
}

@test "REF: keys and projects that only begin well" {
	run_tool stat 0x0x12
	assert_usage_error stat 0x0x12
	run_tool create --ftok /etc/passwd:08 --size 1
	assert_success
	assert_equal "$(proc_key "$output")" "$("$HELPERS/ftok_key" /etc/passwd 8)"
	run_tool create --ftok /etc/passwd:99999999999 --size 1
	assert_usage_error create --ftok PROJ
}

@test "set --owner twice: the last one counts, with its group or without" {
	require_root
	"$HELPERS/make_object" /shmtool-owner 4096 600
	run_tool set --owner daemon:daemon --owner bin /shmtool-owner
	assert_success
	assert_equal "$(object_stat shmtool-owner '%U %G')" "bin $my_group"
}

@test "JSON is UTF-8 in any locale" {
	: >"/dev/shm/shmtool-gr"$'\303\266'"n"
	: >"/dev/shm/shmtool-gr"$'\366'"n"
	run_apart env LC_ALL=C "$SHMTOOL" --json -o name,ref
	assert_success
	assert_equal "$(jq -r '.[] | .name + " " + .ref' <<<"$output" | LC_ALL=C sort)" \
		"$(printf '%s\n' '/shmtool-gr\366n /shmtool-gr\366n' '/shmtool-grön /shmtool-grön' | LC_ALL=C sort)"
}

@test "times that no calendar has" {
	"$HELPERS/make_object" /shmtool-far 4096 600
	touch -d @67767976233532799 /dev/shm/shmtool-far || skip 'needs a tmpfs with times of 64 bits'
	for format in iso unix relative short; do
		run_tool stat --time-format "$format" -o mtime,age,idle /shmtool-far
		assert_success
		assert_stderr_empty
	done
}

@test "create --lock: with the limit that the error names it works" {
	require_root
	run_apart bash -c 'ulimit -l 4 && exec setpriv --reuid 65534 --clear-groups "$SHMTOOL" create --size 4097 --lock'
	assert_fails create 'RLIMIT_MEMLOCK' 'ulimit -l 8'
	run_apart bash -c 'ulimit -l 8 && exec setpriv --reuid 65534 --clear-groups "$SHMTOOL" create --size 4097 --lock'
	assert_success
}

@test "an owner that the user namespace does not know is the reason" {
	run_apart unshare --user --map-root-user --ipc --mount bash -c '
		mount -t tmpfs tmpfs /dev/shm || exit 77
		id=$("$SHMTOOL" create --size 1) && "$SHMTOOL" create --posix shmtool-mapped --size 1
		"$SHMTOOL" set --owner 12345 "$id"
		"$SHMTOOL" set --owner 12345 /shmtool-mapped
		"$SHMTOOL" create --posix shmtool-other --size 1 --owner 12345
		"$SHMTOOL" create --size 1 --owner 12345
		"$SHMTOOL" --raw --no-headings | wc -l'
	[ "$status" -ne 77 ] || skip 'needs user namespaces'
	assert_equal "$(grep -c 'is not mapped in this user namespace' <<<"$stderr")" 4
	assert_equal "${lines[-1]}" 2
}

@test "REF: a backslash that begins no escape names no other object" {
	: >'/dev/shm/a\q'
	: >/dev/shm/aq
	: >/dev/shm/a
	for word in '/a\q' "/a\\" '/a\12' '/a\888'; do
		run_tool rm "$word"
		assert_usage_error rm 'backslash'
	done
	run_tool rm '/a\134q'
	assert_success
	assert_equal "$(object_names)" $'a\naq'
}

@test "times are right where clocks change within a quarter of an hour" {
	"$HELPERS/make_object" /shmtool-time 4096 600
	[ -e /usr/share/zoneinfo/America/St_Johns ] || skip 'needs tzdata'
	for when in 2010-03-14T03:30:59Z 2010-03-14T03:31:00Z 2010-03-14T03:35:07Z 1850-01-01T00:00:07Z; do
		touch -d "$when" /dev/shm/shmtool-time
		run_apart env TZ=America/St_Johns "$SHMTOOL" stat --raw --no-headings -o mtime /shmtool-time
		assert_output "$(TZ=America/St_Johns date -d "$when" +%Y-%m-%dT%H:%M:%S%z)"
	done
}

@test "ftok: a hexadecimal project, and an invalid one" {
	run_tool create --ftok /etc/passwd:0x41 --size 1
	assert_success
	assert_equal "$(proc_key "$output")" "$("$HELPERS/ftok_key" /etc/passwd 65)"
	run_tool create --ftok /etc/passwd:0xfffffffff --size 1
	assert_usage_error create PROJ
}

@test "set --mode --size: the right to write that is given is used" {
	require_root
	as_user "$HELPERS/make_object" /shmtool-readonly 4096 400
	run_tool_as_user set --mode u+w --size 8K /shmtool-readonly
	assert_success
	assert_equal "$(object_stat shmtool-readonly '%s %a')" '8192 600'
}

@test "create --from - of a segment: a limit on the size of files is named" {
	run_apart bash -c 'ulimit -f 100; head -c 1M /dev/zero | "$SHMTOOL" create --from -'
	assert_fails create RLIMIT_FSIZE
	assert_no_segments
}

@test "create --posix --noreserve --from: cannot be combined" {
	run_tool create --posix shmtool-x --noreserve --from /etc/passwd
	assert_usage_error create '--noreserve' '--from'
}

@test "set --owner: a long name is not cut" {
	require_root
	"$HELPERS/make_object" /shmtool-owner 4096 600
	run_tool set --owner "$(printf '0%.0s' {1..300})5" /shmtool-owner
	assert_success
	assert_equal "$(object_stat shmtool-owner %u)" 5
}

@test "set --size: a lease is in the way and stays whole" {
	head -c 4096 /dev/zero >/dev/shm/shmtool-leased
	mkfifo in
	"$HELPERS/hold_lease" /dev/shm/shmtool-leased <in >out 3>&- &
	BACKGROUND_PIDS+=("$!")
	exec 7>in
	wait_until 20 grep -q held out
	run_tool set --size 8K /shmtool-leased
	assert_fails set /shmtool-leased lease
	exec 7>&-
	wait_until 20 grep -qE 'kept|broken' out
	assert_equal "$(tail -n 1 out)" kept
}

@test "__complete: the forms of a REF by their first letters" {
	id=$("$HELPERS/make_keyed" 0x46010004 4096 600)
	"$HELPERS/make_object" /shmtool-form 4096 600
	for word in k key: key:0x4; do
		run_tool __complete rm "$word"
		assert_output --regexp $'^key:0x46010004\t'
	done
	run_tool __complete rm 0x
	assert_output --regexp $'^0x46010004\t'
	for word in p posix: posix:/shm; do
		run_tool __complete rm "$word"
		assert_output --regexp $'^posix:/shmtool-form\t'
	done
	run_tool __complete rm posix:shm
	assert_output --regexp $'^posix:shmtool-form\t'
	run_tool __complete rm id
	assert_output --regexp "^id:$id"$'\t'
}

@test "README: the sentence about shmmni is the one that is printed" {
	set_limit shmmni 3
	"$HELPERS/make_segments" 3 1 >/dev/null
	run_tool create --size 4K
	assert_fails create shmmni
	grep -qxF -e "$stderr" "$SRCDIR/README.md" || grep -qxF -e "$stderr" "$BATS_TEST_DIRNAME/../README.md"
}

@test "rm: the user's own object in a directory without write permission" {
	require_root
	as_user "$HELPERS/make_object" /shmtool-own 4096 600
	chmod 755 /dev/shm
	run_tool_as_user rm /shmtool-own
	chmod 1777 /dev/shm
	assert_fails rm 'no permission to write to /dev/shm'
	refute_stderr_like 'owned by'
	assert_object_exists shmtool-own
}

@test "create --posix, set --size: with no inode left, a lack of room is still a lack of room" {
	require_root
	mount -t tmpfs -o size=64k,nr_inodes=3 tmpfs /dev/shm
	shm_mounted=yes
	"$HELPERS/make_object" /shmtool-one 4096 600
	"$HELPERS/make_object" /shmtool-two 4096 600
	run_tool create --posix shmtool-three --size 4096
	assert_fails create 'inodes'
	run_tool set --size 1M /shmtool-one
	assert_fails set 'has no room for'
	refute_stderr_like inodes
}

@test "memory that runs out ends the program with one sentence" {
	local limit ended=0

	require_plain_build
	# With less, not even the program loader gets through.
	for ((limit = 2000; limit <= 200000; limit += 1000)); do
		run_apart bash -c '(ulimit -v "$1" && exec "$SHMTOOL" read --record "int a[60000];" --layout)
			status=$?; exit "$((status == 127 ? 126 : status))"' bash "$limit"
		[[ $status != 0 ]] || break
		[[ $stderr == shmtool:* ]] || continue
		assert_equal "$status $stderr" '1 shmtool: read: out of memory'
		ended=$((ended + 1))
	done
	assert_success
	assert_equal "$((ended > 0))" 1
}
