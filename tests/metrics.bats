#!/usr/bin/env bats
# metrics: every value against the kernel's own; the text against the grammar; the values that are missing
# for an unprivileged user or after a failure.

load test_helper
load truth
load pages

page=$(getconf PAGESIZE)

# metrics ARGUMENT...: runs the tool; the text is in metrics.txt, and is valid.
metrics() {
	run_tool metrics "$@"
	keep_text
}

# The words before a command that must not see the IPC namespaces of other tests: a PID namespace. An
# unprivileged user can enter none of these namespaces anyway.
alone=()
[[ $EUID -ne 0 ]] || alone=(unshare --pid --fork --mount-proc --kill-child)

# metrics_alone ARGUMENT...: the same, alone.
metrics_alone() {
	run_apart "${alone[@]}" "$SHMTOOL" metrics "$@"
	keep_text
}

keep_text() {
	printf '%s\n' "$output" >metrics.txt
	awk -f "$SRCDIR/tests/openmetrics.awk" metrics.txt || fail 'the text is not valid'
}

# value SERIES: the value of a sample; nothing if there is none.
value() {
	SERIES=$1 awk '{ value = $NF; sub(/ [^ ]*$/, "") } $0 == ENVIRON["SERIES"] { print value }' metrics.txt
}

# assert_value SERIES VALUE: empty if there must be no sample.
assert_value() {
	assert_equal "$1 $(value "$1")" "$1 $2"
}

# sum PREFIX: the sum of all samples that begin with a text.
sum() {
	PREFIX=$1 awk 'index($0, ENVIRON["PREFIX"]) == 1 { sum += $NF } END { printf "%.0f\n", sum }' metrics.txt
}

# one_of_each: an object of each kind, one owner.
one_of_each() {
	new_segment 10000 >/dev/null
	"$HELPERS/queue_control" make 0 600 >/dev/null
	"$HELPERS/set_control" make 0 600 3 >/dev/null
	"$HELPERS/leak" pshm:/of-each psem:/of-each
	"$HELPERS/mq_control" make /of-each 600
}

#
# The text
#

@test "metrics: the text is valid OpenMetrics and valid in the classic format, with objects of all kinds" {
	require_mqueue
	one_of_each
	metrics -q
	assert_success
	assert_equal "$(tail -n 1 metrics.txt)" '# EOF'
	assert_unchanged
}

