"""What several stories begin with: somebody is added, says yes to sharing, and is referred."""

from typing import Any

from tests.journeys.visitor import Visitor


def add_person(visitor: Visitor, given: str, family: str, *, phone: str = "", zip: str = "93702") -> str:
    """Add a grown-up through the form; with a phone, they allow texts to it. Returns the address of their page."""
    visitor.open("/people/new")
    visitor.fill("First name", given)
    visitor.fill("Last name", family)
    for part, value in (("Month", "4"), ("Day", "9"), ("Year", "1988")):
        visitor.fill(part, value)
    visitor.fill("ZIP", zip)
    if phone:
        visitor.fill("Mobile number", phone)
        visitor.choose("Yes, only they read or hear it")
        visitor.choose("They said yes")
    visitor.press("Save and continue")
    visitor.sees(f"{given} {family}")
    visitor.page.wait_for_url("**/people/*-*")
    return visitor.path


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


def fill_referral(visitor: Visitor, name: str, organization: str, *, message: str = "", urgency: str = "This week") -> str:
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
