#!/usr/bin/env bats
# read --record, write --record: the members of a C struct, from bytes and back. The
# expected bytes come from perl's pack and a C compiler. Layouts of random structs: record_layout.bats.

load test_helper
load truth

setup() {
	common_setup
	require_private_namespace
	person='char name[20]; short age; float score; char sex;'
}

# bytes TEMPLATE VALUE...: the bytes that perl's pack makes, to standard output.
bytes() {
	perl -e 'print pack shift, @ARGV' -- "$@"
}

# blank NAME SIZE: a file of zeros.
blank() {
	head -c "$2" /dev/zero >"$1"
}

# read_raw DECLARATION ARGUMENT...: the records of the file ./data, one line each.
read_raw() {
	local declaration=$1
	shift

	run_tool read ./data --record "$declaration" --raw --no-headings "$@"
}

# read_json DECLARATION ARGUMENT...: the records of the file ./data as JSON.
read_json() {
	local declaration=$1
	shift

	run_tool read ./data --record "$declaration" --json "$@"
}

# assert_reads DECLARATION VALUES ARGUMENT...: ./data as one raw line.
assert_reads() {
	local declaration=$1 values=$2
	shift 2

	read_raw "$declaration" "$@"
	assert_success
	assert_stderr_empty
	assert_equal "$declaration: $output" "$declaration: $values"
}

# write_records DECLARATION INPUT ARGUMENT...: writes rows (text) into the file ./data.
write_records() {
	local declaration=$1 input=$2
	shift 2

	printf '%s' "$input" >rows
	run_apart bash -c 'exec "$SHMTOOL" write ./data --record "$@" <rows' bash "$declaration" "$@"
}

# assert_written TEMPLATE VALUE...: the last write was silent, and ./data begins with the result of pack.
assert_written() {
	assert_success
	assert_output ''
	assert_stderr_empty
	bytes "$@" >expected
	head -c "$(stat -c %s expected)" data | cmp - expected
}

# assert_refused REGEX...: status 1, one sentence that matches, and ./data as it was.
assert_refused() {
	assert_fails write "$@"
	cmp data before
}

# refuses DECLARATION INPUT REGEX...: writing these rows is refused.
refuses() {
	local declaration=$1 input=$2
	shift 2

	head -c 256 /dev/urandom >data
	cp data before
	echo "# $input"
	write_records "$declaration" "$input"
	echo "# $stderr"
	assert_refused "$@"
}

# copy_is_exact DECLARATION ARGUMENT...: read --json data | write --json copy copies data exactly.
copy_is_exact() {
	blank copy "$(stat -c %s data)"
	run_apart bash -c 'set -o pipefail
		"$SHMTOOL" read ./data --record "$@" --json | "$SHMTOOL" write ./copy --record "$@" --json' bash "$@"
	assert_success
	assert_output ''
	assert_stderr_empty
	cmp data copy
}

#
# Scenario 6
#

people_json='[{"name": "Ada Lovelace", "age": 36, "score": 9.5, "sex": "f"},
	{"name": "12345678901234567890", "age": -5, "score": 0.1, "sex": "m"},
	{"name": "", "age": 32767, "score": -1e-3, "sex": ""}]'

@test "scenario 6: 20-byte names, short, float, char: written from JSON, as C has them" {
	blank data 96
	write_records "$person" "$people_json"
	assert_written '(a20 s x2 f a x3)3' 'Ada Lovelace' 36 9.5 f 12345678901234567890 -5 0.1 m '' 32767 -0.001 ''
}

@test "scenario 6: read as a table" {
	require_native SHM_STAT_ANY
	id=$(new_segment 96)
	run_apart bash -c '"$SHMTOOL" write "$1" --record "$2"' bash "$id" "$person" <<<"$people_json"
	assert_success
	run_tool read "$id" --record "$person"
	assert_success
	assert_stderr_empty
	assert_line --index 0 '------ Records --------'
	assert_equal "$(awk '{ $1 = $1; print }' <<<"${lines[1]}")" 'name age score sex'
	assert_equal "$(awk '{ $1 = $1; print }' <<<"${lines[2]}")" 'Ada Lovelace 36 9.5 f'
	assert_equal "$(awk '{ $1 = $1; print }' <<<"${lines[3]}")" '12345678901234567890 -5 0.1 m'
	refute_output --regexp '[[:blank:]]($|
)'
}

