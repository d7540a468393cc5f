# Source tarball and packages.

TARBALL = build/dist/shmtool-$(VERSION).tar.xz

.PHONY: dist
dist: ## make the reproducible source tarball build/dist/shmtool-VERSION.tar.xz from HEAD
	@scripts/dist '$(VERSION)' '$(TARBALL)'
	@echo '$(TARBALL)'

# The scripts that lint-shell does not know.
lint-shell: lint-package
.PHONY: lint-package
lint-package:
	@shellcheck -s bash scripts/chroot.bash
