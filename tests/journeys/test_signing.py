"""Signing: by a link on the person's own phone with a finger, and with a typed name on the screen of the worker."""

import re

from tests.journeys.acts import add_person, newest_text, read_phone, wait_for
from tests.journeys.own_page_acts import open_own_page
from tests.journeys.visitor import PHONE, SMALL, account_of

PIN, NUMBER = "482915", "559 555 0184"


def fill_permission(sorrel, person, way):
    """What the person says, up to the way in which they sign it."""
    sorrel.open(person)
    sorrel.follow("Record permission")
    sorrel.choose("The person", exact=False)
    sorrel.choose("Yes, share")
    sorrel.choose("Name, how to reach them", exact=False)
    sorrel.choose("Any organization that can help")
    sorrel.choose(way)
    sorrel.press("Write this down")
    sorrel.sees("Waits for a signature until")
    sorrel.sees("Exactly what they sign")
    sorrel.has_no_barriers()


def draw(phone):
    """Draw a line through the box, as a finger does."""
    canvas = phone.page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    mouse = phone.page.mouse
    mouse.move(box["x"] + 20, box["y"] + 60)
    mouse.down()
    for step in range(1, 9):
        mouse.move(box["x"] + 20 + step * 30, box["y"] + 60 + (-1) ** step * 30)
    mouse.up()
    assert phone.page.input_value("#drawing").startswith("data:image/png;base64,")


def test_a_link_is_sent_and_signed_with_a_finger_and_a_screen_with_a_typed_name(visit, picture):
    sorrel = visit("sorrel")
    person = add_person(sorrel, "Hawthorn", "Quill", phone=NUMBER)
    fill_permission(sorrel, person, "Send a link to sign")
    sorrel.sees("They have no page yet.")
    picture(sorrel, "signing-no-page")
    asked = sorrel.path
    sorrel.follow("Make a link")
    sorrel.fill("PIN", PIN)
    sorrel.press("Make a link")
    link = sorrel.page.input_value("#link")
    sorrel.open(asked)
    sorrel.press("Text the link again")
    sorrel.sees("A text with their link is on its way.")
    sorrel.has_no_barriers()
    picture(sorrel, "signing-sent")

    sandbox = visit()
    read_phone(sandbox, NUMBER)
    wait_for(sandbox, sandbox.path, "this page is only for you")
    assert not re.search("sign|Hawthorn|clinic", newest_text(sandbox), re.IGNORECASE)

    phone = visit(width=PHONE)
    open_own_page(phone, link, PIN)
    phone.sees("Something to read and sign")
    phone.has_no_barriers()
    picture(phone, "signing-own-page")
    phone.follow("Read it")
    phone.sees("You will still get help if you say no.")
    phone.has_no_barriers()
    assert phone.page.title() == "Your page"
    phone.press("Sign")
    phone.sees("Signature: type your name, or draw it")
    phone.has_no_barriers()
    draw(phone)
    picture(phone, "signing-drawn")
    phone.press("Sign")
    phone.sees("Thank you. You signed.")
    phone.has_no_barriers()
    phone.open(phone.path)
    assert "Hawthorn" not in phone.text and phone.page.locator("canvas").count() == 0

    sorrel.open("/worklist")
    sorrel.sees("Somebody answered what you sent to sign.")
    sorrel.has_no_barriers()
    sorrel.follow("Look at the answers")
    sorrel.has_no_barriers()
    sorrel.follow("Hawthorn Quill")
    sorrel.follow("Look at the permission")
    sorrel.sees("Drawn.")
    sorrel.has_no_barriers()
    picture(sorrel, "signing-record")
    sorrel.open(asked)
    sorrel.press("I have read this")
    sorrel.sees("Saved. It is off the list.")

    fill_permission(sorrel, person, "They sign on this screen")
    picture(sorrel, "signing-check")
    asked_here = sorrel.path
    sorrel.press("Hand over the screen")
    sorrel.has_no_barriers()
    picture(sorrel, "signing-screen")
    sorrel.fill("Your name", "Linny Q.")
    sorrel.press("Sign")
    sorrel.sees("Signature: we know another name.")
    sorrel.has_no_barriers()
    picture(sorrel, "signing-other-name")
    sorrel.fill("Your name", "hawthorn quill")
    sorrel.press("Sign")
    sorrel.sees("Give this back to")
    sorrel.has_no_barriers()
    assert "Hawthorn" not in sorrel.text
    picture(sorrel, "signing-done")
    sorrel.open("/worklist")
    sorrel.sees("Take the screen back")
    assert "Hawthorn" not in sorrel.text
    sorrel.has_no_barriers()
    picture(sorrel, "signing-take-back")
    sorrel.open(asked_here)
    sorrel.fill("Password", account_of("sorrel")["password"])
    sorrel.press("Continue")
    sorrel.follow("Look at the permission")
    sorrel.sees("Typed: hawthorn quill.")


def test_in_spanish_without_javascript_on_a_small_phone_a_name_is_typed_and_a_no_writes_nothing_down(visit, picture):
    sorrel = visit("sorrel")
    person = add_person(sorrel, "Marigold", "Penn", phone="559 555 0185")
    sorrel.open(f"{person}/own-page")
    sorrel.fill("PIN", PIN)
    sorrel.press("Make a link")
    link = sorrel.page.input_value("#link")
    sorrel.open(f"{person}/consents/new")
    sorrel.page.select_option("[name=language]", "es")
    fill_permission_here(sorrel)

    phone = visit(width=SMALL, language="es", javascript=False)
    phone.open(link)
    phone.page.fill("#code", PIN)
    phone.press("Abrir su página")
    phone.sees("Algo para leer y firmar")
    phone.follow("Leerlo")
    assert not phone.page.locator("canvas").is_visible()
    picture(phone, "signing-es")
    phone.press("No quiero firmar")
    phone.sees("Gracias. Usted no firmó.")

    sorrel.open(person)
    sorrel.sees("They did not want to sign")
    sorrel.sees("was not asked yet. Nothing is shared.")


def fill_permission_here(sorrel):
    """The rest of the form that is open; a link is sent."""
    sorrel.choose("The person", exact=False)
    sorrel.choose("Yes, share")
    sorrel.choose("Name, how to reach them", exact=False)
    sorrel.choose("Any organization that can help")
    sorrel.choose("Send a link to sign")
    sorrel.press("Write this down")
    sorrel.sees("Waits for a signature until")
