"""What the program says at a terminal: one of a kind and several, and nothing of what is not there."""
import subprocess

import pytest
from harness import NIXE, environment

SMALL = "-ensemble_size {} -output_file words.h5"
SHORT = "-mc_equilibration 0 -mc_sweeps 4 -mc_area_every 2 -mc_snapshot_every 4"


@pytest.mark.parametrize("words, said, unsaid", [
    ("kmc -lattice_edge 3 " + SMALL.format(1), ["ensemble  1 trajectory from", "(means over 1 trajectory;"], "trajectories"),
    ("kmc -lattice_edge 3 " + SMALL.format(2), ["ensemble  2 trajectories from", "(means over 2 trajectories;"], "trajectorys"),
    ("kmc -lattice_edge 3 -kmc_schedule 1:dmu=20,2:dmu=-20 -kmc_time_last 3 " + SMALL.format(1),
     ["schedule  2 changes up to time 2 (1/k): dmu -20 to 20, kT 0.2\n"], "from 0.2"),
    ("kmc -lattice_edge 3 -kmc_schedule 1:kT=0.3 -kmc_time_last 3 " + SMALL.format(1),
     ["schedule  1 change up to time 1 (1/k): dmu -20, kT 0.2 to 0.3\n"], "from -20"),
    (f"mc -lattice_edge 3 -shell_layers 1 {SHORT} " + SMALL.format(2), ["states    one, 2 replicas from index 0"], "of each"),
    (f"mc -lattice_edge 3 -shell_layers 1 -model_kT 1,2 {SHORT} " + SMALL.format(2), ["2 temperatures, 2 replicas of each from"], "one,"),
    ("spectrum -lattice_type sc -lattice_shape box -lattice_cells 4,4,4 -lattice_periodic 1,2,3 -output_file words.h5",
     ["V: 1 zero mode, 1 expected; the lowest eigenvalues above it,", "D: 3 zero modes, 3 expected; the lowest eigenvalues above them"],
     "1 zero modes"),
    ("potential -lattice_edge 3 -output_file words.h5", ["\nV built in "], "K_shell"),
    ("potential -lattice_edge 3 -shell_layers 1 -output_file words.h5", ["\nK_shell / K = 1: V built in "], "nothing"),
])
def test_one_and_several(tmp_path, words, said, unsaid):
    done = subprocess.run([NIXE, *words.split()], cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(each in done.stdout for each in said) and unsaid not in done.stdout, done.stdout


def test_no_such_command():
    said = subprocess.run([NIXE, "kmz"], env=environment(), capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (
        2, "nixe: there is no command kmz; the commands are kmc, mc, potential, spectrum, status and help\n")
