"""Staff sign in at their organization's own OpenID provider: a real one, in a process of its own."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import requests
from sqlmodel import select

from cie import identity, participants
from cie.access import SYSTEM, Actor, ActorKind, Role
from cie.db import reading, transaction
from cie.identity import IdentityProvider, UserAccount, UserSession
from cie.oauth.known_providers import KnownProviders
from tests.factories import make_participant, make_staff
from tests.oauth.own_sign_in import DOMAIN, OURS, accounts, changed, is_signed_in, why_refused
from tests.support.sign_in import code_at, sign_in
from tests.support.web import Browser, signed_in

FORM_TOKEN = re.compile(r'name="csrf_token" value="[^"]+"')
NOT_SIGNED_IN = "You are not signed in"


@pytest.fixture
def browser(own) -> Browser:
    return Browser(own.app)


def newcomer(own, **said):
    """Somebody whom the provider knows and the exchange does not."""
    own.provider.person("aven", email=f"aven@{DOMAIN}", name="Aven Sorrel", **said)


class TestComingIn:
    def test_who_has_an_account_signs_in_with_the_two_proofs_of_the_provider(self, own, browser):
        own.set()

        answer = own.come(browser)

        assert answer.status_code == 303 and answer.location == "/sign-in"
        assert browser.get(answer.location).location == "/worklist"
        assert is_signed_in(browser)

    @pytest.mark.both_databases
    def test_the_second_time_the_name_at_the_provider_is_enough(self, own):
        own.set()
        own.come()
        own.provider.person("wren", email="new-name@elsewhere.example", email_verified=False)
        second = Browser(own.app)

        own.come(second)

        assert is_signed_in(second)

    def test_from_then_on_the_forms_of_the_browser_are_theirs(self, own, browser):
        own.set()

        own.come(browser)

        with browser.client.session_transaction() as kept:
            assert kept["csrf_token"].startswith(f"{own.wren.id}.")

    def test_it_leads_on_to_the_page_that_was_wanted(self, own, browser):
        own.set()

        answer = own.come(browser, next="/people?x=1")

        assert browser.get(answer.location).location == "/people?x=1"

    @pytest.mark.parametrize(
        "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
    )
    def test_it_never_leads_to_another_site(self, own, browser, wanted):
        own.set()

        answer = own.come(browser, next=wanted)

        assert answer.location.startswith("/sign-in")
        assert browser.get(answer.location).location == "/worklist"

    def test_a_public_client_without_a_secret_signs_in_too(self, own, browser):
        own.provider.tell(secret=None)
        own.set(client_secret="")

        own.come(browser)

        assert is_signed_in(browser)

    def test_what_the_token_leaves_out_is_asked_at_the_userinfo_address(self, own, browser):
        own.provider.knobs(lean=True)
        own.set()

        own.come(browser)

        assert is_signed_in(browser)
        assert own.provider.asked("userinfo") == 1

    def test_nothing_more_is_asked_when_the_token_says_it_all(self, own, browser):
        own.set()

        own.come(browser)

        assert own.provider.asked("userinfo") == 0

    def test_an_address_of_our_own_carries_nothing_of_anybody(self, own, browser):
        own.set()

        address = own.begin(browser)

        assert "wren" not in address and "login_hint" not in address
        assert "code_challenge_method=S256" in address and "nonce=" in address


class TestSecondFactor:
    @pytest.mark.parametrize("amr", [None, ["pwd"], ["otp"], "mfa is in no list", [["mfa"]]])
    def test_without_two_proofs_there_our_own_code_is_asked(self, own, browser, amr):
        own.provider.knobs(claims={"amr": amr})
        own.set()

        answer = own.come(browser)

        if isinstance(amr, str):
            assert answer.status_code == 403 and not is_signed_in(browser)
            return
        assert answer.location == "/sign-in/code"
        assert not is_signed_in(browser)
        assert browser.post("/sign-in/code", code="000000").status_code == 422
        assert browser.post("/sign-in/code", code=code_at()).status_code == 303
        assert is_signed_in(browser)

    def test_a_value_of_acr_that_was_agreed_counts_as_two(self, own, browser):
        own.provider.knobs(claims={"amr": None, "acr": "urn:gold"})
        own.set(second_factor_acrs=["urn:gold"])

        own.come(browser)

        assert is_signed_in(browser)

    def test_another_value_of_acr_does_not(self, own, browser):
        own.provider.knobs(claims={"amr": None, "acr": "urn:silver"})
        own.set(second_factor_acrs=["urn:gold"])

        assert own.come(browser).location == "/sign-in/code"

    def test_the_statement_of_the_administrator_counts_and_is_on_record(self, own, browser):
        own.provider.knobs(claims={"amr": None})
        kept = own.set(always_two_factors=True)

        own.come(browser)

        assert is_signed_in(browser)
        assert kept.always_two_said_by_id == own.admin.id and kept.always_two_since is not None

    def test_a_new_account_with_one_proof_is_refused_and_not_made(self, own, browser):
        newcomer(own)
        own.provider.knobs(claims={"amr": ["pwd"]})
        own.set(makes_accounts=True, default_role=Role.CASEWORKER)
        before = len(accounts())

        answer = own.come(browser, "aven")

        assert answer.status_code == 403 and "We need two" in answer.text
        assert len(accounts()) == before and why_refused() == ["one-factor"]

    def test_an_account_without_our_phone_app_and_with_one_proof_is_refused(self, own, browser):
        own.provider.person("robin", email=f"robin@{DOMAIN}")
        own.provider.knobs(claims={"amr": ["pwd"]})
        own.set()

        answer = own.come(browser, "robin")

        assert answer.status_code == 403 and why_refused() == ["one-factor"]

    def test_the_provider_that_was_held_back_meanwhile_lets_nobody_finish_with_our_code(self, own, browser):
        own.provider.knobs(claims={"amr": None})
        own.set()
        own.come(browser)
        hold_back(own)

        answer = browser.post("/sign-in/code", code=code_at())

        assert answer.status_code == 403 and not is_signed_in(browser)


def administrator(own) -> Actor:
    return Actor(ActorKind.STAFF, own.admin.id, own.county.id, own.admin.roles)


def hold_back(own) -> None:
    with transaction() as session:
        identity.hold_back_provider(session, administrator(own), at=datetime.now(UTC))


class TestTheAnswer:
    """What comes back is not believed because it came: each way in which it may be wrong."""

    @pytest.mark.parametrize(
        ("claims", "why"),
        [
            ({"nonce": "another"}, "id-token-nonce"),
            ({"nonce": None}, "id-token-nonce"),
            ({"aud": "somebody-else"}, "id-token-aud"),
            ({"aud": None}, "id-token-aud"),
            ({"aud": ["exchange-1", "somebody-else"]}, "id-token-azp"),
            ({"azp": "somebody-else"}, "id-token-azp"),
            ({"iss": "https://evil.example"}, "id-token-iss"),
            ({"iss": None}, "id-token-iss"),
            ({"exp": 1_700_000_000}, "id-token-exp"),
            ({"exp": None}, "id-token-exp"),
            ({"exp": "soon"}, "id-token-exp"),
            ({"iat": None}, "id-token-iat"),
            ({"iat": 4_000_000_000}, "id-token-iat"),
            ({"iat": 1_700_000_000}, "id-token-old"),
            ({"sub": None}, "id-token-sub"),
            ({"sub": ""}, "id-token-sub"),
            ({"sub": 7}, "id-token-sub"),
            ({"sub": "s" * 256}, "id-token-sub"),
            ({"at_hash": "AAAA"}, "id-token-at_hash"),
        ],
    )
    def test_a_wrong_claim_is_refused_and_named_in_the_audit(self, own, browser, claims, why):
        own.provider.knobs(claims=claims)
        own.set()

        answer = own.come(browser)

        assert answer.status_code == 403 and NOT_SIGNED_IN in answer.text
        assert why_refused() == [why] and not is_signed_in(browser)

    @pytest.mark.parametrize(
        ("how", "why"),
        [
            ("none", "id-token-signature"),
            ("public key", "id-token-signature"),
            ("another key", "id-token-signature"),
        ],
    )
    def test_a_wrong_signature_is_refused(self, own, browser, how, why):
        own.provider.knobs(sign=how)
        own.set()

        assert own.come(browser).status_code == 403
        assert why_refused() == [why] and not is_signed_in(browser)

    @pytest.mark.parametrize(
        "token", [{"id_token": None}, {"id_token": "x.y.z"}, {"id_token": 5}, {"error": "no"}, {"id_token": "[" * 5000}]
    )
    def test_an_answer_without_an_id_token_is_refused(self, own, browser, token):
        own.provider.knobs(token=token)
        own.set()

        assert own.come(browser).status_code == 403
        assert not is_signed_in(browser)

    def test_userinfo_of_somebody_else_is_refused(self, own, browser):
        own.provider.knobs(lean=True, userinfo={"sub": "sub-of-another"})
        own.set()

        assert own.come(browser).status_code == 403
        assert why_refused() == ["userinfo-sub"]

    @pytest.mark.parametrize("iss", ["https://evil.example", None])
    def test_the_answer_of_another_provider_is_a_mix_up(self, own, browser, iss):
        own.provider.knobs(iss=iss)
        own.set()

        assert own.come(browser).status_code == 403
        assert why_refused() == ["mix-up"] and own.provider.asked("token") == 0

    def test_a_provider_that_does_not_name_itself_may_leave_it_out(self, own, browser):
        own.provider.knobs(iss=None, discovery={"authorization_response_iss_parameter_supported": None})
        own.set()

        own.come(browser)

        assert is_signed_in(browser)

    def test_a_new_key_of_the_provider_is_found(self, own):
        own.set()
        own.come()
        pass_a_minute(own)
        own.provider.tell(rotate="EC")
        second = Browser(own.app)

        own.come(second)

        assert is_signed_in(second)

    def test_an_unknown_key_is_asked_for_once_a_minute_at_most(self, own, browser):
        own.set()
        own.come()
        own.provider.tell(rotate="RSA")

        answers = [own.come(Browser(own.app)).status_code for _n in range(3)]

        assert answers == [403] * 3
        assert own.provider.asked("jwks") == 1


def pass_a_minute(own) -> None:
    """What this process knows of providers becomes a minute older."""
    known: KnownProviders = own.app.extensions["cie-known-providers"]
    for kept in (known._said, known._keys):
        for name, found in list(kept.items()):
            kept[name] = type(found)(found.at - timedelta(minutes=1), found.value)


class TestTheWayBack:
    @pytest.mark.both_databases
    def test_the_same_address_opens_once(self, own, browser):
        own.set()
        address = own.return_address(browser)
        browser.get(address)

        answer = browser.get(address)

        assert answer.status_code == 403 and "Begin again" in answer.text

    @pytest.mark.both_databases
    def test_a_state_that_was_used_does_not_come_back_with_its_cookie(self, own, browser):
        own.set()
        question = own.begin(browser)
        first, second = (own.provider.answer_to(question, "wren").removeprefix(OURS) for _n in range(2))
        cookie = browser.client.get_cookie("cie-form")
        browser.get(first)
        thief = Browser(own.app)
        thief.client.set_cookie("cie-form", cookie.value)

        answer = thief.get(second)

        assert answer.status_code == 403 and not is_signed_in(thief)
        assert own.provider.asked("token") == 1

    def test_another_browser_cannot_open_it(self, own, browser):
        own.set()
        address = own.return_address(browser)
        other = Browser(own.app)
        own.begin(other)

        answers = [other.get(address), Browser(own.app).get(address)]

        assert [answer.status_code for answer in answers] == [403, 403]
        assert not is_signed_in(other) and own.provider.asked("token") == 0

    @pytest.mark.parametrize("query", ["", "?code=c", "?state=s&code=c", "?error=access_denied"])
    def test_nobody_comes_back_who_did_not_begin(self, own, browser, query):
        own.set()

        answer = browser.get(f"/sign-in/organization/return{query}")

        assert answer.status_code == 403 and NOT_SIGNED_IN in answer.text

    def test_it_is_too_late_after_ten_minutes(self, own, browser):
        own.set()
        address = own.return_address(browser)
        with browser.client.session_transaction() as kept:
            kept["organization_sign_in"] = {**kept["organization_sign_in"], "at": int(time.time()) - 601}

        assert browser.get(address).status_code == 403

    def test_a_code_of_another_sign_in_cannot_be_put_in(self, own, browser):
        own.set()
        victims = own.return_address(Browser(own.app))
        mine = own.return_address(browser)
        code = victims.partition("code=")[2].partition("&")[0]

        answer = browser.get(changed(mine, code=code))

        assert answer.status_code == 403 and why_refused() == ["code"]
        assert not is_signed_in(browser)

    @pytest.mark.parametrize("more", ["&code=other", "&state=other", "&iss=other"])
    def test_a_value_that_comes_twice_is_refused(self, own, browser, more):
        own.set()

        answer = browser.get(own.return_address(browser) + more)

        assert answer.status_code == 403 and own.provider.asked("token") == 0

    def test_who_gives_up_there_is_told_so(self, own, browser):
        own.set()
        back = own.provider.answer_to(own.begin(browser), "wren", "a wrong password")

        answer = browser.get(back.removeprefix(OURS))

        assert answer.status_code == 403 and "did not sign you in" in answer.text
        assert "access_denied" not in answer.text

    def test_a_code_that_the_provider_does_not_know_is_refused_without_its_words(self, own, browser):
        own.set()

        answer = browser.get(changed(own.return_address(browser), code="made-up"))

        assert answer.status_code == 403 and "It is gone" not in answer.text


class TestWhoIsLetIn:
    def test_an_unverified_address_links_nothing(self, own, browser):
        own.provider.person("wren", email=f"wren@{DOMAIN}", email_verified=False)
        own.set()

        assert own.come(browser).status_code == 403
        assert why_refused() == ["email-not-verified"]

    @pytest.mark.parametrize("said", ["true", 1, None])
    def test_verified_is_true_and_nothing_like_it(self, own, browser, said):
        own.provider.person("wren", email=f"wren@{DOMAIN}", email_verified=said)
        own.set()

        assert own.come(browser).status_code == 403

    def test_another_claim_is_verified_only_when_it_is_the_same_address(self, own, browser):
        own.provider.person("wren", email="other@elsewhere.example")
        own.provider.knobs(claims={"upn": f"wren@{DOMAIN}"})
        own.set(email_claim="upn")

        assert own.come(browser).status_code == 403
        assert why_refused() == ["email-not-verified"]

    def test_an_address_outside_the_domains_of_the_organization_is_nobody(self, own, browser):
        with transaction() as session:
            make_staff(session, own.county, email="jay@private.example")
        own.provider.person("jay", email="jay@private.example")
        own.set(makes_accounts=True, default_role=Role.CASEWORKER)

        answer = own.come(browser, "jay")

        assert answer.status_code == 403 and why_refused() == ["no-account"]

    def test_an_account_of_another_organization_is_never_linked(self, own, browser):
        own.set(makes_accounts=True, default_role=Role.CASEWORKER)
        with transaction() as session:
            elsewhere = make_participant(session, name="Blue Kite Clinic")
            make_staff(session, elsewhere, email=f"jay@{DOMAIN}")
        own.provider.person("jay", email=f"jay@{DOMAIN}")

        answer = own.come(browser, "jay")

        assert answer.status_code == 403 and why_refused() == ["no-account"]
        assert "There is no account here for you" in answer.text

    def test_the_page_of_a_foreign_account_is_that_of_none(self, own):
        own.set()
        with transaction() as session:
            make_staff(session, make_participant(session), email=f"jay@{DOMAIN}")
        own.provider.person("jay", email=f"jay@{DOMAIN}")
        newcomer(own)

        pages = [FORM_TOKEN.sub("", own.come(Browser(own.app), user).text) for user in ("jay", "aven")]

        assert pages[0] == pages[1] and "There is no account here for you" in pages[0]

    def test_a_deactivated_account_stays_closed(self, own):
        own.set(makes_accounts=True, default_role=Role.CASEWORKER)
        first, second, third = (Browser(own.app) for _n in range(3))
        own.come(first)
        with transaction() as session:
            identity.deactivate(session, administrator(own), own.wren.id, at=datetime.now(UTC))

        own.come(second)
        own.provider.person("again", sub="a-new-one", email=f"wren@{DOMAIN}")
        own.come(third, "again")

        assert [is_signed_in(each) for each in (first, second, third)] == [False] * 3
        assert why_refused() == ["no-account", "no-account"]

    @pytest.mark.both_databases
    def test_an_address_that_was_given_to_somebody_else_there_opens_nothing(self, own, browser):
        own.set()
        own.come()
        own.provider.person("wren", sub="somebody-new", email=f"wren@{DOMAIN}")

        assert own.come(browser).status_code == 403
        assert why_refused() == ["other-subject"]

    def test_the_administrator_can_let_the_new_name_in(self, own, browser):
        own.set()
        first = Browser(own.app)
        own.come(first)
        own.provider.person("wren", sub="somebody-new", email=f"wren@{DOMAIN}")
        with transaction() as session:
            ((link, _user),) = identity.linked_staff(session, administrator(own))
            identity.unlink(session, administrator(own), link.id, at=datetime.now(UTC))

        own.come(browser)

        assert is_signed_in(browser) and not is_signed_in(first)

    @pytest.mark.both_databases
    def test_another_issuer_knows_nobody_yet(self, own, providers):
        own.set()
        first, second = Browser(own.app), Browser(own.app)
        own.come(first)
        own.provider = providers.new()
        own.provider.person("mallory", sub="sub-wren", email=f"mallory@{DOMAIN}")
        own.set()

        own.come(second, "mallory")

        assert not is_signed_in(first) and not is_signed_in(second)

    def test_the_staff_of_an_organization_that_left_stay_out(self, own, browser):
        own.set()
        address = own.return_address(browser)
        with transaction() as session:
            participants.set_active(session, SYSTEM, own.county.id, False, at=datetime.now(UTC))

        assert browser.get(address).status_code == 403
        assert "No organization has its own sign-in" in begin_page(own).text
        assert not is_signed_in(browser)

    def test_a_provider_that_is_held_back_lets_nobody_in_and_signs_out(self, own, browser):
        own.set()
        first = Browser(own.app)
        own.come(first)
        address = own.return_address(browser)
        hold_back(own)

        assert browser.get(address).status_code == 403
        assert not is_signed_in(first) and not is_signed_in(browser)
        assert "No organization has its own sign-in" in begin_page(own).text


def begin_page(own, email=f"wren@{DOMAIN}"):
    return Browser(own.app).post("/sign-in/organization", email=email)


class TestNewAccounts:
    @pytest.mark.both_databases
    def test_an_account_is_made_by_the_rule(self, own, browser):
        newcomer(own, groups=["staff", "intake"])
        own.set(makes_accounts=True, roles_claim="groups", role_values={Role.SUPERVISOR: ["intake"]})

        own.come(browser, "aven")

        made = accounts()[-1]
        assert is_signed_in(browser)
        assert (made.name, made.email, made.organization_id) == ("Aven Sorrel", f"aven@{DOMAIN}", own.county.id)
        assert made.roles == {Role.SUPERVISOR} and made.password_hash is None

    def test_without_the_rule_none_is_made(self, own, browser):
        newcomer(own)
        own.set()

        assert own.come(browser, "aven").status_code == 403
        assert why_refused() == ["no-account"]

    def test_without_a_role_none_is_made(self, own, browser):
        newcomer(own, groups=["kitchen"])
        own.set(makes_accounts=True, roles_claim="groups", role_values={Role.CASEWORKER: ["intake"]})

        assert own.come(browser, "aven").status_code == 403
        assert why_refused() == ["no-role"]

    def test_the_default_role_is_for_who_has_no_value(self, own, browser):
        newcomer(own, groups="kitchen")
        terms = {"roles_claim": "groups", "role_values": {Role.SUPERVISOR: ["intake"]}}
        own.set(makes_accounts=True, default_role=Role.CASEWORKER, **terms)

        own.come(browser, "aven")

        assert accounts()[-1].roles == {Role.CASEWORKER}

    def test_no_value_makes_an_administrator_of_the_network(self, own, browser):
        newcomer(own, groups=["boss"])
        kept = own.set(makes_accounts=True, roles_claim="groups", role_values={Role.CASEWORKER: ["boss"]})
        with transaction() as session:
            row = session.get_one(IdentityProvider, kept.id)
            row.role_values = {"network-administrator": ["boss"], "caseworker": ["boss"]}
            session.add(row)

        own.come(browser, "aven")

        assert accounts()[-1].roles == {Role.CASEWORKER}

    def test_a_name_that_is_missing_or_too_long_does_not_stop_it(self, own, browser):
        newcomer(own)
        own.provider.knobs(claims={"name": "N" * 500})
        own.set(makes_accounts=True, default_role=Role.CASEWORKER)

        own.come(browser, "aven")

        assert accounts()[-1].name == "N" * 120

    @pytest.mark.both_databases
    def test_who_comes_twice_at_once_gets_one_account(self, own):
        newcomer(own)
        own.set(makes_accounts=True, default_role=Role.CASEWORKER)
        browsers = [Browser(own.app) for _n in range(4)]
        ways = [own.return_address(each, "aven") for each in browsers]
        before = len(accounts())

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda each, way: each.get(way).status_code, browsers, ways))

        assert len(accounts()) == before + 1
        assert 303 in answers and set(answers) <= {303, 403}

    def test_the_roles_here_stay_as_the_administrator_set_them(self, own):
        newcomer(own, groups=["boss"])
        own.set(makes_accounts=True, roles_claim="groups", role_values={Role.SUPERVISOR: ["boss"]})
        own.come(user="aven")
        made = accounts()[-1]
        with transaction() as session:
            identity.set_roles(session, administrator(own), made.id, [Role.CASEWORKER], at=datetime.now(UTC))

        own.come(user="aven")

        assert accounts()[-1].roles == {Role.CASEWORKER}


class TestBegin:
    @pytest.mark.parametrize("email", ["nobody@elsewhere.example", f"wren@sub.{DOMAIN}", f"wren@not{DOMAIN}"])
    def test_an_address_that_leads_nowhere_goes_on_with_the_password(self, own, email):
        own.set()

        answer = begin_page(own, email)

        assert answer.status_code == 200 and "Refresh" not in answer.headers
        assert "No organization has its own sign-in for this address" in answer.text

    def test_whether_the_address_has_an_account_cannot_be_seen(self, own):
        own.set()

        pages = [begin_page(own, email).headers["Refresh"] for email in (f"wren@{DOMAIN}", f"nobody@{DOMAIN}")]

        assert pages[0].partition("?")[0] == pages[1].partition("?")[0]

    @pytest.mark.parametrize("email", ["", "wren", "w" * 300 + "@x.org"])
    def test_what_is_no_address_is_asked_for_again(self, own, email):
        assert begin_page(own, email).status_code == 422

    def test_a_provider_that_is_down_is_named_and_not_asked_again_at_once(self, own):
        own.set()
        own.provider.knobs(down=["discovery"])

        first, second = begin_page(own), begin_page(own)

        assert first.status_code == second.status_code == 503
        assert "does not answer" in first.text
        pass_a_minute(own)
        own.provider.knobs(down=[])
        assert begin_page(own).status_code == 200

    def test_a_provider_that_goes_down_on_the_way_is_named(self, own, browser):
        own.set()
        address = own.return_address(browser)
        own.provider.knobs(down=["token"])

        answer = browser.get(address)

        assert answer.status_code in (403, 503) and not is_signed_in(browser)

    def test_its_keys_are_away(self, own, browser):
        own.set()
        address = own.return_address(browser)
        own.provider.knobs(down=["jwks"])

        assert browser.get(address).status_code == 503

    def test_the_page_of_signing_in_leads_there(self, own):
        assert 'href="/sign-in/organization"' in Browser(own.app).get("/sign-in").text


class TestHandedOver:
    def test_a_provider_that_knows_the_worker_does_not_open_a_screen_that_was_handed_to_a_person(self, own):
        own.set()
        browser = signed_in(own.app, own.wren)
        with transaction() as session:
            row = session.exec(select(UserSession)).one()
            row.handed_over_for = uuid4()
            session.add(row)

        answer = own.come(browser)

        assert (answer.status_code, answer.location) == (303, "/consents/taking-back")
        assert not is_signed_in(browser)


class TestProof:
    """Before something sensitive changes: who has no password here shows it at the provider again."""

    def make_proof_old(self) -> None:
        with transaction() as session:
            for user in session.exec(select(UserAccount)).all():
                for row in identity.sessions_of(session, user.id, at=datetime.now(UTC)):
                    row.second_factor_at = datetime.now(UTC) - timedelta(minutes=11)
                    session.add(row)

    def prove(self, own, browser, user="wren"):
        page = browser.post("/sign-in/organization/proof", page="/settings/confirm", next="/settings/password")
        address = page.headers["Refresh"].removeprefix("0; url=")
        assert "prompt=login" in address and "max_age=0" in address
        return browser.get(own.provider.answer_to(address, user).removeprefix(OURS))

    def test_a_new_sign_in_there_is_a_fresh_proof(self, own, browser):
        own.set()
        own.come(browser)
        self.make_proof_old()
        assert browser.get("/settings/password").status_code == 303

        answer = self.prove(own, browser)

        assert browser.get(answer.location).location == "/settings/password"
        assert browser.get("/settings/password").status_code == 200

    @pytest.mark.parametrize(
        "claims", [{"amr": ["pwd"]}, {"auth_time": None}, {"auth_time": int(time.time()) - 3600}, {"sub": "another"}]
    )
    def test_an_old_sign_in_one_proof_or_somebody_else_is_none(self, own, browser, claims):
        own.set()
        own.come(browser)
        self.make_proof_old()
        own.provider.knobs(claims=claims)

        answer = self.prove(own, browser)

        assert answer.status_code == 403
        assert browser.get("/settings/password").status_code == 303

    def test_a_session_that_began_with_a_password_has_no_such_way(self, own):
        own.set()
        browser = sign_in(own.app, own.wren)

        answer = browser.post("/sign-in/organization/proof", page="/settings/confirm", next="/settings")

        assert answer.status_code == 403
        assert "Sign in there again" not in browser.get("/settings/confirm").text

    def test_a_proof_that_is_older_at_the_provider_is_old_here(self, own, browser):
        own.provider.knobs(claims={"auth_time": int(time.time()) - 3600})
        own.set()

        own.come(browser)

        assert is_signed_in(browser)
        assert browser.get("/settings/password").status_code == 303


class TestLeaving:
    def test_our_session_ends_and_the_browser_goes_on_to_sign_out_there(self, own, browser):
        own.set()
        own.come(browser)

        answer = browser.post("/sign-out", page="/settings")
        page = browser.get(answer.location)

        assert answer.location == "/sign-in/organization/leaving" and not is_signed_in(browser)
        address = page.headers["Refresh"].removeprefix("0; url=")
        assert address.startswith(f"{own.provider.issuer}/end_session?client_id=exchange-1&")
        left = requests.get(address, allow_redirects=False, timeout=5)
        assert left.headers["Location"] == f"{OURS}/sign-in"

    def test_it_leads_there_once(self, own, browser):
        own.set()
        own.come(browser)
        browser.post("/sign-out", page="/settings")
        browser.get("/sign-in/organization/leaving")

        assert browser.get("/sign-in/organization/leaving").location == "/sign-in"

    def test_a_session_that_began_with_a_password_ends_here_alone(self, own):
        own.set()
        browser = sign_in(own.app, own.wren)

        assert browser.post("/sign-out", page="/settings").location == "/sign-in"

    def test_with_our_code_in_between_it_is_still_known_where_it_began(self, own, browser):
        own.provider.knobs(claims={"amr": None})
        own.set()
        own.come(browser)
        browser.post("/sign-in/code", code=code_at())

        assert browser.post("/sign-out", page="/settings").location == "/sign-in/organization/leaving"

    def test_a_provider_without_such_an_address_is_left_alone(self, own, browser):
        own.provider.knobs(discovery={"end_session_endpoint": None})
        own.set()
        own.come(browser)
        browser.post("/sign-out", page="/settings")

        assert browser.get("/sign-in/organization/leaving").location == "/sign-in"


class TestSignedOutThere:
    def tell(self, own, token):
        return own.app.test_client().post("/sign-in/organization/logout", data={"logout_token": token})

    def token(self, own, **said):
        return own.provider.tell(logout=said)["logout_token"]

    @pytest.mark.parametrize("said", [{"sid": "sid-sub-wren"}, {"sub": "sub-wren"}])
    def test_the_session_here_ends(self, own, browser, said):
        own.set()
        own.come(browser)

        answer = self.tell(own, self.token(own, **said))

        assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
        assert not is_signed_in(browser)

    @pytest.mark.parametrize("said", [{"sid": "sid-of-another"}, {"sub": "sub-of-another"}])
    def test_that_of_somebody_else_goes_on(self, own, browser, said):
        own.set()
        own.come(browser)

        assert self.tell(own, self.token(own, **said)).status_code == 200
        assert is_signed_in(browser)

    def test_sessions_that_began_with_a_password_go_on(self, own):
        own.set()
        own.come()
        browser = sign_in(own.app, own.wren)

        self.tell(own, self.token(own, sub="sub-wren"))

        assert is_signed_in(browser)

    @pytest.mark.parametrize(
        "said",
        [
            {},
            {"sub": "sub-wren", "nonce": "n"},
            {"sub": "sub-wren", "events": {}},
            {"sub": "sub-wren", "events": ["http://schemas.openid.net/event/backchannel-logout"]},
            {"sub": "sub-wren", "aud": "somebody-else"},
            {"sub": "sub-wren", "iss": "https://evil.example"},
            {"sub": "sub-wren", "exp": 1_700_000_000},
            {"sub": "sub-wren", "exp": None},
            {"sub": "sub-wren", "iat": 1_700_000_000},
            {"sub": "sub-wren", "jti": None},
        ],
    )
    def test_a_wrong_token_ends_nothing(self, own, browser, said):
        own.set()
        own.come(browser)

        assert self.tell(own, self.token(own, **said)).status_code == 400
        assert is_signed_in(browser)

    @pytest.mark.parametrize("how", ["none", "public key", "another key"])
    def test_a_wrong_signature_ends_nothing(self, own, browser, how):
        own.set()
        own.come(browser)
        own.provider.knobs(sign=how)

        assert self.tell(own, self.token(own, sub="sub-wren")).status_code == 400
        assert is_signed_in(browser)

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "." * 3000])
    def test_what_is_no_token_is_refused(self, own, token):
        own.set()

        assert self.tell(own, token).status_code == 400

    @pytest.mark.both_databases
    def test_a_token_that_came_before_ends_no_later_session(self, own):
        own.set()
        own.come()
        token = self.token(own, sub="sub-wren")
        self.tell(own, token)
        later = Browser(own.app)
        own.come(later)

        assert self.tell(own, token).status_code == 200
        assert is_signed_in(later)

    def test_an_id_token_is_no_logout_token(self, own, browser):
        own.set()
        own.come(browser)
        events = {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}, "sub": "sub-wren"}

        assert self.tell(own, self.token(own, **events, nonce="n")).status_code == 400


def test_a_password_typed_after_half_a_way_belongs_to_no_provider(own, browser):
    own.provider.knobs(claims={"amr": None})
    own.set()
    own.come(browser)

    sign_in(own.app, own.wren, browser=browser)

    assert browser.post("/sign-out", page="/settings").location == "/sign-in"


@pytest.mark.both_databases
def test_a_stolen_database_holds_no_name_of_the_provider_for_anybody(own, browser):
    own.set()
    own.come(browser)

    with reading() as session:
        links = session.exec(select(identity.ExternalAccount)).all()

    assert [link.subject_key for link in links] and b"sub-wren" not in links[0].subject_key
