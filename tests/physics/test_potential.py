"""nixe potential: the elastic table V."""
import json

import numpy as np
import pytest
from harness import DATA, assert_same_bits, datasets, make
from reference import Crystal, match

TABLES = json.loads((DATA / "potential.json").read_text())


def name(case):
    return "{shape}-{edge}+{shell_layers}x{shell_stiffness}".format(**case)


def options(case):
    return ("potential -lattice_shape {shape} -lattice_edge {edge} -shell_layers {shell_layers} "
            "-shell_stiffness {shell_stiffness}".format(**case))


def symmetric_and_blind_to_the_mean(V):
    assert np.array_equal(V, V.T)
    assert abs(V.sum(axis=1)).max() < 1e-10


@pytest.mark.parametrize("case", TABLES["cases"], ids=name)
def test_small_tables(case, tmp_path):
    """Every element against tables from an independent dense linear-algebra program."""
    d = datasets(make(tmp_path / "v.h5", options(case)))
    n = len(case["layer"])
    expected = np.zeros((n, n))
    for i, row in enumerate(case["V_lower"]):
        expected[i, :i + 1] = expected[:i + 1, i] = row
    order = match(d["/lattice/position"], case["position"])
    assert d["/potential/V"].shape == (1, n, n)
    V = d["/potential/V"][0]
    assert abs(V - expected[np.ix_(order, order)]).max() < 1e-10
    assert np.array_equal(d["/lattice/layer"], np.array(case["layer"])[order])
    assert len(d["/lattice/bonds"]) == case["bonds"]
    symmetric_and_blind_to_the_mean(V)


@pytest.mark.parametrize("case", TABLES["invariants"], ids=name)
def test_large_tables(case, tmp_path):
    """Invariants of large tables against an independent dense linear-algebra program."""
    d = datasets(make(tmp_path / "v.h5", options(case)))
    V = d["/potential/V"][0]
    assert V.shape == (case["sites"], case["sites"])
    assert len(d["/lattice/bonds"]) == case["bonds"]
    symmetric_and_blind_to_the_mean(V)
    eigenvalue = np.linalg.eigvalsh(V)
    found = {"trace": np.trace(V), "frobenius": np.linalg.norm(V),
             "diagonal_min": V.diagonal().min(), "diagonal_max": V.diagonal().max(),
             "eigenvalue_max": eigenvalue[-1]}
    assert found == pytest.approx({key: case[key] for key in found}, rel=1e-10)
    assert (abs(eigenvalue) < 1e-9).sum() == case["zero_eigenvalues"]


@pytest.mark.parametrize("edge", [2, 3, 5, 8])
def test_rank_of_a_hexagon(edge, tmp_path):
    """With equal stiffness rank(V) is the number of interior sites, in two dimensions."""
    d = datasets(make(tmp_path / "v.h5", f"potential -lattice_edge {edge}"))
    eigenvalue = np.linalg.eigvalsh(d["/potential/V"][0])
    assert (eigenvalue > 1e-9).sum() == 3 * (edge - 1) * (edge - 2) + 1
    assert eigenvalue[0] > -1e-10


def test_list_of_stiffnesses(tmp_path):
    """A list gives one table a stiffness, in its order, each that of an independent model."""
    stiffness = [10, 1, 0.25]
    d = datasets(make(tmp_path / "v.h5", "potential -lattice_edge 3 -shell_layers 2 "
                      "-shell_stiffness " + ",".join(map(str, stiffness))))
    assert d["/potential/V"].shape == (3, 61, 61)
    for V, k in zip(d["/potential/V"], stiffness):
        crystal = Crystal(d["/lattice/position"], d["/lattice/layer"], k)
        assert abs(V - crystal.V).max() < 1e-10
        symmetric_and_blind_to_the_mean(V)


@pytest.mark.parametrize("lattice", [
    "-lattice_edge 9 -shell_layers 2 -shell_stiffness 1,7",      # 331 sites: three blocks
    "-lattice_shape cube -lattice_edge 5"])
def test_any_number_of_ranks(lattice, tmp_path):
    """The table has the same bits on 1, 2 and 3 ranks."""
    files = [make(tmp_path / f"{ranks}.h5", "potential " + lattice, ranks=ranks)
             for ranks in (1, 2, 3)]
    assert_same_bits(files[0], files[1])
    assert_same_bits(files[0], files[2])
