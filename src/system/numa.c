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

void numa_nodes_parse(const char *text, struct numa_nodes *nodes)
{
	uint64_t first;
	uint64_t last;

	nodes->count = 0;
	while (number_take(&text, NUMBER_DECIMAL, &first) == NUMBER_READ) {
		last = first;
		if (*text == '-') {
			text++;
			if (number_take(&text, NUMBER_DECIMAL, &last) != NUMBER_READ)
				return;
		}
		if (nodes->count > 0 && first <= (uint64_t)nodes->numbers[nodes->count - 1])
			return;
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
		numa_nodes_parse(line, nodes);
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
