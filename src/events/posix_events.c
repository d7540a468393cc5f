#include "events/posix_events.h"

#include "base/memory.h"
#include "events/known_files.h"
#include "events/new_semaphores.h"
#include "events/process_facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct posix_events {
	struct known_files known;
	unsigned int kinds;
	struct process_facts *facts;
	struct known_file **due; /* files to look at in posix_events_settle() */
	size_t due_count;
	struct new_semaphores linked; /* by_name */
};

/* The circumstances of the events that are passed on. */
struct happening {
	struct posix_events *events;
	struct event_sink *sink;
	uint64_t time;
	struct event_process process;
};

struct posix_events *posix_events_new(const char *path, object_file_kind_fn *kind_of,
                                      unsigned int kinds, bool by_name, struct process_facts *facts)
{
	struct posix_events *events = needed_array(1, sizeof(*events));
	int saved;

	events->kinds = kinds;
	events->facts = facts;
	if (known_files_begin(&events->known, path, kind_of, by_name) == 0)
		return events;
	saved = errno;
	posix_events_free(events);
	errno = saved;
	return NULL;
}

void posix_events_free(struct posix_events *events)
{
	if (events == NULL)
		return;
	known_files_end(&events->known);
	free(events->due);
	free(events);
}

int posix_events_directory(const struct posix_events *events)
{
	return events->known.directory;
}

int posix_events_list(struct posix_events *events, struct error *error)
{
	return known_files_list(&events->known, NULL, NULL, error);
}

/* Write the name of an object from that of its file: without the prefix of its kind. */
static enum object_kind object_name(const struct posix_events *events, const char *file,
                                    char name[POSIX_FILE_SIZE + 1])
{
	const enum object_kind kind = events->known.kind_of(file);

	stpcpy(stpcpy(name, "/"), file + strlen(object_file_prefix(kind)));
	return kind;
}

/* Pass on an event. OLD_NAME: before the object was renamed, for EVENT_RENAMED and EVENT_REMOVED. */
static void pass(const struct happening *now, enum event_type type, const struct known_file *file,
                 const char *name, const char *old_name, uint64_t before, uint64_t after)
{
	char text[POSIX_FILE_SIZE + 1];
	char old_text[POSIX_FILE_SIZE + 1];
	struct shm_object object = file->object;
	struct event event = {
		.time = now->time,
		.type = type,
		.object = &object,
		.process = now->process,
		.before = before,
		.after = after,
	};

	object.kind = object_name(now->events, name, text);
	object.name = text;
	if (file->is_ignored || !(now->events->kinds & KIND_BIT(object.kind)))
		return;
	if (old_name != NULL) {
		(void)object_name(now->events, old_name, old_text);
		event.old_name = old_text;
	}
	event_sink_add(now->sink, &event);
}

/* Pass on an event that changes neither links nor bytes. */
static void pass_plain(const struct happening *now, enum event_type type,
                       const struct known_file *file, const char *name)
{
	pass(now, type, file, name, NULL, EVENT_UNKNOWN, EVENT_UNKNOWN);
}

static void make_due(struct posix_events *events, struct known_file *file)
{
	if (file->is_due)
		return;
	file->is_due = true;
	events->due = vector_grow(events->due, events->due_count, sizeof(struct known_file *));
	events->due[events->due_count++] = file;
}

static bool is_temporary(const struct known_file *file, const char *name)
{
	return file->temporary != NULL && name != NULL && strcmp(file->temporary, name) == 0;
}

