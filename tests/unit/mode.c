#include "unit.h"

#include "system/mode.h"

static const struct {
	const char *text;
	mode_t before;
	mode_t after;
} modes[] = {
	{ "640", 0, 0640 },    { "0640", 0, 0640 },          { "0", 0777, 0 },
	{ "777", 0, 0777 },    { "u=rw", 0, 0600 },          { "u=rw,g=r", 0, 0640 },
	{ "g+r", 0600, 0640 }, { "g-r", 0640, 0600 },        { "o=", 0666, 0660 },
	{ "a=r", 0700, 0444 }, { "u+x,go-rwx", 0666, 0700 }, { "g=u", 0600, 0660 },
};

static const char *const no_modes[] = {
	"",      "8",  "999",  "u+q",   "x",           "rw",    "1777", "4755", "u+s", "+t",
	"0x1ff", "-1", "640 ", "u=rw,", "77777777777", "77777", "7777", "-600", "6x0",
};

static void applies_modes(void)
{
	for (size_t i = 0; i < UNIT_ROWS(modes); i++) {
		struct error error = { .text = "" };

		if (unit_check(mode_check(modes[i].text, &error) == 0, "'%s' is rejected: %s",
		               modes[i].text, error.text))
			unit_check_number(modes[i].text, mode_apply(modes[i].text, modes[i].before),
			                  modes[i].after);
	}
}

static void refuses_what_is_no_mode(void)
{
	for (size_t i = 0; i < UNIT_ROWS(no_modes); i++) {
		struct error error = { .text = "" };

		unit_check(mode_check(no_modes[i], &error) < 0, "'%s' is accepted", no_modes[i]);
	}
}

static void writes_letters(void)
{
	static const struct {
		mode_t mode;
		const char *letters;
	} rows[] = {
		{ 0, "---------" },
		{ 0640, "rw-r-----" },
		{ 0777, "rwxrwxrwx" },
		{ 0001, "--------x" },
	};

	for (size_t i = 0; i < UNIT_ROWS(rows); i++) {
		char letters[MODE_LETTERS_SIZE];

		mode_letters(rows[i].mode, letters);
		unit_check_text("letters", letters, rows[i].letters);
	}
}

static const struct unit_test tests[] = {
	{ "octal and symbolic modes are applied as chmod(1) does", applies_modes },
	{ "modes of more than nine bits and other text are rejected", refuses_what_is_no_mode },
	{ "modes are written as letters", writes_letters },
};

UNIT_SUITE(mode_suite, "mode", tests);
