# make demo · make test · make check · make bench. Each installs what it needs; a machine needs only python3 and make.

BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: demo test check static bench lock clean

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

$(INSTALLED): requirements.lock pyproject.toml tools/install.sh
	@sh tools/install.sh
	@touch $@

# Writes requirements.lock anew. uv.lock names registry addresses, so it never stays.
lock: $(INSTALLED)
	$(BIN)/uv lock --quiet
	$(BIN)/uv export --quiet --frozen --all-groups --no-emit-project --no-header --output-file requirements.lock
	rm -f uv.lock

clean:
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis demo