@test "scenario 6: a C program reads the same values" {
	require_command cc
	cat >people.c <<-'END'
		#include <stdio.h>
		struct person { char name[20]; short age; float score; char sex; };
		int main(void)
		{
			struct person p;
			while (fread(&p, sizeof(p), 1, stdin) == 1)
				printf("%.20s|%d|%g|%.1s\n", p.name, p.age, (double)p.score, &p.sex);
			return 0;
		}
	END
	cc -o people people.c
	blank data 96
	write_records "$person" "$people_json"
	assert_success
	run ./people <data
	assert_output 'Ada Lovelace|36|9.5|f
12345678901234567890|-5|0.1|m
|32767|-0.001|'
}

@test "scenario 6: as an ordinary user, in a POSIX object" {
	run_apart as_user bash -c '"$SHMTOOL" write --create --size 96 /shmtool-people --record "$1" <<<"$2" &&
		"$SHMTOOL" read /shmtool-people --record "$1" --raw --no-headings -o age,sex' bash "$person" "$people_json"
	assert_success
	assert_output $'36 f\n-5 m\n32767 \\000' # an empty word would be none
}

#
# Types, from bytes
#

@test "read --record: integers at both ends of their range" {
	while IFS=, read -r template low high type; do
		bytes "$template$template" "$low" "$high" >data
		assert_reads "$type low; $type high;" "$low $high"
	done <<-END
		c,-128,127,signed char
		C,0,255,unsigned char
		s,-32768,32767,short
		S,0,65535,unsigned short
		l,-2147483648,2147483647,int
		L,0,4294967295,unsigned
		q,-9223372036854775808,9223372036854775807,long long
		Q,0,18446744073709551615,unsigned long long
		l!,$(perl -MPOSIX -e 'print LONG_MIN, ",", LONG_MAX'),long
		L!,0,$(perl -MPOSIX -e 'print ULONG_MAX'),unsigned long
	END
}

@test "read --record: bool, char, text" {
	bytes 'C C a a5 Z5' 1 0 x hello hi >data
	assert_reads 'bool yes; _Bool no; char c; char full[5]; char part[5];' 'true false x hello hi'
}

@test "read --record: float and double, the shortest decimal that means the same bits" {
	bytes 'f f d d d' 0.1 -1.5 0.1 1e300 3 >data
	read_raw 'float a, b; double c, d, e;' --packed
	assert_success
	assert_output --regexp '^0\.1 -1\.5 0\.1 1e\+?300 3(\.0)?$'
	read_json 'float a, b; double c, d, e;' --packed
	assert_equal "$(json '.[0] | [.a, .b, .c, .d, .e] == [0.1, -1.5, 0.1, 1e300, 3]')" true
}

@test "read --record: pointers as hex" {
	require_64_bit
	bytes 'J J' $((0x7fff12345678)) 0 >data
	assert_reads 'void *p; const char *name;' '0x7fff12345678 0x0'
	read_json 'void *p; struct node *next;'
	assert_equal "$(json -c '.[0] | [.p, .next]')" '["0x7fff12345678","0x0"]'
}

@test "read --record: a foreign byte order" {
	bytes 'n N Q> v V Q<' 258 16909060 72623859790382856 258 16909060 72623859790382856 >data
	assert_reads 'be16 a; be32 b; be64 c; le16 d; le32 e; le64 f;' \
		'258 16909060 72623859790382856 258 16909060 72623859790382856' --packed
	run od -An -tx1 -N 6 data
	assert_output ' 01 02 01 02 03 04'
}

@test "read --record: long double" {
	require_native 'a long double of the same processor'
	require_command cc
	cat >long.c <<-'END'
		#include <stdio.h>
		struct { char before; long double number, zero; char after; } r = { 'a', 1.5L, -0.0L, 'z' };
		int main(void) { fwrite(&r, sizeof(r), 1, stdout); return 0; }
	END
	cc -o long long.c
	./long >data
	# "-0" would be an integer in JSON.
	assert_reads 'char before; long double number, zero; char after;' 'a 1.5 -0.0 z'
}

