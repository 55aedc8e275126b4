"""Nothing goes wrong in silence, and nothing hangs: files that are behind their checkpoints, limits of the system, states that
are refused in time."""
import os
import resource
import shutil
import signal
import subprocess
import time

import h5py
import numpy as np
import pytest
from faults import Run, wait_for
from harness import NIXE, assert_same_bits, datasets, environment, make, run

REPLICAS = ("mc -lattice_edge 6 -shell_layers 2 -shell_stiffness 3,6 -mc_equilibration 1000 -mc_sweeps 200000 "
            "-mc_record_every 10 -mc_area_every 100 -mc_snapshot_every 10000 -checkpoint_every 0.2")
LADDERS = f"{REPLICAS} -mc_replica_exchange_every 7"
LONG = "kmc -lattice_edge 8 -ensemble_size 100000 -kmc_time_count 4 -kmc_snapshots 2 -output_file"      # and not large


def stop(command, path, word=""):
    """Stop a run some time after its next checkpoint."""
    checkpoint = path.with_name(f"{path.name}.checkpoint")
    before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
    with Run(f"{command} {word}", path, grace=0) as going:
        wait_for(lambda: checkpoint.exists() and checkpoint.stat().st_mtime_ns > before)
        time.sleep(0.3)
        going.interrupt("SIGUSR1 to mpirun")
        assert going.finish() == 3, going.output()


@pytest.mark.parametrize("command", [REPLICAS, LADDERS], ids=["replicas", "ladders"])
def test_a_checkpoint_newer_than_its_file(command, tmp_path):
    """The file decides: what a state counts on and the file does not have is done again, with a warning."""
    path = tmp_path / "k.h5"
    stop(command, path)
    shutil.copy(path, tmp_path / "early.h5")
    stop(command, path, "-resume")
    shutil.move(tmp_path / "early.h5", path)
    resumed = run(f"{command} -quiet -output_file {path} -resume", ranks=2, timeout=300)
    assert resumed.returncode == 0 and "is newer than" in resumed.stdout and "done again" in resumed.stdout
    make(tmp_path / "whole.h5", command, ranks=2, timeout=300)
    assert_same_bits(path, tmp_path / "whole.h5")


