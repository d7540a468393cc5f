/*
 * shmtool guard: run a program and remove everything that it leaves behind.
 */
#include "base/number.h"
#include "commands/commands.h"
#include "commands/guard/descendants.h"
#include "commands/guard/leaks.h"
#include "commands/guard/namespace.h"
#include "commands/guard/report.h"
#include "commands/guard/shared_watch.h"
#include "commands/guard/stragglers.h"
#include "commands/guard/supervise.h"
#include "commands/shared/blindness.h"
#include "commands/shared/child.h"
#include "events/backtrace.h"
#include "events/makers.h"
#include "objects/kind.h"
#include "objects/posix.h"
#include "output/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct guard_options {
	struct optional_number size;
	struct optional_number leak_status;
	bool shared;
	bool kill;
	bool backtrace;
	bool no_listener;
	const char *report;
	const char *junit;
	struct common_options common;
};

#define GUARD(member) offsetof(struct guard_options, member)

static int parse_status(const char *text, void *destination, struct error *error)
{
	struct optional_number *status = destination;

	if (number_parse(text, NUMBER_DECIMAL, UINT8_MAX, &status->number) != NUMBER_READ)
		return error_set(error, STATUS_USAGE, "is not an exit status (0 to 255)");
	status->given = true;
	return 0;
}

static const struct option_spec specs[] = {
	{ "size", 0, "SIZE", "size of the private /dev/shm (default: as large as the machine's)",
	  option_parse_size, NULL, GUARD(size), 0 },
	{ "leak-status", 0, "N", "exit status for a leak; 0 only reports it (default: 3)",
	  parse_status, NULL, GUARD(leak_status), 0 },
	{ "shared", 0, NULL, "run in the machine's own namespace, and remove only proven leaks",
	  NULL, NULL, GUARD(shared), 0 },
	{ "no-listener", 0, NULL, "do not have the kernel report the calls that make objects", NULL,
	  NULL, GUARD(no_listener), 0 },
	{ "kill", 0, NULL, "terminate the processes that the program leaves running", NULL, NULL,
	  GUARD(kill), 0 },
	{ "backtrace", 0, NULL, "find out where in the program each leak was made", NULL, NULL,
	  GUARD(backtrace), 0 },
	{ "report", 0, "FILE", "write a report about the leaks, as JSON", option_parse_string,
	  complete_files, GUARD(report), 0 },
	{ "junit", 0, "FILE", "write a JUnit file with one test case, which fails on a leak",
	  option_parse_string, complete_files, GUARD(junit), 0 },
};

static const struct option_group groups[] = {
	{ "Options", specs, OPTION_COUNT(specs), 0 },
	COMMON_OPTION_GROUP(struct guard_options, common),
};

/* The time that processes may take to exit after the program, in milliseconds. */
enum { STRAGGLERS_SETTLE = 200 };

static const char leak_columns[] = "kind,ref,owner,bytes,nattch,cpid,command,commands";
static const char shared_columns[] = "kind,ref,owner,bytes,nattch,cpid,command,commands,done";

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* Report leaks that are not objects. They are the last ones; with -q, no table shows them. */
static void note_others(const struct command_context *context, const struct leak_list *leaks)
{
	const struct leak *leak;
	struct error error;
	char *visible;

	if (leaks->others == 0)
		return;
	leak = &leaks->leaks[leaks->count - leaks->others];
	visible = text_visible_copy(leak->object.name, TEXT_VISIBLE);
	error_set(&error, STATUS_LEAKED, "%zu of these %s left in %s: %s%s", leaks->others,
	          leaks->others == 1 ? "is a directory or another special file"
	                             : "are directories or other special files",
	          POSIX_DIRECTORY, visible, leaks->others == 1 ? "" : ", ...");
	message_error(&context->message, NULL, &error);
	free(visible);
}

