#include "commands/guard/leaks.h"

#include "commands/guard/namespace.h"
#include "commands/shared/object_columns.h"
#include "objects/posix.h"
#include "objects/sum.h"
#include "output/report.h"
#include "system/process.h"
#include "usage/choose.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const char machine_columns[] =
    "kind,ref,key,id,name,owner,perms,bytes,nattch,cpid,command,messages,nsems,ctime,done,users,commands";

/* What is left in the directory beside objects. */
static void find_others(struct leak_list *leaks)
{
	DIR *directory = opendir(POSIX_DIRECTORY);
	struct dirent *entry;

	if (directory == NULL)
		return;
	while ((entry = readdir(directory)) != NULL) {
		if (entry->d_type == DT_REG || strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		leaks->others++;
		snprintf(leaks->other, sizeof(leaks->other), "%s", entry->d_name);
	}
	closedir(directory);
}

void leaks_add(struct leak_list *leaks, const struct shm_object *object)
{
	leaks->leaks[leaks->count++].object = *object;
}

uint64_t leaks_bytes(const struct leak_list *leaks)
{
	struct object_sum sum = { .files = 0 };

	for (size_t i = 0; i < leaks->count; i++) {
		if (KINDS_MEMORY & KIND_BIT(leaks->leaks[i].object.kind))
			object_sum_add(&sum, &leaks->leaks[i].object);
	}
	object_sum_end(&sum);
	return sum.bytes;
}

/* All but those that go by themselves. */
static int take(struct leak_list *leaks)
{
	leaks->leaks = calloc(leaks->objects.count + 1, sizeof(*leaks->leaks));
	if (leaks->leaks == NULL)
		return -1;
	for (size_t i = 0; i < leaks->objects.count; i++) {
		const struct shm_object *object = &leaks->objects.objects[i];

		if (object->kind == KIND_SHM && object->marked)
			continue;
		leaks_add(leaks, object);
		/* Nobody else can have made anything here. */
		leaks->leaks[leaks->count - 1].proven = true;
	}
	leaks->proven = leaks->count;
	return 0;
}

/* A program that may mount can lay bare the machine's objects, which nobody has left behind. */
static bool is_still_private(dev_t shm)
{
	struct stat st;

	return stat(POSIX_DIRECTORY, &st) == 0 && st.st_dev == shm;
}

int leaks_find(dev_t shm, struct leak_list *leaks, struct error *error)
{
	/* Who still uses it is a process that the program has left behind as well. */
	const unsigned int needs[KIND_COUNT] = {
		[KIND_SHM] = NEED_COMMAND | NEED_USERS,
		[KIND_PSHM] = NEED_USERS,
		[KIND_PSEM] = NEED_USERS,
	};
	const unsigned int queue_needs[KIND_COUNT] = { [KIND_PMSG] = NEED_MESSAGES };
	struct object_filter filter = { .kinds = KINDS_ALL & ~(unsigned int)KIND_BIT(KIND_PMSG) };
	struct error queue_error;
	int result;

	memset(leaks, 0, sizeof(*leaks));
	if (is_still_private(shm)) {
		result = choose_list(&filter, needs, &leaks->objects, error);
		find_others(leaks);
	} else {
		filter.kinds &= ~(unsigned int)KINDS_DEVSHM;
		result = choose_list(&filter, needs, &leaks->objects, error);
		if (result == 0)
			result = error_set(error, STATUS_FAILED,
			                   "what is left in %s can't be told: the program has "
			                   "mounted or unmounted something there",
			                   POSIX_DIRECTORY);
	}
	/* A kernel without POSIX message queues has none to leave behind. */
	if (namespace_show_queues() == 0 || errno != ENODEV) {
		filter.kinds = KIND_BIT(KIND_PMSG);
		if (choose_list(&filter, queue_needs, &leaks->objects, &queue_error) < 0) {
			if (result == 0)
				*error = queue_error;
			result = -1;
		}
	}
	if (take(leaks) < 0)
		return error_set(error, STATUS_FAILED, "out of memory");
	return result;
}

void leaks_name_creator(struct leak_list *leaks, pid_t program)
{
	char command[COMMAND_SIZE];
	const char *text;

	if (!process_numbers_are_ours())
		return;
	process_command(program, command);
	if (*command == '\0' || (text = object_list_text(&leaks->objects, "", command)) == NULL)
		return;
	for (size_t i = 0; i < leaks->count; i++) {
		struct shm_object *object = &leaks->leaks[i].object;

		if (object->kind == KIND_SHM && object->creator_pid == program &&
		    object->command == NULL)
			object->command = text;
	}
}

void leaks_free(struct leak_list *leaks)
{
	free(leaks->leaks);
	leaks->leaks = NULL;
	leaks->count = 0;
	object_list_free(&leaks->objects);
}

static void get_done(const void *row, struct value *value)
{
	const struct leak *leak = row;

	if (leak->done == NULL)
		return;
	value->kind = VALUE_TEXT;
	value->text = leak->done;
}

static const struct column done_column = {
	"done", "what was done about it, and why", COLUMN_TEXT, ALIGN_LEFT, .value = get_done,
};

static int print(const struct leak_list *leaks, FILE *stream, enum report_format format,
                 const char *columns, struct error *error)
{
	const struct format_options options = { .format = format };
	struct report_section section = { .title = "Left Behind", .columns = columns };
	struct column *all = calloc(object_columns.count + 1, sizeof(*all));
	struct object_context context = { .now = time(NULL) };
	struct column_set set = object_columns_in(&context);
	struct report *report = NULL;
	int result = -1;

	section.rows = calloc(leaks->count + 1, sizeof(*section.rows));
	if (all == NULL || section.rows == NULL) {
		error_set(error, STATUS_FAILED, "out of memory");
		goto done;
	}
	memcpy(all, object_columns.columns, object_columns.count * sizeof(*all));
	all[set.count++] = done_column;
	set.columns = all;
	for (section.count = 0; section.count < leaks->count; section.count++)
		section.rows[section.count] = &leaks->leaks[section.count];
	report = report_open(&set, &options, machine_columns, error);
	if (report == NULL)
		goto done;
	report_to_stream(report, stream);
	result = report_sections(report, &section, 1, error);
	report_close(report);
done:
	free(section.rows);
	free(all);
	return result;
}

int leaks_print_table(const struct leak_list *leaks, FILE *stream, const char *columns,
                      struct error *error)
{
	return print(leaks, stream, FORMAT_TABLE, columns, error);
}

int leaks_print_json(const struct leak_list *leaks, FILE *stream, struct error *error)
{
	return print(leaks, stream, FORMAT_JSON, machine_columns, error);
}
