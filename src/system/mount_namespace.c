#include "system/mount_namespace.h"

#include "base/descriptor.h"
#include "system/linux.h"
#include "system/mount.h"
#include "system/remote_call.h"
#include "system/tmpfs_list.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/vfs.h>

struct answer {
	struct mount_namespace namespace;
	int failure;
};

_Static_assert(sizeof(struct answer) <= REMOTE_CALL_ANSWER_MAX, "fits an answer");

static int enter(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return -1;
	result = setns(fd, CLONE_NEWNS);
	descriptor_close(fd);
	return result;
}

/* Add a file system, once; its use is known unless something is mounted over it. */
static void add(struct mount_namespace *namespace, const struct mount *mount, enum tmpfs_type type)
{
	struct mounted *found = &namespace->found[namespace->count];
	struct statfs fs;
	struct stat st;

	if (namespace->count == MOUNT_NAMESPACE_MAX)
		return;
	for (size_t i = 0; i < namespace->count; i++) {
		if (namespace->found[i].device == mount->device)
			return;
	}
	namespace->count++;
	*found = (struct mounted){
		.device = mount->device,
		.type = type == TMPFS_HUGE ? MOUNTED_HUGETLBFS : MOUNTED_TMPFS,
	};
	if (stat(mount->point, &st) < 0 || st.st_dev != mount->device ||
	    statfs(mount->point, &fs) < 0)
		return;
	mounted_set_use(found, &fs);
}

static void read_there(const void *path, void *answered)
{
	struct answer *answer = answered;
	const int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct mount_table table;
	enum tmpfs_type type;

	/* The /proc of the namespace, if it has one, is not used. */
	if (proc < 0 || enter(path) < 0 || mount_table_read_of(proc, "self", &table) < 0) {
		answer->failure = errno;
		return;
	}
	for (size_t i = 0; i < table.count; i++) {
		if (tmpfs_find_type(&table.mounts[i], &type))
			add(&answer->namespace, &table.mounts[i], type);
	}
}

int mount_namespace_read(const char *path, struct mount_namespace *namespace)
{
	struct answer answer;

	if (remote_call(read_there, path, &answer, sizeof(answer)) < 0)
		return -1;
	*namespace = answer.namespace;
	errno = answer.failure;
	return answer.failure != 0 ? -1 : 0;
}
