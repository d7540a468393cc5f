#!/usr/bin/env bats
# The static program (make static-test) in a chroot that contains only the program, /proc and
# /dev/shm, against the same program with shared libraries, DYNAMIC.

load ../test_helper
load ../truth

setup() {
	common_setup
	require_root
	require_private_namespace
	mkdir root
	# guard needs a root directory that is a mount point.
	mount --bind root root
	mkdir -p root/proc root/dev/shm
	cp "$SHMTOOL" root/shmtool
	mount --rbind /proc root/proc
	mount --bind /dev/shm root/dev/shm
	inside=(env -i "$(type -P chroot)" "$PWD/root" /shmtool)
}

teardown() {
	umount --recursive root
	common_teardown
}

# run_inside ARGUMENTS...: bats' run, with stdout and stderr apart, in an empty environment.
run_inside() {
	run_stderr_split "${inside[@]}" "$@"
	echo "$output"
	echo "$stderr"
}

# tries ARGUMENTS...: success without a message, but for the missing /dev/mqueue and processes of this
# machine that not even root may inspect. Notes the command as tried.
tries() {
	tried+=("$1")
	run_inside "$@"
	assert_success
	assert_equal "$(grep -v 'could not be inspected\|/dev/mqueue is not mounted' <<<"$stderr")" ''
}

# lists PROGRAM...: the objects as the program lists them, with their owners.
lists() {
	env -i "$@" stat --raw --no-headings -o ref,owner,group,creator
}

@test "the program needs no interpreter and no library, and says that it is static" {
	require_command readelf
	run readelf --wide --program-headers --dynamic "$SHMTOOL"
	assert_success
	refute_output --partial INTERP
	refute_output --partial '(NEEDED)'
	run_inside --version
	assert_output --regexp '^shmtool [0-9.]+ \(static\)$'
}

@test "every command works in an empty chroot" {
	local name id tried=()
	tries create --posix "$PREFIX_NAME" --size 8K
	tries create --key 0x5741 --size 4K
	id=$(segment_ids)
	tries write "/$PREFIX_NAME" --string 'one two'
	tries read "/$PREFIX_NAME" --length 7
	assert_output 'one two'
	run_inside write "/$PREFIX_NAME" --record 'int a; double b' --csv --input - <<<$'a,b\n7,0.5'
	assert_success
	tries read "/$PREFIX_NAME" --record 'int a; double b' --count 1 --json
	assert_equal "$(jq -c . <<<"$output")" '[{"a":7,"b":0.5}]'
	tries stat "/$PREFIX_NAME" --json
	assert_equal "$(jq '.[0].bytes' <<<"$output")" 8192
	tries set "id:$id" --mode 600
	assert_equal "$(proc_shm "$id" perms)" 600
	background "${inside[@]}" attach "id:$id"
	wait_until 20 grep -q '^attached ' background.out
	tries users "id:$id"
	assert_output --partial " $BACKGROUND_PID "
	kill -INT "$BACKGROUND_PID"
	wait "$BACKGROUND_PID" || true
	tried+=(attach)
	tries limits
	tries usage
	tries metrics
	tries families
	assert_line --regexp '^podman +keep '
	tries map-file "/dev/shm/$PREFIX_NAME"
	tries probe-pages "/$PREFIX_NAME"
	tries guard -- /shmtool --version
	run_inside watch --for 0s
	assert_success
	assert_stderr_like 'watching by '
	tried+=(watch)
	"${inside[@]}" send /channel --create <<<'text' 3>&- &
	tries recv /channel --wait --create
	assert_output text
	wait $!
	tried+=(send)
	tries ipcs
	assert_output --partial 0x00005741
	tries ipcmk -M 4096
	tries ipcrm -M 0x5741
	refute_segment_exists "$id"
	tries rm "/$PREFIX_NAME"
	refute_object_exists "$PREFIX_NAME"
	for name in $("$SHMTOOL" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
		[[ " ${tried[*]} " == *" $name "* ]] || fail "not tried: $name"
	done
}

@test "users and groups have numbers without /etc/passwd, and names with it as in the dynamic program" {
	"$HELPERS/make_object" /roots 4096
	as_user "$HELPERS/make_object" /users 4096
	as_user ipcmk --shmem 4096 >/dev/null
	run lists "${inside[@]:2}"
	assert_line --regexp '^/roots 0 0 '
	assert_line --regexp '^/users 65534 65534 '
	mkdir root/etc
	getent passwd >root/etc/passwd
	getent group >root/etc/group
	assert_equal "$(lists "${inside[@]:2}")" "$(lists "$DYNAMIC")"
	run lists "${inside[@]:2}"
	assert_line --regexp '^/roots root root '
	run_inside rm --owner "$(id -nu 65534)" --kind pshm --unused
	assert_success
	assert_equal "$(object_names)" roots
	run_inside rm --owner no-such-user
	assert_failure 2
	assert_stderr_like "unknown user 'no-such-user'"
	# Completion lists all names, and all of the other file after that.
	run_inside __complete set --owner ''
	assert_line --partial root
	assert_equal "$output" "$("$DYNAMIC" __complete set --owner '')"
}

@test "no file of the C library is opened: neither modules nor their configuration" {
	require_plain_build
	require_strace open
	export LC_ALL=en_US.ISO-8859-1
	strace -f -o trace -e trace=open,openat "$SHMTOOL" stat >/dev/null
	strace -f -o trace.complete -e trace=open,openat "$SHMTOOL" __complete users --owner r >/dev/null
	run ! grep -E 'nss|gconv|ld\.so|\.so\.|nscd' trace trace.complete
}

@test "closed descriptors are no obstacle without /dev/null" {
	"${inside[@]}" create --posix "$PREFIX_NAME" --size 4K <&- 2>&- >out
	assert_equal "$(cat out)" "/$PREFIX_NAME"
	run -1 bash -c '"$@" >&-' bash "${inside[@]}" stat
	assert_output --partial "standard output: can't be written"
}

@test "functions of optional libraries are refused with a sentence" {
	run_inside watch --table
	assert_failure 1
	assert_stderr_like '--table is not available: this program was built without ncurses'
	run_inside guard --backtrace -- /shmtool --version
	assert_failure
	assert_stderr_like 'this build lacks libdw of elfutils'
}

@test "the families inside and those of /etc/shmtool/families decide what rm keeps" {
	for name in libpod_lock kept left; do
		"$HELPERS/make_object" "/$name" 4096
	done
	mkdir -p root/etc/shmtool/families
	printf '[%s]\ndescription = of this test\nmatch = pshm /%s\nfate = %s\n' \
		mine kept keep theirs left garbage >root/etc/shmtool/families/test.conf
	run_inside rm --abandoned --older-than 0s
	assert_success
	assert_line --regexp '^/libpod_lock .*podman'
	assert_equal "$(object_names | sort)" $'kept\nlibpod_lock'
	run_inside families podman
	assert_line --regexp '^file +built-in/containers.conf:[0-9]+$'
	printf '[broken\n' >>root/etc/shmtool/families/test.conf
	run_inside rm --abandoned --older-than 0s
	assert_failure 1
	assert_stderr_like '/etc/shmtool/families/test.conf:[0-9]'
}
