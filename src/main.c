/*
 * shmtool: shared memory at the shell.
 *
 * The program starts here. This map names every room (a folder of src) and, in it, every module (a .c
 * file with its .h) under what it serves. A room may include only the rooms that scripts/rooms
 * allows; `make lint-rooms` checks that.
 *
 * main() looks up argv[0] and the first word in the table of commands below, and runs that command:
 *
 *   cli/              the grammar of the command line
 *     command         struct command: what a subcommand is; finding one by its name
 *     run             command_run(): parse the line, then run it or print its help
 *     option          options as tables; the readers of their values (sizes, ages and durations are
 *                     parsed by output/units, numbers by base/number)
 *     help            --help and --version, printed from the tables
 *     completion      candidates for a word, and the protocol of __complete; completion_line: the
 *                     word to complete in a line; completion_bash: replies quoted for bash; bash_word:
 *                     quoting; completion_path: names of files and programs
 *   error.h           a failure as a sentence and an exit status; everybody includes it
 *   base/             what every room may include: number (reading unsigned numbers), digits (printing
 *                     them), duration ("3 minutes"), clock (as one number), random, utf8, descriptor
 *                     (close(2) that preserves errno), memory (arrays that grow; the end of the
 *                     program when memory runs out), sorted (binary search), allocated (bytes of a
 *                     file), access, locale, libc (functions that a C library lacks)
 *
 * Each subcommand is a file of commands/, or a folder if it needs several; the first comment of the
 * file that has the command's name describes it:
 *
 *   commands/         commands: the list of all; attach; recv; send
 *     create/         options; memory_watch: stops a transfer before memory runs out; anonymous:
 *                     --anonymous
 *     families/       rows: the table of families; match: --match
 *     guard/          namespace and supervise start the program; foreground: its terminal; middleman,
 *                     descendants and stragglers end the processes that it leaves; leaks and report
 *                     list the objects, origin what made them; shared_watch: --shared; creator_watch,
 *                     maker_watch and fork_watch: the same where calls are not reported
 *     limits/         the limits as a table; directories: --dir; check: --check
 *     metrics/        collector: object_metrics, memory_metrics and limit_metrics, each in a process of
 *                     its own; exposition: the text; replacement: --output
 *     map-file/       the mapping of a file; columns: of its row; records: --record
 *     probe-pages/    runs: equal pages in a row; picture: the pages as characters; summary,
 *                     summary_columns: numbers of pages, a row per object; tree: files in directories
 *     read/           session: the object that is read; queue: a POSIX queue; sink: the destination;
 *                     hexdump, byte_printer: bytes as text
 *     rm/             rm: the options, and objects named by REF. Objects chosen by filters: removal goes
 *                     through them; candidate decides about each, and words the reason if rm keeps it;
 *                     rules: the families; group: companions; explain: the users of what is kept;
 *                     directories: empty ones; misplaced: files that no filter removes.
 *                     For both: ask: --interactive; columns: the rows; freed_memory; until_free:
 *                     --until-free; every: --every; kept: what was kept, summed up
 *     set/            semaphore: the value of semaphores; held: memory without a name
 *     stat/           tables and details of objects; all_namespaces. The default columns are in
 *                     objects/kind, all columns in shared/object_columns
 *     usage/          all shared memory of the machine: table prints lines; directory: --dir; by,
 *                     by_columns: --by
 *     users/          the users of objects; asked: these objects; check: --check; columns: its rows;
 *                     operations: notes on queues and sets; totals: the last line on a terminal
 *     watch/          options; live: wait for events, of sources; program: the one after --,
 *                     with its descendants, its lineage. session: what is done with each event.
 *                     used_objects: those that a process uses; selection: the wanted ones; columns:
 *                     of a line; summary: --summary; record, replay, recorded_event and fields: events in a
 *                     file.
 *                     table: --table, its keys; table_list, table_rows: what it shows, and what has
 *                     changed; table_view: text that scrolls; table_event: the latest event;
 *                     table_remove: key k; screen, curses: the terminal
 *     write/          session: the object that is written; last_member: the member of a record that is
 *                     stored last
 *     classic/        ipcs, ipcrm and ipcmk as in util-linux; parse, list: their options and tables;
 *                     number, fixed: numbers in columns of fixed width; posix_call: POSIX objects by
 *                     system call
 *     shared/         used by two or more commands:
 *       object_columns    the table of columns of objects; object_family, object_cgroup: those about
 *                         families and control groups
 *       object_sections   tables and details of objects; object_totals: their last line on a
 *                         terminal; set_members: the semaphores of sets; contents: what is lost by a
 *                         removal
 *       object_channel    the channels in objects, for their columns
 *       filter_options, format_options, place_options, record_options, change_options: groups of options
 *       refs              operands that name objects
 *       channel_options   options of send and recv, and the object that they open; text_options:
 *                         the protocols of other programs
 *       accounting/       all shared memory of the machine. collect adds lines, with place_line (mounts),
 *                         held_lines (memory without a name) and huge_lines; sums: their totals.
 *                         by_groups adds up by_items
 *       limit_list        the limits of objects and their use; commitment: sparse objects that can't
 *                         all be filled
 *       blindness, leftovers, marked   notes on standard error that several commands give
 *       complete          completion of live ids, names, users, columns
 *       child             run the program given after --
 *       consent           the answer to a question
 *       record_rows       records as rows
 *
 * Commands select, examine and change objects through:
 *
 *   usage/            the users of an object, and the proof that there are none
 *     choose          list, filter by use, collect the values that columns need
 *     verdict         the words for the use of an object (use: used, unused, orphaned, abandoned,
 *                     unknown) and the reason
 *     scan            all processes that attach, map or hold open an object; target, wanted: the
 *                     objects to find; blind: what the scan could not see
 *     proof           prove that an object is unused, and remove it, or several together;
 *                     leased_file: the steps under a lease; lease_trial: whether a lease is a proof
 *                     on this kernel; aside: files moved aside
 *     abandoned       whether a program will use an unused object again; fate: its rules;
 *                     living_makers: the processes that live; companions: objects that belong together
 *     idle            the same for queues and semaphore sets, which nothing proves unused; waiters: the
 *                     processes that wait for one; idle_remove: the last look, and the removal
 *     operators       the processes that wait for a queue or set, and those that used it last
 *     unnamed         memory that no directory lists: memfds, removed files, tmpfs that is mounted
 *                     nowhere. unnamed_search: all processes; unnamed_object: one of them; held: one of
 *                     them by REF
 *     memory_devices  the devices of the kernel's own tmpfs mounts
 *     directory_users the processes that use a directory
 *     private_huge    huge pages of private mappings
 *     family          the program that makes an object, and its fate; family_catalogue, family_rules,
 *                     family_rule, family_pattern: the files of rules; family_built_in: those that a
 *                     static program contains; family_index, family_scanner: the rules for a name,
 *                     found fast; family_content: bytes of an object
 *   events/           what happens to objects, as it happens
 *     event           struct event: one thing that happened, and the words for it
 *     stream          one stream from the best sources; source: the interface to them; shared_text:
 *                     texts of several events
 *     calls           the system calls that events name
 *     tracepoints     System V calls, exits: tracepoint_format finds the tracepoints, perf_rings reads
 *                     their records. traced_task, traced_memory and traced_object: what is known of
 *                     processes, their attaches, and objects; number_table: finding them;
 *                     traced_records, traced_queue: operations in their order; traced_calls,
 *                     traced_model: the events that follow from them; traced_check: comparison with
 *                     the kernel
 *     program_calls   System V calls of a program, from makers; program_model: which of them have
 *                     succeeded
 *     makers          the makers of objects, by seccomp_unotify(2); make: a call and its process;
 *                     makers_behalf: objects made on behalf of the callers.
 *                     makers_filter: the calls; makers_keeper: lets them go on without us;
 *                     makers_record: what each makes; makers_path: reading its path; makers_process:
 *                     its process and parents; makers_sysv, makers_files: the objects that are made,
 *                     makers_made: calls until these are found; makers_again: calls that were
 *                     interrupted for a backtrace; makers_observer: the calls, for others
 *     backtrace       where in its program a thread is
 *     process_facts   the processes that events name, remembered after their end;
 *                     process_connector: what processes do, by netlink(7)
 *     fanotify, inotify         sources for POSIX objects; posix_source: what they share;
 *                     posix_events: the events of a directory; known_files: its files;
 *                     new_semaphores: their temporary names; fanotify_events, inotify_events: reading
 *                     these interfaces; open_counts: what fanotify combines; file_key, file_map: files
 *                     by their handles
 *     sampling        the source for what no other one reports: lists, compared
 *   objects/          the kinds of object
 *     kind            the table of kinds: words, default columns, list, find, collect, last use
 *     object          struct shm_object and lists of it; filter: conditions on an object;
 *                     filter_list: their values, "alice,!bob"
 *     ref             REF, the grammar of names; ref_file: opening what one names
 *     inventory       list all objects, kind by kind
 *     segment, message_queue, semaphore_set    System V; sysv_table: listing; sysv_perm: mode and
 *                     owner; sysv_use: memory in use
 *     posix, posix_files, posix_queue, posix_change, posix_draft      POSIX
 *     tree, tree_list           files and directories below a directory of a tmpfs or hugetlbfs; label:
 *                     SELinux labels
 *     segment_make, shortage    create segments; name the limit that prevented it
 *     sum, unlisted             totals that count an inode once; memory that no listing shows
 *
 * Commands that move bytes use:
 *
 *   memory/           one opened object: mapping (into this program), io (read, write, fill), window
 *                     (holes), page_state, page_count, page_nodes (NUMA), probe (SIGBUS), fault, make,
 *                     semaphore (one of a set, or named)
 *   channel/          send and recv. protocol: what one is; protocols: all; transmission: what they
 *                     share; ring_protocol: shmtool's own, with send and receive. layout: the words in
 *                     shared memory; channel: finding or making one; session: a side from its start to
 *                     its end; owner: which process has a side; ring: positions and sleep; word: atomic
 *                     access; messages: frames.
 *                     text: texts one at a time, for turn_protocol (a flag), fifo_protocol and
 *                     semaphore_protocol
 *   records/          C structs as text: parser and layout read a declaration, value and real format
 *                     and parse members, csv and json read and print a record, input and encoder
 *   stream/           bytes in transit: transfer (splice), content (--from), interrupt (signals)
 *
 * Access to Linux, for all of them:
 *
 *   system/           account (account_files: in static builds), mode, user_map, privileges; process,
 *                     process_list, process_files, process_arguments, process_wait (the system call that a process waits in), process_maps (the
 *                     mappings of a process, and which of them are of System V segments), vma;
 *                     thread_snapshot (registers and stack of another thread), unwind (its calls, by
 *                     libdw); mount, place
 *                     (--ns), namespace_list; beneath (files in a directory that others write),
 *                     remote_directory, remote_call (with a deadline), served (FUSE, NFS), tmpfs_root,
 *                     tmpfs_list (every tmpfs of every mount namespace), tmpfs_sum; file_set; mounted (also those
 *                     mounted nowhere), mount_namespace (one without a process), mount_view (the mounts that a process sees); memory_path (a path in
 *                     a tmpfs); cgroup (with its unit or container), cgroup_cache, memory_cgroup;
 *                     drm_memory; hugepages, numa, cachestat, lease, number_file; futex (and robust
 *                     ones)
 *     linux.h         constants and structs that older headers lack
 *
 * All output goes through:
 *
 *   output/           report (tables, JSON, raw, export) with column, table, cell, format, machine, json;
 *                     lines: rows that are printed as they come;
 *                     terminal: what standard output is; fit and wrap: tables and text as wide as the
 *                     terminal; color; mark: styled text; bar; pager: long output on a terminal;
 *                     units (sizes, ages, durations and times: parsing and printing), percent, text
 *                     (escapes, visible names), message, progress, stdout, suggest, buffer
 */
