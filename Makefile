# Two commands are all: `make run` and `make test`. `make` prints the others: the text after ## in the line of a target.

PYTHON ?= python3
VENV ?= .venv
VENV_JAX ?= .venv-jax
VENV_EXTRAS ?= .venv-extras
# where the reduced studies write: not into results/, which holds what was run on purpose
REDUCED ?= $(CURDIR)/build/reduced
STUDIES := $(sort $(filter-out __init__,$(basename $(notdir $(wildcard ablations/studies/*.py)))))
# two groups for two cores, each in one process, which loads the framework once; the last third has the most trials
FIRST_STUDIES := $(wordlist 1,$(shell expr $(words $(STUDIES)) \* 2 / 3),$(STUDIES))
REDUCED_RUNS := reduced-first reduced-last $(addprefix reduced/,$(STUDIES))

# how many processes of pytest at once, each on a core; 0: in the process that was started
WORKERS ?= auto

# how many trials of a reduced study at once, each in a process with its share of the cores; 0: in the run's own
JOBS ?= 2

# whose page `make report` opens
STUDY ?= quickstart

# how often `make faults` kills a run
KILLS ?= 20

# where prepared data sets are, for the cases of `make bench` that read one
DATA_DIR ?=

.PHONY: help run test test-all test-extras test-jax types wheel docs reduced faults bench ray-demo report tables claims
.PHONY: format clean
.PHONY: $(REDUCED_RUNS)

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(VENV)/installed ## install everything, train the quickstart study and print its table (a few minutes)
	$(VENV)/bin/python -m ablations run quickstart

test: $(VENV)/installed-dev ## check style and the order of imports, and run the quick tests
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports
	$(VENV)/bin/python -m pytest -n $(WORKERS) --dist worksteal --stage main

test-all: $(VENV)/installed-dev ## run the slow tests too: each network of the zoo in each test
	$(VENV)/bin/python -m pytest -n $(WORKERS) --dist worksteal --stage main -m "slow or not slow"

# `make test` writes their node ids here; pytest without any would run all tests
LEFT = build/gate/extras-tests.txt
test-extras: $(VENV_EXTRAS)/installed ## run the tests that need PyTorch, MLflow, W&B or an export engine, after make test
	@test -e $(LEFT) || { echo 'Which tests are left is not known yet. Type: make test'; exit 1; }
	test ! -s $(LEFT) || \
		$(VENV_EXTRAS)/bin/python -m pytest -n $(WORKERS) --dist worksteal --stage extras -m "slow or not slow" @$(LEFT)

# On 2 cores, on a machine that does nothing else; torchvision is measured if it is installed.
bench: $(VENV)/installed ## measure the speed of training and inference beside plain Keras and torchvision (an hour)
	$(VENV)/bin/python -m benchmarks run $(if $(DATA_DIR),--data-dir $(DATA_DIR))

faults: $(VENV)/installed-dev ## kill runs, fill the disk, damage files, and check that no trial is lost
	KILLS=$(KILLS) $(VENV)/bin/python -m pytest tests/ablations/runner/test_faults.py -m "slow or not slow" -v

ray-demo: $(VENV)/installed-dev ## start a Ray cluster of two nodes on this machine and run a reduced study on it
	$(VENV)/bin/python examples/two_nodes.py

# Through the same code as at full size. Fails if the result of a study misses one of its guards.
reduced: reduced-first reduced-last ## run every study at its small size; one alone: make reduced/NAME

reduced-first: NAMES = $(FIRST_STUDIES)
reduced-last: NAMES = $(filter-out $(FIRST_STUDIES),$(STUDIES))
reduced/%: NAMES = $(notdir $@)
$(REDUCED_RUNS): $(VENV)/installed
	$(VENV)/bin/python -m ablations run $(NAMES) --reduced --jobs $(JOBS) --out $(REDUCED)

# Only files that name the marker are imported: others may need packages that are not installed there. The tests' networks
# run for seconds, too short to make up for XLA's optimisations; all processes, and the next run, share what is compiled.
test-jax: MARKED_JAX = $(shell grep -rl --include='test_*.py' 'mark\.jax' tests)
test-jax: export KERAS_BACKEND = jax
test-jax: export JAX_DISABLE_MOST_OPTIMIZATIONS = 1
test-jax: export JAX_COMPILATION_CACHE_DIR = $(CURDIR)/build/jax
test-jax: export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS = 0
test-jax: export JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES = -1
test-jax: $(VENV_JAX)/installed ## run the tests marked jax and a reduced study on JAX, without TensorFlow
	$(VENV_JAX)/bin/python -m pytest -n $(WORKERS) --dist worksteal --stage jax -m "jax and not slow" $(MARKED_JAX)
	$(VENV_JAX)/bin/python -m ablations run ships_and_airplanes --reduced --out $(REDUCED)-jax

report: $(VENV)/installed ## make the page of a study from its records and open it: make report STUDY=NAME
	$(VENV)/bin/python -m ablations report $(STUDY) --open

tables: $(VENV)/installed ## make the tables in results/ and in README.md again from the records
	$(VENV)/bin/python -m ablations parameters > /dev/null
	for study in $(notdir $(patsubst %/records,%,$(wildcard results/*/records))); do \
		$(VENV)/bin/python -m ablations report $$study > /dev/null || exit 1; \
	done
	$(VENV)/bin/python -m ablations claims > /dev/null
	$(VENV)/bin/python -m ablations.report.readme
	$(VENV)/bin/python -m ablations.report.average_pooling

claims: $(VENV)/installed ## make the list of claims and their verdicts again from the records
	$(VENV)/bin/python -m ablations claims
	$(VENV)/bin/python -m ablations.report.readme
	$(VENV)/bin/python -m ablations.report.average_pooling

# The pages of the results are written, the notebook is executed, then everything is built.
docs: $(VENV)/installed-docs ## build the documentation in build/site; a warning is an error
	rm -rf build/docs build/pages
	mkdir -p build
	cp -r results build/pages
	$(VENV)/bin/python -m ablations claims --html --out build/pages > /dev/null
	$(VENV)/bin/python -m nbconvert --to markdown --execute --output-dir build/docs/notebooks docs/notebooks/*.ipynb
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/python -m mkdocs build --strict

types: $(VENV)/installed-dev ## check the types with mypy, and what Pyright and Jedi see of the names in the README
	$(VENV)/bin/mypy
	$(VENV)/bin/python -m pytest tests/repository/test_editors.py -m "slow or not slow"

wheel: $(VENV)/installed-dev ## build dist/*.whl, install one outside the checkout and use it there
	rm -rf build/lib
	$(VENV)/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	$(VENV)/bin/python -m pytest tests/repository/test_wheel.py tests/repository/test_own.py -m "slow or not slow"

format: $(VENV)/installed-dev ## let ruff fix and format the code
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

clean: ## delete what was built; environments and results stay
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache

comma := ,
# $(call install,ENVIRONMENT,PACKAGES): uv takes a sixth of pip's time. Where it fails, pip tries, whose settings may name
# a mirror that uv does not know.
install = $(1)/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1' \
	&& $(1)/bin/uv pip install --python $(1)/bin/python $(2) \
	|| $(1)/bin/python -m pip install --disable-pip-version-check $(2)

$(VENV)/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Python 3.11, 3.12 or 3.13 is needed, for which there is a TensorFlow; this is " + sys.version.split()[0] + ". Type: make run PYTHON=python3.11")'
	@echo "Installing into $(VENV): TensorFlow, Keras, TensorFlow Datasets and what they need, about 1 GB; a minute."
	$(PYTHON) -m venv $(VENV)
	@$(call install,$(VENV),-r requirements.txt -e .)
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed pyproject.toml
	@$(call install,$(VENV),-e '.[dev]')
	@touch $@

$(VENV)/installed-docs: $(VENV)/installed pyproject.toml
	@$(call install,$(VENV),-e '.[docs]')
	@touch $@

# tensorflow-datasets and Grain work without TensorFlow where sets are stored as ArrayRecord
$(VENV_JAX)/installed: requirements-jax.txt
	$(PYTHON) -m venv $(VENV_JAX)
	@$(call install,$(VENV_JAX),-r requirements-jax.txt 'pytest>=9.0.3$(comma)<10' 'pytest-xdist>=3.6$(comma)<4')
	@touch $@

# On top of $(VENV), whose packages it finds, TensorFlow among them, as only pip does. OpenCV 5 has no reader of Caffe's
# files.
$(VENV_EXTRAS)/installed: $(VENV)/installed-dev
	$(VENV)/bin/python -m venv --without-pip $(VENV_EXTRAS)
	$(VENV)/bin/python -c 'import sysconfig; print("import site; site.addsitedir(%r)" % sysconfig.get_path("purelib"))' \
		> $(VENV_EXTRAS)/main.pth
	mv $(VENV_EXTRAS)/main.pth $(VENV_EXTRAS)/lib/python*/site-packages
	$(VENV_EXTRAS)/bin/python -m pip install --quiet --disable-pip-version-check -e '.[bench,export,mlflow,wandb]' \
		'opencv-python-headless>=4.11,<5'
	@touch $@
