#include "commands/shared/text_options.h"

#include "base/memory.h"
#include "base/number.h"
#include "channel/fifo_protocol.h"
#include "channel/protocols.h"
#include "channel/semaphore_protocol.h"
#include "channel/turn_protocol.h"
#include "objects/inventory.h"
#include "objects/ref.h"
#include "output/suggest.h"
#include "records/layout.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(member) offsetof(struct text_options, member)

static void complete_protocols(const struct completion *completion)
{
	for (size_t i = 0; i < protocol_count; i++)
		completion_offer(completion, protocols[i]->word, NULL);
}

const struct option_spec text_option_specs[TEXT_OPTION_COUNT] = {
	{ "protocol", 0, "PROTOCOL", "ring (default), turn, fifo or semaphore", option_parse_string,
	  complete_protocols, TEXT(protocol), OPTION_ONCE },
	{ "layout", 0, "MEMBERS", "members of the C struct: 'int turn; char text[2048];'",
	  option_parse_string, NULL, TEXT(layout), OPTION_ONCE },
	{ "packed", 0, NULL, "no padding between the members", NULL, NULL, TEXT(packed), 0 },
	{ "flag", 0, "MEMBER", "the turn: 0 is the sender's (default: the first integer)",
	  option_parse_string, NULL, TEXT(flag), OPTION_ONCE },
	{ "text", 0, "MEMBER", "the text (default: the first array of char)", option_parse_string,
	  NULL, TEXT(text), OPTION_ONCE },
	{ "fifo", 0, "PATH", "a byte in this FIFO announces each text", option_parse_string,
	  complete_files, TEXT(fifo), OPTION_ONCE },
	{ "semaphore", 0, "[SENDER,]RECEIVER", "the semaphores that each side waits for",
	  option_parse_string, NULL, TEXT(semaphores), OPTION_ONCE },
	{ "until", 0, "TEXT", "stop after a text that begins with TEXT", option_parse_string, NULL,
	  TEXT(until), OPTION_ONCE },
};

static const struct protocol *find_protocol(const char *word)
{
	for (size_t i = 0; i < protocol_count; i++) {
		if (strcmp(protocols[i]->word, word) == 0)
			return protocols[i];
	}
	return NULL;
}

/* --fifo and --semaphore imply their protocol. */
static int choose_protocol(const struct text_options *options, const struct protocol **protocol,
                           struct error *error)
{
	const char *word = options->protocol;

	if (word == NULL)
		word = options->fifo != NULL         ? fifo_protocol.word
		       : options->semaphores != NULL ? semaphore_protocol.word
		                                     : protocols[0]->word;
	*protocol = find_protocol(word);
	if (*protocol == NULL)
		return error_set(error, STATUS_USAGE,
		                 "--protocol %s: must be ring, turn, fifo or semaphore", word);
	return 0;
}

static int needs(const struct protocol *protocol, const char *option, struct error *error)
{
	return error_set(error, STATUS_USAGE, "--protocol %s needs --%s", protocol->word, option);
}

static int belongs(const char *option, const char *to, struct error *error)
{
	return error_set(error, STATUS_USAGE, "--%s is for --protocol %s", option, to);
}

static int check(const struct text_options *options, const struct protocol *protocol,
                 struct error *error)
{
	const bool is_ring = protocol == protocols[0];

	if (is_ring && (options->layout != NULL || options->until != NULL))
		return belongs(options->layout != NULL ? "layout" : "until",
		               "turn, fifo and semaphore", error);
	if (protocol != &fifo_protocol && options->fifo != NULL)
		return belongs("fifo", "fifo", error);
	if (protocol != &semaphore_protocol && options->semaphores != NULL)
		return belongs("semaphore", "semaphore", error);
	if (protocol != &turn_protocol && options->flag != NULL)
		return belongs("flag", "turn", error);
	if (protocol == &turn_protocol && options->layout == NULL)
		return needs(protocol, "layout", error);
	if (protocol == &fifo_protocol && options->fifo == NULL)
		return needs(protocol, "fifo", error);
	if (protocol == &semaphore_protocol && options->semaphores == NULL)
		return needs(protocol, "semaphore", error);
	if (options->layout == NULL && (options->packed || options->text != NULL))
		return error_set(error, STATUS_USAGE, "--%s needs --layout",
		                 options->packed ? "packed" : "text");
	return 0;
}

