#!/usr/bin/env bats
# limits --check, the use in decimals, the fullest queues, and objects that can't all be filled.

load test_helper
load truth

# limit NAME COLUMN: a value of the last output in JSON.
limit() {
	json --arg name "$1" --arg column "$2" '.[] | select(.limit == $name) | .[$column]'
}

# check [ARGUMENT...]: runs limits --check without the limits that all of the machine shares.
check() {
	run_tool limits --check --name '!hugepages_*,!shm_sparse' "$@"
}

# fill NAME BYTES: a POSIX object whose pages are all in memory.
fill() {
	head -c "$2" /dev/zero >"/dev/shm/$1"
}

# assert_line_only TEXT: standard output is this line, standard error is empty.
assert_line_only() {
	assert_output "$1"
	assert_stderr_empty
}

@test "limits --check: status 0 and no output if all is below 80 %" {
	mount_shm size=1M
	fill a $((204 * 4096)) # 79.68 %
	check
	assert_success
	assert_line_only ''
}

@test "limits --check: status 1 and one line at 80 % exactly" {
	set_limit shmmni 10
	"$HELPERS/make_segments" 8 1
	check
	assert_failure 1
	assert_line_only 'shmmni 80% (8 of 10 segments)'
}

@test "limits --check=LEVEL: with and without a percent sign and decimals" {
	mount_shm size=1M
	fill a $((224 * 4096)) # 87.5 %
	for level in 87.5 87.5% 87.50% 87 1 0.01%; do
		run_tool limits "--check=$level" --name devshm_size
		assert_failure 1
		assert_line_only 'devshm_size 87.5% (917504 of 1048576 bytes)'
	done
	for level in 87.51 87.51% 88 100 100%; do
		run_tool limits "--check=$level" --name devshm_size
		assert_success
		assert_line_only ''
	done
}

@test "limits --check: a word that is not a level is a usage error" {
	for level in '' 0 0% 100.01 101% -1 +80 80%% '80 %' x 0x50 80. .5 87.555 80K; do
		run_tool limits "--check=$level"
		assert_usage_error limits '--check'
	done
}

@test "limits --check LEVEL: the level must be attached, and the error says how" {
	run_tool limits --check 90%
	assert_usage_error limits "unexpected operand: '90%'" '--check=90%'
	run_tool limits --check shmmni
	assert_usage_error limits "unexpected operand: 'shmmni'"
	refute_stderr_like '--check=shmmni'
}

@test "limits --check: all limits on one line, the fullest first, as in the table" {
	mount_shm size=1M
	fill a $((250 * 4096))
	set_limit shmmni 10
	set_limit msgmni 1
	"$HELPERS/make_segments" 9 1
	ipcmk -Q >/dev/null
	check --kind shm,pshm,msg --name '!devshm_sparse'
	assert_failure 1
	assert_line_only 'msgmni 100% (1 of 1 queues), devshm_size 97.6% (1024000 of 1048576 bytes), shmmni 90% (9 of 10 segments)'
	run_tool limits --quiet --kind shm,pshm,msg --json
	assert_equal "$(json '[.[] | select(.percent != null and .percent >= 80 and (.limit | test("huge|^shm_") | not)) | .limit] | sort | join(" ")')" \
		'devshm_size msgmni shmmni'
}

@test "limits --check: a limit that was lowered below the use, even to 0" {
	"$HELPERS/make_segments" 3 1
	set_limit shmmni 2
	check
	assert_failure 1
	assert_line_only 'shmmni 150% (3 of 2 segments)'
	set_limit shmmni 0
	check
	assert_failure 1
	assert_line_only 'shmmni (3 of 0 segments)'
}

@test "limits --check --human: sizes with a suffix" {
	mount_shm size=1M
	fill a $((224 * 4096))
	check -H --name devshm_size
	assert_failure 1
	assert_line_only 'devshm_size 87.5% (896K of 1M)'
}

@test "limits --check --quiet: only the status" {
	set_limit shmmni 1
	"$HELPERS/make_segments" 1 1
	check --quiet
	assert_failure 1
	assert_line_only ''
}

@test "limits --check --json: an array of the rows, empty if there are none" {
	set_limit shmmni 10
	"$HELPERS/make_segments" 9 1
	check --json
	assert_failure 1
	assert_equal "$(json 'map(.limit) | join(" ")') $(limit shmmni percent)" 'shmmni 90'
	assert_stderr_empty
	check --check=91 --json
	assert_success
	assert_line_only '[]'
}

