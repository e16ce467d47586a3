"""What a person meant by the text they sent, as far as that is certain; anything else goes to a person.

The words of both languages count whatever language the person chose, since phones are shared. Opt-out words
and natural wordings are those that 47 CFR 64.1200(a)(10) asks a sender to honor. Every reply is also read for
danger by its caller: no kind given here rules danger out, and "stop hitting me" is not an opt-out.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from itertools import dropwhile

ASK = "ask"
"""The open question "Did someone help you with what you asked for?", answered 1 to 4."""


class ReplyKind(StrEnum):
    """What a reply asks of us."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    LANGUAGE = "language"
    ANSWER = "answer"
    WRONG_NUMBER = "wrong-number"
    MOVED = "moved"
    DECEASED = "deceased"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Reply:
    """One reply, read. `value` is "1" to "4" for an answer, "en" or "es" for a language, else None."""

    kind: ReplyKind
    value: str | None = None


UNCLEAR = Reply(ReplyKind.UNCLEAR)


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


_COURTESY = _words(
    "please pls plz thanks thank you thx ok okay now hi hello sorry so much sir maam and "
    "por favor ya gracias muchas hola ahora disculpe perdon y"
)
_STOP_WORDS = _words(
    "stop stopp stpo sotp st0p stopall quit end revoke optout cancel unsubscribe arret "
    "alto parar paren cancelar cancele cancelen basta detener detengan"
)
_STOP_WORDS_BY_LANGUAGE = {"es": _words("para pare fin baja salir terminar")}
_STOP_COMPANIONS = _words("it this all texts text messages everything todo todos esto")
_NEVER_ACCOMPANIED = _words("end quit basta fin salir terminar")
_STOP_PHRASES = frozenset(
    {
        "opt out", "opt me out", "i opt out", "i want to opt out", "revoke consent", "i revoke consent",
        "i revoke my consent", "unsubscribe me", "remove me", "remove my number", "delete my number",
        "leave me alone", "lose my number", "darme de baja", "dar de baja", "deme de baja", "denme de baja",
        "no me molesten", "no me molesten mas", "no molesten", "dejenme en paz", "borreme", "borrenme",
        "borre mi numero", "quiteme", "quitenme", "eliminen mi numero",
    }
)  # fmt: skip
_CLAUSE_ENDS = re.compile(r"[.!?,;:\n]+")
_TEXTS = r"(?:text|texts|texting|texted|txt|txts|txting|message|messages|messaging|msg|msgs|sms)"
_BETWEEN = (
    r"(?:(?:sending|send|getting|get|receiving|receive|to|be|hear|me|us|the|these|those|this|that|your|all|any|"
    r"more|of|with|automatic|please|kind|from|you) )*"
)
_MENSAJES = r"(?:mensaje|mensajes|mensajitos|texto|textos|sms|avisos)"
_ENTRE = r"(?:(?:recibir|mas|sus|sus|los|las|estos|esos|de|con|que me manden|mandarme|enviarme|mandar|enviar) )*"
_NATURAL_STOPS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:stop|quit|end|cease) {_BETWEEN}(?:{_TEXTS}|contacting)\b",
        rf"(?<!have )\bno more {_BETWEEN}{_TEXTS}\b",
        r"\b(?:dont|do not|never|not to) (?:(?:ever|call|me|or|and) )*(?:text|txt|message|msg|contact|write) "
        r"(?:(?:to) )?(?:me|us|this|here|anymore|again)\b",
        rf"\b(?:dont|do not|never) send {_BETWEEN}{_TEXTS}\b",
        rf"\b(?:dont|do not|no longer) (?:want|need|wish) {_BETWEEN}(?:{_TEXTS}|contacted)\b",
        r"\b(?:take|remove|delete) (?:me|my number|this number) (?:off|from) (?:of )?(?:your|this) (?:text )?list\b",
        r"\bopt (?:me )?out of (?:the|these|your|all)\b",
        r"\bunsubscribe (?:me|my number|from)\b",
        r"\b(?:no|ni) (?:me|nos) (?:escriba|escriban|escribas|textee|texteen|mensajee|contacte|contacten)\b",
        rf"\bno (?:me |nos )?(?:mande|manden|mandes|envie|envien|envies) {_ENTRE}{_MENSAJES}\b",
        rf"\bno quiero {_ENTRE}{_MENSAJES}\b",
        rf"\b(?:no|ya no) (?:mas )?{_MENSAJES}\b",
        r"\bno quiero que me (?:escriban|escriba|contacten|contacte|texteen)\b",
        r"\b(?:deje|dejen|deja|pare|paren) de (?:escribirme|escribir|textearme|contactarme)\b",
        rf"\b(?:deje|dejen|deja|pare|paren) de (?:mandar|enviar)(?:me)? {_ENTRE}{_MENSAJES}\b",
        rf"\b(?:cancelar|cancele|cancelen|parar|pare|paren|detener|detengan|alto a) {_ENTRE}{_MENSAJES}\b",
        r"\b(?:quiteme|quitenme|saqueme|saquenme|borreme|borrenme) de (?:la|su|esta) lista\b(?! de espera)",
    )
)
_SOMEONE_ELSE = re.compile(
    r"\b(?:he|she|they|him|her|them|ex|husband|wife|boyfriend|girlfriend|who|why|nobody|someone|"
    r"el|ella|ellos|esposo|esposa|marido|novio|novia|alguien|dile|digale)(?: \w+){0,3} $"
    r"|\b(?:dont|do not|didnt|did not|wont|will not|doesnt|does not|cant|cannot|never|no|nunca) $"
)

