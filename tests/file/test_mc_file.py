"""The file of nixe mc: its layout, what it says of itself, the physics in it, and who wrote it."""
import h5py
import numpy as np
import pytest
import yaml
from equilibrium import FixedShell
from harness import assert_same_bits, bits, datasets, make, text
from launcher import PLAIN_NETWORK
from reference import Crystal

SMALL = ("-ensemble_seed 5 -mc_equilibration 40 -mc_sweeps 120 -mc_record_every 2 "
         "-mc_area_every 10 -mc_snapshot_every 20")
STATES = "-lattice_edge 4 -shell_layers 1 -shell_stiffness 2,0.5 -model_kT 0.4,0.6,0.9"
EXCHANGE = "-mc_replica_exchange_every 3"
COMMANDS = {
    "hexagon": f"mc {STATES} {SMALL} -ensemble_size 3 -model_J 0.05 -model_mismatch 0.07 "
               f"{EXCHANGE}",
    "informed": f"mc {STATES} {SMALL} -ensemble_size 3 -mc_sampler informed {EXCHANGE}",
    "no-exchange": f"mc {STATES} {SMALL} -ensemble_size 3 -mc_composition 0.3",
    "published": f"mc -lattice_edge 4 -shell_layers 2 {SMALL} -model_kT 0.5 -mc_sampler informed "
                 "-model_differences published -mc_start separated",
    "cube": f"mc -lattice_shape cube -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,1.2 "
            f"-model_kT 1.5 {SMALL} -ensemble_size 2 {EXCHANGE}",
}
SIZES = dict(classes=1, Q=6, P=3, M=60, Ma=12, S=6, X=53, pairs=7, N=61, d=2, B=156, K=2)
LAYOUT = {                      # path: axes, type
    "/phase": ("5", None),
    "/lattice/position": ("N d", "f8"),
    "/lattice/bonds": ("B 2", "i4"),
    "/lattice/layer": ("N", "i4"),
    "/lattice/face": ("N", "i4"),
    "/lattice/exchange": ("N", "f8"),
    "/lattice/field": ("N", "f8"),
    "/lattice/depth": ("N", "i4"),
    "/lattice/averaged": ("N", "u1"),
    "/potential/V": ("K N N", "f8"),
    "/mc/state/shell_stiffness": ("Q", "f8"),
    "/mc/state/kT": ("Q", "f8"),
    "/mc/sweeps_done": ("Q P", "i8"),
    "/sweep": ("M", "i8"),
    "/mc/f": ("Q P M 5", "f8"),
    "/mc/energy": ("Q P M", "f8"),
    "/mc/unlike": ("Q P M classes", "f8"),
    "/area_sweep": ("Ma", "i8"),
    "/mc/area_mean": ("Q P Ma", "f8"),
    "/mc/area_rms": ("Q P Ma", "f8"),
    "/mc/acceptance": ("Q P", "f8"),
    "/mc/replica_exchange/walker": ("X Q P", "i4"),
    "/mc/replica_exchange/attempted": ("pairs P", "i8"),
    "/mc/replica_exchange/accepted": ("pairs P", "i8"),
    "/snapshot_sweep": ("S", "i8"),
    "/mc/snapshot/sigma": ("Q P S N", "i1"),
}
AXIS = {"classes": "/bond_length", "M": "/sweep", "Ma": "/area_sweep", "S": "/snapshot_sweep", "5": "/phase"}


@pytest.fixture(scope="module")
def made(folder):
    """made(name): the file of a command, run once."""
    def run_once(name):
        path = folder / f"{name}.h5"
        return path if path.exists() else make(path, f"{COMMANDS[name]} -output_potential")
    return run_once


@pytest.fixture(params=COMMANDS)
def name(request):
    return request.param


