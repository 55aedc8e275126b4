"""Write the configurations of a nixe file for other programs.

xyz, for OVITO and ASE: a text file of its own in the extended XYZ format, one frame a snapshot.
A is written as Cd and B as Zn, because readers want elements; the column sigma is +1 and -1. The
other columns: pos, the site of the perfect lattice, and disp, its displacement, in units of a;
s, the order parameter of the plaquette, from 2 (U1) to -2 (U2); area, the deviation of the local
area (3D: volume) in units of a^d, NaN where neighbours are missing; layer, 0 in the core; averaged,
whether the site counts in f; radius, for display. Beside each frame: Time in units of 1/k, or in
sweeps after equilibration; the composition; f of each phase; which series and snapshot it is.

xdmf, for ParaView: a small file that says where sigma, layer, averaged, the sites and the bonds
stand in the HDF5 file, which is not copied; keep the two together. Open it with "XDMF Reader";
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

ELEMENT = {+1: "Cd", -1: "Zn"}  # A and B
RADIUS = {+1: 0.5, -1: 0.4}  # in units of a, for display
COLUMNS = ("species:S:1:pos:R:3:disp:R:3:sigma:I:1:s:I:1:area:R:1:layer:I:1:averaged:L:1:"
           "radius:R:1")
NUMBER = {np.dtype("f8"): "Float", np.dtype("i4"): "Int", np.dtype("i1"): "Char",
          np.dtype("u1"): "UChar"}  # in the words of XDMF


def write_xyz(out: TextIO, series: Series) -> None:
    """All snapshots of a series, one frame after another."""
    position = in_space(series.run.position)
    for snapshot, sigma in enumerate(series.sigma):
        out.write(f"{len(position)}\n{xyz_comment(series, snapshot, position)}\n")
        out.writelines(xyz_lines(series, sigma, position))


def xyz_comment(series: Series, snapshot: int, position: np.ndarray) -> str:
    """What the columns of a frame are, and its numbers.

    OVITO heeds the numbers only beside a box, so there is one; nothing is periodic.
    """
    sigma = series.sigma[snapshot]
    low, high = position.min(axis=0) - 0.5, position.max(axis=0) + 0.5
    numbers = {
        "Time": float(series.time[snapshot]), **series.label, "snapshot": snapshot,
        "composition": float((sigma > 0).mean()),
        **{f"f_{phase}": float(f)
           for phase, f in zip(series.run.phases, fractions(series.run, sigma))},
    }
    if "state" in series.label:
        state = series.label["state"]
        numbers["shell_stiffness"] = series.shell_stiffness
        numbers["kT"] = float(series.run.kT[state])
    box = " ".join(f"{x:.9g}" for x in np.diag(high - low).ravel())
    origin = " ".join(f"{x:.9g}" for x in low)
    return " ".join([f'Lattice="{box}" Origin="{origin}" pbc="F F F" Properties={COLUMNS}',
                     *(f"{name}={value!r}" for name, value in numbers.items())])


def xyz_lines(series: Series, sigma: np.ndarray, position: np.ndarray) -> Iterable[str]:
    """The lines of the sites of one frame."""
    run = series.run
    mismatch = run.options.get("model_mismatch", 0.1)
    strain = in_space(mismatch * run.displacement(sigma, series.shell_stiffness))
    area = run.local_area(sigma, series.shell_stiffness)
    order, _ = run.plaquette_order(sigma)
    for x, u, ion, s, a, layer, averaged in zip(
            position.tolist(), strain.tolist(), sigma.tolist(), order.tolist(), area.tolist(),
            run.layer.tolist(), run.averaged.tolist()):
        yield (f"{ELEMENT[ion]} {x[0]:.9f} {x[1]:.9f} {x[2]:.9f} {u[0]:.9f} {u[1]:.9f} {u[2]:.9f} "
               f"{ion} {s} {a:.9f} {layer} {'T' if averaged else 'F'} {RADIUS[ion]}\n")


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
            + "</Grid>\n"
        )

    def attribute(self, name: str, data: str) -> str:
        """A number of each site."""
        return (f'<Attribute Name="{name}" AttributeType="Scalar" Center="Node">{data}'
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
    with File(arguments.file) as run:
        many = every(run) if arguments.all else [chosen(run, arguments)]
        with output.open("w", encoding="utf-8") as out:
            if arguments.format == "xdmf":
                out.writelines(Xdmf(run, output.parent).document(many))
            else:
                for series in many:
                    write_xyz(out, series)
    print(f"wrote {output}")


def main() -> int:
    """Read the command line, write the file, and answer with the exit status."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="a file written by nixe kmc or nixe mc")
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
