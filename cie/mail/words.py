"""What we write by e-mail: nothing of persons, needs or organizations, since anybody on the way can read it."""

ASKING_SUBJECT = "{network}: please answer"
ASKING = """\
Somebody named this e-mail address for notices from the program of an organization in {network}.

Do you want them here? Open this page and answer yes or no:
{page}

Until you say yes, no other e-mail comes. If you know nothing of this, do nothing, or answer no.


Alguien dio esta dirección para recibir avisos del programa de una organización en {network}.

¿Los quiere recibir aquí? Abra esta página y responda sí o no:
{page}

Mientras no diga que sí, no llegará otro correo. Si no sabe de qué se trata, no haga nada o responda no.
"""
TELLING_SUBJECT = "{network}: a notice"
TELLING = """\
{said}

This e-mail is for a program, and nobody reads answers to it. To stop these e-mails, open this page:
{page}
"""
