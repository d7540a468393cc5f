# shellcheck shell=bash
# Shared by the tests of guard. Loaded after truth.

# require_namespaces: requires those that guard makes.
require_namespaces() {
	unshare --ipc --mount true 2>/dev/null || unshare --user --ipc --mount true 2>/dev/null ||
		skip 'needs namespaces'
}

# both_users: the users that a test is run as, one a line.
both_users() {
	echo root
	[ "$EUID" -ne 0 ] || echo user
}

# run_guard ARGUMENT...: runs it as $who, root or user.
run_guard() {
	run_apart as "${who:-root}" "$SHMTOOL" guard "$@"
}

# from_report FILTER: what jq finds in the report.
from_report() {
	jq -r "$1" <report
}

# kill_noted: kills the processes that a test failed to end: each has written its pid to a file *.pid.
kill_noted() {
	local file
	for file in "$BATS_TEST_TMPDIR"/*.pid "$BATS_TEST_TMPDIR"/*/*.pid; do
		[ ! -e "$file" ] || kill -KILL "$(cat "$file")" 2>/dev/null || true
	done
}

# The kernel's calls are not reported if the tests themselves run under a listener.
require_listener() {
	"$SHMTOOL" guard --shared -- "$HELPERS/leak" shm:1 2>probe || true
	! grep -q 'origins are unknown' probe || skip "needs reported calls: $(grep -o 'origins are unknown.*' probe)"
}
