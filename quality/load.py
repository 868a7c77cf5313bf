"""Reading a contract: the short file of a feed, or a document of the Open Data Contract Standard.

Either becomes one typed `Contract`, with the rules that it declares and those that every table has.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from quality.contract.all_errors import SeveralErrors
from quality.contract.feed import from_feed
from quality.contract.feed_file import FeedFile
from quality.contract.mistakes import ContractError, Mistake
from quality.contract.model import Contract
from quality.contract.models import Model
from quality.contract.validation import mistake_in, mistakes_in
from quality.contract.yaml_file import read_yaml
from quality.odcs.read import from_odcs


def load(path: Path, city_zone: str | None = None, models: Mapping[str, Model] = MappingProxyType({})) -> Contract:
    """Read one file. `city_zone` is the time zone of the city whose feed it is, `models` are those it may implement.

    Raises ContractError that names the file and the place.
    """
    document = read_yaml(path)
    is_odcs = path.name.endswith(".odcs.yaml")
    if is_odcs and document.get("kind") != "DataContract":
        raise ContractError(Mistake("is not an ODCS data contract", path, 1, hint="write `kind: DataContract`"))
    try:
        return from_odcs(document, city_zone) if is_odcs else from_feed(document, path.stem, models, city_zone)
    except ValidationError as error:
        known = next((kind for kind in (FeedFile, Contract) if kind.__name__ == error.title), None)
        raise ContractError(*mistakes_in(error, path, document, model=known)) from error
    except KeyError as error:
        raise ContractError(Mistake(f"{error.args[0]!r} is needed and not there", path, hint="write it")) from error
    except SeveralErrors as error:
        raise ContractError(*(mistake_in(said, path, document) for said in error.said)) from error
    except ValueError as error:
        raise ContractError(mistake_in(str(error), path, document)) from error
    except (TypeError, IndexError, AttributeError) as error:
        what = f"has not the form of a contract ({type(error).__name__}: {error})"
        raise ContractError(Mistake(what, path, hint="compare it with docs/contracts.md")) from error
