#include "system/unwind.h"

#ifdef SHMTOOL_WITH_libdw

#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The functions of the library. */
#define LIBDW_FUNCTIONS(X)                                                                         \
	X(dwarf_attr_integrate)                                                                    \
	X(dwarf_diename)                                                                           \
	X(dwarf_filesrc)                                                                           \
	X(dwarf_formudata)                                                                         \
	X(dwarf_getscopes)                                                                         \
	X(dwarf_getscopes_die)                                                                     \
	X(dwarf_getsrcfiles)                                                                       \
	X(dwarf_tag)                                                                               \
	X(dwfl_addrmodule)                                                                         \
	X(dwfl_attach_state)                                                                       \
	X(dwfl_begin)                                                                              \
	X(dwfl_build_id_find_debuginfo)                                                            \
	X(dwfl_frame_pc)                                                                           \
	X(dwfl_getmodules)                                                                         \
	X(dwfl_getthread_frames)                                                                   \
	X(dwfl_line_comp_dir)                                                                      \
	X(dwfl_lineinfo)                                                                           \
	X(dwfl_linux_proc_maps_report)                                                             \
	X(dwfl_module_addrdie)                                                                     \
	X(dwfl_module_addrname)                                                                    \
	X(dwfl_module_getelf)                                                                      \
	X(dwfl_module_getsrc)                                                                      \
	X(dwfl_module_info)                                                                        \
	X(dwfl_report_begin)                                                                       \
	X(dwfl_report_end)                                                                         \
	X(dwfl_report_module)                                                                      \
	X(dwfl_thread_state_register_pc)                                                           \
	X(dwfl_thread_state_registers)                                                             \
	X(elf_memory)                                                                              \
	X(elf_version)

static struct {
	void *library;
#define X(name) __typeof__(name) *(name);
	LIBDW_FUNCTIONS(X)
#undef X
} libdw;

static const struct {
	const char *name;
	void *pointer; /* to the function */
} functions[] = {
#define X(name) { #name, &libdw.name },
	LIBDW_FUNCTIONS(X)
#undef X
};

static const char vdso_name[] = "[vdso]";

/* The list while it is written. */
struct listing {
	Dwfl *dwfl;
	char *text;
	size_t size; /* of text in bytes */
	size_t used;
	unsigned int frames;
};

/* A place in the source. */
struct place {
	const char *file;      /* or the module, if it has no debugging information */
	const char *directory; /* of the compilation; NULL: unknown */
	int line;              /* 0: unknown */
};

int unwind_load(struct error *error)
{
	libdw.library = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);
	if (libdw.library == NULL)
		return error_set(error, STATUS_FAILED,
		                 "libdw of elfutils can't be loaded: install it (Debian: apt-get "
		                 "install libdw1; Fedora: dnf install elfutils-libs)");
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *function = dlsym(libdw.library, functions[i].name);

		memcpy(functions[i].pointer, &function, sizeof(function));
		if (function == NULL)
			return error_set(error, STATUS_FAILED,
			                 "libdw of elfutils is too old: it lacks %s()",
			                 functions[i].name);
	}
	return 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* Open a regular file in the root directory of the program. */
static int open_module(pid_t thread, const char *path)
{
	char from[PATH_MAX + 64];
	struct stat st;
	int found;
	int fd = -1;

	snprintf(from, sizeof(from), "/proc/%d/root%s", (int)thread, path);
	found = open(from, O_PATH | O_CLOEXEC);
	if (found < 0)
		return -1;
	snprintf(from, sizeof(from), "/proc/self/fd/%d", found);
	if (fstat(found, &st) == 0 && S_ISREG(st.st_mode))
		fd = open(from, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	close(found);
	return fd;
}

/* A callback of libdwfl, which has to open the file of a module or provide a copy in memory. */
static int find_elf(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
                    char **file_name, Elf **elf)
{
	const struct thread_snapshot *snapshot = *data;
	int fd;

	(void)module;
	(void)base;
	if (strcmp(name, vdso_name) == 0) {
		*elf = libdw.elf_memory((char *)snapshot->vdso.bytes, snapshot->vdso.length);
		return -1;
	}
	if (*name != '/')
		return -1;
	fd = open_module(snapshot->thread, name);
	if (fd >= 0)
		*file_name = strdup(name);
	return fd;
}

/*
 * A callback of libdwfl, which has to open the file with the debugging information of a module that
 * has none itself. That of the C library is large, and where in it a call is made does not matter.
 * The other files are those below /usr/lib/debug: the standard function may ask servers.
 */
static int find_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
                          const char *file_name, const char *link, GElf_Word checksum, char **found)
{
	if (strncmp(base_name(name), "libc.so.", strlen("libc.so.")) == 0)
		return -1;
	return libdw.dwfl_build_id_find_debuginfo(module, data, name, base, file_name, link,
	                                          checksum, found);
}

