# One word list for people and for CI.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: help setup demo run test test-all fix lint types check bench screenshots texts lock

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

# What people run needs the short lock file; what developers run needs the long one.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Gazette needs Python 3.11 or newer; 'make PYTHON=python3.12 ...' chooses one."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python has no venv module here: on Debian and Ubuntu 'apt install python3-venv' brings it."; exit 1; }

$(VENV)/.run: $(VENV)/bin/python requirements.lock pyproject.toml
	@echo "Installing what Gazette needs into $(VENV) (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@echo "Installing what the tests need into $(VENV) (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

setup: $(VENV)/.run ## make .venv and install the command `gazette` into it
	@echo "Ready: $(BIN)/gazette --help"

demo: $(VENV)/.run ## the real bot against a Telegram in miniature; no token needed
	@$(BIN)/gazette demo $(ARGS)

run: $(VENV)/.run ## the bot itself, with the settings of .env
	@$(BIN)/gazette run $(ARGS)

# The tests start dozens of processes; where kept bytecode is switched off each would compile everything.
test test-all bench: export PYTHONDONTWRITEBYTECODE :=

# Two workers a core: many tests wait for a process or for the next change in the sandbox.
test: $(VENV)/.dev ## the tests, under two minutes, no network
	@$(BIN)/pytest -m "not long and not browser and not benchmark" --ignore tests/browser \
	  -n $$(( 2 * $$(nproc 2>/dev/null || echo 2) )) --dist worksteal $(ARGS)

test-all: $(VENV)/.dev ## every test, the long proofs and the browser among them
	@GAZETTE_THOROUGH=1 $(BIN)/pytest -m "not benchmark" -n auto $(ARGS)

fix: $(VENV)/.dev ## format, and mend what a machine can mend
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lint: $(VENV)/.dev ## style, and the direction of imports
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/lint-imports --no-cache

types: $(VENV)/.dev ## mypy strict
	@$(BIN)/mypy

check: lint types test ## what a change must pass

bench: $(VENV)/.dev ## ratios against their yardsticks
	@$(BIN)/pytest -m benchmark -s tests/benchmarks $(ARGS)

screenshots: $(VENV)/.dev ## take the pictures of docs/ anew (Chromium, fonts-noto-color-emoji)
	@$(BIN)/python -m tests.support.screenshots

# No line numbers, no dates: a change of one text changes nothing else in the files.
texts: $(VENV)/.dev ## collect what the bot says and hand it to the translations (docs/languages.md)
	@found=$$(mktemp) && $(BIN)/pybabel -q extract -F babel.cfg -k say -c "Note:" --add-location=file -o $$found bot && \
	  $(BIN)/pybabel -q update -i $$found -d bot/rendering/locale -D gazette -w 100 \
	    --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date; rm -f $$found

lock: $(VENV)/.dev ## write the lock files anew from pyproject.toml
	@tools=$$(mktemp -d) && $(PYTHON) -m venv $$tools && $$tools/bin/pip install --quiet uv && \
	  $$tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    pyproject.toml --group build -o requirements.lock && \
	  $$tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock; \
	  rm -rf $$tools
