# Everything runs in .venv, made here with the standard library (or with uv, where it is installed).
#   make demo    watch two people use one server      make test    run the tests
#   make check   every gate a change has to pass      make trouble run the long suites: faults, models, kills
#   make supply-chain  look after locks, floor, history, workflows, wheel; write the bill of materials
#   make browser run the pages in real Chromium (Debian's package `chromium`)
#   make bench   measure; figures, not verdicts       make soak    a million calls, memory watched
#   make docs    write the generated pages            make clean   remove what make made
#   make evidence  write docs/evidence.md from the figures of the last full run
#   make lock    renew the hashed requirement files (needs uv)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test trouble browser check format lint types contracts gates docs-check locks supply-chain sabotage docs evidence bench soak clean lock

help:
	@sed -n '2,9p' Makefile | cut -c3-

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Auxcord needs Python 3.11 or newer; name one with: make PYTHON=python3.12 …' >&2; exit 1; }
	$(if $(UV),$(UV) venv --quiet --clear --python $(PYTHON) $(VENV),$(PYTHON) -m venv --clear $(VENV))
	@touch $@

PIP := $(if $(UV),VIRTUAL_ENV=$(VENV) $(UV) pip,$(BIN)/python -m pip --disable-pip-version-check)
INSTALL := $(PIP) install --quiet

# The locks name everything, so pip has nothing to look for: without --no-deps, older pips ask for the newest
# `pydantic[email]` and refuse it for want of a hash on the day it appears.
LOCKED := --no-deps --require-hashes

$(VENV)/.runtime: $(VENV)/.made requirements/runtime.txt requirements/build.txt pyproject.toml
	$(INSTALL) $(LOCKED) -r requirements/runtime.txt -r requirements/build.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.txt
	$(INSTALL) $(LOCKED) -r requirements/dev.txt
	@touch $@

demo: $(VENV)/.runtime
	$(BIN)/auxcord demo $(ARGS)

# What starts many processes or looks for long is for `make trouble`; browser and supply chain have their own.
LONG := tests/security tests/reliability tests/cli tests/telemetry/test_listener.py
test: $(VENV)/.dev
	$(BIN)/pytest --numprocesses 2 --dist worksteal \
	  $(addprefix --ignore ,$(LONG) tests/supply_chain tests/browser) $(ARGS)

trouble: $(VENV)/.dev
	$(BIN)/pytest --numprocesses 2 --dist worksteal $(LONG) $(ARGS)

browser: $(VENV)/.dev
	$(BIN)/pytest --numprocesses 2 --dist loadfile tests/browser $(ARGS)

check: lint types contracts gates docs-check locks

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.dev
	$(BIN)/mypy

locks: $(VENV)/.dev
	$(PIP) check

# Programs that look at the locks and the history; apart, so that nothing of theirs meets what is installed here.
# Wheels only: a source archive would fetch the program while it builds.
AUDIT := .audit
AUDIT_PIP := $(if $(UV),VIRTUAL_ENV=$(AUDIT) $(UV) pip,$(AUDIT)/bin/python -m pip --disable-pip-version-check)
$(AUDIT)/.made: requirements/audit.txt
	$(if $(UV),$(UV) venv --quiet --clear --python $(PYTHON) $(AUDIT),$(PYTHON) -m venv --clear $(AUDIT))
	$(AUDIT_PIP) install --quiet $(LOCKED) --only-binary :all: -r requirements/audit.txt
	@touch $@

supply-chain: $(VENV)/.dev $(AUDIT)/.made
	$(BIN)/python -m scripts.supply_chain
	$(BIN)/pytest --numprocesses 2 --dist worksteal tests/supply_chain $(ARGS)

# Takes one protection away at a time, in a copy of the source; the named tests have to notice each.
sabotage: $(VENV)/.dev
	$(BIN)/python -m scripts.sabotages $(ARGS)

contracts: $(VENV)/.dev
	$(BIN)/lint-imports

gates: $(VENV)/.dev
	$(BIN)/python scripts/gates.py

docs: $(VENV)/.dev
	$(BIN)/python scripts/tool_reference.py
	$(BIN)/python scripts/settings_reference.py
	$(BIN)/python scripts/error_reference.py
	$(BIN)/python scripts/metrics_reference.py
	$(BIN)/python scripts/spotify_coverage.py
	$(BIN)/python scripts/fault_matrix.py

docs-check: $(VENV)/.dev
	$(BIN)/python scripts/tool_reference.py --check
	$(BIN)/python scripts/settings_reference.py --check
	$(BIN)/python scripts/error_reference.py --check
	$(BIN)/python scripts/metrics_reference.py --check
	$(BIN)/python scripts/spotify_coverage.py --check

evidence: $(VENV)/.dev
	$(BIN)/python -m scripts.evidence $(ARGS)

bench: $(VENV)/.dev
	$(BIN)/python -m bench $(ARGS)

# A million calls, an hour and more; ARGS=--short takes ten minutes. Exits 1 on growth or a wrong answer.
soak: $(VENV)/.dev
	$(BIN)/python -m bench.soak $(ARGS)

clean:
	rm -rf $(VENV) $(AUDIT) .node artefacts dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --custom-compile-command 'make lock'
lock:
	$(COMPILE) pyproject.toml --output-file requirements/runtime.txt
	$(COMPILE) requirements/build.in --constraint requirements/runtime.txt --output-file requirements/build.txt
	$(COMPILE) requirements/dev.in --constraint requirements/runtime.txt --output-file requirements/dev.txt
	$(COMPILE) requirements/audit.in --output-file requirements/audit.txt
