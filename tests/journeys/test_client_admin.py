"""An administrator lets a program in: registers it, hands its id over, and holds it back when something is wrong."""

import json
from types import SimpleNamespace

import requests

from tests.api.receiver import listening
from tests.journeys.visitor import PHONE
from tests.oauth.place import ASSERTION_TYPE, claims_of, new_key, public, signed
from tests.support.commands import until

NAME = "Nightjar data hub"
KEY = new_key("nightjar")


def test_a_program_is_registered_and_held_back(visit, picture):
    linnet = visit("linnet")
    linnet.open("/organization")
    linnet.follow("Programs, their keys, and what they may see")
    linnet.has_no_barriers()
    picture(linnet, "clients-none")

    linnet.follow("Register a program")
    linnet.press("Register it")
    linnet.sees("Everything you typed is still here.")
    linnet.has_no_barriers()
    picture(linnet, "clients-errors")
    client_id = register(linnet, picture)

    linnet.follow("Done")
    linnet.sees(client_id)
    linnet.sees("The people you serve: names, birth dates, how to reach them")
    linnet.has_no_barriers()
    picture(linnet, "clients-show")
    with listening() as receiver:
        webhook = tell(linnet, client_id, receiver)
        look_after_notices(linnet, receiver, picture)
        look_closely(visit, f"/organization/clients/{client_id}", webhook, picture)
        end_notices(linnet, webhook, picture)
    hold_back(linnet, picture)


def register(linnet, picture):
    """Fill the form in; the id that the next page shows."""
    linnet.fill("Name", NAME)
    linnet.fill("Public keys", json.dumps(public(KEY), indent=2))
    linnet.page.check("#people-read")
    linnet.page.check("#referrals-read")
    linnet.page.check("#webhooks-write")
    linnet.fill("SMART scopes", "system/Task.rs\nsystem/ServiceRequest.rs")
    linnet.press("Register it")
    linnet.sees("The program is registered")
    linnet.sees("/oauth/token")
    linnet.has_no_barriers()
    picture(linnet, "clients-ready")
    client_id = linnet.page.locator("dd").first.inner_text()
    assert len(client_id) == 36
    return client_id


def tell(linnet, client_id, receiver):
    """The program asks to be told of everything at an address that is gone; the path of the page about it."""
    url, scope = linnet.exchange.url, "api/webhooks.write api/referrals.read"
    claims = claims_of(SimpleNamespace(id=client_id), aud=f"{url}/oauth/token")
    form = {"grant_type": "client_credentials", "scope": scope, "client_assertion_type": ASSERTION_TYPE}
    form["client_assertion"] = signed(KEY, claims)
    token = requests.post(f"{url}/oauth/token", data=form, timeout=30).json()["access_token"]

    def post(path, body):
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.post(f"{url}/api/v1/webhooks{path}", json=body, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.json()

    receiver.status = "410 Gone"
    hook = post("", {"url": receiver.url})
    assert post(f"/{hook['id']}/replay", {"since": "2020-01-01T00:00:00Z"})["count"]
    until(lambda: receiver.came, otherwise="no notice came")
    return f"/organization/clients/{client_id}/webhooks/{hook['id']}"


def look_after_notices(linnet, receiver, picture):
    """She finds out that the address is gone, has it mended, and sends again what got stuck."""
    linnet.open("/organization")
    until(lambda: linnet.open("/organization") and "Notices to a program of yours got stuck." in linnet.text)
    linnet.has_no_barriers()
    linnet.follow("See which program")
    linnet.sees("to it got stuck")
    linnet.follow(NAME)
    linnet.sees("Paused")
    linnet.has_no_barriers()
    picture(linnet, "clients-told")
    linnet.follow(receiver.url)
    linnet.sees("It answered 410: nobody is there any more.")
    linnet.has_no_barriers()
    picture(linnet, "webhook-stuck")
    receiver.status = "200 OK"
    linnet.press("Go on")
    linnet.sees("It goes on.")
    linnet.choose("The last 24 hours")
    linnet.press("Send it again")
    linnet.sees("It goes out again within a minute.")
    until(lambda: linnet.open(linnet.path) and "Notices arrive" in linnet.text, otherwise="it did not arrive")
    linnet.sees("Nothing is stuck.")
    picture(linnet, "webhook-well")


def end_notices(linnet, webhook, picture):
    linnet.open(f"{webhook}/secret")
    linnet.press("Make a new secret")
    linnet.sees("Copy the secret now.")
    linnet.has_no_barriers()
    picture(linnet, "webhook-secret")
    linnet.open(f"{webhook}/end")
    linnet.press("End these notices")
    linnet.sees("Ended. Nothing goes to that address any more.")


def hold_back(linnet, picture):
    linnet.follow("Hold it back")
    linnet.sees("Every token of it ends now.")
    linnet.has_no_barriers()
    picture(linnet, "clients-hold")
    linnet.press("Hold it back")
    linnet.sees("Held back. Nothing that it had opens anything now.")
    linnet.follow("Back to the programs")
    assert "Held back" in linnet.page.get_by_role("row", name=NAME).inner_text()
    linnet.has_no_barriers()
    picture(linnet, "clients-list")


def look_closely(visit, place, webhook, picture):
    """Each page on a phone, one of the languages each, and what is there for every member of staff."""
    for language in ("en", "es"):
        phone = visit("linnet", width=PHONE, language=language)
        for path in ("/organization/clients", "/organization/clients/new", place, f"{place}/keys", f"{place}/return"):
            phone.open(path)
            phone.has_no_barriers()
            picture(phone, f"clients-phone-{language}-{path.rpartition('/')[2][:8]}")
        for path in (place, webhook, f"{webhook}/secret", f"{webhook}/end"):
            phone.open(path)
            phone.has_no_barriers()
            picture(phone, f"webhook-phone-{language}-{path.rpartition('/')[2][:6]}")
        phone.open("/settings")
        phone.has_no_barriers()
