"""A no with a reason: what it changes, and how the sender goes on."""

from tests.journeys.acts import fill_referral, find_person, refer, service_card


def test_after_no_room_the_service_is_full_and_the_sender_asks_another(visit, picture):
    sorrel, wren = visit("sorrel"), visit("wren")
    referral = refer(sorrel, find_person(sorrel, "Basil Quist"), "Monthly pantry, Lantern Pantry")

    wren.open(referral)
    wren.follow("Answer")
    wren.follow("No, we cannot")
    wren.choose("We have no room now")
    picture(wren, "decline")
    wren.press("Send this answer")

    wren.sees("You said no: We have no room now")
    assert "Full" in room_of(sorrel, "Monthly pantry", "Lantern Pantry")
    sorrel.open("/worklist")
    group = sorrel.page.get_by_role("region", name="They cannot help: choose another")
    group.get_by_role("listitem").filter(has_text="Basil Q.").get_by_role("link").last.click()
    sorrel.sees("Your next step: choose another place")
    sorrel.follow("Choose another place")
    sorrel.fill("Words", "monthly pantry")
    sorrel.press("Search")
    again = fill_referral(sorrel, "Monthly pantry", "Open Basket Co-op")

    assert again != referral
    assert f'href="{referral}' in sorrel.page.content(), "the new referral leads back to the one before"
    sorrel.open(referral)
    assert f'href="{again}' in sorrel.page.content(), "and the one before leads on"


def room_of(visitor, name, organization):
    """What the directory shows of one service, on whichever page of the search; full ones come last."""
    for page in range(1, 6):
        visitor.open(f"/directory?need=food&words={name}&zip=93702&page={page}")
        cards = visitor.page.locator(".cie-service").filter(has_text=name).filter(has_text=f"{organization}, ")
        if cards.count():
            return cards.first.inner_text()
    raise AssertionError(f"{name} is not in the directory")


def test_a_better_service_is_proposed_and_the_sender_confirms_through_the_preview(visit):
    sorrel, wren = visit("sorrel"), visit("wren")
    referral = refer(sorrel, find_person(sorrel, "Juniper Okafor"), "Family groceries, Lantern Pantry")

    wren.open(referral)
    wren.follow("Answer")
    wren.follow("No, we cannot")
    wren.choose("Another organization fits better")
    wren.page.get_by_label("Which one?").select_option(label="Family groceries, Two Rivers Neighbors")
    wren.press("Send this answer")

    wren.sees("Blue Kite Clinic decides whether to ask whom you named.")
    sorrel.open(referral)
    sorrel.sees("They name Family groceries instead.")
    sorrel.follow("Choose another place")
    chosen = service_card(sorrel, "Family groceries", "Two Rivers Neighbors").get_by_role("radio")
    assert chosen.is_checked(), "the proposal is chosen already"
    assert sorrel.page.get_by_label("This week").is_checked(), "and so is the urgency"
    sorrel.press("Check before sending")
    sorrel.sees("This is exactly what they will see")
    sorrel.press("Send to Two Rivers Neighbors")
    sorrel.sees("Next step is with Two Rivers Neighbors: answer")
