/*
 * Forks, executions and other events of all processes, as the process connector of netlink(7)
 * reports them, see the kernel's cn_proc.h: only in the initial pid and network namespace, and
 * before Linux 6.6 only to root. Threads cause the same events.
 */
#ifndef SHMTOOL_EVENTS_PROCESS_CONNECTOR_H
#define SHMTOOL_EVENTS_PROCESS_CONNECTOR_H

#include <linux/cn_proc.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** An event. Returns false if it shows that the events are unusable, which ends the reading. */
typedef bool process_connector_fn(void *closure, const struct proc_event *event);

/**
 * Start to listen.
 *
 * @param kinds  PROC_EVENT_FORK and so on
 * @param count  of kinds, at most 16
 * @return a descriptor for poll(2), which must be closed by process_connector_close(); or -1 with
 *         errno: ENOTSUP in another pid namespace
 */
int process_connector_open(const unsigned int *kinds, size_t count);

void process_connector_close(int connector);

/**
 * Parse a message with an event.
 *
 * @param length  of the message, in bytes
 * @param event   receives the event, whose command ends with a NUL; undefined on failure
 * @return false if the message is another one
 */
bool process_connector_parse(const char *message, size_t length, struct proc_event *event);

/**
 * Read the events so far. The kernel reports a process before it starts to run.
 *
 * @return 0, or -1 with errno if that fails, ENOBUFS if events were lost, or EPROTO if a message
 *         is no event, or the function returned false
 */
int process_connector_read(int connector, process_connector_fn *take, void *closure);

#endif
