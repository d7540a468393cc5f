/*
 * Texts that several events or processes share, because fork(2) copies what they were read from.
 */
#ifndef SHMTOOL_EVENTS_SHARED_TEXT_H
#define SHMTOOL_EVENTS_SHARED_TEXT_H

struct shared_text {
	unsigned int references;
	char text[];
};

/** Make a text; NULL for NULL. The caller has its first reference. */
struct shared_text *shared_text_new(const char *text);

/** One more reference to a text; NULL for NULL. */
struct shared_text *shared_text_share(struct shared_text *text);

/** Replace a text by another one, whose reference is taken over; NULL gives up the reference. */
void shared_text_replace(struct shared_text **place, struct shared_text *text);

#endif
