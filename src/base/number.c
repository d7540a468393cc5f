#include "base/number.h"

#include <ctype.h>
#include <limits.h>
#include <stddef.h>

/* The value of a digit; UINT_MAX if it is not a digit in any base. */
static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return UINT_MAX;
}

/* The base in figures; a prefix that it stands for is skipped, but not without digits after it. */
static unsigned int skip_prefix(const char **text, enum number_base base)
{
	const char *prefix = *text;

	if (base == NUMBER_OCTAL || base == NUMBER_DECIMAL)
		return base;
	if (prefix[0] == '0' && (prefix[1] == 'x' || prefix[1] == 'X') &&
	    digit_value(prefix[2]) < NUMBER_HEXADECIMAL) {
		*text += 2;
		return NUMBER_HEXADECIMAL;
	}
	if (base == NUMBER_AS_C && prefix[0] == '0')
		return NUMBER_OCTAL;
	return base == NUMBER_HEXADECIMAL ? base : NUMBER_DECIMAL;
}

enum number_end number_take(const char **text, enum number_base base, uint64_t *number)
{
	const unsigned int figures = skip_prefix(text, base);
	const char *const first = *text;
	bool is_too_large = false;
	unsigned int digit;

	*number = 0;
	for (; (digit = digit_value(**text)) < figures; (*text)++)
		is_too_large |= __builtin_mul_overflow(*number, figures, number) ||
		                __builtin_add_overflow(*number, digit, number);
	if (*text == first)
		return NUMBER_NONE;
	return is_too_large ? NUMBER_TOO_LARGE : NUMBER_READ;
}

enum number_end number_take_signed(const char **text, enum number_base base, uint64_t *number,
                                   bool *is_negative)
{
	const char *at = *text;
	enum number_end end;
	bool minus;

	while (isspace((unsigned char)*at))
		at++;
	minus = *at == '-';
	at += minus || *at == '+';
	end = number_take(&at, base, number);
	if (end != NUMBER_NONE)
		*text = at;
	if (minus)
		*number = 0 - *number;
	if (is_negative != NULL)
		*is_negative = minus;
	return end;
}

enum number_end number_parse(const char *text, enum number_base base, uint64_t largest,
                             uint64_t *number)
{
	uint64_t value;
	enum number_end end = number_take(&text, base, &value);

	if (end == NUMBER_NONE || *text != '\0')
		return NUMBER_NONE;
	if (end == NUMBER_TOO_LARGE || value > largest)
		return NUMBER_TOO_LARGE;
	*number = value;
	return NUMBER_READ;
}

int number_of_name(const char *name)
{
	uint64_t number;

	return number_parse(name, NUMBER_DECIMAL, INT_MAX, &number) == NUMBER_READ ? (int)number
	                                                                           : -1;
}
