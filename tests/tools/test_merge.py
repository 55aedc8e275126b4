"""Files of a job array joined into one: against the file of one run, in every tool; and what is refused."""
import os
import re
import shutil

import h5py
import numpy as np
import pytest
from harness import assert_same_bits, datasets, make, run, text
from tooling import tool

from nixe.file import File, NixeFileError

KMC = "kmc -lattice_edge 4 -kmc_time_count 17 -kmc_snapshots 3"
SCAN = ("mc -lattice_edge 4 -shell_layers 1 -ensemble_size 2 -mc_equilibration 10 -mc_sweeps 100 -mc_area_every 50 "
        "-mc_snapshot_every 50")


@pytest.fixture(scope="module")
def parts(folder):
    """{name: path}: an ensemble in three parts and in one, a scan in two files, each with its seed."""
    found = {"all": make(folder / "all.h5", f"{KMC} -ensemble_first 5 -ensemble_size 7")}
    for name, first, size in (("a", 5, 2), ("b", 7, 4), ("c", 11, 1)):
        found[name] = make(folder / f"{name}.h5", f"{KMC} -ensemble_first {first} -ensemble_size {size}")
    for name, stiffness in (("soft", 1), ("stiff", 3)):
        found[name] = make(folder / f"{name}.h5", f"{SCAN} -shell_stiffness {stiffness} -ensemble_seed {stiffness} "
                           "-output_potential")
    return found


@pytest.fixture(params=[(), ("--copy",)], ids=["virtual", "copy"])
def how(request):
    return request.param


def merge(output, *files, how=()):
    """Call the tool; the path of what it has made."""
    done = tool("merge", *files, "-o", output, *how)
    assert done.returncode == 0, done.stderr
    return output


def refusal(output, *files):
    """The sentence in which the tool refuses files."""
    done = tool("merge", *files, "-o", output)
    assert done.returncode == 2 and not done.stdout and not os.path.exists(output)
    assert not list(output.parent.glob("*.partial"))
    return done.stderr


def test_ensemble(parts, how, tmp_path):
    """In whatever order they are named, parts are the file that one run writes: datasets and options, bit for bit."""
    path = merge(tmp_path / "whole.h5", parts["b"], parts["c"], parts["a"], how=how)
    assert_same_bits(path, parts["all"])
    with h5py.File(path) as one, h5py.File(parts["all"]) as other:
        assert set(one.attrs) - set(other.attrs) == {"merged_from"}
        for name in set(other.attrs) - {"created"}:
            assert text(one.attrs[name]) == text(other.attrs[name]), name
        assert one["kmc/f"].is_virtual == (not how)
    with File(path, command="kmc") as run_, File(parts["all"]) as other:
        assert [os.path.basename(part) for part in run_.parts] == ["a.h5", "b.h5", "c.h5"] and not other.parts
        for name in ("f", "energy"):
            np.testing.assert_array_equal(run_.mean_and_error(name), other.mean_and_error(name))
        for row in range(-1, 7):
            assert np.array_equal(run_.snapshots(row), other.snapshots(row))
        assert np.array_equal(run_._read("/kmc/energy", (slice(1, 6), 3)), other._read("/kmc/energy", (slice(1, 6), 3)))


def test_scan(parts, how, tmp_path):
    """Each state has the numbers of its own file; the options name all states, and the file all seeds."""
    path = merge(tmp_path / "scan.h5", parts["stiff"], parts["soft"], how=how)
    with File(path, command="mc") as whole:
        assert whole.options["shell_stiffness"] == [1, 3] and whole.attributes["merged_seeds"] == "1 3"
        assert list(whole.shell_stiffness) == [1, 3] and list(whole["/state"]) == [0, 1]
        for state, name in enumerate(("soft", "stiff")):
            with File(parts[name]) as part:
                for own, one in ((whole.mean_and_error("f"), part.mean_and_error("f")),
                                 (whole.unstructured_variance(), part.unstructured_variance())):
                    assert [values[state].tolist() for values in own] == [values[0].tolist() for values in one]
                assert np.array_equal(whole.potential(state), part.potential())


def test_scan_of_compositions(folder, tmp_path):
    """Files without a list of compositions become one that has it."""
    few = "mc -lattice_edge 3 -ensemble_size 1 -mc_equilibration 0 -mc_sweeps 20"
    files = [make(folder / f"c{i}.h5", f"{few} -mc_composition {c} -ensemble_seed {i}") for i, c in enumerate((0.7, 0.4))]
    path = merge(tmp_path / "c.h5", *files)
    with File(path) as whole:
        assert list(whole.composition) == [0.4, 0.7] and list(whole.array("/mc/state/composition").axes) == ["state"]
    assert run(f"status {path} --verify").returncode == 0


