/*
 * on_screen WIDTHxHEIGHT PROGRAM [ARGUMENT...]: run a program that draws on a terminal, and follow
 * a script on standard input, a command per line:
 *
 *   see REGEX             wait until a line of the screen matches
 *   unsee REGEX           wait until none does
 *   look LOOK REGEX       wait until the first match has this look: plain, or of bold, dim,
 *                         underline, reverse, green, yellow and red those joined with commas
 *   type TEXT             with \n and \e
 *   press KEY             up, down, pageup, pagedown, home, end
 *   resize WIDTHxHEIGHT
 *   signal NUMBER         to the program
 *   hangup                the terminal goes away
 *   run COMMAND           of the shell
 *   stopped               wait until the program is stopped
 *   continue              bring it to the foreground
 *   ended STATUS          wait for its end; 128 + N: by signal N
 *   restored              wait until the terminal is as it was before: modes, screen, cursor
 *   dump                  print the screen, when nothing was written to it for 0.3 seconds
 *
 * The program is in a process group of its own, as under a shell. The terminal understands the
 * sequences of xterm that terminfo(5) uses; any other ends the script. Status: 0; 1 if a wait takes
 * longer than 20 seconds, with the screen on standard error. ON_SCREEN_PID is set for COMMAND.
 *
 * It has more than 600 lines because each helper is one file.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include <bsd/string.h>
#include <bsd/unistd.h>

enum { LIMIT = 20000 /* milliseconds */, SIZE_MAX_CELLS = 400, CELL_SIZE = 24, ARGUMENTS = 16 };

enum look { BOLD = 1, DIM = 2, UNDERLINE = 4, REVERSE = 8, GREEN = 16, YELLOW = 32, RED = 64 };

struct cell {
	char text[CELL_SIZE]; /* with combining characters; empty: the right half of a wide one */
	unsigned int look;
};

static struct cell screens[2][SIZE_MAX_CELLS][SIZE_MAX_CELLS];
static struct cell (*cells)[SIZE_MAX_CELLS] = screens[0];
static int width, height;
static int row, column, top, bottom, saved_row, saved_column;
static bool wraps; /* the next character begins a new line */
static bool has_cursor = true;
static unsigned int look;
static int terminal, reports;
static pid_t leader, program;
static int status = -1; /* of the program, as of waitpid(2); -1: runs */
static bool is_stopped;
static struct termios modes;
static const char *command = "";

static void print_screen(FILE *stream)
{
	for (int r = 0; r < height; r++) {
		for (int c = 0; c < width; c++)
			fputs(cells[r][c].text, stream);
		fputc('\n', stream);
	}
}

_Noreturn static void give_up(const char *what)
{
	fprintf(stderr, "on_screen: %s: %s; screen:\n", command, what);
	print_screen(stderr);
	if (program > 0 && status == -1)
		kill(program, SIGKILL);
	exit(1);
}

static void blank(int r, int from, int to)
{
	for (int c = from; c < to; c++)
		cells[r][c] = (struct cell){ .text = " " };
}

/* Move the lines between two by a number of lines, up if it is positive. */
static void scroll(int from, int to, int lines)
{
	for (; lines > 0; lines--) {
		memmove(cells[from], cells[from + 1], (size_t)(to - from) * sizeof(cells[0]));
		blank(to, 0, width);
	}
	for (; lines < 0; lines++) {
		memmove(cells[from + 1], cells[from], (size_t)(to - from) * sizeof(cells[0]));
		blank(from, 0, width);
	}
}

static void line_feed(void)
{
	wraps = false;
	if (row == bottom)
		scroll(top, bottom, 1);
	else if (row < height - 1)
		row++;
}

static char last[CELL_SIZE]; /* the last character, for its repetition */

static void put(const char *text)
{
	wchar_t character = 0;
	int columns;

	mbtowc(&character, text, MB_CUR_MAX);
	columns = wcwidth(character);
	if (columns == 0) {
		int c = wraps ? column : column - 1;

		while (c > 0 && cells[row][c].text[0] == '\0')
			c--;
		if (c >= 0)
			strlcat(cells[row][c].text, text, CELL_SIZE);
		return;
	}
	if (columns < 0)
		give_up("a character that can't be printed");
	if (wraps || column + columns > width) {
		column = 0;
		line_feed();
	}
	strlcpy(last, text, sizeof(last));
	strlcpy(cells[row][column].text, text, CELL_SIZE);
	cells[row][column].look = look;
	if (columns == 2)
		cells[row][column + 1] = (struct cell){ .look = look };
	column += columns;
	wraps = column >= width;
	if (wraps)
		column = width - 1;
}

