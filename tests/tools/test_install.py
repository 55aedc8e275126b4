"""What `make install` puts elsewhere works there, from any folder, without the one that it came from."""
import difflib
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from harness import NIXE, ROOT, environment, make

KMC = "kmc -lattice_edge 4 -ensemble_size 2 -kmc_snapshots 5"
PREFIX = "/opt/of [two] words"
TOOLS = [name for name in ("plot", "report", "movie", "export", "free_energy", "merge", "make_figures", "equilibrium_checks",
                           "reproduce", "explore") if (ROOT / f"tools/{name}.py").exists()]
PAGES = ["nixe", *(f"nixe-{name}" for name in ("kmc", "mc", "potential", "spectrum", "status")),
         *(f"nixe-{tool.replace('_', '-')}" for tool in TOOLS)]


@pytest.fixture(scope="module")
def prefix(folder):
    """The prefix of an installation of the program under test, as it stands below DESTDIR."""
    made = subprocess.run(["make", "--old-file=all", "install", f"BUILD={Path(NIXE).parent}", f"DESTDIR={folder}/to",
                           f"PREFIX={PREFIX}", f"PYTHON={sys.executable}"], cwd=ROOT, capture_output=True, text=True)
    assert (made.returncode, made.stderr) == (0, ""), made.stderr
    return Path(f"{folder}/to{PREFIX}")


@pytest.fixture(scope="module")
def installed(prefix):
    return prefix / "share" / "nixe"


def call(*words, cwd, **more):
    """A program as a user calls it, with no other path than that of `more`."""
    env = {**environment(), "PYTHONPATH": "", **more}
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_every_file(installed):
    """All of the tools but those for developers, and the notebooks, which read them by ../../tools. Where a line is not as in
    the source, it names commands or places."""
    for source in [*ROOT.glob("tools/**/*"), *ROOT.glob("docs/**/*"), *ROOT.glob("input/*"), *ROOT.glob("jobs/*")]:
        inside = source.relative_to(ROOT)
        if not source.is_file() or {"developer", "packaging", "__pycache__", ".ipynb_checkpoints", "build", "nixe.egg-info"} & set(
                inside.parts):
            continue
        if source.suffix == ".png":
            assert (installed / inside).read_bytes() == source.read_bytes(), inside
            continue
        here, there = (path.read_text(encoding="utf-8").splitlines() for path in (source, installed / inside))
        assert len(here) == len(there), inside
        for line in difflib.ndiff(here, there):
            assert line[0] != "-" or re.search(
                r"build/nixe|tools|input/|jobs/|rom the folder of nixe|make (fig|equilibrium|reproduce|beyond)|build/figures|docs/notebooks/"
                rf"|`({'|'.join(TOOLS)})\.py", line), (inside, line)


def test_commands_in_texts(installed):
    """Installed texts have the commands, and input files where these are; commands that take files of nixe name them there."""
    for path in [*installed.glob("*.md"), *installed.glob("*/*")]:
        if path.suffix not in (".md", ".py", ".sh", ".yaml", ".ipynb", ".html") or path.name == "setup.sh":
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(rf"build/nixe\b(?!-)|python3 tools/({'|'.join(TOOLS)})\.py|sbatch jobs/"
                             r"|(?m:^|`)make (figures|fig\d|equilibrium|reproduce|beyond)\b", text), path
        for name in re.findall(rf"{re.escape(PREFIX)}/share/nixe(/[\w./]*\w)", text):
            assert (installed / name[1:]).exists(), (path, name)
    readme = (installed / "README.md").read_text()
    assert "\nnixe-make-figures --quick " in readme and "in figures-quick" in readme and "`nixe-make-figures 4`" in readme
    checks = (installed / "docs/equilibrium_checks.md").read_text()
    assert "\nnixe-equilibrium-checks  " in checks and "\nnixe-equilibrium-checks binder  " in checks
    analysis = (installed / "docs/analysis.md").read_text()
    for line in ("cp -r {}/tools/nixe/file nixe_file    # here, or in whichever folder the script is",
                 "cp -r {}/tools . && ~/nixe-python/bin/pip install --no-build-isolation ./tools"):
        assert f"\n{line.format(f'{PREFIX}/share/nixe')}\n" in analysis
    assert f"--output-dir . {PREFIX}/share/nixe/docs/notebooks/getting_started.ipynb\n" in analysis
    assert "\n`nixe-plot` draws" in analysis and "`nixe-movie` and `nixe-export` know" in analysis
    for command in (path.name for path in (installed.parents[1] / "bin").iterdir()):
        assert f"`{command}`" in readme, command
    assert "\nnixe-plot run.h5 " in readme and f" nixe kmc -input {PREFIX}/share/nixe/input/kmc_2d_elastic.yaml" in readme


