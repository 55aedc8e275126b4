"""A trajectory is a function of the model, the seed and its index, of nothing else."""
import shutil

import numpy as np
import pytest
from harness import assert_same_bits, bits, datasets, make
from launcher import PLAIN_NETWORK

from nixe.file import File


def command(size=12, seed=2**64 - 1, recording="-kmc_time_count 33"):
    return (f"kmc -lattice_edge 5 -ensemble_size {size} -ensemble_seed {seed} -model_J 0.1 "
            f"-model_dmu -10 -output_potential {recording}")


@pytest.fixture(scope="module")
def one(folder):
    return make(folder / "one.h5", command())


@pytest.mark.parametrize("how", [
    dict(ranks=2), dict(ranks=3), dict(ranks=2, flags=PLAIN_NETWORK)],
    ids=["2-ranks", "3-ranks", "2-ranks-tcp"])
def test_any_number_of_ranks(how, one, tmp_path):
    """Every dataset, bit for bit, against the run of one process."""
    assert_same_bits(one, make(tmp_path / "k.h5", command(), **how))


def test_any_number_of_ranks_in_3d(tmp_path):
    """The same for a cube, on 1 and 3 ranks."""
    cube = ("kmc -lattice_shape cube -lattice_edge 5 -ensemble_size 7 -model_kT 1.5 "
            "-model_dmu -100 -kmc_time_first 1e-6 -kmc_time_count 17")
    assert_same_bits(make(tmp_path / "1.h5", cube), make(tmp_path / "3.h5", cube, ranks=3))


def test_any_number_of_ranks_of_other_crystals(tmp_path):
    """The same for a rod of hcp that exchanges at its ends only."""
    rod = ("kmc -lattice_type hcp -lattice_shape rod -lattice_radius 2.1 -lattice_length 5 -exchange_faces side:0 "
           "-exchange_bonds 6:3 -ensemble_size 7 -model_kT 0.8 -model_dmu -30 -kmc_time_count 17")
    one = make(tmp_path / "1.h5", rod)
    assert_same_bits(one, make(tmp_path / "3.h5", rod, ranks=3))
    d = datasets(one)
    assert list(d["/face_name"]) == [b"end", b"side"] and np.any(d["/lattice/exchange"] == 0)
    assert np.array_equal(d["/kmc/exchanges"][:, -1].sum(axis=1), (d["/kmc/snapshot/sigma"][:, -1] == -1).sum(axis=1))


# A table of the response of these 8,500 sites and more, which have no symmetry, would take far over 128 MiB.
LARGE = "-lattice_type triangular -lattice_shape disc -lattice_center 0.25,0.1 -model_epsilon 0"
SOLVED = {
    "kmc": f"kmc {LARGE} -lattice_radius 49 -model_J 0.3 -model_kT 1 -model_dmu -4 -kmc_time_first 0.01 -kmc_time_last 2 "
           "-kmc_time_count 11 -kmc_snapshots 3 -ensemble_size 4",
    "mc": f"mc {LARGE} -lattice_radius 7 -shell_layers 42 -shell_stiffness 1,9 -model_J 0.2 -model_kT 1 -mc_equilibration 10 "
          "-mc_sweeps 40 -mc_record_every 10 -mc_area_every 10 -mc_snapshot_every 10 -ensemble_size 2",
}


@pytest.mark.parametrize("command", SOLVED)
def test_large_crystals_are_solved(command, tmp_path):
    """Without a table of the response: the same areas on any number of ranks, and those that the reader solves for."""
    one = make(tmp_path / "1.h5", SOLVED[command])
    for ranks in (2, 3):
        assert_same_bits(one, make(tmp_path / f"{ranks}.h5", SOLVED[command], ranks=ranks))
    with File(one) as run:
        assert run.attributes["response"] == "factors"
        for q, stiffness in enumerate((1.0, 9.0) if command == "mc" else (1.0,)):
            if command == "mc":
                sigma, mean, rms = (run.replicas(name, q)[1] for name in ("snapshot/sigma", "area_mean", "area_rms"))
            else:
                at = np.searchsorted(run.time, run.snapshot_time)
                sigma, mean, rms = run.snapshots(1), run["/kmc/area_mean"][1][at], run["/kmc/area_rms"][1][at]
            areas = np.array([run.local_area(s, stiffness)[run.averaged] for s in sigma])
            np.testing.assert_allclose(mean, areas.mean(axis=1), rtol=0, atol=1e-11)
            np.testing.assert_allclose(rms, areas.std(axis=1), rtol=0, atol=1e-11)
            assert rms[-1] > 1e-3


