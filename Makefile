# shmtool: GNU make. `make help` lists the targets.

VERSION = 1.0.0

# Variables for the user: CC, CPPFLAGS, CFLAGS, LDFLAGS, PKG_CONFIG, STRIP, and the directories
# below.
CFLAGS  ?= -O2 -g
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
MANDIR  ?= $(PREFIX)/share/man
BASHCOMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPLETIONDIR ?= $(PREFIX)/share/zsh/site-functions
FISHCOMPLETIONDIR ?= $(PREFIX)/share/fish/vendor_completions.d
DOCDIR  ?= $(PREFIX)/share/doc/shmtool
FAMILIESDIR ?= $(PREFIX)/share/shmtool/families
INSTALL ?= install
STRIP   ?= strip
PKG_CONFIG ?= pkg-config
export PKG_CONFIG

# STATIC=1: a program that needs no other file, for any Linux of the compiler's processor. It uses
# the static archives of the C library and the required libraries, contains the families, and omits
# the functions of the optional libraries, which would have to match the C library inside.
IS_STATIC = $(filter-out 0 no,$(STATIC))

# The directory of a build, and its program. Builds with other compilers or flags (check, sanitize)
# run this Makefile again with their own BUILD and BINARY.
BUILD   = build
BINARY  = shmtool

# Set by those builds.
WERROR   =
SANITIZE =

