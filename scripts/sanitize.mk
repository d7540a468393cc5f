# The tests with the sanitizers of gcc and clang: make sanitize, make sanitize CC=clang, make threads.

SANITIZED = build/sanitize-$(notdir $(CC))
THREADED  = build/threads-$(notdir $(CC))

# clang and its libraries.
SANITIZER_SETS = $(if $(filter clang,$(notdir $(CC))),fuzz)

# A variable that is used before it is set has a value that no test expects.
PATTERN = $(call accepted,-ftrivial-auto-var-init=pattern,-ftrivial-auto-var-init=pattern)

.PHONY: sanitize
sanitize: ## run the tests with the address and undefined-behaviour sanitizers (CC=clang: of clang)
	@scripts/deps build optional check $(SANITIZER_SETS)
	@$(MAKE) helpers
	@$(MAKE) all $(SANITIZED)/unit BUILD=$(SANITIZED) BINARY=$(SANITIZED)/shmtool CFLAGS='-O1 -g $(PATTERN)' \
		SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer'
	@SHMTOOL=$(SANITIZED)/shmtool SHMTOOL_SANITIZED=1 UNIT=$(SANITIZED)/unit \
		FILE_TIMEOUT=$(or $(FILE_TIMEOUT),3600) tests/run $(TESTS)

# The commands with threads: rm, and with several processors all that search processes.
THREAD_TESTS = tests/rm.bats tests/rm_contents.bats tests/rm_directories.bats tests/rm_filters.bats \
	tests/rm_proof.bats tests/users.bats tests/users_blind.bats tests/users_files.bats \
	tests/users_queues.bats tests/users_unnamed.bats tests/stat_held.bats tests/usage.bats \
	tests/race.bats

# setarch: the sanitizer of gcc 12 needs mappings where kernels before 6.5 put them.
.PHONY: threads
threads: ## run the unit tests, and those of commands with threads, with the thread sanitizer
	@scripts/deps build optional check $(SANITIZER_SETS)
	@$(MAKE) helpers
	@$(MAKE) all $(THREADED)/unit BUILD=$(THREADED) BINARY=$(THREADED)/shmtool CFLAGS='-O1 -g' \
		SANITIZE=-fsanitize=thread
	@SHMTOOL=$(THREADED)/shmtool SHMTOOL_SANITIZED=1 UNIT=$(THREADED)/unit \
		FILE_TIMEOUT=$(or $(FILE_TIMEOUT),3600) \
		setarch -R tests/run $(or $(TESTS),$(THREADED)/unit $(THREAD_TESTS))
