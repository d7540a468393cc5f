#include "system/numa.h"

#include "base/number.h"

#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static void add_range(struct numa_nodes *nodes, uint64_t first, uint64_t last)
{
	for (; first <= last && first < NUMA_NODES_MAX && nodes->count < NUMA_NODES_MAX; first++)
		nodes->numbers[nodes->count++] = (int)first;
}

/* Parse a list of ranges: "0-1,3". */
static void parse_list(const char *text, struct numa_nodes *nodes)
{
	uint64_t first;
	uint64_t last;

	while (number_take(&text, NUMBER_DECIMAL, &first) == NUMBER_READ) {
		last = first;
		if (*text == '-') {
			text++;
			if (number_take(&text, NUMBER_DECIMAL, &last) != NUMBER_READ)
				return;
		}
		add_range(nodes, first, last);
		if (*text != ',')
			return;
		text++;
	}
}

void numa_nodes_read(struct numa_nodes *nodes)
{
	FILE *file = fopen("/sys/devices/system/node/has_memory", "re");
	char line[4096];

	nodes->count = 0;
	if (file != NULL && fgets(line, sizeof(line), file) != NULL)
		parse_list(line, nodes);
	if (file != NULL)
		(void)fclose(file);
	if (nodes->count == 0)
		add_range(nodes, 0, 0);
}

int numa_find_nodes(size_t count, void **pages, int *statuses)
{
	const int this_process = 0;

	return syscall(SYS_move_pages, this_process, count, pages, NULL, statuses, 0) < 0 ? -1 : 0;
}
