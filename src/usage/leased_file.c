#include "usage/leased_file.h"

#include "base/access.h"
#include "base/allocated.h"
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/random.h"
#include "objects/posix.h"
#include "system/account.h"
#include "system/lease.h"
#include "system/place.h"
#include "system/user_map.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void use_directory(struct lease_directory *directory, int links)
{
	directory->failure = errno;
	directory->beneath = beneath_begin(directory->directory);
	directory->beneath.links = links;
	directory->number = random_number();
}

void lease_directories_begin(struct lease_directories *directories)
{
	memset(directories, 0, sizeof(*directories));
	directories->posix.directory = posix_open_directory();
	directories->posix.trial = &directories->trial;
	directories->links = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	use_directory(&directories->posix, directories->links);
}

/* A directory of a tree is closed with its last use. */
void lease_directory_release(struct lease_directory *directory)
{
	if (directory == NULL || directory->tree == NULL || --directory->uses > 0)
		return;
	descriptor_close(directory->directory);
	free(directory->below);
	free(directory);
}

void lease_directories_end(struct lease_directories *directories)
{
	lease_directory_release(directories->latest);
	for (size_t i = 0; i < directories->device_count; i++)
		free(directories->devices[i].trial);
	free(directories->devices);
	descriptor_close(directories->links);
	descriptor_close(directories->posix.directory);
}

/* The trial of a file system; NULL if there is no memory. */
static struct lease_trial *trial_of(struct lease_directories *directories, dev_t device)
{
	struct lease_device *grown;

	for (size_t i = 0; i < directories->device_count; i++) {
		if (directories->devices[i].device == device)
			return directories->devices[i].trial;
	}
	grown = vector_try_grow(directories->devices, directories->device_count, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	directories->devices = grown;
	grown += directories->device_count;
	grown->device = device;
	grown->trial = calloc(1, sizeof(*grown->trial));
	directories->device_count += grown->trial != NULL;
	return grown->trial;
}

/* Open the directory of an object in a tree; NULL if there is no memory. */
static struct lease_directory *open_directory(struct lease_directories *directories,
                                              const struct shm_object *object, size_t length)
{
	struct lease_directory *directory = calloc(1, sizeof(*directory));

	if (directory == NULL)
		return NULL;
	directory->tree = object_tree(object);
	directory->below = strndup(object->name, length);
	directory->trial = trial_of(directories, directory->tree->device);
	if (directory->below == NULL || directory->trial == NULL) {
		free(directory->below);
		free(directory);
		return NULL;
	}
	directory->directory = object_open_parent(object);
	use_directory(directory, directories->links);
	directory->uses = 1;
	return directory;
}

/* The directory of an object, for a leased file. The object before it is often in the same one. */
struct lease_directory *lease_directory_of(struct lease_directories *directories,
                                           const struct shm_object *object)
{
	const struct object_tree *tree = object_tree(object);
	const struct lease_directory *latest = directories->latest;
	size_t length;

	if (tree == NULL)
		return &directories->posix;
	length = (size_t)(strrchr(object->name, '/') - object->name);
	if (latest == NULL || latest->tree != tree || strlen(latest->below) != length ||
	    memcmp(latest->below, object->name, length) != 0) {
		lease_directory_release(directories->latest);
		directories->latest = open_directory(directories, object, length);
	}
	if (directories->latest != NULL)
		directories->latest->uses++;
	return directories->latest;
}

void lease_directory_path(const struct lease_directory *directory, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s%s",
	         directory->tree != NULL ? directory->tree->path : POSIX_DIRECTORY,
	         directory->tree != NULL ? directory->below : "");
}

enum proof_result proof_not_possible(int number)
{
	return errno_is_passing(number) ? PROOF_FAILED : PROOF_UNKNOWN;
}

bool lease_directory_has(const struct lease_directory *directory, const char *file,
                         const struct stat *st)
{
	struct stat now;

	errno = 0;
	return beneath_stat(&directory->beneath, file, &now) == 0 && now.st_ino == st->st_ino &&
	       now.st_dev == st->st_dev;
}

static enum proof_result removal_failed(const struct leased_file *leased, struct error *why)
{
	const struct shm_object *object = leased->object;
	const bool is_allowed = object->uid == user_map_caller() || user_map_is_root();
	const int number = errno;
	char path[PATH_MAX];

