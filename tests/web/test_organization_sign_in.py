"""The page on which an administrator says at which provider of their own staff sign in."""

import pytest
from sqlmodel import select

from cie import identity
from cie.access import Role
from cie.db import reading, transaction
from cie.identity import ExternalAccount, IdentityProvider
from tests.factories import make_participant, make_staff
from tests.oauth.own_sign_in import DOMAIN, is_signed_in, make_own_sign_in
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, running_providers
from tests.support.sign_in import pass_time
from tests.support.web import Browser, signed_in

PAGE = "/organization/sign-in"


@pytest.fixture(scope="module")
def providers():
    with running_providers() as running:
        yield running


@pytest.fixture
def own(database, migrated, providers):
    return make_own_sign_in(migrated, providers.new())


@pytest.fixture
def browser(own) -> Browser:
    """That of the administrator."""
    return signed_in(own.app, own.admin)


def save(own, browser, **changed):
    fields = {
        "issuer": own.provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "domains": f"{DOMAIN}\n@Tule.Example.net\n",
        "email_claim": "email",
        "name_claim": "name",
        **changed,
    }
    return browser.post(PAGE, **{name: value for name, value in fields.items() if value is not None})


def kept() -> IdentityProvider | None:
    with reading() as session:
        return session.exec(select(IdentityProvider)).first()


def domains() -> list[str]:
    with reading() as session:
        row = session.exec(select(IdentityProvider)).one()
        return list(identity.domains_of(session, row))


class TestSaving:
    def test_what_is_said_is_kept_and_shown_again(self, own, browser):
        answer = save(
            own,
            browser,
            roles_claim="groups",
            makes_accounts="yes",
            default_role="caseworker",
            role_supervisor="leads\nboss, of all",
            second_factor_acrs="urn:gold",
            always_two_factors="yes",
        )

        assert answer.location == f"{PAGE}?done=saved"
        row = kept()
        assert row.role_values == {"supervisor": ["leads", "boss, of all"]}
        assert (row.makes_accounts, row.default_role, row.second_factor_acrs) == (True, Role.CASEWORKER, ["urn:gold"])
        assert row.always_two_said_by_id == own.admin.id and row.client_secret == CLIENT_SECRET
        assert domains() == ["tule.example.net", DOMAIN]
        page = browser.get(answer.location).text
        assert "Saved. The provider answered." in page and "boss, of all" in page and DOMAIN in page

    def test_the_secret_is_never_shown_and_stays_when_the_box_is_empty(self, own, browser):
        save(own, browser)

        save(own, browser, client_secret="")

        assert kept().client_secret == CLIENT_SECRET
        assert CLIENT_SECRET not in browser.get(PAGE).text

    def test_the_secret_can_be_forgotten(self, own, browser):
        save(own, browser)

        save(own, browser, client_secret="", without_secret="yes")

        assert kept().client_secret is None

    def test_what_is_saved_lets_staff_in(self, own, browser):
        save(own, browser)
        wren = Browser(own.app)

        own.come(wren)

        assert is_signed_in(wren)

    def test_the_statement_of_two_proofs_can_be_taken_back(self, own, browser):
        save(own, browser, always_two_factors="yes")

        save(own, browser)

        assert kept().always_two_since is None and kept().always_two_said_by_id is None

    def test_a_domain_that_is_left_out_leads_nowhere_any_more(self, own, browser):
        save(own, browser)

        save(own, browser, domains="tule.example.net")

        assert domains() == ["tule.example.net"]


