#include "usage/family_pattern.h"

#include "base/digits.h"
#include "base/memory.h"
#include "base/number.h"
#include "usage/family_scanner.h"

#include <ctype.h>
#include <inttypes.h>
#include <locale.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Maximum number of captures, and of repetitions: RE_DUP_MAX of every C library. */
enum { CAPTURES_MAX = 8, COUNT_MAX = 255 };

enum capture_use { CAPTURE_NOTHING, CAPTURE_PID, CAPTURE_INSTANCE };

struct capture {
	enum capture_use use;
	int base; /* of a number */
};

struct family_pattern {
	char *prefix;
	char *required; /* the longest literal text after the prefix; may be empty */
	size_t required_length;
	bool is_required_last; /* the pattern ends with it */
	size_t prefix_length;
	struct scanner scanner; /* without steps: the expression is needed */
	char *expression;       /* extended regular expression of the whole text */
	bool is_whole;          /* nothing follows the prefix */
	bool is_compiled;
	regex_t regex;
	struct capture captures[CAPTURES_MAX];
	size_t capture_count;
};

/* A set of bytes that a placeholder matches, as a bracket expression. */
struct class
{
	const char *word;
	const char *expression;
	const char *bytes; /* NULL: all */
	bool may_be_empty;
	unsigned char scan; /* of enum scan_class */
};

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static const struct class class_any = { "", ".", NULL, false, SCAN_ANY };
static const struct class classes[] = {
	{ "digits", "[0-9]", DIGITS, false, SCAN_DIGIT },
	{ "hex", "[0-9A-Fa-f]", DIGITS "abcdefABCDEF", false, SCAN_HEX },
	{ "word", "[0-9A-Za-z_]", DIGITS LETTERS "_", false, SCAN_WORD },
	{ "blanks", "[ ]", " ", true, SCAN_BLANK },
};
enum { CLASSES = sizeof(classes) / sizeof(classes[0]) };

/* A part of a pattern. */
struct part {
	const struct class *class; /* NULL: one byte, or one of a bracket expression */
	bool is_open;              /* it matches any number of bytes */
	unsigned short count;      /* of bytes, unless it is open */
	enum capture_use use;
	char literal; /* 0: it is none */
};

/* A pattern that is being parsed. */
struct reading {
	const char *at;
	struct family_pattern *pattern;
	char *expression; /* where the next byte goes; there is room for any pattern */
	char *prefix;     /* NULL once the prefix has ended */
	struct part *parts;
	size_t part_count;
	bool has_bracket;
	bool is_doubtful; /* regcomp(3) may refuse a bracket expression */
	struct error *error;
};

static void put(struct reading *reading, const char *text)
{
	reading->expression = stpcpy(reading->expression, text);
}

static struct part *add_part(struct reading *reading)
{
	struct part *part = &reading->parts[reading->part_count++];

	*part = (struct part){ .class = NULL };
	return part;
}

static void end_prefix(struct reading *reading)
{
	reading->prefix = NULL;
	reading->pattern->is_whole = false;
}

static void read_literal(struct reading *reading)
{
	const char literal[] = { *reading->at++, '\0' };

	if (strchr(".[{()\\*+?^$|", *literal) != NULL)
		put(reading, "\\");
	put(reading, literal);
	add_part(reading)->literal = *literal;
	if (reading->prefix != NULL) {
		*reading->prefix++ = *literal;
		*reading->prefix = '\0';
	}
}

