"""How a failure of a private feed is reported: by its code, its line and a fixed sentence. A refusal may quote data.

Headers of a file without a header are values, a JSON error quotes what follows, a service repeats what it was asked.
Only what is marked as OwnWords at its origin is reported of such a feed as it stands.
"""

from __future__ import annotations

from assets.failures import FeedFailure
from quality.contract.model import Contract
from quality.disclosure import OwnWords

_AGAIN = "have it delivered again"
_LANDED = "look at the landed reply"
_ASK = "correct `ask` in the contract of this feed"
_LATER = "it will be retried in the next nightly run; if it stays, ask the provider"

# What each code says without a word of the delivery: what is wrong, and what to do.
KINDS: dict[str, tuple[str, str]] = {
    "FEED-CRASH": ("fetching or reading it crashed", "report it"),
    "FEED-MIXED": ("the home holds data of another kind of source", "give each kind its own --home"),
    "FEED-NO-SOURCE": ("its city has no drop folder", "use --from-dir, or set MADANG_DROP"),
    "FEED-PROPOSAL": ("no feed can be proposed from it", "write the file of the feed by hand"),
    "FILE-BINARY": ("it is no text and no XLSX", "save it as XLSX or CSV"),
    "FILE-BOMB": ("it unpacks to more than is allowed", "ask the partner what this is, or deliver in smaller parts"),
    "FILE-CHANGING": ("it changed while it was read", "no action needed; it is read in the next nightly run"),
    "FILE-COLUMNS": ("its columns are not those of the contract", "compare its header with `sources` in the contract"),
    "FILE-DUPLICATE-COLUMN": ("a column is there twice, or has a reserved name", "give every column its own name"),
    "FILE-EMPTY": ("it holds nothing", _AGAIN),
    "FILE-ENCODING": ("its text cannot be decoded", "name its encoding in the layout, or have it saved as UTF-8"),
    "FILE-ENCRYPTED": ("it has a password", "deliver it without a password"),
    "FILE-HTML": ("it is a page of a portal in place of the data", "download it again and check the login"),
    "FILE-JSON": ("it is not the JSON that the layout describes", "check it with a JSON validator"),
    "FILE-LAYOUT": ("it is laid out in another way than `layout` says", "compare it with `layout` in the contract"),
    "FILE-MEMBER": ("the archive does not hold the file that is meant", "correct `member` in the layout"),
    "FILE-MEMBER-PATH": ("a member has a path that leaves the archive", "ask the partner what this is"),
    "FILE-NAME": ("its name is not as agreed", "deliver it under the agreed name"),
    "FILE-NAME-TWICE": ("two files have the same name", "remove or rename one of the two"),
    "FILE-NO-DAY": ("no row has a day that can be read", "check the column of the day and its `formats`"),
    "FILE-NO-HEADER": ("it has no header", "check `skip_rows` in the layout"),
    "FILE-NO-ROWS": ("it has no rows", "ask the sender for the data"),
    "FILE-NOT-A-FILE": ("it is not a plain file", "deliver a plain file"),
    "FILE-OTHER-DAYS": ("none of its rows is of a day that can be expected", "check the column of the day"),
    "FILE-OUTSIDE": ("it leads to a place outside the drop folder", "deliver the file itself"),
    "FILE-PATTERN": ("the pattern cannot be used", "correct `paths` in the contract"),
    "FILE-PERSONAL": ("it is about single persons", "have it delivered as sums by area and time"),
    "FILE-QUOTE": ("its quotes are wrong", "have it written again, quotes doubled inside fields"),
    "FILE-ROOT": ("the drop folder is not there", "create it, or correct the folder in the settings"),
    "FILE-SEPARATOR": (
        "its fields are separated in another way",
        "correct `delimiter` in the layout, or ask the sender",
    ),
    "FILE-SHEETS": ("more than one sheet has values", "leave the data in one sheet"),
    "FILE-TOO-LARGE": ("it is larger than is allowed", "deliver in smaller parts"),
    "FILE-TRUNCATED": ("it was cut short or damaged", _AGAIN),
    "FILE-UNITS": ("its row of units has another unit", "ask the sender which unit it is"),
    "FILE-UNREADABLE": ("it could not be read from the disk", "give the account that runs Madang the right to read it"),
    "FILE-UNSUPPORTED": ("it is packed in a way that is not supported", "pack it as zip or gzip"),
    "LANDING-DAMAGED": ("the landed object is damaged", "restore it from a backup, or have it delivered again"),
    "LANDING-LOST": ("the landed object is gone", _AGAIN),
    "SECRET-MISSING": ("the environment lacks a key", "set it to the key that the provider gave you"),
    "SERVICE-ASK": ("the request cannot be made", _ASK),
    "SERVICE-AUTH": ("the service refused the key", "check the key and whether it has expired"),
    "SERVICE-BUSY": ("the service is busy", "no action if it recovers"),
    "SERVICE-CONTENT": ("the reply is not the format that was asked for", _LANDED),
    "SERVICE-DEADLINE": ("the time for this pull is over", _LATER),
    "SERVICE-DOWN": ("the service did not answer", "no action if it recovers"),
    "SERVICE-ENDLESS": ("the pages do not end", "check `ask` and the paging"),
    "SERVICE-KEY": ("it repeats the key where it cannot be taken out", "ask the provider to answer without the key"),
    "SERVICE-LINK": ("the next page is at another place", "ask the provider; it is not followed"),
    "SERVICE-NEVER": ("no trip ever runs by this timetable", "ask the agency for one that runs"),
    "SERVICE-OTHER-ANSWER": ("its rows are of another place than was asked for", _ASK),
    "SERVICE-OTHER-PAGE": ("the page is not the one that was asked for", _LATER),
    "SERVICE-ROW-TWICE": ("a row came twice, and fewer different rows than the service promised", _LATER),
    "SERVICE-TOTAL": ("its total is not the number of its rows", "ask the provider"),
    "SERVICE-MOVED": ("the service has moved", "correct `address` in the contract"),
    "SERVICE-OTHER-DAY": ("it has rows of another day than was asked for", _LATER),
    "SERVICE-PAGE-TWICE": ("a page came twice", _LATER),
    "SERVICE-PROTOCOL": ("the protocol is not known", "choose one of docs/contracts.md"),
    "SERVICE-QUOTA": ("the quota of requests is used up", "wait until tomorrow, or ask for a higher quota"),
    "SERVICE-REQUEST": ("the service refused the request", _ASK),
    "SERVICE-SAME-ANSWER": ("different questions had the same answer", _ASK),
    "SERVICE-SHAPE": ("the reply has an unexpected structure", _LANDED),
    "SERVICE-SHORT": ("fewer rows came than the service promised", _LATER),
    "SERVICE-SHRANK": ("the total changed while it was read", _LATER),
    "SERVICE-STALE": ("the reply is older than is allowed", _LATER),
    "SERVICE-TIMEOUT": ("the service was too slow", "no action if it recovers; otherwise raise timeout_s"),
    "SERVICE-TOO-LARGE": ("the reply is larger than is allowed", "ask for smaller pages, or raise max_mib"),
    "SERVICE-TRUNCATED": ("the reply was cut short", _LATER),
}
_ANY = ("it could not be fetched or read", "look at the delivery itself")


def reported(contract: Contract, failure: FeedFailure, where: str) -> FeedFailure:
    """The failure as it may be written down, printed and raised: of a private feed without a word of the delivery.

    `where`: the name of the delivery or what the service was asked for; a name is no value. The line is added where
    it is known. Nothing is behind the failure that is returned: no cause and no traceback.
    """
    parts = (failure.what, failure.where, failure.hint)
    if not contract.private or all(isinstance(part, OwnWords) for part in parts):
        return failure
    what, hint = KINDS.get(failure.code, _ANY)
    place = where if failure.line is None else f"{where}, line {failure.line}"
    told = type(failure)(failure.code, _own(failure.what, what), OwnWords(place), _own(failure.hint, hint))
    told.line = failure.line
    return told


def _own(text: str, otherwise: str) -> OwnWords:
    return text if isinstance(text, OwnWords) else OwnWords(otherwise)
