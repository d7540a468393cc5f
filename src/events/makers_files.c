#include "events/makers_files.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "error.h"
#include "events/fanotify_events.h"
#include "events/inotify_events.h"
#include "system/linux.h"
#include "system/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>

/* Calls are forgotten after this time in milliseconds. */
enum { FORGET = 1000 };

enum { FIRST_SWEEP = 4096 };

/* The clocks of a file's times are late by a tick, in nanoseconds. */
enum { TICK = 10000000 };

/* A search for the files that still have a name. */
struct sweep {
	const struct file_makes *makes;
	struct file_map present;
};

/* The type of a key that is an inode number: handles have positive ones. */
enum { KEY_INODE = FILE_KEY_NAME - 1 };

void file_makes_begin(struct file_makes *makes, const char *path, struct maker_list *makers)
{
	*makes = (struct file_makes){
		.path = path,
		.makers = makers,
		.directory = -1,
		.reports = -1,
		.sweep = FIRST_SWEEP,
	};
	made_list_init(&makes->waiting);
	made_list_init(&makes->created);
	if (path == NULL)
		return;
	makes->directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (makes->directory < 0)
		return;
	makes->reports =
	    fanotify_events_open(makes->directory, FAN_CREATE | FAN_ONDIR, FAN_UNLIMITED_QUEUE);
	makes->has_pids = makes->reports >= 0;
	if (makes->reports < 0)
		makes->reports = inotify_events_open(path, IN_CREATE | IN_DELETE | IN_MOVE);
}

