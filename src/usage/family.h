/*
 * Families: which program creates an object, and whether it will use the object again.
 *
 * The catalogue is data: families_load() in usage/family_catalogue.h reads it, shmtool-families(5)
 * describes it. An object belongs to the first family that matches it, in this order: local
 * families that keep their objects; shipped families; other local families. So a local family can
 * protect less than a shipped one only if it has the same name and replaces it.
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

/** Kinds of rules in addition to enum object_kind. */
enum family_kind {
	FAMILY_DIR = KIND_DIR,    /* a directory in /dev/shm */
	FAMILY_HUGE = KIND_COUNT, /* a file in a hugetlbfs */
	FAMILY_KINDS,
	FAMILY_KINDS_ALL = (1 << FAMILY_KINDS) - 1, /* bits of KIND_BIT() */
};

/** The fates of a family's unused objects. Several may be combined: any of them keeps an object. */
enum family_fate {
	FATE_GARBAGE = 1 << 0,      /* no longer needed */
	FATE_KEEP = 1 << 1,         /* kept unless the family is named */
	FATE_WITH_MAKER = 1 << 2,   /* kept while the process that created it is running */
	FATE_WITH_PROGRAM = 1 << 3, /* kept while the owner runs one of the family's programs */
	FATE_TOGETHER = 1 << 4,     /* kept while an object of the same instance is in use */
};

enum { FAMILY_MAGIC_SIZE = 32, FAMILY_MAGICS_MAX = 4 };

/** Bytes at an offset of a file. */
struct family_magic {
	int64_t offset; /* bytes; negative: from the end */
	unsigned int length;
	unsigned char bytes[FAMILY_MAGIC_SIZE];
};

/** One "match" of a family. An object must meet all conditions. */
struct family_rule {
	const struct family *family;
	unsigned int line;  /* of the family's file */
	unsigned int kinds; /* bits of KIND_BIT(), also for enum family_kind */
	const char *text;   /* as written in the file */
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
	const char *reason;      /* of its fate; or NULL */
	const char *cleaner;     /* the command that cleans up after the program; or NULL */
	const char *source;      /* reference for these facts; or NULL */
	unsigned int fates;      /* bits of enum family_fate, not 0 */
	const char *fate;        /* the same as text: \"with-maker,together\" */
	const char **programs;   /* FATE_WITH_PROGRAM: patterns of command names, ended by NULL */
	struct family_rule **rules;
	size_t rule_count;
	struct family_magic magics[FAMILY_MAGICS_MAX];
	size_t magic_count;
	bool has_maker;          /* the content holds the maker's pid, as a native integer */
	int64_t maker_offset;    /* bytes; negative: from the end */
	unsigned int maker_size; /* 4 or 8 bytes */
	bool is_local;           /* from the local directory, not shipped */
	const char *file;
	unsigned int line; /* of its [name] */
};

struct families;

/** The source of a maker's pid. */
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

/** An object as rules see it: the text that patterns match, and the values for conditions. */
struct family_subject {
	unsigned int kind; /* enum object_kind or enum family_kind */
	const char *text;  /* name with a slash before it; System V: key as "0x%08x" */
	bool is_known;     /* the members below are known */
	uid_t uid;
	mode_t mode;
	bool has_bytes;
	uint64_t bytes;
	uint64_t semaphores;
};

/**
 * Find the family of an object. A file below a directory in POSIX_DIRECTORY has the family of that
 * directory, one in a hugetlbfs that of a rule for its name. The content is read only if a rule that matches otherwise needs it,
 * and only if the file is not leased and its access time is not updated.
 *
 * @param families  from families_load(); NULL: no object has a family
 * @param match     receives the family
 * @return whether the object has a family
 */
bool family_match(const struct families *families, const struct shm_object *object,
                  struct family_match *match);

/**
 * Repeat the match of an object without the search.
 *
 * @param rule   from family_match() for the same object; NULL: it has no family
 * @param match  receives the family; is_assumed is not set
 */
void family_match_again(const struct family_rule *rule, const struct shm_object *object,
                        struct family_match *match);

/**
 * Find the family of a file that has no struct shm_object: a directory, a file in a hugetlbfs.
 * Rules that need the content match if the family protects.
 */
bool family_match_subject(const struct families *families, const struct family_subject *subject,
                          struct family_match *match);

/** Find a family by its name; NULL if there is none. */
const struct family *families_find(const struct families *families, const char *name);

size_t families_count(const struct families *families);

/** A family by index, in the order of names. */
const struct family *families_at(const struct families *families, size_t number);

/** The index of a family of the catalogue. */
size_t families_number(const struct families *families, const struct family *family);

/** Find a fate by its word; 0 if there is none. */
unsigned int family_fate_of_word(const char *word, size_t length);

/** The word for a kind of rules: "pshm", "dir". */
const char *family_kind_word(unsigned int kind);

/**
 * Check whether a name is that of one of a family's programs.
 *
 * @param command  as in /proc/PID/comm, which has at most 15 bytes, or of an executable file
 */
bool family_has_program(const struct family *family, const char *command);

/*
 * Construction of a catalogue, for usage/family_rules.h and usage/family_catalogue.h.
 */

/** Make an empty catalogue; free with families_free(). */
struct families *families_new(void);

/**
 * Allow that shipped families are omitted if they have no rules for some kinds.
 *
 * @param kinds  bits of KIND_BIT(), also for enum family_kind
 */
void families_narrow(struct families *families, unsigned int kinds);

/** The kinds from families_narrow(), initially FAMILY_KINDS_ALL. */
unsigned int families_kinds(const struct families *families);

/** Add a family, zeroed except for its name. */
struct family *families_add(struct families *families, const char *name);

/** Add a rule, zeroed except for its family, to the family that was added last. */
struct family_rule *families_add_rule(struct families *families);

/** Copy a text, or its first bytes, into the catalogue, which owns it. */
const char *families_text(struct families *families, const char *text);
char *families_text_of(struct families *families, const char *text, size_t length);

/**
 * Complete the catalogue: sort the families by name, drop shipped families that local ones replace,
 * and number the rules.
 *
 * @param duplicate  called for each family that has the name of another one in the same layer
 */
void families_finish(struct families *families,
                     void (*duplicate)(void *closure, const struct family *family,
                                       const struct family *first),
                     void *closure);

void families_free(struct families *families);

#endif
