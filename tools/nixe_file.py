"""The reader under the name that scripts and notebooks know: `from nixe_file import File`, with this folder on the path.

It is nixe/file; this module passes on what is there. To have the reader without this folder, copy the folder nixe/file beside
your script, under this name.
"""
from nixe.file import (
    COORDINATION, LATTICES, LEAST_BLOCKS, LEAST_RECORDS, ORDER, Array, File, Lattice, NixeFileError,
    autocorrelation_time, average, blocking_error, parse_options, squared_deviation, warren_cowley,
)

__all__ = [
    "COORDINATION", "LATTICES", "LEAST_BLOCKS", "LEAST_RECORDS", "ORDER", "Array", "File", "Lattice",
    "NixeFileError", "autocorrelation_time", "average", "blocking_error", "parse_options", "squared_deviation",
    "warren_cowley",
]
