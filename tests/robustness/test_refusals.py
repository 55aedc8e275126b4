"""Bad input: nixe's own one sentence that names the option, exit status 2, and no file."""
import os
import re
import shutil
import subprocess
import time

import pytest
from harness import NIXE, assert_same_bits, environment, make, run

SMALL = "-lattice_edge 3 -ensemble_size 2 -kmc_time_count 3 -kmc_snapshots 2 "
KMC = "kmc -output_file k.h5 "
FCC = "-lattice_type fcc -lattice_shape polyhedron -lattice_faces 111:1.7,100:1.5 "
POTENTIAL = "potential -output_file v.h5 "

COMMAND_LINES = [               # arguments, what the sentence has to match (any case)
    (KMC + "-nonsense 3", "-nonsense"),
    (KMC + "-modell_kT 0.3", "-modell_kT.*-model_kT"),
    (KMC + "-lattice_egde 8", "-lattice_egde.*-lattice_edge"),
    (KMC + "-model_kt 0.3", "-model_kt.*-model_kT"),
    (KMC + "-kmc_time_frist 0.3", "-kmc_time_frist.*-kmc_time_first"),
    (KMC + "-kT 0.3", "unknown option -kT; the nearest is -model_kT"),
    (KMC + "-foo 0.3", r"unknown option -foo \(nixe help kmc"),
    (KMC + "hello", "hello"),
    ("kmc input/x.yaml", "input/x.yaml is not an option: .*-input input/x.yaml"),
    (KMC + "-quiet x.yml", "x.yml is not an option: .*-input x.yml"),
    (KMC + "-time_limit 30:00", "-time_limit 30:00: must be seconds.*1h, 30min or 00:30:00.*or none"),
    (KMC + "-checkpoint_every 0min", "-checkpoint_every 0min: must be seconds.*above 0"),
    (KMC + "-model_J 0 hello", "hello"),
    (KMC + "-model_kT", "-model_kT.*value"),
    (KMC + "-model_kT -model_J 0", "-model_kT.*value"),
    (KMC + "-model_kT abc", "-model_kT.*abc"),
    (KMC + "-model_kT 0.2x", "-model_kT.*0.2x"),
    (KMC + "-model_kT 1e999", "-model_kT.*1e999"),
    (KMC + "-model_kT nan", "-model_kT.*nan"),
    (KMC + "-model_J inf", "-model_J.*inf"),
    (KMC + "-model_epsilon nan", "-model_epsilon.*nan"),
    (KMC + "-model_dmu abc", "-model_dmu.*abc"),
    (KMC + "-model_kT -0.2", "-model_kT.*-0.2"),
    (KMC + "-model_kT 0", "-model_kT"),
    (KMC + "-model_kT 0.2,0.3", "-model_kT.*0.2,0.3"),
    (KMC + "-model_kT 1e-4 -model_dmu 0", "-model_kT"),
    (KMC + "-model_kT 1e-300", "-model_kT"),
    (KMC + "-model_dmu -1e4", "-model_dmu"),
    (KMC + "-model_dmu 1e300", "-model_dmu"),
    (KMC + "-model_J 1e4", "-model_(J|kT)"),
    (KMC + "-model_k_ex -1", "-model_k_ex"),
    (KMC + "-model_differences fast", "-model_differences.*exact.*published"),
    (KMC + "-model_differences published -lattice_shape cube -lattice_edge 4 -model_kT 1.5 "
     "-model_dmu -20", "-model_differences.*(cube|hexagon)"),
    ("mc -output_file k.h5 -lattice_shape cube -lattice_edge 2 -model_mismatch 0.2", "-model_mismatch 0.2.*averaged"),
    (KMC + "-lattice_shape square", "-lattice_shape.*hexagon.*cube"),
    (KMC + "-lattice_edge 1", "-lattice_edge.*1"),
    (KMC + "-lattice_edge -3", "-lattice_edge.*-3"),
    (KMC + "-lattice_edge 2.5", "-lattice_edge.*2.5"),
    (KMC + "-lattice_edge abc", "-lattice_edge.*abc"),
    (KMC + "-lattice_edge 4294967298", "-lattice_edge"),
    (KMC + "-lattice_edge 400", "[0-9].*[GTP]i?B.*[0-9].*[MGTP]i?B"),
    (KMC + "-shell_layers 1", "-shell_layers"),
    (KMC + "-shell_stiffness 1,2", "-shell_stiffness"),
    (KMC + "-ensemble_size 0", "-ensemble_size.*0"),
    (KMC + "-ensemble_size -5", "-ensemble_size.*-5"),
    (KMC + "-ensemble_size 2.5", "-ensemble_size.*2.5"),
    (KMC + "-ensemble_size 1e12", "-ensemble_size"),
    (KMC + "-lattice_edge 3 -ensemble_size 1e9", "-ensemble_size"),
    (KMC + "-ensemble_first -1", "-ensemble_first.*-1"),
    (KMC + "-ensemble_seed 18446744073709551616", "-ensemble_seed.*18446744073709551616"),
    (KMC + "-ensemble_seed -1", "-ensemble_seed.*-1"),
    (KMC + "-kmc_time_first 0", "-kmc_time_first"),
    (KMC + "-kmc_time_first 10 -kmc_time_last 1", "-kmc_time_(first|last)"),
    (KMC + "-kmc_time_count 0", "-kmc_time_count.*0"),
    (KMC + "-kmc_time_spacing cubic", "-kmc_time_spacing.*log.*linear"),
    (KMC + "-kmc_algorithm quick", "-kmc_algorithm.*eager.*lazy.*auto"),
    (KMC + "-kmc_algorithm lazy -model_epsilon 0 -model_J 1", "-kmc_algorithm lazy.*elastic"),
    (KMC + "-kmc_algorithm lazy -model_differences published", "-kmc_algorithm lazy.*fixed point"),
    (KMC + "-kmc_algorithm lazy -kmc_start random -lattice_type triangular -lattice_shape box -lattice_cells 5,5 "
     "-lattice_periodic 1,2", "-kmc_algorithm lazy.*periodic"),
    (KMC + "-kmc_start C", "-kmc_start.*C"),
    (KMC + "-kmc_start random -kmc_start_composition 1.5", "-kmc_start_composition.*1.5"),
    (KMC + "-kmc_schedule 100", "-kmc_schedule 100: .*ascending"),
    (KMC + "-kmc_schedule nonsense", "-kmc_schedule nonsense: .*ascending"),
    (KMC + "-kmc_schedule 1:dmu=1,,2:dmu=2", "-kmc_schedule : .*ascending"),
    (KMC + "-kmc_schedule 1:dmu=nan", "-kmc_schedule 1:dmu=nan: .*ascending"),
    (KMC + "-kmc_schedule 1:dmu=1:dmu=2", "-kmc_schedule 1:dmu=1:dmu=2: .*ascending"),
    (KMC + "-kmc_schedule 100:mu=3", "-kmc_schedule 100:mu=3: .*dmu and kT"),
    (KMC + "-kmc_schedule 100:dmu=3,50:dmu=2", "-kmc_schedule 50:dmu=2: .*ascend"),
    (KMC + "-kmc_schedule 50:dmu=3,50:dmu=2", "-kmc_schedule 50:dmu=2: .*twice"),
    (KMC + "-kmc_schedule 0:dmu=3", "-kmc_schedule 0:dmu=3: .*above 0"),
    (KMC + "-kmc_schedule 10001:dmu=3", "-kmc_schedule: .*10001.*-kmc_time_last 10000"),
    (KMC + "-kmc_schedule 100:kT=0", "-kmc_schedule 100:kT=0: .*above 0"),
    (KMC + "-kmc_schedule 100:kT=-1", "-kmc_schedule 100:kT=-1: .*above 0"),
    (KMC + "-lattice_edge 4 -kmc_schedule 100:kT=1e-4", "-kmc_schedule: kT 0.0001: .*lowest temperature"),
    (KMC + "-lattice_edge 4 -kmc_schedule 100:dmu=1e6", r"-kmc_schedule: dmu 1e\+06: .*largest"),
    (KMC + "-kmc_schedule " + ",".join(f"{t}:dmu=1" for t in range(1, 502)), "-kmc_schedule: .*500 changes, not 501"),
    (KMC + "-model_k_ex 0 -kmc_start random -kmc_schedule 1:dmu=2", "-kmc_schedule: dmu changes nothing"),
    (KMC + "-model_epsilon 0 -model_dmu 0 -kmc_schedule 1:kT=2", "-kmc_schedule: kT changes nothing"),
    ("mc -output_file m.h5 -kmc_schedule 1:dmu=2", "-kmc_schedule is not an option of nixe mc"),
    (KMC + "-kmc_stop_composition 2", "-kmc_stop_composition.*2"),
    (KMC + "-kmc_stop_composition never", "-kmc_stop_composition.*never"),
    (KMC + "-kmc_snapshots -1", "-kmc_snapshots.*-1"),
    (KMC + FCC + "-exchange_faces 110:1", "-exchange_faces.*110.*it has 111, 100"),
    (KMC + FCC + "-exchange_faces 111:0,100:0", "-exchange_faces.*every surface site is 0"),
    (KMC + FCC + "-exchange_faces 111:-1", "-exchange_faces.*111:-1.*from 0"),
    (KMC + FCC + "-exchange_faces 111", "-exchange_faces.*111:0.5"),
    (KMC + FCC + "-exchange_bonds 12:1", "-exchange_bonds.*12.*from 0 to 11"),
    (KMC + FCC + "-exchange_bonds 7:1,7:2", "-exchange_bonds.*7.*twice"),
    (KMC + FCC + "-exchange_faces 111:0 -model_k_ex 0", "-exchange_faces.*changes nothing.*-model_k_ex"),
    ("mc -output_file m.h5 -exchange_faces 10:0", "-exchange_faces.*mc"),
    ("kmc", "-output_file"),
    ("kmc -output_file", "-output_file.*value"),
    ("kmc -output_file nowhere/k.h5", "-output_file.*nowhere"),
    (KMC + "-input", "-input.*value"),
    (KMC + "-input a.yaml -input b.yaml", "-input"),
    (POTENTIAL + "-lattice_edge 1", "-lattice_edge.*1"),
    (POTENTIAL + "-kmc_start A", "-kmc_start"),
    (POTENTIAL + "-ensemble_size 5", "-ensemble_size"),
    (POTENTIAL + "-shell_layers -1", "-shell_layers.*-1"),
    (POTENTIAL + "-shell_layers 1 -shell_stiffness 1,x", "-shell_stiffness.*x"),
    (POTENTIAL + "-shell_layers 1 -shell_stiffness 1,-2", "-shell_stiffness.*-2"),
    (POTENTIAL + "-shell_layers 1 -shell_stiffness 0", "-shell_stiffness.*0"),
    ("kcm -output_file k.h5", "kcm.*kmc"),
]
YAML = [                        # text of the file, what the sentence has to match
    ("kmc: {schedule: [{time: 1, dmu: 2}, {time: 1, dmu: 3}]}", "-kmc_schedule time=1:dmu=3: .*twice"),
    ("kmc: {schedule: [{time: 1, dmu: [2]}]}", "x.yaml: line 1: a map in the list of kmc_schedule"),
    ("kmc: {schedule: [{time: 1, dmu: '2,3:kT=1'}]}", "x.yaml: line 1: a map in the list of kmc_schedule"),
    ("kmc: {schedule: {time: 1, dmu: 2}}", "x.yaml: line 1: .*-kmc_schedule"),
    ("kmc: {schedule: [[1, 2]]}", "x.yaml: line 1: the list of kmc_schedule"),
    ("kmc: {schedule: []}", "x.yaml: line 1: -kmc_schedule needs a value"),
    ("model: {kT: [{kT: 1}]}", "x.yaml: line 1: the list of model_kT"),
    ("a: [1", "x.yaml"),
    ("model: {kT: 0.2, kT: 0.3}\n", "kT.*(twice|repeat|more than once|again)"),
    ("model: {kT: 0.2}\nmodel_kT: 0.3\n", "kT.*(twice|repeat|more than once|again)"),
    ("model: {kt: 0.2}\n", "model_kt.*model_kT"),
    ("modle: {kT: 0.2}\n", "modle_kT"),
    ("- model_kT: 0.2\n- model_J: 1\n", "x.yaml"),
    ("model:\n- kT: 0.2\n- J: 1\n", "(x.yaml|model)"),
    ("model: {kT: [0.2, 0.3]}\n", "model_kT"),
    ("model: {kT: }\n", "model_kT.*value"),
    ("model: {kT: .nan}\n", "model_kT.*nan"),
    ("model: {kT: -1}\n", "model_kT.*-1"),
    ("hello\n", "(hello|x.yaml)"),
]


