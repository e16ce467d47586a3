"""Files at the edge: one that came with a form, and one that is handed out."""

from typing import TypedDict

from flask import Response, request

from cie.errors import Invalid
from cie.files import LARGEST_FILE_BYTES


class HandedIn(TypedDict):
    """A file as it came: its name, its content, and the type that the sender says it has."""

    name: str
    content: bytes
    claimed: str


def handed_in() -> HandedIn:
    """The file of the form that was sent. Raises Invalid when none was chosen."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid("File: choose one", "file")
    # one byte more than may come is enough to know that it is too large
    content = file.stream.read(LARGEST_FILE_BYTES + 1)
    return {"name": file.filename, "content": content, "claimed": file.mimetype}


def is_handed_in() -> bool:
    """Whether a file was chosen in the form that was sent."""
    file = request.files.get("file")
    return file is not None and bool(file.filename)


def download(name: str, media_type: str, content: bytes) -> Response:
    """A file, always to be saved and never shown inside the page."""
    answer = Response(content, content_type=_content_type(media_type))
    answer.headers.set("Content-Disposition", "attachment", filename=_plain(name))
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _content_type(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _plain(name: str) -> str:
    """A name that the header can carry: letters of other scripts are left out, the ending stays."""
    plain = name.encode("ascii", "ignore").decode().strip()
    return plain if plain.rpartition(".")[0] else f"file{plain}"
