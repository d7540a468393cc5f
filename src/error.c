#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *error, enum exit_status status, const char *format, ...)
{
	va_list arguments;

	error->status = status;
	error->number = 0;
	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	return -1;
}

void error_append(struct error *error, const char *format, ...)
{
	size_t length = strlen(error->text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error->text + length, sizeof(error->text) - length, format, arguments);
	va_end(arguments);
}

int error_set_errno(struct error *error, int number, const char *format, ...)
{
	va_list arguments;

	error->status = STATUS_FAILED;
	error->number = number;
	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	error_append(error, ": %s", strerror(number));
	return -1;
}

int error_join(struct error *error, int result, const struct error *one)
{
	if (result == 0)
		*error = *one;
	else if (strstr(error->text, one->text) == NULL)
		error_append(error, "; %s", one->text);
	return -1;
}

bool errno_is_passing(int number)
{
	switch (number) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
	case ENOSPC:
	case EDQUOT:
	case EIO:
		return true;
	default:
		return false;
	}
}
