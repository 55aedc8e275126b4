"""Crystals of every lattice: their tables V, what is computed from them, and how exchange runs in one of them."""
import json

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
    """Sites, bonds and V against numbers of an independent program."""
    path = make(tmp_path / "v.h5", f"potential {options(case)}")
    d = datasets(path)
    assert (len(d["/lattice/position"]), len(d["/lattice/bonds"])) == (case["sites"], case["bonds"])
    V = d["/potential/V"][0]
    assert abs(V.sum(axis=1)).max() < 1e-10 and np.array_equal(V, V.T)
    assert_invariants(V, case)
    with File(path) as run:
        assert run.surface.sum() == case["surface"]


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
