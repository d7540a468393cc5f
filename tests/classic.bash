# shellcheck shell=bash
# Shared by the tests of ipcs, ipcrm and ipcmk: they run util-linux's tool and ours on the same
# state of the kernel and compare stdout, stderr and status byte for byte. Loaded after
# test_helper and truth.
#
# Util-linux's tools are found in PATH, or in the directory UTIL_LINUX:
#
#     UTIL_LINUX=/opt/util-linux/bin tests/run tests/ipcs*.bats
#
# If releases differ, ours follows the newer one, 2.42. Features missing from the available release
# are tested only against a written expectation.

setup() {
	classic_setup
}

teardown() {
	classic_teardown
}

# Sets `theirs` and `ours`, the directories where each program can be run as ipcs, ipcrm and
# ipcmk.
classic_setup() {
	local tool path

	common_setup
	require_private_namespace
	theirs=$BATS_TEST_TMPDIR/theirs ours=$BATS_TEST_TMPDIR/ours
	export theirs ours
	mkdir "$theirs" "$ours"
	for tool in ipcs ipcrm ipcmk; do
		ln -s "$SHMTOOL" "$ours/$tool"
		path=$(PATH=${UTIL_LINUX:-$PATH} type -P "$tool") || continue
		is_util_linux "$tool" "$path" || continue
		ln -s "$(realpath -s -- "$path")" "$theirs/$tool"
	done
	compared=0 differing=0
}

classic_teardown() {
	forget_accounts
	restore_limits
	end_background
	remove_segments
	remove_queues_and_sets
	common_teardown
}

# remove_queues_and_sets: removes all of this IPC namespace, including those of mode 0, which ipcrm
# --all does not see without root.
remove_queues_and_sets() {
	[[ ! ${SHMTOOL_PRIVATE_NS:-} ]] || remove_sysv msg:-q sem:-s
}

#
# Util-linux's tools
#

# is_util_linux TOOL PATH: whether it is util-linux's, not busybox's or ours.
is_util_linux() {
	[[ $("$2" --version 2>/dev/null) == "$1 from util-linux "* ]]
}

# peer_release TOOL: the release of util-linux's TOOL, such as 2.38.1.
peer_release() {
	"$theirs/$1" --version | sed 's/.* //'
}

# peer_since TOOL RELEASE: whether util-linux's TOOL is available in this release or a newer one.
peer_since() {
	[[ -e $theirs/$1 ]] &&
		printf '%s\n' "$2" "$(peer_release "$1")" | sort -V -C
}

# require_peer TOOL [RELEASE]: skips the test if there is nothing to compare with.
require_peer() {
	[[ -e $theirs/$1 ]] || skip "needs util-linux's $1"
	[[ ! ${2:-} ]] || peer_since "$1" "$2" ||
		skip "needs $1 of util-linux $2 or newer, this is $(peer_release "$1")"
}

#
# The state
#

# start_objects COUNT [UID:GID...]: COUNT segments, queues and sets, all different from each other,
# which do not change until the end of the test.
start_objects() {
	background "$HELPERS/mixed_objects" "$@"
	wait_until 30 eval '[ -s background.out ] || ! kill -0 "$BACKGROUND_PID"'
	grep -qx ready background.out || fail "mixed_objects: $(cat background.err)"
}

# ids KIND: the ids of all objects, one per line; KIND is shm, msg or sem.
ids() {
	awk 'NR > 1 { print $2 }' "/proc/sysvipc/$1"
}

# Two files define the users and groups of this machine until the end of the test.
# use_accounts: reads lines of NAME:ID, and defines a user and a group for each.
use_accounts() {
	local name id

	require_root
	: >passwd
	: >group
	while IFS=: read -r name id; do
		printf '%s:x:%s:%s::/:/bin/false\n' "$name" "$id" "$id" >>passwd
		printf '%s:x:%s:\n' "$name" "$id" >>group
	done
	chmod 644 passwd group
	mount --bind passwd /etc/passwd
	accounts_changed=yes
	mount --bind group /etc/group
}

forget_accounts() {
	if [ "${accounts_changed:-}" = yes ]; then
		umount /etc/group || true
		umount /etc/passwd
		accounts_changed=no
	fi
}

#
# Comparing read-only commands: both run on the existing state
#

# run_in DIRECTORY FILE WHO COMMAND...: runs a command with that directory first in PATH, as root or
# user; leaves stdout, stderr and status in FILE.out, FILE.err and FILE.status. The variables
# stdout_is and stderr_is may be `full` or `closed`, to run the command with such a stream.
run_in() {
	local directory=$1 file=$2 status=0 out='>"$file.out"' err='2>"$file.err"'
	shift 2

	: >"$file.out"
	: >"$file.err"
	case ${stdout_is:-} in
	full) out='>/dev/full' ;;
	closed) out='>&-' ;;
	esac
	case ${stderr_is:-} in
	full) err='2>/dev/full' ;;
	closed) err='2>&-' ;;
	esac
	eval "PATH=\$directory:\$PATH as \"\$@\" </dev/null $err $out" || status=$?
	printf '%d\n' "$status" >"$file.status"
}

