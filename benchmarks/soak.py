"""A longer soak of the service: 500 times `kill -9` while 20,000 files arrive in every way.

    python benchmarks/soak.py [KILLS [FILES]]

It is the test of random kills, made longer; it takes twenty minutes or more, and ends with 0 where
every file has its one row.
"""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def main(kills: str = "500", files: str = "20000") -> int:
    os.environ.update(KILLS=kills, KILLS_FILES=files)
    test = ROOT / "tests" / "endurance" / "test_kills.py"
    return pytest.main(["-n", "0", "-p", "no:cacheprovider", "--rootdir", str(ROOT), str(test)])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
