"""Whether notices may come to an e-mail address: whoever reads it says yes, or no, or no more.

The link's token leaves the address at once: opening it changes nothing, sets a short cookie and goes to a clean
address. Only what is posted counts, since programs that guard mailboxes open every link.
"""

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from cie import mail
from cie.db import reading, transaction
from cie.errors import NotFound
from cie.http import STATUS, public
from cie.web.forms import Notice, again
from cie.web.link_cookie import LinkCookie

blueprint = Blueprint("mail_addresses", __name__, url_prefix="/mail")
LINK = LinkCookie("mail", "mail_addresses.show")


@blueprint.get("/<token>")
@public
def open_link(token: str) -> Response:
    """A link was opened: remember it for an hour in this browser, and take it out of the address."""
    with reading() as session:
        mail.address_for(session, token)
    return LINK.opened(token)


def answer_page(errors: object = (), notice: Notice | None = None) -> str:
    """How it stands, and what can be said."""
    with reading() as session:
        address = mail.address_for(session, LINK.token)
        words, is_late = address.address, mail.is_late(address, g.now)
    return render_template(
        "mail/show.html", address=words, state=address.state, is_late=is_late, errors=errors, notice=notice
    )


@blueprint.get("")
@public
def show() -> str:
    """May notices come here?"""
    return answer_page()


@blueprint.post("/confirmation")
@public
@again(answer_page)
def confirm() -> Response:
    """Yes."""
    with transaction() as session:
        mail.confirm_address(session, LINK.token, at=g.now)
    return redirect(url_for("mail_addresses.show"), 303)


@blueprint.post("/stop")
@public
@again(answer_page)
def stop() -> Response:
    """No, or no more."""
    with transaction() as session:
        mail.stop_address(session, LINK.token, at=g.now)
    return redirect(url_for("mail_addresses.show"), 303)


@blueprint.errorhandler(NotFound)
def gone(error: NotFound) -> tuple[str, int]:
    """Not a link of ours."""
    return render_template("mail/gone.html"), STATUS[error.code]
