"""An answer of a finished screening was written down wrong, and is put right."""

from tests.journeys.acts import add_person
from tests.journeys.visitor import PHONE


def test_an_answer_is_put_right_and_what_was_not_decided_follows(visit, picture):
    sorrel = visit("sorrel")
    person = add_person(sorrel, "Sedge", "Winterbourne", born=(11, 5, 1971))
    sorrel.follow("Start a screening")
    sorrel.choose("Hunger", exact=False)
    sorrel.press("Start")
    for label in sorrel.page.get_by_label("Often true").all():
        label.check()
    sorrel.press("Save and continue")
    sorrel.press("Finish and see the needs")

    sorrel.open(person)
    sorrel.follow("Start a screening")
    sorrel.follow("Hunger Vital Sign", nth=-1)
    sorrel.follow("Correct the answers")
    sorrel.has_no_barriers()
    for label in sorrel.page.get_by_label("Never true").all():
        label.check()
    picture(sorrel, "correction-form")
    sorrel.press("Check before saving")
    sorrel.sees("Off the list of needs, since nobody decided on them yet: Food.")
    sorrel.has_no_barriers()
    picture(sorrel, "correction-check")
    sorrel.press("Save these answers")
    sorrel.sees("These answers count from now on.")
    sorrel.has_no_barriers()
    picture(sorrel, "correction-done")

    phone = visit("sorrel", width=PHONE, language="es")
    phone.open(f"{sorrel.path}/correction")
    phone.has_no_barriers()
    picture(phone, "correction-es-phone")
