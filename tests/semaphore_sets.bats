#!/usr/bin/env bats
# System V semaphore sets: stat, --elements, rm and limits against the kernel's values.

load test_helper
load truth

# make_set KEY [MODE [COUNT]]: makes a set (mode 600, three semaphores by default); sets id.
make_set() {
	id=$("$HELPERS/set_control" make "$1" "${2:-600}" "${3:-3}")
}

# set_value NUMBER VALUE: of a semaphore of the set.
set_value() {
	"$HELPERS/set_control" value "$id" "$1" "$2"
}

# look NUMBER: value, ncount, zcount and pid of a semaphore, as the kernel has them.
look() {
	"$HELPERS/set_control" look "$id" "$1"
}

# set_ids: the ids of all sets, in order, one a line.
set_ids() {
	awk 'NR > 1 { print $2 }' /proc/sysvipc/sem | sort -n
}

# listed ARGUMENT...: the REFs that stat --kind sem lists, in one line.
listed() {
	"$SHMTOOL" stat --quiet --kind sem --raw --no-headings -o ref "$@" | paste -s -d ' '
}

# elements COLUMN...: these columns of all semaphores of the set, raw.
elements() {
	"$SHMTOOL" stat --elements --raw --no-headings -o "$(printf '%s,' "$@" | sed 's/,$//')" "sem:$id"
}

# limit NAME COLUMN: a value of the last output in JSON.
limit() {
	json --arg name "$1" --arg column "$2" '.[] | select(.limit == $name) | .[$column]'
}

#
# stat
#

@test "stat --kind sem: a section with ipcs' columns, and no other kind" {
	make_set 0x2a 640 5
	new_segment 4096
	"$HELPERS/queue_control" make 0x2b 600
	run_tool stat --kind sem
	assert_success
	assert_stderr_empty
	assert_line --index 0 '------ Semaphore Sets --------'
	assert_line --index 1 --regexp '^key +semid +owner +perms +nsems$'
	assert_line --index 2 --regexp "^0x0000002a +$id +$me +640 +5$"
	assert_equal "${#lines[@]}" 3
}

@test "stat: sets are listed only if they are asked for" {
	make_set 0
	run_tool stat
	assert_success
	assert_stderr_like 'no shared memory objects'
	refute_output --partial sem
}

@test "stat: kind, ref, key, id, semid and nsems of a set" {
	make_set 0xdeadbeef 600 7
	assert_column "sem:$id" kind sem
	assert_column "sem:$id" ref "sem:$id"
	assert_column "sem:$id" key 0xdeadbeef
	assert_column "sem:$id" id "$id"
	assert_column "sem:$id" semid "$id"
	assert_column "sem:$id" nsems "$(proc_sem "$id" nsems)"
	assert_column "sem:$id" nsems 7
	make_set 0
	assert_column "sem:$id" key 0x00000000
}

@test "stat: owner and creator of a set, by name and by number" {
	require_root
	id=$(as_user "$HELPERS/set_control" make 0 600 1)
	"$HELPERS/set_control" owner "$id" 1 2
	assert_column "sem:$id" owner daemon
	assert_column "sem:$id" uid "$(proc_sem "$id" uid)"
	assert_column "sem:$id" group bin
	assert_column "sem:$id" gid "$(proc_sem "$id" gid)"
	assert_column "sem:$id" creator nobody
	assert_column "sem:$id" cuid "$(proc_sem "$id" cuid)"
	assert_column "sem:$id" cgname nogroup
	assert_column "sem:$id" cgid "$(proc_sem "$id" cgid)"
}

@test "stat: perms and mode of a set" {
	for mode in 600 644 777 0; do
		make_set 0 "$mode"
		assert_equal "$((8#$(column "sem:$id" perms)))" "$((8#$(proc_sem "$id" perms)))"
		assert_equal "$((8#$(column "sem:$id" perms)))" "$((8#$mode))"
	done
	make_set 0 640
	assert_column "sem:$id" mode rw-r-----
}

@test "stat: otime and ctime of a set" {
	make_set 0
	assert_column "sem:$id" otime null
	"$HELPERS/set_control" operate "$id" 0 2
	for name in otime ctime; do
		assert_equal "$name $(unix_column "sem:$id" "$name")" "$name $(proc_sem "$id" "$name")"
	done
	[ "$(proc_sem "$id" otime)" -gt 0 ]
}

