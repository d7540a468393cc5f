#!/usr/bin/perl
# record_structs.pl list|program SEED COUNT: random struct declarations, the same for the same seed.
#
# list: a line for each, "packed" or "aligned", a tab, and the declaration as --record takes it.
# program: a C program that prints what its compiler makes of them: for each member a line with the
# number of the struct (from 0), the member's name, its offset and its size in bytes, and at the
# end of each struct a line with the number, "=", and the size of the whole.

use strict;
use warnings;

my @types = (
	'char', 'signed char', 'unsigned char', 'short', 'unsigned short', 'short int',
	'short unsigned int', 'int', 'signed', 'unsigned', 'unsigned int', 'long', 'unsigned long',
	'long int', 'int long unsigned', 'long long', 'unsigned long long',
	'long unsigned int long', 'float', 'double', 'long double', 'bool', '_Bool', 'size_t',
	'ssize_t', 'off_t', 'pid_t', 'uid_t', 'gid_t', 'mode_t', 'time_t', 'key_t', 'intmax_t',
	'uintmax_t', 'intptr_t', 'uintptr_t', 'ptrdiff_t', 'wchar_t', 'enum color',
	(map { my $bits = $_; map { $_ . $bits . '_t' } qw(int uint int_fast int_least uint_fast uint_least) }
		8, 16, 32, 64),
	(map { ("u$_", "s$_", "__u$_", "__s$_") } 8, 16, 32, 64),
	(map { ("be$_", "le$_", "__be$_", "__le$_") } 16, 32, 64),
);
my @pointed = ('void', 'char', 'const char', 'struct foo', 'const struct foo', 'union bar', 'double', 'FILE');

my $state;

# A number from 0 to below a limit; perl's own rand differs from build to build.
sub random {
	my ($limit) = @_;
	$state = ($state * 1103515245 + 12345) & 0x7fffffff;
	return ($state >> 8) % $limit;
}

sub one_of {
	return $_[random(scalar @_)];
}

# The names of all elements of an array, "a[0][1]"; of what is no array, its name.
sub elements {
	my ($name, @sizes) = @_;
	my @names = ($name);
	for my $size (@sizes) {
		@names = map { my $outer = $_; map { "$outer\[$_]" } 0 .. $size - 1 } @names;
	}
	return @names;
}

# A number as C writes it, decimal, hexadecimal or octal.
sub number {
	my ($value) = @_;
	return sprintf one_of('%d', '%d', '%#x', '%#o'), $value;
}

# A declarator with random dimensions: its text, and the names of its elements.
sub declarator {
	my ($name, $is_text) = @_;
	my @sizes = map { 1 + random(3) } 1 .. (0, 0, 0, 1, 1, 2)[random(6)];
	my $text = $name . join('', map { '[' . number($_) . ']' } @sizes);
	# The last dimension of an array of char is no array: it is a text.
	if ($is_text && random(4)) {
		$text .= '[' . number(1 + random(20)) . ']';
	} elsif ($is_text) {
		pop @sizes;
	}
	return ($text, elements($name, @sizes));
}

my $names; # how many are in use: each is used once in a declaration

sub new_name {
	return one_of('a', 'value', '_x') . $names++;
}

# A declaration of scalars: its text, and the names of its elements.
sub scalars {
	my $is_pointer = random(8) == 0;
	my $type = $is_pointer ? one_of(@pointed) : one_of(@types);
	my (@texts, @leaves);
	for (0 .. (0, 0, 1, 2)[random(4)]) {
		my ($text, @elements) = declarator(new_name(), !$is_pointer && $type eq 'char');
		push @texts, ($is_pointer ? one_of('*', '**', '* const ') : '') . $text;
		push @leaves, @elements;
	}
	my $qualifier = one_of('', '', '', 'const ', 'volatile ');
	return ($qualifier . $type . ' ' . join(', ', @texts) . ';' . one_of('', '', ' /* int x; */'), @leaves);
}

# Members, structs among them up to a depth: their text, and the names of their elements.
sub members {
	my ($depth) = @_;
	my (@texts, @leaves);
	for (0 .. random(6)) {
		my ($text, @elements);
		if ($depth > 0 && random(4) == 0) {
			my ($body, @inner) = members($depth - 1);
			if (random(5) == 0) {
				($text, @elements) = ("struct { $body };", @inner);
			} else {
				my ($name, @outer) = declarator(new_name(), 0);
				$text = "struct { $body } $name;";
				@elements = map { my $outer = $_; map { "$outer.$_" } @inner } @outer;
			}
		} else {
			($text, @elements) = scalars();
		}
		push @texts, $text;
		push @leaves, @elements;
	}
	return (join(' ', @texts), @leaves);
}

my ($mode, $seed, $count) = @ARGV;
die "usage: record_structs.pl list|program SEED COUNT\n"
	if @ARGV != 3 || $mode !~ /^(list|program)$/;
$state = $seed;

my (@declarations, @rows);
for my $i (0 .. $count - 1) {
	$names = 0;
	my ($text, @leaves) = members(3);
	my $is_packed = $i % 3 == 0;
	my $around = $i % 5 == 0 ? one_of("struct record { %s };", "struct { %s }") : "%s";
	printf "%s\t$around\n", $is_packed ? "packed" : "aligned", $text if $mode eq "list";
	push @declarations,
		$is_packed
		? "#pragma pack(push, 1)\nstruct s$i { $text };\n#pragma pack(pop)"
		: "struct s$i { $text };";
	push @rows, map { "MEMBER($i, $_)" } @leaves;
	push @rows, "{ $i, \"=\", sizeof(struct s$i), 0 }";
}
exit if $mode eq 'list';

print <<'END', join("\n", @declarations), <<'END', map { "\t$_,\n" } @rows;
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <wchar.h>

enum color { RED, GREEN };
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef uint8_t u8;
typedef uint16_t u16, be16, le16;
typedef uint32_t u32, be32, le32;
typedef uint64_t u64, be64, le64;

END


#define MEMBER(N, NAME) \
	{ N, #NAME, offsetof(struct s##N, NAME), sizeof(((struct s##N *)0)->NAME) }

static const struct {
	int number;
	const char *name;
	size_t offset, size;
} rows[] = {
END
print <<'END';
};

int main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].name[0] == '=')
			printf("%d = %zu\n", rows[i].number, rows[i].offset);
		else
			printf("%d %s %zu %zu\n", rows[i].number, rows[i].name, rows[i].offset,
			       rows[i].size);
	}
	return 0;
}
END
