#include "records/real.h"

#include "base/digits.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Decimals after the point that are tried without printf(3). */
enum { SHORT_DECIMALS_MAX = 4 };

/*
 * Bits
 */

static double number_of(uint64_t bits, uint64_t size)
{
	uint32_t four = (uint32_t)bits;
	float single;
	double number;

	if (size == sizeof(single)) {
		memcpy(&single, &four, sizeof(single));
		return (double)single;
	}
	memcpy(&number, &bits, sizeof(number));
	return number;
}

static uint64_t bits_of(double number, uint64_t size)
{
	float single = (float)number;
	uint32_t four;
	uint64_t bits;

	if (size == sizeof(single)) {
		memcpy(&four, &single, sizeof(four));
		return four;
	}
	memcpy(&bits, &number, sizeof(bits));
	return bits;
}

/*
 * Showing
 */

/* Write a number whose last digits are decimals. Returns the length in bytes. */
static size_t write_decimal(char *target, uint64_t number, unsigned int decimals)
{
	static const uint64_t powers[SHORT_DECIMALS_MAX + 1] = { 1, 10, 100, 1000, 10000 };
	const size_t point = digits_decimal(target, number / powers[decimals]);

	if (decimals == 0)
		return point;
	/* The digit before the decimals makes place for the point. */
	(void)digits_decimal(target + point, powers[decimals] + number % powers[decimals]);
	target[point] = '.';
	return point + 1 + decimals;
}

/*
 * Write a number with few digits without printf(3), which would take most of the time. The quotient
 * of two exact numbers is rounded as strtod(3) rounds the decimal, so numbers that compare equal
 * here also read back equal; x87 rounds twice and is excluded. Returns the length in bytes, 0 if the
 * number needs more digits.
 */
static size_t write_short(char *target, double magnitude, uint64_t size)
{
	static const double powers[SHORT_DECIMALS_MAX + 1] = { 1, 10, 100, 1000, 10000 };
	const double most = 1e15;

	if (FLT_EVAL_METHOD != 0)
		return 0;
	for (unsigned int decimals = 0; decimals <= SHORT_DECIMALS_MAX; decimals++) {
		double scaled = magnitude * powers[decimals] + 0.5;
		uint64_t number;
		double back;

		if (scaled >= most)
			return 0;
		number = (uint64_t)scaled;
		back = (double)number / powers[decimals];
		if (size == sizeof(float))
			back = (double)(float)back;
		if (back == magnitude)
			return write_decimal(target, number, decimals);
	}
	return 0;
}

/* Write a number with the fewest digits that read back as the same number. */
static size_t write_shortest(char *target, double number, uint64_t size)
{
	const bool is_single = size == sizeof(float);
	const int most = is_single ? FLT_DECIMAL_DIG : DBL_DECIMAL_DIG;
	int digits = is_single ? FLT_DIG : DBL_DIG;
	double back;
	int length;

	/* Decimals of FLT_DIG digits are distinct numbers, except for subnormal ones. */
	if (fabs(number) < (is_single ? (double)FLT_MIN : DBL_MIN))
		digits = 1;
	do {
		length = snprintf(target, RECORD_REAL_TEXT_SIZE, "%.*g", digits, number);
		back = is_single ? (double)strtof(target, NULL) : strtod(target, NULL);
	} while (back != number && ++digits <= most);
	return (size_t)length;
}

/* End a text. Without a fraction, JSON readers would take "-0" for the integer 0. */
static size_t end_text(char *target, size_t length)
{
	target[length] = '\0';
	if (strcmp(target, "-0") != 0)
		return length;
	return (size_t)(stpcpy(target + length, ".0") - target);
}

size_t record_real_show(uint64_t bits, uint64_t size, char *target, bool *is_finite)
{
	const double number = number_of(bits, size);
	const size_t sign = signbit(number) ? 1 : 0;
	size_t length;

	*is_finite = isfinite(number);
	if (!*is_finite)
		return (size_t)snprintf(target, RECORD_REAL_TEXT_SIZE, "%g", number);
	*target = '-';
	length = write_short(target + sign, fabs(number), size);
	length = length > 0 ? length + sign : write_shortest(target, number, size);
	return end_text(target, length);
}

size_t record_real_show_long_double(const void *bytes, char *target, bool *is_finite)
{
	long double number;
	int digits = LDBL_DIG;
	int length;

	memcpy(&number, bytes, sizeof(number));
	*is_finite = isfinite(number);
	do
		length = snprintf(target, RECORD_REAL_TEXT_SIZE, "%.*Lg", digits, number);
	while (*is_finite && strtold(target, NULL) != number && ++digits <= LDBL_DECIMAL_DIG);
	return end_text(target, (size_t)length);
}

/*
 * Parsing
 */

/* Parse "inf" or "nan", with or without a minus. Returns false for anything else. */
static bool parse_special(const char *text, double *number)
{
	const bool is_negative = *text == '-';

	text += is_negative;
	if (strcmp(text, "nan") == 0)
		*number = (double)NAN;
	else if (strcmp(text, "inf") == 0)
		*number = (double)INFINITY;
	else
		return false;
	if (is_negative)
		*number = -*number;
	return true;
}

bool record_real_begins_decimal(const char *text)
{
	text += *text == '-';
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return false;
	text += *text == '.';
	return *text >= '0' && *text <= '9';
}

enum record_real_end record_real_parse(const char *text, size_t length, uint64_t size,
                                       uint64_t *bits)
{
	double number;
	char *end;

	if (strlen(text) != length)
		return RECORD_REAL_NO_NUMBER;
	if (parse_special(text, &number)) {
		*bits = bits_of(number, size);
		return RECORD_REAL_READ;
	}
	if (!record_real_begins_decimal(text))
		return RECORD_REAL_NO_NUMBER;
	/* Rounding to a double first could give a different float. */
	number = size == sizeof(float) ? (double)strtof(text, &end) : strtod(text, &end);
	if (*end != '\0')
		return RECORD_REAL_NO_NUMBER;
	if (isinf(number))
		return RECORD_REAL_TOO_LARGE;
	*bits = bits_of(number, size);
	return RECORD_REAL_READ;
}
