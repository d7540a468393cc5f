#include "commands/watch/live.h"

#include "base/clock.h"
#include "base/descriptor.h"
#include "commands/watch/program.h"
#include "commands/watch/sources.h"
#include "objects/inventory.h"
#include "objects/kind.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The default time between samples while a program runs, in milliseconds. */
enum { PROGRAM_PERIOD = 10 };

enum { MILLISECONDS = 1000 };

struct watcher {
	struct session *session;
	struct event_stream *stream;
	struct program *program; /* NULL: none */
	const char *sources[KIND_COUNT];
	struct utsname host;
	int signals;         /* of signalfd(2) */
	sigset_t mask;       /* before */
	int ended;           /* the signal that ended it; 0: none */
	bool timed_out;      /* the time of --for has passed */
	bool watches_stdout; /* a reader that leaves is noticed */
	uint64_t deadline;   /* in milliseconds, CLOCK_MONOTONIC; UINT64_MAX: none */
};

static void set_deadline(struct watcher *watcher)
{
	const struct optional_number *time = &watcher->session->options->time;

	watcher->deadline = UINT64_MAX;
	if (time->given && time->number < UINT64_MAX / MILLISECONDS / 2)
		watcher->deadline =
		    clock_milliseconds(CLOCK_MONOTONIC) + time->number * MILLISECONDS;
}

/*
 * Signals are read from a descriptor. The program, if there is one, receives those of the terminal
 * itself, and others are passed on to it (commands/shared/child.h).
 */
static int open_signals(struct watcher *watcher)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	sigset_t set;

	sigemptyset(&set);
	if (watcher->program != NULL)
		sigaddset(&set, SIGCHLD);
	for (size_t i = 0; watcher->program == NULL && i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct sigaction action;

		/* As in the background of a script: an ignored signal stays ignored. */
		sigaction(ends[i], NULL, &action);
		if (action.sa_handler != SIG_IGN)
			sigaddset(&set, ends[i]);
	}
	/* A closed pipe is an error of write(2). */
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, &watcher->mask);
	watcher->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return watcher->signals < 0 ? -1 : 0;
}

