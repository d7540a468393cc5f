#!/usr/bin/env bats
# Files in directories: of /dev/shm, of other mounts of tmpfs, of a hugetlbfs. They are listed by
# --recursive and --dir, and each has a REF that every command takes. No symbolic link, mount or FUSE
# that another user prepares leads anywhere.

load test_helper
load truth

setup() {
	common_setup
	require_private_namespace
	chmod 777 .
}

teardown() {
	local pid place
	for pid in ${served:-} ${holders[@]+"${holders[@]}"}; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	for place in ${places[@]+"${places[@]}"}; do
		umount -l "$place" || true
	done
	common_teardown
}

# mount_at PLACE [OPTIONS]: mounts a tmpfs until the test ends.
mount_at() {
	require_root
	mkdir -p "$1"
	mount -t tmpfs -o "${2:-mode=1777,size=16m}" places "$1"
	places=("$1" ${places[@]+"${places[@]}"})
}

# begin_place SCRIPT [PREFIX...]: a process with an IPC namespace and mounts of its own, in which the
# script has run; sets container to its number.
begin_place() {
	local script=$1
	shift
	rm -f ready
	mkfifo -m 666 ready
	SCRIPT=$script "$@" unshare --ipc --mount bash -c '
		eval "$SCRIPT" || exit
		echo $$ >ready
		exec sleep 300' 3>&- >begun 2>&1 &
	holders+=($!)
	read -r -t 20 container <>ready || fail "begin_place: $(cat begun)"
	holders+=("$container")
}

as_container_root=(setpriv --reuid 65534 --regid 65534 --clear-groups unshare --user --map-root-user)

# hold FILE [WAY]: a process that uses a file; sets holder to its number.
hold() {
	rm -f held
	"$HELPERS/hold_mapping" "$1" "${2:-shared}" >held 3>&- &
	wait_until 10 grep -q holding held
	holder=$(awk '{ print $2 }' held)
}

# Names with bytes that a table escapes, a shell expands, or a parser may take for something else.
hostile=(
	$'new\nline'
	$'escape\e[31mred'
	$'invalid\xff\xfeutf8'
	$'bidi\xe2\x80\xaetxt'
	'two words'
	' leading'
	'trailing '
	'-rf'
	'back\slash'
	'octal\012like'
	'$(touch injected)'
	"'single'\"double\""
	'*'
	'comma,equals=colon:'
	'…größe日本📦'
	'12'
	'id:1'
	'sem.a'
	'.hidden'
)

# make_hostile: a file of each name in a directory of each name below /dev/shm/d, with the name as its
# content.
make_hostile() {
	local name
	for name in "${hostile[@]}"; do
		mkdir -p "/dev/shm/d/$name"
		printf '%s' "$name" >"/dev/shm/d/$name/$name"
	done
}

#
# Listing
#

@test "stat --recursive: the files and directories that find lists, with their sizes" {
	mkdir -p /dev/shm/d/one/two /dev/shm/d/empty
	head -c 5000 /dev/zero >/dev/shm/d/one/a
	head -c 300 /dev/zero >/dev/shm/d/one/two/b
	truncate -s 1M /dev/shm/d/sparse
	: >/dev/shm/object
	run_tool stat --recursive --kind pshm --raw --no-headings -o ref,bytes,used
	assert_success
	assert_equal "$(sort <<<"$output")" "$(
		find /dev/shm -type f -printf '%p %s %b\n' | awk '{ print $1, $2, $3 * 512 }' |
			sed 's#^/dev/shm/object #/object #' | sort)"
	run_tool stat --recursive --kind dir --raw --no-headings -o ref,owner,bytes,files
	assert_success
	assert_output "dir:/dev/shm/d $me 1053876 3
dir:/dev/shm/d/empty $me 0 0
dir:/dev/shm/d/one $me 5300 2
dir:/dev/shm/d/one/two $me 300 1"
	assert_unchanged
}

@test "stat: directories and files in them are listed on request only" {
	mkdir -p /dev/shm/d/one
	echo x >/dev/shm/d/one/x
	echo x >/dev/shm/y
	for options in '' '--kind=all' '--kind=pshm,psem' '--name=*'; do
		run_tool stat ${options:+"$options"} --raw --no-headings -o ref
		assert_success
		assert_output /y
	done
	run_tool stat --kind dir --raw --no-headings -o ref,files
	assert_output 'dir:/dev/shm/d 1'
}

