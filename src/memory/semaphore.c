#include "memory/semaphore.h"

#include "base/descriptor.h"
#include "memory/fault.h"
#include "objects/kind.h"
#include "objects/posix.h"
#include "objects/posix_files.h"
#include "objects/semaphore_set.h"
#include "system/account.h"
#include "system/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_refused(const struct shm_object *object, struct error *error)
{
	if (errno == EACCES)
		return error_set(error, STATUS_FAILED,
		                 "no permission to change the value: owned by %s with mode %o",
		                 account_user(object->uid), object->mode & 07777);
	if (errno == ESTALE)
		return error_set(error, STATUS_FAILED, "the name now refers to a different object");
	if (errno == EXDEV)
		return error_set(error, STATUS_FAILED, "can't be opened: " BENEATH_COVERED);
	return error_set_errno(error, errno, "can't be opened");
}

static int open_posix(const struct shm_object *object, struct semaphore *semaphore,
                      struct error *error)
{
	const int directory = posix_open_directory();
	const struct beneath beneath = beneath_begin(directory);
	struct stat st;
	int result = -1;
	int fd = object_files_open(&beneath, object, O_RDWR);

	descriptor_close(directory);
	if (fd < 0)
		return open_refused(object, error);
	if (fstat(fd, &st) < 0 || st.st_size != (off_t)sizeof(*semaphore->posix)) {
		error_set(error, STATUS_FAILED,
		          "its file does not have the %zu bytes of a semaphore of this C library",
		          sizeof(*semaphore->posix));
		goto done;
	}
	semaphore->posix =
	    mmap(NULL, sizeof(*semaphore->posix), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (semaphore->posix == MAP_FAILED) {
		semaphore->posix = NULL;
		error_set_errno(error, errno, "can't be mapped");
		goto done;
	}
	result = 0;
done:
	descriptor_close(fd);
	return result;
}

int semaphore_open(const struct shm_object *object, unsigned long element,
                   struct semaphore *semaphore, struct error *error)
{
	*semaphore = (struct semaphore){ .id = -1 };
	if (object->kind == KIND_PSEM)
		return open_posix(object, semaphore, error);
	if (element >= object->semaphores)
		return error_set(error, STATUS_FAILED,
		                 "there is no semaphore %lu: the set has %llu, numbered from 0",
		                 element, (unsigned long long)object->semaphores);
	semaphore->id = object->id;
	semaphore->element = (unsigned short)element;
	return 0;
}

void semaphore_close(struct semaphore *semaphore)
{
	const int number = errno;

	if (semaphore->posix != NULL)
		munmap(semaphore->posix, sizeof(*semaphore->posix));
	semaphore->posix = NULL;
	errno = number;
}

/* How much time is left until a deadline of CLOCK_REALTIME; 0 if none is. */
static struct timespec time_left(const struct timespec *deadline)
{
	struct timespec left;

	clock_gettime(CLOCK_REALTIME, &left);
	left.tv_sec = deadline->tv_sec - left.tv_sec;
	left.tv_nsec = deadline->tv_nsec - left.tv_nsec;
	if (left.tv_nsec < 0) {
		left.tv_sec--;
		left.tv_nsec += 1000000000;
	}
	if (left.tv_sec < 0) {
		left.tv_sec = 0;
		left.tv_nsec = 0;
	}
	return left;
}

/* semtimedop(2) reports the end of the time as it reports that it would have to wait: EAGAIN. */
static int add_to_set(const struct semaphore *semaphore, int amount, bool wait,
                      const struct timespec *deadline)
{
	struct sembuf operation = { .sem_num = semaphore->element,
		                    .sem_op = (short)amount,
		                    .sem_flg = wait ? 0 : IPC_NOWAIT };
	struct timespec left;
	int result;

	do {
		if (deadline != NULL)
			left = time_left(deadline);
		result = semtimedop(semaphore->id, &operation, 1, deadline != NULL ? &left : NULL);
	} while (result < 0 && errno == EINTR);
	if (result < 0 && errno == EAGAIN && wait)
		errno = ETIMEDOUT;
	return result;
}

struct posix_addition {
	sem_t *posix;
	int amount;
	bool wait;
	const struct timespec *deadline;
	int added;  /* so far */
	int number; /* errno of the failure */
};

static int take_one(sem_t *posix, const struct posix_addition *addition)
{
	int result;

	do {
		if (!addition->wait)
			result = sem_trywait(posix);
		else if (addition->deadline != NULL)
			result = sem_timedwait(posix, addition->deadline);
		else
			result = sem_wait(posix);
	} while (result < 0 && errno == EINTR);
	return result;
}

static void add_to_posix(void *closure)
{
	struct posix_addition *addition = closure;
	sem_t *memory = addition->posix;

	for (; addition->added < addition->amount; addition->added++) {
		if (sem_post(memory) < 0)
			break;
	}
	for (; addition->added > addition->amount; addition->added--) {
		if (take_one(memory, addition) < 0)
			break;
	}
	if (addition->added == addition->amount)
		return;
	addition->number = errno;
	for (; addition->added < 0; addition->added++)
		sem_post(memory);
	for (; addition->added > 0; addition->added--)
		sem_trywait(memory);
}

int semaphore_add(struct semaphore *semaphore, int amount, bool wait,
                  const struct timespec *deadline)
{
	struct posix_addition addition = {
		.posix = semaphore->posix,
		.amount = amount,
		.wait = wait,
		.deadline = deadline,
	};

	if (semaphore->posix == NULL)
		return add_to_set(semaphore, amount, wait, deadline);
	if (fault_run(semaphore->posix, sizeof(*semaphore->posix), add_to_posix, &addition) != 0)
		addition.number = EFAULT;
	errno = addition.number;
	return addition.number == 0 ? 0 : -1;
}

struct posix_reading {
	sem_t *posix;
	int value;
};

static void read_posix(void *closure)
{
	struct posix_reading *reading = closure;

	sem_getvalue(reading->posix, &reading->value);
}

int semaphore_value(const struct semaphore *semaphore)
{
	struct posix_reading reading = { .posix = semaphore->posix, .value = -1 };

	if (semaphore->posix == NULL)
		return semctl(semaphore->id, semaphore->element, GETVAL);
	if (fault_run(semaphore->posix, sizeof(*semaphore->posix), read_posix, &reading) != 0)
		errno = EFAULT;
	return reading.value;
}
