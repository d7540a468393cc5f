#include "commands/shared/object_sections.h"
#include "objects/kind.h"

#include <stdio.h>
#include <string.h>

#define MEMORY_COLUMNS    "kind,ref,key,shmid,name,owner,perms,bytes,nattch,status"
#define QUEUE_COLUMNS     ",id,messages,nsems"
#define DIRECTORY_COLUMNS ",used,files,newest"

const char *object_machine_columns(unsigned int kinds)
{
	const bool has_queues = (kinds & (KINDS_QUEUES | KIND_BIT(KIND_SEM))) != 0;

	if (kinds & KIND_BIT(KIND_DIR))
		return has_queues ? MEMORY_COLUMNS QUEUE_COLUMNS DIRECTORY_COLUMNS
		                  : MEMORY_COLUMNS DIRECTORY_COLUMNS;
	return has_queues ? MEMORY_COLUMNS QUEUE_COLUMNS : MEMORY_COLUMNS;
}

const char *object_section_title(enum object_kind kind)
{
	return object_kinds[kind].title;
}

void object_section_columns(enum object_kind kind, bool for_terminal, bool has_trees,
                            char columns[SECTION_COLUMNS_SIZE])
{
	static const char name[] = "name,";
	const char *rest = object_kinds[kind].columns;
	const bool by_ref = has_trees && kind == KIND_PSHM;

	if (by_ref)
		rest += strlen(name);
	snprintf(columns, SECTION_COLUMNS_SIZE, "%s%s%s", by_ref ? "ref," : "", rest,
	         for_terminal && kind != KIND_SHM && kind != KIND_DIR ? ",use" : "");
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
