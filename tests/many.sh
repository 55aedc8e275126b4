#!/bin/sh
# Many more ranks than cores: 64 on this machine, which take two cores for two or three minutes. `make test-many` calls it and
# sets BUILD, MPIRUN and PYTHON. It tells the memory that one of so many ranks has for itself. The last line is always
# `N passed, N failed`.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/helpers/count.sh

run_python_tests -o junit_family=xunit1 tests/many
[ ! -f "$report" ] || grep -o '<property name="memory" value="[^"]*"' "$report" | sed 's/.* value="\(.*\)"/\1/'
finish