@pytest.mark.parametrize("kind", [("a", "b", "c"), ("soft", "stiff")], ids=["kmc", "mc"])
def test_in_other_programs(kind, parts, how, tmp_path):
    """nixe status names the parts and verifies all rows; reports and pictures are made; and nixe does not go on with it."""
    path = merge(tmp_path / "whole.h5", *(parts[name] for name in kind), how=how)
    done = run(f"status {path} --verify")
    assert done.returncode == 0, done.stderr
    assert "joined     from " in done.stdout and "state      complete" in done.stdout and ", 0 of them damaged" in done.stdout
    for name in kind:
        assert f"{name}.h5" in done.stdout
    for words in (["plot", path], ["plot", "--order", path], ["report", path]):
        done = tool(*words)
        assert done.returncode == 0 and not done.stderr, done.stderr
    page = path.with_suffix(".html").read_text()
    assert "Joined from" in page and all(f"{name}.h5" in page for name in kind)
    assert ("seeds 1, 3" in page) == ("makes the same results again" not in page) == (kind[0] == "soft")
    done = run(f"{KMC if kind[0] == 'a' else SCAN} -output_file {path} -resume -ensemble_first 5 -ensemble_size 7")
    if kind[0] == "a":
        assert done.returncode == 2 and "whole.h5 was joined from other files: go on with those" in done.stderr


def test_start_from_it(parts, tmp_path):
    """-kmc_start takes its configurations, and misses a part that is not there."""
    there = tmp_path / "there"
    there.mkdir()
    files = [shutil.copy(parts[name], there / f"{name}.h5") for name in "abc"]
    path = merge(tmp_path / "whole.h5", *files)
    one, other = (make(tmp_path / f"{name}.h5", f"{KMC} -ensemble_size 7 -kmc_start {start}", cwd=there)
                  for name, start in (("one", path), ("other", parts["all"])))
    assert_same_bits(one, other)
    os.rename(there / "b.h5", there / "away.h5")
    for words in (f"{KMC} -kmc_start {path} -output_file {tmp_path}/no.h5", f"status {path}"):
        done = run(words)
        assert done.returncode == 2 and "was joined from there/b.h5, which is not there" in done.stderr
    with File(path) as whole, pytest.raises(NixeFileError, match="was joined from others: There is no file .*b.h5"):
        whole.mean_and_error("f")
    assert run(f"status {merge(tmp_path / 'copy.h5', files[0], files[2], how=('--copy',))}").returncode == 3


def test_trajectories_that_are_in_no_part(parts, how, tmp_path):
    """They are told, count as not done, and the file is not complete."""
    done = tool("merge", parts["a"], parts["c"], "-o", tmp_path / "k.h5", *how)
    assert done.returncode == 0 and "trajectories 7 to 10 are in none of the files" in done.stdout
    with File(tmp_path / "k.h5") as whole, File(parts["all"]) as other:
        assert not whole.complete and list(whole.done) == [1, 1, 0, 0, 0, 0, 1]
        assert np.array_equal(whole.trajectories("f"), other["/kmc/f"][[0, 1, 6]])
        assert np.isnan(whole["/kmc/f"][2:6]).all() and (whole["/kmc/events"][2:6] == -1).all()
    done = run(f"status {tmp_path / 'k.h5'} --verify")
    assert done.returncode == 3 and "3 of 7 trajectories" in done.stdout and "resume " not in done.stdout
    assert "go on with those, and join them again" in done.stdout


def test_parts_that_go_on(parts, tmp_path):
    """What a part has got to after it was joined is seen in the whole, which calls itself complete when it is joined again."""
    files = [shutil.copy(parts[name], tmp_path / f"{name}.h5") for name in "ab"]

    def set_done(value):
        with h5py.File(files[1], "r+") as file:
            file["kmc/done"][1:3] = value
            file.attrs.modify("complete", np.uint8(value))

    set_done(0)
    path = merge(tmp_path / "whole.h5", *files)
    with File(path) as whole:
        assert not whole.complete and list(whole.done) == [1, 1, 1, 0, 0, 1]
    set_done(1)
    with File(path) as whole:
        assert not whole.complete and whole.done.all()
    with File(merge(path, *files)) as whole:
        assert whole.complete


def test_parts_that_are_open(parts, tmp_path):
    """h5py and this reader have parts open, with a lock and without: all rows are there all the same."""
    path = merge(tmp_path / "whole.h5", parts["a"], parts["b"], parts["c"])
    with h5py.File(parts["a"]), File(parts["b"]), File(parts["all"]) as other, File(path) as whole:
        assert whole.done.all() and np.array_equal(whole["/kmc/energy"], other["/kmc/energy"])


@pytest.mark.parametrize("files, sentence", [
    (["a"], "One file is no array"), (["a", "soft"], "comes from 'nixe mc', and .*a.h5 from 'nixe kmc'"),
    (["a", "b", "a"], "both have trajectory 5: the same one would count twice"),
    (["all", "b"], "both have trajectory 7"), (["soft", "soft"], "do in none of them")])
def test_refused(files, sentence, parts, tmp_path):
    """Each in a sentence, and no file is left."""
    assert re.search(sentence, refusal(tmp_path / "no.h5", *(parts[name] for name in files)))


