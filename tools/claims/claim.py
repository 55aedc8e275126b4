"""A claim of the paper, what was found of it, and a picture beside it.

The verdict follows from a number, its standard error and the range that stands beside it, never from a text: Finding.of makes
it. Where a number cannot be told, its finding says why, and the verdict is "not told".

A subject of the page is a module of this folder, one noun each, with a line in PAPER or BEYOND of tools/reproduce.py. It has

    TITLE = "Composition: Fig. 2"
    RUNS = {"ising_warm": Run("kmc", "kmc_ising", "-model_kT 3", "-ensemble_size 20")}      # make_figures.Run; those of
                                                   # make_figures.RUNS are named in claims, and not repeated here
    CLAIMS = (Claim("2b-steps", "Fig. 2(b)", "The composition falls in steps", ("fig2_ising",), measure_steps),)
    PICTURES = {"steps": Picture("Caption, in Markdown.", ("fig2_ising",), draw_steps)}     # docs/reproduction_steps.png
    REMARKS = ("A paragraph in Markdown below the table, such as why something does not match.",)

    def measure_steps(runs: Sequence[File]) -> list[Finding]:       # the files of the claim, open, in its order
        return [Finding.of("composition at the first step", value, error, least=0.78, most=0.82)]

and in costs.py the seconds that each of its runs takes. Texts are Markdown without | (formulas as $f_{S_1}$). Whatever measures
or draws may raise NixeFileError with a sentence, which the page then has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from matplotlib.figure import Figure

from make_figures import Run
from nixe.file import File
from nixe.numbers import with_error

TOLD_ALONE = "–"  # where there is no range
SURE = 3.0  # standard errors within which a value may be outside of what is stated


@dataclass(frozen=True)
class Finding:
    """Our value with its standard error (0 where it is exact), and the range in which it agrees; or why it is not told."""

    what: str
    value: float = np.nan
    error: float = np.nan
    least: float = -np.inf
    most: float = np.inf
    unit: str = ""
    why: str = ""

    @classmethod
    def of(cls, what: str, value: float, error: float, least: float = -np.inf, most: float = np.inf, unit: str = "") -> Finding:
        """A value that agrees if it is from `least` to `most`, or outside by no more than SURE standard errors."""
        return cls(what, float(value), float(error), float(least), float(most), unit)

    @property
    def ours(self) -> str:
        """The value with its error."""
        if self.agrees is None:
            return f"{self.what}: not told{self.why and f', {self.why}'}"
        shown = with_error(self.value, self.error) if self.error > 0 else f"{self.value:g}".replace("-", "−")
        return f"{self.what}: {shown}{self.unit and f' {self.unit}'}"

    @property
    def agrees_if(self) -> str:
        """The range, in words."""
        least, most = (f"{bound:g}".replace("-", "−") for bound in (self.least, self.most))
        if self.least == self.most:
            return least
        if np.isfinite([self.least, self.most]).all():
            return f"{least} to {most}"
        return f"at least {least}" if np.isfinite(self.least) else f"at most {most}" if np.isfinite(self.most) else TOLD_ALONE

    @property
    def agrees(self) -> bool | None:
        """Whether the value is in the range, within its errors; None of what is not told."""
        if not np.isfinite([self.value, self.error]).all():
            return None
        return self.least - SURE * self.error <= self.value <= self.most + SURE * self.error

    @property
    def verdict(self) -> str:
        """As the page has it; none of what is told without a range."""
        if self.agrees is None:
            return "not told"
        return TOLD_ALONE if self.agrees_if == TOLD_ALONE else "yes" if self.agrees else "NO"

    def widened(self, part: float) -> Finding:
        """The same with a range that is wider by a part of itself at both ends, or of its only bound: for runs that are reduced."""
        whole = self.most - self.least if np.isfinite([self.least, self.most]).all() else min(abs(self.least), abs(self.most))
        return replace(self, least=self.least - part * whole, most=self.most + part * whole) if np.isfinite(whole) else self


@dataclass(frozen=True)
class Claim:
    """One row of the page: where the paper says it, what in our words, the runs that it needs, and how it is measured."""

    key: str  # a short name, such as 2a-decay
    where: str  # such as Fig. 2(a)
    says: str
    runs: tuple[str, ...]  # names of files, keys of RUNS here or in make_figures.py
    measure: Callable[[Sequence[File]], Sequence[Finding]]


@dataclass(frozen=True)
class Picture:
    """What is shown below the claims of a subject."""

    caption: str  # its first sentence is what a reader hears who does not see
    runs: tuple[str, ...]
    draw: Callable[[Sequence[File]], Figure]


class Subject(Protocol):
    """What reproduce.py reads of a module of this folder."""

    TITLE: str
    RUNS: Mapping[str, Run]
    CLAIMS: Sequence[Claim]
    PICTURES: Mapping[str, Picture]
    REMARKS: Sequence[str]
