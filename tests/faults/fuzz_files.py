#!/usr/bin/env python3
"""Damaged and made-up files and checkpoints, and system calls that fail. `make fuzz` calls it.

Copies of some files are damaged in ways that follow from a seed, and given to `nixe status`, `nixe status --verify`, -resume,
-kmc_start, the Python reader and the tools; checkpoints are damaged, or made up with a hash that fits; and single system calls
of runs fail. Every outcome has to be a sentence, with status 1 or 2 (3 where a run can be resumed), or the undamaged result:
no crash, no report of a sanitizer, no hang, no traceback, and no other result with status 0. Where the reader, the tools and
plain `nixe status`, which compare no checksums of rows, show other numbers, --verify has to find the damage. Counters, which
have no checksums, are not compared. After a call that failed the same command, repeated, has to make the undamaged result.

Here is each way in, a function of the number of its case; `helpers/fuzzing.py` has the files and what counts as a fault,
`helpers/damage.py` how they are damaged, `helpers/tool_worker.py` what is done by the reader and the tools.
"""
import argparse
import concurrent.futures
import errno
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "helpers"))

import damage  # noqa: E402
from faults import sentences  # noqa: E402
from fuzzing import BASES, COUNTERS, EXTENSION, FAULT, READ, SAME, SENTENCE, TOLD, Fuzzing  # noqa: E402

WORKERS = 2
TABLES = ("potential", "potential of a film", "spectrum", "bulk")      # files that no run goes on with
CALLS = ("open", "read", "write", "fsync", "rename", "truncate", "close")
RUNS = {                        # what calls fail of: a command, and the file that it goes on with
    "kmc": ("kmc", None), "mc": ("mc", None), "exchange": ("exchange", None), "potential": ("potential", None),
    "resumed kmc": ("kmc, stopped", "kmc, stopped"), "resumed mc": ("mc, stopped", "mc, stopped"),
    "resumed exchange": ("exchange, stopped", "exchange, stopped"), "extension": ("extension", "kmc"),
}


def fuzz_status(fuzz, case, way="status", words=()):
    draw, name = fuzz.draw(way, case, fuzz.files)
    path = fuzz.clear()
    about = fuzz.damage(name, path, draw)
    fault, status, out, err = fuzz.run(["status", path, *words])
    same = fuzz.describe(name, path, out) == fuzz.said[name, words]
    if status == 1 and fault == "0 sentences" and words and re.search("^damaged    ", out, re.M):
        fault = None
    if not fault and re.search("[\x00-\x09\x0b-\x1f\x7f]", out + err):
        fault = "control characters"
    if not fault and status in (0, 3) and not same and (words or not fuzz.is_found(path)):
        same = status == 3 and not BASES[name][1] and goes_on(fuzz, name, path)
        fault = None if same else "another answer"
    outcome = FAULT if fault else SENTENCE if status in (1, 2) else SAME if same else TOLD
    fuzz.record(way, case, outcome, f"{about}: {fault}\n{out[-1500:]}{err[-1500:]}", [path])


def goes_on(fuzz, name, path):
    """Whether a complete file that calls itself incomplete, which is no damage, is made complete again by its run, or made again."""
    result = fuzz.run([*BASES[name][0].split(), "-output_overwrite" if name in TABLES else "-resume", "-quiet", "-output_file", path])
    return fuzz.judge(result, path, fuzz.whole[name])[0] == SAME


def fuzz_verify(fuzz, case):
    fuzz_status(fuzz, case, "status --verify", ("--verify",))


def fuzz_resume(fuzz, case):
    draw, name = fuzz.draw("-resume", case, [name for name in fuzz.files if name not in TABLES])
    path, before = fuzz.clear(), fuzz.scratch() / "before.h5"
    fuzz.lay(name, path)
    about = fuzz.damage(name, path, draw)
    shutil.copy(path, before)
    result = fuzz.run([*BASES[name][0].split(), "-resume", "-quiet", "-output_file", path])
    outcome, what = fuzz.judge(result, path, fuzz.whole[name])
    fuzz.record("-resume", case, outcome, f"{about}: {what}", [before])


