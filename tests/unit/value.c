#include "unit.h"

#include "records/layout.h"
#include "records/value.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A member, the text written to it, and the value read back. */
static const struct {
	const char *declaration;
	const char *text;
	enum record_value_kind kind; /* read back */
	const char *back;            /* for texts and reals */
	long long number;            /* for integers and bools */
} values[] = {
	{ "int a", "12", RECORD_VALUE_SIGNED, NULL, 12 },
	{ "int a", "-2147483648", RECORD_VALUE_SIGNED, NULL, -2147483648LL },
	{ "int a", "0x1f", RECORD_VALUE_SIGNED, NULL, 31 },
	{ "int a", "1e3", RECORD_VALUE_SIGNED, NULL, 1000 },
	{ "unsigned char a", "255", RECORD_VALUE_UNSIGNED, NULL, 255 },
	{ "signed char a", "-128", RECORD_VALUE_SIGNED, NULL, -128 },
	{ "bool a", "true", RECORD_VALUE_BOOL, NULL, 1 },
	{ "bool a", "false", RECORD_VALUE_BOOL, NULL, 0 },
	{ "double a", "0.1", RECORD_VALUE_REAL, "0.1", 0 },
	{ "double a", "1e300", RECORD_VALUE_REAL, "1e+300", 0 },
	{ "double a", "-0.0", RECORD_VALUE_REAL, "-0.0", 0 },
	{ "float a", "0.1", RECORD_VALUE_REAL, "0.1", 0 },
	{ "float a", "3.5", RECORD_VALUE_REAL, "3.5", 0 },
	{ "double a", "inf", RECORD_VALUE_TEXT, "inf", 0 },
	{ "double a", "-inf", RECORD_VALUE_TEXT, "-inf", 0 },
	{ "double a", "nan", RECORD_VALUE_TEXT, "nan", 0 },
	{ "char a[8]", "hello", RECORD_VALUE_TEXT, "hello", 0 },
	{ "char a[8]", "", RECORD_VALUE_TEXT, "", 0 },
	{ "char a[8]", "12345678", RECORD_VALUE_TEXT, "12345678", 0 },
	{ "char a[8]", "\\377", RECORD_VALUE_TEXT, "\\377", 0 },
	{ "char a[8]", "a\\134b", RECORD_VALUE_TEXT, "a\\134b", 0 },
	{ "be32 a", "1", RECORD_VALUE_UNSIGNED, NULL, 1 },
	{ "void *a", "0x7f00", RECORD_VALUE_HEX, "0x7f00", 0 },
};

static const struct {
	const char *declaration;
	const char *text;
	const char *sentence; /* part of the message */
} refused[] = {
	{ "signed char a", "128", "128 is out of range (-128 to 127)" },
	{ "signed char a", "-129", "-129 is out of range" },
	{ "signed char a", "300", "300 is out of range" },
	{ "unsigned char a", "-1", "-1 is out of range (0 to 255)" },
	{ "unsigned char a", "256", "256 is out of range" },
	{ "uint16_t a", "65536", "(0 to 65535)" },
	{ "be16 a", "65536", "(0 to 65535)" },
	{ "int a", "2147483648", "(-2147483648 to 2147483647)" },
	{ "unsigned a", "4294967296", "(0 to 4294967295)" },
	{ "int64_t a", "9223372036854775808", "out of range" },
	{ "int64_t a", "-9223372036854775809", "out of range" },
	{ "int64_t a", "1e300", "out of range" },
	{ "uint64_t a", "18446744073709551616", "out of range" },
	{ "uint64_t a", "-1", "-1 is out of range" },
	{ "int a", "x", "'x' is not a number" },
	{ "int a", "", "is not a number" },
	{ "int a", "many", "many" },
	{ "int a", "1x", "1x" },
	{ "int a", "1 2", "1 2" },
	{ "int a", "1.5", "1.5 is not a whole number" },
	{ "bool a", "maybe", "maybe" },
	{ "bool a", "256", "256" },
	{ "double a", "x", "'x' is not a number" },
	{ "double a", "much", "much" },
	{ "double a", "1e999", "1e999 is out of range for double" },
	{ "float a", "1e39", "1e39 is out of range for float" },
	{ "void *a", "here", "here" },
	{ "char a[2]", "abc", "has 3 bytes, the member takes 2" },
};

static struct record parse(const char *declaration)
{
	struct record record;
	struct error error;

	if (record_parse(declaration, false, &record, &error) < 0) {
		unit_check(false, "'%s' is rejected: %s", declaration, error.text);
		abort();
	}
	return record;
}

