"""What logs may say of an error: its kind and its place, never its text.

An error's text may tell of what somebody entered.
"""

from traceback import extract_tb

from botocore.exceptions import ClientError

from registration.adapters.dynamodb.transient import cancellation_codes

_FRAMES = 8


def place_of(error: BaseException) -> dict[str, object]:
    """Return an error's type, AWS's codes for it if it is AWS's, and where it was raised."""
    frames = extract_tb(error.__traceback__)[-_FRAMES:]
    places = [f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in frames]
    place: dict[str, object] = {"error": type(error).__name__, "places": places}
    if isinstance(error, ClientError):
        place["code"] = error.response.get("Error", {}).get("Code")
        if reasons := cancellation_codes(error):
            place["reasons"] = sorted(reasons)
    return place
