"""Several files of a job array as one: whether they belong together, and what the one is like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from nixe.file import File, NixeFileError

SCANNED = ("shell_stiffness", "mc_composition", "mc_umbrella_center", "model_dmu", "model_kT")  # lists of states
BUILD = ("version", "format_version", "arithmetic", "algorithm", "start", "crystal", "response", "libraries")
COMPOSITION = "/mc/state/composition"  # which only files with a list of compositions have
MOST_OPEN = 500  # files that one file of virtual datasets may lean on: systems let a process open some 1000


@dataclass(frozen=True)
class Plan:
    """How files become one: along which axes, in which rows, and what is said of the whole."""

    runs: list[File]  # in the order of their rows
    scanned: str  # the option in which the files differ: ensemble_first, or one of SCANNED
    first: list[int]  # row of each file
    rows: int
    notes: list[str]

    @property
    def axes(self) -> set[str]:
        """The scales along which datasets are joined."""
        if self.kind == "kmc":
            return {"/trajectory"}
        return {"/state", "/shell_stiffness"} if self.scanned == "shell_stiffness" else {"/state"}

    @property
    def kind(self) -> str:
        """kmc or mc."""
        return self.runs[0].kind

    @property
    def seeds(self) -> list[int]:
        """Of each file."""
        return [run.option("ensemble_seed") for run in self.runs]


def plan(runs: Sequence[File]) -> Plan:
    """Refuse files that do not belong together; else say how they do."""
    if len(runs) < 2:
        raise NixeFileError("One file is no array: name two or more.")
    for run in runs:
        if run.kind not in ("kmc", "mc"):
            raise NixeFileError(f"{run.path} comes from 'nixe {run.kind}': files of nixe kmc and of nixe mc are joined.")
        if run.parts:
            raise NixeFileError(f"{run.path} is made of others already: join those.")
        if run.kind != runs[0].kind:
            raise NixeFileError(f"{run.path} comes from 'nixe {run.kind}', and {runs[0].path} from 'nixe {runs[0].kind}'.")
        if run.attributes["format_version"] != 2:
            raise NixeFileError(f"{run.path} is of an older format version: run it again to join it.")
    made = _ensemble(runs) if runs[0].kind == "kmc" else _scan(runs)
    notes = list(_differences(made))
    _compare_contents(made)
    return Plan(made.runs, made.scanned, made.first, made.rows, made.notes + notes)


def _ensemble(runs: Sequence[File]) -> Plan:
    """Parts of one ensemble, by their trajectories."""
    _compare_options(runs, {"ensemble_first", "ensemble_size"}, "parts of one ensemble differ in -ensemble_first and "
                     "-ensemble_size alone")
    ordered = sorted(runs, key=lambda run: run.option("ensemble_first"))
    begin = ordered[0].option("ensemble_first")
    first, notes, end, last = [], [], begin, ordered[0]
    for run in ordered:
        this, size = run.option("ensemble_first"), run.option("ensemble_size")
        if this < end:
            raise NixeFileError(f"{last.path} and {run.path} both have trajectory {this}: the same one would count twice.")
        if this > end:
            notes.append(f"trajectories {end} to {this - 1} are in none of the files: they count as not done")
        first.append(this - begin)
        end, last = this + size, run
    return Plan(ordered, "ensemble_first", first, end - begin, notes)


def _scan(runs: Sequence[File]) -> Plan:
    """States of one scan, by the option that differs."""
    different = [name for name in SCANNED if len({str(run.options.get(name)) for run in runs}) > 1]
    if len(different) != 1:
        found = "in " + " and in ".join(f"-{name}" for name in different) if different else "in none of them"
        scans = ", ".join(f"-{name}" for name in SCANNED)
        raise NixeFileError(f"The files of a scan differ in one of {scans}: these do {found}.")
    name, = different
    _compare_options(runs, {name, "ensemble_seed"}, f"the files of this scan differ in -{name} and -ensemble_seed alone")
    for option, plain in (("mc_path", "independent"), ("mc_replica_exchange_every", 0)):
        if runs[0].options.get(option, plain) != plain:
            raise NixeFileError(f"These files have -{option} {runs[0].option(option)}: their states depend on each other, and "
                                "are not joined with those of others.")
    ordered = sorted(runs, key=lambda run: _values(run, name))
    _refuse_twice(ordered, name, "the same state would count twice")
    _refuse_twice(ordered, "ensemble_seed", "the same random numbers, so that errors would not be independent")
    sizes = [len(run.kT) for run in ordered]
    return Plan(ordered, name, [sum(sizes[:i]) for i in range(len(sizes))], sum(sizes), [])


def _refuse_twice(runs: Sequence[File], name: str, why: str) -> None:
    """Refuse files that share a value of an option."""
    seen: dict[float, File] = {}
    for run in runs:
        for value in _values(run, name):
            if value in seen:
                raise NixeFileError(f"{seen[value].path} and {run.path} both have -{name} {value}: {why}.")
        seen.update(dict.fromkeys(_values(run, name), run))


def _values(run: File, name: str) -> list[float]:
    """An option that may be a list."""
    value = run.option(name)
    return value if isinstance(value, list) else [value]


def _compare_options(runs: Sequence[File], free: set[str], rule: str) -> None:
    """Refuse files whose options differ elsewhere."""
    for run in runs[1:]:
        for name in {**runs[0].options, **run.options}:
            here, there = (one.options.get(name, "nothing") for one in (runs[0], run))
            if name not in free and here != there:
                raise NixeFileError(f"{runs[0].path} has -{name} {here}, and {run.path} {there}: {rule}.")


def _differences(made: Plan) -> Iterator[str]:
    """What made the files: refuse what changes results, tell of what may change their last digits."""
    first = made.runs[0]
    for run in made.runs[1:]:
        for name in BUILD:
            here, there = (one.attributes.get(name, "nothing") for one in (first, run))
            if here != there:
                raise NixeFileError(f"{first.path} was made with {name} {here}, and {run.path} with {there}.")
    for name, what in (("commit", "builds of nixe"), ("tables", "elastic tables, which differ in their last digits")):
        if len({str(run.attributes.get(name)) for run in made.runs}) > 1 and (name == "commit" or made.kind == "kmc"):
            yield f"the files were made with different {what}"


def datasets(run: File) -> dict[str, h5py.Dataset]:
    """All of them by their paths, checked."""
    paths: list[str] = []
    run._h5.visititems(lambda name, item: paths.append(f"/{name}") if isinstance(item, h5py.Dataset) else None)
    return {path: run._dataset(path) for path in paths}


def joined_axis(made: Plan, dataset: h5py.Dataset) -> int | None:
    """The axis of a dataset along which the files follow one another."""
    if dataset.name in made.axes:
        return 0
    found = [i for i, axis in enumerate(dataset.dims) if len(axis) and axis[0].name in made.axes]
    if len(found) > 1:
        raise NixeFileError(f"{dataset.name} of {made.runs[0].path} is between the states of one file: it cannot be joined.")
    return found[0] if found else None


def _compare_contents(made: Plan) -> None:
    """What is not joined has to be the same everywhere: the crystal, the times, ..."""
    own = datasets(made.runs[0])
    for run in made.runs[1:]:
        others = datasets(run)
        if own.keys() != others.keys():
            path = min(own.keys() ^ others.keys())
            raise NixeFileError(f"Of {made.runs[0].path} and {run.path} only one has {path}.")
        for path, dataset in own.items():
            axis, other = joined_axis(made, dataset), others[path]
            shapes = [tuple(n for i, n in enumerate(one.shape) if i != axis) for one in (dataset, other)]
            if shapes[0] != shapes[1] or dataset.dtype != other.dtype or (axis is None and not _same(dataset[()], other[()])):
                raise NixeFileError(f"{made.runs[0].path} and {run.path} differ in {path}.")


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    """Bit for bit."""
    return np.array_equal(one, other) if one.dtype.kind in "SO" else one.tobytes() == other.tobytes()


def options_of(made: Plan) -> str:
    """The options of the whole, as nixe writes them."""
    text = made.runs[0].input
    if made.kind == "kmc":
        text = _replaced(text, "ensemble_size", str(made.rows))
    else:
        values = [_stored(run, made.scanned) for run in made.runs]
        text = _replaced(text, made.scanned, f"[{', '.join(values)}]")
    return text


def _stored(run: File, name: str) -> str:
    """The text of an option, of a list without its brackets."""
    section, _, key = name.partition("_")
    found = re.search(rf"^{section}:\n(?:  .*\n)*?  {key}: (.*)$", run.input, re.MULTILINE)
    if not found:
        raise NixeFileError(f"{run.path} is damaged: its options have no {name}.")
    return found[1].strip("[]")


def _replaced(text: str, name: str, value: str) -> str:
    """The options with another value of one."""
    section, _, key = name.partition("_")
    there = re.compile(rf"(^{section}:\n(?:  .*\n)*?  {key}: ).*$", re.MULTILINE)
    return there.sub(lambda found: found[1] + value, text, count=1)


def compositions(made: Plan) -> np.ndarray | None:
    """The composition of each state, where it is what was scanned by files that have no list of it."""
    if made.scanned != "mc_composition" or made.runs[0].has(COMPOSITION):
        return None
    return np.concatenate([run.composition for run in made.runs])


def joined(made: Plan, path: str, axis: int) -> np.ndarray:
    """The values of a scale or of a small dataset of the whole."""
    if path == "/trajectory":
        begin: Any = made.runs[0][path][0]
        return np.arange(begin, begin + made.rows)
    values = np.concatenate([run[path] for run in made.runs], axis=axis)
    return np.arange(len(values), dtype=values.dtype) if path == "/state" else values