# One job per processor, unless -j was given or several targets were named: those run in order.
ifeq ($(MAKELEVEL)$(word 2,$(MAKECMDGOALS)),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif

.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

#
# Sources and flags
#

SOURCES := $(sort $(shell find src -name '*.c' 2>/dev/null))
OBJECTS  = $(SOURCES:%.c=$(BUILD)/%.o) $(if $(IS_STATIC),$(BUILD)/families.o)
HELPERS := $(sort $(wildcard tests/helpers/*.c))
BENCHES := $(sort $(wildcard tests/bench/*.c))
UNIT_SOURCES := $(sort $(wildcard tests/unit/*.c))
UNIT_OBJECTS  = $(UNIT_SOURCES:%.c=$(BUILD)/%.o)

LIBRARIES = libbsd json-c inih
# Optional libraries: their headers are needed here, and the one command that uses a library loads it
# at run time with dlopen(3). Without one, the program is built without that function;
# OPTIONAL_LIBRARIES= builds it without any.
OPTIONAL_LIBRARIES := $(if $(IS_STATIC),,$(strip $(foreach library,ncursesw libdw,\
	$(if $(shell $(PKG_CONFIG) --exists $(library) 2>/dev/null && echo yes),$(library)))))
# -isystem: no warnings about the headers of libraries.
LIBRARY_CFLAGS := $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags $(LIBRARIES) 2>/dev/null) \
	$(if $(OPTIONAL_LIBRARIES),$(shell $(PKG_CONFIG) --cflags-only-I $(OPTIONAL_LIBRARIES))))
REQUIRED_LIBS  := $(shell $(PKG_CONFIG) $(if $(IS_STATIC),--static) --libs $(LIBRARIES) 2>/dev/null)
# Loading four shared libraries takes a sixth of the time of `stat ID`: these small ones are linked
# from their archives if all of those are installed. SHARED=1 links the shared ones, as distributions
# require.
ARCHIVES := $(if $(IS_STATIC)$(filter-out 0 no,$(SHARED)),,$(patsubst -l%,lib%.a,$(filter -l%,\
	$(shell $(PKG_CONFIG) --static --libs $(LIBRARIES) 2>/dev/null))))
ARCHIVES := $(foreach archive,$(ARCHIVES),$(shell $(CC) -print-file-name=$(archive) 2>/dev/null))
ifneq ($(ARCHIVES),)
# The name of an archive that is not found stays as it is.
REQUIRED_LIBS := $(if $(filter-out /%,$(ARCHIVES)),$(REQUIRED_LIBS),$(ARCHIVES))
endif
LIBRARY_LIBS   = $(REQUIRED_LIBS) -ldl

ifeq ($(filter ncursesw,$(OPTIONAL_LIBRARIES)),)
SOURCES := $(filter-out src/commands/watch/table%.c src/commands/watch/screen.c src/commands/watch/curses.c,$(SOURCES))
endif

WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes

# _FORTIFY_SOURCE needs optimisation, and conflicts with the sanitizers.
OPTIMISED = $(and $(filter-out -O0,$(filter -O%,$(CFLAGS))),$(if $(SANITIZE),,yes))
# $(call accepted,FLAGS,FLAG): FLAG, if the compiler accepts FLAGS without a warning, including
# warnings of the C library's headers about a level that this compiler does not support.
accepted = $(shell printf '\043include <string.h>\nint none;\n' | \
	$(CC) -Werror $(1) -x c -c -o /dev/null - 2>/dev/null && echo '$(2)')
FORTIFY  := $(or $(call accepted,-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3,3),2)
PROBED   := $(foreach flag,-fstack-clash-protection -fcf-protection,\
	$(call accepted,$(flag),$(flag)))
HARDENING = $(if $(OPTIMISED),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(FORTIFY)) \
	-fstack-protector-strong $(PROBED) -fPIE
HARDENING_LINK = $(if $(IS_STATIC),-static-pie,-pie) -Wl,-z,relro,-z,now

DEFINES = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -DSHMTOOL_VERSION='"$(VERSION)"' \
	$(OPTIONAL_LIBRARIES:%=-DSHMTOOL_WITH_%) $(if $(IS_STATIC),-DSHMTOOL_STATIC)

ALL_CPPFLAGS = -Isrc -include base/libc.h $(DEFINES) $(LIBRARY_CFLAGS) $(CPPFLAGS)
ALL_CFLAGS   = -std=gnu17 -pthread $(HARDENING) $(SANITIZE) $(CFLAGS) $(WARNINGS) $(WERROR)
ALL_LDFLAGS  = -pthread $(HARDENING_LINK) $(SANITIZE) $(CFLAGS) $(LDFLAGS)

# Link-time optimisation makes a long listing 5 % faster. Not used with clang, which needs a linker
# plugin that may be missing.
IS_GCC := $(shell $(CC) --version 2>/dev/null | grep -q 'Free Software Foundation' && echo yes)
LTO     = $(if $(OPTIMISED),$(if $(IS_GCC),-flto=auto))

COMPILE = $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(LTO) -MMD -MP -c
LINK    = $(CC) $(ALL_LDFLAGS) $(LTO)

# `make V=1` shows whole command lines instead of one word for each.
ifeq ($(V),)
Q   = @
SAY = @printf '  %-4s %s\n'
else
Q   =
SAY = @:
endif

#
# Building
#

.PHONY: all
all: $(BINARY) ## build ./shmtool (the default)

$(BINARY): $(OBJECTS) $(BUILD)/link-line
	$(SAY) LINK $@
	@mkdir -p $(@D)
	$(Q)$(LINK) -o $@ $(OBJECTS) $(LIBRARY_LIBS)

# The only file that contains the directory of the families: another PREFIX recompiles only this
# one.
CATALOGUE = $(BUILD)/src/usage/family_catalogue.o
$(CATALOGUE): private DEFINES += -DSHMTOOL_FAMILIES_DIR='"$(FAMILIESDIR)"'
$(CATALOGUE): $(BUILD)/families-line

$(SOURCES:%.c=$(BUILD)/%.o): $(BUILD)/%.o: %.c $(BUILD)/compile-line
	$(SAY) CC $<
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -o $@ $<

# The families that a static program contains.
$(BUILD)/families.o: $(BUILD)/families.c $(BUILD)/compile-line
	$(Q)$(COMPILE) -o $@ $<

$(BUILD)/families.c: $(wildcard share/families/*.conf) scripts/embed-families
	$(SAY) GEN $@
	@mkdir -p $(@D)
	@scripts/embed-families $(filter %.conf,$^) >$@

# These files change when the command changes (other flags, another version, added or removed source
# files) and stay unchanged otherwise, so that results of another command are rebuilt.
$(BUILD)/compile-line: export LINE = $(COMPILE)
$(BUILD)/link-line:    export LINE = $(LINK) $(OBJECTS) $(LIBRARY_LIBS)
$(BUILD)/families-line: export LINE = $(FAMILIESDIR)
$(BUILD)/compile-line $(BUILD)/link-line $(BUILD)/families-line: FORCE
	$(if $(REQUIRED_LIBS),,$(error $(LIBRARIES) cannot be found by $(PKG_CONFIG): run `make deps`))
	@mkdir -p $(@D)
	@printf '%s\n' "$$LINE" | cmp -s - $@ || printf '%s\n' "$$LINE" >$@

.PHONY: FORCE
FORCE:

-include $(OBJECTS:.o=.d)

# Single-file programs for the tests and the benchmark.
$(HELPERS:tests/%.c=$(BUILD)/%) $(BENCHES:tests/%.c=$(BUILD)/%): $(BUILD)/%: tests/%.c
	$(SAY) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -pthread -MMD -MP $(ALL_LDFLAGS) -o $@ $< $(LIBRARY_LIBS)

-include $(HELPERS:tests/%.c=$(BUILD)/%.d) $(BENCHES:tests/%.c=$(BUILD)/%.d)

# The unit tests are one program with all of src except main().
$(BUILD)/unit: $(UNIT_OBJECTS) $(OBJECTS) $(BUILD)/link-line
	$(SAY) LINK $@
	$(Q)$(LINK) -o $@ $(UNIT_OBJECTS) $(filter-out $(BUILD)/src/main.o,$(OBJECTS)) $(LIBRARY_LIBS)

$(UNIT_OBJECTS): $(BUILD)/%.o: %.c $(BUILD)/compile-line
	$(SAY) CC $<
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -Itests/unit -o $@ $<

-include $(UNIT_OBJECTS:.o=.d)

.PHONY: helpers
helpers: $(HELPERS:tests/%.c=$(BUILD)/%)
	@:

.PHONY: deps
deps: ## install the missing build dependencies
	@scripts/deps build
	@scripts/deps optional || echo 'functions that need the missing libraries will be omitted' >&2

.PHONY: run
run: ## install missing dependencies, build, and run ./shmtool $(ARGS)
	@scripts/deps build
	@scripts/deps optional 2>/dev/null || :
	@$(MAKE) all
	@./$(BINARY) $(ARGS)

#
# Checking
#

# The available compilers; the tests run the program built by the first one.
CHECK_COMPILERS = $(or $(foreach cc,gcc clang,$(if $(shell command -v $(cc)),$(cc))),$(CC))
CHECK_BINARY    = build/check-$(firstword $(CHECK_COMPILERS))/shmtool

.PHONY: check-deps
check-deps: ## install the missing test dependencies
	@scripts/deps build check
	@scripts/deps optional extra || echo 'the tests that need the missing packages will be skipped' >&2

# check-deps runs first and on its own: the rest depends on what it installs.
.PHONY: check
check: ## build with gcc and clang, warnings are errors; run every test (or TESTS="a.bats ...")
	@$(MAKE) check-deps
	@$(MAKE) strict
	@$(MAKE) helpers WERROR=-Werror
	@SHMTOOL=$(CHECK_BINARY) UNIT=$(CHECK_BINARY:shmtool=unit) tests/run $(TESTS)

.PHONY: check-bare
check-bare: ## as root: run make check in a minimal Debian (or SUITE=trixie, TESTS="...")
	@scripts/check-bare $(SUITE:%=--suite %) $(TESTS)

.PHONY: strict
strict: $(CHECK_COMPILERS:%=strict-%) ## build with gcc and clang, warnings are errors

.PHONY: $(CHECK_COMPILERS:%=strict-%)
$(CHECK_COMPILERS:%=strict-%): strict-%:
	@$(MAKE) CC=$* WERROR=-Werror BUILD=build/check-$* BINARY=build/check-$*/shmtool all build/check-$*/unit

.PHONY: race
race: ## a minute for each test of programs that use objects while rm removes them; guard is killed 4000 times, send and recv 1000 times
	@scripts/deps build check
	@$(MAKE) all helpers
	@RACE_SECONDS=$(or $(RACE_SECONDS),60) GUARD_KILLS=$(or $(GUARD_KILLS),1000) CHANNEL_KILLS=$(or $(CHANNEL_KILLS),1000) SHMTOOL_ROUNDS=$(or $(SHMTOOL_ROUNDS),100000) \
		FILE_TIMEOUT=$(or $(FILE_TIMEOUT),3600) tests/run tests/race.bats tests/guard_kill.bats tests/channel_kill.bats tests/events_tracepoints.bats

# Targets for developers and packagers, one file a subject.
include $(sort $(wildcard scripts/*.mk))

#
# Lint: no tool may report anything
#

C_FILES     = $(SOURCES) $(HELPERS) $(BENCHES) $(UNIT_SOURCES) $(COVERAGE_SOURCES)
HEADERS    := $(sort $(shell find src tests -name '*.h' 2>/dev/null))
MAN_PAGES  := $(sort $(wildcard man/*.1 man/*.5))
BATS_FILES       := $(sort $(wildcard tests/*.bats tests/*/*.bats))
BATS_LIBRARIES   := $(sort $(wildcard tests/*.bash tests/bench/*.bash))
BASH_COMPLETIONS := $(sort $(wildcard completions/*.bash))
# Other files with a #! line for a shell.
HASH := \#
SHELL_FILES = $(sort $(shell find . \( -name .git -o -name build \) -prune -o \
	-type f ! -name '*.bats' ! -name '*.bash' -exec \
	awk 'FNR == 1 { if (/^$(HASH)!.*sh$$/) print substr(FILENAME, 3); nextfile }' {} +))

.PHONY: lint
lint: ## check format, C, shell and manual pages with clang-format, clang-tidy, cppcheck, ...
	@scripts/deps build optional lint
	@$(MAKE) --keep-going lint-rooms lint-format lint-tidy lint-cppcheck lint-shell lint-man
	@echo 'lint: clean'

.PHONY: format
format: ## format every C file according to .clang-format
	@scripts/deps lint
	clang-format -i $(C_FILES) $(HEADERS)

# The allowed includes between rooms of src: scripts/rooms.
.PHONY: lint-rooms
lint-rooms:
	$(SAY) LINT rooms
	@scripts/check-rooms

.PHONY: lint-format
lint-format:
	$(SAY) LINT clang-format
	@$(if $(C_FILES)$(HEADERS),clang-format --dry-run -Werror $(C_FILES) $(HEADERS))

# clang-tidy is slow: a clean file is checked again only if it, a header or the configuration has
# changed.
.PHONY: lint-tidy
lint-tidy: $(C_FILES:%.c=build/tidy/%.clean)
	@:

$(C_FILES:%.c=build/tidy/%.clean): build/tidy/%.clean: %.c $(HEADERS) .clang-tidy
	$(SAY) TIDY $<
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- -std=gnu17 $(ALL_CPPFLAGS) -Itests/unit $(WARNINGS) 2>$@.log || \
		{ grep -v 'warnings\? .*generated' $@.log; exit 1; }
	@touch $@

CPPCHECK_FLAGS = --quiet --error-exitcode=1 --inline-suppr --std=c11 --library=posix,gnu \
	--enable=warning,style,performance,portability --cppcheck-build-dir=build/cppcheck \
	--suppress=missingIncludeSystem --suppress=unmatchedSuppression \
	--suppress=constParameterCallback --suppress='*:/usr/*' \
	--suppress=unusedStructMember:src/system/process_maps.c \
	--suppress=unusedStructMember:tests/bench/floor_users.c \
	--suppress="unusedStructMember:tests/unit/*" \
	--suppress=unusedStructMember:tests/helpers/mit_shm.c \
	--suppress=resourceLeak:tests/helpers/dds_participant.c \
	--suppress=leakReturnValNotUsed:tests/helpers/load_library.c \
	--suppress=getpwentCalled --suppress=getgrentCalled --suppress=getpwnamCalled \
	--suppress=getgrnamCalled --suppress=getpwuidCalled --suppress=getgrgidCalled \
	--suppress=readdirCalled # one thread

.PHONY: lint-cppcheck
lint-cppcheck:
	$(SAY) LINT cppcheck
	@mkdir -p build/cppcheck
	@$(if $(C_FILES),cppcheck $(CPPCHECK_FLAGS) -Isrc -Itests/unit $(DEFINES) $(C_FILES))

# In the tests, variables are set and read by bats, tests are subshells, functions are called by
# name, and scripts for another shell are quoted.
SHELLCHECK_TESTS = shellcheck -e SC1091,SC2016,SC2030,SC2031,SC2034,SC2154,SC2317

.PHONY: lint-shell
lint-shell:
	$(SAY) LINT shellcheck
	@shellcheck $(SHELL_FILES)
	@shellcheck -s bash $(wildcard scripts/*.bash)
	@$(if $(BASH_COMPLETIONS),shellcheck -s bash -e SC1091 $(BASH_COMPLETIONS))
	@$(if $(BATS_FILES),$(SHELLCHECK_TESTS) -s bats $(BATS_FILES))
	@$(if $(BATS_LIBRARIES),$(SHELLCHECK_TESTS) -s bash $(BATS_LIBRARIES))

# Ignore references to pages of packages that are not installed here.
.PHONY: lint-man
lint-man:
	$(SAY) LINT mandoc
	@$(if $(MAN_PAGES),! mandoc -Tlint $(MAN_PAGES) | grep -v 'referenced manual not found')

#
# Installing
#

# The files installed to $(DOCDIR), in the same directories: documents and executables.
DOCS     = LICENSE CHANGELOG.md $(filter-out %.sh,$(EXAMPLES))
EXAMPLES := $(sort $(wildcard examples/*.sh examples/*.c examples/*.py examples/README.md \
	examples/recipes/* examples/monitoring/* examples/benchmark/*))
DOC_DIRECTORIES = $(sort $(dir $(EXAMPLES)))

FAMILIES := $(sort $(wildcard share/families/*.conf))

# Options of install(1) for the program, and the prerequisites of any installation.
INSTALL_STRIP  =
INSTALL_BEFORE = @:

.PHONY: install
install: all ## install to $(DESTDIR)$(PREFIX): the program, families, manual, completions, examples
	$(INSTALL_BEFORE)
	$(INSTALL) -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(MANDIR)/man1' '$(DESTDIR)$(MANDIR)/man5' \
		'$(DESTDIR)$(BASHCOMPLETIONDIR)' '$(DESTDIR)$(ZSHCOMPLETIONDIR)' '$(DESTDIR)$(FISHCOMPLETIONDIR)' \
		'$(DESTDIR)$(FAMILIESDIR)' $(DOC_DIRECTORIES:%='$(DESTDIR)$(DOCDIR)/%')
	$(INSTALL) $(INSTALL_STRIP) -m 755 $(BINARY) '$(DESTDIR)$(BINDIR)/shmtool'
	@set -e; for page in $(MAN_PAGES); do \
		$(INSTALL) -m 644 "$$page" '$(DESTDIR)$(MANDIR)'/man"$${page##*.}"; done
	$(INSTALL) -m 644 $(FAMILIES) '$(DESTDIR)$(FAMILIESDIR)'
	$(INSTALL) -m 644 completions/shmtool.bash '$(DESTDIR)$(BASHCOMPLETIONDIR)/shmtool'
	$(INSTALL) -m 644 completions/_shmtool '$(DESTDIR)$(ZSHCOMPLETIONDIR)/_shmtool'
	$(INSTALL) -m 644 completions/shmtool.fish '$(DESTDIR)$(FISHCOMPLETIONDIR)/shmtool.fish'
	@set -e; for file in $(DOCS); do $(INSTALL) -m 644 "$$file" '$(DESTDIR)$(DOCDIR)'/"$$file"; done
	@set -e; for file in $(filter %.sh,$(EXAMPLES)); do \
		$(INSTALL) -m 755 "$$file" '$(DESTDIR)$(DOCDIR)'/"$$file"; done

.PHONY: install-strip
install-strip: INSTALL_STRIP = -s --strip-program='$(STRIP)'
install-strip: install ## the same, with a stripped program

.PHONY: uninstall
uninstall: uninstall-compat ## remove the files installed by install and install-compat
	rm -f '$(DESTDIR)$(BINDIR)/shmtool' '$(DESTDIR)$(BASHCOMPLETIONDIR)/shmtool' \
		'$(DESTDIR)$(ZSHCOMPLETIONDIR)/_shmtool' '$(DESTDIR)$(FISHCOMPLETIONDIR)/shmtool.fish'
	rm -f $(foreach page,$(MAN_PAGES:man/%=%),\
		'$(DESTDIR)$(MANDIR)/man$(patsubst .%,%,$(suffix $(page)))/$(page)')
	rm -f $(FAMILIES:share/families/%='$(DESTDIR)$(FAMILIESDIR)/%')
	@families='$(DESTDIR)$(FAMILIESDIR)'; rmdir "$$families" "$${families%/*}" 2>/dev/null || true
	rm -f $(DOCS:%='$(DESTDIR)$(DOCDIR)/%') $(EXAMPLES:%='$(DESTDIR)$(DOCDIR)/%')
	@[ ! -d '$(DESTDIR)$(DOCDIR)' ] || find '$(DESTDIR)$(DOCDIR)' -depth -type d -empty -delete

# Links that provide shmtool as ipcs, ipcrm and ipcmk: their paths and their targets. Only such a
# link is ever replaced or removed, never a program or page of another package.
COMPAT_TOOLS = ipcs ipcrm ipcmk
COMPAT_LINKS = $(foreach tool,$(COMPAT_TOOLS),\
	'$(DESTDIR)$(BINDIR)/$(tool)':shmtool \
	'$(DESTDIR)$(MANDIR)/man1/$(tool).1':shmtool-$(tool).1 \
	'$(DESTDIR)$(BASHCOMPLETIONDIR)/$(tool)':shmtool \
	'$(DESTDIR)$(FISHCOMPLETIONDIR)/$(tool).fish':shmtool.fish)

.PHONY: install-compat
install-compat: INSTALL_BEFORE = @scripts/compat-links check $(COMPAT_LINKS)
install-compat: install ## install, and also provide shmtool as ipcs, ipcrm and ipcmk
	@scripts/compat-links make $(COMPAT_LINKS)

.PHONY: uninstall-compat
uninstall-compat: ## remove the links made by install-compat
	@scripts/compat-links remove $(COMPAT_LINKS)

.PHONY: clean
clean: ## remove all build results
	rm -rf build $(BINARY)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