def refused(args, pattern, folder, prefix=(), **how):
    """Exit status 2, one line of nixe's on standard error that matches, the folder as before."""
    before = sorted(os.listdir(folder))
    start = time.time()
    if prefix:
        result = subprocess.run([*prefix, NIXE, *args.split()], env=environment(), cwd=folder,
                                capture_output=True, text=True, timeout=60)
    else:
        result = run(args, cwd=folder, **how)
    sentence = result.stderr.splitlines()
    if how.get("ranks", 1) > 1:
        sentence = [line for line in sentence if "nixe: " in line]
    assert result.returncode == 2, result.stderr
    assert len(sentence) == 1 and sentence[0].startswith("nixe: "), result.stderr
    assert re.search(pattern, sentence[0], re.IGNORECASE), sentence
    assert sorted(os.listdir(folder)) == before
    assert time.time() - start < 20


@pytest.mark.parametrize("args, pattern", COMMAND_LINES,
                         ids=[args.replace("-output_file ", "") for args, _ in COMMAND_LINES])
def test_command_line(args, pattern, tmp_path):
    refused(args, pattern, tmp_path)


@pytest.mark.parametrize("text, pattern", YAML, ids=[repr(text) for text, _ in YAML])
def test_yaml(text, pattern, tmp_path):
    (tmp_path / "x.yaml").write_text(text)
    refused(KMC + "-input x.yaml", pattern, tmp_path)


