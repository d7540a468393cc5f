#include "records/layout.h"

#include "base/memory.h"
#include "records/parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A struct while its members are parsed. */
struct scope {
	struct record record;
	struct record_token *names; /* of declared members, to find duplicates */
	size_t name_count;
};

/* State shared by all structs of a declaration. */
struct reader {
	struct record_parser parser;
	bool is_packed;
	bool is_typedef;    /* the struct may be followed by a type name */
	bool is_complete;   /* a whole struct has been parsed, nothing may follow */
	unsigned int depth; /* number of open structs */
};

/* The result of a declarator: one member, or an array of them. */
struct element {
	const struct record_scalar *scalar; /* NULL if it is a struct */
	const struct scope *body;           /* of that struct */
	const char *declared;               /* the type of a scalar as C writes it */
	const struct record_token *token;   /* for messages */
	uint64_t size;                      /* in bytes; of a text its whole array */
	uint64_t alignment;                 /* in bytes */
};

/*
 * Growing a scope
 */

static void scope_free(struct scope *scope)
{
	record_free(&scope->record);
	free(scope->names);
}

static void scope_add_name(struct scope *scope, const struct record_token *name)
{
	scope->names = vector_grow(scope->names, scope->name_count, sizeof(*scope->names));
	scope->names[scope->name_count++] = *name;
}

/* Append a member to the list, which takes over name and declared. */
static void scope_add_member(struct scope *scope, const struct record_member *member)
{
	struct record *record = &scope->record;

	record->members = vector_grow(record->members, record->count, sizeof(*record->members));
	record->members[record->count++] = *member;
}

/*
 * Layout
 */

static uint64_t align_up(uint64_t bytes, uint64_t alignment)
{
	return (bytes + alignment - 1) / alignment * alignment;
}

/* Add one element, a scalar or a struct's members, at an offset. */
static void add_element(struct scope *scope, const struct element *element, const char *name,
                        uint64_t offset)
{
	const char *dot = *name != '\0' ? "." : "";
	const struct record *body;

	if (element->scalar != NULL) {
		const struct record_member member = {
			.name = needed(strdup(name)),
			.declared = needed(strdup(element->declared)),
			.type = element->scalar->type,
			.is_swapped = element->scalar->is_swapped,
			.offset = offset,
			.size = element->size,
		};

		scope_add_member(scope, &member);
		return;
	}
	body = &element->body->record;
	for (size_t i = 0; i < body->count; i++) {
		struct record_member member = body->members[i];

		member.name = needed_text("%s%s%s", name, dot, member.name);
		member.declared = needed(strdup(member.declared));
		member.offset += offset;
		scope_add_member(scope, &member);
	}
}

/* Room for a name with an index in each dimension. */
enum { INDEXED_NAME_SIZE = RECORD_NAME_LENGTH_MAX + RECORD_DIMENSIONS_MAX * 8 + 1 };

/* Write the name of an array element: "m[1][2]". */
static void name_element(char name[INDEXED_NAME_SIZE], const struct record_declarator *declarator,
                         uint64_t number)
{
	uint64_t indices[RECORD_DIMENSIONS_MAX] = { 0 };
	int length = snprintf(name, INDEXED_NAME_SIZE, "%.*s", (int)declarator->name.length,
	                      declarator->name.text);

	for (size_t i = declarator->dimension_count; i > 0; i--) {
		indices[i - 1] = number % declarator->dimensions[i - 1];
		number /= declarator->dimensions[i - 1];
	}
	for (size_t i = 0; i < declarator->dimension_count; i++)
		length += snprintf(name + length, INDEXED_NAME_SIZE - (size_t)length, "[%llu]",
		                   (unsigned long long)indices[i]);
}

/*
 * Count the elements of an array, 1 for a scalar. Fails if the record would have too many members.
 */
static int count_elements(struct reader *reader, const struct scope *scope,
                          const struct element *element, const struct record_declarator *declarator,
                          uint64_t *count)
{
	uint64_t members = element->scalar != NULL ? 1 : element->body->record.count;
	const uint64_t most = RECORD_MEMBERS_MAX - scope->record.count;

	*count = 1;
	for (size_t i = 0; i < declarator->dimension_count && members <= most; i++) {
		*count *= declarator->dimensions[i];
		if (__builtin_mul_overflow(members, declarator->dimensions[i], &members))
			members = UINT64_MAX;
	}
	if (members > most)
		return record_parser_refuse(&reader->parser, element->token,
		                            "makes a record of more than 65536 members");
	return 0;
}

