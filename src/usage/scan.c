#include "usage/scan.h"

#include "base/access.h"
#include "base/descriptor.h"
#include "base/memory.h"
#include "base/number.h"
#include "system/process_files.h"
#include "system/process_list.h"
#include "system/process_maps.h"
#include "system/user_map.h"
#include "usage/blind.h"
#include "usage/wanted.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	DIRECTORY_SIZE = 48, /* "4194304/task/4194304" */
	THREADS_MAX = 4,
	PROCESSES_A_THREAD = 32, /* fewer are not worth a thread */
	PROCESSES_AT_ONCE = 8,   /* batch size of a thread */
};

/* A row, and the end of its last mapping, so that an adjacent mapping can be merged. */
struct found {
	struct user user;
	uint64_t end;        /* address */
	uint64_t end_offset; /* in the file */
	bool end_is_private;
};

/* State that all threads share. */
struct scan {
	const struct users_request *request;
	struct wanted wanted;
	int proc;              /* descriptor of /proc */
	bool has_namespaces;   /* the kernel supports IPC namespaces */
	struct stat namespace; /* our IPC namespace; all zero if it is unknown */
	struct pid_list processes;
	atomic_size_t next; /* index of the next process to be scanned */
};

/* A thread and its results. */
struct worker {
	struct scan *scan;
	pthread_t thread;
	struct found *found;
	size_t count;
	size_t *latest; /* index of the latest row for each target and how */
	struct pid_list refused;
	int shortage; /* errno of a resource shortage that made the scan incomplete; 0: none */
};

/* The process and thread that are being scanned. */
struct look {
	struct worker *worker;
	pid_t pid;
	const char *directory; /* of the process or of one of its threads, in /proc */
	size_t first;          /* first row of the process */
};

static void add_pid(struct pid_list *list, pid_t pid)
{
	list->pids = vector_grow(list->pids, list->count, sizeof(*list->pids));
	list->pids[list->count++] = pid;
}

static size_t latest_place(size_t target, enum user_how how)
{
	return target * USER_HOW_COUNT + how;
}

/* Append a zeroed row. */
static struct found *add_row(const struct look *look, size_t target, enum user_how how)
{
	struct worker *worker = look->worker;
	struct found *row;

	worker->found = vector_grow(worker->found, worker->count, sizeof(*worker->found));
	worker->latest[latest_place(target, how)] = worker->count;
	row = &worker->found[worker->count++];
	memset(row, 0, sizeof(*row));
	row->user.target = target;
	row->user.pid = look->pid;
	row->user.how = how;
	return row;
}

/* The latest row of the process for a target and how; NULL if there is none. */
static struct found *find_row(const struct look *look, size_t target, enum user_how how)
{
	const struct worker *worker = look->worker;
	const size_t place = worker->latest[latest_place(target, how)];
	struct found *row;

	/* The index may be unset, of another process, or of a dropped row. */
	if (place < look->first || place >= worker->count)
		return NULL;
	row = &worker->found[place];
	return row->user.target == target && row->user.how == how ? row : NULL;
}

static void add_mapping(const struct look *look, size_t target, enum user_how how,
                        const struct process_mapping *mapping,
                        const struct process_maps_memory *memory)
{
	struct found *row = find_row(look, target, how);
	/* The parts of a mapping that differ in protection or advice are adjacent. */
	const bool goes_on = row != NULL && row->end == mapping->start &&
	                     row->end_offset == mapping->offset &&
	                     row->end_is_private == !mapping->shared;

	if (row == NULL || (look->worker->scan->request->each && !goes_on)) {
		row = add_row(look, target, how);
		row->user.address = mapping->start;
		row->user.is_private = true;
	}
	row->user.count += !goes_on;
	row->user.areas++;
	row->user.bytes += mapping->end - mapping->start;
	row->user.resident += memory->resident;
	row->user.share += memory->proportional;
	row->user.share_unknown |= memory->huge > 0;
	row->user.readable |= mapping->readable;
	row->user.writable |= mapping->writable && mapping->shared;
	row->user.is_private &= !mapping->shared;
	row->user.any_private |= !mapping->shared;
	row->end = mapping->end;
	row->end_offset = mapping->offset + (mapping->end - mapping->start);
	row->end_is_private = !mapping->shared;
}

