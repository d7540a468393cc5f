/*
 * Test whether leases are reliable, on a scratch file: the kernel must refuse a write lease while
 * the file is open for reading or mapped, and grant it otherwise. See F_SETLEASE in fcntl(2).
 */
#ifndef SHMTOOL_USAGE_LEASE_TRIAL_H
#define SHMTOOL_USAGE_LEASE_TRIAL_H

#include "error.h"

#include <stdbool.h>

/** The proof that a granted lease on a file in the directory gives. */
enum leases {
	LEASES_NOT_TRIED,
	LEASES_COUNT_READERS,  /* no other process has the file open or mapped */
	LEASES_IGNORE_READERS, /* nothing: leases are granted while a process reads the file */
	LEASES_MISSING,        /* nothing: leases are not supported */
};

/** The result of the test; initially all zero. */
struct lease_trial {
	enum leases leases;
	int failure; /* errno of the failed test, or of fcntl(2) if leases are not supported */
};

/**
 * Test leases unless that has been done. After a temporary shortage (errno_is_passing()) the next
 * call tests them again.
 *
 * @param directory  descriptor of the directory whose files are to be leased; if negative, the call
 *                   does nothing
 */
void lease_trial_run(struct lease_trial *trial, int directory);

/**
 * Check whether a granted lease proves that the file is unused.
 *
 * @param where  path of the directory, for the sentence
 * @param why    set if it does not
 */
bool lease_trial_proves(const struct lease_trial *trial, const char *where, struct error *why);

#endif
