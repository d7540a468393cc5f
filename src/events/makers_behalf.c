#include "events/makers_behalf.h"

#include "base/descriptor.h"
#include "base/number.h"
#include "events/makers_keeper.h"
#include "events/makers_path.h"
#include "system/linux.h"
#include "system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Lines of /proc/PID/status that make a difference to what a process makes, in their order. */
static const char *const decisive[] = { "\nUid:", "\nGid:", "\nGroups:", "\nCapEff:" };

/* A process with more groups than fit is like no other. */
enum { STATUS_SIZE = 8192 };

bool maker_credentials_parse(const char *status, struct maker_credentials *credentials)
{
	const char umask_word[] = "\nUmask:\t";
	const char *at = strstr(status, umask_word);
	uint64_t mask;
	size_t used = 0;

	if (at == NULL)
		return false;
	at += strlen(umask_word);
	if (number_take(&at, NUMBER_OCTAL, &mask) != NUMBER_READ || mask > 07777 || *at != '\n')
		return false;
	credentials->mask = (mode_t)mask;
	for (size_t i = 0; i < sizeof(decisive) / sizeof(decisive[0]); i++) {
		size_t length;

		at = strstr(at, decisive[i]);
		if (at == NULL)
			return false;
		length = strcspn(at + 1, "\n") + 1;
		/* A line without a newline is cut. */
		if (used + length >= sizeof(credentials->lines) || at[length] == '\0')
			return false;
		memcpy(credentials->lines + used, at, length);
		used += length;
		at += length;
	}
	credentials->lines[used] = '\0';
	return true;
}

/* Find the open file of a thread, or open it. */
static int *find_status(struct behalf_credentials *own, pid_t thread, bool again)
{
	char path[32];
	size_t i = 0;

	while (i < BEHALF_RECENT && (own->recent[i].status < 0 || own->recent[i].thread != thread))
		i++;
	if (i < BEHALF_RECENT && !again)
		return &own->recent[i].status;
	if (i == BEHALF_RECENT)
		i = own->next_recent++ % BEHALF_RECENT;
	descriptor_close(own->recent[i].status);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)thread);
	own->recent[i].thread = thread;
	own->recent[i].status = open(path, O_RDONLY | O_CLOEXEC);
	return &own->recent[i].status;
}

/* An open file is that of the same thread: once it has exited, reading fails. */
static int read_credentials(struct behalf_credentials *own, pid_t thread,
                            struct maker_credentials *credentials)
{
	char status[STATUS_SIZE];
	ssize_t length = 0;

	for (int try = 0; try < 2 && length <= 0; try++)
		length = pread(*find_status(own, thread, try > 0), status, sizeof(status) - 1, 0);
	if (length <= 0)
		return -1;
	status[length] = '\0';
	return maker_credentials_parse(status, credentials) ? 0 : -1;
}

void behalf_begin(struct behalf_credentials *own)
{
	uid_t uid[3];
	gid_t gid[3];

	*own = (struct behalf_credentials){ .next_recent = 0 };
	for (size_t i = 0; i < BEHALF_RECENT; i++)
		own->recent[i].status = -1;
	/* In a /proc of another pid namespace, the pids of callers denote other processes. */
	if (!process_numbers_are_ours() || read_credentials(own, getpid(), &own->ours) < 0)
		own->ours = (struct maker_credentials){ .mask = 0 };
	own->are_final = strstr(own->ours.lines, "\nCapEff:\t0000000000000000") != NULL &&
	                 getresuid(&uid[0], &uid[1], &uid[2]) == 0 && uid[0] == uid[1] &&
	                 uid[1] == uid[2] && getresgid(&gid[0], &gid[1], &gid[2]) == 0 &&
	                 gid[0] == gid[1] && gid[1] == gid[2];
}

void behalf_end(struct behalf_credentials *own)
{
	for (size_t i = 0; i < BEHALF_RECENT; i++)
		descriptor_close(own->recent[i].status);
}

/* Check whether what we make is what the caller would make; receives its umask(2). */
static bool is_like_us(struct behalf_credentials *own, const struct behalf_call *call, mode_t *mask)
{
	struct maker_credentials credentials;

	if (own->ours.lines[0] == '\0' ||
	    read_credentials(own, (pid_t)call->notice->pid, &credentials) < 0 ||
	    strcmp(credentials.lines, own->ours.lines) != 0)
		return false;
	*mask = credentials.mask;
	return true;
}