@test "limits --check -o, --raw and --export: the rows, and nothing if there are none" {
	set_limit shmmni 8
	"$HELPERS/make_segments" 7 1
	check --no-headings -o limit,percent
	assert_failure 1
	assert_line_only 'shmmni 87.5'
	check --raw
	assert_failure 1
	assert_line_only $'limit value used percent unit\nshmmni 8 7 87.5 segments'
	check --export -o limit,percent
	assert_failure 1
	assert_line_only 'LIMIT="shmmni" PERCENT="87.5"'
	for format in '-o limit' --raw --export; do
		# shellcheck disable=SC2086 # an option with its argument
		check --check=88 $format
		assert_success
		assert_line_only ''
	done
}

@test "limits --check: a limit that can't be read is an error, not fine" {
	for count in {4..20}; do
		run_apart bash -c 'for fd in {3..20}; do eval "exec $fd>&-"; done
			ulimit -n "$1"; exec "$SHMTOOL" limits --check --name "!hugepages_*,!shm_sparse"' bash "$count"
		assert_output ''
		[[ $status -ne 0 || $stderr ]] || continue
		assert_failure 1
		assert_stderr_like '^shmtool: limits: .*Too many open files'
	done
	assert_success
}

@test "limits --check: an unknown use of POSIX queues is an error, in a table it is unknown" {
	require_root
	require_mqueue
	"$HELPERS/mq_control" make "/$PREFIX_NAME" 600
	run_tool_as_user limits --kind pmsg --check
	assert_failure 1
	assert_output ''
	assert_stderr_like '^shmtool: limits: the use of msg_max is unknown: 1 of 1 queues can.t be opened'
	run_tool_as_user limits --kind pmsg --json
	assert_success
	assert_equal "$(limit msg_max used) $(limit queues_max used)" 'null 1'
	run_apart unshare --mount bash -c 'umount /dev/mqueue; exec "$SHMTOOL" limits --kind pmsg --check'
	assert_failure 1
	assert_stderr_like 'the use of queues_max is unknown: .*/dev/mqueue is not mounted'
}

@test "limits --check: an unprivileged user gets the same answer" {
	require_root
	set_limit shmmni 10
	"$HELPERS/make_segments" 9 1
	run_tool_as_user limits --check --name shmmni
	assert_failure 1
	assert_line_only 'shmmni 90% (9 of 10 segments)'
}

@test "limits --name: only limits of these names" {
	run_tool limits --quiet --raw --no-headings -o limit --name 'shm*,!shm_*'
	assert_success
	assert_output $'shmmax\nshmall\nshmmni\nshmmin'
	run_tool limits --name msgmni
	assert_failure 1
	assert_output ''
	assert_stderr_like '^shmtool: limits: --name: matches no limit of these kinds'
	run_tool limits --check --name typo
	assert_failure 1
	assert_stderr_like 'matches no limit'
	run_tool limits --check --json --name typo
	assert_failure 1
	assert_output '[]'
	run_tool limits --name ''
	assert_usage_error limits '--name'
}

@test "limits: percent has a decimal, in each format" {
	set_limit shmmni 1000
	"$HELPERS/make_segments" 3 1
	run_tool limits
	assert_line --regexp '^shmmni +1000 +3 +0\.3 segments$'
	run_tool limits --json
	assert_output --regexp '"limit": ?"shmmni"[^}]*"percent": ?0\.3[,}]'
	assert_equal "$(limit shmmni percent)" 0.3
	run_tool limits --raw --no-headings -o limit,percent
	assert_line 'shmmni 0.3'
}

@test "limits: percent is rounded down, and a use is never shown as 0" {
	set_limit shmmni 3000
	"$HELPERS/make_segments" 2 1
	run_tool limits --json
	assert_output --regexp '"limit": ?"shmmni"[^}]*"percent": ?0\.0[,}]'
	set_limit shmmni 3
	run_tool limits --json
	assert_equal "$(limit shmmni percent)" 66.6
	assert_equal "$(json 'map(.percent) | map(type) | unique | join(" ")')" 'null number'
}

@test "limits --sort percent: numbers, not words" {
	set_limit shmmni 1000
	set_limit msgmni 10
	"$HELPERS/make_segments" 85 1 # 8.5 %
	ipcmk -Q >/dev/null           # 10 %
	run_tool limits --quiet --kind shm,msg --raw --no-headings --sort -percent -o limit
	assert_line --index 0 msgmni
	assert_line --index 1 shmmni
}

