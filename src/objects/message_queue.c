#include "objects/message_queue.h"

#include "objects/sysv_perm.h"
#include "objects/sysv_table.h"
#include "system/linux.h"
#include "system/number_file.h"

#include <errno.h>
#include <inttypes.h>

static int stat_queue(int index, struct shm_object *object)
{
	struct msqid_ds ds;
	int id = msgctl(index, MSG_STAT_ANY, &ds);

	if (id < 0)
		return id;
	sysv_fill(object, KIND_MSG, id, &ds.msg_perm);
	object->bytes = ds.msg_qbytes;
	object->used = ds.__msg_cbytes;
	object->known = KNOWN_USED | KNOWN_MESSAGES | KNOWN_SIZE;
	object->messages = ds.msg_qnum;
	object->send_pid = ds.msg_lspid;
	object->receive_pid = ds.msg_lrpid;
	object->send_time = ds.msg_stime;
	object->receive_time = ds.msg_rtime;
	object->change_time = ds.msg_ctime;
	return id;
}

static int highest_index(void)
{
	struct msginfo info;

	return msgctl(0, IPC_INFO, (struct msqid_ds *)(void *)&info);
}

/* The size is not in the file, and stays unknown. */
static void fill_queue(const struct sysv_row *row, struct shm_object *object)
{
	enum {
		ROW_CBYTES = SYSV_ROW_FIRST,
		ROW_QNUM,
		ROW_LSPID,
		ROW_LRPID,
		ROW_UID,
		ROW_STIME = ROW_UID + 4,
		ROW_RTIME,
		ROW_CTIME
	};

	sysv_fill_from_row(object, KIND_MSG, row, ROW_UID);
	object->used = row->columns[ROW_CBYTES];
	object->known = KNOWN_USED | KNOWN_MESSAGES;
	object->messages = row->columns[ROW_QNUM];
	object->send_pid = (pid_t)row->columns[ROW_LSPID];
	object->receive_pid = (pid_t)row->columns[ROW_LRPID];
	object->send_time = (time_t)row->columns[ROW_STIME];
	object->receive_time = (time_t)row->columns[ROW_RTIME];
	object->change_time = (time_t)row->columns[ROW_CTIME];
}

const struct sysv_table queue_table = {
	.path = "/proc/sysvipc/msg",
	.columns = 14,
	.highest = highest_index,
	.stat_any = stat_queue,
	.fill = fill_queue,
};

int queue_list(struct object_list *list)
{
	return sysv_table_list(&queue_table, list);
}

int queue_walk(sysv_visit_fn *visit, void *state)
{
	return sysv_table_walk(&queue_table, visit, state);
}

int queue_find(int id, struct object_list *list)
{
	return sysv_table_find(&queue_table, id, list);
}

int queue_look(int id, struct shm_object *queue)
{
	return sysv_table_look(&queue_table, id, queue);
}

bool queue_may_remove(int id)
{
	/* IPC_SET takes the same right, and then refuses an owner that does not exist: EINVAL. */
	struct msqid_ds nobody = { .msg_perm.uid = (uid_t)-1, .msg_perm.gid = (gid_t)-1 };

	return msgctl(id, IPC_SET, &nobody) == 0 || !sysv_is_refused(errno);
}

/* The limit that only CAP_SYS_RESOURCE may exceed, msgctl(2). */
static int size_failed(uint64_t bytes, struct error *error)
{
	struct msginfo limits;

	if (queue_read_limits(&limits) == 0 && bytes > (uint64_t)limits.msgmnb)
		return error_set(error, STATUS_FAILED,
		                 "the size can't be raised above kernel.msgmnb, %d, without "
		                 "CAP_SYS_RESOURCE (as root: sysctl kernel.msgmnb=%" PRIu64 ")",
		                 limits.msgmnb, bytes);
	return error_set_errno(error, EPERM, "the size can't be changed");
}

int queue_change(int id, const struct object_change *change, struct error *error)
{
	const struct sysv_subject subject = { &queue_table, "message queue", id };
	struct msqid_ds before;
	struct msqid_ds ds;

	if (msgctl(id, MSG_STAT_ANY, &ds) != id)
		return sysv_perm_look_failed(&subject, error);
	before = ds;
	sysv_perm_apply(&ds.msg_perm, change);
	if (change->resize)
		ds.msg_qbytes = (msglen_t)change->bytes;
	if (ds.msg_qbytes != change->bytes && change->resize)
		return error_set(error, STATUS_FAILED, "the size is too large for a queue");
	if (msgctl(id, IPC_SET, &ds) == 0)
		return 0;
	if (errno == EPERM && change->resize && sysv_perm_is_mine(&before.msg_perm))
		return size_failed(change->bytes, error);
	return sysv_perm_set_failed(&subject, &before.msg_perm, change, error);
}

int queue_find_key(key_t key, int *id)
{
	int found = msgget(key, 0);

	if (found < 0)
		return -1;
	*id = found;
	return 0;
}

int queue_remove(int id)
{
	if (msgctl(id, IPC_RMID, NULL) == 0)
		return 0;
	if (errno == EINVAL)
		errno = ENOENT;
	return -1;
}

int queue_create(key_t key, mode_t mode, int *id)
{
	*id = msgget(key, IPC_CREAT | IPC_EXCL | (int)mode);
	return *id < 0 ? -1 : 0;
}

bool queue_is_readable(int id)
{
	struct msqid_ds ds;

	return msgctl(id, IPC_STAT, &ds) == 0;
}

int queue_read_limits(struct msginfo *limits)
{
	const int answer = msgctl(0, IPC_INFO, (struct msqid_ds *)(void *)limits);
	const int refusal = errno;
	uint64_t queues;
	uint64_t message;
	uint64_t bytes;

	if (answer >= 0 || !sysv_is_refused(errno))
		return answer < 0 ? -1 : 0;
	if (number_file_read("/proc/sys/kernel/msgmni", &queues) < 0 ||
	    number_file_read("/proc/sys/kernel/msgmax", &message) < 0 ||
	    number_file_read("/proc/sys/kernel/msgmnb", &bytes) < 0) {
		errno = refusal;
		return -1;
	}
	limits->msgmni = (int)queues;
	limits->msgmax = (int)message;
	limits->msgmnb = (int)bytes;
	return 0;
}

int queue_read_use(struct msginfo *use)
{
	return msgctl(0, MSG_INFO, (struct msqid_ds *)(void *)use) < 0 ? -1 : 0;
}
