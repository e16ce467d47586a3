"""With a keyboard alone: send, answer, help and close; the focus is seen at every stop, and nothing holds it."""

import pytest

from tests.journeys.acts import add_person, find_person, refer, say_yes_to_sharing
from tests.journeys.keyboard import Keyboard
from tests.support.commands import until

SUMMARY = "document.activeElement.classList.contains('cie-errors')"
FOCUS_ID = "document.activeElement.id"


def test_a_navigator_sends_and_a_caseworker_helps_to_the_end(visit):
    sorrel, wren = visit("sorrel"), visit("wren")
    say_yes_to_sharing(sorrel, add_person(sorrel, "Fennel", "Marrow"))

    referral = send(Keyboard(sorrel))
    help_to_the_end(Keyboard(wren))

    wren.sees("Closed: you gave help")
    sorrel.open(referral)
    sorrel.sees("Yes, help was given")


def send(keys):
    """From the worklist to a sent referral; on the way everything is forgotten once."""
    keys.visitor.open("/worklist")
    keys.open("Refer")
    keys.open("Fennel Marrow")
    keys.go_to("Words")
    keys.type("Produce pick-up")
    keys.open("Search")
    keys.open("Check before sending")
    mend_what_is_missing(keys)
    keys.go_to("4. Anything they need to know?")
    keys.type("Please ring twice.")
    keys.open("Update this preview")
    keys.open("Check before sending")
    keys.visitor.sees("Please ring twice.")
    keys.open("Send to Lantern Pantry")
    keys.visitor.page.wait_for_url("**/referrals/*?done=sent")
    return keys.visitor.path


def mend_what_is_missing(keys):
    """The focus is on the list of errors; a link of it leads to what is missing, and the arrows choose there."""
    page = keys.visitor.page
    until(lambda: page.evaluate(SUMMARY), otherwise="the list of errors has the focus")
    assert keys.stop() is not None
    wrong = page.locator(".cie-errors a").evaluate_all("all => all.map(each => each.hash.slice(1))")
    for name in wrong:
        if page.evaluate(FOCUS_ID) != name:
            page.evaluate("document.querySelector('.cie-errors').focus()")
            keys.go_to(page.locator(f".cie-errors a[href='#{name}']").inner_text())
            keys.press("Enter")
        assert page.evaluate(FOCUS_ID) == name, "the error leads to its box"
        error = page.locator(f".cie-field-error:has(#{name}) .cie-error")
        assert error.bounding_box()["y"] >= 0, "the words of the error are seen with the box"
        choose_here(keys, {"need": "Food", "urgency": "This week", "service": "Produce pick-up"}[name])


def choose_here(keys, words):
    """Choose by the keyboard in the group, or the list, that has the focus."""
    stop = keys.stop()
    if stop.tag == "select":
        keys.type(words)
        return
    keys.press("Space")
    while not (stop := keys.stop()).name.startswith(words):
        keys.press("ArrowDown")
    assert stop.type == "radio"


def help_to_the_end(keys):
    """From the worklist: yes, a contact, started, closed."""
    keys.visitor.open("/worklist")
    rows = keys.visitor.page.get_by_role("listitem").filter(has_text="Fennel M.")
    keys.open(rows.get_by_role("link").last.text_content())
    keys.open("Yes, we can help")
    keys.open("Record contact")
    keys.pick("Phone call")
    keys.pick("Yes")
    keys.open("Save contact")
    for step in ("Help has started", "Help was given"):
        keys.open("Update")
        keys.pick(step)
        keys.open("Save this update")
        keys.visitor.page.wait_for_url("**/referrals/*?done=*")


def test_the_first_stop_leads_past_the_header(visit):
    wren = visit("wren")
    keys = Keyboard(wren)
    wren.open("/worklist")

    keys.press("Tab")
    assert keys.stop().name == "Skip to the main content"
    keys.press("Enter")
    keys.press("Tab")

    keys.stop()
    assert wren.page.evaluate("document.activeElement.closest('main') !== null"), "the next stop is in the main part"


