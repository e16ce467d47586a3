"""Puts the folders that live beside the package into the wheel; everything else is in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

FOLDERS = ("templates", "migrations", "seed_data")


class BuildWithResources(build_py):
    """A checkout finds the folders where they are; a wheel carries them inside the package."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for folder in FOLDERS:
            to = Path(self.build_lib, "cie", "_resources", folder)
            shutil.rmtree(to, ignore_errors=True)
            shutil.copytree(folder, to, ignore=shutil.ignore_patterns("__pycache__"))


setup(cmdclass={"build_py": BuildWithResources})
