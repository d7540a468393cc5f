#include "output/units.h"

#include "base/number.h"

#include <ctype.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <bsd/stdlib.h>

static int not_a_size(struct error *error, const char *why)
{
	return error_set(error, STATUS_USAGE,
	                 "%s (a size is a number, with K, M, G, T, P or E: 4096, 4K, 1.5M)", why);
}

/*
 * The factor of a size's suffix in bytes: "" 1, "K" and "KiB" 1024, "KB" 1000, and so on; 0 if the
 * text is not a suffix.
 */
static uint64_t suffix_factor(const char *suffix)
{
	static const char powers[] = "KMGTPE";
	const char *power;
	uint64_t base = 1024;
	uint64_t factor = 1;

	if (*suffix == '\0')
		return 1;
	power = strchr(powers, toupper((unsigned char)*suffix));
	if (power == NULL)
		return 0;
	if (strcasecmp(suffix + 1, "B") == 0)
		base = 1000;
	else if (suffix[1] != '\0' && strcasecmp(suffix + 1, "iB") != 0)
		return 0;
	for (ptrdiff_t i = 0; i <= power - powers; i++)
		factor *= base;
	return factor;
}

/*
 * The bytes in a decimal fraction of a factor, rounded down. The digits are processed from last to
 * first: rounding down at each step gives the same result as rounding down once at the end, and ten
 * times the largest factor, 2^60, fits in 64 bits.
 */
static uint64_t fraction_bytes(const char *digits, size_t count, uint64_t factor)
{
	uint64_t bytes = 0;

	while (count-- > 0)
		bytes = ((unsigned int)(digits[count] - '0') * factor + bytes) / 10;
	return bytes;
}

int size_parse(const char *text, uint64_t *bytes, struct error *error)
{
	const char *rest = text;
	const char *fraction = NULL;
	size_t fraction_digits = 0;
	enum number_end end;
	uint64_t whole;
	uint64_t factor;
	uint64_t part = 0;

	if (*text == '\0')
		return not_a_size(error, "is empty");
	if (*text == '-')
		return not_a_size(error, "is negative");
	end = number_take(&rest, NUMBER_DECIMAL, &whole);
	if (end == NUMBER_NONE)
		return not_a_size(error, "is not a size");
	if (end == NUMBER_TOO_LARGE)
		return not_a_size(error, "is too large: the largest size is 2^64-1 bytes");
	if (*rest == '.') {
		fraction = rest + 1;
		fraction_digits = strspn(fraction, "0123456789");
		rest = fraction + fraction_digits;
		if (fraction_digits == 0)
			return not_a_size(error, "is not a size");
	}
	factor = suffix_factor(rest);
	if (factor == 0)
		return not_a_size(error, "is not a size");
	if (fraction != NULL) {
		if (factor == 1)
			return not_a_size(error, "is not a whole number of bytes");
		part = fraction_bytes(fraction, fraction_digits, factor);
	}
	if (__builtin_mul_overflow(whole, factor, &whole) ||
	    __builtin_add_overflow(whole, part, bytes))
		return not_a_size(error, "is too large: the largest size is 2^64-1 bytes");
	return 0;
}

static const struct {
	char letter;
	uint64_t seconds;
} duration_units[] = {
	{ 'w', 604800 }, { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 },
};
enum { DURATION_UNITS = sizeof(duration_units) / sizeof(duration_units[0]) };

/* The seconds of a unit's letter; a bare number is seconds; 0 if there is no such unit. */
static uint64_t duration_factor(char letter)
{
	if (letter == '\0')
		return 1;
	for (size_t i = 0; i < DURATION_UNITS; i++) {
		if (duration_units[i].letter == letter)
			return duration_units[i].seconds;
	}
	return 0;
}

