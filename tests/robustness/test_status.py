"""What nixe status says of files that grow, that are stopped, complete or damaged; and that its advice can be followed."""
import fcntl
import os
import pty
import re
import shlex
import struct
import subprocess
import termios

import h5py
import numpy as np
import pytest
from faults import CASES, LONG_TABLE, OFTEN, Run, count_rows, differences, flagged, wait_for
from harness import NIXE, environment, make, run, text
from launcher import MPICH, MPIRUN


def status_of(path, *words):
    return subprocess.run([NIXE, "status", str(path), *words], capture_output=True, text=True)


def go_on(said):
    """Do what nixe status tells, as a shell understands it."""
    command = re.search(r"^resume +mpirun -n RANKS (.*)$", said, re.M)[1]
    result = subprocess.run(["sh", "-c", command], env=environment(), capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("case", ["kmc", "mc-ladder"])
def test_status(case, stopped, undisturbed, tmp_path):
    """What nixe status says of a running, a stopped and a complete file; h5py reads the running one as it grows."""
    path = tmp_path / "running.h5"
    longer = "-ensemble_size 30000" if case == "kmc" else "-mc_sweeps 800000"
    with Run(f"{CASES[case]} {OFTEN} {longer}", path, grace=0) as going:
        wait_for(path.exists)
        wait_for(lambda: count_rows(flagged(path)) > 0 and "at the rate" in status_of(path).stdout)
        said = status_of(path)
        assert said.returncode == 3 and f"process {going.owner()}" in said.stdout, said.stdout
        assert re.search(r"^state +running$", said.stdout, re.M), said.stdout
        assert re.search(r"^left +\d+ (trajectories|sweeps), about .* at the rate so far$", said.stdout, re.M)
    path = stopped(case, tmp_path)
    done = sum(1 for content in flagged(path)["f"].values() if content)
    said = status_of(path)
    assert said.returncode == 3 and "stopped; it can be resumed" in said.stdout
    if case == "kmc":
        assert re.search(rf"^finished +{done} of 1800 trajectories$", said.stdout, re.M), said.stdout
        assert re.search(rf"^left +{1800 - done} trajectories$", said.stdout, re.M), said.stdout
        assert re.search(r"^checkpoint .* old, \S+ k?B(; \d+ under way at t = .* \(1/k\), c = .*, after .* events)?$", said.stdout, re.M), said.stdout
    go_on(said.stdout)
    assert differences(path, undisturbed(CASES[case])) == []
    said = status_of(path, "--verify")
    assert said.returncode == 0 and re.search(r"^state +complete$", said.stdout, re.M), said.stdout
    assert "left" not in said.stdout


UNDER_WAY = r"(\d) under way at t = (\S+)(?: to (\S+))? \(1/k\), c = (\S+)(?: to (\S+))?, after (\S+) events"
LONG = "kmc -lattice_edge 10 -ensemble_size 2 -kmc_start random -model_dmu 0 -kmc_time_last 1e9 -kmc_stop_composition none"


def numbers(match):
    return [float(text) for text in match.groups() if text]


@pytest.mark.parametrize("ending", ["SIGUSR1 to mpirun", "kill a rank"])
def test_status_of_long_trajectories(ending, tmp_path):
    """Of which none is complete: how far they are, from the checkpoint, while the run goes on and after it was killed."""
    path, seen = tmp_path / "k.h5", []
    with Run(f"{LONG} {OFTEN}", path, grace=0) as going:
        for _ in range(2):
            wait_for(lambda: (found := re.search(UNDER_WAY, status_of(path).stdout)) and numbers(found) != (seen or [0])[-1])
            seen.append(numbers(re.search(UNDER_WAY, status_of(path).stdout)))
        going.interrupt(ending)
        going.finish()
    seen.append(numbers(re.search(UNDER_WAY, status_of(path).stdout)))
    assert all(1 <= count <= 2 and 0 < time < 1e9 and events > 0 for count, time, *_, events in seen), seen
    assert seen[-1][-1] >= seen[0][-1]
    whole = path.with_name("k.h5.checkpoint").read_bytes()
    path.with_name("k.h5.checkpoint").write_bytes(whole[:-1])       # status says what it can
    said = status_of(path)
    assert said.returncode == 3 and "under way" not in said.stdout and said.stderr == ""


@pytest.mark.parametrize("ranks", [1, 2])
def test_progress_of_long_trajectories(ranks, tmp_path):
    """On a terminal, one line says it, of the ranks together."""
    if MPICH and ranks > 1:
        pytest.skip("the mpirun of MPICH gives ranks a pipe: a line a minute is all that they write")
    head, tail = pty.openpty()
    fcntl.ioctl(tail, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))
    start = "" if ranks == 1 else f"{shlex.join(MPIRUN)} -n {ranks} "
    command = f"{start}{NIXE} {LONG} -time_limit 4s -output_file {tmp_path}/k.h5; true"
    shell = subprocess.Popen(["sh", "-c", command], stdout=tail, stderr=tail, stdin=subprocess.DEVNULL, env=environment())
    os.close(tail)
    said = b""
    try:
        while part := os.read(head, 65536):
            said += part
    except OSError:                                                 # the end of a terminal
        pass
    os.close(head)
    shell.wait()
    found = [numbers(match) for match in re.finditer(UNDER_WAY, said.decode())]
    found = [line for line in found if line[0] == ranks]            # at the limit the ranks do not stop at one moment
    assert len(found) > 1 and found[-1][-1] > found[0][-1], said
    assert found[-1][1] > 0 and "0 of 2 trajectories" in said.decode()