def test_comments_are_aligned(installed):
    """Behind the commands of a page they begin below each other, though names have become longer and shorter."""
    runs = 0
    for path in [installed / "README.md", *installed.glob("docs/*.md")]:
        for block in re.findall(r"^```sh\n(.*?)^```", path.read_text(encoding="utf-8"), re.M | re.S):
            columns = [found.end() if (found := re.search(r"\S  +(?=# )", line)) else None for line in block.splitlines()]
            assert all(one is None or next is None or one == next for one, next in zip(columns, columns[1:])), (path, block)
            runs += sum(one is not None for one in columns) > 1
    assert runs > 10


@pytest.mark.parametrize("words, written", [
    ("plot.py run.h5", "run.png"), ("report.py run.h5", "run.html"), ("movie.py run.h5", "run.gif"),
    ("export.py run.h5 --trajectory 0", "run.xyz"), ("make_figures.py --help", None), ("bench_compare.py --help", None)])
def test_programs(installed, words, written, tmp_path):
    """Each of the programs does its work."""
    make(tmp_path / "run.h5", KMC)
    program, *rest = words.split()
    call(sys.executable, installed / "tools" / program, *rest, cwd=tmp_path)
    assert written is None or (tmp_path / written).stat().st_size > 0


@pytest.mark.parametrize("words, written", [
    ("nixe-plot run.h5", "run.png"), ("nixe-report run.h5", "run.html"), ("nixe-movie run.h5", "run.gif"),
    ("nixe-export run.h5 --trajectory 0", "run.xyz"), *((f"{page} --help", None) for page in PAGES[6:])])
def test_commands(prefix, words, written, tmp_path):
    """So do the commands, by their names and by links, from a folder of any name; each calls itself what it is called."""
    folder = tmp_path / "a b"
    folder.mkdir()
    make(folder / "run.h5", KMC)
    command, *rest = words.split()
    said = call(command, *rest, cwd=folder, PATH=f"{prefix}/bin:{os.environ['PATH']}", PYTHON="/nowhere/python")
    if written:
        assert (folder / written).stat().st_size > 0
        if written.endswith(".html"):
            page = (folder / written).read_text(encoding="utf-8")
            assert ">nixe kmc -input input.yaml" in page and "Page made by nixe-report of nixe" in page
    else:
        assert said.startswith(f"usage: {command} ")
        (folder / "link").symlink_to(prefix / "bin" / command)
        assert call("./link", *rest, cwd=folder) == said


def test_python_of_commands(prefix, tmp_path):
    """PYTHON comes first, one without what is needed is passed over, and where there is none that is said."""
    (tmp_path / "python").write_text(f'#!/bin/sh\necho "$@" >> "{tmp_path}/asked"\nexec "{sys.executable}" "$@"\n')
    (tmp_path / "python").chmod(0o755)
    call(prefix / "bin/nixe-plot", "--help", cwd=tmp_path, PYTHON=f"{tmp_path}/python")
    assert "import_module(module).main()" in (tmp_path / "asked").read_text()
    (tmp_path / "without").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "without").chmod(0o755)
    assert call(prefix / "bin/nixe-plot", "--help", cwd=tmp_path, PYTHON=f"{tmp_path}/without").startswith("usage: nixe-plot")
    text = (prefix / "bin/nixe-plot").read_text().replace(sys.executable, "/nowhere").replace("/usr/bin/python3", "/nowhere")
    done = subprocess.run(["/bin/sh", "-c", text, "nixe-plot"], env={"PATH": str(tmp_path)}, cwd=tmp_path,
                          capture_output=True, text=True)
    assert done.returncode == 2 and done.stderr.splitlines()[-1].startswith("nixe-plot: there is no Python with h5py")