/* Check whether a process is in our IPC namespace; -1 with errno if that is denied. */
static int is_in_namespace(const struct look *look)
{
	const struct scan *scan = look->worker->scan;
	char path[DIRECTORY_SIZE + 8];
	struct stat st;

	if (!scan->has_namespaces)
		return 1;
	snprintf(path, sizeof(path), "%s/ns/ipc", look->directory);
	if (fstatat(scan->proc, path, &st, 0) < 0)
		return -1;
	return st.st_dev == scan->namespace.st_dev && st.st_ino == scan->namespace.st_ino;
}

/* A process whose mappings are being read. */
struct mapping_look {
	const struct look *look;
	struct process_maps maps;
	int in_namespace; /* -1: not checked yet */
};

static int take_mapping(struct mapping_look *mappings, const struct process_mapping *mapping)
{
	const struct look *look = mappings->look;
	const struct scan *scan = look->worker->scan;
	const struct wanted_file *file = wanted_find_mapped(&scan->wanted, mapping);
	int is_segment = -1;
	struct process_maps_memory memory = { .resident = 0 };

	if (file != NULL && scan->request->resident)
		memory = process_maps_memory(&mappings->maps);
	for (; file != NULL; file = wanted_next_mapped(&scan->wanted, file, mapping)) {
		if (file->target->is_segment || file->target->is_memfd) {
			if (is_segment < 0)
				is_segment = process_maps_is_segment(&mappings->maps, mapping);
			if (is_segment < 0)
				return -1;
			if (is_segment != file->target->is_segment)
				continue;
		}
		if (file->target->is_segment) {
			if (mappings->in_namespace < 0)
				mappings->in_namespace = is_in_namespace(look);
			if (mappings->in_namespace < 0)
				return -1;
			if (!mappings->in_namespace)
				continue;
		}
		add_mapping(look, file->index,
		            file->target->is_segment ? USER_ATTACHED : USER_MAPPED, mapping,
		            &memory);
	}
	return 0;
}

/* Returns 0, or -1 with errno. */
static int look_at_mappings(const struct look *look)
{
	const struct scan *scan = look->worker->scan;
	const struct process_maps_request request = {
		/* Attaches are always shared mappings. */
		.shared_only = !scan->wanted.has_files,
		.resident = scan->request->resident,
	};
	struct mapping_look mappings = { .look = look, .in_namespace = -1 };
	struct process_mapping mapping;
	int failure = 0;
	int result;

	if (process_maps_open(scan->proc, look->directory, &request, &mappings.maps) < 0)
		return -1;
	while ((result = process_maps_next(&mappings.maps, &mapping)) > 0) {
		/* On failure, continue with the next mapping. */
		if (wanted_has_device(&scan->wanted, mapping.device) &&
		    take_mapping(&mappings, &mapping) < 0)
			failure = errno;
	}
	if (result < 0)
		failure = errno;
	process_maps_close(&mappings.maps);
	errno = failure;
	return failure != 0 ? -1 : 0;
}

static void add_descriptor(const struct look *look, size_t target, int directory, const char *name)
{
	struct found *row = find_row(look, target, USER_OPEN);
	const int fd = number_of_name(name);
	struct stat link;
	const bool knows_access = fstatat(directory, name, &link, AT_SYMLINK_NOFOLLOW) == 0;

	/* The link's own mode is the access mode of the descriptor; O_PATH has none. */
	if (look->worker->scan->request->no_paths && knows_access &&
	    !(link.st_mode & (S_IRUSR | S_IWUSR)))
		return;
	if (row == NULL || look->worker->scan->request->each) {
		row = add_row(look, target, USER_OPEN);
		row->user.fd = fd;
	}
	row->user.count++;
	if (fd < row->user.fd)
		row->user.fd = fd;
	if (knows_access) {
		row->user.readable |= (link.st_mode & S_IRUSR) != 0;
		row->user.writable |= (link.st_mode & S_IWUSR) != 0;
	}
}

/* Returns 0, or -1 with errno. */
static int look_at_descriptor(const struct look *look, int directory, const char *name)
{
	const struct scan *scan = look->worker->scan;
	const struct wanted_file *file;
	struct statx found;
	int known = process_files_look(directory, name, STATX_INO, &found);

	if (known <= 0)
		return known;
	/* Inode 0: a file system that does not report inode numbers; it holds no target. */
	for (file = wanted_find_open(&scan->wanted, &found); file != NULL;
	     file = wanted_next_open(&scan->wanted, file, &found))
		add_descriptor(look, file->index, directory, name);
	return 0;
}

