/*
 * The syntax of the files is inih's: sections, KEY = VALUE, and a line that begins with a blank
 * continues the previous value. The lines are read here, so that a NUL byte or a line that inih
 * would truncate is reported with its line number.
 */
#include "usage/family_rules.h"

#include "base/memory.h"
#include "usage/family_rule.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Maximum length of a family's name. inih would silently truncate longer ones at 49 bytes. */
enum { NAME_LENGTH_MAX = 40 };

/* Of a family. */
enum { PROGRAMS_MAX = 64 };

/* Maximum length of a value that continues on further lines, in bytes. */
enum { TEXT_LENGTH_MAX = 1000 };

/* A file that is being read. */
struct reading {
	const char *at; /* of the text: the next line */
	const char *end;
	const char *file;
	bool is_local;
	bool failed;
	unsigned int line;
	unsigned int section_line; /* of the last line that begins a section */
	unsigned int kinds;        /* sections without rules for these are skipped */
	bool has_skipped;
	struct families *families;
	struct family *family; /* the family of the current section; initially NULL */
	const struct family_problems *problems;
};

static void complain(struct reading *reading, unsigned int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void complain(struct reading *reading, unsigned int line, const char *format, ...)
{
	char sentence[FAMILY_PROBLEM_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	reading->failed = true;
	reading->problems->take(reading->problems->closure, reading->file, line, sentence);
}

/*
 * Keys
 */

static void read_match(struct reading *reading, const char *value)
{
	struct family_rule *rule = families_add_rule(reading->families);
	struct error error;

	if (family_rule_parse(value, reading->families, rule, &error) < 0)
		complain(reading, reading->line, "%s", error.text);
	else
		rule->line = reading->line;
}

static void set_text(struct reading *reading, const char **text, const char *value)
{
	char *joined = NULL;

	if (*text != NULL && strlen(*text) + strlen(value) > TEXT_LENGTH_MAX) {
		complain(reading, reading->line, "the text is longer than %d bytes",
		         TEXT_LENGTH_MAX);
		return;
	}
	if (*text != NULL)
		joined = needed_text("%s %s", *text, value);
	*text = families_text(reading->families, joined != NULL ? joined : value);
	free(joined);
}

static void read_description(struct reading *reading, const char *value)
{
	set_text(reading, &reading->family->description, value);
}

static void read_reason(struct reading *reading, const char *value)
{
	set_text(reading, &reading->family->reason, value);
}

static void read_cleaner(struct reading *reading, const char *value)
{
	set_text(reading, &reading->family->cleaner, value);
}

static void read_source(struct reading *reading, const char *value)
{
	set_text(reading, &reading->family->source, value);
}

static void read_fate(struct reading *reading, const char *value)
{
	while (*value != '\0') {
		const size_t length = strcspn(value, ", \t");
		const unsigned int fate = family_fate_of_word(value, length);

		if (length > 0 && fate == 0)
			complain(reading, reading->line,
			         "unknown fate '%.*s' (must be garbage, keep, with-maker, "
			         "with-program or together)",
			         (int)length, value);
		reading->family->fates |= fate;
		value += length + (value[length] != '\0');
	}
}

static void read_programs(struct reading *reading, const char *value)
{
	struct family *family = reading->family;
	size_t count = 0;

	while (family->programs != NULL && family->programs[count] != NULL)
		count++;
	family->fates |= FATE_WITH_PROGRAM;
	while (*value != '\0') {
		const size_t length = strcspn(value, ", \t");

		if (length > 0 && count == PROGRAMS_MAX) {
			complain(reading, reading->line, "more than %d programs", PROGRAMS_MAX);
			return;
		}
		if (length > 0) {
			family->programs = needed(
			    reallocarray(family->programs, count + 2, sizeof(*family->programs)));
			family->programs[count] =
			    families_text_of(reading->families, value, length);
			family->programs[++count] = NULL;
		}
		value += length + (value[length] != '\0');
	}
}

/* Parse an offset: bytes, decimal or 0x...; negative: from the end. */
static bool read_offset(const char *word, size_t length, int64_t *offset)
{
	const bool is_negative = *word == '-';
	const char *end;
	uint64_t number;

	if (!family_read_number(word + is_negative, NUMBER_WITH_0X, word[length], &number, &end) ||
	    end != word + length || number > INT64_MAX)
		return false;
	*offset = is_negative ? -(int64_t)number : (int64_t)number;
	return true;
}

static bool read_hexadecimal(const char *word, size_t length, struct family_magic *magic)
{
	if (length == 0 || length % 2 != 0 || length / 2 > FAMILY_MAGIC_SIZE)
		return false;
	for (size_t i = 0; i < length; i += 2) {
		const char byte[] = { word[i], word[i + 1], '\0' };
		uint64_t number;

		if (number_parse(byte, NUMBER_HEXADECIMAL, UINT8_MAX, &number) != NUMBER_READ)
			return false;
		magic->bytes[i / 2] = (unsigned char)number;
	}
	magic->length = (unsigned int)length / 2;
	return true;
}

static void read_magic(struct reading *reading, const char *value)
{
	struct family *family = reading->family;
	struct family_magic magic;
	const char *offset;
	const char *bytes;
	const char *rest;
	size_t offset_length = family_next_word(&value, &offset);
	size_t length = family_next_word(&value, &bytes);

	if (offset_length == 0 || !read_offset(offset, offset_length, &magic.offset) ||
	    !read_hexadecimal(bytes, length, &magic) || family_next_word(&value, &rest) > 0)
		complain(reading, reading->line,
		         "magic is not OFFSET BYTES, such as '0 d1870000' with at most %d bytes in "
		         "hexadecimal",
		         FAMILY_MAGIC_SIZE);
	else if (family->magic_count == FAMILY_MAGICS_MAX)
		complain(reading, reading->line, "more than %d keys 'magic'", FAMILY_MAGICS_MAX);
	else
		family->magics[family->magic_count++] = magic;
}

static void read_maker(struct reading *reading, const char *value)
{
	struct family *family = reading->family;
	const char *words[3];
	size_t lengths[3];
	const char *rest;

	for (size_t i = 0; i < 3; i++)
		lengths[i] = family_next_word(&value, &words[i]);
	if (family->has_maker)
		complain(reading, reading->line, "second maker");
	family->has_maker = true;
	family->maker_size = lengths[0] == 3 && strncmp(words[0], "u64", 3) == 0 ? 8 : 4;
	if (lengths[0] != 3 ||
	    (strncmp(words[0], "u32", 3) != 0 && strncmp(words[0], "u64", 3) != 0) ||
	    lengths[1] != 2 || strncmp(words[1], "at", 2) != 0 || lengths[2] == 0 ||
	    !read_offset(words[2], lengths[2], &family->maker_offset) ||
	    family_next_word(&value, &rest) > 0)
		complain(reading, reading->line,
		         "maker is not TYPE at OFFSET, such as 'u32 at 4' (types are u32 and u64)");
}

static const struct {
	const char *key;
	void (*read)(struct reading *reading, const char *value);
} keys[] = {
	{ "match", read_match },   { "description", read_description },
	{ "fate", read_fate },     { "with-program", read_programs },
	{ "reason", read_reason }, { "cleaner", read_cleaner },
	{ "source", read_source }, { "magic", read_magic },
	{ "maker", read_maker },
};

/*
 * Families
 */

static bool knows_maker(const struct family *family)
{
	for (size_t i = 0; i < family->rule_count; i++) {
		const struct family_rule *rule = family->rules[i];

		if ((rule->kinds & KIND_BIT(KIND_SHM)) ||
		    (rule->pattern != NULL && family_pattern_has_pid(rule->pattern)))
			return true;
	}
	return family->has_maker;
}

/* Report a contradiction in the fates. */
static void check_fates(struct reading *reading, const struct family *family)
{
	const unsigned int alone = family->fates & (FATE_GARBAGE | FATE_KEEP);
	const unsigned int line = family->line;

	if (family->fates == 0)
		complain(reading, line, "family '%s' has no fate", family->name);
	else if (alone != 0 && family->fates != FATE_GARBAGE && family->fates != FATE_KEEP)
		complain(reading, line, "family '%s': %s can't be combined with other fates",
		         family->name, alone & FATE_KEEP ? "keep" : "garbage");
	else if ((family->fates & FATE_WITH_PROGRAM) && family->programs == NULL)
		complain(reading, line, "family '%s': with-program needs 'with-program = NAME,...'",
		         family->name);
	else if ((family->fates & FATE_WITH_MAKER) && !knows_maker(family))
		complain(reading, line,
		         "family '%s': with-maker needs {pid} in a match, a maker, or the kind shm",
		         family->name);
}

/* Check a family after all of its keys have been read. */
static void end_family(struct reading *reading)
{
	struct family *family = reading->family;

	if (family == NULL)
		return;
	if (family->description == NULL)
		family->description = "";
	if (family->rule_count == 0)
		complain(reading, family->line, "family '%s' has no match", family->name);
	check_fates(reading, family);
}

static bool name_is_valid(const char *name)
{
	const size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-._");

	return length > 0 && length <= NAME_LENGTH_MAX && name[length] == '\0' &&
	       isalnum((unsigned char)*name);
}

static void begin_family(struct reading *reading, const char *name)
{
	end_family(reading);
	reading->family = families_add(reading->families, name);
	reading->family->file = reading->file;
	reading->family->line = reading->section_line;
	reading->family->is_local = reading->is_local;
	if (!name_is_valid(name))
		complain(
		    reading, reading->family->line,
		    "'%s' is not a valid name of a family: at most %d lower-case letters, digits, "
		    "'-', '.' and '_'",
		    name, NAME_LENGTH_MAX);
}

/* Called by inih for each key. Always returns nonzero, since problems are reported here. */
static int take_key(void *closure, const char *section, const char *name, const char *value)
{
	struct reading *reading = closure;

	if (*section == '\0') {
		complain(reading, reading->line, "'%s' precedes the first [family]", name);
		return 1;
	}
	if (reading->family == NULL || reading->family->line != reading->section_line ||
	    strcmp(reading->family->name, section) != 0)
		begin_family(reading, section);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(name, keys[i].key) != 0)
			continue;
		if (value == NULL || *value == '\0')
			complain(reading, reading->line, "'%s' has no value", name);
		else
			keys[i].read(reading, value);
		return 1;
	}
	complain(reading, reading->line, "unknown key '%s'", name);
	return 1;
}

