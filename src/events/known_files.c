#include "events/known_files.h"

#include "base/descriptor.h"
#include "base/memory.h"
#include "events/event.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The number of files to remember that do not exist any more, or at least have no name. */
enum { GONE_MAX = 1000 };

int known_files_begin(struct known_files *known, const char *path, object_file_kind_fn *kind_of,
                      bool by_name)
{
	*known = (struct known_files){ .path = path, .kind_of = kind_of, .by_name = by_name };
	known->directory = descriptor_open_directory(AT_FDCWD, path);
	known->beneath = beneath_begin(known->directory);
	return known->directory < 0 ? -1 : 0;
}

static void free_file(struct known_file *file)
{
	free(file->name);
	free(file->former);
	free(file->temporary);
	free(file->removed);
	free(file);
}

static bool drop_file(void *value, void *state)
{
	(void)state;
	free_file(value);
	return false;
}

static bool drop_key(void *value, void *state)
{
	(void)state;
	free(value);
	return false;
}

void known_files_end(struct known_files *known)
{
	file_map_visit(&known->files, drop_file, NULL);
	file_map_visit(&known->names, drop_key, NULL);
	file_map_free(&known->files);
	file_map_free(&known->names);
	descriptor_close(known->directory);
}

struct known_file *known_files_find(const struct known_files *known, const struct file_key *key)
{
	void **value = file_map_find(&known->files, key);

	return value != NULL ? *value : NULL;
}

struct known_file *known_files_named(const struct known_files *known, const char *name)
{
	struct file_key key;
	void **value;

	file_key_of_name(&key, name);
	if (known->by_name)
		return known_files_find(known, &key);
	value = file_map_find(&known->names, &key);
	return value != NULL ? known_files_find(known, *value) : NULL;
}

struct known_file *known_files_add(struct known_files *known, const struct file_key *key,
                                   const char *name)
{
	struct known_file *file =
	    needed_array(1, offsetof(struct known_file, key) + file_key_size(key));
	void **value = file_map_add(&known->files, key);

	memcpy(&file->key, key, file_key_size(key));
	file->object.uid = (uid_t)-1;
	file->object.gid = (gid_t)-1;
	*value = file;
	known_file_set_name(known, file, name);
	return file;
}

void known_file_set_name(struct known_files *known, struct known_file *file, const char *name)
{
	struct file_key key;
	void **value;

	if (file->name != name) {
		free(file->name);
		file->name = needed(strdup(name));
		free(file->former);
		file->former = NULL;
	}
	file->object.kind = known->kind_of(name);
	if (known->by_name)
		return;
	file_key_of_name(&key, name);
	value = file_map_add(&known->names, &key);
	free(*value);
	*value = file_key_copy(&file->key);
}

void known_file_drop_name(struct known_files *known, const struct known_file *file,
                          const char *name)
{
	struct file_key key;
	void **value;

	if (known->by_name)
		return;
	file_key_of_name(&key, name);
	value = file_map_find(&known->names, &key);
	if (value == NULL || !file_key_equals(*value, &file->key))
		return;
	free(*value);
	file_map_remove(&known->names, &key);
}

void known_file_set_gone(struct known_files *known, struct known_file *file, bool is_gone)
{
	if (file->is_gone != is_gone)
		known->gone += is_gone ? 1 : -(size_t)1;
	file->is_gone = is_gone;
}

struct known_file *known_file_rename(struct known_files *known, struct known_file *file,
                                     const char *old_name, const char *name)
{
	struct known_file *moved;
	struct file_key key;

	if (!known->by_name) {
		known_file_drop_name(known, file, old_name);
		known_file_set_name(known, file, name);
		file->former = needed(strdup(old_name));
		return file;
	}
	file_key_of_name(&key, name);
	moved = known_files_add(known, &key, name);
	moved->object = file->object;
	moved->object.kind = known->kind_of(name);
	moved->links = file->links;
	moved->is_ignored = file->is_ignored;
	moved->former = needed(strdup(old_name));
	known_files_remove(known, file);
	return moved;
}

