#include "records/parser.h"

#include "base/number.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <wchar.h>

/* The longest part of a token that is shown in a message, in bytes. */
enum { SHOWN_TOKEN_MAX = 40 };

/*
 * Types
 */

/* Alignment within a struct: on i386, some types need less there than on their own. */
#define MEMBER_ALIGNMENT(TYPE)                                                                     \
	offsetof(                                                                                  \
	    struct {                                                                               \
		    char before;                                                                   \
		    TYPE member;                                                                   \
	    },                                                                                     \
	    member)

#define SCALAR(NAME, KIND, TYPE)                                                                   \
	{                                                                                          \
		.name = (NAME), .type = (KIND), .size = sizeof(TYPE),                              \
		.alignment = MEMBER_ALIGNMENT(TYPE)                                                \
	}

#define INTEGER(NAME, TYPE) SCALAR(NAME, (TYPE)-1 < (TYPE)1 ? RECORD_SIGNED : RECORD_UNSIGNED, TYPE)

/* An unsigned integer with an explicit byte order, native or swapped. */
#define ORDERED(NAME, TYPE, ORDER)                                                                 \
	{                                                                                          \
		.name = (NAME), .type = RECORD_UNSIGNED, .is_swapped = (ORDER) != __BYTE_ORDER__,  \
		.size = sizeof(TYPE), .alignment = MEMBER_ALIGNMENT(TYPE)                          \
	}
#define BIG_ENDIAN_TYPE(NAME, TYPE)    ORDERED(NAME, TYPE, __ORDER_BIG_ENDIAN__)
#define LITTLE_ENDIAN_TYPE(NAME, TYPE) ORDERED(NAME, TYPE, __ORDER_LITTLE_ENDIAN__)

const struct record_scalar record_pointer = SCALAR("pointer", RECORD_POINTER, void *);

/* The words of C's built-in types, in any order (C17, 6.7.2). */
enum type_word {
	WORD_CHAR = 1 << 0,
	WORD_SHORT = 1 << 1,
	WORD_INT = 1 << 2,
	WORD_LONG = 1 << 3,
	WORD_LONG_LONG = 1 << 4, /* the second long */
	WORD_SIGNED = 1 << 5,
	WORD_UNSIGNED = 1 << 6,
	WORD_FLOAT = 1 << 7,
	WORD_DOUBLE = 1 << 8,
	WORD_BOOL = 1 << 9,
};

static const struct {
	const char *text;
	enum type_word word;
} type_words[] = {
	{ "char", WORD_CHAR },         { "short", WORD_SHORT },   { "int", WORD_INT },
	{ "long", WORD_LONG },         { "signed", WORD_SIGNED }, { "__signed__", WORD_SIGNED },
	{ "unsigned", WORD_UNSIGNED }, { "float", WORD_FLOAT },   { "double", WORD_DOUBLE },
	{ "_Bool", WORD_BOOL },
};
enum { TYPE_WORDS = sizeof(type_words) / sizeof(type_words[0]) };