/* Let find_elf() know. */
static int give_snapshot(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
                         void *snapshot)
{
	(void)module;
	(void)name;
	(void)base;
	*data = snapshot;
	return DWARF_CB_OK;
}

static pid_t next_thread(Dwfl *dwfl, void *closure, void **thread)
{
	const struct thread_snapshot *snapshot = closure;

	(void)dwfl;
	if (*thread != NULL)
		return 0;
	*thread = closure;
	return snapshot->thread;
}

static bool read_copy(const struct memory_copy *copy, Dwarf_Addr address, Dwarf_Word *word,
                      size_t size)
{
	const uint64_t offset = address - copy->address;
	uint32_t narrow;

	if (address < copy->address || copy->length < size || offset > copy->length - size)
		return false;
	if (size == sizeof(*word)) {
		memcpy(word, copy->bytes + offset, sizeof(*word));
	} else {
		memcpy(&narrow, copy->bytes + offset, sizeof(narrow));
		*word = narrow;
	}
	return true;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *word, void *closure)
{
	const struct thread_snapshot *snapshot = closure;

	(void)dwfl;
	return read_copy(&snapshot->stack, address, word, snapshot->word) ||
	       read_copy(&snapshot->vdso, address, word, snapshot->word);
}

static bool set_registers(Dwfl_Thread *thread, void *closure)
{
	const struct thread_snapshot *snapshot = closure;
	Dwarf_Word words[SNAPSHOT_REGISTERS];

	for (unsigned int i = 0; i < snapshot->register_count; i++)
		words[i] = snapshot->registers[i];
	libdw.dwfl_thread_state_register_pc(thread, snapshot->pc);
	return libdw.dwfl_thread_state_registers(thread, 0, snapshot->register_count, words);
}

/* Append a line that has been written behind the used part; false if the list is full. */
static bool end_line(struct listing *listing, int length)
{
	char *line = listing->text + listing->used;

	if (length < 0 || (size_t)length + 1 >= listing->size - listing->used ||
	    listing->frames >= UNWIND_FRAMES) {
		*line = '\0';
		return false;
	}
	for (int i = 0; i < length; i++) {
		if ((unsigned char)line[i] < ' ' || line[i] == '\x7f')
			line[i] = '?';
	}
	line[length] = '\n';
	line[length + 1] = '\0';
	listing->used += (size_t)length + 1;
	listing->frames++;
	return true;
}

/* The file as the compiler was called with it, usually: relative to its directory. */
static const char *relative_file(const struct place *place)
{
	const char *directory = place->directory != NULL ? place->directory : "";
	const size_t length = strlen(directory);

	if (length == 0 || strncmp(place->file, directory, length) != 0 ||
	    place->file[length] != '/')
		return place->file;
	return place->file + length + 1;
}

/* Append a call; false if it is the last one to be listed. */
static bool append_call(struct listing *listing, const char *function, const struct place *place)
{
	const size_t room = listing->size - listing->used;
	char *target = listing->text + listing->used;
	int length;

	if (place->line > 0)
		length = snprintf(target, room, "%s (%s:%d)", function, relative_file(place),
		                  place->line);
	else
		length = snprintf(target, room, "%s (%s)", function, place->file);
	return end_line(listing, length) && strcmp(function, "main") != 0;
}

/* Append a call in a module without symbols. */
static bool append_offset(struct listing *listing, Dwfl_Module *module, const char *name,
                          Dwarf_Addr pc)
{
	Dwarf_Addr start = 0;
	GElf_Addr bias = 0;

	if (libdw.dwfl_module_getelf(module, &bias) == NULL) {
		libdw.dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL);
		bias = start;
	}
	return end_line(listing,
	                snprintf(listing->text + listing->used, listing->size - listing->used,
	                         "%s+0x%llx", name, (unsigned long long)(pc - bias)));
}

static Dwarf_Word attribute(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value = 0;

	if (libdw.dwarf_formudata(libdw.dwarf_attr_integrate(die, name, &attribute), &value) != 0)
		return 0;
	return value;
}

static bool is_function(Dwarf_Die *scope)
{
	const int tag = libdw.dwarf_tag(scope);

	return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
}

/*
 * Append the function at an address, and those that it was inlined into.
 *
 * @param unit   the compilation unit
 * @param place  of the address
 * @param more   receives whether more calls are to be listed
 * @return false if the debugging information does not name the function
 */
static bool append_functions(struct listing *listing, Dwarf_Die *unit, Dwarf_Addr address,
                             struct place place, bool *more)
{
	Dwarf_Die *around = NULL;
	Dwarf_Die *scopes = NULL;
	Dwarf_Files *files = NULL;
	bool any = false;
	int count = libdw.dwarf_getscopes(unit, address, &around);
	int first = 0;

