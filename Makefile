# Two commands do everything on a fresh machine with Python and pip:
#   make demo    the quickstart notebook, on a real model, in the terminal
#   make test    all that CI runs

PYTHON ?= python3
MODEL ?= local/qwen2.5-coder-1.5b
DEMO := .venv-demo
DEV := .venv
# The whole tested set is pinned.
PINS := -c constraints.txt
# Another environment that is active in the caller's shell is none of these commands' business; and
# what is installed here is compiled once, by its first import (litellm takes 15 s without that).
unexport VIRTUAL_ENV PYTHONDONTWRITEBYTECODE
# Jupyter brings a check of addresses along that compiles a grammar whenever a kernel imports Altair,
# for 3 s; its caller does without where it is not there.
SLOW := rfc3987-syntax
SOURCES := vs_magic tests benchmarks notebooks docs

.PHONY: demo lab test chromium weights lint format typecheck bench soak docs notebooks screenshots clean help

help: ## What there is to make
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

$(DEMO)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(DEMO)
	$(DEMO)/bin/python -m pip install --quiet --upgrade $(PINS) pip
	$(DEMO)/bin/python -m pip install --quiet --no-compile $(PINS) -e ".[light,local,notebook]"
	$(DEMO)/bin/python -m pip uninstall --quiet --yes $(SLOW)
	touch $@

$(DEV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(DEV)
	$(DEV)/bin/python -m pip install --quiet --upgrade $(PINS) pip
	$(DEV)/bin/python -m pip install --quiet --no-compile $(PINS) torch==2.13.0
	$(DEV)/bin/python -m pip install --quiet --no-compile $(PINS) -e ".[dev]"
	$(DEV)/bin/python -m pip uninstall --quiet --yes $(SLOW)
	touch $@

demo: $(DEMO)/.ready ## The quickstart on a real local model (MODEL=local/qwen2.5-coder-0.5b is the light one)
	$(DEMO)/bin/vs-magic fetch $(MODEL)
	$(DEMO)/bin/python notebooks/run.py 00_quickstart --model $(MODEL)
	@echo
	@echo "Open the notebook in JupyterLab:  make lab MODEL=$(MODEL)"

lab: $(DEMO)/.ready ## JupyterLab with the notebooks
	VS_MAGIC_MODEL=$(MODEL) $(DEMO)/bin/jupyter lab notebooks/00_quickstart.ipynb

# Chromium and Python packages arrive side by side. Browser tests have a run of their own, where
# no loop of Playwright's is in the way of asynchronous tests.
test: ## Format, lint, types, floors, and every test
	$(MAKE) -j2 $(DEV)/.ready chromium
	$(MAKE) -j2 typecheck lint weights
	$(DEV)/bin/python -m pytest -m "not browser" -n 2 --cov --cov-report=term-missing:skip-covered $(PYTEST_ARGS)
	$(DEV)/bin/python -m pytest -m browser -n 2 $(PYTEST_ARGS)

chromium:
	tests/chromium.sh

weights: $(DEV)/.ready
	PYTHON=$(DEV)/bin/python tests/prepare.sh

lint: $(DEV)/.ready ## Format check, lint, floors
	$(DEV)/bin/ruff format --check $(SOURCES)
	$(DEV)/bin/ruff check $(SOURCES)
	$(DEV)/bin/lint-imports

typecheck: $(DEV)/.ready ## mypy --strict
	$(DEV)/bin/mypy

format: $(DEV)/.ready ## Format and fix what can be fixed
	$(DEV)/bin/ruff format $(SOURCES)
	$(DEV)/bin/ruff check --fix $(SOURCES)

# What others do beside us, each in an environment of its own, for the benchmarks alone.
.venv-bench/.ready:
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet jupyter_ai_magic_commands==0.0.4
	touch $@

.venv-bench-vs/.ready:
	$(PYTHON) -m venv .venv-bench-vs
	.venv-bench-vs/bin/python -m pip install --quiet torch==2.13.0
	.venv-bench-vs/bin/python -m pip install --quiet verbalized-sampling==0.1.3 ipython "pyarrow<20"
	touch $@

bench: $(DEV)/.ready .venv-bench/.ready .venv-bench-vs/.ready ## Every figure of the README, beside what else there is
	$(DEV)/bin/python -m pip install --quiet rouge-score scikit-learn json_repair
	$(DEV)/bin/python benchmarks/load.py --theirs .venv-bench/bin/python --authors .venv-bench-vs/bin/python
	$(DEV)/bin/python benchmarks/overhead.py
	$(DEV)/bin/python benchmarks/throughput.py
	$(DEV)/bin/python benchmarks/replies.py --authors .venv-bench-vs/bin/python
	$(DEV)/bin/python benchmarks/parse_throughput.py
	$(DEV)/bin/python benchmarks/metrics.py
	$(DEV)/bin/python -m benchmarks.widget
	$(DEV)/bin/python -m benchmarks.interrupts

soak: $(DEV)/.ready ## 2,000 calls, a fifth of which go wrong; the kernel tests on two ipykernels
	$(DEV)/bin/python benchmarks/soak.py
	PYTHON=$(DEV)/bin/python tests/reliability/two_kernels.sh

notebooks: $(DEV)/.ready ## Run the notebooks again and keep their outputs
	$(DEV)/bin/python notebooks/run.py --keep --model $(MODEL)

docs: $(DEV)/.ready ## The documentation's site, in site/
	$(DEV)/bin/python -m mkdocs build --strict

screenshots: $(DEV)/.ready ## Pictures of the widget, light and dark, narrow and wide
	$(DEV)/bin/python -m tests.browser.screenshots

clean: ## Remove what these commands made here (weights stay in the user cache)
	rm -rf $(DEMO) $(DEV) .venv-bench .venv-bench-vs .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
