"""The recipe for Spack and the environment of what it needs, read by a stand-in for Spack: that they are whole, not that they build."""
import sys
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "tools/packaging/spack"
# What one of Spack's virtual packages is in the environment.
PROVIDERS = {"blas": "openblas", "fftw-api": "fftw", "pkgconfig": "pkgconf"}


def name_of(spec):
    return spec.split("@")[0].split("+")[0].strip()


@pytest.fixture
def recipe(monkeypatch):
    """The class of the recipe, with the list `needs` of what it depends on."""
    needs = []

    @contextmanager
    def when(_condition):
        yield
    words = {"depends_on": lambda spec, **_: needs.append(name_of(spec)), "license": str, "version": str,
             "variant": lambda name, **_: None, "when": when, "MakefilePackage": object}
    for module in ("spack", "spack.package"):
        monkeypatch.setitem(sys.modules, module, ModuleType(module))
    vars(sys.modules["spack.package"]).update(words)
    space = {}
    exec(compile((FOLDER / "packages/nixe/package.py").read_text(), "package.py", "exec"), space)
    return SimpleNamespace(needs=needs, package=space["Nixe"])


def test_the_environment_has_all_that_the_recipe_needs(recipe):
    specs = yaml.safe_load((FOLDER / "spack.yaml").read_text())["spack"]["specs"]
    needs = {PROVIDERS.get(name, name) for name in recipe.needs} - {"c", "mpi"}     # a compiler, and the MPI that HDF5 takes
    assert needs == {name_of(spec) for spec in specs}
    assert {"petsc", "slepc", "hdf5", "libyaml", "random123"} <= needs
    assert yaml.safe_load((FOLDER / "repo.yaml").read_text()) == {"repo": {"namespace": "nixe"}}


def test_the_makefile_knows_what_the_recipe_sets(recipe):
    class Spec(dict):
        def __missing__(self, name):
            return SimpleNamespace(mpicc="/mpi/bin/mpicc", prefix=f"/{name}")
    package, told = recipe.package(), {}
    package.spec, package.prefix = Spec(), "/nixe"
    package.setup_build_environment(SimpleNamespace(set=told.__setitem__))
    assert told == {"CC": "/mpi/bin/mpicc", "PREFIX": "/nixe", "PETSC_DIR": "/petsc", "SLEPC_DIR": "/slepc", "HDF5_DIR": "/hdf5"}
    makefile = (FOLDER.parents[2] / "Makefile").read_text()
    assert all(f"$({name})" in makefile for name in told)
