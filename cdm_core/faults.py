"""What broke, in words that may be kept: an error's own message may hold what people wrote."""

import traceback


def where(error: BaseException) -> str:
    """The kind and the place of an error."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return type(error).__name__ + place
