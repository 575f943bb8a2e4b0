"""Symbols of subnets' alpha: letters of a few alphabets, in the order in which subnets get them."""

from chain.runtime.storage import StateReader
from chain.runtime.subtensor import storage

_ALPHABETS = (
    "αβγδεζηθικλμνξοπρστυφχψω",
    "אבגדהוזחטיךכלםמןנסעףפץצקרשת",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "ᚠᚢᚦᚨᚱᚲᚷᚹᚺᚾᛁᛃᛇᛈᛉᛊᛏᛒᛖᛗᛚᛜᛞᛟ",
    "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ",
    "ԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔ",
)
SYMBOLS: tuple[bytes, ...] = tuple(letter.encode() for alphabet in _ALPHABETS for letter in alphabet)


def find_symbol(state: StateReader, netuid: int) -> bytes:
    """The symbol of a new subnet: the netuid's own where it is free, else the first free one, else that of TAO."""
    taken = set(get_symbols(state).values())
    wanted = SYMBOLS[netuid - 1 : netuid]
    free = (symbol for symbol in (*wanted, *SYMBOLS) if symbol not in taken)
    return next(free, storage.TOKEN_SYMBOL.default)


def get_symbols(state: StateReader) -> dict[int, bytes]:
    """Symbols of all subnets by netuid."""
    return dict(storage.TOKEN_SYMBOL.items(state))
