#include "commands/probe-pages/runs.h"

#include "memory/page_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const result_words[PROBE_RESULTS] = {
	[PROBE_NOT_TOUCHED] = NULL,
	[PROBE_OK] = "ok",
	[PROBE_SIGBUS] = "SIGBUS",
	[PROBE_SIGSEGV] = "SIGSEGV",
};

static const struct {
	enum page_state state;
	const char *word;
} state_words[] = {
	{ PAGE_RESIDENT, "resident" },     { PAGE_DIRTY, "dirty" },  { PAGE_HOLE, "hole" },
	{ PAGE_SWAPPED, "swapped" },       { PAGE_ON_DISK, "disk" }, { PAGE_HUGE, "huge" },
	{ PAGE_BEYOND_END, "beyond end" },
};
enum { STATE_WORDS = sizeof(state_words) / sizeof(state_words[0]) };

static bool is_like(const struct probe *probe, uint64_t a, uint64_t b)
{
	return probe->results[a] == probe->results[b] && probe->states[a] == probe->states[b];
}

static size_t count_runs(const struct probe *probe, bool each)
{
	size_t count = 1;

	for (uint64_t i = 1; i < probe->pages; i++)
		count += each || !is_like(probe, i - 1, i);
	return count;
}

int page_runs_make(const struct probe *probe, uint64_t offset, uint64_t page_bytes, bool each,
                   struct page_runs *runs, struct error *error)
{
	size_t count = count_runs(probe, each);
	struct page_run *run;

	runs->count = 0;
	runs->runs = calloc(count + 1, sizeof(*runs->runs));
	runs->rows = calloc(count + 1, sizeof(*runs->rows));
	if (runs->runs == NULL || runs->rows == NULL) {
		page_runs_free(runs);
		return error_set(error, STATUS_FAILED, "not enough memory for %zu rows", count);
	}
	for (uint64_t i = 0; i < probe->pages; i++) {
		if (i > 0 && !each && is_like(probe, i - 1, i)) {
			run = &runs->runs[runs->count - 1];
			run->pages++;
			run->bytes += page_bytes;
			continue;
		}
		run = &runs->runs[runs->count];
		run->first = i + 1;
		run->pages = 1;
		run->offset = offset + i * page_bytes;
		run->bytes = page_bytes;
		run->result = probe->results[i];
		run->state = probe->states[i];
		runs->rows[runs->count++] = run;
	}
	return 0;
}

void page_runs_free(struct page_runs *runs)
{
	free(runs->runs);
	free(runs->rows);
	runs->runs = NULL;
	runs->rows = NULL;
	runs->count = 0;
}

static void value_result(const void *row, struct value *value)
{
	value->text = result_words[((const struct page_run *)row)->result];
	value->kind = value->text != NULL ? VALUE_TEXT : VALUE_UNKNOWN;
}

static void value_state(const void *row, struct value *value)
{
	const struct page_run *run = row;
	char *to = value->scratch;

	if (run->state == 0) {
		value->kind = VALUE_UNKNOWN;
		return;
	}
	for (size_t i = 0; i < STATE_WORDS; i++) {
		if (!(run->state & state_words[i].state))
			continue;
		if (to > value->scratch)
			*to++ = ',';
		to = stpcpy(to, state_words[i].word);
	}
	value->kind = VALUE_TEXT;
	value->text = value->scratch;
}

static const struct column columns[] = {
	{ "page", "number of the first page, counted from 1", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct page_run, first) },
	{ "pages", "number of equal pages", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct page_run, pages) },
	{ "offset", "offset of the first page in the object, in bytes", COLUMN_NUMBER, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct page_run, offset) },
	{ "bytes", "size of these pages", COLUMN_SIZE, ALIGN_RIGHT,
	  .field = FIELD(FIELD_UNSIGNED, struct page_run, bytes) },
	{ "result", "ok, SIGBUS or SIGSEGV; unknown if not accessed", COLUMN_TEXT, ALIGN_LEFT,
	  .value = value_result },
	{ "state", "resident, dirty, hole, swapped, disk, huge, beyond end", COLUMN_TEXT,
	  ALIGN_LEFT, .value = value_state },
};

const struct column_set page_run_columns = {
	.columns = columns,
	.count = sizeof(columns) / sizeof(columns[0]),
};

/* Append a separator and "12 word", unless the number is 0. Returns the separator for the next. */
static const char *append_count(char *line, size_t size, const char *before, uint64_t count,
                                const char *word)
{
	size_t used = strlen(line);

	if (count == 0)
		return before;
	snprintf(line + used, size - used, "%s%" PRIu64 " %s", before, count, word);
	return ", ";
}

void page_summary_print(const struct probe *probe, uint64_t page_bytes, bool separate)
{
	uint64_t results[PROBE_RESULTS] = { 0 };
	uint64_t states[STATE_WORDS] = { 0 };
	char line[512];
	const char *before = ": ";

	for (uint64_t i = 0; i < probe->pages; i++) {
		results[probe->results[i]]++;
		for (size_t s = 0; s < STATE_WORDS; s++)
			states[s] += (probe->states[i] & state_words[s].state) != 0;
	}
	snprintf(line, sizeof(line), "%" PRIu64 " page%s of %" PRIu64 " bytes", probe->pages,
	         probe->pages == 1 ? "" : "s", page_bytes);
	for (size_t r = PROBE_OK; r < PROBE_RESULTS; r++)
		before = append_count(line, sizeof(line), before, results[r], result_words[r]);
	append_count(line, sizeof(line), before, results[PROBE_NOT_TOUCHED], "not accessed");
	before = "; ";
	for (size_t i = 0; i < STATE_WORDS; i++)
		before = append_count(line, sizeof(line), before, states[i], state_words[i].word);
	printf("%s%s\n", separate ? "\n" : "", line);
}
