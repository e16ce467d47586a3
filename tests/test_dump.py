"""What a stolen machine tells: every table, every file of the database with its journals, and the log.

Everything that is kept of persons and staff is there, through the verbs that the doors call; nobody's words, names,
numbers or addresses may be.
"""

import logging
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select, text

from cie import (
    api,
    consent,
    events,
    exports,
    identity,
    messaging,
    patient_tasks,
    people,
    privacy,
    referrals,
    retention,
    schema,
    screening,
    webhooks,
)
from cie.access import SYSTEM, Actor, ActorKind, Door, Purpose, Role
from cie.app import compose
from cie.consent import Capacity, Decision, Method, SignerKind
from cie.db import configure, current, reading, transaction
from cie.db.migrate import upgrade
from cie.directory import Category
from cie.identity import ClientKind, ProviderTerms, Registration
from cie.jobs import Exporter
from cie.messaging import TextMessage
from cie.participants import Participant, ParticipantKind, sign_agreement
from cie.people import ContactKind, ContactOwner, Safety
from cie.people.filing import file_person
from cie.people.models import Standing
from cie.referrals.models import Entry
from cie.screening import GivenAnswer, SafetyGate, Wish
from cie.webhooks import NewWebhook
from tests.conftest import BACKENDS, settings_for
from tests.factories import Loop, make_loop, make_participant, make_person, make_phone, send_one, staff_of
from tests.fhir.place import make_all
from tests.fhir.readers import Reader
from tests.fhir.sending import patient
from tests.fhir.subscribing.mailing import by_mail
from tests.fhir.subscribing.setting import wish
from tests.referrals.hospital import make_hospital, said
from tests.support.postgres import own_postgres
from tests.support.scan import database_files, every_cell, found_in
from tests.support.sign_in import PASSWORD, SECRET, make_member, sign_in
from tests.support.texts import RecordingGateway, deliver_all
from tests.support.web import make_app
from tests.test_leaks import SECRETS as OF_THE_LOOP
from tests.test_leaks import play_whole_loop

NOW = datetime.now(UTC)
ANSWER = "LA31995-6"
SECRETS = {
    "secret at a provider": "a lantern in the eleventh drawer",
    "text that came in": "my cousin Quenby drives me on thursdays",
    "text of danger": "he hits me when the heron lamp is out",
    "what was done about a text": "rang the neighbour with the green porch",
    "what was done about danger": "moved to the aunt in the hills",
    "words of a decline": "the freezer of the annex broke",
    "who told it by voice": "Peregrine Oddfellow",
    "what a person is asked": "does the ladder reach the dovecote",
    "the name of a form that was filled in": "Wisteria lantern.pdf",
    "what a person answered": "only with the second barrel under it",
    "whom a person may call": "Hyacinth Bucklebury",
    "why a person does not": "the aunt came home from the lighthouse",
    "what a person is to read": "how to feed a goose in winter",
    "where a person is to read": "https://read.example.org/the-goose-that-stayed",
    "what was found": "three cupboards with a marrow each",
    "how it was found": "counted by the stove on wednesday",
    "e-mail of a person": "quenby.thistledown@post.example.net",
    "number that was replaced": "5595550163",
    "number now": "5595550164",
    "what was typed before a sign-out": "Isaura Quicksilver",
    "invited name": "Thaddeus Wrenfield",
    "invited e-mail": "thaddeus.wrenfield@lantern.example.org",
    "e-mail of who signs in": "ambrose.quillfeather@lantern.example.org",
    "password": PASSWORD,
    "secret of the phone app": SECRET,
    "words of a draft": "would rather walk there than be driven",
    "what a service said by phone": "ask for the woman with the parrot",
    "who saw it signed": "Wilhelmina Oakenshaw",
    "who signed the agreement": "Fitzgerald Marrowby",
    "number of somebody who was referred": "5595550142",
    "what happened in an incident": "a ledger slid behind the copper kettle",
    "who found an incident": "Evangeline Marshwiggle",
    "why somebody is not affected": "her page was still glued shut",
    "who demands records": "Snipe, Godwit and Ruff",
    "court of a demand": "Assize of the Lower Estuary",
    "case number of a demand": "LE-40417-Q",
    "scope of a demand": "whatever mentions the tin whistle",
    "lawyer of a demand": "Cordelia Bramblethwaite",
    "decision on a demand": "the seal was drawn by a child",
    "what a person asked": "the drawing of the lighthouse back",
    "who asked for a person": "Leopold Fennimore",
    "why an answer takes longer": "the cellar is under water again",
    "answer to a person": "it hangs in the hallway as promised",
    "why a record is held": "for the matter of the missing trombone",
    "why more was opened": "did not wake beside the copper fountain",
    "who opened more": "Tansy Quill",
    "what was found of an opening": "the ward lost its ledger of that night",
    "what was given by hand": "three pages about the orchard",
    "who got what was given by hand": "Marmaduke Fothergill",
    "agency that wants it kept out": "Bureau of Sunken Bells",
    "who spoke for an agency": "Inspector Lavinia Crake",
    "why an agency wants it": "the bell ringers would scatter",
    "paper of an agency": "blue folder behind the weathervane",
    "who looks in a person's place": "Rosamund Tillyer",
    "name of a signed paper": "signed by Quillon Featherby.pdf",
    "who signed for a person": "Thaddeus Quince",
    "name that was typed to sign": "Thad of the Quinces",
    "text that was signed": "the ferry keeper may hear of the lanterns",
    "what settled a disagreement": "she said so at the old ferry",
    "whom a victim service serves": "Philippa Underhedge",
    "where a victim service reaches them": "5595550165",
    "what only a record system keeps": "keeps bees behind the observatory",
    "e-mail of a subscription": "thistlewood.intake@lantern.example.org",
    "what a record system sent in vain": "sleeps above the salt merchant",
    "secret of a subscription": "Bearer of the fourteenth umbrella",
    **OF_THE_LOOP,
}


