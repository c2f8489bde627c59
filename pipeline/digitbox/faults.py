"""What msgspec says of a file that is not as it should be → where that is and what it is, in plain
words."""

import difflib
import re
from collections.abc import Collection, Mapping
from functools import partial

import msgspec

PLAIN = {
    "array": "a list in brackets",
    "list": "a list in brackets",
    "object": "a section of keys",
    "dict": "a section of keys",
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
    "NoneType": "nothing",
}
"""What people call the types that msgspec names."""

COUNTED = {"a list in brackets": "entries", "a section of keys": "entries", "text": "characters"}
"""What its length counts."""

BOUNDS = {None: "", ">=": " or more", "<=": " at most"}

NAMES = "a name: letters, digits and underscores, the first one no digit"


def fault(
    error: msgspec.ValidationError, keys: Collection[str], values: Mapping[str, str]
) -> tuple[str, str]:
    """Where something is wrong, as the path of a key (empty: in the file as a whole), and what.
    ``keys`` are all that there are. ``values`` says for keys, by how their path ends, what may
    stand there."""
    message, _, place = str(error).rpartition(" - at ")
    if not message:
        message, place = place, ""
    is_key = place.startswith("`key` in ")
    key = place.removeprefix("`key` in ").strip("`").removeprefix("$").removeprefix(".")
    if unknown := re.fullmatch("Object contains unknown field `(.*)`", message, re.DOTALL):
        near = difflib.get_close_matches(unknown[1], set(keys) - {unknown[1]}, n=1)
        hint = f"; `{near[0]}` may be meant" if near and unknown[1] not in keys else ""
        return _joined(key, unknown[1]), f"there is no such key here{hint}"
    if missing := re.fullmatch("Object missing required field `(.*)`", message):
        return _joined(key, missing[1]), "is missing"
    if "matching regex" in message:
        return key, f"Expected {NAMES}"
    if allowed := next((said for end, said in values.items() if re.search(f"{end}$", key)), ""):
        got = re.search("(?:, got|^Invalid value|^Invalid enum value) (.*)", message, re.DOTALL)
        message = f"Expected {allowed}" + (f", got {got[1]}" if got else "")
    message = message.replace("`str` of length >= 1", "`str`, not empty")
    message = re.sub("`([A-Za-z]+(?: [|] [A-Za-z]+)*)`", plainly, message)
    for what, counted in COUNTED.items():
        message = re.sub(
            f"{what} of length (?:(>=|<=) )?([0-9]+)",
            partial(_counted, what, counted),
            message,
        )
    if is_key:
        message += ": a key is text; write it in quotes"
    return key, message


def plainly(types: re.Match[str]) -> str:
    """The names of msgspec's types in ``types``, which are divided by ``|``, in plain words; all of
    ``types`` where one is not known."""
    names = types[1].split(" | ")
    return " or ".join(PLAIN[name] for name in names) if set(names) <= PLAIN.keys() else types[0]


def _counted(what: str, counted: str, found: re.Match[str]) -> str:
    return f"{what} of {found[2]} {counted}{BOUNDS[found[1]]}"


def _joined(section: str, name: str) -> str:
    return f"{section}.{name}" if section else name