# same_file A B: whether they have the same bytes. (Starts no program, because it is called
# thousands of times.)
same_file() {
	local a='' b=''

	# Status 0 is a NUL byte, which the tools never write.
	if IFS= read -r -d '' a <"$1" || IFS= read -r -d '' b <"$2"; then
		cmp -s "$1" "$2"
	else
		[[ $a == "$b" ]]
	fi
}

# judge LABEL ASPECT...: compares theirs.ASPECT and ours.ASPECT, and notes the differences.
judge() {
	local label=$1 aspect same=yes
	shift

	for aspect; do
		same_file "theirs.$aspect" "ours.$aspect" && continue
		[[ $same == no ]] || printf '%s\n' "$label" >>differing
		same=no
		{
			printf '%s: %s\n' "$label" "$aspect"
			diff -a -u --label "util-linux's" --label ours "theirs.$aspect" "ours.$aspect"
		} >>differences || true
	done
	[[ $same == yes ]] || ((++differing))
}

# Both must have run: two tools that could not be started would be equal.
ran() {
	local status

	for status in theirs.status ours.status; do
		case $(<"$status") in
		126 | 127) fail "$1: could not be run: $(cat "${status%.*}.err")" ;;
		esac
	done
}

# compare_as root|user TOOL ARGUMENT...: records the differences, with ours called as TOOL and as
# `shmtool TOOL`, unless `once` is set. assert_same at the end of the test fails if they did.
compare_as() {
	local who=$1 label
	shift

	printf -v label '%q ' "$@"
	run_in "$theirs" theirs "$who" "$@"
	run_in "$ours" ours "$who" "$@"
	ran "$label"
	judge "$who: $label" out err status
	if [[ ! ${once:-} ]]; then
		run_in "$ours" ours "$who" "$SHMTOOL" "$@"
		judge "$who: shmtool $label" out err status
	fi
	((++compared))
}

compare() {
	compare_as root "$@"
}

# assert_same MINIMUM: fails if any of the command lines compared so far differed, and names them;
# or if there were fewer than MINIMUM.
assert_same() {
	if ((differing)); then
		{
			printf '%d of %d command lines differ:\n' "$differing" "$compared"
			head -n 60 differing
			printf '\nThe first of them:\n'
			head -n 120 differences
		} | fail
		return 1
	fi
	((compared >= $1)) || fail "only $compared command lines were compared, not $1"
}

# Every combination of resources, formats and sizes of ipcs.
resources=('' -m -q -s -a -mq -qm -ms -qs -mqs '-m -a' '-a -s' '-s -m -q')
formats=('' -t -p -c -l -u)
sizes=('' -b --human '-b --human' '--human -b')

# compare_product root|user FORMAT...: ipcs with each combination of one of the resources, one of
# these formats and one of the sizes.
compare_product() {
	local who=$1 resource format size words
	shift

	for resource in "${resources[@]}"; do
		for format; do
			for size in "${sizes[@]}"; do
				read -ra words <<<"$resource $format $size"
				compare_as "$who" ipcs "${words[@]}"
			done
		done
	done
}

# start_mixed_objects COUNT: with as many owners as this user may assign.
start_mixed_objects() {
	local owners=()

	if ((EUID == 0)); then
		owners=(0:0 1:2 65534:65534 4294967294:4294967294 54321:54322 65534:0)
	fi
	start_objects "$1" "${owners[@]}"
}

# assert_mixed_objects COUNT: the objects must be as varied as described, or the comparison would be
# weak.
assert_mixed_objects() {
	local kind

	for kind in shm msg sem; do
		assert [ "$(ids "$kind" | wc -l)" -ge "$1" ]
	done
	run "$theirs/ipcs" -m
	assert_line --regexp ' dest *$'
	assert_line --regexp ' dest +locked *$'
	assert_line --regexp ' [0-9]+ +locked *$'
	assert_line --regexp '^0x00000000 .* 1 *$'
	assert_line --regexp '^0x80000000 '
	assert_line --regexp ' 9223372036854775807 '
}

#
# Comparing commands that change the state: both run in their own namespaces with a new state
#

# nothing: creates no objects.
nothing() {
	:
}

# kernel_objects: all objects, one per line, with values that differ between runs replaced: keys,
# which may be random, processes, and times.
kernel_objects() {
	local kind

	for kind in shm msg sem; do
		awk -v kind="$kind" '
			NR == 1 {
				for (i = 1; i <= NF; i++)
					name[i] = $i
				next
			}
			{
				line = kind
				for (i = 1; i <= NF; i++) {
					if (name[i] ~ /^(rss|swap)$/)
						continue
					if (name[i] ~ /pid$|time$|^key$/)
						$i = $i == 0 ? 0 : "set"
					line = line " " name[i] "=" $i
				}
				print line
			}' "/proc/sysvipc/$kind"
	done
	find /dev/shm /dev/mqueue -mindepth 1 -printf '%p %y %m %U:%G ' \
		\( -path '/dev/mqueue/*' -printf '\n' -o -printf '%s\n' \) 2>/dev/null | LC_ALL=C sort
}

