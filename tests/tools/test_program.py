"""nixe.run(): which program it starts and how, what it shows, raises and returns."""
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from harness import NIXE, ROOT, environment
from launcher import MPIRUN

import nixe
from nixe.program import _shown, _word, find_program

SMALL = dict(lattice_edge=4, ensemble_size=2, kmc_snapshots=2)
LONG = dict(lattice_edge=20, ensemble_size=4000, kmc_snapshots=2, kmc_time_count=3)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """In a folder of its own, as root may, and with the program under test."""
    monkeypatch.chdir(tmp_path)
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NIXE", NIXE)


def test_returns_the_open_file(capsys):
    """It is complete, and what nixe wrote has been shown."""
    with nixe.run("kmc", output_file="run.h5", **SMALL) as run:
        assert isinstance(run, nixe.File) and run.complete and run.done.all() and run.options["lattice_edge"] == 4
    shown = capsys.readouterr()
    assert "ensemble  2 trajectories" in shown.out and "wrote run.h5" in shown.out and not shown.err


def test_brief(capsys):
    """Warnings and the name of the file alone; of what is on a terminal, what is left there."""
    nixe.run("kmc", output_file="run.h5", brief=True, **SMALL).close()
    warning, wrote = capsys.readouterr().out.splitlines()
    assert warning.startswith("warning ") and wrote == "wrote run.h5"
    show = _shown(True)
    for piece in ("lattice\n", "\r1 of 2", "\r       \rwro", "te a.h5\n", "end"):
        show(piece)
    assert capsys.readouterr().out == "wrote a.h5\n"


def test_input_names_the_output(capsys):
    """A YAML file has options, and may name the file, too."""
    Path("own.yaml").write_text("lattice: {edge: 3}\noutput: {file: named.h5}\nensemble: {size: 1}\n")
    with nixe.run("kmc", input=Path("own.yaml"), quiet=True) as run:
        assert run.path == "named.h5" and run.options["lattice_edge"] == 3


@pytest.mark.parametrize("value, word", [
    (True, "true"), (False, "false"), (12, "12"), (0.25, "0.25"), ([1, 2.5], "1,2.5"), ((1,), "1"), ("A", "A"),
    (Path("a b"), "a b"), ({"111": 5.5, "100": 6}, "111:5.5,100:6")])
def test_values(value, word):
    """Values of Python as nixe reads them."""
    assert _word(value) == word


def test_refusal():
    """The sentence is nixe's own, once, also where ranks are started and mpirun has something to add."""
    for how in ({}, {"ranks": 2, "launcher": " ".join(MPIRUN)}):
        with pytest.raises(nixe.NixeRunError) as refusal:
            nixe.run("kmc", lattice_edgee=4, output_file="run.h5", **how)
        assert refusal.value.status == 2
        assert str(refusal.value).startswith("unknown option -lattice_edgee; the nearest is -lattice_edge")
        assert "mpirun" not in str(refusal.value) and "\n" not in str(refusal.value)
    assert not os.listdir()


def test_none_and_dry_run(capsys):
    """None leaves an option out; a dry run makes no file."""
    assert nixe.run("kmc", output_file="run.h5", dry_run=True, model_kT=None, **SMALL) is None
    assert "nothing was run" in capsys.readouterr().out


def test_ranks(capsys):
    """By the launcher that is named, with its own words, or by mpirun."""
    nixe.run("kmc", output_file="run.h5", ranks=2, launcher=" ".join(MPIRUN), **SMALL).close()
    assert "ranks     2 on 1 node" in capsys.readouterr().out
    with pytest.raises(nixe.NixeRunError, match="There is no no-such-launcher here"):
        nixe.run("kmc", output_file="run.h5", launcher="no-such-launcher -x", **SMALL)


def test_which_program(tmp_path, monkeypatch):
    """The one that is named, that of NIXE, that of PATH, the one beside the source or inside the same installation."""
    def program(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        return path
    named, variable, on_path = (program(tmp_path / name / "nixe") for name in ("named", "variable", "path"))
    monkeypatch.setenv("NIXE", str(variable))
    monkeypatch.setenv("PATH", str(on_path.parent))
    assert find_program(named) == named and find_program() == variable
    monkeypatch.setenv("NIXE", str(tmp_path / "gone"))
    with pytest.raises(nixe.NixeRunError, match="gone, which the environment variable NIXE names, is no program"):
        find_program()
    monkeypatch.delenv("NIXE")
    assert find_program() == on_path
    monkeypatch.setenv("PATH", str(tmp_path))
    for inside, there in (("tree/tools/nixe", "tree/build/nixe"), ("usr/share/nixe/tools/nixe", "usr/bin/nixe")):
        monkeypatch.setattr("nixe.program.__file__", str(tmp_path / inside / "program.py"))
        with pytest.raises(nixe.NixeRunError, match="There is no nixe on PATH"):
            find_program()
        assert find_program() == program(tmp_path / there) if (tmp_path / there).exists() else program(tmp_path / there)
        assert find_program() == tmp_path / there


def test_time_limit(capsys):
    """A file that is not complete is one all the same; what nixe says of it is shown, and the same call goes on."""
    with nixe.run("kmc", output_file="run.h5", time_limit=1, quiet=True, **LONG) as run:
        assert not run.complete
        before = run.done.sum()
    assert "stopped early by the time limit" in capsys.readouterr().err
    with nixe.run("kmc", output_file="run.h5", time_limit=2, quiet=True, resume=True, **LONG) as run:
        assert run.done.sum() > before
    assert "resumed " in capsys.readouterr().out


@pytest.mark.parametrize("ranks", [None, 2])
def test_interrupt(ranks):
    """It stops nixe in good order and goes on up; the state is saved, no process is left, and the same call resumes."""
    program = (f"import nixe\nnixe.run('kmc', output_file='run.h5', resume=True, ranks={ranks}, "
               f"launcher={' '.join(MPIRUN) if ranks else None!r}, **{LONG})\n")
    env = {**environment(), "PYTHONPATH": str(ROOT / "tools"), "NIXE": NIXE}
    going = subprocess.Popen([sys.executable, "-u", "-c", program], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    said = ""
    while "set-up" not in said:
        said = going.stdout.readline()
        assert said, going.communicate()
    while not os.path.exists("run.h5"):
        time.sleep(0.05)
    going.send_signal(signal.SIGINT)
    _, error = going.communicate(timeout=60)
    assert "KeyboardInterrupt" in error and "stopped early by SIGUSR1; all that was done is safe in run.h5" in error
    assert os.path.exists("run.h5.checkpoint")
    with nixe.run("kmc", output_file="run.h5", resume=True, time_limit=2, **LONG) as run:
        assert not run.complete and len(run.done) == 4000
    owner = subprocess.run([NIXE, "status", "run.h5"], capture_output=True, text=True)
    assert "running" not in owner.stdout and owner.returncode == 3


def test_lines_that_live(monkeypatch):
    """Where somebody looks on, nixe sees a terminal, and writes its progress over and over; newlines stay as they are."""
    text = []

    class Screen:
        isatty = staticmethod(lambda: True)
        flush = staticmethod(lambda: None)
        write = staticmethod(text.append)

    monkeypatch.setattr(sys, "stdout", Screen)
    nixe.run("kmc", output_file="run.h5", time_limit=3, **LONG).close()
    shown = "".join(text)
    assert shown.count("trajectories, ") > 1 and "\r" in shown and "\r\n" not in shown
