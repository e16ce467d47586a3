"""Making exports: in parts and in turn, going on after an end by force, stopping when the client may read no more."""

import multiprocessing
import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

import cie
from cie import api, identity
from cie.access import SYSTEM
from cie.app import compose
from cie.db import configure, current, reading, transaction
from cie.errors import NotFound
from cie.events import AuditEntry
from cie.exports import Export, ExportLine
from cie.jobs import Exporter
from cie.participants.models import Agreement
from tests.api.test_people import NEW
from tests.exports.making import DAY, ask, download, lines_of, made, make_all
from tests.factories import make_person

PEOPLE, CIE = 12, Path(cie.__file__).parent


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr("cie.exports.making.PART_LINES", 3)


@pytest.fixture
def many(place):
    """The clinic serves some people more."""
    with transaction() as session:
        return [make_person(session, place.loop.clinic, given_name=f"P{n}").id for n in range(PEOPLE - 1)]


def standing(system, export):
    return system.get(f"/exports/{export['id']}").get_json()


def everybody(place, many):
    return sorted(map(str, [place.loop.person.id, *many]))


class TestParts:
    def test_progress_shows_and_nobody_is_there_twice(self, place, many, small_parts):
        export, exporter, seen = ask(place.clinic, "people"), Exporter(api.RENDERERS, DAY), []
        while exporter.make_next():
            now = standing(place.clinic, export)
            seen.append((now["status"], now["done"], now["total"]))

        assert seen == [*[("running", n, PEOPLE) for n in (3, 6, 9, 12)], ("ready", PEOPLE, PEOPLE)]
        assert [line["id"] for line in lines_of(download(place.clinic, export, "people"))] == everybody(place, many)

    def test_a_part_ends_when_its_time_is_over(self, place, many, monkeypatch):
        monkeypatch.setattr("cie.exports.making.PART_SECONDS", 0)

        export = made(place.clinic, "people")

        assert [line["id"] for line in lines_of(download(place.clinic, export, "people"))] == everybody(place, many)

    def test_exports_take_turns(self, place, many, small_parts):
        exports = [ask(place.clinic, "people"), ask(place.clinic, "people")]
        exporter = Exporter(api.RENDERERS, DAY)
        for _ in range(4):
            exporter.make_next()

        assert [standing(place.clinic, export)["done"] for export in exports] == [6, 6]

    def test_who_comes_meanwhile_does_not_move_the_others(self, place, many, small_parts):
        export, exporter = ask(place.clinic, "people"), Exporter(api.RENDERERS, DAY)
        exporter.make_next()
        place.clinic.post("/people", NEW)
        make_all()

        ids = [line["id"] for line in lines_of(download(place.clinic, export, "people"))]
        assert ids[:PEOPLE] == everybody(place, many)
        assert standing(place.clinic, export)["total"] == len(ids)

    def test_nothing_was_seen_yet_when_it_is_made(self, place, many):
        made(place.clinic, "people")

        with reading() as session:
            assert session.exec(select(AuditEntry).where(AuditEntry.action == "seen")).all() == []


