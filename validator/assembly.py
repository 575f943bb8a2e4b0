"""Builds the parts of a validator from its settings."""

import time
from contextlib import AbstractAsyncContextManager

from chain.client import ChainClient, connect
from gating.objective import Objective
from gating.text.objective import AuditShape, build_objective, load_objective
from gating.text.tokenizer import TextTokenizer, load_tokenizer
from validator.channels import ChannelBook, Tongue
from validator.comparing import iterate_log
from validator.concealment import Means
from validator.demand import survey
from validator.evaluation import Evaluation
from validator.eyes import load_features
from validator.holdings import Holdings, read_texts
from validator.ledger import Ledger
from validator.metrics import Metrics
from validator.organic import Memory
from validator.parts import Exams, Front, Membership, Mind, Parts, Records
from validator.peers import Peers, Self
from validator.receipts import Receipts
from validator.registration import Registrar
from validator.routing import Gate, as_it_is
from validator.secret import Secret, load_secret
from validator.settings import Settings
from validator.sharing import Sharing
from validator.shelf import Library, Shelf
from validator.status import Progress
from validator.switching import load_under
from validator.trend import Trend
from validator.vault import load_vault
from validator.weights import WeightSetter
from validator.windows import Span, load_held_out

CONNECT_SECONDS = 10.0
SHORTEST_PREFIX = 8


def build_parts(settings: Settings) -> Parts:
    """All parts but those that need the anchor.

    Raises: WalletError, CorruptCheckpoint, CorpusError, MissingTexts, FileNotFoundError.
    """
    settings.folders.data.mkdir(parents=True, exist_ok=True)
    tokenizer = load_tokenizer(settings.folders.tokenizer)
    records = Records.in_folder(settings.folders.data)
    front = Front(Progress(trend=Trend(records.evaluations.read())), Metrics())
    exams = build_exams(settings, tokenizer)
    mind = build_mind(settings, tokenizer, exams.objective, records)
    front.progress.rounds = mind.standing.rounds
    membership = build_membership(settings, exams.objective, records, front.metrics)
    return Parts(
        settings=settings,
        mind=mind,
        membership=membership,
        peers=build_peers(settings, membership, mind.secret, front.metrics),
        sharing=Sharing(membership.ledger, membership.signer.ss58_address, settings.audits.share_above),
        exams=exams,
        records=records,
        front=front,
        memory=Memory(settings.organic_texts, lambda: mind.standing.rounds),
    )


def build_mind(settings: Settings, tokenizer: TextTokenizer, objective: Objective, records: Records) -> Mind:
    """The gate and the scores, as they were saved."""
    folders = settings.folders
    features = load_features(folders.data / "features", folders.state, objective)
    standing = load_under(settings.router, folders.state, features.dimension, records)
    gate = Gate(standing.router, features, as_it_is)
    demand = survey(objective, features)
    demand.resume(iterate_log(records))
    return Mind(tokenizer, gate, standing, demand, load_secret(folders.data / "secret"))


def build_membership(settings: Settings, objective: Objective, records: Records, metrics: Metrics) -> Membership:
    """Keys, chain and channels."""
    signer = settings.wallet.unlock_hotkey(settings.password())

    def open_client() -> AbstractAsyncContextManager[ChainClient]:
        return connect(settings.chain_url, timeout=CONNECT_SECONDS)

    ledger = Ledger(open_client, settings.netuid)
    return Membership(
        signer=signer,
        ledger=ledger,
        registrar=Registrar(ledger, signer.ss58_address, lambda: settings.wallet.unlock_coldkey(settings.password())),
        setter=WeightSetter(
            Means(ledger, signer, load_vault(settings.folders.commits), Receipts(records.receipts, metrics))
        ),
        book=ChannelBook(signer, Tongue(objective.language, objective.outcomes), time.monotonic),
    )


def build_peers(settings: Settings, membership: Membership, secret: Secret, metrics: Metrics) -> Peers:
    """What we share with other validators."""
    me = Self(membership.ledger, membership.signer, settings.public_url, secret.commitment)
    return Peers(me, Shelf(settings.folders.data / "samples"), Library(settings.folders.data / "peers"), metrics)


def build_exams(settings: Settings, tokenizer: TextTokenizer) -> Exams:
    """Private and held-out texts."""
    folders, plan = settings.folders, settings.audits
    shape = AuditShape(SHORTEST_PREFIX, plan.context, plan.outcomes, settings.publish_words)
    objective = load_objective(folders.texts, tokenizer, shape)
    held_out = load_held_out(folders.evaluation, tokenizer, Span())
    holdings = Holdings(
        read_texts(folders.texts if settings.shared_texts else None),
        read_texts(settings.shared_texts),
        lambda texts: build_objective(texts, tokenizer, shape),
    )
    return Exams(objective, Evaluation(held_out, tokenizer, folders.records), holdings)
