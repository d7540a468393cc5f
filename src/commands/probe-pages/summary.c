#include "commands/probe-pages/summary.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "commands/probe-pages/summary_columns.h"
#include "commands/probe-pages/tree.h"
#include "commands/shared/marked.h"
#include "commands/shared/refs.h"
#include "memory/memory.h"
#include "memory/page_count.h"
#include "memory/page_nodes.h"
#include "memory/page_state.h"
#include "objects/inventory.h"
#include "objects/kind.h"
#include "output/report.h"
#include "system/beneath.h"
#include "system/memory_path.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* All objects examined so far. */
struct summary {
	const struct command_context *context;
	const struct summary_request *request;
	struct page_count_machine machine;
	const struct numa_nodes *nodes; /* NULL: not asked for */
	struct summary_row **rows;
	size_t count;
	size_t hidden; /* rows whose pages in memory the kernel does not report */
	enum exit_status status;
};

/* A device number that no file has, for segments. */
#define SEGMENTS ((dev_t)-1)

static void fail(struct summary *summary, const char *subject, const struct error *error)
{
	message_error(&summary->context->message, subject, error);
	if (summary->status != STATUS_USAGE)
		summary->status = error->status;
}

/* REF: a path if PREFIX is not empty. */
static void add_row(struct summary *summary, const char *prefix, const char *ref,
                    const struct summary_row *row)
{
	struct summary_row *added = needed_array(1, sizeof(*added));

	*added = *row;
	added->ref = needed_text("%s%s", prefix, ref);
	summary->rows = vector_grow(summary->rows, summary->count, sizeof(*summary->rows));
	summary->rows[summary->count++] = added;
	/* For a part of an object of huge pages it is unknown to all users; segments hide nothing. */
	summary->hidden += (row->counts.known & COUNTS_RESIDENT) == 0 && row->counts.huge == 0 &&
	                   row->device != SEGMENTS;
}

/*
 * Examining
 */

static int check_offset(const struct summary_request *request, const struct memory *memory,
                        struct error *error)
{
	if (request->offset % memory->page_bytes == 0)
		return 0;
	return error_set(error, STATUS_USAGE,
	                 "--offset %" PRIu64 " is not a multiple of the page size, %" PRIu64
	                 " bytes",
	                 request->offset, memory->page_bytes);
}

/* With one node, all pages in memory are on it. */
static uint64_t *count_nodes(const struct summary *summary, struct memory *memory,
                             const struct page_counts *counts, struct error *error)
{
	const struct summary_request *request = summary->request;
	const bool has_huge_pages = memory->page_bytes > (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t *nodes = needed_array(summary->nodes->count, sizeof(*nodes));

	error->text[0] = '\0';
	if ((counts->known & COUNTS_RESIDENT) && summary->nodes->count == 1) {
		nodes[0] = counts->resident;
		return nodes;
	}
	if ((counts->known & COUNTS_RESIDENT) && counts->resident == 0)
		return nodes;
	/* Which huge pages are in memory is known only if all are. */
	if ((counts->known & COUNTS_RESIDENT) && page_states_are_visible(memory) &&
	    (!has_huge_pages || counts->resident == counts->pages) &&
	    page_nodes_count(memory, summary->nodes, request->offset, request->length, nodes,
	                     error) == 0)
		return nodes;
	free(nodes);
	return NULL;
}

static int examine(struct summary *summary, struct memory *memory, const char *ref, bool is_path,
                   struct error *error)
{
	const struct summary_request *request = summary->request;
	struct summary_row row = { .bytes = memory->bytes };
	struct stat st;

	if (check_offset(request, memory, error) < 0 ||
	    page_count(memory, &summary->machine, request->offset, request->length, &row.counts,
	               error) < 0)
		return -1;
	if (memory->is_segment) {
		row.device = SEGMENTS;
		row.inode = (uint64_t)memory->id;
	} else if (fstat(memory->fd, &st) == 0) {
		row.device = st.st_dev;
		row.inode = st.st_ino;
	}
	if (summary->nodes != NULL)
		row.nodes = count_nodes(summary, memory, &row.counts, error);
	add_row(summary, is_path ? path_ref_prefix("", ref) : "", ref, &row);
	return summary->nodes != NULL && error->text[0] != '\0' ? -1 : 0;
}

/* A segment as a whole need not be attached, which would change its time and process of last use. */
static int examine_segment(struct summary *summary, const struct ref *ref, struct error *error)
{
	const unsigned int needs[KIND_COUNT] = { [KIND_SHM] = NEED_RESIDENCY };
	struct object_list list = { .count = 0 };
	struct summary_row row = { .device = SEGMENTS };
	int result = inventory_find(ref, &list, error);

	if (result == 0)
		result = inventory_collect(&list, needs, error);
	if (result == 0) {
		row.bytes = list.objects[0].bytes;
		row.inode = (uint64_t)list.objects[0].id;
		page_count_segment(&list.objects[0], &summary->machine, &row.counts);
		if (summary->nodes != NULL && (row.counts.known & COUNTS_RESIDENT)) {
			row.nodes = needed_array(1, sizeof(*row.nodes));
			row.nodes[0] = row.counts.resident;
		}
		add_row(summary, "", ref->text, &row);
	}
	object_list_free(&list);
	return result;
}

static int examine_object(struct summary *summary, const struct ref *ref, struct error *error)
{
	const bool whole = summary->request->offset == 0 &&
	                   summary->request->length == UINT64_MAX &&
	                   (summary->nodes == NULL || summary->nodes->count == 1);
	struct memory memory;
	int result;

	if (whole && (ref->kind == REF_ID || ref->kind == REF_KEY))
		return examine_segment(summary, ref, error);
	if (memory_open(ref, REF_FILE_READ, &memory, error) < 0)
		return -1;
	note_if_marked(&summary->context->message, &memory);
	result = ref->kind == REF_FILE ? examine(summary, &memory, ref->path, true, error)
	                               : examine(summary, &memory, ref->text, false, error);
	memory_close(&memory);
	return result;
}

/*
 * Directories
 */

static void examine_file(void *closure, int fd, const char *path)
{
	struct summary *summary = closure;
	struct memory memory;
	struct error error;

	if (memory_of_file(fd, path, &memory, &error) < 0) {
		close(fd);
		fail(summary, path, &error);
		return;
	}
	if (examine(summary, &memory, path, true, &error) < 0)
		fail(summary, path, &error);
	memory_close(&memory);
}

static void report_failure(void *closure, const char *path, int number)
{
	struct error error;

	if (number == EMFILE)
		error_set(&error, STATUS_FAILED, "is nested too deeply (ulimit -n allows more)");
	else if (number == EWOULDBLOCK)
		error_set(&error, STATUS_FAILED,
		          "another process holds a lease on it, see fcntl(2) (try again)");
	else
		error_set_errno(&error, number, "can't be opened for reading");
	fail(closure, path, &error);
}

static void examine_directory(struct summary *summary, int directory, const char *path)
{
	struct tree_visitor visitor = {
		.file = examine_file,
		.failure = report_failure,
		.closure = summary,
		.links = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC),
	};

	tree_walk(directory, path, &visitor);
	descriptor_close(visitor.links);
	if (visitor.mounts > 0)
		message_note(&summary->context->message, path,
		             "%zu mount point%s below it %s not entered", visitor.mounts,
		             plural_s(visitor.mounts), plural_was(visitor.mounts));
}

