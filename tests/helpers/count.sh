# What scripts of tests begin with: the build that they test, and how they run pytest, count and end. From the folder of the sources.
# shellcheck shell=sh
build=${BUILD:-build}
case $build in
/*) ;;
*) build=$PWD/$build ;;
esac
export NIXE="$build/nixe" MPIRUN="${MPIRUN:-mpirun}" PYTHONDONTWRITEBYTECODE=1
passed=0 failed=0

# of_suite ATTRIBUTE: a number from the head of pytest's report.
of_suite() {
    sed -n "s/.*<testsuite [^>]*$1=\"\([0-9]*\)\".*/\1/p" "$report" | head -n 1
}

# run_python_tests [words for pytest]: adds what it counts to $passed and $failed.
run_python_tests() {
    python=${PYTHON:-python3}
    report=$build/tests/pytest.xml
    mkdir -p "$build/tests" && rm -f "$report"
    status=0
    # Files of tests side by side, where pytest-xdist is there: half of the time is waiting for ranks to start. $workers: how many.
    cores=$(nproc 2>/dev/null || echo 1)
    if [ "$cores" -gt 1 ] && "$python" -c 'import xdist' 2>/dev/null; then
        set -- -n "${workers:-4}" --dist loadfile "$@"
    fi
    "$python" -m pytest -q -p no:cacheprovider --color=no --junitxml="$report" "$@" || status=$?
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

# finish: the count, and the exit status that follows from it.
finish() {
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
