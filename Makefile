# make run    set up (first time: a few minutes) and open the dashboard on the bundled demo
# make test   set up and run everything: lint, types, layers, unit, property, app and browser tests
# make check  the quick part of make test: lint, types, layers
# make demo   make the bundled demo again: data set, models, compression, evaluation, finished run
# make bench  every benchmark under benchmarks/, each against its reference
# make screenshots  the pictures of README and guide, from the real app
# make lock   write constraints.txt and constraints-dev.txt from what is installed, with hashes

PYTHON ?= $(or $(shell command -v python3.11 || command -v python3),python3)
PORT   ?= 8501
VENV   := .venv
BIN    := $(VENV)/bin
APP    := $(VENV)/.app-installed
DEV    := $(VENV)/.dev-installed

# Two threads that wait politely: spinning OpenMP threads slow a busy machine down tenfold.
export OMP_WAIT_POLICY ?= passive
export TOKENIZERS_PARALLELISM ?= false

.PHONY: run test check demo bench screenshots lock clean

run: $(APP)
	$(BIN)/paser serve data/demo/run runs --port $(PORT)

test: $(DEV) check
	sh scripts/ensure_chromium.sh
	sh scripts/ensure_postgres.sh
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

demo: $(DEV)
	$(BIN)/python data/make_demo.py

bench: $(DEV)
	@missed=0; for script in benchmarks/bench_*.py; do echo "== $$script"; $(BIN)/python $$script || missed=1; done; exit $$missed

screenshots: $(DEV)
	sh scripts/ensure_chromium.sh
	$(BIN)/python scripts/screenshots.py

lock: $(DEV)
	$(BIN)/python scripts/lock.py

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	    echo "Python 3.11, 3.12 or 3.13 is needed, and $(PYTHON) is another or missing." \
	        "Install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@# Half an environment would be taken for a whole one next time.
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	    echo "Debian has venv in a package of its own: apt-get install python3-venv" >&2; exit 1; }

$(APP): requirements.txt constraints.txt pyproject.toml | $(BIN)/python
	@# The lock files name every package and the hash of every file: nothing is left to resolve.
	$(BIN)/pip install --disable-pip-version-check -q --no-deps --require-hashes -r constraints.txt
	sh scripts/install_torch.sh $(BIN)/pip
	$(BIN)/pip install --disable-pip-version-check -q --no-deps -e .
	$(BIN)/python -m paser_core.selection.warm
	touch $@

$(DEV): requirements-dev.txt requirements-compress.txt requirements-evaluate.txt requirements-ray.txt constraints-dev.txt $(APP)
	$(BIN)/pip install --disable-pip-version-check -q --no-deps --require-hashes -r constraints-dev.txt
	touch $@
