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

from digitbox.config import Config
from digitbox.errors import DigitboxError
from digitbox.ledger.history import History
from digitbox.review.dispatcher import Dispatcher
from digitbox.review.forms import Forms
from digitbox.review.guard import Guard
from digitbox.review.live import Live
from digitbox.review.queue import ReviewQueue
from digitbox.review.renderer import Renderer
from digitbox.review.report import Report
from digitbox.review.trial import Trial
from digitbox.signals import Flags

HERE = Path(__file__).parent

VIEWS = (
    ("/review", "Review"),
    ("/try", "Try"),
    ("/forms", "Forms"),
    ("/live", "Live"),
    ("/report", "Report"),
)


def make(load: Callable[[], Config], token: str | None, signals: Flags) -> Guard:
    """The site of ``load``'s configuration, until ``signals`` say stop; ``token``: see
    :class:`Guard`."""
    config = load().absolute()
    renderer, dispatcher = Renderer(config), Dispatcher(load, signals=signals)
    templates = Jinja2Templates(HERE / "templates")

    def page(request: Request, name: str, **shown: object) -> Response:
        return templates.TemplateResponse(
            request,
            name,
            {"page_token": guard.page_token, "views": VIEWS, "config": config, **shown},
        )

    @contextlib.asynccontextmanager
    async def working(_: Starlette) -> AsyncIterator[None]:
        await renderer.open()
        dispatcher.open()
        yield
        await dispatcher.close()
        renderer.close()

    queue, trial = ReviewQueue(config, dispatcher, renderer, page), Trial(config, renderer, page)
    forms = Forms(config, renderer, page)
    live, report = Live(config, dispatcher, page, signals), Report(config, page)

    def first(_: Request) -> Response:
        """Leads to the first view that has something to show."""
        with History(config.state) as history:
            if history.pending(limit=1):
                return RedirectResponse("/review", 303)
            return RedirectResponse("/live" if history.recent(limit=1) else "/try", 303)

    guard = Guard(
        Starlette(
            routes=[
                Route("/", first),
                Mount("/static", StaticFiles(directory=HERE / "static")),
                *queue.routes,
                *trial.routes,
                *forms.routes,
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