/* Lay out a declared member after those already in the scope. */
static int add_elements(struct reader *reader, struct scope *scope, const struct element *element,
                        const struct record_declarator *declarator)
{
	struct record *record = &scope->record;
	uint64_t offset = align_up(record->bytes, element->alignment);
	uint64_t count;
	uint64_t bytes;

	if (count_elements(reader, scope, element, declarator, &count) < 0)
		return -1;
	if (__builtin_mul_overflow(count, element->size, &bytes) || bytes > RECORD_BYTES_MAX ||
	    bytes + offset > RECORD_BYTES_MAX)
		return record_parser_refuse(&reader->parser, element->token,
		                            "makes the record larger than the address space");
	for (uint64_t i = 0; i < count; i++) {
		char name[INDEXED_NAME_SIZE];

		name_element(name, declarator, i);
		add_element(scope, element, name, offset + i * element->size);
	}
	record->bytes = offset + bytes;
	if (element->alignment > record->alignment)
		record->alignment = element->alignment;
	return 0;
}

static int by_text(const void *a, const void *b)
{
	const struct record_token *left = a;
	const struct record_token *right = b;
	size_t length = left->length < right->length ? left->length : right->length;
	int order = strncmp(left->text, right->text, length);

	if (order != 0)
		return order;
	return (left->length > right->length) - (left->length < right->length);
}

/* Check the names of a complete struct, and set its size. */
static int scope_finish(struct reader *reader, struct scope *scope)
{
	struct record *record = &scope->record;

	if (record->count == 0)
		return record_parser_expected(&reader->parser, "a member");
	qsort(scope->names, scope->name_count, sizeof(*scope->names), by_text);
	for (size_t i = 1; i < scope->name_count; i++) {
		if (by_text(&scope->names[i - 1], &scope->names[i]) == 0)
			return record_parser_refuse(&reader->parser, &scope->names[i],
			                            "is a duplicate member name");
	}
	record->bytes = align_up(record->bytes, record->alignment);
	return 0;
}

/* Determine the distance from each member to the next one, or to the end of the record. */
static void measure_padding(struct record *record)
{
	for (size_t i = 0; i < record->count; i++) {
		struct record_member *member = &record->members[i];
		uint64_t next = i + 1 < record->count ? member[1].offset : record->bytes;

		member->padding = next - (member->offset + member->size);
	}
}

/*
 * Reading
 */

/* The error for a type without a size; NULL if it has one. */
static const char *missing_size(const struct record_specifier *specifier)
{
	if (specifier->scalar != NULL || specifier->has_body)
		return NULL;
	if (strcmp(specifier->name, "void") == 0)
		return "has no size: only a pointer to it can be a member";
	if (strncmp(specifier->name, "struct ", 7) == 0)
		return "is incomplete: write struct { ... } with its members";
	if (strncmp(specifier->name, "union ", 6) == 0)
		return "is not supported: the active member of a union is not known";
	return "is an unknown type";
}

/* Remove the last dimension of an array of char: it is the length of a text. */
static uint64_t take_text_length(struct record_declarator *declarator)
{
	if (declarator->dimension_count == 0)
		return 1;
	return declarator->dimensions[--declarator->dimension_count];
}

/* Parse a declarator and lay out its member. */
static int read_declarator(struct reader *reader, struct scope *scope,
                           const struct record_specifier *specifier, const struct scope *body)
{
	char declared[RECORD_SPECIFIER_SIZE + 32];
	const char *complaint = missing_size(specifier);
	const struct record_scalar *scalar = specifier->scalar;
	struct record_declarator declarator;
	struct element element;

	if (record_parser_declarator(&reader->parser, &declarator) < 0)
		return -1;
	scope_add_name(scope, &declarator.name);
	if (declarator.is_pointer)
		scalar = &record_pointer;
	else if (complaint != NULL)
		return record_parser_refuse(&reader->parser, &specifier->token, complaint);
	element = (struct element){
		.scalar = scalar, .body = body, .declared = declared, .token = &declarator.name
	};
	snprintf(declared, sizeof(declared), "%s%s", specifier->name,
	         declarator.is_pointer ? " *" : "");
	element.size = scalar != NULL ? scalar->size : body->record.bytes;
	element.alignment = scalar != NULL ? scalar->alignment : body->record.alignment;
	if (scalar != NULL && scalar->type == RECORD_TEXT && declarator.dimension_count > 0) {
		element.size = take_text_length(&declarator);
		snprintf(declared, sizeof(declared), "%s[%llu]", specifier->name,
		         (unsigned long long)element.size);
	}
	if (reader->is_packed)
		element.alignment = 1;
	return add_elements(reader, scope, &element, &declarator);
}

/*
 * Add the members of a struct without a member name. If the struct has no tag, it is an anonymous
 * member in C; with a tag it can only be the whole record.
 */
