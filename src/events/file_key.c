#include "events/file_key.h"

#include "base/memory.h"
#include "system/linux.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

/* Room for a struct file_handle, in bytes. */
enum { HANDLE_SIZE = sizeof(struct file_handle) + MAX_HANDLE_SZ };

void file_key_of_handle(struct file_key *key, const struct file_handle *handle)
{
	key->length = handle->handle_bytes <= FILE_KEY_SIZE ? handle->handle_bytes : 0;
	key->type = handle->handle_type;
	memcpy(key->bytes, handle->f_handle, key->length);
}

void file_key_of_name(struct file_key *key, const char *name)
{
	key->type = FILE_KEY_NAME;
	key->length = (unsigned int)strnlen(name, FILE_KEY_SIZE);
	memcpy(key->bytes, name, key->length);
}

int file_key_find(struct file_key *key, int directory, const char *name)
{
	_Alignas(struct file_handle) char room[HANDLE_SIZE];
	struct file_handle *handle = (struct file_handle *)(void *)room;
	const int empty = *name == '\0' ? AT_EMPTY_PATH : 0;
	int mount;

	handle->handle_bytes = MAX_HANDLE_SZ;
	/* File systems without handles to open have those that fanotify(7) reports: Linux 6.6. */
	if (name_to_handle_at(directory, name, handle, &mount, empty) < 0 &&
	    (errno != EOPNOTSUPP ||
	     name_to_handle_at(directory, name, handle, &mount, empty | AT_HANDLE_FID) < 0))
		return -1;
	file_key_of_handle(key, handle);
	return 0;
}

int file_key_look(const struct file_key *key, int directory)
{
	_Alignas(struct file_handle) char room[HANDLE_SIZE];
	struct file_handle *handle = (struct file_handle *)(void *)room;

	if (key->type == FILE_KEY_NAME || key->length > MAX_HANDLE_SZ) {
		errno = EOPNOTSUPP;
		return -1;
	}
	handle->handle_bytes = key->length;
	handle->handle_type = key->type;
	memcpy(handle->f_handle, key->bytes, key->length);
	return open_by_handle_at(directory, handle, O_PATH | O_CLOEXEC);
}

bool file_key_equals(const struct file_key *left, const struct file_key *right)
{
	return left->length == right->length && left->type == right->type &&
	       memcmp(left->bytes, right->bytes, left->length) == 0;
}

/* Other users choose names, and must not find those with equal hashes: getauxval(3). */
static uint64_t secret(void)
{
	static uint64_t random;
	const void *bytes = (const void *)getauxval(AT_RANDOM);

	if (random == 0 && bytes != NULL)
		memcpy(&random, bytes, sizeof(random));
	return random;
}

uint64_t file_key_hash(const struct file_key *key)
{
	uint64_t hash = 0xcbf29ce484222325 ^ secret();

	/* FNV-1a */
	for (size_t i = 0; i < key->length; i++)
		hash = (hash ^ key->bytes[i]) * 0x100000001b3;
	return hash ^ hash >> 32;
}

size_t file_key_size(const struct file_key *key)
{
	return offsetof(struct file_key, bytes) + key->length;
}

struct file_key *file_key_copy(const struct file_key *key)
{
	struct file_key *copy = needed(malloc(file_key_size(key)));

	memcpy(copy, key, file_key_size(key));
	return copy;
}