BULK = "-lattice_type triangular -lattice_shape box -lattice_cells 9,6 -lattice_periodic 1,2 -model_kT 0.3"
FILM = ("-lattice_type bcc -lattice_shape box -lattice_cells 4,3,2 -lattice_periodic 1,2 -bond_stiffness 1,0.6 "
        "-bond_mismatch 1,1.2")
RECORDS = "-mc_equilibration 20 -mc_record_every 10 -mc_area_every 50 -mc_snapshot_every 100"
PERIODIC = {
    "kmc-bulk": f"kmc {BULK} -kmc_start random -kmc_time_spacing linear -kmc_time_count 9 -kmc_snapshots 3 -kmc_time_last 300 "
                "-ensemble_size 5 -output_potential",
    "mc-bulk": f"mc {BULK},0.5 -mc_sampler informed {RECORDS} -mc_sweeps 400 -mc_replica_exchange_every 7 -ensemble_size 2",
    "kmc-film": f"kmc {FILM} -exchange_faces 3:2 -bond_diffusion 1,0 -model_kT 0.8 -model_dmu -20 -kmc_time_count 9 -ensemble_size 5 "
                "-output_potential",
}


@pytest.mark.parametrize("name", PERIODIC)
def test_any_number_of_ranks_of_periodic_crystals(name, tmp_path):
    """The same on 1, 2 and 3 ranks, of which V has a row for each orbit; something has happened in the runs."""
    one = make(tmp_path / "1.h5", PERIODIC[name])
    for ranks in (2, 3):
        assert_same_bits(one, make(tmp_path / f"{ranks}.h5", PERIODIC[name], ranks=ranks))
    d = datasets(one)
    assert name.startswith("mc") or d["/potential/row"].shape[1] < len(d["/lattice/position"]) / 10
    assert ("/potential/V" in d) == (name == "kmc-film")
    assert "/kmc/events" not in d or (d["/kmc/events"][:, -1] > 10).all()
    assert "/mc/acceptance" not in d or (d["/mc/acceptance"] > 0).all()


LAZY = {                        # one crystal without symmetry, with two classes of bonds; one with all of it
    "sphere": "-lattice_type sc -lattice_shape sphere -lattice_radius 4.2 -lattice_center 0.2,0.3,0.1 -bond_stiffness 1,0.7 "
              "-bond_diffusion 1,0.3 -exchange_bonds 3:2,4:0.5 -model_kT 1.5 -model_dmu -20",
    "octahedron": "-lattice_type fcc -lattice_shape polyhedron -lattice_faces 111:3.5 -exchange_faces 111:2 -model_J 0.2 "
                  "-model_kT 1.5 -model_dmu -20",
}


@pytest.mark.parametrize("name", LAZY)
def test_any_number_of_ranks_lazily(name, tmp_path):
    """The lazy algorithm on 1, 2 and 3 ranks; it says so, and its trajectories are not those of the eager one."""
    options = f"kmc {LAZY[name]} -ensemble_size 5 -kmc_time_count 9"
    one, eager = make(tmp_path / "1.h5", f"{options} -kmc_algorithm lazy"), datasets(make(tmp_path / "e.h5", options))
    for ranks in (2, 3):
        assert_same_bits(one, make(tmp_path / f"{ranks}.h5", f"{options} -kmc_algorithm lazy", ranks=ranks))
    with File(one) as run:
        assert run.attributes["algorithm"] == "lazy"
    lazy = datasets(one)
    assert (lazy["/kmc/completion_time"] > 0).all() and (lazy["/kmc/events"][:, -1] > 100).all()
    assert not np.array_equal(lazy["/kmc/events"], eager["/kmc/events"])


SCHEDULED = {
    "eager": "-lattice_edge 6 -model_kT 1 -model_dmu -4",
    "lazy": f"{LAZY['octahedron']} -kmc_algorithm lazy",
    "published": "-lattice_edge 5 -model_kT 1 -model_dmu -4 -model_differences published",
    "Ising": "-lattice_edge 6 -model_epsilon 0 -model_J 0.4 -model_kT 1 -model_dmu -4",
    "non-interacting": "-lattice_edge 6 -model_epsilon 0 -model_kT 1 -model_dmu -4",
}