static const struct {
	unsigned int needed;  /* of enum type_word */
	unsigned int allowed; /* redundant words */
	struct record_scalar scalar;
} word_types[] = {
	{ WORD_CHAR, 0, SCALAR("char", RECORD_TEXT, char) },
	{ WORD_SIGNED | WORD_CHAR, 0, INTEGER("signed char", signed char) },
	{ WORD_UNSIGNED | WORD_CHAR, 0, INTEGER("unsigned char", unsigned char) },
	{ WORD_SHORT, WORD_SIGNED | WORD_INT, INTEGER("short", short) },
	{ WORD_UNSIGNED | WORD_SHORT, WORD_INT, INTEGER("unsigned short", unsigned short) },
	{ WORD_INT, WORD_SIGNED, INTEGER("int", int) },
	{ WORD_SIGNED, 0, INTEGER("int", int) },
	{ WORD_UNSIGNED, WORD_INT, INTEGER("unsigned int", unsigned int) },
	{ WORD_LONG, WORD_SIGNED | WORD_INT, INTEGER("long", long) },
	{ WORD_UNSIGNED | WORD_LONG, WORD_INT, INTEGER("unsigned long", unsigned long) },
	{ WORD_LONG | WORD_LONG_LONG, WORD_SIGNED | WORD_INT, INTEGER("long long", long long) },
	{ WORD_UNSIGNED | WORD_LONG | WORD_LONG_LONG, WORD_INT,
	  INTEGER("unsigned long long", unsigned long long) },
	{ WORD_FLOAT, 0, SCALAR("float", RECORD_FLOAT, float) },
	{ WORD_DOUBLE, 0, SCALAR("double", RECORD_FLOAT, double) },
	{ WORD_LONG | WORD_DOUBLE, 0, SCALAR("long double", RECORD_LONG_DOUBLE, long double) },
	{ WORD_BOOL, 0, SCALAR("_Bool", RECORD_BOOL, bool) },
};
enum { WORD_TYPES = sizeof(word_types) / sizeof(word_types[0]) };

/* Types that headers define with typedef: C, POSIX, glibc, BSD and the kernel. */
static const struct record_scalar named_types[] = {
	SCALAR("bool", RECORD_BOOL, bool),
	INTEGER("int8_t", int8_t),
	INTEGER("int16_t", int16_t),
	INTEGER("int32_t", int32_t),
	INTEGER("int64_t", int64_t),
	INTEGER("uint8_t", uint8_t),
	INTEGER("uint16_t", uint16_t),
	INTEGER("uint32_t", uint32_t),
	INTEGER("uint64_t", uint64_t),
	INTEGER("int_fast8_t", int_fast8_t),
	INTEGER("int_fast16_t", int_fast16_t),
	INTEGER("int_fast32_t", int_fast32_t),
	INTEGER("int_fast64_t", int_fast64_t),
	INTEGER("uint_fast8_t", uint_fast8_t),
	INTEGER("uint_fast16_t", uint_fast16_t),
	INTEGER("uint_fast32_t", uint_fast32_t),
	INTEGER("uint_fast64_t", uint_fast64_t),
	INTEGER("int_least8_t", int_least8_t),
	INTEGER("int_least16_t", int_least16_t),
	INTEGER("int_least32_t", int_least32_t),
	INTEGER("int_least64_t", int_least64_t),
	INTEGER("uint_least8_t", uint_least8_t),
	INTEGER("uint_least16_t", uint_least16_t),
	INTEGER("uint_least32_t", uint_least32_t),
	INTEGER("uint_least64_t", uint_least64_t),
	INTEGER("intmax_t", intmax_t),
	INTEGER("uintmax_t", uintmax_t),
	INTEGER("intptr_t", intptr_t),
	INTEGER("uintptr_t", uintptr_t),
	INTEGER("ptrdiff_t", ptrdiff_t),
	INTEGER("size_t", size_t),
	INTEGER("wchar_t", wchar_t),

	INTEGER("ssize_t", ssize_t),
	INTEGER("off_t", off_t),
	INTEGER("pid_t", pid_t),
	INTEGER("uid_t", uid_t),
	INTEGER("gid_t", gid_t),
	INTEGER("id_t", id_t),
	INTEGER("mode_t", mode_t),
	INTEGER("dev_t", dev_t),
	INTEGER("ino_t", ino_t),
	INTEGER("nlink_t", nlink_t),
	INTEGER("blksize_t", blksize_t),
	INTEGER("blkcnt_t", blkcnt_t),
	INTEGER("key_t", key_t),
	INTEGER("time_t", time_t),
	INTEGER("clock_t", clock_t),
	INTEGER("useconds_t", useconds_t),
	INTEGER("suseconds_t", suseconds_t),

	INTEGER("ushort", unsigned short),
	INTEGER("uint", unsigned int),
	INTEGER("ulong", unsigned long),
	INTEGER("u_char", unsigned char),
	INTEGER("u_short", unsigned short),
	INTEGER("u_int", unsigned int),
	INTEGER("u_long", unsigned long),
	INTEGER("u_int8_t", uint8_t),
	INTEGER("u_int16_t", uint16_t),
	INTEGER("u_int32_t", uint32_t),
	INTEGER("u_int64_t", uint64_t),

	INTEGER("s8", int8_t),
	INTEGER("s16", int16_t),
	INTEGER("s32", int32_t),
	INTEGER("s64", int64_t),
	INTEGER("u8", uint8_t),
	INTEGER("u16", uint16_t),
	INTEGER("u32", uint32_t),
	INTEGER("u64", uint64_t),
	INTEGER("__s8", int8_t),
	INTEGER("__s16", int16_t),
	INTEGER("__s32", int32_t),
	INTEGER("__s64", int64_t),
	INTEGER("__u8", uint8_t),
	INTEGER("__u16", uint16_t),
	INTEGER("__u32", uint32_t),
	INTEGER("__u64", uint64_t),

	BIG_ENDIAN_TYPE("be16", uint16_t),
	BIG_ENDIAN_TYPE("be32", uint32_t),
	BIG_ENDIAN_TYPE("be64", uint64_t),
	BIG_ENDIAN_TYPE("__be16", uint16_t),
	BIG_ENDIAN_TYPE("__be32", uint32_t),
	BIG_ENDIAN_TYPE("__be64", uint64_t),
	LITTLE_ENDIAN_TYPE("le16", uint16_t),
	LITTLE_ENDIAN_TYPE("le32", uint32_t),
	LITTLE_ENDIAN_TYPE("le64", uint64_t),
	LITTLE_ENDIAN_TYPE("__le16", uint16_t),
	LITTLE_ENDIAN_TYPE("__le32", uint32_t),
	LITTLE_ENDIAN_TYPE("__le64", uint64_t),
};
enum { NAMED_TYPES = sizeof(named_types) / sizeof(named_types[0]) };

