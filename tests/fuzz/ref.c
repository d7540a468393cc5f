/*
 * REF. The canonical form of a REF, escaped as tables print it, is a REF of the same object.
 */
#include "fuzz.h"

#include "objects/ref.h"
#include "output/text.h"

#include <stdlib.h>
#include <string.h>

static void check_again(const struct ref *ref)
{
	char *shown = text_visible_copy(ref->text, TEXT_ESCAPE_BLANKS | TEXT_KEEP_BACKSLASH);
	struct error error = { .text = "" };
	struct ref again;

	if (ref->kind == REF_POSIX) {
		free(shown);
		shown = text_visible_copy(ref->text, TEXT_ESCAPE_BLANKS);
	}
	fuzz_check(ref_parse(shown, REF_SHOWN, &again, &error) == 0, "'%s' is rejected: %s", shown,
	           error.text);
	fuzz_check(again.kind == ref->kind && again.object == ref->object && again.id == ref->id &&
	               again.key == ref->key && strcmp(again.file, ref->file) == 0 &&
	               again.pid == ref->pid && again.fd == ref->fd &&
	               again.address == ref->address,
	           "'%s' is another object", shown);
	free(shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const enum ref_scope scope = fuzz_byte(&data, &size) % (REF_SHOWN + 1);
	char *word = fuzz_text(data, size);
	struct error error = { .text = "" };
	struct ref ref;

	if (ref_parse(word, scope, &ref, &error) < 0)
		fuzz_check(error.text[0] != '\0', "'%s' is rejected without a sentence", word);
	else if (ref.kind == REF_FILE)
		fuzz_check(ref.path[0] != '\0', "'%s' has an empty path", word);
	else if (strstr(word, "ftok:") == NULL)
		check_again(&ref);
	free(word);
	return 0;
}
