"""The notebooks run as they come, from the first cell, which makes their files, to the last, in a Jupyter kernel."""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from harness import NIXE, ROOT, environment
from nbconvert.preprocessors import ExecutePreprocessor

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
FIGURES = {"getting_started": 3, "exchange_kinetics": 5, "core_shell_transition": 6, "hysteresis_loop": 3, "bulk_phase_diagram": 5}
QUICK = ["getting_started", "exchange_kinetics"]     # their files take seconds


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    """As the user of a notebook has them, who may be root."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    for name in ("MPLBACKEND", "NIXE", "NIXE_FILES", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)


def execute(path):
    """Run a notebook in its folder; where its module nixe came from. No error, no warning, all figures, by our Python."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("import sys; sys.executable, nixe.__file__"))
    ExecutePreprocessor(timeout=900, kernel_name="python3").preprocess(notebook, {"metadata": {"path": str(path.parent)}})
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == FIGURES[path.stem]
    python, module = eval(outputs[-1].data["text/plain"])
    assert python == sys.executable
    return Path(module).resolve()


def beside(folder, name):
    """A copy of a notebook in a tree like that of the source, which is left clean."""
    (folder / "docs" / "notebooks").mkdir(parents=True)
    for room in ("tools", "input"):
        (folder / room).symlink_to(ROOT / room)
    return shutil.copy(ROOT / "docs" / "notebooks" / f"{name}.ipynb", folder / "docs" / "notebooks" / f"{name}.ipynb")


@pytest.mark.parametrize("name", [path.stem for path in NOTEBOOKS])
def test_from_source(name, tmp_path, monkeypatch):
    """By the tools beside them; a second time, with files in a folder of their own, of which those that are there are taken."""
    monkeypatch.setenv("NIXE", NIXE)
    path = beside(tmp_path, name)
    assert execute(path).is_relative_to(ROOT / "tools")
    made = {file.name: file.stat().st_mtime_ns for file in path.parent.glob("*.h5")}
    assert made
    if name in QUICK:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        for file in made:
            shutil.move(path.parent / file, elsewhere / file)
        monkeypatch.setenv("NIXE_FILES", str(elsewhere))
        execute(path)
        assert {file.name: file.stat().st_mtime_ns for file in elsewhere.glob("*.h5")} == made
        assert not list(path.parent.glob("*.h5"))


@pytest.fixture(scope="module")
def installed(folder):
    """An installation of the program under test."""
    subprocess.run(["make", "--old-file=all", "install", f"BUILD={Path(NIXE).parent}", f"DESTDIR={folder}/to", "PREFIX=/usr"],
                   cwd=ROOT, check=True, capture_output=True)
    return folder / "to" / "usr"


@pytest.mark.parametrize("name", QUICK)
def test_installed(name, installed):
    """By the tools of the installation, and its program, which is not on PATH."""
    assert execute(installed / "share" / "nixe" / "docs" / "notebooks" / f"{name}.ipynb").is_relative_to(installed)


def test_lines_of_the_page(installed, tmp_path):
    """Those of docs/analysis.md make a page, and its files in a folder of the user, and leave the installation as it is."""
    there = sorted(path for path in installed.glob("**/*") if path.suffix != ".pyc" and path.name != "__pycache__")
    lines = re.search(r"^mkdir .*\n.* nbconvert .*--execute.*$", (installed / "share/nixe/docs/analysis.md").read_text(), re.M)[0]
    lines = lines.replace("/usr/share/nixe", str(installed / "share/nixe")).replace("/usr/bin/python3", sys.executable)
    subprocess.run(["sh", "-ec", lines], cwd=tmp_path, check=True, capture_output=True)
    made = {str(path.relative_to(tmp_path)) for path in tmp_path.glob("**/*")}
    assert made == {"getting_started.html", "notebooks", "notebooks/start.h5"}
    assert sorted(path for path in installed.glob("**/*") if path.suffix != ".pyc" and path.name != "__pycache__") == there


@pytest.mark.parametrize("name", QUICK)
def test_with_pip(name, pip_python, tmp_path, monkeypatch):
    """By the module that pip has installed, though tools are there, too; the program is on PATH."""
    site, = pip_python.parents[1].glob("lib/python3*/site-packages")
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.setenv("PATH", f"{Path(NIXE).parent}:{os.environ['PATH']}")
    assert execute(beside(tmp_path, name)).is_relative_to(site.resolve())
