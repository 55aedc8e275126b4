"""Bad input to nixe mc and nixe spectrum: one sentence that names the option, status 2, no file."""
import re

import h5py
import numpy as np
import pytest
import yaml
from harness import datasets, make, run, text
from test_refusals import refused

MC = "mc -output_file m.h5 "
SPECTRUM = "spectrum -output_file s.h5 "
STATES = "-shell_layers 1 -shell_stiffness 1,2 "

COMMAND_LINES = [               # arguments, what the sentence has to match (any case)
    (MC + "-mc_composition 0", "-mc_composition 0:.*above 0.*below 1"),
    (MC + "-mc_composition 1", "-mc_composition 1:.*above 0.*below 1"),
    (MC + "-mc_composition -0.1", "-mc_composition -0.1"),
    (MC + "-mc_composition 1.5", "-mc_composition 1.5"),
    (MC + "-mc_composition nan", "-mc_composition nan"),
    (MC + "-mc_composition 0.2,1.3", "-mc_composition 0.2,1.3"),
    (MC + "-shell_stiffness 0", "-shell_stiffness 0:.*above 0"),
    (MC + "-shell_stiffness -1", "-shell_stiffness -1"),
    (MC + "-shell_stiffness 1,0,2", "-shell_stiffness 1,0,2"),
    (MC + "-shell_stiffness 1,,2", "-shell_stiffness 1,,2"),
    (MC + "-shell_stiffness 1,2,", "-shell_stiffness 1,2,"),
    (MC + "-shell_stiffness 1e300", "-shell_stiffness 1e300"),
    (MC + "-model_kT 0", "-model_kT 0"),
    (MC + "-model_kT 0.2,-0.3", "-model_kT 0.2,-0.3"),
    (MC + "-lattice_edge 4 -mc_sampler informed -model_kT 1e-4", "-model_kT 0.0001.*lowest temperature"),
    (MC + "-lattice_edge 4 -mc_sampler informed -model_kT 1,1e-4", "-model_kT 0.0001.*lowest temperature"),
    (MC + "-lattice_edge 4 -mc_sampler informed -model_J 1e4", "-model_(J|kT)"),
    (MC + STATES + "-lattice_edge 4 -mc_sampler informed -model_kT 1,1e-4 -mc_replica_exchange_every 5",
     "-model_kT 0.0001"),
    (MC + "-mc_replica_exchange_every 10", "-mc_replica_exchange_every 10.*single state.*"
     "-shell_stiffness.*-model_kT"),
    (MC + STATES + "-mc_replica_exchange_every -1", "-mc_replica_exchange_every -1"),
    (MC + STATES + "-mc_replica_exchange_every 1e6", "-mc_replica_exchange_every 1000000"),
    (MC + "-mc_record_every 7", "-mc_record_every 7.*-mc_sweeps.*100000"),
    (MC + "-mc_area_every 30", "-mc_area_every 30.*-mc_sweeps"),
    (MC + "-mc_snapshot_every 15000", "-mc_snapshot_every 15000.*-mc_sweeps"),
    (MC + "-mc_sweeps 1000 -mc_snapshot_every 10000", "-mc_snapshot_every 10000.*-mc_sweeps.*1000"),
    (MC + "-mc_record_every 0", "-mc_record_every 0"),
    (MC + "-mc_sweeps 0", "-mc_sweeps 0"),
    (MC + "-mc_sweeps 1.5", "-mc_sweeps 1.5"),
    (MC + "-mc_sweeps 1e300", "-mc_sweeps 1e300"),
    (MC + "-mc_equilibration -1", "-mc_equilibration -1"),
    (MC + "-mc_sampler fast", "-mc_sampler fast.*metropolis.*informed"),
    (MC + "-mc_start foo", "-mc_start foo.*random.*separated"),
    (MC + "-model_differences published -lattice_shape cube -lattice_edge 3 -model_kT 1.5",
     "-model_differences.*(cube|hexagon)"),
    (MC + "-ensemble_size 0", "-ensemble_size 0"),
    (MC + "-ensemble_size 1e9", "[0-9].*GB.*[0-9].*GB"),
    (MC + "-mc_sweeps 1e12", "[0-9].*GB.*[0-9].*GB"),
    (MC + "-lattice_edge 300 -shell_layers 2", "[0-9].*[GTP]i?B.*[0-9].*[MGTP]i?B"),
    (MC + "-model_dmu 1", "-model_dmu.*mc"),
    (MC + "-model_k_ex 1", "-model_k_ex.*mc"),
    (MC + "-kmc_start A", "-kmc_start.*mc"),
    (MC + "-kmc_time_count 5", "-kmc_time_count.*mc"),
    (MC + "-spectrum_count 3", "-spectrum_count.*mc"),
    (MC + "-mc_replica_exchange 5", "-mc_replica_exchange.*-mc_replica_exchange_every"),
    ("kmc -output_file k.h5 -mc_sweeps 10", "-mc_sweeps.*kmc"),
    ("kmc -output_file k.h5 -mc_sampler informed", "-mc_sampler.*kmc"),
    ("kmc -output_file k.h5 -spectrum_count 3", "-spectrum_count.*kmc"),
    ("potential -output_file v.h5 -mc_composition 0.5", "-mc_composition.*potential"),
    (SPECTRUM + "-spectrum_count 0", "-spectrum_count 0"),
    (SPECTRUM + "-spectrum_count -3", "-spectrum_count -3"),
    (SPECTRUM + "-spectrum_count 1.5", "-spectrum_count 1.5"),
    (SPECTRUM + "-shell_layers 1 -shell_stiffness 1,2", "-shell_stiffness 1,2.*one number"),
    (SPECTRUM + "-shell_stiffness 0", "-shell_stiffness 0"),
    (SPECTRUM + "-lattice_edge 1", "-lattice_edge 1"),
    (SPECTRUM + "-lattice_edge 200", "[0-9].*[GTP]i?B.*[0-9].*[MGTP]i?B"),
    (SPECTRUM + "-model_kT 1", "-model_kT.*spectrum"),
    (SPECTRUM + "-mc_sweeps 3", "-mc_sweeps.*spectrum"),
    ("mc", "-output_file"),
    ("spectrum", "-output_file"),
]


