#include "commands/watch/screen.h"

#include "base/clock.h"
#include "base/memory.h"
#include "commands/watch/curses.h"
#include "output/terminal.h"
#include "output/text.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#include <bsd/string.h>

/* The signals that are read instead of being handled, unless they are ignored. */
static const int signals[] = {
	SIGINT,  SIGTERM, SIGHUP,   SIGQUIT, /* end the program */
	SIGTSTP, SIGCONT, SIGWINCH,
};
enum { SIGNALS = sizeof(signals) / sizeof(signals[0]), ESCAPE_DELAY = 50 /* milliseconds */ };
/* The number of consecutive failures of poll(2) that end the wait. */
enum { MOST_FAILURES = 100 };

/* The beginning of messages. */
#define PREFIX "shmtool: watch: "

/* One per process, like the terminal. */
static struct {
	const struct curses *curses; /* NULL: no screen */
	SCREEN *screen;
	WINDOW *window;
	bool has_colors;
	size_t height;
	size_t width;
	int signal_fd;
	int ended_by; /* signal, or 0 */
	int failures; /* of poll(2), in a row */
	sigset_t old_mask;
	struct sigaction old_actions[SIGNALS];
	int old_stderr; /* -1: not kept */
	int messages;   /* the file that standard error is meanwhile */
} screen = { .signal_fd = -1, .old_stderr = -1, .messages = -1 };

int screen_check(struct error *error)
{
	const char *type = getenv("TERM");

	if (isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1)
		return error_set(
		    error, STATUS_FAILED,
		    "--table needs a terminal, and standard %s is not one: use stat, or "
		    "watch without --table",
		    isatty(STDOUT_FILENO) == 1 ? "input" : "output");
	if (terminal_stdout()->is_dumb)
		return error_set(
		    error, STATUS_FAILED,
		    "--table needs a terminal with a cursor, and TERM is %s: use watch "
		    "without --table",
		    type != NULL && *type != '\0' ? type : "not set");
	return 0;
}

/* Read signals instead of handling them. ncurses installs handlers for some that have none. */
static int take_signals(struct error *error)
{
	sigset_t taken;

	sigemptyset(&taken);
	for (size_t i = 0; i < SIGNALS; i++) {
		sigaction(signals[i], NULL, &screen.old_actions[i]);
		if (screen.old_actions[i].sa_handler != SIG_IGN)
			sigaddset(&taken, signals[i]);
	}
	screen.signal_fd = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
	if (screen.signal_fd < 0)
		return error_set_errno(error, errno, "signals can't be read");
	sigprocmask(SIG_BLOCK, &taken, &screen.old_mask);
	return 0;
}

static void release_signals(void)
{
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &screen.old_actions[i], NULL);
	close(screen.signal_fd);
	screen.signal_fd = -1;
	sigprocmask(SIG_SETMASK, &screen.old_mask, NULL);
}

/* Without a file for them, messages are printed into the table. */
static void take_messages(void)
{
	if (isatty(STDERR_FILENO) != 1)
		return;
	screen.messages = memfd_create("messages", MFD_CLOEXEC);
	if (screen.messages < 0)
		return;
	screen.old_stderr = dup(STDERR_FILENO);
	if (screen.old_stderr >= 0)
		(void)dup2(screen.messages, STDERR_FILENO);
}

static void release_messages(void)
{
	if (screen.old_stderr >= 0) {
		(void)dup2(screen.old_stderr, STDERR_FILENO);
		close(screen.old_stderr);
	}
	if (screen.messages >= 0)
		close(screen.messages);
	screen.old_stderr = -1;
	screen.messages = -1;
}

