#include "system/cgroup.h"

#include "base/memory.h"
#include "base/number.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ID_LENGTH = 64,         /* of a container, hexadecimal digits */
	ID_SHOWN = 12,          /* as docker ps and crictl ps print it */
	POD_LENGTH = 36,        /* of a pod's UUID */
	STATIC_POD_LENGTH = 32, /* of a static pod's hash */
	NAME_SIZE = NAME_MAX + 1,
};

/* The variable part of a component. */
enum part {
	PART_ID,      /* of a container */
	PART_POD,     /* uid of a pod, with _ or - between its parts */
	PART_NUMBER,  /* of a batch job */
	PART_NAME,    /* any text */
	PART_ESCAPED, /* any text, with \xNN as in names of units: systemd-escape(1) */
};

/* A component of a path that names a container or the like: prefix, variable part, suffix. */
struct pattern {
	const char *word;   /* for the short name */
	const char *prefix; /* "*x": ends in the last x of the component */
	enum part part;
	const char *suffix;
	const char *parent; /* the component before it; NULL: any */
	const char *above;  /* is in the path before it; NULL: any path */
};

/* The first match wins. Within a path, the innermost container wins. */
static const struct pattern patterns[] = {
	{ "docker", "docker-", PART_ID, ".scope", NULL, NULL },
	{ "docker", "", PART_ID, "", "docker", NULL },
	{ "podman", "libpod-", PART_ID, ".scope", NULL, NULL },
	{ "podman", "libpod-", PART_ID, "", NULL, NULL },
	{ "containerd", "cri-containerd-", PART_ID, ".scope", NULL, NULL },
	{ "crio", "crio-", PART_ID, ".scope", NULL, NULL },
	{ "crio", "crio-", PART_ID, "", NULL, NULL },
	{ "nerdctl", "nerdctl-", PART_ID, ".scope", NULL, NULL },
	{ "container", "", PART_ID, "", NULL, NULL },
	{ "pod", "*-pod", PART_POD, ".slice", NULL, "kubepods" },
	{ "pod", "pod", PART_POD, "", NULL, "kubepods" },
	{ "lxc", "lxc.payload.", PART_NAME, "", NULL, NULL },
	{ "lxc", "", PART_NAME, "", "lxc", NULL },
	{ "machine", "systemd-nspawn@", PART_ESCAPED, ".service", NULL, NULL },
	{ "machine", "machine-", PART_ESCAPED, ".scope", NULL, NULL },
	{ "slurm", "job_", PART_NUMBER, "", NULL, "slurm" },
	{ "pbs", "", PART_NAME, "", "jobid", "pbs" },
};
enum { PATTERNS = sizeof(patterns) / sizeof(patterns[0]) };

static const char *const unit_suffixes[] = { ".service", ".scope", ".socket", ".mount", ".swap" };
enum { UNIT_SUFFIXES = sizeof(unit_suffixes) / sizeof(unit_suffixes[0]) };

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool ends_with(const char *text, const char *suffix)
{
	const size_t length = strlen(text);

	return length > strlen(suffix) && strcmp(text + length - strlen(suffix), suffix) == 0;
}

static bool is_hexadecimal(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!isxdigit((unsigned char)text[i]))
			return false;
	}
	return text[length] == '\0';
}

