#!/usr/bin/env bats
# stat: the filters. Several filters: all must hold.

load test_helper
load truth

# assert_found REF... -- FILTER...: the filters choose exactly these objects.
assert_found() {
	local expected=''

	while [ "$1" != -- ]; do
		expected+=$1$'\n'
		shift
	done
	shift
	run_tool stat "$@" --raw --no-headings -o ref
	assert_success
	assert_equal "$(LC_ALL=C sort <<<"$output")" "$(printf '%s' "$expected" | LC_ALL=C sort)"
	assert_unchanged
}

# make_one_of_each: a segment, an object and a semaphore.
make_one_of_each() {
	id=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-object 4096
	"$HELPERS/sem_make" /shmtool-semaphore 1
}

@test "stat --kind shm: System V segments" {
	make_one_of_each
	assert_found "id:$id" -- --kind shm
}

@test "stat --kind pshm: POSIX objects" {
	make_one_of_each
	assert_found /shmtool-object -- --kind pshm
}

@test "stat --kind psem: POSIX named semaphores" {
	make_one_of_each
	assert_found psem:/shmtool-semaphore -- --kind psem
}

@test "stat --kind: a list" {
	make_one_of_each
	assert_found "id:$id" psem:/shmtool-semaphore -- --kind shm,psem
}

@test "stat --kind all: everything" {
	make_one_of_each
	assert_found "id:$id" /shmtool-object psem:/shmtool-semaphore -- --kind all
}

@test "stat without --kind: memory" {
	make_one_of_each
	assert_found "id:$id" /shmtool-object --
}

@test "stat --owner: by user name" {
	require_root
	make_one_of_each
	theirs=$(as_user "$HELPERS/make_segments" 1 4096)
	as_user "$HELPERS/make_object" /shmtool-theirs 4096
	assert_found "id:$theirs" /shmtool-theirs -- --owner nobody
	assert_found "id:$id" /shmtool-object -- --owner root
}

@test "stat --owner: by number, known or not" {
	require_root
	make_one_of_each
	"$HELPERS/segment_control" "$id" owner 54321 0
	chown 54321 /dev/shm/shmtool-object
	assert_found "id:$id" /shmtool-object -- --owner 54321
	assert_found -- --owner 0
}

@test "stat --owner: follows a change of owner, where --creator does not" {
	require_root
	id=$(new_segment 4096)
	"$HELPERS/segment_control" "$id" owner 65534 0
	assert_found "id:$id" -- --kind shm --owner nobody
	assert_found -- --kind shm --owner root
	assert_found "id:$id" -- --kind shm --creator root
	assert_found -- --kind shm --creator nobody
}

@test "stat --owner: applies to named semaphores" {
	require_root
	"$HELPERS/sem_make" /shmtool-mine 1
	"$HELPERS/sem_make" /shmtool-theirs 1
	chown nobody /dev/shm/sem.shmtool-theirs
	assert_found psem:/shmtool-theirs -- --kind psem --owner nobody
}

@test "stat --mine: objects owned by the caller" {
	require_root
	make_one_of_each
	theirs=$(as_user "$HELPERS/make_segments" 1 4096)
	as_user "$HELPERS/make_object" /shmtool-theirs 4096
	assert_found "id:$id" /shmtool-object -- --mine
	run_tool_as_user stat --mine --raw --no-headings -o ref
	assert_success
	assert_output "id:$theirs"$'\n'/shmtool-theirs
}

@test "stat --creator: objects created by a user" {
	require_root
	make_one_of_each
	theirs=$(as_user "$HELPERS/make_segments" 1 4096)
	"$HELPERS/segment_control" "$theirs" owner 0 0
	assert_found "id:$theirs" -- --kind shm --creator nobody
	assert_found "id:$id" -- --kind shm --creator 0
}

@test "stat --creator: unknown for POSIX objects, so none is chosen" {
	make_one_of_each
	assert_found "id:$id" -- --creator "$me"
}

@test "stat --key: hexadecimal and decimal" {
	id=$("$HELPERS/make_keyed" 0x2a 4096 600)
	"$HELPERS/make_keyed" 0x2b 4096 600
	"$HELPERS/make_object" /shmtool-object 4096
	assert_found "id:$id" -- --key 0x2a
	assert_found "id:$id" -- --key 42
}

@test "stat --key: negative as a signed number" {
	id=$("$HELPERS/make_keyed" 0xdeadbeef 4096 600)
	assert_found "id:$id" -- --key 0xdeadbeef
}

@test "stat --key: nothing has that key" {
	make_one_of_each
	assert_found -- --key 0x2a
}

