import pytest
from hypothesis import given
from hypothesis import strategies as st

from cie.errors import Invalid
from cie.people.formats import (
    format_phone,
    identifier_namespaces,
    parse_email,
    parse_identifier,
    parse_phone,
    parse_zip,
)


def refusal(parse, *given_values, **more):
    with pytest.raises(Invalid) as refused:
        parse(*given_values, **more)
    return refused.value.field, refused.value.message


class TestParsePhone:
    @pytest.mark.parametrize(
        "typed",
        ["5595550142", "559 555 0142", "(559) 555-0142", "1-559-555-0142", "+1 559.555.0142", "５５９ 555 0142 "],
    )
    def test_however_it_is_typed_one_form_is_kept(self, typed):
        assert parse_phone(typed) == "+15595550142"

    @pytest.mark.parametrize("area", ["213", "310", "341", "559", "619", "661", "707", "820", "916", "800", "787"])
    def test_numbers_for_examples_are_taken_in_real_area_codes(self, area):
        assert parse_phone(f"{area}5550100") == f"+1{area}5550100"

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "555 0142",
            "559 555 014",
            "559 555 01422",
            "559 555 FOOD",
            "559 555 0142 x3",
            "559 555 0142;ext=3",
            "9995550142",
            "5555550142",
            "1595550142",
            "5591550142",
            "5599110142",
            "+52 55 5555 0142",
            "416 555 0142",
            "900 555 0142",
            "no phone",
            "call me",
        ],
    )
    def test_a_phone_that_is_no_phone_is_refused(self, typed):
        assert refusal(parse_phone, typed) == ("phone", "Mobile number: enter 10 digits, like 559 555 0142")

    def test_the_refusal_names_the_callers_field(self):
        assert refusal(parse_phone, "x", field="mobile")[0] == "mobile"

    @given(st.text(max_size=300))
    def test_any_text_is_a_number_or_a_refusal(self, typed):
        try:
            assert len(parse_phone(typed)) == 12
        except Invalid as refused:
            assert refused.field == "phone"


class TestFormatPhone:
    def test_a_number_is_written_as_people_write_it(self):
        assert format_phone("+15595550142") == "(559) 555-0142"

    def test_a_number_of_another_shape_is_left_alone(self):
        assert format_phone("+525555550142") == "+525555550142"


class TestParseZip:
    @pytest.mark.parametrize("typed", ["93702", " 93702 ", "93702-1234", "937021234"])
    def test_a_california_zip_is_kept_in_five_digits(self, typed):
        assert parse_zip(typed) == "93702"

    @pytest.mark.parametrize("typed", ["", "9370", "89501", "97201", "99999", "90000", "9370a", "93702-12"])
    def test_a_zip_outside_california_is_refused(self, typed):
        assert refusal(parse_zip, typed) == ("zip", "ZIP: enter a California ZIP, like 93702")


class TestParseEmail:
    def test_the_domain_is_lowered_and_the_rest_kept(self):
        assert parse_email(" Aster.M@Example.ORG ") == "Aster.M@example.org"

    @pytest.mark.parametrize(
        "typed",
        [
            *("", "aster", "aster@", "@example.org", "aster@example", "a b@example.org", "a..b@example.org"),
            *(".a@example.org", "a@-example.org", "a@example..org", "a@b@example.org", "a@example.org\nBcc: x@y.org"),
            *("x" * 65 + "@example.org", "a@" + "b." * 130 + "org"),
        ],
    )
    def test_an_address_that_is_none_is_refused(self, typed):
        assert refusal(parse_email, typed) == ("email", "Email: enter an address, like name@example.org")


class TestParseIdentifier:
    @pytest.mark.parametrize("typed", ["90000001A", "90000001a", " 9000-0001 A "])
    def test_a_medi_cal_number_is_kept_in_one_form(self, typed):
        assert parse_identifier("cin", typed) == "90000001A"

    def test_every_example_is_accepted(self):
        for namespace, rules in identifier_namespaces().items():
            assert parse_identifier(namespace, rules["example"]) == rules["example"]

    def test_an_hmis_id_keeps_its_case_and_hyphens(self):
        number = "123e4567-e89b-12d3-a456-426614174000"

        assert parse_identifier("hmis-id", number) == number

    @pytest.mark.parametrize("typed", ["", "80000001A", "9000001A", "90000001", "900000011A", "90000001AA"])
    def test_a_medi_cal_number_of_another_shape_is_refused(self, typed):
        field, message = refusal(parse_identifier, "cin", typed)

        assert field == "identifier"
        assert message.startswith("Medi-Cal number (CIN): ")

    @pytest.mark.parametrize("namespace", ["cin", "plan-member-id", "mrn", "hmis-id"])
    @pytest.mark.parametrize(
        "typed",
        [
            *("123-45-6789", "123456789", "123 45 6789", "123.45.6789", "123–45–6789", "1 2 3 4 5 6 7 8 9"),
            *("123456789A", "SSN 123-45-6789", "MRN-123-45-6789", "１２３-４５-６７８９", "12-3456789"),
        ],
    )
    def test_what_looks_like_a_social_security_number_is_refused_everywhere(self, namespace, typed):
        field, message = refusal(parse_identifier, namespace, typed, field="number")

        assert field == "number"
        assert message.endswith("this looks like a Social Security number. We do not keep those")

    def test_an_unknown_kind_is_refused(self):
        assert refusal(parse_identifier, "ssn", "1") == ("identifier", "Number: choose what kind of number it is")

    @given(
        st.sampled_from(["cin", "plan-member-id", "mrn", "hmis-id"]),
        st.from_regex(r"\d{3}-?\d{2}-?\d{4}", fullmatch=True),
    )
    def test_no_nine_digits_get_in(self, namespace, typed):
        with pytest.raises(Invalid):
            parse_identifier(namespace, typed)

    def test_a_refusal_never_repeats_the_value(self):
        for namespace in identifier_namespaces():
            assert "123-45-6789" not in refusal(parse_identifier, namespace, "123-45-6789")[1]