@pytest.mark.parametrize("path", LAYOUT)
def test_dataset(path, made):
    """Shape, type and dimension scales of each dataset."""
    axes, kind = LAYOUT[path]
    with h5py.File(made("hexagon"), "r") as file:
        data = file[path]
        assert data.shape == tuple(SIZES.get(a) or int(a) for a in axes.split())
        assert kind is None or data.dtype == np.dtype(kind)
        for k, axis in enumerate(axes.split()):
            if axis in AXIS and path != AXIS[axis]:
                assert any(scale == file[AXIS[axis]] for scale in data.dims[k].values())


def test_self_description(name, made):
    """Every dataset has its units, a name and a description, every axis a dimension scale."""
    with h5py.File(made(name), "r") as file:
        def check(path, item):
            if isinstance(item, h5py.Dataset):
                assert isinstance(text(item.attrs["units"]), str)
                assert len(text(item.attrs["description"])) > 5
                assert 2 < len(text(item.attrs["long_name"])) < 32
                scale = h5py.h5ds.is_scale(item.id)
                assert scale or all(len(dim) for dim in item.dims), path
                # What readers of netCDF want: scales at the root, and names of their own for what has several axes.
                assert scale == ("/" not in path) and (item.ndim < 2 or path.split("/")[-1] not in file)
                string = h5py.check_string_dtype(item.dtype)
                assert string is None or string == ("utf-8", None)
        file.visititems(check)
        assert "kmc" not in file and "spectrum" not in file
        assert ("replica_exchange" in file["mc"]) == ("_exchange" in COMMANDS[name])
        a = {key: text(value) for key, value in file.attrs.items()}
    assert a["program"] == "nixe" and a["command"].split()[0] == "mc"
    assert a["version"] and a["commit"] and a["created"]
    assert a["complete"] == 1 and a["format_version"] == 2


def test_contents(made):
    """States, stiffness slowest; the sweeps that are recorded, counted after equilibration."""
    d = datasets(made("hexagon"))
    assert [p.decode() for p in d["/phase"]] == ["U1", "S1", "unclassified", "S2", "U2"]
    assert list(d["/mc/state/shell_stiffness"]) == [2, 2, 2, 0.5, 0.5, 0.5]
    assert list(d["/mc/state/kT"]) == [0.4, 0.6, 0.9] * 2
    assert np.array_equal(d["/sweep"], np.arange(2, 121, 2))
    assert np.array_equal(d["/area_sweep"], np.arange(10, 121, 10))
    assert np.array_equal(d["/snapshot_sweep"], np.arange(20, 121, 20))
    assert np.all(d["/mc/sweeps_done"] == 160)
    assert np.array_equal(np.bincount(d["/lattice/layer"]), [37, 24])


def test_input_attribute(made):
    """`input` holds every option in force, lists too, and no execution option."""
    with h5py.File(made("hexagon"), "r") as file:
        tree = yaml.safe_load(text(file.attrs["input"]))
    options = {f"{section}_{key}": value for section, part in tree.items()
               for key, value in part.items()}
    expected = dict(
        lattice_shape="hexagon", lattice_edge=4, shell_layers=1, model_epsilon=1.0, model_J=0.05,
        model_mismatch=0.07, model_differences="exact", ensemble_size=3, ensemble_first=0,
        ensemble_seed=5, mc_equilibration=40, mc_sweeps=120, mc_record_every=2, mc_area_every=10,
        mc_snapshot_every=20, mc_composition=0.5, mc_start="random", mc_sampler="metropolis",
        mc_replica_exchange_every=3)
    for key, value in expected.items():
        assert options[key] == value and isinstance(options[key], str) == isinstance(value, str)
    for key in options:
        assert not key.startswith(("output_", "quiet", "input", "kmc_", "spectrum_")), key


def test_input_reproduces(name, made, tmp_path):
    """A run with `-input` of that text writes the same datasets, on another number of ranks."""
    with h5py.File(made(name), "r") as file:
        (tmp_path / "again.yaml").write_text(text(file.attrs["input"]))
    again = f"mc -input {tmp_path}/again.yaml -output_potential"
    assert_same_bits(made(name), make(tmp_path / "again.h5", again, ranks=2))


