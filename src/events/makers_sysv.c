#include "events/makers_sysv.h"

#include "base/memory.h"
#include "objects/kind.h"
#include "objects/sysv_table.h"
#include "system/number_file.h"
#include "system/process.h"

#include <errno.h>
#include <stdlib.h>

/* Times in milliseconds: a call is forgotten, a listing is too old, and a pid may be reused. */
enum { FORGET = 1000, LIST_AGE = 10, LIST_PAUSE = 20, PID_STAYS = 100, FORKS_AGE = 1000 };

/* Listing may take at most a tenth of the time. */
enum { LIST_SHARE = 10 };

/* The index in the lower part of an id, by default and with ipcmni_extend. */
enum { INDEX_MASK = 0x7fff, INDEX_MASK_EXTENDED = 0xffffff };

struct sysv_slot {
	int id;            /* -1: free */
	struct made *made; /* NULL: unknown */
};

/* New objects of one listing. */
struct arrivals {
	struct sysv_makes *makes;
	struct shm_object *objects;
	size_t *slots;
	size_t count;
};

bool sysv_makes_can(const struct sysv_makes *makes, key_t key)
{
	int id;

	return key == IPC_PRIVATE ||
	       (object_kinds[makes->kind].find_key(key, &id) < 0 && errno == ENOENT);
}

static void need_slot(struct sysv_makes *makes, size_t index)
{
	while (makes->count <= index) {
		makes->slots = vector_grow(makes->slots, makes->count, sizeof(*makes->slots));
		makes->slots[makes->count++] = (struct sysv_slot){ .id = -1 };
	}
}

static void clear_slot(struct sysv_makes *makes, size_t index)
{
	struct sysv_slot *slot = &makes->slots[index];

	made_free(makes->makers, slot->made);
	*slot = (struct sysv_slot){ .id = -1 };
	if (index < makes->free)
		makes->free = index;
}

static void note(struct arrivals *arrivals, size_t index, const struct shm_object *object)
{
	struct sysv_makes *makes = arrivals->makes;

	need_slot(makes, index);
	if (makes->slots[index].id == object->id)
		return;
	clear_slot(makes, index);
	makes->slots[index].id = object->id;
	makes->next = index + 1;
	arrivals->objects =
	    vector_grow(arrivals->objects, arrivals->count, sizeof(*arrivals->objects));
	arrivals->slots = vector_grow(arrivals->slots, arrivals->count, sizeof(*arrivals->slots));
	arrivals->objects[arrivals->count] = *object;
	arrivals->slots[arrivals->count++] = index;
}

/* The attributes of an object that its call determines. */
static bool is_made_by(const struct shm_object *object, const struct made *made)
{
	if (object->key != made->make.key)
		return false;
	if (object->kind == KIND_SHM)
		return object->creator_pid == made->make.maker->pid &&
		       object->bytes == made->make.bytes;
	if (object->creator_uid != made->uid)
		return false;
	return object->kind != KIND_SEM || object->semaphores == made->make.bytes;
}

static bool is_alike(const struct shm_object *left, const struct shm_object *right)
{
	return left->key == right->key && left->creator_uid == right->creator_uid &&
	       (left->kind == KIND_MSG || left->bytes == right->bytes) &&
	       (left->kind != KIND_SHM || left->creator_pid == right->creator_pid) &&
	       (left->kind != KIND_SEM || left->semaphores == right->semaphores);
}

static uint64_t count_forks(void)
{
	uint64_t forks;

	return number_file_find("/proc/stat", "processes ", &forks) == 0 ? forks : UINT64_MAX;
}

/* The kernel uses a pid again only after it has used all others. */
static bool is_pid_reused(const struct made *made)
{
	const uint64_t forks = count_forks();
	uint64_t pids;

	return made->forks == UINT64_MAX || forks == UINT64_MAX ||
	       number_file_read("/proc/sys/kernel/pid_max", &pids) < 0 ||
	       forks - made->forks >= pids / 2;
}

/* The pid of a process that has exited may belong to another one after a while. */
static bool is_current(const struct made *made, uint64_t now)
{
	return made->make.kind != KIND_SHM || now - made->clock <= PID_STAYS ||
	       maker_lives(made->make.maker) || !is_pid_reused(made);
}

static size_t count_calls(const struct sysv_makes *makes, const struct shm_object *object)
{
	size_t count = 0;

	for (const struct made *made = makes->waiting.first; made != NULL; made = made->next)
		count += is_made_by(object, made);
	return count;
}

