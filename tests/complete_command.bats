#!/usr/bin/env bats
# shmtool __complete WORD...: the shells' protocol. One candidate per line, WORD<TAB>DESCRIPTION.

load test_helper
load truth

# words: the candidates of the last output, without their descriptions, sorted.
words() {
	grep -v '^:' <<<"$output" | cut -f 1 | LC_ALL=C sort
}

# assert_word WORD...: among the candidates are these.
assert_word() {
	local word

	for word; do
		words | grep -qxF -e "$word" || fail "no $word in: $output"
	done
}

refute_word() {
	local word

	for word; do
		if words | grep -qxF -e "$word"; then
			fail "$word in: $output"
		fi
	done
}

@test "__complete: commands" {
	run_tool __complete ''
	assert_success
	assert_stderr_empty
	assert_word create stat rm set limits
	refute_word __complete
}

@test "__complete: commands by their beginning" {
	run_tool __complete s
	assert_success
	assert_word stat set
	refute_word create rm limits
}

@test "__complete: options of a command" {
	run_tool __complete rm --
	assert_success
	assert_word --dry-run --verbose --quiet --help
	refute_word --mode --size
}

@test "__complete: options by their beginning" {
	run_tool __complete create --no
	assert_success
	assert_equal "$(words)" --noreserve
}

@test "__complete: the kinds of the old form of ipcrm" {
	run_tool __complete ipcrm ''
	assert_success
	assert_word shm msg sem
	run_tool __complete ipcrm m
	assert_success
	assert_equal "$(words)" msg
}

@test "__complete: options have a description" {
	run_tool __complete rm --dry
	assert_success
	assert_output --regexp $'^--dry-run\t[^ ].*'
}

@test "__complete: live ids, with size and owner" {
	id=$(new_segment 12345)
	run_tool __complete rm ''
	assert_success
	assert_word "$id"
	assert_line --regexp "^$id"$'\t'".*$me"
	assert_line --regexp "^$id"$'\t'".*(12345|12K)"
}

@test "__complete: live keys" {
	"$HELPERS/make_keyed" 0x46010004 4096 600
	run_tool __complete stat 0x46
	assert_success
	assert_word 0x46010004
}

@test "__complete: a private segment has no key to complete" {
	new_segment 4096
	"$HELPERS/make_keyed" 0x2a 4096 600
	run_tool __complete stat 0x
	assert_success
	assert_word 0x0000002a
	refute_word 0x00000000
}

@test "__complete: POSIX names, with size and owner" {
	"$HELPERS/make_object" /shmtool-one 4096
	"$HELPERS/make_object" /shmtool-two 4096
	"$HELPERS/make_object" /other 4096
	run_tool __complete rm /shm
	assert_success
	assert_equal "$(words)" $'/shmtool-one\n/shmtool-two'
	assert_line --regexp $'^/shmtool-one\t'".*$me"
}

@test "__complete: semaphores" {
	"$HELPERS/sem_make" /shmtool-test 1
	run_tool __complete rm psem:
	assert_success
	assert_word psem:/shmtool-test
}

@test "__complete: queues and semaphore sets, never as a bare number, which would be a segment" {
	queue=$("$HELPERS/queue_control" make 0x2a 600)
	"$HELPERS/queue_control" send "$queue" 5
	# Its id is another than the queue's.
	ipcrm -s "$("$HELPERS/set_control" make 0 600 1)"
	set=$("$HELPERS/set_control" make 0x2b 600 3)
	for command in rm stat users set; do
		run_tool __complete "$command" ''
		assert_success
		assert_equal "$(words)" $'msg:'"$queue"$'\nsem:'"$set"
		assert_line --regexp "^msg:$queue"$'\t'"1 message, $me$"
		assert_line --regexp "^sem:$set"$'\t'"3 semaphores, $me$"
	done
	run_tool __complete rm m
	assert_equal "$(words)" "msg:$queue"
	run_tool __complete rm sem:
	assert_equal "$(words)" "sem:$set"
	run_tool __complete rm msg:0x
	assert_equal "$(words)" msg:0x0000002a
	run_tool __complete rm 0
	assert_output ''
}

