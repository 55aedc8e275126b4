#!/bin/sh
# Provides what nixe needs, builds it, and runs the demonstration or the tests:
#     sh tools/setup.sh build | demo | test
# On Debian and Ubuntu missing packages are installed (as root, or through sudo). Elsewhere, a
# cluster for example, the libraries have to be there, from modules or from your own builds.
set -eu

# Open MPI, parallel HDF5, PETSc and SLEPc; then the small libraries; then Python for the tools.
packages='gcc make pkg-config libc6-dev
    libopenmpi-dev openmpi-bin libhdf5-openmpi-dev hdf5-tools petsc-dev slepc-dev libopenblas-dev
    librandom123-dev libyaml-dev libcmocka-dev
    python3-h5py python3-numpy python3-scipy python3-matplotlib python3-yaml python3-pytest'

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

install_packages() {
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -eq 0 ]; then
        become=''
    elif command -v sudo >/dev/null; then
        become='sudo'
    else
        say "not installed, and only root can: $missing"
        return 0 # the libraries may be there by other means: check_tools decides
    fi
    say "installing $missing"
    # shellcheck disable=SC2086  # $missing is a list
    if ! $become apt-get -qq update ||
        ! $become env DEBIAN_FRONTEND=noninteractive \
            apt-get -qq install --no-install-recommends $missing >/dev/null; then
        say 'apt-get could not install them; see above.'
        exit 1
    fi
}

# has_library VARIABLE MODULE...: is a root folder or a module of pkg-config known?
has_library() {
    eval "folder=\${$1:-}"
    shift
    [ -z "$folder" ] || return 0
    for module in "$@"; do
        pkg-config --exists "$module" 2>/dev/null && return 0
    done
    return 1
}

# has_header FILE: does the compiler find it?
has_header() {
    # shellcheck disable=SC2086  # flags are a list
    printf '#include <%s>\n' "$1" | mpicc ${CPPFLAGS:-} -E - >/dev/null 2>&1
}

has_python() {
    for python in ${PYTHON:-} python3 /usr/bin/python3; do
        "$python" -c 'import h5py, matplotlib, numpy, scipy' 2>/dev/null && return 0
    done
    return 1
}

# Stops, naming everything that is absent, unless all that the build needs is there.
check_tools() {
    absent=''
    need() {
        absent="$absent
  $*"
    }
    command -v make >/dev/null || need 'make'
    command -v mpicc >/dev/null || need 'mpicc and mpirun: a module such as openmpi'
    has_library PETSC_DIR petsc PETSc || need 'PETSc: PETSC_DIR, or petsc in pkg-config'
    has_library SLEPC_DIR slepc SLEPc || need 'SLEPc: SLEPC_DIR, or slepc in pkg-config'
    has_library HDF5_DIR hdf5-openmpi hdf5-mpich hdf5 ||
        need 'parallel HDF5: HDF5_DIR, or hdf5 in pkg-config'
    if command -v mpicc >/dev/null; then
        has_header Random123/philox.h || need 'Random123: its include folder in CPATH'
        has_header yaml.h || need 'libyaml: its include folder in CPATH'
    fi
    has_python || need 'Python 3 with h5py, numpy, scipy and matplotlib: PYTHON names the interpreter'
    [ -z "$absent" ] || {
        say "please provide the following, and start again:$absent"
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
if command -v apt-get >/dev/null; then
    install_packages
fi
check_tools
make -j"$(getconf _NPROCESSORS_ONLN)"
if [ "$1" = build ]; then
    say 'built build/nixe. Next: docs/quickstart.md'
else
    make "$1"
fi
