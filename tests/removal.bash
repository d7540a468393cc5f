# shellcheck shell=bash
# Shared by the tests of removal by filters. Loaded after truth.

# posix NAME [SIZE]: creates a POSIX object.
posix() {
	"$HELPERS/make_object" "/$1" "${2:-4096}" "${3:-600}"
}

# keep_open [-m|-p] NAME...: starts a process that keeps objects open, or only mapped, until the
# test ends.
keep_open() {
	local way=()
	case $1 in
	-*)
		way=("$1")
		shift
		;;
	esac
	: >held
	"${in_namespaces[@]}" "$HELPERS/hold_files" "${way[@]}" "${@/#//dev/shm/}" >held 3>&- &
	holder=$!
	wait_until 10 grep -q holding held
}
in_namespaces=()

# result REF: the last --json output about an object: "kept: in use".
result() {
	json --arg ref "$1" '.[] | select(.ref == $ref) |
		if .why == null then .action else "\(.action): \(.why)" end'
}

# assert_result REF RESULT
assert_result() {
	assert_equal "$(result "$1")" "$2"
}

# user_owns NAME...: gives files in /dev/shm to the user of `as user`.
user_owns() {
	chown 65534:65534 "${@/#//dev/shm/}"
}

# own_rules: the rules of families are those on stdin, and not the system's.
own_rules() {
	mkdir rules
	chmod 755 . rules
	cat >rules/test.conf
	export SHMTOOL_FAMILIES=$PWD/rules
}
