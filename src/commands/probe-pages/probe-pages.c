/*
 * shmtool probe-pages: access the pages of an object and report the result, or only report the
 * kernel's state of the pages.
 */
#include "commands/commands.h"
#include "commands/probe-pages/picture.h"
#include "commands/probe-pages/runs.h"
#include "commands/probe-pages/summary.h"
#include "commands/probe-pages/summary_columns.h"
#include "commands/shared/complete.h"
#include "commands/shared/format_options.h"
#include "commands/shared/marked.h"
#include "commands/shared/place_options.h"
#include "commands/shared/refs.h"
#include "memory/memory.h"
#include "memory/page_state.h"
#include "memory/probe.h"
#include "output/pager.h"
#include "output/report.h"

#include <inttypes.h>
#include <stdio.h>

struct probe_options {
	struct optional_number offset;
	struct optional_number length;
	struct optional_number pages;
	bool write;
	bool each;
	bool state;
	bool map;
	bool check;
	bool summary;
	bool recursive;
	bool total;
	bool numa;
	struct format_option_values output;
	bool no_pager;
	struct place_options place; /* only --dir */
	struct common_options common;
};

#define PROBE(member) offsetof(struct probe_options, member)

static const struct option_spec specs[] = {
	{ "offset", 0, "BYTES", "start at offset BYTES, a multiple of the page size (default 0)",
	  option_parse_bytes, NULL, PROBE(offset), 0 },
	{ "length", 0, "BYTES", "probe the pages of BYTES bytes (default: to the end)",
	  option_parse_size, NULL, PROBE(length), 0 },
	{ "pages", 0, "NUMBER", "probe NUMBER pages, also beyond the end", option_parse_count, NULL,
	  PROBE(pages), 0 },
	{ "write", 'w', NULL, "write back each byte read, which allocates memory for holes", NULL,
	  NULL, PROBE(write), 0 },
	{ "state", 0, NULL, "access nothing, only report the state of the pages", NULL, NULL,
	  PROBE(state), 0 },
	{ "each", 0, NULL, "print one row per page instead of one per run of equal pages", NULL,
	  NULL, PROBE(each), 0 },
	{ "map", 0, NULL, "draw a picture of the pages", NULL, NULL, PROBE(map), 0 },
	{ "check", 0, NULL, "exit with status 1 if a page can't be accessed", NULL, NULL,
	  PROBE(check), 0 },
	{ "summary", 0, NULL, "with --state: one row per object, the number of pages in each state",
	  NULL, NULL, PROBE(summary), 0 },
	{ "recursive", 0, NULL, "with --summary: examine the files in directories", NULL, NULL,
	  PROBE(recursive), 0 },
	{ "total", 0, NULL, "with --summary: add a row with the sums", NULL, NULL, PROBE(total),
	  0 },
	{ "numa", 0, NULL, "with --summary: add the pages in memory on each NUMA node", NULL, NULL,
	  PROBE(numa), 0 },
};

static const struct option_group groups[] = {
	{ "Options", specs, OPTION_COUNT(specs), 0 },
	FORMAT_OPTION_GROUP(struct probe_options, output, FORMAT_OPTION_COUNT_WITHOUT_TIMES),
	PAGER_OPTION_GROUP(struct probe_options, no_pager),
	DIRECTORY_OPTION_GROUP(struct probe_options, place),
	COMMON_OPTION_GROUP(struct probe_options, common),
};

