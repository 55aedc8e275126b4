"""What one collective write selects of a dataset: never pieces that touch, over which the ROMIO of MPICH 4.1 and later ends."""
import pytest
from faults import Run, build_surroundings
from harness import assert_same_bits

LADDER = ("mc -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,2,3 -model_kT 0.3,0.5 -mc_equilibration 20 -mc_sweeps 120 "
          "-mc_record_every 2 -mc_area_every 20 -mc_snapshot_every 40")
CASES = {
    "one ladder": f"{LADDER} -mc_replica_exchange_every 5 -ensemble_size 1",
    "three ladders": f"{LADDER} -mc_replica_exchange_every 5 -ensemble_size 3",
    "replicas": f"{LADDER} -ensemble_size 3",
    "informed": f"{LADDER} -mc_sampler informed -ensemble_size 1",
    "trajectories": "kmc -lattice_edge 4 -ensemble_size 9",
}


@pytest.fixture(scope="module")
def library(folder):
    return build_surroundings(folder)


@pytest.mark.parametrize("ranks", [1, 3])
@pytest.mark.parametrize("case", CASES)
def test_no_pieces_touch(case, ranks, library, undisturbed, tmp_path):
    path = tmp_path / "f.h5"
    with Run(CASES[case], path, ranks, library=library, NO_TOUCHING=1) as going:
        assert going.finish() == 0, going.output()
    assert_same_bits(path, undisturbed(CASES[case]))