static void note_leaks(const struct command_context *context, const struct leak_list *leaks,
                       bool shared)
{
	const char *columns = shared ? shared_columns : leak_columns;
	struct error error;

	if (leaks->count > 0 && !context->message.quiet) {
		if (leaks_print_table(leaks, stderr, columns, &error) < 0)
			message_error(&context->message, NULL, &error);
		leaks_print_origins(leaks, stderr);
	}
	if (leaks->count > 0) {
		error_set(&error, STATUS_LEAKED,
		          "%zu object%s left behind, %" PRIu64 " byte%s of memory", leaks->count,
		          plural(leaks->count), leaks->bytes, plural_s(leaks->bytes));
		if (shared)
			error_append(&error, " (%zu known to be the program's)", leaks->proven);
		message_error(&context->message, context->program[0], &error);
	}
	note_others(context, leaks);
}

/*
 * The files are opened before the program runs, to report an error early, and because a path below
 * /dev/shm must not lead into the private namespace.
 */
struct files {
	FILE *report; /* NULL if not requested */
	FILE *junit;
};

static FILE *open_file(const struct command_context *context, const char *path, bool *failed)
{
	FILE *stream = NULL;
	struct error error;
	int fd;

	if (path == NULL)
		return NULL;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
	if (fd >= 0)
		stream = fdopen(fd, "w");
	if (stream == NULL) {
		error_set_errno(&error, errno, "can't be written");
		message_error(&context->message, path, &error);
		*failed = true;
	}
	return stream;
}

static int open_files(const struct command_context *context, const struct guard_options *options,
                      struct files *files)
{
	bool failed = false;

	files->report = open_file(context, options->report, &failed);
	files->junit = open_file(context, options->junit, &failed);
	if (!failed)
		return 0;
	if (files->report != NULL)
		fclose(files->report);
	if (files->junit != NULL)
		fclose(files->junit);
	return -1;
}

static int close_file(const struct command_context *context, const char *path, FILE *stream)
{
	struct error error;
	bool failed;

	if (stream == NULL)
		return 0;
	errno = 0;
	failed = fflush(stream) != 0 || ferror(stream) != 0;
	if (fclose(stream) != 0 || failed) {
		error_set_errno(&error, errno, "can't be written");
		message_error(&context->message, path, &error);
		return -1;
	}
	return 0;
}

/* If a requested file can't be written, a successful status becomes STATUS_FAILED. */
static int write_files(const struct command_context *context, const struct guard_options *options,
                       const struct files *files, const struct guard_outcome *outcome)
{
	struct error error;
	int result = 0;

	if (files->report != NULL && guard_report_json(outcome, files->report, &error) < 0) {
		message_error(&context->message, options->report, &error);
		result = -1;
	}
	if (files->junit != NULL)
		guard_report_junit(outcome, files->junit);
	if (close_file(context, options->report, files->report) < 0)
		result = -1;
	if (close_file(context, options->junit, files->junit) < 0)
		result = -1;
	return result < 0 && outcome->status == STATUS_DONE ? STATUS_FAILED : outcome->status;
}

static void note_stragglers(const struct command_context *context,
                            const struct process_list *stragglers, bool kill, bool shared)
{
	const bool one = stragglers->count == 1;
	struct error error;

	if (stragglers->count == 0 || context->message.quiet)
		return;
	if (stragglers_print_table(stragglers, stderr, &error) < 0)
		message_error(&context->message, NULL, &error);
	if (kill)
		message_note(&context->message, context->program[0],
		             "%zu process%s still running (--kill: %s terminated now)",
		             stragglers->count, one ? " was" : "es were",
		             one ? "it is" : "they are");
	else
		message_note(&context->message, context->program[0],
		             "%zu process%s still running%s (--kill terminates %s)",
		             stragglers->count, one ? " is" : "es are",
		             shared ? ""
		                    : "; the private namespace exists until the last one exits",
		             one ? "it" : "them");
}

static void note_unlisted(const struct command_context *context)
{
	struct error error;

	if (errno == ENOTSUP)
		error_set(&error, STATUS_FAILED,
		          "running processes are unknown: /proc is missing or belongs to another "
		          "pid namespace (unshare --mount-proc)");
	else
		error_set_errno(&error, errno, "running processes are unknown");
	message_error(&context->message, NULL, &error);
}

