/*
 * The values of filters: patterns of names, keys and kinds. Nothing passes both a list and the same
 * list with every value excluded.
 */
#include "fuzz.h"

#include "commands/shared/filter_options.h"
#include "objects/filter_list.h"
#include "objects/kind.h"

#include <stdlib.h>
#include <string.h>

static int number(const char *text, uint32_t *value, struct error *error)
{
	if (strchr("0123456789", text[0]) == NULL || text[0] == '\0')
		return error_set(error, STATUS_USAGE, "is not a number");
	*value = (uint32_t)strtoul(text, NULL, 10);
	return 0;
}

/* Names that are matched beside the one of the input. */
static const char *const names[] = {
	"/a", "/a,b", "/!a", "/.hidden", "/a\\b", "/[", "/\n", "/\xff"
};

static void exclude_all(struct filter_list *list)
{
	list->has_wanted = false;
	for (size_t i = 0; i < list->count; i++)
		list->values[i].is_excluded = true;
}

static void check_names(const char *text, const char *name)
{
	struct filter_list list = { .count = 0 };
	struct error error = { .text = "" };

	if (filter_list_add(&list, text, NULL, &error) == 0) {
		const bool is_wanted = list.has_wanted && filter_list_passes_name(&list, name);

		(void)filter_list_find_path(&list);
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			(void)filter_list_passes_name(&list, names[i]);
		exclude_all(&list);
		fuzz_check(!is_wanted || !filter_list_passes_name(&list, name),
		           "'%s' passes '%s' and its negation", name, text);
	} else {
		fuzz_check(error.text[0] != '\0', "'%s' is rejected without a sentence", text);
	}
	filter_list_free(&list);
}

static void check_numbers(const char *text)
{
	struct filter_list list = { .count = 0 };
	struct error error = { .text = "" };

	if (filter_list_add(&list, text, number, &error) == 0) {
		for (size_t i = 0; i < list.count; i++)
			fuzz_check(!list.values[i].is_excluded ||
			               !filter_list_passes_number(&list, list.values[i].number),
			           "'%s' passes what it excludes", text);
		fuzz_check(filter_list_passes_none(&list) == !list.has_wanted, "'%s' of none",
		           text);
	}
	filter_list_free(&list);
}

static void check_kinds(const char *text)
{
	struct filter_list list = { .count = 0 };
	struct error error = { .text = "" };

	if (option_parse_kinds(text, &list, &error) == 0)
		fuzz_check((filter_list_bits(&list, KINDS_ALL) &
		            ~(unsigned int)(KINDS_ALL | KIND_BIT(KIND_DIR))) == 0,
		           "'%s' has unknown kinds", text);
	filter_list_free(&list);
	list = (struct filter_list){ .count = 0 };
	if (option_parse_filter_kinds(text, &list, &error) == 0)
		(void)filter_options_unnamed_kinds(&list);
	filter_list_free(&list);
}

/* The first line is the list, the second one a name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	char *name = strchr(text, '\n');

	if (name != NULL)
		*name++ = '\0';
	check_names(text, name != NULL ? name : "");
	check_numbers(text);
	check_kinds(text);
	free(text);
	return 0;
}
