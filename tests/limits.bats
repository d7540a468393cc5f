#!/usr/bin/env bats
# limits: all limits, their use, and a warning with the remedy near a limit.

load test_helper
load truth

# limit NAME COLUMN: a value of the last output in JSON. Not for numbers near 2^64, which jq rounds.
limit() {
	json --arg name "$1" --arg column "$2" '.[] | select(.limit == $name) | .[$column]'
}

# raw_limit NAME COLUMN: a value as text, exact.
raw_limit() {
	"$SHMTOOL" limits --quiet --raw --no-headings -o "limit,$2" | awk -v name="$1" '$1 == name { print $2 }'
}

sysctl_value() {
	cat "/proc/sys/kernel/$1"
}

@test "limits: a table with limit, value, used, percent and unit" {
	run_tool limits
	assert_success
	assert_line --regexp '^limit +value +used +percent +unit$'
	for name in shmmax shmall shmmni shmmin shm_rmid_forced devshm_size devshm_inodes memlock; do
		assert_line --regexp "^$name "
	done
	refute_output --regexp $'[ \t](\n|$)'
}

@test "limits: the values are those of /proc/sys/kernel" {
	for name in shmmax shmall shmmni shm_rmid_forced; do
		assert_equal "$name $(raw_limit "$name" value)" "$name $(sysctl_value "$name")"
	done
}

@test "limits: shmmin is 1, on every Linux" {
	assert_equal "$(raw_limit shmmin value)" 1
}

@test "limits: values near 2^64 are shown as they are" {
	require_root
	set_limit shmmax 18446744073692774399
	set_limit shmall 18446744073709551615
	assert_equal "$(raw_limit shmmax value)" 18446744073692774399
	assert_equal "$(raw_limit shmall value)" 18446744073709551615
	run_tool limits
	assert_line --regexp '^shmmax +18446744073692774399 '
	run_tool limits --json
	assert_output --regexp '"value": ?18446744073692774399[^0-9]'
}

@test "limits: other values of shmmax, shmall and shmmni" {
	set_limit shmmax 123456789
	set_limit shmall 1000
	set_limit shmmni 77
	set_limit shm_rmid_forced 1
	run_tool limits --json
	assert_success
	assert_equal "$(limit shmmax value) $(limit shmall value)" '123456789 1000'
	assert_equal "$(limit shmmni value) $(limit shm_rmid_forced value)" '77 1'
}

@test "limits: shmmni counts the segments" {
	"$HELPERS/make_segments" 7 4096
	set_limit shmmni 100
	run_tool limits --json
	assert_success
	assert_equal "$(limit shmmni used)" 7
	assert_equal "$(limit shmmni percent | cut -d. -f1)" 7
}

@test "limits: shmall counts the pages of all segments" {
	new_segment 10000
	new_segment 1
	set_limit shmall 1000
	run_tool limits --json
	assert_success
	assert_equal "$(limit shmall used)" 4
	assert_equal "$(limit shmall unit)" pages
}

@test "limits: the count of pages is the kernel's own, as ipcs has it" {
	"$HELPERS/make_segments" 5 12345
	run_tool limits --json
	assert_success
	assert_equal "$(limit shmall used)" "$(ipcs -m -u | awk '/^pages allocated/ { print $3 }')"
	assert_equal "$(limit shmmni used)" "$(ipcs -m -u | awk '/^segments allocated/ { print $3 }')"
}

@test "limits: a segment marked for destruction still counts" {
	id=$(new_segment 4096)
	hold "$id"
	"$HELPERS/segment_control" "$id" rmid
	run_tool limits --json
	assert_success
	assert_equal "$(limit shmmni used)" 1
	assert_equal "$(limit shmall used)" 1
}

@test "limits: nothing used is 0, not unknown" {
	run_tool limits --json
	assert_success
	assert_equal "$(limit shmmni used) $(limit shmall used)" '0 0'
}

