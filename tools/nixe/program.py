"""Start nixe from Python, show how far it is, and open what it has made.

    import nixe

    run = nixe.run("kmc", lattice_edge=12, ensemble_size=100, output_file="run.h5")
    run = nixe.run("mc", input="shell.yaml", output_file="shell.h5", ranks=4, resume=True)
"""

from __future__ import annotations

import codecs
import contextlib
import os
import selectors
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from nixe.file import File, NixeFileError, parse_options

COMPLETE, STOPPED = 0, 3  # exit statuses after which there is a file


class NixeRunError(Exception):
    """Why nixe did not run, in its own words where it has said something; `status` is its exit status, 2 of a refusal."""

    def __init__(self, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


def run(command: str, *, ranks: int | None = None, launcher: str | None = None, program: str | os.PathLike[str] | None = None,
        brief: bool = False, **options: Any) -> File | None:
    """Run `nixe command` with these options, by their names less the hyphen, and return the open file.

    A list becomes a list of nixe's, {"111": 5.5} the option 111:5.5, True a switch; None is left out. With `ranks`, mpirun
    starts so many; `launcher` is another one ("srun", "mpirun --bind-to core"), which without `ranks` decides how many.
    `program` is the executable: else what the environment variable NIXE names, the nixe of PATH, or that which came with this
    module.

    What nixe writes appears as it comes; if brief, its warnings and the names of files alone. A refusal raises NixeRunError. A
    run that stops early, by time_limit, leaves a file that is not complete. An interrupt (of the kernel, or Ctrl-C) stops nixe
    in good order, then goes on up: the state is saved, and the same call with resume=True takes the run further. A second
    interrupt does not wait for that. With dry_run there is no file, and None is returned.
    """
    words = [*_launcher(ranks, launcher), str(find_program(program)), command]
    for name, value in options.items():
        if value is not None:
            words += [f"-{name}", _word(value)]
    status, said = _watch(words, brief)
    path = _output(options)
    if status == COMPLETE and (path is None or not os.path.exists(path)):
        return None
    if status not in (COMPLETE, STOPPED) or path is None or not os.path.exists(path):
        raise NixeRunError(_sentence(said, status), status)
    sys.stderr.write(said if status == COMPLETE else _own(said))
    return File(path)


def find_program(program: str | os.PathLike[str] | None = None) -> Path:
    """The executable: the one that is named, or the first that is there."""
    named = program if program is not None else os.environ.get("NIXE")
    if named:
        found = shutil.which(os.fspath(named))
        if found is None:
            origin = "" if program is not None else ", which the environment variable NIXE names,"
            raise NixeRunError(f"{os.fspath(named)}{origin} is no program that can be started.")
        return Path(found).absolute()
    beside = Path(__file__).resolve().parents  # of a source tree tools/nixe, of an installation share/nixe/tools/nixe
    places = [up / folder / "nixe" for up, folder in zip(beside[2:5:2], ("build", "bin"))]
    for path in (shutil.which("nixe"), *places):
        if path is not None and os.access(path, os.X_OK):
            return Path(path).absolute()
    raise NixeRunError("There is no nixe on PATH: name the program, program=\"build/nixe\", or set the environment variable "
                       "NIXE.")


def _launcher(ranks: int | None, launcher: str | None) -> list[str]:
    """What starts the program: nothing, where neither is asked for."""
    if launcher is None and ranks in (None, 1):
        return []
    words = shlex.split(launcher or "mpirun")
    if not words or shutil.which(words[0]) is None:
        raise NixeRunError(f"There is no {words[0] if words else 'launcher'} here to start ranks with.")
    return words if ranks is None else [*words, "-n", str(ranks)]


def _word(value: Any) -> str:
    """The value of an option as nixe reads it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return ",".join(f"{name}:{_word(one)}" for name, one in value.items())
    return ",".join(map(_word, value)) if isinstance(value, Iterable) else str(value)


def _output(options: Mapping[str, Any]) -> str | None:
    """The file that a run with these options makes: named by an option, or in the YAML of -input."""
    if options.get("dry_run"):
        return None
    path = options.get("output_file")
    if path is None and options.get("input") is not None:
        with contextlib.suppress(OSError, NixeFileError):
            text = Path(options["input"]).read_text(encoding="utf-8")
            path = parse_options(text, str(options["input"])).get("output_file")
    return None if path is None else os.fspath(path)


def _watched() -> bool:
    """Whether somebody looks on: at a terminal or in a notebook, where a line that is written over is one that lives."""
    return sys.stdout.isatty() or type(sys.stdout).__module__.startswith("ipykernel")


def _pipe() -> tuple[int, int]:
    """Two ends, to read from and to write to. nixe tells its progress twice a second to a terminal, else once a minute."""
    if not _watched():
        return os.pipe()
    import pty  # here: the reader alone needs no terminals, and Windows has none of this kind
    import termios

    ours, theirs = pty.openpty()
    mode = termios.tcgetattr(theirs)
    mode[1] &= ~termios.OPOST  # newlines stay what they are
    termios.tcsetattr(theirs, termios.TCSANOW, mode)
    return ours, theirs


def _shown(brief: bool) -> Callable[[str], None]:
    """What shows pieces of standard output."""
    begun = ""

    def show(text: str) -> None:
        nonlocal begun
        if brief:
            *lines, begun = (begun + text).split("\n")
            last = [line.rpartition("\r")[2] for line in lines]  # what lives has been written over
            text = "".join(f"{line}\n" for line in last if line.startswith(("warning ", "wrote ")))
        sys.stdout.write(text)
        sys.stdout.flush()

    return show


def _watch(words: list[str], brief: bool) -> tuple[int, str]:
    """Run a command, show its standard output, and return its exit status and what it said on standard error."""
    ours, theirs = _pipe()
    try:  # in a session of its own: an interrupt of the terminal is for us, who pass on what nixe takes in good order
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE,
                                   start_new_session=True)
    except OSError as error:
        os.close(ours)
        raise NixeRunError(f"{words[0]} cannot be started: {error.strerror}.") from error
    finally:
        os.close(theirs)
    said: list[str] = []
    show = _shown(brief)
    try:
        try:
            _pass_on(process, ours, show, said)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGUSR1)  # launchers hand it on to all ranks
            _pass_on(process, ours, show, said)
            sys.stderr.write(_own("".join(said)))
            raise
    finally:
        _end(process)
        os.close(ours)
        assert process.stderr is not None
        process.stderr.close()
    return process.returncode, "".join(said)


def _end(process: subprocess.Popen[bytes]) -> None:
    """No process is left behind, whatever happened."""
    if process.poll() is None:
        process.terminate()  # a launcher takes its ranks along
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _pass_on(process: subprocess.Popen[bytes], ours: int, show: Callable[[str], None], said: list[str]) -> None:
    """Show standard output as it comes, keep standard error, until the process has ended."""
    assert process.stderr is not None
    decoder = {end: codecs.getincrementaldecoder("utf-8")("replace") for end in (ours, process.stderr.fileno())}
    with selectors.DefaultSelector() as selector:
        for end in decoder:
            selector.register(end, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                try:
                    data = os.read(key.fd, 1 << 16)
                except OSError:  # how a terminal ends
                    data = b""
                text = decoder[key.fd].decode(data, not data)
                if key.fd == ours:
                    show(text)
                else:
                    said.append(text)
                if not data:
                    selector.unregister(key.fd)
    process.wait()


def _own(said: str) -> str:
    """What nixe itself said, without what launchers add to it."""
    return "".join(line for line in dict.fromkeys(said.splitlines(True)) if line.startswith("nixe: "))


def _sentence(said: str, status: int) -> str:
    """nixe's own sentence; all that was said where there is none."""
    own = _own(said)
    if own:
        return "; ".join(line[len("nixe: "):] for line in own.splitlines())
    ended = f"by signal {-status}" if status < 0 else f"with status {status}"
    return said.strip() or f"nixe ended {ended}."