@test "stat --kind dir: a file with two names counts once, and the newest use is that of any file" {
	mkdir -p /dev/shm/d/a /dev/shm/d/b
	head -c 4096 /dev/zero >/dev/shm/d/a/x
	ln /dev/shm/d/a/x /dev/shm/d/b/y
	head -c 4096 /dev/zero >/dev/shm/d/b/z
	touch -d @1000000000 /dev/shm/d/a/x
	touch -d @1200000000 /dev/shm/d/b/z
	run_tool stat --recursive --kind dir --json -o ref,bytes,used,files
	assert_success
	assert_equal "$(json -c '.[] | [.ref, .bytes, .used, .files]')" '["dir:/dev/shm/d",8192,8192,2]
["dir:/dev/shm/d/a",4096,4096,1]
["dir:/dev/shm/d/b",8192,8192,2]'
	run_tool stat --recursive --kind dir --raw --no-headings --time-format unix -o newest
	assert_output $'1200000000\n1000000000\n1200000000'
}

@test "stat --dir: a mount, a directory in one, several of them, and each file once" {
	mount_at "$PWD/other"
	mkdir -p other/d/e
	echo x >other/x
	echo y >other/d/y
	echo z >other/d/e/z
	echo w >/dev/shm/w
	run_tool stat --dir other --raw --no-headings -o ref
	assert_output "$PWD/other/x
dir:$PWD/other/d"
	run_tool stat --dir "$PWD/other/d" --kind pshm --raw --no-headings -o ref
	assert_output "$PWD/other/d/y"
	run_tool stat --dir other --dir ./other/d/ --dir other --recursive --kind pshm --raw --no-headings -o ref
	assert_output "$PWD/other/d/e/z
$PWD/other/d/y
$PWD/other/x"
	run_tool stat --dir /dev/shm --dir other/d --kind pshm --raw --no-headings -o ref
	assert_output "/w
$PWD/other/d/y"
	(cd other/d && shmtool stat --dir . --kind pshm --raw --no-headings -o ref) >here
	assert_equal "$(cat here)" "$PWD/other/d/y"
}

