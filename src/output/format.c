#include "output/format.h"

#include "output/terminal.h"

void format_options_on_stdout(struct format_options *options)
{
	const struct terminal *terminal = terminal_stdout();
	bool is_table = options->format == FORMAT_TABLE;

	options->for_terminal = is_table && terminal->is_terminal;
	options->colored = is_table && color_wanted(options->color);
	options->width = options->for_terminal && !options->no_truncate ? terminal->width : 0;
}