@test "stat: columns that make no sense for a set are null" {
	make_set 0
	for name in name shmid msqid bytes pages used rss swap nattch status value messages maxmsg \
		msgsize cpid lpid lspid lrpid command atime dtime mtime stime rtime inode; do
		assert_column "sem:$id" "$name" null
	done
}

@test "stat: age and idle of a set; an operation ends the idleness" {
	make_set 0
	wait_until 10 older_than "$(proc_sem "$id" ctime)" 1
	[ "$(column "sem:$id" age)" -ge 2 ]
	[ "$(column "sem:$id" idle)" -ge 2 ]
	"$HELPERS/set_control" operate "$id" 0 1
	[ "$(column "sem:$id" age)" -ge 2 ]
	[ "$(column "sem:$id" idle)" -le "$(seconds_since "$(proc_sem "$id" otime)")" ]
}

# Each column of lsipc -s, and its name here.
@test "stat --kind sem: shows all columns of lsipc, under the names of lsipc" {
	require_command lsipc
	make_set 0x2a 640 4
	"$HELPERS/set_control" operate "$id" 0 2
	names=$(lsipc --help | awk '
		/^(Generic|Generic System V|Semaphore|System V Semaphore) columns/ { on = 1; next }
		/^$/ { on = 0 }
		on { print $1 }')
	[ "$(wc -l <<<"$names")" -ge 15 ]
	for name in $names; do
		theirs=$(lsipc -s -b --raw --noheadings --time-format=iso -o "$name")
		ours=$("$SHMTOOL" stat --kind sem --raw --no-headings -o "$name")
		case $name in
		OTIME | CTIME)
			theirs=$(date -d "$theirs" +%s)
			ours=$(date -d "$ours" +%s)
			;;
		# Our column cgroup is of control groups, as that of ps.
		CGROUP)
			ours=$("$SHMTOOL" stat --kind sem --raw --no-headings -o cgname)
			;;
		# Letters if there is no -P.
		PERMS)
			ours=$("$SHMTOOL" stat --kind sem --raw --no-headings -o mode)
			theirs=${theirs#-}
			;;
		esac
		assert_equal "$name $ours" "$name $theirs"
	done
}

@test "stat sem:N: everything, nothing that makes no sense, and its semaphores" {
	make_set 0x2a 640 2
	set_value 1 9
	run_tool stat "sem:$id"
	assert_success
	assert_stderr_empty
	assert_unchanged
	assert_line --index 0 "------ Semaphore Set sem:$id --------"
	for name in kind ref key id semid owner uid group gid creator cuid cgname cgid perms mode \
		nsems otime ctime age idle; do
		assert_line --regexp "^$name +[^ ]"
	done
	for name in shmid msqid name nattch status value bytes used messages atime inode; do
		refute_line --regexp "^$name "
	done
	assert_line '------ Semaphores --------'
	assert_line --regexp '^semid +semnum +value +ncount +zcount +pid +command$'
	assert_line --regexp "^$id +0 +0 +0 +0 "
	assert_line --regexp "^$id +1 +9 +0 +0 "
	assert_equal "$(grep -c '^$' <<<"$output")" 1
}

@test "stat sem:N: in other formats, and with columns, no table of semaphores" {
	make_set 0x2a
	for options in --json --raw --export '-o nsems'; do
		# shellcheck disable=SC2086 # with its argument
		run_tool stat $options "sem:$id"
		assert_success
		refute_output --partial semnum
	done
	run_tool stat --no-headings "sem:$id"
	assert_success
	refute_output --partial '------ '
	assert_equal "$(tail -n 3 <<<"$output" | awk '{ print $1, $2 }')" "$id 0
$id 1
$id 2"
}

@test "stat sem: by id and by each form of a key" {
	make_set 0x0000ffff
	"$HELPERS/make_keyed" 0x0000ffff 4096 600
	for ref in "sem:$id" "sem:id:$id" sem:0xffff sem:key:0xffff sem:key:65535; do
		run_tool stat --raw --no-headings -o ref "$ref"
		assert_success
		assert_output "sem:$id"
	done
	make_set "$("$HELPERS/ftok_key" "$BATS_TEST_TMPDIR" 7)"
	run_tool stat --raw --no-headings -o ref "sem:ftok:$BATS_TEST_TMPDIR:7"
	assert_output "sem:$id"
}

