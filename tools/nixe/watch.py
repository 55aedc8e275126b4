"""A page about a file that grows, made anew while its run goes on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

from nixe.file import NixeFileError

EVERY = 5.0  # seconds between two looks at a file, at least
SHARE = 10  # times as long as a page takes to make, at least: a tenth of one core for the page


def watch(path: Path, output: Path, render: Callable[[], tuple[str, bool]], still: Callable[[str], str]) -> None:
    """Write what render() gives whenever the file has changed, until it says that the run is complete.

    A file that is not there yet is waited for. still() makes of a page one that no browser loads again: it is the last
    where the watch is ended from the keyboard.
    """
    content, seen, good = "", None, False
    try:
        while True:
            begun, now = monotonic(), stamp(path)
            if now != seen or not content:
                if now is None and not content:
                    print(f"waiting for {path}, which is not there yet", flush=True)
                content, complete = rendered(render, good)
                good |= now is not None
                replace(output, content)
                if seen is None and now is not None:
                    print(f"watching {path}: open {output} in a browser; Ctrl-C ends it", flush=True)
                seen = now
                if complete:
                    break
            sleep(max(EVERY, SHARE * (monotonic() - begun)))
    except KeyboardInterrupt:
        replace(output, still(content))
    print(f"wrote {output}")


def rendered(render: Callable[[], tuple[str, bool]], good: bool) -> tuple[str, bool]:
    """The page; of a file that was good before, what is wrong with it now, in its place."""
    try:
        return render()
    except NixeFileError as error:
        if not good:
            raise
        print(f"warning   {error}", flush=True)
        return f"<!DOCTYPE html><p>{error}</p>", False


def stamp(path: Path) -> tuple[int, ...] | None:
    """What changes when a file does; None where there is no file."""
    try:
        about = os.stat(path)
    except FileNotFoundError:
        return None
    return about.st_mtime_ns, about.st_size, about.st_ino


def replace(output: Path, content: str) -> None:
    """Write a page so that a browser finds the one before or this one, and never half of it."""
    part = output.with_name(f"{output.name}.part")
    part.write_text(content, encoding="utf-8")
    os.replace(part, output)
