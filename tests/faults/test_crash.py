"""A run killed at any moment leaves a file that opens, and whose flagged rows are good."""
import os
import shutil
import signal
import subprocess
import tempfile
import time

import h5py
import launcher
import numpy as np
import pytest
from harness import NIXE, bits, datasets, environment, make

COMMAND = "kmc -lattice_edge 8 -kmc_time_count 4 -kmc_snapshots 2"
LONG = f"{COMMAND} -ensemble_size 100000 -quiet -output_file"


def wait_for(condition, seconds):
    end = time.time() + seconds
    while not condition():
        assert time.time() < end, "nothing happened"
        time.sleep(0.005)


def rows_done(path):
    with h5py.File(path, "r") as file:
        return int(file["/kmc/done"][()].sum())


@pytest.fixture
def start():
    """Starts long runs of two ranks, whose leftovers go to a folder that is removed."""
    scratch = tempfile.mkdtemp(prefix="nx")
    started = []

    def launch(path):
        started.append(subprocess.Popen(
            [*launcher.MPIRUN, *launcher.scratch(scratch), "-n", "2", NIXE, *LONG.split(), str(path)],
            env=environment(dict(TMPDIR=scratch)), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return started[-1]

    yield launch
    for process in started:
        process.kill()
        process.wait()
    shutil.rmtree(scratch, ignore_errors=True)


@pytest.mark.parametrize("moment", ["at once", "after half a second", "with rows done"])
def test_kill(moment, start, tmp_path):
    """kill -9 of both ranks: flagged rows agree with a run of these trajectories alone."""
    path = tmp_path / "k.h5"
    process = start(path)
    wait_for(path.exists, 30)
    if moment == "after half a second":
        time.sleep(0.5)
    if moment == "with rows done":
        wait_for(lambda: rows_done(path) > 0, 60)
        time.sleep(0.2)
    ranks = launcher.ranks_of(process.pid)
    assert len(ranks) == 2 and process.poll() is None
    for pid in ranks:
        os.kill(pid, signal.SIGKILL)
    assert process.wait(timeout=30) != 0

    with h5py.File(path, "r") as file:
        assert file.attrs["complete"] == 0
    d = datasets(path)
    done = d["/kmc/done"] == 1
    assert set(d["/kmc/done"]) <= {0, 1} and not done.all()
    composition, sigma = d["/kmc/composition"], d["/kmc/snapshot/sigma"]
    assert np.all((composition[done] >= 0) & (composition[done] <= 1))
    assert np.all(d["/kmc/completion_time"][done] > 0)
    assert np.all(abs(sigma[done]) == 1)

    # a row that is not flagged is empty, or was being written when the run was killed
    left = ~done
    empty = (np.isnan(composition).all(axis=1) & np.isnan(d["/kmc/f"]).all(axis=(1, 2))
             & np.isnan(d["/kmc/completion_time"]) & (d["/kmc/events"] == -1).all(axis=1)
             & (sigma == 0).all(axis=(1, 2)))
    assert empty[left].any()
    if moment == "at once":
        assert empty[left].all()

    if moment == "with rows done":
        row = np.flatnonzero(done)[-1]
        alone = datasets(make(tmp_path / "alone.h5",
                              f"{COMMAND} -ensemble_first {row} -ensemble_size 1"))
        for name in alone:
            if name == "/trajectory" or name.startswith("/kmc/"):
                assert bits(alone[name]) == bits(d[name][[row]]), name