@pytest.mark.parametrize("script, file", [("kmc_one_node.sh", "k.h5"), ("kmc_array.sh", "k_1.h5"), ("mc_scan_array.sh", "k_2.h5")])
def test_jobs(prefix, installed, script, file, tmp_path):
    """The installed scripts find nixe by its name, and their input; here without Slurm, and with little to compute."""
    moved = tmp_path / script
    moved.write_text((installed / "jobs" / script).read_text().replace(PREFIX, str(prefix)))
    few = "-lattice_edge 4 -ensemble_size 2" + (" -mc_equilibration 0 -mc_sweeps 4 -mc_area_every 2 -mc_snapshot_every 4"
                                                if script.startswith("mc") else " -kmc_time_last 1")
    call("bash", moved, cwd=tmp_path, PATH=f"{prefix}/bin:{os.environ['PATH']}", LAUNCH="env", OPTIONS=few, FILE=file,
         NAME="k", SLURM_ARRAY_TASK_ID="1", STIFFNESSES="1 2")
    assert (tmp_path / file).exists()


@pytest.mark.parametrize("module", ["nixe_file", "nixe.file"])
def test_reader(installed, module, tmp_path):
    """Both names of the reader lead to that of the installation."""
    make(tmp_path / "run.h5", KMC)
    script = f"import sys; from {module} import File; print(len(File('run.h5').time)); print(sys.modules[File.__module__].__file__)"
    said = call(sys.executable, "-c", script, cwd=tmp_path, PYTHONPATH=str(installed / "tools"))
    assert said.splitlines() == ["161", str(installed / "tools" / "nixe" / "file" / "__init__.py")]


@pytest.mark.parametrize("page", PAGES)
def test_manual(prefix, page):
    """Every command has a page, which man finds nothing wrong with, nor mandoc; its options are those of the program."""
    path = prefix / "share/man/man1" / f"{page}.1"
    text = path.read_text().replace("\\-", "-")
    assert f'"nixe {(ROOT / "VERSION").read_text().strip()}"' in text and f"\n{page} - " in text
    command = page.partition("-")[2]
    if page in PAGES[1:5]:
        asked = subprocess.run([NIXE, "help", command], capture_output=True, text=True).stdout
        assert re.findall(r"^\\fB-(\w+)\\fR", text, re.M) and \
            set(re.findall(r"^\\fB-(\w+)\\fR", text, re.M)) == set(re.findall(r"^  -(\w+)$", asked, re.M))
    assert ("3 where a run of nixe was stopped" in " ".join(text.split())) == ("fB--mpirun" in text)
    checkers = [["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8"], ["mandoc", "-T", "lint", "-W", "style"]]
    for checker in [words for words in checkers if shutil.which(words[0])]:
        done = subprocess.run([*checker, path], env={**os.environ, "LC_ALL": "C.UTF-8", "MANROFFSEQ": ""},
                              capture_output=True, text=True)
        assert done.returncode == 0 and not done.stderr, (checker, done.stderr)
        assert checker[0] == "man" or not done.stdout, done.stdout


def completed(prefix, *words, cwd):
    """What bash is told of the last of some words."""
    script = f'''. "$0/{words[0]}"; read -r _ _ function _ < <(complete -p {words[0]})
                 COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); "$function"
                 printf '%s\\n' "${{COMPREPLY[@]}}"'''
    done = subprocess.run(["bash", "--norc", "-c", script, prefix / "share/bash-completion/completions", *words],
                          cwd=cwd, capture_output=True, text=True)
    assert not done.stderr
    return done.stdout.split("\n")[:-1]