@test "__complete: POSIX message queues, with and without the slash" {
	require_mqueue
	"$HELPERS/mq_control" make /shmtool-test 600
	for word in '' pm pmsg: pmsg:/sh; do
		run_tool __complete rm "$word"
		assert_success
		assert_output $'pmsg:/shmtool-test\tmessage queue, '"$me"
	done
	run_tool __complete stat pmsg:sh
	assert_equal "$(words)" pmsg:shmtool-test
	run_tool __complete stat --name /
	assert_equal "$(words)" /shmtool-test
}

@test "__complete: no queues and sets for commands that do not take them" {
	"$HELPERS/queue_control" make 0x2a 600
	"$HELPERS/set_control" make 0x2b 600 3
	"$HELPERS/make_object" /shmtool-test 4096
	for command in read write attach probe-pages; do
		run_tool __complete "$command" ''
		assert_word /shmtool-test
		refute_output --partial msg:
		refute_output --partial sem:
	done
}

@test "__complete: operands after operands" {
	one=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool __complete rm "$one" /sh
	assert_success
	assert_word /shmtool-test
}

@test "__complete: after -- there are no options" {
	"$HELPERS/make_object" /shmtool-test 4096
	run_tool __complete rm -- /
	assert_success
	assert_word /shmtool-test
	run_tool __complete rm -- -
	assert_success
	refute_word --dry-run
}

@test "__complete: users" {
	run_tool __complete stat --owner nob
	assert_success
	assert_word nobody
}

@test "__complete: an argument after =" {
	run_tool __complete stat --owner=nob
	assert_success
	assert_word --owner=nobody
}

@test "__complete: keys for --key=" {
	"$HELPERS/make_keyed" 0x46010004 4096 600
	run_tool __complete stat --key=0x4
	assert_success
	assert_word --key=0x46010004
}

@test "__complete: keys of queues and sets for the filter --key, not for create" {
	"$HELPERS/queue_control" make 0x2a 600
	"$HELPERS/set_control" make 0x2b 600 3
	run_tool __complete stat --kind sem --key ''
	assert_success
	assert_equal "$(words)" $'0x0000002a\n0x0000002b'
	run_tool __complete create --key ''
	assert_output ''
}

@test "__complete: columns" {
	run_tool __complete stat -o nat
	assert_success
	assert_word nattch
	run_tool __complete stat --sort by
	assert_success
	assert_word bytes
}

@test "__complete: a list of columns, after a comma" {
	run_tool __complete stat -o shmid,by
	assert_success
	assert_word shmid,bytes
}

@test "__complete: says which words are those of a list" {
	for option in '-o shmid,by' --output=by '--kind p' '--owner nob' --name=/ '--key 0' '--prot r,'; do
		command=stat
		[[ $option != --prot* ]] || command=map-file
		# shellcheck disable=SC2086 # an option and its argument
		run_tool __complete "$command" $option
		assert_equal "${lines[-1]}" :list
	done
	for option in --sort=by --out; do
		# shellcheck disable=SC2086
		run_tool __complete stat $option
		refute_line :list
	done
}

@test "__complete: kinds and time formats" {
	run_tool __complete stat --kind p
	assert_success
	assert_equal "$(words)" $'pmsg\npsem\npshm'
	for command in stat limits; do
		run_tool __complete "$command" --kind ''
		assert_word shm msg sem pshm psem pmsg all
	done
	run_tool __complete stat --kind=shm,m
	assert_equal "$(words)" --kind=shm,msg
	run_tool __complete users --unnamed --kind ''
	assert_equal "$(words)" $'all\nanon\ndetached\nmemfd\npshm\nremoved'
	run_tool __complete stat --time-format ''
	assert_success
	assert_equal "$(words)" $'iso\nrelative\nshort\nunix'
	run_tool __complete stat --color=
	assert_success
	assert_equal "$(words)" $'--color=always\n--color=auto\n--color=never'
}

