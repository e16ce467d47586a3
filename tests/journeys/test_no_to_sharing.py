"""A person says no to sharing: the same care on another way, and nobody else learns of it."""

import re
from datetime import UTC, datetime, timedelta

from cie.calendar import local_day
from tests.journeys.acts import add_person, say_no_to_sharing, service_card, steady_text
from tests.journeys.visitor import PHONE

FIRST_WORDS = "You will still get help if you say no."
GIVEN, FAMILY = "Yarrow", "Whitlock"
SERVICE, PLACE = "Hot lunch table", "Lantern Pantry"
WHAT_THEY_SAID = "Come on Saturday, ask for the side door."
PRIVATE = re.compile(f"{GIVEN}|{FAMILY}|food|pantry|hunger|lantern", re.IGNORECASE)


def test_a_no_is_a_normal_way_to_the_same_help(visit, picture):
    sorrel, wren = visit("sorrel"), visit("wren")
    person = add_person(sorrel, GIVEN, FAMILY)
    before = what_wren_knows(wren)

    sorrel.open(person)
    sorrel.follow("Record permission")
    assert sorrel.text.index(FIRST_WORDS) < sorrel.text.index("Record permission"), (
        "it is said before anything is asked"
    )
    picture(sorrel, "no-to-sharing-permission")
    say_no_to_sharing(sorrel, person)
    choose_service(sorrel, person)
    cannot_send(sorrel, picture)
    referral = give_contact_and_look_again(sorrel, picture)
    print_sheets(sorrel, referral, picture)

    row = worklist_row(sorrel)
    assert f"Look again by {day_words(tomorrow())}" in row.inner_text().replace("\u00a0", " ")
    assert "sent this" not in row.inner_text()
    picture(sorrel, "no-to-sharing-worklist")
    look_closely(visit("sorrel", width=PHONE), person, referral, picture)
    assert what_wren_knows(wren) == before, "who was not asked learns nothing"
    assert wren.page.request.get(referral).status == 404
    assert wren.page.request.get(f"{referral}/sheet").status == 404

    row.get_by_role("link", name=re.compile("^Look again")).click()
    sorrel.follow("Close this request")
    sorrel.choose("Help was given")
    sorrel.press("Close this request")
    sorrel.sees("Closed: help was given")
    sorrel.open("/worklist")
    assert worklist_rows(sorrel).count() == 0


def look_closely(phone, person, referral, picture):
    """The same pages on a phone, where nothing may be in the way."""
    choose_service(phone, person)
    phone.press("Check before sending")
    for name, path in (("refused", None), ("referral", referral), ("sheet", f"{referral}/sheet")):
        if path:
            phone.open(path)
        phone.has_no_barriers()
        picture(phone, f"no-to-sharing-{name}-phone")


def choose_service(sorrel, person):
    """From the person's page to the form with a service chosen."""
    sorrel.open(f"/referrals/new?person={person.rpartition('/')[2]}&need=food&words={SERVICE}&zip=93702")
    sorrel.choose("This week")
    service_card(sorrel, SERVICE, PLACE).get_by_role("radio").check()


def cannot_send(sorrel, picture):
    """Nothing goes, with the rule in one sentence and what can be done instead."""
    sorrel.press("Check before sending")
    said = sorrel.sees("Not sent. The person said no to sharing with this place.").inner_text()
    box = sorrel.page.get_by_role("status").filter(has_text="Not sent.")
    assert "What you can do now: " in box.inner_text(), said
    for way in ("contact", "printed sheet", "day to look again"):
        assert way in box.inner_text()
    sorrel.sees(FIRST_WORDS)
    picture(sorrel, "no-to-sharing-refused")


def give_contact_and_look_again(sorrel, picture):
    """The contact goes to the person, by hand; the address of what is kept."""
    sorrel.press("Give the contact instead")
    sorrel.sees(FIRST_WORDS)
    sorrel.sees("Nobody is told, and nobody has to answer.")
    for part, value in (("Month", tomorrow().month), ("Day", tomorrow().day)):
        sorrel.page.get_by_role("textbox", name=part, exact=True).fill(str(value))
    sorrel.fill("If you called", WHAT_THEY_SAID)
    picture(sorrel, "no-to-sharing-contact")
    sorrel.press("I gave the contact")
    sorrel.page.wait_for_url("**/referrals/*?done=given")
    sorrel.sees("Kept: the person was given the contact.")
    sorrel.sees("Nothing was sent to anybody.")
    sorrel.sees(WHAT_THEY_SAID)
    picture(sorrel, "no-to-sharing-referral")
    return sorrel.path


def print_sheets(sorrel, referral, picture):
    """What is on paper helps to call, and says neither who nor what for."""
    sorrel.open(referral)
    sorrel.follow(f"Print a sheet for {GIVEN}")
    assert not PRIVATE.search(sorrel.page.title())
    sorrel.sees("Lantern Pantry")
    sorrel.sees("(559) 555-0102")
    assert GIVEN not in sorrel.text and FAMILY not in sorrel.text
    assert "We are still looking" not in sorrel.text
    assert "text" not in sorrel.text, "nobody is asked by text about a contact that was given"
    picture(sorrel, "no-to-sharing-sheet")


def worklist_rows(sorrel):
    sorrel.open("/worklist")
    return sorrel.page.get_by_role("listitem").filter(has_text=f"{GIVEN} {FAMILY[0]}.")


def worklist_row(sorrel):
    """The one row in which it waits, among what is owed by us."""
    assert worklist_rows(sorrel).count() == 1
    group = sorrel.page.get_by_role("region", name="Do the next step")
    return group.get_by_role("listitem").filter(has_text=f"{GIVEN} {FAMILY[0]}.")


def tomorrow():
    return local_day(datetime.now(UTC)) + timedelta(days=1)


def day_words(day):
    return f"{day:%a}, {day:%b} {day.day}"


def what_wren_knows(wren):
    """All that the receiving organization could look at."""
    paths = ("/worklist?team=all", "/measures", f"/directory?need=food&words={SERVICE}&zip=93702")
    return [steady_text(wren, path) for path in paths]
