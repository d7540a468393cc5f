/*
 * The fate of objects that no process uses at this moment: whether a program comes back for them.
 *
 * Unused is not abandoned. The rules of an object's family, usage/family.h, say when it is kept
 * although it is unused; what cannot be found out keeps it.
 */
#ifndef SHMTOOL_USAGE_FATE_H
#define SHMTOOL_USAGE_FATE_H

#include "error.h"
#include "objects/object.h"
#include "usage/family.h"
#include "usage/makers.h"

#include <stdbool.h>

/** Room for the reason of a decision, in bytes. */
enum { FATE_WHY_SIZE = 512 };

/** What decisions rest on. */
struct fate_judge {
	const struct families *families; /* NULL: no family is known */
	struct makers makers;            /* read when a decision needs them first */
	bool has_makers;
	bool sees_processes; /* else makers is empty */
	/* The last program that was looked for. */
	const struct family *program_family;
	uid_t program_uid;
	const struct maker *program;
};

/**
 * Prepare decisions. All processes are looked at once, when a decision needs it.
 *
 * @param families  used until fate_end(); may be NULL
 */
void fate_begin(struct fate_judge *judge, const struct families *families);

void fate_end(struct fate_judge *judge);

/**
 * Tell whether the family of an unused object keeps it: it is always kept, or while its maker or a
 * program runs. Companions, FATE_TOGETHER, are not looked at.
 *
 * @param match  the object's, of family_match(); also without a family
 * @param why    receives the reason: "its maker 4242 (python3) lives (family loky)"
 */
bool fate_keeps(struct fate_judge *judge, const struct shm_object *object,
                const struct family_match *match, char why[FATE_WHY_SIZE]);

/**
 * Tell whether an unused object is abandoned, but for its age and its companions: its family does not
 * keep it, and its maker is gone, or unknown while the family lets go. Nobody knows the maker of a
 * file without a family.
 *
 * @param goes_past_keep  its family was named, so FATE_KEEP does not keep it
 * @param why             receives the reason for the answer, whatever it is
 */
bool fate_is_abandoned(struct fate_judge *judge, const struct shm_object *object,
                       const struct family_match *match, bool goes_past_keep,
                       char why[FATE_WHY_SIZE]);

#endif
