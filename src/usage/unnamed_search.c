#include "usage/unnamed_search.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "objects/posix.h"
#include "objects/posix_files.h"
#include "system/beneath.h"
#include "system/process.h"
#include "system/process_files.h"
#include "system/process_maps.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { DIRECTORY_SIZE = 16, NAME_SIZE = PATH_MAX, LINK_SIZE = 96 };

/* The process that is being searched. */
struct look {
	struct unnamed_search *search;
	pid_t pid;
	char directory[DIRECTORY_SIZE]; /* in /proc */
	/* The file of the last mapping that has a name: many mappings are of the same one. */
	dev_t named_device;
	ino_t named_inode;
};

/* A file or directory that a process uses. */
struct use {
	const struct look *look;
	int directory;    /* of the link in /proc */
	const char *link; /* to the file */
	enum user_how how;
	int fd;                                /* USER_OPEN */
	const struct process_mapping *mapping; /* USER_MAPPED */
	struct statx status;
	dev_t device;
};

static const char deleted[] = " (deleted)";
static const char memfd_prefix[] = "/memfd:";

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_deleted(const char *path)
{
	const size_t length = strlen(path);

	return length >= sizeof(deleted) - 1 &&
	       strcmp(path + length - (sizeof(deleted) - 1), deleted) == 0;
}

/* Check by name whether an unlinked file is on one of the kernel's own mounts. */
static bool is_internal_name(const char *path)
{
	return starts_with(path, memfd_prefix) || strcmp(path, "/dev/zero (deleted)") == 0 ||
	       strcmp(path, "/anon_hugepage (deleted)") == 0 || process_maps_names_segment(path);
}

/* The same for the file of a driver, which may have a mount of its own: drivers/gpu/drm/drm_gem.c. */
static bool is_driver_name(const char *path)
{
	return strcmp(path, "/drm mm object (deleted)") == 0 ||
	       strcmp(path, "/i915 (deleted)") == 0;
}

bool unnamed_is_adrift(const struct mounted *mounted)
{
	return mounted->type != MOUNTED_OTHER && !mounted->is_internal && !mounted->is_mounted;
}

static bool is_posix(const struct unnamed_search *search, dev_t device)
{
	return search->posix_directory >= 0 && device == search->posix;
}

/* Skip what can't be inspected or is gone: users_scan() reports it. A shortage ends the search. */
static int pass_over(void)
{
	return errno_is_passing(errno) ? -1 : 0;
}

/* The former name of an object, from the kernel's path of its file, which is cut in place. */
static const char *former_name(const struct unnamed_object *found, char *path)
{
	const char *name;

	if (is_deleted(path) && !found->has_name)
		path[strlen(path) - (sizeof(deleted) - 1)] = '\0';
	if (found->kind == UNNAMED_MEMFD)
		return path + sizeof(memfd_prefix) - 1;
	if (strcmp(path, "/dev/zero") == 0)
		return "";
	name = found->kind == UNNAMED_FILE ? path : posix_former_name(path);
	return name + (*name == '/');
}

/*
 * When a process started. This process counts as the youngest, since it will be gone soon: memory that
 * it inherited is named by the process that had it first.
 */
static uint64_t began(const struct look *look)
{
	struct unnamed_search *search = look->search;
	struct process_stat process;

	if (search->began_of != look->pid) {
		search->began_of = look->pid;
		if (look->pid == search->own)
			search->began = UINT64_MAX;
		else if (process_read_stat(look->pid, &process) == 0)
			search->began = process.start_ticks;
		else
			search->began = UINT64_MAX - 1;
	}
	return search->began;
}

/* Record a use that keeps a file system; of a process and kind of use, the first one. */
static void add_holder(const struct use *use)
{
	struct unnamed_list *list = use->look->search->list;
	struct unnamed_holder *holder;

	for (size_t i = list->holder_count; i > 0; i--) {
		holder = &list->holders[i - 1];
		if (holder->user.pid != use->look->pid)
			break;
		if (holder->device == use->device && holder->user.how == use->how) {
			holder->user.count++;
			return;
		}
	}
	list->holders = vector_grow(list->holders, list->holder_count, sizeof(*list->holders));
	holder = &list->holders[list->holder_count++];
	*holder = (struct unnamed_holder){
		.device = use->device,
		.began = began(use->look),
		.user = { .pid = use->look->pid,
		          .how = use->how,
		          .count = 1,
		          .fd = use->fd,
		          .life = CREATOR_LIVES },
	};
	if (use->mapping != NULL) {
		holder->user.address = use->mapping->start;
		holder->user.bytes = use->mapping->end - use->mapping->start;
		holder->user.readable = use->mapping->readable;
		holder->user.writable = use->mapping->writable && use->mapping->shared;
		holder->user.is_private = !use->mapping->shared;
		holder->user.any_private = !use->mapping->shared;
	}
	if (use->how == USER_OPEN) {
		struct stat st;

		/* The link's own mode is the access mode of the descriptor. */
		if (fstatat(use->directory, use->link, &st, AT_SYMLINK_NOFOLLOW) == 0) {
			holder->user.readable = (st.st_mode & S_IRUSR) != 0;
			holder->user.writable = (st.st_mode & S_IWUSR) != 0;
		}
	}
}

