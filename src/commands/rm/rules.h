/*
 * The rules of families, applied to the candidates of a removal before any proof.
 */
#ifndef SHMTOOL_COMMANDS_RM_RULES_H
#define SHMTOOL_COMMANDS_RM_RULES_H

#include "commands/rm/candidate.h"
#include "error.h"

#include <stdbool.h>

/**
 * Keep the candidates that need no proof to be kept, by candidate_is_kept() or by their family, and
 * find the companions of the others.
 *
 * @param removal  receives the families and the companions, free with rules_free(), also after a
 *                 failure
 * @param error    receives why the rules are unknown; then nothing may be removed
 * @return 0, or -1
 */
int rules_apply(struct removal *removal, struct error *error);

/**
 * Apply the rules again to an undecided candidate, after a question that took any time to answer.
 *
 * @return false if it is kept now; its row says why
 */
bool rules_still_permit(const struct removal *removal, struct removal_row *row);

void rules_free(struct removal *removal);

#endif
