"""Runs of mc that end when their means are precise, and ends of equilibration that are found afterwards."""
import re

import h5py
import numpy as np
import pytest
from faults import OFTEN, differences, run_to_end
from harness import assert_same_bits, datasets, make, run
from nixe.file import File, average

STATES = "mc -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,3 -model_kT 0.6,1 -mc_sampler informed -mc_sweeps 65536"
ENDS = 128 * 2**np.arange(10)


def error_of(run, state, records):
    """The standard error of f_U over the replicas of a state, from their first records."""
    return average([f[:records] for f in run.unstructured_records(state)])[1]


@pytest.mark.parametrize("more", ["", "-mc_replica_exchange_every 8", "-mc_move both -model_dmu 0.3"])
def test_errors(more, tmp_path):
    """Every state ends after 128 2^r records, with a small enough error, which it had not at half of them."""
    path = make(tmp_path / "u.h5", f"{STATES} {more} -mc_until f_U:0.006 -mc_equilibration 100")
    file = File(path)
    done = file["/mc/sweeps_done"] - 100
    assert np.all(np.isin(done, ENDS)) and np.all(done == done[:, :1])
    if "exchange" in more:
        assert np.all(done == done[0])                              # a ladder ends where all of its states are precise
    else:
        assert len(np.unique(done)) > 1
    error, before = (np.array([error_of(file, q, records) for q in range(len(done))])
                     for records in (done[:, 0].max(), done[:, 0].max() // 2)) if "exchange" in more else (
        np.array([error_of(file, q, done[q, 0] // share) for q in range(len(done))]) for share in (1, 2))
    assert np.all(error <= 0.006)
    last = done[:, 0] > 128
    assert np.any(before[last] > 0.006) if "exchange" in more else last.any()
    with h5py.File(path) as h5:
        assert h5.attrs["complete"] == 1
        assert np.isnan(h5["/mc/f"][0, 0, done[0, 0]:]).all() and np.isfinite(h5["/mc/f"][0, 0, :done[0, 0]]).all()
    again = run(f"{STATES} {more} -mc_until f_U:0.006 -mc_equilibration 100 -resume -output_file {path}")
    assert again.returncode == 0 and "nothing to do" in again.stdout
    assert run(f"status --verify {path}").returncode == 0


@pytest.mark.parametrize("more", ["-mc_equilibration auto", "-mc_replica_exchange_every 8 -mc_equilibration 100"])
def test_any_ranks_and_resume(more, tmp_path):
    command = f"{STATES} {more} -mc_until f_U:0.001 -mc_record_every 2"
    reference = make(tmp_path / "1.h5", command)
    for ranks in (2, 3):
        assert_same_bits(make(tmp_path / f"{ranks}.h5", command, ranks=ranks), reference)
    path = tmp_path / "k.h5"
    for limit, ranks in ((1.1, 3), (1.2, 1), (1.3, 2)):
        assert run(f"{command} {OFTEN} -time_limit {limit} -output_file {path}", ranks=ranks).returncode in (0, 3)
    status, output = run_to_end(f"{command} {OFTEN}", path, 2)
    assert status == 0, output
    assert differences(path, reference) == []


def test_where_nothing_happens(tmp_path):
    """f_U that is 0 in all records has no spread, which says nothing of its error: the run goes on to its last sweep."""
    d = datasets(make(tmp_path / "n.h5", "mc -lattice_edge 4 -shell_layers 1 -model_kT 0.01 -mc_until f_U:0.1,energy:1e-9 "
                      "-mc_equilibration 0 -mc_sweeps 1000"))
    assert np.all(d["/mc/sweeps_done"] == 1000)


def test_equilibration_is_left_out(tmp_path):
    """A slow start from separated ions: where the end is found the energy has come down, and reader and summary use the rest."""
    done = run("mc -lattice_edge 8 -shell_layers 4 -model_kT 0.2 -mc_start separated "
               f"-mc_equilibration auto -mc_sweeps 2000 -ensemble_size 8 -output_file {tmp_path / 'a.h5'}")
    assert done.returncode == 0, done.stderr
    file = File(tmp_path / "a.h5")
    end, energy = file["/mc/equilibration"][0], file["/mc/energy"][0]
    late = energy[:, 1000:]
    assert np.all(energy[:, 0] > late.mean(axis=1) + 6 * late.std(axis=1))      # it began far away
    assert np.all((end > 0) & (end < 1000))
    for e, E in zip(end, energy):
        assert abs(E[e:e + 5].mean() - late.mean()) < 6 * late.std()
    assert [len(E) for E in file.replicas("energy", 0)] == list(2000 - end)
    error = average(file.unstructured_records(0))
    said = re.search(r"f_U (\S+)\((\S+)\)", done.stdout)
    assert float(said[1]) == pytest.approx(error[0], rel=1e-2) and float(said[2]) == pytest.approx(error[1], rel=5e-2)


@pytest.mark.parametrize("options, sentence", [
    ("-mc_until f_U", "a quantity has no bound"), ("-mc_until f_V:1", "no such quantity"),
    ("-mc_until f_U:0", "not a number above 0"), ("-mc_until f_U:1e-3x", "not a number above 0"),
    ("-mc_until f_U:1,f_U:2", "there twice"), ("-mc_until composition:0.1", "swaps do not change"),
    ("-mc_until f_U:1 -mc_path forward -model_kT 1,2", "path"), ("-mc_equilibration never", "or auto"),
])
def test_refusals(options, sentence, tmp_path):
    done = run(f"mc -lattice_edge 3 {options} -mc_sweeps 1000 -output_file {tmp_path / 'r.h5'}")
    assert done.returncode == 2 and sentence in done.stderr, done.stderr