def test_yaml_missing_or_a_folder(tmp_path):
    (tmp_path / "folder.yaml").mkdir()
    refused(KMC + "-input missing.yaml", "missing.yaml", tmp_path)
    refused(KMC + "-input folder.yaml", "folder.yaml.*(folder|directory)", tmp_path)


def test_existing_output(tmp_path):
    """An existing file is neither replaced nor touched."""
    (tmp_path / "k.h5").write_text("precious")
    refused(KMC + SMALL, "-output_file.*k.h5.*-output_overwrite", tmp_path)
    assert (tmp_path / "k.h5").read_text() == "precious"


def test_output_is_a_folder(tmp_path):
    (tmp_path / "k.h5").mkdir()
    refused(KMC + SMALL, "-output_file.*k.h5", tmp_path)
    refused(KMC + SMALL + "-output_overwrite", "-output_file.*k.h5", tmp_path)


def test_read_only_folder(tmp_path):
    """A folder one cannot write to: for root, a file system mounted read-only."""
    (tmp_path / "ro").mkdir()
    prefix = ()
    if os.getuid() == 0:
        mount = 'mount -t tmpfs -o ro none ro && exec "$@"'
        prefix = ["unshare", "--mount", "sh", "-c", mount, "sh"]
        if subprocess.run([*prefix, "true"], cwd=tmp_path, capture_output=True).returncode:
            pytest.skip("mounting is not permitted here")
    else:
        (tmp_path / "ro").chmod(0o555)
    refused("kmc -output_file ro/k.h5 " + SMALL, "-output_file.*ro/k.h5", tmp_path, prefix)


