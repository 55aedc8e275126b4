"""What stands beside an output file: links and other things that are not ours are never touched, leftovers of killed runs go, and
a replacement that fails leaves the old file and its checkpoint whole."""
import errno
import os
import re
import subprocess

import h5py
import launcher
import pytest
from faults import CASES, build_failing_calls, differences, sentences
from harness import make, run, text

KMC = "kmc -lattice_edge 4 -ensemble_size 3 -kmc_time_count 5 -kmc_snapshots 2 -quiet"
POTENTIAL = "potential -lattice_edge 4"
ENDINGS = [".lock", ".partial", ".checkpoint", ".checkpoint.old", ".checkpoint.new"]


@pytest.fixture(scope="module")
def failing_calls(folder):
    return build_failing_calls(folder)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("command", [KMC, POTENTIAL], ids=["kmc", "potential"])
def test_links_are_not_followed(ending, command, tmp_path):
    """FILE.lock -> somebody's file, and so on: refused before any work, in one sentence; that file stays as it is."""
    victim = tmp_path / "theirs"
    victim.write_text("precious\n")
    (tmp_path / f"k.h5{ending}").symlink_to(victim)
    result = run(f"{command} -output_file {tmp_path}/k.h5")
    assert result.returncode == 2 and len(sentences(result.stderr)) == 1 and f"k.h5{ending}" in result.stderr, result
    assert victim.read_text() == "precious\n"
    assert not (tmp_path / "k.h5").exists()


def test_a_lock_with_another_name(tmp_path):
    """A hard link is a file of others, too."""
    victim = tmp_path / "theirs"
    victim.write_text("precious\n")
    os.link(victim, tmp_path / "k.h5.lock")
    assert run(f"{KMC} -output_file {tmp_path}/k.h5").returncode == 2
    assert victim.read_text() == "precious\n"


def test_dangling_links_make_nothing(tmp_path):
    """Nothing is made where a link leads."""
    for ending in ENDINGS:
        (tmp_path / f"k.h5{ending}").symlink_to(tmp_path / "new")
        assert run(f"{KMC} -output_file {tmp_path}/k.h5").returncode == 2
        assert not (tmp_path / "new").exists()
        (tmp_path / f"k.h5{ending}").unlink()


@pytest.mark.parametrize("ending", ENDINGS)
def test_pipes_do_not_hang(ending, tmp_path):
    """A FIFO in the place of any of them: a sentence at once, of a run and of one that is resumed."""
    path = tmp_path / "k.h5"
    for how in ("", "-resume"):
        if how:
            run(f"{KMC} -time_limit 1e-3 -output_file {path}")
        (tmp_path / f"k.h5{ending}").unlink(missing_ok=True)
        os.mkfifo(tmp_path / f"k.h5{ending}")
        result = run(f"{KMC} {how} -output_file {path}", timeout=20)
        assert result.returncode == 2 and len(sentences(result.stderr)) == 1, result
        (tmp_path / f"k.h5{ending}").unlink()


def test_pipes_as_arguments(tmp_path):
    """Of nixe status, as a start file, as the lock of a file that is asked about."""
    os.mkfifo(tmp_path / "pipe")
    for words in (["status", tmp_path / "pipe"], ["status", "/dev/zero"],
                  f"{KMC} -kmc_start {tmp_path}/pipe -output_file {tmp_path}/k.h5"):
        result = run(words, timeout=20)
        assert result.returncode == 2 and len(sentences(result.stderr)) == 1, result
    path = make(tmp_path / "k.h5", KMC)
    os.mkfifo(f"{path}.lock")
    assert run(["status", path], timeout=20).returncode == 0


@pytest.mark.parametrize("command", [KMC, f"{KMC} -resume", POTENTIAL], ids=["kmc", "resume", "potential"])
def test_leftovers_go(command, tmp_path):
    """FILE.partial and FILE.checkpoint.new of a killed run do not stay behind the next."""
    path = tmp_path / "k.h5"
    if "-resume" in command:
        assert run(f"{KMC} -time_limit 1e-3 -output_file {path}").returncode == 3
    for ending in (".partial", ".checkpoint.new"):
        path.with_name(f"k.h5{ending}").write_text("half of a file")
    assert run(f"{command} -output_file {path}").returncode == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["k.h5"]


