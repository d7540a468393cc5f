#include "records/real.h"

#include <ctype.h>
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

/* The bit fields of a float or a double (IEEE 754). */
struct masks {
	uint64_t sign;
	uint64_t exponent; /* all ones if not finite */
	uint64_t mantissa;
	uint64_t quiet; /* the mantissa of NaNs returned by operations */
};

static const struct masks single_masks = { 0x80000000, 0x7f800000, 0x7fffff, 0x400000 };
static const struct masks double_masks = { 0x8000000000000000, 0x7ff0000000000000, 0xfffffffffffff,
	                                   0x8000000000000 };

static const struct masks *masks_of(uint64_t size)
{
	return size == sizeof(float) ? &single_masks : &double_masks;
}

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

/* Write infinities and NaNs, which are not valid JSON numbers. */
static size_t show_special(uint64_t bits, const struct masks *masks, char *target)
{
	const char *sign = bits & masks->sign ? "-" : "";
	uint64_t mantissa = bits & masks->mantissa;
	int length;

	if (mantissa == 0)
		length = snprintf(target, RECORD_REAL_TEXT_SIZE, "%sinf", sign);
	else if (mantissa == masks->quiet)
		length = snprintf(target, RECORD_REAL_TEXT_SIZE, "%snan", sign);
	else
		length = snprintf(target, RECORD_REAL_TEXT_SIZE, "%snan(0x%llx)", sign,
		                  (unsigned long long)mantissa);
	return (size_t)length;
}

/* Write a number's digits, the last few after a point. Returns their end. */
static char *write_digits(char *target, uint64_t number, unsigned int decimals)
{
	char digits[RECORD_REAL_TEXT_SIZE];
	char *end = digits + sizeof(digits);
	char *first = end;
	unsigned int count = 0;

	do {
		*--first = (char)('0' + number % 10);
		number /= 10;
		if (++count == decimals)
			*--first = '.';
	} while (number > 0 || count <= decimals);
	memcpy(target, first, (size_t)(end - first));
	return target + (end - first);
}

/*
 * Write a number with few digits without printf(3), which would take most of the time. The quotient
 * of two exact numbers is rounded as strtod(3) rounds the decimal, so numbers that compare equal
 * here also read back equal; x87 rounds twice and is excluded. Returns the end, or NULL if the
 * number needs more digits.
 */
static char *write_short(char *target, double magnitude, uint64_t size)
{
	static const double powers[SHORT_DECIMALS_MAX + 1] = { 1, 10, 100, 1000, 10000 };
	const double most = 1e15;

	if (FLT_EVAL_METHOD != 0)
		return NULL;
	for (unsigned int decimals = 0; decimals <= SHORT_DECIMALS_MAX; decimals++) {
		double scaled = magnitude * powers[decimals] + 0.5;
		uint64_t number;
		double back;

		if (scaled >= most)
			return NULL;
		number = (uint64_t)scaled;
		back = (double)number / powers[decimals];
		if (size == sizeof(float))
			back = (double)(float)back;
		if (back == magnitude)
			return write_digits(target, number, decimals);
	}
	return NULL;
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

static size_t show_finite(uint64_t bits, uint64_t size, char *target)
{
	double number = number_of(bits, size);
	char *end = target;

	if (bits & masks_of(size)->sign)
		*end++ = '-';
	end = write_short(end, fabs(number), size);
	if (end == NULL)
		return write_shortest(target, number, size);
	/* Without a fraction, JSON parsers would read the integer 0. */
	if (number == 0 && *target == '-')
		end = stpcpy(end, ".0");
	*end = '\0';
	return (size_t)(end - target);
}

size_t record_real_show(uint64_t bits, uint64_t size, char *target, bool *is_finite)
{
	const struct masks *masks = masks_of(size);

	*is_finite = (bits & masks->exponent) != masks->exponent;
	if (!*is_finite)
		return show_special(bits, masks, target);
	return show_finite(bits, size, target);
}

/*
 * Whether bytes are a valid long double: x87 stores the first bit of the mantissa, and if that
 * contradicts the exponent, printf(3) of some libraries misbehaves.
 */
static bool is_long_double(const unsigned char *bytes)
{
#if LDBL_MANT_DIG == 64 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	bool has_no_exponent = bytes[8] == 0 && (bytes[9] & 0x7f) == 0;
	bool has_first_bit = (bytes[7] & 0x80) != 0;

	return has_first_bit != has_no_exponent;
#else
	(void)bytes;
	return true;
#endif
}

size_t record_real_show_long_double(const void *bytes, char *target, bool *is_finite)
{
	long double number = NAN;
	int digits = LDBL_DIG;
	int length;

	if (is_long_double(bytes))
		memcpy(&number, bytes, sizeof(number));
	*is_finite = isfinite(number);
	do
		length = snprintf(target, RECORD_REAL_TEXT_SIZE, "%.*Lg", digits, number);
	while (*is_finite && strtold(target, NULL) != number && ++digits <= LDBL_DECIMAL_DIG);
	return (size_t)length;
}

/*
 * Parsing
 */

/* Parse "nan(0x1)" with the bits of a mantissa; false for any other text. */
static bool parse_payload(const char *text, const struct masks *masks, uint64_t *mantissa)
{
	static const char prefix[] = "nan(0x";
	const char *digits = text + strlen(prefix);
	char *end;

	if (strncmp(text, prefix, strlen(prefix)) != 0 || !isxdigit((unsigned char)*digits))
		return false;
	*mantissa = strtoull(digits, &end, 16);
	return strcmp(end, ")") == 0 && *mantissa != 0 && *mantissa <= masks->mantissa;
}

/* Parse "inf", "nan" or "nan(0x1)", with or without a minus sign; false for any other text. */
static bool parse_special(const char *text, const struct masks *masks, uint64_t *bits)
{
	bool is_negative = *text == '-';
	uint64_t mantissa = 0;

	text += is_negative;
	if (strcmp(text, "nan") == 0)
		mantissa = masks->quiet;
	else if (strcmp(text, "inf") != 0 && !parse_payload(text, masks, &mantissa))
		return false;
	*bits = (is_negative ? masks->sign : 0) | masks->exponent | mantissa;
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
	if (parse_special(text, masks_of(size), bits))
		return RECORD_REAL_READ;
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
