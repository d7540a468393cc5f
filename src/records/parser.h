/*
 * Parsing a record's declaration: C tokens, type specifiers and declarators.
 *
 * layout.c requests them one by one and determines their effect on the layout.
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
	RECORD_TOKEN_NUMBER, /* starts with a digit */
	RECORD_TOKEN_MARK,   /* any other character */
};

/** A token, which points into the declaration. */
struct record_token {
	enum record_token_kind kind;
	const char *text;
	size_t length; /* in bytes */
};

/** The declaration, and the next token. */
struct record_parser {
	const char *declaration;
	struct record_token token;
	struct error *error; /* set if a function returns -1 */
};

/** The type of a single number, text or pointer. */
struct record_scalar {
	const char *name; /* its spelling in C */
	enum record_type type;
	bool is_swapped;
	uint64_t size;      /* in bytes */
	uint64_t alignment; /* as a member of a struct, in bytes */
};

/** Room for "struct " and a name. */
enum { RECORD_SPECIFIER_SIZE = RECORD_NAME_LENGTH_MAX + 16 };

/** The type at the start of a declaration, before its declarators. */
struct record_specifier {
	char name[RECORD_SPECIFIER_SIZE]; /* "unsigned int", "struct point" */
	const struct record_scalar
	    *scalar;   /* NULL for a type without a size: only pointers to it are allowed */
	bool has_body; /* a struct, and the parser is at its brace */
	bool has_tag;  /* a struct with a tag */
	struct record_token token; /* its text, for messages */
};

/** The part after the type: "*next", "name[4]". */
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
 * Move to the first token.
 *
 * @param declaration  ended by NUL; kept, not copied
 * @param error        kept for later failures
 * @return 0, or -1 with the error set
 */
int record_parser_begin(struct record_parser *parser, const char *declaration, struct error *error);

/** Whether the parser is at this name or mark. */
bool record_parser_is_at(const struct record_parser *parser, const char *word);

/** Move to the next token: 0, or -1 with the error set. */
int record_parser_advance(struct record_parser *parser);

/**
 * Skip a name or mark if it is next.
 *
 * @param taken  receives whether it was skipped
 * @return 0, or -1 with the error set
 */
int record_parser_take(struct record_parser *parser, const char *word, bool *taken);

/** Parse a type: 0, or -1 with the error set. The body of a struct is left to the caller. */
int record_parser_specifier(struct record_parser *parser, struct record_specifier *specifier);

/** Parse a declarator with its name: 0, or -1 with the error set. */
int record_parser_declarator(struct record_parser *parser, struct record_declarator *declarator);

/** Report an unexpected token: "expected a name before ';' (character 5)". */
int record_parser_expected(struct record_parser *parser, const char *what);

/**
 * Report an error in a token: its text in quotes, the sentence, and the position of the token.
 *
 * @param sentence  the predicate: "is an unknown type"
 * @return -1
 */
int record_parser_refuse(struct record_parser *parser, const struct record_token *token,
                         const char *sentence);

#endif
