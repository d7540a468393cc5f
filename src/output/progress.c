#include "output/progress.h"

#include "output/units.h"

#include <stdio.h>
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
	progress->told = progress->began;
}

static void show(const struct progress *progress, uint64_t elapsed)
{
	/* In floating point, so that nothing overflows; it need not be exact. */
	double seconds = (double)elapsed / (double)second;
	double rate = (double)progress->done / seconds;
	char done[UNITS_TEXT_SIZE];
	char total[UNITS_TEXT_SIZE];
	char per_second[UNITS_TEXT_SIZE];
	char left[UNITS_TEXT_SIZE];
	char line[5 * UNITS_TEXT_SIZE];
	int length;

	size_human(done, progress->done);
	size_human(per_second, (uint64_t)rate);
	if (progress->total > progress->done && rate >= 1) {
		size_human(total, progress->total);
		duration_human(left, (uint64_t)((double)(progress->total - progress->done) / rate));
		length = snprintf(line, sizeof(line), "\r%s of %s, %s/s, %s left\033[K", done,
		                  total, per_second, left);
	} else {
		length = snprintf(line, sizeof(line), "\r%s, %s/s\033[K", done, per_second);
	}
	(void)!write(STDERR_FILENO, line, (size_t)length);
}

void progress_step(struct progress *progress, uint64_t bytes)
{
	uint64_t time;

	progress->done += bytes;
	if (!progress->wanted)
		return;
	time = now();
	if (time - progress->began < second || time - progress->told < between_lines)
		return;
	progress->told = time;
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
