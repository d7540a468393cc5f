#include "objects/tree_list.h"

#include "base/memory.h"
#include "objects/posix.h"
#include "objects/posix_files.h"
#include "objects/sum.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bsd/string.h>

/* A directory of a walk. Its path is opened from the top, so that depth takes no descriptors. */
struct directory {
	char *path;    /* below the tree, with a slash before each name; empty: the top */
	size_t parent; /* index, of the first directory: 0 */
	struct stat st;
	struct object_sum sum; /* of the files in it, at the end: below it */
	time_t newest;         /* use of a file below it */
	bool is_partial;       /* not all below it could be read */
	bool is_gone;
};

struct walk {
	const struct object_tree *tree;
	const struct object_tree_request *request;
	struct object_list *list;
	struct directory *directories; /* the parent of each comes before it */
	size_t count;
	size_t failed;   /* files and directories that could not be inspected */
	char *failed_at; /* path of the first */
	int failure;     /* its errno */
};

static void fail_at(struct walk *walk, size_t index, const char *path, int number)
{
	walk->directories[index].is_partial = true;
	if (walk->failed++ > 0)
		return;
	walk->failed_at = needed(strdup(path));
	walk->failure = number;
}

static void add_directory(struct walk *walk, const char *path, size_t parent, const struct stat *st)
{
	struct directory *directory;

	walk->directories = vector_grow(walk->directories, walk->count, sizeof(*walk->directories));
	directory = &walk->directories[walk->count++];
	memset(directory, 0, sizeof(*directory));
	directory->path = needed(strdup(path));
	directory->parent = parent;
	directory->st = *st;
}

/* Whether objects in a directory are listed, rather than only counted. */
static bool lists_in(const struct walk *walk, size_t index, enum object_kind kind)
{
	if (!(walk->request->kinds & KIND_BIT(kind)) || (index > 0 && !walk->request->recursive))
		return false;
	return kind == KIND_DIR || index > 0 || !walk->tree->is_posix;
}

static void list_file(struct walk *walk, const char *path, const struct stat *st)
{
	struct shm_object *object = object_list_add(walk->list);

	object_tree_fill(object, walk->tree, st);
	object->name = object_list_text(walk->list, "", path);
}

/* Something is mounted on a name, so only the name is known. */
static void list_covered(struct walk *walk, const char *path, enum object_kind kind)
{
	struct shm_object *object = object_list_add(walk->list);

	object->kind = kind;
	object->tree = walk->tree;
	object->name = object_list_text(walk->list, "", path);
	object->known = KNOWN_COVERED;
}

/* A file with several hard links counts once in each directory above it. */
static void count_file(struct walk *walk, size_t index, const struct stat *st)
{
	const bool is_linked = st->st_nlink > 1;
	struct shm_object file = { .kind = KIND_PSHM };
	struct directory *directory = &walk->directories[index];
	const time_t used = st->st_atime > st->st_mtime ? st->st_atime : st->st_mtime;

	object_files_fill_memory(&file, st);
	if (used > directory->newest)
		directory->newest = used;
	for (;;) {
		object_sum_add_file(&walk->directories[index].sum, st->st_ino, is_linked,
		                    file.bytes, file.used);
		if (!is_linked || index == 0)
			return;
		index = walk->directories[index].parent;
	}
}

/* An open directory of a walk. */
struct reading {
	size_t index;
	struct beneath beneath;
	char path[PATH_MAX]; /* of a file in it */
	size_t length;       /* of the part before its name */
};