@test "stat sem: a missing object is reported by the requested kind" {
	run_tool stat sem:4711
	assert_fails stat '^shmtool: stat: sem:4711: no such semaphore set$'
	run_tool stat sem:0x2a
	assert_fails stat '^shmtool: stat: sem:key:0x0000002a: no such semaphore set$'
}

@test "stat sem: words that name no set" {
	for word in sem:/name sem:99999999999; do
		run_tool stat "$word"
		assert_usage_error stat "$word"
	done
	run_tool stat sem:x
	assert_stderr_like 'sem:5 for its id.*sem:0x46010004 for its key'
}

@test "sem: other commands report that it is a semaphore set, and the commands that accept it" {
	make_set 0x2a
	for command in read write attach probe-pages; do
		run_tool "$command" "sem:$id"
		assert_usage_error "$command" "sem:$id: .*semaphore set.*stat, users, set and rm"
	done
}

@test "stat --kind sem: JSON, raw lines and assignments" {
	make_set 0x2a 640 5
	run_tool stat --kind sem --json
	assert_success
	assert_equal "$(json -c '.[0]')" \
		'{"kind":"sem","ref":"sem:'"$id"'","key":"0x0000002a","shmid":null,"name":null,"owner":"'"$me"'","perms":"640","bytes":null,"nattch":null,"status":null,"id":'"$id"',"messages":null,"nsems":5}'
	run_tool stat --kind sem --raw -o ref,key,nsems,otime
	assert_output "ref key nsems otime
sem:$id 0x0000002a 5 -"
	run_tool stat --kind sem --export -o ref,nsems
	assert_output "REF=\"sem:$id\" NSEMS=\"5\""
}

@test "stat --kind sem --sort: by nsems and key" {
	make_set 3 600 2
	two=sem:$id
	make_set 1 600 9
	nine=sem:$id
	assert_equal "$(listed)" "$two $nine"
	assert_equal "$(listed --sort -nsems)" "$nine $two"
	assert_equal "$(listed --sort key)" "$nine $two"
}

@test "stat --kind sem: filters by key, owner, creator and time" {
	require_root
	make_set 0x2a
	one=sem:$id
	wait_until 10 older_than "$(proc_sem "$id" ctime)" 1
	id=$(as_user "$HELPERS/set_control" make 0x2b 600 1)
	other=sem:$id
	assert_equal "$(listed --older-than 2s)" "$one"
	assert_equal "$(listed --idle-for 2s)" "$one"
	assert_equal "$(listed --key 0x2a)" "$one"
	assert_equal "$(listed --owner nobody)" "$other"
	assert_equal "$(listed --mine)" "$one"
	"$HELPERS/set_control" owner "$id" 0 0
	assert_equal "$(listed --mine)" "$one $other"
	assert_equal "$(listed --creator nobody)" "$other"
	assert_equal "$(listed --name '*')" ''
	# A set has no size.
	assert_equal "$(listed --min-size 0)" ''
	assert_equal "$(listed --max-size 1G)" ''
}

@test "stat --kind sem: looking changes nothing" {
	make_set 0x2a 644
	"$HELPERS/set_control" operate "$id" 0 1
	before=$(look 0)
	for user in root user; do
		for options in '' --json --elements --elements\ --json --verbose; do
			# shellcheck disable=SC2086 # one word an option
			run_apart as "$user" "$SHMTOOL" stat --kind sem $options
			assert_success
			assert_unchanged
		done
	done
	assert_equal "$(look 0)" "$before"
}

#
# stat --elements
#

@test "stat --elements: value, ncount, zcount and pid as the kernel has them" {
	make_set 0
	set_value 0 3
	set_value 1 7
	in_background "$HELPERS/set_control" operate "$id" 2 -1
	in_background "$HELPERS/set_control" operate "$id" 2 -2
	in_background "$HELPERS/set_control" operate "$id" 1 0
	for number in 0 1 2; do
		look "$number"
	done >truth
	assert_equal "$(awk '{ print $1, $2, $3 }' truth)" '3 0 0
7 0 1
0 2 0'
	assert_equal "$(elements value ncount zcount pid)" "$(awk '{ print $1, $2, $3, $4 ? $4 : "-" }' truth)"
}

