#include "objects/ref.h"

#include "base/memory.h"
#include "base/number.h"
#include "objects/kind.h"
#include "objects/posix_files.h"
#include "objects/posix_queue.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIBBSD_OPENBSD_VIS /* selects a variant of strnunvis(3), which is not used here */
#include <bsd/vis.h>

/* Skip a prefix; NULL if the word does not begin with it. */
static const char *after(const char *word, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(word, prefix, length) == 0 ? word + length : NULL;
}

static bool is_number(const char *text, enum number_base base)
{
	uint64_t number;

	return number_parse(text, base, UINT64_MAX, &number) != NUMBER_NONE;
}

int key_parse(const char *text, key_t *key, struct error *error)
{
	const bool is_negative = *text == '-';
	uint64_t number;

	if (number_parse(text + is_negative, is_negative ? NUMBER_DECIMAL : NUMBER_WITH_0X,
	                 INT64_MAX, &number) != NUMBER_READ)
		return error_set(error, STATUS_USAGE,
		                 "is not a key (32 bits, such as 0x46010004 or 1174470660)");
	/* The 32 bits may be written as a signed or as an unsigned number. */
	if (number > (is_negative ? (uint64_t)INT32_MAX + 1 : UINT32_MAX)) {
		number = is_negative ? 0 - number : number;
		error_set(error, STATUS_USAGE, "is not a key: it has more than 32 bits");
		if ((uint32_t)number != 0)
			error_append(
			    error,
			    " (programs that truncate it to 32 bits, such as PHP, use 0x%08x)",
			    (uint32_t)number);
		return -1;
	}
	if (number == 0)
		return error_set(error, STATUS_USAGE,
		                 "key 0 is IPC_PRIVATE and identifies no object (use the id)");
	*key = (key_t)(uint32_t)(is_negative ? 0 - number : number);
	return 0;
}

/* A project number: decimal, or one character in quotes. */
static bool parse_project(const char *text, uint64_t *project)
{
	char quote = text[0];

	if (quote == '\'' || quote == '"') {
		*project = (unsigned char)text[1];
		return text[1] != '\0' && text[2] == quote && text[3] == '\0';
	}
	return number_parse(text, NUMBER_WITH_0X, INT_MAX, project) == NUMBER_READ;
}

int ftok_parse(const char *text, key_t *key, const char **warning, struct error *error)
{
	const char *colon = strrchr(text, ':');
	char path[PATH_MAX];
	struct stat st;
	uint64_t project = 1;
	size_t length = strlen(text);

	*key = IPC_PRIVATE;
	*warning = NULL;
	if (colon != NULL && parse_project(colon + 1, &project))
		length = (size_t)(colon - text);
	else if (colon != NULL &&
	         (colon[1] == '\'' || colon[1] == '"' || is_number(colon + 1, NUMBER_WITH_0X)))
		return error_set(error, STATUS_USAGE,
		                 "PROJ must be a number or one character in quotes: ftok:PATH:'a'");
	else
		project = 1;
	if (length == 0)
		return error_set(error, STATUS_USAGE,
		                 "ftok requires the path of a file: ftok:PATH[:PROJ]");
	if (length >= sizeof(path))
		return error_set(error, STATUS_USAGE, "the path is too long");
	memcpy(path, text, length);
	path[length] = '\0';
	if (stat(path, &st) < 0)
		return error_set_errno(error, errno, "ftok can't access %s", path);
	if ((project & 0xff) == 0)
		*warning =
		    "the low 8 bits of PROJ are 0: POSIX does not specify the key in this case";
	/*
	 * The computation of ftok(3) in glibc and musl. Calling it would read the file's status
	 * again, and its result -1 may be a failure or a valid key.
	 */
	*key = (key_t)((uint32_t)(project & 0xff) << 24 | (uint32_t)(st.st_dev & 0xff) << 16 |
	               (uint32_t)(st.st_ino & 0xffff));
	if (*key == IPC_PRIVATE)
		return error_set(
		    error, STATUS_FAILED,
		    "ftok returns key 0 for %s, which is IPC_PRIVATE (use another PROJ)", path);
	return 0;
}

