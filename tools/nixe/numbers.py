"""The key numbers of a nixe file, with standard errors, as tables to print.

Texts may contain _{...}, which is set as a subscript.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nixe.file import LEAST_RECORDS, File, autocorrelation_time, average, squared_deviation
from nixe.paths import Path, along, varying

UNKNOWN = "–"
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
PLAIN = str.maketrans({"{": "", "}": "", "₁": "1", "₂": "2", "½": "1/2", "Δ": "d", "μ": "mu", "−": "-", "±": "+-", "\u00a0": " "})
ROUNDING = 1e-9  # below it an element of V, of the order of epsilon, is zero
AXIS_NAMES = {"stiffness": "K_{shell} / K", "composition": "c", "center": "c_{0}", "dmu": "Δμ", "kT": "kT"}
WAYS = {1: "forward", -1: "back"}  # the branches of a path
NOTHING = 1e-9  # an error this small beside its value is rounding


@dataclass(frozen=True)
class Table:
    """Rows of texts under their columns."""

    caption: str
    columns: list[str]
    rows: list[list[str]]


class Measure(NamedTuple):
    """A number of each trajectory; NaN where a trajectory has none."""

    name: str
    units: str
    values: np.ndarray


def number(value: float, digits: int = 4) -> str:
    """A number to some digits; a power of ten where it is tiny or huge."""
    if not np.isfinite(value):
        return UNKNOWN
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 1e7:
        digits = max(digits, len(f"{abs(value):.0f}"))
        return f"{value:#.{digits}g}".rstrip(".").replace("-", "−")
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{float(mantissa):g}{power_of_ten(int(exponent))}".replace("-", "−")


def power_of_ten(exponent: int) -> str:
    """As it follows a number."""
    return "×10" + str(exponent).translate(SUPERSCRIPT)


def with_error(value: float, error: float) -> str:
    """value ± error: two digits of the error, and as many of the value as it makes sense of.

    Without an error that is known, the value alone.
    """
    if not np.isfinite(value) or not np.isfinite(error):
        return number(value)
    if error <= NOTHING * abs(value):
        return f"{number(value)} ±\u00a00"
    shift = 0
    if max(abs(value), error) < 1e-3:
        shift = int(np.floor(np.log10(max(abs(value), error))))
    power = power_of_ten(shift) if shift else ""
    value, error = value / 10.0**shift, error / 10.0**shift
    decimals = max(0, 1 - int(f"{error:.1e}".split("e")[1]))
    texts = [f"{x:.{decimals}f}{power}" for x in (value, float(f"{error:.1e}"))]
    return f"{texts[0].replace('-', '−')} ±\u00a0{texts[1]}"


def phase_text(name: str) -> str:
    """U1 as U with a subscript; the unclassified by that word."""
    return name.translate(str.maketrans("12", "₁₂"))


def state_text(run: File, state: int) -> str:
    """What tells a state of nixe mc from the others."""
    names = dict(zip(AXIS_NAMES.values(), along(run).values()))
    telling = [AXIS_NAMES[axis] for axis in varying(run) or ("stiffness", "kT")]
    found = [f"{name} = {names[name][state]:g}" for name in telling]
    return ", ".join(found + [WAYS[run.branch[state]]] * (run.path_of_states == "loop"))


def plain(text: str) -> str:
    """A text of our own for a terminal: without subscripts, and in the letters that nixe itself prints."""
    return text.translate(PLAIN)


def tables(run: File) -> list[Table]:
    """All that is known of a file, by the command that made it."""
    kinds: dict[str, Callable[[File], list[Table]]] = {
        "kmc": lambda run: [exchange_table(run)], "mc": equilibrium_tables,
        "potential": lambda run: [potential_table(run)],
        "spectrum": spectrum_tables}
    return kinds[run.kind](run)


# Exchange.


def fall_time(time: np.ndarray, f: np.ndarray) -> np.ndarray:
    """When each row of f falls to 1/2, between recorded times; NaN where it is not seen to."""
    x = np.log(time) if time[0] > 0 else time
    low = f <= 0.5
    first = low.argmax(axis=1)
    rows = np.flatnonzero(low.any(axis=1) & (first > 0))
    after = first[rows]
    start, end = f[rows, after - 1], f[rows, after]
    place = x[after - 1] + (start - 0.5) / (start - end) * (x[after] - x[after - 1])
    found = np.full(len(f), np.nan)
    found[rows] = np.exp(place) if time[0] > 0 else place
    return found


def measures(run: File) -> list[Measure]:
    """What each trajectory is summed up by."""
    u1, u2 = (run.trajectories("f")[:, :, run.phases.index(name)] for name in ("U1", "U2"))
    found = [
        Measure("completion time", "k⁻¹", run.trajectories("completion_time")),
        Measure("events of a trajectory", "", run.trajectories("events")[:, -1].astype(float)),
        Measure("time at which f_{U₁} falls to ½", "k⁻¹", fall_time(run.time, u1)),
        Measure("time at which f_{U₂} rises to ½", "k⁻¹", fall_time(run.time, 1 - u2)),
    ]
    return [measure for measure in found if not np.isnan(measure.values).all()]


def exchange_table(run: File) -> Table:
    """Times and events of nixe kmc, and the most of S1 and S2 there is on average."""
    rows = []
    for name, units, values in measures(run):
        known = values[~np.isnan(values)]
        spread = known.std(ddof=1) if len(known) > 1 else np.nan
        rows.append([f"{name} ({units})" if units else name,
                     with_error(known.mean(), spread / np.sqrt(len(known))),
                     number(spread, 2), str(len(known))])
    mean, error = run.mean_and_error("f")
    count = int(run.done.sum())
    for name in ("S1", "S2"):
        index = run.phases.index(name)
        at = int(np.argmax(mean[:, index]))
        if mean[at, index] > 0:
            rows.append([f"f_{{{phase_text(name)}}} when its mean is largest, at t = "
                         f"{number(run.time[at], 3)} k⁻¹",
                         with_error(mean[at, index], error[at, index]),
                         number(error[at, index] * np.sqrt(count), 2), str(count)])
    return Table("Means over trajectories ± their standard errors; the standard deviation is that "
                 "of a single trajectory",
                 ["", "mean", "standard deviation", "trajectories"], rows)


# Equilibrium.


def longest_time(run: File, state: int) -> float:
    """The longest autocorrelation time of f_U among the replicas of a state, in sweeps."""
    records = [f for f in run.unstructured_records(state) if len(f) >= LEAST_RECORDS]
    times = np.array([autocorrelation_time(f) for f in records])
    known = times[~np.isnan(times)]
    return float(known.max()) * run.options["mc_record_every"] if len(known) else np.nan


def acceptance(run: File, state: int) -> str:
    """The mean over replicas, and its error."""
    values = run["/mc/acceptance"][state]
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return UNKNOWN
    spread = known.std(ddof=1) if len(known) > 1 else np.nan
    return with_error(known.mean(), spread / np.sqrt(len(known)))


def of_composition(run: File) -> list[tuple[np.ndarray, np.ndarray]]:
    """The mean composition of each state with its error, and its variance times the sites of the core with its own."""
    records = [run.compositions(q) for q in range(len(run.kT))]
    means = np.array([average(each) for each in records]).T
    variances = np.array([average(squared_deviation(each)) for each in records]).T
    sites = (run.layer == 0).sum()
    return [(means[0], means[1]), (sites * variances[0], sites * variances[1])]


def equilibrium_tables(run: File) -> list[Table]:
    """Every state of nixe mc; then the loop, and replica exchange, if there was any."""
    flat = run.position.shape[1] == 2
    phases = run.possible_phases
    told = [name for name in AXIS_NAMES if name in ("kT", *varying(run)) or name == "dmu" and run.flips
            or name == "stiffness" and run.layer.any()]
    columns = [AXIS_NAMES[name] for name in told]
    f = run.mean_and_error("f")
    others = [run.unstructured(), run.unstructured_variance(), run.area_deviation()]
    if run.flips:
        others = [*of_composition(run), *others]
    loop = run.path_of_states == "loop"
    rows = []
    for q in range(len(run.kT)):
        fractions = [[x[q, run.phases.index(name)] for x in f] for name in phases]
        rows.append([*[f"{along(run)[name][q]:g}".replace("-", "−") for name in told], *[WAYS[run.branch[q]]] * loop,
                     *[with_error(*pair) for pair in fractions],
                     *[with_error(mean[q], error[q]) for mean, error in others],
                     acceptance(run, q), number(longest_time(run, q), 2)])
    columns += ["way"] * loop + [f"f_{{{phase_text(name)}}}" for name in phases]
    columns += ["c", "N_{core} var(c)"] * run.flips
    columns += ["f_{U}", "variance of f_{U}",
                "rms ΔA (a²)" if flat else "rms ΔV (a³)",
                "acceptance", "τ of f_{U} (sweeps)"]
    found = [Table("Means over sweeps and replicas ± their standard errors, and the longest "
                   "autocorrelation time τ of a replica", columns, rows)]
    if loop and (run.flips or run.averaged.any()):
        found.insert(0, loop_table(run))
    if run.options.get("mc_replica_exchange_every"):
        found.append(exchange_of_replicas(run))
    return found


def loop_table(run: File) -> Table:
    """The area of a loop, and where its branches cross the middle between their ends."""
    path = Path.of(run)
    y = "c" if run.flips else "f_{U}"
    rows = [[f"area, of {y} against {AXIS_NAMES[path.across]}", with_error(*path.area()), str(len(path.areas()))]]
    for name, where in zip(("forward", "back"), path.crossings()):
        known = where[~np.isnan(where)]
        error = known.std(ddof=1) / np.sqrt(len(known)) if len(known) > 1 else np.nan
        mean = known.mean() if len(known) else np.nan
        rows.append([f"{AXIS_NAMES[path.across]} at which {y} crosses its middle, {name}", with_error(mean, error), str(len(known))])
    return Table("The loop: means over replicas ± their standard errors", ["", "mean", "replicas"], rows)


def exchange_of_replicas(run: File) -> Table:
    """How often neighbouring states exchanged their replicas."""
    group = "/mc/replica_exchange/"
    attempted, accepted = (np.maximum(run[group + name], 0).sum(axis=1)
                           for name in ("attempted", "accepted"))
    rows = [[state_text(run, one), state_text(run, other),
             number(part / whole, 3) if whole else UNKNOWN, str(whole)]
            for (one, other), part, whole in zip(run[group + "pairs"], accepted, attempted)]
    return Table(f"Replica exchange; round trips: {round_trips(run)}",
                 ["between", "and", "accepted", "attempts"], rows)


def round_trips(run: File) -> int:
    """Journeys of walkers from the first state to the last and back, in all ladders."""
    return int(np.maximum(run["/mc/replica_exchange/round_trips"], 0).sum())


# The elastic interactions by themselves.


def potential_table(run: File) -> Table:
    """The range of V at each stiffness of the shell."""
    rows = []
    for index, stiffness in enumerate(run["/shell_stiffness"]):
        own, others, trace = [], [], 0.0
        for sites, alike, v in run.orbit_rows(index):
            at = np.arange(len(sites)), sites
            own.append(v[at])
            trace += float(alike @ v[at])
            v[at] = np.nan
            others += [np.fmin.reduce(v, axis=None), np.fmax.reduce(v, axis=None)]
        own = np.concatenate(own)
        told = (own.min(), own.max(), min(others), max(others), trace)
        rows.append([f"{stiffness:g}", *[number(x if abs(x) > ROUNDING else 0.0) for x in told]])
    return Table("The elastic interactions V, in units of ε", [
        AXIS_NAMES["stiffness"], "smallest V_{ii}", "largest V_{ii}", "lowest V_{ij}", "highest V_{ij}",
        "trace"], rows)


def spectrum_tables(run: File) -> list[Table]:
    """Zero modes and eigenvalues; of the bulk, what order it prefers."""
    return [spectrum_table(run)] + ([order_table(run)] if run.has("/spectrum/order") else [])


def spectrum_table(run: File) -> Table:
    """Zero modes, and the eigenvalues above them."""
    rows = []
    for matrix, name, units in (("V", "V, composition waves", "ε"), ("D", "D, phonons", "K")):
        found, expected = run.zero_modes(matrix)
        values = run[f"/spectrum/{matrix}/eigenvalue"][found:]
        theory = str(expected) if expected >= 0 else UNKNOWN
        rows.append([name, str(found), theory, ", ".join(number(x) for x in values), units])
    return Table("Eigenvalues of V and of the stiffness matrix D",
                 ["", "zero modes", "expected", "lowest eigenvalues above them", "unit"], rows)


def order_table(run: File) -> Table:
    """The range of V_q in the bulk, and what temperature follows from it."""
    about, ends = run.order_preferred, run.texts("/extreme")
    rows = [["mean, V_{RR}", number(about["mean"]), ""]]
    for end, point, wave in zip(ends, run.texts("/spectrum/order/special_point"), run["/spectrum/order/wave_vector"]):
        where = f"({', '.join(number(x) for x in wave)})"
        rows.append([f"{end} V_{{q}}", number(about[end]), f"{point} {where}".strip()])
    rows.append(["mean-field kT, mean less least", number(about["temperature"]), ""])
    return Table("What order this lattice prefers, by the waves of the box", ["", "ε", "at q, 1/a"], rows)
