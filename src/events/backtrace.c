#include "events/backtrace.h"

#include "base/memory.h"
#include "system/process.h"
#include "system/remote_call.h"
#include "system/thread_snapshot.h"
#include "system/unwind.h"

#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* The time that the library may take, in seconds. */
enum { UNWIND_SECONDS = 1 };

/* The group that owns no files. */
enum { NO_GROUP = 65534 };

int backtrace_begin(struct error *error)
{
	return unwind_load(error);
}

/* Give up the privileges that the program does not have, whose files are opened now. */
static void become_user_of(pid_t thread)
{
	struct process_identity identity;
	struct stat st;
	char path[32];
	gid_t group;

	if (geteuid() != 0)
		return;
	snprintf(path, sizeof(path), "/proc/%d", (int)thread);
	if (process_read_identity(thread, &identity) < 0 || stat(path, &st) < 0)
		_exit(EXIT_FAILURE);
	if (identity.effective_uid == 0)
		return;
	/* The directory of a process that cannot be inspected belongs to root. */
	group = st.st_uid == identity.effective_uid ? st.st_gid : NO_GROUP;
	if (setgroups(0, NULL) < 0 || setresgid(group, group, group) < 0 ||
	    setresuid(identity.effective_uid, identity.effective_uid, identity.effective_uid) < 0)
		_exit(EXIT_FAILURE);
}

/* In a child process, which the library may crash. */
static void list(const void *argument, void *answer)
{
	const struct thread_snapshot *snapshot = argument;
	const struct rlimit no_core = { .rlim_cur = 0 };
	sigset_t alarm_only;

	become_user_of(snapshot->thread);
	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGALRM, SIG_DFL);
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	(void)sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
	alarm(UNWIND_SECONDS);
	unwind_list(snapshot, answer, REMOTE_CALL_ANSWER_MAX);
}

/* One backtrace. */
struct looking {
	void (*resume)(void *closure);
	void *closure;
	int result; /* of remote_call() */
	char lines[REMOTE_CALL_ANSWER_MAX];
};

static void resume_call(void *closure)
{
	const struct looking *looking = closure;

	looking->resume(looking->closure);
}

static void look(void *closure, const struct thread_snapshot *snapshot)
{
	struct looking *looking = closure;

	looking->result = remote_call(list, snapshot, looking->lines, sizeof(looking->lines));
}

char *backtrace_of(pid_t thread, void (*resume)(void *closure), void *closure, struct error *error)
{
	struct looking looking = { .resume = resume, .closure = closure };
	const struct thread_visit visit = {
		.resume = resume_call,
		.look = look,
		.closure = &looking,
	};

	if (thread_snapshot_take(thread, &visit, error) < 0)
		return NULL;
	if (looking.result < 0)
		error_set(error, STATUS_FAILED,
		          "its calls can't be listed: libdw failed, or took more than a second");
	else if (*looking.lines == '\0')
		error_set(error, STATUS_FAILED, "its calls can't be listed: libdw found none");
	else
		return needed(strdup(looking.lines));
	return NULL;
}
