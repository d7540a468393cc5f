#!/usr/bin/env bats
# Names in /dev/shm with newlines, escape sequences, invalid UTF-8, a leading dash, blanks, quotes:
# listed safely in every format, removable by the REF that is shown.
# Takes 30 seconds.

load test_helper
load truth

# Every one is the name of an object, and, after "sem.", of a semaphore.
hostile=(
	$'new\nline'
	$'\nfirst'
	$'last\n'
	$'escape\e[31mred\e[0m'
	$'title\e]0;owned\a'
	$'invalid\xff\xfeutf8'
	$'cut\xc3'
	$'overlong\xc0\xaf'
	$'c1\xc2\x9b31m'
	$'bidi\xe2\x80\xaetxt'
	$'tab\there'
	$'return\rover'
	$'back\bspace'
	$'delete\x7f'
	'-rf'
	'--help'
	'two words'
	' leading'
	'trailing '
	'"double"'
	"'single'"
	'back\slash'
	'octal\012like'
	'cut\303'
	'$(touch injected)'
	'`touch injected`'
	'$HOME'
	'a;b|c&d'
	'*'
	'percent%s%n'
	'comma,equals=colon:'
	'{"json":1}'
	'…größe日本📦'
	'12'
	'0x2a'
	'id:1'
	'.hidden'
	'#hash'
	'~'
	'!'
)

make_all() {
	local name

	for name in "${hostile[@]}"; do
		"$HELPERS/make_object" "/$name" 4096
	done
}

# refute_raw_bytes: the last output and stderr hold no control character but newline, and are UTF-8.
refute_raw_bytes() {
	printf '%s\n%s\n' "$output" "$stderr" >"$BATS_TEST_TMPDIR/bytes"
	if LC_ALL=C grep $'[\001-\010\013-\037\177]' "$BATS_TEST_TMPDIR/bytes" >"$BATS_TEST_TMPDIR/bad"; then
		fail "a control character in: $(cat -v "$BATS_TEST_TMPDIR/bad")"
	fi
	iconv -f UTF-8 -t UTF-8 "$BATS_TEST_TMPDIR/bytes" >/dev/null || fail 'invalid UTF-8'
	# U+0080 to U+009F are control characters as well.
	if LC_ALL=C grep $'\xc2[\x80-\x9f]' "$BATS_TEST_TMPDIR/bytes" >"$BATS_TEST_TMPDIR/bad"; then
		fail "a C1 control character in: $(cat -v "$BATS_TEST_TMPDIR/bad")"
	fi
}

@test "hostile names: a table has one line each and no control character" {
	make_all
	run_tool stat --kind pshm --no-headings
	assert_success
	assert_equal "$(grep -c "^/.* $me  *600  *4096 " <<<"$output")" "${#hostile[@]}"
	refute_raw_bytes
	assert_stderr_empty
}

@test "hostile names: vis(3) in octal" {
	"$HELPERS/make_object" $'/new\nline' 4096
	"$HELPERS/make_object" $'/escape\e[31m' 4096
	"$HELPERS/make_object" $'/invalid\xff' 4096
	"$HELPERS/make_object" '/back\slash' 4096
	run_tool stat --kind pshm --no-headings
	assert_success
	assert_line --regexp '^/new\\012line '
	assert_line --regexp '^/escape\\033\[31m '
	assert_line --regexp '^/invalid\\377 '
	assert_line --regexp '^/back\\134slash '
}

@test "hostile names: UTF-8 is shown as it is" {
	"$HELPERS/make_object" /größe-日本-📦 4096
	run_tool stat --kind pshm --no-headings
	assert_success
	assert_line --regexp '^/größe-日本-📦 '
}

@test "hostile names: in a locale without UTF-8, too" {
	make_all
	export LC_ALL=C
	run_tool stat --kind pshm --no-headings
	assert_success
	assert_equal "$(grep -c "^/.* $me  *600  *4096 " <<<"$output")" "${#hostile[@]}"
	refute_raw_bytes
}

@test "hostile names: JSON is valid and has them all" {
	make_all
	run_tool stat --json
	assert_success
	assert_equal "$(json length)" "${#hostile[@]}"
	assert_equal "$(json 'map(.name) | unique | length')" "${#hostile[@]}"
	refute_raw_bytes
}