@test "read --record: arrays of numbers, one and two dimensions, and of texts" {
	bytes 'l3 s4 Z4 Z4' 1 -2 3 4 5 6 7 ab cd >data
	read_json 'int n[3]; short m[2][2]; char names[2][4];'
	assert_success
	assert_equal "$(json -c '.[0]')" \
		'{"n[0]":1,"n[1]":-2,"n[2]":3,"m[0][0]":4,"m[0][1]":5,"m[1][0]":6,"m[1][1]":7,"names[0]":"ab","names[1]":"cd"}'
}

@test "read --record: nested structs, flattened with dots" {
	require_64_bit
	bytes '(l a x3)2 C x7 d l x4' 1 a 2 b 9 0.5 7 >data
	read_json 'struct { int x; char tag; } pos[2]; struct { uint8_t kind; struct { double value; } deep; } in; int last;'
	assert_success
	assert_equal "$(json -c '.[0]')" \
		'{"pos[0].x":1,"pos[0].tag":"a","pos[1].x":2,"pos[1].tag":"b","in.kind":9,"in.deep.value":0.5,"last":7}'
}

@test "read --record: a whole struct, pasted from a header, with comments" {
	bytes 'Z4 l' abc 5 >data
	assert_reads 'struct person {
		char name[4];	/* NUL-padded */
		int age;	// in years
	};' 'abc 5'
}

@test "read --record: alignment and padding as the compiler's" {
	require_command cc
	declaration='char a; short b; char c; long long d; char e; float f; bool g; double h; struct { char i; int j; } k[2]; char l;'
	cat >layout.c <<-END
		#include <stdbool.h>
		#include <stddef.h>
		#include <stdio.h>
		struct r { $declaration };
		#define SHOW(m) printf("%s %zu %zu\n", #m, offsetof(struct r, m), sizeof(((struct r *)0)->m))
		int main(void)
		{
			SHOW(a); SHOW(b); SHOW(c); SHOW(d); SHOW(e); SHOW(f); SHOW(g); SHOW(h);
			SHOW(k[0].i); SHOW(k[0].j); SHOW(k[1].i); SHOW(k[1].j); SHOW(l);
			fprintf(stderr, "%zu\n", sizeof(struct r));
			return 0;
		}
	END
	cc -o layout layout.c
	./layout >truth 2>size
	run_tool read --record "$declaration" --layout --raw --no-headings -o member,offset,bytes
	assert_success
	assert_output "$(cat truth)"
	run_tool read --record "$declaration" --layout --json
	assert_equal "$(json '.[-1] | .offset + .bytes + .padding')" "$(cat size)"
	assert_equal "$(json 'map(.bytes + .padding) | add')" "$(cat size)"

	sed '/^struct r {/i #pragma pack(1)' layout.c >packed.c
	cc -o packed packed.c
	./packed >truth 2>size
	run_tool read --record "$declaration" --packed --layout --raw --no-headings -o member,offset,bytes
	assert_success
	assert_output "$(cat truth)"
	run_tool read --record "$declaration" --packed --layout --json
	assert_equal "$(json 'map(.padding) | add')" 0
}

@test "read --layout: needs no REF; offsets, sizes, padding" {
	require_64_bit
	run_tool read --record 'char c; int n[2]; char *p;' --layout --json
	assert_success
	assert_stderr_empty
	assert_equal "$(json '.[0] | keys_unsorted | join(" ")')" 'member type offset bytes padding'
	assert_equal "$(json -c '.[] | [.member, .offset, .bytes, .padding]')" '["c",0,1,3]
["n[0]",4,4,0]
["n[1]",8,4,4]
["p",16,8,0]'
	run_tool read --record 'char c; int n;' --layout
	assert_success
	assert_output --regexp 'offset +bytes +padding'
}

@test "read --layout: without --record a usage error" {
	run_tool read --layout
	assert_usage_error read '--record'
}

@test "read --record --packed: no padding" {
	bytes 'a l a d' x 5 y 0.5 >data
	assert_reads 'char a; int b; char c; double d;' 'x 5 y 0.5' --packed
}

#
# Which records
#

@test "read --record: as many records as fit" {
	bytes '(Z4 l)*' a 20 b 21 c 22 >data
	read_raw 'char name[4]; int age;'
	assert_success
	assert_output $'a 20\nb 21\nc 22'
	assert_stderr_empty
}

@test "read --record: bytes left over are noted" {
	bytes '(Z4 l)2 a5' a 20 b 21 12345 >data
	read_raw 'char name[4]; int age;'
	assert_success
	assert_output $'a 20\nb 21'
	assert_stderr_like '^shmtool: read: .*(^|[^0-9])5 bytes'
	read_raw 'char name[4]; int age;' --quiet
	assert_stderr_empty
}

