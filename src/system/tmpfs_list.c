#include "system/tmpfs_list.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "error.h"
#include "system/linux.h"
#include "system/mount.h"
#include "system/mount_view.h"
#include "system/process_list.h"
#include "system/remote_directory.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

struct search {
	struct tmpfs_list *list;
	int proc; /* descriptor of /proc */
	struct mount_view_list seen;
	ino_t namespace; /* mount namespace of the process; 0: unknown */
	bool is_first;   /* the process is this one */
	int failure;     /* errno of mounts that can't be read; 0: none */
};

/* The result of ustat(2), <linux/types.h>. */
struct free_counts {
	__kernel_daddr_t blocks; /* mostly 32 bits */
	unsigned long inodes;
	/* cppcheck-suppress unusedStructMember ; two names, and padding */
	char unused[64];
};

/* Units of amounts, each 1024 times the one before. */
static const char units[] = "kmg";

static const char *const type_words[] = {
	[TMPFS_PLAIN] = "tmpfs",
	[TMPFS_DEVICES] = "devtmpfs",
	[TMPFS_HUGE] = "hugetlbfs",
};

const char *tmpfs_type_word(enum tmpfs_type type)
{
	return type_words[type];
}

bool tmpfs_find_type(const struct mount *mount, enum tmpfs_type *type)
{
	/* The initial root file system has a type of its own, and is a ramfs or a tmpfs. */
	if (strcmp(mount->type, "rootfs") == 0) {
		*type = TMPFS_PLAIN;
		return strstr(mount->options, "size=") != NULL;
	}
	for (size_t i = 0; i < sizeof(type_words) / sizeof(type_words[0]); i++) {
		if (strcmp(mount->type, type_words[i]) == 0) {
			*type = (enum tmpfs_type)i;
			return true;
		}
	}
	return false;
}

/* Parse "1024k" up to the end of the option. */
static bool parse_amount(const char *text, uint64_t *amount)
{
	unsigned int shift = 0;
	uint64_t number;

	if (number_take(&text, NUMBER_DECIMAL, &number) != NUMBER_READ)
		return false;
	if (*text != '\0' && *text != ',') {
		const char *unit = strchr(units, tolower((unsigned char)*text++));

		if (unit == NULL)
			return false;
		shift = 10 * (unsigned int)(unit - units + 1);
	}
	if ((*text != '\0' && *text != ',') ||
	    __builtin_mul_overflow(number, UINT64_C(1) << shift, &number))
		return false;
	*amount = number;
	return true;
}

bool tmpfs_find_option(const char *options, const char *name, uint64_t *amount)
{
	const size_t length = strlen(name);

	for (const char *at = options; at != NULL; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, name, length) == 0 && at[length] == '=')
			return parse_amount(at + length + 1, amount);
	}
	return false;
}

/*
 * The limits of a tmpfs: shmem_show_options() of the kernel omits those that are the default, half
 * of the memory in pages.
 */
static void find_limits(const char *options, uint64_t *blocks, uint64_t *inodes)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct sysinfo info = { .totalram = 0 };
	uint64_t bytes;

	(void)sysinfo(&info);
	*blocks = (uint64_t)info.totalram * info.mem_unit / page / 2;
	*inodes = *blocks;
	if (tmpfs_find_option(options, "size", &bytes))
		*blocks = bytes / page;
	(void)tmpfs_find_option(options, "nr_inodes", inodes);
}

static int free_counts(dev_t device, struct free_counts *counts)
{
#ifdef SYS_ustat
	const unsigned int number =
	    (minor(device) & 0xff) | major(device) << 8 | (minor(device) & ~0xffU) << 12;

	memset(counts, 0, sizeof(*counts));
	return syscall(SYS_ustat, number, counts) < 0 ? -1 : 0;
#else
	(void)device;
	(void)counts;
	errno = ENOSYS;
	return -1;
#endif
}

/* Set the use from what is free. The free blocks are reported modulo 2^32: 16 TiB. */
static void set_use(struct tmpfs *tmpfs, uint64_t blocks, uint64_t inodes,
                    const struct free_counts *counts)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	const uint64_t free_inodes = counts->inodes;

	tmpfs->used = (uint64_t)((uint32_t)blocks - (uint32_t)counts->blocks) * page;
	/* The root directory is always there. */
	tmpfs->files = inodes > free_inodes ? inodes - free_inodes - 1 : 0;
	tmpfs->has_use = true;
}

static void read_use_by_path(struct tmpfs *tmpfs)
{
	const int directory = tmpfs_open(tmpfs);
	struct statfs fs;

	if (directory < 0 || fstatfs(directory, &fs) < 0) {
		tmpfs->failure = errno;
	} else if (fs.f_blocks > 0) {
		tmpfs->used = (fs.f_blocks - fs.f_bfree) * (uint64_t)fs.f_bsize;
		tmpfs->files = fs.f_files > fs.f_ffree ? fs.f_files - fs.f_ffree - 1 : 0;
		tmpfs->has_use = true;
	}
	descriptor_close(directory);
}

