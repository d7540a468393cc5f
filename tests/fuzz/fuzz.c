#include "fuzz.h"

#include "base/memory.h"

#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fuzz_check(bool ok, const char *format, ...)
{
	char text[1024] = "the property does not hold: ";
	const size_t length = strlen(text);
	va_list arguments;

	if (ok)
		return;
	va_start(arguments, format);
	vsnprintf(text + length, sizeof(text) - length - 1, format, arguments);
	va_end(arguments);
	/* Not stderr, which may be silenced. */
	dprintf(STDERR_FILENO, "%s\n", text);
	abort();
}

char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = needed(malloc(size + 1));

	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

unsigned int fuzz_byte(const uint8_t **data, size_t *size)
{
	if (*size == 0)
		return 0;
	(*size)--;
	return *(*data)++;
}

FILE *fuzz_stream(const uint8_t *data, size_t size)
{
	FILE *stream =
	    size > 0 ? fmemopen((void *)(uintptr_t)data, size, "r") : fopen("/dev/null", "r");

	return needed(stream);
}

void fuzz_words(const uint8_t *data, size_t size, struct fuzz_words *words)
{
	char *rest = words->text = fuzz_text(data, size);
	char *word;

	words->count = 0;
	while (words->count < FUZZ_WORDS_MAX && (word = strsep(&rest, "\n")) != NULL)
		words->words[words->count++] = word;
	words->words[words->count] = NULL;
}

void fuzz_locale(bool is_utf8)
{
	(void)setlocale(LC_CTYPE, is_utf8 ? "C.UTF-8" : "C");
}

void fuzz_silence(void)
{
#ifdef __GLIBC__
	static FILE *nowhere;

	if (nowhere != NULL)
		return;
	nowhere = needed(fopen("/dev/null", "w"));
	stdout = nowhere;
	stderr = nowhere;
#endif
}