@pytest.mark.parametrize("which, how", [
    ("hexagon", dict(ranks=3)), ("informed", dict(ranks=3)), ("no-exchange", dict(ranks=3)),
    ("informed", dict(ranks=2, flags=PLAIN_NETWORK)),
    ("no-exchange", dict(ranks=2, flags=PLAIN_NETWORK))],
    ids=lambda x: x if isinstance(x, str) else f"{x['ranks']}-ranks{'-tcp' * ('flags' in x)}")
def test_any_number_of_ranks(which, how, made, tmp_path):
    """Every dataset, bit for bit, against the run of one process."""
    again = make(tmp_path / "m.h5", f"{COMMANDS[which]} -output_potential", **how)
    assert_same_bits(made(which), again)


@pytest.mark.parametrize("which", ["hexagon", "no-exchange", "informed"])
def test_split_ensemble(which, made, tmp_path):
    """Replica 0, and replicas 1 and 2, run apart, against the whole."""
    command = COMMANDS[which].replace("-ensemble_size 3", "")
    parts = [datasets(make(tmp_path / f"{first}.h5",
                           f"{command} -ensemble_first {first} -ensemble_size {size}"))
             for first, size in ((0, 1), (1, 2))]
    whole = datasets(made(which))
    axis_P = {path: axes.split().index("P") for path, (axes, _) in LAYOUT.items() if "P" in axes}
    for path in axis_P.keys() & whole.keys():
        joined = np.concatenate([part[path] for part in parts], axis=axis_P[path])
        assert bits(joined) == bits(whole[path]), path
    assert bits(whole["/mc/energy"][0, 0]) != bits(whole["/mc/energy"][0, 1])


@pytest.mark.parametrize("which", ["hexagon", "informed", "no-exchange"])
def test_recording_changes_nothing(which, made, tmp_path):
    """Other intervals of recording: the records that both files have are the same bit for bit."""
    recording = "-mc_record_every 3 -mc_area_every 30 -mc_snapshot_every 8"
    whole = datasets(made(which))
    other = datasets(make(tmp_path / "m.h5", f"{COMMANDS[which]} {recording}"))
    for sweep, names in (("/sweep", ["/mc/f", "/mc/energy"]),
                         ("/area_sweep", ["/mc/area_mean", "/mc/area_rms"]),
                         ("/snapshot_sweep", ["/mc/snapshot/sigma"])):
        common, here, there = np.intersect1d(whole[sweep], other[sweep], return_indices=True)
        assert len(common) > 2
        for path in names:
            assert bits(whole[path][:, :, here]) == bits(other[path][:, :, there]), path
    assert bits(whole["/mc/acceptance"]) == bits(other["/mc/acceptance"])


def test_snapshots(name, made):
    """The shell is B, and the core has as many A sites as are nearest to c N_core, whatever was swapped."""
    d = datasets(made(name))
    core = d["/lattice/layer"] == 0
    sigma = d["/mc/snapshot/sigma"]
    assert np.all(sigma[..., ~core] == -1) and np.all(abs(sigma) == 1)
    composition = 0.3 if name == "no-exchange" else 0.5
    assert np.all((sigma[..., core] == 1).sum(axis=-1) == np.ceil(composition * core.sum() - 0.5))
    assert len(np.unique(sigma.reshape(-1, len(core)), axis=0)) > sigma[..., 0].size / 2


def test_table(name, made):
    """/potential/V of each stiffness against the dense model."""
    d = datasets(made(name))
    for V, K in zip(d["/potential/V"], dict.fromkeys(d["/mc/state/shell_stiffness"])):
        assert abs(Crystal(d["/lattice/position"], d["/lattice/layer"], K).V - V).max() < 1e-10


