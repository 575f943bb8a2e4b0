"""A study with invented answers: three specialists, an anchor, and texts of three kinds."""

import numpy as np
import pytest

from gating.text.objective import TextItem
from gating.text.tokenizer import TextTokenizer, train_tokenizer
from simulate.experts import ANCHOR, UNTRAINED
from simulate.recording import Recording
from simulate.study import NOISES, TEMPERATURES, Study
from simulate.trials import Ground, see_ground

WORDS = {
    "code": "def return self import for in if not None True while yield",
    "law": "hereby licence warranty notice copyright holder party shall",
    "song": "love night moon heart forever dance blue river dream alone",
}


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> TextTokenizer:
    folder = tmp_path_factory.mktemp("train")
    for domain, words in WORDS.items():
        (folder / domain).mkdir()
        (folder / domain / "text.txt").write_text(f"{words}\n" * 40)
    return train_tokenizer(folder, folder / "tokenizer.json", 400)


def invent(tokenizer: TextTokenizer, count: int, steps: int, seed: int) -> Recording:
    random = np.random.default_rng(seed)
    domains = sorted(WORDS)
    items, kinds = [], []
    for number in range(count):
        words = WORDS[domains[number % 3]].split()
        tokens = tokenizer.encode(" ".join(random.choice(words, steps + 40)))
        context = tokenizer.decode(tokens[:16])
        items.append(TextItem(domains[number % 3], tuple(tokens[:16]), tuple(tokens[16 : 16 + steps]), context))
        kinds.append(number % 3)
    anchor = -random.exponential(1.5, (count, steps)) - 0.5
    answers = {ANCHOR: anchor, UNTRAINED: np.full_like(anchor, -7.6)}
    for place, domain in enumerate(domains):
        gains = np.where(np.array(kinds) == place, 1.0, -2.0)[:, None]
        answers[domain] = np.minimum(anchor + gains + random.normal(0, 1.7, anchor.shape), -0.01)
        for noise in NOISES:
            bent = answers[domain] + noise * random.normal(size=anchor.shape) - noise**2 / 2
            answers[f"{domain}~{noise:g}"] = np.minimum(bent, 0.0)
        for power in TEMPERATURES:
            answers[f"{domain}^{power:g}"] = answers[domain] - abs(power - 1.0)
        answers[f"{domain}!parrot"] = np.full_like(anchor, -7.0)
    return Recording(tuple(items), answers, np.full(count, 3 * steps))


@pytest.fixture(scope="session")
def ground(tokenizer: TextTokenizer) -> Ground:
    audits = invent(tokenizer, 90, 16, 0)
    pure, mixed = invent(tokenizer, 45, 32, 1), invent(tokenizer, 45, 32, 2)
    return see_ground(Study(tuple(sorted(WORDS)), tokenizer, audits, audits, pure, mixed))
