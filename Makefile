# `make help` lists what can be made.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TOOLS := $(VENV)/.tools
PEERS := $(VENV)/.bench
QUICK_SPARK := $(VENV)/.quick-spark
DIST := dist
QUICK_TESTS := tests/test_house.py tests/commands tests/engine tests/events tests/files tests/formats tests/inputs tests/ltv \
  tests/output tests/oracle tests/reader tests/report/test_page.py tests/report/test_concentration.py tests/runs/test_answer.py tests/runs/test_settings.py sflydwh

.DEFAULT_GOAL := help
.PHONY: help setup run quick test test-spark-versions test-python-versions bench torture picture check format dist clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-20s %s\n", $$1, $$2}'

setup: $(INSTALLED) $(QUICK_SPARK) ## Make .venv, install the project, and make Spark start faster

run: $(INSTALLED) ## Run the main job on the sample log with the embedded engine
	@$(BIN)/python jobs/simple_ltv.py 10 data/events.dat --engine sail

# What is new or changed, then what breaks first; the rest is for `make test`.
quick: $(TOOLS) ## Before a commit: lint changed files, check types, run the tests that need no Spark; under 2 minutes
	@changed=$$( (git diff --name-only --diff-filter=d HEAD; git ls-files --others --exclude-standard) | grep '\.py$$' || true); \
	if [ -n "$$changed" ]; then $(BIN)/ruff check $$changed && $(BIN)/ruff format --check $$changed; fi
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q --numprocesses 2 --dist loadgroup --durations 10 -m "not spark" $(QUICK_TESTS)

# The cluster is processes enough by itself.
test: $(TOOLS) ## Run the whole suite, on both engines
	$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup --durations 15 --ignore tests/cluster --ignore tests/versions
	$(BIN)/python -m pytest tests/cluster

# Each version is 450 MB to fetch once, and an environment of 1.4 GB while it is tried.
test-spark-versions: $(TOOLS) ## Try every supported minor version of Spark under spark-submit, each in its own environment
	$(BIN)/python -m pytest tests/versions/test_spark_versions.py --durations 0

# Each is an environment of 2 GB while it is tried. PYTHONS="PROGRAM ..." names others, each of which must exist.
test-python-versions: $(TOOLS) ## Try every supported Python that is on PATH, on both engines, each in its own environment
	$(BIN)/python -m pytest tests/versions/test_python_versions.py --durations 0

bench: $(PEERS) $(QUICK_SPARK) ## Compare the job with other tools; writes benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.run $(BENCH_FLAGS)

torture: $(TOOLS) ## Long runs of fuzzing, faults, hostile logs, kills and many batches
	$(BIN)/python -m tests.torture.fuzz_reader --inputs 200000
	$(BIN)/python -m tests.torture.fuzz_formats --inputs 50000
	$(BIN)/python -m tests.torture.faulty_reads
	$(BIN)/python -m tests.torture.hostile_inputs
	$(BIN)/python -m tests.torture.random_kills --kills 100
	$(BIN)/python -m tests.torture.many_batches --batches 1000

picture: $(TOOLS) ## Take a new picture of the report for docs/; needs Chromium
	$(BIN)/python -m tests.report.picture docs/report.png

check: $(TOOLS) ## Lint, check types strictly, and check the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(TOOLS) ## Lay the code out
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The same bytes for the same commit: no time, user or umask of the build is left, nor what an earlier build listed.
dist: export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 1767225600)
dist: $(TOOLS) ## Build the wheel, the same as sflydwh.zip for --py-files, and the source archive in dist/
	rm -rf $(DIST)/sflydwh[-.]* sflydwh.egg-info
	umask 022 && $(BIN)/python -m build --outdir $(DIST)
	$(BIN)/twine check --strict $(DIST)/sflydwh-*
	cp $(DIST)/sflydwh-*.whl $(DIST)/sflydwh.zip

# The compiled reader belongs to the install: without it the next large run would compile anew.
clean: ## Remove what was made, but for .venv and the compiled reader
	rm -rf build $(DIST) *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis spark-warehouse
	find . \( -path './$(VENV)' -o -name 'compiled-*' \) -prune -o -name '*.pyc' -exec rm -f {} +
	find . -depth -type d -name __pycache__ -empty -not -path './$(VENV)/*' -delete

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# Through the links Spark's own launchers in .venv work without activation, with the settings in conf/.
$(INSTALLED): setup.cfg pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[report,sail,table]'
	@ln -sfn "$$($(BIN)/python -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))')" $(BIN)/spark-distribution
	@ln -sfn "$(CURDIR)/conf" $(BIN)/spark-distribution/conf
	@$(BIN)/python -c 'from sflydwh.reader.rows import load_fast_path; load_fast_path()'
	@touch $@

$(QUICK_SPARK): $(INSTALLED)
	@if command -v java >/dev/null; then $(BIN)/python -m sflydwh.commands.quick_spark || echo 'Spark will start without an archive of its classes.'; fi
	@touch $@

$(TOOLS): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

$(PEERS): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@
