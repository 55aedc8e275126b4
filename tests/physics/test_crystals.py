"""Crystals of every lattice: their tables V, what is computed from them, and how exchange runs in one of them."""
import json

import h5py
import numpy as np
import pytest
from harness import DATA, datasets, make
from reference import LATTICES, Crystal, ball, box, family, match, periods, polyhedron, rod, without_loose

from nixe.file import LATTICES as TABLE, File

CASES = json.loads((DATA / "crystals.json").read_text())["crystals"]
CLASSES = {   # lattice: k and r by class of bonds
    "triangular": ([2.5], [0.8]), "square": ([1, 0.6], [1, 1.3]), "sc": ([1, 0.776], [1, 2**0.5]),
    "fcc": ([0.7], [1.5]), "bcc": ([1.2, 0.5], [1, 2 / 3**0.5]), "hcp": ([1.5], [0.9]),
}
SPHERE = "kmc -lattice_type fcc -lattice_shape sphere -lattice_radius 3 -model_kT 0.8 -model_dmu -40"


def name(case):
    size = case.get("radius") or "x".join(map(str, case["cells"]))
    along = "".join(map(str, case.get("periodic", "")))
    return f"{case['lattice']}-{case['shape']}-{size}{'-' * bool(along)}{along}"


def options(case):
    words = [f"-lattice_type {case['lattice']} -lattice_shape {case['shape']}"]
    for option in ("radius", "cells", "periodic"):
        if option in case:
            value = case[option]
            words.append(f"-lattice_{option} {','.join(map(str, value)) if isinstance(value, list) else value}")
    return " ".join(words)


def independent(case, **constants):
    """The crystal of a case by the model of the tests."""
    lattice = case["lattice"]
    if "radius" in case:
        return Crystal(ball(lattice, case["radius"]), lattice=lattice, **constants)
    repeated = periods(lattice, case["cells"], case["periodic"])
    return Crystal(box(lattice, case["cells"]), lattice=lattice, periods=repeated, **constants)


def assert_invariants(V, case):
    eigenvalue = np.linalg.eigvalsh(V)
    found = {"trace": np.trace(V), "frobenius": np.linalg.norm(V), "smallest_element": V.min()}
    assert found == pytest.approx({key: case[key] for key in found}, rel=1e-9, abs=1e-9)
    assert list(eigenvalue[-3:]) == pytest.approx(case["largest_eigenvalues"], rel=1e-9)
    assert [V.diagonal().min(), V.diagonal().max()] == pytest.approx(case["diagonal"], rel=1e-9, abs=1e-9)
    assert (abs(eigenvalue) < 1e-9).sum() == case["zero_modes"]["V"]


@pytest.mark.parametrize("case", CASES, ids=name)
def test_the_model_of_the_tests(case):
    """What the other tests compare with has the known numbers, with periods, too."""
    crystal = independent(case)
    assert (crystal.N, len(crystal.bond), crystal.surface.sum()) == (case["sites"], case["bonds"], case["surface"])
    assert crystal.rigid == case["zero_modes"]["D"]
    assert crystal.row_sums == pytest.approx(case["row_sums"], rel=1e-9, abs=1e-9)
    assert_invariants(crystal.V, case)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_invariants(case, tmp_path):
    """Sites, bonds and V against numbers of an independent program; every element against the model of the tests."""
    path = make(tmp_path / "v.h5", f"potential {options(case)}")
    repeated = periods(case["lattice"], case["cells"], case["periodic"]) if "periodic" in case else ()
    with File(path) as run:
        V, position = run.potential(0), run.position
        assert (len(position), len(run.bonds), run.surface.sum()) == (case["sites"], case["bonds"], case["surface"])
        stored = run.has("/potential/V")
        assert stored == (len(repeated) < position.shape[1])
        np.testing.assert_allclose(run.periods, np.reshape(repeated, (-1, position.shape[1])), atol=1e-12)
    assert abs(V.sum(axis=1)).max() < 1e-10 and abs(V - V.T).max() <= (0 if stored else 1e-13)
    assert_invariants(V, case)
    assert abs(V - Crystal(position, lattice=case["lattice"], periods=repeated).V).max() < 1e-10


BULK = {   # of boxes that are measured in cells of one site and of more; sizes even and odd
    "triangular": "7,4", "square": "3,6", "sc": "3,4,5", "fcc": "3,3,4", "bcc": "4,3,3", "hcp": "3,4,3",
}


