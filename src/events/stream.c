#include "events/stream.h"

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/memory.h"
#include "events/shared_text.h"
#include "events/source.h"
#include "objects/kind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

/* The sources, the best ones first. */
static const struct event_source *const sources[] = {
	&tracepoint_source, &call_source, &fanotify_source, &inotify_source, &sampling_source,
};
enum { SOURCES = sizeof(sources) / sizeof(sources[0]) };

/* An event with its own copies of the object and the texts. */
struct held_event {
	uint64_t number; /* in the order of event_sink_add() */
	struct event event;
	struct shm_object object;
	struct shared_text *cmdline;
	struct shared_text *cgroup;
	char names[];
};

struct event_sink {
	struct held_event **events;
	size_t count;
	bool is_sorted; /* by time */
	uint64_t added;
	/* Of the last event: that of the next one is often the same. */
	struct shared_text *cmdline;
	struct shared_text *cgroup;
};

/* With this number of events, sources should wait until they are delivered. */
enum { SINK_FULL = 1 << 14 };

/* After this number of delivered events, others may have filled the buffers of a source. */
enum { MANY = 256 };

struct open_source {
	const struct event_source *source;
	void *state;
	uint64_t known; /* its events before this time are complete, nanoseconds since 1970 */
};

struct event_stream {
	struct open_source open[SOURCES];
	size_t open_count;
	struct event_source_note *notes; /* one for each source and reason */
	size_t note_count;
	char *reasons[SOURCES]; /* why sources do not report some of their kinds */
	struct event_sink sink;
	int epoll;
};

/* Append a text to the copies; NULL stays NULL. */
static const char *copy_text(char **end, const char *text, size_t length)
{
	char *copy = *end;

	if (text == NULL)
		return NULL;
	memcpy(copy, text, length);
	*end += length;
	return copy;
}

static size_t text_size(const char *text)
{
	return text != NULL ? strlen(text) + 1 : 0;
}

/* Share a text with the last event if it has the same. */
static const char *hold_text(struct shared_text **held, struct shared_text **last, const char *text)
{
	if (text == NULL || *last == NULL || strcmp((*last)->text, text) != 0)
		shared_text_replace(last, shared_text_new(text));
	*held = shared_text_share(*last);
	return *held != NULL ? (*held)->text : NULL;
}

static void held_event_free(struct held_event *held)
{
	shared_text_replace(&held->cmdline, NULL);
	shared_text_replace(&held->cgroup, NULL);
	free(held);
}

bool event_sink_is_full(const struct event_sink *sink)
{
	return sink->count >= SINK_FULL;
}

void event_sink_add(struct event_sink *sink, const struct event *event)
{
	const struct shm_object *object = event->object;
	const char *name = object != NULL && !kind_is_sysv(object->kind) ? object->name : NULL;
	const size_t name_size = text_size(name);
	const size_t old_size = text_size(event->old_name);
	struct held_event *held = needed(malloc(sizeof(*held) + name_size + old_size));
	char *end = held->names;

	held->event = *event;
	if (object != NULL) {
		held->object = *object;
		held->event.object = &held->object;
		if (name != NULL)
			held->object.name = copy_text(&end, name, name_size);
		else if (object->kind == KIND_SHM)
			held->object.command = NULL; /* it belongs to a list */
	}
	held->event.old_name = copy_text(&end, event->old_name, old_size);
	held->event.process.cmdline =
	    hold_text(&held->cmdline, &sink->cmdline, event->process.cmdline);
	held->event.process.cgroup = hold_text(&held->cgroup, &sink->cgroup, event->process.cgroup);

	held->number = sink->added++;
	if (sink->count > 0 && sink->events[sink->count - 1]->event.time > event->time)
		sink->is_sorted = false;
	sink->events = vector_grow(sink->events, sink->count, sizeof(*sink->events));
	sink->events[sink->count++] = held;
}

void event_sink_add_loss(struct event_sink *sink, uint64_t time, uint64_t number)
{
	const struct event lost = {
		.time = time,
		.type = EVENT_LOST,
		.process = { .uid = (uid_t)-1 },
		.before = EVENT_UNKNOWN,
		.after = EVENT_UNKNOWN,
		.number = number,
	};

	event_sink_add(sink, &lost);
}

/* By time; events of the same time in the order in which they were added. */
static int compare_events(const void *a, const void *b)
{
	const struct held_event *left = *(struct held_event *const *)a;
	const struct held_event *right = *(struct held_event *const *)b;

	if (left->event.time != right->event.time)
		return left->event.time < right->event.time ? -1 : 1;
	return left->number < right->number ? -1 : 1;
}

/* Add a note for each reason why no better source reports some of the kinds. */
static void note_kinds(struct event_stream *stream, const struct event_source *source,
                       unsigned int kinds, const char *const why[KIND_COUNT])
{
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		struct event_source_note note = {
			.name = source->name,
			.samples = source->samples,
			.why = why[kind],
		};

		for (unsigned int other = kind; other < KIND_COUNT; other++) {
			if (why[other] == why[kind])
				note.kinds |= kinds & KIND_BIT(other);
		}
		if (!(note.kinds & KIND_BIT(kind)))
			continue;
		kinds &= ~note.kinds;
		stream->notes =
		    vector_grow(stream->notes, stream->note_count, sizeof(*stream->notes));
		stream->notes[stream->note_count++] = note;
	}
}

/*
 * Open a source for the kinds that no better one reports.
 *
 * @param i    of the table
 * @param why  for each kind: why a better source does not report it, or NULL; is updated
 * @return the kinds that it reports
 */