def test_start_file(tmp_path):
    """-kmc_start FILE: not nixe's, or of another crystal."""
    (tmp_path / "text.h5").write_text("not HDF5")
    make(tmp_path / "other.h5", "kmc -lattice_edge 2 -ensemble_size 2")
    make(tmp_path / "table.h5", "potential -lattice_edge 3")
    for name in ("missing.h5", "text.h5", "other.h5", "table.h5"):
        refused(KMC + SMALL + f"-kmc_start {name}", f"-kmc_start.*{name}", tmp_path)


@pytest.mark.parametrize("args, pattern", [(KMC + "-modell_kT 0.3", "-modell_kT.*-model_kT"),
                                           (KMC + "-ensemble_size 1e12", "-ensemble_size")])
def test_two_ranks(args, pattern, tmp_path):
    """Under mpirun the sentence appears once, not once a rank."""
    refused(args, pattern, tmp_path, ranks=2)


def test_usage(tmp_path):
    """Without a command: a short usage on standard error."""
    result = run("", cwd=tmp_path)
    assert result.returncode == 2
    assert "usage" in result.stderr.lower() and "kmc" in result.stderr
    assert len(result.stderr.splitlines()) < 25


def test_help_and_version():
    """Help lists the options and defaults of a command."""
    for args in ("help", "--help", "--version", "help kmc", "help potential"):
        assert run(args).returncode == 0, args
    text = run("help kmc").stdout
    for option in ("lattice_shape", "lattice_edge", "model_epsilon", "model_J", "model_kT",
                   "model_dmu", "model_k_ex", "model_k_diff", "model_mismatch",
                   "model_differences", "ensemble_size", "ensemble_first", "ensemble_seed",
                   "kmc_time_first", "kmc_time_last", "kmc_time_count", "kmc_time_spacing",
                   "kmc_start", "kmc_algorithm", "kmc_schedule", "kmc_start_composition", "kmc_stop_composition",
                   "kmc_snapshots", "output_file", "output_overwrite", "output_potential",
                   "input", "quiet"):
        assert re.search(rf"-{option}\b", text), option


