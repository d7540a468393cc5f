#!/usr/bin/env bats
# ipcs: every combination of resource, format and size option, as util-linux's has it, byte for
# byte: with no objects, with hundreds of mixed ones, as root and unprivileged.

load test_helper
load truth
load classic

resources=('' -m -q -s -a -mq -qm -ms -qs -mqs '-m -a' '-a -s' '-s -m -q')
formats=('' -t -p -c -l -u)
sizes=('' -b --human '-b --human' '--human -b')

# pairs of formats, of which the last wins.
pairs() {
	local first second

	for first in "${formats[@]:1}"; do
		for second in "${formats[@]:1}"; do
			[[ $first == "$second" ]] || printf '%s %s\n' "$first" "$second"
		done
	done
}

# compare_product root|user FORMAT...: ipcs with each combination of one of the resources, one of
# these formats and one of the sizes.
compare_product() {
	local who=$1 resource format size words
	shift

	for resource in "${resources[@]}"; do
		for format; do
			for size in "${sizes[@]}"; do
				read -ra words <<<"$resource $format $size"
				compare_as "$who" ipcs "${words[@]}"
			done
		done
	done
}

# start_mixed_objects COUNT: of as many owners as this user may give them to.
start_mixed_objects() {
	local owners=()

	if ((EUID == 0)); then
		owners=(0:0 1:2 65534:65534 4294967294:4294967294 54321:54322 65534:0)
	fi
	start_objects "$1" "${owners[@]}"
}

# The objects must be what the tests say of them, or they would compare little.
assert_mixed_objects() {
	local kind

	for kind in shm msg sem; do
		assert [ "$(ids "$kind" | wc -l)" -ge "$1" ]
	done
	run "$theirs/ipcs" -m
	assert_line --regexp ' dest *$'
	assert_line --regexp ' dest +locked *$'
	assert_line --regexp ' [0-9]+ +locked *$'
	assert_line --regexp '^0x00000000 .* 1 *$'
	assert_line --regexp '^0x80000000 '
	assert_line --regexp ' 9223372036854775807 '
}

@test "ipcs: resource × format × size, with no objects" {
	require_peer ipcs
	compare_product root "${formats[@]}"
	assert_same 390
}

@test "ipcs: resource × format × size, with hundreds of mixed objects" {
	require_peer ipcs
	start_mixed_objects 150
	assert_mixed_objects 150
	compare_product root "${formats[@]}"
	assert_same 390
}

@test "ipcs: resource × format × size, with hundreds of mixed objects, unprivileged" {
	require_peer ipcs
	require_root
	start_mixed_objects 150
	assert_mixed_objects 150
	compare_product user "${formats[@]}"
	assert_same 390
}

@test "ipcs: resource × format × size, unprivileged, with objects that nobody else may read" {
	require_peer ipcs
	require_root
	"$HELPERS/make_ipc" {shm,msg,sem},0x{1,80000002},600,3 {shm,msg,sem},0,0,3
	compare_product user "${formats[@]}"
	assert_same 390
}

@test "ipcs: resource × two formats × size: the last format wins" {
	require_peer ipcs
	start_mixed_objects 20
	mapfile -t two_formats < <(pairs)
	assert_equal "${#two_formats[@]}" 20
	resources=('' -m -q -s -a) sizes=('' -b --human)
	compare_product root "${two_formats[@]}"
	assert_same 300
}

@test "ipcs: options by long names, abbreviations and combined letters" {
	require_peer ipcs
	start_mixed_objects 20
	for resource in --shmems --queues --semaphores --all --shm --sh --q --sem --se --al --a; do
		for format in --time --pid --creator --limits --summary --ti --t --pi --p --crea --c \
			--lim --l --summ --su; do
			compare ipcs "$resource" "$format"
			compare ipcs "$format" "$resource" --by
		done
	done
	for letters in -mt -tm -mp -pm -mc -cm -ml -lm -mu -um -mb -bm -mqst -tsqm -aub -btqs -mqsb \
		-lu -ul -tpclu -ulcpt -mtpb -bbb -mmm -qtb -sctb; do
		compare ipcs "$letters"
		compare ipcs "$letters" --human
		compare ipcs --hum "$letters" -b
	done
	for size in --bytes --byte --b --human --huma --hum --hu; do
		compare ipcs "$size"
		compare ipcs "$size" --summary --limits -m
	done
	assert_same 400
}
