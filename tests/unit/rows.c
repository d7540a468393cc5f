#include "rows.h"

#include "unit.h"

#include "records/layout.h"

#include <string.h>

struct row {
	int a;
	char name[8];
};

void rows_check(enum record_input_format format, const struct rows_test *tests, size_t count)
{
	struct error error = { .text = "" };
	struct record record;

	if (!unit_check(record_parse("int a; char name[8];", false, &record, &error) == 0 &&
	                    record.bytes == sizeof(struct row),
	                "the layout: %s", error.text))
		return;
	for (size_t i = 0; i < count; i++) {
		struct record_rows rows = { .count = 0 };
		const bool ok = record_input_parse(&record, format, tests[i].text,
		                                   strlen(tests[i].text), &rows, &error) == 0;

		unit_check(ok == (tests[i].count != NONE), "'%s' is %s: %s", tests[i].text,
		           ok ? "taken" : "refused", ok ? "" : error.text);
		if (!ok)
			continue;
		if (unit_check_number(tests[i].text, rows.count, tests[i].count) &&
		    rows.count > 0) {
			const struct row *row = (const struct row *)(const void *)rows.bytes;

			unit_check(row->a == tests[i].first, "'%s': a is %d", tests[i].text,
			           row->a);
			unit_check_text(tests[i].text, row->name, tests[i].name);
		}
		record_rows_free(&rows);
	}
	record_free(&record);
}
