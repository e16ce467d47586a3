"""What stories of signatures and of the own page share: a signed form, somebody who may look, coming in by a link."""

from datetime import UTC, date, datetime, timedelta

from cie.calendar import local_day
from tests.journeys.visitor import Visitor, account_of


def sign_medical_form(visitor: Visitor, person: str, signer: str, kinds: list[str], place: str) -> None:
    """Write down what a signed form for medical information says of kinds of data (codes), signed today; it lasts until
    an event.
    """
    visitor.open(f"{person}/consents/forms/cmia/new")
    visitor.choose(signer)
    fill_date(visitor, "signed_on", local_day(datetime.now(UTC)))
    visitor.choose("On signed paper")
    visitor.choose("Yes, share")
    for kind in kinds:
        visitor.page.check(f"input[name=categories][value={kind}]")
    visitor.choose("Until something happens that the paper names")
    for box in visitor.page.locator("input[name=stated]").all():
        box.check()
    visitor.choose("Only with some, by name")
    visitor.choose(place)
    visitor.press("Write this down")


def fill_date(visitor: Visitor, name: str, day: date) -> None:
    """Type a date into its three boxes."""
    for part in ("month", "day", "year"):
        visitor.page.fill(f"[name={name}_{part}]", str(getattr(day, part)))


def let_look(visitor: Visitor, who: str, person: str, name: str, relationship: str, pin: str) -> str:
    """Let somebody look in the person's place and do all that they can; the link that they get."""
    visitor.open(f"{person}/own-page/others/new")
    prove_again(visitor, who)
    visitor.fill("Name", name)
    visitor.choose(relationship)
    for scope in visitor.page.locator("input[name=scope]").all():
        scope.check()
    fill_date(visitor, "until", local_day(datetime.now(UTC)) + timedelta(days=60))
    visitor.choose("I know both")
    visitor.fill("PIN", pin)
    visitor.has_no_barriers()
    visitor.press("Let them look")
    visitor.sees("They can look now.")
    return visitor.page.input_value("#link-1")


def prove_again(visitor: Visitor, who: str) -> None:
    """Give both factors again where the last time is too long ago."""
    if visitor.path == "/settings/confirm":
        visitor.give_code(account_of(who), "password")


def open_own_page(phone: Visitor, link: str, pin: str) -> None:
    """Open a link to a person's page and give the PIN."""
    phone.open(link)
    phone.page.fill("#code", pin)
    phone.press("Open your page")
    assert phone.path == "/my", phone.text
