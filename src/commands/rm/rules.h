/*
 * The rules of families, applied to the candidates of a removal before anything is proven.
 */
#ifndef SHMTOOL_COMMANDS_RM_RULES_H
#define SHMTOOL_COMMANDS_RM_RULES_H

#include "commands/rm/candidate.h"
#include "error.h"

/**
 * Decide about all candidates that can be kept without a proof: those of candidate_is_kept(), and those
 * that their family keeps; and find the companions of the others.
 *
 * @param removal  receives the families and the companions, to be freed with rules_free() also after a
 *                 failure
 * @param error    receives why the rules are not known; then nothing may be removed
 * @return 0, or -1
 */
int rules_apply(struct removal *removal, struct error *error);

void rules_free(struct removal *removal);

#endif
