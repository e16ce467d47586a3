"""The language of a page: the one that was chosen, else the reader's own, else what the browser asks for.

Catalogues are kept as text (`*.po`) and made ready at start, so that nothing compiled is kept beside them.
"""

import gettext as catalogues
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import flask_babel
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain

LANGUAGES = ("en", "es")
COOKIE = "language"
_CATALOGUES = Path(__file__).parent / "catalogues"


def gettext(text: str, **names: Any) -> str:
    """The text in the reader's language, with its names filled in."""
    found = _translations().gettext(text)
    return found % names if names else found


def ngettext(one: str, many: str, num: int, **names: Any) -> str:
    """The text for one or for many, in the reader's language; the number is `%(num)d`."""
    return _translations().ngettext(one, many, num) % {"num": num, **names}


def lazy_gettext(text: str) -> Any:
    """A text of a module that takes the reader's language when it is shown."""
    return flask_babel.lazy_gettext(text)


class TextDomain(Domain):  # type: ignore[misc]  # the library has no types
    """Translations read from the text catalogues beside this module."""

    def get_translations(self) -> catalogues.NullTranslations:
        """The catalogue of the language of this request."""
        return _translations()


def _translations() -> catalogues.NullTranslations:
    return catalogue(chosen_language())


@cache
def catalogue(language: str) -> catalogues.NullTranslations:
    """The catalogue of one language; English is the language of the templates and has none."""
    path = _CATALOGUES / f"{language}.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        entries = read_po(file, locale=language, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, entries)
    compiled.seek(0)
    return Translations(compiled)


def chosen_language() -> str:
    """The language of this request."""
    if not has_request_context():
        return "en"
    fixed = getattr(g, "language", None) or request.cookies.get(COOKIE)
    if fixed in LANGUAGES:
        return str(fixed)
    me = getattr(g, "me", None)
    if me is not None and me.language in LANGUAGES:
        return str(me.language)
    return request.accept_languages.best_match(LANGUAGES) or "en"


def our_language(tag: str) -> str | None:
    """The language of a tag, when we have words in it."""
    language = tag.partition("-")[0]
    return language if language in LANGUAGES else None


def install(app: Flask) -> None:
    """Let every page of the app speak the reader's language."""
    babel = Babel()
    babel.init_app(app, locale_selector=chosen_language, default_timezone="America/Los_Angeles")
    app.extensions["babel"].instance.domain_instance = TextDomain()
    # templates ask hundreds of times a page; this way each costs a third
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of the extension that babel adds
        lambda text: _translations().gettext(text),
        lambda one, many, num: _translations().ngettext(one, many, num),
        newstyle=True,
    )
