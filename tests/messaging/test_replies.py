import pytest

from cie.messaging.replies import ASK, Reply, ReplyKind, read_reply

STOPS = [
    "STOP", "stop.", "Stop!!", "  StOp  ", "S.T.O.P", "s t o p", "stpo", "stopall", "stop all", "stop it", "quit",
    "END", "revoke", "I revoke my consent", "opt out", "opt-out", "OptOut", "opt me out", "cancel", "Cancel please",
    "unsubscribe", "unsubscribe me", "please stop", "STOP STOP STOP", "stop please thank you",
    "please stop texting me", "Stop texting me", "I want you to stop texting me", "stop sending me these messages",
    "stop with the texts", "how do i stop these texts", "no more texts", "No more messages please",
    "don't text me", "don’t text me anymore", "do not contact me", "I don’t want any more texts",
    "i dont want to be texted", "do not send me any more messages", "take me off your list", "leave me alone",
    "ya no me escriban", "No me escriba más, por favor", "alto", "ALTO!", "parar", "cancelar", "basta",
    "ya no quiero mensajes", "no más mensajes", "no me mande mas mensajes", "dejen de escribirme",
    "deje de mandarme mensajes", "no quiero recibir sus mensajes", "quiero que ya no me escriban", "darme de baja",
    "quíteme de su lista", "Please stop texting me, he reads my phone", "They moved. Stop texting me",
    "I never asked for this stop texting me",
]  # fmt: skip
NOT_STOPS = [
    "stop hitting me", "make it stop", "please make it stop", "tell him to stop", "he won't stop texting me",
    "make him stop texting me", "he told me to stop texting you", "stop hitting me i will text 911",
    "i cant stop crying", "end it all", "end this", "i want to end it all", "end my life", "quit it", "quit my job",
    "don't stop texting me", "cancel my appointment", "cancel my request", "they dont text me", "they never contact me",
    "why dont you text me", "i did not get your text", "nobody texted me", "i have no more texts left",
    "take me off the waiting list", "stop by tomorrow", "i stopped", "the end is near", "no", "no me escriben",
    "no me llamaron", "mi esposo no deja de escribirme", "dile a mi ex que deje de escribirme", "alto riesgo",
    "para español", "leave me alone he said", "que pare de pegarme", "ya no aguanto",
]  # fmt: skip
ANSWERS = {
    "1": ["1", "1.", " 1 ", "#1", "1)", "1️⃣", "１", "1 yes", "1 sí", "1 thank you so much", "one", "uno", "yes", "si",
          "Sí", "Yes, I got help", "yes I got help!", "the answer is 1", "me ayudaron", "SÍ, me ayudaron"],
    "2": ["2", "#2", "2)", "two", "dos", "option 2", "número 2", "2 they contacted me, no help yet",
          "They contacted me, no help yet", "me llamaron, aún sin ayuda", "2 me llamaron"],
    "3": ["3", "(3)", "three", "tres", "Opción 3", "3 no", "3 no nobody called me", "nobody called",
          "Nobody contacted me", "no one has called me", "they didn't call", "Nadie me llamó", "no me han llamado"],
    "4": ["4", "4 please", "four", "cuatro", "I no longer need it", "i don't need it anymore", "ya no lo necesito",
          "4 ya no lo necesito"],
}  # fmt: skip
UNCLEAR = [
    "no", "No.", "not yet", "aún no", "todavía no", "maybe", "yes but", "1 and 4", "1 or 2", "12", "5", "0", "no 1",
    "1 no", "1 hour ago someone called", "2 but he hit me", "", "   ", "👍", "hello", "who is this", "help me",
    "please help", "my mom died", "mi mamá murió", "he is dead to me", "I want to be dead",
    "they moved my appointment", "they called the wrong number",
]  # fmt: skip
OTHERS = [
    ("help", ReplyKind.HELP, None), ("HELP!", ReplyKind.HELP, None), ("info", ReplyKind.HELP, None),
    ("Ayuda", ReplyKind.HELP, None), ("?", ReplyKind.HELP, None),
    ("START", ReplyKind.START, None), ("unstop", ReplyKind.START, None), ("empezar", ReplyKind.START, None),
    ("8", ReplyKind.LANGUAGE, "es"), ("español", ReplyKind.LANGUAGE, "es"),
    ("En español por favor", ReplyKind.LANGUAGE, "es"), ("9", ReplyKind.LANGUAGE, "en"),
    ("English please", ReplyKind.LANGUAGE, "en"), ("inglés", ReplyKind.LANGUAGE, "en"),
    ("wrong number", ReplyKind.WRONG_NUMBER, None), ("You have the wrong number.", ReplyKind.WRONG_NUMBER, None),
    ("Wrong number, stop texting me", ReplyKind.WRONG_NUMBER, None),
    ("Número equivocado", ReplyKind.WRONG_NUMBER, None), ("se equivocó de número", ReplyKind.WRONG_NUMBER, None),
    ("I don't know this person", ReplyKind.WRONG_NUMBER, None),
    ("I moved", ReplyKind.MOVED, None), ("We moved to Oregon last month", ReplyKind.MOVED, None),
    ("me mudé", ReplyKind.MOVED, None), ("Ya no vivo ahí", ReplyKind.MOVED, None),
    ("deceased", ReplyKind.DECEASED, None), ("Sorry, this person has died", ReplyKind.DECEASED, None),
    ("She died last week", ReplyKind.DECEASED, None), ("falleció", ReplyKind.DECEASED, None),
]  # fmt: skip


@pytest.mark.parametrize("question", [None, ASK])
@pytest.mark.parametrize("text", STOPS)
def test_an_opt_out_is_honored_in_any_wording_whatever_is_asked(text, question):
    assert read_reply(text, "en", question) == Reply(ReplyKind.STOP)


@pytest.mark.parametrize("question", [None, ASK])
@pytest.mark.parametrize("text", NOT_STOPS)
def test_words_about_somebody_or_something_else_are_no_opt_out(text, question):
    assert read_reply(text, "es", question).kind != ReplyKind.STOP


def test_a_short_spanish_word_stops_texts_only_for_someone_who_reads_spanish():
    assert read_reply("para", "es", ASK).kind == ReplyKind.STOP
    assert read_reply("para", "es-MX", None).kind == ReplyKind.STOP
    assert read_reply("fin", "en", None).kind == ReplyKind.UNCLEAR


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(("value", "text"), [(value, text) for value in ANSWERS for text in ANSWERS[value]])
def test_an_answer_is_read_from_digits_and_words_of_both_languages(text, value, language):
    assert read_reply(text, language, ASK) == Reply(ReplyKind.ANSWER, value)


@pytest.mark.parametrize("text", [text for texts in ANSWERS.values() for text in texts])
def test_nothing_is_an_answer_when_nothing_was_asked(text):
    assert read_reply(text, "en", None) == Reply(ReplyKind.UNCLEAR)
    assert read_reply(text, "en", "another-question") == Reply(ReplyKind.UNCLEAR)


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_may_mean_two_things_goes_to_a_person(text):
    assert read_reply(text, "en", ASK) == Reply(ReplyKind.UNCLEAR)


@pytest.mark.parametrize("question", [None, ASK])
@pytest.mark.parametrize(("text", "kind", "value"), OTHERS)
def test_other_words_are_understood_whatever_is_asked(text, kind, value, question):
    assert read_reply(text, "en", question) == Reply(kind, value)
