#include "commands/shared/accounting/place_line.h"

#include "base/memory.h"
#include "system/process.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct usage_line *usage_place_line_add(struct usage_lines *lines, const struct tmpfs *tmpfs,
                                        const char *kind)
{
	struct usage_line *line;
	char command[COMMAND_SIZE] = "";
	char holder[COMMAND_SIZE + 64] = "";

	if (!tmpfs->is_own) {
		process_command(tmpfs->pid, command);
		snprintf(holder, sizeof(holder), " of process %d (%s)", (int)tmpfs->pid,
		         process_command_text(command));
	}
	line = usage_line_add(lines, kind, "%s %s%s%s", tmpfs_type_word(tmpfs->type), tmpfs->point,
	                      tmpfs->is_hidden ? " (hidden)" : "", holder);
	line->is_place = true;
	line->where = needed(strdup(tmpfs->point));
	if (!tmpfs->is_own) {
		line->pid = tmpfs->pid;
		memcpy(line->command, command, sizeof(command));
		line->namespace = tmpfs->namespace;
	}
	return line;
}

char *usage_place_reason(int number)
{
	return needed(strdup(number == EBUSY ? "something is mounted over it" : strerror(number)));
}
