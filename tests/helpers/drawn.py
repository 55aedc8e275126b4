"""Small files of every kind that the tools draw, and what is looked for in the pictures."""
import re

import numpy as np
from harness import make
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb

from nixe.draw import COLOUR, save
from nixe.file import File

SAMPLING = "-mc_equilibration 100 -mc_sweeps 2000 -mc_area_every 10 -mc_snapshot_every 500 "
MC = "mc -lattice_edge 4 -shell_layers 1 -ensemble_size 3 -model_kT 0.5 " + SAMPLING
KMC = "kmc -lattice_edge 5 -ensemble_size 3 -kmc_time_count 65 -kmc_snapshots 33 "
CUBE = "-lattice_shape cube -lattice_edge 5 -model_kT 1.5 "
BULK = ("-lattice_type triangular -lattice_shape box -lattice_cells 6,9 -lattice_periodic 1,2 -mc_start separated "
        "-mc_sampler informed -ensemble_size 2")
FILES = {
    "elastic": KMC,
    "ising": KMC + "-model_epsilon 0 -model_J 1 -model_kT 2 -model_dmu -10",
    "free": KMC + "-model_epsilon 0 -model_kT 1 -model_dmu -10",
    "cube": KMC + CUBE + "-model_dmu -200",
    "cycle": KMC + "-kmc_start B -model_dmu -6 -model_kT 0.5 -kmc_time_first 0 -kmc_time_last 8 -kmc_time_spacing linear "
             "-kmc_schedule 2:dmu=6,4.21:dmu=-6,6:dmu=6",
    "soft": MC + "-shell_stiffness 1,3",
    "large": MC + "-lattice_edge 5 -shell_stiffness 1,2,3",
    "cubes": MC + CUBE + "-shell_stiffness 1,2",
    "kT": MC + "-model_kT 0.3,0.5,1",
    "one state": MC + "-ensemble_size 1",
    **{f"layers{n}": MC + f"-shell_layers {n}" for n in (0, 1, 2)},
    "spectrum": "spectrum -lattice_edge 5 -shell_layers 1",
    "cube spectrum": "spectrum -lattice_shape cube -lattice_edge 5",
    "bulk": "spectrum -lattice_type hcp -lattice_shape box -lattice_cells 4,4,3 -lattice_periodic 1,2,3",
    "potential": "potential -lattice_edge 5 -shell_layers 1 -shell_stiffness 1,4",
    **{f"bulk {c}": f"mc {BULK} -mc_composition {c} -mc_equilibration 300 -mc_sweeps 200 -mc_snapshot_every 100"
       for c in (0.1, 0.3333334, 0.6666667)},
    "cube potential": "potential -lattice_shape cube -lattice_edge 5",
    "bulk potential": "potential -lattice_type triangular -lattice_shape box -lattice_cells 75,70 -lattice_periodic 1,2",
    "film potential": "potential -lattice_type bcc -lattice_shape box -lattice_cells 3,4,3 -lattice_periodic 1,2",
}
LAYERS = ["layers0", "layers1", "layers2"]


class Paths(dict):
    """{name: path} of files in a folder; each is made when it is asked for."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def __missing__(self, name):
        self[name] = make(self.folder / f"{name}.h5", FILES[name])
        return self[name]


class Runs(dict):
    """{name: open file}; each is opened when it is asked for, in a stack that closes them."""

    def __init__(self, paths, stack):
        super().__init__()
        self.paths, self.stack = paths, stack

    def __missing__(self, name):
        self[name] = self.stack.enter_context(File(self.paths[name]))
        return self[name]


def coloured(axes, colour, attribute="get_color"):
    """The lines of a panel in a colour, bold or with markers."""
    return [line for line in axes.lines if to_rgb(getattr(line, attribute)()) == to_rgb(colour)]


def cells(axes):
    """The colours of the cells of a crystal, None where none is drawn."""
    drawn = [c for c in axes.collections if isinstance(c, PolyCollection)]
    return drawn[0].get_facecolor() if drawn else None


def letters(figure):
    return sorted(text.get_text()[1] for axes in figure.axes for text in axes.texts
                  if re.fullmatch(r"\([a-z]\)", text.get_text()))


def captions(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts
            if text.get_text().startswith("$t$")]


def draw(figure, tmp_path):
    """Everything that is drawn late, too."""
    save(figure, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes()[:4] == b"\x89PNG"


def shows_fractions(axes, run, names):
    """Each phase has its mean as a line in its colour, and every trajectory as a thin one."""
    mean, _ = run.mean_and_error("f")
    for name in names:
        index = run.phases.index(name)
        line, = coloured(axes, COLOUR[name])
        assert np.array_equal(line.get_xdata(), run.time)
        assert np.array_equal(line.get_ydata(), mean[:, index])
        assert line.get_path_effects()
        thin, = [c for c in axes.collections if isinstance(c, LineCollection)
                 and to_rgb(c.get_color()[0]) == to_rgb(COLOUR[name])]
        expected = run.trajectories("f")[:, :, index]
        assert np.array_equal([path[:, 1] for path in thin.get_segments()], expected)
