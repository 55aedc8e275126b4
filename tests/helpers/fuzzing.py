"""What fuzz_files.py stands on: the files that are damaged, the runs that are given them, and what counts as a fault.

A way in is a name: "status", "-resume" and so on. Each case of it follows from the seed and its number, whatever others do.
"""
import functools
import os
import random
import shutil
import subprocess
import tempfile
import threading
from collections import Counter
from pathlib import Path

import damage
import launcher
import reference
from faults import build_failing_calls, contents, sentences
from harness import NIXE, environment

RECORDS = "-mc_record_every 10 -mc_area_every 50 -mc_snapshot_every 500"
KMC = ("kmc -lattice_edge 4 -kmc_stop_composition none -model_dmu -1 -model_kT 1 -kmc_time_spacing linear -kmc_time_count 31 "
       "-kmc_snapshots 4 -ensemble_size 2 -kmc_time_last 60000")
BULK = "-lattice_type triangular -lattice_shape box -lattice_cells 6,6 -lattice_periodic 1,2 -model_kT 0.3"
OCTAHEDRON = "-lattice_type fcc -lattice_shape polyhedron -lattice_faces 111:1.7,100:1.5"
LISTED = "-lattice_type hcp -lattice_shape file -lattice_file hcp.xyz"      # of the folder of the files, in which all runs are
LONG = f"mc -lattice_edge 4 -shell_layers 1 -mc_equilibration 5000 {RECORDS} -ensemble_size 2"
BASES = {                       # what is damaged: a command, and whether it is stopped half way
    "kmc": ("kmc -lattice_edge 4 -ensemble_size 3 -kmc_time_count 5 -kmc_snapshots 2 -output_potential", False),
    "mc": (f"mc -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,3 -model_kT 0.4 -mc_equilibration 100 -mc_sweeps 1000 {RECORDS} "
           "-ensemble_size 2 -output_potential", False),
    "exchange": (f"mc -lattice_edge 4 -shell_layers 1 -model_kT 0.4,0.5,0.6 -mc_equilibration 100 -mc_sweeps 1000 {RECORDS} "
                 "-ensemble_size 2 -mc_replica_exchange_every 7", False),
    "potential": ("potential -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,3", False),
    "spectrum": ("spectrum -lattice_edge 4", False),
    "bulk": ("spectrum -lattice_type fcc -lattice_shape box -lattice_cells 3,3,3 -lattice_periodic 1,2,3", False),
    "kmc of a polyhedron": (f"kmc {OCTAHEDRON} -exchange_faces 111:0,100:3 -exchange_bonds 5:2 -model_kT 0.8 -ensemble_size 3 "
                            "-kmc_time_count 5 -kmc_snapshots 2 -output_potential", False),
    "kmc of a list": (f"kmc {LISTED} -kmc_start lattice -model_kT 0.8 -model_dmu -20 -ensemble_size 2 -kmc_time_count 5 "
                      "-kmc_snapshots 2 -output_potential", False),
    "mc of a bulk": (f"mc {BULK} -mc_sampler informed -mc_equilibration 100 -mc_sweeps 1000 {RECORDS} -ensemble_size 2 "
                     "-output_potential", False),
    "potential of a film": ("potential -lattice_type bcc -lattice_shape box -lattice_cells 3,3,2 -lattice_periodic 1,2 "
                            "-bond_stiffness 1,0.6", False),
    "kmc, stopped": (KMC, True),
    "mc, stopped": (f"{LONG} -model_kT 0.4 -mc_sweeps 100000", True),
    "bulk, stopped": (f"mc {BULK} -mc_sampler informed -mc_equilibration 5000 -mc_sweeps 100000 {RECORDS} -ensemble_size 2", True),
    "informed, stopped": (f"{LONG} -model_kT 0.4 -mc_sweeps 100000 -mc_sampler informed", True),
    "kmc in doubles, stopped": (f"{KMC} -model_differences published", True),
    "kmc with a schedule, stopped": (f"{KMC} -kmc_schedule 20000:dmu=1,40000:dmu=-1:kT=1.2", True),
    "informed in doubles, stopped": (f"{LONG} -model_kT 0.08 -mc_sweeps 1000000 -mc_sampler informed", True),
    "exchange, stopped": (f"{LONG} -model_kT 0.4,0.6 -mc_sweeps 50000 -mc_replica_exchange_every 7", True),
}
EXTENSION = BASES["kmc"][0].replace("-ensemble_size 3", "-ensemble_size 5")
READ = {                        # the states of their checkpoints, of 37 sites: 61 with the shell
    "kmc, stopped": functools.partial(damage.read_kmc, sites=37),
    "mc, stopped": functools.partial(damage.read_mc, sites=61, core=37, members=1, informed=False, pairs=0),
    "informed, stopped": functools.partial(damage.read_mc, sites=61, core=37, members=1, informed=True, pairs=0),
    "bulk, stopped": functools.partial(damage.read_mc, sites=36, core=36, members=1, informed=True, pairs=0),
    "kmc in doubles, stopped": functools.partial(damage.read_kmc, sites=37, doubles=True),
    "kmc with a schedule, stopped": functools.partial(damage.read_kmc, sites=37, schedule=True),
    "informed in doubles, stopped": functools.partial(damage.read_mc, sites=61, core=37, members=1, informed=True, pairs=0,
                                                      doubles=True),
    "exchange, stopped": functools.partial(damage.read_mc, sites=61, core=37, members=2, informed=False, pairs=1),
}
START = "kmc -lattice_edge 4 -ensemble_size 3 -kmc_time_count 3 -kmc_snapshots 2"     # from one of these files
COUNTERS = {"mc/acceptance", "mc/replica_exchange/attempted", "mc/replica_exchange/accepted", "mc/replica_exchange/round_trips"}
SENTENCE, SAME, TOLD, FAULT = OUTCOMES = ("sentence", "same", "found by --verify", "fault")
BESIDE = ("", ".checkpoint", ".checkpoint.old")


