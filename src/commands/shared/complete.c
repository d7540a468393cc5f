#include "commands/shared/complete.h"

#include "base/memory.h"
#include "base/number.h"
#include "cli/command.h"
#include "cli/completion_line.h"
#include "commands/shared/object_columns.h"
#include "commands/shared/object_sections.h"
#include "objects/kind.h"
#include "objects/tree.h"
#include "output/text.h"
#include "output/units.h"
#include "system/account.h"
#include "system/hugepages.h"
#include "system/namespace_list.h"
#include "system/place.h"
#include "system/process_list.h"
#include "usage/choose.h"
#include "usage/family.h"
#include "usage/family_catalogue.h"
#include "usage/unnamed_object.h"

#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DESCRIPTION_SIZE = 160 };

/* "1.5M, root, 2 attached", "3 messages, root" */
static void describe(const struct shm_object *object, char *description)
{
	const char *owner = account_user(object->uid);
	char size[UNITS_TEXT_SIZE];
	int length;

	if (!(KIND_BIT(object->kind) & KINDS_MAPPED)) {
		char contents[CONTENTS_SIZE];

		object_kinds[object->kind].contents(object, contents);
		snprintf(description, DESCRIPTION_SIZE, "%s, %.64s",
		         contents[0] != '\0' ? contents : kind_noun(object->kind), owner);
		return;
	}
	size_human(size, object->bytes);
	length = snprintf(description, DESCRIPTION_SIZE, "%s, %.64s", size, owner);
	if (object->kind == KIND_SHM && object->attaches > 0)
		snprintf(description + length, DESCRIPTION_SIZE - (size_t)length, ", %llu attached",
		         (unsigned long long)object->attaches);
}

static bool begins(const char *word, const char *beginning)
{
	return strncmp(word, beginning, strlen(beginning)) == 0;
}

/* Enter the namespace that an earlier --ns names. Objects elsewhere are not candidates. */
static bool enter_place(const struct completion *completion)
{
	const char *pid = completion_option(completion, "ns");
	struct error error;

	return pid == NULL || place_enter(number_of_name(pid), &error) == 0;
}

/* Call a function for every object of the subset. Returns whether any call offered a candidate. */
static bool each_object(const struct completion *completion,
                        bool (*offer)(const struct completion *, const struct shm_object *))
{
	const char *directory = completion_option(completion, "dir");
	struct object_filter filter = { .kinds = completion->subset };
	const unsigned int needs[KIND_COUNT] = { 0 };
	const struct object_tree *tree;
	struct object_list list = { .count = 0 };
	struct error error;
	bool any = false;

	if (!enter_place(completion))
		return false;
	if (directory != NULL) {
		tree = object_tree_open(directory, &error);
		if (tree == NULL)
			return false;
		filter.trees = &tree;
		filter.tree_count = 1;
		filter.recursive = true;
	} else {
		/* Files in directories begin with their path. */
		filter.recursive = begins(completion->word, POSIX_DIRECTORY "/");
	}
	/* If the listing fails, offer nothing: a prompt is no place for an error. */
	(void)choose_list(&filter, needs, &list, &error);
	for (size_t i = 0; i < list.count; i++)
		any = offer(completion, &list.objects[i]) || any;
	object_list_free(&list);
	return any;
}

static bool offer_key(const struct completion *completion, const struct shm_object *object)
{
	char description[DESCRIPTION_SIZE];
	char key[16];

	if (object->key == 0)
		return false;
	describe(object, description);
	snprintf(key, sizeof(key), "0x%08x", (unsigned int)object->key);
	return completion_offer(completion, key, description);
}

static bool offer_id(const struct completion *completion, const struct shm_object *object)
{
	char description[DESCRIPTION_SIZE];
	char id[16];

	describe(object, description);
	snprintf(id, sizeof(id), "%d", object->id);
	return completion_offer(completion, id, description);
}

/* Offer an object in a form that the word has started: "k" and "key:0x4" start "key:". */
static bool offer_form(const struct completion *completion, const char *form, const char *rest,
                       const char *description)
{
	char ref[REF_TEXT_SIZE + 8];

	if (!begins(completion->word, form) && !begins(form, completion->word))
		return false;
	snprintf(ref, sizeof(ref), "%s%s", form, rest);
	return completion_offer(completion, ref, description);
}

/* A name after a prefix; without the slash if the word has none: "posix:ring". */
static bool offer_name_form(const struct completion *completion, const char *prefix,
                            const struct shm_object *object, const char *description)
{
	char form[16];
	bool any;

	snprintf(form, sizeof(form), "%s/", prefix);
	any = offer_form(completion, form, object->name + 1, description);
	if (begins(completion->word, prefix) && completion->word[strlen(prefix)] != '\0')
		any |= offer_form(completion, prefix, object->name + 1, description);
	return any;
}