/* Pass on the removal of a name. */
static void pass_removal(const struct happening *now, struct known_file *file, const char *name)
{
	struct posix_events *events = now->events;
	uint64_t before = file->links;
	uint64_t after = before == EVENT_UNKNOWN || before == 0 ? EVENT_UNKNOWN : before - 1;

	file->is_announced = false;
	/* It may have names elsewhere. */
	if (!events->known.by_name && after == 0) {
		file->links = EVENT_UNKNOWN;
		if (known_file_look(&events->known, file, NULL) && file->links > 0) {
			after = file->links;
			before = after + 1;
		}
	}
	pass(now, EVENT_REMOVED, file, name, strcmp(name, file->name) == 0 ? file->former : NULL,
	     before, after);
	if (events->known.by_name && after != EVENT_UNKNOWN && after > 0)
		known_files_set_links(&events->known, file->object.inode, after);
	file->links = after == EVENT_UNKNOWN ? 0 : after;
	known_file_drop_name(&events->known, file, name);
	if (file->links == 0 || events->known.by_name) {
		known_file_set_gone(&events->known, file, true);
		make_due(events, file);
	}
}

/* Pass on the removal that was held back. */
static void pass_held_removal(const struct happening *now, struct known_file *file)
{
	struct happening then = *now;
	char *name = file->removed;

	file->removed = NULL;
	process_facts_find(now->events->facts, file->remover, true, &then.process);
	pass_removal(&then, file, name);
	free(name);
}

static void pass_written(const struct happening *now, struct known_file *file, const char *name)
{
	const uint64_t before = file->object.bytes;

	if (file->object.kind == KIND_PMSG)
		return;
	if (!known_file_look(&now->events->known, file, name)) {
		/* It is gone; but the first bytes of a file change its size. */
		if (before == 0)
			pass(now, EVENT_RESIZED, file, name, NULL, before, EVENT_UNKNOWN);
		return;
	}
	if (file->object.bytes != before)
		pass(now, EVENT_RESIZED, file, name, NULL, before, file->object.bytes);
}

static void pass_changed(const struct happening *now, struct known_file *file, const char *name)
{
	const uint64_t bytes = file->object.bytes;

	/* A new size will be reported, too. */
	if (known_file_look(&now->events->known, file, name))
		file->object.bytes = bytes;
	pass_plain(now, EVENT_CHANGED, file, name);
}

/* Pass on what happened to a file, but for its names. */
static void pass_uses(const struct happening *now, struct known_file *file, const char *name,
                      unsigned int what)
{
	if (what & POSIX_OPENED)
		pass_plain(now, EVENT_OPENED, file, name);
	if (what & POSIX_WRITTEN)
		pass_written(now, file, name);
	if (what & POSIX_CHANGED)
		pass_changed(now, file, name);
	if (what & POSIX_CLOSED)
		pass_plain(now, EVENT_CLOSED, file, name);
	if ((what & POSIX_CLOSED) && file->is_gone)
		make_due(now->events, file);
}

/* Pass on a creation that was held back: the file is not a semaphore's. */
static void release(const struct happening *now, struct known_file *file)
{
	struct happening then = *now;

	then.time = file->held;
	process_facts_find(now->events->facts, file->pid, true, &then.process);
	file->is_held = false;
	free(file->temporary);
	file->temporary = NULL;
	pass(&then, EVENT_CREATED, file, file->name, NULL, 0, 1);
	pass_uses(&then, file, file->name, file->what);
	if (file->what & POSIX_REMOVED)
		pass_removal(now, file, file->name);
}

/* A semaphore has been given its own name: its creation, and what happened to it before. */
static void pass_semaphore(const struct happening *now, struct known_file *file)
{
	const bool by_name = now->events->known.by_name;

	file->is_held = false;
	free(file->removed);
	file->removed = NULL;
	if (!by_name)
		pass(now, EVENT_CREATED, file, file->name, NULL, 0, 1);
	pass_uses(now, file, file->name, file->what & (POSIX_OPENED | POSIX_CLOSED));
}

/* A name was linked to a file that is known. */
static void take_link(const struct happening *now, struct known_file *file, const char *name)
{
	struct known_files *known = &now->events->known;
	const uint64_t before = file->links;

	if (file->is_held) {
		known_file_drop_name(known, file, file->temporary);
		known_file_set_name(known, file, name);
		(void)known_file_look(known, file, name);
		pass_semaphore(now, file);
		return;
	}
	/* A file without a name was ignored until now. */
	if (file->is_ignored) {
		file->is_ignored = false;
		(void)known_file_look(known, file, name);
	}
	known_file_set_gone(known, file, false);
	known_file_set_name(known, file, name);
	if (before != EVENT_UNKNOWN)
		file->links = before + 1;
	pass(now, EVENT_CREATED, file, name, NULL, before, file->links);
}