@pytest.mark.parametrize("one, other, sentence", [
    (f"{KMC} -ensemble_size 1", f"{KMC} -ensemble_size 1 -ensemble_first 1 -ensemble_seed 2", "_seed 1, and .* 2: parts of"),
    (f"{KMC} -ensemble_size 1", f"{KMC} -ensemble_size 1 -ensemble_first 1 -model_kT 0.3", "_kT 0.2, and .* 0.3: parts of"),
    (f"{SCAN} -shell_stiffness 1", f"{SCAN} -shell_stiffness 2", "both have -ensemble_seed 1: the same random numbers"),
    (f"{SCAN} -shell_stiffness 1,2", f"{SCAN} -shell_stiffness 2,3 -ensemble_seed 2", "both have -shell_stiffness 2"),
    (f"{SCAN} -shell_stiffness 1", f"{SCAN} -shell_stiffness 2 -model_kT 0.3 -ensemble_seed 2",
     "in -shell_stiffness and in -model_kT"),
    (f"{SCAN} -shell_stiffness 1", f"{SCAN} -shell_stiffness 2 -model_J 1 -ensemble_seed 2", "-model_J 0.0, and .* 1.0"),
    (f"{SCAN} -shell_stiffness 1,2 -mc_replica_exchange_every 5",
     f"{SCAN} -shell_stiffness 3,4 -mc_replica_exchange_every 5 -ensemble_seed 2", "depend on each other"),
    ("potential -lattice_edge 3", "potential -lattice_edge 4", "comes from 'nixe potential'")])
def test_options_that_differ(one, other, sentence, tmp_path):
    """The option is named, with its values, and what may differ."""
    import re
    files = [make(tmp_path / f"{i}.h5", command) for i, command in enumerate((one, other))]
    assert re.search(sentence, refusal(tmp_path / "no.h5", *files))


def test_contents_that_differ(parts, tmp_path):
    """Another crystal, another version: refused; another build is told."""
    changes = {
        "position": (lambda file: file["lattice/position"].write_direct(np.ones((37, 2))), "differ in /lattice/position"),
        "version": (lambda file: file.attrs.modify("version", "0.0.9"), "made with version [0-9.]+, and .*0.0.9"),
        "gone": (lambda file: file.pop("kmc/unlike"), "only one has /kmc/unlike")}
    for name, (change, sentence) in changes.items():
        path = shutil.copy(parts["b"], tmp_path / f"{name}.h5")
        with h5py.File(path, "r+") as file:
            change(file)
            file["lattice/position"].attrs.pop("checksum")
        assert re.search(sentence, refusal(tmp_path / "no.h5", parts["a"], path)), name
    path = shutil.copy(parts["b"], tmp_path / "built.h5")
    with h5py.File(path, "r+") as file:
        file.attrs["commit"] = "another"
    assert "different builds of nixe" in tool("merge", parts["a"], path, "-o", tmp_path / "yes.h5").stdout


def test_output(parts, tmp_path):
    """No part and no other file is written over; what was joined may be joined again, but is no part itself."""
    own = shutil.copy(parts["a"], tmp_path / "own.h5")
    assert "is the file that is read" in tool("merge", own, parts["b"], "-o", own).stderr
    assert "was not made by joining" in tool("merge", parts["a"], parts["b"], "-o", own).stderr
    path = merge(tmp_path / "whole.h5", parts["a"], parts["b"])
    merge(path, parts["a"], parts["b"], parts["c"])
    assert "is made of others already" in tool("merge", path, parts["c"], "-o", tmp_path / "no.h5").stderr


@pytest.mark.parametrize("where, inside", [("other.h5", "/kmc/energy"), ("a.h5", "/kmc/area_rms"), ("whole.h5", "/kmc/energy")])
def test_rows_that_are_elsewhere(where, inside, parts, tmp_path):
    """A file that somebody made to show data of files that it does not name is a damaged one, for the reader and for nixe."""
    files = [shutil.copy(parts[name], tmp_path / f"{name}.h5") for name in "ab"]
    shutil.copy(parts["a"], tmp_path / "other.h5")
    path = merge(tmp_path / "whole.h5", *files)
    with h5py.File(path, "r+") as file:
        shape = file["kmc/energy"].shape
        del file["kmc/energy"]
        layout = h5py.VirtualLayout(shape, "f8")
        layout[:2] = h5py.VirtualSource(where, inside, (2, shape[1]))
        file.create_virtual_dataset("kmc/energy", layout)
    with File(path) as whole, pytest.raises(NixeFileError, match="damaged: /kmc/energy cannot be read"):
        whole.mean_and_error("f")
    assert run(f"status {path} --verify").returncode == 1


def test_datasets_are_all_there(parts, tmp_path):
    """Nothing of a part is lost, whatever its kind."""
    path = merge(tmp_path / "scan.h5", parts["soft"], parts["stiff"])
    assert datasets(path).keys() == datasets(parts["soft"]).keys()
