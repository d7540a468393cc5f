/*
 * Floating-point numbers. A number as text gives the same bits again, and bits as text as well.
 */
#include "fuzz.h"

#include "records/real.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_nan(uint64_t bits, uint64_t size)
{
	float single;
	double number;
	const uint32_t word = (uint32_t)bits;

	if (size == sizeof(single)) {
		memcpy(&single, &word, sizeof(single));
		return isnan(single);
	}
	memcpy(&number, &bits, sizeof(number));
	return isnan(number);
}

static void check_bits(uint64_t bits, uint64_t size)
{
	char text[RECORD_REAL_TEXT_SIZE];
	uint64_t again = 0;
	bool is_finite;
	size_t length;

	if (size == sizeof(float))
		bits &= UINT32_MAX;
	length = record_real_show(bits, size, text, &is_finite);
	fuzz_check(length == strlen(text), "'%s' has another length", text);
	fuzz_check(record_real_parse(text, length, size, &again) == RECORD_REAL_READ,
	           "'%s' is not taken back", text);
	fuzz_check(again == bits || is_nan(bits, size), "'%s' is %" PRIx64 ", not %" PRIx64, text,
	           again, bits);
	fuzz_check(!is_finite || record_real_begins_decimal(text), "'%s' is finite", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t sizes[] = { sizeof(float), sizeof(double) };
	char *text = fuzz_text(data, size);

	for (size_t i = 0; i < 2; i++) {
		uint64_t bits = 0;

		if (record_real_parse(text, size, sizes[i], &bits) == RECORD_REAL_READ)
			check_bits(bits, sizes[i]);
		if (size >= sizeof(bits)) {
			memcpy(&bits, data, sizeof(bits));
			check_bits(bits, sizes[i]);
		}
	}
	if (size >= sizeof(long double)) {
		char shown[RECORD_REAL_TEXT_SIZE];
		bool is_finite;

		fuzz_check(record_real_show_long_double(data, shown, &is_finite) < sizeof(shown),
		           "a long double is too long");
	}
	free(text);
	return 0;
}
