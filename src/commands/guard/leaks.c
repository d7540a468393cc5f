#include "commands/guard/leaks.h"

#include "base/memory.h"
#include "commands/guard/namespace.h"
#include "commands/guard/origin.h"
#include "commands/shared/object_columns.h"
#include "objects/kind.h"
#include "objects/posix.h"
#include "objects/unlisted.h"
#include "output/report.h"
#include "output/terminal.h"
#include "output/text.h"
#include "output/wrap.h"
#include "system/mount.h"
#include "system/process.h"
#include "usage/choose.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

static const char machine_columns[] =
    "kind,ref,key,id,name,owner,perms,bytes,nattch,cpid,command,messages,nsems,ctime,done,users,"
    "commands,made_by";

void leaks_add(struct leak_list *leaks, const struct shm_object *object)
{
	leaks->leaks = vector_grow(leaks->leaks, leaks->count, sizeof(*leaks->leaks));
	leaks->leaks[leaks->count++] = (struct leak){ .object = *object };
	if (KINDS_MEMORY & KIND_BIT(object->kind))
		object_sum_add(&leaks->sum, object);
}

static const char *word_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "dir";
	case S_IFREG:
		return "file";
	case S_IFLNK:
		return "link";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	default:
		return "device";
	}
}

/* The list to add leaks to, with the status. */
struct addition {
	struct leak_list *leaks;
	bool (*is_known)(void *closure, ino_t inode);
	void *closure;
};

static bool is_known(void *closure, ino_t inode)
{
	const struct addition *addition = closure;

	return addition->is_known != NULL && addition->is_known(addition->closure, inode);
}

static void add_other(void *closure, const struct unlisted_entry *entry)
{
	struct addition *addition = closure;
	struct leak_list *leaks = addition->leaks;
	const char *path = object_list_text(&leaks->objects, POSIX_DIRECTORY, entry->path);
	struct leak *leak;

	leaks->leaks = vector_grow(leaks->leaks, leaks->count, sizeof(*leaks->leaks));
	leak = &leaks->leaks[leaks->count++];
	*leak = (struct leak){ .word = word_of(entry->st.st_mode) };
	object_files_fill(&leak->object, &entry->st);
	leak->object.kind = KIND_PSHM;
	leak->object.name = path;
	leak->object.bytes = entry->bytes;
	leaks->others++;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(((const struct leak *)left)->object.name,
	              ((const struct leak *)right)->object.name);
}

int leaks_add_others(struct leak_list *leaks, bool (*known)(void *closure, ino_t inode),
                     void *closure, struct error *error)
{
	struct addition addition = { .leaks = leaks, .is_known = known, .closure = closure };
	const struct unlisted_search search = {
		.is_known = is_known,
		.found = add_other,
		.closure = &addition,
		.sum = &leaks->sum,
	};

	if (unlisted_search(&search, error) < 0)
		return -1;
	if (leaks->others > 0)
		qsort(&leaks->leaks[leaks->count - leaks->others], leaks->others,
		      sizeof(*leaks->leaks), compare_names);
	return 0;
}

void leaks_sum(struct leak_list *leaks)
{
	object_sum_end(&leaks->sum);
	leaks->bytes = leaks->sum.bytes;
}

const char *leak_word(const struct leak *leak)
{
	return leak->word != NULL ? leak->word : kind_word(leak->object.kind);
}

const char *leak_name(const struct leak *leak, char scratch[REF_TEXT_SIZE])
{
	if (leak->word != NULL)
		return leak->object.name;
	object_ref(&leak->object, scratch);
	return scratch;
}

/* Take all objects except those marked for destruction. Leaks that are not objects follow them. */
static void take(struct leak_list *leaks)
{
	struct leak *others = leaks->leaks;

	leaks->count = 0;
	leaks->leaks = NULL;
	for (size_t i = 0; i < leaks->objects.count; i++) {
		const struct shm_object *object = &leaks->objects.objects[i];

		if (object->kind != KIND_SHM || !object->marked)
			leaks_add(leaks, object);
	}
	for (size_t i = 0; i < leaks->others; i++) {
		leaks->leaks = vector_grow(leaks->leaks, leaks->count, sizeof(*leaks->leaks));
		leaks->leaks[leaks->count++] = others[i];
	}
	free(others);
	/* No other process can have created anything here. */
	for (size_t i = 0; i < leaks->count; i++)
		leaks->leaks[i].proven = true;
	leaks->proven = leaks->count;
	leaks_sum(leaks);
}

/*
 * Find the device of POSIX_DIRECTORY without asking the server of a file system that the program
 * mounted there: if a seccomp filter refuses statx(2), in the table of mounts.
 */