static const struct record_scalar enumeration = INTEGER("enum", int);

/*
 * Tokens
 */

static bool token_is(const struct record_token *token, const char *word)
{
	return token->length == strlen(word) && strncmp(token->text, word, token->length) == 0;
}

bool record_parser_is_at(const struct record_parser *parser, const char *word)
{
	return token_is(&parser->token, word);
}

/* The number of bytes of a token shown in a message. */
static int shown_length(const struct record_token *token)
{
	return (int)(token->length < SHOWN_TOKEN_MAX ? token->length : SHOWN_TOKEN_MAX);
}

/* The position of a token, counted from 1. */
static size_t character_number(const struct record_parser *parser, const struct record_token *token)
{
	return (size_t)(token->text - parser->declaration) + 1;
}

int record_parser_refuse(struct record_parser *parser, const struct record_token *token,
                         const char *sentence)
{
	return error_set(parser->error, STATUS_USAGE, "'%.*s' %s (character %zu)",
	                 shown_length(token), token->text, sentence,
	                 character_number(parser, token));
}

int record_parser_expected(struct record_parser *parser, const char *what)
{
	const struct record_token *token = &parser->token;

	if (token->kind == RECORD_TOKEN_END)
		return error_set(parser->error, STATUS_USAGE, "expected %s at the end", what);
	return error_set(parser->error, STATUS_USAGE, "expected %s before '%.*s' (character %zu)",
	                 what, shown_length(token), token->text, character_number(parser, token));
}