	lease_directory_path(leased->directory, path);
	errno = number;
	if (errno == ENOENT)
		return PROOF_GONE;
	if (errno == EACCES)
		error_set(why, STATUS_FAILED, "no permission to write to %s", path);
	else if (errno == EBUSY)
		error_set(why, STATUS_FAILED, BENEATH_COVERED);
	else if (errno == EPERM && !is_allowed)
		error_set(why, STATUS_FAILED, "owned by %s; only the owner and root may remove it",
		          account_user(object->uid));
	else
		error_set_errno(why, errno, "can't be removed%s",
		                errno == EPERM ? " (see lsattr(1))" : "");
	return PROOF_FAILED;
}

/* The mode, the owner and the attributes; without statx(2), no attributes. */
static int read_status(int fd, struct statx *status)
{
	struct stat st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, status) == 0)
		return 0;
	/* EPERM: a seccomp filter. The C library handles ENOSYS. */
	if (errno != EPERM || fstat(fd, &st) < 0)
		return -1;
	*status = (struct statx){ .stx_mode = (uint16_t)st.st_mode, .stx_uid = st.st_uid };
	return 0;
}

/* Predict whether a removal would succeed: 0, or the errno with which it would fail. */
static int foresee_failure(const struct lease_directory *directory, int fd)
{
	const uint64_t fixed = STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND;
	struct statx parent;
	struct statx status;

	if (access_check(directory->directory, ".", W_OK | X_OK) < 0 ||
	    read_status(directory->directory, &parent) < 0 || read_status(fd, &status) < 0)
		return errno;
	if ((parent.stx_attributes | status.stx_attributes) & fixed)
		return EPERM;
	if (status.stx_attributes & STATX_ATTR_MOUNT_ROOT)
		return EBUSY;
	/* O_NOATIME has the same requirement as the removal: to own the file, or CAP_FOWNER. */
	if ((parent.stx_mode & S_ISVTX) && parent.stx_uid != geteuid() &&
	    fcntl(fd, F_SETFL, O_NOATIME) < 0)
		return errno;
	return 0;
}

int lease_directory_rename(const struct lease_directory *directory, const char *from,
                           const char *to)
{
	int result;

	place_begin_naming();
	result = renameat2(directory->directory, from, directory->directory, to, RENAME_NOREPLACE);
	place_end_naming();
	return result;
}

enum proof_result leased_file_put_back(const struct leased_file *leased, enum proof_result found,
                                       struct error *why)
{
	char path[PATH_MAX];
	int failure;

	/* ENOENT: its owner, or another run, has renamed it meanwhile. */
	if (lease_directory_rename(leased->directory, leased->aside.file, leased->file) == 0 ||
	    errno == ENOENT)
		return found;
	failure = errno;
	lease_directory_path(leased->directory, path);
	if (failure == EEXIST)
		error_set(why, STATUS_FAILED,
		          "the name now refers to a different object; the original object is now "
		          "%s/%s",
		          path, leased->aside.file);
	else
		error_set_errno(why, failure, "it is now %s/%s and can't be renamed back", path,
		                leased->aside.file);
	return PROOF_FAILED;
}

static int move_aside(struct leased_file *leased)
{
	enum { TRIES = 8 };
	struct lease_directory *directory = leased->directory;
	int result = -1;

	/* Another user may be guessing names. */
	for (int try = 0; try < TRIES && result < 0; try++) {
		aside_make(&leased->aside, leased->file, leased->st.st_ino, directory->number++);
		result = lease_directory_rename(directory, leased->file, leased->aside.file);
		if (result < 0 && errno != EEXIST)
			break;
		if (result < 0)
			directory->number = random_number();
	}
	return result;
}

/* Let other processes open the file again: a lease is never held during slow operations. */
static void end_lease(int *fd)
{
	close(*fd);
	*fd = -1;
}

static enum proof_result covered(struct error *why)
{
	error_set(why, STATUS_FAILED, BENEATH_COVERED);
	return PROOF_UNKNOWN;
}

enum proof_result leased_file_move(struct leased_file *leased, struct error *why)
{
	if (move_aside(leased) < 0) {
		const int failure = errno;

		end_lease(&leased->fd);
		errno = failure;
		return failure == EBUSY ? covered(why) : removal_failed(leased, why);
	}
	/* A mount of another namespace follows the rename; the removal would detach it. */
	if (!lease_directory_has(leased->directory, leased->aside.file, &leased->st))
		return leased_file_put_back(leased, errno == EXDEV ? covered(why) : PROOF_REPLACED,
		                            why);
	/* A process that looked up the name just before the rename is now blocked in open(2). */
	if (fcntl(leased->fd, F_GETLEASE) != F_WRLCK)
		return leased_file_put_back(leased, PROOF_USED, why);
	leased->is_aside = true;
	return PROOF_UNUSED;
}

enum proof_result leased_file_unlink(struct leased_file *leased, struct error *why)
{
	char path[PATH_MAX];
	int failure;

