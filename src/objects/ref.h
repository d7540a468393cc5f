/*
 * REF: the user's name for an object. All commands share the grammar, see shmtool(1).
 */
#ifndef SHMTOOL_OBJECTS_REF_H
#define SHMTOOL_OBJECTS_REF_H

#include "error.h"
#include "objects/object.h"
#include "objects/posix.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum ref_kind {
	REF_ID,    /* System V object by id */
	REF_KEY,   /* System V object by key */
	REF_POSIX, /* POSIX object by name */
	REF_FILE,  /* file by path */
	REF_FD,    /* descriptor or mapping of a process: a memfd, an unlinked object */
};

/** Size of the text of a REF in a message, in bytes: the longest prefix, a slash, a file name. */
enum { REF_SHORT_SIZE = NAME_MAX + 16 };

struct ref {
	enum ref_kind kind;
	enum object_kind object;    /* kind of the object; REF_FILE: KIND_DIR or KIND_PSHM */
	int id;                     /* REF_ID */
	key_t key;                  /* REF_KEY, not IPC_PRIVATE */
	char file[POSIX_FILE_SIZE]; /* REF_POSIX: in POSIX_DIRECTORY, or of a queue */
	const char *path;           /* REF_FILE: within the parsed word, or kept for ever */
	pid_t pid;                  /* REF_FD; 0: this process */
	int fd;                     /* REF_FD: number in that process, if address is 0 */
	uint64_t address;           /* REF_FD: in a shared mapping of that process; or 0 */
	const char *warning; /* to be printed when an object is created by this REF, or NULL */
	char text[REF_SHORT_SIZE]; /* canonical form, for messages; a long path is truncated */
};

/** Check whether a REF names an object by id, key or name, not a file or descriptor. */
bool ref_is_listed(const struct ref *ref);

/** The REFs that a command accepts. */
enum ref_scope {
	REF_MEMORY, /* segments, files in POSIX_DIRECTORY, other files and descriptors: bytes */
	REF_TREE,   /* REF_MEMORY and directories */
	REF_READ,   /* REF_MEMORY and POSIX message queues, whose files have a line of text */
	REF_OBJECT, /* everything in listings: also queues and semaphore sets, but no other files */
	REF_USED,   /* REF_MEMORY and REF_OBJECT: everything that processes use */
	REF_SHOWN,  /* REF_OBJECT and descriptors: everything that has details */
};

/**
 * Parse a REF.
 *
 * @param word   the user's input; borrowed for the path of a file
 * @param scope  the accepted forms
 * @param ref    receives the REF
 * @param error  receives a usage error (unknown form, number out of range, invalid name), or a
 *               failure if the file of ftok does not exist
 * @return 0, or -1
 */
int ref_parse(const char *word, enum ref_scope scope, struct ref *ref, struct error *error);

/**
 * Parse a key: hexadecimal with 0x or decimal, 32 bits, not 0.
 *
 * @return 0, or -1 with a usage error in error
 */
int key_parse(const char *text, key_t *key, struct error *error);

/**
 * Make a key from "PATH" or "PATH:PROJ" as ftok(3) does. PROJ is a number or one character in
 * quotes; the default is 1.
 *
 * @param key      receives the key
 * @param warning  receives a warning or NULL
 * @return 0, or -1 with error set: the file can't be inspected, or the key is 0
 */
int ftok_parse(const char *text, key_t *key, const char **warning, struct error *error);

#endif
