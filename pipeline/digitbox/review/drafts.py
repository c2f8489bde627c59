"""Templates of forms → what the page that draws them is sent; what it sends → templates, or what is
wrong with it and where."""

import re
from typing import Any

from digitbox.errors import ConfigError
from digitbox.forms.template import Template, builtins, parse

ORIGIN = "form.yaml"

KEY = re.compile(r"((?:pages|checks)\[\d+\].*?|wrong_sums): (.*)", re.DOTALL)
OF_LIST = re.compile(r"the list of (\w+): (.*)", re.DOTALL)


def shown(template: Template) -> Any:
    """``template`` as ``form.yaml`` has it, but for the boxes of choices: these are pairs of label
    and box, since scripts would put labels that are numbers into another order."""
    content = builtins(template)
    for field in _choices(content):
        field["boxes"] = list(field["boxes"].items())
    return content


def template_of(content: Any) -> Template:
    """The template that a page has sent, as :func:`shown` makes it. Raises :class:`ConfigError`."""
    for field in _choices(content):
        pairs = field.get("boxes")
        if not isinstance(pairs, list) or not all(map(_is_pair, pairs)):
            continue  # said of whatever else it is
        labels = [label for label, _ in pairs]
        key = f"{_place(content, field)}.boxes"
        if "" in labels:
            raise ConfigError(f"{key}.: a box has no label.")
        if twice := [label for label in labels if labels.count(label) > 1]:
            raise ConfigError(f"{key}.{twice[0]}: two boxes have the label {twice[0]}.")
        field["boxes"] = dict(pairs)
    return parse(content, ORIGIN)


def fault(error: Exception, template: Any, *origins: str) -> dict[str, str]:
    """What is wrong, for the page: ``error``, and the ``key`` that it is about; empty where it is
    about the whole. ``origins`` are the names of files that it may begin with."""
    text = str(error)
    for origin in (ORIGIN, *origins):
        text = text.removeprefix(f"{origin}: ")
    if found := KEY.fullmatch(text):
        return {"key": found[1], "error": _sentence(found[2])}
    if found := OF_LIST.fullmatch(text):
        for number, page in enumerate(template["pages"]):
            for place, field in enumerate(page.get("fields", ())):
                if field["name"] == found[1]:
                    return {"key": f"pages[{number}].fields[{place}].list", "error": found[2]}
    return {"key": "", "error": _sentence(text)}


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _is_pair(one: Any) -> bool:
    return isinstance(one, list | tuple) and len(one) == 2 and isinstance(one[0], str)


def _choices(content: Any) -> list[dict[str, Any]]:
    """The fields of ``content``, whatever that is, that have boxes of their own."""
    return [field for _, field in _fields(content) if "boxes" in field]


def _place(content: Any, field: dict[str, Any]) -> str:
    return next(place for place, one in _fields(content) if one is field)


def _fields(content: Any) -> list[tuple[str, dict[str, Any]]]:
    pages = content.get("pages") if isinstance(content, dict) else None
    return [
        (f"pages[{number}].fields[{place}]", field)
        for number, page in enumerate(pages if isinstance(pages, list) else ())
        if isinstance(page, dict) and isinstance(page.get("fields"), list)
        for place, field in enumerate(page["fields"])
        if isinstance(field, dict)
    ]
