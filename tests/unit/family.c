/* The rules of families: the syntax of a file, and the rule that applies to an object. */
#include "unit.h"

#include "usage/family.h"
#include "usage/family_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The problems of a text: "LINE: sentence" each, joined by newlines. */
struct found {
	char text[4096];
	size_t count;
};

static void take(void *closure, const char *file, unsigned int line, const char *sentence)
{
	struct found *found = closure;
	size_t length = strlen(found->text);

	(void)file;
	found->count++;
	snprintf(found->text + length, sizeof(found->text) - length, "%s%u: %s",
	         length > 0 ? "\n" : "", line, sentence);
}

static void take_duplicate(void *closure, const struct family *family, const struct family *first)
{
	char sentence[256];

	(void)first;
	snprintf(sentence, sizeof(sentence), "duplicate %s", family->name);
	take(closure, family->file, family->line, sentence);
}

/* Add the rules in a text to a catalogue. */
static void add(struct families *families, const char *text, size_t size, bool is_local,
                struct found *found)
{
	const struct family_problems problems = { take, found };
	FILE *stream =
	    size > 0 ? fmemopen((void *)(uintptr_t)text, size, "r") : fopen("/dev/null", "r");

	if (unit_check(stream != NULL, "no stream")) {
		(void)family_rules_read(stream, "a.conf", is_local, families, &problems);
		fclose(stream);
	}
}

static struct families *read_both(const char *shipped, const char *local, struct found *found)
{
	struct families *families = families_new();

	memset(found, 0, sizeof(*found));
	add(families, shipped, strlen(shipped), false, found);
	if (local != NULL)
		add(families, local, strlen(local), true, found);
	families_finish(families, take_duplicate, found);
	return families;
}

#define OK "[a]\nmatch = pshm /a\nfate = keep\n"