def screen(session, navigator: Actor, loop: Loop) -> None:
    """Answers, a proposed need that is settled, and one that was spoken of."""
    ahc, *_others = screening.import_shipped(session, SYSTEM, at=NOW)
    begun = screening.start_screening(session, navigator, loop.person.id, ahc.id, at=NOW)
    screening.answer_safety_gate(session, navigator, begun.id, SafetyGate.NOT_SAFE, at=NOW)
    answers = {"/71802-3": GivenAnswer((ANSWER,))}
    screening.save_section(session, navigator, begun.id, "living-situation", answers, at=NOW)
    screening.finish(session, navigator, begun.id, at=NOW)
    screening.add_need(session, navigator, loop.person.id, "transportation", Wish.NOT_NOW, at=NOW)


def reach(session, navigator: Actor, loop: Loop) -> None:
    """An e-mail address, and a number that is replaced by another."""
    how = {"owner": ContactOwner.SELF, "safety": Safety.SAFE, "at": NOW}
    who = loop.person.id
    people.add_contact(session, navigator, who, kind=ContactKind.EMAIL, value=SECRETS["e-mail of a person"], **how)
    number = SECRETS["number that was replaced"]
    point = people.add_contact(session, navigator, who, kind=ContactKind.PHONE, value=number, **how)
    people.correct_contact(session, navigator, point.id, {"value": SECRETS["number now"]}, at=NOW)


def somebody_who_looks() -> people.NewProxy:
    scope = frozenset({people.ProxyScope.SEE_SHARED})
    name, day = SECRETS["who looks in a person's place"], NOW.date() + timedelta(days=30)
    return people.NewProxy(name, people.Relationship.CHOSEN, scope, people.Verified.KNOWN, day)


def talk(settings, navigator: Actor, phone: str) -> None:
    """Texts out, a text in that a person reads, and one that speaks of danger and is looked after."""
    deliver_all(settings, RecordingGateway())
    for number, what in enumerate(("text that came in", "text of danger")):
        with transaction() as session:
            messaging.receive(session, phone=phone, body=SECRETS[what], gateway_id=f"in-{number}", at=NOW)
    with transaction() as session:
        first = session.execute(select(TextMessage).where(TextMessage.gateway_id == "in-0")).scalar_one()
        messaging.handle_text(session, navigator, first.id, note=SECRETS["what was done about a text"], at=NOW)
        (alert,) = people.open_alerts(session, navigator)
        note = SECRETS["what was done about danger"]
        people.close_alert(session, navigator, alert.id, note=note, resume_texts=False, at=NOW)


