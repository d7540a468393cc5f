#!/usr/bin/env bats
# The column label of stat and users: SELinux labels, here set by hand.

load test_helper
load truth
load users

setup() {
	common_setup
	require_private_namespace
	require_root
	new_object shmtool-a
	label=system_u:object_r:tmpfs_t:s0:c1,c2
	"$HELPERS/set_label" /dev/shm/shmtool-a "$label" 2>/dev/null ||
		skip 'needs labels on a tmpfs (CONFIG_TMPFS_XATTR, and no SELinux that denies it)'
}

@test "stat -o label: of a POSIX object and a semaphore, and unknown without one" {
	"$HELPERS/sem_make" /shmtool-sem 1 600
	"$HELPERS/set_label" /dev/shm/sem.shmtool-sem "$label"
	new_object shmtool-none
	id=$(new_segment 4096)
	run_tool stat --kind all --json -o ref,label
	assert_success
	assert_equal "$(json -c 'map(select(.ref | startswith("pmsg:") | not))[] | [.ref, .label]')" \
		"[\"id:$id\",null]
[\"/shmtool-a\",\"$label\"]
[\"/shmtool-none\",null]
[\"psem:/shmtool-sem\",\"$label\"]"
	run_tool stat --raw --no-headings --name 'shmtool-*' --sort ref -o ref,label
	assert_output "/shmtool-a $label
/shmtool-none -"
	assert_unchanged
}

@test "stat REF: the label is among the details only if there is one" {
	new_object shmtool-none
	run_tool stat /shmtool-a
	assert_equal "$(detail label)" "$label"
	run_tool stat /shmtool-none
	assert_equal "$(detail label)" ''
	refute_line --regexp '^label'
	run_tool stat -o label --raw --no-headings /shmtool-none
	assert_equal "$output" -
}

@test "stat, users -o label: a label may hold any byte" {
	"$HELPERS/set_label" /dev/shm/shmtool-a $'evil\e[2J\n"'
	run_tool stat --name shmtool-a --no-headings -o label
	assert_output 'evil\033[2J\012"'
	keep /dev/shm/shmtool-a open
	run_tool users -q --no-headings -o label /shmtool-a
	assert_output 'evil\033[2J\012"'
	"$HELPERS/set_label" /dev/shm/shmtool-a "$(printf 'l%.0s' {1..300})"
	run_tool stat --name shmtool-a --raw --no-headings -o label
	assert_equal "$output" -
}

@test "users -o label: of objects and of files by path" {
	keep /dev/shm/shmtool-a open
	rows pid,label /shmtool-a
	assert_output "$keeper $label"
	rows label --name shmtool-a
	assert_output "$label"
	mkdir /dev/shm/jobs
	printf x >/dev/shm/jobs/file
	"$HELPERS/set_label" /dev/shm/jobs/file "$label"
	keep /dev/shm/jobs/file open
	rows label /dev/shm/jobs/file
	assert_output "$label"
	printf x >file
	"$HELPERS/set_label" file "$label" || skip "needs a file system with labels, not $(stat -f -c %T .): set TMPDIR"
	keep file open
	rows label ./file
	assert_output "$label"
}

@test "stat -o label: nothing that is mounted on a name is asked" {
	printf x >target
	"$HELPERS/set_label" target evil_t || skip "needs a file system with labels, not $(stat -f -c %T .): set TMPDIR"
	new_object shmtool-covered
	run_apart unshare --mount bash -c 'mount --bind target /dev/shm/shmtool-covered &&
		exec "$SHMTOOL" stat --kind pshm --raw --no-headings -o ref,label'
	assert_line "/shmtool-a $label"
	refute_output --partial evil_t
}
