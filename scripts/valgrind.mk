# Every command with valgrind's memcheck: make valgrind.

MEMCHECKED = build/valgrind

.PHONY: valgrind
valgrind: ## run each command, and the unit tests, with memcheck
	@scripts/deps build optional check valgrind
	@$(MAKE) helpers $(MEMCHECKED)/known_calls.so
	@$(MAKE) all $(MEMCHECKED)/unit LTO= CFLAGS='-O1 -g' BUILD=$(MEMCHECKED) BINARY=$(MEMCHECKED)/shmtool
	@KNOWN_CALLS=$(abspath $(MEMCHECKED)/known_calls.so) SHMTOOL=$(MEMCHECKED)/shmtool FILE_TIMEOUT=$(or $(FILE_TIMEOUT),3600) tests/run tests/valgrind/commands

$(MEMCHECKED)/known_calls.so: tests/valgrind/known_calls.c
	$(SAY) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu17 -O1 -g -fPIC -shared $(DEFINES) $(WARNINGS) -o $@ $<
