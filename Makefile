# Everything a newcomer needs: 'make run' on a bare checkout prepares the environment, runs the baseline
# and shows the result. 'make help' lists the rest.

SCENARIO ?= baseline
SCALE ?= 100
SEEDS ?= 10
UNTIL ?= 2029-03
PYTEST_ARGS ?=
MUTATE_ARGS ?=

SHELL := /bin/sh
.SHELLFLAGS := -euc
.DEFAULT_GOAL := help
export EWEA_PYTHON
.DELETE_ON_ERROR:

VENV := .venv
PYTHON := $(VENV)/bin/python
EWEA := $(VENV)/bin/ewea
# Running needs less than working on the project, so a newcomer waits for less.
READY := $(VENV)/.ready
TOOLS := $(VENV)/.ready-dev
SITE := $(VENV)/.ready-docs

.PHONY: help setup run app validate calibrate population data-check test test-all mutate lint bench golden docs release-check clean

help: ## list what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) \
		| while IFS='|' read -r name does; do printf '  make %-12s %s\n' "$$name" "$$does"; done
	@printf '\nmake run takes SCENARIO=%s SCALE=%s SEEDS=%s UNTIL=%s\n' $(SCENARIO) $(SCALE) $(SEEDS) $(UNTIL)

setup: $(TOOLS) ## prepare the environment in .venv (done by itself when needed)

run: $(READY) ## simulate a scenario and show the result
	@$(EWEA) run $(SCENARIO) --scale $(SCALE) --seeds $(SEEDS) --until $(UNTIL)

app: $(READY) ## open the app for policy staff on http://127.0.0.1:8765
	@$(PYTHON) app.py

validate: $(READY) ## compare the hindcast with the registers
	@$(EWEA) validate

calibrate: $(READY) ## fit the model to surveys and registers (a quarter to half an hour; resumes)
	@$(EWEA) calibrate baseline
	@$(EWEA) calibrate report

population: $(READY) ## compare the simulated households with their targets
	@$(EWEA) population report

data-check: $(READY) ## check every data file; show coverage and gaps
	@$(EWEA) data check

test: $(TOOLS) ## run the tests, except those marked slow
	@bash .ci/browser
	@$(PYTHON) -m pytest -q -n 3 --dist loadgroup --no-loadscope-reorder --benchmark-disable -m 'not slow' $(PYTEST_ARGS)

test-all: $(TOOLS) ## run all tests, the slow ones included
	@bash .ci/browser
	@$(PYTHON) -m pytest -q -n 3 --dist loadgroup --no-loadscope-reorder --benchmark-disable -m 'not alone' $(PYTEST_ARGS)
	@$(PYTHON) -m pytest -q --benchmark-disable -m alone tests

mutate: $(TOOLS) ## plant single faults and see whether the tests notice (an hour or two)
	@$(PYTHON) -m tests.mutation $(MUTATE_ARGS)

lint: $(TOOLS) ## check style and types
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

bench: $(READY) ## measure speed against other ways to write the model
	@$(PYTHON) -m experiments.bench

golden: $(TOOLS) ## rewrite golden tables and tutorials (say why in CHANGELOG.md, 'Regression:')
	@$(PYTHON) -m tests.regression.write_golden
	@$(PYTHON) -m tests.tutorials

docs: $(SITE) ## write the documentation site to build/docs, for reading without a network
	@$(PYTHON) -m mkdocs build --quiet --strict --config-file docs/site/mkdocs.yml
	@echo "The documentation is in build/docs/index.html. Its search needs a server: python3 -m http.server -d build/docs"

release-check: ## build wheel and sdist, install the wheel in an empty environment, run it there
	@bash .ci/release-check

clean: ## remove the environment and everything that can be made again (results are kept)
	@rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
	@find abm calibration experiments ewea tests -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is as new as the last complete installation; an interrupted one leaves none. For a run, Python compiles
# what is imported when it is first imported: a tenth of what is installed. For tests all is compiled here, as
# warnings of other people's source would count as failures. constraints.txt holds versions that fit each other.
$(READY): EXTRAS := app,data
$(TOOLS): EXTRAS := app,data,dev
$(SITE): EXTRAS := app,data,docs
$(READY) $(TOOLS) $(SITE): pyproject.toml constraints.txt .ci/find-python
	@python=$$(sh .ci/find-python); \
	rm -f $@; \
	if ! $(PYTHON) -c 'import sys; sys.exit(not (3, 12) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then \
		echo "Preparing $(VENV) with $$("$$python" --version) ..."; \
		"$$python" -m venv --clear $(VENV); \
	fi
	@echo "Installing the project and what it needs (one to three minutes the first time) ..."
	@$(PYTHON) -m pip --disable-pip-version-check install --quiet --no-compile --no-warn-conflicts \
		--constraint constraints.txt --editable '.[$(EXTRAS)]'
	@[ $@ = $(READY) ] || $(PYTHON) -W ignore -m compileall -q -j 2 $(VENV)/lib >/dev/null 2>&1 || :
	@touch $(READY) $@
