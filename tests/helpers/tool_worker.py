"""Reads files of nixe and calls its tools, case after case, in one process: for fuzz_files.py.

Each line of standard input is a case, as JSON: {"path", "tool", "folder"}; each answer is one as well:
{"reader": [outcome, what], "tool": [outcome, what]} where an outcome is "result" (what: a hash of it), "sentence" or "fault".
"""
import hashlib
import importlib
import io
import json
import re
import sys
import traceback
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import numpy as np                                 # noqa: E402
from nixe_file import File, NixeFileError          # noqa: E402

ENDINGS = {"plot": ".png", "report": ".html", "export": ".xyz"}


def digest(*values):
    sums = hashlib.sha256()
    for value in values:
        sums.update(np.ascontiguousarray(value).tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
    return sums.hexdigest()


def read(path):
    """What the reader is asked for, most of it."""
    with File(path) as run:
        found = [run.kind, run.complete, run.options, run.position, run.layer, run.averaged, run["/lattice/bonds"]]
        if run.kind == "kmc":
            found += [run.time, run.done, *run.mean_and_error("f"), *run.mean_and_error("energy"), run.trajectories("events")]
            for row in np.flatnonzero(run.done):
                found += [run.snapshots(row), run.plaquette_order(run.snapshots(row))[0]]
        elif run.kind == "mc":
            found += [run.kT, run.shell_stiffness, *run.mean_and_error("f"), *run.unstructured_variance(), *run.area_deviation()]
            found += [sigma for state in range(len(run.kT)) for sigma in run.replicas("snapshot/sigma", state)]
        elif run.kind == "potential":
            found += [run["/shell_stiffness"], *[run.potential(k) for k in range(len(run["/shell_stiffness"]))]]
            found += [run.interactions(len(run.position) // 2), *next(run.orbit_rows()), run.distances(0)]
        else:
            found += [run["/spectrum/V/eigenvalue"], run["/spectrum/D/eigenvalue"], *run.zero_modes("V"), *run.zero_modes("D")]
            if run.has("/spectrum/path"):
                found += [run["/spectrum/path/V"], run["/path_position"], run.order_preferred, run.texts("/special_point")]
        return digest(*found)


def of_reader(path):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return "result", read(path)
    except NixeFileError as error:
        return ("fault", "a sentence of lines") if "\n" in str(error) else ("sentence", str(error))
    except Exception:
        return "fault", traceback.format_exc()


def of_tool(name, path, folder):
    out, err = io.StringIO(), io.StringIO()
    made = Path(folder, f"made{ENDINGS[name]}")
    made.unlink(missing_ok=True)
    words = ["--all"] if name == "export" else []
    sys.argv = [f"{name}.py", path, *words, "-o", str(made)]
    try:
        with redirect_stdout(out), redirect_stderr(err):
            status = importlib.import_module(name).main()
    except SystemExit as end:
        status = end.code
    except BaseException:
        return "fault", traceback.format_exc()
    lines = [line for line in err.getvalue().splitlines() if not line.startswith("warning ")]
    if status == 2 and len(lines) == 1 and lines[0].startswith(f"{name}: "):
        return "sentence", lines[0]
    if status == 0 and not lines and made.exists():
        content = made.read_bytes().replace(path.encode(), b"FILE").replace(Path(path).name.encode(), b"FILE")
        content = re.sub(rb"\d{4}-\d\d-\d\d \d\d:\d\d UTC", b"MOMENT", content)     # when a page was made
        return "result", hashlib.sha256(content.replace(Path(path).stem.encode(), b"FILE")).hexdigest()
    return "fault", f"status {status}: {err.getvalue()}"


def main():
    answers = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        case = json.loads(line)
        answer = {"reader": of_reader(case["path"]), "tool": of_tool(case["tool"], case["path"], case["folder"])}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
