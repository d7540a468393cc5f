#include "objects/label.h"

#include "base/descriptor.h"
#include "objects/posix_files.h"
#include "objects/posix_queue.h"
#include "objects/tree_list.h"
#include "system/beneath.h"
#include "system/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/xattr.h>

static bool read_label(const char *path, char label[OBJECT_LABEL_SIZE])
{
	/* The kernel's labels end with NUL, others may not. */
	const ssize_t length = getxattr(path, "security.selinux", label, OBJECT_LABEL_SIZE - 1);

	if (length <= 0)
		return false;
	label[length] = '\0';
	return true;
}

/* fgetxattr(2) takes no O_PATH descriptor. */
static bool read_label_of(int found, char label[OBJECT_LABEL_SIZE])
{
	char path[32];

	if (found < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", found);
	return read_label(path, label);
}

static bool read_label_below(const struct beneath *beneath, const struct shm_object *object,
                             char label[OBJECT_LABEL_SIZE])
{
	char file[POSIX_FILE_SIZE];
	bool result;
	int found;

	object_file_name(object, file);
	found = beneath_look(beneath, file);
	result = read_label_of(found, label);
	descriptor_close(found);
	return result;
}

static bool read_queue_label(const struct shm_object *queue, char label[OBJECT_LABEL_SIZE])
{
	const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	struct beneath beneath;
	bool result;

	if (!posix_queue_is_mounted())
		return false;
	beneath = beneath_begin(open(place_queue_directory(), flags));
	result = read_label_below(&beneath, queue, label);
	descriptor_close(beneath.directory);
	return result;
}

bool object_label(const struct shm_object *object, struct object_parent *parent,
                  char label[OBJECT_LABEL_SIZE])
{
	const struct beneath *beneath;

	/* The place of objects in other namespaces has been left. */
	if (object_is_held(object) || object->place != 0)
		return false;
	if (object->kind == KIND_PMSG)
		return read_queue_label(object, label);
	beneath = object_parent_of(parent, object);
	return beneath != NULL && read_label_below(beneath, object, label);
}

bool file_label(const char *path, char label[OBJECT_LABEL_SIZE])
{
	struct object_parent parent = { .is_open = false };
	struct object_list list = { .count = 0 };
	struct error error;
	bool result = false;

	if (object_tree_find(path, &list, &error) == 0)
		result = object_label(&list.objects[0], &parent, label);
	else if (error.number == ENOTSUP)
		result = read_label(path, label);
	object_parent_end(&parent);
	object_list_free(&list);
	return result;
}
