#include "output/pager.h"

#include "base/descriptor.h"
#include "output/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 32, EXIT_NOT_RUN = 126, EXIT_NOT_FOUND = 127 };

static const int ending_signals[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
enum { ENDING_SIGNALS = sizeof(ending_signals) / sizeof(ending_signals[0]) };

/* One per process, like standard output. */
static struct {
	const char *command;            /* NULL: no pager is allowed */
	bool is_default;                /* the user has not named it */
	size_t lines;                   /* counted so far */
	volatile sig_atomic_t process;  /* 0: not running */
	volatile sig_atomic_t terminal; /* a copy of standard error as it was; -1: unchanged */
} pager = { .terminal = -1 };

/* The size of a large screen with escape sequences, in bytes. */
static char held[1 << 18];

/*
 * Whether another user lent the rights of this process, for this command only: a pager must not
 * pass them on by running a shell.
 */
static bool are_rights_lent(void)
{
	return getenv("SUDO_UID") != NULL || getenv("DOAS_USER") != NULL ||
	       getenv("PKEXEC_UID") != NULL;
}

static const char *chosen_command(void)
{
	const char *command = getenv("SHMTOOL_PAGER");

	if (command == NULL)
		command = getenv("PAGER");
	if (command != NULL && (*command == '\0' || strcmp(command, "cat") == 0))
		return NULL;
	pager.is_default = command == NULL || are_rights_lent();
	return pager.is_default ? "less" : command;
}

/* Only what a handler of signals may do. Returns the exit status of the pager, or 0. */
static int leave(void)
{
	pid_t process = pager.process;
	int status = 0;

	if (process == 0)
		return 0;
	pager.process = 0;
	close(STDOUT_FILENO);
	if (pager.terminal >= 0)
		dup2(pager.terminal, STDERR_FILENO);
	/* Another signal may interrupt it. There is no other failure as long as the child exists. */
	while (waitpid(process, &status, 0) < 0 && kill(process, 0) == 0)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

/* The terminal belongs to the pager until it ends, even if this program has to end. */
static void on_signal(int number)
{
	(void)leave();
	signal(number, SIG_DFL);
	raise(number);
}

/* Installed early, because stream/interrupt.h later restores the actions that it finds. */
static void catch_signals(void)
{
	struct sigaction before;

	for (size_t i = 0; i < ENDING_SIGNALS; i++) {
		if (sigaction(ending_signals[i], NULL, &before) == 0 &&
		    before.sa_handler == SIG_DFL)
			signal(ending_signals[i], on_signal);
	}
}

void pager_allow(bool unwanted)
{
	const struct terminal *terminal = terminal_stdout();

	if (unwanted || !terminal->is_terminal || terminal->is_dumb)
		return;
	pager.command = chosen_command();
	if (pager.command != NULL && setvbuf(stdout, held, _IOFBF, sizeof(held)) != 0)
		pager.command = NULL;
	if (pager.command != NULL)
		catch_signals();
}

bool pager_is_possible(void)
{
	return pager.command != NULL;
}

bool pager_is_running(void)
{
	return pager.process != 0;
}

void pager_give_up(void)
{
	if (__fpending(stdout) == 0)
		return;
	pager.command = NULL;
}

/*
 * In the child: become the pager, directly if its command has nothing for a shell to interpret.
 * Returns only on failure.
 */
static void run_pager(void)
{
	char *argv[WORDS_MAX + 1];
	char *rest;
	char *words = strdup(pager.command);
	size_t count = 0;

	/* As git does: quit if all fits on a screen, show colors, leave the screen as it is. */
	setenv("LESS", "FRX", 0);
	setenv("LV", "-c", 0);
	if (are_rights_lent())
		setenv("LESSSECURE", "1", 1);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	if (words == NULL)
		return;
	if (strpbrk(words, "|&;<>()$`\\\"'*?[#~=%\n") != NULL)
		execl("/bin/sh", "sh", "-c", pager.command, (char *)NULL);
	for (char *word = strtok_r(words, " \t", &rest); word != NULL && count < WORDS_MAX;
	     word = strtok_r(NULL, " \t", &rest))
		argv[count++] = word;
	argv[count] = NULL;
	errno = ENOENT;
	if (count > 0)
		execvp(argv[0], argv);
}

/*
 * Start the pager with its input in a pipe.
 *
 * @return the writing end, or -1 with errno
 */
static int start(void)
{
	int input[2];
	int failure[2]; /* receives errno if the pager cannot be run */
	int number = 0;
	pid_t child;

	if (pipe2(input, O_CLOEXEC) < 0)
		return -1;
	if (pipe2(failure, O_CLOEXEC) < 0)
		goto close_input;
	child = fork();
	if (child == 0) {
		dup2(input[0], STDIN_FILENO);
		run_pager();
		number = errno;
		(void)!write(failure[1], &number, sizeof(number));
		_exit(EXIT_NOT_FOUND);
	}
	number = child < 0 ? errno : 0;
	close(failure[1]);
	close(input[0]);
	if (child > 0 && read(failure[0], &number, sizeof(number)) == sizeof(number))
		(void)waitpid(child, NULL, 0);
	close(failure[0]);
	if (number == 0) {
		pager.process = child;
		return input[1];
	}
	close(input[1]);
	errno = number;
	return -1;
close_input:
	descriptor_close(input[0]);
	descriptor_close(input[1]);
	return -1;
}

static void at_exit(void)
{
	if (pager.process == 0)
		return;
	(void)fflush(stdout);
	(void)leave();
}

static void begin(void)
{
	int input = start();

	if (input < 0) {
		if (!pager.is_default)
			fprintf(stderr, "shmtool: pager %s can't be run: %s\n", pager.command,
			        strerror(errno));
		return;
	}
	/* Writing to a pager that the user has left is no reason to end without a status. */
	signal(SIGPIPE, SIG_IGN);
	(void)atexit(at_exit);
	dup2(input, STDOUT_FILENO);
	/* Sentences would disturb the pager's screen: they become part of what it shows. */
	if (isatty(STDERR_FILENO) == 1) {
		pager.terminal = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		if (pager.terminal >= 0)
			dup2(input, STDERR_FILENO);
	}
	close(input);
}

void pager_count(const char *text, size_t length)
{
	const struct terminal *terminal = terminal_stdout();
	const char *end = text + length;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t line = (size_t)((newline != NULL ? newline : end) - text);

		/* Escape sequences count as text: the pager itself ends if all fits. */
		pager.lines += (newline != NULL) + line / (terminal->width + 1);
		text += line + 1;
	}
	if (pager.lines < terminal->height)
		return;
	begin();
	pager.command = NULL;
}

int pager_end(void)
{
	int status;

	if (pager.process == 0)
		return 0;
	/* The work is done: an interrupt is meant for the pager. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	status = leave();
	return status == EXIT_NOT_RUN || status == EXIT_NOT_FOUND ? -1 : 0;
}