def decline(loop: Loop, task_id: UUID) -> None:
    told = referrals.Told(SECRETS["who told it by voice"])
    with transaction() as session:
        words = SECRETS["words of a decline"]
        referrals.reject(
            session, loop.navigator, task_id, reason=referrals.Reason.NO_ROOM, words=words, told=told, at=NOW
        )


def find(loop: Loop) -> None:
    """What came of a request that somebody took on."""
    words = {"title": SECRETS["what was found"], "body": SECRETS["how it was found"]}
    given = referrals.NewResult(referrals.ResultKind.ASSESSMENT, source="Observation/1", **words)
    with transaction() as session:
        _referral, task = send_one(session, loop, at=NOW)
        referrals.accept(session, loop.caseworker, task.id, at=NOW)
        referrals.give_result(session, loop.caseworker, task.id, given, at=NOW)


def ask_of(loop: Loop) -> None:
    """What a person is asked on their own page, of each kind, and what came of it."""
    kind, person_id = patient_tasks.PatientTaskKind, loop.person.id
    contact = patient_tasks.Contact(name=SECRETS["whom a person may call"])
    file = patient_tasks.NewDocument("goose.txt", SECRETS["what a person is to read"].encode())
    question = SECRETS["what a person is asked"]
    with transaction() as session:
        asked, called, _read, _link, form = (
            patient_tasks.ask(session, loop.navigator, person_id, each, at=NOW)
            for each in (
                patient_tasks.Asked(kind.QUESTION, question),
                patient_tasks.Asked(kind.CONTACT, question, contacts=(contact,)),
                patient_tasks.Asked(kind.MATERIAL, document=file),
                patient_tasks.Asked(kind.MATERIAL, link=SECRETS["where a person is to read"]),
                patient_tasks.Asked(kind.QUESTIONNAIRE, category="other-specify", document=file),
            )
        )
        filled = patient_tasks.NewDocument(SECRETS["the name of a form that was filled in"], b"%PDF-1.7\n")
        patient_tasks.answer(session, loop.navigator, form.id, patient_tasks.Answer(filled=filled), at=NOW)
        given = patient_tasks.Answer(SECRETS["what a person answered"])
        patient_tasks.answer(session, loop.navigator, asked.id, given, at=NOW)
        patient_tasks.cancel(session, loop.navigator, called.id, words=SECRETS["why a person does not"], at=NOW)


def employ(settings, loop: Loop) -> None:
    """An account that signs in and types before it is signed out, and an invitation."""
    with transaction() as session:
        user = make_member(session, loop.clinic, Role.NAVIGATOR, email=SECRETS["e-mail of who signs in"])
        boss = staff_of(loop.clinic, Role.ORGANIZATION_ADMINISTRATOR)
        who = {"name": SECRETS["invited name"], "email": SECRETS["invited e-mail"]}
        identity.invite(session, boss, loop.clinic.id, **who, roles=[Role.NAVIGATOR], at=NOW)
    sign_in(make_app(settings), user)
    with transaction() as session:
        fields = {"given_name": [SECRETS["what was typed before a sign-out"]], "password": [PASSWORD]}
        identity.keep_form(session, user.id, "/people/new", fields, at=NOW)


def keep_for_later(loop: Loop) -> None:
    """A request that is not sent yet, what a service said when it was called, and who signed and saw it signed."""
    navigator = staff_of(loop.clinic, Role.NAVIGATOR)
    with transaction() as session:
        referrals.save_draft(session, navigator, loop.request(message=SECRETS["words of a draft"]), at=NOW)
        said = SECRETS["what a service said by phone"]
        referrals.give_contact(session, navigator, loop.request(), said=said, at=NOW)
    with transaction() as session:
        consent.record_consent(
            session,
            navigator,
            loop.person.id,
            decision=Decision.SHARE,
            categories=[Category.GENERAL],
            recipient_ids=[],
            method=Method.SIGNED_PAPER,
            witness_name=SECRETS["who saw it signed"],
            expires_on=None,
            at=NOW,
        )
        boss = staff_of(loop.pantry, Role.NETWORK_ADMINISTRATOR)
        days = {"signed_on": NOW.date(), "effective_on": NOW.date(), "ends_on": None}
        signer = SECRETS["who signed the agreement"]
        sign_agreement(session, boss, loop.pantry.id, document_version="2", signer=signer, **days, at=NOW)


