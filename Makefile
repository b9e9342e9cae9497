# `make help` lists the targets. Settings pass as make variables or environment: make build-dataset CHAR=holmes LLM=off
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
CHARS := $(patsubst data/raw/%/character.yaml,%,$(wildcard data/raw/*/character.yaml))

SETTINGS := LLM PROVIDER MODEL OPENAI_BASE_URL OPENAI_API_KEY WEIGHTS STAGES MAX_REQUESTS MAX_COST CONCURRENCY REQUESTS_PER_MINUTE TOKENS_PER_MINUTE BATCH ASK_AGAIN YIELD_FLOOR PRICE_IN PRICE_OUT PRICE_CACHED PRICES SCENE_TOKENS TURNS QUESTIONS_A_SEGMENT INSTRUCTIONS RESPONSES ROLEGPT EMBEDDING_MODEL UP_TO_ACT JUDGE SPLIT TEST_SHARE BENCHMARKS FETCH_PRIVATE ON_SUCCESS ON_FAILURE PUBLISH_TO PUBLISH_PRIVATE PUBLISH_WITHHOLD RUNNER ADDRESS WORKERS ASR_MODEL ASR_BASE_URL ASR_API_KEY ASR_WORDS HANZI WAIT LOG

# taken as they are typed: make would run a $(shell …) in them
$(foreach each,CHAR JOBS ROLES MODELS REPO BASE RECIPE ARGS $(SETTINGS),$(eval override $(each) := $$(value $(each))))
export CHAR JOBS MODELS BASE RECIPE $(SETTINGS)
known-char = $(if $(filter $(CHAR),$(CHARS)),,$(error CHAR=$(CHAR) is no character: give one of ($(CHARS)), as in make build-dataset CHAR=$(lastword $(CHARS)), or make data/raw/<name>/character.yaml as README.md says))

.PHONY: help build-dataset build-all build-rolebench evaluate verify status report review publish tune server deploy worker serve doctor clean
.PHONY: install audio test test-audio test-browser test-cluster test-operations test-plots test-train distclean check-char

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

build-dataset: check-char .venv/.installed ## build CHAR's dataset into data/processed/CHAR/dataset
	@$(BIN)/dramaturg build --prefect -- "$$CHAR"
build-all: .venv/.installed ## build every character's dataset, JOBS=2 of them at a time
	@$(BIN)/dramaturg build-all $${JOBS:+--jobs "$$JOBS"} $(ARGS)
build-rolebench: .venv/.installed ## build RoleBench's benchmark over ROLES="a b c" into data/processed/rolebench
	@$(BIN)/dramaturg rolebench -- $(ROLES)
evaluate: $(if $(ROLES),,check-char) .venv/.installed ## put MODELS="a b" to the test of CHAR's dataset, or of the benchmark over ROLES
	@$(BIN)/dramaturg evaluate --model "$$MODELS" $(ARGS) $(if $(ROLES),--benchmark -- $(ROLES),-- "$$CHAR")
verify: ## hold every row of CHAR's dataset against its source
status: ## show which stages of CHAR's build are done
report: ## write one page on CHAR's dataset: every row beside its passage, and what was lost where
review: ## serve that page on this machine, to correct speakers, names and rows
verify status report review: check-char .venv/.installed
	@$(BIN)/dramaturg $@ $(ARGS) -- "$$CHAR"
publish: check-char .venv/.installed ## put CHAR's dataset on the Hub: REPO=org/name ARGS='--private --tag v1'
	@$(BIN)/dramaturg publish "$$CHAR" --repo "$(REPO)" $(ARGS)
tune: check-char .venv/.installed-train ## tune a model to answer as CHAR: BASE=smollm2 RECIPE=rocit|a|b|c ARGS='--epochs 3'
	@$(BIN)/dramaturg tune --base "$${BASE:-smollm2}" --recipe "$${RECIPE:-a}" $(ARGS) -- "$$CHAR"
doctor: .venv/.installed ## see what is there of what builds need, and what to do about the rest
	@$(BIN)/dramaturg doctor -- $${CHAR:+"$$CHAR"}
clean: .venv/.installed ## tell what builds have made and can make again; ARGS=--yes removes it
	@$(BIN)/dramaturg clean $(ARGS) -- $${CHAR:+"$$CHAR"}

server: ## start Prefect's server with its page, for this machine alone; Ctrl-C ends it
deploy: ## register what prefect.yaml says may run, and when
worker: ## run what is due, or asked for in the page
serve: ## all three by one command, for a laptop
server deploy worker serve: .venv/.installed
	@$(BIN)/dramaturg prefect $@ $(ARGS)

install: .venv/.installed ## set up .venv (every other target does so by itself)
audio: .venv/.installed-audio ## install what reads recordings: ffmpeg, Whisper, torch (2 GB)
test: .venv/.installed-test ## lint, types, tests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	@$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist worksteal
test-audio: ## tests of recordings, with the real weights of Whisper
test-browser: ## tests of the page, in Debian's Chromium
test-cluster: ## tests with a Dask cluster on this machine
test-operations: ## tests of Prefect's server, worker and page: schedules, kills (5 minutes)
test-plots: ## tests of plots, with matplotlib and a Chinese font
test-train: ## tests of tuning, with the real weights of a small model (two minutes)
test-audio test-browser test-cluster test-operations test-plots test-train: test-%: .venv/.installed-test .venv/.installed-%
	@$(if $(filter browser operations,$*),$(if $(shell command -v chromium),,$(error no chromium here: sudo apt install chromium, then again)))$(BIN)/pytest -m $*
distclean: ## remove what was installed, .venv, and Prefect's home, .prefect; data stays
	rm -rf .venv .prefect
check-char: ; @: $(known-char)

.venv/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "python3 has no venv module: sudo apt install python3-venv, then again" >&2; exit 1; }
	@echo "Installing into .venv (once; about two minutes) …"
	@$(PIP) -e .
	@touch $@

# torch for the processor alone, where there is no graphics card that would use the 3 GB of the other
.venv/.installed-%: .venv/.installed
	@echo "Installing what $* needs …"
	@[ $* != audio -a $* != train ] || nvidia-smi >/dev/null 2>&1 || $(PIP) -qq --retries 0 --extra-index-url https://download.pytorch.org/whl/cpu torch
	@$(PIP) -e '.[$*]'
	@touch $@