static int end_stragglers(const struct command_context *context, struct supervised *program)
{
	struct process_list left;
	struct error error;
	int result = 0;

	if (supervise_end_all(program, &left) < 0) {
		note_unlisted(context);
		return -1;
	}
	for (size_t i = 0; i < left.count; i++) {
		error_set(&error, STATUS_FAILED, "process %d can't be terminated",
		          (int)left.processes[i].pid);
		message_error(&context->message, left.processes[i].command, &error);
		result = -1;
	}
	process_list_free(&left);
	return result;
}

/*
 * Report the processes that the program left running, and with --kill terminate them and any that
 * were overlooked. Fails only if --kill was given and a process may remain.
 */
static int look_at_stragglers(const struct command_context *context,
                              const struct guard_options *options, struct supervised *program,
                              struct process_list *stragglers)
{
	if (descendants_wait(program->descendants, STRAGGLERS_SETTLE, stragglers) == 0)
		note_stragglers(context, stragglers, options->kill, options->shared);
	else if (!options->kill)
		note_unlisted(context);
	return options->kill ? end_stragglers(context, program) : 0;
}

/* A directory that was not read is not known to be clean. */
static int final_status(const struct guard_options *options, const struct supervised *program,
                        const struct leak_list *leaks, bool looked)
{
	if (program->status != 0)
		return program->status;
	if (leaks->proven == 0)
		return looked ? STATUS_DONE : STATUS_FAILED;
	return options->leak_status.given ? (int)options->leak_status.number : STATUS_LEAKED;
}

static void look(void *closure)
{
	shared_watch_look(closure);
}

static void note_ended(void *closure, pid_t pid, uint64_t begin, uint64_t end)
{
	shared_watch_ended(closure, pid, begin, end);
}

static void read_kernel(void *closure)
{
	shared_watch_read(closure);
}

/*
 * @param unreported  why the program's calls are not reported, if makers is NULL; receives it otherwise
 * @return false if the origins are unknown
 */
static bool find_origins(const struct command_context *context, const struct guard_options *options,
                         struct leak_list *leaks, const struct makers *makers,
                         struct error *unreported)
{
	if (makers != NULL && makers_listen(makers, unreported)) {
		leaks_find_origins(leaks, makers);
		return true;
	}
	if (leaks->count > 0 && !options->no_listener)
		message_note(&context->message, NULL, "origins are unknown: %s", unreported->text);
	return false;
}

/* With a private namespace, guard mounts the file system of the queues itself. */
static void note_unlisted_queues(const struct command_context *context)
{
	struct object_filter filter = { .kinds = KINDS_ALL };

	if (access("/proc/sys/fs/mqueue", F_OK) == 0)
		omit_unlisted_queues(context, &filter);
}

/*
 * @param makers      the program's calls; NULL if they are not reported
 * @param unreported  the reason
 */
static int guard(const struct command_context *context, const struct guard_options *options,
                 const struct files *files, dev_t shm, struct shared_watch *watch,
                 struct descendants *descendants, struct makers *makers, struct error *unreported)
{
	const struct supervise_observer shared_observer = {
		.look = look,
		.period = SHARED_WATCH_PERIOD,
		.ended = note_ended,
		.descriptor = &watch->creators.descriptor,
		.readable = read_kernel,
		.closure = watch,
		.makers = makers,
	};
	const struct supervise_observer observer = { .makers = makers };
	struct supervised program;
	struct leak_list leaks;
	struct process_list stragglers = { .count = 0 };
	struct guard_outcome outcome = {
		.program = context->program,
		.shared = options->shared,
		.result = &program,
		.leaks = &leaks,
		.stragglers = &stragglers,
		.ended = options->kill,
	};
	struct error error;
	bool ended;
	bool looked;
	int status;