@test "limits: size and use of /dev/shm, as df has them" {
	mount_shm size=8M,nr_inodes=100
	head -c 1000000 /dev/zero >/dev/shm/shmtool-test
	run_tool limits --json
	assert_success
	assert_equal "$(limit devshm_size value)" "$(df -B1 --output=size /dev/shm | awk 'NR == 2 { print $1 }')"
	assert_equal "$(limit devshm_size value)" 8388608
	assert_equal "$(limit devshm_size used)" "$(df -B1 --output=used /dev/shm | awk 'NR == 2 { print $1 }')"
	assert_equal "$(limit devshm_size percent | cut -d. -f1)" 11
	assert_equal "$(limit devshm_size unit)" bytes
}

@test "limits: inodes of /dev/shm, as df has them" {
	mount_shm size=8M,nr_inodes=100
	for number in 1 2 3 4; do
		: >"/dev/shm/shmtool-$number"
	done
	run_tool limits --json
	assert_success
	assert_equal "$(limit devshm_inodes value) $(limit devshm_inodes used)" \
		"$(df --output=itotal,iused /dev/shm | awk 'NR == 2 { print $1, $2 }')"
}

@test "limits: memlock is the caller's RLIMIT_MEMLOCK" {
	run_apart bash -c 'ulimit -S -l 1024; "$SHMTOOL" limits --json'
	assert_success
	assert_equal "$(limit memlock value)" 1048576
	assert_equal "$(limit memlock unit)" bytes
}

@test "limits: memlock without a limit is unlimited" {
	require_root
	run_apart bash -c 'ulimit -l unlimited || exit 77; "$SHMTOOL" limits'
	[ "$status" -ne 77 ] || skip 'needs CAP_SYS_RESOURCE'
	assert_success
	assert_line --regexp '^memlock +unlimited '
}

@test "limits: huge pages by size" {
	[ -d /sys/kernel/mm/hugepages ] || skip 'needs a kernel with huge pages'
	run_tool limits
	assert_success
	for directory in /sys/kernel/mm/hugepages/hugepages-*; do
		assert_line --regexp "^hugepages_${directory##*-} "
	done
}

@test "limits --json: the keys, and numbers as numbers" {
	set_limit shmmax 1000000
	run_tool limits --json
	assert_success
	assert_equal "$(json '.[0] | keys_unsorted | join(" ")')" 'limit value used percent unit'
	assert_equal "$(json '.[] | select(.limit == "shmmni") | [.value, .used, .percent] | map(type) | unique[]')" number
}

@test "limits --raw: a heading and lines of five words" {
	run_tool limits --raw
	assert_success
	assert_equal "${lines[0],,}" 'limit value used percent unit'
	assert_equal "$(awk '{ print NF }' <<<"$output" | sort -u)" 5
}

@test "limits --export: lines that a shell can evaluate" {
	set_limit shmmni 77
	run_tool limits --export
	assert_success
	while IFS= read -r line; do
		(eval "${line^^}")
	done <<<"$output"
	assert_output --regexp '[Ll][Ii][Mm][Ii][Tt]="shmmni" [Vv][Aa][Ll][Uu][Ee]="77"'
}

@test "limits -o, --no-headings, --sort" {
	set_limit shmmni 77
	run_tool limits -o limit,value --no-headings --raw
	assert_success
	assert_line 'shmmni 77'
	run_tool limits -o limit --no-headings --raw --sort limit
	assert_success
	assert_equal "$output" "$(LC_ALL=C sort <<<"$output")"
	run_tool limits -o help
	assert_success
	assert_output --partial percent
}

@test "limits --human: sizes with a suffix" {
	set_limit shmmax 1572864
	run_tool limits --human
	assert_success
	assert_line --regexp '^shmmax +1\.5M '
}

# cure LIMIT: the number in the command that limits names to raise it
cure() {
	sed -n "s/^shmtool: limits: $1: .*=//p" <<<"$stderr" | tr -d "')"
}