	if (unlinkat(leased->directory->directory, leased->aside.file, 0) == 0)
		return PROOF_UNUSED;
	failure = errno;
	end_lease(&leased->fd);
	/* Its owner may have renamed it again, and created a directory in its place. */
	leased->st.st_nlink = 0;
	if (failure == ENOENT || failure == EISDIR)
		return PROOF_UNUSED;
	lease_directory_path(leased->directory, path);
	error_set_errno(why, failure, "it is now %s/%s and can't be removed", path,
	                leased->aside.file);
	return PROOF_FAILED;
}

/* Why the file could not be opened. */
static enum proof_result open_failed(const struct shm_object *object, struct error *why)
{
	const int number = errno;

	switch (number) {
	case ENOENT:
		return PROOF_GONE;
	case ELOOP:
	case ENOTSUP:
	case ENXIO:
	case ESTALE:
		return PROOF_REPLACED;
	case EXDEV:
		return covered(why);
	case EWOULDBLOCK:
		error_set(why, STATUS_FAILED, "another process holds a lease on it");
		return PROOF_UNKNOWN;
	case EACCES:
		error_set(why, STATUS_FAILED,
		          "owned by %s: no permission to open it, so nothing can be proven",
		          account_user(object->uid));
		return PROOF_UNKNOWN;
	default:
		error_set_errno(why, number, "can't be opened, so nothing can be proven");
		return proof_not_possible(number);
	}
}

static enum proof_result lease_refused(const struct shm_object *object, struct error *why)
{
	const int number = errno;

	if (number == EAGAIN || number == EBUSY)
		return PROOF_USED;
	if (number == EACCES || number == EPERM)
		error_set(why, STATUS_FAILED,
		          "owned by %s: only the owner and root%s can prove that it is unused",
		          account_user(object->uid),
		          geteuid() == 0 ? " with CAP_LEASE or CAP_SETUID" : "");
	else
		error_set_errno(why, number,
		                "no lease can be taken on it, so nothing can be proven");
	return proof_not_possible(number);
}

/* Take a lease on an opened file, then its status under the lease, and return what they prove. */
static enum proof_result prove(struct leased_file *leased, struct error *why)
{
	const struct lease_trial *trial = leased->directory->trial;
	const bool is_leased = lease_take(leased->fd) == 0;
	const int failure = errno;
	struct stat *st = &leased->st;
	char path[PATH_MAX];

	if (fstat(leased->fd, st) < 0 || !S_ISREG(st->st_mode) ||
	    st->st_ino != leased->object->inode)
		return PROOF_REPLACED;
	if (!is_leased) {
		errno = failure;
		return lease_refused(leased->object, why);
	}
	if (trial->leases == LEASES_COUNT_READERS)
		return PROOF_UNUSED;
	lease_directory_path(leased->directory, path);
	return lease_trial_proves(trial, path, why) ? PROOF_UNUSED
	                                            : proof_not_possible(trial->failure);
}

enum proof_result leased_file_take(struct lease_directories *directories,
                                   const struct shm_object *object, struct leased_file *leased,
                                   struct error *why)
{
	leased->object = object;
	leased->is_aside = false;
	leased->fd = -1;
	leased->directory = lease_directory_of(directories, object);
	if (leased->directory == NULL) {
		error_set(why, STATUS_FAILED, "out of memory");
		return PROOF_FAILED;
	}
	lease_trial_run(leased->directory->trial, leased->directory->directory);
	object_file_name(object, leased->file);
	leased->fd =
	    beneath_open_seen(&leased->directory->beneath, leased->file, O_RDONLY, &leased->st);
	if (leased->directory->directory < 0)
		errno = leased->directory->failure;
	if (leased->fd < 0)
		return open_failed(object, why);
	return prove(leased, why);
}

void leased_file_end(struct leased_file *leased)
{
	if (leased->fd >= 0)
		end_lease(&leased->fd);
	lease_directory_release(leased->directory);
	leased->directory = NULL;
}

enum proof_result leased_file_foresee(struct leased_file *leased, struct error *why)
{
	/* A process is blocked in open(2): the file is in use as soon as the lease is released. */
	const bool is_awaited = fcntl(leased->fd, F_GETLEASE) != F_WRLCK;

	(void)fcntl(leased->fd, F_SETLEASE, F_UNLCK);
	if (is_awaited)
		return PROOF_USED;
	errno = foresee_failure(leased->directory, leased->fd);
	return errno != 0 ? removal_failed(leased, why) : PROOF_UNUSED;
}

uint64_t leased_file_freed(const struct leased_file *leased)
{
	return leased->st.st_nlink == 1 ? allocated_bytes(&leased->st) : 0;
}
