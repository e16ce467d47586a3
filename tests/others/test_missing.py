"""Where what others wrote cannot be had, one line says what is missing."""

import pytest

from tests.others import npm, validator
from tests.others.__main__ import PARTS, code_of
from tests.others.missing import Missing


@pytest.fixture
def bare(monkeypatch):
    """A machine without any program."""
    monkeypatch.setenv("PATH", "")


def test_without_java_there_is_no_validator(bare, tmp_path):
    with pytest.raises(Missing, match="^java is not installed$"):
        validator.class_path(tmp_path)


def test_without_node_there_is_no_client(bare, tmp_path):
    with pytest.raises(Missing, match="^node is not installed$"):
        npm.bring(tmp_path, npm.CLIENT)


def test_the_command_says_it_in_one_line_and_fails(bare, capsys):
    assert code_of(PARTS["client"]) == 2
    assert capsys.readouterr().err == "conformance: node is not installed\n"
