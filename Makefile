# Every target sets itself up: the first command on a fresh clone may be any of them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help setup run test check bench bench-advisor chaos coverage mutants lint fmt types imports audit tail studio backtest map docs lock clean

BIN   := .venv/bin
READY := .venv/.ready
ARGS  ?=
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PYTHONUTF8 = 1

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo; echo '  Options go in ARGS: make run ARGS="--duration 60"'

setup: $(READY) ## make .venv with the locked dependencies (the others do this by themselves)
	@:

$(READY): pyproject.toml config/constraints.txt
	@python= ; for each in python3 python3.13 python3.12 python3.11 python3.14; do \
	  if "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$each; break; fi; done; \
	if [ -z "$$python" ]; then \
	  echo "barfinex needs Python 3.11 or newer, and found none. Remedy: install one (Debian, Ubuntu: apt-get install python3.11 python3.11-venv) and run make again." >&2; exit 2; fi; \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	  "$$python" -m venv --clear .venv || { rm -rf .venv; \
	  echo "$$python cannot make a virtual environment. Remedy: apt-get install python3-venv (for this very Python) and run make again." >&2; exit 2; }; fi
	@echo "setting up .venv (once; a minute or two)" >&2
	@$(BIN)/python -m pip install --quiet --require-hashes -r config/constraints.txt >&2
	@$(BIN)/python -m pip install --quiet --no-deps --no-index --no-build-isolation -e . >&2
	@touch $@

run: $(READY) ## trade the embedded market on paper, or what ARGS="--config FILE" says
	@$(BIN)/python -m barfinex run $(ARGS)

backtest: $(READY) ## run candles through the whole system: ARGS="--data FILE"
	@$(BIN)/python -m barfinex backtest $(ARGS)

studio: $(READY) ## the operations terminal of a running system
	@$(BIN)/python -m barfinex studio $(ARGS)

tail: $(READY) ## follow the events of a running system
	@$(BIN)/python -m barfinex tail $(ARGS)

audit: $(READY) ## verify the journal's hash chain
	@$(BIN)/python -m barfinex audit verify $(ARGS)

map: $(READY) ## who publishes and who consumes each event
	@$(BIN)/python -m barfinex map $(ARGS)

test: $(READY) ## the whole suite; ARGS="tests/bus -k inbox" runs a part of it
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n auto --maxprocesses 8 --dist worksteal $(ARGS)

check: lint types imports ## all that needs no run: lint, types, imports, house rules
	@$(BIN)/python -m pytest -q tests/architecture

lint: $(READY) ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

fmt: $(READY) ## put the code into ruff's format
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

types: $(READY) ## mypy --strict
	@$(BIN)/mypy

imports: $(READY) ## the import contracts
	@$(BIN)/lint-imports

bench: $(READY) ## print speed and memory, beside a plain loop timed in the same run
	@$(BIN)/python -m tests.bench $(ARGS)

bench-advisor: $(READY) ## the Advisor's figures beside their limits: ARGS="B1 B4" prints a part of them
	@$(BIN)/python -m tests.bench.advisor $(ARGS)

chaos: $(READY) ## the long runs: a thousand kills, every crash point three times, many seeds (an hour or two)
	@$(BIN)/python -m barfinex drill crash $(ARGS)
	@BARFINEX_SEEDS=20000 BARFINEX_KILLS=1000 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n auto --maxprocesses 8 \
	  --timeout 10800 tests/chaos tests/properties tests/provider tests/inspector tests/faults tests/sabotage

coverage: $(READY) ## branch coverage of what decides about orders: policies, order table, approvals, reconciliation
	@$(BIN)/coverage run -m pytest -q tests/architecture/test_controls.py tests/domain tests/inspector tests/provider
	@$(BIN)/coverage report

mutants: $(READY) ## mutation score of the same; minutes
	@$(BIN)/python -m tests.bench.mutants $(ARGS)

docs: $(READY) ## check that README, ARCHITECTURE.md and config/ say what the code does
	@$(BIN)/python -m pytest -q tests/architecture/test_docs.py

lock: pyproject.toml ## resolve the newest allowed versions into config/constraints.txt
	@python3 -m venv .venv/lock && .venv/lock/bin/python -m pip install --quiet "uv>=0.13,<0.14"
	@.venv/lock/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --upgrade \
	  --generate-hashes --no-emit-index-url --no-annotate --quiet \
	  --custom-compile-command "make lock" -o config/constraints.txt

clean: ## remove .venv and caches; journals in data/ stay
	rm -rf .venv build dist mutants .*_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
