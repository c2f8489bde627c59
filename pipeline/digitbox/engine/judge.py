"""The forms of a setup → what weighs pages anew that were read before."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from digitbox.records import Reading

if TYPE_CHECKING:
    from digitbox.forms.form import Form
    from digitbox.forms.library import FormFiles


class Judge:
    """Weighs the fields of a page by ``forms`` as they are now. From a confidence of ``accept`` on
    a value is accepted."""

    def __init__(self, forms: Sequence["FormFiles"], accept: float) -> None:
        self._files = {form.name: form for form in forms}
        self._accept = accept
        self._forms: dict[str, Form] = {}

    def __call__(self, readings: Sequence[Reading]) -> Sequence[Reading]:
        """``readings`` of one page, see :func:`digitbox.forms.judging.judged`; as they are where
        there is no such form any more."""
        from digitbox.forms.judging import judged

        form = self._form(readings[0].form or "")
        return readings if form is None else judged(readings, form, self._accept)

    def _form(self, name: str) -> "Form | None":
        from digitbox.forms.library import form_of

        if name not in self._forms and name in self._files:
            self._forms[name] = form_of(self._files[name])
        return self._forms.get(name)
