"""How the tests call the Python tools, and spoil the files that these read."""
import importlib
import io
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout

import h5py
import numpy as np
import pytest


def tool(name, *arguments):
    """Call the main of one of the tools as its program would."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", [f"{name}.py", *map(str, arguments)])
        try:
            status = importlib.import_module(name).main()
        except SystemExit as end:
            status = end.code
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())


def change(path, copy, **datasets):
    """A copy of a file with other numbers in it; a double underscore stands for a slash."""
    shutil.copy(path, copy)
    with h5py.File(copy, "r+") as file:
        for name, value in datasets.items():
            file[name.replace("__", "/")][...] = value
    return copy


def cut(path, copy, **reached):
    """The file as it was when trajectories had come to so many times only, and none of these was flagged."""
    shutil.copy(path, copy)
    with h5py.File(copy, "r+") as file:
        file.attrs.modify("complete", np.uint8(0))
        for row, times in reached.items():
            row = int(row[3:])
            file["kmc/done"][row] = 0
            for name in ("composition", "energy", "f", "area_mean", "area_rms"):
                file[f"kmc/{name}"][row, times:] = np.nan
            file["kmc/events"][row, times:] = -1
            last = file["time"][times - 1] if times else -1
            file["kmc/snapshot/sigma"][row, np.count_nonzero(file["snapshot_time"][()] <= last):] = 0
    return copy