@test "stat --elements: the command of the last operation's process, while it lives" {
	make_set 0
	background "$HELPERS/set_control" hold "$id" 1 1
	wait_until 10 grep -q 'done' background.out
	assert_equal "$(look 1 | cut -d ' ' -f 4)" "$BACKGROUND_PID"
	assert_equal "$(elements semnum pid command)" "0 - -
1 $BACKGROUND_PID set_control
2 - -"
	kill "$BACKGROUND_PID"
	wait "$BACKGROUND_PID" || true
	assert_equal "$(elements semnum pid command)" "0 - -
1 $BACKGROUND_PID -
2 - -"
}

@test "stat --elements: the command of a process that has set a value, without semop" {
	make_set 0
	background "$HELPERS/set_control" hold-value "$id" 2 5
	wait_until 10 grep -q 'done' background.out
	assert_equal "$(proc_sem "$id" otime)" 0
	assert_equal "$(elements pid command | tail -n 1)" "$BACKGROUND_PID set_control"
}

@test "stat --elements: a table, alone" {
	make_set 0 600 2
	set_value 1 5
	run_tool stat --elements "sem:$id"
	assert_success
	assert_stderr_empty
	assert_line --index 0 '------ Semaphores --------'
	assert_line --index 1 --regexp '^semid +semnum +value +ncount +zcount +pid +command$'
	assert_line --index 2 --regexp "^$id +0 +0 +0 +0 +- +-$"
	assert_line --index 3 --regexp "^$id +1 +5 +0 +0 +[0-9]+ "
	assert_equal "${#lines[@]}" 4
}

@test "stat --elements: JSON, raw lines, assignments, columns, sorting" {
	make_set 0 600 2
	set_value 0 5
	run_tool stat --elements --json "sem:$id"
	assert_success
	assert_equal "$(json -c '.[1]')" \
		'{"ref":"sem:'"$id"'","semid":'"$id"',"key":"0x00000000","owner":"'"$me"'","semnum":1,"value":0,"ncount":0,"zcount":0,"pid":null,"command":null}'
	run_tool stat --elements --raw -o ref,value --sort value "sem:$id"
	assert_output "ref value
sem:$id 0
sem:$id 5"
	run_tool stat --elements --export -o semnum,value "sem:$id"
	assert_output 'SEMNUM="0" VALUE="5"
SEMNUM="1" VALUE="0"'
	run_tool stat --elements -o help
	assert_line --regexp '^zcount +[a-z]'
	run_tool stat --elements -o nsems "sem:$id"
	assert_usage_error stat nsems
}

@test "stat --elements: of all sets, or of those that filters choose" {
	make_set 0x2a 600 2
	one=$id
	make_set 0x2b 600 1
	new_segment 4096
	run_tool stat --elements --raw --no-headings -o semid,semnum
	assert_success
	assert_output "$one 0
$one 1
$id 0"
	run_tool stat --elements --kind sem --key 0x2b --raw --no-headings -o semid,semnum
	assert_success
	assert_output "$id 0"
	run_tool stat --elements --kind all --raw --no-headings -o semid,semnum --key 0x2b
	assert_output "$id 0"
}

@test "stat --elements: no sets, a note and success" {
	run_tool stat --elements
	assert_success
	assert_equal "$stderr" 'shmtool: stat: no semaphore sets'
	run_tool stat --elements --json
	assert_success
	assert_output '[]'
}

@test "stat --elements: kinds without semaphores are a usage error" {
	make_set 0
	run_tool stat --elements "sem:$id" msg:1
	assert_usage_error stat 'semaphore sets: msg:1 is not one'
	run_tool stat --elements --kind shm,msg
	assert_usage_error stat '--elements lists semaphore sets: use --kind sem'
}

@test "stat --elements: a set of 32000 semaphores" {
	make_set 0 600 "$(awk '{ print $1 < 32000 ? $1 : 32000 }' /proc/sys/kernel/sem)"
	set_value 999 42
	run_tool stat --elements --raw --no-headings -o semnum,value "sem:$id"
	assert_success
	assert_equal "${#lines[@]}" "$(proc_sem "$id" nsems)"
	assert_line --index 999 '999 42'
}

