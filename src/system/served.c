#include "system/served.h"

#include "system/linux.h"

#include <stdlib.h>
#include <string.h>

/* Prefixes: "fuse" also matches "fuseblk" and "fuse.sshfs", "nfs" also "nfs4". */
static const char *const served_types[] = {
	"fuse",   "virtiofs", "nfs",     "cifs",   "smb",    "9p",       "ceph",   "afs",
	"lustre", "gfs2",     "ocfs2",   "coda",   "ncp",    "orangefs", "autofs", "ecryptfs",
	"beegfs", "gpfs",     "shiftfs", "prl_fs", "vboxsf", "vmhgfs",
};

bool file_system_is_local(long type)
{
	static const unsigned long local[] = {
		TMPFS_MAGIC,        RAMFS_MAGIC,      EXT4_SUPER_MAGIC,     XFS_SUPER_MAGIC,
		BTRFS_SUPER_MAGIC,  F2FS_SUPER_MAGIC, SQUASHFS_MAGIC,       HUGETLBFS_MAGIC,
		LINUX_MQUEUE_MAGIC, LINUX_ZFS_MAGIC,  LINUX_BCACHEFS_MAGIC, EROFS_SUPER_MAGIC_V1,
	};

	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
		if (((unsigned long)type & 0xffffffffUL) == local[i])
			return true;
	}
	return false;
}

static bool is_served_type(const char *type)
{
	for (size_t i = 0; i < sizeof(served_types) / sizeof(served_types[0]); i++) {
		if (strncmp(type, served_types[i], strlen(served_types[i])) == 0)
			return true;
	}
	return false;
}

/*
 * Check whether a path can be compared with mount points. A layer is shown as it was given to mount(2),
 * and with escapes.
 */
static bool is_canonical(const char *path)
{
	size_t length = 0;

	if (*path != '/' || strchr(path, '\\') != NULL || strstr(path, "//") != NULL)
		return false;
	for (; *path == '/'; path += length) {
		length = strcspn(++path, "/");
		if (length > 0 && length <= 2 && strspn(path, ".") == length)
			return false;
	}
	return true;
}

/* A layer is known to be local only if its mount is visible and not itself an overlay. */
static bool layer_is_local(const struct mount_table *table, const char *path)
{
	const struct mount *mount = is_canonical(path) ? mount_table_at(table, path) : NULL;

	return mount != NULL && !is_served_type(mount->type) && strcmp(mount->type, "overlay") != 0;
}

/* "rw,lowerdir=/a:/b,upperdir=/c,workdir=/d" */
static bool layers_are_local(const struct mount_table *table, const struct mount *mount)
{
	char *options = strdup(mount->options);
	char *rest = options;
	bool any = false;
	bool all = options != NULL;
	char *option;

	while (all && (option = strsep(&rest, ",")) != NULL) {
		char *layers = strchr(option, '=');
		char *layer;

		/* lowerdir+ and datadir+: Linux 6.8 and 6.13. */
		if (layers == NULL ||
		    (strncmp(option, "lowerdir", 8) != 0 && strncmp(option, "upperdir", 8) != 0 &&
		     strncmp(option, "datadir", 7) != 0))
			continue;
		layers++;
		while (all && (layer = strsep(&layers, ":")) != NULL) {
			/* "::" precedes data layers. */
			if (*layer == '\0')
				continue;
			all = layer_is_local(table, layer);
			any = true;
		}
	}
	free(options);
	return any && all;
}

bool mount_is_served(const struct mount_table *table, const struct mount *mount, bool is_ours)
{
	if (strcmp(mount->type, "overlay") == 0)
		return !is_ours || !layers_are_local(table, mount);
	return is_served_type(mount->type);
}