@test "read --record --count: reads that number of records" {
	bytes '(Z4 l)*' a 20 b 21 c 22 >data
	read_raw 'char name[4]; int age;' --count 2
	assert_success
	assert_output $'a 20\nb 21'
	assert_stderr_empty
	read_raw 'char name[4]; int age;' --count 0
	[ "$status" -ne 1 ]
	assert_output ''
}

@test "read --record --count: more than there are: those that are there, and status 1" {
	bytes '(Z4 l)*' a 20 b 21 c 22 >data
	read_raw 'char name[4]; int age;' --count 5
	assert_failure 1
	assert_output $'a 20\nb 21\nc 22'
	assert_stderr_like '^shmtool: read: .*data: ' '(^|[^0-9])3([^0-9]|$)' '(^|[^0-9])5([^0-9]|$)'
}

@test "read --record --offset, --header: where the records begin" {
	bytes 'a16 (Z4 l)*' header a 20 b 21 c 22 >data
	read_raw 'char name[4]; int age;' --header 16
	assert_success
	assert_output $'a 20\nb 21\nc 22'
	read_raw 'char name[4]; int age;' --offset 16
	assert_output $'a 20\nb 21\nc 22'
	read_raw 'char name[4]; int age;' --header 16 --offset 8 --count 1
	assert_output 'b 21'
	read_raw 'char name[4]; int age;' --offset 24
	assert_output $'b 21\nc 22'
}

@test "write --record --offset, --header: where the records go" {
	head -c 64 /dev/urandom >data
	cp data expected
	bytes 'Z4 l' x 99 | dd of=expected bs=1 seek=24 conv=notrunc status=none
	write_records 'char name[4]; int age;' '[{"name": "x", "age": 99}]' --header 16 --offset 8
	assert_success
	cmp data expected
}

@test "read --record: an object without a whole record" {
	bytes 'a5' abcde >data
	read_raw 'char name[4]; int age;'
	assert_output ''
	assert_stderr_like '5 bytes'
}

@test "read --record: on every kind of object" {
	require_native SHM_STAT_ANY
	bytes '(Z4 l)*' a 20 b 21 >data
	"$HELPERS/make_object" /shmtool-test 16
	cat data >/dev/shm/shmtool-test
	id=$(new_segment 16)
	"$HELPERS/mapping" write "id:$id" 0 <data
	"$HELPERS/hold_memfd" 16 <data >held 3>&- &
	wait_until 20 test -s held
	for ref in ./data /shmtool-test "$id" "$(cat held)"; do
		run_tool read "$ref" --record 'char name[4]; int age;' --raw --no-headings
		assert_success
		assert_output $'a 20\nb 21'
	done
}

@test "read --record: the struct of a running C program in a segment" {
	require_native SHM_STAT_ANY
	id=$(new_segment 4096)
	perl -e 'shmwrite($ARGV[0], pack("Z4 l Z4 l", "ann", 41, "bob", 42), 0, 16) or die $!' "$id"
	run_tool read "$id" --record 'char name[4]; int age;' --count 2 --raw --no-headings
	assert_success
	assert_output $'ann 41\nbob 42'
	run_apart bash -c '"$SHMTOOL" write "$1" --offset 8 --record "char name[4]; int age;" <<<"{\"name\": \"eve\", \"age\": 43}"' bash "$id"
	assert_success
	assert_equal "$(perl -e 'shmread($ARGV[0], my $b, 0, 16) or die $!; print join " ", unpack "Z4 l Z4 l", $b' "$id")" \
		'ann 41 eve 43'
}

#
# Formats out
#

@test "read --record --json: an array of objects, keys in the order of the members" {
	bytes '(Z4 l)*' a 20 b 21 >data
	read_json 'char name[4]; int age;'
	assert_success
	assert_equal "$(json -c .)" '[{"name":"a","age":20},{"name":"b","age":21}]'
}

@test "read --record --json: 64-bit numbers are exact" {
	bytes 'Q q' 18446744073709551615 -9223372036854775807 >data
	read_json 'uint64_t u; int64_t s;'
	assert_success
	# Not by jq, which reads numbers as doubles.
	assert_output --regexp '"u": ?18446744073709551615[^0-9]'
	assert_output --regexp '"s": ?-9223372036854775807[^0-9]'
}

