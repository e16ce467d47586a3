"""Resources drawn from the definitions: every type, element, choice and kind of value that they know."""

from hypothesis import strategies as st

from cie.fhir.definitions.types import RESOURCE_TYPES, elements_of, is_primitive, type_of
from cie.fhir.formats import DecimalAsSent

DEEPEST = 3
NARRATIVES = (
    '<div xmlns="http://www.w3.org/1999/xhtml"><p class="a">1 &lt; 2 &amp; é<br/></p></div>',
    "<div xmlns='http://www.w3.org/1999/xhtml'>\n\t<b>x</b> <!-- c --> <i title='a>b'></i>\n</div>",
)
_IN_XML = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
TEXTS = st.text(st.one_of(_IN_XML, st.sampled_from("\t\n\r\"'&<> ")), min_size=1, max_size=12)
NUMBERS = {"integer": st.integers(-(2**31), 2**31 - 1), "positiveInt": st.integers(1, 2**31 - 1)}
NUMBERS["unsignedInt"] = st.integers(0, 2**31 - 1)
DECIMALS = st.one_of(
    st.integers(-(10**17), 10**17),
    st.from_regex(r"-?(0|[1-9][0-9]{0,9})\.[0-9]{1,9}([eE][+-]?[0-9]{1,2})?", fullmatch=True).map(DecimalAsSent),
)


def primitives(code):
    if code == "xhtml":
        return st.sampled_from(NARRATIVES)
    if code == "boolean":
        return st.booleans()
    return DECIMALS if code == "decimal" else NUMBERS.get(code, TEXTS)


@st.composite
def resources(draw, depth=DEEPEST):
    kind = draw(st.sampled_from(sorted(RESOURCE_TYPES)))
    return {"resourceType": kind, **draw(parts(kind, depth))}


@st.composite
def parts(draw, path, depth):
    """What a type or a part of one holds: never nothing."""
    by_element = {}
    for name, element in elements_of(path).items():
        by_element.setdefault(element.name, []).append(name)
    chosen = draw(st.lists(st.sampled_from(sorted(by_element)), max_size=3, unique=True))
    found = {}
    for name in (draw(st.sampled_from(by_element[each])) for each in chosen):
        found |= draw(occurrences(path, name, depth))
    return found or {"id": draw(TEXTS)}


@st.composite
def occurrences(draw, path, name, depth):
    """One element with its values, and with what stands beside those that are primitive."""
    element = elements_of(path)[name]
    code = type_of(name, element)
    is_attribute = name == "id" or (path, name) == ("Extension", "url")
    if is_primitive(code) and code != "xhtml" and not is_attribute:
        return draw(primitive_occurrences(name, code, element.max is None, depth))
    if not is_primitive(code) and depth == 0:
        return {}
    if code == "Resource":
        value = resources(depth - 1)
    else:
        value = primitives(code) if is_primitive(code) else parts(element.path or code, depth - 1)
    return {name: draw(value if element.max == 1 else st.lists(value, min_size=1, max_size=2))}


@st.composite
def primitive_occurrences(draw, name, code, is_list, depth):
    beside = st.one_of(st.none(), parts("Element", depth - 1)) if depth else st.none()
    pairs = st.tuples(st.one_of(st.none(), primitives(code)), beside).filter(says_something)
    drawn = draw(st.lists(pairs, min_size=1, max_size=3 if is_list else 1))
    values, more = [value for value, _ in drawn], [each for _, each in drawn]
    if not is_list:
        return {key: one for key, one in {name: values[0], f"_{name}": more[0]}.items() if one is not None}
    return {key: each for key, each in {name: values, f"_{name}": more}.items() if any(one is not None for one in each)}


def says_something(pair):
    """A value or extensions: an id alone is nothing (ele-1)."""
    value, beside = pair
    return value is not None or "extension" in (beside or {})
