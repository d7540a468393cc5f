/*
 * An object of interprocess communication of any kind, and lists of them.
 */
#ifndef SHMTOOL_OBJECTS_OBJECT_H
#define SHMTOOL_OBJECTS_OBJECT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/** The kinds of object, with util-linux's names: shm, pshm, psem, msg, sem, pmsg; and dir. */
enum object_kind {
	KIND_SHM,  /* System V shared memory segment, sysvipc(7) */
	KIND_PSHM, /* POSIX shared memory object, shm_overview(7) */
	KIND_PSEM, /* POSIX named semaphore, sem_overview(7) */
	KIND_MSG,  /* System V message queue, sysvipc(7) */
	KIND_SEM,  /* System V semaphore set, sysvipc(7) */
	KIND_PMSG, /* POSIX message queue, mq_overview(7) */
	KIND_DIR,  /* directory in a tmpfs or hugetlbfs, objects/tree.h */
	KIND_COUNT
};

/** Sets of kinds: KIND_BIT(KIND_SHM) | ... */
#define KIND_BIT(kind) (1U << (kind))
enum {
	KINDS_MEMORY = KIND_BIT(KIND_SHM) | KIND_BIT(KIND_PSHM),
	/* They have an id and may have a key. */
	KINDS_SYSV = KIND_BIT(KIND_SHM) | KIND_BIT(KIND_MSG) | KIND_BIT(KIND_SEM),
	/* They have a name, and are files in a directory. */
	KINDS_POSIX = KIND_BIT(KIND_PSHM) | KIND_BIT(KIND_PSEM) | KIND_BIT(KIND_PMSG),
	/* They have a name in POSIX_DIRECTORY. */
	KINDS_DEVSHM = KIND_BIT(KIND_PSHM) | KIND_BIT(KIND_PSEM),
	/* Processes attach or map them. */
	KINDS_MAPPED = KIND_BIT(KIND_SHM) | KINDS_DEVSHM,
	KINDS_QUEUES = KIND_BIT(KIND_MSG) | KIND_BIT(KIND_PMSG),
	/* Everything but directories, which are listed only if they are asked for. */
	KINDS_ALL = KIND_BIT(KIND_DIR) - 1,
	/* Everything that may be in a directory of a tree: objects/tree.h. */
	KINDS_IN_TREES = KIND_BIT(KIND_PSHM) | KIND_BIT(KIND_DIR),
};

/** Values that cost extra system calls, and are collected only if a command needs them. */
enum object_need {
	NEED_USED = 1 << 0,      /* used: for System V; POSIX objects always have it */
	NEED_RESIDENCY = 1 << 1, /* resident */
	NEED_COMMAND = 1 << 2,   /* command */
	NEED_VALUE = 1 << 3,     /* semaphore_value */
	NEED_MESSAGES = 1 << 4,  /* KIND_PMSG: messages and the limits of the queue */
	/*
	 * KIND_PMSG: used. Reading the file of a queue updates its access and change time, so this
	 * is collected only on explicit request.
	 */
	NEED_QUEUE_USED = 1 << 5,
	NEED_USERS = 1 << 6,  /* usage: scans /proc of all processes */
	NEED_FAMILY = 1 << 7, /* the catalogue of usage/family.h */
	NEED_ALL = (1 << 8) - 1,
	/* Everything that has no side effects. */
	NEED_TRACELESS = NEED_ALL & ~NEED_QUEUE_USED,
};

/** Members of struct shm_object that can be unknown. */
enum object_known {
	KNOWN_USED = 1 << 0,
	KNOWN_RESIDENCY = 1 << 1, /* used and resident */
	KNOWN_VALUE = 1 << 2,
	KNOWN_MESSAGES = 1 << 3, /* KIND_PMSG: messages, bytes and the limits of the queue */
	KNOWN_SIZE = 1 << 4,     /* KIND_MSG: bytes; KIND_DIR: bytes and files */
	/* KINDS_POSIX, KIND_DIR: something is mounted on it, so nothing but its name is known. */
	KNOWN_COVERED = 1 << 5,
};

struct object_usage;
struct object_tree;

/** Memory that no listing shows, named by a REF of a descriptor or mapping. */
struct held_kind {
	const char *word;  /* "memfd" */
	const char *block; /* heading of the details, before the REF */
};