static void read_use(struct tmpfs *tmpfs, const char *options)
{
	struct free_counts counts;
	uint64_t blocks;
	uint64_t inodes;

	/* Its statfs(2) counts reserved pages, too, and only if it has a limit. */
	if (tmpfs->type == TMPFS_HUGE)
		return;
	find_limits(options, &blocks, &inodes);
	/* Without a limit, the kernel does not count. */
	if (blocks == 0)
		return;
	if (free_counts(tmpfs->device, &counts) == 0)
		set_use(tmpfs, blocks, inodes, &counts);
	else if (errno == EINVAL)
		tmpfs->has_use = true; /* it has been unmounted, and uses nothing any more */
	else
		read_use_by_path(tmpfs);
}

/* How well a mount shows its file system; 0 is best. */
static int rank(bool is_own, bool is_hidden, const char *root)
{
	return (is_hidden ? 4 : 0) + (is_own ? 0 : 2) + (strcmp(root, "/") == 0 ? 0 : 1);
}

static struct tmpfs *find(const struct tmpfs_list *list, dev_t device)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].device == device)
			return &list->items[i];
	}
	return NULL;
}

const struct tmpfs *tmpfs_list_find(const struct tmpfs_list *list, dev_t device)
{
	return find(list, device);
}

static void free_place(struct tmpfs *tmpfs)
{
	free(tmpfs->point);
	free(tmpfs->root);
}

static void take_mount(struct search *search, pid_t pid, const struct mount_table *table,
                       const struct mount *mount)
{
	struct tmpfs_list *list = search->list;
	struct tmpfs *known = find(list, mount->device);
	enum tmpfs_type type;
	bool is_hidden;

	if (!tmpfs_find_type(mount, &type) ||
	    (known != NULL && rank(known->is_own, known->is_hidden, known->root) <=
	                          rank(search->is_first, false, mount->root)))
		return;
	is_hidden = mount_table_at(table, mount->point) != mount;
	if (known == NULL) {
		list->items = vector_grow(list->items, list->count, sizeof(*list->items));
		known = &list->items[list->count++];
		*known = (struct tmpfs){ .device = mount->device, .type = type };
		if (type == TMPFS_HUGE)
			(void)tmpfs_find_option(mount->options, "pagesize", &known->page_bytes);
	} else if (rank(known->is_own, known->is_hidden, known->root) <=
	           rank(search->is_first, is_hidden, mount->root)) {
		return;
	} else {
		free_place(known);
	}
	known->point = needed(strdup(mount->point));
	known->root = needed(strdup(mount->root));
	known->pid = pid;
	known->namespace = search->namespace;
	known->is_own = search->is_first;
	known->is_hidden = is_hidden;
	/* If there is a better place, this may be repeated: the path matters to the fallback. */
	known->has_use = false;
	known->failure = 0;
	read_use(known, mount->options);
}

static void look_at_process(struct search *search, const char *process, pid_t pid)
{
	struct mount_table table;
	struct mount_view view;
	bool has_view;

	/* The mounts of a process can be read even if its namespace can't be identified. */
	search->namespace = 0;
	has_view = mount_view_find(search->proc, process, &view) == 0;
	if (has_view) {
		if (mount_view_is_seen(&search->seen, &view))
			return;
		search->namespace = view.namespace;
	}
	/* Of a process that has exited or is hidden, nothing is known. */
	if (mount_table_read_of(search->proc, process, &table) < 0) {
		if (search->is_first || errno_is_passing(errno))
			search->failure = errno;
		if (has_view)
			mount_view_forget(&search->seen);
	}
	for (size_t i = 0; i < table.count; i++)
		take_mount(search, pid, &table, &table.mounts[i]);
	mount_table_free(&table);
}

int tmpfs_list_read(struct tmpfs_list *list)
{
	const int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct search search = { .list = list, .proc = proc, .is_first = true };
	struct pid_list pids;
	char process[16];

	*list = (struct tmpfs_list){ .count = 0 };
	if (proc < 0 || pid_list_all(&pids) < 0) {
		descriptor_close(proc);
		return -1;
	}
	look_at_process(&search, "self", getpid());
	search.is_first = false;
	for (size_t i = 0; i < pids.count; i++) {
		snprintf(process, sizeof(process), "%d", (int)pids.pids[i]);
		look_at_process(&search, process, pids.pids[i]);
	}
	pid_list_free(&pids);
	mount_views_free(&search.seen);
	close(proc);
	errno = search.failure;
	return search.failure != 0 ? -1 : 0;
}

void tmpfs_list_free(struct tmpfs_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free_place(&list->items[i]);
	free(list->items);
	*list = (struct tmpfs_list){ .count = 0 };
}

int tmpfs_open(const struct tmpfs *tmpfs)
{
	struct remote_directory found;
	char path[32] = "/proc/self/root";
	int root;

	if (tmpfs->is_hidden) {
		errno = EBUSY;
		return -1;
	}
	/* /proc may be that of another pid namespace. */
	if (!tmpfs->is_own)
		snprintf(path, sizeof(path), "/proc/%d/root", (int)tmpfs->pid);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	/* Without the slash; of the root directory itself, nothing would be left. */
	found = remote_directory_open(root, tmpfs->point[1] != '\0' ? tmpfs->point + 1 : ".");
	close(root);
	if (found.descriptor >= 0 && found.st.st_dev == tmpfs->device)
		return found.descriptor;
	descriptor_close(found.descriptor);
	errno = found.descriptor >= 0 ? ESTALE : found.failure;
	return -1;
}
