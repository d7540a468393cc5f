# System calls that fail, scarce resources, SIGKILL at random moments: make faults.

.PHONY: faults
faults: ## let each system call of each command fail (FAULTS=PATTERN: of these lines of the table)
	@scripts/deps build optional check faults
	@$(MAKE) all helpers
	@SHMTOOL=./$(BINARY) HELPERS=$(BUILD)/helpers tests/faults/run '$(FAULTS)'
