#include "events/makers_record.h"

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "events/backtrace.h"
#include "events/makers_filter.h"
#include "objects/kind.h"
#include "objects/posix.h"
#include "objects/posix_queue.h"
#include "system/linux.h"
#include "system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <unistd.h>

static const enum object_kind sysv_kinds[RECORD_SYSV_KINDS] = { KIND_SHM, KIND_SEM, KIND_MSG };

/* A call that is being recorded. */
struct call {
	const struct seccomp_notif *notice;
	pid_t thread;
	enum making_call number;
	uint64_t arguments[6];
	struct sysv_makes *sysv;  /* of the object; NULL: it is a file */
	struct file_makes *files; /* of the file; NULL: it is none */
	char path[PATH_MAX];      /* that is made, or the name of a queue */
	const char *name;         /* in the directory; a part of path */
	int unnamed;              /* descriptor of the file that it gives a name; -1: none */
};

void maker_record_begin(struct maker_record *record, const struct makers_request *request,
                        const struct own_view *view)
{
	*record = (struct maker_record){
		.makers = maker_list_new(),
		.view = *view,
		.request = *request,
	};
	behalf_begin(&record->own);
	for (size_t i = 0; i < RECORD_SYSV_KINDS; i++)
		sysv_makes_begin(&record->sysv[i], sysv_kinds[i], record->makers);
	file_makes_begin(&record->files, POSIX_DIRECTORY, record->makers);
	record->files.keeps_created = request->uses;
	file_makes_begin(&record->queues, posix_queue_is_mounted() ? POSIX_QUEUE_DIRECTORY : NULL,
	                 record->makers);
	record->queues.keeps_created = request->uses;
}

/* The effective user of a thread, in our user namespace. */
static uid_t user_of(pid_t thread)
{
	struct process_identity identity;

	/* Without privileges, only our own processes are there. */
	if (geteuid() != 0 || process_read_identity(thread, &identity) < 0)
		return geteuid();
	return identity.effective_uid;
}

/* Read the path of an argument that leads to a file in the directory of objects, if it does. */
static const char *read_path(const struct maker_record *record, struct call *call, int start,
                             uint64_t address, char path[PATH_MAX])
{
	if (record->files.reports < 0 || !thread_read_text(call->thread, address, path, PATH_MAX))
		return NULL;
	return thread_file_in(call->thread, record->files.path, start, path);
}

static bool opens_for_creation(const struct call *call)
{
	uint64_t flags = 0;

	/* Only for openat2(2), the filter can't see the flags: the first member of a struct. */
	return call->number != MAKING_OPENAT2 ||
	       (thread_read(call->thread, call->arguments[2], &flags, sizeof(flags)) &&
	        (flags & O_CREAT));
}

static void take_file(struct maker_record *record, struct call *call)
{
	int start = AT_FDCWD;
	size_t place = 0;

	switch (call->number) {
	case MAKING_OPENAT:
	case MAKING_OPENAT2:
	case MAKING_MKNODAT:
	case MAKING_MKDIRAT:
		start = (int)call->arguments[0];
		place = 1;
		break;
	case MAKING_SYMLINKAT:
		start = (int)call->arguments[1];
		place = 2;
		break;
	case MAKING_SYMLINK:
		place = 1;
		break;
	default:
		break;
	}
	call->name = read_path(record, call, start, call->arguments[place], call->path);
	if (call->name != NULL && opens_for_creation(call) &&
	    own_view_has_paths(&record->view, call->thread))
		call->files = &record->files;
}

/* Open a file without a name that linkat(2) is given by its descriptor; -1: it is none. */
static int open_unnamed(const struct maker_record *record, const struct call *call)
{
	static const char prefix[] = "/proc/self/fd/";
	const bool may_be_empty = (call->arguments[4] & AT_EMPTY_PATH) != 0;
	char path[sizeof(prefix) + 16];
	struct stat directory;
	struct stat st;
	int number;
	int fd;

	if (!thread_read_text(call->thread, call->arguments[1], path, sizeof(path)))
		return -1;
	if (may_be_empty && *path == '\0') {
		number = (int)call->arguments[0];
	} else {
		if (strncmp(path, prefix, sizeof(prefix) - 1) != 0)
			return -1;
		number = number_of_name(path + sizeof(prefix) - 1);
	}
	if (number < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)call->thread, number);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 0 &&
	    fstat(record->files.directory, &directory) == 0 && st.st_dev == directory.st_dev)
		return fd;
	descriptor_close(fd);
	return -1;
}

