"""HAPI FHIR's validator, fetched by Maven and run on a folder of resources."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.others.definitions import lay_out
from tests.others.missing import Missing

HERE = Path(__file__).parent


class Error(NamedTuple):
    """What the validator holds against a resource: the name of its message, the place, and its words."""

    rule: str
    place: str
    words: str


def class_path(folder: Path) -> str:
    """Where the jars are, once Maven has them. Raises Missing."""
    for program in ("java", "mvn"):
        if not shutil.which(program):
            raise Missing(f"{program} is not installed")
    told = folder / "class-path"
    command = [
        "mvn",
        "-q",
        "-B",
        "-f",
        str(HERE / "pom.xml"),
        "dependency:build-classpath",
        f"-Dmdep.outputFile={told}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    if done.returncode:
        said = next((line for line in done.stdout.splitlines() if "ERROR" in line), "it said nothing")
        raise Missing(f"Maven did not get HAPI FHIR: {said[:200]}")
    return told.read_text("utf-8").strip()


def judged_by_hapi(resources: Mapping[str, Any], gravity: Path, folder: Path) -> dict[str, list[Error]]:
    """The errors of each resource, by its name. `gravity`: the published definitions. Raises Missing."""
    jars = class_path(folder)
    for name in ("definitions", "resources"):
        (folder / name).mkdir()
    lay_out(gravity, folder / "definitions", resources.values())
    names = dict(enumerate(resources))
    for number, name in names.items():
        (folder / "resources" / f"{number}.json").write_text(json.dumps(resources[name]), "utf-8")
    command = ["java", "-cp", jars, str(HERE / "Validate.java"), str(folder / "definitions"), str(folder / "resources")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3600)
    if done.returncode:
        raise Missing(f"The validator did not run: {done.stderr.strip()[-300:]}")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {
        names[int(each["name"].removesuffix(".json"))]: [Error(**error) for error in each["errors"]] for each in found
    }
