"""The main pages of the exchange, each with something on it, and how one comes there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from tests.journeys.acts import add_person, help_to_the_end, refer, say_yes_to_sharing
from tests.journeys.visitor import Visitor

GIVEN, FAMILY = "Sumac", "Holloway"
NOTE, WORDS = "Ask next week about a stroller.", "First box given."
SAFETY_QUESTION, SAFETY_ANSWER = "How often does anyone", "Rarely"

Places = Mapping[str, str]


@dataclass(frozen=True)
class MainPage:
    """One page: who opens it (None for nobody in particular), how, and what must be read on it."""

    who: str | None
    go: Callable[[Visitor, Places], object]
    shows: str


def make_places(sorrel: Visitor, wren: Visitor) -> dict[str, str]:
    """A person with permission and a screening, one referral that was helped and one that waits; their addresses."""
    person = add_person(sorrel, GIVEN, FAMILY, phone="559 555 0182")
    screening, safety = _screen_safety(sorrel)
    say_yes_to_sharing(sorrel, person)
    helped = refer(sorrel, person, "Food box, weekly, Lantern Pantry", message="Please ring twice.")
    help_to_the_end(wren, helped, WORDS, message="The box is ready.", note=NOTE)
    waiting = refer(sorrel, person, "Family groceries, Lantern Pantry")
    wren.open(waiting)
    answer = wren.page.get_by_role("link", name="Answer").get_attribute("href") or ""
    sorrel.open("/directory?need=food&words=produce&zip=93702")
    service = sorrel.page.locator(".cie-service a, h2 a, h3 a").first.get_attribute("href") or ""
    task = answer.rpartition("/")[0]
    return {
        "person": person,
        "id": person.rpartition("/")[2],
        "helped": helped,
        "task": task,
        "screening": screening,
        "safety": safety,
        "service": service,
    }


def _screen_safety(sorrel: Visitor) -> tuple[str, str]:
    """Begin the core questions and answer those about safety; the addresses of the screening and of those questions."""
    sorrel.follow("Start a screening")
    sorrel.choose("AHC", exact=False)
    sorrel.press("Start")
    screening = "/".join(sorrel.path.split("/")[:3])
    sorrel.open(f"{screening}/private")
    sorrel.choose("Yes, alone and safe to talk")
    sorrel.press("Save and continue")
    sorrel.sees(SAFETY_QUESTION)
    safety = sorrel.path
    for box in sorrel.page.get_by_label(SAFETY_ANSWER, exact=False).all():
        box.check()
    sorrel.press("Save and continue")
    return screening, safety


def _open(path: str, visitor: Visitor, places: Places) -> None:
    visitor.open(path.format(**places))


def _new_referral(visitor: Visitor, places: Places) -> None:
    visitor.open(f"/referrals/new?person={places['id']}&need=food&words=Produce pick-up&zip=93702")
    visitor.choose("This week")
    visitor.page.locator(".cie-service:has(dl) input").first.check()


def _preview(visitor: Visitor, places: Places) -> None:
    _new_referral(visitor, places)
    visitor.press("Update this preview")


def _check(visitor: Visitor, places: Places) -> None:
    _new_referral(visitor, places)
    visitor.press("Check before sending")
    visitor.sees("Check, then send to")


def _errors(visitor: Visitor, places: Places) -> None:
    visitor.open("/people/new")
    visitor.fill("Month", "13")
    visitor.fill("ZIP", "1")
    visitor.press("Save and continue")
    visitor.sees("Everything you typed is still here.")


def _enrollment(visitor: Visitor, places: Places) -> None:
    visitor.open(places["helped"])
    visitor.follow("Record an enrollment")


def _staff_member(visitor: Visitor, places: Places) -> None:
    visitor.open("/organization")
    visitor.page.locator("main tbody a").first.click()
    visitor.page.wait_for_load_state()


def _at(who: str | None, path: str, shows: str) -> MainPage:
    return MainPage(who, partial(_open, path), shows)


MAIN_PAGES = {
    "worklist": _at("wren", "/worklist", f"{GIVEN} {FAMILY[0]}"),
    "referral-sender": _at("sorrel", "{helped}", WORDS),
    "referral-performer": _at("wren", "{helped}", NOTE),
    "answer": _at("wren", "{task}/answer", "Can you help?"),
    "decline": _at("wren", "{task}/rejection", "We have no room now"),
    "enrollment": MainPage("wren", _enrollment, "Where they stand"),
    "new-referral": MainPage("sorrel", _preview, "This is exactly what they will see"),
    "check": MainPage("sorrel", _check, "What will follow"),
    "person": _at("sorrel", "{person}", f"{GIVEN} {FAMILY}"),
    "gate": _at("sorrel", "{screening}/private", "Are you alone, and is it safe to talk?"),
    "safety": _at("sorrel", "{safety}", SAFETY_QUESTION),
    "review": _at("sorrel", "{screening}/review", "No answer is never counted"),
    "consent": _at("sorrel", "{person}/consents/new", "You will still get help if you say no."),
    "directory": _at("sorrel", "/directory?need=food&zip=93702", "best match first"),
    "service": _at("sorrel", "{service}", "Lantern Pantry"),
    "organization": _at("linnet", "/organization", "Blue Kite Clinic"),
    "staff": MainPage("linnet", _staff_member, "bluekite.example.org"),
    "measures": _at("sorrel", "/measures", "Help confirmed"),
    "settings": _at("sorrel", "/settings", "Work email"),
    "sign-in": _at(None, "/sign-in", "Sign in"),
    "errors": MainPage("sorrel", _errors, "Month"),
    "sandbox-phone": _at(None, "/sandbox/phone", "Demo phone"),
    "find-help": _at(None, "/find-help?need=food&zip=93702", "best match first"),
}
