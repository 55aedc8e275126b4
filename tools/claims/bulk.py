"""The phases of the periodic bulk against composition: the paper's Fig. 3(a)."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from claims.claim import Claim, Finding, Picture
from figures.bulk import PRESENT, Bulk, find_bulk
from figures.checks import SEQUENCE
from figures.exchange import BULK_HEIGHT, panels_of_bulk
from make_figures import BULK
from nixe.draw import PAGE, legend_on_top, phase_patches, styled
from nixe.file import File

LEAST = {"U2": 0.7, "S2": 0.9, "S1": 0.9, "U1": 0.7}  # of a phase that is alone; at c = 0.05 and 0.95 defects take the rest
TOGETHER = 0.15  # of each of two that share the crystal


def name_of(phase: str) -> str:
    """A phase as a formula has it."""
    return f"{phase[0]}_{phase[1]}"


def findings_at(bulk: Bulk, phases: Sequence[str]) -> list[Finding]:
    """Of one composition: each phase that should be there, and all that should not, together."""
    def of(phase: str) -> tuple[float, float]:
        index = bulk.run.phases.index(phase)
        return bulk.f[index], bulk.error[index]

    place = f" at $c$ = {bulk.composition:.3f}"
    least = TOGETHER if len(phases) > 1 else LEAST[phases[0]]
    found = [Finding.of(f"$f_{{{name_of(phase)}}}${place}", *of(phase), least=least) for phase in phases]
    others = [of(phase) for phase in ("U1", "S1", "S2", "U2") if phase not in phases]
    return [*found, Finding.of("other phases there, the most of one of them", *max(others), most=PRESENT)]


def measure_sequence(runs: Sequence[File]) -> list[Finding]:
    """How many of the compositions have the phases that they should have; and the fractions at each."""
    states = find_bulk(runs)
    wanted = [text.split(" + ") for text in SEQUENCE]
    right = sum(set(state.phases) == set(phases) for state, phases in zip(states, wanted))
    found = [Finding.of(f"compositions whose phases (each at least {PRESENT:g}) are, in this order, {', '.join(SEQUENCE)}", right, 0,
                        len(SEQUENCE), len(SEQUENCE))]
    return found + [finding for state, phases in zip(states, wanted) for finding in findings_at(state, phases)]


@styled
def draw_bulk(runs: Sequence[File]) -> Figure:
    """Fig. 3(a,b): configurations, fractions, plaquettes."""
    figure = Figure(figsize=(PAGE, BULK_HEIGHT + 0.25))
    panels_of_bulk(figure, runs, BULK_HEIGHT)
    legend_on_top(figure, phase_patches(runs[0]))
    return figure


TITLE = "The bulk: Fig. 3(a)"
RUNS = {}
CLAIMS = (
    Claim("3a-sequence", "Fig. 3(a)", "With the composition come unstructured and superlattice phases, and each beside the next",
          BULK, measure_sequence),
)
PICTURES = {"bulk": Picture("Fig. 3(a,b): configurations of the bulk with the phases that are there, the fractions of the phases "
                            "against composition, and the plaquettes by which they are told. Bars are standard errors.", BULK, draw_bulk)}
REMARKS = (
    "At $c$ = 0.05 and 0.95 few ions of one kind are left; one by itself is a plaquette of $S_2$, or $S_1$, and the sites around it are "
    "unclassified. A third of the sites is unclassified where two phases share these 1,296 sites: borders.",
)
