"""Whatever a tool is given, it answers, or refuses in one clear sentence.

`FUZZ_EXAMPLES=500 pytest tests/tools/test_fuzzed_arguments.py` looks longer, and elsewhere each time.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.hostile import arguments
from tests.tools.questioning import SCHEMAS, Questioning, known

if TYPE_CHECKING:
    from tests.tools.door import Door

pytestmark = pytest.mark.anyio

MORE = os.environ.get("FUZZ_EXAMPLES")
EXAMPLES = settings(
    max_examples=int(MORE or 9),
    derandomize=MORE is None,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@EXAMPLES
@given(session=st.tuples(*(arguments(schema, known()) for schema in SCHEMAS.values())))
async def test_whatever_the_tools_are_given_they_answer_or_say_in_a_sentence_what_is_wrong(
    session: tuple[dict[str, Any], ...], ada: Door
) -> None:
    questioning = Questioning(ada)
    for name, asked in zip(SCHEMAS, session, strict=True):
        await questioning.check(name, asked)
    await questioning.check_reading()
