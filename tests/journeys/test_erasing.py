"""A person asks that their record be deleted: a hold stands in the way, then it is erased, and lists say when."""

from tests.journeys.acts import add_person, refer, say_yes_to_sharing
from tests.journeys.test_accounting import fill_today
from tests.journeys.visitor import PHONE

GIVEN, FAMILY = "Bracken", "Pettifogger"


def test_a_record_is_erased_once_no_hold_is_left(visit, picture):
    sorrel, linnet = visit("sorrel"), visit("linnet")
    person = add_person(sorrel, GIVEN, FAMILY)
    say_yes_to_sharing(sorrel, person)
    referral = refer(sorrel, person, "Food box, weekly, Lantern Pantry")
    set_hold(linnet, person, picture)
    grant_deletion(linnet, person)

    linnet.open(person)
    linnet.follow("Erase this record")
    linnet.sees("It cannot be erased now. This has to end first.")
    linnet.has_no_barriers()
    picture(linnet, "erasing-held")
    linnet.follow("Legal hold: The court may ask for it")
    linnet.press("Lift this hold")
    linnet.open(person)
    linnet.follow("Erase this record")
    linnet.sees("1 open referral ends.")
    linnet.has_no_barriers()
    picture(linnet, "erasing")
    look_closely(visit("linnet", width=PHONE), person, picture)
    linnet.press("Erase for good")

    linnet.sees("Erased on ")
    linnet.has_no_barriers()
    sorrel.open(referral)
    sorrel.sees("Erased on ")
    assert GIVEN not in sorrel.text and FAMILY not in sorrel.text
    sorrel.has_no_barriers()
    picture(sorrel, "erased-referral")


def set_hold(linnet, person, picture):
    linnet.open(person)
    linnet.follow("Legal hold")
    linnet.fill("Why", "The court may ask for it")
    linnet.press("Set this hold")
    linnet.sees("Saved. Nobody can erase this record now.")
    linnet.has_no_barriers()
    picture(linnet, "hold")


def grant_deletion(linnet, person):
    linnet.open(person)
    linnet.follow("Write down what they ask of their record")
    linnet.choose("Delete something")
    linnet.fill("What they ask for", "Everything, please")
    fill_today(linnet, "Received on")
    linnet.press("Save and start the clock")
    linnet.follow("Write down the answer")
    linnet.choose("We said yes")
    linnet.fill("Why, in plain words", "It is yours")
    linnet.press("Save and close the case")
    linnet.sees("We said yes")


def look_closely(linnet, person, picture):
    """The pages on a phone."""
    for path, name in (
        (f"/privacy-office{person}/erasing", "erasing"),
        (f"/privacy-office{person}/holds", "hold"),
        ("/privacy-office/retention", "retention"),
        ("/privacy-office/holds", "holds"),
        ("/consents/ending", "ending"),
    ):
        linnet.open(path)
        linnet.has_no_barriers()
        picture(linnet, f"{name}-phone")