@test "read --record --json: bool is true or false" {
	bytes 'C C' 1 0 >data
	read_json 'bool a, b;'
	assert_equal "$(json -c '.[0]')" '{"a":true,"b":false}'
}

@test "read --record --json: nan and infinities are texts, and the JSON is valid" {
	bytes 'd d d' nan inf -inf >data
	read_json 'double a, b, c;'
	assert_success
	assert_equal "$(json '.[0].b, .[0].c')" $'inf\n-inf'
	assert_regex "$(json '.[0].a')" '^-?nan'
}

@test "read --record --raw: a text is one word, with blanks and line ends escaped" {
	bytes 'Z12 l' $'a b\nc' 5 >data
	read_raw 'char text[12]; int n;'
	assert_success
	assert_equal "${#lines[@]}" 1
	assert_equal "$(awk '{ print NF }' <<<"$output")" 2
}

@test "read --record --export: lines that a shell can evaluate" {
	bytes 'Z12 l' '$(id) "x' 5 >data
	run_tool read ./data --record 'char text[12]; int n;' --export
	assert_success
	eval "$output"
	assert_equal "$TEXT $N" '$(id) "x 5'
}

@test "read --record -o, --sort: by the members' names" {
	bytes '(Z4 l)*' a 20 b 22 c 21 >data
	read_raw 'char name[4]; int age;' -o age,name
	assert_output $'20 a\n22 b\n21 c'
	read_raw 'char name[4]; int age;' -o name --sort -age
	assert_output $'b\nc\na'
	read_raw 'char name[4]; int age;' -o colour
	assert_usage_error read colour
}

@test "read --record: in a table no control character reaches the terminal" {
	bytes 'Z12 l' $'\033[31mred' 5 >data
	run_tool read ./data --record 'char text[12]; int n;'
	assert_success
	refute_output --partial $'\033'
	assert_output --partial red
}

@test "read --json, --raw ...: without --record a usage error that names --format" {
	bytes 'Z4 l' a 20 >data
	run_tool read ./data --json
	assert_usage_error read '--json|output options' '--record' '--format raw'
	for option in --raw --export '-o name' '--sort name' --no-headings --human --bytes; do
		# shellcheck disable=SC2086 # words
		run_tool read ./data $option
		assert_usage_error read '--format raw'
	done
}

@test "read --format record: needs --record; --record with another format" {
	bytes 'Z4 l' a 20 >data
	run_tool read ./data --format record
	assert_usage_error read '--record'
	run_tool read ./data --format record --record 'char name[4]; int age;' --raw --no-headings
	assert_success
	assert_output 'a 20'
	run_tool read ./data --format hex --record 'char name[4]; int age;'
	assert_usage_error read '--format' '--record'
}

#
# Written from JSON and CSV
#

@test "write --record: every type from JSON, as pack has it" {
	require_64_bit
	blank data 128
	write_records 'signed char a; unsigned char b; short c; unsigned short d; int e; unsigned f; long long g; unsigned long long h; bool i; float j; double k; char l; char m[3]; void *n;' \
		'{"a": -128, "b": 255, "c": -32768, "d": 65535, "e": -2147483648, "f": 4294967295, "g": -9223372036854775808,
		  "h": 18446744073709551615, "i": true, "j": 0.1, "k": -1e-300, "l": "x", "m": "abc", "n": "0x7fff12345678"}' --packed
	assert_written 'c C s S l L q Q C f d a a3 Q' -128 255 -32768 65535 -2147483648 4294967295 \
		-9223372036854775808 18446744073709551615 1 0.1 -1e-300 x abc $((0x7fff12345678))
}

@test "write --record: a foreign byte order" {
	blank data 32
	write_records 'be16 a; be32 b; be64 c; le16 d; le32 e; le64 f;' \
		'{"a": 258, "b": 16909060, "c": 72623859790382856, "d": 258, "e": 16909060, "f": 72623859790382856}' --packed
	assert_written 'n N Q> v V Q<' 258 16909060 72623859790382856 258 16909060 72623859790382856
}