static bool is_same(const struct unnamed_object *a, const struct unnamed_object *b)
{
	return a->device == b->device && a->object.inode == b->object.inode;
}

/* Record an object. A duplicate of the preceding one is dropped here, all others at the end. */
static void add(const struct use *use, const struct unnamed_object *made, char *path)
{
	struct unnamed_list *list = use->look->search->list;
	struct unnamed_object *last = list->count > 0 ? &list->objects[list->count - 1] : NULL;
	struct unnamed_object found = *made;

	found.fd = use->how == USER_OPEN ? use->fd : -1;
	found.address = use->mapping != NULL && use->mapping->shared ? use->mapping->start : 0;
	if (last != NULL && is_same(last, &found) && last->pid == use->look->pid) {
		if (last->fd < 0 && last->address == 0)
			last->address = found.address;
		return;
	}
	found.pid = use->look->pid;
	found.began = began(use->look);
	found.object.kind = KIND_PSHM;
	found.object.held_device = found.device;
	found.object.name = object_list_text(&list->texts, "/", former_name(&found, path));
	list->objects = vector_grow(list->objects, list->count, sizeof(*list->objects));
	list->objects[list->count++] = found;
}

static void take_status(struct unnamed_object *found, const struct statx *status)
{
	struct stat st;

	beneath_take_status(status, &st);
	object_files_fill(&found->object, &st);
	object_files_fill_memory(&found->object, &st);
	found->has_status = true;
	found->has_name = st.st_nlink > 0;
	if (found->is_huge)
		found->page_bytes = (uint64_t)st.st_blksize;
}

/*
 * Record a file by what is known of it.
 *
 * ON: its file system. PATH: the kernel's, modified. The status of the use is set only if HAS_STATUS.
 */
static void take_file(const struct use *use, struct mounted *on, bool has_status, char *path)
{
	const struct unnamed_search *search = use->look->search;
	struct unnamed_object found = { .device = use->device,
		                        .is_huge = on->type == MOUNTED_HUGETLBFS };

	if (has_status)
		take_status(&found, &use->status);
	else
		found.object.inode = use->mapping->inode;
	/* If the kernel's own devices are unknown, they look as if they were mounted nowhere. */
	if (search->devices.unknown && unnamed_is_adrift(on) && !found.has_name &&
	    is_internal_name(path))
		on->is_internal = true;
	if (is_posix(search, use->device))
		found.kind = UNNAMED_OBJECT;
	else if (!on->is_internal && (found.has_name || !is_driver_name(path)))
		found.kind = UNNAMED_FILE;
	else
		found.kind = starts_with(path, memfd_prefix) ? UNNAMED_MEMFD : UNNAMED_ANONYMOUS;
	/* Segments are not nameless: they have an id. */
	if (on->is_internal && process_maps_names_segment(path))
		return;
	if (search->posix_is_plain && found.kind == UNNAMED_OBJECT &&
	    strstr(path, POSIX_DIRECTORY "/") == NULL)
		return;
	add(use, &found, path);
	if (found.kind == UNNAMED_FILE && unnamed_is_adrift(on))
		add_holder(use);
}

/*
 * Look at a file whose status is known: its file system, which is asked if no process has mounted
 * it, and its link count. Returns the file system if the file is memory that no directory lists.
 */
static struct mounted *judge(const struct use *use)
{
	struct unnamed_search *search = use->look->search;
	struct mounted *on = mounted_find(&search->mounted, use->device);

	if (!S_ISREG(use->status.stx_mode) && !S_ISDIR(use->status.stx_mode))
		return NULL;
	if (on == NULL) {
		char path[LINK_SIZE + 48];

		if (use->how == USER_OPEN)
			snprintf(path, sizeof(path), "/proc/%d/fd/%s", use->look->pid, use->link);
		else
			snprintf(path, sizeof(path), "/proc/%s", use->link);
		on = mounted_ask(&search->mounted, use->device, path);
	}
	if (on->type == MOUNTED_OTHER && !is_posix(search, use->device))
		return NULL;
	if (unnamed_is_adrift(on))
		return on;
	return S_ISREG(use->status.stx_mode) && use->status.stx_nlink == 0 ? on : NULL;
}

