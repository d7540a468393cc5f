#include "output/progress.h"

#include "base/clock.h"
#include "output/percent.h"
#include "output/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const uint64_t between_lines = 200000000; /* nanoseconds */

void progress_begin(struct progress *progress, uint64_t total, bool wanted)
{
	*progress = (struct progress){
		.wanted = wanted && isatty(STDERR_FILENO) == 1,
		.total = total,
	};
	progress->began = progress->wanted ? clock_nanoseconds(CLOCK_MONOTONIC) : 0;
	progress->shown_at = progress->began;
}

static void amount_text(const struct progress *progress, char *target, uint64_t amount)
{
	if (progress->unit == NULL)
		size_human(target, amount);
	else
		snprintf(target, UNITS_TEXT_SIZE, "%" PRIu64, amount);
}

/* Append " of 1G (25 %)" or " of at most 1G (25 %)". */
static void append_total(const struct progress *progress, char *line, size_t size)
{
	char text[UNITS_TEXT_SIZE];
	char percent[PERCENT_TEXT_SIZE];

	amount_text(progress, text, progress->total);
	percent_text(percent, progress->done, progress->total);
	snprintf(line + strlen(line), size - strlen(line), " of %s%s%s%s (%.*s %%)",
	         progress->is_bound ? "at most " : "", text, progress->unit != NULL ? " " : "",
	         progress->unit != NULL ? progress->unit : "", (int)strcspn(percent, "."), percent);
}

static void append_left(const struct progress *progress, char *line, size_t size, double seconds)
{
	char text[UNITS_TEXT_SIZE];

	duration_human(text, (uint64_t)seconds);
	snprintf(line + strlen(line), size - strlen(line), ", %s%s left",
	         progress->is_bound ? "at most " : "", text);
}

static void show(const struct progress *progress, uint64_t elapsed)
{
	/* Floating point does not overflow, and the rate need not be exact. */
	double rate = (double)progress->done / ((double)elapsed / (double)NANOSECONDS_PER_SECOND);
	bool is_partial = progress->total > progress->done && rate >= 1;
	char done[UNITS_TEXT_SIZE];
	char per_second[UNITS_TEXT_SIZE];
	char line[5 * UNITS_TEXT_SIZE];

	amount_text(progress, done, progress->done);
	amount_text(progress, per_second, (uint64_t)rate);
	snprintf(line, sizeof(line), "\r%s", done);
	if (is_partial)
		append_total(progress, line, sizeof(line));
	else if (progress->unit != NULL)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), " %s", progress->unit);
	snprintf(line + strlen(line), sizeof(line) - strlen(line), ", %s/s", per_second);
	if (is_partial)
		append_left(progress, line, sizeof(line),
		            (double)(progress->total - progress->done) / rate);
	snprintf(line + strlen(line), sizeof(line) - strlen(line), "\033[K");
	(void)!write(STDERR_FILENO, line, strlen(line));
}

void progress_step(struct progress *progress, uint64_t amount)
{
	uint64_t time;

	progress->done += amount;
	if (!progress->wanted)
		return;
	time = clock_nanoseconds(CLOCK_MONOTONIC);
	if (time - progress->began < NANOSECONDS_PER_SECOND ||
	    time - progress->shown_at < between_lines)
		return;
	progress->shown_at = time;
	progress->shown = true;
	show(progress, time - progress->began);
}

void progress_end(struct progress *progress)
{
	static const char clear[] = "\r\033[K";

	if (progress->shown)
		(void)!write(STDERR_FILENO, clear, sizeof(clear) - 1);
	progress->shown = false;
}
