"""Asking somebody to sign: exactly what was shown is signed, once, by whoever may, and becomes a record with it."""

import json
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import orjson
import pytest
from sqlmodel import select

from cie import consent, people, retention
from cie.access import Actor, ActorKind, Door, Role
from cie.calendar import local_day
from cie.consent import (
    Consent,
    Decision,
    Expiry,
    Method,
    NewSignature,
    Reach,
    Signature,
    SignatureKind,
    Signed,
    SignerKind,
    SigningRequest,
    SigningState,
    Stated,
)
from cie.consent.said import as_data, from_data
from cie.db import reading, transaction
from cie.directory import Category
from cie.errors import Ended, Invalid, NotAllowed, NotFound, NotPossibleNow, Stale
from cie.events import AuditEntry
from cie.participants import ParticipantKind
from cie.retention import Ground
from tests.factories import NOON, make_consent, make_loop, make_participant, make_person, staff_of
from tests.retention.filling import grant_deletion
from tests.support.drawings import drawing, heavy_drawing, with_part

LINES = [["", "Sharing"], ["What you say", "Yes, share"], ["Whose records they are", "Aster Moreno"]]
NAME = NewSignature("Aster Moreno")
DRAWN = NewSignature(drawing=drawing())


@pytest.fixture
def loop(session):
    return make_loop(session)


def said(**fields):
    values = {
        "decision": Decision.SHARE,
        "categories": [Category.GENERAL],
        "recipient_ids": [],
        "method": Method.ON_SCREEN,
        "expires_on": None,
        "signer": SignerKind.PERSON,
    }
    return {**values, **fields}


def part2(**fields):
    """What the form for treatment records says."""
    values = {
        "form": "part2",
        "categories": [Category.GENERAL, Category.SUD_PART2],
        "recipient_class": Reach.TREATING_PROVIDERS,
        "expiry": Expiry.DAY,
        "expires_on": date(2027, 3, 1),
        "stated": list(Stated),
    }
    return said(**{**values, **fields})


def ask(session, loop, person=None, **fields):
    person = person or loop.person
    return consent.ask_to_sign(session, loop.navigator, person.id, lines=LINES, **said(**fields), at=NOON)


def sign(session, actor, request, **fields):
    values = {"lines": LINES, "signature": NAME, "at": NOON}
    return consent.sign(session, actor, request.id, **{**values, **fields})


def by_link(session, loop, **fields):
    return ask(session, loop, method=Method.BY_LINK, **fields)


def themselves(person):
    return Actor(ActorKind.PERSON, person.id, door=Door.LINK)


def proxy_of(person):
    return Actor(ActorKind.PROXY, person.id, on_behalf_of=person.id, door=Door.LINK)


