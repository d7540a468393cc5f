#include "system/thread_snapshot.h"

#include "base/memory.h"
#include "system/number_file.h"
#include "system/process_maps.h"

#include <elf.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

/* Sizes in bytes. */
enum {
	STACK_MAX = 256 << 10,
	VDSO_MAX = 64 << 10,
	RED_ZONE = 128, /* used by functions without a frame, below the stack pointer */
};

/* In /proc/PID/maps. */
static const char vdso_name[] = "[vdso]";

/* Looks whether the thread has stopped. */
enum {
	STOP_STEP = 100000, /* nanoseconds between two */
	STOP_STEPS = 5000,
	RESUME_STEPS = 5, /* after these, it is not going to stop before it is resumed */
};

/* The registers of an architecture in NT_PRSTATUS: of user_regs_struct in the kernel's <asm/user.h>. */
struct register_set {
	size_t size; /* of all, in bytes; differs between the architectures */
	size_t word; /* of one */
	unsigned int pc;
	unsigned int stack_pointer;
	unsigned int count;                      /* of those with a number in DWARF */
	unsigned char order[SNAPSHOT_REGISTERS]; /* their places, by these numbers */
};

/* On a machine with 64 bits, programs with 32 bits have the registers of the smaller machine. */
static const struct register_set
    register_sets[] = {
	    { 27 * 8, 8, 16, 19, 17, { 10, 12, 11, 5, 13, 14, 4, 19, 9, 8, 7, 6, 3, 2, 1, 0, 16 } },
	    { 17 * 4, 4, 12, 15, 9, { 6, 1, 2, 0, 15, 5, 3, 4, 12 } },
	    { 34 * 8, 8, 32, 31, 32, { 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
	                               11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
	                               22, 23, 24, 25, 26, 27, 28, 29, 30, 31 } },
	    { 18 * 4, 4, 15, 13, 16, { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 } },
    };

/* The task of the tracing thread. */
struct tracing {
	const struct thread_visit *visit;
	struct thread_snapshot *snapshot;
	struct error *error;
	int result;
};

static uint64_t word_at(const unsigned char *registers, const struct register_set *set,
                        unsigned int place)
{
	uint64_t wide;
	uint32_t narrow;

	if (set->word == sizeof(narrow)) {
		memcpy(&narrow, registers + place * sizeof(narrow), sizeof(narrow));
		return narrow;
	}
	memcpy(&wide, registers + place * sizeof(wide), sizeof(wide));
	return wide;
}

/* Read the registers; the stack pointer is returned as the address of the stack. */
static int read_registers(struct thread_snapshot *snapshot, struct error *error)
{
	unsigned char registers[1024];
	struct iovec room = { .iov_base = registers, .iov_len = sizeof(registers) };
	const struct register_set *set = NULL;

	if (ptrace(PTRACE_GETREGSET, snapshot->thread, NT_PRSTATUS, &room) < 0)
		return error_set_errno(error, errno, "its registers can't be read");
	for (size_t i = 0; i < sizeof(register_sets) / sizeof(register_sets[0]); i++) {
		if (register_sets[i].size == room.iov_len)
			set = &register_sets[i];
	}
	if (set == NULL)
		return error_set(error, STATUS_FAILED, "not supported on this architecture");
	for (unsigned int i = 0; i < set->count; i++)
		snapshot->registers[i] = word_at(registers, set, set->order[i]);
	snapshot->register_count = set->count;
	snapshot->pc = word_at(registers, set, set->pc);
	snapshot->word = set->word;
	snapshot->stack.address = word_at(registers, set, set->stack_pointer);
	return 0;
}

/* Copy from an address to the end of its mapping, or as much as can be read. */
static void copy_memory(pid_t thread, struct memory_copy *copy, uint64_t end, size_t most)
{
	const uint64_t length = end - copy->address;
	struct iovec target = { .iov_len = length < most ? (size_t)length : most };
	const struct iovec source = { .iov_base = (void *)(uintptr_t)copy->address,
		                      .iov_len = target.iov_len };
	ssize_t read;

	copy->bytes = needed_array(1, target.iov_len);
	target.iov_base = copy->bytes;
	read = process_vm_readv(thread, &target, 1, &source, 1, 0);
	copy->length = read > 0 ? (size_t)read : 0;
}

/* Copy a mapping if it is needed. */
static void copy_mapping(struct thread_snapshot *snapshot, const struct process_mapping *mapping,
                         const char *name)
{
	struct memory_copy *stack = &snapshot->stack;
	struct memory_copy *vdso = &snapshot->vdso;

	if (stack->bytes == NULL && stack->address >= mapping->start &&
	    stack->address < mapping->end) {
		const uint64_t below = stack->address - mapping->start;

		stack->address -= below < RED_ZONE ? below : RED_ZONE;
		copy_memory(snapshot->thread, stack, mapping->end, STACK_MAX);
	} else if (vdso->bytes == NULL && strcmp(name, vdso_name) == 0) {
		vdso->address = mapping->start;
		copy_memory(snapshot->thread, vdso, mapping->end, VDSO_MAX);
	}
}

