# Timepost. `make` alone explains the targets.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test test-fast bench soak day hostile networks monkey simulate torture freeze vm pictures build man lint fmt fuzz clean tools deb deb-test repo deps-build deps-run deps-test

# The touchscreen is built for X11, with Fyne's new threading rules, calm.
TAGS    := x11,migrated_fynedo,no_animations
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GOBUILD := go build -trimpath -buildvcs=auto -tags "$(TAGS)" -ldflags "-X main.version=$(VERSION)"

# Linters run at these versions and are not installed.
GOFUMPT     := mvdan.cc/gofumpt@v0.12.0
PEBBLE      := github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.1
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
# So does what writes Debian packages.
NFPM        := github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.4

# Debian packages: what the build needs, what a run adds, what the tests add.
BUILD_DEPS := gcc libc6-dev pkg-config libgl1-mesa-dev libx11-dev libxrandr-dev \
	libxxf86vm-dev libxi-dev libxcursor-dev libxinerama-dev
RUN_DEPS   := $(BUILD_DEPS) xvfb libgl1-mesa-dri xdotool imagemagick
TEST_DEPS  := $(RUN_DEPS) mosquitto chromium x11-apps python3-aiosmtpd fonts-noto-core fonts-noto-cjk \
	zsh fish man-db groff-base bsdutils iproute2 nftables procps dbus-daemon e2fsprogs systemd dpkg-dev
DEB_DEPS   := $(BUILD_DEPS) dpkg-dev
CROSS_DEPS := gcc-aarch64-linux-gnu g++-aarch64-linux-gnu libc6-dev-arm64-cross $(patsubst %,%:arm64,$(filter lib%-dev,$(filter-out libc6-dev,$(BUILD_DEPS))))
VM_DEPS    := qemu-system-x86 qemu-utils mmdebstrap e2fsprogs

DEBS = TAGS="$(TAGS)" NFPM="go run $(NFPM)" $(if $(filter command%,$(origin VERSION)),VERSION=$(VERSION))

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: deps-run build ## Show everything on this machine: central, a kiosk and its screen (ARGS="--headless ...")
	@exec bin/fleet demo $(ARGS)

test: deps-test build ## Check and test everything; the log is build/test.log
	@TAGS="$(TAGS)" scripts/test

test-fast: deps-build ## Vet and test without the programs as a whole (PKG=./store/... for a part)
	@go vet -tags "$(TAGS)" $(or $(PKG),./...)
	@go test -tags "$(TAGS)" $(or $(PKG),$$(go list -tags "$(TAGS)" ./... | grep -v /e2e))

bench: deps-test build ## Measure against bare baselines and write docs/BENCHMARKS.md (ARGS="-only drain")
	go run -tags "$(TAGS)" ./bench $(ARGS)

soak: deps-build ## Leave a kiosk with 500 people alone for 30 days of simulated time, let it send everything, compare; and months of sending
	go run -tags "$(TAGS)" ./bench -only soak
	go run -tags "$(TAGS)" ./bench -only keep

vm: deps-test build ## Run what needs a machine that can be unplugged: a Debian guest under QEMU (RUN=Cut for a part)
	@scripts/deps vm $(VM_DEPS) && scripts/guest
	CGO_ENABLED=0 go build -trimpath -o bin/ ./e2e/vm/agent ./e2e/vm/puncher
	TIMEPOST_VM=1 go test -v -count=1 -timeout 60m -tags "$(TAGS)" -run "$(RUN)" ./e2e/vm

pictures: deps-build ## Draw every screen of the touchscreen, and contact sheets, into build/pictures (SPOKEN=de)
	@mkdir -p build/pictures
	TIMEPOST_PICTURES=$(CURDIR)/build/pictures TIMEPOST_PICTURES_LANG=$(SPOKEN) go test ./ui -count=1 -timeout 30m -run TestPictures
	@ls build/pictures/sheet-*

day: deps-test build ## Touch the real screen 10,000 times, kill it 50 times, hold 300 cards to it (TOUCHES= KILLS= CARDS=)
	TIMEPOST_TOUCHES=$(or $(TOUCHES),10000) TIMEPOST_KILLS=$(or $(KILLS),50) TIMEPOST_CARDS=$(or $(CARDS),300) \
		go test -v -count=1 -timeout 4h -tags "$(TAGS)" -run 'TestADay$$|TestTheScreenIsKilled|TestCardsPunch' ./e2e

hostile: deps-test build ## Let a kiosk with a valid certificate do its worst: 1 GB of junk, 10,000 connects, lies; watch the others
	TIMEPOST_SIEGE=1 go test -v -count=1 -timeout 30m -tags "$(TAGS)" -run 'TestOneHostileKiosk' ./e2e