/* The messages below begin with a verb: they follow the user's input. */
static int parse_id(const char *text, struct ref *ref, struct error *error)
{
	struct error no_key;
	uint64_t id;
	key_t key;

	switch (number_parse(text, NUMBER_DECIMAL, INT_MAX, &id)) {
	case NUMBER_READ:
		goto fits;
	case NUMBER_NONE:
		error_set(error, STATUS_USAGE, "is not an id (a decimal number)");
		break;
	case NUMBER_TOO_LARGE:
		error_set(error, STATUS_USAGE, "is too large for an id: the maximum is %d",
		          INT_MAX);
		break;
	}
	/* Programs print keys in hexadecimal, in decimal, and as negative numbers. */
	if (key_parse(text, &key, &no_key) == 0)
		error_append(error, " (for the key: key:%s)", text);
	return -1;
fits:
	ref->kind = REF_ID;
	ref->id = (int)id;
	snprintf(ref->text, sizeof(ref->text), "id:%d", ref->id);
	return 0;
}

static void set_key(struct ref *ref, key_t key)
{
	ref->kind = REF_KEY;
	ref->key = key;
	snprintf(ref->text, sizeof(ref->text), "key:0x%08x", (unsigned int)key);
}

/* Show the path that the user entered beside the key. */
static void name_key_by_file(struct ref *ref, const char *word)
{
	snprintf(ref->text, sizeof(ref->text), "%.*s (key:0x%08x)", REF_SHORT_SIZE - 20, word,
	         (unsigned int)ref->key);
}

/* Check that every backslash begins an escape as tables print it: three octal digits. */
static bool is_escaped_well(const char *name)
{
	while ((name = strchr(name, '\\')) != NULL) {
		if (name[1] < '0' || name[1] > '3' || strspn(name + 1, "01234567") < 3)
			return false;
		name += 4;
	}
	return true;
}

/*
 * Parse a name, with vis(3)'s escapes as tables print them. A name in the path of a file is taken
 * literally, as the shell's globbing produces it.
 */
static int parse_name(enum object_kind kind, const char *name, bool escaped, struct ref *ref,
                      struct error *error)
{
	char *plain = needed(strdup(name));
	int result = -1;
	int length = (int)strlen(name);

	if (escaped)
		length = is_escaped_well(name) ? strunvis(plain, name) : -1;
	if (length < 0)
		error_set(error, STATUS_USAGE,
		          "a backslash begins an escape such as \\012 (for a literal one: \\134%s)",
		          kind != KIND_PMSG ? ", or name the file " POSIX_DIRECTORY "/..." : "");
	else if ((size_t)length != strlen(plain))
		error_set(error, STATUS_USAGE, "a name can't contain a NUL character");
	else
		result = posix_file_name(kind, plain, ref->file, error);
	free(plain);
	if (result < 0)
		return -1;
	ref->kind = REF_POSIX;
	/* The name of a queue may begin like the file name of a semaphore. */
	ref->object = kind == KIND_PMSG ? kind : posix_file_kind(ref->file);
	snprintf(ref->text, sizeof(ref->text), "%s/%s", object_kinds[ref->object].prefix,
	         ref->file + strlen(object_file_prefix(ref->object)));
	return 0;
}

/* Check whether a directory has an entry of any type. */
static bool is_there(const char *directory, const char *prefix, const char *word)
{
	char path[sizeof(POSIX_QUEUE_DIRECTORY) + sizeof(SEMAPHORE_PREFIX) + POSIX_FILE_SIZE];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s%s", directory, prefix, word);
	return lstat(path, &st) == 0;
}

/* Check whether a command accepts objects other than memory. */
static bool shows_all_kinds(enum ref_scope scope)
{
	return scope == REF_OBJECT || scope == REF_SHOWN || scope == REF_USED;
}

