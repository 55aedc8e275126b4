"""nixe spectrum of the bulk: against the dense model, closed forms, and what is known of the order of each lattice."""
import re

import h5py
import numpy as np
import pytest
from harness import assert_same_bits, datasets, make, run, text
from reference import LATTICES, Crystal, box, match, periods

CASES = {   # lattice: cells, k and r by class of bonds
    "triangular": ((6, 5), [2.5], [0.8]), "square": ((5, 4), [1, 0.6], [1, 1.3]), "sc": ((3, 4, 5), [1, 0.776], [1, 2**0.5]),
    "fcc": ((3, 3, 4), [0.7], [1.5]), "bcc": ((3, 4, 4), [1.2, 0.5], [1, 2 / 3**0.5]), "hcp": ((4, 4, 3), [1.5], [0.9]),
}
HYDRIDE = "-bond_stiffness 1,0.776 -bond_mismatch 1,1.4142135623730951"
ORDER = [   # lattice, cells, options; mean; least, where, at which special point; greatest, where
    ("triangular", (48, 48), "", 3.654, 3, (2 / 3, 1 / 3), "K", 4, None),
    ("square", (48, 48), "", 5.549, 4, (0.5, 0), "X", 8, (0.5, 0.5)),
    ("sc", (12, 12, 12), "", 15.15, 12, (0.5, 0.5, 0), "M", 24, (0.5, 0.5, 0.5)),
    ("sc", (12, 12, 12), HYDRIDE, 20.72, 16.416, (0.5, 0.5, 0), "M", 37.248, (0.5, 0.5, 0.5)),
    ("fcc", (8, 8, 8), "", 9.11, 8, (0.125, 0, 0), "", 12, (0.125, 0.125, 0.125)),
    ("bcc", (10, 10, 10), "", 11.17, 8, (0.5, 0.5, 0.5), "P", 14.007, (0.1, 0, 0)),
    ("hcp", (10, 10, 8), "", 9.13, 80 / 11, (0.5, 0, 0), "M", 12, (0, 0, 0.125)),
]


def options(lattice, cells, more=""):
    along = ",".join(str(k + 1) for k in range(len(cells)))
    return (f"spectrum -lattice_type {lattice} -lattice_shape box -lattice_cells {','.join(map(str, cells))} "
            f"-lattice_periodic {along} {more}")


def in_reciprocal_units(lattice, q):
    """A wave vector in units of the reciprocal vectors of the cell of boxes."""
    return np.asarray(q) @ np.array(LATTICES[lattice][0]).T / (2 * np.pi)


@pytest.fixture(scope="module", params=CASES)
def solved(request, folder):
    """Lattice, all eigenpairs in a file, and the dense model in the numbering of the file."""
    cells, k, r = CASES[request.param]
    numbers = [",".join(map(repr, values)) for values in (k, r)]
    path = make(folder / f"{request.param}.h5", options(request.param, cells, "-spectrum_count 10000 -bond_stiffness "
                f"{numbers[0]} -bond_mismatch {numbers[1]}"))
    position = box(request.param, cells)
    with h5py.File(path) as file:
        position = position[match(file["lattice/position"][()], position)]
    along = periods(request.param, cells, range(1, len(cells) + 1))
    return request.param, path, Crystal(position, lattice=request.param, stiffness=k, mismatch=r, periods=along)


def stiffness_matrix(crystal):
    """D with the strains of the file: x x', (x y' + y x'), ..., which are not those of the dense model."""
    N, d = crystal.N, crystal.d
    alpha = crystal.vector / np.linalg.norm(crystal.vector, axis=1)[:, None]
    B = np.zeros((len(alpha), N, d))
    b, (i, j) = np.arange(len(alpha)), crystal.bond.T
    B[b, j], B[b, i] = alpha, -alpha
    unit = np.eye(d)
    strains = [np.outer(unit[p], unit[q]) + (p != q) * np.outer(unit[q], unit[p]) for p in range(d) for q in range(p, d)]
    stretch = np.array([np.einsum("bi,ij,bj->b", crystal.vector, E, alpha) for E in strains]).T
    B = np.hstack([B.reshape(len(alpha), N * d), stretch])
    return B.T @ (crystal.k[:, None] * B)


def test_all_eigenpairs(solved):
    """Those of the dense matrices, each as often; orthonormal vectors, and the first of their largest components positive."""
    _, path, crystal = solved
    d = datasets(path)
    with h5py.File(path) as file:
        for name, matrix, zero in (("V", crystal.V, 1), ("D", stiffness_matrix(crystal), crystal.d)):
            about = file[f"spectrum/{name}"].attrs
            assert about["zero_modes"] == about["zero_modes_expected"] == zero
            value, vector = d[f"/spectrum/{name}/eigenvalue"], d[f"/spectrum/{name}/eigenvector"]
            expected = np.linalg.eigvalsh(matrix)
            assert value == pytest.approx(expected, rel=1e-10, abs=1e-11) and np.all(np.diff(value) > -1e-9)
            assert abs(vector @ vector.T - np.eye(len(value))).max() < 1e-11
            assert abs(vector @ matrix - value[:, None] * vector).max() < 1e-10 * expected[-1]
            size = abs(vector)
            first = np.argmax(size >= 0.999 * size.max(axis=1)[:, None], axis=1)
            assert np.all(vector[np.arange(len(value)), first] > 0)


