#include "objects/message_queue.h"

#include "objects/sysv_table.h"
#include "system/linux.h"

#include <errno.h>

static int stat_queue(int index, struct shm_object *object)
{
	struct msqid_ds ds;
	int id = msgctl(index, MSG_STAT_ANY, &ds);

	if (id < 0 || object == NULL)
		return id;
	sysv_fill(object, KIND_MSG, id, &ds.msg_perm);
	object->bytes = ds.msg_qbytes;
	object->used = ds.__msg_cbytes;
	object->known = KNOWN_USED | KNOWN_MESSAGES;
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

int queue_list(struct object_list *list)
{
	return sysv_index_list(highest_index(), stat_queue, list);
}

int queue_walk(sysv_visit_fn *visit, void *state)
{
	return sysv_index_walk(highest_index(), stat_queue, visit, state);
}

int queue_find(int id, struct object_list *list)
{
	return sysv_index_find(id, stat_queue, list);
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
	return msgctl(0, IPC_INFO, (struct msqid_ds *)(void *)limits) < 0 ? -1 : 0;
}

int queue_read_use(struct msginfo *use)
{
	return msgctl(0, MSG_INFO, (struct msqid_ds *)(void *)use) < 0 ? -1 : 0;
}