/* Append the REF that the user may have meant by a word without a slash. */
static void hint_form(const char *word, enum ref_scope scope, struct error *error)
{
	struct error no_key;
	key_t key;

	if (*word == '\0' || strlen(word) >= POSIX_FILE_SIZE)
		return;
	if (is_there(POSIX_DIRECTORY, "", word))
		error_append(error, " (for the POSIX object: /%s)", word);
	else if (!shows_all_kinds(scope) && access(word, F_OK) == 0)
		error_append(error, " (for the file: ./%s)", word);
	else if (*word == '-' && key_parse(word, &key, &no_key) == 0)
		error_append(error, " (for the key: key:%s)", word);
	else if (is_there(POSIX_DIRECTORY, SEMAPHORE_PREFIX, word))
		error_append(error, " (for the semaphore: psem:/%s)", word);
	else if (is_there(POSIX_QUEUE_DIRECTORY, "", word))
		error_append(error, " (for the queue: pmsg:/%s)", word);
	else if (shows_all_kinds(scope) && strpbrk(word, "*?[") != NULL)
		error_append(error, " (for objects that match a pattern: --name '%s')", word);
	else if (strpbrk(word, ":\\*?[") == NULL)
		error_append(error, " (for the POSIX object: /%s)", word);
}

static int unknown_form(const char *word, enum ref_scope scope, struct error *error)
{
	static const char *const rest[] = {
		[REF_MEMORY] = "/dev/shm/name, psem:/name, file:PATH, pid:PID:fd:N or "
			       "pid:PID:map:ADDRESS",
		[REF_TREE] = "/dev/shm/name, psem:/name, file:PATH, dir:PATH, pid:PID:fd:N or "
			     "pid:PID:map:ADDRESS",
		[REF_READ] = "/dev/shm/name, psem:/name, pmsg:/name, file:PATH, pid:PID:fd:N or "
			     "pid:PID:map:ADDRESS",
		[REF_USED] = "/dev/shm/name, psem:/name, msg:5, sem:5, pmsg:/name, file:PATH, "
			     "pid:PID:fd:N or pid:PID:map:ADDRESS",
		[REF_OBJECT] = "/dev/shm/name, psem:/name, msg:5, sem:5 or pmsg:/name",
		[REF_SHOWN] =
		    "/dev/shm/name, psem:/name, msg:5, sem:5, pmsg:/name, pid:PID:fd:N or "
		    "pid:PID:map:ADDRESS",
	};

	error_set(error, STATUS_USAGE,
	          "is not a REF: use 123, id:123, 0x46010004, key:1234, "
	          "ftok:PATH[:PROJ], /name, posix:name, %s",
	          rest[scope]);
	hint_form(word, scope, error);
	return -1;
}

static int parse_path(const char *path, struct ref *ref, struct error *error)
{
	if (*path == '\0')
		return error_set(error, STATUS_USAGE, "the path is missing: file:PATH");
	if (strlen(path) >= PATH_MAX)
		return error_set(error, STATUS_USAGE, "the path is too long");
	ref->kind = REF_FILE;
	ref->object = KIND_PSHM;
	ref->path = path;
	snprintf(ref->text, sizeof(ref->text), "%s%s",
	         strchr(path, '/') != NULL ? "" : "file:", path);
	return 0;
}

/*
 * Parse a path with vis(3)'s escapes, as tables print it.
 *
 * WORD: with the prefix.
 */
static int parse_escaped_path(const char *word, enum object_kind kind, struct ref *ref,
                              struct error *error)
{
	/* Paths of operands, until the program ends. */
	static struct object_list kept;
	const char *path = strchr(word, ':') + 1;
	char *plain = needed(strdup(path));
	const int length = is_escaped_well(path) ? strunvis(plain, path) : -1;
	int result;

	if (length < 0)
		result = error_set(error, STATUS_USAGE,
		                   "a backslash begins an escape such as \\012 (for a literal "
		                   "one: \\134)");
	else if ((size_t)length != strlen(plain))
		result = error_set(error, STATUS_USAGE, "a path can't contain a NUL character");
	else
		result = parse_path(object_list_text(&kept, "", plain), ref, error);
	free(plain);
	ref->object = kind;
	if (result == 0)
		snprintf(ref->text, sizeof(ref->text), "%.*s%s", (int)(path - word), word,
		         ref->path);
	return result;
}

