"""What the command-line tools have in common: how they answer to what they cannot do."""

from __future__ import annotations

import sys
from collections.abc import Callable

from nixe.file import NixeFileError

REFUSED = 2  # exit status


def answer(name: str, work: Callable[[], None]) -> int:
    """Do the work of the tool `name`; return its exit status.

    What it cannot do is told in one sentence on standard error: a file that cannot be used
    (NixeFileError), or one that cannot be written.
    """
    try:
        work()
    except NixeFileError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return REFUSED
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        print(f"{name}: {error.strerror or error}{where}", file=sys.stderr)
        return REFUSED
    return 0
