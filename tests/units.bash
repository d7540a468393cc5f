# shellcheck shell=bash
# For the tests of systemd units in examples/.

# unit_value FILE NAME: the values of a setting, a line each.
unit_value() {
	sed -n "s/^$2=//p" "$1"
}

# only_rights CAPABILITY...: sets with_rights to the command that runs another as root, but with just
# these capabilities.
only_rights() {
	local bounding=-all capability

	require_root
	for capability; do
		bounding+=,+${capability,,}
	done
	with_rights=(setpriv --bounding-set "$bounding" --inh-caps=-all --)
}

# only_unit_rights FILE: the same with the capabilities of a service, and without root if it runs as
# another user.
only_unit_rights() {
	local capabilities

	capabilities=$(unit_value "$1" CapabilityBoundingSet | sed 's/CAP_//g')
	# shellcheck disable=SC2086 # one word a capability
	only_rights $capabilities
	if [[ $(unit_value "$1" DynamicUser) == yes ]]; then
		capabilities=+${capabilities// /,+}
		with_rights=(setpriv --reuid 65534 --regid 65534 --clear-groups
			--bounding-set "-all,${capabilities,,}" --inh-caps "-all,${capabilities,,}"
			--ambient-caps "-all,${capabilities,,}" --)
	fi
}

# low_exposure FILE: systemd rates the exposure of a service below 2 of 10.
low_exposure() {
	require_command systemd-analyze
	systemd-analyze security --help 2>/dev/null | grep -q offline || skip 'needs systemd 250'
	cp "$1" .
	run systemd-analyze security --offline=true --threshold=19 "./${1##*/}"
	assert_success
}

# verify_units FILE...: systemd has nothing to say about units.
verify_units() {
	local units=("${@##*/}")

	require_command systemd-analyze
	cp "$@" .
	sed -i "s,^ExecStart=/usr/local/bin/shmtool,ExecStart=$SHMTOOL," ./*.service
	# The manual is installed or not.
	run_apart systemd-analyze verify --man=no "${units[@]/#/./}"
	assert_success
	assert_output ''
	assert_stderr_empty
}

# calls_of WORD: the system calls of a word of SystemCallFilter=, which may be a set of them.
calls_of() {
	local name

	if [[ $1 != @* ]]; then
		echo "$1"
		return
	fi
	systemd-analyze syscall-filter "$1" | sed -n 's/^    \([@a-z0-9_-]*\)$/\1/p' | while read -r name; do
		calls_of "$name"
	done
}

# refused_calls FILE COMMAND...: runs the command, and prints the system calls that it made although the
# filter of the service refuses them. Needs systemd-analyze.
refused_calls() {
	local filter word call file=$1
	local -A allowed

	shift
	while read -r filter; do
		for word in ${filter#\~}; do
			for call in $(calls_of "$word"); do
				allowed[$call]=yes
				[[ $filter != ~* ]] || unset "allowed[$call]"
			done
		done
	done < <(unit_value "$file" SystemCallFilter)
	# systemd always allows those of @default.
	{ printf '%s\n' "${!allowed[@]}" && calls_of @default; } | sort -u >allowed
	strace -f -qq -e signal=none -o trace "$@" >&2
	sed -n 's/^[0-9]* *\([a-z0-9_]*\)(.*/\1/p' trace | sort -u | comm -23 - allowed
}
