"""File.to_xarray(): labels, units, and no values that are not there."""
import sys

import h5py
import numpy as np
import pytest
from harness import make

from nixe.file import File, NixeFileError

xarray = pytest.importorskip("xarray", reason="python3-xarray is not installed")

SAMPLING = "-ensemble_size 2 -mc_equilibration 10 -mc_sweeps 40 -mc_area_every 10 -mc_snapshot_every 20"
COMMANDS = {
    "kmc": "kmc -lattice_edge 4 -ensemble_size 3 -ensemble_first 5 -kmc_time_count 9 -kmc_snapshots 4",
    "mc": f"mc -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,3 -model_kT 0.3,0.4 {SAMPLING} -output_potential "
          "-mc_replica_exchange_every 5 -mc_cross_energies_every 10",
    "auto": "mc -lattice_edge 4 -shell_layers 1 -mc_equilibration auto -mc_sweeps 200 -ensemble_size 2 -model_kT 1",
    "path": f"mc -lattice_edge 3 -mc_move flip -mc_path loop -model_dmu 9,0,-9 -model_kT 1 {SAMPLING}",
    "potential": "potential -lattice_edge 3 -shell_layers 1 -shell_stiffness 1,3",
    "spectrum": "spectrum -lattice_type square -lattice_shape box -lattice_cells 5,5 -lattice_periodic 1,2",
}
EXPECTED = {  # {variable: (dimensions, units)}
    "kmc": {"f": (("trajectory", "time", "phase"), ""), "energy": (("trajectory", "time"), "energy"),
            "snapshot_sigma": (("trajectory", "snapshot_time", "site"), ""),
            "profile": (("trajectory", "time", "surface_depth"), "")},
    "mc": {"f": (("state", "replica", "sweep", "phase"), ""), "acceptance": (("state", "replica"), ""),
           "cross_energy": (("state", "replica", "cross_sweep", "shell_stiffness"), "energy"),
           "potential_V": (("shell_stiffness", "site", "site_2"), "epsilon")},
    "auto": {"area_rms": (("state", "replica", "area_sweep"), "a^d")},
    "path": {"composition": (("state", "replica", "sweep"), "")},
    "potential": {"V": (("shell_stiffness", "site", "site_2"), "epsilon"), "image": (("symmetry", "site"), "")},
    "spectrum": {"V_eigenvalue": (("V_mode",), "epsilon"), "path_D": (("path_position", "D_branch"), "K"),
                 "order_special_point": (("extreme",), "")},
}


@pytest.fixture(params=COMMANDS, scope="module")
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def path(kind, folder):
    return make(folder / f"{kind}.h5", COMMANDS[kind])


def test_labels(kind, path, tmp_path):
    """Names of dimensions, coordinates, units and descriptions; and the whole goes into a netCDF file and back."""
    with File(path) as run:
        data = run.to_xarray()
        for name, (dimensions, units) in EXPECTED[kind].items():
            assert (data[name].dims, data[name].attrs.get("units", "")) == (dimensions, units), name
            assert data[name].attrs["description"] and data[name].attrs["long_name"]
        assert data.attrs["command"] == run.kind and data.attrs["complete"] == 1 and "lattice:" in data.attrs["input"]
        np.testing.assert_array_equal(data.position, run.position)
        assert data.position.attrs["units"] == "a" and data.position.dims == ("site", "dimension")
        if kind == "kmc":
            assert list(data.trajectory) == [5, 6, 7] and data.time.attrs["units"] == "1/k" and list(data.phase) == run.phases
        if kind in ("mc", "path"):
            assert list(data.state_kT) == list(run.kT) and data.state_kT.attrs["units"] == "energy"
    data.to_netcdf(tmp_path / "copy.nc")
    with xarray.open_dataset(tmp_path / "copy.nc") as copy:
        xarray.testing.assert_equal(copy, data)


def test_nothing_is_missing(kind, path):
    """Every dataset of the command is there, but for the bookkeeping of rows."""
    with File(path) as run, h5py.File(path) as file:
        data, stored = run.to_xarray(), []
        file[run.kind].visititems(lambda name, item: stored.append(name) if isinstance(item, h5py.Dataset) else None)
        left_out = {"done"} | {name for name in stored if name.endswith("checksums")}
        assert {name.replace("/", "_") for name in stored if name not in left_out} <= set(data.variables)


def test_means(kind, path):
    """Those of the reader follow, also where the beginning of the records is equilibration."""
    with File(path) as run:
        if run.kind not in ("kmc", "mc"):
            return
        mean, _ = run.mean_and_error("f")
        over = ["trajectory"] if kind == "kmc" else ["sweep"]
        found = run.to_xarray("f").f.mean(over)
        if kind != "kmc":
            found = found.mean("replica")
            assert kind != "auto" or run.equilibration.max() > 0
        np.testing.assert_allclose(found, mean, atol=1e-14)


def test_chosen(path, kind):
    """Variables that are named, and no others; a name that is none is refused with those that there are."""
    with File(path) as run:
        name = next(iter(EXPECTED[kind]))
        assert list(run.to_xarray(name)) == [name]
        with pytest.raises(NixeFileError, match=f"has no variable nothing: it has .*{name}"):
            run.to_xarray("nothing")


def test_incomplete(folder, tmp_path):
    """Trajectories that are not done are not there; records to come are NaN, or 0 in configurations."""
    path = make(tmp_path / "k.h5", COMMANDS["kmc"])
    with h5py.File(path, "r+") as file:
        file["kmc/done"][1] = 0
        file["kmc/events"][1] = -1
        file.attrs.modify("complete", np.uint8(0))
    with File(path) as run:
        data = run.to_xarray()
        assert list(data.trajectory) == [5, 7] and data.attrs["complete"] == 0 and (data.events >= 0).all()
    path = make(tmp_path / "m.h5", f"mc -lattice_edge 4 -shell_layers 1 {SAMPLING}")
    with h5py.File(path, "r+") as file:
        file["mc/sweeps_done"][0, 1] = 10 + 20
    with File(path) as run:
        data = run.to_xarray()
        assert data.energy[0, 0].notnull().all() and list(data.energy[0, 1].notnull()) == [True] * 20 + [False] * 20
        assert list((data.snapshot_sigma[0, 1] == 0).all("site")) == [False, True]


def test_without_xarray(path, monkeypatch):
    """A plain sentence, and the rest of the reader works."""
    monkeypatch.setitem(sys.modules, "xarray", None)
    with File(path) as run:
        with pytest.raises(NixeFileError, match="needs xarray, which this Python does not have: pip install xarray"):
            run.to_xarray()
        assert len(run.position)
