"""A program sends what we cannot take; an administrator finds it, reads why, sends it again, and throws it away."""

import json
from types import SimpleNamespace

import requests

from tests.fhir.sending import patient
from tests.journeys.visitor import DESKTOP, PHONE
from tests.oauth.place import ASSERTION_TYPE, claims_of, new_key, public, signed

NAME = "Whimbrel record system"
KEY = new_key("whimbrel")
SCOPES = "system/Patient.crus system/Subscription.crus system/Task.rs system/ServiceRequest.rs"


def test_a_refused_message_is_looked_after(visit, picture):
    linnet = visit("linnet")
    client_id = register(linnet)
    send(linnet, client_id, patient(birthDate="yesterday"))

    linnet.open("/organization")
    linnet.follow("How it goes with them: what they send, read and hear")
    linnet.sees("1 refused message waits for you")
    linnet.has_no_barriers()
    picture(linnet, "partners")
    linnet.follow("1 refused message waits for you")
    linnet.sees("A value is not written as it must be.")
    linnet.has_no_barriers()
    picture(linnet, "refused-list")
    linnet.page.locator(".cie-tasks a").first.click()
    linnet.sees("Where: Patient.birthDate")
    message = linnet.path
    look_closely(visit, message, picture)
    linnet.press("Send it again")
    linnet.sees("Refused again. The newest reasons stand below.")
    linnet.follow("Throw it away")
    linnet.sees("You cannot undo this.")
    linnet.press("Throw it away")
    linnet.sees("Thrown away. Nothing of it is left here.")
    linnet.open(f"/organization/refused?program={client_id}")
    linnet.sees("Nothing was refused.")
    linnet.has_no_barriers()


def register(linnet):
    """A system of the clinic that sends people over FHIR; its id."""
    linnet.open("/organization/clients/new")
    linnet.fill("Name", NAME)
    linnet.fill("Public keys", json.dumps(public(KEY), indent=2))
    linnet.fill("SMART scopes", SCOPES.replace(" ", "\n"))
    linnet.press("Register it")
    linnet.sees("The program is registered")
    return linnet.page.locator("dd").first.inner_text()


def send(linnet, client_id, resource):
    """It sends this and is refused."""
    url = linnet.exchange.url
    claims = claims_of(SimpleNamespace(id=client_id), aud=f"{url}/oauth/token")
    form = {"grant_type": "client_credentials", "scope": SCOPES, "client_assertion_type": ASSERTION_TYPE}
    form["client_assertion"] = signed(KEY, claims)
    token = requests.post(f"{url}/oauth/token", data=form, timeout=30).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}
    answer = requests.post(f"{url}/fhir/Patient", data=json.dumps(resource), headers=headers, timeout=30)
    assert answer.status_code == 422, answer.text


def look_closely(visit, message, picture):
    """Each page on a phone and on a desk, in both languages."""
    for language, width in (("en", DESKTOP), ("en", PHONE), ("es", DESKTOP), ("es", PHONE)):
        visitor = visit("linnet", width=width, language=language)
        for path in (
            "/organization/partners", "/organization/refused", message, f"{message}/content", f"{message}/discard",
        ):  # fmt: skip
            visitor.open(path)
            visitor.has_no_barriers()
            picture(visitor, f"refused-{language}-{width}-{path.rpartition('/')[2][:8]}")
