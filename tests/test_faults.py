import re
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from digitbox.faults import fault


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=3)] = "x"
    counts: Annotated[tuple[int, ...], Meta(max_length=2)] = ()
    share: float | None = None
    kind: Literal["one", "two"] = "one"
    word: Annotated[str, Meta(pattern="^[a-z]*$")] = ""


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    parts: list[Inner]
    named: dict[Annotated[str, Meta(min_length=1)], int] = {}


def said(content: Any) -> tuple[str, str]:
    with pytest.raises(msgspec.ValidationError) as error:
        msgspec.convert(content, Outer)
    return fault(error.value, ("parts", "name", "counts"), {"kind": "one or two"})


def part(**content: Any) -> dict[str, Any]:
    return {"parts": [{}, content]}


@pytest.mark.parametrize(
    ("content", "key", "reason"),
    [
        (3, "", "Expected a section of keys, got a whole number"),
        ({}, "parts", "is missing"),
        ({"parts": {}}, "parts", "Expected a list in brackets, got a section of keys"),
        ({"prats": []}, "prats", "there is no such key here; `parts` may be meant"),
        (part(zebra=1), "parts[1].zebra", "there is no such key here"),
        (part(parts=1), "parts[1].parts", "there is no such key here"),
        (part(name=None), "parts[1].name", "Expected text, got nothing"),
        (part(name=""), "parts[1].name", "Expected text, not empty"),
        (part(name="abcd"), "parts[1].name", "Expected text of 3 characters at most"),
        (
            part(counts=[1, 2, 3]),
            "parts[1].counts",
            "Expected a list in brackets of 2 entries at most",
        ),
        (part(counts=[1, "a"]), "parts[1].counts[1]", "Expected a whole number, got text"),
        (part(share=True), "parts[1].share", "Expected a number or nothing, got true or false"),
        (part(kind="three"), "parts[1].kind", "Expected one or two, got 'three'"),
        (part(kind=3), "parts[1].kind", "Expected one or two, got a whole number"),
        (part(word="A"), "parts[1].word", "Expected a name: letters, digits and underscores"),
        (
            {"parts": [], "named": {3: 1}},
            "named",
            "Expected text, got a whole number: a key is text; write it in quotes",
        ),
    ],
)
def test_a_fault_has_its_key_and_a_plain_reason(content: Any, key: str, reason: str) -> None:
    found = said(content)
    assert found[0] == key
    assert found[1].startswith(reason)
    assert not re.search("`(str|int|float|bool|array|object|null)", found[1])