def test_an_extension_without_a_checkpoint_is_told(tmp_path):
    """That all sweeps are done again is said; what is resumed, too."""
    command = "mc -lattice_edge 4 -mc_equilibration 20 -mc_area_every 10 -mc_snapshot_every 10"
    path = make(tmp_path / "k.h5", f"{command} -mc_sweeps 100")
    again = run(f"{command} -mc_sweeps 200 -resume -quiet -output_file {path}")
    assert " 4 go on from where they were" in again.stdout and "done again" not in again.stdout
    for ending in (".checkpoint", ".checkpoint.old"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    again = run(f"{command} -mc_sweeps 300 -resume -quiet -output_file {path}")
    assert "warning   4 replicas have no saved state" in again.stdout and " 0 go on" in again.stdout


def test_sweeps_without_an_end_are_stopped(tmp_path):
    """A sweep of the informed sampler has no bound in work: a stop is heard within it, and the state goes on within it."""
    command = "mc -lattice_edge 4 -model_epsilon 0 -model_J -1 -model_kT 0.1 -mc_sampler informed -quiet"
    begun = time.monotonic()
    assert run(f"{command} -output_file {tmp_path}/k.h5 -time_limit 2", timeout=60).returncode == 3
    assert time.monotonic() - begun < 30
    assert run(f"{command} -output_file {tmp_path}/k.h5 -resume -time_limit 2", timeout=60).returncode == 3


def test_metropolis_takes_any_temperature(tmp_path):
    """It has no weights that could leave the range of doubles: down to 1e-6 it only goes downhill."""
    path = make(tmp_path / "k.h5", "mc -lattice_edge 5 -model_kT 1e-6 -mc_equilibration 0 -mc_sweeps 200 -mc_area_every 10 "
                                   "-mc_snapshot_every 10")
    energy = datasets(path)["/mc/energy"][0]
    assert np.isfinite(energy).all() and (np.diff(energy, axis=1) < 1e-9).all() and (energy[:, -1] < energy[:, 0]).all()
    refused = run(f"mc -lattice_edge 5 -model_kT 1e-6 -mc_sampler informed -quiet -output_file {tmp_path}/i.h5")
    assert refused.returncode == 2 and "-model_kT" in refused.stderr


@pytest.mark.parametrize("kT", [1, 1e6, 1e12])
def test_energies_of_the_informed_sampler(kT, tmp_path):
    """Kept by adding differences, they are those of the configurations, whatever the temperature."""
    command = (f"mc -lattice_edge 4 -shell_layers 1 -shell_stiffness 3 -model_kT {kT} -mc_sampler informed -mc_equilibration 0 "
               "-mc_sweeps 60 -mc_area_every 10 -mc_snapshot_every 1 -output_potential")
    d = datasets(make(tmp_path / "k.h5", command))
    sigma = d["/mc/snapshot/sigma"][0].astype(float)
    exact = 0.5 * np.einsum("pmi,ij,pmj->pm", sigma, d["/potential/V"][0], sigma)
    assert d["/mc/energy"][0] == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("stiffness", ["1e6", "1e-6", "1e-8"])
def test_zero_modes_of_very_hard_and_soft_shells(stiffness, tmp_path):
    """Counted rightly, as many as theory expects; or refused where doubles cannot tell."""
    path = make(tmp_path / "k.h5", f"spectrum -lattice_edge 6 -shell_layers 2 -shell_stiffness {stiffness}")
    with h5py.File(path, "r") as file:
        for matrix in "VD":
            about = file[f"/spectrum/{matrix}"].attrs
            assert about["zero_modes"] == about["zero_modes_expected"]


def test_a_second_stiffness_is_refused_before_the_first(tmp_path):
    """Nothing is made, let alone sampled, for a list in which one state cannot be."""
    for command in ("potential", "mc -mc_sweeps 100 -mc_area_every 10 -mc_snapshot_every 10"):
        refused = run(f"{command} -lattice_edge 6 -shell_layers 2 -shell_stiffness 1,1e-13 -output_file {tmp_path}/k.h5")
        assert refused.returncode == 2 and "-shell_stiffness 1e-13" in refused.stderr
        assert not os.listdir(tmp_path)


def test_a_limit_of_file_size(tmp_path):
    """One sentence with the system's own reason, status 1, and nothing is left; no second crash in the libraries."""
    refused = subprocess.run([NIXE, *"kmc -lattice_edge 8 -ensemble_size 4000 -output_file".split(), tmp_path / "k.h5"],
                             env=environment(), capture_output=True, text=True, timeout=60,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20 << 20, 20 << 20)))
    assert refused.returncode == 1, refused
    assert refused.stderr.splitlines()[-1].endswith("File too large") and refused.stderr.count("nixe: ") == 1
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGXCPU, signal.SIGPIPE, signal.SIGTERM])
def test_signals_are_stops(number, tmp_path):
    """A checkpoint and status 3, whatever asks for the end."""
    path = tmp_path / "k.h5"
    with subprocess.Popen([NIXE, *LONG.split(), path], env=environment(),
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as going:
        for _ in range(600):
            if path.exists():
                break
            time.sleep(0.05)
        time.sleep(0.3)
        going.send_signal(number)
        sentence = going.stderr.read()
        assert going.wait(30) == 3 and "stopped early by" in sentence
    assert path.with_name("k.h5.checkpoint").exists()


def test_nobody_reads_the_output(tmp_path):
    """`nixe kmc ... | head -1` is a stop, not a silent death."""
    path = tmp_path / "k.h5"
    with subprocess.Popen([NIXE, *LONG.split(), path], env=environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as going:
        going.stdout.readline()
        going.stdout.close()
        for _ in range(600):
            if path.exists():
                break
            time.sleep(0.05)
        time.sleep(0.3)
        going.send_signal(signal.SIGUSR1)
        assert b"stopped early by" in going.stderr.read()
        assert going.wait(30) == 3


def catches(pid, number):
    """Whether a process has a handler of a signal."""
    with open(f"/proc/{pid}/status") as status:
        caught = next((line.split()[1] for line in status if line.startswith("SigCgt")), "0")
    return int(caught, 16) >> (number - 1) & 1


@pytest.mark.parametrize("delay", [None, *np.linspace(0.02, 0.5, 12)])
def test_a_signal_before_it_begins(delay, tmp_path):
    """Whenever a signal comes, the run ends with its sentence, or as the system ends it where main() was not reached; and as
    soon as there is a handler, while MPI starts, the sentence says that nothing was done."""
    with subprocess.Popen([NIXE, *LONG.split(), tmp_path / "k.h5"], env=environment(), stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as going:
        if delay:
            time.sleep(delay)
        else:
            wait_for(lambda: catches(going.pid, signal.SIGTERM))
        going.send_signal(signal.SIGTERM)
        sentence = going.stderr.read()
        assert going.wait(30) in (3, -signal.SIGTERM if delay else 3)
        assert going.returncode < 0 or "stopped early by SIGTERM" in sentence
        assert delay or "before it began" in sentence


def test_a_start_file_that_has_changed(tmp_path):
    """What makes two runs the same includes the configurations they start from: other ones under the same name are refused."""
    start, path = tmp_path / "start.h5", tmp_path / "k.h5"
    make(start, "kmc -lattice_edge 8 -ensemble_size 3 -kmc_time_last 1 -kmc_stop_composition none")
    command = f"kmc -lattice_edge 8 -kmc_start {start} -ensemble_size 100000 -kmc_time_count 4 -quiet -output_file {path}"
    assert run(f"{command} -time_limit 1").returncode == 3
    shutil.copy(start, tmp_path / "kept.h5")
    make(start, "kmc -lattice_edge 8 -ensemble_size 3 -kmc_time_last 1 -kmc_stop_composition none -ensemble_seed 9 -output_overwrite")
    refused = run(f"{command} -resume")
    assert refused.returncode == 2 and "-kmc_start" in refused.stderr and "other configurations" in refused.stderr
    shutil.copy(tmp_path / "kept.h5", start)
    assert run(f"{command} -resume -time_limit 1").returncode == 3


def test_options_of_petsc_that_change_digits(tmp_path):
    """They are recorded, from wherever they come, and a run goes on with the same ones only."""
    path = tmp_path / "k.h5"
    command = f"kmc -lattice_edge 8 -ensemble_size 100000 -kmc_time_count 4 -quiet -output_file {path}"
    other = {"PETSC_OPTIONS": "-mat_mumps_icntl_7 2 -log_view :/dev/null"}
    assert run(f"{command} -time_limit 1", env=other).returncode == 3
    with h5py.File(path, "r") as file:
        assert file.attrs["libraries"] in (b"-mat_mumps_icntl_7 2", "-mat_mumps_icntl_7 2")
    refused = run(f"{command} -resume")
    assert refused.returncode == 2 and "-mat_mumps_icntl_7 2" in refused.stderr
    assert run(f"{command} -resume -time_limit 1", env=other).returncode == 3


@pytest.mark.parametrize("name", ["ufs:b.h5", "run_12:00.h5", "nfs:x:y.h5"])
def test_names_with_colons(name, tmp_path):
    """They are names: MPI-IO does not take a part of them for a kind of file system, and writes nobody else's file."""
    command = "kmc -lattice_edge 4 -ensemble_size 3 -kmc_time_count 4 -kmc_snapshots 2 -quiet -output_file"
    other = tmp_path / "b.h5"
    assert run(f"{command} {other} -ensemble_seed 2").returncode == 0
    before = other.read_bytes()
    for ranks in (1, 2):
        done = run(f"{command} {name} -output_overwrite", ranks=ranks, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert_same_bits(tmp_path / name, make(tmp_path / "same.h5", f"{command.split(' -quiet')[0]} -output_overwrite"))
    assert other.read_bytes() == before


def test_a_limit_of_address_space(tmp_path):
    """What cannot be had is refused, instead of a library's trying for ever."""
    for megabytes in (700, 1500):
        done = subprocess.run([NIXE, *"kmc -lattice_edge 16 -ensemble_size 1 -quiet -output_overwrite -output_file".split(),
                               tmp_path / "k.h5"], env=environment(), capture_output=True, text=True, timeout=60,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20)))
        assert done.returncode == 0 or (done.returncode == 2 and "memory" in done.stderr), done