@test "limits: the suggested value is above the use if a limit was lowered below it" {
	require_native SHM_STAT_ANY
	"$HELPERS/make_segments" 3 8192
	ipcmk -Q >/dev/null
	ipcmk -Q >/dev/null
	ipcmk -Q >/dev/null
	for _ in 1 2 3; do ipcmk -S 30 >/dev/null; done
	set_limit shmmni 1
	set_limit shmall 1
	set_limit shmmax 1
	set_limit msgmni 1
	set_limit sem '2 3 32 1'
	run_tool limits --kind shm,msg,sem
	assert_success
	assert_stderr_like '3 of 1 segments are in use, 300 %'
	assert_equal "$(cure shmmni) $(cure shmall) $(cure shmmax) $(cure msgmni)" '6 12 16384 6'
	assert_equal "$(cure semmni)" '2 3 32 6'
	assert_equal "$(cure semmns)" '2 180 32 1'
	assert_equal "$(cure semmsl)" '60 3 32 1'
	# The suggested command helps.
	for name in shmmni shmall shmmax; do
		cure "$name" >"/proc/sys/kernel/$name"
	done
	run ipcmk -M 8192
	assert_success
}

@test "limits: a limit of 0 that is exceeded is warned of, too" {
	"$HELPERS/make_segments" 3 1
	set_limit shmmni 0
	run_tool limits --kind shm
	assert_success
	assert_stderr_like '3 of 0 segments are in use \(to raise it, as root: sysctl kernel\.shmmni=6\)'
}

@test "limits: no warning far from the edge" {
	set_limit shmmni 100
	"$HELPERS/make_segments" 80 1
	run_tool limits
	assert_success
	assert_line --regexp '^shmmni +100 +80 +80'
	refute_stderr_like 'shmmni'
}

@test "limits: a warning with the sysctl when more than 80 % of shmmni is used" {
	set_limit shmmni 100
	"$HELPERS/make_segments" 81 1
	run_tool limits
	assert_success
	assert_stderr_like '^shmtool: limits: .*shmmni' '81' 'sysctl (-w )?kernel\.shmmni='
}

@test "limits: a warning with the sysctl when more than 80 % of shmall is used" {
	set_limit shmall 100
	new_segment $((95 * 4096)) 600
	run_tool limits
	assert_success
	assert_stderr_like '^shmtool: limits: .*shmall' '95' 'sysctl (-w )?kernel\.shmall='
}

@test "limits: the sysctl of a warning can be pasted" {
	require_command sysctl
	set_limit shmmni 10
	"$HELPERS/make_segments" 9 1
	run_tool limits
	assert_success
	command=$(grep -oE 'sysctl (-w )?kernel\.shmmni=[0-9]+' <<<"$stderr")
	$command
	[ "$(sysctl_value shmmni)" -gt 10 ]
}

@test "limits: a warning with the mount command when more than 80 % of /dev/shm is used" {
	mount_shm size=1M
	head -c 900000 /dev/zero >/dev/shm/shmtool-test
	run_tool limits
	assert_success
	assert_stderr_like '^shmtool: limits: .*/dev/shm|^shmtool: limits: .*devshm_size' 'mount .*remount,size=[^ ]+ /dev/shm'
}

@test "limits: bytes of /dev/shm in no object are reported, with the command that lists them" {
	mount_shm size=1M
	head -c 900000 /dev/zero >/dev/shm/shmtool-test
	run_tool limits
	refute_stderr_like -- '--unnamed'
	"$HELPERS/hold_files" -m /dev/shm/shmtool-test >held 3>&- &
	holder=$!
	wait_until 10 grep -q holding held
	rm /dev/shm/shmtool-test
	run_tool limits
	assert_success
	assert_stderr_like 'devshm_size: 901120 of these bytes are in no object that is listed: .*shmtool users --unnamed$'
	kill "$holder"
	wait "$holder" || true
}

@test "limits: the mount command of a warning can be pasted" {
	mount_shm size=1M
	head -c 900000 /dev/zero >/dev/shm/shmtool-test
	run_tool limits
	assert_success
	command=$(grep -oE 'mount -o remount,size=[0-9A-Za-z]+ /dev/shm' <<<"$stderr")
	$command
	[ "$(df -B1 --output=size /dev/shm | awk 'NR == 2 { print $1 }')" -gt 1048576 ]
}

