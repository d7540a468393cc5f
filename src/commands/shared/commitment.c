#include "commands/shared/commitment.h"

#include "base/number.h"
#include "objects/shortage.h"
#include "objects/sum.h"
#include "system/hugepages.h"

#include <unistd.h>

/* The bytes that filling an object would take; 0 also if that is unknown. */
static uint64_t missing_of(const struct shm_object *object)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const uint64_t pages = shortage_pages(object->bytes);

	if (!(object->known & KNOWN_USED) || pages > UINT64_MAX / page)
		return 0;
	return number_minus(pages * page, object->used);
}

static uint64_t sum_up(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/*
 * Take huge pages into account. The reserved ones, of all sizes, belong to segments, files and
 * mappings. A segment whose memory is unknown probably has huge pages, if the machine has any.
 */
static void subtract_hugepages(struct commitment *commitment)
{
	struct hugepage_pool pools[HUGEPAGE_POOLS_MAX];
	const size_t count = hugepages_read(pools);

	for (size_t i = 0; i < count; i++) {
		commitment->missing =
		    number_minus(commitment->missing, pools[i].reserved * pools[i].page_bytes);
		if (pools[i].total > 0)
			commitment->unknown = 0;
	}
}

void commitment_read(struct commitment *commitment, const struct object_list *list)
{
	struct object_sum linked = { .files = 0 };

	for (size_t i = 0; i < list->count; i++) {
		const struct shm_object *object = &list->objects[i];
		const uint64_t missing = missing_of(object);

		commitment->unknown += !(object->known & KNOWN_USED);
		if (missing > commitment->most) {
			commitment->most = missing;
			object_ref(object, commitment->ref);
		}
		if (object->is_linked) {
			object_sum_add(&linked, object);
			continue;
		}
		commitment->missing = sum_up(commitment->missing, missing);
	}
	object_sum_end(&linked);
	commitment->missing = sum_up(commitment->missing, number_minus(linked.bytes, linked.used));
	if (list->count > 0 && list->objects[0].kind == KIND_SHM)
		subtract_hugepages(commitment);
}