def test_leftovers_of_a_complete_file(tmp_path):
    """The lock of a run that was killed after its last word goes with the next -resume; a file that only bears its name stays."""
    path = make(tmp_path / "k.h5", KMC)
    lock = path.with_name("k.h5.lock")
    for words, stays in (("host here, process 1\n", False), ("somebody's notes\n", True)):
        lock.write_text(words)
        assert run(f"{KMC} -resume -output_file {path}").returncode == 0
        assert lock.exists() == stays


@pytest.mark.parametrize("at", [1, 4])
def test_failed_overwrite(at, failing_calls, stopped, undisturbed, tmp_path):
    """A replacement that cannot be laid out, because the disk is full, leaves the old file and its checkpoint as they were."""
    path = stopped("kmc", tmp_path)
    before = {entry.name: entry.read_bytes() for entry in tmp_path.iterdir()}
    told = dict(LD_PRELOAD=str(failing_calls), CALL_FOLDER=str(tmp_path), CALL_NAME="write", CALL_AT=str(at + 2),
                CALL_ERRNO=str(errno.ENOSPC), CALL_STAYS="1")         # the lock is written twice
    result = run(f"{CASES['kmc']} -quiet -output_overwrite -output_file {path}", env=told)
    assert result.returncode == 1 and len(sentences(result.stderr)) == 1 and os.strerror(errno.ENOSPC) in result.stderr, result
    assert {entry.name: entry.read_bytes() for entry in tmp_path.iterdir() if not entry.name.endswith(".lock")} == before
    assert run(f"{CASES['kmc']} -resume -quiet -output_file {path}").returncode == 0
    assert differences(path, undisturbed(CASES["kmc"])) == []


@pytest.mark.parametrize("call", ["open", "write", "truncate", "fsync", "rename"])
def test_overwrite_with_failing_calls(call, failing_calls, tmp_path):
    """So does one of which a single call fails: the file is the old one, or, where it was too late for that, the new one."""
    path = tmp_path / "k.h5"
    run(f"{KMC} -time_limit 1e-3 -checkpoint_every 0.1 -output_file {path}")
    old = path.read_bytes()
    path.with_name("k.h5.checkpoint").write_text("the old states")
    for at in range(1, 4):
        told = dict(LD_PRELOAD=str(failing_calls), CALL_FOLDER=f"{path}.partial", CALL_NAME=call, CALL_AT=str(at))
        result = run(f"{KMC} -output_overwrite -output_file {path}", env=told)
        if result.returncode == 0:
            break
        assert result.returncode == 1 and len(sentences(result.stderr)) == 1, result
        assert path.read_bytes() == old and not path.with_name("k.h5.partial").exists()
        if call != "rename":
            assert path.with_name("k.h5.checkpoint").read_text() == "the old states"


@pytest.mark.parametrize("before", range(4))
def test_failing_last_writes(before, failing_calls, tmp_path):
    """A disk that is full at the very end, when HDF5 closes the file and writes its first bytes once more: nobody waits."""
    path, counted = tmp_path / "k.h5", tmp_path / "count"
    told = dict(LD_PRELOAD=str(failing_calls), CALL_FOLDER=str(path), CALL_NAME="write", CALL_OF_MPI="1", CALL_STAYS="1",
                CALL_ERRNO=str(errno.ENOSPC))
    assert run(f"{KMC} -output_file {path}", ranks=2, env={**told, "CALL_COUNT": str(counted)}).returncode == 0
    at = int(counted.read_text()) - before
    result = run(f"{KMC} -output_overwrite -output_file {path}", ranks=2, env={**told, "CALL_AT": str(at)}, timeout=60)
    assert result.returncode == 1 and len(sentences(result.stderr)) == 1, result
    assert run(f"{KMC} -resume -output_file {path}", ranks=2).returncode == 0


