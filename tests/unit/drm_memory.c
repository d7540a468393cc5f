#include "unit.h"

#include "system/drm_memory.h"

#include <stdio.h>

static const struct {
	const char *text;
	bool is_client;
	const char *driver;
	const char *device;
	uint64_t id;
	uint64_t bytes;
} texts[] = {
	{ "pos:\t0\nflags:\t02\nmnt_id:\t25\nino:\t7\n", false, "", "", 0, 0 },
	{ "pos:\t0\ndrm-driver:\tpanfrost\ndrm-client-id:\t4\ndrm-engine-fragment:\t1 ns\n"
	  "drm-total-memory:\t2048 KiB\ndrm-shared-memory:\t0\ndrm-resident-memory:\t1024 KiB\n",
	  true, "panfrost", "", 4, 1 << 20 },
	/* System memory of i915, in two keys for the same number. */
	{ "drm-driver:\ti915\ndrm-pdev:\t0000:00:02.0\ndrm-client-id:\t17\n"
	  "drm-memory-system0:\t3 MiB\ndrm-resident-system0:\t3 MiB\n"
	  "drm-resident-stolen-system0:\t64 MiB\ndrm-resident-local0:\t8 MiB\n",
	  true, "i915", "0000:00:02.0", 17, 3 << 20 },
	/* Before Linux 6.12, only the older key. */
	{ "drm-driver:\tmsm\ndrm-client-id:\t9\ndrm-memory-memory:\t4096\n", true, "msm", "", 9,
	  4096 },
	/* Pages of TTM are not shared memory. */
	{ "drm-driver:\tamdgpu\ndrm-client-id:\t3\ndrm-memory-vram:\t1024 KiB\n"
	  "drm-memory-gtt:\t512 KiB\ndrm-memory-cpu:\t512 KiB\n",
	  true, "amdgpu", "", 3, 0 },
	{ "drm-driver:\txe\ndrm-client-id:\t3\ndrm-resident-system:\t1024 KiB\n", true, "xe", "", 3,
	  0 },
};

static void parses_clients(void)
{
	for (size_t i = 0; i < UNIT_ROWS(texts); i++) {
		struct drm_client client;
		char text[512];

		snprintf(text, sizeof(text), "%s", texts[i].text);
		unit_check(drm_client_parse(text, &client) == texts[i].is_client,
		           "row %zu: a client or none", i);
		if (!texts[i].is_client)
			continue;
		unit_check_text("driver", client.driver, texts[i].driver);
		unit_check_text("device", client.device, texts[i].device);
		unit_check_number("id", client.id, texts[i].id);
		unit_check_number("bytes", client.bytes, texts[i].bytes);
	}
}

static const struct unit_test tests[] = {
	{ "clients of graphics devices, and their buffers in shared memory", parses_clients },
};

UNIT_SUITE(drm_memory_suite, "drm_memory", tests);
