"""The whole loop: screened, referred, answered, helped, heard, as navigator, caseworker and person."""

import re

from tests.journeys.acts import add_person as add_a_person
from tests.journeys.acts import (
    answer_phone,
    facts_in,
    figures,
    find_person,
    help_to_the_end,
    newest_text,
    read_phone,
    say_yes_to_sharing,
    service_card,
    wait_for,
    wait_for_question,
)

PHONE = "559 555 0161"
MESSAGE = "Laurel can come after 4 pm."
NOTE = "Ask next week about diapers."
MOST_INTERACTIONS = 8
PRIVATE = re.compile(r"Vance|food|pantry|hunger|lantern|clinic", re.IGNORECASE)


def test_screened_referred_answered_helped_and_heard(visit, picture):
    sorrel, wren, phone = visit("sorrel"), visit("wren"), visit()
    before = figures(sorrel)
    add_a_person(sorrel, "Laurel", "Vance", phone=PHONE)

    person = find_person(sorrel, "Laurel Vance")
    screen_with_hunger_vital_sign(sorrel, picture)
    say_yes_to_sharing(sorrel, person)
    referral, preview = refer_counting(sorrel, picture)
    seen = wren_sees(wren, referral)
    assert seen == preview, "exactly what was previewed"

    help_to_the_end(wren, referral, "First box picked up.", message=MESSAGE, note=NOTE, picture=picture)
    sorrel.open(referral)
    sorrel.sees(MESSAGE)
    assert NOTE not in sorrel.page.content(), "the note stays inside"
    sorrel.sees("No answer is not a yes. Counted as closed, not as confirmed.")

    read_phone(phone, PHONE)
    wait_for_question(phone)
    assert not PRIVATE.search(newest_text(phone)), "a text tells nothing to whoever picks up the phone"
    answer_phone(phone, "1")
    picture(phone, "phone")
    wait_for(sorrel, referral, "Both agree. Counted as confirmed.")
    picture(sorrel, "referral")
    wren.open(referral)
    wren.sees("Closed: you gave help")

    after = figures(sorrel)
    assert after == {name: count + 1 for name, count in before.items()}


def screen_with_hunger_vital_sign(sorrel, picture):
    """From the person's page to a confirmed need with the person's wish."""
    sorrel.follow("Start a screening")
    sorrel.choose("Hunger Vital Sign", exact=False)
    sorrel.press("Start")
    sorrel.choose("Often true")
    sorrel.page.get_by_label("Sometimes true").last.check()
    picture(sorrel, "screening")
    sorrel.press("Save and continue")
    sorrel.press("Finish and see the needs")
    sorrel.sees("What the answers point to")
    sorrel.choose("Yes, a concern", exact=False)
    sorrel.choose("Wants help")
    picture(sorrel, "needs")
    sorrel.press("Save")
    sorrel.sees("Back to Laurel V.")


def refer_counting(sorrel, picture):
    """From the worklist to a sent referral, counting every click and every box."""
    steps = [
        lambda: sorrel.page.get_by_role("navigation", name="Main").get_by_role("link", name="Refer").click(),
        lambda: sorrel.follow("Laurel Vance"),
        lambda: sorrel.choose("Within 2 days"),
        lambda: service_card(sorrel, "Food box, weekly", "Lantern Pantry").get_by_role("radio").check(),
        lambda: sorrel.press("Check before sending"),
        lambda: sorrel.press("Send to Lantern Pantry"),
    ]
    sorrel.open("/worklist")
    for number, step in enumerate(steps, 1):
        step()
        if number == 5:
            sorrel.sees("Check, then send to Lantern Pantry")
            picture(sorrel, "check")
            preview = facts_in(sorrel.page.locator(".cie-preview"))
    sorrel.page.wait_for_url("**/referrals/*?done=sent")
    assert len(steps) <= MOST_INTERACTIONS
    return sorrel.path, preview


def wren_sees(wren, referral):
    """The facts on the page where Wren answers; she finds it in her worklist."""
    wren.open("/worklist")
    row = wren.page.get_by_role("listitem").filter(has_text="Laurel V")
    row.get_by_role("link", name=re.compile("^Answer")).click()
    wren.sees("Can you help?")
    assert wren.page.get_by_role("link", name="Back to the referral").get_attribute("href") == referral
    return facts_in(wren.page.locator("main dl").first)
