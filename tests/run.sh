#!/bin/sh
# Tests of a build. Of `make test`, without words: the unit tests, one program a subject, then the Python tests of the whole
# program. Of `make test-faults`: those of tests/faults alone. Both set BUILD, MPIRUN and PYTHON. The last line is always
# `N passed, N failed`; the exit status is 1 if anything failed or nothing ran.
set -u
cd "$(dirname "$0")/.." || exit 1

log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
. tests/helpers/count.sh

# run_unit_test NAME: counts its cases; whatever did not run because the program died has failed.
run_unit_test() {
    limit=''
    command -v timeout >/dev/null && limit='timeout 120'
    status=0
    # shellcheck disable=SC2086  # $limit is two words or none
    CMOCKA_MESSAGE_OUTPUT=TAP $limit "$build/tests/$1" >"$log" 2>&1 || status=$?
    good=$(grep -c '^ok ' "$log")
    planned=$(sed -n 's/^1\.\.\([0-9][0-9]*\)$/\1/p' "$log" | head -n 1)
    bad=$((${planned:-1} - good))
    [ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
    passed=$((passed + good)) failed=$((failed + bad))
    if [ "$bad" -gt 0 ]; then
        printf '\n%s: %d passed, %d failed, exit status %d\n' "$1" "$good" "$bad" "$status"
        sed 's/^/    /' "$log"
    else
        printf '%-28s %d passed\n' "$1" "$good"
    fi
}

if [ $# -gt 0 ]; then
    workers=2 # ranks that wait for each other need the cores
    run_python_tests "$@"
else
    for source in tests/unit/*/test_*.c; do
        program=${source#tests/unit/}
        run_unit_test "${program%.c}"
    done
    run_python_tests tests --ignore=tests/tools/others --ignore=tests/many --ignore=tests/faults --ignore=tests/claims
fi
finish