@pytest.mark.parametrize("name", SCHEDULED)
def test_any_number_of_ranks_with_a_schedule(name, tmp_path):
    """The same on 1, 2 and 3 ranks; until the first change it is the run without it, and another afterwards.

    Other recorded times change nothing: not where they are the times of the changes, nor where there is none between two.
    """
    options = f"kmc {SCHEDULED[name]} -ensemble_size 5 -kmc_stop_composition none -kmc_time_first 0"
    changes, times = "-kmc_schedule 1:dmu=3,1.5:dmu=-30,2:kT=1.3,3:kT=1:dmu=8", "-kmc_time_spacing linear -kmc_time_last 4"
    one = make(tmp_path / "1.h5", f"{options} {changes} {times} -kmc_time_count 9 -kmc_snapshots 9")
    for ranks in (2, 3):
        same = make(tmp_path / f"{ranks}.h5", f"{options} {changes} {times} -kmc_time_count 9 -kmc_snapshots 9", ranks=ranks)
        assert_same_bits(one, same)
    d, plain = datasets(one), datasets(make(tmp_path / "p.h5", f"{options} {times} -kmc_time_count 9 -kmc_snapshots 9"))
    assert list(d["/kmc/dmu"]) == [d["/kmc/dmu"][0]] * 2 + [3, -30, -30, -30, 8, 8, 8]
    assert list(d["/kmc/kT"][3:]) == [d["/kmc/kT"][0]] + [1.3, 1.3, 1, 1, 1]
    assert np.array_equal(d["/kmc/snapshot/sigma"][:, :3], plain["/kmc/snapshot/sigma"][:, :3])
    assert (d["/kmc/events"][:, 4:] != plain["/kmc/events"][:, 4:]).any(axis=1).all()
    assert "/kmc/dmu" not in plain and (np.diff(d["/kmc/events"][:, [0, 2, 3, 4, 6, 8]]) > 0).mean() > 0.8
    few = datasets(make(tmp_path / "f.h5", f"{options} {changes} -kmc_time_spacing linear -kmc_time_last 4 -kmc_time_count 2"))
    assert np.array_equal(few["/kmc/snapshot/sigma"][:, -1], d["/kmc/snapshot/sigma"][:, -1])
    assert np.array_equal(few["/kmc/events"][:, -1], d["/kmc/events"][:, -1])


def test_split_ensemble(one, tmp_path):
    """Rows 0 to 4 and 5 to 11 of an ensemble, run apart, against the whole."""
    parts = [datasets(make(tmp_path / f"{first}.h5",
                           f"{command(size)} -ensemble_first {first}"))
             for first, size in ((0, 5), (5, 7))]
    whole = datasets(one)
    assert np.array_equal(whole["/trajectory"], np.arange(12))
    for name in whole:
        if name == "/trajectory" or name.startswith("/kmc/"):
            joined = np.concatenate([part[name] for part in parts])
            assert bits(joined) == bits(whole[name]), name


@pytest.mark.parametrize("recording", [
    "-kmc_time_count 5 -kmc_snapshots 2", "-kmc_time_count 65 -kmc_snapshots 65",
    "-kmc_time_spacing linear -kmc_time_first 0.5 -kmc_time_count 20"])
def test_recording_changes_nothing(recording, one, tmp_path):
    """Other grids and snapshots leave completion times, events and final states as they are."""
    whole = datasets(one)
    other = datasets(make(tmp_path / "k.h5", command(recording=recording)))
    assert np.all(whole["/kmc/completion_time"] > 0)
    assert bits(other["/kmc/completion_time"]) == bits(whole["/kmc/completion_time"])
    assert np.array_equal(other["/kmc/events"][:, -1], whole["/kmc/events"][:, -1])
    assert np.array_equal(other["/kmc/snapshot/sigma"][:, -1],
                          whole["/kmc/snapshot/sigma"][:, -1])


def test_seeds_and_trajectories_differ(one, tmp_path):
    """No two trajectories of an ensemble are the same, and another seed gives others."""
    other = datasets(make(tmp_path / "k.h5", command(seed=2)))
    times = np.concatenate([datasets(one)["/kmc/completion_time"],
                            other["/kmc/completion_time"]])
    assert len(set(times)) == 24


def test_overwrite(one, tmp_path):
    """-output_overwrite replaces a file by what a first run writes."""
    path = tmp_path / "k.h5"
    shutil.copy(one, path)
    make(path, f"{command(3)} -output_overwrite")
    assert len(datasets(path)["/kmc/done"]) == 3
    make(path, f"{command()} -output_overwrite")
    assert_same_bits(one, path)
