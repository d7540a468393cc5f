#include "usage/family_rule.h"

#include "objects/kind.h"

#include <ctype.h>
#include <string.h>

size_t family_next_word(const char **at, const char **word)
{
	const char *end;

	while (isspace((unsigned char)**at))
		(*at)++;
	*word = *at;
	for (end = *at; *end != '\0' && !isspace((unsigned char)*end); end++) {
		if (*end == '\\' && end[1] != '\0')
			end++;
	}
	*at = end;
	return (size_t)(end - *word);
}

bool family_read_number(const char *text, enum number_base base, char behind, uint64_t *number,
                        const char **end)
{
	*end = text;
	return number_take(end, base, number) == NUMBER_READ && **end == behind;
}

static unsigned int kind_of_word(const char *word, size_t length)
{
	for (unsigned int kind = 0; kind < FAMILY_KINDS; kind++) {
		const char *name = family_kind_word(kind);

		if (strlen(name) == length && strncmp(word, name, length) == 0)
			return KIND_BIT(kind);
	}
	return 0;
}

static int read_kinds(const char *word, size_t length, unsigned int *kinds, struct error *error)
{
	const char *const end = word + length;

	while (word <= end) {
		const size_t part = strcspn(word, ", \t");
		const unsigned int kind = kind_of_word(word, part);

		if (kind == 0)
			return error_set(
			    error, STATUS_FAILED,
			    "unknown kind '%.*s' (must be shm, pshm, psem, msg, sem, pmsg, "
			    "dir or huge)",
			    (int)part, word);
		*kinds |= kind;
		word += part + 1;
	}
	return 0;
}

static int set_pattern(struct family_rule *rule, const char *text, struct error *error)
{
	struct error cause;

	if (rule->pattern != NULL)
		return error_set(error, STATUS_FAILED, "second pattern '%s' in one match", text);
	rule->pattern = family_pattern_parse(text, &cause);
	if (rule->pattern == NULL)
		return error_set(error, STATUS_FAILED, "pattern '%s': %s", text, cause.text);
	return 0;
}

/* "bytes=N", "bytes=N-M" */
static bool read_bytes(struct family_rule *rule, const char *value)
{
	const char *end;

	rule->has_bytes = true;
	if (family_read_number(value, NUMBER_DECIMAL, '\0', &rule->min_bytes, &end)) {
		rule->max_bytes = rule->min_bytes;
		return true;
	}
	return family_read_number(value, NUMBER_DECIMAL, '-', &rule->min_bytes, &end) &&
	       family_read_number(end + 1, NUMBER_DECIMAL, '\0', &rule->max_bytes, &end) &&
	       rule->min_bytes <= rule->max_bytes;
}

static bool read_mode(struct family_rule *rule, const char *value)
{
	const char *end;
	uint64_t mode;

	rule->has_mode = true;
	if (!family_read_number(value, NUMBER_OCTAL, '\0', &mode, &end) || mode > 07777)
		return false;
	rule->mode = (mode_t)mode;
	return true;
}

static bool read_semaphores(struct family_rule *rule, const char *value)
{
	const char *end;

	rule->has_semaphores = true;
	return family_read_number(value, NUMBER_DECIMAL, '\0', &rule->semaphores, &end);
}

static bool read_owner(struct family_rule *rule, const char *value)
{
	rule->owner = value;
	return *value != '\0';
}

/* Parse NAME=VALUE; the texts are borrowed. */
static int read_condition(struct family_rule *rule, const char *name, const char *value,
                          struct error *error)
{
	static const struct {
		const char *name;
		unsigned int kinds; /* kinds that have it; 0: all */
		bool (*read)(struct family_rule *rule, const char *value);
	} conditions[] = {
		{ "owner", 0, read_owner },
		{ "bytes", 0, read_bytes },
		{ "mode", 0, read_mode },
		{ "nsems", KIND_BIT(KIND_SEM), read_semaphores },
	};

	if (strcmp(name, "key") == 0 && (rule->kinds & KINDS_SYSV) == rule->kinds)
		return set_pattern(rule, value, error);
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
		if (strcmp(name, conditions[i].name) != 0 ||
		    (conditions[i].kinds != 0 && (rule->kinds & ~conditions[i].kinds)))
			continue;
		if (!conditions[i].read(rule, value))
			return error_set(error, STATUS_FAILED, "invalid value of %s: '%s'", name,
			                 value);
		return 0;
	}
	return error_set(error, STATUS_FAILED,
	                 "unknown condition '%s' (must be owner, bytes or mode; for shm, msg and "
	                 "sem also key; for sem also nsems)",
	                 name);
}

/* TEXT: borrowed; it is split at the equals sign. */
static int read_word(struct family_rule *rule, char *text, struct error *error)
{
	char *sign = strchr(text, '=');

	if (*text == '/' && (rule->kinds & KINDS_SYSV))
		return error_set(error, STATUS_FAILED,
		                 "System V objects have no name (write key=0x... or another "
		                 "condition)");
	if (*text == '/')
		return set_pattern(rule, text, error);
	if (sign == NULL)
		return error_set(error, STATUS_FAILED,
		                 "'%s' is neither a pattern, which begins with a slash, nor a "
		                 "CONDITION=VALUE",
		                 text);
	*sign = '\0';
	return read_condition(rule, text, sign + 1, error);
}

/* A rule must not match all objects of its kinds. */
static int check(const struct family_rule *rule, struct error *error)
{
	if (rule->pattern == NULL && (rule->kinds & KINDS_SYSV) != rule->kinds)
		return error_set(error, STATUS_FAILED,
		                 "match without a pattern, such as '/name_*'");
	if (rule->pattern == NULL && rule->owner == NULL && !rule->has_bytes && !rule->has_mode &&
	    !rule->has_semaphores)
		return error_set(error, STATUS_FAILED,
		                 "match without a condition, such as 'key=0x4e545030'");
	return 0;
}

int family_rule_parse(const char *text, struct families *families, struct family_rule *rule,
                      struct error *error)
{
	const char *word;
	size_t length = family_next_word(&text, &word);

	rule->text = families_text(families, word);
	if (read_kinds(word, length, &rule->kinds, error) < 0)
		return -1;
	while ((length = family_next_word(&text, &word)) > 0) {
		if (read_word(rule, families_text_of(families, word, length), error) < 0)
			return -1;
	}
	return check(rule, error);
}
