#include "unit.h"

#include "records/layout.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

/* The compiler's layout of the structs in the declarations below. */
struct plain {
	char name[4];
	int age;
};
struct nested {
	char c;
	struct {
		double x;
		short y;
	} p[2];
	void *next;
};
struct array {
	int a, b[3];
	char *p;
};
struct whole {
	unsigned long long int x;
};
struct widths {
	uint8_t a;
	uint16_t b;
	uint32_t c;
	uint64_t d;
};

static const struct {
	const char *declaration;
	bool packed;
	size_t members;
	unsigned long long bytes;
	unsigned long long alignment;
	const char *last;          /* name of the last member */
	unsigned long long offset; /* of the last member */
} layouts[] = {
	{ "int a;", false, 1, sizeof(int), _Alignof(int), "a", 0 },
	{ "int a", false, 1, sizeof(int), _Alignof(int), "a", 0 },
	{ "char name[4]; int age;", false, 2, sizeof(struct plain), _Alignof(struct plain), "age",
	  offsetof(struct plain, age) },
	{ "struct plain { char name[4]; int age; };", false, 2, sizeof(struct plain),
	  _Alignof(struct plain), "age", offsetof(struct plain, age) },
	{ "char c; struct { double x; short y; } p[2]; void *next;", false, 6,
	  sizeof(struct nested), _Alignof(struct nested), "next", offsetof(struct nested, next) },
	{ "char c; int i;", true, 2, 5, 1, "i", 1 },
	{ "int a, b[3]; char *p", false, 5, sizeof(struct array), _Alignof(struct array), "p",
	  offsetof(struct array, p) },
	{ "unsigned long long int x;", false, 1, sizeof(struct whole), _Alignof(struct whole), "x",
	  0 },
	{ "uint8_t a; uint16_t b; uint32_t c; uint64_t d;", false, 4, sizeof(struct widths),
	  _Alignof(struct widths), "d", offsetof(struct widths, d) },
	{ "const volatile int x; /* comment */ // another\n char y;", false, 2, 8, 4, "y", 4 },
	{ "char a[2][3];", false, 2, 6, 1, "a[1]", 3 },
	{ "float f; bool b;", false, 2, 8, 4, "b", 4 },
};

static const struct {
	const char *declaration;
	const char *named; /* in the message */
} no_declarations[] = {
	{ "", "" },
	{ "int", "" },
	{ "int;", "" },
	{ "a;", "" },
	{ "int a b;", "'b'" },
	{ "int a:3;", "bit-field" },
	{ "int a[];", "']'" },
	{ "int a[0];", "'0'" },
	{ "int a[-1];", "'-'" },
	{ "union { int a; } u;", "union" },
	{ "int f(void);", "function" },
	{ "int a; int a;", "duplicate" },
	{ "void v;", "void" },
	{ "struct s x;", "'struct s'" },
	{ "int a[99999999999999999999];", "" },
	{ "struct { int a;", "" },
	{ "int a; }", "" },
	{ "int a[70000];", "" },
	{ "foo_t x;", "foo_t" },
	{ "int 1a;", "1a" },
	{ "/* open", "comment" },
	{ "unsigned float f;", "float" },
	{ "short long x;", "short" },
	{ "integer n;", "integer" },
	{ "int 5n;", "5n" },
	{ "int n[;", ";" },
	{ "int n[x];", "'x'" },
	{ "int (*f)(void);", "function" },
	{ "struct { int a; s;", "" },
	{ "int n[4294967296][4294967296];", "members" },
};

static void lays_out_as_the_compiler_does(void)
{
	for (size_t i = 0; i < UNIT_ROWS(layouts); i++) {
		struct error error = { .text = "" };
		struct record record;
		const struct record_member *last;

		if (!unit_check(record_parse(layouts[i].declaration, layouts[i].packed, &record,
		                             &error) == 0,
		                "'%s' is rejected: %s", layouts[i].declaration, error.text))
			continue;
		unit_check_number(layouts[i].declaration, record.bytes, layouts[i].bytes);
		unit_check_number(layouts[i].declaration, record.alignment, layouts[i].alignment);
		unit_check_number(layouts[i].declaration, record.count, layouts[i].members);
		last = &record.members[record.count - 1];
		unit_check_text(layouts[i].declaration, last->name, layouts[i].last);
		unit_check_number(layouts[i].declaration, last->offset, layouts[i].offset);
		record_free(&record);
	}
}

