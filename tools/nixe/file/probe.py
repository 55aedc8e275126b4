"""Opening a file; and is it so damaged that HDF5 itself does not survive reading it?

Some versions of HDF5 end in a crash or in a loop over some damage; so a copy of this process, which
may take some seconds of processor time, reads everything but large data first.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
import warnings
from collections.abc import Callable
from typing import Any

import h5py

_SECONDS = 3  # of processor time, of which tenths are needed
_PATIENCE = 60  # seconds
_BYTES = 1 << 24  # of data in pieces, which have places of their own; more of them are not looked at
_DEPTH = 4  # of groups in groups: nixe has three
_DEATHS = tuple(
    getattr(signal, name, None)
    for name in "SIGXCPU SIGSEGV SIGBUS SIGABRT SIGFPE SIGILL SIGTRAP".split()
)


def open_hdf5(path: str) -> h5py.File:
    """Open an HDF5 file for reading, without the lock that a running program may hold."""
    try:
        return h5py.File(path, "r", locking=False)
    except (TypeError, ValueError):  # h5py or HDF5 too old to be asked
        os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"
        return h5py.File(path, "r")
    except OSError as error:
        if "locking" not in str(error):
            raise
        return h5py.File(path, "r", locking=True)  # this process has it open with a lock, which every other opening needs, too


def survives(path: str) -> bool:
    """Whether a process that reads the file lives on; also where that cannot be told."""
    try:
        child = _copy()
    except (AttributeError, OSError):  # there are no copies of processes here, or too many
        return True
    if child == 0:
        try:
            _read(path)
        finally:
            os._exit(0)
    end = time.monotonic() + _PATIENCE
    try:
        while time.monotonic() < end:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return not (os.WIFSIGNALED(status) and os.WTERMSIG(status) in _DEATHS)
            time.sleep(0.001)
        os.kill(child, signal.SIGKILL)  # a slow disk
        os.waitpid(child, 0)
    except ChildProcessError:  # somebody else has waited for it
        pass
    return True


def _copy() -> int:
    """Like os.fork(), while no other thread uses HDF5, whose lock would stay taken in the copy."""
    with getattr(h5py._objects, "phil", contextlib.nullcontext()), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of copies of processes with threads
        return os.fork()


def _read(path: str) -> None:
    """Read all attributes, texts, and data in pieces, whatever comes of it."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS + 1))
    for number in filter(None, _DEATHS):
        signal.signal(number, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    left = _BYTES

    def read_values(item: h5py.Dataset) -> None:
        nonlocal left
        if (item.dtype.hasobject or item.chunks) and item.nbytes <= left:
            left -= item.nbytes
            item[()]

    def visit(item: Any, depth: int) -> None:
        _attempt(lambda: [_attempt(lambda: item.attrs[name]) for name in item.attrs])
        if isinstance(item, h5py.Dataset):
            _attempt(lambda: read_values(item))
            for axis in range(len(item.shape or ())):
                _attempt(lambda: item.dims[axis].label)
                _attempt(lambda: [scale.shape for scale in item.dims[axis].values()])
                _attempt(lambda: (len(item.dims[axis]), item.dims[axis][0].shape))
        elif depth < _DEPTH:  # one by one: visititems() and keys() end at the first that is damaged
            for index in range(item.id.get_num_objs()):
                _attempt(lambda: visit(item[item.id.get_objname_by_idx(index)], depth + 1))

    with open_hdf5(path) as file:
        visit(file, 0)


def _attempt(action: Callable[[], Any]) -> None:
    """What fails in a sentence of HDF5 does not keep from trying the rest."""
    with contextlib.suppress(Exception):
        action()
