#!/usr/bin/env bats
# write --record --last: the order in which the members of a record arrive.
#
# shellcheck disable=SC2016,SC2154 # expanded by the inner shell; stderr is set by run

load test_helper
load truth

record='unsigned flag; char text[8188];'

# spin OBJECT REF ARGUMENT...: 300 records through the tool, and a reader that spins on the flag.
spin() {
	run "$HELPERS/spin_record" "$1" 300 "$SHMTOOL" write "$2" --record "$record" "${@:3}"
}

@test "write --last: a spinning reader sees no flag before its text, in a segment" {
	id=$(make_segment 8192 0600)
	spin "id:$id" "$id" --last flag
	assert_success
	assert_output '0 torn of 300'
}

@test "write --last: the same in a POSIX object and in a file" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 8192
	spin "/dev/shm/$PREFIX_NAME" "/$PREFIX_NAME" --last flag
	assert_success
	assert_output '0 torn of 300'
	truncate -s 8192 file
	spin file ./file --last flag
	assert_success
	assert_output '0 torn of 300'
}

@test "write --last: as an unprivileged user with only the mapping of a segment" {
	chmod 711 "$BATS_TEST_TMPDIR"
	id=$(make_segment 8192 0666)
	run as_user "$HELPERS/spin_record" "id:$id" 300 "$SHMTOOL" write "$id" --record "$record" \
		--last flag
	assert_success
	assert_output '0 torn of 300'
}

@test "write --last: stores the same bytes as without it, members of every size" {
	members='char name[5]; char c; short s; int i; long long l; double d; bool b; int n[2];'
	for id in 1 2; do
		"$HELPERS/make_object" "/$PREFIX_NAME-$id" 4096
	done
	cat >rows <<-END
		[{"name":"one","c":"x","s":-1,"i":2,"l":3,"d":1.5,"b":true,"n":[7,8]},
		{"name":"two","c":"y","s":-2,"i":3,"l":4,"d":2.5,"b":false,"n":[9,10]}]
	END
	run_tool write "/$PREFIX_NAME-1" --record "$members" --header 16 --input rows
	assert_success
	for last in c s i l d b 'n[0]' 'n[1]'; do
		dd if=/dev/urandom of="/dev/shm/$PREFIX_NAME-2" bs=4096 count=1 conv=notrunc status=none
		run_tool write "/$PREFIX_NAME-2" --record "$members" --header 16 --input rows --last "$last" -v
		assert_success
		assert_stderr_like 'wrote 96 bytes at offset 16'
		run cmp -i 16 -n 96 "/dev/shm/$PREFIX_NAME-1" "/dev/shm/$PREFIX_NAME-2"
		assert_success
	done
}

@test "write --last: a member that can't be stored atomically is refused, and nothing is written" {
	id=$(make_segment 4096 0600)
	row='{"name":"a","n":1}'
	for arguments in '--last name' '--last n --packed' '--last n --offset 2' '--last n --header 1' \
		'--last x'; do
		# shellcheck disable=SC2086 # several words
		run_apart bash -c 'echo "$0" | "$SHMTOOL" write "$@"' "$row" "$id" \
			--record 'char name[5]; int n;' $arguments
		assert_usage_error write '--last'
	done
	# Records of 5 bytes: only the first would be aligned.
	run_apart bash -c 'echo "$0" | "$SHMTOOL" write "$@"' '{"n":1,"c":"x"}' "$id" \
		--record 'int n; char c;' --packed --last n
	assert_usage_error write '--last n: is not aligned'
	run_tool write "$id" --string a --last n
	assert_usage_error write '--last needs --record'
	run_apart bash -c 'echo "$0" | "$SHMTOOL" write "$@"' "$row" "$id" \
		--record 'char name[5]; int number;' --last numbr
	assert_usage_error write 'did you mean number'
	run_apart bash -c 'cmp <("$SHMTOOL" read "$0") <(head -c 4096 /dev/zero)' "$id"
	assert_success
}

@test "write --last --create: makes the object" {
	run_apart bash -c 'echo "{\"n\":1,\"m\":2}" | "$SHMTOOL" write --create ./new --record "int n, m;" --last n'
	assert_success
	assert_equal "$(od -An -td4 new | tr -s ' ')" ' 1 2'
}
