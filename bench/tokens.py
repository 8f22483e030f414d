"""Tokens as a public tokenizer counts them: o200k_base, which npm's gpt-tokenizer carries in itself."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Final

from scripts.node import BIN, FOLDER, NodeMissingError, install

if TYPE_CHECKING:
    from collections.abc import Sequence

ENCODING: Final = "o200k_base"
_PROGRAM: Final = f"""
const {{ countTokens }} = require("gpt-tokenizer/encoding/{ENCODING}");
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => countTokens(text))));
"""
_SECONDS: Final = 60


def count(texts: Sequence[str]) -> list[int] | None:
    """Count the tokens of each text; None, and it says why, where no npm can install the tokenizer."""
    try:
        install()
    except NodeMissingError as error:
        print(f"tokens are not counted: {error}")
        return None
    done = subprocess.run(
        [str(BIN / "node"), "-e", _PROGRAM],
        input=json.dumps(list(texts)),
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=True,
    )
    counted: list[int] = json.loads(done.stdout)
    return counted
