"""The commands as an operator types them: what they print, and one clear line when they cannot."""

import socket
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from cie import webhooks
from cie.app import compose
from cie.db import configure, transaction
from cie.events import DeliveryState, Outbox
from tests.conftest import settings_for
from tests.factories import add
from tests.mail.server import PASSWORD as MAIL_PASSWORD
from tests.mail.server import USERNAME, mail_server
from tests.outbound.certificates import Authority
from tests.support.commands import cie, environment
from tests.webhooks.setting import make_setting

PASSWORD = "a quiet lamp over the bay"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("commands")
    return settings_for(f"sqlite:///{folder}/cie.db", folder)


@pytest.fixture(scope="module")
def env(settings):
    env = environment(settings)
    assert cie("db", "upgrade", env=env).returncode == 0
    return env


def ok(*arguments, env, given=""):
    done = cie(*arguments, env=env, given=given)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()


def refusal(*arguments, env, given=""):
    """The one line of a command that could not."""
    done = cie(*arguments, env=env, given=given)
    assert done.returncode not in (0, 2), done.stdout
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.strip().splitlines()
    return line


def organization(env, name="Lantern Pantry"):
    return ok("organization", "add", "--name", name, "--kind", "cbo", env=env)[-1].split()[-1]


def new_staff(env, organization_id, email="quill@lantern.example.org", password=PASSWORD):
    arguments = ["--organization", organization_id, "--name", "Wren", "--email", email, "--role", "caseworker"]
    return ["staff", "add", *arguments], password + "\n"


class TestHelp:
    def test_every_command_is_listed(self, env):
        words = "\n".join(ok("--help", env=env))

        for name in [
            "serve",
            "worker",
            "db",
            "seed",
            "story",
            "staff",
            "client",
            "organization",
            "instrument",
            "audit",
            "doctor",
        ]:
            assert f"  {name} " in words


class TestOrganizationsAndStaff:
    def test_add_prints_the_id_last_and_list_prints_it_first(self, env):
        id = organization(env)
        arguments, given = new_staff(env, id)

        lines = ok(*arguments, env=env, given=given)

        user = lines[-1].split()[-1]
        assert PASSWORD not in "\n".join(lines)
        assert ok("staff", "list", "--organization", id, env=env) == [f"{user} caseworker Wren"]
        assert f"{id} cbo Lantern Pantry" in ok("organization", "list", env=env)

    def test_an_organization_that_is_not_there_is_said_so(self, env):
        arguments, given = new_staff(env, str(uuid4()), email="moth@lantern.example.org")

        assert refusal(*arguments, env=env, given=given).startswith("cie: ")

    def test_a_weak_password_is_refused(self, env):
        arguments, given = new_staff(env, organization(env), email="fir@lantern.example.org", password="password1234")

        assert "assword" in refusal(*arguments, env=env, given=given)

    def test_a_kind_that_is_none_is_refused_with_the_choices(self, env):
        done = cie("organization", "add", "--name", "X", "--kind", "circus", env=env)

        assert done.returncode == 2
        assert "victim-services" in done.stderr


class TestInstruments:
    @pytest.mark.parametrize("words", ["not json", "[]"])
    def test_a_file_that_is_no_questionnaire_is_refused(self, env, tmp_path, words):
        file = tmp_path / "questions.json"
        file.write_text(words)

        assert refusal("instrument", "import", str(file), env=env).startswith("cie: ")


class TestAudit:
    def test_a_checkpoint_is_written_and_checked(self, env, tmp_path):
        organization(env, "Paper Boat Housing")
        file = tmp_path / "checkpoint"

        ok("audit", "checkpoint", str(file), env=env)

        assert "are whole, down to the checkpoint" in ok("audit", "verify", "--checkpoint", str(file), env=env)[-1]

    def test_a_place_that_cannot_be_written_is_named(self, env, tmp_path):
        assert "no-such-folder" in refusal("audit", "checkpoint", str(tmp_path / "no-such-folder" / "c"), env=env)


