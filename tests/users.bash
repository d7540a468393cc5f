# shellcheck shell=bash
# Shared by the tests of users. Loaded after truth.

# keep ARGUMENT...: hold_mapping in the background; sets keeper to its process.
keep() {
	local said
	said=$(mktemp "$BATS_TEST_TMPDIR/keep.XXXXXX")
	"$HELPERS/hold_mapping" "$@" >"$said" 3>&- &
	keeper=$!
	wait_until 10 test -s "$said" || fail "hold_mapping $* does not hold"
}

# rows COLUMNS ARGUMENT...: prints the rows of users, without headings and notes.
rows() {
	local columns=$1
	shift
	run_tool users -q --raw --no-headings -o "$columns" "$@"
	assert_success
	assert_stderr_empty
}

# new_object NAME [SIZE [MODE]]: creates a POSIX object.
new_object() {
	"$HELPERS/make_object" "/$1" "${2:-4096}" "${3:-600}"
}
