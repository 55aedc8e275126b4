"""The package of the tools as pip installs it."""
import shutil
import subprocess
import sys

import pytest
from harness import ROOT, environment


@pytest.fixture(scope="session")
def pip_python(make_folder):
    """The Python of an environment with the package, installed from a copy: pip builds beside what it installs."""
    pytest.importorskip("setuptools", reason="python3-setuptools is not installed")
    pytest.importorskip("pip", reason="python3-pip is not installed")
    folder = make_folder("pip")
    shutil.copytree(ROOT / "tools", folder / "tools", ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-build-isolation",
                    folder / "tools"], check=True, env=environment({"PIP_NO_INPUT": "1"}))
    return python