class TestBroken:
    def test_a_part_that_breaks_off_leaves_nothing_and_is_made_again(self, place, many, small_parts):
        export, rendered = ask(place.clinic, "people"), []

        def breaks_once(*arguments):
            rendered.append(arguments)
            if len(rendered) == 5:
                raise RuntimeError("out of luck")
            return api.RENDERERS["people"](*arguments)

        exporter = Exporter({"people": breaks_once}, DAY)
        while exporter.make_next():
            pass

        assert [line["id"] for line in lines_of(download(place.clinic, export, "people"))] == everybody(place, many)
        assert len(rendered) == PEOPLE + 2

    def test_one_that_breaks_again_and_again_fails_and_the_others_are_made(self, place, many, small_parts, caplog):
        broken, good = ask(place.clinic, "people"), ask(place.clinic, "referrals")

        def breaks(*_arguments):
            raise RuntimeError("Aster Moreno of Elm St")

        exporter = Exporter({**api.RENDERERS, "people": breaks}, DAY)
        while exporter.make_next():
            pass

        now = standing(place.clinic, broken)
        assert (now["status"], now["fault"], standing(place.clinic, good)["status"]) == ("failed", "broken", "ready")
        assert "an export broke" in caplog.text and "Moreno" not in caplog.text

    def test_two_workers_at_once_make_each_line_once(self, place, many, small_parts):
        exports = [ask(place.clinic, "people"), ask(place.clinic, "people")]
        workers = [threading.Thread(target=make_all) for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        for export in exports:
            content = download(place.clinic, export, "people")
            assert [line["id"] for line in lines_of(content)] == everybody(place, many)


def make_slowly(settings, begun):
    """A worker that says when it has made a part, and is killed while it makes the next one."""
    configure(settings)
    compose(settings)

    def slow(*arguments):
        time.sleep(0.02)
        return api.RENDERERS["people"](*arguments)

    exporter = Exporter({"people": slow}, DAY)
    while exporter.make_next():
        begun.set()


def test_after_kill_9_it_goes_on_at_the_last_finished_part(place, many, migrated, small_parts):
    export = ask(place.clinic, "people")
    context = multiprocessing.get_context("fork")
    begun = context.Event()
    # what the worker inherits it must not close
    current().engine.dispose()
    worker = context.Process(target=make_slowly, args=(migrated, begun))
    worker.start()
    assert begun.wait(30)
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    done = standing(place.clinic, export)["done"]

    make_all()

    assert 0 < done < PEOPLE
    assert [line["id"] for line in lines_of(download(place.clinic, export, "people"))] == everybody(place, many)


def suspend(place):
    with transaction() as session:
        identity.suspend_client(session, SYSTEM, place.clinic.client.id, at=datetime.now(UTC))


def lapse(place):
    with transaction() as session:
        (agreement,) = session.exec(select(Agreement).where(Agreement.organization_id == place.loop.clinic.id)).all()
        agreement.ends_on = datetime.now(UTC).date() - timedelta(days=2)
        session.add(agreement)


def narrow(place):
    with transaction() as session:
        client = session.get_one(identity.Client, place.clinic.client.id)
        client.scopes = ["api/exports.*", "api/needs.read"]
        session.add(client)


class TestNoLongerAllowed:
    @pytest.mark.parametrize("end", [suspend, lapse, narrow])
    def test_it_stops_and_says_so(self, place, many, small_parts, end):
        export, exporter = ask(place.clinic, "people"), Exporter(api.RENDERERS, DAY)
        exporter.make_next()
        end(place)
        make_all()

        with reading() as session:
            row = session.exec(select(Export)).one()
            lines = session.exec(select(ExportLine)).all()
        assert (str(row.id), row.status.value, row.fault) == (export["id"], "failed", "no longer allowed")
        assert len(lines) == 3

    def test_what_was_ended_is_made_no_further(self, place, many, small_parts):
        export, exporter = ask(place.clinic, "people"), Exporter(api.RENDERERS, DAY)
        exporter.make_next()

        place.clinic.call("DELETE", f"/exports/{export['id']}")

        assert make_all() == 0


def test_a_record_that_a_read_does_not_answer_any_more_is_left_out(place, many):
    export, gone = ask(place.clinic, "people"), many[0]

    def gone_meanwhile(session, actor, person_id, at):
        if person_id == gone:
            raise NotFound("There is no such record")
        return api.RENDERERS["people"](session, actor, person_id, at)

    exporter = Exporter({"people": gone_meanwhile}, DAY)
    while exporter.make_next():
        pass

    found = standing(place.clinic, export)
    ids = {line["id"] for line in lines_of(download(place.clinic, export, "people"))}
    assert ids == set(everybody(place, many)) - {str(gone)}
    assert found["done"] == found["total"] == PEOPLE - 1


def test_nobody_else_puts_off_the_record_of_an_access():
    users = [path.relative_to(CIE).parts[0] for path in CIE.rglob("*.py") if "put_off_access" in path.read_text()]

    assert set(users) == {"events", "exports"}
