/*
 * The options of send and recv for texts: --layout, --flag, --text, --semaphore. What is accepted
 * lies in the struct.
 *
 * The first byte of an input chooses the protocol and --packed. A line for each option follows; an
 * empty one leaves it out.
 */
#include "fuzz.h"

#include "channel/protocols.h"
#include "commands/shared/text_options.h"

#include <inttypes.h>
#include <stdlib.h>

static void check_place(const struct text_place *place, const struct transmission *transmission)
{
	fuzz_check(place->text_size <= place->bytes &&
	               place->text_offset <= place->bytes - place->text_size,
	           "a text of %" PRIu64 " bytes at %" PRIu64 " of %" PRIu64, place->text_size,
	           place->text_offset, place->bytes);
	if (place->flag_size == 0)
		return;
	fuzz_check(place->flag_size <= 8 && (place->flag_size & (place->flag_size - 1)) == 0 &&
	               place->flag_size <= place->bytes &&
	               place->flag_offset <= place->bytes - place->flag_size &&
	               (transmission->offset + place->flag_offset) % place->flag_size == 0,
	           "a flag of %" PRIu64 " bytes at %" PRIu64 " of %" PRIu64, place->flag_size,
	           place->flag_offset, place->bytes);
}

static const char *word_at(const struct fuzz_words *words, int index)
{
	return index < words->count && words->words[index][0] != '\0' ? words->words[index] : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const unsigned int choice = fuzz_byte(&data, &size);
	struct transmission transmission = { .offset = choice / 16 };
	const struct protocol *protocol = NULL;
	struct error error = { .text = "" };
	struct text_options options;
	struct fuzz_words words;

	fuzz_words(data, size, &words);
	options = (struct text_options){
		.packed = choice & 1,
		.protocol = choice & 2 ? protocols[choice / 4 % protocol_count]->word : NULL,
		.layout = word_at(&words, 0),
		.flag = word_at(&words, 1),
		.text = word_at(&words, 2),
		.semaphores = word_at(&words, 3),
		.fifo = word_at(&words, 4),
		.until = word_at(&words, 5),
	};
	if (text_options_resolve(&options, &transmission, &protocol, &error) < 0)
		fuzz_check(error.text[0] != '\0', "rejected without a sentence");
	else
		check_place(&transmission.text, &transmission);
	free(words.text);
	return 0;
}
