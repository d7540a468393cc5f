#include "commands/shared/object_sections.h"

#include <stdio.h>

const char *object_machine_columns(unsigned int kinds)
{
	if (kinds & (KINDS_QUEUES | KIND_BIT(KIND_SEM)))
		return "kind,ref,key,shmid,name,owner,perms,bytes,nattch,status,id,messages,nsems";
	return "kind,ref,key,shmid,name,owner,perms,bytes,nattch,status";
}

static const struct {
	const char *title;
	const char *block;
	const char *columns;
} sections[KIND_COUNT] = {
	[KIND_SHM] = { "Shared Memory Segments", "Shared Memory Segment",
	               "key,shmid,owner,perms,bytes,nattch,status" },
	[KIND_PSHM] = { "POSIX Shared Memory Objects", "POSIX Shared Memory Object",
	                "name,owner,perms,bytes,used,mtime" },
	[KIND_PSEM] = { "POSIX Named Semaphores", "POSIX Named Semaphore",
	                "name,owner,perms,value,mtime" },
	[KIND_MSG] = { "Message Queues", "Message Queue",
	               "key,msqid,owner,perms,used,messages,lspid,lrpid" },
	[KIND_SEM] = { "Semaphore Sets", "Semaphore Set", "key,semid,owner,perms,nsems" },
	[KIND_PMSG] = { "POSIX Message Queues", "POSIX Message Queue",
	                "name,owner,perms,messages,maxmsg,msgsize,mtime" },
};

const char *object_section_title(enum object_kind kind)
{
	return sections[kind].title;
}

const char *object_section_columns(enum object_kind kind)
{
	return sections[kind].columns;
}

void object_block_title(const void *row, char *target, size_t size)
{
	const struct shm_object *object = row;
	char ref[REF_TEXT_SIZE];

	object_ref(object, ref);
	snprintf(target, size, "%s %s", sections[object->kind].block, ref);
}
