"""What may be said of a private table: how many, which rules, on which lines. Never a value.

A private table is one of whose rows nothing may leave the home (`Contract.private`). What may be said of it is chosen,
not searched: a text is withheld unless whoever wrote it says that it is in our own words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from quality.contract.model import Contract
from quality.verdict import RuleResult


class OwnWords(str):
    """A text of ours in which nothing stands that was delivered: counts, names from the contract. Said of every table.

    Take care with it: to write OwnWords is to promise that no value of a row can be in the text.
    """

    __slots__ = ()


WITHHELD = OwnWords("the message is withheld: it may quote rows of a private feed")


def raised(error: BaseException, contract: Contract) -> str:
    """An exception in one line; of a private table its type alone, because libraries quote the value they fail on."""
    kind = type(error).__name__
    return OwnWords(kind) if contract.private else f"{kind}: {(str(error).splitlines() or [''])[0]}"


def disclosed(contract: Contract, results: Iterable[RuleResult]) -> list[RuleResult]:
    """The results as they may be written down: of a private table without values and without rows."""
    return [_without_values(result) for result in results] if contract.private else list(results)


def _without_values(result: RuleResult) -> RuleResult:
    return replace(
        result,
        observed=result.observed if isinstance(result.observed, OwnWords) else None,
        error=result.error if result.error is None or isinstance(result.error, OwnWords) else WITHHELD,
        samples=[{"line": sample["line"]} for sample in result.samples if sample.get("line") is not None],
    )
