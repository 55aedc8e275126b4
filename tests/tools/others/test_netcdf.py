"""Every group of every kind of file in xarray, by both of its engines, and in netCDF's ncdump."""
import subprocess
import warnings

import h5py
import numpy as np
import pytest
from harness import make, text

xarray = pytest.importorskip("xarray", reason="python3-xarray is not installed")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")             # of Debian's netCDF4: it was built with another numpy
    pytest.importorskip("netCDF4", reason="python3-netcdf4 is not installed")
pytest.importorskip("h5netcdf", reason="python3-h5netcdf is not installed")

CRYSTAL = "-lattice_edge 4 -shell_layers 1 -shell_stiffness 1,3"
SAMPLING = "-ensemble_size 3 -mc_equilibration 10 -mc_sweeps 40 -mc_record_every 2 -mc_area_every 10 -mc_snapshot_every 20"
COMMANDS = {
    "kmc": "kmc -lattice_edge 4 -ensemble_size 3 -kmc_time_count 9 -kmc_snapshots 4",
    "kmc with its table": "kmc -lattice_shape cube -lattice_edge 3 -ensemble_size 2 -kmc_snapshots 2 -output_potential",
    "mc": f"mc {CRYSTAL} {SAMPLING}",
    "mc with its table": f"mc {CRYSTAL} {SAMPLING} -output_potential",
    "mc with replica exchange": f"mc {CRYSTAL} {SAMPLING} -model_kT 0.3,0.4 -mc_replica_exchange_every 5 -output_potential",
    "potential": f"potential {CRYSTAL}",
    "spectrum": "spectrum -lattice_edge 4 -spectrum_count 5",
}


@pytest.fixture(params=COMMANDS, scope="module")
def path(request, folder):
    return make(folder / f"{request.param.replace(' ', '_')}.h5", COMMANDS[request.param])


def groups_of(path):
    """{group: {name: (values, names of the axes, units, long_name)}} of a file, by h5py."""
    groups = {"/": {}}

    def visit(name, item):
        if isinstance(item, h5py.Group):
            groups[f"/{name}"] = {}
            return
        group, _, last = f"/{name}".rpartition("/")
        axes = (name,) if h5py.h5ds.is_scale(item.id) else tuple(axis[0].name.split("/")[-1] for axis in item.dims)
        values = item.asstr()[()] if h5py.check_string_dtype(item.dtype) else item[()]
        groups[group or "/"][last] = values, axes, text(item.attrs["units"]), text(item.attrs["long_name"])

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    assert len(groups) >= 3
    return groups


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_xarray(path, engine):
    """Each group opens, with all its datasets: their values, names, units and axes; and every axis stands at the root."""
    groups = groups_of(path)
    for group, datasets in groups.items():
        with xarray.open_dataset(path, group=group, engine=engine) as opened:
            assert set(opened.variables) == set(datasets), group
            for name, (values, axes, units, long_name) in datasets.items():
                variable = opened[name]
                assert variable.dims == axes, name
                assert (variable.attrs["units"], variable.attrs["long_name"]) == (units, long_name)
                np.testing.assert_array_equal(variable.values, values)
    used = {axis for datasets in groups.values() for _, axes, *_ in datasets.values() for axis in axes}
    assert used == set(groups["/"])


def test_ncdump(path):
    """It prints the whole file, with every group and dataset, and says nothing on standard error."""
    result = subprocess.run(["ncdump", path], capture_output=True, text=True)
    assert result.returncode == 0 and not result.stderr, result.stderr
    for group, datasets in groups_of(path).items():
        assert group == "/" or f"group: {group.split('/')[-1]} {{" in result.stdout
        for name, (_, axes, *_) in datasets.items():
            assert f" {name}({', '.join(axes)}) ;" in result.stdout, name
