#include "rows.h"
#include "unit.h"

static const struct rows_test texts[] = {
	{ "[{\"a\":1,\"name\":\"x\"}]", 1, 1, "x" },
	{ "{\"a\":1,\"name\":\"x\"}", 1, 1, "x" },
	{ "{\"a\":1,\"name\":\"x\"}{\"a\":2,\"name\":\"y\"}", 2, 1, "x" },
	{ "[{\"name\":\"x\",\"a\":1},\n {\"a\":2,\"name\":\"y\"}]\n", 2, 1, "x" },
	{ "[]", 0, 0, NULL },
	{ "[{\"a\":-5,\"name\":\"\"}]", 1, -5, "" },
	{ "[{\"a\":\"0x10\",\"name\":\"x\"}]", 1, 16, "x" },
	{ "[{\"a\":1e2,\"name\":\"x\"}]", 1, 100, "x" },
	{ "[{\"a\":1,\"name\":\"\\u00fc\"}]", 1, 1, "\xc3\xbc" },
	{ "\xef\xbb\xbf[{\"a\":1,\"name\":\"x\"}]", 1, 1, "x" },
	{ "[{\"a\":1}]", NONE, 0, NULL },
	{ "[{\"a\":1,\"name\":\"x\",\"b\":2}]", NONE, 0, NULL },
	{ "[{\"a\":1.5,\"name\":\"x\"}]", NONE, 0, NULL },
	{ "[{\"a\":null,\"name\":\"x\"}]", NONE, 0, NULL },
	{ "[{\"a\":2147483648,\"name\":\"x\"}]", NONE, 0, NULL },
	{ "[{\"a\":1,\"name\":\"123456789\"}]", NONE, 0, NULL },
	{ "[{\"a\":1,\"name\":\"x\"}", NONE, 0, NULL },
	{ "[{\"a\":1,\"name\":\"x\"}] x", NONE, 0, NULL },
	{ "[{\"a\":18446744073709551616,\"name\":\"x\"}]", NONE, 0, NULL },
	{ "[{\"a\":-9223372036854775809,\"name\":\"x\"}]", NONE, 0, NULL },
	{ "[{\"a\":[1],\"name\":\"x\"}]", NONE, 0, NULL },
	{ "[{\"a\":1,\"Name\":\"x\"}]", NONE, 0, NULL },
	{ "[{\"a\":1,\"name\":\"x\"} {\"a\":1,\"name\":\"x\"}]", NONE, 0, NULL },
	{ "{\"a\":1,\"name\":\"x\"}{\"a\"}", NONE, 0, NULL },
	{ "[{\"a\":1,\"name\":\"x\"}, {\"a\":2", NONE, 0, NULL },
	{ "[1]", NONE, 0, NULL },
	{ "x", NONE, 0, NULL },
	{ "", NONE, 0, NULL },
};

static void makes_records(void)
{
	rows_check(RECORD_INPUT_JSON, texts, UNIT_ROWS(texts));
}

static const struct unit_test tests[] = {
	{ "objects become records, other values are rejected", makes_records },
};

UNIT_SUITE(json_suite, "JSON", tests);