def results_of(path):
    return {name: content for name, content in contents(path).items() if name not in COUNTERS}


def is_report(text):
    """Whether a sanitizer has found something; of memory that is refused it only warns."""
    return "ERROR: AddressSanitizer" in text or "runtime error:" in text


def is_of_hdf5(report):
    """Whether it is HDF5 that a report of the address sanitizer is about, rather than what calls it."""
    frames = [line for line in report.splitlines() if line.lstrip().startswith("#")]
    ours = [i for i, line in enumerate(frames) if "nixe_" in line or " src/" in line]
    of_hdf5 = [i for i, line in enumerate(frames) if "libhdf5" in line]
    return bool(of_hdf5) and (not ours or of_hdf5[0] < ours[0])


class Fuzzing:
    """The files in `folder`, and what became of the cases; cases with faults go to the folder `kept`."""

    def __init__(self, folder, kept, seed, seconds):
        self.folder, self.kept, self.seed, self.seconds = Path(folder), Path(kept), seed, seconds
        self.count, self.lock, self.local = Counter(), threading.Lock(), threading.local()
        self.failed, self.files, self.regions, self.whole, self.said = 0, {}, {}, {}, {}
        self.library = build_failing_calls(self.folder)

    # Running.

    def scratch(self):
        """A folder of this thread alone."""
        if not hasattr(self.local, "folder"):
            self.local.folder = Path(tempfile.mkdtemp(dir=self.folder))
        return self.local.folder

    def clear(self):
        """The path of the file of a run, of which there is nothing yet."""
        for entry in self.scratch().glob("k.h5*"):
            entry.unlink()
        return self.scratch() / "k.h5"

    def lay(self, name, path, endings=BESIDE):
        """A copy of a file and of the checkpoints beside it."""
        for ending in endings:
            if Path(f"{self.files[name]}{ending}").exists():
                shutil.copy(f"{self.files[name]}{ending}", f"{path}{ending}")

    def read_reports(self, pid):
        """What the sanitizers say, of the process itself and of those that it starts: whose death by HDF5 is no fault."""
        told = ""
        for log in self.scratch().glob("report.*"):
            report = log.read_text(errors="replace")
            log.unlink()
            if is_report(report) and (log.suffix == f".{pid}" or not is_of_hdf5(report)):
                told += report
        return told

    def run(self, words, told=None, ranks=1, seconds=None):
        """A run of nixe: its fault (a crash, a report, a hang) or None, its status, and what it said."""
        started = [*launcher.MPIRUN, *launcher.told(told or {}), "-n", str(ranks)] if ranks > 1 else []
        log = f"log_path={self.scratch() / 'report'}"
        more = dict(ASAN_OPTIONS=f"detect_leaks=0:verify_asan_link_order=0:allocator_may_return_null=1:abort_on_error=1:{log}",
                    UBSAN_OPTIONS=f"print_stacktrace=1:{log}")
        if told and ranks == 1:
            more.update({name: str(value) for name, value in told.items()})
        process = subprocess.Popen([*started, NIXE, *map(str, words)], env=environment(more), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, cwd=self.folder)
        fault = None
        try:
            out, err = process.communicate(timeout=seconds or self.seconds)
        except subprocess.TimeoutExpired:
            fault = "it hangs"
            os.killpg(process.pid, 9)
            out, err = process.communicate()
        out, err = out.decode(errors="replace"), err.decode(errors="replace")
        report = self.read_reports(process.pid)
        if report or is_report(err):
            fault, err = "a report of a sanitizer", err + report
        elif not fault and process.returncode not in (0, 1, 2, 3):
            fault = f"it ends with {process.returncode}"
        elif not fault and process.returncode in (1, 2) and len(sentences(err)) != 1:
            fault = f"{len(sentences(err))} sentences"
        return fault, process.returncode, out, err

    # The files, and what undisturbed runs make of them.

    def write_crystal(self):
        """The file that the crystal of some is listed in."""
        position = reference.ball("hcp", 1.5)
        lines = [f"A {x:.9f} {y:.9f} {z:.9f} {1 + i % 2} {0.1 * (i % 5)} {'AB'[i % 3 == 0]}"
                 for i, (x, y, z) in enumerate(position)]
        columns = "Properties=species:S:1:pos:R:3:exchange:R:1:field:R:1:start:S:1"
        (self.folder / "hcp.xyz").write_text("\n".join([str(len(position)), columns, *lines, ""]))

    def prepare(self):
        self.write_crystal()
        for name, (command, stops) in BASES.items():
            path = self.files[name] = self.folder / f"{name.replace(', ', '_').replace(' ', '_')}.h5"      # of which no shell quotes anything
            words = [*command.split(), "-quiet", "-output_file", path]
            assert self.run(words, seconds=300)[1] == 0, name
            self.whole[name] = results_of(path)
            if stops:
                self.stop_half_way(name, path, words)
            self.regions[name] = damage.data_regions(path)
            for way in ((), ("--verify",)):
                self.said[name, way] = self.describe(name, path, self.run(["status", path, *way])[2])
        for name, edge in (("kmc", 4), ("mc", 5)):
            path = self.clear()
            self.run([*self.words_from(edge), "-kmc_start", self.files[name], "-output_file", path], seconds=300)
            self.whole[name, "start"] = {key: content for key, content in results_of(path).items() if key != "input"}

        path = self.clear()
        self.run([*EXTENSION.split(), "-quiet", "-output_file", path], seconds=300)
        self.whole["extension"] = results_of(path)
        (self.folder / "hcp.xyz").unlink()      # a run that goes on has the crystal in its file

    def words_from(self, edge):
        return [*START.replace("edge 4", f"edge {edge}").split(), "-quiet"]

    def stop_half_way(self, name, path, words):
        for attempt in range(60):
            limit = 0.7 * 1.08 ** (attempt % 30)      # what MPI takes to start is a part of it
            path.unlink(missing_ok=True)
            status = self.run([*words, "-checkpoint_every", "0.05", "-time_limit", limit], seconds=300)[1]
            checkpoint = Path(f"{path}.checkpoint")
            if status == 3 and checkpoint.exists() and damage.read_checkpoint(checkpoint.read_bytes())[1]:
                return
        raise AssertionError(f"{name} cannot be stopped half way")

    def describe(self, name, path, said):
        """What status says, but for what is of the moment; of a file that is stopped its flags, which are counters, may be less."""
        passed = ["file", "made by", "checkpoint", "running"] + (["finished", "left", "verified"] if BASES[name][1] else [])
        return [line.replace(str(path), "FILE") for line in said.splitlines() if not line.startswith(tuple(passed))]

    # Cases and their outcomes.

    def draw(self, way, case, kinds):
        """What a case is drawn from, and the first draw: one of `kinds`."""
        draw = random.Random(f"{self.seed}/{way}/{case}")
        return draw, draw.choice(list(kinds))

    def damage(self, name, path, draw):
        return f"{name}, {damage.damage(self.files[name], self.regions[name], path, draw)}"

    def record(self, way, case, outcome, what="", keep=()):
        with self.lock:
            self.count[way, outcome] += 1
            if outcome != FAULT:
                return
            self.failed += 1
            self.kept.mkdir(parents=True, exist_ok=True)
            for path in keep:
                if Path(path).exists():
                    shutil.copy(path, self.kept / f"{way.replace(' ', '_')}-{case}{''.join(Path(path).suffixes)}")
            print(f"fault      {way}, case {case}: {what}", flush=True)

    def judge(self, result, path, expected):
        """The outcome of a run that should end with a sentence, or with the expected file; and what is wrong."""
        fault, status, out, err = result
        if not fault and status == 3:
            fault = "it stops"
        if not fault and status == 0:
            try:
                made = results_of(path)
            except (OSError, RuntimeError, KeyError) as error:      # what h5py raises of a file that is damaged still
                made, fault = {}, f"a file that cannot be read: {error}"
            other = sorted(key for key in expected if made.get(key) != expected[key])
            fault = fault or (f"another result: {other}" if other else None)
        return FAULT if fault else SAME if status == 0 else SENTENCE, f"{fault}\n{out[-1500:]}{err[-3000:]}"

    def is_found(self, path):
        """Whether --verify tells of damage."""
        return self.run(["status", path, "--verify"])[1] in (1, 2)

    def table(self, ways):
        lines = [f"{'way in':<18}" + "".join(f"{outcome:>19}" for outcome in OUTCOMES)]
        return "\n".join(lines + [f"{way:<18}" + "".join(f"{self.count[way, outcome]:>19}" for outcome in OUTCOMES) for way in ways])
