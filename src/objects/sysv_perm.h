/*
 * Changes of mode and owner of System V objects: IPC_SET of shmctl(2), msgctl(2) and semctl(2).
 */
#ifndef SHMTOOL_OBJECTS_SYSV_PERM_H
#define SHMTOOL_OBJECTS_SYSV_PERM_H

#include "error.h"
#include "objects/change.h"
#include "objects/sysv_table.h"

#include <stdbool.h>
#include <sys/ipc.h>

/** Whether the caller is the owner or creator. */
bool sysv_perm_is_mine(const struct ipc_perm *perm);

/** Apply the new mode and owner to the permissions that IPC_SET takes. */
void sysv_perm_apply(struct ipc_perm *perm, const struct object_change *change);

/** The object of a change, for the sentence of a failure. */
struct sysv_subject {
	const struct sysv_table *table;
	const char *noun; /* "segment" */
	int id;
};

/**
 * Explain why IPC_SET, or a lock, failed with errno.
 *
 * @param before  permissions before
 * @param what    could not be changed: "the lock"
 * @return -1, with error set
 */
int sysv_perm_failed(const struct sysv_subject *subject, const struct ipc_perm *before,
                     const char *what, struct error *error);

/** As sysv_perm_failed(), for IPC_SET of mode or owner. */
int sysv_perm_set_failed(const struct sysv_subject *subject, const struct ipc_perm *before,
                         const struct object_change *change, struct error *error);

/**
 * Explain why an object can't be looked at for a change, with errno.
 *
 * @return -1, with error set
 */
int sysv_perm_look_failed(const struct sysv_subject *subject, struct error *error);

#endif
