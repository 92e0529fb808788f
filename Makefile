# Two commands are all: `make run` (installs, trains the quickstart study, prints its table) and `make test`.

PYTHON ?= python3
VENV ?= .venv
VENV_JAX ?= .venv-jax
# where the reduced studies write: not into results/, which holds what was run on purpose
REDUCED ?= $(CURDIR)/build/reduced
STUDIES := $(filter-out __init__,$(basename $(notdir $(wildcard ablations/studies/*.py))))
REDUCED_STUDIES := $(addprefix reduced/,$(STUDIES))

# how many trials of a reduced study at once, each in a process with its share of the cores; 0: in the run's own
JOBS ?= 2

# whose page `make report` opens
STUDY ?= quickstart

# how often `make faults` kills a run
KILLS ?= 20

# where prepared data sets are, for the cases of `make bench` that read one
DATA_DIR ?=

.PHONY: run test test-all bench faults reduced ray-demo test-jax tables claims report docs types wheel format clean
.PHONY: $(REDUCED_STUDIES)

run: $(VENV)/installed
	$(VENV)/bin/python -m ablations run quickstart

test: $(VENV)/installed-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/python -m pytest -n auto --dist worksteal

# The slow ones too: every network of the zoo in every test.
test-all: $(VENV)/installed-dev
	$(VENV)/bin/python -m pytest -n auto --dist worksteal -m "slow or not slow"

# Ours beside plain Keras and, where it is installed, torchvision: about an hour on 2 cores, on a machine that does
# nothing else.
bench: $(VENV)/installed
	$(VENV)/bin/python -m benchmarks run $(if $(DATA_DIR),--data-dir $(DATA_DIR))

# Killed at random moments, often; then every other mishap: full disk, damaged files, two runners, Ctrl-C.
faults: $(VENV)/installed-dev
	KILLS=$(KILLS) $(VENV)/bin/python -m pytest tests/ablations/runner/test_faults.py -m "slow or not slow" -v

# A Ray cluster of two nodes on this machine, and a reduced study on it.
ray-demo: $(VENV)/installed-dev
	$(VENV)/bin/python examples/two_nodes.py

# Every study in its reduced profile, through the same code as at full size; 1 when a guard breaks. One alone:
# `make reduced/gap_vs_fc`.
reduced: $(REDUCED_STUDIES)

$(REDUCED_STUDIES): reduced/%: $(VENV)/installed
	$(VENV)/bin/python -m ablations run $* --reduced --jobs $(JOBS) --out $(REDUCED)

# The tests marked `jax` and a whole study on JAX, in an environment without TensorFlow. Other test files may need packages
# that are not installed there: only those that name the marker are imported. The tests' networks run for seconds, which
# XLA's optimisations would not earn back; what is compiled serves all processes, and the next run.
test-jax: MARKED_JAX = $(shell grep -rl --include='test_*.py' 'mark\.jax' tests)
test-jax: export KERAS_BACKEND = jax
test-jax: export JAX_DISABLE_MOST_OPTIMIZATIONS = 1
test-jax: export JAX_COMPILATION_CACHE_DIR = $(CURDIR)/build/jax
test-jax: export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS = 0
test-jax: export JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES = -1
test-jax: $(VENV_JAX)/installed
	$(VENV_JAX)/bin/python -m pytest -n auto --dist worksteal -m "jax and not slow" $(MARKED_JAX)
	$(VENV_JAX)/bin/python -m ablations run three_convolutions --reduced --out $(REDUCED)-jax

# A study's page in a browser, made from its records: after `make run`, or `make report STUDY=gap_vs_fc`.
report: $(VENV)/installed
	$(VENV)/bin/python -m ablations report $(STUDY) --open

# What is made from records and from built networks: the tables in results/ and in the README.
tables: $(VENV)/installed
	$(VENV)/bin/python -m ablations parameters > /dev/null
	for study in $(notdir $(patsubst %/records,%,$(wildcard results/*/records))); do \
		$(VENV)/bin/python -m ablations report $$study > /dev/null || exit 1; \
	done
	$(VENV)/bin/python -m ablations claims > /dev/null
	$(VENV)/bin/python -m ablations.report.readme

# The ledger alone: every claim with its verdict, from the records.
claims: $(VENV)/installed
	$(VENV)/bin/python -m ablations claims
	$(VENV)/bin/python -m ablations.report.readme

# The pages in build/site, any warning an error: the notebook is executed, then everything built.
docs: $(VENV)/installed-docs
	rm -rf build/docs
	$(VENV)/bin/python -m nbconvert --to markdown --execute --output-dir build/docs/notebooks docs/notebooks/*.ipynb
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/python -m mkdocs build --strict

# Both packages by mypy, as pyproject.toml has it.
types: $(VENV)/installed-dev
	$(VENV)/bin/mypy

# dist/*.whl, and one like it installed and used outside the checkout.
wheel: $(VENV)/installed-dev
	rm -rf build/lib
	$(VENV)/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	$(VENV)/bin/python -m pytest tests/repository/test_wheel.py -m "slow or not slow"

format: $(VENV)/installed-dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

clean:
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache

$(VENV)/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Type: make run PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -e .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.txt
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(VENV)/installed-docs: $(VENV)/installed pyproject.toml
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@

# tensorflow-datasets and Grain work without TensorFlow where sets are stored as ArrayRecord
$(VENV_JAX)/installed: requirements.txt pyproject.toml
	$(PYTHON) -m venv $(VENV_JAX)
	grep -v '^tensorflow[<>=]' requirements.txt > $(VENV_JAX)/requirements.txt
	$(VENV_JAX)/bin/python -m pip install --quiet --disable-pip-version-check -r $(VENV_JAX)/requirements.txt \
		'jax>=0.10,<0.12' 'pytest>=8.3,<10' 'pytest-xdist>=3.6,<4'
	@touch $@