/* A call that gives a file a name: one without a name becomes an object, others are objects already. */
static void take_link(struct maker_record *record, struct call *call)
{
	const bool is_at = call->number == MAKING_LINKAT;
	const int start = is_at ? (int)call->arguments[0] : AT_FDCWD;
	char text[PATH_MAX];
	const char *from;

	call->name = read_path(record, call, is_at ? (int)call->arguments[2] : AT_FDCWD,
	                       call->arguments[is_at ? 3 : 1], call->path);
	if (call->name == NULL || !own_view_has_paths(&record->view, call->thread))
		return;
	if (is_at && (call->arguments[4] & (AT_EMPTY_PATH | AT_SYMLINK_FOLLOW))) {
		call->unnamed = open_unnamed(record, call);
		if (call->unnamed >= 0)
			call->files = &record->files;
		return;
	}
	from = read_path(record, call, start, call->arguments[is_at ? 1 : 0], text);
	if (from != NULL)
		file_makes_link(&record->files, from, call->name);
}

static void take_queue(struct maker_record *record, struct call *call)
{
	if (record->queues.reports < 0 ||
	    !thread_read_text(call->thread, call->arguments[0], call->path, sizeof(call->path)) ||
	    *call->path == '\0' || strchr(call->path, '/') != NULL ||
	    !own_view_has_objects(&record->view, call->thread))
		return;
	call->name = call->path;
	call->files = &record->queues;
}

static void take_key(struct maker_record *record, struct call *call, size_t kind)
{
	if (own_view_has_objects(&record->view, call->thread))
		call->sysv = &record->sysv[kind];
}

/* Find out what a call is about to make: one of our objects, or nothing that matters. */
static void take_call(struct maker_record *record, struct call *call)
{
	switch (call->number) {
	case MAKING_SHMGET:
		take_key(record, call, 0);
		break;
	case MAKING_SEMGET:
		take_key(record, call, 1);
		break;
	case MAKING_MSGGET:
		take_key(record, call, 2);
		break;
	case MAKING_MQ_OPEN:
		take_queue(record, call);
		break;
	case MAKING_LINK:
	case MAKING_LINKAT:
		take_link(record, call);
		break;
	default:
		if (call->number < MAKING_FIRST_USE)
			take_file(record, call);
		break;
	}
}

static bool can_make(const struct call *call)
{
	if (call->sysv != NULL)
		return sysv_makes_can(call->sysv, (key_t)call->arguments[0]);
	return call->files != NULL && file_makes_can(call->files, call->name);
}

static struct made *describe(const struct maker_record *record, const struct call *call)
{
	struct made *made = needed(calloc(1, sizeof(*made)));

	made->make.time = clock_nanoseconds(CLOCK_REALTIME);
	made->make.call = making_call_name(call->number);
	if (call->sysv != NULL) {
		made->make.kind = call->sysv->kind;
		made->make.key = (key_t)call->arguments[0];
		made->make.bytes = call->number == MAKING_MSGGET ? 0 : call->arguments[1];
	} else {
		made->make.kind =
		    call->files == &record->queues ? KIND_PMSG : posix_file_kind(call->name);
		made->name = needed(strdup(call->name));
	}
	made->clock = process_clock();
	made->thread = call->thread;
	made->number = call->notice->data.nr;
	made->uid = (uid_t)-1;
	made->make.maker = maker_describe(record->makers, call->thread);
	return made;
}

/* A notification while it is handled. */
struct handling {
	struct maker_record *record;
	struct call *call;
	struct handled_call *shared;
	int listener;
	struct made *made; /* NULL if it is not recorded */
	bool is_done;
	int result; /* of notice_continue() */
};

static void forget(struct handling *handling)
{
	made_free(handling->record->makers, handling->made);
	handling->made = NULL;
}

