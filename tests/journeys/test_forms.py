"""Forms for sharing: the network loads an official file and builds a form, staff print the one and record the other."""

from fpdf import FPDF

from tests.journeys.acts import add_person, facts_in
from tests.journeys.visitor import PHONE

TITLE, TITULO = "Release of the harvest table", "Permiso de la mesa de la cosecha"
STATED = ("patient", "discloser", "description", "recipients", "purpose", "revocation", "expiry", "signature")


def test_an_official_file_and_a_form_of_the_network_reach_the_desk(visit, picture, tmp_path):
    jay, sorrel = visit("jay"), visit("sorrel")
    person = add_person(sorrel, "Tansy", "Lindgren")

    load_official_file(jay, picture, tmp_path)
    build_form(jay, picture)

    sorrel.open(f"{person}/consents/forms")
    sorrel.follow("Education records")
    sorrel.sees("Version 08/26, English")
    assert sorrel.page.get_by_role("link", name="Print the official form").get_attribute("href")
    sorrel.has_no_barriers()
    picture(sorrel, "forms-official")

    sorrel.open(f"{person}/consents/forms")
    sorrel.follow(TITLE)
    sorrel.sees("No official file is loaded. Ask your privacy office for the form.")
    record_paper(sorrel)
    sorrel.press("Write this down")
    sorrel.sees("The paper must say that the person may have a copy")
    sorrel.has_no_barriers()
    picture(sorrel, "forms-missing")
    sorrel.page.check("input[name=stated][value=copy]")
    sorrel.press("Write this down")
    sorrel.sees("Written down.")
    shown = facts_in(sorrel.page.locator("main"))
    assert (shown["Form"], shown["Version of the paper"]) == (TITLE, "English, version 11/26")


def test_the_pages_are_clean_on_a_phone_and_in_spanish(visit, picture):
    for number, visitor in enumerate((visit("jay", width=PHONE), visit("jay", language="es"))):
        for name, path in (
            ("list", "forms"),
            ("form", "forms/part2"),
            ("file", "forms/part2/files/new"),
            ("new", "forms/new"),
        ):
            visitor.open(f"/privacy-office/{path}")
            visitor.has_no_barriers()
            picture(visitor, f"forms-{name}-{number}")


def load_official_file(jay, picture, tmp_path):
    jay.open("/network")
    jay.follow("Forms for sharing")
    jay.sees("Alcohol and drug treatment records")
    jay.has_no_barriers()
    picture(jay, "forms-list")
    jay.follow("Education records")
    jay.follow("Add an official file")
    jay.fill("Version", "08/26")
    for part, value in (("Month", "1"), ("Day", "5"), ("Year", "2026")):
        jay.fill(part, value)
    jay.fill("Where it came from", "School district office, by mail")
    jay.press("Add this file")
    jay.sees("File: choose one")
    jay.has_no_barriers()
    jay.page.set_input_files("input[name=file]", official_paper(tmp_path))
    jay.press("Add this file")
    jay.sees("Added. Staff can print it from the first day you gave.")
    jay.has_no_barriers()
    picture(jay, "forms-file-added")


def official_paper(folder):
    """A small file as an office would hand it out."""
    paper = FPDF()
    paper.add_page()
    paper.set_font("helvetica", size=14)
    paper.cell(text="Consent to release education records, 08/26")
    path = folder / "official.pdf"
    paper.output(str(path))
    return str(path)


def build_form(jay, picture):
    jay.open("/privacy-office/forms")
    jay.follow("Build a form")
    jay.page.fill("#id", "harvest-table")
    jay.fill("Title in English", TITLE)
    jay.fill("Title in Spanish", TITULO)
    jay.fill("Source", "Board of the network, November 2026")
    for box, values in (
        ("satisfies", ["cmia"]),
        ("stated", STATED),
        ("methods", ["signed-paper"]),
        ("purposes", ["COC"]),
    ):
        for value in values:
            jay.page.check(f"input[name={box}][value={value}]")
    jay.press("Check before saving")
    jay.sees("Civ. Code 56.11: The paper must say that the person may have a copy")
    jay.has_no_barriers()
    picture(jay, "forms-builder-missing")
    jay.page.check("input[name=stated][value=copy]")
    jay.press("Check before saving")
    jay.sees("This is what staff will see.")
    jay.has_no_barriers()
    picture(jay, "forms-builder-preview")
    jay.press("Save this form")
    jay.sees("Saved. Staff can use this form now.")
    jay.has_no_barriers()
    picture(jay, "forms-built")


def record_paper(sorrel):
    """Write down all but one thing that the paper says."""
    sorrel.choose("The person")
    for part, value in (("month", "11"), ("day", "20"), ("year", "2026")):
        sorrel.page.fill(f"input[name=signed_on_{part}]", value)
    sorrel.page.fill("#form_version", "11/26")
    sorrel.choose("On signed paper")
    sorrel.choose("Yes, share")
    sorrel.page.check("input[name=categories][value=medical]")
    sorrel.choose("Until something happens that the paper names")
    for each in STATED:
        sorrel.page.check(f"input[name=stated][value={each}]")
    sorrel.choose("Only with some, by name")
    sorrel.page.locator("input[name=recipients]").first.check()