static size_t count_alike(const struct arrivals *arrivals, const struct shm_object *object)
{
	size_t count = 0;

	for (size_t i = 0; i < arrivals->count; i++)
		count += is_alike(&arrivals->objects[i], object);
	return count;
}

static struct made *take_call(struct sysv_makes *makes, const struct shm_object *object,
                              uint64_t now)
{
	for (struct made **place = &makes->waiting.first; *place != NULL; place = &(*place)->next) {
		if (is_made_by(object, *place) && is_current(*place, now))
			return made_list_take(&makes->waiting, place);
	}
	return NULL;
}

static void report(const struct sysv_makes *makes, const struct made *made, int id)
{
	if (makes->observer != NULL)
		makes->observer->made(makes->observer->closure, made->thread, makes->kind, id);
}

/* Attribute new objects to calls. Those that are alike are decided together. */
static void settle(struct arrivals *arrivals)
{
	struct sysv_makes *makes = arrivals->makes;
	const uint64_t now = process_clock();
	bool *clear;

	if (arrivals->count == 0 || makes->waiting.first == NULL)
		return;
	clear = needed_array(arrivals->count, sizeof(*clear));
	for (size_t i = 0; i < arrivals->count; i++) {
		const struct shm_object *object = &arrivals->objects[i];

		clear[i] = count_alike(arrivals, object) <= count_calls(makes, object);
	}
	for (size_t i = 0; i < arrivals->count; i++) {
		struct made *made = clear[i] ? take_call(makes, &arrivals->objects[i], now) : NULL;

		if (made == NULL)
			continue;
		/* The kernel records the creator of a segment. */
		made->make.is_proven = makes->kind == KIND_SHM;
		makes->slots[arrivals->slots[i]].made = made;
		report(makes, made, arrivals->objects[i].id);
	}
	free(clear);
}

static void free_arrivals(struct arrivals *arrivals)
{
	free(arrivals->objects);
	free(arrivals->slots);
	*arrivals = (struct arrivals){ .makes = arrivals->makes };
}

/* Look at free places, from one on, as long as there are objects. Returns the first without. */
static size_t probe_from(struct sysv_makes *makes, size_t index, struct arrivals *arrivals)
{
	while (true) {
		struct shm_object object = { .known = 0 };

		while (index < makes->count && makes->slots[index].id >= 0)
			index++;
		need_slot(makes, index);
		if (makes->table->stat_any((int)index, &object) < 0)
			return index;
		note(arrivals, index, &object);
	}
}

/*
 * The kernel puts a new object in the place after the latest one and, from time to time, begins at
 * the lowest free one again: ipc_idr_alloc() in its ipc/util.c, since Linux 5.2. Before, it always
 * used the lowest one.
 */
static void probe(struct sysv_makes *makes, struct arrivals *arrivals)
{
	const bool is_one = makes->next == makes->free;

	makes->free = probe_from(makes, makes->free, arrivals);
	makes->next = is_one ? makes->free : probe_from(makes, makes->next, arrivals);
}

static void visit(const struct shm_object *object, void *state)
{
	note(state, (size_t)object->id & INDEX_MASK, object);
}

/* All objects. Without the calls, they are read from a file, which does not show their indexes. */
static int list(struct sysv_makes *makes, struct arrivals *arrivals)
{
	const int highest = makes->table->highest();
	size_t index = 0;

	if (highest < 0)
		return sysv_table_walk(makes->table, visit, arrivals);
	for (; index <= (size_t)highest; index++) {
		struct shm_object object = { .known = 0 };

		if (makes->table->stat_any((int)index, &object) >= 0)
			note(arrivals, index, &object);
		else if (sysv_is_refused(errno))
			return sysv_table_walk(makes->table, visit, arrivals);
		else if (index < makes->count && makes->slots[index].id >= 0)
			clear_slot(makes, index);
	}
	for (; index < makes->count; index++) {
		if (makes->slots[index].id >= 0)
			clear_slot(makes, index);
	}
	return 0;
}

/* Calls that can't have an object any more: the listing began after them. */
static void forget(struct sysv_makes *makes, uint64_t begin)
{
	struct made **place = &makes->waiting.first;

	while (*place != NULL) {
		if ((*place)->is_over || begin - (*place)->clock > FORGET)
			made_free(makes->makers, made_list_take(&makes->waiting, place));
		else
			place = &(*place)->next;
	}
}