/* Read the status of what a link in /proc refers to: 1, 0 if it is gone, or -1 with errno. */
static int look_at_link(struct use *use)
{
	const int result =
	    process_files_look(use->directory, use->link, STATX_BASIC_STATS, &use->status);

	use->device = makedev(use->status.stx_dev_major, use->status.stx_dev_minor);
	if (result > 0 && !(use->status.stx_mask & STATX_TYPE))
		return 0;
	return result;
}

/* Record a descriptor of a mount namespace; there is one for each type of namespace. */
static void add_namespace(const struct use *use, const char *path)
{
	struct unnamed_search *search = use->look->search;

	if (!starts_with(path, "mnt:["))
		return;
	search->namespaces =
	    vector_grow(search->namespaces, search->namespace_count, sizeof(*search->namespaces));
	search->namespaces[search->namespace_count++] = (struct unnamed_namespace){
		.inode = (ino_t)use->status.stx_ino,
		.pid = use->look->pid,
		.began = began(use->look),
		.fd = number_of_name(use->link),
	};
}

static int look_at_descriptor(const struct look *look, int directory, const char *name)
{
	struct use use = { .look = look, .directory = directory, .link = name, .how = USER_OPEN };
	char path[NAME_SIZE];
	struct mounted *on;
	ssize_t length;
	int result = look_at_link(&use);

	/* ENOSYS, EPERM: a seccomp filter refuses statx(2), so no file can be found. */
	if (result < 0)
		return errno == ENOSYS || errno == EPERM ? -1 : pass_over();
	if (result == 0)
		return 0;
	on = judge(&use);
	if (on == NULL &&
	    (use.device != look->search->namespace_device || !S_ISREG(use.status.stx_mode)))
		return 0;
	use.fd = number_of_name(name);
	if (S_ISDIR(use.status.stx_mode)) {
		add_holder(&use);
		return 0;
	}
	/* ENOENT: the descriptor has been closed meanwhile. */
	length = readlinkat(directory, name, path, sizeof(path) - 1);
	if (length < 0)
		return pass_over();
	path[length] = '\0';
	if (on != NULL)
		take_file(&use, on, true, path);
	else
		add_namespace(&use, path);
	return 0;
}

static int look_at_descriptors(const struct look *look)
{
	struct process_files files;
	const char *name;
	int result = 0;
	int next = 0;

	if (process_files_open(look->search->proc, look->directory, &files) < 0)
		return pass_over();
	while (result == 0 && (next = process_files_next(&files, &name)) > 0)
		result = look_at_descriptor(look, files.directory, name);
	if (next < 0)
		result = pass_over();
	process_files_close(&files);
	return result;
}

/* The name of an existing file may also end in " (deleted)". */
static bool has_name(const struct unnamed_search *search, const char *path, ino_t inode)
{
	const char *slash = strrchr(path, '/');
	const struct beneath beneath = beneath_begin(search->posix_directory);
	struct stat st;

	return search->posix_directory >= 0 && slash != NULL &&
	       beneath_stat(&beneath, slash + 1, &st) == 0 && st.st_ino == inode;
}

/*
 * Following a mapping to its file needs a capability, proc_pid_map_files(5); without it, the name
 * of the mapping shows that the file was unlinked.
 */
static void take_refused(const struct use *use, struct mounted *on, char *path)
{
	struct unnamed_search *search = use->look->search;

	if (on == NULL && !(search->devices.unknown && is_internal_name(path))) {
		search->refused = use->device;
		return;
	}
	if (!is_deleted(path) ||
	    (is_posix(search, use->device) && has_name(search, path, use->mapping->inode)))
		return;
	if (on == NULL) {
		on = mounted_add(&search->mounted, use->device);
		on->type = MOUNTED_TMPFS;
		on->is_internal = true;
	}
	take_file(use, on, false, path);
}

static int look_at_mapping(struct look *look, struct process_maps *maps,
                           const struct process_mapping *mapping)
{
	struct unnamed_search *search = look->search;
	struct mounted *on = mounted_find(&search->mounted, mapping->device);
	char link[LINK_SIZE];
	struct use use = { .look = look,
		           .directory = search->proc,
		           .link = link,
		           .how = USER_MAPPED,
		           .mapping = mapping };
	char path[NAME_SIZE];
	int result;

	if (on != NULL && on->type == MOUNTED_OTHER && !is_posix(search, mapping->device))
		return 0;
	if (on == NULL && mapping->device == search->refused && !search->devices.unknown)
		return 0;
	if (on != NULL && mapping->device == look->named_device &&
	    mapping->inode == look->named_inode)
		return 0;
	if (process_maps_name(maps, mapping, path, sizeof(path)) < 0)
		return 0;
	/* Most mappings are of files with a name. */
	if (on != NULL && !unnamed_is_adrift(on) && !is_deleted(path)) {
		look->named_device = mapping->device;
		look->named_inode = mapping->inode;
		return 0;
	}
	snprintf(link, sizeof(link), "%s/map_files/%" PRIx64 "-%" PRIx64, look->directory,
	         mapping->start, mapping->end);
	result = look_at_link(&use);
	if (result > 0) {
		on = judge(&use);
		if (on != NULL && !S_ISDIR(use.status.stx_mode))
			take_file(&use, on, true, path);
		return 0;
	}
	if (result < 0 && pass_over() < 0)
		return -1;
	use.device = mapping->device;
	take_refused(&use, on, path);
	return 0;
}