static void set_look(const int *arguments, int count)
{
	for (int i = 0; i < count; i++) {
		const int a = arguments[i];

		if (a == 0)
			look = 0;
		else if (a == 1 || a == 2 || a == 4 || a == 7)
			look |= a == 1 ? BOLD : a == 2 ? DIM : a == 4 ? UNDERLINE : REVERSE;
		else if (a == 22 || a == 24 || a == 27)
			look &= ~(a == 22   ? BOLD | DIM
			          : a == 24 ? (unsigned int)UNDERLINE
			                    : REVERSE);
		else if (a >= 30 && a <= 39)
			look = (look & ~(unsigned int)(GREEN | YELLOW | RED)) | (a == 31   ? RED
			                                                         : a == 32 ? GREEN
			                                                         : a == 33 ? YELLOW
			                                                                   : 0);
		else if (a < 39 || a > 49)
			give_up("unknown attribute");
	}
}

static void set_mode(int mode, bool on)
{
	if (mode == 25)
		has_cursor = on;
	if (mode != 1049)
		return;
	cells = screens[on];
	if (on) {
		saved_row = row;
		saved_column = column;
		for (int r = 0; r < height; r++)
			blank(r, 0, width);
	} else {
		row = saved_row;
		column = saved_column;
	}
}

static int limited(int value, int least, int most)
{
	return value < least ? least : value > most ? most : value;
}

static void erase(int what, bool lines)
{
	blank(row, what == 0 ? column : 0, what == 1 ? column + 1 : width);
	for (int r = 0; lines && r < height; r++) {
		if ((r < row && what != 0) || (r > row && what != 1))
			blank(r, 0, width);
	}
}

/* Insert or delete characters at the cursor. */
static void shift(int count, bool insert)
{
	struct cell *line = cells[row];
	const size_t rest = (size_t)(width - column - count);

	if (insert) {
		memmove(line + column + count, line + column, rest * sizeof(*line));
		blank(row, column, column + count);
	} else {
		memmove(line + column, line + column + count, rest * sizeof(*line));
		blank(row, width - count, width);
	}
}

/* Move the cursor by n, or to n and m. Returns whether the sequence does that. */
static bool move(char final, int n, int m)
{
	switch (final) {
	case 'A':
		row = limited(row - n, 0, height - 1);
		break;
	case 'B':
		row = limited(row + n, 0, height - 1);
		break;
	case 'C':
		column = limited(column + n, 0, width - 1);
		break;
	case 'D':
		column = limited(column - n, 0, width - 1);
		break;
	case 'G':
		column = limited(n - 1, 0, width - 1);
		break;
	case 'd':
		row = limited(n - 1, 0, height - 1);
		break;
	case 'H':
		row = limited(n - 1, 0, height - 1);
		column = limited(m - 1, 0, width - 1);
		break;
	default:
		return false;
	}
	return true;
}

static void control(const char *text, char final)
{
	const bool is_private = *text == '?' || *text == '>';
	int arguments[ARGUMENTS] = { 0 };
	int count = 0;
	int n;

	for (const char *at = text + is_private; count < ARGUMENTS;) {
		arguments[count++] = (int)strtol(at, NULL, 10);
		at = strchr(at, ';');
		if (at == NULL)
			break;
		at++;
	}
	n = arguments[0] > 0 ? arguments[0] : 1;
	if (strchr("mhltnc", final) == NULL)
		wraps = false;
	if (move(final, n, arguments[1]))
		return;
	switch (final) {
	case 'J':
		erase(arguments[0], true);
		break;
	case 'K':
		erase(arguments[0], false);
		break;
	case 'X':
		blank(row, column, limited(column + n, 0, width));
		break;
	case 'P':
		shift(limited(n, 0, width - column), false);
		break;
	case '@':
		shift(limited(n, 0, width - column), true);
		break;
	case 'L':
		scroll(row, bottom, -n);
		break;
	case 'M':
		scroll(row, bottom, n);
		break;
	case 'S':
		scroll(top, bottom, n);
		break;
	case 'T':
		scroll(top, bottom, -n);
		break;
	case 'b':
		while (n-- > 0)
			put(last);
		break;
	case 'r':
		top = limited(n - 1, 0, height - 1);
		bottom = arguments[1] > 0 ? limited(arguments[1] - 1, 0, height - 1) : height - 1;
		row = column = 0;
		break;
	case 'm':
		if (!is_private)
			set_look(arguments, count);
		break;
	case 'h':
	case 'l':
		for (int i = 0; is_private && i < count; i++)
			set_mode(arguments[i], final == 'h');
		break;
	case 't':
		break; /* the titles of windows are saved */
	default:
		give_up("unknown control sequence");
	}
}