/* Reject what only a summary has, or what it does not have. */
static int check_summary(const struct probe_options *options, int operands, struct error *error)
{
	const struct {
		const char *name;
		bool given;
	} others[] = {
		{ "each", options->each },
		{ "map", options->map },
		{ "pages", options->pages.given },
	};

	if (!options->summary && (options->recursive || options->total || options->numa))
		return error_set(error, STATUS_USAGE, "--%s requires --summary",
		                 options->recursive ? "recursive"
		                 : options->total   ? "total"
		                                    : "numa");
	if (!options->summary && operands > 1)
		return error_set(error, STATUS_USAGE,
		                 "several REFs require --state --summary: a row for each");
	if (!options->summary)
		return 0;
	if (!options->state)
		return error_set(error, STATUS_USAGE,
		                 "--summary requires --state: no page is accessed");
	for (size_t i = 0; i < OPTION_COUNT(others); i++) {
		if (others[i].given)
			return error_set(error, STATUS_USAGE,
			                 "--summary can't be combined with --%s", others[i].name);
	}
	return 0;
}

static int check_options(const struct probe_options *options, const struct format_options *format,
                         struct error *error)
{
	if (options->length.given && options->pages.given)
		return error_set(error, STATUS_USAGE, "--length can't be combined with --pages");
	if (options->state && (options->write || options->check))
		return error_set(error, STATUS_USAGE,
		                 "--state can't be combined with --%s: no page is accessed",
		                 options->write ? "write" : "check");
	if (options->map && options->each)
		return error_set(error, STATUS_USAGE, "--map can't be combined with --each");
	if (options->map && format->format != FORMAT_TABLE)
		return error_set(error, STATUS_USAGE,
		                 "--map can't be combined with --json, --raw or --export");
	return 0;
}

static int resolve_request(const struct probe_options *options, const struct memory *memory,
                           struct probe_request *request, struct error *error)
{
	uint64_t page = memory->page_bytes;
	uint64_t below = options->offset.number - options->offset.number % page;
	uint64_t end;

	request->offset = options->offset.number;
	request->touch = !options->state;
	request->write = options->write;
	request->pages = options->pages.number;
	if (request->offset != below)
		return error_set(error, STATUS_USAGE,
		                 "--offset %" PRIu64 " is not a multiple of the page size, %" PRIu64
		                 " bytes (the nearest are %" PRIu64 " and %" PRIu64 ")",
		                 request->offset, page, below, below + page);
	if (options->length.given)
		request->pages =
		    options->length.number / page + (options->length.number % page > 0);
	else if (!options->pages.given && request->offset < memory->bytes)
		request->pages = (memory->bytes - request->offset - 1) / page + 1;
	/* An empty file has no page to access, but its state is known: no pages. */
	if (request->pages == 0 && (request->touch || memory->bytes > 0 || request->offset > 0))
		return error_set(error, STATUS_FAILED,
		                 "has no page after offset %" PRIu64 ": it has %" PRIu64
		                 " byte%s (--pages can go beyond the end)",
		                 request->offset, memory->bytes, plural_s(memory->bytes));
	if (__builtin_mul_overflow(request->pages, page, &end) ||
	    __builtin_add_overflow(end, request->offset, &end) || end > INT64_MAX)
		return error_set(error, STATUS_FAILED, "too many pages");
	return 0;
}

static int print_runs(const struct probe_options *options, const struct format_options *format,
                      const struct page_runs *runs, struct error *error)
{
	struct report *report = report_open(&page_run_columns, format, NULL, error);
	const struct report_section section = {
		.title = options->state ? "Page States" : "Pages",
		.rows = runs->rows,
		.count = runs->count,
	};
	int result;

	if (report == NULL)
		return -1;
	result = report_sections(report, &section, 1, error);
	report_close(report);
	return result;
}

static int print_probe(const struct command_context *context, const struct probe_options *options,
                       const struct format_options *format, const struct probe_request *request,
                       const struct memory *memory, const struct probe *probe, struct error *error)
{
	const bool is_table = format->format == FORMAT_TABLE && !format->no_headings;
	struct page_runs runs;
	int result;

	if (options->map) {
		page_map_print(probe, request->offset, memory->page_bytes);
		result = 0;
	} else {
		if (page_runs_make(probe, request->offset, memory->page_bytes, options->each, &runs,
		                   error) < 0)
			return -1;
		result = print_runs(options, format, &runs, error);
		page_runs_free(&runs);
	}
	if (result == 0 && is_table && !context->message.quiet)
		page_summary_print(probe, memory->page_bytes, !options->map);
	return result;
}