static void make_not_due(struct posix_events *events, struct known_file *file)
{
	for (size_t i = 0; file->is_due && i < events->due_count; i++) {
		if (events->due[i] != file)
			continue;
		events->due[i] = events->due[--events->due_count];
		file->is_due = false;
	}
}

/* by_name: forget a file, because its name is now another one's. */
static void forget(const struct happening *now, struct known_file *file)
{
	if (file->is_held)
		release(now, file);
	make_not_due(now->events, file);
	known_files_remove(&now->events->known, file);
}

static void take_new(const struct happening *now, const struct file_key *key, const char *name,
                     pid_t pid)
{
	struct posix_events *events = now->events;
	struct known_file *file = known_files_add(&events->known, key, name);

	file->links = events->known.by_name ? EVENT_UNKNOWN : 1;
	if (!known_file_look(&events->known, file, name))
		file->object.uid = now->process.uid;
	else if (events->known.by_name && file->links > 1)
		known_files_set_links(&events->known, file->object.inode, file->links);
	if (file->object.kind != KIND_PMSG && new_semaphore_is_temporary(name)) {
		file->is_held = true;
		file->held = now->time;
		file->pid = pid;
		file->temporary = needed(strdup(name));
		make_due(events, file);
	}
	if (events->known.by_name && !file->is_held && file->object.kind == KIND_PSEM) {
		/* It has been linked, and has its size already. */
		new_semaphores_add(&events->linked, key, file->object.inode, now->time);
	} else {
		file->object.bytes = 0;
		file->object.used = 0;
	}
	if (!file->is_held)
		pass(now, EVENT_CREATED, file, name, NULL, 0,
		     file->links == EVENT_UNKNOWN ? 1 : file->links);
}

static void take_created(const struct happening *now, const struct file_key *key,
                         struct known_file *file, const struct posix_report *report)
{
	struct known_file *named = known_files_named(&now->events->known, report->name);

	if (named != NULL && named != file && named->removed != NULL &&
	    strcmp(named->removed, report->name) == 0)
		pass_held_removal(now, named);
	if (file != NULL && named == file && file->is_announced && !file->is_gone) {
		file->is_announced = false;
		return;
	}
	if (file != NULL && now->events->known.by_name) {
		forget(now, file);
		file = NULL;
	}
	/* It was listed between its creation and this report. */
	if (file != NULL && named == file && !file->is_held)
		pass(now, EVENT_CREATED, file, report->name, NULL,
		     file->links == EVENT_UNKNOWN ? 0 : file->links - 1, file->links);
	else if (file != NULL)
		take_link(now, file, report->name);
	else
		take_new(now, key, report->name, report->pid);
}

/* by_name: find the semaphore that a temporary file has become. */
static void take_unlinked_temporary(const struct happening *now, struct known_file *file)
{
	struct known_files *known = &now->events->known;
	struct known_file *semaphore;
	struct file_key name;

	if (!new_semaphores_take(&now->events->linked, file->object.inode, now->time, &name) ||
	    (semaphore = known_files_find(known, &name)) == NULL)
		return;
	if (semaphore->links == 2)
		semaphore->links = 1;
	free(file->name);
	file->name = needed(strdup(semaphore->name));
	file->object = semaphore->object;
	known_file_set_gone(known, file, true);
	pass_semaphore(now, file);
}

