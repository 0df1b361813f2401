# Everything runs in .venv, made with plain venv and pip from hashed pins.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-browser lint types contracts catalogue format lock clean

help: ## What can be made here
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## Python environment with every dependency pinned and hashed

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the pinned dependencies into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## A shop, a bot and a chat page to try it in; no token, no database needed
	@$(BIN)/cdm demo $(ARGS)

test: setup lint types contracts catalogue ## Lint, types, contracts and all tests but those in a browser
	$(BIN)/pytest -n $(WORKERS) --dist loadfile $(ARGS)

test-browser: setup ## The tests in headless Chromium (needs chromium; CHROMIUM_PATH names another)
	$(BIN)/pytest -m browser $(ARGS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

contracts: setup
	$(BIN)/lint-imports

catalogue: setup ## The Bengali catalogue: nothing missing, empty or fuzzy
	$(BIN)/python -m templates.catalogue check

format: setup ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup ## Refresh requirements.lock from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes --python-version 3.11 \
	    --no-annotate --no-header --upgrade --quiet --output-file requirements.lock

clean: ## Remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
