/*
 * The calls of makers.h: what each is about to make, and the objects that were made.
 */
#ifndef SHMTOOL_EVENTS_MAKERS_RECORD_H
#define SHMTOOL_EVENTS_MAKERS_RECORD_H

#include "events/makers_again.h"
#include "events/makers_behalf.h"
#include "events/makers_files.h"
#include "events/makers_keeper.h"
#include "events/makers_path.h"
#include "events/makers_sysv.h"

enum { RECORD_SYSV_KINDS = 3 };

struct maker_record {
	struct maker_list *makers;
	struct sysv_makes sysv[RECORD_SYSV_KINDS];
	struct file_makes files;
	struct file_makes queues;
	struct own_view view;
	struct makers_request request;
	const struct makers_observer *observer; /* NULL: none */
	struct behalf_credentials own;
	struct interrupted_calls interrupted;
};

/** Take note of the existing objects. */
void maker_record_begin(struct maker_record *record, const struct makers_request *request,
                        const struct own_view *view);

/** Have calls observed from now on; makers_observe(). */
void maker_record_observe(struct maker_record *record, const struct makers_observer *observer);

/**
 * The calls that must be reported. Those that make links make no file, but sem_open(3) gives
 * a file its second name by such a call and then removes the first one, by which the file is found if
 * neither the kernel reports its maker nor it is made on behalf of the caller.
 */
struct making_filter maker_record_needs(const struct maker_record *record);

/**
 * Record a call and let it go on.
 *
 * @return 0, or -1 if it still waits because the listener does not work
 */
int maker_record_call(struct maker_record *record, int listener, struct handled_call *handled);

/** Check which calls have returned: their objects exist now, or never. */
void maker_record_check(struct maker_record *record);

/**
 * Look for the objects of recorded calls.
 *
 * @param all  no matter how long that takes
 * @return whether some are missing
 */
bool maker_record_look(struct maker_record *record, bool all);

/** Returns the call that made an object; NULL: unknown. */
const struct make *maker_record_find(const struct maker_record *record,
                                     const struct shm_object *object);

/** The same for a file in POSIX_DIRECTORY. */
const struct make *maker_record_find_file(const struct maker_record *record, const char *name);

/** See makers_take(). */
const struct make *maker_record_take(struct maker_record *record, const struct shm_object *object);

void maker_record_end(struct maker_record *record);

#endif