static int add_unnamed(struct reader *reader, struct scope *scope,
                       const struct record_specifier *specifier, const struct scope *body)
{
	const struct record_declarator unnamed = { .name = { .text = "" } };
	const struct element element = {
		.body = body,
		.token = &specifier->token,
		.size = body->record.bytes,
		.alignment = body->record.alignment,
	};

	if (specifier->has_tag && (reader->depth > 0 || scope->record.count > 0))
		return record_parser_expected(&reader->parser, "a member name");
	if (reader->depth == 0 && (specifier->has_tag || reader->is_typedef))
		reader->is_complete = true;
	for (size_t i = 0; i < body->name_count; i++)
		scope_add_name(scope, &body->names[i]);
	return add_elements(reader, scope, &element, &unnamed);
}

/* Parse the declarators after a type, separated by commas. */
static int read_declarators(struct reader *reader, struct scope *scope,
                            const struct record_specifier *specifier, const struct scope *body)
{
	bool more;

	do {
		if (read_declarator(reader, scope, specifier, body) < 0 ||
		    record_parser_take(&reader->parser, ",", &more) < 0)
			return -1;
	} while (more);
	return 0;
}

/* Whether a declaration may end here. */
static bool is_at_end(const struct reader *reader)
{
	return reader->parser.token.kind == RECORD_TOKEN_END ||
	       record_parser_is_at(&reader->parser, ";") ||
	       record_parser_is_at(&reader->parser, "}");
}

static int read_members(struct reader *reader, struct scope *scope);

/* Parse the members of a struct in their braces. */
static int read_body(struct reader *reader, struct scope *body)
{
	struct record_parser *parser = &reader->parser;

	if (reader->depth == RECORD_DEPTH_MAX)
		return record_parser_refuse(parser, &parser->token,
		                            "nests structs more than 16 levels deep");
	reader->depth++;
	if (record_parser_advance(parser) < 0 || read_members(reader, body) < 0)
		return -1;
	reader->depth--;
	if (!record_parser_is_at(parser, "}"))
		return record_parser_expected(parser, "'}'");
	return record_parser_advance(parser);
}

/* Skip the type name that a typedef gives to a struct. */
static int skip_type_name(struct reader *reader)
{
	if (!reader->is_typedef || reader->depth > 0 ||
	    reader->parser.token.kind != RECORD_TOKEN_NAME)
		return 0;
	return record_parser_advance(&reader->parser);
}

/* Parse a type and its declarators, up to the semicolon. */
static int read_declaration(struct reader *reader, struct scope *scope)
{
	struct scope body = { .record = { .alignment = 1 } };
	struct record_specifier specifier;
	int result = -1;

	if (record_parser_specifier(&reader->parser, &specifier) < 0)
		return -1;
	if (specifier.has_body && (read_body(reader, &body) < 0 || skip_type_name(reader) < 0))
		goto out;
	if (specifier.has_body && is_at_end(reader))
		result = add_unnamed(reader, scope, &specifier, &body);
	else
		result = read_declarators(reader, scope, &specifier, &body);
	if (result == 0 && !is_at_end(reader))
		result = record_parser_expected(&reader->parser, "',' or ';'");
out:
	scope_free(&body);
	return result;
}

/* Parse declarations up to a brace or the end, which is left to the caller. */
static int read_members(struct reader *reader, struct scope *scope)
{
	struct record_parser *parser = &reader->parser;
	bool is_empty;

	while (parser->token.kind != RECORD_TOKEN_END && !record_parser_is_at(parser, "}")) {
		if (record_parser_take(parser, ";", &is_empty) < 0)
			return -1;
		if (is_empty)
			continue;
		if (reader->is_complete)
			return record_parser_refuse(parser, &parser->token,
			                            "follows the end of the struct");
		if (read_declaration(reader, scope) < 0)
			return -1;
	}
	return scope_finish(reader, scope);
}

int record_parse(const char *declaration, bool packed, struct record *record, struct error *error)
{
	struct reader reader = { .is_packed = packed };
	struct record_parser *parser = &reader.parser;
	struct scope scope = { .record = { .alignment = 1 } };

	*record = (struct record){ .members = NULL };
	if (record_parser_begin(parser, declaration, error) < 0 ||
	    record_parser_take(parser, "typedef", &reader.is_typedef) < 0)
		goto failed;
	if (reader.is_typedef && !record_parser_is_at(parser, "struct")) {
		record_parser_expected(parser, "a struct");
		goto failed;
	}
	if (read_members(&reader, &scope) < 0)
		goto failed;
	if (parser->token.kind != RECORD_TOKEN_END) {
		record_parser_refuse(parser, &parser->token, "has no matching '{'");
		goto failed;
	}
	free(scope.names);
	*record = scope.record;
	measure_padding(record);
	return 0;
failed:
	scope_free(&scope);
	return -1;
}

void record_free(struct record *record)
{
	for (size_t i = 0; i < record->count; i++) {
		free(record->members[i].name);
		free(record->members[i].declared);
	}
	free(record->members);
	*record = (struct record){ .members = NULL };
}