@test "stat --name: a glob" {
	new_segment 4096
	"$HELPERS/make_object" /shmtool-one 1
	"$HELPERS/make_object" /shmtool-two 1
	"$HELPERS/make_object" /other-one 1
	assert_found /shmtool-one /shmtool-two -- --name '*shmtool*'
	assert_found /shmtool-one /other-one -- --name '*-one'
	assert_found /shmtool-two -- --name '*-tw?'
	assert_found /shmtool-one /shmtool-two -- --name '*[s]hmtool-[ot]*'
}

@test "stat --name: with the slash that the tables show" {
	"$HELPERS/make_object" /shmtool-one 1
	"$HELPERS/make_object" /other-one 1
	assert_found /shmtool-one -- --name '/shmtool-*'
	assert_found /shmtool-one -- --name /shmtool-one
}

@test "stat --name: without the slash, as find(1) and the file in /dev/shm have it" {
	"$HELPERS/make_object" /shmtool-one 1
	"$HELPERS/make_object" /other-one 1
	assert_found /shmtool-one -- --name 'shmtool-*'
	assert_found /shmtool-one -- --name shmtool-one
}

@test "stat --name: does not match a part of a name" {
	"$HELPERS/make_object" /shmtool-one 1
	assert_found -- --name 'shmtool'
	assert_found -- --name '*tool'
}

@test "stat --name: a star also matches a leading dot" {
	"$HELPERS/make_object" /.shmtool-hidden 1
	assert_found /.shmtool-hidden -- --name '*hidden'
}

@test "stat --name: segments have no name" {
	new_segment 4096
	assert_found -- --name '*'
}

@test "stat --name: semaphores go by the name without sem." {
	"$HELPERS/sem_make" /shmtool-test 1
	assert_found psem:/shmtool-test -- --kind psem --name '*shmtool-test'
	assert_found -- --kind psem --name '*sem.*'
}

@test "stat --min-size: this size or more" {
	small=$(new_segment 4095)
	exact=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-large 4097
	assert_found "id:$exact" /shmtool-large -- --min-size 4K
	assert_found "id:$small" "id:$exact" /shmtool-large -- --min-size 0
}

@test "stat --max-size: this size or less" {
	small=$(new_segment 4095)
	exact=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-large 4097
	assert_found "id:$small" "id:$exact" -- --max-size 4096
	assert_found "id:$small" "id:$exact" /shmtool-large -- --max-size 1.5M
}

@test "stat --max-size 0: empty objects" {
	new_segment 4096
	"$HELPERS/make_object" /shmtool-empty 0
	assert_found /shmtool-empty -- --max-size 0
}

@test "stat --min-size --max-size: a range" {
	new_segment 100
	id=$(new_segment 5000)
	new_segment 9000
	assert_found "id:$id" -- --min-size 4K --max-size 8K
}

@test "stat --older-than: segments since creation or the last change" {
	id=$(new_segment 4096)
	assert_found -- --older-than 1h
	wait_until 10 older_than "$(proc_shm "$id" ctime)" 1
	assert_found "id:$id" -- --older-than 1s
	# An attachment is a use, not a change.
	"$HELPERS/fill_segment" "$id" 1
	assert_found "id:$id" -- --older-than 1s
	"$HELPERS/segment_control" "$id" mode 640
	assert_found -- --older-than 60s
}

@test "stat --older-than: POSIX objects" {
	"$HELPERS/make_object" /shmtool-test 4096
	assert_found -- --older-than 1h
	wait_until 10 older_than "$(object_stat shmtool-test %Z)" 1
	assert_found /shmtool-test -- --older-than 1s
}

@test "stat --older-than: the durations" {
	id=$(new_segment 4096)
	for duration in 100 1h30m; do
		assert_found -- --older-than "$duration"
	done
}

@test "stat --idle-for: segments since the last attach, detach or change" {
	id=$(new_segment 4096)
	assert_found -- --idle-for 1h
	wait_until 10 older_than "$(proc_shm "$id" ctime)" 2
	assert_found "id:$id" -- --idle-for 1s
	assert_found "id:$id" -- --idle-for 1
	"$HELPERS/fill_segment" "$id" 1
	assert_found "id:$id" -- --older-than 2s
	assert_found -- --idle-for 60s
}

@test "stat --idle-for: POSIX objects" {
	"$HELPERS/make_object" /shmtool-test 4096
	assert_found -- --idle-for 1h
	wait_until 10 older_than "$(object_stat shmtool-test %Z)" 2
	assert_found /shmtool-test -- --idle-for 1s
}

