/*
 * Modes. A mode changes only permission bits, and what it results in is taken back as an octal mode.
 */
#include "fuzz.h"

#include "commands/classic/number.h"
#include "system/mode.h"

#include <stdlib.h>
#include <string.h>

static void check_bits(mode_t bits)
{
	char octal[16];
	char letters[MODE_LETTERS_SIZE];
	struct error error = { .text = "" };
	mode_t again = 0;

	fuzz_check((bits & ~(mode_t)0777) == 0, "%o is not a permission", (unsigned int)bits);
	snprintf(octal, sizeof(octal), "%03o", (unsigned int)bits);
	fuzz_check(mode_check(octal, &error) == 0 && mode_apply(octal, 0) == bits,
	           "%s is not taken back: %s", octal, error.text);
	fuzz_check(classic_parse_mode(octal, &again) == 0 && again == bits,
	           "%s is not taken back by ipcmk", octal);
	mode_letters(bits, letters);
	for (unsigned int i = 0; i < 9; i++)
		fuzz_check((letters[i] != '-') == ((bits & (0400U >> i)) != 0), "%s is not %s",
		           letters, octal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct error error = { .text = "" };
	mode_t bits = 0;

	if (mode_check(text, &error) == 0) {
		check_bits(mode_apply(text, 0));
		check_bits(mode_apply(text, 0640));
		check_bits(mode_apply(text, 0777));
	} else {
		fuzz_check(error.text[0] != '\0', "'%s' is rejected without a sentence", text);
	}
	if (classic_parse_mode(text, &bits) == 0)
		fuzz_check(bits <= 07777, "%o is no mode", (unsigned int)bits);
	free(text);
	return 0;
}
