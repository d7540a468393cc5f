# Speed: make bench.

.PHONY: bench
bench: ## run the benchmark
	@scripts/deps build check bench
	@$(MAKE) all bench-programs
	@tests/bench/run

.PHONY: bench-programs
bench-programs: $(BENCHES:tests/%.c=$(BUILD)/%) $(BUILD)/helpers/every_second $(BUILD)/helpers/segment_rounds
	@:
