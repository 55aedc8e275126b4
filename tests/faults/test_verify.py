"""What --verify, -resume and -kmc_start find of damage: any other byte in whatever is no counter, and claims that cannot be."""
import random
import re
import subprocess

import h5py
import numpy as np
import pytest
from damage import break_texts
from faults import CASES, differences, sentences
from harness import NIXE, make, run

COMMANDS = {
    "kmc": "kmc -lattice_edge 4 -ensemble_size 3 -kmc_time_count 5 -kmc_snapshots 2 -output_potential",
    "mc": "mc -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,3 -model_kT 0.4 -mc_equilibration 10 -mc_sweeps 100 "
          "-mc_record_every 10 -mc_area_every 20 -mc_snapshot_every 50 -ensemble_size 2 -output_potential",
    "exchange": "mc -lattice_edge 4 -shell_layers 1 -model_kT 0.4,0.5,0.6 -mc_equilibration 10 -mc_sweeps 100 "
                "-mc_record_every 10 -mc_area_every 20 -mc_snapshot_every 50 -ensemble_size 2 -mc_replica_exchange_every 7",
    "potential": "potential -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,3",
    "bulk potential": "potential -lattice_type hcp -lattice_shape box -lattice_cells 3,3,3 -lattice_periodic 1,2,3",
    "strip": "kmc -lattice_type triangular -lattice_shape box -lattice_cells 6,4 -lattice_periodic 1 -ensemble_size 2 "
             "-kmc_time_count 3 -kmc_snapshots 1 -output_potential",
    "spectrum": "spectrum -lattice_edge 4",
    "bulk": "spectrum -lattice_type hcp -lattice_shape box -lattice_cells 3,3,3 -lattice_periodic 1,2,3",
}
COUNTERS = {"/mc/acceptance", "/mc/replica_exchange/attempted", "/mc/replica_exchange/accepted",
            "/mc/replica_exchange/round_trips"}


@pytest.fixture(scope="module")
def files(folder):
    return {kind: make(folder / f"{kind}.h5", command) for kind, command in COMMANDS.items()}


def verify(path):
    return subprocess.run([NIXE, "status", str(path), "--verify"], capture_output=True, text=True)


