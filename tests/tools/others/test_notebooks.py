"""The notebooks run from beginning to end in a Jupyter kernel, on files that their commands make."""
import re
import shlex
import sys

import nbformat
import pytest
from harness import ROOT, run
from nbconvert.preprocessors import ExecutePreprocessor

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
FEW = {"kmc": "-ensemble_size 12",
       "mc": "-ensemble_size 2 -mc_equilibration 200 -mc_sweeps 1000"}
FIGURES = {"getting_started": 3, "exchange_kinetics": 5, "core_shell_transition": 6, "hysteresis_loop": 3, "bulk_phase_diagram": 5}


def make_files(notebook, folder):
    """Run the commands at the top of a notebook, on one rank and with fewer samples."""
    shell = re.search(r"```sh\n(.*?)```", notebook.cells[0].source, re.DOTALL)[1]
    for line in shell.replace("\\\n", "").splitlines():
        words = shlex.split(line)
        assert words[:3] == ["mpirun", "-n", "2"] and words[3].endswith("build/nixe")
        inputs = NOTEBOOKS[0].parent / "../../input"
        words = [word.replace("../../input", str(inputs.resolve())) for word in words[4:]]
        result = run([*words, "-quiet", *FEW[words[0]].split()], cwd=folder)
        assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(path, tmp_path, monkeypatch):
    """No error, no warning, and its figures; by the Python of Debian, which has h5py."""
    notebook = nbformat.read(path, as_version=4)
    make_files(notebook, tmp_path)
    monkeypatch.setenv("NIXE_FILES", str(tmp_path))
    monkeypatch.delenv("MPLBACKEND", raising=False)
    notebook.cells.append(nbformat.v4.new_code_cell("import sys; sys.executable"))
    ExecutePreprocessor(timeout=120, kernel_name="python3").preprocess(
        notebook, {"metadata": {"path": str(path.parent)}})
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == FIGURES[path.stem]
    assert outputs[-1].data["text/plain"] == repr(sys.executable)
