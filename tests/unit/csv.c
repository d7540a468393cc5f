#include "rows.h"
#include "unit.h"

static const struct rows_test texts[] = {
	{ "a,name\n1,x\n", 1, 1, "x" },
	{ "a,name\r\n1,x\r\n", 1, 1, "x" },
	{ "a,name\n1,x", 1, 1, "x" },
	{ "name,a\nx,1\n", 1, 1, "x" },
	{ "a,name\n1,x\n2,y\n", 2, 1, "x" },
	{ "a,name\n1,\"x\"\n", 1, 1, "x" },
	{ "a,name\n1,\"x,y\"\n", 1, 1, "x,y" },
	{ "a,name\n1,\"x\"\"y\"\n", 1, 1, "x\"y" },
	{ "a,name\n1,\"x\ny\"\n", 1, 1, "x\ny" },
	{ "a,name\n1,\n", 1, 1, "" },
	{ "\xef\xbb\xbf"
	  "a,name\n1,x\n",
	  1, 1, "x" },
	{ "a,name\n", 0, 0, NULL },
	{ "a,name\n1\n", NONE, 0, NULL },
	{ "a,name\n1,x,y\n", NONE, 0, NULL },
	{ "a\n1\n", NONE, 0, NULL },
	{ "a,b\n1,x\n", NONE, 0, NULL },
	{ "a,name,a\n1,x,2\n", NONE, 0, NULL },
	{ "a,name\nx,x\n", NONE, 0, NULL },
	{ "a,name\n1,\"x\n", NONE, 0, NULL },
	{ "a,name\n1,\"x\"y\n", NONE, 0, NULL },
	{ "a,name\n1,123456789\n", NONE, 0, NULL },
	{ "20,a\n21,b\n", NONE, 0, NULL },
	{ "a,name,colour\n1,x,red\n", NONE, 0, NULL },
	{ "", NONE, 0, NULL },
};

static void makes_records(void)
{
	rows_check(RECORD_INPUT_CSV, texts, UNIT_ROWS(texts));
}

static const struct unit_test tests[] = {
	{ "rows of RFC 4180 become records, others are rejected", makes_records },
};

UNIT_SUITE(csv_suite, "CSV", tests);
