"""The reader under the name by which scripts and notebooks know it: `from nixe_file import File`.

It is nixe/file.py, and this file only passes on what is there.
"""
from nixe.file import (
    COORDINATION, LEAST_BLOCKS, LEAST_RECORDS, ORDER, Array, File, NixeFileError, autocorrelation_time, average,
    blocking_error, parse_options, squared_deviation,
)

__all__ = [
    "COORDINATION", "LEAST_BLOCKS", "LEAST_RECORDS", "ORDER", "Array", "File", "NixeFileError",
    "autocorrelation_time", "average", "blocking_error", "parse_options", "squared_deviation",
]
