"""nixe in Python: start it, and read its files.

    import nixe

    run = nixe.run("kmc", lattice_edge=12, ensemble_size=100, output_file="run.h5")
    f, error = run.mean_and_error("f")
    old = nixe.File("old.h5")

nixe.file is the reader; the other modules are what the tools share. They know the reader and each other; the folder file knows
none of them, so that it can be copied alone.
"""
from nixe.file import File, NixeFileError
from nixe.program import NixeRunError, run

__all__ = ["File", "NixeFileError", "NixeRunError", "run"]