static const struct {
	const char *text;
	const char *problem; /* the begin of the first; "" for none */
	size_t count;
} files[] = {
	{ OK, "", 0 },
	{ "# comment\n; another\n\n" OK, "", 0 },
	{ "[a]\r\nmatch = pshm /a\r\nfate = keep\r\n", "", 0 },
	{ "[a]\nmatch = pshm /a\nfate = keep", "", 0 },
	{ "[a]\nmatch = pshm,psem /a\nfate = with-program together\nwith-program = x, y*\n", "",
	  0 },
	{ "[a]\nmatch = shm key=0x4e5450* mode=0600 owner=ntp bytes=96\nfate = garbage\n", "", 0 },
	{ "[a]\nmatch = sem nsems=1 owner=33\nfate = garbage\n", "", 0 },
	{ "[a]\nmatch = pshm /a\\ b bytes=1-2\nfate = garbage\n", "", 0 },
	{ "[a]\nmatch = dir /qb-{pid}-*\nmatch = huge /rtemap_{digits}\nfate = with-maker\n", "",
	  0 },
	{ "[a]\nmatch = pshm /a\nmaker = u32 at -36\nmagic = -40 fecaefbe\nfate = with-maker\n", "",
	  0 },
	{ "[a]\nmatch = pshm /a\nfate = keep\nreason = one\n  two\n", "", 0 },
	{ "", "0: contains no family", 1 },
	{ "\n# nothing\n", "0: contains no family", 1 },
	{ "[a]\n", "0: contains no family", 1 },
	{ "match = pshm /a\n", "1: 'match' precedes the first [family]", 1 },
	{ "[a]\nmatch pshm /a\nfate = keep\n", "1: family 'a' has no match", 2 },
	{ "[a\n" OK, "1: the line is neither [family] nor KEY = VALUE", 1 },
	{ "[a]\nfat = keep\nmatch = pshm /a\nfate = keep\n", "2: unknown key 'fat'", 1 },
	{ "[a]\nmatch =\nfate = keep\n", "2: 'match' has no value", 2 },
	{ "[a]\nfate = keep\n", "1: family 'a' has no match", 1 },
	{ "[a]\nmatch = pshm /a\n", "1: family 'a' has no fate", 1 },
	{ "[a]\nmatch = pshm /a\nfate = kept\n", "3: unknown fate 'kept'", 2 },
	{ "[a]\nmatch = pshm /a\nfate = keep garbage\n", "1: family 'a\': keep can't be combined",
	  1 },
	{ "[a]\nmatch = pshm /a\nfate = garbage\nfate = together\n",
	  "1: family 'a\': garbage can't be combined", 1 },
	{ "[a]\nmatch = pshm /a\nfate = with-program\n",
	  "1: family 'a\': with-program needs 'with-program = NAME,...'", 1 },
	{ "[a]\nmatch = pshm /a\nfate = with-maker\n", "1: family 'a\': with-maker needs {pid}",
	  1 },
	{ "[a]\nmatch = pshn /a\nfate = keep\n", "2: unknown kind 'pshn'", 1 },
	{ "[a]\nmatch = pshm, /a\nfate = keep\n", "2: unknown kind ''", 1 },
	{ "[a]\nmatch = pshm\nfate = keep\n", "2: match without a pattern", 1 },
	{ "[a]\nmatch = pshm a\nfate = keep\n", "2: 'a' is neither a pattern", 1 },
	{ "[a]\nmatch = pshm /a /b\nfate = keep\n", "2: second pattern '/b'", 1 },
	{ "[a]\nmatch = shm\nfate = keep\n", "2: match without a condition", 1 },
	{ "[a]\nmatch = shm /a\nfate = keep\n", "2: System V objects have no name", 1 },
	{ "[a]\nmatch = pshm /a key=0x1\nfate = keep\n", "2: unknown condition 'key'", 1 },
	{ "[a]\nmatch = pshm /a nsems=1\nfate = keep\n", "2: unknown condition 'nsems'", 1 },
	{ "[a]\nmatch = pshm /a size=1\nfate = keep\n", "2: unknown condition 'size'", 1 },
	{ "[a]\nmatch = pshm /a bytes=2-1\nfate = keep\n", "2: invalid value of bytes: '2-1'", 1 },
	{ "[a]\nmatch = pshm /a bytes=1K\nfate = keep\n", "2: invalid value of bytes: '1K'", 1 },
	{ "[a]\nmatch = pshm /a mode=0999\nfate = keep\n", "2: invalid value of mode: '0999'", 1 },
	{ "[a]\nmatch = pshm /a mode=17777\nfate = keep\n", "2: invalid value of mode", 1 },
	{ "[a]\nmatch = pshm /a owner=\nfate = keep\n", "2: invalid value of owner: ''", 1 },
	{ "[a]\nmatch = pshm /a*{pid}\nfate = keep\n",
	  "2: pattern '/a*{pid}': the beginning or end of {pid}", 1 },
	{ OK "magic = 0\n", "4: magic is not OFFSET BYTES", 1 },
	{ OK "magic = x 00\n", "4: magic is not OFFSET BYTES", 1 },
	{ OK "magic = 0 0\n", "4: magic is not OFFSET BYTES", 1 },
	{ OK "magic = 0 0g\n", "4: magic is not OFFSET BYTES", 1 },
	{ OK "magic = 9223372036854775808 00\n", "4: magic is not OFFSET BYTES", 1 },
	{ OK "maker = u16 at 0\n", "4: maker is not TYPE at OFFSET", 1 },
	{ OK "maker = u32 on 0\n", "4: maker is not TYPE at OFFSET", 1 },
	{ OK "maker = u32 at\n", "4: maker is not TYPE at OFFSET", 1 },
	{ OK "maker = u32 at 0 0\n", "4: maker is not TYPE at OFFSET", 1 },
	{ "[A]\nmatch = pshm /a\nfate = keep\n", "1: 'A' is not a valid name of a family", 1 },
	{ "[-]\nmatch = pshm /a\nfate = keep\n", "1: '-' is not a valid name of a family", 1 },
	{ "[a b]\nmatch = pshm /a\nfate = keep\n", "1: 'a b' is not a valid name of a family", 1 },
	{ "[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\nmatch = pshm "
	  "/a\nfate = keep\n",
	  "1: 'aaaaaaaa", 1 },
	{ OK "[b]\nmatch = pshm /b\nfate = keep\n" OK, "7: duplicate a", 1 },
	{ OK OK, "4: duplicate a", 1 },
};

