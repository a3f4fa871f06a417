# Two commands on a fresh machine: `make demo` and `make test`. The others are for those who stay.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: demo test coverage check bench lessons setup serve migrate screenshots

demo: setup  ## train the digits study and show its answer; KEEP=1 goes on serving
	@$(BIN)/sitter up --submit examples/digits.yaml $(if $(KEEP),--keep) $(ARGS)

test: .venv/dev  ## run the tests
	@$(BIN)/python -m pytest $(ARGS)

coverage: .venv/dev  ## run the tests and say which lines none of them reaches
	@$(BIN)/python -m pytest -n 2 --cov --cov-report=term:skip-covered --cov-fail-under=90 $(ARGS)

check: .venv/dev  ## ruff, mypy, import-linter
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: .venv/dev  ## run the benchmarks; results land beside the scripts
	@$(BIN)/python -m bench.orchestration $(ARGS)

lessons: .venv/dev  ## train examples/lessons, fail where one does not show what it teaches
	@$(BIN)/python -m bench.lessons $(ARGS)

setup: .venv/ready  ## make the virtual environment and nothing more

serve: setup  ## serve the API and the dashboard without workers
	@$(BIN)/sitter serve $(ARGS)

migrate: setup  ## bring the tables up to date
	@$(BIN)/sitter db upgrade

screenshots: .venv/dev  ## take pictures of every page into docs/
	@$(BIN)/python -m bench.screenshots $(ARGS)

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "make: needs Python 3.11 or newer"; exit 1; }
	@echo "Making .venv and installing Sitter (a minute or two, once)"
	@$(PYTHON) -m venv .venv

.venv/ready: .venv/bin/python pyproject.toml constraints.txt
	@$(PIP) install --constraint constraints.txt --editable '.[postgres]'
	@touch $@

.venv/dev: .venv/ready
	@$(PIP) install --constraint constraints.txt --editable '.[postgres,dev]'
	@touch $@
