#include "output/bar.h"

#include "output/terminal.h"

#include <string.h>

enum { EIGHTHS = 8 };

/* One to eight eighths of a column: U+258F to U+2588. */
static const char *const blocks[EIGHTHS + 1] = {
	"",
	"\xe2\x96\x8f",
	"\xe2\x96\x8e",
	"\xe2\x96\x8d",
	"\xe2\x96\x8c",
	"\xe2\x96\x8b",
	"\xe2\x96\x8a",
	"\xe2\x96\x89",
	"\xe2\x96\x88",
};

void bar_text(char target[BAR_SIZE], double share, size_t width, bool is_utf8)
{
	const size_t steps = is_utf8 ? EIGHTHS : 1;
	size_t length;

	if (width > BAR_WIDTH_MAX)
		width = BAR_WIDTH_MAX;
	/* Also false for what is not a number. */
	if (!(share > 0))
		share = 0;
	length = share > 1 ? width * steps : (size_t)(share * (double)(width * steps) + 0.5);
	if (length == 0 && share > 0 && width > 0)
		length = 1;
	for (; length >= steps; length -= steps)
		target = stpcpy(target, is_utf8 ? blocks[EIGHTHS] : "#");
	(void)stpcpy(target, blocks[length]);
}

void bar_set_value(struct value *value, double share)
{
	enum { WIDTH = 16 };

	_Static_assert((int)BAR_SIZE <= (int)VALUE_SCRATCH_SIZE, "a bar fits");
	bar_text(value->scratch, share, WIDTH, terminal_stdout()->is_utf8);
	value_set_text(value, value->scratch);
}
