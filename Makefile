# What can be done here: `make help`. Every goal may be run twice, and is quick the second time.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help setup system demo papers test check lint survive bench soak fonts lock clean

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# What WeasyPrint stands on, the readers by which the tests judge PDFs, and the browser by which
# they judge the pages.
DEBIAN := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
	qpdf poppler-utils ghostscript mupdf-tools chromium

# Python 3.11 or later that can make a virtual environment; nothing where there is none.
define find_python
for python in python3.11 python3.12 python3.13 python3; do \
	if $$python -c 'import sys, ensurepip; assert sys.version_info >= (3, 11)' 2> /dev/null; \
	then break; fi; python=; \
done
endef

help: ## this list
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

setup: system $(VENV)/.installed ## .venv with the locked libraries, and missing Debian packages

# Looks each time, which takes a moment, and asks the network only for what is missing.
system:
	@missing=; $(find_python); \
	if ! command -v dpkg-query > /dev/null; then \
		echo "Not Debian: Pango with HarfBuzz subset, qpdf, Poppler, Ghostscript, MuPDF and Chromium" \
			"have to be there already."; exit 0; \
	fi; \
	for package in $(DEBIAN); do \
		dpkg-query -W -f '$${Status}' $$package 2> /dev/null | grep -q 'ok installed' \
			|| missing+=" $$package"; \
	done; \
	[ -x $(BIN)/python ] || [ -n "$$python" ] || missing+=" python3 python3-venv"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then sudo=; \
	elif sudo -n true 2> /dev/null; then sudo=sudo; \
	else \
		echo "Some packages are missing. Type this line, then make again:"; \
		echo "  sudo apt-get update && sudo apt-get install -y$$missing"; exit 1; \
	fi; \
	install="$$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq"; \
	echo "Installing$$missing"; \
	$$install --no-install-recommends $$missing > /dev/null 2>&1 \
		|| { $$sudo apt-get update -qq; $$install --no-install-recommends $$missing > /dev/null; }

$(VENV)/.locked: requirements.lock | system
	@$(find_python); [ -x $(BIN)/python ] || $$python -m venv $(VENV)
	$(PIP) install --quiet --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.installed: $(VENV)/.locked pyproject.toml
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## print the sample township, 8,000 cards, into out/
	$(BIN)/cardgen build samples/qingshi --out out

papers: setup ## print all papers of the sample township into out/papers/
	$(BIN)/python samples/make_qingshi.py --before out/before
	$(BIN)/cardgen build samples/qingshi --campaign papers --since out/before --out out/papers

test: setup ## the tests, about ten minutes
	$(BIN)/python -m pytest -m "not soak" -n 2 --dist worksteal

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict

check: lint test ## test, and ruff and mypy --strict

survive: setup ## kill the sample batch 200 times, print it by every engine, change one phone: 20 minutes
	$(BIN)/python -m tests.bench.survive --kills 200 --same --changed

bench: setup $(VENV)/.bench ## time a card, memory and size, against other engines
	$(BIN)/python -m tests.bench

$(VENV)/.bench: requirements-bench.lock $(VENV)/.locked
	$(PIP) install --quiet --require-hashes -r requirements-bench.lock
	@touch $@

soak: setup ## the tests that take long
	$(BIN)/python -m pytest -m soak

fonts: setup ## fetch the fonts from the registries and cut them again
	$(BIN)/python fonts/fetch.py

# uv is no dependency: it only writes the two lists down.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"

lock: setup ## choose the versions of all libraries anew
	$(PIP) install --quiet uv
	$(LOCK) --upgrade pyproject.toml --group dev --output-file requirements.lock
	$(LOCK) --upgrade --group bench --constraint requirements.lock \
		--output-file requirements-bench.lock

clean: ## remove all that was made here
	rm -rf $(VENV) out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