@test "__complete: the values of filters, after a comma and an exclamation mark" {
	"$HELPERS/make_keyed" 0x46010004 4096 600
	"$HELPERS/make_object" /shmtool-one 4096
	"$HELPERS/make_object" /shmtool-a,b 4096
	"$HELPERS/make_object" '/shmtool-{a}' 4096
	for command in stat rm users; do
		run_tool __complete "$command" --owner 'root,nob'
		assert_word root,nobody
		run_tool __complete "$command" --owner='!nob'
		assert_word '--owner=!nobody'
		run_tool __complete "$command" --creator 'root,!nob'
		assert_word 'root,!nobody'
		run_tool __complete "$command" --key '!0x4'
		assert_word '!0x46010004'
		run_tool __complete "$command" --kind 'shm,!m'
		assert_equal "$(words)" 'shm,!msg'
		# A name that would have to be quoted is not offered.
		run_tool __complete "$command" --name '/x,!/shmt'
		assert_equal "$(words)" '/x,!/shmtool-one'
	done
	run_tool __complete limits --name msgmn
	assert_equal "$(words)" $'msgmnb\nmsgmni'
	run_tool __complete limits --kind '!pm'
	assert_equal "$(words)" '!pmsg'
	run_tool __complete limits --kind d
	assert_equal "$(words)" ''
	run_tool __complete usage --by owner --kind 'shm,!de'
	assert_equal "$(words)" 'shm,!detached'
	run_tool __complete usage --by owner --kind d
	assert_equal "$(words)" detached
	run_tool __complete users --unnamed --kind p
	assert_equal "$(words)" pshm
}

@test "__complete: files for --from" {
	run_tool __complete create --from ''
	assert_success
	assert_line --regexp '^:files'
}

@test "__complete: nothing for a word that nothing begins with" {
	run_tool __complete rm --d
	assert_word --dry-run
	run_tool __complete rm --zzz
	assert_success
	assert_output ''
}

@test "__complete: nothing, and no failure, for an unknown command" {
	run_tool __complete frobnicate ''
	assert_stderr_empty
	assert_output ''
}

@test "__complete: options and commands together for the first word" {
	run_tool __complete --js
	assert_success
	assert_word --json
}

@test "__complete: several thousand segments" {
	"$HELPERS/make_segments" 3000 1 >"$BATS_TEST_TMPDIR/ids"
	run_tool __complete rm ''
	assert_success
	assert_equal "$(words | grep -xE '[0-9]+' | sort -n)" "$(sort -n "$BATS_TEST_TMPDIR/ids")"
}

@test "__complete: looking changes nothing" {
	"$HELPERS/make_keyed" 0x2a 4096 600
	"$HELPERS/make_object" /shmtool-test 4096
	"$HELPERS/sem_make" /shmtool-test 1
	run_tool __complete rm ''
	assert_success
	assert_word /shmtool-test
	assert_unchanged
	run_tool __complete rm 0x
	assert_success
	assert_word 0x0000002a
	assert_unchanged
}

@test "__complete: everything as an unprivileged user" {
	require_root
	id=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-test 4096 600
	run_tool_as_user __complete stat ''
	assert_success
	assert_word "$id" /shmtool-test
}

@test "__complete: the columns are those of the command" {
	run_tool __complete limits -o ''
	assert_word limit value used percent unit
	refute_word shmid bytes
	run_tool __complete limits --sort=-
	assert_word --sort=-limit --sort=-used
}

@test "__complete: the columns of an option that has its own rows" {
	run_tool __complete probe-pages -o ev
	assert_output :list
	run_tool __complete probe-pages --state --summary -o pages,ev
	assert_line --partial 'pages,evicted'
	run_tool __complete probe-pages --state --summary --sort=-res
	assert_word --sort=-resident
	run_tool __complete stat --elements -o ncou
	assert_line --partial ncount
	for by in '--by kind' --by=kind; do
		# shellcheck disable=SC2086 # words
		run_tool __complete usage $by -o inu
		assert_equal "$(words)" inuse
	done
	run_tool __complete usage -o inu
	assert_equal "$(words)" ''
}