def keep_cases(loop: Loop) -> None:
    """An incident with somebody taken off its list, a legal demand and a request, each to its end."""
    officer, day = staff_of(loop.clinic, Role.PRIVACY_OFFICER), NOW.date() - timedelta(days=2)
    with transaction() as session:
        happening = privacy.Happening(SECRETS["what happened in an incident"], SECRETS["who found an incident"], day)
        incident = privacy.open_incident(session, officer, happening, at=NOW)
        group = privacy.add_person(session, officer, incident.id, loop.person.id, at=NOW)
        why = SECRETS["why a record is held"]
        held = retention.set_hold(session, officer, loop.person.id, reason=why, at=NOW)
        retention.lift_hold(session, officer, held.id, at=NOW)
        privacy.take_back(session, officer, group.id, reason=SECRETS["why somebody is not affected"], at=NOW)
    _keep_demand(officer, day)
    with transaction() as session:
        words, asker = SECRETS["what a person asked"], SECRETS["who asked for a person"]
        asked = privacy.Asked(privacy.RequestKind.ACCESS, words, day, asker)
        request = privacy.open_request(session, officer, loop.person.id, asked, at=NOW)
        privacy.extend(session, officer, request.id, reason=SECRETS["why an answer takes longer"], at=NOW)
        answer = SECRETS["answer to a person"]
        privacy.decide_request(session, officer, request.id, privacy.RequestState.GRANTED, reason=answer, at=NOW)


def _keep_demand(officer: Actor, day: date) -> None:
    paper = {name: SECRETS[f"{name.replace('_', ' ')} of a demand"] for name in ("scope", "court", "case_number")}
    kind, asker = privacy.DemandKind.COURT_ORDER, SECRETS["who demands records"]
    demanded = privacy.Demanded(kind=kind, asker=asker, received_on=day, **paper)
    with transaction() as session:
        demand = privacy.open_demand(session, officer, demanded, at=NOW)
        privacy.give_to_counsel(session, officer, demand.id, counsel=SECRETS["lawyer of a demand"], at=NOW)
        decision = SECRETS["decision on a demand"]
        given = privacy.Given(SECRETS["what was given by hand"], day, SECRETS["who got what was given by hand"])
        answered = privacy.DemandState.ANSWERED_OUTSIDE
        privacy.decide_demand(session, officer, demand.id, answered, decision=decision, given=given, at=NOW)
        said = privacy.AgencyStatement(
            SECRETS["agency that wants it kept out"],
            privacy.StatedHow.ORAL,
            NOW.date() - timedelta(days=2),
            SECRETS["why an agency wants it"],
            said_by=SECRETS["who spoke for an agency"],
            document=SECRETS["paper of an agency"],
        )
        privacy.suspend(session, officer, demand.id, said, at=NOW)


def keep_paper(navigator: Actor, loop: Loop) -> None:
    """A signed paper, and a no of another system that was settled."""
    officer = staff_of(loop.clinic, Role.PRIVACY_OFFICER)
    with transaction() as session:
        record = consent.in_force(consent.consents_of(session, loop.clinic.id, loop.person.id), NOW.date())[0]
        paper = {"name": SECRETS["name of a signed paper"], "content": b"%PDF-1.7\n", "claimed": "application/pdf"}
        consent.add_document(session, navigator, record.id, **paper, at=NOW)
        no = consent.Statement("s-1", Decision.DO_NOT_SHARE, NOW.date(), (Category.HIV, Category.GENERAL))
        row = consent.take_statement(session, SYSTEM, loop.person.id, "state", no, at=NOW)
        words = SECRETS["what settled a disagreement"]
        consent.settle(session, officer, row.id, consent.Settled.OURS, words=words, at=NOW)


def keep_signature(navigator: Actor, loop: Loop) -> None:
    """What a person signed on a screen, with a name, and what waits for them."""
    said = {
        "decision": Decision.SHARE, "categories": [Category.GENERAL], "recipient_ids": [], "expires_on": None,
        "method": Method.ON_SCREEN, "signer": SignerKind.LEGAL_REPRESENTATIVE, "capacity": Capacity.CONSERVATOR,
        "signer_name": SECRETS["who signed for a person"], "entitled_categories": [Category.GENERAL],
    }  # fmt: skip
    lines = [["", SECRETS["text that was signed"]]]
    new = consent.NewSignature(SECRETS["name that was typed to sign"], is_own_name=True)
    with transaction() as session:
        signed, _waits = (
            consent.ask_to_sign(session, navigator, loop.person.id, lines=lines, **said, at=NOW) for _each in range(2)
        )
        consent.sign(session, navigator, signed.id, lines=lines, signature=new, at=NOW)