static void list_all(struct sysv_makes *makes, struct arrivals *arrivals)
{
	const uint64_t begin = process_clock();

	makes->broken = list(makes, arrivals) < 0;
	makes->last_list = begin;
	makes->list_time = process_clock() - begin;
}

void sysv_makes_begin(struct sysv_makes *makes, enum object_kind kind, struct maker_list *makers)
{
	struct arrivals arrivals = { .makes = makes };

	*makes = (struct sysv_makes){ .kind = kind,
		                      .table = object_kinds[kind].table,
		                      .makers = makers };
	made_list_init(&makes->waiting);
	list_all(makes, &arrivals);
	free_arrivals(&arrivals);
}

void sysv_makes_add(struct sysv_makes *makes, struct made *made)
{
	struct arrivals arrivals = { .makes = makes };

	/* Objects that exist now are not made by this call. */
	probe(makes, &arrivals);
	if (made->clock - makes->last_list > LIST_AGE + LIST_SHARE * makes->list_time)
		list_all(makes, &arrivals);
	settle(&arrivals);
	free_arrivals(&arrivals);
	if (makes->kind == KIND_SHM && made->clock - makes->forks_read > FORKS_AGE) {
		makes->forks = count_forks();
		makes->forks_read = made->clock;
	}
	made->forks = makes->forks;
	made_list_add(&makes->waiting, made);
}

/* The index of an object that exists. */
static size_t index_of(struct sysv_makes *makes, int id)
{
	const size_t index = (size_t)id & INDEX_MASK;
	const size_t extended = (size_t)id & INDEX_MASK_EXTENDED;
	struct shm_object object = { .known = 0 };
	int found;

	if (makes->has_short_indexes || index == extended)
		return index;
	found = makes->table->stat_any((int)index, &object);
	makes->has_short_indexes = found == id || (found < 0 && sysv_is_refused(errno));
	return makes->has_short_indexes ? index : extended;
}

void sysv_makes_put(struct sysv_makes *makes, struct made *made, int id)
{
	const size_t index = index_of(makes, id);

	need_slot(makes, index);
	clear_slot(makes, index);
	made->make.is_proven = true;
	makes->slots[index] = (struct sysv_slot){ .id = id, .made = made };
	makes->next = index + 1;
	report(makes, made, id);
}

/*
 * An observer takes a call that is over, and has made nothing, for one that has failed. Where the kernel
 * puts the next object is not known after others have been removed, for example.
 */
static bool must_list(const struct sysv_makes *makes)
{
	for (const struct made *made = makes->waiting.first; made != NULL; made = made->next) {
		if (made->is_over && makes->observer != NULL)
			return true;
	}
	return false;
}

void sysv_makes_look(struct sysv_makes *makes, bool all)
{
	struct arrivals arrivals = { .makes = makes };
	const uint64_t begin = process_clock();
	bool listed = false;

	if (makes->waiting.first == NULL)
		return;
	probe(makes, &arrivals);
	settle(&arrivals);
	free_arrivals(&arrivals);
	if (makes->waiting.first != NULL &&
	    (all || must_list(makes) ||
	     begin - makes->last_list > LIST_PAUSE + LIST_SHARE * makes->list_time)) {
		list_all(makes, &arrivals);
		settle(&arrivals);
		listed = true;
	}
	free_arrivals(&arrivals);
	if (listed && !makes->broken)
		forget(makes, begin);
}

static const struct sysv_slot *slot_of(const struct sysv_makes *makes, int id)
{
	const size_t likely[] = { (size_t)id & INDEX_MASK, (size_t)id & INDEX_MASK_EXTENDED };

	for (size_t i = 0; i < sizeof(likely) / sizeof(likely[0]); i++) {
		if (likely[i] < makes->count && makes->slots[likely[i]].id == id)
			return &makes->slots[likely[i]];
	}
	return NULL;
}

const struct make *sysv_makes_find(const struct sysv_makes *makes, const struct shm_object *object)
{
	const struct sysv_slot *slot = slot_of(makes, object->id);

	return slot != NULL && slot->made != NULL ? &slot->made->make : NULL;
}

void sysv_makes_free(struct sysv_makes *makes)
{
	for (size_t i = 0; i < makes->count; i++)
		made_free(makes->makers, makes->slots[i].made);
	free(makes->slots);
	made_list_free(&makes->waiting, makes->makers);
}