/* Interpret a byte of the output. */
static void interpret(char byte)
{
	static char sequence[64];
	static size_t length;
	mbstate_t state = { 0 };
	wchar_t character;
	size_t result;

	if (length + 1 >= sizeof(sequence))
		give_up("a sequence without an end");
	sequence[length++] = byte;
	sequence[length] = '\0';
	if (sequence[0] == '\033' && length == 1)
		return;
	if (sequence[0] == '\033' && sequence[1] == '[') {
		if (length == 2 || byte < '@')
			return;
		sequence[length - 1] = '\0';
		length = 0;
		control(sequence + 2, byte);
		return;
	}
	if (sequence[0] == '\033') {
		if ((sequence[1] == '(' || sequence[1] == ')') && length == 2)
			return;
		if (sequence[1] == 'M' && row == top)
			scroll(top, bottom, -1);
		else if (sequence[1] == 'M')
			row--;
		else if (strchr("()=>78", sequence[1]) == NULL)
			give_up("unknown escape sequence");
		length = 0;
		return;
	}
	if ((unsigned char)sequence[0] < ' ') {
		length = 0;
		if (byte == '\r')
			column = 0, wraps = false;
		else if (byte == '\n')
			line_feed();
		else if (byte == '\b')
			column -= column > 0, wraps = false;
		else if (byte == '\t')
			column = limited((column / 8 + 1) * 8, 0, width - 1);
		else if (byte != '\a' && byte != '\016' && byte != '\017')
			give_up("unknown control character");
		return;
	}
	result = mbrtowc(&character, sequence, length, &state);
	if (result == (size_t)-1)
		give_up("an invalid character");
	if (result == (size_t)-2)
		return;
	length = 0;
	put(sequence);
}

/* In the session leader: what a shell does. Reports each status of the program. */
static int shell_terminal;

static void to_foreground(int number)
{
	(void)number;
	tcsetpgrp(shell_terminal, program);
	kill(-program, SIGCONT);
}