@pytest.mark.parametrize("lattice", LATTICES)
def test_bulk_with_constants_by_class(lattice, tmp_path):
    """Every element of V of a bulk crystal with stiffnesses and rest lengths of their own."""
    k, r = CLASSES[lattice]
    cells = list(map(int, BULK[lattice].split(",")))
    along = list(range(1, len(cells) + 1))
    path = make(tmp_path / "v.h5", f"potential -lattice_type {lattice} -lattice_shape box -lattice_cells {BULK[lattice]} "
                f"-lattice_periodic {','.join(map(str, along))} -bond_stiffness {','.join(map(repr, k))} "
                f"-bond_mismatch {','.join(map(repr, r))}")
    with File(path) as run:
        crystal = Crystal(run.position, lattice=lattice, stiffness=k, mismatch=r, periods=periods(lattice, cells, along))
        assert not run.has("/potential/V") and len(run["/potential/row"][0]) < len(run.position)
        assert abs(run.potential(0) - crystal.V).max() < 1e-10
        for site in (0, 1, len(run.position) - 1, -5):
            assert abs(run.interactions(site) - crystal.V[site]).max() < 1e-10


SYMMETRIC = {   # crystals with V in their files, of all kinds of symmetry: none, about a point, along periods, with glides
    "free": "-lattice_type fcc -lattice_shape sphere -lattice_radius 2.5",
    "without symmetry": "-lattice_type bcc -lattice_shape sphere -lattice_radius 2 -lattice_center 0.1,0.23,0.37",
    "hexagon in a shell": "-lattice_edge 4 -shell_layers 1 -shell_stiffness 1,4",
    "strip": "-lattice_type triangular -lattice_shape box -lattice_cells 8,5 -lattice_periodic 1",
    "other strip": "-lattice_type square -lattice_shape box -lattice_cells 4,6 -lattice_periodic 2",
    "film": "-lattice_type fcc -lattice_shape box -lattice_cells 3,4,2 -lattice_periodic 1,2",
    "film of hcp": "-lattice_type hcp -lattice_shape box -lattice_cells 4,5,3 -lattice_periodic 1,2",
    "wire": "-lattice_type bcc -lattice_shape box -lattice_cells 3,3,6 -lattice_periodic 3",
    "bulk in a shell": None,
}


@pytest.mark.parametrize("case", SYMMETRIC)
def test_rows_make_the_table(case, tmp_path):
    """What the reader makes of the rows is V, which is in the same file: matrix, rows of sites, and rows of orbits."""
    words = SYMMETRIC[case]
    if words is None:       # periodic in all directions, and no torus: V is stored, translations are there
        layer = np.where(np.arange(36) % 6 == 5, 1, 0)
        x = box("triangular", (6, 6))
        a, b = periods("triangular", (6, 6), (1, 2))
        lines = [f"A {p[0]!r} {p[1]!r} 0 {k}" for p, k in zip(x.tolist(), layer)]
        (tmp_path / "c.xyz").write_text(f'36\nLattice="{a[0]} {a[1]} 0 {b[0]} {b[1]} 0 0 0 1" pbc="T T F" '
                                        "Properties=species:S:1:pos:R:3:layer:I:1\n" + "\n".join(lines) + "\n")
        words = f"-lattice_type triangular -lattice_shape file -lattice_file {tmp_path}/c.xyz"
    path = make(tmp_path / "v.h5", f"potential {words}")
    with File(path) as run:
        tables = run["/potential/V"]
    with h5py.File(path, "r+") as file:
        del file["/potential/V"], file["/potential/checksums"]
    with File(path) as run:
        for index, V in enumerate(tables):
            assert abs(run.potential(index) - V).max() < 1e-12
            assert max(abs(run.interactions(site, index) - row).max() for site, row in enumerate(V)) < 1e-12
            of, alike, rows = (np.concatenate(parts) for parts in zip(*run.orbit_rows(index)))
            assert np.array_equal(rows, V[of]) and alike.sum() == len(V)
            assert alike @ rows[np.arange(len(of)), of] == pytest.approx(np.trace(V), rel=1e-12)
        assert (len(of) == len(V)) == (case == "without symmetry")
        with pytest.raises(IndexError):
            run.interactions(len(V))
        with pytest.raises(IndexError):
            run.interactions(0, len(tables))


