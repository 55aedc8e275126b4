"""Where the tests find their helpers and the tools, and the fixtures that they share."""
import os
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "helpers"), str(HERE.parent / "tools")]

import pytest                                      # noqa: E402
from faults import CASES, Run, count_rows, flagged, wait_for   # noqa: E402
from harness import NIXE, make                     # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def nixe_exists():
    assert os.access(NIXE, os.X_OK), f"{NIXE} is not there: run make first, or set NIXE"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that has passed leaves nothing on the disk: all of them together would leave gigabytes."""
    item.passed = (yield).get_result().passed and getattr(item, "passed", True)
    if call.when == "teardown" and item.passed and "tmp_path" in item.funcargs:
        shutil.rmtree(item.funcargs["tmp_path"], ignore_errors=True)


@pytest.fixture(scope="session")
def make_folder(tmp_path_factory):
    """make_folder(name): a folder that several tests share, for as long as they run."""
    made = []

    def make_one(name):
        made.append(tmp_path_factory.mktemp(name))
        return made[-1]
    yield make_one
    for path in made:
        shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def folder(make_folder, request):
    """A folder shared by the tests of one module."""
    return make_folder(request.module.__name__)


@pytest.fixture(scope="session")
def undisturbed(make_folder):
    """undisturbed(command): the file of a run that nobody disturbs, made once."""
    files, folder = {}, make_folder("undisturbed")

    def once(command):
        if command not in files:
            files[command] = make(folder / f"{len(files)}.h5", command, ranks=2)
        return files[command]
    return once


@pytest.fixture(scope="session")
def stopped(make_folder):
    """stopped(case): a fresh copy of a file that was stopped half way, and of its checkpoints."""
    folder = make_folder("stopped")

    def copy(case, where):
        path = folder / f"stopped-{case}.h5"
        if not path.exists():
            with Run(f"{CASES[case]} -checkpoint_every 0.05 -resume", path, grace=0) as going:
                wait_for(lambda: path.with_name(f"{path.name}.checkpoint.old").exists() or going.ended())
                wait_for(lambda: case.startswith("kmc") or count_rows(flagged(path)) > 0)   # past equilibration
                going.interrupt("SIGUSR1 to mpirun")
                assert going.finish() == 3, f"{case} is too short to be stopped: {going.output()}"
        for ending in ("", ".checkpoint", ".checkpoint.old"):
            shutil.copy(f"{path}{ending}", where / f"k.h5{ending}")
        return where / "k.h5"
    return copy
