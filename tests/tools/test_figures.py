"""The figures of exchange and equilibrium: what they draw, from small files."""
import re
import shutil

import numpy as np
import plot
import pytest
from drawn import KMC, LAYERS, captions, cells, coloured, draw, letters, shows_fractions
from harness import make
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import RegularPolygon
from tooling import tool

from figures import checks
from figures.bulk import find_bulk
from figures.compare import comparison
from figures.cycle import cycle
from figures.equilibrium import figure_4, figure_5
from figures.exchange import figure_1, figure_2, figure_3, figure_7
from figures.schemes import hexagon, plaquettes, plaquettes_picture
from figures.strain import figure_6
from nixe.cells import Solid
from nixe.draw import COLOUR, FEW, ION, draw_cells, draw_ions, draw_solid, thinned
from nixe.file import File
from nixe.states import find_curves

pytestmark = pytest.mark.usefixtures("coarse")

SHORT = ("kmc -model_epsilon 0 -model_J 1 -ensemble_size 1 -kmc_time_count 2 -kmc_time_last 1e-3 -kmc_snapshots 2 "
         "-kmc_stop_composition none")


def shows_states(axes, curve, names):
    """<f> of each phase with its error."""
    f, error = curve.values("f")
    for name in names:
        index = curve.run.phases.index(name)
        bars, = [c for c in axes.containers if to_rgb(c.lines[0].get_color()) == to_rgb(COLOUR[name])]
        assert np.array_equal(bars.lines[0].get_xydata(), np.column_stack([curve.x, f[:, index]]))
        ends = np.array(bars.lines[2][0].get_segments())[:, :, 1]
        assert ends == pytest.approx(f[:, index, None] + error[:, index, None] * [-1, 1])


def test_cycle(runs, tmp_path):
    """What drives in steps, at the times of the schedule; c of every trajectory and on average, against time and what drives."""
    run = runs["cycle"]
    figure = cycle(run)
    draw(figure, tmp_path)
    assert letters(figure) == ["a", "b", "c", "d"] and len(captions(figure)) == 9          # two of the bar of time
    *strip, above, main, beside, _ = figure.axes
    assert run.schedule["time"].tolist() == [0, 2, 4.21, 6] and run.schedule["dmu"].tolist() == [-6, 6, -6, 6]
    assert above.lines[0].get_xdata().tolist() == [0, 2, 4.21, 6, 8] and above.lines[0].get_ydata()[:4].tolist() == [-6, 6, -6, 6]
    mean, _ = run.mean_and_error("composition")
    bold, *marks = main.lines
    assert np.array_equal(bold.get_xydata(), np.column_stack([run.time, mean]))
    assert [mark.get_xdata()[0] for mark in marks] == [2, 4.21, 6]
    thin, loop = (np.array(c.get_segments()) for c in beside.collections)
    assert len(thin) == 3 and all(set(c) <= set(way[:, 1]) for way, c in zip(thin, run.trajectories("composition")))
    assert np.array_equal(loop[1:, 0], loop[:-1, 1])
    assert np.all(loop[:, 0] != loop[:, 1], axis=1).sum() == 0                              # across or up, never aslant
    assert 4.21 not in run.time and {2, 6} <= set(run.time.tolist())
    across = loop[loop[:, 0, 0] != loop[:, 1, 0]]
    assert np.array_equal(across[:, :, 0], [[-6, 6], [6, -6], [-6, 6]])
    assert np.array_equal(across[:, 0, 1], mean[np.searchsorted(run.time, [2, 4.21, 6], "right") - 1])   # not of the next one
    passed = set(map(tuple, loop.reshape(-1, 2)))
    assert all((dmu, c) in passed for dmu, c in zip(run["/kmc/dmu"], mean))
    assert np.ptp(mean) > 0.5 and runs["elastic"].schedule["dmu"].tolist() == [-20]


