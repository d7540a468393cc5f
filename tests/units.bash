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

# only_unit_rights FILE: the same with the capabilities of a service.
only_unit_rights() {
	# shellcheck disable=SC2046 # one word a capability
	only_rights $(unit_value "$1" CapabilityBoundingSet | sed 's/CAP_//g')
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
