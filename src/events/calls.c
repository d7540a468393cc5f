#include "events/calls.h"

#include "objects/kind.h"
#include "system/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <langinfo.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

/* How an argument is printed. */
enum argument_type {
	ARGUMENT_NONE,   /* not at all: a pointer to memory of the process */
	ARGUMENT_NUMBER, /* int */
	ARGUMENT_SIZE,   /* unsigned long */
	ARGUMENT_LONG,
	ARGUMENT_KEY,
	ARGUMENT_ADDRESS, /* 0 is NULL */
	ARGUMENT_NAME,    /* of the object, if it is known */
	ARGUMENT_VALUE,   /* of semctl(2) with SETVAL */
	ARGUMENT_MODE,
	ARGUMENT_GET, /* flags and mode */
	ARGUMENT_GET_SEGMENT,
	ARGUMENT_ATTACH,
	ARGUMENT_SEND,
	ARGUMENT_OPEN,
	ARGUMENT_SEGMENT_COMMAND,
	ARGUMENT_QUEUE_COMMAND,
	ARGUMENT_SET_COMMAND,
};

struct event_call {
	const char *name;
	struct {
		const char *name;
		enum argument_type type;
	} arguments[EVENT_ARGUMENTS];
	bool returns_address;
};

static const struct event_call calls[] = {
	{ "shmget",
	  { { "key", ARGUMENT_KEY }, { "size", ARGUMENT_SIZE }, { "flags", ARGUMENT_GET_SEGMENT } },
	  false },
	{ "shmat",
	  { { "id", ARGUMENT_NUMBER },
	    { "address", ARGUMENT_ADDRESS },
	    { "flags", ARGUMENT_ATTACH } },
	  true },
	{ "shmdt", { { "address", ARGUMENT_ADDRESS } }, false },
	{ "shmctl", { { "id", ARGUMENT_NUMBER }, { "command", ARGUMENT_SEGMENT_COMMAND } }, false },
	{ "semget",
	  { { "key", ARGUMENT_KEY }, { "semaphores", ARGUMENT_NUMBER }, { "flags", ARGUMENT_GET } },
	  false },
	{ "semop",
	  { { "id", ARGUMENT_NUMBER }, { NULL, ARGUMENT_NONE }, { "operations", ARGUMENT_SIZE } },
	  false },
	{ "semtimedop",
	  { { "id", ARGUMENT_NUMBER }, { NULL, ARGUMENT_NONE }, { "operations", ARGUMENT_SIZE } },
	  false },
	{ "semctl",
	  { { "id", ARGUMENT_NUMBER },
	    { "semaphore", ARGUMENT_NUMBER },
	    { "command", ARGUMENT_SET_COMMAND },
	    { "value", ARGUMENT_VALUE } },
	  false },
	{ "msgget", { { "key", ARGUMENT_KEY }, { "flags", ARGUMENT_GET } }, false },
	{ "msgsnd",
	  { { "id", ARGUMENT_NUMBER },
	    { NULL, ARGUMENT_NONE },
	    { "size", ARGUMENT_SIZE },
	    { "flags", ARGUMENT_SEND } },
	  false },
	{ "msgrcv",
	  { { "id", ARGUMENT_NUMBER },
	    { NULL, ARGUMENT_NONE },
	    { "size", ARGUMENT_SIZE },
	    { "type", ARGUMENT_LONG },
	    { "flags", ARGUMENT_SEND } },
	  false },
	{ "msgctl", { { "id", ARGUMENT_NUMBER }, { "command", ARGUMENT_QUEUE_COMMAND } }, false },
	{ "mq_open",
	  { { "name", ARGUMENT_NAME }, { "flags", ARGUMENT_OPEN }, { "mode", ARGUMENT_MODE } },
	  false },
	{ "mq_unlink", { { "name", ARGUMENT_NAME } }, false },
	{ "mq_timedsend",
	  { { "fd", ARGUMENT_NUMBER },
	    { NULL, ARGUMENT_NONE },
	    { "size", ARGUMENT_SIZE },
	    { "priority", ARGUMENT_NUMBER } },
	  false },
	{ "mq_timedreceive",
	  { { "fd", ARGUMENT_NUMBER }, { NULL, ARGUMENT_NONE }, { "size", ARGUMENT_SIZE } },
	  false },
	{ "mq_notify", { { "fd", ARGUMENT_NUMBER } }, false },
	{ "mq_getsetattr", { { "fd", ARGUMENT_NUMBER } }, false },
};
enum { CALLS = sizeof(calls) / sizeof(calls[0]) };

/* A number and its word; a table ends with a NULL word. */
struct word {
	uint64_t number;
	const char *text;
};

