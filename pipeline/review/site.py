"""A configuration → the site: its pages, and what stands guard before them."""

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from pipeline.config import Config
from pipeline.errors import DigitboxError
from pipeline.ledger.history import History
from pipeline.review.desk import Desk
from pipeline.review.eyes import Eyes
from pipeline.review.guard import Guard
from pipeline.review.live import Live
from pipeline.review.pile import Pile
from pipeline.review.report import Report
from pipeline.review.trial import Trial
from pipeline.signals import Flags

HERE = Path(__file__).parent

VIEWS = (("/review", "Review"), ("/try", "Try"), ("/live", "Live"), ("/report", "Report"))


def make(load: Callable[[], Config], token: str | None, signals: Flags) -> Guard:
    """The site of ``load``'s configuration, until ``signals`` say stop; ``token``: see
    :class:`Guard`."""
    config = load().absolute()
    eyes, desk = Eyes(config), Desk(load)
    templates = Jinja2Templates(HERE / "templates")

    def page(request: Request, name: str, **shown: object) -> Response:
        return templates.TemplateResponse(
            request,
            name,
            {"page_token": guard.page_token, "views": VIEWS, "config": config, **shown},
        )

    @contextlib.asynccontextmanager
    async def working(_: Starlette) -> AsyncIterator[None]:
        await eyes.open()
        yield
        await desk.close()
        eyes.close()

    pile, trial = Pile(config, desk, eyes, page), Trial(config, eyes, page)
    live, report = Live(config, desk, page, signals), Report(config, page)

    def first(_: Request) -> Response:
        """Leads to the first view that has something to show."""
        with History(config.state) as history:
            if history.left_to_review():
                return RedirectResponse("/review", 303)
            return RedirectResponse("/live" if history.recent(limit=1) else "/try", 303)

    guard = Guard(
        Starlette(
            routes=[
                Route("/", first),
                Mount("/static", StaticFiles(directory=HERE / "static")),
                *pile.routes,
                *trial.routes,
                *live.routes,
                *report.routes,
            ],
            lifespan=working,
            exception_handlers={DigitboxError: _trouble},
        ),
        token,
        config.review.names,
    )
    return guard


async def _trouble(_: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 503)
