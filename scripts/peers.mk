# Comparing with other releases: make check-util-linux.

.PHONY: check-util-linux
check-util-linux: ## compare ipcs, ipcrm and ipcmk with newer releases of util-linux, from Debian's packages
	@scripts/deps build check
	@$(MAKE) all helpers
	@scripts/check-util-linux $(SUITES)
