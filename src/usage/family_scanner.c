#include "usage/family_scanner.h"

#include <string.h>

#define DIGIT (SCAN_DIGIT | SCAN_HEX | SCAN_WORD)
#define HEX   (SCAN_HEX | SCAN_WORD)
#define WORD  SCAN_WORD

const unsigned char scan_classes[256] = {
	[' '] = SCAN_BLANK, ['0'] = DIGIT, ['1'] = DIGIT, ['2'] = DIGIT, ['3'] = DIGIT,
	['4'] = DIGIT,      ['5'] = DIGIT, ['6'] = DIGIT, ['7'] = DIGIT, ['8'] = DIGIT,
	['9'] = DIGIT,      ['A'] = HEX,   ['B'] = HEX,   ['C'] = HEX,   ['D'] = HEX,
	['E'] = HEX,        ['F'] = HEX,   ['G'] = WORD,  ['H'] = WORD,  ['I'] = WORD,
	['J'] = WORD,       ['K'] = WORD,  ['L'] = WORD,  ['M'] = WORD,  ['N'] = WORD,
	['O'] = WORD,       ['P'] = WORD,  ['Q'] = WORD,  ['R'] = WORD,  ['S'] = WORD,
	['T'] = WORD,       ['U'] = WORD,  ['V'] = WORD,  ['W'] = WORD,  ['X'] = WORD,
	['Y'] = WORD,       ['Z'] = WORD,  ['_'] = WORD,  ['a'] = HEX,   ['b'] = HEX,
	['c'] = HEX,        ['d'] = HEX,   ['e'] = HEX,   ['f'] = HEX,   ['g'] = WORD,
	['h'] = WORD,       ['i'] = WORD,  ['j'] = WORD,  ['k'] = WORD,  ['l'] = WORD,
	['m'] = WORD,       ['n'] = WORD,  ['o'] = WORD,  ['p'] = WORD,  ['q'] = WORD,
	['r'] = WORD,       ['s'] = WORD,  ['t'] = WORD,  ['u'] = WORD,  ['v'] = WORD,
	['w'] = WORD,       ['x'] = WORD,  ['y'] = WORD,  ['z'] = WORD,
};

/* Check whether two classes have no byte in common: only blanks are none of the others. */
static bool are_disjoint(unsigned char first, unsigned char second)
{
	return ((first | second) & SCAN_ANY) == 0 && first != second &&
	       (first == SCAN_BLANK || second == SCAN_BLANK);
}

/* Check whether a part ends for certain where the next one begins. */
static bool ends_at(const struct scan_step *step, const struct scan_step *next)
{
	if (next->class == 0)
		return !scan_step_takes(step, next->literal);
	/* Whatever takes any number of any bytes takes the rest. */
	if (next->class == SCAN_ANY && next->is_open)
		return true;
	return !next->may_be_empty && are_disjoint(step->class, next->class);
}

/* The step that takes any number of any bytes; the number of steps if there is none. */
static size_t find_any(const struct scan_step *steps, size_t count)
{
	size_t any = 0;

	while (any < count && !(steps[any].class == SCAN_ANY && steps[any].is_open))
		any++;
	return any;
}

bool scan_prepare(struct scanner *scanner)
{
	const struct scan_step *steps = scanner->steps;
	const size_t count = scanner->count;
	const size_t any = find_any(steps, count);

	scanner->any = any;
	for (size_t i = 0; i < any; i++) {
		if (steps[i].is_open && i + 1 < count && !ends_at(&steps[i], &steps[i + 1]))
			return false;
	}
	for (size_t i = any + 1; i < count; i++) {
		if (steps[i].class == SCAN_ANY && steps[i].is_open)
			return false;
		if (steps[i].is_open && !ends_at(&steps[i], &steps[i - 1]))
			return false;
	}
	return true;
}

static void capture(const struct scan_step *step, size_t begin, size_t end, regmatch_t *spans)
{
	if (step->capture != 0)
		spans[step->capture] =
		    (regmatch_t){ .rm_so = (regoff_t)begin, .rm_eo = (regoff_t)end };
}

/* The bytes that a step takes, of those at hand, forward or backward; -1 if it does not match. */
static int take(const struct scan_step *step, const char *at, int direction, size_t room)
{
	const size_t most = step->is_open ? room : step->class == 0 ? 1 : step->count;
	size_t taken = 0;

	if (most > room)
		return -1;
	if (step->class == 0)
		return *at == step->literal ? 1 : -1;
	while (taken < most && scan_step_takes(step, *at)) {
		at += direction;
		taken++;
	}
	if (step->is_open ? taken == 0 && !step->may_be_empty : taken < most)
		return -1;
	return (int)taken;
}

bool scan(const struct scanner *scanner, const char *text, size_t first, regmatch_t *spans)
{
	const struct scan_step *steps = scanner->steps;
	const size_t count = scanner->count;
	const size_t any = scanner->any;
	const struct scan_step *last = &steps[count - 1];
	size_t end = strlen(text);
	size_t begin = first;

	/* Most texts that do not match differ at one end. */
	if (end > begin && !last->may_be_empty && !scan_step_takes(last, text[end - 1]))
		return false;
	for (size_t i = first; i < any; i++) {
		const int taken = take(&steps[i], text + begin, 1, end - begin);

		if (taken < 0)
			return false;
		capture(&steps[i], begin, begin + (size_t)taken, spans);
		begin += (size_t)taken;
	}
	if (any == count)
		return begin == end;
	for (size_t i = count - 1; i > any; i--) {
		const int taken = take(&steps[i], text + end - 1, -1, end - begin);

		if (taken < 0)
			return false;
		capture(&steps[i], end - (size_t)taken, end, spans);
		end -= (size_t)taken;
	}
	capture(&steps[any], begin, end, spans);
	return end > begin || steps[any].may_be_empty;
}