/* "2c48913c_b29f_11e7_9350_020968147796": the name of a slice has no dashes within a part. */
static bool take_pod(char *text)
{
	const size_t length = strlen(text);

	if (length == STATIC_POD_LENGTH)
		return is_hexadecimal(text, length);
	if (length != POD_LENGTH)
		return false;
	for (size_t i = 0; i < length; i++) {
		const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (is_dash ? text[i] != '_' && text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
		if (is_dash)
			text[i] = '-';
	}
	return true;
}

/* Replace \xNN by its byte, in place. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; to++) {
		if (from[0] == '\\' && from[1] == 'x' && isxdigit((unsigned char)from[2]) &&
		    isxdigit((unsigned char)from[3])) {
			const char digits[] = { from[2], from[3], '\0' };

			*to = (char)strtoul(digits, NULL, NUMBER_HEXADECIMAL);
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* Check the variable part of a component, and shorten it in place. */
static bool take_part(enum part part, char *text)
{
	switch (part) {
	case PART_ID:
		if (strlen(text) != ID_LENGTH || !is_hexadecimal(text, ID_LENGTH))
			return false;
		text[ID_SHOWN] = '\0';
		return true;
	case PART_POD:
		return take_pod(text);
	case PART_NUMBER:
		return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
	case PART_ESCAPED:
		unescape(text);
		return *text != '\0';
	case PART_NAME:
	default:
		return *text != '\0';
	}
}

/* The variable part of a component, if it begins and ends as the pattern says. */
static bool match_ends(const struct pattern *pattern, const char *component, char part[NAME_SIZE])
{
	const char *start = NULL;
	size_t length;

	if (pattern->prefix[0] != '*') {
		if (starts_with(component, pattern->prefix))
			start = component + strlen(pattern->prefix);
	} else {
		for (const char *at = component; (at = strstr(at, pattern->prefix + 1)) != NULL;
		     at++)
			start = at + strlen(pattern->prefix + 1);
	}
	if (start == NULL || (pattern->suffix[0] != '\0' && !ends_with(start, pattern->suffix)))
		return false;
	length = strlen(start) - strlen(pattern->suffix);
	if (length >= NAME_SIZE)
		return false;
	memcpy(part, start, length);
	part[length] = '\0';
	return true;
}

/* A path while its components are read from left to right. */
struct reading {
	char above[PATH_MAX]; /* the path before the component */
	const char *parent;   /* the component before it; "" for the first one */
	char guest[CGROUP_NAME_SIZE];
	bool is_pod;             /* guest is a pod */
	bool is_job;             /* guest is a job of Slurm, without its step */
	char unit[NAME_SIZE];    /* the innermost unit that is not a slice */
	char slice[NAME_SIZE];   /* the innermost slice */
	char manager[NAME_SIZE]; /* the user of the systemd --user that the unit is of */
};

static bool matches(const struct reading *reading, const struct pattern *pattern,
                    const char *component, char part[NAME_SIZE])
{
	/* The component itself may be the one that contains the text: kubepods-pod... */
	if (pattern->above != NULL && strstr(reading->above, pattern->above) == NULL &&
	    strstr(component, pattern->above) == NULL)
		return false;
	return (pattern->parent == NULL || strcmp(reading->parent, pattern->parent) == 0) &&
	       match_ends(pattern, component, part) && take_part(pattern->part, part);
}

static bool read_guest(struct reading *reading, const char *component)
{
	char part[NAME_SIZE];

	/* Slurm's notation: job.step. */
	if (reading->is_job && starts_with(component, "step_")) {
		const size_t length = strlen(reading->guest);

		snprintf(reading->guest + length, sizeof(reading->guest) - length, ".%s",
		         component + strlen("step_"));
		reading->is_job = false;
		return true;
	}
	for (size_t i = 0; i < PATTERNS; i++) {
		const struct pattern *pattern = &patterns[i];
		const size_t length = reading->is_pod ? strlen(reading->guest) : 0;

		if (!matches(reading, pattern, component, part))
			continue;
		if (reading->is_pod && pattern->part == PART_ID)
			snprintf(reading->guest + length, sizeof(reading->guest) - length, "/%s",
			         part);
		else
			snprintf(reading->guest, sizeof(reading->guest), "%s:%s", pattern->word,
			         part);
		reading->is_pod = pattern->part == PART_POD;
		reading->is_job = pattern->part == PART_NUMBER;
		return true;
	}
	return false;
}

static void read_unit(struct reading *reading, const char *component)
{
	char *at = NULL;

	/* systemd prefixes the names of units that look like files of the kernel. */
	if (component[0] == '_')
		component++;
	if (strlen(component) >= NAME_SIZE)
		return;
	if (ends_with(component, ".slice"))
		snprintf(reading->slice, NAME_SIZE, "%s", component);
	for (size_t i = 0; i < UNIT_SUFFIXES; i++) {
		if (!ends_with(component, unit_suffixes[i]))
			continue;
		/* The unit so far is the manager of this one. */
		if (starts_with(reading->unit, "user@")) {
			snprintf(reading->manager, NAME_SIZE, "%s", reading->unit);
			at = strrchr(reading->manager, '.');
			*at = '\0';
		}
		snprintf(reading->unit, NAME_SIZE, "%s", component);
		return;
	}
}

/* The short name, after all components were read. */
static enum cgroup_rank choose_name(const struct reading *reading, char name[CGROUP_NAME_SIZE])
{
	if (reading->guest[0] != '\0') {
		memcpy(name, reading->guest, sizeof(reading->guest));
		return CGROUP_GUEST;
	}
	if (reading->unit[0] != '\0') {
		snprintf(name, CGROUP_NAME_SIZE, "%s%s%s", reading->manager,
		         reading->manager[0] != '\0' ? ":" : "", reading->unit);
		return CGROUP_UNIT;
	}
	snprintf(name, CGROUP_NAME_SIZE, "%s", reading->slice);
	return name[0] != '\0' ? CGROUP_SLICE : CGROUP_PATH;
}

enum cgroup_rank cgroup_name(const char *path, char name[CGROUP_NAME_SIZE])
{
	struct reading reading = { .parent = "" };
	char *components;
	char *rest;

	name[0] = '\0';
	if (strlen(path) >= sizeof(reading.above))
		return CGROUP_PATH;
	components = needed(strdup(path));
	for (char *component = strtok_r(components, "/", &rest); component != NULL;
	     component = strtok_r(NULL, "/", &rest)) {
		const size_t above = (size_t)(component - components) + strlen(component);

		/* Units inside a container are its own; containers may be nested. */
		if (!read_guest(&reading, component) && reading.guest[0] == '\0')
			read_unit(&reading, component);
		memcpy(reading.above, path, above);
		reading.above[above] = '\0';
		reading.parent = component;
	}
	free(components);
	return choose_name(&reading, name);
}

/* A line of /proc/PID/cgroup: "4:memory:/path", "0::/path". */
static char *path_of_line(const char *line, int *preference)
{
	char *controllers = strchr(line, ':');
	char *path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;

	if (path == NULL || path[1] != '/')
		return NULL;
	*path++ = '\0';
	controllers++;
	*preference = *controllers == '\0'                       ? 3
	              : strcmp(controllers, "name=systemd") == 0 ? 2
	              : strstr(controllers, "memory") != NULL    ? 1
	                                                         : 0;
	return path;
}

int cgroup_choose(char *text, struct cgroup *cgroup)
{
	char best_name[CGROUP_NAME_SIZE];
	const char *best = NULL;
	int best_value = -1;
	char *rest;

	*cgroup = (struct cgroup){ .path = NULL };
	for (char *line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		static const char deleted[] = " (deleted)";
		char name[CGROUP_NAME_SIZE];
		int preference = 0;
		char *path = path_of_line(line, &preference);
		int value;

		if (path == NULL)
			continue;
		/* The group was removed; the process is a zombie, or the memory is charged to it. */
		if (ends_with(path, deleted))
			path[strlen(path) - (sizeof(deleted) - 1)] = '\0';
		/* Any path is better than the root. */
		value = ((int)cgroup_name(path, name) * 2 + (path[1] != '\0')) * 4 + preference;
		if (value <= best_value)
			continue;
		best_value = value;
		best = path;
		memcpy(best_name, name, sizeof(name));
	}
	if (best == NULL)
		return -1;
	cgroup->path = needed(strdup(best));
	cgroup->unit = needed(strdup(best_name[0] != '\0' ? best_name : best));
	return 0;
}

int cgroup_read(pid_t pid, struct cgroup *cgroup)
{
	char file[32];
	char *text = NULL;
	size_t size = 0;
	FILE *stream;
	ssize_t length;

	*cgroup = (struct cgroup){ .path = NULL };
	snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)pid);
	stream = fopen(file, "re");
	if (stream == NULL)
		return -1;
	errno = ENOENT;
	length = getdelim(&text, &size, '\0', stream);
	if (length < 0 || cgroup_choose(text, cgroup) < 0)
		length = -1;
	free(text);
	fclose(stream);
	return length < 0 ? -1 : 0;
}
