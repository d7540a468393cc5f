# The part of tests/bench/run for `usage` and `metrics`. Uses start_users of users.bash.
#
# shellcheck shell=bash disable=SC2016 # backticks are Markdown's

# make_files DIRECTORIES FILES: directories in /dev/shm with files.
make_files() {
	local directory

	for ((directory = 0; directory < $1; directory++)); do
		mkdir -p "/dev/shm/bench-directory/$directory"
		# shellcheck disable=SC2046 # the numbers
		(cd "/dev/shm/bench-directory/$directory" && touch $(seq "$2")) || die 1 'make_files: failed'
	done
}

measure_usage() {
	local what='`usage`, 300 processes, 10,000 segments, 50,000 files in 500 directories' both limit by took spent

	say 'usage of 10,000 segments and 50,000 files'
	make_objects shm 10000
	make_files 500 100
	start_users
	quiet=yes measure 15 usage "$SHMTOOL" usage -- stat "$SHMTOOL" stat -- users "$SHMTOOL" users -- \
		all_stat "$SHMTOOL" stat --recursive -- all_users "$SHMTOOL" users --recursive -- \
		by_kind "$SHMTOOL" usage --by kind -- by_owner "$SHMTOOL" usage --by owner -- \
		by_pid "$SHMTOOL" usage --by pid -- metrics "$SHMTOOL" metrics -- \
		stat_kinds "$SHMTOOL" stat --kind all -o +use
	both=$((median[stat] + median[users]))
	limit=1500
	row "$what" "$(milliseconds "${median[usage]}")" "\`stat\` and \`users\`: $(milliseconds "$both")" \
		"$(thousandths $((median[usage] * 1000 / both))) times" \
		"$(thousandths $((processor[usage] * 1000 / (processor[stat] + processor[users]))))" \
		"at most $(thousandths "$limit") times" $((median[usage] * 1000 / both <= limit))
	both=$((median[all_stat] + median[all_users]))
	for by in kind owner pid; do
		took=${median[by_$by]}
		spent=${processor[by_$by]}
		row "the same, \`--by $by\`" "$(milliseconds "$took")" \
			"these with \`--recursive\`: $(milliseconds "$both")" \
			"$(thousandths $((took * 1000 / both))) times" \
			"$(thousandths $((spent * 1000 / (processor[all_stat] + processor[all_users]))))" \
			"at most $(thousandths "$limit") times" $((took * 1000 / both <= limit))
	done
	both=$((median[usage] + median[stat_kinds]))
	took=${median[metrics]}
	spent=${processor[metrics]}
	row 'the same, `metrics`' "$(milliseconds "$took")" \
		"\`usage\` and \`stat --kind all -o +use\`: $(milliseconds "$both")" \
		"$(thousandths $((took * 1000 / both))) times" \
		"$(thousandths $((spent * 1000 / (processor[usage] + processor[stat_kinds]))))" \
		"at most $(thousandths "$limit") times" $((took * 1000 / both <= limit))
	stop_users
	rm -rf /dev/shm/bench-directory
	ipcrm --all=shm
}
