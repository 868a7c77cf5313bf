"""Which protocols there are, by the name under which contracts ask for them."""

from __future__ import annotations

from collections.abc import Mapping

from assets.connectors.air4thai import Air4Thai
from assets.connectors.ckan import Ckan
from assets.connectors.data_go_kr import DataGoKr
from assets.connectors.gbfs import Gbfs
from assets.connectors.gtfs import Gtfs
from assets.connectors.http_file import HttpFile
from assets.connectors.moenv import Moenv
from assets.connectors.naver_datalab import NaverDatalab
from assets.connectors.ngsi_ld import NgsiLd
from assets.connectors.openaq import OpenAq
from assets.connectors.protocol import Protocol
from assets.connectors.sensorthings import SensorThings
from assets.connectors.seoul_openapi import SeoulOpenApi
from assets.connectors.socrata import Socrata
from assets.failures import PermanentFailure
from quality.contract import Service

BY_NAME: Mapping[str, Protocol] = {
    "air4thai": Air4Thai(),
    "ckan": Ckan(),
    "data_go_kr": DataGoKr(),
    "gbfs": Gbfs(),
    "gtfs": Gtfs(),
    "http_file": HttpFile(),
    "moenv": Moenv(),
    "naver_datalab": NaverDatalab(),
    "ngsi_ld": NgsiLd(),
    "openaq": OpenAq(),
    "sensorthings": SensorThings(),
    "seoul_openapi": SeoulOpenApi(),
    "socrata": Socrata(),
}


def speaking(service: Service) -> Protocol:
    """The protocol of a service. Raises PermanentFailure that lists the known ones."""
    try:
        return BY_NAME[service.protocol]
    except KeyError:
        what = f"there is no protocol {service.protocol!r}"
        raise PermanentFailure("SERVICE-PROTOCOL", what, service.address, f"choose one of {sorted(BY_NAME)}") from None
