#!/usr/bin/env bats
# write where there is no space by default: after the end, in an empty file; and the NUL after a text.
#
# shellcheck disable=SC2016,SC2154 # expanded by the inner shell; stderr is set by run

load test_helper
load truth

page=$(getconf PAGESIZE)

@test "write --nul: also after standard input and a file" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 32
	run_tool write "/$PREFIX_NAME" --string 'a long text'
	run_apart bash -c 'printf short | "$SHMTOOL" write "$0" --nul -v' "/$PREFIX_NAME"
	assert_success
	assert_stderr_like 'wrote 6 bytes'
	assert_equal "$(head -c 12 "/dev/shm/$PREFIX_NAME" | tr '\0' .)" 'short. text.'
	printf ab >text
	run_tool write "/$PREFIX_NAME" --input text --nul
	assert_success
	assert_equal "$(head -c 5 "/dev/shm/$PREFIX_NAME" | tr '\0' .)" 'ab.rt'
	run_tool write "/$PREFIX_NAME" --string 0123456789 --length 3 --nul
	assert_success
	assert_equal "$(head -c 6 "/dev/shm/$PREFIX_NAME" | tr '\0' .)" '012.t.'
}

@test "write --nul: an input that is too long leaves room for it" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 4
	run_apart bash -c 'printf 0123456789 | "$SHMTOOL" write "$0" --nul' "/$PREFIX_NAME"
	assert_fails write 'more input is left'
	assert_equal "$(tr '\0' . <"/dev/shm/$PREFIX_NAME")" 012.
	run_tool write "/$PREFIX_NAME" --string abcd --nul
	assert_fails write "5 bytes don't fit"
	printf abcd >text
	run_tool write "/$PREFIX_NAME" --input text --nul
	assert_fails write "5 bytes don't fit"
	run_apart bash -c 'printf abc | "$SHMTOOL" write --create "$0" --size 4 --nul' ./new
	assert_success
	assert_equal "$(tr '\0' . <new)" abc.
}

# A file on a disk would lose the bytes after its end as soon as the kernel writes the page back.
in_tmpfs() {
	mkdir "/dev/shm/$PREFIX_NAME.d"
	cd "/dev/shm/$PREFIX_NAME.d" || return
}

@test "write --beyond-eof: bytes after the end are visible to all mappings" {
	in_tmpfs
	for ref in "/$PREFIX_NAME" ./file id; do
		case $ref in
		id) ref=$(make_segment 100 0600) ;;
		./file) head -c 100 /dev/zero >file ;;
		*) "$HELPERS/make_object" "$ref" 100 ;;
		esac
		run_tool write "$ref" --offset 98 --string 0123 --beyond-eof -v
		assert_success
		assert_stderr_like 'wrote 4 bytes at offset 98'
		run_tool read "$ref" --offset 98 --length 4 --beyond-eof --format string
		assert_success
		assert_output 0123
		run_apart bash -c 'printf abc | "$SHMTOOL" write "$0" --offset 101 --nul --beyond-eof' "$ref"
		assert_success
		run_tool read "$ref" --offset 98 --beyond-eof --format string
		assert_output 012abc
		run_tool write "$ref" --fill 'x' --beyond-eof
		assert_usage_error write --fill
		run_tool write "$ref" --fill "'x'" --beyond-eof
		assert_success
		run_apart bash -c '"$SHMTOOL" read "$0" --beyond-eof | tr -d x | wc -c' "$ref"
		assert_output 0
		run_apart bash -c '"$SHMTOOL" read "$0" --beyond-eof | wc -c' "$ref"
		assert_output "$page"
	done
	assert_equal "$(stat -c %s file)" 100
	assert_equal "$(stat -c %s "/dev/shm/$PREFIX_NAME")" 100
}

@test "write --beyond-eof: ends with the page, and without it with the object" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 100
	run_tool write "/$PREFIX_NAME" --offset $((page - 1)) --string ab --beyond-eof
	assert_fails write "2 bytes don't fit"
	run_tool write "/$PREFIX_NAME" --offset 99 --string ab
	assert_fails write "2 bytes don't fit"
	run_apart bash -c 'yes | "$SHMTOOL" write "$0" --beyond-eof' "/$PREFIX_NAME"
	assert_fails write "$page bytes were written" 'more input is left'
	run_tool write "/$PREFIX_NAME" --string a --beyond-eof --sync
	assert_usage_error write '--sync'
}

@test "write --beyond-eof: records, the last one after the end" {
	in_tmpfs
	truncate -s 8 file
	run_apart bash -c 'printf "n\n1\n2\n3\n" | "$SHMTOOL" write ./file --record "int n;" --beyond-eof'
	assert_success
	run_tool read ./file --record 'int n;' --beyond-eof --count 3 --raw --no-headings
	assert_output $'1\n2\n3'
}

@test "write into an empty file: the sentence has the way out, and the way out works" {
	: >empty
	: >"/dev/shm/$PREFIX_NAME"
	for ref in ./empty "/$PREFIX_NAME"; do
		file=${ref/#\/$PREFIX_NAME//dev/shm/$PREFIX_NAME}
		run_tool write "$ref" --string hello
		assert_fails write "5 bytes don't fit: it is empty" '--create' '--size'
		assert_equal "$(stat -c %s "$file")" 0
		run_tool write --create --size 4K "$ref" --string hello
		assert_success
		assert_equal "$(stat -c %s "$file")" 4096
		assert_equal "$(head -c 5 "$file")" hello
		: >"$file"
		run_tool write --create "$ref" --string hello -v
		assert_success
		assert_equal "$(cat "$file")" hello
		: >"$file"
		run_apart bash -c 'echo hello | "$SHMTOOL" write --create "$0"' "$ref"
		assert_failure 2
		assert_stderr_like '--create needs --size'
		run_tool write --create --size 3 "$ref" --string hello
		assert_fails write "5 bytes don't fit"
		assert_equal "$(stat -c %s "$file")" 0
	done
}

@test "write --create: a file that is not empty keeps its size" {
	printf abc >file
	run_tool write --create --size 4K ./file --string 12
	assert_success
	assert_equal "$(cat file)" 12c
}

@test "read --format string: adds no second newline" {
	"$HELPERS/make_object" "/$PREFIX_NAME" 64
	run_apart bash -c 'echo line | "$SHMTOOL" write "$0" --nul' "/$PREFIX_NAME"
	assert_success
	"$SHMTOOL" read "/$PREFIX_NAME" --format string >text
	assert_equal "$(od -An -c text | tr -d ' ')" 'line\n'
	run_tool write "/$PREFIX_NAME" --string text --nul
	"$SHMTOOL" read "/$PREFIX_NAME" --format string >text
	assert_equal "$(od -An -c text | tr -d ' ')" 'text\n'
	run_tool write "/$PREFIX_NAME" --fill 0
	"$SHMTOOL" read "/$PREFIX_NAME" --format string >text
	assert_equal "$(od -An -c text | tr -d ' ')" '\n'
}

@test "map-file of a device that has no end knows no place where SIGBUS begins, and no size" {
	run_tool map-file /dev/zero --length 8K --raw --no-headings -o sigbus,bytes,end_page,beyond_end
	assert_success
	assert_output '- - - -'
	run_tool map-file /dev/zero --length 8K --populate --write text --private --json -o sigbus,pages
	assert_success
	assert_output --partial '"sigbus":null'
	: >empty
	run_tool map-file empty --length 8K --raw --no-headings -o sigbus,bytes
	assert_success
	assert_output '0 0'
}
