"""The reduced files of the claims, and copies of them with other numbers."""
from contextlib import ExitStack

import pytest
from claimed import CLAIMS, examined
from tooling import change

from claims.page import Folder


@pytest.fixture
def findings():
    """findings(claim): what is found of it in the reduced files."""
    assert CLAIMS.is_dir(), f"{CLAIMS} is not there: run make test-claims"
    return lambda key: examined(CLAIMS, key)


@pytest.fixture
def falsified(tmp_path, findings):
    """falsified(claim, file or files, kmc__f=function of the old values): the findings that agreed, and no longer do."""
    def of(key, names, **datasets):
        names = [names] if isinstance(names, str) else names
        for path in CLAIMS.glob("*.h5"):
            if path.stem not in names:
                (tmp_path / path.name).symlink_to(path)
        with ExitStack() as stack:
            for name, run in zip(names, Folder(CLAIMS, stack).files(names)):
                new = {dataset: function(run["/" + dataset.replace("__", "/")]) for dataset, function in datasets.items()}
                change(CLAIMS / f"{name}.h5", tmp_path / f"{name}.h5", **new)
        pairs = zip(findings(key), examined(tmp_path, key))
        return [before.what for before, after in pairs if before.agrees and after.agrees is False]
    return of