static void take_removed(const struct happening *now, struct known_file *file,
                         const struct posix_report *report)
{
	struct posix_events *events = now->events;

	if (is_temporary(file, report->name)) {
		if (file->is_held)
			file->what |= POSIX_REMOVED;
		if (file->is_held && events->known.by_name)
			take_unlinked_temporary(now, file);
		return;
	}
	if (file->is_announced && file->is_gone) {
		file->is_announced = false;
		return;
	}
	/* Of reports that were merged, the removal is the last one, but other names may follow. */
	if (report->what == POSIX_REMOVED) {
		pass_removal(now, file, report->name);
		return;
	}
	if (file->removed != NULL)
		pass_held_removal(now, file);
	file->removed = needed(strdup(report->name));
	file->remover = report->pid;
	make_due(events, file);
}

/* Add a file that existed before it was known, for example because reports were lost. */
static struct known_file *discover(const struct happening *now, const struct file_key *key,
                                   const char *name)
{
	struct posix_events *events = now->events;
	struct known_file *file = known_files_add(&events->known, key, name);

	file->links = EVENT_UNKNOWN;
	if (known_file_look(&events->known, file, name) && file->links > 0)
		return file;
	/* A file of O_TMPFILE, whose name is a number, may be linked to a name later. */
	file->is_ignored |= name[0] == '#' && file->links == 0;
	known_file_set_gone(&events->known, file, true);
	make_due(events, file);
	return file;
}

/* The key of a report, or one made of a name in ROOM. */
static const struct file_key *key_of(const struct posix_report *report, const char *name,
                                     struct file_key *room)
{
	if (report->file != NULL && report->file->length > 0)
		return report->file;
	file_key_of_name(room, name);
	return room;
}

static void take_renamed(const struct happening *now, const struct posix_report *report)
{
	const char *former = report->old_name != NULL ? report->old_name : report->name;
	struct known_files *known = &now->events->known;
	struct known_file *named =
	    report->name != NULL ? known_files_named(known, report->name) : NULL;
	struct known_file *file;
	struct file_key room;
	const struct file_key *key = key_of(report, former, &room);

	file = known_files_find(known, key);
	if (file == NULL)
		file = discover(now, key, report->name != NULL ? report->name : former);

	if (file->is_held)
		release(now, file);
	if (named != NULL && named != file && named->removed != NULL)
		pass_held_removal(now, named);
	else if (named != NULL && named != file && !named->is_gone)
		pass_removal(now, named, report->name);
	if (report->name == NULL) {
		pass(now, EVENT_REMOVED, file, report->old_name, NULL, file->links, file->links);
		known_file_drop_name(known, file, report->old_name);
		known_file_set_gone(known, file, true);
		/* Nothing more is reported of it. */
		file->is_dead = true;
		make_due(now->events, file);
	} else if (report->old_name == NULL) {
		known_file_set_name(known, file, report->name);
		known_file_set_gone(known, file, false);
		file->is_dead = false;
		pass(now, EVENT_CREATED, file, report->name, NULL, file->links, file->links);
	} else {
		if (named != NULL && known->by_name && named != file)
			forget(now, named);
		if (known->by_name)
			make_not_due(now->events, file);
		file = known_file_rename(known, file, report->old_name, report->name);
		pass(now, EVENT_RENAMED, file, report->name, report->old_name, EVENT_UNKNOWN,
		     EVENT_UNKNOWN);
	}
}

static void resync_listed(struct known_file *file, bool is_new, void *state)
{
	const struct happening *now = state;

	file->is_announced = is_new;
	if (is_new)
		pass(now, EVENT_CREATED, file, file->name, NULL, EVENT_UNKNOWN, file->links);
	else if (!file->is_held)
		pass_written(now, file, file->name);
}

static bool resync_missing(void *value, void *state)
{
	const struct happening *now = state;
	struct known_file *file = value;

	if (file->is_gone || file->is_held || file->round == now->events->known.round)
		return true;
	pass(now, EVENT_REMOVED, file, file->name, NULL, file->links, EVENT_UNKNOWN);
	free(file->removed);
	file->removed = NULL;
	file->links = 0;
	file->is_announced = true;
	known_file_set_gone(&now->events->known, file, true);
	make_due(now->events, file);
	return true;
}

