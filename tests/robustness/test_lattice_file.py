"""Crystals that a file lists: what is refused before any work, and runs that go on when the file is gone or changed."""
import shutil

import h5py
import numpy as np
import pytest
from harness import assert_same_bits, datasets, make, run, text
from test_refusals import refused

SPHERE = "-lattice_type hcp -lattice_shape sphere -lattice_radius 2.2"
LISTED = "-lattice_type hcp -lattice_shape file -lattice_file x.xyz"
KMC = (f"kmc {LISTED} -model_kT 0.8 -model_dmu -20 -kmc_time_first 1e-12 -kmc_time_count 9 -kmc_snapshots 3 "
       "-kmc_start lattice")
MC = (f"mc {LISTED} -model_kT 0.8,1 -mc_start lattice -mc_equilibration 20 -mc_sweeps 400 -mc_snapshot_every 100 "
      "-mc_area_every 100")

REFUSED = [                     # arguments, what the sentence has to match
    ("kmc -lattice_type hcp -lattice_shape file", "-lattice_shape file.*needs -lattice_file"),
    ("kmc -lattice_shape file -lattice_file x.xyz", "needs -lattice_type"),
    ("kmc -lattice_file x.xyz", "-lattice_file.*hexagon"),
    (f"kmc {LISTED} -lattice_radius 3", "-lattice_radius.*file"),
    (f"kmc {LISTED} -lattice_file y.xyz", "y.xyz"),
    (f"kmc {LISTED} -lattice_file .", "-lattice_file"),
    (f"kmc {LISTED} -lattice_type fcc", r"x.xyz: line \d+: the position.*fcc"),
    (f"mc {LISTED} -shell_layers 1", "-shell_layers 1.*column layer"),
    (f"kmc {LISTED} -lattice_file shell.xyz", "shell.xyz.*shell"),
    (f"kmc {LISTED} -lattice_file plain.xyz -kmc_start lattice", "-kmc_start lattice.*plain.xyz.*no column start"),
    (f"mc {LISTED} -lattice_file plain.xyz -mc_start lattice", "-mc_start lattice.*plain.xyz.*no column start"),
    (f"mc {LISTED} -mc_start lattice -mc_composition 0.3", "-mc_composition.*changes nothing"),
    (f"mc {LISTED} -lattice_file all.xyz -mc_start lattice", "-mc_start lattice.*one kind"),
    ("kmc -kmc_start lattice", "-kmc_start lattice.*-lattice_shape file"),
    ("mc -mc_start lattice", "-mc_start lattice.*-lattice_shape file"),
    (f"kmc {LISTED} -lattice_file closed.xyz", "-lattice_file.*every surface site is 0"),
    (f"kmc {LISTED} -exchange_faces side:0", "no face side; it has surface"),
    (f"kmc {LISTED} -lattice_file nothing.xyz", "nothing.xyz: line 1"),
    (f"kmc {LISTED} -lattice_file blanks.xyz", "blanks.xyz: line 3"),
    (f"kmc {LISTED} -lattice_file large.xyz", "large.xyz.*larger than"),
]


def write(path, position, **columns):
    """A crystal as extended XYZ, from another origin and in another order; columns: an array each."""
    order = np.random.default_rng(5).permutation(len(position) + 1)
    kind = {"layer": "I", "start": "S"}
    position = np.vstack([position, position[0] + [7, 0, 0]])           # a site that hangs loose
    columns = {name: [*values, values[0]] for name, values in columns.items()}
    names = "".join(f":{name}:{kind.get(name, 'R')}:1" for name in columns)
    with open(path, "w") as out:
        out.write(f"{len(position)}\nProperties=species:S:1:pos:R:3{names} source=test\n")
        for i in order:
            values = [columns[name][i] for name in columns]
            out.write(" ".join(["Cd", *(f"{x + 1.7:.8f}" for x in position[i]), *map(str, values)]) + "\n")


@pytest.fixture(scope="module")
def crystal(folder):
    return datasets(make(folder / "v.h5", f"potential {SPHERE}"))


@pytest.fixture
def place(crystal, tmp_path):
    """A folder with the crystal in some files; factors, fields and ions differ from site to site."""
    position, i = crystal["/lattice/position"], np.arange(len(crystal["/lattice/position"]))
    write(tmp_path / "x.xyz", position, exchange=i % 4, field=0.1 * np.sin(i), start=np.where(i % 3, "A", "B"))
    write(tmp_path / "other.xyz", position, exchange=i % 4, field=0.1 * np.sin(i + 1), start=np.where(i % 3, "A", "B"))
    write(tmp_path / "plain.xyz", position)
    write(tmp_path / "shell.xyz", position, layer=np.where(crystal["/lattice/depth"], 0, 1))
    write(tmp_path / "all.xyz", position, start=np.ones(len(i), int))
    write(tmp_path / "closed.xyz", position, exchange=np.zeros(len(i)))
    (tmp_path / "nothing.xyz").write_text("\n" * 10**7)
    (tmp_path / "blanks.xyz").write_text("2000000\n" + "\n" * 10**7)
    with open(tmp_path / "large.xyz", "wb") as out:
        out.truncate(3 * 10**8)
    return tmp_path


