"""What the rows of each provider look like: truth of the world -> the provider's own names, texts and roundings."""

from collections.abc import Mapping

from simulator.messages import Shape
from simulator.shapes import ckan, data_go_kr, gtfs, http_file, ngsi_ld, openaq, seoul_openapi

SHAPES: Mapping[str, Shape] = {
    "seoul_openapi": seoul_openapi.shape,
    "data_go_kr": data_go_kr.shape,
    "naver_datalab": data_go_kr.searches,
    "http_file": http_file.shape,
    "air4thai": openaq.air4thai,
    "ckan": ckan.ckan,
    "gbfs": gtfs.gbfs,
    "gtfs": gtfs.gtfs,
    "moenv": openaq.moenv,
    "ngsi_ld": ngsi_ld.ngsi_ld,
    "openaq": openaq.openaq,
    "sensorthings": ngsi_ld.sensorthings,
    "socrata": ckan.socrata,
}
