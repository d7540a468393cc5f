/* Patterns of families: what they match, and the values of their placeholders. */
#include "unit.h"

#include "usage/family_pattern.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *pattern;
	const char *text;
	bool matches;
	int pid;
	const char *instance;
} matches[] = {
	{ "/libpod_lock", "/libpod_lock", true, 0, "" },
	{ "/libpod_lock", "/libpod_lock2", false, 0, "" },
	{ "/libpod_lock", "/libpod_loc", false, 0, "" },
	{ "/a.b", "/a.b", true, 0, "" },
	{ "/a.*", "/axb", false, 0, "" },
	{ "/a.*", "/a.", true, 0, "" },
	{ "/a+(b)|^$*", "/a+(b)|^$c", true, 0, "" },
	{ "/a?c", "/abc", true, 0, "" },
	{ "/a?c", "/ac", false, 0, "" },
	{ "/[ab]c", "/bc", true, 0, "" },
	{ "/[!ab]c", "/bc", false, 0, "" },
	{ "/[!ab]c", "/cc", true, 0, "" },
	{ "/[]a]c", "/]c", true, 0, "" },
	{ "/[a-c]*", "/c", true, 0, "" },
	{ "/a\\*", "/a*", true, 0, "" },
	{ "/a\\*", "/ab", false, 0, "" },
	{ "/a\\{pid}", "/a{pid}", true, 0, "" },
	{ "/a\\ b", "/a b", true, 0, "" },
	{ "*", "/anything", true, 0, "" },
	{ "/*", "/\xff\xfe", true, 0, "" },
	{ "/?", "/\xc3\xa4", false, 0, "" },
	{ "/torch_{pid}_{digits}_{digits}", "/torch_4242_1_2", true, 4242, "4242" },
	{ "/torch_{pid}_{digits}_{digits}", "/torch_4242_1_", false, 0, "" },
	{ "/torch_{pid}_{digits}_{digits}", "/torch_4242_1_2\n", false, 0, "" },
	{ "/sgl_shm_*_{pid}_{hex:8}", "/sgl_shm_a_7_b_42_01ab23cd", true, 42, "42" },
	{ "/p{pid}", "/p4194304", true, 4194304, "4194304" },
	{ "/p{pid}", "/p4194305", true, 0, "" },
	{ "/p{pid}", "/p99999999999999999999999999999999999999999", true, 0, "" },
	{ "/p{pid}", "/p18446744073709551617", true, 0, "" },
	{ "/p{pid}", "/p0", true, 0, "" },
	{ "/p{pid}", "/p0017", true, 17, "17" },
	{ "/p{pid}", "/p-1", false, 0, "" },
	{ "/p{pid}", "/p", false, 0, "" },
	{ "/p{pid:hex}", "/p1f", true, 31, "31" },
	{ "/cmx{uid:10}{pid:10}{word:6}", "/cmx00000010000000000077abcDE1", true, 77, "77" },
	{ "/shmpipe.{blanks}{pid}.{blanks}{digits}", "/shmpipe.  123.    4", true, 123, "123" },
	{ "/shmpipe.{blanks}{pid}.{blanks}{digits}", "/shmpipe.12345.4", true, 12345, "12345" },
	{ "/fastrtps_{instance:hex:16}_el", "/fastrtps_0123456789abcdef_el", true, 0,
	  "0123456789abcdef" },
	{ "/fastrtps_{instance:hex:16}_el", "/fastrtps_0123456789abcde_el", false, 0, "" },
	{ "/fastrtps_port{instance:digits}_el", "/fastrtps_port7411_el", true, 0, "7411" },
	{ "/fastrtps_port{instance:digits}", "/fastrtps_port7411_el", false, 0, "" },
	{ "/a_{instance}", "/a_b c", true, 0, "b c" },
	{ "/qb-{instance:word}-{pid}-{instance:digits}-data", "/qb-cpg-12-34-data", true, 12,
	  "cpg,34" },
	{ "/*-global_vm", "/a-global_vm", true, 0, "" },
	{ "/*-global_vm", "/-global_vm", true, 0, "" },
	{ "/*-global_vm", "/a-global_vm2", false, 0, "" },
	{ "/*_trace.{digits}", "/a_trace.1", true, 0, "" },
	{ "/*_trace.{digits}", "/a_trac.1", false, 0, "" },
	{ "/*aa*b", "/aab", true, 0, "" },
	{ "/*b*aab", "/bab", false, 0, "" },
	{ "0x4e5450{instance:hex:2}", "0x4e545031", true, 0, "31" },
	{ "0x00002e0[12]", "0x00002e02", true, 0, "" },
	{ "0x00002e0[12]", "0x00002e03", false, 0, "" },
};