@test "__complete: the protocols of send and recv, and a path for --fifo" {
	run_tool __complete send --protocol ''
	assert_equal "$(words)" $'fifo\nring\nsemaphore\nturn'
	run_tool __complete recv --protocol=t
	assert_word --protocol=turn
	refute_word --protocol=ring
	run_tool __complete recv --fifo ''
	assert_output ':files '
}

@test "__complete: only plain names for a pattern" {
	"$HELPERS/make_object" /shmtool-plain 1 600
	"$HELPERS/make_object" '/shmtool-[x]' 1 600
	"$HELPERS/make_object" $'/shmtool-\nx' 1 600
	run_tool __complete stat --name /shm
	assert_success
	assert_output --regexp $'^/shmtool-plain\t'
	assert_equal "$(words)" /shmtool-plain
}

@test "__complete: the word after --hugetlb is not a size, the one after its = is" {
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip 'needs huge pages of 2 MiB'
	run_tool __complete create --hugetlb ''
	assert_success
	refute_word 2M
	run_tool __complete create --hugetlb=
	assert_success
	assert_word --hugetlb=2M
}

@test "__complete: ids after id:, too" {
	id=$(new_segment 4096)
	run_tool __complete rm id:
	assert_success
	assert_word "id:$id"
	run_tool __complete rm ''
	refute_word "id:$id"
}

@test "__complete: says of a segment how often it is attached" {
	id=$(new_segment 4096)
	hold "$id" rw 2
	run_tool __complete rm "$id"
	assert_output "$id"$'\t'"4K, $me, 2 attached"
}

@test "__complete: groups after the owner's colon" {
	run_tool __complete set --owner root:
	assert_success
	assert_word root:root
	run_tool __complete set --owner=root:roo
	assert_word --owner=root:root
}

@test "__complete: columns that are added with a plus" {
	run_tool __complete stat -o +by
	assert_success
	assert_word +bytes
	run_tool __complete stat --output=+rss,by
	assert_word --output=+rss,bytes
}

@test "__complete: columns for a descending order" {
	run_tool __complete stat --sort=-by
	assert_success
	assert_word --sort=-bytes
}

@test "__complete: files after ftok:" {
	run_tool __complete rm ftok:/et
	assert_success
	assert_output ':files ftok:'
}

# assert_answers ANSWER WORD...: checks the whole answer.
assert_answers() {
	local answer=$1

	shift
	run_tool __complete "$@"
	assert_success
	assert_stderr_empty
	assert_output "$answer"
}

@test "__complete: files where a REF may be one" {
	for command in read write attach probe-pages; do
		for word in ./ ./x dir/x /tmp/x ~/x \~/x 12/x /dev/shm/x /dev/sh; do
			assert_answers ':files ' "$command" "$word"
		done
		assert_answers ':files file:' "$command" file:
		assert_answers ':files file:' "$command" file:/et
		assert_answers ':files ftok:' "$command" ftok:
	done
}

@test "__complete: directories where a file's name would need one before it" {
	for command in read write attach probe-pages; do
		for word in '' x /x; do
			assert_answers ':dirs ' "$command" "$word"
		done
	done
	"$HELPERS/make_object" /xylophone 4096
	run_tool __complete read /x
	assert_equal "$(words)" /xylophone
	run_tool __complete read ''
	assert_equal "$(words)" /xylophone
	assert_answers ':dirs ' read /xz
}

@test "__complete: no files where only objects will do, but absolute paths" {
	for command in stat rm 'set --mode 600'; do
		for word in ./ dir/x file: pid: x; do
			# shellcheck disable=SC2086 # options
			assert_answers '' $command "$word"
		done
		for word in /dev/shm/x /run/x; do
			# shellcheck disable=SC2086
			assert_answers ':files ' $command "$word"
		done
	done
}

@test "__complete: map-file takes files, and options their words" {
	for word in '' x ./ /tmp/x; do
		assert_answers ':files ' map-file "$word"
	done
	run_tool __complete map-file --prot ''
	assert_equal "$(words)" "$(printf '%s\n' r r,w r,x r,w,x none | LC_ALL=C sort)"
	run_tool __complete map-file --prot=r,w
	assert_equal "$(words)" "$(printf '%s\n' --prot=r,w --prot=r,w,x)"
	run_tool __complete map-file --sync=
	assert_equal "$(words)" --sync=async
	assert_answers ':files ' map-file --sync ''
	run_tool __complete read --format ''
	assert_equal "$(words)" $'hex\nraw\nrecord\nstring'
	assert_answers ':files ' write --input ''
	assert_answers ':files -i' write -ix
}

