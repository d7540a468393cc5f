#include "unit.h"

#include "objects/posix.h"
#include "objects/ref.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *word;
	enum ref_scope scope;
	enum ref_kind kind;
	enum object_kind object;
	long long number; /* the id, key or descriptor */
	const char *name; /* the file or path */
	const char *text; /* the canonical form; NULL: not checked */
} refs[] = {
	{ "0", REF_OBJECT, REF_ID, KIND_SHM, 0, NULL, "id:0" },
	{ "123", REF_OBJECT, REF_ID, KIND_SHM, 123, NULL, "id:123" },
	{ "id:123", REF_OBJECT, REF_ID, KIND_SHM, 123, NULL, "id:123" },
	{ "00123", REF_OBJECT, REF_ID, KIND_SHM, 123, NULL, "id:123" },
	{ "2147483647", REF_OBJECT, REF_ID, KIND_SHM, INT_MAX, NULL, "id:2147483647" },
	{ "0x2a", REF_OBJECT, REF_KEY, KIND_SHM, 42, NULL, "key:0x0000002a" },
	{ "0X2A", REF_OBJECT, REF_KEY, KIND_SHM, 42, NULL, "key:0x0000002a" },
	{ "0x0000002a", REF_OBJECT, REF_KEY, KIND_SHM, 42, NULL, "key:0x0000002a" },
	{ "key:42", REF_OBJECT, REF_KEY, KIND_SHM, 42, NULL, "key:0x0000002a" },
	{ "key:0x2a", REF_OBJECT, REF_KEY, KIND_SHM, 42, NULL, "key:0x0000002a" },
	{ "key:-1", REF_OBJECT, REF_KEY, KIND_SHM, -1, NULL, "key:0xffffffff" },
	{ "0xffffffff", REF_OBJECT, REF_KEY, KIND_SHM, -1, NULL, "key:0xffffffff" },
	{ "key:4294967295", REF_OBJECT, REF_KEY, KIND_SHM, -1, NULL, "key:0xffffffff" },
	{ "key:1234", REF_OBJECT, REF_KEY, KIND_SHM, 1234, NULL, "key:0x000004d2" },
	{ "0xdeadbeef", REF_OBJECT, REF_KEY, KIND_SHM, 0xdeadbeef, NULL, "key:0xdeadbeef" },
	{ "key:0xdeadbeef", REF_OBJECT, REF_KEY, KIND_SHM, 0xdeadbeef, NULL, NULL },
	{ "key:3735928559", REF_OBJECT, REF_KEY, KIND_SHM, 0xdeadbeef, NULL, NULL },
	{ "key:-2147483648", REF_OBJECT, REF_KEY, KIND_SHM, INT_MIN, NULL, "key:0x80000000" },
	{ "/a", REF_OBJECT, REF_POSIX, KIND_PSHM, 0, "a", "/a" },
	{ "posix:a", REF_OBJECT, REF_POSIX, KIND_PSHM, 0, "a", "/a" },
	{ "posix:/a", REF_OBJECT, REF_POSIX, KIND_PSHM, 0, "a", "/a" },
	{ "posix:12", REF_OBJECT, REF_POSIX, KIND_PSHM, 0, "12", "/12" },
	{ "/dev/shm/a", REF_OBJECT, REF_POSIX, KIND_PSHM, 0, "a", "/a" },
	{ "/dev/shm/sem.a", REF_OBJECT, REF_POSIX, KIND_PSEM, 0, "sem.a", "psem:/a" },
	{ "/sem.a", REF_OBJECT, REF_POSIX, KIND_PSEM, 0, "sem.a", "psem:/a" },
	{ "/sem.", REF_OBJECT, REF_POSIX, KIND_PSHM, 0, "sem.", "/sem." },
	{ "psem:/a", REF_OBJECT, REF_POSIX, KIND_PSEM, 0, "sem.a", "psem:/a" },
	{ "psem:a", REF_OBJECT, REF_POSIX, KIND_PSEM, 0, "sem.a", "psem:/a" },
	{ "/new\\012line", REF_OBJECT, REF_POSIX, KIND_PSHM, 0, "new\nline", NULL },
	{ "/back\\134slash", REF_OBJECT, REF_POSIX, KIND_PSHM, 0, "back\\slash", NULL },
	{ "/...", REF_OBJECT, REF_POSIX, KIND_PSHM, 0, "...", "/..." },
	{ "/größe日本", REF_OBJECT, REF_POSIX, KIND_PSHM, 0, "größe日本", "/größe日本" },
	{ "msg:5", REF_OBJECT, REF_ID, KIND_MSG, 5, NULL, "msg:5" },
	{ "msg:0x2a", REF_OBJECT, REF_KEY, KIND_MSG, 42, NULL, NULL },
	{ "sem:5", REF_OBJECT, REF_ID, KIND_SEM, 5, NULL, "sem:5" },
	{ "sem:0x2a", REF_OBJECT, REF_KEY, KIND_SEM, 42, NULL, NULL },
	{ "pmsg:/q", REF_OBJECT, REF_POSIX, KIND_PMSG, 0, "q", "pmsg:/q" },
	{ "file:a", REF_MEMORY, REF_FILE, KIND_PSHM, 0, "a", NULL },
	{ "./a", REF_MEMORY, REF_FILE, KIND_PSHM, 0, "./a", NULL },
	{ "a/b", REF_MEMORY, REF_FILE, KIND_PSHM, 0, "a/b", NULL },
	{ "/a/b", REF_MEMORY, REF_FILE, KIND_PSHM, 0, "/a/b", NULL },
	{ "file:/dev/shm/a", REF_MEMORY, REF_FILE, KIND_PSHM, 0, "/dev/shm/a", NULL },
	{ "pid:42:fd:7", REF_MEMORY, REF_FD, KIND_SHM, 7, NULL, "pid:42:fd:7" },
};

