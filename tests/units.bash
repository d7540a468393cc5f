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