@test "hostile names: raw has as many words in each line" {
	make_all
	run_tool stat --raw --no-headings
	assert_success
	assert_equal "${#lines[@]}" "${#hostile[@]}"
	assert_equal "$(awk -F ' ' '{ print NF }' <<<"$output" | sort -u)" 10
	refute_raw_bytes
}

@test "hostile names: export is safe to evaluate" {
	make_all
	run_tool stat --export -o name,bytes
	assert_success
	refute_raw_bytes
	assert_equal "${#lines[@]}" "${#hostile[@]}"
	for line in "${lines[@]}"; do
		# The keys may be in either case of letters.
		(
			set +u
			name='' NAME='' bytes='' BYTES=''
			eval "$line"
			[ "$bytes$BYTES" = 4096 ] && [[ $name$NAME == /* ]]
		) || fail "not evaluated: $line"
	done
	[ ! -e injected ]
}

@test "hostile names: a value is the same in every format" {
	make_all
	json=$("$SHMTOOL" stat --json -o ref | jq -r '.[].ref' | sed 's/\\040/ /g' | LC_ALL=C sort)
	# Raw makes blanks visible, which are words' ends there.
	raw=$("$SHMTOOL" stat --raw --no-headings -o ref | sed 's/\\040/ /g' | LC_ALL=C sort)
	assert_equal "$(wc -l <<<"$json")" "${#hostile[@]}"
	assert_equal "$raw" "$json"
}

# assert_removable FORMAT: each object goes by the REF that the format shows.
assert_removable() {
	while IFS= read -r ref; do
		run_tool rm -- "$ref"
		assert_success
	done <"$1"
	assert_no_objects
}

@test "hostile names: removable by the ref of JSON" {
	make_all
	"$SHMTOOL" stat --json | jq -r '.[].ref' >"$BATS_TEST_TMPDIR/refs"
	assert_equal "$(wc -l <"$BATS_TEST_TMPDIR/refs")" "${#hostile[@]}"
	assert_removable "$BATS_TEST_TMPDIR/refs"
}

@test "hostile names: removable by the ref of raw" {
	make_all
	"$SHMTOOL" stat --raw --no-headings | cut -d ' ' -f 2 >"$BATS_TEST_TMPDIR/refs"
	assert_removable "$BATS_TEST_TMPDIR/refs"
}

@test "hostile names: removable by the ref of export" {
	make_all
	"$SHMTOOL" stat --export -o ref | while IFS= read -r line; do
		(
			ref='' REF=''
			eval "$line"
			printf '%s\n' "$ref$REF"
		)
	done >"$BATS_TEST_TMPDIR/refs"
	assert_equal "$(wc -l <"$BATS_TEST_TMPDIR/refs")" "${#hostile[@]}"
	assert_removable "$BATS_TEST_TMPDIR/refs"
}

@test "hostile names: removable by the name of a table, where it shows no blank" {
	"$HELPERS/make_object" $'/new\nline' 4096
	"$HELPERS/make_object" $'/escape\e[31m' 4096
	"$HELPERS/make_object" $'/invalid\xff' 4096
	"$HELPERS/make_object" '/back\slash' 4096
	"$SHMTOOL" stat --kind pshm --no-headings | awk '{ print $1 }' >"$BATS_TEST_TMPDIR/refs"
	assert_removable "$BATS_TEST_TMPDIR/refs"
}

@test "hostile names: removable by the path that a shell glob makes" {
	make_all
	shopt -s dotglob
	run_tool rm -- /dev/shm/*
	assert_success
	assert_no_objects
}

@test "hostile names: only the named one is removed" {
	"$HELPERS/make_object" $'/a\nb' 4096
	"$HELPERS/make_object" '/a\012b' 4096
	run_tool rm '/a\012b'
	assert_success
	assert_equal "$(find /dev/shm -mindepth 1 -printf '%P')" 'a\012b'
	run_tool rm '/a\134012b'
	assert_success
	assert_no_objects
}

@test "hostile names: details, in every format" {
	for name in "${hostile[@]}"; do
		"$HELPERS/make_object" "/$name" 4096
		run_tool stat "/dev/shm/$name"
		assert_success
		refute_raw_bytes
		# A title and one line a property: text after a newline has no line of its own.
		assert_equal "$(grep -c -e '^------ ' <<<"$output")" 1
		assert_equal "$(grep -vcE -e '^------ |^[a-z]+ +[^ ]' <<<"$output")" 0
		run_tool stat --json "/dev/shm/$name"
		assert_success
		assert_equal "$(json '.[0].bytes')" 4096
	done
}

@test "hostile names: messages are visible, too" {
	for name in "${hostile[@]}"; do
		run_tool rm "/dev/shm/$name"
		assert_failure 1
		assert_output ''
		assert_equal "${#stderr_lines[@]}" 1
		refute_raw_bytes
	done
}

@test "hostile names: rm --verbose and --dry-run keep to a line an object" {
	make_all
	run_tool rm --dry-run /dev/shm/[!.]*
	assert_success
	assert_equal "${#lines[@]}" $((${#hostile[@]} - 1))
	refute_raw_bytes
	run_tool rm --verbose /dev/shm/[!.]*
	assert_success
	assert_equal "${#lines[@]}" $((${#hostile[@]} - 1))
	refute_raw_bytes
}

@test "hostile names: create prints a name that can be pasted back" {
	for name in "${hostile[@]}"; do
		case $name in
		*\\*) continue ;; # whether --posix decodes escapes is not what is tested here
		esac
		run_tool create --posix="$name" --size 4K
		assert_success
		assert_equal "${#lines[@]}" 1
		refute_raw_bytes
		assert_object_exists "$name"
		run_tool rm "$output"
		assert_success
		assert_no_objects
	done
}

@test "hostile names: create --posix says safely that an object was there" {
	for name in "${hostile[@]}"; do
		case $name in
		*\\*) continue ;;
		esac
		"$HELPERS/make_object" "/$name" 4096
		run_tool create --posix="$name" --size 4K
		assert_success
		assert_equal "${#stderr_lines[@]}" 1
		refute_raw_bytes
	done
}

@test "hostile names: set by the ref that is shown" {
	make_all
	"$SHMTOOL" stat --raw --no-headings -o ref >"$BATS_TEST_TMPDIR/refs"
	while IFS= read -r ref; do
		run_tool set --mode 640 -- "$ref"
		assert_success
	done <"$BATS_TEST_TMPDIR/refs"
	assert_equal "$(find /dev/shm -mindepth 1 ! -perm 640)" ''
}

@test "hostile names: semaphores" {
	for name in "${hostile[@]}"; do
		"$HELPERS/sem_make" "/$name" 1
	done
	run_tool stat --kind psem
	assert_success
	refute_raw_bytes
	run_tool stat --kind psem --json
	assert_success
	assert_equal "$(json length)" "${#hostile[@]}"
	json '.[].ref' >"$BATS_TEST_TMPDIR/refs"
	assert_removable "$BATS_TEST_TMPDIR/refs"
}

@test "hostile names: sorting and filtering them" {
	make_all
	run_tool stat --sort name --raw --no-headings -o name
	assert_success
	assert_equal "${#lines[@]}" "${#hostile[@]}"
	run_tool stat --name $'*new\n*' --raw --no-headings -o name
	assert_success
	assert_output '/new\012line'
}

@test "hostile names: completion has a line each and no control character" {
	make_all
	run_tool __complete rm /
	assert_success
	assert_equal "$(grep -c '^/' <<<"$output")" "${#hostile[@]}"
	printf '%s\n' "$output" | tr -d '\t' >"$BATS_TEST_TMPDIR/bytes"
	output=$(cat "$BATS_TEST_TMPDIR/bytes")
	refute_raw_bytes
}

@test "hostile names: each word of the completion names its object" {
	make_all
	"$SHMTOOL" __complete rm / | cut -f 1 | grep '^/' >"$BATS_TEST_TMPDIR/refs"
	assert_equal "$(wc -l <"$BATS_TEST_TMPDIR/refs")" "${#hostile[@]}"
	assert_removable "$BATS_TEST_TMPDIR/refs"
}

@test "hostile names: a name of 255 bytes" {
	name=$(printf '\xff%.0s' {1..255})
	"$HELPERS/make_object" "/$name" 4096
	run_tool stat --raw --no-headings -o ref
	assert_success
	assert_equal "${#output}" $((1 + 4 * 255))
	run_tool rm "$output"
	assert_success
	assert_no_objects
}

@test "hostile names: processes, which may call themselves anything, or nothing" {
	mkfifo wait
	"$HELPERS/make_object" /shmtool-used 4096
	for name in 'a' '' ') Z 1 (' $'a\nb' $'\e[2J' 'a,b' '%s%n' $'\xff'; do
		bash -c 'exec 8</dev/shm/shmtool-used
			printf "%s\0" "$1" >/proc/self/comm
			echo ready >named
			read -r <>wait' bash "$name" 3>&- &
		BACKGROUND_PIDS+=("$!")
		wait_until 10 test -s named
		rm named
	done
	run_tool users -q --raw --no-headings -o pid,command /shmtool-used
	assert_success
	assert_equal "${#lines[@]}" 8
	refute_raw_bytes
	run_tool stat -q --json -o users,commands /shmtool-used
	assert_success
	assert_equal "$(json '.[0].users')" 8
	run_tool rm --unused
	assert_success
	assert_line --partial 'kept: held open by '
	refute_raw_bytes
	assert_object_exists shmtool-used
}

@test "hostile names: every file in /dev/shm is taken back by the REF that is listed for it" {
	# What sem_open makes of "/." and "/..", files that only look like a semaphore's, and the longest name.
	for file in sem.. sem... sem. sem.sem.a sem sem.. ... .a 123 0x2a id:1 key:1 msg:1 \
		psem: sem:5 "sem.$(printf 'n%.0s' {1..251})" "$(printf 'n%.0s' {1..255})"; do
		: >"/dev/shm/$file"
	done
	run_tool stat --kind pshm,psem --raw --no-headings -o ref
	assert_success
	assert_equal "${#lines[@]}" "$(object_names | wc -l)"
	for ref in "${lines[@]}"; do
		run_tool stat --raw --no-headings -o ref -- "$ref"
		assert_success
		assert_output "$ref"
		run_tool set --mode 640 -- "$ref"
		assert_success
		run_tool users -- "$ref"
		assert_success
		run_tool rm -- "$ref"
		assert_success
	done
	assert_no_objects
}

# random_names COUNT: names, ended by NUL, whose parts mean something in a shell, a REF or a table.
random_names() {
	perl -e '
		srand 7;
		my @parts = ("\\", "\\0", "\\134", "sem.", "/", " ", "\t", "\n", "\e[1m", "\xff", "\xc3",
			"\xc2\x9b", "\xe2\x80\xae", "\xc3\xa9", ":", ",", "=", "!", "*", "-", "..", "id:", "psem:",
			"0x2a", "7", "\x7f", "\x01", "\"", chr(39), "\$x", "`", "a" .. "e");
		for (1 .. $ARGV[0]) {
			my $name = join "", map { $parts[rand @parts] } 1 .. 1 + rand 12;
			$name =~ tr{/}{}d;
			$name = "x" if $name eq "" || $name =~ m{^\.\.?$} || $name =~ m{(^|/)\.\.?(/|$)};
			print substr($name, 0, 250), "\0";
		}' "$@"
}

# assert_shown_refs_are_taken_back COUNT OPTION...: the REF in each row of a table names the row's object.
assert_shown_refs_are_taken_back() {
	local count=$1 ref
	shift

	run_tool stat "$@" --no-headings -o ref
	assert_success
	assert_equal "${#lines[@]}" "$count"
	refute_raw_bytes
	local -a refs=("${lines[@]}")
	run_tool stat --raw --no-headings -o ref,inode -- "${refs[@]}"
	assert_success
	assert_equal "$(sort -u <<<"$output" | wc -l)" "$count"
	run_tool rm -- "${refs[@]}"
	assert_success
}

@test "hostile names: the REF in a table is taken back for random names of objects and semaphores" {
	local -A made=()

	while IFS= read -rd '' name; do
		made[$name]=
		: >"/dev/shm/$name"
	done < <(random_names 300)
	assert_shown_refs_are_taken_back "${#made[@]}" --kind pshm,psem
	assert_no_objects
}

@test "hostile names: the REF in a table is taken back for random names of directories and files in them" {
	local -A made=()

	mkdir /dev/shm/top
	while IFS= read -rd '' name; do
		mkdir -p "/dev/shm/top/d$name/" 2>/dev/null
		: >"/dev/shm/top/d$name/f$name"  2>/dev/null || continue
		made[d$name]=
	done < <(random_names 100)
	assert_shown_refs_are_taken_back "${#made[@]}" --dir /dev/shm/top --recursive --kind pshm
	rm -r /dev/shm/top
	assert_no_objects
}
