# make run    install what is missing and start the app
# make test   install what is missing and run every test but the measurements
# make quick  the tests that need no weights, no browser and no other program, in under a minute
# make measure  figures held against published and planted ones, which take as long as all other tests
# make test-servers  the adapters against real rerank servers: infinity, in an environment of its own, and llama.cpp's if it is here
# make lint   style and types
# make setup  the installing and fetching part alone

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SERVERS := .venv-servers

# A process of tests a core, up to 4, each file in one of them: its models are loaded once. More threads would take turns.
PARALLEL := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist loadfile

.PHONY: run test quick model browser measure test-servers setup lint clean

run: setup
	$(BIN)/reranklab app

test: setup $(VENV)/.test-installed
	$(PARALLEL) -m "not browser and not measurement"
	$(MAKE) browser

quick: $(VENV)/.test-installed
	$(PARALLEL) -m "not model and not browser and not measurement and not process and not slow" --hypothesis-profile quick

model: setup $(VENV)/.test-installed
	$(PARALLEL) -m "model and not measurement"

browser: setup $(VENV)/.test-installed
	$(BIN)/python -m pytest -q -m browser

measure: setup $(VENV)/.test-installed
	$(PARALLEL) --dist loadgroup -m measurement

test-servers: setup $(VENV)/.test-installed $(SERVERS)/.installed
	$(BIN)/python -m tests.servers.start $(SERVERS)

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

$(SERVERS)/.installed: tests/servers/requirements.txt
	$(PYTHON) -m venv $(SERVERS)
	$(SERVERS)/bin/python -m pip install --quiet -r tests/servers/requirements.txt
	@touch $@

clean:
	rm -rf $(VENV) $(SERVERS) build dist *.egg-info