static int write_text(const struct record *record, const char *text, void *bytes,
                      struct error *error)
{
	const struct record_value value = { .kind = RECORD_VALUE_TEXT,
		                            .text = text,
		                            .length = strlen(text) };

	return record_value_write(&record->members[0], &value, bytes, error);
}

static void values_come_back(void)
{
	for (size_t i = 0; i < UNIT_ROWS(values); i++) {
		struct record record = parse(values[i].declaration);
		char scratch[512];
		char bytes[64] = "";
		struct error error = { .text = "" };
		struct record_value value;

		unit_check(record_value_scratch_size(&record.members[0]) <= sizeof(scratch),
		           "'%s' needs more memory", values[i].declaration);
		if (unit_check(write_text(&record, values[i].text, bytes, &error) == 0,
		               "'%s' is rejected for '%s': %s", values[i].text,
		               values[i].declaration, error.text)) {
			record_value_read(&record.members[0], bytes, &value, scratch);
			unit_check_number(values[i].text, value.kind, values[i].kind);
			if (values[i].back != NULL)
				unit_check_text(values[i].text, value.text, values[i].back);
			else if (value.kind == RECORD_VALUE_BOOL)
				unit_check_number(values[i].text, value.is_true,
				                  (unsigned long long)values[i].number);
			else
				unit_check(value.signed_number == values[i].number, "'%s' is %lld",
				           values[i].text, (long long)value.signed_number);
		}
		record_free(&record);
	}
}

static void refuses_values_out_of_range(void)
{
	for (size_t i = 0; i < UNIT_ROWS(refused); i++) {
		struct record record = parse(refused[i].declaration);
		static const char before[64] = "";
		char bytes[64] = "";
		struct error error = { .text = "" };

		unit_check(write_text(&record, refused[i].text, bytes, &error) < 0,
		           "'%s' is accepted for '%s'", refused[i].text, refused[i].declaration);
		unit_check(strstr(error.text, refused[i].sentence) != NULL, "'%s': '%s'",
		           refused[i].text, error.text);
		unit_check(memcmp(bytes, before, sizeof(bytes)) == 0, "'%s' has changed bytes",
		           refused[i].text);
		record_free(&record);
	}
}

/* Random bits, stored as a number, are the same after a conversion to text and back. */
static void keep_bits(const char *declaration, size_t size)
{
	struct record record = parse(declaration);
	uint64_t random = 1;

	for (int round = 0; round < 5000; round++) {
		char scratch[512];
		char bytes[sizeof(double)] = "";
		char again[sizeof(double)] = "";
		double number;
		float single;
		struct record_value value;
		struct error error = { .text = "" };

		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		memcpy(bytes, (const char *)&random + sizeof(random) - size, size);
		memcpy(&number, bytes, sizeof(number));
		memcpy(&single, bytes, sizeof(single));
		/* Skip NaNs, whose bits are tested elsewhere. */
		if (size == sizeof(double) ? isnan(number) : isnan(single))
			continue;
		record_value_read(&record.members[0], bytes, &value, scratch);
		unit_check(record_value_write(&record.members[0], &value, again, &error) == 0 &&
		               memcmp(again, bytes, size) == 0,
		           "%s: %016" PRIx64 " is shown as '%s' (%s)", declaration, random,
		           value.text, error.text);
	}
	record_free(&record);
}

static void reals_keep_their_bits(void)
{
	keep_bits("double a", sizeof(double));
	keep_bits("float a", sizeof(float));
}

/* A bool may hold any byte. */
static void bools_keep_their_byte(void)
{
	struct record record = parse("bool a");

	for (unsigned int byte = 0; byte < 256; byte++) {
		char scratch[64];
		const unsigned char before[8] = { (unsigned char)byte };
		unsigned char after[8] = { 0 };
		struct record_value value;
		struct error error = { .text = "" };

		record_value_read(&record.members[0], before, &value, scratch);
		unit_check(record_value_write(&record.members[0], &value, after, &error) == 0 &&
		               after[0] == byte,
		           "%u becomes %u (%s)", byte, after[0], error.text);
	}
	record_free(&record);
}

static const struct unit_test tests[] = {
	{ "written values are read back", values_come_back },
	{ "a value that does not fit is rejected and changes nothing",
	  refuses_values_out_of_range },
	{ "floats and doubles keep their bits through text", reals_keep_their_bits },
	{ "bools keep any byte through text", bools_keep_their_byte },
};

UNIT_SUITE(value_suite, "record values", tests);