class TestAskToSign:
    def test_the_text_waits_for_seven_days_and_nothing_is_allowed_yet(self, session, loop):
        before = session.exec(select(Consent)).all()

        request = ask(session, loop)

        assert (request.state, request.expires_at - NOON) == (SigningState.OPEN, timedelta(days=7))
        assert request.lines == LINES
        assert session.exec(select(Consent)).all() == before

    def test_its_mark_tells_nothing_to_whoever_tries_all_texts(self, session, loop):
        first, second = ask(session, loop), ask(session, loop)

        assert first.text_sha256 != second.text_sha256
        assert sha256(orjson.dumps(LINES)).hexdigest() not in (first.text_sha256, second.text_sha256)

    def test_what_was_filled_in_comes_back_as_it_was(self):
        whole = part2(
            recipient_ids=[UUID(int=7)], signed_on=date(2026, 1, 2), capacity=None, purposes=None, names_network=True
        )

        assert from_data(json.loads(json.dumps(as_data(whole)))) == whole

    @pytest.mark.parametrize(
        ("fields", "field", "words"),
        [
            ({"categories": []}, "categories", "choose at least one"),
            ({"method": Method.IN_PERSON}, "method", "choose one"),
            ({"method": Method.BY_VOICE, "witness_name": "Teal"}, "method", "choose one"),
            ({"signer": SignerKind.PARENT_OR_GUARDIAN, "signer_name": "Sage"}, "signer", "18 or older"),
        ],
    )
    def test_what_is_wrong_is_told_before_anybody_is_asked(self, session, loop, fields, field, words):
        with pytest.raises(Invalid, match=words) as caught:
            ask(session, loop, **fields)

        assert field in {error.field for error in caught.value.errors}

    def test_what_is_signed_here_cannot_end_with_something_that_no_paper_names(self, session, loop):
        with pytest.raises(Invalid, match="ends on a day") as caught:
            ask(session, loop, **part2(expiry=Expiry.EVENT, expires_on=None))

        assert caught.value.field == "until"

    def test_a_form_that_is_not_signed_that_way_is_refused(self, session, loop, monkeypatch):
        only_paper = replace(consent.forms()["part2"], methods=frozenset({Method.SIGNED_PAPER}))
        monkeypatch.setattr("cie.consent.recording.form_of", lambda *_: only_paper)

        with pytest.raises(Invalid, match="not signed that way"):
            ask(session, loop, **part2())

    def test_another_organization_asks_nobody(self, session, loop):
        with pytest.raises(NotFound):
            consent.ask_to_sign(session, staff_of(loop.pantry.id), loop.person.id, lines=LINES, **said(), at=NOON)

    def test_an_administrator_asks_nobody(self, session, loop):
        actor = staff_of(loop.clinic, Role.ORGANIZATION_ADMINISTRATOR)

        with pytest.raises((NotFound, NotAllowed)):
            consent.ask_to_sign(session, actor, loop.person.id, lines=LINES, **said(), at=NOON)


class TestByLink:
    def test_a_protected_service_sends_none(self, session, loop):
        refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
        person = make_person(session, refuge)

        with pytest.raises(Invalid, match="They sign on this screen, or on paper") as caught:
            consent.ask_to_sign(
                session, staff_of(refuge.id), person.id, lines=LINES, **said(method=Method.BY_LINK), at=NOON
            )

        assert caught.value.field == "method"

    def test_a_child_under_twelve_gets_none(self, session, loop):
        child = make_person(session, loop.clinic, birth_text="2016-05-05")
        parent = {"signer": SignerKind.PARENT_OR_GUARDIAN, "signer_name": "Sage"}

        with pytest.raises(Invalid, match="No link to sign can be sent"):
            by_link(session, loop, person=child, entitled_categories=[Category.GENERAL], **parent)

    def test_it_is_for_the_person_alone(self, session, loop):
        young = make_person(session, loop.clinic, birth_text="2011-05-05")
        fields = {"signer": SignerKind.PARENT_OR_GUARDIAN, "signer_name": "Sage Moreno"}

        with pytest.raises(Invalid, match="a link is for the person alone"):
            by_link(session, loop, person=young, entitled_categories=[Category.GENERAL], **fields)

    def test_what_names_a_protected_service_is_not_sent(self, session, loop):
        refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)

        for fields in ({"recipient_ids": [refuge.id]}, {"categories": [Category.VICTIM_SERVICES]}):
            with pytest.raises(Invalid, match="not sent by a link"):
                by_link(session, loop, **fields)

    def test_a_release_of_a_protected_service_is_not_sent_whomever_it_names(self, session, loop):
        fields = {
            "form": "victim-release", "recipient_ids": [loop.pantry.id], "expiry": Expiry.DAY,
            "expires_on": local_day(NOON) + timedelta(days=60), "stated": list(Stated),
        }  # fmt: skip

        with pytest.raises(Invalid, match="not sent by a link"):
            by_link(session, loop, **fields)

    def test_a_place_that_became_protected_since_is_not_shown(self, session, loop):
        request = by_link(session, loop, recipient_ids=[loop.pantry.id])
        me = themselves(loop.person)
        assert consent.own_signing(session, me, request.id, at=NOON)

        loop.pantry.kind = ParticipantKind.VICTIM_SERVICES
        session.add(loop.pantry)
        session.flush()

        assert consent.own_signings(session, me, at=NOON) == []
        with pytest.raises(NotFound):
            sign(session, me, request)