REFER = "/referrals/new?need=food&zip=93702"
PAGES = ["/worklist?filters=yes", REFER, "/people/new", "/directory?need=food", "/measures"]


@pytest.mark.parametrize("path", PAGES)
def test_tab_goes_through_a_page_and_back_again(visit, path):
    sorrel = visit("sorrel")
    keys = Keyboard(sorrel)
    if path == REFER:
        path += "&person=" + find_person(sorrel, "Basil Quist").rpartition("/")[2]
    sorrel.open(path)

    there = keys.round()
    back = []
    for _stop in there:
        keys.press("Shift+Tab")
        back.append(keys.stop())

    assert len(there) > 10
    assert there[0].name == "Skip to the main content"
    assert there[-1].name == "Español"
    assert [stop.number for stop in back if stop] == [stop.number for stop in reversed(there)][: len(back)]


@pytest.fixture
def with_keys(visit):
    """Wren, with the keys switched on by keyboard; they are off again afterwards."""
    wren = visit("wren")
    switch_keys(wren, on=True)
    yield wren
    switch_keys(wren, on=False)


def switch_keys(wren, *, on):
    keys = Keyboard(wren)
    wren.open("/settings")
    keys.go_to("Use keyboard keys")
    box = wren.page.get_by_label("Use keyboard keys")
    if box.is_checked() != on:
        keys.press("Space")
    assert box.is_checked() == on
    keys.open("Save")


def row_with_focus(wren):
    """The number of the row of the worklist in which the focus is, from 0; -1 in none."""
    return wren.page.evaluate(
        "[...document.querySelectorAll('.cie-row')].findIndex(row => row.contains(document.activeElement))"
    )


def two_rows(visit, wren):
    """The worklist of Wren with at least two rows."""
    sorrel = visit("sorrel")
    for service in ("Food box, weekly", "Family groceries"):
        refer(sorrel, find_person(sorrel, "Basil Quist"), f"{service}, Lantern Pantry")
    wren.open("/worklist")
    assert wren.page.locator(".cie-row").count() >= 2


def test_keys_are_off_until_they_are_switched_on(visit):
    wren = visit("wren")
    two_rows(visit, wren)

    for key in ("j", "k", "a", "/"):
        Keyboard(wren).press(key)
        assert row_with_focus(wren) == -1
        assert wren.path == "/worklist"

    wren.page.locator("footer").get_by_role("link", name="Keyboard keys").click()
    wren.sees("These keys are off until you switch them on in your own settings.")
    assert wren.page.locator("main kbd").all_inner_texts() == ["j", "k", "Enter", "a", "/"]


def test_keys_move_through_the_worklist_open_answer_and_find(with_keys, visit):
    wren, keys = with_keys, Keyboard(with_keys)
    two_rows(visit, wren)
    rows = []
    for key in "jjk":
        keys.press(key)
        keys.stop()
        rows.append(row_with_focus(wren))
    assert rows == [0, 1, 0]

    opened = wren.page.locator(".cie-row-need a").first.get_attribute("href")
    answered = wren.page.locator(".cie-row-action a").nth(1).get_attribute("href")
    keys.enter()
    assert wren.path == opened
    wren.open("/worklist")
    keys.type("jj")
    with wren.page.expect_navigation():
        keys.press("a")
    assert wren.path == answered.partition("?")[0]
    wren.open("/worklist")
    with wren.page.expect_navigation():
        keys.press("/")
    assert wren.path == "/people"
    keys.press("/")
    assert keys.stop().name.startswith("Find a person")


def test_keys_are_only_letters_in_a_box_and_with_control(with_keys):
    wren, keys = with_keys, Keyboard(with_keys)
    wren.open("/people")
    keys.press("/")
    keys.type("jka/")
    assert wren.page.get_by_label("Find a person").input_value() == "jka/"

    wren.open("/worklist?filters=yes")
    keys.go_to("Need")
    keys.type("ja")
    assert (wren.path, row_with_focus(wren)) == ("/worklist", -1)
    wren.open("/worklist")
    keys.press("Alt+j")
    assert row_with_focus(wren) == -1