/* Read the status of a file by its handle, or by its name if it still has this name. */
static bool find_status(const struct known_files *known, const struct known_file *file,
                        const char *name, struct stat *st)
{
	struct file_key key;

	if (!known->by_name) {
		const int fd = file_key_look(&file->key, known->directory);

		if (fd >= 0) {
			const int result = fstat(fd, st);

			close(fd);
			return result == 0;
		}
		if (name == NULL || file_key_find(&key, known->directory, name) < 0 ||
		    !file_key_equals(&key, &file->key))
			return false;
	}
	return name != NULL && beneath_stat(&known->beneath, name, st) == 0 &&
	       (file->object.inode == 0 || file->object.inode == st->st_ino);
}

bool known_file_look(const struct known_files *known, struct known_file *file, const char *name)
{
	struct stat st;

	if (!find_status(known, file, name, &st))
		return false;
	if (!S_ISREG(st.st_mode))
		file->is_ignored = true;
	object_files_fill(&file->object, &st);
	/* The file of a queue has a size of its own. */
	if (file->object.kind != KIND_PMSG)
		object_files_fill_memory(&file->object, &st);
	if (known->by_name || file->links == EVENT_UNKNOWN)
		file->links = st.st_nlink;
	return true;
}

bool known_file_exists(const struct known_files *known, const struct known_file *file)
{
	const int fd = known->by_name ? -1 : file_key_look(&file->key, known->directory);

	descriptor_close(fd);
	return fd >= 0;
}

void known_files_remove(struct known_files *known, struct known_file *file)
{
	known_file_set_gone(known, file, false);
	file_map_remove(&known->files, &file->key);
	free_file(file);
}

static bool keep_if_needed(void *value, void *state)
{
	struct known_file *file = value;
	struct known_files *known = state;
	struct stat st;

	if (file->is_due ||
	    (known->by_name ? !file->is_gone : find_status(known, file, file->name, &st)))
		return true;
	known_file_set_gone(known, file, false);
	free_file(file);
	return false;
}

void known_files_sweep(struct known_files *known)
{
	if (known->by_name ? known->gone <= GONE_MAX : known->files.count <= known->most)
		return;
	file_map_visit(&known->files, keep_if_needed, known);
	known->most = 2 * known->files.count + GONE_MAX;
}

/* The links of a file. */
struct links {
	ino_t inode;
	uint64_t count;
};

static bool set_links(void *value, void *state)
{
	struct known_file *file = value;
	const struct links *links = state;

	if (file->object.inode == links->inode && !file->is_gone)
		file->links = links->count;
	return true;
}

void known_files_set_links(struct known_files *known, ino_t inode, uint64_t links)
{
	struct links all = { inode, links };

	file_map_visit(&known->files, set_links, &all);
}

/* Find or add a file of the listing, by its name. */
static struct known_file *find_listed(struct known_files *known, const char *name, bool *is_new)
{
	struct known_file *file;
	struct file_key key;

	if (known->by_name)
		file_key_of_name(&key, name);
	else if (file_key_find(&key, known->directory, name) < 0)
		return NULL;
	file = known_files_find(known, &key);
	*is_new = file == NULL;
	if (file != NULL)
		return file;
	file = known_files_add(known, &key, name);
	file->links = EVENT_UNKNOWN;
	/* If it is gone again, its removal will be reported. */
	(void)known_file_look(known, file, name);
	return file;
}

int known_files_list(struct known_files *known, known_files_fn *take, void *state,
                     struct error *error)
{
	const unsigned int kinds = KINDS_POSIX;
	struct object_list list = { .count = 0 };
	int result;

	result = object_files_list_unsorted(known->path, known->kind_of, kinds, &list, error);
	known->round++;
	for (size_t i = 0; i < list.count; i++) {
		char name[POSIX_FILE_SIZE];
		struct known_file *file;
		bool is_new = false;

		object_file_name(&list.objects[i], name);
		file = find_listed(known, name, &is_new);
		if (file == NULL)
			continue;
		file->round = known->round;
		if (take != NULL)
			take(file, is_new, state);
	}
	object_list_free(&list);
	return result;
}
