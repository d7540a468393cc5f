#!/usr/bin/env bats
# families: the programs that make objects, and their objects here. Most tests have a catalogue of their
# own.

load test_helper
load truth
load users

setup() {
	common_setup
	require_private_namespace
	mkdir -m 755 shipped local
	rule shipped/a.conf '[lock]' 'description = lock table' 'match = pshm /lock' 'fate = keep' \
		'reason = it is needed' '[work]' 'description = tensors' 'match = pshm /work_{pid}_{hex:8}' \
		'match = psem /work_{pid}' 'fate = with-maker' 'cleaner = work --clean' 'source = work.c'
	use_families "$PWD/shipped:$PWD/local"
}

# rule FILE LINE...: writes a file of rules.
rule() {
	local file=$1
	shift
	printf '%s\n' "$@" >"$file"
	chmod 644 "$file"
}

# use_families VALUE: for an unprivileged user, too.
use_families() {
	export SHMTOOL_FAMILIES=$1
}

# cell FAMILY COLUMN: a value of the list.
cell() {
	"$SHMTOOL" families --raw --no-headings -o "family,$2" | awk -v name="$1" '$1 == name { print $2 }'
}

# object NAME SIZE: makes a POSIX object.
object() {
	truncate -s "$2" "/dev/shm/$1"
	chmod 600 "/dev/shm/$1"
}

@test "families: the shipped catalogue has no errors, and at least 40 families with a source" {
	unset SHMTOOL_FAMILIES
	run_tool families --check
	assert_success
	assert_output ''
	assert_stderr_empty
	run_tool families --json -o family,source,description
	assert_success
	[ "$(json length)" -ge 40 ]
	[ "$(json '[.[] | select(.source == null or .description == "")] | length')" -eq 0 ]
}

@test "families: a table with name, fate, objects, bytes, unused and description" {
	run_tool families
	assert_success
	assert_stderr_empty
	assert_line --regexp '^family +fate +objects +bytes +unused +description$'
	assert_line --regexp '^lock +keep +0 +0 +0 lock table$'
	assert_line --regexp '^work +with-maker +0 +0 +0 tensors$'
}

@test "families: counts objects, bytes and unused objects" {
	require_inspection
	object lock 5000
	object work_1_01234567 7
	object work_2_01234567 9
	object work_2_0123456 11 # one digit short
	object sem.work_3 32
	keep /dev/shm/work_2_01234567 shared
	run_tool families --json -o family,objects,bytes,unused
	assert_success
	assert_stderr_empty
	assert_equal "$(json -c '.[] | [.family, .objects, .bytes, .unused]')" \
		$'["lock",1,5000,1]\n["work",3,48,2]'
	assert_unchanged
}

@test "families: directories count with the files in them" {
	rule shipped/b.conf '[folder]' 'match = dir /folder_{pid}' 'fate = with-maker'
	mkdir -p /dev/shm/folder_12/a /dev/shm/folder_x
	truncate -s 1000 /dev/shm/folder_12/1 /dev/shm/folder_12/a/2
	assert_equal "$(cell folder objects) $(cell folder unused)" '1 -'
	run_tool families --raw --no-headings -o bytes folder
	assert_output --regexp '20[0-9][0-9]'
}

# match_of REF...: the families of objects, one a line.
match_of() {
	"$SHMTOOL" families --match --json "$@" | jq -r '.[].family'
}

@test "families: System V objects by key, owner, mode, size and number of semaphores" {
	require_native SHM_STAT_ANY
	rule shipped/b.conf '[v]' 'match = shm key=0x7654{instance:hex:4} bytes=4096-8192' \
		'match = sem key=0x00000000 nsems=2 mode=0640' "match = msg owner=$me mode=0604" \
		'match = msg owner=no-such-user mode=0606' "match = msg owner=$(id -u) mode=0602" 'fate = garbage'
	"$HELPERS/make_ipc" shm,0x7654aaaa,0600,4096 shm,0x7654aaab,0600,8192 shm,0x7654aaac,0600,8193 \
		shm,0x7655aaac,0600,4096 sem,0,0640,2 sem,0,0600,2 sem,0,0640,3 sem,1,0640,2 \
		msg,0,0604 msg,0,0600 msg,0,0606 msg,0,0602
	run match_of id:0 id:1 id:2 id:3
	assert_output $'v\nv\nnull\nnull'
	run match_of sem:0 sem:1 sem:2 sem:3
	assert_output $'v\nnull\nnull\nnull'
	run match_of msg:0 msg:1 msg:2 msg:3
	assert_output $'v\nnull\nnull\nv'
	assert_equal "$(cell v objects)" 5
	run_tool families --match --json id:1
	assert_equal "$(json '.[0].instance')" aaab
}

