#include "output/progress.h"

#include "output/units.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const uint64_t second = 1000000000;
static const uint64_t between_lines = 200000000; /* nanoseconds */

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * second + (uint64_t)time.tv_nsec;
}

void progress_begin(struct progress *progress, uint64_t total, bool wanted)
{
	progress->wanted = wanted && isatty(STDERR_FILENO) == 1;
	progress->shown = false;
	progress->total = total;
	progress->done = 0;
	progress->began = progress->wanted ? now() : 0;
	progress->shown_at = progress->began;
}

/* Append " of 1G". */
static void append_total(char *line, size_t size, uint64_t total)
{
	char text[UNITS_TEXT_SIZE];

	size_human(text, total);
	snprintf(line + strlen(line), size - strlen(line), " of %s", text);
}

static void append_left(char *line, size_t size, double seconds)
{
	char text[UNITS_TEXT_SIZE];

	duration_human(text, (uint64_t)seconds);
	snprintf(line + strlen(line), size - strlen(line), ", %s left", text);
}

static void show(const struct progress *progress, uint64_t elapsed)
{
	/* Floating point does not overflow, and the rate need not be exact. */
	double rate = (double)progress->done / ((double)elapsed / (double)second);
	bool is_partial = progress->total > progress->done && rate >= 1;
	char done[UNITS_TEXT_SIZE];
	char per_second[UNITS_TEXT_SIZE];
	char line[5 * UNITS_TEXT_SIZE];

	size_human(done, progress->done);
	size_human(per_second, (uint64_t)rate);
	snprintf(line, sizeof(line), "\r%s", done);
	if (is_partial)
		append_total(line, sizeof(line), progress->total);
	snprintf(line + strlen(line), sizeof(line) - strlen(line), ", %s/s", per_second);
	if (is_partial)
		append_left(line, sizeof(line), (double)(progress->total - progress->done) / rate);
	snprintf(line + strlen(line), sizeof(line) - strlen(line), "\033[K");
	(void)!write(STDERR_FILENO, line, strlen(line));
}

void progress_step(struct progress *progress, uint64_t bytes)
{
	uint64_t time;

	progress->done += bytes;
	if (!progress->wanted)
		return;
	time = now();
	if (time - progress->began < second || time - progress->shown_at < between_lines)
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