static int find_device(dev_t *device)
{
	const struct mount *mount;
	struct mount_table table;
	struct statx st;
	int result = -1;

	if (statx(AT_FDCWD, POSIX_DIRECTORY, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, 0, &st) == 0) {
		*device = makedev(st.stx_dev_major, st.stx_dev_minor);
		return 0;
	}
	/* EINVAL: the C library's emulation rejects AT_STATX_DONT_SYNC. */
	if (errno != ENOSYS && errno != EPERM && errno != EINVAL)
		return -1;
	if (mount_table_read(-1, &table) == 0) {
		mount = mount_table_at(&table, POSIX_DIRECTORY);
		errno = ENOENT;
		if (mount != NULL) {
			*device = mount->device;
			result = 0;
		}
	}
	mount_table_free(&table);
	return result;
}

/*
 * Check that POSIX_DIRECTORY is still the private one: a program that can mount may have exposed the
 * machine's objects, which are not leaks.
 */
static int check_private(dev_t shm, struct error *error)
{
	dev_t device;

	if (find_device(&device) < 0)
		return error_set_errno(error, errno,
		                       "leaks in %s are unknown: it can't be inspected",
		                       POSIX_DIRECTORY);
	if (device != shm)
		return error_set(error, STATUS_FAILED,
		                 "leaks in %s are unknown: the program has mounted or unmounted "
		                 "something there",
		                 POSIX_DIRECTORY);
	return 0;
}

int leaks_find(dev_t shm, struct leak_list *leaks, struct error *error)
{
	/* Any process that still uses an object was left behind by the program as well. */
	const unsigned int needs[KIND_COUNT] = {
		[KIND_SHM] = NEED_COMMAND | NEED_USERS,
		[KIND_PSHM] = NEED_USERS,
		[KIND_PSEM] = NEED_USERS,
	};
	const unsigned int queue_needs[KIND_COUNT] = { [KIND_PMSG] = NEED_MESSAGES };
	struct object_filter filter = { .kinds = KINDS_ALL & ~(unsigned int)KIND_BIT(KIND_PMSG) };
	struct error queue_error;
	struct error other_error;
	int result;

	memset(leaks, 0, sizeof(*leaks));
	if (check_private(shm, &other_error) == 0) {
		result = choose_list(&filter, needs, &leaks->objects, error);
		/* The following code hides its mount. */
		if (leaks_add_others(leaks, NULL, NULL, &other_error) < 0 && result == 0) {
			*error = other_error;
			result = -1;
		}
	} else {
		filter.kinds &= ~(unsigned int)KINDS_DEVSHM;
		result = choose_list(&filter, needs, &leaks->objects, error);
		result = error_join(error, result, &other_error);
	}
	/* A kernel without POSIX message queues leaves none behind. */
	if (namespace_show_queues() == 0 || errno != ENODEV) {
		filter.kinds = KIND_BIT(KIND_PMSG);
		if (choose_list(&filter, queue_needs, &leaks->objects, &queue_error) < 0) {
			if (result == 0)
				*error = queue_error;
			result = -1;
		}
	}
	take(leaks);
	return result;
}

void leaks_name_creator(struct leak_list *leaks, pid_t program)
{
	char command[COMMAND_SIZE];
	const char *text;

	if (!process_numbers_are_ours())
		return;
	process_command(program, command);
	if (*command == '\0')
		return;
	text = object_list_text(&leaks->objects, "", command);
	for (size_t i = 0; i < leaks->count; i++) {
		struct shm_object *object = &leaks->leaks[i].object;

		if (object->kind == KIND_SHM && object->creator_pid == program &&
		    object->command == NULL)
			object->command = text;
	}
}

/* Find the call that made a file that is not an object: those in directories are not reported. */
static const struct make *find_file(const struct makers *makers, const char *path)
{
	const char *name = path + strlen(POSIX_DIRECTORY) + 1;

	return strchr(name, '/') == NULL ? makers_find_file(makers, name) : NULL;
}

void leaks_find_origins(struct leak_list *leaks, const struct makers *makers)
{
	for (size_t i = 0; i < leaks->count; i++) {
		struct leak *leak = &leaks->leaks[i];

		/* Of an object that has been removed, it was found before that. */
		if (leak->make == NULL && !leak->removed)
			leak->make = leak->word != NULL ? find_file(makers, leak->object.name)
			                                : makers_find(makers, &leak->object);
	}
}