def places(path):
    """{dataset: the bytes in the file that are its values}; of texts, which are elsewhere, none."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            found["/" + name] = (item.id.get_offset(), 0 if item.dtype.hasobject else int(item.nbytes))

    with h5py.File(path, "r") as file:
        file.visititems(visit)
    return found


def flipped(path, copy, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 1 << random.Random(at).randrange(8)
    copy.write_bytes(content)
    return copy


@pytest.mark.parametrize("kind", COMMANDS)
def test_every_byte_counts(kind, files, tmp_path):
    """The last and another byte of every dataset: --verify names what is not as written."""
    assert verify(files[kind]).returncode == 0
    missed = []
    for name, (offset, count) in places(files[kind]).items():
        if count == 0 or name in COUNTERS:
            continue
        for at in {offset + count - 1, offset + random.Random(count).randrange(count)}:
            said = verify(flipped(files[kind], tmp_path / "k.h5", at))
            if said.returncode != 1 or "damaged" not in said.stdout + said.stderr:
                missed.append((name, at - offset, said.returncode, said.stdout, said.stderr))
    assert not missed


@pytest.mark.parametrize("kind", COMMANDS)
def test_texts_count(kind, files, tmp_path):
    """Names along axes, and the options."""
    names = [name for name, (_, count) in places(files[kind]).items() if count == 0]
    assert len(names) > 1
    for name in [*names, "input"]:
        path = tmp_path / "k.h5"
        path.write_bytes(files[kind].read_bytes())
        with h5py.File(path, "r+") as file:
            if name == "input":
                file.attrs[name] = re.sub(r"(edge: |cells: \[)\d", r"\g<1>5", file.attrs[name].decode())
            else:
                file[name][0] = "other"
        said = verify(path)
        assert said.returncode == 1 and "damaged" in said.stdout + said.stderr, (name, said.stdout, said.stderr)


def unfinished(path, copy, change):
    """A copy of a complete file that is not called so, and is changed."""
    copy.write_bytes(path.read_bytes())
    with h5py.File(copy, "r+") as file:
        file.attrs.modify("complete", np.uint8(0))
        change(file)
    return copy


def forget(name, value):
    def change(file):
        file[name][(0,) * file[name].ndim] = value
    return change


@pytest.mark.parametrize("kind, name, value", [("kmc", "/kmc/done", 0), ("mc", "/mc/sweeps_done", 50),
                                               ("exchange", "/mc/sweeps_done", -1)])
def test_complete_with_rows_that_are_not(kind, name, value, files, tmp_path):
    """complete = 1 with a row that is not done: damaged, for nixe status and for -resume; without, it is gone on with."""
    path = unfinished(files[kind], tmp_path / "k.h5", forget(name, value))
    resume(path, kind, files)
    path = unfinished(files[kind], tmp_path / "k.h5", forget(name, value))
    with h5py.File(path, "r+") as file:
        file.attrs.modify("complete", np.uint8(1))
    said = subprocess.run([NIXE, "status", str(path)], capture_output=True, text=True)
    assert said.returncode == 1 and "calls itself complete" in said.stderr
    result = run(f"{COMMANDS[kind]} -resume -output_file {path}")
    assert result.returncode == 2 and "calls itself complete" in result.stderr


def resume(path, kind, files, ranks=1):
    result = run(f"{COMMANDS[kind]} -resume -quiet -output_file {path}", ranks=ranks)
    assert result.returncode == 0, result.stderr
    assert differences(path, files[kind]) == []
    return result


@pytest.mark.parametrize("kind, name, ranks", [
    ("kmc", "/kmc/energy", 1), ("kmc", "/kmc/snapshot/sigma", 2), ("mc", "/mc/f", 2), ("mc", "/mc/checksums", 1),
    ("exchange", "/mc/energy", 2), ("exchange", "/mc/replica_exchange/walker", 1)])
def test_resume_does_damaged_rows_again(kind, name, ranks, files, tmp_path):
    """A row that does not match its checksums is done again, with a warning; a complete file is refused."""
    at = places(files[kind])[name][0] + 1
    path = flipped(unfinished(files[kind], tmp_path / "k.h5", lambda file: None), tmp_path / "k.h5", at)
    assert "they are done again" in resume(path, kind, files, ranks).stdout
    path = flipped(files[kind], tmp_path / "k.h5", at)
    result = run(f"{COMMANDS[kind]} -resume -quiet -output_file {path}", ranks=ranks)
    assert result.returncode == 2 and "do not match their checksums" in result.stderr, result.stderr
    assert not (tmp_path / "k.h5.lock").exists()


@pytest.mark.parametrize("name", ["/potential/V", "/potential/row"])
@pytest.mark.parametrize("kind, ranks", [("kmc", 1), ("mc", 2), ("strip", 2)])
def test_resume_builds_a_damaged_table_again(kind, ranks, name, files, tmp_path):
    """V or its rows in a file that is not finished, also where no stiffness has anything left to do; a complete file is
    refused."""
    at = places(files[kind])[name][0] + 2
    copy = tmp_path / "k.h5"
    for change in (lambda file: None, forget("/mc/sweeps_done" if kind == "mc" else "/kmc/done", 0)):
        path = flipped(unfinished(files[kind], copy, change), copy, at)
        said = resume(path, kind, files, ranks)
        assert sum("/potential of" in line and "is built again" in line for line in said.stdout.splitlines()) == 1, said.stdout
    result = run(f"{COMMANDS[kind]} -resume -quiet -output_file {flipped(files[kind], copy, at)}", ranks=ranks)
    assert result.returncode == 2 and f"{name} is not as it was written" in result.stderr, result.stderr


@pytest.mark.parametrize("name", ["/lattice/position", "/time", "/kmc/done"])
def test_resume_refuses_other_damage(name, files, tmp_path):
    """Of axes, the lattice, flags: one sentence."""
    at = places(files["kmc"])[name][0]
    content = bytearray(unfinished(files["kmc"], tmp_path / "k.h5", lambda file: None).read_bytes())
    content[at] = 7
    (tmp_path / "k.h5").write_bytes(content)
    result = run(f"{COMMANDS['kmc']} -resume -quiet -output_file {tmp_path}/k.h5")
    assert result.returncode == 2 and "is damaged" in result.stderr and result.stderr.count("\n") == 1


@pytest.mark.parametrize("kind", ["kmc", "mc"])
def test_start_of_damaged_configurations(kind, files, tmp_path):
    """A start file with an ion of the other kind is refused, unless its checksums have been taken away."""
    name = f"/{kind}/snapshot/sigma"
    path = tmp_path / "start.h5"
    path.write_bytes(files[kind].read_bytes())
    with h5py.File(path, "r+") as file:
        file[name][..., -1, 0] = -file[name][..., -1, 0]
    edge = 4 if kind == "kmc" else 5
    command = f"kmc -lattice_edge {edge} -ensemble_size 2 -quiet -kmc_start {path} -output_file {tmp_path}/k.h5"
    result = run(command)
    assert result.returncode == 2 and "do not match their checksums" in result.stderr
    with h5py.File(path, "r+") as file:
        file[f"/{kind}/checksums"][...] = -1
    assert run(command).returncode == 0


HUGE = np.iinfo(np.int64).max


def replace(name, make_other):
    def change(file):
        del file[name]
        make_other(file, name)
    return change


def shaped(shape, kind="i8", **how):
    return lambda file, name: file.create_dataset(name, shape, kind, **how)


CLAIMS = {                      # what cannot be: the flags, the configurations, the lattice, the attributes
    "a group": replace("kmc/done", lambda file, name: file.create_group(name)),
    "no axis": replace("kmc/done", shaped(())),
    "more axes": replace("kmc/done", shaped((1, 1, 1, 1, 1, 1))),
    "a wrapping shape": replace("kmc/done", shaped((2**62 + 1,), chunks=(1024,))),
    "a large shape": replace("kmc/done", shaped((2**40,), chunks=(1024,))),
    "texts": replace("kmc/done", shaped((3,), h5py.string_dtype())),
    "a compound": replace("kmc/done", shaped((3,), np.dtype([("a", "i8"), ("b", "f8", (64,))]))),
    "a link elsewhere": replace("kmc/done", lambda file, name: file.__setitem__(name, h5py.ExternalLink("/dev/zero", "/x"))),
    "a link to itself": replace("kmc/done", lambda file, name: file.__setitem__(name, h5py.SoftLink("/kmc/done"))),
    "stored elsewhere": replace("kmc/done", lambda file, name: file.create_dataset(
        name, (3,), "u1", external=[("/etc/passwd", 0, 3)])),
    "huge flags": lambda file: file["kmc/done"].write_direct(np.full(3, 255, np.uint8)),
    "an array of programs": lambda file: file.attrs.__setitem__("program", np.array([b"nixe"] * 1000)),
    "an array of ends": lambda file: file.attrs.__setitem__("complete", np.ones(1000, np.uint8)),
    "an end of floats": lambda file: file.attrs.__setitem__("complete", 1e300),
    "an array of versions": lambda file: file.attrs.__setitem__("format_version", np.full(100, 2)),
    "an array of options": lambda file: file.attrs.__setitem__("input", np.full(100, 2)),
    "no sweeps": lambda file: file.attrs.__setitem__("command", "mc"),
    "options of others": lambda file: file.attrs.__setitem__("command", "rm -rf"),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_claims_are_checked(name, files, tmp_path):
    """A sentence of status, -resume and -kmc_start; nothing crashes, nothing large is allocated."""
    path = unfinished(files["kmc"], tmp_path / "k.h5", CLAIMS[name])
    limits = ["sh", "-c", 'ulimit -v 4000000; exec "$@"', "sh"]
    for words in (["status", path], ["status", path, "--verify"],
                  [*COMMANDS["kmc"].split(), "-resume", "-output_file", path]):
        said = subprocess.run([*limits, NIXE, *map(str, words)], capture_output=True, text=True, timeout=60)
        assert said.returncode in (1, 2), (words, said.returncode, said.stdout, said.stderr)
        assert said.stderr.startswith("nixe: ") and said.stderr.count("\n") == 1 or "damaged" in said.stdout, said.stderr


@pytest.mark.parametrize("at", [8, 10])
def test_types_are_checked(at, files, tmp_path):
    """A number of which the type says that its bits begin elsewhere, or are more than it has: HDF5 reads what is not there."""
    content = bytearray(files["kmc"].read_bytes())
    kind = content.index(bytes.fromhex("1000000001000000 0000 0800"), content.index(b"complete\0"))
    assert kind - content.index(b"complete\0") < 32
    content[kind + at] = 1
    (tmp_path / "k.h5").write_bytes(content)
    for words in ("status", "status --verify"):
        said = run(f"{words} {tmp_path / 'k.h5'}")
        assert said.returncode in (1, 2) and len(sentences(said.stderr)) == 1, said


def test_notes_beside_values_are_read(files, tmp_path):
    """When a dataset was made: nothing of ours, but where it is no time, programs that list a file end in an error."""
    path, name = tmp_path / "k.h5", "lattice/bonds"
    content = bytearray(files["kmc"].read_bytes())
    with h5py.File(files["kmc"], "r") as file:
        header = h5py.h5o.get_info(file[name].id).addr
    content[content.index(bytes.fromhex("1200 0800"), header) + 8] = 7      # the version of the note
    path.write_bytes(content)
    with h5py.File(path, "r") as file, pytest.raises(RuntimeError):
        h5py.h5o.get_info(file[name].id)
    said = verify(path)
    assert said.returncode == 1 and f"damaged    /{name}" in said.stdout, said
    assert run(f"{COMMANDS['kmc']} -resume -output_file {path}").returncode in (1, 2)


STARTS = {
    "wrapping": shaped((2**33, 2**31 + 1, 37), "i1", chunks=(1, 1, 37)), "one axis": shaped((37,), "i1"),
    "none": shaped((0, 0, 0), "i1"), "large": shaped((2**30, 2, 37), "i1", chunks=(1024, 1, 37)),
    "floats": shaped((3, 2, 37), "f8"), "a group": lambda file, name: file.create_group(name),
}


@pytest.mark.parametrize("name", STARTS)
def test_claims_of_start_files(name, files, tmp_path):
    path = unfinished(files["kmc"], tmp_path / "start.h5", replace("kmc/snapshot/sigma", STARTS[name]))
    result = run(f"kmc -lattice_edge 4 -kmc_start {path} -output_file {tmp_path}/k.h5")
    assert result.returncode == 2 and result.stderr.startswith("nixe: -kmc_start") and result.stderr.count("\n") == 1


def test_kmc_cases_are_whole(stopped, tmp_path):
    """What was stopped half way is no damage."""
    for case in CASES:
        said = verify(stopped(case, tmp_path))
        assert said.returncode == 3 and "damaged    " not in said.stdout, (case, said.stdout)


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("loops", [False, True])
def test_what_hdf5_does_not_survive(loops, ranks, files, tmp_path):
    """HDF5 1.10 crashes, or loops, over some texts: a process of its own finds out, and there is a sentence all the same. Later
    versions live on: then --verify lists the damage, and a start file, of which no text counts, is as good as before."""
    path = tmp_path / "k.h5"
    path.write_bytes(break_texts(bytearray(files["kmc"].read_bytes()), loops))
    ways = [f"status {path} --verify", f"{COMMANDS['kmc']} -resume -output_file {path}",
            f"kmc -lattice_edge 4 -ensemble_size 3 -kmc_start {path} -output_file {tmp_path / 'new.h5'} -quiet"]
    for words in ways if ranks == 1 else ways[1:]:
        said = run(words, ranks=ranks, timeout=60)
        lines = sentences(said.stderr)
        if "HDF5 1.10" in run("--version").stdout:
            assert said.returncode in (1, 2) and len(lines) == 1 and f"{path} is damaged: HDF5 cannot read it" in lines[0], said
        else:
            told = len(lines) == 1 and "is damaged" in lines[0] or "damaged    " in said.stdout
            assert said.returncode in (1, 2) and told or (said.returncode == 0 and "-kmc_start" in words), (words, said)
