#!/usr/bin/env bats
# Where ipcs, ipcrm and ipcmk are not as util-linux's on purpose, as their manual pages list it: what
# ours do instead, and that it is no more than that.

load test_helper
load truth
load classic

# Segments 0 to 2, queues 0 to 3, sets 0 to 4; the first of each kind has a key.
some_objects() {
	"$HELPERS/make_ipc" shm,{0x10,0,0},600 msg,{0x20,0,0,0},600 sem,{0x30,0,0,0,0},600
}
all_objects='shm:0 shm:1 shm:2 msg:0 msg:1 msg:2 msg:3 sem:0 sem:1 sem:2 sem:3 sem:4'

# ours_on MAKE TOOL ARGUMENT...: runs ours alone on the state that MAKE makes.
ours_on() {
	fresh "$1" "$ours" ours root "${@:2}"
}

# assert_ours STATUS LEFT: what the status and the remaining objects of the last ours_on.
assert_ours() {
	assert_equal "$(<ours.status)" "$1"
	assert_equal "$(left ours)" "$2"
}

# assert_hint LINES WORDS COMMAND...: COMMAND, on some_objects, fails with nothing removed; its stderr
# has as many lines as util-linux's, the same if that one is installed, and one line more that has WORDS.
assert_hint() {
	local lines=$1 words=$2
	shift 2

	ours_on some_objects "$@"
	assert_ours 1 "$all_objects"
	assert_equal "$(<ours.out)" ''
	assert_equal "$(wc -l <ours.err)" $((lines + 1))
	assert_regex "$(tail -n 1 ours.err)" "^$1: .*$words"
	head -n "$lines" ours.err >ours.head
	if [[ -e $theirs/$1 ]]; then
		fresh some_objects "$theirs" theirs root "$@"
		assert_equal "$(<ours.head)" "$(<theirs.err)"
		assert_equal "$(<theirs.status)" 1
	fi
}

# No control character but the newline at the end.
assert_visible() {
	if LC_ALL=C grep -n $'[\001-\011\013-\037\177]' "$1"; then
		fail "$1 has control characters"
	fi
}

@test "differences: --help and --version are about this program" {
	for tool in ipcs ipcrm ipcmk; do
		for option in -V --version --vers; do
			run --separate-stderr "$ours/$tool" "$option"
			assert_success
			assert_output --regexp "^$tool from shmtool [0-9.]+ \\(as util-linux 2\\.42\\)\$"
			assert_equal "$stderr" ''
		done
		for option in -h --help; do
			run --separate-stderr "$ours/$tool" "$option"
			assert_success
			assert_line --index 0 --regexp "^Usage: $tool "
			assert_output --regexp '--version'
			assert_equal "$stderr" ''
		done
		run --separate-stderr "$SHMTOOL" "$tool" --version
		assert_output --regexp "^$tool from shmtool "
	done
}

@test "differences: --help has every option of util-linux's, long and short" {
	for tool in ipcs ipcrm ipcmk; do
		require_peer "$tool" 2.41
		"$ours/$tool" --help | grep -oE -e '(^|[ ,])--?[a-zA-Z-]+' | tr -d ' ,' | sort -u >options.ours
		"$theirs/$tool" --help | sed -n '/^Options/,$p' | grep -oE -e '^ +(-., )?--[a-z-]+' |
			grep -oE -e '--?[a-zA-Z-]+' | sort -u >options.theirs
		assert [ -s options.theirs ]
		run comm -13 options.ours options.theirs
		assert_output ''
	done
}

@test "differences: ipcs -i with a negative number finds nothing" {
	"$HELPERS/make_ipc" {shm,msg,sem},{0x10,0,0},600,2
	for resource in -m -q -s; do
		for id in -1 -2 -32768 -2147483648; do
			for tool in "$ours/ipcs" "$SHMTOOL"; do
				words=("$tool")
				[[ $tool != "$SHMTOOL" ]] || words+=(ipcs)
				run --separate-stderr "${words[@]}" "$resource" -i "$id"
				assert_success
				assert_output ''
				assert_equal "$stderr" "ipcs: id $id not found"
			done
		done
	done
}

@test "differences: key 0 given for an id gets no hint, since it names nothing" {
	for command in 'ipcrm -m' 'ipcrm -q' 'ipcrm -s' 'ipcrm shm' 'ipcs -m -i'; do
		read -ra words <<<"$command"
		ours_on some_objects "${words[@]}" 0x00000000
		assert_ours 1 "$all_objects"
		assert_equal "$(wc -l <ours.err)" 1
	done
}

