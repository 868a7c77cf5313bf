"""What the replies of each protocol look like: envelope, paging, errors. Rows come from shapes."""

from collections.abc import Mapping

from simulator.messages import Reply
from simulator.replies import (
    air4thai,
    ckan,
    data_go_kr,
    gbfs,
    gtfs,
    http_file,
    moenv,
    naver_datalab,
    ngsi_ld,
    openaq,
    sensorthings,
    seoul_openapi,
    socrata,
)

REPLIES: Mapping[str, Reply] = {
    "seoul_openapi": seoul_openapi.reply,
    "data_go_kr": data_go_kr.reply,
    "naver_datalab": naver_datalab.reply,
    "http_file": http_file.reply,
    "air4thai": air4thai.reply,
    "ckan": ckan.reply,
    "gbfs": gbfs.reply,
    "gtfs": gtfs.reply,
    "moenv": moenv.reply,
    "ngsi_ld": ngsi_ld.reply,
    "openaq": openaq.reply,
    "sensorthings": sensorthings.reply,
    "socrata": socrata.reply,
}