/* Make the set or queue of a call. */
static bool make_id(struct handling *handling, const struct behalf_call *behalf)
{
	struct sysv_makes *makes = handling->call->sysv;
	const int id = behalf_make_id(&handling->record->own, behalf);
	bool was_killed;

	if (id < 0)
		return false;
	if (notice_answer(handling->listener, handling->shared, id) == 0) {
		sysv_makes_put(makes, handling->made, id);
		return true;
	}
	/* ENOENT: the caller has been killed. */
	was_killed = errno == ENOENT;
	if (makes->kind == KIND_SEM)
		(void)semctl(id, 0, IPC_RMID);
	else
		(void)msgctl(id, IPC_RMID, NULL);
	forget(handling);
	if (!was_killed)
		handling->result = notice_continue(handling->listener, behalf->notice->id);
	return true;
}

/* Make the file of a call. */
static bool make_file(struct handling *handling, const struct behalf_call *behalf)
{
	struct file_makes *makes = handling->call->files;
	const char *name = handling->call->name;
	const int fd = behalf_make_file(&handling->record->own, behalf, makes->directory, name);

	if (fd < 0)
		return false;
	if (behalf_answer_file(handling->listener, behalf, handling->shared, fd) == 0) {
		if (file_makes_put(makes, handling->made, fd) < 0)
			handling->made = NULL;
	} else {
		const int failure = errno;

		(void)unlinkat(makes->directory, name, 0);
		forget(handling);
		/* Its table of descriptors may be full: it will find out. */
		if (failure != ENOENT)
			handling->result = notice_continue(handling->listener, behalf->notice->id);
	}
	descriptor_close(fd);
	return true;
}

/* Make the object of a call if nothing else can prove who made it. Returns whether that is done. */
static bool make_on_behalf(struct handling *handling)
{
	const struct call *call = handling->call;
	const struct behalf_call behalf = { call->notice, call->number, call->arguments };
	const struct makers_request *request = &handling->record->request;

	if (call->sysv != NULL)
		return (request->prove || request->uses) && call->sysv->kind != KIND_SHM &&
		       notice_claim(handling->shared) && make_id(handling, &behalf);
	return request->prove && !call->files->has_pids && notice_claim(handling->shared) &&
	       make_file(handling, &behalf);
}

/* Record the call, and let it go on. */
static void let_go(void *closure)
{
	struct handling *handling = closure;
	const struct call *call = handling->call;

	/* Finding its place takes long enough for others to make the object. */
	if (handling->made != NULL && handling->record->request.backtrace && !can_make(call))
		forget(handling);
	if (handling->made != NULL && call->unnamed >= 0) {
		(void)file_makes_put(call->files, handling->made, call->unnamed);
		handling->made = NULL;
	}
	if (handling->made != NULL && make_on_behalf(handling)) {
		handling->is_done = true;
		return;
	}
	/* Its pid is better, and faster to know. */
	if (handling->made != NULL && handling->made->make.kind != KIND_SHM &&
	    (call->files == NULL || !call->files->has_pids))
		handling->made->uid = user_of(call->thread);
	if (handling->made != NULL && call->sysv != NULL)
		sysv_makes_add(call->sysv, handling->made);
	else if (handling->made != NULL)
		file_makes_add(call->files, handling->made);
	handling->is_done = true;
	handling->result = notice_continue(handling->listener, call->notice->id);
}

/* Find out where the call is made. It may then be notified again. */
static void find_place(struct handling *handling)
{
	struct interrupted_calls *interrupted = &handling->record->interrupted;
	const struct seccomp_notif *notice = handling->call->notice;
	char *backtrace = interrupted_call_take(interrupted, notice);
	struct error error;

	if (backtrace != NULL) {
		handling->made->make.backtrace = backtrace;
		return;
	}
	backtrace = backtrace_of(handling->made->thread, let_go, handling, &error);
	if (handling->is_done || notice_is_valid(handling->listener, notice->id)) {
		if (handling->made == NULL)
			free(backtrace);
		else if (backtrace != NULL)
			handling->made->make.backtrace = backtrace;
		else
			handling->made->make.no_backtrace = needed(strdup(error.text));
		return;
	}
	handling->is_done = true;
	forget(handling);
	if (backtrace != NULL)
		interrupted_call_add(interrupted, notice, backtrace);
}

/* The calls that the thread made before have returned. */
static void end_calls(struct maker_record *record, pid_t thread)
{
	for (size_t i = 0; i < RECORD_SYSV_KINDS; i++)
		made_list_end(&record->sysv[i].waiting, thread);
	made_list_end(&record->files.waiting, thread);
	made_list_end(&record->queues.waiting, thread);
}

