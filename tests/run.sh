#!/bin/sh
# Runs all tests of a build: the unit tests, one program a subject, then the Python tests of the whole
# program. `make test` calls it and sets BUILD, MPIRUN and PYTHON. The last line is always
# `N passed, N failed`; the exit status is 1 if anything failed or nothing ran.
set -u
cd "$(dirname "$0")/.." || exit 1

build=${BUILD:-build}
case $build in
/*) ;;
*) build=$PWD/$build ;;
esac
export NIXE="$build/nixe" MPIRUN="${MPIRUN:-mpirun}" PYTHONDONTWRITEBYTECODE=1
python=${PYTHON:-python3}
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
passed=0 failed=0

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
        printf '%-20s %d passed\n' "$1" "$good"
    fi
}

# of_suite ATTRIBUTE: a number from the head of pytest's report.
of_suite() {
    sed -n "s/.*<testsuite [^>]*$1=\"\([0-9]*\)\".*/\1/p" "$report" | head -n 1
}

run_python_tests() {
    report=$build/tests/pytest.xml
    mkdir -p "$build/tests" && rm -f "$report"
    status=0
    "$python" -m pytest -q -p no:cacheprovider --color=no --junitxml="$report" tests || status=$?
    all=0 bad=0 skipped=0
    if [ -f "$report" ]; then
        all=$(of_suite tests)
        bad=$(($(of_suite errors) + $(of_suite failures)))
        skipped=$(of_suite skipped)
    fi
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
        echo "the Python tests did not run: $python -m pytest ended with status $status"
        bad=1 all=$((all + 1))
    fi
    passed=$((passed + all - bad - skipped)) failed=$((failed + bad))
}

for source in tests/unit/test_*.c; do
    run_unit_test "$(basename "$source" .c)"
done
run_python_tests
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
