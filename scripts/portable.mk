# Builds for other systems: static programs, other C libraries, other processors.

# The bats files that these targets run besides the unit tests and their own.
PORTABLE_TESTS = $(addprefix tests/,$(addsuffix .bats,cli ref create_posix create_sysv read write records \
	record_layout stat_table stat_details stat_filters stat_formats users users_queues rm rm_filters \
	rm_proof set guard limits probe_pages map_file families channel usage metrics ipcs_product ipcrm ipcmk))

STATIC_BUILD = STATIC=1 BUILD=build/static BINARY=build/static/shmtool

.PHONY: static-test
static-test: ## build with STATIC=1 and test in an empty chroot, and with other tests (or TESTS="...")
	@scripts/deps build check
	@$(MAKE) all helpers
	@$(MAKE) $(STATIC_BUILD) WERROR=-Werror all build/static/unit
	@DYNAMIC=$(abspath $(BINARY)) SHMTOOL=build/static/shmtool tests/run build/static/unit tests/static/chroot.bats \
		$(or $(TESTS),$(PORTABLE_TESTS))

# Status 77: skipped, for the reason printed.
.PHONY: check-musl check-32 check-arm64
check-musl: ## as root: build with musl in a chroot, and run tests (or TESTS="...")
check-32: ## as root: build for 32 bit in a chroot, and run tests (or TESTS="...")
check-arm64: ## as root: build for arm64 in a chroot, and run tests with qemu-user (or TESTS="...")
# Those with at most a few tests of System V segments or of removal by filters: qemu-user does not know
# SHM_STAT_ANY of shmctl(2), and its statx(2) reports no mounts.
check-arm64: PORTABLE_TESTS = $(addprefix tests/,$(addsuffix .bats,cli record_layout create_posix records \
	map_file families channel limits))
# getopt_long(3), strerror(3) and sem_open(3) of musl have other words and names than the util-linux of
# the chroot, which uses glibc.
check-musl: PORTABLE_TESTS := $(filter-out tests/ipcrm.bats tests/ipcmk.bats,$(PORTABLE_TESTS))
check-musl check-32 check-arm64: check-%:
	@scripts/check-elsewhere $* $(or $(TESTS),$(PORTABLE_TESTS))

# The image is the static program alone: packaging/Containerfile.
IMAGE = localhost/shmtool:$(VERSION)

.PHONY: image-files
image-files:
	@scripts/deps build image
	@$(MAKE) $(STATIC_BUILD)
	@mkdir -p build/image && cp packaging/Containerfile build/image && $(STRIP) -o build/image/shmtool build/static/shmtool

.PHONY: image
image: image-files ## build the image localhost/shmtool:VERSION for containers with podman
	podman build --tag '$(IMAGE)' build/image

.PHONY: pod-test
pod-test: image-files ## as root: run the pod of the recipe for Kubernetes, beside pods that leak and use objects
	@scripts/deps check
	@$(MAKE) helpers
	@IMAGE=$(abspath build/image) SHMTOOL=build/static/shmtool tests/run tests/pod/pod.bats
