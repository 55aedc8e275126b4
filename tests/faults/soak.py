#!/usr/bin/env python3
"""Kills nixe at random moments, many times, and counts what was lost. `make soak` calls it.

Each chain begins one run, or extends a short complete one; it is killed again and again - kill -9 of one rank, of
all, of mpirun - while it sets up, lays its file out, samples or writes a checkpoint, and goes on with -resume. After
every kill the file has to open with h5py, and everything that was flagged before has to be there, byte for byte. In
the end the chain is resumed until it exits 0, and its file is compared with that of an undisturbed run. Then a disk
that is full, a folder that vanishes, and stop requests to large runs, whose data have to be safe soon. The exit
status is 0 if nothing was lost.
"""
import argparse
import ctypes
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "helpers"))
os.environ.setdefault("PATIENCE", "120")        # a soak lives with other work beside it

from faults import Run, count_rows, differences, flagged, lost, refused_states, run_to_end, sentences, wait_for  # noqa: E402
from harness import NIXE, make  # noqa: E402
from launcher import MPIRUN  # noqa: E402

OFTEN = "-checkpoint_every 0.3 -resume"
LADDER = ("mc -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,3 -model_kT 0.3,0.5 -mc_record_every 10 "
          "-mc_area_every 500 -mc_snapshot_every 1000 -mc_replica_exchange_every 7 -mc_equilibration 5000")
FLIPS = ("mc -lattice_edge 4 -shell_layers 1 -mc_sampler informed -mc_record_every 10 -mc_area_every 500 "
         "-mc_snapshot_every 1000")
CHAINS = [                      # command, what a short run has, what the whole one has: some seconds on one core
    ("kmc -lattice_edge 12 -kmc_time_count 9 -kmc_snapshots 2 -output_potential", "-ensemble_size 200",
     "-ensemble_size 3000"),
    ("kmc -lattice_edge 8 -kmc_stop_composition none -model_dmu -1 -model_kT 1 -kmc_time_spacing linear "
     "-kmc_time_count 61 -kmc_snapshots 4 -kmc_time_last 25000", "-ensemble_size 1", "-ensemble_size 4"),
    (LADDER, "-mc_sweeps 10000 -ensemble_size 1", "-mc_sweeps 80000 -ensemble_size 3"),
    ("mc -lattice_edge 6 -shell_layers 1 -mc_sampler informed -mc_record_every 10 -mc_area_every 500 "
     "-mc_snapshot_every 1000 -mc_equilibration 10000", "-mc_sweeps 100000 -ensemble_size 2",
     "-mc_sweeps 1e6 -ensemble_size 4"),
    ("mc -lattice_shape cube -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,4 -model_kT 1.5 -mc_record_every 10 "
     "-mc_area_every 500 -mc_snapshot_every 1000 -mc_equilibration 2000", "-mc_sweeps 10000 -ensemble_size 1",
     "-mc_sweeps 60000 -ensemble_size 4"),
    ("kmc -lattice_type fcc -lattice_shape sphere -lattice_radius 3 -model_kT 0.8 -model_dmu -40 -kmc_time_count 21 "
     "-kmc_snapshots 3", "-ensemble_size 500", "-ensemble_size 6000"),
    ("mc -lattice_type triangular -lattice_shape box -lattice_cells 12,12 -lattice_periodic 1,2 -mc_sampler informed "
     "-mc_record_every 10 -mc_area_every 500 -mc_snapshot_every 1000 -mc_equilibration 10000",
     "-mc_sweeps 20000 -ensemble_size 1", "-mc_sweeps 100000 -ensemble_size 4"),
    ("kmc -lattice_type triangular -lattice_shape box -lattice_cells 12,12 -lattice_periodic 1,2 -kmc_start random "
     "-kmc_time_spacing linear -kmc_time_count 21 -kmc_snapshots 3 -kmc_time_last 20000", "-ensemble_size 1",
     "-ensemble_size 6"),
    ("kmc -lattice_type fcc -lattice_shape sphere -lattice_radius 4.2 -lattice_center 0.1,0.2,0.3 -kmc_algorithm lazy "
     "-model_kT 0.8 -model_dmu -40 -kmc_time_count 21 -kmc_snapshots 3", "-ensemble_size 100", "-ensemble_size 1200"),
    ("kmc -lattice_edge 8 -kmc_start separated -model_dmu -4 -model_kT 1 -kmc_time_first 0 -kmc_time_last 800 "
     "-kmc_time_spacing linear -kmc_time_count 41 -kmc_snapshots 3 -kmc_schedule 200:dmu=4,400:dmu=-4:kT=0.5,600:dmu=4:kT=1",
     "-ensemble_size 10", "-ensemble_size 100"),
]
CHAINS += [
    (f"{FLIPS} -model_dmu -1,0,1 -mc_move both -mc_replica_exchange_every 7 -mc_equilibration 5000",
     "-mc_sweeps 5000 -ensemble_size 1", "-mc_sweeps 60000 -ensemble_size 2"),
    (f"{FLIPS} -model_dmu -2,0,2 -mc_move flip -mc_path loop -mc_equilibration 2000 -mc_sweeps 20000", "-ensemble_size 1",
     "-ensemble_size 12"),
    (f"{FLIPS} -model_kT 0.8,1.2 -mc_until f_U:0.002 -mc_equilibration auto -ensemble_size 4", "-mc_sweeps 2000",
     "-mc_sweeps 160000"),
]
# Crystals of about 2000 sites, which have seconds of work left when they are asked to stop.
LARGE = [
    "kmc -lattice_edge 26 -ensemble_size 2000",
    "kmc -lattice_shape cube -lattice_edge 12 -model_kT 1.5 -model_dmu -200 -ensemble_size 2000",
    "kmc -lattice_shape cube -lattice_edge 13 -model_kT 1.5 -model_dmu -200 -kmc_algorithm lazy -ensemble_size 2000",
    "mc -lattice_edge 24 -shell_layers 1 -shell_stiffness 16,17 -ensemble_size 4",
    "mc -lattice_edge 24 -shell_layers 1 -shell_stiffness 15,16,17 -mc_sampler informed "
    "-mc_replica_exchange_every 5 -ensemble_size 3",
]
STOPS = {"SIGUSR1 to mpirun": 0.0, "SIGTERM to mpirun": 1.0}    # mpirun passes SIGTERM on after a second
KILLS = ["kill -9 of a rank", "kill -9 of all ranks", "kill -9 of mpirun"]