@test "--dir: anything but a directory in a tmpfs or hugetlbfs is refused with a sentence" {
	mount_at "$PWD/other"
	echo x >other/file
	mkfifo other/fifo
	ln -s /etc other/link
	mkdir other/d
	for row in '/etc|is not in a tmpfs or hugetlbfs' "/proc/self|, but on proc" "/proc/self/root/dev|--ns PID --dir names" \
		"other/none|no such file or directory" "other/file|a part of the path is not a directory" \
		"other/fifo|a part of the path is not a directory" "other/link|symbolic links" \
		"other/link/ssl|symbolic links" "other/d/../d|can't have '\\.\\.'"; do
		for command in stat users limits 'read file' 'write file --string x' 'probe-pages file'; do
			# shellcheck disable=SC2086 # words
			run_apart timeout 10 "$SHMTOOL" ${command%% *} --dir "${row%%|*}" ${command#"${command%% *}"}
			assert_fails "${command%% *}" "${row#*|}"
		done
	done
	run_tool stat --dir ''
	assert_usage_error stat 'the path is empty'
	run_tool stat --all-namespaces --dir other
	assert_usage_error stat '--all-namespaces'
	run_tool users --unnamed --recursive
	assert_usage_error users '--unnamed'
	run_tool stat --recursive /x
	assert_usage_error stat 'REFs'
}

@test "--dir: a link of root outside of shared memory is followed, one of another user is not" {
	mount_at "$PWD/other"
	mkdir -p other/d
	echo x >other/d/x
	ln -s other/d absolute
	ln -sf "$PWD/other" up
	mkdir below
	ln -s ../other/d below/relative
	for path in absolute up/d below/relative; do
		run_tool stat --dir "$path" --raw --no-headings -o ref
		assert_success
		assert_output "$PWD/other/d/x"
		run_tool stat --raw --no-headings -o ref "$PWD/$path/x"
		assert_output "$PWD/other/d/x"
	done
	chown -h 65534 absolute
	run_tool stat --dir absolute
	assert_fails stat 'is not in a tmpfs or hugetlbfs'
	ln -s loop loop
	run_tool stat --dir loop
	assert_fails stat 'is not in a tmpfs or hugetlbfs'
}

@test "a link of root in shared memory is followed where no other user can write" {
	mount_at "$PWD/other" mode=755
	mkdir -p other/d other/open
	chmod 777 other/open
	echo x >other/d/x
	ln -s d other/link
	ln -s ../d other/open/link
	run_tool read other/link/x
	assert_output x
	run_tool read other/open/link/x
	assert_fails read 'symbolic links in shared memory are not followed'
	chmod 1777 other
	run_tool read other/link/x
	assert_fails read 'symbolic links in shared memory are not followed'
	# In a container, /dev is a tmpfs.
	echo content >file
	run_tool read /dev/fd/8 8<file
	assert_output content
}

@test "users --recursive and --dir: the processes that map or hold a file in a directory" {
	require_inspection
	mkdir -p /dev/shm/d/e
	head -c 8192 /dev/zero >/dev/shm/d/e/mapped
	echo x >/dev/shm/d/idle
	hold /dev/shm/d/e/mapped
	run_tool users --recursive --raw --no-headings -o ref,name,pid,how
	assert_success
	assert_output "/dev/shm/d/e/mapped /dev/shm/d/e/mapped $holder mapped"
	run_tool users --dir /dev/shm/d/e --raw --no-headings -o ref,pid
	assert_output "/dev/shm/d/e/mapped $holder"
	run_tool users --raw --no-headings -o ref
	assert_output ''
	run_tool stat --recursive --used-by "$holder" --raw --no-headings -o ref,users
	assert_output '/dev/shm/d/e/mapped 1'
	run_tool stat --recursive --kind pshm --raw --no-headings -o ref,use
	assert_line '/dev/shm/d/e/mapped used'
	run_tool stat --recursive --unused --raw --no-headings -o ref
	refute_line /dev/shm/d/e/mapped
}

@test "filters select files in directories: --name by the path below, --mine, --min-size, --older-than" {
	mkdir -p /dev/shm/d/e
	echo x >/dev/shm/d/e/small
	head -c 9000 /dev/zero >/dev/shm/d/large
	for row in '--name=d/*|/dev/shm/d/e/small /dev/shm/d/large' '--name=*/small|/dev/shm/d/e/small' \
		'--name=!*/small|/dev/shm/d/large' '--min-size=9000|/dev/shm/d/large' \
		'--mine|/dev/shm/d/e/small /dev/shm/d/large' '--older-than=1h|'; do
		run_tool stat --recursive --kind pshm --raw --no-headings -o ref "${row%%|*}"
		assert_success
		assert_equal "${output//$'\n'/ }" "${row#*|}"
	done
}

@test "filters: a pattern with a slash is a usage error where names have none" {
	run_tool stat --name 'd/*'
	assert_usage_error stat "'d/\\*' matches no name: without --recursive or --dir"
	run_tool users --name 'd/*'
	assert_usage_error users 'matches no name'
	run_tool rm --unused --name 'd/*'
	assert_usage_error rm 'matches no name'
}

@test "families: files below a directory have its family" {
	mkdir -p /dev/shm/joblib_memmapping_folder_1_0a_0b/e /dev/shm/d
	echo x >/dev/shm/joblib_memmapping_folder_1_0a_0b/e/x
	echo x >/dev/shm/d/joblib_memmapping_folder_1_0a_0b
	SHMTOOL_FAMILIES=$SRCDIR/share/families run_tool stat --recursive --raw --no-headings -o ref,family
	assert_success
	family=$(awk '$1 ~ /e\/x$/ { print $2 }' <<<"$output")
	[[ $family != - ]] || fail "$output"
	assert_line "dir:/dev/shm/joblib_memmapping_folder_1_0a_0b $family"
	assert_line "dir:/dev/shm/joblib_memmapping_folder_1_0a_0b/e $family"
	assert_line '/dev/shm/d/joblib_memmapping_folder_1_0a_0b -'
}

#
# REFs
#

@test "REF: every name of a file in a directory can be pasted back, from each format" {
	make_hostile
	run_tool stat --recursive --kind pshm --json -o ref,name
	assert_success
	json -r '.[].ref' >list
	run_tool stat --recursive --kind pshm --raw --no-headings -o ref
	printf '%s\n' "$output" >raw
	run_tool stat --recursive --kind pshm --no-headings -o ref
	printf '%s\n' "$output" >table
	LC_ALL=C run_tool stat --recursive --kind pshm --no-headings -o ref
	printf '%s\n' "$output" >table-c
	for format in list raw table table-c; do
		mapfile -t refs <"$format"
		assert_equal "$format ${#refs[@]}" "$format ${#hostile[@]}"
		for ref in "${refs[@]}"; do
			"$SHMTOOL" read "$ref"
			printf '\0'
		done | sort -z >found
		printf '%s\0' "${hostile[@]}" | sort -z | cmp - found || fail "$format"
		# One run for all: stat names each as it was given.
		run_tool stat --json -o ref "${refs[@]}"
		assert_success
		assert_equal "$(json -r '.[].ref')" "$(cat list)"
	done
	[[ ! -e injected ]]
}

@test "REF: set, users, write, probe-pages, families and rm take the REF of every name" {
	make_hostile
	run_tool stat --recursive --kind pshm --json -o ref
	json -r '.[].ref' >refs
	mapfile -t refs <refs
	run_tool set --mode 640 "${refs[@]}"
	assert_success
	assert_equal "$(find /dev/shm/d -type f -perm 640 | wc -l)" "$(find /dev/shm/d -type f | wc -l)"
	for ref in "${refs[@]}"; do
		"$SHMTOOL" write -q "$ref" --string x
		"$SHMTOOL" probe-pages -q --state "$ref" >/dev/null
	done
	assert_equal "$(find /dev/shm/d -type f -exec head -c 1 {} \; -exec echo \; | grep -cx x)" "${#hostile[@]}"
	run_tool users "${refs[@]}"
	assert_success
	run_tool families --match "${refs[@]}"
	assert_success
	run_tool rm "${refs[@]}"
	assert_success
	assert_equal "$(find /dev/shm/d -type f)" ''
	run_tool stat --recursive --kind dir --json -o ref
	mapfile -t refs < <(json -r '.[].ref' | sort -r)
	run_tool rm "${refs[@]}"
	assert_success
	assert_equal "$(object_names)" ''
}

@test "REF: a name like an escape, and the name that it would stand for, are two files" {
	mkdir /dev/shm/d
	printf literal >'/dev/shm/d/a\012b'
	printf newline >$'/dev/shm/d/a\nb'
	run_tool read '/dev/shm/d/a\012b'
	assert_output literal
	run_tool read 'path:/dev/shm/d/a\012b'
	assert_output newline
	run_tool read 'path:/dev/shm/d/a\134012b'
	assert_output literal
	run_tool rm 'path:/dev/shm/d/a\012b'
	assert_success
	assert_equal "$(cat '/dev/shm/d/a\012b')" literal
	run_tool read 'path:/dev/shm/d/a\12'
	assert_usage_error read 'a backslash begins an escape'
}

@test "read, write, stat, users, rm --dir: an operand is a file below the directory" {
	mkdir -p /dev/shm/d/e
	run_tool write --dir /dev/shm/d e/x --create --size 4K --string hello
	assert_success
	assert_equal "$(head -c 5 /dev/shm/d/e/x)" hello
	run_tool read --dir /dev/shm/d/e --length 5 x
	assert_output hello
	run_tool read --dir /dev/shm/d/e --length 5 /dev/shm/d/e/x
	assert_output hello
	run_tool stat --dir /dev/shm/d --raw --no-headings -o ref e/x 'dir:/dev/shm/d/e'
	assert_output $'/dev/shm/d/e/x\ndir:/dev/shm/d/e'
	run_tool probe-pages --dir /dev/shm/d --state --raw --no-headings -o state e/x
	assert_success
	echo 12 >/dev/shm/d/12
	run_tool read --dir /dev/shm/d 12
	assert_output 12
	run_tool read --dir /dev/shm/d --dir /dev/shm/d/e x
	assert_usage_error read 'only once'
}

@test "--dir: an operand with '..' is refused, in every command" {
	mkdir /dev/shm/d
	echo x >/dev/shm/d/x
	echo victim >victim
	for operand in "../../..$PWD/victim" ../new d/../../x /dev/shm/d/../y ..; do
		for command in stat read users rm 'write --create --size 4K --string evil' probe-pages; do
			# shellcheck disable=SC2086 # words
			run_apart "$SHMTOOL" $command --dir /dev/shm/d "$operand" </dev/null
			assert_failure 2
			assert_output ''
			assert_stderr_like "^shmtool: ${command%% *}: .*: a path below --dir can't have '\.\.'"
		done
	done
	run_tool rm --dir /dev/shm/d x ../x
	assert_usage_error rm "can't have '..'"
	assert_equal "$(cat victim /dev/shm/d/x; object_names)" $'victim\nx\nd\nd/x'
	# Dots in a name are no such thing.
	run_tool write --dir /dev/shm/d --create --size 4K --string hello ..e/../x
	assert_usage_error write "can't have '..'"
	run_tool write --dir /dev/shm/d --create --size 4K --string hello ..e
	assert_success
	assert_equal "$(head -c 5 /dev/shm/d/..e)" hello
}

@test "--dir: slashes between the directory and an operand are not doubled" {
	mkdir -p /dev/shm/d/e
	echo x >/dev/shm/d/e/x
	for operand in e/x /e/x //e/x /dev/shm/d/e/x; do
		for directory in /dev/shm/d /dev/shm/d/; do
			run_tool rm --dry-run --verbose --dir "$directory" "$operand"
			assert_success
			assert_regex "$output$stderr" '[^/]/dev/shm/d/e/x'
			run_tool read --dir "$directory" --offset 9K "$operand"
			assert_failure
			assert_stderr_like '^shmtool: read: /dev/shm/d/e/x: '
		done
	done
}

@test "--dir: one that can't be opened does not hide the others" {
	mkdir -p /dev/shm/d
	echo x >/dev/shm/d/x
	head -c 600K /dev/zero >/dev/shm/d/y
	mount_at "$PWD/full" size=100k,mode=1777
	head -c 96K /dev/zero >full/z
	both=(--dir /etc --dir "$PWD/full")
	run_tool stat -q --raw --no-headings -o ref "${both[@]}" --kind pshm
	assert_failure 1
	assert_output "$PWD/full/z"
	assert_stderr_like '^shmtool: stat: /etc: is not in a tmpfs'
	run_tool limits --check=90 "${both[@]}"
	assert_failure 1
	assert_output --partial "size:$PWD/full 96%"
	assert_stderr_like '^shmtool: limits: /etc: is not in a tmpfs'
	run_tool limits --check=99 "${both[@]}"
	assert_failure 1
	assert_output ''
	run_tool limits --raw --no-headings -o limit "${both[@]}"
	assert_failure 1
	assert_line "inodes:$PWD/full"
	run_tool usage -q --raw --no-headings -o kind --by kind "${both[@]}"
	assert_failure 1
	assert_line tmpfs
	hold full/z
	run_tool users -q --raw --no-headings -o ref "${both[@]}"
	assert_failure 1
	assert_output "$PWD/full/z"
	run_tool users -q --raw --no-headings -o ref "${both[@]}" --dir /nowhere
	assert_failure 1
	assert_output "$PWD/full/z"
	run_tool users --check "${both[@]}"
	assert_success
	run_tool users --check --dir /etc --dir /dev/shm/d
	assert_failure 3
	run_tool rm --unused --quiet --dir /etc --dir /dev/shm/d --name x
	assert_failure 1
	assert_stderr_like '^shmtool: rm: /etc: is not in a tmpfs'
	assert [ ! -e /dev/shm/d/x ]
	assert [ -e /dev/shm/d/y ]
	run_tool rm --unused --quiet --dir /etc --dir /nowhere
	assert_failure 1
	assert [ -e /dev/shm/d/y ]
}

@test "rm: a directory only if it is empty; set: not at all" {
	mkdir -p /dev/shm/d/e
	echo x >/dev/shm/d/e/x
	run_tool rm dir:/dev/shm/d/e
	assert_fails rm 'dir:/dev/shm/d/e: .*not empty'
	run_tool rm -v /dev/shm/d/e/x dir:/dev/shm/d/e
	assert_success
	assert_equal "$(object_names)" d
	run_tool set --mode 700 dir:/dev/shm/d
	assert_fails set 'is a directory'
	run_tool read dir:/dev/shm/d
	assert_usage_error read 'is a directory, not memory'
}

@test "set --size: grows and shrinks a file in a directory" {
	mkdir /dev/shm/d
	echo x >/dev/shm/d/x
	run_tool set --size 8K /dev/shm/d/x
	assert_success
	assert_equal "$(stat -c '%s %b' /dev/shm/d/x)" '8192 16'
	run_tool set --size 1 /dev/shm/d/x
	assert_equal "$(cat /dev/shm/d/x)" x
}

#
# What other users prepare
#

@test "symbolic links in a path lead nowhere, in no command" {
	mkdir -p /dev/shm/d secret/sub
	echo secret >secret/x
	echo secret >secret/sub/x
	ln -s "$PWD/secret" /dev/shm/d/link
	ln -s "$PWD/secret/x" /dev/shm/d/file
	ln -s /dev/shm/d /dev/shm/top
	echo mine >/dev/shm/d/y
	run_tool stat --recursive --raw --no-headings -o ref
	assert_success
	assert_output $'/dev/shm/d/y\ndir:/dev/shm/d'
	for ref in /dev/shm/d/link/x /dev/shm/d/link/sub/x /dev/shm/d/file /dev/shm/top/y dir:/dev/shm/d/link; do
		for command in stat read users rm 'set --mode 600' 'write --string evil' 'probe-pages' attach; do
			[[ $ref != dir:* || $command == stat || $command == rm ]] || continue
			# shellcheck disable=SC2086 # words
			run_apart timeout 10 "$SHMTOOL" $command "$ref"
			assert_failure 1
			assert_stderr_like "^shmtool: ${command%% *}: .*(symbolic link|is not a directory)"
		done
	done
	for command in stat read users rm probe-pages; do
		run_tool "$command" /dev/shm/d/file
		assert_failure 1
		assert_stderr_like "^shmtool: $command: /dev/shm/d/file: is a symbolic link"
	done
	run_tool write --create --size 4K --string evil /dev/shm/d/link/new
	assert_fails write 'symbolic link'
	run_tool stat --dir /dev/shm/d/link/sub
	assert_fails stat 'symbolic link'
	assert_equal "$(cat secret/x secret/sub/x; ls secret)" $'secret\nsecret\nsub\nx'
}

# churn PERL: runs a piece of Perl again and again until the test ends.
churn() {
	perl -e "\$SIG{ALRM} = sub { exit }; alarm 60; while (1) { $1 }" 3>&- &
	holders+=($!)
}

@test "a directory that is replaced by a symbolic link meanwhile is not followed" {
	mkdir -p /dev/shm/d/e secret
	echo mine >/dev/shm/d/e/x
	echo secret >secret/x
	churn "chdir '/dev/shm/d'; rename 'e', 'aside'; symlink '$PWD/secret', 'e'; unlink 'e'; rename 'aside', 'e';"
	for ((i = 0; i < 50; i++)); do
		"$SHMTOOL" stat --recursive --kind pshm --raw --no-headings -o bytes >listed 2>/dev/null
		"$SHMTOOL" read /dev/shm/d/e/x >content 2>/dev/null || true
		! grep -q 7 listed || fail "$(cat listed)"
		refute grep -q secret content
	done
}

@test "files that come and go while they are listed are no failure" {
	mkdir /dev/shm/d
	churn 'chdir "/dev/shm/d"; mkdir "$i"; mkdir "$i/e"; open my $f, ">", "$i/e/x"; $i = ++$i % 50; unlink "$i/e/x"; rmdir "$i/e"; rmdir $i;'
	for ((i = 0; i < 50; i++)); do
		"$SHMTOOL" stat --recursive --raw -o ref,bytes,files >listed 2>errors || fail "$(cat errors)"
		assert_equal "$(cat errors)" ''
	done
}

@test "mounts below a directory are not entered, and a file that is covered is reported" {
	require_root
	mkdir -p /dev/shm/d/under
	echo hidden >/dev/shm/d/under/hidden
	echo mine >/dev/shm/d/x
	mount_at /dev/shm/d/under
	echo other >/dev/shm/d/under/other
	run_tool stat --recursive --raw --no-headings -o ref,files
	assert_success
	assert_output $'/dev/shm/d/x -\ndir:/dev/shm/d 1'
	# It is named, so it is meant.
	run_tool stat --dir /dev/shm/d/under --raw --no-headings -o ref
	assert_output /dev/shm/d/under/other
	run_tool read /dev/shm/d/under/other
	assert_output other
	echo victim >victim
	mount --bind victim /dev/shm/d/x
	places=(/dev/shm/d/x "${places[@]}")
	run_tool stat --recursive --raw --no-headings -o ref
	assert_failure 1
	assert_output dir:/dev/shm/d
	assert_stderr_like '/dev/shm/d/x can.t be inspected: something is mounted on it'
	run_tool read /dev/shm/d/x
	assert_fails read 'is not in a tmpfs|something is mounted on it'
}

@test "FUSE below a directory, and on the way to one, is not entered" {
	require_root
	[[ -w /dev/fuse ]] || skip 'needs /dev/fuse'
	mkdir -p /dev/shm/d/served
	echo mine >/dev/shm/d/x
	"$HELPERS/serve_fuse" /dev/shm/d/served >served 3>&- &
	places=(/dev/shm/d/served ${places[@]+"${places[@]}"})
	wait_until 10 test -s served
	served=$(cat served)
	run_apart timeout -s KILL 20 "$SHMTOOL" stat --recursive --raw --no-headings -o ref
	assert_success
	assert_output $'/dev/shm/d/x\ndir:/dev/shm/d'
	for path in /dev/shm/d/served /dev/shm/d/served/e; do
		run_apart timeout -s KILL 20 "$SHMTOOL" stat --dir "$path"
		assert_fails stat 'is not in a tmpfs or hugetlbfs, but on fuse'
		run_apart timeout -s KILL 20 "$SHMTOOL" stat "$path/x"
		assert_fails stat 'is not in a tmpfs or hugetlbfs, but on fuse'
	done
}

@test "without rights: what can be read is listed, and a directory that can't be is an error" {
	require_root
	mkdir -p /dev/shm/d/open /dev/shm/d/closed
	chmod 755 /dev/shm/d /dev/shm/d/open
	chmod 700 /dev/shm/d/closed
	echo x >/dev/shm/d/open/x
	echo x >/dev/shm/d/closed/x
	run_tool_as_user stat --recursive --raw --no-headings -o ref,bytes,files
	assert_failure 1
	assert_output '/dev/shm/d/open/x 2 -
dir:/dev/shm/d - -
dir:/dev/shm/d/closed - -
dir:/dev/shm/d/open 2 1'
	assert_equal "$stderr" "shmtool: stat: /dev/shm/d/closed can't be read: Permission denied"
	run_tool_as_user stat /dev/shm/d/closed/x
	assert_fails stat 'Permission denied'
	run_tool_as_user rm /dev/shm/d/open/x
	assert_fails rm 'can.t be removed'
	run_tool_as_user write --string y /dev/shm/d/open/x
	assert_fails write 'no permission to open it for writing'
	assert_equal "$(cat /dev/shm/d/open/x)" x
}

@test "a path is found name by name where openat2 is missing, or a filter denies it" {
	mkdir -p /dev/shm/d/e secret
	echo mine >/dev/shm/d/e/x
	ln -s "$PWD/secret" /dev/shm/d/link
	echo secret >secret/x
	for number in 38 1; do
		run_apart "$HELPERS/without_syscall" 437 "$number" "$SHMTOOL" stat --recursive --raw --no-headings -o ref
		assert_success
		assert_output '/dev/shm/d/e/x
dir:/dev/shm/d
dir:/dev/shm/d/e'
		run_apart "$HELPERS/without_syscall" 437 "$number" "$SHMTOOL" read /dev/shm/d/e/x
		assert_output mine
		run_apart "$HELPERS/without_syscall" 437 "$number" "$SHMTOOL" read /dev/shm/d/link/x
		assert_fails read 'symbolic link|not a directory'
	done
	if [[ $EUID -eq 0 ]]; then
		mount_at /dev/shm/d/e
		echo other >/dev/shm/d/e/other
		run_apart "$HELPERS/without_syscall" 437 38 "$SHMTOOL" stat --dir /dev/shm/d --recursive --raw --no-headings -o ref
		assert_success
		assert_output ''
	fi
}

@test "a path that is too long for a REF is an error, and the rest is listed" {
	name=$(printf 'n%.0s' {1..250})
	mkdir /dev/shm/d
	echo x >/dev/shm/d/x
	(cd /dev/shm/d && for ((i = 0; i < 18; i++)); do mkdir "$name" && cd -P "$name" || exit; done)
	run_tool stat --recursive --raw --no-headings -o ref
	assert_failure 1
	assert_line /dev/shm/d/x
	assert_equal "$(grep -c '^dir:' <<<"$output")" 17
	assert_stderr_like 'File name too long'
}

#
# Elsewhere
#

@test "--ns with --dir and --recursive: the directories below the root of the process" {
	require_root
	begin_place '
		mount -t tmpfs tmpfs /dev/shm
		mount -t tmpfs tmpfs /mnt
		mkdir -p /dev/shm/d /mnt/e
		echo theirs >/dev/shm/d/x
		echo more >/mnt/e/y
		ln -s /etc /mnt/link'
	mkdir /dev/shm/d
	echo ours >/dev/shm/d/x
	run_tool stat --ns "$container" --recursive --kind pshm --raw --no-headings -o ref,bytes
	assert_output '/dev/shm/d/x 7'
	run_tool stat --ns "$container" --dir /mnt --recursive --raw --no-headings -o ref
	assert_output $'/mnt/e/y\ndir:/mnt/e'
	run_tool read --ns "$container" /dev/shm/d/x
	assert_output theirs
	run_tool read --ns "$container" /mnt/e/y
	assert_output more
	run_tool write --ns "$container" --create --size 4K --string new /mnt/e/new
	assert_success
	assert_equal "$(head -c 3 "/proc/$container/root/mnt/e/new")" new
	for path in /mnt/link /etc e; do
		run_tool stat --ns "$container" --dir "$path"
		[[ $status -ne 0 && $output == '' ]] || fail "$path"
	done
	run_tool write --ns "$container" --create --size 4K --string new "$PWD/new"
	assert_fails write 'is not in a tmpfs or hugetlbfs'
	[[ ! -e $PWD/new ]]
	run_tool rm --ns "$container" /dev/shm/d/x
	assert_success
	assert_equal "$(cat /dev/shm/d/x)" ours
}

@test "--ns with --dir: a directory of ours that the root of a container mounted there is refused" {
	mount_at "$PWD/ours" mode=755
	echo important >ours/x
	begin_place "mkdir -p $PWD/there; mount --bind $PWD/ours $PWD/there" "${as_container_root[@]}"
	run_tool stat --ns "$container" --dir "$PWD/there"
	assert_fails stat 'not in the user namespace of the process'
	run_tool rm --ns "$container" "$PWD/there/x"
	assert_fails rm 'not in the user namespace of the process'
	assert_equal "$(cat ours/x)" important
}

@test "limits --dir: the size and the inodes of the file system, as df reports them" {
	mount_at "$PWD/other" size=1m,nr_inodes=100
	mkdir other/d
	head -c 900000 /dev/zero >other/d/x
	run_tool limits -q --dir other/d --raw --no-headings -o limit,value,used
	assert_success
	read -r size used < <(df -B1 --output=size,used other | tail -n 1)
	read -r inodes iused < <(df --output=itotal,iused other | tail -n 1)
	assert_line "size:$PWD/other/d $size $used"
	assert_line "inodes:$PWD/other/d $inodes $iused"
	run_tool limits --dir other --check=80%
	assert_failure 1
	assert_output --partial "size:$PWD/other 85."
	run_tool limits --dir other --kind shm
	assert_usage_error limits '--kind'
}

@test "hugetlbfs: files are listed with their memory, read, written, changed and removed by path" {
	require_root
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip 'needs huge pages of 2 MiB'
	exec 9</proc/sys/vm/nr_hugepages
	flock 9
	[ "$(cat /proc/sys/vm/nr_hugepages)" -eq 0 ] || skip 'needs vm.nr_hugepages to be 0'
	mkdir huge
	mount -t hugetlbfs -o pagesize=2M places huge
	places=("$PWD/huge" ${places[@]+"${places[@]}"})
	mkdir huge/d
	run_apart "$HELPERS/with_sysctl" /proc/sys/vm/nr_hugepages 4 -- bash -c '
		truncate -s 4M huge/d/rtemap_0 || exit
		"$SHMTOOL" write -q "$PWD/huge/d/rtemap_0" --string hello || exit
		"$SHMTOOL" stat --dir huge --recursive --raw --no-headings -o kind,bytes,used,files || exit
		"$SHMTOOL" stat --dir huge --recursive --kind pshm --raw --no-headings -o rss,swap,family || exit
		"$SHMTOOL" read --dir huge --length 5 d/rtemap_0 && echo || exit
		"$SHMTOOL" set -q --size 2M "$PWD/huge/d/rtemap_0" && stat -c %s huge/d/rtemap_0 || exit
		"$SHMTOOL" rm "$PWD/huge/d/rtemap_0" "dir:$PWD/huge/d" && ls huge'
	[ "$status" -ne 77 ] || skip 'needs free memory for huge pages'
	assert_success
	assert_line --index 0 'pshm 4194304 2097152 -'
	assert_line --index 1 'dir 4194304 2097152 1'
	assert_line --index 2 '2097152 0 dpdk'
	assert_line --index 3 hello
	assert_line --index 4 2097152
}

@test "completion: paths after a slash, files below the directory of --dir" {
	mkdir -p /dev/shm/d/e
	echo x >/dev/shm/d/e/x
	echo y >'/dev/shm/d/two words'
	run_tool __complete rm /dev/shm/d/
	assert_output ':files '
	run_tool __complete stat path:/dev
	assert_output ':files path:'
	run_tool __complete stat dir:/dev
	assert_output ':dirs dir:'
	run_tool __complete stat --dir /dev
	assert_output ':dirs '
	run_tool __complete read --dir /dev/shm/d ''
	assert_line "e/x"$'\t'"2, $me"
	assert_line "two words"$'\t'"2, $me"
	run_tool __complete read --dir /etc ''
	refute_output --partial passwd
}

@test "stat --all-namespaces --recursive: the directories of every /dev/shm, each once" {
	require_root
	mkdir /dev/shm/d
	echo ours >/dev/shm/d/x
	begin_place 'mount -t tmpfs tmpfs /dev/shm; mkdir /dev/shm/e; echo theirs >/dev/shm/e/y'
	# The same /dev/shm in another IPC namespace.
	begin_place :
	run_tool stat --all-namespaces --recursive --json -o ref,bytes
	assert_equal "$(json -c '.[] | select(.ref | test("/dev/shm/(d|e)(/|$)")) | [.ref, .bytes]' | sort)" \
		'["/dev/shm/d/x",5]
["/dev/shm/e/y",7]
["dir:/dev/shm/d",5]
["dir:/dev/shm/e",7]'
}