class TestDatabase:
    def test_one_that_is_behind_is_said_so(self, settings, tmp_path):
        env = environment(settings, CIE_DATABASE_URL=f"sqlite:///{tmp_path}/new.db")

        line = refusal("organization", "list", env=env)

        assert line == "cie: the database is behind; run `cie db upgrade`"

    @pytest.mark.parametrize("command", [("organization", "list"), ("db", "upgrade")])
    def test_one_that_is_away_is_said_so(self, settings, command):
        env = environment(settings, CIE_DATABASE_URL="postgresql://nobody@127.0.0.1:9/cie")

        assert "the database cannot be reached" in refusal(*command, env=env)

    def test_the_demo_is_made_only_in_an_empty_one(self, env):
        organization(env)

        assert "not empty" in refusal("seed", env={**env, "CIE_ENV": "demo"})
        assert "not empty" in refusal("seed", "--keep", env={**env, "CIE_ENV": "demo"})


class TestSettings:
    def test_a_wrong_one_is_named_and_a_secret_not_repeated(self, env):
        line = refusal("organization", "list", env={**env, "CIE_DATA_KEYS": "hush:hush"})

        assert "CIE_DATA_KEYS" in line
        assert "hush" not in line


def production(settings, **more):
    key = urlsafe_b64encode(sha256(b"a key for this test").digest()).decode()
    values = {
        "CIE_ENV": "production",
        "CIE_SECRET_KEY": sha256(b"a secret for this test").hexdigest(),
        "CIE_DATA_KEYS": f"1:{key}",
        "CIE_PUBLIC_URL": "https://exchange.example.org",
        "CIE_SMS_GATEWAY": "twilio",
        "CIE_SMS_MESSAGING_SERVICE_SID": "MG" + "2" * 32,
        "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
        "TWILIO_AUTH_TOKEN": "0123456789abcdef" * 2,
        "CIE_TEXT_HOURS": "9-20",
    }
    return environment(settings, **{**values, **more})


class TestProduction:
    @pytest.mark.parametrize("command", ["serve", "doctor"])
    def test_it_names_everything_that_is_not_set(self, settings, command):
        env = environment(settings, CIE_ENV="production", CIE_TEXT_HOURS="0-24")
        env = {n: v for n, v in env.items() if n not in ("CIE_SECRET_KEY", "CIE_DATA_KEYS")}

        done = cie(command, env=env)

        assert done.returncode == 1
        for name in ("CIE_SECRET_KEY", "CIE_DATA_KEYS", "CIE_PUBLIC_URL", "CIE_SMS_GATEWAY", "CIE_TEXT_HOURS"):
            assert name in done.stderr

    def test_it_does_not_serve_a_database_with_demo_accounts(self, settings, tmp_path):
        env = production(settings, CIE_DATABASE_URL=f"sqlite:///{tmp_path}/demo.db", CIE_INSTANCE=str(tmp_path))
        local = {"CIE_PUBLIC_URL": "http://127.0.0.1:8000", "CIE_SMS_GATEWAY": "sandbox", "CIE_TEXT_HOURS": "0-24"}
        demo = {**env, **local, "CIE_ENV": "demo"}
        ok("db", "upgrade", env=demo)
        printed = ok("seed", env=demo)
        assert ok("seed", "--keep", env=demo) == printed[4:]

        for command in ("serve", "worker"):
            assert "demo accounts" in refusal(command, env=env)
        assert "demo accounts" in cie("doctor", env=env).stderr
        assert cie("doctor", env=demo).returncode == 0

    def test_it_starts_when_all_is_set(self, settings, tmp_path):
        env = production(settings, CIE_DATABASE_URL=f"sqlite:///{tmp_path}/cie.db", CIE_INSTANCE=str(tmp_path))
        ok("db", "upgrade", env=env)

        assert ok("doctor", env=env) == ["doctor: all is well"]


