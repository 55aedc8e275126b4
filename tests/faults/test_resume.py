"""A run that is stopped or killed, and continued by the same command, writes what it would have written undisturbed."""
import hashlib
import random
import re
import shutil
import socket
import time

import h5py
import numpy as np
import pytest
from faults import (CASES, CRYSTAL, LADDER, LONG_TABLE, OFTEN, WAYS, Run, count_rows, differences, flagged, lost, run_to_end,
                    sentences, wait_for)
from harness import make, run, text


def plan(case):
    """Four interruptions: (way, ranks, which rank, seconds). Two cases that follow each other have all ways."""
    number = list(CASES).index(case)
    draw = random.Random(f"stop {case}")
    ways = random.Random(number // 2).sample(WAYS, len(WAYS))
    return [(way, draw.choice([1, 2, 3]), draw.randrange(3), draw.uniform(0, 0.4)) for way in ways[number % 2::2]]


@pytest.mark.parametrize("case", CASES)
def test_stopped_and_killed(case, undisturbed, tmp_path):
    """Ends of all kinds, at drawn moments, on drawn numbers of ranks; flagged rows never vanish."""
    path, reference = tmp_path / "k.h5", undisturbed(CASES[case])
    good, before, early = flagged(reference), {}, 0
    for way, ranks, which, seconds in plan(case):
        limit = f"-time_limit {1.05 + seconds}" if way == "the time limit" else ""
        alone = ranks == 1 and "mpirun" not in way
        grace = int(way == "SIGTERM to mpirun")
        with Run(f"{CASES[case]} {OFTEN} {limit}", path, ranks, alone, grace) as going:
            going.wait_until_owner()
            time.sleep(seconds)
            running = going.owner() != 0
            going.interrupt(way, which) if not limit else None
            status = going.finish()
            output = going.output()
        if running and status != 0:
            early += 1
            polite = not way.startswith("kill") and way != "SIGTERM to mpirun"
            assert not polite or status == 3, (way, status, output)
            assert status not in (2, 139), (way, status, output)
            if status == 3:
                said = sentences(output)
                assert len(said) == 1 and "-resume goes on" in said[0], output
                assert str(path) in said[0] and way.split(" to ")[0] in said[0], output
        if path.exists():
            now = flagged(path)
            assert not lost(before, now), way
            assert not lost(now, good), way
            before = now
    assert early > 0, "the run was too short to be interrupted"
    draw = random.Random(case)
    status, output = run_to_end(f"{CASES[case]} {OFTEN}", path, draw.choice([1, 2, 3]))
    assert status == 0, output
    assert differences(path, reference) == []


@pytest.mark.parametrize("case", ["kmc", "mc-ladder"])
def test_complete(case, undisturbed, tmp_path):
    """-resume on a complete file exits 0 and changes no byte."""
    path = tmp_path / "k.h5"
    shutil.copy(undisturbed(CASES[case]), path)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    for ranks in (1, 2):
        result = run(f"{CASES[case]} -resume -output_file {path}", ranks=ranks)
        assert result.returncode == 0, result.stderr
        assert "complete" in result.stdout
        assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["k.h5"]


def test_file_without_resume(stopped, tmp_path):
    """Without -resume an unfinished file is not touched either."""
    path = stopped("kmc", tmp_path)
    result = run(f"{CASES['kmc']} -output_file {path}")
    assert result.returncode == 2 and "-resume goes on with it" in result.stderr


@pytest.mark.parametrize("case,change,said", [
    ("kmc", "-model_kT 0.3", "-model_kT "),
    ("kmc", "-ensemble_seed 7 -model_dmu -5", "-model_dmu "),
    ("kmc", "-ensemble_seed 7", "-ensemble_seed 1, and this run 7"),
    ("kmc", "-kmc_snapshots 3", "-kmc_snapshots 2, and this run 3"),
    ("kmc", "-kmc_algorithm lazy", "-kmc_algorithm auto, and this run lazy"),
    ("kmc-lazy", "-kmc_algorithm eager", "-kmc_algorithm lazy, and this run eager"),
    ("kmc", "-ensemble_size 499", "extended, not shortened"),
    ("kmc", "-kmc_schedule 1:dmu=2", "has no -kmc_schedule, and this run 1.0e+00:dmu=2.0e+00;"),
    ("kmc", "-kmc_snapshots 3 -ensemble_seed 7 -model_kT 0.3",
     "and this run 3.0e-01; the options must be the same; so differ -ensemble_seed, -kmc_snapshots"),
    ("mc-ladder", "-shell_stiffness 1,3,4", "-shell_stiffness"),
    ("mc-ladder", "-mc_sweeps 79000", "extended, not shortened"),
    ("mc-ladder", "-ensemble_size 2", "-ensemble_size 3, and this run 2"),
    ("mc-until", "-ensemble_size 4", "with -mc_until the number of replicas decides how long they run"),
    ("mc-ladder", "-mc_replica_exchange_every 14", "-mc_replica_exchange_every 7, and this run 14"),
])
def test_other_options(case, change, said, stopped, tmp_path):
    """Options that differ are refused, and all of them are named; the file stays as it is."""
    path = stopped(case, tmp_path)
    before = path.read_bytes()
    result = run(f"{CASES[case]} {change} -resume -output_file {path}")
    assert result.returncode == 2
    assert said in result.stderr and len(result.stderr.splitlines()) == 1, result.stderr
    assert path.read_bytes() == before


def test_other_command(stopped, tmp_path):
    path = stopped("kmc", tmp_path)
    result = run(f"mc -lattice_edge 12 -resume -output_file {path}")
    assert result.returncode == 2 and "nixe kmc" in result.stderr


SHORT = {                       # command, options of the shorter run, of the longer one
    "trajectories": ("kmc -lattice_edge 5 -kmc_time_count 9 -kmc_snapshots 3 -output_potential",
                     "-ensemble_size 20", "-ensemble_size 57"),
    "replicas": (f"{CRYSTAL} -mc_sampler informed -mc_equilibration 500 -mc_sweeps 2000 -output_potential",
                 "-ensemble_size 2", "-ensemble_size 5"),
    "sweeps": (f"{CRYSTAL} -mc_equilibration 550 -ensemble_size 3", "-mc_sweeps 2000", "-mc_sweeps 5000"),
    "both": (f"{CRYSTAL} -mc_sampler informed -mc_equilibration 520", "-mc_sweeps 2000 -ensemble_size 2",
             "-mc_sweeps 3000 -ensemble_size 3"),
    "until": (f"{CRYSTAL} -mc_sampler informed -model_kT 0.8,1.2 -mc_until f_U:0.002 -mc_equilibration auto -ensemble_size 3",
              "-mc_sweeps 2000", "-mc_sweeps 50000"),
    "ladders": (f"{LADDER} -mc_equilibration 500", "-mc_sweeps 2000 -ensemble_size 1",
                "-mc_sweeps 5000 -ensemble_size 3"),
}


@pytest.mark.parametrize("name", SHORT)
def test_extended(name, tmp_path):
    """A complete run that is extended twice equals the longer run from the start."""
    command, short, long = SHORT[name]
    path, whole = tmp_path / "k.h5", tmp_path / "whole.h5"
    make(whole, f"{command} {long}", ranks=2)
    make(path, f"{command} {short} -resume")
    rows = flagged(path)
    make(path, f"{command} {long} -resume", ranks=2)
    assert not lost(rows, flagged(path))
    assert differences(path, whole) == []


def flags_of(path):
    with h5py.File(path, "r") as file:
        return file["/mc/sweeps_done"][()]


@pytest.mark.parametrize("case,longer", [
    ("kmc", "-ensemble_size 1980"), ("mc-ladder", "-mc_sweeps 150000 -ensemble_size 4")])
def test_extended_when_unfinished(case, longer, stopped, undisturbed, tmp_path):
    """A stopped run is extended, killed while it is, and continued."""
    path = stopped(case, tmp_path)
    command, rows = f"{CASES[case]} {longer}", flagged(path)
    with Run(f"{command} {OFTEN}", path, 3, grace=0) as going:
        going.wait_until_owner()
        time.sleep(0.25)
        going.interrupt("kill -9 of all ranks")
        going.finish()
    assert not lost(rows, flagged(path))
    status, output = run_to_end(f"{command} {OFTEN}", path, 2)
    assert status == 0, output
    assert differences(path, undisturbed(command)) == []


@pytest.mark.parametrize("longer", [300000, 700000])
def test_extended_in_the_last_stretch(longer, tmp_path):
    """A ladder that is stopped between its last exchange and an end that is no moment of exchange, then made longer: members
    that had reached the old end go on with the others."""
    path, whole = tmp_path / "k.h5", tmp_path / "whole.h5"
    ladder = (f"{LADDER} -mc_record_every 1000 -mc_snapshot_every 10000 -mc_area_every 10000 -mc_replica_exchange_every 150000 "
              "-ensemble_size 1 -mc_equilibration 0")

    def between():
        try:
            done = flags_of(path)
        except OSError:
            return False
        return done.max() == 290000 and done.min() < 290000

    with Run(f"{ladder} -mc_sweeps 290000 -checkpoint_every 0.02", path, alone=True, grace=0) as going:
        wait_for(lambda: between() or going.ended())
        going.interrupt("SIGUSR1 to a rank")
        assert going.finish() == 3, going.output()
    assert between()
    make(whole, f"{ladder} -mc_sweeps {longer}")
    make(path, f"{ladder} -mc_sweeps {longer} -resume", ranks=2)
    assert (flags_of(path) == longer).all()
    assert differences(path, whole) == []


def test_second_run(tmp_path):
    """A file that is being written is refused, with the host and the process; a killed owner does not block."""
    path = tmp_path / "k.h5"
    command = f"{CASES['kmc']} -ensemble_size 30000"
    with Run(f"{command} {OFTEN}", path, grace=0) as going:
        wait_for(path.exists)
        owner = going.owner()
        assert owner in going.ranks()
        for more in ("-resume", "-resume -ensemble_size 40000", "-output_overwrite"):
            result = run(f"{command} {more} -output_file {path}")
            assert result.returncode == 2, result.stderr
            assert f"host {socket.gethostname()}, process {owner}" in result.stderr
            assert len(result.stderr.splitlines()) == 1
        for other in ("spectrum", "potential"):
            result = run(f"{other} -lattice_edge 4 -output_overwrite -output_file {path}")
            assert result.returncode == 2 and f"process {owner}" in result.stderr, result.stderr
        assert not going.ended() and going.owner() == owner
        going.interrupt("kill -9 of all ranks")
        going.finish()
    result = run(f"{command} -resume -time_limit 1.2 -checkpoint_every 0.3 -quiet -output_file {path}")
    assert result.returncode == 3 and "the time limit" in result.stderr


@pytest.mark.parametrize("case", ["kmc", "kmc-published"])
def test_file_of_another_arithmetic(case, stopped, tmp_path):
    """A file that was begun in doubles is not gone on with in fixed point; one without a word of it was begun in doubles."""
    path = stopped(case, tmp_path)
    with h5py.File(path, "r+") as file:
        assert text(file.attrs["arithmetic"]) == ("double precision" if case == "kmc-published" else "fixed point")
        del file.attrs["arithmetic"]
    content = path.read_bytes()
    result = run(f"{CASES[case]} -resume -quiet -output_file {path}", ranks=2)
    if case == "kmc-published":
        assert result.returncode == 0, result.stderr
        return
    assert result.returncode == 2 and "computes rates otherwise than in fixed point" in result.stderr, result.stderr
    assert len(sentences(result.stderr)) == 1 and path.read_bytes() == content


@pytest.mark.parametrize("case", ["kmc", "kmc-lazy"])
def test_file_of_another_algorithm(case, stopped, tmp_path):
    """A file that was begun with the other algorithm, which auto chose then, is not gone on with; one without a word is eager."""
    path, is_lazy = stopped(case, tmp_path), case == "kmc-lazy"
    with h5py.File(path, "r+") as file:
        assert text(file.attrs["algorithm"]) == ("lazy" if is_lazy else "eager")
        del file.attrs["algorithm"]
    content = path.read_bytes()
    result = run(f"{CASES[case]} -resume -quiet -output_file {path}", ranks=2)
    assert result.returncode == (2 if is_lazy else 0), result.stderr
    if is_lazy:
        assert "was begun with the eager algorithm" in result.stderr
        assert len(sentences(result.stderr)) == 1 and path.read_bytes() == content


@pytest.mark.parametrize("case", ["kmc", "mc-ladder"])
def test_tables_of_another_machine(case, stopped, tmp_path):
    """A file that was begun with a table of other last digits: said in one warning, and it goes on."""
    warnings = []
    for foreign in (False, True):
        path = stopped(case, tmp_path)
        with h5py.File(path, "r+") as file:
            if foreign:
                file.attrs.modify("tables", np.bytes_(b"0123456789abcdef"))
        result = run(f"{CASES[case]} -resume -quiet -output_file {path}", ranks=2)
        assert result.returncode == 0, result.stderr
        warnings.append([line for line in result.stdout.splitlines() if line.startswith("warning")])
    assert warnings[0] == [] and len(warnings[1]) == 1 and "another machine" in warnings[1][0]


@pytest.mark.parametrize("command", [CASES["kmc"], CASES["mc-metropolis"]], ids=["kmc", "mc"])
def test_potential_of_a_killed_run(command, stopped, tmp_path):
    """Killed between the layout and the potential: V is written by the run that goes on."""
    path, whole = tmp_path / "k.h5", tmp_path / "whole.h5"
    command = re.sub("-(ensemble_size|mc_sweeps|mc_equilibration) [0-9]+", "", command)
    command += " -ensemble_size 2 -output_potential"
    if command.startswith("mc"):
        command += " -mc_equilibration 500 -mc_sweeps 2000"
    make(whole, command)
    shutil.copy(whole, path)
    with h5py.File(path, "r+") as file:
        file["/potential/V"][...] = np.nan
        file["/potential/checksums"][...] = -1
        file["/kmc/done" if "/kmc" in file else "/mc/sweeps_done"][...] = 0
        file.attrs.modify("complete", np.uint8(0))
    make(path, f"{command} -resume", ranks=2)
    assert differences(path, whole) == []


@pytest.mark.parametrize("case", ["kmc", "mc-ladder"])
def test_output_potential_changes(case, stopped, tmp_path):
    """-output_potential that comes or goes on the way is refused, or heard; never a cry of HDF5."""
    path = stopped(case, tmp_path)
    result = run(f"{CASES[case]} -resume -quiet -output_potential -output_file {path}", ranks=2)
    assert result.returncode in (0, 2), result.stderr
    if result.returncode == 0:
        with h5py.File(path, "r") as file:
            assert np.isfinite(file["/potential/V"][()]).all()


def test_stop_while_setting_up(undisturbed, tmp_path):
    """A request during set-up is heard when sampling begins: exit status 3, and nothing is lost."""
    path, command = tmp_path / "k.h5", f"{CASES['kmc']} {OFTEN}"
    with Run(command, path, grace=0) as going:
        going.wait_until_owner()
        going.interrupt("SIGUSR1 to a rank", 1)
        assert going.finish() == 3, going.output()
    assert count_rows(flagged(path)) == 0 or not lost(flagged(path), flagged(undisturbed(CASES["kmc"])))
    make(path, command)
    assert differences(path, undisturbed(CASES["kmc"])) == []


def test_stop_between_tables(tmp_path):
    """A set-up of many tables is not finished first: status 3, no file yet, and the same command begins."""
    path = tmp_path / "k.h5"
    command = ("mc -lattice_edge 24 -shell_layers 1 -mc_equilibration 1 -mc_sweeps 10 -mc_area_every 10 "
               "-mc_snapshot_every 10 -ensemble_size 1 -resume -shell_stiffness ")
    with Run(command + ",".join(str(k) for k in range(1, 101)), path, grace=0) as going:
        going.wait_until_owner()
        going.interrupt("SIGUSR1 to mpirun")
        assert going.finish() == 3, going.output()
        assert len(sentences(going.output())) == 1 and "while tables were built" in going.output()
    assert [entry.name for entry in tmp_path.iterdir()] == []
    make(path, command + "1,2")


def test_signals_to_a_table(tmp_path):
    """potential and spectrum have nothing to keep: a signal ends them at once, and the file is free for the next."""
    path = tmp_path / "k.h5"
    for command, signal in ((LONG_TABLE, "SIGTERM to a rank"), ("spectrum -lattice_edge 30", "SIGTERM to mpirun"),
                            (LONG_TABLE, "SIGUSR1 to a rank")):
        with Run(command, path) as going:
            going.wait_until_owner()
            assert not going.ended()
            going.interrupt(signal, 1)
            assert going.finish() not in (0, 3), going.output()
        assert not path.exists()
    make(path, "spectrum -lattice_edge 4")