def test_figure_1(runs, tmp_path):
    """A row of configurations for each model, A and B in their colours; above, the scheme of events."""
    figure = figure_1([runs["free"], runs["ising"], runs["elastic"]])
    draw(figure, tmp_path)
    *panels, scheme = figure.axes
    words = [text.get_text() for axes in panels for text in axes.texts]
    assert [w for w in words if "$" not in w and "(" not in w] == ["Non-interacting", "Ising", "Elastic"]
    assert len(panels) == 18 and len(captions(figure)) == 18 and letters(figure) == ["a", "b"]
    drawn = [cells(axes) for axes in panels]
    blue = [np.all(colour == to_rgba(ION[+1]), axis=1).sum() for colour in drawn]
    red = [np.all(colour == to_rgba(ION[-1]), axis=1).sum() for colour in drawn]
    assert all(b + r == 61 for b, r in zip(blue, red))
    for row in (slice(0, 6), slice(6, 12), slice(12, 18)):
        assert blue[row][0] > blue[row][3] > blue[row][5]


def test_scheme_of_events(runs):
    """Five crystals of the triangular lattice; an exchange turns one surface site, a swap two neighbours inside."""
    scheme = figure_1([runs["elastic"]]).axes[-1]
    shown = [(patch.xy, patch.get_facecolor()) for patch in scheme.patches
             if isinstance(patch, RegularPolygon) and patch.get_fill()]
    site, crystals = hexagon(3), []
    for number in range(5):
        part = shown[19 * number: 19 * (number + 1)]
        assert np.ptp(np.array([xy for xy, _ in part]) - site, axis=0) == pytest.approx(0)      # all alike
        crystals.append(np.array([colour == to_rgba(ION[-1]) for _, colour in part]))
    assert len(shown) == 5 * 19
    distance = np.linalg.norm(site[:, None] - site, axis=2)
    bonds = (np.abs(distance - 1) < 1e-9).sum(axis=1)
    first, second = (np.flatnonzero(crystals[i] != crystals[i + 1]) for i in (0, 1))
    assert len(first) == len(second) == 1 and bonds[first] < 6 and bonds[second] < 6
    assert crystals[1][first] and crystals[2][second]                                            # A turns to B
    one, other = np.flatnonzero(crystals[3] != crystals[4])
    assert distance[one, other] == pytest.approx(1) and bonds[one] == bonds[other] == 6
    assert crystals[3].sum() == crystals[4].sum()


def test_plaquettes(runs):
    """The 128 patterns of seven sites are 26 but for rotations and reflections; phases as section 9 of the theory has them."""
    found = plaquettes(runs["elastic"])
    tables = {"U1": {(1, 6)}, "S1": {(-1, 6), (1, 3)}, "S2": {(1, 0), (-1, 3)}, "U2": {(-1, 0)}}    # centre, A in the ring
    for phase, expected in tables.items():
        assert {(pattern[0], (pattern[1:] > 0).sum()) for pattern in found[phase]} == expected
        for _, *ring in found[phase]:
            assert len(set(ring)) == 1 or np.array_equal(ring, -np.roll(ring, 1))
    assert list(found) == runs["elastic"].phases and sum(map(len, found.values())) == 26


def test_figure_2(runs, tmp_path):
    """Mean compositions and their errors; insets with logarithms of c, and of t."""
    names = ["free", "ising", "elastic"]
    figure = figure_2([runs[name] for name in names])
    draw(figure, tmp_path)
    assert letters(figure) == ["a", "b", "c"] and len(figure.axes) == 3
    for axes, name in zip(figure.axes, names):
        run, inset = runs[name], axes.child_axes[0]
        mean, error = run.mean_and_error("composition")
        for panel in (axes, inset):
            assert np.array_equal(panel.lines[0].get_ydata(), mean)
            band = panel.collections[0].get_paths()[0].vertices
            assert band[:, 1].max() == pytest.approx((mean + error).max())
        scales = inset.get_xscale(), inset.get_yscale()
        assert scales == (("linear", "log") if name == "free" else ("log", "linear"))
        assert axes.get_xscale() == "linear" and axes.get_xlim()[0] == 0


