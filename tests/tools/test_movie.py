"""Movies: their frames, read back; what they show of the crystal and of f."""
import itertools

import numpy as np
import pytest
from PIL import Image, ImageSequence
from harness import make
from matplotlib.colors import to_rgb
from tooling import tool

import movie
from nixe import film
from nixe.draw import COLOUR, SPECIES, SPECIES_3D
from nixe.faces import SHADE, crystal_faces
from nixe.file import File
from nixe.series import every

SAMPLING = "-mc_equilibration 10 -mc_sweeps 400 -mc_area_every 100 -mc_snapshot_every 100 "
COMMANDS = {
    "hexagon": "kmc -lattice_edge 6 -ensemble_first 10 -ensemble_size 3 -kmc_snapshots 9",
    "cube": "kmc -lattice_shape cube -lattice_edge 5 -model_kT 1.5 -model_dmu -200 -ensemble_size 1",
    "rod": "kmc -lattice_type hcp -lattice_shape rod -lattice_radius 2.1 -lattice_length 7 -model_kT 0.6 -ensemble_size 1",
    "square": "kmc -lattice_type square -lattice_shape disc -lattice_radius 4 -ensemble_size 1",
    "shell": "mc -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,3 -ensemble_first 4 "
             f"-ensemble_size 2 {SAMPLING}",
}


@pytest.fixture(scope="module")
def files(folder):
    return {name: make(folder / f"{name}.h5", command) for name, command in COMMANDS.items()}


def read_gif(path):
    """RGB frames and their durations in ms."""
    with Image.open(path) as gif:
        assert gif.info["loop"] == 0
        frames = [(np.array(f.convert("RGB")), f.info["duration"]) for f in ImageSequence.Iterator(gif)]
    return [frame for frame, _ in frames], [duration for _, duration in frames]


def colours_of_faces(series, scheme, frames):
    """Frames x faces x RGB: what stands in the pictures at the middle of each face."""
    scene = movie.Scene(series, scheme)
    x, y = scene.cells.axes.transData.transform(
        [corners.mean(axis=0) for corners in crystal_faces(series.run).corners]).T
    height = frames[0].shape[0]
    return np.array([frame[(height - y).astype(int), x.astype(int)] for frame in frames])


def is_colour(pixels, colour):
    return (pixels == np.rint(np.multiply(to_rgb(colour), 255))).all(axis=-1)


def test_gif_of_a_trajectory(files, tmp_path):
    """One frame a snapshot from the first change to the last, all different, the last one held."""
    out = tmp_path / "eleven.gif"
    result = tool("movie", files["hexagon"], "--trajectory", 11, "-o", out)
    assert (result.returncode, result.stderr) == (0, "") and result.stdout.startswith("wrote ")
    with File(files["hexagon"]) as run:
        sigma = run["/kmc/snapshot/sigma"][1]
    changed = [i for i in range(1, len(sigma)) if (sigma[i] != sigma[i - 1]).any()]
    frames, durations = read_gif(out)
    assert len(frames) == changed[-1] - changed[0] + 2 >= 4
    assert durations == [400] * (len(frames) - 1) + [2000]
    assert all((one != two).any() for one, two in itertools.combinations(frames, 2))
    assert out.stat().st_size < 1_000_000 and frames[0].shape == (432, 864, 3)


def test_default_output(files):
    """The GIF stands beside the file and shows its first trajectory."""
    assert tool("movie", files["hexagon"]).returncode == 0
    with File(files["hexagon"]) as run:
        frames = movie.make_frames(next(iter(every(run))), "plaquettes")
    assert len(read_gif(files["hexagon"].with_suffix(".gif"))[0]) == len(frames)


@pytest.mark.parametrize("scheme", ["plaquettes", "composition"])
def test_colours_of_sites(files, tmp_path, scheme):
    """As many sites of each colour as nixe has recorded f and composition."""
    out = tmp_path / "movie.gif"
    assert tool("movie", files["hexagon"], "--colour", scheme, "-o", out).returncode == 0
    frames, _ = read_gif(out)
    with File(files["hexagon"]) as run:
        series = next(iter(every(run)))
        pixels = colours_of_faces(series, scheme, frames)
        shown = movie.frames_shown(series.sigma)
        at = np.searchsorted(run.time, run.snapshot_time[shown])
        if scheme == "plaquettes":
            expected = {COLOUR[phase]: run["/kmc/f"][0, at, i] * run.averaged.sum()
                        for i, phase in enumerate(run.phases)}
            rim = ~run.averaged
            for ion in (+1, -1):
                expected[SPECIES[ion]] = (series.sigma[shown][:, rim] == ion).sum(axis=1)
        else:
            a = run["/kmc/composition"][0, at] * len(run.position)
            expected = {SPECIES_3D[+1]: a, SPECIES_3D[-1]: len(run.position) - a}
        for colour, count in expected.items():
            np.testing.assert_allclose(is_colour(pixels, colour).sum(axis=1), count, atol=1e-9)