static void lead(char **argv, const struct winsize *size, int report)
{
	struct sigaction action = { .sa_handler = to_foreground, .sa_flags = SA_RESTART };
	int changed;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	shell_terminal = open(ptsname(terminal), O_RDWR);
	if (shell_terminal < 0 || ioctl(shell_terminal, TIOCSCTTY, 0) < 0 ||
	    ioctl(shell_terminal, TIOCSWINSZ, size) < 0)
		_exit(99);
	close(terminal);
	signal(SIGTTOU, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	program = fork();
	if (program == 0) {
		setpgid(0, 0);
		tcsetpgrp(shell_terminal, getpid());
		for (int i = 1; i < NSIG; i++)
			signal(i, SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (int i = 0; i < 3; i++)
			dup2(shell_terminal, i);
		/* Not those of the test. */
		closefrom(3);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(99);
	}
	setpgid(program, program);
	sigaction(SIGUSR1, &action, NULL);
	(void)!write(report, &program, sizeof(program));
	while (waitpid(program, &changed, WUNTRACED) == program) {
		if (WIFSTOPPED(changed))
			tcsetpgrp(shell_terminal, getpgrp());
		(void)!write(report, &changed, sizeof(changed));
		if (!WIFSTOPPED(changed))
			break;
	}
	/* The last output is read before the terminal is gone. */
	tcdrain(shell_terminal);
	pause();
}

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Read output and reports for a moment. Returns whether there were any. */
static bool follow(int milliseconds)
{
	struct pollfd wanted[] = { { .fd = terminal, .events = POLLIN },
		                   { .fd = reports, .events = POLLIN } };
	int changed;

	if (poll(wanted, 2, milliseconds) <= 0)
		return false;
	if (wanted[0].revents & POLLIN) {
		char text[4096];
		const ssize_t length = read(terminal, text, sizeof(text));

		for (ssize_t i = 0; i < length; i++)
			interpret(text[i]);
	} else if ((wanted[1].revents & POLLIN) &&
	           read(reports, &changed, sizeof(changed)) == (ssize_t)sizeof(changed)) {
		is_stopped = WIFSTOPPED(changed);
		if (!is_stopped)
			status = changed;
	} else {
		poll(NULL, 0, milliseconds);
	}
	return status == -1;
}

/* Find the first match on the screen. Returns its row and sets its column, or returns -1. */
static int find(const regex_t *regex, int *found)
{
	for (int r = 0; r < height; r++) {
		char line[SIZE_MAX_CELLS * CELL_SIZE] = "";
		size_t places[SIZE_MAX_CELLS] = { 0 };
		size_t length = 0;
		regmatch_t match;

		for (int c = 0; c < width; c++) {
			places[c] = length;
			length += strlcpy(line + length, cells[r][c].text, CELL_SIZE);
		}
		if (regexec(regex, line, 1, &match, 0) != 0)
			continue;
		*found = 0;
		while (*found + 1 < width && places[*found + 1] <= (size_t)match.rm_so)
			(*found)++;
		return r;
	}
	return -1;
}

static unsigned int parse_look(const char *words)
{
	static const char *const names[] = { "bold",  "dim",    "underline", "reverse",
		                             "green", "yellow", "red" };
	unsigned int parsed = 0;

	for (unsigned int i = 0; i < 7; i++) {
		if (strstr(words, names[i]) != NULL)
			parsed |= 1U << i;
	}
	return parsed;
}

/* Wait for a match; wanted is the look it must have, -1 for any. */
static void await(const char *expression, bool is_there, int wanted)
{
	const long end = now() + LIMIT;
	regex_t regex;

	if (regcomp(&regex, expression, REG_EXTENDED) != 0)
		give_up("not a regular expression");
	for (;;) {
		int c = 0;
		const int r = find(&regex, &c);

		if ((r >= 0) == is_there &&
		    (wanted < 0 || cells[r][c].look == (unsigned int)wanted))
			break;
		if (now() > end)
			give_up("not so after 20 seconds");
		follow(50);
	}
	regfree(&regex);
}

static bool is_restored(void)
{
	struct termios present;

	return tcgetattr(terminal, &present) == 0 && present.c_lflag == modes.c_lflag &&
	       present.c_iflag == modes.c_iflag && present.c_oflag == modes.c_oflag &&
	       cells == screens[0] && has_cursor && look == 0;
}

static void type(const char *text)
{
	char bytes[1024];
	size_t length = 0;

	/* The kernel discards output that was not read when control-C or control-Z is typed. */
	while (strpbrk(text, "\003\032") != NULL && follow(300))
		;
	for (; *text != '\0' && length < sizeof(bytes); text++) {
		if (*text == '\\' && (text[1] == 'n' || text[1] == 'e'))
			bytes[length++] = *++text == 'n' ? '\r' : '\033';
		else
			bytes[length++] = *text;
	}
	(void)!write(terminal, bytes, length);
}

/* As xterm sends them to a program that has asked for its keypad. */
static void press(const char *key)
{
	static const char *const keys[][2] = {
		{ "up", "\033OA" },        { "down", "\033OB" }, { "pageup", "\033[5~" },
		{ "pagedown", "\033[6~" }, { "home", "\033OH" }, { "end", "\033OF" },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i][0], key) == 0) {
			(void)!write(terminal, keys[i][1], strlen(keys[i][1]));
			return;
		}
	}
	give_up("unknown key");
}

static void resize(const char *text)
{
	struct cell(*const present)[SIZE_MAX_CELLS] = cells;
	struct winsize size = { .ws_row = 0 };

	if (sscanf(text, "%hux%hu", &size.ws_col, &size.ws_row) != 2 ||
	    size.ws_col > SIZE_MAX_CELLS || size.ws_row > SIZE_MAX_CELLS)
		give_up("not a size");
	for (int i = 0; i < 2; i++) {
		cells = screens[i];
		for (int r = 0; r < SIZE_MAX_CELLS; r++)
			blank(r, r < height ? width : 0, SIZE_MAX_CELLS);
	}
	cells = present;
	width = size.ws_col;
	height = size.ws_row;
	top = 0;
	bottom = height - 1;
	row = limited(row, 0, height - 1);
	column = limited(column, 0, width - 1);
	ioctl(terminal, TIOCSWINSZ, &size);
}

static void see(const char *text)
{
	await(text, true, -1);
}

static void unsee(const char *text)
{
	await(text, false, -1);
}