@test "differences: a key given for an id gets a hint" {
	assert_hint 1 'key.*-M 0x10' ipcrm -m 0x10
	assert_hint 1 'key.*-Q 0x20' ipcrm -q 0x20
	assert_hint 1 'key.*-S 0x30' ipcrm -s 0x30
	assert_hint 1 'key.*-M 0x10' ipcrm --shmem-id=0x10
	assert_hint 1 'key.*-M 0X99' ipcrm -m 0X99
	assert_hint 1 'key.*-M 0x10' ipcrm shm 0x10
	assert_hint 1 'key.*-Q 0x20' ipcrm msg 0x20
	assert_hint 1 'key.*-S 0x30' ipcrm sem 0x30
	assert_hint 1 'key.*id' ipcs -m -i 0x10
	assert_hint 1 'key.*id' ipcs -q -i 0x20
	assert_hint 1 'key.*id' ipcs -i 0x30 -s
}

@test "differences: an invalid key given for an id gets no hint" {
	for words in '-m 99' '-m 3' '-M 99' '-M 2' '-M 0x20' '-Q 0x99' 'shm 99' '-m x' '-m 0x' '-m 0xz' '-M 0' '-M x' 'shm x'; do
		read -ra words <<<"$words"
		ours_on some_objects ipcrm "${words[@]}"
		assert_ours 1 "$all_objects"
		assert_equal "$(wc -l <ours.err)" 1
	done
	run --separate-stderr "$ours/ipcs" -m -i x
	assert_failure 1
	assert_equal "$stderr" "ipcs: failed to parse id argument: 'x'"
}

@test "differences: options after a hint are still processed" {
	ours_on some_objects ipcrm shm 0x10 0
	assert_ours 1 "${all_objects/shm:0 /}"
}

@test "differences: ipcrm -a KIND, with a blank, removes nothing" {
	# Util-linux's removes everything first, and then complains of the operand.
	for kind in shm msg sem pshm psem pmsg; do
		ours_on some_objects ipcrm -a "$kind"
		assert_ours 1 "$all_objects"
		assert_equal "$(<ours.out)" ''
		assert_equal "$(<ours.err)" "ipcrm: unknown argument: $kind
Try 'ipcrm --help' for more information."
	done
	for words in '-a foo' '-ashm foo' 'foo -a' '--all=msg sem' '-v -a shm' '-a -- shm' '--all shm msg'; do
		read -ra words <<<"$words"
		ours_on some_objects ipcrm "${words[@]}"
		assert_ours 1 "$all_objects"
		assert_equal "$(<ours.out)" ''
		assert_regex "$(head -n 1 ours.err)" '^ipcrm: unknown argument: (foo|shm|sem)$'
	done
}

@test "differences: numbers that do not fit are refused, not cut" {
	local number

	for number in 4294967296 4294967297 -4294967296 -4294967295 18446744073709551616 8589934592; do
		for kind in shm msg sem; do
			ours_on some_objects ipcrm "$kind" "$number"
			assert_ours 1 "$all_objects"
			assert_equal "$(<ours.err)" "ipcrm: invalid id: $number"
		done
	done
	for number in 0x100000010 4294967312 -4294967280 0xffffffff00000010 040000000020; do
		ours_on some_objects ipcrm -M "$number"
		assert_ours 1 "$all_objects"
		assert_equal "$(<ours.err)" "ipcrm: invalid key ($number)"
	done
	for number in 0x100000020 4294967328 -4294967264; do
		ours_on some_objects ipcrm -Q "$number"
		assert_ours 1 "$all_objects"
		assert_equal "$(<ours.err)" "ipcrm: invalid key ($number)"
	done
	ours_on some_objects ipcrm -S 0x100000030
	assert_ours 1 "$all_objects"
	assert_equal "$(<ours.err)" 'ipcrm: invalid key (0x100000030)'
}

@test "differences: keys that do fit, of either sign, are those of util-linux's" {
	signed() {
		"$HELPERS/make_ipc" shm,0xfffffff0,600
	}
	for key in 0xfffffff0 4294967280 -16 -0x10; do
		ours_on signed ipcrm -M "$key"
		assert_ours 0 ''
	done
}

@test "differences: a missing id is not id 0" {
	# Util-linux's removes the object with the id 0.
	for kind in shm msg sem; do
		ours_on some_objects ipcrm "$kind" ''
		assert_ours 1 "$all_objects"
		assert_equal "$(<ours.err)" 'ipcrm: invalid id: '
		ours_on some_objects ipcrm "$kind" '' 1
		assert_ours 1 "${all_objects/$kind:1 /}"
	done
}

@test "differences: a missing key is reported without another error's text" {
	# In a UTF-8 locale, util-linux's adds what was in errno from before.
	for option in -M -Q -S; do
		ours_on some_objects ipcrm "$option" ''
		assert_ours 1 "$all_objects"
		assert_equal "$(<ours.err)" "ipcrm: failed to parse argument: ''"
	done
}

