/*
 * make_bytes noise COUNT: writes COUNT bytes without a pattern to standard output.
 * make_bytes records COUNT: writes COUNT records to standard output, whose names have all lengths
 * up to 20 (then without a NUL), whose ages have one to four digits and sometimes a sign, and half
 * of whose scores have one decimal, the others all digits of a float.
 *
 * The same arguments always give the same bytes.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 16 };

/* The same as --record in tests/bench/bytes.bash. */
struct record {
	char name[20];
	short age;
	float score;
	char sex;
};

/* Marsaglia's xorshift64. */
static uint64_t next_random(void)
{
	static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static int write_noise(size_t count)
{
	static uint64_t piece[PIECE / sizeof(uint64_t)];

	while (count > 0) {
		size_t size = count < PIECE ? count : PIECE;

		for (size_t i = 0; i < PIECE / sizeof(uint64_t); i++)
			piece[i] = next_random();
		if (fwrite(piece, 1, size, stdout) != size)
			return -1;
		count -= size;
	}
	return 0;
}

static void fill_record(struct record *record)
{
	uint64_t random = next_random();
	size_t length = 1 + (size_t)(random % sizeof(record->name));

	memset(record, 0, sizeof(*record));
	for (size_t i = 0; i < length; i++)
		record->name[i] = (char)((i == 0 ? 'A' : 'a') + (int)(next_random() % 26));
	random = next_random();
	record->age = (short)(random % 16 == 0 ? random >> 48 : (random >> 8) % 100);
	random = next_random();
	if (random % 2 == 0)
		record->score = (float)((random >> 8) % 1000) / 10.0F;
	else
		record->score = (float)(random >> 40) / 65536.0F;
	record->sex = "fmx"[next_random() % 3];
}

static int write_records(size_t count)
{
	struct record record;

	for (size_t i = 0; i < count; i++) {
		fill_record(&record);
		if (fwrite(&record, sizeof(record), 1, stdout) != 1)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	size_t count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	int result = -1;

	if (argc == 3 && strcmp(argv[1], "noise") == 0)
		result = write_noise(count);
	else if (argc == 3 && strcmp(argv[1], "records") == 0)
		result = write_records(count);
	if (result == -1 || fflush(stdout) != 0) {
		perror("make_bytes");
		return 1;
	}
	return 0;
}