class TestSign:
    def test_on_the_screen_a_typed_name_makes_the_record_with_its_signature(self, session, loop):
        request = ask(session, loop)

        record = sign(session, loop.navigator, request)

        found = consent.signature_of(session, record)
        assert (record.method, record.signer, record.recorded_by_id) == (
            Method.ON_SCREEN, SignerKind.PERSON, loop.navigator.id,
        )  # fmt: skip
        assert (found.kind, found.name, found.drawing, found.other_name) == (
            SignatureKind.TYPED, "Aster Moreno", b"", False,
        )  # fmt: skip
        assert (found.text_sha256, request.state, request.consent_id) == (
            request.text_sha256, SigningState.SIGNED, record.id,
        )  # fmt: skip

    def test_by_the_link_the_person_signs_and_nobody_wrote_it_down(self, session, loop):
        request = by_link(session, loop)

        record = sign(session, themselves(loop.person), request, signature=DRAWN)

        assert (record.method, record.recorded_by_id) == (Method.BY_LINK, None)
        assert consent.signature_of(session, record).drawing == DRAWN.drawing
        assert consent.signature_of(session, record).kind is SignatureKind.DRAWN

    def test_of_a_drawing_the_pixels_alone_are_kept(self, session, loop):
        drawn = NewSignature(drawing=with_part(drawing(), b"eXIf", b"a place"))

        record = sign(session, themselves(loop.person), by_link(session, loop), signature=drawn)

        assert consent.signature_of(session, record).drawing == drawing()

    def test_its_marks_stand_in_the_audit_chain_and_tell_no_name(self, database):
        with transaction() as session:
            loop = make_loop(session)
            record = sign(session, loop.navigator, ask(session, loop))

        with reading() as session:
            entry = session.exec(select(AuditEntry).where(AuditEntry.action == "consent.signature")).one()
            kept = session.exec(select(Signature).where(Signature.consent_id == record.id)).one()
        codes = json.loads(entry.codes)
        assert (codes["sha256"], codes["text_sha256"]) == (kept.content_sha256, kept.text_sha256)
        assert kept.content_sha256 != sha256(b"Aster Moreno").hexdigest()

    @pytest.mark.parametrize("changed", [LINES[:-1], [*LINES, ["", "More"]], [LINES[0], *LINES[:0:-1]]])
    def test_a_text_that_changed_since_it_was_shown_is_not_signed(self, session, loop, changed):
        request = ask(session, loop)
        before = session.exec(select(Consent)).all()

        with pytest.raises(Stale, match="text changed"):
            sign(session, loop.navigator, request, lines=changed)

        assert request.state == SigningState.OPEN
        assert session.exec(select(Consent)).all() == before

    def test_it_counts_from_when_it_was_signed_whatever_day_was_filled_in(self, session, loop):
        request = ask(session, loop, **part2(signed_on=date(2025, 1, 5)))

        assert sign(session, loop.navigator, request).given_at == NOON

    def test_on_a_version_that_was_replaced_nothing_is_signed_any_more(self, session, loop):
        network = staff_of(make_participant(session, name="Valley Exchange"), Role.NETWORK_ADMINISTRATOR)
        own = replace(consent.forms()["part2"], id="county-part2", title_es="Permiso", longest_days=None)
        consent.build_form(session, network, own, seen_version=0, at=NOON)
        fields = part2(form="county-part2", own_version=1)
        open_still = ask(session, loop, **fields)
        narrower = replace(own, satisfies=frozenset({"part2"}))
        consent.build_form(session, network, narrower, seen_version=1, at=NOON)

        with pytest.raises(Invalid, match="newer version"):
            ask(session, loop, **fields)
        with pytest.raises(Stale, match="This text changed"):
            sign(session, loop.navigator, open_still)

    def test_nobody_signs_twice(self, session, loop):
        request = ask(session, loop)
        sign(session, loop.navigator, request)
        before = session.exec(select(Consent)).all()

        with pytest.raises(Ended, match="signed already"):
            sign(session, loop.navigator, request)
        with pytest.raises(Ended, match="signed already"):
            consent.decline(session, loop.navigator, request.id, at=NOON)

        assert session.exec(select(Consent)).all() == before

    def test_it_can_be_signed_to_its_last_moment_and_not_after(self, session, loop):
        first, second = ask(session, loop), ask(session, loop)

        sign(session, loop.navigator, first, at=first.expires_at - timedelta(seconds=1))

        with pytest.raises(Ended, match="time to sign this is over"):
            sign(session, loop.navigator, second, at=second.expires_at)
        assert second.standing(second.expires_at) is SigningState.EXPIRED

    def test_a_yes_is_not_signed_over_a_newer_no(self, session, loop):
        request = by_link(session, loop)
        later = NOON + timedelta(minutes=5)
        make_consent(session, loop.person, decision=Decision.DO_NOT_SHARE, categories=[], given_at=later)

        with pytest.raises(Ended, match="newer than this"):
            sign(session, themselves(loop.person), request, at=later)

    def test_what_was_withdrawn_is_not_signed(self, session, loop):
        request = by_link(session, loop)
        consent.withdraw(session, loop.navigator, request.id, at=NOON)

        with pytest.raises(Ended, match="Nobody asks for this any more"):
            sign(session, themselves(loop.person), request)

    def test_a_no_that_is_signed_is_a_record_too(self, session, loop):
        request = by_link(session, loop, decision=Decision.DO_NOT_SHARE, categories=[])

        record = sign(session, themselves(loop.person), request)

        assert record.decision is Decision.DO_NOT_SHARE

    def test_not_signing_writes_nothing_down(self, session, loop):
        request = by_link(session, loop)
        before = session.exec(select(Consent)).all()

        consent.decline(session, themselves(loop.person), request.id, at=NOON)

        assert request.state == SigningState.DECLINED
        assert session.exec(select(Consent)).all() == before
        with pytest.raises(Ended, match="did not want to sign"):
            sign(session, themselves(loop.person), request)

    def test_the_rules_of_signers_are_asked_again_when_it_is_signed(self, session, loop):
        young = make_person(session, loop.clinic, birth_text="2011-05-05")
        fields = {"signer": SignerKind.MINOR, "entitled_categories": [Category.MENTAL_HEALTH]}
        request = by_link(session, loop, person=young, categories=[Category.MENTAL_HEALTH], **fields)

        young.birth_text = "2016-05-05"

        with pytest.raises(Invalid, match="under 12. A parent or guardian says it"):
            sign(session, themselves(young), request)