def fuzz_start(fuzz, case):
    draw, name = fuzz.draw("-kmc_start", case, ["kmc", "mc"])
    path, start = fuzz.clear(), fuzz.scratch() / "start.h5"
    about = fuzz.damage(name, start, draw)
    result = fuzz.run([*fuzz.words_from(4 if name == "kmc" else 5), "-kmc_start", start, "-output_file", path])
    outcome, what = fuzz.judge(result, path, fuzz.whole[name, "start"])
    fuzz.record("-kmc_start", case, outcome, f"{about}: {what}", [start])


def fuzz_checkpoint(fuzz, case):
    draw, name = fuzz.draw("checkpoints", case, READ)
    path, before = fuzz.clear(), fuzz.scratch() / "before.checkpoint"
    fuzz.lay(name, path, [""])
    content = Path(f"{fuzz.files[name]}.checkpoint").read_bytes()
    if draw.random() < 0.3:
        way = draw.choice([damage.flip_anywhere, damage.truncate, damage.zero_pages, damage.extend])
        made, how = bytes(way(bytearray(content), None, draw)), way.__name__
    else:
        made, how = damage.craft(content, READ[name], draw)
    Path(f"{path}.checkpoint").write_bytes(made)
    if draw.random() < 0.3:
        Path(f"{path}.checkpoint.old").write_bytes(content if draw.random() < 0.5 else made)
    before.write_bytes(made)
    result = fuzz.run([*BASES[name][0].split(), "-resume", "-quiet", "-output_file", path])
    outcome, what = fuzz.judge(result, path, fuzz.whole[name])
    fuzz.record("checkpoints", case, outcome, f"{name}, {how}: {what}", [before])


# The reader and the tools: a process of each thread is asked.

