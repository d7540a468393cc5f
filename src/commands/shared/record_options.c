#include "commands/shared/record_options.h"

#include <string.h>

#define RECORD(member) offsetof(struct record_option_values, member)

const struct option_spec record_option_specs[RECORD_OPTION_COUNT] = {
	{ "record", 0, "MEMBERS", "members of a C struct: 'char name[4]; int age;'",
	  option_parse_string, NULL, RECORD(declaration), OPTION_ONCE },
	{ "packed", 0, NULL, "no padding between the members", NULL, NULL, RECORD(packed), 0 },
	{ "header", 0, "BYTES", "skip BYTES before the first record", option_parse_bytes, NULL,
	  RECORD(header), 0 },
};

int record_options_resolve(const struct record_option_values *values, struct record *record,
                           struct error *error)
{
	struct error cause;

	memset(record, 0, sizeof(*record));
	if (values->declaration == NULL) {
		if (values->packed || values->header.given)
			return error_set(error, STATUS_USAGE, "--%s needs --record",
			                 values->packed ? "packed" : "header");
		return 0;
	}
	if (record_parse(values->declaration, values->packed, record, &cause) == 0)
		return 0;
	return error_set(error, cause.status, "--record: %s", cause.text);
}
