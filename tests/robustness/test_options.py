"""Options that say one thing and would do another: refused in one sentence, within a time bound, whatever text they come from."""
import os
import re
import subprocess
import time

import h5py
import numpy as np
import pytest
from harness import NIXE, assert_same_bits, datasets, environment, make, run
from launcher import each
from test_refusals import KMC, POTENTIAL, refused

MC = "mc -output_file m.h5 "
TINY = "-lattice_edge 2 -ensemble_size 2 "

# tests/unit/command/test_check.c, tests/unit/options/test_defaults.c and test_yaml.c have more of these.
WITHOUT_EFFECT = [              # options of which one can change nothing, what the sentence has to match
    (MC + "-lattice_edge 4 -shell_stiffness 5,10", "-shell_stiffness 5.*,1.*-shell_layers 0"),
    (KMC + "-kmc_start_composition 0.3", "-kmc_start_composition 3.*-kmc_start"),
    (POTENTIAL + "-shell_stiffness 2", "-shell_stiffness 2.*-shell_layers 0"),
]
WITH_EFFECT = [                 # the same at their defaults, and where they do matter
    "mc -shell_stiffness 1", "mc -shell_layers 1 -shell_stiffness 5,10", "kmc -kmc_start random -kmc_start_composition 0.3",
]


@pytest.mark.parametrize("args, pattern", WITHOUT_EFFECT, ids=[args for args, _ in WITHOUT_EFFECT])
def test_options_that_cannot_matter(args, pattern, tmp_path):
    refused(args, pattern, tmp_path)


@pytest.mark.parametrize("args", WITH_EFFECT)
def test_options_that_may_stand_there(args, tmp_path):
    short = "-mc_sweeps 10 -mc_equilibration 0 " if args.startswith("mc") else "-kmc_time_last 0.01 "
    make(tmp_path / "k.h5", f"{args} {TINY} {short}")


NUMBERS = [                     # numbers that doubles cannot tell from others, and limits that are broken
    (KMC + "-kmc_time_first 99.99999999999997 -kmc_time_last 100", "-kmc_time_count 161.*99.99999999999997.*100"),
    (KMC + "-kmc_time_first 99.99999999999997 -kmc_time_last 100 -kmc_time_spacing linear", "-kmc_time_count 161"),
    (KMC + "-kmc_time_first 1e-322 -kmc_time_last 1e-321", "-kmc_time_count 161"),
    (KMC + "-model_epsilon 0 -model_dmu 0 -model_kT 1e-310", "-model_kT 1e-310: .*1e-300"),
    (MC + "-model_kT 1,1e-301", "-model_kT 1,1e-301: .*1e-300"),
    (KMC + "-model_J 1e101", r"-model_J 1e101: .*1e\+100"),
    (KMC + "-ensemble_seed 1e17", "-ensemble_seed 1e17: .*9007199254740992"),
]


@pytest.mark.parametrize("args, pattern", NUMBERS, ids=[args for args, _ in NUMBERS])
def test_numbers(args, pattern, tmp_path):
    refused(args, pattern, tmp_path)


def test_finest_grid(tmp_path):
    """A grid of neighbouring doubles is a grid."""
    times = [float(100 - 3 * np.spacing(99.0)), 100]
    d = datasets(make(tmp_path / "k.h5", f"kmc {TINY} -kmc_time_first {times[0]!r} -kmc_time_last 100 -kmc_time_count 4 "
                                         "-kmc_time_spacing linear -model_dmu 0 -model_kT 1"))
    assert (np.diff(d["/time"]) == np.spacing(99.0)).all()