/* Pass on a call on System V objects, or by which a process leaves its memory. */
static void observe(const struct maker_record *record, const struct call *call)
{
	if (call->sysv != NULL ||
	    (call->number >= MAKING_FIRST_USE && own_view_has_objects(&record->view, call->thread)))
		record->observer->called(record->observer->closure, maker_process_of(call->thread),
		                         call->thread, call->number, call->arguments);
}

int maker_record_call(struct maker_record *record, int listener, struct handled_call *handled)
{
	const struct seccomp_notif *notice = &handled->notice.notice;
	struct call call = { .notice = notice, .thread = (pid_t)notice->pid, .unnamed = -1 };
	struct handling handling = {
		.record = record, .call = &call, .shared = handled, .listener = listener
	};

	call.number = making_call_of(&notice->data, call.arguments);
	end_calls(record, call.thread);
	(void)maker_record_look(record, false);
	/* A pid of 0 is outside of our pid namespace. */
	if (call.thread > 0)
		take_call(record, &call);
	if (call.thread > 0 && record->observer != NULL)
		observe(record, &call);
	if (can_make(&call))
		handling.made = describe(record, &call);
	/* If the process was killed meanwhile, all of this may be of another one. */
	if (handling.made != NULL && !notice_is_valid(listener, notice->id))
		forget(&handling);
	if (handling.made != NULL && record->request.backtrace)
		find_place(&handling);
	if (!handling.is_done)
		let_go(&handling);
	descriptor_close(call.unnamed);
	return handling.result;
}

void maker_record_check(struct maker_record *record)
{
	for (size_t i = 0; i < RECORD_SYSV_KINDS; i++)
		made_list_check(&record->sysv[i].waiting);
	made_list_check(&record->files.waiting);
	made_list_check(&record->queues.waiting);
}

void maker_record_observe(struct maker_record *record, const struct makers_observer *observer)
{
	record->observer = observer;
	for (size_t i = 0; i < RECORD_SYSV_KINDS; i++)
		record->sysv[i].observer = observer;
}

struct making_filter maker_record_needs(const struct maker_record *record)
{
	return (struct making_filter){
		.links = !record->request.prove && !record->files.has_pids,
		.uses = record->request.uses,
	};
}

bool maker_record_look(struct maker_record *record, bool all)
{
	bool missing = false;

	for (size_t i = 0; i < RECORD_SYSV_KINDS; i++) {
		sysv_makes_look(&record->sysv[i], all);
		missing |= record->sysv[i].waiting.first != NULL;
	}
	file_makes_look(&record->files);
	file_makes_look(&record->queues);
	return missing || record->files.waiting.first != NULL ||
	       record->queues.waiting.first != NULL;
}

const struct make *maker_record_find(const struct maker_record *record,
                                     const struct shm_object *object)
{
	char file[POSIX_FILE_SIZE];

	for (size_t i = 0; i < RECORD_SYSV_KINDS; i++) {
		if (sysv_kinds[i] == object->kind)
			return sysv_makes_find(&record->sysv[i], object);
	}
	if (!(KIND_BIT(object->kind) & KINDS_POSIX) || object_is_held(object))
		return NULL;
	object_file_name(object, file);
	return file_makes_find(object->kind == KIND_PMSG ? &record->queues : &record->files, file);
}

const struct make *maker_record_find_file(const struct maker_record *record, const char *name)
{
	return file_makes_find(&record->files, name);
}

const struct make *maker_record_take(struct maker_record *record, const struct shm_object *object)
{
	char file[POSIX_FILE_SIZE];

	if (!(KIND_BIT(object->kind) & KINDS_POSIX) || object_is_held(object))
		return NULL;
	object_file_name(object, file);
	return file_makes_take(object->kind == KIND_PMSG ? &record->queues : &record->files, file,
	                       object->uid);
}

void maker_record_end(struct maker_record *record)
{
	if (record->makers == NULL)
		return;
	for (size_t i = 0; i < RECORD_SYSV_KINDS; i++)
		sysv_makes_free(&record->sysv[i]);
	file_makes_free(&record->files);
	file_makes_free(&record->queues);
	interrupted_calls_free(&record->interrupted);
	behalf_end(&record->own);
	maker_list_free(record->makers);
}