static void see_look(const char *text)
{
	const char *expression = strchr(text, ' ');
	char words[64];

	if (expression == NULL)
		give_up("no expression");
	snprintf(words, sizeof(words), "%.*s", (int)(expression - text), text);
	await(expression + 1, true, (int)parse_look(words));
}

static void send_signal(const char *text)
{
	kill(program, (int)strtol(text, NULL, 10));
}

static void hang_up(const char *text)
{
	(void)text;
	close(terminal);
	terminal = -1;
}

static void run(const char *text)
{
	const pid_t shell = fork();
	int result = -1;

	if (shell == 0) {
		execl("/bin/sh", "sh", "-c", text, (char *)NULL);
		_exit(99);
	}
	while (waitpid(shell, &result, 0) < 0 && errno == EINTR)
		;
	if (result != 0)
		give_up("failed");
}

/* Wait until a condition is true. */
static void wait_for(bool (*is_true)(void))
{
	const long end = now() + LIMIT;

	while (!is_true() && now() < end)
		follow(50);
	if (!is_true())
		give_up("not so after 20 seconds");
}

static bool has_stopped(void)
{
	return is_stopped;
}

static bool has_ended(void)
{
	return status != -1;
}

static void stopped(const char *text)
{
	(void)text;
	wait_for(has_stopped);
}

static void resume(const char *text)
{
	(void)text;
	is_stopped = false;
	kill(leader, SIGUSR1);
}

static void ended(const char *text)
{
	wait_for(has_ended);
	if ((WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status)) !=
	    strtol(text, NULL, 10)) {
		fprintf(stderr, "status %#x\n", (unsigned int)status);
		give_up("another status");
	}
}

static void restored(const char *text)
{
	(void)text;
	wait_for(is_restored);
}

static void dump(const char *text)
{
	(void)text;
	while (follow(300))
		;
	print_screen(stdout);
	fflush(stdout);
}

static void obey(const char *line)
{
	static const struct {
		const char *word;
		void (*function)(const char *text);
	} commands[] = {
		{ "see", see },         { "unsee", unsee },        { "look", see_look },
		{ "type", type },       { "press", press },        { "resize", resize },
		{ "run", run },         { "signal", send_signal }, { "hangup", hang_up },
		{ "stopped", stopped }, { "continue", resume },    { "ended", ended },
		{ "dump", dump },       { "restored", restored },
	};
	const size_t length = strcspn(line, " ");

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strlen(commands[i].word) == length &&
		    memcmp(commands[i].word, line, length) == 0) {
			commands[i].function(line + length + (line[length] == ' '));
			return;
		}
	}
	give_up("unknown command");
}

int main(int argc, char **argv)
{
	char line[4096];
	char copy[sizeof(line)];
	struct winsize size = { .ws_row = 0 };
	int report[2];

	if (argc < 3 || sscanf(argv[1], "%dx%d", &width, &height) != 2) {
		fprintf(stderr, "usage: on_screen WIDTHxHEIGHT PROGRAM [ARGUMENT...]\n");
		return 99;
	}
	setlocale(LC_CTYPE, "");
	terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal < 0 || grantpt(terminal) < 0 || unlockpt(terminal) < 0 ||
	    pipe2(report, O_CLOEXEC) < 0) {
		perror("posix_openpt");
		return 99;
	}
	tcgetattr(terminal, &modes);
	for (int i = 0; i < 2; i++) {
		cells = screens[i];
		for (int r = 0; r < SIZE_MAX_CELLS; r++)
			blank(r, 0, SIZE_MAX_CELLS);
	}
	cells = screens[0];
	bottom = height - 1;
	size.ws_col = (unsigned short)width;
	size.ws_row = (unsigned short)height;
	leader = fork();
	if (leader == 0)
		lead(argv + 2, &size, report[1]);
	reports = report[0];
	close(report[1]);
	if (leader < 0 || read(reports, &program, sizeof(program)) != (ssize_t)sizeof(program)) {
		perror("fork");
		return 99;
	}
	snprintf(copy, sizeof(copy), "%d", (int)program);
	setenv("ON_SCREEN_PID", copy, 1);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		snprintf(copy, sizeof(copy), "%s", line);
		command = copy;
		if (line[0] != '\0' && line[0] != '#')
			obey(line);
	}
	if (status == -1) {
		kill(program, SIGCONT);
		kill(program, SIGKILL);
	}
	kill(leader, SIGKILL);
	waitpid(leader, NULL, 0);
	return 0;
}
