# A machine needs only python3 (3.11 or newer) and make: each target installs what it needs first.

BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: help demo test check static bench lock clean

help:
	@echo "make demo    detect on real candles (or synthetic ones) and draw a chart into demo/"
	@echo "make test    run all tests"
	@echo "make check   run the static checks and all tests: what CI runs"
	@echo "make static  run the static checks: format, lint, types, imports, our own rules"
	@echo "make bench   compare the speed with that of other libraries"
	@echo "make lock    choose the versions of all packages anew: requirements.lock"
	@echo "make clean   remove what the other targets made"

demo: $(INSTALLED)
	@sh tools/demo.sh

test: $(INSTALLED)
	$(BIN)/pytest -n 2 --dist worksteal

check: static test

static: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/lint_rules.py

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks

# Also made anew when its Python is gone, or when the checkout was moved: scripts in .venv name their folder.
ifneq ($(shell $(BIN)/python -c '' 2>/dev/null && cat $(INSTALLED) 2>/dev/null),$(CURDIR))
.PHONY: $(INSTALLED)
endif
$(INSTALLED): requirements.lock pyproject.toml tools/install.sh
	@sh tools/install.sh

# uv.lock names registry addresses, so it never stays.
lock: $(INSTALLED)
	$(BIN)/uv lock --quiet
	$(BIN)/uv export --quiet --frozen --all-groups --all-extras --no-emit-project --no-header --output-file requirements.lock
	rm -f uv.lock

clean:
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache demo
