"""Packages of npm in a folder of their own, and programs that are run beside them."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.others.missing import Missing

HERE = Path(__file__).parent
CLIENT = "fhir-kit-client@2.0.3"


def bring(folder: Path, *packages: str) -> None:
    """Let npm bring packages into a folder. Raises Missing."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise Missing(f"{program} is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), *packages]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise Missing(f"npm did not bring {', '.join(packages)}: {done.stderr.strip().splitlines()[-1][:200]}")


def start(folder: Path, script: str) -> "subprocess.Popen[str]":
    """Start a server of ours beside the packages; what it prints can be read."""
    beside = Path(shutil.copy(HERE / script, folder))
    return subprocess.Popen(["node", str(beside)], stdout=subprocess.PIPE, text=True)


def run(folder: Path, script: str, given: Any) -> Any:
    """Run a script of ours beside the packages; what it reads and prints is JSON."""
    beside = Path(shutil.copy(HERE / script, folder))
    done = subprocess.run(["node", str(beside)], input=json.dumps(given), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
