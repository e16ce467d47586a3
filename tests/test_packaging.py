"""The wheel runs away from the checkout: everything that is not code is found inside it."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = ("cie", "templates", "migrations", "seed_data", "pyproject.toml", "setup.py", "README.md", "LICENSE")

OPENS_THE_APP = """
import cie
from cie.app import compose, create_app
from cie.db import configure
from cie.settings import load_settings
settings = load_settings()
configure(settings)
client = create_app(settings, compose(settings)).test_client()
for path in ("/help", "/sign-in", "/find-help?need=food&zip=93702", "/static/cie.css", "/readyz"):
    answer = client.get(path, headers={"Accept-Language": "es"})
    assert answer.status_code == 200, (path, answer.status_code)
print(cie.__file__, "Entrar" in client.get("/sign-in", headers={"Accept-Language": "es"}).text)
"""


def run(*command: str, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def wheel(tmp_path) -> Path:
    """The wheel, built without network from a copy of the sources."""
    source = tmp_path / "source"
    source.mkdir()
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    run(*command, "--wheel-dir", str(tmp_path), str(source), cwd=tmp_path)
    shutil.rmtree(source)
    (found,) = tmp_path.glob("cie-*.whl")
    return found


def installed(wheel: Path, folder: Path) -> Path:
    """The programs of a new environment with the wheel; the libraries are those of the environment of the tests."""
    run(sys.executable, "-m", "venv", "--without-pip", str(folder), cwd=wheel.parent)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    run(*pip, str(wheel), cwd=wheel.parent)
    (packages,) = folder.glob("lib/python3*/site-packages")
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def test_the_wheel_makes_seeds_and_serves_a_demo(wheel, tmp_path):
    programs = installed(wheel, tmp_path / "venv")
    away = tmp_path / "away"
    away.mkdir()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CIE_", "PYTHON"))}
    env = {**clean, "CIE_ENV": "demo", "CIE_INSTANCE": str(away / "instance")}

    assert "current" in run(str(programs / "cie"), "db", "upgrade", cwd=away, env=env)
    assert "referrals: 6" in run(str(programs / "cie"), "seed", cwd=away, env=env)
    where, spanish = run(str(programs / "python"), "-c", OPENS_THE_APP, cwd=away, env=env).split()

    assert Path(where).is_relative_to(tmp_path / "venv")
    assert spanish == "True"