static int look_at_mappings(struct look *look)
{
	const struct process_maps_request request = { .shared_only = false };
	struct process_maps maps;
	struct process_mapping mapping;
	int result = 0;

	if (process_maps_open(look->search->proc, look->directory, &request, &maps) < 0)
		return pass_over();
	while (result == 0 && process_maps_next(&maps, &mapping) > 0)
		result = look_at_mapping(look, &maps, &mapping);
	process_maps_close(&maps);
	return result;
}

/* A working or root directory keeps a whole file system. */
static int look_at_directory(const struct look *look, const char *name, enum user_how how)
{
	char link[LINK_SIZE];
	struct use use = {
		.look = look, .directory = look->search->proc, .link = link, .how = how
	};
	int result;

	snprintf(link, sizeof(link), "%s/%s", look->directory, name);
	result = look_at_link(&use);
	if (result > 0 && judge(&use) != NULL)
		add_holder(&use);
	return result < 0 ? pass_over() : 0;
}

static int look_at_process(struct unnamed_search *search, pid_t pid)
{
	struct look look = { .search = search, .pid = pid };
	struct pid_list *unseen = &search->unseen;
	int result = 0;

	snprintf(look.directory, sizeof(look.directory), "%d", pid);
	/* Its mounts first, so that none of its own file systems has to be asked. */
	if (mounted_read(&search->mounted, search->proc, look.directory) < 0) {
		result = pass_over();
		unseen->pids = vector_grow(unseen->pids, unseen->count, sizeof(*unseen->pids));
		unseen->pids[unseen->count++] = pid;
	}
	if (result == 0)
		result = look_at_directory(&look, "cwd", USER_DIRECTORY);
	if (result == 0)
		result = look_at_directory(&look, "root", USER_ROOT);
	if (result == 0)
		result = look_at_descriptors(&look);
	if (result == 0)
		result = look_at_mappings(&look);
	return result;
}

static void begin(struct unnamed_search *search)
{
	struct statx namespace;
	struct statfs fs;
	struct stat st;

	search->own = process_own_number();
	memory_devices_find(&search->devices);
	for (size_t i = 0; i < search->devices.count; i++) {
		struct mounted *own = mounted_add(&search->mounted, search->devices.devices[i]);

		own->type = i == 0 ? MOUNTED_TMPFS : MOUNTED_HUGETLBFS;
		own->is_internal = true;
	}
	/* Descriptors of namespaces are regular files in no mount table. */
	if (process_files_look(search->proc, "self/ns/mnt", STATX_INO, &namespace) > 0) {
		search->namespace_device =
		    makedev(namespace.stx_dev_major, namespace.stx_dev_minor);
		mounted_add(&search->mounted, search->namespace_device);
	}
	if (search->posix_directory < 0)
		return;
	if (fstat(search->posix_directory, &st) == 0)
		search->posix = st.st_dev;
	search->posix_is_plain =
	    fstatfs(search->posix_directory, &fs) == 0 && fs.f_type != TMPFS_MAGIC;
}

int unnamed_search(struct unnamed_search *search)
{
	struct pid_list processes;
	int result;

	search->proc = -1;
	search->posix_directory = posix_open_directory();
	result = search->posix_directory < 0 ? pass_over() : 0;
	if (result == 0)
		search->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (search->proc < 0)
		return -1;
	begin(search);
	if (mounted_read(&search->mounted, search->proc, "self") < 0 && pass_over() < 0)
		return -1;
	if (pid_list_all(&processes) < 0)
		return -1;
	for (size_t i = 0; result == 0 && i < processes.count; i++)
		result = look_at_process(search, processes.pids[i]);
	pid_list_free(&processes);
	return result;
}

void unnamed_search_end(struct unnamed_search *search)
{
	mounted_free(&search->mounted);
	free(search->namespaces);
	pid_list_free(&search->unseen);
	descriptor_close(search->proc);
	descriptor_close(search->posix_directory);
}