class TestWho:
    def test_another_person_finds_nothing(self, session, loop):
        request, other = by_link(session, loop), make_person(session, loop.clinic)

        for act in (sign, lambda *a: consent.decline(*a[:2], a[2].id, at=NOON)):
            with pytest.raises(NotFound):
                act(session, themselves(other), request)
        assert consent.own_signings(session, themselves(other), at=NOON) == []

    def test_a_proxy_signs_nothing_and_sees_nothing(self, session, loop):
        request, proxy = by_link(session, loop), proxy_of(loop.person)

        for act in (sign, lambda *a: consent.decline(*a[:2], a[2].id, at=NOON)):
            with pytest.raises(NotFound):
                act(session, proxy, request)
        assert consent.own_signings(session, proxy, at=NOON) == []
        with pytest.raises(NotFound):
            consent.own_signing(session, proxy, request.id, at=NOON)

    def test_the_person_signs_no_screen_of_staff_by_their_link(self, session, loop):
        request = ask(session, loop)

        with pytest.raises(NotFound):
            sign(session, themselves(loop.person), request)

    def test_staff_sign_nothing_that_was_sent_to_the_person(self, session, loop):
        request = by_link(session, loop)

        for act in (sign, lambda *a: consent.decline(*a[:2], a[2].id, at=NOON)):
            with pytest.raises(NotFound):
                act(session, loop.navigator, request)

    def test_another_organization_finds_nothing(self, session, loop):
        request, other = ask(session, loop), staff_of(loop.pantry.id)

        for verb in (consent.get_signing, consent.withdraw, consent.take_note):
            at = {} if verb is consent.get_signing else {"at": NOON}
            with pytest.raises(NotFound):
                verb(session, other, request.id, **at)

    def test_by_a_link_nothing_is_written_down_that_was_not_laid_before_them(self, session, loop):
        me = themselves(loop.person)
        signed = Signed(NAME, "0" * 64)

        for fields in ({"method": Method.IN_PERSON}, {"method": Method.ON_SCREEN, "signed": signed}):
            with pytest.raises(NotAllowed):
                consent.record_consent(session, me, loop.person.id, **said(**fields), at=NOON)

    def test_after_an_erasure_there_is_nothing_to_sign(self, database):
        with transaction() as session:
            loop = make_loop(session)
            request, sent = ask(session, loop), by_link(session, loop)
            officer = staff_of(loop.clinic, Role.PRIVACY_OFFICER)
            grant_deletion(session, officer, loop.person.id, at=NOON)
        with transaction() as session:
            retention.erase(session, officer, loop.person.id, Ground.REQUEST, at=NOON)

        with reading() as session:
            rows = session.exec(select(SigningRequest)).all()
            assert [(row.said, row.text) for row in rows] == [(None, None)] * 2
        for actor, each in ((loop.navigator, request), (themselves(loop.person), sent)):
            with pytest.raises((NotFound, NotPossibleNow)), transaction() as session:
                sign(session, actor, each)


