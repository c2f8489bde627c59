"""A reading → what it is worth where the data of its page are damaged."""

from dataclasses import replace

from digitbox.records import Reading, Reason, Status


def of_damaged(reading: Reading) -> Reading:
    """``reading`` where a decoder reports damage: nothing is accepted, and a page where nothing was
    read has failed. A person has to see each field of a form."""
    if reading.evidence is not None:
        reading = replace(reading, evidence=replace(reading.evidence, doubt=Reason.DAMAGED))
    elif reading.status in (Status.BLANK, Status.NOT_DIGIT):
        return Reading.failed(Reason.CORRUPT, reading.page, reading.width, reading.height)
    if reading.status in (Status.ACCEPTED, Status.BLANK):
        return replace(reading, status=Status.REVIEW, reason=Reason.DAMAGED)
    return reading