static void check_files(void)
{
	for (size_t i = 0; i < UNIT_ROWS(files); i++) {
		struct found found;
		struct families *families = read_both(files[i].text, NULL, &found);

		unit_check_number(files[i].text, found.count, files[i].count);
		unit_check(strncmp(found.text, files[i].problem, strlen(files[i].problem)) == 0,
		           "'%s': found '%s', expected '%s'", files[i].text, found.text,
		           files[i].problem);
		families_free(families);
	}
}

static void odd_lines(void)
{
	static const char nul[] = "[a]\nmatch = pshm /a\0b\nfate = keep\n";
	struct families *families = families_new();
	struct found found = { .count = 0 };
	char line[600];

	add(families, nul, sizeof(nul) - 1, false, &found);
	unit_check(strncmp(found.text, "2: the line has a NUL byte", 26) == 0, "%s", found.text);
	families_free(families);

	for (int length = FAMILY_LINE_MAX - 12; length <= 500; length++) {
		const bool fits = length + 12 <= FAMILY_LINE_MAX;

		snprintf(line, sizeof(line),
		         "[a]\nmatch = pshm /a\nfate = keep\ndescription=%0*d\n", length, 0);
		families = families_new();
		memset(&found, 0, sizeof(found));
		add(families, line, strlen(line), false, &found);
		unit_check(fits == (found.count == 0), "%d bytes: %s", length, found.text);
		if (!fits)
			unit_check(
			    strncmp(found.text, "4: the line is longer than 190 bytes", 36) == 0,
			    "%d bytes: %s", length, found.text);
		families_free(families);
	}
}

/* 100,000 families, and a text that goes on for ever. */
static void huge_files(void)
{
	enum { COUNT = 100000 };
	struct family_match match;
	struct found found = { .count = 0 };
	struct families *families = families_new();
	struct shm_object object = { .kind = KIND_PSHM, .name = "/p99999-1" };
	char *text = malloc(COUNT * 64U);
	char *end = text;

	for (int i = 0; i < COUNT; i++)
		end += sprintf(end, "[f%d]\nmatch = pshm /p%d-{pid}\nfate = with-maker\n", i, i);
	add(families, text, (size_t)(end - text), false, &found);
	families_finish(families, take_duplicate, &found);
	unit_check(found.count == 0, "%s", found.text);
	unit_check_number("families", families_count(families), COUNT);
	if (unit_check(family_match(families, &object, &match), "no match"))
		unit_check_text("match", match.family->name, "f99999");
	families_free(families);

	end = stpcpy(text, OK "reason = x\n");
	for (int i = 0; i < COUNT; i++)
		end = stpcpy(end, " go on\n");
	families = families_new();
	memset(&found, 0, sizeof(found));
	add(families, text, (size_t)(end - text), false, &found);
	unit_check(strncmp(found.text, "171: the text is longer than 1000 bytes", 39) == 0, "%.60s",
	           found.text);
	families_free(families);
	free(text);
}

static const char shipped[] = "[podman]\n"
			      "match = pshm /libpod_lock\n"
			      "fate = keep\n"
			      "[zeta]\n"
			      "match = pshm /libpod_*\n"
			      "match = shm key=0x4e5450{instance:hex:2}\n"
			      "fate = garbage\n"
			      "[loky]\n"
			      "match = psem /loky-{pid}-{word:8}\n"
			      "fate = with-maker\n"
			      "[apr]\n"
			      "match = sem key=0x00000000 nsems=1 mode=0600 owner=33\n"
			      "fate = garbage\n"
			      "[queue]\n"
			      "match = pmsg /q{digits} bytes=10-20\n"
			      "fate = garbage\n"
			      "[edge]\n"
			      "match = pshm /edge{blanks}{digits}{blanks}\n"
			      "match = pshm /rim{blanks}-*\n"
			      "match = pshm /lip{digits:1}-{blanks}\n"
			      "fate = garbage\n"
			      "[dirs]\n"
			      "match = dir /d*\n"
			      "fate = garbage\n";