	while (first < count && !is_function(&around[first]))
		first++;
	/* Only these are nested as in the machine code; the others are nested as in the source. */
	count = first < count ? libdw.dwarf_getscopes_die(&around[first], &scopes) : 0;
	*more = true;
	(void)libdw.dwarf_getsrcfiles(unit, &files, NULL);
	for (int i = 0; i < count && *more; i++) {
		const char *function =
		    is_function(&scopes[i]) ? libdw.dwarf_diename(&scopes[i]) : NULL;

		if (function == NULL)
			continue;
		any = true;
		*more = append_call(listing, function, &place);
		if (libdw.dwarf_tag(&scopes[i]) == DW_TAG_subprogram)
			break;
		place.line = (int)attribute(&scopes[i], DW_AT_call_line);
		place.file =
		    libdw.dwarf_filesrc(files, attribute(&scopes[i], DW_AT_call_file), NULL, NULL);
		if (place.file == NULL)
			place.file = "?";
	}
	free(around);
	free(scopes);
	return any;
}

/* Append the calls at an address in a module. */
static bool append_in_module(struct listing *listing, Dwfl_Module *module, Dwarf_Addr pc)
{
	const char *name = libdw.dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
	const char *symbol = libdw.dwfl_module_addrname(module, pc);
	Dwfl_Line *source = libdw.dwfl_module_getsrc(module, pc);
	struct place place = { .file = NULL };
	Dwarf_Addr bias = 0;
	Dwarf_Die *unit = libdw.dwfl_module_addrdie(module, pc, &bias);
	bool more;

	if (source != NULL) {
		place.file = libdw.dwfl_lineinfo(source, NULL, &place.line, NULL, NULL, NULL);
		place.directory = libdw.dwfl_line_comp_dir(source);
	}
	if (place.file != NULL && unit != NULL &&
	    append_functions(listing, unit, pc - bias, place, &more))
		return more;
	name = base_name(name != NULL ? name : "?");
	if (place.file == NULL)
		place.file = name;
	if (symbol != NULL)
		return append_call(listing, symbol, &place);
	return append_offset(listing, module, name, pc);
}

/* A callback of libdwfl for each call. */
static int append_frame(Dwfl_Frame *frame, void *closure)
{
	struct listing *listing = closure;
	Dwfl_Module *module;
	Dwarf_Addr pc;
	bool is_exact;
	bool more;

	if (!libdw.dwfl_frame_pc(frame, &pc, &is_exact))
		return DWARF_CB_ABORT;
	/* A return address may be that of the next line, or of the next function. */
	if (!is_exact)
		pc--;
	module = libdw.dwfl_addrmodule(listing->dwfl, pc);
	if (module != NULL)
		more = append_in_module(listing, module, pc);
	else
		more = end_line(listing, snprintf(listing->text + listing->used,
		                                  listing->size - listing->used, "0x%llx",
		                                  (unsigned long long)pc));
	return more ? DWARF_CB_OK : DWARF_CB_ABORT;
}

/* Give the copy in memory to find_elf(). */
static void report_vdso(Dwfl *dwfl, const struct memory_copy *vdso)
{
	if (vdso->length > 0)
		(void)libdw.dwfl_report_module(dwfl, vdso_name, vdso->address,
		                               vdso->address + vdso->length);
}

void unwind_list(const struct thread_snapshot *snapshot, char *text, size_t size)
{
	const Dwfl_Callbacks callbacks = {
		.find_elf = find_elf,
		.find_debuginfo = find_debuginfo,
	};
	static const Dwfl_Thread_Callbacks thread_callbacks = {
		.next_thread = next_thread,
		.memory_read = read_memory,
		.set_initial_registers = set_registers,
	};
	struct listing listing = { .text = text, .size = size };
	FILE *maps = fmemopen(snapshot->maps, snapshot->maps_length, "r");

	*text = '\0';
	(void)libdw.elf_version(EV_CURRENT);
	listing.dwfl = libdw.dwfl_begin(&callbacks);
	if (listing.dwfl == NULL || maps == NULL)
		goto end;
	libdw.dwfl_report_begin(listing.dwfl);
	(void)libdw.dwfl_linux_proc_maps_report(listing.dwfl, maps);
	report_vdso(listing.dwfl, &snapshot->vdso);
	(void)libdw.dwfl_report_end(listing.dwfl, NULL, NULL);
	(void)libdw.dwfl_getmodules(listing.dwfl, give_snapshot, (void *)snapshot, 0);
	if (libdw.dwfl_attach_state(listing.dwfl, NULL, snapshot->thread, &thread_callbacks,
	                            (void *)snapshot))
		(void)libdw.dwfl_getthread_frames(listing.dwfl, snapshot->thread, append_frame,
		                                  &listing);
end:
	if (maps != NULL)
		(void)fclose(maps);
}

#else

int unwind_load(struct error *error)
{
	return error_set(error, STATUS_FAILED,
	                 "this build lacks libdw of elfutils: build it with the library's headers "
	                 "(Debian: apt-get install libdw-dev; Fedora: dnf install elfutils-devel)");
}

void unwind_list(const struct thread_snapshot *snapshot, char *text, size_t size)
{
	(void)snapshot;
	(void)size;
	*text = '\0';
}

#endif