def keep_emergency() -> None:
    """More that was opened in an emergency, and what a privacy officer found of it."""
    with transaction() as session:
        place = make_hospital(session)
        reason = said(reason=SECRETS["why more was opened"])
        access = referrals.open_emergency(session, place.tansy, place.task.id, reason, at=NOW)
        officer = staff_of(place.boat, Role.PRIVACY_OFFICER)
        found = {"finding": privacy.Finding.JUSTIFIED, "words": SECRETS["what was found of an opening"]}
        privacy.review_emergency(session, officer, access.id, **found, at=NOW)


def keep_apart() -> None:
    """Somebody whom a victim service serves, under a key of its own."""
    with transaction() as session:
        refuge = make_participant(session, name="Safe Harbor", kind=ParticipantKind.VICTIM_SERVICES)
        given, family = SECRETS["whom a victim service serves"].split()
        person = make_person(session, refuge, given_name=given, family_name=family)
        make_phone(session, person, "+1" + SECRETS["where a victim service reaches them"])
        file_person(session, person)


def play(settings) -> None:
    """Whatever is kept of anybody, by the verbs that the doors call."""
    play_whole_loop()
    with transaction() as session:
        loop = make_loop(session, language="en")
        loop.person.standing = [Standing.MEDI_CAL]
        navigator = staff_of(loop.clinic, Role.NAVIGATOR, Role.SUPERVISOR)
        screen(session, navigator, loop)
        reach(session, navigator, loop)
        _referral, task = send_one(session, loop, at=NOW)
        people.make_link(session, navigator, loop.person.id, pin_hash=identity.hash_password("204917"), at=NOW)
        people.add_proxy(
            session, navigator, loop.person.id, somebody_who_looks(), pin_hash=identity.hash_password("817204"), at=NOW
        )
    talk(settings, navigator, loop.phone.value)
    decline(loop, task.id)
    find(loop)
    ask_of(loop)
    employ(settings, loop)
    keep_for_later(loop)
    keep_cases(loop)
    keep_paper(navigator, loop)
    keep_signature(navigator, loop)
    keep_emergency()
    keep_apart()
    keep_programs(loop)
    keep_exports()
    keep_record_system(settings, loop)


def keep_programs(loop: Loop) -> None:
    """What signs the notices to a program, now and before, and what shows us to a provider of staff sign-in."""
    system = Registration("Hub", ClientKind.SYSTEM, ["api/*.*"], jwks_url="https://hub.example.org/jwks")
    terms = ProviderTerms(
        "https://id.example.org", "cie", client_secret=SECRETS["secret at a provider"], domains=["kite.example.org"]
    )
    with transaction() as session:
        client, _none = identity.register_client(session, SYSTEM, loop.clinic.id, system, at=NOW)
        program = Actor(ActorKind.CLIENT, client.id, loop.clinic.id)
        hook, _secret = webhooks.add_webhook(
            session, program, NewWebhook(client.id, "https://hub.example.org/"), at=NOW
        )
        webhooks.new_secret(session, program, hook.id, at=NOW)
        identity.set_provider(session, staff_of(loop.clinic, Role.ORGANIZATION_ADMINISTRATOR), terms, at=NOW)


def keep_exports() -> None:
    """Everything that a program of each organization may read, as files that wait for it."""
    hub = Registration("Exports", ClientKind.SYSTEM, ["api/*.*"], jwks_url="https://hub.example.org/jwks")
    with transaction() as session:
        for place in session.execute(select(Participant)).scalars().all():
            client, _none = identity.register_client(session, SYSTEM, place.id, hub, at=NOW)
            caller = identity.system_actor(client, Purpose.CARE_COORDINATION, Door.API)
            exports.ask_for_export(session, caller, list(exports.KINDS), at=NOW)
    exporter = Exporter(api.RENDERERS, timedelta(days=1))
    while exporter.make_next():
        pass


