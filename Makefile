# make demo and make test do all set-up; both use the virtual environment in .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TEST_STAMP := $(VENV)/.installed-test
# torch goes first and exact: an open range would bring gigabytes of GPU packages with it.
TORCH := torch==2.13.0
# Where pip's default source has the GPU build of torch, name the one with CPU builds: make demo TORCH_INDEX=URL
TORCH_ARGS := $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX),)
export TOKENIZERS_PARALLELISM := false
export HF_HUB_OFFLINE := 1
export OMP_WAIT_POLICY := PASSIVE

.PHONY: help install install-test demo test check lint types format train train-names lock licences bench screens clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 is needed; $(PYTHON) is not it. Name yours with: make PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(STAMP): requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet $(TORCH_ARGS) $(TORCH)
	$(BIN)/pip install --quiet --constraint requirements.lock --editable .
	$(BIN)/feedback encoder --export
	@touch $@

$(TEST_STAMP): $(STAMP)
	$(BIN)/pip install --quiet --constraint requirements.lock --editable '.[test]'
	@sh .ci/system-packages
	@touch $@

install: $(STAMP)  ## create .venv with the pinned dependencies
install-test: $(TEST_STAMP)

demo: install  ## invented feedback through the whole pipeline, then the dashboard
	$(BIN)/feedback demo $(DEMO_ARGS)

test: install-test  ## the whole suite
	$(BIN)/python -m pytest -n 2 --dist loadfile $(TEST_ARGS)

check: install-test lint types  ## format, lint, types, import contracts, fast tests
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not slow and not browser"

lint: install-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: install-test
	$(BIN)/mypy

format: install-test  ## put the code into the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

train: install  ## train the classifier that is shipped, from fixtures/training: half an hour, resumes
	$(BIN)/python -m classifiers.train

train-names: install  ## train the name model that is shipped: make train-names DATA=folder/with/the/conll/files
	@test -n "$(DATA)" || { echo "Name the folder of the CoNLL files: make train-names DATA=FOLDER (see CONTRIBUTING.md)"; exit 2; }
	$(BIN)/python -m feedback.redact.name_model.make --data "$(DATA)"

bench: install-test  ## the pipeline benchmark; writes JSON beside the script
	$(BIN)/python tests/benchmarks/bench_pipeline.py

screens: install-test  ## take a picture of every page into docs/screens
	$(BIN)/python -m tests.browser.take_screens

lock: install-test  ## write what is installed now as the new pins
	$(BIN)/pip freeze --exclude-editable | sed -E 's/^torch==([0-9.]+).*/torch==\1/' > requirements.lock

licences: install-test  ## write the licences of what is pinned into docs/licences.md
	$(BIN)/python -m app.licences > docs/licences.md

clean:  ## remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache build *.egg-info
