"""Runs that are stopped or killed at a chosen moment, and what a file has to keep all the same.

Every run has a scratch folder of its own, by which its processes are known, so that nothing else on the machine is ever
signalled; what it leaves behind when it is killed goes there, too, and is removed.
"""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import h5py
import launcher
import numpy as np
import yaml
from harness import NIXE, bits, environment, text

PATIENCE = int(os.environ.get("PATIENCE", 30))       # seconds after which something that should have ended hangs
WAYS = ["SIGUSR1 to mpirun", "SIGUSR1 to a rank", "SIGTERM to a rank", "SIGTERM to mpirun",
        "the time limit", "kill -9 of a rank", "kill -9 of all ranks", "kill -9 of mpirun"]

OFTEN = "-checkpoint_every 0.3 -resume"
CRYSTAL = "mc -lattice_edge 6 -shell_layers 1 -mc_record_every 10 -mc_area_every 500 -mc_snapshot_every 1000"
LADDER = ("mc -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,3 -model_kT 0.3,0.5 -mc_record_every 10 "
          "-mc_area_every 500 -mc_snapshot_every 1000 -mc_replica_exchange_every 7")
TRAJECTORY = ("kmc -lattice_edge 8 -kmc_stop_composition none -model_dmu -1 -model_kT 1 -kmc_time_spacing linear "
              "-kmc_time_count 61 -kmc_snapshots 4")
FCC = ("kmc -lattice_type fcc -lattice_shape polyhedron -lattice_faces 111:2.5,100:2.2 -exchange_faces 111:0,100:3 "
       "-exchange_bonds 5:2 -kmc_stop_composition none -model_dmu -0.5 -model_kT 1 -kmc_time_spacing linear "
       "-kmc_time_count 61 -kmc_snapshots 4")
BULK = "-lattice_type triangular -lattice_shape box -lattice_cells 12,9 -lattice_periodic 1,2 -model_kT 0.3"
CASES = {                       # 2 s on one core where nothing else runs: long enough to be stopped on two
    "kmc": "kmc -lattice_edge 12 -ensemble_size 1800 -kmc_time_count 9 -kmc_snapshots 2",
    "kmc-one": f"{TRAJECTORY} -ensemble_size 1 -kmc_time_last 2e5",
    "kmc-ising": f"{TRAJECTORY} -ensemble_size 2 -kmc_time_last 72000 -model_epsilon 0 -model_J 0.2",
    "kmc-published": f"{TRAJECTORY} -ensemble_size 2 -kmc_time_last 22000 -model_differences published",
    "mc-metropolis": f"{CRYSTAL} -ensemble_size 2 -mc_equilibration 20000 -mc_sweeps 600000",
    "mc-informed": f"{CRYSTAL} -ensemble_size 2 -mc_sampler informed -mc_record_every 20 -mc_equilibration 20000 -mc_sweeps 4e6",
    "mc-ladder": f"{LADDER} -ensemble_size 3 -mc_equilibration 5000 -mc_sweeps 140000",
    "mc-path": "mc -lattice_edge 4 -shell_layers 1 -mc_move flip -model_dmu -2,0,2 -mc_path loop -model_kT 1 -mc_record_every 100 "
               "-mc_area_every 5000 -mc_snapshot_every 10000 -ensemble_size 3 -mc_equilibration 20000 -mc_sweeps 300000",
    "mc-until": "mc -lattice_edge 5 -shell_layers 1 -mc_move both -model_dmu 0.5 -model_kT 0.8,1.2 -mc_record_every 20 "
                "-mc_area_every 500 -mc_snapshot_every 1000 -ensemble_size 3 -mc_equilibration auto -mc_sweeps 600000 "
                "-mc_until f_U:0.00017",
    "kmc-fcc": f"{FCC} -ensemble_size 2 -kmc_time_last 20000",
    "mc-bulk": f"mc {BULK} -ensemble_size 2 -mc_sampler informed -mc_record_every 10 -mc_area_every 500 -mc_snapshot_every 1000 "
               "-mc_equilibration 5000 -mc_sweeps 240000",
    "kmc-bulk": f"kmc {BULK} -ensemble_size 2 -kmc_start random -kmc_time_spacing linear -kmc_time_count 61 -kmc_snapshots 4 "
                "-kmc_time_last 100000",
    "kmc-film": "kmc -lattice_type bcc -lattice_shape box -lattice_cells 4,4,3 -lattice_periodic 1,2 -bond_diffusion 1,0 "
                "-exchange_faces 3:2 -bond_stiffness 1,0.6 -kmc_stop_composition none -model_dmu -1 -model_kT 1 -ensemble_size 2 "
                "-kmc_time_spacing linear -kmc_time_count 61 -kmc_snapshots 4 -kmc_time_last 90000",
    "kmc-hcp": "kmc -lattice_type hcp -lattice_shape rod -lattice_radius 2.1 -lattice_length 5 -exchange_faces side:0 "
               "-kmc_stop_composition none -model_dmu -1 -model_kT 1 -ensemble_size 2 -kmc_time_spacing linear "
               "-kmc_time_count 61 -kmc_snapshots 4 -kmc_time_last 60000",
    "kmc-lazy": "kmc -lattice_type fcc -lattice_shape sphere -lattice_radius 4.2 -lattice_center 0.1,0.2,0.3 -kmc_algorithm lazy "
                "-kmc_stop_composition none -model_dmu -1 -model_kT 1.5 -ensemble_size 2 -kmc_time_spacing linear "
                "-kmc_time_count 61 -kmc_snapshots 4 -kmc_time_last 3000",
    "kmc-schedule": f"{TRAJECTORY} -ensemble_size 2 -kmc_time_last 80000 -kmc_schedule "
                    + ",".join(f"{2000 * k}:dmu={(-1) ** k}:kT={1 + 0.2 * (k % 3)}" for k in range(1, 40)),
    "kmc-lazy-schedule": "kmc -lattice_type fcc -lattice_shape sphere -lattice_radius 4.2 -lattice_center 0.1,0.2,0.3 "
                         "-kmc_algorithm lazy -model_dmu -1 -model_kT 1.5 -ensemble_size 2 -kmc_time_spacing linear "
                         "-kmc_time_count 61 -kmc_snapshots 4 -kmc_time_last 2400 -kmc_schedule "
                         + ",".join(f"{300 * k}:dmu={(-1) ** k}:kT={1.5 + 0.5 * (k % 2)}" for k in range(1, 8)),
}
LONG_TABLE = "potential -lattice_type sc -lattice_shape sphere -lattice_radius 11 -lattice_center 0.21,0.33,0.12"    # 10 s on one core


