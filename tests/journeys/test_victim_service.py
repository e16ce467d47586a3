"""A protected service: the person decides, it is named nowhere, and nothing comes back to be asked or counted."""

import re

from tests.journeys.acts import add_person, figures, service_card, steady_text
from tests.journeys.visitor import PHONE

NUMBER, ENDING = "559 555 0188", "0188"
PLACE, SERVICE = "Harbor Quince House", "Quiet rooms"
NAMED = re.compile(rf"{PLACE}|{SERVICE}|Plover|Victim|555-0104", re.IGNORECASE)
ADDRESSES = re.compile(r"2644 Olive|2120 Olive|36\.7488|36\.7408|93727|miles")
MESSAGE = "She comes with two children."
OWN_WORDS = "Stayed two nights."


def test_the_contact_is_given_and_the_address_is_never_shown(visit, picture):
    sorrel, nobody = visit("sorrel"), visit()
    for visitor, path in ((nobody, "/find-help"), (sorrel, "/directory")):
        visitor.open(f"{path}?need=safety-from-abuse&zip=93702")
        assert SERVICE in visitor.text and not ADDRESSES.search(visitor.text.replace("ZIP 93702", ""))
        visitor.page.get_by_role("link", name=SERVICE).first.click()
        visitor.sees("The address is kept private. Call first.")
        assert not ADDRESSES.search(visitor.text)
    person = add_person(sorrel, "Teasel", "Amory")
    allow_safety(sorrel, person)
    before = figures(sorrel)

    choose(sorrel, person)
    sorrel.press("Check before sending")
    sorrel.sees("Not sent. A protected service is asked only when the person wants it.")
    sorrel.sees("What you can do now: Give the contact without a name, or call together.")
    sorrel.has_no_barriers()
    picture(sorrel, "protected-refused")
    sorrel.press("Give the contact instead")
    sorrel.sees("Ask first if it is safe to carry paper.")
    assert not sorrel.page.get_by_label("Month", exact=True).count(), "nobody is reminded of it"
    picture(sorrel, "protected-contact")
    sorrel.press("I gave the contact")
    sorrel.page.wait_for_url("**/referrals/*?done=given")

    for path in (sorrel.path, person, f"{person}/consents"):
        sorrel.open(path)
        assert not NAMED.search(sorrel.text)
    assert sorrel.page.request.get(f"{sorrel.path}/sheet").status in (404, 409)
    assert worklist_says(sorrel).count("A protected service") == 0, "nothing waits"
    assert figures(sorrel) == before


def test_at_the_persons_own_request_it_is_asked_and_nothing_comes_back(visit, picture):
    sorrel, plover, phone = visit("sorrel"), visit("plover"), visit()
    person = add_person(sorrel, "Willow", "Castellan", phone=NUMBER)
    allow_safety(sorrel, person)
    texts, before, theirs = texts_to(phone), figures(sorrel), measures(plover)

    referral = ask(sorrel, person, picture)
    sorrel.sees("Protected service. We do not ask or count")
    assert "Not collected" in sorrel.text and "Not asked" in sorrel.text
    picture(sorrel, "protected-referral")
    nothing_names_it(sorrel, person, referral, picture)

    say_yes(plover, picture)
    sorrel.open(referral)
    sorrel.sees("A protected service: “Yes, we can help”")
    seen = what_sorrel_sees(sorrel, person, referral)
    help_and_close(plover, referral, picture)
    assert what_sorrel_sees(sorrel, person, referral) == seen, "how it goes on there is for them alone"
    nothing_names_it(sorrel, person, referral, picture)
    look_closely(visit("sorrel", width=PHONE), referral, picture)

    assert figures(sorrel) == before and measures(plover) == theirs
    assert texts_to(phone) == texts, "nobody is texted about it"


def test_nothing_goes_out_from_a_victim_service(visit, picture):
    plover = visit("plover")
    person = add_person(plover, "Briar", "Nolan")
    plover.open(person)
    plover.follow("Record permission")
    plover.choose("The person", exact=False)
    plover.choose("Yes, share")
    plover.choose("Name, how to reach them", exact=False)
    plover.choose("Any organization that can help")
    plover.choose("In person")
    plover.press("Write this down")

    plover.open(f"/referrals/new?person={person.rpartition('/')[2]}&need=food&words=Food box&zip=93702")
    plover.choose("This week")
    service_card(plover, "Food box, weekly", "Lantern Pantry").get_by_role("radio").check()
    plover.press("Check before sending")
    plover.sees("Not sent. A victim service tells nobody about the people it serves.")
    plover.sees("The person can call other services themselves")
    picture(plover, "protected-nothing-out")


