"""A configuration → the site: its pages, and what stands guard before them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from digitbox.config import Config
from digitbox.errors import DigitboxError
from digitbox.ledger.history import History
from digitbox.review import pages
from digitbox.review.answers import RefusedError
from digitbox.review.dispatcher import Dispatcher
from digitbox.review.forms import Forms
from digitbox.review.guard import Guard
from digitbox.review.live import Live
from digitbox.review.programs import PATH as FOR_PROGRAMS
from digitbox.review.programs import Programs
from digitbox.review.queue import ReviewQueue
from digitbox.review.readings import Readings
from digitbox.review.renderer import Renderer
from digitbox.review.report import Report
from digitbox.review.trial import Trial
from digitbox.review.uploads import AGAIN_SECONDS, Uploads
from digitbox.signals import Flags

HERE = Path(__file__).parent

STOP_SECONDS = 0.1
"""How soon a signal is seen."""

VIEWS = (
    ("/review", "Review"),
    ("/try", "Try"),
    ("/forms", "Forms"),
    ("/live", "Live"),
    ("/readings", "Readings"),
    ("/report", "Report"),
)


def make(load: Callable[[], Config], token: str | None, signals: Flags) -> Guard:
    """The site of ``load``'s configuration, until ``signals`` say stop; ``token``: see
    :class:`Guard`."""
    config = load().absolute()
    dispatcher, uploads = Dispatcher(load, signals=signals), Uploads(config.limits.bytes)
    # What is sent may take long: who decides does not wait for it.
    pictures, trials = Renderer(config), Renderer(config)

    def page(request: Request, name: str, **shown: object) -> Response:
        common = {"page_token": guard.page_token, "views": VIEWS, "has_token": token is not None}
        return pages.page(request, name, **common, config=config, **shown)

    async def stop() -> None:
        while not signals.stop:
            await asyncio.sleep(STOP_SECONDS)
        pictures.end()
        trials.end()

    @contextlib.asynccontextmanager
    async def working(_: Starlette) -> AsyncIterator[None]:
        await pictures.open()
        dispatcher.open()
        stopping = asyncio.create_task(stop())
        yield
        stopping.cancel()
        await dispatcher.close()
        pictures.end()
        trials.end()

    queue = ReviewQueue(config, dispatcher, pictures, page)
    trial, programs = Trial(trials, uploads, page), Programs(trials, uploads)
    forms = Forms(config, trials, uploads, page)
    live, report = Live(config, dispatcher, page, signals), Report(config, page)
    readings = Readings(config, page)

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
                *programs.routes,
                *forms.routes,
                *live.routes,
                *readings.routes,
                *report.routes,
            ],
            lifespan=working,
            exception_handlers={
                DigitboxError: _trouble,
                RefusedError: _refused,
                HTTPException: _unknown,
            },
        ),
        token,
        config.review.names,
        config.review.proxy,
    )
    return guard


async def _trouble(request: Request, error: Exception) -> Response:
    if request.scope["path"] == FOR_PROGRAMS:
        return RefusedError(503, "trouble", str(error), AGAIN_SECONDS).answer
    return PlainTextResponse(f"{error}\n", 503)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return error.answer


async def _unknown(request: Request, error: Exception) -> Response:
    """There is nothing there, or it is not asked for so."""
    assert isinstance(error, HTTPException)
    if request.scope["path"] == FOR_PROGRAMS:
        answer = RefusedError(error.status_code, "method", "Send the image by POST.").answer
        answer.headers.update(error.headers or {})
        return answer
    return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)
