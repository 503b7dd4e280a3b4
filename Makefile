# The front door. Each command works on a fresh Debian 12 with only git and make.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: help setup setup-run build run install uninstall test test-together test-begin test-unit test-asan test-tsan test-program test-studio bench soak check format screenshots coverage

JOBS ?= $(shell nproc)
# Outside the checkout, so that another one on this machine profits.
export CCACHE_DIR ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/carillon/ccache
PYTHON := /usr/bin/python3

help: ## print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# Where `make install` puts everything. DESTDIR is put before it, for packages.
PREFIX ?= /usr/local
INSTALL_BIN = $(DESTDIR)$(PREFIX)/bin
INSTALL_UNITS = $(DESTDIR)$(PREFIX)/lib/systemd/system
INSTALL_SYSUSERS = $(DESTDIR)$(PREFIX)/lib/sysusers.d
INSTALL_DOC = $(DESTDIR)$(PREFIX)/share/doc/carillon
UNITS = carillon.service carillon-guard.service carillon-reload@.path carillon-reload@.service
SYSUSERS = carillon.conf carillon-guard.conf

setup: ## install the Debian packages that are missing
	@tools/setup

setup-run:
	@tools/setup run

build/%/build.ninja: | setup-run
	@cmake --preset $* >/dev/null

build: build/release/build.ninja ## build the release programs build/release/carillon and build/release/carillon-media
	@ninja -C build/release -j$(JOBS) carillon carillon-media

run: build ## serve with data in ./var and a sample show, in the foreground
	@tools/run

# As root after `make build`: it builds nothing.
install: ## install the built programs with systemd units and a sample configuration (PREFIX=/usr/local, DESTDIR=)
	@for program in carillon carillon-media; do [ -x build/release/$$program ] || { echo "make install: build/release/$$program is missing; run “make build” first" >&2; exit 1; }; done
	@install -d "$(INSTALL_BIN)" "$(INSTALL_UNITS)" "$(INSTALL_SYSUSERS)" "$(INSTALL_DOC)/prometheus"
	@install -s --strip-program=strip -m 755 build/release/carillon build/release/carillon-media "$(INSTALL_BIN)"
	@for unit in $(UNITS); do sed -e 's|/usr/bin/carillon|$(PREFIX)/bin/carillon|' -e 's|/usr/share/doc/carillon|$(PREFIX)/share/doc/carillon|' packaging/systemd/$$unit >"$(INSTALL_UNITS)/$$unit" && chmod 644 "$(INSTALL_UNITS)/$$unit"; done
	@install -m 644 $(addprefix packaging/sysusers/,$(SYSUSERS)) "$(INSTALL_SYSUSERS)"
	@install -m 644 packaging/carillon.toml LICENSE README.md "$(INSTALL_DOC)"
	@install -m 644 packaging/prometheus/carillon.rules.yml "$(INSTALL_DOC)/prometheus"
	@install -m 755 packaging/dns/acme-sh-hook "$(INSTALL_DOC)"
	@echo "Installed to $(DESTDIR)$(PREFIX). Next: docs/manual/install.md"

uninstall: ## remove the files that `make install` installed, but not data and configuration
	@rm -f "$(INSTALL_BIN)/carillon" "$(INSTALL_BIN)/carillon-media" $(foreach unit,$(UNITS),"$(INSTALL_UNITS)/$(unit)") $(foreach file,$(SYSUSERS),"$(INSTALL_SYSUSERS)/$(file)")
	@rm -rf "$(INSTALL_DOC)"

test: test-begin check test-unit test-together test-studio ## all tests
	@tools/test-summary

# The program tests mostly wait. Meanwhile the processors build and run the tests under the sanitizers, which give way to them.
test-together: build
	@tools/setup apps
	@$(MAKE) --no-print-directory test-program >build/test-program.log 2>&1 & program=$$!; \
	nice -n 5 $(MAKE) --no-print-directory -k test-asan test-tsan; status=$$?; \
	wait $$program || status=1; cat build/test-program.log; exit $$status

test-begin: setup
	@rm -f build/test-times build/tests-passed-again

test-unit: setup build/release/build.ninja ## unit tests in the release build
	@cmake --preset release >/dev/null
	@tools/stopwatch "build, release" ninja -C build/release -j$(JOBS) unit_tests carillon carillon-media
	@tools/stopwatch "unit tests, release" tools/run-unit-tests release

test-asan: setup build/asan/build.ninja ## unit tests of parsers, memory and threads, under AddressSanitizer and UndefinedBehaviorSanitizer
	@cmake --preset asan >/dev/null
	@tools/stopwatch "build, AddressSanitizer" ninja -C build/asan -j$(JOBS) unit_tests
	@tools/stopwatch "unit tests, AddressSanitizer" tools/run-unit-tests asan

test-tsan: setup build/tsan/build.ninja ## unit tests of multithreaded code, under ThreadSanitizer
	@cmake --preset tsan >/dev/null
	@tools/stopwatch "build, ThreadSanitizer" ninja -C build/tsan -j$(JOBS) unit_tests
	@tools/stopwatch "unit tests, ThreadSanitizer" tools/run-unit-tests tsan

test-program: build ## black-box tests of the whole program
	@tools/setup apps
	@tools/stopwatch "build of what tests need beside it" ninja -C build/release -j$(JOBS) carillon-test-ca carillon-simulate
	@tools/stopwatch "program tests" tools/run-program-tests

test-studio: build ## studio tests in a real browser with the real server
	@tools/setup browser
	@tools/stopwatch "studio tests" tools/run-studio-tests

bench: build/release/build.ninja ## benchmarks, each compared with another program
	@tools/setup bench
	@cmake --preset release >/dev/null
	@ninja -C build/release -j$(JOBS)
	@bench/run

soak: ## long tests: ten minutes of fuzzing per target, forty kills, a simulated year of 5,000 certificates
	@tools/setup
	@tools/soak

coverage: ## parser lines that the fuzz corpora cover
	@tools/setup
	@tools/fuzz-coverage

check: setup build/release/build.ninja ## format, layers, wording, static analysis of changed sources (of all sources: make check ALL=1)
	@tools/stopwatch "check" tools/check $(if $(ALL),--all)

format: ## format all sources
	@git ls-files 'src/*.cpp' 'src/*.hpp' | xargs clang-format-19 -i

screenshots: build ## screenshots of the main screens
	@tools/screenshots