def keep_record_system(settings, loop: Loop) -> None:
    """What everybody reads over FHIR, now and before, and what a record system sent beyond it."""
    app = make_app(settings)
    with transaction() as session:
        places = session.execute(select(Participant)).scalars().all()
    readers = {place.id: Reader(app, place) for place in places}
    assert all(reader.client for reader in readers.values())
    make_all()
    clinic = readers[loop.clinic.id]
    somebody = patient(maritalStatus={"text": SECRETS["what only a record system keeps"]})
    kept = _sent(clinic, "POST", "/Patient", somebody)
    _sent(clinic, "PUT", f"/Patient/{kept['id']}", {**kept, "birthDate": "1984-05-10"})
    wanted = wish(channel={"header": [f"Authorization: {SECRETS['secret of a subscription']}"]})
    _sent(clinic, "POST", "/Subscription", wanted)
    _sent(clinic, "POST", "/Subscription", wish(**by_mail(SECRETS["e-mail of a subscription"])))
    in_vain = patient(birthDate="x", maritalStatus={"text": SECRETS["what a record system sent in vain"]})
    refused = clinic.call("POST", "/Patient", orjson.dumps(in_vain), Content_Type="application/fhir+json")
    assert refused.status_code == 422, refused.text


def _sent(reader: Reader, method: str, path: str, resource: dict[str, Any]) -> dict[str, Any]:
    answer = reader.call(method, path, orjson.dumps(resource), Content_Type="application/fhir+json")
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.get_json())


@pytest.fixture(params=BACKENDS)
def settings(request, tmp_path):
    """A database that nobody used before, whose files hold only what this test did."""
    with ExitStack() as stack:
        server = stack.enter_context(own_postgres()) if request.param == "postgresql" else None
        url = server.url.format(name="postgres") if server else f"sqlite:///{tmp_path}/cie.db"
        made = settings_for(url, tmp_path)
        configure(made)
        upgrade()
        compose(made)
        stack.callback(current().engine.dispose)
        yield made


def sealed_columns() -> set[str]:
    """The columns that hold what is told to nobody."""
    tables = schema.metadata.sorted_tables
    return {str(column) for table in tables for column in table.columns if column.name.endswith("_sealed")}


def filled_columns() -> set[str]:
    with current().engine.connect() as connection:
        return {
            name
            for name in sealed_columns()
            if connection.execute(text("SELECT count({1}) FROM {0}".format(*name.split(".")))).scalar_one()
        }


def test_a_stolen_machine_tells_nothing_of_anybody(settings, caplog):
    caplog.set_level(logging.DEBUG)
    play(settings)

    cells, files = every_cell(), database_files()
    log = "\n".join([caplog.text, *(repr(vars(record)) for record in caplog.records)]).encode()

    assert filled_columns() == sealed_columns(), "what no test fills, no test looks for"
    places = {**cells, **files, "log": log}
    told = {place: found for place, content in places.items() if (found := found_in(content, SECRETS))}
    assert told == {}
    answers = b"\n".join(content for table, content in cells.items() if table != "questionnaire")
    assert ANSWER.encode() not in answers
    assert b"transportation" in cells["need"] and b"text.receive" in cells["audit_entry"]
    assert cells["idempotency_key"] and cells["outbox"] and cells["throttle"] and cells["kept_form"]


def test_what_was_told_is_kept_all_the_same(settings):
    play(settings)

    with reading() as session:
        texts = {value for row in session.execute(select(TextMessage)).scalars() if (value := row.body)}
        entries = {row.text for row in session.execute(select(Entry)).scalars()}
    assert {SECRETS["text that came in"], SECRETS["text of danger"]} <= texts
    assert {SECRETS["words of a decline"], SECRETS["what a service said by phone"]} <= entries


def test_the_scan_would_find_each_in_cells_and_in_the_files_before_they_are_settled(settings):
    """Planted where it must not be, in audit rows, as the careless would.

    A row each, since long values are packed; three times, since a journal cuts through some at the ends of its pages.
    """
    with transaction() as session:
        clinic = make_loop(session).clinic
        for secret in 3 * list(SECRETS.values()):
            events.record(session, SYSTEM, "slip", clinic, at=NOW, organization_id=clinic.id, slip=secret)

    journals = [content for name, content in database_files().items() if name.endswith("-wal") or "pg_wal/" in name]

    assert found_in(every_cell()["audit_entry"], SECRETS) == set(SECRETS)
    assert found_in(b"\n".join(journals), SECRETS) == set(SECRETS)