@test "stat --elements: a set removed during the listing is skipped; one given by REF is an error" {
	require_strace
	make_set 0 600 1
	gone=$id
	make_set 0 600 1
	strace -o calls -e trace=semctl "$SHMTOOL" stat --elements >/dev/null
	# The first semaphore that is read is the one of the first set.
	first=$(grep -n GETVAL calls | head -n 1 | cut -d : -f 1)
	run --separate-stderr strace -o calls -e trace=semctl -e "inject=semctl:error=EIDRM:when=$first" \
		"$SHMTOOL" stat --elements --raw --no-headings -o semid
	assert_success
	assert_output "$id"
	assert_equal "$stderr" ''
	first=$(strace -e trace=semctl "$SHMTOOL" stat --elements "sem:$gone" 2>&1 >/dev/null |
		grep -n GETVAL | head -n 1 | cut -d : -f 1)
	run --separate-stderr strace -o calls -e trace=semctl -e "inject=semctl:error=EIDRM:when=$first" \
		"$SHMTOOL" stat --elements --raw --no-headings -o semid "sem:$gone"
	assert_failure 1
	assert_output ''
	assert_equal "$stderr" "shmtool: stat: sem:$gone: the semaphore set no longer exists"
}

@test "stat --elements: a set that he may not read is a failure, the others are shown" {
	require_root
	make_set 0x2a 600 1
	hidden=$id
	make_set 0x2b 644 1
	run_tool_as_user stat --elements "sem:$hidden"
	assert_failure 1
	assert_equal "$stderr" "shmtool: stat: sem:$hidden: its semaphores can't be read: no read permission for the set"
	run_tool_as_user stat --elements --raw --no-headings -o semid
	assert_failure 1
	assert_output "$id"
	assert_stderr_like "sem:$hidden: .*no read permission"
}

@test "stat: sets that he may not read are listed; the details note that they hide semaphores" {
	require_root
	make_set 0x2a 0 4
	run_tool_as_user stat --kind sem --raw --no-headings -o ref,nsems,perms
	assert_success
	assert_stderr_empty
	assert_output "sem:$id 4 0"
	for ref in "sem:$id" sem:0x2a; do
		run_tool_as_user stat "$ref"
		assert_success
		assert_equal "$(detail nsems)" 4
		refute_output --partial semnum
		assert_equal "$stderr" "shmtool: stat: sem:$id: its semaphores can't be read: no read permission for the set"
	done
	run_tool_as_user stat --quiet "sem:$id"
	assert_success
	assert_stderr_empty
}

#
# rm
#

@test "rm sem: by id and by key" {
	make_set 0x2a
	one=$id
	make_set 0x2b
	make_set 0
	segment=$("$HELPERS/make_keyed" 0x2a 4096 600)
	run_tool rm "sem:$one" sem:0x2b
	assert_success
	assert_output ''
	assert_stderr_empty
	assert_equal "$(set_ids)" "$id"
	assert_equal "$(segment_ids)" "$segment"
}

@test "rm sem: --dry-run reports what would be removed, -v what was removed, with the number of semaphores" {
	make_set 0 600 1
	run_tool rm --dry-run "sem:$id"
	assert_success
	assert_output "would remove sem:$id (1 semaphore)"
	assert_unchanged
	make_set 0 600 3
	run_tool rm -v "sem:$id"
	assert_output "removed sem:$id (3 semaphores)"
}

@test "rm sem: a process that waits in semop gets EIDRM" {
	make_set 0
	in_background "$HELPERS/set_control" operate "$id" 0 -1
	assert_equal "$(look 0 | cut -d ' ' -f 2)" 1
	run_tool rm "sem:$id"
	assert_success
	assert_equal "$stderr" "shmtool: rm: sem:$id: 1 process was waiting for it and received the error EIDRM"
	assert_equal "$(set_ids)" ''
	wait_until 10 grep -q EIDRM background.out
}

@test "rm sem: a missing one is reported, the rest is removed" {
	make_set 0
	run_tool rm sem:4711 "sem:$id"
	assert_failure 1
	assert_equal "$stderr" 'shmtool: rm: sem:4711: no such semaphore set'
	assert_equal "$(set_ids)" ''
}

