# Speed: make bench.

.PHONY: bench
bench: ## run the benchmark
	@scripts/deps build check bench
	@$(MAKE) all bench-programs
	@tests/bench/run

.PHONY: bench-programs
bench-programs: $(BENCHES:tests/%.c=$(BUILD)/%) $(BUILD)/helpers/every_second $(BUILD)/helpers/segment_rounds
	@:

.PHONY: instructions
instructions: ## as root: count the instructions of frequent commands, make check compares with the counts
	@scripts/deps build check extra
	@$(MAKE) strict-$(firstword $(CHECK_COMPILERS)) helpers
	@SHMTOOL=$(CHECK_BINARY) tests/bench/instructions write
	@cat tests/bench/instructions.tsv