/*
 * Words that are not a REF, for a command that accepts all objects and for one that accepts memory.
 */
static const char *const no_refs[] = {
	"",
	"x",
	"0x",
	"0xg",
	"key:",
	"key:x",
	"key:0",
	"0x0",
	"key:0x0",
	"id:",
	"id:x",
	"id:-1",
	"-5",
	"2147483648",
	"99999999999999999999",
	"key:-2147483649",
	"key:99999999999999999999",
	"12x",
	"1 2",
	"/",
	"/.",
	"/..",
	"posix:",
	"posix:/",
	"posix:a/b",
	"psem:",
	"psem:/",
	"psem:a/b",
	"ftok:",
	"unknown:1",
	"/a\\000b",
	"pid:",
	"pid:1",
	"pid:1:fd:",
	"pid:x:fd:1",
	"pid:1:fd:x",
	"pid:-1:fd:1",
	"file:",
	"abc",
	"0xyz",
	"key:abc",
	"0x2a2a2a2a2a",
	"key:4294967296",
	"id:abc",
	"12abc",
	"id:1.5",
	"id: 1",
	"-1",
	"id:2147483648",
	"0x00000000",
	"posix:.",
	"posix:..",
	"12,13",
	"12:1",
	"1.5",
	"pid:1:fd:-1",
	"pid:0:fd:1",
	"pid:1:2",
	"msg:",
	"msg:x",
	"msg:/name",
	"msg:-1",
	"msg:99999999999",
	"msg:0x",
	"msg:key:",
	"msg:key:0",
	"msg:sem:1",
	"sem:",
	"sem:x",
	"sem:/name",
	"sem:-1",
	"sem:99999999999",
	"sem:0x",
	"sem:key:",
	"sem:msg:1",
	"pmsg:",
	"pmsg:/",
	"pmsg:/a/b",
	"pmsg:/.",
	"pmsg:/a\\b",
};

static void parses_refs(void)
{
	for (size_t i = 0; i < UNIT_ROWS(refs); i++) {
		struct error error = { .text = "" };
		struct ref ref;

		if (!unit_check(ref_parse(refs[i].word, refs[i].scope, &ref, &error) == 0,
		                "'%s' is rejected: %s", refs[i].word, error.text))
			continue;
		unit_check_number(refs[i].word, ref.kind, refs[i].kind);
		if (ref.kind == REF_ID || ref.kind == REF_KEY || ref.kind == REF_POSIX)
			unit_check_number(refs[i].word, ref.object, refs[i].object);
		if (ref.kind == REF_ID)
			unit_check_number(refs[i].word, (unsigned int)ref.id,
			                  (unsigned int)refs[i].number);
		if (ref.kind == REF_KEY)
			unit_check_number(refs[i].word, (unsigned int)ref.key,
			                  (unsigned int)refs[i].number);
		if (ref.kind == REF_FD)
			unit_check_number(refs[i].word, (unsigned int)ref.fd,
			                  (unsigned int)refs[i].number);
		if (ref.kind == REF_POSIX)
			unit_check_text(refs[i].word, ref.file, refs[i].name);
		if (ref.kind == REF_FILE)
			unit_check_text(refs[i].word, ref.path, refs[i].name);
		if (refs[i].text != NULL)
			unit_check_text(refs[i].word, ref.text, refs[i].text);
	}
}