def test_figure_3(runs, tmp_path):
    """The same configurations by ions and by plaquettes; fractions against log time."""
    run = runs["elastic"]
    figure = figure_3(run)
    draw(figure, tmp_path)
    main, above, below = figure.axes[0], figure.axes[1:7], figure.axes[7:13]
    assert letters(figure) == ["c", "d"] and main.get_xscale() == "log"
    shows_fractions(main, run, run.phases)
    assert len(captions(figure)) == 6
    for top, bottom in zip(above, below):
        ions, plaquettes = cells(top), cells(bottom)
        assert len(ions) == len(plaquettes) == 61
        pure = np.all(plaquettes == to_rgba(COLOUR["U1"]), axis=1)
        assert np.all(ions[pure] == to_rgba(ION[+1]))
    assert letters(figure_3(run, letters="ab")) == ["a", "b"]


def test_figure_3_with_the_bulk(runs, tmp_path):
    """(a): whatever the order of files, fractions against composition, configurations as rectangles; (b): all plaquettes."""
    bulk = [runs[f"bulk {c}"] for c in (0.6666667, 0.1, 0.3333334)]
    figure = figure_3(runs["elastic"], bulk)
    draw(figure, tmp_path)
    assert letters(figure) == ["a", "b", "c", "d"]
    main, *strip, scheme = figure.axes[13:]
    states = find_bulk(bulk)
    assert [state.composition for state in states] == pytest.approx([5 / 54, 18 / 54, 36 / 54])
    for name in bulk[0].phases:
        line, = [bars.lines[0] for bars in main.containers if to_rgb(bars.lines[0].get_color()) == to_rgb(COLOUR[name])]
        expected = [(state.composition, state.f[bulk[0].phases.index(name)]) for state in states]
        assert line.get_xydata() == pytest.approx(np.array(expected))
    for panel, state in zip(strip, states):
        colours = cells(panel)
        order = state.run.plaquette_order(state.sigma)[0]
        assert np.array_equal(np.all(colours == to_rgba(COLOUR["S2"]), axis=1), order == -1)
        corners = panel.collections[0].get_paths()
        assert np.ptp([path.vertices[:, 0].mean() for path in corners]) < 6
    words = [text.get_text() for text in scheme.texts]
    assert [word for word in words if "$s$" in word][2] == "unclassified: $s$ = 0" and len(words) == 7
    assert states[1].phases == ["S2"] and states[2].phases == ["S1"]
    found, _ = checks.check_3(runs["elastic"], bulk)
    assert not found.agrees and "S2, S1 (the paper: U2, U2 + S2, S2, S2 + S1, S1, S1 + U1, U1): NOT SO HERE" in str(found)


def test_figure_4(runs, tmp_path):
    """First, middle and last configuration, as there are no 0, 6, 8 layers; <f> with errors."""
    shells = [runs[name] for name in LAYERS]
    figure = figure_4(shells)
    draw(figure, tmp_path)
    curve, = find_curves(shells)
    assert letters(figure) == ["a", "b"] and list(curve.x) == [0, 1, 2]
    shows_states(figure.axes[0], curve, curve.run.phases)
    assert [len(cells(axes)) for axes in figure.axes[1:]] == [37, 61, 91]
    assert figure.get_figwidth() == 3.4


def test_figure_5(runs, tmp_path):
    """<f> of the largest core, variances of f_U of all."""
    figure = figure_5([runs["soft"], runs["large"]])
    draw(figure, tmp_path)
    curves = find_curves([runs["soft"], runs["large"]])
    assert [len(curve.x) for curve in curves] == [3, 2] and "61" in curves[0].label
    shows_states(figure.axes[0], curves[0], runs["large"].phases)
    power = float(re.search(r"10\^\{(-\d+)\}", figure.axes[1].get_ylabel())[1])
    for bars, name in zip(figure.axes[1].containers, ("large", "soft")):
        variance, _ = runs[name].unstructured_variance()
        assert bars.lines[0].get_ydata() * 10**power == pytest.approx(variance)


