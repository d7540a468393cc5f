# Fuzzing: make fuzz. See CONTRIBUTING.md.

FUZZ_SHARED  = tests/fuzz/fuzz.c tests/fuzz/replay.c
FUZZ_SOURCES := $(filter-out $(FUZZ_SHARED),$(sort $(wildcard tests/fuzz/*.c)))
FUZZ_NAMES   := $(FUZZ_SOURCES:tests/fuzz/%.c=%)
# make fuzz TARGETS="ref size": only these.
TARGETS      = $(FUZZ_NAMES)

# The program of the unit tests holds all targets, to replay their corpora: build/unit --replay.
FUZZ_OBJECTS = $(FUZZ_SOURCES:%.c=$(BUILD)/%.o)
FUZZ_REPLAY  = $(FUZZ_SHARED:%.c=$(BUILD)/%.o)
UNIT_SOURCES += $(FUZZ_SOURCES) $(FUZZ_SHARED)
$(BUILD)/unit: $(FUZZ_OBJECTS) $(FUZZ_REPLAY)

$(FUZZ_OBJECTS): $(BUILD)/tests/fuzz/%.o: tests/fuzz/%.c $(BUILD)/compile-line
	$(SAY) CC $<
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -DLLVMFuzzerTestOneInput=target_$* -o $@ $<

# The directory changes when a target is added.
$(FUZZ_REPLAY): $(BUILD)/%.o: %.c $(BUILD)/compile-line scripts/fuzz.mk tests/fuzz
	$(SAY) CC $<
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -DFUZZ_TARGETS='$(foreach name,$(FUZZ_NAMES),TARGET($(name)))' -o $@ $<

-include $(FUZZ_OBJECTS:.o=.d) $(FUZZ_REPLAY:.o=.d)

# With a fuzzer, each target is a program of its own, linked only with the modules that it uses.
FUZZ_FLAGS   = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZ_CFLAGS  = -O1 -g
FUZZ_PROGRAMS = $(TARGETS:%=$(BUILD)/fuzz-%)
FUZZ_ARCHIVE  = $(BUILD)/src.a

$(FUZZ_ARCHIVE): $(OBJECTS)
	$(SAY) AR $@
	$(Q)rm -f $@ && ar rcs $@ $(filter-out $(BUILD)/src/main.o,$(OBJECTS))

$(FUZZ_PROGRAMS): $(BUILD)/fuzz-%: tests/fuzz/%.c tests/fuzz/fuzz.c $(FUZZ_ARCHIVE)
	$(SAY) LINK $@
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $< tests/fuzz/fuzz.c \
		$(FUZZ_ARCHIVE) $(LIBRARY_LIBS)

.PHONY: fuzz-programs
fuzz-programs: $(FUZZ_PROGRAMS)
	@:

.PHONY: fuzz
fuzz: ## fuzz each parser for TIME seconds (60) with libFuzzer (or TARGETS="ref size")
	@scripts/deps build fuzz
	@$(MAKE) fuzz-programs CC=clang BUILD=build/fuzz CFLAGS='$(FUZZ_CFLAGS)' LTO= \
		SANITIZE='$(FUZZ_FLAGS) -fsanitize=fuzzer-no-link'
	@tests/fuzz/run libfuzzer $(or $(TIME),60) $(TARGETS)

.PHONY: fuzz-afl
fuzz-afl: ## the same with AFL++, without sanitizers
	@scripts/deps build fuzz fuzz-afl
	@AFL_QUIET=1 $(MAKE) fuzz-programs CC=afl-clang-fast BUILD=build/fuzz-afl CFLAGS='$(FUZZ_CFLAGS)' LTO=
	@tests/fuzz/run afl $(or $(TIME),60) $(TARGETS)

.PHONY: fuzz-corpus
fuzz-corpus: ## after make fuzz: add the found inputs that reach new code to tests/fuzz/corpus
	@tests/fuzz/run merge $(TARGETS)
