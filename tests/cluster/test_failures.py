import pytest

from digitbox.cluster.failures import Unread, message_of, unread
from digitbox.records import Reason

READING = (
    "[FAILED_READ_FILE.{hint}] Encountered error while reading file file:///in/a%20b.png. {more}"
    " SQLSTATE: KD001"
)


class Throwable(Exception):  # noqa: N818  # Java's name
    """An exception of Java's, as py4j brings it."""

    def __init__(self, *chain: tuple[str, str]) -> None:
        super().__init__("An error occurred while calling o1.addBatch.\n\tat org.apache.spark")
        self.chain = chain

    @property
    def java_exception(self) -> "Throwable":
        return self

    def getClass(self) -> "Throwable":  # noqa: N802
        return self

    def getName(self) -> str:  # noqa: N802
        return self.chain[0][0]

    def getMessage(self) -> str:  # noqa: N802
        return self.chain[0][1]

    def getCause(self) -> "Throwable | None":  # noqa: N802
        return Throwable(*self.chain[1:]) if self.chain[1:] else None


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (("java.io.FileNotFoundException", "/in/a b.png (Permission denied)"), "no_permission"),
        (("java.io.FileNotFoundException", "File file:/in/a b.png does not exist"), "vanished"),
        (("java.nio.file.AccessDeniedException", "s3a://b/a: Forbidden"), "no_permission"),
        (("java.io.IOException", "Input/output error"), "unreadable"),
        (
            ("org.apache.spark.SparkException", "of a is 9, which exceeds the max length allowed"),
            "too_many_bytes",
        ),
    ],
)
def test_a_file_that_could_not_be_had_is_named(cause: tuple[str, str], reason: str) -> None:
    error = Throwable(
        ("org.apache.spark.SparkException", "Job aborted due to stage failure"),
        ("org.apache.spark.SparkException", READING.format(hint="NO_HINT", more="")),
        cause,
    )
    assert unread(error) == Unread("file:/in/a%20b.png", Reason(reason))


def test_what_is_about_no_file_has_none() -> None:
    assert unread(Throwable(("java.io.IOException", "No space left on device"))) is None


def test_a_failure_is_told_without_its_stacks() -> None:
    assert (
        message_of(Throwable(("a.B", "No space left\n\tat a.b.C\n\tat a.b.D"))) == "No space left"
    )


def test_an_error_of_ours_is_told_in_its_own_words() -> None:
    text = "Traceback:\n  File x\ndigitbox.errors.ModelError: This executor has another model.\n\n"
    assert message_of(Throwable(("a.B", "Job aborted"), ("a.C", text))) == (
        "This executor has another model."
    )