static bool may_be_flag(const struct record_member *member)
{
	return member->type == RECORD_SIGNED || member->type == RECORD_UNSIGNED ||
	       member->type == RECORD_BOOL;
}

static bool may_be_text(const struct record_member *member)
{
	return member->type == RECORD_TEXT && member->size > 1;
}

/* NAME: NULL for the first that may be it. */
static const struct record_member *find_member(const struct record *record, const char *name,
                                               bool (*may_be)(const struct record_member *))
{
	for (size_t i = 0; i < record->count; i++) {
		const struct record_member *member = &record->members[i];

		if (name == NULL ? may_be(member) : strcmp(member->name, name) == 0)
			return member;
	}
	return NULL;
}

/*
 * Find the member that is the text or the flag.
 *
 * OPTION: that names it. WHAT: it must be.
 */
static int require_member(const struct record *record, const char *option, const char *name,
                          bool (*may_be)(const struct record_member *), const char *what,
                          const struct record_member **found, struct error *error)
{
	struct suggestion suggestion;

	*found = find_member(record, name, may_be);
	if (*found != NULL && may_be(*found))
		return 0;
	if (*found != NULL)
		return error_set(error, STATUS_USAGE, "--%s %s: must be %s", option, name, what);
	if (name == NULL)
		return error_set(error, STATUS_USAGE, "--layout: there is no member that is %s",
		                 what);
	suggest_begin(&suggestion, name);
	for (size_t i = 0; i < record->count; i++)
		suggest_consider(&suggestion, record->members[i].name);
	error_set(error, STATUS_USAGE, "--%s %s: no such member in the layout", option, name);
	if (suggestion.nearest != NULL)
		error_append(error, ", did you mean %s?", suggestion.nearest);
	return -1;
}

static int place_members(const struct text_options *options, const struct record *record,
                         bool with_flag, struct transmission *transmission, struct error *error)
{
	struct text_place *place = &transmission->text;
	const struct record_member *text;
	const struct record_member *flag;

	if (require_member(record, "text", options->text, may_be_text, "an array of char", &text,
	                   error) < 0)
		return -1;
	place->bytes = record->bytes;
	place->text_offset = text->offset;
	place->text_size = text->size;
	if (!with_flag)
		return 0;
	if (require_member(record, "flag", options->flag, may_be_flag, "an integer", &flag, error) <
	    0)
		return -1;
	if ((transmission->offset + flag->offset) % flag->size != 0)
		return error_set(error, STATUS_USAGE,
		                 "the flag %s is not aligned: its offset must be a multiple of "
		                 "%" PRIu64 " (--offset, --packed)",
		                 flag->name, flag->size);
	place->flag_offset = flag->offset;
	place->flag_size = flag->size;
	place->flag_is_swapped = flag->is_swapped;
	return 0;
}

/*
 * --semaphore
 */

/* Remove ":N" from the end of a REF with a colon before it: "sem:3:1". */
static int split_element(char *word, bool *given, uint64_t *element, struct error *error)
{
	char *colon = strrchr(word, ':');

	*given = false;
	*element = 0;
	if (strncmp(word, "sem:", 4) != 0 || colon == word + 3)
		return 0;
	*colon = '\0';
	*given = true;
	if (number_parse(colon + 1, NUMBER_DECIMAL, UINT16_MAX, element) != NUMBER_READ)
		return error_set(error, STATUS_USAGE,
		                 "--semaphore: %s is no number of a semaphore of %s", colon + 1,
		                 word);
	return 0;
}

static int parse_word(char *word, struct ref *ref, bool *given, uint64_t *element,
                      struct error *error)
{
	struct error cause;

	if (split_element(word, given, element, error) < 0)
		return -1;
	if (ref_parse(word, REF_OBJECT, ref, &cause) < 0)
		return error_set(error, cause.status, "--semaphore: %s: %s", word, cause.text);
	if (ref->object != KIND_SEM && ref->object != KIND_PSEM)
		return error_set(error, STATUS_USAGE,
		                 "--semaphore: %s: must be a semaphore (sem:ID:NUMBER, psem:NAME)",
		                 word);
	return 0;
}

static int find(char *word, struct object_list *list, bool *given, uint64_t *element,
                struct error *error)
{
	struct error cause;
	struct ref ref;

