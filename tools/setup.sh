#!/bin/sh
# Provides what nixe needs, builds it, and runs the demonstration or the tests:
#     sh tools/setup.sh build | demo | test
# On Debian and Ubuntu missing packages are installed (as root, or through sudo). Elsewhere, a
# cluster for example, the libraries have to be there, from modules or from your own builds.
set -eu

# Open MPI, parallel HDF5, PETSc and SLEPc; then the small libraries; then Python for the tools.
packages='gcc make pkg-config libc6-dev
    libopenmpi-dev openmpi-bin libhdf5-openmpi-dev hdf5-tools petsc-dev slepc-dev libopenblas-dev libfftw3-dev
    librandom123-dev libyaml-dev libcmocka-dev
    python3-h5py python3-numpy python3-scipy python3-matplotlib python3-yaml python3-pytest
    python3-pymbar python3-pytest-xdist'

say() {
    printf 'setup: %s\n' "$*" >&2
}

# Prints the packages of the list that are not installed.
missing_packages() {
    for package in $packages; do
        status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) || status=none
        [ "$status" = 'install ok installed' ] || printf '%s ' "$package"
    done
}

# Installs what is missing, where that is allowed; elsewhere it only sets `missing`, since the libraries may be there by other
# means: check_tools decides.
install_packages() {
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -eq 0 ]; then
        become=''
    elif command -v sudo >/dev/null; then
        become='sudo'
    else
        return 0
    fi
    say "installing $missing"
    # shellcheck disable=SC2086  # $missing is a list
    if ! $become apt-get -qq update ||
        ! $become env DEBIAN_FRONTEND=noninteractive \
            apt-get -qq install --no-install-recommends $missing >/dev/null; then
        say "apt-get could not install them; see above. $(for_administrator)"
        exit 1
    fi
}

# What to hand to somebody who is root.
for_administrator() {
    printf 'As root, this does:\n  apt-get install --no-install-recommends %s' "$missing"
}

# has_mpi: does the compiler find MPI?
has_mpi() {
    # shellcheck disable=SC2086  # the compiler and its flags are lists
    printf '#include <mpi.h>\n' | $compiler ${CPPFLAGS:-} $flags -E - >/dev/null 2>&1
}

# has_header FILE: is it where compilers look, with what the build will tell them? Of one that includes others, such as mpi.h,
# these are not asked for, so that all that is absent is found at once.
has_header() {
    # shellcheck disable=SC2086
    printf '#if !__has_include(<%s>)\n#error\n#endif\n' "$1" | $looker ${CPPFLAGS:-} $flags -E - >/dev/null 2>&1
}

has_python() {
    for python in ${PYTHON:-} python3 /usr/bin/python3; do
        "$python" -c 'import h5py, matplotlib, numpy, scipy, yaml' 2>/dev/null && return 0
    done
    return 1
}

# check_tools WHAT: stops, naming everything that is absent, unless all that WHAT needs is there. The build needs a compiler
# that knows MPI, whatever its name; what runs needs a launcher, and Python as well.
check_tools() {
    absent=''
    need() {
        absent="$absent
  $*"
    }
    compiler=${CC:-mpicc} looker=${CC:-mpicc}
    flags=$(CC=$compiler sh tools/developer/libraries.sh flags 2>/dev/null)
    command -v make >/dev/null || need 'make'
    has_mpi || {
        need "a C compiler with MPI, which $compiler is not: a module such as openmpi, or CC"
        looker=cc # without one, nothing is found
    }
    has_header petscksp.h || need 'PETSc: PETSC_DIR, or petsc in pkg-config'
    has_header slepceps.h || need 'SLEPc: SLEPC_DIR, or slepc in pkg-config'
    has_header hdf5.h || need 'parallel HDF5: HDF5_DIR, or hdf5 in pkg-config'
    has_header Random123/philox.h || need 'Random123: its include folder in CPATH'
    has_header fftw3.h || need 'FFTW: a module such as fftw, or its include folder in CPATH'
    has_header yaml.h || need 'libyaml: its include folder in CPATH'
    if [ "$1" != build ]; then
        # shellcheck disable=SC2086  # a program and its arguments
        set -- ${MPIRUN:-mpirun}
        command -v "$1" >/dev/null || need "$1, or MPIRUN, to start parallel programs"
        has_python || need 'Python 3 with h5py, numpy, scipy, matplotlib and PyYAML: PYTHON names the interpreter'
    fi
    [ -z "$absent" ] || {
        say "please provide the following, and start again:$absent"
        [ -z "$missing" ] || say "on this system they are packages, which only root can install. $(for_administrator)"
        exit 1
    }
}

case "$#:${1:-}" in
1:build | 1:demo | 1:test) ;;
*)
    echo 'usage: sh tools/setup.sh build | demo | test' >&2
    exit 2
    ;;
esac

cd "$(dirname "$0")/.."
missing=''
if command -v apt-get >/dev/null; then
    install_packages
fi
check_tools "$1"
make -j"$(getconf _NPROCESSORS_ONLN)"
if [ "$1" = build ]; then
    say 'built build/nixe. Next: docs/quickstart.md'
else
    make "$1"
fi
