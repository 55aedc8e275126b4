"""The stop composition is reached from the side on which a trajectory began."""
import numpy as np
import pytest
from harness import datasets, make, run

CRYSTAL = "kmc -lattice_edge 4 -ensemble_size 4 -model_kT 1 -kmc_time_count 9 -kmc_snapshots 2 -kmc_time_last 1e3"   # 37 sites


@pytest.mark.parametrize("options, last", [
    ("-kmc_start A -model_dmu -20", 0),
    ("-kmc_start A -model_dmu -20 -kmc_stop_composition 0.5", 18 / 37),
    ("-kmc_start B -model_dmu 20", 1),
    ("-kmc_start B -model_dmu 20 -kmc_stop_composition 0.5", 19 / 37),
    ("-kmc_start B -model_dmu 20 -kmc_stop_composition 1", 1),
    ("-kmc_start random -model_dmu -20", 0),
    ("-kmc_start random -model_dmu 20", 1),
    ("-kmc_start separated -model_dmu -20", 0),
    ("-kmc_start separated -model_dmu 20", 1),
    ("-kmc_start A -model_dmu -0.1 -kmc_schedule 5:dmu=-20 -kmc_stop_composition 0.5", 18 / 37),
    ("-kmc_start random -model_dmu 20 -kmc_start_composition 0.3 -kmc_stop_composition 0.6", 23 / 37),
    ("-kmc_start random -model_dmu -20 -kmc_start_composition 0.6 -kmc_stop_composition 0.3", 11 / 37),
])
def test_sides(options, last, tmp_path):
    """Every trajectory ends at the stop composition, after events, at the time of the last of them."""
    result = run(f"{CRYSTAL} {options} -quiet -output_file {tmp_path}/k.h5")
    assert result.returncode == 0, result.stderr
    assert "before their first event" not in result.stdout and "not complete" not in result.stdout
    d = datasets(tmp_path / "k.h5")
    assert d["/kmc/composition"][:, -1] == pytest.approx(last, abs=1e-12)
    assert (d["/kmc/completion_time"] > 0).all() and (d["/kmc/events"][:, -1] > 0).all()


def test_rows_of_a_file(tmp_path):
    """Each row of a start file has its own side; the default follows the driving force."""
    make(tmp_path / "start.h5", f"{CRYSTAL} -kmc_start random -model_dmu 0 -kmc_time_last 1e-3")
    for dmu, end in ((-20, 0), (20, 1)):
        d = datasets(make(tmp_path / f"{end}.h5", f"{CRYSTAL} -kmc_start {tmp_path}/start.h5 -model_dmu {dmu}"))
        assert (d["/kmc/composition"][:, -1] == end).all() and (d["/kmc/completion_time"] > 0).all()
    d = datasets(make(tmp_path / "two.h5", f"{CRYSTAL} -kmc_start {tmp_path}/0.h5 -model_dmu 20 -kmc_stop_composition 0.2"))
    assert (d["/kmc/composition"][:, -1] == 8 / 37).all()


@pytest.mark.parametrize("options", ["-kmc_start B -kmc_stop_composition 0", "-kmc_start A -kmc_stop_composition 1"])
def test_complete_before_the_first_event(options, tmp_path):
    """That is warned of, and the number of trajectories it happened to is said."""
    result = run(f"{CRYSTAL} {options} -model_dmu 0 -quiet -output_file {tmp_path}/k.h5")
    assert result.returncode == 0
    assert "warning   4 of 4 trajectories were complete before their first event" in result.stdout
    d = datasets(tmp_path / "k.h5")
    assert (d["/kmc/completion_time"] == 0).all() and (d["/kmc/events"] == 0).all()


def test_schedule(tmp_path):
    """With a schedule nothing is complete, unless a composition is given; both sides are come to."""
    times = "-kmc_time_first 0 -kmc_time_last 400 -kmc_time_count 5 -kmc_time_spacing linear"
    d = datasets(make(tmp_path / "k.h5", f"{CRYSTAL} -model_dmu -20 {times} -kmc_schedule 200:dmu=20,300:dmu=-20"))
    assert np.isnan(d["/kmc/completion_time"]).all()
    assert d["/kmc/composition"].tolist() == [[1, 0, 0, 1, 0]] * 4
    assert d["/kmc/dmu"].tolist() == [-20, -20, 20, -20, -20] and (d["/kmc/kT"] == 1).all()


@pytest.mark.parametrize("crystal, shares", [
    ("-lattice_edge 4", (0.3, 1, 0)), ("-lattice_shape cube -lattice_edge 4", (0.5, 0.26)),
    ("-lattice_type square -lattice_shape box -lattice_cells 6,5 -lattice_periodic 2", (0.5,))])
def test_separated(crystal, shares, tmp_path):
    """A on the sites of smallest x, then y, then z; as many as the composition says, rounded down."""
    for share in shares:
        d = datasets(make(tmp_path / f"{share}.h5", f"kmc {crystal} -ensemble_size 2 -model_kT 1 -kmc_time_first 0 -kmc_time_last 1e-9 "
                          f"-kmc_time_count 2 -kmc_time_spacing linear -kmc_start separated -kmc_start_composition {share}"))
        position = d["/lattice/position"]
        order = np.lexsort(np.round(position, 6).T[::-1])
        expected = np.full(len(position), -1)
        expected[order[:int(share * len(position) + 1e-9)]] = 1
        assert (d["/kmc/snapshot/sigma"][:, 0] == expected).all()


def test_none(tmp_path):
    """Without a stop composition nothing is complete, and nothing is called not complete."""
    for stop, said in (("none", False), ("0", True)):
        result = run(f"{CRYSTAL} -kmc_stop_composition {stop} -model_dmu 0 -quiet -output_file {tmp_path}/{stop}.h5")
        assert ("not complete" in result.stdout) == said, result.stdout
        assert np.isnan(datasets(tmp_path / f"{stop}.h5")["/kmc/completion_time"]).all()