def test_preference_is_that_of_the_eigenvalues(solved):
    _, path, crystal = solved
    value = np.linalg.eigvalsh(crystal.V)[1:]
    with h5py.File(path) as file:
        order = file["spectrum/order"]
        assert order["V"][()] == pytest.approx([value[0], value[-1]], rel=1e-11)
        assert list(order["waves"]) == [np.isclose(value, end, rtol=1e-9).sum() for end in (value[0], value[-1])]
        assert order.attrs["mean"] == pytest.approx(crystal.V[0, 0], rel=1e-11)
        assert order.attrs["temperature"] == pytest.approx(crystal.V[0, 0] - value[0], rel=1e-10)
        point = order["wave_vector"][0]                      # the wave there does have that energy
    wave = np.exp(1j * crystal.position @ point)
    if crystal.lattice != "hcp":                             # which has two branches
        assert np.vdot(wave, crystal.V @ wave).real / crystal.N == pytest.approx(value[0], rel=1e-10)


def bloch(crystal, q):
    """V_q and D_q of a lattice with one site a cell, from the bonds of the first site of a dense model."""
    alpha, k, r = [], [], []
    lengths = LATTICES[crystal.lattice][2]
    for bond in np.flatnonzero((crystal.bond == 0).any(axis=1)):
        way, cls = crystal.vector[bond], crystal.bond_class[bond]
        alpha.append(way)
        k.append(crystal.k[bond])
        r.append(crystal.mismatch_of[cls])
        assert np.linalg.norm(way) == pytest.approx(lengths[cls])
    way, k, r = np.array(alpha), np.array(k) / 2, np.array(r)      # both of two opposite bonds are there
    alpha, theta = way / np.linalg.norm(way, axis=1)[:, None], way @ q
    D = np.einsum("b,bi,bj->ij", k * (2 - 2 * np.cos(theta)), alpha, alpha)
    g = (k * r * np.sin(theta)) @ alpha
    return 4 * ((k * r**2 * (1 + np.cos(theta)) / 2).sum() - g @ np.linalg.solve(D, g)), np.linalg.eigvalsh(D)


def test_branches(solved):
    """Along the path, by the formulas of the theory; where a cell has two sites, at the points that fit into the box."""
    lattice, path, crystal = solved
    d = datasets(path)
    q, V, D = d["/spectrum/path/wave_vector"], d["/spectrum/path/V"], d["/spectrum/path/D"]
    n = 2 if lattice == "hcp" else 1
    assert V.shape == (len(q), n) and D.shape == (len(q), n * crystal.d)
    assert np.all(np.diff(V) >= 0) and np.all(np.diff(D) >= -1e-12)
    if lattice == "hcp":
        waves = in_reciprocal_units(lattice, q) * (4, 4, 3)
        fits = (abs(waves - np.round(waves)).max(axis=1) < 1e-9) & (np.linalg.norm(q, axis=1) > 1e-3)
        assert fits.sum() >= 2
        for found, matrix in ((V, crystal.V), (D, stiffness_matrix(crystal))):
            every = np.linalg.eigvalsh(matrix)
            assert abs(found[fits].ravel()[:, None] - every).min(axis=1).max() < 1e-9
        return
    crystal.mismatch_of = np.broadcast_to(CASES[lattice][2], len(LATTICES[lattice][2]))
    for point, v, w in zip(q, V, D):
        expected = bloch(crystal, point)
        near = np.linalg.norm(point) < 1e-3                  # a tiny step from Gamma digits are lost on both sides
        assert v[0] == pytest.approx(expected[0], rel=1e-5 if near else 1e-9)
        assert w == pytest.approx(expected[1], rel=1e-9, abs=1e-11)


def test_path(solved):
    """It is as long as it says, goes through the special points, and comes to Gamma from both sides without being there."""
    lattice, path, _ = solved
    with h5py.File(path) as file:
        position, q = file["path_position"][()], file["spectrum/path/wave_vector"][()]
        names, special = [text(name) for name in file["special_point"]], file["spectrum/path/special"][()]
    way = np.linalg.norm(np.diff(q, axis=0), axis=1)
    assert np.diff(position) == pytest.approx(way, abs=3e-4) and position[0] == 0
    assert names[0] == "Gamma" and len(names) == len(special) > 3 and np.all(np.diff(special) > 0)
    ends = sum(np.isclose(position, at, atol=1e-12).sum() for at in special)
    assert ends == 2 * len(special) - 2                      # twice, but for the first and the last of all
    for name, at in zip(names, special):
        for wave in q[np.isclose(position, at, atol=1e-12)]:
            assert (np.linalg.norm(wave) < 3e-4) == (name == "Gamma")
    assert np.all(np.linalg.norm(q, axis=1) > 0)


