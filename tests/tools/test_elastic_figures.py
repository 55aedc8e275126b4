"""The pictures of nixe spectrum and nixe potential: what they draw, from small files."""
import re

import numpy as np
import pytest
from drawn import cells, coloured, draw, letters
from matplotlib.collections import PatchCollection

from figures.elastic import potential_picture, spectrum_picture
from nixe.draw import COLOUR

pytestmark = pytest.mark.usefixtures("coarse")


def test_pictures_of_the_elastic_interactions(runs, tmp_path):
    """Eigenvalues above the zero modes, modes; V against distance, without V of a site itself."""
    run = runs["spectrum"]
    figure = spectrum_picture(run)
    draw(figure, tmp_path)
    for axes, matrix in zip(figure.axes, "VD"):
        values = run[f"/spectrum/{matrix}/eigenvalue"]
        assert np.array_equal(axes.lines[0].get_ydata(), values[-12:])
        assert axes.get_title() == f"{len(values) - 12} zero modes"
    assert all(len(cells(axes)) == 91 for axes in figure.axes[2:14])
    for name, sites, stiffnesses in (("potential", 91, 2), ("cube potential", 125, 1)):
        run = runs[name]
        figure = potential_picture(run)
        draw(figure, tmp_path)
        centre = np.argmin(np.linalg.norm(run.position, axis=1))
        assert letters(figure) == ["a", "b", "c"]
        lines = figure.axes[0].lines[1:]
        assert len(lines) == stiffnesses
        for line, V in zip(lines, run["/potential/V"]):
            assert np.array_equal(line.get_ydata(), np.delete(V[centre], centre))
        assert line.get_xdata().min() == pytest.approx(1)
        assert len(cells(figure.axes[1])) == (sites if sites == 91 else 25)


def test_modes_of_a_cube(runs, tmp_path):
    """Balls, one for each site with weight wherever it is, as large as it is; a bar of colours; units."""
    run = runs["cube spectrum"]
    figure = spectrum_picture(run)
    draw(figure, tmp_path)
    zero, _ = run.zero_modes("V")
    for axes, mode in zip(figure.axes[2:14], run["/spectrum/V/eigenvector"][zero:]):
        balls, = [c for c in axes.collections if isinstance(c, PatchCollection)]
        weight = np.abs(mode) / np.abs(mode).max()
        area = np.sort([np.ptp(path.vertices[:, 0]) ** 2 for path in balls.get_paths()])
        assert area == pytest.approx(np.sort(weight[weight > 0.01]), rel=1e-6) and len(area) > 8
    assert all(re.fullmatch(r"\d+: [\d.]+ \$\\epsilon\$", axes.texts[-1].get_text()) for axes in figure.axes[3:14])
    assert [re.findall(r"\(.*\)", axes.get_ylabel()) for axes in figure.axes[:2]] == [[r"($\epsilon$)"], ["($K$)"]]
    assert figure.axes[14].get_xlim() == (-1, 1)


def test_picture_of_the_branches(runs, tmp_path):
    """Every stretch is a line of its own, and they make up the file; special points have their names."""
    run = runs["bulk"]
    figure = spectrum_picture(run)
    draw(figure, tmp_path)
    position, special = run["/path_position"], run["/spectrum/path/special"]
    for axes, matrix, branches in zip(figure.axes, "VD", (2, 6)):
        lines = coloured(axes, COLOUR["U1"])
        assert len(lines) == branches * (len(special) - 1)
        value = run[f"/spectrum/path/{matrix}"]
        value = value if matrix == "V" else np.sqrt(value.clip(0))
        for branch in range(branches):
            own = lines[branch::branches]
            assert np.array_equal(np.concatenate([line.get_xdata() for line in own]), position)
            assert np.array_equal(np.concatenate([line.get_ydata() for line in own]), value[:, branch])
        shown = [text.get_text() for text in axes.get_xticklabels()]
        assert shown == (list("ΓMKΓALHA") if matrix == "D" else [])
        assert np.allclose(axes.get_xticks(), special)
    assert all(len(cells(axes)) == 16 for axes in figure.axes[2:14])


def test_picture_of_a_large_bulk(runs, tmp_path):
    """From rows: V to logarithms, apart by its sign, on both scales; of the map what is near; no crystal of which all sites
    are alike."""
    run = runs["bulk potential"]
    figure = potential_picture(run)
    draw(figure, tmp_path)
    main, near = figure.axes[:2]
    assert letters(figure) == ["a", "b"] and (main.get_xscale(), main.get_yscale()) == ("log", "log")
    centre = np.argmin(np.linalg.norm(run.position, axis=1))
    V, distance = run.interactions(centre), run.distances(centre)
    others = np.arange(len(V)) != centre
    assert 40 < distance.max() < 45                       # a cell of periods 75 and 70, 60 degrees between them
    for line, sign in zip(main.lines, (1, -1), strict=True):
        shown = np.isfinite(line.get_ydata())
        assert np.array_equal(shown, sign * V[others] > 0) and shown.any()
        assert np.array_equal(line.get_ydata()[shown], abs(V[others][shown]))
        assert np.array_equal(line.get_xdata(), distance[others])
    assert len(cells(near)) == (distance < 12.5).sum()
    blue = cells(near)[:, 2] > cells(near)[:, 0]          # the sign tells the colour
    clear = abs(V[distance < 12.5]) > 1e-3
    assert np.array_equal(blue[clear], V[distance < 12.5][clear] > 0)


def test_picture_of_a_film(runs, tmp_path):
    """Distances go through the periods, and the site is one of those on the map."""
    run = runs["film potential"]
    figure = potential_picture(run)
    draw(figure, tmp_path)
    line, = figure.axes[0].lines[1:]
    height = run.position[:, 2]
    layer = np.unique(np.round(height, 6))
    middle = np.flatnonzero(abs(height - layer[len(layer) // 2]) < 1e-6)
    assert len(cells(figure.axes[1])) == len(middle)
    site = middle[np.argmin(np.linalg.norm(run.position[middle], axis=1))]
    assert np.array_equal(line.get_ydata(), np.delete(run["/potential/V"][0, site], site))
    images = np.array([[i, j] for i in (-1, 0, 1) for j in (-1, 0, 1)]) @ run["/lattice/cell"]
    ways = run.position - run.position[site] + images[:, None]
    assert line.get_xdata() == pytest.approx(np.delete(np.linalg.norm(ways, axis=2).min(axis=0), site))