def test_mark_moves_along_f(files):
    """The line and the dots are where f is recorded at the time of the snapshot."""
    with File(files["hexagon"]) as run:
        series = next(iter(every(run)))
        scene = movie.Scene(series, "plaquettes")
        for i in movie.frames_shown(series.sigma):
            scene.frame(series.sigma[i], series.time[i])
            row = np.searchsorted(run.time, series.time[i])
            assert list(scene.mark.get_xdata()) == [series.time[i]] * 2
            dots = scene.dots.get_offsets()
            np.testing.assert_allclose(dots[:, 0], series.time[i])
            np.testing.assert_allclose(dots[:, 1], run["/kmc/f"][0, row])
            assert f"{series.time[i]:.3g}" in scene.stamp.get_text()
        assert scene.plot.get_xscale() == "log"


def test_cube(files):
    """Of a cube three faces of each column are seen, nothing stands before them, all is lit."""
    with File(files["cube"]) as run:
        series = next(iter(every(run)))
        faces = crystal_faces(run)
        assert len(faces.site) == 3 * 5**2
        left = {tuple(x) for x in run.position if not (x > 0).all()}
        for site, light in zip(faces.site, faces.light):
            assert tuple(run.position[site]) in left
            start = run.position[site] + 0.5 * np.eye(3)[SHADE[1].index(light)]
            for step in np.arange(0.01, 5, 0.02):
                assert tuple(np.rint(start + step)) not in left
        frames = movie.make_frames(series, "composition")
        pixels = colours_of_faces(series, "composition", frames)
        for sigma, seen in zip(series.sigma[movie.frames_shown(series.sigma)], pixels):
            rgb = np.array([to_rgb(SPECIES_3D[ion]) for ion in sigma[faces.site]])
            assert abs(seen - 255 * rgb * faces.light[:, None]).max() <= 1
        assert len(movie.make_frames(series, "plaquettes")) == len(frames)


@pytest.mark.parametrize("name", ["rod", "square"])
def test_other_lattices(files, name):
    """By composition unless told; each face has the colour of its site, or of one that hides it."""
    with File(files[name]) as run:
        series = next(iter(every(run)))
        faces = crystal_faces(run)
        frames = movie.make_frames(series, movie.default_scheme(run))
        pixels = colours_of_faces(series, "composition", frames)
        for sigma, seen in zip(series.sigma[movie.frames_shown(series.sigma)], pixels):
            rgb = np.array([to_rgb(SPECIES_3D[ion]) for ion in sigma[faces.site]])
            right = abs(seen - 255 * rgb * faces.light[:, None]).max(axis=1) <= 1
            assert right.mean() > (0.99 if name == "square" else 0.6)
        assert (set(faces.site) == set(range(len(run.position)))) == (name == "square")


def test_replica(files, tmp_path):
    """Over sweeps, with the state in words; every snapshot is a frame."""
    out = tmp_path / "movie.gif"
    result = tool("movie", files["shell"], "--state", 1, "--replica", 5, "-o", out)
    assert result.returncode == 0 and len(read_gif(out)[0]) == 4
    with File(files["shell"]) as run:
        series = list(every(run))[-1]
        assert series.label == {"state": 1, "replica": 5}
        assert movie.caption(series).endswith("/ $K$ = 3, $kT$ = 0.2, replica 5")
        scene = movie.Scene(series, "plaquettes")
        scene.frame(series.sigma[0], series.time[0])
        assert scene.stamp.get_text() == "sweep 100" and scene.plot.get_xscale() == "linear"


def test_lengths():
    """Long movies run faster; means over blocks; what does not change is one frame."""
    assert [film.frame_seconds(n) for n in (1, 14, 60, 10000)] == [0.4, 0.4, 0.2, 0.04]
    assert np.array_equal(movie.blocks(np.arange(401.0)), np.arange(0.5, 400, 2))
    assert list(movie.frames_shown(np.ones((5, 3)))) == [0]
    steps = np.array([[1, 1], [1, 1], [1, -1], [1, -1], [-1, -1], [-1, -1]])
    assert list(movie.frames_shown(steps)) == [1, 2, 3, 4]


def test_one_configuration_is_told(files, tmp_path):
    """A movie of a single frame says so, and how to have more."""
    path = make(tmp_path / "one.h5", COMMANDS["shell"].replace("-mc_snapshot_every 100", "-mc_snapshot_every 400"))
    said = tool("movie", path).stdout
    assert "single configuration" in said and "-mc_snapshot_every" in said