def test_observables(name, made):
    """f, energy and areas at the snapshots, recomputed from sigma by the dense model."""
    d = datasets(made(name))
    J, mismatch = (0.05, 0.07) if name == "hexagon" else (0, 0.1)
    record = np.searchsorted(d["/sweep"], d["/snapshot_sweep"])
    area = np.searchsorted(d["/area_sweep"], d["/snapshot_sweep"])
    core = d["/lattice/bonds"][np.all(d["/lattice/layer"][d["/lattice/bonds"]] == 0, axis=1)]
    length = np.linalg.norm(np.diff(d["/lattice/position"][core], axis=1)[:, 0], axis=1)
    pairs = [core[abs(length - of_class) < 1e-6].T for of_class in d["/bond_length"]]
    for q, K in enumerate(d["/mc/state/shell_stiffness"]):
        shell = FixedShell(d["/lattice/position"], d["/lattice/layer"], K, None)
        assert np.array_equal(d["/lattice/averaged"], shell.crystal.averaged)
        for p, snapshots in enumerate(d["/mc/snapshot/sigma"][q].astype(float)):
            energy = shell.energies(snapshots, 1, J)
            assert d["/mc/energy"][q, p, record] == pytest.approx(energy, rel=1e-10, abs=1e-9)
            for s, sigma in enumerate(snapshots):
                mean, rms = shell.crystal.area(sigma, mismatch)
                f = shell.crystal.fractions(sigma)
                assert d["/mc/f"][q, p, record[s]] == pytest.approx(f, abs=1e-12)
                unlike = [np.mean(sigma[i] != sigma[j]) for i, j in pairs]
                assert d["/mc/unlike"][q, p, record[s]] == pytest.approx(unlike, abs=1e-12)
                assert d["/mc/area_mean"][q, p, area[s]] == pytest.approx(mean, abs=1e-9)
                assert d["/mc/area_rms"][q, p, area[s]] == pytest.approx(rms, abs=1e-9)
    assert np.all(np.isfinite(d["/mc/energy"])) and np.all(np.isfinite(d["/mc/area_rms"]))
    assert d["/mc/f"].sum(axis=-1) == pytest.approx(np.ones(d["/mc/energy"].shape))
    assert np.all(d["/mc/acceptance"] > 0) and np.all(d["/mc/acceptance"] <= 1)