/* A name with the prefix of its kind. */
static bool offer_named(const struct completion *completion, const struct shm_object *object,
                        const char *description)
{
	bool any;

	if (object->kind != KIND_PSHM) {
		char prefix[16];

		snprintf(prefix, sizeof(prefix), "%s:", kind_word(object->kind));
		return offer_name_form(completion, prefix, object, description);
	}
	if (*completion->word == '\0')
		return completion_offer(completion, object->name, description);
	any = completion_offer(completion, object->name, description);
	/* Offer both forms. */
	return offer_name_form(completion, "posix:", object, description) || any;
}

/* "msg:5", and the key once the word starts it: "msg:0x". */
static bool offer_other_sysv(const struct completion *completion, const struct shm_object *object,
                             const char *description)
{
	char text[REF_TEXT_SIZE];
	char form[16];
	bool any;

	object_ref(object, text);
	any = completion_offer(completion, text, description);
	snprintf(form, sizeof(form), "%s:0", kind_word(object->kind));
	if (object->key == 0 || !begins(completion->word, form))
		return any;
	snprintf(text, sizeof(text), "x%08x", (unsigned int)object->key);
	return any | offer_form(completion, form, text, description);
}

/* A file in a directory: by its path, after --dir by the part of it below that directory. */
static bool offer_path(const struct completion *completion, const struct shm_object *object,
                       const char *description)
{
	char ref[REF_TEXT_SIZE];

	if (completion_option(completion, "dir") != NULL)
		return completion_offer(completion, object->name + 1, description);
	object_ref(object, ref);
	return completion_offer(completion, ref, description);
}

/* A bare id or name, and the longer forms of a REF that the word has started. */
static bool offer_ref(const struct completion *completion, const struct shm_object *object)
{
	bool is_begun = *completion->word != '\0';
	char description[DESCRIPTION_SIZE];
	char text[REF_TEXT_SIZE];
	bool any;

	describe(object, description);
	if (object_tree(object) != NULL)
		return offer_path(completion, object, description);
	if (!kind_is_sysv(object->kind))
		return offer_named(completion, object, description);
	if (object->kind != KIND_SHM)
		return offer_other_sysv(completion, object, description);
	snprintf(text, sizeof(text), "%d", object->id);
	any = completion_offer(completion, text, description);
	if (!is_begun)
		return any;
	any |= offer_form(completion, "id:", text, description);
	if (object->key == 0)
		return any;
	snprintf(text, sizeof(text), "%08x", (unsigned int)object->key);
	any |= offer_form(completion, "0x", text, description);
	any |= offer_form(completion, "key:0x", text, description);
	return any;
}

/* A name that --name takes literally: not a pattern, nothing to escape. */
static bool offer_name(const struct completion *completion, const struct shm_object *object)
{
	char description[DESCRIPTION_SIZE];
	size_t length;

	if (!text_is_plain(object->name, TEXT_VISIBLE, &length) ||
	    strpbrk(object->name, "*?[") != NULL)
		return false;
	describe(object, description);
	return completion_offer(completion, object->name, description);
}

/* Complete a file name after a form of REF, if the word begins with that form. */
static bool complete_files_behind(const struct completion *completion, const char *form,
                                  complete_fn *complete)
{
	struct completion file = *completion;

	if (!begins(completion->word, form))
		return false;
	file.word += strlen(form);
	file.before = form;
	complete(&file);
	return true;
}

/* Returns whether there was a candidate. */
static bool complete_any_refs(const struct completion *completion)
{
	const char *word = completion->word;

	if (completion_option(completion, "dir") != NULL)
		return each_object(completion, offer_ref);
	if (complete_files_behind(completion, "ftok:", complete_files) ||
	    complete_files_behind(completion, "path:", complete_files) ||
	    complete_files_behind(completion, "dir:", complete_directories))
		return true;
	/* A path has a slash after its first character. */
	if (*word == '/' && strchr(word + 1, '/') != NULL &&
	    completion_option(completion, "ns") == NULL) {
		complete_files(completion);
		return true;
	}
	return each_object(completion, offer_ref);
}

void complete_refs(const struct completion *completion)
{
	(void)complete_any_refs(completion);
}

void complete_refs_and_files(const struct completion *completion)
{
	const char *word = completion->word;

	if (complete_files_behind(completion, "file:", complete_files) ||
	    complete_any_refs(completion))
		return;
	/* A path has a slash after its first character; before that, offer directories. */
	if (strchr(word + (*word == '/'), '/') != NULL)
		complete_files(completion);
	else
		complete_directories(completion);
}

void complete_keys(const struct completion *completion)
{
	(void)each_object(completion, offer_key);
}

void complete_names(const struct completion *completion)
{
	(void)each_object(completion, offer_name);
}

void complete_ids(const struct completion *completion)
{
	(void)each_object(completion, offer_id);
}

static bool offer_process(const struct completion *completion, pid_t pid, const char *command)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", (int)pid);
	return completion_offer(completion, number, command);
}

void complete_processes(const struct completion *completion)
{
	struct process_list list;

	if (process_list_all(&list) < 0)
		return;
	for (size_t i = 0; i < list.count; i++) {
		if (process_can_hold(list.processes[i].pid))
			(void)offer_process(completion, list.processes[i].pid,
			                    list.processes[i].command);
	}
	process_list_free(&list);
}

