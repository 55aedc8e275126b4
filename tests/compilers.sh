#!/usr/bin/env bash
# Builds with other compilers than the one of mpicc, errors made of warnings, and runs the unit tests and one small ensemble with
# what they built: `make test-compilers` calls it. COMPILERS names them; where they are missing they are installed (Debian and
# Ubuntu, as root). The last line is always `N passed, N failed`.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# check NAME COMMAND...: one test.
check() {
    local name=$1
    shift
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        printf 'compilers: passed: %s\n' "$name"
    else
        failed=$((failed + 1))
        printf 'compilers: FAILED: %s\n' "$name"
        tail -n 40 "$log" | sed 's/^/    /'
        return 1
    fi
}

builds_with() {
    OMPI_CC=$1 MPICH_CC=$1 make -j"$(getconf _NPROCESSORS_ONLN)" CC=mpicc BUILD="build/$1" WERROR=1 all unit-tests
}

unit_tests() {
    local test
    for test in tests/unit/*/test_*.c; do
        test=${test#tests/unit/}
        "build/$1/tests/${test%.c}" || return 1
    done
}

runs() {
    "build/$1/nixe" kmc -lattice_edge 4 -ensemble_size 4 -output_file "build/$1/run.h5" -output_overwrite
}

for compiler in ${COMPILERS:-gcc-11 clang}; do
    if ! command -v "$compiler" >/dev/null && [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
        echo "compilers: installing $compiler"
        apt-get -qq update
        DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends "$compiler" >/dev/null
    fi
    command -v "$compiler" >/dev/null || {
        echo "compilers: skipped: $compiler is not here"
        continue
    }
    check "$compiler builds nixe without warnings" builds_with "$compiler" || continue
    check "$compiler: the unit tests" unit_tests "$compiler"
    check "$compiler: an ensemble" runs "$compiler"
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