class Worker:
    """A process of tool_worker.py, which is started anew where it has died."""

    def __init__(self, seconds):
        self.seconds, self.process = seconds, None

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, Path(damage.__file__).with_name("tool_worker.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, env={**os.environ, "MPLBACKEND": "agg"})

    def ask(self, path, tool):
        if self.process is None or self.process.poll() is not None:
            self.start()
        watch = threading.Timer(self.seconds, self.process.kill)
        watch.start()
        try:
            self.process.stdin.write(json.dumps(dict(path=str(path), tool=tool, folder=str(path.parent))) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except OSError:
            line = ""
        watch.cancel()
        if line:
            return json.loads(line)
        self.process.wait()
        return {part: ("fault", f"the process ends with {self.process.returncode}") for part in ("reader", "tool")}

    def end(self):
        if self.process:
            self.process.kill()
            self.process.wait()


class Tools:
    """Ask the reader and one of the tools of a damaged file."""

    def __init__(self):
        self.lock, self.local, self.workers, self.known = threading.Lock(), threading.local(), [], {}

    def ask(self, fuzz, path, tool):
        if not hasattr(self.local, "worker"):
            self.local.worker = Worker(fuzz.seconds + 20)      # plots take some seconds where others are busy
            with self.lock:
                self.workers.append(self.local.worker)
        return self.local.worker.ask(path, tool)

    def expected(self, fuzz, name, tool):
        """What they answer of the undamaged file."""
        if (name, tool) not in self.known:
            path = fuzz.clear()
            fuzz.lay(name, path, [""])
            self.known[name, tool] = self.ask(fuzz, path, tool)
        return self.known[name, tool]

    def __call__(self, fuzz, case):
        draw, name = fuzz.draw("tools", case, fuzz.files)
        tool = draw.choice(["plot", "report"] + (["export"] if name not in TABLES else []))
        expected = self.expected(fuzz, name, tool)
        path = fuzz.clear()
        about = fuzz.damage(name, path, draw)
        answer = self.ask(fuzz, path, tool)
        for way, part in (("reader", "reader"), ("tools", "tool")):
            outcome, what = answer[part]
            if outcome == "result":
                outcome = SAME if what == expected[part][1] else TOLD if fuzz.is_found(path) else FAULT
            if outcome == FAULT and damage.restore_origin(fuzz.files[name], path, COUNTERS):
                outcome = SAME if self.ask(fuzz, path, tool)[part] == expected[part] else FAULT
            fuzz.record(way, case, outcome, f"{about}, {tool if part == 'tool' else ''}: {what}", [path])


# Calls that fail.

def go_on(fuzz, words, begun, path):
    """The same command once more, with nothing in its way, after what a run that failed has left."""
    again = ["-output_overwrite"] if words[0] == "potential" else [] if begun else ["-resume"]
    return fuzz.run([*words, *again])


def fuzz_call(fuzz, case):
    draw, name = fuzz.draw("failing calls", case, RUNS)
    base, begun = RUNS[name]
    path, counted = fuzz.clear(), fuzz.scratch() / "count"
    command, expected = BASES[base][0] if base in BASES else EXTENSION, fuzz.whole[base]
    ranks, rank = draw.choice(((1, 0), (1, 0), (2, 0), (2, 1)))
    told = dict(LD_PRELOAD=fuzz.library, CALL_FOLDER=path, CALL_NAME=draw.choice(CALLS), CALL_RANK=rank)
    words = [*command.split(), *(["-resume"] if begun else []), "-quiet", "-output_file", path,
             *(["-checkpoint_every", "0.2"] if name != "potential" else [])]

    def go(**more):
        fuzz.clear()
        if begun:
            fuzz.lay(begun, path)
        return fuzz.run(words, {**told, **more}, ranks)

    counted.unlink(missing_ok=True)
    first = go(CALL_COUNT=counted)
    if first[0] or first[1] or not counted.exists():
        fuzz.record("failing calls", case, FAULT, f"{name} is disturbed by nothing: {first}")
        return
    most = max(int(counted.read_text()), 1)
    at, number = draw.randint(1, most), draw.choice((errno.EIO, errno.ENOSPC, errno.EINTR, errno.EDQUOT))
    stays = {"CALL_STAYS": "1"} if draw.random() < 0.3 and number != errno.EINTR else {}
    result = go(CALL_AT=at, CALL_ERRNO=number, **stays)
    about = (f"{name} on {ranks}, {told['CALL_NAME']} {at} of {most} on rank {rank}: {errno.errorcode[number]}"
             f"{' from then on' * len(stays)}")
    outcome, what = fuzz.judge(result, path, expected)
    if result[1] == 3 and not result[0] and len(sentences(result[3])) == 1:
        outcome = SENTENCE
    if outcome == SENTENCE:
        again, later = fuzz.judge(go_on(fuzz, words, begun, path), path, expected)
        if again != SAME:
            outcome, what = FAULT, f"{what}\nand then {later}"
    fuzz.record("failing calls", case, outcome, f"{about}: {what}", [path])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=3000, help="damaged files, over all ways in")
    parser.add_argument("--checkpoints", type=int, default=300)
    parser.add_argument("--calls", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=60, help="after which a run hangs")
    parser.add_argument("--keep", default="build/fuzz", help="where files with faults are kept")
    parser.add_argument("--only", help="one way in")
    parser.add_argument("--case", type=int, help="one case of it")
    told = parser.parse_args()
    begun, share, tools = time.monotonic(), told.files / 30, Tools()
    parts = [("call", fuzz_call, told.calls), ("checkpoint", fuzz_checkpoint, told.checkpoints), ("tools", tools, 5 * share),
             ("start", fuzz_start, 4 * share), ("resume", fuzz_resume, 5 * share), ("verify", fuzz_verify, 8 * share),
             ("status", fuzz_status, 8 * share)]
    with tempfile.TemporaryDirectory(prefix="nixe-fuzz-") as folder:
        fuzz = Fuzzing(folder, told.keep, told.seed, told.seconds)
        fuzz.prepare()
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            for name, work, count in parts:
                if told.only not in (None, name):
                    continue
                cases = range(round(count)) if told.case is None else [told.case]
                for done in [pool.submit(work, fuzz, case) for case in cases]:
                    done.result()
                print(f"{name:<10} {len(cases)} cases, {time.monotonic() - begun:.0f} s so far", flush=True)
        for worker in tools.workers:
            worker.end()
    ways = ["status", "status --verify", "-resume", "-kmc_start", "reader", "tools", "checkpoints", "failing calls"]
    print(f"\nseed {told.seed}, {time.monotonic() - begun:.0f} s\n\n{fuzz.table(ways)}")
    print(f"{sum(fuzz.count.values()) - fuzz.failed} passed, {fuzz.failed} failed")
    return int(fuzz.failed > 0 or not fuzz.count)


if __name__ == "__main__":
    sys.exit(main())