/* Reports were lost: pass that on, and list the existing objects. */
static void resync(struct happening *now)
{
	struct error error;

	event_sink_add_loss(now->sink, now->time, 1);
	now->process = (struct event_process){ .uid = (uid_t)-1 };
	if (known_files_list(&now->events->known, resync_listed, now, &error) == 0)
		file_map_visit(&now->events->known.files, resync_missing, now);
}

/* Process a report of anything but a rename. */
static void take(const struct happening *now, const struct posix_report *report)
{
	const struct known_files *known = &now->events->known;
	const char *name = report->name;
	struct file_key room;
	const struct file_key *key = key_of(report, name, &room);
	struct known_file *file = known_files_find(known, key);

	if (report->what & POSIX_CREATED) {
		take_created(now, key, file, report);
		file = known_files_find(known, key);
	}
	if (file == NULL)
		file = discover(now, key, name);
	if (file->is_held) {
		file->what |= report->what;
		file->heard = now->time;
	} else {
		pass_uses(now, file, is_temporary(file, name) ? file->name : name, report->what);
	}
	if (report->what & POSIX_REMOVED)
		take_removed(now, file, report);
}

void posix_events_take(struct posix_events *events, const struct posix_report *report,
                       struct event_sink *sink)
{
	struct happening now = { .events = events, .sink = sink, .time = report->time };

	process_facts_find(events->facts, report->pid, report->exited, &now.process);
	if (report->what & POSIX_LOST)
		resync(&now);
	else if ((report->what & POSIX_RENAMED) &&
	         (report->name != NULL || report->old_name != NULL))
		take_renamed(&now, report);
	else if (report->name != NULL)
		take(&now, report);
}

/* The time from which a file that is held back counts as an ordinary one. */
static uint64_t end_of_hold(const struct known_file *file)
{
	return new_semaphore_end(file->held, file->heard,
	                         (file->what & (POSIX_OPENED | POSIX_CLOSED)) == POSIX_OPENED);
}

/* Pass on what was held back of a file. Returns true if it is still due. */
static bool settle_file(const struct happening *now, struct known_file *file, bool finish)
{
	struct known_files *known = &now->events->known;

	if (file->is_held &&
	    (file->what & (POSIX_REMOVED | POSIX_WRITTEN)) == (POSIX_REMOVED | POSIX_WRITTEN)) {
		/* A semaphore that could not be linked to its name, since there is another one. */
		file->is_held = false;
		file->is_ignored = true;
		known_file_drop_name(known, file, file->temporary);
		known_file_set_gone(known, file, true);
	}
	if (file->is_held && (finish || (file->what & POSIX_REMOVED) ||
	                      now->time >= end_of_hold(file) || now->time < file->held))
		release(now, file);
	if (file->is_held)
		return true;
	if (file->removed != NULL)
		pass_held_removal(now, file);
	if (file->is_gone && !known->by_name && !file->is_dead) {
		/* Its last close may be reported in the meantime. */
		file->is_dead = !known_file_exists(known, file);
		if (file->is_dead)
			return true;
	}
	file->is_due = false;
	if (file->is_dead)
		known_files_remove(known, file);
	return false;
}

struct posix_held posix_events_settle(struct posix_events *events, uint64_t now, bool finish,
                                      struct event_sink *sink)
{
	const struct happening then = { .events = events, .sink = sink, .time = now };
	struct posix_held held = { .since = UINT64_MAX, .due = UINT64_MAX };
	size_t left = 0;

	for (size_t i = 0; i < events->due_count; i++) {
		struct known_file *file = events->due[i];

		if (!settle_file(&then, file, finish))
			continue;
		events->due[left++] = file;
		if (!file->is_held)
			continue;
		if (file->held < held.since)
			held.since = file->held;
		if (end_of_hold(file) < held.due)
			held.due = end_of_hold(file);
	}
	events->due_count = left;
	known_files_sweep(&events->known);
	return held;
}