# private_dev [mqueue]: a /dev private to this mount namespace, with a file system for POSIX message
# queues or without a directory for one.
private_dev() {
	local old node
	old=$(mktemp -d) || return

	mount --rbind /dev "$old" || return
	mount -t tmpfs -o mode=755 tests /dev || return
	for node in null zero full random urandom tty; do
		: >"/dev/$node"
		mount --bind "$old/$node" "/dev/$node" || return
	done
	ln -s /proc/self/fd /dev/fd
	mkdir /dev/shm
	mount -t tmpfs -o mode=1777,size=64m tests /dev/shm || return
	if [[ ${1:-} == mqueue ]]; then
		mkdir /dev/mqueue
		mount -t mqueue tests /dev/mqueue || return
	fi
	umount -l "$old"
	rmdir "$old"
}

# in_namespace_run MAKE DIRECTORY FILE WHO COMMAND...: the part of `fresh` that runs in the new
# namespaces.
in_namespace_run() {
	local make=$1 file=$3
	shift

	mount -t tmpfs -o mode=1777,size=64m tests /dev/shm && "$make" >/dev/null || exit 125
	run_in "$@"
	kernel_objects >"$file.state"
	# Ends the processes that MAKE started.
	jobs -p | xargs -r kill
	wait
}

# fresh MAKE DIRECTORY FILE WHO COMMAND...: runs a command in namespaces that end with it, on the
# state created there by the function MAKE; FILE.state is the state afterwards.
fresh() {
	local unshare=(unshare --ipc --mount)

	((EUID == 0)) || unshare+=(--user --map-root-user)
	(
		# shellcheck disable=SC2163 # the function that $1 names
		export -f as as_user run_in kernel_objects private_dev in_namespace_run "$1"
		exec "${unshare[@]}" -- bash -c 'in_namespace_run "$@"' bash "$@"
	) || fail "no state to run ${*:5} on"
}

# compare_effect_as root|user MAKE TOOL ARGUMENT...: notes the differences in output and in
# the remaining state that the function MAKE created.
compare_effect_as() {
	local who=$1 make=$2 label
	shift 2

	printf -v label '%q ' "$@"
	fresh "$make" "$theirs" theirs "$who" "$@"
	fresh "$make" "$ours" ours "$who" "$@"
	ran "$label"
	judge "$who: $label" out err status state
	fresh "$make" "$ours" ours "$who" "$SHMTOOL" "$@"
	judge "$who: shmtool $label" out err status state
	((++compared))
}

compare_effect() {
	compare_effect_as root "$@"
}

# compare_effects root|user MAKE TOOL LINE...: compare_effect_as with the words of each line.
compare_effects() {
	local who=$1 make=$2 tool=$3 line words
	shift 3

	for line; do
		read -ra words <<<"$line"
		compare_effect_as "$who" "$make" "$tool" "${words[@]}"
	done
}

#
# Missing in releases older than 2.41: written expectations
#

# left FILE: the objects in FILE.state, on one line: shm:ID, msg:ID, sem:ID, and files as /dev/shm/NAME.
left() {
	sed -E 's/^(shm|msg|sem) .*\<(shm|msq|sem)id=([0-9]+) .*/\1:\3/; s/^(\/[^ ]*) .*/\1/' "$1.state" |
		paste -s -d ' '
}

# expect MAKE STATUS LEFT TOOL ARGUMENT...: ours, on the state created by MAKE, ends with that
# status, leaves these objects, and prints the lines given on standard input: "1 LINE" on stdout, "2
# LINE" on stderr. If util-linux's tool is new enough, it must do the same.
expect() {
	local make=$1 status=$2 objects=$3 label
	shift 3

	tee expected >/dev/null
	sed -n 's/^1 //p' expected >expected.out
	sed -n 's/^2 //p' expected >expected.err
	fresh "$make" "$ours" ours root "$@"
	printf -v label '%q ' "$@"
	{
		diff -a -u --label expected --label ours expected.out ours.out &&
			diff -a -u --label expected --label ours expected.err ours.err &&
			[[ $(<ours.status) == "$status" ]]
	} >unexpected || {
		printf '%s: status %s, expected %s\n%s\n' "$label" "$(<ours.status)" "$status" "$(<unexpected)" |
			fail
		return 1
	}
	[[ $(left ours) == "$objects" ]] || {
		printf '%s: left:     %s\nexpected: %s\n' "$label" "$(left ours)" "$objects" | fail
		return 1
	}
	! peer_since "$1" 2.41 || compare_effect "$make" "$@"
}