/* Parse "[abc]", "[!a-z]": the subset that fnmatch(3) and regcomp(3) interpret alike. */
static int read_bracket(struct reading *reading)
{
	const char *begin = ++reading->at;
	const char *range_end = NULL;
	const char *end;

	end_prefix(reading);
	put(reading, "[");
	if (*begin == '!' || *begin == '^') {
		put(reading, "^");
		begin++;
	}
	end = *begin == '\0' ? NULL : strchr(begin + 1, ']');
	if (end == NULL)
		return error_set(reading->error, STATUS_FAILED, "'[' without ']'");
	for (const char *at = begin; at < end; at++) {
		const char byte[] = { *at, '\0' };

		if (*at == '\\' || *at == '[')
			return error_set(reading->error, STATUS_FAILED, "'%c' in brackets", *at);
		if (*at == '-' && at > begin && at + 1 < end) {
			if ((unsigned char)at[-1] > (unsigned char)at[1])
				return error_set(reading->error, STATUS_FAILED,
				                 "range '%c-%c' ends before it begins", at[-1],
				                 at[1]);
			/* "a-c-e", "--a" */
			if (at - 1 == range_end || at[-1] == '-' || at[1] == '-')
				reading->is_doubtful = true;
			range_end = at + 1;
		}
		if (!isascii(*at))
			reading->is_doubtful = true;
		put(reading, byte);
	}
	put(reading, "]");
	add_part(reading);
	reading->has_bracket = true;
	reading->at = end + 1;
	return 0;
}

static const struct class *find_class(const char *word, size_t length)
{
	for (size_t i = 0; i < CLASSES; i++) {
		if (strlen(classes[i].word) == length &&
		    strncmp(word, classes[i].word, length) == 0)
			return &classes[i];
	}
	return NULL;
}

/* A parsed placeholder: its class, its use, and its number of bytes; 0: any number. */
struct placeholder {
	const struct class *class;
	enum capture_use use;
	uint64_t count;
};

static bool word_is(const char *word, size_t length, const char *expected)
{
	return strlen(expected) == length && strncmp(word, expected, length) == 0;
}

/* Process one of the words between the colons. Returns whether it is valid. */
static bool take_word(struct placeholder *placeholder, bool is_first, const char *word,
                      size_t length)
{
	const char *end = word;

	if (is_first) {
		placeholder->class = find_class(word, length);
		if (word_is(word, length, "pid") || word_is(word, length, "uid"))
			placeholder->class = &classes[0];
		if (word_is(word, length, "instance"))
			placeholder->class = &class_any;
		if (word_is(word, length, "pid"))
			placeholder->use = CAPTURE_PID;
		if (word_is(word, length, "instance"))
			placeholder->use = CAPTURE_INSTANCE;
		return placeholder->class != NULL;
	}
	if (isdigit((unsigned char)*word)) {
		return number_take(&end, NUMBER_DECIMAL, &placeholder->count) == NUMBER_READ &&
		       end == word + length && placeholder->count > 0 &&
		       placeholder->count <= COUNT_MAX;
	}
	if (placeholder->use == CAPTURE_NOTHING || placeholder->count != 0)
		return false;
	placeholder->class = find_class(word, length);
	return placeholder->class != NULL &&
	       (placeholder->use != CAPTURE_PID || placeholder->class <= &classes[1]);
}

static void put_placeholder(struct reading *reading, const struct placeholder *placeholder)
{
	char repeated[24];
	struct part *part = add_part(reading);

	if (placeholder->count > 0)
		snprintf(repeated, sizeof(repeated), "{%" PRIu64 "}", placeholder->count);
	else
		snprintf(repeated, sizeof(repeated), "%s",
		         placeholder->class->may_be_empty ? "*" : "+");
	if (placeholder->use != CAPTURE_NOTHING)
		put(reading, "(");
	put(reading, placeholder->class->expression);
	put(reading, repeated);
	if (placeholder->use != CAPTURE_NOTHING)
		put(reading, ")");
	part->class = placeholder->class;
	part->is_open = placeholder->count == 0;
	part->count = (unsigned short)placeholder->count;
	part->use = placeholder->use;
}