/* The length of the line at a place, with its newline. */
static size_t line_length(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));

	return (size_t)((newline != NULL ? newline + 1 : end) - at);
}

/* Whether a line may be a match for some kinds: it has the word for one of them before a pattern. */
static bool may_match(const char *line, size_t length, unsigned int kinds)
{
	for (size_t i = 0; i < length && line[i] != '/'; i++) {
		size_t word = 0;

		while (i + word < length && islower((unsigned char)line[i + word]))
			word++;
		for (unsigned int kind = 0; word > 0 && kind < FAMILY_KINDS; kind++) {
			const char *expected = family_kind_word(kind);

			if ((kinds & KIND_BIT(kind)) && strlen(expected) == word &&
			    memcmp(line + i, expected, word) == 0)
				return true;
		}
		if (word > 0)
			i += word - 1;
	}
	return false;
}

/* Skip the sections that begin at the next line and have no match for the kinds. */
static void skip_sections(struct reading *reading)
{
	const char *at = reading->at;
	unsigned int lines = 0;

	while (at < reading->end) {
		const size_t length = line_length(at, reading->end);

		if (*at == '[') {
			reading->has_skipped = reading->has_skipped || lines > 0;
			reading->line += lines;
			reading->at = at;
			lines = 0;
		} else if (lines == 0) {
			return;
		} else if ((*at == 'm' || isspace((unsigned char)*at)) &&
		           may_match(at, length, reading->kinds)) {
			return;
		}
		at += length;
		lines++;
	}
	reading->has_skipped = true;
	reading->line += lines;
	reading->at = at;
}

