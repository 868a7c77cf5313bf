"""What the rows of each provider look like: truth of the world -> the provider's own names, texts and roundings."""

from collections.abc import Mapping

from simulator.messages import Shape
from simulator.shapes import files, national, seoul, world_air, world_tables, world_things, world_transit

SHAPES: Mapping[str, Shape] = {
    "seoul_openapi": seoul.shape,
    "data_go_kr": national.shape,
    "naver_datalab": national.searches,
    "http_file": files.shape,
    "air4thai": world_air.air4thai,
    "ckan": world_tables.ckan,
    "gbfs": world_transit.gbfs,
    "gtfs": world_transit.gtfs,
    "moenv": world_air.moenv,
    "ngsi_ld": world_things.ngsi_ld,
    "openaq": world_air.openaq,
    "sensorthings": world_things.sensorthings,
    "socrata": world_tables.socrata,
}