def of_scratch(scratch):
    """{process: name} of all that live and have the folder for temporary files that a run gave them, whoever started them."""
    found, mark = {}, f"TMPDIR={scratch}".encode()
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:        # those that have ended, and wait for their parents, have no environment
                if mark in Path(entry.path, "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = Path(entry.path, "comm").read_text().strip()
            except OSError:
                pass    # it has ended meanwhile, or is somebody else's
    return found


def memory(pid):
    """(kB that are this process's alone, kB that it alone has touched of what it maps together with others, {file: kB of that})."""
    alone, touched, shared, file = 0, 0, {}, None
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        words = line.split()
        if re.match("[0-9a-f]+-[0-9a-f]+ ", line):
            file = (words[3], words[4]) if words[1].endswith("s") else None
        elif words[0] in ("Private_Clean:", "Private_Dirty:"):
            alone += 0 if file else int(words[1])
            touched += int(words[1]) if file else 0
        elif words[0] == "Size:" and file:
            shared[file] = shared.get(file, 0) + int(words[1])
    return alone, touched, shared


def signal_to(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def wait_for(condition, seconds=PATIENCE, what="nothing happened"):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{what}: waited for {seconds} s"
        time.sleep(0.005)


class Run:
    """nixe under mpirun, in a session of its own. Use it in a with statement: it leaves nothing behind.

    alone: one rank without mpirun, which starts and ends faster. grace: the seconds that mpirun gives the ranks
    between SIGTERM and SIGKILL when it ends; its default is 1. patience: the seconds after which it hangs.
    surroundings: what surroundings.c, built as `library`, is told.
    """
    leftovers = 0               # files and folders that all runs have left in their scratch folders

    def __init__(self, command, path, ranks=2, alone=False, grace=1, library=None, patience=PATIENCE, **surroundings):
        self.path, self.patience, self.passed_on = Path(path), patience, False
        base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.scratch = tempfile.mkdtemp(prefix="nixe-", dir=base)
        flags = launcher.scratch(self.scratch) + launcher.grace(grace)
        if library:
            flags += launcher.told(dict(surroundings, LD_PRELOAD=library))
        self.log = open(Path(self.scratch, "log"), "w+")
        self.process = subprocess.Popen(
            [*([] if alone else [*launcher.MPIRUN, *flags, "-n", str(ranks)]), NIXE, *command.split(), "-quiet",
             "-output_file", str(path)],
            env=environment(dict(TMPDIR=self.scratch)), start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=subprocess.STDOUT)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        signal_to(of_scratch(self.scratch), signal.SIGKILL)
        self.process.wait()
        wait_for(lambda: not of_scratch(self.scratch))
        self.log.close()
        Run.leftovers += sum(1 for entry in os.scandir(self.scratch) if entry.name != "log")
        shutil.rmtree(self.scratch, ignore_errors=True)

    def ranks(self):
        return sorted(pid for pid, name in of_scratch(self.scratch).items() if name == Path(NIXE).name)

    def ended(self):
        return self.process.poll() is not None

    def owner(self):
        """The process of this run that owns the file, or 0."""
        try:
            words = Path(f"{self.path}.lock").read_text()
        except OSError:
            return 0
        match = re.search(r"process (\d+)", words)
        return int(match[1]) if match and int(match[1]) in self.ranks() else 0

    def wait_until_owner(self):
        wait_for(lambda: self.owner() or self.ended())

    def interrupt(self, way, which=0):
        """Do what `way` says; `which` chooses the rank."""
        ranks = self.ranks()
        number = (signal.SIGKILL if way.startswith("kill") else
                  signal.SIGUSR1 if way.startswith("SIGUSR1") else signal.SIGTERM)
        if way.endswith("mpirun"):
            self.passed_on = number != signal.SIGKILL
            signal_to([] if self.ended() else [self.pid], number)
        elif way.endswith("all ranks"):
            signal_to(ranks, number)
        elif ranks and way.endswith("rank"):
            signal_to([ranks[which % len(ranks)]], number)

    def finish(self):
        """Wait for the end of mpirun and of all ranks; the exit status."""
        status = self.process.wait(timeout=self.patience)
        wait_for(lambda: not self.ranks(), self.patience, what="ranks outlive mpirun")
        return launcher.status_of_stopped(status, self.output()) if self.passed_on else status

    def output(self):
        self.log.flush()
        return Path(self.log.name).read_text().replace("\0", "")     # prterun ends its own words with one


def run_to_end(command, path, ranks=1):
    """(exit status, output) of a run that nobody disturbs."""
    with Run(command, path, ranks, grace=0) as run:
        status = run.finish()
        return status, run.output()


def build_preloaded(folder, name):
    library = Path(folder, f"{name}.so")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", library,
                    Path(__file__).parent / f"{name}.c"], check=True)
    return library