class TestDoctor:
    @pytest.fixture
    def fresh(self, settings, tmp_path):
        env = environment(settings, CIE_DATABASE_URL=f"sqlite:///{tmp_path}/cie.db")
        ok("db", "upgrade", env=env)
        return env

    def faults(self, env):
        done = cie("doctor", env=env)
        assert done.returncode == 1
        return done.stderr

    def test_nobody_on_call_and_keys_that_do_not_open_what_is_stored(self, fresh):
        arguments, given = new_staff(fresh, organization(fresh))
        ok(*arguments, env=fresh, given=given)

        assert "Lantern Pantry: nobody is on call when somebody is in danger" in self.faults(fresh)
        other_keys = {**fresh, "CIE_DATA_KEYS": "2:" + "b" * 43 + "="}
        assert "CIE_DATA_KEYS: the newest record of user_account does not open" in self.faults(other_keys)

    def test_a_queue_that_nobody_works(self, fresh, settings, tmp_path):
        configure(settings.model_copy(update={"database_url": fresh["CIE_DATABASE_URL"]}))
        past = datetime.now(UTC) - timedelta(hours=1)
        with transaction() as session:
            ids = {"organization_id": UUID(int=7), "destination_id": UUID(int=8)}
            add(session, Outbox(**ids, kind="text", order_key="a", dedup_key="a", due_at=past, created_at=past))

        assert "the oldest delivery has been due for 36" in self.faults(fresh)

    def test_a_mail_server_that_does_not_know_us_or_is_away(self, fresh, tmp_path):
        authority = Authority(tmp_path)
        with mail_server(security="tls", certificate=authority.certificate(["localhost"])) as server:
            way = {"CIE_EMAIL_GATEWAY": "smtp", "CIE_SMTP_HOST": "localhost", "CIE_SMTP_PORT": str(server.port)}
            signed = {"CIE_SMTP_SECURITY": "tls", "CIE_SMTP_USERNAME": USERNAME, "CIE_SMTP_PASSWORD": MAIL_PASSWORD}
            env = {**fresh, **way, **signed, "SSL_CERT_FILE": str(authority.trusted)}
            assert ok("doctor", env=env) == ["doctor: all is well"]
            wrong = self.faults({**env, "CIE_SMTP_PASSWORD": "wrong"})

        assert "e-mail: the mail server refused with code 535" in wrong
        assert "e-mail: the mail server gives no answer" in self.faults(env)

    def test_a_database_that_is_behind(self, settings, tmp_path):
        env = environment(settings, CIE_DATABASE_URL=f"sqlite:///{tmp_path}/new.db")

        assert "the database is behind" in self.faults(env)

    def test_notices_that_got_stuck_are_good_to_know(self, fresh, settings):
        configure(settings.model_copy(update={"database_url": fresh["CIE_DATABASE_URL"]}))
        compose(settings)
        setting = make_setting("http://127.0.0.1:9/nobody")
        for _number in range(2):
            setting.act(webhooks.ping)
        with transaction() as session:
            for row in session.exec(select(Outbox)):
                row.state = DeliveryState.DEAD
                session.add(row)

        words, well = ok("doctor", env=fresh)

        assert "Blue Kite Clinic: 2 notices to the program County data hub got stuck" in words
        assert well == "doctor: all is well"

    def test_a_database_that_is_away(self, settings):
        env = environment(settings, CIE_DATABASE_URL="postgresql://nobody@127.0.0.1:9/cie")

        assert "doctor: the database" in self.faults(env)


class TestServe:
    @pytest.fixture
    def taken(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield server.getsockname()[1]

    def test_a_taken_port_is_said_so(self, env, taken):
        assert f"something already answers on port {taken}" in refusal("serve", "--port", str(taken), env=env)

    def test_so_is_that_of_the_pretend_network(self, env, taken):
        env = {**env, "CIE_SANDBOX_URL": f"http://127.0.0.1:{taken}"}

        assert f"something already answers on port {taken}" in refusal("serve", "--port", str(_free()), env=env)

    @pytest.mark.parametrize("name", ["CIE_SANDBOX_URL", "CIE_PUBLIC_URL"])
    def test_a_pretend_network_elsewhere_is_refused(self, env, name):
        assert name in refusal("serve", "--port", str(_free()), env={**env, name: "http://sms.example.org:80"})


def _free():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_story_with_nobody_there_says_so(env):
    assert "nothing answers at http://127.0.0.1:9" in refusal(
        "story", "--wait", "0", "--base-url", "http://127.0.0.1:9", env=env
    )
