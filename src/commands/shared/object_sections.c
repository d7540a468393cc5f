#include "commands/shared/object_sections.h"
#include "objects/kind.h"

#include <stdio.h>

const char *object_machine_columns(unsigned int kinds)
{
	if (kinds & (KINDS_QUEUES | KIND_BIT(KIND_SEM)))
		return "kind,ref,key,shmid,name,owner,perms,bytes,nattch,status,id,messages,nsems";
	return "kind,ref,key,shmid,name,owner,perms,bytes,nattch,status";
}

const char *object_section_title(enum object_kind kind)
{
	return object_kinds[kind].title;
}

void object_section_columns(enum object_kind kind, bool for_terminal,
                            char columns[SECTION_COLUMNS_SIZE])
{
	snprintf(columns, SECTION_COLUMNS_SIZE, "%s%s", object_kinds[kind].columns,
	         for_terminal && kind != KIND_SHM ? ",use" : "");
}

void object_block_title(const void *row, char *target, size_t size)
{
	const struct shm_object *object = row;
	char ref[REF_TEXT_SIZE];

	object_ref(object, ref);
	snprintf(target, size, "%s %s",
	         object_is_held(object) ? object->held_kind->block
	                                : object_kinds[object->kind].block,
	         ref);
}
