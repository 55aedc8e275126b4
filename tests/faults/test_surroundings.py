"""Memory that runs out on one rank alone, tables that do not all fit, a disk that is nearly full, folders that are only read."""
import os
import random
import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

import h5py
import numpy as np
import pytest
from faults import Run, build_surroundings, differences, run_to_end, sentences, wait_for
from harness import NIXE, environment, make, run

SMALL = "-lattice_edge 4 -shell_layers 1 -shell_stiffness 1,3 -mc_equilibration 20 -mc_sweeps 100 -mc_area_every 50"
CASES = {                       # command, the rank whose memory runs out
    "kmc, first rank": ("kmc -lattice_edge 5 -ensemble_size 6 -output_potential", 0),
    "kmc, last rank": ("kmc -lattice_edge 5 -ensemble_size 6", 1),
    "mc, last rank": (f"mc {SMALL} -mc_snapshot_every 50 -ensemble_size 3 -mc_sampler informed", 1),
    "ladders, first rank": (f"mc {SMALL} -mc_snapshot_every 50 -ensemble_size 2 -mc_replica_exchange_every 10", 0),
    "potential, last rank": ("potential -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,2", 1),
    "spectrum, first rank": ("spectrum -lattice_edge 4", 0),
}


@pytest.fixture(scope="module")
def library(folder):
    return build_surroundings(folder)