static bool is_name_character(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Skip blanks and comments: 0, or -1 with the error set. */
static int skip_blanks(struct record_parser *parser, const char **text)
{
	const char *at = *text;

	for (;;) {
		at += strspn(at, " \t\n\v\f\r");
		if (at[0] == '/' && at[1] == '/') {
			at += strcspn(at, "\n");
		} else if (at[0] == '/' && at[1] == '*') {
			struct record_token opening = { RECORD_TOKEN_MARK, at, 2 };
			const char *closing = strstr(at + 2, "*/");

			if (closing == NULL)
				return record_parser_refuse(parser, &opening,
				                            "starts an unterminated comment");
			at = closing + 2;
		} else {
			*text = at;
			return 0;
		}
	}
}

int record_parser_advance(struct record_parser *parser)
{
	struct record_token *token = &parser->token;
	const char *at = token->text + token->length;

	if (skip_blanks(parser, &at) < 0)
		return -1;
	token->text = at;
	token->length = 0;
	while (is_name_character(at[token->length]))
		token->length++;
	if (token->length == 0) {
		token->kind = *at == '\0' ? RECORD_TOKEN_END : RECORD_TOKEN_MARK;
		token->length = *at == '\0' ? 0 : 1;
		return 0;
	}
	token->kind = isdigit((unsigned char)*at) ? RECORD_TOKEN_NUMBER : RECORD_TOKEN_NAME;
	if (token->length > RECORD_NAME_LENGTH_MAX)
		return record_parser_refuse(parser, token, "exceeds the maximum length of a name");
	return 0;
}

int record_parser_begin(struct record_parser *parser, const char *declaration, struct error *error)
{
	parser->declaration = declaration;
	parser->token = (struct record_token){ .kind = RECORD_TOKEN_MARK, .text = declaration };
	parser->error = error;
	return record_parser_advance(parser);
}

int record_parser_take(struct record_parser *parser, const char *word, bool *taken)
{
	*taken = record_parser_is_at(parser, word);
	return *taken ? record_parser_advance(parser) : 0;
}

/*
 * Types in a declaration
 */

/* The bit of a type word; 0 for any other token. */
static unsigned int type_word(const struct record_token *token)
{
	for (size_t i = 0; i < TYPE_WORDS; i++) {
		if (token_is(token, type_words[i].text))
			return type_words[i].word;
	}
	return 0;
}

static bool is_qualifier(const struct record_token *token)
{
	return token_is(token, "const") || token_is(token, "volatile") ||
	       token_is(token, "restrict");
}

static int skip_qualifiers(struct record_parser *parser)
{
	while (is_qualifier(&parser->token)) {
		if (record_parser_advance(parser) < 0)
			return -1;
	}
	return 0;
}

static const struct record_scalar *find_word_type(unsigned int words)
{
	for (size_t i = 0; i < WORD_TYPES; i++) {
		if ((words & ~word_types[i].allowed) == word_types[i].needed)
			return &word_types[i].scalar;
	}
	return NULL;
}

static const struct record_scalar *find_named_type(const struct record_token *token)
{
	for (size_t i = 0; i < NAMED_TYPES; i++) {
		if (token_is(token, named_types[i].name))
			return &named_types[i];
	}
	return NULL;
}

/* Parse a built-in type of C, with qualifiers. */
static int word_specifier(struct record_parser *parser, struct record_specifier *specifier)
{
	struct record_token words = parser->token;
	unsigned int all = 0;
	unsigned int word = type_word(&parser->token);

	while (word != 0) {
		const struct record_token *token = &parser->token;

		if (word == WORD_LONG && (all & WORD_LONG) != 0)
			word = WORD_LONG_LONG;
		if ((all & word) != 0)
			return record_parser_refuse(parser, token, "is a duplicate type specifier");
		all |= word;
		words.length = (size_t)(token->text + token->length - words.text);
		if (record_parser_advance(parser) < 0 || skip_qualifiers(parser) < 0)
			return -1;
		word = type_word(&parser->token);
	}
	specifier->scalar = find_word_type(all);
	if (specifier->scalar == NULL)
		return record_parser_refuse(parser, &words, "is not a valid type");
	snprintf(specifier->name, sizeof(specifier->name), "%s", specifier->scalar->name);
	return 0;
}

/* Compose "struct point" or "struct". */
static void name_tagged(struct record_specifier *specifier, const char *keyword,
                        const struct record_token *tag)
{
	snprintf(specifier->name, sizeof(specifier->name), "%s%s%.*s", keyword,
	         tag->length > 0 ? " " : "", (int)tag->length, tag->text);
}

/* Parse the rest of struct, union or enum, up to a brace. */
static int tagged_specifier(struct record_parser *parser, struct record_specifier *specifier,
                            const char *keyword)
{
	struct record_token tag = { .text = "" };

	if (record_parser_advance(parser) < 0)
		return -1;
	if (parser->token.kind == RECORD_TOKEN_NAME) {
		tag = parser->token;
		specifier->has_tag = true;
		specifier->token.length = (size_t)(tag.text + tag.length - specifier->token.text);
		if (record_parser_advance(parser) < 0)
			return -1;
	}
	name_tagged(specifier, keyword, &tag);
	specifier->has_body = record_parser_is_at(parser, "{");
	if (!specifier->has_body && !specifier->has_tag)
		return record_parser_expected(parser, "a name or '{'");
	return 0;
}

static int struct_specifier(struct record_parser *parser, struct record_specifier *specifier)
{
	return tagged_specifier(parser, specifier, "struct");
}

static int union_specifier(struct record_parser *parser, struct record_specifier *specifier)
{
	if (tagged_specifier(parser, specifier, "union") < 0)
		return -1;
	if (specifier->has_body)
		return record_parser_refuse(parser, &specifier->token,
		                            "is not supported: its active member is not known "
		                            "(declare one of them in its place)");
	return 0;
}

static int enum_specifier(struct record_parser *parser, struct record_specifier *specifier)
{
	specifier->scalar = &enumeration;
	if (tagged_specifier(parser, specifier, "enum") < 0)
		return -1;
	if (specifier->has_body)
		return record_parser_refuse(
		    parser, &specifier->token,
		    "must not define constants here: write int, or enum and "
		    "its name");
	return 0;
}

/* Words that start a declaration outside of a struct. */
static bool is_for_elsewhere(const struct record_token *token)
{
	static const char *const words[] = { "static",   "extern",        "register",
		                             "auto",     "typedef",       "inline",
		                             "_Alignas", "_Thread_local", "_Atomic" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (token_is(token, words[i]))
			return true;
	}
	return false;
}

/* Parse a type name: a known typedef, or an unknown one, which only pointers may refer to. */
static int named_specifier(struct record_parser *parser, struct record_specifier *specifier)
{
	const struct record_token *token = &parser->token;

	if (token->kind != RECORD_TOKEN_NAME)
		return record_parser_expected(parser, "a type");
	if (is_for_elsewhere(token))
		return record_parser_refuse(parser, token, "is not allowed in a record");
	specifier->scalar = find_named_type(token);
	snprintf(specifier->name, sizeof(specifier->name), "%.*s", (int)token->length, token->text);
	return record_parser_advance(parser);
}

int record_parser_specifier(struct record_parser *parser, struct record_specifier *specifier)
{
	int result;

	*specifier = (struct record_specifier){ .scalar = NULL };
	if (skip_qualifiers(parser) < 0)
		return -1;
	specifier->token = parser->token;
	if (type_word(&parser->token) != 0)
		result = word_specifier(parser, specifier);
	else if (record_parser_is_at(parser, "struct"))
		result = struct_specifier(parser, specifier);
	else if (record_parser_is_at(parser, "union"))
		result = union_specifier(parser, specifier);
	else if (record_parser_is_at(parser, "enum"))
		result = enum_specifier(parser, specifier);
	else
		result = named_specifier(parser, specifier);
	return result < 0 ? -1 : skip_qualifiers(parser);
}

/*
 * Declarators
 */

/* Parse the number in brackets, decimal, hexadecimal or octal as in C. */
static int parse_dimension(struct record_parser *parser, uint64_t *dimension)
{
	const struct record_token *token = &parser->token;
	char digits[RECORD_NAME_LENGTH_MAX + 1];

	if (record_parser_is_at(parser, "]"))
		return record_parser_refuse(
		    parser, token,
		    "closes an array without a size: specify the number of elements");
	if (token->kind != RECORD_TOKEN_NUMBER)
		return record_parser_refuse(parser, token,
		                            "is not a number: the size of an array must be one");
	snprintf(digits, sizeof(digits), "%.*s", (int)token->length, token->text);
	switch (number_parse(digits, NUMBER_AS_C, UINT64_MAX, dimension)) {
	case NUMBER_NONE:
		return record_parser_refuse(parser, token, "is not a number");
	case NUMBER_TOO_LARGE:
		return record_parser_refuse(parser, token, "is too large for an array");
	case NUMBER_READ:
		break;
	}
	if (*dimension == 0)
		return record_parser_refuse(parser, token,
		                            "is not a valid array size: must be at least 1");
	return record_parser_advance(parser);
}

/* Parse the brackets after a name. */
static int parse_dimensions(struct record_parser *parser, struct record_declarator *declarator)
{
	while (record_parser_is_at(parser, "[")) {
		if (declarator->dimension_count == RECORD_DIMENSIONS_MAX)
			return record_parser_refuse(parser, &declarator->name,
			                            "has more than 16 dimensions");
		if (record_parser_advance(parser) < 0 ||
		    parse_dimension(parser, &declarator->dimensions[declarator->dimension_count]) <
		        0)
			return -1;
		declarator->dimension_count++;
		if (!record_parser_is_at(parser, "]"))
			return record_parser_expected(parser, "']'");
		if (record_parser_advance(parser) < 0)
			return -1;
	}
	return 0;
}

/* Reject declarators that are valid in C but not supported in a record. */
static int check_mark(struct record_parser *parser)
{
	const struct record_token *token = &parser->token;

	if (token_is(token, "("))
		return record_parser_refuse(
		    parser, token,
		    "starts a function, or a pointer to a function or an array: "
		    "write void *name for a pointer");
	if (token_is(token, ":"))
		return record_parser_refuse(parser, token,
		                            "starts a bit-field, which is not supported: write the "
		                            "integer that contains it");
	if (token_is(token, "__attribute__"))
		return record_parser_refuse(parser, token,
		                            "is not supported (use --packed for packed structs)");
	return 0;
}

static bool is_word_of_c(const struct record_token *token)
{
	return type_word(token) != 0 || token_is(token, "struct") || token_is(token, "union") ||
	       token_is(token, "enum") || is_qualifier(token);
}

static int check_name(struct record_parser *parser)
{
	const struct record_token *token = &parser->token;

	if (check_mark(parser) < 0)
		return -1;
	if (token->kind != RECORD_TOKEN_NAME)
		return record_parser_expected(parser, "a name");
	if (is_word_of_c(token))
		return record_parser_refuse(parser, token,
		                            "is a keyword of C and can't be a member name");
	return 0;
}

int record_parser_declarator(struct record_parser *parser, struct record_declarator *declarator)
{
	bool is_star;

	*declarator = (struct record_declarator){ .is_pointer = false };
	do {
		if (record_parser_take(parser, "*", &is_star) < 0 || skip_qualifiers(parser) < 0)
			return -1;
		declarator->is_pointer |= is_star;
	} while (is_star);
	if (check_name(parser) < 0)
		return -1;
	declarator->name = parser->token;
	if (record_parser_advance(parser) < 0 || parse_dimensions(parser, declarator) < 0)
		return -1;
	return check_mark(parser);
}