@test "rm sem: another user's set is refused; the creator may remove it" {
	require_root
	make_set 0 666
	run_tool_as_user rm "sem:$id"
	assert_fails rm "^shmtool: rm: sem:$id: can't be removed: owned by root; only the owner, the creator and root may remove it$"
	ipcrm -s "$id"
	id=$(as_user "$HELPERS/set_control" make 0 600 1)
	"$HELPERS/set_control" owner "$id" 1 1
	run_tool_as_user rm "sem:$id"
	assert_success
	assert_equal "$(set_ids)" ''
}

#
# limits
#

@test "limits --kind sem: the limits of /proc/sys, and their use" {
	set_limit sem '100 2000 50 40'
	make_set 0 600 7
	make_set 0 600 3
	run_tool limits --kind sem --json
	assert_success
	assert_stderr_empty
	assert_equal "$(json -c '[.[].limit]')" '["semmni","semmns","semmsl","semopm","semvmx"]'
	assert_equal "$(limit semmsl value) $(limit semmns value) $(limit semopm value) $(limit semmni value)" \
		"$(tr '\t' ' ' </proc/sys/kernel/sem)"
	assert_equal "$(limit semmni used) $(limit semmni percent) $(limit semmni unit)" '2 5 sets'
	assert_equal "$(limit semmns used) $(limit semmns unit)" '10 semaphores'
	assert_equal "$(limit semmsl used) $(limit semmsl unit)" '7 semaphores'
	assert_equal "$(limit semopm used) $(limit semopm unit)" 'null operations'
	assert_equal "$(limit semvmx used) $(limit semvmx unit)" 'null value'
}

@test "limits --kind sem: as ipcs -l and ipcs -u have them" {
	make_set 0 600 7
	run_tool limits --kind sem --json
	ipcs -s -l >theirs
	assert_equal "$(limit semmni value)" "$(awk -F ' = ' '/max number of arrays/ { print $2 }' theirs)"
	assert_equal "$(limit semmsl value)" "$(awk -F ' = ' '/max semaphores per array/ { print $2 }' theirs)"
	assert_equal "$(limit semmns value)" "$(awk -F ' = ' '/max semaphores system wide/ { print $2 }' theirs)"
	assert_equal "$(limit semopm value)" "$(awk -F ' = ' '/max ops per semop/ { print $2 }' theirs)"
	assert_equal "$(limit semvmx value)" "$(awk -F ' = ' '/semaphore max value/ { print $2 }' theirs)"
	assert_equal "$(limit semmni used)" "$(ipcs -s -u | awk -F ' = ' '/used arrays/ { print $2 }')"
	assert_equal "$(limit semmns used)" "$(ipcs -s -u | awk -F ' = ' '/allocated semaphores/ { print $2 }')"
}

# assert_cured MAKE...: limits has one warning, with a cure; after running it there is no warning,
# and MAKE works.
assert_cured() {
	run_tool limits --kind sem
	assert_success
	assert_equal "${#stderr_lines[@]}" 1
	assert_stderr_like '\(to raise it, as root: .*\)$'
	cure=${stderr#*as root: }
	bash -c "${cure%)}"
	run_tool limits --kind sem
	assert_stderr_empty
	"$@"
}

@test "limits --kind sem: a warning near semmni, with a cure that works and keeps the other limits" {
	require_command sysctl
	set_limit sem '100 2000 50 2'
	make_set 0
	make_set 0
	run make_set 0
	assert_failure
	assert_cured make_set 0
	assert_equal "$(tr '\t' ' ' </proc/sys/kernel/sem)" '100 2000 50 4'
}

@test "limits --kind sem: a warning near semmns, with a cure that works" {
	require_command sysctl
	set_limit sem '100 20 50 10'
	make_set 0 600 20
	run make_set 0 600 1
	assert_failure
	assert_cured make_set 0 600 1
	assert_equal "$(tr '\t' ' ' </proc/sys/kernel/sem)" '100 40 50 10'
}

@test "limits --kind sem: a warning near semmsl, with a cure that works" {
	require_command sysctl
	set_limit sem '10 2000 50 10'
	make_set 0 600 10
	run make_set 0 600 11
	assert_failure
	assert_cured make_set 0 600 11
	assert_equal "$(tr '\t' ' ' </proc/sys/kernel/sem)" '20 2000 50 10'
}