static const char local[] = "[mine]\n"
			    "match = pshm /libpod_other\n"
			    "fate = keep\n"
			    "[wide]\n"
			    "match = pshm /*\n"
			    "fate = garbage\n"
			    "[loky]\n"
			    "match = psem /loky-{pid}-*\n"
			    "fate = keep\n";

static const struct {
	struct shm_object object;
	const char *alone;      /* the family by the shipped rules, "" for none */
	const char *with_local; /* by both */
	int maker;
	const char *instance;
} objects[] = {
	{ { .kind = KIND_PSHM, .name = "/libpod_lock" }, "podman", "podman", 0, "" },
	{ { .kind = KIND_PSEM, .name = "/libpod_lock" }, "", "", 0, "" },
	{ { .kind = KIND_PSHM, .name = "/libpod_lock2" }, "zeta", "zeta", 0, "" },
	{ { .kind = KIND_PSHM, .name = "/libpod_other" }, "zeta", "mine", 0, "" },
	{ { .kind = KIND_PSHM, .name = "/libpod" }, "", "wide", 0, "" },
	{ { .kind = KIND_PSHM, .name = "/" }, "", "wide", 0, "" },
	{ { .kind = KIND_PSHM, .name = "/zzz" }, "", "wide", 0, "" },
	{ { .kind = KIND_PSHM, .name = "/edge1" }, "edge", "edge", 0, "" },
	{ { .kind = KIND_PSHM, .name = "/edge 1 " }, "edge", "edge", 0, "" },
	{ { .kind = KIND_PSHM, .name = "/edge" }, "", "wide", 0, "" },
	{ { .kind = KIND_PSHM, .name = "/rim-" }, "edge", "edge", 0, "" },
	{ { .kind = KIND_PSHM, .name = "/rim -x" }, "edge", "edge", 0, "" },
	{ { .kind = KIND_PSHM, .name = "/rim" }, "", "wide", 0, "" },
	{ { .kind = KIND_PSHM, .name = "/lip1-" }, "edge", "edge", 0, "" },
	{ { .kind = KIND_PSHM, .name = "/lip1- " }, "edge", "edge", 0, "" },
	{ { .kind = KIND_PSEM, .name = "/loky-42-abcdefgh" }, "loky", "loky", 42, "42" },
	{ { .kind = KIND_PSEM, .name = "/loky-42-abc" }, "", "loky", 42, "42" },
	{ { .kind = KIND_SHM, .key = 0x4e545031 }, "zeta", "zeta", 0, "31" },
	{ { .kind = KIND_MSG, .key = 0x4e545031 }, "", "", 0, "" },
	{ { .kind = KIND_SHM, .key = 0x4e545131 }, "", "", 0, "" },
	{ { .kind = KIND_SEM, .uid = 33, .mode = 0600, .semaphores = 1 }, "apr", "apr", 0, "" },
	{ { .kind = KIND_SEM, .uid = 34, .mode = 0600, .semaphores = 1 }, "", "", 0, "" },
	{ { .kind = KIND_SEM, .uid = 33, .mode = 0644, .semaphores = 1 }, "", "", 0, "" },
	{ { .kind = KIND_SEM, .uid = 33, .mode = 0600, .semaphores = 2 }, "", "", 0, "" },
	{ { .kind = KIND_SEM, .uid = 33, .mode = 0600, .semaphores = 1, .key = 1 }, "", "", 0, "" },
	{ { .kind = KIND_PMSG, .name = "/q1", .bytes = 10, .known = KNOWN_MESSAGES },
	  "queue",
	  "queue",
	  0,
	  "" },
	{ { .kind = KIND_PMSG, .name = "/q1", .bytes = 21, .known = KNOWN_MESSAGES },
	  "",
	  "",
	  0,
	  "" },
	{ { .kind = KIND_PMSG, .name = "/q1", .bytes = 10 }, "", "", 0, "" },
};

