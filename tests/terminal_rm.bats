#!/usr/bin/env bats
# At a terminal: what rm with filters removed, what it kept in short, and the progress of rm and write.

load test_helper
load truth
load removal

setup() {
	common_setup
	require_private_namespace
	require_command script
	own_rules <<-'END'
		[keeper]
		description = locks of a program
		match  = pshm /keep-*
		fate   = keep
		reason = the program uses it between commands
	END
}

# make PREFIX COUNT: objects of a page.
make() {
	local i
	for ((i = 1; i <= $2; i++)); do
		head -c 4096 /dev/zero >"/dev/shm/$1-$i"
	done
}

# on_terminal ROWSxCOLUMNS ARGUMENT...: runs the tool on a terminal; sets status and output.
on_terminal() {
	local size=$1 command
	shift
	printf -v command '%q ' "$SHMTOOL" "$@"
	run bash -c 'script -qec "stty rows ${1%x*} cols ${1#*x} -onlcr; $2" /dev/null </dev/null' \
		bash "$size" "$command"
}

@test "rm at a terminal: fewer rows than the screen are shown as they are" {
	make x 5
	on_terminal 24x80 rm --unused --older-than 1h
	assert_success
	assert_line --regexp '^/x-5 +'
	assert_equal "$(grep -c 'kept: ' <<<"$output")" 5
	refute_output --partial Kept
	assert_line --regexp 'removed 0 objects, 0 bytes freed; kept 5$'
}

@test "rm at a terminal: what was kept is summed up if it is more than a screen" {
	make old 3
	make x 30
	make keep 4
	keep_open x-1 x-2
	on_terminal 24x100 rm --unused
	assert_success
	# The removed objects have their rows, all others have one for each reason.
	assert_line --regexp '^/old-1 +[^ ]+ +4K +[0-9]+s removed$'
	make old 1
	make x 30
	on_terminal 24x80 rm --unused --kind pshm --max-size 4K --older-than 1h
	assert_success
	refute_output --partial '/x-'
	assert_line --regexp '^ +35 +140K younger than 1h$'
}

@test "rm at a terminal: the reasons, most frequent first, and how to see all" {
	make x 30
	make keep 25
	make old 2
	keep_open x-{1..28}
	on_terminal 24x80 rm --unused
	assert_success
	assert_equal "$(sed -n '/Kept/,/^shmtool/p' <<<"$output")" "$(printf '%s\n' \
		'------ Kept --------' \
		'objects bytes reason' \
		'     28  112K in use' \
		'     25  100K needed again: family keeper' \
		'shmtool: rm: removed 4 objects, 16K freed; kept 53 (--verbose lists them)')"
	assert_equal "$(grep -c removed <<<"$output")" 5
	refute_output --partial 'held open by'
	assert_equal "$(object_names | wc -l)" 53
}

@test "rm at a terminal: makers and companions among the reasons" {
	require_root
	cat >>rules/test.conf <<-'END'
		[made]
		description = left by workers
		match  = pshm /made-{pid}-*
		fate   = with-maker

		[pair]
		description = two files of an instance
		match  = pshm /pair-{instance:digits}-*
		fate   = together
	END
	sleep 1000 3>&- &
	maker=$!
	make "made-$maker" 4
	make x 30
	make pair-1 3
	keep_open pair-1-1
	on_terminal 24x80 rm --abandoned --older-than 0s
	assert_line --regexp '^ +30 +120K it has no known family, so its maker is unknown$'
	assert_line --regexp '^ +4 +16K needed again: family made$'
	assert_line --regexp '^ +2 +8K a companion is kept: family pair$'
	assert_line --regexp '^ +1 +4K in use$'
	kill "$maker"
	assert_equal "$(object_names | wc -l)" 37
}

@test "rm at a terminal: segments that are not idle for long enough" {
	local i
	for ((i = 0; i < 25; i++)); do
		new_segment 4096 >/dev/null
	done
	on_terminal 24x80 rm --unused --kind shm --idle-for 1h
	assert_success
	assert_line --regexp '^ +25 +100K used in the last 1h$'
	assert_line --regexp 'removed 0 objects, 0 bytes freed; kept 25 \(--verbose lists them\)$'
}

@test "rm --verbose at a terminal: all rows" {
	make x 30
	on_terminal 24x80 rm --unused --older-than 1h --verbose
	assert_success
	assert_equal "$(grep -c 'kept: ' <<<"$output")" 30
	refute_output --partial Kept
}

