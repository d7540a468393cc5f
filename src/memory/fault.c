#include "memory/fault.h"

#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

/* Bytes copied between two updates of the progress: no page is smaller. */
enum { STEP = 4096 };

/* One per process, like signal handlers. */
static sigjmp_buf back;
static const char *guarded; /* the memory being accessed */
static size_t guarded_size;
static volatile size_t done; /* steps, pages or bytes before the signal */
static struct sigaction bus_before;
static struct sigaction segv_before;
static sigset_t mask_before;

static void on_fault(int number, siginfo_t *info, void *context)
{
	const char *address = info->si_addr;

	(void)context;
	if (address >= guarded && address < guarded + guarded_size)
		siglongjmp(back, number);
	/* Not our access: it is retried and ends the program. */
	signal(number, SIG_DFL);
}

static void guard(const void *memory, size_t size)
{
	const struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	sigset_t faults;

	guarded = memory;
	guarded_size = size;
	done = 0;
	sigaction(SIGBUS, &action, &bus_before);
	sigaction(SIGSEGV, &action, &segv_before);
	/* Signals that the parent left blocked would end the program. */
	sigemptyset(&faults);
	sigaddset(&faults, SIGBUS);
	sigaddset(&faults, SIGSEGV);
	sigprocmask(SIG_UNBLOCK, &faults, &mask_before);
}

static void unguard(void)
{
	sigaction(SIGBUS, &bus_before, NULL);
	sigaction(SIGSEGV, &segv_before, NULL);
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
	guarded_size = 0;
}

/* Bytes up to the next boundary of STEP in the guarded memory. */
static size_t step_size(const char *memory, size_t left)
{
	size_t step = STEP - ((size_t)memory & (STEP - 1));

	return step < left ? step : left;
}

static void copy_steps(char *to, const char *from, const char *memory, size_t size)
{
	while (done < size) {
		size_t step = step_size(memory + done, size - done);

		memcpy(to + done, from + done, step);
		done += step;
	}
}

/* Only one side may raise a signal; which one does not matter here. */
static size_t guarded_copy(void *to, const void *from, const void *memory, size_t size,
                           int *signal_number)
{
	guard(memory, size);
	*signal_number = sigsetjmp(back, 1);
	if (*signal_number == 0)
		copy_steps(to, from, memory, size);
	unguard();
	return done;
}

size_t fault_copy_from(void *to, const void *from, size_t size, int *signal)
{
	return guarded_copy(to, from, from, size, signal);
}

size_t fault_copy_to(void *to, const void *from, size_t size, int *signal)
{
	return guarded_copy(to, from, to, size, signal);
}

int fault_run(const void *memory, size_t size, void (*run)(void *closure), void *closure)
{
	volatile int signal_number;

	guard(memory, size);
	signal_number = sigsetjmp(back, 1);
	if (signal_number == 0)
		run(closure);
	unguard();
	return signal_number;
}

static void fill_steps(char *to, int byte, size_t size)
{
	while (done < size) {
		size_t step = step_size(to + done, size - done);

		memset(to + done, byte, step);
		done += step;
	}
}

size_t fault_fill(void *to, int byte, size_t size, int *signal)
{
	guard(to, size);
	*signal = sigsetjmp(back, 1);
	if (*signal == 0)
		fill_steps(to, byte, size);
	unguard();
	return done;
}

/* Compare and swap a byte with itself: compilers turn an atomic "or 0" into a mere read. */
// NOLINTNEXTLINE(readability-non-const-parameter): the byte is written
static void touch(volatile char *byte, bool write)
{
	char value = *byte;
	bool written = !write;

	while (!written)
		written = __atomic_compare_exchange_n(byte, &value, value, false, __ATOMIC_RELAXED,
		                                      __ATOMIC_RELAXED);
}

static void touch_pages(char *address, size_t pages, size_t size, bool write)
{
	for (; done < pages; done++) {
		touch(address + done * size, write);
		touch(address + done * size + size - 1, write);
	}
}

size_t fault_touch(char *address, size_t pages, size_t size, bool write, int *signal)
{
	guard(address, pages * size);
	*signal = sigsetjmp(back, 1);
	if (*signal == 0)
		touch_pages(address, pages, size, write);
	unguard();
	return done;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): it is stored to, as an integer */
static void store_release(char *to, const char *from, size_t size)
{
	uint64_t eight;
	uint32_t four;
	uint16_t two;

	switch (size) {
	case sizeof(eight):
		memcpy(&eight, from, sizeof(eight));
		__atomic_store_n((uint64_t *)(void *)to, eight, __ATOMIC_RELEASE);
		break;
	case sizeof(four):
		memcpy(&four, from, sizeof(four));
		__atomic_store_n((uint32_t *)(void *)to, four, __ATOMIC_RELEASE);
		break;
	case sizeof(two):
		memcpy(&two, from, sizeof(two));
		__atomic_store_n((uint16_t *)(void *)to, two, __ATOMIC_RELEASE);
		break;
	default:
		__atomic_store_n(to, *from, __ATOMIC_RELEASE);
		break;
	}
}

size_t fault_store_release(const struct fault_stores *stores, int *signal)
{
	guard(stores->to, (stores->count - 1) * stores->stride + stores->size);
	*signal = sigsetjmp(back, 1);
	if (*signal == 0) {
		for (; done < stores->count; done++)
			store_release(stores->to + done * stores->stride,
			              stores->from + done * stores->stride, stores->size);
	}
	unguard();
	return done;
}
