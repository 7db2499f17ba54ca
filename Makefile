# Two commands are enough for a start: `make demo` and `make test`.
# What a target prints about setting up goes to stderr, so that the demo's JSON stays alone on stdout.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

PYTHON ?= python3
UV ?= uv
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --quiet
# The lists are whole, so pip need not resolve anything. It must not either: pip 23 takes an extra
# (coverage[toml]) for a package that is not pinned as soon as a newer release is out, and gives up.
LOCKED := --require-hashes --no-deps
NODE_MODULES := tests/node/node_modules
# One process more than there are cores: many a test waits for processes that it started.
JOBS ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )))
PURE := gateway/jose/*,gateway/codes/*,gateway/trust/*,gateway/policy/*,gateway/ledger/*

export PATH := $(CURDIR)/.cache/node/path:$(PATH)
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
# The demonstration and the tests start many processes; each would compile the whole package again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## Show this list
	@echo "Credit-code gateway (信用码互认网关)"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo 'Options go through ARGS, for example: make demo ARGS="--once --json"'

# --- the environment -------------------------------------------------------------------------

.PHONY: setup
setup: $(VENV)/.dev $(VENV)/.assets $(NODE_MODULES)/.done .cache/interop/.done ## Make .venv with everything that running and testing needs
	@echo 'Ready. Try: make demo'

$(VENV)/.venv:
	@{ $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Python 3.11 or newer is needed; '$(PYTHON)' is missing or older. Try: make PYTHON=python3.12 setup"; exit 1; }; \
	  $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "Python has no venv module. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }; \
	  [ -x $(BIN)/python ] || { echo "Making $(VENV) ..."; $(PYTHON) -m venv $(VENV); }; \
	  touch $@; } >&2

# Enough to run: the locked packages, and the project itself in place.
$(VENV)/.base: $(VENV)/.venv requirements/base.txt requirements/build.txt pyproject.toml
	@{ echo "Installing the packages of requirements/base.txt (a minute the first time) ..."; \
	  $(PIP) $(LOCKED) -r requirements/base.txt -r requirements/build.txt; \
	  $(PIP) --no-deps --no-build-isolation --editable .; \
	  touch $@; } >&2

# Page code and styles, built into gateway/web/static (docs/pages.md). Node comes from this machine
# or, where it is missing or older than 20, from PyPI, locked in requirements/node.txt.
PAGES := gateway/web/assets
NODE_PATH_DIR := .cache/node/path

.PHONY: assets
assets: $(VENV)/.assets ## Build the pages' code and styles

.cache/.node: requirements/node.txt
	@mkdir -p .cache; major=$$(node --version 2>/dev/null | sed -E 's/^v([0-9]+).*/\1/' || true); \
	if [ "$${major:-0}" -lt 20 ] || ! command -v npm >/dev/null; then \
	  echo "Installing Node from PyPI ..." >&2; \
	  [ -x .cache/node/bin/python ] || $(PYTHON) -m venv .cache/node; \
	  .cache/node/bin/python -m pip install --quiet --disable-pip-version-check $(LOCKED) -r requirements/node.txt >&2; \
	  mkdir -p $(NODE_PATH_DIR); ln -sf ../bin/node ../bin/npm $(NODE_PATH_DIR)/; \
	fi; touch $@

