"""The view ``/forms``: the forms there are; a form is begun, drawn, tried on a sample and saved."""

import asyncio
import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digitbox.config import Config
from digitbox.errors import DigitboxError
from digitbox.forms import authoring, library
from digitbox.forms.template import Template, rendered
from digitbox.pool import drafting
from digitbox.pool.drafting import Picture, Sample
from digitbox.records import Reading
from digitbox.review import drafts
from digitbox.review.answers import decoded, json, number, received, refused
from digitbox.review.renderer import Renderer
from digitbox.review.uploads import Uploads
from digitbox.storage.files import write_whole

MOST_TEMPLATE = 4_000_000
"""Bytes that a template may have."""

TOO_MUCH = "That takes more time or memory than the limits allow."


class _Saved(msgspec.Struct, frozen=True):
    """What a page saves: the template, and the SHA-256 of the file that it has loaded."""

    template: Any
    loaded: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A form as the list shows it: its numbers of pages and fields, or what is wrong with it.
    ``is_open`` tells whether it can be opened here."""

    name: str
    pages: int = 0
    fields: int = 0
    error: str = ""
    is_open: bool = True


@dataclass(frozen=True)
class Forms:
    """Shows and writes the forms in the folder ``forms`` of ``config``, and no other files."""

    config: Config
    renderer: Renderer
    uploads: Uploads
    page: Callable[..., Response]
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _faults: dict[str, str] = field(default_factory=dict)
    """What is wrong with forms that were checked, by their SHA-256."""

    @property
    def routes(self) -> list[BaseRoute]:
        return [
            Route("/forms", self.show),
            Route("/forms", self.begin, methods=["POST"]),
            Route("/forms/{name}", self.draw),
            Route("/forms/{name}/template", self.load),
            Route("/forms/{name}/pages/{number}", self.reference),
            Route("/forms/{name}/save", self.save, methods=["POST"]),
            Route("/forms/{name}/sample", self.sample, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        folders = await run_in_threadpool(library.folders, self.config.forms)
        listed = [await self._listed(folder) for folder in folders]
        return self.page(request, "forms.html", forms=listed)

    async def begin(self, request: Request) -> Response:
        """Make a form of a name and an empty sheet, with the fields that this seems to have."""
        name = request.query_params.get("name", "").strip()
        sheet = request.query_params.get("file", "")
        if not authoring.is_name(name):
            return refused(
                "A name has letters, digits, - and _, 64 at most. It begins with a letter or a "
                "digit, and is not auto."
            )
        if (self.config.forms / name).is_symlink() or (self.config.forms / name).exists():
            return refused("There is a form or a folder with that name. Give another name.", 409)
        try:
            async with self.uploads.content(request) as content:
                made = await self.renderer.do(drafting.begun, name, _file_name(sheet), content)
            if made is None:
                return refused(TOO_MUCH)
            await run_in_threadpool(authoring.write, self.config.forms, name, made)
        except DigitboxError as error:
            return refused(str(error))
        return json({"name": name})

    async def draw(self, request: Request) -> Response:
        folder = self._folder(request)
        return self.page(request, "form.html", form=folder.name, most=self.uploads.most)

    async def load(self, request: Request) -> Response:
        """The template of a form, as :func:`drafts.shown`, and the SHA-256 of its file."""
        file = self._folder(request) / library.FILE
        try:
            content = await run_in_threadpool(library.content_of, file)
            template = library.template_of(file, content)
        except DigitboxError as error:
            return refused(str(error))
        return json({"template": drafts.shown(template), "loaded": _sha256(content)})

    async def reference(self, request: Request) -> Response:
        """A picture of the reference of a page, which is counted from 1."""
        folder, page = self._folder(request), number(request.path_params["number"])
        try:
            content = await run_in_threadpool(library.content_of, folder / library.FILE)
            files = await run_in_threadpool(library.files_of, folder, content)
            if page is None or page > len(files.references):
                return refused("The form has no such page.", 404)
            picture = await self.renderer.do(drafting.reference, *files.references[page - 1])
        except DigitboxError as error:
            return refused(str(error))
        return json(_shown(picture)) if picture else refused(TOO_MUCH)

    async def save(self, request: Request) -> Response:
        """Write the template that is sent, if it is valid and the file is the one that the page
        has loaded."""
        folder = self._folder(request)
        body = await received(request, MOST_TEMPLATE)
        if body is None:
            return refused("That is too large for a template.", 413)
        try:
            said = decoded(body, _Saved)
        except msgspec.DecodeError as error:
            return refused(str(error))
        file = folder / library.FILE
        async with self._turn:
            try:
                before = await run_in_threadpool(library.content_of, file)
                if _sha256(before) != said.loaded:
                    return refused(
                        "The file was changed since this page has loaded it. Nothing is saved. "
                        "Load the page anew to see the file as it is now.",
                        409,
                    )
                template = drafts.template_of(said.template)
                text = rendered(template).encode("utf-8")
                files = await run_in_threadpool(_files, folder, template, text)
                if await self.renderer.do(drafting.checked, files) is None:
                    return refused(TOO_MUCH)
                await run_in_threadpool(write_whole, file, text)
            except (DigitboxError, UnicodeError) as error:
                return _wrong(error, said.template, folder)
            except OSError as error:
                return refused(f"{file} cannot be written: {error.strerror}.", 503)
        return json({"loaded": _sha256(text)})

    async def sample(self, request: Request) -> Response:
        """What the template that is sent says of the first page of a file: the first line is the
        template, as JSON, and what follows is the file."""
        folder = self._folder(request)
        async with self.uploads.content(request, MOST_TEMPLATE) as body:
            return await self._sampled(folder, body)

    async def _sampled(self, folder: Path, body: bytes) -> Response:
        line, _, content = body.partition(b"\n")
        said: Any = None
        try:
            said = msgspec.json.decode(line)
            template = drafts.template_of(said)
            text = rendered(template).encode("utf-8")
            files = await run_in_threadpool(_files, folder, template, text)
            await self.renderer.follow()
            found = await self.renderer.do(drafting.sample, files, content)
        except (DigitboxError, UnicodeError) as error:
            return _wrong(error, said, folder)
        except (msgspec.DecodeError, RecursionError) as error:
            return refused(str(error))
        return json(_tried(found)) if found else refused(TOO_MUCH)

    def _folder(self, request: Request) -> Path:
        """The folder of the form that is asked for: one in the folder ``forms``, and no link that
        leads out of it. Raises an answer of 404 where there is none."""
        name: str = request.path_params["name"]
        if not authoring.is_name(name):
            raise HTTPException(404, "There is no such form.")
        folder = self.config.forms / name
        if not (folder / library.FILE).is_file() or not _is_within(folder, self.config.forms):
            raise HTTPException(404, "There is no such form.")
        return folder

    async def _listed(self, folder: Path) -> Listed:
        is_open = authoring.is_name(folder.name) and _is_within(folder, self.config.forms)
        file = folder / library.FILE
        try:
            content = await run_in_threadpool(library.content_of, file)
            files = await run_in_threadpool(library.files_of, folder, content)
            fault = await self._fault(files)
        except DigitboxError as error:
            return Listed(folder.name, error=str(error), is_open=is_open)
        pages = files.template.pages
        count = sum(len(page.fields) for page in pages)
        return Listed(folder.name, len(pages), count, fault, is_open)

    async def _fault(self, files: library.FormFiles) -> str:
        """What is wrong with a form whose template is right; empty where nothing is."""
        if files.sha256 not in self._faults:
            try:
                done = await self.renderer.do(drafting.checked, files)
            except DigitboxError as error:
                self._faults[files.sha256] = str(error)
            else:
                if done is None:
                    return TOO_MUCH  # for now
                self._faults[files.sha256] = ""
        return self._faults[files.sha256]


def _files(folder: Path, template: Template, text: bytes) -> library.FormFiles:
    files = library.files_of(folder, text)
    assert files.template == template  # what is written is what was sent
    return files


def _wrong(error: Exception, template: Any, folder: Path) -> Response:
    origins = str(folder / library.FILE), f"{folder.name}/{library.FILE}"
    return json(drafts.fault(error, template, *origins), 422)


def _is_within(folder: Path, forms: Path) -> bool:
    """Whether ``folder`` and its ``form.yaml`` lie where their names say."""
    there = folder.resolve()
    return there.parent == forms.resolve() and (folder / library.FILE).resolve().parent == there


def _file_name(given: str) -> str:
    """The last part of a name of a file, as one line."""
    return "".join(c for c in given.replace("\\", "/").split("/")[-1] if c.isprintable()) or "sheet"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _shown(picture: Picture) -> dict[str, Any]:
    return {
        "width": picture.width,
        "height": picture.height,
        "picture": base64.b64encode(picture.png).decode("ascii"),
    }


def _tried(sample: Sample) -> dict[str, Any]:
    """What was read, for the page: of each field, or of the page as a whole."""
    readings = sample.readings
    of_page = None if readings and readings[0].field else next(iter(readings), None)
    return {
        "page": _read(of_page) if of_page else None,
        "fields": [_read(one) for one in readings if one.field],
        "shown": _shown(sample.picture) if sample.picture else None,
    }


def _read(one: Reading) -> dict[str, Any]:
    return {
        "field": one.field,
        "value": one.value,
        "confidence": one.confidence,
        "status": one.status.value,
        "reason": one.reason.value if one.reason else None,
        "box": [one.box.x, one.box.y, one.box.width, one.box.height] if one.box else None,
    }