def build_surroundings(folder):
    """The library that makes the surroundings of a run worse: see surroundings.c."""
    return build_preloaded(folder, "surroundings")


def build_failing_calls(folder):
    """The library by which single system calls of a run fail: see failing_calls.c."""
    return build_preloaded(folder, "failing_calls")


def refused_states(output):
    """The lines by which nixe refuses a saved state. There is none where nobody has changed what it saved."""
    return [line for line in output.splitlines() if "is not used" in line]


def sentences(output):
    """The lines that nixe itself writes when it fails."""
    return [line for line in output.splitlines() if line.startswith("nixe: ")]


def flagged(path):
    """{dataset: {row: bytes}} of all that the flags of a file promise; of mc, the records up to the sweeps done."""
    kept = {}
    with h5py.File(path, "r") as file:
        if "/kmc/done" in file:
            rows = np.flatnonzero(file["/kmc/done"][()] == 1)
            for name in ("composition", "energy", "area_mean", "area_rms", "f", "events", "snapshot/sigma",
                         "completion_time", "checksums"):
                data = file[f"/kmc/{name}"][()]
                kept[name] = {int(row): data[row].tobytes() for row in rows}
            return kept
        before = yaml.safe_load(text(file.attrs["input"]))["mc"]["equilibration"]
        before = 0 if before == "auto" else int(before)
        done = file["/mc/sweeps_done"][()]
        axes = dict(f="sweep", energy="sweep", area_mean="area_sweep", area_rms="area_sweep",
                    **{"snapshot/sigma": "snapshot_sweep"})
        if "/mc/composition" in file:
            axes["composition"] = "sweep"
        for name, axis in axes.items():
            data, when = file[f"/mc/{name}"][()], file[axis][()] + before
            kept[name] = {row: data[row][:np.searchsorted(when, done[row], "right")].tobytes()
                          for row in np.ndindex(done.shape)}
        if "/mc/replica_exchange" in file:
            data, when = file["/mc/replica_exchange/walker"][()], file["/exchange_sweep"][()]
            kept["walker"] = {p: data[:np.searchsorted(when, done[:, p].min(), "left"), :, p].tobytes()
                              for p in range(done.shape[1])}         # all may be there, and the exchange still to come
    return kept


def count_rows(kept):
    """Rows of which anything is flagged."""
    return len({row for rows in kept.values() for row, content in rows.items() if content})


def lost(before, after):
    """What was flagged before and is not, or differs, now."""
    return [(name, row) for name, rows in before.items() for row, content in rows.items()
            if not after.get(name, {}).get(row, b"").startswith(content)]


def contents(path):
    """Every dataset, and the attributes that a run decides."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = bits(item[()])

    with h5py.File(path, "r") as file:
        file.visititems(visit)
        found.update({name: text(file.attrs[name]) for name in ("program", "command", "input")})
        found["complete"] = int(file.attrs["complete"])
    return found


def differences(one, other):
    """Names of what two files do not have in common, bit for bit."""
    one, other = contents(one), contents(other)
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
