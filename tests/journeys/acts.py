"""What several stories begin with: somebody is added, says yes to sharing, and is referred."""

import re
import time
from typing import Any

from tests.journeys.visitor import Visitor


def add_person(
    visitor: Visitor,
    given: str,
    family: str,
    *,
    phone: str = "",
    zip: str = "93702",
    born: tuple[int, int, int] = (4, 9, 1988),
    whose: str = "Their own",
) -> str:
    """Add somebody through the form, a grown-up unless `born` (month, day, year) says other; with a phone, they allow
    texts to it. Returns the address of their page.
    """
    visitor.open("/people/new")
    visitor.fill("First name", given)
    visitor.fill("Last name", family)
    for part, value in (("Month", born[0]), ("Day", born[1]), ("Year", born[2])):
        visitor.fill(part, str(value))
    visitor.fill("ZIP", zip)
    if phone:
        visitor.fill("Mobile number", phone)
        visitor.choose("Yes, only they read or hear it")
        visitor.choose(whose)
        visitor.choose("They said yes")
    visitor.press("Save and continue")
    visitor.sees(f"{given} {family}")
    visitor.page.wait_for_url("**/people/*-*")
    return visitor.path


def add_phone(visitor: Visitor, person: str, number: str, *, whose: str) -> None:
    """Add a mobile number to somebody, who allows texts to it."""
    visitor.open(f"{person}/contacts/new")
    visitor.choose("Mobile number")
    visitor.fill("Number or address", number)
    visitor.choose("Yes, only they read or hear it")
    visitor.choose(whose)
    visitor.choose("They said yes")
    visitor.press("Save")
    visitor.sees(number[-4:])


def find_person(visitor: Visitor, name: str) -> str:
    """Find somebody by a part of the name and open their page; its address."""
    visitor.open("/people")
    visitor.fill("Find a person", name)
    visitor.press("Find")
    visitor.page.get_by_role("link", name=name).first.click()
    visitor.page.wait_for_url("**/people/*-*")
    return visitor.path


def refer(visitor: Visitor, person: str, service: str, *, need: str = "food", message: str = "", **search: Any) -> str:
    """Refer somebody (the address of their page) to a service by name, "Produce pick-up, Lantern Pantry"."""
    name, _, organization = service.rpartition(", ")
    visitor.open(f"/referrals/new?person={person.rpartition('/')[2]}&need={need}&words={name}&zip=93702")
    return fill_referral(visitor, name, organization, message=message, **search)


def fill_referral(
    visitor: Visitor, name: str, organization: str, *, message: str = "", urgency: str = "This week"
) -> str:
    """Fill the open form of a referral, check and send it; the address of the referral."""
    visitor.choose(urgency)
    service_card(visitor, name, organization).get_by_role("radio").check()
    if message:
        visitor.fill("4. Anything they need to know?", message)
    visitor.press("Check before sending")
    visitor.sees(f"Check, then send to {organization}")
    visitor.press(f"Send to {organization}")
    visitor.page.wait_for_url("**/referrals/*?done=sent")
    return visitor.path


def service_card(visitor: Visitor, name: str, organization: str) -> Any:
    """One service of the list on the form."""
    cards = visitor.page.locator(".cie-service").filter(has=visitor.page.get_by_label(name, exact=True))
    return cards.filter(has_text=f"{organization}, ").first


def facts_in(box: Any) -> dict[str, str]:
    """The facts of a list of labels and values."""
    labels, values = box.locator("dt").all_inner_texts(), box.locator("dd").all_inner_texts()
    return dict(zip(labels, values, strict=True))


def say_yes_to_sharing(visitor: Visitor, person: str) -> None:
    """Write down that somebody allows sharing general and housing facts with anyone who can help, for a year."""
    _open_permission(visitor, person)
    visitor.choose("Yes, share")
    visitor.choose("Name, how to reach them", exact=False)
    visitor.choose("Any organization that can help")
    visitor.choose("In person")
    visitor.press("Write this down")
    visitor.sees("Written down.")


def say_no_to_sharing(visitor: Visitor, person: str) -> None:
    """Write down that somebody does not want anything shared."""
    _open_permission(visitor, person)
    visitor.choose("No, do not share")
    visitor.choose("Any organization that can help")
    visitor.choose("In person")
    visitor.press("Write this down")
    visitor.sees("Written down.")