def test_failing_read_of_rank_0(failing_calls, tmp_path):
    """A file that rank 0 cannot read from some moment on, also from within the opening by all: a sentence, and nobody waits."""
    path = tmp_path / "k.h5"
    assert run(f"{KMC} -time_limit 1e-3 -output_file {path}").returncode == 3
    stopped = path.read_bytes()

    def resume(**more):
        path.write_bytes(stopped)
        told = dict(LD_PRELOAD=failing_calls, CALL_FOLDER=path, CALL_NAME="read", CALL_STAYS=1, **more)
        return run(f"{KMC} -resume -output_file {path}", ranks=2, flags=launcher.told(told), timeout=60)

    for told in [dict(CALL_AT=at, CALL_OF_MPI=1) for at in (1, 3, 8, 20)] + [dict(CALL_AT=at) for at in (1, 30, 150)]:
        result = resume(**told)
        assert result.returncode in (1, 2) and len(sentences(result.stderr)) == 1, (told, result)


@pytest.mark.parametrize("rank", [0, 1])
def test_failing_close(rank, failing_calls, tmp_path):
    """A file that cannot be closed, also after it was only read: a sentence, and the same command goes on."""
    path, counted = tmp_path / "k.h5", tmp_path / "count"
    longer = KMC.replace("-ensemble_size 3", "-ensemble_size 5")
    make(path, KMC)
    complete, failed, at, most = path.read_bytes(), 0, 0, 1
    while at < most:
        at += 1
        path.write_bytes(complete)
        told = dict(LD_PRELOAD=failing_calls, CALL_FOLDER=path, CALL_NAME="close", CALL_AT=at, CALL_RANK=rank, CALL_COUNT=counted)
        result = run(f"{longer} -resume -output_file {path}", ranks=2, flags=launcher.told(told), timeout=60)
        assert result.returncode in (0, 1) and len(sentences(result.stderr)) == result.returncode, (at, result)
        most = int(counted.read_text()) if result.returncode == 0 else at + 1
        failed += result.returncode
    assert failed and run(f"{longer} -resume -output_file {path}").returncode == 0


def test_status_prints_inert_words(tmp_path):
    """What is pasted from a crafted file runs nothing; control characters do not reach the terminal."""
    path = tmp_path / "k.h5"
    assert run(f"{KMC} -time_limit 1e-3 -output_file {path}").returncode == 3
    with h5py.File(path, "r") as file:
        options = text(file.attrs["input"])
    values = {"value": options.replace('start: "A"', 'start: "$(touch pasted)"'),
              "tick": options.replace('start: "A"', 'start: "`touch pasted`"'),
              "quote": options.replace('start: "A"', """start: "'; touch pasted; '\""""),
              "name": options + "$(touch pasted):\n  $(touch pasted): 1\n", "semicolon": options + "a;touch pasted:\n  b: 1\n",
              "dash": options + '"x -output_file y":\n  b: 1\n',
              "escape": options.replace('start: "A"', 'start: "\x1b]0;title\x07"')}
    for name, content in values.items():
        assert content != options
        with h5py.File(path, "r+") as file:
            file.attrs["input"] = content
            file.attrs["version"] = "1\x1b[2J\nstate      complete"
        said = run(["status", path])
        assert said.returncode in (1, 3) and "\x1b" not in said.stdout + said.stderr, (name, said)
        assert "\nstate      complete" not in said.stdout
        for command in re.findall(r"^resume +mpirun -n RANKS (.*)$", said.stdout, re.M):
            shown = subprocess.run(["sh", "-c", f"set -- {command}; echo \"$@\""], cwd=tmp_path, capture_output=True, text=True)
            assert shown.returncode == 0 and not (tmp_path / "pasted").exists(), (name, command)
            assert name not in ("name", "semicolon", "dash", "escape"), command
