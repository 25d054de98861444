# Set-up and everything that is done often. `make demo` and `make test` need Python 3.11 or newer and make.
PYTHON ?= python3
# On Linux a plain torch brings gigabytes of CUDA; README says how to get a CPU build. This one is known to work.
TORCH ?= torch==2.13.0
VENV := .venv
BIN := $(VENV)/bin
SAMPLE := datasets/plain/images/00000.png

.PHONY: demo test test-slow check lint build program up format coverage models reproduce fonts clean

demo: $(VENV)/.solving
	$(BIN)/captchakit solve $(SAMPLE)

# Each file of tests stays in one process, for what it sets up once; the slow ones start early, so the order is kept.
test: $(VENV)/.developing
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadscope --no-loadscope-reorder

test-slow: $(VENV)/.developing
	$(BIN)/pytest -m slow

check: $(VENV)/.developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Everything that can be linted: the code, the Dockerfile, the compose file, the workflows.
lint: $(VENV)/.developing
	./lint_module.sh

# One wheel, in dist/.
build: $(VENV)/.developing
	$(BIN)/python -m build

# One file that needs no Python, in dist/: minutes, and some 100 MB.
program: $(VENV)/.developing
	$(BIN)/python -m PyInstaller --noconfirm --workpath dist/work deploy/captchakit.spec

# The service with everything around it, in containers; the page at http://localhost:8080.
up:
	docker compose up --build

format: $(VENV)/.developing
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

coverage: $(VENV)/.developing
	./run_tests.sh

# The shipped datasets and models, drawn and trained again.
models: $(VENV)/.developing
	$(BIN)/python models/remake.py

# Data, models and scores of every task, by stages; only what has changed runs. No remote, and nothing is reported.
reproduce: $(VENV)/.developing
	DVC_NO_ANALYTICS=1 PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/dvc repro

# Faces for drawing, from Debian's and PyPI's packages; needs apt-get and dpkg-deb. They are fetched, never shipped.
fonts: $(VENV)/.developing
	$(BIN)/python -m captchakit.learning.drawing.fonts fetch

clean:
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.solving: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.developing: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet "$(TORCH)"
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@ $(VENV)/.solving
