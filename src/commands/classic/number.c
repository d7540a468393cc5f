#include "commands/classic/number.h"

#include "base/number.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/ipc.h>

static int fail(int number)
{
	errno = number;
	return -1;
}

int classic_parse_int(const char *text, int *number)
{
	bool is_negative;
	uint64_t value;
	const enum number_end end = number_take_signed(&text, NUMBER_DECIMAL, &value, &is_negative);

	if (end == NUMBER_NONE || (*text != '\0' && end == NUMBER_READ))
		return fail(EINVAL);
	if (end == NUMBER_TOO_LARGE ||
	    (is_negative ? 0 - value > (uint64_t)INT_MAX + 1 : value > INT_MAX))
		return fail(ERANGE);
	*number = (int)value;
	return 0;
}

int classic_parse_key(const char *text, key_t *key)
{
	bool is_negative;
	uint64_t value;
	const enum number_end end = number_take_signed(&text, NUMBER_AS_C, &value, &is_negative);

	if (end == NUMBER_NONE || (*text != '\0' && end == NUMBER_READ))
		return fail(EINVAL);
	if (end == NUMBER_TOO_LARGE)
		return fail(ERANGE);
	if (is_negative && value != 0 ? value < (uint64_t)INT_MIN : value > UINT32_MAX)
		return fail(EOVERFLOW);
	*key = (key_t)(uint32_t)value;
	return 0;
}

bool classic_is_key(const char *text, key_t *key)
{
	return strncasecmp(text, "0x", 2) == 0 && classic_parse_key(text, key) == 0 &&
	       *key != IPC_PRIVATE;
}

/* The factor of a suffix in bytes; 0 if invalid, UINT64_MAX if it is too large. */
static uint64_t suffix_factor(const char *suffix)
{
	static const char powers[] = "KMGTPEZY";
	const char *power = strchr(powers, toupper((unsigned char)*suffix));
	uint64_t base = 1024;
	uint64_t factor = 1;

	if (*suffix == '\0' || power == NULL)
		return 0;
	if (strcmp(suffix + 1, "B") == 0 || strcmp(suffix + 1, "b") == 0)
		base = 1000;
	else if (suffix[1] != '\0' && strcmp(suffix + 1, "iB") != 0 &&
	         strcmp(suffix + 1, "ib") != 0)
		return 0;
	for (ptrdiff_t i = 0; i <= power - powers; i++) {
		if (__builtin_mul_overflow(factor, base, &factor))
			return UINT64_MAX;
	}
	return factor;
}

/*
 * The bytes of a fraction of a factor, added digit by digit as util-linux does: in 0.75K, 5 is
 * 1024/(100/5) bytes and 7 is 1024/(10/7) bytes, where 10/7 is 1.
 */
static uint64_t fraction_bytes(uint64_t fraction, unsigned int zeros, uint64_t factor)
{
	uint64_t divisor = 10;
	uint64_t position = 1;
	uint64_t bytes = 0;

	/* The weight of the last digit; excess digits are dropped. */
	while (divisor < fraction) {
		if (divisor <= UINT64_MAX / 10)
			divisor *= 10;
		else
			fraction /= 10;
	}
	for (; zeros > 0; zeros--) {
		if (divisor <= UINT64_MAX / 10)
			divisor *= 10;
		else
			fraction /= 10;
	}
	for (; fraction > 0; fraction /= 10, position *= 10) {
		uint64_t digit = fraction % 10;

		if (digit > 0 && divisor / position / digit > 0)
			bytes += factor / (divisor / position / digit);
	}
	return bytes;
}

/* The decimal point of the locale. */
static const char *skip_point(const char *text)
{
	const char *point = localeconv()->decimal_point;
	size_t length = strlen(point);

	return length > 0 && strncmp(text, point, length) == 0 ? text + length : text;
}

int classic_parse_size(const char *text, uint64_t *bytes)
{
	const char *rest;
	uint64_t fraction = 0;
	unsigned int zeros = 0;
	uint64_t factor;
	uint64_t whole;
	bool is_negative;
	enum number_end end = number_take_signed(&text, NUMBER_AS_C, &whole, &is_negative);

	if (end == NUMBER_NONE || is_negative)
		return fail(EINVAL);
	if (end == NUMBER_TOO_LARGE)
		return fail(ERANGE);
	if (*text == '\0') {
		*bytes = whole;
		return 0;
	}
	/*
	 * Points are skipped until one is followed by a fraction: util-linux reads 1..5K as 1.5K.
	 */
	while (fraction == 0 && (rest = skip_point(text)) != text) {
		const size_t zero_digits = strspn(rest, "0");

		text = rest + zero_digits;
		zeros += (unsigned int)zero_digits;
		if (number_take(&text, NUMBER_DECIMAL, &fraction) == NUMBER_TOO_LARGE)
			return fail(ERANGE);
	}
	factor = suffix_factor(text);
	if (factor == 0)
		return fail(EINVAL);
	if (factor == UINT64_MAX && whole == 0 && fraction == 0)
		factor = 1;
	if (factor == UINT64_MAX || __builtin_mul_overflow(whole, factor, &whole) ||
	    __builtin_add_overflow(whole, fraction_bytes(fraction, zeros, factor), bytes))
		return fail(ERANGE);
	return 0;
}

int classic_parse_mode(const char *text, mode_t *mode)
{
	/* The permissions and three more bits. */
	enum { MODE_MAX = 07777 };
	bool is_negative;
	uint64_t value;
	const enum number_end end = number_take_signed(&text, NUMBER_OCTAL, &value, &is_negative);

	/* A number out of range is reported before trailing text, as in util-linux. */
	if (end == NUMBER_TOO_LARGE || (end == NUMBER_READ && value != 0 && is_negative))
		return fail(ERANGE);
	if (end == NUMBER_NONE || *text != '\0')
		return fail(EINVAL);
	if (value > MODE_MAX)
		return fail(ERANGE);
	*mode = (mode_t)value;
	return 0;
}