static bool is_accessible(const struct probe *probe)
{
	for (uint64_t i = 0; i < probe->pages; i++) {
		if (probe->results[i] == PROBE_SIGBUS || probe->results[i] == PROBE_SIGSEGV)
			return false;
	}
	return true;
}

static enum exit_status probe_object(const struct command_context *context,
                                     const struct probe_options *options,
                                     const struct format_options *format, struct memory *memory,
                                     struct error *error)
{
	struct probe_request request;
	struct probe probe;
	int result;

	error->text[0] = '\0';
	if (resolve_request(options, memory, &request, error) < 0 ||
	    (options->write &&
	     memory_check_room(memory, request.pages * memory->page_bytes, error) < 0) ||
	    probe_pages(memory, &request, &probe, error) < 0)
		return error->status;
	if (probe.residency_hidden)
		message_note(&context->message, memory->text, "%s",
		             page_states_are_visible(memory)
		                 ? "the kernel does not report the pages in memory now"
		                 : "the kernel reports the pages in memory only to the owner and "
		                   "users with write permission");
	result = print_probe(context, options, format, &request, memory, &probe, error);
	if (result == 0 && options->check && !is_accessible(&probe))
		result = error_set(error, STATUS_FAILED, "has pages that can't be accessed");
	probe_free(&probe);
	return result < 0 ? error->status : STATUS_DONE;
}

static enum exit_status print_summary(const struct command_context *context,
                                      const struct probe_options *options,
                                      const struct format_options *format, int argc,
                                      char **operands)
{
	const struct summary_request request = {
		.offset = options->offset.number,
		.length = options->length.given ? options->length.number : UINT64_MAX,
		.recursive = options->recursive,
		.total = options->total,
		.numa = options->numa,
	};

	return summarize(context, &request, format, argc, operands);
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct probe_options *options = parsed;
	const enum ref_file_access access = options->write ? REF_FILE_WRITE : REF_FILE_READ;
	struct format_options format;
	struct memory memory;
	enum exit_status status;
	struct error error;
	struct ref ref;

	pager_allow(options->no_pager);
	if (format_options_want_help(&options->output)) {
		report_list_columns(options->summary ? &summary_columns : &page_run_columns);
		return STATUS_DONE;
	}
	if (format_options_resolve(&options->output, &format, &error) < 0 ||
	    check_options(options, &format, &error) < 0 ||
	    check_summary(options, argc, &error) < 0) {
		message_error(&context->message, NULL, &error);
		return error.status;
	}
	if (place_options_operands(context, &options->place, argc, operands) < 0)
		return STATUS_USAGE;
	if (place_options_enter(context, &options->place) < 0)
		return STATUS_FAILED;
	if (options->summary && argc > 0)
		return print_summary(context, options, &format, argc, operands);
	status = refs_parse_one(context, argc, operands, &ref);
	if (status != STATUS_DONE)
		return status;
	if (memory_open(&ref, access, &memory, &error) < 0) {
		status = error.status;
	} else {
		note_if_marked(&context->message, &memory);
		status = probe_object(context, options, &format, &memory, &error);
		memory_close(&memory);
	}
	if (status != STATUS_DONE)
		message_error(&context->message, ref.text, &error);
	return status;
}

static const struct option_hint hints[] = {
	REF_OPTION_HINTS,
};

const struct command probe_pages_command = {
	.name = "probe-pages",
	.summary = "Access the pages of an object and report the result",
	.operands = "REF...",
	.max_operands = -1,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct probe_options),
	.common_offset = offsetof(struct probe_options, common),
	.columns = &page_run_columns,
	.other_option = "--summary",
	.other_columns = &summary_columns,
	.complete_operand = complete_refs_and_files,
	.operand_subset = KINDS_MAPPED,
	.option_hints = hints,
	.run = run,
};