static void refuses_what_is_no_ref(void)
{
	static const enum ref_scope scopes[] = { REF_OBJECT, REF_OBJECT, REF_MEMORY };

	for (size_t i = 0; i < UNIT_ROWS(no_refs); i++) {
		for (size_t s = 0; s < UNIT_ROWS(scopes); s++) {
			struct error error = { .text = "" };
			struct ref ref;

			unit_check(ref_parse(no_refs[i], scopes[s], &ref, &error) < 0,
			           "'%s' is accepted (scope %zu)", no_refs[i], s);
			unit_check(error.text[0] != '\0', "'%s': no message", no_refs[i]);
		}
	}
}

static void limits_the_length_of_names(void)
{
	char word[NAME_MAX + 8] = "/";
	struct error error;
	struct ref ref;

	memset(word + 1, 'x', NAME_MAX);
	unit_check(ref_parse(word, REF_OBJECT, &ref, &error) == 0, "255 bytes are rejected");
	word[NAME_MAX + 1] = 'x';
	word[NAME_MAX + 2] = '\0';
	unit_check(ref_parse(word, REF_OBJECT, &ref, &error) < 0, "256 bytes are accepted");
	snprintf(word, sizeof(word), "psem:/%0251d", 0);
	unit_check(ref_parse(word, REF_OBJECT, &ref, &error) == 0,
	           "251 bytes of a semaphore are rejected");
	snprintf(word, sizeof(word), "psem:/%0252d", 0);
	unit_check(ref_parse(word, REF_OBJECT, &ref, &error) < 0,
	           "252 bytes of a semaphore are accepted");
}

static void keeps_to_the_scope(void)
{
	static const char *const objects_only[] = { "msg:5", "sem:5", "pmsg:/q" };
	static const char *const memory_only[] = { "/dev/shm/..", "pid:1:fd:2" };
	struct error error;
	struct ref ref;

	for (size_t i = 0; i < UNIT_ROWS(objects_only); i++)
		unit_check(ref_parse(objects_only[i], REF_MEMORY, &ref, &error) < 0,
		           "'%s' is accepted as memory", objects_only[i]);
	for (size_t i = 0; i < UNIT_ROWS(memory_only); i++)
		unit_check(ref_parse(memory_only[i], REF_OBJECT, &ref, &error) < 0,
		           "'%s' is accepted as a listed object", memory_only[i]);
}

/* Names for create --posix: with or without the leading slash. */
static void checks_names(void)
{
	static const char *const good[] = { "a", "/a", "...", "/with blanks" };
	static const char *const bad[] = { "",    "/",  ".",   "..",  "/.",
		                           "/..", "a/", "//a", "a/b", "/a/b" };
	char file[POSIX_FILE_SIZE];
	struct error error;

	for (size_t i = 0; i < UNIT_ROWS(good); i++)
		unit_check(posix_file_name(KIND_PSHM, good[i], file, &error) == 0,
		           "'%s' is rejected", good[i]);
	for (size_t i = 0; i < UNIT_ROWS(bad); i++)
		unit_check(posix_file_name(KIND_PSHM, bad[i], file, &error) < 0, "'%s' is accepted",
		           bad[i]);
}

static const struct unit_test tests[] = {
	{ "every form is parsed and has one canonical text", parses_refs },
	{ "invalid REFs are rejected with a message", refuses_what_is_no_ref },
	{ "names have at most 255 bytes, those of semaphores 251", limits_the_length_of_names },
	{ "names of POSIX objects have no slash but a leading one", checks_names },
	{ "a form of another kind is rejected", keeps_to_the_scope },
};

UNIT_SUITE(ref_suite, "REF", tests);
