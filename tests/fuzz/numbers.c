/*
 * Files of the kernel with numbers in lines: /proc/meminfo, fdinfo, sysvipc, locks, the list of NUMA
 * nodes in /sys, the file of a POSIX queue; and the names of directories in /sys/kernel/mm/hugepages.
 */
#include "fuzz.h"

#include "objects/posix_queue.h"
#include "objects/sysv_table.h"
#include "system/drm_memory.h"
#include "system/hugepages.h"
#include "system/lease.h"
#include "system/numa.h"
#include "system/number_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

static const char *const words[] = { "", "Hugepagesize:", "Shmem:", "mnt_id:", "TracerPid:" };

static void check_words(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		FILE *stream = fuzz_stream(data, size);
		uint64_t number;

		(void)number_line_find(stream, words[i], &number);
		(void)fclose(stream);
	}
}

static void check_rows(const char *text)
{
	struct sysv_row row;

	if (!sysv_row_parse(text, &row))
		return;
	fuzz_check(row.count >= SYSV_ROW_FIRST && row.count <= SYSV_COLUMNS_MAX, "%zu columns",
	           row.count);
	fuzz_check(text[strcspn(text, "0123456789")] != '\0', "'%s' has numbers", text);
}

static void check_leases(const uint8_t *data, size_t size)
{
	struct lease_list leases = { .count = 0 };
	FILE *stream = fuzz_stream(data, size);

	lease_parse(stream, makedev(0, 0x1a), &leases);
	for (size_t i = 0; i < leases.count; i++)
		fuzz_check(lease_is_held(&leases, leases.inodes[i]), "a lease is not held");
	lease_free(&leases);
	(void)fclose(stream);
}

static void check_nodes(const char *text)
{
	struct numa_nodes nodes;

	numa_nodes_parse(text, &nodes);
	fuzz_check(nodes.count <= NUMA_NODES_MAX, "%zu nodes", nodes.count);
	for (size_t i = 0; i < nodes.count; i++)
		fuzz_check(nodes.numbers[i] >= 0 && nodes.numbers[i] < NUMA_NODES_MAX &&
		               (i == 0 || nodes.numbers[i] > nodes.numbers[i - 1]),
		           "node %d of '%s'", nodes.numbers[i], text);
}

static void check_pool(const char *text)
{
	char again[64];
	uint64_t bytes;

	if (!hugepages_parse_name(text, &bytes))
		return;
	fuzz_check(bytes >= 1024 && bytes % 1024 == 0, "'%s' has pages of %" PRIu64 " bytes", text,
	           bytes);
	snprintf(again, sizeof(again), "hugepages-%" PRIu64 "kB", bytes / 1024);
	fuzz_check(strcmp(again, text) == 0 || strstr(text, "-0") != NULL, "'%s' is '%s'", text,
	           again);
}

static void check_queue(const char *text)
{
	const char *number = text + strlen("QSIZE:");
	char again[64];
	uint64_t used;

	if (!posix_queue_parse_used(text, &used))
		return;
	number += strspn(number, "0");
	number -= *number == ' ';
	snprintf(again, sizeof(again), "%" PRIu64 " ", used);
	fuzz_check(strncmp(number, again, strlen(again)) == 0, "'%s' is %s", text, again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct drm_client client;

	check_words(data, size);
	check_rows(text);
	check_leases(data, size);
	check_nodes(text);
	check_pool(text);
	check_queue(text);
	if (drm_client_parse(text, &client))
		fuzz_check(strlen(client.driver) < DRM_NAME_SIZE &&
		               strlen(client.device) < DRM_NAME_SIZE,
		           "a name is too long");
	free(text);
	return 0;
}