@test "__complete: a program after --, by the number of its word" {
	assert_answers ':program 4' attach 1 -- ''
	assert_answers ':program 4' attach 1 -- ls
	assert_answers ':program 4' attach 1 -- ls --js
	assert_answers ':program 4' attach 1 -- ls -- --
	assert_answers ':program 3' attach -- ls
	assert_answers ':program 5' map-file --private f -- ls --write
	assert_answers ':program 4' create --anonymous -- ''
	# An option may take a -- as its argument.
	assert_answers ':program 6' map-file --write -- f -- ''
	assert_answers ':files ' map-file --write -- ''
}

@test "__complete: no program before --, and none for other commands" {
	assert_answers ':dirs ' attach ''
	run_tool __complete attach --
	assert_success
	assert_word --read-only --for=
	for command in read write probe-pages; do
		assert_answers ':files ' "$command" -- ./
		assert_answers ':dirs ' "$command" -- ''
	done
	assert_answers '' rm -- ls
}

@test "__complete: processes for --used-by, with their commands, and none of the kernel's" {
	sleep 300 3>&- &
	for command in stat users rm; do
		run_tool __complete "$command" --used-by ''
		assert_line "$!"$'\tsleep'
		refute_line --partial kthreadd
	done
	run_tool __complete stat "--used-by=$!"
	assert_output "--used-by=$!"$'\tsleep'
}

# begin_container: a process with an IPC namespace and a /dev/shm of its own, in which there are a
# segment and the object /inner; sets container to its number.
begin_container() {
	require_root
	mkfifo ready
	unshare --ipc --mount bash -c '
		mount -t tmpfs -o size=1m none /dev/shm
		printf inner >/dev/shm/inner
		"$HELPERS/make_segments" 1 5000 >/dev/null
		echo $$ >ready
		exec sleep 300' 3>&- &
	read -r container <ready
}

@test "__complete: for --ns, a process of each other IPC namespace" {
	begin_container
	sleep 300 3>&- &
	sleeper=$!
	for command in stat users rm limits read write; do
		run_tool __complete "$command" --ns ''
		assert_line --regexp "^$container"$'\t(sleep|bash)$'
		refute_line --regexp "^$sleeper"$'\t'
	done
	# None that is as we are.
	run_tool __complete stat --ns ''
	while read -r pid; do
		[[ $(readlink "/proc/$pid/ns/ipc" "/proc/$pid/ns/mnt") != "$(readlink /proc/self/ns/ipc /proc/self/ns/mnt)" ]] ||
			fail "$pid is where we are"
	done < <(words)
	# Without other namespaces, any process.
	run_tool __complete stat --ns "$sleeper"
	assert_line "$sleeper"$'\tsleep'
}

@test "__complete: after --ns, the objects of that namespace" {
	begin_container
	new_segment 4096
	new_segment 4096
	"$HELPERS/make_object" /shmtool-outer 4096
	for words in "rm --ns $container" "rm --ns=$container" "rm /inner --ns $container -v" "read --ns $container"; do
		# shellcheck disable=SC2086 # words
		run_tool __complete $words ''
		assert_equal "$(words)" $'/inner\n0'
	done
	run_tool __complete stat --ns "$container" --name ''
	assert_equal "$(words)" /inner
	run_tool __complete rm --ns 4194304 ''
	assert_output ''
	# There it is the pattern of --name.
	run_tool __complete rm --name --ns "$container" ''
	assert_word /shmtool-outer
	run_tool __complete rm -- --ns "$container" ''
	assert_word /shmtool-outer
}

@test "__complete: guard's files, and the program after --" {
	for option in --report --junit; do
		run_tool __complete guard "$option" x
		assert_output ':files '
	done
	run_tool __complete guard --kill -- make
	assert_output ':program 4'
}
