"""Small files of every kind, for the tests that draw them (helpers/drawn.py)."""
from contextlib import ExitStack

import pytest
from drawn import Paths, Runs

from nixe.draw import STYLE


@pytest.fixture(scope="module")
def paths(folder):
    return Paths(folder)


@pytest.fixture
def runs(paths):
    with ExitStack() as stack:
        yield Runs(paths, stack)


@pytest.fixture
def coarse(monkeypatch):
    """Pictures of few pixels, which are quicker."""
    monkeypatch.setitem(STYLE, "savefig.dpi", 50)