#include "base/descriptor.h"
#include "base/locale.h"
#include "cli/command.h"
#include "cli/completion_bash.h"
#include "cli/completion_line.h"
#include "cli/help.h"
#include "cli/run.h"
#include "commands/classic/parse.h"
#include "commands/commands.h"
#include "output/pager.h"
#include "output/stdout.h"
#include "output/suggest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct command *const commands[] = {
	&create_command,  &attach_command,   &write_command,       &read_command,  &send_command,
	&recv_command,    &stat_command,     &rm_command,          &set_command,   &users_command,
	&usage_command,   &watch_command,    &families_command,    &guard_command, &limits_command,
	&metrics_command, &map_file_command, &probe_pages_command, &ipcs_command,  &ipcrm_command,
	&ipcmk_command,
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* The status with which STATUS_USAGE ends the program. */
enum { EXIT_USAGE = 2 };

/*
 * If a standard descriptor is closed, the next file opened would get its number, and output would
 * go into that file. /dev/null fills the gap, opened in the wrong direction so that using it is
 * still an error.
 */
static void occupy_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int opened = fd;

		/* All lower numbers are in use, so open(2) returns this one. */
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			opened = descriptor_open_nothing(fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
		if (opened != fd)
			_exit(STATUS_FAILED);
	}
}

