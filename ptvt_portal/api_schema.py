"""How the OpenAPI description is made: what holds for every address is added here, once."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from consortia.rest import repeating, throttling

_PROBLEM = {
    "type": "object",
    "description": "Problem details, RFC 9457.",
    "required": ["status", "title", "detail"],
    "properties": {
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "All that is wrong with the input (400).",
            "items": {"$ref": "#/components/schemas/Issue"},
        },
        "current": {"type": "string", "description": "The tag or content hash that a new attempt must build on (412)."},
        "changes": {
            "type": "array",
            "description": "Who changed the report since the tag of `If-Match`, oldest first (412 on a draft).",
            "items": {
                "type": "object",
                "required": ["time", "kind", "actor"],
                "properties": {
                    "time": {"type": "string", "format": "date-time"},
                    "kind": {"type": "string"},
                    "actor": {"type": "string"},
                },
            },
        },
        "differences": {
            "type": "array",
            "description": "The rows in which what is there differs from what was sent (412 on a draft).",
            "items": {
                "type": "object",
                "required": ["section", "current", "sent"],
                "properties": {
                    "section": {"type": "string"},
                    "current": {"type": "object", "nullable": True},
                    "sent": {"type": "object", "nullable": True},
                },
            },
        },
    },
}
_ISSUE = {
    "type": "object",
    "required": ["pointer", "code", "detail"],
    "properties": {
        "pointer": {"type": "string", "description": "JSON pointer into the body, or the query key."},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
}
_IDEMPOTENCY_KEY = {
    "name": repeating.HEADER,
    "in": "header",
    "description": "A key of your own for this call. Sent again with the same key within 24 hours, by the same token "
    "to the same address, it is not carried out again: you get the answer of the first time, with "
    "`Idempotency-Replayed: true`. The same key with another content is a 422; 409 with `Retry-After` while the first "
    "call is still at work. A call that failed changed nothing and may be sent again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": repeating.LONGEST_KEY},
}
_ERRORS = {
    "400": "What was sent cannot be taken as it is.",
    "401": "A token is missing where one is needed, or is not valid.",
    "403": "The token's scopes or its owner's role do not allow this.",
    "404": "There is no such thing, or it is not for this caller.",
    "406": "None of the accepted formats is offered.",
    "409": "The state does not allow this step.",
    "412": "It changed after the state that you built on.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "This `Idempotency-Key` was used here for a call with another content.",
    "428": "`If-Match` is missing.",
    "429": "Too many calls in a second; see `Retry-After`.",
    "500": "Something went wrong in the portal.",
}
_EVERYWHERE = {
    "API-Version": {"$ref": "#/components/headers/ApiVersion"},
    **{name: {"$ref": f"#/components/headers/{name.replace('-', '')}"} for name in throttling.HEADERS},
}
"""Headers of every answer."""
_WAIT = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
_ANSWERS = {"200": "As asked.", "201": "Done; what it is about, as it now stands.", "204": "Done."}
_ALWAYS = ("400", "401", "403", "406", "429", "500")
_ON_WRITES = ("409", "413", "415")
_WRITES = ("post", "put", "delete")


class ApiSchema(AutoSchema):
    """Reads what our endpoints say about themselves."""

    view: Any

    def get_auth(self) -> list[dict[str, Any]]:
        bearer: list[dict[str, Any]] = super().get_auth()
        return [*bearer, {}] if self.view.is_public and self.method == "GET" else bearer

    def get_tags(self) -> list[str]:
        return [self.view.tag]

    def get_filter_backends(self) -> list[Any]:
        return []


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "consortia.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "An API token: your own, or a machine's."}


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Adds to every operation its errors, the version header and the answer 304."""
    schemas = result["components"]["schemas"]
    schemas["Problem"], schemas["Issue"] = _PROBLEM, _ISSUE
    result["components"]["headers"] = {
        "ApiVersion": {
            "description": "The version of the API.",
            "schema": {"type": "string", "example": settings.API_VERSION},
        },
        "RateLimitLimit": {
            "description": "Calls a second that this token, or without one this address, may make.",
            "schema": {"type": "integer", "minimum": 1},
        },
        "RateLimitRemaining": {
            "description": "How many of them are left within this second.",
            "schema": {"type": "integer", "minimum": 0},
        },
        "RateLimitReset": {"description": "Seconds until it begins anew.", "schema": {"type": "integer", "minimum": 0}},
        "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
        "Etag": {"description": "A strong entity tag.", "schema": {"type": "string"}},
        "LedgerSeq": {"description": "Of text/csv and x-ndjson: the seq as of which.", "schema": {"type": "integer"}},
        "Location": {"description": "What was made or stands in, or the version.", "schema": {"type": "string"}},
    }
    _without_marks(result)
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            _complete(operation, method, path)
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    return result


def _without_marks(node: Any) -> None:
    """Takes out what the generator notes down for itself."""
    if isinstance(node, dict):
        node.pop("x-spec-enum-id", None)
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _without_marks(child)


def _complete(operation: dict[str, Any], method: str, path: str) -> None:
    if method == "post":
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    responses = operation["responses"]
    if method == "get":
        responses["304"] = {"description": "What the caller has is still so."}
    for status, response in responses.items():
        response["description"] = response["description"] or _ANSWERS[status]
        headers = response.setdefault("headers", {})
        headers.update(_EVERYWHERE)
        if status in ("200", "201", "304") and (method != "post" or status == "201"):
            headers["ETag"] = {"$ref": "#/components/headers/Etag"}
        if status in ("201", "308"):
            headers["Location"] = {"$ref": "#/components/headers/Location"}
        if "text/csv" in response.get("content", ()):
            headers["Ledger-Seq"] = {"$ref": "#/components/headers/LedgerSeq"}
    wanted = {*_ALWAYS}
    if "{" in path:
        wanted.add("404")
    if method in _WRITES:
        wanted.update(_ON_WRITES)
    if method == "post":
        wanted.add("422")
    if path.endswith("/draft"):
        wanted.update(("412", "428"))
    if path.endswith("/reviews"):
        wanted.add("412")
    if path.endswith("/effect"):
        wanted.add("409")
    for status in wanted:
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        responses[status] = {
            "description": _ERRORS[status],
            "content": content,
            "headers": {**_EVERYWHERE, **(_WAIT if status == "429" else {})},
        }
    operation["responses"] = dict(sorted(responses.items()))