int duration_parse(const char *text, uint64_t *seconds, struct error *error)
{
	uint64_t total = 0;
	const char *p = text;

	do {
		uint64_t factor;
		uint64_t count;

		if (number_take(&p, NUMBER_DECIMAL, &count) != NUMBER_READ)
			goto bad;
		factor = duration_factor(*p);
		if (factor == 0 || (*p == '\0' && total > 0) ||
		    __builtin_mul_overflow(count, factor, &count) ||
		    __builtin_add_overflow(total, count, &total))
			goto bad;
		if (*p != '\0')
			p++;
	} while (*p != '\0');
	/* Durations are compared with signed times. */
	if (total > INT64_MAX)
		goto bad;
	*seconds = total;
	return 0;
bad:
	return error_set(
	    error, STATUS_USAGE,
	    "is not a duration (a duration is a number with s, m, h, d or w: 90s, 10m, 4h, 7d)");
}

size_t size_human(char *target, uint64_t bytes)
{
	char *point;

	/* humanize_number(3bsd) takes an int64_t. */
	if (bytes > INT64_MAX) {
		uint64_t exbi = UINT64_C(1) << 60;

		return (size_t)snprintf(target, UNITS_TEXT_SIZE, "%uE",
		                        (unsigned int)(bytes / exbi + (bytes % exbi >= exbi / 2)));
	}
	if (humanize_number(target, 5, (int64_t)bytes, "", HN_AUTOSCALE, HN_NOSPACE | HN_DECIMAL) <
	    0)
		snprintf(target, UNITS_TEXT_SIZE, "%llu", (unsigned long long)bytes);
	point = strstr(target, ".0");
	if (point != NULL)
		memmove(point, point + 2, strlen(point + 2) + 1);
	return strlen(target);
}

size_t size_human_tenths(char *target, uint64_t bytes)
{
	static const char suffixes[] = "BKMGTPE";
	enum { STEP = 10, THOUSANDTHS = 1000 };
	unsigned int exponent = 0;
	uint64_t whole;
	uint64_t rest;
	uint64_t tenths;

	for (whole = bytes >> STEP; whole > 0; whole >>= STEP)
		exponent += STEP;
	whole = bytes >> exponent;
	rest = bytes - (whole << exponent);
	/* Keep as many bits as the product has room for. */
	if (rest >= UINT64_MAX / THOUSANDTHS)
		tenths = ((rest >> STEP) * THOUSANDTHS) >> (exponent - STEP);
	else
		tenths = rest * THOUSANDTHS >> exponent;
	tenths = (tenths + 50) / 100;
	whole += tenths / 10;
	tenths %= 10;
	if (tenths == 0)
		return (size_t)snprintf(target, UNITS_TEXT_SIZE, "%llu%c",
		                        (unsigned long long)whole, suffixes[exponent / STEP]);
	return (size_t)snprintf(target, UNITS_TEXT_SIZE, "%llu%.8s%llu%c",
	                        (unsigned long long)whole, localeconv()->decimal_point,
	                        (unsigned long long)tenths, suffixes[exponent / STEP]);
}

size_t duration_human(char *target, uint64_t seconds)
{
	size_t unit = 1; /* start at days: weeks are accepted as input only */
	int length;

	while (unit < DURATION_UNITS - 1 && seconds < duration_units[unit].seconds)
		unit++;
	length = snprintf(target, UNITS_TEXT_SIZE, "%llu%c",
	                  (unsigned long long)(seconds / duration_units[unit].seconds),
	                  duration_units[unit].letter);
	seconds %= duration_units[unit].seconds;
	if (unit + 1 < DURATION_UNITS && seconds >= duration_units[unit + 1].seconds)
		length += snprintf(target + length, UNITS_TEXT_SIZE - (size_t)length, "%llu%c",
		                   (unsigned long long)(seconds / duration_units[unit + 1].seconds),
		                   duration_units[unit + 1].letter);
	return (size_t)length;
}

static void two_digits(char *target, int number)
{
	target[0] = (char)('0' + number / 10);
	target[1] = (char)('0' + number % 10);
}