/* Parse a number of 31 bits, and advance the text. */
static bool parse_number(const char **text, int *number)
{
	uint64_t parsed;

	if (number_take(text, NUMBER_DECIMAL, &parsed) != NUMBER_READ || parsed > INT_MAX)
		return false;
	*number = (int)parsed;
	return true;
}

/* Parse the hexadecimal address of a mapping, as in /proc/PID/maps and in tables. */
static bool parse_address(const char *text, uint64_t *address)
{
	return number_parse(text, NUMBER_HEXADECIMAL, UINT64_MAX, address) == NUMBER_READ &&
	       *address != 0;
}

/* Parse "PID:fd:N" or "PID:map:ADDRESS"; PID may be "self". */
static int parse_descriptor(const char *text, struct ref *ref, struct error *error)
{
	const char *rest = after(text, "self");
	int pid = 0;

	if (rest == NULL) {
		rest = text;
		if (!parse_number(&rest, &pid) || pid == 0)
			goto wrong;
	}
	ref->kind = REF_FD;
	ref->pid = pid;
	if (after(rest, ":map:") != NULL) {
		if (!parse_address(after(rest, ":map:"), &ref->address))
			return error_set(
			    error, STATUS_USAGE,
			    "is not a mapping: use pid:PID:map:ADDRESS, with a "
			    "hexadecimal address from shmtool users or /proc/PID/maps");
		snprintf(ref->text, sizeof(ref->text), "pid:%.*s:map:0x%" PRIx64,
		         (int)(rest - text), text, ref->address);
		return 0;
	}
	rest = after(rest, ":fd:");
	if (rest == NULL || !parse_number(&rest, &ref->fd) || *rest != '\0')
		goto wrong;
	snprintf(ref->text, sizeof(ref->text), "pid:%s", text);
	return 0;
wrong:
	return error_set(error, STATUS_USAGE,
	                 "is not a descriptor: use pid:PID:fd:N, with two decimal numbers");
}

/* Check whether a word is a path other than a name in a directory of objects. */
static bool is_path(const char *word)
{
	const char *name = after(word, POSIX_DIRECTORY "/");

	if (name == NULL)
		name = after(word, POSIX_QUEUE_DIRECTORY "/");
	if (name == NULL)
		name = word + (*word == '/');
	/* No object has the name of a directory itself. */
	if (*name == '\0')
		return name > word + 1;
	return strchr(name, '/') != NULL || strcmp(word, ".") == 0 || strcmp(word, "..") == 0;
}

/*
 * Parse the REF of a System V object: 123, id:123, 0x46010004, key:1234, ftok:PATH. Returns whether
 * the word has one of these forms; if so, result receives 0, or -1 with error set.
 */
static bool parse_sysv(const char *word, struct ref *ref, int *result, struct error *error)
{
	const char *rest = NULL;
	key_t key = IPC_PRIVATE;

	if (is_number(word, NUMBER_DECIMAL) || (rest = after(word, "id:")) != NULL) {
		*result = parse_id(rest != NULL ? rest : word, ref, error);
	} else if (strncasecmp(word, "0x", 2) == 0 || (rest = after(word, "key:")) != NULL) {
		*result = key_parse(rest != NULL ? rest : word, &key, error);
		if (*result == 0)
			set_key(ref, key);
	} else if ((rest = after(word, "ftok:")) != NULL) {
		*result = ftok_parse(rest, &key, &ref->warning, error);
		if (*result == 0) {
			set_key(ref, key);
			name_key_by_file(ref, word);
		}
	} else {
		return false;
	}
	return true;
}

/* Parse "msg:5", "sem:0x46010004": after the prefix, the forms are those of a segment. */
static int parse_other_sysv(enum object_kind kind, const char *word, struct ref *ref,
                            struct error *error)
{
	char text[REF_SHORT_SIZE];
	int result;