@test "rm --dry-run at a terminal: the same" {
	make x 30
	make keep 30
	on_terminal 24x80 rm --unused --dry-run
	assert_success
	assert_equal "$(grep -c 'would remove$' <<<"$output")" 30
	assert_line --regexp '^ +30 +120K needed again: family keeper$'
	assert_equal "$(object_names | wc -l)" 60
}

@test "rm at a terminal: failures are not summed up" {
	require_root
	make x 25
	id=$(new_segment 4096)
	on_terminal 24x80 rm --unused --older-than 0s --kind shm,pshm --owner root
	assert_success
	id=$(new_segment 4096)
	make keep 30
	chown 65534:65534 /dev/shm/keep-*
	printf -v command '%q ' setpriv --reuid 65534 --regid 65534 --clear-groups "$SHMTOOL" rm --unused
	run bash -c 'script -qec "stty rows 24 cols 80 -onlcr; $1" /dev/null </dev/null' bash "$command"
	assert_failure 1
	assert_line --regexp "^id:$id .* failed: owned by root"
	assert_line --regexp '^ +30 +120K needed again: family keeper$'
}

@test "rm in a pipe: every row, whatever the number" {
	make x 60
	COLUMNS=40 LINES=10 run_tool rm --unused --older-than 1h
	assert_success
	assert_equal "$(grep -c 'kept: [0-9]* seconds\? old$' <<<"$output")" 60
	refute_output --partial Kept
	assert_stderr_like 'removed 0 objects, 0 bytes freed; kept 60$'
}

@test "rm --json at a terminal: every row" {
	make x 60
	on_terminal 10x80 rm --unused --older-than 1h --json
	assert_success
	assert_equal "$(sed '$d' <<<"$output" | jq length)" 60
	assert_output --regexp 'seconds? old"'
}

@test "rm at a terminal: ages are short, in the reason, too, unless --bytes is given" {
	make x 1
	on_terminal 24x80 rm --unused --older-than 1h
	assert_line --regexp '^/x-1 +[^ ]+ +4K +[0-9]+s kept: [0-9]+s old$'
	on_terminal 24x80 rm --abandoned
	assert_line --regexp 'kept: [0-9]+s old, less than 10m$'
	on_terminal 24x80 rm --unused --idle-for 1h
	assert_line --regexp 'kept: idle for [0-9]+s$'
	on_terminal 24x80 rm --unused --older-than 1h --bytes
	assert_line --regexp '^/x-1 +[^ ]+ +4096 +[0-9]+ kept: [0-9]+ seconds? old$'
	assert_output --partial 'removed 0 objects, 0 bytes freed'
}

@test "rm at a terminal: --no-headings and -o apply to the sums as well" {
	make x 30
	make old 1
	on_terminal 24x80 rm --unused --older-than 1h --no-headings -o ref --sort ref
	assert_success
	assert_line --index 0 --regexp '^ +?31 +124K younger than 1h$'
}

@test "rm shows its progress on a terminal, when it takes longer than a second" {
	require_strace
	make x 60
	run_apart timeout 60 script -qefc 'strace -f -qq -o /dev/null -e trace=unlinkat \
		-e inject=unlinkat:delay_enter=30000 "$SHMTOOL" rm --unused --kind pshm >/dev/null' typescript
	assert_success
	grep -qE $'\r[0-9]+ of 60 objects \\([0-9]+ %\\), [0-9]+/s, [0-9]+s left' typescript ||
		fail "no progress: $(cat -v typescript)"
	# It is erased, and the summary follows.
	grep -qE $'\r\e\\[Kshmtool: rm: removed 60 objects' typescript || fail "$(cat -v typescript)"
}

@test "write: in a pipe of unknown length, the room in the object is the most that can come" {
	: >typescript
	run_apart timeout 120 script -qefc '
		{ for i in {1..2000}; do
			head -c 4096 /dev/zero
			grep -qE "/s" typescript && break
			sleep 0.02
		done; } | "$SHMTOOL" write /new --create --size 4M --offset 1M; true' typescript
	grep -qE $'\r[0-9.]+[KM] of at most 3M \\([0-9]+ %\\), [0-9.]+[KM]/s, at most [0-9a-z]+ left' typescript ||
		fail "no bound: $(cat -v typescript)"
}

@test "write: a file on standard input has a known length" {
	require_strace
	truncate -s 128M file
	run_apart timeout 60 script -qefc 'strace -f -qq -o /dev/null -e trace=sendfile,pwrite64 \
		-e inject=sendfile,pwrite64:delay_exit=200000 "$SHMTOOL" write /file --create <file' typescript
	grep -qE $'\r[0-9.]+[KM] of 128M \\([0-9]+ %\\), .* left' typescript ||
		fail "no total: $(cat -v typescript)"
}
