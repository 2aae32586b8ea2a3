# The few verbs of this repository. `make` alone lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := .venv-comfy
STAMP := $(VENV)/.installed
# The project's own environment pins torch, so that results repeat; the pack itself never does.
TORCH ?= torch==2.13.0

# On a busy machine, threads that spin while they wait for each other take three times as long.
export OMP_WAIT_POLICY ?= PASSIVE

.DEFAULT_GOAL := help
.PHONY: help install demo test test-extras test-browser bench bench-quick fuzz object-info locales translated formats screenshots lint comfy-checks format clean

help: ## List the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(STAMP) ## Make the environment in .venv
$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.10 or newer is needed; try make PYTHON=python3.12" if sys.version_info < (3, 10) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing torch (the CPU build where pip finds one; this takes minutes the first time)"
	@$(BIN)/python -m pip install --quiet "$(TORCH)" || $(BIN)/python -m pip install --quiet torch
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

demo: $(STAMP) ## Find and pull levers of the bundled generator; pictures go to out/
	@$(BIN)/latent-levers demo --out out

# Tests of ComfyUI's page wait a lot: two files of tests run at once, each with servers of its own.
TWO_AT_ONCE ?= -n 2 --dist loadfile --no-loadscope-reorder

test: $(STAMP) browser ## Run the tests
	@$(BIN)/python -m pytest $(TWO_AT_ONCE) --ignore=tests/extras $(ARGS)

# Torch stays the build that is there: an optional package may ask for another one.
EXTRAS := $(VENV)/.extras
$(EXTRAS): $(STAMP)
	@echo "Installing optional packages: aiohttp, scikit-learn, matplotlib, onnxruntime, torch-fidelity, av, pyarrow, datasets, webdataset"
	@$(BIN)/python -c 'import torch; print(f"torch=={torch.__version__}")' > $(VENV)/torch.txt
	@$(BIN)/python -m pip install --quiet --constraint $(VENV)/torch.txt --editable '.[dev,extras,data]' onnx
	@touch $@

test-extras: $(EXTRAS) ## Install the optional packages, and run the tests that need them
	@$(BIN)/python -m pytest tests/extras $(ARGS)

test-browser: $(STAMP) browser ## Run those that draw, drag and look in a real ComfyUI's page
	@$(BIN)/python -m pytest tests/e2e -k browser -rs $(ARGS)

.PHONY: browser
browser: # what drives the page, where npm can be had
	@if command -v npm >/dev/null && [ ! -d tests/e2e/node_modules ]; then \
	  npm install --prefix tests/e2e --silent --no-audit --no-fund \
	    || echo "npm could not install: the tests in a browser will be left out"; fi

# A bench has the machine to itself, and passive threads would slow down its small solves.
bench: $(STAMP) ## Measure everything; writes docs/performance.md and out/bench.json (long)
	@env -u OMP_WAIT_POLICY $(BIN)/python -m bench $(ARGS)

bench-quick: $(STAMP) ## Measure 64 and 256 px, solves and a second region in some minutes; writes out/bench.json
	@env -u OMP_WAIT_POLICY $(BIN)/python -m bench --quick $(ARGS)

fuzz: $(STAMP) ## Feed noise to the readers of files for some minutes
	@LATENT_LEVERS_FUZZ=$${EXAMPLES:-3000} $(BIN)/python -m pytest tests/hostile/test_fuzz.py $(ARGS)

object-info: $(STAMP) ## Write tests/object_info.json, where there is a ComfyUI
	@UPDATE_OBJECT_INFO=1 $(BIN)/python -m pytest tests/e2e/test_object_info.py -k fresh

locales: $(STAMP) ## Write the English texts of the nodes for ComfyUI's page
	@UPDATE_LOCALES=1 $(BIN)/python -m pytest --quiet tests/test_translations.py -k schemas

translated: $(STAMP) ## Say that all texts which changed have been translated
	@UPDATE_TRANSLATED=1 $(BIN)/python -m pytest --quiet tests/test_translations.py -k that_there_is

formats: $(STAMP) ## Write the tables of docs/formats.md
	@UPDATE_FORMATS=1 $(BIN)/python -m pytest --quiet tests/test_formats.py -k fresh

screenshots: $(STAMP) ## Draw the pictures of ComfyUI's page, and of `explore`
	@$(BIN)/python tests/e2e/screenshots.py explorer motion
	@$(BIN)/python tests/e2e/standalone_picture.py

lint: $(STAMP) ## Check format, style and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/pyright

# The checkers want packages that the project does not; they get an environment of their own.
comfy-checks: $(STAMP) ## Run ComfyUI's checkers of packs: comfy-test and `comfy node validate`
	@test -x $(TOOLS)/bin/comfy-test || { $(PYTHON) -m venv $(TOOLS) && $(TOOLS)/bin/pip install --quiet comfy-test comfy-cli; }
	@COMFY_TOOLS="$(CURDIR)/$(TOOLS)/bin" $(BIN)/python -m pytest tests/e2e/test_comfy_checks.py $(ARGS)

format: $(STAMP) ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean: ## Remove what make made
	rm -rf $(VENV) $(TOOLS) out build dist *.egg-info .pytest_cache .ruff_cache tests/e2e/node_modules
