"""What the pages of the documentation say is so: options, files, commands, links."""
import os
import re
import subprocess
import sys
from pathlib import Path

import h5py
import pytest
import yaml
from conftest import datasets, make, run

ROOT = Path(__file__).parent.parent
PAGES = ["README.md", "docs/README.md", "docs/theory.md", "docs/options.md", "docs/format.md"]
COMMAND = r"\bnixe (kmc|mc|potential|spectrum)\b"
INPUTS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "input").glob("*.yaml"))
MATH = re.compile(r"```math\n.*?```|\$[^$\n]+\$", re.DOTALL)


def page(name):
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text, language):
    """The fenced blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def commands(text):
    """Lines of shell: those of fenced blocks, without comments, and inline code."""
    fenced = "\n".join(blocks(text, "sh")).splitlines()
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


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["options", "format"]])
def test_make_docs_refuses(arguments, make_docs):
    """What is no page is refused, with a word on its use."""
    result = subprocess.run([make_docs, *arguments], capture_output=True, text=True)
    assert result.returncode == 2 and "usage" in result.stderr and not result.stdout


@pytest.mark.parametrize("name", PAGES)
def test_links(name):
    """Every relative link leads to a file that is there, and to a heading in it."""
    text = MATH.sub("", page(name))
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
    for path in re.findall(r"(?<![\w./-])(?:src|include|input|tools|tests|docs|jobs)/[\w./]*\w", text):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("name", PAGES + INPUTS)
def test_options_exist(name, options):
    """Every -option of four letters or more that a page names is nixe's or a library's."""
    names, prefixes = options
    text = MATH.sub("", page(name)).replace("-name value", "")
    for option in re.findall(r"(?<![\w-])-([A-Za-z]\w{3,})", text):
        assert option in names or option.startswith(prefixes), option


@pytest.mark.parametrize("name", ["README.md", "docs/options.md"])
def test_options_belong_to_their_commands(name, options):
    """A command line of nixe has options of that command only."""
    lines = [line for line in commands(page(name)) if re.search(COMMAND, line)]
    assert lines
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


def test_examples_in_python(small):
    """The Python of README and docs/format.md runs beside a file run.h5."""
    env = dict(os.environ, PYTHONPATH=str(ROOT / "tools"), MPLBACKEND="Agg")
    examples = [example for name in PAGES for example in blocks(page(name), "python")]
    assert len(examples) >= 2
    for example in examples:
        done = subprocess.run([sys.executable, "-c", example], cwd=small.parent, env=env,
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert (small.parent / "phases.png").stat().st_size > 0


def test_example_of_input(tmp_path):
    """The input file that README shows runs; here with one trajectory."""
    (tmp_path / "own.yaml").write_text("".join(blocks(page("README.md"), "yaml")))
    make(tmp_path / "k.h5", f"kmc -input {tmp_path}/own.yaml -ensemble_size 1")


@pytest.mark.parametrize("name", INPUTS)
def test_input_files(name, tmp_path):
    """Each input file runs; here with one trajectory, or one replica of a few sweeps at one state."""
    command = Path(name).name.split("_")[0]
    few = {"kmc": "", "mc": "-mc_equilibration 0 -mc_sweeps 4 -mc_area_every 2 -mc_snapshot_every 4 "
                           "-shell_stiffness 2"}[command]
    make(tmp_path / "k.h5", f"{command} -input {ROOT / name} -ensemble_size 1 {few}")


def test_format_page_is_that_of_the_files(small, folder):
    """docs/format.md lists the datasets and attributes of the files, all of them and no others."""
    files = [small,
             make(folder / "mc.h5", "mc -lattice_edge 2 -shell_layers 1 -shell_stiffness 1,2 -mc_sweeps 8 "
                  "-mc_equilibration 0 -mc_area_every 4 -mc_snapshot_every 8 "
                  "-mc_replica_exchange_every 4"),
             make(folder / "spectrum.h5", "spectrum -lattice_edge 3")]
    text = page("docs/format.md")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    listed = {name for line in rows for name in re.findall(r"`([^`]+)`", line.split("|")[1])}
    with h5py.File(small, "r") as file:
        attributes = set(file.attrs)
    assert {name for name in listed if not name.startswith("/")} == attributes
    assert {name for name in listed if name.startswith("/")} == {
        name for file in files for name in datasets(file)}
