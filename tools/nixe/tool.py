"""What the command-line tools have in common: how they answer to what they cannot do."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

from nixe.file import NixeFileError

REFUSED = 2  # exit status
OF_DAMAGE = (ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, AttributeError, MemoryError)


def answer(name: str, work: Callable[[], None]) -> int:
    """Do the work of the tool `name`; return its exit status.

    What it cannot do is told in one sentence on standard error: a file that cannot be used
    (NixeFileError), or one that cannot be written. So is whatever else goes wrong, which a damaged
    file can bring about in many ways; NIXE_TRACEBACK=1 in the environment tells where it did.
    """
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: print(f"warning   {message}", file=sys.stderr)
            warnings.filterwarnings("ignore", category=RuntimeWarning)  # numpy's, of NaN
            work()
    except NixeFileError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return REFUSED
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        print(f"{name}: {error.strerror or error}{where}", file=sys.stderr)
        return REFUSED
    except OF_DAMAGE as error:
        if os.environ.get("NIXE_TRACEBACK"):
            raise
        told = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"{name}: this file cannot be used ({told}): 'nixe status --verify' tells whether it is "
              "damaged; if it is not, please report this.", file=sys.stderr)
        return REFUSED
    return 0


def spare_inputs(outputs: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Refuse to write over a file that is read, by whatever name."""
    inputs = list(inputs)
    for output in outputs:
        for source in inputs:
            if os.path.exists(output) and os.path.exists(source) and os.path.samefile(output, source):
                raise NixeFileError(f"{output} is the file that is read: name another with -o.")
