"""A clinic asks anyone who can help; a pantry finds it on its list, says yes first, and has it."""

from tests.journeys.acts import add_person, say_yes_to_sharing
from tests.journeys.visitor import PHONE


def test_anyone_who_can_help_is_asked_and_the_first_yes_has_it(visit, picture):
    sorrel, wren = visit("sorrel"), visit("wren", width=PHONE)
    person = add_person(sorrel, "Rowan", "Hillcrest", phone="559 555 0192", born=(6, 21, 1990))
    say_yes_to_sharing(sorrel, person)

    sorrel.open(f"/referrals/new?person={person.rpartition('/')[2]}&need=food")
    sorrel.choose("This week")
    sorrel.choose("Anyone who can help", exact=False)
    sorrel.has_no_barriers()
    picture(sorrel, "open-form")
    sorrel.press("Check before sending")
    sorrel.has_no_barriers()
    picture(sorrel, "open-check")
    sorrel.press("places that can help")
    sorrel.page.wait_for_url("**/referrals/*-*")
    referral = sorrel.path
    sorrel.has_no_barriers()
    picture(sorrel, "open-sent")

    wren.open("/worklist")
    wren.follow("Open requests")
    wren.has_no_barriers()
    picture(wren, "open-list")
    wren.press("Yes, we can help")
    wren.page.wait_for_url("**/referrals/*?done=accepted")
    wren.sees("Rowan")

    sorrel.open(referral)
    sorrel.sees("Lantern Pantry")
    picture(sorrel, "open-taken")