/* Returns 0, or -1 with errno. */
static int look_at_descriptors(const struct look *look)
{
	struct process_files files;
	const char *name;
	int failure = 0;
	int result;

	if (process_files_open(look->worker->scan->proc, look->directory, &files) < 0)
		return -1;
	while ((result = process_files_next(&files, &name)) > 0) {
		if (look_at_descriptor(look, files.directory, name) < 0)
			failure = errno;
	}
	if (result < 0)
		failure = errno;
	process_files_close(&files);
	errno = failure;
	return failure != 0 ? -1 : 0;
}

/* Scan mappings and descriptors, even if one fails: 0, or -1 with errno; ESRCH: it has neither. */
static int look_at_thread(const struct look *look)
{
	int failure = look_at_mappings(look) < 0 ? errno : 0;

	if (failure != ESRCH && look->worker->scan->wanted.has_files &&
	    look_at_descriptors(look) < 0)
		failure = errno;
	errno = failure;
	return failure != 0 ? -1 : 0;
}

/* The first thread of a process may exit before the others; its /proc entries are then empty. */
static int look_at_other_threads(const struct look *process)
{
	const int proc = process->worker->scan->proc;
	char path[DIRECTORY_SIZE];
	DIR *stream = NULL;
	struct stat st;
	int directory;
	int result = -1;
	int saved = ESRCH;

	snprintf(path, sizeof(path), "%d/task", process->pid);
	/* Each thread has a directory, so the link count is two plus the number of threads. */
	if (fstatat(proc, path, &st, 0) < 0 || st.st_nlink <= 3)
		return -1;
	directory = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0 || (stream = fdopendir(directory)) == NULL) {
		descriptor_close(directory);
		return -1;
	}
	while (result < 0 && saved == ESRCH) {
		struct look look = *process;
		const struct dirent *entry;
		char thread[DIRECTORY_SIZE];

		errno = 0;
		entry = readdir(stream);
		if (entry == NULL) {
			/* If its threads can't be listed, the process can't be inspected. */
			saved = errno != 0 && errno != ENOENT ? errno : ESRCH;
			break;
		}
		if (number_of_name(entry->d_name) < 0 ||
		    number_of_name(entry->d_name) == process->pid)
			continue;
		snprintf(thread, sizeof(thread), "%d/task/%.10s", process->pid, entry->d_name);
		look.directory = thread;
		result = look_at_thread(&look);
		saved = errno;
	}
	closedir(stream);
	errno = saved;
	return result;
}

/* Count the process as not inspected, unless errno reports a shortage of our own resources. */
static void refuse(struct worker *worker, pid_t pid)
{
	if (errno_is_passing(errno))
		worker->shortage = errno;
	else
		add_pid(&worker->refused, pid);
}

/* Complete the rows of a process. If it has exited meanwhile, they are dropped. */
static void name_process(const struct look *look)
{
	struct worker *worker = look->worker;
	char command[COMMAND_SIZE];
	char path[DIRECTORY_SIZE];
	struct stat st;

	snprintf(path, sizeof(path), "%d", look->pid);
	if (fstatat(worker->scan->proc, path, &st, 0) < 0) {
		worker->count = look->first;
		if (errno != ENOENT && errno != ESRCH)
			refuse(worker, look->pid);
		return;
	}
	process_command(look->pid, command);
	for (size_t i = look->first; i < worker->count; i++) {
		worker->found[i].user.uid = user_map_user(st.st_uid);
		memcpy(worker->found[i].user.command, command, sizeof(command));
	}
}

static void look_at_process(struct worker *worker, pid_t pid)
{
	char directory[DIRECTORY_SIZE];
	struct look look = {
		.worker = worker,
		.pid = pid,
		.directory = directory,
		.first = worker->count,
	};
	int result;

	snprintf(directory, sizeof(directory), "%d", pid);
	result = look_at_thread(&look);
	if (result < 0 && errno == ESRCH)
		result = look_at_other_threads(&look);
	if (result < 0 && errno != ESRCH && (errno_is_passing(errno) || process_can_hold(pid)))
		refuse(worker, pid);
	if (worker->count > look.first)
		name_process(&look);
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	struct scan *scan = worker->scan;
	const size_t count = scan->processes.count;
	size_t first;

	while ((first = atomic_fetch_add(&scan->next, PROCESSES_AT_ONCE)) < count) {
		for (size_t i = first; i < count && i < first + PROCESSES_AT_ONCE; i++)
			look_at_process(worker, scan->processes.pids[i]);
	}
	return NULL;
}

