/*
 * Untrusted text made visible. It has no control character, and unvis(3) restores it.
 */
#define LIBBSD_OPENBSD_VIS /* selects a variant of strnunvis(3), which is not used here */
#include "fuzz.h"

#include "output/buffer.h"
#include "output/json.h"
#include "output/text.h"

#include <stdlib.h>
#include <string.h>

#include <bsd/vis.h>
#include <json-c/json.h>

static void check_visible(const char *text, unsigned int style)
{
	char *shown = text_visible_copy(text, style);
	char *back = malloc(strlen(shown) + 1);
	size_t width = text_width(shown);
	size_t kept = 0;

	for (const char *at = shown; *at != '\0'; at++)
		fuzz_check((unsigned char)*at >= ' ' && *at != 0x7f &&
		               (*at != ' ' || !(style & TEXT_ESCAPE_BLANKS)),
		           "'%s' is not visible", shown);
	fuzz_check(strlen(shown) < text_visible_size(strlen(text)), "'%s' is too long", shown);
	fuzz_check(back != NULL && strunvis(back, shown) == (int)strlen(text) &&
	               strcmp(back, text) == 0,
	           "'%s' does not come back from '%s'", text, shown);
	for (size_t part = 0; part <= width && part < 8; part++)
		fuzz_check(text_prefix(shown, strlen(shown), part, &kept) <= strlen(shown) &&
		               kept <= part,
		           "'%s' is cut after %zu", shown, part);
	free(back);
	free(shown);
}

static void check_json(const char *text)
{
	struct buffer buffer = { .used = 0 };
	struct json_object *json;

	json_append_text(&buffer, text);
	buffer_append(&buffer, "", 1);
	json = json_tokener_parse(buffer.data);
	fuzz_check(json_object_is_type(json, json_type_string), "%s is not JSON", buffer.data);
	json_object_put(json);
	free(buffer.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);

	for (unsigned int i = 0; i < 2; i++) {
		fuzz_locale(i == 0);
		check_visible(text, TEXT_VISIBLE);
		check_visible(text, TEXT_ESCAPE_BLANKS);
		check_visible(text, TEXT_ESCAPE_BLANKS | TEXT_UTF8);
	}
	check_json(text);
	free(text);
	return 0;
}