@pytest.mark.parametrize("case", CASES)
def test_memory_of_one_rank(case, library, tmp_path):
    """Whichever of its allocations fails, the run ends at once, with status 1 and one sentence, and can be repeated."""
    command, rank = CASES[case]
    resume = "-resume" if command.startswith(("kmc", "mc")) else "-output_overwrite"
    whole, count = tmp_path / "whole.h5", tmp_path / "count"
    with Run(command, whole, 2, library=library, FAIL_RANK=rank, FAIL_AT=0, FAIL_COUNT=count) as going:
        assert going.finish() == 0, going.output()
    draw = random.Random(case)
    few = int(count.read_text()) - 2    # at the very end nothing may be left to tell
    moments = sorted(draw.sample(range(1, few // 2), 2) + draw.sample(range(few // 2, few), 3))

    def fail(moment):
        path, count = tmp_path / f"{moment}.h5", tmp_path / f"{moment}.count"
        with Run(f"{command} {resume}", path, 2, library=library, FAIL_RANK=rank, FAIL_AT=moment, FAIL_COUNT=count) as going:
            status = going.finish()
            reached = status != 0 or int(count.read_text()) >= moment   # ranks share the work as it comes
            return moment, path, status, going.output(), reached

    with ThreadPoolExecutor(5) as pool:
        ends = [end for end in pool.map(fail, moments) if end[-1]]
    assert len(ends) >= 2           # the first half is reached always: it is set-up
    for moment, path, status, output, _ in ends:
        said = sentences(output)
        assert status == 1 and len(said) == 1 and "out of memory" in said[0], (moment, status, output)
    status, output = run_to_end(f"{command} {resume}", ends[-1][1], 2)
    assert status == 0, output
    assert differences(ends[-1][1], whole) == []


def test_batches_of_tables(library, tmp_path):
    """Tables of some stiffnesses at a time give the same file; a resumed run builds only those that it still needs."""
    path, whole = tmp_path / "k.h5", tmp_path / "whole.h5"
    command = "mc -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,2,3,4,5 -mc_equilibration 20 -mc_sweeps 100 " \
              "-mc_area_every 50 -mc_snapshot_every 50 -ensemble_size 2"
    make(whole, command)

    def go_on():
        with Run(f"{command} -resume", path, 2, library=library, SHARED_BYTES=160e3) as going:
            assert going.finish() == 0, going.output()
            said = going.output()
        batch = int(re.search(r"tables of (\d+) of 5 stiffnesses at a time", said)[1])
        assert 1 <= batch <= 4, said
        return batch, re.findall(r"^resumed +(\d+) of (\d+) \w+ are left", said, re.M)

    batch, resumed = go_on()
    assert differences(path, whole) == [] and resumed == []
    with h5py.File(path, "r+") as file:     # as if it had been killed before the first replica of the last state was done
        file["/mc/sweeps_done"][4, 0] = 0
        file["/mc/f"][4, 0] = np.nan
        file.attrs.modify("complete", np.uint8(0))
    path.with_name("k.h5.checkpoint").unlink()
    tasks = 2 * (5 - (4 // batch) * batch)
    assert go_on()[1] == [("1", str(tasks))]
    assert differences(path, whole) == []
    with h5py.File(path, "r+") as file:     # all but the last word
        file.attrs.modify("complete", np.uint8(0))
    assert go_on()[1] == []
    assert differences(path, whole) == []


def test_nearly_full_disk(library, tmp_path):
    """A file that is there needs no room to go on; an extension needs room for both files."""
    path = tmp_path / "k.h5"
    command = "kmc -lattice_edge 5 -ensemble_size"
    make(path, f"{command} 100")
    with h5py.File(path, "r+") as file:
        file["/kmc/done"][50:] = 0
        file.attrs.modify("complete", np.uint8(0))
    room = dict(library=library, DISK_BYTES=path.stat().st_size * 1.1)
    with Run(f"{command} 100 -resume", path, 2, **room) as going:
        assert going.finish() == 0, going.output()
    with Run(f"{command} 130 -resume", path, 2, **room) as going:
        assert going.finish() == 2 and "the disk has" in going.output(), going.output()
    with Run(f"{command} 130 -resume", path, 2, library=library, DISK_BYTES=1e9) as going:
        assert going.finish() == 0, going.output()


@pytest.fixture
def plain_user():
    """A folder of a user whom permissions hold, and how that user runs nixe there: as root, somebody else."""
    top = tempfile.mkdtemp(prefix="nixe-")
    place, scratch = os.path.join(top, "run"), os.path.join(top, "tmp")
    other = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] if os.geteuid() == 0 else []
    program = shutil.copy(NIXE, os.path.join(top, "nixe"))
    for entry in (place, scratch):
        os.mkdir(entry)
    for entry in (top, place, scratch, program):
        os.chmod(entry, 0o755)
        if other:
            os.chown(entry, 65534, 65534)

    def go(words):
        return subprocess.run([*other, program, *words.split()], cwd=place, capture_output=True, text=True, timeout=60,
                              env=environment(dict(TMPDIR=scratch, HOME=scratch)))

    yield place, go
    os.chmod(place, 0o755)
    shutil.rmtree(top)


def test_only_read(plain_user):
    """A complete file is complete where nothing can be written; an unfinished one is refused with the reason."""
    place, go = plain_user
    path, command = os.path.join(place, "k.h5"), "kmc -lattice_edge 4 -ensemble_size 2 -quiet -resume -output_file k.h5"
    assert go(command).returncode == 0
    os.chmod(path, 0o444)
    os.chmod(place, 0o555)
    done = go(command)
    assert done.returncode == 0 and "complete" in done.stdout, done.stderr
    with h5py.File(path, "r") as file:
        created = file.attrs["created"]
    os.chmod(place, 0o755)
    os.chmod(path, 0o644)
    with h5py.File(path, "r+") as file:
        file.attrs.modify("complete", np.uint8(0))
    os.chmod(path, 0o444)
    refused = go(command)
    assert refused.returncode == 2 and refused.stderr == "nixe: -resume: k.h5: Permission denied\n"
    os.chmod(path, 0o644)
    os.chmod(place, 0o555)
    refused = go(command)
    assert refused.returncode == 2 and "k.h5.lock: Permission denied" in refused.stderr
    assert go("status k.h5").returncode == 3
    with h5py.File(path, "r") as file:
        assert file.attrs["created"] == created


def test_names(tmp_path):
    """A name that leaves no room for those of the checkpoints, and a symbolic link, are refused before any work."""
    short = "kmc -lattice_edge 4 -ensemble_size 1 -quiet -output_file"
    longest = os.pathconf(tmp_path, "PC_NAME_MAX") - len(".checkpoint.old")
    for length, status in ((longest, 0), (longest + 1, 2)):
        result = run(f"{short} {tmp_path / ('x' * length)}")
        assert result.returncode == status and ("too long" in result.stderr) == (status == 2), result.stderr
    (tmp_path / "link.h5").symlink_to("k.h5")
    result = run(f"{short} {tmp_path / 'link.h5'} -resume")
    assert result.returncode == 2 and "symbolic link" in result.stderr
    deep = tmp_path.joinpath(*["d" * 200] * 12)
    result = run(f"{short} {deep / 'k.h5'}")
    assert result.returncode == 2 and result.stderr.endswith(f"there is no folder {deep}\n"), result.stderr


def test_status_for_another_user(plain_user):
    """Who may read the file sees that it is running."""
    place, go = plain_user
    with Run("kmc -lattice_edge 12 -ensemble_size 30000 -kmc_time_count 4 -kmc_snapshots 2", os.path.join(place, "k.h5"), grace=0) as going:
        wait_for(lambda: os.path.exists(going.path))
        said = go("status k.h5")
        assert said.returncode == 3 and f"process {going.owner()}" in said.stdout, said.stdout + said.stderr
