#include "commands/shared/leftovers.h"

#include "base/descriptor.h"
#include "objects/kind.h"
#include "objects/posix.h"
#include "objects/tree.h"
#include "output/text.h"
#include "system/beneath.h"
#include "system/lease.h"
#include "system/place.h"
#include "usage/aside.h"
#include "usage/family_catalogue.h"
#include "usage/proof.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VISIBLE_SIZE = REF_TEXT_SIZE * 4 };

/* The REF of a file that has, or had, a name in the directory of a leftover, escaped for printing. */
static void name_file(const struct aside *aside, const char *file, char visible[VISIBLE_SIZE])
{
	const enum object_kind kind = posix_file_kind(file);
	char name[PATH_MAX];
	char ref[REF_TEXT_SIZE];

	if (aside->tree == NULL) {
		snprintf(ref, sizeof(ref), "%s/%s", object_kinds[kind].prefix,
		         file + strlen(object_file_prefix(kind)));
	} else {
		const struct shm_object object = { .kind = KIND_PSHM,
			                           .name = name,
			                           .tree = aside->tree };

		snprintf(name, sizeof(name), "%.*s/%s",
		         (int)(strrchr(aside->name, '/') - aside->name), aside->name, file);
		object_ref(&object, ref);
	}
	text_visible(visible, ref, TEXT_VISIBLE);
}

/*
 * Find the files, and the leases that mark those of runs still in progress. Returns whether there
 * are any files.
 */
static bool find(struct aside_list *list, struct lease_list *leases, int *directory)
{
	struct error error;

	memset(leases, 0, sizeof(*leases));
	*directory = -1;
	/* The listing reports a directory that can't be read. */
	if (aside_find(list, &error) < 0 || list->count == 0)
		return false;
	*directory = posix_open_directory();
	return *directory >= 0 && lease_read(*directory, leases) == 0;
}

static void end(struct aside_list *list, struct lease_list *leases, int directory)
{
	aside_free(list);
	lease_free(leases);
	descriptor_close(directory);
}

void note_leftovers(const struct command_context *context)
{
	struct lease_list leases;
	struct aside_list list;
	int directory;
	const bool any = find(&list, &leases, &directory);
	const struct beneath beneath = beneath_begin(directory);

	for (size_t i = 0; any && i < list.count; i++) {
		const struct aside *aside = &list.files[i];
		char before[VISIBLE_SIZE] = "an object";
		char ref[REF_TEXT_SIZE];
		struct stat st;

		if (beneath_stat(&beneath, aside->file, &st) < 0 ||
		    lease_is_held(&leases, st.st_ino))
			continue;
		if (aside->before[0] != '\0')
			name_file(aside, aside->before, before);
		snprintf(ref, sizeof(ref), "/%s", aside->file);
		message_note(&context->message, ref,
		             "a killed run of rm moved %s here (the next 'shmtool rm' with a "
		             "filter removes it or restores its name)",
		             before);
	}
	end(&list, &leases, directory);
}

/*
 * Whether a leftover had companions, which the killed run may not have moved. Its name is restored,
 * so that they are proven together again.
 */
static bool has_companions(const struct aside *aside)
{
	const char *before = aside->before;
	const enum object_kind kind = posix_file_kind(before);
	const struct shm_object object = { .kind = KIND_PSHM,
		                           .name = aside->name,
		                           .tree = aside->tree };
	char name[POSIX_FILE_SIZE + 1];
	const struct family_subject subject = { .kind = kind, .text = name };
	struct family_match match;
	struct error error;
	const struct families *families = families_shared(&error);

	if (families == NULL)
		return true;
	snprintf(name, sizeof(name), "/%s", before + strlen(object_file_prefix(kind)));
	return (aside->tree != NULL ? family_match(families, &object, &match)
	                            : family_match_subject(families, &subject, &match)) &&
	       (match.family->fates & FATE_TOGETHER) != 0;
}

static void finish(const struct command_context *context, struct proof *proof,
                   const struct aside *aside, const struct lease_list *leases, bool may_remove,
                   bool act)
{
	char before[VISIBLE_SIZE] = "an object";
	char ref[VISIBLE_SIZE];
	struct error why;

	if (aside->before[0] != '\0')
		name_file(aside, aside->before, before);
	name_file(aside, aside->file, ref);
	may_remove = may_remove && !has_companions(aside);
	switch (proof_finish(proof, aside, leases, may_remove, act, &why)) {
	case LEFTOVER_REMOVED:
		message_note(&context->message, ref,
		             "a killed run of rm had moved %s here: %s, "
		             "since no process uses it",
		             before, act ? "removed" : "would be removed");
		break;
	case LEFTOVER_PUT_BACK:
		message_note(&context->message, ref, "a killed run of rm had moved %s here: %s",
		             before, act ? "renamed back" : "would be renamed back");
		break;
	case LEFTOVER_STAYS:
		message_note(&context->message, ref,
		             "a killed run of rm moved %s here: %s (see mv(1))", before, why.text);
		break;
	case LEFTOVER_OTHERS:
	default:
		break;
	}
}

static void finish_all(const struct command_context *context, const struct aside_list *list,
                       const struct lease_list *leases, bool may_remove, bool act)
{
	struct error error;
	struct proof *proof = list->count > 0 ? proof_begin(NULL, &error) : NULL;

	for (size_t i = 0; proof != NULL && i < list->count; i++)
		finish(context, proof, &list->files[i], leases, may_remove, act);
	if (proof != NULL)
		proof_end(proof);
}

static void finish_in_posix_directory(const struct command_context *context, bool may_remove,
                                      bool act)
{
	struct lease_list leases;
	struct aside_list list;
	int directory;

	if (find(&list, &leases, &directory))
		finish_all(context, &list, &leases, may_remove, act);
	end(&list, &leases, directory);
}

static void finish_in(const struct command_context *context, const struct object_tree *tree,
                      bool recursive, bool may_remove, bool act)
{
	struct aside_list list = { .count = 0 };
	struct lease_list leases = { .count = 0 };

	aside_find_in(tree, recursive, &list);
	if (list.count > 0 && lease_read(tree->top.directory, &leases) == 0)
		finish_all(context, &list, &leases, may_remove, act);
	lease_free(&leases);
	aside_free(&list);
}

void leftovers_finish(const struct command_context *context, const struct object_filter *filter,
                      bool may_remove, bool act)
{
	const struct object_tree *posix = object_tree_of_posix();
	struct error error;
	/* The listing reports it if not. */
	const bool is_tmpfs = place_check_removal(&error) == 0;

	if (filter->tree_count == 0 && is_tmpfs)
		finish_in_posix_directory(context, may_remove, act);
	if (filter->tree_count == 0 && is_tmpfs && filter->recursive && posix != NULL)
		finish_in(context, posix, true, may_remove, act);
	for (size_t i = 0; i < filter->tree_count; i++) {
		const struct object_tree *tree = filter->trees[i];

		if (is_tmpfs || (posix != NULL && tree->device != posix->device))
			finish_in(context, tree, filter->recursive, may_remove, act);
	}
}
