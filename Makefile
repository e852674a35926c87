# make run    install what is missing and start the app
# make quick  the tests that need no weights, no browser and under a minute in all
# make test   install what is missing and run every test
# make lint   style and types
# make setup  the installing and fetching part alone

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run quick test setup lint clean

run: setup
	$(BIN)/reranklab app

QUICK := not model and not browser and not measurement

quick: $(VENV)/.test-installed
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "$(QUICK)" --hypothesis-profile quick

test: setup $(VENV)/.test-installed
	$(BIN)/python -m pytest

setup: $(STAMP)
	@$(BIN)/reranklab models fetch 2>&1

lint: $(VENV)/.test-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "RerankLab needs Python 3.11 or newer: make run PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade -c constraints.txt pip
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[all]'
	@touch $@

$(VENV)/.test-installed: $(STAMP)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[all,test]'
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
