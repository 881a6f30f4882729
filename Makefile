# SPDX-License-Identifier: GPL-2.0-only
#
# The commands of a person working with the tree; "make help" lists them.
# Kbuild (beside this file) is what the kernel's build system reads.

PREFIX ?= /usr/local

RELEASE := $(shell uname -r)
RUNNING := $(wildcard /lib/modules/$(RELEASE)/build/include/generated/utsrelease.h)
# What the emulated machine runs by default.
KERNEL ?= 6.1-cloud
KBUILD_VARS := $(foreach v,W C V,$(if $(filter command% environment%,$(origin $v)),$v=$($v)))

ifdef KDIR
TARGET := $(KDIR)
else ifneq ($(RUNNING),)
TARGET := /lib/modules/$(RELEASE)/build
else
TARGET := $(KERNEL)
NOTE := no headers of the running kernel $(RELEASE): building for Debian's $(KERNEL)
endif

all: module xlctl

module:
	@$(if $(NOTE),echo "$(NOTE)" >&2;) scripts/build-module '$(TARGET)' $(KBUILD_VARS)

xlctl:
	@if [ -e tools/xlctl/Makefile ]; then $(MAKE) --no-print-directory -C tools/xlctl; fi

deps:
	@scripts/deps

check: deps
	@selftests/run-suite check

# What matters while one is editing: some minutes.
quick: deps
	@selftests/run-suite --group quick

# Debian's kernels as hosts and guests of each other, with many CPUs, on both emulators; the
# standard kernels; and whether the harness tells the truth.
check-system: deps
	@selftests/run-suite --group system

# In an emulator that reports who relies on more than a CPU promises; it is compiled first.
check-strict: deps
	@selftests/run-suite --group strict

# All that under a kernel that checks itself: memory, locks, leaks, and each error path. For a night.
check-debug: deps
	@selftests/run-suite --group debug

demo: deps
	@selftests/demo

# Which branches of the module the guest tests run, in the emulated machine.
coverage: deps
	@scripts/coverage

# make bench WHAT="micro boot" BENCH_ARGS="-k 6.12-cloud"
bench: deps
	@selftests/bench/run $(BENCH_ARGS) $(WHAT)

# Ioctls, hypercalls and lives of domains by chance, until something is found or the time is over.
FUZZ_SECONDS ?= 3600
fuzz: deps
	@selftests/fuzz $(FUZZ_ARGS) $(FUZZ_SECONDS)

# An interactive root shell in the emulated machine, xlhv loaded; Ctrl-^ leaves at once, whatever
# runs there (Ctrl-] is for the console of a domain).
# make vm KERNEL=6.12-cloud CPUS=2 MODEL=tigerlake VM_ARGS='--add FILE'
vm: deps
	@selftests/vm/run --interactive --kernel '$(KERNEL)' \
		$(if $(CPUS),--cpus '$(CPUS)') $(if $(MEMORY),--memory '$(MEMORY)') \
		$(if $(MODEL),--model '$(MODEL)') $(if $(EMULATOR),--emulator '$(EMULATOR)') \
		$(VM_ARGS) || [ $$? -lt 124 ]

lint: deps
	@scripts/lint

install: all
	@$(if $(NOTE),echo 'make install: no headers of the running kernel; give KDIR=' >&2; exit 1)
	@set -e; ko=$$(scripts/build-module '$(TARGET)'); release=$$(modinfo -F vermagic "$$ko"); \
	to="$(DESTDIR)/lib/modules/$${release%% *}"; \
	install -D -m 644 "$$ko" "$$to/updates/xlhv.ko"; \
	if [ -z '$(DESTDIR)' ]; then PATH=$$PATH:/sbin:/usr/sbin depmod "$${release%% *}"; fi
	@if [ -e tools/xlctl/Makefile ]; then \
		$(MAKE) --no-print-directory -C tools/xlctl install \
			DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)'; fi

# What "make install" with the same DESTDIR and PREFIX has put there.
uninstall:
	@set -e; for dir in '$(DESTDIR)'/lib/modules/*; do \
		[ -e "$$dir/updates/xlhv.ko" ] || continue; \
		rm "$$dir/updates/xlhv.ko"; \
		if [ -z '$(DESTDIR)' ]; then PATH=$$PATH:/sbin:/usr/sbin depmod "$${dir##*/}"; fi; \
	done
	@$(MAKE) --no-print-directory -C tools/xlctl uninstall DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)'

# Packages for Debian 12 and 13, in build/deb.
deb: deps
	@scripts/deb

# Kernels, package lists and folders with a Debian are kept: "rm -r build" takes all.
clean:
	@rm -rf build/module build/xlctl build/deb build/logs build/vm/run build/vm/snapshots
	@if [ -e tools/xlctl/Makefile ]; then $(MAKE) --no-print-directory -C tools/xlctl clean; fi

help:
	@echo 'make           build the module (running kernel, or KDIR=...) and xlctl'
	@echo 'make deps      install the missing packages of packages.txt'
	@echo 'make quick     one kernel, unit tests, lint of what changed, some guests: minutes'
	@echo 'make check     build and test everything that runs without VT-x hardware'
	@echo 'make check-system  Debian on Debian in all combinations, and the harness: over an hour'
	@echo 'make check-strict  in an emulator that forgives nothing: an hour'
	@echo 'make check-debug  under a kernel that checks itself, for a release: hours'
	@echo 'make demo      see it work in the emulated machine'
	@echo 'make fuzz      hypercalls and ioctls by chance for an hour (FUZZ_SECONDS=... FUZZ_ARGS=)'
	@echo 'make bench     measure, with a table of the figures (WHAT=micro ...)'
	@echo 'make vm        root shell in the emulated machine; Ctrl-^ leaves (KERNEL= CPUS='
	@echo '               MEMORY= MODEL= EMULATOR= VM_ARGS=)'
	@echo 'make coverage  which branches of the module the guest tests run'
	@echo 'make lint      style and static checks'
	@echo 'make install   module, xlctl, manual pages, completion (DESTDIR= PREFIX=)'
	@echo 'make uninstall remove what make install has put there'
	@echo 'make deb       packages for Debian in build/deb: xlhv-dkms, xlctl'
	@echo 'make clean     remove what was built; downloaded kernels stay'
	@echo 'W=1 C=1 V=1 go to the kernel build; scripts/build-module NAME builds for a'
	@echo 'test kernel, selftests/vm/run COMMAND runs one command in the machine.'

.PHONY: all module xlctl deps check quick check-system check-strict check-debug demo coverage bench fuzz vm lint install \
	uninstall deb clean help
