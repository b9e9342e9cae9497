# `make help` lists the targets. Settings pass as make variables or environment: make build-dataset CHAR=holmes LLM=off
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
CHARS := $(patsubst data/raw/%/character.yaml,%,$(wildcard data/raw/*/character.yaml))

SETTINGS := LLM MODEL OPENAI_BASE_URL OPENAI_API_KEY WEIGHTS MAX_REQUESTS CONCURRENCY PRICE_IN PRICE_OUT SCENE_TOKENS FETCH_PRIVATE

# taken as they are typed: make would run a $(shell …) in them
$(foreach each,CHAR $(SETTINGS),$(eval override $(each) := $$(value $(each))))
export CHAR $(SETTINGS)

known-char = $(if $(filter $(CHAR),$(CHARS)),,$(error CHAR=$(CHAR) is no character: give one of ($(CHARS)), as in \
  make build-dataset CHAR=$(lastword $(CHARS)), or make data/raw/<name>/character.yaml as README.md says))

.DEFAULT_GOAL := help
.PHONY: help build-dataset verify status install test lint clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

build-dataset: check-char .venv/.installed ## build CHAR's dataset into data/processed/CHAR/dataset
	@$(BIN)/dramaturg build --prefect -- "$$CHAR"

verify: check-char .venv/.installed ## hold every row of CHAR's dataset against its source
	@$(BIN)/dramaturg verify -- "$$CHAR"

status: check-char .venv/.installed ## show which stages of CHAR's build are done
	@$(BIN)/dramaturg status -- "$$CHAR"

install: .venv/.installed ## set up .venv (every other target does so by itself)

test: .venv/.installed-test ## lint, types, tests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	@$(BIN)/pytest

clean: ## remove .venv and Prefect's home; data stays
	rm -rf .venv .prefect

.PHONY: check-char
check-char:
	@: $(known-char)

.venv/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "python3 has no venv module: sudo apt install python3-venv, then again" >&2; exit 1; }
	@echo "Installing into .venv (once; about two minutes) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/.installed-test: .venv/.installed
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@
