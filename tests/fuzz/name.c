/*
 * Names of objects. The REF that each format prints for a name, whatever its bytes, is taken back as
 * the REF of the same object.
 */
#include "fuzz.h"

#include "commands/shared/object_columns.h"
#include "objects/kind.h"
#include "objects/ref.h"
#include "output/cell.h"
#include "output/machine.h"
#include "output/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

/* Print the column "ref" of an object. */
static char *print_ref(const struct shm_object *object, enum report_format format)
{
	const struct format_options options = { .format = format };
	struct error error;
	struct column_choice choice;
	struct buffer buffer = { .used = 0 };

	fuzz_check(column_choice_parse(&object_columns, "ref", "", &choice, &error) == 0,
	           "there is no column 'ref'");
	if (format == FORMAT_TABLE) {
		struct value value = { .kind = VALUE_ABSENT };

		column_value(&object_columns, choice.columns[0], object, &value);
		(void)cell_append(&buffer, choice.columns[0], &value, &options, 0);
	} else {
		machine_append_row(&buffer, &choice, object, &options, 0);
	}
	buffer_append(&buffer, "", 1);
	column_choice_free(&choice);
	return buffer.data;
}

/* The member "ref" of a row in JSON; the caller frees it. */
static char *ref_of_json(const char *row)
{
	struct json_object *json = json_tokener_parse(row);
	struct json_object *member = NULL;
	char *ref = NULL;

	if (json_object_object_get_ex(json, "ref", &member))
		ref = strdup(json_object_get_string(member));
	json_object_put(json);
	fuzz_check(ref != NULL, "no JSON: %s", row);
	return ref;
}

static void check_object(const struct shm_object *object, enum report_format format)
{
	char file[POSIX_FILE_SIZE];
	char path[PATH_MAX];
	char *shown = print_ref(object, format);
	struct error error = { .text = "" };
	struct ref ref;

	if (format == FORMAT_JSON) {
		char *row = shown;

		shown = ref_of_json(row);
		free(row);
	}
	shown[strcspn(shown, "\n")] = '\0';
	for (const char *at = shown; *at != '\0'; at++)
		fuzz_check((unsigned char)*at > ' ' - (format != FORMAT_RAW) && *at != 0x7f,
		           "'%s' is not one word", shown);
	/* A table pads its cells with blanks. */
	fuzz_check(shown[0] != '\0' && shown[strlen(shown) - 1] != ' ', "'%s' ends in a blank",
	           shown);
	fuzz_check(ref_parse(shown, REF_SHOWN, &ref, &error) == 0, "'%s' is rejected: %s", shown,
	           error.text);
	if (object_tree(object) != NULL) {
		object_tree_path(object, path);
		fuzz_check(ref.kind == REF_FILE && strcmp(ref.path, path) == 0,
		           "'%s' is not the path '%s'", shown, path);
	} else {
		object_file_name(object, file);
		fuzz_check(ref.kind == REF_POSIX && ref.object == object->kind &&
		               strcmp(ref.file, file) == 0,
		           "'%s' is not the file '%s'", shown, file);
	}
	free(shown);
}

static void check_all_formats(const struct shm_object *object)
{
	check_object(object, FORMAT_TABLE);
	check_object(object, FORMAT_RAW);
	check_object(object, FORMAT_JSON);
}

/* A name in a directory of objects, as a listing has it. */
static void check_posix(enum object_kind kind, const char *file)
{
	const char *prefix = object_file_prefix(kind);
	char name[POSIX_FILE_SIZE + 1];
	const struct shm_object object = { .kind = kind, .name = name };

	if (kind != KIND_PMSG && posix_file_kind(file) != kind)
		return;
	snprintf(name, sizeof(name), "/%s", file + strlen(prefix));
	check_all_formats(&object);
}

/* The same bytes as the path of a file and of a directory below a mount point. */
static void check_tree(const char *text)
{
	static const char *const tops[] = { "/mnt", POSIX_DIRECTORY, "" };
	char name[PATH_MAX / 2];

	snprintf(name, sizeof(name), "/%s", text);
	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		const struct object_tree tree = { .path = tops[i] };
		struct shm_object object = { .kind = KIND_PSHM, .name = name };

		object.tree = &tree;
		/* A file in POSIX_DIRECTORY itself is listed as an object. */
		if (i != 1 || strchr(text, '/') != NULL)
			check_all_formats(&object);
		object.kind = KIND_DIR;
		check_all_formats(&object);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const unsigned int choice = fuzz_byte(&data, &size);
	char *text = fuzz_text(data, size);

	fuzz_locale(choice & 1);
	if (*text != '\0' && strlen(text) < PATH_MAX / 4)
		check_tree(text);
	if (*text != '\0' && strlen(text) <= NAME_MAX && strchr(text, '/') == NULL &&
	    strcmp(text, ".") != 0 && strcmp(text, "..") != 0) {
		check_posix(KIND_PSHM, text);
		check_posix(KIND_PSEM, text);
		check_posix(KIND_PMSG, text);
	}
	free(text);
	return 0;
}
