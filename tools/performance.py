"""Measure what nixe costs on this machine, and write the page docs/performance.md with its picture.

    make bench MARKDOWN=1                       # some 20 minutes; let nothing else run meanwhile
    make bench MARKDOWN=1 OLD=FOLDER            # with a comparison with another build: half an hour more
    make bench MARKDOWN=1 LARGE="a.log b.log"   # with whole runs of large crystals that have been, of which these are the words
    python3 tools/performance.py BUILD -o PAGE

BUILD is a build folder with nixe and bench. Crystals from some 10^2 to 10^5 sites are run: what an
event and a set-up cost, and how that grows; the parts of an event; how two ranks do beside one, and what
many ranks say to each other; and what the machine itself bounds, measured in the same run.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import MappingProxyType

import matplotlib.pyplot as plt
import numpy as np

from bench_compare import FEWEST_PAIRS, HEAD, compared
from developer.performance_page import AGAINST, GOALS, LARGE, PAGE, TRAFFIC, WHOLE_COMMANDS
from nixe.draw import save
from nixe.file import NixeFileError
from nixe.tool import answer

EVENT_BYTES = 8  # a site: two rows of int32
MODELS = {"hexagon": "-model_kT 0.2 -model_dmu -2", "cube": "-lattice_shape cube -model_kT 1.5 -model_dmu -20"}
EDGES = {"hexagon": (6, 8, 16, 25, 41, 74), "cube": (5, 8, 12, 16, 20, 26, 46)}
EVENTS = {"hexagon": 3e9, "cube": 1e9}  # over N: how many are run, but at most as many as this many
MOST_EVENTS, FEWEST_EVENTS = 2e6, 2e4
RECORDED = "-kmc_time_count 2 -kmc_time_first {first:.6g} -kmc_time_last {last:.6g} -kmc_snapshots 1"
FROM_RANDOM = "-kmc_start random -kmc_stop_composition none"
LOOP = re.compile(r"^  (\w+) +N = (\d+) +(\S+) ns +(\S+) operations +(\S+) bytes$", re.MULTILINE)
SHARED = {  # what two ranks share, the last word being a number that goes with its length
    "kmc_2d_elastic, events": ("kmc -input input/kmc_2d_elastic.yaml -ensemble_size", 400),
    "kmc_3d_elastic, events": ("kmc -input input/kmc_3d_elastic.yaml -ensemble_size", 100),
    "one ladder of 8 states, 397 core sites, sweeps": (
        "mc -lattice_edge 12 -shell_layers 6 -shell_stiffness 1,1.5,2,2.5,3,4,5,6 -mc_sampler informed -ensemble_size 1 "
        "-mc_replica_exchange_every 10 -mc_equilibration 0 -mc_record_every 10 -mc_sweeps", 20000),
}
WHOLE = {"kmc_2d_elastic": 400, "kmc_3d_elastic": 400, "kmc_ising": 2000}  # trajectories of each
STAGES = ("set-up", "solve", "sampling", "observables", "output")  # of -log_view
STAGE = r"^ *\d+: +{}: +(\S+)"
TALKING = "kmc -lattice_edge 8 -quiet"  # where ranks meet
MOST_RANKS = (4, 16, 64)
BUILT = r"built in (\S+) s"
MEETING = 2.0  # seconds from one meeting of the ranks to the next
MACHINE = re.compile(r"machine +memory (\S+) GB/s +latency (\S+) ns +peak (\S+) Gflop/s")


@dataclass
class Cost:
    """What one crystal costs on one rank."""

    shape: str
    edge: int
    sites: int
    set_up: float  # seconds
    events: float  # that were run
    rate: float  # events a second
    memory: float  # bytes, at its peak
    algorithm: str

    @property
    def microseconds(self) -> float:
        return 1e6 / self.rate


def call(words: Sequence[str], ranks: int = 1, more: Mapping[str, str] = MappingProxyType({})) -> tuple[str, float, float]:
    """What a program says, the seconds it takes, and the bytes of its largest process."""
    launch = [*shlex.split(os.environ.get("MPIRUN", "mpirun")), "-n", str(ranks)] if ranks > 1 else []
    env = {"OPENBLAS_NUM_THREADS": "1", "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
           "OMPI_MCA_rmaps_base_oversubscribe": "1", **os.environ, **more}
    start = time.monotonic()
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen([*launch, *words], stdout=said, stderr=told, env=env)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        said.seek(0)
        told.seek(0)
        if status:
            raise NixeFileError(f"{shlex.join(words)}: {told.read().strip() or status}")
        return said.read(), seconds, 1024.0 * usage.ru_maxrss


def number(pattern: str, said: str) -> float:
    """The number that a line of nixe says."""
    match = re.search(pattern, said, re.MULTILINE)
    if not match:
        raise NixeFileError(f"nixe does not say {pattern!r}: {said[-300:]}")
    return float(match[1])


def run(nixe: str, shape: str, edge: int, duration: float) -> Cost:
    """One trajectory from a random half of A, as long as `duration` units of time."""
    with tempfile.TemporaryDirectory() as folder:
        words = f"kmc -lattice_edge {edge} {MODELS[shape]} {FROM_RANDOM} -ensemble_size 1 -quiet"
        words += f" {RECORDED.format(first=duration / 2, last=duration)} -output_file {folder}/k.h5"
        said, _, memory = call([nixe, *shlex.split(words)])
    algorithm = re.search(r"the (\w+) algorithm", said)
    arithmetic = ", doubles" if "rates in double" in said else ""
    return Cost(shape, edge, int(number(r"^lattice .*?(\d+) sites", said)), number(BUILT, said),
                number(r"^events a trajectory +(\S+)", said), number(r"^speed +(\S+) events/s", said), memory,
                (algorithm[1] if algorithm else "eager") + arithmetic)


def measure_sizes(nixe: str, quick: bool) -> list[Cost]:
    """Crystals of both shapes; how many events pass in a unit of time goes with the number of sites."""
    found = []
    for shape, edges in EDGES.items():
        density = 0.0
        for edge in edges[:3] if quick else edges:
            sites = 3 * edge * (edge - 1) + 1 if shape == "hexagon" else edge**3
            if not density:
                first = run(nixe, shape, edge, 0.1)
                density = first.events / first.sites / 0.1
            wanted = max(min(EVENTS[shape] / sites, MOST_EVENTS), FEWEST_EVENTS) / (20 if quick else 1)
            found.append(run(nixe, shape, edge, wanted / (density * sites)))
            print(f"{shape:<8} N = {found[-1].sites:<6} {found[-1].microseconds:.3g} us an event, "
                  f"{found[-1].set_up:.3g} s of set-up", flush=True)
    return found


def measure_ranks(nixe: str, quick: bool) -> dict[str, tuple[float, float]]:
    """Events, or sweeps, a second of one rank and of two: of sampling alone, the median of pairs."""
    found = {}
    for name, (command, size) in SHARED.items():
        rates: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(1 if quick else 5):
            for ranks in rates:
                with tempfile.TemporaryDirectory() as folder:
                    said, _, _ = call([nixe, *command.split(), str(size // (10 if quick else 1)), "-quiet", "-output_file",
                                       f"{folder}/k.h5"], ranks)
                rates[ranks].append(number(r"^speed +(\S+) (?:events|sweeps)/s", said))
        found[name] = (median(rates[1]), median(rates[2]))
    return found


def sent(folder: Path) -> np.ndarray:
    """(messages, bytes) that the rank which sends most has sent to others, as the monitor of Open MPI has counted."""
    found = []
    for path in folder.glob("sent.*.prof"):
        lines = re.findall(r"^[EI]\t(\d+)\t(\d+)\t(\d+) bytes\t(\d+) msgs", path.read_text(), re.MULTILINE)
        found.append(np.sum([[int(messages), int(size)] for of, to, size, messages in lines if of != to], axis=0))
    return np.max(found, axis=0) if found else np.full(2, np.nan)


def measure_traffic(nixe: str, quick: bool) -> dict[int, np.ndarray]:
    """{ranks: (messages, bytes) of the rank that sends most, from one meeting to the next}, by two runs, one longer; empty where
    this MPI has no such monitor."""
    found = {}
    for ranks in MOST_RANKS[:1] if quick else MOST_RANKS:
        counted = []
        for size in (300, 900) if quick else (10000, 50000):
            with tempfile.TemporaryDirectory() as folder:
                monitor = {"OMPI_MCA_pml_monitoring_enable": "2", "OMPI_MCA_pml_monitoring_enable_output": "3",
                           "OMPI_MCA_pml_monitoring_filename": f"{folder}/sent"}
                said, _, _ = call([nixe, *TALKING.split(), "-ensemble_size", str(size), "-output_file", f"{folder}/k.h5"],
                                  ranks, monitor)
                counted.append((number(r"set-up, (\S+) sampling", said), sent(Path(folder))))
        (short, before), (long, after) = counted
        found[ranks] = (after - before) / max((long - short) / MEETING, 1)
    return {ranks: counts for ranks, counts in found.items() if np.isfinite(counts).all()}


def measure_whole(nixe: str, quick: bool) -> str:
    """The section of whole commands: how long each stage of them takes, by -log_view, and what would be left without them."""
    rows = []
    for name, size in WHOLE.items():
        with tempfile.TemporaryDirectory() as folder:
            words = f"kmc -input input/{name}.yaml -ensemble_size {size // 20 if quick else size} -quiet -log_view"
            said, seconds, _ = call([nixe, *words.split(), "-output_file", f"{folder}/k.h5"])
        events = number(r"^events a trajectory +(\S+)", said) * (size // 20 if quick else size)
        took = {stage: number(STAGE.format(stage), said) for stage in STAGES}
        start = seconds - sum(took.values())
        shares = [start, took["set-up"] + took["solve"], took["sampling"], took["observables"], took["output"]]
        rows.append([name, round_off(events), *(f"{share:.2f}" for share in shares),
                     *(round_off(events / time) for time in (seconds, seconds - took["observables"], took["sampling"]))])
    return WHOLE_COMMANDS.format(table=table(["input", "events", "start and end, s", "set-up", "events", "observables", "output",
                                              "events/s", "without observables", "of sampling"], rows))


def exponent(costs: Sequence[Cost], quantity: str) -> float:
    """The power of N with which a cost grows, by least squares of logarithms."""
    if len(costs) < 2:
        return float("nan")
    n, y = np.array([[cost.sites, getattr(cost, quantity)] for cost in costs]).T
    return float(np.polyfit(np.log(n), np.log(y), 1)[0])


def draw(costs: Sequence[Cost], path: Path) -> None:
    """Cost of an event, of a set-up, and memory over the number of sites."""
    figure, axes = plt.subplots(1, 3, figsize=(9.6, 3.2), constrained_layout=True)
    for quantity, title, axis in zip(("microseconds", "set_up", "memory"),
                                     ("time of an event (µs)", "time of the set-up (s)", "peak memory (bytes)"), axes):
        for shape, marker in (("hexagon", "o"), ("cube", "s")):
            own = [cost for cost in costs if cost.shape == shape]
            axis.loglog([cost.sites for cost in own], [getattr(cost, quantity) for cost in own], marker=marker, label=shape)
        axis.set_xlabel("sites")
        axis.set_title(title, fontsize=10)
        axis.grid(alpha=0.3)
    axes[0].legend(frameon=False)
    save(figure, path)


def round_off(rate: float) -> str:
    """Three digits, the thousands apart."""
    return f"{float(f'{rate:.3g}'):,.0f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(words)} |" for words in lines) + "\n"


def parts(said: str, machine: Sequence[float]) -> str:
    """The table of the loops of an event, of what bench says."""
    rows = []
    for name, sites, ns, operations, size in LOOP.findall(said):
        speed, flow = float(operations) / float(ns), float(size) / float(ns)
        counted = [f"{speed:.3g}", f"{100 * speed / machine[2]:.0f} %", f"{flow:.3g}"] if speed else ["", "", ""]
        rows.append([name, sites, f"{float(ns) / 1e3:.3g}", *counted])
    return table(["part", "sites", "µs", "billion operations/s", "of the peak", "GB/s"], rows)


def traffic_section(traffic: Mapping[int, np.ndarray]) -> str:
    """What many ranks say to each other, and what follows for more of them."""
    if not traffic:
        return ""
    rows = [[str(ranks), f"{messages:.0f}", f"{size / 1e6:.3g}"] for ranks, (messages, size) in traffic.items()]
    most, (messages, size) = list(traffic.items())[-1]
    rounds = np.log2(most)
    return TRAFFIC.format(table=table(["ranks", "messages", "MB"], rows), most=most, each=messages / rounds, megabytes=size / 1e6)


def write(path: Path, costs: Sequence[Cost], machine: Sequence[float], loops: str, ranks: dict[str, tuple[float, float]],
          sections: str) -> None:
    """The page."""
    memory, latency, peak = machine
    rows = []
    for cost in costs:
        bound = EVENT_BYTES * cost.sites / memory / 1e3
        rows.append([cost.shape, str(cost.sites), cost.algorithm, f"{cost.microseconds:.3g}", round_off(cost.rate),
                     f"{bound:.2g}", f"{cost.set_up:.2g}", f"{cost.memory / 1e6:.0f}"])
    fits = "\n".join(f"- {shape}: an event grows as $N^{{{exponent(large, 'microseconds'):.2f}}}$, a set-up as "
                     f"$N^{{{exponent(large, 'set_up'):.2f}}}$ (from {large[0].sites} sites on)"
                     for shape in EDGES for large in [[c for c in costs if c.shape == shape][-4:]])
    efficiency = [[name, round_off(one), round_off(two), f"{50 * two / one:.0f} %"] for name, (one, two) in ranks.items()]
    path.write_text(PAGE.format(
        memory=memory, latency=latency, peak=peak, fits=fits, date=time.strftime("%Y-%m-%d"), picture=path.stem + ".png",
        sizes=table(["crystal", "sites", "algorithm", "µs an event", "events/s", "µs to read two rows", "set-up, s",
                     "peak memory, MB"], rows),
        parts=parts(loops, machine), sections=sections,
        ranks=table(["what", "one rank, a second", "two ranks, a second", "efficiency"], efficiency)))


def large_section(logs: Sequence[Path]) -> str:
    """Whole trajectories of large crystals, of what nixe has printed."""
    rows = []
    for log in logs:
        said = log.read_text()
        sites, ranks = number(r"^lattice .*?(\d+) sites", said), number(r"^ranks +(\d+)", said)
        events, sampling = number(r"^events a trajectory +(\S+)", said), number(r"set-up, (\S+) sampling", said)
        memory = re.search(r"^memory +tables (.*) a node, (.*) a rank$", said, re.MULTILINE)
        if not memory:
            raise NixeFileError(f"{log} is not what nixe kmc prints.")
        rows.append([f"{sites:,.0f}", f"{ranks:.0f}", f"{number(BUILT, said):.0f}", round_off(events), f"{sampling:.0f}",
                     round_off(events / sampling), *memory.groups()])
    return LARGE.format(table=table(["sites", "ranks", "set-up, s", "events", "sampling, s", "events/s", "tables a node",
                                     "a rank"], rows)) if rows else ""


def measure_against(old: Path | None, new: Path, only: Sequence[str], quick: bool) -> str:
    """The section that compares with an older build."""
    if not old:
        return ""
    rows = compared(old, new, ["kmc-169"] if quick else only, FEWEST_PAIRS, 0.1 if quick else 1)
    said = call([str(old.resolve() / "nixe"), "--version"])[0].split("\n")[0]
    rows = [[*row, *GOALS.get(row[0], ("", ""))] for row in rows]
    return AGAINST.format(pairs=FEWEST_PAIRS, name=said, table=table([*HEAD, "goal: ratio", "new"], rows))


def work(arguments: argparse.Namespace) -> None:
    """Measure, draw, write."""
    bench, nixe = (str((arguments.build / name).resolve()) for name in ("bench", "nixe"))
    for program in (bench, nixe):
        if not os.access(program, os.X_OK):
            raise NixeFileError(f"there is no {program}: 'make all build/bench' makes it.")
    match = MACHINE.search(call([bench, "-bench_only", "machine"])[0])
    if not match:
        raise NixeFileError(f"{bench} does not measure the machine: build it anew.")
    machine = [float(word) for word in match.groups()]
    works = ["kmc-169"] if arguments.quick else ["kmc-169", "kmc-721", "kmc-1728", "kmc-8000"]
    loops = call([bench, "-bench_only", ",".join(works), "-bench_effort", "0.1" if arguments.quick else "1"])[0]
    costs = measure_sizes(nixe, arguments.quick)
    ranks = measure_ranks(nixe, arguments.quick)
    draw(costs, arguments.output.with_suffix(".png"))
    sections = traffic_section(measure_traffic(nixe, arguments.quick)) + measure_whole(nixe, arguments.quick)
    sections += large_section(arguments.large)
    sections += measure_against(arguments.old, arguments.build, arguments.only, arguments.quick)
    write(arguments.output, costs, machine, loops, ranks, sections)
    print(f"wrote {arguments.output} and {arguments.output.with_suffix('.png')}")


def main() -> int:
    """Read the command line, measure, and answer with the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, metavar="BUILD", help="a build folder, with nixe and bench")
    parser.add_argument("-o", dest="output", type=Path, default=Path("docs/performance.md"), metavar="PAGE",
                        help="what to write (default: %(default)s); the picture goes beside it")
    parser.add_argument("--large", type=Path, nargs="+", default=[], metavar="LOG",
                        help="what nixe kmc has printed in whole runs of large crystals")
    parser.add_argument("--old", type=Path, metavar="FOLDER", help="another build folder, to compare with")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="what is compared, as of bench_compare.py: all")
    parser.add_argument("--quick", action="store_true", help="small crystals and few events, to try it")
    arguments = parser.parse_args()
    return answer("performance", lambda: work(arguments))


if __name__ == "__main__":
    sys.exit(main())
