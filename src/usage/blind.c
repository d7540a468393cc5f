#include "usage/blind.h"

#include "system/mount.h"
#include "system/place.h"
#include "system/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static int compare_pids(const void *left, const void *right)
{
	const pid_t *a = left;
	const pid_t *b = right;

	return (*a > *b) - (*a < *b);
}

void users_blind_fill(struct users_blind *blind, pid_t *pids, size_t count)
{
	struct stat st;
	const bool has_directory = stat(place_posix_directory(), &st) == 0;
	const dev_t device = has_directory ? mount_device(place_posix_directory(), st.st_dev) : 0;
	size_t named = 0;

	if (count > 0)
		qsort(pids, count, sizeof(*pids), compare_pids);
	for (size_t i = 0; i < count; i++) {
		const pid_t pid = pids[i];
		const bool is_near = !has_directory || process_has_mounted(pid, device);
		size_t place = is_near ? blind->near : named;

		/* A process that has exited has no mounts: it counts as near, and uses nothing. */
		if (!process_can_hold(pid))
			continue;
		blind->processes++;
		blind->near += is_near;
		if (place >= USERS_BLIND_NAMED)
			continue;
		if (named < USERS_BLIND_NAMED)
			named++;
		for (size_t j = named - 1; j > place; j--)
			blind->named[j] = blind->named[j - 1];
		blind->named[place].pid = pid;
		process_command(pid, blind->named[place].command);
	}
	blind->hidden = process_some_are_hidden();
	blind->outside = !blind->hidden && !process_all_are_listed();
}

bool users_are_blind(const struct users_blind *blind)
{
	return blind->processes > 0 || blind->no_proc || blind->hidden || blind->outside;
}

void users_blind_text(const struct users_blind *blind, bool near_only,
                      char text[USERS_BLIND_TEXT_SIZE])
{
	const size_t processes = near_only ? blind->near : blind->processes;
	size_t length = 0;

	text[0] = '\0';
	if (processes > 0)
		length += (size_t)snprintf(text, USERS_BLIND_TEXT_SIZE,
		                           "%zu process%s could not be inspected (", processes,
		                           processes == 1 ? "" : "es");
	for (size_t i = 0; i < processes && i < USERS_BLIND_NAMED; i++)
		length += (size_t)snprintf(text + length, USERS_BLIND_TEXT_SIZE - length, "%s%d %s",
		                           i > 0 ? ", " : "", blind->named[i].pid,
		                           blind->named[i].command);
	if (processes > 0)
		length += (size_t)snprintf(text + length, USERS_BLIND_TEXT_SIZE - length, "%s)",
		                           processes > USERS_BLIND_NAMED ? ", ..." : "");
	if (blind->no_proc)
		length += (size_t)snprintf(text + length, USERS_BLIND_TEXT_SIZE - length,
		                           "no process can be seen: /proc is not mounted");
	if (blind->hidden)
		length +=
		    (size_t)snprintf(text + length, USERS_BLIND_TEXT_SIZE - length,
		                     "%sprocesses of other users are hidden in /proc (hidepid)",
		                     length > 0 ? "; " : "");
	if (blind->outside)
		snprintf(text + length, USERS_BLIND_TEXT_SIZE - length,
		         "%sprocesses outside this pid namespace can't be seen",
		         length > 0 ? "; " : "");
}