/* Read the mappings, and copy those that are needed. */
static int read_memory(struct thread_snapshot *snapshot, struct error *error)
{
	const struct process_maps_request request = { .with_memory = true };
	struct process_maps maps;
	struct process_mapping mapping;
	char name[sizeof(vdso_name)];
	char path[32];
	size_t size = 0;
	ssize_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)snapshot->thread);
	file = fopen(path, "re");
	if (file == NULL)
		return error_set_errno(error, errno, "its mappings can't be read");
	length = getdelim(&snapshot->maps, &size, '\0', file);
	(void)fclose(file);
	if (length <= 0)
		return error_set(error, STATUS_FAILED, "its mappings can't be read");
	snapshot->maps_length = (size_t)length;
	process_maps_begin(needed(fmemopen(snapshot->maps, snapshot->maps_length, "r")), &request,
	                   &maps);
	while (process_maps_next(&maps, &mapping) == 1) {
		(void)process_maps_name(&maps, &mapping, name, sizeof(name));
		copy_mapping(snapshot, &mapping, name);
	}
	process_maps_close(&maps);
	return 0;
}

/* The process that traces a thread; 0 if there is none. */
static int tracer_of(pid_t thread)
{
	char path[32];
	uint64_t tracer;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)thread);
	return number_file_find(path, "TracerPid:", &tracer) == 0 ? (int)tracer : 0;
}

static int seize_failed(pid_t thread, struct error *error)
{
	const int number = errno;
	const int tracer = tracer_of(thread);

	if (number == EPERM && tracer > 0)
		return error_set(error, STATUS_FAILED, "it is already traced by process %d",
		                 tracer);
	if (number == EPERM)
		return error_set(error, STATUS_FAILED,
		                 "the kernel refuses to trace it: it has other privileges, or a "
		                 "security module forbids it (kernel.yama.ptrace_scope)");
	return error_set_errno(error, number, "it can't be traced");
}

/*
 * Wait until the thread has stopped.
 *
 * @param number  receives the signal to pass on when it continues, or 0
 */
static int wait_for_stop(const struct tracing *tracing, int *number)
{
	const struct timespec step = { .tv_nsec = STOP_STEP };
	const pid_t thread = tracing->snapshot->thread;

	for (int i = 0; i < STOP_STEPS; i++) {
		siginfo_t info = { .si_pid = 0 };

		if (waitid(P_PID, (id_t)thread, &info,
		           WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL) < 0)
			return error_set_errno(tracing->error, errno, "it can't be stopped");
		if (info.si_pid == thread && info.si_code != CLD_TRAPPED &&
		    info.si_code != CLD_STOPPED)
			return error_set(tracing->error, STATUS_FAILED, "it has been killed");
		if (info.si_pid == thread) {
			*number = info.si_status >> 8 == 0 ? info.si_status : 0;
			return 0;
		}
		if (i == RESUME_STEPS)
			tracing->visit->resume(tracing->visit->closure);
		(void)nanosleep(&step, NULL);
	}
	return error_set(tracing->error, STATUS_FAILED, "it does not stop");
}

/*
 * Trace the thread. This runs in a thread of ours: at its end, the kernel detaches a traced thread
 * that did not stop, and gives back one that was killed meanwhile to its parent.
 */
static void *trace(void *argument)
{
	struct tracing *tracing = argument;
	struct thread_snapshot *snapshot = tracing->snapshot;
	const pid_t thread = snapshot->thread;
	int number = 0;

	if (ptrace(PTRACE_SEIZE, thread, 0, 0) < 0) {
		tracing->result = seize_failed(thread, tracing->error);
		return NULL;
	}
	if (ptrace(PTRACE_INTERRUPT, thread, 0, 0) < 0)
		tracing->result = error_set_errno(tracing->error, errno, "it can't be stopped");
	else
		tracing->result = wait_for_stop(tracing, &number);
	if (tracing->result == 0)
		tracing->result = read_registers(snapshot, tracing->error);
	if (tracing->result == 0)
		tracing->result = read_memory(snapshot, tracing->error);
	if (tracing->result == 0)
		tracing->visit->look(tracing->visit->closure, snapshot);
	(void)ptrace(PTRACE_DETACH, thread, 0, (void *)(intptr_t)number);
	return NULL;
}

static void free_snapshot(struct thread_snapshot *snapshot)
{
	free(snapshot->maps);
	free(snapshot->stack.bytes);
	free(snapshot->vdso.bytes);
}

int thread_snapshot_take(pid_t thread, const struct thread_visit *visit, struct error *error)
{
	struct thread_snapshot snapshot = { .thread = thread };
	struct tracing tracing = { .visit = visit, .snapshot = &snapshot, .error = error };
	pthread_t tracer;
	int failure = pthread_create(&tracer, NULL, trace, &tracing);

	if (failure != 0)
		return error_set_errno(error, failure, "it can't be traced");
	(void)pthread_join(tracer, NULL);
	free_snapshot(&snapshot);
	return tracing.result;
}
