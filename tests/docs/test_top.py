"""What stands at the top of the project beside the pages: the citation, the changes, what git ignores; and the environment."""
import datetime
import json
import re
import shutil
import subprocess

import h5py
import numpy as np
import pytest
import yaml
from harness import ROOT, make
from tooling import tool

from nixe.file import File

VERSION = (ROOT / "VERSION").read_text().strip()


def test_numbers_of_the_front_page():
    """What the README says that nixe finds stands on the page of the paper, number by number, and so do the verdicts."""
    readme, found = (" ".join((ROOT / name).read_text(encoding="utf-8").replace("\u00a0", " ").split())
                     for name in ("README.md", "docs/reproduction.md"))
    told = readme.partition("## What it finds")[2].partition("## Two commands")[0]
    numbers = re.findall(r"[\d.]+ ± [\d.]*\d", told)
    assert len(numbers) >= 5 and not [number for number in numbers if f" {number} " not in found]
    judged = re.search(r"Of (\d+) numbers (\d+) agree", told)
    assert judged[0] in found


def test_citation():
    """All that the schema of the Citation File Format 1.2.0 requires, and the paper of the README as what is preferred."""
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert cited["cff-version"] == "1.2.0" and cited["version"] == VERSION and cited["type"] == "software"
    assert isinstance(cited["date-released"], datetime.date)
    paper = cited["preferred-citation"]
    for part, required in ((cited, ("cff-version", "message", "title", "authors")), (paper, ("type", "title", "authors"))):
        assert all(part[name] for name in required)
        for author in part["authors"]:
            assert set(author) in ({"name"}, {"given-names", "family-names"})
    allowed = {"abstract", "authors", "cff-version", "date-released", "keywords", "license", "message", "preferred-citation",
               "title", "type", "version"}
    of_paper = {"authors", "doi", "identifiers", "journal", "start", "title", "type", "volume", "year"}
    assert set(cited) <= allowed and set(paper) <= of_paper
    readme = " ".join((ROOT / "README.md").read_text().split())
    for words in (f"**{paper['volume']}**, {paper['start']} ({paper['year']})", f"[doi:{paper['doi']}]",
                  *(f"[{each['value']}]" for each in paper["identifiers"]), paper["title"],
                  *(author["family-names"] for author in paper["authors"])):
        assert words in readme, words


def test_version():
    """CHANGES.md begins with this version, of the date of the citation."""
    version, date = re.search(r"^## (\S+) \((.*)\)$", (ROOT / "CHANGES.md").read_text(), re.M).groups()
    assert (version, date) == (VERSION, str(yaml.safe_load((ROOT / "CITATION.cff").read_text())["date-released"]))


def test_environment():
    """It has what tools and notebooks import."""
    packages = yaml.safe_load((ROOT / "tools/packaging/environment.yml").read_text())["dependencies"]
    names = {re.match(r"[\w-]+", package)[0] for package in packages}
    code = "\n".join("".join(cell["source"]) for path in ROOT.glob("docs/notebooks/*.ipynb")
                     for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code")
    code += "\n".join(path.read_text() for path in ROOT.glob("tools/**/*.py") if "performance" not in path.name)
    conda = {"matplotlib": "matplotlib-base", "yaml": "pyyaml"}
    needed = {conda.get(name, name) for name in ("h5py", "numpy", "scipy", "matplotlib", "yaml", "pymbar", "xarray", "pandas")
              if re.search(rf"^ *(?:import|from) {name}\b", code, re.M)}
    assert len(needed) >= 6 and needed <= names


@pytest.mark.skipif(not shutil.which("git"), reason="no git here")
def test_outputs_are_ignored(tmp_path):
    """What nixe and its tools write in a clone is not offered to be committed; and nothing of the project is ignored."""
    shutil.copy(ROOT / ".gitignore", tmp_path)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    make(tmp_path / "run.h5", "kmc -lattice_edge 4 -ensemble_size 2 -kmc_snapshots 5")
    make(tmp_path / "flips.h5", "mc -lattice_edge 3 -mc_move flip -mc_sweeps 200 -mc_equilibration 0 -mc_area_every 50 "
         "-mc_snapshot_every 50")
    for name, *words in (("plot",), ("report",), ("movie",), ("export", "--trajectory", 0), ("export", "--format", "xdmf"),
                         ("plot", "--order"), ("plot", "--crystals"), ("plot", "-o", tmp_path / "a.svg")):
        assert tool(name, tmp_path / "run.h5", *words).returncode == 0
    if tool("free_energy", tmp_path / "flips.h5").returncode == 0:
        assert (tmp_path / "flips_free_energy.csv").exists()
    for name in ("run.h5.checkpoint", "run.h5.checkpoint.old", "run.h5.lock", "run.h5.partial", "run.mp4", "build-clang/a.o",
                 "nixe_kmc_17.log", "docs/notebooks/start.h5", "docs/notebooks/phases.png",
                 "docs/notebooks/getting_started.html", "docs/notebooks/.ipynb_checkpoints/a.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    offered = subprocess.run(["git", "status", "--porcelain"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert offered == "?? .gitignore\n"
    if (ROOT / ".git").exists():
        hidden = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "ls-files", "-ci", "--exclude-standard"], cwd=ROOT,
                                check=True, capture_output=True, text=True).stdout
        assert hidden == ""


@pytest.mark.skipif(not shutil.which("h5repack"), reason="no h5repack here")
def test_archive(tmp_path):
    """The line of docs/analysis.md makes a small file, in which the reader finds the same."""
    make(tmp_path / "run.h5", "kmc -lattice_edge 9 -ensemble_size 40")
    line = re.search(r"^h5repack .*$", (ROOT / "docs/analysis.md").read_text(), re.M)[0]
    subprocess.run(["sh", "-c", line], cwd=tmp_path, check=True)
    assert (tmp_path / "archive.h5").stat().st_size < 0.4 * (tmp_path / "run.h5").stat().st_size
    with File(tmp_path / "run.h5") as run, File(tmp_path / "archive.h5") as archive, h5py.File(tmp_path / "archive.h5") as raw:
        assert raw["kmc/snapshot/sigma"].compression == "gzip" and archive.complete and archive.input == run.input
        assert np.array_equal(run.trajectories("f"), archive.trajectories("f"))
        assert np.array_equal(run.snapshots(7), archive.snapshots(7)) and np.array_equal(run.time, archive.time)


def test_notebooks_have_names_of_their_own():
    """Their files can be in the folder of somebody who has typed what the pages have: no file there has the name of another."""
    made = [path for page in [ROOT / "README.md", *ROOT.glob("docs/*.md")]
            for path in re.findall(r"-output_file (\S+\.h5)", page.read_text(encoding="utf-8"))]
    for path in sorted(ROOT.glob("docs/notebooks/*.ipynb")):
        code = "\n".join("".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"])
        for name in re.findall(r'FILES / f?"([^"]+)', code):
            pattern = re.sub(r"\\{\w+\\}", r"\\w+", re.escape(name))
            assert not [other for other in made if re.fullmatch(pattern, other)], f"{path.name}: {name}"