static unsigned int open_source(struct event_stream *stream, const struct event_request *request,
                                size_t i, unsigned int kinds, const char *why[KIND_COUNT])
{
	struct open_source *open = &stream->open[stream->open_count];
	struct epoll_event watch = { .events = EPOLLIN };
	struct error error = { .text = "" };
	unsigned int opened = 0;

	if (sources[i]->open(request, kinds, &open->state, &opened, &error) < 0) {
		opened = 0;
	} else if (epoll_ctl(stream->epoll, EPOLL_CTL_ADD, sources[i]->fd(open->state), &watch) <
	           0) {
		(void)error_set_errno(&error, errno, "the events can't be waited for");
		sources[i]->close(open->state);
		opened = 0;
	} else {
		open->source = sources[i];
		open->known = 0;
		stream->open_count++;
	}
	opened &= kinds;
	note_kinds(stream, sources[i], opened, why);
	if (opened == kinds || error.text[0] == '\0')
		return opened;
	stream->reasons[i] = needed(strdup(error.text));
	for (unsigned int kind = 0; kind < KIND_COUNT; kind++) {
		if ((kinds & ~opened & KIND_BIT(kind)) && why[kind] == NULL)
			why[kind] = stream->reasons[i];
	}
	return opened;
}

struct event_stream *event_stream_open(const struct event_request *request, struct error *error)
{
	struct event_stream *stream = needed_array(1, sizeof(*stream));
	const char *why[KIND_COUNT] = { NULL };
	unsigned int missing = request->kinds;
	const char *reason = "no source of events knows these kinds of object";

	stream->sink.is_sorted = true;
	stream->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (stream->epoll < 0) {
		error_set_errno(error, errno, "can't wait for events");
		event_stream_close(stream);
		return NULL;
	}
	for (size_t i = 0; i < SOURCES; i++) {
		const unsigned int kinds = missing & sources[i]->kinds;

		if (kinds != 0 || (request->calls && (request->kinds & sources[i]->calls)))
			missing &= ~open_source(stream, request, i, kinds, why);
	}
	if (stream->open_count > 0)
		return stream;
	for (size_t i = 0; i < SOURCES; i++) {
		if (stream->reasons[i] != NULL)
			reason = stream->reasons[i];
	}
	error_set(error, STATUS_FAILED, "%s", reason);
	event_stream_close(stream);
	return NULL;
}

const struct event_source_note *event_stream_source(const struct event_stream *stream, size_t i)
{
	return i < stream->note_count ? &stream->notes[i] : NULL;
}

int event_stream_fd(const struct event_stream *stream)
{
	return stream->epoll;
}

/*
 * Read each source; returns the time before which all events are known. After the clock was set back,
 * these are all that are held, since their times lie ahead.
 */
static uint64_t read_sources(struct event_stream *stream, bool finish)
{
	uint64_t known = UINT64_MAX;
	bool was_set_back = false;

	for (size_t i = 0; i < stream->open_count; i++) {
		struct open_source *open = &stream->open[i];
		const uint64_t time = open->source->read(open->state, finish, &stream->sink);

		was_set_back |= clock_was_set_back(open->known, time);
		if (time > open->known || clock_was_set_back(open->known, time))
			open->known = time;
		if (open->known < known)
			known = open->known;
	}
	return was_set_back ? UINT64_MAX : known;
}

static void hold_events(struct event_stream *stream)
{
	for (size_t i = 0; i < stream->open_count; i++) {
		if (stream->open[i].source->hold != NULL)
			stream->open[i].source->hold(stream->open[i].state);
	}
}

/* Pass on the events before a time, in the order of their times; returns whether there were any. */
static bool deliver(struct event_stream *stream, uint64_t until, event_handler *handler,
                    void *closure)
{
	struct event_sink *sink = &stream->sink;
	size_t done = 0;

	if (!sink->is_sorted)
		qsort(sink->events, sink->count, sizeof(*sink->events), compare_events);
	sink->is_sorted = true;
	while (done < sink->count && sink->events[done]->event.time < until) {
		handler(closure, &sink->events[done]->event);
		held_event_free(sink->events[done++]);
		if (done % MANY == 0)
			hold_events(stream);
	}
	sink->count -= done;
	if (done > 0)
		memmove(sink->events, sink->events + done, sink->count * sizeof(*sink->events));
	return done > 0;
}

void event_stream_read(struct event_stream *stream, bool finish, event_handler *handler,
                       void *closure)
{
	bool delivered;
	bool was_full;

	/* A full sink may have kept a source from passing on everything. */
	do {
		uint64_t known = read_sources(stream, finish);

		was_full = event_sink_is_full(&stream->sink);
		if (finish && !was_full)
			known = UINT64_MAX;
		delivered = deliver(stream, known, handler, closure);
		/* At the end, what can't be put in order is passed on all the same. */
		if (finish && was_full && !delivered)
			delivered = deliver(stream, UINT64_MAX, handler, closure);
	} while (was_full && delivered);
}

void event_stream_close(struct event_stream *stream)
{
	if (stream == NULL)
		return;
	for (size_t i = 0; i < stream->open_count; i++)
		stream->open[i].source->close(stream->open[i].state);
	for (size_t i = 0; i < stream->sink.count; i++)
		held_event_free(stream->sink.events[i]);
	shared_text_replace(&stream->sink.cmdline, NULL);
	shared_text_replace(&stream->sink.cgroup, NULL);
	free(stream->sink.events);
	for (size_t i = 0; i < SOURCES; i++)
		free(stream->reasons[i]);
	free(stream->notes);
	descriptor_close(stream->epoll);
	free(stream);
}