@test "stat: several filters must all hold" {
	require_root
	"$HELPERS/make_object" /shmtool-small 100
	"$HELPERS/make_object" /shmtool-large 10000
	"$HELPERS/make_object" /other-large 10000
	"$HELPERS/make_object" /shmtool-theirs 10000
	chown nobody /dev/shm/shmtool-theirs
	new_segment 10000
	assert_found /shmtool-large -- --kind pshm --name '*shmtool*' --min-size 4K --owner root
	assert_found /shmtool-large -- --mine --name '*shmtool*' --min-size 4K
	assert_found -- --mine --name '*shmtool*' --min-size 4K --max-size 4K
}

@test "stat: nothing chosen is an empty list and no failure" {
	new_segment 4096
	run_tool stat --min-size 1G --json
	assert_success
	assert_equal "$(json -c .)" '[]'
}

@test "stat: a filter chooses the sections of the table" {
	new_segment 4096
	"$HELPERS/make_object" /shmtool-test 10000
	run_tool stat --min-size 8K
	assert_success
	refute_output --partial 'Shared Memory Segments'
	assert_line --regexp '^/shmtool-test '
}

@test "stat: a limit given twice is a usage error" {
	run_tool stat --min-size 1K --min-size 2K
	assert_usage_error stat '--min-size' 'twice|once|already|more than'
}

@test "stat: a flag given twice is once" {
	id=$(new_segment 4096)
	assert_found "id:$id" -- --mine --mine
}

@test "stat: REFs cannot be combined with filters" {
	id=$(new_segment 4096)
	run_tool stat "$id" --mine
	assert_usage_error stat
	run_tool stat --kind shm "$id"
	assert_usage_error stat
}

@test "stat: nothing chosen says that it was the filters" {
	new_segment 4096
	run_tool stat --min-size 1G
	assert_success
	assert_equal "$stderr" 'shmtool: stat: no shared memory objects match the filters'
}

@test "stat --older-than, --idle-for: this long or longer" {
	id=$(new_segment 4096)
	assert_found "id:$id" -- --older-than 0s
	assert_found "id:$id" -- --idle-for 0s
}

@test "stat --idle-for: reading an object is a use" {
	"$HELPERS/make_object" /shmtool-read 4096
	"$HELPERS/make_object" /shmtool-unread 4096
	wait_until 10 older_than "$(object_stat shmtool-unread %Z)" 2
	head -c 1 /dev/shm/shmtool-read >/dev/null
	[ "$(object_stat shmtool-read %X)" -gt "$(object_stat shmtool-read %Z)" ] ||
		skip 'needs a tmpfs with access times'
	read -r idle age < <(shmtool stat --raw --no-headings -o idle,age /shmtool-read)
	[ "$idle" -lt "$age" ]
	read -r idle age < <(shmtool stat --raw --no-headings -o idle,age /shmtool-unread)
	assert_equal "$idle" "$age"
}

@test "stat --idle-for: an object used in the future is not idle" {
	"$HELPERS/make_object" /shmtool-test 4096
	touch -d '+1 hour' /dev/shm/shmtool-test
	assert_found -- --idle-for 30m
	assert_equal "$(column /shmtool-test idle)" 0
}

@test "stat --idle-for: attaching a segment is a use" {
	id=$(new_segment 4096)
	wait_until 10 older_than "$(proc_shm "$id" ctime)" 2
	hold "$id"
	read -r idle age < <(shmtool stat --raw --no-headings -o idle,age "id:$id")
	[ "$idle" -lt "$age" ]
}

@test "stat: each filter with one value may be given once" {
	for filter in '--min-size 1' '--max-size 1' '--older-than 1' '--idle-for 1' '--used-by 1'; do
		# shellcheck disable=SC2086 # an option and its argument
		run_tool stat $filter $filter
		assert_usage_error stat "${filter% *}: may be given only once"
	done
}

#
# Lists of values
#

@test "stat --kind: repeated options add to the list, excluded kinds are removed from it" {
	make_one_of_each
	assert_found "id:$id" psem:/shmtool-semaphore -- --kind shm --kind psem
	assert_found "id:$id" /shmtool-object -- --kind '!psem'
	assert_found /shmtool-object -- --kind '!psem,!shm'
	assert_found /shmtool-object -- --kind '!psem' --kind '!shm'
	assert_found "id:$id" psem:/shmtool-semaphore -- --kind 'all,!pshm'
	assert_found -- --kind 'shm,!shm'
}

