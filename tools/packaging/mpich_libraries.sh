#!/bin/sh
# PETSc and SLEPc for MPICH on Debian, whose packages of them are for Open MPI:
#     sh tools/packaging/mpich_libraries.sh FOLDER [SOURCES]
# It installs MPICH, HDF5 for it and BLAS as packages, for which this has to be root, and puts the two libraries into FOLDER:
# the PETSC_DIR and SLEPC_DIR for the build of nixe. Their sources are Debian's, or archives petsc*.tar.* and slepc*.tar.* in
# SOURCES. Without Fortran there is no MUMPS: PETSc's own Cholesky does its work. It takes ten minutes of a core.
# Containerfile.mpich and tests/systems.sh call it.
set -eu
[ $# -eq 1 ] || [ $# -eq 2 ] || {
    echo 'usage: sh tools/packaging/mpich_libraries.sh FOLDER [SOURCES]' >&2
    exit 2
}
folder=$(mkdir -p "$1" && cd "$1" && pwd) sources=${2:+$(cd "$2" && pwd)}
jobs=$(getconf _NPROCESSORS_ONLN)
lists=/etc/apt/sources.list.d
export DEBIAN_FRONTEND=noninteractive

# list_sources: sources beside packages, whichever way this Debian lists them.
list_sources() {
    for list in /etc/apt/sources.list "$lists"/*.list; do
        [ ! -f "$list" ] || sed -n 's/^deb /deb-src /p' "$list"
    done >/tmp/nixe-sources
    mv /tmp/nixe-sources "$lists/nixe-sources.list"
    for list in "$lists"/*.sources; do
        [ ! -f "$list" ] || sed -i 's/^Types: deb$/Types: deb deb-src/' "$list"
    done
    apt-get -qq update
}

# unpack NAME: its source becomes the folder NAME.
unpack() {
    archive=$(find "${sources:-/nowhere}" -maxdepth 1 -name "$1*.tar.*" 2>/dev/null | sort | tail -n 1)
    if [ -z "$archive" ]; then
        [ -f "$lists/nixe-sources.list" ] || list_sources
        apt-get -qq --download-only --only-source source "$1"
        archive=$(find "$PWD" -name "${1}_*.orig.tar.*")
    fi
    mkdir "$1" && tar -xf "$archive" --strip-components=1 --directory="$1"
}

apt-get -qq update
apt-get -qq install --no-install-recommends gcc make pkg-config libc6-dev mpich libmpich-dev libhdf5-mpich-dev libopenblas-dev \
    python3 xz-utils
work=$(mktemp -d)
trap 'rm -rf "$work" "$lists/nixe-sources.list"' EXIT
cd "$work"
unpack petsc
unpack slepc
export PETSC_DIR="$folder"
unset PETSC_ARCH SLEPC_DIR || true
(
    cd petsc
    PETSC_DIR=$PWD ./configure --prefix="$folder" --with-cc=mpicc.mpich --with-cxx=0 --with-fc=0 --with-debugging=0 --with-x=0 \
        --with-ssl=0 --with-mpiexec=mpiexec.mpich --with-blaslapack-lib=-lopenblas COPTFLAGS=-O2
    arch=$(sed -n 's/^PETSC_ARCH=//p' lib/petsc/conf/petscvariables)
    make PETSC_DIR="$PWD" PETSC_ARCH="$arch" MAKE_NP="$jobs" all
    make PETSC_DIR="$PWD" PETSC_ARCH="$arch" install
)
(
    cd slepc
    ./configure --prefix="$folder"
    make SLEPC_DIR="$PWD" MAKE_NP="$jobs"
    make SLEPC_DIR="$PWD" install
)
rm -rf "${folder:?}/share"
