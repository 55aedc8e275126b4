#!/bin/sh
# The claims of the paper, and those beyond it, from reduced runs, in bounds that are wider: each of them is measured, and falsified
# files turn its verdict. `make test-claims` calls it and sets BUILD, MPIRUN and PYTHON; three minutes. The last line is always
# `N passed, N failed`.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/helpers/count.sh
export CLAIMS="$build/claims"

rm -rf "$CLAIMS"
for tool in reproduce explore; do
    "${PYTHON:-python3}" "tools/$tool.py" --quick --out "$CLAIMS" --nixe "$NIXE" --mpirun "$MPIRUN" || failed=1
done
run_python_tests tests/claims
finish