static void read_size(void)
{
	struct winsize size = { .ws_row = 0 };

	(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	screen.height = size.ws_row > 0 ? size.ws_row : terminal_stdout()->height;
	screen.width = size.ws_col > 0 ? size.ws_col : terminal_stdout()->width;
	screen.curses->resizeterm((int)screen.height, (int)screen.width);
}

static void begin_colors(bool colored)
{
	static const short colors[] = { COLOR_GREEN, COLOR_YELLOW, COLOR_RED };
	const struct curses *curses = screen.curses;

	screen.has_colors = colored && curses->has_colors() && curses->start_color() == OK &&
	                    curses->use_default_colors() == OK;
	for (short i = 0; screen.has_colors && i < 3; i++)
		curses->init_pair((short)(i + 1), colors[i], -1);
}

/* The end of the program without memory, perhaps in another thread: nothing is freed. */
static void restore_terminal(void)
{
	screen.curses->endwin();
	release_messages();
}

int screen_begin(bool colored, struct error *error)
{
	const struct curses *curses = curses_load(error);

	if (curses == NULL || take_signals(error) < 0)
		return -1;
	screen.screen = curses->newterm(NULL, stdout, stdin);
	if (screen.screen == NULL) {
		release_signals();
		return error_set(
		    error, STATUS_FAILED,
		    "--table can't use this terminal: its type %s is unknown (see TERM, "
		    "and terminfo(5))",
		    getenv("TERM"));
	}
	screen.curses = curses;
	memory_end_after(restore_terminal);
	take_messages();
	screen.window = curses->newwin(0, 0, 0, 0);
	if (screen.window == NULL)
		memory_is_out();
	curses->cbreak();
	curses->noecho();
	curses->curs_set(0);
	curses->set_escdelay(ESCAPE_DELAY);
	curses->keypad(screen.window, TRUE);
	curses->nodelay(screen.window, TRUE);
	begin_colors(colored);
	read_size();
	return 0;
}

void screen_end(void)
{
	const struct curses *curses = screen.curses;
	const int ended_by = screen.ended_by;

	if (curses == NULL)
		return;
	memory_end_after(NULL);
	screen.curses = NULL;
	curses->endwin();
	if (screen.window != NULL)
		curses->delwin(screen.window);
	curses->delscreen(screen.screen);
	release_messages();
	release_signals();
	if (ended_by != 0)
		raise(ended_by);
}

size_t screen_height(void)
{
	return screen.height;
}

size_t screen_width(void)
{
	return screen.width;
}

void screen_clear(void)
{
	screen.curses->werase(screen.window);
}

static void set_look(unsigned int look)
{
	static const struct {
		unsigned int look;
		attr_t attribute;
	} attributes[] = {
		{ SCREEN_BOLD, A_BOLD },
		{ SCREEN_DIM, A_DIM },
		{ SCREEN_REVERSE, A_REVERSE },
		{ SCREEN_UNDERLINE, A_UNDERLINE },
	};
	attr_t chosen = A_NORMAL;

	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		if (look & attributes[i].look)
			chosen |= attributes[i].attribute;
	}
	screen.curses->wattr_set(
	    screen.window, chosen,
	    screen.has_colors ? (short)((look & SCREEN_COLORS) / SCREEN_GREEN) : 0, NULL);
}

void screen_put(size_t line, size_t column, const char *text, size_t length, unsigned int look)
{
	size_t kept;

	if (line >= screen.height || column >= screen.width)
		return;
	length = text_prefix(text, length, screen.width - column, &kept);
	set_look(look);
	screen.curses->wmove(screen.window, (int)line, (int)column);
	screen.curses->waddnstr(screen.window, text, (int)length);
}

void screen_put_line(size_t line, const char *text, unsigned int look)
{
	size_t kept;
	size_t length = text_prefix(text, strlen(text), screen.width, &kept);

	screen_put(line, 0, text, length, look);
	/* Another text may be below. */
	for (size_t column = kept; column < screen.width; column++)
		screen_put(line, column, " ", 1, look);
}

void screen_show(int cursor)
{
	const struct curses *curses = screen.curses;

	curses->curs_set(cursor >= 0);
	if (cursor >= 0)
		curses->wmove(screen.window, (int)screen.height - 1, cursor);
	curses->wrefresh(screen.window);
}

