"""The words of a service as the search reads them: folded, weighted by where they stand, stop words left out."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from anyascii import anyascii
from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from cie.directory.models import Organization, Service, ServiceNeed, ServiceWord
from cie.directory.needs import needs

_ENGLISH = """a about am an and any are as at be but by can could do does for from get got has have he help her here him
    his how i if in into is it its just like looking me my need needs no not now nowhere of off on one or our out place
    she so some somebody someone something somewhere than that the their them there they this to today tonight too up
    us want was we what when where who will with would you your"""
_SPANISH = """a al algo ayuda busco como con cual cuando de del donde el ella en es esta estoy hay la las le lo los me
    mi mis muy necesita necesito no nos o para pero poco por puedo que quiero se ser si sin sobre soy su sus tengo un
    una y ya yo"""
STOP_WORDS = frozenset(f"{_ENGLISH} {_SPANISH}".split())

# BM25 (Robertson and Zaragoza, 2009): a word said often counts more, with a limit; a long text counts less.
SATURATION, LENGTH_PENALTY, USUAL_LENGTH = 1.2, 0.4, 60
MOST_WEIGHT = SATURATION + 1
IN_NAME, IN_ORGANIZATION, IN_NEED, IN_DESCRIPTION, IN_ELIGIBILITY, IN_APPLICATION = 3.0, 1.5, 1.5, 1.0, 0.7, 0.3
LONGEST_WORD = 40


def fold(text: str) -> list[str]:
    """The words of a text in order, without accents, case, endings, and stop words."""
    found = re.findall(r"[a-z0-9]+", anyascii(text).lower())
    return [stem(word[:LONGEST_WORD]) for word in found if word not in STOP_WORDS]


def stem(word: str) -> str:
    """A folded word without its ending of number or verb: "groceries" and "grocery" become "grocer"."""
    word = _verb_stem(_singular(word))
    return word[:-1] if len(word) > 4 and word[-1] in "ey" else word


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and re.search(r"(s|x|z|ch|sh)es$", word):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and word[-2] not in "su":
        return word[:-1]
    return word


def _verb_stem(word: str) -> str:
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            bare = word.removesuffix(ending)
            return bare[:-1] if bare[-1] == bare[-2] and bare[-1] not in "lsz" else bare
    return word


def write_search_text(
    session: Session, service: Service, organization: Organization, need_codes: Iterable[str]
) -> None:
    """Keep the words under which a service is found: its own, its organization's, and the names of its needs."""
    session.execute(delete(ServiceWord).where(col(ServiceWord.service_id) == service.id))
    if rows := search_words(service, organization, need_codes):
        session.execute(insert(ServiceWord), rows)


def search_words(service: Service, organization: Organization, need_codes: Iterable[str]) -> list[dict[str, Any]]:
    """The rows of `ServiceWord` for a service."""
    weights = word_weights(_fields(service, organization, need_codes))
    return [{"service_id": service.id, "word": word, "weight": weight} for word, weight in weights.items()]


def write_search_text_again(session: Session, service: Service) -> None:
    """Keep the words of a service whose facts have just changed."""
    session.flush()
    codes = session.execute(select(col(ServiceNeed.need_code)).where(col(ServiceNeed.service_id) == service.id))
    organization = session.get_one(Organization, service.organization_id)
    write_search_text(session, service, organization, codes.scalars().all())


def _fields(service: Service, organization: Organization, codes: Iterable[str]) -> Sequence[tuple[str, float]]:
    labels = (label for code in codes if code in needs() for label in needs()[code].label.values())
    return (
        (service.name, IN_NAME),
        (organization.name, IN_ORGANIZATION),
        (" ".join(labels), IN_NEED),
        (service.description, IN_DESCRIPTION),
        (service.eligibility_description or "", IN_ELIGIBILITY),
        (service.application_process or "", IN_APPLICATION),
    )


def word_weights(texts: Sequence[tuple[str, float]]) -> Mapping[str, float]:
    """How strongly each word stands for texts of given importance."""
    said: dict[str, float] = defaultdict(float)
    length = 0
    for text, importance in texts:
        words = fold(text)
        length += len(words)
        for word in words:
            said[word] += importance
    spread = SATURATION * (1 - LENGTH_PENALTY + LENGTH_PENALTY * length / USUAL_LENGTH)
    return {word: count * MOST_WEIGHT / (count + spread) for word, count in said.items()}
