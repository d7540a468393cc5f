# Functions for the tests of events: watching in the background. Loaded after test_helper and truth.
#
# shellcheck shell=bash disable=SC2154 # set by bats

# start_watch COMMAND...: starts `shmtool watch`, perhaps below other commands, and waits until it
# watches. Its output is in background.out and background.err; its pid in BACKGROUND_PID.
start_watch() {
	if [[ $1 == as_user ]]; then
		shift
		[[ $EUID -ne 0 ]] || set -- setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"
	fi
	background "$@"
	wait_until 30 grep -q 'watching by' background.err
}

# end_watch [SECONDS]: makes and removes an object whose name is end, waits for its five events, and ends
# the program, whose output must have the column ref, but not first.
end_watch() {
	"$HELPERS/file_steps" create:/end:1 remove:/end
	wait_until "${1:-10}" has_lines 5 ' /end\( \|$\)'
	kill -TERM "$BACKGROUND_PID"
	wait "$BACKGROUND_PID" || true
}

# has_lines COUNT REGEX: the program has printed that many lines that match.
has_lines() {
	(($(grep -c -- "$2" background.out) == $1))
}

# seen_events: the lines of background.out, but for those of /end.
seen_events() {
	grep -v ' /end\( \|$\)' background.out
}

# assert_watched_by SOURCE: all kinds.
assert_watched_by() {
	run grep 'watching by' background.err
	assert_output --regexp "watching by $1 \([a-z, ]*\)$"
}

# require_fanotify: the kernel reports the processes that use files, since Linux 5.17, to root in the
# first user namespace.
require_fanotify() {
	local release capabilities
	IFS=. read -ra release < <(uname -r)
	((release[0] > 5 || (release[0] == 5 && release[1] >= 17))) || skip 'needs Linux 5.17'
	capabilities=0x$(awk '/^CapEff/ { print $2 }' /proc/self/status)
	[[ $((capabilities >> 21 & 1)) == 1 && $(readlink /proc/self/ns/user) == 'user:[4026531837]' ]] ||
		skip 'needs CAP_SYS_ADMIN in the first user namespace'
}

# call_number CALL: the number of a system call.
call_number() {
	case $(uname -m):$1 in
	x86_64:fanotify_init) echo 300 ;;
	x86_64:inotify_init1) echo 294 ;;
	x86_64:perf_event_open) echo 298 ;;
	x86_64:socket) echo 41 ;;
	aarch64:fanotify_init) echo 262 ;;
	aarch64:inotify_init1) echo 26 ;;
	aarch64:perf_event_open) echo 241 ;;
	aarch64:socket) echo 198 ;;
	*) skip "needs the number of $1" ;;
	esac
}
