"""The page of the claims: what was found of each, a row a number, and the pictures beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from claims.claim import TOLD_ALONE, Claim, Finding, Picture, Subject
from make_figures import Run, options_of
from nixe.draw import save
from nixe.file import File, NixeFileError

HEAD = ["| where | {} | measured | agrees if | agrees | command |", "|---|---|---|---|---|---|"]

REDUCED = "**What stands here is of reduced runs (QUICK=1), and ranges are wider by half.**"


@dataclass(frozen=True)
class Page:
    """What a page says of itself."""

    name: str  # of its file and of its pictures
    title: str
    about: str
    command: str
    following: str  # its last line
    said: str = "the paper"  # over what is claimed


PAPER_PAGE = Page("reproduction", "The paper, reproduced", """\
What the paper says of its model, and what nixe finds, number by number. {counts}

```sh
make reproduce PAGE=docs/reproduction.md    # this page and its pictures; {cost}
make reproduce                              # the same page in build/figures
make reproduce ONLY=2a-decay                # one row, by the name in its command
make reproduce QUICK=1                      # everything reduced, in build/figures-quick
```

What is complete already is kept, and what was interrupted goes on; the time that is left is told beforehand. No verdict on this page
is a text: a number agrees if it is in the range beside it, or out of it by no more than three of its standard errors. These are over
independent trajectories or replicas, or by bootstrap over them. Bounds are ours: the paper gives few numbers, and a bound says what
we take its words to mean.""", "make reproduce", "Next: [Octahedra, and rods that exchange at their ends](beyond_rods.md).")


class Folder:
    """The files of the claims in a folder, each opened when it is asked for, and closed at the end."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.path, self._stack, self._open = path, stack, dict[str, File]()

    def files(self, names: Sequence[str]) -> list[File]:
        """Those of these names; NixeFileError where one is not there, or not complete."""
        for name in names:
            if name not in self._open:
                path = self.path / f"{name}.h5"
                if not path.exists():
                    raise NixeFileError(f"{name}.h5 is not computed yet")
                run = self._stack.enter_context(File(path))
                if not run.complete:
                    raise NixeFileError(f"{name}.h5 is not complete yet")
                self._open[name] = run
        return [self._open[name] for name in names]

    def builds(self) -> str:
        """The versions and commits of nixe that have written what is open."""
        told = {f"{run.attributes['version']} ({run.attributes['commit']})" for run in self._open.values()}
        return " and ".join(sorted(told))


def examine(claim: Claim, folder: Folder, wider: float = 0.0) -> list[Finding]:
    """What is found of a claim, with bounds so much wider; or why nothing is."""
    try:
        return [finding.widened(wider) for finding in claim.measure(folder.files(claim.runs))]
    except NixeFileError as error:
        return [Finding(claim.key, why=str(error).rstrip("."))]


def counted(findings: Sequence[Finding]) -> str:
    """How many agree, and how many do not."""
    verdicts = [finding.verdict for finding in findings if finding.verdict != TOLD_ALONE]
    words = f"Of {len(verdicts)} numbers {verdicts.count('yes')} agree, {verdicts.count('NO')} do not"
    return f"{words}, {verdicts.count('not told')} are not told." if "not told" in verdicts else f"{words}."


def rows_of(claim: Claim, findings: Sequence[Finding], command: str) -> list[str]:
    """The rows of a claim: one a finding, the first of which says what is claimed."""
    rows = []
    for number, finding in enumerate(findings):
        verdict = "**NO**" if finding.verdict == "NO" else finding.verdict
        first = (claim.where, claim.says) if number == 0 else ("", "")
        last = f"`{command} ONLY={claim.key}`" if number == 0 else ""
        rows.append("| " + " | ".join([*first, finding.ours, finding.agrees_if, verdict, last]) + " |")
    return rows


def drawn(name: str, picture: Picture, folder: Folder, page: Path) -> str:
    """The picture beside the page, and how the page shows it."""
    try:
        figure = picture.draw(folder.files(picture.runs))
    except NixeFileError as error:
        return f"*No picture yet: {str(error).rstrip('.')}.*"
    path = page.with_name(f"{page.stem}_{name}.png")
    save(figure, path)
    heard = re.sub(r"[*$_{}\[\]]", "", re.split(r"(?<!Fig)(?<!Figs)\. |\.$", picture.caption)[0])
    return f"![{heard}]({path.name})\n\n*{picture.caption}*"


def command_of(name: str, run: Run, quick: bool) -> str:
    """How nixe is called for a file."""
    options = " ".join(options_of(run, quick, []))
    return " ".join(f"build/nixe {run.command} -input input/{run.input}.yaml {options} -output_file {name}.h5".split())


def written(
    page: Page, path: Path, subjects: Sequence[Subject], found: Mapping[str, Sequence[Finding]], folder: Folder,
    runs: Mapping[str, Run], cost: str, quick: bool,
) -> str:
    """The text of the page, after its pictures are made."""
    counts = counted([finding for claim in found.values() for finding in claim])
    parts = [f"# {page.title}", page.about.replace("{counts}", counts).replace("{cost}", cost), REDUCED if quick else ""]
    for subject in subjects:
        rows = [row for claim in subject.CLAIMS for row in rows_of(claim, found[claim.key], page.command)]
        parts += [f"## {subject.TITLE}", "\n".join([HEAD[0].format(page.said), HEAD[1], *rows])]
        parts += [drawn(name, picture, folder, path) for name, picture in subject.PICTURES.items()]
        parts += subject.REMARKS
    calls = "\n".join(command_of(name, run, quick) for name, run in runs.items())
    parts += ["## The files", f"Computed by nixe {folder.builds()}:", f"```sh\n{calls}\n```", page.following]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"
