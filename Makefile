# Every target with a ## comment shows up in `make help`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
TOOLS  := $(VENV)/.development
ENGINES := $(VENV)/.engines
HINT   := the command is $(BIN)/clientops, or clientops after: source $(BIN)/activate
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Compiled once, at setup: where nothing may be written later (PYTHONDONTWRITEBYTECODE, as in most
# images of containers), each process would compile all that it imports, which takes longer than to
# import it.
UV     := $(BIN)/uv pip install --python $(BIN)/python --compile-bytecode
LOCK   := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --quiet --extra installer
.DEFAULT_GOAL := help
.PHONY: help setup serve test test-engines format sample lab bench soak pictures lock words readme clean

help:  ## what can be done here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'
	@echo "$(HINT)"

setup: $(READY)  ## the environment in .venv, exactly as locked
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("ClientOps needs Python 3.11 or newer; %s is %s. Try: make PYTHON=python3.12" % (sys.executable, sys.version.split()[0]) if sys.version_info < (3, 11) else 0)'
	@echo "1/3 an environment in $(VENV), and uv, which fills it"
	@$(PYTHON) -m venv $(VENV)
	@awk '/^[a-z]/ {wanted = /^(setuptools|uv)==/} wanted' requirements.lock > $(VENV)/installer.lock
	@$(PIP) --require-hashes -r $(VENV)/installer.lock
	@echo "2/3 the packages that ClientOps needs"
	@$(UV) --require-hashes -r requirements.lock
	@echo "3/3 ClientOps itself"
	@$(UV) --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q clientops
	@touch $@
	@echo "$(HINT)"

$(TOOLS): $(READY) requirements-development.lock
	@echo "the tools of tests and development"
	@$(UV) --require-hashes -r requirements-development.lock
	@touch $@

$(ENGINES): $(TOOLS) requirements-engines.lock
	@echo "PostgreSQL's driver, and Spark"
	@$(UV) --require-hashes -r requirements-engines.lock
	@touch $@

serve: $(READY)  ## build the sample if needed and serve the dashboards, http://127.0.0.1:8866
	$(BIN)/clientops serve

test: $(TOOLS)  ## set up and run every check and test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest -n auto

test-engines: $(ENGINES)  ## the same ledgers in PostgreSQL and Spark (needs Debian's postgresql, Java 17)
	$(BIN)/python -m pytest tests/engines

format: $(TOOLS)  ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

sample: $(READY)  ## build the store of the sample (data/sample)
	$(BIN)/clientops build --data data/sample

lab: $(READY)  ## JupyterLab with the notebooks
	$(BIN)/clientops build
	$(BIN)/jupyter lab notebooks

bench: $(ENGINES)  ## measured ratios of one run (an hour, 4 GB of disk)
	$(BIN)/python -m tests.bench

soak: $(TOOLS)  ## the server under load, damage and kills: 20 minutes, or make soak MINUTES=60
	$(BIN)/python -m tests.soak $(MINUTES)

pictures: $(TOOLS)  ## the pictures of the READMEs, of real pages (needs Chromium)
	$(BIN)/python -m tests.pictures

words: $(TOOLS)  ## bring the Russian catalogue up to date, list what is missing in it
	$(BIN)/python -m tests.catalogue ru

readme: $(TOOLS)  ## write data/README.md: every table, column and setting
	$(BIN)/python -m tests.data_readme

lock: $(READY)  ## renew the locks from pyproject.toml
	$(LOCK) --upgrade --output-file requirements.lock
	$(LOCK) --upgrade --extra development --constraints requirements.lock \
		--output-file requirements-development.lock
	$(LOCK) --upgrade --extra development --extra postgres --extra spark \
		--constraints requirements-development.lock --output-file requirements-engines.lock

clean:  ## remove the environment and the sample's store
	rm -rf $(VENV) data/sample/.clientops data/sample/northwind/.clientops