static void match(void)
{
	for (size_t i = 0; i < UNIT_ROWS(matches); i++) {
		struct family_captures captures = { .pid = -1 };
		struct error error = { .text = "" };
		struct family_pattern *pattern = family_pattern_parse(matches[i].pattern, &error);
		bool found;

		if (!unit_check(pattern != NULL, "'%s': %s", matches[i].pattern, error.text))
			continue;
		found = family_pattern_match(pattern, matches[i].text, NULL);
		unit_check(found == matches[i].matches, "'%s' on '%s': %d", matches[i].pattern,
		           matches[i].text, found);
		found = family_pattern_match(pattern, matches[i].text, &captures);
		unit_check(found == matches[i].matches, "'%s' on '%s': %d with captures",
		           matches[i].pattern, matches[i].text, found);
		if (found) {
			unit_check(captures.pid == matches[i].pid, "'%s' on '%s': pid %d",
			           matches[i].pattern, matches[i].text, (int)captures.pid);
			unit_check_text(matches[i].text, captures.instance, matches[i].instance);
		}
		family_pattern_free(pattern);
	}
}

static const struct {
	const char *pattern;
	const char *sentence; /* its begin */
} invalid[] = {
	{ "/a{pid", "'{' without '}'" },
	{ "/a{}", "unknown placeholder '{}'" },
	{ "/a{a,b}", "unknown placeholder '{a,b}'" },
	{ "/a{PID}", "unknown placeholder '{PID}'" },
	{ "/a{hex:0}", "unknown placeholder '{hex:0}'" },
	{ "/a{hex:256}", "unknown placeholder '{hex:256}'" },
	{ "/a{hex:8x}", "unknown placeholder '{hex:8x}'" },
	{ "/a{hex:-1}", "unknown placeholder '{hex:-1}'" },
	{ "/a{hex:digits}", "unknown placeholder '{hex:digits}'" },
	{ "/a{hex:}", "unknown placeholder '{hex:}'" },
	{ "/a{instance:8:hex}", "unknown placeholder '{instance:8:hex}'" },
	{ "/a{instance:nothing}", "unknown placeholder '{instance:nothing}'" },
	{ "/a{pid:word}", "unknown placeholder '{pid:word}'" },
	{ "/a[b", "'[' without ']'" },
	{ "/a[", "'[' without ']'" },
	{ "/a[]", "'[' without ']'" },
	{ "/a[!]", "'[' without ']'" },
	{ "/a[z-a]", "range 'z-a' ends before it begins" },
	{ "/a[[:alpha:]]", "'[' in brackets" },
	{ "/a[\\]]", "'\\' in brackets" },
	{ "/a\\", "'\\' at the end" },
	{ "/a*{pid}", "the beginning or end of {pid} is ambiguous" },
	{ "/a{pid}*", "the beginning or end of {pid} is ambiguous" },
	{ "/a*1{pid}", "the beginning or end of {pid} is ambiguous" },
	{ "/a*?{pid}", "the beginning or end of {pid} is ambiguous" },
	{ "/a{digits}{pid}", "the beginning or end of {pid} is ambiguous" },
	{ "/a*{blanks}{pid}", "the beginning or end of {pid} is ambiguous" },
	{ "/a*_{instance}", "the beginning or end of {instance} is ambiguous" },
	{ "/a{instance}_*", "the beginning or end of {instance} is ambiguous" },
	{ "/a{instance:word}_{digits}", "the beginning or end of {instance} is ambiguous" },
	{ "/a{pid}_{pid}", "more than one {pid}" },
	{ "/{instance:hex:1}{instance:hex:1}{instance:hex:1}{instance:hex:1}{instance:hex:1}"
	  "{instance:hex:1}{instance:hex:1}{instance:hex:1}{instance:hex:1}",
	  "too many placeholders" },
};

static void refuse(void)
{
	for (size_t i = 0; i < UNIT_ROWS(invalid); i++) {
		struct error error = { .text = "" };
		struct family_pattern *pattern = family_pattern_parse(invalid[i].pattern, &error);

		unit_check(pattern == NULL, "'%s' is taken", invalid[i].pattern);
		unit_check(strncmp(error.text, invalid[i].sentence, strlen(invalid[i].sentence)) ==
		               0,
		           "'%s': '%s'", invalid[i].pattern, error.text);
		family_pattern_free(pattern);
	}
}

