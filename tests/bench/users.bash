# The part of tests/bench/run for the users of an object: `users`, and the tools it replaces.
#
# shellcheck shell=bash disable=SC2016 # backticks are Markdown's

user_processes=300
user_mappings=100

# start_users: starts processes that map /dev/shm/bench-users; sets users_pid. stop_users ends them.
start_users() {
	local ready
	coproc users_process {
		exec "$programs/make_users" /dev/shm/bench-users "$user_processes" "$user_mappings"
	}
	users_pid=$!
	read -r -t 60 ready <&"${users_process[0]}"
	[[ $ready == ready ]] || die 1 'make_users: failed'
}

stop_users() {
	eval "exec ${users_process[1]}>&-"
	wait "$users_pid"
	rm -f /dev/shm/bench-users
}

measure_users() {
	local what="\`users REF\`, $user_processes processes with $user_mappings mappings each"
	local lsof fuser
	say "users of an object that $user_processes processes map"
	start_users
	expect "$user_processes" ' mapped ' "$SHMTOOL" users -q /bench-users
	if "$programs/floor_users" >/dev/null; then
		measure 41 users "$SHMTOOL" users -q /bench-users -- floor "$programs/floor_users"
		slower "$what" users floor floor_users 1500
		memory 'the same' users
	fi
	lsof=$(type -P lsof) fuser=$(type -P fuser)
	if [[ $lsof && $fuser ]]; then
		# They list all processes that they could not inspect, and fuser also prints its
		# table.
		quiet=yes measure 11 users "$SHMTOOL" users -q /bench-users \
			-- lsof "$lsof" /dev/shm/bench-users -- fuser "$fuser" -v /dev/shm/bench-users \
			-- floor "$programs/floor_users"
		faster 'the same' users lsof '`lsof FILE`' 15000
		faster 'the same' users fuser '`fuser -v FILE`' 5000
		faster '(floor_users in place of shmtool)' floor fuser '`fuser -v FILE`'
	else
		say 'lsof or fuser is missing: not compared with them'
	fi
	measure 11 each "$SHMTOOL" users -q --each /bench-users -- users "$SHMTOOL" users -q /bench-users
	slower 'the same, `--each`' each users '`users REF`'
	stop_users
}
