#!/bin/sh
# A tool of nixe as a command; `make install` puts one of these into bin for each, with the names at the top put in.
command=nixe-plot module=plot
python='/usr/bin/python3' # that of the installation; $PYTHON comes before it

tools=$(dirname "$(readlink -f "$0")")/../share/nixe/tools
for candidate in "${PYTHON:-}" "$python" python3 /usr/bin/python3; do
    if "$candidate" -c 'import sys
from importlib.util import find_spec
sys.exit(not all(map(find_spec, ("h5py", "matplotlib", "numpy", "scipy", "yaml"))))' 2>/dev/null; then
        # shellcheck disable=SC2093  # it ends here
        exec "$candidate" -c 'import sys
from importlib import import_module
folder, command, module = sys.argv[1:4]
sys.argv[:4], sys.path[0] = [command], folder
sys.exit(import_module(module).main())' "$tools" "$command" "$module" "$@"
    fi
done
echo "$command: there is no Python with h5py, matplotlib, numpy, scipy and yaml; PYTHON names one." >&2
exit 2
