"""A session ends while somebody types: they are told, sign in again, and every word is back, for them alone."""

from tests.journeys.acts import add_person, find_person, refer, say_yes_to_sharing, service_card
from tests.journeys.visitor import PHONE

MESSAGE = "Please ring twice.\n\nThe stairs are steep: meet at the side door (no steps) after 4 pm."
NOTE = "Came with her sister. Wants mornings, not Tuesdays; the bell is broken: knock, & <wait>."
WORDS = ("steep", "her sister")
SIGNED_OUT = "You were signed out. Sign in, and what you typed comes back."
HERE_AGAIN = "What you typed is here again."
SENDING, SCREENING, WRITING = "Check before sending", "Save and continue", "Save note for us"


def test_forms_that_outlive_their_session_come_back_to_whom_typed_them_and_to_nobody_else(visit, picture):
    sorrel = visit("sorrel")
    person = add_person(sorrel, "Mallow", "Ibarra")
    say_yes_to_sharing(sorrel, person)
    referral = refer(sorrel, person, "Produce pick-up, Lantern Pantry")
    tabs = {SENDING: begin_referral(sorrel, person), SCREENING: begin_screening(sorrel, person)}
    tabs[WRITING] = begin_note(sorrel, referral)
    pages = {button: tab.url for button, tab in tabs.items()}

    end_sessions_elsewhere(visit())
    for button, tab in tabs.items():
        sorrel.page = tab
        sorrel.press(button)
        sorrel.sees(SIGNED_OUT)
        assert sees_nothing_typed(tab)
    sorrel.has_no_barriers()
    picture(sorrel, "expired-sign-in")
    colleague_finds_nothing(sorrel, pages)

    sorrel.page = tabs[SCREENING]
    sorrel.page.reload()
    sorrel.sign_in_here("sorrel")
    holds_screening(sorrel, picture)
    sorrel.open(pages[WRITING])
    holds_note(sorrel, referral, picture)
    sorrel.open(pages[SENDING])
    holds_referral(sorrel, picture)


def begin_referral(visitor, person):
    """A referral with everything filled and nothing sent; its tab."""
    tab = visitor.open_tab()
    visitor.open(f"/referrals/new?person={person.rpartition('/')[2]}&need=food&words=Family groceries&zip=93702")
    visitor.choose("Within 2 days")
    service_card(visitor, "Family groceries", "Lantern Pantry").get_by_role("radio").check()
    visitor.fill("4. Anything they need to know?", MESSAGE)
    return tab


def begin_screening(visitor, person):
    """The questions about food, answered and not saved; the tab."""
    tab = visitor.open_tab()
    visitor.open(person)
    visitor.follow("Start a screening")
    visitor.choose("Hunger Vital Sign", exact=False)
    visitor.press("Start")
    visitor.choose("Often true")
    visitor.page.get_by_label("Never true").last.check()
    return tab


def begin_note(visitor, referral):
    """A note on the page of a referral; its tab."""
    tab = visitor.open_tab()
    visitor.open(referral)
    visitor.fill("Internal note", NOTE)
    return tab


def end_sessions_elsewhere(second):
    """In a second window, with a session of its own, from the settings."""
    second.forget_session("sorrel")
    second.sign_in("sorrel")
    second.open("/settings")
    second.follow("Where you are signed in")
    second.press("End all others")
    second.sees("Where you are signed in")


def sees_nothing_typed(page):
    return not any(words in page.content() for words in WORDS)


def colleague_finds_nothing(window, pages):
    """A colleague signs in where the window asks for it, opens the same pages, and signs out."""
    window.sign_in_here("linnet")
    for page in pages.values():
        window.open(page)
        assert sees_nothing_typed(window.page), f"{page} shows it to a colleague"
        assert HERE_AGAIN not in window.text
        assert window.page.locator("input[type=radio]:checked[value^=LA]").count() == 0
    window.press("Sign out")


def holds_screening(visitor, picture):
    """The answers are chosen as before, and can be saved."""
    visitor.sees(HERE_AGAIN)
    assert visitor.page.get_by_label("Often true").first.is_checked()
    assert visitor.page.get_by_label("Never true").last.is_checked()
    picture(visitor, "expired-screening-again")
    visitor.press(SCREENING)
    visitor.sees("Finish and see the needs")


def holds_note(visitor, referral, picture):
    """The note is in its box, letter by letter, and can be saved."""
    visitor.sees(HERE_AGAIN)
    assert visitor.page.get_by_label("Internal note").input_value() == NOTE
    visitor.has_no_barriers()
    picture(visitor, "expired-note-again")
    visitor.press(WRITING)
    visitor.page.wait_for_url("**/referrals/*?done=note")
    visitor.sees(NOTE)


def holds_referral(visitor, picture):
    """Urgency, service and message are as they were, and lead to the check."""
    visitor.sees(HERE_AGAIN)
    assert visitor.page.get_by_label("Within 2 days").is_checked()
    assert service_card(visitor, "Family groceries", "Lantern Pantry").get_by_role("radio").is_checked()
    assert visitor.page.get_by_label("4. Anything they need to know?").input_value() == MESSAGE
    picture(visitor, "expired-referral-again")
    visitor.press(SENDING)
    visitor.sees("Check, then send to Lantern Pantry")
    visitor.sees("meet at the side door (no steps) after 4 pm.")


def test_a_form_from_before_a_sign_out_keeps_its_words_for_whom_typed_them(visit, picture):
    sorrel, wren = visit("sorrel"), visit("wren", width=PHONE)
    referral = refer(sorrel, find_person(sorrel, "Clover Banks"), "Family groceries, Lantern Pantry")
    wren.open(referral)
    wren.fill("Internal note", NOTE)
    hers = wren.page
    sign_out_in_another_tab(wren, "robin")

    wren.page = hers
    wren.press(WRITING)
    wren.sees("This form belongs to somebody else")
    assert sees_nothing_typed(wren.page)
    wren.has_no_barriers()
    picture(wren, "expired-somebody-else-phone")
    wren.open(referral)
    assert sees_nothing_typed(wren.page)

    sign_out_in_another_tab(wren, "wren")
    wren.open(referral)
    wren.sees(HERE_AGAIN)
    assert wren.page.get_by_label("Internal note").input_value() == NOTE
    picture(wren, "expired-late-form-phone")
    wren.press(WRITING)
    wren.sees(NOTE)


def sign_out_in_another_tab(window, who):
    """Somebody signs out in a new tab of the same window, and somebody signs in there."""
    window.open_tab()
    window.open("/settings")
    window.press("Sign out")
    window.forget_session("wren")
    window.sign_in_here(who)