@test "stat --owner, --creator: any of several users, or none of them" {
	require_root
	make_one_of_each
	theirs=$(as_user "$HELPERS/make_segments" 1 4096)
	third=$(new_segment 4096)
	"$HELPERS/segment_control" "$third" owner 54321 0
	assert_found "id:$id" /shmtool-object "id:$theirs" -- --owner root,nobody
	assert_found "id:$theirs" "id:$third" -- --owner nobody --owner 54321
	assert_found "id:$theirs" "id:$third" -- --owner '!root'
	assert_found "id:$third" -- --owner '!root,!nobody'
	assert_found "id:$third" -- --owner '!root' --owner '!nobody'
	assert_found "id:$theirs" -- --owner 'nobody,54321,!54321'
	assert_found "id:$id" /shmtool-object -- --mine --owner '!nobody'
	assert_found -- --mine --owner nobody,54321
	assert_found "id:$id" "id:$third" "id:$theirs" -- --creator root,nobody
	assert_found "id:$theirs" -- --creator '!root'
}

@test "stat --owner, --creator: lists of an unprivileged user" {
	require_root
	id=$(new_segment 4096)
	theirs=$(as_user "$HELPERS/make_segments" 1 4096)
	run_tool_as_user stat --owner 'root,nobody,!root' --raw --no-headings -o ref
	assert_success
	assert_output "id:$theirs"
	run_tool_as_user stat --creator '!nobody' --raw --no-headings -o ref
	assert_success
	assert_output "id:$id"
}

@test "stat --key: any of several keys; an object without a key has none of the excluded ones" {
	one=$("$HELPERS/make_keyed" 0x2a 4096 600)
	two=$("$HELPERS/make_keyed" 0x2b 4096 600)
	private=$(new_segment 4096)
	"$HELPERS/make_object" /shmtool-object 4096
	assert_found "id:$one" "id:$two" -- --key 0x2a,43
	assert_found "id:$one" "id:$two" -- -k 42 -k 0x2b
	assert_found "id:$two" "id:$private" /shmtool-object -- --key '!42'
	assert_found "id:$private" -- --kind shm --key '!0x2a,!0x2b'
}

@test "stat --name: any of several patterns; a segment has none of the excluded names" {
	id=$(new_segment 4096)
	for name in shmtool-one shmtool-two other-one; do
		"$HELPERS/make_object" "/$name" 1
	done
	assert_found /shmtool-two /other-one -- --name '*-two,other*'
	assert_found /shmtool-two /other-one -- --name '*-two' --name '/other*'
	assert_found /shmtool-two -- --name 'shmtool-*,!*-one'
	assert_found "id:$id" /other-one -- --name '!shmtool-*'
	assert_found /other-one -- --kind pshm --name '!shmtool-*'
}

@test "stat --name: a comma, a leading exclamation mark and braces can be quoted" {
	for name in a,b a b '!a' '{a,b}' '{a}'; do
		"$HELPERS/make_object" "/$name" 1
	done
	assert_found /a,b -- --name 'a\,b'
	assert_found /a,b -- --name 'a[,]b'
	assert_found /a /b -- --name a,b
	assert_found '/!a' -- --name '\!a'
	assert_found '/!a' -- --name '/!a'
	assert_found '/{a,b}' '/{a}' -- --name '\{a\,b},{a}'
	assert_found /a,b /b '/!a' '/{a,b}' '/{a}' -- --name '!a'
}

@test "stat --name: a pattern that matches no name is a usage error" {
	"$HELPERS/make_object" /ab 1
	run_tool stat --name 'a{b,c}'
	assert_usage_error stat '--name' "list the patterns \\('a\\*,b\\*'\\)"
	run_tool stat --name 'a{1..3}'
	assert_usage_error stat '--name' 'braces have no meaning'
	run_tool stat --name '/dev/shm/a*'
	assert_usage_error stat '--name' "'/dev/shm/a\\*' matches no name"
	# shellcheck disable=SC1003 # a backslash
	run_tool stat --name 'b,a\'
	assert_usage_error stat '--name' 'quotes nothing'
	run_tool stat --name ''
	assert_usage_error stat '--name' 'empty'
}

@test "stat: a faulty value of a list is named" {
	run_tool stat --owner root,shmtool-nobody
	assert_usage_error stat '--owner' "unknown user 'shmtool-nobody'"
	run_tool stat --key 0x2a,key
	assert_usage_error stat '--key' "'key' is not a key"
	run_tool stat --kind 'shm,!segment'
	assert_usage_error stat '--kind' "unknown kind 'segment'"
	run_tool stat --owner root,
	assert_usage_error stat '--owner' 'a value of the list is empty'
}
