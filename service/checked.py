"""`python -m service.checked`: a study's document as the service would read it, without one.

Reads the document as JSON and answers with `{"study": {...}}`, every default filled in, or with the
error that `POST /v1/studies` would give, and exit code 1.
"""

import json
import sys
from typing import Any

from service.errors import Invalid
from service.study import StudyDocument


def main() -> int:
    """Answers one question on stdout."""
    answer = checked(json.load(sys.stdin))
    json.dump(answer, sys.stdout)
    return 1 if "error" in answer else 0


def checked(document: Any) -> dict[str, Any]:
    """The study, or what is wrong with it; `points` is the size of its grid, if it has one."""
    try:
        study = StudyDocument.parse(document)
    except Invalid as error:
        return error.body()
    return {
        "study": study.model_dump(mode="json"),
        "points": study.strategy.size(study.space),
    }


if __name__ == "__main__":
    sys.exit(main())