@pytest.mark.parametrize("which", ["hexagon", "informed", "cube"])
def test_replica_exchange(which, made):
    """Walkers are permutations that only the pairs of the table change; counts follow from them."""
    d = datasets(made(which))
    exchange = {path.split("/")[-1]: value for path, value in d.items() if "_exchange/" in path}
    walker, pair = exchange["walker"], exchange["pairs"]
    X, Q, P = walker.shape
    K, kT = d["/mc/state/shell_stiffness"], d["/mc/state/kT"]
    start = np.broadcast_to(np.arange(Q)[:, None], (1, Q, P))
    assert np.all(np.sort(walker, axis=1) == start)
    temperatures = len(np.unique(kT))
    neighbours = {(q, q + temperatures) for q in range(Q - temperatures)}
    neighbours |= {(q, q + 1) for q in range(Q - 1) if (q + 1) % temperatures}
    assert {tuple(x) for x in pair} == neighbours
    assert all((K[q] == K[r]) != (kT[q] == kT[r]) for q, r in pair)

    before, after = np.concatenate([start, walker[:-1]]), walker
    swapped = np.array([(before[:, q] == after[:, r]) & (before[:, r] == after[:, q])
                        for q, r in pair])
    assert np.array_equal(swapped.sum(axis=1), exchange["accepted"])
    assert np.array_equal(2 * swapped.sum(axis=0), (before != after).sum(axis=1))
    assert exchange["accepted"].sum() > 10
    assert np.all(exchange["accepted"] <= exchange["attempted"])
    turns = set()                   # stiffness or temperature, even or odd
    for q, r in pair:
        turns.add((K[q] != K[r], (q // temperatures if K[q] != K[r] else q % temperatures) % 2))
    assert abs(exchange["attempted"] - X / len(turns)).max() < 1
    trips = np.zeros(P, int)
    for p in range(P):
        heading = np.zeros(Q, int)
        for now in walker[:, :, p]:
            trips[p] += heading[now[0]] == -1
            heading[now[0]] = 1
            if heading[now[-1]] == 1:
                heading[now[-1]] = -1
    assert np.array_equal(trips, exchange["round_trips"])


def test_separated_start(tmp_path):
    """A on the core sites of smallest x, ties by y, then z.

    After one cold sweep no other configuration is as frequent among the replicas.
    """
    for shape, layers in (("hexagon", 2), ("cube", 1)):
        d = datasets(make(
            tmp_path / f"{shape}.h5", f"mc -lattice_shape {shape} -lattice_edge 4 -shell_layers "
            f"{layers} -mc_start separated -mc_composition 0.4 -model_epsilon 0 -model_J 1 "
            "-model_kT 0.1 -mc_equilibration 0 -mc_sweeps 1 -mc_area_every 1 "
            "-mc_snapshot_every 1 -ensemble_size 300"))
        x = np.round(d["/lattice/position"], 6)
        core = np.flatnonzero(d["/lattice/layer"] == 0)
        order = core[np.lexsort(x[core].T[::-1])]
        expected = np.full(len(x), -1)
        expected[order[:round(0.4 * len(core))]] = 1
        found, times = np.unique(d["/mc/snapshot/sigma"][0, :, 0], axis=0, return_counts=True)
        assert np.array_equal(found[times.argmax()], expected)


def test_random_starts(tmp_path):
    """Without equilibration, hot: every core site is A equally often, and replicas differ."""
    d = datasets(make(tmp_path / "m.h5", "mc -lattice_edge 3 -shell_layers 1 -model_kT 1000 "
                      "-mc_equilibration 0 -mc_sweeps 1 -mc_area_every 1 -mc_snapshot_every 1 "
                      "-ensemble_size 4000"))
    A = (d["/mc/snapshot/sigma"][0, :, 0][:, d["/lattice/layer"] == 0] > 0).sum(axis=0)
    deviation = (A - 4000 * 9 / 19) / np.sqrt(4000 * 9 / 19 * 10 / 19)
    assert abs(deviation).max() < 6                     # by chance in 4e-8 of all seeds


def test_kmc_from_mc(made, tmp_path):
    """-kmc_start takes a file of mc: its rows are state after state, replica after replica."""
    mc = datasets(make(tmp_path / "m.h5", "mc -lattice_edge 4 -model_kT 0.5,0.8 -ensemble_size 3 "
                       "-mc_equilibration 5 -mc_sweeps 20 -mc_area_every 20 -mc_snapshot_every 5"))
    d = datasets(make(tmp_path / "k.h5", f"kmc -lattice_edge 4 -kmc_start {tmp_path}/m.h5 "
                      "-ensemble_size 7 -ensemble_first 1 -kmc_time_first 1e-40 "
                      "-kmc_time_last 1e-39 -kmc_time_count 2 -kmc_snapshots 2"))
    rows = mc["/mc/snapshot/sigma"][:, :, -1].reshape(6, -1)
    assert len(np.unique(rows, axis=0)) == 6
    assert np.array_equal(d["/kmc/snapshot/sigma"][:, 0], rows[[1, 2, 3, 4, 5, 0, 1]])


def test_no_averaged_sites(tmp_path):
    """A crystal without averaged sites has NaN in f and areas, and the run ends well."""
    d = datasets(make(tmp_path / "m.h5", "mc -lattice_shape cube -lattice_edge 2 -shell_layers 1 "
                      "-model_kT 2 -mc_equilibration 0 -mc_sweeps 20 -mc_area_every 10 "
                      "-mc_snapshot_every 10"))
    assert np.all(np.isnan(d["/mc/f"])) and np.all(np.isnan(d["/mc/area_mean"]))
    assert np.all(np.isfinite(d["/mc/energy"])) and np.all(d["/lattice/averaged"] == 0)
