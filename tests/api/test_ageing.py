"""An old form is told of long before it ends: by each of its answers, and in the document."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from marshmallow import Schema, fields

from cie.api import document
from cie.api.ageing import OLD_FORMS, WORKS_ON, OldForm
from cie.api.blueprint import Part
from cie.http import public
from tests.conftest import settings_for

SINCE, UNTIL = datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 6, 1, tzinfo=UTC)


class ShoeSchema(Schema):
    """Something with a name that grew old."""

    colour = fields.Str()
    color = fields.Str()


def old(method, path, **said):
    values = {"since": SINCE, "until": UNTIL, "instead": "Use the newer one."}
    return OldForm(method, path, **{**values, **said})


def make_shop(folder, *forms):
    """A small app with the API of another trade, of which these forms are old."""
    part = Part("shoes", "Shoes")

    @part.route("/<uuid:shoe_id>", methods=["GET"])
    @public
    @part.response(200, ShoeSchema)
    def show(shoe_id):
        """Look at a shoe"""
        return {"color": "red"}

    @part.route("", methods=["POST"])
    @public
    @part.arguments(ShoeSchema)
    @part.response(200, ShoeSchema)
    def make(said):
        """Make a shoe"""
        return said

    app = Flask("shop")
    app.extensions["cie-settings"] = settings_for("sqlite://", folder)
    document.install(app, [part], forms)
    return app.test_client()


SHOW, MAKE = "/api/v1/shoes/{shoe_id}", "/api/v1/shoes"
SHOE = "/api/v1/shoes/0195d1a0-0000-7000-8000-000000000000"


class TestAnswers:
    def test_each_of_an_old_operation_says_since_when_and_until_when(self, tmp_path):
        answer = make_shop(tmp_path, old("GET", SHOW)).get(SHOE)

        assert (answer.status_code, answer.get_json()) == (200, {"color": "red"})
        assert answer.headers["Deprecation"] == "@1798761600"
        assert answer.headers["Sunset"] == "Thu, 01 Jun 2028 00:00:00 GMT"
        assert answer.headers["Link"] == '</api/docs#old-forms>; rel="deprecation"; type="text/html"'

    def test_of_several_the_one_that_ends_first_is_said(self, tmp_path):
        forms = old("POST", MAKE, until=UNTIL + timedelta(days=9)), old("POST", MAKE, field="colour")

        answer = make_shop(tmp_path, *forms).post(MAKE, json={})

        assert answer.headers.getlist("Sunset") == ["Thu, 01 Jun 2028 00:00:00 GMT"]

    @pytest.mark.parametrize("body", [{"colour": 1}, {"size": 9}])
    def test_a_refusal_says_it_too(self, tmp_path, body):
        answer = make_shop(tmp_path, old("POST", MAKE)).post(MAKE, json=body)

        assert (answer.status_code, answer.headers["Deprecation"]) == (422, "@1798761600")

    def test_other_operations_say_nothing_but_the_version(self, tmp_path):
        answer = make_shop(tmp_path, old("GET", SHOW)).post(MAKE, json={})

        assert "Deprecation" not in answer.headers and "Sunset" not in answer.headers
        assert answer.headers["API-Version"] == "v1"


class TestDocument:
    def test_an_old_operation_is_marked(self, tmp_path):
        said = make_shop(tmp_path, old("GET", SHOW)).get("/api/v1/openapi.json").get_json()["paths"]

        assert said[SHOW]["get"]["deprecated"] is True
        assert "deprecated" not in said[MAKE]["post"]

    def test_an_old_field_is_marked_and_its_operation_is_not(self, tmp_path):
        said = make_shop(tmp_path, old("POST", MAKE, field="colour")).get("/api/v1/openapi.json").get_json()

        shoe = said["components"]["schemas"]["Shoe"]["properties"]
        assert (shoe["colour"].get("deprecated"), shoe["color"].get("deprecated")) == (True, None)
        assert "deprecated" not in said["paths"][MAKE]["post"]


class TestPolicy:
    def test_no_form_ends_within_a_year(self):
        with pytest.raises(ValueError, match="365 days"):
            old("GET", SHOW, until=SINCE + timedelta(days=364))

    def test_every_old_form_is_one_that_there_is(self, place):
        paths = place.app.test_client().get("/api/v1/openapi.json").get_json()["paths"]

        assert [form for form in OLD_FORMS if form.method.lower() not in paths[form.path]] == []

    def test_the_page_for_people_tells_it(self, place):
        words = place.app.test_client().get("/api/docs").get_data(as_text=True)

        assert 'id="old-forms"' in words
        assert "a year at least" in words
        assert timedelta(days=365) == WORKS_ON

    @pytest.mark.parametrize("path", ["/me", "/nothing", "/people/none", "/openapi.json"])
    def test_every_answer_of_the_api_says_its_version(self, place, path):
        with_token, without = place.clinic.get(path), place.app.test_client().get(f"/api/v1{path}")

        assert (with_token.headers["API-Version"], without.headers["API-Version"]) == ("v1", "v1")
