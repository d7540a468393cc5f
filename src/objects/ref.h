/*
 * REF: how a user names an object. One grammar for every command; the man page shmtool(1) has it.
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
	REF_FILE,  /* a file by its path */
	REF_FD,    /* a descriptor or a mapping of a process: a memfd, an unlinked object */
};

struct ref {
	enum ref_kind kind;
	enum object_kind object;    /* REF_ID, REF_KEY, REF_POSIX: what it names */
	int id;                     /* REF_ID */
	key_t key;                  /* REF_KEY, not IPC_PRIVATE */
	char file[POSIX_FILE_SIZE]; /* REF_POSIX: in POSIX_DIRECTORY, or of a queue */
	const char *path;           /* REF_FILE: within the word that was read */
	pid_t pid;                  /* REF_FD; 0: this process */
	int fd;                     /* REF_FD: number in that process */
	uint64_t address;           /* REF_FD: instead, in a shared mapping of that process; or 0 */
	const char *warning;        /* for who makes an object of this name, or NULL */
	char text[REF_TEXT_SIZE];   /* in its canonical form, for messages; a long path is cut */
};

/** Tell whether a REF names an object by id, key or name; not a file or descriptor. */
bool ref_is_listed(const struct ref *ref);

/** Which REFs a command takes. */
enum ref_scope {
	REF_LISTED, /* segments and files in POSIX_DIRECTORY: memory and named semaphores */
	REF_MEMORY, /* these, files and descriptors: whatever has bytes */
	REF_HELD,   /* these and POSIX message queues: whatever a process maps or holds open */
	REF_OBJECT, /* what listings can show: those of REF_LISTED, queues and semaphore sets */
	REF_SHOWN,  /* these and descriptors: whatever has details */
};

/**
 * Read a REF.
 *
 * @param word   what the user typed; kept for the path of a file
 * @param scope  which forms are wanted
 * @param ref    receives it
 * @param error  receives a usage error (no form fits, a number out of range, a bad name), or a
 *               failure if ftok's file does not exist
 * @return 0, or -1
 */
int ref_parse(const char *word, enum ref_scope scope, struct ref *ref, struct error *error);

/**
 * Read a key: hexadecimal with 0x or decimal, of 32 bits, not 0.
 *
 * @return 0, or -1 with a usage error in error
 */
int key_parse(const char *text, key_t *key, struct error *error);

/**
 * Make a key of "PATH" or "PATH:PROJ" as ftok(3) does. PROJ is a number or one character in
 * quotes; without one it is 1.
 *
 * @param key      receives the key
 * @param warning  receives a warning or NULL
 * @return 0, or -1 with error set: the file can't be looked at, the key is 0
 */
int ftok_parse(const char *text, key_t *key, const char **warning, struct error *error);

#endif
