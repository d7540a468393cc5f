#include "commands/metrics/exposition.h"

#include "output/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void append(struct exposition *exposition, const char *text)
{
	buffer_append_text(&exposition->text, text);
}

static void describe(struct exposition *exposition, const struct metric *metric)
{
	const struct {
		const char *keyword;
		const char *text;
	} lines[] = {
		{ "# HELP ", metric->help },
		{ "# TYPE ", "gauge" },
		{ "# UNIT ", metric->unit },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (lines[i].text == NULL)
			continue;
		append(exposition, lines[i].keyword);
		append(exposition, metric->name);
		append(exposition, " ");
		append(exposition, lines[i].text);
		append(exposition, "\n");
	}
}

/* Backslashes, also those of escapes, and quotes must be escaped; newlines are already. */
static void append_quoted(struct exposition *exposition, const char *value)
{
	char *visible = text_visible_copy(value, TEXT_UTF8 | TEXT_KEEP_BACKSLASH);

	append(exposition, "=\"");
	for (const char *at = visible; *at != '\0'; at++) {
		if (*at == '\\' || *at == '"')
			append(exposition, "\\");
		buffer_append(&exposition->text, at, 1);
	}
	append(exposition, "\"");
	free(visible);
}

static void append_labels(struct exposition *exposition, const struct label *labels)
{
	for (size_t i = 0; labels[i].name != NULL; i++) {
		append(exposition, i == 0 ? "{" : ",");
		append(exposition, labels[i].name);
		append_quoted(exposition, labels[i].value);
	}
	append(exposition, "}");
}

/* The shortest of the usual precisions that preserves the number. */
static void append_number(struct exposition *exposition, double value)
{
	char text[32];

	if (isinf(value)) {
		append(exposition, value > 0 ? "+Inf" : "-Inf");
		return;
	}
	snprintf(text, sizeof(text), "%.15g", value);
	if (strtod(text, NULL) != value)
		snprintf(text, sizeof(text), "%.17g", value);
	append(exposition, text);
}

void exposition_add(struct exposition *exposition, const struct metric *metric,
                    const struct label *labels, double value)
{
	if (exposition->last != metric)
		describe(exposition, metric);
	exposition->last = metric;
	append(exposition, metric->name);
	if (labels != NULL)
		append_labels(exposition, labels);
	append(exposition, " ");
	append_number(exposition, value);
	append(exposition, "\n");
}

void exposition_end(struct exposition *exposition)
{
	append(exposition, "# EOF\n");
}