static int read_placeholder(struct reading *reading)
{
	struct family_pattern *pattern = reading->pattern;
	const char *begin = ++reading->at;
	const char *end = strchr(begin, '}');
	struct placeholder placeholder = { .class = &class_any };
	const char *at = begin;

	end_prefix(reading);
	if (end == NULL)
		return error_set(reading->error, STATUS_FAILED, "'{' without '}'");
	while (at <= end) {
		const size_t length = strcspn(at, ":}");

		if (!take_word(&placeholder, at == begin, at, length))
			return error_set(
			    reading->error, STATUS_FAILED,
			    "unknown placeholder '{%.*s}' (must be pid, uid, digits, hex, "
			    "word, blanks or instance; see shmtool-families(5))",
			    (int)(end - begin), begin);
		at += length + 1;
	}
	if (placeholder.use != CAPTURE_NOTHING) {
		if (pattern->capture_count == CAPTURES_MAX)
			return error_set(reading->error, STATUS_FAILED, "too many placeholders");
		if (placeholder.use == CAPTURE_PID && family_pattern_has_pid(pattern))
			return error_set(reading->error, STATUS_FAILED, "more than one {pid}");
		pattern->captures[pattern->capture_count++] = (struct capture){
			placeholder.use,
			placeholder.class == &classes[1] ? 16 : 10,
		};
	}
	put_placeholder(reading, &placeholder);
	reading->at = end + 1;
	return 0;
}

static void read_wildcard(struct reading *reading)
{
	struct part *part = add_part(reading);

	end_prefix(reading);
	put(reading, *reading->at == '*' ? ".*" : ".");
	part->is_open = *reading->at == '*';
	part->count = 1;
	reading->at++;
}

static int read_parts(struct reading *reading)
{
	while (*reading->at != '\0') {
		int result = 0;

		if (*reading->at == '*' || *reading->at == '?') {
			read_wildcard(reading);
		} else if (*reading->at == '[') {
			result = read_bracket(reading);
		} else if (*reading->at == '{') {
			result = read_placeholder(reading);
		} else if (*reading->at == '\\' && reading->at[1] == '\0') {
			result = error_set(reading->error, STATUS_FAILED, "'\\' at the end");
		} else {
			reading->at += *reading->at == '\\';
			read_literal(reading);
		}
		if (result < 0)
			return -1;
	}
	return 0;
}

/*
 * Check whether a captured value is separated from the next part of variable length: by a literal
 * byte that can't belong to the value, or by the end of the text.
 *
 * STEP: 1 to check after it, -1 to check before it.
 */
static bool is_apart(const struct reading *reading, size_t number, int step)
{
	const char *own = reading->parts[number].class->bytes;

	for (size_t i = number + (size_t)step; i < reading->part_count; i += (size_t)step) {
		const struct part *part = &reading->parts[i];

		if (part->is_open && (part->class == NULL || part->class->bytes == NULL ||
		                      own == NULL || strpbrk(part->class->bytes, own) != NULL))
			return false;
		if (part->is_open && !part->class->may_be_empty)
			return true;
		if (part->literal != '\0' && own != NULL && strchr(own, part->literal) == NULL)
			return true;
	}
	return true;
}

/* An ambiguous value could be a wrong process or a wrong instance. */
static int check_captures(const struct reading *reading)
{
	for (size_t i = 0; i < reading->part_count; i++) {
		const struct part *part = &reading->parts[i];

		if (part->use != CAPTURE_NOTHING && part->is_open &&
		    (!is_apart(reading, i, -1) || !is_apart(reading, i, 1)))
			return error_set(
			    reading->error, STATUS_FAILED,
			    "the beginning or end of {%s} is ambiguous (separate it from "
			    "'*' and other placeholders by a character that it can't "
			    "contain)",
			    part->use == CAPTURE_PID ? "pid" : "instance");
	}
	return 0;
}

/* Patterns are compiled on first use: most are never used. */
static bool compile(struct family_pattern *pattern)
{
	locale_t posix;
	locale_t before;

	if (pattern->is_compiled)
		return true;
	posix = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (posix == (locale_t)0)
		return false;
	before = uselocale(posix);
	pattern->is_compiled = regcomp(&pattern->regex, pattern->expression, REG_EXTENDED) == 0;
	uselocale(before);
	freelocale(posix);
	return pattern->is_compiled;
}

