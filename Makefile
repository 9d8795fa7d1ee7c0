# `make demo` and `make test` need Python >= 3.11, make and a network for packages. Nothing is installed outside .venv.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# the kernel is built against the JAX that it will run with; older versions of pip read the second name
export PIP_BUILD_CONSTRAINT := constraints.txt
export PIP_CONSTRAINT := constraints.txt
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# leaks are not looked for: the threads' pool lives until the process ends
.PHONY: demo test docs-check test-slow sanitize check lint types layers format clean
.DEFAULT_GOAL := help

help: ## the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: .venv/demo ## install and run `qunlearn run iris`
	$(BIN)/qunlearn run iris --force

test: .venv/test ## install with the test extra and run the tests
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not slow"

docs-check: .venv/test ## README, pages and example are what records and tables say
	$(BIN)/python -m pytest -q -n 2 tests/pages

test-slow: .venv/test ## the tests that take longer
	$(BIN)/python -m pytest -q -n 2 -m slow --ignore tests/pages

sanitize: .venv/test ## the kernel's tests under the address and undefined-behaviour sanitizers
	$(BIN)/python scripts/kernel_cases.py build/kernel_cases.txt
	cmake -S . -B build/sanitize -DQUNLEARN_SANITIZE=ON
	cmake --build build/sanitize --parallel 2
	ASAN_OPTIONS=detect_leaks=0 build/sanitize/kernel_driver build/kernel_cases.txt

check: lint types layers test ## everything that must pass before a change lands

lint: .venv/dev ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev ## pyright
	$(BIN)/pyright

layers: .venv/dev ## import-linter
	$(BIN)/lint-imports

format: .venv/dev ## let ruff rewrite
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove .venv and caches
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis build dist

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with the venv module is needed, but none was found; set PYTHON=/path/to/python"; exit 2; }
	$(PYTHON) -m venv .venv || { $(PYTHON) -m venv --clear --without-pip .venv && $(PYTHON) -m pip --python .venv/bin/python install --quiet pip; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=24"

.venv/demo: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) --editable .
	@touch $@

.venv/test: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) --editable ".[test]"
	@touch $@ .venv/demo

.venv/dev: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) --editable ".[dev]"
	@touch $@ .venv/test .venv/demo