void leaks_free(struct leak_list *leaks)
{
	free(leaks->leaks);
	leaks->leaks = NULL;
	leaks->count = 0;
	object_sum_end(&leaks->sum);
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

static void get_kind(const void *row, struct value *value)
{
	value_set_text(value, leak_word(row));
}

static void get_ref(const void *row, struct value *value)
{
	value_set_text(value, leak_name(row, value->scratch));
}

static void get_creator(const void *row, struct value *value)
{
	const struct leak *leak = row;

	if (leak->make != NULL)
		value_set_number(value, (uint64_t)leak->make->maker->pid);
	else if (leak->object.kind == KIND_SHM && leak->object.creator_pid != 0)
		value_set_number(value, (uint64_t)leak->object.creator_pid);
}

/* The living creator of a segment has a better name than its command line. */
static void get_command(const void *row, struct value *value)
{
	const struct leak *leak = row;

	if (leak->object.kind == KIND_SHM && leak->object.command != NULL) {
		value_set_text(value, leak->object.command);
	} else if (leak->make != NULL) {
		origin_command(leak->make, value->scratch);
		if (value->scratch[0] != '\0')
			value_set_text(value, value->scratch);
	}
}

static void get_made_by(const void *row, struct value *value)
{
	const struct leak *leak = row;

	if (leak->make == NULL)
		return;
	leak->scratch->used = 0;
	origin_append_json(leak->scratch, leak->make);
	buffer_append(leak->scratch, "", 1);
	value->kind = VALUE_JSON;
	value->text = leak->scratch->data;
}

/* Columns that replace or extend those of objects. */
static const struct column own_columns[] = {
	{ "kind", "shm, pshm, psem, msg, sem, pmsg, dir, file, link, fifo, socket or device",
	  COLUMN_TEXT, ALIGN_LEFT, .value = get_kind },
	{ "ref", "REF or path", COLUMN_REF, ALIGN_LEFT, .value = get_ref },
	{ "cpid", "PID of the creator", COLUMN_NUMBER, ALIGN_RIGHT, .value = get_creator },
	{ "command", "command of the creator", COLUMN_TEXT, ALIGN_LEFT, .value = get_command },
	{ "done", "action taken, and why", COLUMN_TEXT, ALIGN_LEFT, .value = get_done },
	{ "made_by", "origin", COLUMN_TEXT, ALIGN_LEFT, .value = get_made_by },
};
enum { OWN_COLUMNS = sizeof(own_columns) / sizeof(own_columns[0]) };

/* Replace the column with the same name, or append. */
static void put_column(struct column_set *set, struct column *all, const struct column *column)
{
	size_t i = 0;

	while (i < set->count && strcmp(all[i].name, column->name) != 0)
		i++;
	all[i] = *column;
	if (i == set->count)
		set->count++;
}

static int print(const struct leak_list *leaks, FILE *stream, enum report_format format,
                 const char *columns, struct error *error)
{
	const struct format_options options = { .format = format };
	struct report_section section = { .title = "Left Behind", .columns = columns };
	struct column *all = needed_array(object_columns.count + OWN_COLUMNS, sizeof(*all));
	struct object_context context = { .now = time(NULL) };
	struct column_set set = object_columns_in(&context);
	struct report *report = NULL;
	struct buffer scratch = { .data = NULL };
	int result = -1;

	section.rows = needed_array(leaks->count, sizeof(*section.rows));
	memcpy(all, object_columns.columns, object_columns.count * sizeof(*all));
	for (size_t i = 0; i < OWN_COLUMNS; i++)
		put_column(&set, all, &own_columns[i]);
	set.columns = all;
	for (section.count = 0; section.count < leaks->count; section.count++) {
		leaks->leaks[section.count].scratch = &scratch;
		section.rows[section.count] = &leaks->leaks[section.count];
	}
	report = report_open(&set, &options, machine_columns, error);
	if (report == NULL)
		goto done;
	report_to_stream(report, stream);
	result = report_sections(report, &section, 1, error);
	report_close(report);
done:
	free(section.rows);
	free(all);
	free(scratch.data);
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

static void append_ref(struct buffer *buffer, const struct leak *leak)
{
	char ref[REF_TEXT_SIZE];
	char *visible = text_visible_copy(leak_name(leak, ref), TEXT_ESCAPE_BLANKS);

	buffer_append_text(buffer, buffer->used > 0 ? ", " : "");
	buffer_append_text(buffer, visible);
	free(visible);
}

void leaks_print_origins(const struct leak_list *leaks, FILE *stream)
{
	const bool is_terminal = isatty(fileno(stream)) == 1;
	const size_t width = is_terminal ? terminal_stdout()->width : SIZE_MAX;
	struct buffer text = { .data = NULL };
	size_t i = 0;

	while (i < leaks->count) {
		const struct make *make = leaks->leaks[i].make;
		struct buffer refs = { .data = NULL };

		if (make == NULL) {
			i++;
			continue;
		}
		do
			append_ref(&refs, &leaks->leaks[i++]);
		while (i < leaks->count && origin_is_same(make, leaks->leaks[i].make));
		if (text.used == 0)
			buffer_append_text(&text, "------ Origins --------\n");
		wrap_append(&text, refs.data, refs.used, width, 0);
		buffer_append(&text, "\n", 1);
		origin_append_text(&text, make, TEXT_VISIBLE, width);
		free(refs.data);
	}
	if (text.used > 0)
		(void)!fwrite(text.data, 1, text.used, stream);
	free(text.data);
}