#define WORD(name)                                                                                 \
	{                                                                                          \
		(uint64_t)(name), #name                                                            \
	}

static const struct word get_flags[] = { WORD(IPC_CREAT), WORD(IPC_EXCL), { 0, NULL } };

static const struct word get_segment_flags[] = {
	WORD(IPC_CREAT), WORD(IPC_EXCL), WORD(SHM_HUGETLB), WORD(SHM_NORESERVE), { 0, NULL }
};

static const struct word attach_flags[] = {
	WORD(SHM_RDONLY), WORD(SHM_RND), WORD(SHM_REMAP), WORD(SHM_EXEC), { 0, NULL }
};

static const struct word send_flags[] = {
	WORD(IPC_NOWAIT), WORD(MSG_NOERROR), WORD(MSG_EXCEPT), WORD(MSG_COPY), { 0, NULL }
};

static const struct word open_flags[] = {
	WORD(O_CREAT), WORD(O_EXCL), WORD(O_NONBLOCK), WORD(O_CLOEXEC), { 0, NULL }
};

static const struct word access_modes[] = {
	WORD(O_RDONLY), WORD(O_WRONLY), WORD(O_RDWR), { 0, NULL }
};

static const struct word segment_commands[] = {
	WORD(IPC_RMID),   WORD(IPC_SET),  WORD(IPC_STAT),     WORD(IPC_INFO), WORD(SHM_LOCK),
	WORD(SHM_UNLOCK), WORD(SHM_STAT), WORD(SHM_STAT_ANY), WORD(SHM_INFO), { 0, NULL }
};

static const struct word queue_commands[] = { WORD(IPC_RMID),     WORD(IPC_SET),  WORD(IPC_STAT),
	                                      WORD(IPC_INFO),     WORD(MSG_STAT), WORD(MSG_INFO),
	                                      WORD(MSG_STAT_ANY), { 0, NULL } };

static const struct word set_commands[] = { WORD(IPC_RMID), WORD(IPC_SET),      WORD(IPC_STAT),
	                                    WORD(IPC_INFO), WORD(GETALL),       WORD(GETNCNT),
	                                    WORD(GETPID),   WORD(GETVAL),       WORD(GETZCNT),
	                                    WORD(SETALL),   WORD(SETVAL),       WORD(SEM_STAT),
	                                    WORD(SEM_INFO), WORD(SEM_STAT_ANY), { 0, NULL } };

/* The errors of these calls. */
static const struct word errors[] = {
	WORD(EPERM),     WORD(ENOENT),       WORD(EINTR),     WORD(ENXIO),      WORD(E2BIG),
	WORD(EBADF),     WORD(EAGAIN),       WORD(ENOMEM),    WORD(EACCES),     WORD(EFAULT),
	WORD(EBUSY),     WORD(EEXIST),       WORD(ENODEV),    WORD(EISDIR),     WORD(EINVAL),
	WORD(ENFILE),    WORD(EMFILE),       WORD(EFBIG),     WORD(ENOSPC),     WORD(EROFS),
	WORD(ERANGE),    WORD(ENAMETOOLONG), WORD(ENOSYS),    WORD(ENOMSG),     WORD(EIDRM),
	WORD(ETIMEDOUT), WORD(EMSGSIZE),     WORD(EOVERFLOW), WORD(EOPNOTSUPP), WORD(EDEADLK),
	{ 0, NULL }
};

static const char *find_word(const struct word *words, uint64_t number)
{
	for (; words->text != NULL; words++) {
		if (words->number == number)
			return words->text;
	}
	return NULL;
}

static void print_word(const struct word *words, uint64_t number, FILE *stream)
{
	const char *word = find_word(words, number);

	if (word != NULL)
		fputs(word, stream);
	else
		fprintf(stream, "%" PRIu64, number);
}

/*
 * Print flags as "IPC_CREAT|0600".
 *
 * @param separator  before the first one: "" or "|"
 * @param mode       the bits of a mode, printed in octal; 0: there is no mode
 */
static void print_flags(const struct word *words, uint64_t flags, uint64_t mode,
                        const char *separator, FILE *stream)
{
	uint64_t rest = flags & ~mode;

	for (; words->text != NULL; words++) {
		if (!(rest & words->number))
			continue;
		fprintf(stream, "%s%s", separator, words->text);
		rest &= ~words->number;
		separator = "|";
	}
	if (rest != 0) {
		fprintf(stream, "%s0x%" PRIx64, separator, rest);
		separator = "|";
	}
	if (mode != 0)
		fprintf(stream, "%s0%03" PRIo64, separator, flags & mode);
	else if (separator[0] == '\0')
		putc('0', stream);
}