@test "families NAME: everything about a family" {
	object work_1_01234567 7
	run_tool families work
	assert_success
	assert_line '------ Family work --------'
	assert_line --regexp '^objects +1$'
	assert_line --regexp '^cleaner +work --clean$'
	assert_line --regexp '^match +pshm /work_\{pid\}_\{hex:8\}, psem /work_\{pid\}$'
	assert_line --regexp "^file +$PWD/shipped/a.conf:6\$"
	refute_line --partial lock
}

@test "families NAME: an unknown one is an error, the others are shown" {
	run_tool families wrok lock
	assert_failure 1
	assert_stderr_like 'shmtool: families: wrok: unknown family, did you mean work\?'
	assert_line --regexp '^family +lock$'
}

@test "families --match: the family, the rule with its line, the instance and the maker" {
	object work_4242_01234567 7
	run_tool families --match --json /work_4242_01234567
	assert_success
	assert_equal "$(json -c '.[0] | [.family, .fate, .rule, .instance, .maker, .why]')" \
		'["work","with-maker","pshm /work_{pid}_{hex:8}","4242",4242,"the first rule that matches"]'
	assert_equal "$(json '.[0].file')" "$PWD/shipped/a.conf:8"
	assert_unchanged
}

@test "families --match: an object without a family, and one that is not there" {
	object other 1
	run_tool families --match /other
	assert_success
	assert_line --regexp '^family +-$'
	assert_line --regexp '^why +no rule matches$'
	run_tool families --match /other /nothing
	assert_failure 1
	assert_stderr_like 'shmtool: families: /nothing: '
	assert_line --regexp '^why +no rule matches$'
}

@test "families: local rules that keep come before the shipped ones, the others after them" {
	object lock 1
	object work_1_01234567 1
	object work_2_01234567 1
	object other 1
	rule local/z.conf '[mine]' 'match = pshm /work_2_*' 'fate = keep' \
		'[all]' 'match = pshm /*' 'fate = garbage'
	run match_of /lock /work_1_01234567 /work_2_01234567 /other
	assert_output $'lock\nwork\nmine\nall'
	run_tool families --match /other
	assert_line --regexp '^why +the first rule that matches; it is local$'
}

@test "families: a local family replaces the shipped one of its name" {
	object lock 1
	rule local/z.conf '[lock]' 'match = pshm /lock' 'fate = garbage'
	assert_equal "$(cell lock fate)" garbage
	assert_equal "$(cell lock objects)" 1
	run_tool families --raw --no-headings -o family
	assert_output $'lock\nwork'
}

@test "families: the content decides, and holds the maker" {
	rule shipped/b.conf '[pool]' 'match = pshm /pool-{digits}' 'magic = -40 fecaefbe' \
		'maker = u32 at -36' 'fate = with-maker'
	head -c 960 /dev/zero >/dev/shm/pool-1
	printf '\xfe\xca\xef\xbe\x92\x10\x00\x00' >>/dev/shm/pool-1
	head -c 32 /dev/zero >>/dev/shm/pool-1
	head -c 1000 /dev/zero >/dev/shm/pool-2
	head -c 10 /dev/zero >/dev/shm/pool-3
	cp /dev/shm/pool-1 /dev/shm/pool-4
	chmod 600 /dev/shm/pool-[123]
	chmod 620 /dev/shm/pool-4
	run_tool families --match --json /pool-1 /pool-2 /pool-3 /pool-4
	assert_success
	assert_equal "$(json -c '.[] | [.family, .maker]')" \
		$'["pool",4242]\n[null,null]\n[null,null]\n["pool",null]'
	assert_unchanged
}