	if (parse_word(word, &ref, given, element, error) < 0)
		return -1;
	if (inventory_find(&ref, list, &cause) < 0)
		return error_set(error, cause.status, "semaphore %s: %s", word, cause.text);
	return 0;
}

static int open_element(const char *word, const struct shm_object *object, uint64_t element,
                        struct semaphore *semaphore, bool *opened, struct error *error)
{
	struct error cause;

	*opened = semaphore_open(object, element, semaphore, &cause) == 0;
	return *opened ? 0 : error_set(error, cause.status, "semaphore %s: %s", word, cause.text);
}

static int open_one(char *word, struct semaphore *semaphore, bool *opened, struct error *error)
{
	struct object_list list = { .count = 0 };
	uint64_t element;
	bool given;
	int result = find(word, &list, &given, &element, error);

	if (result == 0)
		result = open_element(word, &list.objects[0], element, semaphore, opened, error);
	object_list_free(&list);
	return result;
}

/*
 * The receiver's; of a set of two or more that is given without a number, the sender's is 0 and the
 * receiver's 1.
 */
static int open_only(char *word, struct text_semaphores *semaphores, struct error *error)
{
	struct object_list list = { .count = 0 };
	uint64_t element;
	bool given;
	int result = find(word, &list, &given, &element, error);

	if (result == 0 && !given && list.objects[0].kind == KIND_SEM &&
	    list.objects[0].semaphores > 1) {
		result = open_element(word, &list.objects[0], 0, &semaphores->sender,
		                      &semaphores->has_sender, error);
		element = 1;
	}
	if (result == 0)
		result = open_element(word, &list.objects[0], element, &semaphores->receiver,
		                      &semaphores->has_receiver, error);
	object_list_free(&list);
	return result;
}

static int open_words(char *words, struct text_semaphores *semaphores, struct error *error)
{
	char *comma = strchr(words, ',');

	if (comma == NULL)
		return open_only(words, semaphores, error);
	*comma = '\0';
	if (open_one(words, &semaphores->sender, &semaphores->has_sender, error) < 0)
		return -1;
	return open_one(comma + 1, &semaphores->receiver, &semaphores->has_receiver, error);
}

/* Check the words before anything is opened. */
static int check_semaphores(const char *semaphores, struct error *error)
{
	char *words;
	char *comma;
	uint64_t element;
	struct ref ref;
	bool given;
	int result;

	if (semaphores == NULL)
		return 0;
	words = needed(strdup(semaphores));
	comma = strchr(words, ',');
	if (comma != NULL)
		*comma = '\0';
	result = parse_word(words, &ref, &given, &element, error);
	if (result == 0 && comma != NULL)
		result = parse_word(comma + 1, &ref, &given, &element, error);
	free(words);
	return result;
}

int text_options_resolve(const struct text_options *options, struct transmission *transmission,
                         const struct protocol **protocol, struct error *error)
{
	struct record record;
	struct error cause;
	int result;

	if (choose_protocol(options, protocol, error) < 0 || check(options, *protocol, error) < 0 ||
	    check_semaphores(options->semaphores, error) < 0)
		return -1;
	transmission->until = options->until;
	transmission->fifo = options->fifo;
	if (options->layout == NULL)
		return 0;
	if (record_parse(options->layout, options->packed, &record, &cause) < 0)
		return error_set(error, cause.status, "--layout: %s", cause.text);
	result = place_members(options, &record, *protocol == &turn_protocol, transmission, error);
	record_free(&record);
	return result;
}

int text_semaphores_open(const struct text_options *options, struct text_semaphores *semaphores,
                         struct transmission *transmission, struct error *error)
{
	char *words;
	int result;

	*semaphores = (struct text_semaphores){ .has_sender = false };
	if (options->semaphores == NULL)
		return 0;
	words = needed(strdup(options->semaphores));
	result = open_words(words, semaphores, error);
	free(words);
	if (semaphores->has_sender)
		transmission->sender_turn = &semaphores->sender;
	if (semaphores->has_receiver)
		transmission->receiver_turn = &semaphores->receiver;
	return result;
}

void text_semaphores_close(struct text_semaphores *semaphores)
{
	if (semaphores->has_sender)
		semaphore_close(&semaphores->sender);
	if (semaphores->has_receiver)
		semaphore_close(&semaphores->receiver);
}
