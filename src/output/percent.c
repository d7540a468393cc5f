#include "output/percent.h"

#include "base/number.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int not_a_percentage(struct error *error)
{
	return error_set(error, STATUS_USAGE,
	                 "is not a percentage above 0 and up to 100 (examples: 80, 80%%, 87.5%%)");
}

int percent_parse(const char *text, unsigned int *hundredths, struct error *error)
{
	enum { DECIMALS = 2 };
	uint64_t whole;
	unsigned int part = 0;

	if (number_take(&text, NUMBER_DECIMAL, &whole) != NUMBER_READ || whole > 100)
		return not_a_percentage(error);
	if (*text == '.') {
		const size_t digits = strspn(++text, "0123456789");

		if (digits == 0 || digits > DECIMALS)
			return not_a_percentage(error);
		for (size_t i = 0; i < DECIMALS; i++)
			part = part * 10 + (i < digits ? (unsigned int)(text[i] - '0') : 0);
		text += digits;
	}
	text += *text == '%';
	part += (unsigned int)whole * 100;
	if (*text != '\0' || part == 0 || part > PERCENT_WHOLE)
		return not_a_percentage(error);
	*hundredths = part;
	return 0;
}

/*
 * Divide both by the same power of two, so that PERCENT_WHOLE times either fits in 64 bits. A
 * divided number keeps 50 bits, which is more than a percentage shows.
 */
static void scale(uint64_t *part, uint64_t *whole)
{
	enum { SHIFT = 14 };

	if ((*part | *whole) >> (64 - SHIFT) == 0)
		return;
	*part >>= SHIFT;
	*whole >>= SHIFT;
}

int percent_compare(uint64_t part, uint64_t whole, unsigned int hundredths)
{
	if (whole == 0)
		return part > 0 ? 1 : -1;
	scale(&part, &whole);
	part *= PERCENT_WHOLE;
	whole *= hundredths;
	return (part > whole) - (part < whole);
}

size_t percent_text(char *target, uint64_t part, uint64_t whole)
{
	const bool is_none = part == 0;
	uint64_t tenths;

	scale(&part, &whole);
	/* For 2^50 or more of a number below 2^14, a percentage is meaningless. */
	tenths = whole > 0 ? part * 1000 / whole : UINT64_MAX;
	if (tenths % 10 == 0 && (tenths > 0 || is_none))
		return (size_t)snprintf(target, PERCENT_TEXT_SIZE, "%" PRIu64, tenths / 10);
	return (size_t)snprintf(target, PERCENT_TEXT_SIZE, "%" PRIu64 ".%u", tenths / 10,
	                        (unsigned int)(tenths % 10));
}

size_t percent_text_of(char *target, unsigned int hundredths)
{
	const unsigned int part = hundredths % 100;

	if (part == 0)
		return (size_t)snprintf(target, PERCENT_TEXT_SIZE, "%u", hundredths / 100);
	return (size_t)snprintf(target, PERCENT_TEXT_SIZE, part % 10 == 0 ? "%u.%u" : "%u.%02u",
	                        hundredths / 100, part % 10 == 0 ? part / 10 : part);
}
