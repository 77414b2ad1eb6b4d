"""Linked data as one small tree, written as JSON-LD or as Turtle: both say the same.

A node is a dictionary with `@id` and `@type`; a value is another node's reference, a text with its language, or a typed
text, written as in JSON-LD.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from consortia.rest.rendering import JsonRenderer, dumps

Node = Mapping[str, Any]


def ref(address: str) -> Node:
    return {"@id": address}


def text(value: str, language: str) -> Node:
    return {"@value": value, "@language": language}


def typed(value: object, kind: str) -> Node:
    """A value of a type such as `xsd:date`."""
    return {"@value": str(value), "@type": kind}


class JsonLdRenderer(JsonRenderer):
    media_type = "application/ld+json"
    format = "json-ld"
    extension = "jsonld"


class TurtleRenderer(JsonRenderer):
    media_type = "text/turtle"
    format = "turtle"
    extension = "ttl"
    charset = "utf-8"


def json_ld(nodes: Iterable[Node], prefixes: Mapping[str, str]) -> bytes:
    return dumps({"@context": prefixes, "@graph": list(nodes)})


def turtle(nodes: Iterable[Node], prefixes: Mapping[str, str]) -> bytes:
    lines = [f"@prefix {prefix}: <{address}> ." for prefix, address in prefixes.items()]
    for node in nodes:
        statements = [f"a {', '.join(_listed(node['@type']))}"]
        for name, value in node.items():
            if not name.startswith("@"):
                statements.append(f"{name} {', '.join(_object(each) for each in _listed(value))}")
        lines.append(f"\n{_iri(node['@id'])} " + " ;\n    ".join(statements) + " .")
    return ("\n".join(lines) + "\n").encode()


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _object(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if "@id" in value:
        return _iri(value["@id"])
    if "@language" in value:
        return f"{_quoted(value['@value'])}@{value['@language']}"
    return f"{_quoted(value['@value'])}^^{value['@type']}"


def _iri(address: str) -> str:
    return f"<{_escaped(address, _NOT_IN_ADDRESSES)}>"


_NOT_IN_ADDRESSES = '<>"{}|^`\\ '


def _quoted(value: str) -> str:
    return f'"{_escaped(value, _NOT_IN_TEXTS)}"'


_NOT_IN_TEXTS = '"\\'


def _escaped(value: str, forbidden: str) -> str:
    """With the escapes that Turtle knows everywhere: the number of the character."""
    return "".join(
        f"\\u{ord(character):04X}" if character in forbidden or character < " " else character for character in value
    )