void complete_namespaces(const struct completion *completion)
{
	struct ipc_namespace_list list;
	struct error error;
	bool any = false;

	(void)ipc_namespaces_list(&list, &error);
	for (size_t i = 0; i < list.count; i++) {
		const struct ipc_namespace *namespace = &list.namespaces[i];

		if (!namespace->is_own)
			any |= offer_process(completion, namespace->holder, namespace->command);
	}
	ipc_namespaces_free(&list);
	if (!any)
		complete_processes(completion);
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
	before = needed_text("%s%.*s", completion->before, (int)(colon + 1 - completion->word),
	                     completion->word);
	group.word = colon + 1;
	group.before = before;
	complete_groups(&group);
	free(before);
}

void complete_kind(const struct completion *completion)
{
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		if (completion->subset == 0 || (completion->subset & KIND_BIT(kind)))
			completion_offer(completion, kind_word((enum object_kind)kind),
			                 object_section_title((enum object_kind)kind));
	}
}

/* Complete the last value of a filter list, which may be excluded: "a,!b". */
static void complete_list(const struct completion *completion, complete_fn *complete_value)
{
	struct completion last;
	char *before = completion_split_list(completion, &last);
	char *excluded = NULL;

	if (*last.word == '!') {
		excluded = needed_text("%s!", before);
		last.before = excluded;
		last.word++;
	}
	complete_value(&last);
	free(excluded);
	free(before);
}

/* Offer the kinds of memory without a name, WITH_OBJECTS: including that of POSIX objects. */
static void offer_unnamed_kinds(const struct completion *completion, bool with_objects)
{
	static const char *const descriptions[UNNAMED_KIND_COUNT] = {
		[UNNAMED_MEMFD] = "memfd_create(2)",
		[UNNAMED_ANONYMOUS] = "shared without a file",
		[UNNAMED_OBJECT] = "removed from /dev/shm",
		[UNNAMED_FILE] = "removed from another tmpfs or hugetlbfs",
		[UNNAMED_DETACHED] = "in a tmpfs that is mounted nowhere",
	};

	for (unsigned int kind = 0; kind < UNNAMED_KIND_COUNT; kind++) {
		if (kind != UNNAMED_OBJECT || with_objects)
			completion_offer(completion, unnamed_kind_word((enum unnamed_kind)kind),
			                 descriptions[kind]);
	}
}

/* Whether the line so far has an option, given as "--by" or "--by=". */
static bool has_option(const struct completion *completion, const char *option)
{
	const size_t length = strlen(option);

	for (int i = 0; i < completion->word_count; i++) {
		const char *word = completion->words[i];

		if (strncmp(word, option, length) == 0 &&
		    (word[length] == '\0' || word[length] == '='))
			return true;
	}
	return false;
}

static void offer_kinds(const struct completion *completion)
{
	const bool is_unnamed = has_option(completion, "--unnamed");

	if (!is_unnamed)
		complete_kind(completion);
	if (is_unnamed || has_option(completion, "--by"))
		offer_unnamed_kinds(completion, is_unnamed);
	completion_offer(completion, "all", "all kinds");
}

/* A comma would separate, and a brace may look like the shell's. */
static bool offer_list_name(const struct completion *completion, const struct shm_object *object)
{
	return strpbrk(object->name, ",{") == NULL && offer_name(completion, object);
}

static void offer_list_names(const struct completion *completion)
{
	(void)each_object(completion, offer_list_name);
}

void complete_kinds(const struct completion *completion)
{
	complete_list(completion, offer_kinds);
}

void complete_families(const struct completion *completion)
{
	struct error error;
	const struct families *families = families_shared(&error);

	if (families == NULL)
		return;
	for (size_t i = 0; i < families_count(families); i++) {
		const struct family *family = families_at(families, i);

		completion_offer(completion, family->name, family->description);
	}
}

void complete_family_list(const struct completion *completion)
{
	complete_list(completion, complete_families);
}

void complete_key_list(const struct completion *completion)
{
	complete_list(completion, complete_keys);
}

void complete_name_list(const struct completion *completion)
{
	complete_list(completion, offer_list_names);
}

void complete_user_list(const struct completion *completion)
{
	complete_list(completion, complete_users);
}

/* The columns of the rows that the command prints with the options typed so far. */
static const struct column_set *columns_of_line(const struct completion *completion)
{
	const struct command *command = completion->command;

	return command->other_option != NULL && has_option(completion, command->other_option)
	           ? command->other_columns
	           : command->columns;
}

static void offer_columns(const struct completion *completion)
{
	const struct column_set *set = columns_of_line(completion);

	for (size_t i = 0; set != NULL && i < set->count; i++)
		completion_offer(completion, set->columns[i].name, set->columns[i].meaning);
	if (set != NULL)
		completion_offer(completion, column_host.name, column_host.meaning);
}

/* Move a leading sign, which is not part of a candidate, to the text before the word. */
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
