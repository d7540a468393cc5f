/* The catalogue of families: trusted and untrusted directories and files. */
#include "unit.h"

#include "usage/family_catalogue.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char base[64];

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *stream = fopen(path_of(name), "w");

	if (unit_check(stream != NULL, "%s cannot be made", name)) {
		fputs(text, stream);
		fclose(stream);
		(void)chmod(path_of(name), 0644);
	}
}

static void begin(void)
{
	char variable[256];

	snprintf(base, sizeof(base), "/tmp/families-XXXXXX");
	unit_check(mkdtemp(base) != NULL, "no directory");
	(void)mkdir(path_of("shipped"), 0755);
	(void)mkdir(path_of("local"), 0755);
	snprintf(variable, sizeof(variable), "%s/shipped:%s/local", base, base);
	(void)setenv(FAMILIES_VARIABLE, variable, 1);
	put("shipped/a.conf", "[a]\nmatch = pshm /a\nfate = keep\n");
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *place)
{
	(void)st;
	(void)type;
	(void)place;
	return remove(path);
}

static void end(void)
{
	enum { DESCRIPTORS = 8 };

	(void)unsetenv(FAMILIES_VARIABLE);
	unit_check(nftw(base, remove_entry, DESCRIPTORS, FTW_DEPTH | FTW_PHYS) == 0, "%s is left",
	           base);
}

/* Load it; the sentence must end so. */
static void expect(const char *row, int result, const char *ending)
{
	struct families *families = NULL;
	struct error error = { .text = "" };
	const int found = families_load(&families, &error);
	const size_t length = strlen(error.text);

	unit_check(found == result, "%s: %d, '%s'", row, found, error.text);
	unit_check((families != NULL) == (found == 0), "%s: families %p", row, (void *)families);
	unit_check(length >= strlen(ending) &&
	               strcmp(error.text + length - strlen(ending), ending) == 0,
	           "%s: found '%s', expected '...%s'", row, error.text, ending);
	families_free(families);
}

static void directories(void)
{
	begin();
	expect("one family", 0, "");
	(void)rmdir(path_of("local"));
	expect("none of this machine", 0, "");
	(void)unlink(path_of("shipped/a.conf"));
	expect("nothing shipped", -1, "/shipped: has no families (install shmtool again)");
	(void)rmdir(path_of("shipped"));
	expect("no catalogue", -1,
	       "/shipped: is missing: without the families, it is not known what to keep (make "
	       "install, or set SHMTOOL_FAMILIES)");
	put("shipped", "");
	expect("a file", -1, "/shipped: can't be read: Not a directory");
	end();
}

static void files(void)
{
	begin();
	put("local/b.conf", "");
	expect("an empty file", -1, "/local/b.conf: contains no family");
	put("local/b.conf", "[b]\nmatch = pshm /b\nfate = keep\n");
	expect("both", 0, "");
	put("local/b.conf", "[b]\nmatch = pshm /b\nfate = kep\n");
	expect("two problems", -1,
	       "/local/b.conf:3: unknown fate 'kep' (must be garbage, keep, with-maker, "
	       "with-program or together), and 1 more (shmtool families --check lists them)");
	put("local/b.conf", "[b]\nmatch = pshm /b\nfate = keep\n");
	put("local/c.conf", "[b]\nmatch = pshm /b\nfate = keep\n");
	expect("twice", -1, "/local/b.conf:1");
	(void)unlink(path_of("local/c.conf"));
	put("local/c.conf.dpkg-old", "nothing");
	put("local/.c.conf", "nothing");
	expect("other files", 0, "");
	(void)mkdir(path_of("local/d.conf"), 0755);
	expect("a directory", -1, "/local/d.conf: is not a regular file");
	(void)rmdir(path_of("local/d.conf"));
	(void)mkfifo(path_of("local/d.conf"), 0644);
	expect("a FIFO", -1, "/local/d.conf: is not a regular file");
	(void)unlink(path_of("local/d.conf"));
	unit_check(symlink("nowhere", path_of("local/d.conf")) == 0, "no link");
	expect("a link to nowhere", -1, "/local/d.conf: can't be read: No such file or directory");
	end();
}

static void rights(void)
{
	static const struct {
		const char *path;
		mode_t mode;
		int result;
	} rows[] = {
		{ "local/b.conf", 0644, 0 },    { "local/b.conf", 0646, -1 },
		{ "local/b.conf", 0664, -1 },   { "local/b.conf", 0600, 0 },
		{ "shipped/a.conf", 0666, -1 }, { "shipped/a.conf", 0644, 0 },
		{ "local", 0777, -1 },          { "local", 01777, -1 },
		{ "local", 0775, -1 },          { "local", 0755, 0 },
		{ "shipped", 0757, -1 },        { "shipped", 0755, 0 },
	};

	begin();
	put("local/b.conf", "[b]\nmatch = pshm /b\nfate = keep\n");
	for (size_t i = 0; i < UNIT_ROWS(rows); i++) {
		char ending[128];

		snprintf(ending, sizeof(ending),
		         "/%s: is not trusted: other users can write to it (chmod go-w)",
		         rows[i].path);
		(void)chmod(path_of(rows[i].path), rows[i].mode);
		expect(rows[i].path, rows[i].result, rows[i].result < 0 ? ending : "");
	}
	if (geteuid() == 0) {
		unit_check(chown(path_of("local/b.conf"), 65533, 65533) == 0, "no chown");
		expect("another owner's file", -1,
		       "/local/b.conf: is not trusted: it is owned by user 65533 (chown root)");
		unit_check(chown(path_of("local/b.conf"), 0, 65533) == 0, "no chown");
		expect("another group's file", 0, "");
		unit_check(chown(path_of("local"), 65533, 65533) == 0, "no chown");
		expect("another owner's directory", -1,
		       "/local: is not trusted: it is owned by user 65533 (chown root)");
	} else {
		(void)chmod(path_of("local/b.conf"), 0);
		expect("an unreadable file", -1, "/local/b.conf: can't be read: Permission denied");
	}
	end();
}

/* From a build tree, the catalogue is found beside the program. */
static void shipped(void)
{
	struct families *families = NULL;
	struct error error = { .text = "" };

	(void)unsetenv(FAMILIES_VARIABLE);
	if (!unit_check(families_load(&families, &error) == 0, "%s", error.text))
		return;
	unit_check(families_count(families) >= 40, "%zu families", families_count(families));
	for (size_t i = 0; i < families_count(families); i++) {
		const struct family *family = families_at(families, i);

		unit_check(family->is_local || family->description[0] != '\0',
		           "%s has no description", family->name);
		unit_check(family->is_local || family->source != NULL, "%s has no source",
		           family->name);
		unit_check(family->is_local || family->reason != NULL ||
		               !(family->fates & FATE_KEEP),
		           "%s has no reason", family->name);
	}
	families_free(families);
}

static const struct unit_test tests[] = {
	{ "the shipped families are valid, and name their sources", shipped },
	{ "a missing or empty catalogue is an error, missing local rules are not", directories },
	{ "files: empty, invalid, duplicate, of another type", files },
	{ "a file that other users can write is not trusted", rights },
};
UNIT_SUITE(family_catalogue_suite, "usage/family_catalogue", tests);