@test "write --record: nested members by their flat names" {
	blank data 32
	write_records 'struct { int x; char tag; } pos[2]; short n[2];' \
		'[{"pos[0].x": 1, "pos[0].tag": "a", "pos[1].x": 2, "pos[1].tag": "b", "n[0]": 3, "n[1]": 4}]'
	assert_written '(l a x3)2 s2' 1 a 2 b 3 4
}

@test "write --record: CSV with a line of names, in any order" {
	blank data 24
	write_records 'char name[4]; int age;' $'age,name\n20,a\n21,b\n-1,"c,d"\n' --csv
	assert_written '(Z4 l)3' a 20 b 21 'c,d' -1
}

@test "write --record: CSV with quotes, CRLF, line ends within quotes, no end of the last line" {
	blank data 48
	write_records 'char text[12]; int n;' $'text,n\r\n"say ""hi""",1\r\n"a\nb",2\r\n"",3'
	assert_written '(Z12 l)3' 'say "hi"' 1 $'a\nb' 2 '' 3
}

@test "write --record: the first character of the input decides its format" {
	blank data 8
	write_records 'char name[4]; int age;' $'\n  [{"name": "x", "age": 7}]'
	assert_written 'Z4 l' x 7
	write_records 'char name[4]; int age;' $'name,age\ny,8\n'
	assert_written 'Z4 l' y 8
}

@test "write --record: CSV that is called JSON, and the other way round" {
	refuses_as() {
		blank data 8
		cp data before
		write_records 'char name[4]; int age;' "$1" "$2"
		assert_refused "$3"
	}
	refuses_as $'name,age\ny,8\n' --json 'JSON'
	refuses_as '[{"name": "x", "age": 7}]' --csv 'CSV|member|name'
	run_tool write ./data --record 'int a;' --json --csv
	assert_usage_error write '--json' '--csv'
}

@test "write --record --input: from a file" {
	blank data 8
	printf '%s' '{"name": "x", "age": 7}' >rows.json
	run_tool write ./data --record 'char name[4]; int age;' --input rows.json
	assert_written 'Z4 l' x 7
}

@test "write --record: a text that fills its array has no NUL; a shorter one is filled with NULs" {
	head -c 16 /dev/urandom >data
	write_records 'char name[4]; int age;' '[{"name": "abcd", "age": 1}, {"name": "e", "age": 2}]'
	assert_written '(a4 l)2' abcd 1 e 2
}

@test "write --record: UTF-8 counts in bytes" {
	blank data 8
	write_records 'char name[4]; int age;' '{"name": "öö", "age": 1}'
	assert_written 'a4 l' $'\303\266\303\266' 1
	refuses 'char name[4]; int age;' '{"name": "ööx", "age": 1}' 'row 1' 'name' '5 bytes'
}

@test "write --record: no rows write nothing" {
	head -c 16 /dev/urandom >data
	cp data before
	write_records 'char name[4]; int age;' '[]'
	assert_success
	cmp data before
}

@test "write --record: 10,000 rows" {
	blank data 80000
	perl -e 'print "name,age\n"; printf "n%d,%d\n", $_ % 1000, $_ for 1 .. 10000' >rows.csv
	run_apart bash -c '"$SHMTOOL" write ./data --record "char name[4]; int age;" <rows.csv'
	assert_success
	perl -e 'print pack "a4 l", "n" . $_ % 1000, $_ for 1 .. 10000' | cmp - data
}

@test "write --record --create: the object has the given size" {
	run_apart bash -c '"$SHMTOOL" write --create --size 80 /shmtool-new --record "char name[4]; int age;" --csv' \
		<<<$'name,age\na,20'
	assert_success
	assert_equal "$(object_stat shmtool-new %s)" 80
	bytes 'Z4 l x72' a 20 | cmp - /dev/shm/shmtool-new
}

#
# Copies
#

@test "read --json A | write --json B copies exactly: every kind of member" {
	require_64_bit
	bytes '(c C s S l L q Q C f d a a3 Q)2' -128 255 -32768 65535 -2147483648 4294967295 \
		-9223372036854775808 18446744073709551615 1 0.1 -1e-300 x abc 16 \
		1 2 3 4 5 6 7 8 0 -0.5 1e300 '' '' 0 >data
	copy_is_exact 'signed char a; unsigned char b; short c; unsigned short d; int e; unsigned f; long long g; unsigned long long h; bool i; float j; double k; char l; char m[3]; void *n;' --packed
}