@test "differences: ipcmk leaves a POSIX object alone that is there already" {
	# Util-linux's cuts or grows it while others use it.
	taken() {
		printf 'somebody uses this' >/dev/shm/taken
		chmod 640 /dev/shm/taken
	}
	for size in 0 1 18 4K; do
		for name in taken /taken; do
			ours_on taken ipcmk -m "$size" -n "$name" -p 600
			assert_equal "$(<ours.status)" 1
			assert_equal "$(<ours.out)" ''
			assert_equal "$(head -n 1 ours.err)" 'ipcmk: create POSIX shared memory failed: File exists'
			assert_equal "$(<ours.state)" '/dev/shm/taken f 640 0:0 18'
		done
	done
	taken_directory() {
		mkdir /dev/shm/taken
	}
	ours_on taken_directory ipcmk -m 1 -n taken
	assert_ours 1 /dev/shm/taken
}

@test "differences: ipcmk removes an object that it can't complete" {
	for size in 9223372036854775808 18446744073709551615 8E; do
		ours_on nothing ipcmk -m "$size" -n name
		assert_ours 1 ''
		assert_equal "$(<ours.out)" ''
		assert_equal "$(head -n 1 ours.err)" 'ipcmk: create POSIX shared memory failed: Invalid argument'
	done
}

@test "differences: control characters in names of POSIX objects are made visible" {
	local name=$'a\033[31mb\nc'

	hostile() {
		"$HELPERS/make_object" $'/a\033[31mb\nc' 5
		"$HELPERS/sem_make" $'/a\033[31mb\nc' 5
	}
	for words in '-v -apshm' '-v -apsem' '-v -a'; do
		read -ra words <<<"$words"
		ours_on hostile ipcrm "${words[@]}"
		assert_equal "$(<ours.status)" 0
		assert_visible ours.out
		assert_visible ours.err
		assert_regex "$(<ours.out)" "removing POSIX [a-z ]* \`a[^ ]*b[^ ]*c'"
	done
	for option in --posix-shmem --posix-semaphore --posix-mqueue; do
		ours_on nothing ipcrm "$option" "/$name"
		assert_equal "$(<ours.status)" 1
		assert_visible ours.err
		assert_equal "$(wc -l <ours.err)" 1
	done
	for option in '-m 1' -s; do
		read -ra words <<<"$option"
		ours_on nothing ipcmk "${words[@]}" -n "$name"
		assert_equal "$(<ours.status)" 0
		assert_visible ours.out
		assert_equal "$(wc -l <ours.out)" 1
	done
}

@test "differences: files in /dev/shm that are not shared memory stay" {
	# Util-linux's follows links, removes pipes, and ends at the first directory.
	mixed() {
		"$HELPERS/make_object" /a 5
		mkdir /dev/shm/directory
		mkfifo /dev/shm/pipe
		ln -s a /dev/shm/link
		"$HELPERS/make_object" /z 5
		"$HELPERS/sem_make" /name 1
		mkdir /dev/shm/sem.directory
	}
	ours_on mixed ipcrm -a=pshm
	assert_ours 0 '/dev/shm/directory /dev/shm/link /dev/shm/pipe /dev/shm/sem.directory /dev/shm/sem.name'
	assert_equal "$(<ours.err)" ''
	ours_on mixed ipcrm -a=psem
	assert_ours 0 '/dev/shm/a /dev/shm/directory /dev/shm/link /dev/shm/pipe /dev/shm/sem.directory /dev/shm/z'
	assert_equal "$(<ours.err)" ''
}

@test "differences: ipcmk gives a hint at the name of a message queue without a slash" {
	require_root
	mqueue() {
		private_dev mqueue
		: >/dev/mqueue/name
	}
	ours_on mqueue ipcmk -q -n other
	assert_ours 1 /dev/mqueue/name
	assert_equal "$(head -n 1 ours.err)" 'ipcmk: create POSIX message queue failed: Invalid argument'
	assert_regex "$(sed -n 2p ours.err)" '^ipcmk: .*slash'
}

@test "ipcs: of more than a buffer's worth it is only said that it could not be written" {
	"$HELPERS/make_segments" 500 4096 >/dev/null
	for command in "$ours/ipcs" "$SHMTOOL ipcs" "$ours/ipcs -m" "$ours/ipcs -t"; do
		run --separate-stderr bash -c "$command >/dev/full"
		assert_failure 1
		assert_equal "$stderr" 'ipcs: write error'
	done
}

@test "ipcs: with SIGPIPE ignored, a pipe without a reader is an error of a long listing" {
	"$HELPERS/make_segments" 500 4096 >/dev/null
	run --separate-stderr "$HELPERS/closed_pipe" ignore "$ours/ipcs"
	assert_equal "$stderr" 'ipcs: write error'
	assert_failure 1
	run --separate-stderr "$HELPERS/closed_pipe" default "$ours/ipcs"
	assert_equal "$stderr" ''
	assert_equal "$status" 141
}
