/*
 * What the fuzz targets share. A target is a file with LLVMFuzzerTestOneInput(), see
 * https://llvm.org/docs/LibFuzzer.html: it gives arbitrary bytes to a parser, through the functions
 * that the program uses, and checks what must be true of every result. It opens nothing, changes
 * nothing outside its own memory, and frees everything.
 *
 * libFuzzer and AFL++ run a target with inputs that they make up, tests/fuzz/replay.c with files.
 */
#ifndef SHMTOOL_TESTS_FUZZ_FUZZ_H
#define SHMTOOL_TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * Run the target. In the program of the unit tests, which holds all targets, the compiler renames it
 * to target_NAME.
 *
 * @return 0
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/**
 * End the program with a message and SIGABRT if a property does not hold.
 *
 * @param format  as for printf(3): what does not hold, with the values
 */
void fuzz_check(bool ok, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Copy bytes into a text that ends with NUL, and is freed with free(3). */
char *fuzz_text(const uint8_t *data, size_t size);

/** Take the first byte off an input; 0 if it is empty. */
unsigned int fuzz_byte(const uint8_t **data, size_t *size);

/** Open bytes as a stream to read from, to be closed with fclose(3). */
FILE *fuzz_stream(const uint8_t *data, size_t size);

enum { FUZZ_WORDS_MAX = 32 };

/** The words of a command line, as main() receives them. */
struct fuzz_words {
	char *text; /* owns the words */
	char *words[FUZZ_WORDS_MAX + 1];
	int count;
};

/**
 * Split an input into words, one a line. More than FUZZ_WORDS_MAX are left out.
 *
 * @param words  receives them, ended by NULL; free words->text
 */
void fuzz_words(const uint8_t *data, size_t size, struct fuzz_words *words);

/** Discard what the program prints on standard output and standard error; fuzz_check() still prints. */
void fuzz_silence(void);

/** Let characters be those of UTF-8, or bytes. */
void fuzz_locale(bool is_utf8);

/** Run a target with files, or the files of directories: the command line of the replay. */
int fuzz_replay(int argc, char **argv);

#endif
