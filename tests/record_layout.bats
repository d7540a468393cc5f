#!/usr/bin/env bats
# Records: their layout is that of the C compiler.

load test_helper

structs=300

# layouts SEED: expected, what the compiler makes of random structs, and found, what --layout says:
# a line for each member, "struct name offset bytes", and one for each struct's size, "struct = bytes".
layouts() {
	local packing declaration option

	! is_musl || [[ $(cc -dumpmachine) == *musl* ]] || skip 'needs a compiler with the C library of the program'
	"$SRCDIR/tests/record_structs.pl" program "$1" $structs >structs.c
	# As shmtool is built.
	cc -w -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -o structs structs.c
	./structs >expected
	while IFS=$'\t' read -r packing declaration; do
		option=()
		[[ $packing != packed ]] || option=(--packed)
		shmtool read --record "$declaration" "${option[@]}" --layout --json || return
	done < <("$SRCDIR/tests/record_structs.pl" list "$1" $structs) >layouts.json
	jq -nr '[inputs] | to_entries[] | .key as $struct |
		(.value[] | "\($struct) \(.member) \(.offset) \(.bytes)"),
		(.value[-1] | "\($struct) = \(.offset + .bytes + .padding)")' layouts.json >found
}

@test "read --layout: offsets and sizes of 300 random structs are the compiler's" {
	layouts 1
	assert_equal "$(jq -n '[inputs] | length' layouts.json)" $structs
	run diff expected found
	assert_success
}

@test "read --layout: and of 300 others" {
	layouts 2
	run diff expected found
	assert_success
}

@test "read --layout: members and padding leave no gap" {
	layouts 3
	run jq -n '[inputs[] | {at: .offset, end: (.offset + .bytes + .padding)}] |
		[.[:-1], .[1:]] | transpose | map(select(.[1].at != 0 and .[0].end != .[1].at)) | length' \
		layouts.json
	assert_success
	assert_output 0
}

@test "read --layout --packed: no padding" {
	run jq -n '[inputs[].padding] | add' \
		<<<"$(shmtool read --packed --layout --json \
			--record 'char a; struct { short b; double c; } d[2]; int e')"
	assert_success
	assert_output 0
}