/* Process one name in a directory. */
static void take_name(struct walk *walk, struct reading *reading, const struct dirent *entry)
{
	const size_t index = reading->index;
	char *path = reading->path;
	struct stat st;

	if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
	    (entry->d_type != DT_REG && entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
		return;
	path[reading->length] = '\0';
	/* The path of the tree comes before it. */
	if (strlen(walk->tree->path) + reading->length + strlen(entry->d_name) >= PATH_MAX) {
		fail_at(walk, index, path, ENAMETOOLONG);
		return;
	}
	strlcpy(path + reading->length, entry->d_name, PATH_MAX - reading->length);
	if (beneath_stat(&reading->beneath, entry->d_name, &st) < 0) {
		const enum object_kind kind = entry->d_type == DT_DIR ? KIND_DIR : KIND_PSHM;

		if (errno == EXDEV && lists_in(walk, index, kind))
			list_covered(walk, path, kind);
		else if (errno != EXDEV && errno != ENOENT)
			fail_at(walk, index, path, errno);
	} else if (S_ISDIR(st.st_mode)) {
		add_directory(walk, path, index, &st);
	} else if (S_ISREG(st.st_mode)) {
		count_file(walk, index, &st);
		if (lists_in(walk, index, KIND_PSHM))
			list_file(walk, path, &st);
	}
}

/* Only the owner and root may read a directory without updating its access time. */
static DIR *open_stream(const struct walk *walk, const char *path)
{
	const char *below = path + (*path == '/');
	int fd = beneath_open_directory(&walk->tree->top, below, O_RDONLY | O_NOATIME);
	DIR *stream;

	if (fd < 0 && errno == EPERM)
		fd = beneath_open_directory(&walk->tree->top, below, O_RDONLY);
	stream = fd >= 0 ? fdopendir(fd) : NULL;
	if (stream == NULL && fd >= 0)
		close(fd);
	return stream;
}

static void read_directory(struct walk *walk, size_t index)
{
	/* The array moves when it grows, the path does not. */
	const char *path = walk->directories[index].path;
	struct reading reading = { .index = index, .beneath = walk->tree->top };
	const struct dirent *entry;
	DIR *stream = open_stream(walk, path);

	if (stream == NULL && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) {
		walk->directories[index].is_gone = true;
		return;
	}
	if (stream == NULL) {
		fail_at(walk, index, path, errno);
		return;
	}
	/* It is on the same mount. */
	reading.beneath.directory = dirfd(stream);
	reading.length = (size_t)snprintf(reading.path, sizeof(reading.path), "%s/", path);
	while (errno = 0, (entry = readdir(stream)) != NULL)
		take_name(walk, &reading, entry);
	if (errno != 0)
		fail_at(walk, index, path, errno);
	closedir(stream);
}

/* Add each directory to the one above it. */
static void add_up(struct walk *walk)
{
	for (size_t i = walk->count; i-- > 1;) {
		const struct directory *directory = &walk->directories[i];
		struct directory *above = &walk->directories[directory->parent];

		object_sum_merge(&above->sum, &directory->sum);
		if (directory->newest > above->newest)
			above->newest = directory->newest;
		above->is_partial |= directory->is_partial;
	}
	for (size_t i = 0; i < walk->count; i++)
		object_sum_end(&walk->directories[i].sum);
}

static void fill_sums(struct shm_object *object, const struct directory *directory)
{
	object->access_time = directory->newest;
	object->known = directory->is_partial ? 0 : KNOWN_USED | KNOWN_SIZE;
	object->bytes = directory->sum.bytes;
	object->used = directory->sum.used;
	object->files = directory->sum.files;
}

static void list_directories(struct walk *walk)
{
	for (size_t i = 1; i < walk->count; i++) {
		const struct directory *directory = &walk->directories[i];
		struct shm_object *object;

		if (directory->is_gone || !lists_in(walk, directory->parent, KIND_DIR))
			continue;
		object = object_list_add(walk->list);
		object_tree_fill(object, walk->tree, &directory->st);
		object->name = object_list_text(walk->list, "", directory->path);
		fill_sums(object, directory);
	}
}

/* FIRST: the path of the first directory below the tree. */
static void walk_all(struct walk *walk, const char *first)
{
	const struct stat unknown = { .st_mode = 0 };
	const bool descends =
	    walk->request->recursive || (walk->request->kinds & KIND_BIT(KIND_DIR)) != 0;

	add_directory(walk, first, 0, &unknown);
	for (size_t i = 0; i < walk->count && (i == 0 || descends); i++)
		read_directory(walk, i);
	add_up(walk);
}

static void walk_end(struct walk *walk)
{
	for (size_t i = 0; i < walk->count; i++)
		free(walk->directories[i].path);
	free(walk->directories);
	free(walk->failed_at);
}

int object_tree_list(const struct object_tree *tree, const struct object_tree_request *request,
                     struct object_list *list, struct error *error)
{
	struct walk walk = { .tree = tree, .request = request, .list = list };
	int result = 0;

	walk_all(&walk, "");
	list_directories(&walk);
	if (walk.directories[0].is_gone)
		result = error_set(error, STATUS_FAILED, "%s has been removed", tree->path);
	if (walk.failed > 0) {
		/* A path may be longer than a sentence. */
		result =
		    error_set_errno(error, walk.failure, "%s%.200s%s can't be read", tree->path,
		                    walk.failed_at, strlen(walk.failed_at) > 200 ? "..." : "");
		if (walk.failed > 1)
			error_append(error, " (nor can %zu more)", walk.failed - 1);
	}
	walk_end(&walk);
	return result;
}

void object_tree_measure(struct shm_object *directory)
{
	const struct object_tree_request request = { .kinds = 0, .recursive = true };
	struct walk walk = { .tree = directory->tree, .request = &request };

	walk_all(&walk, directory->name);
	fill_sums(directory, &walk.directories[0]);
	walk_end(&walk);
}

/* Explain why there is no object at a path, with errno. IS_LINK: there is a symbolic link. */
static int find_failed(bool is_link, struct error *error)
{
	const int number = errno;

	if (number != ENOTSUP && !is_link)
		return object_tree_failed(error);
	error_set(error, STATUS_FAILED, "is %s, so it is not an object",
	          is_link ? "a symbolic link" : "not a regular file");
	error->number = number;
	return -1;
}

/*
 * Add the file or directory with a name below a tree: 0, or -1 with errno.
 *
 * IS_LINK: set if the name is one of a symbolic link.
 */
static int find_named(const struct object_tree *tree, const char *name, struct object_list *list,
                      bool *is_link)
{
	struct object_parent parent = { .is_open = false };
	struct shm_object wanted = { .kind = KIND_DIR, .tree = tree, .name = name };
	const struct beneath *beneath = object_parent_of(&parent, &wanted);
	struct stat st;
	int result = -1;

	if (beneath == NULL || beneath_stat(beneath, strrchr(name, '/') + 1, &st) < 0)
		goto done;
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)) {
		*is_link = S_ISLNK(st.st_mode);
		errno = *is_link ? ELOOP : ENOTSUP;
		goto done;
	}
	wanted.name = object_list_text(list, "", name);
	object_tree_fill(&wanted, tree, &st);
	if (wanted.kind == KIND_DIR)
		object_tree_measure(&wanted);
	*object_list_add(list) = wanted;
	result = 0;
done:
	object_parent_end(&parent);
	return result;
}

int object_tree_find(const char *path, struct object_list *list, struct error *error)
{
	char name[PATH_MAX];
	const struct object_tree *tree = object_tree_of_path(path, name, error);
	bool is_link = false;
	int result = -1;

	if (tree == NULL)
		return -1;
	if (tree->is_posix && strchr(name + 1, '/') == NULL)
		result = posix_find(name + 1, list);
	/* It may be a directory. */
	if (result < 0 && (!tree->is_posix || strchr(name + 1, '/') != NULL || errno == ENOTSUP))
		result = find_named(tree, name, list, &is_link);
	return result < 0 ? find_failed(is_link, error) : 0;
}
