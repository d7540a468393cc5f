#include "commands/families/rows.h"

#include "base/memory.h"
#include "objects/kind.h"
#include "objects/posix_queue.h"
#include "objects/unlisted.h"
#include "usage/choose.h"
#include "usage/verdict.h"

#include <stdlib.h>
#include <string.h>

/*
 * Columns
 */

#define FAMILY(type, member)                                                                       \
	.field = FIELD_BEHIND(type, struct family_row, family, struct family, member)
#define ROW(type, member) .field = FIELD(type, struct family_row, member)

static void get_unused(const void *row, struct value *value)
{
	const struct family_row *family = row;

	if (family->has_unused)
		value_set_number(value, family->unused);
	else
		value_set_unknown(value);
}

static const struct column columns[] = {
	{ "family", "name", COLUMN_TEXT, ALIGN_LEFT, FAMILY(FIELD_TEXT, name),
	  .importance = IMPORTANCE_NEEDED },
	{ "fate", "fate of its unused objects", COLUMN_TEXT, ALIGN_LEFT, FAMILY(FIELD_TEXT, fate) },
	{ "objects", "objects on this machine", COLUMN_NUMBER, ALIGN_RIGHT,
	  ROW(FIELD_UNSIGNED, objects), .needs = NEED_OBJECTS, .importance = IMPORTANCE_HIGH },
	{ "bytes", "total size of these objects", COLUMN_SIZE, ALIGN_RIGHT,
	  ROW(FIELD_UNSIGNED, bytes), .needs = NEED_OBJECTS, .alias = "size" },
	{ "unused", "objects not attached, mapped or held open by any process", COLUMN_NUMBER,
	  ALIGN_RIGHT, .value = get_unused, .needs = NEED_OBJECTS | NEED_USERS,
	  .importance = IMPORTANCE_HIGH },
	{ "description", "program and purpose", COLUMN_TEXT, ALIGN_LEFT,
	  FAMILY(FIELD_TEXT, description), .importance = IMPORTANCE_LOW },
	{ "programs", "programs that keep unused objects while they run", COLUMN_TEXT, ALIGN_LEFT,
	  ROW(FIELD_TEXT, programs) },
	{ "reason", "reason for the fate", COLUMN_TEXT, ALIGN_LEFT, FAMILY(FIELD_TEXT, reason) },
	{ "cleaner", "command that cleans up after the program", COLUMN_TEXT, ALIGN_LEFT,
	  FAMILY(FIELD_TEXT, cleaner) },
	{ "match", "rules", COLUMN_TEXT, ALIGN_LEFT, ROW(FIELD_TEXT, match) },
	{ "source", "reference for these facts", COLUMN_TEXT, ALIGN_LEFT,
	  FAMILY(FIELD_TEXT, source) },
	{ "file", "file and line of the family", COLUMN_TEXT, ALIGN_LEFT, ROW(FIELD_TEXT, place) },
};

const struct column_set family_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
};

/*
 * Rows
 */

static void append(char **list, const char *separator, const char *text)
{
	char *longer =
	    *list == NULL ? needed_text("%s", text) : needed_text("%s%s%s", *list, separator, text);

	free(*list);
	*list = longer;
}

static void fill(struct family_row *row, const struct family *family)
{
	row->family = family;
	row->place = needed_text("%s:%u", family->file, family->line);
	for (size_t i = 0; i < family->rule_count; i++)
		append(&row->match, ", ", family->rules[i]->text);
	for (const char **program = family->programs; program != NULL && *program != NULL;
	     program++)
		append(&row->programs, ",", *program);
}

struct family_row *family_rows_make(const struct families *families)
{
	const size_t count = families_count(families);
	struct family_row *rows = needed_array(count, sizeof(*rows));

	for (size_t i = 0; i < count; i++)
		fill(&rows[i], families_at(families, i));
	return rows;
}

void family_rows_free(const struct families *families, struct family_row *rows)
{
	for (size_t i = 0; i < families_count(families); i++) {
		free(rows[i].match);
		free(rows[i].programs);
		free(rows[i].place);
	}
	free(rows);
}

/*
 * Counting
 */

struct counting {
	const struct families *families;
	struct family_row *rows;
};

static void count_one(const struct counting *counting, const struct family *family, uint64_t bytes,
                      const struct object_usage *usage)
{
	struct family_row *row = counting->rows + families_number(counting->families, family);

	row->objects++;
	row->bytes += bytes;
	if (usage != NULL && (USE_BIT(usage->use) & USES_UNUSED))
		row->unused++;
}

/* A semaphore set has no size, and that of a queue is only a limit. */
static uint64_t bytes_of(const struct shm_object *object)
{
	return (KIND_BIT(object->kind) & KINDS_MAPPED) ? object->bytes : 0;
}

static bool is_new(void *closure, ino_t inode)
{
	(void)closure;
	(void)inode;
	return false;
}

static void count_directory(void *closure, const struct unlisted_entry *entry)
{
	const struct counting *counting = closure;
	const struct family_subject subject = {
		.kind = KIND_DIR,
		.text = entry->path,
		.is_known = true,
		.uid = entry->st.st_uid,
		.mode = entry->st.st_mode,
		.has_bytes = true,
		.bytes = entry->bytes,
	};
	struct family_match match;

	if (S_ISDIR(entry->st.st_mode) &&
	    family_match_subject(counting->families, &subject, &match))
		count_one(counting, match.family, entry->bytes, NULL);
}

/* The unused objects of a family are known only for kinds whose users are visible. */
static void note_known(const struct counting *counting)
{
	for (size_t i = 0; i < families_count(counting->families); i++) {
		const struct family *family = counting->rows[i].family;
		unsigned int kinds = 0;

		for (size_t rule = 0; rule < family->rule_count; rule++)
			kinds |= family->rules[rule]->kinds;
		counting->rows[i].has_unused = (kinds & KINDS_WITH_USERS) != 0;
	}
}

int family_rows_count(const struct families *families, struct family_row *rows, unsigned int needs,
                      struct error *error)
{
	struct object_filter filter = { .kinds = KINDS_ALL };
	const unsigned int users = needs & NEED_USERS;
	const unsigned int kind_needs[KIND_COUNT] = {
		[KIND_SHM] = users, [KIND_PSHM] = users, [KIND_PSEM] = users
	};
	struct counting counting = { .families = families, .rows = rows };
	const struct unlisted_search search = { is_new, count_directory, &counting, NULL };
	struct object_list list = { .count = 0 };
	struct error one;
	int result;

	if (!(needs & NEED_OBJECTS))
		return 0;
	if (!posix_queue_is_mounted())
		filter.kinds &= ~(unsigned int)KIND_BIT(KIND_PMSG);
	result = choose_list(&filter, kind_needs, &list, error);
	if (users && result == 0)
		note_known(&counting);
	for (size_t i = 0; i < list.count; i++) {
		struct family_match match;

		if (family_match(families, &list.objects[i], &match))
			count_one(&counting, match.family, bytes_of(&list.objects[i]),
			          list.objects[i].usage);
	}
	object_list_free(&list);
	if (unlisted_search(&search, &one) < 0)
		result = error_join(error, result, &one);
	return result;
}
