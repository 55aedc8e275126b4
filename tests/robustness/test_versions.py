"""Files of other format versions: version 1 starts runs and is described, but not gone on with; a later one is refused."""
import re
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import datasets, make, run, text
from version1 import KINDS, old, with_version


def refusal(words):
    """The one sentence of a refusal, without "nixe: "."""
    result = run(words)
    line, = result.stderr.splitlines()
    assert result.returncode == 2 and line.startswith("nixe: "), result
    return line[len("nixe: "):]


def write_input(path, kind):
    """The options of a file, as YAML to begin with."""
    with h5py.File(old(kind), "r") as file:
        path.write_text(text(file.attrs["input"]))
    return f"{kind.split('_')[0]} -input {path}"


@pytest.mark.parametrize("kind", ["kmc", "mc", "mc_exchange"])
@pytest.mark.parametrize("complete", [0, 1])
def test_resume_refuses_version_1(kind, complete, tmp_path):
    """Whether it is complete or not; the file stays as it is."""
    path = Path(shutil.copy(old(kind), tmp_path))
    with h5py.File(path, "r+") as file:
        file.attrs.modify("complete", np.uint8(complete))
        commit = text(file.attrs["commit"])
    before = path.read_bytes()
    said = refusal(f"{write_input(tmp_path / 'again.yaml', kind)} -resume -output_file {path}")
    assert said == (f"-resume: {path} is of format version 1, which this version of nixe can read, but neither go on with nor "
                    f"verify; use the one that made it, 0.1.0 ({commit})")
    assert path.read_bytes() == before and {item.suffix for item in tmp_path.iterdir()} <= {".h5", ".yaml", ".lock"}


SAID = {3: "is of format version 3, which this version of nixe does not know; use the one that made it, 0.1.0",
        0: "does not say of which format version it is", None: "does not say of which format version it is",
        "two": "does not say of which format version it is"}


@pytest.mark.parametrize("version", SAID)
def test_unknown_version(version, tmp_path):
    """Refused in one sentence by -resume, by -kmc_start and by nixe status."""
    path = with_version(old("kmc"), tmp_path / "k.h5", version)
    again = write_input(tmp_path / "again.yaml", "kmc")
    for words, start in ((f"{again} -resume -output_file {path}", "-resume: "),
                         (f"{again} -kmc_start {path} -output_file {tmp_path}/new.h5", "-kmc_start: "),
                         (f"status {path}", "")):
        assert refusal(words).startswith(f"{start}{path} {SAID[version]}")
    assert not (tmp_path / "new.h5").exists()


@pytest.mark.parametrize("kind, edge", [("kmc", 3), ("mc", 4)])
def test_start_from_version_1(kind, edge, tmp_path):
    """-kmc_start takes the configurations of an old file."""
    name = {"kmc": "/kmc/snapshot/sigma", "mc": "/mc/snapshot/sigma"}[kind]
    last = datasets(old(kind))[name][..., -1, :]
    last = last.reshape(-1, last.shape[-1])
    d = datasets(make(tmp_path / "k.h5", f"kmc -lattice_edge {edge} -ensemble_size {len(last)} -kmc_start {old(kind)} "
                      "-kmc_time_first 1e-30 -kmc_time_last 1e-29 -kmc_time_count 2 -kmc_snapshots 2 "
                      "-kmc_stop_composition none"))
    assert np.array_equal(d["/kmc/snapshot/sigma"][:, 0], last)


@pytest.mark.parametrize("kind", KINDS)
def test_status_of_version_1(kind, tmp_path):
    """It is told how far it is, but not how to go on with it; to verify it is refused in one sentence."""
    path = Path(shutil.copy(old(kind), tmp_path))
    said = run(["status", path])
    assert said.returncode == 0 and "state      complete" in said.stdout and not said.stderr
    assert refusal(["status", path, "--verify"]).startswith(f"{path} is of format version 1, which this version of nixe can ")
    with h5py.File(path, "r+") as file:
        file.attrs.modify("complete", np.uint8(0))
    said = run(["status", path])
    assert said.returncode == 3 and not said.stderr and "\nresume" not in said.stdout
    if kind in ("kmc", "mc", "mc_exchange"):
        assert "stopped; this version of nixe does not go on with its format version" in said.stdout
        assert re.search(r"finished   (\d) of \1 ", said.stdout)