/** Listings hold many of these, so it is kept small: members of different kinds share memory. */
struct shm_object {
	enum object_kind kind;
	unsigned int known; /* bits of enum object_known */
	uid_t uid;          /* owner */
	gid_t gid;
	mode_t mode;    /* permission bits; of a file also set-user-ID and the like */
	bool marked;    /* KIND_SHM: for destruction with the last detach */
	bool locked;    /* KIND_SHM: in memory, SHM_LOCK */
	bool is_linked; /* KINDS_POSIX: the file has several hard links */
	uint16_t place; /* number of the namespace in which it was found; 0: ours */
	uint64_t
	    bytes;     /* size; of a queue, its capacity; of a directory, that of all files below */
	uint64_t used; /* bytes in memory and in swap; of a queue, in its messages */
	union {
		uint64_t resident;   /* bytes in memory; the rest of used is in swap */
		uint64_t messages;   /* KIND_MSG, KIND_PMSG */
		uint64_t semaphores; /* KIND_SEM: of the set */
		uint64_t files;      /* KIND_DIR: regular files below it */
	};
	time_t change_time; /* created or changed, seconds since 1970 */
	const struct object_usage
	    *usage; /* see usage/verdict.h; owned by the list; NULL: unknown */
	union {
		/* KINDS_SYSV */
		struct {
			int id;
			key_t key; /* 0, IPC_PRIVATE: none */
			uid_t creator_uid;
			gid_t creator_gid;
			union {
				/* KIND_SHM */
				struct {
					pid_t creator_pid; /* 0: outside this pid namespace */
					pid_t last_pid;    /* of the last attach or detach; 0: none,
					                      or outside */
					uint64_t attaches; /* nattch */
					time_t attach_time;  /* seconds since 1970; 0: never */
					time_t detach_time;  /* seconds since 1970; 0: never */
					const char *command; /* of the creator while it runs; owned
					                        by the list; NULL: unknown */
				};
				/* KIND_MSG */
				struct {
					pid_t send_pid;      /* 0: none, or outside */
					pid_t receive_pid;   /* 0: none, or outside */
					time_t send_time;    /* seconds since 1970; 0: never */
					time_t receive_time; /* seconds since 1970; 0: never */
				};
				/* KIND_SEM */
				time_t operation_time; /* seconds since 1970; 0: never */
			};
		};
		/* KINDS_POSIX, KIND_DIR */
		struct {
			const char *name;   /* with the leading slash, unless object_is_held();
			                     owned by the list; in a tree, the path below it */
			time_t access_time; /* of the file, seconds since 1970; KIND_DIR: newest
			                       use of a file below it, or 0 */
			time_t modify_time; /* of the file, seconds since 1970 */
			ino_t inode;        /* of the file */
			union {
				unsigned int semaphore_value; /* KIND_PSEM */
				/* KIND_PSHM, if object_is_held() or in a tree; KIND_DIR */
				struct {
					const struct held_kind *held_kind; /* NULL: not held */
					union {
						const char *held_ref; /* owned by the list */
						/* KIND_PSHM, KIND_DIR, if it is in one and not held */
						const struct object_tree *tree;
					};
					dev_t held_device; /* of the file, stat(2) */
				};
				/* KIND_PMSG */
				struct {
					uint64_t most_messages; /* limit of messages */
					uint64_t message_bytes; /* limit of a message's size */
				};
			};
		};
	};
};

/**
 * Check whether an object was found by a REF of a descriptor or mapping and is in no directory. Its
 * kind is then KIND_PSHM, so that it has columns; its name is NULL if it has none.
 */
bool object_is_held(const struct shm_object *object);

/** The tree of an object, objects/tree.h; NULL if it is none of a tree. */
const struct object_tree *object_tree(const struct shm_object *object);

struct object_texts;
struct object_usages;

/** A list of objects; it owns their names and commands. All zero is the empty list. */
struct object_list {
	struct shm_object *objects;
	size_t count;
	unsigned int failed; /* kinds that could not be listed, at least partly: KIND_BIT() */
	struct object_texts *texts;
	struct object_usages *usages; /* see usage/verdict.h; one block of memory */
};

/**
 * Append a zeroed object. Objects move when the list grows.
 *
 * @return the object
 */
struct shm_object *object_list_add(struct object_list *list);

/** Remove the last object. */
void object_list_drop(struct object_list *list);

/**
 * Copy a text into a list, which owns the copy.
 *
 * @param prefix  prepended to the text
 * @return the copy
 */
const char *object_list_text(struct object_list *list, const char *prefix, const char *text);

void object_list_free(struct object_list *list);

/** Put the objects of a list in the order of their kinds; within a kind, the order remains. */
void object_list_sort_kinds(struct object_list *list);

/** Size of any REF, in bytes: the longest prefix, and a path. */
enum { REF_TEXT_SIZE = PATH_MAX + 16 };

#endif
