"""An administrator sets the organization's own sign-in up; somebody new comes in through it, and goes out again."""

import pytest

from tests.journeys.visitor import DESKTOP, PHONE, Visitor
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, PASSWORD, Provider, running_providers

DOMAIN = "paperboat.example.net"


@pytest.fixture(scope="module")
def provider():
    with running_providers() as running:
        made = running.new()
        made.person("tansy", email=f"tansy@{DOMAIN}", name="Tansy Vale", groups=["housing"])
        yield made


def set_up(heron: Visitor, provider: Provider, picture) -> None:
    heron.open("/organization")
    heron.page.locator("a[href='/organization/sign-in']").click()
    heron.page.wait_for_url("**/organization/sign-in")
    heron.fill("Address of the provider", provider.issuer + "/not-there")
    heron.fill("Client ID", CLIENT_ID)
    heron.fill("Client secret", CLIENT_SECRET)
    heron.fill("Email domains", DOMAIN)
    heron.choose("Make an account when somebody new signs in")
    heron.fill("Claim with roles or groups", "groups")
    heron.page.fill("#role_caseworker", "housing")
    heron.press("Ask the provider and save")
    heron.sees("there is no OpenID provider at this address")
    heron.has_no_barriers()
    picture(heron, "own-sign-in-fault")
    heron.fill("Address of the provider", provider.issuer)
    heron.fill("Client secret", CLIENT_SECRET)
    heron.press("Ask the provider and save")
    heron.sees("Saved. The provider answered.")
    heron.has_no_barriers()
    picture(heron, "own-sign-in")


def come_in(tansy: Visitor, provider: Provider) -> None:
    tansy.open("/sign-in")
    tansy.follow("Sign in through your organization")
    tansy.fill("Work email", f"tansy@{DOMAIN}")
    tansy.page.get_by_role("button", name="Continue").click()
    tansy.page.wait_for_url(f"{provider.issuer}/authorize**")
    tansy.fill("User", "tansy")
    tansy.fill("Password", PASSWORD)
    tansy.page.get_by_role("button", name="Sign in").click()
    tansy.page.wait_for_url("**/worklist")


@pytest.mark.parametrize("javascript", [True, False])
def test_in_through_the_organizations_own_provider_and_out_again(visit, provider, picture, javascript):
    heron = visit("heron", width=DESKTOP if javascript else PHONE)
    set_up(heron, provider, picture)
    before = provider.asked("end_session")

    tansy = visit(width=PHONE, javascript=javascript)
    come_in(tansy, provider)
    assert "Tansy Vale" in tansy.page.inner_text("header")
    tansy.page.get_by_role("button", name="Sign out").click()
    tansy.page.wait_for_url("**/sign-in")

    assert provider.asked("end_session") == before + 1
    tansy.open("/worklist")
    assert tansy.path == "/sign-in"
    # the way there and back is to another site, which no other page of ours leads to
    tansy.faults[:] = [fault for fault in tansy.faults if provider.issuer not in fault]


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_the_pages_speak_spanish(visit, picture, width):
    anybody = visit(width=width, language="es")
    anybody.open("/sign-in")
    anybody.follow("Entrar por su organización")
    anybody.fill("Correo del trabajo", "nobody@elsewhere.example.org")
    anybody.press("Continuar")
    anybody.sees("Ninguna organización tiene una entrada propia para esta dirección.")
    anybody.has_no_barriers()
    picture(anybody, f"own-sign-in-unknown-{width}")

    heron = visit("heron", width=width, language="es")
    heron.open("/organization/sign-in")
    heron.sees("Su proveedor la llama «issuer».")
    heron.has_no_barriers()
    picture(heron, f"own-sign-in-es-{width}")
