"""The view ``/report``: how good the readings were, by what people said of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digitbox.config import Config
from digitbox.evaluation.metrics import Share
from digitbox.ledger.history import History
from digitbox.ledger.spots import DRAWN
from digitbox.review.figures import NO_DIGIT, errors, figures

PLOT_SIDE = 240
"""The plots' sides, in units of the drawing."""

FEW = 20
"""Points of a curve that are shown one by one, with their intervals: a line between them would say
more than is known."""

TRUTHS = (*"0123456789", NO_DIGIT)


@dataclass(frozen=True)
class Report:
    """Counts anew whenever it is asked."""

    config: Config
    page: Callable[..., Response]

    @property
    def routes(self) -> list[BaseRoute]:
        return [Route("/report", self.show)]

    def show(self, request: Request) -> Response:
        with History(self.config.state) as history:
            found = figures(history.verified(), self.config.accept)
            checks = history.spot_checks()
        bins = [one for one in found.reliability.bins if one.right.total]
        points = found.curve.points
        return self.page(
            request,
            "report.html",
            found=found,
            truths=TRUTHS,
            side=PLOT_SIDE,
            bins=bins,
            calibration=[mark(one.confidence, one.right) for one in bins],
            curve=[mark(one.accepted.value, one.wrong) for one in points[:FEW]],
            line=placed((one.accepted.value, one.wrong.value) for one in points),
            is_line=len(points) > FEW,
            accept_at=place(self.config.accept, 0)[0],
            accepted_at=place(found.accept.accepted.value if found.right.total else 0, 0)[0],
            drawn=DRAWN,
            checks=[(one, errors([one])) for one in checks],
            errors=errors(checks),
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a plot, and where its interval ends above and below it."""

    x: float
    y: float
    low: float
    high: float


def mark(across: float, share: Share) -> Mark:
    """``share``, with its interval, where it stands in the drawing."""
    (x, y), (_, low), (_, high) = (place(across, up) for up in (share.value, *share.interval))
    return Mark(x, y, low, high)


def place(across: float, up: float) -> tuple[float, float]:
    """Where a point of the unit square stands in the drawing, whose y points down."""
    return round(across * PLOT_SIDE, 1), round((1 - up) * PLOT_SIDE, 1)


def placed(points: Iterable[tuple[float, float]]) -> str:
    """Where points of the unit square stand in the drawing, as SVG has them."""
    return " ".join(f"{x},{y}" for x, y in (place(*point) for point in points))
