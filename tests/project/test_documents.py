"""Documents point at what exists."""

import re
from pathlib import Path

import pytest

import gateway
from tests.project.tree import ROOT, named, text_of, tracked

DOCUMENTS = [named(path) for path in tracked() if path.suffix == ".md"]
ADR = ROOT / "docs/adr"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_relative_link_leads_somewhere(document: str) -> None:
    here = (ROOT / document).parent
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text_of(ROOT / document))

    broken = [t for t in targets if "://" not in t and not (here / t).exists()]

    assert broken == []


def test_every_document_is_on_the_map() -> None:
    documents = {named(path).removeprefix("docs/") for path in tracked() if _is_document(path)}
    mapped = re.findall(r"\]\(([^)]+)\)", text_of(ROOT / "docs/README.md"))

    assert documents - set(mapped) == set()


GATEWAY = [
    path for path in tracked() if named(path).startswith("gateway/") and path.suffix == ".py"
]


def test_code_refers_to_documents_that_exist() -> None:
    code = "\n".join(text_of(path) for path in tracked() if path.suffix == ".py")
    references = set(re.findall(r"\bdocs/[a-z_/-]+\.md|\bdocs/adr/\d{4}", code))

    elsewhere = set(re.findall(r"(?<![\w/.-])[a-z-]+\.md\b", "\n".join(map(text_of, GATEWAY))))

    assert references
    assert elsewhere == set(), "a document of this project is named with its place"
    assert [name for name in references if not [*ROOT.glob(name), *ROOT.glob(f"{name}-*")]] == []


def test_the_map_in_the_readme_names_what_exists() -> None:
    places = _spans(r"^\| (`[^|]+) \|", ROOT / "README.md")

    assert len(places) > 10
    assert [place for place in places if not (ROOT / place).is_dir()] == []


def test_the_map_in_the_readme_is_complete() -> None:
    places = set(_spans(r"^\| (`[^|]+) \|", ROOT / "README.md"))
    folders = {named(path).partition("/")[0] + "/" for path in tracked() if "/" in named(path)}

    assert {f for f in folders if not f.startswith(".")} - places == {"gateway/", "requirements/"}


def test_the_guide_to_the_code_names_what_exists() -> None:
    places = _spans(r"^\| [^|]+\? \| ([^|]+) \|", ROOT / "docs/architecture.md")
    paths = [place for place in places if "/" in place and "<" not in place]

    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_decision_is_listed() -> None:
    index = text_of(ADR / "README.md")
    rows = re.findall(r"^\| \[(\d{4})\]\((\1-[a-z0-9-]+\.md)\)", index, re.MULTILINE)

    assert [name for _, name in rows] == sorted(path.name for path in ADR.glob("[0-9]*.md"))


@pytest.mark.parametrize("decision", sorted(path.name for path in ADR.glob("[0-9]*.md")))
def test_every_decision_says_why_and_what_it_costs(decision: str) -> None:
    text = text_of(ADR / decision)

    assert text.startswith(f"# {decision[:4]}")
    assert re.search(
        r"^(Status: |## Status\n+)(accepted|superseded)", text, re.MULTILINE | re.IGNORECASE
    )
    for heading in ("Context", "Decision", "Consequences"):
        assert f"\n## {heading}\n" in text


def test_the_changelog_knows_this_version() -> None:
    changelog = text_of(ROOT / "CHANGELOG.md")

    release = rf"^## \[{re.escape(gateway.__version__)}\] - \d{{4}}-"
    assert re.search(release, changelog, re.MULTILINE)
    assert "## [Unreleased]" in changelog


def test_the_ledgers_page_names_every_kind_of_entry() -> None:
    written = r'(?:note|_put)\([^"()]*"([a-z_]+)\.[a-z_]+"'
    code = "\n".join(text_of(path) for path in (ROOT / "gateway").rglob("*.py"))
    told = text_of(ROOT / "docs/ledger.md")

    kinds = set(re.findall(written, code))
    assert {"consent", "partner", "objection"} <= kinds
    assert {
        kind for kind in kinds if f"| `{kind}." not in told and f"`{kind}.*`" not in told
    } == set()


def test_the_glossary_names_types_that_exist() -> None:
    rows = [line for line in text_of(ROOT / "docs/glossary.md").splitlines() if line[:2] == "| "]
    types = {word for row in rows for word in re.findall(r"`([A-Z][a-z]+[A-Za-z]*)[.`]", row)}
    code = "\n".join(text_of(path) for path in (ROOT / "gateway").rglob("*.py"))

    assert types
    missing = {t for t in types if not re.search(rf"^(class {t}\b|{t}\b.* = )", code, re.MULTILINE)}
    assert missing == set()


def _is_document(path: Path) -> bool:
    name = named(path)
    return (
        name.startswith("docs/")
        and name.endswith(".md")
        and "/adr/" not in name
        and (name != "docs/README.md")
    )


def _spans(rows: str, document: Path) -> list[str]:
    cells = re.findall(rows, text_of(document), re.MULTILINE)
    return [span for cell in cells for span in re.findall(r"`([^`]+)`", cell)]
