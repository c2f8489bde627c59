"""A template and what it shows → a page."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

_TEMPLATES = Jinja2Templates(Path(__file__).parent / "templates")


def page(request: Request, name: str, **shown: object) -> Response:
    """The page of the template ``name``."""
    return _TEMPLATES.TemplateResponse(request, name, shown)