/*
 * Read a line for inih, as fgets(3) does. An invalid line is replaced by an empty one.
 */
static char *read_line(char *target, int size, void *closure)
{
	struct reading *reading = closure;
	const size_t room = size > FAMILY_LINE_MAX + 2 ? FAMILY_LINE_MAX : (size_t)size - 2;
	const char *line;
	size_t length;
	bool has_nul;

	if (reading->kinds != FAMILY_KINDS_ALL)
		skip_sections(reading);
	if (reading->at == reading->end)
		return NULL;
	line = reading->at;
	reading->at += line_length(line, reading->end);
	length = (size_t)(reading->at - line) - (reading->at[-1] == '\n');
	has_nul = memchr(line, '\0', length) != NULL;
	reading->line++;
	if (has_nul)
		complain(reading, reading->line, "the line has a NUL byte");
	else if (length > room)
		complain(reading, reading->line,
		         "the line is longer than %zu bytes (to continue it, begin the next line "
		         "with a blank)",
		         room);
	else
		memcpy(target, line, length);
	if (has_nul || length > room)
		length = 0;
	stpcpy(target + length, "\n");
	if (*target == '[')
		reading->section_line = reading->line;
	return target;
}

/* Read a stream to its end, or to an error. Returns the text, to be freed. */
static char *read_stream(FILE *stream, size_t *length, int *failure)
{
	enum { STEP = 16384 };
	char *text = NULL;
	size_t added;

	*length = 0;
	do {
		text = needed(realloc(text, *length + STEP));
		added = fread(text + *length, 1, STEP, stream);
		*length += added;
	} while (added == STEP);
	*failure = !ferror(stream) ? 0 : errno != 0 ? errno : EIO;
	return text;
}

int family_rules_read(FILE *stream, const char *file, bool is_local, struct families *families,
                      const struct family_problems *problems)
{
	struct reading reading = {
		.is_local = is_local,
		.kinds = is_local ? FAMILY_KINDS_ALL : families_kinds(families),
		.families = families,
		.problems = problems,
	};
	size_t length;
	int failure;
	char *text = read_stream(stream, &length, &failure);
	int syntax;

	reading.at = text;
	reading.end = text + length;
	reading.file = families_text(families, file);
	syntax = ini_parse_stream(read_line, &reading, take_key, &reading);
	end_family(&reading);
	free(text);
	if (syntax < 0)
		memory_is_out();
	if (syntax > 0)
		complain(&reading, (unsigned int)syntax,
		         "the line is neither [family] nor KEY = VALUE");
	if (failure != 0)
		complain(&reading, 0, "can't be read: %s", strerror(failure));
	else if (reading.family == NULL && !reading.failed && !reading.has_skipped)
		complain(&reading, 0, "contains no family");
	return reading.failed ? -1 : 0;
}
