"""What `make install` puts elsewhere works there, without the folder that it came from."""
import os
import subprocess
import sys
from pathlib import Path

import pytest
from harness import NIXE, ROOT, environment, make

KMC = "kmc -lattice_edge 4 -ensemble_size 2 -kmc_snapshots 5"


@pytest.fixture(scope="module")
def installed(folder):
    """The folder share/nixe of an installation of the program under test."""
    subprocess.run(["make", "--old-file=all", "install", f"BUILD={Path(NIXE).parent}", f"DESTDIR={folder}/to", "PREFIX=/usr"],
                   cwd=ROOT, check=True, capture_output=True)
    assert os.access(folder / "to" / "usr" / "bin" / "nixe", os.X_OK)
    return folder / "to" / "usr" / "share" / "nixe"


def python(*words, cwd, **more):
    """Python as a user calls it, with no other path than that of `more`."""
    env = {**environment(), "PYTHONPATH": "", **more}
    done = subprocess.run([sys.executable, *words], cwd=cwd, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_every_file(installed):
    """All of the tools but those for developers, and the notebooks, which read them by ../../tools."""
    for source in [*ROOT.glob("tools/**/*"), *ROOT.glob("docs/notebooks/*"), *ROOT.glob("input/*")]:
        inside = source.relative_to(ROOT)
        if source.is_file() and not {"developer", "__pycache__"} & set(inside.parts):
            assert (installed / inside).read_bytes() == source.read_bytes(), inside


@pytest.mark.parametrize("words, written", [
    ("plot.py run.h5", "run.png"), ("report.py run.h5", "run.html"), ("movie.py run.h5", "run.gif"),
    ("export.py run.h5 --trajectory 0", "run.xyz"), ("make_figures.py --help", None), ("bench_compare.py --help", None)])
def test_programs(installed, words, written, tmp_path):
    """Each of the programs does its work."""
    make(tmp_path / "run.h5", KMC)
    program, *rest = words.split()
    python(installed / "tools" / program, *rest, cwd=tmp_path)
    assert written is None or (tmp_path / written).stat().st_size > 0


@pytest.mark.parametrize("module", ["nixe_file", "nixe.file"])
def test_reader(installed, module, tmp_path):
    """Both names of the reader lead to that of the installation."""
    make(tmp_path / "run.h5", KMC)
    script = f"import sys; from {module} import File; print(len(File('run.h5').time), sys.modules[File.__module__].__file__)"
    said = python("-c", script, cwd=tmp_path, PYTHONPATH=str(installed / "tools"))
    assert said.split() == ["161", str(installed / "tools" / "nixe" / "file.py")]
