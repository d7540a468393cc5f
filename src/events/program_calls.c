/*
 * System V objects of a program, without privileges: makers.h reports each call of the program and its
 * descendants that can change an object, an attach or a process, before it goes on. At that time, the
 * kernel's state shows which of the calls before have succeeded. Hence nothing that the program does
 * begins and ends unseen.
 *
 * Between calls, and for processes that are killed, the state is looked at in every period.
 */
#include "base/clock.h"
#include "base/descriptor.h"
#include "base/memory.h"
#include "events/makers.h"
#include "events/program_model.h"
#include "events/source.h"
#include "events/traced_check.h"
#include "objects/kind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { MILLISECOND = 1000000 };

/* A call whose success is not seen until then has failed. */
enum { LATE = 100 * MILLISECOND };

/* Looking takes at most this share of the time. */
enum { REST = 80 };

struct program_calls {
	struct program_model program;
	struct traced_check check;
	struct makers *makers;
	struct makers_observer observer;
	const struct traced_call *calls[MAKING_CALLS]; /* NULL: none of an object */
	uint64_t period;                               /* nanoseconds */
	bool is_leaving;                               /* a process may be leaving its memory */
	bool has_lost;                                 /* calls, since the listener does not work */
	int timer;
};

/* A process is about to execute a program, or to exit. */
static void leave(struct program_calls *calls, pid_t pid, pid_t thread, enum making_call call)
{
	struct traced_task *task;

	if (!(calls->program.model.kinds & KIND_BIT(KIND_SHM)))
		return;
	task = program_model_task(&calls->program, pid, thread, true);
	if (task == NULL)
		return;
	program_model_settle(&calls->program, task);
	program_model_look(&calls->program);
	program_model_returned(&calls->program, task);
	task->process->is_stale |= call != MAKING_EXIT_GROUP;
	calls->is_leaving = true;
}

static bool is_removal(const struct traced_call *call, const uint64_t arguments[6])
{
	return strcmp(call->name, "shmctl") == 0 && ((uint32_t)arguments[1] & 0xff) == IPC_RMID;
}

static void take_call(void *closure, pid_t pid, pid_t thread, enum making_call number,
                      const uint64_t arguments[6])
{
	struct program_calls *calls = closure;
	const struct traced_call *call = calls->calls[number];
	struct program_model *program = &calls->program;
	struct traced_task *task;

	if (number >= MAKING_EXECVE) {
		leave(calls, pid, thread, number);
		return;
	}
	if (call == NULL || !(program->model.kinds & KIND_BIT(call->kind)))
		return;
	task = program_model_task(program, pid, thread, false);
	/* Of others, too, what has ended after that may not be seen any more. */
	if (is_removal(call, arguments))
		program_model_settle_all(program, (int)(int32_t)arguments[0]);
	else if (number == MAKING_SHMAT)
		program_model_settle_attaching(program, (int)(int32_t)arguments[0]);
	if (call->kind == KIND_SHM)
		program_model_settle(program, task);
	program_model_look(program);
	program_model_returned(program, task);
	task->process->is_stale = false;
	program_model_add(program, task, call, arguments);
}

static void take_made(void *closure, pid_t thread, enum object_kind kind, int id)
{
	struct program_calls *calls = closure;

	program_model_made(&calls->program, thread, kind, id);
}

/* Look again soon if calls are about to end, else after the period. TOOK: processor time of a look. */
static void set_timer(const struct program_calls *calls, bool soon, uint64_t took)
{
	const uint64_t rest = took * REST;
	const uint64_t period = soon ? MILLISECOND : calls->period;
	const uint64_t wait = rest > period ? rest : period;
	const struct itimerspec setting = {
		.it_value = { .tv_sec = (time_t)(wait / NANOSECONDS_PER_SECOND),
		              .tv_nsec = (long)(wait % NANOSECONDS_PER_SECOND) },
	};

	(void)timerfd_settime(calls->timer, 0, &setting, NULL);
}

