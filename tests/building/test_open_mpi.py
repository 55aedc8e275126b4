"""What nixe asks of Open MPI before it starts it, on installations that lack something."""
import shutil
import subprocess
from pathlib import Path

import pytest

from harness import assert_same_bits, make, run


def components():
    """The folder with Open MPI's components, where it has them in files of their own."""
    if not shutil.which("ompi_info"):
        pytest.skip("this MPI is not Open MPI")
    answer = subprocess.run(["ompi_info", "--parsable", "--path", "pkglibdir"], capture_output=True, text=True).stdout
    folder = Path(answer.strip().rpartition(":")[2])
    if not list(folder.glob("mca_io_romio*.so")):
        pytest.skip("ROMIO cannot be taken out of this Open MPI")
    return folder


def test_without_romio(tmp_path, undisturbed):
    """Open MPI's own MPI-IO does where ROMIO has not been built."""
    command = "kmc -lattice_edge 4 -ensemble_size 4"
    (tmp_path / "components").mkdir()
    for path in components().glob("*.so"):
        if not path.name.startswith("mca_io_romio"):
            (tmp_path / "components" / path.name).symlink_to(path)
    path = make(tmp_path / "k.h5", command, ranks=2, env={"OMPI_MCA_mca_base_component_path": str(tmp_path / "components")})
    assert_same_bits(path, undisturbed(command))


def test_romio_is_preferred(tmp_path):
    components()
    said = run(["kmc", "-lattice_edge", "4", "-ensemble_size", "4", "-output_file", tmp_path / "k.h5"], ranks=2,
               env={"OMPI_MCA_io_base_verbose": "100"}).stderr
    chosen = {line.split()[-1] for line in said.splitlines() if "Selected io module" in line}
    assert len(chosen) == 1 and chosen.pop().startswith("romio"), said


@pytest.mark.parametrize("word", ["io", "osc"])
def test_the_users_word_counts(tmp_path, word):
    """A component that does not exist, asked for by the user, is not replaced by one that does."""
    components()
    result = run(["kmc", "-lattice_edge", "4", "-ensemble_size", "4", "-output_file", tmp_path / "k.h5"], ranks=2,
                 env={f"OMPI_MCA_{word}": "nosuch"})
    assert result.returncode != 0