@test "metrics: the check of the text finds each error" {
	valid=$'# HELP shmtool_a_bytes A.\n# TYPE shmtool_a_bytes gauge\n# UNIT shmtool_a_bytes bytes\nshmtool_a_bytes{a="b",c="\\\\d\\""} 1.5e+20\nshmtool_a_bytes{a="c"} -1'
	run awk -f "$SRCDIR/tests/openmetrics.awk" <<<"$valid"$'\n# EOF'
	assert_success
	assert_output ''
	while IFS= read -r wrong; do
		printf '%s\n%b' "$valid" "$wrong" >text
		run awk -f "$SRCDIR/tests/openmetrics.awk" text
		[ "$status" -eq 1 ] || fail "this is valid: $wrong"
	done <<'WRONG'
# EOF\nshmtool_a_bytes 2\n
shmtool_a_bytes{a="d"} 1\n
\n# EOF\n
shmtool_a_bytes{a="c"} 3\n# EOF\n
shmtool_a_bytes{a="d" } 3\n# EOF\n
shmtool_a_bytes{a="d",} 3\n# EOF\n
shmtool_a_bytes{} 3\n# EOF\n
shmtool_a_bytes{a="d",a="e"} 3\n# EOF\n
shmtool_a_bytes{a="\\d"} 3\n# EOF\n
shmtool_a_bytes{a="d"e"} 3\n# EOF\n
shmtool_a_bytes{a="d"}  3\n# EOF\n
shmtool_a_bytes{a="d"} 3 \n# EOF\n
shmtool_a_bytes{a="d"} nan\n# EOF\n
shmtool_a_bytes{a="d"} 3 4\n# EOF\n
# HELP shmtool_a_bytes A.\n# EOF\n
# comment\n# EOF\n
# TYPE shmtool_b info\n# HELP shmtool_b B.\nshmtool_b 1\n# EOF\n
# TYPE shmtool_b gauge\nshmtool_b 1\n# EOF\n
# HELP shmtool_b B.\n# TYPE shmtool_b_total gauge\n# EOF\n
# HELP shmtool_b_ratio B.\n# TYPE shmtool_b_ratio gauge\nshmtool_b_ratio 1\n# EOF\n
# HELP shmtool_b B.\n# TYPE shmtool_b gauge\n# UNIT shmtool_b bytes\nshmtool_b 1\n# EOF\n
# HELP shmtool_b B.\n# TYPE shmtool_b gauge\nshmtool_b 1\nshmtool_a_bytes{a="e"} 2\n# EOF\n
# HELP other B.\n# TYPE other gauge\nother 1\n# EOF\n
WRONG
}

@test "metrics: promtool check metrics has nothing to say" {
	require_command promtool
	one_of_each
	metrics -q --top 1
	run promtool check metrics <metrics.txt
	assert_success
	assert_output ''
}

@test "metrics: the parsers of both formats in Python read the same samples" {
	one_of_each
	metrics -q
	/usr/bin/python3 -c 'import prometheus_client' 2>/dev/null || skip 'needs the module prometheus_client of Python'
	run /usr/bin/python3 -c '
import sys
from prometheus_client import openmetrics, parser
from prometheus_client.openmetrics import parser as openmetrics
text = open("metrics.txt").read()
def samples(families):
    return sorted((s.name, sorted(s.labels.items()), s.value) for f in families for s in f.samples)
new = samples(openmetrics.text_string_to_metric_families(text))
print(len(new), new == samples(parser.text_string_to_metric_families(text)))'
	assert_output "$(grep -vc '^#' metrics.txt) True"
}

@test "metrics: the manual describes all metrics with their labels, and no others" {
	require_mqueue
	one_of_each
	metrics -q
	assert_success
	sed -nE '/^#/!{ s/="([^"\\]|\\.)*"//g; s/ [^ ]*$//; p }' metrics.txt | tr -d '}' | tr '{,' '  ' |
		awk '{ $1 = $1 } !seen[$0]++' | LC_ALL=C sort >found
	sed -nE 's/^\.It Li (shmtool_[a-z_]*)( Ns Brq )?/\1 /p' "$SRCDIR/man/shmtool-metrics.1" | tr -d ',' |
		awk '{ $1 = $1 } 1' | LC_ALL=C sort >described
	# There may be no huge pages here, and a user may not inspect all processes.
	run comm -13 described found
	assert_output ''
	run bash -c 'comm -23 described found | grep -vE "^shmtool_(hugepage_|memory_huge_|hidden_namespaces$)"'
	assert_output ''
}

@test "metrics: the version and the durations of the program itself" {
	metrics -q --kind shm
	assert_value "shmtool_build_info{version=\"$("$SHMTOOL" --version | awk 'NR == 1 { print $2 }')\"}" 1
	for series in 'collector_duration_seconds{collector="objects"}' scrape_duration_seconds; do
		assert_regex "$(value "shmtool_$series")" '^0?[.0-9e-]+$'
	done
}

#
# Objects
#

@test "metrics: System V segments as /proc/sysvipc/shm has them" {
	used=$(new_segment 20000)
	new_segment 5000 >/dev/null
	marked=$(new_segment 3000)
	for id in "$used" "$marked"; do
		background "$HELPERS/hold_segment" "$id" rw 2
		wait_until 10 grep -q holding background.out
	done
	"$HELPERS/fill_segment" "$used" 20000
	"$HELPERS/segment_control" "$used" lock
	"$HELPERS/segment_control" "$marked" lock
	"$HELPERS/segment_control" "$marked" rmid
	metrics_alone -q
	assert_success
	assert_equal "$(sum 'shmtool_objects{kind="shm"')" 3
	assert_value 'shmtool_objects{kind="shm",use="used"}' 2
	assert_equal "$(sum 'shmtool_object_size_bytes{kind="shm"')" 28000
	assert_value 'shmtool_object_size_bytes{kind="shm",use="used"}' 23000
	assert_equal "$(sum 'shmtool_object_memory_bytes{kind="shm"')" \
		"$(awk 'NR > 1 { sum += $(NF - 1) + $NF } END { print sum }' /proc/sysvipc/shm)"
	assert_value 'shmtool_object_memory_unknown{kind="shm"}' 0
	assert_value shmtool_segment_attaches "$(awk 'NR > 1 { sum += $7 } END { print sum }' /proc/sysvipc/shm)"
	assert_value shmtool_segments_marked 1
	assert_value shmtool_segments_locked 2
}

@test "metrics: POSIX objects and semaphores as the files in /dev/shm" {
	head -c 10000 /dev/zero >/dev/shm/a
	truncate -s 1M /dev/shm/sparse
	ln /dev/shm/a /dev/shm/again
	"$HELPERS/leak" psem:/semaphore
	mkdir /dev/shm/directory
	metrics -q
	assert_equal "$(sum 'shmtool_objects{kind="pshm"')" 2
	assert_equal "$(sum 'shmtool_object_size_bytes{kind="pshm"')" $((10000 + (1 << 20)))
	assert_equal "$(sum 'shmtool_object_memory_bytes{kind="pshm"')" $(($(stat -c %b /dev/shm/a) * 512))
	assert_equal "$(sum 'shmtool_objects{kind="psem"')" 1
	assert_equal "$(sum 'shmtool_object_size_bytes{kind="psem"')" "$(stat -c %s /dev/shm/sem.semaphore)"
	assert_equal "$(sum 'shmtool_memory_files{kind="pshm"}')" 2
	assert_equal "$(sum 'shmtool_memory_resident_bytes{kind="pshm"}')" $(($(stat -c %b /dev/shm/a) * 512))
}

@test "metrics: an object is used while a process has it open, and not after" {
	require_root
	head -c 10000 /dev/zero >/dev/shm/a
	exec 8</dev/shm/a
	metrics -q
	assert_value 'shmtool_objects{kind="pshm",use="used"}' 1
	assert_value 'shmtool_object_size_bytes{kind="pshm",use="used"}' 10000
	exec 8<&-
	metrics -q
	assert_value 'shmtool_objects{kind="pshm",use="used"}' 0
	assert_value 'shmtool_object_size_bytes{kind="pshm",use="used"}' 0
	assert_equal "$(sum 'shmtool_objects{kind="pshm"')" 1
}

@test "metrics: a segment that its creator left is orphaned, and abandoned eleven minutes later" {
	require_root
	[[ $(readlink /proc/self/ns/pid) == 'pid:[4026531836]' ]] || skip 'needs the first PID namespace'
	owner=$((1996000000 + BASHPID))
	setpriv --reuid "$owner" --clear-groups "$HELPERS/make_keyed" 0 5000 600
	metrics -q --top 100000
	assert_value "shmtool_owner_objects{owner=\"$owner\",uid=\"$owner\",use=\"orphaned\"}" 1
	assert_value "shmtool_owner_objects{owner=\"$owner\",uid=\"$owner\",use=\"abandoned\"}" 0
	require_faketime
	FAKETIME_DONT_FAKE_MONOTONIC=1 run_apart faketime -f +11m "$SHMTOOL" metrics -q --top 100000
	keep_text
	assert_value "shmtool_owner_objects{owner=\"$owner\",uid=\"$owner\",use=\"orphaned\"}" 0
	assert_value "shmtool_owner_objects{owner=\"$owner\",uid=\"$owner\",use=\"abandoned\"}" 1
}

@test "metrics: message queues with their messages, and semaphore sets" {
	require_mqueue
	id=$("$HELPERS/queue_control" make 0 600)
	"$HELPERS/queue_control" send "$id" 100 3
	"$HELPERS/queue_control" make 0 600
	"$HELPERS/set_control" make 0 600 7
	"$HELPERS/set_control" make 0 600 4
	"$HELPERS/mq_control" make /queue 600
	"$HELPERS/mq_control" send /queue 50 2
	metrics_alone -q
	assert_equal "$(sum 'shmtool_objects{kind="msg"')" 2
	assert_equal "$(sum 'shmtool_object_memory_bytes{kind="msg"')" "$(proc_msg "$id" cbytes)"
	assert_value 'shmtool_messages{kind="msg"}' "$(proc_msg "$id" qnum)"
	assert_equal "$(sum 'shmtool_objects{kind="sem"')" 2
	assert_value shmtool_semaphores 11
	assert_equal "$(sum 'shmtool_objects{kind="pmsg"')" 1
	assert_value 'shmtool_messages{kind="pmsg"}' 2
	assert_unchanged
}

@test "metrics: objects of another IPC namespace" {
	require_root
	background unshare --ipc sh -c "chmod 755 . && '$HELPERS/make_keyed' 0 4321 600 && exec sleep 300"
	wait_until 10 grep -q . background.out
	# Only those of this test have this owner.
	metrics_owner=$((1998000000 + BASHPID))
	background unshare --ipc setpriv --reuid "$metrics_owner" --clear-groups \
		sh -c "'$HELPERS/make_keyed' 0 4321 600 && exec sleep 300"
	wait_until 10 grep -q . background.out
	metrics -q --top 100000
	assert_equal "$(sum "shmtool_owner_objects{owner=\"$metrics_owner\",uid=\"$metrics_owner\"")" 1
	assert_value shmtool_hidden_namespaces 0
	# These kinds have no namespaces that are entered.
	metrics -q --kind pshm
	assert_value shmtool_hidden_namespaces ''
}

@test "metrics: root without CAP_SYS_PTRACE gets no values that take the inspection of all processes" {
	require_root
	run_apart setpriv --bounding-set -sys_ptrace --inh-caps=-all -- "$SHMTOOL" metrics -q
	keep_text
	assert_success
	(($(value shmtool_uninspected_processes) > 0))
	assert_value shmtool_hidden_namespaces ''
	for kind in memfd anon removed detached graphics; do
		assert_value "shmtool_memory_resident_bytes{kind=\"$kind\"}" ''
	done
	[ "$(value 'shmtool_memory_resident_bytes{kind="shm"}')" ]
}

@test "metrics: --kind limits objects and limits to these kinds" {
	one_of_each
	metrics -q --kind sem,pshm
	assert_success
	assert_equal "$(grep -oE '^shmtool_objects\{kind="[a-z]*' metrics.txt | sort -u | cut -d '"' -f 2 | xargs)" 'pshm sem'
	assert_value 'shmtool_limit{limit="semmni"}' "$(awk '{ print $4 }' /proc/sys/kernel/sem)"
	assert_value 'shmtool_limit{limit="shmmni"}' ''
	assert_value 'shmtool_limit{limit="msgmni"}' ''
	assert_value shmtool_segment_attaches ''
	run_tool metrics --kind dir
	assert_usage_error metrics 'directories have no metrics'
}

#
# Owners and families
#

# own USERS: each user has as many POSIX objects of one page as its number.
own() {
	local user i

	for ((user = 1; user <= $1; user++)); do
		for ((i = 0; i < user; i++)); do
			head -c "$page" /dev/zero >"/dev/shm/own-$user-$i"
		done
		chown "$((1997000000 + user))" "/dev/shm/own-$user-"*
	done
}

@test "metrics: of 30 owners, the 20 with the most memory, and the rest as other" {
	require_root
	own 30
	metrics -q --kind pshm
	assert_equal "$(grep -c '^shmtool_owner_objects.*use="unused"' metrics.txt)" 21
	assert_equal "$(sum 'shmtool_owner_objects{owner="1997000030",uid="1997000030",')" 30
	assert_equal "$(sum 'shmtool_owner_memory_bytes{owner="1997000011",uid="1997000011",')" $((11 * page))
	assert_equal "$(sum 'shmtool_owner_objects{owner="1997000010"')" 0
	assert_equal "$(sum 'shmtool_owner_objects{owner="other",uid="",')" 55
	assert_equal "$(sum 'shmtool_owner_memory_bytes{owner="other",uid="",')" $((55 * page))
	assert_equal "$(sum shmtool_owner_objects)" 465
	metrics -q --kind pshm --top 3
	assert_equal "$(grep -c '^shmtool_owner_objects.*use="unused"' metrics.txt)" 4
	assert_equal "$(sum 'shmtool_owner_objects{owner="other",uid="",')" $((465 - 30 - 29 - 28))
	metrics -q --kind pshm --top 1000
	assert_equal "$(grep -c '^shmtool_owner_objects.*use="unused"' metrics.txt)" 30
	assert_equal "$(sum 'shmtool_owner_objects{owner="other"')" 0
}

@test "metrics: an owner is the account name, also if two accounts have the same one" {
	require_root
	{
		cat /etc/passwd
		printf '%s:x:%d:1::/:/bin/sh\n' twice 1997000001 twice 1997000002 other 1997000003 'a"b\c' 1997000004
	} >passwd
	own 4
	run_apart unshare --mount sh -c 'mount --bind passwd /etc/passwd && exec "$SHMTOOL" metrics -q --kind pshm --top 3'
	keep_text
	assert_equal "$(sum 'shmtool_owner_objects{owner="twice",uid="1997000002",')" 2
	assert_equal "$(sum 'shmtool_owner_objects{owner="other",uid="1997000003",')" 3
	assert_equal "$(sum 'shmtool_owner_objects{owner="other",uid="",')" 1
	assert_equal "$(sum 'shmtool_owner_objects{owner="a\"b\\c",uid="1997000004",')" 4
}

# with_families: in a mount namespace with a directory of local families, from standard input. The words
# in the variable later come before the tool.
with_families() {
	mkdir -p local
	cat >local/local.conf
	run_apart unshare --mount sh -c '
		mount -t tmpfs metrics /etc && mkdir /etc/shmtool &&
		cp -r local /etc/shmtool/families && exec ${later:-} "$SHMTOOL" metrics -q --kind pshm "$@"' - "$@"
	keep_text
}

@test "metrics: families by the names in the catalogue, the others as none, the rest as other" {
	require_root
	for name in one-a one-b two-a other-a none-a alone; do
		head -c "$page" /dev/zero >"/dev/shm/$name"
	done
	head -c $((9 * page)) /dev/zero >/dev/shm/one-a
	families=$(printf '[%s]\nmatch = pshm /%s-*\nfate = garbage\n' one one two two other other none none)
	with_families <<<"$families"
	assert_success
	assert_equal "$(sum 'shmtool_family_objects{family="one"')" 2
	assert_equal "$(sum 'shmtool_family_memory_bytes{family="one"')" $((10 * page))
	assert_equal "$(sum 'shmtool_family_objects{family="two"')" 1
	assert_equal "$(sum 'shmtool_family_objects{family="=other"')" 1
	assert_equal "$(sum 'shmtool_family_objects{family="=none"')" 1
	assert_equal "$(sum 'shmtool_family_objects{family="none"')" 1
	with_families --top 1 <<<"$families"
	assert_equal "$(sum 'shmtool_family_objects{family="other"')" 4
	assert_equal "$(sum shmtool_family_objects)" 6
}

@test "metrics: with a broken catalogue, families and abandoned are missing, and nothing else" {
	require_root
	head -c "$page" /dev/zero >/dev/shm/a
	with_families <<<'[broken'
	assert_failure 1
	assert_stderr_like '^shmtool: metrics: objects: .*local.conf'
	assert_value 'shmtool_collector_success{collector="objects"}' 0
	assert_value 'shmtool_collector_success{collector="memory"}' 1
	assert_value 'shmtool_objects{kind="pshm",use="abandoned"}' ''
	assert_equal "$(sum 'shmtool_objects{kind="pshm"')" 1
	assert_equal "$(sum shmtool_owner_objects)" 1
	assert_equal "$(grep -c shmtool_family metrics.txt)" 0
	assert_value 'shmtool_memory_files{kind="pshm"}' 1
}

@test "metrics: with a broken catalogue and a kind that can't be listed, abandoned is missing, too" {
	require_root
	head -c "$page" /dev/zero >/dev/shm/a
	run_apart unshare --mount sh -c '
		mount -t tmpfs metrics /etc && mkdir -p /etc/shmtool/families &&
		echo "[broken" >/etc/shmtool/families/local.conf
		umount /dev/mqueue 2>/dev/null
		exec "$SHMTOOL" metrics -q --kind pshm,pmsg'
	keep_text
	assert_failure 1
	assert_value 'shmtool_objects{kind="pmsg",use="used"}' ''
	assert_value 'shmtool_objects{kind="pshm",use="abandoned"}' ''
	assert_equal "$(sum 'shmtool_objects{kind="pshm"')" 1
}

@test "metrics: a failure of two kinds of search is one sentence" {
	require_root
	require_faketime
	head -c "$page" /dev/zero >/dev/shm/a
	# An object that is old enough to be abandoned needs the catalogue, too.
	FAKETIME_DONT_FAKE_MONOTONIC=1 later='faketime -f +11m' with_families <<<'[broken'
	assert_failure 1
	assert_equal "$(grep -o 'local.conf' <<<"$stderr" | wc -l)" 1
}

@test "metrics: no name that a user chose is in the text" {
	require_root
	require_mqueue
	mkdir hostile-mount
	mount -t tmpfs hostile-source hostile-mount
	head -c "$page" /dev/zero >hostile-mount/hostile-file
	printf x >$'/dev/shm/hostile\n# EOF\nhostile 1\e[2J"\\'
	mkdir /dev/shm/hostile-directory
	printf x >/dev/shm/hostile-directory/file
	truncate -s 10G /dev/shm/hostile-largest
	"$HELPERS/leak" psem:/hostile
	"$HELPERS/mq_control" make /hostile 600
	"$HELPERS/mq_control" send /hostile 10
	cp "$HELPERS/hold_memory" hostile-command
	background ./hostile-command memfd 3
	wait_until 10 grep -q holding background.out
	run --separate-stderr "$SHMTOOL" metrics
	umount hostile-mount
	keep_text
	assert_success
	assert_equal "$(grep -ci hostile metrics.txt)" 0
	assert_equal "$(sum 'shmtool_objects{kind="psem"')" 1
}

@test "metrics: an object that is covered by a mount is counted, without what is unknown" {
	require_root
	head -c "$page" /dev/zero >/dev/shm/a
	head -c "$page" /dev/zero >/dev/shm/covered
	run_apart unshare --mount sh -c 'mount --bind /dev/null /dev/shm/covered && exec "$SHMTOOL" metrics -q --kind pshm'
	keep_text
	assert_success
	assert_equal "$(sum 'shmtool_objects{kind="pshm"')" 2
	assert_value 'shmtool_object_memory_unknown{kind="pshm"}' 1
	assert_equal "$(sum 'shmtool_object_memory_bytes{kind="pshm"')" "$page"
	assert_equal "$(sum 'shmtool_owner_objects{owner="unknown",uid=""')" 1
}

#
# Memory
#

# memory KIND: its bytes in memory and in swap.
memory() {
	echo $(($(sum "shmtool_memory_resident_bytes{kind=\"$1\"") + $(sum "shmtool_memory_swapped_bytes{kind=\"$1\"") +
		$(sum "shmtool_memory_unsplit_bytes{kind=\"$1\"")))
}

@test "metrics: memory by kind grows with what is made" {
	require_root
	metrics -q
	memfd=$(memory memfd) anon=$(memory anon)
	head -c $((7 * page)) /dev/zero >/dev/shm/a
	mkdir /dev/shm/directory
	head -c $((5 * page)) /dev/zero >/dev/shm/directory/file
	background "$HELPERS/hold_memory" memfd 20000
	wait_until 20 grep -q holding background.out
	background "$HELPERS/hold_memory" anonymous 20000
	wait_until 20 grep -q holding background.out
	metrics -q
	assert_equal "$(memory pshm)" $((7 * page))
	# Those of other tests come and go.
	(($(memory memfd) - memfd > 15000 * page)) || fail "memfd: $memfd, $(memory memfd)"
	(($(memory anon) - anon > 15000 * page)) || fail "anon: $anon, $(memory anon)"
	assert_value 'shmtool_memory_unknown{kind="pshm"}' 0
}

@test "metrics: a tmpfs as df shows it, alone in its mount namespace" {
	require_root
	run_apart unshare --pid --fork --mount-proc --kill-child --mount bash -c '
		mkdir place && mount -t tmpfs metrics place && head -c 1000000 /dev/zero >place/f
		"$SHMTOOL" metrics -q
		df -t tmpfs -t devtmpfs --all --block-size=1 --output=source,used,target >df'
	keep_text
	used=$(awk -v place="$PWD/place" '$3 == place { print $2 }' df)
	[ "$used" -ge 1000000 ]
	(($(memory tmpfs) >= used))
}

@test "metrics: what is accounted and what is not add up to Shmem" {
	require_root
	shmem() { awk '/^Shmem:/ { printf "%.0f\n", $2 * 1024 }' /proc/meminfo; }
	near() { (($1 >= $2 - (32 << 20) && $1 <= $2 + (32 << 20))) || fail "$1 is not near $2"; }
	metrics -q
	total=$(value shmtool_shmem_bytes)
	near "$total" "$(shmem)"
	assert_equal "$(($(value shmtool_shmem_accounted_bytes) + $(value shmtool_shmem_unaccounted_bytes)))" "$total"
	assert_equal "$(($(sum shmtool_memory_resident_bytes) + $(sum shmtool_memory_unsplit_bytes)))" \
		"$(value shmtool_shmem_accounted_bytes)"
}

@test "metrics: memory in swap is apart from what is resident" {
	require_root
	swap_on
	head -c $((512 * page)) /dev/zero >/dev/shm/a
	evict /dev/shm/a
	((evicted > 0)) || skip 'needs a kernel that moves these pages to swap'
	metrics -q
	assert_equal "$(memory pshm)" $((512 * page))
	assert_equal "$(sum 'shmtool_object_memory_bytes{kind="pshm"')" $((512 * page))
	(($(sum 'shmtool_memory_swapped_bytes{kind="pshm"}') >= evicted * page)) ||
		(($(sum 'shmtool_memory_unsplit_bytes{kind="pshm"}') == 512 * page))
}

@test "metrics: huge pages by kind, used, free and accounted" {
	require_root
	exec 9</proc/sys/vm/nr_hugepages
	flock 9
	[ "$(cat /proc/sys/vm/nr_hugepages)" -eq 0 ] || skip 'needs vm.nr_hugepages to be 0'
	# shellcheck disable=SC2016 # for the inner shell
	run_apart "$HELPERS/with_sysctl" /proc/sys/vm/nr_hugepages 8 -- bash -c '
		"$HELPERS/hold_memory" huge-memfd 3 >said 3>&- &
		for ((tries = 0; tries < 500; tries++)); do
			[ ! -s said ] || break
			sleep 0.02
		done
		[ -s said ] || exit 77
		"$SHMTOOL" metrics -q
		kill $!
		wait $!'
	[ "$status" -ne 77 ] || skip 'needs free memory for huge pages'
	keep_text
	huge=$((2 << 20))
	assert_value "shmtool_memory_huge_bytes{kind=\"memfd\",page_size=\"$huge\"}" $((3 * huge))
	assert_value "shmtool_hugepage_used_bytes{page_size=\"$huge\"}" $((3 * huge))
	assert_value "shmtool_hugepage_free_bytes{page_size=\"$huge\"}" $((5 * huge))
	assert_value "shmtool_hugepage_reserved_bytes{page_size=\"$huge\"}" 0
	assert_value "shmtool_hugepage_accounted_bytes{page_size=\"$huge\"}" $((3 * huge))
	assert_value "shmtool_hugepage_unaccounted_bytes{page_size=\"$huge\"}" 0
	assert_value 'shmtool_limit_bytes{limit="hugepages_2048kB"}' $((8 * huge))
	assert_value 'shmtool_limit_used_bytes{limit="hugepages_2048kB"}' $((3 * huge))
}

#
# Limits
#

@test "metrics: limits as /proc/sys has them, with their use" {
	require_mqueue
	one_of_each
	new_segment $((3 * page)) >/dev/null
	metrics -q
	read -r semmsl semmns semopm semmni </proc/sys/kernel/sem
	for pair in "shmmni $(cat /proc/sys/kernel/shmmni)" "msgmni $(cat /proc/sys/kernel/msgmni)" "semmni $semmni" \
		"semmns $semmns" "semmsl $semmsl" "semopm $semopm" "queues_max $(cat /proc/sys/fs/mqueue/queues_max)" \
		"devshm_inodes $(df --output=itotal /dev/shm | tail -n 1 | xargs)"; do
		assert_value "shmtool_limit{limit=\"${pair% *}\"}" "${pair#* }"
	done
	assert_value 'shmtool_limit_used{limit="shmmni"}' 2
	assert_value 'shmtool_limit_used{limit="semmns"}' 3
	assert_value 'shmtool_limit_used{limit="queues_max"}' 1
	assert_value 'shmtool_limit_bytes{limit="msgmax"}' "$(cat /proc/sys/kernel/msgmax)"
	assert_value 'shmtool_limit_bytes{limit="devshm_size"}' \
		"$(df --block-size=1 --output=size /dev/shm | tail -n 1 | xargs)"
	assert_value 'shmtool_limit_used_bytes{limit="devshm_size"}' \
		"$(df --block-size=1 --output=used /dev/shm | tail -n 1 | xargs)"
	# In pages, each rounded up.
	assert_value 'shmtool_limit_used_bytes{limit="shmall"}' $((6 * page))
	assert_value 'shmtool_limit_used_bytes{limit="shmmax"}' $((3 * page))
	assert_equal "$(awk -v ratio="$(value 'shmtool_limit_used_ratio{limit="shmmni"}')" -v limit="$(cat /proc/sys/kernel/shmmni)" \
		'BEGIN { print ratio * limit }')" 2
	assert_equal "$(grep -cE 'memlock|msgqueue|rmid_forced' metrics.txt)" 0
}

@test "metrics: a limit that does not exist is +Inf, without a ratio" {
	require_root
	run_apart unshare --mount sh -c 'mount -t tmpfs -o size=0,nr_inodes=0 metrics /dev/shm && exec "$SHMTOOL" metrics -q'
	keep_text
	assert_value 'shmtool_limit_bytes{limit="devshm_size"}' +Inf
	assert_value 'shmtool_limit{limit="devshm_inodes"}' +Inf
	assert_value 'shmtool_limit_used_ratio{limit="devshm_size"}' ''
	assert_value 'shmtool_limit_used_ratio{limit="devshm_inodes"}' ''
}

#
# Unknown values
#

@test "metrics: an unprivileged user gets no value instead of a wrong one" {
	require_root
	require_mqueue
	"$HELPERS/mq_control" make /queue 600
	"$HELPERS/mq_control" send /queue 50 2
	head -c 10000 /dev/zero >/dev/shm/a
	chmod 600 /dev/shm/a
	background sh -c 'exec 8</dev/shm/a; echo open; exec sleep 300'
	wait_until 10 grep -q open background.out
	run_tool_as_user metrics
	keep_text
	assert_success
	assert_stderr_like 'processes could not be inspected'
	(($(value shmtool_uninspected_processes) > 0))
	assert_value shmtool_hidden_namespaces ''
	assert_value 'shmtool_messages{kind="pmsg"}' ''
	assert_equal "$(sum 'shmtool_objects{kind="pmsg"')" 1
	# It is used, but this user can't see that.
	assert_value 'shmtool_objects{kind="pshm",use="used"}' 0
	assert_value 'shmtool_objects{kind="pshm",use="unknown"}' 1
	# Where something is in swap, it is not known what of this file is.
	assert_equal $(($(value 'shmtool_memory_resident_bytes{kind="pshm"}') + $(value 'shmtool_memory_unsplit_bytes{kind="pshm"}'))) $((3 * page))
	for kind in memfd anon removed detached graphics; do
		assert_value "shmtool_memory_resident_bytes{kind=\"$kind\"}" ''
		assert_value "shmtool_memory_files{kind=\"$kind\"}" ''
	done
	assert_value 'shmtool_limit{limit="shmmni"}' "$(cat /proc/sys/kernel/shmmni)"
	assert_value 'shmtool_collector_success{collector="objects"}' 1
	run_tool_as_user metrics -q
	assert_stderr_empty
}

@test "metrics: without the file system of POSIX queues, they have no metrics, and a note says so" {
	require_root
	run_apart unshare --mount sh -c 'umount /dev/mqueue 2>/dev/null; exec "$SHMTOOL" metrics'
	keep_text
	assert_success
	assert_stderr_like 'POSIX message queues are omitted'
	assert_value 'shmtool_objects{kind="pmsg",use="used"}' ''
	assert_value 'shmtool_messages{kind="pmsg"}' ''
	[ "$(value 'shmtool_objects{kind="msg",use="unknown"}')" ]
	run_apart unshare --mount sh -c 'umount /dev/mqueue 2>/dev/null; exec "$SHMTOOL" metrics --kind pmsg,shm'
	keep_text
	assert_failure 1
	assert_value 'shmtool_objects{kind="pmsg",use="used"}' ''
	assert_value 'shmtool_collector_success{collector="objects"}' 0
	assert_value 'shmtool_limit{limit="queues_max"}' "$(cat /proc/sys/fs/mqueue/queues_max)"
	(($(grep -c '^shmtool_objects{kind="shm"' metrics.txt) == 5))
}

@test "metrics: where System V calls are refused, /proc/sysvipc serves" {
	id=$(new_segment 5000)
	run_apart "${alone[@]}" "$HELPERS/refuse_sysv" ctl EPERM "$SHMTOOL" metrics -q
	keep_text
	assert_success
	assert_equal "$(sum 'shmtool_objects{kind="shm"')" 1
	assert_equal "$(sum 'shmtool_object_size_bytes{kind="shm"')" 5000
	assert_value 'shmtool_limit{limit="shmmni"}' "$(cat /proc/sys/kernel/shmmni)"
}

@test "metrics: without /proc, nothing is claimed that was read from there" {
	require_root
	new_segment 5000 >/dev/null
	run_apart unshare --mount sh -c 'umount --lazy /proc && exec "$SHMTOOL" metrics'
	keep_text
	assert_failure 1
	assert_stderr_like '/proc is not mounted'
	for kind in tmpfs dir memfd anon removed; do
		assert_value "shmtool_memory_resident_bytes{kind=\"$kind\"}" ''
	done
	assert_value shmtool_uninspected_processes ''
	assert_value shmtool_hidden_namespaces ''
	assert_value shmtool_shmem_bytes ''
	assert_value 'shmtool_objects{kind="shm",use="used"}' 0
	assert_equal "$(sum 'shmtool_object_size_bytes{kind="shm"')" 5000
}

@test "metrics: the failure of one collector leaves the others alone" {
	require_root
	head -c "$page" /dev/zero >/dev/shm/a
	: >empty
	run_apart unshare --mount sh -c 'mount --bind empty /proc/meminfo && exec "$SHMTOOL" metrics -q'
	keep_text
	assert_failure 1
	assert_stderr_like '^shmtool: metrics: memory: .*meminfo'
	assert_value 'shmtool_collector_success{collector="memory"}' 0
	assert_value 'shmtool_collector_success{collector="objects"}' 1
	assert_value 'shmtool_collector_success{collector="limits"}' 1
	assert_value shmtool_shmem_bytes ''
	assert_value shmtool_shmem_unaccounted_bytes ''
	assert_value 'shmtool_memory_resident_bytes{kind="pshm"}' "$page"
	assert_equal "$(sum 'shmtool_objects{kind="pshm"')" 1
}

@test "metrics: a collector that is killed leaves the others alone, and no half of its samples" {
	require_root
	require_strace
	# Only the collector of limits makes this call twice.
	run_apart strace -f -qq -o /dev/null -e trace=prlimit64 -e inject=prlimit64:signal=KILL:when=2 "$SHMTOOL" metrics -q
	keep_text
	assert_failure 1
	assert_stderr_like '^shmtool: metrics: limits: the process that collects was ended by signal 9'
	assert_value 'shmtool_collector_success{collector="limits"}' 0
	assert_value 'shmtool_collector_success{collector="objects"}' 1
	assert_equal "$(grep -c shmtool_limit metrics.txt)" 0
}

@test "metrics: killed, it leaves no process behind" {
	require_root
	require_strace
	new_segment 5000 >/dev/null
	# The first collector stops when it reads the memory of segments.
	strace -f -qq -o trace -e trace=read -P /proc/sysvipc/shm -e inject=read:signal=STOP:when=1 \
		"$SHMTOOL" metrics -q >/dev/null 2>&1 3>&- &
	tracer=$!
	wait_until 20 grep -q 'stopped by SIGSTOP' trace
	parent=$(pgrep -P "$tracer" -f 'metrics -q')
	child=$(pgrep -P "$parent")
	kill -KILL "$parent"
	wait_until 20 bash -c "! kill -0 $child" || {
		kill -KILL "$child"
		fail 'the collector is still there'
	}
}
