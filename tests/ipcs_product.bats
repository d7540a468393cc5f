#!/usr/bin/env bats
# ipcs: every combination of resource, format and size option, as util-linux's has it, byte for
# byte: with no objects, with hundreds of mixed ones, as root and unprivileged.
# Takes 50 seconds.

load test_helper
load truth
load classic

# pairs of formats, where the last one takes effect.
pairs() {
	local first second

	for first in "${formats[@]:1}"; do
		for second in "${formats[@]:1}"; do
			[[ $first == "$second" ]] || printf '%s %s\n' "$first" "$second"
		done
	done
}

@test "ipcs: resource × format × size, with no objects" {
	require_peer ipcs
	compare_product root "${formats[@]}"
	assert_same 390
}

@test "ipcs: resource × format × size, with hundreds of mixed objects" {
	require_64_bit
	require_peer ipcs
	start_mixed_objects 150
	assert_mixed_objects 150
	compare_product root "${formats[@]}"
	assert_same 390
}

@test "ipcs: resource × two formats × size: the last format wins" {
	require_64_bit
	require_peer ipcs
	start_mixed_objects 20
	mapfile -t two_formats < <(pairs)
	assert_equal "${#two_formats[@]}" 20
	resources=('' -m -q -s -a) sizes=('' -b --human)
	compare_product root "${two_formats[@]}"
	assert_same 300
}

@test "ipcs: options by long names, abbreviations and combined letters" {
	require_64_bit
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
