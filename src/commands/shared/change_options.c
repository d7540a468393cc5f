#include "commands/shared/change_options.h"

#include "system/account.h"
#include "system/mode.h"

int option_parse_mode(const char *text, void *destination, struct error *error)
{
	if (mode_check(text, error) < 0)
		return -1;
	*(const char **)destination = text;
	return 0;
}

int option_parse_owner(const char *text, void *destination, struct error *error)
{
	return account_parse_owner(text, destination, error);
}

int option_parse_group(const char *text, void *destination, struct error *error)
{
	struct owner *owner = destination;

	if (account_parse_group(text, &owner->gid, error) < 0)
		return -1;
	owner->group_given = true;
	return 0;
}