/* The command of a call, without the bit for the version. */
static uint64_t command(uint64_t argument)
{
	return (uint32_t)argument & ~(uint32_t)LINUX_IPC_64;
}

static void print_open_flags(uint64_t flags, FILE *stream)
{
	print_word(access_modes, flags & O_ACCMODE, stream);
	if (flags & ~(uint64_t)(O_ACCMODE | O_LARGEFILE))
		print_flags(open_flags, flags & ~(uint64_t)(O_ACCMODE | O_LARGEFILE), 0, "|",
		            stream);
}

static void print_key(uint32_t key, FILE *stream)
{
	if (key == IPC_PRIVATE)
		fputs("IPC_PRIVATE", stream);
	else
		fprintf(stream, "%#" PRIx32, key);
}

static void print_numeric(enum argument_type type, uint64_t value, FILE *stream)
{
	if (type == ARGUMENT_KEY)
		print_key((uint32_t)value, stream);
	else if (type == ARGUMENT_ADDRESS && value == 0)
		fputs("NULL", stream);
	else if (type == ARGUMENT_ADDRESS)
		fprintf(stream, "%#" PRIx64, value);
	else if (type == ARGUMENT_SIZE)
		fprintf(stream, "%" PRIu64, value);
	else if (type == ARGUMENT_LONG)
		fprintf(stream, "%" PRId64, (int64_t)value);
	else if (type == ARGUMENT_MODE)
		fprintf(stream, "0%03" PRIo32, (uint32_t)value & 07777);
	else
		fprintf(stream, "%" PRId32, (int32_t)value);
}

static void print_argument(enum argument_type type, const struct event *event, size_t i,
                           FILE *stream)
{
	const uint64_t value = event->arguments[i];

	switch (type) {
	case ARGUMENT_GET:
		print_flags(get_flags, (uint32_t)value, 0777, "", stream);
		break;
	case ARGUMENT_GET_SEGMENT:
		print_flags(get_segment_flags, (uint32_t)value, 0777, "", stream);
		break;
	case ARGUMENT_ATTACH:
		print_flags(attach_flags, (uint32_t)value, 0, "", stream);
		break;
	case ARGUMENT_SEND:
		print_flags(send_flags, (uint32_t)value, 0, "", stream);
		break;
	case ARGUMENT_OPEN:
		print_open_flags((uint32_t)value, stream);
		break;
	case ARGUMENT_SEGMENT_COMMAND:
		print_word(segment_commands, command(value), stream);
		break;
	case ARGUMENT_QUEUE_COMMAND:
		print_word(queue_commands, command(value), stream);
		break;
	case ARGUMENT_SET_COMMAND:
		print_word(set_commands, command(value), stream);
		break;
	case ARGUMENT_NAME:
		fputs(event->object->name, stream);
		break;
	default:
		print_numeric(type, value, stream);
	}
}

/* Whether an argument has a meaning, and is known. */
static bool is_printed(const struct event *event, size_t i)
{
	enum { SEMCTL_COMMAND = 2 };

	switch (event->call->arguments[i].type) {
	case ARGUMENT_NONE:
		return false;
	case ARGUMENT_NAME:
		return event->object != NULL && !kind_is_sysv(event->object->kind) &&
		       event->object->name != NULL;
	case ARGUMENT_VALUE:
		return command(event->arguments[SEMCTL_COMMAND]) == SETVAL;
	case ARGUMENT_MODE:
		return (event->arguments[1] & O_CREAT) != 0;
	default:
		return true;
	}
}

static void print_result(const struct event *event, FILE *stream)
{
	const bool is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;

	fputs(is_utf8 ? " \u2192 " : " -> ", stream);
	if (event->result < 0 && event->result >= -4095)
		print_word(errors, (uint64_t)-event->result, stream);
	else if (event->call->returns_address)
		fprintf(stream, "%#" PRIx64, (uint64_t)event->result);
	else
		fprintf(stream, "%" PRId64, event->result);
}

void event_call_print(const struct event *event, FILE *stream)
{
	const struct event_call *call = event->call;

	fputs(call->name, stream);
	for (size_t i = 0; i < EVENT_ARGUMENTS; i++) {
		if (!is_printed(event, i))
			continue;
		fprintf(stream, " %s=", call->arguments[i].name);
		print_argument(call->arguments[i].type, event, i, stream);
	}
	print_result(event, stream);
}

const char *event_call_name(const struct event_call *call)
{
	return call->name;
}

const struct event_call *event_call_find(const char *name)
{
	for (size_t i = 0; i < CALLS; i++) {
		if (strcmp(name, calls[i].name) == 0)
			return &calls[i];
	}
	return NULL;
}
