#include "commands/probe-pages/picture.h"

#include "memory/page_state.h"
#include "output/terminal.h"
#include "output/units.h"

#include <inttypes.h>
#include <stdio.h>

enum { ROWS_MAX = 16 };

/* In order of importance: a page is drawn as the first match. */
static const struct {
	char letter;
	uint8_t result; /* enum probe_result, PROBE_NOT_TOUCHED for any */
	uint8_t state;  /* enum page_state, 0 for any */
	const char *meaning;
} looks[] = {
	{ '!', PROBE_SIGBUS, 0, "SIGBUS" },
	{ '%', PROBE_SIGSEGV, 0, "SIGSEGV" },
	{ '~', PROBE_NOT_TOUCHED, PAGE_BEYOND_END, "beyond end" },
	{ 'H', PROBE_NOT_TOUCHED, PAGE_HUGE, "huge" },
	{ 'D', PROBE_NOT_TOUCHED, PAGE_DIRTY, "dirty" },
	{ '#', PROBE_NOT_TOUCHED, PAGE_RESIDENT, "resident" },
	{ 's', PROBE_NOT_TOUCHED, PAGE_SWAPPED, "swapped" },
	{ '-', PROBE_NOT_TOUCHED, PAGE_ON_DISK, "disk" },
	{ '.', PROBE_NOT_TOUCHED, PAGE_HOLE, "hole" },
	{ '?', PROBE_NOT_TOUCHED, 0, "unknown" },
};
enum { LOOKS = sizeof(looks) / sizeof(looks[0]), MIXED = LOOKS };

static size_t look_of(const struct probe *probe, uint64_t page)
{
	size_t look = 0;

	for (; look + 1 < LOOKS; look++) {
		if (looks[look].result != PROBE_NOT_TOUCHED &&
		    looks[look].result == probe->results[page])
			break;
		if (looks[look].state != 0 && (probe->states[page] & looks[look].state) != 0)
			break;
	}
	return look;
}

/* A cell of equal pages is drawn as one of them; a failing page is never hidden. */
static size_t look_of_cell(const struct probe *probe, uint64_t first, uint64_t count)
{
	size_t look = look_of(probe, first);

	for (uint64_t i = first + 1; i < first + count && i < probe->pages; i++) {
		size_t other = look_of(probe, i);

		if (other != look && (other < 2 || look < 2))
			look = other < look ? other : look;
		else if (other != look)
			look = MIXED;
	}
	return look;
}

static void print_legend(const bool used[LOOKS + 1], uint64_t cell_pages, uint64_t page_bytes)
{
	char size[UNITS_TEXT_SIZE];

	size_human(size, cell_pages * page_bytes);
	printf("\neach character: %" PRIu64 " page%s, %s", cell_pages, cell_pages == 1 ? "" : "s",
	       size);
	for (size_t i = 0; i < LOOKS; i++) {
		if (used[i])
			printf("   %c %s", looks[i].letter, looks[i].meaning);
	}
	if (used[MIXED])
		printf("   + mixed");
	printf("\n");
}

void page_map_print(const struct probe *probe, uint64_t offset, uint64_t page_bytes)
{
	bool used[LOOKS + 1] = { false };
	uint64_t last = offset + probe->pages * page_bytes;
	int margin = snprintf(NULL, 0, "%" PRIx64, last);
	uint64_t width = terminal_length("COLUMNS", terminal_stdout()->width);
	uint64_t cell_pages;

	if (probe->pages == 0)
		return;
	width = width > (uint64_t)margin + 10 ? width - (uint64_t)margin - 2 : 8;
	cell_pages = (probe->pages - 1) / (width * ROWS_MAX) + 1;
	for (uint64_t page = 0; page < probe->pages;) {
		printf("%0*" PRIx64 "  ", margin, offset + page * page_bytes);
		for (uint64_t i = 0; i < width && page < probe->pages; i++, page += cell_pages) {
			size_t look = look_of_cell(probe, page, cell_pages);

			used[look] = true;
			putchar(look == MIXED ? '+' : looks[look].letter);
		}
		putchar('\n');
	}
	print_legend(used, cell_pages, page_bytes);
}