/*
 * Find the file or directory at a path without opening it. In a tmpfs, where other users may prepare
 * the way, no symbolic link is followed.
 */
static int find_path(const char *path)
{
	struct memory_path found;
	struct beneath beneath;
	struct error error;
	int fd;

	if (memory_path_find(path, &found, &error) < 0)
		return error.number == ENOTSUP ? open(path, O_PATH | O_CLOEXEC) : -1;
	beneath = beneath_begin(found.directory);
	fd = beneath_open_directory(&beneath, memory_path_rest(&found), O_PATH);
	descriptor_close(found.directory);
	return fd;
}

/* Examine the files in a directory. Returns false if the path is none. */
static bool examine_as_directory(struct summary *summary, const char *path)
{
	const int found = find_path(path);
	struct stat st;
	bool is_directory;
	int directory;

	if (found < 0)
		return false;
	is_directory = fstat(found, &st) == 0 && S_ISDIR(st.st_mode);
	directory = is_directory ? descriptor_open_directory(found, ".") : -1;
	if (directory >= 0)
		examine_directory(summary, directory, path);
	else if (is_directory)
		report_failure(summary, path, errno);
	close(found);
	return is_directory;
}

/* A directory in POSIX_DIRECTORY has the REF that an object of its name would have. */
static bool examine_ref_as_directory(struct summary *summary, const struct ref *ref)
{
	char path[sizeof(POSIX_DIRECTORY) + 1 + POSIX_FILE_SIZE];

	if (ref->kind == REF_FILE)
		return examine_as_directory(summary, ref->path);
	if (ref->kind != REF_POSIX)
		return false;
	snprintf(path, sizeof(path), "%s/%s", POSIX_DIRECTORY, ref->file);
	return examine_as_directory(summary, path);
}

/* Append how to examine a directory to the error about it. */
static void hint_directory(const struct summary *summary, const struct ref *ref,
                           struct error *error)
{
	char path[REF_TEXT_SIZE];
	struct stat st;

	if (error->number == EISDIR)
		error_append(error, " (--recursive examines the files in it)");
	if (ref->kind != REF_POSIX || error->number != ENOENT || !summary->request->recursive)
		return;
	snprintf(path, sizeof(path), "/%s", ref->file);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		error_append(error, " (for the directory: %s/)", path);
}