@test "families: content that cannot be read is taken for that of a family that protects" {
	require_root
	rule shipped/b.conf '[pool]' 'match = pshm /pool-{digits}' 'magic = 0 01' 'maker = u32 at 0' \
		'fate = with-maker' '[waste]' 'match = pshm /waste-{digits}' 'magic = 0 01' 'fate = garbage'
	head -c 10 /dev/zero >/dev/shm/pool-1
	head -c 10 /dev/zero >/dev/shm/waste-1
	chmod 644 /dev/shm/*
	run_tool families --match --json /pool-1 /waste-1
	assert_equal "$(json -c '.[].family')" $'null\nnull'
	# Others may read the files, but not without changing their access times.
	touch -a -d '2 days ago' /dev/shm/*
	run_tool_as_user families --match --json /pool-1 /waste-1
	assert_success
	assert_equal "$(json -c '.[] | [.family, .maker]')" $'["pool",null]\n[null,null]'
	assert_equal "$(json '.[0].why')" \
		"the first rule that matches, unless the content, which can't be read, differs"
	assert_unchanged
}

@test "families: the locks of a user do not slow down the look at contents" {
	require_command perl
	rule shipped/b.conf '[pool]' 'match = pshm /pool-{digits}' 'magic = 0 01' 'fate = keep'
	perl -e 'for (1 .. 4000) { open(F, ">/dev/shm/pool-$_") or die; print F "\1" }'
	perl -e '$| = 1; for (1 .. 6000) { open($f[$_], "<", "/dev/shm/pool-1") or die; flock($f[$_], 1) or die }
		print "locked\n"; sleep 1000' >locked 3>&- &
	locker=$!
	wait_until 20 grep -q locked locked
	run_apart timeout 15 "$SHMTOOL" stat --family pool --json -o ref
	kill "$locker"
	assert_success
	assert_equal "$(json length)" 4000
}

@test "families: content through a link, of a FIFO or on a mount is not read" {
	require_native STATX_MNT_ID
	require_root
	rule shipped/b.conf '[pool]' 'match = pshm /pool-{digits}' 'magic = 0 01' 'fate = keep'
	printf '\x02' >/dev/shm/pool-1
	printf '\x01' >one
	mount --bind one /dev/shm/pool-1
	run_tool families --match --json /pool-1
	umount /dev/shm/pool-1
	assert_failure 1
	ln -s "$PWD/one" /dev/shm/pool-2
	mkfifo /dev/shm/pool-3
	run_tool families --raw --no-headings -o objects pool
	assert_output 0
}

@test "families --check: every error with its file and line, status 1" {
	rule local/z.conf '[mine' '[mine]' 'match = pshn /a' 'match = pshm /b*{pid}' 'fat = keep' 'fate = keep' \
		'[bare]' 'match = pshm /c'
	run_tool families --check
	assert_failure 1
	assert_output ''
	assert_equal "${#stderr_lines[@]}" 5
	assert_stderr_like "^shmtool: families: $PWD/local/z.conf:1: .*neither \\[family\\] nor KEY = VALUE" \
		"^shmtool: families: $PWD/local/z.conf:3: unknown kind 'pshn'" \
		"^shmtool: families: $PWD/local/z.conf:4: pattern '/b\\*\{pid\}': " \
		"^shmtool: families: $PWD/local/z.conf:5: unknown key 'fat'" \
		"^shmtool: families: $PWD/local/z.conf:7: family 'bare' has no fate"
}

@test "families --check FILE: a file anywhere, of any owner" {
	rule mine.conf '[mine]' 'match = pshm /a' 'fate = keep'
	chmod 666 mine.conf
	run_tool families --check mine.conf
	assert_success
	assert_stderr_empty
	run_tool families --check -v mine.conf
	assert_stderr_like '1 family, no errors'
	rule mine.conf '[mine]' 'match = pshm /a' 'fate = keep' '[mine]' 'match = pshm /b' 'fat = keep'
	run_tool families --check mine.conf nothing.conf
	assert_failure 1
	assert_stderr_like "mine.conf:6: unknown key 'fat'" "mine.conf:4: .*'mine'" 'nothing.conf: .*No such file'
	run_tool families --check /dev/zero "$PWD"
	assert_failure 1
	assert_stderr_like '/dev/zero: .*regular file' "$PWD: .*regular file"
}

@test "families --check: a note about an owner without an account, in local rules and in those of FILE" {
	rule shipped/b.conf '[other]' 'match = pshm /b owner=no-such-user' 'fate = keep'
	rule local/z.conf '[mine]' 'match = pshm /a' 'match = shm owner=trdae' 'match = shm owner=4711' 'fate = keep'
	run_tool families --check
	assert_success
	assert_output ''
	assert_equal "$stderr" "shmtool: families: $PWD/local/z.conf:3: matches nothing here: unknown user 'trdae'"
	run_tool families --check --quiet
	assert_success
	assert_stderr_empty
	run_tool families --check shipped/b.conf
	assert_success
	assert_stderr_like "b.conf:2: matches nothing here: unknown user 'no-such-user'"
}

@test "families: with an error in a file, nothing is shown" {
	rule local/z.conf '[mine]' 'match = pshm /a' 'fate = keep' '' 'nonsense'
	run_tool families
	assert_failure 1
	assert_output ''
	assert_stderr_like "^shmtool: families: $PWD/local/z.conf:5: "
}

@test "families: rules that others can write, or that belong to another user, are an error" {
	rule local/z.conf '[mine]' 'match = pshm /a' 'fate = keep'
	chmod 646 local/z.conf
	run_tool families
	assert_failure 1
	assert_stderr_like "$PWD/local/z.conf: .*writ"
	chmod 644 local/z.conf
	chmod 1777 local
	run_tool families
	assert_failure 1
	assert_stderr_like "$PWD/local: .*writ"
	chmod 755 local
	run_tool families
	assert_success
	[ "$EUID" -eq 0 ] || return 0
	chown 65534 local/z.conf
	run_tool families
	assert_failure 1
	assert_stderr_like "$PWD/local/z.conf: .*65534"
	chown 0 local/z.conf
	chown 65534 shipped
	run_tool families
	assert_failure 1
	assert_stderr_like "$PWD/shipped: .*65534"
}

@test "families: without shipped rules there is an error" {
	rm shipped/*
	run_tool families
	assert_failure 1
	assert_stderr_like "$PWD/shipped: "
	rmdir shipped
	run_tool families
	assert_failure 1
	assert_stderr_like "$PWD/shipped: "
}

@test "families: a program that was moved away from its rules says where they should be" {
	[ ! -e /usr/local/share/shmtool ] || skip 'needs a machine without shmtool in /usr/local'
	! is_static || skip 'needs a program that reads its rules from files'
	unset SHMTOOL_FAMILIES
	cp "$SHMTOOL" copy
	run_apart ./copy families
	assert_failure 1
	assert_stderr_like '^shmtool: families: /[^ ]*/share/shmtool/families: .*make install'
}

