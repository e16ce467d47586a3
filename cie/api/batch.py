"""Up to a hundred requests in one: each is carried out as if it had come alone, and one that fails stops no other.

An item goes through the whole app with the token and from the address of the batch. So the token, its scope, the gate,
the record of who saw whom and the words of a refusal are what they are for a request of its own, and so is the
transaction: what an item did stays done, whatever becomes of the next.
"""

from collections.abc import Iterator, Mapping
from time import monotonic
from typing import Any

import orjson
from flask import Response
from werkzeug.wrappers import Response as Answer

from cie.access import Permission
from cie.api.batch_schemas import TOLD, BatchSchema, ResultsSchema
from cie.api.blueprint import Part
from cie.api.problems import refused
from cie.errors import Busy
from cie.http import carried_out, requires

LONGEST_SECONDS = 30
blueprint = Part("batch", "Many requests in one", path="")


@blueprint.route("/batch", methods=["POST"])
@requires(Permission.DIRECTORY_READ)
@blueprint.arguments(BatchSchema)
@blueprint.response(200, ResultsSchema)
def carry_out(said: dict[str, Any]) -> Response:
    """Carry out up to 100 requests

    They are independent and are carried out one after the other, in their order: each has a transaction of its own,
    and one that fails stops no other. Each needs the scope that it needs alone; the batch needs none. Give each POST
    its own `Idempotency-Key`: when no answer comes, send the same batch again. What is not begun after 30 seconds was
    not done, and is answered with 503. A batch that is written wrongly does nothing. No batch and no file of an export
    can stand in it.
    """
    return Response(orjson.dumps({"results": list(_results(said["items"]))}), mimetype="application/json")


def _results(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    end = monotonic() + LONGEST_SECONDS
    for item in items:
        if monotonic() < end:
            yield _result(_answer(item))
        else:
            yield _result(refused(Busy("There was no time left for this. Nothing was done: send it again")))


def _answer(item: Mapping[str, Any]) -> Answer:
    path, _, query = item["path"].partition("?")
    return carried_out(item["method"], path, query, item["headers"], item["body"], "application/json")


def _result(answer: Answer) -> dict[str, Any]:
    body = answer.get_data()
    return {
        "status": answer.status_code,
        "headers": {name: answer.headers[name] for name in TOLD if name in answer.headers},
        "body": orjson.Fragment(body) if body and answer.is_json else None,
    }
