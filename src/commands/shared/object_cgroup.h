/*
 * The control groups of listed objects, for their columns.
 */
#ifndef SHMTOOL_COMMANDS_SHARED_OBJECT_CGROUP_H
#define SHMTOOL_COMMANDS_SHARED_OBJECT_CGROUP_H

#include "objects/object.h"
#include "output/column.h"
#include "system/cgroup_cache.h"

/**
 * The control group, cgroups(7), of the processes that use an object; of an unused segment, that of
 * its creator while it runs. Several are shown as "FIRST +N": that of the process with the lowest PID,
 * and the number of others. Unknown if there is no such process.
 *
 * @param groups  all zero at first; free with cgroup_cache_free()
 * @param object  with its usage
 */
void object_cgroup_path(struct cgroup_cache *groups, const struct shm_object *object,
                        struct value *value);

/** The same for the unit, container or job that the group belongs to: system/cgroup.h. */
void object_cgroup_unit(struct cgroup_cache *groups, const struct shm_object *object,
                        struct value *value);

#endif
