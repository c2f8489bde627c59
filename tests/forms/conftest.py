"""What tests of forms need."""

from pathlib import Path

import pytest

from digitbox.config import FINDER, NUMBERS, SHIPPED_MODELS
from digitbox.forms.cells import Networks
from digitbox.forms.library import form_of, load
from digitbox.forms.reading import FormReader
from digitbox.recognition.finder import Finder
from digitbox.recognition.model import Model
from digitbox.recognition.reader import Reader
from digitbox.recognition.transcriber import Transcriber
from tests.forms import paper

ACCEPT = 0.95


@pytest.fixture(scope="session")
def networks() -> Networks:
    return Networks(Finder(FINDER), Model(SHIPPED_MODELS / "cnn"), Transcriber(NUMBERS))


@pytest.fixture(scope="session")
def form_reader(networks: Networks, tmp_path_factory: pytest.TempPathFactory) -> FormReader:
    """Reads the form that :mod:`tests.forms.paper` draws."""
    return reader_of(paper.put(tmp_path_factory.mktemp("forms")).parent, networks)


def reader_of(forms: Path, networks: Networks, accept: float = ACCEPT) -> FormReader:
    numbers = Reader(
        networks.finder, networks.model, accept, 10**8, 100, transcriber=networks.transcriber
    )
    return FormReader([form_of(one) for one in load(forms)], networks, numbers, accept)
