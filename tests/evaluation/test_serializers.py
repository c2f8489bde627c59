import math

from digitbox.evaluation.metrics import RiskPoint, Share, reliability
from digitbox.evaluation.serializers import serialized


def test_a_share_has_its_value_and_its_interval() -> None:
    share = Share(5, 10)
    assert serialized(share) == {
        "right": 5,
        "total": 10,
        "share": 0.5,
        "interval": list(share.interval),
    }
    assert serialized(Share(0, 0)) == {"right": 0, "total": 0, "share": None, "interval": [0, 1]}


def test_figures_are_objects_by_the_names_of_their_fields() -> None:
    point = RiskPoint(0.9, Share(1, 2), Share(0, 1))
    assert serialized({1: (point,)}) == {
        "1": [
            {
                "threshold": 0.9,
                "accepted": serialized(Share(1, 2)),
                "wrong": serialized(Share(0, 1)),
            }
        ]
    }


def test_what_is_no_number_is_null() -> None:
    assert serialized(math.nan) is None
    assert serialized(reliability([]))["error"] is None