class Soak:
    def __init__(self, folder, seed):
        self.folder, self.draw, self.count = folder, random.Random(seed), Counter()
        self.faults, self.references, self.delays = [], {}, []
        self.safe_after = {way: [] for way in STOPS}

    def fault(self, words):
        self.faults.append(words)
        print(f"FAULT     {words}", flush=True)

    def reference(self, command):
        if command not in self.references:
            self.references[command] = make(self.folder / f"reference-{len(self.references)}.h5", command)
        return self.references[command]

    def wait_for_moment(self, run, moment):
        """Return when it is time to kill."""
        beside = {"layout": ".partial", "checkpoint": ".checkpoint.new"}.get(moment)
        if moment == "start":
            time.sleep(self.draw.uniform(0, 0.8))
            return
        run.wait_until_owner()
        if moment == "set-up":
            time.sleep(self.draw.uniform(0, 0.03))
        elif moment == "sampling":
            time.sleep(self.draw.uniform(0.05, 1.2))
        else:
            awaited, end = f"{run.path}{beside}", time.monotonic() + 3
            for k in range(self.draw.randint(1, 3) if moment == "checkpoint" else 1):
                time.sleep(0.2 if k else 0)
                while not os.path.exists(awaited) and time.monotonic() < end and not run.ended():
                    time.sleep(0.0002)
            time.sleep(self.draw.uniform(0, 0.003))

    def files(self):
        """Kills after which there is a file; there is none yet after some of those at the very start."""
        return self.count["kills"] - self.count["no file yet"]

    def kill(self, command, path, moment, before, good):
        """One run that is killed; what is flagged then."""
        way, ranks = self.draw.choice(KILLS), self.draw.choice([1, 2, 3])
        with Run(f"{command} {OFTEN}", path, ranks) as run:
            self.wait_for_moment(run, moment)
            ended, way = run.ended(), way if run.ranks() else KILLS[2]
            begun = time.monotonic()
            run.interrupt(way, self.draw.randrange(3))
            try:
                status = run.finish()
            except Exception as failure:
                self.fault(f"hang: {way}, {ranks} ranks, {moment}, {command}: {failure}")
                status = None
            self.delays.append(time.monotonic() - begun)
            if refused_states(run.output()):
                self.fault(f"{ranks} ranks, {command}: {refused_states(run.output())}")
            if ended and status not in (0, None):
                self.fault(f"status {status} before any kill, {ranks} ranks, {command}: {run.output()}")
        self.count["kills" if not ended else "ended before the kill"] += 1
        if not ended:
            self.count[moment] += 1
            self.count[way] += 1
        if not path.exists():
            self.count["no file yet"] += not ended
            if before:
                self.fault(f"the file has gone: {way}, {moment}, {command}")
            return before
        try:
            now = flagged(path)
        except Exception as failure:
            self.fault(f"cannot be read: {way}, {moment}, {command}: {failure}")
            return before
        verified = subprocess.run([NIXE, "status", path, "--verify"], capture_output=True, text=True)
        if verified.returncode not in (0, 3):
            self.fault(f"nixe status --verify: {way}, {moment}, {command}: {verified.stdout}{verified.stderr}")
        self.count["files verified"] += verified.returncode in (0, 3) and not ended
        gone, wrong = lost(before, now), lost(now, good)
        if gone or wrong:
            self.fault(f"{way}, {moment}, {command}: lost {gone[:3]}, wrong {wrong[:3]}")
        self.count["files opened"] += not ended
        self.count["flagged rows checked"] += count_rows(before)
        self.count["flagged rows kept"] += count_rows(before) - len({row for _, row in gone})
        return now

    def resume(self, command, path, why=""):
        """Resume until complete, and compare."""
        status = None
        for _ in range(3):
            status, output = run_to_end(f"{command} {OFTEN}", path, self.draw.choice([1, 2, 3]))
            if refused_states(output):
                self.fault(f"{command}: {refused_states(output)}")
            if status == 0:
                break
        self.count["resumed"] += 1
        if status != 0:
            return self.fault(f"cannot be resumed: {why}{command}: {output}")
        different = differences(path, self.reference(command))
        if different:
            return self.fault(f"differs after all: {why}{command}: {different}")
        left = [p.name for p in path.parent.glob(f"{path.name}*") if p.name[len(path.name):] not in
                ("", ".checkpoint", ".checkpoint.old")]
        if left:
            self.fault(f"left beside a complete file: {left}")
        self.count["resumed and identical"] += 1

    def chain(self, kills):
        """Up to `kills` kills of one run."""
        base, short, long = self.draw.choice(CHAINS)
        command, path = f"{base} {long}", self.folder / "k.h5"
        good = flagged(self.reference(command))
        extends, before = self.draw.random() < 0.5, {}
        if extends:
            make(path, f"{base} {short}")
            before = flagged(path)
        for k in range(kills):
            moments = ["start", "set-up", "layout"] if k == 0 else ["start", "set-up", "sampling", "sampling",
                                                                    "checkpoint", "checkpoint"]
            before = self.kill(command, path, self.draw.choice(moments), before, good)
        self.resume(command, path)
        for old in self.folder.glob("k.h5*"):
            old.unlink()

    def stop(self, command, way, ranks):
        """A stop request; how long until the run has given its file back, which it does when all is safe."""
        path = self.folder / "s.h5"
        with Run(f"{command} -resume", path, ranks) as run:
            wait_for(path.exists)
            time.sleep(self.draw.uniform(0.5, 2.5))
            lock, begun = path.with_name("s.h5.lock"), time.monotonic()
            run.interrupt(way)
            wait_for(lambda: not lock.exists() or run.ended(), what="the file is not given back")
            self.safe_after[way].append(time.monotonic() - begun - STOPS[way])
            run.finish()
            if lock.exists():
                self.fault(f"{way}, {command}: killed before its data were safe: {run.output()}")
        status = subprocess.run([NIXE, "status", path, "--verify"], capture_output=True, text=True)
        if status.returncode != 3:
            self.fault(f"{way}, {command}: nixe status --verify: {status.stdout}{status.stderr}")
        for old in self.folder.glob("s.h5*"):
            old.unlink()

    def interrupt_and_resume(self, command, path, ranks, disturb, repair, what):
        """Disturb a run once it has a checkpoint; a clear error, no hang; repaired, it goes on."""
        with Run(f"{command} {OFTEN}", path, ranks) as run:
            wait_for(lambda: path.with_name(f"{path.name}.checkpoint").exists() or run.ended())
            disturb()
            try:
                status = run.finish()
            except Exception as failure:
                status = None
                self.fault(f"{what}: hang: {failure}")
            said = sentences(run.output())
        self.count[what] += 1
        print(f"{what}: status {status}: {' / '.join(said)}", flush=True)
        if status in (0, None) or not said:
            self.fault(f"{what}: status {status}, said {said}")
        if len(said) > 1:
            self.fault(f"{what}: {len(said)} messages where one is enough")
        repair()
        self.resume(command, path, f"{what}: ")

    def disk_full(self, command, ranks):
        if os.geteuid() != 0:
            return print("disk full: skipped, only root can mount")
        disk = self.folder / "disk"
        disk.mkdir(exist_ok=True)
        libc = ctypes.CDLL(None, use_errno=True)
        room = self.reference(command).stat().st_size + 2**20
        if libc.mount(b"tmpfs", str(disk).encode(), b"tmpfs", 0, f"size={room}".encode()):
            return print(f"disk full: skipped, cannot mount: {os.strerror(ctypes.get_errno())}")
        try:
            def fill():
                with open(disk / "ballast", "wb", buffering=0) as file:
                    for size in (65536, 4096):
                        try:
                            while file.write(bytes(size)) == size:
                                pass
                        except OSError:
                            pass

            fill()
            status, output = run_to_end(f"{command} {OFTEN}", disk / "k.h5", ranks)
            self.count["disk full from the start"] += 1
            print(f"disk full from the start: status {status}: {' / '.join(sentences(output))}")
            if status not in (1, 2) or len(sentences(output)) != 1:
                self.fault(f"disk full from the start: status {status}: {output}")
            (disk / "ballast").unlink()
            self.interrupt_and_resume(command, disk / "k.h5", ranks, fill, (disk / "ballast").unlink, "disk full")
        finally:
            libc.umount2(str(disk).encode(), 2)

    def folder_vanishes(self, command, ranks):
        here, there = self.folder / "here", self.folder / "there"
        here.mkdir()
        self.interrupt_and_resume(command, here / "k.h5", ranks, lambda: here.rename(there),
                                  lambda: (shutil.rmtree(here, ignore_errors=True), there.rename(here)), "folder gone")
        shutil.rmtree(here)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200, help="that leave a file; others come on top")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=30, help="kill no more after this time")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))   # what it has started ends with it
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="nixe-soak-"))
    soak = Soak(folder, options.seed)
    try:
        while soak.files() < options.kills and time.monotonic() - begun < 60 * options.minutes:
            soak.chain(min(soak.draw.randint(3, 8), options.kills - soak.files()))
            print(f"{soak.files():4d} files after kills, {time.monotonic() - begun:.0f} s", flush=True)
        for base, _, long in (CHAINS[0], CHAINS[2]):
            for ranks in (1, 2, 3):
                soak.disk_full(f"{base} {long}", ranks)
                soak.folder_vanishes(f"{base} {long}", ranks)
        for command in LARGE:
            for way in STOPS:
                for ranks in (1, 2):
                    soak.stop(command, way, ranks)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    c = soak.count
    safe = [f"{'data safe':22s} {statistics.median(times):.2f} s, at most {max(times):.2f} s after {way} ({len(times)} runs)"
            for way, times in soak.safe_after.items()]
    print(f"""
seed                   {options.seed}, {' '.join(MPIRUN)}, {time.monotonic() - begun:.0f} s
kills                  {c['kills']}: {', '.join(f'{c[way]} {way}' for way in KILLS)}
moments                {', '.join(f'{c[m]} {m}' for m in ('start', 'set-up', 'layout', 'sampling', 'checkpoint'))}
files opened           {c['files opened']} of {soak.files()} (no file yet: {c['no file yet']})
checksums right        in {c['files verified']} of them (nixe status --verify)
flagged rows kept      {c['flagged rows kept']} of {c['flagged rows checked']}
resumed identical      {c['resumed and identical']} of {c['resumed']}
disk full              {c['disk full from the start']} from the start, {c['disk full']} while running
folder gone            {c['folder gone']}
{chr(10).join(safe)}
end after a kill       {statistics.median(soak.delays):.2f} s, at most {max(soak.delays):.2f} s
leftovers removed      {Run.leftovers} files and folders of killed runs
faults                 {len(soak.faults)}""")
    return 1 if soak.faults or soak.files() < options.kills else 0


if __name__ == "__main__":
    sys.exit(main())
