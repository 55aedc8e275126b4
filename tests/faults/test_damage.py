"""Files and checkpoints that something else has damaged or written anew: a clear end, or the same file after all."""
import random
import subprocess

import h5py
import numpy as np
import pytest
from faults import CASES, PATIENCE, differences, flagged, lost, sentences
from harness import make, run, text


def truncate(path):
    path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])


def scribble(path):
    content = bytearray(path.read_bytes())
    draw = random.Random(3)
    for _ in range(20):
        content[draw.randrange(len(content))] ^= 1 + draw.randrange(255)
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("case,damage,which", [
    ("kmc-one", truncate, 1), ("kmc-one", scribble, 2), ("mc-ladder", scribble, 1), ("mc-ladder", truncate, 2),
    ("mc-metropolis", empty, 2)])
def test_damaged_checkpoint(case, damage, which, stopped, undisturbed, tmp_path):
    """The newest checkpoint is damaged, or both are: said in a warning, and the file becomes the same."""
    path = stopped(case, tmp_path)
    rows = flagged(path)
    for ending in [".checkpoint", ".checkpoint.old"][:which]:
        damage(path.with_name(f"k.h5{ending}"))
    result = run(f"{CASES[case]} -resume -quiet -output_file {path}", ranks=2)
    assert result.returncode == 0, result.stderr
    warnings = [line for line in result.stdout.splitlines() if line.startswith("warning") and "Only 1 trajectory" not in line]
    assert sum("k.h5.checkpoint" in line for line in warnings) == which
    again = case.startswith("mc") and which == 2        # what the file has, without a state to go on from
    assert len(warnings) == which + again and ("no saved state" in warnings[-1]) == again
    assert not lost(rows, flagged(path))
    assert differences(path, undisturbed(CASES[case])) == []


def test_lost_checkpoint(stopped, undisturbed, tmp_path):
    """No checkpoint at all: tasks are begun again."""
    path = stopped("mc-ladder", tmp_path)
    for ending in (".checkpoint", ".checkpoint.old"):
        path.with_name(f"k.h5{ending}").unlink()
    make(path, f"{CASES['mc-ladder']} -resume", ranks=3)
    assert differences(path, undisturbed(CASES["mc-ladder"])) == []


def scribble_head(path):
    content = bytearray(path.read_bytes())
    content[:256] = random.Random(5).randbytes(256)
    path.write_bytes(content)


def replace_by_text(path):
    path.write_text("this is no HDF5 file\n" * 100)


def replace_by_other(path):
    path.unlink()
    with h5py.File(path, "w") as file:
        file["x"] = np.arange(5)


@pytest.mark.parametrize("damage,ranks", [
    (truncate, 2), (empty, 1), (scribble_head, 2), (replace_by_text, 1), (replace_by_other, 2), (replace_by_other, 1)])
def test_damaged_file(damage, ranks, stopped, tmp_path):
    """A file that is not ours any more: one sentence, no hang, and nothing is made worse."""
    path = stopped("kmc", tmp_path)
    damage(path)
    before = path.read_bytes()
    try:
        result = run(f"{CASES['kmc']} -resume -quiet -output_file {path}", ranks=ranks, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        pytest.fail("it hangs")
    assert result.returncode in (1, 2), result.stderr
    said = sentences(result.stderr)
    assert len(said) == 1 and str(path) in said[0], result.stderr
    assert path.read_bytes() == before


@pytest.mark.parametrize("case", ["kmc", "kmc-ising"])
def test_resume_of_rewritten_text(case, stopped, undisturbed, tmp_path):
    """Attributes that h5py has written anew have a variable length, and another commit is warned of."""
    path = stopped(case, tmp_path)
    with h5py.File(path, "r+") as file:
        for name in ("program", "command", "input"):
            file.attrs[name] = text(file.attrs[name])
        file.attrs["commit"] = "0123456789ab"
    result = run(f"{CASES[case]} -resume -quiet -output_file {path}", ranks=2)
    assert result.returncode == 0, result.stderr
    assert "begun by another version of nixe" in result.stdout
    assert differences(path, undisturbed(CASES[case])) == []
