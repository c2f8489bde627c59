"""The view ``/report``: how good the readings were, by what people said of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digitbox.config import Config
from digitbox.evaluation.metrics import ReliabilityBin
from digitbox.ledger.history import History
from digitbox.review.figures import NO_DIGIT, figures

PLOT_SIDE = 240
"""The plots' sides, in units of the drawing."""

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
        bins = [one for one in found.reliability.bins if one.right.total]
        calibration = [(one.confidence, one.right.value) for one in bins]
        curve = [(point.accepted.value, point.wrong.value) for point in found.curve.points]
        return self.page(
            request,
            "report.html",
            found=found,
            truths=TRUTHS,
            side=PLOT_SIDE,
            bins=bins,
            calibration=placed(calibration),
            dots=[place(*point) for point in calibration],
            spans=[span(one) for one in bins],
            curve=placed(curve),
            accept_at=place(self.config.accept, 0)[0],
            accepted_at=place(found.accept.accepted.value if found.right.total else 0, 0)[0],
        )


def place(across: float, up: float) -> tuple[float, float]:
    """Where a point of the unit square stands in the drawing, whose y points down."""
    return round(across * PLOT_SIDE, 1), round((1 - up) * PLOT_SIDE, 1)


def span(one: ReliabilityBin) -> tuple[float, float, float]:
    """Where the interval of a bin's share stands: its x, its lower and its upper y."""
    (x, low), (_, high) = (place(one.confidence, end) for end in one.right.interval)
    return x, low, high


def placed(points: Iterable[tuple[float, float]]) -> str:
    """The same for many, as SVG has them."""
    return " ".join(f"{x},{y}" for x, y in (place(*point) for point in points))