static void look(struct program_calls *calls)
{
	struct program_model *program = &calls->program;
	const uint64_t now = clock_nanoseconds(CLOCK_MONOTONIC);

	program_model_settle_all(program, -1);
	program_model_look(program);
	program_model_expire(program, now - LATE);
	if (traced_check_run(&calls->check, &program->model, now))
		program_model_sweep(program);
}

static uint64_t read_calls(void *state, bool finish, struct event_sink *sink)
{
	struct program_calls *calls = state;
	struct traced_model *model = &calls->program.model;
	const uint64_t now = clock_nanoseconds(CLOCK_MONOTONIC);
	uint64_t expirations;
	uint64_t known;

	model->sink = sink;
	traced_model_set_epoch(model);
	makers_read(calls->makers);
	/* The listener does not work any more. */
	if (!calls->has_lost && !makers_listen(calls->makers, NULL)) {
		calls->has_lost = true;
		event_sink_add_loss(sink, now + model->epoch, 1);
	}
	if (read(calls->timer, &expirations, sizeof(expirations)) > 0 || finish) {
		const uint64_t began = clock_nanoseconds(CLOCK_THREAD_CPUTIME_ID);

		look(calls);
		set_timer(calls, program_model_pending(&calls->program) != UINT64_MAX,
		          clock_nanoseconds(CLOCK_THREAD_CPUTIME_ID) - began);
	} else if (calls->is_leaving) {
		set_timer(calls, true, 0);
	}
	calls->is_leaving = false;
	known = program_model_pending(&calls->program);
	return (known < now ? known : now) + model->epoch;
}

static void close_calls(void *state)
{
	struct program_calls *calls = state;

	if (calls->makers != NULL)
		makers_observe(calls->makers, NULL);
	traced_check_free(&calls->check);
	program_model_free(&calls->program);
	descriptor_close(calls->timer);
	free(calls);
}

static void find_calls(struct program_calls *calls)
{
	for (int call = 0; call < MAKING_CALLS; call++) {
		const struct traced_call *traced = traced_calls;

		while (traced->name != NULL &&
		       strcmp(traced->name, making_call_name((enum making_call)call)) != 0)
			traced++;
		if (traced->name != NULL && kind_is_sysv(traced->kind))
			calls->calls[call] = traced;
	}
}

static int open_calls(const struct event_request *request, unsigned int kinds, void **state,
                      unsigned int *opened, struct error *error)
{
	struct program_calls *calls;
	struct stat own;

	/* That is no reason to give: others are. */
	if (request->makers == NULL)
		return -1;
	calls = needed_array(1, sizeof(*calls));
	calls->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (calls->timer < 0 || process_own_ipc_namespace(&own) < 0) {
		error_set_errno(error, errno, "can't wait for calls");
		close_calls(calls);
		return -1;
	}
	find_calls(calls);
	calls->period = (uint64_t)request->period * MILLISECOND;
	calls->program.model.wants_all = true;
	calls->program.model.kinds = kinds;
	calls->program.model.ipc = own.st_ino;
	traced_objects_read(&calls->program.model.objects, kinds);
	calls->program.model.start = clock_nanoseconds(CLOCK_MONOTONIC);
	calls->makers = request->makers;
	calls->observer =
	    (struct makers_observer){ .closure = calls, .called = take_call, .made = take_made };
	makers_observe(calls->makers, &calls->observer);
	set_timer(calls, false, 0);
	*state = calls;
	*opened = kinds;
	return 0;
}

static int calls_fd(const void *state)
{
	return ((const struct program_calls *)state)->timer;
}

const struct event_source call_source = {
	.name = "seccomp",
	.kinds = KINDS_SYSV,
	.open = open_calls,
	.fd = calls_fd,
	.read = read_calls,
	.close = close_calls,
};