@test "families: the rules in /etc are read, of root's only" {
	require_root
	unset SHMTOOL_FAMILIES
	mkdir -p upper etc
	unshare --mount bash -c 'mount -t tmpfs none /etc && mkdir -p /etc/shmtool/families &&
		printf "[mine]\nmatch = pshm /mine\nfate = keep\n" >/etc/shmtool/families/a.conf || exit 99
		"$SHMTOOL" families --raw --no-headings -o file mine
		chown 65534 /etc/shmtool/families/a.conf
		"$SHMTOOL" families' >out 2>err && fail 'rules of another user are taken'
	[ "$(cat out)" = /etc/shmtool/families/a.conf:1 ]
	grep -q '^shmtool: families: /etc/shmtool/families/a.conf: ' err
}

@test "families: an unprivileged user sees the same families" {
	require_root
	object work_1_01234567 7
	run_tool_as_user families --json -o family,objects
	assert_success
	assert_equal "$(json -c '.[] | [.family, .objects]')" $'["lock",0]\n["work",1]'
}

@test "families --ns: the objects of another place, by the rules of this machine" {
	require_native NS_GET_USERNS
	require_root
	object lock 1
	"$SHMTOOL" --version >/dev/null
	unshare --ipc --mount bash -c 'mount -t tmpfs none /dev/shm && : >/dev/shm/work_1 && : >/dev/shm/sem.work_5 &&
		echo ready && exec sleep 300' >ready 3>&- &
	wait_until 10 grep -q ready ready
	run_tool families --ns "$!" --raw --no-headings -o family,objects
	assert_success
	assert_output $'lock 0\nwork 1'
}