def test_refused(place):
    """One sentence each, before any work."""
    for args, pattern in REFUSED:
        refused(f"{args} -output_file o.h5", pattern, place)
    refused(f"kmc {LISTED} -lattice_file plain.xyz -kmc_start lattice -output_file o.h5", "-kmc_start lattice", place, ranks=2)


def test_columns(place, crystal):
    """The file has what the columns say, in the order of its sites, on any number of ranks."""
    d = datasets(make(place / "1.h5", f"{KMC} -ensemble_size 4", cwd=place))
    i = np.arange(len(crystal["/lattice/position"]))
    for axis in range(3):
        assert np.ptp(d["/lattice/position"][:, axis] - crystal["/lattice/position"][:, axis]) < 1e-7
    assert np.array_equal(d["/lattice/exchange"], i % 4)
    assert np.array_equal(d["/lattice/field"], [float(str(x)) for x in 0.1 * np.sin(i)])
    assert np.array_equal(d["/lattice/start"], np.where(i % 3, 1, -1))
    assert np.array_equal(d["/lattice/bonds"], crystal["/lattice/bonds"])
    assert d["/kmc/composition"][0, 0] == pytest.approx(np.mean(i % 3 > 0))
    with h5py.File(place / "1.h5", "r") as file:
        assert text(file["/lattice"].attrs["shape"]) == "file" and len(text(file.attrs["crystal"])) == 16
    assert_same_bits(place / "1.h5", make(place / "3.h5", f"{KMC} -ensemble_size 4", cwd=place, ranks=3))


@pytest.mark.parametrize("command, size", [(KMC, 6), (MC, 3)], ids=["kmc", "mc"])
def test_resume_without_the_file(command, size, place):
    """An extended run ends as an undisturbed one does, whether the file is still there or not; a changed one is refused."""
    whole = make(place / "whole.h5", f"{command} -ensemble_size {size}", cwd=place)
    for name in ("kept", "gone"):
        make(place / f"{name}.h5", f"{command} -ensemble_size 2", cwd=place)
    make(place / "kept.h5", f"{command} -ensemble_size {size} -resume", cwd=place)
    listed = (place / "x.xyz").read_text()
    (place / "x.xyz").write_text((place / "other.xyz").read_text())
    refused(f"{command} -ensemble_size {size} -resume -output_file gone.h5", "-resume.*x.xyz.*another crystal", place)
    (place / "x.xyz").unlink()
    make(place / "gone.h5", f"{command.split()[0]} -ensemble_size {size} -resume", cwd=place, ranks=2)
    for name in ("kept", "gone"):
        assert_same_bits(whole, place / f"{name}.h5")
        assert run(f"status {place / name}.h5 --verify").returncode == 0
    (place / "x.xyz").write_text(listed)
    assert "nothing to do" in run(f"{command} -ensemble_size {size} -resume -output_file gone.h5", cwd=place).stdout


def test_mc_starts_from_the_column(place):
    """The core has as many A sites as the column; without a sweep it is that configuration."""
    d = datasets(make(place / "m.h5", f"{MC} -mc_equilibration 0 -mc_sweeps 1 -mc_snapshot_every 1 -mc_area_every 1 "
                      "-ensemble_size 1", cwd=place))
    start, sigma = d["/lattice/start"], d["/mc/snapshot/sigma"]
    assert np.all((sigma == 1).sum(axis=-1) == (start == 1).sum())
    assert np.all((sigma != start).mean(axis=-1) < 0.9)


DAMAGED = [                     # of the crystal in a file of nixe: an attribute or a dataset of /lattice, what it cannot be
    ("period_cells", [0, -5, 0]), ("period_cells", [2**31 - 1, 0, 0]), ("period_cells", [1, 0, 0]),
    ("center", [np.nan, 0, 0]), ("center", [1e300, 0, 0]), ("position", np.inf), ("position", 1e9), ("position", 8e5),
    ("layer", 2**31 - 1), ("exchange", np.nan), ("exchange", -1), ("field", np.inf), ("start", 5),
]


def test_resume_without_the_file_but_with_damage(place):
    """Where the list is gone, a crystal that cannot be is refused before it is built."""
    whole = make(place / "whole.h5", f"{KMC} -ensemble_size 1", cwd=place)
    (place / "x.xyz").unlink()
    for name, value in DAMAGED:
        shutil.copy(whole, place / "o.h5")
        with h5py.File(place / "o.h5", "r+") as file:
            if name in file["/lattice"]:
                file["/lattice"][name][3:4] = value
            else:
                file["/lattice"].attrs.modify(name, np.array(value))
        refused("kmc -ensemble_size 2 -resume -output_file o.h5", "o.h5.*damaged", place)
