"""The build where libraries have other names and places, on machines made up for the purpose."""
import os
import platform
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from harness import ROOT, environment

CC = shlex.split(os.environ.get("CC", "mpicc"))
LIBRARIES = ROOT / "tools" / "developer" / "libraries.sh"
DEBIAN = sorted(Path("/usr/lib/petscdir").glob("petsc3*/*-real"))


# Where this machine has its libraries, if pkg-config does not know.
PLACES = {name: os.environ[name] for name in ("PETSC_DIR", "PETSC_ARCH", "SLEPC_DIR", "HDF5_DIR", "BLAS", "PKG_CONFIG_PATH")
          if name in os.environ}


def ask(what, **where):
    """The words that the compiler is told; of this machine, or of one where libraries are elsewhere."""
    env = {name: value for name, value in os.environ.items() if not where or name not in PLACES}
    done = subprocess.run(["sh", LIBRARIES, what], env={**env, **{name: str(value) for name, value in where.items()}},
                          capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.split()


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def header(name):
    """The folder in which the compiler finds it."""
    words = [*CC, *ask("flags"), "-E", "-"]
    lines = subprocess.run(words, input=f"#include <mpi.h>\n#include <{name}>\n", capture_output=True, text=True).stdout
    return next(Path(line.split('"')[1]).parent for line in lines.splitlines() if line.startswith("# ") and f"/{name}" in line)


@pytest.mark.parametrize("doctored, source, change, sentence", [
    ("petscconf.h", "src/base/petsc_error.c", "#define PETSC_USE_COMPLEX 1", "a PETSc of real numbers in double precision"),
    ("petscconf.h", "src/base/petsc_error.c", "#undef PETSC_USE_REAL_DOUBLE", "a PETSc of real numbers in double precision"),
    ("H5pubconf.h", "src/file/hdf5.c", "#undef H5_HAVE_PARALLEL", "an HDF5 that has been built for MPI")],
    ids=["complex", "single", "serial"])
def test_libraries_of_another_kind(doctored, source, change, sentence, tmp_path):
    """What cannot work does not compile, and one sentence says why."""
    folder = shutil.copytree(header(doctored), tmp_path / "include", dirs_exist_ok=True)
    words = [*CC, "-std=c11", "-D_DEFAULT_SOURCE", f"-I{ROOT}/include", f"-I{folder}", *ask("flags"), "-fsyntax-only", ROOT / source]
    assert subprocess.run(words).returncode == 0
    with open(folder / doctored, "a") as file:
        file.write(f"\n{change}\n")
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode != 0 and f"nixe needs {sentence}" in done.stderr, done.stderr


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the levels are those of x86-64")
@pytest.mark.parametrize("level", ["x86-64", "x86-64-v3", "x86-64-v4"])
def test_hot_loops_for_one_processor(level, tmp_path):
    """-march, which Spack adds, goes with the clones of the hot loops: gcc 12 ends at those of a level below that of -march."""
    words = [*CC, "-std=c11", "-D_DEFAULT_SOURCE", f"-I{ROOT}/include", "-O3", "-fopenmp-simd", f"-march={level}", "-c",
             ROOT / "src/sampling/hot_loops.c", "-o", tmp_path / "loops.o"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def petsc_root(folder, name="petsc_odd", pc=True, shared=True):
    write(folder / "lib" / f"lib{name}.{'so' if shared else 'a'}", "")
    write(folder / "lib/petsc/conf/petscvariables", f"PETSC_LIB_BASIC = -l{name}\nBLASLAPACK_LIB = -L/opt/blas -lodd_blas\n")
    if pc:
        write(folder / "lib/pkgconfig/PETSc.pc", f"libdir={folder}/lib\nName: PETSc\nDescription: d\nVersion: 3\n"
              f"Cflags: -I{folder}/other\nLibs: -L${{libdir}} -l{name}\nLibs.private: -lodd_needed\n")
    return folder


def test_petsc_is_asked(tmp_path):
    """Its name, its BLAS, its folders of headers; it is found again when the program starts."""
    root = petsc_root(tmp_path / "petsc")
    words = ask("libraries", PETSC_DIR=root)
    assert "-lpetsc_odd" in words and "-lodd_blas" in words and "-lpetsc" not in words and "-lodd_needed" not in words
    assert f"-L{root}/lib" in words and f"-Wl,-rpath,{root}/lib" in words and "-Wl,-rpath,/opt/blas" in words
    assert {f"{root}/other", f"{root}/include"} <= set(ask("flags", PETSC_DIR=root))


def test_petsc_in_a_folder_of_its_own_kind(tmp_path):
    root = petsc_root(tmp_path / "petsc" / "arch-odd")
    words = ask("libraries", PETSC_DIR=root.parent, PETSC_ARCH="arch-odd")
    assert "-lpetsc_odd" in words and f"-L{root}/lib" in words
    assert {f"{root}/include", f"{root.parent}/include"} <= set(ask("flags", PETSC_DIR=root.parent, PETSC_ARCH="arch-odd"))


def test_petsc_without_a_file_for_pkg_config(tmp_path):
    root = petsc_root(tmp_path / "petsc", pc=False)
    words = ask("libraries", PETSC_DIR=root)
    assert "-lpetsc_odd" in words and "-lodd_blas" in words and f"-Wl,-rpath,{root}/lib" in words


def test_static_petsc(tmp_path):
    """It does not bring what it needs."""
    assert "-lodd_needed" in ask("libraries", PETSC_DIR=petsc_root(tmp_path / "petsc", shared=False))


def test_own_blas(tmp_path):
    root = petsc_root(tmp_path / "petsc")
    assert "-lmine" in ask("libraries", PETSC_DIR=root, BLAS="-lmine")
    assert not [word for word in ask("libraries", PETSC_DIR=root, BLAS="") if word in ("-lblas", "-lopenblas", "-lodd_blas")]


HDF5_NAMES = [("hdf5_openmpi", "hdf5_openmpi_hl"), ("hdf5_parallel", "hdf5_hl_parallel"), ("hdf5", "hdf5_hl")]


@pytest.mark.parametrize("how, name, scales", [("nothing", "hdf5", "hdf5_hl")] + [
    (how, *names) for how in ("pkg-config", "h5pcc") for names in HDF5_NAMES])
def test_hdf5_is_asked(how, name, scales, tmp_path):
    """Its name, and that of its library of dimension scales; without anybody to ask, the usual ones."""
    root = tmp_path / "hdf5"
    for library in (name, scales):
        write(root / "lib" / f"lib{library}.so", "")
    if how == "pkg-config":
        write(root / "lib/pkgconfig/hdf5.pc", f"Name: HDF5\nDescription: d\nVersion: 1\nLibs: -L{root}/lib -l{name} -lmpi\n")
    if how == "h5pcc":
        write(root / "bin/h5pcc", f"#!/bin/sh\necho mpicc -I{root}/odd -L{root}/lib {root}/lib/lib{scales}.a {root}/lib/lib{name}.a "
              "-lz -lm\n").chmod(0o755)
    words = ask("libraries", HDF5_DIR=root)
    first = words.index(f"-l{scales}")
    assert words[first + 1] == f"-l{name}" and "-lmpi" not in words and "-lz" not in words
    assert f"-L{root}/lib" in words[:first] and f"-Wl,-rpath,{root}/lib" in words
    if how == "h5pcc":
        assert f"{root}/odd" in ask("flags", HDF5_DIR=root)


@pytest.mark.skipif(not DEBIAN, reason="this PETSc is not Debian's")
def test_petsc_dir_links(tmp_path):
    """Debian's PETSc, which is not called libpetsc, by way of PETSC_DIR."""
    root = DEBIAN[0].resolve()
    source = write(tmp_path / "a.c", "#include <petscsys.h>\n#include <hdf5_hl.h>\n#include <petscblaslapack.h>\n"
                   "int main(void) { PetscBLASInt n = 0, one = 1; double x = 0; herr_t (*scale)(hid_t, const char *) = H5DSset_scale;\n"
                   "BLASscal_(&n, &x, &x, &one); return PetscInitializeNoArguments() || !scale || PetscFinalize(); }\n")
    words = [*CC, *ask("flags", PETSC_DIR=root), "-o", tmp_path / "a", source, *ask("libraries", PETSC_DIR=root)]
    subprocess.run(words, check=True)
    assert subprocess.run([tmp_path / "a"], env=environment()).returncode == 0


@pytest.fixture
def bare(tmp_path):
    """A path of programs without mpicc, mpirun, Python and apt-get; the compiler is called cc, and make only says so."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "dirname", "getconf", "grep", "head", "find", "sed", "pkg-config", "env"):
        (folder / name).symlink_to(shutil.which(name))
    compiler = [shutil.which(CC[0]), *CC[1:]]
    write(folder / "cc", f'#!/bin/sh\nPATH="{os.environ["PATH"]}" exec {shlex.join(compiler)} "$@"\n').chmod(0o755)
    write(folder / "make", '#!/bin/sh\necho "make $*"\n').chmod(0o755)
    return folder


def set_up(what, path, **env):
    return subprocess.run(["sh", ROOT / "tools" / "setup.sh", what], env={**PLACES, "HOME": str(path), "PATH": str(path), **env},
                          capture_output=True, text=True)


def test_build_without_launcher_and_python(bare):
    """As on a Cray: the compiler is cc, and login nodes have no mpirun."""
    done = set_up("build", bare, CC="cc")
    assert done.returncode == 0 and done.stdout.startswith("make -j"), done.stderr


def test_what_is_missing_is_named(bare):
    done = set_up("build", bare, CC="mpicc")
    assert done.returncode == 1 and "a C compiler with MPI, which mpicc is not" in done.stderr and "make" not in done.stdout
    done = set_up("demo", bare, CC="cc", MPIRUN="srun -n 4")
    assert done.returncode == 1 and "srun, or MPIRUN" in done.stderr and "make" not in done.stdout
    assert "PETSc" not in done.stderr and "HDF5" not in done.stderr


def test_without_root_all_is_named_at_once(bare):
    """Without MPI, libraries and sudo: all of them in one answer, with the line for an administrator; nothing is tried."""
    write(bare / "apt-get", '#!/bin/sh\necho "apt-get $*" >> "$HOME/asked"\n').chmod(0o755)
    write(bare / "dpkg-query", "#!/bin/sh\n[ $4 != gcc ] || echo 'install ok installed'\n[ $4 = gcc ]\n").chmod(0o755)
    write(bare / "id", "#!/bin/sh\necho 1000\n").chmod(0o755)
    write(bare / "cc", "#!/bin/sh\nexit 1\n")
    (bare / "make").unlink()
    done = set_up("demo", bare)
    assert done.returncode == 1 and not (bare / "asked").exists() and not done.stdout
    for name in ("make", "a C compiler with MPI", "PETSc", "SLEPc", "parallel HDF5", "Random123", "FFTW", "libyaml", "mpirun"):
        assert f"\n  {name}" in done.stderr, done.stderr
    packages = set(re.search(r"^  apt-get install --no-install-recommends (.*)$", done.stderr, re.M)[1].split())
    assert {"make", "libopenmpi-dev", "petsc-dev", "slepc-dev", "python3-h5py"} <= packages and "gcc" not in packages


def test_what_is_there_without_mpi_is_not_asked_for(bare):
    """A C compiler that lacks MPI still finds libraries that do not need it."""
    folder = write(bare / "include" / "yaml.h", "").parent
    write(bare / "cc", f'#!/bin/sh\nexec {shutil.which("gcc") or shutil.which("cc")} -nostdinc -I{folder} "$@"\n')
    done = set_up("build", bare, CC="mpicc", PETSC_DIR="/nowhere", SLEPC_DIR="/nowhere", HDF5_DIR="/nowhere")
    assert done.returncode == 1 and "libyaml" not in done.stderr and "Random123" in done.stderr and "which mpicc is not" in done.stderr


def test_libraries_by_other_means(bare):
    """Packages that are missing do not matter where the libraries are there, and nothing is said of them."""
    write(bare / "apt-get", "#!/bin/sh\nexit 1\n").chmod(0o755)
    write(bare / "dpkg-query", "#!/bin/sh\nexit 1\n").chmod(0o755)
    write(bare / "id", "#!/bin/sh\necho 1000\n").chmod(0o755)
    done = set_up("build", bare, CC="cc")
    assert done.returncode == 0 and done.stdout.startswith("make -j") and "apt-get" not in done.stderr
