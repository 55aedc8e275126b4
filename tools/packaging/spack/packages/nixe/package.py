"""Recipe of nixe for Spack, for the sources that it stands in; docs/clusters.md tells how, docs/platforms.md what was run of it."""
from spack.package import depends_on, license, variant, version, when

try:
    from spack_repo.builtin.build_systems.makefile import MakefilePackage   # Spack 1
except ImportError:
    from spack.package import MakefilePackage                               # Spack 0


class Nixe(MakefilePackage):
    """Ion exchange in elastic nanocrystals, by Monte Carlo in parallel."""

    license("MIT")
    version("main")             # without a place to fetch it from: `spack dev-build` has its sources

    variant("tools", default=True, description="What the Python tools need")

    depends_on("c", type="build")
    depends_on("gmake", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi")
    depends_on("petsc@3.18:+mpi+double~complex")
    depends_on("slepc@3.18:")
    depends_on("hdf5@1.10:+mpi+hl")
    depends_on("blas")
    depends_on("fftw-api@3")
    depends_on("libyaml")
    depends_on("random123", type="build")
    depends_on("cmocka", type="test")
    depends_on("py-pytest", type="test")
    with when("+tools"):
        for package in ("python", "py-h5py", "py-numpy", "py-scipy", "py-matplotlib", "py-pyyaml"):
            depends_on(package, type=("build", "run"))

    def setup_build_environment(self, env):
        """What the Makefile wants to know. Spack's CC is a compiler without MPI."""
        env.set("CC", self.spec["mpi"].mpicc)
        env.set("PREFIX", self.prefix)
        for name in ("petsc", "slepc", "hdf5"):
            env.set(f"{name.upper()}_DIR", self.spec[name].prefix)
