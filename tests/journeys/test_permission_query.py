"""Two places serve one person. The pantry asks if a permission stands elsewhere, and the clinic sees that it asked.

Of somebody who said nothing that is for the pantry it hears nothing, and nobody else sees that it asked.
"""

from tests.journeys.acts import add_person, say_yes_to_sharing
from tests.journeys.visitor import PHONE

GIVEN, OTHER, FAMILY = "Linden", "Sorbus", "Wakerobin"
ASK = "Ask if there is a permission elsewhere"
NOTHING = "No permission that you may know of."
CLINIC, PANTRY = "Blue Kite Clinic", "Lantern Pantry"


def test_asked_and_answered(visit, picture):
    sorrel, wren = visit("sorrel"), visit("wren")
    theirs = add_person(sorrel, GIVEN, FAMILY)
    say_yes_to_sharing(sorrel, theirs)
    ours = add_person(wren, GIVEN, FAMILY)

    ask(wren, ours, picture)

    wren.sees(CLINIC)
    assert NOTHING not in wren.text and FAMILY not in wren.text
    assert "?" not in wren.page.url
    wren.has_no_barriers()
    picture(wren, "permission-told")
    sorrel.open(f"{theirs}/shared")
    sorrel.sees(PANTRY)
    sorrel.sees("They asked if there is a permission.")
    sorrel.has_no_barriers()
    picture(sorrel, "permission-asked")
    look_closely(visit("wren", width=PHONE), ours, picture, "permission-told-phone")
    in_spanish(visit("wren", language="es"), ours, picture, CLINIC, "permission-told-es")


def test_asked_with_nothing_to_tell(visit, picture):
    sorrel, wren = visit("sorrel"), visit("wren")
    theirs = add_person(sorrel, OTHER, FAMILY)
    ours = add_person(wren, OTHER, FAMILY)

    ask(wren, ours, picture)

    wren.sees(NOTHING)
    wren.sees("Record permission")
    assert CLINIC not in wren.text
    wren.has_no_barriers()
    picture(wren, "permission-none")
    sorrel.open(f"{theirs}/shared")
    assert PANTRY not in sorrel.text
    look_closely(visit("wren", width=PHONE), ours, picture, "permission-none-phone")
    in_spanish(visit("wren", language="es"), ours, picture, "No hay ningún permiso", "permission-none-es")


def ask(wren, person, picture):
    wren.open(f"{person}/consents")
    wren.follow(ASK)
    wren.sees("Who tells you of one can see that you asked, and so can the person.")
    wren.has_no_barriers()
    picture(wren, "permission-ask")
    wren.press("Ask now")


def look_closely(phone, person, picture, name):
    phone.open(f"{person}/permission-elsewhere")
    phone.has_no_barriers()
    picture(phone, f"{name}-before")
    phone.press("Ask now")
    phone.has_no_barriers()
    picture(phone, name)


def in_spanish(wren, person, picture, answer, name):
    wren.open(f"{person}/permission-elsewhere")
    wren.has_no_barriers()
    picture(wren, f"{name}-before")
    wren.press("Preguntar ahora")
    wren.sees(answer)
    wren.has_no_barriers()
    picture(wren, name)