@test "read --json A | write --json B copies exactly: nan, infinities, -0 and denormals" {
	perl -e 'print pack "Q<*", 0x7ff8000000000000, 0xfff8000000000000, 0x7ff0000000000000, 0xfff0000000000000, 0x8000000000000000, 0, 1, 0x8000000000000001,
		0x000fffffffffffff, 0x0010000000000000, 0x7fefffffffffffff, 0x3fb999999999999a, 0x3fd5555555555555,
		0x4340000000000001, 0x43e0000000000000, 0x44b52d02c7e14af6' >data
	copy_is_exact 'double d;'
	perl -e 'print pack "L<*", 0x7fc00000, 0xffc00000, 0x7f800000, 0xff800000,
		0x80000000, 0, 1, 0x80000001, 0x007fffff, 0x00800000, 0x7f7fffff, 0x3dcccccd, 0x3eaaaaab, 0x4b800001' >data
	copy_is_exact 'float f;'
}

@test "read --json A | write --json B copies a NaN as the usual one of its sign" {
	perl -e 'print pack "Q<*", 0x7ff8000000000001, 0x7ff4000000000000, 0xfff0000000000001' >data
	read_json 'double d;'
	assert_success
	assert_equal "$(json -c 'map(.d)')" '["nan","nan","-nan"]'
	"$SHMTOOL" write --record 'double d;' --json ./copy --create <<<"$output"
	assert_equal "$(od -An -v -tx8 -w8 copy | tr -d '\n')" ' 7ff8000000000000 7ff8000000000000 fff8000000000000'
}

@test "read --json A | write --json B copies exactly: any bytes in a text" {
	perl -e 'srand 4; print pack "C*", map { rand() < 0.2 ? 0 : rand() < 0.1 ? 92 : int rand 256 } 1 .. 7 for 1 .. 5000;
		print "\\000\\n\\", "\"\t\r\n\\\"\001", "\0\0\0\0\0\0\1", "abcdefg"' >data
	copy_is_exact 'char text[7];'
}

@test "read --json A | write --json B copies exactly: random integers of every size" {
	perl -e 'srand 5; print pack "C*", map { int rand 256 } 1 .. 30 * 2000' >data
	copy_is_exact 'int8_t a; uint8_t b; int16_t c; uint16_t d; int32_t e; uint32_t f; int64_t g; uint64_t h;' --packed
}

@test "read --json A | write --json B copies exactly: foreign byte order, pointers, bools" {
	require_64_bit
	perl -e 'srand 6; for (1 .. 2000) { print pack "C*", (map { int rand 256 } 1 .. 22), int rand 2 }' >data
	copy_is_exact 'be16 a; be32 b; be64 c; void *d; bool e;' --packed
}

@test "read --json A | write --json B copies exactly: between a segment and a POSIX object" {
	require_native SHM_STAT_ANY
	id=$(new_segment 96)
	bytes '(a20 s x2 f a x3)3' 'Ada Lovelace' 36 9.5 f 12345678901234567890 -5 0.1 m '' 32767 -0.001 '' >data
	"$HELPERS/mapping" write "id:$id" 0 <data
	"$HELPERS/make_object" /shmtool-test 96
	run_apart bash -c '"$SHMTOOL" read "$1" --record "$2" --json | "$SHMTOOL" write /shmtool-test --record "$2" --json' \
		bash "$id" "$person"
	assert_success
	cmp data /dev/shm/shmtool-test
}

#
# Refused input: nothing is written
#

@test "write --record: a text that is too long, by row and member" {
	refuses 'char name[4]; int age;' '[{"name": "a", "age": 1}, {"name": "abcdef", "age": 2}]' \
		'row 2' 'name' 'abcdef' '6 bytes' '4'
	refuses 'char name[4]; char sex;' '{"name": "a", "sex": "mm"}' 'row 1' 'sex'
	refuses 'char name[4]; int age;' $'name,age\na,1\nb,2\nabcde,3\n' 'row 3' 'name' '5 bytes'
}

@test "write --record: a number out of range, by row and member, with the range" {
	refuses 'int8_t n; int m;' '[{"n": 1, "m": 1}, {"n": 300, "m": 2}]' 'row 2' 'member n' '300' '-128' '127'
	refuses 'uint64_t n;' '{"n": 18446744073709551616}' 'row 1' 'member n.*(18446744073709551616|64 bits)|number expected'
}

