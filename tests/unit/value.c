#include "unit.h"

#include "records/layout.h"
#include "records/value.h"

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
} refused[] = {
	{ "signed char a", "128" },
	{ "signed char a", "-129" },
	{ "unsigned char a", "-1" },
	{ "unsigned char a", "256" },
	{ "int a", "2147483648" },
	{ "int a", "x" },
	{ "int a", "" },
	{ "int a", "1.5" },
	{ "bool a", "maybe" },
	{ "double a", "x" },
	{ "double a", "1e999" },
	{ "float a", "1e39" },
	{ "char a[2]", "abc" },
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
		unit_check(memcmp(bytes, before, sizeof(bytes)) == 0, "'%s' has changed bytes",
		           refused[i].text);
		record_free(&record);
	}
}

/* Every double reads back as the same bits. */
static void doubles_keep_their_bits(void)
{
	struct record record = parse("double a");
	unsigned long long bits = 1;

	for (int round = 0; round < 5000; round++) {
		char scratch[512];
		unsigned long long again = 0;
		struct record_value value;
		struct error error = { .text = "" };

		bits = bits * 6364136223846793005ULL + 1442695040888963407ULL;
		/* Skip NaNs, whose bits are tested elsewhere. */
		if ((bits & 0x7ff0000000000000ULL) == 0x7ff0000000000000ULL)
			continue;
		record_value_read(&record.members[0], &bits, &value, scratch);
		unit_check(record_value_write(&record.members[0], &value, &again, &error) == 0 &&
		               again == bits,
		           "%016llx is shown as '%s' and becomes %016llx (%s)", bits, value.text,
		           again, error.text);
	}
	record_free(&record);
}

static const struct unit_test tests[] = {
	{ "written values are read back", values_come_back },
	{ "a value that does not fit is rejected and changes nothing",
	  refuses_values_out_of_range },
	{ "doubles keep their bits through text", doubles_keep_their_bits },
};

UNIT_SUITE(value_suite, "record values", tests);