static void find(void)
{
	struct found found;
	struct families *alone = read_both(shipped, NULL, &found);
	struct families *both;
	struct family_match match;

	unit_check(found.count == 0, "%s", found.text);
	both = read_both(shipped, local, &found);
	unit_check(found.count == 0, "%s", found.text);
	unit_check_number("families", families_count(both), 9);
	for (size_t i = 0; i < UNIT_ROWS(objects); i++) {
		const struct shm_object *object = &objects[i].object;
		char row[64];

		snprintf(row, sizeof(row), "row %zu", i);
		(void)family_match(alone, object, &match);
		unit_check_text(row, match.family != NULL ? match.family->name : "",
		                objects[i].alone);
		(void)family_match(both, object, &match);
		unit_check_text(row, match.family != NULL ? match.family->name : "",
		                objects[i].with_local);
		unit_check_text(row, match.instance, objects[i].instance);
		unit_check_number(row, (unsigned int)match.maker, (unsigned int)objects[i].maker);
		unit_check(match.maker_source ==
		               (objects[i].maker > 0 ? MAKER_OF_NAME : MAKER_UNKNOWN),
		           "%s: source %d", row, (int)match.maker_source);
	}
	unit_check(!family_match(NULL, &objects[0].object, &match) && match.family == NULL,
	           "a family without a catalogue");
	unit_check(family_match_subject(
		       both, &(struct family_subject){ .kind = FAMILY_DIR, .text = "/d1" }, &match),
	           "no directory");
	families_free(alone);
	families_free(both);
}

/* What only content shows is in favour of keeping, as is a covered name. */
static void assumed(void)
{
	static const char rules[] = "[keeper]\nmatch = pshm /k\nmagic = 0 00\nfate = keep\n"
				    "[waste]\nmatch = pshm /w\nmagic = 0 00\nfate = garbage\n"
				    "[big]\nmatch = pshm /b bytes=5\nfate = keep\n"
				    "[small]\nmatch = pshm /s bytes=5\nfate = garbage\n";
	static const struct {
		const char *name;
		unsigned int known;
		const char *family;
		bool is_assumed;
	} rows[] = {
		{ "/k", KNOWN_COVERED, "keeper", true },
		{ "/w", KNOWN_COVERED, "", false },
		{ "/b", KNOWN_COVERED, "big", true },
		{ "/s", KNOWN_COVERED, "", false },
		{ "/k", 0, "keeper", true },
		{ "/w", 0, "", false },
		{ "/b", 0, "", false },
	};
	struct found found;
	struct families *families = read_both(rules, NULL, &found);

	for (size_t i = 0; i < UNIT_ROWS(rows); i++) {
		/* In another place nothing is read. */
		const struct shm_object object = {
			.kind = KIND_PSHM, .name = rows[i].name, .known = rows[i].known, .place = 1
		};
		struct family_match match;

		(void)family_match(families, &object, &match);
		unit_check_text(rows[i].name, match.family != NULL ? match.family->name : "",
		                rows[i].family);
		unit_check(match.is_assumed == rows[i].is_assumed, "row %zu: assumed %d", i,
		           match.is_assumed);
	}
	families_free(families);
}

static void programs(void)
{
	static const struct {
		const char *command;
		bool is_one;
	} rows[] = {
		{ "postgres", true },        { "postgre", false },        { "python3.11", true },
		{ "a-long-command-", true }, { "a-long-command", false },
	};
	struct found found;
	struct families *families =
	    read_both("[a]\nmatch = pshm /a\nwith-program = postgres,python3*\n"
	              "with-program = a-long-command-name\n",
	              NULL, &found);

	for (size_t i = 0; i < UNIT_ROWS(rows); i++)
		unit_check(family_has_program(families_at(families, 0), rows[i].command) ==
		               rows[i].is_one,
		           "%s", rows[i].command);
	families_free(families);
}

