"""pip install ./tools, without a network: what it brings, and that it works anywhere."""
import os
import re
import subprocess

from harness import NIXE, ROOT, environment


def test_version():
    """That of the program."""
    text = (ROOT / "tools" / "pyproject.toml").read_text()
    assert re.search('^version = "(.*)"$', text, re.MULTILINE)[1] == (ROOT / "VERSION").read_text().strip()


def test_every_module(pip_python, tmp_path):
    """All of the reader and of what tools share, and nothing of the tools themselves."""
    script = ("import importlib, pkgutil, nixe, nixe_file\n"
              "for module in pkgutil.walk_packages(nixe.__path__, 'nixe.'):\n"
              "    print(importlib.import_module(module.name).__name__)\n"
              "print(nixe.__file__)")
    done = subprocess.run([pip_python, "-c", script], cwd=tmp_path, env=environment({"PYTHONPATH": ""}), capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    *modules, place = done.stdout.split()
    source = ROOT / "tools" / "nixe"
    expected = {".".join(("nixe", *path.relative_to(source).with_suffix("").parts)) for path in source.rglob("*.py")}
    assert {f"{name}.__init__" for name in ("nixe", "nixe.file")} < expected
    assert set(modules) == {name for name in expected if not name.endswith("__init__")} | {"nixe.file"}
    assert place.startswith(str(pip_python.parents[1]))


def test_run(pip_python, tmp_path):
    """A run and its file, by both names of the reader; nixe is found on PATH."""
    script = ("import nixe\nfrom nixe_file import File\n"
              "run = nixe.run('kmc', lattice_edge=4, ensemble_size=2, output_file='run.h5', quiet=True)\n"
              "assert isinstance(run, File) and nixe.File is File\nprint(run.to_xarray('f').f.shape)")
    path = f"{os.path.dirname(NIXE)}:{os.environ['PATH']}"
    env = environment({"PYTHONPATH": "", "PATH": path})
    env.pop("NIXE", None)
    done = subprocess.run([pip_python, "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "(2, 161, 5)"
