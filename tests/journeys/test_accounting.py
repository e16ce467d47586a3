"""A person asks who got their data: the privacy officer makes the list, takes it as a file, and answers.

It holds what was sent, and what a court got by hand.
"""

import csv
from datetime import UTC, datetime

from cie.calendar import local_day
from tests.journeys.acts import add_person, refer, say_yes_to_sharing
from tests.journeys.visitor import PHONE

GIVEN, FAMILY = "Bryony", "Marchbanks"
PANTRY = "Lantern Pantry"
ASKER, GIFT = "Law offices of Bittern", "Two letters of May"


def test_a_request_for_the_list_is_answered_from_it(visit, picture):
    sorrel, linnet = visit("sorrel"), visit("linnet")
    person = add_person(sorrel, GIVEN, FAMILY)
    say_yes_to_sharing(sorrel, person)
    refer(sorrel, person, f"Food box, weekly, {PANTRY}")

    give_by_hand(linnet, picture)
    case = write_down(linnet, person)
    linnet.follow("Make the list")
    linnet.sees("Your next step: give the person this list, then write down the answer")
    linnet.sees(PANTRY)
    linnet.sees(f"By hand: {GIFT}")
    assert "Food box" not in linnet.text, "it names what went, not what it said"
    linnet.has_no_barriers()
    picture(linnet, "accounting")

    assert [row["Who got it"] for row in downloaded(linnet)] == [ASKER, PANTRY]
    look_closely(visit("linnet", width=PHONE), person, picture)
    answer(linnet)

    linnet.sees("We said yes")
    assert linnet.path == case
    linnet.sees("The list was downloaded")
    linnet.open(f"{person}/accounting")
    assert "Your next step" not in linnet.text
    another = visit("robin").page.request.get(f"{person}/accounting")
    assert another.status == 404, "of another organization it is like one that does not exist"


def give_by_hand(linnet, picture):
    """A demand is about the person, a lawyer looks at it, and something is given outside."""
    linnet.open("/privacy-office/demands/new")
    linnet.choose("Subpoena")
    linnet.fill("Who asks", ASKER)
    linnet.fill("What they ask for", "All letters")
    fill_today(linnet, "Received on")
    linnet.press("Save")
    linnet.follow("Put people on it, or take them off")
    linnet.fill("Find a person", FAMILY)
    linnet.press("Find")
    linnet.has_no_barriers()
    linnet.press("It is about them")
    linnet.follow("Back to the case")
    linnet.follow("A lawyer has it")
    linnet.fill("Name of the lawyer", "Ibis Marlowe")
    linnet.press("Save")
    linnet.follow("Write down what became of it")
    linnet.choose("Answered outside, by hand")
    linnet.fill("What was decided", "The lawyer says that we must.")
    linnet.fill("What was given", GIFT)
    fill_today(linnet, "Given on")
    linnet.has_no_barriers()
    picture(linnet, "accounting-deciding")
    linnet.press("Save and close the case")
    linnet.sees("Answered outside, by hand")


def fill_today(linnet, label):
    """The three boxes of a date."""
    today = local_day(datetime.now(UTC))
    boxes = linnet.page.get_by_role("group", name=label).last
    for part, value in (("Month", today.month), ("Day", today.day), ("Year", today.year)):
        boxes.get_by_role("textbox", name=part, exact=True).fill(str(value))


def write_down(linnet, person):
    """From the person's page to the case of what they ask; its address."""
    linnet.open(person)
    linnet.follow("Write down what they ask of their record")
    linnet.choose("A list of who got it")
    linnet.fill("What they ask for", "I want to know who got my file.")
    fill_today(linnet, "Received on")
    linnet.press("Save and start the clock")
    linnet.page.wait_for_url("**/privacy-office/requests/*?done=opened")
    return linnet.path


def downloaded(linnet):
    """The rows of the file."""
    with linnet.page.expect_download() as started:
        linnet.page.get_by_role("button", name="Download as CSV").click()
    path = started.value.path()
    assert started.value.suggested_filename == "list.csv"
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


FITS = "[...document.querySelectorAll('.cie-scroll')].every(box => box.scrollWidth <= box.clientWidth)"


def look_closely(phone, person, picture):
    """The list and its print on a phone, where nothing may be in the way."""
    for name, path in (("", ""), ("-sheet", "/sheet")):
        phone.open(f"{person}/accounting{path}")
        phone.sees(PANTRY)
        phone.has_no_barriers()
        assert phone.page.evaluate(FITS) and phone.page.get_by_text("By what right").last.is_visible()
        assert GIVEN not in phone.page.title() and FAMILY not in phone.page.title()
        picture(phone, f"accounting{name}-phone")


def answer(linnet):
    """The person is told yes, from the list."""
    linnet.follow("Write down the answer")
    linnet.choose("We said yes")
    linnet.fill("Why, in plain words", "Here is the list on paper.")
    linnet.press("Save and close the case")
    linnet.page.wait_for_url("**/privacy-office/requests/*?done=closed")
