#include "usage/fate.h"

#include "objects/kind.h"
#include "objects/posix.h"
#include "system/account.h"
#include "usage/idle.h"

#include <stdio.h>
#include <string.h>

void fate_begin(struct fate_judge *judge, const struct families *families)
{
	memset(judge, 0, sizeof(*judge));
	judge->families = families;
}

void fate_end(struct fate_judge *judge)
{
	living_makers_free(&judge->makers);
}

/* Read the processes on first use. */
static const struct living_makers *makers_of(struct fate_judge *judge)
{
	if (!judge->has_makers)
		judge->sees_processes = living_makers_read(&judge->makers) == 0;
	judge->has_makers = true;
	return &judge->makers;
}

/* The state of a maker whose pid is known. */
struct maker_fate {
	enum process_creator fate;
	pid_t number; /* pid in its own pid namespace */
	pid_t pid;    /* of the same process in ours; 0: none */
	char command[COMMAND_SIZE];
};

/* The creator of a segment: the kernel reports its pid in our pid namespace. */
static struct maker_fate find_creator(const struct shm_object *segment)
{
	struct maker_fate maker = { .number = segment->creator_pid, .pid = segment->creator_pid };

	maker.fate =
	    process_find_creator(segment->creator_pid, segment->change_time, maker.command);
	return maker;
}

/* The maker of a file, whose pid is known from the name or content. */
static struct maker_fate find_maker(struct fate_judge *judge, const struct shm_object *object,
                                    pid_t number)
{
	const struct living_makers *makers = makers_of(judge);
	struct maker_fate maker = { .fate = CREATOR_UNKNOWN, .number = number };
	const struct living_maker *found = NULL;

	if (!judge->sees_processes)
		return maker;
	/* Reading the creation time costs system calls, and it matters only if the pid exists. */
	maker.fate = living_makers_find(
	    makers, number, living_makers_have(makers, number) ? posix_birth(object) : 0, &found);
	if (maker.fate == CREATOR_LIVES) {
		maker.pid = found->pid;
		memcpy(maker.command, found->command, COMMAND_SIZE);
	}
	return maker;
}

static bool maker_keeps(const struct maker_fate *maker, char why[FATE_WHY_SIZE])
{
	switch (maker->fate) {
	case CREATOR_LIVES:
		if (maker->pid == maker->number)
			snprintf(why, FATE_WHY_SIZE, "its maker %d (%s) is running", maker->number,
			         maker->command);
		else
			snprintf(why, FATE_WHY_SIZE,
			         "its maker %d (%s) is running: process %d has this pid in another "
			         "pid namespace",
			         maker->number, maker->command, maker->pid);
		return true;
	case CREATOR_GONE:
		snprintf(why, FATE_WHY_SIZE, "its maker %d has exited", maker->number);
		return false;
	case CREATOR_REPLACED:
		snprintf(why, FATE_WHY_SIZE, "its maker %d has exited and its pid was reused",
		         maker->number);
		return false;
	case CREATOR_UNKNOWN:
	default:
		snprintf(why, FATE_WHY_SIZE,
		         "its maker %d may be running: not every process can be seen",
		         maker->number);
		return true;
	}
}

/* A running program of a family and user. Consecutive objects often need the same one. */
static const struct living_maker *find_program(struct fate_judge *judge,
                                               const struct family *family, uid_t uid)
{
	if (judge->program_family != family || judge->program_uid != uid)
		judge->program = living_makers_find_program(makers_of(judge), family, uid);
	judge->program_family = family;
	judge->program_uid = uid;
	return judge->program;
}

/* Whether a running program of the family keeps an object of its owner, or of its creator. */
static bool program_keeps(struct fate_judge *judge, const struct shm_object *object,
                          const struct family *family, char why[FATE_WHY_SIZE])
{
	const struct living_maker *program = find_program(judge, family, object->uid);
	uid_t user = object->uid;

	if (program == NULL && kind_is_sysv(object->kind) && object->creator_uid != object->uid) {
		user = object->creator_uid;
		program = find_program(judge, family, user);
	}
	if (program != NULL)
		snprintf(why, FATE_WHY_SIZE, "%s (%d) of %s is running", program->command,
		         program->pid, account_user(user));
	else if (!judge->makers.is_complete)
		snprintf(why, FATE_WHY_SIZE,
		         "a program of its family may be running: not every process can be seen");
	else
		snprintf(why, FATE_WHY_SIZE, "no program of its family is running");
	return program != NULL || !judge->makers.is_complete;
}

static void add_family(const struct family *family, char why[FATE_WHY_SIZE])
{
	const size_t length = strlen(why);

	snprintf(why + length, FATE_WHY_SIZE - length, " (family %s)", family->name);
}

bool fate_keeps(struct fate_judge *judge, const struct shm_object *object,
                const struct family_match *match, char why[FATE_WHY_SIZE])
{
	const struct family *family = match->family;
	struct maker_fate maker;
	bool is_kept = false;

	if (family == NULL)
		return false;
	if (family->fates & FATE_KEEP) {
		snprintf(why, FATE_WHY_SIZE, "%s",
		         family->reason != NULL ? family->reason : "it is always kept");
		is_kept = true;
	} else if ((family->fates & FATE_WITH_MAKER) && match->maker == 0) {
		snprintf(why, FATE_WHY_SIZE, "its maker is unknown and may be running");
		is_kept = true;
	} else if (family->fates & FATE_WITH_MAKER) {
		maker = find_maker(judge, object, match->maker);
		is_kept = maker_keeps(&maker, why);
	}
	if (!is_kept && (family->fates & FATE_WITH_PROGRAM))
		is_kept = program_keeps(judge, object, family, why);
	if (is_kept)
		add_family(family, why);
	return is_kept;
}

bool fate_is_abandoned(struct fate_judge *judge, const struct shm_object *object,
                       const struct family_match *match, bool goes_past_keep,
                       char why[FATE_WHY_SIZE])
{
	struct maker_fate maker;

	if (match->family != NULL && !(goes_past_keep && (match->family->fates & FATE_KEEP) != 0) &&
	    fate_keeps(judge, object, match, why))
		return false;
	if (match->maker > 0 || (object->kind == KIND_SHM && object->creator_pid > 0)) {
		maker = match->maker > 0 ? find_maker(judge, object, match->maker)
		                         : find_creator(object);
		return !maker_keeps(&maker, why);
	}
	/* The processes that last used a queue or set have exited: usage/idle.h. */
	if (KIND_BIT(object->kind) & KINDS_IDLE) {
		why[0] = '\0';
		return true;
	}
	if (match->family == NULL) {
		snprintf(why, FATE_WHY_SIZE, "%s",
		         object->kind == KIND_SHM
		             ? "its creator is outside this pid namespace"
		             : "it has no known family, so its maker is unknown");
		return false;
	}
	snprintf(why, FATE_WHY_SIZE, "leftover of %s", match->family->description);
	add_family(match->family, why);
	return true;
}
