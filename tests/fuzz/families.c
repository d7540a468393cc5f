/*
 * Files of families. Whatever is read is complete enough to match names; a family that is found has a
 * rule and a fate.
 */
#include "fuzz.h"

#include "usage/family_rules.h"

#include <string.h>

static void take(void *closure, const char *file, unsigned int line, const char *sentence)
{
	size_t *count = closure;

	(void)file;
	(void)line;
	fuzz_check(sentence[0] != '\0', "a problem has no sentence");
	++*count;
}

static void take_duplicate(void *closure, const struct family *family, const struct family *first)
{
	(void)closure;
	fuzz_check(strcmp(family->name, first->name) == 0, "'%s' is no duplicate of '%s'",
	           family->name, first->name);
}

static const char *const names[] = {
	"/a", "/sgl_shm_1_2_3f", "/sem.a", "0x0052e2c1", "/qb-1-2-x", "/a b", "/", "/\xff"
};

static void match_all(const struct families *families)
{
	for (unsigned int kind = 0; kind < FAMILY_KINDS; kind++) {
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			const struct family_subject subject = { .kind = kind,
				                                .text = names[i],
				                                .is_known = i % 2 == 0,
				                                .has_bytes = true,
				                                .bytes = 96,
				                                .mode = 0600 };
			struct family_match match = { .family = NULL };

			if (!family_match_subject(families, &subject, &match))
				continue;
			fuzz_check(match.family != NULL && match.rule != NULL,
			           "no rule matches '%s'", names[i]);
			(void)family_has_program(match.family, "postgres");
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t count = 0;
	const struct family_problems problems = { take, &count };
	struct families *families = families_new();
	FILE *stream = fuzz_stream(data, size);
	const int result = family_rules_read(stream, "a.conf", false, families, &problems);

	(void)fclose(stream);
	fuzz_check((result < 0) == (count > 0), "%zu problems, and the result is %d", count,
	           result);
	families_finish(families, take_duplicate, NULL);
	if (result == 0) {
		for (size_t i = 0; i < families_count(families); i++)
			fuzz_check(families_at(families, i)->fates != 0, "'%s' has no fate",
			           families_at(families, i)->name);
		match_all(families);
	}
	families_free(families);
	return 0;
}