@pytest.mark.parametrize("words, expected", [
    ("nixe p", ["potential"]), ("nixe --v", ["--version"]), ("nixe s", ["spectrum", "status"]), ("nixe help sp", ["spectrum"]),
    ("nixe kmc -lattice_sh", ["-lattice_shape"]), ("nixe mc -kmc", [""]),
    ("nixe mc -mc_path ", ["independent", "forward", "loop"]),
    ("nixe kmc -resume f", ["false"]), ("nixe kmc -resume -dry", ["-dry_run"]), ("nixe kmc -model_kT ", [""]),
    ("nixe kmc -time_limit ", ["none"]), ("nixe mc -mc_equilibration ", ["auto"]), ("nixe status --", ["--verify"]),
    ("nixe status a", ["a b.h5", "a.yaml"]), ("nixe mc -output_file a", ["a b.h5", "a.yaml"]),
    ("nixe mc -input ", ["a.yaml", "folder"]),
    ("nixe nothing -latt", [""]), ("nixe-plot --cr", ["--crystals"]), ("nixe-plot a", ["a b.h5", "a.yaml"]),
    ("nixe-export --format ", ["xyz", "xdmf"]), ("nixe-export -o fo", ["folder"]), ("nixe-free-energy --bins ", [""]),
    ("mpirun -n 2 nixe kmc -lattice_sh", ["-lattice_shape"]), ("mpiexec -n 2 ./nixe mc -mc_path f", ["forward"]),
    ("mpirun -n 2 nixe kmc -model_kT ", [""]), ("mpirun a.y", ["a.yaml"]), ("mpirun -n 2 mpir nixe", [""])])
def test_completion(prefix, words, expected, tmp_path):
    for name in ("a b.h5", "a.yaml"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    assert sorted(completed(prefix, *words.split(" "), cwd=tmp_path)) == sorted(expected)


def typed(text, shown, cwd, env):
    """Type a text into a bash of its own; wait until something that it stands for is shown."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(cwd)
        os.execvpe("bash", ["bash", "--norc", "--noprofile", "-i"], {**os.environ, **env, "TERM": "dumb", "PS1": "ready> "})
    said, end = "", time.monotonic() + 60
    os.write(terminal, text.encode())
    while shown not in said and time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            said += os.read(terminal, 10000).decode(errors="replace")
    os.close(terminal)
    os.waitpid(process, 0)
    assert shown in said, said


@pytest.mark.parametrize("how", ["by itself", "by bash-completion"])
@pytest.mark.parametrize("text, shown", [
    ("nixe kmc -lattice_shap\thex\t", "-lattice_shape hexagon "), ("nixe status of\t", "nixe status of\\ two\\ words.h5 "),
    ("nixe-export --form\txd\t", "--format xdmf "),
    ("mpirun -n 2 nixe kmc -lattice_shap\thex\t", "-lattice_shape hexagon ")])
def test_completion_in_bash(prefix, how, text, shown, tmp_path):
    """A terminal shows it when the key is pressed, sourced or found by the package bash-completion."""
    package = Path("/usr/share/bash-completion/bash_completion")
    if how == "by bash-completion" and not package.exists():
        pytest.skip("no bash-completion here")
    (tmp_path / "of two words.h5").touch()
    first = f'for f in "{prefix}"/share/bash-completion/completions/*; do . "$f"; done\n'
    first = first if how == "by itself" else f". {package}\n"
    typed(first + text, shown, tmp_path, {"XDG_DATA_DIRS": f"{prefix}/share:/usr/share"})


def test_module_file(prefix, installed, tmp_path):
    """Environment Modules put nixe on the path, and take it off again."""
    start = next((path for path in map(Path, ("/usr/share/modules/init/bash", "/etc/profile.d/modules.sh")) if path.exists()), None)
    version = (ROOT / "VERSION").read_text().strip()
    text = (installed / "modulefiles/nixe" / version).read_text()
    assert f"set prefix {{{PREFIX}}}" in text and "@" not in text
    if not start:
        pytest.skip("no Environment Modules here")
    (tmp_path / "nixe").mkdir()
    (tmp_path / "nixe" / version).write_text(text.replace(PREFIX, str(prefix)))
    script = f'''. {start}; module use "{tmp_path}"; unset MANPATH; module load nixe; command -v nixe; command -v nixe-plot
                 echo "$MANPATH"; module unload nixe; command -v nixe || echo none'''
    done = subprocess.run(["bash", "--norc", "-c", script], env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
                          capture_output=True, text=True)
    assert done.stdout.splitlines() == [f"{prefix}/bin/nixe", f"{prefix}/bin/nixe-plot", f"{prefix}/share/man:", "none"], done.stderr