@test "write --record: a value of another type" {
	refuses 'int n;' '{"n": "many"}' 'row 1' 'member n' 'many'
	refuses 'int n;' '{"n": null}' 'row 1' 'member n'
}

@test "write --record: a missing, an unknown and a duplicate member" {
	refuses 'char name[4]; int age;' '[{"name": "a", "age": 1}, {"name": "b"}]' 'row 2' 'age' 'missing'
	refuses 'char name[4]; int age;' '{"name": "a", "age": 1, "colour": "red"}' 'row 1' 'colour'
	refuses 'char name[4]; int age;' $'name,age,name\na,1,b\n' 'name'
}

@test "write --record: input that is cut off, garbage, nothing" {
	refuses 'int n;' '[{"n": 1}, {"n": 2' 'row 2|end'
	refuses 'int n;' '' 'empty|no row|nothing|end'
}

@test "write --record: more rows than the object has room for: nothing is written" {
	head -c 20 /dev/urandom >data
	cp data before
	write_records 'char name[4]; int age;' \
		'[{"name": "a", "age": 1}, {"name": "b", "age": 2}, {"name": "c", "age": 3}]'
	assert_refused 'data: ' '24 bytes' '(^|[^0-9])20([^0-9]|$)'
	write_records 'char name[4]; int age;' '[{"name": "a", "age": 1}]' --offset 16
	assert_refused 'data: ' '8 bytes' '16' '20'
}

@test "write --record: a mistake in the last of many rows: nothing is written" {
	blank data 80000
	cp data before
	perl -e 'print "name,age\n"; printf "n,%d\n", $_ for 1 .. 9999; print "n,x\n"' >rows
	run_apart bash -c '"$SHMTOOL" write ./data --record "char name[4]; int age;" <rows'
	assert_refused 'row 10000' 'age'
}

@test "write --record: a mistake in the rows makes no object with --create" {
	run_apart bash -c '"$SHMTOOL" write --create --size 80 /shmtool-new --record "int n;"' <<<'{"n": "x"}'
	assert_fails write 'row 1'
	refute_object_exists shmtool-new
}

@test "write --record: long double is read-only" {
	refuses 'int n; long double x;' '{"n": 1, "x": 1.5}' 'long double' 'x'
}

@test "write --record: a long text is cut in the message" {
	refuses 'char name[4];' "{\"name\": \"$(printf 'x%.0s' {1..5000})\"}" 'row 1' '5000 bytes'
	[ "${#stderr}" -lt 300 ]
}

@test "write --record: control characters of the input do not reach the terminal" {
	refuses 'char name[4];' '{"name": "\u001b[31mlong"}' 'row 1'
	[[ $stderr != *$'\033'* ]]
	refuses 'char name[4];' '{"na\u001b[31m": "x"}' 'row 1'
	[[ $stderr != *$'\033'* ]]
}

@test "write --record: together with another source is a usage error" {
	blank data 8
	run_tool write ./data --record 'int n;' --string x
	assert_usage_error write '--record'
	run_tool write ./data --record 'int n;' --fill 0
	assert_usage_error write '--record'
	run_tool write ./data --string x --packed
	assert_usage_error write '--packed' '--record'
	run_tool read ./data --packed
	assert_usage_error read '--packed' '--record'
	run_tool read ./data --count 1
	assert_usage_error read '--count' '--record'
}

#
# Invalid declarations
#

@test "read, write --record: an invalid declaration, with the word at fault" {
	blank data 64
	while IFS='|' read -r declaration regex; do
		echo "# $declaration"
		run_tool read ./data --record "$declaration"
		echo "# $stderr"
		assert_usage_error read '--record' "$regex"
		run_tool write ./data --record "$declaration"
		assert_usage_error write '--record' "$regex"
	done <<-'END'
		integer n;|integer
		int n:3;|bit
		int f(void);|function|\(
	END
	cmp data <(head -c 64 /dev/zero)
}

@test "read --record: a declaration of thousands of members is refused or read, and does not crash" {
	blank data 4096
	run_tool read ./data --record "$(printf 'struct { %.0s' {1..200}) int a; $(printf '} s; %.0s' {1..200})"
	assert_usage_error read '--record'
	run_tool read ./data --record 'char c[4096];' --raw --no-headings
	assert_success
	run_tool read --record 'int n[1000000];' --layout
	assert_usage_error read '--record'
}
