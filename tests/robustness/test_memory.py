"""The memory of large crystals: tables of the lazy algorithm exist once a node, and what a rank has for itself is what is told."""
import re
import subprocess
import time
from pathlib import Path

import pytest
from faults import Run, memory, wait_for
from harness import NIXE, environment, run
from launcher import MPIRUN, PLAIN_NETWORK

MB = 1e6
SPHERE = ("kmc -lattice_type sc -lattice_shape sphere -lattice_radius 8 -lattice_center 0.1,0.2,0.3 -model_J 0 -model_kT 1.5 "
          "-model_dmu 0 -kmc_start random -kmc_stop_composition none -kmc_time_last 1e5 -kmc_algorithm lazy -ensemble_size 2 "
          "-kmc_time_count 9")
LIBRARIES = 24 * MB             # of MPI, PETSc and HDF5: 15 MB with Open MPI 4.1
UNITS = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}


def told(command, tmp_path):
    """(bytes of the tables of a node, bytes of a rank, bytes of a rank while V is built) as the header says."""
    out = run(f"{command} -dry_run -output_file {tmp_path}/k.h5").stdout
    tables = re.search(r"^memory    tables (\S+) (\S+) a node, (\S+) (\S+) a rank$", out, re.M).groups()
    building = re.search(r"^memory    while V is built (\S+) (\S+) a rank$", out, re.M)
    node, rank = (float(tables[k]) * UNITS[tables[k + 1]] for k in (0, 2))
    return node, rank, float(building[1]) * UNITS[building[2]] if building else rank


@pytest.mark.parametrize("ranks,flags", [(2, ()), (3, ()), (2, PLAIN_NETWORK)], ids=["2", "3", "without shared memory"])
@pytest.mark.parametrize("subject", ["base/test_commons", "sampling/test_lazy_tables"])
def test_tables_that_ranks_make_together(subject, ranks, flags):
    """They are those of one rank, of which a node has one copy."""
    program = Path(NIXE).parent / "tests" / subject
    if not program.exists():
        pytest.skip("the unit tests have not been built")
    done = subprocess.run([*MPIRUN, *flags, "-n", str(ranks), program], env=environment(), capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_rank_of_a_large_crystal_is_small(tmp_path):
    """128 ranks fit into a node: less than 64 MB each, the libraries included, of 8,000 sites."""
    cube = "kmc -lattice_shape cube -lattice_edge 20 -model_J 0 -model_kT 1.5 -model_dmu -200 -ensemble_size 1 -kmc_algorithm"
    of = {algorithm: told(f"{cube} {algorithm}", tmp_path) for algorithm in ("eager", "lazy")}
    for node, rank, building in of.values():
        assert max(rank, building) + LIBRARIES < 64 * MB
    assert of["lazy"][0] >= of["eager"][0] and of["lazy"][1] < 1.1 * of["eager"][1]


def test_what_a_rank_has_is_what_is_told(tmp_path):
    """Without symmetry the lazy algorithm has 30 MB of tables for 2,145 sites; no rank has them for itself."""
    path = tmp_path / "k.h5"
    _, rank, _ = told(SPHERE, tmp_path)
    with Run(f"{SPHERE} -checkpoint_every 0.3", path, patience=120) as going:
        def sampling():
            time.sleep(0.1)     # to look takes time that the ranks need
            return going.ended() or Path(f"{path}.checkpoint").exists()
        wait_for(sampling, 120)
        assert not going.ended(), going.output()
        ranks = [memory(pid)[0] * 1024 for pid in going.ranks()]
        going.interrupt("SIGUSR1 to mpirun")
        assert going.finish() == 3, going.output()
    assert len(ranks) == 2 and max(ranks) < rank + LIBRARIES < 44 * MB
