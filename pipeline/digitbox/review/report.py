"""The view ``/report``: how good the readings were, by what people said of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digitbox.config import Config
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
        calibration = [(one.confidence, one.right.value) for one in found.calibration]
        return self.page(
            request,
            "report.html",
            found=found,
            truths=TRUTHS,
            side=PLOT_SIDE,
            calibration=placed(calibration),
            dots=[place(*point) for point in calibration],
            curve=placed(found.curve),
            accept_at=place(self.config.accept, 0)[0],
            accepted_at=place(found.accept.accepted / max(1, found.right.number), 0)[0],
        )


def place(across: float, up: float) -> tuple[float, float]:
    """Where a point of the unit square stands in the drawing, whose y points down."""
    return round(across * PLOT_SIDE, 1), round((1 - up) * PLOT_SIDE, 1)


def placed(points: Iterable[tuple[float, float]]) -> str:
    """The same for many, as SVG has them."""
    return " ".join(f"{x},{y}" for x, y in (place(*point) for point in points))
