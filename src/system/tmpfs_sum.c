#include "system/tmpfs_sum.h"

#include "base/allocated.h"
#include "base/descriptor.h"
#include "base/memory.h"
#include "system/beneath.h"
#include "system/cachestat.h"
#include "system/lease.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bounds, since any user can create many files and deeply nested directories. */
enum { FILES_MAX = 1000000, DEPTH_MAX = 64, OPENS_MAX = 100000 };

struct walk {
	struct tmpfs_sum *sum;
	dev_t device;
	bool with_resident;
	struct lease_list leases;
	uint64_t seen;           /* names */
	uint64_t opens;          /* files that were opened */
	struct file_set *linked; /* files with several names that were counted */
};

/* Returns 0 if it is unknown. */
static uint64_t find_resident(struct walk *walk, const struct beneath *parent, const char *name,
                              const struct stat *seen)
{
	uint64_t resident = 0;
	struct stat st;
	int fd = -1;

	/* An open would break another process's lease on the file. */
	if (walk->opens++ < OPENS_MAX && S_ISREG(seen->st_mode) &&
	    !lease_is_held(&walk->leases, seen->st_ino))
		fd = beneath_open_seen(parent, name, O_RDONLY | O_NOATIME, &st);
	if (fd < 0 || st.st_ino != seen->st_ino || cachestat_resident(fd, &resident) < 0)
		walk->sum->is_unsplit = true;
	descriptor_close(fd);
	return resident;
}

static void walk_directory(struct walk *walk, int directory, unsigned int depth);

static void add_file(struct walk *walk, const struct beneath *parent, const char *name,
                     const struct stat *st)
{
	if (st->st_dev != walk->device)
		return;
	if (!S_ISDIR(st->st_mode) && st->st_nlink > 1 &&
	    !file_set_add(walk->linked, st->st_dev, st->st_ino))
		return;
	walk->sum->files++;
	walk->sum->used += allocated_bytes(st);
	if (walk->with_resident && st->st_blocks > 0)
		walk->sum->resident += find_resident(walk, parent, name, st);
}

/* Skip what is gone, or hidden by a mount; everything else is missing. */
static void pass_over(struct walk *walk)
{
	walk->sum->is_partial |= errno != ENOENT && errno != EXDEV;
}

static void look_at_name(struct walk *walk, const struct beneath *parent,
                         const struct dirent *entry, unsigned int depth)
{
	struct stat st;
	int fd;

	if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) {
		if (beneath_stat(parent, entry->d_name, &st) == 0)
			add_file(walk, parent, entry->d_name, &st);
		else
			pass_over(walk);
		return;
	}
	fd = beneath_look(parent, entry->d_name);
	if (fd < 0) {
		pass_over(walk);
		return;
	}
	if (fstat(fd, &st) < 0) {
		pass_over(walk);
	} else {
		add_file(walk, parent, entry->d_name, &st);
		if (S_ISDIR(st.st_mode) && st.st_dev == walk->device)
			walk_directory(walk, fd, depth + 1);
	}
	close(fd);
}

static void walk_directory(struct walk *walk, int directory, unsigned int depth)
{
	const int fd = depth <= DEPTH_MAX ? descriptor_open_directory(directory, ".") : -1;
	const struct dirent *entry;
	struct beneath beneath;
	DIR *stream;

	stream = fd >= 0 ? fdopendir(fd) : NULL;
	if (stream == NULL) {
		walk->sum->is_partial = true;
		descriptor_close(fd);
		return;
	}
	beneath = beneath_begin(fd);
	while ((errno = 0, entry = readdir(stream)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (++walk->seen > FILES_MAX) {
			walk->sum->is_partial = true;
			break;
		}
		look_at_name(walk, &beneath, entry, depth);
	}
	if (entry == NULL && errno != 0)
		pass_over(walk);
	closedir(stream);
}

void tmpfs_sum_read(int directory, bool with_resident, struct file_set *linked,
                    struct tmpfs_sum *sum)
{
	struct file_set own = { .files = NULL };
	struct walk walk = {
		.sum = sum,
		.with_resident = with_resident,
		.linked = linked != NULL ? linked : &own,
	};
	struct stat st;

	*sum = (struct tmpfs_sum){ .files = 0 };
	if (fstat(directory, &st) < 0) {
		sum->is_partial = true;
		return;
	}
	walk.device = st.st_dev;
	if (with_resident && lease_read(directory, &walk.leases) < 0) {
		sum->is_unsplit = true;
		walk.with_resident = false;
	}
	walk_directory(&walk, directory, 1);
	if (with_resident && walk.with_resident)
		lease_free(&walk.leases);
	file_set_free(&own);
}
