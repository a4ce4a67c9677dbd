# Needs Python 3.11 or newer, and the network on the first call; `make` alone lists the targets.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

KERAS_BACKEND ?= tensorflow
# Newer builds on PyPI bring gigabytes of CUDA along.
TORCH ?= torch==2.13.0
# What is run on each backend; the rest is the same on all of them.
BACKEND_TESTS := tests/test_contract.py tests/engine tests/models tests/losses tests/layers

.DEFAULT_GOAL := help
.PHONY: help venv demo test test-backend bench lint format clean

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

demo: venv ## Train a DCGAN on real digits, export it, and sample it with TensorFlow alone
	@$(BIN)/python examples/demo.py

lint: venv ## Check style and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: venv ## Put style and formatting right
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

test: lint ## Check style, then run all tests on TensorFlow
	KERAS_BACKEND=tensorflow $(BIN)/python -m pytest

test-backend: $(BIN)/.installed-$(KERAS_BACKEND) ## Run what differs by backend on $KERAS_BACKEND
	KERAS_BACKEND=$(KERAS_BACKEND) $(BIN)/python -m pytest $(BACKEND_TESTS)

bench: $(BIN)/.installed-torch ## Measure training and start-up, against PyTorch too; the machine must be quiet
	$(BIN)/python -m benchmarks.training_speed
	$(BIN)/python -m benchmarks.startup

clean: ## Remove the virtual environment, caches and build outputs, but no runs
	rm -rf $(VENV) .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