/* Whatever bytes a file has, reading ends and nothing else is harmed. */
static void fuzz(void)
{
	unsigned int state = 1;
	char text[sizeof(shipped)];

	for (int round = 0; round < 3000; round++) {
		struct families *families = families_new();
		struct found found = { .count = 0 };

		memcpy(text, shipped, sizeof(text));
		for (int i = 0; i < 4; i++) {
			state = state * 1103515245U + 12345U;
			text[(state >> 8) % (sizeof(text) - 1)] = (char)(state >> 24);
		}
		add(families, text, sizeof(text) - 1, false, &found);
		families_finish(families, take_duplicate, &found);
		for (size_t i = 0; i < UNIT_ROWS(objects); i++) {
			struct family_match match;

			(void)family_match(families, &objects[i].object, &match);
		}
		families_free(families);
	}
	unit_check(true, "ended");
}

/* Shipped families without a match for the kinds are skipped, whatever is wrong with them. */
static void narrowed(void)
{
	static const char text[] = "# shm\n"
				   "[broken]\n"
				   "match = pshm /shm\n"
				   "; match = shm\n"
				   "nonsense\n"
				   "[kept]\n"
				   "description = x\n"
				   "match = sem nsems=7\n"
				   " pshm,shm,sem owner=7\n"
				   "fate = kep\n"
				   "[pshm-only]\n"
				   "match = pshm /a\n"
				   "[last]\n"
				   "match = msg,shm key=0x00000001";
	static const char replacing[] = "[last]\nmatch = pshm /b\nfate = keep\n";
	const struct shm_object object = { .kind = KIND_SHM, .key = 1 };
	struct families *families = families_new();
	struct found found = { .count = 0 };
	struct family_match match;

	families_narrow(families, KIND_BIT(KIND_SHM));
	add(families, text, sizeof(text) - 1, false, &found);
	unit_check_text("problems", found.text,
	                "9: match without a pattern, such as '/name_*'\n"
	                "10: unknown fate 'kep' (must be garbage, keep, with-maker, with-program "
	                "or together)\n"
	                "6: family 'kept' has no fate\n"
	                "13: family 'last' has no fate");
	add(families, "[none]\nmatch = pshm /a\n", 23, false, &found);
	families_finish(families, take_duplicate, &found);
	unit_check_number("families", families_count(families), 2);
	unit_check(family_match(families, &object, &match) &&
	               strcmp(match.family->name, "last") == 0,
	           "no match");
	families_free(families);

	/* Local ones are all read: they may replace shipped ones. */
	families = families_new();
	memset(&found, 0, sizeof(found));
	families_narrow(families, KIND_BIT(KIND_SHM));
	add(families, "[last]\nmatch = shm key=0x00000001\nfate = keep\n", 46, false, &found);
	add(families, replacing, sizeof(replacing) - 1, true, &found);
	families_finish(families, take_duplicate, &found);
	unit_check_text("problems", found.text, "");
	unit_check(!family_match(families, &object, &match), "the replaced family matches");
	families_free(families);
}

static const struct unit_test tests[] = {
	{ "files: errors are reported with their lines", check_files },
	{ "files: a NUL byte and a long line are errors", odd_lines },
	{ "files: 100,000 families are read and searched, and an endless text is rejected",
	  huge_files },
	{ "the first match applies: local families that keep, shipped ones, other local ones",
	  find },
	{ "unknown facts favour keeping", assumed },
	{ "programs are found by name, even if the kernel truncates it", programs },
	{ "a part of the catalogue: only families with a match for some kinds", narrowed },
	{ "files with arbitrary bytes do no harm", fuzz },
};
UNIT_SUITE(family_suite, "usage/family", tests);
