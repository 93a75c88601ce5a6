# granite_ws: "make report" is the main job, "make test" the whole check of the tests.
.DEFAULT_GOAL := help
SHELL := bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# cpu: no CUDA is downloaded. any: whatever the package index gives (CUDA on Linux x86-64).
TORCH ?= cpu
NOTEBOOK ?= notebooks/01-reproduce.ipynb
ARGS ?=

.PHONY: help install web browser redis report lab scale bench guard messages test check lint format clean

help: ## Show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

install: $(VENV)/.installed ## Create .venv with everything the product needs (TORCH=cpu or any)

$(VENV)/.installed: pyproject.toml constraints.txt scripts/install.sh
	PYTHON="$(PYTHON)" TORCH="$(TORCH)" bash scripts/install.sh "$(VENV)"
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[test]'
	@touch $@

web: granite_ws/web/node_modules/.installed ## Install the live page's JavaScript (needs Node)

granite_ws/web/node_modules/.installed: granite_ws/web/package-lock.json
	@if command -v npm >/dev/null; then \
	  npm ci --prefix granite_ws/web --no-audit --no-fund && touch $@; \
	else echo "No Node here: the server works, its live page will say what is missing."; fi

browser: ## Install Chromium for the browser tests, where apt-get and the rights are there
	@bash scripts/browser.sh

redis: ## Install Redis and nginx for the tests of queues and several servers, as browser does
	@bash scripts/redis.sh

report: $(VENV)/.installed ## Run a session and make its HTML report (ARGS="-p ping_timeout 20")
	$(BIN)/granite-ws report $(NOTEBOOK) $(ARGS)

lab: $(VENV)/.installed ## Open JupyterLab on the notebook that guides
	$(BIN)/jupyter lab notebooks/00-start-here.ipynb

scale: $(VENV)/.installed ## Two servers, queue worker, Redis and a sticky proxy on port 5000 (docs/scale.md)
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/honcho start

bench: $(VENV)/.installed ## Measure what is fast against the naive way, side by side (minutes)
	$(BIN)/granite-ws bench $(ARGS)

guard: $(VENV)/.installed ## Has anything become slower? Ratios and slopes against the kept record (minutes)
	$(BIN)/granite-ws bench forecast askers fallback start recording diagnosis render logs \
	  --repeats 5 --guard docs/results/bench/bench.json $(ARGS)

messages: $(VENV)/.installed ## Collect what pages say, update and compile the translations
	$(BIN)/python -m scripts.messages

test: $(VENV)/.tested web browser redis ## Run every test, notebooks and browser included
	$(BIN)/python -m pytest -n auto --dist loadfile --reruns 1 $(ARGS)

check: lint test ## Lint, types, import contracts, tests

lint: $(VENV)/.tested ## Lint, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.tested ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## Remove what was generated (not the recorded sessions)
	rm -rf $(VENV) granite_ws/web/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis
