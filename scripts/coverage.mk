# The lines of src that the tests execute: make coverage.

COVERAGE        = build/coverage
COVERAGE_FLAGS  = -O0 -g --coverage -fprofile-info-section -fprofile-update=atomic -fdata-sections
COVERAGE_LINKED = $(COVERAGE)/counters.o
COVERAGE_SOURCES = tests/coverage/counters.c

# The counters are in a directory that other users can search, wherever the checkout is.
COVERAGE_PLACE = $(COVERAGE)/counters.place

# For clang-tidy.
build/tidy/$(COVERAGE_SOURCES:.c=.clean): private DEFINES += -DCOVERAGE_DIRECTORY='""'

.PHONY: coverage
coverage: ## run the tests and print the share of lines that they execute, by file and room (gcov)
	@scripts/deps build optional check extra
	@$(MAKE) helpers coverage-build
	@status=0; SHMTOOL=$(COVERAGE)/shmtool UNIT=$(COVERAGE)/unit FILE_TIMEOUT=$(or $(FILE_TIMEOUT),3600) \
		tests/run $(TESTS) || status=$$?; \
		scripts/coverage $(COVERAGE) && exit $$status

# The counters begin at 0. gcc only: clang has counters of its own.
.PHONY: coverage-build
coverage-build: $(COVERAGE_LINKED)
	@$(MAKE) all $(COVERAGE)/unit CC=gcc LTO= BUILD=$(COVERAGE) BINARY=$(COVERAGE)/shmtool \
		CFLAGS='$(COVERAGE_FLAGS)' LDFLAGS='$(COVERAGE_LINKED) -Wl,-T,tests/coverage/counters.ld'
	@find $(COVERAGE) -name '*.gcda' -delete
	@rm -f "$$(cat $(COVERAGE_PLACE))"/counters-*
	@SHMTOOL_COVERAGE=begin $(COVERAGE)/shmtool
	@SHMTOOL_COVERAGE=begin $(COVERAGE)/unit

$(COVERAGE_PLACE):
	@mkdir -p $(@D)
	@mktemp -d "$${TMPDIR:-/var/tmp}/shmtool-coverage.XXXXXX" >$@
	@chmod 755 "$$(cat $@)"

clean: coverage-clean
.PHONY: coverage-clean
coverage-clean:
	@[ ! -e $(COVERAGE_PLACE) ] || rm -rf "$$(cat $(COVERAGE_PLACE))"

$(COVERAGE_LINKED): tests/coverage/counters.c $(COVERAGE_PLACE)
	$(Q)gcc -std=gnu17 -O1 -fPIE $(WARNINGS) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 \
		-DCOVERAGE_DIRECTORY="\"$$(cat $(COVERAGE_PLACE))\"" -c -o $@ $<
