"""A person reads who saw what on a page of their own, on a phone, and takes it back."""

import re

from tests.journeys.acts import add_person, refer, say_yes_to_sharing, texted_code
from tests.journeys.visitor import PHONE, SMALL

PIN, NUMBER = "482915", "559 555 0177"


def hand_over(sorrel, person):
    """The PIN is chosen together; the link that the person takes along."""
    sorrel.open(person)
    sorrel.follow("Own page")
    sorrel.has_no_barriers()
    sorrel.fill("PIN", "123456")
    sorrel.press("Make a link")
    sorrel.sees("PIN: this one is easy to guess. Choose other digits")
    sorrel.fill("PIN", PIN)
    sorrel.press("Make a link")
    sorrel.sees("The link is ready.")
    sorrel.has_no_barriers()
    return sorrel.page.input_value("#link")


def come_in(visitor, link, pin, button):
    visitor.open(link)
    visitor.has_no_barriers()
    visitor.page.fill("#code", pin)
    visitor.press(button)


def test_a_person_reads_who_saw_what_and_takes_it_back(visit, picture):
    sorrel = visit("sorrel")
    person = add_person(sorrel, "Juniper", "Castellan", phone=NUMBER)
    say_yes_to_sharing(sorrel, person)
    refer(sorrel, person, "Food box, weekly, Lantern Pantry")
    link = hand_over(sorrel, person)
    picture(sorrel, "own-page-link")
    sorrel.follow("Card to print")
    sorrel.has_no_barriers()
    picture(sorrel, "own-page-card")

    phone = visit(width=PHONE)
    come_in(phone, link, "482916", "Open your page")
    phone.sees("PIN: this is not the right one. Try again")
    phone.page.fill("#code", PIN)
    phone.press("Open your page")
    assert phone.path == "/my" and phone.page.title() == "Your page"
    phone.sees("Any organization that can help")
    phone.has_no_barriers()
    picture(phone, "own-page")
    phone.follow("Who saw your data")
    phone.sees("Lantern Pantry")
    phone.has_no_barriers()
    phone.follow("Back to your page")
    phone.follow("Stop sharing")
    phone.sees("stays open")
    phone.has_no_barriers()
    picture(phone, "own-page-back")
    phone.press("Stop sharing")
    phone.sees("We stopped.")
    assert not re.search("Juniper|Food", phone.text)

    sorrel.open(person)
    sorrel.sees("took it back, or it has ended. Nothing is shared.")

    small = visit(width=SMALL, language="es")
    small.open(link)
    picture(small, "own-page-pin")
    small.press("Mandarme un código")
    small.has_no_barriers()
    picture(small, "own-page-code")
    small.page.fill("#code", texted_code(visit(), NUMBER))
    small.press("Abrir su página")
    assert small.page.title() == "Su página"
    small.has_no_barriers()
    picture(small, "own-page-es")