/*
 * If another program left O_NONBLOCK on the pipe or terminal, a slow reader would cause EAGAIN. The
 * flag belongs to the open file description, which other processes share, so it stays: standard
 * output is opened again instead. A socket is left alone.
 */
static void make_stdout_wait(void)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);
	struct stat st;
	int own;

	if (flags < 0 || !(flags & O_NONBLOCK) || fstat(STDOUT_FILENO, &st) < 0 ||
	    (!S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode)))
		return;
	own = open("/proc/self/fd/1", O_WRONLY | O_NOCTTY | O_NONBLOCK | (flags & O_APPEND));
	if (own < 0)
		return;
	if (fcntl(own, F_SETFL, flags & O_APPEND) == 0)
		(void)dup2(own, STDOUT_FILENO);
	close(own);
}

static enum exit_status unknown_command(const char *word)
{
	const struct message_context context = { .command = NULL };
	struct suggestion suggestion;
	struct error error;

	suggest_begin(&suggestion, word);
	for (size_t i = 0; i < COMMANDS; i++)
		suggest_consider(&suggestion, commands[i]->name);
	if (suggestion.nearest != NULL)
		error_set(&error, STATUS_USAGE, "unknown command, did you mean %s?",
		          suggestion.nearest);
	else
		error_set(
		    &error, STATUS_USAGE,
		    "unknown command (see 'shmtool --help'; 'shmtool stat REF' shows an object)");
	message_error(&context, word, &error);
	return STATUS_USAGE;
}