static size_t local_time(char *target, time_t when, struct tm *tm)
{
	if (localtime_r(&when, tm) == NULL)
		return 0;
	return strftime(target, UNITS_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S%z", tm);
}

/*
 * localtime_r(3) costs more than the rest of a row. Within a minute only the seconds change, so the
 * other parts are cached from row to row.
 */
static size_t time_iso(char *target, time_t when)
{
	enum { MINUTE = 60, SECONDS_BEFORE_END = 7 };
	static bool kept_any;
	static time_t kept_minute;
	static char kept_text[UNITS_TEXT_SIZE];
	static size_t kept_length;
	static struct tm kept;
	/* Rounded down, even before 1970. */
	time_t minute = when / MINUTE - (when % MINUTE < 0);
	struct tm tm;

	if (!kept_any || minute != kept_minute) {
		kept_length = local_time(kept_text, minute * MINUTE, &kept);
		kept_minute = minute;
		kept_any = true;
	}
	/* Before time zones existed, clocks differed from UTC by any number of seconds. */
	if (kept_length == 0 || kept.tm_sec != 0) {
		size_t length = local_time(target, when, &tm);

		return length > 0
		           ? length
		           : (size_t)snprintf(target, UNITS_TEXT_SIZE, "%lld", (long long)when);
	}
	memcpy(target, kept_text, kept_length + 1);
	two_digits(target + kept_length - SECONDS_BEFORE_END, (int)(when - minute * MINUTE));
	return kept_length;
}

static size_t time_relative(char *target, time_t when, time_t now)
{
	char duration[UNITS_TEXT_SIZE];

	if (when > now) {
		duration_human(duration, (uint64_t)when - (uint64_t)now);
		return (size_t)snprintf(target, UNITS_TEXT_SIZE, "in %.40s", duration);
	}
	duration_human(duration, (uint64_t)now - (uint64_t)when);
	return (size_t)snprintf(target, UNITS_TEXT_SIZE, "%.40s ago", duration);
}

/*
 * Without the time of day if it is another day, and without the year if it is of the last half-year,
 * as ls(1) does. The names of months are those of the C locale: LC_TIME is not set.
 */
static size_t time_short(char *target, time_t when, time_t now)
{
	enum { HALF_YEAR = 31556952 / 2 };
	const char *format = "%Y-%m-%d";
	struct tm today;
	struct tm tm;

	if (localtime_r(&when, &tm) == NULL || localtime_r(&now, &today) == NULL)
		return time_iso(target, when);
	if (tm.tm_year == today.tm_year && tm.tm_yday == today.tm_yday)
		format = "%H:%M";
	else if (when < now && when > now - HALF_YEAR)
		format = "%b %e";
	return strftime(target, UNITS_TEXT_SIZE, format, &tm);
}

/* About 32 million years from 1970, in seconds. */
#define FARTHEST_TIME ((time_t)1000000000000000)

size_t time_text(char *target, time_t when, enum time_format format, time_t now)
{
	switch (format) {
	case TIME_UNIX:
		return (size_t)snprintf(target, UNITS_TEXT_SIZE, "%lld", (long long)when);
	case TIME_RELATIVE:
		return time_relative(target, when, now);
	case TIME_DEFAULT:
	case TIME_ISO:
	case TIME_SHORT:
		break;
	}
	/* A file's owner can set a time that no calendar covers. */
	if (when > FARTHEST_TIME || when < -FARTHEST_TIME)
		return time_text(target, when, TIME_UNIX, now);
	return format == TIME_SHORT ? time_short(target, when, now) : time_iso(target, when);
}

size_t time_ctime(char *target, time_t when)
{
	struct tm tm;
	size_t length = 0;

	/* The names of days and months are those of the C locale: LC_TIME is not set. */
	if (localtime_r(&when, &tm) != NULL)
		length = strftime(target, UNITS_TEXT_SIZE, "%a %b %e %H:%M:%S %Y", &tm);
	target[length] = '\0';
	return length;
}
