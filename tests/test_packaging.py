"""What is said about dependencies in one place is what is said in the others."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
#: The extras that the tests need, with the plain dependencies.
STATED = [
    *PROJECT["dependencies"],
    *(line for extra in ("fast", "parquet", "warc", "zstd", "progress") for line in PROJECT["optional-dependencies"][extra]),
]


def name_of(requirement: str) -> str:
    """A package's name as all spellings of it are compared."""
    found = re.match(r"[\w.-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def pins(file: str) -> dict[str, str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return {name_of(line): line.split("==")[1].split()[0] for line in lines if re.match(r"[\w.-]+==", line)}


@pytest.mark.parametrize("requirement", STATED)
def test_the_lowest_version_stated_is_the_one_that_is_tested(requirement: str) -> None:
    stated = requirement.split(">=")[1]
    assert re.fullmatch(rf"{re.escape(stated)}(\.0)*", pins("constraints-min.txt")[name_of(requirement)])


@pytest.mark.parametrize("file", ["constraints.txt", "requirements-dev.lock"])
def test_pins_hold_all_that_is_stated(file: str) -> None:
    assert {name_of(requirement) for requirement in STATED} <= set(pins(file))


def test_the_lock_holds_a_hash_for_each_package() -> None:
    lock = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    unhashed = [part.split("\n")[0] for part in re.split(r"\n(?=[\w.-]+==)", lock)[1:] if "--hash=sha256:" not in part]
    assert unhashed == []