class TestRefusing:
    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("issuer", "", "enter the one that it calls its issuer"),
            ("issuer", "nothing", "there is no OpenID provider at this address"),
            ("issuer", "http://127.0.0.1:1", "it does not answer"),
            ("client_id", "", "Client ID: enter the one"),
            ("domains", "", "Email domains: enter at least one"),
            ("domains", "not a domain", "Email domains: enter 1 to 20"),
            ("domains", "org", "Email domains: enter 1 to 20"),
            ("email_claim", "e" * 101, "Email claim: enter its name"),
            ("name_claim", "n" * 101, "Name claim: enter its name"),
            ("roles_claim", "r" * 101, "Claim with roles or groups: enter its name"),
            ("default_role", "network-administrator", "no provider can make somebody an administrator of the network"),
            ("default_role", "king", "Role of new accounts: choose from the list"),
            ("role_supervisor", "leads", "Claim with roles or groups: enter it"),
            ("makes_accounts", "yes", "Role of new accounts: choose one"),
            ("second_factor_acrs", "\n".join(map(str, range(51))), "Signs of two proofs: enter at most 50"),
        ],
    )
    def test_a_fault_is_named_at_its_box_and_nothing_is_kept(self, own, browser, field, value, words):
        answer = save(own, browser, **{field: value})

        assert answer.status_code == 422 and words in answer.text
        assert kept() is None

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            ({"issuer": "https://evil.example"}, "calls itself by another address"),
            ({"response_types_supported": ["id_token"]}, "cannot do what we need"),
            ({"id_token_signing_alg_values_supported": ["HS256", "none"]}, "cannot do what we need"),
            ({"jwks_uri": "ftp://here"}, "cannot do what we need"),
            ({"token_endpoint": None}, "cannot do what we need"),
        ],
    )
    def test_a_provider_that_says_something_wrong_is_named(self, own, browser, said, words):
        own.provider.knobs(discovery=said)

        answer = save(own, browser)

        assert answer.status_code == 422 and words in answer.text and 'id="issuer-error"' in answer.text

    def test_no_box_for_a_role_of_the_network_is_taken(self, own, browser):
        answer = save(own, browser, **{"role_network-administrator": "boss"})

        assert answer.status_code == 422 and kept() is None

    def test_what_was_typed_is_still_there_but_for_the_secret(self, own, browser):
        answer = save(own, browser, client_id="", domains="typed.example.org", always_two_factors="yes")

        assert "typed.example.org" in answer.text and CLIENT_SECRET not in answer.text
        assert 'name="always_two_factors" value="yes" checked' in answer.text

    def test_a_domain_that_leads_elsewhere_is_refused(self, own, browser):
        save(own, browser)
        with transaction() as session:
            other = make_participant(session, name="Blue Kite Clinic")
            admin = make_staff(session, other, Role.ORGANIZATION_ADMINISTRATOR, email="jay@kite.example.org")

        answer = save(own, signed_in(own.app, admin), domains="tule.example.net")

        assert answer.status_code == 422 and "already leads elsewhere" in answer.text

    def test_a_domain_at_which_staff_of_others_work_is_refused(self, own, browser):
        with transaction() as session:
            make_staff(session, make_participant(session, name="Blue Kite Clinic"), email="jay@kite.example.org")

        answer = save(own, browser, domains="kite.example.org")

        assert answer.status_code == 422 and "already leads elsewhere" in answer.text
        assert kept() is None


class TestWhoMay:
    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.ORGANIZATION_ADMINISTRATOR])
    def test_only_the_administrator_of_the_organization(self, own, role):
        with transaction() as session:
            other = make_staff(session, own.county, role, email=f"jay@{DOMAIN}")
        browser = signed_in(own.app, other)

        answers = [browser.get(PAGE), save(own, browser), browser.post(f"{PAGE}/holding-back", page="/help")]

        assert [answer.status_code for answer in answers] == [403] * 3

    def test_without_a_recent_proof_it_is_asked_first(self, own, browser):
        pass_time(own.admin, minutes=11)

        answers = [
            browser.get(PAGE),
            browser.post(PAGE, page="/help"),
            browser.post(f"{PAGE}/letting-in", page="/help"),
        ]

        assert all("/settings/confirm" in answer.location for answer in answers)
        assert kept() is None

    def test_the_link_of_another_organization_does_not_exist(self, own, browser):
        save(own, browser)
        own.come(Browser(own.app))
        with transaction() as session:
            other = make_participant(session, name="Blue Kite Clinic")
            admin = make_staff(session, other, Role.ORGANIZATION_ADMINISTRATOR)
            link = session.exec(select(ExternalAccount)).one()

        answer = signed_in(own.app, admin).post(f"{PAGE}/links/{link.id}/removal", page="/help")

        assert answer.status_code == 404
        with reading() as session:
            assert session.exec(select(ExternalAccount)).one()


class TestHoldingBack:
    def test_held_back_it_is_let_in_again(self, own, browser):
        save(own, browser)
        wren = Browser(own.app)
        own.come(wren)

        held = browser.post(f"{PAGE}/holding-back", page=PAGE)
        was_in = is_signed_in(wren)
        let_in = browser.post(f"{PAGE}/letting-in", page=PAGE)
        own.come(wren)

        assert (held.location, let_in.location) == (f"{PAGE}?done=held-back", f"{PAGE}?done=let-in")
        assert not was_in and is_signed_in(wren)

    def test_where_there_is_no_provider_nothing_is_held_back(self, own, browser):
        assert browser.post(f"{PAGE}/holding-back", page=PAGE).status_code == 404

    def test_a_link_is_removed_and_the_colleague_signed_out(self, own, browser):
        save(own, browser)
        wren = Browser(own.app)
        own.come(wren)
        with reading() as session:
            link = session.exec(select(ExternalAccount)).one()
        page = browser.get(PAGE).text

        answer = browser.post(f"{PAGE}/links/{link.id}/removal", page=PAGE)

        assert "Wren Alder" in page and answer.location == f"{PAGE}?done=unlinked"
        assert not is_signed_in(wren)


def test_the_page_tells_what_the_provider_must_know(own, browser):
    page = browser.get(PAGE).text

    assert "http://127.0.0.1:8000/sign-in/organization/return" in page
    assert "http://127.0.0.1:8000/sign-in/organization/logout" in page


def test_the_page_of_the_organization_leads_there(own, browser):
    assert f'href="{PAGE}"' in browser.get("/organization").text
