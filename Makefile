# SPDX-License-Identifier: Apache-2.0
# Every command of the project; `make help` lists them. Only relative paths: the checkout may stand
# anywhere, in a folder with spaces too.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.ONESHELL:

PRESET ?= release
ORIGINAL := original-7.4.1
VENV := .venv/bin
# Scripts on the original run this many at a time, each on a board of its own.
WORKERS ?= 2
PYTEST_ARGS ?=

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

.PHONY: lab
lab: programs ## install what is missing, build, open JupyterLab on 127.0.0.1
	@exec $(VENV)/spinnlab lab

.PHONY: demo
demo: programs ## the same without a browser: execute the synfire notebook, check it, leave its picture
	@exec $(VENV)/spinnlab demo --out out

.PHONY: deps
deps: packages environments ## install system packages and the Python environments that are missing

.PHONY: packages
packages:
	@tools/install_packages.sh

.PHONY: environments
environments: packages
	@tools/make_environment.sh .venv tools/requirements-tools.txt .
	tools/make_environment.sh .envs/spynnaker tools/requirements-spynnaker.txt . python/shim
	tools/make_environment.sh .envs/$(ORIGINAL) tools/requirements-$(ORIGINAL).txt . python/original
	$(VENV)/python -m spinnlab.kernels
	$(VENV)/python -m spinnlab.git_kernel.mirrors

.PHONY: web
web: environments ## bundle what pages in the browser load of ours (web/)
	@tools/build_web.sh

# A hub runs from an environment of its own, which people cannot write.
.PHONY: hub-environment
hub-environment: environments
	@tools/install_packages.sh tools/packages-hub.txt || true
	tools/make_environment.sh .envs/hub tools/requirements-hub.txt .
	tools/install_proxy.sh
	tools/build_web.sh

.PHONY: hub
hub: programs hub-environment ## what a hub for many people needs; then: .venv/bin/spinnlab hub init
	@echo "ready: .venv/bin/spinnlab hub init --help"

# What people run, without tests and benches: a third less to compile before the first notebook.
.PHONY: programs
programs: deps web
	@tools/build.sh $(PRESET) spallocd spinnlab-machine spinnlab_core

.PHONY: build
build: deps web ## compile everything: the programs into build/release/bin, tests, benches
	@tools/build.sh $(PRESET)

.PHONY: test
test: build hub-environment ## everything that tests this project: ctest, all pytest suites, the documents
	@AGAIN="$(AGAIN)" tools/test.sh $(PRESET) $(WORKERS) $(PYTEST_ARGS)

.PHONY: unit
unit: build ## only the C++ tests
	@ctest --preset $(PRESET) --parallel $(WORKERS)

.PHONY: python
python: build ## only the tests of the Python packages
	@$(VENV)/python -m pytest --numprocesses $(WORKERS) python/tests $(PYTEST_ARGS)

.PHONY: sanitize
sanitize: packages ## the C++ unit tests with assertions: AddressSanitizer and UBSan together, then ThreadSanitizer
	@for preset in ci tsan; do
	    tools/build.sh $$preset
	    ctest --preset $$preset --parallel $(WORKERS)
	done

.PHONY: lint
lint: build ## formats, texts, dependencies, types, clang-tidy
	@SPINNLAB_BUILD_DIR=$${SPINNLAB_BUILD_DIR:-build/$(PRESET)} tools/lint.sh

.PHONY: fmt
fmt: deps ## let clang-format and ruff format the sources
	@tools/lint.sh --fast --fix

.PHONY: hub-test
hub-test: build hub-environment ## all tests of the hub, with those that wait for clocks, starts or memory
	@SPINNLAB_SLOW=1 SPINNLAB_BIN=$$PWD/build/$(PRESET)/bin $(VENV)/python -m pytest tests/system/hub $(PYTEST_ARGS)

.PHONY: vm-test
vm-test: build hub-environment ## limits of a hub under another kernel, with control groups of version 2 (QEMU)
	@tools/install_packages.sh tools/packages-vm.txt
	tests/vm/run.sh tests/system/hub/test_limits.py -k "limit_on_memory or too_much_memory or time_is_over"

.PHONY: verify
verify: build ## all 200 networks of the corpus, natively and on the original
	@SPINNLAB_SLOW=1 SPINNLAB_BIN=$$PWD/build/$(PRESET)/bin $(VENV)/python -m pytest \
	    --numprocesses $(WORKERS) tests/fidelity/corpus $(PYTEST_ARGS)

.PHONY: wheel
wheel: build ## a manylinux wheel in dist/: native back end and both programs
	@tools/make_wheel.sh

.PHONY: docs
docs: build ## run the commands of the documents
	@python3 tools/run_docs_commands.py

.PHONY: check
check: test lint sanitize ## what CI runs

.PHONY: coverage
coverage: packages ## how many lines of the C++ libraries the C++ tests run, by library
	@tools/build.sh coverage
	@find build/coverage -name '*.gcda' -delete
	@# Tests of time limits fail in a build that is not optimised; 'make unit' is the judge.
	@for test in build/coverage/src/spinnlab/*/*_test; do "$$test" --gtest_brief=1 || true; done
	@python3 tools/coverage.py build/coverage

.PHONY: bench
bench: build ## measure, and print the difference from the recorded figures
	@tools/bench.sh $(PRESET)

.PHONY: e2e
e2e: build ## browser tests; installs chromium and playwright first
	@tools/install_packages.sh tools/packages-browser.txt
	tools/build_web.sh --types
	$(VENV)/python -m pip --disable-pip-version-check --quiet install \
	    --no-deps --require-hashes --requirement tools/requirements-browser.txt
	$(VENV)/python -m pytest -m browser tests/browser tests/system/hub $(PYTEST_ARGS)

.PHONY: install-test
install-test: ## a clean clone in a folder with spaces: both commands, twice, offline the second time
	@SPINNLAB_SLOW=1 $(VENV)/python -m pytest tests/install $(PYTEST_ARGS)

.PHONY: advisories
advisories: ## ask for published advisories about what is pinned; weekly, needs a network
	@python3 tools/advisories.py

.PHONY: clean
clean: ## remove what was built (environments and your notebooks stay)
	@rm -rf build out
