"""Faults of services that cities outside Korea run, for packs other than Seoul's."""

from __future__ import annotations

from assets.embedded.faults_planted import Fault

OTHER_CITIES: tuple[Fault, ...] = ()