static size_t count_threads(const struct scan *scan)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t threads = scan->processes.count / PROCESSES_A_THREAD + 1;

	if (processors > 0 && threads > (size_t)processors)
		threads = (size_t)processors;
	return threads < THREADS_MAX ? threads : THREADS_MAX;
}

static void prepare_worker(struct worker *worker, struct scan *scan)
{
	worker->scan = scan;
	worker->latest =
	    needed_array(scan->request->count * USER_HOW_COUNT, sizeof(*worker->latest));
}

/* Scan all processes. If a thread can't be created, the others do its work. */
static size_t run_workers(struct scan *scan, struct worker workers[THREADS_MAX])
{
	const size_t wanted = count_threads(scan);
	size_t started = 1;

	memset(workers, 0, THREADS_MAX * sizeof(*workers));
	prepare_worker(&workers[0], scan);
	for (size_t i = 1; i < wanted; i++)
		prepare_worker(&workers[i], scan);
	while (started < wanted &&
	       pthread_create(&workers[started].thread, NULL, work, &workers[started]) == 0)
		started++;
	work(&workers[0]);
	for (size_t i = 1; i < started; i++)
		pthread_join(workers[i].thread, NULL);
	return started;
}

static int list_processes(struct scan *scan, struct error *error)
{
	const pid_t pid = scan->request->pid;
	char path[DIRECTORY_SIZE];

	if (pid == 0 && pid_list_all(&scan->processes) < 0)
		return error_set_errno(error, errno, "/proc can't be read");
	if (pid == 0)
		return 0;
	snprintf(path, sizeof(path), "%d", pid);
	if (access_check(scan->proc, path, F_OK) < 0)
		return process_lives(pid)
		           ? error_set(error, STATUS_FAILED,
		                       "/proc does not show process %d (hidepid)", pid)
		           : error_set(error, STATUS_FAILED, "no such process: %d", pid);
	add_pid(&scan->processes, pid);
	return 0;
}

static int compare_users(const void *left, const void *right)
{
	const struct user *a = left;
	const struct user *b = right;

	if (a->target != b->target)
		return a->target < b->target ? -1 : 1;
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	if (a->how != b->how)
		return a->how < b->how ? -1 : 1;
	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return (a->fd > b->fd) - (a->fd < b->fd);
}

void users_sort(struct users_list *list)
{
	if (list->count > 0)
		qsort(list->users, list->count, sizeof(*list->users), compare_users);
}

/* Merge the results of the threads. */
static int gather(struct worker *workers, size_t count, struct users_list *list)
{
	struct pid_list refused = { .count = 0 };
	size_t total = 0;
	int failure = 0;

	for (size_t i = 0; i < count; i++) {
		total += workers[i].count;
		failure = failure != 0 ? failure : workers[i].shortage;
		for (size_t j = 0; j < workers[i].refused.count; j++)
			add_pid(&refused, workers[i].refused.pids[j]);
	}
	list->users = needed_array(total, sizeof(*list->users));
	for (size_t i = 0; failure == 0 && i < count; i++) {
		for (size_t j = 0; j < workers[i].count; j++)
			list->users[list->count++] = workers[i].found[j].user;
	}
	if (failure == 0) {
		users_sort(list);
		users_blind_fill(&list->blind, refused.pids, refused.count);
	}
	free(refused.pids);
	return failure;
}

int users_scan(const struct users_request *request, struct users_list *list, struct error *error)
{
	struct scan scan = { .request = request };
	struct worker workers[THREADS_MAX];
	int failure;
	int result = -1;

	memset(list, 0, sizeof(*list));
	if (!process_proc_is_mounted()) {
		list->blind.no_proc = true;
		return 0;
	}
	scan.proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (scan.proc < 0)
		return error_set_errno(error, errno, "/proc can't be opened");
	scan.has_namespaces = process_own_ipc_namespace(&scan.namespace) == 0 || errno != ENOSYS;
	if (list_processes(&scan, error) < 0)
		goto done;
	wanted_make(request->targets, request->count, &scan.wanted);
	failure = gather(workers, run_workers(&scan, workers), list);
	for (size_t i = 0; i < THREADS_MAX; i++) {
		free(workers[i].found);
		free(workers[i].latest);
		free(workers[i].refused.pids);
	}
	result = failure == 0
	             ? 0
	             : error_set_errno(error, failure, "not all processes could be inspected");
done:
	wanted_free(&scan.wanted);
	free(scan.processes.pids);
	close(scan.proc);
	return result;
}

void users_free(struct users_list *list)
{
	free(list->users);
	list->users = NULL;
	list->count = 0;
}
