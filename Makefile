# nixe: make, make demo, make figures (fig1 ... fig7), make equilibrium, make reproduce, make beyond, make test,
# make test-claims, make test-compilers, make test-containers, make test-faults, make test-many, make test-nodes, make test-slurm,
# make test-systems, make test-tools, make debug, make install PREFIX=..., make docs, make clean
#
# What you may set, on the command line or in the environment:
CC ?= mpicc
ifeq ($(origin CC),default)
CC = mpicc
endif
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
# Interpreter with h5py, numpy, yaml, scipy and matplotlib; found by itself where it is python3 or /usr/bin/python3.
PYTHON ?= $(firstword $(foreach p,python3 /usr/bin/python3,$(shell $(p) -c 'import h5py, numpy, yaml' 2>/dev/null && echo $(p))))
# How parallel programs are started here, and on how many ranks the demonstration runs.
MPIRUN ?= mpirun
RANKS ?= $(shell getconf _NPROCESSORS_ONLN)
# Where libraries are, if pkg-config does not know: PETSC_DIR (with PETSC_ARCH), SLEPC_DIR, HDF5_DIR.
# BLAS: how it is linked, if PETSc and pkg-config do not know; nothing (BLAS=) where the compiler brings it.
# WERROR=1 makes errors of warnings; V=1 shows the commands of the compiler.
# ---------------------------------------------------------------------------------------------------------------------
.DELETE_ON_ERROR:
BUILD ?= build

ask = CC="$(CC)" PETSC_DIR="$(PETSC_DIR)" PETSC_ARCH="$(PETSC_ARCH)" SLEPC_DIR="$(SLEPC_DIR)" HDF5_DIR="$(HDF5_DIR)" \
    $(if $(filter undefined,$(origin BLAS)),,BLAS="$(BLAS)") sh tools/developer/libraries.sh
library_flags := $(shell $(ask) flags)
libraries := $(shell $(ask) libraries)

warnings := -Wall -Wextra -Wpedantic -Wshadow -Wconversion $(if $(WERROR),-Werror)
flags = -std=c11 -D_DEFAULT_SOURCE $(warnings) -Iinclude -I$(BUILD)/include $(library_flags) $(CPPFLAGS)
# The hot loops: vectorised, with fused multiply-add; never linked with -ffast-math.
hot_loop_flags := -O3 -fopenmp-simd -ffp-contract=fast -fno-math-errno -fno-trapping-math

sources := $(wildcard src/*.c src/*/*.c)
objects := $(sources:src/%.c=$(BUILD)/%.o)
library := $(filter-out $(BUILD)/main.o,$(objects))
unit_tests := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*/test_*.c))
fuzzers := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*/fuzz_*.c))

# As root, as in containers, Open MPI wants to be told twice; it counts cores, and processors may be more (the two lines
# are for its versions 4 and 5); and one rank a core needs no threads.
export OMPI_ALLOW_RUN_AS_ROOT = 1
export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM = 1
export OMPI_MCA_rmaps_base_oversubscribe = 1
export PRTE_MCA_rmaps_default_mapping_policy = :oversubscribe
export OPENBLAS_NUM_THREADS = 1

paper_figures := fig1 fig2 fig3 fig4 fig5 fig6 fig7
Q := $(if $(V),,@)
say = @$(if $(V),:,$(if $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),:,echo "$(1)"))
.PHONY: all bench beyond demo equilibrium figures $(paper_figures) reproduce test soak test-algorithms test-claims test-compilers test-containers test-faults test-many test-nodes test-slurm test-systems \
    test-tools unit-tests fuzz fuzzers validate debug install docs clean force
all: $(BUILD)/nixe

