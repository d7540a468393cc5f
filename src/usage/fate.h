/*
 * The fate of unused objects: whether a program will use them again.
 *
 * Unused does not mean abandoned. The rules of an object's family, usage/family.h, define when it
 * is kept although it is unused; if that can't be determined, it is kept.
 */
#ifndef SHMTOOL_USAGE_FATE_H
#define SHMTOOL_USAGE_FATE_H

#include "error.h"
#include "objects/object.h"
#include "usage/family.h"
#include "usage/living_makers.h"

#include <stdbool.h>

/** Size of the reason for a decision, in bytes. */
enum { FATE_WHY_SIZE = 512 };

/** The basis of decisions. */
struct fate_judge {
	const struct families *families; /* NULL: no family is known */
	struct living_makers makers;     /* read when the first decision needs them */
	bool has_makers;
	bool sees_processes; /* false: makers is empty */
	/* The result of the last search for a program. */
	const struct family *program_family;
	uid_t program_uid;
	const struct living_maker *program;
};

/**
 * Prepare for decisions. The processes are read once, when a decision needs them.
 *
 * @param families  borrowed until fate_end(); may be NULL
 */
void fate_begin(struct fate_judge *judge, const struct families *families);

void fate_end(struct fate_judge *judge);

/**
 * Check whether the family of an unused object keeps it: always, or while its maker or a program is
 * running. Companions, FATE_TOGETHER, are ignored.
 *
 * @param match  from family_match(), also if the object has no family
 * @param why    receives the reason: "its maker 4242 (python3) is running (family loky)"
 */
bool fate_keeps(struct fate_judge *judge, const struct shm_object *object,
                const struct family_match *match, char why[FATE_WHY_SIZE]);

/**
 * Check whether an unused object is abandoned, regardless of its age and its companions: its family
 * does not keep it, and its maker has exited, or is unknown but irrelevant to the family. The maker
 * of a file without a family is always unknown.
 *
 * @param goes_past_keep  its family was named, so FATE_KEEP does not keep it
 * @param why             receives the reason for either result
 */
bool fate_is_abandoned(struct fate_judge *judge, const struct shm_object *object,
                       const struct family_match *match, bool goes_past_keep,
                       char why[FATE_WHY_SIZE]);

#endif
