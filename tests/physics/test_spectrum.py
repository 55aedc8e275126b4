"""nixe spectrum: eigenpairs of V and of D against numpy's of the dense model."""
import h5py
import numpy as np
import pytest
from harness import assert_same_bits, datasets, make, text
from reference import Crystal

CRYSTALS = {                    # options, count, K_shell
    "hexagon": ("-lattice_edge 6", 12, 1),
    "hexagon-shell": ("-lattice_edge 4 -shell_layers 2 -shell_stiffness 5", 9, 5),
    "soft-shell": ("-lattice_edge 3 -shell_layers 3 -shell_stiffness 0.2", 30, 0.2),
    "cube": ("-lattice_shape cube -lattice_edge 5", 12, 1),
    "cube-shell": ("-lattice_shape cube -lattice_edge 3 -shell_layers 1 -shell_stiffness 3", 20, 3),
    "all-of-it": ("-lattice_edge 2", 100, 1),
}


@pytest.fixture(scope="module", params=CRYSTALS)
def solved(request, folder):
    """Options, count, file, and the dense model of its crystal."""
    options, count, stiffness = CRYSTALS[request.param]
    path = make(folder / f"{request.param}.h5", f"spectrum {options} -spectrum_count {count}")
    d = datasets(path)
    return options, count, path, d, Crystal(d["/lattice/position"], d["/lattice/layer"], stiffness)


def matrices(solved):
    """Name, matrix, expected zero modes."""
    crystal = solved[4]
    order = crystal.surface.sum() if crystal.d == 2 else 1
    return [("V", crystal.V, order), ("D", crystal.D, crystal.d * (crystal.d + 1) // 2)]


def test_zero_modes(solved):
    """As many as expected: 2D V has one a surface site, 3D V the uniform composition."""
    with h5py.File(solved[2], "r") as file:
        for name, matrix, expected in matrices(solved):
            value = np.linalg.eigvalsh(matrix)
            assert np.sum(abs(value) < 1e-9 * value[-1]) == expected
            group = file[f"/spectrum/{name}"].attrs
            assert group["zero_modes"] == group["zero_modes_expected"] == expected
            found = file[f"/spectrum/{name}/eigenvalue"][()]
            assert len(found) == min(expected + solved[1], len(matrix))
            assert abs(found[:expected]).max() < 1e-9 and np.all(found[expected:] > 1e-5)


def test_eigenvalues(solved):
    """The lowest ones, ascending, none missed, repeated ones included."""
    for name, matrix, _ in matrices(solved):
        found = solved[3][f"/spectrum/{name}/eigenvalue"]
        assert np.all(np.diff(found) > -1e-9)
        expected = np.linalg.eigvalsh(matrix)[:len(found)]
        assert found == pytest.approx(expected, rel=1e-8, abs=1e-9)


def test_eigenvectors(solved):
    """Orthonormal, with small residuals, and the first of the largest components positive."""
    for name, matrix, _ in matrices(solved):
        value = solved[3][f"/spectrum/{name}/eigenvalue"]
        vector = solved[3][f"/spectrum/{name}/eigenvector"]
        assert vector.shape == (len(value), len(matrix))
        assert abs(vector @ vector.T - np.eye(len(value))).max() < 1e-8
        residual = vector @ matrix - value[:, None] * vector
        assert np.linalg.norm(residual, axis=1).max() < 1e-7
        size = abs(vector)
        first = np.argmax(size >= 0.999 * size.max(axis=1)[:, None], axis=1)
        assert np.all(vector[np.arange(len(value)), first] > 0)


def test_rigid_modes(solved):
    """The zero modes of D span translations and rotations; those of a cube's V are uniform."""
    crystal, d = solved[4], solved[3]
    x, n = crystal.position - crystal.position.mean(axis=0), crystal.d
    zero = d["/spectrum/D/eigenvector"][:n * (n + 1) // 2]
    for axis in range(n):
        shift = np.zeros_like(x)
        shift[:, axis] = 1 / np.sqrt(crystal.N)
        assert np.linalg.norm(zero @ shift.ravel()) == pytest.approx(1, abs=1e-7)
    turn = np.zeros_like(x)
    turn[:, 0], turn[:, 1] = -x[:, 1], x[:, 0]
    turn /= np.linalg.norm(turn)
    assert np.linalg.norm(zero @ turn.ravel()) == pytest.approx(1, abs=1e-7)
    if n == 3:
        assert abs(d["/spectrum/V/eigenvector"][0]) == pytest.approx(crystal.N**-0.5, abs=1e-7)


def test_file(solved):
    """Types, units, dimension scales, and what the file says of itself."""
    with h5py.File(solved[2], "r") as file:
        assert text(file.attrs["command"]).startswith("spectrum") and file.attrs["complete"] == 1
        assert f"count: {solved[1]}" in text(file.attrs["input"])
        for name in "VD":
            for part in ("eigenvalue", "eigenvector"):
                data = file[f"/spectrum/{name}/{part}"]
                assert data.dtype == "f8" and all(len(dim) for dim in data.dims)
                assert len(text(data.attrs["description"])) > 5 and "units" in data.attrs
                assert 2 < len(text(data.attrs["long_name"])) < 32
        for path in ("/phase", "/mc", "/kmc", "/potential"):
            assert path not in file
        assert file["/lattice/averaged"].dtype == "u1"


def test_two_ranks(solved, tmp_path):
    """The same file bit for bit on two ranks, and from its own input."""
    options, count, path, _, _ = solved
    with h5py.File(path, "r") as file:
        (tmp_path / "again.yaml").write_text(text(file.attrs["input"]))
    again = make(tmp_path / "s.h5", f"spectrum -input {tmp_path}/again.yaml", ranks=2)
    assert_same_bits(path, again)


def test_default_count(tmp_path):
    d = datasets(make(tmp_path / "s.h5", "spectrum -lattice_edge 5"))
    assert len(d["/spectrum/D/eigenvalue"]) == 3 + 12
    assert len(d["/spectrum/V/eigenvalue"]) == 24 + 12
