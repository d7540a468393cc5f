/*
 * Lists of columns. A choice has every column once, and its names, joined, make the same choice.
 */
#include "fuzz.h"

#include "commands/shared/object_columns.h"
#include "output/buffer.h"

#include <stdlib.h>
#include <string.h>

static void append_names(struct buffer *buffer, const struct column_choice *choice)
{
	for (size_t i = 0; i < choice->count; i++) {
		if (i > 0)
			buffer_append(buffer, ",", 1);
		buffer_append_text(buffer, choice->columns[i]->name);
		for (size_t before = 0; before < i; before++)
			fuzz_check(choice->columns[i] != choice->columns[before],
			           "column '%s' is there twice", choice->columns[i]->name);
	}
	buffer_append(buffer, "", 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct error error = { .text = "" };
	struct column_choice choice;

	if (column_choice_parse(&object_columns, text, "ref,owner,bytes", &choice, &error) == 0) {
		struct buffer buffer = { .used = 0 };
		struct column_choice again;

		fuzz_check(choice.count > 0 && choice.named <= choice.count, "'%s' has %zu columns",
		           text, choice.count);
		append_names(&buffer, &choice);
		fuzz_check(column_choice_parse(&object_columns, buffer.data, "", &again, &error) ==
		               0,
		           "'%s' is rejected: %s", buffer.data, error.text);
		fuzz_check(again.count == choice.count &&
		               memcmp(again.columns, choice.columns,
		                      choice.count * sizeof(*choice.columns)) == 0,
		           "'%s' is another choice than '%s'", buffer.data, text);
		column_choice_free(&again);
		column_choice_free(&choice);
		free(buffer.data);
	} else {
		fuzz_check(error.text[0] != '\0', "'%s' is rejected without a sentence", text);
	}
	free(text);
	return 0;
}