class TestSignature:
    @pytest.mark.parametrize("method", [Method.ON_SCREEN, Method.BY_LINK])
    def test_what_says_that_it_was_signed_here_needs_a_signature(self, session, loop, method):
        with pytest.raises(Invalid, match="type your name, or draw it") as caught:
            consent.record_consent(session, loop.navigator, loop.person.id, **said(method=method), at=NOON)

        assert caught.value.field == "signature"

    @pytest.mark.parametrize("method", [Method.IN_PERSON, Method.SIGNED_PAPER, Method.BY_VOICE])
    def test_no_other_method_takes_one(self, session, loop, method):
        fields = said(method=method, witness_name="Teal Marsh")

        with pytest.raises(Invalid, match="choose a way of signing") as caught:
            consent.record_consent(
                session, loop.navigator, loop.person.id, signed=Signed(NAME, "0" * 64), **fields, at=NOON
            )

        assert caught.value.field == "method"

    @pytest.mark.parametrize(
        ("signature", "words"),
        [
            (NewSignature(), "type your name, or draw it"),
            (NewSignature("\u200b . -", is_own_name=True), "type your name, or draw it"),
            (NewSignature("A" * 101, is_own_name=True), "at most 100 characters"),
            (NewSignature("Sage Moreno"), "we know another name"),
            (NewSignature("Sage Moreno", drawing()), "we know another name"),
            (NewSignature(drawing=heavy_drawing()), "too large"),
            (NewSignature(drawing=b"%PDF-1.7\n"), "cannot read this drawing"),
            (NewSignature(drawing=drawing()[:-5]), "cannot read this drawing"),
        ],
    )
    def test_one_that_is_none_is_refused_at_its_box(self, session, loop, signature, words):
        request = ask(session, loop)

        with pytest.raises(Invalid, match=words) as caught:
            sign(session, loop.navigator, request, signature=signature)

        assert {error.field for error in caught.value.errors} == {"signature"}
        assert request.state == SigningState.OPEN

    @pytest.mark.parametrize("name", ["aster moreno", "  Aster   MORENO ", "Áster Moreño"])
    def test_case_spaces_and_accents_do_not_make_another_name(self, session, loop, name):
        record = sign(session, loop.navigator, ask(session, loop), signature=NewSignature(name))

        assert not consent.signature_of(session, record).other_name

    def test_a_chosen_first_name_is_their_name_too(self, session, loop):
        loop.person.chosen_name = "Star"

        record = sign(session, loop.navigator, ask(session, loop), signature=NewSignature("Star Moreno"))

        assert not consent.signature_of(session, record).other_name

    def test_another_name_counts_when_they_say_that_it_is_theirs_and_the_record_says_so(self, session, loop):
        new = NewSignature("Estrella M.", is_own_name=True)

        record = sign(session, loop.navigator, ask(session, loop), signature=new)

        found = consent.signature_of(session, record)
        assert (found.name, found.other_name) == ("Estrella M.", True)

    def test_whoever_represents_signs_with_their_own_name(self, session, loop):
        fields = {
            "signer": SignerKind.LEGAL_REPRESENTATIVE,
            "capacity": consent.Capacity.CONSERVATOR,
            "signer_name": "Sage Rivers",
            "entitled_categories": [Category.GENERAL],
        }
        request = ask(session, loop, **fields)

        with pytest.raises(Invalid, match="we know another name"):
            sign(session, loop.navigator, request)
        record = sign(session, loop.navigator, request, signature=NewSignature("sage rivers"))

        assert not consent.signature_of(session, record).other_name

    @pytest.mark.parametrize("method", [Method.ON_SCREEN, Method.BY_LINK])
    def test_it_is_the_signature_that_42_cfr_2_31_a_8_asks_for(self, session, loop, method):
        lacking = part2(method=method, stated=[s for s in Stated if s is not Stated.SIGNATURE])
        with pytest.raises(Invalid, match="must carry a signature"):
            ask(session, loop, **lacking)
        request = ask(session, loop, **part2(method=method))
        actor = loop.navigator if method is Method.ON_SCREEN else themselves(loop.person)

        record = sign(session, actor, request)

        assert record.method in {Method.ON_SCREEN, Method.BY_LINK} and Stated.SIGNATURE.value in record.stated