@test "limits: msgmnb has the bytes of the fullest queue, by its own limit" {
	set_limit msgmnb 10000
	big=$("$HELPERS/queue_control" make 0 600)
	small=$("$HELPERS/queue_control" make 0 600)
	"$HELPERS/queue_control" send "$big" 5000
	"$HELPERS/queue_control" send "$small" 4000
	run_tool limits --kind msg --json
	assert_equal "$(limit msgmnb value) $(limit msgmnb used) $(limit msgmnb percent)" '10000 5000 50'
	"$HELPERS/queue_control" qbytes "$small" 4400
	run_tool limits --kind msg --json
	assert_equal "$(limit msgmnb used) $(limit msgmnb percent)" "$(proc_msg "$small" cbytes) 90.9"
	assert_stderr_like "msgmnb: 4000 of 4400 bytes are in use, 90 % by msg:$small "
	run_tool limits --kind msg --check
	assert_failure 1
	assert_line_only "msgmnb 90.9% (4000 of 4400 bytes, msg:$small)"
}

@test "limits: the command that raises the limit of a queue can be pasted" {
	require_root
	id=$("$HELPERS/queue_control" make 0 600)
	"$HELPERS/queue_control" send "$id" 8000 2
	# To raise a queue above msgmnb, root needs CAP_SYS_RESOURCE.
	set_limit msgmnb 65536
	run_tool limits --kind msg
	command=$(grep -oE 'shmtool set msg:[0-9]+ --size [0-9]+' <<<"$stderr")
	$command
	run_tool limits --kind msg --check
	assert_success
}

@test "limits: msg_max has the messages of the fullest POSIX queue" {
	require_mqueue
	"$HELPERS/mq_control" make "/$PREFIX_NAME-a" 600 10 16
	"$HELPERS/mq_control" make "/$PREFIX_NAME-b" 600 4 16
	"$HELPERS/mq_control" send "/$PREFIX_NAME-a" 1 5
	"$HELPERS/mq_control" send "/$PREFIX_NAME-b" 1 4
	run_tool limits --kind pmsg --json
	assert_equal "$(limit msg_max used) $(limit msg_max percent)" '4 100'
	run_tool limits --kind pmsg --check
	assert_failure 1
	assert_line_only "msg_max 100% (4 of 4 messages, pmsg:/$PREFIX_NAME-b)"
}

@test "limits: the semaphores of all sets, and of the largest" {
	set_limit sem '100 200 32 10'
	ipcmk -S 90 >/dev/null
	id=$(ipcmk -S 95)
	run_tool limits --kind sem --check
	assert_failure 1
	assert_line_only "semmsl 95% (95 of 100 semaphores, sem:${id##* }), semmns 92.5% (185 of 200 semaphores)"
}

@test "limits: devshm_sparse is the memory that filling all objects takes, of what is left" {
	mount_shm size=8M
	truncate -s 6M "/dev/shm/$PREFIX_NAME-a"
	truncate -s 1M "/dev/shm/$PREFIX_NAME-b"
	fill "$PREFIX_NAME-c" 65536
	ln "/dev/shm/$PREFIX_NAME-b" "/dev/shm/$PREFIX_NAME-d"
	run_tool limits --json
	assert_success
	assert_equal "$(limit devshm_size used) $(limit devshm_sparse used)" '65536 7340032'
	assert_equal "$(limit devshm_sparse value)" "$(df -B1 --output=avail /dev/shm | tail -n 1)"
	assert_equal "$(limit devshm_sparse percent)" 88.1
	refute_stderr_like devshm_sparse
	# Filled objects lack nothing, even if little is left.
	rm /dev/shm/*
	fill "$PREFIX_NAME-c" 8323072
	run_tool limits --json --name devshm_sparse
	assert_equal "$(limit devshm_sparse used) $(limit devshm_sparse value)" '0 65536'
	# The memory that is left counts if it is less.
	mount -o remount,size=0 /dev/shm
	run_tool limits --json --name devshm_sparse
	available=$(awk '/^(MemAvailable|SwapFree):/ { n += $2 } END { printf "%.0f", n * 1024 }' /proc/meminfo)
	difference=$(($(limit devshm_sparse value) - available))
	((${difference#-} < available / 2)) || fail "$available bytes are available"
}

@test "limits: sparse objects that do not matter are not mentioned, unless --name asks" {
	mount_shm size=8M
	truncate -s 4K "/dev/shm/$PREFIX_NAME-a" # 0.05 %
	new_segment 8192
	run_tool limits --raw --no-headings -o limit
	assert_success
	refute_output --partial sparse
	run_tool limits --raw --no-headings -o limit,used --name '*_sparse'
	assert_success
	assert_output $'shm_sparse 8192\ndevshm_sparse 4096'
	run_tool limits --check --name devshm_sparse
	assert_success
	truncate -s 12K "/dev/shm/$PREFIX_NAME-a" # 0.15 %
	run_tool limits --raw --no-headings -o limit,percent
	assert_line 'devshm_sparse 0.1'
}

@test "limits: an unreadable /dev/shm hides what its objects lack, and nothing else" {
	require_root
	mount_shm size=8M,mode=1733
	run_tool_as_user limits --json --name 'devshm_*'
	assert_success
	assert_equal "$(limit devshm_size used) $(limit devshm_sparse used)" '0 null'
	run_tool_as_user limits --check --name 'devshm_*'
	assert_failure 1
	assert_output ''
	assert_stderr_like '^shmtool: limits: the use of devshm_sparse is unknown: .*/dev/shm'
	run_tool limits --check --name 'devshm_*'
	assert_success
}

