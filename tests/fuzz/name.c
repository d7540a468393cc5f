/*
 * Names of objects. The REF that each format prints for a name, whatever its bytes, is taken back as
 * the REF of the same object.
 */
#include "fuzz.h"

#include "commands/shared/object_columns.h"
#include "objects/kind.h"
#include "objects/posix_queue.h"
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

/* The value of REF="..." as a shell assigns it, within the line. */
static char *ref_of_export(char *line)
{
	const char *from = line + strlen("REF=\"");
	char *to = line;

	fuzz_check(strncmp(line, "REF=\"", strlen("REF=\"")) == 0, "no assignment: %s", line);
	for (; *from != '"'; from++) {
		fuzz_check(*from != '\0' && *from != '$' && *from != '`',
		           "a shell expands REF=\"%.*s%s", (int)(to - line), line, from);
		from += *from == '\\' && from[1] != '\0' && strchr("\\\"$`", from[1]) != NULL;
		*to++ = *from;
	}
	fuzz_check(strcmp(from, "\"\n") == 0, "more than an assignment: %s", from);
	*to = '\0';
	return line;
}

static void check_object(const struct shm_object *object, enum report_format format)
{
	char *shown = print_ref(object, format);
	struct error error = { .text = "" };
	struct ref ref;

	if (format == FORMAT_JSON) {
		char *row = shown;

		shown = ref_of_json(row);
		free(row);
	} else if (format == FORMAT_EXPORT) {
		shown = ref_of_export(shown);
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
		char path[PATH_MAX];

		object_tree_path(object, path);
		fuzz_check(ref.kind == REF_FILE && strcmp(ref.path, path) == 0,
		           "'%s' is not the path '%s'", shown, path);
	} else {
		char file[POSIX_FILE_SIZE];

		object_file_name(object, file);
		fuzz_check(ref.kind == REF_POSIX && ref.object == object->kind &&
		               strcmp(ref.file, file) == 0,
		           "'%s' is not the file '%s'", shown, file);
	}
	free(shown);
}

/* A name in a directory of objects, as a listing has it. */
static void check_posix(enum object_kind kind, const char *file, enum report_format format)
{
	const char *prefix = object_file_prefix(kind);
	char name[POSIX_FILE_SIZE + 1];
	const struct shm_object object = { .kind = kind, .name = name };

	if (strlen(file) > NAME_MAX || strchr(file, '/') != NULL || strcmp(file, ".") == 0 ||
	    strcmp(file, "..") == 0 || (kind != KIND_PMSG && posix_file_kind(file) != kind))
		return;
	snprintf(name, sizeof(name), "/%s", file + strlen(prefix));
	check_object(&object, format);
}

/* Whether a path is that of an entry of a directory. */
static bool is_in(const char *path, const char *directory)
{
	const size_t length = strlen(directory);

	return strncmp(path, directory, length) == 0 && path[length] == '/' &&
	       strchr(path + length + 1, '/') == NULL;
}

/* The path of a file or a directory below a mount point. */
static void check_tree(enum object_kind kind, const char *top, const char *text,
                       enum report_format format)
{
	const struct object_tree tree = { .path = top };
	char name[PATH_MAX / 2];
	char path[PATH_MAX];
	struct shm_object object = { .kind = kind, .name = name };

	if (strlen(text) >= PATH_MAX / 4)
		return;
	snprintf(path, sizeof(path), "%s/%s", top, text);
	/* A file in a directory of objects itself is listed as an object. */
	if (kind == KIND_PSHM &&
	    (is_in(path, POSIX_DIRECTORY) || is_in(path, POSIX_QUEUE_DIRECTORY)))
		return;
	snprintf(name, sizeof(name), "/%s", text);
	object.tree = &tree;
	check_object(&object, format);
}

/* The first byte of an input chooses the locale, the format and the kind of the object. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum report_format formats[] = { FORMAT_TABLE, FORMAT_RAW, FORMAT_JSON,
		                                      FORMAT_EXPORT };
	static const enum object_kind kinds[] = { KIND_PSHM, KIND_PSEM, KIND_PMSG };
	static const char *const tops[] = { "/mnt", POSIX_DIRECTORY, "" };
	const unsigned int choice = fuzz_byte(&data, &size);
	const enum report_format format = formats[choice / 2 % 4];
	const unsigned int which = choice / 8 % 9;
	char *text = fuzz_text(data, size);

	fuzz_locale(choice & 1);
	if (*text != '\0' && which < 3)
		check_posix(kinds[which], text, format);
	else if (*text != '\0')
		check_tree(which < 6 ? KIND_PSHM : KIND_DIR, tops[which % 3], text, format);
	free(text);
	return 0;
}
