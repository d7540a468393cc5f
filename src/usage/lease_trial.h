/*
 * Whether leases prove anything here: they are tried out on a scratch file. The lease must be refused
 * while the file is open for reading or mapped, and granted when it is not: F_SETLEASE of fcntl(2).
 */
#ifndef SHMTOOL_USAGE_LEASE_TRIAL_H
#define SHMTOOL_USAGE_LEASE_TRIAL_H

#include "error.h"

#include <stdbool.h>

/** The proof that a lease on a file in a directory gives. */
enum leases {
	LEASES_NOT_TRIED,
	LEASES_COUNT_READERS,  /* that nobody else has the file open or mapped */
	LEASES_IGNORE_READERS, /* nothing: it is granted while somebody reads the file */
	LEASES_MISSING,        /* nothing: there are none */
};

/** A trial and its result; all zero at first. */
struct lease_trial {
	enum leases leases;
	int failure; /* errno of why leases could not be tried, or of fcntl(2) if there are none */
};

/**
 * Find out what leases prove, if that is not known yet. After a passing shortage (errno_is_passing())
 * they are tried again by the next call.
 *
 * @param directory  descriptor of the directory whose files are to be leased; less than 0: there is
 *                   none, and nothing is done
 */
void lease_trial_run(struct lease_trial *trial, int directory);

/**
 * Tell whether a lease that was granted proves that nobody uses the file.
 *
 * @param why  receives a sentence if it does not
 */
bool lease_trial_proves(const struct lease_trial *trial, struct error *why);

#endif