def _open_permission(visitor: Visitor, person: str) -> None:
    visitor.open(person)
    visitor.follow("Record permission")
    visitor.choose("The person", exact=False)


def help_to_the_end(
    wren: Visitor, referral: str, words: str, *, message: str = "", note: str = "", picture: Any = None
) -> None:
    """Say yes, record a contact, start, write what is to be written, close with help given."""
    wren.open(referral)
    wren.follow("Answer")
    wren.press("Yes, we can help")
    wren.sees("Your yes was sent.")
    wren.follow("Record contact")
    wren.choose("Phone call")
    wren.choose("Yes")
    wren.press("Save contact")
    wren.page.wait_for_url("**/referrals/*?done=contact")
    _update(wren, referral, "Help has started")
    if message:
        wren.fill("Message to", message)
        wren.press("Send to Blue Kite Clinic")
        wren.sees(message)
    if note:
        wren.fill("Internal note", note)
        wren.press("Save note for us")
        wren.sees(note)
    if picture:
        picture(wren, "referral-of-the-provider")
    _update(wren, referral, "Help was given", words)
    wren.sees("Closed: you gave help")


def _update(wren: Visitor, referral: str, step: str, words: str = "") -> None:
    wren.open(referral)
    wren.page.get_by_role("link", name="Update", exact=True).click()
    wren.choose(step)
    if words:
        wren.fill("In your words", words)
    wren.press("Save this update")
    wren.page.wait_for_url("**/referrals/*?done=*")


def read_phone(phone: Visitor, number: str) -> None:
    """Open the texts of a phone; they come once something was sent to it."""
    ending = number[-4:]
    for _try in range(60):
        phone.open("/sandbox/phone")
        other = phone.page.get_by_role("link", name=f"Mobile ending {ending}")
        if other.count():
            other.click()
        if phone.page.get_by_role("region", name=f"Texts of the mobile ending {ending}").count():
            return
        time.sleep(0.5)
    raise AssertionError(f"no text came to the mobile ending {ending}")


def texted_code(phone: Visitor, number: str) -> str:
    """The code for one use that comes to a phone."""
    read_phone(phone, number)
    for _try in range(60):
        found = re.match(r"Your code is (\d{6})\.", newest_text(phone))
        if found:
            return found[1]
        time.sleep(0.5)
        phone.page.reload()
    raise AssertionError(f"no code came: {phone.text}")


def wait_for_question(phone: Visitor) -> None:
    """Look for new texts until the person is asked whether help came."""
    for _try in range(60):
        if "1 yes, I got help" in newest_text(phone):
            return
        time.sleep(0.5)
        phone.follow("Look for new texts")
        phone.page.reload()
    raise AssertionError(f"the person was not asked: {phone.text}")


def wait_for(visitor: Visitor, path: str, words: str) -> None:
    """Open a page again until it shows these words: what a phone says arrives a moment later."""
    for _try in range(40):
        visitor.open(path)
        if words in visitor.text:
            return
        time.sleep(0.5)
    raise AssertionError(f"{path} does not show “{words}”:\n{visitor.text}")


def newest_text(phone: Visitor) -> str:
    return phone.page.locator(".cie-bubble bdi").last.inner_text()


def answer_phone(phone: Visitor, digit: str) -> None:
    """Answer as the person does, with one key."""
    phone.page.get_by_role("button", name=f"Answer {digit}").click()
    phone.page.locator(".cie-bubble-own").filter(has_text=digit).last.wait_for()


AGO = re.compile(r"\d+ minutes? ago|just now|today, \d+(?::\d+)?\s[ap]m")


def steady_text(visitor: Visitor, path: str) -> str:
    """What a page says, but for how long ago things were."""
    visitor.open(path)
    return AGO.sub("ago", visitor.text)


FACTS = ("Answered", "Loop closed", "Services received", "Help confirmed")


def figures(visitor: Visitor) -> dict[str, int]:
    """The four facts of the month, of the referrals that this organization sent."""
    visitor.open("/measures")
    found = {}
    for name in FACTS:
        box = visitor.page.locator(".cie-stat").filter(has=visitor.page.get_by_role("heading", name=name))
        found[name] = int(box.locator(".cie-figure").inner_text())
    return found
