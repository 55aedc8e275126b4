"""Write frames, arrays of height x width x RGB, as a movie: GIF by Pillow, or MP4 by ffmpeg."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from nixe.file import NixeFileError

HOLD, LAST, LENGTH = 0.4, 2.0, 12.0  # seconds: of a frame at most, of the last one, of the movie
COLOURS = 64  # of a GIF
SAMPLE = 8  # frames in which colours are counted
LEVELS = 256  # of red, green and blue each


def frame_seconds(count: int) -> float:
    """How long to hold each of `count` frames but the last, in hundredths as GIF counts them."""
    return round(min(HOLD, max(LENGTH / count, 0.04)), 2)


def check_output(path: Path) -> None:
    """Refuse, before any work, a movie that cannot be written."""
    if path.suffix not in (".gif", ".mp4"):
        raise NixeFileError(f"{path} is not named as a movie: .gif or .mp4.")
    if path.suffix == ".mp4" and shutil.which("ffmpeg") is None:
        raise NixeFileError(f"{path} needs ffmpeg, which is not installed; a .gif does not.")


def write(path: Path, frames: Sequence[np.ndarray]) -> None:
    """All frames, in the way that the ending of the path says."""
    (_write_mp4 if path.suffix == ".mp4" else _write_gif)(path, frames)


def _write_gif(path: Path, frames: Sequence[np.ndarray]) -> None:
    """One palette for all frames, so that only what changes is stored again."""
    palette, index_of = _palette(frames)
    images = []
    for frame in frames:
        image = Image.fromarray(index_of[_packed(frame)])
        image.putpalette(palette.tobytes())
        images.append(image)
    hold = round(1000 * frame_seconds(len(frames)))
    duration = [hold] * (len(frames) - 1) + [round(1000 * LAST)]
    images[0].save(path, "GIF", save_all=True, append_images=images[1:], duration=duration, loop=0)


def _palette(frames: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The most frequent colours, and for each packed colour the nearest of them.

    So plain areas keep their very colours; Pillow's own palettes shift them, white included.
    """
    sample = np.array(frames[:: -(-len(frames) // SAMPLE)])
    colour, count = np.unique(_packed(sample), return_counts=True)
    colour = colour[np.argsort(-count, kind="stable")[:COLOURS]]
    palette = np.stack([colour // LEVELS**2, colour // LEVELS % LEVELS, colour % LEVELS], axis=1)
    present = np.zeros(LEVELS**3, dtype=bool)
    for frame in frames:
        present[_packed(frame)] = True
    packed = np.flatnonzero(present)
    rgb = np.stack([packed // LEVELS**2, packed // LEVELS % LEVELS, packed % LEVELS], axis=1)
    distance = (rgb**2).sum(axis=1)[:, None] - 2 * rgb @ palette.T + (palette**2).sum(axis=1)
    index_of = np.zeros(LEVELS**3, dtype=np.uint8)
    index_of[packed] = distance.argmin(axis=1)
    return palette.astype(np.uint8), index_of


def _packed(frame: np.ndarray) -> np.ndarray:
    """Each pixel as one integer."""
    red, green, blue = np.moveaxis(frame.astype(np.int32), -1, 0)
    return (red * LEVELS + green) * LEVELS + blue


def _write_mp4(path: Path, frames: Sequence[np.ndarray]) -> None:
    """With a pixel format that every player knows, which wants even numbers of pixels."""
    height, width, _ = frames[0].shape
    hold = frame_seconds(len(frames))
    command = ["ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24",
               "-s", f"{width}x{height}", "-framerate", f"{1 / hold:.6f}", "-i", "-",
               "-r", "25", "-pix_fmt", "yuv420p", "-movflags", "+faststart", f"file:{path}"]
    film = [*frames, *[frames[-1]] * (round(LAST / hold) - 1)]
    done = subprocess.run(command, input=b"".join(frame.tobytes() for frame in film),
                          capture_output=True)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["it does not say why"]
        raise NixeFileError(f"ffmpeg could not write {path}: {said[-1]}.")
