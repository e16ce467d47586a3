"""A person is asked something on their own page: staff ask, the phone tells that something waits, and they answer."""

import re
import time

from tests.journeys.acts import add_person, newest_text, read_phone
from tests.journeys.own_page_acts import open_own_page
from tests.journeys.test_own_page import PIN, hand_over
from tests.journeys.visitor import PHONE, SMALL

NUMBER = "559 555 0157"
PDF, PHOTO = b"%PDF-1.7\n%%EOF\n", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(32)


def begin_to_ask(sorrel, person, what):
    sorrel.open(person)
    sorrel.follow("See answers, or ask something")
    sorrel.has_no_barriers()
    sorrel.follow("Ask something")
    sorrel.has_no_barriers()
    sorrel.choose(what)


def ask(sorrel, person, picture):
    """A question, and the core questions, asked by a member of staff."""
    begin_to_ask(sorrel, person, "A question")
    sorrel.press("Check before asking")
    sorrel.sees("What you ask: write it down")
    sorrel.has_no_barriers()
    sorrel.fill("Your words to them", "How will you get to us?")
    sorrel.choose("Somebody to contact")
    picture(sorrel, "asked-form")
    sorrel.choose("A question")
    sorrel.press("Check before asking")
    sorrel.sees("something waits for you here: (their link)")
    sorrel.has_no_barriers()
    picture(sorrel, "asked-check")
    sorrel.press("Ask this")
    sorrel.sees("Asked. It is on their page now.")
    begin_to_ask(sorrel, person, "The questions of a screening")
    sorrel.page.select_option("#questionnaire", index=1)
    sorrel.press("Check before asking")
    sorrel.sees("No second text goes")
    sorrel.press("Ask this")
    sorrel.sees("Asked. It is on their page now.")
    sorrel.has_no_barriers()
    picture(sorrel, "asked-index")


def texted_link(phone):
    """The address in the text that something waits."""
    read_phone(phone, NUMBER)
    for _try in range(60):
        found = re.search(r"something waits for you here: (\S+)$", newest_text(phone).strip())
        if found:
            return found[1]
        time.sleep(0.5)
        phone.page.reload()
    raise AssertionError(f"no text told that something waits: {phone.text}")


def test_a_person_answers_what_they_are_asked(visit, picture):
    sorrel = visit("sorrel")
    person = add_person(sorrel, "Yarrow", "Winterbourne", phone=NUMBER, born=(11, 3, 1971))
    hand_over(sorrel, person)
    ask(sorrel, person, picture)
    link = texted_link(visit(width=PHONE))

    phone = visit(width=PHONE)
    open_own_page(phone, link, PIN)
    phone.sees("Things we ask of you")
    phone.has_no_barriers()
    picture(phone, "asked-list")
    phone.follow("A question for you")
    phone.has_no_barriers()
    phone.press("Send my answer")
    phone.sees("Your answer: write it down")
    phone.fill("Your answer", "By bus")
    picture(phone, "asked-question")
    phone.press("Send my answer")
    phone.sees("Thank you. This is done.")
    phone.has_no_barriers()
    phone.follow("Back to your page")
    phone.follow("Some questions to answer")
    phone.has_no_barriers()
    phone.press("Begin")
    phone.has_no_barriers()
    picture(phone, "asked-questions")
    phone.press("Save and stop here")
    assert phone.path == "/my"

    small = visit(width=SMALL, language="es")
    small.open(link)
    small.page.fill("#code", PIN)
    small.press("Abrir su página")
    small.follow("Unas preguntas por responder")
    small.has_no_barriers()
    picture(small, "asked-es")

    sorrel.open(person)
    sorrel.follow("See answers, or ask something")
    sorrel.sees("By bus")


def test_a_form_comes_back_as_a_photo(visit, picture):
    sorrel = visit("sorrel", width=PHONE)
    person = add_person(sorrel, "Teasel", "Winterbourne", born=(11, 4, 1971))
    link = hand_over(sorrel, person)
    begin_to_ask(sorrel, person, "A form to fill in")
    sorrel.choose("To apply for something")
    picture(sorrel, "asked-new-phone")
    sorrel.press("Check before asking")
    sorrel.has_no_barriers()
    picture(sorrel, "asked-file-phone")
    sorrel.press("Ask this")
    sorrel.sees("File: choose one")
    sorrel.page.set_input_files("#file", {"name": "form.pdf", "mimeType": "application/pdf", "buffer": PDF})
    sorrel.press("Ask this")
    sorrel.sees("Asked. It is on their page now.")
    sorrel.follow("A form to fill in")
    sorrel.has_no_barriers()
    picture(sorrel, "asked-show-phone")

    phone = visit(width=SMALL, language="es")
    phone.open(link)
    phone.page.fill("#code", PIN)
    phone.press("Abrir su página")
    phone.follow("Un formulario para usted")
    phone.has_no_barriers()
    phone.press("Mandar mi formulario")
    phone.has_no_barriers()
    picture(phone, "asked-form-es")
    phone.page.set_input_files("#file", {"name": "IMG_1.jpeg", "mimeType": "image/jpeg", "buffer": PHOTO})
    phone.press("Mandar mi formulario")
    phone.has_no_barriers()

    sorrel.page.reload()
    sorrel.sees("IMG_1.jpeg")
    sorrel.has_no_barriers()
    spanish = visit("sorrel", language="es")
    begin = f"{person}/asked"
    spanish.open(begin)
    spanish.has_no_barriers()
    picture(spanish, "asked-index-es")
    spanish.open(f"{begin}/new")
    spanish.has_no_barriers()
    picture(spanish, "asked-new-es")