static void read_signals(struct watcher *watcher)
{
	struct signalfd_siginfo info;

	while (read(watcher->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (watcher->program == NULL)
			watcher->ended = (int)info.ssi_signo;
	}
}

/* Only a pipe or socket shows that its reader has left. */
static bool is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

static void take(void *closure, const struct event *event)
{
	struct watcher *watcher = closure;
	const char *source = event->object != NULL ? watcher->sources[event->object->kind] : NULL;
	struct event completed;

	if (watcher->program != NULL) {
		completed = *event;
		program_complete(watcher->program, &completed);
		if (!program_caused(watcher->program, &completed))
			return;
		event = &completed;
	}
	session_event(watcher->session, event, source, watcher->host.nodename);
}

static void read_events(struct watcher *watcher, bool finish)
{
	/* The calls that make objects go on, and their objects are found before their events are read. */
	if (watcher->program != NULL)
		program_read_makers(watcher->program, finish);
	event_stream_read(watcher->stream, finish, take, watcher);
	session_flush(watcher->session);
}

static int time_left(const struct watcher *watcher)
{
	const uint64_t now = clock_milliseconds(CLOCK_MONOTONIC);

	if (watcher->deadline == UINT64_MAX)
		return -1;
	if (now >= watcher->deadline)
		return 0;
	return watcher->deadline - now < INT_MAX ? (int)(watcher->deadline - now) : INT_MAX;
}

static bool is_over(const struct watcher *watcher)
{
	/* A program goes on without a reader of the events, as it would without watch. */
	if (watcher->program != NULL)
		return program_has_exited(watcher->program);
	return watcher->session->reached || watcher->session->failed || watcher->ended != 0 ||
	       watcher->timed_out;
}

static void loop(struct watcher *watcher)
{
	while (!is_over(watcher)) {
		struct pollfd polled[] = {
			{ .fd = event_stream_fd(watcher->stream), .events = POLLIN },
			{ .fd = watcher->signals, .events = POLLIN },
			/* Only errors and the end are reported. */
			{ .fd = watcher->watches_stdout ? STDOUT_FILENO : -1 },
			{ .fd = watcher->program != NULL ? lineage_fd(&watcher->program->lineage)
			                                 : -1,
			  .events = POLLIN },
			{ .fd = watcher->program != NULL ? program_makers_fd(watcher->program) : -1,
			  .events = POLLIN },
		};

		/* Without memory, the descriptors are read all the same. */
		if (poll(polled, sizeof(polled) / sizeof(polled[0]), time_left(watcher)) < 0 &&
		    errno != EINTR)
			clock_pause();
		if (polled[2].revents != 0)
			watcher->ended = SIGPIPE;
		if (polled[3].revents != 0)
			lineage_read(&watcher->program->lineage);
		read_signals(watcher);
		watcher->timed_out = time_left(watcher) == 0;
		read_events(watcher, false);
	}
	if (!watcher->session->reached)
		read_events(watcher, true);
}

/* Report a REF without an object, unless the object may be yet to come. Returns -1 if it may not. */
static int check_ref(const struct session *session, const struct ref *ref, bool waits_for_removal)
{
	struct object_list list = { .count = 0 };
	struct error error;
	const int result = inventory_find(ref, &list, &error);

	object_list_free(&list);
	if (result == 0)
		return 0;
	if (error.number == ENOENT && waits_for_removal) {
		error_set(&error, STATUS_FAILED, "does not exist, so its removal can't be awaited");
	} else if (error.number == ENOENT && ref->kind != REF_ID) {
		message_note(&session->context->message, ref->text, "does not exist yet");
		return 0;
	}
	message_error(&session->context->message, ref->text, &error);
	return -1;
}

/*
 * An object that a REF names may be yet to come, but an id is never used again soon, and a script that
 * waits for a removal would wait for ever if that has already happened. Prints errors and notes.
 */
static int check_refs(const struct session *session)
{
	const struct ref_list *refs = session->selection.refs;
	const struct watch_until *until = &session->options->until;
	const bool waits_for_removal =
	    until->types == EVENT_BIT(EVENT_REMOVED) && until->count == 1;
	int result = 0;

	for (size_t i = 0; i < refs->count; i++) {
		if (check_ref(session, &refs->refs[i], waits_for_removal) < 0)
			result = -1;
	}
	return result;
}

static enum exit_status watch_stream(struct watcher *watcher, const struct event_request *request)
{
	struct session *session = watcher->session;
	const struct watch_options *options = session->options;
	enum exit_status status = STATUS_DONE;

	if (sources_announce(session->context, watcher->stream, request, options->interval.given,
	                     watcher->sources) < 0)
		status = STATUS_FAILED;
	if (check_refs(session) < 0 ||
	    selection_begin(&session->selection, session->context, true) < 0)
		return STATUS_FAILED;
	watcher->watches_stdout =
	    watcher->program == NULL && session->lines != NULL && is_pipe(STDOUT_FILENO);
	session->begun = true;
	session_flush(session);
	set_deadline(watcher);
	if (watcher->program != NULL)
		program_begin(watcher->program);
	loop(watcher);
	if (session->reached)
		return STATUS_DONE;
	return watcher->timed_out && options->until.types != 0 ? STATUS_TIMEOUT : status;
}

static enum exit_status open_and_watch(struct watcher *watcher, struct event_request *request)
{
	struct error error;

	if (open_signals(watcher) < 0) {
		error_set_errno(&error, errno, "signals can't be received");
		message_error(&watcher->session->context->message, NULL, &error);
		return STATUS_FAILED;
	}
	if (watcher->stream == NULL)
		watcher->stream = event_stream_open(request, &error);
	if (watcher->stream == NULL) {
		message_error(&watcher->session->context->message, NULL, &error);
		return STATUS_FAILED;
	}
	return watch_stream(watcher, request);
}

/* Whether objects are reported without the process that makes them. */
static bool needs_makers(const struct event_stream *stream)
{
	const struct event_source_note *note;
	bool needs = false;

	for (size_t i = 0; (note = event_stream_source(stream, i)) != NULL; i++)
		needs = needs || note->why != NULL;
	return needs;
}

/*
 * Start the program, and open the stream of its events. A program whose makers of objects are to be
 * reported must begin with a filter. Only the stream shows whether that is needed; if so, another
 * process replaces the first one, which still waits. Returns 0, or the exit status.
 */
static int start_program(struct watcher *watcher, struct program *program,
                         struct event_request *request)
{
	const struct command_context *context = watcher->session->context;
	struct error error;
	int status;

	if (program_start(program, context, false) < 0)
		return STATUS_NOT_EXECUTABLE;
	request->program = program->child.pid;
	if (!watcher->session->options->interval.given)
		request->period = PROGRAM_PERIOD;
	watcher->program = program;
	watcher->stream = event_stream_open(request, &error);
	if (watcher->stream != NULL && !needs_makers(watcher->stream))
		return 0;
	event_stream_close(watcher->stream);
	watcher->stream = NULL;
	status = program_end(program, context);
	/* A signal that was passed on may have ended it. */
	if (status != STATUS_NOT_EXECUTABLE)
		return status;
	if (program_start(program, context, true) < 0)
		return STATUS_NOT_EXECUTABLE;
	request->program = program->child.pid;
	request->makers = program_listener(program);
	return 0;
}

enum exit_status live(struct session *session, const struct event_request *request, int *ended)
{
	struct event_request program_request = *request;
	struct program program = { .gate = -1 };
	struct watcher watcher = { .session = session, .signals = -1 };
	enum exit_status status;

	(void)uname(&watcher.host);
	if (session->context->program != NULL) {
		const int failed = start_program(&watcher, &program, &program_request);

		if (failed != 0)
			return (enum exit_status)failed;
	}
	status = open_and_watch(&watcher, &program_request);
	event_stream_close(watcher.stream);
	if (watcher.program != NULL && program.gate < 0)
		status = (enum exit_status)program_end(&program, session->context);
	else if (watcher.program != NULL)
		(void)program_end(&program, session->context);
	descriptor_close(watcher.signals);
	sigprocmask(SIG_SETMASK, &watcher.mask, NULL);
	*ended = watcher.ended;
	return status;
}