@pytest.mark.parametrize("args, pattern", COMMAND_LINES,
                         ids=[re.sub("-output_file [^ ]*", "", args) for args, _ in COMMAND_LINES])
def test_command_line(args, pattern, tmp_path):
    refused(args, pattern, tmp_path)


def write_list(path, key, count):
    values = ", ".join(f"{2 + i / 1e5:.6f}" for i in range(count))
    path.write_text(f"{key}: [{values}]\n")


def test_stiffnesses_that_do_not_fit(tmp_path):
    """60,000 stiffnesses of a crystal of 2,000 sites, all at once: the tables or the file."""
    write_list(tmp_path / "x.yaml", "shell_stiffness", 60000)
    refused(MC + "-input x.yaml -lattice_edge 26 -shell_layers 1 -mc_replica_exchange_every 1000 "
            "-ensemble_size 10", "([0-9].*[GTP]i?B.*[0-9].*[MGTP]i?B)", tmp_path)


def test_temperatures_that_do_not_fit(tmp_path):
    """60,000 temperatures: the file of their records would not fit."""
    write_list(tmp_path / "x.yaml", "model_kT", 60000)
    refused(MC + "-input x.yaml -lattice_edge 3 -ensemble_size 100",
            "[0-9].*[GTP]i?B.*[0-9].*[MGTP]i?B", tmp_path)


def test_a_wrong_value_in_a_long_list(tmp_path):
    """The sentence stays short, and still says what is allowed."""
    write_list(tmp_path / "x.yaml", "shell_stiffness", 2000)
    values = (tmp_path / "x.yaml").read_text()
    (tmp_path / "x.yaml").write_text(values.replace("]", ", -3]"))
    refused(MC + "-input x.yaml", "-shell_stiffness.{,900}must be.*above 0", tmp_path)


def test_a_long_list_is_read_to_its_end(tmp_path):
    """700 temperatures, 6,000 characters: none is lost or cut."""
    write_list(tmp_path / "x.yaml", "model_kT", 700)
    d = datasets(make(tmp_path / "m.h5", f"mc -input {tmp_path}/x.yaml -lattice_edge 2 "
                      "-ensemble_size 1 -mc_equilibration 0 -mc_sweeps 4 -mc_area_every 4 "
                      "-mc_snapshot_every 4"))
    assert d["/mc/state/kT"] == pytest.approx(2 + np.arange(700) / 1e5, abs=1e-9)
    with h5py.File(tmp_path / "m.h5", "r") as file:
        stored = yaml.safe_load(text(file.attrs["input"]))["model"]["kT"]
    stored = [float(x) for x in stored.split(",")] if isinstance(stored, str) else stored
    assert stored == pytest.approx(2 + np.arange(700) / 1e5, abs=1e-9)


def test_yaml_of_another_command(tmp_path):
    """Options of kmc in the file of mc are refused as on the command line."""
    (tmp_path / "x.yaml").write_text("kmc: {start: B}\n")
    refused(MC + "-input x.yaml", "-?kmc_start.*mc", tmp_path)
    (tmp_path / "x.yaml").write_text("mc: {sampler: fast}\n")
    refused(MC + "-input x.yaml", "mc_sampler fast.*metropolis", tmp_path)


@pytest.mark.parametrize("args, pattern", [
    (MC + "-lattice_edge 4 -mc_sampler informed -model_kT 1e-4", "-model_kT"),
    (MC + "-mc_replica_exchange_every 10", "-mc_replica_exchange_every"),
    (SPECTRUM + "-spectrum_count 0", "-spectrum_count")])
def test_two_ranks(args, pattern, tmp_path):
    """Under mpirun the sentence appears once, not once a rank."""
    refused(args, pattern, tmp_path, ranks=2)


def test_existing_output(tmp_path):
    """An existing file is neither replaced nor touched."""
    for command in ("mc", "spectrum"):
        (tmp_path / "x.h5").write_text("precious")
        refused(f"{command} -output_file x.h5 -lattice_edge 3", "-output_file.*x.h5.*"
                "-output_overwrite", tmp_path)
        assert (tmp_path / "x.h5").read_text() == "precious"


def test_help():
    """Help lists the options of both commands, each with its default."""
    page = run("help mc").stdout
    for option in ("shell_layers", "shell_stiffness", "model_kT", "model_differences",
                   "ensemble_size", "ensemble_first", "ensemble_seed", "mc_equilibration",
                   "mc_sweeps", "mc_record_every", "mc_area_every", "mc_snapshot_every",
                   "mc_move", "mc_composition", "mc_path", "mc_start", "mc_sampler", "mc_replica_exchange_every",
                   "output_file", "output_potential"):
        assert re.search(rf"-{option}\b", page), option
    assert not re.search("-(model_k_ex|kmc_start|spectrum_count)", page)
    page = run("help spectrum").stdout
    assert "-spectrum_count" in page and "12" in page and "-mc_sweeps" not in page
