"""Ladders that are shared by teams of ranks: the same results on any number, whatever stops them."""
import random
import re
import struct
import time

import h5py
import pytest
from damage import read_checkpoint, write_checkpoint
from faults import OFTEN, Run, differences, flagged, refused_states, run_to_end, wait_for
from harness import assert_same_bits, make, run

LADDER = ("mc -lattice_edge 4 -shell_layers 1 -mc_move both -model_dmu -1,0,1 -model_kT 0.8,1.2 -mc_record_every 10 "
          "-mc_area_every 500 -mc_snapshot_every 1000 -mc_replica_exchange_every 7 -ensemble_size 2")
SAMPLERS = ["metropolis", "informed"]


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_any_number_of_ranks(sampler, tmp_path):
    """Six states, two ladders: 1 and 2 ranks share none, 3 share each, 4 are teams of two, 7 have one rank too many."""
    command = f"{LADDER} -mc_sampler {sampler} -mc_equilibration 100 -mc_sweeps 2000"
    one = make(tmp_path / "1.h5", command)
    for ranks in (2, 3, 4, 7):
        assert_same_bits(make(tmp_path / f"{ranks}.h5", command, ranks=ranks), one)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_stopped_and_killed(sampler, tmp_path):
    """Stopped politely and killed, at drawn moments, and continued by other numbers of ranks: nothing is lost or different."""
    command = f"{LADDER} -mc_sampler {sampler} -mc_equilibration 1000 -mc_sweeps {400000 if sampler == 'metropolis' else 160000}"
    reference = make(tmp_path / "reference.h5", command, ranks=2)
    path, draw, early = tmp_path / "k.h5", random.Random(f"teams {sampler}"), 0
    for way, ranks in (("SIGTERM to a rank", 4), ("kill -9 of a rank", 3), ("SIGUSR1 to mpirun", 5), ("kill -9 of all ranks", 4)):
        with Run(f"{command} {OFTEN}", path, ranks, False, 0) as going:
            going.wait_until_owner()
            time.sleep(draw.uniform(0.2, 0.8))
            going.interrupt(way, draw.randrange(ranks))
            status = going.finish()
            assert refused_states(going.output()) == []
        early += status != 0
        assert status != 2 and (way.startswith("kill") or status in (0, 3)), (way, status)
    assert early > 0, "the run was too short to be interrupted"
    status, output = run_to_end(f"{command} {OFTEN}", path, 3)
    assert status == 0, output
    assert refused_states(output) == []
    assert differences(path, reference) == []


def falsify(path, change):
    """Change the saved states of the first ladder, and the hash with them."""
    name = f"{path}.checkpoint"
    with open(name, "rb") as file:
        head, states = read_checkpoint(file.read())
    change(states)
    with open(name, "wb") as file:
        file.write(write_checkpoint(head, states))


def one_is_missing(states):
    del states[next(i for i, (number, _) in enumerate(states) if number == 4)]


def walkers_differ(states):
    """Two walkers change places, in what one state says of the ladder alone: it is a ladder, but another."""
    state = next(s for s in states if s[0] == 3)
    content, at = bytearray(state[1]), 8 + 16                   # behind the sweeps, exchanges and round trips
    walkers = struct.unpack_from("<6i", content, at)
    struct.pack_into("<6i", content, at, *walkers[1::-1], *walkers[2:])
    state[1] = bytes(content)


def energy_is_wrong(states):
    state = next(s for s in states if s[0] == 2)
    content, at = bytearray(state[1]), 8 + 16 + 6 * 5 + 7 * 16 + 16
    struct.pack_into("<d", content, at, 1e6)
    state[1] = bytes(content)


@pytest.mark.parametrize("ranks", [1, 4])
def test_a_damaged_row(ranks, tmp_path):
    """A row that does not match its checksum is done again, and with it the whole ladder, which has the states of all."""
    command = f"{LADDER} -mc_equilibration 100 -mc_sweeps 240000"
    reference = make(tmp_path / "reference.h5", command, ranks=2)
    path = tmp_path / "k.h5"
    with Run(f"{command} {OFTEN}", path, 4, grace=0) as going:
        wait_for(lambda: path.exists() or going.ended())
        wait_for(lambda: going.ended() or flagged(path)["energy"][3, 0])
        going.interrupt("SIGUSR1 to mpirun")
        assert going.finish() == 3, going.output()
    with h5py.File(path, "r+") as file:
        file["/mc/energy"][3, 0, 5] += 1
    done = run(f"{command} -resume -output_file {path}", ranks=ranks)
    assert done.returncode == 0, done.stderr
    assert "1 rows of" in done.stdout and "its ladder begins again" in done.stdout, done.stdout
    assert differences(path, reference) == []


@pytest.mark.parametrize("change", [one_is_missing, walkers_differ, energy_is_wrong])
def test_states_that_do_not_fit(change, tmp_path):
    """A ladder whose saved states do not fit together begins again, on all ranks of its team, with the same results."""
    command = f"{LADDER} -mc_equilibration 100 -mc_sweeps 240000"
    reference = make(tmp_path / "reference.h5", command, ranks=2)
    path = tmp_path / "k.h5"
    with Run(f"{command} {OFTEN}", path, 4, grace=0) as going:
        wait_for(lambda: path.with_name("k.h5.checkpoint").exists() or going.ended())
        going.interrupt("SIGUSR1 to mpirun")
        assert going.finish() == 3, going.output()
    falsify(path, change)
    done = run(f"{command} -resume -output_file {path}", ranks=4)
    assert done.returncode == 0, done.stderr
    assert re.search("warning .* its ladder begins again", done.stdout), done.stdout
    assert differences(path, reference) == []