	if (!parse_sysv(word, ref, &result, error))
		return error_set(error, STATUS_USAGE,
		                 "is not a %s: use %s5 for its id, or %s0x46010004 for its key",
		                 kind_noun(kind), object_kinds[kind].prefix,
		                 object_kinds[kind].prefix);
	if (result < 0)
		return -1;
	ref->object = kind;
	snprintf(text, sizeof(text), "%s%.*s", object_kinds[kind].prefix, REF_SHORT_SIZE - 8,
	         after(ref->text, "id:") != NULL ? after(ref->text, "id:") : ref->text);
	snprintf(ref->text, sizeof(ref->text), "%s", text);
	return 0;
}

static int parse_form(const char *word, enum ref_scope scope, struct ref *ref, struct error *error)
{
	const char *rest;
	int result;

	memset(ref, 0, sizeof(*ref));
	if (parse_sysv(word, ref, &result, error))
		return result;
	if (isdigit((unsigned char)*word))
		return is_path(word) ? parse_path(word, ref, error)
		                     : unknown_form(word, scope, error);
	if ((rest = after(word, "posix:")) != NULL)
		return parse_name(KIND_PSHM, rest, true, ref, error);
	if ((rest = after(word, "file:")) != NULL)
		return parse_path(rest, ref, error);
	if (after(word, "path:") != NULL)
		return parse_escaped_path(word, KIND_PSHM, ref, error);
	if (after(word, object_kinds[KIND_DIR].prefix) != NULL)
		return parse_escaped_path(word, KIND_DIR, ref, error);
	if ((rest = after(word, "pid:")) != NULL)
		return parse_descriptor(rest, ref, error);
	for (enum object_kind kind = 0; kind < KIND_COUNT; kind++) {
		const char *prefix = object_kinds[kind].prefix;

		if (*prefix == '\0' || (rest = after(word, prefix)) == NULL)
			continue;
		return kind_is_sysv(kind) ? parse_other_sysv(kind, rest, ref, error)
		                          : parse_name(kind, rest, true, ref, error);
	}
	if (is_path(word))
		return parse_path(word, ref, error);
	if ((rest = after(word, POSIX_DIRECTORY "/")) != NULL)
		return parse_name(KIND_PSHM, rest, false, ref, error);
	if ((rest = after(word, POSIX_QUEUE_DIRECTORY "/")) != NULL)
		return parse_name(KIND_PMSG, rest, false, ref, error);
	if (*word == '/')
		return parse_name(KIND_PSHM, word, true, ref, error);
	return unknown_form(word, scope, error);
}

bool ref_is_listed(const struct ref *ref)
{
	return ref->kind == REF_ID || ref->kind == REF_KEY || ref->kind == REF_POSIX;
}

/* Check whether a command for memory accepts a REF: queues and semaphore sets are not memory. */
static bool is_memory(const struct ref *ref, enum ref_scope scope)
{
	const unsigned int kinds = KINDS_MAPPED | (scope == REF_READ ? KIND_BIT(KIND_PMSG) : 0U);

	return !ref_is_listed(ref) || (KIND_BIT(ref->object) & kinds) != 0;
}

int ref_parse(const char *word, enum ref_scope scope, struct ref *ref, struct error *error)
{
	if (parse_form(word, scope, ref, error) < 0)
		return -1;
	if (!shows_all_kinds(scope) && !is_memory(ref, scope))
		return error_set(error, STATUS_USAGE,
		                 "is not supported by this command: it is a %s (shmtool stat, "
		                 "users, set and rm accept it)",
		                 kind_noun(ref->object));
	if (ref->object == KIND_DIR && !shows_all_kinds(scope) && scope != REF_TREE)
		return error_set(error, STATUS_USAGE,
		                 "is a directory, not memory (shmtool stat and rm accept it)");
	if (ref->kind != REF_FD || scope != REF_OBJECT)
		return 0;
	return error_set(
	    error, STATUS_USAGE,
	    "is not supported by this command, which accepts segments, POSIX objects, files in "
	    "shared memory, message queues, semaphores and semaphore sets (shmtool stat, users, "
	    "set, read and probe-pages accept it)");
}