static void examine_ref(struct summary *summary, const struct ref *ref)
{
	struct error error;

	if (summary->request->recursive && examine_ref_as_directory(summary, ref))
		return;
	if (examine_object(summary, ref, &error) < 0) {
		hint_directory(summary, ref, &error);
		fail(summary, ref->text, &error);
	}
}

/*
 * Printing
 */

static int compare_identities(const void *left, const void *right)
{
	const struct summary_row *a = *(struct summary_row *const *)left;
	const struct summary_row *b = *(struct summary_row *const *)right;

	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	return (a->inode > b->inode) - (a->inode < b->inode);
}

/* An object with several rows, by its hard links or several REFs, counts once. */
static void sum_up(const struct summary *summary, struct summary_row *total)
{
	struct summary_row **sorted = needed_array(summary->count, sizeof(struct summary_row *));

	if (summary->count > 0)
		memcpy(sorted, summary->rows, summary->count * sizeof(struct summary_row *));
	qsort(sorted, summary->count, sizeof(struct summary_row *), compare_identities);
	for (size_t i = 0; i < summary->count; i++) {
		if (i > 0 && compare_identities(&sorted[i - 1], &sorted[i]) == 0)
			continue;
		total->bytes += sorted[i]->bytes;
		for (size_t n = 0; sorted[i]->nodes != NULL && n < summary->nodes->count; n++)
			total->nodes[n] += sorted[i]->nodes[n];
		page_counts_add(&total->counts, &sorted[i]->counts);
	}
	free(sorted);
}

static void print_rows(struct summary *summary, struct report *report, const char *columns,
                       bool with_total)
{
	static char total_ref[] = "total";
	struct summary_row total = { .ref = total_ref };
	const void **rows = needed_array(summary->count + 1, sizeof(*rows));
	const struct report_section section = {
		.title = "Page States",
		.columns = columns,
		.rows = rows,
		.count = summary->count + with_total,
		.pinned = with_total,
	};
	struct error error;

	for (size_t i = 0; i < summary->count; i++)
		rows[i] = summary->rows[i];
	if (summary->nodes != NULL)
		total.nodes = needed_array(summary->nodes->count, sizeof(*total.nodes));
	if (with_total)
		sum_up(summary, &total);
	rows[summary->count] = &total;
	if (report_sections(report, &section, 1, &error) < 0)
		fail(summary, NULL, &error);
	free(total.nodes);
	free(rows);
}

static void print_notes(const struct summary *summary)
{
	const struct message_context *message = &summary->context->message;
	const char *reason = "the kernel reports the pages in memory only to the owner and users "
			     "with write permission";

	if (summary->nodes != NULL && summary->nodes->count == 1)
		message_note(message, NULL, "this machine has one NUMA node, node%d",
		             summary->nodes->numbers[0]);
	if (summary->hidden == 1 && summary->count == 1)
		message_note(message, summary->rows[0]->ref, "%s", reason);
	else if (summary->hidden > 0)
		message_note(message, NULL, "%s: they are unknown for %zu of %zu objects", reason,
		             summary->hidden, summary->count);
}

static void summary_free(struct summary *summary)
{
	for (size_t i = 0; i < summary->count; i++) {
		free(summary->rows[i]->ref);
		free(summary->rows[i]->nodes);
		free(summary->rows[i]);
	}
	free(summary->rows);
}

/* Examine the REFs, and print the rows in a report. */
static void run(struct summary *summary, const struct ref_list *refs, struct report *report,
                const struct format_options *format, const char *columns)
{
	const bool with_total = summary->request->total;

	for (size_t i = 0; i < refs->count; i++)
		examine_ref(summary, &refs->refs[i]);
	if (summary->count == 0 && summary->status != STATUS_DONE &&
	    format->format == FORMAT_TABLE) {
		report_discard(report);
		return;
	}
	print_rows(summary, report, columns,
	           with_total ||
	               (summary->count > 1 && format->for_terminal && !format->no_headings));
	report_close(report);
	print_notes(summary);
}

enum exit_status summarize(const struct command_context *context,
                           const struct summary_request *request,
                           const struct format_options *format, int count, char **words)
{
	struct summary summary = { .context = context, .request = request };
	const enum ref_scope scope = request->recursive ? REF_TREE : REF_MEMORY;
	struct summary_set columns;
	struct numa_nodes nodes;
	struct report *report;
	struct ref_list refs = { .count = 0 };
	struct error error;

	if (request->numa) {
		numa_nodes_read(&nodes);
		summary.nodes = &nodes;
	}
	summary_set_make(summary.nodes, &columns);
	report = report_open(&columns.set, format, columns.defaults, &error);
	if (report == NULL) {
		message_error(&context->message, NULL, &error);
		summary.status = error.status;
	} else if (refs_parse(context, scope, count, words, &refs) < 0) {
		report_discard(report);
		summary.status = refs.status;
	} else {
		summary.status = refs.status;
		run(&summary, &refs, report, format, columns.defaults);
	}
	refs_free(&refs);
	summary_free(&summary);
	summary_set_free(&columns);
	return summary.status;
}