	watch->program = makers;
	supervise_run(context, options->kill, options->shared ? &shared_observer : &observer,
	              descendants, &program);
	ended = look_at_stragglers(context, options, &program, &stragglers) == 0;
	if (makers != NULL)
		makers_finish(makers);
	looked = (options->shared ? shared_watch_finish(watch, &leaks, &error)
	                          : leaks_find(shm, &leaks, &error)) == 0;
	if (!looked)
		message_error(&context->message, NULL, &error);
	leaks_name_creator(&leaks, program.pid);
	if (!find_origins(context, options, &leaks, makers, unreported) && program.ran)
		outcome.no_origins = unreported->text;
	note_leaks(context, &leaks, options->shared);
	if (options->shared && program.ran)
		note_unlisted_queues(context);
	outcome.status = final_status(options, &program, &leaks, looked && ended);
	if (!program.ran)
		outcome.failure = "the program can't be run or supervised";
	else if (!looked)
		outcome.failure = error.text;
	else if (!ended)
		outcome.failure = "remaining processes are unknown or can't be terminated";
	status = write_files(context, options, files, &outcome);
	supervise_release(&program);
	leaks_free(&leaks);
	process_list_free(&stragglers);
	return status;
}

/* Report that the program was not run because it could not be guarded. */
static int refuse(const struct command_context *context, const struct guard_options *options,
                  const struct files *files, const struct error *error)
{
	const struct supervised program = { .begin = time(NULL) };
	const struct process_list stragglers = { .count = 0 };
	const struct leak_list leaks = { .count = 0 };
	const struct guard_outcome outcome = {
		.program = context->program,
		.shared = options->shared,
		.failure = error->text,
		.result = &program,
		.status = STATUS_NOT_EXECUTABLE,
		.leaks = &leaks,
		.stragglers = &stragglers,
	};

	message_error(&context->message, NULL, error);
	return write_files(context, options, files, &outcome);
}

static enum exit_status run(const struct command_context *context, const void *parsed, int argc,
                            char **operands)
{
	const struct guard_options *options = parsed;
	struct descendants descendants = { .own_count = 0 };
	struct shared_watch watch = {
		.creators = { .descendants = &descendants, .descriptor = -1 },
	};
	const struct makers_request request = { .backtrace = options->backtrace,
		                                .prove = options->shared };
	struct makers *makers = NULL;
	struct files files;
	struct error unreported;
	struct error error;
	dev_t shm = 0;
	bool ready;
	int status;

	(void)argc;
	(void)operands;
	if (context->program == NULL || (options->shared && options->size.given)) {
		error_set(&error, STATUS_USAGE, "%s",
		          context->program == NULL
		              ? "no program given (shmtool guard -- PROGRAM)"
		              : "--size can't be combined with --shared: only a private "
		                "/dev/shm has a size");
		message_error(&context->message, NULL, &error);
		return STATUS_USAGE;
	}
	if (options->backtrace && options->no_listener) {
		error_set(&error, STATUS_USAGE, "--backtrace can't be combined with --no-listener");
		message_error(&context->message, NULL, &error);
		return STATUS_USAGE;
	}
	if (open_files(context, options, &files) < 0)
		return (enum exit_status)STATUS_NOT_EXECUTABLE;
	if (options->backtrace && backtrace_begin(&error) < 0)
		ready = false;
	else if (options->shared)
		ready = shared_watch_begin(&watch, &error) == 0;
	else
		ready = namespace_enter(options->size.given ? options->size.number : 0, &shm,
		                        &error) == 0;
	if (ready && descendants_begin(&descendants) < 0) {
		error_set_errno(&error, errno, "can't list the processes that it has inherited");
		ready = false;
	}
	if (options->no_listener)
		error_set(&unreported, STATUS_FAILED, "--no-listener was given");
	else if (ready)
		makers = makers_prepare(&request, &unreported);
	if (makers != NULL)
		descendants_own(&descendants, makers_keeper(makers));
	descendants.makers = makers;
	if (ready)
		status =
		    guard(context, options, &files, shm, &watch, &descendants, makers, &unreported);
	else
		status = refuse(context, options, &files, &error);
	makers_free(makers);
	shared_watch_free(&watch);
	descendants_free(&descendants);
	return (enum exit_status)status;
}

const struct command guard_command = {
	.name = "guard",
	.summary = "Run a program and leave no shared memory behind",
	.operands = "-- PROGRAM [ARGUMENT...]",
	.max_operands = 0,
	.takes_program = true,
	.groups = groups,
	.group_count = OPTION_COUNT(groups),
	.options_size = sizeof(struct guard_options),
	.common_offset = offsetof(struct guard_options, common),
	.run = run,
};
