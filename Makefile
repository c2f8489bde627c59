# Everything here happens in .venv; nothing is installed outside of it.
PYTHON ?= python3
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
DATA ?= ../shared/data
EXTRAS := cluster formats forms parquet train web xlsx
# Of the tests' own process: measured in those that they start, too, the tests take far longer.
COVER ?= --cov --cov-report=term:skip-covered

.PHONY: run test check format train accuracy bench samples lock clean

run: .venv/run ## read samples/ and show the results
	$(BIN)/digitbox batch $(wildcard samples/*.*)
	$(BIN)/digitbox batch --config samples/forms/config.yaml $(wildcard samples/forms/*.jpg)

test: .venv/dev ## run the tests
	$(BIN)/pytest

check: .venv/dev ## what CI runs: lint, format, types, tests and their coverage
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pytest $(COVER)

format: .venv/dev ## put the code in its form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Without these, glibc gives TensorFlow's memory back after every step: half as fast.
train: export MALLOC_TRIM_THRESHOLD_ := 8589934592
train: export MALLOC_MMAP_THRESHOLD_ := 4294967296
train: export MALLOC_TOP_PAD_ := 268435456
train: .venv/dev ## train the models that the package ships; goes on where it was interrupted
	$(BIN)/digitbox train finder --seed 1 --output pipeline/digitbox/models/finder
	$(BIN)/digitbox train numbers --seed 1 --output pipeline/digitbox/models/numbers-1
	$(BIN)/digitbox train numbers --seed 2 --output pipeline/digitbox/models/numbers-2
	$(BIN)/digitbox train mlp --scans --seed 1 --output pipeline/digitbox/models/mlp
	$(BIN)/digitbox train cnn --seed 1 --output pipeline/digitbox/models/cnn

accuracy: .venv/dev ## measure the shipped models: docs/accuracy.md and its plots
	$(BIN)/python -m digitbox_train.accuracy $(DATA)
	$(BIN)/python -m digitbox_train.accuracy.forms $(DATA)

bench: .venv/dev ## measure how fast files are read: benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks.speed --mnist $(DATA)/mnist --real $(DATA)/scans/dev/digits \
		--write benchmarks/RESULTS.md
	for part in network once scale pages; do \
		echo >> benchmarks/RESULTS.md; \
		$(BIN)/python -m benchmarks.speed.$$part >> benchmarks/RESULTS.md || exit 1; done
	$(BIN)/python -m benchmarks.cluster --mnist $(DATA)/mnist --write benchmarks/RESULTS.md

samples: .venv/dev ## draw samples/ anew from MNIST
	$(BIN)/python -m digitbox_train.samples samples docs/images/samples.jpg
	$(BIN)/python -m digitbox_train.form_samples samples/forms

lock: .venv/dev ## pin the dependencies anew, with hashes
	$(BIN)/uv pip compile pyproject.toml --upgrade --universal --python-version 3.11 \
		--generate-hashes --custom-compile-command "make lock" --output-file locks/run.txt
	$(BIN)/uv pip compile pyproject.toml --upgrade --universal --python-version 3.11 \
		--all-extras --group dev --constraint locks/run.txt \
		--generate-hashes --custom-compile-command "make lock" --output-file locks/dev.txt
	for extra in $(EXTRAS); do \
		$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
			--extra $$extra --constraint locks/dev.txt --generate-hashes \
			--custom-compile-command "make lock" --output-file locks/$$extra.txt || exit 1; done

clean: ## remove the environment and the caches
	rm -rf .venv .coverage .mypy_cache .pytest_cache .ruff_cache *.egg-info

.venv/run: locks/run.txt pyproject.toml
	test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r locks/run.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

.venv/dev: .venv/run locks/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r locks/dev.txt
	touch $@