def test_status_quotes(tmp_path):
    """The command that goes on can be pasted, whatever is in its paths; it has -output_potential where the file began with it."""
    start, path = tmp_path / """it's a "start" \\ of.h5""", tmp_path / "of [two] words.h5"
    make(start, "kmc -lattice_edge 4 -ensemble_size 2 -kmc_snapshots 2")
    run(["kmc", "-lattice_edge", "4", "-ensemble_size", "3", "-kmc_start", start, "-time_limit", "1e-3",
         "-output_potential", "-output_file", path])
    said = status_of(path)
    assert said.returncode == 3, said.stderr
    go_on(said.stdout)
    assert status_of(path, "--verify").returncode == 0


def change_attribute(file, name, change):
    content = text(file.attrs[name])
    assert change(content) != content
    file.attrs[name] = change(content)


DAMAGES = {                     # case, what is done to the file, words of the answer, exit status without --verify and with
    "flags": ("kmc", lambda f: (f.pop("kmc/done"), f.create_dataset("kmc/done", data=np.zeros((2, 2, 2), int))),
              "damaged", 1, 1),
    "no flags": ("mc-ladder", lambda f: f.pop("mc/sweeps_done"), "damaged", 1, 1),
    "sweeps": ("mc-ladder", lambda f: (f.pop("mc/sweeps_done"), f.create_dataset("mc/sweeps_done", data=np.ones(5, int))),
               "damaged", 1, 1),
    "checksums": ("mc-ladder", lambda f: (f.pop("mc/checksums"), f.create_dataset("mc/checksums", data=np.ones((4, 3, 1), int))),
                  "stopped", 3, 1),
    "never recorded": ("mc-ladder", lambda f: f["sweep"].write_direct(np.zeros(f["sweep"].shape, np.int64)),
                       "stopped", 3, 1),
    "other text": ("kmc", lambda f: [change_attribute(f, "created", lambda t: t + " by h5py")], "stopped", 3, 3),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_status_of_damaged_file(name, stopped, tmp_path):
    """What is not as it should be is said, and nothing crashes; text that h5py has written anew is read."""
    case, damage, word, status, verified = DAMAGES[name]
    path = stopped(case, tmp_path)
    with h5py.File(path, "r+") as file:
        damage(file)
    for words, expected in (((), status), (("--verify",), verified)):
        said = status_of(path, *words)
        assert said.returncode == expected and word in said.stdout + said.stderr, (said.returncode, said.stdout, said.stderr)


def test_status_of_a_table(tmp_path):
    """Of a table that is not complete: that it is to be made again; while it is made, by whom."""
    path = tmp_path / "k.h5"
    make(path, "potential -lattice_edge 4")
    with h5py.File(path, "r+") as file:
        file.attrs.modify("complete", np.uint8(0))
    said = status_of(path)
    assert said.returncode == 3 and "-output_overwrite" in said.stdout and "resume" not in said.stdout
    result = run(f"potential -lattice_edge 4 -output_file {path}")
    assert result.returncode == 2 and "-output_overwrite" in result.stderr and "-resume" not in result.stderr
    with Run(f"{LONG_TABLE} -output_overwrite", path, grace=0) as going:
        going.wait_until_owner()
        said = status_of(path)
        assert re.search(r"^state +running$", said.stdout, re.M) and f"process {going.owner()}" in said.stdout, said.stdout
