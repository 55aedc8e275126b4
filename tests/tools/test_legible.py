"""Pictures: no words lie on others, and none are cut off at an edge."""
from itertools import combinations

import plot
import pytest
from drawn import FILES, LAYERS, MC
from harness import make
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from nixe.file import File

MOST = 1.0  # points by which boxes of words, which are larger than their letters, may overlap


def words(figure):
    """[(text, its box in points)] of all that is drawn: of ticks beyond their axis there are labels, too, which are not."""
    drawn = []
    draw = Text.draw

    def noted(text, renderer, *rest, **more):
        if text.get_visible() and text.get_text().strip():
            drawn.append((text, text.get_window_extent(renderer)))
        draw(text, renderer, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", noted)
        FigureCanvasAgg(figure).draw()
    return [(text.get_text(), box.extents * 72 / figure.dpi) for text, box in dict(drawn).items()]


def clashes(figure):
    """Words that lie on others, or beyond an edge of the page."""
    found = words(figure)
    assert found
    width, height = figure.get_size_inches() * 72
    out = [said for said, (x0, y0, x1, y1) in found if x0 < -MOST or y0 < -MOST or x1 > width + MOST or y1 > height + MOST]
    for (one, a), (other, b) in combinations(found, 2):
        if min(a[2], b[2]) - max(a[0], b[0]) > MOST and min(a[3], b[3]) - max(a[1], b[1]) > MOST:
            out.append(f"{one} | {other}")
    return out


@pytest.mark.parametrize("what, names", [("results", [name]) for name in FILES if not name.startswith("bulk ")] + [
    ("results", ["elastic", "free"]), ("results", LAYERS), ("results", ["soft", "large"]), ("order", ["elastic"]),
    ("order", ["soft"]), ("cuts", ["cube"]), ("crystals", ["elastic", "cube"]), ("crystals", ["cube"])], ids=str)
def test_words_are_legible(runs, what, names):
    for _, figure in plot.pictures([runs[name] for name in names], what):
        assert not clashes(figure)


@pytest.mark.parametrize("name", ["potential", "cube potential"])
def test_what_explains_a_crystal_is_beside_it(runs, name):
    (_, figure), = plot.pictures([runs[name]])
    FigureCanvasAgg(figure).draw()
    pixel = 72 / figure.dpi
    explained = [legend.get_window_extent().extents * pixel for legend in figure.legends]
    assert len(explained) > 1
    for a, (x0, y0, x1, y1) in ((axes.get_window_extent().extents * pixel, box) for axes in figure.axes for box in explained):
        assert min(a[2], x1) - max(a[0], x0) <= MOST or min(a[3], y1) - max(a[1], y0) <= MOST


@pytest.mark.parametrize("options", ["-shell_layers 0 -model_kT 2 -model_dmu 4,0,-4", "-model_dmu 0,-2,-4"])
def test_words_of_a_loop(tmp_path, options):
    """Both ways along a path, also where nothing happens on it; the colours are named, and none that is not there."""
    path = make(tmp_path / "loop.h5", f"{MC} -mc_move flip -mc_path loop {options}")
    with File(path) as run:
        for _, figure in plot.pictures([run]):
            assert not clashes(figure)
            named = [text.get_text() for text in figure.legends[0].get_texts()]
            assert named[-2:] == ["A at the rim", "B at the rim or in the shell" if run.layer.any() else "B at the rim"]


def test_a_legend_is_above_letters(runs):
    """Else what it explains seems to belong to the letter at its side."""
    (_, figure), = plot.pictures([runs["cube"]], "cuts")
    FigureCanvasAgg(figure).draw()
    letters = [text.get_window_extent() for axes in figure.axes for text in axes.texts if text.get_text().startswith("(")]
    assert letters and figure.legends[0].get_window_extent().y0 >= max(box.y1 for box in letters)


def test_crystals_alike_have_names(runs):
    """Captions name the files where they would be the same."""
    (_, figure), = plot.pictures([runs[name] for name in ("elastic", "free", "cube")], "crystals")
    captions = [text for text, _ in words(figure) if "sites" in text]
    assert [text.splitlines()[2] for text in captions] == ["elastic.h5", "free.h5", "cube.h5"] and not clashes(figure)


def test_the_bulk_has_no_rim(runs):
    (_, figure), = plot.pictures([runs["bulk 0.3333334"]])
    assert not [text for text, _ in words(figure) if "rim" in text]