static void refuses_what_is_no_struct(void)
{
	for (size_t i = 0; i < UNIT_ROWS(no_declarations); i++) {
		struct error error = { .text = "" };
		struct record record;

		if (!unit_check(
			record_parse(no_declarations[i].declaration, false, &record, &error) < 0,
			"'%s' is accepted", no_declarations[i].declaration))
			record_free(&record);
		unit_check(error.text[0] != '\0' &&
		               strstr(error.text, no_declarations[i].named) != NULL,
		           "'%s': %s", no_declarations[i].declaration, error.text);
	}
}

/* Offsets increase, and each member, with its padding, ends where the next one begins. */
static void leaves_no_gap(void)
{
	for (size_t i = 0; i < UNIT_ROWS(layouts); i++) {
		struct error error;
		struct record record;
		unsigned long long at = 0;

		if (record_parse(layouts[i].declaration, layouts[i].packed, &record, &error) < 0)
			continue;
		for (size_t m = 0; m < record.count; m++) {
			unit_check_number(record.members[m].name, record.members[m].offset, at);
			at += record.members[m].size + record.members[m].padding;
		}
		unit_check_number(layouts[i].declaration, at, record.bytes);
		record_free(&record);
	}
}

/* Integer types, by the compiler. */
#define INTEGER(TYPE)                                                                              \
	{                                                                                          \
#TYPE, sizeof(TYPE), (TYPE)-1 < (TYPE)1                                            \
	}

static const struct {
	const char *type;
	size_t size;
	bool is_signed;
} integers[] = {
	INTEGER(signed char),
	INTEGER(unsigned char),
	INTEGER(short),
	INTEGER(short int),
	INTEGER(signed short),
	INTEGER(int short signed),
	INTEGER(unsigned short),
	INTEGER(short unsigned int),
	INTEGER(int),
	INTEGER(signed),
	INTEGER(signed int),
	INTEGER(unsigned),
	INTEGER(unsigned int),
	INTEGER(int unsigned),
	INTEGER(long),
	INTEGER(long int),
	INTEGER(signed long),
	INTEGER(unsigned long),
	INTEGER(unsigned long int),
	INTEGER(long long),
	INTEGER(long long int),
	INTEGER(signed long long),
	INTEGER(unsigned long long),
	INTEGER(long unsigned int long),
	INTEGER(int8_t),
	INTEGER(uint8_t),
	INTEGER(int16_t),
	INTEGER(uint16_t),
	INTEGER(int32_t),
	INTEGER(uint32_t),
	INTEGER(int64_t),
	INTEGER(uint64_t),
	INTEGER(intmax_t),
	INTEGER(uintmax_t),
	INTEGER(intptr_t),
	INTEGER(uintptr_t),
	INTEGER(ptrdiff_t),
	INTEGER(size_t),
	INTEGER(ssize_t),
};

static void knows_integers(void)
{
	for (size_t i = 0; i < UNIT_ROWS(integers); i++) {
		char declaration[64];
		struct error error = { .text = "" };
		struct record record;

		snprintf(declaration, sizeof(declaration), "%s a;", integers[i].type);
		if (!unit_check(record_parse(declaration, false, &record, &error) == 0,
		                "'%s' is rejected: %s", declaration, error.text))
			continue;
		unit_check_number(declaration, record.bytes, integers[i].size);
		unit_check((record.members[0].type == RECORD_SIGNED) == integers[i].is_signed,
		           "'%s': wrong sign", declaration);
		record_free(&record);
	}
}

static const struct unit_test tests[] = {
	{ "integer types have the size and sign that the compiler gives them", knows_integers },
	{ "declarations are laid out as by the compiler", lays_out_as_the_compiler_does },
	{ "invalid declarations of a struct are rejected", refuses_what_is_no_struct },
	{ "members and padding leave no gap", leaves_no_gap },
};

UNIT_SUITE(layout_suite, "record layout", tests);