@pytest.mark.parametrize("lattice", LATTICES)
def test_tables_with_constants_by_class(lattice, tmp_path):
    """Every element of V with stiffnesses and rest lengths of their own, in a crystal of another shape."""
    k, r = CLASSES[lattice]
    numbers = [",".join(map(repr, values)) for values in (k, r)]
    cells = (5, 4) if lattice in ("triangular", "square") else (3, 3, 2) if lattice != "sc" else (5, 5, 4)
    path = make(tmp_path / "v.h5", f"potential -lattice_type {lattice} -lattice_shape box -lattice_cells "
                f"{','.join(map(str, cells))} -bond_stiffness {numbers[0]} -bond_mismatch {numbers[1]}")
    d = datasets(path)
    position = without_loose(box(lattice, cells), lattice)
    crystal = Crystal(position, lattice=lattice, stiffness=k, mismatch=r)
    order = match(d["/lattice/position"], position)
    expected = crystal.V[np.ix_(order, order)]
    assert abs(d["/potential/V"][0] - expected).max() < 1e-10
    if lattice == "sc":
        assert np.trace(d["/potential/V"][0]) == pytest.approx(700.0287928, abs=1e-7)
        assert crystal.row_sums < 1e-10       # r proportional to length: a uniform composition costs nothing


SHAPES = {   # options, and the same crystal by its rule
    "fcc truncated octahedron": ("-lattice_type fcc -lattice_shape polyhedron -lattice_faces 111:3.3,100:2.9", lambda: (
        "fcc", polyhedron("fcc", *family((1, 1, 1), 3.3), *family((1, 0, 0), 2.9)))),
    "fcc tetrahedron": ("-lattice_type fcc -lattice_shape polyhedron -lattice_single_faces "
                        "111:1.7,1-1-1:1.7,-11-1:1.7,-1-11:1.7", lambda: ("fcc", polyhedron(
                            "fcc", *[(n, 1.7) for n in ((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))]))),
    "hcp rod": ("-lattice_type hcp -lattice_shape rod -lattice_radius 2.2 -lattice_length 7",
                lambda: ("hcp", rod("hcp", 2.2, 7))),
    "bcc rod along 111": ("-lattice_type bcc -lattice_shape rod -lattice_radius 2.2 -lattice_length 6 "
                          "-lattice_axis 1,1,1", lambda: ("bcc", rod("bcc", 2.2, 6, (1, 1, 1)))),
}


@pytest.mark.parametrize("case", SHAPES)
def test_shapes(case, tmp_path):
    """Which points belong to a crystal; its bonds with their vectors, and V."""
    words, rule = SHAPES[case]
    lattice, position = rule()
    with File(make(tmp_path / "v.h5", f"potential {words}")) as run:
        assert run.lattice_type == lattice and run.position.shape == position.shape
        order = match(run.position, position)
        crystal = Crystal(position[order], lattice=lattice)
        assert abs(run["/potential/V"][0] - crystal.V).max() < 1e-10
        found = {frozenset(pair): k for pair, k in zip(run.bonds.tolist(), run.bond_class)}
        assert found == {frozenset(pair): k for pair, k in zip(crystal.bond.tolist(), crystal.bond_class)}
        first, second = run.position[run.bonds.T]
        assert abs(run.bond_vector - (second - first)).max() < 1e-12
        assert np.array_equal(run.averaged, crystal.averaged) and np.array_equal(run.depth, crystal.depth())


def test_the_table_of_the_reader():
    """What the reader knows of lattices is what the tests know."""
    assert list(TABLE) == list(LATTICES)
    for lattice, (vectors, basis, lengths, counts) in LATTICES.items():
        row = TABLE[lattice]
        assert (row.coordination, row.nearest) == (sum(counts), counts[0])
        assert row.lengths == pytest.approx(lengths)
        density = [len(sites) / abs(np.linalg.det(cell)) for cell, sites in ((vectors, basis), (row.vectors, row.basis))]
        assert density[0] == pytest.approx(density[1])


def test_events_of_a_sphere(tmp_path):
    """Published for this crystal by an independent program: 248.76(12) events a trajectory, of a spread of 2.0.

    The joint error with this run's 1,000 trajectories is 0.14: five of them are exceeded once in two million times.
    """
    path = make(tmp_path / "k.h5", f"{SPHERE} -ensemble_size 1000 -kmc_snapshots 1", ranks=2)
    with File(path) as run:
        assert run.complete and not np.isnan(run.trajectories("completion_time")).any()
        events = run.trajectories("events")[:, -1]
    error = np.hypot(0.12, events.std(ddof=1) / np.sqrt(len(events)))
    assert abs(events.mean() - 248.76) < 5 * error, (events.mean(), events.std())
    assert 1.7 < events.std() < 2.3
