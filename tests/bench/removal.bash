# The part of tests/bench/run for removal: `rm` with filters. Loops that start a program or two for
# each object would take many minutes, so they get fewer objects, and their time is scaled up; that
# favours them if the time per object grows with the number of objects.
#
# shellcheck shell=bash disable=SC2016 # backticks are Markdown's; $f and the like are for sh

# scaled NAME FROM TO: the time of NAME for TO objects, extrapolated from FROM objects.
scaled() {
	median[$1]=$((median[$1] * $3 / $2))
	processor[$1]=$((processor[$1] * $3 / $2))
}

nothing_left() {
	[[ ! $(awk 'NR > 1' /proc/sysvipc/shm) && ! $(find /dev/shm -mindepth 1 -print -quit) ]] ||
		die 1 "$1 has left something"
}

remove_posix() {
	local what='`rm --kind pshm`, 100,000 objects' many=100000 few=100
	local loop='for f in /dev/shm/*; do fuser -s "$f" 2>/dev/null || rm "$f"; done'
	say 'removing 100,000 POSIX objects'
	make_objects pshm "$many"
	"$SHMTOOL" rm --quiet --kind pshm >/dev/null || die 1 'rm --kind pshm: failed'
	nothing_left 'rm --kind pshm'
	measure_to null "$programs/make_objects pshm $many" 9 \
		floor "$programs/floor_remove" pshm -- pshm "$SHMTOOL" rm --quiet --kind pshm
	nothing_left 'rm --kind pshm'
	slower "$what" pshm floor 'floor_remove' 1500
	memory 'the same' pshm

	say "removing $few POSIX objects one by one"
	measure_to null "$programs/make_objects pshm $few" 3 loop "$bash" -c "$loop"
	nothing_left 'the loop'
	scaled loop "$few" "$many"
	faster 'the same' pshm loop "\`fuser -s || rm\` for each, of $few" 300000
}

# Leftovers of a run of the others would make the next one shorter, so they are an error; with
# objects, which are recreated each time, they are one anyway.
remove_segments_of_all() {
	local what='`rm --kind shm`, 4,000 segments' many=4000 few=400
	local none="awk 'NR > 1 { exit 1 }' /proc/sysvipc/shm"
	local loop='ipcs -m | awk "\$2 ~ /^[0-9]/ { print \$2 }" | while read id; do ipcrm -m $id; done'
	say 'removing 4,000 segments'
	make_objects shm "$many"
	"$SHMTOOL" rm --quiet --kind shm >/dev/null || die 1 'rm --kind shm: failed'
	nothing_left 'rm --kind shm'
	measure_to null "$none && $programs/make_objects shm $many" 41 \
		floor "$programs/floor_remove" shm -- shm "$SHMTOOL" rm --quiet --kind shm
	nothing_left 'rm --kind shm'
	slower "$what" shm floor 'floor_remove' 1500

	say "removing $few segments one by one"
	measure_to null "$none && $programs/make_objects shm $few" 3 loop "$bash" -c "$loop"
	nothing_left 'the loop'
	scaled loop "$few" "$many"
	faster 'the same' shm loop "\`ipcrm -m\` for each, of $few" 100000
}

measure_removal() {
	local kind
	for kind in shm pshm; do
		"$programs/floor_remove" "$kind" || die 1 'cannot remove what is left of the lists'
	done
	remove_posix
	remove_segments_of_all
}
