# The front door. Each command works on a fresh Debian 12 with only git and make.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: help setup build run test test-begin test-unit test-asan test-tsan test-program test-studio bench soak check format screenshots coverage

JOBS ?= $(shell nproc)
# Outside the checkout, so that another one on this machine profits.
export CCACHE_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/carillon/ccache
PYTHON := /usr/bin/python3

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## install the Debian packages that are missing
	@tools/setup

build/%/build.ninja: | setup
	@cmake --preset $* >/dev/null

build: build/release/build.ninja ## the release programs build/release/carillon and build/release/carillon-media
	@ninja -C build/release -j$(JOBS) carillon carillon-media

run: build ## serve with data in ./var and a sample show, in the foreground
	@tools/run

test: test-begin check test-unit test-asan test-tsan test-program test-studio ## every test
	@tools/test-summary

test-begin:
	@rm -f build/test-times

test-unit: build/release/build.ninja ## the tests beside the sources that need no sanitizer
	@tools/stopwatch "build, release" ninja -C build/release -j$(JOBS) unit_tests carillon carillon-media
	@tools/stopwatch "unit tests, release" tools/run-unit-tests release

test-asan: build/asan/build.ninja ## the tests beside the sources of what touches foreign bytes, memory or threads, under AddressSanitizer and UndefinedBehaviorSanitizer
	@tools/stopwatch "build, AddressSanitizer" ninja -C build/asan -j$(JOBS) unit_tests
	@tools/stopwatch "unit tests, AddressSanitizer" tools/run-unit-tests asan

test-tsan: build/tsan/build.ninja ## those of what shares between threads, under ThreadSanitizer
	@tools/stopwatch "build, ThreadSanitizer" ninja -C build/tsan -j$(JOBS) unit_tests
	@tools/stopwatch "unit tests, ThreadSanitizer" tools/run-unit-tests tsan

test-program: build ## black-box tests of the real program
	@tools/setup apps
	@tools/stopwatch "build of what tests need beside it" ninja -C build/release -j$(JOBS) carillon-test-ca carillon-simulate
	@tools/stopwatch "program tests" tools/run-program-tests

test-studio: build ## the studio in a real browser, on the real server
	@tools/setup browser
	@tools/stopwatch "studio tests" tools/run-studio-tests

bench: build/release/build.ninja ## measurements, each beside its peer
	@tools/setup bench
	@ninja -C build/release -j$(JOBS)
	@bench/run

soak: ## what runs long: ten minutes of fuzzing each target, forty kills, a simulated year of 5,000 certificates
	@tools/setup
	@tools/soak

coverage: ## lines of the parsers that the fuzz corpora reach
	@tools/setup
	@tools/fuzz-coverage

check: build/release/build.ninja ## format, layers, wording, static analysis of what changed (all of it: make check ALL=1)
	@tools/stopwatch "check" tools/check $(if $(ALL),--all)

format: ## put every source into its format
	@git ls-files 'src/*.cpp' 'src/*.hpp' | xargs clang-format-19 -i

screenshots: build ## pictures of the main screens
	@tools/screenshots
