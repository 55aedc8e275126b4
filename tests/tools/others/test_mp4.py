"""MP4 movies, as ffprobe and ffmpeg read them."""
import json
import subprocess

import numpy as np
import pytest
from harness import make
from matplotlib.colors import to_rgb
from tooling import tool

import movie
from nixe.draw import COLOUR
from nixe.file import File
from nixe.series import every


@pytest.fixture(scope="module")
def kmc_file(folder):
    return make(folder / "a b.h5", "kmc -lattice_edge 6 -ensemble_size 1 -kmc_snapshots 9")


def test_mp4(kmc_file, tmp_path):
    """Its length, its format, and the first and the last picture."""
    out = tmp_path / "a movie.mp4"
    result = tool("movie", kmc_file, "-o", out)
    assert (result.returncode, result.stderr) == (0, "")
    said = subprocess.run(["ffprobe", "-v", "error", "-print_format", "json", "-show_streams",
                           "-count_frames", out], capture_output=True, check=True).stdout
    stream, = json.loads(said)["streams"]
    with File(kmc_file) as run:
        series = next(iter(every(run)))
        shown = movie.frames_shown(series.sigma)
        first, *_, last = movie.make_frames(series, "plaquettes")
    seconds = 0.4 * (len(shown) - 1) + 2
    assert stream["pix_fmt"] == "yuv420p" and (stream["width"], stream["height"]) == (864, 432)
    assert abs(float(stream["duration"]) - seconds) < 0.05
    assert abs(int(stream["nb_read_frames"]) - 25 * seconds) <= 1

    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", out, "-f", "rawvideo", "-pix_fmt", "rgb24",
                          "-"], capture_output=True, check=True).stdout
    pictures = np.frombuffer(raw, np.uint8).reshape(-1, 432, 864, 3).astype(int)
    for picture, frame in ((pictures[0], first), (pictures[-1], last)):
        assert abs(picture - frame).mean() < 4
    middle = pictures[:, 216, 190]  # of the crystal: A before, B after
    assert abs(middle[0] - 255 * np.array(to_rgb(COLOUR["U1"]))).max() < 12
    assert abs(middle[-1] - 255 * np.array(to_rgb(COLOUR["U2"]))).max() < 12


def test_ffmpeg_fails(kmc_file, tmp_path):
    """What it says is passed on in one sentence."""
    out = tmp_path / "nowhere" / "a.mp4"
    result = tool("movie", kmc_file, "-o", out)
    assert result.returncode == 2 and len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(f"movie: ffmpeg could not write {out}: ")
    assert "No such file or directory" in result.stderr
