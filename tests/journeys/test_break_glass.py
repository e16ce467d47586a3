"""An emergency: a clinic opens what was withheld, reads it, and the privacy officer of the sender looks at it."""

from tests.journeys.acts import add_person, say_yes_to_sharing, service_card
from tests.journeys.visitor import PHONE

MESSAGE = "Takes a medicine against withdrawal twice a day."
REASON = "Brought in without being awake. The doctor must know what was taken."
FOUND = "We called the clinic. It was as they wrote."
SERVICE, CLINIC = "Wheelchair van", "Blue Kite Clinic"


def ask_for_a_ride_to_treatment(wren, person):
    """The need and the words are withheld: the person said yes to everyday needs alone."""
    wren.open(f"/referrals/new?person={person.rpartition('/')[2]}&need=transportation&words={SERVICE}&zip=93702")
    wren.page.get_by_label("Need", exact=True).select_option(label="Help with alcohol or drugs")
    wren.choose("This week")
    service_card(wren, SERVICE, CLINIC).get_by_role("radio").check()
    wren.fill("4. Anything they need to know?", MESSAGE)
    wren.press("Check before sending")
    wren.sees("They will not see")
    wren.press(f"Send to {CLINIC}")
    wren.page.wait_for_url("**/referrals/*?done=sent")
    return wren.path


def open_more(sorrel, referral, picture):
    sorrel.open(referral)
    assert MESSAGE not in sorrel.text
    sorrel.follow("Open more in an emergency")
    sorrel.sees("The privacy officers here and at Lantern Pantry are told at once.")
    sorrel.has_no_barriers()
    picture(sorrel, "emergency-form")
    sorrel.press("Open more now")
    sorrel.sees("Three things to fix")
    sorrel.has_no_barriers()
    sorrel.choose("The person needs medical care now")
    sorrel.fill("What happened?", REASON)
    sorrel.choose("They cannot say yes or no in time")
    sorrel.press("Open more now")
    sorrel.sees(MESSAGE)


def look_at_it(robin, picture):
    robin.open("/worklist")
    robin.sees("1 record was opened in an emergency.")
    robin.follow("Look at it")
    robin.has_no_barriers()
    picture(robin, "emergency-list")
    robin.follow("Sorrel Finch, Blue Kite Clinic")
    robin.sees(REASON)
    robin.sees("A medical emergency was recorded (42 CFR 2.51)")
    assert MESSAGE not in robin.text
    robin.has_no_barriers()
    robin.press("Save what you found")
    robin.sees("Two things to fix")
    robin.choose("Yes, it was right")
    robin.fill("What you found and what was done", FOUND)
    robin.press("Save what you found")
    robin.sees("Saved. What you found stands here.")
    robin.has_no_barriers()
    picture(robin, "emergency-reviewed")
    robin.open("/worklist")
    assert "was opened in an emergency" not in robin.text


def test_what_was_withheld_opens_in_an_emergency_and_is_looked_at(visit, picture):
    wren, sorrel, robin = visit("wren"), visit("sorrel"), visit("robin")
    person = add_person(wren, "Campion", "Ordway", phone="559 555 0187")
    say_yes_to_sharing(wren, person)
    referral = ask_for_a_ride_to_treatment(wren, person)

    open_more(sorrel, referral, picture)
    sorrel.sees("42 CFR part 2 prohibits unauthorized use or disclosure of these records.")
    sorrel.sees("Open until")
    sorrel.has_no_barriers()
    picture(sorrel, "emergency-open")
    sorrel.open(referral)
    assert MESSAGE not in sorrel.text, "it stands on its own page alone"

    look_at_it(robin, picture)
    wren.open(f"{person}/shared")
    wren.sees("More, in an emergency, version 1: what they need, message.")

    small = visit("sorrel", width=PHONE, language="es")
    small.open(referral)
    small.follow("Abrir más en una emergencia")
    small.sees("Abierto hasta")
    small.sees(MESSAGE)
    small.has_no_barriers()
    picture(small, "emergency-open-phone")
