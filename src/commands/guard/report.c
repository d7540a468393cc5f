#include "commands/guard/report.h"

#include "base/memory.h"
#include "commands/guard/origin.h"
#include "commands/guard/stragglers.h"
#include "objects/kind.h"
#include "output/json.h"
#include "output/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool has_leaks(const struct guard_outcome *outcome)
{
	return outcome->leaks->proven > 0;
}

/* Write an array without a newline at its end, since a comma may follow. */
static int put_json_array(FILE *stream, const struct guard_outcome *outcome, bool of_leaks,
                          struct error *error)
{
	char *text = NULL;
	size_t length = 0;
	FILE *memory = needed(open_memstream(&text, &length));
	int result;

	if (of_leaks)
		result = leaks_print_json(outcome->leaks, memory, error);
	else
		result = stragglers_print_json(outcome->stragglers, memory, error);
	if (fclose(memory) != 0)
		memory_is_out();
	while (length > 0 && text[length - 1] == '\n')
		length--;
	if (result == 0)
		(void)!fwrite(text, 1, length, stream);
	free(text);
	return result;
}

static void put_json_text(FILE *stream, const char *text)
{
	struct buffer buffer = { .data = NULL };

	json_append_text(&buffer, text);
	(void)!fwrite(buffer.data, 1, buffer.used, stream);
	free(buffer.data);
}

static void put_json_status(FILE *stream, const char *name, bool known, int status)
{
	if (known)
		fprintf(stream, "\"%s\": %d,\n", name, status);
	else
		fprintf(stream, "\"%s\": null,\n", name);
}

int guard_report_json(const struct guard_outcome *outcome, FILE *stream, struct error *error)
{
	const struct supervised *result = outcome->result;

	fputs("{\n\"program\": [", stream);
	for (size_t i = 0; outcome->program[i] != NULL; i++) {
		fputs(i > 0 ? ", " : "", stream);
		put_json_text(stream, outcome->program[i]);
	}
	fprintf(stream, "],\n\"namespace\": \"%s\",\n", outcome->shared ? "shared" : "private");
	fputs("\"error\": ", stream);
	if (outcome->failure != NULL)
		put_json_text(stream, outcome->failure);
	else
		fputs("null", stream);
	fputs(",\n", stream);
	put_json_status(stream, "program_status", result->ran, result->status);
	put_json_status(stream, "status", true, outcome->status);
	fprintf(stream, "\"begin\": %jd,\n\"milliseconds\": %" PRIu64 ",\n",
	        (intmax_t)result->begin, result->duration);
	fprintf(stream, "\"leaked\": %s,\n\"leaked_bytes\": %" PRIu64 ",\n\"other_files\": %zu,\n",
	        has_leaks(outcome) ? "true" : "false", outcome->leaks->bytes,
	        outcome->leaks->others);
	fputs("\"origins_error\": ", stream);
	if (outcome->no_origins != NULL)
		put_json_text(stream, outcome->no_origins);
	else
		fputs("null", stream);
	fputs(",\n\"leaks\": ", stream);
	if (put_json_array(stream, outcome, true, error) < 0)
		return -1;
	fprintf(stream,
	        ",\n\"processes_ended\": %s,\n\"processes\": ", outcome->ended ? "true" : "false");
	if (put_json_array(stream, outcome, false, error) < 0)
		return -1;
	fputs("\n}\n", stream);
	return 0;
}

/* U+FFFE and U+FFFF: valid in UTF-8, but not in XML. */
static bool is_no_xml(const char *text)
{
	return strncmp(text, "\xef\xbf\xbe", 3) == 0 || strncmp(text, "\xef\xbf\xbf", 3) == 0;
}