/* Find the longest literal text after the prefix: the expression is tried only on texts with it. */
static void note_required(const struct reading *reading)
{
	struct family_pattern *pattern = reading->pattern;
	size_t longest = 0;
	size_t end = 0; /* the part after the longest text */
	size_t length = 0;

	for (size_t i = strlen(pattern->prefix); i < reading->part_count; i++) {
		length = reading->parts[i].literal != '\0' ? length + 1 : 0;
		if (length > longest) {
			longest = length;
			end = i + 1;
		}
	}
	for (size_t i = 0; i < longest; i++)
		pattern->required[i] = reading->parts[end - longest + i].literal;
	pattern->required_length = longest;
	pattern->is_required_last = end == reading->part_count;
}

/* Make the steps of a pattern, if it can be matched with them. */
static void make_steps(const struct reading *reading)
{
	struct family_pattern *pattern = reading->pattern;
	struct scan_step *steps = needed_array(reading->part_count, sizeof(*steps));
	unsigned char captured = 0;

	for (size_t i = 0; i < reading->part_count; i++) {
		const struct part *part = &reading->parts[i];
		const struct class *class = part->class;

		if (part->literal != '\0') {
			steps[i].literal = part->literal;
			continue;
		}
		steps[i].class = class != NULL ? class->scan : SCAN_ANY;
		steps[i].is_open = part->is_open;
		/* '*' has no class. */
		steps[i].may_be_empty = part->is_open && (class == NULL || class->may_be_empty);
		steps[i].count = part->count;
		if (part->use != CAPTURE_NOTHING)
			steps[i].capture = ++captured;
	}
	pattern->prefix_length = strlen(pattern->prefix);
	pattern->scanner = (struct scanner){ .steps = steps, .count = reading->part_count };
	if (reading->has_bracket || !scan_prepare(&pattern->scanner)) {
		free(steps);
		pattern->scanner.steps = NULL;
	}
}

/* Check whether a text contains the literal text that the pattern requires. */
static bool has_required(const struct family_pattern *pattern, const char *text)
{
	const size_t length = strlen(text);

	if (!pattern->is_required_last)
		return strstr(text, pattern->required) != NULL;
	return length >= pattern->required_length &&
	       strcmp(text + length - pattern->required_length, pattern->required) == 0;
}

struct family_pattern *family_pattern_parse(const char *text, struct error *error)
{
	/* At most 4 bytes for each byte of a pattern: "[0-9A-Za-z_]" for "{word}", "\." for "." */
	const size_t room = strlen(text) * 4 + 16;
	struct family_pattern *pattern = needed_array(1, sizeof(*pattern));
	struct reading reading = { .at = text, .pattern = pattern, .error = error };
	int result;

	reading.parts = needed_array(strlen(text), sizeof(*reading.parts));
	pattern->expression = needed_array(room, 1);
	pattern->prefix = needed_array(room, 1);
	pattern->required = needed_array(room, 1);
	pattern->is_whole = true;
	reading.expression = pattern->expression;
	reading.prefix = pattern->prefix;
	put(&reading, "^");
	result = read_parts(&reading) < 0 ? -1 : check_captures(&reading);
	put(&reading, "$");
	note_required(&reading);
	make_steps(&reading);
	/* Other expressions are valid by construction. */
	if (result == 0 && reading.is_doubtful && !compile(pattern))
		result = error_set(error, STATUS_FAILED, "invalid bracket expression");
	free(reading.parts);
	if (result < 0) {
		family_pattern_free(pattern);
		return NULL;
	}
	return pattern;
}

/* The number in a text; 0 if it is none of a process. */
static pid_t read_pid(const char *text, size_t length, int base)
{
	pid_t pid = 0;

	for (size_t i = 0; i < length && pid <= FAMILY_PID_LARGEST; i++) {
		const char byte = text[i];
		const int digit = byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10;

		pid = pid * base + digit;
	}
	return pid <= FAMILY_PID_LARGEST ? pid : 0;
}