_HELP = frozenset({"help", "info", "ayuda", "informacion", "?", "help info"})
_START = frozenset(
    {"start", "unstop", "subscribe", "resume", "start texts", "start again", "empezar", "comenzar", "iniciar",
     "reanudar", "empezar otra vez"}
)  # fmt: skip
_LANGUAGES = {
    "8": "es", "espanol": "es", "en espanol": "es", "spanish": "es", "in spanish": "es", "para espanol": "es",
    "hablo espanol": "es", "solo espanol": "es", "8 espanol": "es", "responda 8": "es",
    "9": "en", "english": "en", "in english": "en", "ingles": "en", "en ingles": "en", "9 english": "en",
    "english only": "en", "reply 9": "en",
}  # fmt: skip

_DIGITS = {
    "1": "1", "one": "1", "uno": "1", "2": "2", "two": "2", "dos": "2",
    "3": "3", "three": "3", "tres": "3", "4": "4", "four": "4", "cuatro": "4",
}  # fmt: skip
_BEFORE_DIGIT = _words("option number answer opcion numero respuesta la el the my is es mi")
_ANSWER_WORDS: dict[str, frozenset[str]] = {
    "1": frozenset(
        {"yes", "yeah", "yep", "yup", "y", "si", "yes i got help", "i got help", "got help", "yes got help",
         "yes they helped", "yes they helped me", "they helped me", "they helped", "yes someone helped me",
         "someone helped me", "i got it", "yes i did", "i did get help", "i was helped", "si me ayudaron",
         "me ayudaron", "si me ayudo", "me ayudo", "si recibi ayuda", "recibi ayuda", "recibi la ayuda",
         "si me dieron ayuda", "me dieron ayuda", "si alguien me ayudo", "alguien me ayudo"}
    ),
    "2": frozenset(
        {"they contacted me", "they contacted me no help yet", "contacted me no help yet", "they called me",
         "they called me no help yet", "they called but no help yet", "they called but no help",
         "they contacted me but no help yet", "they texted me no help yet", "me llamaron",
         "me llamaron aun sin ayuda", "me llamaron pero aun sin ayuda", "me llamaron pero no me ayudaron",
         "me llamaron pero todavia no me ayudan", "me contactaron", "me contactaron aun sin ayuda"}
    ),
    "3": frozenset(
        {"nobody contacted me", "nobody called", "nobody called me", "nobody has called", "nobody has called me",
         "nobody has contacted me", "no one called", "no one called me", "no one contacted me",
         "no one has called", "no one has called me", "no one has contacted me", "they never called",
         "they never called me", "they didnt call", "they didnt call me", "they did not call me",
         "they havent called", "they havent called me", "no nobody called", "no nobody called me",
         "no nobody contacted me", "no no one called", "no no one called me", "nobody", "no call", "nadie",
         "nadie me llamo", "nadie llamo", "nadie me ha llamado", "nadie ha llamado", "nadie me contacto",
         "nadie me ha contactado", "no nadie me llamo", "no nadie me ha llamado", "no me llamaron",
         "no me han llamado", "nunca me llamaron", "no me contactaron"}
    ),
    "4": frozenset(
        {"i no longer need it", "no longer need it", "no longer needed", "i dont need it", "dont need it",
         "i dont need it anymore", "dont need it anymore", "i do not need it", "i do not need it anymore",
         "not needed", "no i no longer need it", "lo necesito no", "no lo necesito", "no lo necesito mas",
         "no necesito ayuda", "no la necesito", "no necesito"}
    ),
}  # fmt: skip
_PLAIN_NO = {"2", "3", "4"}

