"""Join the files of a job array into one, which every tool reads like the file of a single run.

Parts of one ensemble (nixe kmc with several -ensemble_first, as jobs/kmc_array.sh makes them) become what one run would have
written. Files of a scan (nixe mc, as jobs/mc_scan_array.sh makes them, each with a -ensemble_seed of its own) become one with
all states. The file leans on its parts, which have to stay where they are beside it, and shows what they have got to; with
--copy it holds all by itself. What is not done in the parts is not done in the whole. Files that do not belong together, and
trajectories or random numbers that would count twice, are refused.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime, timezone
from pathlib import Path

import h5py
import numpy as np

from nixe.file import File, NixeFileError
from nixe.file.stored import hash_of
from nixe.joining import COMPOSITION, MOST_OPEN, Plan, compositions, datasets, joined, joined_axis, options_of, plan
from nixe.tool import answer, spare_inputs

OWN = ("CLASS", "NAME", "REFERENCE_LIST", "DIMENSION_LIST", "DIMENSION_LABELS")  # attributes that HDF5 makes of axes
SLAB = 1 << 26  # bytes that are copied at a time


def write(made: Plan, output: Path, copy: bool) -> None:
    """The whole file: under another name until it is whole."""
    partial = output.with_name(output.name + ".partial")
    try:
        with h5py.File(partial, "w", locking=False) as file:
            sources = datasets(made.runs[0])
            for path, source in sources.items():
                _add(file, made, source, joined_axis(made, source), output, copy)
            if (values := compositions(made)) is not None:
                _add_compositions(file, made, values)
            _attach(file, sources.values())
            for group in {str(Path(path).parent) for path in sources} - {"/"}:
                _copy_attributes(made.runs[0]._h5[group], file[group])
            _describe(file, made, output)
        os.replace(partial, output)
    finally:
        partial.unlink(missing_ok=True)


def _add(file: h5py.File, made: Plan, source: h5py.Dataset, axis: int | None, output: Path, copy: bool) -> None:
    """One dataset, without its axes."""
    path = source.name
    if axis is None or "checksum" in source.attrs:  # written once, and small where it is joined
        values = source[()] if axis is None else joined(made, path, axis)
        added = file.create_dataset(path, data=values, dtype=source.dtype)
    else:
        shape = list(source.shape)
        rows = [run._dataset(path).shape[axis] for run in made.runs]
        kept = axis == 0 and len(source.dims[0]) and source.dims[0][0].name != "/shell_stiffness"
        first = made.first if kept else [sum(rows[:i]) for i in range(len(rows))]
        shape[axis] = made.rows if kept else sum(rows)
        place = [(slice(None),) * axis + (slice(begin, begin + count),) for begin, count in zip(first, rows)]
        if copy:
            added = file.create_dataset(path, shape, source.dtype, fillvalue=source.fillvalue)
            for run, part in zip(made.runs, place):
                _copy_rows(run._dataset(path), added, part)
        else:
            layout = h5py.VirtualLayout(tuple(shape), source.dtype)
            for run, part in zip(made.runs, place):
                inside = os.path.relpath(os.path.realpath(run.path), os.path.realpath(output.parent))
                layout[part] = h5py.VirtualSource(inside, path, run._dataset(path).shape, source.dtype)
            added = file.create_virtual_dataset(path, layout, source.fillvalue)
    _copy_attributes(source, added)
    if axis is not None and "checksum" in source.attrs:
        added.attrs.create("checksum", hash_of(added[()]), dtype="u8")


def _copy_rows(source: h5py.Dataset, target: h5py.Dataset, place: tuple[slice, ...]) -> None:
    """A dataset into its part of another, some rows at a time."""
    step = max(1, SLAB * len(source) // max(source.nbytes, 1))
    for first in range(0, len(source), step):
        rows = slice(first, min(first + step, len(source)))
        into = list(place)
        if len(place) == 1:
            into[0] = slice(place[0].start + rows.start, place[0].start + rows.stop)
        else:
            into[0] = rows
        target[tuple(into)] = source[rows]


def _add_compositions(file: h5py.File, made: Plan, values: np.ndarray) -> None:
    """The dataset that a run with all of these compositions would have."""
    added = file.create_dataset(COMPOSITION, data=values)
    said = {"units": "", "long_name": "composition", "description": "fraction of A in the core that is asked for"}
    for name, text in said.items():
        added.attrs[name] = text
    added.attrs.create("checksum", hash_of(values), dtype="u8")
    added.dims[0].attach_scale(file["/state"])
    added.dims[0].label = "state"


def _copy_attributes(source: h5py.HLObject, target: h5py.HLObject) -> None:
    """Those that are said of it; not those of its axes."""
    for name in source.attrs:
        if name not in OWN:
            target.attrs.create(name, source.attrs[name], dtype=source.attrs.get_id(name).dtype)


def _attach(file: h5py.File, sources: Sequence[h5py.Dataset]) -> None:
    """The axes of all datasets."""
    for source in sources:
        if h5py.h5ds.is_scale(source.id):
            file[source.name].make_scale(source.name[1:])
    for source in sources:
        for i, axis in enumerate(source.dims):
            if len(axis):
                file[source.name].dims[i].attach_scale(file[axis[0].name])
                file[source.name].dims[i].label = axis.label


def _describe(file: h5py.File, made: Plan, output: Path) -> None:
    """The attributes of the file: of its first part, and what it was made of."""
    _copy_attributes(made.runs[0]._h5, file)
    options = options_of(made)
    names = [os.path.relpath(os.path.realpath(run.path), os.path.realpath(output.parent)) for run in made.runs]
    rows = sum(len(run["/kmc/done" if made.kind == "kmc" else "/mc/sweeps_done"]) for run in made.runs)
    file.attrs["input"] = options
    file.attrs["created"] = f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
    file.attrs["merged_from"] = "\n".join(names)
    if len(set(made.seeds)) > 1:
        file.attrs["merged_seeds"] = " ".join(map(str, made.seeds))
    complete = rows == made.rows and all(run.complete for run in made.runs)
    file.attrs.create("complete", int(complete), dtype="u1")
    file.attrs.create("checksum", hash_of(np.array([made.kind, options], dtype=object)), dtype="u8")


def merge(paths: Sequence[Path], output: Path, copy: bool, say: Callable[[str], None] = print) -> None:
    """Join files, and say what became of them."""
    spare_inputs([output], paths)
    if not copy and len(paths) > MOST_OPEN:
        raise NixeFileError(f"{len(paths)} files are more than a system lets one program open at a time: join them with --copy.")
    if output.exists():
        with File(output) as there:
            if not there.parts:
                raise NixeFileError(f"{output} is there, and was not made by joining files: name another with -o.")
    with ExitStack() as stack:
        runs = [stack.enter_context(File(path)) for path in paths]
        made = plan(runs)
        write(made, output, copy)
        noun = "trajectories" if made.kind == "kmc" else "states"
        say(f"wrote {output}: {made.rows} {noun} of {len(runs)} files" + ("" if copy else ", which it needs beside it"))
        for note in made.notes:
            say(f"warning   {note}")


def main() -> int:
    """Read the command line, join, and answer with the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="+", help="files of one job array")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the file of the whole")
    parser.add_argument("--copy", action="store_true",
                        help="copy all data, so that the parts are not needed any more")
    arguments = parser.parse_args()
    return answer("merge", lambda: merge(arguments.file, arguments.output, arguments.copy))


if __name__ == "__main__":
    sys.exit(main())
