"""Clients that others wrote play the loop over FHIR: Authlib gets the tokens, fhirclient speaks for both sides."""

import json
import time
from types import SimpleNamespace

import pytest
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from fhirclient.client import FHIRClient
from fhirclient.models.bundle import Bundle
from fhirclient.models.healthcareservice import HealthcareService
from fhirclient.models.patient import Patient
from fhirclient.models.servicerequest import ServiceRequest
from fhirclient.models.task import Task, TaskOutput

from tests.factories import Loop
from tests.fhir.sending import bundle, consent_of, entry, patient, referral, urn
from tests.oauth.place import new_key, public
from tests.support.commands import until

SCOPE = "system/*.cruds"


def program_of(exchange, name):
    """The system of one organization of the demo: registered by an operator, with a token, as fhirclient holds it."""
    (line,) = [each for each in exchange.cie("organization", "list").splitlines() if name in each]
    key, path = new_key(name.split()[0].lower(), "RSA"), exchange.folder / "fhir-jwks.json"
    path.write_text(json.dumps(public(key)))
    organization_id = line.split()[0]
    added = exchange.cie("client", "add", "--jwks", str(path), "--scope", SCOPE, "--organization", organization_id)
    session = OAuth2Session(added.split()[-1], key.as_pem(private=True).decode(), "private_key_jwt", scope=SCOPE)
    url = f"{exchange.url}/oauth/token"
    claims = {"exp": int(time.time()) + 240}
    session.register_client_auth_method(PrivateKeyJWT(url, claims, {"kid": key.kid}, alg="RS384"))
    token = session.fetch_token(url, grant_type="client_credentials")["access_token"]
    server = FHIRClient(settings={"app_id": "journey", "api_base": f"{exchange.url}/fhir"}).server
    server.session.headers["Authorization"] = f"Bearer {token}"
    server.auth = None
    return SimpleNamespace(id=organization_id, server=server)


@pytest.fixture(scope="module")
def sides(exchange):
    clinic, pantry = (program_of(exchange, name) for name in ("Blue Kite Clinic", "Lantern Pantry"))
    for each in (clinic, pantry):
        until(lambda side=each: is_prepared(side), otherwise="what it may read is not prepared")
    return SimpleNamespace(clinic=clinic, pantry=pantry)


def is_prepared(side):
    answer = side.server.session.get(f"{side.server.base_uri}Patient?_count=1", timeout=30)
    return answer.status_code == 200


def test_a_referral_goes_out_is_answered_and_heard_of(sides):
    clinic, pantry = sides.clinic.server, sides.pantry.server
    loop = Loop(sides.clinic, sides.pantry, None, None, None)
    wanted = {"organization": f"Organization/{sides.pantry.id}", "service-category": "food-insecurity"}
    service = next(HealthcareService.where(wanted).perform_resources_iter(clinic))
    somebody = patient(
        name=[{"use": "official", "family": "Vetch", "given": ["Larkspur"]}],
        identifier=[{"system": "http://clinic.example/mrn", "value": "MR771204"}],
        telecom=[{"system": "phone", "value": "(559) 555-0187"}],
        birthDate="1979-08-30",
    )
    about = referral(loop, urn("p"), supportingInfo=[{"reference": urn("c")}])["entry"]
    about[1]["resource"]["owner"] = {"reference": f"HealthcareService/{service.id}"}
    made = Bundle(bundle(entry(somebody, "p"), *about, entry(consent_of(loop, urn("p")), "c")))

    told = Bundle(clinic.post_json("", made.as_json()).json())
    task_id = told.entry[2].response.location.split("/")[1]

    asked = Task.read(task_id, pantry)
    assert asked.status == "requested"
    for status in ("accepted", "in-progress", "completed"):
        asked.status = status
        if status == "completed":
            activity = {"coding": [{"system": "http://snomed.info/sct", "code": "464031000124101"}]}
            kind = {"text": "Resulting activity"}
            asked.output = [TaskOutput({"type": kind, "valueCodeableConcept": activity})]
        asked.update(pantry)
        asked = Task.read(task_id, pantry)
        assert Task.read(task_id, clinic).status == status

    heard = next(Task.where({"_id": task_id, "_include": "Task:focus"}).perform_resources_iter(clinic))
    request = ServiceRequest.read(heard.focus.reference.split("/")[1], clinic)
    assert request.status == "completed"
    assert Patient.read(heard.for_fhir.reference.split("/")[1], pantry).name[0].family == "Vetch"