$(VENV)/.assets: $(VENV)/.base .cache/.node $(wildcard $(PAGES)/src/* $(PAGES)/src/*/* $(PAGES)/src/*/*/* $(PAGES)/css/*) $(PAGES)/build.mjs $(PAGES)/icons.mjs $(PAGES)/dictionary.mjs gateway/codes/dictionary.py $(PAGES)/package-lock.json
	@{ echo "Building the pages ..."; cd $(PAGES); \
	  npm ci --no-audit --no-fund --loglevel=error && node build.mjs; } >&2
	@touch $@

# Enough to develop.
$(VENV)/.dev: $(VENV)/.base requirements/dev.txt
	@{ echo "Installing the packages of requirements/dev.txt (a minute the first time) ..."; \
	  $(PIP) $(LOCKED) -r requirements/dev.txt; \
	  touch $@; } >&2

# The second implementation that reads the vectors.
$(NODE_MODULES)/.done: tests/node/package.json tests/node/package-lock.json .cache/.node
	@{ echo "Installing the packages of tests/node ..."; \
	  (cd tests/node && npm ci --no-audit --no-fund --omit=optional --loglevel=error) && touch $@; } >&2

# Another implementation of OpenID Federation, which wants older packages than the product.
.cache/interop/.done: requirements/interop.txt $(VENV)/.venv
	@{ echo "Installing the packages of requirements/interop.txt ..."; \
	  rm -rf $(@D); $(PYTHON) -m venv $(@D); \
	  $(@D)/bin/python -m pip --disable-pip-version-check install --quiet --quiet --no-compile $(LOCKED) -r $<; \
	  touch $@; } >&2

# --- the product -----------------------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/.assets ## Start four cities here and let each recognise the others' codes
	@$(BIN)/credit-gateway demo $(ARGS)

# --- the checks ------------------------------------------------------------------------------

# The pure floors hold every rule, so every branch of them is walked; the whole has its own bar.
.PHONY: test
test: $(VENV)/.dev $(VENV)/.assets $(NODE_MODULES)/.done .cache/interop/.done check ## Run every check and every test, with the coverage gates
	@$(BIN)/coverage erase
	$(BIN)/pytest -n $(JOBS) --dist worksteal --cov --cov-report= --cov-fail-under=0 --durations=5 $(ARGS)
	@$(BIN)/coverage report --include='$(PURE)' --fail-under=100 >$(VENV)/pure.txt || { cat $(VENV)/pure.txt; exit 2; }
	@$(BIN)/coverage report --format=total >/dev/null || { $(BIN)/coverage report; exit 2; }
	@echo "Coverage: $$($(BIN)/coverage report --format=total) % overall, 100 % of the pure floors."

.PHONY: check
check: lint types imports ## Run what needs no test: lint, types and imports

.PHONY: lint
lint: $(VENV)/.dev ## Check style, spelling, dead code and declared packages
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --check .; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/codespell
	@$(BIN)/vulture
	@$(BIN)/deptry . 2>&1 | { ! grep -vE 'No dependency issues|^Scanning|^Assuming|^$$' ; }
	@echo "lint: clean"

.PHONY: types
types: $(VENV)/.dev ## Check the types with mypy and pyright, both strict
	@$(BIN)/mypy
	@$(BIN)/pyright | grep -v '^npm warn'

.PHONY: imports
imports: $(VENV)/.dev ## Check that imports point down, and the other contracts between the floors
	@$(BIN)/lint-imports --no-cache --no-logo

.PHONY: pictures
pictures: $(VENV)/.dev $(VENV)/.assets $(NODE_MODULES)/.done ## Draw the pages into docs/pictures (needs Chromium)
	@CREDIT_GATEWAY_PICTURES=docs/pictures $(BIN)/pytest -q tests/e2e/test_pages.py

.PHONY: mutants
mutants: $(VENV)/.dev ## Change the pure floors line by line and see whether a test notices (long)
	$(BIN)/mutmut run $(ARGS)
	@$(BIN)/mutmut export-cicd-stats
	@$(BIN)/python tests/project/mutation_score.py

.PHONY: bench
bench: $(VENV)/.dev ## Measure against raw signatures and a bare server, and print the table
	@$(BIN)/python -m benchmarks $(ARGS)

# --- upkeep ----------------------------------------------------------------------------------

LOCK := $(UV) pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 --upgrade

.PHONY: lock
lock: ## Choose the newest packages again and write requirements/*.txt (needs uv)
	@command -v $(UV) >/dev/null || { echo "uv is missing: pip install uv, or make UV=/path/to/uv lock" >&2; exit 1; }
	$(LOCK) pyproject.toml --output-file requirements/base.txt
	$(LOCK) --group build --constraints requirements/base.txt --output-file requirements/build.txt
	$(LOCK) --group node --output-file requirements/node.txt
	# Left out: what draws that package's own API pages, and comes as source only.
	$(LOCK) --group interop --no-emit-package djagger --no-emit-package djangorestframework \
	  --output-file requirements/interop.txt
	$(LOCK) pyproject.toml --group build --group test --group lint \
	  --constraints requirements/base.txt --constraints requirements/build.txt \
	  --output-file requirements/dev.txt

.PHONY: clean
clean: ## Remove the environment and all caches; never keys or state
	rm -rf $(VENV) .cache $(NODE_MODULES) $(PAGES)/node_modules gateway/web/static build dist mutants .coverage .coverage.* \
	  .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