networks: deps-test build ## Kiosk, broker and central in networks of their own (namespaces), and every way in which those fail; as root
	TIMEPOST_NETWORKS=1 go test -v -count=1 -timeout 30m -parallel 12 -tags "$(TAGS)" -run 'TestNetworks' ./e2e

monkey: deps-test build ## Touch all screens at random, and the real one (SEED=7 repeats a run; STEPS=100000 REAL=1200)
	TIMEPOST_SEED=$(or $(SEED),$(shell date +%s)) TIMEPOST_STEPS=$(or $(STEPS),100000) TIMEPOST_REAL_STEPS=$(or $(REAL),1200) \
		go test -v -count=1 -timeout 2h -tags "$(TAGS)" -run 'TestMonkey$$|TestMonkeyAtTheRealScreen' ./ui ./e2e

simulate: ## Step whole fleets through a million troubles, promises checked after each (SEED=7 SEEDS=1 STEPS=5000 repeats a run)
	TIMEPOST_SEED=$(or $(SEED),1) TIMEPOST_SEEDS=$(or $(SEEDS),200) TIMEPOST_STEPS=$(or $(STEPS),5000) \
		go test -v -count=1 -timeout 2h -run 'TestSimulation$$|TestPromisesBite' ./e2e/simulate

freeze: ## Keep a fleet's databases as these programs leave them, for those that come after (NAME=1.0.0), see CONTRIBUTING.md
	@test -n "$(NAME)" || { echo "make freeze NAME=1.0.0: a name is missing"; exit 2; }
	TIMEPOST_SEED=8 TIMEPOST_FREEZE=$(CURDIR)/e2e/simulate/testdata/frozen/$(NAME) go test -count=1 -run 'TestFreeze$$' ./e2e/simulate

torture: deps-test build ## Cut the power 500 times in a model of a disk and on ext4, as root, and 20 times of a guest (SEED=7 CUTS=500 GUEST=20)
	TIMEPOST_SEED=$(or $(SEED),1) TIMEPOST_CUTS=$(or $(CUTS),500) \
		go test -v -count=1 -timeout 1h -tags "$(TAGS)" -run 'TestPowerCuts' ./store/devicedb ./e2e/torture
	TIMEPOST_CUTS=$(or $(GUEST),20) $(MAKE) vm RUN='TestWhatWasShown'

build: deps-build ## Build kioskd, kiosk, central and fleet into bin/
	@mkdir -p bin
	$(GOBUILD) -o bin/ ./cmd/...

man: build ## Write the man pages into build/man, from the same words as --help
	@mkdir -p build/man
	bin/fleet manual > build/man/fleet.1
	bin/kioskd manual > build/man/kioskd.8
	bin/central manual > build/man/central.8

deb: ## Build the Debian packages into build/deb (ARCH=arm64 for another machine, VERSION=1.2.3), see docs/PACKAGES.md
	@scripts/deps deb $(DEB_DEPS) $(if $(filter arm64,$(ARCH)),$(CROSS_DEPS))
	@$(DEBS) scripts/deb $(ARCH)

deb-test: ## Install, upgrade, downgrade and purge the packages in a fresh Debian, as root; run what is in them; lintian
	@scripts/deps deb-test $(DEB_DEPS) mmdebstrap lintian apt-utils gpg gpg-agent python3-minimal
	@$(DEBS) scripts/deb-test

repo: ## Make a signed apt repository of build/deb in build/repo, or add to it (KEY=...), see docs/PACKAGES.md
	@scripts/deps repo apt-utils gpg gpg-agent
	@KEY="$(KEY)" scripts/repo

lint: deps-build ## Check the formatting strictly, vet, run staticcheck, look for a stale go.mod
	@unformatted=$$(go run $(GOFUMPT) -l .); \
	if [ -n "$$unformatted" ]; then echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; fi
	go vet -tags "$(TAGS)" ./...
	go run $(STATICCHECK) -tags "$(TAGS)" ./...
	go mod tidy -diff

fmt: ## Format all Go files
	go run $(GOFUMPT) -l -w .

fuzz: deps-build ## Fuzz every decoder for a short while (TIME=20s)
	@scripts/fuzz "$(or $(TIME),10s)"

clean: ## Remove what build and test left behind; the demo's data in .timepost stays
	rm -rf bin build

tools: ## Fetch the linters, and look for known vulnerabilities (needs the network)
	go run $(GOFUMPT) -version
	go run $(STATICCHECK) -version
	go run $(GOVULNCHECK) -tags "$(TAGS)" ./...

deps-build:
	@scripts/deps build $(BUILD_DEPS)

deps-run:
	@scripts/deps run $(RUN_DEPS)

deps-test: build/tools/pebble
	@scripts/deps test $(TEST_DEPS)

# An authority for certificates as Let's Encrypt runs one, to be tested against.
build/tools/pebble:
	GOBIN=$(CURDIR)/build/tools go install $(PEBBLE)