/* The command to run, with its arguments. */
struct call {
	const struct command *command; /* NULL: nothing left to run; exit with this status */
	int argc;
	char **argv;
	enum exit_status status;
};

/* "help" and "help COMMAND": run the command with --help. */
static struct call choose_help(int argc, char **argv)
{
	static char option[] = "--help";
	struct call call = { .argc = 2, .argv = argv + 1, .status = STATUS_DONE };

	if (argc == 2) {
		help_overview(commands, COMMANDS);
		return call;
	}
	call.command = command_find(commands, COMMANDS, argv[2]);
	if (call.command == NULL)
		call.status = unknown_command(argv[2]);
	argv[1] = argv[2];
	argv[2] = option;
	return call;
}

static struct call choose(int argc, char **argv)
{
	struct call call = { .argc = argc, .argv = argv, .status = STATUS_DONE };

	if (argc > 0)
		call.command = command_find_personality(commands, COMMANDS, argv[0]);
	if (call.command != NULL)
		return call;
	if (argc <= 1) {
		call.command = &stat_command;
	} else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help_overview(commands, COMMANDS);
	} else if (strcmp(argv[1], "help") == 0) {
		call = choose_help(argc, argv);
	} else if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		help_version();
	} else if (argv[1][0] == '-') {
		call.command = &stat_command;
	} else if (strcmp(argv[1], "__complete") == 0) {
		completion_run(commands, COMMANDS, argc - 2, argv + 2, stdout);
	} else if (strcmp(argv[1], "__complete_bash") == 0) {
		completion_bash(commands, COMMANDS, argc - 2, argv + 2);
	} else {
		call.command = command_find(commands, COMMANDS, argv[1]);
		call.argc = argc - 1;
		call.argv = argv + 1;
		if (call.command == NULL)
			call.status = unknown_command(argv[1]);
	}
	return call;
}

/*
 * Success requires that all output has been written. If the reader has closed the pipe, the program
 * exits without a message.
 */
static enum exit_status close_stdout(enum exit_status status)
{
	const struct message_context context = { .command = NULL };
	const bool written = (pager_is_running() ? stdout_flush() : stdout_finish()) == 0;
	const int number = errno;
	struct error error;

	if (pager_end() < 0) {
		error_set(&error, STATUS_FAILED,
		          "can't be run, so nothing was shown (see SHMTOOL_PAGER and PAGER)");
		message_error(&context, "pager", &error);
		return status == STATUS_DONE ? STATUS_FAILED : status;
	}
	if (written)
		return status;
	errno = number;
	if (errno != EPIPE && !stdout_error_is_reported()) {
		error_set_errno(&error, errno, "can't be written");
		message_error(&context, "standard output", &error);
	}
	return status == STATUS_DONE ? STATUS_FAILED : status;
}

int main(int argc, char **argv)
{
	struct call call;

	occupy_standard_descriptors();
	if (commands_refuse_lent_rights())
		return STATUS_FAILED;
	make_stdout_wait();
	/* Report EFBIG as an error instead of dying from SIGXFSZ. */
	signal(SIGXFSZ, SIG_IGN);
	locale_use();
	call = choose(argc, argv);
	if (call.command != NULL) {
		commands_gain_nothing(call.command);
		call.status = command_run(call.command, call.argc, call.argv);
	}
	if (call.command != NULL && call.command->run_classic != NULL)
		return (int)classic_close(call.command->name, call.status);
	call.status = close_stdout(call.status);
	return call.status == STATUS_USAGE ? EXIT_USAGE : (int)call.status;
}
