#!/bin/sh
# What tests/systems.sh does in the fresh root of another Debian, in the folder of the sources:
#     sh tests/helpers/other_system.sh plain | 64 | mpich | libraries
# plain: what a newcomer does. 64: the PETSc and SLEPc of Debian whose integers have 64 bits. mpich: MPICH instead of Open MPI, with
# the libraries that `libraries` has built in /opt/nixe-libraries, from /root/sources where there is such a folder; there,
# yielding.c is loaded into every program.
set -eu

# install WITHOUT [PACKAGE]...: the packages of tools/setup.sh, but for those that match the pattern, and these.
install() {
    eval "$(sed -n "/^packages='/,/'\$/p" tools/setup.sh)"
    # shellcheck disable=SC2086,SC2154 # packages, a list, is of the line above
    wanted=$(printf '%s\n' $packages | grep -vE "$1")
    shift
    apt-get -qq update
    # shellcheck disable=SC2086 # a list
    DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends $wanted "$@" >/dev/null
}

build_and_test() {
    make -j"$(getconf _NPROCESSORS_ONLN)" || return
    make --keep-going test test-faults
}

# The environment for Python, by the lines of the page.
install_by_pip() {
    lines=$(sed -n '/^apt-get install python3-venv/,/^```$/p' docs/analysis.md | sed 's/apt-get install/apt-get -qq -y install/; /^```/d')
    if sh -ec "$lines" >/dev/null && (cd / && ~/nixe-python/bin/python -c 'import nixe, nixe_file'); then
        echo '1 passed, 0 failed'
    else
        echo 'install_by_pip: the lines of docs/analysis.md do not make an environment'
        echo '0 passed, 1 failed'
        return 1
    fi
}

tell_versions() {
    printf 'Debian %s\n' "$(cat /etc/debian_version)"
    mpicc --version | head -n 1
    build/nixe --version
}

status=0
case $1 in
plain)
    sh tools/setup.sh test || status=$?
    make test-faults || status=$?
    install_by_pip || status=$?
    ;;
64)
    install '^(petsc|slepc)-dev$' petsc64-dev slepc64-dev
    PKG_CONFIG_PATH=/usr/lib/petsc64/lib/pkgconfig:/usr/lib/slepc64/lib/pkgconfig
    export PKG_CONFIG_PATH
    build_and_test || status=$?
    ;;
mpich)
    install '^(petsc|slepc)-dev$|openmpi' mpich libmpich-dev libhdf5-mpich-dev
    export PETSC_DIR=/opt/nixe-libraries SLEPC_DIR=/opt/nixe-libraries
    cc -shared -fPIC -O1 -o /usr/local/lib/yielding.so tests/helpers/yielding.c
    echo /usr/local/lib/yielding.so >/etc/ld.so.preload
    build_and_test || status=$?
    ;;
libraries)
    sources=''
    [ ! -d /root/sources ] || sources=/root/sources
    # shellcheck disable=SC2086 # one word or none
    exec sh tools/packaging/mpich_libraries.sh /opt/nixe-libraries $sources
    ;;
esac
[ ! -x build/nixe ] || tell_versions
exit "$status"