TEXTS = {                       # what once took minutes to hours, or was read in part: the sentence within seconds
    "aliases": ("a0: &a0 [" + "x, " * 9 + "x]\n" +
                "".join(f"a{i}: &a{i} {{" + ", ".join(f"k{j}: *a{i - 1}" for j in range(10)) + "}\n" for i in range(1, 9)),
                r"x.yaml: line \d+: .*400 options"),
    "unknown keys": ("".join(f"x{i:x}: 1\n" for i in range(75000)), "x.yaml.*400 options"),
    "brackets": ("model_kT: " + "[" * 100000, "x.yaml: line 1: .*deep"),
    "too long": ("#" * 1000001, "x.yaml.*1000000 bytes"),
    "NUL": ("model_kT: 0.3\n\0model_kTT: 7\n", "x.yaml: line 2: .*NUL"),
    "after the document": ("model_kT: 0.3\n...\n]garbage\n", "x.yaml is not YAML: line 3"),
    "newline in a value": ('model_kT: "1\\n2"\n', r"-model_kT 1\\n2: must be"),
    "escape of a terminal": ('kmc: {start: "\\e[31mA"}\n', r"-kmc_start \\x1b\[31mA"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts(name, tmp_path):
    text, pattern = TEXTS[name]
    (tmp_path / "x.yaml").write_text(text)
    refused(KMC + "-input x.yaml", pattern, tmp_path)


def test_aliases_in_measure(tmp_path):
    """Anchors and aliases are YAML, and are read."""
    (tmp_path / "x.yaml").write_text("lattice: &small {edge: 2}\nmodel: {kT: &one 1, dmu: *one}\nensemble_size: 2\n")
    refused(KMC + "-input x.yaml -kmc_time_last 0", "-kmc_time_last", tmp_path)     # the rest is in order


def test_schedules_are_the_same_however_they_are_written(tmp_path):
    """Maps and plain values in YAML, the command line, several settings at one time; and as the file stores it."""
    lists = ["- {time: 1, dmu: 20}\n    - {dmu: -20, time: 2.5, kT: 0.3}", "- 1:dmu=20\n    - 2.5:kT=0.3:dmu=-20",
             "- {time: 1, dmu: 20}\n    - {time: 2.5, dmu: -20}\n    - {time: 2.5, kT: 0.3}"]
    whole = make(tmp_path / "whole.h5", f"kmc {TINY} -kmc_time_last 3 -kmc_schedule 1e0:dmu=2e1,2.5:dmu=-20,2.5:kT=.3")
    for k, text in enumerate(lists):
        (tmp_path / "x.yaml").write_text(f"kmc:\n  time_last: 3\n  schedule:\n    {text}\n")
        assert_same_bits(whole, make(tmp_path / f"{k}.h5", f"kmc {TINY} -input {tmp_path}/x.yaml"))
        assert options_of(whole) == options_of(tmp_path / f"{k}.h5")
    (tmp_path / "x.yaml").write_text(options_of(whole))
    assert_same_bits(whole, make(tmp_path / "again.h5", f"kmc -ensemble_size 2 -input {tmp_path}/x.yaml"))
    assert "schedule" not in options_of(make(tmp_path / "none.h5", f"kmc {TINY} -kmc_time_last 3 -kmc_schedule none"))


@pytest.mark.parametrize("limit", ["1s", "00:00:01", "1"])
def test_time_limit_as_people_write_it(limit, tmp_path):
    """On the command line and in YAML; the run stops then, and not at once or never."""
    (tmp_path / "x.yaml").write_text(f"time_limit: {limit}\ncheckpoint_every: 0.5min\n")
    for words in (["-time_limit", limit, "-checkpoint_every", "00:00:30"], ["-input", tmp_path / "x.yaml"]):
        result = run(["kmc", "-lattice_edge", "20", "-ensemble_size", "1e5", "-kmc_time_count", "2", "-kmc_snapshots", "1", *words,
                      "-output_overwrite", "-output_file", tmp_path / "k.h5"], timeout=60)
        assert result.returncode == 3 and "stopped early by the time limit" in result.stderr, result.stderr


@pytest.mark.parametrize("value", [b"no\nsuch.h5", b"no\xe2\x80\xa8such\xff.h5"])
def test_one_line(value, tmp_path):
    """Whatever breaks lines or moves the cursor in a value is escaped in the sentence."""
    for words in ([b"-kmc_start", value], [b"-input", value], [b"-model_kT", value], [value], [b"-mat_" + value, b"1", value]):
        result = subprocess.run([NIXE, "kmc", "-output_file", "k.h5", *words], env=environment(), cwd=tmp_path, capture_output=True)
        assert result.returncode == 2, result.stderr
        assert result.stderr.count(b"\n") == 1 and len(result.stderr.decode().splitlines()) == 1, result.stderr
        assert result.stderr.startswith(b"nixe: ") and b"\\" in result.stderr, result.stderr
    result = subprocess.run([NIXE, value], env=environment(), cwd=tmp_path, capture_output=True)
    assert result.returncode == 2 and len(result.stderr.decode().splitlines()) == 1, result.stderr


@pytest.mark.parametrize("words", [["kcm"], ["kmc", "-output_file", "k.h5", "-input", "a" * 1000], []])
def test_whole_lines(words, tmp_path):
    """Every write ends with a line: a launcher that gets a part of one may put what another rank says behind it."""
    reads, writes = os.pipe2(os.O_DIRECT)           # gives one write a read
    process = subprocess.Popen([NIXE, *words], env=environment(), cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=writes)
    os.close(writes)
    pieces = list(iter(lambda: os.read(reads, 65536), b""))
    os.close(reads)
    assert process.wait() == 2 and pieces and all(piece.endswith(b"\n") for piece in pieces), pieces


@pytest.mark.parametrize("option", ["-options_file", "-options_file_yaml"])
def test_yaml_of_petsc(option, tmp_path):
    """PETSc reads YAML without bounds: 10 lines can be 10^9 options."""
    (tmp_path / "x.yaml").write_text("a: &a {x: 1}\nb: {x: *a}\n")
    refused(f"{KMC}{option} x.yaml", f"{option}: options in YAML are given by -input", tmp_path)


@pytest.mark.parametrize("option", ["-input", "-kmc_start", "-options_file"])
def test_fifo(option, tmp_path):
    """A FIFO that nobody writes is not waited for."""
    os.mkfifo(tmp_path / "fifo")
    refused(KMC + f"{TINY} {option} fifo", f"{option} fifo: .*FIFO", tmp_path)
    (tmp_path / "link").symlink_to("fifo")
    refused(KMC + f"{TINY} {option} link", f"{option} link: .*FIFO", tmp_path)


def test_resume_of_a_fifo(tmp_path):
    os.mkfifo(tmp_path / "k.h5")
    refused(KMC + f"{TINY} -resume", "-output_file k.h5: .*not a file", tmp_path)


@pytest.mark.parametrize("first, second, pattern", [
    ("kmc -ensemble_seed 1", "kmc -ensemble_seed 2", "same.*rank 0 has -ensemble_seed 1, rank 1 -ensemble_seed 2"),
    ("kmc", "mc", "same.*nixe kmc.*nixe mc"),
    ("kmc -input missing.yaml", "kmc", "same command and options"),
    ("kmc", "kmc -quiet", "same command and options"),
])
def test_ranks_with_different_options(first, second, pattern, tmp_path):
    """Two programs under one mpirun: one sentence, status 2, no file, no hang."""
    output = ["-output_file", "k.h5", "-lattice_edge", "3"]
    start = time.time()
    ranks = each(*([NIXE, *words.split()[:1], *output, *words.split()[1:]] for words in (first, second)))
    result = subprocess.run(ranks, env=environment(), cwd=tmp_path, capture_output=True, text=True, timeout=60)
    said = [line for line in result.stderr.splitlines() if line.startswith("nixe: ")]
    assert result.returncode == 2 and len(said) == 1 and re.search(pattern, said[0]), result.stderr
    assert os.listdir(tmp_path) == [] and time.time() - start < 30


@pytest.mark.parametrize("variable", ["SLURM_PROCID", "PMI_RANK", "PMIX_RANK", "OMPI_COMM_WORLD_RANK"])
def test_status_speaks_for_itself(variable, tmp_path):
    """nixe status is one process, whatever the script that calls it is a part of: its answer is true, and said."""
    env = environment({variable: "1"})
    result = subprocess.run([NIXE, "status", "nothere.h5"], env=env, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 2 and "nothere.h5" in result.stderr
    make(tmp_path / "k.h5", f"kmc {TINY} -kmc_time_last 0.1")
    result = subprocess.run([NIXE, "status", "k.h5"], env=env, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0 and "complete" in result.stdout


@pytest.mark.parametrize("words", [["help"], ["--version"], [], ["kcm"], ["help", "kcm"]])
def test_a_task_of_a_job_speaks_for_itself(words):
    """What a script of a Slurm job starts is no rank of MPI; what mpirun starts speaks once."""
    plain = subprocess.run([NIXE, *words], env=environment(), capture_output=True, text=True)
    for names in (["SLURM_PROCID"], ["SLURM_PROCID", "SLURM_STEP_ID", "SLURM_LOCALID"]):
        task = subprocess.run([NIXE, *words], env=environment(dict.fromkeys(names, "1")), capture_output=True, text=True)
        assert (task.returncode, task.stdout, task.stderr) == (plain.returncode, plain.stdout, plain.stderr)
    rank = subprocess.run([NIXE, *words], env=environment({"OMPI_COMM_WORLD_RANK": "1"}), capture_output=True, text=True)
    assert rank.returncode == plain.returncode and rank.stdout == "" and rank.stderr == ""


FITTED = {1500: (100, 100), 7: (1, 1), 1234: (2, 2), 20000: (100, 1000)}


@pytest.mark.parametrize("sweeps", FITTED)
def test_defaults_fit(sweeps, tmp_path):
    """Any number of sweeps will do: the areas and snapshots that are not asked for fit in, 10 or more of each if they can."""
    d = datasets(make(tmp_path / "m.h5", f"mc {TINY} -ensemble_size 1 -mc_equilibration 0 -mc_sweeps {sweeps}"))
    for axis, every in zip(("/area_sweep", "/snapshot_sweep"), FITTED[sweeps]):
        assert list(d[axis]) == list(range(every, sweeps + 1, every))
        assert len(d[axis]) >= min(sweeps, 10)
    assert len(d["/sweep"]) == sweeps


def test_defaults_of_large_primes(tmp_path):
    """A prime has no divisors: one record at the end rather than a file full of them; and given intervals are kept."""
    d = datasets(make(tmp_path / "m.h5", f"mc {TINY} -ensemble_size 1 -mc_equilibration 0 -mc_sweeps 10007"))
    assert list(d["/snapshot_sweep"]) == [10007]
    d = datasets(make(tmp_path / "n.h5", f"mc {TINY} -ensemble_size 1 -mc_equilibration 0 -mc_sweeps 1000 -mc_area_every 1000 "
                      "-mc_snapshot_every 500"))
    assert list(d["/snapshot_sweep"]) == [500, 1000] and list(d["/area_sweep"]) == [1000]


def options_of(path):
    with h5py.File(path, "r") as file:
        return re.sub(r"  sweeps: .*\n|  size: .*\n", "", file.attrs["input"].decode())


@pytest.mark.parametrize("ranks", [1, 2])
def test_resume_takes_the_values_of_the_file(ranks, tmp_path):
    """More sweeps, and nothing else said again: intervals, crystal and model are those of the file, not defaults."""
    model = f"{TINY} -shell_layers 1 -shell_stiffness 2,3 -model_kT 0.7 -mc_equilibration 20 -mc_sampler informed -output_potential"
    make(tmp_path / "m.h5", f"mc {model} -mc_sweeps 1500")
    before = options_of(tmp_path / "m.h5")
    make(tmp_path / "m.h5", "mc -mc_sweeps 3000 -resume", ranks=ranks)
    assert options_of(tmp_path / "m.h5") == before
    make(tmp_path / "whole.h5", f"mc {model} -mc_sweeps 3000 -mc_area_every 100 -mc_snapshot_every 100")
    assert_same_bits(tmp_path / "m.h5", tmp_path / "whole.h5")


def test_resume_of_a_trajectory_file(tmp_path):
    """The same of kmc, from a file of options that says -resume; what is given and differs is refused as ever."""
    make(tmp_path / "k.h5", f"kmc {TINY} -kmc_start B -model_dmu 7 -kmc_time_count 12 -kmc_time_last 1")
    (tmp_path / "x.yaml").write_text("resume: yes\nensemble_size: 5\n")
    make(tmp_path / "k.h5", f"kmc -input {tmp_path}/x.yaml")
    make(tmp_path / "whole.h5", f"kmc {TINY} -kmc_start B -model_dmu 7 -kmc_time_count 12 -kmc_time_last 1 -ensemble_size 5")
    assert_same_bits(tmp_path / "k.h5", tmp_path / "whole.h5")
    assert "nothing to do" in run("kmc -resume -output_file k.h5", cwd=tmp_path).stdout
    refused(KMC + "-resume -model_dmu 8", "-model_dmu 7.*this run 8", tmp_path)
    refused(KMC + "-resume -lattice_edge 3", "-lattice_edge 2, and this run 3", tmp_path)
    refused("mc -output_file k.h5 -resume", "-resume.*nixe kmc", tmp_path)


def test_intervals_of_the_file_do_not_divide(tmp_path):
    """A number of sweeps that the file's intervals do not divide: the sentence says where they come from."""
    make(tmp_path / "m.h5", f"mc {TINY} -mc_equilibration 0 -mc_sweeps 1500")
    refused(MC + "-mc_sweeps 1550 -resume", "-mc_area_every 100: .*-mc_sweeps.*1550.*the file", tmp_path)


def test_resume_of_odd_options(tmp_path):
    """Options of the file that cannot be read are refused, and the file stays."""
    make(tmp_path / "k.h5", f"kmc {TINY} -model_kT 1 -kmc_time_last 0.1")
    with h5py.File(tmp_path / "k.h5", "r+") as file:
        file.attrs["input"] = np.bytes_(file.attrs["input"].decode().replace("kT: 1", "kT: x1"))
    before = (tmp_path / "k.h5").read_bytes()
    refused(KMC + "-resume", "-resume: k.h5 is damaged", tmp_path)
    assert (tmp_path / "k.h5").read_bytes() == before
