"""What an operator sets: a wrong value is named, and production starts on nothing weak."""

from base64 import urlsafe_b64encode
from hashlib import sha256

import pytest

from cie.errors import Invalid
from cie.settings import load_settings, problems

GOOD = {
    "CIE_ENV": "production",
    "CIE_SECRET_KEY": sha256(b"a secret for this test").hexdigest(),
    "CIE_DATA_KEYS": "1:" + urlsafe_b64encode(sha256(b"a key for this test").digest()).decode(),
    "CIE_PUBLIC_URL": "https://exchange.example.org",
    "CIE_SMS_GATEWAY": "twilio",
    "CIE_SMS_MESSAGING_SERVICE_SID": "MG" + "2" * 32,
    "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "TWILIO_AUTH_TOKEN": "0123456789abcdef" * 2,
    "CIE_TEXT_HOURS": "9-20",
}


SENDS = {
    "CIE_EMAIL_GATEWAY": "smtp",
    "CIE_EMAIL_FROM": "notices@exchange.example.org",
    "CIE_SMTP_HOST": "mail.example.org",
    "CIE_SMTP_USERNAME": "exchange",
    "CIE_SMTP_PASSWORD": sha256(b"a password for this test").hexdigest(),
}


@pytest.fixture
def settings_of(monkeypatch):
    def load(**changes):
        for name, value in {**GOOD, **changes}.items():
            monkeypatch.setenv(name, value)
        return load_settings()

    return load


def test_production_starts_when_all_is_set(settings_of):
    assert problems(settings_of()) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CIE_SECRET_KEY", ""),
        ("CIE_SECRET_KEY", "s" * 64),
        ("CIE_DATA_KEYS", ""),
        ("CIE_DATA_KEYS", "1:c2hvcnQ="),
        ("CIE_DATA_KEYS", "1:" + "a" * 43 + "="),
        ("CIE_PUBLIC_URL", "http://exchange.example.org"),
        ("CIE_SMS_GATEWAY", "sandbox"),
        ("CIE_TEXT_HOURS", "8-20"),
        ("CIE_TEXT_HOURS", "9-21"),
        ("TWILIO_ACCOUNT_SID", ""),
        ("TWILIO_AUTH_TOKEN", "sandbox"),
        ("CIE_SMS_MESSAGING_SERVICE_SID", "MG" + "0" * 32),
    ],
)
def test_production_names_what_is_weak_and_nothing_else(settings_of, name, value):
    (problem,) = problems(settings_of(**{name: value}))

    assert problem.startswith(f"{name}: ")
    assert not value or value == "sandbox" or value not in problem


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CIE_ENV", "staging"),
        ("CIE_TEXT_HOURS", "late"),
        ("CIE_TEXT_HOURS", "20-9"),
        ("CIE_TEXT_HOURS", "0-25"),
        ("CIE_SMS_GATEWAY", "pigeon"),
        ("CIE_LOCK_WAIT_SECONDS", "long"),
        ("CIE_TRUSTED_PROXIES", "two"),
        ("CIE_TRUSTED_PROXIES", "-1"),
        ("CIE_FHIR_VALUE_SETS", "/nowhere"),
    ],
)
def test_a_wrong_value_is_named(settings_of, name, value):
    with pytest.raises(Invalid, match=f"^{name}: "):
        settings_of(**{name: value})


def test_outside_production_nothing_is_asked_for(settings_of):
    assert problems(settings_of(CIE_ENV="test", CIE_SECRET_KEY="", CIE_PUBLIC_URL="http://127.0.0.1:8000")) == []


class TestEmail:
    def test_without_a_gateway_production_starts_and_sends_none(self, settings_of):
        settings = settings_of(CIE_EMAIL_GATEWAY="")

        assert problems(settings) == []
        assert settings.email_by == ""

    def test_with_all_of_it_production_starts(self, settings_of):
        settings = settings_of(**SENDS)

        assert problems(settings) == []
        assert (settings.email_by, settings.smtp_port_or_usual) == ("smtp", 587)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("CIE_EMAIL_GATEWAY", "sandbox"),
            ("CIE_SMTP_HOST", ""),
            ("CIE_SMTP_SECURITY", "none"),
            ("CIE_SMTP_PASSWORD", ""),
            ("CIE_EMAIL_FROM", "exchange@exchange.example"),
        ],
    )
    def test_what_is_missing_or_weak_is_named(self, settings_of, name, value):
        (problem,) = problems(settings_of(**{**SENDS, name: value}))

        assert problem.startswith(f"{name}: ")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("CIE_EMAIL_GATEWAY", "pigeon"),
            ("CIE_EMAIL_FROM", "a@example.org\nBcc: b@example.org"),
            ("CIE_EMAIL_FROM", "Exchange <a@example.org>"),
            ("CIE_SMTP_PORT", "70000"),
            ("CIE_SMTP_SECURITY", "perhaps"),
        ],
    )
    def test_a_wrong_value_is_named(self, settings_of, name, value):
        with pytest.raises(Invalid, match=f"^{name}: "):
            settings_of(**{**SENDS, name: value})

    def test_beside_the_sandbox_for_texts_it_goes_there_by_itself(self, settings_of):
        beside = settings_of(CIE_ENV="test", CIE_SMS_GATEWAY="sandbox")
        alone = settings_of(CIE_ENV="test", CIE_SMS_GATEWAY="twilio")

        assert (beside.email_by, alone.email_by) == ("sandbox", "")
