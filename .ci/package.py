"""Builds sdist and wheel, checks them, installs the wheel into an empty environment, outside of the checkout, and uses it there.

Usage: python .ci/package.py   (needs build and twine)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BODY = """The river rose by a metre overnight, and the ferry stayed tied up until the afternoon.

Farmers moved their cattle to the upper meadows before dawn, helped by neighbours from three villages.

The mayor said the dyke had held, but the road to the mill would stay closed until Friday."""
PITCH = "Sign up for our newsletter"
ARTICLE = f"{BODY}\n\n{PITCH}\n"
PROGRAM = f"""
import cleanpress, pathlib, pickle
from bs4 import BeautifulSoup
article, body, pitch = {ARTICLE!r}, {BODY!r}, {PITCH!r}
assert cleanpress.clean(article).strip() == body, cleanpress.clean(article)
result = cleanpress.explain(article)
assert [r.category for r in result.removed] == ["newsletter"] and result.restore() == article
page = "<article><p>" + body.replace("\\n\\n", "</p><p>") + "</p><div class='newsletter-signup'><p>" + pitch + "</p></div></article>"
for engine in {{engines!r}}:
    text = cleanpress.clean_html(page, engine=engine)
    assert pitch not in text and all(line in text for line in body.split("\\n\\n")), (engine, text)
soup = BeautifulSoup(page, "html.parser")
cleanpress.clean_soup(soup)
assert soup.get_text() == body.replace("\\n\\n", ""), soup
assert pickle.loads(pickle.dumps(cleanpress.Cleaner())).clean(article) == cleanpress.clean(article)
home = pathlib.Path(cleanpress.__file__).parent
assert (home / "py.typed").is_file() and list((home / "rules").glob("*.json")), home
assert {str(ROOT)!r} not in str(home), home
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        # the wheel is made from the sdist, so that both are complete
        run([sys.executable, "-m", "build", "--outdir", str(work / "dist"), str(ROOT)], ROOT)
        (wheel,) = (work / "dist").glob("*.whl")
        (sdist,) = (work / "dist").glob("*.tar.gz")
        run([sys.executable, "-m", "twine", "check", "--strict", str(wheel), str(sdist)], work)

        venv.create(work / "venv", with_pip=True)
        programs = work / "venv" / ("Scripts" if os.name == "nt" else "bin")
        python, command = str(programs / "python"), str(programs / "cleanpress")
        install = [python, "-m", "pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt")]
        run([*install, str(wheel)], work)
        run([python, "-m", "pip", "check"], work)
        run([python, "-c", PROGRAM.format(engines=["trafilatura"])], work)
        run([command, "--version"], work)
        for arguments, given, wanted in (
            ([command], ARTICLE, BODY),
            ([python, "-m", "cleanpress", "-"], ARTICLE, BODY),
            ([command, "--format", "jsonl"], json.dumps({"id": 7, "text": ARTICLE}) + "\n", json.dumps({"id": 7, "text": BODY + "\n"})),
        ):
            got = run(arguments, work, given).strip()
            if got != wanted:
                sys.exit(f"{' '.join(arguments)} gave {got!r} instead of {wanted!r}")

        run([*install, f"{wheel}[fast,parquet,warc,zstd,progress]", "pytest", "hypothesis"], work)
        run([python, "-c", PROGRAM.format(engines=["trafilatura", "fast"])], work)
        with tarfile.open(sdist) as archive:
            archive.extractall(work, filter="data")
        unpacked = work / sdist.name.removesuffix(".tar.gz")
        run(
            [python, "-m", "pytest", "-p", "no:cacheprovider", "tests/test_corpora.py", "tests/test_html.py", "tests/test_docs.py"],
            unpacked,
        )
    print("sdist and wheel: built, checked, installed, used")


def run(arguments: list[str], where: Path, given: str | None = None) -> str:
    """The output of a command; ends the program, showing what the command said, when it fails."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PIP_CONSTRAINT")}
    ran = subprocess.run(arguments, cwd=where, input=given, env=clean, capture_output=True, encoding="utf-8", check=False)
    if ran.returncode:
        sys.exit(f"{' '.join(arguments[:4])} …: exit {ran.returncode}\n{ran.stdout}{ran.stderr}")
    return ran.stdout


if __name__ == "__main__":
    main()