class TestAnswers:
    def test_whoever_asked_by_a_link_is_told_and_takes_note(self, session, loop):
        signed, declined = by_link(session, loop), by_link(session, loop)
        sign(session, themselves(loop.person), signed)
        consent.decline(session, themselves(loop.person), declined.id, at=NOON)

        assert [each.id for each in consent.answers_to_read(session, loop.navigator)] == [signed.id, declined.id]
        consent.take_note(session, loop.navigator, signed.id, at=NOON)

        assert [each.id for each in consent.answers_to_read(session, loop.navigator)] == [declined.id]

    def test_what_was_signed_on_the_screen_needs_no_note(self, session, loop):
        sign(session, loop.navigator, ask(session, loop))

        assert consent.answers_to_read(session, loop.navigator) == []

    def test_a_colleague_is_not_told_a_supervisor_is(self, session, loop):
        request = by_link(session, loop)
        sign(session, themselves(loop.person), request)

        assert consent.answers_to_read(session, staff_of(loop.clinic, id=uuid4())) == []
        assert len(consent.answers_to_read(session, staff_of(loop.clinic, Role.SUPERVISOR))) == 1
        assert consent.answers_to_read(session, staff_of(loop.pantry.id, Role.SUPERVISOR)) == []

    def test_after_an_erasure_it_waits_no_more(self, database):
        with transaction() as session:
            loop = make_loop(session)
            request = by_link(session, loop)
            sign(session, themselves(loop.person), request)
            officer = staff_of(loop.clinic, Role.PRIVACY_OFFICER)
            grant_deletion(session, officer, loop.person.id, at=NOON)
        with transaction() as session:
            retention.erase(session, officer, loop.person.id, Ground.REQUEST, at=NOON)

        with reading() as session:
            assert consent.answers_to_read(session, loop.navigator) == []

    def test_an_open_one_is_no_answer(self, session, loop):
        request = by_link(session, loop)

        consent.take_note(session, loop.navigator, request.id, at=NOON)

        assert request.read_at is None
        assert people.why_no_own_page(session, loop.person, at=NOON) is None