_WRONG_NUMBER = re.compile(
    r"\bwrong (?:number|person|phone|num)\b|\bnumero (?:equivocado|incorrecto)\b|\bequivocad[oa] de numero\b"
    r"|\bse equivoc(?:o|aron) de (?:numero|persona)\b|\bno soy (?:esa|la|esta) persona\b"
    r"|\bno conozco a (?:esa|esta) persona\b|\bdont know (?:this|that) person\b|\bnot (?:this|that) person\b"
    r"|\bno longer (?:his|her|their) (?:number|phone)\b|\bi just got this number\b|^persona equivocada$|^equivocad[oa]$"
)
_DECEASED = re.compile(
    r"^(?:(?:im|i am|we are|to say|unfortunately|lo siento|lamentablemente|que) )*"
    r"(?:(?:he|she|this person|that person|the person|this client) (?:has |had |is )?"
    r"(?:died|passed away|passed|deceased|dead)"
    r"|(?:el|ella|esta persona|esa persona|la persona) (?:murio|fallecio)|deceased|fallecio|fallecid[oa]|murio)"
    r"(?: (?:on|in|last|this|yesterday|hace|el|en|ayer)\b.*)?$"
)
_MOVED = re.compile(
    r"\b(?:i|we|ive|weve|i have|we have) (?:just )?moved(?: (?:away|out|to|from|last|in|out of)\b.*)?$"
    r"|\b(?:i|we) no longer live (?:there|here|in)\b|\b(?:me|nos) (?:mude|mudamos|he mudado|hemos mudado)\b"
    r"|\bno viv(?:o|imos) (?:ahi|alli|aqui|en)\b|^moved(?: away)?$"
)


def read_reply(text: str, language: str, question: str | None) -> Reply:
    """What the person meant, given the language they chose and the question that is open on that phone.

    Without an open question no digit but 8 and 9 means anything. With one, "no" alone is unclear: it may mean
    that nobody called, that someone called but did not help, or no to our texts. So is "not yet", an answer
    beside other words ("1 hour ago they called"), and two answers at once.
    """
    plain = _plain(text)
    words = [word for word in plain.split() if word not in _COURTESY]
    kept = " ".join(words)
    clauses = [_plain(clause) for clause in _CLAUSE_ENDS.split(text)]
    ends = _ends_contact(clauses, kept) or _stops(clauses, words, language)
    if ends:
        return Reply(ends)
    if plain in _HELP:
        return Reply(ReplyKind.HELP)
    if kept in _START:
        return Reply(ReplyKind.START)
    if kept in _LANGUAGES:
        return Reply(ReplyKind.LANGUAGE, _LANGUAGES[kept])
    answer = _answer(words) if question == ASK else None
    return Reply(ReplyKind.ANSWER, answer) if answer else UNCLEAR


def _plain(text: str) -> str:
    """Lower case, without accents, apostrophes, keycap marks or punctuation, with single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.replace("’", "'").replace("'", "")).casefold()
    letters = "".join(c for c in decomposed if not unicodedata.category(c).startswith(("M", "Cf")))
    spaced = "".join(c if c.isalnum() else " " for c in letters)
    words = spaced.split()
    spelled = len(words) > 1 and all(len(word) == 1 and word.isalpha() for word in words)
    return ("" if spelled else " ").join(words) or ("?" if "?" in text else "")


def _ends_contact(clauses: list[str], kept: str) -> ReplyKind | None:
    if _DECEASED.search(kept):
        return ReplyKind.DECEASED
    if _said_of_us(_WRONG_NUMBER, clauses):
        return ReplyKind.WRONG_NUMBER
    return None


def _stops(clauses: list[str], words: list[str], language: str) -> ReplyKind | None:
    stop_words = _STOP_WORDS | _STOP_WORDS_BY_LANGUAGE.get(language.partition("-")[0], frozenset())
    kept = " ".join(words)
    if (
        _only_stops(words, stop_words)
        or kept in _STOP_PHRASES
        or any(_said_of_us(pattern, clauses) for pattern in _NATURAL_STOPS)
    ):
        return ReplyKind.STOP
    return ReplyKind.MOVED if _said_of_us(_MOVED, clauses) else None


def _only_stops(words: list[str], stop_words: frozenset[str]) -> bool:
    """Nothing but opt-out words; "stop all" is one, while "end it all" may speak of a life and is none."""
    if not words or words[0] not in stop_words:
        return False
    lone = words[0] in _NEVER_ACCOMPANIED
    return set(words) <= (stop_words if lone else stop_words | _STOP_COMPANIONS)


def _said_of_us(pattern: re.Pattern[str], clauses: list[str]) -> bool:
    """The words are there, and not about somebody else ("he won't stop texting me") or denied."""
    return any(
        not _SOMEONE_ELSE.search(clause[: found.start()]) for clause in clauses for found in pattern.finditer(clause)
    )


def _answer(words: list[str]) -> str | None:
    named = list(dropwhile(_BEFORE_DIGIT.__contains__, words))
    if not named or named[0] not in _DIGITS:
        return _answer_in_words(" ".join(words))
    digit, rest = _DIGITS[named[0]], " ".join(named[1:])
    agrees = not rest or _answer_in_words(rest) == digit or (rest == "no" and digit in _PLAIN_NO)
    return digit if agrees else None


def _answer_in_words(words: str) -> str | None:
    return next((answer for answer, said in _ANSWER_WORDS.items() if words in said), None)
