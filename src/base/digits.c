#include "base/digits.h"

size_t digits_count(uint64_t number)
{
	unsigned int digits = 1;

	for (; number >= 10000; number /= 10000)
		digits += 4;
	return digits + (number >= 10) + (number >= 100) + (number >= 1000);
}

size_t digits_decimal(char *target, uint64_t number)
{
	size_t digits = digits_count(number);

	for (size_t i = digits; i > 0; i--) {
		target[i - 1] = (char)('0' + number % 10);
		number /= 10;
	}
	return digits;
}

size_t digits_octal(char *target, uint64_t number)
{
	size_t digits = 1;

	for (uint64_t rest = number >> 3; rest > 0; rest >>= 3)
		digits++;
	for (size_t i = digits; i > 0; i--) {
		target[i - 1] = (char)('0' + (number & 7));
		number >>= 3;
	}
	return digits;
}

size_t digits_key(char *target, uint32_t key)
{
	target[0] = '0';
	target[1] = 'x';
	for (size_t i = KEY_WIDTH; i > 2; i--) {
		target[i - 1] = "0123456789abcdef"[key & 15];
		key >>= 4;
	}
	return KEY_WIDTH;
}
