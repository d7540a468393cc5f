/*
 * Files of /proc with numbers in lines: meminfo, fdinfo, sysvipc, locks.
 */
#include "fuzz.h"

#include "objects/sysv_table.h"
#include "system/drm_memory.h"
#include "system/lease.h"
#include "system/number_file.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct drm_client client;

	check_words(data, size);
	check_rows(text);
	check_leases(data, size);
	if (drm_client_parse(text, &client))
		fuzz_check(strlen(client.driver) < DRM_NAME_SIZE &&
		               strlen(client.device) < DRM_NAME_SIZE,
		           "a name is too long");
	free(text);
	return 0;
}