@test "families: invalid arguments are usage errors" {
	run_tool families --check --match /a
	assert_failure 2
	run_tool families --match
	assert_failure 2
	run_tool families --check --json
	assert_failure 2
	run_tool families --match ''
	assert_failure 2
	run_tool families -o nothing
	assert_failure 2
}

@test "families: completion of names, of files after --check, of objects after --match" {
	object lock 1
	run_tool __complete families ''
	assert_success
	assert_output $'lock\tlock table\nwork\ttensors'
	run_tool __complete families --match /l
	assert_output --regexp '^/lock'
	run_tool __complete families --check ''
	assert_output --partial ':files'
}

# stat_of COLUMNS REF: columns of the details, as JSON.
stat_of() {
	run_tool stat --json -o "$1" "$2"
	assert_success
	assert_stderr_empty
	output=$(json -c '.[0] | [.[]]')
}

@test "stat: family, instance, maker, fate and cleaner, in lists and in details" {
	require_inspection
	object work_4194304_01234567 7
	object other 7
	touch -d '1 hour ago' /dev/shm/*
	stat_of family,instance,maker,fate,cleaner /work_4194304_01234567
	assert_output '["work","4194304","4194304 (gone)","with-maker","work --clean"]'
	stat_of family,instance,maker,fate,cleaner /other
	assert_output '[null,null,null,null,null]'
	run_tool stat --raw --no-headings -o ref,family,fate
	assert_output $'/other - -\n/work_4194304_01234567 work with-maker'
	run_tool stat /work_4194304_01234567
	assert_line --regexp '^family +work$'
	assert_line --regexp '^maker +4194304 \(gone\)$'
	run_tool stat /other
	for column in family instance maker fate cleaner; do
		assert_line --regexp "^$column +-\$"
	done
	assert_unchanged
}

@test "stat: the maker that lives, by its number in any pid namespace" {
	require_root
	keep 4096 anonymous
	object "work_${keeper}_01234567" 7
	stat_of maker "/work_${keeper}_01234567"
	assert_output "[\"$keeper (hold_mapping)\"]"
	unshare --fork --kill-child --pid --mount-proc bash -c '
		echo $(($(cat /proc/sys/kernel/pid_max) - 100)) >/proc/sys/kernel/ns_last_pid &&
		{ sleep 300 & } && { until grep -qsx sleep /proc/$!/comm; do :; done; echo $! >number; wait; }' 3>&- &
	wait_until 10 test -s number
	: >"/dev/shm/work_$(cat number)_01234567"
	stat_of maker "/work_$(cat number)_01234567"
	assert_output "[\"$(cat number) (sleep)\"]"
}

@test "stat: the maker of a segment is its creator, with a family and without" {
	require_native SHM_STAT_ANY
	rule shipped/b.conf '[v]' 'match = shm key=0x7654aaaa' 'fate = garbage'
	"$HELPERS/make_keyed" 0x7654aaaa 4096 600 >id
	"$HELPERS/make_keyed" 0x7654aaab 4096 600 >other
	stat_of maker "id:$(cat id)"
	assert_output "[\"$(proc_shm "$(cat id)" cpid) (gone)\"]"
	stat_of family,maker "id:$(cat other)"
	assert_output "[null,\"$(proc_shm "$(cat other)" cpid) (gone)\"]"
}

@test "stat: wrong rules fail a list that needs them, and no other" {
	object work_1 1
	rule local/z.conf 'nonsense'
	run_tool stat
	assert_success
	assert_stderr_empty
	run_tool stat /work_1
	assert_success
	run_tool stat -o +family
	assert_failure 1
	assert_stderr_like "local/z.conf:1: "
	assert_line --partial /work_1
	run_tool stat -o family /work_1
	assert_failure 1
}

@test "--family: objects of one family or several, and of no other" {
	object lock 1
	object work_1 1 # the name of a semaphore only
	object sem.work_2 32
	object other 1
	run_tool stat --raw --no-headings -o ref --family lock
	assert_success
	assert_output /lock
	run_tool stat --raw --no-headings -o ref --family lock,work
	assert_output $'/lock\npsem:/work_2'
	run_tool stat --raw --no-headings -o ref --family work --family lock --kind pshm
	assert_output /lock
	run_tool stat --raw --no-headings -o ref --family '!lock'
	assert_output $'/other\n/work_1'
	run_tool stat --raw --no-headings -o ref --family '!lock,!work'
	assert_output $'/other\n/work_1'
	run_tool stat --raw --no-headings -o ref --family 'work,!work'
	assert_output ''
	assert_unchanged
}

@test "--family: a family that has only directories is a usage error" {
	rule shipped/b.conf '[folder]' 'match = dir /folder_{pid}' 'match = huge /folder_{pid}' 'fate = garbage'
	mkdir /dev/shm/folder_1
	for command in stat users rm; do
		run_tool "$command" --family folder
		assert_usage_error "$command" "--family: selects only directories or files in a hugetlbfs"
	done
	run_tool stat --family folder,lock
	assert_success
	[ -d /dev/shm/folder_1 ]
	rmdir /dev/shm/folder_1
}

@test "--family: an unknown one is a usage error, and nothing is removed" {
	object lock 1
	for command in stat rm users; do
		run_tool "$command" --family lokc
		assert_failure 2
		assert_stderr_like "^shmtool: $command: --family lokc: unknown family 'lokc', did you mean lock\?"
		assert_unchanged
	done
	rule local/z.conf nonsense
	run_tool rm --family lock
	assert_failure
	assert_stderr_like "local/z.conf:1: "
	assert_unchanged
}

@test "users --family: those who use the objects of a family" {
	object lock 4096
	object other 4096
	keep /dev/shm/lock shared
	lock_keeper=$keeper
	keep /dev/shm/other shared
	run_tool users --raw --no-headings -o pid --family lock
	assert_success
	assert_output "$lock_keeper"
}

@test "rm --unused keeps what a family keeps, and goes past that only where the family is named" {
	require_native STATX_MNT_ID
	object lock 1
	object work_1_01234567 1
	touch -d '1 hour ago' /dev/shm/*
	run_tool rm --unused --raw --no-headings -o ref,result
	assert_output --partial '/lock kept'
	[ -e /dev/shm/lock ]
	run_tool rm --unused --family '!work'
	[ -e /dev/shm/lock ]
	run_tool rm --unused --family lock
	assert_success
	[ ! -e /dev/shm/lock ]
}

@test "--family: completion of names, also in lists and excluded" {
	run_tool __complete stat --family ''
	assert_line --partial lock
	run_tool __complete rm --family 'lock,!w'
	assert_line --partial 'lock,!work'
}

@test "with-program: a script runs the program that interprets it" {
	require_inspection
	require_native STATX_MNT_ID
	rule shipped/b.conf '[served]' 'match = pshm /served' 'with-program = keeper-of*'
	object served 1
	cp "$(command -v bash)" keeper-of-objects
	printf '#!%s\nwhile :; do read -r line; done\n' "$PWD/keeper-of-objects" >job
	chmod 755 job keeper-of-objects
	mkfifo pipe
	./job <>pipe 3>&- &
	wait_until 10 grep -qx job "/proc/$!/comm"
	run_tool rm --unused
	assert_output --regexp "/served .*kept: .*job \($!\)"
	[ -e /dev/shm/served ]
	# An upgrade replaces the file.
	rm keeper-of-objects
	run_tool rm --unused
	[ -e /dev/shm/served ]
	kill "$!"
	wait "$!" || true
	run_tool rm --unused
	[ ! -e /dev/shm/served ]
}

@test "stat: a table, a sorted one and other formats show the same families" {
	for n in 1 2 3; do
		object "work_${n}_01234567" 7
		object "other$n" 7
	done
	object lock 7
	run_tool stat --json -o ref,family,instance
	expected=$(json '.[] | [.ref, .family // "-", .instance // "-"] | join(" ")')
	[ "$(wc -l <<<"$expected")" -eq 7 ]
	run_tool stat --raw --no-headings -o ref,family,instance
	assert_output "$expected"
	run_tool stat --no-headings -o ref,family,instance
	assert_equal "$(tr -s ' ' <<<"$output")" "$expected"
	run_tool stat --no-headings -o ref,family,instance --sort -family
	assert_equal "$(tr -s ' ' <<<"$output" | LC_ALL=C sort)" "$(LC_ALL=C sort <<<"$expected")"
}
