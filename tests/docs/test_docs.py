"""What the pages of the documentation say is so: options, files, commands, links, order."""
import json
import os
import re
import subprocess
import shlex
import sys
import warnings
from pathlib import Path

import h5py
import matplotlib
import numpy as np
import pytest
import yaml
from harness import NIXE, ROOT, datasets, environment, make, run
from tooling import tool

ORDER = ["README", "quickstart", "crystals", "materials", "theory", "options", "format", "clusters", "analysis",
         "equilibrium", "equilibrium_checks", "reproduction", "beyond_rods", "beyond_hydride", "beyond_bulk",
         "beyond_spin_crossover", "beyond_sizes", "extending", "performance", "robustness", "platforms"]
NOTEBOOKS = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/notebooks/*.ipynb"))
ROOMS = ["tests", "tools"]       # folders whose page lists what is there
PAGES = ["README.md", "CHANGES.md", *(f"docs/{name}.md" for name in ORDER), "jobs/README.md", "src/README.md",
         *(f"{name}/README.md" for name in ROOMS), *NOTEBOOKS]
COMMAND = r"\bnixe (kmc|mc|potential|spectrum)\b"
INPUTS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "input").glob("*.yaml"))
FORMULAE = re.compile(r"```(?:math|c)\n.*?```|\$[^$\n]+\$", re.DOTALL)


def page(name):
    """The text of a page; of a notebook, its cells of text."""
    text = (ROOT / name).read_text(encoding="utf-8")
    if not name.endswith(".ipynb"):
        return text
    cells = json.loads(text)["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def blocks(text, language):
    """The fenced blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def commands(text):
    """Lines of shell: those of fenced blocks, without comments, and inline code."""
    fenced = "\n".join(blocks(text, "sh")).replace("\\\n", "").splitlines()
    inline = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    return [re.sub(r"(^|\s)#.*", "", line).strip() for line in fenced] + inline


def flatten(tree, prefix=""):
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{prefix}{key}_")
        else:
            yield prefix + key


def anchors(text):
    """What GitHub makes of the headings of a page."""
    found = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.fixture(scope="module")
def make_docs():
    """The program that makes pages from the tables, built as `make docs` builds it."""
    path = ROOT / os.environ.get("BUILD", "build") / "make_docs"
    target = os.path.join(os.environ.get("BUILD", "build"), "make_docs")
    done = subprocess.run(["make", target], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def options():
    """{name: commands that have it}, from the help; and the prefixes of the libraries."""
    names, prefixes = {}, ()
    for command in ("kmc", "mc", "potential", "spectrum"):
        text = run(f"help {command}").stdout
        for name in re.findall(r"^  -(\w+)$", text, re.MULTILINE):
            names.setdefault(name, set()).add(command)
        prefixes = tuple(re.findall(r" -(\w+)", text[text.rindex("pass through:"):]))
    assert "lattice_edge" in names and "log_" in prefixes
    return names, prefixes


@pytest.mark.parametrize("name", ["options", "format"])
def test_pages_are_those_of_the_tables(name, make_docs):
    """docs/options.md and docs/format.md; where this fails, run make docs."""
    made = subprocess.run([make_docs, name], capture_output=True, text=True, check=True).stdout
    assert made == page(f"docs/{name}.md")


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["options", "format"], ["man"], ["man", "nothing", "2026-01-31"]])
def test_make_docs_refuses(arguments, make_docs):
    """What is no page is refused, with a word on its use."""
    result = subprocess.run([make_docs, *arguments], capture_output=True, text=True)
    assert result.returncode == 2 and "usage" in result.stderr and not result.stdout


@pytest.mark.parametrize("name", PAGES)
def test_links(name):
    """Every relative link leads to a file that is there, and to a heading in it."""
    text = FORMULAE.sub("", page(name))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (ROOT / name).parent / path if path else ROOT / name
        assert there.exists(), target
        assert not anchor or anchor in anchors(there.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("name", PAGES)
def test_paths(name):
    """Every file and folder of the project that a page names is there."""
    text = re.sub(r"\]\([^)]*\)", "]", page(name))
    folder = r"(?<![\w./-])(?:src|include|input|tools|tests|docs|jobs)/"
    for path in re.findall(folder + r"[\w./]*\w", text):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("name", PAGES + INPUTS)
def test_options_exist(name, options):
    """Every -option of four letters or more that a page names is nixe's or a library's."""
    names, prefixes = options
    text = re.sub(r'CFLAGS="[^"]*"', "", FORMULAE.sub("", page(name)).replace("-name value", ""))
    for option in re.findall(r"(?<![\w-])-([A-Za-z]\w{3,})", text):
        assert option in names or option.startswith(prefixes), option


def test_options_belong_to_their_commands(options):
    """A command line of nixe has options of that command only."""
    lines = [line for name in PAGES for line in commands(page(name)) if re.search(COMMAND, line)]
    assert len(lines) > 20
    for line in lines:
        command, rest = re.search(COMMAND + "(.*)", line).groups()
        for option in re.findall(r"(?<![\w-])-([A-Za-z]\w{3,})", rest):
            assert command in options[0][option], line


@pytest.mark.parametrize("name", PAGES + INPUTS)
def test_yaml_keys_are_options(name, options):
    """So are the keys of the input files and of the examples in YAML."""
    texts = [page(name)] if name in INPUTS else blocks(page(name), "yaml")
    for text in texts:
        for key in flatten(yaml.safe_load(text)):
            command = "mc" if "/mc_" in name else "kmc"
            assert command in options[0][key], key


def test_make_targets():
    """What the pages tell to make can be made, and setup.sh knows what it is told to do."""
    setup = page("tools/setup.sh")
    found = set()
    for line in [line for name in PAGES for line in commands(page(name))]:
        for words in re.findall(r"(?:^|(?:;|&&) *)make\b((?: +[\w=./-]+)*)", line):
            found.add(tuple(word for word in words.split() if "=" not in word))
        for word in re.findall(r"tools/setup\.sh (\w+)", line):
            assert re.search(rf"\b1:{word}\b", setup), line
    assert {(), ("demo",), ("test",)} <= found
    for targets in found:
        dry = subprocess.run(["make", "-n", *targets], cwd=ROOT, capture_output=True, text=True)
        assert dry.returncode == 0, (targets, dry.stderr)


@pytest.fixture(scope="module")
def small(folder):
    """A small file with every dataset, called run.h5 as in the examples."""
    return make(folder / "run.h5", "kmc -lattice_edge 4 -ensemble_size 2 -output_potential")


@pytest.fixture(scope="module")
def example_files(small):
    """The folder of the files that the examples read."""
    folder = small.parent
    make(folder / "shell.h5", "mc -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,3 "
         "-ensemble_size 2 -mc_equilibration 0 -mc_sweeps 100 -mc_snapshot_every 100")
    make(folder / "v.h5", "potential -lattice_edge 12 -shell_layers 1 -shell_stiffness 1,5")
    few = "-ensemble_size 2 -mc_equilibration 10 -mc_sweeps 100 -mc_area_every 50 -mc_snapshot_every 50"
    make(folder / "loop.h5", f"mc -lattice_edge 3 -mc_move flip -mc_path loop -model_dmu 9,0,-9 -model_kT 1 {few}")
    make(folder / "umbrella.h5", "mc -lattice_edge 3 -mc_move flip -mc_umbrella_stiffness 4 -mc_umbrella_center 0.1,0.5,0.9 "
         f"-model_kT 1 {few}")
    for part in range(2):
        make(folder / f"kmc_{part}.h5",
             f"kmc -lattice_edge 4 -ensemble_size 2 -ensemble_first {2 * part}")
    done = tool("merge", folder / "kmc_0.h5", folder / "kmc_1.h5", "-o", folder / "kmc.h5")
    assert done.returncode == 0, done.stderr
    return folder


def test_example_with_xarray(example_files, monkeypatch):
    """That of docs/analysis.md, where xarray is there."""
    pytest.importorskip("xarray")
    monkeypatch.chdir(example_files)
    example, = blocks(page("docs/analysis.md"), "py")
    exec(compile(example, "analysis", "exec"), {})


@pytest.mark.parametrize("name", PAGES[:-len(NOTEBOOKS)])
def test_examples_in_python(name, example_files, monkeypatch):
    """The Python of a page runs beside files of the names in it, without a warning."""
    monkeypatch.chdir(example_files)
    monkeypatch.syspath_prepend(ROOT / "tools")
    monkeypatch.setenv("NIXE", NIXE)
    matplotlib.use("Agg")
    for example in blocks(page(name), "python"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            exec(compile(example, name, "exec"), {})
        for picture in re.findall(r'savefig\("(.*?)"', example):
            assert (example_files / picture).stat().st_size > 0


def test_arithmetic_of_materials(capsys):
    """The lines of docs/materials.md print what is shown below them, and its prose has these numbers, rounded."""
    text = page("docs/materials.md")
    example, = blocks(text, "python")
    exec(compile(example, "materials", "exec"), {})
    printed = capsys.readouterr().out
    assert printed == blocks(text, "text")[0]
    prose = text[:text.index("## The arithmetic again")]
    for k, misfit, meV, kelvin in re.findall(r"k ([\d.]+) N/m, misfit ([\d.]+) Å: epsilon ([\d.]+) meV, ([\d.]+) K", printed):
        found = [float(number) for number in re.findall(r"\d+\.?\d*", prose)]
        for number, digits in ((k, 1), (misfit, 3), (meV, 1), (kelvin, 0)):
            assert min(abs(float(number) - other) for other in found) < 0.51 * 10**-digits, number


def test_packages_of_the_environment():
    """The page tells of all that the tests install to make an environment and to let pip build what goes there."""
    listed, = re.findall(r"^packages='(.*?)'", page("tests/tools.sh"), re.MULTILINE | re.DOTALL)
    told = re.findall(r"^apt-get install (.*?) *(?:#.*)?$", "\n".join(blocks(page("docs/analysis.md"), "sh")), re.MULTILINE)
    assert {"python3-venv", "python3-setuptools", "python3-wheel"} & set(listed.split()) <= set(" ".join(told).split())


@pytest.mark.parametrize("name", PAGES)
def test_shell_is_shell(name):
    """The blocks of shell are well formed."""
    for block in blocks(page(name), "sh"):
        done = subprocess.run(["sh", "-n"], input=block, capture_output=True, text=True)
        assert done.returncode == 0, (block, done.stderr)


def test_quickstart(tmp_path):
    """What the quick start tells to type works, in its order; here with little to compute."""
    few = {"kmc": " -ensemble_size 2", "mc": " -ensemble_size 1 -mc_sweeps 100 -mc_area_every 50 "
           "-mc_snapshot_every 100 -shell_stiffness 2,4"}
    text = page("docs/quickstart.md")
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "nixe").symlink_to(NIXE)
    for name in ("input", "tools"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name, content in zip(("own.yaml", "mine.yaml", "pulse.yaml", "mine.py"), blocks(text, "yaml") + blocks(text, "python")):
        (tmp_path / name).write_text(content, encoding="utf-8")
    lines = "".join(blocks(text, "sh")).splitlines()
    for line in [line for line in lines if "build/nixe" in line or ".py" in line]:
        line = re.sub(r"^mpirun -n \d+ ", "", line)
        words = shlex.split(line + few.get(line.split()[1], ""), comments=True)
        words[0] = sys.executable if "python" in words[0] else words[0]
        done = subprocess.run(words, cwd=tmp_path, env=environment(), capture_output=True,
                              text=True)
        assert done.returncode == 0, (line, done.stderr)
    for picture in re.findall(r"`(\w+\.png)`", text):
        assert (tmp_path / picture).stat().st_size > 0, picture


def test_quickstart_with_ase(tmp_path, monkeypatch):
    """Its other way to write a crystal makes one that nixe takes, with the column of the first."""
    pytest.importorskip("ase.cluster")
    monkeypatch.chdir(tmp_path)
    example, = blocks(page("docs/quickstart.md"), "py")
    exec(compile(example, "quickstart", "exec"), {})
    with h5py.File(make("v.h5", "potential -lattice_type fcc -lattice_shape file -lattice_file mine.xyz")) as file:
        z, exchange = file["lattice/position"][:, 2], file["lattice/exchange"][()]
        assert len(z) > 250 and 0 < (exchange == 0).sum() < (z == z.min()).sum() + 1
        assert set(exchange) == {0, 1} and np.all(exchange[z > z.min() + 0.1] == 1)


def test_order_of_the_pages():
    """Each page ends with a link to the next, and the index lists them in that order."""
    for this, following in zip(ORDER, ORDER[1:]):
        assert f"]({following}.md)." in page(f"docs/{this}.md").splitlines()[-1], this
    index = re.findall(r"^\d+\. \[.*?\]\((\w+)\.md\)", page("docs/README.md"), re.MULTILINE)
    assert index == ORDER[1:]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebooks_are_stored_without_results(name):
    """Their code is Python, and has not been run; nbconvert --clear-output mends that."""
    for cell in json.loads((ROOT / name).read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            compile("".join(cell["source"]), name, "exec")
            assert not cell["outputs"] and cell["execution_count"] is None


@pytest.mark.parametrize("name", ROOMS)
def test_rooms(name):
    """The tables of the page list what is in the folder: all of it, and nothing else."""
    listed = re.findall(r"^\| `([\w.]+)/?` \|", page(f"{name}/README.md"), re.MULTILINE)
    assert sorted(listed) == sorted(path.name for path in (ROOT / name).iterdir()
                                    if path.name not in ("README.md", "__pycache__", "build", "nixe.egg-info"))


def wings():
    """{wing: the libraries that it may call}, from the top, as src/README.md has them."""
    rows = re.findall(r"^\| `(\w+)/` \|.*\|(.*)\|$", page("src/README.md"), re.MULTILINE)
    return {wing: libraries.strip().split(", ") for wing, libraries in rows}


def test_wings_of_the_program():
    """The folders are those of src/README.md, and a file includes headers of its own wing or below."""
    level = {wing: k for k, wing in enumerate(wings())}
    for folder in ("src", "include/nixe", "tests/unit"):
        found = {path.name for path in (ROOT / folder).iterdir() if path.is_dir()}
        assert found <= set(level) and (folder == "tests/unit" or found == set(level)), folder
    for path in [*ROOT.glob("src/*/*.c"), *ROOT.glob("include/nixe/*/*.h")]:
        for wing in re.findall(r'#include "nixe/(\w+)/', path.read_text()):
            assert level[wing] >= level[path.parent.name], (path, wing)


def symbols(path, undefined):
    """The names that an object file wants (or defines)."""
    kinds = "U" if undefined else "TDBRW"
    listed = subprocess.run(["nm", "-g", path], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1] for line in listed.splitlines() if line.split()[-2] in kinds}


def test_wings_at_link_level():
    """No object file wants a symbol of a wing above its own, or of a library that is not its wing's."""
    objects = {wing: [*Path(NIXE).parent.glob(f"{wing}/*.o")] for wing in wings()}
    assert all(objects.values())
    home = {name: wing for wing in objects for path in objects[wing] for name in symbols(path, False)}
    level = {wing: k for k, wing in enumerate(objects)}
    foreign = {"MPI": "MPI_", "HDF5": "H5", "PETSc": "(Petsc|Mat|Vec|IS|KSP|PC)[A-Z]", "SLEPc": "(Slepc|EPS|ST)[A-Z]"}
    for wing, paths in objects.items():
        for path in paths:
            for name in symbols(path, True):
                assert level.get(home.get(name), 99) >= level[wing], (path, name)
                for library, start in foreign.items():
                    assert library in wings()[wing] or not re.match(start, name), (path, name)


def test_names_in_the_code():
    """What docs/extending.md calls by its name is in the code."""
    folders = ("src", "include", "tests", "tools")
    code = "\n".join(path.read_text() for folder in folders
                     for ending in ("c", "h", "def", "py") for path in (ROOT / folder).rglob(f"*.{ending}"))
    prose = re.sub(r"```.*?```", "", page("docs/extending.md"), flags=re.DOTALL)
    names = set(re.findall(r"`((?:nixe|NIXE)_\w+|\w+(?=\(\)`|\[\]`))", prose))
    assert len(names) > 20
    for name in names:
        assert re.search(rf"\b{name}\b", code), name


def test_example_of_input(tmp_path):
    """The input file that README shows runs; here with one trajectory."""
    (tmp_path / "own.yaml").write_text("".join(blocks(page("README.md"), "yaml")))
    make(tmp_path / "k.h5", f"kmc -input {tmp_path}/own.yaml -ensemble_size 1")


@pytest.mark.parametrize("name", INPUTS)
def test_input_files(name, tmp_path):
    """Each input file runs from the top of the project; here with one trajectory, or a replica of few sweeps at one state."""
    command = Path(name).name.split("_")[0]
    few = {"kmc": "", "mc": "-mc_equilibration 0 -mc_sweeps 4 -mc_area_every 2 -mc_snapshot_every 4"}[command]
    few += " -lattice_edge 6" if name.endswith("_large.yaml") else ""      # 97,336 sites take minutes to set up
    few += " -shell_stiffness 2" if "shell" in yaml.safe_load(page(name)) else ""
    make(tmp_path / "k.h5", f"{command} -input {name} -ensemble_size 1 {few}", cwd=ROOT)


def test_format_page_is_that_of_the_files(small, folder):
    """docs/format.md lists the datasets and attributes of the files, all of them and no others."""
    (folder / "triangle.xyz").write_text("3\n\nX 0 0 0\nX 1 0 0\nX 0.5 0.8660254 0\n")
    files = [small,
             make(folder / "mc.h5", "mc -lattice_edge 2 -shell_layers 1 -shell_stiffness 1,2 -mc_sweeps 8 "
                  "-mc_equilibration 0 -mc_area_every 4 -mc_snapshot_every 8 "
                  "-mc_replica_exchange_every 4"),
             make(folder / "path.h5", "mc -lattice_edge 2 -mc_move flip -model_dmu 0,1 -mc_path loop -mc_sweeps 8 "
                  "-mc_equilibration 0"),
             make(folder / "auto.h5", "mc -lattice_edge 2 -mc_equilibration auto -mc_sweeps 8"),
             make(folder / "cross.h5", "mc -lattice_edge 2 -shell_layers 1 -shell_stiffness 1,2 -mc_cross_energies_every 4 "
                  "-mc_sweeps 8 -mc_equilibration 0"),
             make(folder / "compositions.h5", "mc -lattice_edge 2 -mc_composition 0.3,0.6 -mc_sweeps 8 -mc_equilibration 0"),
             make(folder / "spectrum.h5", "spectrum -lattice_type square -lattice_shape box -lattice_cells 3,3 "
                  "-lattice_periodic 1,2"),
             make(folder / "schedule.h5", "kmc -lattice_edge 2 -ensemble_size 1 -kmc_time_last 1 -kmc_schedule 0.5:dmu=1"),
             make(folder / "listed.h5", "potential -lattice_type triangular -lattice_shape file "
                  f"-lattice_file {folder}/triangle.xyz")]
    text = page("docs/format.md")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    listed = {name for line in rows for name in re.findall(r"`([^`]+)`", line.split("|")[1])}
    with h5py.File(small, "r") as file:
        attributes = set(file.attrs)
    assert {name for name in listed if not name.startswith("/")} == attributes | {
        "start", "libraries", "crystal", "response", "merged_from", "merged_seeds"}
    assert {name for name in listed if name.startswith("/")} == {
        name for file in files for name in datasets(file)}