@test "limits: objects that can't all be filled are warned of, and the one that lacks the most" {
	mount_shm size=8M
	truncate -s 6M "/dev/shm/$PREFIX_NAME-a"
	truncate -s 5M "/dev/shm/$PREFIX_NAME-b"
	fill "$PREFIX_NAME-c" 65536
	run_tool limits
	assert_success
	assert_stderr_like "^shmtool: limits: devshm_sparse: filling all sparse objects would take 11534336 bytes, but 8323072 are left: .*/$PREFIX_NAME-a lacks the most, 6291456 bytes"
	check
	assert_failure 1
	assert_line_only "devshm_sparse 138.5% (11534336 of 8323072 bytes, /$PREFIX_NAME-a)"
	# The kernel agrees.
	run bash -c 'head -c 6M /dev/zero >"/dev/shm/$1-a" && head -c 5M /dev/zero >"/dev/shm/$1-b"' bash "$PREFIX_NAME"
	assert_failure
}

@test "limits: a segment larger than the memory that is left is warned of" {
	set_limit shmmax 18446744073692774399
	set_limit shmall 18446744073692774399
	twice=$(awk '/^(MemAvailable|SwapFree):/ { n += $2 } END { printf "%.0f", int(n / 4) * 8192 }' /proc/meminfo)
	# Without a reservation, as a process makes it that means to fill only a part.
	id=$("$HELPERS/make_ipc" "shm,0,0600,$twice")
	id=${id#shm }
	run_tool limits --kind shm --json
	assert_success
	assert_equal "$(limit shm_sparse used)" "$twice"
	assert_stderr_like "shm_sparse: filling all sparse objects would take $twice bytes, .*\(id:$id lacks the most"
}

@test "limits --dir: size, inodes and sparse files of another tmpfs, as df has them" {
	require_root
	run_apart unshare --mount bash -c 'mkdir t && mount -t tmpfs -o size=1M,nr_inodes=100 none t
		truncate -s 2M t/sparse; head -c 900K /dev/zero >t/filled
		df -B1 --output=size,used,avail t | tail -n 1 >df; df --output=itotal,iused t | tail -n 1 >>df
		"$SHMTOOL" limits --dir "$PWD/t" --json; "$SHMTOOL" limits --dir "$PWD/t" --check --json >check
		echo "$?" >>check; "$SHMTOOL" limits --dir t --check=50 >line'
	assert_equal "$(json -r '.[:2][] | "\(.value) \(.used)"')" "$(awk '{ print $1, $2 }' df)"
	assert_equal "$(limit "sparse:$PWD/t" value) $(limit "sparse:$PWD/t" used)" "$(awk 'NR == 1 { print $3 }' df) 2097152"
	assert_stderr_like "sparse:$PWD/t: filling all sparse objects would take 2097152 bytes, but 126976 are left: .*\($PWD/t/sparse lacks the most, 2097152 bytes"
	assert_equal "$(sed '$d' check | jq -r 'map(.limit) | join(" ")') $(tail -n 1 check)" \
		"size:$PWD/t sparse:$PWD/t 1"
	assert_equal "$(sed 's/,.*//' line)" "sparse:$PWD/t 1651.6% (2097152 of 126976 bytes"
}

@test "limits --check: names with control characters are visible" {
	require_root
	NAME=$'t\n\e[31m' FILE=$'x\r' run_apart unshare --mount bash -c '
		mkdir "$NAME"; mount -t tmpfs -o size=1M none "$NAME"
		truncate -s 3M "$NAME/$FILE"
		"$SHMTOOL" limits --check --dir "$NAME"'
	assert_failure 1
	assert_equal "${#lines[@]}" 1
	assert_output --partial 'sparse:'
	assert_output --partial 't\012\033[31m'
	assert_output --partial 'x\015'
	refute_output --regexp $'[\001-\037]'
}
