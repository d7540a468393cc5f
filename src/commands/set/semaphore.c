#include "commands/set/semaphore.h"

#include "base/duration.h"
#include "base/number.h"
#include "memory/semaphore.h"
#include "objects/kind.h"

#include <errno.h>
#include <time.h>

/* "3", "+3" or "-1". */
static int parse_amount(const char *text, void *destination, struct error *error)
{
	struct optional_amount *amount = destination;
	const bool is_negative = text[0] == '-';
	uint64_t number;

	if (number_parse(text + (is_negative || text[0] == '+'), NUMBER_DECIMAL,
	                 SEMAPHORE_AMOUNT_MAX, &number) != NUMBER_READ)
		return error_set(error, STATUS_USAGE, "must be a number from -%d to %d",
		                 SEMAPHORE_AMOUNT_MAX, SEMAPHORE_AMOUNT_MAX);
	amount->given = true;
	amount->number = is_negative ? -(int)number : (int)number;
	return 0;
}

static int parse_element(const char *text, void *destination, struct error *error)
{
	struct optional_number *element = destination;

	if (number_parse(text, NUMBER_DECIMAL, UINT16_MAX, &element->number) != NUMBER_READ)
		return error_set(error, STATUS_USAGE, "must be a number from 0 to %d", UINT16_MAX);
	element->given = true;
	return 0;
}

const struct option_spec semaphore_option_specs[SEMAPHORE_OPTION_COUNT] = {
	{ "add", 0, "NUMBER",
	  "add to the value: 1 releases a waiter, -1 takes, 0 is the wait for 0", parse_amount,
	  NULL, offsetof(struct semaphore_options, add), 0 },
	{ "element", 0, "NUMBER", "the semaphore of a set (default: 0, the first)", parse_element,
	  NULL, offsetof(struct semaphore_options, element), 0 },
	{ "wait", 0, NULL, "with --add: wait until the value allows it", NULL, NULL,
	  offsetof(struct semaphore_options, wait), 0 },
	{ "timeout", 0, "DURATION", "with --wait: exit with status 124 after DURATION",
	  option_parse_duration, NULL, offsetof(struct semaphore_options, timeout), 0 },
};

int semaphore_options_check(const struct semaphore_options *options, struct error *error)
{
	if (!options->add.given) {
		if (options->element.given || options->wait || options->timeout.given)
			return error_set(error, STATUS_USAGE, "--%s requires --add",
			                 options->element.given ? "element"
			                 : options->wait        ? "wait"
			                                        : "timeout");
		return 0;
	}
	if (options->timeout.given && !options->wait)
		return error_set(error, STATUS_USAGE, "--timeout requires --wait");
	return 0;
}

int semaphore_options_check_kind(const struct semaphore_options *options, const struct ref *ref,
                                 struct error *error)
{
	if (!options->add.given)
		return 0;
	if (ref->object != KIND_SEM && ref->object != KIND_PSEM)
		return error_set(
		    error, STATUS_USAGE,
		    "--add: only semaphores have a value (sem:ID, sem:KEY, psem:NAME)");
	if (ref->object == KIND_PSEM && options->element.given)
		return error_set(error, STATUS_USAGE,
		                 "--element: a named semaphore is no set of semaphores");
	if (ref->object == KIND_PSEM && options->add.number == 0)
		return error_set(
		    error, STATUS_USAGE,
		    "--add 0: only semaphores of a set can be waited for until they are 0");
	return 0;
}

static int add_failed(const struct semaphore_options *options, struct error *error)
{
	char words[DURATION_WORDS_SIZE];

	switch (errno) {
	case EAGAIN:
		return error_set(error, STATUS_FAILED, "the value is %s (--wait waits for it)",
		                 options->add.number == 0 ? "not 0" : "too small");
	case ETIMEDOUT:
		duration_words(words, options->timeout.number);
		return error_set(error, STATUS_TIMEOUT, "the value was %s for %s",
		                 options->add.number == 0 ? "not 0" : "too small", words);
	case EIDRM:
		return error_set(error, STATUS_FAILED, "the set was removed meanwhile");
	case ERANGE:
	case EOVERFLOW:
		return error_set(error, STATUS_FAILED, "the value would be too large");
	case EACCES:
		return error_set(error, STATUS_FAILED, "no permission to change the value");
	case EFAULT:
		return error_set(error, STATUS_FAILED, "its file was truncated meanwhile");
	default:
		return error_set_errno(error, errno, "the value can't be changed");
	}
}

int semaphore_options_apply(const struct semaphore_options *options,
                            const struct shm_object *object, struct error *error)
{
	struct semaphore semaphore;
	struct timespec deadline;
	int result;

	if (semaphore_open(object, options->element.number, &semaphore, error) < 0)
		return -1;
	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += (time_t)options->timeout.number;
	result = semaphore_add(&semaphore, options->add.number, options->wait,
	                       options->timeout.given ? &deadline : NULL);
	if (result < 0)
		add_failed(options, error);
	semaphore_close(&semaphore);
	return result;
}