$(BUILD)/nixe: $(objects)
	$(call say,link $@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(libraries)

$(BUILD)/%.o: src/%.c $(BUILD)/include/nixe/version.h
	@mkdir -p $(@D)
	$(call say,compile $<)
	$(Q)$(CC) $(flags) $(CFLAGS) $(file_flags) -MMD -MP -c -o $@ $<

$(addprefix $(BUILD)/,sampling/hot_loops.o sampling/fixed_loops.o sampling/weights.o sampling/lazy_loops.o \
    $(addprefix elasticity/,strain.o displacement.o blocks.o response.o adapted.o)): file_flags = $(hot_loop_flags)

# The version and the commit, which git knows in a clone, and tools/packaging/commit in an archive by `git archive`; a copy of
# neither kind has none, even inside a repository of something else. (safe.directory: under sudo the clone is somebody else's.)
# Touched only when they change.
commit = { [ -e .git ] && git -c safe.directory='*' describe --always --dirty --abbrev=12 2>/dev/null; } || \
    sed -n 's/^\([0-9a-f]\{12\}\).*/\1/p' tools/packaging/commit | grep . || echo unknown
$(BUILD)/include/nixe/version.h: force
	@mkdir -p $(@D)
	@new=$@.$$$$ && { echo '/* Made by the Makefile. */'; \
	  echo "#define NIXE_VERSION \"$$(cat VERSION)\""; \
	  echo "#define NIXE_COMMIT \"$$($(commit))\""; } > $$new && { cmp -s $$new $@ && rm $$new || mv $$new $@; }

# The ensemble of the paper's Fig. 3(d): 100 trajectories of the elastic model, N = 721, and its picture.
demo: all
	$(MPIRUN) -n $(RANKS) $(BUILD)/nixe kmc -input input/kmc_2d_elastic.yaml -output_file $(BUILD)/demo.h5 -output_overwrite
	$(PYTHON) -B tools/plot.py $(BUILD)/demo.h5 -o $(BUILD)/demo.png
	@echo "the picture: $(BUILD)/demo.png"

# The figures of the paper at its full length, in build/figures; what is complete there is kept. ONLY="4 5": these alone, as
# does make fig4. QUICK=1: everything reduced, in build/figures-quick. OPTIONS="...": more options of nixe; OUT: the folder.
figures $(paper_figures): all
	$(PYTHON) -B tools/make_figures.py $(or $(patsubst fig%,%,$(filter-out figures,$@)),$(ONLY)) \
	    $(if $(filter-out 0,$(QUICK)),--quick) $(if $(OUT),--out "$(OUT)") --options "$(OPTIONS)" \
	    --nixe $(BUILD)/nixe --mpirun "$(MPIRUN)" --ranks $(RANKS)

# Transitions whose temperatures or heights are known, measured and drawn in build/equilibrium: docs/equilibrium_checks.md.
# ONLY="binder barrier", QUICK=1, OPTIONS="...", OUT: as above.
equilibrium: all
	$(PYTHON) -B tools/equilibrium_checks.py $(ONLY) $(if $(filter-out 0,$(QUICK)),--quick) $(if $(OUT),--out "$(OUT)") \
	    --options "$(OPTIONS)" --nixe $(BUILD)/nixe --mpirun "$(MPIRUN)" --ranks $(RANKS)

# What the paper claims, measured number by number, and the page of it; with beyond, what the paper did not compute, a page a
# subject. ONLY="2a-decay 4b-starts", ONLY="rods bulk": these alone; PAGE=docs/reproduction.md, or of beyond PAGE=docs: where pages
# go (default: beside the files); QUICK=1, OPTIONS="...", OUT: as above.
reproduce beyond: all
	$(PYTHON) -B tools/$(if $(filter beyond,$@),explore,reproduce).py $(ONLY) $(if $(filter-out 0,$(QUICK)),--quick) \
	    $(if $(PAGE),--page "$(PAGE)") $(if $(OUT),--out "$(OUT)") --options "$(OPTIONS)" --nixe $(BUILD)/nixe \
	    --mpirun "$(MPIRUN)" --ranks $(RANKS)

$(BUILD)/tests/%: tests/unit/%.c $(library)
	@mkdir -p $(@D)
	$(call say,compile $<)
	$(Q)$(CC) $(flags) -Itests $(CFLAGS) -MMD -MP -o $@ $< $(library) $(libraries) -lcmocka

unit-tests: $(unit_tests)

# Programs that mutate what nixe reads and watch the outcome: PROGRAM COUNT SEED.
fuzzers: $(fuzzers)

test: all unit-tests $(BUILD)/make_docs
	BUILD=$(BUILD) MPIRUN="$(MPIRUN)" PYTHON="$(PYTHON)" sh tests/run.sh

# Stops, kills, failing calls and damage: five minutes on two cores, which `make test` leaves out.
test-faults: all
	BUILD=$(BUILD) MPIRUN="$(MPIRUN)" PYTHON="$(PYTHON)" sh tests/run.sh tests/faults

# The scripts of jobs/ on a Slurm that it installs and starts for itself; not part of `make test`.
test-slurm: all
	BUILD="$(BUILD)" PYTHON="$(PYTHON)" bash tests/slurm.sh

# The claims of the paper from reduced runs, and falsified files that turn their verdicts; not part of `make test`.
test-claims: all
	BUILD="$(BUILD)" MPIRUN="$(MPIRUN)" PYTHON="$(PYTHON)" sh tests/claims.sh

# The build with other compilers: gcc 11 and clang. Not part of `make test`, nor are the others.
test-compilers:
	bash tests/compilers.sh

# 64 ranks on this machine: some three minutes on two cores.
test-many: all
	BUILD="$(BUILD)" MPIRUN="$(MPIRUN)" PYTHON="$(PYTHON)" sh tests/many.sh

# Two nodes emulated on this one, over tcp and over UCX.
test-nodes: all
	BUILD="$(BUILD)" PYTHON="$(PYTHON)" bash tests/nodes.sh

# The containers of tools/packaging, built by buildah and run (CONTAINER="Containerfile Containerfile.mpich" for both).
test-containers:
	bash tests/containers.sh

# Set-up and all tests in fresh roots of other systems (SYSTEM="bookworm trixie-64 bookworm-mpich"; trixie, if nothing is said),
# for which this has to be root.
test-systems:
	bash tests/systems.sh

# The Python tools beside other programs: readers, a browser, notebooks. It installs these; not part of `make test`.
test-tools: all
	BUILD=$(BUILD) MPIRUN="$(MPIRUN)" PYTHON="$(PYTHON)" sh tests/tools.sh

# Kills nixe at random moments and counts what was lost: docs/robustness.md. KILLS=60 SEED=2 for other runs.
KILLS ?= 200
SEED ?= 1
soak: all
	NIXE="$(abspath $(BUILD))/nixe" MPIRUN="$(MPIRUN)" PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tests/faults/soak.py --kills $(KILLS) --seed $(SEED)

# The lazy algorithm beside the eager one, trajectories by the thousand; some 20 minutes on two cores.
test-algorithms: all
	NIXE="$(abspath $(BUILD))/nixe" MPIRUN="$(MPIRUN)" PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tests/physics/algorithms.py

# Odd options and YAML texts, damaged files and checkpoints, calls that fail, all in the sanitizer build; about half an hour
# (docs/robustness.md). SEED=2 for others, FUZZED="--files 200 --checkpoints 30 --calls 30" for fewer.
TEXTS ?= 100000
FUZZED ?=
fuzz: debug
	build-debug/tests/options/fuzz_options $(TEXTS) $(SEED)
	NIXE="$(abspath build-debug)/nixe" MPIRUN="$(MPIRUN)" PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tests/faults/fuzz_files.py --seed $(SEED) --keep build-debug/fuzz $(FUZZED)

# All that is proven of nixe, one after another; hours. CI runs all but the last five.
validate:
	for proof in test test-faults test-claims test-slurm test-tools test-compilers test-nodes test-systems test-many test-algorithms test-containers soak fuzz; do $(MAKE) $$proof || exit 1; done

# The same program with the address and undefined-behaviour sanitizers, in build-debug.
debug:
	$(MAKE) BUILD=build-debug CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined" all unit-tests fuzzers build-debug/make_docs

# The program, the tools as commands such as nixe-plot, pages for man, completion for bash; input/, jobs/ and docs/ in share/nixe.
install: all $(BUILD)/make_docs
	$(Q)BUILD="$(BUILD)" DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" PYTHON="$(PYTHON)" sh tools/packaging/install.sh
	@echo "installed in $(DESTDIR)$(PREFIX)"

# The pages of the documentation that come from the program's own tables.
$(BUILD)/make_docs: $(addprefix tools/developer/,make_docs.c manual.c manual.h) $(library)
	$(call say,link $@)
	$(Q)$(CC) $(flags) $(CFLAGS) -o $@ $(filter %.c,$^) $(library) $(libraries)
docs: $(BUILD)/make_docs
	$(BUILD)/make_docs options > docs/options.md
	$(BUILD)/make_docs format > docs/format.md

# Speed beside a baseline, in one run on one core; with OLD=../old/build beside that build, in pairs. MARKDOWN=1: a table for a
# page; ONLY="kmc-721 run-721" and PAIRS=9: these alone, in so many pairs.
$(BUILD)/bench: $(wildcard tools/developer/bench*.c) tools/developer/bench.h $(library)
	$(CC) $(flags) $(CFLAGS) $(hot_loop_flags) -o $@ $(filter %.c,$^) $(library) $(libraries)
bench: $(BUILD)/bench $(if $(OLD)$(MARKDOWN),all)
	$(if $(MARKDOWN),MPIRUN="$(MPIRUN)" $(PYTHON) -B tools/performance.py $(BUILD) \
	    $(if $(OLD),--old "$(OLD)" $(if $(ONLY),--only $(ONLY))) $(if $(LARGE),--large $(LARGE)),\
	$(if $(OLD),MPIRUN="$(MPIRUN)" $(PYTHON) -B tools/bench_compare.py "$(OLD)" "$(BUILD)" \
	    $(if $(ONLY),--only $(ONLY)) $(if $(PAIRS),--pairs $(PAIRS)),$(BUILD)/bench))

clean:
	rm -rf build build-debug

-include $(wildcard $(BUILD)/*.d $(BUILD)/*/*.d $(BUILD)/tests/*/*.d)
