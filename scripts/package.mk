# Source tarball and packages.

TARBALL = build/dist/shmtool-$(VERSION).tar.xz

.PHONY: dist
dist: ## make the reproducible source tarball build/dist/shmtool-VERSION.tar.xz from HEAD
	@scripts/deps dist
	@scripts/dist '$(VERSION)' '$(TARBALL)'
	@echo '$(TARBALL)'

# The systemd units are examples as well, for a program in /usr/local.
UNITDIR ?= $(PREFIX)/lib/systemd/system
UNITS := $(sort $(wildcard examples/*/*.service examples/*/*.timer))

.PHONY: install-systemd
install-systemd: ## install the systemd units, without enabling them
	$(INSTALL) -d '$(DESTDIR)$(UNITDIR)'
	@set -e; for unit in $(UNITS); do sed 's,/usr/local/bin/,$(BINDIR)/,' "$$unit" | \
		$(INSTALL) -m 644 /dev/stdin '$(DESTDIR)$(UNITDIR)'/"$${unit##*/}"; done

.PHONY: uninstall-systemd
uninstall-systemd: ## remove the files installed by install-systemd
	rm -f $(patsubst %,'$(DESTDIR)$(UNITDIR)/%',$(notdir $(UNITS)))

uninstall: uninstall-systemd

.PHONY: deb
deb: ## make a package for Debian in build/deb from HEAD
	@scripts/deps build optional deb
	@$(MAKE) dist
	@scripts/deb '$(VERSION)' '$(TARBALL)' build/deb

.PHONY: deb-test
deb-test: ## as root: make the package for Debian twice, check it, and install it in a minimal Debian
	@scripts/deps check bare
	@$(MAKE) deb
	@scripts/check-deb '$(VERSION)' '$(TARBALL)' build/deb

.PHONY: rpm
rpm: ## make an RPM package in build/rpm from HEAD, and check it with rpmlint
	@scripts/deps build optional rpm
	@$(MAKE) dist
	@scripts/rpm '$(VERSION)' '$(TARBALL)' build/rpm

.PHONY: apk
apk: ## write the APKBUILD for Alpine to build/apk, check it and run its functions
	@scripts/deps build optional lint
	@$(MAKE) dist
	@scripts/apk '$(VERSION)' '$(TARBALL)' build/apk

.PHONY: packages-test
packages-test: ## make rpm and make apk, and compare their files with those of make install
	@scripts/deps check
	@$(MAKE) rpm
	@$(MAKE) apk
	@SRCDIR='$(CURDIR)' bats tests/packages/rpm_apk.bats
