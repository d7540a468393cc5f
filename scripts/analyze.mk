# The static analyzer of gcc: make analyze.

ANALYZED         = build/analyze
ANALYZED_HEADERS := $(shell find src -name '*.h' 2>/dev/null)

# A clean file is analyzed again only if it, a header or the list of false warnings has changed.
.PHONY: analyze
analyze: ## analyze the paths through each function with gcc -fanalyzer
	@scripts/deps build optional
	@$(MAKE) --keep-going analyze-files

.PHONY: analyze-files
analyze-files: $(SOURCES:%.c=$(ANALYZED)/%.clean)
	@:

$(SOURCES:%.c=$(ANALYZED)/%.clean): $(ANALYZED)/%.clean: %.c $(ANALYZED_HEADERS) scripts/analyze scripts/analyze-known
	$(SAY) GCC $<
	@mkdir -p $(@D)
	@scripts/analyze $< gcc $(ALL_CPPFLAGS) -DSHMTOOL_FAMILIES_DIR='""' -std=gnu17 -O1 -g
	@touch $@
