"""Which version and commit a build calls itself: of a clone, of an archive, of a copy, and of a copy inside another clone."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from harness import NIXE, ROOT, run

VERSION = (ROOT / "VERSION").read_text().strip()


def git(*words, cwd):
    """git for somebody without settings."""
    env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", f"safe.directory={cwd}"]
    return subprocess.run(["git", *who, *words], cwd=cwd, env=env, check=True, capture_output=True).stdout


@pytest.fixture
def copy(tmp_path):
    """What of the project decides about the version."""
    for name in ("Makefile", "VERSION", ".gitattributes", "tools/packaging/commit", "tools/developer/libraries.sh"):
        (tmp_path / "copy" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / "copy" / name)
    (tmp_path / "copy" / "tools/packaging/commit").write_text("$Format:%H$\n")   # as it is in a clone
    return tmp_path / "copy"


def told(folder):
    """The version and commit that a build there has."""
    subprocess.run(["make", "-s", "build/include/nixe/version.h"], cwd=folder, check=True, capture_output=True)
    text = (folder / "build/include/nixe/version.h").read_text()
    return tuple(re.search(rf'#define NIXE_{name} "(.*)"', text)[1] for name in ("VERSION", "COMMIT"))


def test_copy(copy):
    assert told(copy) == (VERSION, "unknown")


@pytest.mark.skipif(not shutil.which("git"), reason="no git here")
def test_clone_and_archive(copy, tmp_path):
    """An archive says the commit that its clone says; a copy inside of some other clone does not say that one's."""
    git("init", "-q", cwd=copy)
    git("add", "-A", cwd=copy)
    git("commit", "-q", "-m", "all", cwd=copy)
    commit = git("rev-parse", "HEAD", cwd=copy).decode()[:12]
    assert told(copy) == (VERSION, commit)
    (tmp_path / "archive").mkdir()
    subprocess.run(["tar", "x"], input=git("archive", "HEAD", cwd=copy), cwd=tmp_path / "archive", check=True)
    assert told(tmp_path / "archive") == (VERSION, commit)
    if os.getuid() == 0:            # as by sudo make install in the clone of somebody
        for path in [copy, *copy.rglob("*")]:
            os.chown(path, 12345, 12345)
        assert told(copy) == (VERSION, commit)
    shutil.copytree(copy, copy / "inside", ignore=shutil.ignore_patterns(".git", "build"))
    assert told(copy / "inside") == (VERSION, "unknown")


def test_program(tmp_path):
    """The program says both; one that knows no commit says so in words."""
    said = run("--version").stdout.splitlines()[0]
    assert re.fullmatch(rf"nixe {re.escape(VERSION)}, (commit [0-9a-f]{{12,}}(-dirty)?|unknown commit: .*)", said)
    if not (shutil.which("mpicc") and Path(NIXE).parent.joinpath("main.o").exists()):
        pytest.skip("not to be built again here")
    build = Path(NIXE).parent
    shutil.copytree(build / "include", tmp_path / "include")
    header = tmp_path / "include/nixe/version.h"
    header.write_text(re.sub('NIXE_COMMIT ".*"', 'NIXE_COMMIT "unknown"', header.read_text()))
    flags, libraries = (subprocess.run(["sh", ROOT / "tools/developer/libraries.sh", what], capture_output=True,
                                       text=True).stdout.split() for what in ("flags", "libraries"))
    others = [path for path in build.glob("*/*.o") if path.parent.name != "tests" and path.name != "main.o"]
    words = [*os.environ.get("CC", "mpicc").split(), "-std=c11", "-D_DEFAULT_SOURCE", f"-I{ROOT}/include", f"-I{tmp_path}/include"]
    subprocess.run([*words, *flags, "-o", tmp_path / "nixe", ROOT / "src/main.c", *others, *libraries], check=True)
    said = subprocess.run([tmp_path / "nixe", "--version"], capture_output=True, text=True).stdout
    assert said.startswith(f"nixe {VERSION}, unknown commit: it was built from a copy without git\n")
