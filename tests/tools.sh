#!/bin/sh
# Tests of the Python tools and of the files against programs that are not ours: readers of netCDF and of exported files,
# a browser, a movie player, the notebooks, pip. `make test-tools` calls it and sets BUILD, MPIRUN and
# PYTHON. On Debian and Ubuntu it installs, as root, what is missing. The last line is always
# `N passed, N failed`.
set -u
cd "$(dirname "$0")/.." || exit 1

packages='python3-ase libdouble-conversion3 chromium chromium-driver python3-selenium ffmpeg
    jupyter-nbconvert python3-ipykernel python3-xarray python3-h5netcdf python3-netcdf4 netcdf-bin
    python3-pip python3-venv python3-setuptools python3-wheel'
. tests/helpers/count.sh

missing=''
for package in $packages; do
    [ "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null)" = 'install ok installed' ] || missing="$missing $package"
done
if [ -n "$missing" ] && command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]; then
    echo "tools: installing$missing"
    # shellcheck disable=SC2086  # $missing is a list
    apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends $missing >/dev/null
fi

# The reader of XDMF is VTK's own in ParaView: Debian's python3-vtk9 is built without it, and python3-paraview would
# displace that package. So it is unpacked (73 MB to fetch) and not installed.
if [ ! -d "$build/paraview" ] && command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
    echo 'tools: unpacking ParaView'
    if mkdir -p "$build/paraview.new" && (cd "$build/paraview.new" && apt-get -qq download paraview python3-paraview 2>/dev/null &&
        for package in *.deb; do dpkg-deb -x "$package" . || exit 1; done && rm -- *.deb); then
        mv "$build/paraview.new" "$build/paraview"
    else
        rm -rf "$build/paraview.new"
    fi
fi

run_python_tests tests/tools/others
finish
