"""A young person signs alone for counseling: a parent sees nothing of it, hears nothing of it and cannot end it."""

import re
from datetime import UTC, datetime

from cie.calendar import local_day
from tests.journeys.acts import add_person, add_phone, read_phone, refer
from tests.journeys.own_page_acts import let_look, open_own_page, sign_medical_form
from tests.journeys.visitor import PHONE

MOTHERS_PHONE, OWN_PHONE, PIN = "559 555 0191", "559 555 0192", "307184"
MOTHER, HOSPITAL = "Opal Tierney", "Morning Lark Hospital"
TOLD = re.compile(f"{HOSPITAL}|mental|counsel|drop-in", re.IGNORECASE)


def test_what_a_young_person_signs_alone_stays_theirs(visit, picture):
    sorrel, mother = visit("sorrel"), visit(width=PHONE)
    today = local_day(datetime.now(UTC))
    person = add_person(sorrel, "Maple", "Tierney", phone=OWN_PHONE, born=(today.month, 1, today.year - 12))
    add_phone(sorrel, person, MOTHERS_PHONE, whose="Belongs to someone who helps them")
    a_parents_yes(sorrel, person)
    link = let_look(sorrel, "sorrel", person, MOTHER, "A parent or guardian", PIN)
    picture(sorrel, "minor-own-page")
    open_own_page(mother, link, PIN)
    before = pages(mother, picture)

    sign_medical_form(sorrel, person, "The person, under 18, for themselves", ["general", "mental-health"], HOSPITAL)
    sorrel.sees("Written down.")
    own = sorrel.path
    refer(sorrel, person, f"Young people drop-in, {HOSPITAL}", need="mental-health")

    assert pages(mother) == before
    assert not any(TOLD.search(page) for page in before)
    only_their_own_phone_is_texted(visit())
    a_parent_ends_nothing_of_it(sorrel, mother, person, own, picture)


def a_parents_yes(sorrel, person):
    """A parent says yes to sharing everyday needs with anyone who can help."""
    sorrel.open(f"{person}/consents/new")
    sorrel.choose("A parent or guardian")
    sorrel.page.fill("#parent_name", MOTHER)
    sorrel.page.locator("input[name=parent_entitled][value=general]").check()
    sorrel.choose("Yes, share")
    sorrel.page.locator("input[name=categories][value=general]").check()
    sorrel.choose("Any organization that can help")
    sorrel.choose("In person")
    sorrel.press("Write this down")
    sorrel.sees("Written down.")


def pages(mother, picture=None):
    """All that the mother's page tells, in words."""
    found = []
    for path in ("/my", "/my/seen"):
        mother.open(path)
        found.append(mother.text)
        if picture and path == "/my":
            mother.has_no_barriers()
            picture(mother, "minor-parent")
    return found


def only_their_own_phone_is_texted(phone):
    """The text about it goes to the phone that nobody else answers."""
    read_phone(phone, OWN_PHONE)
    assert MOTHERS_PHONE[-4:] not in phone.text


def a_parent_ends_nothing_of_it(sorrel, mother, person, own, picture):
    """Neither by staff nor by the page: the mother takes back what she said, and the rest goes on."""
    sorrel.open(f"{own}/revocation")
    sorrel.choose("A parent or guardian")
    sorrel.choose("In person")
    sorrel.press("Stop sharing")
    sorrel.sees("a parent cannot take back what the person said")
    sorrel.has_no_barriers()
    picture(sorrel, "minor-parent-refused")

    mother.open("/my")
    mother.follow("Stop sharing")
    mother.press("Stop sharing")
    mother.sees("We stopped.")

    sorrel.open(f"{person}/shared")
    sorrel.sees(HOSPITAL)
    assert "Not readable since" not in sorrel.text
    sorrel.open(own)
    sorrel.sees("Until something happens that the paper names")
    assert "Taken back" not in sorrel.text