def allow_safety(visitor, person):
    """A yes to sharing that covers safety from violence, too."""
    visitor.open(person)
    visitor.follow("Record permission")
    visitor.choose("The person", exact=False)
    visitor.choose("Yes, share")
    visitor.choose("Name, how to reach them", exact=False)
    visitor.choose("Safety from violence", exact=False)
    visitor.choose("Any organization that can help")
    visitor.choose("In person")
    visitor.press("Write this down")
    visitor.sees("Written down.")


def choose(visitor, person):
    """The form, with the protected service chosen."""
    visitor.open(f"/referrals/new?person={person.rpartition('/')[2]}&need=safety-from-abuse&zip=93702")
    visitor.choose("Within 2 days")
    service_card(visitor, SERVICE, PLACE).get_by_role("radio").check()
    visitor.press("Update this preview")
    visitor.sees("This place is protected.")


def ask(sorrel, person, picture):
    """The person asked for it themselves: checked and sent; the address of the referral."""
    choose(sorrel, person)
    sorrel.fill("4. Anything they need to know?", MESSAGE)
    sorrel.choose("The person asked for this themselves")
    sorrel.press("Check before sending")
    sorrel.sees("It shows as a protected service. There are no texts, no reminders, and it is not counted.")
    assert not NAMED.search(sorrel.page.title())
    picture(sorrel, "protected-check")
    sorrel.press(f"Send to {PLACE}")
    sorrel.page.wait_for_url("**/referrals/*?done=sent")
    return sorrel.path


def nothing_names_it(sorrel, person, referral, picture):
    """Wherever the record can be seen it is a protected service, or a service that the person chose."""
    for path in (referral, f"{referral}/shared", f"{referral}/looks", person, f"{person}/consents"):
        sorrel.open(path)
        assert not NAMED.search(sorrel.page.content()), path
    sorrel.open(person)
    sorrel.follow("Who saw their data")
    sorrel.sees("A service you chose")
    assert not NAMED.search(sorrel.page.content())
    picture(sorrel, "protected-receipts")
    assert not NAMED.search(worklist_says(sorrel))


def measures(visitor):
    visitor.open("/measures")
    return visitor.text


def worklist_says(visitor):
    return steady_text(visitor, "/worklist?owed=all&team=all")


def what_sorrel_sees(sorrel, person, referral):
    """All pages on which the sender could notice something, but for her own looks and how long ago it was."""
    seen = [worklist_says(sorrel)]
    for path in (referral, f"{referral}/shared", f"{referral}/looks", person, "/measures"):
        seen.append(re.sub(r".*Clinician or navigator.*|\n", "", steady_text(sorrel, path)))
    return seen


def say_yes(plover, picture):
    """From the worklist of the protected service: no clock runs there, and no words go back."""
    plover.open("/worklist")
    row = plover.page.get_by_role("listitem").filter(has_text="Willow C.")
    assert " by " not in row.inner_text() and "late" not in row.inner_text()
    picture(plover, "protected-their-worklist")
    row.get_by_role("link", name=re.compile("^Answer")).click()
    assert "a question" not in plover.text
    plover.press("Yes, we can help")
    plover.sees("You said yes. Contact them")
    assert "a day not set" not in plover.text
    assert "Message to Blue Kite Clinic" not in plover.text
    picture(plover, "protected-their-yes")


def help_and_close(plover, referral, picture):
    """To the end, with words that stay there."""
    for step, words in (("Help has started", ""), ("Help was given", OWN_WORDS)):
        plover.open(referral)
        plover.page.get_by_role("link", name="Update", exact=True).click()
        plover.choose(step)
        if words:
            picture(plover, "protected-their-update")
            plover.fill("In your words", words)
        plover.press("Save this update")
        plover.sees("The other side is not told how it goes on, and the person is not asked.")
    plover.sees(OWN_WORDS)
    picture(plover, "protected-their-end")


def texts_to(phone):
    """How many texts went to the person's mobile; a moment passes for those that would still go."""
    phone.page.wait_for_timeout(3_000)
    phone.open("/sandbox/phone")
    other = phone.page.get_by_role("link", name=f"Mobile ending {ENDING}")
    if other.count():
        other.click()
    region = phone.page.get_by_role("region", name=f"Texts of the mobile ending {ENDING}")
    return region.locator(".cie-bubble").count()


def look_closely(phone, referral, picture):
    phone.open(referral)
    phone.has_no_barriers()
    picture(phone, "protected-referral-phone")
