# Everything runs from a clean clone: Linux, make and a Python >= 3.11 with venv are all that is asked for.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup toolchains demo-toolchains demo test lint format bench audit-quality docs lock clean

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python

# One classic-map and one Swiss-map toolchain: what the demo and the benchmark need. `make toolchains` gets them all.
PAIR := 1.23.9 1.27.3
JOBS ?= 2

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

# Names a Python that really starts and can make a virtual environment; PYTHON=... overrides the search.
$(VENV)/.made:
	@for candidate in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	    command -v "$$candidate" >/dev/null 2>&1 || continue; \
	    "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	    echo "environment: $$("$$candidate" --version) in $(VENV)"; \
	    rm -rf $(VENV); \
	    "$$candidate" -m venv $(VENV); \
	    touch $@; \
	    exit 0; \
	done; \
	echo "goxray needs Python 3.11 or newer with the venv module, and found none." >&2; \
	echo "Debian and Ubuntu: apt-get install python3 python3-venv. Elsewhere: make setup PYTHON=/path/to/python3.12" >&2; \
	exit 1

# Every package is pinned and checked against its hash; the build backend is among them, so nothing is fetched unchecked.
$(VENV)/.locked: requirements/dev.txt $(VENV)/.made
	@echo "environment: installing the locked packages"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.locked
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: $(VENV)/.installed  ## make .venv with the locked packages and goxray itself

toolchains: setup  ## get the seven Go toolchains that the tests need
	@$(PY) -m goxray.target.toolchains install

demo-toolchains: setup
	@$(PY) -m goxray.target.toolchains install $(PAIR)

demo: demo-toolchains  ## build a small Go service, load it, show its maps, write demo-report.html
	@$(PY) tools/demo.py

test: toolchains  ## run every test
	@command -v gcore >/dev/null || echo "hint: gcore is missing; the tests on its cores need it: apt-get install gdb" >&2
	@command -v gcc >/dev/null || echo "hint: gcc is missing; the tests on cgo programs need it: apt-get install gcc libc6-dev" >&2
	@command -v qemu-aarch64 >/dev/null && command -v qemu-loongarch64 >/dev/null || echo "hint: qemu-user is missing; the tests on arm64 and loong64 programs need it: apt-get install qemu-user" >&2
	$(PY) -m pytest -n $(JOBS) --dist loadgroup $(ARGS)

lint: setup  ## style, types, floors, sizes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PY) -m pytest -q -p no:cacheprovider tests/arch

format: setup  ## rewrite the sources the way lint wants them
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: demo-toolchains  ## measure CPU, freeze, memory and linearity on heaps up to 4 GB, the model, the timeline's readers, the audit, masking and sealing (ARGS=--quick: small ones)
	$(PY) -m bench.first_run
	$(PY) -m bench.run $(ARGS)
	$(PY) -m bench.heap_run $(ARGS)
	$(PY) -m bench.model_run $(filter --quick,$(ARGS))
	$(PY) -m bench.gctrace_run $(filter --quick,$(ARGS))
	$(PY) -m bench.profile_run $(filter --quick,$(ARGS))
	$(PY) -m bench.watch_run $(filter --quick,$(ARGS))
	$(PY) -m bench.trace_run $(filter --quick,$(ARGS))
	$(PY) -m bench.audit_run $(filter --quick,$(ARGS))
	$(PY) -m bench.mask_run $(filter --quick,$(ARGS))
	$(PY) -m bench.seal_run $(filter --quick --big,$(ARGS))

audit-quality: setup  ## precision, recall and noise of the audit's rules (ARGS="--noise DIR --go 1.27")
	$(PY) -m tools.audit_quality $(ARGS)

PIP_COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
    --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

docs: demo-toolchains  ## run the commands in the documents again and put their output under them
	$(PY) -m tools.docs_examples

lock: setup  ## pin anew what pyproject.toml asks for
	$(PIP_COMPILE) --upgrade -o requirements/lock.txt pyproject.toml
	$(PIP_COMPILE) --upgrade --extra dev -c requirements/lock.txt -o requirements/dev.txt pyproject.toml

clean:  ## remove what make made in this directory; downloaded toolchains stay
	rm -rf $(VENV) build dist demo-report.html .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} +
