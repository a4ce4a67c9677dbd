# Needs Python 3.11 or newer, and the network on the first call; `make` alone lists the targets.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

KERAS_BACKEND ?= tensorflow
# Newer builds on PyPI bring gigabytes of CUDA along.
TORCH ?= torch==2.13.0
# TensorFlow alone, as old as the newest released TensorFlow Serving: it must load our exports.
SERVING := .venv-serving
SERVING_TENSORFLOW ?= 2.20
# What is run on each backend; the rest is the same on all of them. Formulas in keras.ops are
# tested on TensorFlow, and elsewhere by the long tests.
FORMULAS := tests/probability/test_densities.py
BACKEND_TESTS := tests/test_contract.py tests/backends tests/engine tests/models tests/layers \
	$(filter-out $(FORMULAS),$(wildcard tests/probability/test_*.py)) \
	tests/likelihood/test_log_likelihood.py tests/losses/test_penalties.py
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest --numprocesses $(WORKERS)

.DEFAULT_GOAL := help
.PHONY: help venv demo test test-backend serving test-long docs bench lint format clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-14s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Stamps, so that a second call does not ask pip again.
$(BIN)/.installed: pyproject.toml
	@echo "Installing into $(VENV): about a minute"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --editable '.[dev]'
	@touch $@

$(BIN)/.installed-tensorflow: $(BIN)/.installed
	@touch $@

$(BIN)/.installed-jax: $(BIN)/.installed
	@$(PIP) --editable '.[jax]'
	@touch $@

$(BIN)/.installed-torch: $(BIN)/.installed
	@$(PIP) '$(TORCH)'
	@touch $@

venv: $(BIN)/.installed ## Install the package and its tools into .venv

$(BIN)/.installed-onnx: $(BIN)/.installed
	@$(PIP) --editable '.[onnx]' openvino
	@touch $@

$(SERVING)/.installed-$(SERVING_TENSORFLOW):
	@echo "Installing TensorFlow $(SERVING_TENSORFLOW) into $(SERVING): a minute or two"
	@$(PYTHON) -m venv $(SERVING)
	@$(SERVING)/bin/python -m pip install --quiet --disable-pip-version-check \
		'tensorflow==$(SERVING_TENSORFLOW).*'
	@touch $@

demo: venv ## Train a DCGAN on real digits, export it, and sample it with TensorFlow alone
	@$(BIN)/python examples/demo.py

lint: venv ## Check style, formatting and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: venv ## Put style and formatting right
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

test: lint ## Check style and types, then run all models' tests on TensorFlow: about five minutes
	KERAS_BACKEND=tensorflow $(PYTEST)

test-backend: $(BIN)/.installed-$(KERAS_BACKEND) ## Run what differs by backend on $KERAS_BACKEND
	KERAS_BACKEND=$(KERAS_BACKEND) $(PYTEST) $(BACKEND_TESTS)

serving: $(SERVING)/.installed-$(SERVING_TENSORFLOW) ## Install the TensorFlow of a server, where exports are tested

test-long: lint $(BIN)/.installed-jax $(BIN)/.installed-torch $(BIN)/.installed-onnx serving ## Run everything, for all models, on each backend: before a release
	KERAS_BACKEND=tensorflow $(PYTEST) -m ''
	KERAS_BACKEND=jax $(PYTEST) -m '' $(BACKEND_TESTS) $(FORMULAS)
	KERAS_BACKEND=torch $(PYTEST) -m '' $(BACKEND_TESTS) $(FORMULAS)

docs: venv ## Render the API reference from the docstrings into docs/api
	@$(BIN)/python docs/render_api.py

bench: $(BIN)/.installed-torch ## Measure training and start-up, against PyTorch too; the machine must be quiet
	$(BIN)/python -m benchmarks.training_speed
	$(BIN)/python -m benchmarks.startup

clean: ## Remove the virtual environment, caches and build outputs, but no runs
	rm -rf $(VENV) $(SERVING) .ruff_cache .mypy_cache build dist docs/api
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
