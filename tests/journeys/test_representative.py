"""Somebody who represents an adult by law signs for them: by what right is asked and shown, and they can end it."""

from tests.journeys.acts import add_person, facts_in
from tests.journeys.own_page_acts import let_look, open_own_page
from tests.journeys.visitor import PHONE

SIGNER, PIN = "Cedar Holloway", "613094"
BY_LAW = "Someone who represents them by law"


def test_a_representative_signs_by_a_right_that_is_shown_and_takes_it_back(visit, picture):
    sorrel, cedar = visit("sorrel"), visit(width=PHONE)
    person = add_person(sorrel, "Hazel", "Whitcombe")

    say_yes_for(sorrel, person)
    sorrel.press("Write this down")
    box = sorrel.page.get_by_role("group", name="By what right?")
    assert "By what right they sign: choose one" in box.inner_text(), "it is said where it can be mended"
    sorrel.sees("Look at the paper that lets them sign.")
    assert sorrel.page.input_value("#representative_name") == SIGNER
    assert "Foster care social worker" not in sorrel.text and "A parent or guardian" not in sorrel.text
    sorrel.has_no_barriers()
    picture(sorrel, "representative-without-right")

    sorrel.choose("Conservator")
    sorrel.press("Write this down")
    sorrel.sees("Written down.")
    record = sorrel.path
    shown = facts_in(sorrel.page.locator("main"))
    assert (shown["Who said it"], shown["By what right"]) == (f"{BY_LAW}: {SIGNER}", "Conservator")
    sorrel.has_no_barriers()
    picture(sorrel, "representative-consent")

    open_own_page(cedar, let_look(sorrel, "sorrel", person, SIGNER, BY_LAW, PIN), PIN)
    cedar.sees("You look in the place of somebody else.")
    cedar.has_no_barriers()
    picture(cedar, "representative-own-page")
    cedar.follow("Stop sharing")
    cedar.has_no_barriers()
    cedar.press("Stop sharing")
    cedar.sees("We stopped.")

    sorrel.open(record)
    assert facts_in(sorrel.page.locator("main"))["Taken back"].startswith(f"{BY_LAW}. By a link")


def say_yes_for(sorrel, person):
    """Fill the form as far as somebody would who does not ask by what right they sign."""
    sorrel.open(f"{person}/consents/new")
    sorrel.choose(BY_LAW)
    sorrel.page.fill("#representative_name", SIGNER)
    sorrel.page.check("input[name=representative_entitled][value=general]")
    sorrel.choose("Yes, share")
    sorrel.page.check("input[name=categories][value=general]")
    sorrel.choose("Any organization that can help")
    sorrel.choose("In person")
