"""Languages by name, in the language of the page; BCP 47 tags."""

from babel import Locale, UnknownLocaleError

from cie.web.language import chosen_language

OFTEN_SPOKEN = ("en", "es", "zh", "vi", "tl", "hmn", "ko", "hy", "fa", "ru", "ar", "pa", "km")
"""The languages most spoken at home in California, most of all first."""

LESS_OFTEN = (
    *("am", "bn", "fr", "gu", "haw", "hi", "it", "ja", "lo", "mix", "mn", "my", "ne", "nah", "pt", "sm"),
    *("so", "sw", "syr", "ta", "te", "th", "ti", "to", "uk", "ur", "yue", "zap", "ase"),
)
_BEYOND_CLDR = {
    "mix": ("Mixteco", "Mixteco"),
    "zap": ("Zapotec", "Zapoteco"),
    "ase": ("American Sign Language", "Lengua de señas americana"),
    "tl": ("Tagalog", "Tagalo"),
}


def language_name(tag: str) -> str:
    """The name of a language, "Spanish" or "español"; the tag itself when nobody has named it."""
    here = chosen_language()
    primary = tag.partition("-")[0]
    if primary in _BEYOND_CLDR:
        return _BEYOND_CLDR[primary][here == "es"]
    try:
        name = Locale.parse(tag, sep="-").get_display_name(here) if primary != tag else None
    except (UnknownLocaleError, ValueError):
        name = None
    found = name or Locale(here).languages.get(primary) or tag
    return found[:1].upper() + found[1:]


def language_choices() -> list[tuple[str, str]]:
    """Tags with names for a list to choose from: the ones often spoken first, then the others by name."""
    rest = sorted(((tag, language_name(tag)) for tag in LESS_OFTEN), key=lambda pair: pair[1])
    return [*((tag, language_name(tag)) for tag in OFTEN_SPOKEN), *rest]
