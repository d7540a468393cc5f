/*
 * The words of a record's declaration: C's tokens, type specifiers and declarators.
 *
 * Their meaning for the layout is the business of layout.c, which asks for them one after
 * another.
 */
#ifndef SHMTOOL_RECORDS_PARSER_H
#define SHMTOOL_RECORDS_PARSER_H

#include "error.h"
#include "records/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum record_token_kind {
	RECORD_TOKEN_END,
	RECORD_TOKEN_NAME,
	RECORD_TOKEN_NUMBER, /* what begins with a digit */
	RECORD_TOKEN_MARK,   /* one character of any other kind */
};

/** A piece of the declaration, which it points into. */
struct record_token {
	enum record_token_kind kind;
	const char *text;
	size_t length; /* in bytes */
};

/** The declaration, and the token that is to be taken next. */
struct record_parser {
	const char *declaration;
	struct record_token token;
	struct error *error; /* receives the sentence if a function returns -1 */
};

/** A type that is one number, text or pointer. */
struct record_scalar {
	const char *name; /* as C writes it */
	enum record_type type;
	bool is_swapped;
	uint64_t size;      /* in bytes */
	uint64_t alignment; /* as a member of a struct, in bytes */
};

/** Room for "struct " and a name. */
enum { RECORD_SPECIFIER_SIZE = RECORD_NAME_LENGTH_MAX + 16 };

/** The type that begins a declaration, before its declarators. */
struct record_specifier {
	char name[RECORD_SPECIFIER_SIZE];   /* "unsigned int", "struct point" */
	const struct record_scalar *scalar; /* or NULL: only pointers to it have a size */
	bool has_body;                      /* a struct, and the parser stands at its brace */
	bool has_tag;                       /* a struct with a name of its own */
	struct record_token token;          /* its words, for messages */
};

/** The part behind the type: "*next", "name[4]". */
struct record_declarator {
	struct record_token name;
	bool is_pointer;
	size_t dimension_count;
	uint64_t
	    dimensions[RECORD_DIMENSIONS_MAX]; /* each at least 1; their product may overflow */
};

/** The type of every pointer. */
extern const struct record_scalar record_pointer;

/**
 * Stand at the first token.
 *
 * @param declaration  ended by NUL; kept, not copied
 * @param error        kept for all that goes wrong later
 * @return 0, or -1 with the error set
 */
int record_parser_begin(struct record_parser *parser, const char *declaration, struct error *error);

/** Tell whether the parser stands at this name or mark. */
bool record_parser_is_at(const struct record_parser *parser, const char *word);

/** Go on to the next token: 0, or -1 with the error set. */
int record_parser_advance(struct record_parser *parser);

/**
 * Go past a name or mark if it is the next one.
 *
 * @param taken  receives whether it was
 * @return 0, or -1 with the error set
 */
int record_parser_take(struct record_parser *parser, const char *word, bool *taken);

/** Read a type: 0, or -1 with the error set. A struct's body is left to the caller. */
int record_parser_specifier(struct record_parser *parser, struct record_specifier *specifier);

/** Read a declarator, with its name: 0, or -1 with the error set. */
int record_parser_declarator(struct record_parser *parser, struct record_declarator *declarator);

/** Say that something else should stand here: "a name is expected before ';' (character 5)". */
int record_parser_expected(struct record_parser *parser, const char *what);

/**
 * Say what is wrong with a token: its text in quotes, the sentence, and at which character it is.
 *
 * @param sentence  what follows the text: "is no known type"
 * @return -1
 */
int record_parser_refuse(struct record_parser *parser, const struct record_token *token,
                         const char *sentence);

#endif
