# Every target prepares .venv by itself. It needs python3 (3.11 or newer) and PyPI; uv is used where it is there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help demo test check generate lock bench clean

help: ## list the targets
	@$(PYTHON) -c "import re, pathlib; [print(f'{m[1]:10} {m[2]}') for m in re.finditer(r'(?m)^(\w+):.*?## (.*)$$', pathlib.Path('Makefile').read_text())]"

demo: $(READY) ## walk through one investigation on the embedded Panther
	$(BIN)/panther-mcp demo

test: check ## everything that CI checks: style, types, generated files, docs, real clients, tests on the built wheel
	$(BIN)/nox -s package clients tests

check: $(READY) ## the quick part of test: style, types, generated files, docs
	$(BIN)/nox -s lint types docs
	$(BIN)/nox -s generate -- --check

generate: $(READY) ## render schema/ into generated/ and docs/
	$(BIN)/nox -s generate

bench: $(READY) ## measure against mcp-panther 2.4.0 (needs Python 3.12)
	$(BIN)/nox -s bench

lock: $(READY) ## resolve the development environment anew
	$(BIN)/nox -s lock

clean: ## remove what the other targets made
	@$(PYTHON) -c "import shutil; [shutil.rmtree(path, ignore_errors=True) for path in ('$(VENV)', '.nox', 'dist')]"

$(READY): requirements-dev.lock pyproject.toml scripts/prepare.py
	$(PYTHON) scripts/prepare.py $(VENV)
