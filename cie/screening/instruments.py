"""Screening instruments, read from FHIR R4 Questionnaires into a small form that pages and rules share.

The wording is the instrument's own and is never changed here. What this reader does not understand it refuses,
because an instrument shown without its conditions or with a question missing is another instrument.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from cie.errors import Invalid

Kind = Literal[
    "choice", "open-choice", "boolean", "integer", "decimal", "quantity", "string", "text", "date", "dateTime"
]
KINDS: frozenset[str] = frozenset(get_args(Kind))
LOINC = "http://loinc.org"
STAFF_ONLY = "urn:cie:staff-only-safety"
OPTION_EXCLUSIVE = "http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive"
HIDDEN = "http://hl7.org/fhir/StructureDefinition/questionnaire-hidden"
CALCULATED = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"

# LOINC questions on violence and fear that are asked in private even where a foreign file does not mark them.
SAFETY_QUESTIONS = frozenset({"95618-5", "95617-7", "95616-9", "95615-1", "76501-6", "93026-3"})

# What the letters of a LOINC code add to its check digit, for an even and an odd count of digits. Worked out from
# the 400 terms and 229 answers of the Gravity value sets, all of which it fits.
_PREFIX_ADDS = {"": (0, 0), "LA": (5, 2)}


@dataclass(frozen=True)
class Option:
    """One answer that may be chosen. `exclusive` answers stand alone ("None of the above")."""

    system: str
    code: str
    display: str
    exclusive: bool = False


@dataclass(frozen=True)
class Item:
    """One question. `code` is its LOINC code where it has one, else its first code, else its linkId."""

    link_id: str
    code: str
    text: str
    kind: Kind
    options: tuple[Option, ...] = ()
    repeats: bool = False
    required: bool = False
    safety: bool = False


@dataclass(frozen=True)
class Section:
    """The questions directly under one group; `safety` when any of them may only be asked in private."""

    link_id: str
    title: str
    items: tuple[Item, ...]
    safety: bool = False


@dataclass(frozen=True)
class Instrument:
    """A whole questionnaire. `code` is its LOINC panel code where it has one, else its id or the end of its url."""

    code: str
    title: str
    version: str
    url: str
    sections: tuple[Section, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """Every question, in order."""
        return tuple(item for section in self.sections for item in section.items)


def loinc_check_digit(code: str) -> bool:
    """Whether the last digit of a LOINC term (88122-7) or answer (LA28397-0) fits the others (mod 10)."""
    parts = re.fullmatch(r"(LA|)(\d{1,7})-(\d)", code)
    if not parts:
        return False
    prefix, digits, check = parts.groups()
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits), start=1)]
    total = sum(value // 10 + value % 10 for value in doubled)
    return (_PREFIX_ADDS[prefix][len(digits) % 2] - total) % 10 == int(check)


def load_instrument(path: Path) -> Instrument:
    """The instrument in a JSON file.

    Raises Invalid when it is not JSON or not a Questionnaire that can be read whole.
    """
    try:
        resource = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Invalid("The file is not JSON in UTF-8.", "file") from error
    return parse_questionnaire(resource)


def parse_questionnaire(resource: dict[str, Any]) -> Instrument:
    """The instrument in a FHIR R4 Questionnaire.

    Raises Invalid, whose `field` is the path of what could not be read ("item[0].item[2].type").
    """
    return _Reader(resource).instrument()


class _Reader:
    """Walks one Questionnaire, keeping the link ids already seen and the value sets it contains."""

    def __init__(self, resource: Any) -> None:
        if not isinstance(resource, dict) or resource.get("resourceType") != "Questionnaire":
            raise Invalid("This is not a FHIR Questionnaire.", "resourceType")
        self._resource = cast(dict[str, Any], resource)
        self._seen: set[str] = set()

    def instrument(self) -> Instrument:
        top = _objects(self._resource, "item", "")
        title = self._resource.get("title") or self._resource.get("name") or ""
        sections = tuple(self._sections(top, "item", ("", title), False))
        if not sections:
            raise Invalid("The questionnaire has no questions.", "item")
        return Instrument(
            code=self._panel_code(top),
            title=title,
            version=self._resource.get("version") or self._resource.get("date") or "",
            url=self._resource.get("url") or "",
            sections=sections,
        )

    def _panel_code(self, top: list[dict[str, Any]]) -> str:
        coded = _loinc(self._resource, "")
        if not coded and len(top) == 1:
            coded = _loinc(top[0], "item[0]")
        return coded or self._resource.get("id") or (self._resource.get("url") or "").rsplit("/", 1)[-1]

    def _sections(
        self, entries: list[dict[str, Any]], path: str, group: tuple[str, str], safety: bool
    ) -> Iterator[Section]:
        """The sections of one group in order; questions that stand together between groups make one section."""
        together: list[Item] = []
        for index, entry in enumerate(entries):
            here = f"{path}[{index}]"
            if self._is_left_out(entry, here):
                continue
            if entry["type"] != "group":
                together.extend(self._questions(entry, here, safety))
                continue
            yield from _section(group, together)
            together = []
            inner = (entry["linkId"], str(entry.get("text") or group[1]))
            children = _objects(entry, "item", here)
            yield from self._sections(children, f"{here}.item", inner, safety or _marked(entry))
        yield from _section(group, together)

    def _is_left_out(self, entry: dict[str, Any], path: str) -> bool:
        """Whether an entry asks nothing: text to display, or a value that is hidden or computed. Checks its link id."""
        link_id = entry.get("linkId")
        if not isinstance(link_id, str) or not link_id:
            raise Invalid(f"{path} has no linkId.", f"{path}.linkId")
        if link_id in self._seen:
            raise Invalid(f"{path} repeats the linkId {link_id}.", f"{path}.linkId")
        self._seen.add(link_id)
        if entry.get("type") not in KINDS | {"group", "display"}:
            raise Invalid(f"{path} has a type that cannot be read: {entry.get('type')}.", f"{path}.type")
        urls = {extension.get("url") for extension in entry.get("extension", []) if extension.get("valueBoolean", True)}
        return entry["type"] == "display" or HIDDEN in urls or CALCULATED in urls

    def _questions(self, entry: dict[str, Any], path: str, safety: bool) -> Iterator[Item]:
        """A question, then those that follow it inside it."""
        for conditional in ("enableWhen", "modifierExtension"):
            if entry.get(conditional):
                raise Invalid(f"{path} is asked only on a condition, which cannot be read.", f"{path}.{conditional}")
        item = self._item(entry, path, safety)
        yield item
        for index, child in enumerate(_objects(entry, "item", path)):
            here = f"{path}.item[{index}]"
            if self._is_left_out(child, here):
                continue
            if child["type"] == "group":
                raise Invalid(f"{here} is a group inside a question.", f"{here}.type")
            yield from self._questions(child, here, item.safety)

    def _item(self, entry: dict[str, Any], path: str, safety: bool) -> Item:
        codings = _objects(entry, "code", path)
        text = entry.get("text") or (codings[0].get("display") if codings else None)
        if not text:
            raise Invalid(f"{path} has no text.", f"{path}.text")
        code = _loinc(entry, path) or (codings[0].get("code") if codings else None) or entry["linkId"]
        return Item(
            link_id=entry["linkId"],
            code=code,
            text=text,
            kind=cast(Kind, entry["type"]),
            options=tuple(self._options(entry, path)),
            repeats=bool(entry.get("repeats", False)),
            required=bool(entry.get("required", False)),
            safety=safety or _marked(entry) or code in SAFETY_QUESTIONS,
        )

    def _options(self, entry: dict[str, Any], path: str) -> list[Option]:
        if entry["type"] not in {"choice", "open-choice"}:
            return []
        if "answerValueSet" in entry:
            options = self._contained_options(entry["answerValueSet"], f"{path}.answerValueSet")
        else:
            given = _objects(entry, "answerOption", path)
            options = [_option(option, f"{path}.answerOption[{index}]") for index, option in enumerate(given)]
        if not options:
            raise Invalid(f"{path} offers no answers.", f"{path}.answerOption")
        return options

    def _contained_options(self, reference: Any, path: str) -> list[Option]:
        """The answers of a value set inside the questionnaire; one elsewhere cannot be looked up."""
        contained = _objects(self._resource, "contained", "")
        value_set = next((c for c in contained if f"#{c.get('id')}" == reference), None)
        if value_set is None or value_set.get("resourceType") != "ValueSet":
            raise Invalid(f"{path} is not a value set inside the questionnaire: {reference}.", path)
        expanded = value_set.get("expansion", {}).get("contains", [])
        listed = [
            {"system": include.get("system"), **concept}
            for include in value_set.get("compose", {}).get("include", [])
            for concept in include.get("concept", [])
        ]
        return [_coding_option(coding, path) for coding in expanded or listed]


def _objects(holder: dict[str, Any], name: str, path: str) -> list[dict[str, Any]]:
    """The list of objects under a name, empty when absent."""
    value = holder.get(name, [])
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        where = f"{path}.{name}".removeprefix(".")
        raise Invalid(f"{where} is not a list of objects.", where)
    return value


def _section(group: tuple[str, str], items: list[Item]) -> Iterator[Section]:
    if items:
        yield Section(group[0], group[1], tuple(items), any(item.safety for item in items))


def _marked(entry: dict[str, Any]) -> bool:
    return any(e.get("url") == STAFF_ONLY and e.get("valueBoolean") is True for e in entry.get("extension", []))


def _loinc(holder: dict[str, Any], path: str) -> str | None:
    """The LOINC code of a questionnaire or item, if it has one."""
    codings = _objects(holder, "code", path)
    code = next((coding.get("code") for coding in codings if coding.get("system") == LOINC), None)
    if code is None:
        return None
    return _checked(str(code), f"{path}.code".removeprefix("."))


def _checked(code: str, path: str) -> str:
    if not loinc_check_digit(code):
        raise Invalid(f"{path} holds a LOINC code whose check digit is wrong: {code}.", path)
    return code


def _option(option: dict[str, Any], path: str) -> Option:
    """One `answerOption`: a coding, or a plain string, whole number or date that is its own code."""
    exclusive = any(e.get("url") == OPTION_EXCLUSIVE and e.get("valueBoolean") for e in option.get("extension", []))
    if isinstance(option.get("valueCoding"), dict):
        return _coding_option(option["valueCoding"], f"{path}.valueCoding", exclusive)
    for name in ("valueString", "valueInteger", "valueDate"):
        if name in option:
            return Option("", str(option[name]), str(option[name]), exclusive)
    raise Invalid(f"{path} is an answer that cannot be read.", path)


def _coding_option(coding: dict[str, Any], path: str, exclusive: bool = False) -> Option:
    code, system = str(coding.get("code") or ""), str(coding.get("system") or "")
    if not code:
        raise Invalid(f"{path} has no code.", f"{path}.code")
    if system == LOINC:
        _checked(code, f"{path}.code")
    return Option(system, code, str(coding.get("display") or code), exclusive)
