"""The claims of tools/reproduce.py and tools/explore.py, and what is found of them in a folder of reduced files, which
tests/claims.sh has computed."""
import os
import re
from contextlib import ExitStack
from pathlib import Path

from harness import ROOT

from claims.page import Folder, examine
from explore import SUBJECTS
from reproduce import PAPER, QUICK_WIDER

CLAIMS = Path(os.environ.get("CLAIMS", ROOT / "build" / "claims"))
KNOWN = {claim.key: claim for subject in (*PAPER, *SUBJECTS.values()) for claim in subject.CLAIMS}


def examined(folder, key):
    """The findings of a claim."""
    with ExitStack() as stack:
        return examine(KNOWN[key], Folder(folder, stack), QUICK_WIDER)


def verdicts(path):
    """{claim: the verdicts of its findings}, from a page; of none where there is no page."""
    found, rows = {}, []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 8 and cells[5] in ("yes", "**NO**", "not told", "–"):
            key = re.search(r"ONLY=([\w-]+)", cells[6])
            rows = found.setdefault(key[1], []) if key else rows
            rows.append(cells[5])
    return found