@test "limits: a warning with the mount command when more than 80 % of the inodes are used" {
	mount_shm size=1M,nr_inodes=10
	for number in {1..8}; do
		: >"/dev/shm/shmtool-$number"
	done
	run_tool limits
	assert_success
	assert_stderr_like 'inodes' 'mount .*remount,nr_inodes=[^ ]+ /dev/shm'
}

@test "limits --quiet: no warning" {
	set_limit shmmni 10
	"$HELPERS/make_segments" 10 1
	run_tool limits --quiet
	assert_success
	assert_line --regexp '^shmmni +10 +10 +100'
	assert_stderr_empty
}

@test "limits: looking changes nothing" {
	new_segment 4096
	: >/dev/shm/shmtool-test
	run_tool limits
	assert_success
	assert_line --regexp '^shmmni '
	assert_unchanged
}

@test "limits: an unprivileged user sees the same values" {
	require_root
	set_limit shmmni 77
	"$HELPERS/make_segments" 3 4096
	run_tool_as_user limits --json
	assert_success
	assert_equal "$(limit shmmni value) $(limit shmmni used) $(limit shmall used)" '77 3 3'
}

@test "limits: an operand and the kind dir are usage errors" {
	run_tool limits shmmax
	assert_usage_error limits 'shmmax'
	run_tool limits --kind shm,dir
	assert_usage_error limits '--kind: dir has no limits of its own'
}

@test "limits: a /dev/shm without a limit is unlimited" {
	mount_shm size=0,nr_inodes=0
	head -c 1000000 /dev/zero >/dev/shm/shmtool-test
	run_tool limits
	assert_success
	assert_stderr_empty
	assert_line --regexp '^devshm_size +unlimited '
	assert_line --regexp '^devshm_inodes +unlimited '
}

@test "limits -v: explains each limit" {
	run_tool limits -v
	assert_success
	assert_line --regexp '^shmmni +[0-9]+ .* number of segments$'
	run_tool limits -o +meaning --json
	assert_equal "$(jq -r '.[] | select(.limit == "shmmax") | .meaning' <<<"$output")" 'largest segment'
}

@test "limits: has no times, so no time format" {
	run_tool limits --time-format unix
	assert_usage_error limits '--time-format'
}

@test "limits: a warning with the sysctl when the largest segment is more than 80 % of shmmax" {
	require_native SHM_STAT_ANY
	set_limit shmmax 100000
	new_segment 90000
	run_tool limits
	assert_success
	assert_stderr_like '^shmtool: limits: shmmax: 90000 of 100000 bytes are in use, 90 % .*sysctl kernel\.shmmax=200000'
}

@test "limits: no warning at 80 % exactly" {
	set_limit shmmni 10
	"$HELPERS/make_segments" 8 1
	run_tool limits
	assert_success
	refute_stderr_like shmmni
	new_segment 1
	run_tool limits
	assert_stderr_like 'shmmni: 9 of 10 segments are in use, 90 %'
}

@test "limits --sort: unlimited is more than any number" {
	mount_shm size=0
	run_tool limits --quiet --sort value --raw --no-headings -o limit,value
	assert_success
	run grep -n -e unlimited -e '^shmmax' <<<"$output"
	assert_line --index 0 --partial shmmax
	assert_line --index 1 --partial unlimited
	run_tool limits --quiet --sort -value --raw --no-headings -o value
	assert_line --index 0 unlimited
}

@test "limits --human: numbers near 2^64" {
	set_limit shmmax 18446744073692774399
	run_tool limits --human --raw --no-headings -o limit,value
	assert_line 'shmmax 16E'
}

@test "limits: a limit that can't be read without descriptors is a failure, not omitted" {
	require_native 'a start without descriptors'
	run_tool limits --raw --no-headings -o limit
	assert_success
	local all=$output
	for count in {4..20}; do
		run_apart bash -c 'for fd in {3..20}; do eval "exec $fd>&-"; done
			ulimit -n "$1"; exec "$SHMTOOL" limits --raw --no-headings -o limit' bash "$count"
		[[ $output == "$all" ]] || {
			assert_failure 1
			assert_stderr_like "$(few_files)"
		}
	done
	assert_success
	assert_output "$all"
}
