# Speed: make bench.

.PHONY: bench
bench: ## as root: run the benchmark, and put its table and picture into README.md and examples/benchmark
	@scripts/deps build check bench
	@$(MAKE) all bench-programs
	@mkdir -p build/bench
	@tests/bench/run >build/bench/table.md || { cat build/bench/table.md; exit 1; }
	@cat build/bench/table.md
	@$(if $(BENCH_ONLY),,tests/bench/publish build/bench/table.md)

.PHONY: bench-compare
bench-compare: ## as root: compare the speed with that of revision BASE
	@scripts/deps build check bench-compare
	@$(MAKE) all bench-programs
	@tests/bench/compare '$(BASE)'

.PHONY: bench-programs
bench-programs: $(BENCHES:tests/%.c=$(BUILD)/%) $(BUILD)/helpers/every_second $(BUILD)/helpers/segment_rounds
	@:

.PHONY: instructions
instructions: ## as root: count the instructions of frequent commands, make check compares with the counts
	@scripts/deps build check extra
	@$(MAKE) strict-$(firstword $(CHECK_COMPILERS)) helpers
	@SHMTOOL=$(CHECK_BINARY) tests/bench/instructions write
	@cat tests/bench/instructions.tsv