/* Stop as any other program does: with the terminal as it was. */
static void stop(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t one;

	screen.curses->endwin();
	sigemptyset(&one);
	sigaddset(&one, SIGTSTP);
	sigaction(SIGTSTP, &action, NULL);
	kill(getpid(), SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	/* The program is stopped here. */
	sigprocmask(SIG_BLOCK, &one, NULL);
}

/* Show everything again, even if another program has used the terminal meanwhile. */
static void appear_again(void)
{
	read_size();
	screen.curses->redrawwin(screen.window);
}

static unsigned int take_signal(int number)
{
	switch (number) {
	case SIGTSTP:
		stop();
		appear_again();
		return SCREEN_CHANGED;
	case SIGCONT:
		/* After SIGSTOP, the shell has changed the modes of the terminal. */
		screen.curses->endwin();
		appear_again();
		return SCREEN_CHANGED;
	case SIGWINCH:
		appear_again();
		return SCREEN_CHANGED;
	default:
		screen.ended_by = number;
		return SCREEN_ENDED;
	}
}

unsigned int screen_wait(int fd, int milliseconds, struct error *error)
{
	struct pollfd wanted[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = screen.signal_fd, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	unsigned int events = 0;

	if (poll(wanted, 3, milliseconds) >= 0 || errno == EINTR) {
		screen.failures = 0;
	} else {
		if (++screen.failures == MOST_FAILURES) {
			error_set_errno(error, errno, "can't wait for keys");
			return SCREEN_FAILED;
		}
		/* There may soon be memory again; meanwhile, read all descriptors. */
		clock_pause();
		wanted[0].revents = wanted[1].revents = POLLIN;
		wanted[2].revents = fd >= 0 ? POLLIN : 0;
	}
	if (wanted[0].revents & (POLLHUP | POLLERR | POLLNVAL))
		events |= take_signal(SIGHUP);
	else if (wanted[0].revents != 0)
		events |= SCREEN_KEYS;
	if (wanted[2].revents != 0)
		events |= SCREEN_READABLE;
	while (wanted[1].revents != 0 &&
	       read(screen.signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		events |= take_signal((int)info.ssi_signo);
	return events;
}

uint32_t screen_key(void)
{
	static const struct {
		wint_t code;
		enum screen_key key;
	} keys[] = {
		{ KEY_UP, SCREEN_KEY_UP },         { KEY_DOWN, SCREEN_KEY_DOWN },
		{ KEY_PPAGE, SCREEN_KEY_PAGE_UP }, { KEY_NPAGE, SCREEN_KEY_PAGE_DOWN },
		{ KEY_HOME, SCREEN_KEY_HOME },     { KEY_END, SCREEN_KEY_END },
		{ KEY_ENTER, SCREEN_KEY_ENTER },   { KEY_BACKSPACE, SCREEN_KEY_BACKSPACE },
		{ KEY_DC, SCREEN_KEY_BACKSPACE },  { KEY_A1, SCREEN_KEY_HOME },
		{ KEY_A3, SCREEN_KEY_PAGE_UP },    { KEY_C1, SCREEN_KEY_END },
		{ KEY_C3, SCREEN_KEY_PAGE_DOWN },
	};
	wint_t code;
	const int result = screen.curses->wget_wch(screen.window, &code);

	if (result == ERR)
		return SCREEN_KEY_NONE;
	if (result != KEY_CODE_YES) {
		if (code == '\r')
			return SCREEN_KEY_ENTER;
		return code == '\b' || code == 0x7f ? SCREEN_KEY_BACKSPACE : code;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].code == code)
			return keys[i].key;
	}
	return SCREEN_KEY_OTHER;
}

bool screen_key_text(uint32_t key, char bytes[MB_LEN_MAX + 1])
{
	mbstate_t state = { 0 };
	size_t length;

	if (key >= SCREEN_KEY_UP || iswprint((wint_t)key) == 0)
		return false;
	length = wcrtomb(bytes, (wchar_t)key, &state);
	if (length == (size_t)-1)
		return false;
	bytes[length] = '\0';
	return true;
}

bool screen_message(char *text, size_t size)
{
	char data[4096];
	const off_t end = lseek(screen.messages, 0, SEEK_CUR);
	ssize_t length;
	char *rest = data;
	const char *line;

	if (screen.messages < 0 || end <= 0)
		return false;
	length = pread(screen.messages, data, sizeof(data) - 1, 0);
	(void)!ftruncate(screen.messages, 0);
	(void)lseek(screen.messages, 0, SEEK_SET);
	data[length > 0 ? length : 0] = '\0';
	text[0] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL) {
		const char *sentence =
		    strncmp(line, PREFIX, strlen(PREFIX)) == 0 ? line + strlen(PREFIX) : line;

		if (*sentence == '\0')
			continue;
		if (text[0] != '\0')
			strlcat(text, "; ", size);
		strlcat(text, sentence, size);
	}
	return text[0] != '\0';
}
