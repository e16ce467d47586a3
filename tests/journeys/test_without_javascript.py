"""The whole loop on a browser without JavaScript: nothing is missing, and nothing that was typed is lost."""

import pytest

from tests.journeys.acts import (
    add_person,
    answer_phone,
    facts_in,
    read_phone,
    say_yes_to_sharing,
    service_card,
    wait_for,
    wait_for_question,
)

PHONE = "559 555 0171"
FIRST, SECOND = "Please ring the bell.", "Please ring the bell twice."
MESSAGE = "The box is ready on Wednesday."
NOTE = "Ask whether the stairs are a problem."


@pytest.fixture
def plain(visit):
    """Open a browser without JavaScript for somebody."""
    return lambda who=None, **more: visit(who, javascript=False, **more)


def test_screened_referred_answered_helped_and_heard(plain):
    sorrel, wren, phone = plain("sorrel"), plain("wren"), plain()
    person = add_person(sorrel, "Sorrento", "Wilde", phone=PHONE)
    screen(sorrel)
    say_yes_to_sharing(sorrel, person)
    referral, preview = refer_with_previews(sorrel, person)

    wren.open(referral)
    wren.follow("Answer")
    assert facts_in(wren.page.locator("main dl").first) == preview, "exactly what was previewed"
    wren.press("Yes, we can help")
    record_contact(wren)
    write_in_both_boxes(wren, referral)
    close_with_help(wren, referral)
    sorrel.open(referral)
    sorrel.sees(MESSAGE)
    assert NOTE not in sorrel.page.content(), "the note stays inside"

    read_phone(phone, PHONE)
    wait_for_question(phone)
    answer_phone(phone, "1")
    wait_for(sorrel, referral, "Both agree. Counted as confirmed.")
    words = sorrel.page.locator(".cie-witness-cells .cie-word").all_inner_texts()
    assert words == ["Yes, help was given", "Yes, I got help"]


def screen(sorrel):
    sorrel.follow("Start a screening")
    sorrel.choose("Hunger Vital Sign", exact=False)
    sorrel.press("Start")
    sorrel.choose("Often true")
    sorrel.page.get_by_label("Sometimes true").last.check()
    sorrel.press("Save and continue")
    sorrel.press("Finish and see the needs")
    sorrel.choose("Yes, a concern", exact=False)
    sorrel.choose("Wants help")
    sorrel.press("Save")
    sorrel.sees("Back to Sorrento W.")


def refer_with_previews(sorrel, person):
    """Look at the preview twice, then send; the address of the referral and what was previewed."""
    sorrel.open(f"/referrals/new?person={person.rpartition('/')[2]}&need=food&words=Produce pick-up&zip=93702")
    sorrel.sees("Choose a service to see what they will get.")
    sorrel.press("Check before sending")
    errors_have_the_focus(sorrel)
    sorrel.choose("This week")
    service_card(sorrel, "Produce pick-up", "Lantern Pantry").get_by_role("radio").check()
    for words in (FIRST, SECOND):
        sorrel.fill("4. Anything they need to know?", words)
        sorrel.press("Update this preview")
        preview = facts_in(sorrel.page.locator(".cie-preview"))
        assert words in preview.values()
    assert service_card(sorrel, "Produce pick-up", "Lantern Pantry").get_by_role("radio").is_checked()
    assert sorrel.page.get_by_label("This week").is_checked()

    sorrel.press("Check before sending")
    assert facts_in(sorrel.page.locator(".cie-preview")) == preview
    sorrel.press("Send to Lantern Pantry")
    sorrel.page.wait_for_url("**/referrals/*?done=sent")
    return sorrel.path, preview


def errors_have_the_focus(visitor):
    visitor.page.locator(".cie-errors:focus").wait_for()


def record_contact(wren):
    wren.follow("Record contact")
    wren.choose("Phone call")
    wren.press("Save contact")
    errors_have_the_focus(wren)
    assert wren.page.get_by_label("Phone call").is_checked(), "what was chosen is still chosen"
    wren.choose("Yes")
    wren.press("Save contact")
    wren.page.wait_for_url("**/referrals/*?done=contact")


def write_in_both_boxes(wren, referral):
    """Words in both boxes: sending the one leaves the other where it is, until it is saved, too."""
    wren.open(referral)
    wren.fill("Internal note", NOTE)
    wren.fill("Message to", MESSAGE)
    wren.press("Send to Blue Kite Clinic")
    wren.sees("Your message was sent.")
    assert wren.page.get_by_label("Internal note").input_value() == NOTE
    assert wren.page.get_by_label("Message to").input_value() == ""
    wren.press("Save note for us")
    wren.page.wait_for_url("**/referrals/*?done=note")
    happened = wren.page.locator(".cie-timeline")
    assert happened.locator(".cie-message .cie-text").all_inner_texts()[0] == MESSAGE
    assert happened.locator(".cie-note .cie-text").all_inner_texts() == [NOTE]


def close_with_help(wren, referral):
    for step, words in (("Help has started", ""), ("Help was given", "First bag picked up.")):
        wren.open(referral)
        wren.page.get_by_role("link", name="Update", exact=True).click()
        wren.choose(step)
        if words:
            wren.fill("In your words", words)
        wren.press("Save this update")
        wren.page.wait_for_url("**/referrals/*?done=*")
    wren.sees("Closed: you gave help")