int behalf_make_id(struct behalf_credentials *own, const struct behalf_call *call)
{
	const uint64_t *arguments = call->arguments;
	const key_t key = (key_t)arguments[0];
	const int flags = (int)arguments[call->number == MAKING_MSGGET ? 1 : 2];
	mode_t mask;

	if ((key != IPC_PRIVATE && !(flags & IPC_CREAT)) ||
	    (!own->are_final && !is_like_us(own, call, &mask)))
		return -1;
	switch (call->number) {
	case MAKING_MSGGET:
		return msgget(key, flags | IPC_EXCL);
	case MAKING_SEMGET:
		return semget(key, (int)arguments[1], flags | IPC_EXCL);
	default:
		return -1;
	}
}

static int make_queue(const struct behalf_call *call, const char *name)
{
	struct rlimit theirs;
	struct rlimit ours;
	struct mq_attr attributes;
	const bool has_attributes = call->arguments[3] != 0;

	/* Of other ABIs, the struct differs. */
	if (!(call->arguments[1] & O_CREAT) ||
	    (has_attributes && !making_call_is_native(&call->notice->data)))
		return -1;
	/* The limit is that of the process that makes the queue. */
	if (prlimit((pid_t)call->notice->pid, RLIMIT_MSGQUEUE, NULL, &theirs) < 0 ||
	    getrlimit(RLIMIT_MSGQUEUE, &ours) < 0 || theirs.rlim_cur != ours.rlim_cur)
		return -1;
	if (has_attributes && !thread_read((pid_t)call->notice->pid, call->arguments[3],
	                                   &attributes, sizeof(attributes)))
		return -1;
	return (int)syscall(SYS_mq_open, name, (int)call->arguments[1] | O_EXCL,
	                    (mode_t)call->arguments[2], has_attributes ? &attributes : NULL);
}

static int make_file(const struct behalf_call *call, int directory, const char *name)
{
	int flags = O_CREAT | O_WRONLY | O_TRUNC;
	mode_t mode = 0;

	switch (call->number) {
	case MAKING_OPENAT:
		flags = (int)call->arguments[2];
		mode = (mode_t)call->arguments[3];
		break;
	case MAKING_OPEN:
		flags = (int)call->arguments[1];
		mode = (mode_t)call->arguments[2];
		break;
	case MAKING_CREAT:
		mode = (mode_t)call->arguments[1];
		break;
	default:
		return -1;
	}
	if (!(flags & O_CREAT) || (flags & (O_PATH | O_DIRECTORY)))
		return -1;
	return openat(directory, name, flags | O_EXCL | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC,
	              mode & 07777);
}

int behalf_make_file(struct behalf_credentials *own, const struct behalf_call *call, int directory,
                     const char *name)
{
	mode_t mask;
	int fd;

	if (!is_like_us(own, call, &mask))
		return -1;
	if (mask != own->ours.mask)
		umask(mask);
	fd = call->number == MAKING_MQ_OPEN ? make_queue(call, name)
	                                    : make_file(call, directory, name);
	if (mask != own->ours.mask) {
		const int failure = errno;

		umask(own->ours.mask);
		errno = failure;
	}
	return fd;
}

/* Whether the caller wants its descriptor to be closed by execve(2). */
static bool is_cloexec(const struct behalf_call *call)
{
	switch (call->number) {
	case MAKING_OPENAT:
		return (call->arguments[2] & O_CLOEXEC) != 0;
	case MAKING_OPEN:
		return (call->arguments[1] & O_CLOEXEC) != 0;
	case MAKING_MQ_OPEN:
		return true;
	default:
		return false;
	}
}

/*
 * SECCOMP_ADDFD_FLAG_SEND would do both at once, but if a signal interrupts it, the call may return 0
 * without a descriptor (Linux 6.18).
 */
int behalf_answer_file(int listener, const struct behalf_call *call, struct handled_call *shared,
                       int fd)
{
	struct seccomp_notif_addfd addition = {
		.id = call->notice->id,
		.srcfd = (unsigned int)fd,
		.newfd_flags = is_cloexec(call) ? O_CLOEXEC : 0,
	};
	const int theirs = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &addition);

	return theirs < 0 ? -1 : notice_answer(listener, shared, theirs);
}