def test_figure_6(runs, tmp_path):
    """Sites without an area are grey, those with one by the scale; rms deviations."""
    run = runs["elastic"]
    figure = figure_6(run, [runs[name] for name in LAYERS])
    draw(figure, tmp_path)
    strip, (main, beside) = figure.axes[:5], figure.axes[6:]
    assert letters(figure) == ["a", "b", "c"]
    no_area = np.isnan(run.local_area(run.snapshots(0)[0]))
    grey = cells(strip[0])[no_area]
    assert np.all(grey == grey[0]) and np.ptp(grey[0][:3]) == 0
    assert not np.any(np.all(cells(strip[0])[~no_area] == grey[0], axis=1))
    bold, = [line for line in main.lines if line.get_color() == "black"]
    assert np.array_equal(bold.get_ydata(), run.mean_and_error("area_rms")[0])
    assert len(main.collections[0].get_segments()) == 3
    expected = [runs[name].area_deviation()[0][0] for name in LAYERS]
    assert beside.containers[0].lines[0].get_ydata() == pytest.approx(expected)
    alone = figure_6(run)
    assert letters(alone) == ["a", "b"]


def test_figure_7(runs, tmp_path):
    """Cubes with A opaque and B translucent; the phases of 3D against linear and log time."""
    run = runs["cube"]
    figure = figure_7(run, [runs["cubes"]])
    draw(figure, tmp_path)
    strip, (main, beside) = figure.axes[:6], figure.axes[6:]
    assert letters(figure) == ["a", "b", "c"]
    for panel in (main, main.child_axes[0]):
        shows_fractions(panel, run, ("U1", "unclassified", "U2"))
        assert not coloured(panel, COLOUR["S1"])
    assert main.get_xscale() == "linear" and main.child_axes[0].get_xscale() == "log"
    shows_states(beside, find_curves([runs["cubes"]])[0], ("U1", "unclassified", "U2"))
    alpha = [cells(axes)[:, 3] for axes in strip]
    # every outer site shows a face on each side that it has, A or B; A sites have inner ones besides
    assert all(len(a) >= 75 and set(a) <= {0.18, 1.0} for a in alpha)
    assert (alpha[0] == 1).sum() > (alpha[-1] == 1).sum()


def test_cube_of_one_kind(runs):
    """All A: the three sides towards the viewer, and nothing else."""
    axes = Figure().subplots()
    draw_ions(axes, runs["cube"], np.ones(125))
    assert len(cells(axes)) == 75 and np.all(cells(axes)[:, 3] == 1)
    assert len(np.unique(cells(axes), axis=0)) == 3


def test_lines_between_many_sites():
    """From some number on they thin out with it."""
    assert thinned(0.2, 10) == thinned(0.2, FEW) == 0.2 and thinned(0.2, 10 * FEW) == pytest.approx(0.02)


def test_large_crystals_keep_their_colours(tmp_path):
    """A map of 5,000 sites, all A, is as blue as one of a hundred; of a cube lines are as thin as there are faces."""
    tone = {}
    for edge in (6, 42):
        with File(make(tmp_path / f"{edge}.h5", f"{SHORT} -lattice_edge {edge}")) as run:
            figure = Figure(figsize=(1, 1), dpi=300)
            FigureCanvasAgg(figure)
            draw_cells(figure.add_axes((0, 0, 1, 1)), run, np.full(len(run.position), ION[+1]))
            figure.canvas.draw()
            tone[edge] = np.asarray(figure.canvas.buffer_rgba())[140:160, 140:160, :3].mean(axis=(0, 1)) / 255
    assert tone[6] == pytest.approx(to_rgb(ION[+1]), abs=0.06) and tone[42] == pytest.approx(to_rgb(ION[+1]), abs=0.06)
    with File(make(tmp_path / "cube.h5", f"{SHORT} -lattice_shape cube -lattice_edge 20")) as run:
        axes = Figure().subplots()
        draw_solid(axes, Solid(run), np.tile(to_rgba(ION[+1]), (len(run.position), 1)))
        assert axes.collections[0].get_linewidth()[0] == pytest.approx(0.15 * FEW / 1200)


