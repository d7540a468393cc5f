#include "commands/common/complete.h"

#include "cli/command.h"
#include "commands/common/object_columns.h"
#include "ipc/account.h"
#include "ipc/hugepages.h"
#include "ipc/inventory.h"
#include "output/text.h"
#include "output/units.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DESCRIPTION_SIZE = 160 };

static void describe(const struct shm_object *object, char *description)
{
	char size[UNITS_TEXT_SIZE];
	int length;

	size_human(size, object->bytes);
	length =
	    snprintf(description, DESCRIPTION_SIZE, "%s, %.64s", size, account_user(object->uid));
	if (object->kind == KIND_SHM && object->attaches > 0)
		snprintf(description + length, DESCRIPTION_SIZE - (size_t)length, ", %llu attached",
		         (unsigned long long)object->attaches);
}

static bool begins(const char *word, const char *beginning)
{
	return strncmp(word, beginning, strlen(beginning)) == 0;
}

/* Call a function for every object of some kinds. */
static void each_object(const struct completion *completion, unsigned int kinds,
                        void (*offer)(const struct completion *, const struct shm_object *))
{
	const struct object_filter filter = { .kinds = kinds };
	const unsigned int needs[KIND_COUNT] = { 0 };
	struct object_list list = { .count = 0 };
	struct error error;

	/* What can't be listed can't be offered; that is no reason to print an error at a prompt. */
	(void)inventory_list(&filter, needs, &list, &error);
	for (size_t i = 0; i < list.count; i++)
		offer(completion, &list.objects[i]);
	object_list_free(&list);
}

static void offer_key(const struct completion *completion, const struct shm_object *object)
{
	char description[DESCRIPTION_SIZE];
	char key[16];

	if (object->key == 0)
		return;
	describe(object, description);
	snprintf(key, sizeof(key), "0x%08x", (unsigned int)object->key);
	completion_offer(completion, key, description);
}

/* Offer an object in a form, if the word has begun it: "k" and "key:0x4" have begun "key:". */
static void offer_form(const struct completion *completion, const char *form, const char *rest,
                       const char *description)
{
	char ref[REF_TEXT_SIZE + 8];

	if (!begins(completion->word, form) && !begins(form, completion->word))
		return;
	snprintf(ref, sizeof(ref), "%s%s", form, rest);
	completion_offer(completion, ref, description);
}

/* A bare id or name, and in the longer forms of a REF if they were begun. */
static void offer_ref(const struct completion *completion, const struct shm_object *object)
{
	bool is_begun = *completion->word != '\0';
	char description[DESCRIPTION_SIZE];
	char text[REF_TEXT_SIZE];

	describe(object, description);
	if (object->kind != KIND_SHM) {
		object_ref(object, text);
		completion_offer(completion, text, description);
		if (object->kind == KIND_PSHM && is_begun) {
			offer_form(completion, "posix:/", object->name + 1, description);
			/* The slash may be left out. */
			if (begins(completion->word, "posix:") && completion->word[6] != '\0')
				offer_form(completion, "posix:", object->name + 1, description);
		}
		return;
	}
	snprintf(text, sizeof(text), "%d", object->id);
	completion_offer(completion, text, description);
	if (!is_begun)
		return;
	offer_form(completion, "id:", text, description);
	if (object->key == 0)
		return;
	snprintf(text, sizeof(text), "%08x", (unsigned int)object->key);
	offer_form(completion, "0x", text, description);
	offer_form(completion, "key:0x", text, description);
}

/* A name that is no pattern and needs no escapes: --name takes it as it is. */
static void offer_name(const struct completion *completion, const struct shm_object *object)
{
	char description[DESCRIPTION_SIZE];
	size_t length;

	if (!text_is_plain(object->name, TEXT_VISIBLE, &length) ||
	    strpbrk(object->name, "*?[") != NULL)
		return;
	describe(object, description);
	completion_offer(completion, object->name, description);
}

void complete_refs(const struct completion *completion)
{
	if (begins(completion->word, "ftok:")) {
		struct completion file = *completion;

		file.word += 5;
		file.before = "ftok:";

		complete_files(&file);
		return;
	}
	if (begins(completion->word, POSIX_DIRECTORY "/"))
		complete_files(completion);
	else
		each_object(completion, KINDS_ALL, offer_ref);
}

void complete_keys(const struct completion *completion)
{
	each_object(completion, KIND_BIT(KIND_SHM), offer_key);
}

void complete_names(const struct completion *completion)
{
	each_object(completion, KIND_BIT(KIND_PSHM) | KIND_BIT(KIND_PSEM), offer_name);
}

void complete_users(const struct completion *completion)
{
	const struct passwd *entry;

	setpwent();
	while ((entry = getpwent()) != NULL)
		completion_offer(completion, entry->pw_name, entry->pw_gecos);
	endpwent();
}

void complete_groups(const struct completion *completion)
{
	const struct group *entry;

	setgrent();
	while ((entry = getgrent()) != NULL)
		completion_offer(completion, entry->gr_name, NULL);
	endgrent();
}

void complete_owners(const struct completion *completion)
{
	const char *colon = strchr(completion->word, ':');
	struct completion group = *completion;
	char *before;

	if (colon == NULL) {
		complete_users(completion);
		return;
	}
	if (asprintf(&before, "%s%.*s", completion->before, (int)(colon + 1 - completion->word),
	             completion->word) < 0)
		return;
	group.word = colon + 1;
	group.before = before;
	complete_groups(&group);
	free(before);
}

void complete_kinds(const struct completion *completion)
{
	struct completion last;
	char *before = completion_split_list(completion, &last);

	if (before == NULL)
		return;
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++)
		completion_offer(&last, kind_word((enum object_kind)kind),
		                 object_section_title((enum object_kind)kind));
	completion_offer(&last, "all", "all kinds");
	free(before);
}

static void offer_columns(const struct completion *completion)
{
	const struct column_set *set = completion->command->columns;

	for (size_t i = 0; set != NULL && i < set->count; i++)
		completion_offer(completion, set->columns[i].name, set->columns[i].meaning);
}

/* Take a first character that belongs to no candidate over to what stands before the word. */
static struct completion behind_sign(const struct completion *completion, char sign, char *before,
                                     size_t size)
{
	struct completion behind = *completion;

	if (*behind.word == sign) {
		snprintf(before, size, "%s%c", completion->before, sign);
		behind.before = before;
		behind.word++;
	}
	return behind;
}

void complete_columns(const struct completion *completion)
{
	char sign[64];
	struct completion list = behind_sign(completion, '+', sign, sizeof(sign));
	struct completion last;
	char *before = completion_split_list(&list, &last);

	if (before != NULL)
		offer_columns(&last);
	free(before);
}

void complete_sort_columns(const struct completion *completion)
{
	char sign[64];
	struct completion column = behind_sign(completion, '-', sign, sizeof(sign));

	offer_columns(&column);
}

void complete_hugepage_sizes(const struct completion *completion)
{
	struct hugepage_pool pools[HUGEPAGE_POOLS_MAX];
	size_t count = hugepages_read(pools);

	for (size_t i = 0; i < count; i++) {
		char size[UNITS_TEXT_SIZE];

		size_human(size, pools[i].page_bytes);
		completion_offer(completion, size, NULL);
	}
}