/* Write a text of printable UTF-8 characters and newlines as XML. */
static void put_xml(FILE *stream, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", stream);
			break;
		case '<':
			fputs("&lt;", stream);
			break;
		case '>':
			fputs("&gt;", stream);
			break;
		case '"':
			fputs("&quot;", stream);
			break;
		default:
			if (is_no_xml(text)) {
				fprintf(stream, "\\357\\277\\%o", (unsigned char)text[2]);
				text += 2;
			} else {
				putc(*text, stream);
			}
			break;
		}
	}
}

/* Write any text as XML, which cannot represent control characters. */
static void put_xml_text(FILE *stream, const char *text)
{
	char *visible = text_visible_copy(text, TEXT_UTF8);

	put_xml(stream, visible);
	free(visible);
}

/* The lines about the origin are printable already. */
static void put_origin(FILE *stream, const struct make *make)
{
	struct buffer text = { .data = NULL };

	origin_append_text(&text, make, TEXT_UTF8, SIZE_MAX);
	buffer_append(&text, "", 1);
	put_xml(stream, text.data);
	free(text.data);
}

static void put_leaks(FILE *stream, const struct leak_list *leaks)
{
	for (size_t i = 0; i < leaks->count; i++) {
		const struct leak *leak = &leaks->leaks[i];
		char ref[REF_TEXT_SIZE];

		fprintf(stream, "%s ", leak_word(leak));
		put_xml_text(stream, leak_name(leak, ref));
		if (KINDS_MEMORY & KIND_BIT(leak->object.kind))
			fprintf(stream, " %" PRIu64 " byte%s", leak->object.bytes,
			        plural_s(leak->object.bytes));
		if (leak->done != NULL) {
			fputs(": ", stream);
			put_xml_text(stream, leak->done);
		}
		putc('\n', stream);
		if (leak->make != NULL)
			put_origin(stream, leak->make);
	}
}

/* Write the content of the testcase element: nothing on success. */
static void put_result(FILE *stream, const struct guard_outcome *outcome)
{
	const struct leak_list *leaks = outcome->leaks;

	if (outcome->failure != NULL) {
		fputs("<error type=\"guard\" message=\"", stream);
		put_xml_text(stream, outcome->failure);
		fputs("\"/>\n", stream);
	} else if (has_leaks(outcome)) {
		fprintf(stream,
		        "<failure type=\"leak\" message=\"%zu left behind, %" PRIu64
		        " byte%s of memory\">\n",
		        leaks->count, leaks->bytes, plural_s(leaks->bytes));
		put_leaks(stream, leaks);
		fputs("</failure>\n", stream);
	}
	if (outcome->failure == NULL && outcome->result->status != 0)
		fprintf(stream, "<system-err>the program's status: %d</system-err>\n",
		        outcome->result->status);
}

void guard_report_junit(const struct guard_outcome *outcome, FILE *stream)
{
	const uint64_t duration = outcome->result->duration;
	const bool error = outcome->failure != NULL;
	char timestamp[32] = "";
	struct tm utc;

	if (gmtime_r(&outcome->result->begin, &utc) != NULL)
		strftime(timestamp, sizeof(timestamp), "%Y-%m-%dT%H:%M:%S", &utc);
	fprintf(stream,
	        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
	        "<testsuite name=\"shmtool guard\" tests=\"1\" failures=\"%d\" errors=\"%d\" "
	        "skipped=\"0\" time=\"%" PRIu64 ".%03" PRIu64 "\" timestamp=\"%s\">\n",
	        !error && has_leaks(outcome), error, duration / 1000, duration % 1000, timestamp);
	fputs("<testcase classname=\"shmtool.guard\" name=\"leaves no shared memory behind: ",
	      stream);
	for (size_t i = 0; outcome->program[i] != NULL; i++) {
		fputs(i > 0 ? " " : "", stream);
		put_xml_text(stream, outcome->program[i]);
	}
	fprintf(stream, "\" time=\"%" PRIu64 ".%03" PRIu64 "\">\n", duration / 1000,
	        duration % 1000);
	put_result(stream, outcome);
	fputs("</testcase>\n</testsuite>\n</testsuites>\n", stream);
}
