"""`cie forms`: adding the file of an official form, and which ones there are."""

import hashlib

import pytest

from cie.db import configure
from cie.db.migrate import upgrade
from tests.conftest import settings_for
from tests.support.commands import cie, environment

PAPER = b"%PDF-1.7\nThe official form\n%%EOF\n"
GIVEN = ("--version", "11/24", "--source", "dhcs.ca.gov", "--effective", "2026-01-01")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forms")
    settings = settings_for(f"sqlite:///{folder}/cie.db", folder)
    configure(settings)
    upgrade()
    (folder / "form.pdf").write_bytes(PAPER)
    (folder / "words.pdf").write_text("only words")
    return folder, environment(settings)


def add(place, form="cmia", file="form.pdf", *given):
    folder, env = place
    return cie("forms", "add", form, str(folder / file), *(given or GIVEN), env=env)


def test_a_file_is_added_once_and_listed(place):
    first, again = add(place), add(place)

    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    id_ = first.stdout.split()[-1]
    assert first.stdout.strip() == f"added cmia en 11/24 {id_}"
    assert again.stdout.strip() == f"there already: cmia en 11/24 {id_}"
    listed = cie("forms", "list", env=place[1]).stdout.splitlines()
    assert listed == [f"{id_} cmia en 11/24 from 2026-01-01 {hashlib.sha256(PAPER).hexdigest()}"]


@pytest.mark.parametrize(
    ("form", "file", "given", "why"),
    [
        ("cmia", "words.pdf", (), "choose the official form as a PDF"),
        ("no-such-form", "form.pdf", (), "There is no such form"),
        ("hmis", "form.pdf", ("--language", "please", *GIVEN), "Language: choose one"),
        ("hmis", "form.pdf", ("--version", "1", "--source", "x", "--effective", "soon"), "soon"),
    ],
)
def test_what_cannot_be_added_is_one_clear_line(place, form, file, given, why):
    done = add(place, form, file, *given)

    assert done.returncode != 0 and why in done.stderr and "Traceback" not in done.stderr
