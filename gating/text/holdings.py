"""Text that several validators hold, divided among them so that none is ever audited with by two.

A miner that hears the true tokens of a text from one validator could tell them to another that is asked about the same
text elsewhere. Texts are cut into sections where their own content says so, and every section belongs to one validator,
as follows from the section and the validators' names. Whoever holds the text comes to the same division without a word.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping

PARAGRAPHS_OF_SECTION = 8
"""On average."""
_BREAK = "\n\n"


def split_sections(text: str) -> Iterator[str]:
    """Runs of paragraphs, each up to one that ends a section wherever it stands; what comes after the last is left out.

    So a section is the same in every file that it is in, whatever is before or behind it.
    """
    paragraphs: list[str] = []
    for paragraph in text.split(_BREAK):
        paragraphs.append(paragraph)
        if paragraph.strip() and _digest("end of section", paragraph) % PARAGRAPHS_OF_SECTION == 0:
            yield _BREAK.join(paragraphs)
            paragraphs = []


def find_owner(section: str, validators: Collection[str]) -> str:
    """The validator that a section belongs to; who comes or goes changes nothing among the others.

    A section is known by the paragraph that ends it. Source: highest random weight (Thaler and Ravishankar 1996).
    """
    last = section.rpartition(_BREAK)[2]
    return max(sorted(validators), key=lambda validator: _digest(validator, last))


def divide_text(text: str, validators: Collection[str], own: str) -> str:
    """The sections of a text that belong to ``own``, in their order."""
    return _BREAK.join(section for section in split_sections(text) if find_owner(section, validators) == own)


def divide_texts(texts: Mapping[str, str], validators: Collection[str], own: str) -> dict[str, str]:
    """Our part of every domain's text; domains of which nothing is ours are left out."""
    parts = {domain: divide_text(text, validators, own) for domain, text in texts.items()}
    return {domain: part for domain, part in parts.items() if part}


def _digest(purpose: str, paragraph: str) -> int:
    content = f"hivegate {purpose}\n{paragraph.strip()}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(content).digest(), "big")