def test_two_ranks(solved, tmp_path):
    _, path, _ = solved
    with h5py.File(path) as file:
        (tmp_path / "again.yaml").write_text(text(file.attrs["input"]))
    assert_same_bits(path, make(tmp_path / "s.h5", f"spectrum -input {tmp_path}/again.yaml", ranks=2))


@pytest.mark.parametrize("case", ORDER, ids=lambda case: case[0] + ("-hydride" if case[2] else ""))
def test_what_order_a_lattice_prefers(case, tmp_path):
    """The table of docs/theory.md. A finite box lacks the part of the mean that the uniform wave would have."""
    lattice, cells, more, mean, least, where, point, greatest, top = case
    path = tmp_path / "s.h5"
    said = run(f"{options(lattice, cells, more)} -output_file {path}")
    assert said.returncode == 0, said.stderr
    with h5py.File(path) as file:
        order, N = file["spectrum/order"], len(file["site"])
        assert order.attrs["mean"] == pytest.approx(mean, abs=0.006 + mean / N)
        assert order.attrs["temperature"] == pytest.approx(order.attrs["mean"] - least, abs=1e-9)
        assert order["V"][()] == pytest.approx([least, greatest], abs=1e-3)
        found = in_reciprocal_units(lattice, order["wave_vector"][()])
        assert found[0] == pytest.approx(where, abs=1e-9) and text(order["special_point"][0]) == point
        assert top is None or found[1] == pytest.approx(top, abs=1e-9)
    summary = said.stdout[said.stdout.index("what order this lattice prefers"):].splitlines()
    numbers = [float(re.search(pattern, line).group(1)) for pattern, line in zip(
        (r"mean ([\d.]+)$", r"^  least    ([\d.]+) at", r"^  greatest ([\d.]+) at", r"kT = ([\d.]+) epsilon$"), summary)]
    assert numbers == pytest.approx([mean, least, greatest, mean - least], abs=0.03)
    assert (f"at {point}, (" in summary[1]) == bool(point)


@pytest.mark.parametrize("lattice, stretch, expected", [   # V for long waves along a stretch from Gamma, at its near end
    ("triangular", (0, 0), 4), ("triangular", (3, 1), 4), ("square", (0, 0), 4 + 1 / 3), ("square", (3, 1), 20 / 3),
    ("bcc", (0, 0), 14.07), ("fcc", (0, 0), 8), ("fcc", (4, 0), 12), ("hcp", (3, 0), 12)])
def test_long_waves(lattice, stretch, expected, tmp_path):
    """What V_q tends to depends on the direction."""
    cells = (3, 3) if lattice in ("triangular", "square") else (3, 3, 3)
    d = datasets(make(tmp_path / "s.h5", options(lattice, cells)))
    corner, end = stretch
    at = np.flatnonzero(np.isclose(d["/path_position"], d["/spectrum/path/special"][corner], atol=1e-12))
    assert d["/spectrum/path/V"][at[-1 if end == 0 else 0], 0] == pytest.approx(expected, abs=0.01)


def test_what_is_no_bulk(tmp_path):
    """A film, and a bulk with a site missing, are solved as ever."""
    film = datasets(make(tmp_path / "film.h5", "spectrum -lattice_type sc -lattice_shape box -lattice_cells 4,4,3 "
                         "-lattice_periodic 1,2"))
    sites = "\n".join(f"X {i % 6} {i // 6}" for i in range(1, 36))
    (tmp_path / "hole.xyz").write_text(
        '35\nLattice="6 0 0 0 6 0 0 0 1" Properties=species:S:1:pos:R:2 pbc="T T F"\n' + sites + "\n")
    hole = datasets(make(tmp_path / "hole.h5", "spectrum -lattice_type square -lattice_shape file -lattice_file "
                         f"{tmp_path}/hole.xyz"))
    for d in (film, hole):
        assert not [name for name in d if name.startswith(("/spectrum/path", "/spectrum/order", "/special"))]


def test_refuses_what_cannot_be_told_apart(tmp_path):
    result = run(f"{options('sc', (4, 4, 4), '-bond_stiffness 1,1e-12')} -output_file {tmp_path}/s.h5")
    assert result.returncode == 2 and "-bond_stiffness" in result.stderr and len(result.stderr.splitlines()) == 1