static bool exists(const struct file_makes *makes, const char *name)
{
	struct stat st;

	return fstatat(makes->directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

/*
 * The identity of a file. The file system of queues has no handles before Linux 6.6; it uses an inode
 * number again only after four billion files.
 */
static int find_key_at(int directory, const char *name, struct file_key *key)
{
	struct stat st;

	if (file_key_find(key, directory, name) == 0)
		return 0;
	if ((errno != EOPNOTSUPP && errno != EINVAL) ||
	    fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) < 0)
		return -1;
	key->type = KEY_INODE;
	key->length = sizeof(st.st_ino);
	memcpy(key->bytes, &st.st_ino, sizeof(st.st_ino));
	return 0;
}

static int find_key(const struct file_makes *makes, const char *name, struct file_key *key)
{
	return find_key_at(makes->directory, name, key);
}

static bool is_there(void *value, void *state)
{
	const struct made *made = value;
	const struct sweep *sweep = state;

	if (file_map_find(&sweep->present, made->key) != NULL)
		return true;
	made_free(sweep->makes->makers, value);
	return false;
}

/* Forget the files that have no name any more, each time that their number has doubled. */
static void sweep_files(struct file_makes *makes)
{
	struct sweep sweep = { .makes = makes };
	const struct dirent *entry;
	struct file_key key;
	bool is_whole;
	DIR *stream;
	int fd;

	if (makes->files.count < makes->sweep)
		return;
	fd = descriptor_open_directory(makes->directory, ".");
	stream = fd >= 0 ? fdopendir(fd) : NULL;
	if (stream == NULL) {
		descriptor_close(fd);
		return;
	}
	while ((errno = 0, entry = readdir(stream)) != NULL) {
		if (find_key(makes, entry->d_name, &key) == 0)
			(void)file_map_add(&sweep.present, &key);
		else if (errno_is_passing(errno))
			break;
	}
	is_whole = entry == NULL && errno == 0;
	closedir(stream);
	/* What can't be listed may be there. */
	if (is_whole)
		file_map_visit(&makes->files, is_there, &sweep);
	file_map_free(&sweep.present);
	makes->sweep = FIRST_SWEEP + makes->files.count * 2;
}

/* Record the file of a call. What is proven stays. */
static void record(struct file_makes *makes, struct made *made, const struct file_key *key)
{
	void **value;

	if (made->key == NULL)
		made->key = file_key_copy(key);
	value = file_map_add(&makes->files, key);
	if (*value != NULL && ((struct made *)*value)->make.is_proven && !made->make.is_proven) {
		made_free(makes->makers, made);
		return;
	}
	made_free(makes->makers, *value);
	*value = made;
	sweep_files(makes);
}

/* Remove a call from the list, and record its file. */
static void settle(struct file_makes *makes, struct made **place, const struct file_key *key)
{
	record(makes, made_list_take(&makes->waiting, place), key);
}

static void drop(struct file_makes *makes, struct made **place)
{
	made_free(makes->makers, made_list_take(&makes->waiting, place));
}

static void drop_all(struct file_makes *makes)
{
	made_list_free(&makes->waiting, makes->makers);
	made_list_free(&makes->created, makes->makers);
}

/* The first call that has made, or is about to make, a file of a name. */
static struct made **find_call(struct file_makes *makes, const char *name, bool made)
{
	struct made **place = &makes->waiting.first;

	while (*place != NULL && ((*place)->is_made != made || strcmp((*place)->name, name) != 0))
		place = &(*place)->next;
	return *place != NULL ? place : NULL;
}

/*
 * The report of a new file with its maker.
 */
static void take_report(void *closure, struct fanotify_report *report)
{
	struct file_makes *makes = closure;
	struct made **place;

	if (report->mask & FAN_Q_OVERFLOW) {
		drop_all(makes);
		return;
	}
	if (report->name == NULL || report->file.length == 0)
		return;
	for (place = &makes->waiting.first; *place != NULL; place = &(*place)->next) {
		if ((*place)->make.maker->pid == report->pid &&
		    strcmp((*place)->name, report->name) == 0) {
			(*place)->make.is_proven = true;
			settle(makes, place, &report->file);
			return;
		}
	}
}

/*
 * A file of the call has been reported. Others hear of it, too, but perhaps after its removal.
 *
 * Returns what is kept, or NULL.
 */
static struct made *keep_created(struct file_makes *makes, const struct made *made,
                                 const char *name)
{
	struct made *copy;

	if (!makes->keeps_created || makes->has_pids)
		return NULL;
	copy = needed(calloc(1, sizeof(*copy)));
	copy->make.time = made->make.time;
	copy->make.maker = maker_share(makes->makers, made->make.maker);
	copy->uid = made->uid;
	copy->clock = process_clock();
	copy->name = needed(strdup(name));
	made_list_add(&makes->created, copy);
	return copy;
}

static void forget_key(struct made *made)
{
	free(made->key);
	made->key = NULL;
}

/* The report of a name. */
static void take_name(void *closure, const struct inotify_event *event)
{
	struct file_makes *makes = closure;
	struct made **place;

	if (event->mask & IN_Q_OVERFLOW) {
		drop_all(makes);
		return;
	}
	if (event->len == 0)
		return;
	/* Another file has taken its name, or it has none. */
	if (event->mask & (IN_DELETE | IN_MOVED_TO)) {
		place = find_call(makes, event->name, true);
		if (place != NULL)
			drop(makes, place);
	}
	if (event->mask & IN_CREATE) {
		place = find_call(makes, event->name, false);
		if (place != NULL) {
			(*place)->is_made = true;
			(void)keep_created(makes, *place, event->name);
		}
	} else if (event->mask & IN_MOVED_FROM) {
		place = find_call(makes, event->name, true);
		if (place != NULL) {
			(*place)->cookie = event->cookie;
			(*place)->name[0] = '\0';
			forget_key(*place);
		}
	} else if (event->mask & IN_MOVED_TO) {
		for (struct made *made = makes->waiting.first; made != NULL; made = made->next) {
			if (made->is_made && made->name[0] == '\0' &&
			    made->cookie == event->cookie) {
				free(made->name);
				made->name = needed(strdup(event->name));
			}
		}
	}
}

static void read_all(struct file_makes *makes)
{
	const int result = makes->has_pids
	                       ? fanotify_events_read(makes->reports, take_report, makes)
	                       : inotify_events_read(makes->reports, take_name, makes);

	if (result < 0)
		drop_all(makes);
}

/* A file of the caller's, made after the call began. */
static bool fits(const struct file_makes *makes, const struct made *made)
{
	struct statx st;

	if (statx(makes->directory, made->name, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC,
	          STATX_BASIC_STATS | STATX_BTIME, &st) < 0)
		return false;
	return st.stx_uid == made->uid &&
	       (!(st.stx_mask & STATX_BTIME) ||
	        (uint64_t)st.stx_btime.tv_sec * 1000000000 + st.stx_btime.tv_nsec + TICK >=
	            made->make.time);
}

/* Files that are made are known by their handles from now on, if they still have their names. */
static void identify(struct file_makes *makes)
{
	struct made **place = &makes->waiting.first;

	for (struct made *made = makes->waiting.first; made != NULL; made = made->next) {
		struct file_key key;

		forget_key(made);
		if (made->is_made && made->name[0] != '\0' &&
		    find_key(makes, made->name, &key) == 0 && fits(makes, made))
			made->key = file_key_copy(&key);
	}
	/* Changes to the name meanwhile are reported, and make the key invalid. */
	read_all(makes);
	while (*place != NULL) {
		if ((*place)->key != NULL)
			settle(makes, place, (*place)->key);
		else
			place = &(*place)->next;
	}
}

static bool has_made(const struct file_makes *makes)
{
	for (const struct made *made = makes->waiting.first; made != NULL; made = made->next) {
		if (made->is_made)
			return true;
	}
	return false;
}

static void forget(struct file_makes *makes)
{
	/* Not before the latest call or report. */
	const uint64_t now = process_clock();
	struct made **place = &makes->waiting.first;

	while (*place != NULL) {
		if (((*place)->is_over && !(*place)->is_made) || now - (*place)->clock > FORGET)
			drop(makes, place);
		else
			place = &(*place)->next;
	}
	while (makes->created.first != NULL && now - makes->created.first->clock > FORGET)
		made_free(makes->makers, made_list_take(&makes->created, &makes->created.first));
}

void file_makes_look(struct file_makes *makes)
{
	if (makes->reports < 0)
		return;
	read_all(makes);
	if (!makes->has_pids && has_made(makes))
		identify(makes);
	forget(makes);
}

bool file_makes_can(struct file_makes *makes, const char *name)
{
	return makes->reports >= 0 && !exists(makes, name);
}

void file_makes_add(struct file_makes *makes, struct made *made)
{
	made_list_add(&makes->waiting, made);
}

int file_makes_put(struct file_makes *makes, struct made *made, int fd)
{
	struct file_key key;

	if (find_key_at(fd, "", &key) < 0) {
		made_free(makes->makers, made);
		return -1;
	}
	made->make.is_proven = true;
	(void)keep_created(makes, made, made->name);
	record(makes, made, &key);
	return 0;
}

void file_makes_link(struct file_makes *makes, const char *name, const char *link)
{
	struct file_key key;
	void **value;

	if (!makes->keeps_created || find_key(makes, name, &key) < 0)
		return;
	value = file_map_find(&makes->files, &key);
	if (value != NULL && *value != NULL)
		(void)keep_created(makes, *value, link);
}

/* The call of a file that others hear of first: the kernel reports to one after the other. */
static struct made *find_unreported(struct file_makes *makes, const char *name, uid_t uid)
{
	struct made **place = find_call(makes, name, false);

	if (place == NULL || (uid != (uid_t)-1 && uid != (*place)->uid))
		return NULL;
	(*place)->is_made = true;
	return keep_created(makes, *place, name);
}

const struct make *file_makes_take(struct file_makes *makes, const char *name, uid_t uid)
{
	struct made *unreported;

	if (makes->reports < 0 || makes->has_pids)
		return NULL;
	read_all(makes);
	for (struct made *made = makes->created.first; made != NULL; made = made->next) {
		if (!made->is_taken && strcmp(made->name, name) == 0 &&
		    (uid == (uid_t)-1 || uid == made->uid)) {
			made->is_taken = true;
			return &made->make;
		}
	}
	unreported = find_unreported(makes, name, uid);
	if (unreported == NULL)
		return NULL;
	unreported->is_taken = true;
	return &unreported->make;
}

const struct make *file_makes_find(const struct file_makes *makes, const char *name)
{
	struct file_key key;
	void **value;

	if (makes->directory < 0 || find_key(makes, name, &key) < 0)
		return NULL;
	value = file_map_find(&makes->files, &key);
	return value != NULL && *value != NULL ? &((const struct made *)*value)->make : NULL;
}

static bool free_value(void *value, void *state)
{
	made_free(state, value);
	return false;
}

void file_makes_free(struct file_makes *makes)
{
	drop_all(makes);
	file_map_visit(&makes->files, free_value, makes->makers);
	file_map_free(&makes->files);
	descriptor_close(makes->reports);
	descriptor_close(makes->directory);
}
