# Messages of the scripts in tests/bench.
#
# shellcheck shell=bash

say() {
	printf 'tests/bench/%s: %s\n' "${0##*/}" "$*" >&2
}

# die STATUS MESSAGE...
die() {
	local status=$1
	shift
	say "$*"
	exit "$status"
}
