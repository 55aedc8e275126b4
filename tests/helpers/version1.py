"""Files of format version 1, one of each kind, which nixe 0.1.0 made by the options that they hold; and copies of them."""
import shutil

import h5py
from harness import DATA

KINDS = ("kmc", "mc", "mc_exchange", "potential", "spectrum")


def old(kind):
    return DATA / "version1" / f"{kind}.h5"


def with_version(path, copy, version):
    """A copy of a file that says to be of another format version; of none: None."""
    shutil.copy(path, copy)
    with h5py.File(copy, "r+") as file:
        del file.attrs["format_version"]
        if version is not None:
            file.attrs["format_version"] = version
    return copy