/* Patterns and what they mean as an expression; the second subexpression is not captured. */
static const struct {
	const char *pattern;
	const char *expression;
	int pid;      /* number of its subexpression; 0: none */
	int instance; /* the same */
} meanings[] = {
	{ "/a*", "^/a.*$", 0, 0 },
	{ "/*1", "^/.*1$", 0, 0 },
	{ "/?{digits}_*", "^/.[0-9]+_.*$", 0, 0 },
	{ "/{word}", "^/[0-9A-Za-z_]+$", 0, 0 },
	{ "/{hex}{word}", "^/[0-9A-Fa-f]+[0-9A-Za-z_]+$", 0, 0 },
	{ "/{hex}a", "^/[0-9A-Fa-f]+a$", 0, 0 },
	{ "/{hex:2}{digits}", "^/[0-9A-Fa-f]{2}[0-9]+$", 0, 0 },
	{ "/*{digits}", "^/.*[0-9]+$", 0, 0 },
	{ "/*a*", "^/.*a.*$", 0, 0 },
	{ "/{blanks}1{blanks}", "^/ *1 *$", 0, 0 },
	{ "/{pid}_{hex:2}", "^/([0-9]+)_[0-9A-Fa-f]{2}$", 1, 0 },
	{ "/*_{pid}_{hex}", "^/.*_([0-9]+)_[0-9A-Fa-f]+$", 1, 0 },
	{ "/{instance:hex}_*", "^/([0-9A-Fa-f]+)_.*$", 0, 1 },
	{ "/{instance}", "^/(.+)$", 0, 1 },
	{ "/a{blanks}{pid}", "^/a *([0-9]+)$", 1, 0 },
	{ "/{instance:word:2}{pid}", "^/([0-9A-Za-z_]{2})([0-9]+)$", 2, 1 },
	{ "/[a1]{pid}_", "^/[a1]([0-9]+)_$", 1, 0 },
};

static void check_meaning(size_t row, struct family_pattern *pattern, const regex_t *regex,
                          const char *text)
{
	struct family_captures captures;
	regmatch_t spans[3];
	const bool expected = regexec(regex, text, 3, spans, 0) == 0;
	const bool found = family_pattern_match(pattern, text, &captures);
	const int pid = meanings[row].pid;
	const int instance = meanings[row].instance;

	if (!unit_check(found == expected, "'%s' on '%s': %d", meanings[row].pattern, text,
	                found) ||
	    !found)
		return;
	if (pid > 0)
		unit_check(captures.pid == atoi(text + spans[pid].rm_so), "'%s' on '%s': pid %d",
		           meanings[row].pattern, text, (int)captures.pid);
	if (instance > 0)
		unit_check(strlen(captures.instance) ==
		                   (size_t)(spans[instance].rm_eo - spans[instance].rm_so) &&
		               strncmp(captures.instance, text + spans[instance].rm_so,
		                       strlen(captures.instance)) == 0,
		           "'%s' on '%s': instance '%s'", meanings[row].pattern, text,
		           captures.instance);
}

/* However a pattern is matched, the result is that of regexec(3). */
static void mean(void)
{
	static const char alphabet[] = "a1_ 2b-";
	unsigned int state = 7;

	for (size_t row = 0; row < UNIT_ROWS(meanings); row++) {
		struct error error = { .text = "" };
		struct family_pattern *pattern =
		    family_pattern_parse(meanings[row].pattern, &error);
		regex_t regex;

		if (!unit_check(pattern != NULL, "'%s': %s", meanings[row].pattern, error.text) ||
		    !unit_check(regcomp(&regex, meanings[row].expression, REG_EXTENDED) == 0,
		                "'%s'", meanings[row].expression))
			continue;
		for (int round = 0; round < 2000; round++) {
			char text[12] = "/";
			size_t length = 1;

			state = state * 1103515245U + 12345U;
			for (unsigned int bits = state >> 4; length <= (state >> 28) % 9; bits /= 7)
				text[length++] = alphabet[bits % 7];
			text[length] = '\0';
			check_meaning(row, pattern, &regex, text);
		}
		regfree(&regex);
		family_pattern_free(pattern);
	}
}

static const struct {
	const char *pattern;
	const char *prefix;
	bool is_whole;
} prefixes[] = {
	{ "/libpod_lock", "/libpod_lock", true }, { "/a\\*b*", "/a*b", false }, { "*", "", false },
	{ "/torch_{pid}_a", "/torch_", false },   { "/[a]b", "/", false },
};

static void prefix(void)
{
	for (size_t i = 0; i < UNIT_ROWS(prefixes); i++) {
		struct error error;
		struct family_pattern *pattern = family_pattern_parse(prefixes[i].pattern, &error);
		bool is_whole;

		if (!unit_check(pattern != NULL, "'%s': %s", prefixes[i].pattern, error.text))
			continue;
		unit_check_text(prefixes[i].pattern, family_pattern_prefix(pattern, &is_whole),
		                prefixes[i].prefix);
		unit_check(is_whole == prefixes[i].is_whole, "'%s': whole %d", prefixes[i].pattern,
		           is_whole);
		family_pattern_free(pattern);
	}
}

static const struct unit_test tests[] = {
	{ "match as regular expressions do, and capture the same", mean },
	{ "patterns match whole texts, and return the values of placeholders", match },
	{ "invalid patterns and ambiguous values are rejected", refuse },
	{ "the literal beginning is found", prefix },
};
UNIT_SUITE(family_pattern_suite, "usage/family_pattern", tests);
