"""Consents by the API: which words were read is said, never supposed."""

import pytest
from sqlmodel import select

from cie import consent
from cie.consent import Consent
from cie.db import reading

YES = {"decision": "share", "categories": ["general"], "method": "in-person"}


def say(place, **said):
    return place.clinic.post(f"/people/{place.loop.person.id}/consents", {**YES, **said})


def test_a_yes_says_which_words_were_read(place):
    version = place.clinic.get("/consents/wording").get_json()["version"]

    answer = say(place, wording_version=version)

    assert answer.status_code == 201
    assert (version, answer.get_json()["in_force"]) == (consent.FORM_VERSION, True)


@pytest.mark.parametrize(("field", "longest"), [("language", 12), ("form", 40), ("wording_version", 40)])
def test_what_is_too_long_to_be_a_code_is_named(place, field, longest):
    answer = say(place, **{"decision": "do-not-share", "categories": [], field: "x" * (longest + 1)})

    assert answer.status_code == 422
    assert [each["field"] for each in answer.get_json()["errors"]] == [field]


def test_a_word_that_was_given_on_a_day_to_come_is_not_written_down(place):
    answer = say(place, decision="do-not-share", categories=[], signed_on="2100-01-01")

    assert answer.status_code == 422
    assert [each["field"] for each in answer.get_json()["errors"]] == ["signed_on"]


def test_without_them_nothing_is_written_down(place):
    answer = say(place)

    assert answer.status_code == 422
    with reading() as session:
        assert len(session.exec(select(Consent)).all()) == 1
