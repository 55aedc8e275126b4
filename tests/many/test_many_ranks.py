"""Many more ranks than cores: they start, share the tables, meet, stop and go on, and the file is that of a few ranks.

`make test-many` runs this, `make test` does not: a run of so many ranks takes two cores for ten seconds.
"""
import time
from pathlib import Path

import pytest
from faults import (CASES, CRYSTAL, LADDER, LONG_TABLE, OFTEN, Run, count_rows, differences, flagged, lost, memory, sentences,
                    wait_for)
from harness import make

MANY = 64
PATIENCE = 120                  # seconds for what takes ten when nothing else runs
RUNS = {                        # some seconds on one core; ranks without a replica only wait
    "kmc": CASES["kmc"],
    "mc": f"{CRYSTAL} -ensemble_size 3 -mc_sampler informed -mc_equilibration 20000 -mc_sweeps 3e6",
    "mc-ladder": f"{LADDER} -ensemble_size {MANY + 6} -mc_equilibration 500 -mc_sweeps 10000",
}
TABLE = LONG_TABLE.replace("radius 11", "radius 7")


@pytest.fixture
def start(tmp_path):
    """start(command, path, ranks): a run that is given time; see faults.Run."""
    def of(command, path, ranks=MANY):
        return Run(command, path, ranks, grace=0, patience=PATIENCE)
    return of


def wait_until_written(going, before=None):
    """Wait until the file holds more than `before`, or the run has ended."""
    def written():
        time.sleep(0.1)         # to look takes time that the ranks need
        if going.ended() or not going.path.exists():
            return going.ended()
        now = flagged(going.path)
        return now != before if before else count_rows(now) > 0
    wait_for(written, PATIENCE)


def interrupted(going, way, which, before=None):
    """(exit status, output) of a run that is ended as `way` says, when it has written something that it has to keep."""
    wait_until_written(going, before)
    going.interrupt(way, which)
    return going.finish(), going.output()


def test_undisturbed(start, tmp_path):
    """Work for all ranks, not twice for the last of them: the file is that of one rank."""
    path, command = tmp_path / "k.h5", f"kmc -lattice_edge 6 -ensemble_size {2 * MANY - 3} -kmc_time_count 9 -kmc_snapshots 2"
    with start(command, path) as going:
        assert going.finish() == 0, going.output()
    assert differences(path, make(tmp_path / "one.h5", command)) == []


@pytest.mark.parametrize("case,ends,last", [
    ("kmc", [(MANY, "SIGUSR1 to a rank")], MANY),
    ("mc", [(3, "SIGUSR1 to mpirun"), (MANY, "SIGTERM to a rank")], 2),
    ("mc-ladder", [(MANY, "kill -9 of a rank"), (MANY, "SIGUSR1 to mpirun")], MANY),
], ids=list(RUNS))
def test_stopped_and_resumed(case, ends, last, start, tmp_path):
    """A run that is ended by the last of many ranks goes on with others: no row is lost, and the file is the same."""
    path, before = tmp_path / "k.h5", {}
    command = f"{RUNS[case]} {OFTEN}"
    for ranks, way in ends:
        with start(command, path, ranks) as going:
            status, output = interrupted(going, way, ranks - 1, before)
        now = flagged(path)
        assert count_rows(now) > 0 and not lost(before, now), way
        before = now
        if way.startswith("kill"):
            assert status not in (0, 2), (way, status, output)
        else:
            said = sentences(output)
            assert status == 3 and len(said) == 1, (way, status, output)
            assert way.split(" to ")[0] in said[0] and "-resume goes on" in said[0], output
    with start(command, path, last) as going:
        assert going.finish() == 0, going.output()
    assert not lost(before, flagged(path))
    assert differences(path, make(tmp_path / "few.h5", RUNS[case], ranks=2)) == []


def test_stopped_by_many_and_resumed_by_few(start, tmp_path):
    """Ladders that were begun by many ranks are completed by three."""
    path = tmp_path / "k.h5"
    command = f"{RUNS['mc-ladder']} {OFTEN}"
    with start(command, path) as going:
        status, output = interrupted(going, "SIGUSR1 to a rank", 0)
        assert status == 3, output
    make(path, command, ranks=3)
    assert differences(path, make(tmp_path / "one.h5", RUNS["mc-ladder"])) == []


def test_table(start, tmp_path):
    """A table that is stopped while it is built is built by the same command again, with the bits of one rank."""
    path = tmp_path / "v.h5"
    with start(TABLE, path) as going:
        wait_for(lambda: going.ended() or Path(f"{path}.lock").exists(), PATIENCE)
        going.interrupt("SIGUSR1 to mpirun")
        assert going.finish() != 0 and not path.exists(), going.output()
    with start(TABLE, path) as going:
        assert going.finish() == 0, going.output()
    assert differences(path, make(tmp_path / "one.h5", TABLE)) == []


def test_tables_exist_once(start, tmp_path, record_property):
    """While many ranks sample, they map the same tables, and none has tables for itself.

    The tables are larger than the 4 MiB by which two ranks of Open MPI send each other messages.
    """
    path, sites = tmp_path / "k.h5", 1141
    with start("kmc -lattice_edge 20 -ensemble_size 20000 -kmc_time_count 9", path) as going:
        wait_until_written(going)
        ranks = [memory(pid) for pid in going.ranks()]
        going.interrupt("SIGUSR1 to mpirun")
        assert going.finish() == 3, going.output()
    assert len(ranks) == MANY
    table = sites**2 * 4 / 1024                 # couplings in fixed point; V has been given up
    everywhere = set.intersection(*[{file for file, size in shared.items() if size >= table} for _, _, shared in ranks])
    assert everywhere, "the couplings are not in memory that the ranks share"
    alone = sorted(private + touched for private, touched, _ in ranks)
    record_property("memory", f"private memory of a rank, {MANY} ranks, N = {sites}: median {alone[MANY // 2] / 1024:.1f} MiB, "
                              f"largest {alone[-1] / 1024:.1f} MiB; a table, once for all: {table / 1024:.1f} MiB")
    assert alone[-1] < 64 * 1024