def test_options_from_elsewhere(tmp_path):
    """.petscrc and PETSC_OPTIONS do not set options of nixe's."""
    plain = make(tmp_path / "plain.h5", "kmc " + SMALL)
    other = "-model_kT 5 -ensemble_size 3 -model_nonsense 1"
    (tmp_path / ".petscrc").write_text(other.replace(" -", "\n-") + "\n")
    (tmp_path / "home").mkdir()
    shutil.copy(tmp_path / ".petscrc", tmp_path / "home")
    env = dict(PETSC_OPTIONS=other, HOME=str(tmp_path / "home"))
    assert_same_bits(plain, make(tmp_path / "k.h5", "kmc " + SMALL, env=env, cwd=tmp_path))


def test_options_of_petsc(tmp_path):
    """PETSc's own options pass, and change nothing; its log knows the stages of a run, each with its time."""
    plain = make(tmp_path / "plain.h5", "kmc " + SMALL)
    assert_same_bits(plain, make(tmp_path / "k.h5", "kmc -log_view :log.txt " + SMALL,
                                 cwd=tmp_path))
    log = (tmp_path / "log.txt").read_text()
    stages = ("set-up", "solve", "sampling", "observables", "output")
    for stage in stages:
        assert float(re.search(rf" {stage}: (\S+) ", log)[1]) > 0
    make(tmp_path / "one.h5", f"kmc -log_view :one.txt {SMALL} -ensemble_size 1", ranks=2, cwd=tmp_path)
    for stage in stages:            # by name, though one of the ranks has not been in all
        assert f": {stage}\n" in (tmp_path / "one.txt").read_text()
