"""The program that explores what the paper did not, tools/explore.py: its subjects, what it refuses; its claims are in tests/claims."""
import re

import pytest
from tooling import tool

import explore
import reproduce
from claims import costs

ALL = (*reproduce.PAPER, *explore.SUBJECTS.values())


def test_subjects():
    """Names are names of one thing each, also beside those of the paper; every file has its cost, every claim some words."""
    keys = [claim.key for subject in ALL for claim in subject.CLAIMS]
    runs = [name for subject in ALL for name in subject.RUNS]
    assert len(keys) == len(set(keys)) and len(runs) == len(set(runs))
    for name, subject in explore.SUBJECTS.items():
        assert subject.PAGE.name == f"beyond_{name}" and subject.PICTURES and subject.REMARKS
        assert set(reproduce.runs_of([subject])) == set(subject.RUNS)
        assert not [run for run in subject.RUNS if run not in costs.SECONDS]
        assert all(claim.says and "|" not in claim.says for claim in subject.CLAIMS)


@pytest.mark.parametrize("name", explore.SUBJECTS)
def test_pages_end_with_the_next(name):
    assert re.fullmatch(r"Next: \[[\w -]+\]\(\w+\.md\)\.", explore.SUBJECTS[name].PAGE.following)
    assert f"make beyond ONLY={name} " in explore.SUBJECTS[name].PAGE.about


def test_without_files(tmp_path):
    """Nothing is told where nothing is computed, and the page says so."""
    done = tool("explore", "rods", "--drawn", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "are not told" in done.stdout and "No picture yet" in (tmp_path / "beyond_rods.md").read_text(encoding="utf-8")
    done = tool("explore", "rod-ends", "--drawn", "--out", tmp_path)
    assert done.returncode == 0 and "1 are not told" in done.stdout and "wrote" not in done.stdout


def test_refused(tmp_path):
    done = tool("explore", "rocks")
    assert done.returncode == 2 and "there is nothing of the name rocks: rods, hydride, bulk, spin_crossover, " in done.stderr
    done = tool("explore", "--out", tmp_path, "--nixe", tmp_path / "nixe")
    assert done.returncode == 2 and "run make first" in done.stderr
