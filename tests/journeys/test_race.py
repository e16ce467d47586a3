"""Two workers of one organization answer the same referral: one is first, the other is told, nothing is lost."""

from tests.journeys.acts import find_person, refer

WORDS = "Our freezer is full until Friday, and the van is out."


def test_the_second_answer_is_told_what_changed_and_keeps_its_words(visit):
    sorrel, wren, robin = visit("sorrel"), visit("wren"), visit("robin")
    referral = refer(sorrel, find_person(sorrel, "Sage Pao"), "Produce pick-up, Lantern Pantry")
    wren.open(referral)
    wren.follow("Answer")
    robin.open(referral)
    robin.follow("Answer")
    robin.follow("No, we cannot")
    robin.choose("We have no room now")
    robin.fill("Anything Blue Kite Clinic should know?", WORDS)

    wren.press("Yes, we can help")
    wren.sees("Your next step: contact Sage Pao")
    robin.press("Send this answer")

    robin.sees("This changed while you were typing.")
    robin.sees("Wren Alder said yes at")
    robin.sees("What you typed is still here.")
    assert robin.page.get_by_label("Anything Blue Kite Clinic should know?").input_value() == WORDS
    assert robin.page.get_by_label("We have no room now").is_checked()
    sorrel.open(referral)
    sorrel.sees("They said yes")
    assert "no room" not in sorrel.text