def test_one_state(runs, tmp_path):
    """f at every record of each replica, and the running mean, which ends at the mean of all; how f_U is spread."""
    for case in ("one state", "layers1"):               # of one replica, and of three
        run = runs[case]
        (_, figure), = plot.pictures([run])
        draw(figure, tmp_path)
        assert letters(figure) == ["a", "b", "c"]
        main, second, *strip = figure.axes
        f = run.replicas("f", 0)
        for name in run.phases:
            index = run.phases.index(name)
            *thin, bold = coloured(main, COLOUR[name])
            assert len(thin) == len(f) and bold.get_linewidth() > thin[0].get_linewidth()
            assert all(np.array_equal(line.get_ydata(), rows[:, index]) for line, rows in zip(thin, f))
            assert bold.get_ydata()[-1] == pytest.approx(np.concatenate(f)[:, index].mean())
            assert bold.get_ydata()[9] == pytest.approx(np.array([rows[:10, index] for rows in f]).mean())
            assert np.array_equal(bold.get_xdata(), run.sweeps("f", 0)[0])
        heights = [bar.get_height() * bar.get_width() for bar in second.patches if hasattr(bar, "get_height")]
        assert sum(heights) == pytest.approx(1)
        mean = np.concatenate(run.unstructured_records(0)).mean()
        assert second.lines[0].get_xdata()[0] == pytest.approx(mean) and len(strip) == 4


def test_comparison(runs, paths, tmp_path):
    """Several files of kmc in one picture, a colour each: means, and what tells the files apart; an inset to logarithms."""
    names = ["elastic", "ising", "free"]
    figure = comparison([runs[name] for name in names])
    draw(figure, tmp_path)
    assert letters(figure) == list("abcdef")
    composition, *phases = figure.axes
    for axes, dataset, index in ((composition, "composition", ()), (composition.child_axes[0], "composition", ()),
                                 *((axes, "f", (..., i)) for i, axes in enumerate(phases))):
        for line, name in zip(axes.lines, names, strict=True):
            assert np.array_equal(line.get_ydata(), runs[name].mean_and_error(dataset)[0][index])
        assert len({line.get_color() for line in axes.lines}) == 3
    assert composition.get_xscale() == "linear" and composition.child_axes[0].get_xscale() == "log"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == names                    # they differ in much
    made = plot.pictures([runs["elastic"], runs["ising"], runs["spectrum"]])
    assert {path.name for path, _ in made} == {"elastic_compared", "spectrum"}
    warm = make(tmp_path / "warm.h5", KMC + "-model_kT 0.3")
    result = tool("plot", shutil.copy(paths["elastic"], tmp_path), warm)
    assert result.returncode == 0 and (tmp_path / "elastic_compared.png").exists()
    with File(warm) as run:
        words = [text.get_text() for text in comparison([runs["elastic"], run]).legends[0].get_texts()]
    assert words == ["elastic ($kT$ = 0.2)", "warm ($kT$ = 0.3)"]


def test_composition_beside_the_phases(runs):
    """plot.py draws c(t) with an inset to logarithms below the phases, in 3D beside them; the paper's figures have none."""
    for name in ("elastic", "cube"):
        (_, figure), = plot.pictures([runs[name]])
        axes, = [axes for axes in figure.axes if axes.get_ylabel() == "composition $c$"]
        mean, _ = runs[name].mean_and_error("composition")
        assert np.array_equal(axes.lines[0].get_ydata(), mean) and letters(figure) == ["a", "b", "c"]
        assert axes.child_axes[0].get_xscale() == "log"
    assert not any(axes.child_axes for axes in figure_3(runs["elastic"]).axes)


def test_picture_of_the_plaquettes(runs, tmp_path):
    """All phases with their plaquettes, the ions told by a legend."""
    figure = plaquettes_picture(runs["elastic"])
    draw(figure, tmp_path)
    words = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert sum("$s$" in word for word in words) == 5 and len(figure.legends[0].get_texts()) == 2
