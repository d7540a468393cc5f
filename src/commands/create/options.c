#include "commands/create/options.h"

#include "commands/shared/change_options.h"
#include "commands/shared/complete.h"
#include "objects/ref.h"
#include "output/units.h"
#include "system/hugepages.h"

#include <string.h>

/* --hugetlb, --hugetlb=2M: 0 stands for the default size. */
static int parse_hugetlb(const char *text, void *destination, struct error *error)
{
	struct optional_number *page = destination;

	page->given = true;
	page->number = 0;
	if (text == NULL)
		return 0;
	if (size_parse(text, &page->number, error) < 0)
		return -1;
	if (page->number == 0 || (page->number & (page->number - 1)) != 0)
		return hugepages_no_such_size(page->number, STATUS_USAGE, error);
	return 0;
}

static int parse_ftok(const char *text, void *destination, struct error *error)
{
	struct ftok_option *ftok = destination;

	ftok->given = true;
	ftok->text = text;
	return ftok_parse(text, &ftok->key, &ftok->warning, error);
}

static int parse_posix(const char *text, void *destination, struct error *error)
{
	struct posix_option *posix = destination;

	posix->given = true;
	if (posix_file_name(KIND_PSHM, text, posix->file, error) < 0)
		return -1;
	if (strncmp(posix->file, SEMAPHORE_PREFIX, strlen(SEMAPHORE_PREFIX)) == 0)
		return error_set(error, STATUS_USAGE,
		                 "a name that begins with " SEMAPHORE_PREFIX
		                 " belongs to a named semaphore");
	return 0;
}

#define CREATE(member) offsetof(struct create_options, member)

static const struct option_spec specs[] = {
	{ "size", 's', "SIZE", "size in bytes, or with suffix K, M, G or T: 4096, 4K, 1.5M",
	  option_parse_size, NULL, CREATE(size), 0 },
	{ "from", 'f', "FILE", "fill it with FILE (- for standard input), which sets the size",
	  option_parse_string, complete_files, CREATE(from), 0 },
	{ "key", 'k', "KEY", "create a System V segment with KEY: 0x46010004, 1234",
	  option_parse_key, complete_keys, CREATE(key), OPTION_SUBSET(KIND_BIT(KIND_SHM)) },
	{ "ftok", 0, "PATH[:PROJ]", "create a System V segment with the key from ftok(3)",
	  parse_ftok, complete_files, CREATE(ftok), 0 },
	{ "anonymous", 0, NULL, "create memory without a name, for the program after --", NULL,
	  NULL, CREATE(anonymous), 0 },
	{ "posix", 'p', "NAME", "create the POSIX object /NAME", parse_posix, NULL, CREATE(posix),
	  0 },
	{ "mode", 'm', "MODE", "permissions, octal or symbolic: 640, g+r (default 600)",
	  option_parse_mode, NULL, CREATE(mode), 0 },
	{ "owner", 0, "USER[:GROUP]", "owner, and group", option_parse_owner, complete_owners,
	  CREATE(owner), 0 },
	{ "exclusive", 'x', NULL, "fail if it already exists", NULL, NULL, CREATE(exclusive), 0 },
	{ "hugetlb", 0, "SIZE", "use huge pages of the default size or SIZE (System V)",
	  parse_hugetlb, complete_hugepage_sizes, CREATE(hugetlb), OPTION_ARGUMENT_OPTIONAL },
	{ "noreserve", 0, NULL, "do not reserve memory (System V), leave it sparse (POSIX)", NULL,
	  NULL, CREATE(noreserve), 0 },
	{ "populate", 0, NULL, "populate all pages at once", NULL, NULL, CREATE(populate), 0 },
	{ "lock", 0, NULL, "lock it in memory, never swap it out (System V)", NULL, NULL,
	  CREATE(lock), 0 },
};

const struct option_group create_option_groups[CREATE_OPTION_GROUPS] = {
	{ "Options", specs, OPTION_COUNT(specs), 0 },
	COMMON_OPTION_GROUP(struct create_options, common),
};

static int check_anonymous(const struct create_options *options, struct error *error)
{
	if (options->key.given || options->ftok.given || options->posix.given || options->exclusive)
		return error_set(error, STATUS_USAGE,
		                 "--anonymous can't be combined with --key, --ftok, --posix or "
		                 "--exclusive: the memory has no name");
	if (options->lock || options->owner.user_given || options->owner.group_given)
		return error_set(error, STATUS_USAGE,
		                 options->lock
		                     ? "--anonymous can't be combined with --lock: the lock "
		                       "would end with this process"
		                     : "--anonymous can't be combined with --owner: the memory "
		                       "belongs to the user of the program");
	if (options->noreserve && (options->populate || options->from != NULL))
		return error_set(error, STATUS_USAGE, "--noreserve can't be combined with --%s",
		                 options->populate ? "populate" : "from");
	if (options->hugetlb.given && options->from != NULL)
		return error_set(error, STATUS_USAGE,
		                 "--hugetlb can't be combined with --from: files of huge pages "
		                 "can't be written, only mapped");
	return 0;
}

static int check_options(const struct create_options *options, struct error *error)
{
	if (options->key.given + options->ftok.given + options->posix.given > 1)
		return error_set(error, STATUS_USAGE,
		                 "--key, --ftok and --posix can't be combined");
	if (options->size.given && options->from != NULL)
		return error_set(error, STATUS_USAGE,
		                 "--size can't be combined with --from: the content sets the size");
	if (!options->size.given && options->from == NULL)
		return error_set(error, STATUS_USAGE, "missing size: give --size or --from");
	if (options->exclusive && !options->key.given && !options->ftok.given &&
	    !options->posix.given && !options->anonymous)
		return error_set(error, STATUS_USAGE,
		                 "--exclusive needs --key, --ftok or --posix: a private segment is "
		                 "always new");
	if (options->anonymous)
		return check_anonymous(options, error);
	if (!options->posix.given)
		return 0;
	if (options->hugetlb.given)
		return error_set(error, STATUS_USAGE,
		                 "--hugetlb can't be combined with --posix: " POSIX_DIRECTORY
		                 " has no huge pages (a System V segment can have them)");
	if (options->lock)
		return error_set(
		    error, STATUS_USAGE,
		    "--lock can't be combined with --posix: the lock of a POSIX object, "
		    "mlock(2), ends with the process that sets it");
	if (options->noreserve && options->from != NULL)
		return error_set(error, STATUS_USAGE,
		                 "--noreserve can't be combined with --posix and --from: "
		                 "writing the content allocates memory");
	if (options->noreserve && options->populate)
		return error_set(error, STATUS_USAGE,
		                 "--noreserve can't be combined with --posix and --populate");
	return 0;
}

static int check_program(const struct command_context *context,
                         const struct create_options *options, struct error *error)
{
	if (options->anonymous && context->program == NULL)
		return error_set(error, STATUS_USAGE,
		                 "--anonymous needs a program that inherits the memory: -- "
		                 "PROGRAM [ARGUMENT...]");
	if (!options->anonymous && context->program != NULL)
		return error_set(error, STATUS_USAGE,
		                 "a program is run only with --anonymous (to run one with an "
		                 "object: shmtool attach REF -- PROGRAM)");
	return 0;
}

int create_options_check(const struct command_context *context,
                         const struct create_options *options, struct error *error)
{
	if (check_options(options, error) < 0)
		return -1;
	return check_program(context, options, error);
}
