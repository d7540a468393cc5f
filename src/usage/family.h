/*
 * Families: the program that makes an object, and whether it comes back for it.
 *
 * The catalogue is data: families_load() of usage/family_catalogue.h reads it, shmtool-families(5)
 * describes it. An object belongs to the first family that matches it: of the machine's own, those
 * that keep; then the shipped ones; then the machine's others. So only a family of the same name
 * protects less than a shipped one.
 */
#ifndef SHMTOOL_USAGE_FAMILY_H
#define SHMTOOL_USAGE_FAMILY_H

#include "error.h"
#include "objects/object.h"
#include "usage/family_pattern.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Kinds that rules know beside enum object_kind. */
enum family_kind {
	FAMILY_DIR = KIND_COUNT, /* a directory in /dev/shm */
	FAMILY_HUGE,             /* a file in a hugetlbfs */
	FAMILY_KINDS
};

/** The fates of a family's unused objects; several may stand together, and all must let go. */
enum family_fate {
	FATE_GARBAGE = 1 << 0,      /* of no use to anybody */
	FATE_KEEP = 1 << 1,         /* kept, unless the family is named */
	FATE_WITH_MAKER = 1 << 2,   /* kept while the process that made it lives */
	FATE_WITH_PROGRAM = 1 << 3, /* kept while the owner runs one of the family's programs */
	FATE_TOGETHER = 1 << 4,     /* kept while an object of the same instance is used */
};

/** Room for the words of fates, in bytes. */
enum { FAMILY_FATE_SIZE = 64 };

enum { FAMILY_MAGIC_SIZE = 32, FAMILY_MAGICS_MAX = 4 };

/** Bytes that a file has at an offset. */
struct family_magic {
	int64_t offset; /* bytes; negative: from the end */
	unsigned int length;
	unsigned char bytes[FAMILY_MAGIC_SIZE];
};

/** One "match" of a family. All conditions must hold. */
struct family_rule {
	const struct family *family;
	unsigned int line;  /* of the family's file */
	unsigned int kinds; /* of KIND_BIT(), also of enum family_kind */
	const char *text;   /* as it stands in the file */
	struct family_pattern
	    *pattern;      /* of the name; System V: of the key, as "0x%08x"; or NULL */
	const char *owner; /* a user's name or number; or NULL */
	bool has_bytes;
	uint64_t min_bytes;
	uint64_t max_bytes;
	bool has_mode;
	mode_t mode;
	bool has_semaphores;
	uint64_t semaphores; /* in a set */
};

struct family {
	const char *name;
	const char *description; /* never NULL */
	const char *reason;      /* for its fate; or NULL */
	const char *cleaner;     /* the command that cleans up after the program; or NULL */
	const char *source;      /* where this is known from; or NULL */
	unsigned int fates;      /* of enum family_fate, not 0 */
	const char **programs;   /* FATE_WITH_PROGRAM: patterns of command names, ended by NULL */
	struct family_rule **rules;
	size_t rule_count;
	struct family_magic magics[FAMILY_MAGICS_MAX];
	size_t magic_count;
	bool has_maker; /* the maker's number stands in the content, as an integer of the machine */
	int64_t maker_offset;    /* bytes; negative: from the end */
	unsigned int maker_size; /* 4 or 8 bytes */
	bool is_local;           /* of this machine, not shipped */
	const char *file;
	unsigned int line; /* of its first key */
};

struct families;

/** How the number of a maker is known. */
enum family_maker {
	MAKER_UNKNOWN,
	MAKER_OF_NAME,    /* from the name */
	MAKER_OF_CONTENT, /* from the content, which only the owner and root can have written */
};

/** An object's family. */
struct family_match {
	const struct family *family; /* NULL: none, and nothing else is set */
	const struct family_rule *rule;
	char instance[FAMILY_INSTANCE_SIZE]; /* empty: none */
	enum family_maker maker_source;
	pid_t maker;     /* in an unknown pid namespace; 0 unless it is known */
	bool is_assumed; /* the content could not be read, and the family protects */
};

/** The text that rules match for something of one kind, and what their conditions need. */
struct family_subject {
	unsigned int kind; /* of enum object_kind or enum family_kind */
	const char *text;  /* name with the leading slash; System V: key as "0x%08x" */
	bool is_known;     /* the rest is known */
	uid_t uid;
	mode_t mode;
	bool has_bytes;
	uint64_t bytes;
	uint64_t semaphores;
};

/**
 * Find the family of an object. The content is read only if a rule asks for it that matches otherwise:
 * of a file that is not leased, and only if no access time changes.
 *
 * @param families  of families_load(); NULL: no object has one
 * @param match     receives it
 * @return whether it has one
 */
bool family_match(const struct families *families, const struct shm_object *object,
                  struct family_match *match);

/**
 * Find the family of something that is no struct shm_object: a directory, a file in a hugetlbfs. Rules
 * that ask for content match if the family protects.
 */
bool family_match_subject(const struct families *families, const struct family_subject *subject,
                          struct family_match *match);

/** Find a family by its name; NULL if there is none. */
const struct family *families_find(const struct families *families, const char *name);

size_t families_count(const struct families *families);

/** A family by its number, in the order of names. */
const struct family *families_at(const struct families *families, size_t number);

/** Write the fates of a family: "with-maker,together". */
void family_fate_text(const struct family *family, char text[FAMILY_FATE_SIZE]);

/** Find a fate by its word; 0 if there is none. */
unsigned int family_fate_of_word(const char *word, size_t length);

/** The word for a kind of rules: "pshm", "dir". */
const char *family_kind_word(unsigned int kind);

/**
 * Tell whether a command name is that of one of a family's programs.
 *
 * @param command  as in /proc/PID/comm, which has at most 15 bytes
 */
bool family_has_program(const struct family *family, const char *command);

/*
 * Making a catalogue, for usage/family_rules.h and usage/family_catalogue.h.
 */

/** An empty catalogue, to be freed with families_free(); NULL if there is no memory. */
struct families *families_new(void);

/** Add a family, all zero but for its name; NULL if there is no memory. */
struct family *families_add(struct families *families, const char *name);

/** Add a rule, all zero but for its family, to the family that was added last. */
struct family_rule *families_add_rule(struct families *families);

/** Keep a text, or its first bytes, as long as the catalogue lives; NULL if there is no memory. */
const char *families_text(struct families *families, const char *text);
char *families_text_of(struct families *families, const char *text, size_t length);

/**
 * End the making: sort the families by name, drop those that the machine's own replace, and number the
 * rules.
 *
 * @param duplicate  called for each family whose name another one of the same layer has
 * @return 0, or -1 if there is no memory
 */
int families_finish(struct families *families,
                    void (*duplicate)(void *closure, const struct family *family,
                                      const struct family *first),
                    void *closure);

void families_free(struct families *families);

#endif
