"""Write the configurations of a nixe file for other programs.

xyz, for OVITO and ASE: a text file of its own in the extended XYZ format, one frame a snapshot.
A is written as Cd and B as Zn, because readers want elements; the column sigma is +1 and -1. The
other columns: pos, the site of the perfect lattice, and disp, its displacement, in units of a;
s, the order parameter of the plaquette, from 2 (U1) to -2 (U2); area, the deviation of the local
area (3D: volume) in units of a^d, NaN where neighbours are missing; layer, 0 in the core; depth below
the surface, 0 there; averaged, whether the site counts in f; radius, for display; exchange and field
where the file has them. Beside each frame: Time in units of 1/k, or in sweeps after equilibration; the
composition; f of each phase; which series and snapshot it is; complete=False of a trajectory that is not
complete yet. A file of nixe potential or spectrum gives one frame of the bare crystal: Cd in the core, Zn
in the shell. Positions, and Lattice and pbc of a periodic crystal, are as -lattice_file and others take
them: in units of a, a crystal again.

xdmf, for ParaView: a small file that says where sigma, layer, averaged, the sites and the bonds with
their classes stand in the HDF5 file, which is not copied; keep the two together. Bonds across a period
are drawn through the crystal: hide them there, and show points. Open it with "XDMF Reader";
the two named Xdmf3 do not read sigma.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO
from xml.sax.saxutils import escape

import numpy as np

from nixe.file import File, NixeFileError
from nixe.series import Series, add_arguments, chosen, every, fractions
from nixe.tool import answer, spare_inputs
from nixe.unfinished import Unfinished, opened

ELEMENT = {+1: "Cd", -1: "Zn"}  # A and B
RADIUS = {+1: 0.5, -1: 0.4}  # in units of a, for display
COLUMNS = "species:S:1:pos:R:3:disp:R:3:sigma:I:1:s:I:1:area:R:1:layer:I:1:averaged:L:1:radius:R:1:depth:I:1"
BARE = "species:S:1:pos:R:3:layer:I:1:averaged:L:1:depth:I:1"
OPTIONAL = ("exchange", "field")  # numbers of the sites that some files have
SITE_NUMBERS = ("depth", "face", *OPTIONAL)  # that an XDMF file names where they are
NUMBER = {np.dtype("f8"): "Float", np.dtype("i4"): "Int", np.dtype("i1"): "Char",
          np.dtype("u1"): "UChar"}  # in the words of XDMF


def write_xyz(out: TextIO, series: Series) -> None:
    """All snapshots of a series, one frame after another."""
    position = in_space(series.run.position)
    for snapshot, sigma in enumerate(series.sigma):
        out.write(f"{len(position)}\n{xyz_comment(series, snapshot, position)}\n")
        out.writelines(xyz_lines(series, sigma, position))


def xyz_comment(series: Series, snapshot: int, position: np.ndarray) -> str:
    """What the columns of a frame are, and its numbers."""
    sigma = series.sigma[snapshot]
    numbers = {
        "Time": float(series.time[snapshot]), **series.label, **({"complete": False} if series.note else {}),
        "snapshot": snapshot,
        "composition": float((sigma > 0).mean()),
        **{f"f_{phase}": float(f)
           for phase, f in zip(series.run.phases, fractions(series.run, sigma))},
    }
    if "state" in series.label:
        state = series.label["state"]
        numbers["shell_stiffness"] = series.shell_stiffness
        numbers["kT"] = float(series.run.kT[state])
    return " ".join([frame(series.run, position, COLUMNS),
                     *(f"{name}={value!r}" for name, value in numbers.items())])


def frame(run: File, position: np.ndarray, columns: str) -> str:
    """The box, and what the columns are.

    OVITO heeds numbers of a frame only beside a box, so there is one also where nothing is periodic:
    half a unit of length around the sites.
    """
    low, high = position.min(axis=0) - 0.5, position.max(axis=0) + 0.5
    box, periods = np.diag(high - low), in_space(run.periods)
    if len(periods):
        free = np.linalg.svd(periods)[2][len(periods):]  # directions across the periods
        extent = np.ptp(position @ free.T, axis=0) + 1
        box = np.vstack([periods, free * extent[:, None]])
    flags = " ".join("F" if axis >= len(periods) else "T" for axis in range(3))
    numbers = [" ".join(f"{x:.9g}" for x in values) for values in (box.ravel(), low)]
    more = "".join(f":{name}:R:1" for name, _ in optional(run))
    return f'Lattice="{numbers[0]}" Origin="{numbers[1]}" pbc="{flags}" Properties={columns}{more}'


def optional(run: File) -> list[tuple[str, np.ndarray]]:
    """The numbers of the sites that this file has beside those that all have."""
    return [(name, run[f"/lattice/{name}"]) for name in OPTIONAL if run.has(f"/lattice/{name}")]


def write_bare(out: TextIO, run: File) -> None:
    """The crystal without configurations: one frame."""
    position = in_space(run.position)
    out.write(f"{len(position)}\n{frame(run, position, BARE)}\n")
    for x, layer, averaged, depth, rest in zip(
            position.tolist(), run.layer.tolist(), run.averaged.tolist(), run.depth.tolist(), rests(run)):
        out.write(f"{ELEMENT[-1 if layer else 1]} {x[0]:.9f} {x[1]:.9f} {x[2]:.9f} {layer} "
                  f"{'T' if averaged else 'F'} {depth}{rest}\n")


def rests(run: File) -> list[str]:
    """Of each site the end of its line: what only some files have."""
    columns = [values for _, values in optional(run)]
    return ["".join(f" {float(values[site]):.9g}" for values in columns) for site in range(len(run.position))]


def xyz_lines(series: Series, sigma: np.ndarray, position: np.ndarray) -> Iterable[str]:
    """The lines of the sites of one frame."""
    run = series.run
    mismatch = run.options.get("model_mismatch", 0.1)
    strain = in_space(mismatch * run.displacement(sigma, series.shell_stiffness))
    area = run.local_area(sigma, series.shell_stiffness)
    order, _ = run.plaquette_order(sigma)
    for x, u, ion, s, a, layer, averaged, depth, rest in zip(
            position.tolist(), strain.tolist(), sigma.tolist(), order.tolist(), area.tolist(),
            run.layer.tolist(), run.averaged.tolist(), run.depth.tolist(), rests(run)):
        yield (f"{ELEMENT[ion]} {x[0]:.9f} {x[1]:.9f} {x[2]:.9f} {u[0]:.9f} {u[1]:.9f} {u[2]:.9f} "
               f"{ion} {s} {a:.9f} {layer} {'T' if averaged else 'F'} {RADIUS[ion]} "
               f"{depth}{rest}\n")


def in_space(vectors: np.ndarray) -> np.ndarray:
    """Vectors with three components; in 2D the third is 0."""
    return np.pad(vectors, ((0, 0), (0, 3 - vectors.shape[1])))


class Xdmf:
    """The text of an XDMF file, and the HDF5 file that it refers to."""

    def __init__(self, run: File, folder: Path) -> None:
        self.run = run
        self.source = Path(os.path.relpath(run.path, folder)).as_posix()

    def document(self, many: Iterable[Series]) -> Iterable[str]:
        """One collection of snapshots for each series."""
        yield '<?xml version="1.0" encoding="utf-8"?>\n<Xdmf Version="2.0">\n<Domain>\n'
        for series in many:
            yield f'<Grid Name="{series.name}" GridType="Collection" CollectionType="Temporal">\n'
            for snapshot in range(len(series.sigma)):
                yield self.grid(series, snapshot)
            yield "</Grid>\n"
        yield "</Domain>\n</Xdmf>\n"

    def grid(self, series: Series, snapshot: int) -> str:
        """One snapshot: bonds between sites, and the numbers of the sites."""
        bonds, dimensions = len(self.run["/lattice/bonds"]), self.run.position.shape[1]
        return (
            f'<Grid Name="snapshot {snapshot}" GridType="Uniform">\n'
            f'<Time Value="{float(series.time[snapshot])!r}"/>\n'
            f'<Topology TopologyType="Polyline" NodesPerElement="2" NumberOfElements="{bonds}">'
            f'{self.dataset("/lattice/bonds")}</Topology>\n'
            f'<Geometry GeometryType="{"XY" if dimensions == 2 else "XYZ"}">'
            f'{self.dataset("/lattice/position")}</Geometry>\n'
            + self.attribute("sigma", self.slab(series, snapshot))
            + self.attribute("layer", self.dataset("/lattice/layer"))
            + self.attribute("averaged", self.dataset("/lattice/averaged"))
            + "".join(self.attribute(name, self.dataset(f"/lattice/{name}")) for name in SITE_NUMBERS
                      if self.run.has(f"/lattice/{name}"))
            + (self.attribute("bond_class", self.dataset("/lattice/bond_class"), "Cell")
               if self.run.has("/lattice/bond_class") else "")
            + "</Grid>\n"
        )

    def attribute(self, name: str, data: str, of: str = "Node") -> str:
        """A number of each site ("Node"), or bond ("Cell")."""
        return (f'<Attribute Name="{name}" AttributeType="Scalar" Center="{of}">{data}'
                "</Attribute>\n")

    def dataset(self, path: str) -> str:
        """A whole dataset of the HDF5 file."""
        shape, kind = self.run.shape_and_type(path)
        place = f"{escape(self.source)}:{self.run.stored_path(path)}"
        return (f'<DataItem Format="HDF" Dimensions="{words(shape)}" NumberType="{NUMBER[kind]}" '
                f'Precision="{kind.itemsize}">{place}</DataItem>')

    def slab(self, series: Series, snapshot: int) -> str:
        """The part of the configurations that is one snapshot: its start, stride and count."""
        at = (*series.row, snapshot)
        sites = len(self.run.position)
        start, ones, count = (*at, 0), [1] * (len(at) + 1), (*[1] * len(at), sites)
        return (f'<DataItem ItemType="HyperSlab" Dimensions="{sites}">'
                f'<DataItem Format="XML" Dimensions="3 {len(start)}" NumberType="Int">'
                f"{words(start)} {words(ones)} {words(count)}</DataItem>"
                f"{self.dataset(series.dataset)}</DataItem>")


def words(numbers: Iterable[int]) -> str:
    """Numbers with blanks between them."""
    return " ".join(map(str, numbers))


def make(arguments: argparse.Namespace) -> None:
    """From the file to the other one."""
    ending = f".{arguments.format}"
    output = arguments.output or arguments.file.with_suffix(ending)
    if output.suffix != ending:
        raise NixeFileError(f"{output} is not named as {arguments.format}: {ending}.")
    if arguments.all and (arguments.trajectory, arguments.state, arguments.replica) != (None,) * 3:
        raise NixeFileError("--all leaves nothing to choose by --trajectory, --state or --replica.")
    spare_inputs([output], [arguments.file])
    with opened(arguments.file, arguments.unfinished) as run:
        bare = run.kind in ("potential", "spectrum") and ending == ".xyz"
        many = [] if bare else every(run) if arguments.all else [chosen(run, arguments)]
        note = run.note if arguments.all and isinstance(run, Unfinished) else many[0].note if isinstance(many, list) and many else ""
        with output.open("w", encoding="utf-8") as out:
            if arguments.format == "xdmf":
                out.writelines(Xdmf(run, output.parent).document(many))
            elif bare:
                write_bare(out, run)
            else:
                for series in many:
                    write_xyz(out, series)
    print(f"wrote {output}")
    if note:
        print(f"warning   {note}")


def main() -> int:
    """Read the command line, write the file, and answer with the exit status."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="a file written by nixe")
    parser.add_argument("--format", choices=("xyz", "xdmf"), default="xyz",
                        help="what to write (default: xyz)")
    add_arguments(parser)
    parser.add_argument("--all", action="store_true",
                        help="all trajectories, or replicas of all states, one after another")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT",
                        help="the file to write (default: FILE's stem.xyz or stem.xdmf)")
    arguments = parser.parse_args()
    return answer("export", lambda: make(arguments))


if __name__ == "__main__":
    sys.exit(main())