static void take_instance(const char *text, size_t added, char instance[FAMILY_INSTANCE_SIZE])
{
	size_t length = strlen(instance);

	if (length > 0 && length + 1 < FAMILY_INSTANCE_SIZE)
		instance[length++] = ',';
	if (added > FAMILY_INSTANCE_SIZE - 1 - length)
		added = FAMILY_INSTANCE_SIZE - 1 - length;
	memcpy(instance + length, text, added);
	instance[length + added] = '\0';
}

static void take_captures(const struct family_pattern *pattern, const char *text,
                          const regmatch_t *matches, struct family_captures *captures)
{
	for (size_t i = 0; i < pattern->capture_count; i++) {
		const struct capture *capture = &pattern->captures[i];
		const char *begin = text + matches[i + 1].rm_so;
		const size_t length = (size_t)(matches[i + 1].rm_eo - matches[i + 1].rm_so);

		if (capture->use == CAPTURE_PID)
			captures->pid = read_pid(begin, length, capture->base);
		else
			take_instance(begin, length, captures->instance);
	}
	if (captures->instance[0] == '\0' && captures->pid > 0) {
		char number[DIGITS_SIZE] = "";

		take_instance(number, digits_decimal(number, (uint64_t)captures->pid),
		              captures->instance);
	}
}

bool family_pattern_match(struct family_pattern *pattern, const char *text,
                          struct family_captures *captures)
{
	regmatch_t matches[CAPTURES_MAX + 1];
	size_t wanted = 0;

	if (captures != NULL) {
		captures->pid = 0;
		captures->instance[0] = '\0';
	}
	if (pattern->is_whole)
		return strcmp(text, pattern->prefix) == 0;
	/* Without captures, the libraries match much faster. */
	if (captures != NULL && pattern->capture_count > 0)
		wanted = pattern->capture_count + 1;
	if (pattern->scanner.steps != NULL) {
		if (strncmp(text, pattern->prefix, pattern->prefix_length) != 0 ||
		    !scan(&pattern->scanner, text, pattern->prefix_length, matches))
			return false;
	} else if (!has_required(pattern, text)) {
		return false;
	} else {
		/* It was valid; a rule that is not tried would protect nothing. */
		if (!compile(pattern))
			memory_is_out();
		if (regexec(&pattern->regex, text, wanted, matches, 0) != 0)
			return false;
	}
	if (wanted > 0)
		take_captures(pattern, text, matches, captures);
	return true;
}

const char *family_pattern_prefix(const struct family_pattern *pattern, bool *is_whole)
{
	*is_whole = pattern->is_whole;
	return pattern->prefix;
}

void family_pattern_edges(const struct family_pattern *pattern, struct family_edges *edges)
{
	const struct scanner *scanner = &pattern->scanner;

	*edges = (struct family_edges){ { .class = SCAN_ANY }, { .class = SCAN_ANY } };
	if (scanner->steps == NULL || pattern->is_whole)
		return;
	if (!scanner->steps[pattern->prefix_length].may_be_empty)
		edges->first = scanner->steps[pattern->prefix_length];
	if (!scanner->steps[scanner->count - 1].may_be_empty)
		edges->last = scanner->steps[scanner->count - 1];
}

static bool has_capture(const struct family_pattern *pattern, enum capture_use use)
{
	for (size_t i = 0; i < pattern->capture_count; i++) {
		if (pattern->captures[i].use == use)
			return true;
	}
	return false;
}

bool family_pattern_has_pid(const struct family_pattern *pattern)
{
	return has_capture(pattern, CAPTURE_PID);
}

bool family_pattern_has_instance(const struct family_pattern *pattern)
{
	return has_capture(pattern, CAPTURE_INSTANCE);
}

void family_pattern_free(struct family_pattern *pattern)
{
	if (pattern == NULL)
		return;
	if (pattern->is_compiled)
		regfree(&pattern->regex);
	free(pattern->expression);
	free(pattern->prefix);
	free(pattern->required);
	free(pattern->scanner.steps);
	free(pattern);
}
