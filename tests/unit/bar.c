#include "unit.h"

#include "output/bar.h"

#include <math.h>

static const struct {
	double share;
	size_t width;
	const char *utf8;
	const char *ascii;
} bars[] = {
	{ 0, 4, "", "" },
	{ 1, 4, "\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88", "####" },
	{ 7, 2, "\xe2\x96\x88\xe2\x96\x88", "##" },
	{ 0.5, 4, "\xe2\x96\x88\xe2\x96\x88", "##" },
	{ 0.375, 4, "\xe2\x96\x88\xe2\x96\x8c", "##" },
	{ 0.25, 1, "\xe2\x96\x8e", "#" },
	{ 1e-9, 4, "\xe2\x96\x8f", "#" },
	{ -1, 4, "", "" },
	{ NAN, 4, "", "" },
	{ 0.5, 0, "", "" },
};

static void writes_bars(void)
{
	for (size_t i = 0; i < UNIT_ROWS(bars); i++) {
		char target[BAR_SIZE];

		bar_text(target, bars[i].share, bars[i].width, true);
		unit_check_text("UTF-8", target, bars[i].utf8);
		bar_text(target, bars[i].share, bars[i].width, false);
		unit_check_text("ASCII", target, bars[i].ascii);
	}
}

static const struct unit_test tests[] = {
	{ "a share becomes a bar, of eighths of a column in UTF-8", writes_bars },
};

UNIT_SUITE(bar_suite, "bar", tests);
